/* What must hold on this machine, beside the configuration itself, for the daemon to start and to reload.
 *
 * Used the same way by the start and by --check, so that --check says good only to what can start.
 */
#ifndef POOLPROOF_NET_START_CONDITIONS_H
#define POOLPROOF_NET_START_CONDITIONS_H

#include "configuration.h"
#include "privileges.h"

/* Finds whom the daemon is to become, and lets that user own files with secrets (guarded_file.h). False with
 * "FILE:LINE: what; remedy" in `problem` when the user or the group is not there, when that user could
 * not read again, at a reload, what root reads at the start, when the path of the admin socket is too
 * long for one, and when the audit file cannot be opened or made. `file` is the configuration's own. */
bool start_conditions_hold(const char *file, const struct configuration *c,
                           struct privileges_account *account,
                           char problem[CONFIGURATION_PROBLEM_MAX]);

#endif
