/* Starting (enrp_startup.h). */
#include "enrp_startup.h"

#include "enrp_download.h"
#include "enrp_learn.h"
#include "enrp_refresh.h"
#include "enrp_rehome.h"
#include "enrp_tell.h"

void enrp_next_mentor(struct enrp_group *g, uint64_t now)
{
    g->phase = (uint8_t)ENRP_PHASE_MENTOR;
    g->mentor_asked = 0u;
    g->mentor = (g->mentor + 1u) %
                (g->configuration.server_count > 0u ? g->configuration.server_count : 1u);
    g->phase_deadline = now + g->configuration.dial_minimum;
}

/* The elements of a peer that is not heard from now on are to be taken over, as those of one that fell silent. */
/*@ requires group: \valid(g) && valid_group(g);
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns g->peers.peer[0 .. ENRP_PEERS_MAX - 1].deadline;
    ensures group: valid_group(g);
*/
static void watch_unheard(struct enrp_group *g, uint64_t now)
{
    /*@ loop invariant range: 0 <= p <= ENRP_PEERS_MAX;
        loop invariant group: valid_group(g);
        loop assigns p, g->peers.peer[0 .. ENRP_PEERS_MAX - 1].deadline;
        loop variant ENRP_PEERS_MAX - p;
    */
    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        if (g->peers.peer[p].state == (uint8_t)ENRP_PEER_UNHEARD &&
            g->peers.peer[p].server_identifier != 0u) {
            g->peers.peer[p].deadline = now + g->configuration.max_time_last_heard;
        }
    }
}

void enrp_serve(struct enrp_group *g, uint64_t now)
{
    watch_unheard(g, now);
    g->phase = (uint8_t)ENRP_PHASE_SERVING;
    g->heartbeat = now;
    enrp_scavenge_begin(g);
}

/* The configured peer to ask, from the mentor's place on: one that was heard and has a channel. */
/*@ requires group: \valid_read(g) && valid_group(g);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures configured: \result != ENRP_NO_PEER ==> \result < g->configuration.server_count;
    ensures connected: \result != ENRP_NO_PEER ==>
      g->peers.peer[\result].state == ENRP_PEER_ACTIVE && g->peers.peer[\result].channel != ENRP_NO_CHANNEL;
*/
static uint32_t reachable(const struct enrp_group *g)
{
    const uint32_t count = g->configuration.server_count;

    /*@ loop invariant range: 0 <= i <= count;
        loop assigns i;
        loop variant count - i;
    */
    for (uint32_t i = 0u; i < count; i++) {
        const uint32_t p = (g->mentor + i) % count;

        if (g->peers.peer[p].state == (uint8_t)ENRP_PEER_ACTIVE &&
            g->peers.peer[p].channel != ENRP_NO_CHANNEL) {
            return p;
        }
    }
    return ENRP_NO_PEER;
}

/* Whether no configured peer can be connected to: each was tried, and none is heard. */
/*@ requires group: \valid_read(g) && valid_group(g);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures nobody: \result <==> \forall integer p; 0 <= p < g->configuration.server_count ==>
      g->peers.peer[p].dial_failed != 0 && g->peers.peer[p].channel == ENRP_NO_CHANNEL;
*/
static bool alone(const struct enrp_group *g)
{
    /*@ loop invariant range: 0 <= p <= g->configuration.server_count;
        loop invariant nobody: \forall integer i; 0 <= i < p ==>
          g->peers.peer[i].dial_failed != 0 && g->peers.peer[i].channel == ENRP_NO_CHANNEL;
        loop assigns p;
        loop variant g->configuration.server_count - p;
    */
    for (uint32_t p = 0u; p < g->configuration.server_count; p++) {
        if (g->peers.peer[p].dial_failed == 0u || g->peers.peer[p].channel != ENRP_NO_CHANNEL) {
            return false;
        }
    }
    return true;
}

