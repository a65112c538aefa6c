/* A pool element's life, told event by event (RFC 5352, 3.1, 3.2, 3.4). */
#include "endpoint_stage.h"

static void join(void)
{
    stage_settle_home();
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_REGISTRATION);
    registrar_answers(0, ASAP_REGISTRATION_RESPONSE, 0, NO_CAUSE);
    client_notifies(PE_NOTIFY_REGISTERED, NO_CAUSE);
    client_is_quiet();
}

static void registration_waits_for_a_home_and_carries_the_description(void **state)
{
    struct wire_iterator left;
    struct ip_address address;

    (void)state;
    stage_pool_element(3);
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    assert_int_equal(client_did(EFFECT_SEND), 0);
    stage_event(ENDPOINT_CHANNEL_OPENED, 2);
    client_closes(0, ENDPOINT_CLOSE_SUPERSEDED);
    client_closes(1, ENDPOINT_CLOSE_SUPERSEDED);
    client_notifies(PE_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_says(2, ASAP_REGISTRATION);
    assert_int_equal(stage.said.pool_handle.length, 4);
    assert_memory_equal(stage.said_bytes + stage.said.pool_handle.offset, POOL, 4);
    assert_int_equal(stage.said.pool_element.pe_identifier, ELEMENT);
    assert_int_equal(stage.said.pool_element.home_enrp_server_identifier, 0);
    assert_int_equal(stage.said.pool_element.registration_life, 300);
    assert_int_equal(stage.said.pool_element.user_transport.type, PARAMETER_TCP_TRANSPORT);
    assert_int_equal(stage.said.pool_element.user_transport.port, 8080);
    assert_int_equal(stage.said.pool_element.policy.type, POLICY_ROUND_ROBIN);
    assert_int_equal(stage.said.pool_element.has_asap_transport, 0);
    wire_iterate(&stage.said.pool_element.user_transport.addresses, &left);
    assert_true(wire_address_next(stage.said_bytes, stage.said.length, &left, &address));
    assert_memory_equal(address.bytes, "\xc0\x00\x02\x01", 4);
    assert_false(wire_address_next(stage.said_bytes, stage.said.length, &left, &address));
    client_is_quiet();
    assert_int_equal(stage.element->phase, PE_REGISTERING);
}

static void a_multihomed_sctp_element_with_a_weighted_policy_is_described(void **state)
{
    struct pool_element_description d = stage_description();
    struct wire_iterator left;
    struct ip_address address;
    uint32_t count = 0;

    (void)state;
    stage_pool_element(1);
    d.transport_type = PARAMETER_SCTP_TRANSPORT;
    d.transport_use = TRANSPORT_USE_DATA_PLUS_CONTROL;
    d.address_count = PE_ADDRESSES_MAX;
    for (uint32_t i = 0; i < PE_ADDRESSES_MAX; i++) {
        d.address[i].size = i % 2 == 0 ? 4 : 16;
        d.address[i].bytes[3] = (uint8_t)i;
    }
    d.policy_type = POLICY_WEIGHTED_ROUND_ROBIN;
    d.policy_value_count = 1;
    d.policy_value[0] = 77;
    d.registration_life = PE_LIFETIME_INFINITE;
    assert_true(pool_element_endpoint_describe(stage.element, &d));
    stage_settle_home();
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_REGISTRATION);
    assert_int_equal(stage.said.pool_element.user_transport.type, PARAMETER_SCTP_TRANSPORT);
    assert_int_equal(stage.said.pool_element.user_transport.use, 1);
    assert_int_equal(stage.said.pool_element.registration_life, -1);
    assert_int_equal(stage.said.pool_element.policy.type, POLICY_WEIGHTED_ROUND_ROBIN);
    assert_int_equal(stage.said.pool_element.policy.value[0], 77);
    wire_iterate(&stage.said.pool_element.user_transport.addresses, &left);
    while (wire_address_next(stage.said_bytes, stage.said.length, &left, &address)) {
        assert_int_equal(address.size, count % 2 == 0 ? 4 : 16);
        assert_int_equal(address.bytes[3], count);
        count++;
    }
    assert_int_equal(count, PE_ADDRESSES_MAX);
}

