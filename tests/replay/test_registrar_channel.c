/* Channels, malformed messages, rate limits and changed rules, told event by event. */
#include "registrar_story.h"

#include "registrar_names.h"
#include "registrar_sweep.h"

static void message(uint32_t channel, const char *bytes, uint32_t length)
{
    story_message(channel, bytes, length);
}

/* ---- Channels ---- */

static void an_identity_has_only_so_many_channels(void **state)
{
    (void)state;
    story_configuration()->channels_per_identity = 2;
    story_open(1, ALICE);
    story_open(2, ALICE);
    story_open_as(3, ALICE, ROLES_ALL);
    expect_close(3, CLOSE_TOO_MANY_CHANNELS);
    expect_audit(AUDIT_CHANNEL_REFUSED);
    expect_nothing();
    story_close(1);
    story_open(3, ALICE);
    story_open(4, BOB);
}

static void anonymous_pool_users_have_only_so_many_channels(void **state)
{
    (void)state;
    story_configuration()->anonymous_channels = 1;
    story_open(1, NOBODY);
    story_open_as(2, NOBODY, ROLE_POOL_USER);
    expect_close(2, CLOSE_TOO_MANY_CHANNELS);
    expect_audit(AUDIT_CHANNEL_REFUSED);
}

static void an_unknown_identity_is_turned_away(void **state)
{
    (void)state;
    story_open_as(1, 77, ROLES_ALL);
    expect_close(1, CLOSE_UNKNOWN_IDENTITY);
    expect_audit(AUDIT_CHANNEL_REFUSED);
    story_resolve(1, "echo");
    expect_nothing();
    assert_int_equal(story.registrar->books.counters.ignored, 1);
}

static void a_channel_opened_twice_is_dropped(void **state)
{
    (void)state;
    story_open(1, ALICE);
    story_open_as(1, BOB, ROLES_ALL);
    expect_close(1, CLOSE_CHANNEL_IN_USE);
    expect_audit(AUDIT_CHANNEL_CLOSED);
    story_resolve(1, "echo");
    expect_nothing();
}

static void events_of_impossible_channels_are_ignored(void **state)
{
    (void)state;
    story_open_as(REGISTRAR_CHANNELS_MAX, ALICE, ROLES_ALL);
    story_resolve(REGISTRAR_CHANNELS_MAX, "echo");
    story_close(UINT32_MAX);
    story_close(5);
    expect_nothing();
    assert_int_equal(story.registrar->books.counters.ignored, 3);
}

/* ---- Malformed and unknown messages ---- */

static void an_unknown_message_type_is_reported_if_it_asks_for_it(void **state)
{
    (void)state;
    story_open(1, ALICE);
    message(1, "\x4f\x00\x00\x04", 4);
    expect_message(1, ASAP_ERROR, 0);
    expect_cause(CAUSE_UNRECOGNIZED_MESSAGE);
    assert_int_equal(cause_information().length, 4);
    expect_nothing();
    message(1, "\x0f\x00\x00\x04", 4);
    expect_nothing();
    assert_int_equal(story.registrar->books.counters.malformed, 0);
    assert_int_equal(story.registrar->books.counters.ignored, 2);
    assert_int_equal(story.registrar->books.counters.errors_sent, 1);
}

static void unknown_messages_are_limited_as_others_but_never_close_the_channel(void **state)
{
    struct rate_limit three = {1, 3};

    (void)state;
    story_configuration()->malformed_maximum = 0;
    story_configuration()->channel_limits.messages = three;
    story_open(1, ALICE);
    for (int i = 0; i < 3; i++) {
        message(1, "\x4f\x00\x00\x04", 4);
        expect_message(1, ASAP_ERROR, 0);
        expect_nothing();
    }
    message(1, "\x4f\x00\x00\x04", 4);
    expect_audit(AUDIT_RATE_LIMITED);
    expect_nothing();
    message(1, "\x0f\x00\x00\x04", 4);
    expect_nothing();
    assert_int_equal(story.registrar->books.counters.limited, 2);
    story_resolve(1, "echo");
    expect_message(1, ASAP_HANDLE_RESOLUTION_RESPONSE, 0);
    expect_cause(CAUSE_LACK_OF_RESOURCES);
    story_wait(1000);
    message(1, "\x4f\x00\x00\x04", 4);
    expect_message(1, ASAP_ERROR, 0);
    expect_cause(CAUSE_UNRECOGNIZED_MESSAGE);
    expect_nothing();
}

