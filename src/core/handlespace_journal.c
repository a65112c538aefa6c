/* The journal of the handlespace. See handlespace_journal.h. Owns nothing; works on the caller's handlespace. As in
 * handlespace_notes.c, the writing functions know nothing of the invariant, only that no cell it reads is written. */
#include "handlespace_frames.h"

#include "handlespace_journal.h"

/* Copies bytes. */
/*@ requires to: \valid(to + (0 .. length - 1));
    requires from: \valid_read(from + (0 .. length - 1));
    requires apart: \separated(to + (0 .. length - 1), from + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns to[0 .. length - 1];
    ensures copied: \forall integer i; 0 <= i < length ==> to[i] == from[i];
*/
static void copy(uint8_t *to, const uint8_t *from, uint32_t length)
{
    /*@ loop invariant range: 0 <= i <= length;
        loop invariant copied: \forall integer k; 0 <= k < i ==> to[k] == from[k];
        loop assigns i, to[0 .. length - 1];
        loop variant length - i;
    */
    for (uint32_t i = 0; i < length; i++)
        to[i] = from[i];
}

/* Copies the pool handle and the parameter of an element into a change. */
/*@ requires valid: \valid(h);
    requires change: change < HANDLESPACE_JOURNAL_MAX;
    requires pool: pool < HANDLESPACE_POOLS_MAX && h->pool[pool].handle_length <= POOL_HANDLE_MAX;
    requires element: element < HANDLESPACE_ELEMENTS_MAX;
    requires parameter: h->element[element].parameter_length <= ELEMENT_PARAMETER_MAX;
    terminates \true;
    exits \false;
    assigns h->journal.change[change].handle[0 .. POOL_HANDLE_MAX],
            h->journal.change[change].parameter[0 .. ELEMENT_PARAMETER_MAX - 1];
    ensures handle: \forall integer i; 0 <= i < h->pool[pool].handle_length ==>
      h->journal.change[change].handle[i] == h->pool[pool].handle[i];
    ensures parameter: \forall integer i; 0 <= i < h->element[element].parameter_length ==>
      h->journal.change[change].parameter[i] == h->parameter[element].bytes[i];
*/
static void write_bytes(struct handlespace *h, uint32_t change, uint32_t pool, uint32_t element)
{
    copy(h->journal.change[change].handle, h->pool[pool].handle, h->pool[pool].handle_length);
    copy(h->journal.change[change].parameter, h->parameter[element].bytes,
         h->element[element].parameter_length);
}

/* Writes the numbers of a change. */
/*@ requires valid: \valid(h);
    requires change: change < HANDLESPACE_JOURNAL_MAX;
    REQUIRES_LINKS(h)
    terminates \true;
    exits \false;
    assigns h->journal.change[change].action, h->journal.change[change].pe_identifier,
            h->journal.change[change].handle_length, h->journal.change[change].parameter_length;
    ENSURES_LINKS(h)
    ENSURES_FIELDS_KEPT(h)
    ensures action: h->journal.change[change].action == action;
    ensures identifier: h->journal.change[change].pe_identifier == pe_identifier;
    ensures handle: h->journal.change[change].handle_length == handle_length;
    ensures parameter: h->journal.change[change].parameter_length == parameter_length;
*/
static void write_numbers(struct handlespace *h, uint32_t change, uint16_t action,
                          uint32_t pe_identifier, uint32_t handle_length, uint32_t parameter_length)
{
    h->journal.change[change].action = action;
    h->journal.change[change].pe_identifier = pe_identifier;
    h->journal.change[change].handle_length = handle_length;
    h->journal.change[change].parameter_length = parameter_length;
}

/* Writes which changes there are. */
/*@ requires valid: \valid(h);
    REQUIRES_LINKS(h)
    terminates \true;
    exits \false;
    assigns h->journal.first, h->journal.count;
    ENSURES_LINKS(h)
    ENSURES_FIELDS_KEPT(h)
    ensures first: h->journal.first == first;
    ensures count: h->journal.count == count;
*/
static void write_bounds(struct handlespace *h, uint32_t first, uint32_t count)
{
    h->journal.first = first;
    h->journal.count = count;
}

