/* Elements of other registrars: copies, homes that change, and what is noted for the others, event by event (RFC 5353, 3). */
#include "handlespace_journal.h"
#include "registrar_home.h"
#include "registrar_story.h"
#include "registrar_timing.h"

#define OTHER 0x62626262u /* another registrar */
#define THIRD 0x73737373u
#define TICK TIMER_WHEEL_TICK
#define GRACE 3000u

static struct handlespace *space(void)
{
    return &story.registrar->handlespace;
}

static struct handlespace_element *the(uint32_t element)
{
    assert_in_range(element, 0, HANDLESPACE_ELEMENTS_MAX - 1u);
    return &space()->element[element];
}

static uint32_t elements_on_account(uint32_t identity)
{
    return story.registrar->books.account[identity].elements;
}

static uint32_t put(const struct registration *r, uint32_t home)
{
    struct asap_message message;
    struct wire_error error;
    uint8_t bytes[1024];
    uint32_t length = compose_registration(bytes, r);

    assert_true(asap_decode(bytes, length, &message, &error));
    return registrar_put_remote(
        space(), bytes + message.pool_handle.offset, message.pool_handle.length,
        message.pool_element.pe_identifier, home, message.pool_element.policy.type,
        message.pool_element.user_transport.type, 0, bytes + message.pool_element.tlv.offset,
        message.pool_element.tlv.length);
}

/* A copy of OTHER's element of "echo" with PE identifier 0x11, at Alice's address. */
static uint32_t copy(void)
{
    struct registration r = story_registration("echo", 0x11);

    return put(&r, OTHER);
}

static uint32_t copy_from(const char *address)
{
    struct registration r = story_registration("echo", 0x11);

    r.address = address;
    return put(&r, OTHER);
}

/* Alice's channel 1, and the time in the middle of a keep-alive interval. */
static void begin(void)
{
    story.random = 2500;
    story_open(1, ALICE);
}

static uint32_t join(void)
{
    begin();
    story_join(1, "echo", 0x11);
    handlespace_clear_changes(space());
    return element_of("echo", 0x11);
}

static void contest(uint32_t element, uint32_t claimant)
{
    expect_nothing();
    registrar_contest(&story.registrar->books, space(), element, claimant, story.now);
    story_wait(TICK);
}

static void adopt(uint32_t element)
{
    registrar_adopt(&story.registrar->books, space(), element, story.now, GRACE);
}

static void expect_home_keep_alive(uint32_t channel)
{
    expect_message(channel, ASAP_ENDPOINT_KEEP_ALIVE, ASAP_FLAG_HOME);
    assert_int_equal(said.server_identifier, SERVER);
}

static void expect_change(uint16_t action, const char *handle, uint32_t pe_identifier)
{
    uint32_t oldest = handlespace_oldest_change(space());
    const struct handlespace_change *change = &space()->journal.change[oldest];

    assert_int_not_equal(oldest, HANDLESPACE_NONE);
    assert_int_equal(change->action, action);
    assert_int_equal(change->pe_identifier, pe_identifier);
    assert_int_equal(change->handle_length, strlen(handle));
    assert_memory_equal(change->handle, handle, strlen(handle));
    handlespace_drop_change(space());
}

static void expect_no_change(void)
{
    assert_false(handlespace_has_change(space()));
    assert_int_equal(space()->journal_lost, 0);
}

/* The element is OTHER's, as if it had never been ours. */
static void expect_yielded(uint32_t element)
{
    assert_int_equal(the(element)->home, OTHER);
    assert_int_equal(the(element)->identity, IDENTITY_UNBOUND);
    assert_int_equal(the(element)->contested_by, 0);
    assert_int_equal(the(element)->channel, HANDLESPACE_NO_CHANNEL);
    assert_true(the(element)->expiry == REGISTRAR_NEVER);
    assert_true(the(element)->keep_alive_deadline == REGISTRAR_NEVER);
    assert_int_equal(elements_on_account(ALICE), 0);
    assert_int_equal(handlespace_next_deadline(space()), UINT64_MAX);
    expect_no_change();
}

static struct wire_pool_element resolved(uint32_t channel)
{
    struct wire_iterator it;
    struct wire_pool_element element = {0};

    story_resolve(channel, "echo");
    expect_message(channel, ASAP_HANDLE_RESOLUTION_RESPONSE, 0);
    it = said.pool_elements;
    assert_true(wire_pool_element_next(said_bytes, said.length, &it, &element));
    expect_nothing();
    return element;
}

