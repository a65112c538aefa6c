/* What the process may do, less and less of it.
 *
 * Before it reads a key: no core dumps, no tracing by others, no new privileges by exec. After it has
 * its sockets: another user. After it has started: the system calls it needs from then on (sandbox.h).
 */
#ifndef POOLPROOF_NET_PRIVILEGES_H
#define POOLPROOF_NET_PRIVILEGES_H

#include "configuration.h"

#include <stdbool.h>
#include <stdint.h>

/* Whom a configuration tells the daemon to become; itself when it names nobody. */
struct privileges_account {
    uint32_t uid;
    uint32_t gid;
};

/* RLIMIT_CORE 0, not dumpable, no new privileges. */
void privileges_protect_memory(void);

/* Not dumpable: no core dump, and no tracing by others. For a program that starts others: those
 * that it executes are not concerned. */
void privileges_forbid_dumps(void);

/* Lets the process open `descriptors` files, as far as the hard limit goes. How many it may open
 * now. */
uint32_t privileges_raise_descriptors(uint32_t descriptors);

/* Looks up the user and the group of `c` (or the user's own group when it names none). False with
 * "FILE:LINE: what; remedy" in `problem` when there is none of that name. */
bool privileges_find(const struct configuration *c, struct privileges_account *account,
                     char problem[CONFIGURATION_PROBLEM_MAX]);

/* Which of `count` (at most 8) files `account` has no right to read: bit i for paths[i]. Only root can
 * find out, by trying it in a child that becomes `account`; for others, and for a file that cannot be
 * opened for another reason, nothing is said. */
uint8_t privileges_unreadable(const struct privileges_account *account, const char *const paths[],
                              uint32_t count);

/* Becomes `account`, which was found for `c`, without supplementary groups and without a way back. Nothing
 * happens when it is us already. False with "FILE:LINE: what; remedy" in `problem`. */
bool privileges_drop(const struct configuration *c, const struct privileges_account *account,
                     char problem[CONFIGURATION_PROBLEM_MAX]);

#endif
