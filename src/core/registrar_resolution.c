/* Answering handle resolutions (registrar_resolution.h). */
#include "registrar_resolution.h"

#include "handlespace_reading.h"
#include "registrar_parameter.h"
#include "registrar_refusal.h"
#include "registrar_reply.h"

/* Where the Home ENRP Server Identifier stands in a Pool Element parameter (RFC 5354, 3.10): behind its header and the PE
 * identifier. */
#define BEFORE_HOME 8u
#define BEHIND_HOME 12u

/* Append the pool's policy as its element `element` stated it: all elements have the same type. */
/*@ requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires room: \valid(to + (0 .. room - 1));
    requires position: at <= room && (at == WIRE_FULL || at >= WIRE_HEADER);
    requires apart: \separated(h, to + (0 .. room - 1));
    terminates \true;
    assigns to[0 .. room - 1];
    ensures fits: \result <= room && (\result == WIRE_FULL || \result >= WIRE_HEADER);
*/
static uint32_t put_policy(const struct handlespace *h, uint32_t element, uint8_t *to,
                           uint32_t room, uint32_t at)
{
    const uint8_t *parameter = h->parameter[element].bytes;
    struct wire_span transport;
    struct wire_span policy;

    if (!registrar_parameter_parts(parameter, handlespace_parameter_length(h, element), &transport,
                                   &policy)) {
        return WIRE_FULL;
    }
    return wire_put_tlv(to, room, at, parameter + policy.offset, policy.length);
}

/* Append a pool element as it is stored, but for its home, which may have changed since. */
/*@ requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires room: \valid(to + (0 .. room - 1));
    requires position: at <= room && (at == WIRE_FULL || at >= WIRE_HEADER);
    requires apart: \separated(h, to + (0 .. room - 1));
    terminates \true;
    assigns to[0 .. room - 1];
    ensures fits: \result <= room && (\result == WIRE_FULL || \result >= WIRE_HEADER);
*/
static uint32_t put_element(const struct handlespace *h, uint32_t element, uint8_t *to,
                            uint32_t room, uint32_t at)
{
    const uint8_t *parameter = h->parameter[element].bytes;
    uint32_t length = handlespace_parameter_length(h, element);

    if (length < BEHIND_HOME) {
        return wire_put_tlv(to, room, at, parameter, length);
    }
    at = wire_put_bytes(to, room, at, parameter, BEFORE_HOME);
    at = wire_put_word(to, room, at, h->element[element].home);
    return wire_put_bytes(to, room, at, parameter + BEHIND_HOME, length - BEHIND_HOME);
}

/* Append `count` pool elements from `element` on, as many as fit. */
/*@ requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires room: \valid(to + (0 .. room - 1));
    requires position: at <= room && (at == WIRE_FULL || at >= WIRE_HEADER);
    requires apart: \separated(h, to + (0 .. room - 1));
    terminates \true;
    assigns to[0 .. room - 1];
    ensures fits: \result <= room && (\result == WIRE_FULL || \result >= WIRE_HEADER);
*/
static uint32_t put_elements(const struct handlespace *h, uint32_t element, uint32_t count,
                             uint8_t *to, uint32_t room, uint32_t at)
{
    /*@ loop invariant range: 0 <= i <= count;
        loop invariant element: handlespace_element_used(h, element);
        loop invariant fits: at <= room && (at == WIRE_FULL || at >= WIRE_HEADER);
        loop assigns i, at, element, to[0 .. room - 1];
        loop variant count - i;
    */
    for (uint32_t i = 0u; i < count; i++) {
        uint32_t next = put_element(h, element, to, room, at);

        /* The last padding of the message has to fit as well. */
        if (next == WIRE_FULL || room - next < 3u) {
            return at;
        }
        at = next;
        element = handlespace_ring_next(h, element);
    }
    return at;
}

