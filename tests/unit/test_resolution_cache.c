/* The pool user's cache by itself (resolution_cache.h): entries, turns, failures, what may be reported. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "resolution_cache.h"

static struct resolution_cache *cache;

static int begin(void **state)
{
    (void)state;
    cache = calloc(1, sizeof *cache);
    return cache == NULL;
}

static int end(void **state)
{
    (void)state;
    free(cache);
    return 0;
}

static struct cached_pool *filled(uint32_t count)
{
    struct selected_element element = {0};
    struct cached_pool *pool =
        &cache->pool[resolution_cache_add(cache, (const uint8_t *)"echo", 4)];

    cached_pool_begin(pool, 1, 1000);
    for (uint32_t i = 0; i < count; i++) {
        element.pe_identifier = i + 1;
        (void)cached_pool_put(pool, &element);
    }
    return pool;
}

static uint32_t select_from(struct cached_pool *pool)
{
    struct selected_element element = {0};

    return cached_pool_select(pool, &element) ? element.pe_identifier : 0;
}

static void handles_are_told_apart_byte_by_byte(void **state)
{
    uint32_t a = resolution_cache_add(cache, (const uint8_t *)"a\0b", 3);
    uint32_t b = resolution_cache_add(cache, (const uint8_t *)"a\0c", 3);
    uint32_t c = resolution_cache_add(cache, (const uint8_t *)"a", 1);

    (void)state;
    assert_int_equal(resolution_cache_find(cache, (const uint8_t *)"a\0b", 3), a);
    assert_int_equal(resolution_cache_find(cache, (const uint8_t *)"a\0c", 3), b);
    assert_int_equal(resolution_cache_find(cache, (const uint8_t *)"a\0c", 1), c);
    assert_int_equal(resolution_cache_find(cache, (const uint8_t *)"a\0c", 2), RESOLUTION_NONE);
    assert_int_equal(resolution_cache_find(cache, (const uint8_t *)"", 0), RESOLUTION_NONE);
    cached_pool_clear(&cache->pool[a]);
    assert_int_equal(resolution_cache_find(cache, (const uint8_t *)"a\0b", 3), RESOLUTION_NONE);
    assert_int_equal(resolution_cache_find(cache, (const uint8_t *)"a\0c", 3), b);
}

static void the_cache_refuses_the_handle_that_is_too_many_or_too_long(void **state)
{
    uint8_t handle[256] = {0};

    (void)state;
    assert_int_equal(resolution_cache_add(cache, handle, 0), RESOLUTION_NONE);
    assert_int_equal(resolution_cache_add(cache, handle, 256), RESOLUTION_NONE);
    for (uint32_t i = 0; i < RESOLUTION_POOLS_MAX; i++) {
        handle[254] = (uint8_t)i;
        assert_int_not_equal(resolution_cache_add(cache, handle, 255), RESOLUTION_NONE);
    }
    assert_int_equal(resolution_cache_add(cache, (const uint8_t *)"x", 1), RESOLUTION_NONE);
    handle[254] = 63;
    cached_pool_clear(&cache->pool[resolution_cache_find(cache, handle, 255)]);
    assert_int_not_equal(resolution_cache_add(cache, (const uint8_t *)"x", 1), RESOLUTION_NONE);
}

static void an_entry_keeps_its_capacity_of_elements(void **state)
{
    struct selected_element element = {0};
    struct cached_pool *pool = filled(RESOLUTION_ELEMENTS_MAX);

    (void)state;
    assert_int_equal(pool->element_count, RESOLUTION_ELEMENTS_MAX);
    assert_false(cached_pool_put(pool, &element));
    assert_int_equal(pool->element_count, RESOLUTION_ELEMENTS_MAX);
}

static void the_turn_skips_failed_elements_and_survives_a_smaller_answer(void **state)
{
    struct selected_element element = {0};
    struct cached_pool *pool = filled(4);

    (void)state;
    assert_int_equal(select_from(pool), 1);
    cached_pool_fail(pool, 2);
    assert_int_equal(select_from(pool), 3);
    assert_int_equal(select_from(pool), 4);
    assert_int_equal(select_from(pool), 1);
    assert_int_equal(cached_pool_available(pool), 3);
    assert_int_equal(select_from(pool), 3);
    cached_pool_begin(pool, 1, 2000);
    assert_int_equal(select_from(pool), 0);
    element.pe_identifier = 2;
    assert_true(cached_pool_put(pool, &element));
    assert_int_equal(select_from(pool), 2);
    assert_int_equal(select_from(pool), 2);
}

static void when_all_have_failed_none_is_selected(void **state)
{
    struct cached_pool *pool = filled(2);

    (void)state;
    cached_pool_fail(pool, 1);
    cached_pool_fail(pool, 2);
    assert_int_equal(select_from(pool), 0);
    assert_int_equal(cached_pool_available(pool), 0);
}

static void a_report_is_due_once_for_each_handing_out(void **state)
{
    struct cached_pool *pool = filled(3);

    (void)state;
    assert_false(cached_pool_take_report(pool, 1));
    assert_int_equal(select_from(pool), 1);
    assert_int_equal(select_from(pool), 2);
    assert_int_equal(select_from(pool), 3);
    assert_int_equal(select_from(pool), 1);
    assert_true(cached_pool_take_report(pool, 1));
    assert_false(cached_pool_take_report(pool, 1));
    assert_true(cached_pool_take_report(pool, 3));
    assert_true(cached_pool_take_report(pool, 2));
    assert_int_equal(pool->handed_count, 0);
    assert_int_equal(select_from(pool), 2);
    assert_true(cached_pool_take_report(pool, 2));
}

static void the_oldest_of_too_many_handed_out_is_forgotten_first(void **state)
{
    struct selected_element element = {0};
    struct cached_pool *pool = filled(RESOLUTION_ELEMENTS_MAX);

    (void)state;
    for (uint32_t i = 0; i < RESOLUTION_ELEMENTS_MAX; i++) {
        (void)select_from(pool);
    }
    cached_pool_begin(pool, 1, 2000);
    for (uint32_t i = 0; i < 3; i++) {
        element.pe_identifier = 1000 + i;
        assert_true(cached_pool_put(pool, &element));
    }
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_not_equal(select_from(pool), 0);
    }
    assert_int_equal(pool->handed_count, RESOLUTION_HANDED_MAX);
    for (uint32_t i = 1; i <= 3; i++) {
        assert_false(cached_pool_take_report(pool, i));
    }
    assert_true(cached_pool_take_report(pool, 4));
    assert_true(cached_pool_take_report(pool, 1000));
    assert_true(cached_pool_take_report(pool, 1002));
}

/* Two elements, the list beginning with `first`, as a registrar that goes round answers. */
static void answer_in_turn(struct cached_pool *pool, uint32_t first)
{
    struct selected_element element = {0};

    cached_pool_begin(pool, 1, 1000);
    element.pe_identifier = first;
    assert_true(cached_pool_put(pool, &element));
    element.pe_identifier = 3 - first;
    assert_true(cached_pool_put(pool, &element));
}

/* RFC 5356, 4.1.3: the registrar's turn and ours must not move in step. */
static void a_new_answer_begins_its_turn_with_its_first_element(void **state)
{
    struct cached_pool *pool = filled(0);

    (void)state;
    for (uint32_t refresh = 0; refresh < 6; refresh++) {
        answer_in_turn(pool, 1 + refresh % 2);
        assert_int_equal(select_from(pool), 1 + refresh % 2);
    }
    assert_int_equal(select_from(pool), 1);
    answer_in_turn(pool, 1);
    assert_int_equal(select_from(pool), 1);
    assert_int_equal(select_from(pool), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(handles_are_told_apart_byte_by_byte),
        TEST(the_cache_refuses_the_handle_that_is_too_many_or_too_long),
        TEST(an_entry_keeps_its_capacity_of_elements),
        TEST(the_turn_skips_failed_elements_and_survives_a_smaller_answer),
        TEST(when_all_have_failed_none_is_selected),
        TEST(a_report_is_due_once_for_each_handing_out),
        TEST(the_oldest_of_too_many_handed_out_is_forgotten_first),
        TEST(a_new_answer_begins_its_turn_with_its_first_element),
    };

    return cmocka_run_group_tests_name("resolution cache", tests, NULL, NULL);
}
