/* poolproofd from its start to its end: see daemon.h. */
#include "daemon.h"

#include "admin_socket.h"
#include "configuration.h"
#include "log.h"
#include "privileges.h"
#include "registrar_server.h"
#include "resolver_process.h"
#include "sandbox.h"
#include "security_files.h"
#include "service_manager.h"
#include "start_conditions.h"
#include "termination.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Descriptors beside those of connections. */
#define SPARE_DESCRIPTORS 128u

struct daemon {
    struct ev_loop *loop;
    const char *file;
    struct configuration configuration;
    struct privileges_account account; /* whom to become */
    struct registrar_server *server;
    struct admin_socket *admin;
    int resolver; /* the line to the process that looks up names, until the server has it; -1: none */
    struct ev_signal terminate;
    struct ev_signal interrupt;
    struct ev_signal hang_up;
    bool draining;
};

/* ---- start ---- */

static bool fail(const char *problem)
{
    log_event(LEVEL_ERROR, "daemon.failed", json_pack("{s:s}", "problem", problem));
    return false;
}

static bool open_audit_file(const struct configuration *c)
{
    char problem[CONFIGURATION_PROBLEM_MAX];
    char place[CONFIGURATION_PATH_MAX + 32];

    if (c->audit_file[0] == '\0')
        return true;
    int fd = open(c->audit_file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0) {
        log_set_audit_descriptor(fd);
        return true;
    }
    configuration_place("audit_file", place);
    snprintf(problem, sizeof problem,
             "%saudit_file: cannot open %s: %s; create its directory, or choose another path",
             place, c->audit_file, strerror(errno));
    return fail(problem);
}

/* Said at every start, because nobody should run like this without knowing. */
static void warn_of_plain_text(const struct configuration *c)
{
    if (c->secure)
        return;
    log_event(
        LEVEL_WARNING, "daemon.insecure",
        json_pack("{s:s}", "warning",
                  "security is \"none\": anyone who reaches the port can register, deregister "
                  "and read every pool. For development on a closed network only."));
    log_audit("insecure-mode", NULL);
}

static bool prepare(struct daemon *d)
{
    char problem[CONFIGURATION_PROBLEM_MAX];

    return start_conditions_hold(d->file, &d->configuration, &d->account, problem) || fail(problem);
}

/* Before keys are read: that process has no business with them. */
static bool start_resolver(struct daemon *d)
{
    char problem[CONFIGURATION_PROBLEM_MAX];

    if (!configuration_needs_dns(&d->configuration))
        return true;
    d->resolver = resolver_process_start(&d->configuration, &d->account, problem);
    return d->resolver >= 0 || fail(problem);
}

/* The server takes the line over, and closes it at its end. */
static bool hand_over_resolver(struct daemon *d)
{
    int line = d->resolver;

    d->resolver = -1;
    return line < 0 || registrar_server_resolve(d->server, line);
}

static bool open_server(struct daemon *d)
{
    char problem[CONFIGURATION_PROBLEM_MAX] = "not enough memory";
    struct server_security security;

    if (!security_files_load(&d->configuration, &security, problem))
        return fail(problem);
    d->server = registrar_server_new(d->loop, &d->configuration, &security, problem);
    server_security_release(&security);
    if (d->server == NULL || !hand_over_resolver(d) ||
        !registrar_server_listen(d->server, &d->configuration, problem))
        return fail(problem);
    if (d->configuration.admin_socket[0] == '\0')
        return true;
    d->admin = admin_socket_new(d->loop, &d->configuration, d->server, problem);
    return d->admin != NULL || fail(problem);
}

static bool give_up_privileges(const struct daemon *d)
{
    char problem[CONFIGURATION_PROBLEM_MAX];
    const char *reason = "";

    if (!privileges_drop(&d->configuration, &d->account, problem))
        return fail(problem);
    if (!d->configuration.sandbox)
        log_event(LEVEL_WARNING, "daemon.no-sandbox",
                  json_pack("{s:s}", "reason", "sandbox = false"));
    else if (!sandbox_enter(configuration_has_group(&d->configuration), &reason))
        log_event(LEVEL_WARNING, "daemon.no-sandbox", json_pack("{s:s}", "reason", reason));
    return true;
}

static json_t *addresses_as_json(const struct network_address *address, uint32_t count)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < count; i++) {
        char text[NETWORK_ADDRESS_TEXT_MAX];
        network_address_text(&address[i], text);
        json_array_append_new(array, json_string(text));
    }
    return array;
}

static void log_discovery(const struct configuration *c)
{
    const struct configuration_discovery *d = &c->discovery;
    char group[NETWORK_ADDRESS_TEXT_MAX] = "";

    if (configuration_announces(c))
        network_address_text(&d->multicast, group);
    if (configuration_needs_dns(c) || configuration_announces(c))
        log_event(LEVEL_INFO, "daemon.discovery",
                  json_pack("{s:s,s:s,s:s}", "srv", d->srv, "trust_anchor",
                            configuration_needs_dns(c) ? configuration_trust_anchor(c) : "",
                            "multicast", group));
}

