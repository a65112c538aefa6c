/* Random bytes from the kernel, getrandom(2): the only source of randomness in Poolproof.
 *
 * BearSSL's own seeder takes RDRAND alone where the processor has it; its engines are therefore
 * always given bytes from here before they start.
 */
#ifndef POOLPROOF_TLS_ENTROPY_H
#define POOLPROOF_TLS_ENTROPY_H

#include <stdbool.h>
#include <stddef.h>

/* Fills `bytes` with `length` random bytes (at most 256). False when the kernel gives none: whoever
 * asked must then not go on. Blocks only before the kernel's generator is seeded, early at boot. */
bool entropy_fill(void *bytes, size_t length);

#endif
