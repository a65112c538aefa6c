/* A hashed timer wheel: see timer_wheel.h. Owns nothing; works on the caller's structure. */
#include "timer_wheel.h"

/* The last tick the wheel ever stands at: the end of the turn before it is a time that fits 64 bits. Only
 * reached with a broken clock, half a billion years from now; the proof needs it. */
#define LAST_TICK (UINT64_MAX / TIMER_WHEEL_TICK - TIMER_WHEEL_SLOTS)

/* Slots that are looked at together: divides TIMER_WHEEL_SLOTS. */
#define SLOTS_AT_ONCE 64u

/* The tick that a time lies in. */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures past: \result <= now / TIMER_WHEEL_TICK;
    ensures last: \result <= UINT64_MAX / TIMER_WHEEL_TICK - TIMER_WHEEL_SLOTS;
*/
static uint64_t tick_at(uint64_t now)
{
    uint64_t tick = now / TIMER_WHEEL_TICK;
    return tick < LAST_TICK ? tick : LAST_TICK;
}

/* The slot for a deadline: that of its tick, of the tick to look at next when that is past already, or of the last
 * tick of this turn when the deadline is further away. */
/*@ requires valid: \valid_read(w);
    requires time: timer_wheel_time(w);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures slot: \result < TIMER_WHEEL_SLOTS;
*/
static uint32_t slot_for(const struct timer_wheel *w, uint64_t deadline)
{
    uint64_t tick = deadline / TIMER_WHEEL_TICK;
    if (tick < w->tick)
        tick = w->tick;
    else if (tick - w->tick >= TIMER_WHEEL_SLOTS)
        tick = w->tick + (TIMER_WHEEL_SLOTS - 1u);
    return (uint32_t)(tick % TIMER_WHEEL_SLOTS);
}

void timer_wheel_init(struct timer_wheel *w, uint64_t now)
{
    w->tick = tick_at(now);
}

void timer_wheel_disarm(struct timer_wheel *w, uint32_t entry)
{
    if (index_list_of(&w->slots, entry) != INDEX_LIST_NONE)
        index_list_remove(&w->slots, entry);
}

/* Puts an entry that is in no slot into the one for its deadline. */
/*@ requires valid: \valid(w);
    requires wheel: valid_timer_wheel(w);
    requires entry: entry < TIMER_WHEEL_ENTRIES_MAX && !timer_wheel_armed(w, entry);
    terminates \true;
    exits \false;
    assigns w->slots;
    ensures wheel: valid_timer_wheel(w);
    ensures armed: timer_wheel_armed(w, entry);
    ensures others: \forall integer i; 0 <= i < TIMER_WHEEL_ENTRIES_MAX && i != entry ==>
      (timer_wheel_armed(w, i) <==> \old(timer_wheel_armed(w, i)));
*/
static void put(struct timer_wheel *w, uint32_t entry)
{
    index_list_insert(&w->slots, slot_for(w, w->deadline[entry]), entry);
}

void timer_wheel_arm(struct timer_wheel *w, uint32_t entry, uint64_t deadline)
{
    timer_wheel_disarm(w, entry);
    w->deadline[entry] = deadline;
    put(w, entry);
}

/* Looks at the first entry of the tick in turn, which is over. Reports it when its deadline was in that tick,
 * otherwise puts it into the slot for its deadline. */
/*@ requires valid: \valid(w);
    requires wheel: valid_timer_wheel(w);
    requires entry: entry < TIMER_WHEEL_ENTRIES_MAX && timer_wheel_armed(w, entry);
    terminates \true;
    exits \false;
    assigns w->slots;
    ensures wheel: valid_timer_wheel(w);
    ensures due: \result == 1 <==> w->deadline[entry] / TIMER_WHEEL_TICK <= w->tick;
    ensures put_on: \result == 1 || \result == 0;
    ensures armed: timer_wheel_armed(w, entry) <==> \result == 0;
    ensures others: \forall integer i; 0 <= i < TIMER_WHEEL_ENTRIES_MAX && i != entry ==>
      (timer_wheel_armed(w, i) <==> \old(timer_wheel_armed(w, i)));
*/
static int take(struct timer_wheel *w, uint32_t entry)
{
    timer_wheel_disarm(w, entry);
    if (w->deadline[entry] / TIMER_WHEEL_TICK <= w->tick)
        return 1;
    put(w, entry);
    return 0;
}

uint32_t timer_wheel_due(struct timer_wheel *w, uint64_t now)
{
    uint32_t steps = 0;
    /*@ loop invariant wheel: valid_timer_wheel(w);
        loop invariant others: \forall integer i; 0 <= i < TIMER_WHEEL_ENTRIES_MAX ==>
          (timer_wheel_armed(w, i) <==> \at(timer_wheel_armed(w, i), Pre));
        loop assigns steps, w->tick, w->slots;
        loop variant TIMER_WHEEL_STEPS_MAX - steps;
    */
    while (w->tick < tick_at(now) && steps < TIMER_WHEEL_STEPS_MAX) {
        uint32_t entry = index_list_first(&w->slots, (uint32_t)(w->tick % TIMER_WHEEL_SLOTS));
        if (entry == INDEX_LIST_NONE)
            w->tick++;
        else if (take(w, entry))
            return entry;
        steps++;
    }
    return TIMER_WHEEL_NONE;
}

/* Whether none of SLOTS_AT_ONCE slots from this one on lists an entry: most are empty, so they are passed by so many.
 * No way out of the loop: so the compiler looks at several slots with one instruction. */
/*@ requires valid: \valid_read(w);
    requires slots: first <= TIMER_WHEEL_SLOTS - SLOTS_AT_ONCE;
    terminates \true;
    exits \false;
    assigns \nothing;
*/
static int all_empty(const struct timer_wheel *w, uint32_t first)
{
    uint32_t any = 0;
    /*@ loop invariant range: i <= SLOTS_AT_ONCE;
        loop assigns i, any;
        loop variant SLOTS_AT_ONCE - i;
    */
    for (uint32_t i = 0; i < SLOTS_AT_ONCE; i++)
        any |= w->slots.head[first + i];
    return any == 0u;
}

uint64_t timer_wheel_next(const struct timer_wheel *w)
{
    uint32_t ahead = 0;
    /*@ loop invariant range: ahead <= TIMER_WHEEL_SLOTS + (SLOTS_AT_ONCE - 1);
        loop assigns ahead;
        loop variant TIMER_WHEEL_SLOTS - ahead;
    */
    while (ahead < TIMER_WHEEL_SLOTS) {
        uint32_t slot = (uint32_t)((w->tick % TIMER_WHEEL_SLOTS + ahead) % TIMER_WHEEL_SLOTS);
        if (slot % SLOTS_AT_ONCE == 0u && all_empty(w, slot)) {
            ahead += SLOTS_AT_ONCE;
            continue;
        }
        if (w->slots.head[slot] != 0u) /* not by a call: it is asked after every event */
            return (w->tick + ahead + 1u) * TIMER_WHEEL_TICK;
        ahead++;
    }
    return TIMER_WHEEL_NEVER;
}
