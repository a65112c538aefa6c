/* Messages of peers (enrp_receive.h). */
#include "enrp_receive.h"

#include "enrp_channel.h"
#include "enrp_download.h"
#include "enrp_presence.h"
#include "enrp_startup.h"
#include "enrp_table.h"
#include "enrp_takeover.h"
#include "enrp_tell.h"
#include "enrp_update.h"
#include "registrar_books.h"
#include "registrar_malformed.h"

/* So many messages of unknown types of a channel are answered: a second, and at once. */
#define ENRP_UNKNOWN_RATE 1u
#define ENRP_UNKNOWN_BURST 8u

/*@ // What says which server identifiers the peer of the channel may bear (enrp_may_bear) is the same.
    predicate bearing_kept{A, B}(struct enrp_group *g, integer channel) =
      \at(g->own_server, A) == \at(g->own_server, B) &&
      \at(g->configuration.identities_bound, A) == \at(g->configuration.identities_bound, B) &&
      \at(g->channel[channel - ENRP_CHANNEL_FIRST].server_identifier, A) ==
        \at(g->channel[channel - ENRP_CHANNEL_FIRST].server_identifier, B) &&
      \at(g->channel[channel - ENRP_CHANNEL_FIRST].principal.identity, A) ==
        \at(g->channel[channel - ENRP_CHANNEL_FIRST].principal.identity, B);
*/

/* Tell a peer what is wrong with its message (RFC 5353, 3.7). */
/*@ ENRP_REQUIRES_GROUP
    requires channel: enrp_channel_number(channel);
    requires info: \valid_read(info + (0 .. length - 1));
    requires apart: \separated(out, info + (0 .. length - 1));
    terminates \true;
    assigns g->counters.errors_sent, g->counters.effects_dropped, *out;
    ENRP_ENSURES_GROUP
*/
static void report(struct enrp_group *g, uint32_t channel, uint16_t cause, const uint8_t *info,
                   uint32_t length, struct effects *out)
{
    const struct enrp_address to = {channel, g->own_server,
                                    g->channel[channel - ENRP_CHANNEL_FIRST].server_identifier};

    registrar_count(&g->counters.errors_sent);
    //@ assert counted: valid_group(g);
    enrp_sent(g, enrp_send_error(out, &to, cause, info, length));
}

/* Tell a peer why the decoder refused its message, where the RFC says so; never about an error report. */
/*@ ENRP_REQUIRES_GROUP
    requires message: \valid_read(bytes + (0 .. event->length - 1));
    requires error: \valid_read(error) && wire_error_inside(error, event->length);
    requires event: \valid_read(event) && enrp_channel_number(event->channel) && event->now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, event, error, out);
    requires bytes_apart: \separated(g, bytes + (0 .. event->length - 1)) && \separated(out, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns g->counters.errors_sent, g->counters.effects_dropped, *out;
    ENRP_ENSURES_GROUP
    ensures no_echo: event->length > 0 && \old(bytes[0]) == ENRP_ERROR ==> out->count == \old(out->count);
*/
static void report_refusal(struct enrp_group *g, const struct registrar_event *event,
                           const uint8_t *bytes, const struct wire_error *error,
                           struct effects *out)
{
    if (error->cause != WIRE_NO_CAUSE && event->length > 0u && bytes[0] != ENRP_ERROR) {
        report(g, event->channel, error->cause, bytes + error->offending.offset,
               error->offending.length, out);
    }
}

/* A message of a type that we do not know: a later version may have it (RFC 5354, 4). Not so many are answered that the
 * answers become a burden. */
/*@ ENRP_REQUIRES_GROUP
    requires message: \valid_read(bytes + (0 .. event->length - 1));
    requires error: \valid_read(error) && wire_error_inside(error, event->length);
    requires event: \valid_read(event) && enrp_channel_number(event->channel) && event->now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, event, error, out);
    requires bytes_apart: \separated(g, bytes + (0 .. event->length - 1)) && \separated(out, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns g->counters, g->channel[event->channel - ENRP_CHANNEL_FIRST].reports, *out;
    ENRP_ENSURES_GROUP
*/
static void take_unknown(struct enrp_group *g, const struct registrar_event *event,
                         const uint8_t *bytes, const struct wire_error *error, struct effects *out)
{
    const struct rate_limit some = {ENRP_UNKNOWN_RATE, ENRP_UNKNOWN_BURST};
    struct enrp_channel *c = &g->channel[event->channel - ENRP_CHANNEL_FIRST];

    registrar_count(&g->counters.unknown);
    //@ assert counted: valid_group(g);
    if (rate_limit_take(&c->reports, &some, event->now)) {
        report_refusal(g, event, bytes, error, out);
    }
}

