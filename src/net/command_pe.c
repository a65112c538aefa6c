/* poolproof pe: makes a service a pool element, keeps it registered, and may start and watch it.
 *
 * Three things run side by side: the registration (the proved pool element machine, by way of
 * asap_client), the health of the service, and the service's own process when we started it. Whether
 * the element should be registered follows from the last two; the machine does the rest. The end, by
 * signal or by the service's own exit, always goes through a deregistration first.
 */
#include "asap_client.h"
#include "child_process.h"
#include "client_options.h"
#include "client_reload.h"
#include "clock_source.h"
#include "commands.h"
#include "health_check.h"
#include "log.h"
#include "pool_element_endpoint.h"
#include "termination.h"
#include "wire_constants.h"
#include "zero_pages.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEREGISTRATION_SECONDS 3.0 /* how long the end may wait for the registrar */
#define GRACE_SECONDS 5.0          /* between SIGTERM and SIGKILL for the service */
#define RETRY_SECONDS 1.0 /* least until the first try again when the registrar has no room, ... */
#define RETRY_SECONDS_MAX 30.0 /* ... twice as long for each further one, up to this */

static const char usage[] =
    "usage: poolproof pe --pool HANDLE --port N [options] [-- COMMAND ARGUMENT...]\n"
    "Registers a service as an element of a pool and keeps it registered until SIGTERM. With "
    "COMMAND,\n"
    "starts the service, and ends when it ends, with its exit status. SIGHUP reads the key file "
    "again.\n"
    "\n"
    "  --pool HANDLE          the pool; \\xNN stands for any byte\n"
    "  --port N               the service's TCP port\n"
    "  --address IP           the service's address (default: ours towards the registrar)\n"
    "  --pe N                 PE identifier (default: random)\n"
    "  --lifetime S           seconds a registration lasts without renewal (300)\n"
    "  --health tcp|COMMAND   check the service by a connection to the address that is registered, "
    "or by\n"
    "                         a shell command; register only while it works\n"
    "  --health-interval-ms N time between checks (2000)\n"
    "  --watchdog-ms N        the registrar's keep-alive interval: register again after three "
    "missed (off)\n"
    "  --drain-ms N           how long the service lives on once deregistered (2000); a second "
    "signal\n"
    "                         stops it at once\n";

struct pe_options {
    struct client_options client;
    const char *pool;
    const char *health;
    struct ip_address address; /* size 0: ours towards the registrar */
    uint32_t port;
    uint32_t pe_identifier;
    uint32_t lifetime_s;
    uint32_t health_interval_ms;
    uint32_t watchdog_ms;
    uint32_t drain_ms;
    char **command; /* NULL: none */
};

struct pe {
    struct ev_loop *loop;
    struct pe_options options;
    struct pool_element_endpoint *machine;
    struct pool_element_description description;
    struct asap_client *client;
    struct health_check *health;
    bool healthy;
    bool listed; /* registered, and not deregistered since, as far as we know */
    bool ending;
    int exit_code;
    pid_t child;
    struct ev_child child_watcher;
    struct ev_signal terminate;
    struct ev_signal interrupt;
    struct client_reload reload;
    struct ev_timer patience;
    struct ev_timer retry; /* to the next try when the registrar had no room, or too much to do */
    double retry_seconds;  /* how long that takes the next time */
    bool draining;         /* deregistered: the service finishes what is under way */
    bool killed;           /* the service was sent SIGTERM already */
};

/* ---- options ---- */

enum {
    OPTION_POOL = CLIENT_OPTION_LAST,
    OPTION_PORT,
    OPTION_ADDRESS,
    OPTION_PE,
    OPTION_LIFETIME,
    OPTION_HEALTH,
    OPTION_HEALTH_INTERVAL,
    OPTION_WATCHDOG,
    OPTION_DRAIN
};

static const struct option long_options[] = {
    {"pool", required_argument, NULL, OPTION_POOL},
    {"port", required_argument, NULL, OPTION_PORT},
    {"address", required_argument, NULL, OPTION_ADDRESS},
    {"pe", required_argument, NULL, OPTION_PE},
    {"lifetime", required_argument, NULL, OPTION_LIFETIME},
    {"health", required_argument, NULL, OPTION_HEALTH},
    {"health-interval-ms", required_argument, NULL, OPTION_HEALTH_INTERVAL},
    {"watchdog-ms", required_argument, NULL, OPTION_WATCHDOG},
    {"drain-ms", required_argument, NULL, OPTION_DRAIN},
    CLIENT_OPTIONS,
    {NULL, 0, NULL, 0}};

