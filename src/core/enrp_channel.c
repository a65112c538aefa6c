/* Channels between registrars (enrp_channel.h). */
#include "enrp_channel.h"

#include "enrp_presence.h"
#include "enrp_tell.h"
#include "registrar_books.h"

bool enrp_is_channel(uint32_t channel)
{
    return channel >= ENRP_CHANNEL_FIRST && channel < ENRP_CHANNEL_FIRST + ENRP_CHANNELS_MAX;
}

/* Have the shell close a channel. */
static void send_close(struct enrp_group *g, uint32_t channel, uint16_t reason, struct effects *out)
{
    struct effect close = {0};

    close.kind = (uint8_t)EFFECT_CLOSE;
    close.code = reason;
    close.cause = WIRE_NO_CAUSE;
    close.channel = channel;
    close.identity = g->channel[channel - ENRP_CHANNEL_FIRST].principal.identity;
    enrp_sent(g, effects_append(out, &close));
}

void enrp_open_channel(struct enrp_group *g, const struct handlespace *h,
                       const struct access_rules *rules, const struct registrar_event *event,
                       struct effects *out)
{
    struct enrp_channel *c = &g->channel[event->channel - ENRP_CHANNEL_FIRST];
    const bool ours = event->server < ENRP_PEERS_MAX;

    if (ours) {
        g->peers.peer[event->server].dialling = 0u;
        g->peers.peer[event->server].dial_failed = 0u;
    }
    if (c->open != 0u) {
        enrp_close_channel(g, event->channel, CLOSE_CHANNEL_IN_USE, event->now, out);
        return;
    }
    c->principal = event->principal;
    if (!access_has_role(rules, &event->principal, ROLE_REGISTRAR)) {
        registrar_count(&g->counters.channels_refused);
        enrp_audit(g, event->channel, AUDIT_PEER_REFUSED, 0u, out);
        send_close(g, event->channel, CLOSE_NOT_A_REGISTRAR, out);
        return;
    }
    registrar_count(&g->counters.channels_opened);
    c->open = 1u;
    c->ours = ours ? 1u : 0u;
    c->place = event->server;
    c->malformed = 0u;
    c->server_identifier = 0u;
    c->opened = event->now;
    if (ours) {
        enrp_greet(g, h, event->channel, g->peers.peer[event->server].server_identifier, out);
    }
}

/* Peers that send on this channel have none any more, and until `deadline` to be heard on another. */
static void orphan_peer(struct enrp_group *g, uint32_t peer, uint64_t now)
{
    struct enrp_peer *p = &g->peers.peer[peer];

    p->channel = ENRP_NO_CHANNEL;
    p->table.active = 0u;
    p->dial_after = now;
    if (p->state == (uint8_t)ENRP_PEER_ACTIVE) {
        p->state = (uint8_t)ENRP_PEER_ASKED;
        p->deadline = now + g->configuration.max_time_no_response;
    }
}

void enrp_lose_channel(struct enrp_group *g, uint32_t channel, uint64_t now)
{
    const uint32_t peer = enrp_peers_of_channel(&g->peers, channel);

    g->channel[channel - ENRP_CHANNEL_FIRST].open = 0u;
    if (peer != ENRP_NO_PEER) {
        orphan_peer(g, peer, now);
    }
}

void enrp_close_channel(struct enrp_group *g, uint32_t channel, uint16_t reason, uint64_t now,
                        struct effects *out)
{
    send_close(g, channel, reason, out);
    enrp_lose_channel(g, channel, now);
}

/* The configured place that a channel of ours was opened to, ENRP_NO_PEER for others. */
static uint32_t configured_place(const struct enrp_group *g, const struct enrp_channel *c)
{
    return c->ours != 0u && c->place < ENRP_PEERS_MAX && g->peers.peer[c->place].configured != 0u
               ? c->place
               : ENRP_NO_PEER;
}

/* Whether the peer at the other end may use this server identifier: it is not ours, neither the channel nor the
 * configuration has another, and it is granted to the identity. */
static bool may_use(const struct enrp_group *g, const struct access_rules *rules,
                    const struct enrp_channel *c, uint32_t server_identifier)
{
    const uint32_t place = configured_place(g, c);

    if (server_identifier == 0u || server_identifier == g->own_server) {
        return false;
    }
    if (c->server_identifier != 0u && c->server_identifier != server_identifier) {
        return false;
    }
    if (place != ENRP_NO_PEER && g->peers.peer[place].server_identifier != 0u &&
        g->peers.peer[place].server_identifier != server_identifier) {
        return false;
    }
    return g->configuration.identities_bound == 0u ||
           access_may_use_server(rules, c->principal.identity, server_identifier);
}

/* Which of two channels to a peer stays: of two that the same end opened the later one, because it gave the other up, and
 * likewise when the earlier one is not new: who opens another has lost it. Of two that both ends opened at a time that of
 * the registrar with the lower identifier, so that both choose the same. */
