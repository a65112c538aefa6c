/* Learning of peers while serving (enrp_refresh.h), and channels on which nobody says who is there. */
#include "group_story.h"

#define CYCLE (group.configuration.heartbeat_cycle)

/* Amy and Ben are peers, and alive. */
static void among_two(void)
{
    group_alone();
    group_join(AMY);
    group_join(BEN);
    group.refreshes = 0;
}

/* What else was done does not matter here. */
static void expect_anything(void)
{
    story.cursor = story.effects.count;
}

/* Half a cycle passes, in which the peers are heard. */
static void pass(void)
{
    expect_anything();
    group_wait(CYCLE / 2u);
    expect_anything();
    tell_alive(AMY);
    tell_alive(BEN);
}

/* Lets time pass until a peer is asked for its list. Returns which. */
static enum peer asked(void)
{
    uint32_t before = group.refreshes;

    for (uint32_t i = 0; group.refreshes == before; i++) {
        assert_in_range(i, 0, 8);
        pass();
    }
    assert_int_equal(group.refreshes, before + 1u);
    return group.refreshed == channel_of(AMY) ? AMY : BEN;
}

static void one_peer_after_the_other_is_asked(void **state)
{
    enum peer first;

    (void)state;
    among_two();
    first = asked();
    assert_int_equal(asked(), first == AMY ? BEN : AMY);
    assert_int_equal(asked(), first);
}

static void in_each_cycle_one_is_asked(void **state)
{
    (void)state;
    among_two();
    (void)asked();
    group.refreshes = 0;
    for (uint32_t i = 0; i < 8u; i++)
        pass();
    assert_in_range(group.refreshes, 3, 4);
}

static void alone_nobody_is_asked(void **state)
{
    (void)state;
    group_alone();
    group_wait(20u * CYCLE);
    assert_int_equal(group.refreshes, 0);
}

static void a_peer_that_another_names_is_dialled(void **state)
{
    enum peer peer;

    (void)state;
    among_two();
    peer = asked();
    tell_list(peer, (const enum peer[]){CLEO}, 1);
    assert_int_equal(the_peer(CLEO)->state, ENRP_PEER_UNHEARD);
    expect_connect(2);
    assert_int_equal(story.effects.effect[0].length, the_peer(CLEO)->transport_length);
    expect_nothing();
}

static void of_many_that_it_names_one_is_learned(void **state)
{
    enum peer peer;

    (void)state;
    among_two();
    peer = asked();
    tell_list(peer, (const enum peer[]){AMY, BEN, CLEO, DAN, EVE}, 5);
    assert_true(is_peer(CLEO));
    assert_false(is_peer(DAN));
    assert_false(is_peer(EVE));
    expect_connect(2);
}

static void the_next_one_is_learned_from_the_next_list(void **state)
{
    enum peer peer;

    (void)state;
    among_two();
    peer = asked();
    tell_list(peer, (const enum peer[]){CLEO, DAN}, 2);
    expect_connect(2);
    peer = asked();
    tell_list(peer, (const enum peer[]){CLEO, DAN}, 2);
    assert_true(is_peer(DAN));
    assert_false(is_peer(EVE));
    expect_anything();
}

static void a_list_that_was_not_asked_for_is_ignored(void **state)
{
    enum peer peer;

    (void)state;
    among_two();
    peer = asked();
    tell_list(peer == AMY ? BEN : AMY, (const enum peer[]){CLEO}, 1);
    assert_false(is_peer(CLEO));
    tell_list(peer, (const enum peer[]){DAN}, 1);
    expect_connect(2);
    tell_list(peer, (const enum peer[]){CLEO}, 1); /* a second answer */
    assert_true(is_peer(DAN));
    assert_false(is_peer(CLEO));
    expect_nothing();
}

static void who_is_named_and_not_heard_is_gone_again(void **state)
{
    enum peer peer;

    (void)state;
    among_two();
    peer = asked();
    tell_list(peer, (const enum peer[]){CLEO}, 1);
    expect_connect(2);
    group_connect_failed(2);
    for (uint32_t waited = 0; waited <= LIFETIME + CYCLE; waited += CYCLE / 2u) {
        pass();
    }
    assert_false(is_peer(CLEO));
    expect_anything();
}

/* ---- strangers ---- */

static void who_does_not_say_who_it_is_loses_its_channel(void **state)
{
    (void)state;
    among_two();
    group_visit(CLEO);
    expect_nothing();
    group_wait(PATIENCE);
    assert_true(group.group->channel[CLEO].open != 0);
    for (uint32_t i = 0; i < 2u; i++) {
        tell_alive(AMY);
        tell_alive(BEN);
        group_wait(CYCLE);
        if (group.group->channel[CLEO].open == 0)
            break;
    }
    expect_close(channel_of(CLEO), CLOSE_NO_PRESENCE);
    expect_nothing();
}

static void who_has_said_it_keeps_its_channel(void **state)
{
    (void)state;
    among_two();
    for (uint32_t i = 0; i < 6u; i++) {
        group_wait(CYCLE);
        tell_alive(AMY);
        tell_alive(BEN);
    }
    assert_true(group.group->channel[AMY].open != 0);
    assert_true(group.group->channel[BEN].open != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_CASE(one_peer_after_the_other_is_asked),
        GROUP_CASE(in_each_cycle_one_is_asked),
        GROUP_CASE(alone_nobody_is_asked),
        GROUP_CASE(a_peer_that_another_names_is_dialled),
        GROUP_CASE(of_many_that_it_names_one_is_learned),
        GROUP_CASE(the_next_one_is_learned_from_the_next_list),
        GROUP_CASE(a_list_that_was_not_asked_for_is_ignored),
        GROUP_CASE(who_is_named_and_not_heard_is_gone_again),
        GROUP_CASE(who_does_not_say_who_it_is_loses_its_channel),
        GROUP_CASE(who_has_said_it_keeps_its_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