static bool take_address(struct pe_options *o, const char *text)
{
    struct secure_reference reference;
    struct secure_problem problem;

    if (secure_reference_parse(&reference, text, &problem) && reference.address.size > 0) {
        o->address = reference.address;
        return true;
    }
    fprintf(stderr, "poolproof: --address: \"%s\" is not an IPv4 or IPv6 address\n", text);
    return false;
}

static bool take_pe_identifier(struct pe_options *o, const char *text)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 0);

    if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && value > 0 && value <= UINT32_MAX) {
        o->pe_identifier = (uint32_t)value;
        return true;
    }
    fprintf(stderr, "poolproof: --pe: \"%s\" is not a number from 1 to 0xffffffff\n", text);
    return false;
}

static bool take_option(struct pe_options *o, int option, const char *argument)
{
    switch (option) {
    case OPTION_POOL:
        o->pool = argument;
        return true;
    case OPTION_HEALTH:
        o->health = argument;
        return true;
    case OPTION_PORT:
        return option_number("port", argument, 1, 65535, &o->port);
    case OPTION_ADDRESS:
        return take_address(o, argument);
    case OPTION_PE:
        return take_pe_identifier(o, argument);
    case OPTION_LIFETIME:
        return option_number("lifetime", argument, 1, 86400, &o->lifetime_s);
    case OPTION_HEALTH_INTERVAL:
        return option_number("health-interval-ms", argument, 10, 3600000, &o->health_interval_ms);
    case OPTION_WATCHDOG:
        return option_number("watchdog-ms", argument, 10, 3600000, &o->watchdog_ms);
    case OPTION_DRAIN:
        return option_number("drain-ms", argument, 0, 3600000, &o->drain_ms);
    default:
        return client_option_take(&o->client, option, argument);
    }
}

static bool parse(struct pe_options *o, int argc, char **argv)
{
    int option;

    while ((option = getopt_long(argc, argv, "+", long_options, NULL)) != -1)
        if (!take_option(o, option, optarg))
            return false;
    if (optind < argc)
        o->command = argv + optind;
    if (o->pool == NULL || o->port == 0) {
        fprintf(stderr, "poolproof: pe needs --pool and --port\n");
        return false;
    }
    return client_options_finish(&o->client);
}

/* ---- registration ---- */

static bool describe(struct pe *pe)
{
    struct pool_element_description *d = &pe->description;

    d->handle_length = bytes_of_text(pe->options.pool, d->handle, sizeof d->handle);
    d->pe_identifier = pe->options.pe_identifier;
    d->registration_life = (int32_t)pe->options.lifetime_s;
    d->transport_type = PARAMETER_TCP_TRANSPORT;
    d->transport_port = (uint16_t)pe->options.port;
    d->transport_use = TRANSPORT_USE_DATA_ONLY;
    d->address_count = 1;
    d->address[0] = pe->options.address;
    d->policy_type = POLICY_ROUND_ROBIN;
    if (d->handle_length > 0)
        return true;
    fprintf(stderr, "poolproof: --pool: \"%s\" is not a pool handle of 1 to %u bytes\n",
            pe->options.pool, PE_HANDLE_MAX);
    return false;
}

/* Registers when that makes sense now, or brings a new address across. */
static void register_now(struct pe *pe)
{
    ev_timer_stop(pe->loop, &pe->retry);
    if (pe->ending || !pe->healthy || pe->description.address[0].size == 0)
        return;
    pool_element_endpoint_describe(pe->machine, &pe->description);
    asap_client_command(pe->client, ENDPOINT_REGISTER, NULL, 0, 0);
}

/* Pool users will connect to the address that is registered: it is the one to try. */
static bool check_follows_address(const struct pe *pe)
{
    const char *health = pe->options.health;

    return health != NULL && strcmp(health, "tcp") == 0 && pe->options.address.size == 0;
}

static void check_at(struct pe *pe, const struct ip_address *own)
{
    struct network_address address;

    if (!network_address_from_ip(own, (uint16_t)pe->options.port, &address))
        return;
    pe->healthy = false; /* until the check says so: it registers, or deregisters */
    health_check_move(pe->health, &address);
}

/* Without --address the element's address is the one its registrar sees (RFC 5352, 2.2.1). */
static void take_own_address(struct pe *pe, uint32_t slot)
{
    struct ip_address own;

    if (pe->options.address.size > 0 || !asap_client_local(pe->client, slot, &own))
        return;
    if (memcmp(&own, &pe->description.address[0], sizeof own) == 0)
        return;
    pe->description.address[0] = own;
    if (check_follows_address(pe))
        check_at(pe, &own);
    else
        register_now(pe);
}

