/* The process that looks up names for the registrar, and the registrar's end of the line to it.
 *
 * It is a program of its own, poolproofd-dns beside poolproofd, started before keys are read and sockets are opened. It
 * is the daemon's user, and what looks up names in it enters a sandbox of its own: it can talk to name servers and to us,
 * and cannot open a file, start a program or listen for connections. A flaw in what takes apart the answers of name
 * servers is worth little there. So the registrar's own sandbox needs nothing more for DNS than one socket that is open
 * already, and its event loop never waits for a name server.
 *
 * When a look-up ends the process that does it, that question has failed, and another process goes on with the next.
 *
 * What comes back from it is checked before it is used: it is not trusted more than the network behind it.
 */
#ifndef POOLPROOF_NET_RESOLVER_PROCESS_H
#define POOLPROOF_NET_RESOLVER_PROCESS_H

#include <ev.h>

#include "configuration.h"
#include "privileges.h"
#include "resolver.h"

/* Starts the process, which becomes `account` and enters its sandbox if the configuration says so. Returns our end of the
 * line, or -1 with a sentence in `problem`. It ends when our end is closed. */
int resolver_process_start(const struct configuration *c, const struct privileges_account *account,
                           char problem[CONFIGURATION_PROBLEM_MAX]);

/* Whether the process can start, if it is needed: tries it. */
bool resolver_process_possible(const struct configuration *c,
                               const struct privileges_account *account,
                               char problem[CONFIGURATION_PROBLEM_MAX]);

struct resolver_line; /* opaque */

/* An answer came; NULL: the process is gone, and no answer will come any more. */
typedef void (*resolver_answered)(void *user, const struct resolver_answer *answer);

/* Owns `fd` from now on. NULL when memory is short. */
struct resolver_line *resolver_line_new(struct ev_loop *loop, int fd, resolver_answered answered,
                                        void *user);

/* Sends a question; false when the process is gone, or has too many waiting. */
bool resolver_line_ask(struct resolver_line *line, const struct resolver_question *question);

void resolver_line_free(struct resolver_line *line);

/* "bogus", "unsigned": the name of an outcome, as it stands in logs. */
const char *resolver_outcome_name(uint32_t outcome);

#endif
