/* Pool elements: found by pool and PE identifier, added, changed, removed (RFC 5352, 3.1 and 3.2; RFC 5353, 3).
 * See handlespace.h. Owns nothing; works on the caller's handlespace. */
#include "handlespace_internal.h"

/* In contracts: this field of every element's record is as it was. */
#define KEPT(h, field)                                                                             \
    (\forall integer i;                                                                            \
        0 <= i<HANDLESPACE_ELEMENTS_MAX ==>(h)->element[i].field == \old((h)->element[i].field))
#define LISTS_KEPT(h)                                                                              \
    (\forall integer i; 0 <= i<HANDLESPACE_ELEMENTS_MAX ==>(h)->element_chains.list[i] == \old(    \
                            (h)->element_chains.list[i]))

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

/* The registrar's notes at the beginning: nothing known, no channel. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].channel, h->element[element].unreachable_reports,
            h->element[element].keep_alive_waiting, h->element[element].keep_alive_deadline,
            h->element[element].expiry;
    ensures handlespace: valid_handlespace(h);
    ensures channel: h->element[element].channel == HANDLESPACE_NO_CHANNEL;
    ensures reports: h->element[element].unreachable_reports == 0;
    ensures waiting: h->element[element].keep_alive_waiting == 0;
    ensures kept_pool: KEPT(h, pool);
    ensures kept_identifier: KEPT(h, pe_identifier);
    ensures kept_identity: KEPT(h, identity);
    ensures kept_home: KEPT(h, home);
    ensures kept_block: KEPT(h, block);
    ensures kept_lists: LISTS_KEPT(h);
*/
static void forget_notes(struct handlespace *h, uint32_t element)
{
    h->element[element].channel = HANDLESPACE_NO_CHANNEL;
    h->element[element].unreachable_reports = 0;
    h->element[element].keep_alive_waiting = 0;
    h->element[element].keep_alive_deadline = 0;
    h->element[element].expiry = 0;
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert sum: handlespace_sum(h); */
}

/* Writes the record of a place that becomes an element. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    requires element: element < HANDLESPACE_ELEMENTS_MAX && !ELEMENT_USED(h, element);
    terminates \true;
    exits \false;
    assigns h->element[element].pool, h->element[element].pe_identifier, h->element[element].identity,
            h->element[element].home, h->element[element].parameter_length, h->element[element].block;
    ensures handlespace: valid_handlespace(h);
    ensures pool: h->element[element].pool == pool;
    ensures identifier: h->element[element].pe_identifier == pe_identifier;
    ensures identity: h->element[element].identity == identity;
    ensures home: h->element[element].home == home;
    ensures block: h->element[element].block ==
      h->pool[pool].handle_sum + identifier_words(pe_identifier);
    ensures kept_lists: LISTS_KEPT(h);
*/
static void fill(struct handlespace *h, uint32_t element, uint32_t pool, uint32_t pe_identifier,
                 uint32_t identity, uint32_t home)
{
    uint32_t words = h->pool[pool].handle_sum;
    h->element[element].pool = pool;
    h->element[element].pe_identifier = pe_identifier;
    h->element[element].identity = identity;
    h->element[element].home = home;
    h->element[element].parameter_length = 0;
    h->element[element].block = words + pe_checksum_identifier(pe_identifier);
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert sum: handlespace_sum(h); */
}

/* Takes the place: the element is in its chain and in the ring of its pool. */
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
    ensures others: \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != element ==>
      h->element_chains.list[i] == \old(h->element_chains.list[i]);
    ensures kept_pool: KEPT(h, pool);
    ensures kept_identifier: KEPT(h, pe_identifier);
    ensures kept_identity: KEPT(h, identity);
    ensures kept_home: KEPT(h, home);
    ensures kept_block: KEPT(h, block);
*/
static void enter(struct handlespace *h, uint32_t element, uint32_t chain)
{
    h->element_used =
        place_take(&h->element_chains, h->element_used, h->element_capacity, element, chain);
    selection_insert(&h->selection, h->element[element].pool, element);
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned_except(h, element); */
    /*@ assert sum: handlespace_sum(h); */
}

/* Gives the place back. */
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
    ensures others: \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != element ==>
      h->element_chains.list[i] == \old(h->element_chains.list[i]);
    ensures kept_pool: KEPT(h, pool);
    ensures kept_identifier: KEPT(h, pe_identifier);
    ensures kept_identity: KEPT(h, identity);
    ensures kept_home: KEPT(h, home);
    ensures kept_block: KEPT(h, block);