static void finish(struct pe *pe);
static void set_patience(struct pe *pe, double seconds);

static void log_notification(const struct effect *effect, enum log_level level, const char *event)
{
    char text[16];
    char cause[16];

    snprintf(text, sizeof text, "0x%08x", effect->subject);
    json_t *fields = json_pack("{s:s}", "pe", text);
    if (effect->cause != 0xffffu) {
        snprintf(cause, sizeof cause, "0x%04x", effect->cause);
        json_object_set_new(fields, "cause", json_string(cause));
    }
    log_event(level, event, fields);
}

/* Begins to deregister; false: there is nothing to wait for. A machine whose request was refused rests, and sends nothing
 * from there but a registration (`rejection_final`), while the registrar still goes by what was registered before: it registers
 * once more, and deregisters, whatever the answer. */
static bool deregister(struct pe *pe)
{
    ev_timer_stop(pe->loop, &pe->retry);
    if (pe->machine->phase == PE_IDLE && pe->listed)
        asap_client_command(pe->client, ENDPOINT_REGISTER, NULL, 0, 0);
    if (pe->machine->phase != PE_IDLE)
        asap_client_command(pe->client, ENDPOINT_DEREGISTER, NULL, 0, 0);
    return pe->machine->phase != PE_IDLE;
}

static void on_retry(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct pe *pe = timer->data;
    (void)loop;
    (void)events;

    if (pe->ending || !pe->healthy)
        (void)deregister(pe);
    else
        register_now(pe);
}

/* Full tables and rate limits pass (RFC 5354, 3.12.7): asks again, after up to half as long again, by chance: all who were
 * refused together would come back together, and exceed the limit again. */
static void retry_later(struct pe *pe, double least)
{
    double seconds = least * (1.0 + (double)(random_word() >> 32) / 8589934592.0);

    log_event(
        LEVEL_WARNING, "pe.refused-for-now",
        json_pack("{s:s,s:f}", "reason", "the registrar lacks resources", "retry_in_s", seconds));
    ev_timer_stop(pe->loop, &pe->retry);
    ev_timer_set(&pe->retry, seconds, 0.0);
    ev_timer_start(pe->loop, &pe->retry);
}

/* The service is still there: less and less often. */
static void register_later(struct pe *pe)
{
    retry_later(pe, pe->retry_seconds);
    pe->retry_seconds *= 2.0;
    if (pe->retry_seconds > RETRY_SECONDS_MAX)
        pe->retry_seconds = RETRY_SECONDS_MAX;
}

/* The registrar said no: only its administrator or our options can change that. */
static void give_up(struct pe *pe)
{
    pe->exit_code = EXIT_CLIENT_NEGATIVE;
    pe->ending = true;
    finish(pe);
}

static void on_rejected(struct pe *pe, const struct effect *effect)
{
    if (effect->cause == CAUSE_LACK_OF_RESOURCES && !pe->ending) {
        register_later(pe);
        return;
    }
    log_notification(effect, LEVEL_ERROR, "pe.rejected");
    give_up(pe);
}

/* As for a registration; at the end only as long as the patience lasts. */
static void on_deregistration_refused(struct pe *pe, const struct effect *effect)
{
    if (effect->cause == CAUSE_LACK_OF_RESOURCES && !pe->draining) {
        retry_later(pe, RETRY_SECONDS);
        return;
    }
    log_notification(effect, LEVEL_WARNING, "pe.deregistration-failed");
    finish(pe);
}

/* What the machine deals with by itself. */
static const char *name_of_setback(uint16_t code)
{
    switch (code) {
    case PE_NOTIFY_HOME_LOST:
        return "pe.home-lost";
    case PE_NOTIFY_EXPIRED:
        return "pe.expired";
    case PE_NOTIFY_SILENCE:
        return "pe.registrar-silent";
    default:
        return "pe.error-reported";
    }
}

