/* What a registrar refuses of its peers, and of those who are none: wrong identifiers, malformed and unknown messages (RFC
 * 5353, 3.7), and the attacks of RFC 5355, 2.5, 2.9 and 2.12. After each attack the handlespace is what it was before. */
#include "group_story.h"

#define AMYS 0x41414141u
#define BENS 0x62626262u
#define ROGUE channel_of(FAY) /* the channel that an attacker opens */

static char *before;

/* Ben is a peer with an element; Alice has one here. */
static void scene(void)
{
    struct registration r = story_registration("calc", 1);

    group_alone();
    group_join(BEN);
    tell_added(BEN, "echo", 2);
    story_open(1, ALICE);
    story_register(1, &r);
    expect_registered(1, "calc", 1);
    expect_update(BEN, UPDATE_ACTION_ADD_PE, "calc", 1);
    expect_nothing();
    before = handlespace_dump();
}

/* The message of a type and of a length, all of it zero behind the server identifiers. */
static uint32_t blank(uint8_t bytes[64], uint8_t type, uint32_t from, uint32_t length)
{
    memset(bytes, 0, 64);
    bytes[0] = type;
    wire_put_u16(bytes + 2, (uint16_t)length);
    wire_put_u32(bytes + 4, from);
    return length;
}

/* A presence of Ben with a parameter of this type, that nobody knows. */
static void tell_unknown_parameter(uint8_t type, uint16_t parameter)
{
    uint8_t bytes[64];
    uint32_t length = blank(bytes, type, BENS, 20);

    wire_put_u16(bytes + 12, parameter);
    wire_put_u16(bytes + 14, 8);
    tell_bytes(channel_of(BEN), bytes, length);
}

static void tell_blank(uint8_t type, uint32_t length)
{
    uint8_t bytes[64];

    tell_bytes(channel_of(BEN), bytes, blank(bytes, type, BENS, length));
}

/* ---- Channels ---- */

static void expect_turned_away(uint32_t identity, uint8_t roles)
{
    group_open(ROGUE, identity, roles, ENRP_NO_PEER);
    expect_peer_audit(AUDIT_PEER_REFUSED, 0);
    expect_close(ROGUE, CLOSE_NOT_A_REGISTRAR);
    expect_nothing();
}

/* Whatever comes on a channel that was turned away is not even read. */
static void expect_unheard(void)
{
    uint64_t messages = group.group->counters.messages;

    tell_as(ROGUE, AMYS, 0, ENRP_LIST_REQUEST, 0);
    tell_as(ROGUE, BENS, 0, ENRP_HANDLE_TABLE_REQUEST, 0);
    expect_nothing();
    assert_true(group.group->counters.messages == messages);
    assert_false(is_peer(AMY));
    expect_same_handlespace(before);
}

static void a_pool_element_is_no_registrar(void **state)
{
    (void)state;
    scene();
    expect_turned_away(ALICE, ROLES_ALL);
    expect_unheard();
}

static void nobody_is_no_registrar(void **state)
{
    (void)state;
    scene();
    expect_turned_away(NOBODY, ROLE_POOL_USER);
    expect_unheard();
}

static void a_registrar_that_is_lent_no_such_role_is_none(void **state)
{
    (void)state;
    scene();
    expect_turned_away(identity_of(AMY), ROLE_POOL_ELEMENT);
    expect_unheard();
}

static void a_registrar_is_no_pool_element(void **state)
{
    struct registration r = story_registration("echo", 9);

    (void)state;
    scene();
    story_open(2, identity_of(AMY));
    story_register(2, &r);
    assert_int_equal(element_of("echo", 9), HANDLESPACE_NONE);
    expect_rejected(2, CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS, AUDIT_ROLE_REFUSED);
    expect_nothing();
    expect_same_handlespace(before);
}

