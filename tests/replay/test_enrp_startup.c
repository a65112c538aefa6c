/* Starting (RFC 5353, 3.2): finding a mentor, its peers and its handlespace; and giving both to others that start. */
#include "group_story.h"

#define M ENRP_FLAG_MORE_TO_SEND
#define R ENRP_FLAG_REJECT

/* Ben and Cleo are configured, and both are dialled. */
static void two_mentors(void)
{
    group_configure(BEN);
    group_configure(CLEO);
    group_start();
    expect_connect(0);
    expect_connect(1);
    expect_nothing();
    assert_false(serving());
}

/* The peer that we dialled answers for the first time. */
static void answers(enum peer peer)
{
    tell_presence(peer, false, checksum_of(NULL, 0));
    expect_peer_audit(AUDIT_PEER_JOINED, server_of(peer));
    expect_presence(peer, true);
}

/* Ben is reached, and asked for its peers. */
static void asked_for_peers(void)
{
    two_mentors();
    group_connected(BEN);
    answers(BEN);
    expect_told(BEN, ENRP_LIST_REQUEST, 0);
    expect_nothing();
}

/* Ben has told that it has no peers, and is asked for its handle table. */
static void asked_for_table(void)
{
    asked_for_peers();
    tell_list(BEN, NULL, 0);
    expect_told(BEN, ENRP_HANDLE_TABLE_REQUEST, 0);
    expect_nothing();
}

static void without_peers_it_serves_at_once(void **state)
{
    (void)state;
    group_start();
    assert_true(serving());
    expect_nothing();
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    expect_nothing();
}

static void without_any_mentor_within_reach_it_serves(void **state)
{
    (void)state;
    two_mentors();
    group_connect_failed(0);
    assert_false(serving());
    group_connect_failed(1);
    assert_true(serving());
}

static void silence_of_everybody_ends_start_up_in_time(void **state)
{
    (void)state;
    group_configure(BEN);
    group_start();
    expect_connect(0);
    group_wait(group.configuration.startup_time - 1);
    assert_false(serving());
    expect_nothing();
    group_wait(1);
    assert_true(serving());
    expect_nothing();
}

static void the_mentor_is_asked_for_its_peers_and_dials_follow(void **state)
{
    static const enum peer known[] = {AMY, CLEO};
    const struct effect *e;

    (void)state;
    asked_for_peers();
    tell_list(BEN, known, 2);
    expect_told(BEN, ENRP_HANDLE_TABLE_REQUEST, 0);
    e = expect_effect(EFFECT_CONNECT);
    assert_int_equal(e->subject, 2);
    assert_int_equal(e->length, 16);
    assert_memory_equal(story.effects.bytes + e->offset + 12, "\xc0\x00\x02\x08", 4);
    expect_nothing();
    assert_int_equal(the_peer(AMY)->state, ENRP_PEER_UNHEARD);
}

static void we_are_not_our_own_peer(void **state)
{
    struct enrp_server self = {SERVER, group.configuration.transport,
                               group.configuration.transport_length};
    struct enrp_address to = {dialled_to(BEN), server_of(BEN), SERVER};
    static struct effects list;
    uint32_t at;

    (void)state;
    asked_for_peers();
    effects_clear(&list);
    at = enrp_put_server(&list, enrp_begin_list(&list, &to), &self);
    assert_true(enrp_end(&list, &to, at, 0));
    tell_bytes(dialled_to(BEN), list.bytes, list.effect[0].length);
    expect_told(BEN, ENRP_HANDLE_TABLE_REQUEST, 0);
    expect_nothing();
    assert_int_equal(enrp_peers_find(&group.group->peers, SERVER), ENRP_NO_PEER);
}

static void the_whole_table_is_asked_for_part_by_part(void **state)
{
    static const struct entry first[] = {{"echo", 1, 0x62626262}, {"echo", 2, 0x73737373}};
    static const struct entry second[] = {{"calc", 3, 0x62626262}};

    (void)state;
    asked_for_table();
    tell_table(BEN, M, first, 2);
    expect_told(BEN, ENRP_HANDLE_TABLE_REQUEST, 0);
    expect_nothing();
    assert_false(serving());
    tell_table(BEN, 0, second, 1);
    expect_nothing();
    assert_true(serving());
    assert_int_equal(home_of("echo", 1), server_of(BEN));
    assert_int_equal(home_of("echo", 2), server_of(CLEO));
    assert_int_equal(home_of("calc", 3), server_of(BEN));
    assert_int_equal(elements_in("echo"), 2);
    assert_int_equal(group.group->counters.tables_fetched, 1);
}

