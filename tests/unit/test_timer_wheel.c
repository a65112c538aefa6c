/* The timer wheel: never early, at most a tick late, any distance, bounded work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "timer_wheel.h"

static struct timer_wheel *wheel;

static int new_wheel(void **state)
{
    wheel = calloc(1, sizeof *wheel);
    (void)state;
    return wheel == NULL;
}

static int free_wheel(void **state)
{
    free(wheel);
    (void)state;
    return 0;
}

/* Calls until the wheel has caught up with `now`, and returns the first entry reported. */
static uint32_t due_at(uint64_t now)
{
    uint32_t entry = timer_wheel_due(wheel, now);
    while (entry == TIMER_WHEEL_NONE && wheel->tick < now / TIMER_WHEEL_TICK)
        entry = timer_wheel_due(wheel, now);
    return entry;
}

static void a_deadline_is_never_early_and_at_most_a_tick_late(void **state)
{
    for (uint64_t deadline = 1000; deadline < 1300; deadline += 7) {
        uint64_t now = wheel->tick * TIMER_WHEEL_TICK;
        timer_wheel_arm(wheel, 5, now + deadline);
        assert_int_equal(due_at(now + deadline - 1), TIMER_WHEEL_NONE);
        assert_int_equal(due_at(now + deadline + TIMER_WHEEL_TICK), 5);
        assert_int_equal(due_at(now + deadline + 10000), TIMER_WHEEL_NONE);
    }
    (void)state;
}

static void next_names_a_moment_when_it_is_due(void **state)
{
    uint32_t next_calls = 0;
    timer_wheel_arm(wheel, 9, 123456);
    while (timer_wheel_due(wheel, timer_wheel_next(wheel)) != 9)
        next_calls++;
    assert_in_range(next_calls, 0, 123456 / TIMER_WHEEL_TICK / TIMER_WHEEL_STEPS_MAX + 1);
    assert_true(timer_wheel_next(wheel) == TIMER_WHEEL_NEVER);
    (void)state;
}

static void a_deadline_far_beyond_one_turn_is_kept(void **state)
{
    uint64_t far = 5u * TIMER_WHEEL_SLOTS * TIMER_WHEEL_TICK + 250;
    timer_wheel_arm(wheel, 1, far);
    for (uint64_t now = 0; now < far; now += 1000)
        assert_int_equal(due_at(now), TIMER_WHEEL_NONE);
    assert_int_equal(due_at(far + TIMER_WHEEL_TICK), 1);
    (void)state;
}

static void a_deadline_in_the_past_is_due_after_a_tick(void **state)
{
    timer_wheel_init(wheel, 5000000);
    timer_wheel_arm(wheel, 2, 17);
    assert_int_equal(timer_wheel_due(wheel, 5000000 + TIMER_WHEEL_TICK), 2);
    (void)state;
}

static void arming_again_replaces_the_deadline(void **state)
{
    timer_wheel_arm(wheel, 3, 1000);
    timer_wheel_arm(wheel, 3, 9000);
    assert_int_equal(due_at(8000), TIMER_WHEEL_NONE);
    assert_int_equal(due_at(9100), 3);
    (void)state;
}

static void a_disarmed_entry_is_not_reported(void **state)
{
    timer_wheel_arm(wheel, 3, 1000);
    timer_wheel_disarm(wheel, 3);
    timer_wheel_disarm(wheel, 3);
    assert_int_equal(due_at(20000), TIMER_WHEEL_NONE);
    (void)state;
}

static void all_entries_of_one_tick_are_reported_once(void **state)
{
    uint32_t seen[100] = {0};
    for (uint32_t i = 0; i < 100; i++)
        timer_wheel_arm(wheel, i, 1000 + i);
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t entry = due_at(1200);
        assert_in_range(entry, 0, 99);
        seen[entry]++;
    }
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(seen[i], 1);
    assert_int_equal(due_at(99999), TIMER_WHEEL_NONE);
    (void)state;
}

static void one_call_takes_bounded_steps(void **state)
{
    timer_wheel_arm(wheel, 3, 300000);
    assert_int_equal(timer_wheel_due(wheel, 400000), TIMER_WHEEL_NONE);
    assert_int_equal(wheel->tick, TIMER_WHEEL_STEPS_MAX);
    assert_in_range(timer_wheel_next(wheel), 0, 400000);
    assert_int_equal(due_at(400000), 3);
    (void)state;
}

static void time_going_back_is_harmless(void **state)
{
    timer_wheel_init(wheel, 100000);
    timer_wheel_arm(wheel, 3, 101000);
    assert_int_equal(timer_wheel_due(wheel, 50), TIMER_WHEEL_NONE);
    assert_int_equal(due_at(101100), 3);
    (void)state;
}

static void the_end_of_time_does_not_wrap(void **state)
{
    timer_wheel_init(wheel, UINT64_MAX);
    timer_wheel_arm(wheel, 3, UINT64_MAX);
    assert_int_equal(timer_wheel_due(wheel, UINT64_MAX), TIMER_WHEEL_NONE);
    assert_true(timer_wheel_next(wheel) > wheel->tick * TIMER_WHEEL_TICK);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_deadline_is_never_early_and_at_most_a_tick_late,
                                        new_wheel, free_wheel),
        cmocka_unit_test_setup_teardown(next_names_a_moment_when_it_is_due, new_wheel, free_wheel),
        cmocka_unit_test_setup_teardown(a_deadline_far_beyond_one_turn_is_kept, new_wheel,
                                        free_wheel),
        cmocka_unit_test_setup_teardown(a_deadline_in_the_past_is_due_after_a_tick, new_wheel,
                                        free_wheel),
        cmocka_unit_test_setup_teardown(arming_again_replaces_the_deadline, new_wheel, free_wheel),
        cmocka_unit_test_setup_teardown(a_disarmed_entry_is_not_reported, new_wheel, free_wheel),
        cmocka_unit_test_setup_teardown(all_entries_of_one_tick_are_reported_once, new_wheel,
                                        free_wheel),
        cmocka_unit_test_setup_teardown(one_call_takes_bounded_steps, new_wheel, free_wheel),
        cmocka_unit_test_setup_teardown(time_going_back_is_harmless, new_wheel, free_wheel),
        cmocka_unit_test_setup_teardown(the_end_of_time_does_not_wrap, new_wheel, free_wheel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
