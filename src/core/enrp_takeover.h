/* Taking over the elements of a peer that died (RFC 5353, 3.5). Internal to ENRP.
 *
 * One takeover of ours at a time. It is won when every peer that counts has acknowledged it, at once when there is none; a
 * peer that is alive but does not acknowledge is asked three times and then not waited for any longer.
 */
#ifndef POOLPROOF_CORE_ENRP_TAKEOVER_H
#define POOLPROOF_CORE_ENRP_TAKEOVER_H

#include "enrp.h"
#include "enrp_wire.h"

/* How often peers are asked. */
#define ENRP_TAKEOVER_ATTEMPTS 3u

/* A peer that another registrar takes over is watched again after so many times MAX-TIME-NO-RESPONSE, if the takeover was
 * not announced: more than all attempts of the other take. */
#define ENRP_INACTIVE_PATIENCE 5u

/*@ // The peer's takeover goes before ours when both have the same target.
    predicate enrp_goes_before(struct enrp_group *g, integer peer) =
      g->configuration.arbitration == ENRP_ARBITRATION_RSPLIB ?
        g->peers.peer[peer].server_identifier < g->own_server : g->peers.peer[peer].server_identifier > g->own_server;

    // The peer counts, has not acknowledged our takeover, and is not its target.
    predicate enrp_awaited(struct enrp_group *g, integer p) =
      (g->peers.peer[p].state == ENRP_PEER_ACTIVE || g->peers.peer[p].state == ENRP_PEER_ASKED) &&
      g->peers.peer[p].acknowledged == 0 && g->peers.peer[p].server_identifier != g->takeover.target;

    // `home` is the home of the element.
    predicate home_of(struct handlespace *h, integer e, integer home) =
      handlespace_element_used(h, e) && h->element[e].home == home;

    predicate enrp_home_of_none(struct handlespace *h, integer home) =
      \forall integer e; 0 <= e < h->element_used ==> !home_of(h, e, home);
*/

/* Take ENRP_INIT_TAKEOVER from `peer` (3.5.1, steps 1 to 3). */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, h, out);
    terminates \true;
    assigns g->counters, g->takeover.active, g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
*/
void enrp_take_init_takeover(struct enrp_group *g, const struct handlespace *h, uint32_t peer,
                             uint32_t target, uint64_t now, struct effects *out);

/* Take ENRP_INIT_TAKEOVER_ACK. */
/*@ requires group: \valid(g) && valid_group(g);
    requires peer: peer < ENRP_PEERS_MAX;
    terminates \true;
    exits \false;
    assigns g->peers.peer[peer].acknowledged;
    ensures group: valid_group(g);
    ensures of_ours: g->peers.peer[peer].acknowledged != \old(g->peers.peer[peer].acknowledged) ==>
      g->takeover.active != 0 && g->takeover.target == target;
*/
void enrp_take_takeover_ack(struct enrp_group *g, uint32_t peer, uint32_t target);

/* Take ENRP_TAKEOVER_SERVER (3.5.2): the elements of the target are the sender's. When the target is ourselves we are
 * alive, and say so; what is whose is settled by resynchronisation. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires peer: peer < ENRP_PEERS_MAX;
    requires apart: \separated(g, h, out);
    terminates \true;
    assigns g->counters, g->takeover.active, g->rehome[0 .. ENRP_PEERS_MAX - 1], g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
*/
void enrp_take_takeover_server(struct enrp_group *g, const struct handlespace *h, uint32_t peer,
                               uint32_t target, struct effects *out);

/* Go on: begin the takeover of a dead peer, ask again, or complete it. With that the peer's channel is closed. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, h, out);
    terminates \true;
    assigns g->counters, g->takeover, g->rehome[0 .. ENRP_PEERS_MAX - 1], g->channel[0 .. ENRP_CHANNELS_MAX - 1].open,
            g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
*/
void enrp_takeover_work(struct enrp_group *g, const struct handlespace *h, uint64_t now,
                        struct effects *out);

/* When enrp_takeover_work is due next. */
/*@ requires group: \valid_read(g);
    terminates \true;
    exits \false;
    assigns \nothing;
*/
uint64_t enrp_takeover_deadline(const struct enrp_group *g);

#endif
