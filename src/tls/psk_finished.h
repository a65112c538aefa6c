/* The end of a PSK handshake, alike for both roles: our ChangeCipherSpec and Finished, and the check
 * of the peer's Finished (RFC 5246, 7.1 and 7.4.9). */
#ifndef POOLPROOF_TLS_PSK_FINISHED_H
#define POOLPROOF_TLS_PSK_FINISHED_H

#include "psk_output.h"

/* Sends ChangeCipherSpec, protects what goes out from then on, and sends Finished. False when there
 * is no room. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    requires unprotected: e->write_protected == 0;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_OUT, e->write_protected;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
    ensures protected: \result == \true ==> e->write_protected == 1;
*/
bool psk_send_finished(struct psk_endpoint *e);

/* Checks the Finished gathered in `gather`, whose body has `length` bytes, and puts it into the
 * transcript. Returns TLS_NO_ALERT when it matches, or the alert to fail with. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires whole: length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns e->expected[0 .. TLS_VERIFY_DATA_LENGTH - 1], e->reason,
            e->crypto.cell[0 .. CRYPTO_SESSION_CELLS - 1];
    PSK_ENSURES_VALID
    ensures length_right: \result == TLS_NO_ALERT ==> length == TLS_VERIFY_DATA_LENGTH;
    ensures verify_data_equal: \result == TLS_NO_ALERT ==>
        (\forall integer i; 0 <= i < TLS_VERIFY_DATA_LENGTH
         ==> e->gather[TLS_HANDSHAKE_HEADER + i] == e->expected[i]);
    ensures alert: \result == TLS_NO_ALERT || \result == TLS_ALERT_DECODE_ERROR
        || \result == TLS_ALERT_DECRYPT_ERROR;
*/
uint32_t psk_check_finished(struct psk_endpoint *e, uint32_t length);

#endif
