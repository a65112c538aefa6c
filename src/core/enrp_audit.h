/* Auditing: is our copy of what a peer is home of the same as the peer's (RFC 5353, 3.6)? Internal to ENRP. */
#ifndef POOLPROOF_CORE_ENRP_AUDIT_H
#define POOLPROOF_CORE_ENRP_AUDIT_H

#include "enrp.h"

/* After so many checksums in a row that agreed the elements are compared in full: the checksum does not cover what
 * an element registered, and has 16 bits only. */
#define ENRP_AGREED_MAX 20u

/*@ // No element is on its way that a comparison would stumble over.
    predicate settled(struct enrp_group *g, integer peer) =
      g->phase == ENRP_PHASE_SERVING && g->rehome[0].from == 0 && !(g->download.active != 0 && g->download.peer == peer);

    // What the peer sent is the checksum of our copy of its elements.
    predicate same_checksum(struct enrp_group *g, struct handlespace *h, integer peer) =
      g->peers.peer[peer].checksum ==
        65535 - ones_complement(home_blocks(h, h->element_used, g->peers.peer[peer].server_identifier));
*/

/* Compare the checksum that a peer has sent with that of our copy; a difference sets `resynchronize`. Nothing is
 * compared while elements are on their way: they would differ for a moment only. */
/*@ requires group: \valid(g) && valid_group(g);
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires peer: peer < ENRP_PEERS_MAX;
    requires apart: \separated(g, h);
    terminates \true;
    exits \false;
    assigns g->counters.audits, g->counters.audits_failed, g->peers.peer[peer].agreed, g->peers.peer[peer].resynchronize;
    ensures group: valid_group(g);
    ensures differs: \old(settled(g, peer) && !same_checksum(g, h, peer)) ==> g->peers.peer[peer].resynchronize == 1;
    ensures same: \old(same_checksum(g, h, peer) && g->peers.peer[peer].agreed < ENRP_AGREED_MAX) ==>
      g->peers.peer[peer].resynchronize == \old(g->peers.peer[peer].resynchronize);
    ensures unsettled: \old(!settled(g, peer)) ==>
      g->peers.peer[peer].resynchronize == \old(g->peers.peer[peer].resynchronize);
*/
void enrp_compare(struct enrp_group *g, const struct handlespace *h, uint32_t peer);

#endif
