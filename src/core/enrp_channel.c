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
/*@ ENRP_REQUIRES_GROUP
    requires channel: enrp_channel_number(channel);
    terminates \true;
    exits \false;
    assigns g->counters.effects_dropped, out->count, out->effect[0 .. EFFECTS_MAX - 1];
    ENRP_ENSURES_GROUP
    ensures fuller: out->count >= \old(out->count);
*/
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

/* The attempt to connect to the peer came to a channel. */
/*@ requires group: \valid(g) && valid_group(g);
    requires peer: peer < ENRP_PEERS_MAX;
    terminates \true;
    exits \false;
    assigns g->peers.peer[peer].dialling, g->peers.peer[peer].dial_failed;
    ensures group: valid_group(g);
*/
static void end_dialling(struct enrp_group *g, uint32_t peer)
{
    g->peers.peer[peer].dialling = 0u;
    g->peers.peer[peer].dial_failed = 0u;
}

/* Whose the channel is. */
/*@ requires group: \valid(g) && valid_group(g);
    requires event: \valid_read(event) && enrp_channel_number(event->channel);
    requires apart: \separated(g, event);
    terminates \true;
    exits \false;
    assigns g->channel[event->channel - ENRP_CHANNEL_FIRST].principal;
    ensures group: valid_group(g);
*/
static void keep_principal(struct enrp_group *g, const struct registrar_event *event)
{
    g->channel[event->channel - ENRP_CHANNEL_FIRST].principal = event->principal;
}

/* The channel is accepted, and nothing was said on it yet. */
/*@ requires group: \valid(g) && valid_group(g);
    requires event: \valid_read(event) && enrp_channel_number(event->channel);
    requires apart: \separated(g, event);
    terminates \true;
    exits \false;
    assigns g->channel[event->channel - ENRP_CHANNEL_FIRST];
    ensures group: valid_group(g);
*/
static void begin_channel(struct enrp_group *g, const struct registrar_event *event)
{
    struct enrp_channel *c = &g->channel[event->channel - ENRP_CHANNEL_FIRST];

    c->open = 1u;
    c->ours = event->server < ENRP_PEERS_MAX ? 1u : 0u;
    c->place = event->server;
    c->malformed = 0u;
    c->server_identifier = 0u;
    c->opened = event->now;
}

void enrp_open_channel(struct enrp_group *g, const struct handlespace *h,
                       const struct access_rules *rules, const struct registrar_event *event,
                       struct effects *out)
{
    const bool accepted = access_has_role(rules, &event->principal, ROLE_REGISTRAR);
    const uint32_t channel = event->channel;
    const uint32_t server = event->server;

    if (server < ENRP_PEERS_MAX) {
        end_dialling(g, server);
    }
    if (g->channel[channel - ENRP_CHANNEL_FIRST].open != 0u) {
        enrp_close_channel(g, channel, CLOSE_CHANNEL_IN_USE, event->now, out);
        return;
    }
    keep_principal(g, event);
    //@ assert untouched: valid_handlespace(h);
    if (!accepted) {
        registrar_count(&g->counters.channels_refused);
        enrp_audit(g, channel, AUDIT_PEER_REFUSED, 0u, out);
        send_close(g, channel, CLOSE_NOT_A_REGISTRAR, out);
        return;
    }
    registrar_count(&g->counters.channels_opened);
    begin_channel(g, event);
    //@ assert still_untouched: valid_handlespace(h);
    if (server < ENRP_PEERS_MAX) {
        enrp_greet(g, h, channel, g->peers.peer[server].server_identifier, out);
    }
}

/* Peers that send on this channel have none any more, and until `deadline` to be heard on another. */
/*@ requires group: \valid(g) && valid_group(g);
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns g->peers.peer[peer].channel, g->peers.peer[peer].table.active, g->peers.peer[peer].dial_after,
            g->peers.peer[peer].state, g->peers.peer[peer].deadline;
    ensures group: valid_group(g);
    ensures silent: g->peers.peer[peer].channel == ENRP_NO_CHANNEL;
    ensures asked: g->peers.peer[peer].state != ENRP_PEER_ACTIVE;
*/
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
    //@ assert closed: valid_group(g);
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
/*@ requires group: \valid_read(g);
    requires channel: \valid_read(c);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures place: \result == ENRP_NO_PEER || \result < ENRP_PEERS_MAX;
*/
static uint32_t configured_place(const struct enrp_group *g, const struct enrp_channel *c)
{
    return c->ours != 0u && c->place < ENRP_PEERS_MAX && g->peers.peer[c->place].configured != 0u
               ? c->place
               : ENRP_NO_PEER;
}

