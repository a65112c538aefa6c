/* Presences: being heard, hearing, and noticing silence (RFC 5353, 3.4). Internal to ENRP. */
#ifndef POOLPROOF_CORE_ENRP_PRESENCE_H
#define POOLPROOF_CORE_ENRP_PRESENCE_H

#include "enrp.h"
#include "enrp_wire.h"

/* The first message on a channel that we opened: a presence that asks for one (RFC 5353, 3.4.1).
 * `server_identifier`: the peer's, 0 when it is not known. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires apart: \separated(g, h, out);
    terminates \true;
    assigns g->counters.presences_sent, g->counters.effects_dropped, *out;
    ENRP_ENSURES_GROUP
    ensures one: out->count <= \old(out->count) + 1;
*/
void enrp_greet(struct enrp_group *g, const struct handlespace *h, uint32_t channel,
                uint32_t server_identifier, struct effects *out);

/* A message of any type came from the peer (RFC 5353, 3.4.3). One that was not heard before, or was given up, is asked
 * for its presence. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, h, out);
    terminates \true;
    assigns g->counters, g->peers.peer[peer], *out;
    ENRP_ENSURES_GROUP
    ensures heard: g->peers.peer[peer].last_heard == now;
    ensures alive: g->peers.peer[peer].state != ENRP_PEER_UNHEARD && g->peers.peer[peer].state != ENRP_PEER_ASKED &&
      g->peers.peer[peer].state != ENRP_PEER_DEAD;
*/
void enrp_hear(struct enrp_group *g, const struct handlespace *h, uint32_t peer, uint64_t now,
               struct effects *out);

/* Take ENRP_PRESENCE: the peer is alive whatever others say, may want a reply, and tells the PE checksum of what it is
 * home of (RFC 5353, 3.6.1). */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires peer: peer < ENRP_PEERS_MAX;
    requires message: ENRP_READABLE_MESSAGE(m, bytes);
    requires apart: \separated(g, h, m, out);
    requires bytes_apart: \separated(g, bytes + (0 .. m->length - 1)) && \separated(out, bytes + (0 .. m->length - 1));
    terminates \true;
    assigns g->counters, g->peers.peer[peer], *out;
    ENRP_ENSURES_GROUP
    ensures alive: g->peers.peer[peer].state == ENRP_PEER_ACTIVE;
*/
void enrp_take_presence(struct enrp_group *g, const struct handlespace *h, uint32_t peer,
                        const struct enrp_message *m, const uint8_t *bytes, struct effects *out);

/* Send the heartbeat when it is due and everything that changed before is announced. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, h, out);
    terminates \true;
    assigns g->counters, g->heartbeat, *out;
    ENRP_ENSURES_GROUP
    ensures not_early: \old(g->heartbeat) > now ==> g->heartbeat == \old(g->heartbeat);
    ensures in_time: g->heartbeat == \old(g->heartbeat) || g->heartbeat <= now + g->configuration.heartbeat_cycle;
*/
void enrp_beat(struct enrp_group *g, const struct handlespace *h, uint64_t now, uint64_t random,
               struct effects *out);

/* Look after each peer's clock: ask the silent ones, give up those that do not answer, dial those without a channel. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, h, out);
    terminates \true;
    assigns g->counters, g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
*/
void enrp_watch_peers(struct enrp_group *g, const struct handlespace *h, uint64_t now,
                      uint64_t random, struct effects *out);

/*@ // When the state of a peer is to change if nothing is heard of it.
    logic integer enrp_silence_end(struct enrp_group *g, struct enrp_peer *p) =
      p->state == ENRP_PEER_ACTIVE ? p->last_heard + g->configuration.max_time_last_heard :
      p->state == ENRP_PEER_ASKED || p->state == ENRP_PEER_INACTIVE ? p->deadline :
      p->state == ENRP_PEER_UNHEARD && p->deadline != 0 ? p->deadline : REGISTRAR_NEVER;

    // The configuration names the peer, and there is no channel to it, nor will there be one by itself.
    predicate enrp_to_dial(struct enrp_peer *p) =
      p->state != ENRP_PEER_FREE && p->configured != 0 && p->channel == ENRP_NO_CHANNEL && p->dialling == 0;
*/

/* When enrp_beat or enrp_watch_peers is due next. */
/*@ requires group: \valid_read(g) && valid_group(g);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures heartbeat: \result <= g->heartbeat;
    ensures silence: \forall integer p; 0 <= p < ENRP_PEERS_MAX ==> \result <= enrp_silence_end(g, &g->peers.peer[p]);
    ensures dialled: \forall integer p; 0 <= p < ENRP_PEERS_MAX && enrp_to_dial(&g->peers.peer[p]) ==>
      \result <= g->peers.peer[p].dial_after;
*/
uint64_t enrp_presence_deadline(const struct enrp_group *g);

#endif