static void on_notified(void *user, const struct effect *effect, const uint8_t *handle)
{
    struct pe *pe = user;
    (void)handle;

    switch (effect->code) {
    case PE_NOTIFY_HOME_FOUND:
        log_notification(effect, LEVEL_INFO, "pe.home-found");
        take_own_address(pe, effect->channel);
        break;
    case PE_NOTIFY_REGISTERED:
        pe->description.pe_identifier = effect->subject; /* the same one from now on (R2.2) */
        pe->retry_seconds = RETRY_SECONDS;
        pe->listed = true;
        log_notification(effect, LEVEL_INFO, "pe.registered");
        break;
    case PE_NOTIFY_REJECTED:
    case PE_NOTIFY_INVALID:
        on_rejected(pe, effect);
        break;
    case PE_NOTIFY_UNANSWERED:
        log_notification(effect, LEVEL_ERROR, "pe.unanswered");
        register_now(pe); /* the service is still there: try on */
        break;
    case PE_NOTIFY_DEREGISTERED:
        pe->listed = false;
        log_notification(effect, LEVEL_INFO, "pe.deregistered");
        finish(pe);
        break;
    case PE_NOTIFY_DEREGISTRATION_REJECTED:
        on_deregistration_refused(pe, effect);
        break;
    case PE_NOTIFY_DEREGISTRATION_UNANSWERED:
        log_notification(effect, LEVEL_WARNING, "pe.deregistration-failed");
        finish(pe);
        break;
    default:
        log_notification(effect, LEVEL_WARNING, name_of_setback(effect->code));
    }
}

static bool lacks_memory(void)
{
    fprintf(stderr, "poolproof: not enough memory\n");
    return false;
}

/* ---- health ---- */

static void on_health(void *user, bool healthy, const char *reason)
{
    struct pe *pe = user;

    pe->healthy = healthy;
    log_event(healthy ? LEVEL_INFO : LEVEL_WARNING, healthy ? "pe.healthy" : "pe.unhealthy",
              json_pack("{s:s}", "reason", reason));
    if (pe->ending)
        return;
    if (healthy)
        register_now(pe);
    else
        (void)deregister(pe);
}

static bool start_health(struct pe *pe)
{
    const struct pe_options *o = &pe->options;
    struct network_address address;
    bool known = o->address.size > 0; /* otherwise take_own_address() finds it */
    bool tcp = o->health != NULL && strcmp(o->health, "tcp") == 0;

    pe->healthy = o->health == NULL;
    if (o->health == NULL)
        return true;
    if (known)
        network_address_from_ip(&o->address, (uint16_t)o->port, &address);
    pe->health = health_check_new(pe->loop, tcp ? NULL : o->health, known ? &address : NULL,
                                  o->health_interval_ms, 1000, on_health, pe);
    return pe->health != NULL || lacks_memory();
}

/* ---- the service's process ---- */

static void on_child(struct ev_loop *loop, struct ev_child *watcher, int events)
{
    struct pe *pe = watcher->data;
    bool expected = pe->ending;
    (void)events;

    ev_child_stop(loop, watcher);
    pe->child = 0;
    if (!expected)
        pe->exit_code = child_process_status(watcher->rstatus);
    log_event(expected ? LEVEL_INFO : LEVEL_WARNING, "pe.service-ended",
              json_pack("{s:i}", "status", child_process_status(watcher->rstatus)));
    if (expected) {
        if (pe->draining) /* otherwise the deregistration is still under way */
            finish(pe);
        return;
    }
    pe->ending = true;
    set_patience(pe, DEREGISTRATION_SECONDS);
    if (!deregister(pe))
        finish(pe);
}

static bool start_child(struct pe *pe)
{
    if (pe->options.command == NULL)
        return true;
    pe->child = child_process_start(pe->options.command, false);
    if (pe->child < 0) {
        fprintf(stderr, "poolproof: cannot start a process: %s\n", strerror(errno));
        return false;
    }
    ev_child_init(&pe->child_watcher, on_child, pe->child, 0);
    pe->child_watcher.data = pe;
    ev_child_start(pe->loop, &pe->child_watcher);
    return true;
}

/* ---- the end ---- */

static void set_patience(struct pe *pe, double seconds)
{
    ev_timer_stop(pe->loop, &pe->patience);
    ev_timer_set(&pe->patience, seconds, 0.0);
    ev_timer_start(pe->loop, &pe->patience);
}

static void stop_service(struct pe *pe)
{
    pe->killed = true;
    kill(pe->child, SIGTERM);
    set_patience(pe, GRACE_SECONDS);
}

/* Deregistered, or not possible: now the service, then we. Pool users who resolved the pool before may still
 * come, and what they asked for already is under way: the service lives on for a while. */
static void finish(struct pe *pe)
{
    if (!pe->ending)
        return; /* deregistered because it is not healthy: goes on */
    ev_timer_stop(pe->loop, &pe->retry);
    if (pe->child == 0) {
        ev_break(pe->loop, EVBREAK_ALL);
        return;
    }
    if (pe->draining)
        return;
    pe->draining = true;
    set_patience(pe, pe->options.drain_ms / 1000.0);
}

