/* Audits of the handlespace, and fetching again what differs (RFC 5353, 3.6). */
#include "group_story.h"
#include "handlespace_journal.h"

#define M ENRP_FLAG_MORE_TO_SEND
#define R ENRP_FLAG_REJECT
#define W ENRP_FLAG_OWN_CHILDREN_ONLY
#define BENS 0x62626262u
#define AMYS 0x41414141u

static const struct entry one[] = {{"echo", 1, BENS}};
static const struct entry two[] = {{"echo", 1, BENS}, {"calc", 2, BENS}};

/* Ben is home of "echo" 1, as far as we know. */
static void scene(void)
{
    group_alone();
    group_join(AMY);
    group_join(BEN);
    tell_added(BEN, "echo", 1);
    expect_nothing();
}

/* Ben's checksum is that of `entries`, and we ask for what it is home of. */
static void differs(const struct entry *entries, uint32_t count)
{
    tell_presence(BEN, false, checksum_of(entries, count));
    expect_told(BEN, ENRP_HANDLE_TABLE_REQUEST, W);
    expect_nothing();
}

static void expect_resynchronized(void)
{
    expect_peer_audit(AUDIT_RESYNCHRONIZED, BENS);
    expect_nothing();
}

static void a_checksum_that_agrees_asks_for_nothing(void **state)
{
    (void)state;
    scene();
    tell_presence(BEN, false, checksum_of(one, 1));
    expect_nothing();
    assert_int_equal(group.group->counters.audits, 3);
    assert_int_equal(group.group->counters.audits_failed, 0);
}

static void what_we_lack_is_fetched(void **state)
{
    (void)state;
    scene();
    differs(two, 2);
    assert_int_equal(group.group->counters.audits_failed, 1);
    tell_table(BEN, 0, two, 2);
    expect_resynchronized();
    assert_int_equal(home_of("calc", 2), BENS);
    tell_presence(BEN, false, checksum_of(two, 2));
    expect_nothing();
}

static void what_the_home_has_no_longer_is_purged(void **state)
{
    (void)state;
    scene();
    tell_added(BEN, "calc", 2);
    tell_added(AMY, "echo", 3);
    differs(one, 1);
    tell_table(BEN, 0, one, 1);
    expect_resynchronized();
    assert_int_equal(element_of("calc", 2), HANDLESPACE_NONE);
    assert_int_equal(home_of("echo", 1), BENS);
    assert_int_equal(home_of("echo", 3), AMYS);
    assert_int_equal(group.group->counters.elements_purged, 1);
}

static void an_empty_table_purges_all_of_the_home(void **state)
{
    (void)state;
    scene();
    differs(NULL, 0);
    tell_table(BEN, 0, NULL, 0);
    expect_resynchronized();
    assert_int_equal(element_of("echo", 1), HANDLESPACE_NONE);
}

/* What is registered while the table is on its way is not in it, and stays. */
static void what_is_added_meanwhile_is_not_purged(void **state)
{
    (void)state;
    scene();
    differs(two, 2);
    tell_added(BEN, "calc", 5);
    tell_table(BEN, 0, two, 2);
    expect_resynchronized();
    assert_int_equal(home_of("calc", 5), BENS);
}

static void nothing_is_purged_before_the_last_part(void **state)
{
    (void)state;
    scene();
    tell_added(BEN, "calc", 2);
    differs(one, 1);
    tell_table(BEN, M, NULL, 0);
    expect_told(BEN, ENRP_HANDLE_TABLE_REQUEST, W);
    expect_nothing();
    assert_int_equal(home_of("echo", 1), BENS);
    tell_table(BEN, 0, one, 1);
    expect_resynchronized();
    assert_int_equal(home_of("echo", 1), BENS);
    assert_int_equal(element_of("calc", 2), HANDLESPACE_NONE);
}

static void a_rejected_request_is_repeated_after_the_next_presence(void **state)
{
    (void)state;
    scene();
    differs(two, 2);
    tell_plain(BEN, ENRP_HANDLE_TABLE_RESPONSE, R);
    expect_nothing();
    assert_int_equal(home_of("echo", 1), BENS);
    differs(two, 2);
}

static void a_table_that_does_not_come_is_given_up_with_its_channel(void **state)
{
    (void)state;
    scene();
    differs(two, 2);
    group_wait(PATIENCE - 1);
    expect_nothing();
    group_wait(1);
    expect_close(channel_of(BEN), CLOSE_TABLE_UNFINISHED);
    expect_connect(1);
    expect_nothing();
    assert_int_equal(home_of("echo", 1), BENS);
    assert_int_equal(group.group->counters.tables_given_up, 1);
}

