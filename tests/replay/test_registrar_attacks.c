/* The attacks of RFC 5355, section 2, as far as the core can see them: after each the handlespace is, bit
 * for bit of what it holds, what it was before. The parts that TLS answers for (2.6, 2.7, 2.10, 2.11 and the
 * replay of records, 2.8) are attacked in tests/attack; here is what is left once a message arrived. */
#include "registrar_story.h"

static char *before;

/* Alice's element in the pool, and somebody else on channel 2. */
static void scene(uint32_t attacker, uint8_t roles)
{
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    story_open_as(2, attacker, roles);
    expect_nothing();
}

/* The same, for an attack that must change nothing at all. */
static void given(uint32_t attacker, uint8_t roles)
{
    scene(attacker, roles);
    before = handlespace_dump();
}

/* What one element is to its owner and to pool users; what keep-alives and reports note of it is left out. */
struct written {
    const char *handle;
    uint32_t pe_identifier;
    struct handlespace_element element;
    struct handlespace_parameter parameter;
};

static struct written written_down(const char *handle, uint32_t pe_identifier)
{
    const struct handlespace *h = &story.registrar->handlespace;
    uint32_t element = element_of(handle, pe_identifier);
    struct written w = {.handle = handle, .pe_identifier = pe_identifier};

    assert_int_not_equal(element, HANDLESPACE_NONE);
    w.element = h->element[element];
    w.parameter = h->parameter[element];
    return w;
}

/* The element is there, in its pool, of its identity, with its channel, life and parameter. */
static void expect_as_written(const struct written *w)
{
    struct written is = written_down(w->handle, w->pe_identifier);

    assert_int_equal(is.element.pool, w->element.pool);
    assert_int_equal(is.element.identity, w->element.identity);
    assert_int_equal(is.element.home, w->element.home);
    assert_int_equal(is.element.channel, w->element.channel);
    assert_int_equal(is.element.expiry, w->element.expiry);
    assert_int_equal(is.element.parameter_length, w->element.parameter_length);
    assert_memory_equal(is.parameter.bytes, w->parameter.bytes, w->element.parameter_length);
}

static void expect_refused_registration(const struct registration *r, uint16_t cause,
                                        uint16_t audit)
{
    story_register(2, r);
    expect_rejected(2, cause, audit);
    expect_nothing();
}

/* 2.1 A stream of registrations and deregistrations for elements that do not exist, without authentication. */
static void flood_without_authentication(void **state)
{
    struct registration r = story_registration("echo", 0x22);

    (void)state;
    given(NOBODY, 0);
    for (uint32_t i = 0; i < 500; i++) {
        r.pe_identifier = 0x1000 + i;
        expect_refused_registration(&r, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS,
                                    AUDIT_ROLE_REFUSED);
        story_deregister(2, "echo", 0x11);
        expect_message(2, ASAP_DEREGISTRATION_RESPONSE, 0);
        expect_cause(CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS);
        expect_audit(AUDIT_ROLE_REFUSED);
        expect_nothing();
    }
    expect_same_handlespace(before);
    assert_int_equal(story.registrar->books.counters.refused, 1000);
}

/* 2.1 The same on a channel nobody opened: not even an answer. */
static void messages_before_any_handshake(void **state)
{
    struct registration r = story_registration("echo", 0x22);

    (void)state;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    before = handlespace_dump();
    story_register(2, &r);
    expect_nothing();
    story_deregister(2, "echo", 0x11);
    expect_nothing();
    story_report(2, "echo", 0x11);
    expect_nothing();
    expect_same_handlespace(before);
}

