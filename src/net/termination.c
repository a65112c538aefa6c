/* The last stretch of a program: see termination.h. */
#include "termination.h"

#include <signal.h>
#include <stddef.h>

void termination_began(void)
{
    sigset_t requests;

    sigemptyset(&requests);
    sigaddset(&requests, SIGTERM);
    sigaddset(&requests, SIGINT);
    sigaddset(&requests, SIGHUP);
    sigaddset(&requests, SIGUSR1);
    sigprocmask(SIG_BLOCK, &requests, NULL);
}