/* Rules A to C of 3.2.3: create the pool with the policy of the first element, add, replace. */
static void entries_create_pools_add_elements_and_replace_them(void **state)
{
    static const struct entry entries[] = {{"echo", 1, 0x62626262}};
    struct registration other = story_registration("echo", 1);
    struct handlespace *h = &story.registrar->handlespace;
    uint32_t pool;

    (void)state;
    asked_for_table();
    other.port = 9090;
    tell_update(BEN, UPDATE_ACTION_ADD_PE, &other);
    pool = handlespace_find_pool(h, (const uint8_t *)"echo", 4);
    assert_int_not_equal(pool, HANDLESPACE_NONE);
    assert_int_equal(h->pool[pool].policy_type, POLICY_ROUND_ROBIN);
    tell_table(BEN, 0, entries, 1);
    assert_int_equal(elements_in("echo"), 1);
    /* The port stands behind the Pool Element's header, numbers and life, and the transport's header. */
    assert_int_equal(wire_get_u16(h->parameter[element_of("echo", 1)].bytes + 20), 8080);
}

static void a_mentor_that_rejects_gives_way_to_another(void **state)
{
    (void)state;
    asked_for_peers();
    group_connected(CLEO);
    answers(CLEO);
    tell_plain(BEN, ENRP_LIST_RESPONSE, R);
    /* Ben's identifier is higher than ours: we serve first. */
    assert_true(serving());
}

static void of_two_that_start_the_higher_identifier_goes_on_asking(void **state)
{
    (void)state;
    group_configure(AMY);
    group_configure(CLEO);
    group_start();
    expect_connect(0);
    expect_connect(1);
    group_connected(AMY);
    answers(AMY);
    expect_told(AMY, ENRP_LIST_REQUEST, 0);
    group_connected(CLEO);
    answers(CLEO);
    tell_plain(AMY, ENRP_LIST_RESPONSE, R);
    expect_nothing();
    assert_false(serving());
    group_wait(group.configuration.dial_minimum);
    expect_told(CLEO, ENRP_LIST_REQUEST, 0);
    expect_nothing();
}

static void a_single_mentor_that_rejects_is_asked_again(void **state)
{
    (void)state;
    group_configure(AMY);
    group_start();
    expect_connect(0);
    group_connected(AMY);
    answers(AMY);
    expect_told(AMY, ENRP_LIST_REQUEST, 0);
    tell_plain(AMY, ENRP_LIST_RESPONSE, R);
    group_wait(group.configuration.dial_minimum - 1);
    expect_nothing();
    group_wait(1);
    expect_told(AMY, ENRP_LIST_REQUEST, 0);
    expect_nothing();
}

static void a_silent_mentor_gives_way_to_its_backup(void **state)
{
    (void)state;
    asked_for_peers();
    group_connected(CLEO);
    answers(CLEO);
    group_wait(PATIENCE - 1);
    expect_nothing();
    group_wait(1 + group.configuration.dial_minimum);
    expect_told(CLEO, ENRP_LIST_REQUEST, 0);
    expect_nothing();
}

static void a_table_that_is_rejected_is_asked_of_the_backup(void **state)
{
    (void)state;
    asked_for_table();
    group_connected(CLEO);
    answers(CLEO);
    tell_plain(BEN, ENRP_HANDLE_TABLE_RESPONSE, R);
    expect_nothing();
    assert_false(serving());
    group_wait(group.configuration.dial_minimum);
    expect_told(CLEO, ENRP_LIST_REQUEST, 0);
    expect_nothing();
}

static void a_table_that_stops_half_way_is_asked_of_the_backup(void **state)
{
    static const struct entry first[] = {{"echo", 1, 0x62626262}};

    (void)state;
    asked_for_table();
    group_connected(CLEO);
    answers(CLEO);
    tell_table(BEN, M, first, 1);
    expect_told(BEN, ENRP_HANDLE_TABLE_REQUEST, 0);
    group_wait(PATIENCE);
    expect_close(dialled_to(BEN), CLOSE_TABLE_UNFINISHED);
    expect_connect(0);
    group_wait(group.configuration.dial_minimum);
    expect_told(CLEO, ENRP_LIST_REQUEST, 0);
    expect_nothing();
    assert_int_equal(group.group->counters.tables_given_up, 1);
}

