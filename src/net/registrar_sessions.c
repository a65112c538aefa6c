/* Connections of the registrar at work, from the entrance to the end: see registrar_server_parts.h. */
#include "registrar_server_parts.h"

#include "audit_trail.h"
#include "clock_source.h"
#include "key_rotation.h"
#include "log.h"
#include "parameter_wire.h"
#include "registrar_names.h"
#include "wire.h"
#include "wire_constants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- numbers ---- */

static void fill_numbers(struct channel_numbers *numbers, uint32_t first, uint32_t count)
{
    numbers->first = first;
    numbers->left = count;
    for (uint32_t i = 0; i < count; i++)
        numbers->free[i] = first + count - 1u - i; /* the smallest is taken first */
}

void registrar_sessions_init(struct registrar_server *s)
{
    fill_numbers(&s->client_numbers, 0, REGISTRAR_CHANNELS_MAX);
    fill_numbers(&s->peer_numbers, ENRP_CHANNEL_FIRST, ENRP_CHANNELS_MAX);
}

static struct channel_numbers *numbers_of(struct registrar_server *s, bool of_peer)
{
    return of_peer ? &s->peer_numbers : &s->client_numbers;
}

static bool of_peer(const struct session *session)
{
    return session->number >= ENRP_CHANNEL_FIRST;
}

/* ---- from beginning to end ---- */

static struct session *new_session(struct registrar_server *s, bool with_peer, uint32_t reserved,
                                   const struct network_address *address)
{
    struct channel_numbers *numbers = numbers_of(s, with_peer);
    struct session *session = numbers->left > reserved ? calloc(1, sizeof *session) : NULL;

    if (session == NULL)
        return NULL;
    session->server = s;
    session->peer = ENRP_NO_PEER;
    session->proved = IDENTITY_ANONYMOUS;
    session->address = *address;
    session->number = numbers->free[--numbers->left];
    registrar_introduction_init(session);
    s->session[session->number] = session;
    s->sessions++;
    return session;
}

static void retain_keys(struct session *session)
{
    session->tls = session->server->security.tls;
    if (session->tls != NULL)
        secure_server_configuration_retain(session->tls);
}

struct session *registrar_session_for_peer(struct registrar_server *s, uint32_t peer,
                                           const struct network_address *address)
{
    struct session *session = new_session(s, true, 0, address);

    if (session == NULL)
        return NULL;
    session->peer = peer;
    session->server_identifier = s->group->peers.peer[peer].server_identifier;
    session->greeted = true;
    retain_keys(session);
    return session;
}

static void greet(struct session *session)
{
    if (!session->greeted)
        visitor_gate_handshake_over(session->entrance->gate, &session->address);
    session->greeted = true;
}

/* The handshake is over: nobody asks any more by which keys it was made. */
static void forget_keys(struct session *session)
{
    secure_server_configuration_release(session->tls);
    session->tls = NULL;
}

/* Takes back the session and its number. */
void registrar_session_give_back(struct session *session)
{
    struct registrar_server *s = session->server;
    struct channel_numbers *numbers = numbers_of(s, of_peer(session));

    forget_keys(session);
    registrar_introduction_end(session);
    s->session[session->number] = NULL;
    numbers->free[numbers->left++] = session->number;
    s->sessions--;
    free(session);
}

static void release_session(struct session *session)
{
    struct registrar_server *s = session->server;

    greet(session);
    if (session->entrance != NULL)
        visitor_gate_left(session->entrance->gate, &session->address);
    registrar_session_give_back(session);
    registrar_server_look_at_drain(s);
}

/* ---- who it is ---- */

/* Whom a key stands for, as long as it is not replaced. NULL, or why the channel cannot stay: its handshake began
 * before a reload that took the identity away, or gave it another key. */
static const char *find_proved(struct session *session, const char *name)
{
    struct registrar_server *s = session->server;
    const uint8_t *bytes = (const uint8_t *)name;
    uint32_t length = (uint32_t)strlen(name);

    session->proved = access_find_identity(s->rules, bytes, length);
    if (session->proved == IDENTITY_ANONYMOUS)
        return "identity-gone";
    return key_rotation_of(session->tls, s->security.tls, bytes, length) ? "key-replaced" : NULL;
}

/* The other side of a connection that we opened knows the key of our own identity: it is the peer we meant. */
static const char *identify_server(struct session *session, struct principal *principal)
{
    const char *reason = find_proved(session, session->server->configuration.identity);

    principal->identity = registrar_dial_identity(session);
    if (reason == NULL && principal->identity == IDENTITY_ANONYMOUS)
        return "identity-gone";
    return reason;
}

