/* Examining a registration (registrar_verdict.h). */
#include "registrar_verdict.h"

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

/* What speaks against the addresses of the user transport; WIRE_NO_CAUSE when nothing does. An Opaque Transport has
 * no addresses that could be shown to be one's own. */
/*@ requires rules: \valid_read(rules);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    terminates \true;
    assigns \nothing;
*/
static uint16_t examine_addresses(const struct access_rules *rules,
                                  const struct registrar_request *q, const uint8_t *bytes)
{
    const struct wire_transport *transport = &q->message.pool_element.user_transport;
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
    while (wire_address_next(bytes, q->length, &it, &address)) {
        if (!access_may_use_address(rules, &q->principal, &address)) {
            return CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS;
        }
        cause = WIRE_NO_CAUSE;
    }
    return cause;
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
    if (k->account[registrar_account_of(identity)].elements >=
        k->configuration.elements_per_identity) {
        return false;
    }
    return h->element_count < h->element_capacity &&
           (pool != HANDLESPACE_NONE || h->pool_count < h->pool_capacity);
}

/* What speaks against an element of another identity, or against one more of its own. */
/*@ requires books: \valid_read(k);
    requires handlespace: \valid_read(h);
    requires element: element != HANDLESPACE_NONE ==> element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    assigns \nothing;
    ensures own_element_only: \result == WIRE_NO_CAUSE && element != HANDLESPACE_NONE ==>
      h->element[element].identity == identity;
*/
static uint16_t examine_element(const struct registrar_books *k, const struct handlespace *h,
                                uint32_t identity, uint32_t pool, uint32_t element)
{
    if (element == HANDLESPACE_NONE) {
        return room_for_element(k, h, identity, pool) ? WIRE_NO_CAUSE : CAUSE_LACK_OF_RESOURCES;
    }
    return h->element[element].identity == identity ? WIRE_NO_CAUSE
                                                    : CAUSE_NON_UNIQUE_PE_IDENTIFIER;
}

/* The part that depends on the handlespace. */
/*@ requires books: \valid_read(k);
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires verdict: \valid(v);
    requires apart: \separated(v, k, h, q);
    requires bytes_apart: \separated(v, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns *v;
    ensures pool: v->pool != HANDLESPACE_NONE ==> handlespace_pool_used(h, v->pool);
    ensures own_element_only: v->cause == WIRE_NO_CAUSE && v->element != HANDLESPACE_NONE ==>
      handlespace_element_used(h, v->element) && h->element[v->element].identity == q->principal.identity;
*/
static void examine_place(const struct registrar_books *k, const struct handlespace *h,
                          const struct registrar_request *q, const uint8_t *bytes,
                          struct registrar_verdict *v)
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
        cause = examine_element(k, h, q->principal.identity, pool, element);
    }
    /*@ assert own_element_only: cause == WIRE_NO_CAUSE && element != HANDLESPACE_NONE ==>
          handlespace_element_used(h, element) && h->element[element].identity == q->principal.identity; */
    v->cause = cause;
    v->audit = cause == CAUSE_NON_UNIQUE_PE_IDENTIFIER ? AUDIT_IDENTITY_CONFLICT
                                                       : AUDIT_REGISTRATION_REJECTED;
    v->pool = pool;
    v->element = element;
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
    return examine_addresses(rules, q, bytes);
}

void registrar_examine(const struct registrar_books *k, const struct handlespace *h,
                       const struct access_rules *rules, const struct registrar_request *q,
                       const uint8_t *bytes, struct registrar_verdict *v)
{
    uint16_t audit = 0u;
    uint16_t cause = examine_request(&k->configuration, rules, q, bytes, &audit);

    if (cause == WIRE_NO_CAUSE) {
        examine_place(k, h, q, bytes, v);
        return;
    }
    v->cause = cause;
    v->audit = audit;
    v->pool = HANDLESPACE_NONE;
    v->element = HANDLESPACE_NONE;
}
