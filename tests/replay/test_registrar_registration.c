/* Registration and re-registration, told event by event (RFC 5352, 3.1, rules 1 to 5). */
#include "registrar_story.h"

static void first_registration_creates_the_pool(void **state)
{
    (void)state;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    assert_int_equal(elements_in("echo"), 1);
    assert_int_equal(story.registrar->books.counters.registrations, 1);
    assert_int_equal(story.registrar->books.account[ALICE].elements, 1);
}

static void the_stored_parameter_names_this_registrar_as_home(void **state)
{
    const struct handlespace *h = &story.registrar->handlespace;
    struct wire_pool_element stored;
    struct wire_unrecognized unknown = {0};
    struct wire_error error;
    uint32_t element;

    (void)state;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    element = element_of("echo", 0x11);
    assert_true(wire_pool_element_decode(h->parameter[element].bytes,
                                         h->element[element].parameter_length, 0, &stored, &unknown,
                                         &error));
    assert_int_equal(stored.home_enrp_server_identifier, SERVER);
    assert_int_equal(stored.pe_identifier, 0x11);
    assert_int_equal(stored.registration_life, 600);
    assert_int_equal(stored.user_transport.port, 8080);
    assert_int_equal(h->element[element].home, SERVER);
}

static void second_element_joins_the_pool(void **state)
{
    (void)state;
    story_open(1, ALICE);
    story_open(2, BOB);
    story_join(1, "echo", 0x11);
    story_join(2, "echo", 0x22);
    assert_int_equal(elements_in("echo"), 2);
    assert_int_equal(story.registrar->handlespace.pool_count, 1);
}

static void reregistration_replaces_attributes_and_moves_to_the_new_channel(void **state)
{
    struct registration again = story_registration("echo", 0x11);
    const struct handlespace *h = &story.registrar->handlespace;
    uint32_t element;

    (void)state;
    story_open(1, ALICE);
    story_open(2, ALICE);
    story_join(1, "echo", 0x11);
    element = element_of("echo", 0x11);
    story_wait(1000);
    again.port = 9090;
    again.life = 60;
    story_register(2, &again);
    expect_message(2, ASAP_REGISTRATION_RESPONSE, 0);
    expect_audit(AUDIT_REREGISTERED);
    expect_nothing();
    assert_int_equal(element_of("echo", 0x11), element);
    assert_int_equal(elements_in("echo"), 1);
    assert_int_equal(h->element[element].expiry, story.now + 60000);
    assert_int_equal(h->element[element].channel % REGISTRAR_CHANNELS_MAX, 2);
    assert_int_equal(story.registrar->books.counters.reregistrations, 1);
    assert_int_equal(story.registrar->books.account[ALICE].elements, 1);
}

/* The one element that a resolution of the pool lists. */
static struct wire_pool_element resolved(uint32_t channel, const char *handle)
{
    struct wire_iterator it;
    struct wire_pool_element element = {0};
    struct wire_pool_element another;

    story_resolve(channel, handle);
    expect_message(channel, ASAP_HANDLE_RESOLUTION_RESPONSE, 0);
    expect_no_cause();
    it = said.pool_elements;
    assert_true(wire_pool_element_next(said_bytes, said.length, &it, &element));
    assert_false(wire_pool_element_next(said_bytes, said.length, &it, &another));
    return element;
}

static void after_a_reregistration_the_new_attributes_are_resolved(void **state)
{
    struct registration again = story_registration("echo", 0x11);
    struct wire_pool_element element;

    (void)state;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    assert_int_equal(resolved(1, "echo").user_transport.port, 8080);
    again.port = 9090;
    again.life = 60;
    story_register(1, &again);
    expect_registered(1, "echo", 0x11);
    element = resolved(1, "echo");
    assert_int_equal(element.pe_identifier, 0x11);
    assert_int_equal(element.user_transport.port, 9090);
    assert_int_equal(element.registration_life, 60);
}

