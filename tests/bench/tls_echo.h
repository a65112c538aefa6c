/* A TLS server on BearSSL's engine alone, that answers every request of a fixed size with a fixed number of bytes.
 *
 * The floor that the registrar is measured against: the same library, event interface, certificate and message
 * sizes, and nothing behind them. For benchmarks only.
 */
#ifndef POOLPROOF_BENCH_TLS_ECHO_H
#define POOLPROOF_BENCH_TLS_ECHO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Starts the server as a child process on a free port of 127.0.0.1. The files are PEM, the key RSA or EC.
 * Gives the child's process number and, through `port`, where it listens; exits with a message when it cannot. */
pid_t tls_echo_start(const char *certificate_file, const char *key_file, size_t request_size,
                     size_t response_size, uint16_t *port);

void tls_echo_stop(pid_t server);

#endif
