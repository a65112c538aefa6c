/* The server hunt, told event by event (RFC 5352, 3.6), by a pool element that wants nothing else. */
#include "endpoint_stage.h"

static void startup_connects_to_three_registrars_at_once(void **state)
{
    (void)state;
    stage_pool_element(10);
    stage.random = 7;
    stage_event(ENDPOINT_START, ENDPOINT_NONE);
    client_connects(0, 7);
    client_connects(1, 8);
    client_connects(2, 9);
    client_is_quiet();
}

static void the_list_goes_round(void **state)
{
    (void)state;
    stage_pool_element(4);
    stage.random = 3;
    stage_event(ENDPOINT_START, ENDPOINT_NONE);
    client_connects(0, 3);
    client_connects(1, 0);
    client_connects(2, 1);
    client_is_quiet();
}

static void a_short_list_is_tried_once_each(void **state)
{
    (void)state;
    stage_pool_element(2);
    stage_event(ENDPOINT_START, ENDPOINT_NONE);
    client_connects(0, 0);
    client_connects(1, 1);
    client_is_quiet();
}

static void first_established_connection_wins_and_the_others_are_closed(void **state)
{
    (void)state;
    stage_pool_element(10);
    stage_event(ENDPOINT_START, ENDPOINT_NONE);
    (void)client_did(EFFECT_CONNECT);
    stage_event(ENDPOINT_CHANNEL_OPENED, 1);
    client_closes(0, ENDPOINT_CLOSE_SUPERSEDED);
    client_closes(2, ENDPOINT_CLOSE_SUPERSEDED);
    client_notifies(PE_NOTIFY_HOME_FOUND, NO_CAUSE);
    client_is_quiet();
    assert_int_equal(server_hunt_home(&stage.element->hunt), 1);
    assert_int_equal(server_hunt_home_server(&stage.element->hunt), 1);
    stage_wait(3600000);
    client_is_quiet();
}

static void a_refused_connection_is_replaced_by_the_next_registrar(void **state)
{
    (void)state;
    stage_pool_element(5);
    stage_event(ENDPOINT_START, ENDPOINT_NONE);
    (void)client_did(EFFECT_CONNECT);
    stage_event(ENDPOINT_CHANNEL_CLOSED, 1);
    client_connects(1, 3);
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    client_connects(0, 4);
    client_is_quiet();
}

static void each_registrar_is_tried_once_a_round(void **state)
{
    (void)state;
    stage_pool_element(3);
    stage_event(ENDPOINT_START, ENDPOINT_NONE);
    (void)client_did(EFFECT_CONNECT);
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    stage_event(ENDPOINT_CHANNEL_CLOSED, 1);
    stage_event(ENDPOINT_CHANNEL_CLOSED, 2);
    client_is_quiet();
    stage_wait(9999);
    client_is_quiet();
    stage_wait(1);
    assert_int_equal(client_did(EFFECT_CONNECT), 3);
}

static void t5_gives_up_and_tries_a_different_set(void **state)
{
    (void)state;
    stage_pool_element(6);
    stage_event(ENDPOINT_START, ENDPOINT_NONE);
    (void)client_did(EFFECT_CONNECT);
    stage_wait(9999);
    client_is_quiet();
    stage_wait(1);
    client_closes(0, ENDPOINT_CLOSE_HUNT_TIMEOUT);
    client_closes(1, ENDPOINT_CLOSE_HUNT_TIMEOUT);
    client_closes(2, ENDPOINT_CLOSE_HUNT_TIMEOUT);
    client_connects(0, 3);
    client_connects(1, 4);
    client_connects(2, 5);
    client_is_quiet();
}

static void t5_doubles_up_to_retran_max(void **state)
{
    static const uint64_t round[] = {10000, 20000, 40000, 60000, 60000};

    (void)state;
    stage_pool_element(1);
    stage_event(ENDPOINT_START, ENDPOINT_NONE);
    for (size_t i = 0; i < sizeof round / sizeof round[0]; i++) {
        client_connects(0, 0);
        stage_wait(round[i] - 1);
        client_is_quiet();
        stage_wait(1);
        client_closes(0, ENDPOINT_CLOSE_HUNT_TIMEOUT);
    }
}

/* The one registrar is tried at 0, and when T5 (10 s) ran out; the second time it becomes the home. */
static void settle_after_t5_ran_out_once(void)
{
    stage_pool_element(1);
    stage_event(ENDPOINT_START, ENDPOINT_NONE);
    stage_wait(10000);
    stage_event(ENDPOINT_CHANNEL_OPENED, 0);
    (void)client_did(EFFECT_CONNECT);
}

