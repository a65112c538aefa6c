/* What a PSK endpoint does with what comes in: records opened, handshake messages gathered and handed
 * to their handlers in the order psk_handshake.h allows, alerts heeded, plaintext kept for the
 * application (RFC 5246, 6.2, 7.1 and 7.2). */
#ifndef POOLPROOF_TLS_PSK_INPUT_H
#define POOLPROOF_TLS_PSK_INPUT_H

#include "psk_client.h"

/* clang-format off */
#define PSK_ASSIGNS_HANDSHAKE                                                                      \
    PSK_ASSIGNS_END, PSK_ASSIGNS_EXCHANGE, PSK_ASSIGNS_PROGRESS, e->write_protected, e->nuisances, \
        e->expected[0 .. TLS_VERIFY_DATA_LENGTH - 1], e->gather[0 .. PSK_GATHER_SIZE - 1],             \
        e->gathered, e->wanted
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
