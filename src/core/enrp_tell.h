/* Telling peers: one message to a peer, or one announcement to all of them; records of what happened.
 *
 * Internal to ENRP. An announcement is composed once and sent again on each peer's channel (RFC 5353, 3.1).
 * What finds no room in the list of effects is counted; the timers repeat what matters. Knows no handlespace.
 */
#ifndef POOLPROOF_CORE_ENRP_TELL_H
#define POOLPROOF_CORE_ENRP_TELL_H

#include "enrp.h"
#include "enrp_send.h"

/* Effects that an announcement may take, and that a procedure may count on beside it. */
#define ENRP_STEP_EFFECTS (ENRP_PEERS_MAX + 4u)

/* Whether an announcement, and a message of `bytes` bytes, still find room. */
/*@ requires list: \valid_read(out) && valid_effects(out);
    requires bytes: bytes <= EFFECTS_BYTES_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures room: \result ==> out->count + ENRP_STEP_EFFECTS <= EFFECTS_MAX;
*/
bool enrp_room(const struct effects *out, uint32_t bytes);

/* Whom a message to a peer goes to; `peer` is in the list and has a channel. */
/*@ requires group: \valid_read(g);
    requires peer: peer < ENRP_PEERS_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures channel: \result.channel == g->peers.peer[peer].channel;
    ensures from: \result.from == g->own_server;
    ensures to: \result.to == g->peers.peer[peer].server_identifier;
*/
struct enrp_address enrp_address_of(const struct enrp_group *g, uint32_t peer);

/* Send what was composed last to every other peer that has a channel: `first` got it already. */
/*@ ENRP_REQUIRES_GROUP
    requires first: first < ENRP_PEERS_MAX;
    terminates \true;
    exits \false;
    assigns g->counters.effects_dropped, out->count, out->effect[0 .. EFFECTS_MAX - 1];
    ENRP_ENSURES_GROUP
*/
void enrp_tell_others(struct enrp_group *g, uint32_t first, struct effects *out);

/* The first peer that has a channel, from place `from` on; ENRP_NO_PEER when there is none. */
/*@ requires group: \valid_read(g);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures connected: \result != ENRP_NO_PEER ==> \result < ENRP_PEERS_MAX &&
      ENRP_PEER_USED(&g->peers, \result) && g->peers.peer[\result].channel != ENRP_NO_CHANNEL;
*/
uint32_t enrp_next_connected(const struct enrp_group *g, uint32_t from);

/* A presence to one peer (RFC 5353, 3.4). `checksum` is our own. */
/*@ ENRP_REQUIRES_GROUP
    requires peer: peer < ENRP_PEERS_MAX;
    terminates \true;
    assigns g->counters.presences_sent, g->counters.effects_dropped, *out;
    ENRP_ENSURES_GROUP
    ensures one: out->count <= \old(out->count) + 1;
*/
void enrp_tell_presence(struct enrp_group *g, uint32_t peer, bool reply_required, uint16_t checksum,
                        struct effects *out);

/* A presence to all peers. */
/*@ ENRP_REQUIRES_GROUP
    terminates \true;
    assigns g->counters.presences_sent, g->counters.effects_dropped, *out;
    ENRP_ENSURES_GROUP
*/
void enrp_announce_presence(struct enrp_group *g, bool reply_required, uint16_t checksum,
                            struct effects *out);

/* A message without parameters to one peer. */
/*@ ENRP_REQUIRES_GROUP
    requires peer: peer < ENRP_PEERS_MAX;
    terminates \true;
    assigns g->counters.effects_dropped, *out;
    ENRP_ENSURES_GROUP
    ensures one: out->count <= \old(out->count) + 1;
*/
void enrp_tell_plain(struct enrp_group *g, uint32_t peer, uint8_t type, uint8_t flags,
                     struct effects *out);

/* ENRP_INIT_TAKEOVER or ENRP_TAKEOVER_SERVER to all peers, the target included (RFC 5353, 3.5). */
/*@ ENRP_REQUIRES_GROUP
    terminates \true;
    assigns g->counters.effects_dropped, *out;
    ENRP_ENSURES_GROUP
*/
void enrp_announce_takeover(struct enrp_group *g, uint8_t type, uint32_t target,
                            struct effects *out);

/* A record of what concerns a peer: its channel, its identity when it has a channel, its server identifier. */
/*@ ENRP_REQUIRES_GROUP
    terminates \true;
    exits \false;
    assigns g->counters.effects_dropped, out->count, out->effect[0 .. EFFECTS_MAX - 1];
    ENRP_ENSURES_GROUP
    ensures one: out->count <= \old(out->count) + 1;
*/
void enrp_audit(struct enrp_group *g, uint32_t channel, uint16_t event, uint32_t subject,
                struct effects *out);

/* Count what was not sent. */
/*@ requires group: \valid(g);
    terminates \true;
    exits \false;
    assigns g->counters.effects_dropped;
*/
void enrp_sent(struct enrp_group *g, bool sent);

#endif
