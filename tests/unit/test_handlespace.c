/* The handlespace: pools and elements come and go, are found, take turns, expire, and make the PE checksum. After each
 * test the whole structure is checked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../handlespace_check.h"
#include "handlespace.h"

#define OURS 0x11111111u
#define THEIRS 0x22222222u
#define POOLS 4u
#define ELEMENTS 40u

static struct handlespace *h;
static const uint8_t key[16] = {0xa5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static int new_handlespace(void **state)
{
    h = calloc(1, sizeof *h);
    (void)state;
    if (h == NULL)
        return 1;
    handlespace_init(h, key, OURS, POOLS, ELEMENTS, 0);
    return 0;
}

static int check_and_free(void **state)
{
    bool valid = handlespace_check(h);
    free(h);
    (void)state;
    return valid ? 0 : 1;
}

static uint32_t find_pool(const char *handle)
{
    return handlespace_find_pool(h, (const uint8_t *)handle, (uint32_t)strlen(handle));
}

static uint32_t add_pool(const char *handle)
{
    return handlespace_add_pool(h, (const uint8_t *)handle, (uint32_t)strlen(handle), 1, 4, 0);
}

/* Adds an element of ours, and the pool if need be. */
static uint32_t add(const char *handle, uint32_t pe_identifier)
{
    uint32_t pool = find_pool(handle);
    if (pool == HANDLESPACE_NONE)
        pool = add_pool(handle);
    return handlespace_add_element(h, pool, pe_identifier, 7, OURS);
}

static uint32_t identifier_selected(uint32_t pool)
{
    return h->element[handlespace_select_first(h, pool)].pe_identifier;
}

static void an_empty_handlespace_knows_nothing(void **state)
{
    assert_int_equal(find_pool("PoolA"), HANDLESPACE_NONE);
    assert_int_equal(handlespace_find_element(h, 0, 1), HANDLESPACE_NONE);
    assert_int_equal(handlespace_select_first(h, 0), HANDLESPACE_NONE);
    assert_int_equal(handlespace_checksum(h), 0xffff);
    assert_true(handlespace_next_deadline(h) == UINT64_MAX);
    assert_false(handlespace_pool_in_use(h, 0));
    assert_false(handlespace_element_in_use(h, UINT32_MAX));
    (void)state;
}

static void a_registered_element_is_found_with_all_it_came_with(void **state)
{
    uint32_t pool = handlespace_add_pool(h, (const uint8_t *)"PoolA", 5, 1, 5, 1);
    uint32_t element = handlespace_add_element(h, pool, 0xa1, 7, OURS);
    assert_int_equal(find_pool("PoolA"), pool);
    assert_int_equal(handlespace_find_element(h, pool, 0xa1), element);
    assert_int_equal(h->pool[pool].policy_type, 1);
    assert_int_equal(h->pool[pool].transport_type, 5);
    assert_int_equal(h->pool[pool].transport_use, 1);
    assert_int_equal(h->pool[pool].element_count, 1);
    assert_int_equal(h->element[element].identity, 7);
    assert_int_equal(h->element[element].home, OURS);
    assert_int_equal(h->element[element].channel, HANDLESPACE_NO_CHANNEL);
    (void)state;
}

static void handles_are_told_apart_by_every_byte_and_by_length(void **state)
{
    uint32_t pool = add_pool("PoolA");
    handlespace_add_element(h, pool, 1, 7, OURS);
    assert_int_equal(find_pool("PoolB"), HANDLESPACE_NONE);
    assert_int_equal(find_pool("Pool"), HANDLESPACE_NONE);
    assert_int_equal(handlespace_find_pool(h, (const uint8_t *)"PoolA\0", 6), HANDLESPACE_NONE);
    (void)state;
}

static void the_empty_handle_is_a_handle(void **state)
{
    uint32_t element = add("", 5);
    assert_int_equal(find_pool(""), h->element[element].pool);
    (void)state;
}

static void a_handle_has_at_most_255_bytes(void **state)
{
    uint8_t handle[256];
    memset(handle, 'x', sizeof handle);
    assert_int_equal(handlespace_add_pool(h, handle, 256, 1, 4, 0), HANDLESPACE_NONE);
    assert_int_equal(handlespace_find_pool(h, handle, 256), HANDLESPACE_NONE);
    uint32_t pool = handlespace_add_pool(h, handle, 255, 1, 4, 0);
    assert_int_not_equal(pool, HANDLESPACE_NONE);
    handlespace_add_element(h, pool, 1, 7, OURS);
    assert_int_equal(handlespace_find_pool(h, handle, 255), pool);
    (void)state;
}