static void whoever_starts_rejects_both_requests(void **state)
{
    (void)state;
    asked_for_peers();
    group_visit(AMY);
    tell_plain(AMY, ENRP_LIST_REQUEST, 0);
    expect_peer_audit(AUDIT_PEER_JOINED, server_of(AMY));
    expect_presence(AMY, true);
    expect_told(AMY, ENRP_LIST_RESPONSE, R);
    expect_nothing();
    tell_plain(AMY, ENRP_HANDLE_TABLE_REQUEST, 0);
    expect_told(AMY, ENRP_HANDLE_TABLE_RESPONSE, R);
    assert_int_equal(entries_told(), 0);
    expect_nothing();
}

static void a_response_that_was_not_asked_for_changes_nothing(void **state)
{
    static const struct entry entries[] = {{"echo", 1, 0x62626262}};
    static const enum peer known[] = {CLEO};
    char *before;

    (void)state;
    group_alone();
    group_join(BEN);
    before = handlespace_dump();
    tell_table(BEN, 0, entries, 1);
    tell_list(BEN, known, 1);
    expect_nothing();
    assert_false(is_peer(CLEO));
    expect_same_handlespace(before);
}

static void what_we_were_home_of_before_is_ours_again(void **state)
{
    static const struct entry entries[] = {{"echo", 1, SERVER}};

    (void)state;
    asked_for_table();
    tell_table(BEN, 0, entries, 1);
    assert_int_equal(home_of("echo", 1), SERVER);
    expect_nothing();
    /* It does not come, and the others are told. */
    group.counting = true;
    group_wait(group.configuration.takeover_grace - 1);
    assert_int_equal(group.counted[ENRP_HANDLE_UPDATE], 0);
    group_wait(1 + TIMER_WHEEL_TICK);
    assert_int_equal(home_of("echo", 1), 0);
    assert_int_equal(group.counted[ENRP_HANDLE_UPDATE], 1);
}

/* ---- Giving ---- */

static void a_peer_is_given_the_list_of_the_others(void **state)
{
    struct wire_iterator it;
    struct wire_server_information server;

    (void)state;
    group_alone();
    group_join(AMY);
    group_join(BEN);
    tell_plain(AMY, ENRP_LIST_REQUEST, 0);
    expect_told(AMY, ENRP_LIST_RESPONSE, 0);
    it = told.servers;
    assert_true(wire_server_information_next(told_bytes, told.length, &it, &server));
    assert_int_equal(server.server_identifier, server_of(BEN));
    assert_false(wire_server_information_next(told_bytes, told.length, &it, &server));
    expect_nothing();
}

/* Alice has two elements here, and Ben has one. */
static void three_elements(void)
{
    group_alone();
    story_open(1, ALICE);
    story_join(1, "echo", 1);
    story_join(1, "calc", 2);
    group_join(AMY);
    group_join(BEN);
    tell_added(BEN, "echo", 3);
    expect_nothing();
}

static void the_whole_table_is_given_without_w(void **state)
{
    (void)state;
    three_elements();
    tell_plain(AMY, ENRP_HANDLE_TABLE_REQUEST, 0);
    expect_told(AMY, ENRP_HANDLE_TABLE_RESPONSE, 0);
    assert_int_equal(entries_told(), 3);
    expect_nothing();
    assert_int_equal(the_peer(AMY)->table.active, 0);
    assert_int_equal(group.group->counters.tables_sent, 1);
}

static void with_w_only_our_own_elements_are_given(void **state)
{
    (void)state;
    three_elements();
    tell_plain(AMY, ENRP_HANDLE_TABLE_REQUEST, ENRP_FLAG_OWN_CHILDREN_ONLY);
    expect_told(AMY, ENRP_HANDLE_TABLE_RESPONSE, 0);
    assert_int_equal(entries_told(), 2);
    expect_nothing();
}

