/* Connections from the registrar at work to other registrars: see registrar_server_parts.h. */
#include "registrar_server_parts.h"

#include "channel_connect.h"
#include "log.h"
#include "parameter_wire.h"
#include "wire.h"

#include <errno.h>
#include <string.h>

bool registrar_transport_address(const uint8_t *bytes, uint32_t length, struct network_address *out)
{
    struct wire_tlv tlv;
    struct wire_transport transport;
    struct wire_unrecognized unrecognized;
    struct wire_error error;
    struct ip_address ip;

    if (wire_tlv_read(bytes, length, 0, &tlv) != WIRE_TLV_OK ||
        tlv.type < PARAMETER_DCCP_TRANSPORT || tlv.type > PARAMETER_UDP_LITE_TRANSPORT ||
        !wire_transport_decode(bytes, length, &tlv, &transport, &unrecognized, &error))
        return false;
    struct wire_iterator it = {transport.addresses.offset,
                               transport.addresses.offset + transport.addresses.length};
    return wire_address_next(bytes, length, &it, &ip) &&
           network_address_from_ip(&ip, transport.port, out);
}

/* Where EFFECT_CONNECT leads: a configured peer, or one that is known by its transport. */
static bool find_address(struct registrar_server *s, const struct effect *effect,
                         struct network_address *out)
{
    if (effect->length > 0)
        return registrar_transport_address(s->effects.bytes + effect->offset, effect->length, out);
    if (effect->subject >= s->configuration.peer_count)
        return false;
    *out = s->configuration.peer[effect->subject].address;
    return true;
}

/* An attempt for a place that was given to another peer meanwhile is nobody's any more. */
static void forget_former(struct registrar_server *s, uint32_t peer)
{
    for (uint32_t i = ENRP_CHANNEL_FIRST; i < SESSIONS_MAX; i++) {
        struct session *session = s->session[i];
        if (session == NULL || session->peer != peer)
            continue;
        session->peer = ENRP_NO_PEER;
        channel_close(session->channel);
    }
    registrar_discovery_forget(s, peer);
}

static bool open_session(struct registrar_server *s, uint32_t peer,
                         const struct network_address *address)
{
    struct channel_target target = {.address = address, .tls = s->security.dial};
    struct channel_limits limits =
        registrar_session_limits(s, true, s->configuration.handshake_time_ms);
    struct session *session = registrar_session_for_peer(s, peer, address);

    errno = ENOBUFS;
    if (session == NULL)
        return false;
    session->channel =
        channel_connect(s->loop, &target, &limits, &registrar_session_callbacks, session);
    if (session->channel != NULL)
        return true;
    int error = errno;
    registrar_session_give_back(session);
    errno = error;
    return false;
}

static void log_failure(const struct network_address *address, const char *what)
{
    char text[NETWORK_ADDRESS_TEXT_MAX] = "";

    if (address->length > 0)
        network_address_text(address, text);
    log_event(LEVEL_WARNING, "peer.unreachable",
              json_pack("{s:s,s:s}", "peer", text, "detail", what));
}

bool registrar_dial_address(struct registrar_server *s, uint32_t peer,
                            const struct network_address *address)
{
    bool begun = open_session(s, peer, address);

    if (!begun)
        log_failure(address, strerror(errno));
    return begun;
}

/* Whether something has begun that will come to an end. */
static bool begin(struct registrar_server *s, const struct effect *effect)
{
    struct network_address address = {.length = 0};
    enum place_kind kind = registrar_place_kind(s, effect->subject);

    if (kind != PLACE_ADDRESS && kind != PLACE_LEARNED)
        return registrar_discovery_begin(s, effect->subject);
    if (find_address(s, effect, &address))
        return registrar_dial_address(s, effect->subject, &address);
    log_failure(&address, "no address to connect to");
    return false;
}

void registrar_dial(struct registrar_server *s, const struct effect *effect)
{
    uint32_t peer = effect->subject;

    if (peer >= ENRP_PEERS_MAX)
        return;
    s->dial_failed[peer] = true;
    if (s->draining || (s->security.tls != NULL && s->security.dial == NULL))
        return;
    forget_former(s, peer);
    s->dial_failed[peer] = !begin(s, effect);
}

void registrar_dial_failed(struct registrar_server *s, uint32_t peer)
{
    struct registrar_event event = {
        .kind = EVENT_CONNECT_FAILED, .channel = REGISTRAR_NO_CHANNEL, .server = peer};

    registrar_server_give(s, &event, NULL);
}

void registrar_dial_ended(struct registrar_server *s, uint32_t peer)
{
    if (!registrar_discovery_next(s, peer))
        registrar_dial_failed(s, peer);
}

void registrar_dial_report(struct registrar_server *s)
{
    for (uint32_t peer = 0; peer < ENRP_PEERS_MAX; peer++) {
        if (!s->dial_failed[peer])
            continue;
        s->dial_failed[peer] = false;
        registrar_dial_failed(s, peer);
    }
}

/* Whose identifier it is that a peer is known by. */
static uint32_t holder_of(const struct access_rules *rules, uint32_t server_identifier)
{
    for (uint32_t i = 0; server_identifier != 0 && i < ACCESS_IDENTITIES_MAX; i++)
        if (access_may_use_server(rules, i, server_identifier))
            return i;
    return IDENTITY_ANONYMOUS;
}

uint32_t registrar_dial_identity(const struct session *session)
{
    const struct registrar_server *s = session->server;

    if (session->peer >= s->configuration.peer_count)
        return holder_of(s->rules, session->server_identifier);
    const char *name = s->configuration.peer[session->peer].identity;
    return access_find_identity(s->rules, (const uint8_t *)name, (uint32_t)strlen(name));
}