/* What every policy of RFC 5356 carries comes back as it was given: type and numbers. */
static void every_policy_is_kept_and_told(void **state)
{
    static const uint32_t policies[9] = {POLICY_ROUND_ROBIN,
                                         POLICY_WEIGHTED_ROUND_ROBIN,
                                         POLICY_RANDOM,
                                         POLICY_WEIGHTED_RANDOM,
                                         POLICY_PRIORITY,
                                         POLICY_LEAST_USED,
                                         POLICY_LEAST_USED_WITH_DEGRADATION,
                                         POLICY_PRIORITY_LEAST_USED,
                                         POLICY_RANDOMIZED_LEAST_USED};
    static const char *const pools[9] = {"echo1", "echo2", "echo3", "echo4", "echo5",
                                         "echo6", "echo7", "echo8", "echo9"};

    (void)state;
    story_open(1, ALICE);
    for (uint32_t i = 0; i < 9; i++) {
        struct registration r = story_registration(pools[i], 0x11);
        struct wire_pool_element element;

        r.policy = policies[i];
        r.policy_value[0] = 0x01020304u + i;
        r.policy_value[1] = 0x7fff0000u + i;
        story_register(1, &r);
        expect_registered(1, pools[i], 0x11);
        element = resolved(1, pools[i]);
        assert_true(said.has_policy);
        assert_int_equal(said.policy.type, policies[i]);
        assert_int_equal(element.policy.type, policies[i]);
        assert_int_equal(said.policy.value_count, wire_policy_value_count(policies[i]));
        assert_int_equal(element.policy.value_count, said.policy.value_count);
        assert_memory_equal(said.policy.value, r.policy_value, 4u * said.policy.value_count);
        assert_memory_equal(element.policy.value, r.policy_value, 4u * said.policy.value_count);
    }
    assert_int_equal(story.registrar->handlespace.pool_count, 9);
}

static void without_configuration_there_is_room_as_the_manual_says(void **state)
{
    struct registrar_configuration c;

    (void)state;
    registrar_configuration_defaults(&c);
    assert_int_equal(c.pool_capacity, 4096);
    assert_int_equal(c.element_capacity, 131072);
    assert_int_equal(c.handle_limit, 255);
    assert_false(registrar_configuration_valid(&c)); /* who it is must be chosen */
    c.server_identifier = SERVER;
    assert_true(registrar_configuration_valid(&c));
}

static void life_of_minus_one_never_expires(void **state)
{
    struct registration r = story_registration("echo", 0x11);

    (void)state;
    story_configuration()->keep_alive_interval = 0;
    r.life = -1;
    story_open(1, ALICE);
    story_register(1, &r);
    expect_registered(1, "echo", 0x11);
    story_wait(UINT64_C(1000) * 3600 * 24 * 365);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 1);
}

static void reject(const struct registration *r, uint16_t cause, uint16_t audit)
{
    char *before;

    before = handlespace_dump();
    story_register(1, r);
    expect_rejected(1, cause, audit);
    expect_nothing();
    expect_same_handlespace(before);
}

static void invalid_values_are_rejected_with_the_offending_parameter(void **state)
{
    struct registration r = story_registration("echo", 0x11);

    (void)state;
    story_open(1, ALICE);
    r.life = 0;
    reject(&r, CAUSE_INVALID_VALUES, AUDIT_REGISTRATION_REJECTED);
    assert_int_equal(wire_get_u16(said_bytes + cause_information().offset), PARAMETER_POOL_ELEMENT);
    r.life = -2;
    reject(&r, CAUSE_INVALID_VALUES, AUDIT_REGISTRATION_REJECTED);
    r.life = INT32_MIN;
    reject(&r, CAUSE_INVALID_VALUES, AUDIT_REGISTRATION_REJECTED);
    r = story_registration("echo", 0);
    reject(&r, CAUSE_INVALID_VALUES, AUDIT_REGISTRATION_REJECTED);
}

static void pool_handle_longer_than_configured_is_rejected(void **state)
{
    struct registration r = story_registration("echo-handle-of-17", 0x11);

    (void)state;
    story_configuration()->handle_limit = 16;
    story_open(1, ALICE);
    reject(&r, CAUSE_INVALID_VALUES, AUDIT_HANDLE_REFUSED);
    assert_int_equal(wire_get_u16(said_bytes + cause_information().offset), PARAMETER_POOL_HANDLE);
    assert_int_equal(cause_information().length, 4 + 17);
    r.handle = "";
    reject(&r, CAUSE_INVALID_VALUES, AUDIT_HANDLE_REFUSED);
    story_join(1, "echo-handle-of16", 0x11);
}

static void other_policy_type_than_the_pools_is_rejected_with_the_pools(void **state)
{
    struct registration r = story_registration("echo", 0x22);

    (void)state;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    r.policy = POLICY_WEIGHTED_ROUND_ROBIN;
    reject(&r, CAUSE_INCONSISTENT_POOLING_POLICY, AUDIT_REGISTRATION_REJECTED);
    assert_int_equal(wire_get_u16(said_bytes + cause_information().offset), PARAMETER_POLICY);
    assert_int_equal(wire_get_u32(said_bytes + cause_information().offset + 4), POLICY_ROUND_ROBIN);
}