static void an_identifier_is_drawn_once_and_kept(void **state)
{
    struct pool_element_description d = stage_description();

    (void)state;
    stage_pool_element(1);
    stage.element->description.pe_identifier = 0;
    stage_settle_home();
    stage.random = 0xabcdef;
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_REGISTRATION);
    assert_int_equal(stage.said.pool_element.pe_identifier, 0xabcdef + 1);
    d.pe_identifier = 0;
    assert_true(pool_element_endpoint_describe(stage.element, &d));
    stage.random = 99;
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_REGISTRATION);
    assert_int_equal(stage.said.pool_element.pe_identifier, 0xabcdef + 1);
}

static void t4_registers_again_well_within_the_lifetime(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    stage_wait(279999);
    client_is_quiet();
    stage_wait(1);
    client_says(0, ASAP_REGISTRATION);
    registrar_answers(0, ASAP_REGISTRATION_RESPONSE, 0, NO_CAUSE);
    client_notifies(PE_NOTIFY_REGISTERED, NO_CAUSE);
    stage_wait(279999);
    client_is_quiet();
    stage_wait(1);
    client_says(0, ASAP_REGISTRATION);
}

static void t4_is_ten_minutes_at_most_and_sensible_for_short_lifetimes(void **state)
{
    struct pool_element_configuration c;

    (void)state;
    pool_element_endpoint_defaults(&c, 1);
    assert_int_equal(pool_element_t4_ms(&c, PE_LIFETIME_INFINITE), 600000);
    assert_int_equal(pool_element_t4_ms(&c, INT32_MAX), 600000);
    assert_int_equal(pool_element_t4_ms(&c, 3600), 600000);
    assert_int_equal(pool_element_t4_ms(&c, 620), 600000);
    assert_int_equal(pool_element_t4_ms(&c, 619), 599000);
    assert_int_equal(pool_element_t4_ms(&c, 60), 40000);
    assert_int_equal(pool_element_t4_ms(&c, 40), 20000);
    assert_int_equal(pool_element_t4_ms(&c, 39), 19500);
    assert_int_equal(pool_element_t4_ms(&c, 10), 5000);
    assert_int_equal(pool_element_t4_ms(&c, 1), 500);
    c.t4_margin_ms = 0;
    assert_int_equal(pool_element_t4_ms(&c, 1), 999);
}

static void an_unanswered_registration_hunts_and_registers_elsewhere(void **state)
{
    (void)state;
    stage_pool_element(6);
    stage_settle_home();
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_REGISTRATION);
    stage_wait(29999);
    client_is_quiet();
    stage_wait(1);
    client_closes(0, ENDPOINT_CLOSE_UNANSWERED);
    client_notifies(PE_NOTIFY_HOME_LOST, NO_CAUSE);
    client_connects(0, 3);
    client_connects(1, 4);
    client_connects(2, 5);
    client_is_quiet();
    stage_event(ENDPOINT_CHANNEL_OPENED, 1);
    client_closes(0, ENDPOINT_CLOSE_SUPERSEDED);
    client_closes(2, ENDPOINT_CLOSE_SUPERSEDED);
    client_notifies(PE_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_says(1, ASAP_REGISTRATION);
    client_is_quiet();
}

static void after_max_reg_attempt_it_gives_up_until_told_again(void **state)
{
    (void)state;
    stage_pool_element(1);
    stage_settle_home();
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_REGISTRATION);
    stage_wait(30000 + T5_SERVERHUNT_DEFAULT_MS);
    (void)client_did(EFFECT_CONNECT);
    stage_event(ENDPOINT_CHANNEL_OPENED, 0);
    client_notifies(PE_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_says(0, ASAP_REGISTRATION);
    stage_wait(30000);
    client_closes(0, ENDPOINT_CLOSE_UNANSWERED);
    client_notifies(PE_NOTIFY_HOME_LOST, NO_CAUSE);
    client_notifies(PE_NOTIFY_UNANSWERED, NO_CAUSE);
    stage_wait(20000);
    assert_int_equal(client_did(EFFECT_SEND), 0);
    assert_int_equal(stage.element->phase, PE_IDLE);
    stage_event(ENDPOINT_CHANNEL_OPENED, 0);
    client_notifies(PE_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_is_quiet();
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_REGISTRATION);
}

