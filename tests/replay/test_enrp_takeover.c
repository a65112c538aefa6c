/* Taking over the elements of a registrar that died (RFC 5353, 3.5). Cleo is the one that dies. */
#include "group_story.h"

#define CYCLE (group.configuration.heartbeat_cycle)

static struct handlespace *space(void)
{
    return &story.registrar->handlespace;
}

/* Amy, Ben and Cleo are peers; Cleo is home of two elements. */
static void scene(void)
{
    group_alone();
    group_join(AMY);
    group_join(BEN);
    group_join(CLEO);
    tell_added(CLEO, "echo", 1);
    tell_added(CLEO, "calc", 2);
    tell_added(BEN, "echo", 3);
    expect_nothing();
}

/* Cleo is silent until it is asked; the others, if they are there, are heard. */
static void cleo_is_asked(void)
{
    for (uint32_t i = 0; i < 2; i++) {
        group_wait(CYCLE);
        if (is_peer(AMY))
            tell_alive(AMY);
        if (is_peer(BEN))
            tell_alive(BEN);
        expect_nothing();
    }
    group_wait(LIFETIME - 2u * CYCLE);
    expect_presence(CLEO, true);
    expect_nothing();
}

/* Cleo does not answer, and all peers hear that we want to take it over, Cleo too. */
static void expect_begun(void)
{
    expect_peer_audit(AUDIT_PEER_DEAD, server_of(CLEO));
    expect_peer_audit(AUDIT_TAKEOVER_BEGUN, server_of(CLEO));
    expect_takeover(AMY, ENRP_INIT_TAKEOVER, server_of(CLEO));
    expect_takeover(BEN, ENRP_INIT_TAKEOVER, server_of(CLEO));
    expect_takeover(CLEO, ENRP_INIT_TAKEOVER, server_of(CLEO));
    expect_nothing();
}

static void we_begin(void)
{
    scene();
    cleo_is_asked();
    group_wait(PATIENCE);
    expect_begun();
    group.beats = 0;
}

/* The takeover is ours, and all of these peers hear of it. */
static void expect_won(bool amy, bool ben)
{
    if (amy)
        expect_takeover(AMY, ENRP_TAKEOVER_SERVER, server_of(CLEO));
    if (ben)
        expect_takeover(BEN, ENRP_TAKEOVER_SERVER, server_of(CLEO));
    expect_takeover(CLEO, ENRP_TAKEOVER_SERVER, server_of(CLEO));
    expect_close(channel_of(CLEO), CLOSE_PEER_DEAD);
    expect_peer_audit(AUDIT_TAKEOVER_DONE, server_of(CLEO));
    expect_nothing();
    assert_false(is_peer(CLEO));
    assert_int_equal(home_of("echo", 1), SERVER);
    assert_int_equal(home_of("calc", 2), SERVER);
    assert_int_equal(home_of("echo", 3), server_of(BEN));
    assert_int_equal(group.group->counters.elements_taken, 2);
}

static void the_takeover_is_won_when_all_have_acknowledged(void **state)
{
    (void)state;
    we_begin();
    tell_takeover(AMY, ENRP_INIT_TAKEOVER_ACK, server_of(CLEO));
    expect_nothing();
    assert_int_equal(home_of("echo", 1), server_of(CLEO));
    tell_takeover(BEN, ENRP_INIT_TAKEOVER_ACK, server_of(CLEO));
    expect_won(true, true);
}

static void an_acknowledgement_of_another_takeover_does_not_count(void **state)
{
    (void)state;
    we_begin();
    tell_takeover(AMY, ENRP_INIT_TAKEOVER_ACK, server_of(BEN));
    tell_takeover(BEN, ENRP_INIT_TAKEOVER_ACK, server_of(AMY));
    expect_nothing();
    assert_int_equal(home_of("echo", 1), server_of(CLEO));
}

static void the_single_survivor_wins_at_once(void **state)
{
    (void)state;
    group_alone();
    group_join(CLEO);
    tell_added(CLEO, "echo", 1);
    cleo_is_asked();
    group_wait(PATIENCE);
    expect_peer_audit(AUDIT_PEER_DEAD, server_of(CLEO));
    expect_peer_audit(AUDIT_TAKEOVER_BEGUN, server_of(CLEO));
    expect_takeover(CLEO, ENRP_INIT_TAKEOVER, server_of(CLEO));
    expect_takeover(CLEO, ENRP_TAKEOVER_SERVER, server_of(CLEO));
    expect_close(channel_of(CLEO), CLOSE_PEER_DEAD);
    expect_peer_audit(AUDIT_TAKEOVER_DONE, server_of(CLEO));
    expect_nothing();
    assert_int_equal(home_of("echo", 1), SERVER);
}

