/* SipHash-2-4 against the published numbers: key 00 01 .. 0f, message 00 01 .. of each length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "siphash.h"

struct vector {
    uint32_t length;
    uint64_t hash;
};

/* From the reference vectors of Aumasson and Bernstein; length 15 is the one their paper works out. */
static const struct vector vectors[] = {
    {0, 0x726fdb47dd0e0e31u},  {1, 0x74f839c593dc67fdu}, {2, 0x0d6c8009d9a94f5au},
    {3, 0x85676696d7fb7e2du},  {7, 0xab0200f58b01d137u}, {8, 0x93f5f5799a932462u},
    {15, 0xa129ca6149be45e5u},
};

static struct siphash_key published_key(void)
{
    struct siphash_key key;
    uint8_t bytes[16];
    for (uint8_t i = 0; i < 16; i++)
        bytes[i] = i;
    siphash_set_key(&key, bytes);
    return key;
}

static void gives_the_published_numbers(void **state)
{
    struct siphash_key key = published_key();
    uint8_t message[16];
    for (uint8_t i = 0; i < 16; i++)
        message[i] = i;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        assert_true(siphash(&key, message, vectors[i].length) == vectors[i].hash);
    (void)state;
}

static void a_word_hashes_like_its_eight_bytes(void **state)
{
    struct siphash_key key = published_key();
    assert_true(siphash_word(&key, 0x0706050403020100u) == 0x93f5f5799a932462u);
    (void)state;
}

static void every_key_byte_matters(void **state)
{
    struct siphash_key key = published_key(), other;
    uint64_t hash = siphash(&key, (const uint8_t *)"PoolA", 5);
    for (uint8_t i = 0; i < 16; i++) {
        uint8_t bytes[16];
        for (uint8_t k = 0; k < 16; k++)
            bytes[k] = k;
        bytes[i] ^= 1u;
        siphash_set_key(&other, bytes);
        assert_true(siphash(&other, (const uint8_t *)"PoolA", 5) != hash);
    }
    (void)state;
}

static void a_trailing_zero_byte_matters(void **state)
{
    struct siphash_key key = published_key();
    static const uint8_t zeros[9] = {0};
    for (uint32_t length = 0; length < 9; length++)
        assert_true(siphash(&key, zeros, length) !=
                    siphash(&key, zeros, length == 0 ? 1 : length - 1));
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_published_numbers),
        cmocka_unit_test(a_word_hashes_like_its_eight_bytes),
        cmocka_unit_test(every_key_byte_matters),
        cmocka_unit_test(a_trailing_zero_byte_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
