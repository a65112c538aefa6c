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
bool enrp_room(const struct effects *out, uint32_t bytes);

/* Whom a message to a peer goes to; `peer` is in the list and has a channel. */
struct enrp_address enrp_address_of(const struct enrp_group *g, uint32_t peer);

/* Send what was composed last to every other peer that has a channel: `first` got it already. */
void enrp_tell_others(struct enrp_group *g, uint32_t first, struct effects *out);

/* The first peer that has a channel, from place `from` on; ENRP_NO_PEER when there is none. */
uint32_t enrp_next_connected(const struct enrp_group *g, uint32_t from);

/* A presence to one peer (RFC 5353, 3.4). `checksum` is our own. */
void enrp_tell_presence(struct enrp_group *g, uint32_t peer, bool reply_required, uint16_t checksum,
                        struct effects *out);

/* A presence to all peers. */
void enrp_announce_presence(struct enrp_group *g, bool reply_required, uint16_t checksum,
                            struct effects *out);

/* A message without parameters to one peer. */
void enrp_tell_plain(struct enrp_group *g, uint32_t peer, uint8_t type, uint8_t flags,
                     struct effects *out);

/* ENRP_INIT_TAKEOVER or ENRP_TAKEOVER_SERVER to all peers, the target included (RFC 5353, 3.5). */
void enrp_announce_takeover(struct enrp_group *g, uint8_t type, uint32_t target,
                            struct effects *out);

/* A record of what concerns a peer: its channel, its identity when it has a channel, its server identifier. */
void enrp_audit(struct enrp_group *g, uint32_t channel, uint16_t event, uint32_t subject,
                struct effects *out);

/* Count what was not sent. */
void enrp_sent(struct enrp_group *g, bool sent);

#endif
