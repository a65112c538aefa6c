/* Whether a service works: asked again and again, by connecting to it or by running a command.
 *
 * Says so only when the answer changes. A check that takes longer than its time counts as failed. The
 * first answer comes at once; a service that just starts is asked more often until it first works.
 */
#ifndef POOLPROOF_NET_HEALTH_CHECK_H
#define POOLPROOF_NET_HEALTH_CHECK_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "network_address.h"

struct health_check; /* opaque */

typedef void (*health_changed)(void *user, bool healthy, const char *reason);

/* command: NULL to connect to `address` by TCP; else a shell command that exits with 0 when all is well.
 * address: NULL when it is not known yet: the checks begin with health_check_move().
 * interval_ms: between checks. The loop must be the default loop when a command is given. */
struct health_check *health_check_new(struct ev_loop *loop, const char *command,
                                      const struct network_address *address, uint32_t interval_ms,
                                      uint32_t timeout_ms, health_changed changed, void *user);

/* The service is to be reached at another address from now on: checks at once, and says what comes
 * out also when that is nothing new. */
void health_check_move(struct health_check *check, const struct network_address *address);

/* NULL is allowed. */
void health_check_free(struct health_check *check);

#endif
