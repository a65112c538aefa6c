/* Takeover arbitration and its completion (enrp_takeover.h). */
#include "enrp_takeover.h"

#include "enrp_channel.h"
#include "enrp_rehome.h"
#include "enrp_tell.h"
#include "registrar_books.h"

/* Whether the peer has to agree to our takeover. */
static bool counts(const struct enrp_peer *p)
{
    return p->state == (uint8_t)ENRP_PEER_ACTIVE || p->state == (uint8_t)ENRP_PEER_ASKED;
}

/* Others take the target over: it is not watched for a while. */
static void leave_to_others(struct enrp_group *g, uint32_t target, uint64_t now)
{
    const uint32_t place = enrp_peers_find(&g->peers, target);

    if (place != ENRP_NO_PEER) {
        g->peers.peer[place].state = (uint8_t)ENRP_PEER_INACTIVE;
        g->peers.peer[place].deadline =
            now + (uint64_t)ENRP_INACTIVE_PATIENCE * g->configuration.max_time_no_response;
    }
}

/* End our takeover without success. */
static void stop(struct enrp_group *g, struct effects *out)
{
    g->takeover.active = 0u;
    registrar_count(&g->counters.takeovers_stopped);
    enrp_audit(g, ENRP_NO_CHANNEL, AUDIT_TAKEOVER_STOPPED, g->takeover.target, out);
}

/* Whether the peer's takeover of the same target goes before ours. */
static bool goes_before(const struct enrp_group *g, uint32_t peer)
{
    const uint32_t other = g->peers.peer[peer].server_identifier;

    return g->configuration.arbitration == (uint8_t)ENRP_ARBITRATION_RSPLIB ? other < g->own_server
                                                                            : other > g->own_server;
}

static void acknowledge(struct enrp_group *g, uint32_t peer, uint32_t target, struct effects *out)
{
    const struct enrp_address to = enrp_address_of(g, peer);

    if (to.channel != ENRP_NO_CHANNEL) {
        enrp_sent(g, enrp_send_takeover(out, &to, ENRP_INIT_TAKEOVER_ACK, target));
    }
}

void enrp_take_init_takeover(struct enrp_group *g, const struct handlespace *h, uint32_t peer,
                             uint32_t target, uint64_t now, struct effects *out)
{
    if (target == g->own_server) {
        enrp_announce_presence(g, false, handlespace_checksum(h), out);
        return;
    }
    if (g->takeover.active != 0u && g->takeover.target == target) {
        if (!goes_before(g, peer)) {
            return;
        }
        stop(g, out);
    }
    leave_to_others(g, target, now);
    acknowledge(g, peer, target, out);
}

void enrp_take_takeover_ack(struct enrp_group *g, uint32_t peer, uint32_t target)
{
    if (g->takeover.active != 0u && g->takeover.target == target) {
        g->peers.peer[peer].acknowledged = 1u;
    }
}

void enrp_take_takeover_server(struct enrp_group *g, const struct handlespace *h, uint32_t peer,
                               uint32_t target, struct effects *out)
{
    const uint32_t sender = g->peers.peer[peer].server_identifier;
    const uint32_t place = enrp_peers_find(&g->peers, target);

    if (target == g->own_server) {
        g->peers.peer[peer].resynchronize = 1u;
        enrp_announce_presence(g, true, handlespace_checksum(h), out);
        return;
    }
    if (target == 0u || target == sender) {
        return;
    }
    if (g->takeover.active != 0u && g->takeover.target == target) {
        stop(g, out);
    }
    if (place != ENRP_NO_PEER) {
        enrp_peers_remove(&g->peers, place, 0u);
    }
    enrp_audit(g, g->peers.peer[peer].channel, AUDIT_TAKEN_OVER, sender, out);
    enrp_rehome_begin(g, target, sender);
}

/* Whether we have an element of which `server_identifier` is the home. */
static bool owns_any(const struct handlespace *h, uint32_t server_identifier)
{
    for (uint32_t e = 0u; e < h->element_used; e++) {
        if (handlespace_element_in_use(h, e) && h->element[e].home == server_identifier) {
            return true;
        }
    }
    return false;
}

