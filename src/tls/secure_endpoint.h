/* The two kinds of endpoint behind one set of functions: psk_endpoint.h and certificate_endpoint.h.
 *
 * For secure_channel.c alone, which adds what comes before an endpoint is chosen. Owns the endpoint
 * and nothing else; what the endpoint was made from has to live until the endpoint is open, failed
 * or freed. Gives NULL where there is nothing to give, and takes what it is given: counts were
 * checked by the caller.
 */
#ifndef POOLPROOF_TLS_SECURE_ENDPOINT_H
#define POOLPROOF_TLS_SECURE_ENDPOINT_H

#include "secure_channel.h"
#include "secure_configuration_parts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct psk_endpoint;
struct certificate_endpoint;

/* At most one of the two is set; all zeroes: none yet. */
struct secure_endpoint {
    struct psk_endpoint *psk;
    struct certificate_endpoint *certificate;
};

/* Each makes the endpoint in an empty structure; false, and still empty, when memory or entropy is
 * short. The client is of the kind its configuration says; with certificates it needs a
 * `reference`. */
bool secure_endpoint_psk_server(struct secure_endpoint *e,
                                const struct secure_server_configuration *configuration);
bool secure_endpoint_certificate_server(struct secure_endpoint *e,
                                        const struct secure_server_configuration *configuration);
bool secure_endpoint_client(struct secure_endpoint *e,
                            const struct secure_client_configuration *configuration,
                            const struct secure_reference *reference, uint64_t unix_time);

/* Wipes and releases; an empty structure is allowed. */
void secure_endpoint_free(struct secure_endpoint *e);

bool secure_endpoint_exists(const struct secure_endpoint *e);

/* As the functions of secure_channel.h, for an endpoint that exists. */
uint8_t *secure_endpoint_wire_in(struct secure_endpoint *e, size_t *room);
void secure_endpoint_wire_in_done(struct secure_endpoint *e, size_t length);
const uint8_t *secure_endpoint_wire_out(struct secure_endpoint *e, size_t *length);
void secure_endpoint_wire_out_done(struct secure_endpoint *e, size_t length);
const uint8_t *secure_endpoint_app_in(struct secure_endpoint *e, size_t *length);
void secure_endpoint_app_in_done(struct secure_endpoint *e, size_t length);
uint8_t *secure_endpoint_app_out(struct secure_endpoint *e, size_t *room);
void secure_endpoint_app_out_done(struct secure_endpoint *e, size_t length);
void secure_endpoint_flush(struct secure_endpoint *e);
void secure_endpoint_close(struct secure_endpoint *e);
enum secure_state secure_endpoint_state(const struct secure_endpoint *e);
enum secure_failure secure_endpoint_failure(const struct secure_endpoint *e);
const char *secure_endpoint_error(const struct secure_endpoint *e);
uint16_t secure_endpoint_suite(const struct secure_endpoint *e);

/* The identity a client claimed or proved (psk_endpoint_identity): NULL and 0 for certificates. */
const uint8_t *secure_endpoint_identity(const struct secure_endpoint *e, uint32_t *length);

#endif
