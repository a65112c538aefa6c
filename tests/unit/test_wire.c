/* The wire rules of RFC 5354 on known bytes: one test for each rule, and one row for each rejection.
 * Messages are written in hexadecimal, one group a field, so that they can be read beside the RFC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "asap_wire.h"
#include "enrp_wire.h"
#include "wire_names.h"

/* A pool handle "echo", and a pool element 1 on TCP port 80 of 10.0.0.1, round robin, for 300 s. */
#define HANDLE "0009 0008 6563686f "
#define IPV4 "0001 0008 0a000001 "
#define TCP "0005 0010 0050 0000 " IPV4
#define SCTP "0004 0010 0f17 0000 " IPV4
#define ROUND_ROBIN "0008 0008 00000001 "
#define ELEMENT "000a 0028 00000001 00000000 0000012c " TCP ROUND_ROBIN
#define IDENTIFIER "000e 0008 00000001 "

struct bytes {
    uint8_t byte[70000];
    uint32_t length;
};

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* The bytes that a text of hexadecimal digits and blanks stands for. */
static struct bytes *hex(const char *text)
{
    static struct bytes result;
    result.length = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c != ' ') {
            result.byte[result.length++] = (uint8_t)(digit(c[0]) * 16 + digit(c[1]));
            c++;
        }
    }
    return &result;
}

static struct asap_message asap;
static struct enrp_message enrp;
static struct wire_error error;

static bool asap_reads(const char *text)
{
    struct bytes *b = hex(text);
    return asap_decode(b->byte, b->length, &asap, &error);
}

static bool enrp_reads(const char *text)
{
    struct bytes *b = hex(text);
    return enrp_decode(b->byte, b->length, &enrp, &error);
}

/* Encoding what was decoded gives `expected`. */
static void asap_comes_back_as(const char *text, const char *expected)
{
    uint8_t out[256];
    assert_true(asap_reads(text));
    struct bytes *b = hex(text);
    uint32_t length = asap_encode(&asap, b->byte, b->length, out, sizeof out);
    b = hex(expected);
    assert_int_equal(length, b->length);
    assert_memory_equal(out, b->byte, length);
}

static void enrp_comes_back_as(const char *text, const char *expected)
{
    uint8_t out[256];
    assert_true(enrp_reads(text));
    struct bytes *b = hex(text);
    uint32_t length = enrp_encode(&enrp, b->byte, b->length, out, sizeof out);
    b = hex(expected);
    assert_int_equal(length, b->length);
    assert_memory_equal(out, b->byte, length);
}

/* ---- What is accepted -------------------------------------------------------------------------------- */

static void a_registration_yields_handle_and_element(void **state)
{
    (void)state;
    assert_true(asap_reads("01 00 0034 " HANDLE ELEMENT));
    assert_int_equal(asap.type, ASAP_REGISTRATION);
    assert_int_equal(asap.length, 52);
    assert_int_equal(asap.pool_handle.offset, 8);
    assert_int_equal(asap.pool_handle.length, 4);
    assert_int_equal(asap.pool_element.pe_identifier, 1);
    assert_int_equal(asap.pool_element.registration_life, 300);
    assert_int_equal(asap.pool_element.user_transport.type, PARAMETER_TCP_TRANSPORT);
    assert_int_equal(asap.pool_element.user_transport.port, 80);
    assert_int_equal(asap.pool_element.policy.type, POLICY_ROUND_ROBIN);
    assert_int_equal(asap.pool_element.has_asap_transport, 0);
    assert_int_equal(asap.pool_element.tlv.offset, 12);
    assert_int_equal(asap.pool_element.tlv.length, 40);
}

static void registration_life_is_signed(void **state)
{
    (void)state;
    assert_true(
        asap_reads("01 00 0034 " HANDLE "000a 0028 00000001 00000000 ffffffff " TCP ROUND_ROBIN));
    assert_int_equal(asap.pool_element.registration_life, -1);
    assert_true(
        asap_reads("01 00 0034 " HANDLE "000a 0028 00000001 00000000 80000000 " TCP ROUND_ROBIN));
    assert_int_equal(asap.pool_element.registration_life, INT32_MIN);
}

static void flags_are_kept_also_without_meaning(void **state)
{
    (void)state;
    assert_true(asap_reads("05 ff 000c " HANDLE));
    assert_int_equal(asap.flags, 0xff);
    assert_true(enrp_reads("02 01 000c 00000001 00000002"));
    assert_int_equal(enrp.flags & ENRP_FLAG_OWN_CHILDREN_ONLY, ENRP_FLAG_OWN_CHILDREN_ONLY);
}

static void message_length_may_leave_the_last_padding_out(void **state)
{
    (void)state;
    assert_true(asap_reads("05 00 0009 0009 0005 78 000000"));
    assert_int_equal(asap.length, 9);
    assert_int_equal(asap.pool_handle.length, 1);
}

static void message_length_may_count_the_last_padding(void **state)
{
    (void)state;
    assert_true(asap_reads("05 00 000c 0009 0005 78 000000"));
    assert_int_equal(asap.length, 12);
    assert_int_equal(asap.pool_handle.length, 1);
}