static void the_same_identifier_may_be_in_two_pools(void **state)
{
    uint32_t a = add("PoolA", 9), b = add("PoolB", 9);
    assert_int_not_equal(a, b);
    assert_int_equal(handlespace_find_element(h, find_pool("PoolA"), 9), a);
    assert_int_equal(handlespace_find_element(h, find_pool("PoolB"), 9), b);
    (void)state;
}

static void n_selections_give_n_different_elements_in_order_of_registration(void **state)
{
    for (uint32_t i = 1; i <= 5; i++)
        add("PoolA", i);
    uint32_t pool = find_pool("PoolA");
    for (uint32_t round = 0; round < 3; round++)
        for (uint32_t i = 1; i <= 5; i++)
            assert_int_equal(identifier_selected(pool), i);
    (void)state;
}

static void a_list_goes_round_the_ring_once(void **state)
{
    for (uint32_t i = 1; i <= 4; i++)
        add("PoolA", i);
    uint32_t pool = find_pool("PoolA");
    identifier_selected(pool);
    uint32_t element = handlespace_select_first(h, pool);
    static const uint32_t expected[5] = {2, 3, 4, 1, 2};
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(h->element[element].pe_identifier, expected[i]);
        element = handlespace_ring_next(h, element);
    }
    (void)state;
}

static void reading_the_ring_moves_no_cursor(void **state)
{
    uint32_t first = add("PoolA", 1);
    add("PoolA", 2);
    handlespace_ring_next(h, first);
    handlespace_ring_next(h, first);
    assert_int_equal(identifier_selected(find_pool("PoolA")), 1);
    (void)state;
}

static void a_new_element_waits_for_its_round(void **state)
{
    add("PoolA", 1);
    add("PoolA", 2);
    uint32_t pool = find_pool("PoolA");
    assert_int_equal(identifier_selected(pool), 1);
    add("PoolA", 3);
    assert_int_equal(identifier_selected(pool), 2);
    assert_int_equal(identifier_selected(pool), 1);
    assert_int_equal(identifier_selected(pool), 3);
    (void)state;
}

static void removing_the_next_element_passes_the_turn_on(void **state)
{
    uint32_t elements[4];
    for (uint32_t i = 0; i < 4; i++)
        elements[i] = add("PoolA", i + 1);
    uint32_t pool = find_pool("PoolA");
    assert_int_equal(identifier_selected(pool), 1);
    handlespace_remove_element(h, elements[1]);
    assert_int_equal(identifier_selected(pool), 3);
    handlespace_remove_element(h, elements[0]);
    assert_int_equal(identifier_selected(pool), 4);
    assert_int_equal(identifier_selected(pool), 3);
    (void)state;
}

static void a_pool_goes_with_its_last_element(void **state)
{
    uint32_t a = add("PoolA", 1), b = add("PoolA", 2);
    handlespace_remove_element(h, a);
    assert_int_not_equal(find_pool("PoolA"), HANDLESPACE_NONE);
    handlespace_remove_element(h, b);
    assert_int_equal(find_pool("PoolA"), HANDLESPACE_NONE);
    assert_int_equal(h->pool_count, 0);
    (void)state;
}

static void when_pools_are_full_no_more_are_added_until_one_goes(void **state)
{
    static const char *const names[POOLS] = {"a", "b", "c", "d"};
    uint32_t elements[POOLS];
    for (uint32_t i = 0; i < POOLS; i++)
        elements[i] = add(names[i], i);
    assert_int_equal(add_pool("e"), HANDLESPACE_NONE);
    handlespace_remove_element(h, elements[2]);
    assert_int_not_equal(add("e", 9), HANDLESPACE_NONE);
    (void)state;
}

static void when_elements_are_full_the_new_pool_is_taken_back(void **state)
{
    for (uint32_t i = 0; i < ELEMENTS; i++)
        assert_int_not_equal(add("PoolA", i), HANDLESPACE_NONE);
    assert_int_equal(add("PoolA", ELEMENTS), HANDLESPACE_NONE);
    assert_int_equal(add("PoolB", 1), HANDLESPACE_NONE);
    assert_int_equal(find_pool("PoolB"), HANDLESPACE_NONE);
    assert_int_equal(h->pool_count, 1);
    handlespace_remove_element(h, 17);
    assert_int_equal(add("PoolA", ELEMENTS), 17);
    (void)state;
}

