/* Keep-alives (registrar_keep_alive.h). */
#include "registrar_keep_alive.h"

#include "handlespace_journal.h"
#include "handlespace_reading.h"
#include "registrar_audit.h"
#include "registrar_channel.h"
#include "registrar_home.h"
#include "registrar_lookup.h"
#include "registrar_reply.h"
#include "registrar_timing.h"

/* Compose and append the message: server identifier and pool handle (RFC 5352, 2.2.7). With H, this registrar says that
 * it is the element's home: where another one says so, too, the element has to know. */
/*@ requires books: \valid(k);
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, h, out);
    terminates \true;
    assigns k->counters.keep_alives, k->counters.effects_dropped, *out;
    ensures list: valid_effects(out);
*/
static void send_message(struct registrar_books *k, const struct handlespace *h, uint32_t element,
                         uint32_t channel, struct effects *out)
{
    uint32_t pool = handlespace_pool_of(h, element);
    const uint8_t *handle = h->pool[pool].handle;
    struct registrar_reply reply = {0};

    reply.channel = channel;
    reply.type = ASAP_ENDPOINT_KEEP_ALIVE;
    reply.flags = h->element[element].contested_by != 0u ? ASAP_FLAG_HOME : 0u;
    reply.has_server_identifier = 1u;
    reply.server_identifier = k->configuration.server_identifier;
    reply.cause = WIRE_NO_CAUSE;
    reply.handle_length = handlespace_handle_length(h, pool);
    if (registrar_reply_send(out, &reply, handle, handle)) {
        registrar_count(&k->counters.keep_alives);
    } else {
        registrar_count(&k->counters.effects_dropped);
    }
}

uint8_t registrar_send_keep_alive(struct registrar_books *k, struct handlespace *h,
                                  uint32_t element, uint64_t now, struct effects *out)
{
    uint32_t channel = registrar_channel_of(k, h->element[element].channel);

    if (channel == REGISTRAR_NO_CHANNEL) {
        return (uint8_t)KEEP_ALIVE_IMPOSSIBLE;
    }
    if (now < k->keep_alive_after[element]) {
        return (uint8_t)KEEP_ALIVE_TOO_SOON;
    }
    send_message(k, h, element, channel, out);
    handlespace_set_keep_alive(h, element, now + k->configuration.keep_alive_timeout, true);
    registrar_arm(h, element);
    k->keep_alive_after[element] = now + k->configuration.keep_alive_minimum;
    return (uint8_t)KEEP_ALIVE_SENT;
}

/* An element that another registrar claims has answered us: it is ours, and that is announced again. */
/*@ requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->element[element].contested_by, h->journal, h->journal_lost;
    ensures handlespace: valid_handlespace(h);
    ensures used: handlespace_element_used(h, element);
    ensures settled: h->element[element].contested_by == 0;
*/
static void settle_contest(struct handlespace *h, uint32_t element)
{
    if (h->element[element].contested_by != 0u) {
        handlespace_set_contested(h, element, 0u);
        //@ assert still_used: handlespace_element_used(h, element);
        handlespace_note_change(h, element, UPDATE_ACTION_ADD_PE);
    }
}

void registrar_take_ack(struct registrar_books *k, struct handlespace *h,
                        const struct access_rules *rules, const struct registrar_request *q,
                        const uint8_t *bytes)
{
    uint32_t element;

    if (!access_has_role(rules, &q->principal, ROLE_POOL_ELEMENT)) {
        registrar_count(&k->counters.ignored);
        return;
    }
    element = registrar_find(h, q, bytes);
    if (element == HANDLESPACE_NONE || h->element[element].identity != q->principal.identity ||
        h->element[element].channel != q->tag || h->element[element].keep_alive_waiting == 0u) {
        registrar_count(&k->counters.ignored);
        return;
    }
    registrar_count(&k->counters.keep_alive_acks);
    handlespace_set_keep_alive(
        h, element, registrar_next_keep_alive(&k->configuration, q->now, q->random), false);
    registrar_arm(h, element);
    settle_contest(h, element);
}

/* The element did not say in time that we are its home: it is left to the registrar that claims it. Its channel is closed,
 * because the element may only have been slow, and go on believing in us. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, h, out);
    terminates \true;
    exits \false;
    assigns k->counters, k->sweep_elements, k->channel[0 .. REGISTRAR_CHANNELS_MAX - 1].open,
            k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, k->account[0 .. REGISTRAR_ACCOUNTS - 1].channels, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void give_way(struct registrar_books *k, struct handlespace *h, uint32_t element,
                     struct effects *out)
{
    uint32_t channel = registrar_channel_of(k, h->element[element].channel);

    registrar_give_way(k, h, element, out);
    if (channel != REGISTRAR_NO_CHANNEL) {
        registrar_close_channel(k, channel, CLOSE_ELEMENT_YIELDED, out);
        //@ assert closed: valid_handlespace(h);
    }
}

/* Nobody answered: the element is unreachable and is removed (RFC 5352, 3.5), unless another registrar claims it: then it
 * may well be there. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, h, out);
    terminates \true;
    assigns k->counters, k->sweep_elements, k->channel[0 .. REGISTRAR_CHANNELS_MAX - 1].open,
            k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, k->account[0 .. REGISTRAR_ACCOUNTS - 1].channels, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void remove_unreachable(struct registrar_books *k, struct handlespace *h, uint32_t element,
                               struct effects *out)
{
    if (h->element[element].contested_by != 0u) {
        give_way(k, h, element, out);
        return;
    }
    registrar_count(&k->counters.unreachable);
    registrar_audit_element(&k->counters, h, element, AUDIT_UNREACHABLE_REMOVED, out);
    registrar_remove(k, h, element);
}

/* None could be sent: try again when that is allowed, or give the element time to come back over another channel. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, h, out);
    terminates \true;
    assigns k->counters, k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void wait_longer(struct registrar_books *k, struct handlespace *h, uint32_t element,
                        uint8_t outcome, uint64_t now, struct effects *out)
{
    if (outcome == (uint8_t)KEEP_ALIVE_TOO_SOON) {
        handlespace_set_keep_alive(h, element, k->keep_alive_after[element], false);
        registrar_arm(h, element);
        //@ assert nothing_sent: valid_effects(out);
    } else {
        registrar_lose_element(k, h, element, now, out);
    }
}

void registrar_keep_alive_due(struct registrar_books *k, struct handlespace *h, uint32_t element,
                              uint64_t now, struct effects *out)
{
    uint8_t outcome;

    if (h->element[element].keep_alive_waiting != 0u) {
        remove_unreachable(k, h, element, out);
        return;
    }
    outcome = registrar_send_keep_alive(k, h, element, now, out);
    if (outcome != (uint8_t)KEEP_ALIVE_SENT) {
        wait_longer(k, h, element, outcome, now, out);
    }
}
