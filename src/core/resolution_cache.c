/* The cache of resolutions of a pool user: contracts in resolution_cache.h. Never sends, never looks at a clock. */
#include "resolution_cache.h"

/* True for the entry of this handle. A free entry has an empty handle, which nobody asks for. */
/*@ requires pool: \valid_read(p) && valid_cached_pool(p);
    requires handle: \valid_read(handle + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures same: \result <==> length >= 1 && p->handle_length == length &&
      (\forall integer i; 0 <= i < length ==> p->handle[i] == handle[i]);
*/
static bool is_named(const struct cached_pool *p, const uint8_t *handle, uint32_t length)
{
    if (length == 0u || p->handle_length != length) {
        return false;
    }
    /*@ loop invariant range: 0 <= i <= length;
        loop invariant same: \forall integer k; 0 <= k < i ==> p->handle[k] == handle[k];
        loop assigns i;
        loop variant length - i;
    */
    for (uint32_t i = 0u; i < length; i++) {
        if (p->handle[i] != handle[i]) {
            return false;
        }
    }
    return true;
}

uint32_t resolution_cache_find(const struct resolution_cache *c, const uint8_t *handle,
                               uint32_t length)
{
    /*@ loop invariant range: 0 <= i <= RESOLUTION_POOLS_MAX;
        loop assigns i;
        loop variant RESOLUTION_POOLS_MAX - i;
    */
    for (uint32_t i = 0u; i < RESOLUTION_POOLS_MAX; i++) {
        if (is_named(&c->pool[i], handle, length)) {
            return i;
        }
    }
    return RESOLUTION_NONE;
}

/* A free entry, or RESOLUTION_NONE. */
/*@ requires cache: \valid_read(c);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures free: \result == RESOLUTION_NONE ||
      (\result < RESOLUTION_POOLS_MAX && c->pool[\result].handle_length == 0);
*/
static uint32_t find_free(const struct resolution_cache *c)
{
    /*@ loop invariant range: 0 <= i <= RESOLUTION_POOLS_MAX;
        loop assigns i;
        loop variant RESOLUTION_POOLS_MAX - i;
    */
    for (uint32_t i = 0u; i < RESOLUTION_POOLS_MAX; i++) {
        if (c->pool[i].handle_length == 0u) {
            return i;
        }
    }
    return RESOLUTION_NONE;
}

/* Gives an empty entry its handle. */
/*@ requires pool: \valid(p) && valid_cached_pool(p);
    requires handle: \valid_read(handle + (0 .. length - 1));
    requires apart: \separated(p, handle + (0 .. length - 1));
    requires length: 1 <= length <= RESOLUTION_HANDLE_MAX;
    terminates \true;
    exits \false;
    assigns p->handle_length, p->handle[0 .. RESOLUTION_HANDLE_MAX - 1];
    ensures valid: valid_cached_pool(p);
    ensures named: p->handle_length == length;
*/
static void cached_pool_name(struct cached_pool *p, const uint8_t *handle, uint32_t length)
{
    /*@ loop invariant range: 0 <= i <= length;
        loop assigns i, p->handle[0 .. RESOLUTION_HANDLE_MAX - 1];
        loop variant length - i;
    */
    for (uint32_t i = 0u; i < length; i++) {
        p->handle[i] = handle[i];
    }
    p->handle_length = length;
}

uint32_t resolution_cache_add(struct resolution_cache *c, const uint8_t *handle, uint32_t length)
{
    uint32_t at = find_free(c);

    if (at == RESOLUTION_NONE || length == 0u || length > RESOLUTION_HANDLE_MAX) {
        return RESOLUTION_NONE;
    }
    cached_pool_clear(&c->pool[at]);
    cached_pool_name(&c->pool[at], handle, length);
    return at;
}

void cached_pool_clear(struct cached_pool *p)
{
    p->handle_length = 0u;
    p->resolved = 0u;
    p->fresh_until = 0u;
    p->policy_type = 0u;
    p->element_count = 0u;
    p->cursor = 0u;
    p->handed_count = 0u;
    p->handed_next = 0u;
}

void cached_pool_begin(struct cached_pool *p, uint32_t policy_type, uint64_t fresh_until)
{
    p->resolved = 1u;
    p->fresh_until = fresh_until;
    p->policy_type = policy_type;
    p->element_count = 0u;
    p->cursor = 0u;
}

bool cached_pool_put(struct cached_pool *p, const struct selected_element *element)
{
    uint32_t at = p->element_count;

    if (at >= RESOLUTION_ELEMENTS_MAX) {
        return false;
    }
    p->element[at].element = *element;
    p->element[at].failed = 0u;
    p->element_count = at + 1u;
    return true;
}

/* Remembers that the element was handed out. When the list is full the oldest one is forgotten: its failure
 * will not be reported by us, but the registrar finds out by itself. */
