/* Cutting a stream into messages (src/net/framing.h): wherever it is cut, the same messages come out. */
#include "framing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A message of `length` bytes by its header, with padding, filled with `fill`; returns its size. */
static size_t put_message(uint8_t *at, uint32_t length, uint8_t fill)
{
    size_t size = (length + 3u) / 4u * 4u;

    memset(at, fill, size);
    at[2] = (uint8_t)(length / 256u);
    at[3] = (uint8_t)(length % 256u);
    return size;
}

/* Feeds `n` bytes and checks that the messages are those of `lengths`, continued at *next. */
static void feed(struct framing *f, const uint8_t *bytes, size_t n, const uint32_t *lengths,
                 size_t *next)
{
    const uint8_t *message = NULL;
    uint32_t length = 0;

    while (framing_take(f, &bytes, &n, &message, &length) == FRAMING_MESSAGE) {
        assert_int_equal(length, (lengths[*next] + 3u) / 4u * 4u);
        assert_int_equal(message[length - 1], 0x40 + *next);
        (*next)++;
    }
    assert_int_equal(n, 0);
}

static const uint32_t lengths[] = {5, 20, 21, 22, 23, 1500, 8};
#define MESSAGES (sizeof lengths / sizeof lengths[0])

static size_t put_stream(uint8_t *at)
{
    size_t n = 0;

    for (size_t i = 0; i < MESSAGES; i++)
        n += put_message(at + n, lengths[i], (uint8_t)(0x40 + i));
    return n;
}

static void messages_come_out_the_same_for_every_size_of_piece(void **state)
{
    static uint8_t stream[4096];
    size_t n = put_stream(stream);
    (void)state;

    for (size_t piece = 1; piece <= n; piece++) {
        struct framing f = {0};
        size_t next = 0;
        for (size_t at = 0; at < n; at += piece)
            feed(&f, stream + at, n - at < piece ? n - at : piece, lengths, &next);
        assert_int_equal(next, MESSAGES);
        framing_release(&f);
    }
}

static void a_whole_message_is_handed_out_where_it_lies(void **state)
{
    uint8_t bytes[24];
    const uint8_t *input = bytes;
    const uint8_t *message = NULL;
    size_t n = put_message(bytes, 22, 1);
    uint32_t length = 0;
    struct framing f = {0};
    (void)state;

    assert_int_equal(framing_take(&f, &input, &n, &message, &length), FRAMING_MESSAGE);
    assert_ptr_equal(message, bytes);
    assert_int_equal(length, 24);
    assert_null(f.held);
}

static void a_message_of_four_bytes_is_one(void **state)
{
    const uint8_t bytes[] = {8, 0, 0, 4};
    const uint8_t *input = bytes;
    const uint8_t *message = NULL;
    size_t n = sizeof bytes;
    uint32_t length = 0;
    struct framing f = {0};
    (void)state;

    assert_int_equal(framing_take(&f, &input, &n, &message, &length), FRAMING_MESSAGE);
    assert_int_equal(length, 4);
    assert_int_equal(framing_take(&f, &input, &n, &message, &length), FRAMING_MORE);
}

static void a_length_below_four_is_refused_whole_and_in_pieces(void **state)
{
    (void)state;
    for (uint8_t bad = 0; bad < 4; bad++) {
        const uint8_t bytes[] = {5, 0, 0, bad, 0, 0, 0, 0};
        for (size_t first = 1; first <= sizeof bytes; first++) {
            const uint8_t *input = bytes;
            const uint8_t *message = NULL;
            size_t n = first;
            uint32_t length = 0;
            struct framing f = {0};
            enum framing_result result = framing_take(&f, &input, &n, &message, &length);
            if (result == FRAMING_MORE) {
                n = sizeof bytes - first;
                result = framing_take(&f, &input, &n, &message, &length);
            }
            assert_int_equal(result, FRAMING_BAD_LENGTH);
            framing_release(&f);
        }
    }
}

static void the_largest_message_is_taken_in_two_pieces(void **state)
{
    uint8_t *bytes = malloc(FRAMING_MESSAGE_MAX);
    const uint8_t *input = bytes;
    const uint8_t *message = NULL;
    size_t n = 1000;
    uint32_t length = 0;
    struct framing f = {0};
    (void)state;

    assert_non_null(bytes);
    assert_int_equal(put_message(bytes, 65535, 7), FRAMING_MESSAGE_MAX);
    assert_int_equal(framing_take(&f, &input, &n, &message, &length), FRAMING_MORE);
    assert_int_equal(n, 0);
    n = FRAMING_MESSAGE_MAX - 1000;
    assert_int_equal(framing_take(&f, &input, &n, &message, &length), FRAMING_MESSAGE);
    assert_int_equal(length, FRAMING_MESSAGE_MAX);
    assert_memory_equal(message, bytes, FRAMING_MESSAGE_MAX);
    n = 0;
    assert_int_equal(framing_take(&f, &input, &n, &message, &length), FRAMING_MORE);
    assert_null(f.held); /* the memory is given back with the next call */
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_out_the_same_for_every_size_of_piece),
        cmocka_unit_test(a_whole_message_is_handed_out_where_it_lies),
        cmocka_unit_test(a_message_of_four_bytes_is_one),
        cmocka_unit_test(a_length_below_four_is_refused_whole_and_in_pieces),
        cmocka_unit_test(the_largest_message_is_taken_in_two_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