static void connections_lost_while_registering_count_as_attempts(void **state)
{
    (void)state;
    stage_pool_element(1);
    stage_settle_home();
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_REGISTRATION);
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    stage_wait(T5_SERVERHUNT_DEFAULT_MS);
    (void)client_did(EFFECT_CONNECT);
    stage_event(ENDPOINT_CHANNEL_OPENED, 0);
    client_notifies(PE_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_says(0, ASAP_REGISTRATION);
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    stage_wait(2 * T5_SERVERHUNT_DEFAULT_MS);
    (void)client_did(EFFECT_CONNECT);
    stage_event(ENDPOINT_CHANNEL_OPENED, 0);
    client_notifies(PE_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_notifies(PE_NOTIFY_UNANSWERED, NO_CAUSE);
    client_is_quiet();
}

static void a_rejected_registration_is_reported_with_its_cause_and_never_repeated(void **state)
{
    (void)state;
    stage_pool_element(3);
    stage_settle_home();
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_REGISTRATION);
    registrar_answers(0, ASAP_REGISTRATION_RESPONSE, ASAP_FLAG_REJECT,
                      CAUSE_INCONSISTENT_TRANSPORT_TYPE);
    client_notifies(PE_NOTIFY_REJECTED, CAUSE_INCONSISTENT_TRANSPORT_TYPE);
    assert_int_equal(stage.element->phase, PE_IDLE);
    stage_wait(86400000);
    client_is_quiet();
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    stage_wait(0);
    stage_event(ENDPOINT_CHANNEL_OPENED, 0);
    assert_int_equal(client_did(EFFECT_SEND), 0);
    registrar_answers(0, ASAP_DEREGISTRATION_RESPONSE, 0, NO_CAUSE);
    registrar_answers(0, ASAP_REGISTRATION_RESPONSE, 0, NO_CAUSE);
    registrar_keeps_alive(0, OTHER_SERVER, ASAP_FLAG_HOME, POOL);
    client_is_quiet();
    assert_int_equal(stage.element->registrations, 1);
}

static void a_rejection_without_a_cause_says_so(void **state)
{
    (void)state;
    stage_pool_element(1);
    stage_settle_home();
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_REGISTRATION);
    registrar_answers(0, ASAP_REGISTRATION_RESPONSE, ASAP_FLAG_REJECT, NO_CAUSE);
    client_notifies(PE_NOTIFY_REJECTED, NO_CAUSE);
}

static void a_rejected_reregistration_ends_the_registration(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_REGISTRATION);
    registrar_answers(0, ASAP_REGISTRATION_RESPONSE, ASAP_FLAG_REJECT,
                      CAUSE_INCONSISTENT_POOLING_POLICY);
    client_notifies(PE_NOTIFY_REJECTED, CAUSE_INCONSISTENT_POOLING_POLICY);
    stage_wait(86400000);
    client_is_quiet();
}

static void a_warning_comes_with_the_acceptance(void **state)
{
    (void)state;
    stage_pool_element(1);
    stage_settle_home();
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_REGISTRATION);
    registrar_answers(0, ASAP_REGISTRATION_RESPONSE, 0, CAUSE_INVALID_VALUES);
    client_notifies(PE_NOTIFY_REGISTERED, CAUSE_INVALID_VALUES);
    assert_int_equal(stage.element->phase, PE_REGISTERED);
}

