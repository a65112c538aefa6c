/* poolproof proxy: gives any TCP client a pool instead of a server, without changing the client.
 *
 * Each connection that is accepted is carried to the next element of the pool. One that fails before
 * its first byte was sent on is carried to another element instead, and the client never knows; after
 * that only the client can know whether it may ask again, so the failure is passed on.
 */
#include "client_options.h"
#include "client_reload.h"
#include "clock_source.h"
#include "commands.h"
#include "dial.h"
#include "log.h"
#include "privileges.h"
#include "proxy_counters.h"
#include "relay.h"
#include "termination.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DRAIN_SECONDS 5.0
#define PAUSE_SECONDS 0.1      /* when the kernel has no descriptor to give */
#define SPARE_DESCRIPTORS 64u  /* registrars, event loop, standard streams, files being read */
#define CARRIED_DESCRIPTORS 2u /* of one connection: the client's and the element's */

static const char usage[] =
    "usage: poolproof proxy --listen HOST:PORT --pool HANDLE [options]\n"
    "Carries every TCP connection to an element of the pool, and to the next one when it fails "
    "before\n"
    "its first byte is sent on. SIGUSR1 writes the counters as JSON; SIGTERM lets connections end, "
    "writes\n"
    "the counters, and ends; SIGHUP reads key file or authorities again.\n"
    "\n"
    "  --listen HOST:PORT     where clients connect\n"
    "  --pool HANDLE          the pool\n"
    "  --stats FILE           where the counters go (standard output)\n"
    "  --stale-ms N           how long an answer of the registrar is fresh (30000)\n"
    "  --attempt-ms N         how long one element may take to accept (2000)\n"
    "  --timeout-ms N         how long to look for an element that answers (10000)\n"
    "  --connections-max N    connections at once (1024); each takes two descriptors, and the hard "
    "limit\n"
    "                         of open files lowers it\n";

struct proxy {
    struct ev_loop *loop;
    struct client_options options;
    const char *listen;
    const char *pool;
    const char *stats;
    uint32_t stale_ms;
    uint32_t connections_max;
    struct dial_settings settings;
    struct pool_client *client;
    struct proxy_counters counters;
    struct carried *first; /* all connections */
    uint32_t open;
    struct ev_io listener;
    struct ev_signal write_stats;
    struct ev_signal terminate;
    struct ev_signal interrupt;
    struct client_reload reload;
    struct ev_timer drain;
    struct ev_timer pause; /* not accepting for a moment */
    bool lacking;          /* the last accept() failed, and that was said */
};

/* One client's connection. */
struct carried {
    struct proxy *proxy;
    struct carried *next;
    struct carried *previous;
    int client;
    int element; /* -1: not connected yet */
    struct dial *dial;
    struct relay *relay;
    uint32_t failures; /* elements that failed, so far */
    struct dial_result reached;
    struct ev_io client_speaks; /* between connecting and the first byte */
    struct ev_io element_speaks;
    bool client_ended;
    size_t held; /* bytes of the client that wait for an element */
    uint8_t bytes[16384];
};

/* ---- options ---- */

enum {
    OPTION_LISTEN = CLIENT_OPTION_LAST,
    OPTION_POOL,
    OPTION_STATS,
    OPTION_STALE,
    OPTION_ATTEMPT,
    OPTION_TIMEOUT,
    OPTION_CONNECTIONS
};

static const struct option long_options[] = {
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"pool", required_argument, NULL, OPTION_POOL},
    {"stats", required_argument, NULL, OPTION_STATS},
    {"stale-ms", required_argument, NULL, OPTION_STALE},
    {"attempt-ms", required_argument, NULL, OPTION_ATTEMPT},
    {"timeout-ms", required_argument, NULL, OPTION_TIMEOUT},
    {"connections-max", required_argument, NULL, OPTION_CONNECTIONS},
    CLIENT_OPTIONS,
    {NULL, 0, NULL, 0}};

static bool take_option(struct proxy *p, int option, const char *argument)
{
    switch (option) {
    case OPTION_LISTEN:
        p->listen = argument;
        return true;
    case OPTION_POOL:
        p->pool = argument;
        return true;
    case OPTION_STATS:
        p->stats = argument;
        return true;
    case OPTION_STALE:
        return option_number("stale-ms", argument, 0, PU_DURATION_MAX_MS, &p->stale_ms);
    case OPTION_ATTEMPT:
        return option_number("attempt-ms", argument, 1, 86400000, &p->settings.attempt_ms);
    case OPTION_TIMEOUT:
        return option_number("timeout-ms", argument, 1, 86400000, &p->settings.total_ms);
    case OPTION_CONNECTIONS:
        return option_number("connections-max", argument, 1, 1000000, &p->connections_max);
    default:
        return client_option_take(&p->options, option, argument);
    }
}

