/* Pool elements: found by pool and PE identifier, added, changed, removed (RFC 5352, 3.1 and 3.2; RFC 5353, 3).
 * See handlespace.h. Owns nothing; works on the caller's handlespace. */
#include "handlespace_internal.h"
#include "handlespace_notes.h"

uint32_t handlespace_element_chain(const struct handlespace *h, uint32_t pool,
                                   uint32_t pe_identifier)
{
    uint64_t word = pool * UINT64_C(4294967296) + pe_identifier;
    return (uint32_t)(siphash_word(&h->key, word) % HANDLESPACE_CHAINS);
}

uint32_t handlespace_find_element(const struct handlespace *h, uint32_t pool,
                                  uint32_t pe_identifier)
{
    uint32_t chain = handlespace_element_chain(h, pool, pe_identifier);
    uint32_t element = index_list_first(&h->element_chains, chain);
    uint32_t steps = 0;
    /*@ loop invariant element: element == INDEX_LIST_NONE ||
          (element < INDEX_LIST_ENTRIES_MAX && h->element_chains.list[element] == chain + 1);
        loop invariant steps: steps <= HANDLESPACE_ELEMENTS_MAX;
        loop assigns element, steps;
        loop variant HANDLESPACE_ELEMENTS_MAX - steps;
    */
    while (element != INDEX_LIST_NONE && steps < HANDLESPACE_ELEMENTS_MAX) {
        if (h->element[element].pool == pool && h->element[element].pe_identifier == pe_identifier)
            return element;
        element = index_list_next(&h->element_chains, element);
        steps++;
    }
    return HANDLESPACE_NONE;
}

/* What an element with this identifier adds to the PE checksum when it is owned. */
/*@ requires valid: \valid_read(h);
    requires pools: handlespace_pools(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures block: \result == h->pool[pool].handle_sum + identifier_words(pe_identifier);
    ensures bound: \result <= PE_CHECKSUM_BLOCK_MAX;
*/
static uint32_t block_of(const struct handlespace *h, uint32_t pool, uint32_t pe_identifier)
{
    return h->pool[pool].handle_sum + pe_checksum_identifier(pe_identifier);
}

/* Writes what the invariant reads of an element's record. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].pool, h->element[element].home, h->element[element].parameter_length,
            h->element[element].block;
    ensures pool: h->element[element].pool == pool;
    ensures home: h->element[element].home == home;
    ensures parameter: h->element[element].parameter_length == 0;
    ensures block: h->element[element].block == block;
    ensures places: places_kept{Pre, Post}(h);
    ensures selection: selection_kept{Pre, Post}(&h->selection);
    ensures wheel: wheel_kept{Pre, Post}(&h->wheel);
    ensures pools: pools_kept{Pre, Post}(h);
*/
static void write_record(struct handlespace *h, uint32_t element, uint32_t pool, uint32_t home,
                         uint32_t block)
{
    h->element[element].pool = pool;
    h->element[element].home = home;
    h->element[element].parameter_length = 0;
    h->element[element].block = block;
    /*@ assert pool_chains: lists_kept{Pre, Here}(&h->pool_chains); */
    /*@ assert element_chains: lists_kept{Pre, Here}(&h->element_chains); */
    /*@ assert slots: lists_kept{Pre, Here}(&h->wheel.slots); */
    /*@ assert places: places_kept{Pre, Here}(h); */
    /*@ assert selection: selection_kept{Pre, Here}(&h->selection); */
    /*@ assert wheel: wheel_kept{Pre, Here}(&h->wheel); */
    /*@ assert handle_lengths: handle_lengths_kept{Pre, Here}(h); */
    /*@ assert handle_sums: handle_sums_kept{Pre, Here}(h); */
}

/* The same in a valid handlespace: a place that is not in use may hold any record. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    requires element: element < HANDLESPACE_ELEMENTS_MAX && !ELEMENT_USED(h, element);
    requires block: block <= PE_CHECKSUM_BLOCK_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].pool, h->element[element].home, h->element[element].parameter_length,
            h->element[element].block;
    ensures handlespace: valid_handlespace(h);
    ensures pool: h->element[element].pool == pool;
    ensures home: h->element[element].home == home;
    ensures block: h->element[element].block == block;
    ensures places: places_kept{Pre, Post}(h);
*/
static void fill(struct handlespace *h, uint32_t element, uint32_t pool, uint32_t home,
                 uint32_t block)
{
    write_record(h, element, pool, home, block);
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
}

