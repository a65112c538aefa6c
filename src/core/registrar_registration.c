/* Granting registrations (registrar_registration.h). */
#include "registrar_registration.h"

#include "handlespace_journal.h"
#include "handlespace_reading.h"
#include "registrar_audit.h"
#include "registrar_home.h"
#include "registrar_parameter.h"
#include "registrar_refusal.h"
#include "registrar_reply.h"
#include "registrar_timing.h"
#include "registrar_verdict.h"
#include "transport_use.h"

/* Refuse with what the cause asks for as information: the offending TLV, or what the pool has instead
 * (RFC 5354, 3.12.4, 3.12.6, 3.12.8). */
/*@ requires counters: \valid(n);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires element: wire_inside(q->message.pool_element.tlv.offset, q->message.pool_element.tlv.length, q->length);
    requires verdict: \valid_read(v);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(n, q, v, out);
    requires bytes_apart: \separated(out, bytes + (0 .. q->length - 1)) && \separated(n, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns *n, *out;
    ensures list: valid_effects(out);
*/
static void refuse_values(struct registrar_counters *n, const struct registrar_request *q,
                          const uint8_t *bytes, const struct registrar_verdict *v,
                          struct effects *out)
{
    const struct wire_span *element = &q->message.pool_element.tlv;

    if (v->audit == (uint16_t)AUDIT_HANDLE_REFUSED) {
        registrar_refuse_handle(n, q, bytes, out);
    } else {
        registrar_refuse_with(n, q, bytes, v->cause, bytes + element->offset, element->length,
                              v->audit, out);
    }
}

/*@ requires counters: \valid(n);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires verdict: \valid_read(v);
    requires list: \valid(out) && valid_effects(out);
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires pool: handlespace_pool_used(h, v->pool);
    requires apart: \separated(n, h, q, v, out);
    requires bytes_apart: \separated(out, bytes + (0 .. q->length - 1)) && \separated(n, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns *n, *out;
    ensures list: valid_effects(out);
*/
static void refuse_inconsistent(struct registrar_counters *n, const struct handlespace *h,
                                const struct registrar_request *q, const uint8_t *bytes,
                                const struct registrar_verdict *v, struct effects *out)
{
    uint32_t member = handlespace_member(h, v->pool);
    struct wire_span transport;
    struct wire_span policy;

    if (member == HANDLESPACE_NONE ||
        !registrar_parameter_parts(h->parameter[member].bytes,
                                   handlespace_parameter_length(h, member), &transport, &policy)) {
        registrar_refuse(n, q, bytes, v->cause, v->audit, out);
    } else if (v->cause == CAUSE_INCONSISTENT_POOLING_POLICY) {
        registrar_refuse_with(n, q, bytes, v->cause, h->parameter[member].bytes + policy.offset,
                              policy.length, v->audit, out);
    } else {
        registrar_refuse_with(n, q, bytes, v->cause, h->parameter[member].bytes + transport.offset,
                              transport.length, v->audit, out);
    }
}

/*@ requires counters: \valid(n);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires element: wire_inside(q->message.pool_element.tlv.offset, q->message.pool_element.tlv.length, q->length);
    requires verdict: \valid_read(v);
    requires list: \valid(out) && valid_effects(out);
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires pool: v->pool != HANDLESPACE_NONE ==> handlespace_pool_used(h, v->pool);
    requires apart: \separated(n, h, q, v, out);
    requires bytes_apart: \separated(out, bytes + (0 .. q->length - 1)) && \separated(n, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns *n, *out;
    ensures list: valid_effects(out);
*/
static void refuse(struct registrar_counters *n, const struct handlespace *h,
                   const struct registrar_request *q, const uint8_t *bytes,
                   const struct registrar_verdict *v, struct effects *out)
{
    if (v->cause == CAUSE_INVALID_VALUES) {
        refuse_values(n, q, bytes, v, out);
    } else if (v->pool != HANDLESPACE_NONE && (v->cause == CAUSE_INCONSISTENT_POOLING_POLICY ||
                                               v->cause == CAUSE_INCONSISTENT_TRANSPORT_TYPE)) {
        refuse_inconsistent(n, h, q, bytes, v, out);
    } else {
        registrar_refuse(n, q, bytes, v->cause, v->audit, out);
    }
}