/* The home is lost; what T5 is can be seen in the next round, in which the registrar does not answer. */
static void the_hunt_goes_on_with_t5(uint64_t t5)
{
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    client_notifies(PE_NOTIFY_HOME_LOST, NO_CAUSE);
    stage_wait(0);
    client_connects(0, 0);
    stage_wait(t5 - 1);
    client_is_quiet();
    stage_wait(1);
    client_closes(0, ENDPOINT_CLOSE_HUNT_TIMEOUT);
    client_connects(0, 0);
}

static void a_home_that_says_something_resets_t5(void **state)
{
    (void)state;
    settle_after_t5_ran_out_once();
    registrar_keeps_alive(0, HOME_SERVER, 0, POOL);
    the_hunt_goes_on_with_t5(10000);
}

static void a_home_that_lasts_as_long_as_t5_resets_t5(void **state)
{
    (void)state;
    settle_after_t5_ran_out_once();
    stage_wait(20000);
    client_is_quiet();
    the_hunt_goes_on_with_t5(10000);
}

static void what_another_than_the_home_says_does_not_reset_t5(void **state)
{
    (void)state;
    settle_after_t5_ran_out_once();
    stage_event(ENDPOINT_CHANNEL_OPENED, 1);
    registrar_keeps_alive(1, OTHER_SERVER, 0, POOL);
    stage_wait(19999);
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    client_notifies(PE_NOTIFY_HOME_LOST, NO_CAUSE);
    stage_wait(19999);
    client_is_quiet();
    stage_wait(1);
    client_connects(0, 0);
}

static void a_registrar_that_accepts_and_closes_is_tried_at_the_pace_of_t5(void **state)
{
    static const uint64_t pause[] = {10000, 20000, 40000, 60000, 60000};

    (void)state;
    stage_pool_element(1);
    stage_event(ENDPOINT_START, ENDPOINT_NONE);
    for (size_t i = 0; i < sizeof pause / sizeof pause[0]; i++) {
        client_connects(0, 0);
        stage_event(ENDPOINT_CHANNEL_OPENED, 0);
        client_notifies(PE_NOTIFY_HOME_FOUND, NO_CAUSE);
        stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
        client_notifies(PE_NOTIFY_HOME_LOST, NO_CAUSE);
        stage_wait(pause[i] - 1);
        client_is_quiet();
        stage_wait(1);
    }
    client_connects(0, 0);
    client_is_quiet();
}

static void while_one_registrar_accepts_and_closes_the_others_get_their_turn_at_once(void **state)
{
    (void)state;
    stage_pool_element(3);
    stage_settle_home();
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    client_notifies(PE_NOTIFY_HOME_LOST, NO_CAUSE);
    stage_wait(0);
    client_connects(0, 1);
    client_connects(1, 2);
    client_is_quiet();
    stage_event(ENDPOINT_CHANNEL_OPENED, 1);
    client_closes(0, ENDPOINT_CLOSE_SUPERSEDED);
    client_notifies(PE_NOTIFY_HOME_FOUND, NO_CAUSE);
    registrar_keeps_alive(1, HOME_SERVER, 0, POOL);
    stage_event(ENDPOINT_CHANNEL_CLOSED, 1);
    client_notifies(PE_NOTIFY_HOME_LOST, NO_CAUSE);
    stage_wait(0);
    assert_int_equal(client_did(EFFECT_CONNECT), 3);
}

static void losing_the_home_starts_a_hunt_at_once_with_the_next_registrars(void **state)
{
    (void)state;
    stage_pool_element(10);
    stage_settle_home();
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    client_notifies(PE_NOTIFY_HOME_LOST, NO_CAUSE);
    client_is_quiet();
    assert_int_equal(server_hunt_home(&stage.element->hunt), ENDPOINT_NONE);
    stage_wait(0);
    client_connects(0, 3);
    client_connects(1, 4);
    client_connects(2, 5);
    client_is_quiet();
}

static void hunts_for_a_lost_home_are_spread_by_randomness(void **state)
{
    (void)state;
    stage_pool_element(3);
    stage.element->hunt.configuration.jitter_ms = 500;
    stage_settle_home();
    registrar_keeps_alive(0, HOME_SERVER, 0, POOL);
    stage.random = 501 * 1000 + 123;
    stage_event(ENDPOINT_CHANNEL_CLOSED, 0);
    (void)client_did(EFFECT_NOTIFY);
    stage_wait(122);
    client_is_quiet();
    stage_wait(1);
    assert_int_equal(client_did(EFFECT_CONNECT), 3);
}

