/* Token buckets: what may be taken at once, and what comes back with time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "rate_limit.h"

static uint32_t take_all(struct token_bucket *b, const struct rate_limit *l, uint64_t now,
                         uint32_t most)
{
    uint32_t taken = 0;

    while (taken < most && rate_limit_take(b, l, now))
        taken++;
    return taken;
}

static void a_bucket_of_zero_bytes_is_full(void **state)
{
    struct token_bucket b = {0, 0};
    const struct rate_limit l = {1, 5};

    (void)state;
    assert_int_equal(take_all(&b, &l, 0, 100), 5);
    assert_int_equal(take_all(&b, &l, 0, 100), 0);
}

static void tokens_come_back_at_the_rate(void **state)
{
    struct token_bucket b = {0, 0};
    const struct rate_limit l = {4, 10};

    (void)state;
    assert_int_equal(take_all(&b, &l, 1000, 100), 10);
    assert_int_equal(take_all(&b, &l, 1249, 100), 0);
    assert_int_equal(take_all(&b, &l, 1250, 100), 1);
    assert_int_equal(take_all(&b, &l, 2250, 100), 4);
}

static void fractions_are_kept(void **state)
{
    struct token_bucket b = {0, 0};
    const struct rate_limit l = {1, 1};
    uint32_t taken = 0;

    (void)state;
    for (uint64_t now = 0; now < 10000; now += 7)
        taken += rate_limit_take(&b, &l, now);
    assert_int_equal(taken, 10);
}

static void no_more_than_the_burst_is_saved_up(void **state)
{
    struct token_bucket b = {0, 0};
    const struct rate_limit l = {1000, 3};

    (void)state;
    assert_int_equal(take_all(&b, &l, 5, 100), 3);
    assert_int_equal(take_all(&b, &l, UINT64_MAX, 100), 3);
}

static void a_rate_of_zero_never_gives_back(void **state)
{
    struct token_bucket b = {0, 0};
    const struct rate_limit l = {0, 2};

    (void)state;
    assert_int_equal(take_all(&b, &l, 0, 100), 2);
    assert_int_equal(take_all(&b, &l, UINT64_MAX, 100), 0);
}

static void a_burst_of_zero_is_no_limit(void **state)
{
    struct token_bucket b = {0, 0};
    const struct rate_limit l = {0, 0};

    (void)state;
    assert_int_equal(take_all(&b, &l, 0, 100000), 100000);
    assert_int_equal(b.spent, 0);
}

static void a_clock_that_goes_back_earns_nothing(void **state)
{
    struct token_bucket b = {0, 0};
    const struct rate_limit l = {1000, 1};

    (void)state;
    assert_true(rate_limit_take(&b, &l, 5000));
    assert_false(rate_limit_take(&b, &l, 4000));
    assert_false(rate_limit_take(&b, &l, 5000));
    assert_true(rate_limit_take(&b, &l, 5001));
}

static void the_largest_limits_do_not_overflow(void **state)
{
    struct token_bucket b = {0, 0};
    const struct rate_limit l = {RATE_LIMIT_MAX, RATE_LIMIT_MAX};

    (void)state;
    assert_int_equal(take_all(&b, &l, 1, 2 * RATE_LIMIT_MAX), RATE_LIMIT_MAX);
    assert_int_equal(take_all(&b, &l, 2, 2 * RATE_LIMIT_MAX), 1000);
    assert_int_equal(take_all(&b, &l, UINT64_MAX, 2 * RATE_LIMIT_MAX), RATE_LIMIT_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_of_zero_bytes_is_full),
        cmocka_unit_test(tokens_come_back_at_the_rate),
        cmocka_unit_test(fractions_are_kept),
        cmocka_unit_test(no_more_than_the_burst_is_saved_up),
        cmocka_unit_test(a_rate_of_zero_never_gives_back),
        cmocka_unit_test(a_burst_of_zero_is_no_limit),
        cmocka_unit_test(a_clock_that_goes_back_earns_nothing),
        cmocka_unit_test(the_largest_limits_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
