/* poolproof connect: standard input and output to one element of a pool, as nc does to one address. */
#include "client_options.h"
#include "commands.h"
#include "dial.h"
#include "log.h"
#include "relay.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char usage[] =
    "usage: poolproof connect HANDLE [options]\n"
    "Connects standard input and output to one element of a pool.\n"
    "Exit codes: 0 ended in order, 1 no such pool, or the connection broke, 2 usage, 3 no "
    "registrar or\n"
    "no element answered.\n"
    "\n"
    "  --timeout-ms N         how long to look for an element that answers (10000)\n"
    "  --attempt-ms N         how long one element may take to accept (2000)\n";

struct session {
    struct ev_loop *loop;
    struct client_options options;
    const char *pool;
    struct dial_settings settings;
    struct pool_client *client;
    struct dial *dial;
    int fd;
    bool resolved; /* the pool was there once */
    int exit_code;
};

enum { OPTION_TIMEOUT = CLIENT_OPTION_LAST, OPTION_ATTEMPT };

static const struct option long_options[] = {
    {"timeout-ms", required_argument, NULL, OPTION_TIMEOUT},
    {"attempt-ms", required_argument, NULL, OPTION_ATTEMPT},
    CLIENT_OPTIONS,
    {NULL, 0, NULL, 0}};

static bool parse(struct session *s, int argc, char **argv)
{
    int option;

    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        bool good;
        if (option == OPTION_TIMEOUT)
            good = option_number("timeout-ms", optarg, 1, 86400000, &s->settings.total_ms);
        else if (option == OPTION_ATTEMPT)
            good = option_number("attempt-ms", optarg, 1, 86400000, &s->settings.attempt_ms);
        else
            good = client_option_take(&s->options, option, optarg);
        if (!good)
            return false;
    }
    if (optind + 1 != argc) {
        fprintf(stderr, "poolproof: connect takes one pool handle\n");
        return false;
    }
    s->pool = argv[optind];
    return client_options_finish(&s->options);
}

static void on_over(void *user, enum relay_result result, uint64_t sent, uint64_t received)
{
    struct session *s = user;
    (void)sent;
    (void)received;

    s->exit_code = result == RELAY_DONE ? EXIT_CLIENT_DONE : EXIT_CLIENT_NEGATIVE;
    if (result == RELAY_B_FAILED)
        fprintf(stderr, "poolproof: the element broke the connection\n");
    ev_break(s->loop, EVBREAK_ALL);
}

/* Nothing to connect to: because of the elements, or because of the registrars. */
static void complain(const struct session *s)
{
    if (s->resolved) {
        fprintf(stderr, "poolproof: no element of pool \"%s\" answered\n", s->pool);
        return;
    }
    fprintf(stderr, "poolproof: pool \"%s\": no registrar answered in time\n", s->pool);
    pool_client_explain(s->client);
}

static void on_dialled(void *user, const struct dial_result *result)
{
    struct session *s = user;
    struct relay_end ours = {STDIN_FILENO, STDOUT_FILENO};
    struct relay_end theirs = {result->fd, result->fd};

    if (result->fd < 0) {
        complain(s);
        s->exit_code = EXIT_CLIENT_NO_ANSWER;
        ev_break(s->loop, EVBREAK_ALL);
        return;
    }
    s->fd = result->fd;
    fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    if (relay_new(s->loop, ours, theirs, NULL, 0, on_over, s) == NULL)
        ev_break(s->loop, EVBREAK_ALL);
}

static void refused(struct session *s, const char *what)
{
    fprintf(stderr, "poolproof: pool \"%s\": %s\n", s->pool, what);
    s->exit_code = EXIT_CLIENT_NEGATIVE;
    ev_break(s->loop, EVBREAK_ALL);
}

/* A no of the registrar is the answer, unless the pool was there before: its elements may only have
 * been reported, and come back while there is time. */
static void on_news(void *user, enum pool_client_news news)
{
    struct session *s = user;

    if (news == POOL_CLIENT_RESOLVED) {
        s->resolved = true;
        if (s->dial != NULL)
            dial_poke(s->dial);
    } else if (!s->resolved && news == POOL_CLIENT_UNKNOWN_POOL) {
        refused(s, "the registrar knows no such pool");
    } else if (!s->resolved && news == POOL_CLIENT_REJECTED) {
        refused(s, "the registrar refused to answer");
    }
}

static int run(struct session *s)
{
    struct pool_client_settings settings = {
        .options = &s->options, .pool = s->pool, .stale_ms = STALE_CACHE_VALUE_DEFAULT_MS};
    int flags = fcntl(STDIN_FILENO, F_GETFL);

    s->loop = ev_default_loop(EVFLAG_AUTO);
    if (s->loop == NULL)
        return EXIT_CLIENT_USAGE;
    signal(SIGPIPE, SIG_IGN);
    s->client = pool_client_new(s->loop, &settings, on_news, s);
    if (s->client == NULL)
        return EXIT_CLIENT_USAGE;
    s->exit_code = EXIT_CLIENT_NO_ANSWER;
    s->dial = dial_new(s->loop, s->client, &s->settings, on_dialled, s);
    if (s->dial != NULL)
        ev_run(s->loop, 0);
    fcntl(STDIN_FILENO, F_SETFL, flags); /* it may be shared with the shell that started us */
    dial_free(s->dial);
    if (s->fd >= 0)
        close(s->fd);
    pool_client_free(s->client);
    ev_run(s->loop, 0); /* lets the closing connections finish */
    return s->exit_code;
}

int command_connect(int argc, char **argv)
{
    struct session s = {.settings = {.attempt_ms = 2000, .total_ms = 10000}, .fd = -1};
    int code = EXIT_CLIENT_USAGE;

    if (wants_help(argc, argv, usage))
        return EXIT_CLIENT_DONE;
    log_set_level(LEVEL_ERROR);
    if (parse(&s, argc, argv))
        code = run(&s);
    else
        fprintf(stderr, "Try 'poolproof connect --help'.\n");
    client_options_release(&s.options);
    return code;
}
