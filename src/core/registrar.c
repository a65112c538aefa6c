/* The registrar's step: one event in, effects out (registrar.h).
 *
 * Only sorts: each procedure of RFC 5352, 3.1 to 3.5, has a file of its own (registrar_registration.c,
 * registrar_deregistration.c, registrar_resolution.c, registrar_keep_alive.c, registrar_unreachable.c,
 * registrar_expiry.c), and so have channels, refusals, malformed messages and the sweep. Never
 * looks into a message itself.
 */
#include "registrar.h"

#include "registrar_books.h"
#include "registrar_channel.h"
#include "registrar_deregistration.h"
#include "registrar_expiry.h"
#include "registrar_keep_alive.h"
#include "registrar_malformed.h"
#include "registrar_refusal.h"
#include "registrar_registration.h"
#include "registrar_reply.h"
#include "registrar_resolution.h"
#include "registrar_sweep.h"
#include "registrar_unreachable.h"

void registrar_init(struct registrar *r, const struct registrar_configuration *c,
                    const uint8_t hash_key[16], uint64_t now)
{
    handlespace_init(&r->handlespace, hash_key, c->server_identifier, c->pool_capacity,
                     c->element_capacity, now);
    r->books.configuration = *c;
}

/* Hand a request to its procedure. Messages that only a registrar or a pool element sends to somebody
 * else have no business here (RFC 5352, 2.2); an ASAP_ERROR is taken note of by being counted. */
/*@ REQUIRES_RULED_REQUEST
    requires element: wire_inside(q->message.pool_element.tlv.offset, q->message.pool_element.tlv.length, q->length);
    terminates \true;
    assigns *k, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void dispatch(struct registrar_books *k, struct handlespace *h,
                     const struct access_rules *rules, const struct registrar_request *q,
                     const uint8_t *bytes, struct effects *out)
{
    switch (q->message.type) {
    case ASAP_REGISTRATION:
        registrar_register(k, h, rules, q, bytes, out);
        break;
    case ASAP_DEREGISTRATION:
        registrar_deregister(k, h, rules, q, bytes, out);
        break;
    case ASAP_HANDLE_RESOLUTION:
        registrar_resolve(k, h, rules, q, bytes, out);
        break;
    case ASAP_ENDPOINT_KEEP_ALIVE_ACK:
        registrar_take_ack(k, h, rules, q, bytes);
        //@ assert count: out->count <= EFFECTS_MAX;
        //@ assert bytes: out->bytes_used <= EFFECTS_BYTES_MAX;
        break;
    case ASAP_ENDPOINT_UNREACHABLE:
        registrar_take_report(k, h, rules, q, bytes, out);
        break;
    default:
        registrar_count(&k->counters.ignored);
        //@ assert untouched: valid_handlespace(h);
        break;
    }
}

/* Report what an accepted message holds and nobody knows; not about an error report. */
/*@ requires counters: \valid(n);
    requires request: readable_request(q, bytes);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(n, q, out);
    requires bytes_apart: \separated(out, bytes + (0 .. q->length - 1)) && \separated(n, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns n->errors_sent, n->effects_dropped, *out;
    ensures list: valid_effects(out);
*/
static void report_unrecognized(struct registrar_counters *n, const struct registrar_request *q,
                                const uint8_t *bytes, struct effects *out)
{
    bool sent;

    if (q->message.unrecognized.count == 0u || q->message.type == ASAP_ERROR) {
        return;
    }
    sent = registrar_report_unrecognized(out, q, bytes);
    registrar_count(&n->errors_sent);
    if (!sent) {
        registrar_count(&n->effects_dropped);
    }
}

/* Refuse whoever has neither role, as the procedure would: an answer where the request has one. */
/*@ requires counters: \valid(n);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(n, q, out);
    requires bytes_apart: \separated(out, bytes + (0 .. q->length - 1)) && \separated(n, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns *n, *out;
    ensures list: valid_effects(out);
*/
static void refuse_stranger(struct registrar_counters *n, const struct registrar_request *q,
                            const uint8_t *bytes, struct effects *out)
{
    switch (q->message.type) {
    case ASAP_REGISTRATION:
    case ASAP_DEREGISTRATION:
    case ASAP_HANDLE_RESOLUTION:
    case ASAP_ENDPOINT_UNREACHABLE:
        registrar_refuse(n, q, bytes, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS,
                         AUDIT_ROLE_REFUSED, out);
        break;
    default:
        registrar_count(&n->ignored);
        break;
    }
}

