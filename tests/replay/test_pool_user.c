/* A pool user at work, told event by event (RFC 5352, 3.3, 3.5, 3.7.2, 6.9). */
#include "endpoint_stage.h"

static struct selected_element chosen;

static bool selects(const char *handle)
{
    memset(&chosen, 0, sizeof chosen);
    return pool_user_select(stage.user, (const uint8_t *)handle, (uint32_t)strlen(handle),
                            stage.now, &chosen);
}

static void resolved_with(uint32_t count)
{
    stage_settle_home();
    stage_handle(ENDPOINT_RESOLVE, POOL, 0);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    registrar_resolves(0, POOL, 1, count, NO_CAUSE);
    client_notifies(PU_NOTIFY_RESOLVED, NO_CAUSE);
    client_is_quiet();
}

static void a_handle_is_resolved_and_its_elements_exposed(void **state)
{
    const struct effect *told;

    (void)state;
    stage_pool_user(3);
    assert_false(selects(POOL));
    stage_settle_home();
    stage_handle(ENDPOINT_RESOLVE, POOL, 0);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    assert_int_equal(stage.said.flags, 0);
    assert_int_equal(stage.said.pool_handle.length, 4);
    assert_memory_equal(stage.said_bytes + stage.said.pool_handle.offset, POOL, 4);
    assert_false(selects(POOL));
    registrar_resolves(0, POOL, 5, 2, NO_CAUSE);
    told = &stage.effects.effect[stage.cursor];
    client_notifies(PU_NOTIFY_RESOLVED, NO_CAUSE);
    assert_int_equal(told->subject, 2);
    assert_int_equal(told->length, 4);
    assert_memory_equal(stage.effects.bytes + told->offset, POOL, 4);
    assert_true(selects(POOL));
    assert_int_equal(chosen.pe_identifier, 5);
    assert_int_equal(chosen.transport_type, PARAMETER_TCP_TRANSPORT);
    assert_int_equal(chosen.transport_port, 8005);
    assert_int_equal(chosen.address_count, 1);
    assert_int_equal(chosen.address[0].size, 4);
    assert_memory_equal(chosen.address[0].bytes, "\xc0\x00\x02\x05", 4);
    assert_int_equal(chosen.policy_type, POLICY_ROUND_ROBIN);
    assert_int_equal(stage.user->cache.pool[0].policy_type, POLICY_ROUND_ROBIN);
}

