/* The list of effects: one message to many peers takes its bytes once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "effects.h"

static struct effects *list;

static int begin(void **state)
{
    (void)state;
    list = calloc(1, sizeof *list);
    return list == NULL;
}

static int end(void **state)
{
    (void)state;
    free(list);
    return 0;
}

/* Encode and send a message of four bytes, all `byte`. */
static bool send_message(uint8_t byte, uint32_t channel)
{
    memset(list->bytes + list->bytes_used, byte, 4);
    return effects_send(list, channel, 4);
}

static void expect_message(uint32_t at, uint8_t byte, uint32_t channel)
{
    const uint8_t expected[4] = {byte, byte, byte, byte};
    const struct effect *e = &list->effect[at];

    assert_int_equal(e->kind, EFFECT_SEND);
    assert_int_equal(e->channel, channel);
    assert_int_equal(e->length, 4);
    assert_memory_equal(list->bytes + e->offset, expected, 4);
}

static void a_message_goes_to_many_channels_with_the_same_bytes(void **state)
{
    (void)state;
    assert_true(send_message(0x11, 1));
    assert_true(send_message(0x22, 2));
    assert_true(effects_send_again(list, 3));
    assert_true(effects_send_again(list, 4));
    assert_int_equal(list->count, 4);
    assert_int_equal(list->bytes_used, 8);
    assert_true(send_message(0x33, 5));
    expect_message(0, 0x11, 1);
    expect_message(1, 0x22, 2);
    expect_message(2, 0x22, 3);
    expect_message(3, 0x22, 4);
    expect_message(4, 0x33, 5);
}

static void only_a_message_that_was_sent_last_is_sent_again(void **state)
{
    const struct effect closing = {.kind = EFFECT_CLOSE, .channel = 1};

    (void)state;
    assert_false(effects_send_again(list, 2));
    assert_int_equal(list->count, 0);
    assert_true(send_message(0x11, 1));
    assert_true(effects_append(list, &closing));
    assert_false(effects_send_again(list, 2));
    assert_int_equal(list->count, 2);
    effects_clear(list);
    assert_false(effects_send_again(list, 2));
    assert_int_equal(list->count, 0);
}

static void a_full_list_takes_no_further_channel(void **state)
{
    (void)state;
    assert_true(send_message(0x11, 0));
    for (uint32_t channel = 1; channel < EFFECTS_MAX; channel++) {
        assert_true(effects_send_again(list, channel));
    }
    assert_false(effects_send_again(list, EFFECTS_MAX));
    assert_int_equal(list->count, EFFECTS_MAX);
    expect_message(EFFECTS_MAX - 1, 0x11, EFFECTS_MAX - 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_message_goes_to_many_channels_with_the_same_bytes),
        CASE(only_a_message_that_was_sent_last_is_sent_again),
        CASE(a_full_list_takes_no_further_channel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
