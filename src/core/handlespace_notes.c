/* What the registrar notes on an element: one setter a field, each proved to keep the handlespace valid and
 * everything else as it was. See handlespace.h. Owns nothing. The assertions take the invariant part by part. */
#include "handlespace.h"

void handlespace_set_channel(struct handlespace *h, uint32_t element, uint32_t channel)
{
    h->element[element].channel = channel;
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert sum: handlespace_sum(h); */
}

void handlespace_set_expiry(struct handlespace *h, uint32_t element, uint64_t expiry)
{
    h->element[element].expiry = expiry;
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert sum: handlespace_sum(h); */
}

void handlespace_set_keep_alive(struct handlespace *h, uint32_t element, uint64_t deadline,
                                bool waiting)
{
    h->element[element].keep_alive_deadline = deadline;
    h->element[element].keep_alive_waiting = waiting ? 1u : 0u;
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert sum: handlespace_sum(h); */
}

void handlespace_set_unreachable_reports(struct handlespace *h, uint32_t element, uint32_t reports)
{
    h->element[element].unreachable_reports = reports;
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert sum: handlespace_sum(h); */
}

void handlespace_set_identity(struct handlespace *h, uint32_t element, uint32_t identity)
{
    h->element[element].identity = identity;
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert sum: handlespace_sum(h); */
}