/* Whether the peer at the other end may use this server identifier: it is not ours, neither the channel nor the
 * configuration has another, and it is granted to the identity. */
/*@ requires group: \valid_read(g);
    requires rules: \valid_read(rules);
    requires channel: \valid_read(c);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures another: \result ==> server_identifier != 0 && server_identifier != g->own_server;
    ensures same: \result ==> c->server_identifier == 0 || c->server_identifier == server_identifier;
    ensures may: \result ==>
      g->configuration.identities_bound == 0 || ACCESS_SERVER_GRANTED(rules, c->principal.identity, server_identifier);
*/
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
/*@ requires group: \valid_read(g);
    requires later: enrp_channel_number(later);
    requires earlier: enrp_channel_number(earlier);
    terminates \true;
    exits \false;
    assigns \nothing;
*/
static bool replaces(const struct enrp_group *g, uint32_t later, uint32_t earlier,
                     uint32_t server_identifier, uint64_t now)
{
    const struct enrp_channel *l = &g->channel[later - ENRP_CHANNEL_FIRST];
    const struct enrp_channel *e = &g->channel[earlier - ENRP_CHANNEL_FIRST];

    if (l->ours == e->ours ||
        (now > e->opened && now - e->opened > g->configuration.max_time_no_response)) {
        return true;
    }
    return (l->ours != 0u) == (g->own_server < server_identifier);
}

/* The peer has another channel than before. What it was sent of our table on the earlier one ends with that. */
/*@ requires group: \valid(g) && valid_group(g);
    requires peer: peer < ENRP_PEERS_MAX;
    terminates \true;
    exits \false;
    assigns g->peers.peer[peer].channel, g->peers.peer[peer].table.active;
    ensures group: valid_group(g);
    ensures names: enrp_names_kept{Pre, Post}(g);
*/
static void change_channel(struct enrp_group *g, uint32_t peer, uint32_t channel)
{
    g->peers.peer[peer].channel = channel;
    g->peers.peer[peer].table.active = 0u;
}

/* The peer that had no channel has this one. */
/*@ requires group: \valid(g) && valid_group(g);
    requires peer: peer < ENRP_PEERS_MAX;
    terminates \true;
    exits \false;
    assigns g->peers.peer[peer].channel;
    ensures group: valid_group(g);
    ensures names: enrp_names_kept{Pre, Post}(g);
*/
static void set_channel(struct enrp_group *g, uint32_t peer, uint32_t channel)
{
    g->peers.peer[peer].channel = channel;
}

/* The peer has a channel that replaces the earlier one. */
/*@ ENRP_REQUIRES_GROUP
    requires peer: peer < ENRP_PEERS_MAX;
    requires earlier: enrp_channel_number(earlier);
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns g->counters.effects_dropped, g->channel[earlier - ENRP_CHANNEL_FIRST].open,
            g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
    ensures names: enrp_names_kept{Pre, Post}(g);
*/
static void replace_channel(struct enrp_group *g, uint32_t peer, uint32_t channel, uint32_t earlier,
                            uint64_t now, struct effects *out)
{
    change_channel(g, peer, channel);
    enrp_close_channel(g, earlier, CLOSE_PEER_HAS_ANOTHER, now, out);
}

/* The peer keeps the channel it had. The later one is greeted before it is closed: whoever opened it may know by our answer
 * only who we are. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires peer: peer < ENRP_PEERS_MAX;
    requires channel: enrp_channel_number(channel);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, h, out);
    terminates \true;
    assigns g->counters, g->channel[channel - ENRP_CHANNEL_FIRST].open, g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
    ensures names: enrp_names_kept{Pre, Post}(g);
    ensures closed: g->channel[channel - ENRP_CHANNEL_FIRST].open == 0;
*/
static void keep_channel(struct enrp_group *g, const struct handlespace *h, uint32_t peer,
                         uint32_t channel, uint64_t now, struct effects *out)
{
    if (g->channel[channel - ENRP_CHANNEL_FIRST].ours == 0u) {
        enrp_greet(g, h, channel, g->peers.peer[peer].server_identifier, out);
    }
    enrp_close_channel(g, channel, CLOSE_PEER_HAS_ANOTHER, now, out);
}