/* 2.2 Authenticated, but a pool user: no right to register or deregister. */
static void registration_by_a_pool_user(void **state)
{
    struct registration r = story_registration("echo", 0x22);

    (void)state;
    given(CAROL, ROLES_ALL);
    expect_refused_registration(&r, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS,
                                AUDIT_ROLE_REFUSED);
    r.pe_identifier = 0x11;
    expect_refused_registration(&r, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS,
                                AUDIT_ROLE_REFUSED);
    story_deregister(2, "echo", 0x11);
    expect_message(2, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_cause(CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS);
    expect_audit(AUDIT_ROLE_REFUSED);
    expect_same_handlespace(before);
}

/* 2.2 A flood by an authorised identity: its bucket empties, others are served. */
static void registration_flood_by_an_authorised_element(void **state)
{
    struct registration r = story_registration("echo", 0);
    struct written first;

    (void)state;
    story_configuration()->channel_limits.registrations = (struct rate_limit){1, 20};
    scene(BOB, ROLES_ALL);
    first = written_down("echo", 0x11);
    for (uint32_t pe = 1; pe <= 1000; pe++) {
        r.pe_identifier = 0x1000 + pe;
        story_register(2, &r);
        story.cursor = story.effects.count;
    }
    assert_int_equal(elements_in("echo"), 1 + 20);
    expect_as_written(&first);
    story_join(1, "echo", 0x5000);
}

/* 2.3 Another identity registers the same PE identifier: refused, and the element stays with its owner. */
static void takeover_of_another_identitys_element(void **state)
{
    struct registration r = story_registration("echo", 0x11);

    (void)state;
    given(BOB, ROLES_ALL);
    r.port = 6666;
    expect_refused_registration(&r, CAUSE_NON_UNIQUE_PE_IDENTIFIER, AUDIT_IDENTITY_CONFLICT);
    expect_same_handlespace(before);
}

/* 2.3 A deregistration on behalf of another. */
static void deregistration_of_another_identitys_element(void **state)
{
    (void)state;
    given(BOB, ROLES_ALL);
    story_deregister(2, "echo", 0x11);
    expect_message(2, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_cause(CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS);
    expect_audit(AUDIT_DEREGISTRATION_REJECTED);
    expect_same_handlespace(before);
}

/* 2.3 An element with somebody else's address, so that pool users are led there. */
static void registration_with_a_foreign_address(void **state)
{
    static const char *const foreign[] = {ADDRESS_B, "\x00\x00\x00\x00", "\x7f\x00\x00\x01",
                                          "\xff\xff\xff\xff"};
    struct registration r = story_registration("echo", 0x22);

    (void)state;
    given(BOB, ROLES_ALL);
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        r.address = foreign[i];
        expect_refused_registration(&r, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS,
                                    AUDIT_ADDRESS_REFUSED);
    }
    expect_same_handlespace(before);
}

/* 2.3 One of several addresses is foreign. */
static void registration_with_one_foreign_address_among_its_own(void **state)
{
    uint8_t bytes[1024];
    uint32_t at = wire_begin_message(bytes, sizeof bytes, ASAP_REGISTRATION, 0);
    uint32_t start;
    uint32_t transport;

    (void)state;
    given(BOB, ROLES_ALL);
    at = wire_put_pool_handle(bytes, sizeof bytes, at, (const uint8_t *)"echo-sctp", 9);
    start = wire_align(bytes, sizeof bytes, at);
    at = wire_begin_parameter(bytes, sizeof bytes, start, PARAMETER_POOL_ELEMENT);
    at = wire_put_word(bytes, sizeof bytes, at, 0x22);
    at = wire_put_word(bytes, sizeof bytes, at, 0);
    at = wire_put_word(bytes, sizeof bytes, at, 600);
    transport = at;
    at = wire_begin_parameter(bytes, sizeof bytes, at, PARAMETER_SCTP_TRANSPORT);
    at = wire_put_halves(bytes, sizeof bytes, at, 8080, 0);
    at = wire_put_parameter(bytes, sizeof bytes, at, PARAMETER_IPV4_ADDRESS,
                            (const uint8_t *)ADDRESS_A, 4);
    at = wire_put_parameter(bytes, sizeof bytes, at, PARAMETER_IPV4_ADDRESS,
                            (const uint8_t *)ADDRESS_B, 4);
    at = wire_end_parameter(bytes, sizeof bytes, transport, at);
    at =
        wire_put_policy(bytes, sizeof bytes, at, &(struct wire_policy){.type = POLICY_ROUND_ROBIN});
    at = wire_end_parameter(bytes, sizeof bytes, start, at);
    at = wire_end_message(bytes, sizeof bytes, at);
    assert_int_not_equal(at, WIRE_FULL);
    story_message(2, bytes, at);
    expect_rejected(2, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS, AUDIT_ADDRESS_REFUSED);
    expect_same_handlespace(before);
}

/* 2.3 A transport whose address cannot be seen, and so cannot be shown to be one's own. */
static void registration_with_an_opaque_address(void **state)
{
    uint8_t bytes[1024];
    uint32_t at = wire_begin_message(bytes, sizeof bytes, ASAP_REGISTRATION, 0);
    uint32_t start;

    (void)state;
    given(BOB, ROLES_ALL);
    at = wire_put_pool_handle(bytes, sizeof bytes, at, (const uint8_t *)"echo-opaque", 11);
    start = wire_align(bytes, sizeof bytes, at);
    at = wire_begin_parameter(bytes, sizeof bytes, start, PARAMETER_POOL_ELEMENT);
    at = wire_put_word(bytes, sizeof bytes, at, 0x22);
    at = wire_put_word(bytes, sizeof bytes, at, 0);
    at = wire_put_word(bytes, sizeof bytes, at, 600);
    at = wire_put_parameter(bytes, sizeof bytes, at, PARAMETER_OPAQUE_TRANSPORT,
                            (const uint8_t *)"anywhere", 8);
    at =
        wire_put_policy(bytes, sizeof bytes, at, &(struct wire_policy){.type = POLICY_ROUND_ROBIN});
    at = wire_end_parameter(bytes, sizeof bytes, start, at);
    at = wire_end_message(bytes, sizeof bytes, at);
    assert_int_not_equal(at, WIRE_FULL);
    story_message(2, bytes, at);
    expect_rejected(2, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS, AUDIT_ADDRESS_REFUSED);
    expect_same_handlespace(before);
}

/* 2.4 An identity that may register, but not in this pool. */
static void registration_in_a_pool_not_granted(void **state)
{
    struct registration r = story_registration("calc", 0x22);

    (void)state;
    given(BOB, ROLES_ALL);
    expect_refused_registration(&r, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS,
                                AUDIT_POOL_REFUSED);
    r.handle = "ech";
    expect_refused_registration(&r, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS,
                                AUDIT_POOL_REFUSED);
    r.handle = "xecho";
    expect_refused_registration(&r, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS,
                                AUDIT_POOL_REFUSED);
    expect_same_handlespace(before);
}

/* 2.6, 2.7 A pool element or user that answers as if it were a registrar. */
static void messages_of_a_false_registrar(void **state)
{
    uint8_t bytes[1024];

    (void)state;
    given(BOB, ROLES_ALL);
    story_message(2, bytes, compose_named(bytes, ASAP_REGISTRATION_RESPONSE, 0, "echo", 4, 0x11));
    expect_nothing();
    story_message(2, bytes, compose_named(bytes, ASAP_DEREGISTRATION_RESPONSE, 0, "echo", 4, 0x11));
    expect_nothing();
    story_message(2,
                  "\x07\x01\x00\x10\x00\x00\x00\x01\x00\x09\x00\x08"
                  "echo",
                  16);
    expect_nothing();
    expect_same_handlespace(before);
}

/* 2.8 A deregistration replayed on another connection: it belongs to another identity there. */
static void replay_of_a_deregistration_on_another_channel(void **state)
{
    uint8_t bytes[1024];
    uint32_t length = compose_named(bytes, ASAP_DEREGISTRATION, 0, "echo", 4, 0x11);

    (void)state;
    story_open(1, ALICE);
    story_join(1, "echo", 0x11);
    story_message(1, bytes, length);
    expect_message(1, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_audit(AUDIT_DEREGISTERED);
    story_join(1, "echo", 0x11);
    story_open(2, BOB);
    before = handlespace_dump();
    story_message(2, bytes, length);
    expect_message(2, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_cause(CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS);
    expect_audit(AUDIT_DEREGISTRATION_REJECTED);
    expect_same_handlespace(before);
}

/* 2.10 Every message of which one byte was changed or the end cut off, from somebody without rights. */
static void changed_and_cut_messages(void **state)
{
    uint8_t bytes[1024];
    struct registration r = story_registration("echo", 0x11);
    uint32_t length;

    (void)state;
    story_configuration()->malformed_maximum = UINT32_MAX;
    story_configuration()->channel_limits.messages.burst = 0;
    given(NOBODY, 0);
    length = compose_registration(bytes, &r);
    for (uint32_t i = 0; i < length; i++) {
        for (uint32_t bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1u << bit);
            story_message(2, bytes, length);
            story.cursor = story.effects.count;
            bytes[i] ^= (uint8_t)(1u << bit);
        }
        story_message(2, bytes, i);
        story.cursor = story.effects.count;
    }
    expect_same_handlespace(before);
}

/* 2.13 A report by nobody, and by somebody whose bucket is empty. */
static void unreachable_flood(void **state)
{
    (void)state;
    story_configuration()->channel_limits.reports = (struct rate_limit){0, 1};
    given(CAROL, ROLES_ALL);
    story_report(2, "echo", 0x99); /* takes the only token */
    expect_nothing();
    for (int i = 0; i < 100; i++) {
        story_report(2, "echo", 0x11);
        story.cursor = story.effects.count;
    }
    expect_same_handlespace(before);
}

/* 2.13 One pool user who may report as often as it likes cannot remove an element that answers. */
static void one_reporter_cannot_remove_a_living_element(void **state)
{
    struct written first;

    (void)state;
    story_configuration()->channel_limits.reports.burst = 0;
    story_configuration()->identity_limits.reports.burst = 0;
    scene(CAROL, ROLES_ALL);
    first = written_down("echo", 0x11);
    for (int i = 0; i < 50; i++) {
        story_report(2, "echo", 0x11);
        expect_keep_alive(1, "echo");
        expect_nothing();
        story_acknowledge(1, "echo", 0x11);
        story.now += 1000;
    }
    assert_int_equal(elements_in("echo"), 1);
    expect_as_written(&first);
}

static void unreachable_report_without_a_role(void **state)
{
    (void)state;
    given(NOBODY, 0);
    story_report(2, "echo", 0x11);
    expect_audit(AUDIT_ROLE_REFUSED);
    expect_nothing();
    expect_same_handlespace(before);
}

/* 2.14 Reports that are meant to make the registrar flood an element with keep-alives. */
static void keep_alive_flood_by_way_of_reports(void **state)
{
    struct written first;

    (void)state;
    story_configuration()->channel_limits.reports.burst = 0;
    story_configuration()->identity_limits.reports.burst = 0;
    story_configuration()->keep_alive_interval = 0;
    scene(CAROL, ROLES_ALL);
    first = written_down("echo", 0x11);
    for (int i = 0; i < 1000; i++) {
        story_report(2, "echo", 0x11);
        story.cursor = story.effects.count;
        if (story.effects.count > 0) {
            story_acknowledge(1, "echo", 0x11);
            expect_nothing();
        }
        story.now += 10;
    }
    assert_in_range(story.registrar->books.counters.keep_alives, 9, 11);
    assert_int_equal(elements_in("echo"), 1);
    expect_as_written(&first);
}

/* 2.15 A secure registrar takes nothing that came in the clear, whatever the sender may do elsewhere. */
static void plain_text_with_a_known_identity(void **state)
{
    struct registration r = story_registration("echo", 0x22);

    (void)state;
    given(ALICE, 0);
    expect_refused_registration(&r, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS,
                                AUDIT_ROLE_REFUSED);
    story_resolve(2, "echo");
    expect_message(2, ASAP_HANDLE_RESOLUTION_RESPONSE, 0);
    expect_cause(CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS);
    expect_audit(AUDIT_ROLE_REFUSED);
    expect_same_handlespace(before);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, story_begin, story_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(flood_without_authentication),
        CASE(messages_before_any_handshake),
        CASE(registration_by_a_pool_user),
        CASE(registration_flood_by_an_authorised_element),
        CASE(takeover_of_another_identitys_element),
        CASE(deregistration_of_another_identitys_element),
        CASE(registration_with_a_foreign_address),
        CASE(registration_with_one_foreign_address_among_its_own),
        CASE(registration_with_an_opaque_address),
        CASE(registration_in_a_pool_not_granted),
        CASE(messages_of_a_false_registrar),
        CASE(replay_of_a_deregistration_on_another_channel),
        CASE(changed_and_cut_messages),
        CASE(unreachable_flood),
        CASE(one_reporter_cannot_remove_a_living_element),
        CASE(unreachable_report_without_a_role),
        CASE(keep_alive_flood_by_way_of_reports),
        CASE(plain_text_with_a_known_identity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