/* Who is on the channel. NULL, or why it cannot stay. */
static const char *identify(struct session *session, struct principal *principal)
{
    const struct secure_channel *secure = channel_secure(session->channel);
    char name[SECURE_IDENTITY_MAX + 1];

    principal->address = network_address_ip(&session->address);
    principal->roles = of_peer(session) ? ROLE_REGISTRAR : ROLES_ALL - ROLE_REGISTRAR;
    principal->identity = 0; /* plain text: the one identity of its rules */
    principal->shared = secure == NULL ? 1 : 0;
    if (secure == NULL)
        return NULL;
    if (session->entrance == NULL)
        return identify_server(session, principal);
    if (!secure_channel_peer(secure, name, sizeof name)) {
        principal->identity = IDENTITY_ANONYMOUS;
        principal->roles = of_peer(session) ? 0 : ROLE_POOL_USER;
        return secure_channel_is_psk(secure) ? "unknown-identity" : NULL;
    }
    const char *reason = find_proved(session, name);
    principal->identity = session->proved;
    return reason;
}

static json_t *about(struct session *session, const char *reason)
{
    char peer[NETWORK_ADDRESS_TEXT_MAX];
    char name[SECURE_IDENTITY_MAX + 1];

    secure_channel_peer(channel_secure(session->channel), name, sizeof name);
    network_address_text(&session->address, peer);
    return json_pack("{s:o,s:s,s:I,s:s}", "identity",
                     json_bytes((const uint8_t *)name, strlen(name)), "peer", peer, "channel",
                     (json_int_t)session->number, "reason", reason);
}

void registrar_session_close_for(struct session *session, const char *reason)
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

    network_address_text(&session->address, peer);
    if (secure != NULL)
        snprintf(suite, sizeof suite, "0x%04x", secure_channel_suite(secure));
    log_event(LEVEL_INFO, "channel.opened",
              json_pack("{s:I,s:s,s:s,s:o,s:s}", "channel", (json_int_t)session->number, "kind",
                        of_peer(session) ? "enrp" : "asap", "peer", peer, "identity",
                        audit_trail_identity(session->server->rules, principal->identity), "suite",
                        suite));
}

/* ---- what a channel reports ---- */

/* A registrar that is not ready has nobody to serve: whoever comes hunts on to another one. */
static bool turned_down(struct session *session)
{
    if (of_peer(session) || enrp_serving(session->server->group))
        return false;
    channel_close(session->channel);
    return true;
}

/* It is known who is there, as far as it will be: the core takes it from here. */
static void hand_over(struct session *session)
{
    struct registrar_event event = {
        .kind = EVENT_CHANNEL_OPENED, .channel = session->number, .server = session->peer};
    const char *reason = identify(session, &event.principal);
    if (reason != NULL) {
        registrar_session_close_for(session, reason);
        return;
    }
    forget_keys(session);
    log_opened(session, &event.principal);
    session->opened = true;
    session->peer = ENRP_NO_PEER;
    registrar_server_give(session->server, &event, NULL);
}

static void on_opened(void *user, struct channel *channel)
{
    struct session *session = user;
    (void)channel;

    greet(session);
    if (turned_down(session) || registrar_introduction_begin(session))
        return;
    hand_over(session);
}

static void on_message(void *user, struct channel *channel, const uint8_t *bytes, uint32_t length)
{
    struct session *session = user;
    struct registrar_event event = {
        .kind = EVENT_MESSAGE, .channel = session->number, .length = length};
    (void)channel;

    if (session->introducing && registrar_introduction_take(session, bytes, length))
        hand_over(session);
    if (session->opened)
        registrar_server_give(session->server, &event, bytes);
}

/* A client without TLS gets an error it can read (RFC 5352, 9.3; RFC 5354, 3.12, cause 0xa). */
static void answer_plain_text(const struct session *session, struct channel *channel)
{
    uint8_t message[64];
    uint32_t position = 0;

    if (of_peer(session))
        return; /* ENRP_ERROR would have to say who is meant, and nobody has said who he is */
    position = wire_begin_message(message, sizeof message, ASAP_ERROR, 0);

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

    network_address_text(&session->address, peer);
    log_event(normal ? LEVEL_INFO : LEVEL_WARNING, "channel.ended",
              json_pack("{s:I,s:s,s:s,s:s}", "channel", (json_int_t)session->number, "peer", peer,
                        "why", channel_end_name(why), "detail", detail));
    if (why == CHANNEL_END_HANDSHAKE || why == CHANNEL_END_PLAINTEXT)
        log_audit("authentication-failed", json_pack("{s:s,s:s}", "peer", peer, "detail", detail));
    if (why == CHANNEL_END_BAD_FRAME || why == CHANNEL_END_SLOW_READER)
        log_audit("peer-dropped", json_pack("{s:s,s:s}", "peer", peer, "detail", detail));
}

