/* Messages of peers: decoding, whose they are, and to which procedure they go. Internal to ENRP.
 *
 * In two steps, so that the first, which decides, has nothing in its hands that a message could change for all: it knows
 * the handlespace to read only. What it lets pass has a peer, and only that is handed to the second.
 */
#ifndef POOLPROOF_CORE_ENRP_RECEIVE_H
#define POOLPROOF_CORE_ENRP_RECEIVE_H

#include "enrp.h"
#include "enrp_wire.h"

/*@ // The peer at the other end of the channel may bear the server identifier: the channel has it already, or it has none
    // and the identity was granted this one, if the configuration asks for that.
    predicate enrp_may_bear(struct enrp_group *g, struct access_rules *rules, integer channel, integer server_identifier) =
      server_identifier != 0 && server_identifier != g->own_server &&
      (g->channel[channel - ENRP_CHANNEL_FIRST].server_identifier == server_identifier ||
       g->channel[channel - ENRP_CHANNEL_FIRST].server_identifier == 0 &&
       (g->configuration.identities_bound == 0 ||
        rules->identity[g->channel[channel - ENRP_CHANNEL_FIRST].principal.identity].server_identifier == server_identifier));

    // A message with this Receiving Server's ID is for us, or for all.
    predicate enrp_for_us(struct enrp_group *g, integer server_identifier) =
      server_identifier == 0 || server_identifier == g->own_server;
*/

/* Take EVENT_MESSAGE on an ENRP channel: the peer whose message `m` is, or ENRP_NO_PEER when nothing is to be done with
 * it. It is a peer's only if the channel is open and its principal a registrar, now and not only when it was opened, if
 * it bears the server identifier that this peer may bear, and is for us (RFC 5355, 2.5): peers_only. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires rules: \valid_read(rules);
    requires event: \valid_read(event) && event->now <= REGISTRAR_TIME_MAX && enrp_channel_number(event->channel);
    requires bytes: \valid_read(bytes + (0 .. event->length - 1));
    requires message: \valid(m);
    requires apart: \separated(g, h, rules, event, m, out);
    requires bytes_apart: \separated(g, bytes + (0 .. event->length - 1)) && \separated(m, bytes + (0 .. event->length - 1));
    requires bytes_apart_from_list: \separated(out, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns *g, *m, *out;
    ENRP_ENSURES_GROUP
    ensures peer: \result == ENRP_NO_PEER || \result < ENRP_PEERS_MAX;
    ensures message: \result != ENRP_NO_PEER ==> enrp_message_inside(m, m->length) && m->length <= event->length;
    ensures peers_only: \result != ENRP_NO_PEER ==>
      \old(enrp_authorised(g, rules, event->channel)) &&
      \let from = m->sending_server_identifier; \old(enrp_may_bear(g, rules, event->channel, from));
    ensures for_us: \result != ENRP_NO_PEER ==>
      \let to = m->receiving_server_identifier; \old(enrp_for_us(g, to));
    ensures whose: \result != ENRP_NO_PEER ==> g->peers.peer[\result].server_identifier == m->sending_server_identifier;

    behavior closed:
      assumes g->channel[event->channel - ENRP_CHANNEL_FIRST].open == 0;
      assigns \nothing;
*/
uint32_t enrp_receive(struct enrp_group *g, const struct handlespace *h,
                      const struct access_rules *rules, const struct registrar_event *event,
                      const uint8_t *bytes, struct enrp_message *m, struct effects *out);

/* Carry out a peer's message: report what nobody knows in it, note that the peer was heard, and hand it to its procedure. */
/*@ ENRP_REQUIRES_GROUP
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires peer: peer < ENRP_PEERS_MAX;
    requires event: \valid_read(event) && event->now <= REGISTRAR_TIME_MAX && enrp_channel_number(event->channel);
    requires message: ENRP_READABLE_MESSAGE(m, bytes);
    requires apart: \separated(g, r, event, m, out);
    requires bytes_apart: \separated(g, bytes + (0 .. m->length - 1)) && \separated(r, bytes + (0 .. m->length - 1));
    requires bytes_apart_from_list: \separated(out, bytes + (0 .. m->length - 1));
    terminates \true;
    assigns *g, r->handlespace, r->books.account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *out;
    ENRP_ENSURES_GROUP
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
void enrp_carry_out(struct enrp_group *g, struct registrar *r, uint32_t peer,
                    const struct registrar_event *event, const struct enrp_message *m,
                    const uint8_t *bytes, struct effects *out);

#endif
