/* What a PSK server does with the client's handshake messages (RFC 5246, 7.4; RFC 4279, 2 and 4).
 * Each function handles the message in `gather`, whose body has `length` bytes, and returns TLS_NO_ALERT,
 * or the alert to fail with and a reason in `e->reason`. The order of messages was checked before. */
#ifndef POOLPROOF_TLS_PSK_SERVER_H
#define POOLPROOF_TLS_PSK_SERVER_H

#include "psk_output.h"

/* clang-format off */
#define PSK_ASSIGNS_EXCHANGE                                                                       \
    PSK_ASSIGNS_OUT, PSK_ASSIGNS_SAID, e->reason, PSK_ASSIGNS_SUITE, e->group, e->z_length, e->share_length,         \
        e->key_length, e->identity_length, e->client_random[0 .. TLS_RANDOM_LENGTH - 1],             \
        e->server_random[0 .. TLS_RANDOM_LENGTH - 1], e->identity[0 .. TLS_IDENTITY_MAX - 1],          \
        e->key[0 .. PSK_KEY_MAX - 1], e->z[0 .. PSK_OTHER_MAX - 1],                                    \
        e->master[0 .. PSK_MASTER_LENGTH - 1], e->key_block[0 .. PSK_KEY_BLOCK_MAX - 1],               \
        e->share[0 .. TLS_SHARE_MAX - 1], e->hello_version, e->chain_verdict,                             \
        e->crypto.rsa[0 .. CRYPTO_RSA_CELLS - 1]
/* clang-format on */

/* ClientHello: version, suite, group and extensions agreed on; ServerHello, Certificate with RSA_PSK,
 * ServerKeyExchange with ECDHE, ServerHelloDone sent. */
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
uint32_t psk_server_hello(struct psk_endpoint *e, uint32_t length);

/* ClientKeyExchange: shared secret, key of the identity (or a random one), keys of the records. */
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
uint32_t psk_server_key(struct psk_endpoint *e, uint32_t length);

/* Asks the owner's lookup for the key of `identity` (psk_shell.c: outside the proofs, because it
 * calls a function that only the owner knows). Leaves the key as it is when there is none. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    terminates \true;
    exits \false;
    assigns e->key[0 .. PSK_KEY_MAX - 1], e->key_length;
    ensures bounded: e->key_length <= PSK_KEY_MAX;
    ensures kept_or_found: e->key_length == \old(e->key_length) || e->key_length >= PSK_KEY_MIN;
*/
void psk_lookup(struct psk_endpoint *e);

#endif
