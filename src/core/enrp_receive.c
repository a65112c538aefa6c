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

/* Tell a peer what is wrong with its message (RFC 5353, 3.7). */
static void report(struct enrp_group *g, uint32_t channel, uint16_t cause, const uint8_t *info,
                   uint32_t length, struct effects *out)
{
    const struct enrp_address to = {channel, g->own_server,
                                    g->channel[channel - ENRP_CHANNEL_FIRST].server_identifier};

    registrar_count(&g->counters.errors_sent);
    enrp_sent(g, enrp_send_error(out, &to, cause, info, length));
}

/* Tell a peer why the decoder refused its message, where the RFC says so; never about an error report. */
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
static void take_unknown(struct enrp_group *g, const struct registrar_event *event,
                         const uint8_t *bytes, const struct wire_error *error, struct effects *out)
{
    const struct rate_limit some = {ENRP_UNKNOWN_RATE, ENRP_UNKNOWN_BURST};
    struct enrp_channel *c = &g->channel[event->channel - ENRP_CHANNEL_FIRST];

    registrar_count(&g->counters.unknown);
    if (rate_limit_take(&c->reports, &some, event->now)) {
        report_refusal(g, event, bytes, error, out);
    }
}

/* The decoder refused a message; a channel with too many of them is closed. */
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
static void report_unrecognized(struct enrp_group *g, uint32_t channel,
                                const struct enrp_message *m, const uint8_t *bytes,
                                struct effects *out)
{
    for (uint32_t i = 0u; i < m->unrecognized.count && m->type != ENRP_ERROR; i++) {
        report(g, channel, CAUSE_UNRECOGNIZED_PARAMETER,
               bytes + m->unrecognized.parameter[i].offset, m->unrecognized.parameter[i].length,
               out);
    }
}

/* Hand a message that changes the handlespace to its procedure. */
static void dispatch_changes(struct enrp_group *g, struct registrar *r, uint32_t peer,
                             const struct enrp_message *m, const uint8_t *bytes, uint64_t now,
                             struct effects *out)
{
    if (m->type == ENRP_HANDLE_UPDATE) {
        enrp_take_update(g, r, peer, m, bytes, now);
    } else if (m->type == ENRP_HANDLE_TABLE_RESPONSE) {
        enrp_take_table(g, r, peer, m, bytes, now, out);
    }
}

/* Hand a message that changes no element to its procedure. */
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

/* The peer that a decoded message is from, ENRP_NO_PEER when it is not for us, or not from whom it says. */
static uint32_t sender(struct enrp_group *g, const struct handlespace *h,
                       const struct access_rules *rules, const struct registrar_event *event,
                       const struct enrp_message *m, struct effects *out)
{
    if (m->receiving_server_identifier != 0u && m->receiving_server_identifier != g->own_server) {
        registrar_count(&g->counters.refused);
        return ENRP_NO_PEER;
    }
    return enrp_bind_channel(g, h, rules, event->channel, m->sending_server_identifier, event->now,
                             out);
}

void enrp_receive(struct enrp_group *g, struct registrar *r, const struct access_rules *rules,
                  const struct registrar_event *event, const uint8_t *bytes, struct effects *out)
{
    struct enrp_message m;
    struct wire_error error;
    uint32_t peer;

    if (g->channel[event->channel - ENRP_CHANNEL_FIRST].open == 0u) {
        return;
    }
    registrar_count(&g->counters.messages);
    if (!enrp_decode(bytes, event->length, &m, &error)) {
        if (registrar_is_unknown(&error)) {
            take_unknown(g, event, bytes, &error, out);
        } else {
            take_malformed(g, event, bytes, &error, out);
        }
        return;
    }
    peer = sender(g, &r->handlespace, rules, event, &m, out);
    if (peer == ENRP_NO_PEER) {
        return;
    }
    report_unrecognized(g, event->channel, &m, bytes, out);
    enrp_hear(g, &r->handlespace, peer, event->now, out);
    dispatch(g, &r->handlespace, peer, &m, bytes, event->now, out);
    dispatch_changes(g, r, peer, &m, bytes, event->now, out);
}
