/* Learning of peers while serving. Internal to ENRP.
 *
 * A registrar hears of the others from its mentor, and those hear of it by its presences (RFC 5353, 3.2.2). Two that
 * start at the same time, or that took each other for dead while the network was cut, would never meet again unless one
 * is in the configuration of the other. So each registrar asks one of its peers after the other for its list, one in
 * each heartbeat cycle, by the request of the RFC, and gets to know one that it does not have. Only one: a peer that
 * names many that are not there cannot fill the list, since who is not heard is soon gone again; and so often, because the
 * next one is learned only while the one before is in the list, heard or not.
 */
#ifndef POOLPROOF_CORE_ENRP_REFRESH_H
#define POOLPROOF_CORE_ENRP_REFRESH_H

#include "enrp.h"
#include "enrp_wire.h"

/* Ask the next peer for its list, when it is time. */
/*@ ENRP_REQUIRES_GROUP
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    assigns g->counters.effects_dropped, g->refresh_due, g->refresh_peer, g->refresh_asked, *out;
    ENRP_ENSURES_GROUP
    ensures starting: g->phase != ENRP_PHASE_SERVING ==> g->refresh_asked == \old(g->refresh_asked);
    ensures not_early: \old(g->refresh_due) > now ==> g->refresh_due == \old(g->refresh_due);
    ensures one: out->count <= \old(out->count) + 1;
*/
void enrp_refresh_peers(struct enrp_group *g, uint64_t now, struct effects *out);

/* Take ENRP_LIST_RESPONSE while serving: the first answer of the peer that was asked counts. */
/*@ requires group: \valid(g) && valid_group(g);
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    requires message: ENRP_READABLE_MESSAGE(m, bytes);
    requires apart: \separated(g, m);
    requires bytes_apart: \separated(g, bytes + (0 .. m->length - 1));
    terminates \true;
    assigns g->refresh_asked, g->peers.peer[0 .. ENRP_PEERS_MAX - 1];
    ensures group: valid_group(g);
    ensures once: peer == g->refresh_peer ==> g->refresh_asked == 0;
    ensures asked_only: peer != g->refresh_peer || \old(g->refresh_asked) == 0 ==>
      \forall integer p; 0 <= p < ENRP_PEERS_MAX ==> g->peers.peer[p] == \old(g->peers.peer[p]);
*/
void enrp_take_refresh(struct enrp_group *g, uint32_t peer, const struct enrp_message *m,
                       const uint8_t *bytes, uint64_t now);

#endif
