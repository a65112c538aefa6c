/* A load of equal requests over TLS from many connections at once, each with a number of requests under way.
 *
 * For benchmarks only: it knows that all responses have one size, and exits with a message when anything fails.
 */
#ifndef POOLPROOF_BENCH_TLS_LOAD_H
#define POOLPROOF_BENCH_TLS_LOAD_H

#include "secure_channel.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TLS_LOAD_CONNECTIONS_MAX 2048u
#define TLS_LOAD_DEPTH_MAX 64u

struct tls_load_target {
    uint16_t port; /* on 127.0.0.1 */
    pid_t server;  /* whose CPU time is counted */
    struct secure_client_configuration *client;
    const struct secure_reference *reference; /* NULL with a pre-shared key */
};

struct tls_load_plan {
    unsigned connections; /* 1 to TLS_LOAD_CONNECTIONS_MAX */
    unsigned depth;       /* requests under way on each, 1 to TLS_LOAD_DEPTH_MAX */
    double seconds;
    const uint8_t *request;
    size_t request_size;
    size_t response_size;
};

struct tls_load_result {
    uint64_t responses;
    double seconds;
    double server_cpu; /* seconds */
    double p50;        /* microseconds from request to whole response */
    double p99;
};

struct tls_load_result tls_load_run(const struct tls_load_target *target,
                                    const struct tls_load_plan *plan);

/* The first response to `request`: its size, framed by its Message Length. */
size_t tls_load_learn_size(const struct tls_load_target *target, const uint8_t *request,
                           size_t request_size);

/* Whole handshakes one after the other: a second's worth per second. */
struct tls_load_result tls_load_handshakes(const struct tls_load_target *target, double seconds);

/* Resident bytes of the server for each of `connections` that are open and idle. */
double tls_load_idle_memory(const struct tls_load_target *target, unsigned connections);

#endif
