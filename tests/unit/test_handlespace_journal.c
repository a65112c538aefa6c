/* The journal: changes to our own elements wait there in their order, whatever becomes of the elements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../handlespace_check.h"
#include "handlespace_journal.h"
#include "wire_constants.h"

#define OURS 0x11111111u
#define THEIRS 0x22222222u

static struct handlespace *h;
static const uint8_t key[16] = {1, 2, 3};

static int new_handlespace(void **state)
{
    h = calloc(1, sizeof *h);
    (void)state;
    if (h == NULL)
        return 1;
    handlespace_init(h, key, OURS, 4, 40, 0);
    return 0;
}

static int check_and_free(void **state)
{
    bool valid = handlespace_check(h);
    free(h);
    (void)state;
    return valid ? 0 : 1;
}

static uint32_t add(const char *handle, uint32_t pe_identifier, uint32_t home)
{
    const uint8_t *bytes = (const uint8_t *)handle;
    uint32_t pool = handlespace_find_pool(h, bytes, (uint32_t)strlen(handle));

    if (pool == HANDLESPACE_NONE)
        pool = handlespace_add_pool(h, bytes, (uint32_t)strlen(handle), 1, 4, 0);
    return handlespace_add_element(h, pool, pe_identifier, 7, home);
}

static const struct handlespace_change *oldest(void)
{
    uint32_t change = handlespace_oldest_change(h);

    assert_in_range(change, 0, HANDLESPACE_JOURNAL_MAX - 1u);
    assert_true(handlespace_has_change(h));
    return &h->journal.change[change];
}

static void a_new_journal_is_empty(void **state)
{
    (void)state;
    assert_false(handlespace_has_change(h));
    assert_int_equal(handlespace_oldest_change(h), HANDLESPACE_NONE);
    handlespace_drop_change(h);
    assert_int_equal(h->journal.count, 0);
    assert_int_equal(handlespace_oldest_change(h), HANDLESPACE_NONE);
}

static void a_change_outlives_its_element(void **state)
{
    static const uint8_t parameter[] = {9, 8, 7, 6, 5};
    uint32_t element = add("echo", 0x11, OURS);
    const struct handlespace_change *change;

    (void)state;
    assert_true(handlespace_set_parameter(h, element, parameter, sizeof parameter));
    handlespace_note_change(h, element, UPDATE_ACTION_DEL_PE);
    handlespace_remove_element(h, element);
    change = oldest();
    assert_int_equal(change->action, UPDATE_ACTION_DEL_PE);
    assert_int_equal(change->pe_identifier, 0x11);
    assert_int_equal(change->handle_length, 4);
    assert_memory_equal(change->handle, "echo", 4);
    assert_int_equal(change->parameter_length, sizeof parameter);
    assert_memory_equal(change->parameter, parameter, sizeof parameter);
}

static void the_longest_handle_and_parameter_fit(void **state)
{
    char handle[POOL_HANDLE_MAX + 1u] = {0};
    uint8_t parameter[ELEMENT_PARAMETER_MAX];
    uint32_t element;

    (void)state;
    memset(handle, 'x', POOL_HANDLE_MAX);
    memset(parameter, 0x5a, sizeof parameter);
    element = add(handle, 0x11, OURS);
    assert_true(handlespace_set_parameter(h, element, parameter, sizeof parameter));
    handlespace_note_change(h, element, UPDATE_ACTION_ADD_PE);
    assert_int_equal(oldest()->action, UPDATE_ACTION_ADD_PE);
    assert_int_equal(oldest()->handle_length, POOL_HANDLE_MAX);
    assert_memory_equal(oldest()->handle, handle, POOL_HANDLE_MAX);
    assert_int_equal(oldest()->parameter_length, ELEMENT_PARAMETER_MAX);
    assert_memory_equal(oldest()->parameter, parameter, ELEMENT_PARAMETER_MAX);
}

static void what_others_are_home_of_is_not_noted(void **state)
{
    uint32_t element = add("echo", 0x11, THEIRS);

    (void)state;
    handlespace_note_change(h, element, UPDATE_ACTION_ADD_PE);
    assert_false(handlespace_has_change(h));
    handlespace_set_home(h, element, OURS);
    handlespace_note_change(h, element, UPDATE_ACTION_ADD_PE);
    assert_int_equal(h->journal.count, 1);
}

/* Three times around, three changes waiting: each comes out once, in the order in which they were noted. */
static void changes_come_out_in_their_order_all_around_the_ring(void **state)
{
    uint32_t element[5];

    (void)state;
    for (uint32_t i = 0; i < 5; i++)
        element[i] = add("echo", 0x100 + i, OURS);
    for (uint32_t i = 0; i < 3u * HANDLESPACE_JOURNAL_MAX; i++) {
        handlespace_note_change(h, element[i % 5], UPDATE_ACTION_ADD_PE);
        if (i < 2)
            continue;
        assert_int_equal(h->journal.count, 3);
        assert_int_equal(oldest()->pe_identifier, 0x100 + (i - 2) % 5);
        handlespace_drop_change(h);
    }
    assert_int_equal(h->journal_lost, 0);
}

