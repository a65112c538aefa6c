/* poolproofd-dns: looks up names for poolproofd, which starts it (resolver_process.h). It answers questions from the line that it
 * was given, and ends when that is closed.
 *
 * It is two processes: a worker that is confined and takes apart what name servers send, and one that reads nothing of that and
 * watches over it. A worker that dies takes the question with it that it was at, and that one alone: it has failed, and
 * another worker goes on. */
#include "resolver.h"
#include "sandbox.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Seconds between the end of a worker and the next one: what ends them at once must not keep a processor busy. */
#define PAUSE_S 1u

/* Its end is that of the line: signals to all of the daemon's processes are not meant for it. */
static void ignore_signals(void)
{
    const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
}

/* ---- the worker ---- */

/* Sends a text of the agreed length: what is wrong, or nothing. */
static bool tell(const char problem[RESOLVER_DETAIL_MAX])
{
    return send(RESOLVER_LINE, problem, RESOLVER_DETAIL_MAX, MSG_NOSIGNAL) ==
           (ssize_t)RESOLVER_DETAIL_MAX;
}

/* Answers until the other end is closed. A question stays on the line until it is answered, so that it is known what a worker
 * that died was at. */
static void serve(struct resolver *resolver)
{
    static struct resolver_answer answer;
    struct resolver_question question;

    while (recv(RESOLVER_LINE, &question, sizeof question, MSG_PEEK) == (ssize_t)sizeof question) {
        question.name[DOMAIN_NAME_MAX] = '\0';
        resolver_look_up(resolver, &question, &answer);
        if (send(RESOLVER_LINE, &answer, sizeof answer, MSG_NOSIGNAL) < 0)
            break;
        recv(RESOLVER_LINE, &question, sizeof question, 0);
    }
}

/* In the sandbox, if there is to be one. NULL with a sentence in `problem`. */
static struct resolver *begin(const struct resolver_setup *setup, char problem[RESOLVER_DETAIL_MAX])
{
    const char *reason; /* the daemon says the same of its own */
    struct resolver *resolver = resolver_new(&setup->settings, setup->seed, problem);

    if (resolver != NULL && setup->sandbox != 0)
        sandbox_enter_resolver(&reason);
    return resolver;
}

/* Tells the daemon whether a worker can begin. Returns the exit status. */
static int try(const struct resolver_setup *setup)
{
    char problem[RESOLVER_DETAIL_MAX] = "";
    struct resolver *resolver = begin(setup, problem);

    if (resolver != NULL)
        memset(problem, 0, sizeof problem);
    bool told = tell(problem);
    resolver_free(resolver);
    return resolver != NULL && told ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Works until the line is closed. Returns the exit status. */
static int work(const struct resolver_setup *setup)
{
    char problem[RESOLVER_DETAIL_MAX];
    struct resolver *resolver = begin(setup, problem);

    if (resolver == NULL)
        return EXIT_FAILURE;
    serve(resolver);
    resolver_free(resolver);
    return EXIT_SUCCESS;
}

/* ---- its keeper ---- */

/* The question that the last worker was at, if there was one, has failed. */
static void answer_for_the_dead(int status)
{
    static struct resolver_answer answer;
    struct resolver_question question;

    if (recv(RESOLVER_LINE, &question, sizeof question, MSG_DONTWAIT) != (ssize_t)sizeof question)
        return;
    answer.ticket = question.ticket;
    answer.outcome = RESOLVER_FAILED;
    if (WIFSIGNALED(status))
        snprintf(answer.detail, sizeof answer.detail,
                 "%.253s: the process that looked it up was ended by signal %d", question.name,
                 WTERMSIG(status));
    else
        snprintf(answer.detail, sizeof answer.detail,
                 "%.253s: the process that looks up names could not begin; see that the trust "
                 "anchor can still be read",
                 question.name);
    send(RESOLVER_LINE, &answer, sizeof answer, MSG_NOSIGNAL);
}

/* Does `job` in a process of its own, which does not outlive this one, and returns how that ended. */
static int in_a_child(int (*job)(const struct resolver_setup *), const struct resolver_setup *setup)
{
    const pid_t keeper = getpid();
    const pid_t child = fork();
    int status = W_EXITCODE(EXIT_FAILURE, 0);

    if (child == 0)
        exit(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == keeper ? job(setup)
                                                                          : EXIT_FAILURE);
    if (child > 0)
        waitpid(child, &status, 0);
    return status;
}

int main(void)
{
    struct resolver_setup setup;
    int status;

    if (recv(RESOLVER_LINE, &setup, sizeof setup, 0) != (ssize_t)sizeof setup) {
        fprintf(stderr, "poolproofd-dns: poolproofd starts this by itself; see poolproofd(8)\n");
        return 2;
    }
    ignore_signals();
    setup.settings.server[RESOLVER_PATH_MAX - 1] = '\0';
    setup.settings.anchor[RESOLVER_PATH_MAX - 1] = '\0';
    if (in_a_child(try, &setup) != 0)
        return 1;
    while ((status = in_a_child(work, &setup)) != 0) {
        answer_for_the_dead(status);
        sleep(PAUSE_S);
    }
    return 0;
}
