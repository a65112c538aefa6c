/* Announcing what changes here, and taking what changes at peers (RFC 5353, 3.3); who is the home of an element when two
 * registrars think so. */
#include "group_story.h"

#define ADD UPDATE_ACTION_ADD_PE
#define DEL UPDATE_ACTION_DEL_PE

static struct handlespace *space(void)
{
    return &story.registrar->handlespace;
}

/* The port in our copy of an element: behind the Pool Element's header, numbers and life, and the transport's header. */
static uint16_t port_of(const char *handle, uint32_t pe_identifier)
{
    uint32_t element = element_of(handle, pe_identifier);

    assert_int_not_equal(element, HANDLESPACE_NONE);
    return wire_get_u16(space()->parameter[element].bytes + 20);
}

/* Amy and Ben are peers, and Alice is connected. */
static void scene(void)
{
    group_alone();
    group_join(AMY);
    group_join(BEN);
    story_open(1, ALICE);
}

/* Both peers are told. */
static void expect_announced(uint16_t action, const char *handle, uint32_t pe_identifier)
{
    expect_update(AMY, action, handle, pe_identifier);
    expect_update(BEN, action, handle, pe_identifier);
}

static void alice_has_an_element(void)
{
    struct registration r = story_registration("echo", 1);

    story_register(1, &r);
    expect_registered(1, "echo", 1);
    expect_announced(ADD, "echo", 1);
    expect_nothing();
}

static void a_registration_is_announced_to_all_peers(void **state)
{
    struct registration again = story_registration("echo", 1);

    (void)state;
    scene();
    alice_has_an_element();
    again.port = 9090;
    story_register(1, &again);
    expect_registered(1, "echo", 1);
    expect_announced(ADD, "echo", 1);
    assert_int_equal(told.pool_element.user_transport.port, 9090);
    expect_nothing();
}