/* More elements than one response holds, of Ben. */
static void many_elements(void)
{
    group_alone();
    group_join(BEN);
    for (uint32_t i = 1; i <= 500; i++) {
        tell_added(BEN, "echo", i);
        expect_nothing();
    }
}

static void a_long_table_goes_in_parts_with_m(void **state)
{
    uint32_t given;

    (void)state;
    many_elements();
    group_join(AMY);
    tell_plain(AMY, ENRP_HANDLE_TABLE_REQUEST, 0);
    expect_told(AMY, ENRP_HANDLE_TABLE_RESPONSE, M);
    given = entries_told();
    assert_in_range(given, 1, 499);
    assert_int_equal(the_peer(AMY)->table.active, 1);
    while (the_peer(AMY)->table.active != 0) {
        tell_plain(AMY, ENRP_HANDLE_TABLE_REQUEST, 0);
        expect_told(AMY, ENRP_HANDLE_TABLE_RESPONSE, the_peer(AMY)->table.active != 0 ? M : 0);
        given += entries_told();
    }
    assert_int_equal(given, 500);
}

static void a_session_that_is_not_continued_ends(void **state)
{
    uint32_t first;

    (void)state;
    many_elements();
    group_join(AMY);
    tell_plain(AMY, ENRP_HANDLE_TABLE_REQUEST, 0);
    expect_told(AMY, ENRP_HANDLE_TABLE_RESPONSE, M);
    first = entries_told();
    group_wait(PATIENCE - 1);
    assert_int_equal(the_peer(AMY)->table.active, 1);
    group_wait(1);
    tell_plain(AMY, ENRP_HANDLE_TABLE_REQUEST, 0);
    expect_told(AMY, ENRP_HANDLE_TABLE_RESPONSE, M);
    assert_int_equal(entries_told(), first);
    assert_int_equal(the_peer(AMY)->table.next, first);
}

static void too_many_sessions_are_rejected(void **state)
{
    static const enum peer others[] = {BEN, CLEO, DAN, EVE};

    (void)state;
    many_elements();
    group_join(AMY);
    for (uint32_t i = 1; i < 4; i++)
        group_join(others[i]);
    for (uint32_t i = 0; i < 4; i++) {
        tell_plain(others[i], ENRP_HANDLE_TABLE_REQUEST, 0);
        expect_told(others[i], ENRP_HANDLE_TABLE_RESPONSE, M);
    }
    tell_plain(AMY, ENRP_HANDLE_TABLE_REQUEST, 0);
    expect_told(AMY, ENRP_HANDLE_TABLE_RESPONSE, R);
    assert_int_equal(entries_told(), 0);
    expect_nothing();
    assert_int_equal(group.group->counters.tables_refused, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_CASE(without_peers_it_serves_at_once),
        GROUP_CASE(without_any_mentor_within_reach_it_serves),
        GROUP_CASE(silence_of_everybody_ends_start_up_in_time),
        GROUP_CASE(the_mentor_is_asked_for_its_peers_and_dials_follow),
        GROUP_CASE(we_are_not_our_own_peer),
        GROUP_CASE(the_whole_table_is_asked_for_part_by_part),
        GROUP_CASE(entries_create_pools_add_elements_and_replace_them),
        GROUP_CASE(a_mentor_that_rejects_gives_way_to_another),
        GROUP_CASE(of_two_that_start_the_higher_identifier_goes_on_asking),
        GROUP_CASE(a_single_mentor_that_rejects_is_asked_again),
        GROUP_CASE(a_silent_mentor_gives_way_to_its_backup),
        GROUP_CASE(a_table_that_is_rejected_is_asked_of_the_backup),
        GROUP_CASE(a_table_that_stops_half_way_is_asked_of_the_backup),
        GROUP_CASE(whoever_starts_rejects_both_requests),
        GROUP_CASE(a_response_that_was_not_asked_for_changes_nothing),
        GROUP_CASE(what_we_were_home_of_before_is_ours_again),
        GROUP_CASE(a_peer_is_given_the_list_of_the_others),
        GROUP_CASE(the_whole_table_is_given_without_w),
        GROUP_CASE(with_w_only_our_own_elements_are_given),
        GROUP_CASE(a_long_table_goes_in_parts_with_m),
        GROUP_CASE(a_session_that_is_not_continued_ends),
        GROUP_CASE(too_many_sessions_are_rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