/* The pool for it: the one that is there, or a new one. HANDLESPACE_NONE when there is no place for a pool. */
/*@ requires handlespace: \valid(h) && valid_handlespace(h);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires pool: pool != HANDLESPACE_NONE ==> handlespace_pool_used(h, pool);
    requires apart: \separated(h, q);
    requires bytes_apart: \separated(h, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns *h;
    ensures handlespace: valid_handlespace(h);
    ensures pool: \result != HANDLESPACE_NONE ==> handlespace_pool_used(h, \result);
*/
static uint32_t pool_for(struct handlespace *h, const struct registrar_request *q,
                         const uint8_t *bytes, uint32_t pool)
{
    const struct wire_pool_element *e = &q->message.pool_element;

    if (pool != HANDLESPACE_NONE) {
        return pool;
    }
    return handlespace_add_pool(h, bytes + q->message.pool_handle.offset,
                                q->message.pool_handle.length, e->policy.type,
                                e->user_transport.type, transport_use(&e->user_transport));
}

/* Add the element, bound to the identity. HANDLESPACE_NONE when there is no place for it after all. */
/*@ requires handlespace: \valid(h) && valid_handlespace(h);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires pool: pool != HANDLESPACE_NONE ==> handlespace_pool_used(h, pool);
    requires apart: \separated(h, q);
    requires bytes_apart: \separated(h, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns *h;
    ensures handlespace: valid_handlespace(h);
    ensures own_element_only: \result != HANDLESPACE_NONE ==>
      handlespace_element_used(h, \result) && h->element[\result].identity == identity;
*/
static uint32_t add(struct handlespace *h, const struct registrar_request *q, const uint8_t *bytes,
                    uint32_t pool, uint32_t identity, uint32_t home)
{
    pool = pool_for(h, q, bytes, pool);
    if (pool == HANDLESPACE_NONE) {
        return HANDLESPACE_NONE;
    }
    return handlespace_add_element(h, pool, q->message.pool_element.pe_identifier, identity, home);
}

/* Write what the registration says of the element. */
/*@ requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires parameter: \valid_read(parameter + (0 .. length - 1));
    requires apart: \separated(h, parameter + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns h->element[element], h->parameter[element], h->owned_sum;
    ensures handlespace: valid_handlespace(h);
    ensures used: handlespace_element_used(h, element);
*/
static void write_attributes(struct handlespace *h, uint32_t element, uint32_t home,
                             uint32_t channel, const uint8_t *parameter, uint32_t length)
{
    (void)handlespace_set_parameter(h, element, parameter, length);
    //@ assert still_used: handlespace_element_used(h, element);
    handlespace_set_home(h, element, home);
    //@ assert used_at_home: handlespace_element_used(h, element);
    handlespace_set_channel(h, element, channel);
    //@ assert used_on_channel: handlespace_element_used(h, element);
    handlespace_set_contested(h, element, 0u);
}

/* Start the element's clocks: what was reported before does not count any more. */
/*@ requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->element[element], h->wheel;
    ensures handlespace: valid_handlespace(h);
    ensures used: handlespace_element_used(h, element);
*/
static void start_clocks(struct handlespace *h, uint32_t element, uint64_t end, uint64_t keep_alive)
{
    handlespace_set_unreachable_reports(h, element, 0u);
    //@ assert used_unreported: handlespace_element_used(h, element);
    handlespace_set_expiry(h, element, end);
    //@ assert used_with_end: handlespace_element_used(h, element);
    handlespace_set_keep_alive(h, element, keep_alive, false);
    //@ assert used_with_clocks: handlespace_element_used(h, element);
    registrar_arm(h, element);
}

/* Write the registration into the identity's own element, start its clocks anew, and note it, to be announced. Whoever
 * claimed to be the element's home: it came to us. */
/*@ requires configuration: \valid_read(c);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires request: \valid_read(q) && q->now <= REGISTRAR_TIME_MAX;
    requires element: handlespace_element_used(h, element);
    requires own_element_only: h->element[element].identity == q->principal.identity;
    requires parameter: \valid_read(parameter + (0 .. length - 1));
    requires apart: \separated(h, c) && \separated(h, q) && \separated(h, parameter + (0 .. length - 1));
    terminates \true;
    assigns h->element[element], h->parameter[element], h->owned_sum, h->wheel, h->journal, h->journal_lost;
    ensures handlespace: valid_handlespace(h);
*/
static void settle(const struct registrar_configuration *c, struct handlespace *h, uint32_t element,
                   const struct registrar_request *q, const uint8_t *parameter, uint32_t length)
{
    uint64_t end = registrar_expiry(q->now, q->message.pool_element.registration_life);
    uint64_t keep_alive = registrar_next_keep_alive(c, q->now, q->random);

    write_attributes(h, element, c->server_identifier, q->tag, parameter, length);
    start_clocks(h, element, end, keep_alive);
    handlespace_note_change(h, element, UPDATE_ACTION_ADD_PE);
}

/* Count an element that is new. */
/*@ requires books: \valid(k);
    terminates \true;
    assigns k->counters.registrations, k->account[account_of(identity)].elements;
*/
static void count_new(struct registrar_books *k, uint32_t identity)
{
    registrar_count(&k->counters.registrations);
    registrar_charge_element(k, identity);
}

