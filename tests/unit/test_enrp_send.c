/* ENRP messages as they are composed (enrp_send.h): each is read back by the decoder, field for field, and
 * comes back from the encoder byte for byte. Then what happens when a part, the bytes or the list are full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "enrp_send.h"
#include "enrp_wire.h"

#define CHANNEL 7u
#define SENDER 0x11111111u
#define RECEIVER 0x22222222u
#define HOME 0x33333333u

static const struct enrp_address to = {CHANNEL, SENDER, RECEIVER};

/* A TCP Transport with port 9901 and 10.0.0.1, and an SCTP one. */
static const uint8_t tcp[] = {0, 5, 0, 16, 0x26, 0xad, 0, 0, 0, 1, 0, 8, 10, 0, 0, 1};
static const uint8_t sctp[] = {0, 4, 0, 16, 0x26, 0xad, 0, 1, 0, 1, 0, 8, 10, 0, 0, 2};

static const uint8_t handle[] = "echo"; /* without its last byte */
#define HANDLE_LENGTH 4u

/* Pool element 1, homed at 0xeeeeeeee, for 300 s, on TCP port 80 of 10.0.0.1; its policy is unknown and has one byte,
 * so that the parameter's length, 41, leaves padding. */
static const uint8_t element[] = {
    0, 10, 0, 41, 0,    0,  0, 1, 0xee, 0xee, 0xee, 0xee, 0,  0, 1, 0x2c, /* */
    0, 5,  0, 16, 0,    80, 0, 0, 0,    1,    0,    8,    10, 0, 0, 1,    /* TCP Transport */
    0, 8,  0, 9,  0x80, 0,  0, 1, 0xff,                                   /* policy */
};
#define ELEMENT_LENGTH ((uint32_t)sizeof element)

static struct effects out;
static struct enrp_message message;

static int begin(void **state)
{
    (void)state;
    memset(&out, 0xa5, sizeof out);
    effects_clear(&out);
    return 0;
}

/* The bytes of the effect, which sends them to the channel. */
static const uint8_t *sent(uint32_t effect)
{
    assert_true(effect < out.count);
    assert_int_equal(out.effect[effect].kind, EFFECT_SEND);
    assert_int_equal(out.effect[effect].channel, CHANNEL);
    assert_true(out.effect[effect].offset + out.effect[effect].length <= out.bytes_used);
    return out.bytes + out.effect[effect].offset;
}

/* The only effect is a message of this type; it decodes into `message`, and comes back byte for byte. */
static const uint8_t *decoded(uint8_t type, uint8_t flags)
{
    static uint8_t again[EFFECTS_MESSAGE_MAX];
    struct wire_error error;
    const uint8_t *bytes = sent(0);
    uint32_t length = out.effect[0].length;

    assert_int_equal(out.count, 1);
    assert_int_equal(out.bytes_used, length);
    assert_true(enrp_decode(bytes, length, &message, &error));
    assert_int_equal(message.type, type);
    assert_int_equal(message.flags, flags);
    assert_int_equal(message.sending_server_identifier, SENDER);
    assert_int_equal(message.receiving_server_identifier, RECEIVER);
    assert_int_equal(message.unrecognized.count, 0);
    assert_int_equal(enrp_encode(&message, bytes, length, again, sizeof again), length);
    assert_memory_equal(again, bytes, length);
    return bytes;
}

static void check_server(const uint8_t *bytes, const struct wire_server_information *server,
                         uint32_t server_identifier, const uint8_t *transport, uint32_t length)
{
    assert_int_equal(server->server_identifier, server_identifier);
    assert_int_equal(server->transport.tlv.length, length);
    assert_memory_equal(bytes + server->transport.tlv.offset, transport, length);
}

/* The element is the one above, but for its home, and what follows it is padding of zeros. */
static void check_element(const uint8_t *bytes, const struct wire_pool_element *one, uint32_t home)
{
    const uint8_t *at = bytes + one->tlv.offset;

    assert_int_equal(one->home_enrp_server_identifier, home);
    assert_int_equal(one->tlv.length, ELEMENT_LENGTH);
    assert_memory_equal(at, element, 8);
    assert_int_equal(wire_get_u32(at + 8), home);
    assert_memory_equal(at + 12, element + 12, ELEMENT_LENGTH - 12);
    assert_memory_equal(at + ELEMENT_LENGTH, "\0\0\0", 3);
}