static void padding_behind_the_message_may_be_missing(void **state)
{
    (void)state;
    assert_true(asap_reads("05 00 0009 0009 0005 78"));
}

static void padding_need_not_be_zero(void **state)
{
    (void)state;
    asap_comes_back_as("05 00 000c 0009 0005 78 010203", "05 00 0009 0009 0005 78 000000");
}

static void a_nested_length_may_leave_its_last_padding_out(void **state)
{
    (void)state;
    assert_true(asap_reads("01 00 0035 " HANDLE "000a 0029 00000001 00000000 0000012c " TCP
                           "0008 0009 80000001 ff 000000"));
    assert_int_equal(asap.pool_element.policy.tlv.length, 9);
}

static void an_unknown_policy_is_kept_as_it_is(void **state)
{
    (void)state;
    const char *text = "01 00 0035 " HANDLE "000a 0029 00000001 00000000 0000012c " TCP
                       "0008 0009 80000001 ff 000000";
    assert_true(asap_reads(text));
    assert_int_equal(asap.pool_element.policy.type, 0x80000001);
    assert_int_equal(asap.pool_element.policy.value_count, 0);
    asap_comes_back_as(text, text);
}

static void every_policy_comes_back(void **state)
{
    (void)state;
    static const char *const policy[] = {
        "0034 " HANDLE "000a 0028 00000001 00000000 0000012c " TCP "0008 0008 00000001",
        "0038 " HANDLE "000a 002c 00000001 00000000 0000012c " TCP "0008 000c 00000002 0000000a",
        "0034 " HANDLE "000a 0028 00000001 00000000 0000012c " TCP "0008 0008 00000003",
        "0038 " HANDLE "000a 002c 00000001 00000000 0000012c " TCP "0008 000c 00000004 0000000a",
        "0038 " HANDLE "000a 002c 00000001 00000000 0000012c " TCP "0008 000c 00000005 0000000a",
        "0038 " HANDLE "000a 002c 00000001 00000000 0000012c " TCP "0008 000c 40000001 0000000a",
        "003c " HANDLE "000a 0030 00000001 00000000 0000012c " TCP
        "0008 0010 40000002 0000000a 00000003",
        "003c " HANDLE "000a 0030 00000001 00000000 0000012c " TCP
        "0008 0010 40000003 0000000a 00000003",
        "0038 " HANDLE "000a 002c 00000001 00000000 0000012c " TCP "0008 000c 40000004 0000000a",
    };
    for (size_t i = 0; i < sizeof policy / sizeof policy[0]; i++) {
        char text[256] = "01 00 ";
        strcat(text, policy[i]);
        asap_comes_back_as(text, text);
        assert_non_null(wire_policy_name(asap.pool_element.policy.type));
        assert_int_equal(asap.pool_element.policy.tlv.length,
                         8 + 4 * asap.pool_element.policy.value_count);
    }
}

static void every_transport_comes_back(void **state)
{
    (void)state;
    static const char *const element[] = {
        "0038 " HANDLE
        "000a 002c 00000001 00000000 0000012c 0003 0014 0050 0000 41424344 " IPV4 ROUND_ROBIN,
        "0048 " HANDLE "000a 003c 00000001 00000000 0000012c 0004 0024 0050 0001 " IPV4
        "0002 0014 20010db8000000000000000000000001 " ROUND_ROBIN,
        "0034 " HANDLE "000a 0028 00000001 00000000 0000012c 0006 0010 0050 0000 " IPV4 ROUND_ROBIN,
        "0034 " HANDLE "000a 0028 00000001 00000000 0000012c 0007 0010 0050 0000 " IPV4 ROUND_ROBIN,
        "002c " HANDLE "000a 0020 00000001 00000000 0000012c 0010 0005 78 000000 " ROUND_ROBIN,
        "0044 " HANDLE "000a 0038 00000001 00000000 0000012c " TCP ROUND_ROBIN SCTP,
    };
    for (size_t i = 0; i < sizeof element / sizeof element[0]; i++) {
        char text[256] = "01 00 ";
        strcat(text, element[i]);
        asap_comes_back_as(text, text);
    }
}

