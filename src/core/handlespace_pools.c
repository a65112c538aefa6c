/* Pools: found by their handle, added, and removed when empty (RFC 5352, 3.1; RFC 5353, 3). See handlespace.h.
 * Owns nothing; works on the caller's handlespace. */
#include "handlespace_frames.h"

/*@ requires a: length > 0 ==> \valid_read(a + (0 .. length - 1));
    requires b: length > 0 ==> \valid_read(b + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures same: \result <==> (\forall integer i; 0 <= i < length ==> a[i] == b[i]);
*/
static bool same_bytes(const uint8_t *a, const uint8_t *b, uint32_t length)
{
    uint32_t i = 0;
    /*@ loop invariant range: i <= length;
        loop invariant same: \forall integer k; 0 <= k < i ==> a[k] == b[k];
        loop assigns i;
        loop variant length - i;
    */
    while (i < length) {
        if (a[i] != b[i])
            return false;
        i++;
    }
    return true;
}

/*@ requires valid: \valid_read(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX && length <= POOL_HANDLE_MAX;
    requires handle: length > 0 ==> \valid_read(handle + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures length: \result ==> h->pool[pool].handle_length == length;
    ensures bytes: \result ==> \forall integer i; 0 <= i < length ==> h->pool[pool].handle[i] == handle[i];
*/
static bool has_handle(const struct handlespace *h, uint32_t pool, const uint8_t *handle,
                       uint32_t length)
{
    return h->pool[pool].handle_length == length &&
           same_bytes(h->pool[pool].handle, handle, length);
}

uint32_t handlespace_pool_chain(const struct handlespace *h, const uint8_t *handle, uint32_t length)
{
    return (uint32_t)(siphash(&h->key, handle, length) % HANDLESPACE_CHAINS);
}

uint32_t handlespace_find_pool(const struct handlespace *h, const uint8_t *handle, uint32_t length)
{
    if (length > POOL_HANDLE_MAX)
        return HANDLESPACE_NONE;
    uint32_t chain = handlespace_pool_chain(h, handle, length);
    uint32_t pool = index_list_first(&h->pool_chains, chain);
    uint32_t steps = 0;
    /*@ loop invariant pool: pool == INDEX_LIST_NONE ||
          (pool < INDEX_LIST_ENTRIES_MAX && h->pool_chains.list[pool] == chain + 1);
        loop invariant steps: steps <= HANDLESPACE_POOLS_MAX;
        loop assigns pool, steps;
        loop variant HANDLESPACE_POOLS_MAX - steps;
    */
    while (pool != INDEX_LIST_NONE && steps < HANDLESPACE_POOLS_MAX) {
        if (has_handle(h, pool, handle, length))
            return pool;
        pool = index_list_next(&h->pool_chains, pool);
        steps++;
    }
    return HANDLESPACE_NONE;
}

/*@ requires valid: \valid(pool);
    requires length: length <= POOL_HANDLE_MAX;
    requires handle: length > 0 ==> \valid_read(handle + (0 .. length - 1));
    requires apart: length > 0 ==> \separated(pool, handle + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns pool->handle[0 .. POOL_HANDLE_MAX - 1], pool->handle_length, pool->handle_sum;
    ensures length: pool->handle_length == length;
    ensures copied: \forall integer i; 0 <= i < length ==> pool->handle[i] == \old(handle[i]);
    ensures words: pool->handle_sum == handle_words{Pre}(handle, length);
    ensures bound: pool->handle_sum <= PE_CHECKSUM_HANDLE_SUM_MAX;
*/
static void set_handle(struct handlespace_pool *pool, const uint8_t *handle, uint32_t length)
{
    uint32_t i = 0;
    pool->handle_sum = pe_checksum_handle(handle, length);
    /*@ loop invariant range: i <= length;
        loop invariant copied: \forall integer k; 0 <= k < i ==> pool->handle[k] == \at(handle[k], Pre);
        loop invariant given: \forall integer k; 0 <= k < length ==> handle[k] == \at(handle[k], Pre);
        loop assigns i, pool->handle[0 .. POOL_HANDLE_MAX - 1];
        loop variant length - i;
    */
    while (i < length) {
        pool->handle[i] = handle[i];
        i++;
    }
    pool->handle_length = length;
}

/* Writes the handle of the pool at a place. */
/*@ requires valid: \valid(h);
    requires pools: handlespace_pools(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX && length <= POOL_HANDLE_MAX;
    requires handle: length > 0 ==> \valid_read(handle + (0 .. length - 1));
    requires apart: length > 0 ==> \separated(h, handle + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns h->pool[pool].handle[0 .. POOL_HANDLE_MAX - 1], h->pool[pool].handle_length,
            h->pool[pool].handle_sum;
    ensures pools: handlespace_pools(h);
    ensures words: h->pool[pool].handle_sum == handle_words{Pre}(handle, length);
    ENSURES_ELEMENT_FIELDS_KEPT(h)
*/
static void write_handle(struct handlespace *h, uint32_t pool, const uint8_t *handle,
                         uint32_t length)
{
    set_handle(&h->pool[pool], handle, length);
}

