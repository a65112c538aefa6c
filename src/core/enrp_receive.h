/* Messages of peers: decoding, whose they are, and to which procedure they go. Internal to ENRP.
 *
 * In two steps, so that the first, which decides, has nothing in its hands that a message could change for all: it knows
 * the handlespace to read only. What it lets pass has a peer, and only that is handed to the second.
 */
#ifndef POOLPROOF_CORE_ENRP_RECEIVE_H
#define POOLPROOF_CORE_ENRP_RECEIVE_H

#include "enrp_channel.h"
#include "enrp_wire.h"

/*@ // A message with this Receiving Server's ID is for us, or for all.
    predicate enrp_for_us(struct enrp_group *g, integer server_identifier) =
      server_identifier == 0 || server_identifier == g->own_server;
*/

/*@ // All that a message names lies inside it (enrp_message_inside), said of its value as a whole: so it lasts as long as no
    // part of the message is written, and the provers need not look at each part again.
    predicate enrp_message_fits(struct enrp_message v[1]) =
      wire_inside(v[0].server_information.transport.tlv.offset, v[0].server_information.transport.tlv.length, v[0].length) &&
      wire_inside(v[0].server_information.transport.addresses.offset,
                  v[0].server_information.transport.addresses.length, v[0].length) &&
      wire_inside(v[0].server_information.tlv.offset, v[0].server_information.tlv.length, v[0].length) &&
      v[0].servers.next <= v[0].servers.end <= v[0].length &&
      wire_inside(v[0].pool_handle.offset, v[0].pool_handle.length, v[0].length) &&
      wire_inside(v[0].pool_element.user_transport.tlv.offset, v[0].pool_element.user_transport.tlv.length, v[0].length) &&
      wire_inside(v[0].pool_element.user_transport.addresses.offset,
                  v[0].pool_element.user_transport.addresses.length, v[0].length) &&
      wire_inside(v[0].pool_element.policy.tlv.offset, v[0].pool_element.policy.tlv.length, v[0].length) &&
      wire_inside(v[0].pool_element.asap_transport.tlv.offset, v[0].pool_element.asap_transport.tlv.length, v[0].length) &&
      wire_inside(v[0].pool_element.asap_transport.addresses.offset,
                  v[0].pool_element.asap_transport.addresses.length, v[0].length) &&
      wire_inside(v[0].pool_element.tlv.offset, v[0].pool_element.tlv.length, v[0].length) &&
      v[0].pool_elements.next <= v[0].pool_elements.end <= v[0].length &&
      wire_inside(v[0].operation_error.offset, v[0].operation_error.length, v[0].length) &&
      v[0].pool_entries.next <= v[0].pool_entries.end <= v[0].length &&
      v[0].unrecognized.count <= WIRE_UNRECOGNIZED_MAX &&
      wire_inside(v[0].unrecognized.parameter[0].offset, v[0].unrecognized.parameter[0].length, v[0].length) &&
      wire_inside(v[0].unrecognized.parameter[1].offset, v[0].unrecognized.parameter[1].length, v[0].length) &&
      wire_inside(v[0].unrecognized.parameter[2].offset, v[0].unrecognized.parameter[2].length, v[0].length) &&
      wire_inside(v[0].unrecognized.parameter[3].offset, v[0].unrecognized.parameter[3].length, v[0].length);
*/

/* In contracts: enrp_message_fits of what m points to, as an array of one (see valid_handlespace). */
#define ENRP_MESSAGE_FITS(m) enrp_message_fits(*(struct enrp_message(*)[1])(m))

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
    ensures message: \result != ENRP_NO_PEER ==> ENRP_MESSAGE_FITS(m);
    ensures length: \result != ENRP_NO_PEER ==> m->length <= \old(event->length);
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
    requires message: \valid_read(m) && ENRP_MESSAGE_FITS(m) && \valid_read(bytes + (0 .. m->length - 1));
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
