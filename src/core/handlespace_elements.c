/* Pool elements: found by pool and PE identifier, added, changed, removed (RFC 5352, 3.1 and 3.2; RFC 5353, 3).
 * See handlespace.h. Owns nothing; works on the caller's handlespace. */
#include "handlespace_element_frames.h"

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

/* Writes what the invariant reads of an element's record, and its PE identifier. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    REQUIRES_LINKS(h)
    terminates \true;
    exits \false;
    assigns h->element[element].pool, h->element[element].home, h->element[element].parameter_length,
            h->element[element].block, h->element[element].pe_identifier;
    ensures pool: h->element[element].pool == pool;
    ensures home: h->element[element].home == home;
    ensures parameter: h->element[element].parameter_length == 0;
    ensures block: h->element[element].block == block;
    ensures identifier: h->element[element].pe_identifier == pe_identifier;
    ENSURES_LINKS(h)
    ENSURES_POOL_FIELDS_KEPT(h)
    ENSURES_OTHER_RECORDS_KEPT(h, element)
    ensures others: others_kept{Pre, Post}(h, element);
*/
static void write_record(struct handlespace *h, uint32_t element, uint32_t pool,
                         uint32_t pe_identifier, uint32_t home, uint32_t block)
{
    h->element[element].pool = pool;
    h->element[element].home = home;
    h->element[element].parameter_length = 0;
    h->element[element].block = block;
    h->element[element].pe_identifier = pe_identifier;
}

/* The same in a valid handlespace: a place that is not in use may hold any record. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX && !ELEMENT_USED(h, element);
    requires block: block <= PE_CHECKSUM_BLOCK_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].pool, h->element[element].home, h->element[element].parameter_length,
            h->element[element].block, h->element[element].pe_identifier;
    ensures handlespace: valid_handlespace(h);
    ensures pool: h->element[element].pool == pool;
    ensures home: h->element[element].home == home;
    ensures block: h->element[element].block == block;
    ensures identifier: h->element[element].pe_identifier == pe_identifier;
    ensures members: members_kept{Pre, Post}(h);
    ensures others: others_kept{Pre, Post}(h, element);
    ensures sums: handle_sums_kept{Pre, Post}(h);
*/
static void fill(struct handlespace *h, uint32_t element, uint32_t pool, uint32_t pe_identifier,
                 uint32_t home, uint32_t block)
{
    write_record(h, element, pool, pe_identifier, home, block);
    /*@ assert pools_kept: pool_fields_kept{Pre, Here}(h); */
    /*@ assert others_kept: other_records_kept{Pre, Here}(h, element); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert elements: handlespace_elements(h); */
}

/* Takes the place: puts the element into its chain. */
/*@ requires valid: \valid(h);
    REQUIRES_LINKS(h)
    requires chain: chain < HANDLESPACE_CHAINS;
    requires element: element < HANDLESPACE_ELEMENTS_MAX && !ELEMENT_USED(h, element);
    requires fresh: index_list_member(&h->element_chains, element) || element == h->element_used;
    requires room: !index_list_member(&h->element_chains, element) ==>
      h->element_used < h->element_capacity;
    terminates \true;
    exits \false;
    assigns h->element_chains, h->element_used;
    ensures used: ELEMENT_USED(h, element);
    ENSURES_LINKS(h)
    ENSURES_POOL_FIELDS_KEPT(h)
    ENSURES_OTHER_PLACES_KEPT(h, element)
    ensures rings: rings_kept{Pre, Post}(h);
*/
static void take_place(struct handlespace *h, uint32_t element, uint32_t chain)
{
    h->element_used =
        place_take(&h->element_chains, h->element_used, h->element_capacity, element, chain);
}

/* Puts the element into the ring of its pool. */
/*@ requires valid: \valid(h);
    REQUIRES_LINKS(h)
    requires element: element < HANDLESPACE_ELEMENTS_MAX && h->selection.pool[element] == 0;
    requires pool: h->element[element].pool < HANDLESPACE_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns h->selection;
    ensures member: h->selection.pool[element] == h->element[element].pool + 1;
    ENSURES_LINKS(h)
    ENSURES_POOL_FIELDS_KEPT(h)
    ENSURES_OTHER_PLACES_KEPT(h, element)
    ensures members: members_kept{Pre, Post}(h);
*/
static void join_ring(struct handlespace *h, uint32_t element)
{
    selection_insert(&h->selection, h->element[element].pool, element);
}