/* Compose the positive response but for its end. `first` is the element whose turn it is. */
/*@ requires books: \valid_read(k);
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, first);
    requires room: \valid(to + (0 .. room - 1));
    requires apart: \separated(h, to + (0 .. room - 1)) && \separated(k, to + (0 .. room - 1));
    terminates \true;
    assigns to[0 .. room - 1];
    ensures fits: \result <= room && (\result == WIRE_FULL || \result >= WIRE_HEADER);
*/
static uint32_t compose(const struct registrar_books *k, const struct handlespace *h,
                        uint32_t first, uint8_t *to, uint32_t room)
{
    uint32_t pool = handlespace_pool_of(h, first);
    uint32_t count = h->pool[pool].element_count;
    uint32_t at = wire_begin_message(to, room, ASAP_HANDLE_RESOLUTION_RESPONSE, 0u);

    if (count > k->configuration.resolution_maximum) {
        count = k->configuration.resolution_maximum;
    }
    at = wire_put_pool_handle(to, room, at, h->pool[pool].handle,
                              handlespace_handle_length(h, pool));
    at = put_policy(h, first, to, room, at);
    return put_elements(h, first, count, to, room, at);
}

/* Send the positive response, and count it. */
/*@ requires books: \valid(k);
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, first);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, h, out);
    terminates \true;
    assigns k->counters, *out;
    ensures list: valid_effects(out);
*/
static void send_elements(struct registrar_books *k, const struct handlespace *h, uint32_t first,
                          uint32_t channel, struct effects *out)
{
    uint32_t room = effects_room(out);
    uint32_t at = compose(k, h, first, out->bytes + out->bytes_used, room);

    if (registrar_send_composed(out, channel, room, at)) {
        registrar_count(&k->counters.resolutions);
    } else {
        registrar_count(&k->counters.effects_dropped);
    }
}

/* Answer for a pool that exists. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires pool: handlespace_pool_used(h, pool);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, h, out);
    terminates \true;
    assigns k->counters, h->selection.cursor[0 .. HANDLESPACE_POOLS_MAX - 1], *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void answer(struct registrar_books *k, struct handlespace *h, uint32_t pool,
                   uint32_t channel, struct effects *out)
{
    uint32_t first = handlespace_select_first(h, pool);

    if (first == HANDLESPACE_NONE) {
        registrar_count(&k->counters.effects_dropped);
    } else {
        send_elements(k, h, first, channel, out);
    }
}

/* The request is allowed to its principal, and its pool handle is one that there can be: find the pool. */
/*@ REQUIRES_REQUEST
    terminates \true;
    assigns k->counters, h->selection.cursor[0 .. HANDLESPACE_POOLS_MAX - 1], *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void resolve_found(struct registrar_books *k, struct handlespace *h,
                          const struct registrar_request *q, const uint8_t *bytes,
                          struct effects *out)
{
    const struct wire_span *handle = &q->message.pool_handle;
    uint32_t pool = handlespace_find_pool(h, bytes + handle->offset, handle->length);

    if (pool == HANDLESPACE_NONE) {
        registrar_refuse_silently(&k->counters, q, bytes, CAUSE_UNKNOWN_POOL_HANDLE, out);
        //@ assert untouched: valid_handlespace(h);
    } else {
        answer(k, h, pool, q->channel, out);
    }
}

void registrar_resolve(struct registrar_books *k, struct handlespace *h,
                       const struct access_rules *rules, const struct registrar_request *q,
                       const uint8_t *bytes, struct effects *out)
{
    if (!registrar_role_given(rules, &q->principal)) {
        registrar_refuse(&k->counters, q, bytes, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS,
                         AUDIT_ROLE_REFUSED, out);
        //@ assert untouched: valid_handlespace(h);
    } else if (!registrar_handle_valid(&k->configuration, q)) {
        registrar_refuse_handle(&k->counters, q, bytes, out);
        //@ assert untouched: valid_handlespace(h);
    } else {
        resolve_found(k, h, q, bytes, out);
    }
}