/* The decoder refused a message; a channel with too many of them is closed. */
/*@ ENRP_REQUIRES_GROUP
    requires message: \valid_read(bytes + (0 .. event->length - 1));
    requires error: \valid_read(error) && wire_error_inside(error, event->length);
    requires event: \valid_read(event) && enrp_channel_number(event->channel) && event->now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, event, error, out);
    requires bytes_apart: \separated(g, bytes + (0 .. event->length - 1)) && \separated(out, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns g->counters, g->channel[event->channel - ENRP_CHANNEL_FIRST].malformed,
            g->channel[event->channel - ENRP_CHANNEL_FIRST].open, g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
*/
static void take_malformed(struct enrp_group *g, const struct registrar_event *event,
                           const uint8_t *bytes, const struct wire_error *error,
                           struct effects *out)
{
    struct enrp_channel *c = &g->channel[event->channel - ENRP_CHANNEL_FIRST];

    registrar_count(&g->counters.malformed);
    if (c->malformed < UINT16_MAX) {
        c->malformed++;
    }
    report_refusal(g, event, bytes, error, out);
    enrp_audit(g, event->channel, AUDIT_MALFORMED, error->rejection, out);
    if (c->malformed > g->configuration.malformed_maximum) {
        enrp_close_channel(g, event->channel, CLOSE_MALFORMED, event->now, out);
    }
}

/* Report what an accepted message holds and nobody knows; not about an error report. */
/*@ ENRP_REQUIRES_GROUP
    requires channel: enrp_channel_number(channel);
    requires message: ENRP_READABLE_MESSAGE(m, bytes);
    requires apart: \separated(g, m, out);
    requires bytes_apart: \separated(g, bytes + (0 .. m->length - 1)) && \separated(out, bytes + (0 .. m->length - 1));
    terminates \true;
    assigns g->counters.errors_sent, g->counters.effects_dropped, *out;
    ENRP_ENSURES_GROUP
*/
static void report_unrecognized(struct enrp_group *g, uint32_t channel,
                                const struct enrp_message *m, const uint8_t *bytes,
                                struct effects *out)
{
    const struct wire_unrecognized *list = &m->unrecognized;

    /*@ loop invariant range: 0 <= i <= list->count;
        loop invariant group: valid_group(g);
        loop invariant list: valid_effects(out);
        loop assigns i, g->counters.errors_sent, g->counters.effects_dropped, *out;
        loop variant list->count - i;
    */
    for (uint32_t i = 0u; i < list->count && m->type != ENRP_ERROR; i++) {
        //@ assert all: wire_unrecognized_inside(list, m->length);
        //@ assert which: i == 0 || i == 1 || i == 2 || i == 3;
        //@ assert inside: wire_inside(list->parameter[i].offset, list->parameter[i].length, m->length);
        report(g, channel, CAUSE_UNRECOGNIZED_PARAMETER, bytes + list->parameter[i].offset,
               list->parameter[i].length, out);
    }
}

