/* The system calls the daemon needs once it is running, and no others (seccomp).
 *
 * It can serve its sockets, read files again at a reload, and end. It cannot start programs, create files
 * or change identity, nor, unless it is one of a group, open outgoing connections: a flaw in it is then
 * worth little. One of a group can open TCP connections, and no other sockets. A call that is not in the
 * list ends the process at once. The process that looks up names has a filter of its own: it can send and
 * receive, and cannot open a file, listen or accept.
 */
#ifndef POOLPROOF_NET_SANDBOX_H
#define POOLPROOF_NET_SANDBOX_H

#include <stdbool.h>

/* Enters the sandbox; connects: it is one of a group. False when the kernel does not have seccomp, or in a build with sanitizers, which need
 * calls that the daemon does not: `reason` then says which. */
bool sandbox_enter(bool connects, const char **reason);

/* The same for the process that looks up names (resolver_process.h). */
bool sandbox_enter_resolver(const char **reason);

#endif
