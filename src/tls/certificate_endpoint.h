/* One end of a TLS 1.2 connection authenticated by the server's certificate: BearSSL's engine
 * behind the same shape of functions as psk_endpoint.h, without I/O.
 *
 * Adds to the engine what library 0.6 leaves out: a last alert on errors, a limit on records
 * without use, its own entropy, our certificate check, memory that is wiped. Errors are those of
 * certificate_alerts.h. Not thread-safe.
 */
#ifndef POOLPROOF_TLS_CERTIFICATE_ENDPOINT_H
#define POOLPROOF_TLS_CERTIFICATE_ENDPOINT_H

#include "certificate_names.h"
#include "certificate_store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum certificate_state {
    CERTIFICATE_HANDSHAKE = 0,
    CERTIFICATE_OPEN = 1,
    CERTIFICATE_CLOSED = 2,
    CERTIFICATE_FAILED = 3
};

struct certificate_endpoint; /* opaque */

/* A server that shows `identity`, which has to live until the state is CERTIFICATE_OPEN or the
 * endpoint is freed: after the handshake neither chain nor key is read. NULL without memory or
 * entropy. */
struct certificate_endpoint *
certificate_endpoint_new_server(const struct certificate_identity *identity,
                                bool rsa_aes128_cbc_sha);

/* A client that trusts `anchors` (which have to live as long as a server's identity) to name
 * `reference` (copied).
 * unix_time: seconds since 1970, 0 .. 253402300799. NULL without memory or entropy. */
struct certificate_endpoint *
certificate_endpoint_new_client(const struct certificate_anchors *anchors,
                                const struct certificate_reference *reference,
                                bool rsa_aes128_cbc_sha, uint64_t unix_time);

/* Wipes and releases; NULL is allowed. */
void certificate_endpoint_free(struct certificate_endpoint *e);

/* As in secure_channel.h: NULL and 0 when there is nothing; `*_done` takes at most that. */
uint8_t *certificate_endpoint_wire_in(struct certificate_endpoint *e, size_t *room);
void certificate_endpoint_wire_in_done(struct certificate_endpoint *e, size_t n);
const uint8_t *certificate_endpoint_wire_out(struct certificate_endpoint *e, size_t *length);
void certificate_endpoint_wire_out_done(struct certificate_endpoint *e, size_t n);
const uint8_t *certificate_endpoint_app_in(struct certificate_endpoint *e, size_t *length);
void certificate_endpoint_app_in_done(struct certificate_endpoint *e, size_t n);
uint8_t *certificate_endpoint_app_out(struct certificate_endpoint *e, size_t *room);
void certificate_endpoint_app_out_done(struct certificate_endpoint *e, size_t n);
void certificate_endpoint_flush(struct certificate_endpoint *e);
void certificate_endpoint_close(struct certificate_endpoint *e);

enum certificate_state certificate_endpoint_state(const struct certificate_endpoint *e);

/* The error of certificate_alerts.h that broke the connection, 0 while none did. */
int certificate_endpoint_error(const struct certificate_endpoint *e);

/* The cipher suite's number once the handshake is done, else 0. */
uint16_t certificate_endpoint_suite(const struct certificate_endpoint *e);

#endif
