/* Starts programs: see child_process.h. */
#include "child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void throw_output_away(void)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (nowhere < 0)
        return;
    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
}

static void become(char *const argv[], bool quiet, pid_t parent)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    if (getppid() != parent)
        _exit(127); /* the parent died before the line above */
    if (quiet)
        throw_output_away();
    execvp(argv[0], argv);
    fprintf(stderr, "poolproof: cannot run \"%s\": %s\n", argv[0], strerror(errno));
    _exit(127);
}

pid_t child_process_start(char *const argv[], bool quiet)
{
    pid_t parent = getpid();
    pid_t child = fork();

    if (child == 0)
        become(argv, quiet, parent);
    return child;
}

int child_process_status(int wait_status)
{
    if (WIFSIGNALED(wait_status))
        return 128 + WTERMSIG(wait_status);
    return WEXITSTATUS(wait_status);
}
