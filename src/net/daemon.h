/* poolproofd from its start to its end: everything between the command line and the event loop.
 *
 * Exit codes: 0 ended in order, or --check found nothing; 1 could not start or go on; 2 the command line or the
 * configuration is wrong.
 */
#ifndef POOLPROOF_NET_DAEMON_H
#define POOLPROOF_NET_DAEMON_H

#define EXIT_IN_ORDER 0
#define EXIT_RUNNING_FAILED 1
#define EXIT_USAGE 2

/* Reads the configuration and the files it names, and says on standard error what is wrong with them. */
int daemon_check(const char *configuration_file);

/* Runs until SIGTERM or SIGINT; SIGHUP reads keys, certificates and configuration again. */
int daemon_run(const char *configuration_file);

#endif
