/* No SHA-1 under a ServerKeyExchange: RFC 9155, 4.
 *
 * BearSSL takes every hash function of an engine for signatures as well, and the engine needs SHA-1
 * for the record MAC of TLS_RSA_WITH_AES_128_CBC_SHA. So what decides about signatures is wrapped,
 * at BearSSL's documented places: a server's policy (br_ssl_server_set_policy), and the functions
 * with which a client verifies (br_ssl_engine_set_rsavrfy, br_ssl_engine_set_ecdsa).
 *
 * What this does not reach: with that suite on, a client's hello still lists SHA-1, because the
 * engine writes it. A server that then picks SHA-1 is refused, with decrypt_error where the RFC has
 * illegal_parameter: to the engine it is a signature that does not verify.
 */
#ifndef POOLPROOF_TLS_CERTIFICATE_SIGNATURES_H
#define POOLPROOF_TLS_CERTIFICATE_SIGNATURES_H

#include <bearssl.h>

/* BearSSL's policy of a server with an RSA key, without signatures over less than SHA-256. */
struct certificate_policy {
    const br_ssl_server_policy_class *vtable;     /* first, as BearSSL demands */
    const br_ssl_server_policy_class **certified; /* BearSSL's own, which holds chain and key */
};

/* Puts `policy` before the one that `server` has: to be called after br_ssl_server_set_single_rsa.
 * A client whose signature_algorithms has nothing from SHA-256 on gets a suite without a signature,
 * or handshake_failure. `policy` has to live as long as the engine. */
void certificate_policy_install(struct certificate_policy *policy, br_ssl_server_context *server);

/* Makes a client refuse a ServerKeyExchange signed over less than SHA-256, as a signature that does
 * not verify. */
void certificate_verifiers_install(br_ssl_engine_context *engine);

#endif
