/* The registrar at work: see registrar_server.h. */
#include "registrar_server_parts.h"

#include "audit_trail.h"
#include "clock_source.h"
#include "log.h"
#include "zero_pages.h"

#include <stdio.h>
#include <string.h>

/* ---- effects ---- */

static void carry_out(struct registrar_server *s, const struct effect *effect)
{
    char text[NETWORK_ADDRESS_TEXT_MAX];
    struct session *session = effect->channel < SESSIONS_MAX ? s->session[effect->channel] : NULL;

    if (effect->kind == EFFECT_SEND && session != NULL)
        channel_send(session->channel, s->effects.bytes + effect->offset, effect->length);
    else if (effect->kind == EFFECT_CLOSE && session != NULL)
        channel_close(session->channel);
    else if (effect->kind == EFFECT_AUDIT)
        audit_trail_write(&s->effects, effect, s->rules,
                          registrar_server_address(s, effect->channel, text) ? text : NULL);
    else if (effect->kind == EFFECT_CONNECT)
        registrar_dial(s, effect);
    else if (effect->kind == EFFECT_BEGIN_ANEW)
        s->anew = true;
}

/* ---- the beginning ---- */

static void start_core(struct registrar_server *s)
{
    uint8_t key[16];

    random_fill(key, sizeof key);
    enrp_init(s->group, s->registrar, &s->configuration.enrp, &s->configuration.registrar, key,
              s->now);
    explicit_bzero(key, sizeof key);
}

/* What the core remembers is out of date: its elements may have another home by now. */
static void begin_anew(struct registrar_server *s)
{
    s->anew = false;
    s->more = false;
    s->restarts++;
    log_audit("begun-anew", NULL);
    log_event(LEVEL_WARNING, "daemon.begun-anew",
              json_pack("{s:s}", "reason",
                        "stood still for longer than the peers wait; all is forgotten and fetched "
                        "from them again"));
    registrar_sessions_drop(s);
    memset(s->dial_failed, 0, sizeof s->dial_failed);
    for (uint32_t peer = 0; peer < ENRP_PEERS_MAX; peer++)
        registrar_discovery_forget(s, peer);
    if (!zero_pages_clear(s->registrar, sizeof *s->registrar))
        memset(s->registrar, 0, sizeof *s->registrar);
    if (!zero_pages_clear(s->group, sizeof *s->group))
        memset(s->group, 0, sizeof *s->group);
    start_core(s);
}

void registrar_server_give(struct registrar_server *s, struct registrar_event *event,
                           const uint8_t *bytes)
{
    event->now = s->now;
    event->random = random_word();
    effects_clear(&s->effects);
    enrp_step(s->group, s->registrar, s->rules, event, bytes, &s->effects);
    for (uint32_t i = 0; i < s->effects.count; i++)
        carry_out(s, &s->effects.effect[i]);
    s->more = s->effects.more;
    s->steps++;
    if (s->anew)
        begin_anew(s);
    registrar_dial_report(s);
}

/* ---- time ---- */

static void on_tick(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct registrar_server *s = timer->data;
    struct registrar_event tick = {.kind = EVENT_TICK};
    (void)loop;
    (void)events;

    s->tick_due = REGISTRAR_NEVER;
    registrar_server_give(s, &tick, NULL);
}

static void after_sleep(struct ev_loop *loop, struct ev_check *check, int events)
{
    struct registrar_server *s = check->data;
    (void)loop;
    (void)events;
    s->now = clock_milliseconds();
}

/* Before the loop sleeps: set the timer to the registrar's next deadline if that has changed. */
static void before_sleep(struct ev_loop *loop, struct ev_prepare *prepare, int events)
{
    struct registrar_server *s = prepare->data;
    uint64_t due = s->more ? 0 : enrp_next_deadline(s->group, s->registrar);
    uint64_t now = clock_milliseconds();
    (void)events;

    if (due == s->tick_due && ev_is_active(&s->tick))
        return;
    ev_timer_stop(loop, &s->tick);
    s->tick_due = due;
    if (due == REGISTRAR_NEVER)
        return;
    ev_now_update(loop);
    ev_timer_set(&s->tick, due > now ? (double)(due - now) / 1000.0 : 0.0, 0.0);
    ev_timer_start(loop, &s->tick);
}

/* ---- the end ---- */

static bool all_gone(const struct registrar_server *s)
{
    const struct visitor_gate *peers = s->peers.gate;

    return s->sessions == 0 && visitor_gate_occupancy(s->clients.gate).connections == 0 &&
           (peers == NULL || visitor_gate_occupancy(peers).connections == 0);
}

static void finish_drain(struct registrar_server *s)
{
    void (*drained)(void *) = s->drained;

    ev_timer_stop(s->loop, &s->drain);
    s->drained = NULL;
    if (drained != NULL)
        drained(s->drained_user);
}

