/* The run-time validity check of the handlespace: an oracle for tests, fuzzing and benchmarks, and no part of the
 * program. It recounts and recomputes everything from scratch, and so also sees what the proved invariant leaves out: that
 * every element is found again, that rings and chains are complete, that counts are right. Takes time in proportion to
 * the places ever used. Not proved: it must stand a handlespace that is broken, where no contract holds. Changes nothing.
 */
#ifndef POOLPROOF_TESTS_HANDLESPACE_CHECK_H
#define POOLPROOF_TESTS_HANDLESPACE_CHECK_H

#include "handlespace.h"

/* Every place in use is found in the chain of its key; walks end within `used` steps. */
static bool pool_is_found(const struct handlespace *h, uint32_t pool)
{
    const struct handlespace_pool *p = &h->pool[pool];
    return p->handle_length <= POOL_HANDLE_MAX && p->element_count > 0 &&
           p->handle_sum == pe_checksum_handle(p->handle, p->handle_length) &&
           handlespace_find_pool(h, p->handle, p->handle_length) == pool;
}

/* The ring of a pool: as many elements as counted, all of this pool, linked both ways, closed. */
static bool ring_is_whole(const struct handlespace *h, uint32_t pool)
{
    uint32_t first = selection_first(&h->selection, pool);
    uint32_t element = first;
    uint32_t steps = 0;
    while (element < HANDLESPACE_ELEMENTS_MAX && steps < h->pool[pool].element_count) {
        uint32_t next = h->selection.next[element];
        if (h->selection.pool[element] != pool + 1u || next >= HANDLESPACE_ELEMENTS_MAX ||
            h->selection.previous[next] != element ||
            (next == first && steps + 1u < h->pool[pool].element_count))
            return false;
        element = next;
        steps++;
    }
    return element == first && first != SELECTION_NONE;
}

static bool pools_fit(const struct handlespace *h)
{
    uint32_t in_use = 0;
    uint32_t elements = 0;
    for (uint32_t pool = 0; pool < HANDLESPACE_POOLS_MAX && pool < h->pool_used; pool++) {
        if (!place_used(&h->pool_chains, pool))
            continue;
        if (!pool_is_found(h, pool) || !ring_is_whole(h, pool))
            return false;
        in_use++;
        elements += h->pool[pool].element_count;
    }
    return in_use == h->pool_count && elements == h->element_count;
}

static bool element_fits(const struct handlespace *h, uint32_t element)
{
    const struct handlespace_element *e = &h->element[element];
    if (e->pool >= HANDLESPACE_POOLS_MAX || !place_used(&h->pool_chains, e->pool))
        return false;
    uint32_t block = h->pool[e->pool].handle_sum + pe_checksum_identifier(e->pe_identifier);
    return e->block == block && e->parameter_length <= ELEMENT_PARAMETER_MAX &&
           e->owned_block == (e->home == h->own_server ? (int64_t)block : 0) &&
           h->selection.pool[element] == e->pool + 1u &&
           handlespace_find_element(h, e->pool, e->pe_identifier) == element;
}

/* A place that was given back adds nothing, is in no ring and has no deadline. */
static bool place_is_clean(const struct handlespace *h, uint32_t element)
{
    return h->element[element].owned_block == 0 && h->selection.pool[element] == 0 &&
           h->wheel.slots.list[element] == 0;
}

static bool elements_fit(const struct handlespace *h)
{
    uint32_t in_use = 0;
    uint64_t sum = 0;
    for (uint32_t e = 0; e < HANDLESPACE_ELEMENTS_MAX && e < h->element_used; e++) {
        bool used = place_used(&h->element_chains, e);
        if (used ? !element_fits(h, e) : !place_is_clean(h, e))
            return false;
        in_use += used ? 1u : 0u;
        sum += (uint64_t)h->element[e].owned_block;
    }
    return in_use == h->element_count && sum == h->owned_sum;
}

/* Counts the entries of a list, checking the links both ways; UINT32_MAX when they do not fit. */
static uint32_t list_length(const struct index_list *l, uint32_t list)
{
    uint32_t previous = 0;
    uint32_t entry = l->head[list];
    uint32_t count = 0;
    while (entry != 0) {
        if (entry > INDEX_LIST_ENTRIES_MAX || count >= INDEX_LIST_ENTRIES_MAX ||
            l->list[entry - 1u] != list + 1u || l->previous[entry - 1u] != previous)
            return UINT32_MAX;
        previous = entry;
        entry = l->next[entry - 1u];
        count++;
    }
    return count;
}

/* The lists are sound, and together hold every entry that says it is in one. */
static bool lists_fit(const struct index_list *l, uint32_t lists, uint32_t used)
{
    uint32_t listed = 0;
    uint32_t members = 0;
    for (uint32_t list = 0; list < lists; list++) {
        uint32_t length = list_length(l, list);
        if (length > used - listed)
            return false;
        listed += length;
    }
    for (uint32_t entry = 0; entry < used; entry++)
        members += l->list[entry] != 0 ? 1u : 0u;
    return listed == members;
}

/* Walks everything and says whether it fits together: links, rings, counts, hash chains, checksum, wheel. */
static bool handlespace_check(const struct handlespace *h)
{
    return h->pool_capacity <= HANDLESPACE_POOLS_MAX && h->pool_used <= h->pool_capacity &&
           h->element_capacity <= HANDLESPACE_ELEMENTS_MAX &&
           h->element_used <= h->element_capacity &&
           lists_fit(&h->pool_chains, HANDLESPACE_FREED + 1u, h->pool_used) &&
           lists_fit(&h->element_chains, HANDLESPACE_FREED + 1u, h->element_used) &&
           lists_fit(&h->wheel.slots, TIMER_WHEEL_SLOTS, h->element_used) && pools_fit(h) &&
           elements_fit(h);
}

#endif
