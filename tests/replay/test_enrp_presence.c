/* Peers: being heard, hearing, noticing silence, and the channels between registrars (RFC 5353, 3.4). */
#include "group_story.h"

#define CYCLE (group.configuration.heartbeat_cycle)

static void a_peer_that_comes_is_asked_for_its_presence(void **state)
{
    (void)state;
    group_alone();
    group_visit(BEN);
    assert_false(is_peer(BEN));
    tell_presence(BEN, false, checksum_of(NULL, 0));
    expect_peer_audit(AUDIT_PEER_JOINED, server_of(BEN));
    expect_presence(BEN, true);
    expect_nothing();
    assert_int_equal(the_peer(BEN)->state, ENRP_PEER_ACTIVE);
    assert_int_equal(the_peer(BEN)->transport_length, 16);
}

static void a_message_of_any_type_makes_a_peer(void **state)
{
    (void)state;
    group_alone();
    group_visit(BEN);
    tell_added(BEN, "echo", 1);
    expect_peer_audit(AUDIT_PEER_JOINED, server_of(BEN));
    expect_presence(BEN, true);
    expect_nothing();
    assert_int_equal(home_of("echo", 1), server_of(BEN));
}

static void a_presence_is_answered_when_it_requires_it(void **state)
{
    (void)state;
    group_alone();
    group_join(BEN);
    tell_presence(BEN, true, checksum_of(NULL, 0));
    expect_presence(BEN, false);
    expect_nothing();
    tell_presence(BEN, false, checksum_of(NULL, 0));
    expect_nothing();
}

static void all_peers_hear_a_presence_in_each_cycle(void **state)
{
    (void)state;
    group_alone();
    group_join(AMY);
    group_join(BEN);
    group_wait(CYCLE - 1);
    expect_beats(0);
    group_wait(1);
    expect_beats(2);
    group_wait(CYCLE - 1);
    expect_beats(0);
    group_wait(1);
    expect_beats(2);
    expect_nothing();
}

static void a_heartbeat_may_come_early_by_chance(void **state)
{
    (void)state;
    story.random = CYCLE / 8;
    group_alone();
    group_join(BEN);
    group_wait(CYCLE - CYCLE / 8 - 1);
    expect_beats(0);
    group_wait(1);
    expect_beats(1);
}

/* Ben was silent for MAX-TIME-LAST-HEARD. */
static void asked(void)
{
    group_alone();
    group_join(BEN);
    group_wait(LIFETIME - 1);
    expect_nothing();
    assert_int_equal(the_peer(BEN)->state, ENRP_PEER_ACTIVE);
    group_wait(1);
    expect_presence(BEN, true);
    expect_nothing();
    assert_int_equal(the_peer(BEN)->state, ENRP_PEER_ASKED);
}

static void a_silent_peer_is_asked_and_dead_when_it_does_not_answer(void **state)
{
    (void)state;
    asked();
    group_wait(PATIENCE - 1);
    expect_nothing();
    assert_true(is_peer(BEN));
    group_wait(1);
    expect_peer_audit(AUDIT_PEER_DEAD, server_of(BEN));
    expect_close(channel_of(BEN), CLOSE_PEER_DEAD);
    expect_nothing();
    assert_false(is_peer(BEN));
    assert_int_equal(group.group->counters.peers_lost, 1);
}

static void a_silent_peer_that_answers_lives(void **state)
{
    (void)state;
    asked();
    group_wait(PATIENCE - 1);
    tell_alive(BEN);
    assert_int_equal(the_peer(BEN)->state, ENRP_PEER_ACTIVE);
    group_wait(LIFETIME - 1);
    expect_nothing();
    group_wait(1);
    expect_presence(BEN, true);
    expect_nothing();
}

static void every_message_counts_as_a_sign_of_life(void **state)
{
    (void)state;
    group_alone();
    group_join(BEN);
    group_wait(LIFETIME - 1);
    tell_added(BEN, "echo", 1);
    assert_true(the_peer(BEN)->last_heard == story.now);
    group_wait(LIFETIME - 1);
    expect_nothing();
    group_wait(1);
    expect_presence(BEN, true);
    expect_nothing();
}

static void a_peer_that_cannot_be_sent_to_has_less_time(void **state)
{
    (void)state;
    group_alone();
    group_join(BEN);
    story_send_failed(channel_of(BEN));
    expect_connect(0);
    group_connect_failed(0);
    assert_int_equal(the_peer(BEN)->state, ENRP_PEER_ASKED);
    group.counting = true;
    group_wait(PATIENCE - 1);
    assert_true(is_peer(BEN));
    group_wait(1);
    assert_false(is_peer(BEN));
    assert_int_equal(group.group->counters.peers_lost, 1);
}

static void a_peer_whose_channel_is_lost_may_come_on_another(void **state)
{
    (void)state;
    group_alone();
    group_join(BEN);
    group_close(BEN);
    expect_connect(0);
    group_wait(PATIENCE / 10);
    group_connected(BEN);
    tell_alive(BEN);
    expect_nothing();
    assert_int_equal(the_peer(BEN)->state, ENRP_PEER_ACTIVE);
    assert_int_equal(the_peer(BEN)->channel, dialled_to(BEN));
    group_wait(PATIENCE);
    expect_nothing();
    assert_int_equal(group.group->counters.peers_lost, 0);
}

static void attempts_to_connect_become_rarer(void **state)
{
    (void)state;
    group.configuration.startup_time = 100000;
    group_configure(BEN);
    group_configure(CLEO);
    group_start();
    expect_connect(0);
    expect_connect(1);
    for (uint32_t pause = 1000; pause < 15000; pause *= 2) {
        group_connect_failed(0);
        group_wait(pause - 1);
        expect_nothing();
        group_wait(1);
        expect_connect(0);
        expect_nothing();
    }
    group_connect_failed(0);
    group_wait(14999);
    expect_nothing();
    group_wait(1);
    expect_connect(0);
}

