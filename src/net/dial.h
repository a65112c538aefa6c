/* Gets a TCP connection to some element of a pool: the first that answers.
 *
 * Elements are tried in the pool's order. One that refuses, or does not answer within the time for
 * an attempt, is reported as unreachable, and the next is tried at once. When this process or host
 * lacks something (dial_is_our_fault()) nobody is blamed: the dial waits a little. When none is
 * left the registrar is asked again, until the time for the whole is over. The caller may come back
 * with a connection that failed before it was used: dial_next() goes on with the next element.
 */
#ifndef POOLPROOF_NET_DIAL_H
#define POOLPROOF_NET_DIAL_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "network_address.h"
#include "pool_client.h"

struct dial_settings {
    uint32_t attempt_ms; /* for one element to accept */
    uint32_t total_ms;   /* for all of it */
};

struct dial_result {
    int fd; /* connected, the caller's; -1: none answered in time */
    uint32_t pe_identifier;
    struct network_address address; /* of the element */
    uint32_t failures;              /* elements that did not answer before this one */
    uint64_t elapsed_ms;            /* since the dial began */
};

/* Called once for each dial_new() and dial_next(); may free the dial. */
typedef void (*dial_done)(void *user, const struct dial_result *result);

struct dial; /* opaque */

/* Begins; `done` is not called before this returns. NULL when memory is short. */
struct dial *dial_new(struct ev_loop *loop, struct pool_client *pool,
                      const struct dial_settings *settings, dial_done done, void *user);

/* The connection given last was of no use: reports its element and goes on. */
void dial_next(struct dial *dial);

/* There is a fresh answer of the registrar: a dial that waits for its first one goes on. */
void dial_poke(struct dial *dial);

/* Does errno `error` of accept() or connect() say that we lack descriptors, memory or ports? Then
 * it says nothing about the other side. */
bool dial_is_our_fault(int error);

/* Gives up what is under way. NULL is allowed. */
void dial_free(struct dial *dial);

#endif
