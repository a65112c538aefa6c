/* The bounded queue of bytes (src/net/byte_queue.h) against a plain array. */
#include "byte_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void bytes_leave_in_the_order_in_which_they_came(void **state)
{
    struct byte_queue q = {.limit = 100000};
    uint8_t in = 0;
    uint8_t out = 0;
    unsigned seed = 1;
    (void)state;

    for (int round = 0; round < 2000; round++) {
        uint8_t piece[300];
        seed = seed * 1103515245u + 12345u;
        size_t n = seed / 65536u % sizeof piece;
        for (size_t i = 0; i < n; i++)
            piece[i] = in++;
        assert_true(byte_queue_append(&q, piece, n));
        size_t waiting = 0;
        const uint8_t *bytes = byte_queue_peek(&q, &waiting);
        size_t taken = waiting < 290 ? waiting : 290;
        for (size_t i = 0; i < taken; i++)
            assert_int_equal(bytes[i], out++);
        byte_queue_consume(&q, taken);
    }
    byte_queue_release(&q);
}

static void one_byte_beyond_the_limit_is_refused_and_changes_nothing(void **state)
{
    struct byte_queue q = {.limit = 10};
    const uint8_t bytes[11] = "0123456789";
    size_t n = 0;
    (void)state;

    assert_true(byte_queue_append(&q, bytes, 4));
    assert_false(byte_queue_append(&q, bytes, 7));
    assert_null(byte_queue_reserve(&q, 7));
    assert_null(byte_queue_reserve(&q, SIZE_MAX));
    assert_int_equal(byte_queue_length(&q), 4);
    assert_memory_equal(byte_queue_peek(&q, &n), bytes, 4);
    assert_true(byte_queue_append(&q, bytes, 6));
    assert_int_equal(byte_queue_length(&q), 10);
    byte_queue_release(&q);
}

static void an_empty_queue_holds_no_memory(void **state)
{
    struct byte_queue q = {.limit = 10};
    (void)state;

    assert_true(byte_queue_append(&q, (const uint8_t *)"abc", 3));
    byte_queue_consume(&q, 2);
    assert_non_null(q.bytes);
    byte_queue_consume(&q, 5); /* more than waits */
    assert_null(q.bytes);
    assert_non_null(byte_queue_reserve(&q, 10));
    byte_queue_commit(&q, 0); /* nothing came */
    assert_null(q.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_leave_in_the_order_in_which_they_came),
        cmocka_unit_test(one_byte_beyond_the_limit_is_refused_and_changes_nothing),
        cmocka_unit_test(an_empty_queue_holds_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