/* Let a decoded request pass, or refuse it: for its rate, or because it is a stranger's. */
/*@ requires books: \valid(k);
    requires request: readable_request(q, bytes);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, q, out);
    requires bytes_apart: \separated(k, bytes + (0 .. q->length - 1)) && \separated(out, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns *k, *out;
    ensures list: valid_effects(out);
    ensures request: \result ==> ANSWERABLE_REQUEST(q, bytes);
    ensures element: \result ==>
      wire_inside(q->message.pool_element.tlv.offset, q->message.pool_element.tlv.length, q->length);
    ensures length: q->length == \old(q->length);
    ensures role: \result ==> !stranger;
*/
static bool pass(struct registrar_books *k, const struct registrar_request *q, const uint8_t *bytes,
                 bool stranger, struct effects *out)
{
    if (!registrar_charge(k, q, (uint8_t)CHARGE_MESSAGE)) {
        registrar_refuse_limited(k, q, bytes, out);
        return false;
    }
    report_unrecognized(&k->counters, q, bytes, out);
    if (stranger) {
        refuse_stranger(&k->counters, q, bytes, out);
        return false;
    }
    return true;
}

/* A message that could not be decoded: malformed, or of a type that nobody knows. */
/*@ requires books: \valid(k);
    requires event: \valid_read(event) && event->channel < REGISTRAR_CHANNELS_MAX;
    requires message: \valid_read(bytes + (0 .. event->length - 1));
    requires origin: \valid_read(q) && q->channel == event->channel && q->length == event->length;
    requires error: \valid_read(error) && wire_error_inside(error, event->length);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, event, q, error, out);
    requires bytes_apart: \separated(k, bytes + (0 .. event->length - 1)) && \separated(out, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns *k, *out;
    ensures list: valid_effects(out);
*/
static void refuse_undecoded(struct registrar_books *k, const struct registrar_event *event,
                             const struct registrar_request *q, const uint8_t *bytes,
                             const struct wire_error *error, struct effects *out)
{
    if (registrar_is_unknown(error)) {
        registrar_take_unknown(k, q, bytes, error, out);
    } else {
        registrar_take_malformed(k, event, bytes, error, out);
    }
}

/* Make a request of a message, if it came on an open channel, can be decoded, and may pass. Knows no handlespace: only
 * what has passed is handed to it (no_state_before_auth). */
/*@ requires books: \valid(k);
    requires rules: \valid_read(rules);
    requires event: \valid_read(event) && event->now <= REGISTRAR_TIME_MAX;
    requires message: \valid_read(bytes + (0 .. event->length - 1));
    requires request: \valid(q);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, rules, event, q, out);
    requires bytes_apart: \separated(k, bytes + (0 .. event->length - 1)) && \separated(q, bytes + (0 .. event->length - 1));
    requires bytes_apart_from_list: \separated(out, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns *k, *q, *out;
    ensures list: valid_effects(out);
    ensures request: \result ==> ANSWERABLE_REQUEST(q, bytes);
    ensures element: \result ==>
      wire_inside(q->message.pool_element.tlv.offset, q->message.pool_element.tlv.length, q->length);
    ensures length: \result ==> q->length == \old(event->length);
    ensures open: \result ==> \old(event->channel) < REGISTRAR_CHANNELS_MAX && \old(k->channel[event->channel].open) != 0;
    ensures role: \result ==>
      \old(access_role_given(rules, &k->channel[event->channel].principal, ROLE_POOL_ELEMENT)) ||
      \old(access_role_given(rules, &k->channel[event->channel].principal, ROLE_POOL_USER));
*/
static bool receive(struct registrar_books *k, const struct access_rules *rules,
                    const struct registrar_event *event, const uint8_t *bytes,
                    struct registrar_request *q, struct effects *out)
{
    struct wire_error error;
    bool stranger;