/* Settle which channel the peer has, now that it spoke on `channel`. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires peer: peer < ENRP_PEERS_MAX;
    requires channel: enrp_channel_number(channel);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, h, out);
    terminates \true;
    assigns g->counters, g->channel[0 .. ENRP_CHANNELS_MAX - 1], g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
    ensures names: enrp_names_kept{Pre, Post}(g);
*/
static void attach(struct enrp_group *g, const struct handlespace *h, uint32_t peer,
                   uint32_t channel, uint64_t now, struct effects *out)
{
    const uint32_t earlier = g->peers.peer[peer].channel;

    if (earlier == channel) {
        return;
    }
    if (!enrp_is_channel(earlier)) {
        set_channel(g, peer, channel);
    } else if (replaces(g, channel, earlier, g->peers.peer[peer].server_identifier, now)) {
        replace_channel(g, peer, channel, earlier, now, out);
    } else {
        keep_channel(g, h, peer, channel, now, out);
    }
}

/* A place has what another has. */
/*@ requires peers: \valid(l);
    requires place: place < ENRP_PEERS_MAX;
    requires known: known < ENRP_PEERS_MAX;
    terminates \true;
    exits \false;
    assigns l->peer[place];
    ensures transport: l->peer[place].transport_length == \old(l->peer[known].transport_length);
    ensures heard: l->peer[place].last_heard == \old(l->peer[known].last_heard);
*/
static void copy_place(struct enrp_peers *l, uint32_t place, uint32_t known)
{
    l->peer[place] = l->peer[known];
}

/* What was known of a peer at one place is known of it at another, a configured one. The attempt to dial that led here is
 * over; one by the other place ends there. */
/*@ requires group: \valid(g) && valid_group(g);
    requires place: place < ENRP_PEERS_MAX;
    requires known: known < ENRP_PEERS_MAX;
    terminates \true;
    exits \false;
    assigns g->peers.peer[place];
    ensures group: valid_group(g);
*/
static void move_peer(struct enrp_group *g, uint32_t place, uint32_t known)
{
    copy_place(&g->peers, place, known);
    //@ assert moved: valid_group(g);
    g->peers.peer[place].configured = 1u;
    g->peers.peer[place].dialling = 0u;
}

/* A configured peer whose server identifier was not known has said it. What it may have said before on a channel of its
 * own moves to its place. */
/*@ requires group: \valid(g) && valid_group(g);
    requires place: place < ENRP_PEERS_MAX;
    terminates \true;
    exits \false;
    assigns g->peers.peer[0 .. ENRP_PEERS_MAX - 1];
    ensures group: valid_group(g);
*/
static void name_configured(struct enrp_group *g, uint32_t place, uint32_t server_identifier)
{
    const uint32_t known = enrp_peers_find(&g->peers, server_identifier);

    if (known == ENRP_NO_PEER) {
        g->peers.peer[place].server_identifier = server_identifier;
    } else if (g->peers.peer[known].configured == 0u) {
        move_peer(g, place, known);
        enrp_peers_remove(&g->peers, known, 0u);
    } else {
        /* Two configured addresses of one registrar: one is enough. */
        g->peers.peer[place].dial_after = REGISTRAR_NEVER;
    }
}

/* The place of the peer: where it is in the list, the configured one that we dialled, or a new one. */
/*@ requires group: \valid(g) && valid_group(g);
    requires channel: \valid_read(c);
    terminates \true;
    exits \false;
    assigns g->peers.peer[0 .. ENRP_PEERS_MAX - 1];
    ensures group: valid_group(g);
    ensures place: \result == ENRP_NO_PEER || \result < ENRP_PEERS_MAX;
    ensures whose: \result != ENRP_NO_PEER ==> g->peers.peer[\result].server_identifier == server_identifier;
*/
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

