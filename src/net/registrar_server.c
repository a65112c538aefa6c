/* The registrar at work: see registrar_server.h. */
#include "registrar_server.h"

#include "channel.h"
#include "clock_source.h"
#include "key_rotation.h"
#include "log.h"
#include "parameter_wire.h"
#include "audit_trail.h"
#include "registrar_names.h"
#include "wire.h"
#include "wire_constants.h"
#include "zero_pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* With more than this waiting for one peer, its further requests wait too. */
#define CONGESTION_BYTES 65536u

/* One admitted connection. */
struct session {
    struct registrar_server *server;
    struct channel *channel;
    struct secure_server_configuration
        *tls;          /* of its handshake, a reference; NULL when that is over */
    uint32_t number;   /* the registrar's name for it */
    uint32_t identity; /* once opened */
    bool greeted;      /* the handshake is over: its place was given back */
    bool opened;       /* the registrar was told of it */
    struct network_address peer;
};

struct registrar_server {
    struct ev_loop *loop;
    struct configuration configuration;
    struct server_security security;
    struct visitor_gate *gate;
    struct registrar *registrar;
    struct access_rules *rules;
    struct effects effects;
    struct session *session[REGISTRAR_CHANNELS_MAX]; /* by number */
    uint32_t free_number[REGISTRAR_CHANNELS_MAX];    /* the last `free_numbers` are free */
    uint32_t free_numbers;
    struct ev_timer tick;
    struct ev_prepare prepare;
    bool more;         /* the last step stopped at its bound */
    uint64_t tick_due; /* what `tick` is set to */
    struct ev_check check;
    uint64_t now;     /* when the loop woke up: one time for all that it found then */
    uint64_t started; /* on the monotonic clock */
    struct ev_timer drain;
    void (*drained)(void *user);
    void *drained_user;
};

/* ---- effects ---- */

static const char *peer_text(struct registrar_server *s, uint32_t channel,
                             char text[NETWORK_ADDRESS_TEXT_MAX])
{
    if (channel >= REGISTRAR_CHANNELS_MAX || s->session[channel] == NULL)
        return NULL;
    network_address_text(&s->session[channel]->peer, text);
    return text;
}

static void carry_out(struct registrar_server *s, const struct effect *effect)
{
    char text[NETWORK_ADDRESS_TEXT_MAX];
    struct session *session =
        effect->channel < REGISTRAR_CHANNELS_MAX ? s->session[effect->channel] : NULL;

    if (effect->kind == EFFECT_SEND && session != NULL)
        channel_send(session->channel, s->effects.bytes + effect->offset, effect->length);
    else if (effect->kind == EFFECT_CLOSE && session != NULL)
        channel_close(session->channel);
    else if (effect->kind == EFFECT_AUDIT)
        audit_trail_write(&s->effects, effect, s->rules, peer_text(s, effect->channel, text));
}

/* One event in, its effects out. Sending and closing only ever queue, so nothing comes back in here. */
static void give_event(struct registrar_server *s, struct registrar_event *event,
                       const uint8_t *bytes)
{
    event->now = s->now;
    event->random = random_word();
    effects_clear(&s->effects);
    registrar_step(s->registrar, s->rules, event, bytes, &s->effects);
    for (uint32_t i = 0; i < s->effects.count; i++)
        carry_out(s, &s->effects.effect[i]);
    s->more = s->effects.more;
}

/* ---- time ---- */