static void a_new_policy_value_is_registered_at_once(void **state)
{
    struct pool_element_description d = stage_description();

    (void)state;
    stage_pool_element(1);
    join();
    d.policy_type = POLICY_LEAST_USED;
    d.policy_value_count = 1;
    d.policy_value[0] = 0x80000000u;
    assert_true(pool_element_endpoint_describe(stage.element, &d));
    client_is_quiet();
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_REGISTRATION);
    assert_int_equal(stage.said.pool_element.policy.type, POLICY_LEAST_USED);
    assert_int_equal(stage.said.pool_element.policy.value[0], 0x80000000u);
    assert_int_equal(stage.said.pool_element.pe_identifier, ELEMENT);
}

static void loss_of_the_home_registers_with_the_next_one(void **state)
{
    (void)state;
    stage_pool_element(4);
    join();
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    client_notifies(PE_NOTIFY_HOME_LOST, NO_CAUSE);
    stage_wait(0);
    client_connects(0, 3);
    client_connects(1, 0);
    client_connects(2, 1);
    stage_event(ENDPOINT_CHANNEL_OPENED, 2);
    client_closes(0, ENDPOINT_CLOSE_SUPERSEDED);
    client_closes(1, ENDPOINT_CLOSE_SUPERSEDED);
    client_notifies(PE_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_says(2, ASAP_REGISTRATION);
    registrar_answers(2, ASAP_REGISTRATION_RESPONSE, 0, NO_CAUSE);
    client_notifies(PE_NOTIFY_REGISTERED, NO_CAUSE);
}

static void deregistration_is_sent_and_confirmed(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    stage_event(ENDPOINT_DEREGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_DEREGISTRATION);
    assert_int_equal(stage.said.pe_identifier, ELEMENT);
    assert_memory_equal(stage.said_bytes + stage.said.pool_handle.offset, POOL, 4);
    stage_event(ENDPOINT_DEREGISTER, ENDPOINT_NONE);
    client_is_quiet();
    registrar_answers(0, ASAP_DEREGISTRATION_RESPONSE, 0, NO_CAUSE);
    client_notifies(PE_NOTIFY_DEREGISTERED, NO_CAUSE);
    stage_wait(86400000);
    client_is_quiet();
}

static void a_rejected_deregistration_is_reported(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    stage_event(ENDPOINT_DEREGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_DEREGISTRATION);
    registrar_answers(0, ASAP_DEREGISTRATION_RESPONSE, 0,
                      CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS);
    client_notifies(PE_NOTIFY_DEREGISTRATION_REJECTED,
                    CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS);
}

static void t3_hunts_repeats_the_deregistration_and_then_gives_up(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    stage_event(ENDPOINT_DEREGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_DEREGISTRATION);
    stage_wait(29999);
    client_is_quiet();
    stage_wait(1);
    client_closes(0, ENDPOINT_CLOSE_UNANSWERED);
    client_notifies(PE_NOTIFY_HOME_LOST, NO_CAUSE);
    client_connects(0, 0);
    stage_event(ENDPOINT_CHANNEL_OPENED, 0);
    client_notifies(PE_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_says(0, ASAP_DEREGISTRATION);
    stage_wait(30000);
    client_closes(0, ENDPOINT_CLOSE_UNANSWERED);
    client_notifies(PE_NOTIFY_HOME_LOST, NO_CAUSE);
    client_notifies(PE_NOTIFY_DEREGISTRATION_UNANSWERED, NO_CAUSE);
}

static void deregistration_without_a_home_waits_for_one(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    stage_event(ENDPOINT_DEREGISTER, ENDPOINT_NONE);
    stage_wait(0);
    assert_int_equal(client_did(EFFECT_SEND), 0);
    stage_event(ENDPOINT_CHANNEL_OPENED, 0);
    client_notifies(PE_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_says(0, ASAP_DEREGISTRATION);
}

static void what_never_was_registered_has_left_already(void **state)
{
    (void)state;
    stage_pool_element(1);
    stage_event(ENDPOINT_DEREGISTER, ENDPOINT_NONE);
    client_notifies(PE_NOTIFY_DEREGISTERED, NO_CAUSE);
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_connects(0, 0);
    stage_event(ENDPOINT_DEREGISTER, ENDPOINT_NONE);
    client_notifies(PE_NOTIFY_DEREGISTERED, NO_CAUSE);
    stage_event(ENDPOINT_CHANNEL_OPENED, 0);
    client_notifies(PE_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_is_quiet();
}

static void an_expired_registration_is_made_again(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    registrar_answers(0, ASAP_DEREGISTRATION_RESPONSE, 0, NO_CAUSE);
    client_notifies(PE_NOTIFY_EXPIRED, NO_CAUSE);
    client_says(0, ASAP_REGISTRATION);
    registrar_answers(0, ASAP_DEREGISTRATION_RESPONSE, 0, NO_CAUSE);
    client_is_quiet();
    registrar_answers(0, ASAP_REGISTRATION_RESPONSE, 0, NO_CAUSE);
    client_notifies(PE_NOTIFY_REGISTERED, NO_CAUSE);
}

static void keep_alives_are_answered(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    registrar_keeps_alive(0, HOME_SERVER, 0, POOL);
    client_says(0, ASAP_ENDPOINT_KEEP_ALIVE_ACK);
    assert_int_equal(stage.said.pe_identifier, ELEMENT);
    assert_memory_equal(stage.said_bytes + stage.said.pool_handle.offset, POOL, 4);
    client_is_quiet();
}

static void keep_alives_of_another_pool_are_discarded(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    registrar_keeps_alive(0, HOME_SERVER, 0, "echoes");
    registrar_keeps_alive(0, HOME_SERVER, 0, "Echo");
    registrar_keeps_alive(0, HOME_SERVER, ASAP_FLAG_HOME, "calc");
    client_is_quiet();
    assert_int_equal(stage.element->home_identifier_known, 0);
}

static void keep_alives_to_an_element_that_left_are_discarded(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    stage_event(ENDPOINT_DEREGISTER, ENDPOINT_NONE);
    registrar_answers(0, ASAP_DEREGISTRATION_RESPONSE, 0, NO_CAUSE);
    (void)client_did(EFFECT_SEND);
    registrar_keeps_alive(0, HOME_SERVER, 0, POOL);
    client_is_quiet();
}

static void a_registrar_that_takes_over_is_answered_and_adopted(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    registrar_keeps_alive(0, HOME_SERVER, 0, POOL);
    client_says(0, ASAP_ENDPOINT_KEEP_ALIVE_ACK);
    stage_event(ENDPOINT_CHANNEL_OPENED, 1);
    client_is_quiet();
    registrar_keeps_alive(1, OTHER_SERVER, ASAP_FLAG_HOME, POOL);
    client_says(1, ASAP_ENDPOINT_KEEP_ALIVE_ACK);
    client_closes(0, ENDPOINT_CLOSE_SUPERSEDED);
    client_notifies(PE_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_is_quiet();
    assert_int_equal(server_hunt_home(&stage.element->hunt), 1);
    assert_int_equal(stage.element->home_identifier, OTHER_SERVER);
    assert_int_equal(stage.element->phase, PE_REGISTERED);
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_says(1, ASAP_REGISTRATION);
    assert_int_equal(stage.said.pool_element.home_enrp_server_identifier, OTHER_SERVER);
}

static void without_the_home_flag_the_sender_is_answered_but_not_adopted(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    stage_event(ENDPOINT_CHANNEL_OPENED, 1);
    registrar_keeps_alive(1, OTHER_SERVER, 0, POOL);
    client_says(1, ASAP_ENDPOINT_KEEP_ALIVE_ACK);
    client_is_quiet();
    assert_int_equal(server_hunt_home(&stage.element->hunt), 0);
}

static void a_second_connection_of_the_home_itself_changes_nothing(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    registrar_keeps_alive(0, HOME_SERVER, 0, POOL);
    client_says(0, ASAP_ENDPOINT_KEEP_ALIVE_ACK);
    stage_event(ENDPOINT_CHANNEL_OPENED, 1);
    registrar_keeps_alive(1, HOME_SERVER, ASAP_FLAG_HOME, POOL);
    client_says(1, ASAP_ENDPOINT_KEEP_ALIVE_ACK);
    client_is_quiet();
    assert_int_equal(server_hunt_home(&stage.element->hunt), 0);
}

static void adoption_in_the_middle_of_a_registration_repeats_it_there(void **state)
{
    (void)state;
    stage_pool_element(1);
    stage_settle_home();
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_REGISTRATION);
    stage_event(ENDPOINT_CHANNEL_OPENED, 2);
    registrar_keeps_alive(2, OTHER_SERVER, ASAP_FLAG_HOME, POOL);
    client_says(2, ASAP_ENDPOINT_KEEP_ALIVE_ACK);
    client_closes(0, ENDPOINT_CLOSE_SUPERSEDED);
    client_notifies(PE_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_says(2, ASAP_REGISTRATION);
}

static void only_the_home_is_believed(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    stage_event(ENDPOINT_CHANNEL_OPENED, 1);
    registrar_answers(1, ASAP_DEREGISTRATION_RESPONSE, 0, NO_CAUSE);
    registrar_answers(1, ASAP_REGISTRATION_RESPONSE, ASAP_FLAG_REJECT, CAUSE_INVALID_VALUES);
    client_is_quiet();
    assert_int_equal(stage.element->phase, PE_REGISTERED);
    registrar_answers(2, ASAP_DEREGISTRATION_RESPONSE, 0, NO_CAUSE);
    registrar_answers(ENDPOINT_NONE, ASAP_DEREGISTRATION_RESPONSE, 0, NO_CAUSE);
    client_is_quiet();
}

static void answers_about_another_element_are_discarded(void **state)
{
    (void)state;
    stage_pool_element(1);
    stage_settle_home();
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_says(0, ASAP_REGISTRATION);
    stage.element->description.pe_identifier = ELEMENT + 1;
    registrar_answers(0, ASAP_REGISTRATION_RESPONSE, 0, NO_CAUSE);
    client_is_quiet();
    stage.element->description.pe_identifier = ELEMENT;
    stage.element->description.handle[0] = 'E';
    registrar_answers(0, ASAP_REGISTRATION_RESPONSE, 0, NO_CAUSE);
    client_is_quiet();
    stage.element->description.handle[0] = 'e';
    registrar_answers(0, ASAP_REGISTRATION_RESPONSE, 0, NO_CAUSE);
    client_notifies(PE_NOTIFY_REGISTERED, NO_CAUSE);
}

static void the_watchdog_registers_again_after_three_missed_keep_alives(void **state)
{
    (void)state;
    stage_pool_element(1);
    stage.element->configuration.keep_alive_interval_ms = 5000;
    join();
    stage_wait(14999);
    registrar_keeps_alive(0, HOME_SERVER, 0, POOL);
    client_says(0, ASAP_ENDPOINT_KEEP_ALIVE_ACK);
    stage_wait(14999);
    client_is_quiet();
    stage_wait(1);
    client_notifies(PE_NOTIFY_SILENCE, NO_CAUSE);
    client_says(0, ASAP_REGISTRATION);
    stage_wait(29999);
    client_is_quiet();
}

static void the_watchdog_is_off_by_default(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    stage_wait(279999);
    client_is_quiet();
    assert_true(stage.element->watchdog == ENDPOINT_NEVER);
}

static void an_unknown_message_that_asks_for_it_is_reported(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    stage_message(0, "\x41\x00\x00\x08----", 8);
    client_says(0, ASAP_ERROR);
    assert_int_equal(said_cause(), CAUSE_UNRECOGNIZED_MESSAGE);
    stage_message(0, "\x21\x00\x00\x08----", 8);
    client_is_quiet();
}

static void a_malformed_message_is_reported_but_never_a_malformed_report(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    stage_message(0,
                  "\x07\x00\x00\x10"
                  "\x51\x51\x51\x51"
                  "\x00\x09\x00\xff"
                  "echo",
                  16);
    client_says(0, ASAP_ERROR);
    assert_int_equal(said_cause(), CAUSE_INVALID_VALUES);
    stage_message(0,
                  "\x0e\x00\x00\x0c"
                  "\x00\x0c\x00\xff"
                  "\x00\x00\x00\x04",
                  12);
    client_is_quiet();
}

static void an_unknown_parameter_that_asks_for_it_is_reported_and_the_message_heeded(void **state)
{
    static const uint8_t message[] = "\x07\x00\x00\x18"
                                     "\x51\x51\x51\x51"
                                     "\x00\x09\x00\x08"
                                     "echo"
                                     "\xc0\x99\x00\x08"
                                     "????";

    (void)state;
    stage_pool_element(1);
    join();
    stage_message(0, message, sizeof message - 1);
    client_says(0, ASAP_ERROR);
    assert_int_equal(said_cause(), CAUSE_UNRECOGNIZED_PARAMETER);
    client_says(0, ASAP_ENDPOINT_KEEP_ALIVE_ACK);
    client_is_quiet();
}

static void an_error_report_of_the_home_is_passed_on_and_not_answered(void **state)
{
    uint8_t b[64];
    uint32_t at;

    (void)state;
    stage_pool_element(1);
    join();
    at = wire_begin_message(b, sizeof b, ASAP_ERROR, 0);
    at = wire_put_error(b, sizeof b, at, CAUSE_UNRECOGNIZED_MESSAGE, b, 4);
    stage_message(0, b, wire_end_message(b, sizeof b, at));
    client_notifies(PE_NOTIFY_ERROR_REPORTED, CAUSE_UNRECOGNIZED_MESSAGE);
    client_is_quiet();
}

static void messages_that_are_not_for_a_pool_element_are_ignored(void **state)
{
    (void)state;
    stage_pool_element(1);
    join();
    registrar_resolves(0, POOL, 1, 2, NO_CAUSE);
    client_is_quiet();
    assert_int_equal(stage.element->phase, PE_REGISTERED);
}

static void descriptions_out_of_range_are_refused(void **state)
{
    struct pool_element_description good = stage_description();
    struct pool_element_description d;

    (void)state;
    stage_pool_element(1);
#define REFUSED(change)                                                                            \
    d = good;                                                                                      \
    change;                                                                                        \
    assert_false(pool_element_endpoint_describe(stage.element, &d))
    REFUSED(d.handle_length = 0);
    REFUSED(d.handle_length = 256);
    REFUSED(d.registration_life = 0);
    REFUSED(d.registration_life = -2);
    REFUSED(d.transport_type = PARAMETER_OPAQUE_TRANSPORT);
    REFUSED(d.transport_port = 0);
    REFUSED(d.transport_use = 1);
    REFUSED(d.address_count = 0);
    REFUSED(d.address_count = 2);
    REFUSED(d.address_count = 9; d.transport_type = PARAMETER_SCTP_TRANSPORT);
    REFUSED(d.transport_use = 2; d.transport_type = PARAMETER_SCTP_TRANSPORT);
    REFUSED(d.address[0].size = 5);
    REFUSED(d.policy_type = 0);
    REFUSED(d.policy_type = 0x7777);
    REFUSED(d.policy_value_count = 1);
    REFUSED(d.policy_type = POLICY_WEIGHTED_ROUND_ROBIN);
#undef REFUSED
    assert_memory_equal(&stage.element->description, &good, sizeof good);
    stage.element->description.address_count = 0;
    stage_event(ENDPOINT_REGISTER, ENDPOINT_NONE);
    client_notifies(PE_NOTIFY_INVALID, NO_CAUSE);
    client_is_quiet();
}

static void configurations_out_of_range_are_refused(void **state)
{
    struct pool_element_configuration good;
    struct pool_element_configuration c;

    (void)state;
    pool_element_endpoint_defaults(&good, 3);
    assert_int_equal(good.t2_ms, 30000);
    assert_int_equal(good.t3_ms, 30000);
    assert_int_equal(good.max_reg_attempt, 2);
    assert_true(pool_element_configuration_valid(&good));
#define REFUSED(change)                                                                            \
    c = good;                                                                                      \
    change;                                                                                        \
    assert_false(pool_element_configuration_valid(&c))
    REFUSED(c.hunt.server_count = 0);
    REFUSED(c.t2_ms = 0);
    REFUSED(c.t3_ms = 0);
    REFUSED(c.t4_ms = 0);
    REFUSED(c.t2_ms = PE_DURATION_MAX_MS + 1);
    REFUSED(c.t4_margin_ms = PE_DURATION_MAX_MS + 1);
    REFUSED(c.max_reg_attempt = 0);
    REFUSED(c.max_reg_attempt = 1001);
    REFUSED(c.keep_alives_missed = 0);
    REFUSED(c.keep_alive_interval_ms = PE_DURATION_MAX_MS; c.keep_alives_missed = 50);
#undef REFUSED
}

#define SCENE(name) cmocka_unit_test_teardown(name, stage_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(registration_waits_for_a_home_and_carries_the_description),
        SCENE(a_multihomed_sctp_element_with_a_weighted_policy_is_described),
        SCENE(an_identifier_is_drawn_once_and_kept),
        SCENE(t4_registers_again_well_within_the_lifetime),
        SCENE(t4_is_ten_minutes_at_most_and_sensible_for_short_lifetimes),
        SCENE(an_unanswered_registration_hunts_and_registers_elsewhere),
        SCENE(after_max_reg_attempt_it_gives_up_until_told_again),
        SCENE(connections_lost_while_registering_count_as_attempts),
        SCENE(a_rejected_registration_is_reported_with_its_cause_and_never_repeated),
        SCENE(a_rejection_without_a_cause_says_so),
        SCENE(a_rejected_reregistration_ends_the_registration),
        SCENE(a_warning_comes_with_the_acceptance),
        SCENE(a_new_policy_value_is_registered_at_once),
        SCENE(loss_of_the_home_registers_with_the_next_one),
        SCENE(deregistration_is_sent_and_confirmed),
        SCENE(a_rejected_deregistration_is_reported),
        SCENE(t3_hunts_repeats_the_deregistration_and_then_gives_up),
        SCENE(deregistration_without_a_home_waits_for_one),
        SCENE(what_never_was_registered_has_left_already),
        SCENE(an_expired_registration_is_made_again),
        SCENE(keep_alives_are_answered),
        SCENE(keep_alives_of_another_pool_are_discarded),
        SCENE(keep_alives_to_an_element_that_left_are_discarded),
        SCENE(a_registrar_that_takes_over_is_answered_and_adopted),
        SCENE(without_the_home_flag_the_sender_is_answered_but_not_adopted),
        SCENE(a_second_connection_of_the_home_itself_changes_nothing),
        SCENE(adoption_in_the_middle_of_a_registration_repeats_it_there),
        SCENE(only_the_home_is_believed),
        SCENE(answers_about_another_element_are_discarded),
        SCENE(the_watchdog_registers_again_after_three_missed_keep_alives),
        SCENE(the_watchdog_is_off_by_default),
        SCENE(an_unknown_message_that_asks_for_it_is_reported),
        SCENE(a_malformed_message_is_reported_but_never_a_malformed_report),
        SCENE(an_unknown_parameter_that_asks_for_it_is_reported_and_the_message_heeded),
        SCENE(an_error_report_of_the_home_is_passed_on_and_not_answered),
        SCENE(messages_that_are_not_for_a_pool_element_are_ignored),
        SCENE(descriptions_out_of_range_are_refused),
        SCENE(configurations_out_of_range_are_refused),
    };

    return cmocka_run_group_tests_name("pool element", tests, NULL, NULL);
}