static void a_deregistration_is_announced_to_all_peers(void **state)
{
    (void)state;
    scene();
    alice_has_an_element();
    story_deregister(1, "echo", 1);
    expect_message(1, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_audit(AUDIT_DEREGISTERED);
    expect_announced(DEL, "echo", 1);
    expect_nothing();
}

static void a_deregistration_that_is_refused_is_announced_to_nobody(void **state)
{
    (void)state;
    scene();
    alice_has_an_element();
    story_open(2, BOB);
    story_deregister(2, "echo", 1);
    expect_message(2, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_cause(CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS);
    expect_audit(AUDIT_DEREGISTRATION_REJECTED);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 1);
}

static void a_removal_for_another_reason_is_announced_to_all_peers(void **state)
{
    (void)state;
    scene();
    alice_has_an_element();
    story.rules->identity[ALICE].pool_count = 0;
    story_rules_changed();
    expect_message(1, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_audit(AUDIT_RULES_REMOVED);
    expect_announced(DEL, "echo", 1);
    expect_nothing();
}

static void an_update_creates_the_pool_with_its_policy(void **state)
{
    struct registration r = story_registration("echo", 7);
    uint32_t pool;

    (void)state;
    scene();
    r.policy = POLICY_WEIGHTED_RANDOM;
    tell_update(BEN, ADD, &r);
    expect_nothing();
    pool = handlespace_find_pool(space(), (const uint8_t *)"echo", 4);
    assert_int_not_equal(pool, HANDLESPACE_NONE);
    assert_int_equal(space()->pool[pool].policy_type, POLICY_WEIGHTED_RANDOM);
    assert_int_equal(home_of("echo", 7), server_of(BEN));
    assert_int_equal(space()->element[element_of("echo", 7)].identity, IDENTITY_UNBOUND);
}

static void an_update_adds_to_a_pool_and_replaces_what_is_there(void **state)
{
    struct registration r = story_registration("echo", 7);

    (void)state;
    scene();
    alice_has_an_element();
    tell_update(BEN, ADD, &r);
    assert_int_equal(elements_in("echo"), 2);
    assert_int_equal(port_of("echo", 7), 8080);
    r.port = 9090;
    tell_update(BEN, ADD, &r);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 2);
    assert_int_equal(port_of("echo", 7), 9090);
    assert_int_equal(port_of("echo", 1), 8080);
}

static void the_last_removal_removes_the_pool(void **state)
{
    (void)state;
    scene();
    tell_added(BEN, "echo", 7);
    tell_added(BEN, "echo", 8);
    tell_removed(BEN, "echo", 7);
    assert_int_equal(elements_in("echo"), 1);
    assert_int_equal(space()->pool_count, 1);
    tell_removed(BEN, "echo", 8);
    assert_int_equal(space()->pool_count, 0);
    expect_nothing();
}

static void removing_what_is_not_there_changes_nothing(void **state)
{
    char *before;

    (void)state;
    scene();
    tell_added(BEN, "echo", 7);
    before = handlespace_dump();
    tell_removed(BEN, "echo", 8);
    tell_removed(BEN, "calc", 7);
    expect_nothing();
    expect_same_handlespace(before);
}

static void only_the_home_removes_an_element(void **state)
{
    char *before;

    (void)state;
    scene();
    alice_has_an_element();
    tell_added(BEN, "echo", 7);
    before = handlespace_dump();
    tell_removed(AMY, "echo", 7);
    tell_removed(AMY, "echo", 1);
    expect_nothing();
    expect_same_handlespace(before);
    assert_int_equal(group.group->counters.updates_ignored, 2);
}

/* To the letter of 3.3.2 anybody's removal counts. */
static void to_the_letter_anybody_removes_an_element(void **state)
{
    (void)state;
    group.configuration.literal = 1;
    scene();
    tell_added(BEN, "echo", 7);
    tell_removed(AMY, "echo", 7);
    assert_int_equal(elements_in("echo"), 0);
}

static void an_element_moves_between_peers_by_an_addition(void **state)
{
    (void)state;
    scene();
    tell_added(BEN, "echo", 7);
    tell_added(AMY, "echo", 7);
    expect_nothing();
    assert_int_equal(home_of("echo", 7), server_of(AMY));
    tell_removed(BEN, "echo", 7);
    assert_int_equal(elements_in("echo"), 1);
}

static void changes_of_peers_are_theirs_to_announce(void **state)
{
    (void)state;
    scene();
    tell_added(BEN, "echo", 7);
    tell_removed(BEN, "echo", 7);
    expect_nothing();
    assert_int_equal(group.group->counters.updates_sent, 0);
}

static void an_element_registers_here_and_we_are_its_home(void **state)
{
    (void)state;
    scene();
    tell_added(BEN, "echo", 1);
    alice_has_an_element();
    assert_int_equal(home_of("echo", 1), SERVER);
}

/* ---- Two homes ---- */

static void without_a_channel_a_claimed_element_is_left_at_once(void **state)
{
    (void)state;
    scene();
    alice_has_an_element();
    story_close(1);
    tell_added(BEN, "echo", 1);
    expect_nothing();
    assert_int_equal(home_of("echo", 1), server_of(BEN));
    assert_int_equal(space()->element[element_of("echo", 1)].identity, IDENTITY_UNBOUND);
    assert_int_equal(group.group->counters.elements_yielded, 1);
}

/* Ben claims Alice's element, and she is asked. */
static void contested(void)
{
    scene();
    alice_has_an_element();
    tell_added(BEN, "echo", 1);
    group_wait(TIMER_WHEEL_TICK);
    expect_message(1, ASAP_ENDPOINT_KEEP_ALIVE, ASAP_FLAG_HOME);
    assert_int_equal(said.server_identifier, SERVER);
    expect_nothing();
    assert_int_equal(home_of("echo", 1), SERVER);
    assert_int_equal(group.group->counters.elements_contested, 1);
}

static void a_claimed_element_that_answers_stays_and_is_announced_again(void **state)
{
    (void)state;
    contested();
    story_acknowledge(1, "echo", 1);
    expect_announced(ADD, "echo", 1);
    expect_nothing();
    assert_int_equal(home_of("echo", 1), SERVER);
}

static void a_claimed_element_that_does_not_answer_is_left(void **state)
{
    (void)state;
    contested();
    group_wait(story.registrar->books.configuration.keep_alive_timeout + TIMER_WHEEL_TICK);
    expect_audit(AUDIT_YIELDED);
    expect_close(1, CLOSE_ELEMENT_YIELDED);
    expect_audit(AUDIT_CHANNEL_CLOSED);
    expect_nothing();
    assert_int_equal(home_of("echo", 1), server_of(BEN));
    assert_int_equal(elements_in("echo"), 1);
}

/* Elements are claimed, asked, and left, all at once: so many that one step does not have room for all that is told. */
static void what_is_told_of_many_that_are_left_has_room(void **state)
{
    const uint32_t many = 30;

    (void)state;
    scene();
    group.counting = true;
    for (uint32_t i = 1; i <= many; i++) {
        struct registration r = story_registration("echo", i);

        story_open_as(1 + i, ALICE, ROLES_ALL);
        story_register(1 + i, &r);
    }
    for (uint32_t i = 1; i <= many; i++)
        tell_added(BEN, "echo", i);
    assert_int_equal(group.group->counters.elements_contested, many);
    group_wait(TIMER_WHEEL_TICK);
    group_wait(story.registrar->books.configuration.keep_alive_timeout + TIMER_WHEEL_TICK);
    for (uint32_t i = 1; i <= many; i++)
        assert_int_equal(home_of("echo", i), server_of(BEN));
    assert_int_equal(story.registrar->books.counters.effects_dropped, 0);
    assert_int_equal(group.group->counters.effects_dropped, 0);
}

static void to_the_letter_a_claimed_element_is_left_although_it_is_here(void **state)
{
    (void)state;
    group.configuration.literal = 1;
    scene();
    alice_has_an_element();
    tell_added(BEN, "echo", 1);
    expect_nothing();
    assert_int_equal(home_of("echo", 1), server_of(BEN));
}

/* ---- Channels of elements beside those of peers ---- */

static void users_are_served_beside_the_group(void **state)
{
    struct wire_iterator it;
    struct wire_pool_element element;

    (void)state;
    scene();
    story_open(2, CAROL);
    tell_added(BEN, "echo", 7);
    story_resolve(2, "echo");
    expect_message(2, ASAP_HANDLE_RESOLUTION_RESPONSE, 0);
    it = said.pool_elements;
    assert_true(wire_pool_element_next(said_bytes, said.length, &it, &element));
    assert_int_equal(element.home_enrp_server_identifier, server_of(BEN));
    expect_nothing();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_CASE(a_registration_is_announced_to_all_peers),
        GROUP_CASE(a_deregistration_is_announced_to_all_peers),
        GROUP_CASE(a_deregistration_that_is_refused_is_announced_to_nobody),
        GROUP_CASE(a_removal_for_another_reason_is_announced_to_all_peers),
        GROUP_CASE(an_update_creates_the_pool_with_its_policy),
        GROUP_CASE(an_update_adds_to_a_pool_and_replaces_what_is_there),
        GROUP_CASE(the_last_removal_removes_the_pool),
        GROUP_CASE(removing_what_is_not_there_changes_nothing),
        GROUP_CASE(only_the_home_removes_an_element),
        GROUP_CASE(to_the_letter_anybody_removes_an_element),
        GROUP_CASE(an_element_moves_between_peers_by_an_addition),
        GROUP_CASE(changes_of_peers_are_theirs_to_announce),
        GROUP_CASE(an_element_registers_here_and_we_are_its_home),
        GROUP_CASE(without_a_channel_a_claimed_element_is_left_at_once),
        GROUP_CASE(a_claimed_element_that_answers_stays_and_is_announced_again),
        GROUP_CASE(a_claimed_element_that_does_not_answer_is_left),
        GROUP_CASE(what_is_told_of_many_that_are_left_has_room),
        GROUP_CASE(to_the_letter_a_claimed_element_is_left_although_it_is_here),
        GROUP_CASE(users_are_served_beside_the_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
