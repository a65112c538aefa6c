/* Pool elements: found by pool and PE identifier, added, changed, removed (RFC 5352, 3.1 and 3.2; RFC 5353, 3).
 * See handlespace.h. Owns nothing; works on the caller's handlespace. */
#include "handlespace_internal.h"

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
/*@ requires valid: \valid(e);
    terminates \true;
    exits \false;
    assigns e->channel, e->unreachable_reports, e->keep_alive_waiting, e->keep_alive_deadline, e->expiry;
    ensures channel: e->channel == HANDLESPACE_NO_CHANNEL;
    ensures reports: e->unreachable_reports == 0;
    ensures waiting: e->keep_alive_waiting == 0;
*/
static void forget_notes(struct handlespace_element *e)
{
    e->channel = HANDLESPACE_NO_CHANNEL;
    e->unreachable_reports = 0;
    e->keep_alive_waiting = 0;
    e->keep_alive_deadline = 0;
    e->expiry = 0;
}

/* Writes all of a new element's record but its home. */
/*@ requires valid: \valid(h);
    requires pools: handlespace_pools(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns h->element[element].pool, h->element[element].pe_identifier, h->element[element].identity,
            h->element[element].parameter_length, h->element[element].block,
            h->element[element].channel, h->element[element].unreachable_reports,
            h->element[element].keep_alive_waiting, h->element[element].keep_alive_deadline,
            h->element[element].expiry;
    ensures pool: h->element[element].pool == pool;
    ensures identifier: h->element[element].pe_identifier == pe_identifier;
    ensures identity: h->element[element].identity == identity;
    ensures parameter: h->element[element].parameter_length == 0;
    ensures block: h->element[element].block ==
      h->pool[pool].handle_sum + identifier_words(pe_identifier);
    ensures bound: h->element[element].block <= PE_CHECKSUM_BLOCK_MAX;
*/
static void fill(struct handlespace *h, uint32_t element, uint32_t pool, uint32_t pe_identifier,
                 uint32_t identity)
{
    h->element[element].pool = pool;
    h->element[element].pe_identifier = pe_identifier;
    h->element[element].identity = identity;
    h->element[element].parameter_length = 0;
    h->element[element].block = h->pool[pool].handle_sum + pe_checksum_identifier(pe_identifier);
    forget_notes(&h->element[element]);
}

uint32_t handlespace_add_element(struct handlespace *h, uint32_t pool, uint32_t pe_identifier,
                                 uint32_t identity, uint32_t home)
{
    uint32_t element = place_find(&h->element_chains, h->element_used, h->element_capacity);
    if (element == PLACE_NONE) {
        handlespace_drop_empty_pool(h, pool);
        return HANDLESPACE_NONE;
    }
    uint32_t chain = handlespace_element_chain(h, pool, pe_identifier);
    h->element_used =
        place_take(&h->element_chains, h->element_used, h->element_capacity, element, chain);
    fill(h, element, pool, pe_identifier, identity);
    selection_insert(&h->selection, pool, element);
    h->element_count = count_up(h->element_count);
    h->pool[pool].element_count = count_up(h->pool[pool].element_count);
    handlespace_set_home(h, element, home);
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
    return true;
}

void handlespace_set_home(struct handlespace *h, uint32_t element, uint32_t home)
{
    h->element[element].home = home;
    handlespace_account(h, element, home == h->own_server ? h->element[element].block : 0);
}

void handlespace_remove_element(struct handlespace *h, uint32_t element)
{
    uint32_t pool = h->element[element].pool;
    handlespace_account(h, element, 0);
    timer_wheel_disarm(&h->wheel, element);
    selection_remove(&h->selection, element);
    place_release(&h->element_chains, element);
    h->element_count = count_down(h->element_count);
    h->pool[pool].element_count = count_down(h->pool[pool].element_count);
    handlespace_drop_empty_pool(h, pool);
}
