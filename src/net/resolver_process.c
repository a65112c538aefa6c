/* The process that looks up names: see resolver_process.h. */
#include "resolver_process.h"

#include "clock_source.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROGRAM "poolproofd-dns"

/* ---- its start ---- */

/* The program stands beside ours. */
static bool find_program(char path[PATH_MAX])
{
    char folder[PATH_MAX - sizeof PROGRAM];
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);

    if (length <= 0)
        return false;
    folder[length] = '\0';
    char *name = strrchr(folder, '/');
    if (name == NULL)
        return false;
    name[1] = '\0';
    snprintf(path, PATH_MAX, "%s" PROGRAM, folder);
    return true;
}

/* Nothing of the daemon's is open there but the line and what goes with it, whatever was opened before. */
static bool keep_only(int line)
{
    return dup2(line, RESOLVER_LINE) == RESOLVER_LINE &&
           close_range(RESOLVER_LINE + 1, UINT_MAX, 0) == 0;
}

/* In the child. Does not return. */
static void become_program(const struct configuration *c, const struct privileges_account *account,
                           int line)
{
    char problem[CONFIGURATION_PROBLEM_MAX];
    char path[PATH_MAX];
    char name[] = PROGRAM;
    char *arguments[] = {name, NULL};
    char *environment[] = {NULL};

    if (find_program(path) && keep_only(line) && privileges_drop(c, account, problem) &&
        prctl(PR_SET_PDEATHSIG, SIGKILL) == 0) /* it may be in the middle of a look-up */
        execve(path, arguments, environment);
    _exit(1);
}

static void setup_of(const struct configuration *c, struct resolver_setup *setup)
{
    const struct configuration_discovery *d = &c->discovery;

    memset(setup, 0, sizeof *setup);
    snprintf(setup->settings.server, sizeof setup->settings.server, "%s", d->dns_resolver);
    snprintf(setup->settings.anchor, sizeof setup->settings.anchor, "%s",
             configuration_trust_anchor(c));
    setup->settings.unsigned_too = d->dns_unsigned;
    setup->seed = random_word();
    setup->sandbox = c->sandbox ? 1 : 0;
}

static void explain(const struct configuration *c, const char *what,
                    char problem[CONFIGURATION_PROBLEM_MAX])
{
    char place[CONFIGURATION_PATH_MAX + 32];

    configuration_place(
        configuration_trust_anchor(c)[0] != '\0' ? "dns_trust_anchor" : "dns_resolver", place);
    snprintf(problem, CONFIGURATION_PROBLEM_MAX,
             "%s%s; name a file of trust anchors that the daemon's user can read, or none (\"\"), "
             "and a resolver as IP:PORT",
             place, what);
}

/* Tells it what to do, and waits until it has begun, or has said why it cannot. */
static bool began_well(const struct configuration *c, int line,
                       char problem[CONFIGURATION_PROBLEM_MAX])
{
    struct resolver_setup setup;
    char what[RESOLVER_DETAIL_MAX] = "";
    ssize_t got = -1;

    setup_of(c, &setup);
    if (send(line, &setup, sizeof setup, MSG_NOSIGNAL) == (ssize_t)sizeof setup)
        do
            got = recv(line, what, sizeof what, 0);
        while (got < 0 && errno == EINTR);
    what[RESOLVER_DETAIL_MAX - 1] = '\0';
    if (got == (ssize_t)sizeof what && what[0] == '\0')
        return true;
    if (got == (ssize_t)sizeof what)
        explain(c, what, problem);
    else
        snprintf(problem, CONFIGURATION_PROBLEM_MAX,
                 "names cannot be looked up: " PROGRAM ", which stands beside poolproofd, did not "
                 "start; install it there, where the daemon's user can run it");
    return false;
}

int resolver_process_start(const struct configuration *c, const struct privileges_account *account,
                           char problem[CONFIGURATION_PROBLEM_MAX])
{
    int ends[2];
    bool open = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0;
    pid_t child = open ? fork() : -1;

    if (child == 0)
        become_program(c, account, ends[1]);
    if (child < 0)
        snprintf(problem, CONFIGURATION_PROBLEM_MAX,
                 "cannot start the process that looks up names: %s", strerror(errno));
    if (open)
        close(ends[1]);
    if (child > 0 && began_well(c, ends[0], problem))
        return ends[0];
    if (open)
        close(ends[0]);
    return -1;
}

bool resolver_process_possible(const struct configuration *c,
                               const struct privileges_account *account,
                               char problem[CONFIGURATION_PROBLEM_MAX])
{
    if (!configuration_needs_dns(c))
        return true;
    int line = resolver_process_start(c, account, problem);
    if (line >= 0)
        close(line);
    return line >= 0;
}

/* ---- the registrar's end ---- */

struct resolver_line {
    struct ev_loop *loop;
    int fd; /* -1: the process is gone */
    resolver_answered answered;
    void *user;
    struct ev_io readable;
    struct resolver_answer answer; /* the one that came last */
};

static void lose(struct resolver_line *line)
{
    ev_io_stop(line->loop, &line->readable);
    if (line->fd >= 0)
        close(line->fd);
    line->fd = -1;
}

/* What stands in a line of the log is printable. */
static void make_printable(char text[RESOLVER_DETAIL_MAX])
{
    text[RESOLVER_DETAIL_MAX - 1] = '\0';
    for (char *at = text; *at != '\0'; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
}

/* Whether an answer keeps to its limits, whoever wrote it. */
static bool sound(struct resolver_answer *answer)
{
    make_printable(answer->detail);
    if (answer->count > RESOLVER_ADDRESSES_MAX || answer->outcome > (uint32_t)RESOLVER_BOGUS)
        return false;
    for (uint32_t i = 0; i < answer->count; i++) {
        const struct resolver_address *a = &answer->address[i];
        if ((a->ip.size != 4 && a->ip.size != 16) || a->port == 0 || a->port > UINT16_MAX)
            return false;
    }
    return true;
}

static void on_readable(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    struct resolver_line *line = watcher->data;
    ssize_t got = recv(line->fd, &line->answer, sizeof line->answer, MSG_DONTWAIT);
    (void)loop;
    (void)events;

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got == (ssize_t)sizeof line->answer && sound(&line->answer)) {
        line->answered(line->user, &line->answer);
        return;
    }
    lose(line);
    line->answered(line->user, NULL);
}

struct resolver_line *resolver_line_new(struct ev_loop *loop, int fd, resolver_answered answered,
                                        void *user)
{
    struct resolver_line *line = calloc(1, sizeof *line);

    if (line == NULL) {
        close(fd);
        return NULL;
    }
    line->loop = loop;
    line->fd = fd;
    line->answered = answered;
    line->user = user;
    ev_io_init(&line->readable, on_readable, fd, EV_READ);
    line->readable.data = line;
    ev_io_start(loop, &line->readable);
    return line;
}

bool resolver_line_ask(struct resolver_line *line, const struct resolver_question *question)
{
    return line->fd >= 0 && send(line->fd, question, sizeof *question,
                                 MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof *question;
}

void resolver_line_free(struct resolver_line *line)
{
    if (line == NULL)
        return;
    lose(line);
    free(line);
}

const char *resolver_outcome_name(uint32_t outcome)
{
    static const char *const names[] = {"found", "none", "failed", "unsigned", "bogus"};

    return outcome < sizeof names / sizeof names[0] ? names[outcome] : "unknown";
}