static void reregistration_with_another_policy_type_is_rejected_too(void **state)
{
    struct registration r = story_registration("echo", 0x11);

    (void)state;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    r.policy = POLICY_RANDOM;
    reject(&r, CAUSE_INCONSISTENT_POOLING_POLICY, AUDIT_REGISTRATION_REJECTED);
}

static void other_transport_type_than_the_pools_is_rejected_with_the_pools(void **state)
{
    struct registration r = story_registration("echo", 0x22);

    (void)state;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    r.transport_type = PARAMETER_UDP_TRANSPORT;
    reject(&r, CAUSE_INCONSISTENT_TRANSPORT_TYPE, AUDIT_REGISTRATION_REJECTED);
    assert_int_equal(wire_get_u16(said_bytes + cause_information().offset),
                     PARAMETER_TCP_TRANSPORT);
}

static void other_transport_use_than_the_pools_is_rejected(void **state)
{
    struct registration r = story_registration("echo", 0x11);

    (void)state;
    story_open(1, ALICE);
    r.transport_type = PARAMETER_SCTP_TRANSPORT;
    r.use = TRANSPORT_USE_DATA_ONLY;
    story_register(1, &r);
    expect_registered(1, "echo", 0x11);
    r.pe_identifier = 0x22;
    r.use = TRANSPORT_USE_DATA_PLUS_CONTROL;
    reject(&r, CAUSE_INCONSISTENT_DATA_CONTROL_CONFIGURATION, AUDIT_REGISTRATION_REJECTED);
}

static void no_room_for_another_element_is_lack_of_resources(void **state)
{
    struct registration r = story_registration("echo", 0x33);

    (void)state;
    story_configuration()->element_capacity = 2;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    story_join(1, "echo", 0x22);
    reject(&r, CAUSE_LACK_OF_RESOURCES, AUDIT_REGISTRATION_REJECTED);
}

static void no_room_for_another_pool_is_lack_of_resources(void **state)
{
    struct registration r = story_registration("echo-2", 0x11);

    (void)state;
    story_configuration()->pool_capacity = 1;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    reject(&r, CAUSE_LACK_OF_RESOURCES, AUDIT_REGISTRATION_REJECTED);
}

static void an_identity_has_only_so_many_elements(void **state)
{
    struct registration r = story_registration("echo", 0x33);

    (void)state;
    story_configuration()->elements_per_identity = 2;
    story_open(1, ALICE);
    story_open(2, BOB);
    story_join(1, "echo", 0x11);
    story_join(1, "echo", 0x22);
    reject(&r, CAUSE_LACK_OF_RESOURCES, AUDIT_REGISTRATION_REJECTED);
    story_join(1, "echo", 0x22);
    story_join(2, "echo", 0x33);
}

static void an_address_of_the_connection_or_a_granted_one_is_accepted(void **state)
{
    struct registration r = story_registration("echo", 0x11);
    struct ip_address granted = {.size = 4};

    (void)state;
    memcpy(granted.bytes, ADDRESS_B, 4);
    assert_true(access_grant_address(story.rules, ALICE, &granted));
    story_open(1, ALICE);
    r.address = ADDRESS_B;
    story_register(1, &r);
    expect_registered(1, "echo", 0x11);
}

static void the_encoded_parameter_has_a_bound(void **state)
{
    uint8_t bytes[2048];
    uint8_t address[4] = {192, 0, 2, 1};
    uint32_t at;
    uint32_t element;
    uint32_t transport;
    char *before;

    (void)state;
    story_open(1, ALICE);
    before = handlespace_dump();
    at = wire_begin_message(bytes, sizeof bytes, ASAP_REGISTRATION, 0);
    at = wire_put_pool_handle(bytes, sizeof bytes, at, (const uint8_t *)"echo", 4);
    element = at;
    at = wire_begin_parameter(bytes, sizeof bytes, at, PARAMETER_POOL_ELEMENT);
    at = wire_put_word(bytes, sizeof bytes, at, 0x11);
    at = wire_put_word(bytes, sizeof bytes, at, 0);
    at = wire_put_word(bytes, sizeof bytes, at, 600);
    transport = at;
    at = wire_begin_parameter(bytes, sizeof bytes, at, PARAMETER_SCTP_TRANSPORT);
    at = wire_put_halves(bytes, sizeof bytes, at, 8080, 0);
    for (int i = 0; i < 40; i++)
        at = wire_put_parameter(bytes, sizeof bytes, at, PARAMETER_IPV4_ADDRESS, address, 4);
    at = wire_end_parameter(bytes, sizeof bytes, transport, at);
    at =
        wire_put_policy(bytes, sizeof bytes, at, &(struct wire_policy){.type = POLICY_ROUND_ROBIN});
    at = wire_end_parameter(bytes, sizeof bytes, element, at);
    at = wire_end_message(bytes, sizeof bytes, at);
    assert_int_not_equal(at, WIRE_FULL);
    story_message(1, bytes, at);
    expect_rejected(1, CAUSE_LACK_OF_RESOURCES, AUDIT_REGISTRATION_REJECTED);
    expect_nothing();
    expect_same_handlespace(before);
}

