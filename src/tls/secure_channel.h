/* One TLS 1.2 connection as a machine without sockets: RFC 5352, 9.2.
 *
 * Bytes from the peer go in, bytes for the peer come out; application bytes go in and come out on
 * the other side. The caller owns the socket, the clock and every time limit. Behind this one
 * interface stand two protocols: the pre-shared-key endpoint (psk_endpoint.h; pool elements and
 * registrars, both sides authenticated) and BearSSL's engine with certificates
 * (certificate_endpoint.h; pool users, the registrar authenticated). A server serves both on one
 * port: it gathers the ClientHello first (hello_switch.h) and lets the suites offered decide. A
 * client that offers both gets the pre-shared key.
 *
 * The way a caller pumps it, in any order, until nothing moves:
 *
 *     room = secure_channel_wire_in(c, &n);     read up to n bytes from the socket into room;
 *                                               secure_channel_wire_in_done(c, bytes read)
 *     out  = secure_channel_wire_out(c, &n);    write up to n bytes of it to the socket;
 *                                               secure_channel_wire_out_done(c, bytes written)
 *     data = secure_channel_app_in(c, &n);      consume; secure_channel_app_in_done(c, consumed)
 *     room = secure_channel_app_out(c, &n);     fill;    secure_channel_app_out_done(c, filled)
 *                                               secure_channel_flush(c) after the last byte
 *
 * A call that has nothing to give returns NULL and sets the count to 0: wire_in when data must
 * first be taken out or the channel is over, app_out before the handshake is done or while the
 * buffer is full. Every pointer is valid until the next call on the same channel. `*_done` with
 * more than was granted is a programming error and fails the channel; with 0 it does nothing.
 *
 * A peer that closed in order gets our close_notify through wire_out, and SECURE_CLOSED comes
 * with it. After SECURE_FAILED or SECURE_CLOSED wire_out may still hold a last alert: write it,
 * then close the socket. Nothing is ever read from a failed channel: application bytes that were
 * not fetched before are dropped.
 *
 * Entropy comes from getrandom(2). Not thread-safe: a channel, and all channels of one
 * configuration, belong to one thread.
 */
#ifndef POOLPROOF_TLS_SECURE_CHANNEL_H
#define POOLPROOF_TLS_SECURE_CHANNEL_H

#include "secure_configuration.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum secure_state {
    SECURE_HANDSHAKE = 0, /* no application data passes yet, in either direction */
    SECURE_OPEN = 1,      /* the peer is who it has to be; data passes */
    SECURE_CLOSED = 2,    /* closed in order, by either side (close_notify) */
    SECURE_FAILED = 3     /* broken off: secure_channel_error() says why */
};

/* Why a channel failed, in classes a caller may act on. */
enum secure_failure {
    SECURE_FAILURE_NONE = 0,
    /* A server's peer sent something that cannot be TLS: plain ASAP, say. No alert is produced, so
     * the caller may answer in plain text (RFC 5352, 9.3: an error with cause 0xa) and close. */
    SECURE_FAILURE_PLAINTEXT = 1,
    SECURE_FAILURE_PROTOCOL = 2, /* the peer broke TLS, or offered nothing we accept */
    /* A client: the server's certificate does not authenticate the server we meant. Servers do not
     * tell: a wrong key and an unknown identity look like SECURE_FAILURE_PROTOCOL, a record that
     * does not authenticate. */
    SECURE_FAILURE_IDENTITY = 3,
    SECURE_FAILURE_PEER_ALERT = 4, /* the peer broke off with an alert */
    SECURE_FAILURE_INTERNAL = 5    /* no memory or no entropy, or a misuse of this interface */
};

struct secure_channel; /* opaque */

/* A server's side of a new connection. Takes a reference on `configuration`, so that a reload may
 * replace it meanwhile, and gives it back as soon as the channel is open, or is freed. NULL when
 * memory or entropy is short. The caller frees it. */
struct secure_channel *secure_channel_new_server(struct secure_server_configuration *configuration);

/* The same for a port at which both sides have to prove a pre-shared key, as between registrars
 * (RFC 5355, 2.5): the certificate is never shown there, and nobody stays anonymous. NULL also when
 * the configuration has no key file. */
struct secure_channel *
secure_channel_new_key_server(struct secure_server_configuration *configuration);

/* A client's side of a new connection to the server that `reference` names.
 * configuration: a reference is taken, as by a server. With a pre-shared key, `reference`
 *                is not looked at and may be NULL: the key itself proves the server.
 * reference:     whom the server's certificate must name (RFC 5352, 9.2 "reference identity");
 *                copied.
 * unix_time:     now, in seconds since 1970 UTC, for the certificates' validity; 0 .. 253402300799.
 * NULL when memory or entropy is short, or a certificate client has no reference. The caller frees
 * it. Its ClientHello is ready in wire_out. */
struct secure_channel *secure_channel_new_client(struct secure_client_configuration *configuration,
                                                 const struct secure_reference *reference,
                                                 uint64_t unix_time);

/* Wipes the channel's memory, and releases it and the reference it may still hold. NULL is
 * allowed. Says nothing to the peer: see secure_channel_close. */
void secure_channel_free(struct secure_channel *channel);

/* Room for bytes received from the peer. */
uint8_t *secure_channel_wire_in(struct secure_channel *channel, size_t *room);
void secure_channel_wire_in_done(struct secure_channel *channel, size_t length);

/* Bytes to be sent to the peer. */
const uint8_t *secure_channel_wire_out(struct secure_channel *channel, size_t *length);
void secure_channel_wire_out_done(struct secure_channel *channel, size_t length);

/* Bytes the peer sent to us: authenticated, decrypted, in order. */
const uint8_t *secure_channel_app_in(struct secure_channel *channel, size_t *length);
void secure_channel_app_in_done(struct secure_channel *channel, size_t length);

/* Room for bytes to be sent to the peer. They leave with a flush, or when a record is full. */
uint8_t *secure_channel_app_out(struct secure_channel *channel, size_t *room);
void secure_channel_app_out_done(struct secure_channel *channel, size_t length);
void secure_channel_flush(struct secure_channel *channel);

/* Closes in order: what was written before still leaves, then close_notify. Bytes received and not
 * fetched yet are dropped, and nothing more is received. The state is SECURE_CLOSED at once: write
 * what wire_out has, then close the socket. */
void secure_channel_close(struct secure_channel *channel);

enum secure_state secure_channel_state(const struct secure_channel *channel);
enum secure_failure secure_channel_failure(const struct secure_channel *channel);

/* One phrase, in plain English, for the log: what broke it; "" while nothing did. Static. */
const char *secure_channel_error(const struct secure_channel *channel);

/* Whom a server is talking to. True when the channel is open and the client proved a pre-shared
 * key: then `identity` is its name, NUL-terminated. False otherwise, with `identity` empty: an
 * anonymous pool user, or not open. `size` of SECURE_IDENTITY_MAX + 1 always suffices; a name
 * that does not fit counts as false. */
bool secure_channel_peer(const struct secure_channel *channel, char *identity, size_t size);

/* True once the channel speaks the pre-shared-key protocol: for a server, from the complete
 * ClientHello on. */
bool secure_channel_is_psk(const struct secure_channel *channel);

/* The cipher suite's registered number (RFC 5246, A.5), 0 before it is agreed. */
uint16_t secure_channel_suite(const struct secure_channel *channel);

#endif
