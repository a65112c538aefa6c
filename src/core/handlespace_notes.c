/* What the registrar notes on an element: one setter a field, each proved to keep the handlespace valid and
 * everything else as it was. See handlespace.h. Owns nothing. The assertions take the invariant part by part. */
#include "handlespace_frames.h"

void handlespace_set_channel(struct handlespace *h, uint32_t element, uint32_t channel)
{
    h->element[element].channel = channel;
    /*@ assert kept: handlespace_kept{Pre, Here}(h); */
}

void handlespace_set_expiry(struct handlespace *h, uint32_t element, uint64_t expiry)
{
    h->element[element].expiry = expiry;
    /*@ assert kept: handlespace_kept{Pre, Here}(h); */
}

void handlespace_set_keep_alive(struct handlespace *h, uint32_t element, uint64_t deadline,
                                bool waiting)
{
    h->element[element].keep_alive_deadline = deadline;
    h->element[element].keep_alive_waiting = waiting ? 1u : 0u;
    /*@ assert kept: handlespace_kept{Pre, Here}(h); */
}

void handlespace_set_unreachable_reports(struct handlespace *h, uint32_t element, uint32_t reports)
{
    h->element[element].unreachable_reports = reports;
    /*@ assert kept: handlespace_kept{Pre, Here}(h); */
}

void handlespace_set_identity(struct handlespace *h, uint32_t element, uint32_t identity)
{
    h->element[element].identity = identity;
    /*@ assert places: places_kept{Pre, Here}(h); */
    /*@ assert selection: selection_kept{Pre, Here}(&h->selection); */
    /*@ assert wheel: wheel_kept{Pre, Here}(&h->wheel); */
    /*@ assert pools: pools_kept{Pre, Here}(h); */
    /*@ assert elements: elements_kept{Pre, Here}(h); */
    /*@ assert owned: owned_kept{Pre, Here}(h); */
    /*@ assert sum: sum_kept{Pre, Here}(h); */
}
