/* Auditing: is our copy of what a peer is home of the same as the peer's (RFC 5353, 3.6)? Internal to ENRP. */
#ifndef POOLPROOF_CORE_ENRP_AUDIT_H
#define POOLPROOF_CORE_ENRP_AUDIT_H

#include "enrp.h"

/* After so many checksums in a row that agreed the elements are compared in full: the checksum does not cover what
 * an element registered, and has 16 bits only. */
#define ENRP_AGREED_MAX 20u

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
*/
void enrp_compare(struct enrp_group *g, const struct handlespace *h, uint32_t peer);

#endif