static void places_never_used_stay_untouched(void **state)
{
    for (uint32_t i = 0; i < 100; i++)
        handlespace_remove_element(h, add("PoolA", i));
    assert_int_equal(h->element_used, 1);
    assert_int_equal(h->pool_used, 1);
    (void)state;
}

static void a_parameter_is_kept_up_to_its_limit(void **state)
{
    uint8_t tlv[ELEMENT_PARAMETER_MAX + 1];
    uint32_t element = add("PoolA", 1);
    memset(tlv, 0xee, sizeof tlv);
    assert_true(handlespace_set_parameter(h, element, tlv, ELEMENT_PARAMETER_MAX));
    assert_int_equal(h->element[element].parameter_length, ELEMENT_PARAMETER_MAX);
    assert_memory_equal(h->parameter[element].bytes, tlv, ELEMENT_PARAMETER_MAX);
    tlv[0] = 1;
    assert_false(handlespace_set_parameter(h, element, tlv, ELEMENT_PARAMETER_MAX + 1));
    assert_int_equal(h->parameter[element].bytes[0], 0xee);
    (void)state;
}

static void a_place_used_again_remembers_nothing(void **state)
{
    static const uint8_t tlv[4] = {0, 10, 0, 4};
    uint32_t element = add("PoolA", 1);
    handlespace_set_parameter(h, element, tlv, 4);
    handlespace_set_channel(h, element, 3);
    handlespace_set_expiry(h, element, 5000);
    handlespace_set_keep_alive(h, element, 4000, true);
    handlespace_set_unreachable_reports(h, element, 2);
    handlespace_arm(h, element, 4000);
    handlespace_remove_element(h, element);
    assert_int_equal(add("PoolB", 2), element);
    assert_int_equal(h->element[element].parameter_length, 0);
    assert_int_equal(h->element[element].channel, HANDLESPACE_NO_CHANNEL);
    assert_int_equal(h->element[element].expiry, 0);
    assert_int_equal(h->element[element].keep_alive_deadline, 0);
    assert_int_equal(h->element[element].keep_alive_waiting, 0);
    assert_int_equal(h->element[element].unreachable_reports, 0);
    assert_int_equal(handlespace_due(h, 20000), HANDLESPACE_NONE);
    (void)state;
}

static void notes_are_kept_each_for_itself(void **state)
{
    uint32_t a = add("PoolA", 1), b = add("PoolA", 2);
    handlespace_set_channel(h, a, 3);
    handlespace_set_expiry(h, a, 5000);
    handlespace_set_keep_alive(h, a, 4000, true);
    handlespace_set_unreachable_reports(h, a, 2);
    handlespace_set_identity(h, a, 12);
    assert_int_equal(h->element[a].channel, 3);
    assert_int_equal(h->element[a].expiry, 5000);
    assert_int_equal(h->element[a].keep_alive_deadline, 4000);
    assert_int_equal(h->element[a].keep_alive_waiting, 1);
    assert_int_equal(h->element[a].unreachable_reports, 2);
    assert_int_equal(h->element[a].identity, 12);
    assert_int_equal(h->element[b].identity, 7);
    assert_int_equal(h->element[b].expiry, 0);
    (void)state;
}

/* The registrar 0x33333333 of a capture: enrp-handle-table-response-0013 and enrp-presence-0046. */
static void the_checksum_is_that_of_rsplib(void **state)
{
    add("EchoPool", 0x0a0b0c03);
    add("Pool3", 0x0d000003);
    add("Common", 0x0e000003);
    assert_int_equal(handlespace_checksum(h), 0x4e16);
    (void)state;
}

static void only_our_own_elements_make_the_checksum(void **state)
{
    uint32_t echo = add("EchoPool", 0x0a0b0c01);
    uint32_t other = add("PoolA", 77);
    handlespace_set_home(h, other, THEIRS);
    assert_int_equal(handlespace_checksum(h), 0x7c45); /* enrp-presence-0005 */
    handlespace_set_home(h, echo, THEIRS);
    assert_int_equal(handlespace_checksum(h), 0xffff);
    handlespace_set_home(h, echo, OURS);
    handlespace_set_home(h, echo, OURS);
    assert_int_equal(handlespace_checksum(h), 0x7c45);
    handlespace_remove_element(h, other);
    assert_int_equal(handlespace_checksum(h), 0x7c45);
    handlespace_remove_element(h, echo);
    assert_int_equal(handlespace_checksum(h), 0xffff);
    (void)state;
}

