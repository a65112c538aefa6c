/* Changes of membership as they happen: what `poolproof watch` prints.
 *
 * A change can come from an element, a peer, a timer or an audit, so it is not asked who made it: the handlespace is
 * compared with a copy of what was told last, a slice at a time, as long as somebody watches and something has
 * happened. Whoever watches gets lines of JSON: a snapshot first, then every difference. Each watcher has a queue of
 * its own, and a bound on it: one that does not read misses changes, is told how many ("gap"), and gets a snapshot
 * again. What comes and goes within one round of comparing, a twentieth of a second, is not seen.
 *
 *   {"event":"snapshot","server_identifier":...}   what follows, up to "live", is all there is
 *   {"event":"peer","server":...,"state":...}      a peer, or its new state; "free": it left the list
 *   {"event":"element",...}                        as in `poolproof elements`
 *   {"event":"live"}                               from here on, changes
 *   {"event":"added",...} {"event":"removed",...}
 *   {"event":"moved",...,"from":...}               it has another home
 *   {"event":"gap","missed":...}                   a snapshot follows
 */
#ifndef POOLPROOF_NET_MEMBERSHIP_WATCH_H
#define POOLPROOF_NET_MEMBERSHIP_WATCH_H

#include <ev.h>

#include "byte_queue.h"
#include "registrar_server.h"

struct membership_watch; /* opaque: one for all watchers */
struct watcher;          /* opaque: one of them */

/* NULL when memory is short. Costs nothing until somebody watches. */
struct membership_watch *membership_watch_new(struct ev_loop *loop,
                                              const struct registrar_server *server);
void membership_watch_free(struct membership_watch *watch); /* when nobody watches any more */

/* Begins to watch. Lines go to `out`, the caller's, within its limit; `wake` is called when there are some. NULL when
 * memory is short. */
struct watcher *watcher_new(struct membership_watch *watch, struct byte_queue *out,
                            void (*wake)(void *user), void *user);

/* Whether it waits for room in `out`: for a snapshot, or to say that there is a gap. */
bool watcher_waits(const struct watcher *watcher);
/* To be called when `out` has room: goes on with that, a slice at a time. */
void watcher_continue(struct watcher *watcher);
void watcher_free(struct watcher *watcher);

#endif