static void who_does_not_acknowledge_is_asked_three_times_and_left_out(void **state)
{
    (void)state;
    we_begin();
    tell_takeover(AMY, ENRP_INIT_TAKEOVER_ACK, server_of(CLEO));
    for (uint32_t i = 1; i < 3; i++) {
        group_wait(PATIENCE - 1);
        expect_nothing();
        group_wait(1);
        expect_takeover(AMY, ENRP_INIT_TAKEOVER, server_of(CLEO));
        expect_takeover(BEN, ENRP_INIT_TAKEOVER, server_of(CLEO));
        expect_takeover(CLEO, ENRP_INIT_TAKEOVER, server_of(CLEO));
        expect_nothing();
    }
    group_wait(PATIENCE - 1);
    expect_nothing();
    group_wait(1);
    expect_won(true, true);
}

static void a_peer_that_dies_meanwhile_is_not_waited_for(void **state)
{
    (void)state;
    we_begin();
    tell_takeover(AMY, ENRP_INIT_TAKEOVER_ACK, server_of(CLEO));
    group_close(BEN);
    expect_connect(1);
    group_connect_failed(1);
    group_wait(PATIENCE - 1);
    expect_connect(1);
    expect_nothing();
    group_wait(1);
    expect_peer_audit(AUDIT_PEER_DEAD, server_of(BEN));
    expect_takeover(AMY, ENRP_TAKEOVER_SERVER, server_of(CLEO));
    expect_takeover(CLEO, ENRP_TAKEOVER_SERVER, server_of(CLEO));
    expect_close(channel_of(CLEO), CLOSE_PEER_DEAD);
    expect_peer_audit(AUDIT_TAKEOVER_DONE, server_of(CLEO));
    /* Ben is next. */
    expect_peer_audit(AUDIT_TAKEOVER_BEGUN, server_of(BEN));
    expect_takeover(AMY, ENRP_INIT_TAKEOVER, server_of(BEN));
    expect_nothing();
}

static void a_presence_of_the_target_stops_it(void **state)
{
    (void)state;
    we_begin();
    tell_alive(CLEO);
    expect_peer_audit(AUDIT_TAKEOVER_STOPPED, server_of(CLEO));
    expect_nothing();
    assert_int_equal(the_peer(CLEO)->state, ENRP_PEER_ACTIVE);
    tell_takeover(AMY, ENRP_INIT_TAKEOVER_ACK, server_of(CLEO));
    tell_takeover(BEN, ENRP_INIT_TAKEOVER_ACK, server_of(CLEO));
    expect_nothing();
    assert_int_equal(home_of("echo", 1), server_of(CLEO));
    assert_int_equal(group.group->counters.takeovers_stopped, 1);
}

static void a_peer_without_elements_is_only_forgotten(void **state)
{
    (void)state;
    group_alone();
    group_join(AMY);
    group_join(CLEO);
    cleo_is_asked();
    group_wait(PATIENCE);
    expect_peer_audit(AUDIT_PEER_DEAD, server_of(CLEO));
    expect_close(channel_of(CLEO), CLOSE_PEER_DEAD);
    expect_nothing();
    assert_false(is_peer(CLEO));
    assert_int_equal(group.group->counters.takeovers_begun, 0);
}

/* ---- Arbitration ---- */

static void the_higher_identifier_goes_on(void **state)
{
    (void)state;
    we_begin();
    /* Amy's is lower than ours: she is not answered. */
    tell_takeover(AMY, ENRP_INIT_TAKEOVER, server_of(CLEO));
    expect_nothing();
    assert_int_equal(group.group->takeover.active, 1);
    /* Ben's is higher. */
    tell_takeover(BEN, ENRP_INIT_TAKEOVER, server_of(CLEO));
    expect_peer_audit(AUDIT_TAKEOVER_STOPPED, server_of(CLEO));
    expect_takeover(BEN, ENRP_INIT_TAKEOVER_ACK, server_of(CLEO));
    expect_nothing();
    assert_int_equal(the_peer(CLEO)->state, ENRP_PEER_INACTIVE);
    assert_int_equal(home_of("echo", 1), server_of(CLEO));
}