static void the_addresses_of_a_transport_are_walked_in_order(void **state)
{
    (void)state;
    const char *text =
        "01 00 0048 " HANDLE "000a 003c 00000001 00000000 0000012c 0004 0024 0050 0001 " IPV4
        "0002 0014 20010db8000000000000000000000001 " ROUND_ROBIN;
    assert_true(asap_reads(text));
    struct bytes *b = hex(text);
    struct wire_iterator it;
    struct ip_address address;
    wire_iterate(&asap.pool_element.user_transport.addresses, &it);
    assert_true(wire_address_next(b->byte, b->length, &it, &address));
    assert_int_equal(address.size, 4);
    assert_memory_equal(address.bytes, "\x0a\0\0\1\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_true(wire_address_next(b->byte, b->length, &it, &address));
    assert_int_equal(address.size, 16);
    assert_int_equal(address.bytes[15], 1);
    assert_false(wire_address_next(b->byte, b->length, &it, &address));
}

static void all_elements_of_a_resolution_are_walked(void **state)
{
    (void)state;
    const char *text = "06 00 0064 " HANDLE ROUND_ROBIN ELEMENT
                       "000a 0028 00000002 00000000 0000012c " TCP ROUND_ROBIN;
    assert_true(asap_reads(text));
    struct bytes *b = hex(text);
    struct wire_iterator it = asap.pool_elements;
    struct wire_pool_element element;
    assert_int_equal(asap.has_policy, 1);
    for (uint32_t i = 1; i <= 2; i++) {
        assert_true(wire_pool_element_next(b->byte, b->length, &it, &element));
        assert_int_equal(element.pe_identifier, i);
    }
    assert_false(wire_pool_element_next(b->byte, b->length, &it, &element));
    asap_comes_back_as(text, text);
}

static void a_refused_resolution_yields_its_causes(void **state)
{
    (void)state;
    const char *text = "06 00 001c " HANDLE "000c 0010 0009 0004 0003 0008 01020304";
    assert_true(asap_reads(text));
    struct bytes *b = hex(text);
    struct wire_iterator it;
    struct wire_cause cause;
    wire_iterate(&asap.operation_error, &it);
    assert_true(wire_cause_next(b->byte, b->length, &it, &cause));
    assert_int_equal(cause.code, CAUSE_UNKNOWN_POOL_HANDLE);
    assert_int_equal(cause.info.length, 0);
    assert_true(wire_cause_next(b->byte, b->length, &it, &cause));
    assert_int_equal(cause.code, CAUSE_INVALID_VALUES);
    assert_int_equal(cause.info.offset, 24);
    assert_int_equal(cause.info.length, 4);
    assert_false(wire_cause_next(b->byte, b->length, &it, &cause));
    asap_comes_back_as(text, text);
}

static void a_keep_alive_may_name_its_element(void **state)
{
    (void)state;
    asap_comes_back_as("07 01 0010 12345678 " HANDLE, "07 01 0010 12345678 " HANDLE);
    assert_int_equal(asap.has_pe_identifier, 0);
    asap_comes_back_as("07 01 0018 12345678 " HANDLE IDENTIFIER,
                       "07 01 0018 12345678 " HANDLE IDENTIFIER);
    assert_int_equal(asap.server_identifier, 0x12345678);
    assert_int_equal(asap.has_pe_identifier, 1);
}

static void the_other_asap_messages_come_back(void **state)
{
    (void)state;
    static const char *const text[] = {
        "02 00 0014 " HANDLE IDENTIFIER,
        "03 01 0020 " HANDLE IDENTIFIER "000c 000c 0003 0008 01020304",
        "04 00 0014 " HANDLE IDENTIFIER,
        "08 00 0014 " HANDLE IDENTIFIER,
        "09 00 0014 " HANDLE IDENTIFIER,
        "0a 00 0008 12345678",
        "0a 00 0028 12345678 " SCTP TCP,
        "0b 00 0009 000d 0005 78 000000",
        "0c 00 000c 000d 0008 01020304",
        "0d 00 0034 " HANDLE ELEMENT,
        "0e 00 000c 000c 0008 0000 0004",
    };
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        asap_comes_back_as(text[i], text[i]);
    }
}

static void the_transports_of_an_announcement_are_walked(void **state)
{
    (void)state;
    const char *text = "0a 00 0028 12345678 " SCTP TCP;
    assert_true(asap_reads(text));
    struct bytes *b = hex(text);
    struct wire_iterator it = asap.transports;
    struct wire_transport transport;
    assert_true(wire_transport_next(b->byte, b->length, &it, &transport));
    assert_int_equal(transport.type, PARAMETER_SCTP_TRANSPORT);
    assert_int_equal(transport.port, 3863);
    assert_true(wire_transport_next(b->byte, b->length, &it, &transport));
    assert_int_equal(transport.type, PARAMETER_TCP_TRANSPORT);
    assert_false(wire_transport_next(b->byte, b->length, &it, &transport));
}

static void every_enrp_message_comes_back(void **state)
{
    (void)state;
    static const char *const text[] = {
        "01 01 000c 00000001 00000002",
        "01 00 0012 00000001 00000000 000f 0006 ffff 0000",
        "01 00 002c 00000001 00000000 000f 0006 ffff 0000 000b 0018 00000001 " SCTP,
        "01 00 002c 00000001 00000000 000f 0006 ffff 0000 000b 0018 00000001 " TCP,
        "02 01 000c 00000001 00000002",
        "03 03 000c 00000001 00000002",
        "03 00 003c 00000001 00000002 " HANDLE ELEMENT,
        "04 00 0040 00000001 00000002 0001 0000 " HANDLE ELEMENT,
        "05 00 000c 00000001 00000002",
        "06 00 003c 00000001 00000002 000b 0018 00000001 " SCTP "000b 0018 00000002 " SCTP,
        "06 00 003c 00000001 00000002 000b 0018 00000001 " SCTP "000b 0018 00000002 " TCP,
        "07 00 0010 00000001 00000002 00000003",
        "08 00 0010 00000001 00000002 00000003",
        "09 00 0010 00000001 00000002 00000003",
        "0a 00 0014 00000001 00000002 000c 0008 0006 0004",
    };
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        enrp_comes_back_as(text[i], text[i]);
        assert_int_equal(enrp.sending_server_identifier, 1);
    }
}