/* The element that is there: the identity's own, or one that is bound to it now. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires own_element_only: OWN_OR_UNBOUND(h, element, identity);
    requires apart: \separated(k, h);
    terminates \true;
    assigns k->counters.reregistrations, k->account[account_of(identity)].elements, *h;
    ensures handlespace: valid_handlespace(h);
    ensures used: handlespace_element_used(h, element);
    ensures own_element_only: h->element[element].identity == identity;
*/
static void take(struct registrar_books *k, struct handlespace *h, uint32_t element,
                 uint32_t identity)
{
    registrar_count(&k->counters.reregistrations);
    if (h->element[element].identity != identity) {
        registrar_bind(k, h, element, identity);
    }
}

/* The element to be written: the identity's own, or one that is bound to it now, or a new one; what was not its own before
 * counts for it from now on. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires verdict: \valid_read(v);
    requires pool: v->pool != HANDLESPACE_NONE ==> handlespace_pool_used(h, v->pool);
    requires own_element_only: v->element != HANDLESPACE_NONE ==>
      handlespace_element_used(h, v->element) && OWN_OR_UNBOUND(h, v->element, q->principal.identity);
    requires apart: \separated(k, h, q, v);
    requires bytes_apart: \separated(k, bytes + (0 .. q->length - 1)) && \separated(h, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns k->counters.registrations, k->counters.reregistrations,
            k->account[account_of(q->principal.identity)].elements, *h;
    ensures handlespace: valid_handlespace(h);
    ensures own_element_only: \result != HANDLESPACE_NONE ==>
      handlespace_element_used(h, \result) && h->element[\result].identity == q->principal.identity;
*/
static uint32_t place(struct registrar_books *k, struct handlespace *h,
                      const struct registrar_request *q, const uint8_t *bytes,
                      const struct registrar_verdict *v)
{
    uint32_t element;

    if (v->element != HANDLESPACE_NONE) {
        take(k, h, v->element, q->principal.identity);
        return v->element;
    }
    element = add(h, q, bytes, v->pool, q->principal.identity, k->configuration.server_identifier);
    if (element != HANDLESPACE_NONE) {
        count_new(k, q->principal.identity);
    }
    return element;
}

/* Answer, and count an answer that found no room. */
/*@ requires counters: \valid(n);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(n, q, out);
    requires bytes_apart: \separated(out, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns n->effects_dropped, *out;
    ensures list: valid_effects(out);
*/
static void answer(struct registrar_counters *n, const struct registrar_request *q,
                   const uint8_t *bytes, struct effects *out)
{
    if (!registrar_respond(out, q, bytes, WIRE_NO_CAUSE, bytes, 0u)) {
        registrar_count(&n->effects_dropped);
    }
}

/* The element is written: say so. */
/*@ requires counters: \valid(n);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(n, q, out);
    requires bytes_apart: \separated(n, bytes + (0 .. q->length - 1)) && \separated(out, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns n->effects_dropped, *out;
    ensures list: valid_effects(out);
*/
static void confirm(struct registrar_counters *n, const struct registrar_request *q,
                    const uint8_t *bytes, uint16_t event, struct effects *out)
{
    answer(n, q, bytes, out);
    registrar_audit_request(n, q, bytes, event, WIRE_NO_CAUSE, out);
}

/* Write the element, if there is a place for it, and remember that the channel has one. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires verdict: \valid_read(v);
    requires pool: v->pool != HANDLESPACE_NONE ==> handlespace_pool_used(h, v->pool);
    requires own_element_only: v->element != HANDLESPACE_NONE ==>
      handlespace_element_used(h, v->element) && OWN_OR_UNBOUND(h, v->element, q->principal.identity);
    requires parameter: \valid_read(parameter + (0 .. length - 1));
    requires apart: \separated(k, h, q, v);
    requires parameter_apart: \separated(h, parameter + (0 .. length - 1));
    requires bytes_apart: \separated(k, bytes + (0 .. q->length - 1)) && \separated(h, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns k->counters.registrations, k->counters.reregistrations, k->channel[q->channel].has_elements,
            k->account[account_of(q->principal.identity)].elements, *h;
    ensures handlespace: valid_handlespace(h);
*/
static bool write_element(struct registrar_books *k, struct handlespace *h,
                          const struct registrar_request *q, const uint8_t *bytes,
                          const struct registrar_verdict *v, const uint8_t *parameter,
                          uint32_t length)
{
    uint32_t element = place(k, h, q, bytes, v);

    if (element == HANDLESPACE_NONE) {
        return false;
    }
    k->channel[q->channel].has_elements = 1u;
    settle(&k->configuration, h, element, q, parameter, length);
    return true;
}