/* Names the pool at a place. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX && length <= POOL_HANDLE_MAX;
    requires handle: length > 0 ==> \valid_read(handle + (0 .. length - 1));
    requires apart: length > 0 ==> \separated(h, handle + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns h->pool[pool].handle[0 .. POOL_HANDLE_MAX - 1], h->pool[pool].handle_length,
            h->pool[pool].handle_sum;
    ensures handlespace: valid_handlespace(h);
    ensures words: h->pool[pool].handle_sum == handle_words{Pre}(handle, length);
*/
static void name_pool(struct handlespace *h, uint32_t pool, const uint8_t *handle, uint32_t length)
{
    write_handle(h, pool, handle, length);
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert kept: element_fields_kept{Pre, Here}(h); */
}

/* Writes what all elements of a pool are to have in common, and that there is none yet. */
/*@ requires valid: \valid(h);
    requires places: handlespace_places(h);
    requires wheel: valid_timer_wheel(&h->wheel);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns h->pool[pool].policy_type, h->pool[pool].transport_type, h->pool[pool].transport_use,
            h->pool[pool].element_count;
    ensures places: handlespace_places(h);
    ensures wheel: valid_timer_wheel(&h->wheel);
    ENSURES_FIELDS_KEPT(h)
*/
static void write_terms(struct handlespace *h, uint32_t pool, uint32_t policy_type,
                        uint32_t transport_type, uint32_t transport_use)
{
    h->pool[pool].policy_type = policy_type;
    h->pool[pool].transport_type = transport_type;
    h->pool[pool].transport_use = transport_use;
    h->pool[pool].element_count = 0;
}

/* The same in a valid handlespace. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns h->pool[pool].policy_type, h->pool[pool].transport_type, h->pool[pool].transport_use,
            h->pool[pool].element_count;
    ensures handlespace: valid_handlespace(h);
*/
static void set_terms(struct handlespace *h, uint32_t pool, uint32_t policy_type,
                      uint32_t transport_type, uint32_t transport_use)
{
    write_terms(h, pool, policy_type, transport_type, transport_use);
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert kept: fields_kept{Pre, Here}(h); */
}

/* Puts a pool into its chain, at a place that is free. */
/*@ requires valid: \valid(h);
    requires places: handlespace_places(h);
    requires chain: chain < HANDLESPACE_CHAINS;
    requires pool: pool < HANDLESPACE_POOLS_MAX && !POOL_USED(h, pool);
    requires fresh: index_list_member(&h->pool_chains, pool) || pool == h->pool_used;
    requires room: !index_list_member(&h->pool_chains, pool) ==> h->pool_used < h->pool_capacity;
    terminates \true;
    exits \false;
    assigns h->pool_chains, h->pool_used, h->pool_count;
    ensures places: handlespace_places(h);
    ensures used: POOL_USED(h, pool);
    ENSURES_FIELDS_KEPT(h)
*/
static void take_place(struct handlespace *h, uint32_t pool, uint32_t chain)
{
    h->pool_used = place_take(&h->pool_chains, h->pool_used, h->pool_capacity, pool, chain);
    h->pool_count = count_up(h->pool_count);
}

/* The same in a valid handlespace. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires chain: chain < HANDLESPACE_CHAINS;
    requires pool: pool < HANDLESPACE_POOLS_MAX && !POOL_USED(h, pool);
    requires fresh: index_list_member(&h->pool_chains, pool) || pool == h->pool_used;
    requires room: !index_list_member(&h->pool_chains, pool) ==> h->pool_used < h->pool_capacity;
    terminates \true;
    exits \false;
    assigns h->pool_chains, h->pool_used, h->pool_count;
    ensures handlespace: valid_handlespace(h);
    ensures used: POOL_USED(h, pool);
    ensures sums: handle_sums_kept{Pre, Post}(h);
*/
static void enter(struct handlespace *h, uint32_t pool, uint32_t chain)
{
    take_place(h, pool, chain);
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert kept: fields_kept{Pre, Here}(h); */
}

uint32_t handlespace_add_pool(struct handlespace *h, const uint8_t *handle, uint32_t length,
                              uint32_t policy_type, uint32_t transport_type, uint32_t transport_use)
{
    uint32_t pool = place_find(&h->pool_chains, h->pool_used, h->pool_capacity);
    if (pool == PLACE_NONE || length > POOL_HANDLE_MAX)
        return HANDLESPACE_NONE;
    uint32_t chain = handlespace_pool_chain(h, handle, length);
    name_pool(h, pool, handle, length);
    set_terms(h, pool, policy_type, transport_type, transport_use);
    enter(h, pool, chain);
    return pool;
}

/* Takes a pool out of its chain: its place is free. */
/*@ requires valid: \valid(h);
    requires places: handlespace_places(h);
    requires pool: handlespace_pool_used(h, pool);
    terminates \true;
    exits \false;
    assigns h->pool_chains, h->pool_count;
    ensures places: handlespace_places(h);
    ENSURES_FIELDS_KEPT(h)
*/
static void give_back(struct handlespace *h, uint32_t pool)
{
    place_release(&h->pool_chains, pool);
    h->pool_count = count_down(h->pool_count);
}

void handlespace_drop_empty_pool(struct handlespace *h, uint32_t pool)
{
    if (selection_first(&h->selection, pool) != SELECTION_NONE ||
        !place_used(&h->pool_chains, pool))
        return;
    give_back(h, pool);
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert kept: fields_kept{Pre, Here}(h); */
}