static void a_channel_that_is_open_is_not_opened_again(void **state)
{
    struct registrar_event again = {.kind = EVENT_CHANNEL_OPENED,
                                    .channel = channel_of(BEN),
                                    .now = story.now,
                                    .server = ENRP_NO_PEER};

    (void)state;
    scene();
    again.now = story.now;
    again.principal.identity = identity_of(AMY);
    again.principal.roles = ROLES_ALL;
    story_event(&again, NULL);
    expect_close(channel_of(BEN), CLOSE_CHANNEL_IN_USE);
    expect_connect(0);
    expect_nothing();
    assert_int_equal(the_peer(BEN)->channel, ENRP_NO_CHANNEL);
    expect_same_handlespace(before);
}

/* ---- Identifiers ---- */

/* Amy's identity says that it is another registrar. */
static void expect_identifier_refused(uint32_t from)
{
    scene();
    group_visit(AMY);
    tell_as(channel_of(AMY), from, 0, ENRP_HANDLE_TABLE_REQUEST, 0);
    expect_peer_audit(AUDIT_PEER_REFUSED, from);
    expect_close(channel_of(AMY), CLOSE_WRONG_SERVER_IDENTIFIER);
    expect_nothing();
    assert_int_equal(group.group->counters.refused, 1);
    assert_false(is_peer(AMY));
    assert_int_equal(the_peer(BEN)->channel, channel_of(BEN));
    expect_same_handlespace(before);
}

static void another_s_identifier_is_refused(void **state)
{
    (void)state;
    expect_identifier_refused(BENS);
}

static void our_own_identifier_is_refused(void **state)
{
    (void)state;
    expect_identifier_refused(SERVER);
}

static void no_identifier_is_refused(void **state)
{
    (void)state;
    expect_identifier_refused(0);
}

static void nor_are_these_taken_when_identities_are_not_bound(void **state)
{
    (void)state;
    group.configuration.identities_bound = 0;
    expect_identifier_refused(SERVER);
    group_open(channel_of(CLEO), identity_of(AMY), ROLES_ALL, ENRP_NO_PEER);
    tell_as(channel_of(CLEO), 0, 0, ENRP_HANDLE_TABLE_REQUEST, 0);
    expect_peer_audit(AUDIT_PEER_REFUSED, 0);
    expect_close(channel_of(CLEO), CLOSE_WRONG_SERVER_IDENTIFIER);
    expect_nothing();
}

static void an_identifier_that_is_granted_to_nobody_is_refused(void **state)
{
    (void)state;
    expect_identifier_refused(0x12121212u);
}

static void unless_identities_are_not_bound(void **state)
{
    (void)state;
    group.configuration.identities_bound = 0;
    scene();
    group_visit(AMY);
    tell_as(channel_of(AMY), 0x12121212u, 0, ENRP_LIST_REQUEST, 0);
    expect_peer_audit(AUDIT_PEER_JOINED, 0x12121212u);
    expect_enrp(channel_of(AMY), ENRP_PRESENCE, ENRP_FLAG_REPLY_REQUIRED);
    expect_enrp(channel_of(AMY), ENRP_LIST_RESPONSE, 0);
    expect_nothing();
    expect_same_handlespace(before);
}

/* The rules count for each message, whether or not the channels were looked through since they changed. */
static void an_identifier_that_is_taken_back_is_refused_at_the_next_message(void **state)
{
    (void)state;
    scene();
    story.rules->identity[identity_of(BEN)].server_identifier = 0;
    tell_as(channel_of(BEN), server_of(BEN), 0, ENRP_LIST_REQUEST, 0);
    expect_peer_audit(AUDIT_PEER_REFUSED, server_of(BEN));
    expect_close(channel_of(BEN), CLOSE_WRONG_SERVER_IDENTIFIER);
    expect_connect(0);
    expect_nothing();
    expect_same_handlespace(before);
}

