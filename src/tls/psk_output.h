/* What a PSK endpoint sends: records, alerts, and the two ways to end (RFC 5246, 6.2 and 7.2). */
#ifndef POOLPROOF_TLS_PSK_OUTPUT_H
#define POOLPROOF_TLS_PSK_OUTPUT_H

#include "psk_state.h"

/* clang-format off */
#define PSK_ASSIGNS_OUT                                                                            \
    e->out[0 .. PSK_OUT_SIZE - 1], e->out_start, e->out_end, e->pending, e->records_out,             \
        e->crypto.cell[0 .. CRYPTO_SESSION_CELLS - 1]
#define PSK_ASSIGNS_END PSK_ASSIGNS_OUT, e->progress.step, e->reason, e->alert_sent
/* clang-format on */

/* Appends a record of `type` with a message of our own: a handshake message, ChangeCipherSpec or
 * alert. False, and nothing appended, when there is no room or the keys are used up; a caller that
 * sends within the order of the handshake never sees this. No plaintext may be pending. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    requires type_narrow: type <= 255;
    requires readable: \valid_read(bytes + (0 .. length - 1));
    requires small: 1 <= length <= PSK_SMALL_MAX;
    requires apart: \separated(e, bytes + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_OUT;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
*/
bool psk_send_record(struct psk_endpoint *e, uint32_t type, const uint8_t *bytes, uint32_t length);

/* The same for a handshake message, which also goes into the transcript. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    requires readable: \valid_read(bytes + (0 .. length - 1));
    requires small: 1 <= length <= PSK_SMALL_MAX;
    requires apart: \separated(e, bytes + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_OUT;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
*/
bool psk_send_handshake(struct psk_endpoint *e, const uint8_t *bytes, uint32_t length);

/* Sends the server's Certificate with the chain that its owner gave it, before anything is sealed. There
 * is no other to choose: a client that cannot verify its signatures will say so. False when there is
 * no room. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_OUT;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
*/
bool psk_send_certificate(struct psk_endpoint *e);

/* Seals the plaintext in the record being filled, if any. Closes the connection when the keys have
 * one record left, which is for close_notify (RFC 5246, 6.1: sequence numbers must not wrap). */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
    ensures step: e->progress.step == \old(e->progress.step)
        || e->progress.step == PSK_STEP_CLOSED;
*/
void psk_seal_pending(struct psk_endpoint *e);

/* Sends a warning alert, if there is room. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires narrow: description <= 255;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
    ensures step: e->progress.step == \old(e->progress.step)
        || e->progress.step == PSK_STEP_CLOSED;
*/
void psk_warn(struct psk_endpoint *e, uint32_t description);

/* Ends by failure: drops pending plaintext and sends the fatal alert `description`, or none when it
 * is TLS_NO_ALERT (the peer sent one). Does nothing when the connection is at its end. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires narrow: description <= 256;
    requires known_reason: reason < PSK_REASON_COUNT;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END;
    PSK_ENSURES_VALID
    ensures over: e->progress.step >= PSK_STEP_CLOSED;
    ensures nothing_pending: e->pending == 0;
*/
void psk_fail(struct psk_endpoint *e, uint32_t description, uint32_t reason);

/* Ends in order: seals what is pending and sends close_notify. Does nothing when the connection is
 * at its end. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires known_reason: reason < PSK_REASON_COUNT;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END;
    PSK_ENSURES_VALID
    ensures over: e->progress.step >= PSK_STEP_CLOSED;
    ensures nothing_pending: e->pending == 0;
*/
void psk_close(struct psk_endpoint *e, uint32_t reason);

#endif
