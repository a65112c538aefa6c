/* Any bytes as the input of every generated automaton: it must agree with Ragel's own code for the
 * same grammar on which symbol is rejected first, on the action of each one before, and on whether
 * the input may end there.
 */
#include "automaton_pairs.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint32_t length = size > PAIR_INPUT_MAX ? PAIR_INPUT_MAX : (uint32_t)size;

    for (size_t k = 0; k < AUTOMATON_PAIRS; k++) {
        const char *difference = automaton_pair_difference(&automaton_pairs[k], data, length);

        if (difference != NULL) {
            fprintf(stderr, "%s: they differ in the %s\n", automaton_pairs[k].name, difference);
            abort();
        }
    }
    return 0;
}
