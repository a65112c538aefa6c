/* Getting to know peers that others tell of (enrp_learn.h). */
#include "enrp_learn.h"

bool enrp_keep_transport(struct enrp_peer *p, const struct wire_span *tlv, const uint8_t *bytes)
{
    if (tlv->length > ENRP_TRANSPORT_MAX) {
        return false;
    }
    /*@ loop invariant range: 0 <= i <= tlv->length;
        loop assigns i, p->transport[0 .. ENRP_TRANSPORT_MAX - 1];
        loop variant tlv->length - i;
    */
    for (uint32_t i = 0u; i < tlv->length; i++) {
        p->transport[i] = bytes[tlv->offset + i];
    }
    p->transport_length = tlv->length;
    return true;
}

/* A peer that another knows and we do not: it is dialled, and asked for itself. Whether it was not known. */
/*@ requires group: \valid(g) && valid_group(g);
    requires server: \valid_read(server);
    requires transport: \valid_read(bytes + (server->transport.tlv.offset .. server->transport.tlv.offset + server->transport.tlv.length - 1));
    requires inside: server->transport.tlv.offset + server->transport.tlv.length <= UINT32_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, server);
    requires bytes_apart: \separated(g, bytes + (server->transport.tlv.offset .. server->transport.tlv.offset + server->transport.tlv.length - 1));
    terminates \true;
    exits \false;
    assigns g->peers.peer[0 .. ENRP_PEERS_MAX - 1];
    ensures group: valid_group(g);
    ensures kept: \forall integer p; 0 <= p < ENRP_PEERS_MAX && \old(ENRP_PEER_USED(&g->peers, p)) ==>
      g->peers.peer[p].state == \old(g->peers.peer[p].state) && g->peers.peer[p].channel == \old(g->peers.peer[p].channel) &&
      g->peers.peer[p].server_identifier == \old(g->peers.peer[p].server_identifier);
    ensures others_only: \forall integer p; 0 <= p < ENRP_PEERS_MAX && !\old(ENRP_PEER_USED(&g->peers, p)) && ENRP_PEER_USED(&g->peers, p) ==>
      g->peers.peer[p].server_identifier != 0 && g->peers.peer[p].server_identifier != g->own_server;
*/
static bool learn(struct enrp_group *g, const struct wire_server_information *server,
                  const uint8_t *bytes, uint64_t now)
{
    const struct wire_span *tlv = &server->transport.tlv;
    uint32_t place;

    if (server->server_identifier == 0u || server->server_identifier == g->own_server ||
        tlv->length > ENRP_TRANSPORT_MAX ||
        enrp_peers_find(&g->peers, server->server_identifier) != ENRP_NO_PEER) {
        return false;
    }
    place = enrp_peers_add(&g->peers, server->server_identifier);
    //@ assert added: valid_group(g);
    if (place == ENRP_NO_PEER) {
        return false;
    }
    (void)enrp_keep_transport(&g->peers.peer[place], tlv, bytes);
    g->peers.peer[place].deadline = now + g->configuration.max_time_last_heard;
    return true;
}

void enrp_learn_peers(struct enrp_group *g, const struct enrp_message *m, const uint8_t *bytes,
                      uint64_t now, uint32_t most)
{
    struct wire_iterator servers = m->servers;
    struct wire_server_information server;
    const uint32_t length = m->length;

    /*@ loop invariant group: valid_group(g);
        loop invariant kept: \forall integer p; 0 <= p < ENRP_PEERS_MAX && \at(ENRP_PEER_USED(&g->peers, p), Pre) ==>
          ENRP_PEER_USED(&g->peers, p) && g->peers.peer[p].state == \at(g->peers.peer[p].state, Pre) &&
          g->peers.peer[p].channel == \at(g->peers.peer[p].channel, Pre) &&
          g->peers.peer[p].server_identifier == \at(g->peers.peer[p].server_identifier, Pre);
        loop invariant others_only: \forall integer p; 0 <= p < ENRP_PEERS_MAX && !\at(ENRP_PEER_USED(&g->peers, p), Pre) &&
          ENRP_PEER_USED(&g->peers, p) ==>
          g->peers.peer[p].server_identifier != 0 && g->peers.peer[p].server_identifier != g->own_server;
        loop assigns servers, server, most, g->peers.peer[0 .. ENRP_PEERS_MAX - 1];
        loop variant servers.end - servers.next;
    */
    while (most > 0u && wire_server_information_next(bytes, length, &servers, &server)) {
        if (learn(g, &server, bytes, now)) {
            most--;
        }
    }
}