/* Hand a message that changes the handlespace to its procedure. */
/*@ ENRP_REQUIRES_GROUP
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    requires message: ENRP_READABLE_MESSAGE(m, bytes);
    requires apart: \separated(g, r, m, out);
    requires bytes_apart: \separated(g, bytes + (0 .. m->length - 1)) && \separated(r, bytes + (0 .. m->length - 1));
    requires bytes_apart_from_list: \separated(out, bytes + (0 .. m->length - 1));
    terminates \true;
    assigns *g, r->handlespace, r->books.account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *out;
    ENRP_ENSURES_GROUP
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
static void dispatch_changes(struct enrp_group *g, struct registrar *r, uint32_t peer,
                             const struct enrp_message *m, const uint8_t *bytes, uint64_t now,
                             struct effects *out)
{
    if (m->type == ENRP_HANDLE_UPDATE) {
        enrp_take_update(g, r, peer, m, bytes, now);
        //@ assert count: out->count <= EFFECTS_MAX;
        //@ assert bytes: out->bytes_used <= EFFECTS_BYTES_MAX;
    } else if (m->type == ENRP_HANDLE_TABLE_RESPONSE) {
        enrp_take_table(g, r, peer, m, bytes, now, out);
    }
}

/* Hand a message that changes no element to its procedure. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    requires message: ENRP_READABLE_MESSAGE(m, bytes);
    requires apart: \separated(g, h, m, out);
    requires bytes_apart: \separated(g, bytes + (0 .. m->length - 1)) && \separated(out, bytes + (0 .. m->length - 1));
    terminates \true;
    assigns *g, *out;
    ENRP_ENSURES_GROUP
*/
static void dispatch(struct enrp_group *g, const struct handlespace *h, uint32_t peer,
                     const struct enrp_message *m, const uint8_t *bytes, uint64_t now,
                     struct effects *out)
{
    switch (m->type) {
    case ENRP_PRESENCE:
        enrp_take_presence(g, h, peer, m, bytes, out);
        break;
    case ENRP_HANDLE_TABLE_REQUEST:
        enrp_give_table(g, h, peer, m, now, out);
        break;
    case ENRP_LIST_REQUEST:
        enrp_give_list(g, peer, out);
        break;
    case ENRP_LIST_RESPONSE:
        enrp_take_list(g, peer, m, bytes, now, out);
        break;
    case ENRP_INIT_TAKEOVER:
        enrp_take_init_takeover(g, h, peer, m->targeting_server_identifier, now, out);
        break;
    case ENRP_INIT_TAKEOVER_ACK:
        enrp_take_takeover_ack(g, peer, m->targeting_server_identifier);
        break;
    case ENRP_TAKEOVER_SERVER:
        enrp_take_takeover_server(g, h, peer, m->targeting_server_identifier, out);
        break;
    default:
        break;
    }
}

/* The peer at the other end of the channel, if it may bear the server identifier (enrp_channel.h). */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires rules: \valid_read(rules);
    requires channel: enrp_channel_number(channel);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, h, rules, out);
    terminates \true;
    assigns *g, *out;
    ENRP_ENSURES_GROUP
    ensures peer: \result == ENRP_NO_PEER || \result < ENRP_PEERS_MAX;
    ensures bears: \result != ENRP_NO_PEER ==> \old(enrp_may_bear(g, rules, channel, server_identifier));
    ensures whose: \result != ENRP_NO_PEER ==> g->peers.peer[\result].server_identifier == server_identifier;
*/
static uint32_t speaker(struct enrp_group *g, const struct handlespace *h,
                        const struct access_rules *rules, uint32_t channel, uint64_t now,
                        uint32_t server_identifier, struct effects *out)
{
    return enrp_bind_channel(g, h, rules, channel, server_identifier, now, out);
}

/* The peer that a decoded message is from, ENRP_NO_PEER when it is not for us, or not from whom it says. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires rules: \valid_read(rules);
    requires channel: enrp_channel_number(channel);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires message: \valid_read(m) && ENRP_MESSAGE_FITS(m);
    requires apart: \separated(g, h, rules, m, out);
    terminates \true;
    assigns *g, *out;
    ENRP_ENSURES_GROUP
    ensures fits: ENRP_MESSAGE_FITS(m);
    ensures peer: \result == ENRP_NO_PEER || \result < ENRP_PEERS_MAX;
    ensures for_us: \result != ENRP_NO_PEER ==> \old(enrp_for_us(g, m->receiving_server_identifier));
    ensures bears: \result != ENRP_NO_PEER ==>
      \old(enrp_may_bear(g, rules, channel, m->sending_server_identifier));
    ensures whose: \result != ENRP_NO_PEER ==>
      g->peers.peer[\result].server_identifier == \old(m->sending_server_identifier);
    ensures length: m->length == \old(m->length);
    ensures from: m->sending_server_identifier == \old(m->sending_server_identifier);
    ensures to: m->receiving_server_identifier == \old(m->receiving_server_identifier);
*/
static uint32_t sender(struct enrp_group *g, const struct handlespace *h,
                       const struct access_rules *rules, uint32_t channel, uint64_t now,
                       const struct enrp_message *m, struct effects *out)
{
    uint32_t peer;

    if (m->receiving_server_identifier != 0u && m->receiving_server_identifier != g->own_server) {
        registrar_count(&g->counters.refused);
        //@ assert counted: valid_group(g);
        return ENRP_NO_PEER;
    }
    peer = speaker(g, h, rules, channel, now, m->sending_server_identifier, out);
    //@ assert fits: ENRP_MESSAGE_FITS(m);
    //@ assert same_length: m->length == \at(m->length, Pre);
    //@ assert same_from: m->sending_server_identifier == \at(m->sending_server_identifier, Pre);
    //@ assert same_to: m->receiving_server_identifier == \at(m->receiving_server_identifier, Pre);
    return peer;
}