static void log_ready(const struct configuration *c)
{
    char identifier[16];

    snprintf(identifier, sizeof identifier, "0x%08x", c->registrar.server_identifier);
    log_event(LEVEL_INFO, "daemon.ready",
              json_pack("{s:s,s:o,s:s,s:I}", "security", c->secure ? "tls" : "none", "listen",
                        addresses_as_json(c->listen, c->listen_count), "server_identifier",
                        identifier, "pid", (json_int_t)getpid()));
    if (configuration_has_group(c))
        log_event(LEVEL_INFO, "daemon.group",
                  json_pack("{s:o,s:I,s:s}", "enrp_listen",
                            addresses_as_json(c->enrp_listen, c->enrp_listen_count), "peers",
                            (json_int_t)c->peer_count, "identity", c->identity));
    log_discovery(c);
}

/* ---- reload ---- */

static bool same_addresses(const struct network_address *a, uint32_t a_count,
                           const struct network_address *b, uint32_t b_count)
{
    for (uint32_t i = 0; i < a_count && i < b_count; i++)
        if (!network_address_equal(&a[i], &b[i]))
            return false;
    return a_count == b_count;
}

static bool same_peer(const struct configuration_peer *a, const struct configuration_peer *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->identity, b->identity) == 0 &&
           a->server_identifier == b->server_identifier && strcmp(a->host, b->host) == 0 &&
           a->port == b->port && network_address_equal(&a->address, &b->address);
}

static bool same_timers(const struct enrp_configuration *a, const struct enrp_configuration *b)
{
    return a->heartbeat_cycle == b->heartbeat_cycle &&
           a->max_time_last_heard == b->max_time_last_heard &&
           a->max_time_no_response == b->max_time_no_response &&
           a->startup_time == b->startup_time && a->takeover_grace == b->takeover_grace &&
           a->dial_minimum == b->dial_minimum && a->dial_maximum == b->dial_maximum;
}

static bool same_announcement(const struct enrp_configuration *a,
                              const struct enrp_configuration *b)
{
    return a->arbitration == b->arbitration && a->transport_length == b->transport_length &&
           memcmp(a->transport, b->transport, a->transport_length) == 0;
}

static bool same_discovery(const struct configuration_discovery *a,
                           const struct configuration_discovery *b)
{
    return strcmp(a->srv, b->srv) == 0 && strcmp(a->dns_resolver, b->dns_resolver) == 0 &&
           strcmp(a->dns_trust_anchor, b->dns_trust_anchor) == 0 &&
           a->dns_unsigned == b->dns_unsigned &&
           network_address_equal(&a->multicast, &b->multicast) &&
           strcmp(a->multicast_interface, b->multicast_interface) == 0 &&
           a->multicast_ttl == b->multicast_ttl;
}

static bool same_group(const struct configuration *a, const struct configuration *b)
{
    for (uint32_t i = 0; i < a->peer_count && i < b->peer_count; i++)
        if (!same_peer(&a->peer[i], &b->peer[i]))
            return false;
    return a->peer_count == b->peer_count && strcmp(a->identity, b->identity) == 0 &&
           same_addresses(a->enrp_listen, a->enrp_listen_count, b->enrp_listen,
                          b->enrp_listen_count) &&
           same_timers(&a->enrp, &b->enrp) && same_announcement(&a->enrp, &b->enrp) &&
           same_discovery(&a->discovery, &b->discovery);
}

static void keep_group(const struct configuration *old, struct configuration *next)
{
    next->peer_count = old->peer_count;
    next->enrp_listen_count = old->enrp_listen_count;
    next->enrp = old->enrp;
    next->discovery = old->discovery;
    memcpy(next->peer, old->peer, sizeof next->peer);
    memcpy(next->enrp_listen, old->enrp_listen, sizeof next->enrp_listen);
    memcpy(next->identity, old->identity, sizeof next->identity);
}

/* What only a restart can change is kept, and said. */
static void keep_fixed_parts(const struct configuration *old, struct configuration *next)
{
    bool changed =
        !same_addresses(old->listen, old->listen_count, next->listen, next->listen_count) ||
        strcmp(old->admin_socket, next->admin_socket) != 0 || strcmp(old->user, next->user) != 0 ||
        strcmp(old->group, next->group) != 0 || strcmp(old->audit_file, next->audit_file) != 0 ||
        old->sandbox != next->sandbox;

    next->registrar.server_identifier = old->registrar.server_identifier;
    if (changed || memcmp(&old->registrar, &next->registrar, sizeof old->registrar) != 0)
        log_event(
            LEVEL_WARNING, "daemon.restart-needed",
            json_pack("{s:s}", "warning",
                      "addresses, sockets, users, the audit file, security and the registrar's "
                      "own limits change only with a restart"));
    if (!same_group(old, next))
        log_event(LEVEL_WARNING, "daemon.restart-needed",
                  json_pack("{s:s}", "warning",
                            "peers, identity, ENRP addresses and the group's timers change only "
                            "with a restart; the old ones stay in use"));
    next->registrar = old->registrar;
    keep_group(old, next);
}