static void on_tick(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct registrar_server *s = timer->data;
    struct registrar_event tick = {.kind = EVENT_TICK};
    (void)loop;
    (void)events;

    s->tick_due = REGISTRAR_NEVER;
    give_event(s, &tick, NULL);
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
    uint64_t due = s->more ? 0 : registrar_next_deadline(s->registrar);
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

/* ---- sessions ---- */

static void finish_drain(struct registrar_server *s)
{
    void (*drained)(void *) = s->drained;

    ev_timer_stop(s->loop, &s->drain);
    s->drained = NULL;
    if (drained != NULL)
        drained(s->drained_user);
}

static void greet(struct session *session)
{
    if (!session->greeted)
        visitor_gate_handshake_over(session->server->gate, &session->peer);
    session->greeted = true;
}

/* The handshake is over: nobody asks any more by which keys it was made. */
static void forget_keys(struct session *session)
{
    secure_server_configuration_release(session->tls);
    session->tls = NULL;
}

/* Takes back the session and its number. */
static void give_back(struct session *session)
{
    struct registrar_server *s = session->server;

    forget_keys(session);
    s->session[session->number] = NULL;
    s->free_number[s->free_numbers++] = session->number;
    free(session);
}

static void release_session(struct session *session)
{
    struct registrar_server *s = session->server;

    greet(session);
    visitor_gate_left(s->gate, &session->peer);
    give_back(session);
    if (s->drained != NULL && visitor_gate_occupancy(s->gate).connections == 0)
        finish_drain(s);
}

/* Who is on the channel. NULL, or why it cannot stay: its handshake began before a reload that took the
 * identity away, or gave it another key. */
static const char *identify(struct session *session, struct principal *principal)
{
    struct registrar_server *s = session->server;
    const struct secure_channel *secure = channel_secure(session->channel);
    char name[SECURE_IDENTITY_MAX + 1];

    principal->address = network_address_ip(&session->peer);
    principal->roles = ROLES_ALL;
    principal->identity = 0; /* plain text: the one identity of its rules */
    principal->shared = secure == NULL ? 1 : 0;
    if (secure == NULL)
        return NULL;
    if (!secure_channel_peer(secure, name, sizeof name)) {
        principal->identity = IDENTITY_ANONYMOUS;
        principal->roles = ROLE_POOL_USER;
        return secure_channel_is_psk(secure) ? "unknown-identity" : NULL;
    }
    const uint8_t *bytes = (const uint8_t *)name;
    uint32_t length = (uint32_t)strlen(name);
    principal->identity = access_find_identity(s->rules, bytes, length);
    if (principal->identity == IDENTITY_ANONYMOUS)
        return "identity-gone";
    return key_rotation_of(session->tls, s->security.tls, bytes, length) ? "key-replaced" : NULL;
}

static json_t *about(struct session *session, const char *reason)
{
    char peer[NETWORK_ADDRESS_TEXT_MAX];
    char name[SECURE_IDENTITY_MAX + 1];

    secure_channel_peer(channel_secure(session->channel), name, sizeof name);
    network_address_text(&session->peer, peer);
    return json_pack("{s:o,s:s,s:I,s:s}", "identity",
                     json_bytes((const uint8_t *)name, strlen(name)), "peer", peer, "channel",
                     (json_int_t)session->number, "reason", reason);
}

/* Closes a secure channel for what the registrar does not know of: keys are no business of its. */
static void close_for(struct session *session, const char *reason)
{
    log_audit(registrar_audit_name(AUDIT_CHANNEL_CLOSED), about(session, reason));
    log_event(LEVEL_WARNING, "channel.unwanted", about(session, reason));
    channel_close(session->channel);
}

static void log_opened(struct session *session, const struct principal *principal)
{
    char peer[NETWORK_ADDRESS_TEXT_MAX];
    char suite[8] = "none";
    const struct secure_channel *secure = channel_secure(session->channel);

    network_address_text(&session->peer, peer);
    if (secure != NULL)
        snprintf(suite, sizeof suite, "0x%04x", secure_channel_suite(secure));
    log_event(LEVEL_INFO, "channel.opened",
              json_pack("{s:I,s:s,s:o,s:s}", "channel", (json_int_t)session->number, "peer", peer,
                        "identity",
                        audit_trail_identity(session->server->rules, principal->identity), "suite",
                        suite));
}

static void on_opened(void *user, struct channel *channel)
{
    struct session *session = user;
    struct registrar_event event = {.kind = EVENT_CHANNEL_OPENED, .channel = session->number};
    (void)channel;

    greet(session);
    const char *reason = identify(session, &event.principal);
    if (reason != NULL) {
        close_for(session, reason);
        return;
    }
    forget_keys(session);
    session->identity = event.principal.identity;
    log_opened(session, &event.principal);
    session->opened = true;
    give_event(session->server, &event, NULL);
}

static void on_message(void *user, struct channel *channel, const uint8_t *bytes, uint32_t length)
{
    struct session *session = user;
    struct registrar_event event = {
        .kind = EVENT_MESSAGE, .channel = session->number, .length = length};
    (void)channel;

    if (session->opened)
        give_event(session->server, &event, bytes);
}

/* A client without TLS gets an error it can read (RFC 5352, 9.3; RFC 5354, 3.12, cause 0xa). */
static void answer_plain_text(struct channel *channel)
{
    uint8_t message[64];
    uint32_t position = wire_begin_message(message, sizeof message, ASAP_ERROR, 0);

    position = wire_put_error(message, sizeof message, position,
                              CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS, NULL, 0);
    position = wire_end_message(message, sizeof message, position);
    channel_answer_in_plain_text(channel, message, position);
}

static void log_ended(struct session *session, enum channel_end why, const char *detail)
{
    char peer[NETWORK_ADDRESS_TEXT_MAX];
    bool normal = why == CHANNEL_END_BY_US || why == CHANNEL_END_BY_PEER ||
                  why == CHANNEL_END_IDLE || why == CHANNEL_END_SHUTDOWN;

    network_address_text(&session->peer, peer);
    log_event(normal ? LEVEL_INFO : LEVEL_WARNING, "channel.ended",
              json_pack("{s:I,s:s,s:s,s:s}", "channel", (json_int_t)session->number, "peer", peer,
                        "why", channel_end_name(why), "detail", detail));
    if (why == CHANNEL_END_HANDSHAKE || why == CHANNEL_END_PLAINTEXT)
        log_audit("authentication-failed", json_pack("{s:s,s:s}", "peer", peer, "detail", detail));
    if (why == CHANNEL_END_BAD_FRAME || why == CHANNEL_END_SLOW_READER)
        log_audit("peer-dropped", json_pack("{s:s,s:s}", "peer", peer, "detail", detail));
}

static void on_ended(void *user, struct channel *channel, enum channel_end why, const char *detail)
{
    struct session *session = user;
    struct registrar_event event = {.kind = EVENT_CHANNEL_CLOSED, .channel = session->number};

    log_ended(session, why, detail);
    if (why == CHANNEL_END_PLAINTEXT)
        answer_plain_text(channel);
    if (session->opened)
        give_event(session->server, &event, NULL);
    release_session(session);
}

static const struct channel_user session_callbacks = {on_opened, on_message, on_ended};

static void turn_away(struct registrar_server *s, int fd, const struct network_address *peer)
{
    log_event(LEVEL_ERROR, "channel.refused", json_pack("{s:s}", "error", "no memory or entropy"));
    if (fd >= 0)
        close(fd);
    visitor_gate_handshake_over(s->gate, peer);
    visitor_gate_left(s->gate, peer);
}

static struct session *new_session(struct registrar_server *s, const struct network_address *peer)
{
    struct session *session = s->free_numbers > 0 ? calloc(1, sizeof *session) : NULL;

    if (session == NULL)
        return NULL;
    session->server = s;
    session->peer = *peer;
    session->number = s->free_number[--s->free_numbers];
    s->session[session->number] = session;
    return session;
}

static void on_admit(void *user, int fd, const struct network_address *peer, uint64_t time_left)
{
    struct registrar_server *s = user;
    const struct configuration *c = &s->configuration;
    struct channel_limits limits = {.establish_ms = time_left,
                                    .idle_ms = c->idle_time_ms,
                                    .stall_ms = c->stall_time_ms,
                                    .output_max = c->output_max,
                                    .congestion = CONGESTION_BYTES};
    struct session *session = new_session(s, peer);
    struct secure_channel *secure = NULL;

    if (session != NULL && s->security.tls != NULL) {
        secure_server_configuration_retain(s->security.tls);
        session->tls = s->security.tls;
        secure = secure_channel_new_server(session->tls);
    }
    if (session == NULL || (secure == NULL && s->security.tls != NULL)) {
        if (session != NULL)
            give_back(session);
        turn_away(s, fd, peer);
        return;
    }
    session->channel =
        channel_new(s->loop, fd, false, secure, &limits, &session_callbacks, session);
    if (session->channel == NULL) {
        give_back(session);
        turn_away(s, -1, peer);
    }
}

/* ---- rules and keys ---- */

/* Without TLS there is one identity, which may do everything: that is what "security none" means. */
static bool plain_rules(struct access_rules *rules)
{
    uint8_t all = 0; /* the address of no bytes: the pattern that every handle begins with */
    uint32_t identity = access_add_identity(rules, (const uint8_t *)"plain-text", 10,
                                            ROLE_POOL_ELEMENT | ROLE_POOL_USER);

    return identity == 0 && access_grant_pool(rules, identity, &all, 0, true);
}

static bool take_rules(struct registrar_server *s, const struct server_security *security,
                       char problem[CONFIGURATION_PROBLEM_MAX])
{
    const struct access_rules *next =
        security->tls != NULL ? secure_server_configuration_rules(security->tls) : NULL;
    bool good = true;

    if (security->tls == NULL)
        good = s->rules->count > 0 || plain_rules(s->rules);
    else if (next != NULL)
        good = access_rules_merge(s->rules, next);
    if (!good)
        snprintf(problem, CONFIGURATION_PROBLEM_MAX,
                 "more than %u identities in all; reload again when the old ones are gone",
                 ACCESS_IDENTITIES_MAX);
    else
        s->rules->anonymous_roles = security->anonymous_users ? ROLE_POOL_USER : 0;
    return good;
}

static void take_security(struct registrar_server *s, const struct server_security *security)
{
    if (security->tls != NULL)
        secure_server_configuration_retain(security->tls);
    secure_server_configuration_release(s->security.tls);
    s->security = *security;
}

/* False for a channel that is being closed already. */
static bool proved_replaced_key(const struct session *session,
                                const bool replaced[static ACCESS_IDENTITIES_MAX])
{
    char name[SECURE_IDENTITY_MAX + 1];
    const struct secure_channel *secure = channel_secure(session->channel);

    return session->opened && session->identity < ACCESS_IDENTITIES_MAX &&
           replaced[session->identity] && secure != NULL &&
           secure_channel_peer(secure, name, sizeof name);
}

/* Whoever proved a key that is replaced now has to come again with the new one. To the registrar the channel
 * is lost at once: no further message of it counts. */
static void close_replaced(struct registrar_server *s,
                           const bool replaced[static ACCESS_IDENTITIES_MAX])
{
    for (uint32_t i = 0; i < REGISTRAR_CHANNELS_MAX; i++) {
        struct session *session = s->session[i];
        struct registrar_event lost = {.kind = EVENT_CHANNEL_CLOSED, .channel = i};
        if (session == NULL || !proved_replaced_key(session, replaced))
            continue;
        close_for(session, "key-replaced");
        session->opened = false;
        give_event(s, &lost, NULL);
    }
}

static struct gate_limits limits_of(const struct configuration *c)
{
    struct gate_limits limits = {.connections = c->connections_max,
                                 .connections_per_address = c->connections_per_address_max,
                                 .handshakes = c->handshakes_max,
                                 .handshake_ms = c->handshake_time_ms};

    return limits;
}

/* ---- the interface ---- */

static bool allocate(struct registrar_server *s)
{
    s->registrar = zero_pages_new(sizeof *s->registrar);
    s->rules = zero_pages_new(sizeof *s->rules);
    return s->registrar != NULL && s->rules != NULL;
}

static void start_clock(struct registrar_server *s)
{
    s->tick_due = REGISTRAR_NEVER;
    ev_timer_init(&s->tick, on_tick, 0.0, 0.0);
    ev_prepare_init(&s->prepare, before_sleep);
    ev_check_init(&s->check, after_sleep);
    ev_set_priority(&s->check, EV_MAXPRI); /* before anything that has happened is looked at */
    s->tick.data = s->prepare.data = s->check.data = s;
    ev_prepare_start(s->loop, &s->prepare);
    ev_check_start(s->loop, &s->check);
    s->now = clock_milliseconds();
}

static void start_registrar(struct registrar_server *s)
{
    uint8_t key[16];

    s->started = clock_milliseconds();
    random_fill(key, sizeof key);
    registrar_init(s->registrar, &s->configuration.registrar, key, s->started);
    explicit_bzero(key, sizeof key);
    while (s->free_numbers < REGISTRAR_CHANNELS_MAX) {
        s->free_number[s->free_numbers] = REGISTRAR_CHANNELS_MAX - 1u - s->free_numbers;
        s->free_numbers++;
    }
}

struct registrar_server *registrar_server_new(struct ev_loop *loop, const struct configuration *c,
                                              const struct server_security *security,
                                              char problem[CONFIGURATION_PROBLEM_MAX])
{
    struct registrar_server *s = zero_pages_new(sizeof *s);
    struct gate_limits limits = limits_of(c);

    if (s == NULL || !allocate(s)) {
        snprintf(problem, CONFIGURATION_PROBLEM_MAX, "not enough address space for the registrar");
        registrar_server_free(s);
        return NULL;
    }
    s->loop = loop;
    s->configuration = *c;
    start_clock(s);
    start_registrar(s);
    s->gate = visitor_gate_new(loop, &limits, c->secure, on_admit, s);
    if (s->gate == NULL || !take_rules(s, security, problem)) {
        registrar_server_free(s);
        return NULL;
    }
    take_security(s, security);
    return s;
}

bool registrar_server_listen(struct registrar_server *s, const struct configuration *c,
                             char problem[CONFIGURATION_PROBLEM_MAX])
{
    char what[NETWORK_PROBLEM_MAX] = "";

    for (uint32_t i = 0; i < c->listen_count; i++) {
        if (!visitor_gate_listen(s->gate, &c->listen[i], what)) {
            char place[CONFIGURATION_PATH_MAX + 32];
            configuration_place("listen", place);
            snprintf(problem, CONFIGURATION_PROBLEM_MAX,
                     "%s%s; stop the other program or choose another address", place, what);
            return false;
        }
    }
    return true;
}

/* The limits of the core and the addresses stay as they were when the daemon started. */
bool registrar_server_reload(struct registrar_server *s, const struct configuration *c,
                             const struct server_security *security,
                             char problem[CONFIGURATION_PROBLEM_MAX])
{
    struct registrar_event changed = {.kind = EVENT_RULES_CHANGED};
    struct gate_limits limits = limits_of(c);
    bool replaced[ACCESS_IDENTITIES_MAX];

    if (registrar_applying_rules(s->registrar)) {
        snprintf(problem, CONFIGURATION_PROBLEM_MAX,
                 "the last change is still being applied; reload again in a second");
        return false;
    }
    if (!take_rules(s, security, problem))
        return false;
    key_rotation_find(s->security.tls, security->tls, s->rules, replaced);
    take_security(s, security);
    close_replaced(s, replaced);
    s->configuration = *c;
    visitor_gate_set_limits(s->gate, &limits);
    give_event(s, &changed, NULL);
    return true;
}

static void on_drain_over(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    finish_drain(timer->data);
}

void registrar_server_drain(struct registrar_server *s, uint64_t drain_ms, void (*done)(void *user),
                            void *user)
{
    s->drained = done;
    s->drained_user = user;
    ev_timer_init(&s->drain, on_drain_over, (double)drain_ms / 1000.0 + 0.001, 0.0);
    s->drain.data = s;
    ev_timer_start(s->loop, &s->drain);
    visitor_gate_close(s->gate);
    for (uint32_t i = 0; i < REGISTRAR_CHANNELS_MAX; i++)
        if (s->session[i] != NULL)
            channel_close(s->session[i]->channel);
    if (visitor_gate_occupancy(s->gate).connections == 0)
        ev_feed_event(s->loop, &s->drain, EV_TIMER);
}

void registrar_server_free(struct registrar_server *s)
{
    if (s == NULL)
        return;
    if (s->gate != NULL) {
        visitor_gate_close(s->gate);
        for (uint32_t i = 0; i < REGISTRAR_CHANNELS_MAX; i++)
            if (s->session[i] != NULL)
                channel_drop(s->session[i]->channel);
        visitor_gate_free(s->gate);
    }
    if (s->loop != NULL) {
        ev_prepare_stop(s->loop, &s->prepare);
        ev_check_stop(s->loop, &s->check);
        ev_timer_stop(s->loop, &s->tick);
        ev_timer_stop(s->loop, &s->drain);
    }
    secure_server_configuration_release(s->security.tls);
    zero_pages_free(s->registrar, sizeof *s->registrar);
    zero_pages_free(s->rules, sizeof *s->rules);
    zero_pages_free(s, sizeof *s);
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
    return s->gate;
}
