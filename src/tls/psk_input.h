/* What a PSK endpoint does with what comes in: records opened, handshake messages handed to psk_messages.h,
 * alerts heeded, plaintext kept for the application (RFC 5246, 6.2, 7.1 and 7.2). */
#ifndef POOLPROOF_TLS_PSK_INPUT_H
#define POOLPROOF_TLS_PSK_INPUT_H

#include "psk_messages.h"

/* clang-format off */
#define PSK_ASSIGNS_RECORD                                                                         \
    e->in[0 .. PSK_IN_SIZE - 1], e->records_in, e->app_offset, e->app_length, e->alert_received,     \
        e->alert_gathered, e->alert[0 .. 1]
/* clang-format on */

/* Works off the whole records in `in`, until one leaves plaintext for the application, the
 * connection ends, or no whole record is left. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_HANDSHAKE, PSK_ASSIGNS_RECORD, e->in_start;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
    ensures end_kept: e->in_end == \old(e->in_end);
*/
void psk_run(struct psk_endpoint *e);

#endif