static void check_handle(const uint8_t *bytes, const struct wire_span *span)
{
    assert_int_equal(span->length, HANDLE_LENGTH);
    assert_memory_equal(bytes + span->offset, handle, HANDLE_LENGTH);
}

/* ---- Each message ---------------------------------------------------------------------------------------- */

static void a_presence_has_the_checksum_and_our_server_information(void **state)
{
    (void)state;
    const struct enrp_server self = {SENDER, tcp, sizeof tcp};
    assert_true(enrp_send_presence(&out, &to, true, 0xbeef, &self));
    const uint8_t *bytes = decoded(ENRP_PRESENCE, ENRP_FLAG_REPLY_REQUIRED);
    assert_int_equal(message.length, 12 + 8 + 8 + sizeof tcp);
    assert_int_equal(message.has_pe_checksum, 1);
    assert_int_equal(message.pe_checksum, 0xbeef);
    assert_int_equal(message.has_server_information, 1);
    check_server(bytes, &message.server_information, SENDER, tcp, sizeof tcp);
    assert_int_equal(message.server_information.transport.type, PARAMETER_TCP_TRANSPORT);
    assert_int_equal(message.server_information.transport.port, 9901);
}

static void a_presence_without_a_transport_has_the_checksum_alone(void **state)
{
    (void)state;
    const struct enrp_server self = {SENDER, tcp, 0};
    assert_true(enrp_send_presence(&out, &to, false, 0x0102, &self));
    (void)decoded(ENRP_PRESENCE, 0);
    assert_int_equal(message.length, 12 + 6);
    assert_int_equal(message.pe_checksum, 0x0102);
    assert_int_equal(message.has_server_information, 0);
}

static void plain_messages_have_their_type_and_flags_and_no_parameter(void **state)
{
    static const uint8_t plain[][2] = {
        {ENRP_LIST_REQUEST, 0},
        {ENRP_HANDLE_TABLE_REQUEST, 0},
        {ENRP_HANDLE_TABLE_REQUEST, ENRP_FLAG_OWN_CHILDREN_ONLY},
        {ENRP_LIST_RESPONSE, ENRP_FLAG_REJECT},
        {ENRP_HANDLE_TABLE_RESPONSE, ENRP_FLAG_REJECT},
    };
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        (void)begin(state);
        assert_true(enrp_send_plain(&out, &to, plain[i][0], plain[i][1]));
        (void)decoded(plain[i][0], plain[i][1]);
        assert_int_equal(message.length, 12);
    }
}

static void takeover_messages_name_their_target(void **state)
{
    static const uint8_t type[] = {ENRP_INIT_TAKEOVER, ENRP_INIT_TAKEOVER_ACK,
                                   ENRP_TAKEOVER_SERVER};
    for (size_t i = 0; i < sizeof type / sizeof type[0]; i++) {
        (void)begin(state);
        assert_true(enrp_send_takeover(&out, &to, type[i], 0x44444444));
        (void)decoded(type[i], 0);
        assert_int_equal(message.length, 16);
        assert_int_equal(message.targeting_server_identifier, 0x44444444);
    }
}

static void an_update_has_the_element_with_the_home_replaced(void **state)
{
    static const uint16_t action[] = {UPDATE_ACTION_ADD_PE, UPDATE_ACTION_DEL_PE};
    for (size_t i = 0; i < sizeof action / sizeof action[0]; i++) {
        (void)begin(state);
        assert_true(enrp_send_update(&out, &to, action[i], HOME, handle, HANDLE_LENGTH, element,
                                     ELEMENT_LENGTH));
        const uint8_t *bytes = decoded(ENRP_HANDLE_UPDATE, 0);
        assert_int_equal(message.length, 16 + 8 + ELEMENT_LENGTH);
        assert_int_equal(message.update_action, action[i]);
        check_handle(bytes, &message.pool_handle);
        check_element(bytes, &message.pool_element, HOME);
    }
}

static void a_handle_of_any_length_is_padded(void **state)
{
    for (uint32_t length = 0; length <= HANDLE_LENGTH; length++) {
        (void)begin(state);
        assert_true(enrp_send_update(&out, &to, UPDATE_ACTION_ADD_PE, HOME, handle, length, element,
                                     ELEMENT_LENGTH));
        const uint8_t *bytes = decoded(ENRP_HANDLE_UPDATE, 0);
        assert_int_equal(message.pool_handle.length, length);
        assert_memory_equal(bytes + message.pool_handle.offset, handle, length);
        check_element(bytes, &message.pool_element, HOME);
    }
}