/*@ requires pool: \valid(p) && valid_cached_pool(p);
    terminates \true;
    exits \false;
    assigns p->handed_count, p->handed_next, p->handed[0 .. RESOLUTION_HANDED_MAX - 1];
    ensures valid: valid_cached_pool(p);
    ensures handed: is_handed(p, pe_identifier);
*/
static void hand_out(struct cached_pool *p, uint32_t pe_identifier)
{
    uint32_t at = p->handed_next;

    /*@ loop invariant range: 0 <= i <= p->handed_count;
        loop assigns i;
        loop variant p->handed_count - i;
    */
    for (uint32_t i = 0u; i < p->handed_count; i++) {
        if (p->handed[i] == pe_identifier) {
            return;
        }
    }
    if (p->handed_count < RESOLUTION_HANDED_MAX) {
        at = p->handed_count;
        p->handed_count = at + 1u;
    } else {
        p->handed_next = at + 1u < RESOLUTION_HANDED_MAX ? at + 1u : 0u;
    }
    p->handed[at] = pe_identifier;
    //@ assert there: 0 <= at < p->handed_count && p->handed[at] == pe_identifier;
}

/* The index of the next element in turn that has not failed, and moves the turn behind it; RESOLUTION_NONE
 * when all have. */
/*@ requires pool: \valid(p) && valid_cached_pool(p);
    terminates \true;
    exits \false;
    assigns p->cursor;
    ensures valid: valid_cached_pool(p);
    ensures turn: \result == RESOLUTION_NONE || (\result < p->element_count && p->element[\result].failed == 0);
*/
static uint32_t next_in_turn(struct cached_pool *p)
{
    uint32_t count = p->element_count;
    uint32_t at = p->cursor;

    /*@ loop invariant range: 0 <= step <= count;
        loop assigns step, at, p->cursor;
        loop variant count - step;
    */
    for (uint32_t step = 0u; step < count; step++) {
        if (at >= count) {
            at = 0u;
        }
        if (p->element[at].failed == 0u) {
            p->cursor = at + 1u;
            return at;
        }
        at += 1u;
    }
    return RESOLUTION_NONE;
}

bool cached_pool_select(struct cached_pool *p, struct selected_element *out)
{
    uint32_t at = next_in_turn(p);

    if (at == RESOLUTION_NONE) {
        return false;
    }
    *out = p->element[at].element;
    //@ assert chosen: p->element[at].failed == 0 && out->pe_identifier == p->element[at].element.pe_identifier;
    hand_out(p, out->pe_identifier);
    //@ assert still: p->element[at].failed == 0 && out->pe_identifier == p->element[at].element.pe_identifier;
    //@ assert inside: 0 <= at < p->element_count;
    return true;
}

void cached_pool_fail(struct cached_pool *p, uint32_t pe_identifier)
{
    /*@ loop invariant range: 0 <= i <= p->element_count;
        loop invariant failed: \forall integer k; 0 <= k < i &&
          p->element[k].element.pe_identifier == pe_identifier ==> p->element[k].failed == 1;
        loop assigns i, p->element[0 .. RESOLUTION_ELEMENTS_MAX - 1].failed;
        loop variant p->element_count - i;
    */
    for (uint32_t i = 0u; i < p->element_count; i++) {
        if (p->element[i].element.pe_identifier == pe_identifier) {
            p->element[i].failed = 1u;
        }
    }
}

bool cached_pool_take_report(struct cached_pool *p, uint32_t pe_identifier)
{
    uint32_t count = p->handed_count;
    uint32_t kept = 0u;

    /*@ loop invariant range: 0 <= kept <= i <= count;
        loop invariant none: \forall integer k; 0 <= k < kept ==> p->handed[k] != pe_identifier;
        loop invariant rest: \forall integer k; i <= k < count ==> p->handed[k] == \at(p->handed[k], Pre);
        loop invariant seen: kept < i ==> is_handed{Pre}(p, pe_identifier);
        loop assigns i, kept, p->handed[0 .. RESOLUTION_HANDED_MAX - 1];
        loop variant count - i;
    */
    for (uint32_t i = 0u; i < count; i++) {
        if (p->handed[i] != pe_identifier) {
            p->handed[kept] = p->handed[i];
            kept += 1u;
        }
    }
    p->handed_count = kept;
    p->handed_next = 0u;
    return kept < count;
}

uint32_t cached_pool_available(const struct cached_pool *p)
{
    uint32_t available = 0u;

    /*@ loop invariant range: 0 <= i <= p->element_count;
        loop invariant bounded: 0 <= available <= i;
        loop assigns i, available;
        loop variant p->element_count - i;
    */
    for (uint32_t i = 0u; i < p->element_count; i++) {
        if (p->element[i].failed == 0u) {
            available += 1u;
        }
    }
    return available;
}
