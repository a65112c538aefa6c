/* Gathering a ClientHello from bytes, however they are cut (hello_switch.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "hello_switch.h"

#define BODY 300u /* bytes of the hello that these tests send */

static struct hello_switch *hello;

static int set_up(void **state)
{
    (void)state;
    hello = malloc(sizeof *hello);
    assert_non_null(hello);
    memset(hello, 0xA5, sizeof *hello);
    hello_switch_init(hello);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(hello);
    return 0;
}

/* A handshake message of `type`, with BODY bytes, cut into records of `piece` bytes. */
static uint32_t make_records(uint8_t *out, uint8_t type, uint32_t piece)
{
    uint8_t message[4 + BODY];
    uint32_t length = 0;
    message[0] = type;
    message[1] = 0;
    message[2] = BODY / 256;
    message[3] = BODY % 256;
    for (uint32_t i = 0; i < BODY; i++) {
        message[4 + i] = (uint8_t)i;
    }
    for (uint32_t at = 0; at < sizeof message; at += piece) {
        uint32_t part = sizeof message - at < piece ? (uint32_t)sizeof message - at : piece;
        uint8_t header[5] = {22, 3, 1, (uint8_t)(part / 256), (uint8_t)(part % 256)};
        memcpy(out + length, header, 5);
        memcpy(out + length + 5, message + at, part);
        length += 5 + part;
    }
    return length;
}

/* Gives `bytes` in steps of `step`. */
static void give(const uint8_t *bytes, uint32_t length, uint32_t step)
{
    for (uint32_t at = 0; at < length; at += step) {
        uint32_t part = length - at < step ? length - at : step;
        memcpy(hello->raw + hello->received, bytes + at, part);
        hello_switch_take(hello, part);
    }
}

static void expect_hello(const uint8_t *raw, uint32_t length)
{
    assert_int_equal(hello->outcome, HELLO_COMPLETE);
    assert_int_equal(hello->message_length, 4 + BODY);
    assert_int_equal(hello->message[0], 1);
    for (uint32_t i = 0; i < BODY; i++) {
        assert_int_equal(hello->message[4 + i], (uint8_t)i);
    }
    assert_int_equal(hello->received, length);
    assert_memory_equal(hello->raw, raw, length);
}

static void a_hello_is_whole_however_it_is_cut(void **state)
{
    static const uint32_t cuts[] = {1, 2, 3, 4, 5, 7, 100, 16384};
    static uint8_t raw[HELLO_RAW_MAX];
    (void)state;
    for (size_t piece = 0; piece < sizeof cuts / sizeof cuts[0]; piece++) {
        for (size_t step = 0; step < sizeof cuts / sizeof cuts[0]; step++) {
            uint32_t length = make_records(raw, 1, cuts[piece]);
            hello_switch_init(hello);
            give(raw, length - 1, cuts[step]);
            assert_int_equal(hello->outcome, HELLO_MORE);
            give(raw + length - 1, 1, 1);
            expect_hello(raw, length);
        }
    }
}

static void bytes_after_the_hello_are_kept_and_not_looked_at(void **state)
{
    static uint8_t raw[HELLO_RAW_MAX];
    uint32_t length = make_records(raw, 1, 16384);
    (void)state;
    memset(raw + length, 0xEE, 50);
    give(raw, length + 50, length + 50);
    expect_hello(raw, length + 50);
    assert_int_equal(hello->scanned, length);
    give(raw, 10, 10);
    assert_int_equal(hello->outcome, HELLO_COMPLETE);
    assert_int_equal(hello->received, length + 60);
}

static uint8_t outcome_of(const char *bytes, uint32_t length)
{
    hello_switch_init(hello);
    give((const uint8_t *)bytes, length, length);
    uint8_t at_once = hello->outcome;
    hello_switch_init(hello);
    give((const uint8_t *)bytes, length, 1);
    assert_int_equal(hello->outcome, at_once);
    return at_once;
}

static void what_is_no_client_hello_is_odd(void **state)
{
    (void)state;
    assert_int_equal(outcome_of("\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00", 10),
                     HELLO_ODD);                                        /* type */
    assert_int_equal(outcome_of("\x16\x02\x00\x00\x05", 5), HELLO_ODD); /* major version */
    assert_int_equal(outcome_of("\x16\x03\x01\x00\x00", 5), HELLO_ODD); /* empty record */
    assert_int_equal(outcome_of("\x16\x03\x01\x40\x01", 5), HELLO_ODD); /* longer than 2^14 */
    assert_int_equal(outcome_of("\x15\x03\x01\x00\x02\x01\x00", 7), HELLO_ODD); /* an alert first */
    assert_int_equal(outcome_of("\x80\x2e\x01\x03\x01", 5), HELLO_ODD);         /* SSL 2.0 */
    assert_int_equal(outcome_of("\x16\x03\x01\x00\x04\x01\x00\x00\x05\x17\x03\x01\x00\x01", 14),
                     HELLO_ODD); /* application data inside */
    assert_int_equal(outcome_of("\x16\x03\x01\x00\x04\x01\x01\x00\x00", 9), HELLO_ODD); /* 64 KiB */
}

/* RFC 5246, 6.2.1 and RFC 6520, 3: types 20 .. 24, and nothing beside them. */
static void the_first_byte_tells_records_from_plain_text(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        const char first[6] = {(char)type, 3, 1, 0, 1, 1};
        uint8_t expected = type == 22                  ? HELLO_MORE
                           : type >= 20 && type <= 24  ? HELLO_ODD
                           : type >= 128 /* SSL 2.0 */ ? HELLO_ODD
                                                       : HELLO_PLAINTEXT;
        assert_int_equal(outcome_of(first, sizeof first), expected);
    }
}

static void what_cannot_be_tls_is_plain_text(void **state)
{
    (void)state;
    assert_int_equal(outcome_of("\x01\x00\x00\x08zzzz", 8),
                     HELLO_PLAINTEXT); /* ASAP_REGISTRATION */
    assert_int_equal(outcome_of("\x05\x00\x00\x08zzzz", 8), HELLO_PLAINTEXT); /* and a resolution */
    assert_int_equal(outcome_of("GET / HTTP/1.1\r\n", 16), HELLO_PLAINTEXT);
    assert_int_equal(outcome_of("\n", 1), HELLO_PLAINTEXT);
}

static void a_hello_that_outgrows_the_buffer_is_odd(void **state)
{
    static uint8_t raw[HELLO_RAW_MAX];
    (void)state;
    uint8_t start[] = {22, 3, 1, 0x40, 0x00, 1, 0, 0x3F, 0xFC}; /* a record of 2^14 bytes */
    memcpy(raw, start, sizeof start);
    give(raw, HELLO_RAW_MAX - 1, 1000);
    assert_int_equal(hello->outcome, HELLO_MORE);
    give(raw, 1, 1);
    assert_int_equal(hello->outcome, HELLO_ODD);
    assert_int_equal(hello->received, HELLO_RAW_MAX);
}

static void an_outcome_stays(void **state)
{
    (void)state;
    give((const uint8_t *)"G", 1, 1);
    give((const uint8_t *)"\x16\x03\x01\x00\x05", 5, 1);
    assert_int_equal(hello->outcome, HELLO_PLAINTEXT);
    assert_int_equal(hello->received, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_hello_is_whole_however_it_is_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_after_the_hello_are_kept_and_not_looked_at, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_client_hello_is_odd, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_byte_tells_records_from_plain_text, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_tls_is_plain_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hello_that_outgrows_the_buffer_is_odd, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_outcome_stays, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