static void an_error_has_one_cause_with_its_information(void **state)
{
    (void)state;
    struct wire_iterator causes;
    struct wire_cause cause;
    assert_true(enrp_send_error(&out, &to, CAUSE_UNRECOGNIZED_PARAMETER, tcp, 7));
    const uint8_t *bytes = decoded(ENRP_ERROR, 0);
    wire_iterate(&message.operation_error, &causes);
    assert_true(wire_cause_next(bytes, message.length, &causes, &cause));
    assert_int_equal(cause.code, CAUSE_UNRECOGNIZED_PARAMETER);
    assert_int_equal(cause.info.length, 7);
    assert_memory_equal(bytes + cause.info.offset, tcp, 7);
    assert_false(wire_cause_next(bytes, message.length, &causes, &cause));
}

static void an_announcement_is_to_nobody_in_particular(void **state)
{
    (void)state;
    const struct enrp_address all = {CHANNEL, SENDER, 0};
    struct wire_error error;
    assert_true(enrp_send_takeover(&out, &all, ENRP_TAKEOVER_SERVER, HOME));
    assert_true(enrp_decode(sent(0), out.effect[0].length, &message, &error));
    assert_int_equal(message.receiving_server_identifier, 0);
}

/* ---- Messages of several parts ----------------------------------------------------------------------------- */

static void an_empty_list_and_an_empty_table_can_be_sent(void **state)
{
    assert_true(enrp_end(&out, &to, enrp_begin_list(&out, &to), 0));
    (void)decoded(ENRP_LIST_RESPONSE, 0);
    assert_int_equal(message.length, 12);
    (void)begin(state);
    assert_true(enrp_end(&out, &to, enrp_begin_table(&out, &to), ENRP_FLAG_MORE_TO_SEND));
    (void)decoded(ENRP_HANDLE_TABLE_RESPONSE, ENRP_FLAG_MORE_TO_SEND);
    assert_int_equal(message.length, 12);
}

static void a_list_names_every_registrar_that_has_a_transport(void **state)
{
    (void)state;
    const struct enrp_server server[] = {
        {0x51, tcp, sizeof tcp}, {0x52, tcp, 0}, {0x53, sctp, sizeof sctp}};
    struct wire_server_information found;
    uint32_t at = enrp_begin_list(&out, &to);
    for (size_t i = 0; i < sizeof server / sizeof server[0]; i++) {
        at = enrp_put_server(&out, at, &server[i]);
        assert_int_not_equal(at, WIRE_FULL);
    }
    assert_int_equal(out.count, 0);
    assert_true(enrp_end(&out, &to, at, 0));
    const uint8_t *bytes = decoded(ENRP_LIST_RESPONSE, 0);
    struct wire_iterator it = message.servers;
    assert_true(wire_server_information_next(bytes, message.length, &it, &found));
    check_server(bytes, &found, 0x51, tcp, sizeof tcp);
    assert_true(wire_server_information_next(bytes, message.length, &it, &found));
    check_server(bytes, &found, 0x53, sctp, sizeof sctp);
    assert_false(wire_server_information_next(bytes, message.length, &it, &found));
}

/* Entry number i has a handle of i % 4 + 1 bytes and home i. Returns how many the decoded table has. */
static uint32_t count_entries(const uint8_t *bytes)
{
    struct wire_iterator it = message.pool_entries;
    struct enrp_pool_entry entry;
    struct wire_pool_element one;
    uint32_t count = 0;

    while (enrp_pool_entry_next(bytes, message.length, &it, &entry)) {
        assert_int_equal(entry.pool_handle.length, count % HANDLE_LENGTH + 1);
        assert_memory_equal(bytes + entry.pool_handle.offset, handle, entry.pool_handle.length);
        assert_true(wire_pool_element_next(bytes, message.length, &entry.pool_elements, &one));
        check_element(bytes, &one, count);
        assert_false(wire_pool_element_next(bytes, message.length, &entry.pool_elements, &one));
        count++;
    }
    return count;
}

static uint32_t put_entry(uint32_t at, uint32_t number)
{
    return enrp_put_entry(&out, at, number, handle, number % HANDLE_LENGTH + 1, element,
                          ELEMENT_LENGTH);
}

