/* A program started by `poolproof pe`: the service itself, or a check of its health.
 *
 * The child dies with us (PR_SET_PDEATHSIG), gets the default signals back, and inherits no descriptor but the
 * three standard ones.
 */
#ifndef POOLPROOF_NET_CHILD_PROCESS_H
#define POOLPROOF_NET_CHILD_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Starts argv[0] (looked up in PATH). -1 with errno when there can be no child; a program that cannot be run
 * shows as a child that exits with 127. quiet: its output is thrown away. */
pid_t child_process_start(char *const argv[], bool quiet);

/* Exit status as a shell has it: the code, or 128 and the number of the signal. */
int child_process_status(int wait_status);

#endif