static void an_unknown_parameter_is_reported_and_the_request_answered(void **state)
{
    uint8_t bytes[1024];
    uint32_t at = wire_begin_message(bytes, sizeof bytes, ASAP_HANDLE_RESOLUTION, 0);

    (void)state;
    at = wire_put_pool_handle(bytes, sizeof bytes, at, (const uint8_t *)"echo", 4);
    at = wire_put_parameter(bytes, sizeof bytes, at, 0xc123, (const uint8_t *)"what", 4);
    at = wire_put_parameter(bytes, sizeof bytes, at, 0x8123, (const uint8_t *)"skip", 4);
    at = wire_end_message(bytes, sizeof bytes, at);
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    story_message(1, bytes, at);
    expect_message(1, ASAP_ERROR, 0);
    expect_cause(CAUSE_UNRECOGNIZED_PARAMETER);
    assert_int_equal(wire_get_u16(said_bytes + cause_information().offset), 0xc123);
    assert_int_equal(cause_information().length, 8);
    expect_message(1, ASAP_HANDLE_RESOLUTION_RESPONSE, 0);
    expect_no_cause();
    expect_nothing();
}

static void an_unknown_parameter_that_stops_is_reported_and_nothing_else_happens(void **state)
{
    uint8_t bytes[1024];
    uint32_t at = wire_begin_message(bytes, sizeof bytes, ASAP_DEREGISTRATION, 0);
    char *before;

    (void)state;
    at = wire_put_pool_handle(bytes, sizeof bytes, at, (const uint8_t *)"echo", 4);
    at = wire_put_parameter(bytes, sizeof bytes, at, 0x4123, (const uint8_t *)"what", 4);
    at = wire_put_pe_identifier(bytes, sizeof bytes, at, 0x11);
    at = wire_end_message(bytes, sizeof bytes, at);
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    before = handlespace_dump();
    story_message(1, bytes, at);
    expect_message(1, ASAP_ERROR, 0);
    expect_cause(CAUSE_UNRECOGNIZED_PARAMETER);
    expect_audit(AUDIT_MALFORMED);
    expect_nothing();
    expect_same_handlespace(before);
}

static void an_error_is_never_answered_with_an_error(void **state)
{
    (void)state;
    story_open(1, ALICE);
    message(1, "\x0e\x00\x00\x08\x41\x23\x00\x04",
            8); /* an unknown parameter that asks to be reported */
    expect_audit(AUDIT_MALFORMED);
    expect_nothing();
    message(1, "\x0e\x00\x00\x14\x00\x0c\x00\x08\x00\x00\x00\x04\xc1\x23\x00\x08what", 20);
    expect_nothing();
}

static void too_many_malformed_messages_close_the_channel(void **state)
{
    (void)state;
    story_configuration()->malformed_maximum = 2;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    for (int i = 0; i < 2; i++) {
        message(1, "\x01", 1);
        expect_audit(AUDIT_MALFORMED);
        expect_nothing();
    }
    message(1, "", 0);
    expect_audit(AUDIT_MALFORMED);
    expect_close(1, CLOSE_MALFORMED);
    expect_audit(AUDIT_CHANNEL_CLOSED);
    expect_nothing();
    story_wait(0);
    story_wait(5000 + TIMER_WHEEL_TICK);
    expect_audit(AUDIT_UNREACHABLE_REMOVED);
    assert_int_equal(elements_in("echo"), 0);
}

