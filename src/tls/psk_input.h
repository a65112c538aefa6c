/* What a PSK endpoint does with what comes in: records opened, handshake messages gathered and handed
 * to their handlers in the order psk_handshake.h allows, alerts heeded, plaintext kept for the
 * application (RFC 5246, 6.2, 7.1 and 7.2). */
#ifndef POOLPROOF_TLS_PSK_INPUT_H
#define POOLPROOF_TLS_PSK_INPUT_H

#include "psk_client.h"

/* Works off the whole records in `in`, until one leaves plaintext for the application, the
 * connection ends, or no whole record is left. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: psk_settled(e);
    terminates \true;
    exits \false;
    assigns *e;
    PSK_ENSURES_VALID
    ensures settled: psk_settled(e);
*/
void psk_run(struct psk_endpoint *e);

#endif
