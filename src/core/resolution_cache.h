/* What a pool user knows of pools: the elements of the last resolution of each handle (RFC 5352, 3.3, C1-C4).
 *
 * A pool is found by its handle; its elements are selected in turn (Round Robin, 6.5.2.1). An element that
 * the application found unreachable is passed over until the next resolution of its pool. An entry has a
 * time until which it is fresh; it stays in use after that, until it is replaced, cleared or forgotten:
 * clients keep going while no registrar answers.
 *
 * The cache also remembers which PE identifiers were handed out and not reported since: only these may be
 * reported as unreachable, and each once (RFC 5352, 3.5, 6.9.2).
 *
 * It owns nothing but its own arrays, and copies what it keeps. It never sends anything.
 */
#ifndef POOLPROOF_CORE_RESOLUTION_CACHE_H
#define POOLPROOF_CORE_RESOLUTION_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"

#define RESOLUTION_POOLS_MAX 64u     /* handles a pool user may hold, resolved or outstanding */
#define RESOLUTION_ELEMENTS_MAX 128u /* elements kept of one pool; further ones are not looked at */
#define RESOLUTION_ADDRESSES_MAX 8u  /* addresses kept of one element */
#define RESOLUTION_HANDLE_MAX 255u   /* bytes of a handle */
#define RESOLUTION_HANDED_MAX 128u   /* handed out elements remembered for each pool */
#define RESOLUTION_POLICY_VALUES_MAX 3u
#define RESOLUTION_NONE UINT32_MAX

/* An element as the application gets it: how to reach it. */
struct selected_element {
    uint32_t pe_identifier;
    uint16_t transport_type; /* PARAMETER_TCP_TRANSPORT, ... (gen/wire_constants.h) */
    uint16_t transport_port; /* host order */
    uint16_t transport_use;  /* SCTP: 1 when it has a control channel */
    uint32_t address_count;  /* 1 .. RESOLUTION_ADDRESSES_MAX */
    struct ip_address address[RESOLUTION_ADDRESSES_MAX];
    uint32_t policy_type; /* the element's own policy parameter (RFC 5356) */
    uint32_t policy_value_count;
    uint32_t policy_value[RESOLUTION_POLICY_VALUES_MAX];
};

struct cached_element {
    struct selected_element element;
    uint8_t failed; /* 1: passed over until the next resolution */
};

struct cached_pool {
    uint32_t handle_length; /* 0: the entry is free */
    uint8_t handle[RESOLUTION_HANDLE_MAX];
    uint8_t resolved;     /* 1: there was an answer, even one without elements */
    uint64_t fresh_until; /* ms; stale from then on */
    uint32_t policy_type; /* the pool's policy; POLICY_ROUND_ROBIN when the answer named none */
    uint32_t element_count;
    uint32_t cursor; /* where the next selection starts */
    struct cached_element element[RESOLUTION_ELEMENTS_MAX];
    uint32_t handed_count; /* identifiers in use in `handed` */
    uint32_t handed_next;  /* which one a further identifier replaces when all are in use */
    uint32_t handed[RESOLUTION_HANDED_MAX];
};

struct resolution_cache {
    struct cached_pool pool[RESOLUTION_POOLS_MAX];
};

/*@ predicate valid_cached_pool(struct cached_pool *p) =
      p->handle_length <= RESOLUTION_HANDLE_MAX && p->element_count <= RESOLUTION_ELEMENTS_MAX &&
      p->handed_count <= RESOLUTION_HANDED_MAX && p->handed_next < RESOLUTION_HANDED_MAX;

    predicate valid_resolution_cache(struct resolution_cache *c) =
      \forall integer i; 0 <= i < RESOLUTION_POOLS_MAX ==> valid_cached_pool(&c->pool[i]);

    // The identifier was handed out, and not reported since.
    predicate is_handed(struct cached_pool *p, integer pe_identifier) =
      \exists integer k; 0 <= k < p->handed_count && p->handed[k] == pe_identifier;
*/

/* The index of the pool with this handle, or RESOLUTION_NONE. */
/*@ requires cache: \valid_read(c) && valid_resolution_cache(c);
    requires handle: \valid_read(handle + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures found: \result < RESOLUTION_POOLS_MAX || \result == RESOLUTION_NONE;
    ensures length: \result != RESOLUTION_NONE ==> length >= 1 && c->pool[\result].handle_length == length;
    ensures handle: \result != RESOLUTION_NONE ==>
      \forall integer i; 0 <= i < length ==> c->pool[\result].handle[i] == handle[i];
*/
uint32_t resolution_cache_find(const struct resolution_cache *c, const uint8_t *handle,
                               uint32_t length);

/* Takes a free entry for a handle that is not in the cache yet: unresolved. RESOLUTION_NONE when all are
 * taken, or the handle is empty or longer than RESOLUTION_HANDLE_MAX. */
