/* The beginning of a handlespace: zeroed memory is valid and empty. See handlespace.h. Owns nothing. */
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

/*@ lemma zeroed_lists{L}: \forall struct index_list *l; index_list_zeroed(l) ==> valid_index_list(l);
    lemma zeroed_selection{L}: \forall struct selection *s; selection_zeroed(s) ==> valid_selection(s);
    lemma zeroed_elements{L}: \forall struct handlespace *h;
      handlespace_zeroed(h) ==> handlespace_elements(h);
    lemma zeroed_owned{L}: \forall struct handlespace *h; handlespace_zeroed(h) ==> handlespace_owned(h);
    lemma zeroed_pools{L}: \forall struct handlespace *h; handlespace_zeroed(h) ==> handlespace_pools(h);
*/

/* Writes what the registrar is configured with: all else stays zero. */
/*@ requires valid: \valid(h);
    requires zeroed: handlespace_zeroed(h);
    requires pools: pools <= HANDLESPACE_POOLS_MAX;
    requires elements: elements <= HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->own_server, h->pool_capacity, h->element_capacity;
    ensures own_server: h->own_server == own_server;
    ensures pools: h->pool_capacity == pools;
    ensures elements: h->element_capacity == elements;
    ensures zeroed: handlespace_zeroed(h);
*/
static void configure(struct handlespace *h, uint32_t own_server, uint32_t pools, uint32_t elements)
{
    h->own_server = own_server;
    h->pool_capacity = pools;
    h->element_capacity = elements;
    /*@ assert pool_chains: index_list_zeroed(&h->pool_chains); */
    /*@ assert element_chains: index_list_zeroed(&h->element_chains); */
    /*@ assert slots: index_list_zeroed(&h->wheel.slots); */
    /*@ assert selection: selection_zeroed(&h->selection); */
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
    configure(h, own_server, smaller(pool_capacity, HANDLESPACE_POOLS_MAX),
              smaller(element_capacity, HANDLESPACE_ELEMENTS_MAX));
    /*@ assert zeroed: handlespace_zeroed(h); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    timer_wheel_init(&h->wheel, now);
    /*@ assert places: handlespace_places(h); */
    /*@ assert sum: handlespace_sum(h); */
}