static bool replaces(const struct enrp_group *g, uint32_t later, uint32_t earlier,
                     uint32_t server_identifier, uint64_t now)
{
    const struct enrp_channel *l = &g->channel[later - ENRP_CHANNEL_FIRST];
    const struct enrp_channel *e = &g->channel[earlier - ENRP_CHANNEL_FIRST];

    if (l->ours == e->ours || now > e->opened + g->configuration.max_time_no_response) {
        return true;
    }
    return (l->ours != 0u) == (g->own_server < server_identifier);
}

/* Settle which channel the peer has, now that it spoke on `channel`. One that does not stay is greeted first: whoever
 * opened it may know by our answer only who we are. */
static void attach(struct enrp_group *g, const struct handlespace *h, uint32_t peer,
                   uint32_t channel, uint64_t now, struct effects *out)
{
    struct enrp_peer *p = &g->peers.peer[peer];
    const uint32_t earlier = p->channel;

    if (earlier == channel) {
        return;
    }
    if (earlier == ENRP_NO_CHANNEL) {
        p->channel = channel;
    } else if (replaces(g, channel, earlier, p->server_identifier, now)) {
        p->channel = channel;
        p->table.active = 0u;
        enrp_close_channel(g, earlier, CLOSE_PEER_HAS_ANOTHER, now, out);
    } else {
        if (g->channel[channel - ENRP_CHANNEL_FIRST].ours == 0u) {
            enrp_greet(g, h, channel, p->server_identifier, out);
        }
        enrp_close_channel(g, channel, CLOSE_PEER_HAS_ANOTHER, now, out);
    }
}

/* A configured peer whose server identifier was not known has said it. What it may have said before on a channel of its
 * own moves to its place. */
static void name_configured(struct enrp_group *g, uint32_t place, uint32_t server_identifier)
{
    const uint32_t known = enrp_peers_find(&g->peers, server_identifier);

    if (known == ENRP_NO_PEER) {
        g->peers.peer[place].server_identifier = server_identifier;
    } else if (g->peers.peer[known].configured == 0u) {
        g->peers.peer[place] = g->peers.peer[known];
        g->peers.peer[place].configured = 1u;
        /* The attempt that led here is over; one by the other place ends there. */
        g->peers.peer[place].dialling = 0u;
        enrp_peers_remove(&g->peers, known, 0u);
    } else {
        /* Two configured addresses of one registrar: one is enough. */
        g->peers.peer[place].dial_after = REGISTRAR_NEVER;
    }
}

/* The place of the peer: where it is in the list, the configured one that we dialled, or a new one. */
static uint32_t place_for(struct enrp_group *g, const struct enrp_channel *c,
                          uint32_t server_identifier)
{
    const uint32_t place = configured_place(g, c);
    uint32_t known;

    if (place != ENRP_NO_PEER && g->peers.peer[place].server_identifier == 0u) {
        name_configured(g, place, server_identifier);
    }
    known = enrp_peers_find(&g->peers, server_identifier);
    return known != ENRP_NO_PEER ? known : enrp_peers_add(&g->peers, server_identifier);
}

uint32_t enrp_bind_channel(struct enrp_group *g, const struct handlespace *h,
                           const struct access_rules *rules, uint32_t channel,
                           uint32_t server_identifier, uint64_t now, struct effects *out)
{
    struct enrp_channel *c = &g->channel[channel - ENRP_CHANNEL_FIRST];
    uint32_t peer;

    if (!may_use(g, rules, c, server_identifier)) {
        registrar_count(&g->counters.refused);
        enrp_audit(g, channel, AUDIT_PEER_REFUSED, server_identifier, out);
        enrp_close_channel(g, channel, CLOSE_WRONG_SERVER_IDENTIFIER, now, out);
        return ENRP_NO_PEER;
    }
    peer = place_for(g, c, server_identifier);
    if (peer == ENRP_NO_PEER) {
        registrar_count(&g->counters.channels_refused);
        return ENRP_NO_PEER;
    }
    c->server_identifier = server_identifier;
    attach(g, h, peer, channel, now, out);
    return peer;
}

void enrp_check_channels(struct enrp_group *g, const struct access_rules *rules, uint64_t now,
                         struct effects *out)
{
    for (uint32_t i = 0u; i < ENRP_CHANNELS_MAX; i++) {
        const struct enrp_channel *c = &g->channel[i];

        if (c->open != 0u && !access_has_role(rules, &c->principal, ROLE_REGISTRAR) &&
            out->count < EFFECTS_MAX) {
            enrp_close_channel(g, ENRP_CHANNEL_FIRST + i, CLOSE_IDENTITY_GONE, now, out);
        }
    }
}

/* Whether nobody has said in time who is at the other end. */
static bool is_stranger(const struct enrp_group *g, const struct enrp_channel *c, uint64_t now)
{
    return c->open != 0u && c->server_identifier == 0u && now > c->opened &&
           now - c->opened > g->configuration.max_time_no_response;
}

void enrp_close_strangers(struct enrp_group *g, uint64_t now, struct effects *out)
{
    for (uint32_t i = 0u; i < ENRP_CHANNELS_MAX && enrp_room(out, 1024u); i++) {
        if (is_stranger(g, &g->channel[i], now)) {
            enrp_close_channel(g, ENRP_CHANNEL_FIRST + i, CLOSE_NO_PRESENCE, now, out);
        }
    }
}
