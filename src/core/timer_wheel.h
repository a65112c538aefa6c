/* A hashed timer wheel: one deadline for each of many entries, armed and disarmed in constant time.
 *
 * Time is cut into ticks of TIMER_WHEEL_TICK milliseconds; slot (tick modulo TIMER_WHEEL_SLOTS) lists the
 * entries to look at when that tick is over. A deadline more than one turn of the wheel ahead is put
 * into the last slot of the turn, and put into a later one when it is met there. So a deadline is never
 * reported early, and at most one tick late when the caller keeps asking.
 *
 * Work is bounded: a call of timer_wheel_due takes at most TIMER_WHEEL_STEPS_MAX steps, a step being an
 * empty slot passed, an entry put on, or an entry reported. When it stops at that bound it reports nothing, and
 * timer_wheel_next still names a moment that has passed: call again.
 *
 * Owns: its slots, links and deadlines. Knows no clock: the time comes with each call, in milliseconds of
 * any monotonic clock. A time before an earlier one is harmless (nothing is due).
 * All zero bytes are a valid empty wheel that stands at time 0; timer_wheel_init sets another time.
 */
#ifndef POOLPROOF_CORE_TIMER_WHEEL_H
#define POOLPROOF_CORE_TIMER_WHEEL_H

#include "index_list.h"

#define TIMER_WHEEL_ENTRIES_MAX INDEX_LIST_ENTRIES_MAX
#define TIMER_WHEEL_TICK 100u   /* milliseconds */
#define TIMER_WHEEL_SLOTS 4096u /* a turn takes about 410 seconds */
#define TIMER_WHEEL_STEPS_MAX 256u
#define TIMER_WHEEL_NONE UINT32_MAX
#define TIMER_WHEEL_NEVER UINT64_MAX

struct timer_wheel {
    uint64_t tick;                              /* the tick to look at next */
    uint64_t deadline[TIMER_WHEEL_ENTRIES_MAX]; /* of each armed entry, in milliseconds */
    struct index_list slots;                    /* an entry is armed when it is in a list */
};

/*@ predicate timer_wheel_armed(struct timer_wheel *w, integer entry) =
      index_list_member(&w->slots, entry);

    predicate timer_wheel_slots(struct timer_wheel *w) =
      \forall integer i; 0 <= i < TIMER_WHEEL_ENTRIES_MAX ==>
        w->slots.list[i] <= TIMER_WHEEL_SLOTS;

    predicate timer_wheel_time(struct timer_wheel *w) =
      w->tick <= UINT64_MAX / TIMER_WHEEL_TICK - TIMER_WHEEL_SLOTS;

    predicate valid_timer_wheel(struct timer_wheel *w) =
      valid_index_list(&w->slots) && timer_wheel_slots(w) && timer_wheel_time(w);
*/

/* Lets an empty (zeroed) wheel stand at `now`. */
/*@ requires valid: \valid(w);
    requires wheel: valid_timer_wheel(w);
    terminates \true;
    exits \false;
    assigns w->tick;
    ensures wheel: valid_timer_wheel(w);
*/
void timer_wheel_init(struct timer_wheel *w, uint64_t now);

/* Sets the deadline of an entry (milliseconds), in place of the one it had. One in the past is due at once. */
/*@ requires valid: \valid(w);
    requires wheel: valid_timer_wheel(w);
    requires entry: entry < TIMER_WHEEL_ENTRIES_MAX;
    terminates \true;
    exits \false;
    assigns w->deadline[entry], w->slots;
    ensures wheel: valid_timer_wheel(w);
    ensures armed: timer_wheel_armed(w, entry);
    ensures deadline: w->deadline[entry] == deadline;
    ensures others: \forall integer i; 0 <= i < TIMER_WHEEL_ENTRIES_MAX && i != entry ==>
      (timer_wheel_armed(w, i) <==> \old(timer_wheel_armed(w, i)));
*/
void timer_wheel_arm(struct timer_wheel *w, uint32_t entry, uint64_t deadline);

/* Forgets the deadline of an entry; nothing happens when it has none. */
/*@ requires valid: \valid(w);
    requires wheel: valid_timer_wheel(w);
    requires entry: entry < TIMER_WHEEL_ENTRIES_MAX;
    terminates \true;
    exits \false;
    assigns w->slots;
    ensures wheel: valid_timer_wheel(w);
    ensures disarmed: !timer_wheel_armed(w, entry);
    ensures others: \forall integer i; 0 <= i < TIMER_WHEEL_ENTRIES_MAX && i != entry ==>
      (timer_wheel_armed(w, i) <==> \old(timer_wheel_armed(w, i)));
*/
void timer_wheel_disarm(struct timer_wheel *w, uint32_t entry);

/* An entry whose deadline has passed at `now`; it is disarmed. TIMER_WHEEL_NONE: none found in this call. */
/*@ requires valid: \valid(w);
    requires wheel: valid_timer_wheel(w);
    terminates \true;
    exits \false;
    assigns w->tick, w->slots;
    ensures wheel: valid_timer_wheel(w);
    ensures entry: \result == TIMER_WHEEL_NONE || \result < TIMER_WHEEL_ENTRIES_MAX;
    ensures was_armed: \result != TIMER_WHEEL_NONE ==> \old(timer_wheel_armed(w, \result));
    ensures disarmed: \result != TIMER_WHEEL_NONE ==> !timer_wheel_armed(w, \result);
    ensures not_early: \result != TIMER_WHEEL_NONE ==> w->deadline[\result] <= now;
    ensures others: \forall integer i; 0 <= i < TIMER_WHEEL_ENTRIES_MAX && i != \result ==>
      (timer_wheel_armed(w, i) <==> \old(timer_wheel_armed(w, i)));
*/
uint32_t timer_wheel_due(struct timer_wheel *w, uint64_t now);

/* When to call timer_wheel_due next: a moment (milliseconds) before which no deadline passes, and not
 * later than one tick after the earliest; TIMER_WHEEL_NEVER when nothing is armed. */
/*@ requires valid: \valid_read(w);
    requires wheel: valid_timer_wheel(w);
    terminates \true;
    exits \false;
    assigns \nothing;
*/
uint64_t timer_wheel_next(const struct timer_wheel *w);

#endif
