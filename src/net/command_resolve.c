/* poolproof resolve: asks which elements a pool has, once or for ever.
 *
 * With --watch every change is printed as a whole list, so that a reader who missed one knows everything
 * again with the next.
 */
#include "client_options.h"
#include "client_reload.h"
#include "commands.h"
#include "log.h"
#include "pool_client.h"
#include "termination.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: poolproof resolve HANDLE [options]\n"
    "Prints the elements of a pool: PE identifier, address and policy, one a line.\n"
    "Exit codes: 0 found, 1 no such pool or no element, 2 usage, 3 no registrar answered.\n"
    "\n"
    "  --json                 as JSON\n"
    "  --watch                print the list again whenever it has changed, until interrupted;\n"
    "                         SIGHUP reads key file or authorities again\n"
    "  --interval-ms N        with --watch: time between questions (2000)\n"
    "  --timeout-ms N         how long to wait for an answer (10000)\n";

struct resolve {
    struct ev_loop *loop;
    struct client_options options;
    const char *pool;
    bool json;
    bool watch;
    uint32_t interval_ms;
    uint32_t timeout_ms;
    struct pool_client *client;
    struct ev_timer timer; /* patience, or with --watch the next question */
    struct ev_signal interrupt;
    struct ev_signal terminate;
    struct client_reload reload;
    json_t *last; /* what was printed last */
    int exit_code;
};

enum { OPTION_JSON = CLIENT_OPTION_LAST, OPTION_WATCH, OPTION_INTERVAL, OPTION_TIMEOUT };

static const struct option long_options[] = {
    {"json", no_argument, NULL, OPTION_JSON},
    {"watch", no_argument, NULL, OPTION_WATCH},
    {"interval-ms", required_argument, NULL, OPTION_INTERVAL},
    {"timeout-ms", required_argument, NULL, OPTION_TIMEOUT},
    CLIENT_OPTIONS,
    {NULL, 0, NULL, 0}};

static bool take_option(struct resolve *r, int option, const char *argument)
{
    switch (option) {
    case OPTION_JSON:
        r->json = true;
        return true;
    case OPTION_WATCH:
        r->watch = true;
        return true;
    case OPTION_INTERVAL:
        return option_number("interval-ms", argument, 100, 86400000, &r->interval_ms);
    case OPTION_TIMEOUT:
        return option_number("timeout-ms", argument, 1, 86400000, &r->timeout_ms);
    default:
        return client_option_take(&r->options, option, argument);
    }
}

static bool parse(struct resolve *r, int argc, char **argv)
{
    int option;

    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        if (!take_option(r, option, optarg))
            return false;
    if (optind + 1 != argc) {
        fprintf(stderr, "poolproof: resolve takes one pool handle\n");
        return false;
    }
    r->pool = argv[optind];
    return client_options_finish(&r->options);
}

static void end(struct resolve *r, int code)
{
    r->exit_code = code;
    ev_break(r->loop, EVBREAK_ALL);
}

/* ---- printing ---- */

static json_t *element_json(const struct selected_element *element)
{
    char pe[16];
    char policy[16];
    char text[NETWORK_ADDRESS_TEXT_MAX];
    struct network_address address;
    json_t *addresses = json_array();

    snprintf(pe, sizeof pe, "0x%08x", element->pe_identifier);
    snprintf(policy, sizeof policy, "0x%08x", element->policy_type);
    for (uint32_t i = 0; i < element->address_count; i++) {
        if (!network_address_from_ip(&element->address[i], element->transport_port, &address))
            continue;
        network_address_text(&address, text);
        json_array_append_new(addresses, json_string(text));
    }
    return json_pack("{s:s,s:o,s:s}", "pe", pe, "addresses", addresses, "policy", policy);
}

static json_t *list_json(const struct resolve *r)
{
    struct selected_element element;
    json_t *elements = json_array();

    for (uint32_t i = 0; pool_client_element(r->client, i, &element); i++)
        json_array_append_new(elements, element_json(&element));
    return json_pack("{s:s,s:o}", "pool", r->pool, "elements", elements);
}

static void print_element(const json_t *element)
{
    const json_t *addresses = json_object_get(element, "addresses");

    printf("%s", json_string_value(json_object_get(element, "pe")));
    for (size_t i = 0; i < json_array_size(addresses); i++)
        printf(" %s", json_string_value(json_array_get(addresses, i)));
    printf(" policy %s\n", json_string_value(json_object_get(element, "policy")));
}

static void print_lines(const json_t *list)
{
    const json_t *elements = json_object_get(list, "elements");

    if (json_array_size(elements) == 0)
        printf("(no elements)\n");
    for (size_t i = 0; i < json_array_size(elements); i++)
        print_element(json_array_get(elements, i));
}