static void by_the_other_setting_the_lower_identifier_goes_on(void **state)
{
    (void)state;
    group.configuration.arbitration = ENRP_ARBITRATION_RSPLIB;
    we_begin();
    tell_takeover(BEN, ENRP_INIT_TAKEOVER, server_of(CLEO));
    expect_nothing();
    assert_int_equal(group.group->takeover.active, 1);
    tell_takeover(AMY, ENRP_INIT_TAKEOVER, server_of(CLEO));
    expect_peer_audit(AUDIT_TAKEOVER_STOPPED, server_of(CLEO));
    expect_takeover(AMY, ENRP_INIT_TAKEOVER_ACK, server_of(CLEO));
    expect_nothing();
}

/* ---- Takeovers of others ---- */

static void whoever_has_no_takeover_of_its_own_agrees(void **state)
{
    (void)state;
    scene();
    tell_takeover(AMY, ENRP_INIT_TAKEOVER, server_of(CLEO));
    expect_takeover(AMY, ENRP_INIT_TAKEOVER_ACK, server_of(CLEO));
    expect_nothing();
    assert_int_equal(the_peer(CLEO)->state, ENRP_PEER_INACTIVE);
}

static void the_new_home_is_the_one_that_took_over(void **state)
{
    (void)state;
    scene();
    tell_takeover(AMY, ENRP_INIT_TAKEOVER, server_of(CLEO));
    expect_takeover(AMY, ENRP_INIT_TAKEOVER_ACK, server_of(CLEO));
    tell_takeover(AMY, ENRP_TAKEOVER_SERVER, server_of(CLEO));
    expect_peer_audit(AUDIT_TAKEN_OVER, server_of(AMY));
    expect_nothing();
    assert_false(is_peer(CLEO));
    assert_int_equal(home_of("echo", 1), server_of(AMY));
    assert_int_equal(home_of("calc", 2), server_of(AMY));
    assert_int_equal(home_of("echo", 3), server_of(BEN));
}

static void a_takeover_that_another_completed_ends_ours(void **state)
{
    (void)state;
    we_begin();
    tell_takeover(BEN, ENRP_TAKEOVER_SERVER, server_of(CLEO));
    expect_peer_audit(AUDIT_TAKEOVER_STOPPED, server_of(CLEO));
    expect_peer_audit(AUDIT_TAKEN_OVER, server_of(BEN));
    expect_nothing();
    assert_int_equal(home_of("echo", 1), server_of(BEN));
    assert_false(is_peer(CLEO));
}

static void a_target_whose_takeover_does_not_come_is_watched_again(void **state)
{
    (void)state;
    scene();
    tell_takeover(AMY, ENRP_INIT_TAKEOVER, server_of(CLEO));
    expect_takeover(AMY, ENRP_INIT_TAKEOVER_ACK, server_of(CLEO));
    group_wait(5u * PATIENCE - 1);
    expect_nothing();
    group_wait(1);
    expect_presence(CLEO, true);
    expect_nothing();
    assert_int_equal(the_peer(CLEO)->state, ENRP_PEER_ASKED);
    tell_alive(AMY);
    tell_alive(BEN);
    group_wait(PATIENCE);
    expect_begun();
}

static void a_target_that_is_heard_is_active_again(void **state)
{
    (void)state;
    scene();
    tell_takeover(AMY, ENRP_INIT_TAKEOVER, server_of(CLEO));
    expect_takeover(AMY, ENRP_INIT_TAKEOVER_ACK, server_of(CLEO));
    tell_alive(CLEO);
    expect_nothing();
    assert_int_equal(the_peer(CLEO)->state, ENRP_PEER_ACTIVE);
}

/* ---- We are the target ---- */

static void whoever_is_to_be_taken_over_tells_all_that_it_lives(void **state)
{
    (void)state;
    scene();
    tell_takeover(AMY, ENRP_INIT_TAKEOVER, SERVER);
    expect_nothing();
    expect_beats(3);
}