static void a_registrar_that_is_one_no_longer_is_not_heard_whatever_its_identifier(void **state)
{
    (void)state;
    group.configuration.identities_bound = 0;
    scene();
    story.rules->identity[identity_of(BEN)].roles = ROLE_POOL_ELEMENT;
    tell_added(BEN, "echo", 3);
    expect_close(channel_of(BEN), CLOSE_IDENTITY_GONE);
    expect_connect(0);
    expect_nothing();
    expect_same_handlespace(before);
}

static void a_channel_keeps_its_identifier(void **state)
{
    (void)state;
    group.configuration.identities_bound = 0;
    scene();
    tell_as(channel_of(BEN), AMYS, 0, ENRP_LIST_REQUEST, 0);
    expect_peer_audit(AUDIT_PEER_REFUSED, AMYS);
    expect_close(channel_of(BEN), CLOSE_WRONG_SERVER_IDENTIFIER);
    expect_connect(0);
    expect_nothing();
    expect_same_handlespace(before);
}

static void a_message_for_another_is_not_taken(void **state)
{
    uint64_t heard;

    (void)state;
    scene();
    heard = the_peer(BEN)->last_heard;
    group_wait(1000);
    tell_as(channel_of(BEN), BENS, AMYS, ENRP_LIST_REQUEST, 0);
    expect_nothing();
    assert_int_equal(group.group->counters.refused, 1);
    assert_true(the_peer(BEN)->last_heard == heard);
    expect_same_handlespace(before);
}

/* ---- Unknown and malformed ---- */

static void an_unknown_parameter_is_reported_and_the_message_taken(void **state)
{
    (void)state;
    scene();
    group_wait(1000);
    tell_unknown_parameter(ENRP_PRESENCE, 0xc0ff);
    expect_error(BEN, CAUSE_UNRECOGNIZED_PARAMETER);
    expect_nothing();
    assert_true(the_peer(BEN)->last_heard == story.now);
    expect_same_handlespace(before);
}

static void an_unknown_parameter_that_says_so_stops_the_message(void **state)
{
    uint64_t heard;

    (void)state;
    scene();
    heard = the_peer(BEN)->last_heard;
    group_wait(1000);
    tell_unknown_parameter(ENRP_PRESENCE, 0x40ff);
    expect_error(BEN, CAUSE_UNRECOGNIZED_PARAMETER);
    expect_audit(AUDIT_MALFORMED);
    expect_nothing();
    tell_unknown_parameter(ENRP_PRESENCE, 0x00ff);
    expect_audit(AUDIT_MALFORMED);
    expect_nothing();
    assert_true(the_peer(BEN)->last_heard == heard);
    expect_same_handlespace(before);
}

static void an_unknown_parameter_that_says_so_is_skipped_in_silence(void **state)
{
    (void)state;
    scene();
    group_wait(1000);
    tell_unknown_parameter(ENRP_PRESENCE, 0x80ff);
    expect_nothing();
    assert_true(the_peer(BEN)->last_heard == story.now);
    expect_same_handlespace(before);
}

/* A report with a cause, and behind it a parameter that nobody knows and that says: report me. */
static void nothing_is_reported_about_a_report(void **state)
{
    uint64_t heard;
    uint8_t bytes[64];
    uint32_t length = blank(bytes, ENRP_ERROR, BENS, 28);

    (void)state;
    scene();
    heard = the_peer(BEN)->last_heard;
    wire_put_u16(bytes + 12, PARAMETER_OPERATION_ERROR);
    wire_put_u16(bytes + 14, 8);
    wire_put_u16(bytes + 16, CAUSE_UNSPECIFIED);
    wire_put_u16(bytes + 18, 4);
    wire_put_u16(bytes + 20, 0xc0ff);
    wire_put_u16(bytes + 22, 8);
    group_wait(1000);
    tell_bytes(channel_of(BEN), bytes, length);
    expect_nothing();
    assert_true(the_peer(BEN)->last_heard > heard);
    tell_blank(ENRP_ERROR, 8);
    expect_audit(AUDIT_MALFORMED);
    expect_nothing();
    assert_int_equal(group.group->counters.errors_sent, 0);
    expect_same_handlespace(before);
}