static void messages_a_registrar_does_not_take_are_ignored(void **state)
{
    uint8_t bytes[1024];
    char *before;

    (void)state;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    before = handlespace_dump();
    story_message(1, bytes, compose_named(bytes, ASAP_REGISTRATION_RESPONSE, 0, "echo", 4, 0x11));
    expect_nothing();
    story_message(1, bytes, compose_named(bytes, ASAP_DEREGISTRATION_RESPONSE, 0, "echo", 4, 0x11));
    expect_nothing();
    message(1,
            "\x07\x01\x00\x10\x00\x00\x00\x01\x00\x09\x00\x08"
            "echo",
            16);
    expect_nothing();
    message(1, "\x0b\x00\x00\x0c\x00\x0d\x00\x08milk", 12);
    expect_nothing();
    assert_int_equal(story.registrar->books.counters.ignored, 4);
    expect_same_handlespace(before);
}

/* ---- Rate limits ---- */

static void messages_beyond_the_limit_are_answered_with_lack_of_resources(void **state)
{
    (void)state;
    story_configuration()->channel_limits.messages = (struct rate_limit){1, 3};
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    story_join(1, "echo", 0x22);
    story_deregister(1, "echo", 0x22);
    expect_message(1, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_audit(AUDIT_DEREGISTERED);
    story_resolve(1, "echo");
    expect_message(1, ASAP_HANDLE_RESOLUTION_RESPONSE, 0);
    expect_cause(CAUSE_LACK_OF_RESOURCES);
    expect_audit(AUDIT_RATE_LIMITED);
    expect_nothing();
    story_resolve(1, "echo");
    expect_message(1, ASAP_HANDLE_RESOLUTION_RESPONSE, 0);
    expect_cause(CAUSE_LACK_OF_RESOURCES);
    expect_nothing(); /* on record once a second */
    story_wait(1000);
    story_resolve(1, "echo");
    expect_message(1, ASAP_HANDLE_RESOLUTION_RESPONSE, 0);
    expect_no_cause();
    assert_int_equal(story.registrar->books.counters.limited, 2);
}

static void registrations_beyond_the_limit_change_nothing(void **state)
{
    struct registration r = story_registration("echo", 0x33);
    char *before;

    (void)state;
    story_configuration()->channel_limits.registrations = (struct rate_limit){1, 2};
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    story_join(1, "echo", 0x22);
    before = handlespace_dump();
    story_register(1, &r);
    expect_rejected(1, CAUSE_LACK_OF_RESOURCES, AUDIT_RATE_LIMITED);
    story_deregister(1, "echo", 0x11);
    expect_message(1, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_cause(CAUSE_LACK_OF_RESOURCES);
    expect_nothing();
    expect_same_handlespace(before);
}

static void an_identity_does_not_gain_by_more_channels(void **state)
{
    struct registration r = story_registration("echo", 0x33);

    (void)state;
    story_configuration()->identity_limits.registrations = (struct rate_limit){1, 2};
    story_open(1, ALICE);
    story_open(2, ALICE);
    story_open(3, BOB);
    story_join(1, "echo", 0x11);
    story_join(2, "echo", 0x22);
    story_register(2, &r);
    expect_rejected(2, CAUSE_LACK_OF_RESOURCES, AUDIT_RATE_LIMITED);
    story_join(3, "echo", 0x33);
}

/* ---- Changed rules ---- */

static void merge_without(const char *gone)
{
    static struct access_rules next;
    static const char *const names[] = {"alice", "bob", "carol"};

    memset(&next, 0, sizeof next);
    for (int i = 0; i < 3; i++) {
        if (strcmp(names[i], gone) != 0) {
            uint32_t index = access_add_identity(&next, (const uint8_t *)names[i],
                                                 (uint32_t)strlen(names[i]), ROLE_POOL_ELEMENT);
            assert_true(access_grant_pool(&next, index, (const uint8_t *)"echo", 4, false));
        }
    }
    assert_true(access_rules_merge(story.rules, &next));
}

static void an_identity_that_is_gone_loses_channels_and_elements(void **state)
{
    (void)state;
    story_open(1, ALICE);
    story_open(2, BOB);
    story_join(1, "echo", 0x11);
    story_join(2, "echo", 0x22);
    merge_without("alice");
    story_rules_changed();
    expect_close(1, CLOSE_IDENTITY_GONE);
    expect_audit(AUDIT_CHANNEL_CLOSED);
    expect_nothing();
    story_wait(0);
    expect_audit(AUDIT_RULES_REMOVED);
    expect_nothing();
    assert_int_equal(element_of("echo", 0x11), HANDLESPACE_NONE);
    assert_int_not_equal(element_of("echo", 0x22), HANDLESPACE_NONE);
    story_resolve(1, "echo");
    expect_nothing();
    story_resolve(2, "echo");
    expect_message(2, ASAP_HANDLE_RESOLUTION_RESPONSE, 0);
    assert_int_equal(story.registrar->books.counters.rules_removed, 1);
}

static void an_element_whose_pool_is_no_longer_allowed_is_removed_and_told(void **state)
{
    (void)state;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    story_join(1, "calc", 0x12);
    merge_without("nobody");
    story_rules_changed();
    expect_message(1, ASAP_DEREGISTRATION_RESPONSE, 0);
    assert_int_equal(said.pe_identifier, 0x12);
    expect_audit(AUDIT_RULES_REMOVED);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 1);
    assert_int_equal(elements_in("calc"), 0);
}

/* Alice's rules but for the address that was granted to her. */
static void an_element_with_an_address_that_is_no_longer_granted_is_removed_and_told(void **state)
{
    static struct access_rules next;
    struct registration r = story_registration("echo", 0x11);
    struct ip_address granted = {4, {0}};

    (void)state;
    memcpy(granted.bytes, ADDRESS_B, 4);
    next = *story.rules;
    assert_true(access_grant_address(story.rules, ALICE, &granted));
    r.address = ADDRESS_B;
    story_open(1, ALICE);
    story_register(1, &r);
    expect_registered(1, "echo", 0x11);
    story_join(1, "echo", 0x12);
    story_rules_changed();
    expect_nothing();
    assert_int_equal(elements_in("echo"), 2);
    assert_true(access_rules_merge(story.rules, &next));
    story_rules_changed();
    expect_message(1, ASAP_DEREGISTRATION_RESPONSE, 0);
    assert_int_equal(said.pe_identifier, 0x11);
    expect_audit(AUDIT_RULES_REMOVED);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 1);
    assert_int_equal(story.registrar->books.counters.rules_removed, 1);
}

