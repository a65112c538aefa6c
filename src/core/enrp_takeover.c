/* Takeover arbitration and its completion (enrp_takeover.h). */
#include "enrp_takeover.h"

#include "enrp_channel.h"
#include "enrp_rehome.h"
#include "enrp_tell.h"
#include "registrar_books.h"

/* Whether the peer has to agree to our takeover. */
/*@ requires peer: \valid_read(p);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures counts: \result <==> p->state == ENRP_PEER_ACTIVE || p->state == ENRP_PEER_ASKED;
*/
static bool counts(const struct enrp_peer *p)
{
    return p->state == (uint8_t)ENRP_PEER_ACTIVE || p->state == (uint8_t)ENRP_PEER_ASKED;
}

/* The peer is gone. */
/*@ requires group: \valid(g) && valid_group(g);
    requires place: place < ENRP_PEERS_MAX;
    terminates \true;
    exits \false;
    assigns g->peers.peer[0 .. ENRP_PEERS_MAX - 1];
    ensures group: valid_group(g);
*/
static void forget_place(struct enrp_group *g, uint32_t place, uint64_t dial_after)
{
    enrp_peers_remove(&g->peers, place, dial_after);
}

/* The target was taken over: it is no longer in the list. */
/*@ requires group: \valid(g) && valid_group(g);
    terminates \true;
    exits \false;
    assigns g->peers.peer[0 .. ENRP_PEERS_MAX - 1];
    ensures group: valid_group(g);
*/
static void forget_target(struct enrp_group *g, uint32_t target, uint64_t dial_after)
{
    const uint32_t place = enrp_peers_find(&g->peers, target);

    if (place != ENRP_NO_PEER) {
        forget_place(g, place, dial_after);
    }
}

/* Others take the target over: it is not watched for a while. */
/*@ requires group: \valid(g) && valid_group(g);
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns g->peers.peer[0 .. ENRP_PEERS_MAX - 1];
    ensures group: valid_group(g);
*/
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
/*@ ENRP_REQUIRES_GROUP
    terminates \true;
    exits \false;
    assigns g->takeover.active, g->counters.takeovers_stopped, g->counters.effects_dropped, *out;
    ENRP_ENSURES_GROUP
    ensures stopped: g->takeover.active == 0;
*/
static void stop(struct enrp_group *g, struct effects *out)
{
    g->takeover.active = 0u;
    registrar_count(&g->counters.takeovers_stopped);
    enrp_audit(g, ENRP_NO_CHANNEL, AUDIT_TAKEOVER_STOPPED, g->takeover.target, out);
}

/* Whether the peer's takeover of the same target goes before ours. */
/*@ requires group: \valid_read(g);
    requires peer: peer < ENRP_PEERS_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures arbitration: \result <==> enrp_goes_before(g, peer);
*/
static bool goes_before(const struct enrp_group *g, uint32_t peer)
{
    const uint32_t other = g->peers.peer[peer].server_identifier;

    return g->configuration.arbitration == (uint8_t)ENRP_ARBITRATION_RSPLIB ? other < g->own_server
                                                                            : other > g->own_server;
}

/* Agree to the peer's takeover, if it has a channel. */
/*@ ENRP_REQUIRES_GROUP
    requires peer: peer < ENRP_PEERS_MAX;
    terminates \true;
    assigns g->counters.effects_dropped, *out;
    ENRP_ENSURES_GROUP
*/
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
    forget_target(g, target, 0u);
    enrp_audit(g, g->peers.peer[peer].channel, AUDIT_TAKEN_OVER, sender, out);
    enrp_rehome_begin(g, target, sender);
}

/* Whether we have an element of which `server_identifier` is the home. */
/*@ requires handlespace: \valid_read(h) && valid_handlespace(h);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures some: \result ==> !enrp_home_of_none(h, server_identifier);
    ensures none: !\result ==> enrp_home_of_none(h, server_identifier);
*/
static bool owns_any(const struct handlespace *h, uint32_t server_identifier)
{
    /*@ loop invariant range: 0 <= e <= h->element_used;
        loop invariant none: \forall integer i; 0 <= i < e ==> !home_of(h, i, server_identifier);
        loop assigns e;
        loop variant h->element_used - e;
    */
    for (uint32_t e = 0u; e < h->element_used; e++) {
        if (handlespace_element_in_use(h, e) && h->element[e].home == server_identifier) {
            //@ assert found: home_of(h, e, server_identifier);
            return true;
        }
    }
    return false;
}

/* No peer has acknowledged the takeover that is to begin. */
/*@ requires group: \valid(g) && valid_group(g);
    terminates \true;
    exits \false;
    assigns g->peers.peer[0 .. ENRP_PEERS_MAX - 1];
    ensures group: valid_group(g);
*/
static void clear_acknowledgements(struct enrp_group *g)
{
    /*@ loop invariant range: 0 <= p <= ENRP_PEERS_MAX;
        loop invariant group: valid_group(g);
        loop assigns p, g->peers.peer[0 .. ENRP_PEERS_MAX - 1];
        loop variant ENRP_PEERS_MAX - p;
    */
    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        g->peers.peer[p].acknowledged = 0u;
    }
}

/* A dead peer leaves the list, and its channel with it. */
/*@ ENRP_REQUIRES_GROUP
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns g->counters.effects_dropped, g->channel[0 .. ENRP_CHANNELS_MAX - 1].open, g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
*/
static void forget(struct enrp_group *g, uint32_t peer, uint64_t now, struct effects *out)
{
    const uint32_t channel = g->peers.peer[peer].channel;

    if (enrp_is_channel(channel)) {
        enrp_close_channel(g, channel, CLOSE_PEER_DEAD, now, out);
    }
    forget_place(g, peer, now);
}