/*@ requires cache: \valid(c) && valid_resolution_cache(c);
    requires handle: \valid_read(handle + (0 .. length - 1));
    requires apart: \separated(c, handle + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns c->pool[0 .. RESOLUTION_POOLS_MAX - 1];
    ensures valid: valid_resolution_cache(c);
    ensures taken: \result < RESOLUTION_POOLS_MAX || \result == RESOLUTION_NONE;
    ensures entry: \result != RESOLUTION_NONE ==>
      c->pool[\result].handle_length == length && c->pool[\result].resolved == 0;
*/
uint32_t resolution_cache_add(struct resolution_cache *c, const uint8_t *handle, uint32_t length);

/* Empties the entry: it is free, and nothing of it counts as handed out. */
/*@ requires pool: \valid(p) && valid_cached_pool(p);
    terminates \true;
    exits \false;
    assigns p->handle_length, p->resolved, p->fresh_until, p->policy_type, p->element_count, p->cursor,
      p->handed_count, p->handed_next;
    ensures valid: valid_cached_pool(p);
    ensures free: p->handle_length == 0 && p->resolved == 0 && p->handed_count == 0;
*/
void cached_pool_clear(struct cached_pool *p);

/* Begins a new answer, fresh until this time: the elements of the former one are gone, and with them what was
 * known to have failed. The turn begins with the first of the new ones (RFC 5356, 4.1.3): the registrar moves its own
 * turn on with each answer, and two turns that move in step would pass over the same elements again and again.
 * What was handed out stays handed out. */
/*@ requires pool: \valid(p) && valid_cached_pool(p);
    terminates \true;
    exits \false;
    assigns p->resolved, p->fresh_until, p->policy_type, p->element_count, p->cursor;
    ensures valid: valid_cached_pool(p);
    ensures empty: p->element_count == 0 && p->resolved == 1;
    ensures first: p->cursor == 0;
*/
void cached_pool_begin(struct cached_pool *p, uint32_t policy_type, uint64_t fresh_until);

/* Adds an element to the answer. False when the entry is full. */
/*@ requires pool: \valid(p) && valid_cached_pool(p);
    requires element: \valid_read(element);
    requires apart: \separated(p, element);
    terminates \true;
    exits \false;
    assigns p->element_count, p->element[p->element_count];
    ensures valid: valid_cached_pool(p);
    ensures added: \result ==> p->element_count == \old(p->element_count) + 1;
    ensures full: !\result ==> p->element_count == \old(p->element_count) == RESOLUTION_ELEMENTS_MAX;
*/
bool cached_pool_put(struct cached_pool *p, const struct selected_element *element);

/* Selects the next element in turn that has not failed, and remembers that it was handed out. False, `out`
 * untouched, when there is none. */
/*@ requires pool: \valid(p) && valid_cached_pool(p);
    requires room: \valid(out);
    requires apart: \separated(p, out);
    terminates \true;
    exits \false;
    assigns p->cursor, p->handed_count, p->handed_next, p->handed[0 .. RESOLUTION_HANDED_MAX - 1], *out;
    ensures valid: valid_cached_pool(p);
    ensures never_a_failed_one: \result ==>
      \exists integer k; 0 <= k < p->element_count && p->element[k].failed == 0 &&
        out->pe_identifier == p->element[k].element.pe_identifier;
    ensures handed: \result ==> is_handed(p, out->pe_identifier);
*/
bool cached_pool_select(struct cached_pool *p, struct selected_element *out);

/* Marks the element as failed: not selected until the next answer. */
/*@ requires pool: \valid(p) && valid_cached_pool(p);
    terminates \true;
    exits \false;
    assigns p->element[0 .. RESOLUTION_ELEMENTS_MAX - 1].failed;
    ensures failed: \forall integer k; 0 <= k < p->element_count &&
      p->element[k].element.pe_identifier == pe_identifier ==> p->element[k].failed == 1;
*/
void cached_pool_fail(struct cached_pool *p, uint32_t pe_identifier);

/* True when the element was handed out and not reported since; from now on it is reported. Asked a second
 * time for the same event it says no (RFC 5352, 3.5: not more than one report; 6.9.2: none for an element that was
 * not used). */
/*@ requires pool: \valid(p) && valid_cached_pool(p);
    terminates \true;
    exits \false;
    assigns p->handed_count, p->handed_next, p->handed[0 .. RESOLUTION_HANDED_MAX - 1];
    ensures valid: valid_cached_pool(p);
    ensures report_once: !is_handed(p, pe_identifier);
    ensures only_handed_out: \result ==> \old(is_handed(p, pe_identifier));
*/
bool cached_pool_take_report(struct cached_pool *p, uint32_t pe_identifier);

/* Elements of the entry that have not failed. */
/*@ requires pool: \valid_read(p) && valid_cached_pool(p);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures bounded: \result <= p->element_count;
*/
uint32_t cached_pool_available(const struct cached_pool *p);

#endif
