/* Whether a registration may be granted, and why not. Internal to the registrar.
 *
 * Only reads: the handlespace comes in as const, and the verdict is all that is written.
 *
 * An element that came from another registrar is unbound (IDENTITY_UNBOUND): it says whose it is by its addresses alone.
 * So it may be taken by a principal that may register in its pool, and that may use every address of the user
 * transport in the parameter that is stored; the addresses that a registration brings have to be its own beside that.
 * For everybody else it is another identity's.
 */
#ifndef POOLPROOF_CORE_REGISTRAR_VERDICT_H
#define POOLPROOF_CORE_REGISTRAR_VERDICT_H

#include "registrar_books.h"

struct registrar_verdict {
    uint16_t cause; /* WIRE_NO_CAUSE: granted */
    uint16_t audit; /* what to record when it is not */
    uint32_t pool;  /* the pool, HANDLESPACE_NONE when it is to be created */
    uint32_t
        element; /* the identity's own element, or an unbound one that it may take and that is to be bound to it
                         first; HANDLESPACE_NONE when it is to be added */
};

/* In contracts: the element is the identity's, or nobody's yet. */
#define OWN_OR_UNBOUND(h, e, who)                                                                  \
    ((h)->element[e].identity == (who) || (h)->element[e].identity == IDENTITY_UNBOUND)

/* Whether an element is unbound and the principal has shown the right to it: see above. An Opaque Transport has no
 * addresses that could be shown to be one's own, and nor has a parameter that cannot be decoded. */
/*@ requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires rules: \valid_read(rules);
    requires principal: \valid_read(principal);
    terminates \true;
    assigns \nothing;
    ensures unbound: \result ==> h->element[element].identity == IDENTITY_UNBOUND;
    ensures known: \result ==> access_known(rules, principal->identity);
    ensures role: \result ==> access_role_set(rules->identity[principal->identity].roles, ROLE_POOL_ELEMENT);
*/
bool registrar_may_bind(const struct handlespace *h, uint32_t element,
                        const struct access_rules *rules, const struct principal *principal);

/* Examine the registration in *q. Causes, in this order (RFC 5354, 3.12):
 * Invalid Values (handle, PE identifier, registration life, no address), Rejected Due to Security
 * Considerations (pool or address not granted), Inconsistent Pooling Policy, Transport Type, or
 * Data/Control Configuration, Non-Unique PE Identifier, Lack of Resources. */
/*@ requires books: \valid_read(k);
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires rules: \valid_read(rules);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires verdict: \valid(v);
    requires apart: \separated(v, k, h, rules, q);
    requires bytes_apart: \separated(v, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns *v;
    ensures known: v->cause == WIRE_NO_CAUSE ==> access_known(rules, q->principal.identity);
    ensures pool: v->pool != HANDLESPACE_NONE ==> handlespace_pool_used(h, v->pool);
    ensures own_element_only: v->cause == WIRE_NO_CAUSE && v->element != HANDLESPACE_NONE ==>
      handlespace_element_used(h, v->element) && OWN_OR_UNBOUND(h, v->element, q->principal.identity);
*/
void registrar_examine(const struct registrar_books *k, const struct handlespace *h,
                       const struct access_rules *rules, const struct registrar_request *q,
                       const uint8_t *bytes, struct registrar_verdict *v);

#endif