static void join_with_use(struct registration *r, uint32_t pe_identifier, uint16_t use)
{
    r->pe_identifier = pe_identifier;
    r->use = use;
    story_register(1, r);
    expect_registered(1, r->handle, pe_identifier);
    expect_nothing();
}

/* RFC 5354, 3.3 to 3.7: only SCTP has a Transport Use; rsplib fills the bits that the others reserve. */
static void reserved_bits_of_a_tcp_transport_are_no_transport_use(void **state)
{
    struct registration r = story_registration("echo", 0x11);

    (void)state;
    story_open(1, ALICE);
    join_with_use(&r, 0x11, 1);
    join_with_use(&r, 0x22, 0);
    join_with_use(&r, 0x33, UINT16_MAX);
    join_with_use(&r, 0x22, 1);
    assert_int_equal(elements_in("echo"), 3);
    assert_int_equal(story.registrar->handlespace.pool_count, 1);
}

static void the_transport_use_of_an_sctp_pool_stays_what_its_first_element_said(void **state)
{
    struct registration r = story_registration("echo", 0x11);

    (void)state;
    story_open(1, ALICE);
    r.transport_type = PARAMETER_SCTP_TRANSPORT;
    join_with_use(&r, 0x11, TRANSPORT_USE_DATA_PLUS_CONTROL);
    join_with_use(&r, 0x22, TRANSPORT_USE_DATA_PLUS_CONTROL);
    r.use = TRANSPORT_USE_DATA_ONLY;
    reject(&r, CAUSE_INCONSISTENT_DATA_CONTROL_CONFIGURATION, AUDIT_REGISTRATION_REJECTED);
    r.pe_identifier = 0x33;
    reject(&r, CAUSE_INCONSISTENT_DATA_CONTROL_CONFIGURATION, AUDIT_REGISTRATION_REJECTED);
    assert_int_equal(elements_in("echo"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(first_registration_creates_the_pool, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(the_stored_parameter_names_this_registrar_as_home,
                                        story_begin, story_end),
        cmocka_unit_test_setup_teardown(second_element_joins_the_pool, story_begin, story_end),
        cmocka_unit_test_setup_teardown(
            reregistration_replaces_attributes_and_moves_to_the_new_channel, story_begin,
            story_end),
        cmocka_unit_test_setup_teardown(after_a_reregistration_the_new_attributes_are_resolved,
                                        story_begin, story_end),
        cmocka_unit_test_setup_teardown(every_policy_is_kept_and_told, story_begin, story_end),
        cmocka_unit_test_setup_teardown(without_configuration_there_is_room_as_the_manual_says,
                                        story_begin, story_end),
        cmocka_unit_test_setup_teardown(life_of_minus_one_never_expires, story_begin, story_end),
        cmocka_unit_test_setup_teardown(invalid_values_are_rejected_with_the_offending_parameter,
                                        story_begin, story_end),
        cmocka_unit_test_setup_teardown(pool_handle_longer_than_configured_is_rejected, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(other_policy_type_than_the_pools_is_rejected_with_the_pools,
                                        story_begin, story_end),
        cmocka_unit_test_setup_teardown(reregistration_with_another_policy_type_is_rejected_too,
                                        story_begin, story_end),
        cmocka_unit_test_setup_teardown(
            other_transport_type_than_the_pools_is_rejected_with_the_pools, story_begin, story_end),
        cmocka_unit_test_setup_teardown(other_transport_use_than_the_pools_is_rejected, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(no_room_for_another_element_is_lack_of_resources,
                                        story_begin, story_end),
        cmocka_unit_test_setup_teardown(no_room_for_another_pool_is_lack_of_resources, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(an_identity_has_only_so_many_elements, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(an_address_of_the_connection_or_a_granted_one_is_accepted,
                                        story_begin, story_end),
        cmocka_unit_test_setup_teardown(the_encoded_parameter_has_a_bound, story_begin, story_end),
        cmocka_unit_test_setup_teardown(reserved_bits_of_a_tcp_transport_are_no_transport_use,
                                        story_begin, story_end),
        cmocka_unit_test_setup_teardown(
            the_transport_use_of_an_sctp_pool_stays_what_its_first_element_said, story_begin,
            story_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
