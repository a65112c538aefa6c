/* Answering deregistrations (registrar_deregistration.h). */

#include "registrar_deregistration.h"

#include "handlespace_journal.h"
#include "registrar_audit.h"
#include "registrar_home.h"
#include "registrar_lookup.h"
#include "registrar_refusal.h"
#include "registrar_reply.h"
#include "registrar_timing.h"
#include "registrar_verdict.h"

/* Say that the element is gone, or never was. */
/*@ requires counters: \valid(n);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(n, q, out);
    requires bytes_apart: \separated(out, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns n->deregistrations, n->effects_dropped, *out;
    ensures list: valid_effects(out);
*/
static void confirm(struct registrar_counters *n, const struct registrar_request *q,
                    const uint8_t *bytes, struct effects *out)
{
    registrar_count(&n->deregistrations);
    if (!registrar_respond(out, q, bytes, WIRE_NO_CAUSE, bytes, 0u)) {
        registrar_count(&n->effects_dropped);
    }
}

/* The identity takes its own element away. */
/*@ REQUIRES_REQUEST
    requires element: handlespace_element_used(h, element);
    requires own_element_only: h->element[element].identity == q->principal.identity;
    terminates \true;
    assigns k->counters, k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void remove_own(struct registrar_books *k, struct handlespace *h, uint32_t element,
                       const struct registrar_request *q, const uint8_t *bytes, struct effects *out)
{
    confirm(&k->counters, q, bytes, out);
    registrar_audit_request(&k->counters, q, bytes, AUDIT_DEREGISTERED, WIRE_NO_CAUSE, out);
    registrar_remove(k, h, element);
}

/* Bind an element to the identity that has shown the right to it. Only its home may announce that it is gone: so this
 * registrar becomes its home, and says so. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires unbound: h->element[element].identity == IDENTITY_UNBOUND;
    requires apart: \separated(k, h);
    terminates \true;
    exits \false;
    assigns k->account[account_of(identity)].elements, *h;
    ensures handlespace: valid_handlespace(h);
    ensures used: handlespace_element_used(h, element);
    ensures bound: h->element[element].identity == identity;
*/
static void claim(struct registrar_books *k, struct handlespace *h, uint32_t element,
                  uint32_t identity)
{
    registrar_bind(k, h, element, identity);
    handlespace_note_change(h, element, UPDATE_ACTION_ADD_PE);
}

/* The identity takes away an element that nobody is bound to: it is bound to it first. */
/*@ REQUIRES_REQUEST
    requires element: handlespace_element_used(h, element);
    requires unbound: h->element[element].identity == IDENTITY_UNBOUND;
    terminates \true;
    assigns k->counters, k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void remove_unbound(struct registrar_books *k, struct handlespace *h, uint32_t element,
                           const struct registrar_request *q, const uint8_t *bytes,
                           struct effects *out)
{
    claim(k, h, element, q->principal.identity);
    remove_own(k, h, element, q, bytes, out);
}

/* The pool handle is one that there can be: find the element. */
/*@ REQUIRES_RULED_REQUEST
    terminates \true;
    assigns k->counters, k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void deregister_found(struct registrar_books *k, struct handlespace *h,
                             const struct access_rules *rules, const struct registrar_request *q,
                             const uint8_t *bytes, struct effects *out)
{
    uint32_t element = registrar_find(h, q, bytes);

    if (element == HANDLESPACE_NONE) {
        confirm(&k->counters, q, bytes, out);
        //@ assert untouched: valid_handlespace(h);
    } else if (registrar_may_bind(h, element, rules, &q->principal)) {
        remove_unbound(k, h, element, q, bytes, out);
    } else if (h->element[element].identity != q->principal.identity) {
        registrar_refuse(&k->counters, q, bytes, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS,
                         AUDIT_DEREGISTRATION_REJECTED, out);
        //@ assert untouched: valid_handlespace(h);
    } else {
        remove_own(k, h, element, q, bytes, out);
    }
}

/* The request is allowed to its principal, and has been paid for. */
/*@ REQUIRES_RULED_REQUEST
    terminates \true;
    assigns k->counters, k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void deregister_paid(struct registrar_books *k, struct handlespace *h,
                            const struct access_rules *rules, const struct registrar_request *q,
                            const uint8_t *bytes, struct effects *out)
{
    if (!registrar_handle_valid(&k->configuration, q)) {
        registrar_refuse_handle(&k->counters, q, bytes, out);
        //@ assert untouched: valid_handlespace(h);
    } else {
        deregister_found(k, h, rules, q, bytes, out);
    }
}

void registrar_deregister(struct registrar_books *k, struct handlespace *h,
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
        deregister_paid(k, h, rules, q, bytes, out);
    }
}