static void the_sweep_takes_a_bounded_step_at_a_time(void **state)
{
    uint32_t steps = 0;
    uint32_t removed = 0;
    struct registrar_event event = {.kind = EVENT_RULES_CHANGED};

    (void)state;
    story_configuration()->channel_limits.registrations.burst = 0;
    story_configuration()->identity_limits.registrations.burst = 0;
    story_configuration()->elements_per_identity = 3000;
    story_open(1, ALICE);
    for (uint32_t pe = 1; pe <= 3000; pe++)
        story_join(1, "echo", pe);
    merge_without("alice");
    event.now = story.now;
    do {
        effects_clear(&story.effects);
        registrar_step(story.registrar, story.rules, &event, NULL, &story.effects);
        assert_true(story.effects.count <= EFFECTS_MAX);
        for (uint32_t i = 0; i < story.effects.count; i++)
            removed += story.effects.effect[i].code == AUDIT_RULES_REMOVED;
        steps++;
        event.kind = EVENT_TICK;
        assert_true(story.effects.more == registrar_sweeping(story.registrar));
    } while (story.effects.more);
    effects_clear(&story.effects);
    assert_int_equal(removed, 3000);
    assert_true(steps > 3000 / EFFECTS_MAX);
    assert_int_equal(story.registrar->handlespace.element_count, 0);
}