static void a_full_journal_keeps_what_it_has_and_counts_what_it_loses(void **state)
{
    uint32_t first = add("echo", 0x11, OURS);
    uint32_t later = add("echo", 0x22, OURS);

    (void)state;
    for (uint32_t i = 0; i < HANDLESPACE_JOURNAL_MAX; i++)
        handlespace_note_change(h, first, UPDATE_ACTION_ADD_PE);
    assert_int_equal(h->journal_lost, 0);
    handlespace_note_change(h, later, UPDATE_ACTION_ADD_PE);
    handlespace_note_change(h, later, UPDATE_ACTION_DEL_PE);
    assert_int_equal(h->journal_lost, 2);
    for (uint32_t i = 0; i < HANDLESPACE_JOURNAL_MAX; i++) {
        assert_int_equal(oldest()->pe_identifier, 0x11);
        handlespace_drop_change(h);
    }
    assert_false(handlespace_has_change(h));
    h->journal_lost = UINT64_MAX;
    for (uint32_t i = 0; i <= HANDLESPACE_JOURNAL_MAX; i++)
        handlespace_note_change(h, later, UPDATE_ACTION_ADD_PE);
    assert_true(h->journal_lost == UINT64_MAX);
}

static void a_cleared_journal_begins_anew(void **state)
{
    uint32_t element = add("echo", 0x11, OURS);

    (void)state;
    for (uint32_t i = 0; i < 7; i++)
        handlespace_note_change(h, element, UPDATE_ACTION_ADD_PE);
    handlespace_clear_changes(h);
    assert_false(handlespace_has_change(h));
    handlespace_note_change(h, element, UPDATE_ACTION_DEL_PE);
    assert_int_equal(oldest()->action, UPDATE_ACTION_DEL_PE);
    assert_int_equal(h->journal.count, 1);
}

static void a_record_with_impossible_lengths_is_not_handed_out(void **state)
{
    uint32_t element = add("echo", 0x11, OURS);

    (void)state;
    handlespace_note_change(h, element, UPDATE_ACTION_ADD_PE);
    h->journal.change[0].handle_length = POOL_HANDLE_MAX + 1u;
    assert_int_equal(handlespace_oldest_change(h), HANDLESPACE_NONE);
    assert_false(handlespace_has_change(h));
    h->journal.change[0].handle_length = POOL_HANDLE_MAX;
    assert_int_equal(handlespace_oldest_change(h), 0);
    h->journal.change[0].parameter_length = ELEMENT_PARAMETER_MAX + 1u;
    assert_int_equal(handlespace_oldest_change(h), HANDLESPACE_NONE);
}

static void a_claim_to_an_element_is_noted_and_gone_with_it(void **state)
{
    uint32_t element = add("echo", 0x11, OURS);

    (void)state;
    assert_int_equal(h->element[element].contested_by, 0);
    handlespace_set_contested(h, element, THEIRS);
    assert_int_equal(h->element[element].contested_by, THEIRS);
    handlespace_remove_element(h, element);
    assert_int_equal(add("echo", 0x22, OURS), element);
    assert_int_equal(h->element[element].contested_by, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, new_handlespace, check_and_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_new_journal_is_empty),
        CASE(a_change_outlives_its_element),
        CASE(the_longest_handle_and_parameter_fit),
        CASE(what_others_are_home_of_is_not_noted),
        CASE(changes_come_out_in_their_order_all_around_the_ring),
        CASE(a_full_journal_keeps_what_it_has_and_counts_what_it_loses),
        CASE(a_cleared_journal_begins_anew),
        CASE(a_record_with_impossible_lengths_is_not_handed_out),
        CASE(a_claim_to_an_element_is_noted_and_gone_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