static void report_end(struct session *session)
{
    struct registrar_event event = {.kind = EVENT_CHANNEL_CLOSED, .channel = session->number};

    if (session->opened)
        registrar_server_give(session->server, &event, NULL);
    else if (session->peer != ENRP_NO_PEER)
        registrar_dial_ended(session->server, session->peer);
}

static void on_ended(void *user, struct channel *channel, enum channel_end why, const char *detail)
{
    struct session *session = user;

    session->ending = true;
    log_ended(session, why, detail);
    if (why == CHANNEL_END_PLAINTEXT)
        answer_plain_text(session, channel);
    report_end(session);
    release_session(session);
}

const struct channel_user registrar_session_callbacks = {on_opened, on_message, on_ended};

void registrar_sessions_drop(struct registrar_server *s)
{
    for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
        struct session *session = s->session[i];
        if (session == NULL)
            continue;
        session->opened = false;
        session->peer = ENRP_NO_PEER;
        if (!session->ending)
            channel_drop(session->channel);
    }
}

/* ---- the entrance ---- */

struct channel_limits registrar_session_limits(const struct registrar_server *s, bool with_peer,
                                               uint64_t establish_ms)
{
    const struct configuration *c = &s->configuration;
    struct channel_limits limits = {.establish_ms = establish_ms,
                                    .idle_ms = c->idle_time_ms,
                                    .stall_ms = c->stall_time_ms,
                                    .output_max = c->output_max,
                                    .congestion = CONGESTION_BYTES};

    if (!with_peer)
        return limits;
    /* Silence is the core's to judge; whoever never says who he is does not stay for ever. */
    limits.idle_ms = (uint64_t)3 * c->enrp.heartbeat_cycle + c->enrp.max_time_last_heard;
    limits.output_max = PEER_OUTPUT_BYTES;
    limits.congestion = PEER_OUTPUT_BYTES;
    return limits;
}

static void turn_away(const struct entrance *entrance, int fd,
                      const struct network_address *address, const char *why)
{
    char text[NETWORK_ADDRESS_TEXT_MAX];

    network_address_text(address, text);
    log_event(LEVEL_WARNING, "channel.refused",
              json_pack("{s:s,s:s}", "peer", text, "reason", why));
    if (fd >= 0)
        close(fd);
    visitor_gate_handshake_over(entrance->gate, address);
    visitor_gate_left(entrance->gate, address);
}

/* False when memory or entropy is short. */
static bool begin_handshake(struct session *session, struct secure_channel **secure)
{
    retain_keys(session);
    *secure = NULL;
    if (session->tls != NULL)
        *secure = of_peer(session) ? secure_channel_new_key_server(session->tls)
                                   : secure_channel_new_server(session->tls);
    return session->tls == NULL || *secure != NULL;
}

void registrar_sessions_admit(void *user, int fd, const struct network_address *address,
                              uint64_t time_left)
{
    struct entrance *entrance = user;
    struct registrar_server *s = entrance->server;
    struct channel_limits limits = registrar_session_limits(s, entrance->of_peers, time_left);
    struct secure_channel *secure = NULL;

    if (!entrance->of_peers && !enrp_serving(s->group)) {
        turn_away(entrance, fd, address, "not ready: the group is asked first");
        return;
    }
    struct session *session =
        new_session(s, entrance->of_peers, entrance->of_peers ? ENRP_PEERS_MAX : 0, address);
    if (session == NULL) {
        turn_away(entrance, fd, address, "no memory, or too many connections");
        return;
    }
    session->entrance = entrance;
    if (!begin_handshake(session, &secure)) {
        registrar_session_give_back(session);
        turn_away(entrance, fd, address, "no memory or entropy");
        return;
    }
    session->channel =
        channel_new(s->loop, fd, false, secure, &limits, &registrar_session_callbacks, session);
    if (session->channel == NULL) {
        registrar_session_give_back(session);
        turn_away(entrance, -1, address, "no memory");
    }
}