static void a_message_of_an_unknown_type_is_reported_if_it_says_so(void **state)
{
    (void)state;
    scene();
    tell_blank(0x7b, 12);
    expect_error(BEN, CAUSE_UNRECOGNIZED_MESSAGE);
    expect_nothing();
    tell_blank(0x3b, 12);
    expect_nothing();
    assert_int_equal(group.group->counters.unknown, 2);
    assert_int_equal(group.group->counters.malformed, 0);
    expect_same_handlespace(before);
}

static void not_every_unknown_message_is_reported(void **state)
{
    (void)state;
    scene();
    group.counting = true;
    for (uint32_t i = 0; i < 20; i++)
        tell_blank(0x7b, 12);
    assert_int_equal(group.counted[ENRP_ERROR], 8);
    assert_int_equal(the_peer(BEN)->channel, channel_of(BEN));
    expect_same_handlespace(before);
}

static void too_many_malformed_messages_close_the_channel(void **state)
{
    (void)state;
    scene();
    for (uint32_t i = 0; i < group.configuration.malformed_maximum; i++) {
        tell_blank(ENRP_PRESENCE, 8);
        expect_error(BEN, CAUSE_INVALID_VALUES);
        expect_audit(AUDIT_MALFORMED);
        expect_nothing();
    }
    tell_blank(ENRP_PRESENCE, 8);
    expect_error(BEN, CAUSE_INVALID_VALUES);
    expect_audit(AUDIT_MALFORMED);
    expect_close(channel_of(BEN), CLOSE_MALFORMED);
    expect_connect(0);
    expect_nothing();
    expect_same_handlespace(before);
}

static void an_asap_message_is_none_of_enrp(void **state)
{
    struct registration r = story_registration("echo", 9);
    uint8_t bytes[1024];

    (void)state;
    scene();
    tell_bytes(channel_of(BEN), bytes, compose_registration(bytes, &r));
    assert_int_equal(element_of("echo", 9), HANDLESPACE_NONE);
    story.cursor = story.effects.count;
    expect_same_handlespace(before);
}

/* ---- RFC 5355, 2.5: a malicious registrar among the legitimate ones ---- */

static void everything_that_a_rogue_could_say(void)
{
    static const struct entry table[] = {{"calc", 1, AMYS}, {"echo", 66, AMYS}};

    tell_added(AMY, "calc", 1);
    tell_added(AMY, "echo", 66);
    tell_removed(AMY, "calc", 1);
    tell_removed(AMY, "echo", 2);
    tell_table(AMY, 0, table, 2);
    tell_takeover(AMY, ENRP_INIT_TAKEOVER, BENS);
    tell_takeover(AMY, ENRP_TAKEOVER_SERVER, BENS);
    tell_takeover(AMY, ENRP_TAKEOVER_SERVER, SERVER);
    expect_nothing();
}

static void who_has_no_role_changes_nothing(void **state)
{
    (void)state;
    scene();
    story.rules->identity[identity_of(AMY)].roles = ROLE_POOL_ELEMENT | ROLE_POOL_USER;
    group_open(channel_of(AMY), identity_of(AMY), ROLES_ALL, ENRP_NO_PEER);
    expect_peer_audit(AUDIT_PEER_REFUSED, 0);
    expect_close(channel_of(AMY), CLOSE_NOT_A_REGISTRAR);
    everything_that_a_rogue_could_say();
    expect_same_handlespace(before);
    assert_int_equal(the_peer(BEN)->state, ENRP_PEER_ACTIVE);
}

static void who_speaks_for_another_registrar_changes_nothing(void **state)
{
    (void)state;
    scene();
    /* Fay has a registrar's key, but her own identifier. */
    group_open(channel_of(AMY), identity_of(FAY), ROLES_ALL, ENRP_NO_PEER);
    tell_added(AMY, "calc", 1);
    expect_peer_audit(AUDIT_PEER_REFUSED, AMYS);
    expect_close(channel_of(AMY), CLOSE_WRONG_SERVER_IDENTIFIER);
    everything_that_a_rogue_could_say();
    expect_same_handlespace(before);
}