static void of_two_channels_that_of_the_lower_identifier_stays(void **state)
{
    (void)state;
    group_configure(AMY);
    group_configure(BEN);
    group_start();
    expect_connect(0);
    expect_connect(1);
    group_connected(BEN);
    tell_presence(BEN, false, checksum_of(NULL, 0));
    expect_peer_audit(AUDIT_PEER_JOINED, server_of(BEN));
    expect_presence(BEN, true);
    expect_told(BEN, ENRP_LIST_REQUEST, 0);
    group_visit(BEN);
    /* Ben's identifier is higher: its own channel goes, but only after a greeting that tells who we are. */
    tell_as(channel_of(BEN), server_of(BEN), 0, ENRP_LIST_REQUEST, 0);
    expect_enrp(channel_of(BEN), ENRP_PRESENCE, ENRP_FLAG_REPLY_REQUIRED);
    expect_close(channel_of(BEN), CLOSE_PEER_HAS_ANOTHER);
    expect_told(BEN, ENRP_LIST_RESPONSE, ENRP_FLAG_REJECT);
    expect_nothing();
    assert_int_equal(the_peer(BEN)->channel, dialled_to(BEN));
    group_connected(AMY);
    tell_presence(AMY, false, checksum_of(NULL, 0));
    expect_peer_audit(AUDIT_PEER_JOINED, server_of(AMY));
    expect_presence(AMY, true);
    group_visit(AMY);
    tell_as(channel_of(AMY), server_of(AMY), 0, ENRP_LIST_REQUEST, 0);
    expect_close(dialled_to(AMY), CLOSE_PEER_HAS_ANOTHER);
    expect_enrp(channel_of(AMY), ENRP_LIST_RESPONSE, ENRP_FLAG_REJECT);
    expect_nothing();
    assert_int_equal(the_peer(AMY)->channel, channel_of(AMY));
}

static void who_opens_another_channel_has_lost_the_first(void **state)
{
    (void)state;
    group_alone();
    group_join(BEN);
    group_wait(PATIENCE + 1);
    group_open(channel_of(CLEO), identity_of(BEN), ROLES_ALL, ENRP_NO_PEER);
    tell_as(channel_of(CLEO), server_of(BEN), 0, ENRP_LIST_REQUEST, 0);
    expect_close(channel_of(BEN), CLOSE_PEER_HAS_ANOTHER);
    expect_enrp(channel_of(CLEO), ENRP_LIST_RESPONSE, 0);
    expect_nothing();
    assert_int_equal(the_peer(BEN)->channel, channel_of(CLEO));
    assert_int_equal(the_peer(BEN)->state, ENRP_PEER_ACTIVE);
}

static void whoever_is_no_registrar_any_more_is_cut_off(void **state)
{
    (void)state;
    group_alone();
    group_join(AMY);
    group_join(BEN);
    story.rules->identity[identity_of(BEN)].roles = ROLE_POOL_ELEMENT;
    story_rules_changed();
    expect_close(channel_of(BEN), CLOSE_IDENTITY_GONE);
    expect_connect(1);
    expect_nothing();
    assert_int_equal(the_peer(AMY)->channel, channel_of(AMY));
}

/* ---- Standing still ---- */

static void whoever_stood_still_begins_anew_and_does_nothing_else(void **state)
{
    (void)state;
    group_alone();
    story_open(1, ALICE);
    story_join(1, "echo", 1);
    group_join(BEN);
    story.now += LIFETIME + 1;
    tell_added(BEN, "echo", 2);
    assert_int_equal(expect_effect(EFFECT_BEGIN_ANEW)->length, 0);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 1);
    story_resolve(1, "echo");
    expect_effect(EFFECT_BEGIN_ANEW);
    expect_nothing();
}

static void a_pause_that_peers_wait_for_is_none(void **state)
{
    (void)state;
    group_alone();
    group_join(BEN);
    story.now += LIFETIME;
    group.counting = true;
    group_start();
    assert_int_equal(group.counted[ENRP_PRESENCE], 1);
    assert_true(is_peer(BEN));
}

static void whoever_is_alone_may_stand_still(void **state)
{
    (void)state;
    group_alone();
    story.now += 10u * LIFETIME;
    group_start();
    expect_nothing();
    assert_true(serving());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_CASE(a_peer_that_comes_is_asked_for_its_presence),
        GROUP_CASE(a_message_of_any_type_makes_a_peer),
        GROUP_CASE(a_presence_is_answered_when_it_requires_it),
        GROUP_CASE(all_peers_hear_a_presence_in_each_cycle),
        GROUP_CASE(a_heartbeat_may_come_early_by_chance),
        GROUP_CASE(a_silent_peer_is_asked_and_dead_when_it_does_not_answer),
        GROUP_CASE(a_silent_peer_that_answers_lives),
        GROUP_CASE(every_message_counts_as_a_sign_of_life),
        GROUP_CASE(a_peer_that_cannot_be_sent_to_has_less_time),
        GROUP_CASE(a_peer_whose_channel_is_lost_may_come_on_another),
        GROUP_CASE(attempts_to_connect_become_rarer),
        GROUP_CASE(of_two_channels_that_of_the_lower_identifier_stays),
        GROUP_CASE(who_opens_another_channel_has_lost_the_first),
        GROUP_CASE(whoever_is_no_registrar_any_more_is_cut_off),
        GROUP_CASE(whoever_stood_still_begins_anew_and_does_nothing_else),
        GROUP_CASE(a_pause_that_peers_wait_for_is_none),
        GROUP_CASE(whoever_is_alone_may_stand_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
