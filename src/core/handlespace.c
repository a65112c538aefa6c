/* The handlespace as a whole: its beginning, selection, and deadlines. See handlespace.h for what it is; pools
 * are in handlespace_pools.c, elements in handlespace_elements.c. Owns nothing. */
#include "handlespace_internal.h"

/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures smaller: \result <= a && \result <= b;
    ensures one: \result == a || \result == b;
*/
static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

void handlespace_init(struct handlespace *h, const uint8_t key[16], uint32_t own_server,
                      uint32_t pool_capacity, uint32_t element_capacity, uint64_t now)
{
    /*@ ghost
        uint32_t n = 0;
        /@ loop invariant range: 0 <= n <= HANDLESPACE_ELEMENTS_MAX;
           loop invariant zero: owned_blocks(h, n) == 0;
           loop assigns n;
           loop variant HANDLESPACE_ELEMENTS_MAX - n;
        @/
        while (n < HANDLESPACE_ELEMENTS_MAX)
            n++;
    */
    siphash_set_key(&h->key, key);
    h->own_server = own_server;
    h->pool_capacity = smaller(pool_capacity, HANDLESPACE_POOLS_MAX);
    h->element_capacity = smaller(element_capacity, HANDLESPACE_ELEMENTS_MAX);
    /*@ assert pool_chains: valid_index_list(&h->pool_chains); */
    /*@ assert element_chains: valid_index_list(&h->element_chains); */
    /*@ assert slots: valid_index_list(&h->wheel.slots); */
    timer_wheel_init(&h->wheel, now);
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert sum: handlespace_sum(h); */
}

uint32_t handlespace_select_first(struct handlespace *h, uint32_t pool)
{
    uint32_t first = selection_first(&h->selection, pool);
    selection_advance(&h->selection, pool);
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert sum: handlespace_sum(h); */
    return first;
}

uint32_t handlespace_ring_next(const struct handlespace *h, uint32_t element)
{
    return selection_next(&h->selection, element);
}

bool handlespace_element_in_use(const struct handlespace *h, uint32_t element)
{
    return element < HANDLESPACE_ELEMENTS_MAX && place_used(&h->element_chains, element);
}

bool handlespace_pool_in_use(const struct handlespace *h, uint32_t pool)
{
    return pool < HANDLESPACE_POOLS_MAX && place_used(&h->pool_chains, pool);
}

uint16_t handlespace_checksum(const struct handlespace *h)
{
    return pe_checksum_of_sum(h->owned_sum);
}

void handlespace_arm(struct handlespace *h, uint32_t element, uint64_t deadline)
{
    timer_wheel_arm(&h->wheel, element, deadline);
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert sum: handlespace_sum(h); */
}

void handlespace_disarm(struct handlespace *h, uint32_t element)
{
    timer_wheel_disarm(&h->wheel, element);
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert sum: handlespace_sum(h); */
}

uint32_t handlespace_due(struct handlespace *h, uint64_t now)
{
    uint32_t due = timer_wheel_due(&h->wheel, now);
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert sum: handlespace_sum(h); */
    return due;
}

uint64_t handlespace_next_deadline(const struct handlespace *h)
{
    return timer_wheel_next(&h->wheel);
}