static bool parse(struct proxy *p, int argc, char **argv)
{
    int option;

    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        if (!take_option(p, option, optarg))
            return false;
    if (p->listen == NULL || p->pool == NULL || optind < argc) {
        fprintf(stderr,
                "poolproof: proxy needs --listen and --pool, and nothing else without --\n");
        return false;
    }
    return client_options_finish(&p->options);
}

/* ---- one connection ---- */

static void stop_waiting(struct carried *c)
{
    ev_io_stop(c->proxy->loop, &c->client_speaks);
    ev_io_stop(c->proxy->loop, &c->element_speaks);
}

static void end(struct carried *c)
{
    struct proxy *p = c->proxy;

    stop_waiting(c);
    dial_free(c->dial);
    relay_free(c->relay);
    close(c->client);
    if (c->element >= 0)
        close(c->element);
    if (p->first == c)
        p->first = c->next;
    else
        c->previous->next = c->next;
    if (c->next != NULL)
        c->next->previous = c->previous;
    free(c);
    p->open--;
    if (p->open == 0 && ev_is_active(&p->drain))
        ev_break(p->loop, EVBREAK_ALL);
}

static void on_relayed(void *user, enum relay_result result, uint64_t from_client,
                       uint64_t from_element)
{
    struct carried *c = user;
    struct proxy_counters *counters = &c->proxy->counters;

    counters->bytes_to_elements += from_client;
    counters->bytes_to_clients += from_element;
    if (result == RELAY_A_FAILED)
        counters->broken_by_client++;
    if (result == RELAY_B_FAILED)
        counters->broken_by_element++;
    c->relay = NULL; /* it frees itself */
    end(c);
}

static void count_reached(struct carried *c)
{
    struct proxy_counters *counters = &c->proxy->counters;
    struct proxy_element_count *element = proxy_counters_element(counters, &c->reached.address);

    counters->relayed++;
    if (element != NULL)
        element->connections++;
    if (c->failures == 0)
        return;
    counters->failed_over++;
    counters->failover_ms_sum += c->reached.elapsed_ms;
    if (c->reached.elapsed_ms > counters->failover_ms_max)
        counters->failover_ms_max = c->reached.elapsed_ms;
}

/* The first byte is there, or the client wants to send none: from here on there is no way back. */
static void start_relay(struct carried *c, size_t sent)
{
    struct relay_end client = {c->client, c->client};
    struct relay_end element = {c->element, c->element};

    stop_waiting(c);
    dial_free(c->dial);
    c->dial = NULL;
    count_reached(c);
    c->proxy->counters.bytes_to_elements += sent;
    c->relay =
        relay_new(c->proxy->loop, client, element, c->bytes + sent, c->held - sent, on_relayed, c);
    if (c->relay == NULL)
        end(c);
}

/* The element is gone and has not got a byte: another one will do. */
static void next_element(struct carried *c)
{
    struct proxy_element_count *count =
        proxy_counters_element(&c->proxy->counters, &c->reached.address);

    stop_waiting(c);
    close(c->element);
    c->element = -1;
    if (count != NULL)
        count->failures++;
    dial_next(c->dial);
}

