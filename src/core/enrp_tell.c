/* Messages and announcements to peers (enrp_tell.h). */
#include "enrp_tell.h"

#include "enrp_channel.h"
#include "registrar_books.h"

bool enrp_room(const struct effects *out, uint32_t bytes)
{
    return out->count <= EFFECTS_MAX - ENRP_STEP_EFFECTS &&
           out->bytes_used <= EFFECTS_BYTES_MAX - bytes;
}

void enrp_sent(struct enrp_group *g, bool sent)
{
    if (!sent) {
        registrar_count(&g->counters.effects_dropped);
    }
}

struct enrp_address enrp_address_of(const struct enrp_group *g, uint32_t peer)
{
    struct enrp_address to = {g->peers.peer[peer].channel, g->own_server,
                              g->peers.peer[peer].server_identifier};

    return to;
}

uint32_t enrp_next_connected(const struct enrp_group *g, uint32_t from)
{
    /*@ loop invariant range: from <= p;
        loop assigns p;
        loop variant ENRP_PEERS_MAX - p;
    */
    for (uint32_t p = from; p < ENRP_PEERS_MAX; p++) {
        if (g->peers.peer[p].state != (uint8_t)ENRP_PEER_FREE &&
            g->peers.peer[p].channel != ENRP_NO_CHANNEL) {
            return p;
        }
    }
    return ENRP_NO_PEER;
}

void enrp_tell_others(struct enrp_group *g, uint32_t first, struct effects *out)
{
    /*@ loop invariant range: first < p <= ENRP_PEERS_MAX;
        loop invariant list: valid_effects(out);
        loop assigns p, g->counters.effects_dropped, out->count, out->effect[0 .. EFFECTS_MAX - 1];
        loop variant ENRP_PEERS_MAX - p;
    */
    for (uint32_t p = first + 1u; p < ENRP_PEERS_MAX; p++) {
        if (g->peers.peer[p].state != (uint8_t)ENRP_PEER_FREE &&
            g->peers.peer[p].channel != ENRP_NO_CHANNEL) {
            enrp_sent(g, effects_send_again(out, g->peers.peer[p].channel));
        }
    }
}

/* Ourselves, as peers are told of us. */
/*@ requires group: \valid_read(g);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures length: \result.transport_length == g->configuration.transport_length;
    ensures transport: \result.transport == &g->configuration.transport[0];
*/
static struct enrp_server self(const struct enrp_group *g)
{
    struct enrp_server s = {g->own_server, g->configuration.transport,
                            g->configuration.transport_length};

    return s;
}

void enrp_tell_presence(struct enrp_group *g, uint32_t peer, bool reply_required, uint16_t checksum,
                        struct effects *out)
{
    const struct enrp_address to = enrp_address_of(g, peer);
    const struct enrp_server us = self(g);

    if (to.channel != ENRP_NO_CHANNEL) {
        registrar_count(&g->counters.presences_sent);
        enrp_sent(g, enrp_send_presence(out, &to, reply_required, checksum, &us));
    }
}

void enrp_announce_presence(struct enrp_group *g, bool reply_required, uint16_t checksum,
                            struct effects *out)
{
    const uint32_t first = enrp_next_connected(g, 0u);
    const struct enrp_server us = self(g);
    struct enrp_address to;

    if (first == ENRP_NO_PEER) {
        return;
    }
    to = enrp_address_of(g, first);
    to.to = 0u;
    registrar_count(&g->counters.presences_sent);
    if (enrp_send_presence(out, &to, reply_required, checksum, &us)) {
        enrp_tell_others(g, first, out);
    } else {
        enrp_sent(g, false);
    }
}

void enrp_tell_plain(struct enrp_group *g, uint32_t peer, uint8_t type, uint8_t flags,
                     struct effects *out)
{
    const struct enrp_address to = enrp_address_of(g, peer);

    if (to.channel != ENRP_NO_CHANNEL) {
        enrp_sent(g, enrp_send_plain(out, &to, type, flags));
    }
}

void enrp_announce_takeover(struct enrp_group *g, uint8_t type, uint32_t target,
                            struct effects *out)
{
    const uint32_t first = enrp_next_connected(g, 0u);
    struct enrp_address to;

    if (first == ENRP_NO_PEER) {
        return;
    }
    to = enrp_address_of(g, first);
    to.to = 0u;
    if (enrp_send_takeover(out, &to, type, target)) {
        enrp_tell_others(g, first, out);
    } else {
        enrp_sent(g, false);
    }
}

void enrp_audit(struct enrp_group *g, uint32_t channel, uint16_t event, uint32_t subject,
                struct effects *out)
{
    struct effect record = {0};

    record.kind = (uint8_t)EFFECT_AUDIT;
    record.code = event;
    record.cause = WIRE_NO_CAUSE;
    record.channel = channel;
    record.identity = IDENTITY_ANONYMOUS;
    if (enrp_is_channel(channel)) {
        record.identity = g->channel[channel - ENRP_CHANNEL_FIRST].principal.identity;
    }
    record.subject = subject;
    enrp_sent(g, effects_append(out, &record));
}