static void one_table_is_fetched_at_a_time(void **state)
{
    (void)state;
    scene();
    differs(two, 2);
    tell_presence(AMY, false, checksum_of(one, 1));
    expect_nothing();
    tell_table(BEN, 0, two, 2);
    expect_peer_audit(AUDIT_RESYNCHRONIZED, BENS);
    expect_told(AMY, ENRP_HANDLE_TABLE_REQUEST, W);
    expect_nothing();
}

/* The checksum does not see what an element registered: now and then everything is compared. */
static void after_many_checksums_that_agree_all_is_compared(void **state)
{
    (void)state;
    scene();
    for (uint32_t i = 1; i <= 20; i++) {
        if (the_peer(BEN)->agreed == 20)
            break;
        tell_presence(BEN, false, checksum_of(one, 1));
        expect_nothing();
    }
    assert_int_equal(the_peer(BEN)->agreed, 20);
    differs(one, 1);
    assert_int_equal(group.group->counters.audits_failed, 0);
    tell_table(BEN, 0, one, 1);
    expect_resynchronized();
    tell_presence(BEN, false, checksum_of(one, 1));
    expect_nothing();
}

static void a_peer_speaks_only_for_what_it_is_home_of(void **state)
{
    static const struct entry others[] = {{"echo", 1, BENS}, {"echo", 3, BENS},
                                          {"calc", 4, AMYS}, {"calc", 9, SERVER},
                                          {"calc", 8, AMYS}, {"echo", 5, 0x73737373u}};

    (void)state;
    scene();
    tell_added(AMY, "echo", 3);
    tell_added(AMY, "calc", 4);
    tell_added(AMY, "echo", 5);
    differs(two, 2);
    tell_table(BEN, 0, others, 6);
    expect_resynchronized();
    /* That Ben is home of "echo" 3 is for Ben to say; what others are home of, and we, is not. */
    assert_int_equal(home_of("echo", 3), BENS);
    assert_int_equal(home_of("calc", 4), AMYS);
    assert_int_equal(home_of("echo", 5), AMYS);
    assert_int_equal(home_of("calc", 8), 0);
    assert_int_equal(home_of("calc", 9), 0);
}

/* A table claims Alice's element, who is here: she is asked, and stays. */
static void a_table_does_not_take_an_element_that_is_here(void **state)
{
    struct registration r = story_registration("echo", 7);
    static const struct entry claimed[] = {{"echo", 1, BENS}, {"echo", 7, BENS}};

    (void)state;
    scene();
    story_open(1, ALICE);
    story_register(1, &r);
    expect_registered(1, "echo", 7);
    expect_update(AMY, UPDATE_ACTION_ADD_PE, "echo", 7);
    expect_update(BEN, UPDATE_ACTION_ADD_PE, "echo", 7);
    differs(claimed, 2);
    tell_table(BEN, 0, claimed, 2);
    expect_resynchronized();
    group_wait(TIMER_WHEEL_TICK);
    expect_message(1, ASAP_ENDPOINT_KEEP_ALIVE, ASAP_FLAG_HOME);
    story_acknowledge(1, "echo", 7);
    expect_update(AMY, UPDATE_ACTION_ADD_PE, "echo", 7);
    expect_update(BEN, UPDATE_ACTION_ADD_PE, "echo", 7);
    expect_nothing();
    assert_int_equal(home_of("echo", 7), SERVER);
}

static void our_checksum_is_that_of_our_elements(void **state)
{
    struct registration r = story_registration("echo", 7);
    static const struct entry ours[] = {{"echo", 7, SERVER}};

    (void)state;
    scene();
    story_open(1, ALICE);
    story_register(1, &r);
    expect_registered(1, "echo", 7);
    expect_update(AMY, UPDATE_ACTION_ADD_PE, "echo", 7);
    expect_update(BEN, UPDATE_ACTION_ADD_PE, "echo", 7);
    tell_presence(BEN, true, checksum_of(one, 1));
    expect_presence(BEN, false);
    assert_int_equal(told.pe_checksum, checksum_of(ours, 1));
    expect_nothing();
}

/* ---- Changes that got lost ---- */

