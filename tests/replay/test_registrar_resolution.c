/* Handle resolution, told event by event (RFC 5352, 3.3). */
#include "registrar_story.h"

/* The PE identifiers of the response in `said`, in order; returns how many. */
static uint32_t listed(uint32_t identifiers[], uint32_t most)
{
    struct wire_iterator it = said.pool_elements;
    struct wire_pool_element element;
    uint32_t count = 0;

    while (wire_pool_element_next(said_bytes, said.length, &it, &element)) {
        assert_true(count < most);
        assert_int_equal(element.home_enrp_server_identifier, SERVER);
        identifiers[count++] = element.pe_identifier;
    }
    return count;
}

static void resolve(uint32_t channel, const char *handle)
{
    story_resolve(channel, handle);
    expect_message(channel, ASAP_HANDLE_RESOLUTION_RESPONSE, 0);
    expect_no_cause();
    expect_nothing();
}

static void all_elements_are_listed_with_the_policy(void **state)
{
    uint32_t pe[4];

    (void)state;
    story_open(1, ALICE);
    story_open(3, CAROL);
    story_join(1, "echo", 0x11);
    story_join(1, "echo", 0x22);
    resolve(3, "echo");
    assert_int_equal(listed(pe, 4), 2);
    assert_true(said.has_policy);
    assert_int_equal(said.policy.type, POLICY_ROUND_ROBIN);
    assert_int_equal(story.registrar->books.counters.resolutions, 1);
}

static void each_resolution_begins_one_element_further(void **state)
{
    uint32_t pe[4];
    static const uint32_t first[4] = {0x11, 0x22, 0x33, 0x11};

    (void)state;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    story_join(1, "echo", 0x22);
    story_join(1, "echo", 0x33);
    for (uint32_t i = 0; i < 4; i++) {
        resolve(1, "echo");
        assert_int_equal(listed(pe, 4), 3);
        assert_int_equal(pe[0], first[i]);
        assert_int_equal(pe[1], first[(i + 1) % 3]);
        assert_int_equal(pe[2], first[(i + 2) % 3]);
    }
}

static void a_response_has_at_most_the_configured_elements(void **state)
{
    uint32_t pe[4];

    (void)state;
    story_configuration()->resolution_maximum = 3;
    story_open(1, ALICE);
    for (uint32_t i = 1; i <= 10; i++)
        story_join(1, "echo", i);
    resolve(1, "echo");
    assert_int_equal(listed(pe, 4), 3);
}

static void a_response_never_exceeds_the_message_length(void **state)
{
    uint32_t pe[1024];
    uint32_t count;
    struct wire_iterator it;
    struct wire_pool_element element;
    uint8_t bytes[1024];
    uint32_t length;

    (void)state;
    story_configuration()->resolution_maximum = REGISTRAR_RESOLUTION_MAX;
    story_configuration()->elements_per_identity = 2000;
    story_configuration()->channel_limits.registrations.burst = 0;
    story_configuration()->identity_limits.registrations.burst = 0;
    story_open(1, ALICE);
    for (uint32_t i = 1; i <= 1500; i++) {
        /* Six addresses more in each transport: 100 bytes an element, so that 65,535 bytes are not enough. */
        uint32_t at = wire_begin_message(bytes, sizeof bytes, ASAP_REGISTRATION, 0);
        uint32_t start;
        uint32_t transport;

        at = wire_put_pool_handle(bytes, sizeof bytes, at, (const uint8_t *)"echo", 4);
        start = at;
        at = wire_begin_parameter(bytes, sizeof bytes, at, PARAMETER_POOL_ELEMENT);
        at = wire_put_word(bytes, sizeof bytes, at, i);
        at = wire_put_word(bytes, sizeof bytes, at, 0);
        at = wire_put_word(bytes, sizeof bytes, at, 600);
        transport = at;
        at = wire_begin_parameter(bytes, sizeof bytes, at, PARAMETER_SCTP_TRANSPORT);
        at = wire_put_halves(bytes, sizeof bytes, at, 8080, 0);
        for (int a = 0; a < 7; a++)
            at = wire_put_parameter(bytes, sizeof bytes, at, PARAMETER_IPV4_ADDRESS,
                                    (const uint8_t *)ADDRESS_A, 4);
        at = wire_end_parameter(bytes, sizeof bytes, transport, at);
        at = wire_put_policy(bytes, sizeof bytes, at,
                             &(struct wire_policy){.type = POLICY_ROUND_ROBIN});
        at = wire_end_parameter(bytes, sizeof bytes, start, at);
        length = wire_end_message(bytes, sizeof bytes, at);
        assert_int_not_equal(length, WIRE_FULL);
        story_message(1, bytes, length);
        expect_registered(1, "echo", i);
    }
    resolve(1, "echo");
    count = listed(pe, 1024);
    assert_true(count > 600 && count < 1024);
    assert_true(said.length <= 65535);
    it = said.pool_elements;
    assert_true(wire_pool_element_next(said_bytes, said.length, &it, &element));
    assert_true(said.length + wire_padded(element.tlv.length) > 65528);
}