/* What is said on the channel comes from this registrar. */
/*@ requires group: \valid(g) && valid_group(g);
    requires channel: enrp_channel_number(channel);
    terminates \true;
    exits \false;
    assigns g->channel[channel - ENRP_CHANNEL_FIRST].server_identifier;
    ensures group: valid_group(g);
*/
static void name_channel(struct enrp_group *g, uint32_t channel, uint32_t server_identifier)
{
    g->channel[channel - ENRP_CHANNEL_FIRST].server_identifier = server_identifier;
}

uint32_t enrp_bind_channel(struct enrp_group *g, const struct handlespace *h,
                           const struct access_rules *rules, uint32_t channel,
                           uint32_t server_identifier, uint64_t now, struct effects *out)
{
    const struct enrp_channel *c = &g->channel[channel - ENRP_CHANNEL_FIRST];
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
    name_channel(g, channel, server_identifier);
    attach(g, h, peer, channel, now, out);
    return peer;
}

/* Close a channel of one that is no longer a registrar. */
/*@ ENRP_REQUIRES_GROUP
    requires rules: \valid_read(rules);
    requires channel: i < ENRP_CHANNELS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, rules, out);
    terminates \true;
    exits \false;
    assigns g->counters.effects_dropped, g->channel[i].open, g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
    ensures fuller: out->count >= \old(out->count);
    ensures peers_only: out->count < EFFECTS_MAX ==> enrp_channel_allowed(g, rules, i);
    ensures others: \forall integer c; 0 <= c < ENRP_CHANNELS_MAX && \old(enrp_channel_allowed(g, rules, c)) ==>
      enrp_channel_allowed(g, rules, c);
*/
static void check_channel(struct enrp_group *g, const struct access_rules *rules, uint32_t i,
                          uint64_t now, struct effects *out)
{
    const struct enrp_channel *c = &g->channel[i];

    if (c->open != 0u && !access_has_role(rules, &c->principal, ROLE_REGISTRAR) &&
        out->count < EFFECTS_MAX) {
        enrp_close_channel(g, ENRP_CHANNEL_FIRST + i, CLOSE_IDENTITY_GONE, now, out);
    }
}

void enrp_check_channels(struct enrp_group *g, const struct access_rules *rules, uint64_t now,
                         struct effects *out)
{
    /*@ loop invariant range: 0 <= i <= ENRP_CHANNELS_MAX;
        loop invariant group: valid_group(g);
        loop invariant list: valid_effects(out);
        loop invariant peers_only: out->count < EFFECTS_MAX ==>
          \forall integer c; 0 <= c < i ==> enrp_channel_allowed(g, rules, c);
        loop assigns i, g->counters.effects_dropped, g->channel[0 .. ENRP_CHANNELS_MAX - 1].open,
                     g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
        loop variant ENRP_CHANNELS_MAX - i;
    */
    for (uint32_t i = 0u; i < ENRP_CHANNELS_MAX; i++) {
        check_channel(g, rules, i, now, out);
    }
}

/* Whether nobody has said in time who is at the other end. */
/*@ requires group: \valid_read(g);
    requires channel: \valid_read(c);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures stranger: \result <==> c->open != 0 && c->server_identifier == 0 &&
      now > c->opened + g->configuration.max_time_no_response;
*/
static bool is_stranger(const struct enrp_group *g, const struct enrp_channel *c, uint64_t now)
{
    return c->open != 0u && c->server_identifier == 0u && now > c->opened &&
           now - c->opened > g->configuration.max_time_no_response;
}

void enrp_close_strangers(struct enrp_group *g, uint64_t now, struct effects *out)
{
    /*@ loop invariant range: 0 <= i <= ENRP_CHANNELS_MAX;
        loop invariant group: valid_group(g);
        loop invariant list: valid_effects(out);
        loop assigns i, g->counters.effects_dropped, g->channel[0 .. ENRP_CHANNELS_MAX - 1].open,
                     g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
        loop variant ENRP_CHANNELS_MAX - i;
    */
    for (uint32_t i = 0u; i < ENRP_CHANNELS_MAX && enrp_room(out, 1024u); i++) {
        if (is_stranger(g, &g->channel[i], now)) {
            enrp_close_channel(g, ENRP_CHANNEL_FIRST + i, CLOSE_NO_PRESENCE, now, out);
        }
    }
}