static bool load_again(struct daemon *d, char problem[CONFIGURATION_PROBLEM_MAX])
{
    struct configuration next;
    struct server_security security;

    if (!configuration_load(d->file, &next, problem))
        return false;
    if (next.secure != d->configuration.secure) {
        snprintf(problem, CONFIGURATION_PROBLEM_MAX,
                 "security cannot change while the daemon runs; restart it");
        return false;
    }
    keep_fixed_parts(&d->configuration, &next);
    if (!security_files_load(&next, &security, problem))
        return false;
    bool good = registrar_server_reload(d->server, &next, &security, problem);
    server_security_release(&security);
    if (good)
        d->configuration = next;
    return good;
}

static void on_hang_up(struct ev_loop *loop, struct ev_signal *watcher, int events)
{
    struct daemon *d = watcher->data;
    char problem[CONFIGURATION_PROBLEM_MAX];
    (void)loop;
    (void)events;

    if (d->draining)
        return;
    service_manager_reloading();
    if (load_again(d, problem)) {
        if (d->admin != NULL)
            admin_socket_reload(d->admin, &d->configuration);
        log_event(LEVEL_INFO, "daemon.reloaded", NULL);
        log_audit("reload", json_pack("{s:s}", "result", "done"));
    } else {
        log_event(LEVEL_ERROR, "daemon.reload-failed",
                  json_pack("{s:s,s:s}", "problem", problem, "kept",
                            "the old keys, certificates and configuration stay in use"));
        log_audit("reload", json_pack("{s:s,s:s}", "result", "refused", "problem", problem));
    }
    service_manager_ready();
}

/* ---- end ---- */

static void on_drained(void *user)
{
    struct daemon *d = user;

    ev_break(d->loop, EVBREAK_ALL);
}

static void on_terminate(struct ev_loop *loop, struct ev_signal *watcher, int events)
{
    struct daemon *d = watcher->data;
    (void)loop;
    (void)events;

    if (d->draining) { /* asked twice: at once */
        ev_break(d->loop, EVBREAK_ALL);
        return;
    }
    d->draining = true;
    service_manager_stopping();
    log_event(LEVEL_INFO, "daemon.draining", NULL);
    registrar_server_drain(d->server, d->configuration.drain_time_ms, on_drained, d);
}

static void watch_signal(struct daemon *d, struct ev_signal *watcher, int number,
                         void (*callback)(struct ev_loop *, struct ev_signal *, int))
{
    ev_signal_init(watcher, callback, number);
    watcher->data = d;
    ev_signal_start(d->loop, watcher);
}

static void watch_signals(struct daemon *d)
{
    signal(SIGPIPE, SIG_IGN);
    watch_signal(d, &d->terminate, SIGTERM, on_terminate);
    watch_signal(d, &d->interrupt, SIGINT, on_terminate);
    watch_signal(d, &d->hang_up, SIGHUP, on_hang_up);
}

static void clean_up(struct daemon *d)
{
    termination_began();
    admin_socket_free(d->admin);
    registrar_server_free(d->server);
    ev_loop_destroy(d->loop);
}

/* ---- the interface ---- */

int daemon_check(const char *file)
{
    struct configuration configuration;
    struct privileges_account account;
    struct server_security security;
    char problem[CONFIGURATION_PROBLEM_MAX];

    privileges_protect_memory();
    if (!configuration_load(file, &configuration, problem) ||
        !start_conditions_hold(file, &configuration, &account, problem) ||
        !resolver_process_possible(&configuration, &account, problem) ||
        !security_files_load(&configuration, &security, problem)) {
        fprintf(stderr, "%s\n", problem);
        return EXIT_USAGE;
    }
    server_security_release(&security);
    if (!configuration.secure)
        fprintf(stderr, "%s: warning: security is \"none\": everybody may change every pool\n",
                file);
    printf("%s: good\n", file);
    return EXIT_IN_ORDER;
}

int daemon_run(const char *file)
{
    struct daemon d = {.file = file, .resolver = -1};
    char problem[CONFIGURATION_PROBLEM_MAX];

    privileges_protect_memory();
    if (!configuration_load(file, &d.configuration, problem)) {
        fail(problem);
        return EXIT_USAGE;
    }
    log_set_format(d.configuration.log_format);
    privileges_raise_descriptors(d.configuration.connections_max + SPARE_DESCRIPTORS);
    service_manager_open();
    d.loop = ev_loop_new(EVFLAG_AUTO);
    bool good = d.loop != NULL && prepare(&d) && open_audit_file(&d.configuration) &&
                start_resolver(&d) && open_server(&d);
    if (good) {
        watch_signals(&d);
        warn_of_plain_text(&d.configuration);
        good = give_up_privileges(&d);
    }
    if (good) {
        log_ready(&d.configuration);
        service_manager_ready();
        ev_run(d.loop, 0);
        log_event(LEVEL_INFO, "daemon.stopped", NULL);
    }
    clean_up(&d);
    return good ? EXIT_IN_ORDER : EXIT_RUNNING_FAILED;
}
