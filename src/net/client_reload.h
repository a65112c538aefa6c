/* SIGHUP of the clients that run on: `pe`, `proxy`, `resolve --watch` read their key file or
 * authorities again.
 *
 * A good set serves new connections, a bad one is logged as an error and the old one stays. A
 * program that was started with SIGHUP ignored (nohup) goes on ignoring it.
 */
#ifndef POOLPROOF_NET_CLIENT_RELOAD_H
#define POOLPROOF_NET_CLIENT_RELOAD_H

#include <ev.h>

#include "client_options.h"

/* The caller's, all zero before the start. */
struct client_reload {
    struct ev_signal hangup;
    struct client_options *options;
};

/* `options` must live until the stop. The loop must be the default loop. */
void client_reload_start(struct client_reload *reload, struct ev_loop *loop,
                         struct client_options *options);

/* May be called without a start before. */
void client_reload_stop(struct client_reload *reload, struct ev_loop *loop);

#endif