static void a_registrar_is_reached_by_sctp_or_tcp(void **state)
{
    (void)state;
    assert_true(enrp_reads("01 00 0024 00000001 00000000 000b 0018 00000007 " SCTP));
    assert_int_equal(enrp.server_information.server_identifier, 7);
    assert_int_equal(enrp.server_information.transport.type, PARAMETER_SCTP_TRANSPORT);
    assert_true(enrp_reads("01 00 0024 00000001 00000000 000b 0018 00000007 " TCP));
    assert_int_equal(enrp.server_information.server_identifier, 7);
    assert_int_equal(enrp.server_information.transport.type, PARAMETER_TCP_TRANSPORT);
    assert_int_equal(enrp.server_information.transport.port, 80);
    assert_int_equal(enrp.server_information.transport.tlv.offset, 20);
    assert_int_equal(enrp.server_information.transport.tlv.length, 16);
}

static void pool_entries_are_walked_with_their_elements(void **state)
{
    (void)state;
    const char *text =
        "03 00 0094 00000001 00000002 " HANDLE ELEMENT ELEMENT "0009 0005 78 000000 " ELEMENT;
    assert_true(enrp_reads(text));
    struct bytes *b = hex(text);
    struct wire_iterator it = enrp.pool_entries;
    struct enrp_pool_entry entry;
    struct wire_pool_element element;
    assert_true(enrp_pool_entry_next(b->byte, b->length, &it, &entry));
    assert_int_equal(entry.pool_handle.length, 4);
    assert_true(wire_pool_element_next(b->byte, b->length, &entry.pool_elements, &element));
    assert_true(wire_pool_element_next(b->byte, b->length, &entry.pool_elements, &element));
    assert_false(wire_pool_element_next(b->byte, b->length, &entry.pool_elements, &element));
    assert_true(enrp_pool_entry_next(b->byte, b->length, &it, &entry));
    assert_int_equal(entry.pool_handle.length, 1);
    assert_true(wire_pool_element_next(b->byte, b->length, &entry.pool_elements, &element));
    assert_false(wire_pool_element_next(b->byte, b->length, &entry.pool_elements, &element));
    assert_false(enrp_pool_entry_next(b->byte, b->length, &it, &entry));
    enrp_comes_back_as(text, text);
}

/* ---- Unknown parameters ------------------------------------------------------------------------------ */

static void unknown_parameters_are_skipped_and_left_out(void **state)
{
    (void)state;
    asap_comes_back_as("05 00 0014 " HANDLE "803f 0008 00000003", "05 00 000c " HANDLE);
    assert_int_equal(asap.unrecognized.count, 0);
}

static void unknown_parameters_to_report_are_listed(void **state)
{
    (void)state;
    assert_true(asap_reads("05 00 0018 c077 0006 0102 0000 " HANDLE "c078 0004"));
    assert_int_equal(asap.unrecognized.count, 2);
    assert_int_equal(asap.unrecognized.parameter[0].offset, 4);
    assert_int_equal(asap.unrecognized.parameter[0].length, 6);
    assert_int_equal(asap.unrecognized.parameter[1].offset, 20);
}

static void at_most_four_unknown_parameters_are_listed(void **state)
{
    (void)state;
    assert_true(
        asap_reads("05 00 0020 " HANDLE "c001 0004 c002 0004 c003 0004 c004 0004 c005 0004"));
    assert_int_equal(asap.unrecognized.count, WIRE_UNRECOGNIZED_MAX);
}

static void unknown_parameters_are_treated_alike_inside_others(void **state)
{
    (void)state;
    assert_true(asap_reads("01 00 003c " HANDLE
                           "000a 0030 00000001 00000000 0000012c 0005 0014 0050 0000 "
                           "c001 0004 " IPV4 ROUND_ROBIN "c002 0004"));
    assert_int_equal(asap.unrecognized.count, 2);
    assert_true(enrp_reads("01 00 0028 00000001 00000000 000b 001c 00000001 " SCTP "8001 0004"));
    assert_int_equal(enrp.unrecognized.count, 0);
}

/* ---- What is rejected ---------------------------------------------------------------------------------- */

struct refusal {
    const char *text;
    uint16_t rejection, cause;
    uint32_t offset, from, length; /* where, and the offending span */
};