static void a_request_without_a_home_hunts_and_is_sent_when_one_is_found(void **state)
{
    (void)state;
    stage_pool_user(2);
    stage_handle(ENDPOINT_RESOLVE, POOL, 0);
    client_connects(0, 0);
    client_connects(1, 1);
    client_is_quiet();
    stage_event(ENDPOINT_CHANNEL_OPENED, 1);
    client_closes(0, ENDPOINT_CLOSE_SUPERSEDED);
    client_notifies(PU_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_says(1, ASAP_HANDLE_RESOLUTION);
    client_is_quiet();
}

/* 3.7.1: what was under way to the lost home is not sent again as it was; the next home is asked with a new message. */
static void losing_the_home_drops_the_request_and_asks_the_next_home_anew(void **state)
{
    (void)state;
    stage_pool_user(3);
    stage_settle_home();
    stage_handle(ENDPOINT_RESOLVE, POOL, 0);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    assert_int_equal(stage.user->request[0].state, PU_REQUEST_SENT);
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    client_notifies(PU_NOTIFY_HOME_LOST, NO_CAUSE);
    client_is_quiet();
    assert_int_equal(stage.user->request[0].state, PU_REQUEST_DUE);
    stage_wait(0);
    client_connects(0, 1);
    client_connects(1, 2);
    stage_event(ENDPOINT_CHANNEL_OPENED, 1);
    client_closes(0, ENDPOINT_CLOSE_SUPERSEDED);
    client_notifies(PU_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_says(1, ASAP_HANDLE_RESOLUTION);
    assert_int_equal(stage.said.pool_handle.length, 4);
    assert_memory_equal(stage.said_bytes + stage.said.pool_handle.offset, POOL, 4);
    client_is_quiet();
    registrar_resolves(1, POOL, 1, 1, NO_CAUSE);
    client_notifies(PU_NOTIFY_RESOLVED, NO_CAUSE);
    assert_true(selects(POOL));
}

static void selection_goes_round(void **state)
{
    static const uint32_t turn[] = {1, 2, 3, 1, 2, 3, 1};

    (void)state;
    stage_pool_user(1);
    resolved_with(3);
    for (size_t i = 0; i < sizeof turn / sizeof turn[0]; i++) {
        assert_true(selects(POOL));
        assert_int_equal(chosen.pe_identifier, turn[i]);
    }
}

static void a_fresh_entry_is_served_without_asking(void **state)
{
    (void)state;
    stage_pool_user(1);
    resolved_with(2);
    stage_wait(29999);
    assert_true(selects(POOL));
    stage_wait(0);
    client_is_quiet();
    stage_handle(ENDPOINT_RESOLVE, POOL, 0);
    client_notifies(PU_NOTIFY_RESOLVED, NO_CAUSE);
    client_is_quiet();
}

static void a_stale_entry_is_served_and_refreshed_in_parallel(void **state)
{
    (void)state;
    stage_pool_user(1);
    resolved_with(2);
    stage_wait(30000);
    client_is_quiet();
    assert_true(selects(POOL));
    assert_int_equal(chosen.pe_identifier, 1);
    assert_true(pool_user_next_deadline(stage.user) <= stage.now);
    assert_true(selects(POOL));
    stage_wait(0);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    client_is_quiet();
    registrar_resolves(0, POOL, 7, 1, NO_CAUSE);
    client_notifies(PU_NOTIFY_RESOLVED, NO_CAUSE);
    assert_true(selects(POOL));
    assert_int_equal(chosen.pe_identifier, 7);
    stage_wait(0);
    client_is_quiet();
}

static void clients_keep_going_from_the_cache_while_no_registrar_answers(void **state)
{
    (void)state;
    stage_pool_user(1);
    resolved_with(2);
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    client_notifies(PU_NOTIFY_HOME_LOST, NO_CAUSE);
    for (int minute = 0; minute < 60; minute++) {
        assert_true(selects(POOL));
        stage_wait(60000);
        (void)client_did(EFFECT_NOTIFY);
    }
    assert_int_equal(pool_user_available(stage.user, (const uint8_t *)POOL, 4), 2);
    assert_true(selects(POOL));
    stage_event(ENDPOINT_CHANNEL_OPENED, 0);
    client_notifies(PU_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_says(0, ASAP_HANDLE_RESOLUTION);
}

static void t1_repeats_the_request_and_hunts_in_parallel(void **state)
{
    (void)state;
    stage_pool_user(3);
    stage_settle_home();
    stage_handle(ENDPOINT_RESOLVE, POOL, 0);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    stage_wait(14999);
    client_is_quiet();
    stage_wait(1);
    client_connects(1, 1);
    client_connects(2, 2);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    client_is_quiet();
    stage_event(ENDPOINT_CHANNEL_OPENED, 2);
    client_closes(0, ENDPOINT_CLOSE_SUPERSEDED);
    client_closes(1, ENDPOINT_CLOSE_SUPERSEDED);
    client_notifies(PU_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_says(2, ASAP_HANDLE_RESOLUTION);
    client_is_quiet();
    registrar_resolves(2, POOL, 1, 1, NO_CAUSE);
    client_notifies(PU_NOTIFY_RESOLVED, NO_CAUSE);
}

static void a_late_answer_of_the_home_ends_the_parallel_hunt(void **state)
{
    (void)state;
    stage_pool_user(3);
    stage_settle_home();
    stage_handle(ENDPOINT_RESOLVE, POOL, 0);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    stage_wait(15000);
    (void)client_did(EFFECT_SEND);
    registrar_resolves(0, POOL, 1, 1, NO_CAUSE);
    client_closes(1, ENDPOINT_CLOSE_SUPERSEDED);
    client_closes(2, ENDPOINT_CLOSE_SUPERSEDED);
    client_notifies(PU_NOTIFY_RESOLVED, NO_CAUSE);
    client_is_quiet();
    assert_int_equal(server_hunt_home(&stage.user->hunt), 0);
}

static void after_all_retransmissions_it_reports_and_gives_the_silent_home_up(void **state)
{
    const struct effect *told;

    (void)state;
    stage_pool_user(1);
    stage_settle_home();
    stage_handle(ENDPOINT_RESOLVE, POOL, 0);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    stage_wait(15000);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    stage_wait(15000);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    client_is_quiet();
    stage_wait(14999);
    client_is_quiet();
    stage_wait(1);
    told = &stage.effects.effect[stage.cursor];
    client_notifies(PU_NOTIFY_UNANSWERED, NO_CAUSE);
    assert_int_equal(told->length, 4);
    client_closes(0, ENDPOINT_CLOSE_UNANSWERED);
    client_notifies(PU_NOTIFY_HOME_LOST, NO_CAUSE);
    assert_int_equal(client_did(EFFECT_SEND), 0);
    assert_int_equal(stage.user->cache.pool[0].handle_length, 0);
}

static void a_home_that_answers_others_is_kept_when_one_request_stays_unanswered(void **state)
{
    (void)state;
    stage_pool_user(1);
    stage_settle_home();
    stage_handle(ENDPOINT_RESOLVE, POOL, 0);
    stage_wait(1);
    stage_handle(ENDPOINT_RESOLVE, "calc", 0);
    registrar_resolves(0, "calc", 1, 1, NO_CAUSE);
    (void)client_did(EFFECT_SEND);
    stage_wait(45000);
    assert_int_equal(client_did(EFFECT_CLOSE), 0);
    assert_int_equal(server_hunt_home(&stage.user->hunt), 0);
}

static void without_any_registrar_the_request_is_reported_unanswered_all_the_same(void **state)
{
    (void)state;
    stage_pool_user(1);
    stage_handle(ENDPOINT_RESOLVE, POOL, 0);
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    (void)client_did(EFFECT_CONNECT);
    stage_wait(44999);
    assert_int_equal(client_did(EFFECT_NOTIFY), 0);
    stage_wait(1);
    client_notifies(PU_NOTIFY_UNANSWERED, NO_CAUSE);
    client_is_quiet();
}

static void an_unknown_pool_handle_is_reported_and_forgotten(void **state)
{
    (void)state;
    stage_pool_user(1);
    resolved_with(2);
    stage_wait(30000);
    assert_true(selects(POOL));
    stage_wait(0);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    registrar_resolves(0, POOL, 0, 0, CAUSE_UNKNOWN_POOL_HANDLE);
    client_notifies(PU_NOTIFY_UNKNOWN_POOL, CAUSE_UNKNOWN_POOL_HANDLE);
    assert_false(selects(POOL));
    assert_int_equal(pool_user_available(stage.user, (const uint8_t *)POOL, 4), 0);
}

static void another_refusal_leaves_the_entry_as_it_was(void **state)
{
    (void)state;
    stage_pool_user(1);
    resolved_with(2);
    stage_wait(30000);
    assert_true(selects(POOL));
    stage_wait(0);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    registrar_resolves(0, POOL, 0, 0, CAUSE_LACK_OF_RESOURCES);
    client_notifies(PU_NOTIFY_REJECTED, CAUSE_LACK_OF_RESOURCES);
    assert_true(selects(POOL));
    stage_wait(29999);
    client_is_quiet();
}

static void a_refused_first_resolution_frees_the_entry(void **state)
{
    (void)state;
    stage_pool_user(1);
    stage_settle_home();
    stage_handle(ENDPOINT_RESOLVE, POOL, 0);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    registrar_resolves(0, POOL, 0, 0, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS);
    client_notifies(PU_NOTIFY_REJECTED, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS);
    assert_int_equal(stage.user->cache.pool[0].handle_length, 0);
}

static void a_failed_element_is_reported_once_and_passed_over(void **state)
{
    (void)state;
    stage_pool_user(1);
    resolved_with(3);
    assert_true(selects(POOL));
    assert_int_equal(chosen.pe_identifier, 1);
    stage_handle(ENDPOINT_UNREACHABLE, POOL, 1);
    client_says(0, ASAP_ENDPOINT_UNREACHABLE);
    assert_int_equal(stage.said.pe_identifier, 1);
    assert_memory_equal(stage.said_bytes + stage.said.pool_handle.offset, POOL, 4);
    stage_handle(ENDPOINT_UNREACHABLE, POOL, 1);
    client_is_quiet();
    assert_int_equal(pool_user_available(stage.user, (const uint8_t *)POOL, 4), 2);
    for (int i = 0; i < 10; i++) {
        assert_true(selects(POOL));
        assert_int_not_equal(chosen.pe_identifier, 1);
    }
}

static void an_element_that_was_never_handed_out_is_not_reported(void **state)
{
    (void)state;
    stage_pool_user(1);
    resolved_with(3);
    stage_handle(ENDPOINT_UNREACHABLE, POOL, 2);
    stage_handle(ENDPOINT_UNREACHABLE, POOL, 99);
    stage_handle(ENDPOINT_UNREACHABLE, "calc", 2);
    client_is_quiet();
    assert_int_equal(pool_user_available(stage.user, (const uint8_t *)POOL, 4), 2);
}

static void a_failed_element_returns_with_the_next_resolution_and_may_be_reported_anew(void **state)
{
    (void)state;
    stage_pool_user(1);
    resolved_with(1);
    assert_true(selects(POOL));
    stage_handle(ENDPOINT_UNREACHABLE, POOL, 1);
    client_says(0, ASAP_ENDPOINT_UNREACHABLE);
    assert_false(selects(POOL));
    stage_wait(0);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    registrar_resolves(0, POOL, 1, 1, NO_CAUSE);
    client_notifies(PU_NOTIFY_RESOLVED, NO_CAUSE);
    assert_true(selects(POOL));
    stage_handle(ENDPOINT_UNREACHABLE, POOL, 1);
    client_says(0, ASAP_ENDPOINT_UNREACHABLE);
    client_is_quiet();
}

static void an_element_handed_out_before_a_refresh_is_still_reported(void **state)
{
    (void)state;
    stage_pool_user(1);
    resolved_with(2);
    assert_true(selects(POOL));
    assert_int_equal(chosen.pe_identifier, 1);
    stage_wait(30000);
    assert_true(selects(POOL));
    stage_wait(0);
    registrar_resolves(0, POOL, 1, 2, NO_CAUSE);
    (void)client_did(EFFECT_SEND);
    stage_handle(ENDPOINT_UNREACHABLE, POOL, 1);
    client_says(0, ASAP_ENDPOINT_UNREACHABLE);
}

static void without_a_home_a_report_is_dropped_but_the_element_passed_over(void **state)
{
    (void)state;
    stage_pool_user(1);
    resolved_with(2);
    assert_true(selects(POOL));
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    (void)client_did(EFFECT_NOTIFY);
    stage_handle(ENDPOINT_UNREACHABLE, POOL, 1);
    client_is_quiet();
    assert_true(selects(POOL));
    assert_int_equal(chosen.pe_identifier, 2);
    assert_true(selects(POOL));
    assert_int_equal(chosen.pe_identifier, 2);
}

static void sixty_four_handles_are_resolved_at_once_and_the_next_is_refused(void **state)
{
    char handle[16];

    (void)state;
    stage_pool_user(1);
    stage_settle_home();
    stage_wait(10000);
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    (void)client_did(EFFECT_NOTIFY);
    for (uint32_t i = 0; i < 64; i++) {
        (void)snprintf(handle, sizeof handle, "pool%02u", i % 100);
        stage_handle(ENDPOINT_RESOLVE, handle, 0);
    }
    (void)client_did(EFFECT_NOTIFY);
    stage_handle(ENDPOINT_RESOLVE, "pool64", 0);
    client_notifies(PU_NOTIFY_CACHE_FULL, NO_CAUSE);
    stage_wait(0);
    (void)client_did(EFFECT_CONNECT);
    stage_event(ENDPOINT_CHANNEL_OPENED, 0);
    uint32_t sent = client_did(EFFECT_SEND);
    assert_true(stage.effects.more);
    stage_event(ENDPOINT_TICK, ENDPOINT_NONE);
    sent += client_did(EFFECT_SEND);
    assert_int_equal(sent, 64);
    assert_false(stage.effects.more);
    for (uint32_t i = 0; i < 64; i++) {
        (void)snprintf(handle, sizeof handle, "pool%02u", i % 100);
        registrar_resolves(0, handle, i + 1, 1, NO_CAUSE);
        client_notifies(PU_NOTIFY_RESOLVED, NO_CAUSE);
    }
    for (uint32_t i = 0; i < 64; i++) {
        (void)snprintf(handle, sizeof handle, "pool%02u", i % 100);
        assert_true(selects(handle));
        assert_int_equal(chosen.pe_identifier, i + 1);
    }
    stage_handle(ENDPOINT_FORGET, "pool07", 0);
    assert_false(selects("pool07"));
    stage_handle(ENDPOINT_RESOLVE, "pool64", 0);
    client_says(0, ASAP_HANDLE_RESOLUTION);
}

static void many_requests_running_out_at_once_are_dropped_in_slices(void **state)
{
    char handle[16];
    uint32_t told = 0;

    (void)state;
    stage_pool_user(1);
    stage_handle(ENDPOINT_RESOLVE, POOL, 0);
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    (void)client_did(EFFECT_CONNECT);
    for (uint32_t i = 1; i < 64; i++) {
        (void)snprintf(handle, sizeof handle, "pool%02u", i % 100);
        stage_handle(ENDPOINT_RESOLVE, handle, 0);
    }
    stage_wait(44999);
    (void)client_did(EFFECT_CONNECT);
    stage.now += 1;
    for (int tick = 0; tick < 4; tick++) {
        stage_event(ENDPOINT_TICK, ENDPOINT_NONE);
        told += client_did(EFFECT_NOTIFY);
    }
    assert_int_equal(told, 64);
    assert_int_equal(stage.user->request[63].state, PU_REQUEST_NONE);
}

static void empty_and_overlong_handles_are_refused(void **state)
{
    char handle[257];

    (void)state;
    stage_pool_user(1);
    stage_settle_home();
    stage_handle(ENDPOINT_RESOLVE, "", 0);
    client_notifies(PU_NOTIFY_CACHE_FULL, NO_CAUSE);
    memset(handle, 'x', 256);
    handle[256] = 0;
    stage_handle(ENDPOINT_RESOLVE, handle, 0);
    client_notifies(PU_NOTIFY_CACHE_FULL, NO_CAUSE);
    assert_false(selects(handle));
    assert_false(selects(""));
    handle[255] = 0;
    stage_handle(ENDPOINT_RESOLVE, handle, 0);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    assert_int_equal(stage.said.pool_handle.length, 255);
}

static void answers_to_what_was_not_asked_are_discarded(void **state)
{
    (void)state;
    stage_pool_user(1);
    resolved_with(2);
    registrar_resolves(0, POOL, 9, 1, NO_CAUSE);
    registrar_resolves(0, "calc", 9, 1, NO_CAUSE);
    registrar_resolves(0, POOL, 0, 0, CAUSE_UNKNOWN_POOL_HANDLE);
    client_is_quiet();
    assert_true(selects(POOL));
    assert_int_equal(chosen.pe_identifier, 1);
}

static void only_the_home_is_believed(void **state)
{
    (void)state;
    stage_pool_user(3);
    stage_settle_home();
    stage_handle(ENDPOINT_RESOLVE, POOL, 0);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    registrar_resolves(1, POOL, 1, 1, NO_CAUSE);
    registrar_resolves(ENDPOINT_NONE, POOL, 1, 1, NO_CAUSE);
    stage_message(1, "\x41\x00\x00\x08----", 8);
    client_is_quiet();
    assert_int_equal(stage.user->request[0].state, PU_REQUEST_SENT);
}

static void a_large_pool_is_cut_to_what_the_cache_holds(void **state)
{
    const struct effect *told;

    (void)state;
    stage_pool_user(1);
    stage_settle_home();
    stage_handle(ENDPOINT_RESOLVE, POOL, 0);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    registrar_resolves(0, POOL, 1, 200, NO_CAUSE);
    told = &stage.effects.effect[stage.cursor];
    client_notifies(PU_NOTIFY_RESOLVED, NO_CAUSE);
    assert_int_equal(told->subject, RESOLUTION_ELEMENTS_MAX);
}

static void cached_elements_are_shown_without_handing_them_out(void **state)
{
    (void)state;
    stage_pool_user(1);
    resolved_with(2);
    assert_true(pool_user_element(stage.user, (const uint8_t *)POOL, 4, 1, &chosen));
    assert_int_equal(chosen.pe_identifier, 2);
    assert_false(pool_user_element(stage.user, (const uint8_t *)POOL, 4, 2, &chosen));
    assert_false(pool_user_element(stage.user, (const uint8_t *)"calc", 4, 0, &chosen));
    stage_handle(ENDPOINT_UNREACHABLE, POOL, 2);
    client_is_quiet();
}

static void unknown_and_malformed_messages_of_the_home_are_reported(void **state)
{
    (void)state;
    stage_pool_user(1);
    resolved_with(1);
    stage_message(0, "\x41\x00\x00\x08----", 8);
    client_says(0, ASAP_ERROR);
    assert_int_equal(said_cause(), CAUSE_UNRECOGNIZED_MESSAGE);
    stage_message(0,
                  "\x06\x00\x00\x0c"
                  "\x00\x09\x00\xff"
                  "echo",
                  12);
    client_says(0, ASAP_ERROR);
    assert_int_equal(said_cause(), CAUSE_INVALID_VALUES);
    registrar_keeps_alive(0, HOME_SERVER, ASAP_FLAG_HOME, POOL);
    client_is_quiet();
}

static void configurations_out_of_range_are_refused(void **state)
{
    struct pool_user_configuration good;
    struct pool_user_configuration c;

    (void)state;
    pool_user_defaults(&good, 3);
    assert_int_equal(good.t1_ms, 15000);
    assert_int_equal(good.max_request_retransmit, 2);
    assert_int_equal(good.stale_cache_value_ms, 30000);
    assert_true(pool_user_configuration_valid(&good));
#define REFUSED(change)                                                                            \
    c = good;                                                                                      \
    change;                                                                                        \
    assert_false(pool_user_configuration_valid(&c))
    REFUSED(c.hunt.t5_ms = 0);
    REFUSED(c.t1_ms = 0);
    REFUSED(c.t1_ms = PU_DURATION_MAX_MS + 1);
    REFUSED(c.max_request_retransmit = PU_RETRANSMIT_MAX + 1);
    REFUSED(c.stale_cache_value_ms = PU_DURATION_MAX_MS + 1);
#undef REFUSED
}

/* RFC 5356, 4.1.3: the registrar goes round with each answer; so who selects once for each must get to all elements. */
static void selecting_once_for_each_answer_goes_round_with_the_registrar(void **state)
{
    (void)state;
    stage_pool_user(1);
    resolved_with(2);
    assert_true(selects(POOL));
    assert_int_equal(chosen.pe_identifier, 1);
    for (uint32_t turn = 1; turn < 8; turn++) {
        stage_wait(30000);
        stage_handle(ENDPOINT_RESOLVE, POOL, 0);
        client_says(0, ASAP_HANDLE_RESOLUTION);
        registrar_resolves_in_turn(0, POOL, 1, 2, turn);
        client_notifies(PU_NOTIFY_RESOLVED, NO_CAUSE);
        assert_true(selects(POOL));
        assert_int_equal(chosen.pe_identifier, 1 + turn % 2);
    }
}

/* The same for who selects first, and has the answer refreshed by that: it is always one answer behind. */
static void selecting_once_from_each_stale_answer_goes_round_too(void **state)
{
    (void)state;
    stage_pool_user(1);
    resolved_with(2);
    for (uint32_t turn = 1; turn < 8; turn++) {
        stage_wait(30000);
        assert_true(selects(POOL));
        assert_int_equal(chosen.pe_identifier, 1 + (turn - 1) % 2);
        stage_wait(0);
        client_says(0, ASAP_HANDLE_RESOLUTION);
        registrar_resolves_in_turn(0, POOL, 1, 2, turn);
        client_notifies(PU_NOTIFY_RESOLVED, NO_CAUSE);
    }
}

/* RFC 5354, 3.3 to 3.7: only SCTP has a Transport Use; rsplib fills the bits that the others reserve. */
static void reserved_bits_of_a_tcp_transport_are_not_handed_on_as_transport_use(void **state)
{
    (void)state;
    stage_pool_user(1);
    stage.transport_use = TRANSPORT_USE_DATA_PLUS_CONTROL;
    resolved_with(1);
    assert_true(selects(POOL));
    assert_int_equal(chosen.transport_type, PARAMETER_TCP_TRANSPORT);
    assert_int_equal(chosen.transport_use, TRANSPORT_USE_DATA_ONLY);
    assert_int_equal(chosen.transport_port, 8001);
}

static void the_transport_use_of_an_sctp_transport_is_handed_on(void **state)
{
    (void)state;
    stage_pool_user(1);
    stage.transport_type = PARAMETER_SCTP_TRANSPORT;
    stage.transport_use = TRANSPORT_USE_DATA_PLUS_CONTROL;
    resolved_with(1);
    assert_true(selects(POOL));
    assert_int_equal(chosen.transport_type, PARAMETER_SCTP_TRANSPORT);
    assert_int_equal(chosen.transport_use, TRANSPORT_USE_DATA_PLUS_CONTROL);
}

/* 3.7.2: T1 of the last transmission is nearly over when the first home is found. */
static void a_home_found_shortly_before_t1_ends_has_all_of_t1_to_answer(void **state)
{
    (void)state;
    stage_pool_user(1);
    stage_handle(ENDPOINT_RESOLVE, POOL, 0);
    stage_wait(44000);
    assert_int_equal(stage.user->request[0].retransmits, 2);
    assert_int_equal(client_did(EFFECT_NOTIFY), 0);
    stage_event(ENDPOINT_CHANNEL_OPENED, 0);
    client_notifies(PU_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    stage_wait(14999);
    client_is_quiet();
    assert_int_equal(server_hunt_home(&stage.user->hunt), 0);
    registrar_resolves(0, POOL, 1, 1, NO_CAUSE);
    client_notifies(PU_NOTIFY_RESOLVED, NO_CAUSE);
    client_is_quiet();
    assert_true(selects(POOL));
}

/* A home has used the request's time up, and answered another one; its successor is judged by its own silence alone. */
static void a_silent_successor_of_a_home_is_given_up_after_all_of_t1(void **state)
{
    (void)state;
    stage_pool_user(2);
    stage_settle_home();
    stage_handle(ENDPOINT_RESOLVE, POOL, 0);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    stage_wait(1);
    stage_handle(ENDPOINT_RESOLVE, "calc", 0);
    client_says(0, ASAP_HANDLE_RESOLUTION);
    registrar_resolves(0, "calc", 1, 1, NO_CAUSE);
    client_notifies(PU_NOTIFY_RESOLVED, NO_CAUSE);
    stage_wait(44998);
    assert_int_equal(client_did(EFFECT_NOTIFY), 0);
    stage_event(ENDPOINT_CHANNEL_OPENED, 1);
    client_closes(0, ENDPOINT_CLOSE_SUPERSEDED);
    client_notifies(PU_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_says(1, ASAP_HANDLE_RESOLUTION);
    stage_wait(14999);
    client_is_quiet();
    stage_wait(1);
    client_notifies(PU_NOTIFY_UNANSWERED, NO_CAUSE);
    client_closes(1, ENDPOINT_CLOSE_UNANSWERED);
    client_notifies(PU_NOTIFY_HOME_LOST, NO_CAUSE);
}

/* How many requests the client has told to be unanswered, in the effects not looked at yet. */
static uint32_t told_unanswered(void)
{
    uint32_t count = 0;

    for (; stage.cursor < stage.effects.count; stage.cursor++) {
        const struct effect *effect = &stage.effects.effect[stage.cursor];

        count += effect->kind == EFFECT_NOTIFY && effect->code == PU_NOTIFY_UNANSWERED ? 1 : 0;
    }
    return count;
}

/* Every five seconds the home, which answers others, is lost and found again: T1 (15 s) starts again for it, but twice
 * at most. So it ends at 25 s, and with the two retransmissions at 40 s and 55 s. */
static void a_home_that_comes_and_goes_does_not_put_off_that_a_request_is_unanswered(void **state)
{
    (void)state;
    stage_pool_user(1);
    stage_settle_home();
    stage_handle(ENDPOINT_RESOLVE, POOL, 0);
    for (uint32_t lost = 0; lost < 10; lost++) {
        stage_wait(5000);
        assert_int_equal(told_unanswered(), 0);
        registrar_resolves(0, "calc", 1, 1, NO_CAUSE);
        stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
        stage_wait(0);
        assert_int_equal(client_did(EFFECT_CONNECT), 1);
        stage_event(ENDPOINT_CHANNEL_OPENED, 0);
        assert_int_equal(client_did(EFFECT_SEND), 1);
    }
    stage_wait(4999);
    assert_int_equal(told_unanswered(), 0);
    stage_wait(1);
    assert_int_equal(told_unanswered(), 1);
    assert_int_equal(server_hunt_home(&stage.user->hunt), 0);
}

#define SCENE(name) cmocka_unit_test_teardown(name, stage_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_handle_is_resolved_and_its_elements_exposed),
        SCENE(a_request_without_a_home_hunts_and_is_sent_when_one_is_found),
        SCENE(losing_the_home_drops_the_request_and_asks_the_next_home_anew),
        SCENE(selection_goes_round),
        SCENE(a_fresh_entry_is_served_without_asking),
        SCENE(a_stale_entry_is_served_and_refreshed_in_parallel),
        SCENE(clients_keep_going_from_the_cache_while_no_registrar_answers),
        SCENE(t1_repeats_the_request_and_hunts_in_parallel),
        SCENE(a_late_answer_of_the_home_ends_the_parallel_hunt),
        SCENE(after_all_retransmissions_it_reports_and_gives_the_silent_home_up),
        SCENE(a_home_that_answers_others_is_kept_when_one_request_stays_unanswered),
        SCENE(without_any_registrar_the_request_is_reported_unanswered_all_the_same),
        SCENE(an_unknown_pool_handle_is_reported_and_forgotten),
        SCENE(another_refusal_leaves_the_entry_as_it_was),
        SCENE(a_refused_first_resolution_frees_the_entry),
        SCENE(a_failed_element_is_reported_once_and_passed_over),
        SCENE(an_element_that_was_never_handed_out_is_not_reported),
        SCENE(a_failed_element_returns_with_the_next_resolution_and_may_be_reported_anew),
        SCENE(an_element_handed_out_before_a_refresh_is_still_reported),
        SCENE(without_a_home_a_report_is_dropped_but_the_element_passed_over),
        SCENE(sixty_four_handles_are_resolved_at_once_and_the_next_is_refused),
        SCENE(many_requests_running_out_at_once_are_dropped_in_slices),
        SCENE(empty_and_overlong_handles_are_refused),
        SCENE(answers_to_what_was_not_asked_are_discarded),
        SCENE(only_the_home_is_believed),
        SCENE(a_large_pool_is_cut_to_what_the_cache_holds),
        SCENE(cached_elements_are_shown_without_handing_them_out),
        SCENE(unknown_and_malformed_messages_of_the_home_are_reported),
        SCENE(configurations_out_of_range_are_refused),
        SCENE(selecting_once_for_each_answer_goes_round_with_the_registrar),
        SCENE(selecting_once_from_each_stale_answer_goes_round_too),
        SCENE(reserved_bits_of_a_tcp_transport_are_not_handed_on_as_transport_use),
        SCENE(the_transport_use_of_an_sctp_transport_is_handed_on),
        SCENE(a_home_found_shortly_before_t1_ends_has_all_of_t1_to_answer),
        SCENE(a_silent_successor_of_a_home_is_given_up_after_all_of_t1),
        SCENE(a_home_that_comes_and_goes_does_not_put_off_that_a_request_is_unanswered),
    };

    return cmocka_run_group_tests_name("pool user", tests, NULL, NULL);
}
