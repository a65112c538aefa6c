/* A pool element or pool user of the benchmarks: ASAP messages (RFC 5352) over one TLS connection to a registrar.
 *
 * For benchmarks only: exits with a message when anything fails.
 */
#ifndef POOLPROOF_BENCH_ASAP_PEER_H
#define POOLPROOF_BENCH_ASAP_PEER_H

#include "tls_connection.h"

#include "asap_wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ASAP_PEER_BYTES 65540u /* the largest message, with padding */

struct asap_peer {
    struct tls_connection tls;
    size_t have; /* bytes in `in`, from the beginning of a message on */
    size_t done; /* of them, bytes of messages that were handed out */
    uint8_t in[ASAP_PEER_BYTES];
};

/* Connects to `port` of 127.0.0.1 with the pre-shared key that `client` has. */
void asap_peer_open(struct asap_peer *peer, uint16_t port,
                    struct secure_client_configuration *client);

void asap_peer_close(struct asap_peer *peer);

/* Sends what fits into the connection at once: a question or a registration does when answers are waited for. */
void asap_peer_resolve(struct asap_peer *peer, const char *pool);
void asap_peer_register(struct asap_peer *peer, const char *pool, uint32_t pe_identifier);
void asap_peer_deregister(struct asap_peer *peer, const char *pool, uint32_t pe_identifier);

/* The next message that has arrived whole; does not wait. True: *message is filled, its spans lie in *bytes, which stay
 * until the next call. */
bool asap_peer_receive(struct asap_peer *peer, struct asap_message *message, const uint8_t **bytes);

#endif