static const struct refusal asap_refusals[] = {
    {"", REJECT_TOO_SHORT, WIRE_NO_CAUSE, 0, 0, 0},
    {"01 00 00", REJECT_TOO_SHORT, WIRE_NO_CAUSE, 3, 0, 3},
    {"05 00 0003", REJECT_MESSAGE_LENGTH_SHORT, WIRE_NO_CAUSE, 2, 0, 4},
    {"05 00 000d " HANDLE, REJECT_TRUNCATED, WIRE_NO_CAUSE, 12, 0, 12},
    {"05 00 000c " HANDLE "00", REJECT_TRAILING_BYTES, WIRE_NO_CAUSE, 12, 0, 13},
    {"05 00 0009 0009 0005 78 00000000", REJECT_TRAILING_BYTES, WIRE_NO_CAUSE, 12, 0, 13},
    {"00 00 0004", REJECT_UNKNOWN_MESSAGE, WIRE_NO_CAUSE, 0, 0, 4},
    {"0f 00 0004", REJECT_UNKNOWN_MESSAGE, WIRE_NO_CAUSE, 0, 0, 4},
    {"40 00 0008 01020304", REJECT_UNKNOWN_MESSAGE_REPORTED, CAUSE_UNRECOGNIZED_MESSAGE, 0, 0, 8},
    {"80 00 0004", REJECT_RESERVED_MESSAGE, WIRE_NO_CAUSE, 0, 0, 4},
    {"c0 00 0004", REJECT_RESERVED_MESSAGE, WIRE_NO_CAUSE, 0, 0, 4},
    {"07 00 0007 000000", REJECT_FIXED_FIELDS_CUT, CAUSE_INVALID_VALUES, 7, 0, 7},
    {"05 00 0006 0009", REJECT_PARAMETER_HEADER_CUT, CAUSE_INVALID_VALUES, 4, 4, 2},
    {"05 00 0008 0009 0003", REJECT_PARAMETER_LENGTH_SHORT, CAUSE_INVALID_VALUES, 4, 4, 4},
    {"05 00 0008 0009 0005", REJECT_PARAMETER_LENGTH_LONG, CAUSE_INVALID_VALUES, 4, 4, 4},
    {"05 00 000a 0009 0005 78 00 0000", REJECT_PARAMETER_PADDING_CUT, CAUSE_INVALID_VALUES, 4, 4,
     6},
    {"05 00 0010 " HANDLE "0011 0004", REJECT_UNKNOWN_PARAMETER, WIRE_NO_CAUSE, 12, 12, 4},
    {"05 00 0010 " HANDLE "4011 0004", REJECT_UNKNOWN_PARAMETER_REPORTED,
     CAUSE_UNRECOGNIZED_PARAMETER, 12, 12, 4},
    {"05 00 0014 " HANDLE HANDLE, REJECT_PARAMETER_MISPLACED, CAUSE_INVALID_VALUES, 12, 12, 8},
    {"02 00 0014 " IDENTIFIER HANDLE, REJECT_PARAMETER_MISPLACED, CAUSE_INVALID_VALUES, 4, 4, 8},
    {"02 00 000c " HANDLE, REJECT_PARAMETER_MISSING, CAUSE_INVALID_VALUES, 12, 0, 12},
    {"05 00 0004", REJECT_PARAMETER_MISSING, CAUSE_INVALID_VALUES, 4, 0, 4},
    {"0d 00 000c " HANDLE, REJECT_PARAMETER_MISSING, CAUSE_INVALID_VALUES, 12, 0, 12},
    {"0a 00 0018 12345678 0006 0010 0050 0000 " IPV4, REJECT_PARAMETER_MISPLACED,
     CAUSE_INVALID_VALUES, 8, 8, 16},
    {"0a 00 0018 12345678 0004 0010 0000 0000 " IPV4, REJECT_PORT_ZERO, CAUSE_INVALID_VALUES, 12, 8,
     16},
    {"0a 00 0018 12345678 0004 0010 0050 0002 " IPV4, REJECT_TRANSPORT_USE, CAUSE_INVALID_VALUES,
     14, 8, 16},
    {"0a 00 0010 12345678 0004 0008 0050 0000", REJECT_PARAMETER_MISSING, CAUSE_INVALID_VALUES, 16,
     8, 8},
    {"0a 00 0020 12345678 0005 0018 0050 0000 " IPV4 IPV4, REJECT_PARAMETER_MISPLACED,
     CAUSE_INVALID_VALUES, 24, 24, 8},
    {"0a 00 0018 12345678 0004 0010 0050 0000 " IDENTIFIER, REJECT_PARAMETER_MISPLACED,
     CAUSE_INVALID_VALUES, 16, 16, 8},
    {"06 00 0014 " HANDLE "0008 0008 00000000", REJECT_POLICY_INVALID, CAUSE_INVALID_VALUES, 16, 12,
     8},
    {"06 00 0014 " HANDLE "0008 0008 40000000", REJECT_POLICY_INVALID, CAUSE_INVALID_VALUES, 16, 12,
     8},
    {"06 00 0014 " HANDLE "0008 0008 00000002", REJECT_POLICY_LENGTH, CAUSE_INVALID_VALUES, 14, 12,
     8},
    {"06 00 0018 " HANDLE "0008 000c 00000001 00000000", REJECT_POLICY_LENGTH, CAUSE_INVALID_VALUES,
     14, 12, 12},
    {"0e 00 0008 000c 0004", REJECT_CAUSE_MISSING, CAUSE_INVALID_VALUES, 4, 4, 4},
    {"0e 00 000a 000c 0006 0000 0000", REJECT_CAUSE_HEADER_CUT, CAUSE_INVALID_VALUES, 8, 4, 6},
    {"0e 00 000c 000c 0008 0000 0003", REJECT_CAUSE_LENGTH_SHORT, CAUSE_INVALID_VALUES, 8, 4, 8},
    {"0e 00 000c 000c 0008 0000 0005", REJECT_CAUSE_LENGTH_LONG, CAUSE_INVALID_VALUES, 8, 4, 8},
    {"0e 00 000e 000c 000a 0000 0005 00 00 0000", REJECT_CAUSE_PADDING_CUT, CAUSE_INVALID_VALUES, 8,
     4, 10},
    {"0a 00 0018 12345678 0004 0010 0050 0000 0001 0007 0a0000 00", REJECT_LENGTH_OF_IPV4_ADDRESS,
     CAUSE_INVALID_VALUES, 18, 16, 7},
    {"0a 00 0018 12345678 0004 0010 0050 0000 0002 0008 0a000001", REJECT_LENGTH_OF_IPV6_ADDRESS,
     CAUSE_INVALID_VALUES, 18, 16, 8},
    {"05 00 000c 0003 0008 0050 0000", REJECT_LENGTH_OF_DCCP_TRANSPORT, CAUSE_INVALID_VALUES, 6, 4,
     8},
    {"05 00 0008 0004 0004", REJECT_LENGTH_OF_SCTP_TRANSPORT, CAUSE_INVALID_VALUES, 6, 4, 4},
    {"05 00 0008 0005 0004", REJECT_LENGTH_OF_TCP_TRANSPORT, CAUSE_INVALID_VALUES, 6, 4, 4},
    {"05 00 0008 0006 0004", REJECT_LENGTH_OF_UDP_TRANSPORT, CAUSE_INVALID_VALUES, 6, 4, 4},
    {"05 00 0008 0007 0004", REJECT_LENGTH_OF_UDP_LITE_TRANSPORT, CAUSE_INVALID_VALUES, 6, 4, 4},
    {"05 00 0008 0008 0004", REJECT_LENGTH_OF_POLICY, CAUSE_INVALID_VALUES, 6, 4, 4},
    {"05 00 000c 000a 0008 00000001", REJECT_LENGTH_OF_POOL_ELEMENT, CAUSE_INVALID_VALUES, 6, 4, 8},
    {"05 00 0008 000b 0004", REJECT_LENGTH_OF_SERVER_INFORMATION, CAUSE_INVALID_VALUES, 6, 4, 4},
    {"05 00 0008 000e 0004", REJECT_LENGTH_OF_PE_IDENTIFIER, CAUSE_INVALID_VALUES, 6, 4, 4},
    {"05 00 000c 000f 0008 ffff 0000", REJECT_LENGTH_OF_PE_CHECKSUM, CAUSE_INVALID_VALUES, 6, 4, 8},
    /* inside a pool element: no policy; policy first; two user transports; an ASAP transport over TCP */
    {"01 00 002c " HANDLE "000a 0020 00000001 00000000 0000012c " TCP, REJECT_PARAMETER_MISSING,
     CAUSE_INVALID_VALUES, 44, 12, 32},
    {"01 00 0034 " HANDLE "000a 0028 00000001 00000000 0000012c " ROUND_ROBIN TCP,
     REJECT_PARAMETER_MISPLACED, CAUSE_INVALID_VALUES, 28, 28, 8},
    {"01 00 0044 " HANDLE "000a 0038 00000001 00000000 0000012c " TCP TCP ROUND_ROBIN,
     REJECT_PARAMETER_MISPLACED, CAUSE_INVALID_VALUES, 44, 44, 16},
    {"01 00 0044 " HANDLE "000a 0038 00000001 00000000 0000012c " TCP ROUND_ROBIN TCP,
     REJECT_PARAMETER_MISPLACED, CAUSE_INVALID_VALUES, 52, 52, 16},
    /* the second pool element of a response is checked like the first */
    {"06 00 004c " HANDLE ELEMENT "000a 0018 00000001 00000000 0000012c " ROUND_ROBIN,
     REJECT_PARAMETER_MISPLACED, CAUSE_INVALID_VALUES, 68, 68, 8},
};

