/* From the files a configuration names to keys, certificates and rights.
 *
 * Used the same way by the start, by a reload and by --check, so that what --check accepts is what the
 * daemon runs with.
 */
#ifndef POOLPROOF_NET_SECURITY_FILES_H
#define POOLPROOF_NET_SECURITY_FILES_H

#include "configuration.h"
#include "registrar_server.h"

/* Loads the files of `c`, and sees to it that the key file knows all registrars of its group. False with
 * "CONFIG:LINE: what; remedy" in `problem`. The caller gives the result back with server_security_release(). */
bool security_files_load(const struct configuration *c, struct server_security *security,
                         char problem[CONFIGURATION_PROBLEM_MAX]);

#endif
