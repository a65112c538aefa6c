/* Handshake messages of a PSK endpoint: gathered from the fragments of records, and handed to their
 * handlers in the order psk_handshake.h allows (RFC 5246, 6.2.1 and 7.4). */
#ifndef POOLPROOF_TLS_PSK_MESSAGES_H
#define POOLPROOF_TLS_PSK_MESSAGES_H

#include "psk_client.h"

/* clang-format off */
#define PSK_ASSIGNS_HANDSHAKE                                                                      \
    PSK_ASSIGNS_END, PSK_ASSIGNS_EXCHANGE, PSK_ASSIGNS_PROGRESS, e->write_protected, e->nuisances, \
        e->expected[0 .. TLS_VERIFY_DATA_LENGTH - 1], e->gather[0 .. PSK_GATHER_SIZE - 1],             \
        e->gathered, e->wanted
/* clang-format on */

/* One more message without use; too many in a row end the connection. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END, e->nuisances;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
    ensures step: e->progress.step == \old(e->progress.step)
        || e->progress.step >= PSK_STEP_CLOSED;
    ensures bounded: \old(e->nuisances) == PSK_NUISANCE_MAX ==> e->progress.step >= PSK_STEP_CLOSED;
*/
void psk_count_nuisance(struct psk_endpoint *e);

/* The fragment of a handshake record: messages may be cut and joined at will. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires inside: offset + length <= PSK_IN_SIZE;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_HANDSHAKE;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
*/
void psk_gather(struct psk_endpoint *e, uint32_t offset, uint32_t length);

#endif
