/* Channels between registrars: coming, going, and whose they are. Internal to ENRP.
 *
 * A channel is opened for a principal with the role of a registrar. Its peer's server identifier is what the
 * first message on it says, if that identity may use it; from then on no other is taken. Between two
 * registrars one channel is enough: when both have opened one at the same time, that of the lower server identifier stays;
 * otherwise the later one, because the peer that opened it had lost the earlier.
 */
#ifndef POOLPROOF_CORE_ENRP_CHANNEL_H
#define POOLPROOF_CORE_ENRP_CHANNEL_H

#include "enrp.h"

/*@ // No peer's server identifier has changed.
    predicate enrp_names_kept{L1, L2}(struct enrp_group *g) =
      \forall integer p; 0 <= p < ENRP_PEERS_MAX ==>
        \at(g->peers.peer[p].server_identifier, L1) == \at(g->peers.peer[p].server_identifier, L2);

    // The channel of this place is closed, or a registrar's.
    predicate enrp_channel_allowed(struct enrp_group *g, struct access_rules *rules, integer c) =
      g->channel[c].open != 0 ==> access_role_given(rules, &g->channel[c].principal, ROLE_REGISTRAR);

    // The peer at the other end of the channel may bear the server identifier: the channel has no other, and the identity
    // is granted this one by the rules as they are, if the configuration asks for that.
    predicate enrp_may_bear(struct enrp_group *g, struct access_rules *rules, integer channel, integer server) =
      server != 0 && server != g->own_server &&
      (g->channel[channel - ENRP_CHANNEL_FIRST].server_identifier == 0 ||
       g->channel[channel - ENRP_CHANNEL_FIRST].server_identifier == server) &&
      (g->configuration.identities_bound == 0 ||
       ACCESS_SERVER_GRANTED(rules, g->channel[channel - ENRP_CHANNEL_FIRST].principal.identity, server));
*/

/* Whether `channel` is the number of an ENRP channel. */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures number: \result <==> enrp_channel_number(channel);
*/
bool enrp_is_channel(uint32_t channel);

/* Take EVENT_CHANNEL_OPENED: accept the channel, or have it closed. Ours begins with a presence that asks for a
 * reply. One that is open is not opened again: both are dropped. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires rules: \valid_read(rules);
    requires event: \valid_read(event) && event->now <= REGISTRAR_TIME_MAX && enrp_channel_number(event->channel);
    requires apart: \separated(g, h, rules, event, out);
    terminates \true;
    assigns g->counters, g->channel[event->channel - ENRP_CHANNEL_FIRST], g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
    ensures peers_only: g->channel[\old(event->channel) - ENRP_CHANNEL_FIRST].open != 0 ==>
      \old(access_role_given(rules, &event->principal, ROLE_REGISTRAR));
*/
void enrp_open_channel(struct enrp_group *g, const struct handlespace *h,
                       const struct access_rules *rules, const struct registrar_event *event,
                       struct effects *out);

/* Forget a channel that is gone: its peer is asked for on another, and is dead when it does not answer there. */
/*@ requires group: \valid(g) && valid_group(g);
    requires channel: enrp_channel_number(channel);
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns g->channel[channel - ENRP_CHANNEL_FIRST].open, g->peers.peer[0 .. ENRP_PEERS_MAX - 1];
    ensures group: valid_group(g);
    ensures closed: g->channel[channel - ENRP_CHANNEL_FIRST].open == 0;
    ensures names: enrp_names_kept{Pre, Post}(g);
*/
void enrp_lose_channel(struct enrp_group *g, uint32_t channel, uint64_t now);

/* Close an open channel for a reason, on record. */
/*@ ENRP_REQUIRES_GROUP
    requires channel: enrp_channel_number(channel);
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns g->counters.effects_dropped, g->channel[channel - ENRP_CHANNEL_FIRST].open,
            g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
    ensures closed: g->channel[channel - ENRP_CHANNEL_FIRST].open == 0;
    ensures fuller: out->count >= \old(out->count);
    ensures names: enrp_names_kept{Pre, Post}(g);
*/
void enrp_close_channel(struct enrp_group *g, uint32_t channel, uint16_t reason, uint64_t now,
                        struct effects *out);

/* The peer whose messages a channel carries, now that one from `server_identifier` came: known before, or new in the
 * peer list (RFC 5353, 3.4.1). ENRP_NO_PEER: it must not use that identifier, and the channel is closed; or there
 * is no place for it. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires rules: \valid_read(rules);
    requires channel: enrp_channel_number(channel);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, h, rules, out);
    terminates \true;
    assigns g->counters, g->channel[0 .. ENRP_CHANNELS_MAX - 1], g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
    ensures peer: \result == ENRP_NO_PEER || \result < ENRP_PEERS_MAX;
    ensures peers_only: \result != ENRP_NO_PEER ==> \old(enrp_may_bear(g, rules, channel, server_identifier));
    ensures whose: \result != ENRP_NO_PEER ==> g->peers.peer[\result].server_identifier == server_identifier;
*/
uint32_t enrp_bind_channel(struct enrp_group *g, const struct handlespace *h,
                           const struct access_rules *rules, uint32_t channel,
                           uint32_t server_identifier, uint64_t now, struct effects *out);

/* Close channels on which nobody has said who is there within MAX-TIME-NO-RESPONSE: who opens one begins with a presence
 * (RFC 5353, 3.4.1), and the channels of one that opens them in vain, because it is not heard, must not use up all. */
/*@ ENRP_REQUIRES_GROUP
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    assigns g->counters.effects_dropped, g->channel[0 .. ENRP_CHANNELS_MAX - 1].open, g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
*/
void enrp_close_strangers(struct enrp_group *g, uint64_t now, struct effects *out);

/* The rules changed: close channels of those that are no longer registrars, as far as the list has room. */
/*@ ENRP_REQUIRES_GROUP
    requires rules: \valid_read(rules);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, rules, out);
    terminates \true;
    assigns g->counters.effects_dropped, g->channel[0 .. ENRP_CHANNELS_MAX - 1], g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
    ensures peers_only: out->count < EFFECTS_MAX ==>
      \forall integer c; 0 <= c < ENRP_CHANNELS_MAX ==> enrp_channel_allowed(g, rules, c);
*/
void enrp_check_channels(struct enrp_group *g, const struct access_rules *rules, uint64_t now,
                         struct effects *out);

#endif
