/* The handlespace as a whole: its beginning, selection, and deadlines. See handlespace.h for what it is; pools
 * are in handlespace_pools.c, elements in handlespace_elements.c. Owns nothing. */
#include "handlespace_frames.h"
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

/* Moves a pool's cursor on. */
/*@ requires valid: \valid(h);
    requires ring: valid_selection(&h->selection);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns h->selection.cursor[pool];
    ensures ring: valid_selection(&h->selection);
    ensures moved: \old(h->selection.cursor[pool]) != 0 ==>
      h->selection.cursor[pool] == h->selection.next[\old(h->selection.cursor[pool]) - 1] + 1;
    ensures places: places_kept{Pre, Post}(h);
    ensures wheel: wheel_kept{Pre, Post}(&h->wheel);
    ensures pools: pools_kept{Pre, Post}(h);
    ensures elements: elements_kept{Pre, Post}(h);
    ensures owned: owned_kept{Pre, Post}(h);
*/
static void advance(struct handlespace *h, uint32_t pool)
{
    selection_advance(&h->selection, pool);
    /*@ assert pool_chains: lists_kept{Pre, Here}(&h->pool_chains); */
    /*@ assert element_chains: lists_kept{Pre, Here}(&h->element_chains); */
    /*@ assert slots: lists_kept{Pre, Here}(&h->wheel.slots); */
    /*@ assert rings: rings_kept{Pre, Here}(h); */
    /*@ assert numbers: pool_numbers_kept{Pre, Here}(h); */
    /*@ assert lengths: lengths_kept{Pre, Here}(h); */
    /*@ assert blocks: blocks_kept{Pre, Here}(h); */
    /*@ assert homes: homes_kept{Pre, Here}(h); */
}

uint32_t handlespace_select_first(struct handlespace *h, uint32_t pool)
{
    uint32_t first = selection_first(&h->selection, pool);
    advance(h, pool);
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

/* Sets a deadline in the wheel. */
/*@ requires valid: \valid(h);
    requires slots: valid_timer_wheel(&h->wheel);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->wheel.slots, h->wheel.deadline[element];
    ensures slots: valid_timer_wheel(&h->wheel);
    ensures armed: h->wheel.slots.list[element] != 0;
    ensures deadline: h->wheel.deadline[element] == deadline;
    ensures others: \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != element ==>
      (h->wheel.slots.list[i] == 0 <==> \old(h->wheel.slots.list[i]) == 0);
    ensures places: places_kept{Pre, Post}(h);
    ensures selection: selection_kept{Pre, Post}(&h->selection);
    ensures pools: pools_kept{Pre, Post}(h);
    ensures members: members_kept{Pre, Post}(h);
    ensures numbers: pool_numbers_kept{Pre, Post}(h);
    ensures lengths: lengths_kept{Pre, Post}(h);
    ensures owned: owned_kept{Pre, Post}(h);
    ensures sum: sum_kept{Pre, Post}(h);
*/
static void arm(struct handlespace *h, uint32_t element, uint64_t deadline)
{
    timer_wheel_arm(&h->wheel, element, deadline);
    /*@ assert pool_chains: lists_kept{Pre, Here}(&h->pool_chains); */
    /*@ assert element_chains: lists_kept{Pre, Here}(&h->element_chains); */
    /*@ assert blocks: blocks_kept{Pre, Here}(h); */
    /*@ assert homes: homes_kept{Pre, Here}(h); */
}

void handlespace_arm(struct handlespace *h, uint32_t element, uint64_t deadline)
{
    arm(h, element, deadline);
    /*@ assert elements: handlespace_elements(h); */
}

/* Takes a deadline out of the wheel. */
/*@ requires valid: \valid(h);
    requires slots: valid_timer_wheel(&h->wheel);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->wheel.slots;
    ensures slots: valid_timer_wheel(&h->wheel);
    ensures disarmed: h->wheel.slots.list[element] == 0;
    ensures others: \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != element ==>
      (h->wheel.slots.list[i] == 0 <==> \old(h->wheel.slots.list[i]) == 0);
    ensures places: places_kept{Pre, Post}(h);
    ensures selection: selection_kept{Pre, Post}(&h->selection);
    ensures pools: pools_kept{Pre, Post}(h);
    ensures members: members_kept{Pre, Post}(h);
    ensures numbers: pool_numbers_kept{Pre, Post}(h);
    ensures lengths: lengths_kept{Pre, Post}(h);
    ensures owned: owned_kept{Pre, Post}(h);
    ensures sum: sum_kept{Pre, Post}(h);
*/
static void disarm(struct handlespace *h, uint32_t element)
{
    timer_wheel_disarm(&h->wheel, element);
    /*@ assert pool_chains: lists_kept{Pre, Here}(&h->pool_chains); */
    /*@ assert element_chains: lists_kept{Pre, Here}(&h->element_chains); */
    /*@ assert blocks: blocks_kept{Pre, Here}(h); */
    /*@ assert homes: homes_kept{Pre, Here}(h); */
}

void handlespace_disarm(struct handlespace *h, uint32_t element)
{
    disarm(h, element);
    /*@ assert elements: handlespace_elements(h); */
}

/* Takes the next entry that is due out of the wheel. */
/*@ requires valid: \valid(h);
    requires slots: valid_timer_wheel(&h->wheel);
    terminates \true;
    exits \false;
    assigns h->wheel.tick, h->wheel.slots;
    ensures slots: valid_timer_wheel(&h->wheel);
    ensures range: \result == HANDLESPACE_NONE || \result < HANDLESPACE_ELEMENTS_MAX;
    ensures was_armed: \result != HANDLESPACE_NONE ==> \old(h->wheel.slots.list[\result]) != 0;
    ensures disarmed: \result != HANDLESPACE_NONE ==> h->wheel.slots.list[\result] == 0;
    ensures not_early: \result != HANDLESPACE_NONE ==> h->wheel.deadline[\result] <= now;
    ensures others: \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != \result ==>
      (h->wheel.slots.list[i] == 0 <==> \old(h->wheel.slots.list[i]) == 0);
    ensures places: places_kept{Pre, Post}(h);
    ensures selection: selection_kept{Pre, Post}(&h->selection);
    ensures pools: pools_kept{Pre, Post}(h);
    ensures members: members_kept{Pre, Post}(h);
    ensures numbers: pool_numbers_kept{Pre, Post}(h);
    ensures lengths: lengths_kept{Pre, Post}(h);
    ensures owned: owned_kept{Pre, Post}(h);
    ensures sum: sum_kept{Pre, Post}(h);
*/
static uint32_t take_due(struct handlespace *h, uint64_t now)
{
    uint32_t due = timer_wheel_due(&h->wheel, now);
    /*@ assert pool_chains: lists_kept{Pre, Here}(&h->pool_chains); */
    /*@ assert element_chains: lists_kept{Pre, Here}(&h->element_chains); */
    /*@ assert blocks: blocks_kept{Pre, Here}(h); */
    /*@ assert homes: homes_kept{Pre, Here}(h); */
    return due;
}

uint32_t handlespace_due(struct handlespace *h, uint64_t now)
{
    uint32_t due = take_due(h, now);
    /*@ assert elements: handlespace_elements(h); */
    return due;
}

uint64_t handlespace_next_deadline(const struct handlespace *h)
{
    return timer_wheel_next(&h->wheel);
}
