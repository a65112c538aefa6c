/* Deregistration and expiry, told event by event (RFC 5352, 3.2). */
#include "registrar_story.h"

static void expect_deregistered(uint32_t channel, uint32_t pe_identifier)
{
    expect_message(channel, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_no_cause();
    assert_int_equal(said.pe_identifier, pe_identifier);
}

static void the_last_element_takes_its_pool_with_it(void **state)
{
    (void)state;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    story_join(1, "echo", 0x22);
    story_deregister(1, "echo", 0x11);
    expect_deregistered(1, 0x11);
    expect_audit(AUDIT_DEREGISTERED);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 1);
    story_deregister(1, "echo", 0x22);
    expect_deregistered(1, 0x22);
    expect_audit(AUDIT_DEREGISTERED);
    expect_nothing();
    assert_int_equal(story.registrar->handlespace.pool_count, 0);
    assert_int_equal(story.registrar->books.account[ALICE].elements, 0);
}

static void deregistration_of_the_unknown_is_granted(void **state)
{
    char *before;

    (void)state;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    before = handlespace_dump();
    story_deregister(1, "echo", 0x99);
    expect_deregistered(1, 0x99);
    expect_nothing();
    story_deregister(1, "echo-nowhere", 0x11);
    expect_deregistered(1, 0x11);
    expect_nothing();
    expect_same_handlespace(before);
}

static void the_identity_may_deregister_over_another_of_its_channels(void **state)
{
    (void)state;
    story_open(1, ALICE);
    story_open(2, ALICE);
    story_join(1, "echo", 0x11);
    story_deregister(2, "echo", 0x11);
    expect_deregistered(2, 0x11);
    expect_audit(AUDIT_DEREGISTERED);
    assert_int_equal(elements_in("echo"), 0);
}

static void deregistration_by_another_identity_is_rejected(void **state)
{
    char *before;

    (void)state;
    story_open(1, ALICE);
    story_open(2, BOB);
    story_join(1, "echo", 0x11);
    before = handlespace_dump();
    story_deregister(2, "echo", 0x11);
    expect_message(2, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_cause(CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS);
    expect_audit(AUDIT_DEREGISTRATION_REJECTED);
    expect_nothing();
    expect_same_handlespace(before);
}

static void a_handle_too_long_is_an_invalid_value(void **state)
{
    (void)state;
    story_configuration()->handle_limit = 4;
    story_open(1, ALICE);
    story_deregister(1, "echo1", 0x11);
    expect_message(1, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_cause(CAUSE_INVALID_VALUES);
    expect_audit(AUDIT_HANDLE_REFUSED);
}

static void the_end_of_the_registration_life_is_told(void **state)
{
    struct registration r = story_registration("echo", 0x11);

    (void)state;
    story_configuration()->keep_alive_interval = 0;
    r.life = 30;
    story_open(1, ALICE);
    story_register(1, &r);
    expect_registered(1, "echo", 0x11);
    story_wait(29999);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 1);
    story_wait(1 + TIMER_WHEEL_TICK);
    expect_deregistered(1, 0x11);
    expect_audit(AUDIT_EXPIRED);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 0);
    assert_int_equal(story.registrar->books.counters.expirations, 1);
    assert_int_equal(story.registrar->books.account[ALICE].elements, 0);
}

static void registering_again_prolongs_the_life(void **state)
{
    struct registration r = story_registration("echo", 0x11);

    (void)state;
    story_configuration()->keep_alive_interval = 0;
    r.life = 30;
    story_open(1, ALICE);
    story_register(1, &r);
    expect_registered(1, "echo", 0x11);
    story_wait(20000);
    expect_nothing();
    story_register(1, &r);
    expect_registered(1, "echo", 0x11);
    story_wait(20000);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 1);
}

static void many_expire_over_several_steps(void **state)
{
    uint32_t ended = 0;

    (void)state;
    story_configuration()->keep_alive_interval = 0;
    story_open(1, ALICE);
    for (uint32_t pe = 1; pe <= 100; pe++)
        story_join(1, "echo", pe);
    story_wait(601000);
    while (story.effects.count > 0) {
        assert_true(story.effects.count <= EFFECTS_MAX);
        for (uint32_t i = story.cursor; i < story.effects.count; i++)
            ended += story.effects.effect[i].kind == EFFECT_AUDIT;
        story.cursor = story.effects.count;
        story_wait(0);
    }
    assert_int_equal(ended, 100);
    assert_int_equal(story.registrar->handlespace.element_count, 0);
    assert_int_equal(registrar_next_deadline(story.registrar), REGISTRAR_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_last_element_takes_its_pool_with_it, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(deregistration_of_the_unknown_is_granted, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(the_identity_may_deregister_over_another_of_its_channels,
                                        story_begin, story_end),
        cmocka_unit_test_setup_teardown(deregistration_by_another_identity_is_rejected, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(a_handle_too_long_is_an_invalid_value, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(the_end_of_the_registration_life_is_told, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(registering_again_prolongs_the_life, story_begin,
                                        story_end),
        cmocka_unit_test_setup_teardown(many_expire_over_several_steps, story_begin, story_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
