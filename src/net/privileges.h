/* What the process may do, less and less of it.
 *
 * Before it reads a key: no core dumps, no tracing by others, no new privileges by exec. After it has
 * its sockets: another user. After it has started: the system calls it needs from then on (sandbox.h).
 */
#ifndef POOLPROOF_NET_PRIVILEGES_H
#define POOLPROOF_NET_PRIVILEGES_H

#include <stdbool.h>
#include <stdint.h>

#define PRIVILEGES_PROBLEM_MAX 256u

/* RLIMIT_CORE 0, not dumpable, no new privileges. */
void privileges_protect_memory(void);

/* Not dumpable: no core dump, and no tracing by others. For a program that starts others: those
 * that it executes are not concerned. */
void privileges_forbid_dumps(void);

/* Lets the process open `descriptors` files, as far as the hard limit goes. How many it may open
 * now. */
uint32_t privileges_raise_descriptors(uint32_t descriptors);

/* Becomes `user`, with `group` (or the user's own when ""), without supplementary groups and without
 * a way back. "" for user: nothing happens. False with a sentence and remedy in `problem`. */
bool privileges_drop(const char *user, const char *group, char problem[PRIVILEGES_PROBLEM_MAX]);

#endif
