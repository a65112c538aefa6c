/* A pool user of one pool: what `resolve`, `connect` and `proxy` have in common.
 *
 * Puts together the proved pool user machine, its connections (asap_client) and one pool handle.
 */
#ifndef POOLPROOF_NET_POOL_CLIENT_H
#define POOLPROOF_NET_POOL_CLIENT_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "client_options.h"
#include "network_address.h"
#include "pool_user.h"

/* What became of a resolution, or of the registrar. */
enum pool_client_news {
    POOL_CLIENT_RESOLVED,     /* there is a fresh answer; it may hold no element */
    POOL_CLIENT_UNKNOWN_POOL, /* the registrar knows no such pool */
    POOL_CLIENT_REJECTED,     /* it refuses to answer */
    POOL_CLIENT_UNANSWERED,   /* no registrar answered in time */
    POOL_CLIENT_HOME_FOUND,
    POOL_CLIENT_HOME_LOST
};

typedef void (*pool_client_told)(void *user, enum pool_client_news news);

struct pool_client_settings {
    const struct client_options *options; /* the caller's, to live as long as the pool client */
    const char *pool;                     /* as text, with \xNN for any byte */
    uint32_t stale_ms;                    /* how long an answer is fresh */
};

struct pool_client; /* opaque */

/* Starts hunting and resolving. NULL with a message on standard error. */
struct pool_client *pool_client_new(struct ev_loop *loop,
                                    const struct pool_client_settings *settings,
                                    pool_client_told told, void *user);

/* The next element of the pool in turn, that speaks TCP, and its address; false when there is none now. */
bool pool_client_select(struct pool_client *client, uint32_t *pe_identifier,
                        struct network_address *address);

/* Element number `index` of the last answer, for display; false past the last one. */
bool pool_client_element(const struct pool_client *client, uint32_t index,
                         struct selected_element *out);

/* Asks again unless the answer is fresh. */
void pool_client_resolve(struct pool_client *client);

/* An element that was selected does not answer: it is passed over and reported (RFC 5352, 3.5). */
void pool_client_unreachable(struct pool_client *client, uint32_t pe_identifier);

/* Writes to standard error why no registrar answers: see asap_client_explain. */
void pool_client_explain(const struct pool_client *client);

/* Closes the connections; let the loop run until it is out of things to watch. NULL is allowed. */
void pool_client_free(struct pool_client *client);

#endif