/* Ask a mentor for its peers, if one can be reached. */
/*@ ENRP_REQUIRES_GROUP
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    assigns g->counters.effects_dropped, g->mentor, g->mentor_asked, g->phase_deadline, *out;
    ENRP_ENSURES_GROUP
*/
static void ask_mentor(struct enrp_group *g, uint64_t now, struct effects *out)
{
    const uint32_t mentor = reachable(g);

    if (mentor == ENRP_NO_PEER || g->phase_deadline > now || !enrp_room(out, 1024u)) {
        return;
    }
    g->mentor = mentor;
    g->mentor_asked = 1u;
    g->phase_deadline = now + g->configuration.max_time_no_response;
    enrp_tell_plain(g, mentor, ENRP_LIST_REQUEST, 0u, out);
}

void enrp_startup_work(struct enrp_group *g, uint64_t now, struct effects *out)
{
    if (g->phase == (uint8_t)ENRP_PHASE_SERVING) {
        return;
    }
    if (alone(g) || now >= g->started + g->configuration.startup_time) {
        g->download.active = 0u;
        enrp_serve(g, now);
    } else if (g->phase == (uint8_t)ENRP_PHASE_MENTOR) {
        if (g->mentor_asked == 0u) {
            ask_mentor(g, now, out);
        } else if (g->phase_deadline <= now) {
            enrp_next_mentor(g, now);
        }
    }
}

uint64_t enrp_startup_deadline(const struct enrp_group *g)
{
    const uint64_t end = g->started + g->configuration.startup_time;

    if (g->phase == (uint8_t)ENRP_PHASE_SERVING) {
        return REGISTRAR_NEVER;
    }
    if (alone(g)) {
        return 0u;
    }
    if (g->phase == (uint8_t)ENRP_PHASE_MENTOR &&
        (g->mentor_asked != 0u || reachable(g) != ENRP_NO_PEER) && g->phase_deadline < end) {
        return g->phase_deadline;
    }
    return end;
}

/* The mentor would not: it is starting, too. */
/*@ requires group: \valid(g) && valid_group(g);
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns g->phase, g->mentor_asked, g->mentor, g->phase_deadline, g->heartbeat, g->scavenge_next,
            g->peers.peer[0 .. ENRP_PEERS_MAX - 1].deadline;
    ensures group: valid_group(g);
    ensures lower_first: g->phase == (g->own_server < g->peers.peer[peer].server_identifier ?
      ENRP_PHASE_SERVING : ENRP_PHASE_MENTOR);
*/
static void refused(struct enrp_group *g, uint32_t peer, uint64_t now)
{
    if (g->own_server < g->peers.peer[peer].server_identifier) {
        enrp_serve(g, now);
    } else {
        enrp_next_mentor(g, now);
    }
}

/* Take what the peer that was asked has answered. */
/*@ ENRP_REQUIRES_GROUP
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    requires message: ENRP_READABLE_MESSAGE(m, bytes);
    requires apart: \separated(g, m, out);
    requires bytes_apart: \separated(g, bytes + (0 .. m->length - 1)) && \separated(out, bytes + (0 .. m->length - 1));
    terminates \true;
    assigns *g, *out;
    ENRP_ENSURES_GROUP
    ensures answered: \old(m->flags % 2) == 0 ==> g->phase == ENRP_PHASE_TABLE;
*/
static void take_answer(struct enrp_group *g, uint32_t peer, const struct enrp_message *m,
                        const uint8_t *bytes, uint64_t now, struct effects *out)
{
    if (m->flags % 2u == ENRP_FLAG_REJECT) {
        refused(g, peer, now);
        return;
    }
    enrp_learn_peers(g, m, bytes, now, ENRP_PEERS_MAX);
    //@ assert list_untouched: valid_effects(out);
    g->phase = (uint8_t)ENRP_PHASE_TABLE;
    enrp_download_begin(g, peer, true, now, out);
}

void enrp_take_list(struct enrp_group *g, uint32_t peer, const struct enrp_message *m,
                    const uint8_t *bytes, uint64_t now, struct effects *out)
{
    if (g->phase == (uint8_t)ENRP_PHASE_SERVING) {
        enrp_take_refresh(g, peer, m, bytes, now);
    } else if (g->phase == (uint8_t)ENRP_PHASE_MENTOR && g->mentor_asked != 0u &&
               peer == g->mentor) {
        take_answer(g, peer, m, bytes, now, out);
    }
}
