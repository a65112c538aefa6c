/* Every generated automaton beside Ragel's own code (`-G2`) for the same grammar.
 *
 * For tests/unit/test_automata.c and fuzz/fuzz_automata.c. The G2 headers are made at build time and
 * name all machines of a grammar by macros, so none can be forgotten here.
 */
#ifndef POOLPROOF_FUZZ_AUTOMATON_PAIRS_H
#define POOLPROOF_FUZZ_AUTOMATON_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sequences.h"
#include "text_endpoint_address.h"
#include "text_host_name.h"
#include "text_key_file.h"
#include "text_pool_handle.h"
#include "text_pool_pattern.h"

#include "ragel/endpoint_address_g2.h"
#include "ragel/host_name_g2.h"
#include "ragel/key_file_g2.h"
#include "ragel/pool_handle_g2.h"
#include "ragel/pool_pattern_g2.h"
#include "ragel/sequences_g2.h"

/* Most symbols of one input. */
#define PAIR_INPUT_MAX 512u

struct automaton_pair {
    const char *name;
    uint8_t (*start)(void);
    uint8_t (*step)(uint8_t state, uint8_t symbol);
    uint8_t (*action)(uint8_t state, uint8_t symbol); /* NULL when the machine has none */
    bool (*final)(uint8_t state);
    /* Ragel's: returns the symbols taken; trace[i] is the action of symbol i, or 0. */
    uint32_t (*run)(const uint8_t *bytes, uint32_t length, uint8_t *trace, bool *accepted);
};

#define PAIR_ACTING(machine)                                                                       \
    {#machine,         machine##_start, machine##_step,                                            \
     machine##_action, machine##_final, machine##_g2_run},
#define PAIR_PLAIN(machine)                                                                        \
    {#machine, machine##_start, machine##_step, NULL, machine##_final, machine##_g2_run},

static const struct automaton_pair automaton_pairs[] = {
    /* clang-format off */
    SEQUENCES_G2_WITH_ACTIONS(PAIR_ACTING) SEQUENCES_G2_PLAIN(PAIR_PLAIN)
    ENDPOINT_ADDRESS_G2_WITH_ACTIONS(PAIR_ACTING) ENDPOINT_ADDRESS_G2_PLAIN(PAIR_PLAIN)
    HOST_NAME_G2_WITH_ACTIONS(PAIR_ACTING) HOST_NAME_G2_PLAIN(PAIR_PLAIN)
    KEY_FILE_G2_WITH_ACTIONS(PAIR_ACTING) KEY_FILE_G2_PLAIN(PAIR_PLAIN)
    POOL_HANDLE_G2_WITH_ACTIONS(PAIR_ACTING) POOL_HANDLE_G2_PLAIN(PAIR_PLAIN)
    POOL_PATTERN_G2_WITH_ACTIONS(PAIR_ACTING) POOL_PATTERN_G2_PLAIN(PAIR_PLAIN)
    /* clang-format on */
};
#define AUTOMATON_PAIRS (sizeof automaton_pairs / sizeof automaton_pairs[0])

/* Runs both over bytes[0 .. length), length <= PAIR_INPUT_MAX. NULL when they agree on where the
 * first rejected symbol is, on the action of each symbol before it, and on acceptance; else what
 * they differ in. */
static inline const char *automaton_pair_difference(const struct automaton_pair *pair,
                                                    const uint8_t *bytes, uint32_t length)
{
    uint8_t trace[PAIR_INPUT_MAX];
    bool accepted = false;
    const uint32_t taken = pair->run(bytes, length, trace, &accepted);
    uint8_t state = pair->start();
    uint32_t i = 0;

    while (i < length && pair->step(state, bytes[i]) != 0u) {
        if ((pair->action != NULL ? pair->action(state, bytes[i]) : 0u) != trace[i])
            return "action";
        state = pair->step(state, bytes[i]);
        i++;
    }
    if (i != taken)
        return "first rejected symbol";
    if ((i == length && pair->final(state)) != accepted)
        return "acceptance";
    return NULL;
}

#endif
