/* Getting to know peers that others tell of (RFC 5353, 3.2.2). Internal to ENRP. */
#ifndef POOLPROOF_CORE_ENRP_LEARN_H
#define POOLPROOF_CORE_ENRP_LEARN_H

#include "enrp.h"
#include "enrp_wire.h"

/* Keep how a peer is reached: its transport parameter, where it is in the message. False when that is longer than what we
 * keep; then what was known stays. */
/*@ requires peer: \valid(p);
    requires span: \valid_read(tlv) && tlv->offset + tlv->length <= UINT32_MAX;
    requires transport: \valid_read(bytes + (tlv->offset .. tlv->offset + tlv->length - 1));
    requires apart: \separated(p, tlv);
    requires bytes_apart: \separated(p, bytes + (tlv->offset .. tlv->offset + tlv->length - 1));
    terminates \true;
    exits \false;
    assigns p->transport[0 .. ENRP_TRANSPORT_MAX - 1], p->transport_length;
    ensures fits: \result <==> tlv->length <= ENRP_TRANSPORT_MAX;
    ensures kept: p->transport_length == (\result ? tlv->length : \old(p->transport_length));
*/
bool enrp_keep_transport(struct enrp_peer *p, const struct wire_span *tlv, const uint8_t *bytes);

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