static void whoever_was_taken_over_says_that_it_lives_and_fetches(void **state)
{
    struct registration mine = story_registration("echo", 9);

    (void)state;
    scene();
    story_open(1, ALICE);
    group.counting = true;
    story_register(1, &mine);
    group.counting = false;
    tell_takeover(AMY, ENRP_TAKEOVER_SERVER, SERVER);
    for (enum peer peer = AMY; peer <= CLEO; peer++) {
        expect_enrp(channel_of(peer), ENRP_PRESENCE, ENRP_FLAG_REPLY_REQUIRED);
        assert_int_equal(told.receiving_server_identifier, 0);
    }
    expect_told(AMY, ENRP_HANDLE_TABLE_REQUEST, ENRP_FLAG_OWN_CHILDREN_ONLY);
    expect_nothing();
    assert_int_equal(home_of("echo", 9), SERVER);
}

/* ---- Elements that were taken over ---- */

static void taken_elements_have_time_to_come(void **state)
{
    struct registration r = story_registration("echo", 1);

    (void)state;
    scene();
    cleo_is_asked();
    group.counting = true;
    group_wait(PATIENCE);
    tell_takeover(AMY, ENRP_INIT_TAKEOVER_ACK, server_of(CLEO));
    tell_takeover(BEN, ENRP_INIT_TAKEOVER_ACK, server_of(CLEO));
    assert_int_equal(home_of("echo", 1), SERVER);
    story_open(1, ALICE);
    group_wait(group.configuration.takeover_grace / 2);
    tell_alive(AMY);
    tell_alive(BEN);
    group.counting = false;
    story_register(1, &r);
    expect_registered(1, "echo", 1);
    expect_update(AMY, UPDATE_ACTION_ADD_PE, "echo", 1);
    expect_update(BEN, UPDATE_ACTION_ADD_PE, "echo", 1);
    expect_nothing();
    group.counting = true;
    memset(group.counted, 0, sizeof group.counted);
    story_close(1);
    story_open(1, ALICE);
    story_register(1, &r);
    group_wait(group.configuration.takeover_grace / 2 + TIMER_WHEEL_TICK);
    assert_int_equal(element_of("calc", 2), HANDLESPACE_NONE);
    assert_int_equal(space()->pool_count, 1);
}

/* Over TCP an element is reached by the channel it has registered on, and theirs went to Cleo: neither they nor Alice, whose
 * channel is here, are told anything. */
static void taken_elements_have_no_channel_to_be_asked_on(void **state)
{
    (void)state;
    scene();
    story_open(1, ALICE);
    cleo_is_asked();
    group_wait(PATIENCE);
    expect_begun();
    tell_takeover(AMY, ENRP_INIT_TAKEOVER_ACK, server_of(CLEO));
    tell_takeover(BEN, ENRP_INIT_TAKEOVER_ACK, server_of(CLEO));
    expect_won(true, true);
    assert_int_equal(space()->element[element_of("echo", 1)].channel, HANDLESPACE_NO_CHANNEL);
    assert_int_equal(space()->element[element_of("calc", 2)].channel, HANDLESPACE_NO_CHANNEL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_CASE(the_takeover_is_won_when_all_have_acknowledged),
        GROUP_CASE(an_acknowledgement_of_another_takeover_does_not_count),
        GROUP_CASE(the_single_survivor_wins_at_once),
        GROUP_CASE(who_does_not_acknowledge_is_asked_three_times_and_left_out),
        GROUP_CASE(a_peer_that_dies_meanwhile_is_not_waited_for),
        GROUP_CASE(a_presence_of_the_target_stops_it),
        GROUP_CASE(a_peer_without_elements_is_only_forgotten),
        GROUP_CASE(the_higher_identifier_goes_on),
        GROUP_CASE(by_the_other_setting_the_lower_identifier_goes_on),
        GROUP_CASE(whoever_has_no_takeover_of_its_own_agrees),
        GROUP_CASE(the_new_home_is_the_one_that_took_over),
        GROUP_CASE(a_takeover_that_another_completed_ends_ours),
        GROUP_CASE(a_target_whose_takeover_does_not_come_is_watched_again),
        GROUP_CASE(a_target_that_is_heard_is_active_again),
        GROUP_CASE(whoever_is_to_be_taken_over_tells_all_that_it_lives),
        GROUP_CASE(whoever_was_taken_over_says_that_it_lives_and_fetches),
        GROUP_CASE(taken_elements_have_time_to_come),
        GROUP_CASE(taken_elements_have_no_channel_to_be_asked_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
