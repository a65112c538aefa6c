/* Serving deadlines (registrar_expiry.h). */
#include "registrar_expiry.h"

#include "registrar_audit.h"
#include "registrar_keep_alive.h"
#include "registrar_timing.h"

/* The registration life is over: the element goes, and its endpoint is told (RFC 5352, 3.2). */
static void expire(struct registrar_books *k, struct handlespace *h, uint32_t element,
                   struct effects *out)
{
    registrar_count(&k->counters.expirations);
    registrar_tell_end(k, h, element, out);
    registrar_audit_element(&k->counters, h, element, AUDIT_EXPIRED, out);
    registrar_remove(k, h, element);
}

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
    for (uint32_t i = 0u; i < REGISTRAR_DEADLINES_A_STEP; i++) {
        uint32_t element = handlespace_due(h, now);

        if (element == HANDLESPACE_NONE) {
            return;
        }
        serve(k, h, element, now, out);
    }
}