/* Do what the verdict grants, with the parameter to be stored. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires verdict: \valid_read(v);
    requires pool: v->pool != HANDLESPACE_NONE ==> handlespace_pool_used(h, v->pool);
    requires own_element_only: v->element != HANDLESPACE_NONE ==>
      handlespace_element_used(h, v->element) && OWN_OR_UNBOUND(h, v->element, q->principal.identity);
    requires list: \valid(out) && valid_effects(out);
    requires parameter: \valid_read(parameter + (0 .. length - 1));
    requires apart: \separated(k, h, q, v, out);
    requires parameter_apart: \separated(h, parameter + (0 .. length - 1));
    requires bytes_apart: \separated(k, bytes + (0 .. q->length - 1)) && \separated(h, bytes + (0 .. q->length - 1));
    requires bytes_apart_from_list: \separated(out, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns k->counters, k->channel[q->channel].has_elements,
            k->account[account_of(q->principal.identity)].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void store(struct registrar_books *k, struct handlespace *h,
                  const struct registrar_request *q, const uint8_t *bytes,
                  const struct registrar_verdict *v, const uint8_t *parameter, uint32_t length,
                  struct effects *out)
{
    uint16_t event = v->element == HANDLESPACE_NONE ? AUDIT_REGISTERED : AUDIT_REREGISTERED;

    if (write_element(k, h, q, bytes, v, parameter, length)) {
        confirm(&k->counters, q, bytes, event, out);
        //@ assert with_it: valid_handlespace(h);
    } else {
        registrar_refuse(&k->counters, q, bytes, CAUSE_LACK_OF_RESOURCES,
                         AUDIT_REGISTRATION_REJECTED, out);
        //@ assert without_it: valid_handlespace(h);
    }
}

/* Do what the verdict grants, if what is to be stored has room. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires verdict: \valid_read(v);
    requires pool: v->pool != HANDLESPACE_NONE ==> handlespace_pool_used(h, v->pool);
    requires own_element_only: v->element != HANDLESPACE_NONE ==>
      handlespace_element_used(h, v->element) && OWN_OR_UNBOUND(h, v->element, q->principal.identity);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, h, q, v, out);
    requires bytes_apart: \separated(k, bytes + (0 .. q->length - 1)) && \separated(h, bytes + (0 .. q->length - 1));
    requires bytes_apart_from_list: \separated(out, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns k->counters, k->channel[q->channel].has_elements,
            k->account[account_of(q->principal.identity)].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void grant(struct registrar_books *k, struct handlespace *h,
                  const struct registrar_request *q, const uint8_t *bytes,
                  const struct registrar_verdict *v, struct effects *out)
{
    uint8_t parameter[REGISTRAR_PARAMETER_ROOM];
    uint32_t length =
        registrar_compose_parameter(q, bytes, k->configuration.server_identifier, parameter);

    if (length == 0u) {
        registrar_refuse(&k->counters, q, bytes, CAUSE_LACK_OF_RESOURCES,
                         AUDIT_REGISTRATION_REJECTED, out);
        //@ assert untouched: valid_handlespace(h);
    } else {
        store(k, h, q, bytes, v, parameter + REGISTRAR_PARAMETER_AT, length, out);
    }
}

/* The request is allowed to its principal, and has been paid for. */
/*@ REQUIRES_RULED_REQUEST
    requires element: wire_inside(q->message.pool_element.tlv.offset, q->message.pool_element.tlv.length, q->length);
    terminates \true;
    assigns k->counters, k->channel[q->channel].has_elements,
            k->account[account_of(q->principal.identity)].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void register_paid(struct registrar_books *k, struct handlespace *h,
                          const struct access_rules *rules, const struct registrar_request *q,
                          const uint8_t *bytes, struct effects *out)
{
    struct registrar_verdict verdict;

    registrar_examine(k, h, rules, q, bytes, &verdict);
    if (verdict.cause != WIRE_NO_CAUSE) {
        refuse(&k->counters, h, q, bytes, &verdict, out);
        //@ assert untouched: valid_handlespace(h);
    } else {
        grant(k, h, q, bytes, &verdict, out);
    }
}

void registrar_register(struct registrar_books *k, struct handlespace *h,
                        const struct access_rules *rules, const struct registrar_request *q,
                        const uint8_t *bytes, struct effects *out)
{
    if (!access_has_role(rules, &q->principal, ROLE_POOL_ELEMENT)) {
        registrar_refuse(&k->counters, q, bytes, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS,
                         AUDIT_ROLE_REFUSED, out);
        //@ assert untouched: valid_handlespace(h);
    } else if (!registrar_charge(k, q, (uint8_t)CHARGE_REGISTRATION)) {
        registrar_refuse_limited(k, q, bytes, out);
        //@ assert untouched: valid_handlespace(h);
    } else {
        register_paid(k, h, rules, q, bytes, out);
    }
}