/* Prints the list unless it is the one printed last. Takes over `list`. */
static void print(struct resolve *r, json_t *list)
{
    if (r->last != NULL && json_equal(r->last, list)) {
        json_decref(list);
        return;
    }
    json_decref(r->last);
    r->last = list;
    if (r->json) {
        json_dumpf(list, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
        printf("\n");
    } else {
        print_lines(list);
        if (r->watch)
            printf("--\n");
    }
    if (fflush(stdout) != 0)
        end(r, EXIT_CLIENT_USAGE); /* nobody reads it: main() says so */
}

/* ---- answers ---- */

static void complain(const struct resolve *r, const char *what)
{
    fprintf(stderr, "poolproof: pool \"%s\": %s\n", r->pool, what);
}

/* Nobody answered: why, as far as the connections tell. */
static void complain_of_silence(const struct resolve *r, const char *what)
{
    complain(r, what);
    pool_client_explain(r->client);
}

static void on_answer(struct resolve *r)
{
    json_t *list = list_json(r);
    bool empty = json_array_size(json_object_get(list, "elements")) == 0;

    print(r, list);
    if (!r->watch)
        end(r, empty ? EXIT_CLIENT_NEGATIVE : EXIT_CLIENT_DONE);
}

static void on_unknown(struct resolve *r)
{
    if (r->watch) {
        print(r, json_pack("{s:s,s:[]}", "pool", r->pool, "elements"));
        return;
    }
    complain(r, "the registrar knows no such pool");
    end(r, EXIT_CLIENT_NEGATIVE);
}

static void on_news(void *user, enum pool_client_news news)
{
    struct resolve *r = user;

    switch (news) {
    case POOL_CLIENT_RESOLVED:
        on_answer(r);
        break;
    case POOL_CLIENT_UNKNOWN_POOL:
        on_unknown(r);
        break;
    case POOL_CLIENT_REJECTED:
        complain(r, "the registrar refused to answer");
        if (!r->watch)
            end(r, EXIT_CLIENT_NEGATIVE);
        break;
    case POOL_CLIENT_UNANSWERED:
        complain_of_silence(r, "no registrar answered");
        if (!r->watch)
            end(r, EXIT_CLIENT_NO_ANSWER);
        break;
    default:
        break;
    }
}

static void on_timer(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct resolve *r = timer->data;
    (void)loop;
    (void)events;

    if (r->watch) {
        pool_client_resolve(r->client);
        return;
    }
    complain_of_silence(r, "no registrar answered in time");
    end(r, EXIT_CLIENT_NO_ANSWER);
}

static void on_signal(struct ev_loop *loop, struct ev_signal *watcher, int events)
{
    (void)loop;
    (void)events;
    end(watcher->data, EXIT_CLIENT_DONE);
}

/* ---- start ---- */

static void start_watchers(struct resolve *r)
{
    double first = (double)(r->watch ? r->interval_ms : r->timeout_ms) / 1000.0;

    signal(SIGPIPE, SIG_IGN);
    ev_timer_init(&r->timer, on_timer, first, r->watch ? first : 0.0);
    ev_signal_init(&r->interrupt, on_signal, SIGINT);
    ev_signal_init(&r->terminate, on_signal, SIGTERM);
    r->timer.data = r->interrupt.data = r->terminate.data = r;
    ev_timer_start(r->loop, &r->timer);
    if (r->watch) {
        ev_signal_start(r->loop, &r->interrupt);
        ev_signal_start(r->loop, &r->terminate);
        client_reload_start(&r->reload, r->loop, &r->options);
    }
}

static int run(struct resolve *r)
{
    struct pool_client_settings settings = {
        .options = &r->options, .pool = r->pool, .stale_ms = r->interval_ms / 2u};

    r->loop = ev_default_loop(EVFLAG_AUTO);
    if (r->loop == NULL)
        return EXIT_CLIENT_USAGE;
    r->exit_code = EXIT_CLIENT_USAGE;
    r->client = pool_client_new(r->loop, &settings, on_news, r);
    if (r->client == NULL)
        return EXIT_CLIENT_USAGE;
    start_watchers(r);
    ev_run(r->loop, 0);
    termination_began();
    ev_timer_stop(r->loop, &r->timer);
    ev_signal_stop(r->loop, &r->interrupt);
    ev_signal_stop(r->loop, &r->terminate);
    client_reload_stop(&r->reload, r->loop);
    pool_client_free(r->client);
    ev_run(r->loop, 0); /* lets the closing connections finish */
    json_decref(r->last);
    return r->exit_code;
}

int command_resolve(int argc, char **argv)
{
    struct resolve r = {.interval_ms = 2000, .timeout_ms = 10000};
    int code = EXIT_CLIENT_USAGE;

    if (wants_help(argc, argv, usage))
        return EXIT_CLIENT_DONE;
    log_set_level(LEVEL_ERROR);
    if (parse(&r, argc, argv))
        code = run(&r);
    else
        fprintf(stderr, "Try 'poolproof resolve --help'.\n");
    client_options_release(&r.options);
    return code;
}
