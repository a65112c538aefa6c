/* What the registrar notes on an element: one setter a field, each proved to keep the handlespace valid and
 * everything else as it was. See handlespace.h. Owns nothing. The writing functions know nothing of the invariant, only
 * that no cell it reads is written; the setters know nothing of cells. The provers need it apart. */
#include "handlespace_notes.h"

/* Writes the channel. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].channel;
    ensures kept: handlespace_kept{Pre, Post}(h);
    ensures set: h->element[element].channel == channel;
*/
static void write_channel(struct handlespace *h, uint32_t element, uint32_t channel)
{
    h->element[element].channel = channel;
    /*@ assert pool_chains: lists_kept{Pre, Here}(&h->pool_chains); */
    /*@ assert element_chains: lists_kept{Pre, Here}(&h->element_chains); */
    /*@ assert slots: lists_kept{Pre, Here}(&h->wheel.slots); */
    /*@ assert places: places_kept{Pre, Here}(h); */
    /*@ assert selection: selection_kept{Pre, Here}(&h->selection); */
    /*@ assert wheel: wheel_kept{Pre, Here}(&h->wheel); */
    /*@ assert handle_lengths: handle_lengths_kept{Pre, Here}(h); */
    /*@ assert handle_sums: handle_sums_kept{Pre, Here}(h); */
    /*@ assert numbers: pool_numbers_kept{Pre, Here}(h); */
    /*@ assert lengths: lengths_kept{Pre, Here}(h); */
    /*@ assert blocks: blocks_kept{Pre, Here}(h); */
    /*@ assert homes: homes_kept{Pre, Here}(h); */
    /*@ assert elements: elements_kept{Pre, Here}(h); */
    /*@ assert owned: owned_kept{Pre, Here}(h); */
    /*@ assert sum: sum_kept{Pre, Here}(h); */
}

void handlespace_set_channel(struct handlespace *h, uint32_t element, uint32_t channel)
{
    write_channel(h, element, channel);
}

/* Writes the end of the registration life. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].expiry;
    ensures kept: handlespace_kept{Pre, Post}(h);
    ensures set: h->element[element].expiry == expiry;
*/
static void write_expiry(struct handlespace *h, uint32_t element, uint64_t expiry)
{
    h->element[element].expiry = expiry;
    /*@ assert pool_chains: lists_kept{Pre, Here}(&h->pool_chains); */
    /*@ assert element_chains: lists_kept{Pre, Here}(&h->element_chains); */
    /*@ assert slots: lists_kept{Pre, Here}(&h->wheel.slots); */
    /*@ assert places: places_kept{Pre, Here}(h); */
    /*@ assert selection: selection_kept{Pre, Here}(&h->selection); */
    /*@ assert wheel: wheel_kept{Pre, Here}(&h->wheel); */
    /*@ assert handle_lengths: handle_lengths_kept{Pre, Here}(h); */
    /*@ assert handle_sums: handle_sums_kept{Pre, Here}(h); */
    /*@ assert numbers: pool_numbers_kept{Pre, Here}(h); */
    /*@ assert lengths: lengths_kept{Pre, Here}(h); */
    /*@ assert blocks: blocks_kept{Pre, Here}(h); */
    /*@ assert homes: homes_kept{Pre, Here}(h); */
    /*@ assert elements: elements_kept{Pre, Here}(h); */
    /*@ assert owned: owned_kept{Pre, Here}(h); */
    /*@ assert sum: sum_kept{Pre, Here}(h); */
}

void handlespace_set_expiry(struct handlespace *h, uint32_t element, uint64_t expiry)
{
    write_expiry(h, element, expiry);
}

/* Writes the deadline of the next keep-alive or its answer, and which of them it is. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].keep_alive_deadline, h->element[element].keep_alive_waiting;
    ensures kept: handlespace_kept{Pre, Post}(h);
    ensures deadline: h->element[element].keep_alive_deadline == deadline;
    ensures waiting: h->element[element].keep_alive_waiting == (waiting ? 1 : 0);
*/
static void write_keep_alive(struct handlespace *h, uint32_t element, uint64_t deadline,
                             bool waiting)
{
    h->element[element].keep_alive_deadline = deadline;
    h->element[element].keep_alive_waiting = waiting ? 1u : 0u;
    /*@ assert pool_chains: lists_kept{Pre, Here}(&h->pool_chains); */
    /*@ assert element_chains: lists_kept{Pre, Here}(&h->element_chains); */
    /*@ assert slots: lists_kept{Pre, Here}(&h->wheel.slots); */
    /*@ assert places: places_kept{Pre, Here}(h); */
    /*@ assert selection: selection_kept{Pre, Here}(&h->selection); */
    /*@ assert wheel: wheel_kept{Pre, Here}(&h->wheel); */
    /*@ assert handle_lengths: handle_lengths_kept{Pre, Here}(h); */
    /*@ assert handle_sums: handle_sums_kept{Pre, Here}(h); */
    /*@ assert numbers: pool_numbers_kept{Pre, Here}(h); */
    /*@ assert lengths: lengths_kept{Pre, Here}(h); */
    /*@ assert blocks: blocks_kept{Pre, Here}(h); */
    /*@ assert homes: homes_kept{Pre, Here}(h); */
    /*@ assert elements: elements_kept{Pre, Here}(h); */
    /*@ assert owned: owned_kept{Pre, Here}(h); */
    /*@ assert sum: sum_kept{Pre, Here}(h); */
}