/* Writes what the invariant does not read: the names an element goes by. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].pe_identifier, h->element[element].identity;
    ensures identifier: h->element[element].pe_identifier == pe_identifier;
    ensures identity: h->element[element].identity == identity;
    ensures kept: handlespace_kept{Pre, Post}(h);
*/
static void write_names(struct handlespace *h, uint32_t element, uint32_t pe_identifier,
                        uint32_t identity)
{
    h->element[element].pe_identifier = pe_identifier;
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

/* Takes the place: puts the element into its chain. */
/*@ requires valid: \valid(h);
    requires places: valid_places(&h->element_chains, h->element_used, h->element_capacity);
    requires chain: chain < HANDLESPACE_CHAINS;
    requires element: element < HANDLESPACE_ELEMENTS_MAX && !ELEMENT_USED(h, element);
    requires fresh: index_list_member(&h->element_chains, element) || element == h->element_used;
    requires room: !index_list_member(&h->element_chains, element) ==>
      h->element_used < h->element_capacity;
    terminates \true;
    exits \false;
    assigns h->element_chains, h->element_used;
    ensures places: valid_places(&h->element_chains, h->element_used, h->element_capacity);
    ensures pool_chains: lists_kept{Pre, Post}(&h->pool_chains);
    ensures pool_places: h->pool_used == \old(h->pool_used) && h->pool_capacity == \old(h->pool_capacity);
    ensures used: ELEMENT_USED(h, element);
    ensures others: other_members_kept{Pre, Post}(h, element);
    ensures selection: selection_kept{Pre, Post}(&h->selection);
    ensures wheel: wheel_kept{Pre, Post}(&h->wheel);
    ensures pools: pools_kept{Pre, Post}(h);
    ensures records: records_kept{Pre, Post}(h);
*/
static void take_place(struct handlespace *h, uint32_t element, uint32_t chain)
{
    h->element_used =
        place_take(&h->element_chains, h->element_used, h->element_capacity, element, chain);
    /*@ assert slots: lists_kept{Pre, Here}(&h->wheel.slots); */
    /*@ assert handle_lengths: handle_lengths_kept{Pre, Here}(h); */
    /*@ assert handle_sums: handle_sums_kept{Pre, Here}(h); */
    /*@ assert numbers: pool_numbers_kept{Pre, Here}(h); */
    /*@ assert lengths: lengths_kept{Pre, Here}(h); */
    /*@ assert blocks: blocks_kept{Pre, Here}(h); */
    /*@ assert homes: homes_kept{Pre, Here}(h); */
}

/* Puts the element into the ring of its pool. */
/*@ requires valid: \valid(h);
    requires selection: valid_selection(&h->selection);
    requires element: element < HANDLESPACE_ELEMENTS_MAX && h->selection.pool[element] == 0;
    requires pool: h->element[element].pool < HANDLESPACE_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns h->selection;
    ensures selection: valid_selection(&h->selection);
    ensures member: h->selection.pool[element] == h->element[element].pool + 1;
    ensures others: \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != element ==>
      h->selection.pool[i] == \old(h->selection.pool[i]);
    ensures places: places_kept{Pre, Post}(h);
    ensures wheel: wheel_kept{Pre, Post}(&h->wheel);
    ensures pools: pools_kept{Pre, Post}(h);
    ensures records: records_kept{Pre, Post}(h);
*/
static void join_ring(struct handlespace *h, uint32_t element)
{
    selection_insert(&h->selection, h->element[element].pool, element);
    /*@ assert pool_chains: lists_kept{Pre, Here}(&h->pool_chains); */
    /*@ assert element_chains: lists_kept{Pre, Here}(&h->element_chains); */
    /*@ assert handle_lengths: handle_lengths_kept{Pre, Here}(h); */
    /*@ assert handle_sums: handle_sums_kept{Pre, Here}(h); */
    /*@ assert numbers: pool_numbers_kept{Pre, Here}(h); */
    /*@ assert lengths: lengths_kept{Pre, Here}(h); */
    /*@ assert blocks: blocks_kept{Pre, Here}(h); */
    /*@ assert homes: homes_kept{Pre, Here}(h); */
}

/* Makes a free place with a record an element: in its chain and in the ring of its pool. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires chain: chain < HANDLESPACE_CHAINS;
    requires element: element < HANDLESPACE_ELEMENTS_MAX && !ELEMENT_USED(h, element);
    requires pool: h->element[element].pool < HANDLESPACE_POOLS_MAX;
    requires fresh: index_list_member(&h->element_chains, element) || element == h->element_used;
    requires room: !index_list_member(&h->element_chains, element) ==>
      h->element_used < h->element_capacity;
    terminates \true;
    exits \false;
    assigns h->element_chains, h->element_used, h->selection;
    ensures handlespace: valid_handlespace_except(h, element);
    ensures used: handlespace_element_used(h, element);
    ensures others: other_members_kept{Pre, Post}(h, element);
    ensures records: records_kept{Pre, Post}(h);
*/
static void enter(struct handlespace *h, uint32_t element, uint32_t chain)
{
    take_place(h, element, chain);
    /*@ assert places: handlespace_places(h); */
    join_ring(h, element);
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned_except(h, element); */
}

/* Takes the element out of the ring of its pool. */
/*@ requires valid: \valid(h);
    requires selection: valid_selection(&h->selection);
    requires element: element < HANDLESPACE_ELEMENTS_MAX && h->selection.pool[element] != 0;
    terminates \true;
    exits \false;
    assigns h->selection;
    ensures selection: valid_selection(&h->selection);
    ensures removed: h->selection.pool[element] == 0;
    ensures others: \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != element ==>
      h->selection.pool[i] == \old(h->selection.pool[i]);
    ensures places: places_kept{Pre, Post}(h);
    ensures wheel: wheel_kept{Pre, Post}(&h->wheel);
    ensures pools: pools_kept{Pre, Post}(h);
    ensures records: records_kept{Pre, Post}(h);
*/
static void leave_ring(struct handlespace *h, uint32_t element)
{
    selection_remove(&h->selection, element);
    /*@ assert pool_chains: lists_kept{Pre, Here}(&h->pool_chains); */
    /*@ assert element_chains: lists_kept{Pre, Here}(&h->element_chains); */
    /*@ assert handle_lengths: handle_lengths_kept{Pre, Here}(h); */
    /*@ assert handle_sums: handle_sums_kept{Pre, Here}(h); */
    /*@ assert numbers: pool_numbers_kept{Pre, Here}(h); */
    /*@ assert lengths: lengths_kept{Pre, Here}(h); */
    /*@ assert blocks: blocks_kept{Pre, Here}(h); */
    /*@ assert homes: homes_kept{Pre, Here}(h); */
}

/* Gives the place back. */
/*@ requires valid: \valid(h);
    requires places: valid_places(&h->element_chains, h->element_used, h->element_capacity);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->element_chains;
    ensures places: valid_places(&h->element_chains, h->element_used, h->element_capacity);
    ensures pool_chains: lists_kept{Pre, Post}(&h->pool_chains);
    ensures pool_places: h->pool_used == \old(h->pool_used) && h->pool_capacity == \old(h->pool_capacity);
    ensures removed: !ELEMENT_USED(h, element);
    ensures others: other_members_kept{Pre, Post}(h, element);
    ensures selection: selection_kept{Pre, Post}(&h->selection);
    ensures wheel: wheel_kept{Pre, Post}(&h->wheel);
    ensures pools: pools_kept{Pre, Post}(h);
    ensures records: records_kept{Pre, Post}(h);
*/
static void give_back(struct handlespace *h, uint32_t element)
{
    place_release(&h->element_chains, element);
    /*@ assert slots: lists_kept{Pre, Here}(&h->wheel.slots); */
    /*@ assert handle_lengths: handle_lengths_kept{Pre, Here}(h); */
    /*@ assert handle_sums: handle_sums_kept{Pre, Here}(h); */
    /*@ assert numbers: pool_numbers_kept{Pre, Here}(h); */
    /*@ assert lengths: lengths_kept{Pre, Here}(h); */
    /*@ assert blocks: blocks_kept{Pre, Here}(h); */
    /*@ assert homes: homes_kept{Pre, Here}(h); */
}

/* Makes an element that adds nothing and has no deadline a free place. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace_except(h, element);
    requires element: handlespace_element_used(h, element);
    requires adds_nothing: h->element[element].owned_block == 0;
    requires disarmed: h->wheel.slots.list[element] == 0;
    terminates \true;
    exits \false;
    assigns h->element_chains, h->selection;
    ensures handlespace: valid_handlespace(h);
    ensures removed: !handlespace_element_used(h, element);
    ensures others: other_members_kept{Pre, Post}(h, element);
    ensures records: records_kept{Pre, Post}(h);
*/
static void leave(struct handlespace *h, uint32_t element)
{
    leave_ring(h, element);
    give_back(h, element);
    /*@ assert places: handlespace_places(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
}

/* Lets the element add to the PE checksum what its home demands. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace_except(h, element);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->owned_sum, h->element[element].owned_block;
    ensures handlespace: valid_handlespace(h);
*/
static void own(struct handlespace *h, uint32_t element)
{
    bool ours = h->element[element].home == h->own_server;
    handlespace_account(h, element, ours ? h->element[element].block : 0);
    /*@ assert wheel: wheel_kept{Pre, Here}(&h->wheel); */
    /*@ assert owned: handlespace_owned(h); */
}

/* Lets it add nothing, whatever its home. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->owned_sum, h->element[element].owned_block;
    ensures handlespace: valid_handlespace_except(h, element);
    ensures adds_nothing: h->element[element].owned_block == 0;
*/
static void disown(struct handlespace *h, uint32_t element)
{
    handlespace_account(h, element, 0);
    /*@ assert wheel: wheel_kept{Pre, Here}(&h->wheel); */
    /*@ assert owned: handlespace_owned_except(h, element); */
}

/* Writes the counts of a pool's elements and of all. */
/*@ requires valid: \valid(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns h->element_count, h->pool[pool].element_count;
    ensures kept: handlespace_kept{Pre, Post}(h);
*/
static void set_counts(struct handlespace *h, uint32_t pool, uint32_t in_pool, uint32_t in_all)
{
    h->pool[pool].element_count = in_pool;
    h->element_count = in_all;
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

/* Makes a free place an element. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    requires element: element < HANDLESPACE_ELEMENTS_MAX && !ELEMENT_USED(h, element);
    requires fresh: index_list_member(&h->element_chains, element) || element == h->element_used;
    requires room: !index_list_member(&h->element_chains, element) ==>
      h->element_used < h->element_capacity;
    terminates \true;
    exits \false;
    assigns h->element_chains, h->element_used, h->selection, h->owned_sum, h->element_count,
            h->pool[pool].element_count, h->element[element];
    ensures handlespace: valid_handlespace(h);
    ensures used: handlespace_element_used(h, element);
    ensures pool: h->element[element].pool == pool;
    ensures identifier: h->element[element].pe_identifier == pe_identifier;
    ensures identity: h->element[element].identity == identity;
    ensures home: h->element[element].home == home;
    ensures block: h->element[element].block ==
      \old(h->pool[pool].handle_sum) + identifier_words(pe_identifier);
    ensures others: other_members_kept{Pre, Post}(h, element);
*/
static void establish(struct handlespace *h, uint32_t element, uint32_t pool,
                      uint32_t pe_identifier, uint32_t identity, uint32_t home)
{
    uint32_t block = block_of(h, pool, pe_identifier);
    handlespace_clear_notes(h, element);
    /*@ assert cleared: valid_handlespace(h); */
    fill(h, element, pool, home, block);
    enter(h, element, handlespace_element_chain(h, pool, pe_identifier));
    /*@ assert entered: other_members_kept{Pre, Here}(h, element); */
    own(h, element);
    set_counts(h, pool, count_up(h->pool[pool].element_count), count_up(h->element_count));
    /*@ assert counted: valid_handlespace(h); */
    write_names(h, element, pe_identifier, identity);
}

uint32_t handlespace_add_element(struct handlespace *h, uint32_t pool, uint32_t pe_identifier,
                                 uint32_t identity, uint32_t home)
{
    uint32_t element = place_find(&h->element_chains, h->element_used, h->element_capacity);
    if (element != PLACE_NONE)
        establish(h, element, pool, pe_identifier, identity, home);
    else
        handlespace_drop_empty_pool(h, pool);
    return element;
}

/* Writes the bytes of an element's parameter and their number. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    requires length: length <= ELEMENT_PARAMETER_MAX;
    requires tlv: length > 0 ==> \valid_read(tlv + (0 .. length - 1));
    requires apart: length > 0 ==> \separated(h, tlv + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns h->parameter[element].bytes[0 .. ELEMENT_PARAMETER_MAX - 1],
            h->element[element].parameter_length;
    ensures length: h->element[element].parameter_length == length;
    ensures bytes: \forall integer k; 0 <= k < length ==> h->parameter[element].bytes[k] == \old(tlv[k]);
    ensures places: places_kept{Pre, Post}(h);
    ensures selection: selection_kept{Pre, Post}(&h->selection);
    ensures wheel: wheel_kept{Pre, Post}(&h->wheel);
    ensures pools: pools_kept{Pre, Post}(h);
    ensures numbers: pool_numbers_kept{Pre, Post}(h);
    ensures blocks: blocks_kept{Pre, Post}(h);
    ensures homes: homes_kept{Pre, Post}(h);
    ensures own_server: h->own_server == \old(h->own_server);
*/
static void write_parameter(struct handlespace *h, uint32_t element, const uint8_t *tlv,
                            uint32_t length)
{
    uint32_t i = 0;
    /*@ loop invariant range: i <= length;
        loop invariant copied: \forall integer k; 0 <= k < i ==>
          h->parameter[element].bytes[k] == \at(tlv[k], Pre);
        loop invariant given: \forall integer k; 0 <= k < length ==> tlv[k] == \at(tlv[k], Pre);
        loop assigns i, h->parameter[element].bytes[0 .. ELEMENT_PARAMETER_MAX - 1];
        loop variant length - i;
    */
    while (i < length) {
        h->parameter[element].bytes[i] = tlv[i];
        i++;
    }
    h->element[element].parameter_length = length;
    /*@ assert pool_chains: lists_kept{Pre, Here}(&h->pool_chains); */
    /*@ assert element_chains: lists_kept{Pre, Here}(&h->element_chains); */
    /*@ assert slots: lists_kept{Pre, Here}(&h->wheel.slots); */
    /*@ assert places: places_kept{Pre, Here}(h); */
    /*@ assert selection: selection_kept{Pre, Here}(&h->selection); */
    /*@ assert wheel: wheel_kept{Pre, Here}(&h->wheel); */
    /*@ assert handle_lengths: handle_lengths_kept{Pre, Here}(h); */
    /*@ assert handle_sums: handle_sums_kept{Pre, Here}(h); */
}

bool handlespace_set_parameter(struct handlespace *h, uint32_t element, const uint8_t *tlv,
                               uint32_t length)
{
    if (length > ELEMENT_PARAMETER_MAX)
        return false;
    write_parameter(h, element, tlv, length);
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
    return true;
}

/* Writes the home of an element. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].home;
    ensures home: h->element[element].home == home;
    ensures places: places_kept{Pre, Post}(h);
    ensures selection: selection_kept{Pre, Post}(&h->selection);
    ensures wheel: wheel_kept{Pre, Post}(&h->wheel);
    ensures pools: pools_kept{Pre, Post}(h);
    ensures numbers: pool_numbers_kept{Pre, Post}(h);
    ensures lengths: lengths_kept{Pre, Post}(h);
    ensures blocks: blocks_kept{Pre, Post}(h);
    ensures own_server: h->own_server == \old(h->own_server);
*/
static void write_home(struct handlespace *h, uint32_t element, uint32_t home)
{
    h->element[element].home = home;
    /*@ assert pool_chains: lists_kept{Pre, Here}(&h->pool_chains); */
    /*@ assert element_chains: lists_kept{Pre, Here}(&h->element_chains); */
    /*@ assert slots: lists_kept{Pre, Here}(&h->wheel.slots); */
    /*@ assert places: places_kept{Pre, Here}(h); */
    /*@ assert selection: selection_kept{Pre, Here}(&h->selection); */
    /*@ assert wheel: wheel_kept{Pre, Here}(&h->wheel); */
    /*@ assert handle_lengths: handle_lengths_kept{Pre, Here}(h); */
    /*@ assert handle_sums: handle_sums_kept{Pre, Here}(h); */
}

void handlespace_set_home(struct handlespace *h, uint32_t element, uint32_t home)
{
    write_home(h, element, home);
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned_except(h, element); */
    own(h, element);
}

void handlespace_remove_element(struct handlespace *h, uint32_t element)
{
    uint32_t pool = h->element[element].pool;
    handlespace_disarm(h, element);
    set_counts(h, pool, count_down(h->pool[pool].element_count), count_down(h->element_count));
    /*@ assert counted: valid_handlespace(h); */
    disown(h, element);
    leave(h, element);
    handlespace_drop_empty_pool(h, pool);
}