static const struct refusal enrp_refusals[] = {
    {"04 00 0040 00000001 00000002 0002 0000 " HANDLE ELEMENT, REJECT_UPDATE_ACTION,
     CAUSE_INVALID_VALUES, 12, 0, 64},
    {"05 00 0010 00000001 00000002 000d 0004", REJECT_PARAMETER_MISPLACED, CAUSE_INVALID_VALUES, 12,
     12, 4},
    {"03 00 0034 00000001 00000002 " ELEMENT, REJECT_PARAMETER_MISPLACED, CAUSE_INVALID_VALUES, 12,
     12, 40},
    {"03 00 0014 00000001 00000002 " HANDLE, REJECT_PARAMETER_MISSING, CAUSE_INVALID_VALUES, 20, 0,
     20},
    {"06 00 0014 00000001 00000002 000b 0008 00000001", REJECT_PARAMETER_MISSING,
     CAUSE_INVALID_VALUES, 20, 12, 8},
    /* a registrar that is reached by UDP; by two transports */
    {"06 00 0024 00000001 00000002 000b 0018 00000001 0006 0010 0050 0000 " IPV4,
     REJECT_PARAMETER_MISPLACED, CAUSE_INVALID_VALUES, 20, 20, 16},
    {"06 00 0034 00000001 00000002 000b 0028 00000001 " TCP SCTP, REJECT_PARAMETER_MISPLACED,
     CAUSE_INVALID_VALUES, 36, 36, 16},
    {"0b 00 0004", REJECT_UNKNOWN_MESSAGE, WIRE_NO_CAUSE, 0, 0, 4},
    {"01 00 0004", REJECT_FIXED_FIELDS_CUT, CAUSE_INVALID_VALUES, 4, 0, 4},
};