static void a_table_has_its_entries_in_order_each_with_its_home(void **state)
{
    (void)state;
    uint32_t at = enrp_begin_table(&out, &to);
    for (uint32_t i = 0; i < 9; i++) {
        at = put_entry(at, i);
        assert_int_not_equal(at, WIRE_FULL);
    }
    assert_true(enrp_end(&out, &to, at, ENRP_FLAG_MORE_TO_SEND));
    assert_int_equal(count_entries(decoded(ENRP_HANDLE_TABLE_RESPONSE, ENRP_FLAG_MORE_TO_SEND)), 9);
}

static void an_entry_that_does_not_fit_can_be_left_to_the_next_table(void **state)
{
    (void)state;
    uint32_t count = 0;
    uint32_t before = WIRE_FULL;
    for (uint32_t at = enrp_begin_table(&out, &to); at != WIRE_FULL; count++) {
        before = at;
        at = put_entry(at, count);
    }
    count--;
    assert_in_range(before, EFFECTS_MESSAGE_MAX - 60, EFFECTS_MESSAGE_MAX);
    assert_int_equal(out.count, 0);
    assert_true(enrp_end(&out, &to, before, ENRP_FLAG_MORE_TO_SEND));
    assert_int_equal(count_entries(decoded(ENRP_HANDLE_TABLE_RESPONSE, ENRP_FLAG_MORE_TO_SEND)),
                     count);
    assert_int_equal(message.length, before);
}

static void a_server_that_does_not_fit_can_be_left_out(void **state)
{
    (void)state;
    const struct enrp_server server = {0x51, tcp, sizeof tcp};
    uint32_t count = 0;
    uint32_t before = WIRE_FULL;
    for (uint32_t at = enrp_begin_list(&out, &to); at != WIRE_FULL; count++) {
        before = at;
        at = enrp_put_server(&out, at, &server);
    }
    assert_int_equal(before, 12 + (count - 1) * (8 + sizeof tcp));
    assert_true(enrp_end(&out, &to, before, 0));
    (void)decoded(ENRP_LIST_RESPONSE, 0);
    assert_int_equal(message.length, before);
}

/* ---- What is not sent ---------------------------------------------------------------------------------------- */

static void nothing_is_sent(bool result)
{
    assert_false(result);
    assert_int_equal(out.count, 0);
    assert_int_equal(out.bytes_used, 0);
}

static void parts_that_are_too_long_are_not_sent(void **state)
{
    (void)state;
    static const uint8_t zeros[70000];
    const struct enrp_server server = {SENDER, zeros, 65528};
    nothing_is_sent(enrp_send_presence(&out, &to, false, 0, &server));
    nothing_is_sent(enrp_send_update(&out, &to, UPDATE_ACTION_ADD_PE, HOME, zeros, 65532, element,
                                     ELEMENT_LENGTH));
    nothing_is_sent(enrp_send_update(&out, &to, UPDATE_ACTION_ADD_PE, HOME, handle, HANDLE_LENGTH,
                                     zeros, sizeof zeros));
    nothing_is_sent(enrp_send_error(&out, &to, CAUSE_UNSPECIFIED, zeros, 65528));
    uint32_t at = enrp_begin_table(&out, &to);
    assert_int_equal(enrp_put_entry(&out, at, HOME, handle, HANDLE_LENGTH, zeros, sizeof zeros),
                     WIRE_FULL);
    assert_int_equal(enrp_put_server(&out, at, &server), WIRE_FULL);
}

static void an_element_too_short_to_have_a_home_is_not_sent(void **state)
{
    (void)state;
    nothing_is_sent(enrp_send_update(&out, &to, UPDATE_ACTION_ADD_PE, HOME, handle, HANDLE_LENGTH,
                                     element, 11));
    assert_int_equal(
        enrp_put_entry(&out, enrp_begin_table(&out, &to), HOME, handle, HANDLE_LENGTH, element, 11),
        WIRE_FULL);
}

static void a_position_outside_the_message_writes_and_sends_nothing(void **state)
{
    (void)state;
    static const uint32_t wrong[] = {WIRE_FULL, 1, WIRE_HEADER, 11, EFFECTS_MESSAGE_MAX + 1,
                                     UINT32_MAX};
    static struct effects before;
    const struct enrp_server server = {0x51, tcp, sizeof tcp};
    const struct enrp_server unreachable = {0x51, tcp, 0};
    (void)enrp_begin_table(&out, &to);
    memcpy(&before, &out, sizeof out);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(put_entry(wrong[i], 0), WIRE_FULL);
        assert_int_equal(enrp_put_server(&out, wrong[i], &server), WIRE_FULL);
        assert_int_equal(enrp_put_server(&out, wrong[i], &unreachable), WIRE_FULL);
        nothing_is_sent(enrp_end(&out, &to, wrong[i], 0xff));
    }
    assert_memory_equal(&before, &out, sizeof out);
}

