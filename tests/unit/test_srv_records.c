/* SRV records (RFC 2782): what is read of one, and in which order targets are tried. */
#include "srv_records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define READ(bytes, out) srv_record_read((const uint8_t *)(bytes), sizeof(bytes) - 1, out)

static void a_record_is_read(void **state)
{
    struct srv_record r;
    (void)state;

    assert_true(READ("\0\12\1\2\46\255\2r1\5group\7example\0", &r));
    assert_int_equal(r.priority, 10);
    assert_int_equal(r.weight, 258);
    assert_int_equal(r.port, 9901);
    assert_string_equal(r.target, "r1.group.example");
}

static void the_root_as_target_says_that_there_is_no_service(void **state)
{
    struct srv_record r;
    (void)state;

    assert_true(READ("\0\0\0\0\0\0\0", &r));
    assert_string_equal(r.target, "");
}

static void what_is_no_record_is_refused(void **state)
{
    struct srv_record r;
    uint8_t longest[6 + 4 * 64 + 1] = {0, 0, 0, 0, 1, 1};
    (void)state;

    assert_false(READ("", &r));
    assert_false(READ("\0\0\0\0\1\1", &r));            /* no target */
    assert_false(READ("\0\0\0\0\1\1\2r1", &r));        /* a target without end */
    assert_false(READ("\0\0\0\0\1\1\3r1\0", &r));      /* a label beyond the end */
    assert_false(READ("\0\0\0\0\1\1\2r1\0x", &r));     /* something behind it */
    assert_false(READ("\0\0\0\0\1\1\2r1\300\14", &r)); /* compressed */
    assert_false(READ("\0\0\0\0\1\1\2r \0", &r));      /* no host name */
    assert_false(READ("\0\0\0\0\1\1\3r\0001\0", &r));  /* a zero in a label */
    assert_false(READ("\0\0\0\0\1\1\3a.b\0", &r));     /* a dot in a label */
    assert_false(READ("\0\0\0\0\0\0\2r1\0", &r));      /* a host without a port */
    for (uint32_t label = 0; label < 4; label++) {
        memset(longest + 6 + 64 * label, 'a', 64);
        longest[6 + 64 * label] = 63;
    }
    assert_false(srv_record_read(longest, sizeof longest, &r)); /* 255 characters */
}

static struct srv_record record(uint16_t priority, uint16_t weight, const char *target)
{
    struct srv_record r = {.priority = priority, .weight = weight, .port = 1};

    snprintf(r.target, sizeof r.target, "%s", target);
    return r;
}

static void lower_priorities_come_first(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct srv_record r[] = {record(20, 65535, "c"), record(10, 0, "b"), record(5, 1, "a"),
                                 record(20, 65535, "d")};
        srv_records_order(r, 4, seed);
        assert_string_equal(r[0].target, "a");
        assert_string_equal(r[1].target, "b");
        assert_int_equal(r[2].priority, 20);
        assert_int_equal(r[3].priority, 20);
        assert_string_not_equal(r[2].target, r[3].target);
    }
}

static void the_order_does_not_depend_on_the_one_before(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct srv_record r[] = {record(1, 5, "a"), record(1, 5, "b"), record(1, 9, "c")};
        struct srv_record s[] = {record(1, 9, "c"), record(1, 5, "b"), record(1, 5, "a")};
        srv_records_order(r, 3, seed);
        srv_records_order(s, 3, seed);
        assert_memory_equal(r, s, sizeof r);
    }
}

/* Of 4,000 seeds so many have the heavier one first: 3 in 4, give or take five standard deviations. */
static void weights_are_shares_of_being_first(void **state)
{
    uint32_t first = 0;
    uint32_t light = 0;
    (void)state;

    for (uint64_t seed = 0; seed < 4000; seed++) {
        struct srv_record r[] = {record(1, 1000, "a"), record(1, 3000, "b"), record(1, 0, "c")};
        srv_records_order(r, 3, seed);
        first += strcmp(r[0].target, "b") == 0 ? 1u : 0u;
        light += strcmp(r[0].target, "c") == 0 ? 1u : 0u;
    }
    assert_in_range(first, 2863, 3137);
    assert_in_range(light, 0, 10); /* without weight there is a small chance */
}

static void without_weights_any_of_them_is_taken(void **state)
{
    struct srv_record none;
    (void)state;

    srv_records_order(&none, 0, 1);
    struct srv_record r[] = {record(1, 0, "a"), record(1, 0, "b")};
    srv_records_order(r, 2, 1);
    assert_string_not_equal(r[0].target, r[1].target);
}

static void names_of_services_and_hosts_are_told_apart(void **state)
{
    char label[DOMAIN_NAME_MAX + 2] = "_enrp._tcp.";
    (void)state;

    assert_true(domain_name_valid("_enrp._tcp.example.org", true));
    assert_false(domain_name_valid("enrp.example.org", true));
    assert_false(domain_name_valid("_enrp..org", true));
    assert_false(domain_name_valid("_enrp._tcp.", true));
    assert_false(domain_name_valid("_enrp._tcp.exa mple", true));
    assert_false(domain_name_valid("", true));
    assert_true(domain_name_valid("west.example.org", false));
    assert_false(domain_name_valid("_west.example.org/", false));
    memset(label + 11, 'x', 63);
    assert_true(domain_name_valid(label, true));
    label[11 + 63] = 'x';
    assert_false(domain_name_valid(label, true)); /* a label of 64 */
    memset(label, 'x', sizeof label - 1);
    assert_false(domain_name_valid(label, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_read),
        cmocka_unit_test(the_root_as_target_says_that_there_is_no_service),
        cmocka_unit_test(what_is_no_record_is_refused),
        cmocka_unit_test(lower_priorities_come_first),
        cmocka_unit_test(the_order_does_not_depend_on_the_one_before),
        cmocka_unit_test(weights_are_shares_of_being_first),
        cmocka_unit_test(without_weights_any_of_them_is_taken),
        cmocka_unit_test(names_of_services_and_hosts_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