/* Both. */
/*@ requires valid: \valid(h);
    REQUIRES_LINKS(h)
    requires chain: chain < HANDLESPACE_CHAINS;
    requires element: element < HANDLESPACE_ELEMENTS_MAX && !ELEMENT_USED(h, element);
    requires apart: h->selection.pool[element] == 0;
    requires pool: h->element[element].pool < HANDLESPACE_POOLS_MAX;
    requires fresh: index_list_member(&h->element_chains, element) || element == h->element_used;
    requires room: !index_list_member(&h->element_chains, element) ==>
      h->element_used < h->element_capacity;
    terminates \true;
    exits \false;
    assigns h->element_chains, h->element_used, h->selection;
    ensures used: ELEMENT_USED(h, element);
    ensures member: h->selection.pool[element] == h->element[element].pool + 1;
    ENSURES_LINKS(h)
    ENSURES_POOL_FIELDS_KEPT(h)
    ENSURES_OTHER_PLACES_KEPT(h, element)
*/
static void link_in(struct handlespace *h, uint32_t element, uint32_t chain)
{
    take_place(h, element, chain);
    join_ring(h, element);
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
    ensures others: others_kept{Pre, Post}(h, element);
    ensures record: record_kept{Pre, Post}(h, element);
    ensures sums: handle_sums_kept{Pre, Post}(h);
*/
static void enter(struct handlespace *h, uint32_t element, uint32_t chain)
{
    link_in(h, element, chain);
    /*@ assert pools_kept: pool_fields_kept{Pre, Here}(h); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert others_kept: other_places_kept{Pre, Here}(h, element); */
    /*@ assert owned: handlespace_owned_except(h, element); */
    /*@ assert elements: handlespace_elements(h); */
}

/* Takes the element out of the ring of its pool. */
/*@ requires valid: \valid(h);
    REQUIRES_LINKS(h)
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    requires member: 0 < h->selection.pool[element] <= HANDLESPACE_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns h->selection;
    ensures removed: h->selection.pool[element] == 0;
    ENSURES_LINKS(h)
    ENSURES_POOL_FIELDS_KEPT(h)
    ENSURES_OTHER_PLACES_KEPT(h, element)
    ensures members: members_kept{Pre, Post}(h);
*/
static void leave_ring(struct handlespace *h, uint32_t element)
{
    selection_remove(&h->selection, element);
}

/* Gives the place back. */
/*@ requires valid: \valid(h);
    REQUIRES_LINKS(h)
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->element_chains;
    ensures removed: !ELEMENT_USED(h, element);
    ENSURES_LINKS(h)
    ENSURES_POOL_FIELDS_KEPT(h)
    ENSURES_OTHER_PLACES_KEPT(h, element)
    ensures rings: rings_kept{Pre, Post}(h);
*/
static void give_back(struct handlespace *h, uint32_t element)
{
    place_release(&h->element_chains, element);
}

/* Both. */
/*@ requires valid: \valid(h);
    REQUIRES_LINKS(h)
    requires element: handlespace_element_used(h, element);
    requires member: 0 < h->selection.pool[element] <= HANDLESPACE_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns h->element_chains, h->selection;
    ensures removed: !ELEMENT_USED(h, element);
    ensures apart: h->selection.pool[element] == 0;
    ENSURES_LINKS(h)
    ENSURES_POOL_FIELDS_KEPT(h)
    ENSURES_OTHER_PLACES_KEPT(h, element)
*/
static void link_out(struct handlespace *h, uint32_t element)
{
    leave_ring(h, element);
    give_back(h, element);
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
    ensures others: others_kept{Pre, Post}(h, element);
*/
static void leave(struct handlespace *h, uint32_t element)
{
    link_out(h, element);
    /*@ assert pools_kept: pool_fields_kept{Pre, Here}(h); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert others_kept: other_places_kept{Pre, Here}(h, element); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert elements: handlespace_elements(h); */
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
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
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
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert owned: handlespace_owned_except(h, element); */
}

/* Writes the counts of a pool's elements and of all. */
/*@ requires valid: \valid(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    REQUIRES_LINKS(h)
    terminates \true;
    exits \false;
    assigns h->element_count, h->pool[pool].element_count;
    ENSURES_LINKS(h)
    ENSURES_FIELDS_KEPT(h)
    ensures others: others_kept{Pre, Post}(h, -1);
*/
static void write_counts(struct handlespace *h, uint32_t pool, uint32_t in_pool, uint32_t in_all)
{
    h->pool[pool].element_count = in_pool;
    h->element_count = in_all;
}

/* The same in a valid handlespace. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns h->element_count, h->pool[pool].element_count;
    ensures handlespace: valid_handlespace(h);
    ensures others: others_kept{Pre, Post}(h, -1);
*/
static void set_counts(struct handlespace *h, uint32_t pool, uint32_t in_pool, uint32_t in_all)
{
    write_counts(h, pool, in_pool, in_all);
    /*@ assert kept: fields_kept{Pre, Here}(h); */
}

/* Notes what is known of an element that is new: whose it is, and nothing else. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->element[element].identity, h->element[element].channel,
            h->element[element].unreachable_reports, h->element[element].keep_alive_waiting,
            h->element[element].keep_alive_deadline, h->element[element].expiry,
            h->element[element].contested_by;
    ensures handlespace: valid_handlespace(h);
    ensures identity: h->element[element].identity == identity;
    ensures others: others_kept{Pre, Post}(h, element);
    ensures record: record_kept{Pre, Post}(h, element);
    ensures sums: handle_sums_kept{Pre, Post}(h);
    ensures used: handlespace_element_used(h, element);
*/
static void begin_notes(struct handlespace *h, uint32_t element, uint32_t identity)
{
    handlespace_set_identity(h, element, identity);
    handlespace_set_channel(h, element, HANDLESPACE_NO_CHANNEL);
    /*@ assert others: others_kept{Pre, Here}(h, element); */
    handlespace_set_unreachable_reports(h, element, 0);
    handlespace_set_keep_alive(h, element, 0, false);
    handlespace_set_expiry(h, element, 0);
    handlespace_set_contested(h, element, 0);
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
    ensures home: h->element[element].home == home;
    ensures block: h->element[element].block ==
      \old(h->pool[pool].handle_sum) + identifier_words(pe_identifier);
    ensures sum: h->pool[pool].handle_sum == \old(h->pool[pool].handle_sum);
    ensures others: others_kept{Pre, Post}(h, element);
*/
static void settle(struct handlespace *h, uint32_t element, uint32_t pool, uint32_t pe_identifier,
                   uint32_t home)
{
    fill(h, element, pool, pe_identifier, home, block_of(h, pool, pe_identifier));
    enter(h, element, handlespace_element_chain(h, pool, pe_identifier));
    /*@ assert entered: others_kept{Pre, Here}(h, element); */
    own(h, element);
    set_counts(h, pool, count_up(h->pool[pool].element_count), count_up(h->element_count));
    /*@ assert counted: others_kept{Pre, Here}(h, element); */
}

/* The same, with what is known of an element that is new. */
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
    ensures sum: h->pool[pool].handle_sum == \old(h->pool[pool].handle_sum);
    ensures others: others_kept{Pre, Post}(h, element);
*/
static void establish(struct handlespace *h, uint32_t element, uint32_t pool,
                      uint32_t pe_identifier, uint32_t identity, uint32_t home)
{
    settle(h, element, pool, pe_identifier, home);
    begin_notes(h, element, identity);
}

uint32_t handlespace_add_element(struct handlespace *h, uint32_t pool, uint32_t pe_identifier,
                                 uint32_t identity, uint32_t home)
{
    uint32_t element = place_find(&h->element_chains, h->element_used, h->element_capacity);
    if (element == PLACE_NONE) {
        handlespace_drop_empty_pool(h, pool);
        /*@ assert others: others_kept{Pre, Here}(h, -1); */
        return HANDLESPACE_NONE;
    }
    establish(h, element, pool, pe_identifier, identity, home);
    /*@ assert established: others_kept{Pre, Here}(h, element); */
    return element;
}

/* Writes the bytes of an element's parameter. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    requires length: length <= ELEMENT_PARAMETER_MAX;
    requires tlv: length > 0 ==> \valid_read(tlv + (0 .. length - 1));
    requires apart: length > 0 ==> \separated(h, tlv + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns h->parameter[element].bytes[0 .. ELEMENT_PARAMETER_MAX - 1];
    ensures bytes: \forall integer k; 0 <= k < length ==> h->parameter[element].bytes[k] == \old(tlv[k]);
*/
static void write_bytes(struct handlespace *h, uint32_t element, const uint8_t *tlv,
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
}

/* Writes the number of these bytes. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    REQUIRES_LINKS(h)
    terminates \true;
    exits \false;
    assigns h->element[element].parameter_length;
    ensures length: h->element[element].parameter_length == length;
    ENSURES_LINKS(h)
    ENSURES_POOL_FIELDS_KEPT(h)
    ENSURES_OTHER_RECORDS_KEPT(h, element)
*/
static void write_length(struct handlespace *h, uint32_t element, uint32_t length)
{
    h->element[element].parameter_length = length;
}

bool handlespace_set_parameter(struct handlespace *h, uint32_t element, const uint8_t *tlv,
                               uint32_t length)
{
    if (length > ELEMENT_PARAMETER_MAX)
        return false;
    write_bytes(h, element, tlv, length);
    write_length(h, element, length);
    /*@ assert pools_kept: pool_fields_kept{Pre, Here}(h); */
    /*@ assert others_kept: other_records_kept{Pre, Here}(h, element); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert elements: handlespace_elements(h); */
    return true;
}

/* Writes the home of an element. */
/*@ requires valid: \valid(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    REQUIRES_LINKS(h)
    terminates \true;
    exits \false;
    assigns h->element[element].home;
    ensures home: h->element[element].home == home;
    ENSURES_LINKS(h)
    ENSURES_POOL_FIELDS_KEPT(h)
    ENSURES_OTHER_RECORDS_KEPT(h, element)
*/
static void write_home(struct handlespace *h, uint32_t element, uint32_t home)
{
    h->element[element].home = home;
}

void handlespace_set_home(struct handlespace *h, uint32_t element, uint32_t home)
{
    write_home(h, element, home);
    /*@ assert pools_kept: pool_fields_kept{Pre, Here}(h); */
    /*@ assert others_kept: other_records_kept{Pre, Here}(h, element); */
    /*@ assert owned: handlespace_owned_except(h, element); */
    /*@ assert elements: handlespace_elements(h); */
    own(h, element);
}

/* Makes an element a free place, whatever it is now. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->element_chains, h->element_count, h->owned_sum, h->selection, h->wheel.slots,
            h->element[element].owned_block, h->pool[h->element[element].pool].element_count;
    ensures handlespace: valid_handlespace(h);
    ensures removed: !handlespace_element_used(h, element);
    ensures others: others_kept{Pre, Post}(h, element);
*/
static void retire(struct handlespace *h, uint32_t element)
{
    uint32_t pool = h->element[element].pool;
    handlespace_disarm(h, element);
    /*@ assert disarmed: others_kept{Pre, Here}(h, -1); */
    set_counts(h, pool, count_down(h->pool[pool].element_count), count_down(h->element_count));
    /*@ assert counted: others_kept{Pre, Here}(h, -1); */
    disown(h, element);
    leave(h, element);
}

void handlespace_remove_element(struct handlespace *h, uint32_t element)
{
    uint32_t pool = h->element[element].pool;
    retire(h, element);
    handlespace_drop_empty_pool(h, pool);
    /*@ assert others: others_kept{Pre, Here}(h, element); */
}