/* What the decoder refused: malformed, or of a type that nobody knows. */
/*@ ENRP_REQUIRES_GROUP
    requires message: \valid_read(bytes + (0 .. event->length - 1));
    requires error: \valid_read(error) && wire_error_inside(error, event->length);
    requires event: \valid_read(event) && enrp_channel_number(event->channel) && event->now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, event, error, out);
    requires bytes_apart: \separated(g, bytes + (0 .. event->length - 1)) && \separated(out, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns g->counters, g->channel[event->channel - ENRP_CHANNEL_FIRST].malformed,
            g->channel[event->channel - ENRP_CHANNEL_FIRST].open, g->channel[event->channel - ENRP_CHANNEL_FIRST].reports,
            g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
    ENRP_ENSURES_GROUP
*/
static void take_undecoded(struct enrp_group *g, const struct registrar_event *event,
                           const uint8_t *bytes, const struct wire_error *error,
                           struct effects *out)
{
    if (registrar_is_unknown(error)) {
        take_unknown(g, event, bytes, error, out);
    } else {
        take_malformed(g, event, bytes, error, out);
    }
}

/* Whether a message on an open channel is listened to: its principal is a registrar by the rules. One that is not is not
 * heard again. */
/*@ ENRP_REQUIRES_GROUP
    requires rules: \valid_read(rules);
    requires channel: enrp_channel_number(channel);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, rules, out);
    terminates \true;
    assigns *g, *out;
    ENRP_ENSURES_GROUP
    ensures role: \result ==>
      \old(access_role_given(rules, &g->channel[channel - ENRP_CHANNEL_FIRST].principal, ROLE_REGISTRAR));
    ensures kept: \result ==> bearing_kept{Pre, Post}(g, channel);
*/
static bool heeds(struct enrp_group *g, const struct access_rules *rules, uint32_t channel,
                  uint64_t now, struct effects *out)
{
    const struct enrp_channel *c = &g->channel[channel - ENRP_CHANNEL_FIRST];

    registrar_count(&g->counters.messages);
    //@ assert counted: valid_group(g);
    if (access_has_role(rules, &c->principal, ROLE_REGISTRAR)) {
        return true;
    }
    enrp_close_channel(g, channel, CLOSE_IDENTITY_GONE, now, out);
    return false;
}

/* Decode what came on a channel of a registrar. */
/*@ ENRP_REQUIRES_GROUP
    requires message: \valid_read(bytes + (0 .. event->length - 1));
    requires event: \valid_read(event) && enrp_channel_number(event->channel) && event->now <= REGISTRAR_TIME_MAX;
    requires decoded: \valid(m);
    requires apart: \separated(g, event, m, out);
    requires bytes_apart: \separated(g, bytes + (0 .. event->length - 1)) && \separated(m, bytes + (0 .. event->length - 1));
    requires bytes_apart_from_list: \separated(out, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns *g, *m, *out;
    ENRP_ENSURES_GROUP
    ensures fits: \result ==> ENRP_MESSAGE_FITS(m);
    ensures length: \result ==> m->length <= \old(event->length);
    ensures kept: \result ==> bearing_kept{Pre, Post}(g, \old(event->channel));
*/
static bool decode(struct enrp_group *g, const struct registrar_event *event, const uint8_t *bytes,
                   struct enrp_message *m, struct effects *out)
{
    const uint32_t length = event->length;
    struct wire_error error;
    const bool decoded = enrp_decode(bytes, length, m, &error);

    //@ assert same_server: g->own_server == \at(g->own_server, Pre);
    //@ assert same_rule: g->configuration.identities_bound == \at(g->configuration.identities_bound, Pre);
    /*@ assert same_name: \let c = \at(event->channel, Pre) - ENRP_CHANNEL_FIRST;
          g->channel[c].server_identifier == \at(g->channel[\at(event->channel, Pre) - ENRP_CHANNEL_FIRST].server_identifier, Pre); */
    /*@ assert same_identity: \let c = \at(event->channel, Pre) - ENRP_CHANNEL_FIRST;
          g->channel[c].principal.identity == \at(g->channel[\at(event->channel, Pre) - ENRP_CHANNEL_FIRST].principal.identity, Pre); */
    //@ assert group_kept: valid_group(g);
    //@ assert list_kept: valid_effects(out);
    if (!decoded) {
        take_undecoded(g, event, bytes, &error, out);
        return false;
    }
    //@ assert fits: ENRP_MESSAGE_FITS(m);
    //@ assert within: m->length <= length;
    return true;
}