static void an_unknown_pool_is_said_to_be_unknown(void **state)
{
    (void)state;
    story_open(3, CAROL);
    story_resolve(3, "echo");
    expect_message(3, ASAP_HANDLE_RESOLUTION_RESPONSE, 0);
    expect_cause(CAUSE_UNKNOWN_POOL_HANDLE);
    assert_false(said.has_policy);
    assert_false(said.has_pool_element);
    expect_nothing();
    assert_int_equal(story.registrar->books.counters.resolutions_rejected, 1);
}

static void a_handle_too_long_is_an_invalid_value(void **state)
{
    (void)state;
    story_configuration()->handle_limit = 4;
    story_open(3, CAROL);
    story_resolve(3, "echo1");
    expect_message(3, ASAP_HANDLE_RESOLUTION_RESPONSE, 0);
    expect_cause(CAUSE_INVALID_VALUES);
    expect_audit(AUDIT_HANDLE_REFUSED);
}

static void dynamic_updates_are_asked_for_in_vain(void **state)
{
    uint8_t bytes[1024];
    uint32_t length =
        compose_named(bytes, ASAP_HANDLE_RESOLUTION, ASAP_FLAG_SUBSCRIBE, "echo", 4, 0);

    (void)state;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    story_message(1, bytes, length);
    expect_message(1, ASAP_HANDLE_RESOLUTION_RESPONSE, 0);
    expect_no_cause();
}

static void an_anonymous_pool_user_may_resolve_if_the_rules_say_so(void **state)
{
    (void)state;
    story_open(1, ALICE);
    story_open(4, NOBODY);
    story_join(1, "echo", 0x11);
    resolve(4, "echo");
    story.rules->anonymous_roles = 0;
    story_resolve(4, "echo");
    expect_message(4, ASAP_HANDLE_RESOLUTION_RESPONSE, 0);
    expect_cause(CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS);
    expect_audit(AUDIT_ROLE_REFUSED);
}

static void a_resolution_changes_nothing_but_whose_turn_it_is(void **state)
{
    char *before;

    (void)state;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    before = handlespace_dump();
    resolve(1, "echo");
    expect_same_handlespace(before);
}

/* A pool handle so long that a response cannot say it back with an error still gets its cause. */
static void a_handle_too_long_to_be_said_back_gets_an_error(void **state)
{
    static uint8_t bytes[65536];
    static uint8_t handle[65527];
    uint32_t at = wire_begin_message(bytes, sizeof bytes, ASAP_HANDLE_RESOLUTION, 0);

    (void)state;
    at = wire_put_pool_handle(bytes, sizeof bytes, at, handle, sizeof handle);
    at = wire_end_message(bytes, sizeof bytes, at);
    assert_int_not_equal(at, WIRE_FULL);
    story_open(3, CAROL);
    story_message(3, bytes, at);
    expect_message(3, ASAP_ERROR, 0);
    expect_cause(CAUSE_INVALID_VALUES);
    expect_audit(AUDIT_HANDLE_REFUSED);
    expect_nothing();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_elements_are_listed_with_the_policy, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(each_resolution_begins_one_element_further, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(a_response_has_at_most_the_configured_elements, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(a_response_never_exceeds_the_message_length, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(an_unknown_pool_is_said_to_be_unknown, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(a_handle_too_long_is_an_invalid_value, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(dynamic_updates_are_asked_for_in_vain, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(an_anonymous_pool_user_may_resolve_if_the_rules_say_so,
                                        story_begin, story_end),
        cmocka_unit_test_setup_teardown(a_resolution_changes_nothing_but_whose_turn_it_is,
                                        story_begin, story_end),
        cmocka_unit_test_setup_teardown(a_handle_too_long_to_be_said_back_gets_an_error,
                                        story_begin, story_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
