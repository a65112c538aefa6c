/* Serving deadlines (registrar_expiry.h). */
#include "registrar_expiry.h"

#include "registrar_audit.h"
#include "registrar_keep_alive.h"
#include "registrar_timing.h"

#if REGISTRAR_DEADLINES_A_STEP * REGISTRAR_EFFECTS_A_DEADLINE > EFFECTS_MAX
#error "the deadlines of a step do not fit the list of effects"
#endif

/* The registration life is over: the element goes, and its endpoint is told (RFC 5352, 3.2). */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, h, out);
    terminates \true;
    assigns k->counters, k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void expire(struct registrar_books *k, struct handlespace *h, uint32_t element,
                   struct effects *out)
{
    registrar_count(&k->counters.expirations);
    registrar_tell_end(k, h, element, out);
    registrar_audit_element(&k->counters, h, element, AUDIT_EXPIRED, out);
    registrar_remove(k, h, element);
}

/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, h, out);
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    assigns k->counters, k->keep_alive_after[element], k->sweep_elements, k->channel[0 .. REGISTRAR_CHANNELS_MAX - 1].open,
            k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, k->account[0 .. REGISTRAR_ACCOUNTS - 1].channels, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void serve(struct registrar_books *k, struct handlespace *h, uint32_t element, uint64_t now,
                  struct effects *out)
{
    if (h->element[element].expiry <= now) {
        expire(k, h, element, out);
    } else if (h->element[element].keep_alive_deadline <= now) {
        registrar_keep_alive_due(k, h, element, now, out);
    } else {
        registrar_arm(h, element);
    }
}

void registrar_serve_deadlines(struct registrar_books *k, struct handlespace *h, uint64_t now,
                               struct effects *out)
{
    /*@ loop invariant range: 0 <= i <= REGISTRAR_DEADLINES_A_STEP;
        loop invariant handlespace: valid_handlespace(h);
        loop invariant list: valid_effects(out);
        loop assigns i, k->counters, k->keep_alive_after[0 .. HANDLESPACE_ELEMENTS_MAX - 1], k->sweep_elements, k->channel[0 .. REGISTRAR_CHANNELS_MAX - 1].open,
                     k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, k->account[0 .. REGISTRAR_ACCOUNTS - 1].channels, *h, *out;
        loop variant REGISTRAR_DEADLINES_A_STEP - i;
    */
    for (uint32_t i = 0u; i < REGISTRAR_DEADLINES_A_STEP; i++) {
        uint32_t element = handlespace_due(h, now);

        if (element == HANDLESPACE_NONE) {
            return;
        }
        serve(k, h, element, now, out);
    }
}