/* Without taking a byte: has the element closed or reset the connection? */
static bool element_gone(const struct carried *c)
{
    uint8_t byte;
    ssize_t n = recv(c->element, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* Sends the first bytes on; when not one of them gets through there still is a way back. */
static void send_first(struct carried *c)
{
    ssize_t n = c->held > 0 ? send(c->element, c->bytes, c->held, MSG_NOSIGNAL) : 0;

    if (n < 0 && errno != EAGAIN && errno != EINTR)
        next_element(c);
    else
        start_relay(c, n > 0 ? (size_t)n : 0);
}

static void on_client_speaks(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    struct carried *c = watcher->data;
    ssize_t n = recv(c->client, c->bytes, sizeof c->bytes, 0);
    (void)loop;
    (void)events;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        c->proxy->counters.broken_by_client++;
        end(c);
        return;
    }
    c->held = (size_t)n;
    c->client_ended = n == 0;
    if (element_gone(c))
        next_element(c);
    else
        send_first(c);
}

static void on_element_speaks(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    struct carried *c = watcher->data;
    (void)loop;
    (void)events;

    if (element_gone(c))
        next_element(c);
    else
        start_relay(c, 0); /* a protocol in which the server speaks first */
}

static void wait_for_first_byte(struct carried *c)
{
    if (c->held > 0 || c->client_ended) { /* read for an element that failed since */
        send_first(c);
        return;
    }
    ev_io_set(&c->element_speaks, c->element, EV_READ);
    ev_io_start(c->proxy->loop, &c->client_speaks);
    ev_io_start(c->proxy->loop, &c->element_speaks);
}

static void on_dialled(void *user, const struct dial_result *result)
{
    struct carried *c = user;

    c->failures = result->failures;
    if (result->fd < 0) {
        c->proxy->counters.unserved++;
        log_event(LEVEL_ERROR, "proxy.unserved", json_pack("{s:s}", "pool", c->proxy->pool));
        end(c);
        return;
    }
    c->reached = *result;
    c->element = result->fd;
    wait_for_first_byte(c);
}

static void carry(struct proxy *p, int fd)
{
    struct carried *c = calloc(1, sizeof *c);
    int on = 1;

    if (c == NULL) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c->proxy = p;
    c->client = fd;
    c->element = -1;
    c->next = p->first;
    if (p->first != NULL)
        p->first->previous = c;
    p->first = c;
    p->open++;
    ev_io_init(&c->client_speaks, on_client_speaks, fd, EV_READ);
    ev_io_init(&c->element_speaks, on_element_speaks, -1, EV_READ);
    c->client_speaks.data = c->element_speaks.data = c;
    c->dial = dial_new(p->loop, p->client, &p->settings, on_dialled, c);
    if (c->dial == NULL)
        end(c);
}

/* Without a descriptor accept() fails and the socket stays readable: pause instead of spinning. */
static void pause_accepting(struct proxy *p)
{
    if (!p->lacking)
        log_event(LEVEL_ERROR, "proxy.accept-failed", json_pack("{s:s}", "error", strerror(errno)));
    p->lacking = true;
    ev_io_stop(p->loop, &p->listener);
    ev_timer_set(&p->pause, PAUSE_SECONDS, 0.0);
    ev_timer_start(p->loop, &p->pause);
}

static void on_pause_over(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct proxy *p = timer->data;
    (void)events;

    ev_io_start(loop, &p->listener);
}

static void on_knock(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    struct proxy *p = watcher->data;
    int fd = accept4(watcher->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    (void)loop;
    (void)events;

    if (fd < 0) {
        if (dial_is_our_fault(errno))
            pause_accepting(p);
        return;
    }
    p->lacking = false;
    p->counters.connections++;
    if (p->open >= p->connections_max) {
        p->counters.refused++;
        close(fd);
        return;
    }
    carry(p, fd);
}

/* ---- the registrar's news ---- */

static void on_news(void *user, enum pool_client_news news)
{
    struct proxy *p = user;

    if (news == POOL_CLIENT_HOME_LOST)
        p->counters.registrar_lost++;
    if (news == POOL_CLIENT_HOME_LOST || news == POOL_CLIENT_HOME_FOUND)
        log_event(LEVEL_INFO,
                  news == POOL_CLIENT_HOME_FOUND ? "proxy.home-found" : "proxy.home-lost", NULL);
    if (news != POOL_CLIENT_RESOLVED)
        return;
    for (struct carried *c = p->first; c != NULL; c = c->next)
        if (c->dial != NULL)
            dial_poke(c->dial);
}

/* ---- start and end ---- */

static void write_counters(struct proxy *p)
{
    if (!proxy_counters_write(proxy_counters_json(&p->counters, p->pool, p->open), p->stats))
        log_event(LEVEL_ERROR, "proxy.stats-failed",
                  json_pack("{s:s,s:s}", "file", p->stats != NULL ? p->stats : "standard output",
                            "error", strerror(errno)));
}

static void on_write_stats(struct ev_loop *loop, struct ev_signal *watcher, int events)
{
    (void)loop;
    (void)events;
    write_counters(watcher->data);
}

static void on_drained(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)timer;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

static void stop_listening(struct proxy *p)
{
    ev_timer_stop(p->loop, &p->pause);
    ev_io_stop(p->loop, &p->listener);
    if (p->listener.fd >= 0)
        close(p->listener.fd);
    p->listener.fd = -1;
}

static void on_terminate(struct ev_loop *loop, struct ev_signal *watcher, int events)
{
    struct proxy *p = watcher->data;
    (void)events;

    if (p->open == 0 || ev_is_active(&p->drain)) {
        ev_break(loop, EVBREAK_ALL);
        return;
    }
    stop_listening(p);
    ev_timer_start(loop, &p->drain);
}

/* Descriptors for --connections-max connections, or, where the hard limit forbids it, as many
 * connections as there are descriptors for: one too many would fail in the middle, and look like an
 * element's fault. */
static bool provide_descriptors(struct proxy *p)
{
    uint32_t wanted = CARRIED_DESCRIPTORS * p->connections_max + SPARE_DESCRIPTORS;
    uint32_t possible = privileges_raise_descriptors(wanted);

    if (possible >= wanted)
        return true;
    if (possible < SPARE_DESCRIPTORS + CARRIED_DESCRIPTORS) {
        fprintf(stderr,
                "poolproof: the process may open %u descriptors, %u are needed at least; raise the "
                "hard "
                "limit (ulimit -Hn, LimitNOFILE= of systemd)\n",
                possible, SPARE_DESCRIPTORS + CARRIED_DESCRIPTORS);
        return false;
    }
    uint32_t connections = (possible - SPARE_DESCRIPTORS) / CARRIED_DESCRIPTORS;
    log_event(LEVEL_WARNING, "proxy.connections-max-lowered",
              json_pack("{s:I,s:I,s:I,s:s}", "connections_max", (json_int_t)connections, "wanted",
                        (json_int_t)p->connections_max, "descriptors", (json_int_t)possible,
                        "remedy",
                        "raise the hard limit of open files (ulimit -Hn, LimitNOFILE=), or give "
                        "--connections-max"));
    p->connections_max = connections;
    return true;
}

static bool start_listening(struct proxy *p)
{
    struct network_address address;
    char problem[NETWORK_PROBLEM_MAX];
    int fd = -1;

    if (network_address_parse(p->listen, 0, &address, problem))
        fd = network_listen(&address, problem);
    if (fd < 0) {
        fprintf(stderr, "poolproof: --listen: %s\n", problem);
        return false;
    }
    ev_io_init(&p->listener, on_knock, fd, EV_READ);
    p->listener.data = p;
    ev_io_start(p->loop, &p->listener);
    return true;
}

static void watch_signal(struct proxy *p, struct ev_signal *watcher, int number,
                         void (*callback)(struct ev_loop *, struct ev_signal *, int))
{
    ev_signal_init(watcher, callback, number);
    watcher->data = p;
    ev_signal_start(p->loop, watcher);
}

static void watch_signals(struct proxy *p)
{
    signal(SIGPIPE, SIG_IGN);
    watch_signal(p, &p->write_stats, SIGUSR1, on_write_stats);
    watch_signal(p, &p->terminate, SIGTERM, on_terminate);
    watch_signal(p, &p->interrupt, SIGINT, on_terminate);
    client_reload_start(&p->reload, p->loop, &p->options);
    ev_timer_init(&p->drain, on_drained, DRAIN_SECONDS, 0.0);
    ev_timer_init(&p->pause, on_pause_over, PAUSE_SECONDS, 0.0);
    p->pause.data = p;
}

static void clean_up(struct proxy *p)
{
    termination_began();
    ev_timer_stop(p->loop, &p->drain);
    for (struct carried *c = p->first, *next; c != NULL; c = next) {
        next = c->next;
        end(c);
    }
    ev_signal_stop(p->loop, &p->write_stats);
    ev_signal_stop(p->loop, &p->terminate);
    ev_signal_stop(p->loop, &p->interrupt);
    client_reload_stop(&p->reload, p->loop);
    stop_listening(p);
    pool_client_free(p->client);
    ev_run(p->loop, 0); /* lets the closing connections finish */
}

static int run(struct proxy *p)
{
    struct pool_client_settings settings = {
        .options = &p->options, .pool = p->pool, .stale_ms = p->stale_ms};

    p->loop = ev_default_loop(EVFLAG_AUTO);
    if (p->loop == NULL)
        return EXIT_CLIENT_USAGE;
    watch_signals(p);
    p->listener.fd = -1;
    bool good = provide_descriptors(p) && start_listening(p);
    if (good)
        p->client = pool_client_new(p->loop, &settings, on_news, p);
    if (good && p->client != NULL) {
        log_event(LEVEL_INFO, "proxy.ready",
                  json_pack("{s:s,s:s}", "listen", p->listen, "pool", p->pool));
        ev_run(p->loop, 0);
        write_counters(p);
    }
    good = good && p->client != NULL;
    clean_up(p);
    return good ? EXIT_CLIENT_DONE : EXIT_CLIENT_USAGE;
}

int command_proxy(int argc, char **argv)
{
    struct proxy p = {.stale_ms = STALE_CACHE_VALUE_DEFAULT_MS,
                      .connections_max = 1024,
                      .settings = {.attempt_ms = 2000, .total_ms = 10000}};
    int code = EXIT_CLIENT_USAGE;

    if (wants_help(argc, argv, usage))
        return EXIT_CLIENT_DONE;
    if (parse(&p, argc, argv))
        code = run(&p);
    else
        fprintf(stderr, "Try 'poolproof proxy --help'.\n");
    client_options_release(&p.options);
    return code;
}
