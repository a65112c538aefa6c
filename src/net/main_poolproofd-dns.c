/* poolproofd-dns: looks up names for poolproofd, which starts it (resolver_process.h). It answers questions from the line that it
 * was given, and ends when that is closed. */
#include "resolver.h"
#include "sandbox.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Its end is that of the line: signals to all of the daemon's processes are not meant for it. */
static void ignore_signals(void)
{
    const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
}

/* Sends a text of the agreed length: what is wrong, or nothing. */
static bool tell(const char problem[RESOLVER_DETAIL_MAX])
{
    return send(RESOLVER_LINE, problem, RESOLVER_DETAIL_MAX, MSG_NOSIGNAL) ==
           (ssize_t)RESOLVER_DETAIL_MAX;
}

static struct resolver *begin(struct resolver_setup *setup)
{
    char problem[RESOLVER_DETAIL_MAX] = "";
    const char *reason; /* the daemon says the same of its own */

    setup->settings.server[RESOLVER_PATH_MAX - 1] = '\0';
    setup->settings.anchor[RESOLVER_PATH_MAX - 1] = '\0';
    struct resolver *resolver = resolver_new(&setup->settings, setup->seed, problem);
    if (resolver != NULL) {
        memset(problem, 0, sizeof problem);
        if (setup->sandbox != 0)
            sandbox_enter_resolver(&reason);
    }
    if (tell(problem))
        return resolver;
    resolver_free(resolver);
    return NULL;
}

/* Answers until the other end is closed. */
static void serve(struct resolver *resolver)
{
    static struct resolver_answer answer;
    struct resolver_question question;

    while (recv(RESOLVER_LINE, &question, sizeof question, 0) == (ssize_t)sizeof question) {
        question.name[DOMAIN_NAME_MAX] = '\0';
        resolver_look_up(resolver, &question, &answer);
        if (send(RESOLVER_LINE, &answer, sizeof answer, MSG_NOSIGNAL) < 0)
            break;
    }
}

int main(void)
{
    struct resolver_setup setup;

    if (recv(RESOLVER_LINE, &setup, sizeof setup, 0) != (ssize_t)sizeof setup) {
        fprintf(stderr, "poolproofd-dns: poolproofd starts this by itself; see poolproofd(8)\n");
        return 2;
    }
    ignore_signals();
    struct resolver *resolver = begin(&setup);
    if (resolver != NULL)
        serve(resolver);
    resolver_free(resolver);
    return 0;
}
