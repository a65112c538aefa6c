/* Keep-alives and lost channels, told event by event (RFC 5352, 3.4 and 3.5). */
#include "registrar_story.h"

/* With `random` 2500 of an interval of 5000 ms the next keep-alive comes after exactly 5000 ms. */
#define IN_THE_MIDDLE 2500u
#define TICK TIMER_WHEEL_TICK

static void join(void)
{
    story.random = IN_THE_MIDDLE;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
}

static void a_keep_alive_is_sent_and_its_answer_starts_the_next_round(void **state)
{
    (void)state;
    join();
    story_wait(4999);
    expect_nothing();
    story_wait(1 + TICK);
    expect_keep_alive(1, "echo");
    expect_nothing();
    story_acknowledge(1, "echo", 0x11);
    expect_nothing();
    assert_int_equal(story.registrar->books.counters.keep_alive_acks, 1);
    story_wait(4999);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 1);
    story_wait(1 + TICK);
    expect_keep_alive(1, "echo");
}

static void an_element_that_does_not_answer_is_removed(void **state)
{
    (void)state;
    join();
    story_wait(5000 + TICK);
    expect_keep_alive(1, "echo");
    story_wait(4999);
    expect_nothing();
    story_wait(1 + TICK);
    expect_audit(AUDIT_UNREACHABLE_REMOVED);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 0);
    assert_int_equal(story.registrar->books.counters.unreachable, 1);
    assert_int_equal(story.registrar->books.account[ALICE].elements, 0);
}

static void the_time_between_two_varies_by_half_of_the_interval(void **state)
{
    const struct registrar_configuration *c = &story.registrar->books.configuration;
    const struct handlespace_element *e = story.registrar->handlespace.element;

    (void)state;
    story_open(1, ALICE);
    story.random = 0;
    story_join(1, "echo", 0x11);
    story.random = c->keep_alive_interval;
    story_join(1, "echo", 0x22);
    story.random = UINT64_MAX;
    story_join(1, "echo", 0x33);
    assert_int_equal(e[element_of("echo", 0x11)].keep_alive_deadline, story.now + 2500);
    assert_int_equal(e[element_of("echo", 0x22)].keep_alive_deadline, story.now + 7500);
    assert_in_range(e[element_of("echo", 0x33)].keep_alive_deadline, story.now + 2500,
                    story.now + 7500);
}

static void an_answer_that_nobody_waits_for_is_ignored(void **state)
{
    char *before;

    (void)state;
    join();
    before = handlespace_dump();
    story_acknowledge(1, "echo", 0x11);
    expect_nothing();
    story_acknowledge(1, "echo", 0x99);
    expect_nothing();
    expect_same_handlespace(before);
    assert_int_equal(story.registrar->books.counters.ignored, 2);
}

static void an_answer_from_another_identity_does_not_count(void **state)
{
    (void)state;
    join();
    story_open(2, BOB);
    story_open(3, ALICE);
    story_open(4, CAROL);
    story_wait(5000 + TICK);
    expect_keep_alive(1, "echo");
    story_acknowledge(2, "echo", 0x11);
    story_acknowledge(3, "echo", 0x11); /* the right identity, but not the element's channel */
    story_acknowledge(4, "echo", 0x11);
    expect_nothing();
    story_wait(5000 + TICK);
    expect_audit(AUDIT_UNREACHABLE_REMOVED);
    assert_int_equal(elements_in("echo"), 0);
}

static void a_lost_channel_leaves_its_elements_a_grace(void **state)
{
    (void)state;
    story_configuration()->lost_channel_grace = 3000;
    join();
    story_close(1);
    expect_nothing();
    story_wait(2999);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 1);
    story_wait(1 + TICK);
    expect_audit(AUDIT_UNREACHABLE_REMOVED);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 0);
}

static void a_send_failure_is_a_lost_channel(void **state)
{
    (void)state;
    join();
    story_send_failed(1);
    expect_nothing();
    story_wait(5000 + TICK);
    expect_audit(AUDIT_UNREACHABLE_REMOVED);
    assert_int_equal(elements_in("echo"), 0);
}

static void the_grace_does_not_prolong_a_wait(void **state)
{
    (void)state;
    join();
    story_wait(5000 + TICK);
    expect_keep_alive(1, "echo");
    story_wait(4000);
    story_close(1);
    story_wait(1000 + TICK);
    expect_audit(AUDIT_UNREACHABLE_REMOVED);
    assert_int_equal(elements_in("echo"), 0);
}

static void registering_over_a_new_channel_within_the_grace_saves_the_element(void **state)
{
    (void)state;
    join();
    story_close(1);
    story_wait(2000);
    story_open(2, ALICE);
    story_join(2, "echo", 0x11);
    story_wait(5000 + TICK);
    expect_keep_alive(2, "echo");
    assert_int_equal(elements_in("echo"), 1);
}

/* The shell gives channel numbers again: an element must not follow its number to somebody else. */
static void a_channel_number_used_again_is_another_channel(void **state)
{
    (void)state;
    join();
    story_close(1);
    story_open(1, BOB);
    story_wait(5000 + TICK);
    expect_audit(AUDIT_UNREACHABLE_REMOVED);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 0);
}

static void only_the_elements_of_the_lost_channel_are_concerned(void **state)
{
    (void)state;
    join();
    story_open(2, ALICE);
    story_join(2, "echo", 0x22);
    story_close(1);
    story_wait(5000 + TICK);
    expect_audit(AUDIT_UNREACHABLE_REMOVED);
    expect_keep_alive(2, "echo");
    assert_int_equal(element_of("echo", 0x11), HANDLESPACE_NONE);
    assert_int_not_equal(element_of("echo", 0x22), HANDLESPACE_NONE);
}

static void two_keep_alives_are_never_closer_than_the_minimum(void **state)
{
    uint64_t last = 0;
    uint32_t sent = 0;

    (void)state;
    story_configuration()->keep_alive_interval = 100;
    story_configuration()->keep_alive_minimum = 1000;
    story.random = 0;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    for (uint32_t i = 0; i < 1000; i++) {
        story_wait(10);
        if (story.effects.count == 0)
            continue;
        expect_keep_alive(1, "echo");
        expect_nothing();
        assert_true(sent == 0 || story.now - last >= 1000);
        last = story.now;
        sent++;
        story_acknowledge(1, "echo", 0x11);
        expect_nothing();
    }
    assert_in_range(sent, 8, 10);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, story_begin, story_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_keep_alive_is_sent_and_its_answer_starts_the_next_round),
        CASE(an_element_that_does_not_answer_is_removed),
        CASE(the_time_between_two_varies_by_half_of_the_interval),
        CASE(an_answer_that_nobody_waits_for_is_ignored),
        CASE(an_answer_from_another_identity_does_not_count),
        CASE(a_lost_channel_leaves_its_elements_a_grace),
        CASE(a_send_failure_is_a_lost_channel),
        CASE(the_grace_does_not_prolong_a_wait),
        CASE(registering_over_a_new_channel_within_the_grace_saves_the_element),
        CASE(a_channel_number_used_again_is_another_channel),
        CASE(only_the_elements_of_the_lost_channel_are_concerned),
        CASE(two_keep_alives_are_never_closer_than_the_minimum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
