/* Taking reports of unreachable elements (registrar_unreachable.h). */
#include "registrar_unreachable.h"

#include "registrar_audit.h"
#include "registrar_keep_alive.h"
#include "registrar_lookup.h"
#include "registrar_refusal.h"
#include "registrar_reporters.h"
#include "registrar_timing.h"

/* The report proved true, or too many agree on it: the element goes (RFC 5352, 3.5). */
/*@ REQUIRES_REQUEST
    requires element: handlespace_element_used(h, element);
    terminates \true;
    assigns k->counters, k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void remove_reported(struct registrar_books *k, struct handlespace *h, uint32_t element,
                            const struct registrar_request *q, const uint8_t *bytes,
                            struct effects *out)
{
    registrar_count(&k->counters.unreachable);
    registrar_audit_request(&k->counters, q, bytes, AUDIT_REPORTED_REMOVED, WIRE_NO_CAUSE, out);
    registrar_remove(k, h, element);
}

/* Count the reporter unless it is counted already; give how many there are now. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires principal: \valid_read(p);
    requires apart: \separated(k, h, p);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    assigns k->reporter[element], h->element[element].unreachable_reports;
    ensures handlespace: valid_handlespace(h);
    ensures used: handlespace_element_used(h, element);
    ensures range: \result <= REGISTRAR_REPORTERS_MAX;
    ensures counted: h->element[element].unreachable_reports == \result;
    ensures counted_at_most_once: \old(h->element[element].unreachable_reports) <= REGISTRAR_REPORTERS_MAX ==>
      \result <= \old(h->element[element].unreachable_reports) + 1;
*/
static uint32_t count_reporter(struct registrar_books *k, struct handlespace *h, uint32_t element,
                               const struct principal *p)
{
    uint32_t reporters = h->element[element].unreachable_reports;

    if (reporters > REGISTRAR_REPORTERS_MAX) {
        reporters = REGISTRAR_REPORTERS_MAX;
    }
    reporters = registrar_note_reporter(k->reporter[element].key, reporters, registrar_reporter(p));
    handlespace_set_unreachable_reports(h, element, reporters);
    return reporters;
}

/* Ask the element at once whether it is there; one that cannot be asked is not. A keep-alive that is out already asks
 * just that. One that is not bound has come to us by a takeover, and time to register here: it cannot be asked yet. */
/*@ REQUIRES_REQUEST
    requires element: handlespace_element_used(h, element);
    terminates \true;
    assigns k->counters, k->keep_alive_after[element],
            k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void ask(struct registrar_books *k, struct handlespace *h, uint32_t element,
                const struct registrar_request *q, const uint8_t *bytes, struct effects *out)
{
    if (h->element[element].identity == IDENTITY_UNBOUND ||
        (h->element[element].keep_alive_waiting != 0u &&
         h->element[element].channel != HANDLESPACE_NO_CHANNEL)) {
        return;
    }
    if (registrar_send_keep_alive(k, h, element, q->now, out) == (uint8_t)KEEP_ALIVE_IMPOSSIBLE) {
        remove_reported(k, h, element, q, bytes, out);
    }
}

/* Count the reporter, and ask the element. Only the first report of each reporter counts: otherwise one pool user could
 * remove an element that answers every time. */
/*@ REQUIRES_REQUEST
    requires element: handlespace_element_used(h, element);
    terminates \true;
    assigns k->counters, k->keep_alive_after[element],
            k->reporter[element],
            k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void count_report(struct registrar_books *k, struct handlespace *h, uint32_t element,
                         const struct registrar_request *q, const uint8_t *bytes,
                         struct effects *out)
{
    uint32_t reporters;

    registrar_count(&k->counters.reports);
    reporters = count_reporter(k, h, element, &q->principal);
    if (reporters > k->configuration.max_bad_pe_reports) {
        remove_reported(k, h, element, q, bytes, out);
    } else {
        ask(k, h, element, q, bytes, out);
    }
}

/* The report is allowed to its principal, and has been paid for: it counts when the element is ours. */
/*@ REQUIRES_REQUEST
    terminates \true;
    assigns k->counters, k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements,
            k->keep_alive_after[0 .. HANDLESPACE_ELEMENTS_MAX - 1],
            k->reporter[0 .. HANDLESPACE_ELEMENTS_MAX - 1], *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void take_paid(struct registrar_books *k, struct handlespace *h,
                      const struct registrar_request *q, const uint8_t *bytes, struct effects *out)
{
    uint32_t element = registrar_find(h, q, bytes);

    if (element == HANDLESPACE_NONE ||
        h->element[element].home != k->configuration.server_identifier) {
        registrar_count(&k->counters.ignored);
        //@ assert untouched: valid_handlespace(h);
    } else {
        count_report(k, h, element, q, bytes, out);
    }
}

void registrar_take_report(struct registrar_books *k, struct handlespace *h,
                           const struct access_rules *rules, const struct registrar_request *q,
                           const uint8_t *bytes, struct effects *out)
{
    if (!access_has_role(rules, &q->principal, ROLE_POOL_USER) &&
        !access_has_role(rules, &q->principal, ROLE_POOL_ELEMENT)) {
        registrar_refuse(&k->counters, q, bytes, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS,
                         AUDIT_ROLE_REFUSED, out);
        //@ assert untouched: valid_handlespace(h);
    } else if (!registrar_charge(k, q, (uint8_t)CHARGE_REPORT)) {
        registrar_refuse_limited(k, q, bytes, out);
        //@ assert untouched: valid_handlespace(h);
    } else {
        take_paid(k, h, q, bytes, out);
    }
}