/* Listen to a registrar, and decode what it says. */
/*@ ENRP_REQUIRES_GROUP
    requires rules: \valid_read(rules);
    requires message: \valid_read(bytes + (0 .. event->length - 1));
    requires event: \valid_read(event) && enrp_channel_number(event->channel) && event->now <= REGISTRAR_TIME_MAX;
    requires decoded: \valid(m);
    requires apart: \separated(g, rules, event, m, out);
    requires bytes_apart: \separated(g, bytes + (0 .. event->length - 1)) && \separated(m, bytes + (0 .. event->length - 1));
    requires bytes_apart_from_list: \separated(out, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns *g, *m, *out;
    ENRP_ENSURES_GROUP
    ensures role: \result ==>
      \old(access_role_given(rules, &g->channel[event->channel - ENRP_CHANNEL_FIRST].principal, ROLE_REGISTRAR));
    ensures fits: \result ==> ENRP_MESSAGE_FITS(m);
    ensures length: \result ==> m->length <= \old(event->length);
    ensures kept: \result ==> bearing_kept{Pre, Post}(g, \old(event->channel));
*/
static bool hear_out(struct enrp_group *g, const struct access_rules *rules,
                     const struct registrar_event *event, const uint8_t *bytes,
                     struct enrp_message *m, struct effects *out)
{
    const uint32_t channel = event->channel;

    if (!heeds(g, rules, channel, event->now, out)) {
        return false;
    }
    //@ assert same: event->channel == channel && event->length == \at(event->length, Pre) && event->now <= REGISTRAR_TIME_MAX;
    return decode(g, event, bytes, m, out);
}

uint32_t enrp_receive(struct enrp_group *g, const struct handlespace *h,
                      const struct access_rules *rules, const struct registrar_event *event,
                      const uint8_t *bytes, struct enrp_message *m, struct effects *out)
{
    const uint32_t channel = event->channel;
    const uint64_t now = event->now;

    if (g->channel[channel - ENRP_CHANNEL_FIRST].open == 0u) {
        return ENRP_NO_PEER;
    }
    if (!hear_out(g, rules, event, bytes, m, out)) {
        return ENRP_NO_PEER;
    }
    //@ assert decoded: valid_handlespace(h);
    /*@ assert bearing: \forall integer id; enrp_may_bear(g, rules, channel, id) ==>
          \at(enrp_may_bear(g, rules, event->channel, id), Pre); */
    return sender(g, h, rules, channel, now, m, out);
}

/* Before a peer's message is carried out: what nobody knows in it is reported, and the peer was heard. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires peer: peer < ENRP_PEERS_MAX;
    requires event: \valid_read(event) && enrp_channel_number(event->channel) && event->now <= REGISTRAR_TIME_MAX;
    requires message: ENRP_READABLE_MESSAGE(m, bytes) && ENRP_MESSAGE_FITS(m);
    requires apart: \separated(g, h, event, m, out);
    requires bytes_apart: \separated(g, bytes + (0 .. m->length - 1)) && \separated(out, bytes + (0 .. m->length - 1));
    terminates \true;
    assigns *g, *out;
    ENRP_ENSURES_GROUP
*/
static void hear(struct enrp_group *g, const struct handlespace *h, uint32_t peer,
                 const struct registrar_event *event, const struct enrp_message *m,
                 const uint8_t *bytes, struct effects *out)
{
    report_unrecognized(g, event->channel, m, bytes, out);
    //@ assert reported: valid_handlespace(h);
    enrp_hear(g, h, peer, event->now, out);
}

void enrp_carry_out(struct enrp_group *g, struct registrar *r, uint32_t peer,
                    const struct registrar_event *event, const struct enrp_message *m,
                    const uint8_t *bytes, struct effects *out)
{
    //@ assert inside: enrp_message_inside(m, m->length);
    hear(g, &r->handlespace, peer, event, m, bytes, out);
    //@ assert fits_still: ENRP_MESSAGE_FITS(m);
    //@ assert heard: valid_handlespace(&r->handlespace);
    //@ assert kept: enrp_message_inside(m, m->length);
    //@ assert same: m->length == \at(m->length, Pre);
    if (m->type == ENRP_HANDLE_UPDATE || m->type == ENRP_HANDLE_TABLE_RESPONSE) {
        dispatch_changes(g, r, peer, m, bytes, event->now, out);
    } else {
        dispatch(g, &r->handlespace, peer, m, bytes, event->now, out);
        //@ assert untouched: valid_handlespace(&r->handlespace);
    }
}
