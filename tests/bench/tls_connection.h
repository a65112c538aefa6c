/* A client's TLS connection to a port of 127.0.0.1, and what all benchmarks need beside.
 *
 * For benchmarks only: exits with a message when anything fails.
 */
#ifndef POOLPROOF_BENCH_TLS_CONNECTION_H
#define POOLPROOF_BENCH_TLS_CONNECTION_H

#include "secure_channel.h"

#include <stdint.h>

struct tls_connection {
    int fd; /* does not block */
    struct secure_channel *channel;
};

/* Connects, and returns when the handshake is done. reference: NULL with a pre-shared key. */
void tls_connection_open(struct tls_connection *c, uint16_t port,
                         struct secure_client_configuration *client,
                         const struct secure_reference *reference);

/* Moves bytes between socket and channel as long as any move, or until there is something in app_in: the caller takes it
 * out first, and calls again. */
void tls_connection_pump(struct tls_connection *c);

/* Closes the socket, without a close_notify. */
void tls_connection_close(struct tls_connection *c);

/* Nanoseconds of the monotonic clock. */
uint64_t bench_now_ns(void);

/* Says what failed, with errno, and exits with 1. */
void bench_die(const char *what) __attribute__((noreturn));

#endif
