/* The peer list of enrp_peers.h: finding, adding and removing peers (RFC 5353, 3.4).
 *
 * Owns nothing: the list is the caller's. Each operation walks its few places once. A place that is taken or
 * left is written as a whole, so that nothing of the peer before is believed of the next one.
 */
#include "enrp_peers.h"

uint32_t enrp_peers_find(const struct enrp_peers *l, uint32_t server_identifier)
{
    if (server_identifier == 0u) {
        return ENRP_NO_PEER;
    }
    /*@ loop invariant range: 0 <= p <= ENRP_PEERS_MAX;
        loop invariant none: \forall integer k; 0 <= k < p && ENRP_PEER_USED(l, k) ==>
          l->peer[k].server_identifier != server_identifier;
        loop assigns p;
        loop variant ENRP_PEERS_MAX - p;
    */
    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        if (l->peer[p].state != (uint8_t)ENRP_PEER_FREE &&
            l->peer[p].server_identifier == server_identifier) {
            return p;
        }
    }
    return ENRP_NO_PEER;
}

uint32_t enrp_peers_of_channel(const struct enrp_peers *l, uint32_t channel)
{
    if (channel == ENRP_NO_CHANNEL) {
        return ENRP_NO_PEER;
    }
    /*@ loop invariant range: 0 <= p <= ENRP_PEERS_MAX;
        loop invariant none: \forall integer k; 0 <= k < p && ENRP_PEER_USED(l, k) ==> l->peer[k].channel != channel;
        loop assigns p;
        loop variant ENRP_PEERS_MAX - p;
    */
    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        if (l->peer[p].state != (uint8_t)ENRP_PEER_FREE && l->peer[p].channel == channel) {
            return p;
        }
    }
    return ENRP_NO_PEER;
}

/* Stop sending tables to a peer. */
/*@ requires session: \valid(session);
    terminates \true;
    exits \false;
    assigns *session;
    ensures over: session->active == 0;
*/
static void end_session(struct enrp_table_session *session)
{
    session->active = 0u;
    session->own_only = 0u;
    session->next = 0u;
    session->deadline = 0u;
}

/* Forget all of a peer and write the place anew. The bytes of its transport parameter stay, and mean nothing. */
/*@ requires place: \valid(place);
    terminates \true;
    exits \false;
    assigns *place;
    ensures state: place->state == state;
    ensures name: place->server_identifier == server_identifier;
    ensures blank: enrp_peer_blank(place);
    ensures unconfigured: place->configured == 0 && place->named == 0;
    ensures at_rest: place->dialling == 0 && place->dial_after == 0;
*/
static void write_place(struct enrp_peer *place, uint8_t state, uint32_t server_identifier)
{
    place->state = state;
    place->configured = 0u;
    place->named = 0u;
    place->dialling = 0u;
    place->dial_failed = 0u;
    place->acknowledged = 0u;
    place->resynchronize = 0u;
    place->has_checksum = 0u;
    place->checksum = 0u;
    place->server_identifier = server_identifier;
    place->channel = ENRP_NO_CHANNEL;
    place->last_heard = 0u;
    place->deadline = 0u;
    place->dial_after = 0u;
    place->dial_pause = 0u;
    place->agreed = 0u;
    end_session(&place->table);
    place->transport_length = 0u;
}

/* The first place that nobody has, ENRP_NO_PEER when there is none. */
/*@ requires list: \valid_read(l);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures free: \result != ENRP_NO_PEER ==> \result < ENRP_PEERS_MAX && !ENRP_PEER_USED(l, \result);
    ensures full: \result == ENRP_NO_PEER ==> \forall integer p; 0 <= p < ENRP_PEERS_MAX ==> ENRP_PEER_USED(l, p);
*/
static uint32_t free_place(const struct enrp_peers *l)
{
    /*@ loop invariant range: 0 <= p <= ENRP_PEERS_MAX;
        loop invariant used: \forall integer k; 0 <= k < p ==> ENRP_PEER_USED(l, k);
        loop assigns p;
        loop variant ENRP_PEERS_MAX - p;
    */
    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        if (l->peer[p].state == (uint8_t)ENRP_PEER_FREE) {
            return p;
        }
    }
    return ENRP_NO_PEER;
}

uint32_t enrp_peers_add(struct enrp_peers *l, uint32_t server_identifier)
{
    const uint32_t place = free_place(l);

    if (place != ENRP_NO_PEER) {
        write_place(&l->peer[place], (uint8_t)ENRP_PEER_UNHEARD, server_identifier);
    }
    return place;
}

/* A configured peer is gone: its place stays. */
/*@ requires place: \valid(place);
    terminates \true;
    exits \false;
    assigns *place;
    ensures unheard: place->state == ENRP_PEER_UNHEARD && place->configured == 1;
    ensures name: place->server_identifier == (\old(place->named) != 0 ? \old(place->server_identifier) : 0);
    ensures blank: enrp_peer_blank(place);
    ensures dialling: place->dialling == \old(place->dialling) && place->named == \old(place->named);
    ensures pause: place->dial_pause == \old(place->dial_pause) && place->dial_failed == \old(place->dial_failed);
    ensures dial_after: place->dial_after == dial_after;
*/
static void leave_configured(struct enrp_peer *place, uint64_t dial_after)
{
    const struct enrp_peer left = *place;

    write_place(place, (uint8_t)ENRP_PEER_UNHEARD, left.named != 0u ? left.server_identifier : 0u);
    place->configured = 1u;
    place->named = left.named;
    place->dialling = left.dialling;
    place->dial_failed = left.dial_failed;
    place->dial_pause = left.dial_pause;
    place->dial_after = dial_after;
}

/* enrp_peers_remove for one place. */
/*@ requires place: \valid(place);
    terminates \true;
    exits \false;
    assigns *place;
    ensures gone: place->state == (\old(place->configured) != 0 ? ENRP_PEER_UNHEARD : ENRP_PEER_FREE);
    ensures blank: enrp_peer_blank(place);
    ensures name: place->server_identifier ==
      (\old(place->configured) != 0 && \old(place->named) != 0 ? \old(place->server_identifier) : 0);
    ensures configured: \old(place->configured) != 0 ==> place->configured != 0 &&
      place->named == \old(place->named) && place->dialling == \old(place->dialling) &&
      place->dial_after == dial_after;
    ensures pause: \old(place->configured) != 0 ==> place->dial_pause == \old(place->dial_pause) &&
      place->dial_failed == \old(place->dial_failed);
    ensures free: \old(place->configured) == 0 ==> place->configured == 0 && place->dialling == 0;
*/
static void leave_place(struct enrp_peer *place, uint64_t dial_after)
{
    if (place->configured != 0u) {
        leave_configured(place, dial_after);
    } else {
        write_place(place, (uint8_t)ENRP_PEER_FREE, 0u);
    }
}

void enrp_peers_remove(struct enrp_peers *l, uint32_t peer, uint64_t dial_after)
{
    leave_place(&l->peer[peer], dial_after);
}

uint32_t enrp_peers_alive(const struct enrp_peers *l)
{
    uint32_t alive = 0u;

    /*@ loop invariant range: 0 <= p <= ENRP_PEERS_MAX;
        loop invariant bounded: 0 <= alive <= p;
        loop invariant counted: alive == enrp_alive_below(l, p);
        loop assigns p, alive;
        loop variant ENRP_PEERS_MAX - p;
    */
    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        if (l->peer[p].state == (uint8_t)ENRP_PEER_ACTIVE ||
            l->peer[p].state == (uint8_t)ENRP_PEER_ASKED) {
            alive += 1u;
        }
    }
    return alive;
}