*/
static void leave(struct handlespace *h, uint32_t element)
{
    selection_remove(&h->selection, element);
    place_release(&h->element_chains, element);
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert sum: handlespace_sum(h); */
}

/* Lets the element add to the PE checksum what its home demands. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace_except(h, element);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->owned_sum, h->element[element].owned_block;
    ensures handlespace: valid_handlespace(h);
    ensures kept_pool: KEPT(h, pool);
    ensures kept_identifier: KEPT(h, pe_identifier);
    ensures kept_identity: KEPT(h, identity);
    ensures kept_home: KEPT(h, home);
    ensures kept_block: KEPT(h, block);
    ensures kept_lists: LISTS_KEPT(h);
*/
static void own(struct handlespace *h, uint32_t element)
{
    bool ours = h->element[element].home == h->own_server;
    handlespace_account(h, element, ours ? h->element[element].block : 0);
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert sum: handlespace_sum(h); */
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
    ensures kept_pool: KEPT(h, pool);
    ensures kept_identifier: KEPT(h, pe_identifier);
    ensures kept_identity: KEPT(h, identity);
    ensures kept_home: KEPT(h, home);
    ensures kept_block: KEPT(h, block);
    ensures kept_lists: LISTS_KEPT(h);
*/
static void disown(struct handlespace *h, uint32_t element)
{
    handlespace_account(h, element, 0);
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned_except(h, element); */
    /*@ assert sum: handlespace_sum(h); */
}

/* Writes the counts of a pool's elements and of all. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns h->element_count, h->pool[pool].element_count;
    ensures handlespace: valid_handlespace(h);
    ensures kept_pool: KEPT(h, pool);
    ensures kept_identifier: KEPT(h, pe_identifier);
    ensures kept_identity: KEPT(h, identity);
    ensures kept_home: KEPT(h, home);
    ensures kept_block: KEPT(h, block);
    ensures kept_lists: LISTS_KEPT(h);
*/
static void set_counts(struct handlespace *h, uint32_t pool, uint32_t in_pool, uint32_t in_all)
{
    h->pool[pool].element_count = in_pool;
    h->element_count = in_all;
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert sum: handlespace_sum(h); */
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
    ensures others: \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != element ==>
      h->element_chains.list[i] == \old(h->element_chains.list[i]);
*/
static void establish(struct handlespace *h, uint32_t element, uint32_t pool,
                      uint32_t pe_identifier, uint32_t identity, uint32_t home)
{
    forget_notes(h, element);
    fill(h, element, pool, pe_identifier, identity, home);
    enter(h, element, handlespace_element_chain(h, pool, pe_identifier));
    own(h, element);
    set_counts(h, pool, count_up(h->pool[pool].element_count), count_up(h->element_count));
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

bool handlespace_set_parameter(struct handlespace *h, uint32_t element, const uint8_t *tlv,
                               uint32_t length)
{
    if (length > ELEMENT_PARAMETER_MAX)
        return false;
    uint32_t i = 0;
    /*@ loop invariant range: i <= length;
        loop assigns i, h->parameter[element].bytes[0 .. ELEMENT_PARAMETER_MAX - 1];
        loop variant length - i;
    */
    while (i < length) {
        h->parameter[element].bytes[i] = tlv[i];
        i++;
    }
    h->element[element].parameter_length = length;
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned(h); */
    /*@ assert sum: handlespace_sum(h); */
    return true;
}

void handlespace_set_home(struct handlespace *h, uint32_t element, uint32_t home)
{
    h->element[element].home = home;
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert wheel: valid_timer_wheel(&h->wheel); */
    /*@ assert pools: handlespace_pools(h); */
    /*@ assert elements: handlespace_elements(h); */
    /*@ assert owned: handlespace_owned_except(h, element); */
    /*@ assert sum: handlespace_sum(h); */
    own(h, element);
}

void handlespace_remove_element(struct handlespace *h, uint32_t element)
{
    uint32_t pool = h->element[element].pool;
    handlespace_disarm(h, element);
    set_counts(h, pool, count_down(h->pool[pool].element_count), count_down(h->element_count));
    disown(h, element);
    leave(h, element);
    handlespace_drop_empty_pool(h, pool);
}
