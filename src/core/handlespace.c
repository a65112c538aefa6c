/* The handlespace as a whole: selection and deadlines. See handlespace.h for what it is; its beginning is in
 * handlespace_init.c, pools are in handlespace_pools.c, elements in handlespace_elements.c. Owns nothing. */
#include "handlespace_frames.h"

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
    ENSURES_FIELDS_KEPT(h)
*/
static void advance(struct handlespace *h, uint32_t pool)
{
    selection_advance(&h->selection, pool);
}

uint32_t handlespace_select_first(struct handlespace *h, uint32_t pool)
{
    uint32_t first = selection_first(&h->selection, pool);
    advance(h, pool);
    /*@ assert places: handlespace_places(h); */
    /*@ assert kept: fields_kept{Pre, Here}(h); */
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
    requires wheel: valid_timer_wheel(&h->wheel);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->wheel.slots, h->wheel.deadline[element];
    ensures wheel: valid_timer_wheel(&h->wheel);
    ensures armed: timer_wheel_armed(&h->wheel, element);
    ensures deadline: h->wheel.deadline[element] == deadline;
    ENSURES_FIELDS_KEPT(h)
*/
static void arm(struct handlespace *h, uint32_t element, uint64_t deadline)
{
    timer_wheel_arm(&h->wheel, element, deadline);
}

void handlespace_arm(struct handlespace *h, uint32_t element, uint64_t deadline)
{
    arm(h, element, deadline);
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert kept: fields_kept{Pre, Here}(h); */
}

/* Takes a deadline out of the wheel. */
/*@ requires valid: \valid(h);
    requires wheel: valid_timer_wheel(&h->wheel);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->wheel.slots;
    ensures wheel: valid_timer_wheel(&h->wheel);
    ensures disarmed: !timer_wheel_armed(&h->wheel, element);
    ENSURES_FIELDS_KEPT(h)
*/
static void disarm(struct handlespace *h, uint32_t element)
{
    timer_wheel_disarm(&h->wheel, element);
}

void handlespace_disarm(struct handlespace *h, uint32_t element)
{
    disarm(h, element);
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert kept: fields_kept{Pre, Here}(h); */
}

/* Takes an entry that is due out of the wheel. */
/*@ requires valid: \valid(h);
    requires wheel: valid_timer_wheel(&h->wheel);
    terminates \true;
    exits \false;
    assigns h->wheel.tick, h->wheel.slots;
    ensures wheel: valid_timer_wheel(&h->wheel);
    ensures range: \result == HANDLESPACE_NONE || \result < HANDLESPACE_ELEMENTS_MAX;
    ensures was_armed: \result != HANDLESPACE_NONE ==> \old(timer_wheel_armed(&h->wheel, \result));
    ensures not_early: \result != HANDLESPACE_NONE ==> h->wheel.deadline[\result] <= now;
    ENSURES_FIELDS_KEPT(h)
*/
static uint32_t take_due(struct handlespace *h, uint64_t now)
{
    return timer_wheel_due(&h->wheel, now);
}

uint32_t handlespace_due(struct handlespace *h, uint64_t now)
{
    uint32_t due = take_due(h, now);
    /*@ assert places: handlespace_places(h); */
    /*@ assert selection: valid_selection(&h->selection); */
    /*@ assert kept: fields_kept{Pre, Here}(h); */
    return due;
}

uint64_t handlespace_next_deadline(const struct handlespace *h)
{
    return timer_wheel_next(&h->wheel);
}
