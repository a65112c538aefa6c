/* A channel: one connection that carries whole ASAP messages, in order, in both directions.
 *
 * This is the seam between the protocol and the transport (spec/tcp-mapping.md). Behind it stands
 * TCP, plain or with TLS; SCTP would stand behind the same few functions, with an association in the
 * place of the connection. Above it nobody knows sockets: the registrar's server and the clients say
 * "send", "close" and are told "opened", "message", "ended".
 *
 * A channel owns its socket, its TLS state and its queues. It bounds what a peer can make it hold:
 * a handshake has a time limit, silence has one, output has a limit in bytes and one in time
 * without progress, and while more output waits than `congestion` bytes no further request is read.
 * It never looks into a message beyond its length.
 *
 * Life: created open or connecting; `ended` is called exactly once, with the reason, when the channel
 * is over, after which the channel frees itself and must not be used. No callback comes out of
 * channel_send or channel_close; `ended` may come out of channel_drop.
 */
#ifndef POOLPROOF_NET_CHANNEL_H
#define POOLPROOF_NET_CHANNEL_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "network_address.h"
#include "secure_channel.h"

enum channel_end {
    CHANNEL_END_BY_US = 0,     /* closed by channel_close, all output delivered to the kernel */
    CHANNEL_END_BY_PEER = 1,   /* the peer closed in order */
    CHANNEL_END_BROKEN = 2,    /* connection refused, reset, timed out */
    CHANNEL_END_PLAINTEXT = 3, /* a TLS server was spoken to without TLS */
    CHANNEL_END_HANDSHAKE = 4, /* TLS refused: protocol, identity, name or certificate */
    CHANNEL_END_HANDSHAKE_TIME = 5, /* not established within the time */
    CHANNEL_END_IDLE = 6,           /* silent for too long */
    CHANNEL_END_SLOW_READER = 7,    /* does not take what we send: too much or too long */
    CHANNEL_END_BAD_FRAME = 8,      /* a Message Length no message has */
    CHANNEL_END_NO_MEMORY = 9,
    CHANNEL_END_SHUTDOWN = 10 /* dropped by channel_drop */
};

struct channel; /* opaque */

/* Whom a channel reports to. `user` is passed through. */
struct channel_user {
    void (*opened)(void *user, struct channel *c);
    void (*message)(void *user, struct channel *c, const uint8_t *bytes, uint32_t length);
    void (*ended)(void *user, struct channel *c, enum channel_end why, const char *detail);
};

/* Limits; times in milliseconds, 0 for none. */
struct channel_limits {
    uint64_t establish_ms; /* connection and TLS handshake together */
    uint64_t idle_ms;      /* without a byte in either direction */
    uint64_t stall_ms;     /* with output waiting and none accepted by the peer */
    size_t output_max; /* bytes of output that may wait; at least one message of the largest size */
    size_t congestion; /* with more than this waiting, requests are not read */
};

/* Makes a channel of a socket, which it owns from now on (also when it fails: NULL, memory short).
 * connecting: connect() is under way, nothing is known yet.
 * secure:     owned from now on; NULL for plain text. */
struct channel *channel_new(struct ev_loop *loop, int fd, bool connecting,
                            struct secure_channel *secure, const struct channel_limits *limits,
                            const struct channel_user *callbacks, void *user);

/* Queues one whole message. False when the peer has too much waiting already: the channel is then
 * about to end as CHANNEL_END_SLOW_READER, and the message is not sent. */
bool channel_send(struct channel *c, const uint8_t *bytes, uint32_t length);

/* Closes after what was sent has left; nothing more is received. */
void channel_close(struct channel *c);

/* Ends the channel at once, without waiting for the peer. */
void channel_drop(struct channel *c);

/* Within `ended` for CHANNEL_END_PLAINTEXT only: sends a few bytes outside TLS to a peer that does not
 * speak it (RFC 5352, 9.3), as far as the socket takes them at once. */
void channel_answer_in_plain_text(struct channel *c, const uint8_t *bytes, uint32_t length);

/* The TLS state, for the peer's identity and the suite; NULL for plain text. */
const struct secure_channel *channel_secure(const struct channel *c);

/* Our own address on it. */
bool channel_local(const struct channel *c, struct network_address *out);

/* "idle", "slow-reader": the name of a reason, as it stands in logs. */
const char *channel_end_name(enum channel_end why);

#endif