/* ---- The journal ---- */

static void registrations_and_deregistrations_are_noted(void **state)
{
    struct registration again = story_registration("echo", 0x11);
    uint32_t element;

    (void)state;
    begin();
    story_join(1, "echo", 0x11);
    element = element_of("echo", 0x11);
    assert_int_equal(space()->journal.change[0].parameter_length, the(element)->parameter_length);
    assert_memory_equal(space()->journal.change[0].parameter, space()->parameter[element].bytes,
                        the(element)->parameter_length);
    expect_change(UPDATE_ACTION_ADD_PE, "echo", 0x11);
    again.port = 9090;
    story_register(1, &again);
    expect_registered(1, "echo", 0x11);
    assert_memory_equal(space()->journal.change[1].parameter, space()->parameter[element].bytes,
                        the(element)->parameter_length);
    expect_change(UPDATE_ACTION_ADD_PE, "echo", 0x11);
    story_deregister(1, "echo", 0x11);
    expect_message(1, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_audit(AUDIT_DEREGISTERED);
    expect_change(UPDATE_ACTION_DEL_PE, "echo", 0x11);
    expect_no_change();
}

static void what_is_refused_is_not_noted(void **state)
{
    struct registration r = story_registration("echo", 0x11);

    (void)state;
    join();
    story_open(2, BOB);
    story_register(2, &r);
    expect_rejected(2, CAUSE_NON_UNIQUE_PE_IDENTIFIER, AUDIT_IDENTITY_CONFLICT);
    story_deregister(2, "echo", 0x11);
    expect_message(2, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_audit(AUDIT_DEREGISTRATION_REJECTED);
    expect_no_change();
}

static void an_expired_element_is_noted(void **state)
{
    struct registration r = story_registration("echo", 0x11);

    (void)state;
    begin();
    r.life = 1;
    story_register(1, &r);
    expect_registered(1, "echo", 0x11);
    handlespace_clear_changes(space());
    story_wait(1000 + TICK);
    expect_message(1, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_audit(AUDIT_EXPIRED);
    expect_change(UPDATE_ACTION_DEL_PE, "echo", 0x11);
    expect_no_change();
}

static void an_element_that_does_not_answer_is_noted(void **state)
{
    (void)state;
    join();
    story_wait(5000 + TICK);
    expect_keep_alive(1, "echo");
    expect_no_change();
    story_wait(5000 + TICK);
    expect_audit(AUDIT_UNREACHABLE_REMOVED);
    expect_change(UPDATE_ACTION_DEL_PE, "echo", 0x11);
}

static void an_element_whose_identity_lost_its_right_is_noted(void **state)
{
    (void)state;
    join();
    story.rules->identity[ALICE].pool_count = 0;
    story_rules_changed();
    expect_message(1, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_audit(AUDIT_RULES_REMOVED);
    expect_change(UPDATE_ACTION_DEL_PE, "echo", 0x11);
}

/* ---- Copies ---- */

static void a_copy_is_bound_to_nobody_and_has_no_clock(void **state)
{
    uint32_t element;

    (void)state;
    begin();
    element = copy();
    expect_yielded(element);
    assert_int_equal(elements_in("echo"), 1);
    assert_int_equal(handlespace_checksum(space()), 0xffff);
    story_rules_changed();
    story_wait(1000000);
    expect_nothing();
    assert_int_equal(element_of("echo", 0x11), element);
    expect_no_change();
}

static void a_copy_is_resolved_with_its_own_home(void **state)
{
    struct wire_pool_element element;

    (void)state;
    begin();
    copy();
    element = resolved(1);
    assert_int_equal(element.pe_identifier, 0x11);
    assert_int_equal(element.home_enrp_server_identifier, OTHER);
    assert_int_equal(element.registration_life, 600);
    assert_int_equal(element.user_transport.port, 8080);
}

static void our_element_is_resolved_with_our_identifier(void **state)
{
    (void)state;
    join();
    assert_int_equal(resolved(1).home_enrp_server_identifier, SERVER);
}

static void a_later_copy_replaces_parameter_and_home(void **state)
{
    struct registration r = story_registration("echo", 0x11);
    uint32_t element;

    (void)state;
    begin();
    element = copy();
    r.port = 9090;
    assert_int_equal(put(&r, THIRD), element);
    assert_int_equal(elements_in("echo"), 1);
    assert_int_equal(resolved(1).home_enrp_server_identifier, THIRD);
    assert_int_equal(resolved(1).user_transport.port, 9090);
    assert_int_equal(the(element)->identity, IDENTITY_UNBOUND);
}

static void a_copy_without_room_leaves_nothing_behind(void **state)
{
    static const uint8_t parameter[ELEMENT_PARAMETER_MAX + 1u];
    static const uint8_t handle[POOL_HANDLE_MAX + 1u];
    struct registration r = story_registration("echo2", 0x22);

    (void)state;
    story_configuration()->element_capacity = 1;
    begin();
    assert_int_equal(
        registrar_put_remote(space(), handle, 4, 1, OTHER, 1, 5, 0, parameter, sizeof parameter),
        HANDLESPACE_NONE);
    assert_int_equal(
        registrar_put_remote(space(), handle, sizeof handle, 1, OTHER, 1, 5, 0, parameter, 16),
        HANDLESPACE_NONE);
    assert_int_equal(space()->pool_count, 0);
    assert_int_not_equal(copy(), HANDLESPACE_NONE);
    assert_int_equal(put(&r, OTHER), HANDLESPACE_NONE);
    assert_int_equal(space()->pool_count, 1);
    assert_int_equal(space()->element_count, 1);
}

static void reports_of_a_copy_are_ignored(void **state)
{
    uint32_t element;

    (void)state;
    begin();
    story_open(3, CAROL);
    element = copy();
    story_report(3, "echo", 0x11);
    expect_nothing();
    assert_int_equal(the(element)->unreachable_reports, 0);
    assert_int_equal(story.registrar->books.counters.reports, 0);
    assert_int_equal(story.registrar->books.counters.ignored, 1);
}

static void nobody_acknowledges_for_a_copy(void **state)
{
    (void)state;
    begin();
    copy();
    story_acknowledge(1, "echo", 0x11);
    expect_nothing();
    assert_int_equal(story.registrar->books.counters.ignored, 1);
    expect_no_change();
}

/* ---- Binding ---- */

static void whoever_has_the_pool_and_the_addresses_is_bound(void **state)
{
    uint32_t element;

    (void)state;
    begin();
    element = copy();
    story_join(1, "echo", 0x11);
    assert_int_equal(element_of("echo", 0x11), element);
    assert_int_equal(the(element)->identity, ALICE);
    assert_int_equal(the(element)->home, SERVER);
    assert_int_equal(the(element)->expiry, story.now + 600000);
    assert_int_equal(elements_on_account(ALICE), 1);
    assert_int_equal(resolved(1).home_enrp_server_identifier, SERVER);
    expect_change(UPDATE_ACTION_ADD_PE, "echo", 0x11);
    expect_no_change();
    story_join(1, "echo", 0x11);
    assert_int_equal(elements_on_account(ALICE), 1);
}

static void reject_and_leave(uint32_t channel, const struct registration *r, uint16_t cause,
                             uint16_t audit)
{
    char *before = handlespace_dump();

    story_register(channel, r);
    expect_rejected(channel, cause, audit);
    expect_nothing();
    expect_same_handlespace(before);
    assert_int_equal(elements_on_account(ALICE), 0);
    expect_no_change();
}

static void a_stranger_to_the_stored_address_is_not_bound(void **state)
{
    struct registration r = story_registration("echo", 0x11);

    (void)state;
    begin();
    copy_from(ADDRESS_B);
    reject_and_leave(1, &r, CAUSE_NON_UNIQUE_PE_IDENTIFIER, AUDIT_IDENTITY_CONFLICT);
}

static void a_granted_address_is_as_good_as_the_connection_s(void **state)
{
    struct ip_address address = {.size = 4};

    (void)state;
    begin();
    memcpy(address.bytes, ADDRESS_B, 4);
    assert_true(access_grant_address(story.rules, ALICE, &address));
    copy_from(ADDRESS_B);
    story_join(1, "echo", 0x11);
    assert_int_equal(the(element_of("echo", 0x11))->identity, ALICE);
}

static void an_address_of_its_own_does_not_excuse_a_new_one_of_somebody_else(void **state)
{
    struct registration r = story_registration("echo", 0x11);

    (void)state;
    begin();
    copy();
    r.address = ADDRESS_B;
    reject_and_leave(1, &r, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS, AUDIT_ADDRESS_REFUSED);
}

static void who_may_not_register_in_the_pool_is_not_bound(void **state)
{
    struct registration r = story_registration("calc", 0x11);

    (void)state;
    begin();
    story_open(2, BOB);
    put(&r, OTHER);
    reject_and_leave(2, &r, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS, AUDIT_POOL_REFUSED);
}

static void a_full_account_is_bound_to_nothing_more(void **state)
{
    struct registration r = story_registration("echo", 0x11);

    (void)state;
    story_configuration()->elements_per_identity = 0;
    begin();
    copy();
    reject_and_leave(1, &r, CAUSE_LACK_OF_RESOURCES, AUDIT_REGISTRATION_REJECTED);
}

static void a_copy_that_shows_no_address_is_nobody_s(void **state)
{
    static const uint8_t nonsense[16] = {0, 1, 0, 16};
    struct registration r = story_registration("echo", 0x11);

    (void)state;
    begin();
    registrar_put_remote(space(), (const uint8_t *)"echo", 4, 0x11, OTHER, POLICY_ROUND_ROBIN,
                         PARAMETER_TCP_TRANSPORT, 0, nonsense, sizeof nonsense);
    reject_and_leave(1, &r, CAUSE_NON_UNIQUE_PE_IDENTIFIER, AUDIT_IDENTITY_CONFLICT);
}

static void whoever_could_be_bound_may_deregister(void **state)
{
    (void)state;
    begin();
    copy();
    story_deregister(1, "echo", 0x11);
    expect_message(1, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_no_cause();
    expect_audit(AUDIT_DEREGISTERED);
    assert_int_equal(elements_in("echo"), 0);
    assert_int_equal(elements_on_account(ALICE), 0);
    expect_change(UPDATE_ACTION_ADD_PE, "echo", 0x11);
    expect_change(UPDATE_ACTION_DEL_PE, "echo", 0x11);
    expect_no_change();
}

static void nobody_else_may_deregister_a_copy(void **state)
{
    char *before;

    (void)state;
    begin();
    copy_from(ADDRESS_B);
    before = handlespace_dump();
    story_deregister(1, "echo", 0x11);
    expect_message(1, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_cause(CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS);
    expect_audit(AUDIT_DEREGISTRATION_REJECTED);
    expect_same_handlespace(before);
    expect_no_change();
}

/* ---- Contests ---- */

static void an_element_that_answers_stays_ours(void **state)
{
    uint32_t element = join();

    (void)state;
    contest(element, OTHER);
    expect_home_keep_alive(1);
    expect_nothing();
    assert_int_equal(the(element)->contested_by, OTHER);
    expect_no_change();
    story_acknowledge(1, "echo", 0x11);
    expect_nothing();
    assert_int_equal(the(element)->contested_by, 0);
    assert_int_equal(the(element)->home, SERVER);
    assert_int_equal(the(element)->identity, ALICE);
    expect_change(UPDATE_ACTION_ADD_PE, "echo", 0x11);
    expect_no_change();
    story_wait(5000 + TICK);
    expect_keep_alive(1, "echo");
    story_acknowledge(1, "echo", 0x11);
    expect_no_change();
}

static void an_element_that_does_not_answer_is_left_to_the_claimant(void **state)
{
    uint32_t element = join();

    (void)state;
    contest(element, OTHER);
    expect_home_keep_alive(1);
    story_wait(4999);
    expect_nothing();
    story_wait(1 + TICK);
    expect_audit(AUDIT_YIELDED);
    expect_close(1, CLOSE_ELEMENT_YIELDED);
    expect_audit(AUDIT_CHANNEL_CLOSED);
    expect_nothing();
    expect_yielded(element);
    assert_int_equal(story.registrar->books.counters.unreachable, 0);
}

static void an_element_without_a_channel_is_left_at_once(void **state)
{
    uint32_t element = join();

    (void)state;
    story_close(1);
    contest(element, OTHER);
    expect_nothing();
    expect_yielded(element);
}

static void a_contested_element_whose_channel_is_lost_is_left(void **state)
{
    uint32_t element = join();

    (void)state;
    contest(element, OTHER);
    expect_home_keep_alive(1);
    story_close(1);
    expect_audit(AUDIT_YIELDED);
    expect_nothing();
    expect_yielded(element);
}

/* The channel is gone, and the clock of the element finds out before the sweep does. */
static void a_contested_element_that_cannot_be_asked_any_more_is_left(void **state)
{
    uint32_t element = join();

    (void)state;
    story_report(1, "echo", 0x11);
    expect_keep_alive(1, "echo");
    contest(element, OTHER);
    expect_nothing();
    story.registrar->books.channel[1].open = 0;
    story_wait(story.registrar->books.configuration.keep_alive_minimum + TICK);
    expect_audit(AUDIT_YIELDED);
    expect_nothing();
    expect_yielded(element);
    story.registrar->books.channel[1].open = 1;
}

static void a_keep_alive_for_a_contest_is_not_sent_too_soon(void **state)
{
    uint32_t element = join();
    uint32_t minimum = story.registrar->books.configuration.keep_alive_minimum;

    (void)state;
    story_report(1, "echo", 0x11);
    expect_keep_alive(1, "echo");
    contest(element, OTHER);
    expect_nothing();
    assert_int_equal(the(element)->contested_by, OTHER);
    story_wait(minimum - 1);
    expect_nothing();
    story_wait(1 + TICK);
    expect_home_keep_alive(1);
    expect_nothing();
    story_acknowledge(1, "echo", 0x11);
    expect_change(UPDATE_ACTION_ADD_PE, "echo", 0x11);
    assert_int_equal(the(element)->home, SERVER);
}

/* A peer that claims an element again and again neither hurries nor holds up what becomes of it. */
static void claims_again_and_again_do_not_move_the_clock(void **state)
{
    uint32_t element = join();

    (void)state;
    contest(element, THIRD);
    expect_home_keep_alive(1);
    for (uint32_t i = 0; i < 4; i++) {
        story_wait(1200 - TICK);
        contest(element, OTHER);
        expect_nothing();
    }
    story_wait(200 + TICK);
    expect_audit(AUDIT_YIELDED);
    expect_close(1, CLOSE_ELEMENT_YIELDED);
    expect_audit(AUDIT_CHANNEL_CLOSED);
    expect_nothing();
    expect_yielded(element);
}

static void a_registration_settles_a_contest(void **state)
{
    uint32_t element = join();

    (void)state;
    contest(element, OTHER);
    expect_home_keep_alive(1);
    story_join(1, "echo", 0x11);
    assert_int_equal(the(element)->contested_by, 0);
    assert_int_equal(the(element)->home, SERVER);
    expect_change(UPDATE_ACTION_ADD_PE, "echo", 0x11);
    expect_no_change();
    story_wait(5000 + TICK);
    expect_keep_alive(1, "echo");
}

static void after_yielding_the_element_may_come_back(void **state)
{
    uint32_t element = join();

    (void)state;
    story_close(1);
    contest(element, OTHER);
    story_open(2, ALICE);
    story_join(2, "echo", 0x11);
    assert_int_equal(the(element)->home, SERVER);
    assert_int_equal(elements_on_account(ALICE), 1);
    expect_change(UPDATE_ACTION_ADD_PE, "echo", 0x11);
}

/* ---- Adoption ---- */

static void an_adopted_element_that_does_not_come_is_removed(void **state)
{
    uint32_t element;

    (void)state;
    begin();
    element = copy();
    adopt(element);
    assert_int_equal(the(element)->home, SERVER);
    assert_int_equal(the(element)->identity, IDENTITY_UNBOUND);
    assert_int_equal(the(element)->expiry, story.now + 600000);
    assert_int_equal(resolved(1).home_enrp_server_identifier, SERVER);
    story_rules_changed();
    story_wait(GRACE - 1);
    expect_nothing();
    expect_no_change();
    story_wait(1 + TICK);
    expect_audit(AUDIT_UNREACHABLE_REMOVED);
    expect_nothing();
    assert_int_equal(elements_in("echo"), 0);
    expect_change(UPDATE_ACTION_DEL_PE, "echo", 0x11);
    expect_no_change();
}

static void an_adopted_element_that_registers_in_time_stays(void **state)
{
    uint32_t element;

    (void)state;
    begin();
    element = copy();
    adopt(element);
    story_wait(GRACE - TICK);
    expect_nothing();
    story_join(1, "echo", 0x11);
    assert_int_equal(the(element)->identity, ALICE);
    assert_int_equal(elements_on_account(ALICE), 1);
    expect_change(UPDATE_ACTION_ADD_PE, "echo", 0x11);
    story_wait(4999);
    expect_nothing();
    story_wait(1 + TICK);
    expect_keep_alive(1, "echo");
    expect_no_change();
}

static void removing_what_nobody_is_bound_to_credits_nobody(void **state)
{
    uint32_t element;

    (void)state;
    begin();
    story.registrar->books.account[ACCESS_IDENTITIES_MAX].elements = 5;
    element = copy();
    registrar_remove(&story.registrar->books, space(), element);
    assert_int_equal(elements_on_account(ACCESS_IDENTITIES_MAX), 5);
}

static void the_life_of_an_adopted_element_is_that_of_its_parameter(void **state)
{
    struct registration r = story_registration("echo", 0x11);
    uint32_t element;

    (void)state;
    begin();
    r.life = -1;
    element = put(&r, OTHER);
    adopt(element);
    assert_int_equal(the(element)->expiry, REGISTRAR_NEVER);
    r.life = 1;
    registrar_yield(&story.registrar->books, space(), element, OTHER);
    put(&r, OTHER);
    adopt(element);
    assert_int_equal(the(element)->expiry, story.now + 1000);
    story_wait(1000 + TICK);
    expect_audit(AUDIT_EXPIRED);
    expect_change(UPDATE_ACTION_DEL_PE, "echo", 0x11);
}

static void one_reporter_does_not_remove_an_adopted_element(void **state)
{
    uint32_t element;

    (void)state;
    begin();
    story_open(3, CAROL);
    element = copy();
    adopt(element);
    for (uint32_t i = 0; i < 5; i++) {
        story_report(3, "echo", 0x11);
        expect_nothing();
    }
    assert_int_equal(the(element)->unreachable_reports, 1);
    assert_int_equal(elements_in("echo"), 1);
}

static void an_adopted_element_is_left_to_whoever_claims_it(void **state)
{
    uint32_t element;

    (void)state;
    begin();
    element = copy();
    adopt(element);
    contest(element, OTHER);
    expect_nothing();
    expect_yielded(element);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, story_begin, story_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(registrations_and_deregistrations_are_noted),
        CASE(what_is_refused_is_not_noted),
        CASE(an_expired_element_is_noted),
        CASE(an_element_that_does_not_answer_is_noted),
        CASE(an_element_whose_identity_lost_its_right_is_noted),
        CASE(a_copy_is_bound_to_nobody_and_has_no_clock),
        CASE(a_copy_is_resolved_with_its_own_home),
        CASE(our_element_is_resolved_with_our_identifier),
        CASE(a_later_copy_replaces_parameter_and_home),
        CASE(a_copy_without_room_leaves_nothing_behind),
        CASE(reports_of_a_copy_are_ignored),
        CASE(nobody_acknowledges_for_a_copy),
        CASE(whoever_has_the_pool_and_the_addresses_is_bound),
        CASE(a_stranger_to_the_stored_address_is_not_bound),
        CASE(a_granted_address_is_as_good_as_the_connection_s),
        CASE(an_address_of_its_own_does_not_excuse_a_new_one_of_somebody_else),
        CASE(who_may_not_register_in_the_pool_is_not_bound),
        CASE(a_full_account_is_bound_to_nothing_more),
        CASE(a_copy_that_shows_no_address_is_nobody_s),
        CASE(whoever_could_be_bound_may_deregister),
        CASE(nobody_else_may_deregister_a_copy),
        CASE(an_element_that_answers_stays_ours),
        CASE(an_element_that_does_not_answer_is_left_to_the_claimant),
        CASE(an_element_without_a_channel_is_left_at_once),
        CASE(a_contested_element_whose_channel_is_lost_is_left),
        CASE(a_contested_element_that_cannot_be_asked_any_more_is_left),
        CASE(a_keep_alive_for_a_contest_is_not_sent_too_soon),
        CASE(claims_again_and_again_do_not_move_the_clock),
        CASE(a_registration_settles_a_contest),
        CASE(after_yielding_the_element_may_come_back),
        CASE(an_adopted_element_that_does_not_come_is_removed),
        CASE(an_adopted_element_that_registers_in_time_stays),
        CASE(removing_what_nobody_is_bound_to_credits_nobody),
        CASE(the_life_of_an_adopted_element_is_that_of_its_parameter),
        CASE(one_reporter_does_not_remove_an_adopted_element),
        CASE(an_adopted_element_is_left_to_whoever_claims_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
