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

static void report_and_answer(uint32_t channel)
{
    story_report(channel, "echo", 0x11);
    expect_keep_alive(1, "echo");
    expect_nothing();
    story_acknowledge(1, "echo", 0x11);
    expect_nothing();
    story_wait(1000);
    expect_nothing();
}

static uint32_t counted_reporters(void)
{
    return story.registrar->handlespace.element[element_of("echo", 0x11)].unreachable_reports;
}

/* Anonymous pool users on the channels from 10 on, each from an IPv4 address of its own. */
static void three_reporters_are_answered(void)
{
    struct ip_address address = {4, {198, 51, 100, 0}};

    for (uint32_t channel = 10; channel < 13; channel++) {
        address.bytes[3] = (uint8_t)channel;
        story_open_from(channel, &address);
        report_and_answer(channel);
    }
}

/* MAX-BAD-PE-REPORT is 3 here: a pool user that says it a hundred times is still one reporter. */
static void reports_of_one_reporter_count_once(void **state)
{
    (void)state;
    join();
    for (int i = 0; i < 100; i++)
        report_and_answer(3);
    assert_int_equal(elements_in("echo"), 1);
    assert_int_equal(counted_reporters(), 1);
    assert_int_equal(story.registrar->books.counters.reports, 100);
}

static void one_identity_is_one_reporter_over_all_its_channels(void **state)
{
    (void)state;
    join();
    for (uint32_t channel = 20; channel < 30; channel++) {
        story_open(channel, CAROL);
        report_and_answer(channel);
    }
    assert_int_equal(counted_reporters(), 1);
}

static void more_distinct_reporters_than_allowed_remove_an_element_that_answers(void **state)
{
    (void)state;
    join();
    three_reporters_are_answered();
    assert_int_equal(counted_reporters(), 3);
    report_and_answer(12);
    assert_int_equal(elements_in("echo"), 1);
    story_report(3, "echo", 0x11);
    expect_audit(AUDIT_REPORTED_REMOVED);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 0);
}

/* All eight places are used: seven reporters are allowed, the eighth removes. */
static void the_largest_number_of_reporters_can_be_allowed(void **state)
{
    struct ip_address address = {4, {198, 51, 100, 0}};

    (void)state;
    story_configuration()->max_bad_pe_reports = REGISTRAR_REPORTERS_MAX - 1;
    join();
    for (uint32_t channel = 10; channel < 10 + REGISTRAR_REPORTERS_MAX - 1; channel++) {
        address.bytes[3] = (uint8_t)channel;
        story_open_from(channel, &address);
        report_and_answer(channel);
    }
    assert_int_equal(elements_in("echo"), 1);
    story_report(3, "echo", 0x11);
    expect_audit(AUDIT_REPORTED_REMOVED);
    assert_int_equal(elements_in("echo"), 0);
}

static void more_reporters_than_can_be_told_apart_are_no_configuration(void **state)
{
    struct registrar_configuration c;

    (void)state;
    registrar_configuration_defaults(&c);
    c.server_identifier = SERVER;
    c.max_bad_pe_reports = REGISTRAR_REPORTERS_MAX - 1;
    assert_true(registrar_configuration_valid(&c));
    c.max_bad_pe_reports = REGISTRAR_REPORTERS_MAX;
    assert_false(registrar_configuration_valid(&c));
}

/* Whoever has one IPv6 address of a site has very many: they are one reporter. */
static void anonymous_reporters_of_one_ipv6_site_count_once(void **state)
{
    struct ip_address address = {16, {0x20, 0x01, 0x0d, 0xb8, 1, 2, 3}};

    (void)state;
    join();
    for (uint32_t channel = 10; channel < 20; channel++) {
        address.bytes[7] = (uint8_t)channel;
        address.bytes[15] = (uint8_t)channel;
        story_open_from(channel, &address);
        report_and_answer(channel);
    }
    assert_int_equal(counted_reporters(), 1);
    address.bytes[6] = 4;
    story_open_from(20, &address);
    report_and_answer(20);
    assert_int_equal(counted_reporters(), 2);
}

/* Without TLS everybody has the one identity that there is. */
static void reporters_who_share_an_identity_are_told_apart_by_address(void **state)
{
    struct ip_address address = {4, {198, 51, 100, 1}};

    (void)state;
    join();
    for (uint32_t channel = 10; channel < 20; channel++) {
        story_open_shared(channel, ALICE, &address);
        report_and_answer(channel);
    }
    assert_int_equal(counted_reporters(), 1);
    for (uint32_t channel = 20; channel < 22; channel++) {
        address.bytes[3] = (uint8_t)channel;
        story_open_shared(channel, ALICE, &address);
        report_and_answer(channel);
    }
    assert_int_equal(counted_reporters(), 3);
    address.bytes[3] = 22;
    story_open_shared(22, ALICE, &address);
    story_report(22, "echo", 0x11);
    expect_audit(AUDIT_REPORTED_REMOVED);
    assert_int_equal(elements_in("echo"), 0);
}

