/* SipHash-2-4 (Aumasson and Bernstein, 2012): the keyed hash behind every table an outsider can fill.
 *
 * Pool handles and PE identifiers are chosen by whoever registers. With a hash that is known, an attacker
 * chooses them so that they all fall into one chain, and every lookup walks it. SipHash is keyed with 16
 * random bytes given at start, so collisions cannot be computed in advance.
 *
 * Pure: reads its arguments, writes nothing. The result is the 64-bit number of the reference description,
 * the same on every machine.
 */
#ifndef POOLPROOF_CORE_SIPHASH_H
#define POOLPROOF_CORE_SIPHASH_H

#include <stdint.h>

/* A key as two numbers: the first and second eight key bytes, least significant byte first. */
struct siphash_key {
    uint64_t k0;
    uint64_t k1;
};

/* Makes a key of 16 bytes. */
/*@ requires valid: \valid(key);
    requires bytes: \valid_read(bytes + (0 .. 15));
    requires apart: \separated(key, bytes + (0 .. 15));
    terminates \true;
    exits \false;
    assigns *key;
*/
void siphash_set_key(struct siphash_key *key, const uint8_t bytes[16]);

/* Hash of `length` bytes; `bytes` is not read when length is 0. */
/*@ requires valid: \valid_read(key);
    requires bytes: length > 0 ==> \valid_read(bytes + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
*/
uint64_t siphash(const struct siphash_key *key, const uint8_t *bytes, uint32_t length);

/* Hash of the eight bytes that make up `word`, least significant first: what siphash() gives for them,
 * without the detour through memory. */
/*@ requires valid: \valid_read(key);
    terminates \true;
    exits \false;
    assigns \nothing;
*/
uint64_t siphash_word(const struct siphash_key *key, uint64_t word);

#endif