static void on_patience(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct pe *pe = timer->data;
    (void)loop;
    (void)events;

    if (pe->killed && pe->child > 0) {
        kill(pe->child, SIGKILL);
        return; /* its end is reported by on_child */
    }
    if (pe->draining) {
        stop_service(pe);
        return;
    }
    log_event(LEVEL_WARNING, "pe.deregistration-failed",
              json_pack("{s:s}", "reason", "no registrar did it in time"));
    finish(pe);
}

static void on_terminate(struct ev_loop *loop, struct ev_signal *watcher, int events)
{
    struct pe *pe = watcher->data;
    (void)loop;
    (void)events;

    if (pe->draining && !pe->killed) {
        stop_service(pe);
        return;
    }
    if (pe->ending)
        return;
    pe->ending = true;
    set_patience(pe, DEREGISTRATION_SECONDS);
    if (!deregister(pe))
        finish(pe);
}

/* ---- start ---- */

static bool start_client(struct pe *pe)
{
    const struct pe_options *o = &pe->options;
    struct pool_element_configuration c;

    pool_element_endpoint_defaults(&c, o->client.server_count);
    client_options_hunt(&o->client, &c.hunt);
    if (o->client.t1_ms > 0)
        c.t2_ms = c.t3_ms = o->client.t1_ms;
    c.keep_alive_interval_ms = o->watchdog_ms;
    if (!pool_element_configuration_valid(&c)) {
        fprintf(stderr,
                "poolproof: --t1-ms, --t5-ms, --retran-max-ms or --watchdog-ms is out of range\n");
        return false;
    }
    pe->machine = zero_pages_new(sizeof *pe->machine);
    if (pe->machine == NULL)
        return lacks_memory();
    pool_element_endpoint_init(pe->machine, &c);
    pe->client =
        asap_client_new(pe->loop, &o->client, &asap_machine_element, pe->machine, on_notified, pe);
    return pe->client != NULL || lacks_memory();
}

static void watch_signals(struct pe *pe)
{
    signal(SIGPIPE, SIG_IGN);
    ev_signal_init(&pe->terminate, on_terminate, SIGTERM);
    ev_signal_init(&pe->interrupt, on_terminate, SIGINT);
    ev_timer_init(&pe->patience, on_patience, DEREGISTRATION_SECONDS, 0.0);
    ev_timer_init(&pe->retry, on_retry, RETRY_SECONDS, 0.0);
    pe->retry_seconds = RETRY_SECONDS;
    pe->terminate.data = pe->interrupt.data = pe->patience.data = pe->retry.data = pe;
    ev_signal_start(pe->loop, &pe->terminate);
    ev_signal_start(pe->loop, &pe->interrupt);
    client_reload_start(&pe->reload, pe->loop, &pe->options.client);
}

static int run(struct pe *pe)
{
    pe->loop = ev_default_loop(EVFLAG_AUTO);
    if (pe->loop == NULL || !describe(pe))
        return EXIT_CLIENT_USAGE;
    watch_signals(pe);
    if (!start_client(pe) || !start_child(pe) || !start_health(pe))
        return EXIT_CLIENT_USAGE;
    asap_client_command(pe->client, ENDPOINT_START, NULL, 0, 0);
    register_now(pe);
    ev_run(pe->loop, 0);
    return pe->exit_code;
}

static void clean_up(struct pe *pe)
{
    termination_began();
    ev_signal_stop(pe->loop, &pe->terminate);
    ev_signal_stop(pe->loop, &pe->interrupt);
    client_reload_stop(&pe->reload, pe->loop);
    ev_timer_stop(pe->loop, &pe->patience);
    ev_timer_stop(pe->loop, &pe->retry);
    health_check_free(pe->health);
    asap_client_free(pe->client);
    ev_run(pe->loop, 0); /* lets the closing connections finish */
    zero_pages_free(pe->machine, sizeof *pe->machine);
}

int command_pe(int argc, char **argv)
{
    struct pe pe = {.options = {.lifetime_s = 300, .health_interval_ms = 2000, .drain_ms = 2000}};
    int code = EXIT_CLIENT_USAGE;

    if (wants_help(argc, argv, usage))
        return EXIT_CLIENT_DONE;
    if (parse(&pe.options, argc, argv)) {
        code = run(&pe);
        if (pe.loop != NULL)
            clean_up(&pe);
    } else {
        fprintf(stderr, "Try 'poolproof pe --help'.\n");
    }
    client_options_release(&pe.options.client);
    return code;
}
