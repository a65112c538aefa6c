/* The input of a harness that plays events, read from its beginning: bytes that are used up, zeros behind the end. And what
 * these harnesses check with.
 */
#ifndef POOLPROOF_FUZZ_INPUT_H
#define POOLPROOF_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The rest of the input. */
static const uint8_t *input;
static size_t left;

static inline void input_begin(const uint8_t *data, size_t size)
{
    input = data;
    left = size;
}

static inline uint8_t next_byte(void)
{
    if (left == 0)
        return 0;
    left--;
    return *input++;
}

/* A message as it stands in the input, of a length that stands before it in units of four bytes: at most 255 of them, and
 * what is left. Gives its length. */
static inline uint32_t next_raw_message(uint8_t bytes[1020])
{
    uint32_t length = next_byte() * 4u;

    if (length > left)
        length = (uint32_t)left;
    memcpy(bytes, input, length);
    input += length;
    left -= length;
    return length;
}

/* A failure that the fuzzer sees. */
static inline void require(int condition)
{
    if (!condition)
        abort();
}

/* A step of a print, which tells two states apart. */
static inline uint64_t mix(uint64_t hash, uint64_t value)
{
    return (hash ^ value) * UINT64_C(0x100000001b3) + (hash >> 29);
}

#endif
