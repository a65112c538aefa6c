/* The PE checksum against RFC 1071's own example, and against what rsplib registrars really sent: the checksums of
 * captured ENRP_PRESENCE messages, over the elements that the captured ENRP_HANDLE_TABLE_RESPONSE of the same
 * registrar lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "pe_checksum.h"

struct element {
    const char *handle;
    uint32_t pe_identifier;
};

static uint64_t sum_of(const struct element *elements, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += pe_checksum_handle((const uint8_t *)elements[i].handle,
                                  (uint32_t)strlen(elements[i].handle)) +
               pe_checksum_identifier(elements[i].pe_identifier);
    return sum;
}

/* RFC 1071 written the other way: one word after the other, the carry added back each time. */
static uint16_t word_by_word(const uint8_t *bytes, size_t length)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i += 2) {
        sum += (uint32_t)bytes[i] << 8 | (i + 1 < length ? bytes[i + 1] : 0u);
        sum = (sum & 0xffffu) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

static void no_element_gives_ffff(void **state)
{
    assert_int_equal(pe_checksum_of_sum(0), 0xffff);
    (void)state;
}

static void the_example_of_rfc_1071_section_3(void **state)
{
    /* 00 01 f2 03 f4 f5 f6 f7: sum 2ddf0, folded ddf2. */
    assert_int_equal(pe_checksum_of_sum(0x0001 + 0xf203 + 0xf4f5 + 0xf6f7), 0xffff - 0xddf2);
    (void)state;
}

static void one_element_of_rsplib(void **state)
{
    static const struct element echo[] = {{"EchoPool", 0x0a0b0c01}};
    static const struct element ping[] = {{"PingPongPool", 0x0a0b0c02}};
    assert_int_equal(pe_checksum_of_sum(sum_of(echo, 1)), 0x7c45); /* enrp-presence-0005 */
    assert_int_equal(pe_checksum_of_sum(sum_of(ping, 1)), 0xac6f); /* enrp-presence-0035 */
    (void)state;
}

static void three_elements_of_rsplib(void **state)
{
    /* enrp-handle-table-response-0013 and enrp-presence-0046, of registrar 0x33333333 */
    static const struct element owned[] = {
        {"EchoPool", 0x0a0b0c03}, {"Pool3", 0x0d000003}, {"Common", 0x0e000003}};
    assert_int_equal(pe_checksum_of_sum(sum_of(owned, 3)), 0x4e16);
    (void)state;
}

static void six_elements_of_rsplib(void **state)
{
    /* enrp-handle-table-response-0011 and enrp-presence-0055, of registrar 0x22222222 */
    static const struct element owned[] = {{"EchoPool", 0x0a0b0c01}, {"EchoPool", 0x0a0b0c02},
                                           {"Pool1", 0x0d000001},    {"Pool2", 0x0d000002},
                                           {"Common", 0x0e000001},   {"Common", 0x0e000002}};
    assert_int_equal(pe_checksum_of_sum(sum_of(owned, 6)), 0x9f35);
    (void)state;
}

static void a_handle_is_padded_with_zeros(void **state)
{
    const uint8_t padded[8] = {'P', 'o', 'o', 'l', 'A', 0, 0, 0};
    assert_int_equal(pe_checksum_handle(padded, 5), pe_checksum_handle(padded, 8));
    assert_int_equal(pe_checksum_handle(padded, 0), 0);
    (void)state;
}

static void the_fold_is_the_sum_word_by_word(void **state)
{
    uint8_t bytes[PE_CHECKSUM_HANDLE_MAX];
    uint32_t random = 1;
    for (uint32_t length = 0; length <= PE_CHECKSUM_HANDLE_MAX; length++) {
        for (uint32_t i = 0; i < length; i++) {
            random = random * 1664525u + 1013904223u;
            bytes[i] = random >> 30 == 0 ? 0xff : (uint8_t)(random >> 24);
        }
        assert_int_equal(pe_checksum_of_sum(pe_checksum_handle(bytes, length)),
                         word_by_word(bytes, length));
    }
    (void)state;
}

static void words_of_all_ones_do_not_vanish(void **state)
{
    assert_int_equal(pe_checksum_of_sum(65535), 0);
    assert_int_equal(pe_checksum_of_sum(65535 * 2), 0);
    assert_int_equal(pe_checksum_of_sum(65536), 65535 - 1);
    assert_int_equal(pe_checksum_identifier(0xffffffffu), 131070);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_element_gives_ffff),
        cmocka_unit_test(the_example_of_rfc_1071_section_3),
        cmocka_unit_test(one_element_of_rsplib),
        cmocka_unit_test(three_elements_of_rsplib),
        cmocka_unit_test(six_elements_of_rsplib),
        cmocka_unit_test(a_handle_is_padded_with_zeros),
        cmocka_unit_test(the_fold_is_the_sum_word_by_word),
        cmocka_unit_test(words_of_all_ones_do_not_vanish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
