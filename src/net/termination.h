/* The last stretch of a program: signals that ask it to end come too late to change anything.
 *
 * A second SIGTERM, as process groups and service managers send it, must not turn an orderly end with its exit
 * status into a death by signal while connections are still being closed.
 */
#ifndef POOLPROOF_NET_TERMINATION_H
#define POOLPROOF_NET_TERMINATION_H

/* From here on SIGTERM, SIGINT, SIGHUP and SIGUSR1 wait for the process to be gone. Call it before the event loop's
 * signal watchers are stopped. */
void termination_began(void);

#endif