void registrar_server_look_at_drain(struct registrar_server *s)
{
    if (s->drained != NULL && all_gone(s))
        finish_drain(s);
}

/* ---- limits ---- */

static struct gate_limits limits_of(const struct configuration *c)
{
    struct gate_limits limits = {.connections = c->connections_max,
                                 .connections_per_address = c->connections_per_address_max,
                                 .handshakes = c->handshakes_max,
                                 .handshake_ms = c->handshake_time_ms};

    return limits;
}

/* Registrars are few, and their port is to stay open to them whoever else knocks. */
static struct gate_limits peer_limits_of(const struct configuration *c)
{
    struct gate_limits limits = {.connections = 8u * ENRP_CHANNELS_MAX,
                                 .connections_per_address = ENRP_CHANNELS_MAX / 2u,
                                 .handshakes = ENRP_CHANNELS_MAX / 4u,
                                 .handshake_ms = c->handshake_time_ms};

    return limits;
}

/* ---- the interface ---- */

static bool allocate(struct registrar_server *s)
{
    s->registrar = zero_pages_new(sizeof *s->registrar);
    s->group = zero_pages_new(sizeof *s->group);
    s->rules = zero_pages_new(sizeof *s->rules);
    return s->registrar != NULL && s->group != NULL && s->rules != NULL;
}

static void start_clock(struct registrar_server *s)
{
    s->tick_due = REGISTRAR_NEVER;
    ev_timer_init(&s->tick, on_tick, 0.0, 0.0);
    /* After a time in which this process did not run, what was received is read before deadlines are looked at: an answer
     * may be among it that one of them waits for. */
    ev_set_priority(&s->tick, EV_MINPRI);
    ev_prepare_init(&s->prepare, before_sleep);
    ev_check_init(&s->check, after_sleep);
    ev_set_priority(&s->check, EV_MAXPRI); /* before anything that has happened is looked at */
    s->tick.data = s->prepare.data = s->check.data = s;
    ev_prepare_start(s->loop, &s->prepare);
    ev_check_start(s->loop, &s->check);
    s->now = s->started = clock_milliseconds();
}

/* The gates of both ports; that of peers only when there is a group. */
static bool make_gates(struct registrar_server *s)
{
    const struct configuration *c = &s->configuration;
    struct gate_limits limits = limits_of(c);
    struct gate_limits peer_limits = peer_limits_of(c);

    s->clients = (struct entrance){.server = s};
    s->peers = (struct entrance){.server = s, .of_peers = true};
    s->clients.gate =
        visitor_gate_new(s->loop, &limits, c->secure, registrar_sessions_admit, &s->clients);
    if (c->enrp_listen_count > 0)
        s->peers.gate =
            visitor_gate_new(s->loop, &peer_limits, c->secure, registrar_sessions_admit, &s->peers);
    return s->clients.gate != NULL && (c->enrp_listen_count == 0 || s->peers.gate != NULL);
}

struct registrar_server *registrar_server_new(struct ev_loop *loop, const struct configuration *c,
                                              const struct server_security *security,
                                              char problem[CONFIGURATION_PROBLEM_MAX])
{
    struct registrar_server *s = zero_pages_new(sizeof *s);

    if (s == NULL || !allocate(s)) {
        snprintf(problem, CONFIGURATION_PROBLEM_MAX, "not enough address space for the registrar");
        registrar_server_free(s);
        return NULL;
    }
    s->loop = loop;
    s->configuration = *c;
    start_clock(s);
    registrar_sessions_init(s);
    start_core(s);
    if (!make_gates(s) || !registrar_rules_take(s, security, problem)) {
        registrar_server_free(s);
        return NULL;
    }
    registrar_rules_put_security(s, security);
    return s;
}

bool registrar_server_resolve(struct registrar_server *s, int line)
{
    s->resolver = resolver_line_new(s->loop, line, registrar_discovery_answered, s);
    return s->resolver != NULL;
}

static bool listen_at(struct visitor_gate *gate, const struct network_address *address,
                      const char *key, char problem[CONFIGURATION_PROBLEM_MAX])
{
    char what[NETWORK_PROBLEM_MAX] = "";
    char place[CONFIGURATION_PATH_MAX + 32];

    if (visitor_gate_listen(gate, address, what))
        return true;
    configuration_place(key, place);
    snprintf(problem, CONFIGURATION_PROBLEM_MAX,
             "%s%s; stop the other program or choose another address", place, what);
    return false;
}

bool registrar_server_listen(struct registrar_server *s, const struct configuration *c,
                             char problem[CONFIGURATION_PROBLEM_MAX])
{
    for (uint32_t i = 0; i < c->listen_count; i++)
        if (!listen_at(s->clients.gate, &c->listen[i], "listen", problem))
            return false;
    for (uint32_t i = 0; i < c->enrp_listen_count; i++)
        if (!listen_at(s->peers.gate, &c->enrp_listen[i], "enrp_listen", problem))
            return false;
    return !configuration_announces(c) || registrar_announcements_open(s, problem);
}

