/* The commands of `poolproof`: each takes the arguments behind its name (argv[0] is "poolproof
 * NAME", for messages) and returns the exit code. What they have in common stands in
 * client_options.h.
 */
#ifndef POOLPROOF_NET_COMMANDS_H
#define POOLPROOF_NET_COMMANDS_H

int command_pe(int argc, char **argv);
int command_resolve(int argc, char **argv);
int command_connect(int argc, char **argv);
int command_proxy(int argc, char **argv);

/* Three in one: "status", "pools" or "elements" stands behind the blank of argv[0]. */
int command_admin(int argc, char **argv);
int command_watch(int argc, char **argv);

#endif
