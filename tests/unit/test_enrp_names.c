/* What the admin socket tells of a group: every counter has its name, and its own value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "enrp_names.h"

#define COUNTERS (sizeof(struct enrp_counters) / sizeof(uint64_t))

static struct handlespace *h;
static uint32_t visited;

static int new_handlespace(void **state)
{
    (void)state;
    h = calloc(1, sizeof *h);
    visited = 0;
    return h == NULL ? 1 : 0;
}

static int free_handlespace(void **state)
{
    (void)state;
    free(h);
    return 0;
}

struct wanted {
    const char *name;
    uint64_t value;
};

static void compare(void *user, const char *name, uint64_t value)
{
    const struct wanted *wanted = user;

    if (strcmp(name, wanted->name) != 0)
        return;
    visited++;
    assert_int_equal(value, wanted->value);
}

static void changes_that_the_journal_lost_are_told(void **state)
{
    const struct enrp_counters none = {0};
    struct wanted lost = {"journal_lost", 10};

    (void)state;
    h->journal_lost = 10;
    enrp_counters_visit(&none, h, compare, &lost);
    assert_int_equal(visited, 1);
}

/* Told once, in whatever order: of the numbers 1 to n. */
static void mark(void *user, const char *name, uint64_t value)
{
    bool *told = user;

    assert_true(name != NULL && name[0] != '\0');
    assert_in_range(value, 1, COUNTERS + 1);
    assert_false(told[value]);
    told[value] = true;
    visited++;
}

static void no_counter_is_left_out_or_told_twice(void **state)
{
    union {
        struct enrp_counters counters;
        uint64_t number[COUNTERS];
    } all;
    bool told[COUNTERS + 2] = {false};

    (void)state;
    for (uint64_t i = 0; i < COUNTERS; i++)
        all.number[i] = i + 1;
    h->journal_lost = COUNTERS + 1;
    enrp_counters_visit(&all.counters, h, mark, told);
    assert_int_equal(visited, COUNTERS + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(changes_that_the_journal_lost_are_told, new_handlespace,
                                        free_handlespace),
        cmocka_unit_test_setup_teardown(no_counter_is_left_out_or_told_twice, new_handlespace,
                                        free_handlespace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
