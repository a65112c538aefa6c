/* The peer list: the other registrars of the operational scope, as one registrar knows them (RFC 5353, 3.4).
 *
 * A peer is a place in an array, and keeps its number as long as it is in the list. The first places are
 * those of the registrars that the configuration names: they stay in the list, known or not, and are what
 * is dialled. Places behind them are taken by peers that others told of, or that came by themselves, and
 * are free again when such a peer is gone. A place's server identifier is 0 until the peer has said it, or
 * the configuration has.
 *
 * Owns: the places. Knows no message, no handlespace and no rule: those are the procedures' (enrp.h).
 * Zero bytes are an empty list.
 */
#ifndef POOLPROOF_CORE_ENRP_PEERS_H
#define POOLPROOF_CORE_ENRP_PEERS_H

#include <stdbool.h>
#include <stdint.h>

/* Peers in the list, ourselves not among them. */
#define ENRP_PEERS_MAX 32u

#define ENRP_NO_PEER UINT32_MAX
#define ENRP_NO_CHANNEL UINT32_MAX

/* Bytes of a peer's transport parameter (RFC 5354, 3.11), with one IPv6 address or several IPv4. */
#define ENRP_TRANSPORT_MAX 64u

enum enrp_peer_state {
    ENRP_PEER_FREE = 0,    /* no peer has this place */
    ENRP_PEER_UNHEARD = 1, /* configured or told of, not heard yet, or gone again */
    ENRP_PEER_ACTIVE = 2,  /* heard within MAX-TIME-LAST-HEARD */
    ENRP_PEER_ASKED = 3,   /* silent, or its channel is lost: has until `deadline` to be heard */
    ENRP_PEER_DEAD = 4,    /* did not answer: to be taken over by us (RFC 5353, 3.5) */
    ENRP_PEER_INACTIVE =
        5 /* another registrar is taking it over, and has until `deadline` for it */
};

/* A session in which we send the handle table to the peer (RFC 5353, 3.2.3). */
struct enrp_table_session {
    uint8_t active;
    uint8_t own_only;  /* W flag of its request: the elements we are home of */
    uint32_t next;     /* the element from which on nothing was sent yet */
    uint64_t deadline; /* the next request is to come before, milliseconds */
};

struct enrp_peer {
    uint8_t state;              /* enum enrp_peer_state */
    uint8_t configured;         /* 1: named by the configuration */
    uint8_t named;              /* 1: its server identifier, too: it stays when the peer is gone */
    uint8_t dialling;           /* 1: EFFECT_CONNECT is under way */
    uint8_t dial_failed;        /* 1: the last attempt to connect led to nothing */
    uint8_t acknowledged;       /* 1: agreed to the takeover we have initiated */
    uint8_t resynchronize;      /* 1: its elements differ from our copy: fetch them */
    uint8_t has_checksum;       /* 1: it has sent a PE checksum */
    uint16_t checksum;          /* the last one it sent */
    uint32_t server_identifier; /* 0: not known */
    uint32_t channel;           /* what we send to it on, ENRP_NO_CHANNEL when there is none */
    uint64_t last_heard;        /* peer_last_heard, milliseconds */
    uint64_t deadline;          /* of ENRP_PEER_ASKED and ENRP_PEER_INACTIVE */
    uint64_t dial_after;        /* not dialled before, milliseconds */
    uint32_t dial_pause;        /* the pause before the next attempt but one, milliseconds */
    uint32_t agreed;            /* presences in a row whose checksum was that of our copy */
    struct enrp_table_session table;
    uint32_t transport_length; /* of its transport parameter, 0 when it is not known */
    uint8_t transport[ENRP_TRANSPORT_MAX];
};

struct enrp_peers {
    struct enrp_peer peer[ENRP_PEERS_MAX];
};

/* In contracts: somebody has this place. */
#define ENRP_PEER_USED(l, p) ((l)->peer[p].state != ENRP_PEER_FREE)

/* The latest time that is kept of a peer, milliseconds: leaves room for deadlines to be added to it. */
#define ENRP_PEER_TIME_MAX 0x3fffffffffffffff

/*@ predicate valid_peers(struct enrp_peers *l) =
      (\forall integer p; 0 <= p < ENRP_PEERS_MAX ==> l->peer[p].transport_length <= ENRP_TRANSPORT_MAX) &&
      (\forall integer p; 0 <= p < ENRP_PEERS_MAX ==> l->peer[p].last_heard <= ENRP_PEER_TIME_MAX);

    // 1 for a peer that was heard, and is neither dead nor being taken over.
    logic integer enrp_alive_at{L}(struct enrp_peers *l, integer p) =
      l->peer[p].state == ENRP_PEER_ACTIVE ? 1 : l->peer[p].state == ENRP_PEER_ASKED ? 1 : 0;

    // How many of the first n places have such a peer.
    logic integer enrp_alive_below{L}(struct enrp_peers *l, integer n) =
      n <= 0 ? 0 : enrp_alive_below(l, n - 1) + enrp_alive_at(l, n - 1);

    // Nothing is known of the peer, and nothing is going on with it.
    predicate enrp_peer_blank(struct enrp_peer *p) =
      p->channel == ENRP_NO_CHANNEL && p->acknowledged == 0 && p->resynchronize == 0 && p->has_checksum == 0 &&
      p->agreed == 0 && p->table.active == 0 && p->transport_length == 0 && p->last_heard == 0;
*/

