/* Reports of unreachable elements, told event by event (RFC 5352, 3.5; RFC 5355, 2.13 and 2.14). */
#include "registrar_story.h"

#define TICK TIMER_WHEEL_TICK

static void join(void)
{
    story.random = 2500;
    story_open(1, ALICE);
    story_open(3, CAROL);
    story_join(1, "echo", 0x11);
}

static void a_report_makes_the_registrar_ask_at_once(void **state)
{
    (void)state;
    join();
    story_report(3, "echo", 0x11);
    expect_keep_alive(1, "echo");
    expect_nothing();
    story_acknowledge(1, "echo", 0x11);
    story_wait(4000);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 1);
}

static void a_reported_element_that_does_not_answer_is_removed(void **state)
{
    (void)state;
    join();
    story_report(3, "echo", 0x11);
    expect_keep_alive(1, "echo");
    story_wait(5000 + TICK);
    expect_audit(AUDIT_UNREACHABLE_REMOVED);
    assert_int_equal(elements_in("echo"), 0);
}

static void a_reported_element_without_a_channel_is_removed_at_once(void **state)
{
    (void)state;
    join();
    story_close(1);
    story_report(3, "echo", 0x11);
    expect_audit(AUDIT_REPORTED_REMOVED);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 0);
}

static void report_and_answer(void)
{
    story_report(3, "echo", 0x11);
    expect_keep_alive(1, "echo");
    expect_nothing();
    story_acknowledge(1, "echo", 0x11);
    expect_nothing();
    story_wait(1000);
    expect_nothing();
}

static void one_report_more_than_allowed_removes_an_element_that_answers(void **state)
{
    (void)state;
    join();
    for (int i = 0; i < 3; i++)
        report_and_answer();
    assert_int_equal(elements_in("echo"), 1);
    story_report(3, "echo", 0x11);
    expect_audit(AUDIT_REPORTED_REMOVED);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 0);
}

static void registering_again_forgets_the_reports(void **state)
{
    (void)state;
    join();
    for (int i = 0; i < 3; i++)
        report_and_answer();
    story_join(1, "echo", 0x11);
    for (int i = 0; i < 3; i++)
        report_and_answer();
    assert_int_equal(elements_in("echo"), 1);
}

static void a_report_of_the_unknown_is_ignored(void **state)
{
    char *before;

    (void)state;
    join();
    before = handlespace_dump();
    story_report(3, "echo", 0x99);
    expect_nothing();
    story_report(3, "nowhere", 0x11);
    expect_nothing();
    expect_same_handlespace(before);
}

static void while_an_answer_is_awaited_no_second_keep_alive_is_sent(void **state)
{
    (void)state;
    join();
    story_report(3, "echo", 0x11);
    expect_keep_alive(1, "echo");
    story_wait(2000);
    story_report(3, "echo", 0x11);
    expect_nothing();
    story_wait(3000 + TICK);
    expect_audit(AUDIT_UNREACHABLE_REMOVED);
}

/* A thousand reports in a second: of the flood only what the bucket holds is looked at, and the element
 * sees one keep-alive. */
static void a_flood_of_reports_is_bounded(void **state)
{
    const struct registrar_counters *n = &story.registrar->books.counters;
    uint32_t records = 0;
    uint32_t keep_alives = 0;

    (void)state;
    story_configuration()->max_bad_pe_reports = 1000;
    story_configuration()->channel_limits.reports = (struct rate_limit){5, 10};
    join();
    for (int i = 0; i < 1000; i++) {
        story_report(3, "echo", 0x11);
        for (; story.cursor < story.effects.count; story.cursor++) {
            records += story.effects.effect[story.cursor].kind == EFFECT_AUDIT;
            keep_alives += story.effects.effect[story.cursor].kind == EFFECT_SEND;
        }
        story.now += 1;
    }
    assert_in_range(n->reports, 10, 15);
    assert_int_equal(n->reports + n->limited, 1000);
    assert_int_equal(records, 1);
    assert_int_equal(keep_alives, 1);
    assert_int_equal(elements_in("echo"), 1);
}

/* Many channels do not help: all anonymous pool users share one account. */
static void many_anonymous_channels_share_one_limit(void **state)
{
    const struct registrar_counters *n = &story.registrar->books.counters;

    (void)state;
    story_configuration()->max_bad_pe_reports = 1000;
    story_configuration()->anonymous_limits.reports = (struct rate_limit){1, 20};
    join();
    for (uint32_t channel = 100; channel < 200; channel++) {
        story_open(channel, NOBODY);
        story_report(channel, "echo", 0x11);
        story.cursor = story.effects.count;
    }
    assert_int_equal(n->reports, 20);
    assert_int_equal(n->limited, 80);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, story_begin, story_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_report_makes_the_registrar_ask_at_once),
        CASE(a_reported_element_that_does_not_answer_is_removed),
        CASE(a_reported_element_without_a_channel_is_removed_at_once),
        CASE(one_report_more_than_allowed_removes_an_element_that_answers),
        CASE(registering_again_forgets_the_reports),
        CASE(a_report_of_the_unknown_is_ignored),
        CASE(while_an_answer_is_awaited_no_second_keep_alive_is_sent),
        CASE(a_flood_of_reports_is_bounded),
        CASE(many_anonymous_channels_share_one_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
