/* What a PSK client sends first, and what it does with the server's handshake messages (RFC 5246,
 * 7.4; RFC 4279, 2 and 4). Each handler takes the message in `gather`, whose body has `length` bytes,
 * and returns TLS_NO_ALERT, or the alert to fail with and a reason in `e->reason`. The order of messages
 * was checked before. */
#ifndef POOLPROOF_TLS_PSK_CLIENT_H
#define POOLPROOF_TLS_PSK_CLIENT_H

#include "psk_server.h"

/* Sends the ClientHello. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_OUT, e->client_random[0 .. TLS_RANDOM_LENGTH - 1];
    PSK_ENSURES_VALID
*/
bool psk_client_start(struct psk_endpoint *e);

/* ServerHello: a version, suite and extensions that answer what was offered. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    requires whole: length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_EXCHANGE;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
uint32_t psk_client_hello(struct psk_endpoint *e, uint32_t length);

/* Certificate: the chain must be a good one; its key is kept. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    requires whole: length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_EXCHANGE;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
    ensures chain_good: \result == TLS_NO_ALERT ==> e->chain_verdict == CRYPTO_CHAIN_GOOD;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
uint32_t psk_client_certificate(struct psk_endpoint *e, uint32_t length);

/* ServerKeyExchange: the hint is passed over, the share kept. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    requires whole: length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_EXCHANGE;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
uint32_t psk_client_key(struct psk_endpoint *e, uint32_t length);

/* ServerHelloDone: ClientKeyExchange, ChangeCipherSpec and Finished sent. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    requires unprotected: e->write_protected == 0;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_EXCHANGE, e->write_protected;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
    ensures protected: \result == TLS_NO_ALERT ==> e->write_protected == 1;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
uint32_t psk_client_done(struct psk_endpoint *e, uint32_t length);

#endif
