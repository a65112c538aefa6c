/* Who is at the other end of a connection to a registrar that was found: see registrar_server_parts.h.
 *
 * Of a configured peer, and of one that a peer told of, it is known beforehand by whose rights it is judged. Of one
 * that DNS or an announcement told of nothing is known. Its handshake proves that it belongs to the group, and no
 * more; so it is asked first: by an ENRP_PRESENCE that wants a reply (RFC 5353, 3.4.1). The sender of what it
 * answers names the line of the key file by which the core then judges this very answer, and all that follow.
 */
#include "registrar_server_parts.h"

#include "enrp_send.h"
#include "enrp_wire.h"
#include "log.h"

#include <string.h>

/* ---- ourselves ---- */

/* A service lists ourselves, too. Both ends of such a connection are in this process. */
static bool leads_to_ourselves(const struct session *session)
{
    const struct registrar_server *s = session->server;
    struct network_address local;

    if (!channel_local(session->channel, &local))
        return false;
    struct ip_address ip = network_address_ip(&local);
    for (uint32_t i = ENRP_CHANNEL_FIRST; i < SESSIONS_MAX; i++) {
        const struct session *other = s->session[i];
        if (other == NULL || other->entrance == NULL ||
            network_address_port(&other->address) != network_address_port(&local))
            continue;
        struct ip_address theirs = network_address_ip(&other->address);
        if (theirs.size == ip.size && memcmp(theirs.bytes, ip.bytes, sizeof ip.bytes) == 0)
            return true;
    }
    return false;
}

/* ---- others ---- */

/* Nothing is wrong with it, but it is of no use for this place: the next candidate is tried. */
static void turn_from(struct session *session, const char *reason)
{
    char text[NETWORK_ADDRESS_TEXT_MAX];

    network_address_text(&session->address, text);
    log_event(LEVEL_INFO, "discovery.passed-over",
              json_pack("{s:s,s:s}", "peer", text, "reason", reason));
    channel_close(session->channel);
}

/* Why a registrar that is well known is not for this place; NULL: it is. A place stays with the one that it has, and a
 * registrar with the place that it has. */
static const char *reason_against(const struct session *session, uint32_t server_identifier)
{
    const struct registrar_server *s = session->server;
    const struct enrp_peers *peers = &s->group->peers;
    uint32_t known = enrp_peers_find(peers, server_identifier);
    uint32_t expected = peers->peer[session->peer].server_identifier;

    if (server_identifier == s->group->own_server)
        return "ourselves";
    if (expected != 0 && expected != server_identifier)
        return "another than before";
    if (known == ENRP_NO_PEER || known == session->peer || peers->peer[known].configured == 0)
        return NULL;
    return peers->peer[known].channel != ENRP_NO_CHANNEL || registrar_place_discovered(s, known)
               ? "known already"
               : NULL;
}

bool registrar_introduction_begin(struct session *session)
{
    struct registrar_server *s = session->server;
    const struct enrp_configuration *c = &s->configuration.enrp;
    const struct enrp_server us = {s->group->own_server, c->transport, c->transport_length};
    const struct enrp_address to = {session->number, s->group->own_server, 0};

    if (session->entrance != NULL || !registrar_place_discovered(s, session->peer))
        return false;
    session->introducing = true;
    if (leads_to_ourselves(session)) {
        registrar_discovery_ourselves(s, &session->address);
        turn_from(session, "ourselves");
        return true;
    }
    effects_clear(&s->effects); /* between two steps: nobody has it */
    if (enrp_send_presence(&s->effects, &to, true, handlespace_checksum(&s->registrar->handlespace),
                           &us))
        channel_send(session->channel, s->effects.bytes + s->effects.effect[0].offset,
                     s->effects.effect[0].length);
    ev_timer_set(&session->patience, (double)c->max_time_no_response / 1000.0, 0.0);
    ev_timer_start(s->loop, &session->patience);
    return true;
}

static void on_silent(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    registrar_session_close_for(timer->data, "no-presence");
}

void registrar_introduction_init(struct session *session)
{
    ev_timer_init(&session->patience, on_silent, 0.0, 0.0);
    session->patience.data = session;
}

void registrar_introduction_end(struct session *session)
{
    session->introducing = false;
    ev_timer_stop(session->server->loop, &session->patience);
}

bool registrar_introduction_take(struct session *session, const uint8_t *bytes, uint32_t length)
{
    struct enrp_message m;
    struct wire_error error;

    if (!ev_is_active(&session->patience))
        return false; /* being closed */
    ev_timer_stop(session->server->loop, &session->patience);
    if (!enrp_decode(bytes, length, &m, &error) || m.sending_server_identifier == 0) {
        registrar_session_close_for(session, "no-presence");
        return false;
    }
    const char *reason = reason_against(session, m.sending_server_identifier);
    if (reason != NULL) {
        turn_from(session, reason);
        return false;
    }
    session->server_identifier = m.sending_server_identifier;
    registrar_introduction_end(session);
    return true;
}