/* Counts a change that found no room. */
/*@ requires valid: \valid(h);
    REQUIRES_LINKS(h)
    terminates \true;
    exits \false;
    assigns h->journal_lost;
    ENSURES_LINKS(h)
    ENSURES_FIELDS_KEPT(h)
    ensures lost: h->journal_lost == (\old(h->journal_lost) < UINT64_MAX ? \old(h->journal_lost) + 1 : UINT64_MAX);
*/
static void count_lost(struct handlespace *h)
{
    if (h->journal_lost < UINT64_MAX)
        h->journal_lost++;
}

/* Counts it in a valid handlespace. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    terminates \true;
    exits \false;
    assigns h->journal_lost;
    ensures handlespace: valid_handlespace(h);
    ensures lost: h->journal_lost == (\old(h->journal_lost) < UINT64_MAX ? \old(h->journal_lost) + 1 : UINT64_MAX);
*/
static void lose(struct handlespace *h)
{
    count_lost(h);
    /*@ assert kept: fields_kept{Pre, Here}(h); */
}

/* Writes a change at a place of the ring. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires change: change < HANDLESPACE_JOURNAL_MAX;
    terminates \true;
    exits \false;
    assigns h->journal.change[change];
    ensures handlespace: valid_handlespace(h);
    ensures action: h->journal.change[change].action == action;
    ensures identifier: h->journal.change[change].pe_identifier == h->element[element].pe_identifier;
*/
static void record(struct handlespace *h, uint32_t change, uint32_t element, uint16_t action)
{
    uint32_t pool = h->element[element].pool;

    write_bytes(h, change, pool, element);
    write_numbers(h, change, action, h->element[element].pe_identifier, h->pool[pool].handle_length,
                  h->element[element].parameter_length);
    /*@ assert kept: fields_kept{Pre, Here}(h); */
}

/* Sets which changes there are in a valid handlespace. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    terminates \true;
    exits \false;
    assigns h->journal.first, h->journal.count;
    ensures handlespace: valid_handlespace(h);
    ensures first: h->journal.first == first;
    ensures count: h->journal.count == count;
*/
static void set_bounds(struct handlespace *h, uint32_t first, uint32_t count)
{
    write_bounds(h, first, count);
    /*@ assert kept: fields_kept{Pre, Here}(h); */
}

void handlespace_note_change(struct handlespace *h, uint32_t element, uint16_t action)
{
    uint32_t first = h->journal.first;
    uint32_t count = h->journal.count;

    if (h->element[element].home != h->own_server)
        return;
    if (count >= HANDLESPACE_JOURNAL_MAX) {
        lose(h);
        return;
    }
    record(h, (first % HANDLESPACE_JOURNAL_MAX + count) % HANDLESPACE_JOURNAL_MAX, element, action);
    set_bounds(h, first, count + 1u);
}

uint32_t handlespace_oldest_change(const struct handlespace *h)
{
    uint32_t oldest = h->journal.first % HANDLESPACE_JOURNAL_MAX;

    if (h->journal.count == 0 || h->journal.change[oldest].handle_length > POOL_HANDLE_MAX ||
        h->journal.change[oldest].parameter_length > ELEMENT_PARAMETER_MAX)
        return HANDLESPACE_NONE;
    return oldest;
}

bool handlespace_has_change(const struct handlespace *h)
{
    return handlespace_oldest_change(h) != HANDLESPACE_NONE;
}

void handlespace_drop_change(struct handlespace *h)
{
    uint32_t next = (h->journal.first % HANDLESPACE_JOURNAL_MAX + 1u) % HANDLESPACE_JOURNAL_MAX;

    if (h->journal.count > 0)
        set_bounds(h, next, h->journal.count - 1u);
}

void handlespace_clear_changes(struct handlespace *h)
{
    set_bounds(h, 0, 0);
}