/* A dead peer leaves the list, and its channel with it. */
static void forget(struct enrp_group *g, uint32_t peer, uint64_t now, struct effects *out)
{
    const uint32_t channel = g->peers.peer[peer].channel;

    if (enrp_is_channel(channel)) {
        enrp_close_channel(g, channel, CLOSE_PEER_DEAD, now, out);
    }
    enrp_peers_remove(&g->peers, peer, now);
}

/* Begin the takeover of a dead peer; of one without elements there is nothing to take. */
static void begin(struct enrp_group *g, const struct handlespace *h, uint32_t peer, uint64_t now,
                  struct effects *out)
{
    const uint32_t target = g->peers.peer[peer].server_identifier;

    if (!owns_any(h, target)) {
        forget(g, peer, now, out);
        return;
    }
    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        g->peers.peer[p].acknowledged = 0u;
    }
    g->takeover.active = 1u;
    g->takeover.attempts = 1u;
    g->takeover.target = target;
    g->takeover.deadline = now + g->configuration.max_time_no_response;
    registrar_count(&g->counters.takeovers_begun);
    enrp_audit(g, ENRP_NO_CHANNEL, AUDIT_TAKEOVER_BEGUN, target, out);
    enrp_announce_takeover(g, ENRP_INIT_TAKEOVER, target, out);
}

/* Whether a peer that counts has still to acknowledge. */
static bool waiting(const struct enrp_group *g)
{
    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        const struct enrp_peer *peer = &g->peers.peer[p];

        if (counts(peer) && peer->acknowledged == 0u &&
            peer->server_identifier != g->takeover.target) {
            return true;
        }
    }
    return false;
}

/* Won: tell all, and claim the elements. */
static void complete(struct enrp_group *g, uint64_t now, struct effects *out)
{
    const uint32_t target = g->takeover.target;
    const uint32_t place = enrp_peers_find(&g->peers, target);

    enrp_announce_takeover(g, ENRP_TAKEOVER_SERVER, target, out);
    if (place != ENRP_NO_PEER) {
        forget(g, place, now, out);
    }
    g->takeover.active = 0u;
    registrar_count(&g->counters.takeovers_done);
    enrp_audit(g, ENRP_NO_CHANNEL, AUDIT_TAKEOVER_DONE, target, out);
    enrp_rehome_begin(g, target, g->own_server);
}

/* Time is up: ask again, or go on without those that do not answer. */
static void insist(struct enrp_group *g, uint64_t now, struct effects *out)
{
    if (g->takeover.attempts >= ENRP_TAKEOVER_ATTEMPTS) {
        complete(g, now, out);
        return;
    }
    g->takeover.attempts++;
    g->takeover.deadline = now + g->configuration.max_time_no_response;
    enrp_announce_takeover(g, ENRP_INIT_TAKEOVER, g->takeover.target, out);
}

/* A dead peer, ENRP_NO_PEER when there is none. */
static uint32_t next_dead(const struct enrp_group *g)
{
    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        if (g->peers.peer[p].state == (uint8_t)ENRP_PEER_DEAD) {
            return p;
        }
    }
    return ENRP_NO_PEER;
}

/* Whether the target of our takeover is still to be taken over: it has not been heard since. */
static bool target_dead(const struct enrp_group *g)
{
    const uint32_t place = enrp_peers_find(&g->peers, g->takeover.target);

    return place != ENRP_NO_PEER && g->peers.peer[place].state == (uint8_t)ENRP_PEER_DEAD;
}

void enrp_takeover_work(struct enrp_group *g, const struct handlespace *h, uint64_t now,
                        struct effects *out)
{
    uint32_t dead;

    if (!enrp_room(out, 1024u)) {
        return;
    }
    if (g->takeover.active == 0u) {
        dead = next_dead(g);
        if (dead != ENRP_NO_PEER) {
            begin(g, h, dead, now, out);
        }
        return;
    }
    if (!target_dead(g)) {
        stop(g, out);
    } else if (!waiting(g)) {
        complete(g, now, out);
    } else if (g->takeover.deadline <= now) {
        insist(g, now, out);
    }
}

uint64_t enrp_takeover_deadline(const struct enrp_group *g)
{
    if (g->takeover.active == 0u) {
        return next_dead(g) == ENRP_NO_PEER ? REGISTRAR_NEVER : 0u;
    }
    return !target_dead(g) || !waiting(g) ? 0u : g->takeover.deadline;
}