/* A registrar that is one, and lies: it removes nothing of others, and takes nothing that is here. */
static void a_peer_that_lies_removes_nothing_of_others(void **state)
{
    static const struct entry table[] = {{"calc", 1, BENS}, {"echo", 2, SERVER}};

    (void)state;
    scene();
    group_join(AMY);
    tell_removed(AMY, "calc", 1);
    tell_removed(AMY, "echo", 2);
    tell_table(AMY, 0, table, 2);
    tell_takeover(AMY, ENRP_TAKEOVER_SERVER, 0);
    tell_takeover(AMY, ENRP_TAKEOVER_SERVER, AMYS);
    expect_nothing();
    expect_same_handlespace(before);
}

/* It says that it took over a registrar that lives: the next presence of that one puts it right. */
static void a_takeover_of_the_living_is_put_right(void **state)
{
    static const struct entry bens[] = {{"echo", 2, BENS}};

    (void)state;
    scene();
    group_join(AMY);
    tell_takeover(AMY, ENRP_TAKEOVER_SERVER, BENS);
    expect_peer_audit(AUDIT_TAKEN_OVER, AMYS);
    assert_int_equal(home_of("echo", 2), AMYS);
    tell_presence(BEN, false, checksum_of(bens, 1));
    expect_peer_audit(AUDIT_PEER_JOINED, BENS);
    expect_presence(BEN, true);
    expect_told(BEN, ENRP_HANDLE_TABLE_REQUEST, ENRP_FLAG_OWN_CHILDREN_ONLY);
    tell_table(BEN, 0, bens, 1);
    expect_peer_audit(AUDIT_RESYNCHRONIZED, BENS);
    expect_nothing();
    expect_same_handlespace(before);
}

/* ---- RFC 5355, 2.9: what a takeover leaves is nobody else's ---- */

static void a_stranger_does_not_get_an_element_that_was_taken_over(void **state)
{
    struct registration bens = story_registration("echo", 2);
    struct registration strangers = story_registration("echo", 2);

    (void)state;
    group_alone();
    group_join(BEN);
    bens.address = ADDRESS_B;
    tell_update(BEN, UPDATE_ACTION_ADD_PE, &bens);
    group.counting = true;
    group_wait(LIFETIME + PATIENCE);
    group.counting = false;
    assert_int_equal(home_of("echo", 2), SERVER);
    before = handlespace_dump();
    story_open(1, BOB);
    story_register(1, &strangers);
    expect_rejected(1, CAUSE_NON_UNIQUE_PE_IDENTIFIER, AUDIT_IDENTITY_CONFLICT);
    story_deregister(1, "echo", 2);
    expect_message(1, ASAP_DEREGISTRATION_RESPONSE, 0);
    expect_audit(AUDIT_DEREGISTRATION_REJECTED);
    expect_nothing();
    expect_same_handlespace(before);
}

/* ---- RFC 5355, 2.12: whoever starts is not told lies by others than its mentor ---- */

static void starting(void)
{
    group_configure(BEN);
    group_start();
    expect_connect(0);
    expect_nothing();
    before = handlespace_dump();
}

static void who_answers_in_the_mentor_s_place_is_not_believed(void **state)
{
    (void)state;
    starting();
    group_open(dialled_to(AMY), identity_of(AMY), ROLES_ALL, 0);
    expect_enrp(dialled_to(AMY), ENRP_PRESENCE, ENRP_FLAG_REPLY_REQUIRED);
    tell_presence(AMY, false, checksum_of(NULL, 0));
    expect_peer_audit(AUDIT_PEER_REFUSED, AMYS);
    expect_close(dialled_to(AMY), CLOSE_WRONG_SERVER_IDENTIFIER);
    expect_nothing();
    assert_false(serving());
    expect_same_handlespace(before);
}