static void never_more_than_three_connections_whatever_happens(void **state)
{
    uint32_t open[3] = {0, 0, 0};
    uint64_t seed = 1;

    (void)state;
    stage_pool_element(9);
    stage_event(ENDPOINT_START, ENDPOINT_NONE);
    for (int i = 0; i < 20000; i++) {
        for (; stage.cursor < stage.effects.count; stage.cursor++) {
            const struct effect *effect = &stage.effects.effect[stage.cursor];

            if (effect->kind == EFFECT_CONNECT) {
                assert_true(effect->channel < 3);
                assert_int_equal(open[effect->channel], 0);
                open[effect->channel] = 1;
            } else if (effect->kind == EFFECT_CLOSE) {
                assert_int_equal(open[effect->channel], 1);
                open[effect->channel] = 0;
            }
        }
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        stage.random = seed;
        uint32_t slot = (uint32_t)(seed >> 33) % 3;
        uint8_t what = (uint8_t)((seed >> 40) % 4);
        if (what == 0 && open[slot] != 0) {
            stage_event(ENDPOINT_CHANNEL_OPENED, slot);
        } else if (what == 1 && open[slot] != 0) {
            open[slot] = 0;
            stage_event(ENDPOINT_CHANNEL_CLOSED, slot);
        } else {
            stage.now += (seed >> 20) % 20000;
            stage_event(ENDPOINT_TICK, ENDPOINT_NONE);
        }
    }
}

static void events_of_what_is_no_slot_are_ignored(void **state)
{
    (void)state;
    stage_pool_element(3);
    stage_settle_home();
    stage_event(ENDPOINT_CHANNEL_OPENED, 3);
    stage_event(ENDPOINT_CHANNEL_CLOSED, 3);
    stage_event(ENDPOINT_CHANNEL_CLOSED, ENDPOINT_NONE);
    stage_event(ENDPOINT_CHANNEL_CLOSED, 1);
    stage_event(200, 0);
    client_is_quiet();
    assert_int_equal(server_hunt_home(&stage.element->hunt), 0);
}

static void configurations_out_of_range_are_refused(void **state)
{
    struct server_hunt_configuration c;

    (void)state;
    server_hunt_defaults(&c, 0);
    assert_int_equal(c.server_count, 1);
    server_hunt_defaults(&c, 1000);
    assert_int_equal(c.server_count, SERVER_HUNT_SERVERS_MAX);
    assert_int_equal(c.t5_ms, 10000);
    assert_int_equal(c.retran_max_ms, 60000);
    assert_true(server_hunt_configuration_valid(&c));
    c.server_count = 0;
    assert_false(server_hunt_configuration_valid(&c));
    c.server_count = 65;
    assert_false(server_hunt_configuration_valid(&c));
    server_hunt_defaults(&c, 1);
    c.t5_ms = 0;
    assert_false(server_hunt_configuration_valid(&c));
    c.t5_ms = 60001;
    assert_false(server_hunt_configuration_valid(&c));
    server_hunt_defaults(&c, 1);
    c.jitter_ms = SERVER_HUNT_DURATION_MAX_MS + 1;
    assert_false(server_hunt_configuration_valid(&c));
}

#define SCENE(name) cmocka_unit_test_teardown(name, stage_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(startup_connects_to_three_registrars_at_once),
        SCENE(the_list_goes_round),
        SCENE(a_short_list_is_tried_once_each),
        SCENE(first_established_connection_wins_and_the_others_are_closed),
        SCENE(a_refused_connection_is_replaced_by_the_next_registrar),
        SCENE(each_registrar_is_tried_once_a_round),
        SCENE(t5_gives_up_and_tries_a_different_set),
        SCENE(t5_doubles_up_to_retran_max),
        SCENE(a_home_that_says_something_resets_t5),
        SCENE(a_home_that_lasts_as_long_as_t5_resets_t5),
        SCENE(what_another_than_the_home_says_does_not_reset_t5),
        SCENE(a_registrar_that_accepts_and_closes_is_tried_at_the_pace_of_t5),
        SCENE(while_one_registrar_accepts_and_closes_the_others_get_their_turn_at_once),
        SCENE(losing_the_home_starts_a_hunt_at_once_with_the_next_registrars),
        SCENE(hunts_for_a_lost_home_are_spread_by_randomness),
        SCENE(never_more_than_three_connections_whatever_happens),
        SCENE(events_of_what_is_no_slot_are_ignored),
        SCENE(configurations_out_of_range_are_refused),
    };

    return cmocka_run_group_tests_name("server hunt", tests, NULL, NULL);
}