/* ---- Deadlines and rules while channels are lost again and again ---- */

#define CROWD 3000u /* more than two slices of a sweep */

/* Alice's crowd, whose keep-alives are due later than those of whoever registers after it. */
static void given_a_big_table(void)
{
    story_configuration()->channel_limits.registrations.burst = 0;
    story_configuration()->identity_limits.registrations.burst = 0;
    story_configuration()->elements_per_identity = CROWD + 1u;
    story.random = story_configuration()->keep_alive_interval;
    story_open(1, ALICE);
    for (uint32_t pe = 1; pe <= CROWD; pe++)
        story_join(1, "echo", pe);
    story.random = 0;
}

static void forget_effects(void)
{
    effects_clear(&story.effects);
    story.cursor = 0;
}

/* One event and no tick after it, whatever is left to do. */
static void only(uint8_t kind, uint32_t channel)
{
    struct registrar_event event = {.kind = kind, .channel = channel, .now = story.now};

    forget_effects();
    registrar_step(story.registrar, story.rules, &event, NULL, &story.effects);
}

/* Another channel is lost before the sweep for the last one is over, and then there is one tick: its effects are kept. */
static void lose_a_channel_and_tick(void)
{
    forget_effects();
    story_open(3, BOB);
    story_join(3, "echo", 0x7000);
    only(EVENT_CHANNEL_CLOSED, 3);
    assert_true(registrar_sweeping(story.registrar));
    only(EVENT_TICK, 0);
    assert_true(registrar_sweeping(story.registrar));
}

static void an_expiry_waits_for_one_slice_of_a_sweep_at_most(void **state)
{
    struct registration r = story_registration("echo", 0x6000);

    (void)state;
    given_a_big_table();
    story_open(2, BOB);
    r.life = 1;
    for (uint32_t round = 1; round <= 2; round++) {
        forget_effects();
        story_register(2, &r);
        expect_registered(2, "echo", 0x6000);
        story.now += 1000 + TIMER_WHEEL_TICK;
        lose_a_channel_and_tick();
        lose_a_channel_and_tick();
        assert_int_equal(story.registrar->books.counters.expirations, round);
        assert_int_equal(element_of("echo", 0x6000), HANDLESPACE_NONE);
        lose_a_channel_and_tick(); /* the next round begins with the other's turn */
    }
}

static void a_keep_alive_waits_for_one_slice_of_a_sweep_at_most(void **state)
{
    uint32_t asked = 0;

    (void)state;
    given_a_big_table();
    story_open(2, BOB);
    story_join(2, "echo", 0x6000);
    story.now += story.registrar->books.configuration.keep_alive_interval / 2 + TIMER_WHEEL_TICK;
    for (uint32_t tick = 0; tick < 2; tick++) {
        lose_a_channel_and_tick();
        if (story.effects.count > 0) {
            expect_keep_alive(2, "echo");
            expect_nothing();
            asked++;
        }
    }
    assert_int_equal(asked, 1);
}

/* Else whoever connects and goes away again keeps the registrar from taking the next change of its rules. */
static void changed_rules_are_applied_though_channels_are_lost_all_the_time(void **state)
{
    const uint32_t slices =
        REGISTRAR_CHANNELS_MAX / REGISTRAR_SWEEP_SLICE + CROWD / REGISTRAR_SWEEP_SLICE + 1u;
    uint32_t ticks = 0;

    (void)state;
    given_a_big_table();
    story_join(1, "calc", 0x12);
    merge_without("nobody");
    only(EVENT_RULES_CHANGED, 0);
    assert_true(registrar_applying_rules(story.registrar));
    for (; registrar_applying_rules(story.registrar); ticks++) {
        assert_true(ticks < 2u * slices);
        lose_a_channel_and_tick();
    }
    assert_true(ticks >= slices);
    assert_true(registrar_sweeping(story.registrar));
    assert_int_equal(story.registrar->books.counters.rules_removed, 1);
    assert_int_equal(element_of("calc", 0x12), HANDLESPACE_NONE);
    assert_int_equal(elements_in("echo"), CROWD + 1u);
}