void handlespace_set_keep_alive(struct handlespace *h, uint32_t element, uint64_t deadline,
                                bool waiting)
{
    write_keep_alive(h, element, deadline, waiting);
}

/* Writes the number of reports. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].unreachable_reports;
    ensures kept: handlespace_kept{Pre, Post}(h);
    ensures set: h->element[element].unreachable_reports == reports;
*/
static void write_unreachable_reports(struct handlespace *h, uint32_t element, uint32_t reports)
{
    h->element[element].unreachable_reports = reports;
    /*@ assert pool_chains: lists_kept{Pre, Here}(&h->pool_chains); */
    /*@ assert element_chains: lists_kept{Pre, Here}(&h->element_chains); */
    /*@ assert slots: lists_kept{Pre, Here}(&h->wheel.slots); */
    /*@ assert places: places_kept{Pre, Here}(h); */
    /*@ assert selection: selection_kept{Pre, Here}(&h->selection); */
    /*@ assert wheel: wheel_kept{Pre, Here}(&h->wheel); */
    /*@ assert handle_lengths: handle_lengths_kept{Pre, Here}(h); */
    /*@ assert handle_sums: handle_sums_kept{Pre, Here}(h); */
    /*@ assert numbers: pool_numbers_kept{Pre, Here}(h); */
    /*@ assert lengths: lengths_kept{Pre, Here}(h); */
    /*@ assert blocks: blocks_kept{Pre, Here}(h); */
    /*@ assert homes: homes_kept{Pre, Here}(h); */
    /*@ assert elements: elements_kept{Pre, Here}(h); */
    /*@ assert owned: owned_kept{Pre, Here}(h); */
    /*@ assert sum: sum_kept{Pre, Here}(h); */
}

void handlespace_set_unreachable_reports(struct handlespace *h, uint32_t element, uint32_t reports)
{
    write_unreachable_reports(h, element, reports);
}

/* Writes the identity. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].identity;
    ensures kept: handlespace_kept{Pre, Post}(h);
    ensures set: h->element[element].identity == identity;
*/
static void write_identity(struct handlespace *h, uint32_t element, uint32_t identity)
{
    h->element[element].identity = identity;
    /*@ assert pool_chains: lists_kept{Pre, Here}(&h->pool_chains); */
    /*@ assert element_chains: lists_kept{Pre, Here}(&h->element_chains); */
    /*@ assert slots: lists_kept{Pre, Here}(&h->wheel.slots); */
    /*@ assert places: places_kept{Pre, Here}(h); */
    /*@ assert selection: selection_kept{Pre, Here}(&h->selection); */
    /*@ assert wheel: wheel_kept{Pre, Here}(&h->wheel); */
    /*@ assert handle_lengths: handle_lengths_kept{Pre, Here}(h); */
    /*@ assert handle_sums: handle_sums_kept{Pre, Here}(h); */
    /*@ assert numbers: pool_numbers_kept{Pre, Here}(h); */
    /*@ assert lengths: lengths_kept{Pre, Here}(h); */
    /*@ assert blocks: blocks_kept{Pre, Here}(h); */
    /*@ assert homes: homes_kept{Pre, Here}(h); */
    /*@ assert elements: elements_kept{Pre, Here}(h); */
    /*@ assert owned: owned_kept{Pre, Here}(h); */
    /*@ assert sum: sum_kept{Pre, Here}(h); */
}

void handlespace_set_identity(struct handlespace *h, uint32_t element, uint32_t identity)
{
    write_identity(h, element, identity);
}

void handlespace_clear_notes(struct handlespace *h, uint32_t element)
{
    write_channel(h, element, HANDLESPACE_NO_CHANNEL);
    write_unreachable_reports(h, element, 0);
    /*@ assert two: handlespace_kept{Pre, Here}(h); */
    write_keep_alive(h, element, 0, false);
    /*@ assert three: handlespace_kept{Pre, Here}(h); */
    write_expiry(h, element, 0);
}