static void check_refusal(const struct refusal *r)
{
    if (error.rejection != r->rejection) {
        fail_msg("%s: rejected as %s, expected %s", r->text, wire_rejection_name(error.rejection),
                 wire_rejection_name(r->rejection));
    }
    assert_int_equal(error.cause, r->cause);
    assert_int_equal(error.offset, r->offset);
    assert_int_equal(error.offending.offset, r->from);
    assert_int_equal(error.offending.length, r->length);
    assert_non_null(wire_rejection_expected(error.rejection));
}

static void every_rejection_has_its_number_cause_and_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof asap_refusals / sizeof asap_refusals[0]; i++) {
        if (asap_reads(asap_refusals[i].text)) {
            fail_msg("accepted: %s", asap_refusals[i].text);
        }
        check_refusal(&asap_refusals[i]);
    }
    for (size_t i = 0; i < sizeof enrp_refusals / sizeof enrp_refusals[0]; i++) {
        if (enrp_reads(enrp_refusals[i].text)) {
            fail_msg("accepted: %s", enrp_refusals[i].text);
        }
        check_refusal(&enrp_refusals[i]);
    }
}

/* A rejection with a row above, or one that cannot happen because 4 bytes are always enough. */
static bool has_a_row(uint16_t rejection)
{
    for (size_t i = 0; i < sizeof asap_refusals / sizeof asap_refusals[0]; i++) {
        if (asap_refusals[i].rejection == rejection) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof enrp_refusals / sizeof enrp_refusals[0]; i++) {
        if (enrp_refusals[i].rejection == rejection) {
            return true;
        }
    }
    return rejection == REJECT_LENGTH_OF_POOL_HANDLE || rejection == REJECT_LENGTH_OF_COOKIE ||
           rejection == REJECT_SPAN_OUTSIDE || rejection == REJECT_LENGTH_OF_OPERATION_ERROR ||
           rejection == REJECT_LENGTH_OF_OPAQUE_TRANSPORT;
}

static void no_rejection_is_without_a_test(void **state)
{
    (void)state;
    for (uint32_t rejection = 1; rejection < 0x200; rejection++) {
        const char *name = wire_rejection_name((uint16_t)rejection);
        if (name != NULL && !has_a_row((uint16_t)rejection)) {
            fail_msg("no test makes a decoder say: %s", name);
        }
    }
}

/* Cut anywhere, a message is refused, and the error stays inside what is left. */
static void every_cut_of_a_message_is_refused(void **state)
{
    (void)state;
    struct bytes *b = hex("01 00 0034 " HANDLE ELEMENT);
    for (uint32_t length = 0; length < b->length; length++) {
        assert_false(asap_decode(b->byte, length, &asap, &error));
        assert_true(error.offset <= length);
        assert_true(error.offending.offset + error.offending.length <= length);
    }
}

static void the_largest_message_is_read(void **state)
{
    (void)state;
    struct bytes *b = hex("0b 00 ffff 000d fffb");
    b->length = 65536;
    assert_true(asap_decode(b->byte, b->length, &asap, &error));
    assert_int_equal(asap.cookie.length, 65527);
    static uint8_t out[65536];
    assert_int_equal(asap_encode(&asap, b->byte, b->length, out, sizeof out), 65536);
    assert_memory_equal(out, b->byte, sizeof out);
    assert_int_equal(asap_encode(&asap, b->byte, b->length, out, 65535), WIRE_FULL);
}

/* ---- Encoding ------------------------------------------------------------------------------------------ */

static void encoding_into_less_room_says_full(void **state)
{
    (void)state;
    uint8_t out[52];
    assert_true(asap_reads("01 00 0034 " HANDLE ELEMENT));
    struct bytes *b = hex("01 00 0034 " HANDLE ELEMENT);
    for (uint32_t capacity = 0; capacity < 52; capacity++) {
        assert_int_equal(asap_encode(&asap, b->byte, b->length, out, capacity), WIRE_FULL);
    }
    assert_int_equal(asap_encode(&asap, b->byte, b->length, out, 52), 52);
}

static void a_registration_is_built_piece_by_piece(void **state)
{
    (void)state;
    uint8_t out[64];
    struct ip_address address = {4, {10, 0, 0, 1}};
    struct wire_transport transport = {.type = PARAMETER_TCP_TRANSPORT, .port = 80};
    struct wire_policy policy = {.type = POLICY_ROUND_ROBIN};
    uint32_t at = wire_begin_message(out, sizeof out, ASAP_REGISTRATION, 0);
    at = wire_put_pool_handle(out, sizeof out, at, (const uint8_t *)"echo", 4);
    uint32_t start = at;
    at = wire_begin_parameter(out, sizeof out, at, PARAMETER_POOL_ELEMENT);
    at = wire_put_word(out, sizeof out, at, 1);
    at = wire_put_word(out, sizeof out, at, 0);
    at = wire_put_word(out, sizeof out, at, wire_unsigned(300));
    at = wire_put_transport(out, sizeof out, at, &transport, &address, 1);
    at = wire_put_policy(out, sizeof out, at, &policy);
    at = wire_end_parameter(out, sizeof out, start, at);
    at = wire_end_message(out, sizeof out, at);
    struct bytes *b = hex("01 00 0034 " HANDLE ELEMENT);
    assert_int_equal(at, b->length);
    assert_memory_equal(out, b->byte, at);
}