/* Every function that sends, tried on the list as it is: how many of them sent something. */
static uint32_t send_all(void)
{
    const struct enrp_server self = {SENDER, tcp, sizeof tcp};
    uint32_t count = 0;

    count += enrp_send_presence(&out, &to, true, 1, &self);
    count += enrp_send_plain(&out, &to, ENRP_LIST_REQUEST, 0);
    count += enrp_send_takeover(&out, &to, ENRP_INIT_TAKEOVER, HOME);
    count += enrp_send_update(&out, &to, UPDATE_ACTION_ADD_PE, HOME, handle, HANDLE_LENGTH, element,
                              ELEMENT_LENGTH);
    count += enrp_send_error(&out, &to, CAUSE_UNSPECIFIED, tcp, 0);
    count += enrp_end(&out, &to, enrp_put_server(&out, enrp_begin_list(&out, &to), &self), 0);
    count += enrp_end(&out, &to, put_entry(enrp_begin_table(&out, &to), 0), 0);
    return count;
}

static void a_full_list_takes_no_message(void **state)
{
    (void)state;
    static struct effects before;
    assert_int_equal(send_all(), 7);
    while (enrp_send_plain(&out, &to, ENRP_LIST_REQUEST, 0)) {
    }
    assert_int_equal(out.count, EFFECTS_MAX);
    memcpy(&before, &out, sizeof out);
    assert_int_equal(send_all(), 0);
    assert_memory_equal(&before, &out, sizeof out);
}

static void full_bytes_take_no_message(void **state)
{
    (void)state;
    out.bytes_used = EFFECTS_BYTES_MAX - 8;
    assert_int_equal(send_all(), 0);
    assert_int_equal(out.count, 0);
    assert_int_equal(out.bytes_used, EFFECTS_BYTES_MAX - 8);
    assert_int_equal(enrp_begin_list(&out, &to), WIRE_FULL);
    out.bytes_used = EFFECTS_BYTES_MAX - 12;
    assert_true(enrp_send_plain(&out, &to, ENRP_LIST_REQUEST, 0));
    assert_int_equal(out.bytes_used, EFFECTS_BYTES_MAX);
}

static void messages_stand_behind_one_another(void **state)
{
    (void)state;
    struct wire_error error;
    static const uint8_t type[] = {
        ENRP_PRESENCE, ENRP_LIST_REQUEST,  ENRP_INIT_TAKEOVER,        ENRP_HANDLE_UPDATE,
        ENRP_ERROR,    ENRP_LIST_RESPONSE, ENRP_HANDLE_TABLE_RESPONSE};
    uint32_t end = 0;
    assert_int_equal(send_all(), sizeof type);
    for (uint32_t i = 0; i < sizeof type; i++) {
        assert_true(enrp_decode(sent(i), out.effect[i].length, &message, &error));
        assert_int_equal(message.type, type[i]);
        assert_int_equal(out.effect[i].offset, end);
        end += out.effect[i].length;
    }
    assert_int_equal(out.bytes_used, end);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_presence_has_the_checksum_and_our_server_information),
        TEST(a_presence_without_a_transport_has_the_checksum_alone),
        TEST(plain_messages_have_their_type_and_flags_and_no_parameter),
        TEST(takeover_messages_name_their_target),
        TEST(an_update_has_the_element_with_the_home_replaced),
        TEST(a_handle_of_any_length_is_padded),
        TEST(an_error_has_one_cause_with_its_information),
        TEST(an_announcement_is_to_nobody_in_particular),
        TEST(an_empty_list_and_an_empty_table_can_be_sent),
        TEST(a_list_names_every_registrar_that_has_a_transport),
        TEST(a_table_has_its_entries_in_order_each_with_its_home),
        TEST(an_entry_that_does_not_fit_can_be_left_to_the_next_table),
        TEST(a_server_that_does_not_fit_can_be_left_out),
        TEST(parts_that_are_too_long_are_not_sent),
        TEST(an_element_too_short_to_have_a_home_is_not_sent),
        TEST(a_position_outside_the_message_writes_and_sends_nothing),
        TEST(a_full_list_takes_no_message),
        TEST(full_bytes_take_no_message),
        TEST(messages_stand_behind_one_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
