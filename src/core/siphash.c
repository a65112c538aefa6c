/* SipHash-2-4: see siphash.h. The structure follows the description by Aumasson and Bernstein (2012): four words of
 * state, two rounds for each eight bytes, four rounds at the end. Addition modulo 2^64 and rotation are written so
 * that no operation wraps; compilers turn both into single instructions. Owns nothing. */
#include "siphash.h"

/* 2^n as a 64-bit number. */
#define POWER(n) ((uint64_t)1 << (n))

struct state {
    uint64_t v0, v1, v2, v3;
};

/* Sum modulo 2^64. */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures modulo: \result == (a + b) % 18446744073709551616;
*/
static inline uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? a - (UINT64_MAX - b) - 1u : a + b;
}

/* x rotated to the left by n bits, where power is 2^n and rest 2^(64 - n). */
/*@ requires powers: power * rest == 18446744073709551616;
    requires split: power > 0 && rest > 0;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures rotated: \result == (x % rest) * power + x / rest;
*/
static inline uint64_t rotate_left(uint64_t x, uint64_t power, uint64_t rest)
{
    /*@ assert low: 0 <= x % rest <= rest - 1; */
    /*@ assert shifted: 0 <= (x % rest) * power <= (rest - 1) * power; */
    /*@ assert division: x == rest * (x / rest) + x % rest; */
    /*@ assert product: rest * (x / rest) <= x < rest * power; */
    /*@ assert high: 0 <= x / rest <= power - 1; */
    return x % rest * power + x / rest;
}

/* One round. */
/*@ requires valid: \valid(s);
    terminates \true;
    exits \false;
    assigns *s;
*/
static inline void round_once(struct state *s)
{
    s->v0 = add(s->v0, s->v1);
    s->v2 = add(s->v2, s->v3);
    s->v1 = rotate_left(s->v1, POWER(13), POWER(51)) ^ s->v0;
    s->v3 = rotate_left(s->v3, POWER(16), POWER(48)) ^ s->v2;
    s->v0 = add(rotate_left(s->v0, POWER(32), POWER(32)), s->v3);
    s->v2 = add(s->v2, s->v1);
    s->v1 = rotate_left(s->v1, POWER(17), POWER(47)) ^ s->v2;
    s->v3 = rotate_left(s->v3, POWER(21), POWER(43)) ^ s->v0;
    s->v2 = rotate_left(s->v2, POWER(32), POWER(32));
}

/* Takes in eight bytes. */
/*@ requires valid: \valid(s);
    terminates \true;
    exits \false;
    assigns *s;
*/
static inline void absorb(struct state *s, uint64_t word)
{
    s->v3 = s->v3 ^ word;
    round_once(s);
    round_once(s);
    s->v0 = s->v0 ^ word;
}

/* The constants are the letters "somepseudorandomlygeneratedbytes". */
/*@ requires valid: \valid(s) && \valid_read(key);
    requires apart: \separated(s, key);
    terminates \true;
    exits \false;
    assigns *s;
*/
static inline void begin(struct state *s, const struct siphash_key *key)
{
    s->v0 = key->k0 ^ 0x736f6d6570736575u;
    s->v1 = key->k1 ^ 0x646f72616e646f6du;
    s->v2 = key->k0 ^ 0x6c7967656e657261u;
    s->v3 = key->k1 ^ 0x7465646279746573u;
}

/*@ requires valid: \valid(s);
    terminates \true;
    exits \false;
    assigns *s;
*/
static inline uint64_t finish(struct state *s)
{
    s->v2 = s->v2 ^ 0xffu;
    round_once(s);
    round_once(s);
    round_once(s);
    round_once(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* The number that `count` (0 .. 8) bytes make, least significant first. */
/*@ requires count: count <= 8;
    requires bytes: count > 0 ==> \valid_read(bytes + (0 .. count - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures seven: count <= 7 ==> \result < 72057594037927936;
*/
static inline uint64_t little_endian(const uint8_t *bytes, uint32_t count)
{
    uint64_t word = 0;
    uint32_t left = count;
    /*@ loop invariant left: left <= count;
        loop invariant small: word < 1 || count - left >= 1;
        loop invariant bound1: count - left <= 1 ==> word < 256;
        loop invariant bound2: count - left <= 2 ==> word < 65536;
        loop invariant bound3: count - left <= 3 ==> word < 16777216;
        loop invariant bound4: count - left <= 4 ==> word < 4294967296;
        loop invariant bound5: count - left <= 5 ==> word < 1099511627776;
        loop invariant bound6: count - left <= 6 ==> word < 281474976710656;
        loop invariant bound7: count - left <= 7 ==> word < 72057594037927936;
        loop assigns word, left;
        loop variant left;
    */
    while (left > 0) {
        left--;
        word = word * 256u + bytes[left];
    }
    return word;
}

void siphash_set_key(struct siphash_key *key, const uint8_t bytes[16])
{
    key->k0 = little_endian(bytes, 8);
    key->k1 = little_endian(bytes + 8, 8);
}

uint64_t siphash(const struct siphash_key *key, const uint8_t *bytes, uint32_t length)
{
    struct state s;
    uint32_t done = 0;
    begin(&s, key);
    /*@ loop invariant done: done <= length;
        loop assigns done, s;
        loop variant length - done;
    */
    while (length - done >= 8) {
        absorb(&s, little_endian(bytes + done, 8));
        done += 8;
    }
    uint64_t last = length % 256u;
    absorb(&s, last * POWER(56) + little_endian(bytes + done, length - done));
    return finish(&s);
}

uint64_t siphash_word(const struct siphash_key *key, uint64_t word)
{
    struct state s;
    begin(&s, key);
    absorb(&s, word);
    absorb(&s, 8u * POWER(56));
    return finish(&s);
}
