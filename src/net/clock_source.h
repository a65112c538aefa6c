/* Time and chance for the shell: the two inputs the core never takes for itself.
 *
 * Every event handed to a step of the core carries "now" and random bits; they come from here. Both
 * functions always succeed or end the process: a daemon without a clock or without entropy must not
 * go on with made-up values.
 */
#ifndef POOLPROOF_NET_CLOCK_SOURCE_H
#define POOLPROOF_NET_CLOCK_SOURCE_H

#include <stddef.h>
#include <stdint.h>

/* Milliseconds on the monotonic clock; never runs backwards, unrelated to the date. */
uint64_t clock_milliseconds(void);

/* Fills `size` bytes from the kernel's generator (getrandom), waiting for its first seeding. */
void random_fill(void *bytes, size_t size);

/* 64 random bits. */
uint64_t random_word(void);

#endif