    if (event->channel >= REGISTRAR_CHANNELS_MAX || k->channel[event->channel].open == 0u) {
        registrar_count(&k->counters.ignored);
        return false;
    }
    stranger = !registrar_role_given(rules, &k->channel[event->channel].principal);
    registrar_count(&k->counters.messages);
    if (!registrar_read_request(q, k, event, bytes, &error)) {
        refuse_undecoded(k, event, q, bytes, &error, out);
        return false;
    }
    //@ assert count: out->count <= EFFECTS_MAX;
    //@ assert bytes: out->bytes_used <= EFFECTS_BYTES_MAX;
    return pass(k, q, bytes, stranger, out);
}

/* Look through everything: what an identity that went away has left. */
/*@ requires books: \valid(k);
    terminates \true;
    assigns k->sweep_channels, k->sweep_elements, k->rules_elements;
    ensures sweep: k->sweep_channels <= REGISTRAR_CHANNELS_MAX;
*/
static void begin_sweep(struct registrar_books *k)
{
    k->sweep_channels = REGISTRAR_CHANNELS_MAX;
    k->sweep_elements = HANDLESPACE_ELEMENTS_MAX;
    k->rules_elements = HANDLESPACE_ELEMENTS_MAX;
}

bool registrar_applying_rules(const struct registrar *r)
{
    return r->books.sweep_channels > 0u || r->books.rules_elements > 0u;
}

bool registrar_sweeping(const struct registrar *r)
{
    return r->books.sweep_channels > 0u || r->books.sweep_elements > 0u;
}

/* One slice of what changes or time have left to do, in turn: each may fill the list of effects, and however often
 * changes come, no deadline waits for longer than a slice. */
/*@ requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires rules: \valid_read(rules);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(r, rules, out);
    terminates \true;
    assigns *r, *out;
    ensures handlespace: valid_handlespace(&r->handlespace);
    ensures list: valid_effects(out);
*/
static void tick(struct registrar *r, const struct access_rules *rules, uint64_t now,
                 struct effects *out)
{
    bool sweep = registrar_sweeping(r) && r->books.deadlines_next == 0u;

    r->books.deadlines_next = sweep ? 1u : 0u;
    if (sweep) {
        registrar_sweep(&r->books, &r->handlespace, rules, now, out);
    } else {
        registrar_serve_deadlines(&r->books, &r->handlespace, now, out);
    }
}

/* Take an event that is neither a message nor a tick. Knows no handlespace. */
/*@ requires books: \valid(k);
    requires rules: \valid_read(rules);
    requires event: \valid_read(event);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, rules, event, out);
    terminates \true;
    assigns *k, *out;
    ensures list: valid_effects(out);
*/
static void take_notice(struct registrar_books *k, const struct access_rules *rules,
                        const struct registrar_event *event, struct effects *out)
{
    if (event->kind == (uint8_t)EVENT_RULES_CHANGED) {
        begin_sweep(k);
    } else if (event->channel >= REGISTRAR_CHANNELS_MAX) {
        registrar_count(&k->counters.ignored);
    } else if (event->kind == (uint8_t)EVENT_CHANNEL_OPENED) {
        registrar_open_channel(k, rules, event, out);
    } else if (event->kind == (uint8_t)EVENT_CHANNEL_CLOSED ||
               event->kind == (uint8_t)EVENT_SEND_FAILED) {
        registrar_lose_channel(k, event->channel);
    }
}

void registrar_step(struct registrar *r, const struct access_rules *rules,
                    const struct registrar_event *event, const uint8_t *bytes, struct effects *out)
{
    struct registrar_request q;

    if (event->kind == (uint8_t)EVENT_TICK) {
        tick(r, rules, event->now, out);
    } else if (event->kind == (uint8_t)EVENT_MESSAGE) {
        const bool passed = receive(&r->books, rules, event, bytes, &q, out);

        //@ assert untouched: valid_handlespace(&r->handlespace);
        if (passed) {
            dispatch(&r->books, &r->handlespace, rules, &q, bytes, out);
        }
    } else {
        take_notice(&r->books, rules, event, out);
        //@ assert unnoticed: valid_handlespace(&r->handlespace);
    }
    out->more = registrar_next_deadline(r) <= event->now;
}

uint64_t registrar_next_deadline(const struct registrar *r)
{
    return registrar_sweeping(r) ? 0u : handlespace_next_deadline(&r->handlespace);
}