/* The limits of the core and the addresses stay as they were when the daemon started. */
bool registrar_server_reload(struct registrar_server *s, const struct configuration *c,
                             const struct server_security *security,
                             char problem[CONFIGURATION_PROBLEM_MAX])
{
    struct registrar_event changed = {.kind = EVENT_RULES_CHANGED};
    struct gate_limits limits = limits_of(c);
    struct gate_limits peer_limits = peer_limits_of(c);

    if (registrar_applying_rules(s->registrar)) {
        snprintf(problem, CONFIGURATION_PROBLEM_MAX,
                 "the last change is still being applied; reload again in a second");
        return false;
    }
    if (!registrar_rules_take(s, security, problem))
        return false;
    registrar_rules_change_security(s, security);
    s->configuration = *c;
    visitor_gate_set_limits(s->clients.gate, &limits);
    if (s->peers.gate != NULL)
        visitor_gate_set_limits(s->peers.gate, &peer_limits);
    registrar_server_give(s, &changed, NULL);
    return true;
}

static void on_drain_over(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    finish_drain(timer->data);
}

static void close_gates(struct registrar_server *s)
{
    if (s->clients.gate != NULL)
        visitor_gate_close(s->clients.gate);
    if (s->peers.gate != NULL)
        visitor_gate_close(s->peers.gate);
}

void registrar_server_drain(struct registrar_server *s, uint64_t drain_ms, void (*done)(void *user),
                            void *user)
{
    s->draining = true;
    s->drained = done;
    s->drained_user = user;
    ev_timer_init(&s->drain, on_drain_over, (double)drain_ms / 1000.0 + 0.001, 0.0);
    s->drain.data = s;
    ev_timer_start(s->loop, &s->drain);
    close_gates(s);
    registrar_announcements_close(s);
    for (uint32_t i = 0; i < SESSIONS_MAX; i++)
        if (s->session[i] != NULL)
            channel_close(s->session[i]->channel);
    if (all_gone(s))
        ev_feed_event(s->loop, &s->drain, EV_TIMER);
}

void registrar_server_free(struct registrar_server *s)
{
    if (s == NULL)
        return;
    s->draining = true;
    close_gates(s); /* first: whoever queues would come in with every one that goes */
    for (uint32_t i = 0; i < SESSIONS_MAX; i++)
        if (s->session[i] != NULL)
            channel_drop(s->session[i]->channel);
    visitor_gate_free(s->clients.gate);
    visitor_gate_free(s->peers.gate);
    if (s->loop != NULL) {
        ev_prepare_stop(s->loop, &s->prepare);
        ev_check_stop(s->loop, &s->check);
        ev_timer_stop(s->loop, &s->tick);
        ev_timer_stop(s->loop, &s->drain);
    }
    server_security_release(&s->security);
    resolver_line_free(s->resolver);
    registrar_announcements_close(s);
    zero_pages_free(s->registrar, sizeof *s->registrar);
    zero_pages_free(s->group, sizeof *s->group);
    zero_pages_free(s->rules, sizeof *s->rules);
    zero_pages_free(s, sizeof *s);
}

void server_security_release(struct server_security *security)
{
    secure_server_configuration_release(security->tls);
    secure_client_configuration_release(security->dial);
    security->tls = NULL;
    security->dial = NULL;
}

const struct registrar *registrar_server_registrar(const struct registrar_server *s)
{
    return s->registrar;
}

const struct access_rules *registrar_server_rules(const struct registrar_server *s)
{
    return s->rules;
}

bool registrar_server_secure(const struct registrar_server *s)
{
    return s->security.tls != NULL;
}

uint64_t registrar_server_uptime_ms(const struct registrar_server *s)
{
    return clock_milliseconds() - s->started;
}

const struct visitor_gate *registrar_server_gate(const struct registrar_server *s)
{
    return s->clients.gate;
}

const struct visitor_gate *registrar_server_peer_gate(const struct registrar_server *s)
{
    return s->peers.gate;
}

const struct enrp_group *registrar_server_group(const struct registrar_server *s)
{
    return s->group;
}

const struct configuration *registrar_server_configuration(const struct registrar_server *s)
{
    return &s->configuration;
}

bool registrar_server_address(const struct registrar_server *s, uint32_t channel,
                              char text[NETWORK_ADDRESS_TEXT_MAX])
{
    if (channel >= SESSIONS_MAX || s->session[channel] == NULL)
        return false;
    network_address_text(&s->session[channel]->address, text);
    return true;
}

uint64_t registrar_server_restarts(const struct registrar_server *s)
{
    return s->restarts;
}

uint64_t registrar_server_steps(const struct registrar_server *s)
{
    return s->steps;
}
