/* The administrator's way in: a UNIX socket that takes one command and gives one JSON answer.
 *
 * Who asks is told by the kernel (SO_PEERCRED), never by the asker: root, the daemon's own user, and the
 * users named by admin_users may; everybody else is refused. Every command is audited with user and
 * process, refused ones too. The commands only read.
 *
 * Protocol: the client sends a line, "status", "pools", "elements" or "peers"; the daemon answers with one JSON object,
 * which has the member "error" when it refuses, and closes.
 */
#ifndef POOLPROOF_NET_ADMIN_SOCKET_H
#define POOLPROOF_NET_ADMIN_SOCKET_H

#include <ev.h>
#include <stdbool.h>

#include "configuration.h"
#include "registrar_server.h"

struct admin_socket; /* opaque */

/* Binds the socket of `c` (mode 0600, or 0666 when other users may ask). Must be called with the rights to do
 * so; the file belongs to `c->user` afterwards. NULL with a sentence and remedy in `problem`. */
struct admin_socket *admin_socket_new(struct ev_loop *loop, const struct configuration *c,
                                      const struct registrar_server *server,
                                      char problem[CONFIGURATION_PROBLEM_MAX]);

/* False, with a sentence and remedy in `problem`, when the socket's path is longer than the kernel takes. */
bool admin_socket_path_fits(const struct configuration *c, char problem[CONFIGURATION_PROBLEM_MAX]);

/* Takes over who may ask from a new configuration. */
void admin_socket_reload(struct admin_socket *admin, const struct configuration *c);

/* Closes everything and removes the socket's file. NULL is allowed. */
void admin_socket_free(struct admin_socket *admin);

#endif
