/* Addresses as text (src/net/network_address.h), and bytes as text (src/net/log.h). */
#include "log.h"
#include "network_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void addresses_come_back_as_they_went(void **state)
{
    static const char *const texts[] = {"192.0.2.1:80", "0.0.0.0:1", "127.0.0.1:65535",
                                        "[2001:db8::1]:3864", "[::1]:3863"};
    (void)state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct network_address address;
        char problem[NETWORK_PROBLEM_MAX];
        char text[NETWORK_ADDRESS_TEXT_MAX];
        assert_true(network_address_parse_numeric(texts[i], 0, &address, problem));
        network_address_text(&address, text);
        assert_string_equal(text, texts[i]);
    }
}

static void a_port_that_is_left_away_is_the_usual_one(void **state)
{
    static const char *const texts[] = {"192.0.2.1", "2001:db8::1", "[2001:db8::1]", "*"};
    (void)state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct network_address address;
        char problem[NETWORK_PROBLEM_MAX];
        assert_true(network_address_parse_numeric(texts[i], 3864, &address, problem));
        assert_int_equal(network_address_port(&address), 3864);
    }
}

static void host_and_port_are_split(void **state)
{
    static const struct {
        const char *text, *host;
        uint16_t port;
    } cases[] = {{"web_1.pool_net:80", "web_1.pool_net", 80},
                 {"registrar.example", "registrar.example", 0},
                 {"[fe80::1%eth0]:3864", "fe80::1%eth0", 3864},
                 {"2001:db8::1", "2001:db8::1", 0},
                 {"*:65535", "*", 65535}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char host[64];
        uint16_t port;
        assert_true(network_address_split(cases[i].text, host, sizeof host, &port));
        assert_string_equal(host, cases[i].host);
        assert_int_equal(port, cases[i].port);
    }
}

static void a_host_too_long_for_its_place_is_refused(void **state)
{
    char host[8];
    uint16_t port;
    (void)state;

    assert_true(network_address_split("web1.ab:80", host, sizeof host, &port));
    assert_false(network_address_split("web1.abc:80", host, sizeof host, &port));
    assert_false(network_address_split("2001:db8::1", host, sizeof host, &port));
}

static void what_is_no_address_is_refused_with_a_reason(void **state)
{
    static const char *const texts[] = {
        "",           ":80",      "[::1",  "[::1]80",     "1.2.3.4:65536",   "1.2.3.4:-1",
        "1.2.3.4:+1", "1.2.3.4:", "a:b:c", "1.2.3.4:80x", "no-such-name:80", "1.2.3.4",
        "1.2.3.4:0"};
    (void)state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct network_address address;
        char problem[NETWORK_PROBLEM_MAX] = "";
        assert_false(network_address_parse_numeric(texts[i], 0, &address, problem));
        assert_true(strlen(problem) > 10);
    }
}

static void an_ipv4_address_inside_ipv6_is_the_ipv4_address(void **state)
{
    struct network_address address;
    char problem[NETWORK_PROBLEM_MAX];
    (void)state;

    assert_true(network_address_parse_numeric("[::ffff:192.0.2.7]:80", 0, &address, problem));
    struct ip_address ip = network_address_ip(&address);
    const uint8_t expected[] = {192, 0, 2, 7};
    assert_int_equal(ip.size, 4);
    assert_memory_equal(ip.bytes, expected, 4);
}

static void any_bytes_come_back_from_their_text(void **state)
{
    uint8_t bytes[256];
    uint8_t back[256];
    char text[4 * 256 + 8];
    (void)state;

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    text_of_bytes(bytes, sizeof bytes, text, sizeof text);
    assert_int_equal(bytes_of_text(text, back, sizeof back), sizeof bytes);
    assert_memory_equal(back, bytes, sizeof bytes);
}

static void malformed_texts_are_no_bytes(void **state)
{
    static const char *const texts[] = {"",      "\\",   "\\x",   "\\x1", "\\x1g",    "\\n",
                                        "abcde", "a\tb", "a\x7f", "\xff", "\xc3\xbc", "a*"};
    uint8_t bytes[4];
    (void)state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(bytes_of_text(texts[i], bytes, sizeof bytes), 0);
    assert_int_equal(bytes_of_text("abcd", bytes, sizeof bytes), 4);
}

static void escapes_of_either_case_and_spaces_are_bytes(void **state)
{
    static const uint8_t expected[] = {'a', ' ', 0x00, 0xab, 0xcd, '*', '\\'};
    uint8_t bytes[sizeof expected];
    (void)state;

    assert_int_equal(bytes_of_text("a \\x00\\xAb\\xcD\\x2a\\x5c", bytes, sizeof bytes),
                     sizeof expected);
    assert_memory_equal(bytes, expected, sizeof expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_come_back_as_they_went),
        cmocka_unit_test(a_port_that_is_left_away_is_the_usual_one),
        cmocka_unit_test(host_and_port_are_split),
        cmocka_unit_test(a_host_too_long_for_its_place_is_refused),
        cmocka_unit_test(what_is_no_address_is_refused_with_a_reason),
        cmocka_unit_test(an_ipv4_address_inside_ipv6_is_the_ipv4_address),
        cmocka_unit_test(any_bytes_come_back_from_their_text),
        cmocka_unit_test(malformed_texts_are_no_bytes),
        cmocka_unit_test(escapes_of_either_case_and_spaces_are_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