static void an_element_is_due_once_and_only_then(void **state)
{
    uint32_t a = add("PoolA", 1), b = add("PoolA", 2);
    handlespace_arm(h, a, 3000);
    handlespace_arm(h, b, 2000);
    assert_in_range(handlespace_next_deadline(h), 2000, 2000 + TIMER_WHEEL_TICK);
    assert_int_equal(handlespace_due(h, 1999), HANDLESPACE_NONE);
    assert_int_equal(handlespace_due(h, 2100), b);
    assert_int_equal(handlespace_due(h, 2100), HANDLESPACE_NONE);
    handlespace_disarm(h, a);
    assert_int_equal(handlespace_due(h, 9000), HANDLESPACE_NONE);
    (void)state;
}

static uint32_t next_random(uint32_t *random)
{
    *random = *random * 1664525u + 1013904223u;
    return *random >> 16;
}

/* Anything the registrar may do, in any order, leaves a handlespace that fits together. */
static void random_steps_keep_it_valid(void **state)
{
    uint32_t random = 1;
    static const char *const names[6] = {"a", "b", "c", "d", "e", "f"};
    for (uint32_t step = 0; step < 20000; step++) {
        const char *name = names[next_random(&random) % 6];
        uint32_t identifier = next_random(&random) % 12;
        uint32_t pool = find_pool(name);
        uint32_t element = pool == HANDLESPACE_NONE ? HANDLESPACE_NONE
                                                    : handlespace_find_element(h, pool, identifier);
        if (element == HANDLESPACE_NONE) {
            if (pool == HANDLESPACE_NONE)
                pool = add_pool(name);
            if (pool != HANDLESPACE_NONE)
                handlespace_add_element(h, pool, identifier, 1, OURS);
        } else if (next_random(&random) % 2 == 0) {
            handlespace_remove_element(h, element);
        } else {
            handlespace_set_home(h, element, next_random(&random) % 2 == 0 ? OURS : THEIRS);
            handlespace_arm(h, element, step + next_random(&random));
            handlespace_due(h, step);
            handlespace_select_first(h, pool);
        }
        if (step % 500 == 0)
            assert_true(handlespace_check(h));
    }
    (void)state;
}

/* The check is an oracle: it must see damage. Each damage is undone, so that the end of the test finds it whole. */
static void the_check_sees_damage(void **state)
{
    uint32_t a = add("PoolA", 1), b = add("PoolA", 2);
    uint32_t pool = find_pool("PoolA");
    handlespace_arm(h, a, 1000);
    uint32_t *fields[] = {&h->element[a].pe_identifier,
                          &h->element[a].block,
                          &h->element[b].home,
                          &h->element_count,
                          &h->pool_count,
                          &h->pool[pool].element_count,
                          &h->pool[pool].handle_sum,
                          &h->pool[pool].handle_length,
                          &h->selection.next[a],
                          &h->selection.previous[b],
                          &h->selection.pool[a],
                          &h->element_chains.list[a],
                          &h->wheel.slots.list[a],
                          &h->element[a].parameter_length};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        uint32_t before = *fields[i];
        *fields[i] = before + 300u;
        assert_false(handlespace_check(h));
        *fields[i] = before;
    }
    h->owned_sum++;
    assert_false(handlespace_check(h));
    h->owned_sum--;
    assert_true(handlespace_check(h));
    (void)state;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, new_handlespace, check_and_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_handlespace_knows_nothing),
        TEST(a_registered_element_is_found_with_all_it_came_with),
        TEST(handles_are_told_apart_by_every_byte_and_by_length),
        TEST(the_empty_handle_is_a_handle),
        TEST(a_handle_has_at_most_255_bytes),
        TEST(the_same_identifier_may_be_in_two_pools),
        TEST(n_selections_give_n_different_elements_in_order_of_registration),
        TEST(a_list_goes_round_the_ring_once),
        TEST(reading_the_ring_moves_no_cursor),
        TEST(a_new_element_waits_for_its_round),
        TEST(removing_the_next_element_passes_the_turn_on),
        TEST(a_pool_goes_with_its_last_element),
        TEST(when_pools_are_full_no_more_are_added_until_one_goes),
        TEST(when_elements_are_full_the_new_pool_is_taken_back),
        TEST(places_never_used_stay_untouched),
        TEST(a_parameter_is_kept_up_to_its_limit),
        TEST(a_place_used_again_remembers_nothing),
        TEST(notes_are_kept_each_for_itself),
        TEST(the_checksum_is_that_of_rsplib),
        TEST(only_our_own_elements_make_the_checksum),
        TEST(an_element_is_due_once_and_only_then),
        TEST(random_steps_keep_it_valid),
        TEST(the_check_sees_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
