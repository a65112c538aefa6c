/* Examining a registration (registrar_verdict.h). */
#include "registrar_verdict.h"

#include "handlespace_reading.h"
#include "registrar_refusal.h"
#include "transport_use.h"

/* Values a registration must not have: PE identifier 0, and a life that is over (RFC 5354, 3.10: -1 is
 * for ever, other negative numbers and 0 mean nothing). */
/*@ requires element: \valid_read(e);
    terminates \true;
    assigns \nothing;
    ensures positive: \result ==> e->pe_identifier != 0 && e->registration_life >= -1 && e->registration_life != 0;
*/
static bool values_valid(const struct wire_pool_element *e)
{
    return e->pe_identifier != 0u && (e->registration_life > 0 || e->registration_life == -1);
}

/* What speaks against the addresses of a user transport; WIRE_NO_CAUSE when nothing does. An Opaque Transport has
 * no addresses that could be shown to be one's own. */
/*@ requires rules: \valid_read(rules);
    requires principal: \valid_read(principal);
    requires transport: \valid_read(transport);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    terminates \true;
    assigns \nothing;
*/
static uint16_t examine_addresses(const struct access_rules *rules,
                                  const struct principal *principal,
                                  const struct wire_transport *transport, const uint8_t *bytes,
                                  uint32_t length)
{
    struct wire_iterator it;
    struct ip_address address;
    uint16_t cause = CAUSE_INVALID_VALUES;

    if (transport->type == PARAMETER_OPAQUE_TRANSPORT) {
        return CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS;
    }
    wire_iterate(&transport->addresses, &it);
    /*@ loop invariant end: it.next <= it.end;
        loop assigns it, address, cause;
        loop variant it.end - it.next;
    */
    while (wire_address_next(bytes, length, &it, &address)) {
        if (!access_may_use_address(rules, principal, &address)) {
            return CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS;
        }
        cause = WIRE_NO_CAUSE;
    }
    return cause;
}

/* Whether every address of the user transport that is stored of an element is one that the principal may use. */
/*@ requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires rules: \valid_read(rules);
    requires principal: \valid_read(principal);
    terminates \true;
    assigns \nothing;
*/
static bool addresses_shown(const struct handlespace *h, uint32_t element,
                            const struct access_rules *rules, const struct principal *principal)
{
    const uint8_t *parameter = h->parameter[element].bytes;
    uint32_t length = handlespace_parameter_length(h, element);
    struct wire_unrecognized unrecognized = {0};
    struct wire_pool_element stored;
    struct wire_error error;

    return wire_pool_element_decode(parameter, length, 0u, &stored, &unrecognized, &error) &&
           examine_addresses(rules, principal, &stored.user_transport, parameter, length) ==
               WIRE_NO_CAUSE;
}

bool registrar_may_bind(const struct handlespace *h, uint32_t element,
                        const struct access_rules *rules, const struct principal *principal)
{
    uint32_t pool = handlespace_pool_of(h, element);

    return h->element[element].identity == IDENTITY_UNBOUND &&
           access_may_register(rules, principal->identity, h->pool[pool].handle,
                               handlespace_handle_length(h, pool)) &&
           addresses_shown(h, element, rules, principal);
}

/* What speaks against joining a pool that exists (RFC 5352, 3.1, rules 2 and 3). */
/*@ requires pool: \valid_read(pool);
    requires element: \valid_read(e);
    terminates \true;
    assigns \nothing;
    ensures consistent: \result == WIRE_NO_CAUSE <==>
      pool->policy_type == e->policy.type && pool->transport_type == e->user_transport.type &&
      pool->transport_use == use_of(e->user_transport.type, e->user_transport.use);
*/
static uint16_t examine_pool(const struct handlespace_pool *pool, const struct wire_pool_element *e)
{
    if (pool->policy_type != e->policy.type) {
        return CAUSE_INCONSISTENT_POOLING_POLICY;
    }
    if (pool->transport_type != e->user_transport.type) {
        return CAUSE_INCONSISTENT_TRANSPORT_TYPE;
    }
    if (pool->transport_use != transport_use(&e->user_transport)) {
        return CAUSE_INCONSISTENT_DATA_CONTROL_CONFIGURATION;
    }
    return WIRE_NO_CAUSE;
}

/* Whether one element more may be on the identity's account. */
/*@ requires books: \valid_read(k);
    terminates \true;
    assigns \nothing;
    ensures limit: \result ==> k->account[account_of(identity)].elements < k->configuration.elements_per_identity;
*/
static bool room_on_account(const struct registrar_books *k, uint32_t identity)
{
    return k->account[registrar_account_of(identity)].elements <
           k->configuration.elements_per_identity;
}

/* Whether there is room for another element, of this identity and at all. */
/*@ requires books: \valid_read(k);
    requires handlespace: \valid_read(h);
    terminates \true;
    assigns \nothing;
    ensures limit: \result ==> k->account[account_of(identity)].elements < k->configuration.elements_per_identity;
*/
static bool room_for_element(const struct registrar_books *k, const struct handlespace *h,
                             uint32_t identity, uint32_t pool)
{
    if (!room_on_account(k, identity)) {
        return false;
    }
    return h->element_count < h->element_capacity &&
           (pool != HANDLESPACE_NONE || h->pool_count < h->pool_capacity);
}

