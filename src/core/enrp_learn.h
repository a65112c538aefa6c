/* Getting to know peers that others tell of (RFC 5353, 3.2.2). Internal to ENRP. */
#ifndef POOLPROOF_CORE_ENRP_LEARN_H
#define POOLPROOF_CORE_ENRP_LEARN_H

#include "enrp.h"
#include "enrp_wire.h"

/* Take the peers of an ENRP_LIST_RESPONSE that are not in our list into it, `most` at most, unheard yet. */
/*@ requires group: \valid(g) && valid_group(g);
    requires message: ENRP_READABLE_MESSAGE(m, bytes);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, m);
    requires bytes_apart: \separated(g, bytes + (0 .. m->length - 1));
    terminates \true;
    assigns g->peers.peer[0 .. ENRP_PEERS_MAX - 1];
    ensures group: valid_group(g);
    ensures kept: \forall integer p; 0 <= p < ENRP_PEERS_MAX && \old(ENRP_PEER_USED(&g->peers, p)) ==>
      g->peers.peer[p].state == \old(g->peers.peer[p].state) && g->peers.peer[p].channel == \old(g->peers.peer[p].channel) &&
      g->peers.peer[p].server_identifier == \old(g->peers.peer[p].server_identifier);
    ensures others_only: \forall integer p; 0 <= p < ENRP_PEERS_MAX && !\old(ENRP_PEER_USED(&g->peers, p)) && ENRP_PEER_USED(&g->peers, p) ==>
      g->peers.peer[p].server_identifier != 0 && g->peers.peer[p].server_identifier != g->own_server;
*/
void enrp_learn_peers(struct enrp_group *g, const struct enrp_message *m, const uint8_t *bytes,
                      uint64_t now, uint32_t most);

#endif
