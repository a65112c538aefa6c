/* Sets up BearSSL's engine the way RFC 5352, 9.2 and RFC 9325 want it: TLS 1.2 only, suites with
 * forward secrecy and authenticated encryption first, TLS_RSA_WITH_AES_128_CBC_SHA last or not at
 * all, no renegotiation, no resumption, no signatures over SHA-1, derived record classes, checked
 * curves. Nothing is left to the library's "full" profiles, which switch on TLS 1.0, 3DES and more.
 */
#ifndef POOLPROOF_TLS_CERTIFICATE_ENGINE_H
#define POOLPROOF_TLS_CERTIFICATE_ENGINE_H

#include "certificate_records.h"
#include "certificate_signatures.h"
#include "certificate_store.h"

#include <bearssl.h>
#include <stdbool.h>

/* A server that shows `identity`, which has to live until its handshake is done. With
 * `rsa_aes128_cbc_sha` and an RSA key the suite of that name is offered last. `policy` is filled,
 * and has to live as long as the engine. Buffer, entropy and reset are the caller's part. */
void certificate_engine_server(br_ssl_server_context *server,
                               struct certificate_record_classes *classes,
                               struct certificate_policy *policy,
                               const struct certificate_identity *identity,
                               bool rsa_aes128_cbc_sha);

/* A client; the X.509 engine, buffer, entropy and reset are the caller's part. */
void certificate_engine_client(br_ssl_client_context *client,
                               struct certificate_record_classes *classes, bool rsa_aes128_cbc_sha);

#endif