/* Begin the takeover of a dead peer; of one without elements there is nothing to take. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, h, out);
    terminates \true;
    assigns g->counters.takeovers_begun, g->counters.effects_dropped, g->takeover,
            g->channel[0 .. ENRP_CHANNELS_MAX - 1].open, g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
    ensures nothing_to_take: \old(enrp_home_of_none(h, g->peers.peer[peer].server_identifier)) ==>
      g->takeover.active == \old(g->takeover.active);
*/
static void begin(struct enrp_group *g, const struct handlespace *h, uint32_t peer, uint64_t now,
                  struct effects *out)
{
    const uint32_t target = g->peers.peer[peer].server_identifier;

    if (!owns_any(h, target)) {
        forget(g, peer, now, out);
        return;
    }
    clear_acknowledgements(g);
    g->takeover.active = 1u;
    g->takeover.attempts = 1u;
    g->takeover.target = target;
    g->takeover.deadline = now + g->configuration.max_time_no_response;
    registrar_count(&g->counters.takeovers_begun);
    enrp_audit(g, ENRP_NO_CHANNEL, AUDIT_TAKEOVER_BEGUN, target, out);
    enrp_announce_takeover(g, ENRP_INIT_TAKEOVER, target, out);
}

/* Whether a peer that counts has still to acknowledge. */
/*@ requires group: \valid_read(g);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures waiting: \result <==> \exists integer p; 0 <= p < ENRP_PEERS_MAX && enrp_awaited(g, p);
*/
static bool waiting(const struct enrp_group *g)
{
    /*@ loop invariant range: 0 <= p <= ENRP_PEERS_MAX;
        loop invariant none: \forall integer i; 0 <= i < p ==> !enrp_awaited(g, i);
        loop assigns p;
        loop variant ENRP_PEERS_MAX - p;
    */
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
/*@ ENRP_REQUIRES_GROUP
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    assigns g->counters.takeovers_done, g->counters.effects_dropped, g->takeover.active, g->rehome[0 .. ENRP_PEERS_MAX - 1],
            g->channel[0 .. ENRP_CHANNELS_MAX - 1].open, g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
    ensures done: g->takeover.active == 0;
*/
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
/*@ ENRP_REQUIRES_GROUP
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    assigns g->counters.takeovers_done, g->counters.effects_dropped, g->takeover, g->rehome[0 .. ENRP_PEERS_MAX - 1],
            g->channel[0 .. ENRP_CHANNELS_MAX - 1].open, g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
    ensures again: \old(g->takeover.attempts) < ENRP_TAKEOVER_ATTEMPTS ==>
      g->takeover.active == \old(g->takeover.active) && g->takeover.attempts == \old(g->takeover.attempts) + 1;
    ensures enough: \old(g->takeover.attempts) >= ENRP_TAKEOVER_ATTEMPTS ==> g->takeover.active == 0;
*/
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
/*@ requires group: \valid_read(g);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures dead: \result != ENRP_NO_PEER ==> \result < ENRP_PEERS_MAX && g->peers.peer[\result].state == ENRP_PEER_DEAD;
    ensures none: \result == ENRP_NO_PEER ==>
      \forall integer p; 0 <= p < ENRP_PEERS_MAX ==> g->peers.peer[p].state != ENRP_PEER_DEAD;
*/
static uint32_t next_dead(const struct enrp_group *g)
{
    /*@ loop invariant range: 0 <= p <= ENRP_PEERS_MAX;
        loop invariant none: \forall integer i; 0 <= i < p ==> g->peers.peer[i].state != ENRP_PEER_DEAD;
        loop assigns p;
        loop variant ENRP_PEERS_MAX - p;
    */
    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        if (g->peers.peer[p].state == (uint8_t)ENRP_PEER_DEAD) {
            return p;
        }
    }
    return ENRP_NO_PEER;
}

/* Whether the target of our takeover is still to be taken over: it has not been heard since. */
/*@ requires group: \valid_read(g);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures dead: \result ==> \exists integer p; 0 <= p < ENRP_PEERS_MAX &&
      g->peers.peer[p].state == ENRP_PEER_DEAD && g->peers.peer[p].server_identifier == g->takeover.target;
*/
static bool target_dead(const struct enrp_group *g)
{
    const uint32_t place = enrp_peers_find(&g->peers, g->takeover.target);

    return place != ENRP_NO_PEER && g->peers.peer[place].state == (uint8_t)ENRP_PEER_DEAD;
}

/* Go on with our takeover: stop it when its target is alive, complete it when nobody is waited for, or ask again. */
/*@ ENRP_REQUIRES_GROUP
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    assigns g->counters, g->takeover, g->rehome[0 .. ENRP_PEERS_MAX - 1],
            g->channel[0 .. ENRP_CHANNELS_MAX - 1].open, g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
*/
static void go_on(struct enrp_group *g, uint64_t now, struct effects *out)
{
    if (!target_dead(g)) {
        stop(g, out);
    } else if (!waiting(g)) {
        complete(g, now, out);
    } else if (g->takeover.deadline <= now) {
        insist(g, now, out);
    }
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
    go_on(g, now, out);
}

uint64_t enrp_takeover_deadline(const struct enrp_group *g)
{
    if (g->takeover.active == 0u) {
        return next_dead(g) == ENRP_NO_PEER ? REGISTRAR_NEVER : 0u;
    }
    return !target_dead(g) || !waiting(g) ? 0u : g->takeover.deadline;
}