/* The same bytes as an IPv4 address, an IPv6 network and, with zeros, an identity's index. */
static void an_address_is_no_other_kind_of_reporter(void **state)
{
    struct ip_address address = {4, {0, 0, 0, 0}};

    (void)state;
    join();
    story_open_from(10, &address);
    address.size = 16;
    story_open_from(11, &address);
    report_and_answer(10);
    report_and_answer(11);
    report_and_answer(3);
    assert_int_equal(counted_reporters(), 3);
}

static void registering_again_forgets_the_reporters(void **state)
{
    (void)state;
    join();
    three_reporters_are_answered();
    story_join(1, "echo", 0x11);
    assert_int_equal(counted_reporters(), 0);
    report_and_answer(3);
    for (uint32_t channel = 10; channel < 12; channel++)
        report_and_answer(channel);
    assert_int_equal(elements_in("echo"), 1);
    assert_int_equal(counted_reporters(), 3);
}

/* An element that comes into the place of one that was removed begins without reporters. */
static void a_new_element_inherits_no_reporters(void **state)
{
    (void)state;
    join();
    three_reporters_are_answered();
    story_deregister(1, "echo", 0x11);
    expect_message(1, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_audit(AUDIT_DEREGISTERED);
    story_join(1, "echo", 0x11);
    assert_int_equal(counted_reporters(), 0);
    report_and_answer(10);
    assert_int_equal(counted_reporters(), 1);
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

static bool is_sent_to(uint32_t channel, uint32_t effect)
{
    return story.effects.effect[effect].kind == EFFECT_SEND &&
           story.effects.effect[effect].channel == channel;
}

/* A thousand reports in a second: of the flood only what the bucket holds is looked at, the element sees one
 * keep-alive, and the reporter hears once that it asks too much. */
static void a_flood_of_reports_is_bounded(void **state)
{
    const struct registrar_counters *n = &story.registrar->books.counters;
    uint32_t records = 0;
    uint32_t keep_alives = 0;
    uint32_t errors = 0;

    (void)state;
    story_configuration()->channel_limits.reports = (struct rate_limit){5, 10};
    join();
    for (int i = 0; i < 1000; i++) {
        story_report(3, "echo", 0x11);
        for (; story.cursor < story.effects.count; story.cursor++) {
            records += story.effects.effect[story.cursor].kind == EFFECT_AUDIT;
            keep_alives += is_sent_to(1, story.cursor);
            errors += is_sent_to(3, story.cursor);
        }
        story.now += 1;
    }
    assert_in_range(n->reports, 10, 15);
    assert_int_equal(n->reports + n->limited, 1000);
    assert_int_equal(records, 1);
    assert_int_equal(keep_alives, 1);
    assert_int_equal(errors, 1);
    assert_int_equal(elements_in("echo"), 1);
}

static void a_report_beyond_the_limit_is_answered_with_an_error(void **state)
{
    (void)state;
    story_configuration()->channel_limits.reports = (struct rate_limit){1, 1};
    join();
    story_report(3, "echo", 0x11);
    expect_keep_alive(1, "echo");
    story_report(3, "echo", 0x11);
    expect_message(3, ASAP_ERROR, 0);
    expect_cause(CAUSE_LACK_OF_RESOURCES);
    expect_audit(AUDIT_RATE_LIMITED);
    story_report(3, "echo", 0x11);
    expect_nothing(); /* told and recorded once a second */
}

/* Many channels do not help: all anonymous pool users share one account. */
static void many_anonymous_channels_share_one_limit(void **state)
{
    const struct registrar_counters *n = &story.registrar->books.counters;

    (void)state;
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
        CASE(reports_of_one_reporter_count_once),
        CASE(one_identity_is_one_reporter_over_all_its_channels),
        CASE(more_distinct_reporters_than_allowed_remove_an_element_that_answers),
        CASE(the_largest_number_of_reporters_can_be_allowed),
        CASE(more_reporters_than_can_be_told_apart_are_no_configuration),
        CASE(anonymous_reporters_of_one_ipv6_site_count_once),
        CASE(reporters_who_share_an_identity_are_told_apart_by_address),
        CASE(an_address_is_no_other_kind_of_reporter),
        CASE(registering_again_forgets_the_reporters),
        CASE(a_new_element_inherits_no_reporters),
        CASE(a_report_of_the_unknown_is_ignored),
        CASE(while_an_answer_is_awaited_no_second_keep_alive_is_sent),
        CASE(a_flood_of_reports_is_bounded),
        CASE(a_report_beyond_the_limit_is_answered_with_an_error),
        CASE(many_anonymous_channels_share_one_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