/* More changes at once than the journal holds: they are not all announced, but the checksum tells, and all are given. */
static void a_journal_that_overflowed_is_repaired_by_the_audit(void **state)
{
    const uint32_t elements = HANDLESPACE_JOURNAL_MAX + 10u;
    uint32_t given;

    (void)state;
    story_configuration()->channel_limits.messages = (struct rate_limit){100000, 100000};
    story_configuration()->channel_limits.registrations = (struct rate_limit){100000, 100000};
    story_configuration()->identity_limits.messages = (struct rate_limit){100000, 100000};
    story_configuration()->identity_limits.registrations = (struct rate_limit){100000, 100000};
    story_configuration()->elements_per_identity = 1000;
    group_alone();
    group_join(BEN);
    story_open(1, ALICE);
    group.busy = true;
    for (uint32_t i = 1; i <= elements; i++)
        story_join(1, "echo", i);
    group.busy = false;
    assert_int_equal(story.registrar->handlespace.journal_lost, 10);
    group.counting = true;
    group_start();
    assert_int_equal(group.counted[ENRP_HANDLE_UPDATE], HANDLESPACE_JOURNAL_MAX);
    group.counting = false;
    tell_plain(BEN, ENRP_HANDLE_TABLE_REQUEST, W);
    expect_told(BEN, ENRP_HANDLE_TABLE_RESPONSE, the_peer(BEN)->table.active != 0 ? M : 0);
    given = entries_told();
    while (the_peer(BEN)->table.active != 0) {
        tell_plain(BEN, ENRP_HANDLE_TABLE_REQUEST, W);
        expect_told(BEN, ENRP_HANDLE_TABLE_RESPONSE, the_peer(BEN)->table.active != 0 ? M : 0);
        given += entries_told();
    }
    assert_int_equal(given, elements);
}

/* The other side of it: an update that never came is noticed by the next presence. */
static void an_update_that_did_not_come_is_repaired_by_the_audit(void **state)
{
    (void)state;
    scene();
    tell_removed(BEN, "echo", 1);
    differs(two, 2);
    tell_table(BEN, 0, two, 2);
    expect_resynchronized();
    assert_int_equal(home_of("echo", 1), BENS);
    assert_int_equal(home_of("calc", 2), BENS);
}

/* ---- Elements without a home ---- */

static void elements_of_nobody_in_the_list_are_purged_when_serving_begins(void **state)
{
    static const struct entry orphans[] = {{"echo", 1, BENS}, {"echo", 2, 0x12121212u}};

    (void)state;
    group_configure(BEN);
    group_start();
    expect_connect(0);
    group_connected(BEN);
    tell_presence(BEN, false, checksum_of(one, 1));
    expect_peer_audit(AUDIT_PEER_JOINED, BENS);
    expect_presence(BEN, true);
    expect_told(BEN, ENRP_LIST_REQUEST, 0);
    tell_list(BEN, NULL, 0);
    expect_told(BEN, ENRP_HANDLE_TABLE_REQUEST, 0);
    tell_table(BEN, 0, orphans, 2);
    expect_nothing();
    assert_true(serving());
    assert_int_equal(home_of("echo", 1), BENS);
    assert_int_equal(element_of("echo", 2), HANDLESPACE_NONE);
    assert_int_equal(group.group->counters.elements_purged, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_CASE(a_checksum_that_agrees_asks_for_nothing),
        GROUP_CASE(what_we_lack_is_fetched),
        GROUP_CASE(what_the_home_has_no_longer_is_purged),
        GROUP_CASE(an_empty_table_purges_all_of_the_home),
        GROUP_CASE(what_is_added_meanwhile_is_not_purged),
        GROUP_CASE(nothing_is_purged_before_the_last_part),
        GROUP_CASE(a_rejected_request_is_repeated_after_the_next_presence),
        GROUP_CASE(a_table_that_does_not_come_is_given_up_with_its_channel),
        GROUP_CASE(one_table_is_fetched_at_a_time),
        GROUP_CASE(after_many_checksums_that_agree_all_is_compared),
        GROUP_CASE(a_peer_speaks_only_for_what_it_is_home_of),
        GROUP_CASE(a_table_does_not_take_an_element_that_is_here),
        GROUP_CASE(our_checksum_is_that_of_our_elements),
        GROUP_CASE(a_journal_that_overflowed_is_repaired_by_the_audit),
        GROUP_CASE(an_update_that_did_not_come_is_repaired_by_the_audit),
        GROUP_CASE(elements_of_nobody_in_the_list_are_purged_when_serving_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