static void who_answers_without_the_role_is_not_believed(void **state)
{
    (void)state;
    starting();
    group_open(dialled_to(BEN), ALICE, ROLES_ALL, 0);
    expect_peer_audit(AUDIT_PEER_REFUSED, 0);
    expect_close(dialled_to(BEN), CLOSE_NOT_A_REGISTRAR);
    expect_nothing();
    assert_false(serving());
    expect_same_handlespace(before);
}

static void the_list_and_the_table_of_another_are_not_taken(void **state)
{
    static const struct entry lies[] = {{"echo", 1, AMYS}, {"echo", 2, BENS}};
    static const enum peer peers[] = {CLEO};

    (void)state;
    starting();
    group_connected(BEN);
    tell_presence(BEN, false, checksum_of(NULL, 0));
    expect_peer_audit(AUDIT_PEER_JOINED, BENS);
    expect_presence(BEN, true);
    expect_told(BEN, ENRP_LIST_REQUEST, 0);
    group_visit(AMY);
    tell_list(AMY, peers, 1);
    expect_peer_audit(AUDIT_PEER_JOINED, AMYS);
    expect_presence(AMY, true);
    tell_table(AMY, 0, lies, 2);
    expect_nothing();
    assert_false(is_peer(CLEO));
    assert_false(serving());
    tell_list(BEN, NULL, 0);
    expect_told(BEN, ENRP_HANDLE_TABLE_REQUEST, 0);
    tell_table(AMY, 0, lies, 2);
    expect_nothing();
    assert_false(serving());
    expect_same_handlespace(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        GROUP_CASE(a_pool_element_is_no_registrar),
        GROUP_CASE(nobody_is_no_registrar),
        GROUP_CASE(a_registrar_that_is_lent_no_such_role_is_none),
        GROUP_CASE(a_registrar_is_no_pool_element),
        GROUP_CASE(a_channel_that_is_open_is_not_opened_again),
        GROUP_CASE(another_s_identifier_is_refused),
        GROUP_CASE(our_own_identifier_is_refused),
        GROUP_CASE(no_identifier_is_refused),
        GROUP_CASE(nor_are_these_taken_when_identities_are_not_bound),
        GROUP_CASE(an_identifier_that_is_granted_to_nobody_is_refused),
        GROUP_CASE(unless_identities_are_not_bound),
        GROUP_CASE(an_identifier_that_is_taken_back_is_refused_at_the_next_message),
        GROUP_CASE(a_registrar_that_is_one_no_longer_is_not_heard_whatever_its_identifier),
        GROUP_CASE(a_channel_keeps_its_identifier),
        GROUP_CASE(a_message_for_another_is_not_taken),
        GROUP_CASE(an_unknown_parameter_is_reported_and_the_message_taken),
        GROUP_CASE(an_unknown_parameter_that_says_so_stops_the_message),
        GROUP_CASE(an_unknown_parameter_that_says_so_is_skipped_in_silence),
        GROUP_CASE(nothing_is_reported_about_a_report),
        GROUP_CASE(a_message_of_an_unknown_type_is_reported_if_it_says_so),
        GROUP_CASE(not_every_unknown_message_is_reported),
        GROUP_CASE(too_many_malformed_messages_close_the_channel),
        GROUP_CASE(an_asap_message_is_none_of_enrp),
        GROUP_CASE(who_has_no_role_changes_nothing),
        GROUP_CASE(who_speaks_for_another_registrar_changes_nothing),
        GROUP_CASE(a_peer_that_lies_removes_nothing_of_others),
        GROUP_CASE(a_takeover_of_the_living_is_put_right),
        GROUP_CASE(a_stranger_does_not_get_an_element_that_was_taken_over),
        GROUP_CASE(who_answers_in_the_mentor_s_place_is_not_believed),
        GROUP_CASE(who_answers_without_the_role_is_not_believed),
        GROUP_CASE(the_list_and_the_table_of_another_are_not_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