static void lengths_leave_the_last_padding_out(void **state)
{
    (void)state;
    uint8_t out[64];
    uint32_t at = wire_begin_message(out, sizeof out, ASAP_ERROR, 0);
    at = wire_put_error(out, sizeof out, at, CAUSE_UNRECOGNIZED_PARAMETER,
                        (const uint8_t *)"\x40\x77\0\5x", 5);
    at = wire_end_message(out, sizeof out, at);
    struct bytes *b = hex("0e 00 0011 000c 000d 0001 0009 4077 0005 78 000000");
    assert_int_equal(at, b->length);
    assert_memory_equal(out, b->byte, at);
}

static void what_does_not_fit_stays_full(void **state)
{
    (void)state;
    uint8_t out[12];
    uint32_t at = wire_begin_message(out, sizeof out, ASAP_HANDLE_RESOLUTION, 0);
    assert_int_equal(wire_put_pool_handle(out, sizeof out, at, (const uint8_t *)"12345", 5),
                     WIRE_FULL);
    assert_int_equal(wire_put_word(out, sizeof out, WIRE_FULL, 1), WIRE_FULL);
    assert_int_equal(wire_put_pe_identifier(out, sizeof out, WIRE_FULL, 1), WIRE_FULL);
    assert_int_equal(wire_end_parameter(out, sizeof out, at, WIRE_FULL), WIRE_FULL);
    assert_int_equal(wire_end_message(out, sizeof out, WIRE_FULL), WIRE_FULL);
}

static void numbers_have_names(void **state)
{
    (void)state;
    assert_string_equal(asap_message_name(ASAP_REGISTRATION), "ASAP_REGISTRATION");
    assert_string_equal(enrp_message_name(ENRP_HANDLE_UPDATE), "ENRP_HANDLE_UPDATE");
    assert_string_equal(wire_parameter_name(PARAMETER_UDP_LITE_TRANSPORT), "UDP-Lite Transport");
    assert_string_equal(wire_cause_name(CAUSE_LACK_OF_RESOURCES), "Lack of Resources");
    assert_string_equal(wire_policy_name(POLICY_LEAST_USED), "Least Used");
    assert_null(asap_message_name(0x0f));
    assert_null(enrp_message_name(0));
    assert_null(wire_parameter_name(0x11));
    assert_null(wire_cause_name(0x0b));
    assert_null(wire_policy_name(6));
    assert_null(wire_rejection_name(REJECT_NONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_registration_yields_handle_and_element),
        cmocka_unit_test(registration_life_is_signed),
        cmocka_unit_test(flags_are_kept_also_without_meaning),
        cmocka_unit_test(message_length_may_leave_the_last_padding_out),
        cmocka_unit_test(message_length_may_count_the_last_padding),
        cmocka_unit_test(padding_behind_the_message_may_be_missing),
        cmocka_unit_test(padding_need_not_be_zero),
        cmocka_unit_test(a_nested_length_may_leave_its_last_padding_out),
        cmocka_unit_test(an_unknown_policy_is_kept_as_it_is),
        cmocka_unit_test(every_policy_comes_back),
        cmocka_unit_test(every_transport_comes_back),
        cmocka_unit_test(the_addresses_of_a_transport_are_walked_in_order),
        cmocka_unit_test(all_elements_of_a_resolution_are_walked),
        cmocka_unit_test(a_refused_resolution_yields_its_causes),
        cmocka_unit_test(a_keep_alive_may_name_its_element),
        cmocka_unit_test(the_other_asap_messages_come_back),
        cmocka_unit_test(the_transports_of_an_announcement_are_walked),
        cmocka_unit_test(every_enrp_message_comes_back),
        cmocka_unit_test(a_registrar_is_reached_by_sctp_or_tcp),
        cmocka_unit_test(pool_entries_are_walked_with_their_elements),
        cmocka_unit_test(unknown_parameters_are_skipped_and_left_out),
        cmocka_unit_test(unknown_parameters_to_report_are_listed),
        cmocka_unit_test(at_most_four_unknown_parameters_are_listed),
        cmocka_unit_test(unknown_parameters_are_treated_alike_inside_others),
        cmocka_unit_test(every_rejection_has_its_number_cause_and_place),
        cmocka_unit_test(no_rejection_is_without_a_test),
        cmocka_unit_test(every_cut_of_a_message_is_refused),
        cmocka_unit_test(the_largest_message_is_read),
        cmocka_unit_test(encoding_into_less_room_says_full),
        cmocka_unit_test(a_registration_is_built_piece_by_piece),
        cmocka_unit_test(lengths_leave_the_last_padding_out),
        cmocka_unit_test(what_does_not_fit_stays_full),
        cmocka_unit_test(numbers_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
