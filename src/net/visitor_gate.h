/* The way in: listening sockets, and who of those that knock may begin a TLS handshake.
 *
 * A handshake costs about a thousand times what a resolution costs, so it is rationed. A connection
 * that was accepted is a visitor. It waits without costing more than a descriptor until its first byte
 * is there; then it takes one of the handshake places, or queues for one. One address takes at most a
 * quarter of the places, so that nobody can keep all others out by handshakes that never end. Silence,
 * slowness and the wait in the queue all count against the time a handshake may take. Connections are capped in number,
 * in all and by address; beyond the cap they are closed at once.
 *
 * Owns the listening sockets and the visitors' sockets until they are admitted.
 */
#ifndef POOLPROOF_NET_VISITOR_GATE_H
#define POOLPROOF_NET_VISITOR_GATE_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "network_address.h"

struct gate_limits {
    uint32_t connections; /* visitors and admitted together */
    uint32_t connections_per_address;
    uint32_t handshakes;   /* at work at once */
    uint64_t handshake_ms; /* from accept on */
};

struct gate_counters {
    uint64_t accepted;
    uint64_t refused_full;    /* too many connections */
    uint64_t refused_address; /* too many from one address */
    uint64_t timed_out;       /* silent, or queued too long */
    uint64_t queued;          /* had to wait for a handshake place */
};

/* A visitor may begin: takes over `fd`. `time_left` of the handshake's time is in milliseconds. To be
 * followed by one visitor_gate_handshake_over() and, in the end, one visitor_gate_left(). */
typedef void (*gate_admit)(void *user, int fd, const struct network_address *peer,
                           uint64_t time_left);

struct visitor_gate; /* opaque */

/* NULL when memory is short. with_handshakes: false for plain text, where everybody is let through. */
struct visitor_gate *visitor_gate_new(struct ev_loop *loop, const struct gate_limits *limits,
                                      bool with_handshakes, gate_admit admit, void *user);

/* Listens; call once for each address. False with a sentence in `problem`. */
bool visitor_gate_listen(struct visitor_gate *gate, const struct network_address *address,
                         char problem[NETWORK_PROBLEM_MAX]);

/* New limits, for who comes from now on. */
void visitor_gate_set_limits(struct visitor_gate *gate, const struct gate_limits *limits);

/* An admitted connection has finished its handshake, one way or the other. */
void visitor_gate_handshake_over(struct visitor_gate *gate, const struct network_address *peer);

/* An admitted connection is gone. */
void visitor_gate_left(struct visitor_gate *gate, const struct network_address *peer);

/* Stops listening and sends all visitors away. */
void visitor_gate_close(struct visitor_gate *gate);

/* Connections now: visitors, queued visitors, handshakes at work, all (with the admitted). */
struct gate_occupancy {
    uint32_t visitors;
    uint32_t queued;
    uint32_t handshakes;
    uint32_t connections;
};
struct gate_occupancy visitor_gate_occupancy(const struct visitor_gate *gate);
const struct gate_counters *visitor_gate_counters(const struct visitor_gate *gate);

/* After visitor_gate_close(). */
void visitor_gate_free(struct visitor_gate *gate);

#endif