/* ---- Names ---- */

static void every_number_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (uint16_t a = AUDIT_REGISTERED; a <= AUDIT_YIELDED; a++) {
        assert_string_not_equal(registrar_audit_name(a), "unknown");
        for (uint16_t b = AUDIT_REGISTERED; b < a; b++)
            assert_string_not_equal(registrar_audit_name(a), registrar_audit_name(b));
    }
    for (uint16_t a = CLOSE_MALFORMED; a <= CLOSE_ELEMENT_YIELDED; a++) {
        assert_string_not_equal(registrar_close_name(a), "unknown");
        for (uint16_t b = CLOSE_MALFORMED; b < a; b++)
            assert_string_not_equal(registrar_close_name(a), registrar_close_name(b));
    }
    assert_string_equal(registrar_audit_name(0), "unknown");
    assert_string_equal(registrar_audit_name(AUDIT_YIELDED + 1), "unknown");
    assert_string_equal(registrar_close_name(0), "unknown");
    assert_string_equal(registrar_close_name(UINT16_MAX), "unknown");
}

static void a_configuration_out_of_range_is_noticed(void **state)
{
    struct registrar_configuration *c = story_configuration();

    (void)state;
    assert_true(registrar_configuration_valid(c));
    c->server_identifier = 0;
    assert_false(registrar_configuration_valid(c));
    c->server_identifier = SERVER;
    c->handle_limit = POOL_HANDLE_MAX + 1;
    assert_false(registrar_configuration_valid(c));
    c->handle_limit = 1;
    c->resolution_maximum = REGISTRAR_RESOLUTION_MAX + 1;
    assert_false(registrar_configuration_valid(c));
    c->resolution_maximum = 1;
    c->channels_per_identity = 65536;
    assert_false(registrar_configuration_valid(c));
    c->channels_per_identity = 65535;
    c->identity_limits.reports.rate = RATE_LIMIT_MAX + 1;
    assert_false(registrar_configuration_valid(c));
    c->identity_limits.reports.rate = RATE_LIMIT_MAX;
    assert_true(registrar_configuration_valid(c));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, story_begin, story_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_identity_has_only_so_many_channels),
        CASE(anonymous_pool_users_have_only_so_many_channels),
        CASE(an_unknown_identity_is_turned_away),
        CASE(a_channel_opened_twice_is_dropped),
        CASE(events_of_impossible_channels_are_ignored),
        CASE(an_unknown_message_type_is_reported_if_it_asks_for_it),
        CASE(an_unknown_parameter_is_reported_and_the_request_answered),
        CASE(an_unknown_parameter_that_stops_is_reported_and_nothing_else_happens),
        CASE(an_error_is_never_answered_with_an_error),
        CASE(unknown_messages_are_limited_as_others_but_never_close_the_channel),
        CASE(too_many_malformed_messages_close_the_channel),
        CASE(messages_a_registrar_does_not_take_are_ignored),
        CASE(messages_beyond_the_limit_are_answered_with_lack_of_resources),
        CASE(registrations_beyond_the_limit_change_nothing),
        CASE(an_identity_does_not_gain_by_more_channels),
        CASE(an_identity_that_is_gone_loses_channels_and_elements),
        CASE(an_element_whose_pool_is_no_longer_allowed_is_removed_and_told),
        CASE(an_element_with_an_address_that_is_no_longer_granted_is_removed_and_told),
        CASE(the_sweep_takes_a_bounded_step_at_a_time),
        CASE(every_number_has_a_name_of_its_own),
        CASE(a_configuration_out_of_range_is_noticed),
        CASE(an_expiry_waits_for_one_slice_of_a_sweep_at_most),
        CASE(a_keep_alive_waits_for_one_slice_of_a_sweep_at_most),
        CASE(changed_rules_are_applied_though_channels_are_lost_all_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