/* What speaks against an element of another identity, or against one more of its own. */
/*@ requires books: \valid_read(k);
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires rules: \valid_read(rules);
    requires principal: \valid_read(principal);
    requires element: element != HANDLESPACE_NONE ==> handlespace_element_used(h, element);
    terminates \true;
    assigns \nothing;
    ensures own_element_only: \result == WIRE_NO_CAUSE && element != HANDLESPACE_NONE ==>
      OWN_OR_UNBOUND(h, element, principal->identity);
*/
static uint16_t examine_element(const struct registrar_books *k, const struct handlespace *h,
                                const struct access_rules *rules, const struct principal *principal,
                                uint32_t pool, uint32_t element)
{
    uint32_t identity = principal->identity;

    if (element == HANDLESPACE_NONE) {
        return room_for_element(k, h, identity, pool) ? WIRE_NO_CAUSE : CAUSE_LACK_OF_RESOURCES;
    }
    if (h->element[element].identity == identity) {
        return WIRE_NO_CAUSE;
    }
    if (!registrar_may_bind(h, element, rules, principal)) {
        return CAUSE_NON_UNIQUE_PE_IDENTIFIER;
    }
    return room_on_account(k, identity) ? WIRE_NO_CAUSE : CAUSE_LACK_OF_RESOURCES;
}

/* The part that depends on the handlespace. */
/*@ requires books: \valid_read(k);
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires rules: \valid_read(rules);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires verdict: \valid(v);
    requires apart: \separated(v, k, h, rules, q);
    requires bytes_apart: \separated(v, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns *v;
    ensures pool: v->pool != HANDLESPACE_NONE ==> handlespace_pool_used(h, v->pool);
    ensures own_element_only: v->cause == WIRE_NO_CAUSE && v->element != HANDLESPACE_NONE ==>
      handlespace_element_used(h, v->element) && OWN_OR_UNBOUND(h, v->element, q->principal.identity);
*/
static void examine_place(const struct registrar_books *k, const struct handlespace *h,
                          const struct access_rules *rules, const struct registrar_request *q,
                          const uint8_t *bytes, struct registrar_verdict *v)
{
    const struct wire_pool_element *e = &q->message.pool_element;
    uint32_t pool = handlespace_find_pool(h, bytes + q->message.pool_handle.offset,
                                          q->message.pool_handle.length);
    uint32_t element = HANDLESPACE_NONE;
    uint16_t cause = WIRE_NO_CAUSE;

    if (pool != HANDLESPACE_NONE) {
        cause = examine_pool(&h->pool[pool], e);
        element = handlespace_find_element(h, pool, e->pe_identifier);
    }
    if (cause == WIRE_NO_CAUSE) {
        cause = examine_element(k, h, rules, &q->principal, pool, element);
    }
    /*@ assert own_element_only: cause == WIRE_NO_CAUSE && element != HANDLESPACE_NONE ==>
          handlespace_element_used(h, element) && OWN_OR_UNBOUND(h, element, q->principal.identity); */
    v->cause = cause;
    v->audit = cause == CAUSE_NON_UNIQUE_PE_IDENTIFIER ? AUDIT_IDENTITY_CONFLICT
                                                       : AUDIT_REGISTRATION_REJECTED;
    v->pool = pool;
    v->element = element;
    /*@ assert still_own: cause == WIRE_NO_CAUSE && element != HANDLESPACE_NONE ==>
          handlespace_element_used(h, element) && OWN_OR_UNBOUND(h, element, q->principal.identity); */
}

/* The part that does not: what the request says, and what its identity may. `audit` becomes what to record. */
/*@ requires configuration: \valid_read(c);
    requires rules: \valid_read(rules);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires audit: \valid(audit);
    requires apart: \separated(audit, c, rules, q);
    requires bytes_apart: \separated(audit, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns *audit;
    ensures known: \result == WIRE_NO_CAUSE ==> access_known(rules, q->principal.identity);
*/
static uint16_t examine_request(const struct registrar_configuration *c,
                                const struct access_rules *rules, const struct registrar_request *q,
                                const uint8_t *bytes, uint16_t *audit)
{
    const struct wire_span *handle = &q->message.pool_handle;

    if (!registrar_handle_valid(c, q)) {
        *audit = AUDIT_HANDLE_REFUSED;
        return CAUSE_INVALID_VALUES;
    }
    if (!values_valid(&q->message.pool_element)) {
        *audit = AUDIT_REGISTRATION_REJECTED;
        return CAUSE_INVALID_VALUES;
    }
    if (!access_may_register(rules, q->principal.identity, bytes + handle->offset,
                             handle->length)) {
        *audit = AUDIT_POOL_REFUSED;
        return CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS;
    }
    *audit = AUDIT_ADDRESS_REFUSED;
    return examine_addresses(rules, &q->principal, &q->message.pool_element.user_transport, bytes,
                             q->length);
}

void registrar_examine(const struct registrar_books *k, const struct handlespace *h,
                       const struct access_rules *rules, const struct registrar_request *q,
                       const uint8_t *bytes, struct registrar_verdict *v)
{
    uint16_t audit = 0u;
    uint16_t cause = examine_request(&k->configuration, rules, q, bytes, &audit);

    if (cause == WIRE_NO_CAUSE) {
        //@ assert known: access_known(rules, q->principal.identity);
        examine_place(k, h, rules, q, bytes, v);
        //@ assert still_known: access_known(rules, q->principal.identity);
        return;
    }
    v->cause = cause;
    v->audit = audit;
    v->pool = HANDLESPACE_NONE;
    v->element = HANDLESPACE_NONE;
}