/* The place of the peer with this server identifier, or ENRP_NO_PEER. 0 is nobody's. */
/*@ requires list: \valid_read(l);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures found: \result != ENRP_NO_PEER ==> \result < ENRP_PEERS_MAX && ENRP_PEER_USED(l, \result) &&
      l->peer[\result].server_identifier == server_identifier && server_identifier != 0;
    ensures complete: \result == ENRP_NO_PEER ==> server_identifier == 0 ||
      \forall integer p; 0 <= p < ENRP_PEERS_MAX && ENRP_PEER_USED(l, p) ==>
        l->peer[p].server_identifier != server_identifier;
*/
uint32_t enrp_peers_find(const struct enrp_peers *l, uint32_t server_identifier);

/* The place of the peer we send to on `channel`, or ENRP_NO_PEER. */
/*@ requires list: \valid_read(l);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures found: \result != ENRP_NO_PEER ==> \result < ENRP_PEERS_MAX && ENRP_PEER_USED(l, \result) &&
      l->peer[\result].channel == channel && channel != ENRP_NO_CHANNEL;
    ensures complete: \result == ENRP_NO_PEER ==> channel == ENRP_NO_CHANNEL ||
      \forall integer p; 0 <= p < ENRP_PEERS_MAX && ENRP_PEER_USED(l, p) ==> l->peer[p].channel != channel;
*/
uint32_t enrp_peers_of_channel(const struct enrp_peers *l, uint32_t channel);

/* Take a free place for a peer that is not in the list. ENRP_NO_PEER when none is free, and nothing changed. */
/*@ requires list: \valid(l) && valid_peers(l);
    terminates \true;
    exits \false;
    assigns l->peer[0 .. ENRP_PEERS_MAX - 1];
    ensures list: valid_peers(l);
    ensures full: \result == ENRP_NO_PEER <==>
      \old(\forall integer p; 0 <= p < ENRP_PEERS_MAX ==> ENRP_PEER_USED(l, p));
    ensures blank: \result != ENRP_NO_PEER ==> enrp_peer_blank(&l->peer[\result]) &&
      l->peer[\result].configured == 0 && l->peer[\result].dialling == 0 && l->peer[\result].dial_after == 0;
    ensures added: \result != ENRP_NO_PEER ==> \result < ENRP_PEERS_MAX &&
      \old(l->peer[\result].state) == ENRP_PEER_FREE && l->peer[\result].state == ENRP_PEER_UNHEARD &&
      l->peer[\result].server_identifier == server_identifier && l->peer[\result].channel == ENRP_NO_CHANNEL;
    ensures others: \forall integer p; 0 <= p < ENRP_PEERS_MAX && p != \result ==> l->peer[p].state == \old(l->peer[p].state);
    ensures names: \forall integer p; 0 <= p < ENRP_PEERS_MAX && p != \result ==>
      l->peer[p].server_identifier == \old(l->peer[p].server_identifier) && l->peer[p].channel == \old(l->peer[p].channel);
*/
uint32_t enrp_peers_add(struct enrp_peers *l, uint32_t server_identifier);

/* The peer is gone: a configured place is unheard again, to be dialled after `dial_after`; another one is free. Of
 * the peer nothing is remembered but what the configuration says: a server identifier that it said itself is
 * forgotten, since the registrar that answers next in its place may have begun anew with another one. What is
 * remembered of the place is its dialling: under way, or in vain. */
/*@ requires list: \valid(l) && valid_peers(l);
    requires peer: peer < ENRP_PEERS_MAX;
    terminates \true;
    exits \false;
    assigns l->peer[peer];
    ensures list: valid_peers(l);
    ensures gone: l->peer[peer].state == (\old(l->peer[peer].configured) != 0 ? ENRP_PEER_UNHEARD : ENRP_PEER_FREE);
    ensures silent: l->peer[peer].channel == ENRP_NO_CHANNEL;
    ensures blank: enrp_peer_blank(&l->peer[peer]);
    ensures name: l->peer[peer].server_identifier ==
      (\old(l->peer[peer].configured) != 0 && \old(l->peer[peer].named) != 0 ? \old(l->peer[peer].server_identifier) : 0);
    ensures configured: \old(l->peer[peer].configured) != 0 ==> l->peer[peer].configured != 0 &&
      l->peer[peer].named == \old(l->peer[peer].named) && l->peer[peer].dialling == \old(l->peer[peer].dialling) &&
      l->peer[peer].dial_after == dial_after;
    ensures pause: \old(l->peer[peer].configured) != 0 ==> l->peer[peer].dial_pause == \old(l->peer[peer].dial_pause) &&
      l->peer[peer].dial_failed == \old(l->peer[peer].dial_failed);
    ensures free: \old(l->peer[peer].configured) == 0 ==> l->peer[peer].configured == 0 && l->peer[peer].dialling == 0;
*/
void enrp_peers_remove(struct enrp_peers *l, uint32_t peer, uint64_t dial_after);

/* Peers that count: heard, and neither dead nor being taken over by another. */
/*@ requires list: \valid_read(l);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures bounded: \result <= ENRP_PEERS_MAX;
    ensures counted: \result == enrp_alive_below(l, ENRP_PEERS_MAX);
*/
uint32_t enrp_peers_alive(const struct enrp_peers *l);

#endif
