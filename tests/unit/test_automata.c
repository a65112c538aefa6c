/* The emitted automata (gen/emit_automaton.py) against Ragel's own code, and the text grammars
 * against words that must be in and must be out.
 *
 * Agreement is tried in three ways. All inputs of up to two symbols. A transition cover: a shortest
 * word to each state, followed by each of the 256 symbols, followed by a shortest word from each
 * state to an end; two automata of the same number of states that differ anywhere in a transition
 * differ on one of these unless no such ending tells the states apart. And random words that mostly
 * follow what is allowed.
 */
#include "../../fuzz/automaton_pairs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define RANDOM_WORDS 20000u
#define RANDOM_LENGTH 300u
#define SEED UINT64_C(0x506f6f6c70726f6f)

/* A shortest word to each state, and a shortest one from it to an end. */
struct cover {
    uint32_t states;
    uint32_t to_length[256];
    uint8_t to[256][PAIR_INPUT_MAX];
    uint32_t ending_length[256];
    uint8_t ending[256][PAIR_INPUT_MAX];
};

static uint64_t next_random(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

static void must_agree(const struct automaton_pair *pair, const uint8_t *bytes, uint32_t length)
{
    const char *difference = automaton_pair_difference(pair, bytes, length);

    if (difference != NULL) {
        print_error("%s: they differ in the %s on", pair->name, difference);
        for (uint32_t i = 0; i < length; i++)
            print_error(" %02x", bytes[i]);
        print_error("\n");
        fail();
    }
}

static void all_inputs_of_two_symbols_agree(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < AUTOMATON_PAIRS; k++) {
        must_agree(&automaton_pairs[k], (const uint8_t *)"", 0);
        for (uint32_t word = 0; word < 65536u; word++) {
            const uint8_t bytes[2] = {(uint8_t)(word / 256u), (uint8_t)(word % 256u)};

            must_agree(&automaton_pairs[k], bytes, 1);
            must_agree(&automaton_pairs[k], bytes, 2);
        }
    }
}

/* Breadth first over the emitted automaton, from its start. */
static void reach_states(const struct automaton_pair *pair, struct cover *cover)
{
    uint8_t queue[256];
    uint32_t queued = 1;

    memset(cover->to_length, 0xff, sizeof cover->to_length);
    queue[0] = pair->start();
    cover->to_length[queue[0]] = 0;
    for (uint32_t next = 0; next < queued; next++) {
        for (uint32_t symbol = 0; symbol < 256u; symbol++) {
            const uint8_t from = queue[next];
            const uint8_t state = pair->step(from, (uint8_t)symbol);

            if (state == 0u || cover->to_length[state] != UINT32_MAX)
                continue;
            memcpy(cover->to[state], cover->to[from], cover->to_length[from]);
            cover->to[state][cover->to_length[from]] = (uint8_t)symbol;
            cover->to_length[state] = cover->to_length[from] + 1u;
            queue[queued++] = state;
        }
    }
    cover->states = queued;
}

/* An ending for each state: none for a final one; else a symbol before the ending of another. */
static void reach_ends(const struct automaton_pair *pair, struct cover *cover)
{
    for (uint32_t state = 1; state <= cover->states; state++)
        cover->ending_length[state] = pair->final((uint8_t)state) ? 0u : UINT32_MAX;
    for (uint32_t length = 1; length <= cover->states; length++) {
        for (uint32_t i = 0; i < cover->states * 256u; i++) {
            const uint32_t from = i / 256u + 1u;
            const uint8_t to = pair->step((uint8_t)from, (uint8_t)(i % 256u));

            if (cover->ending_length[from] != UINT32_MAX || to == 0u ||
                cover->ending_length[to] != length - 1u)
                continue;
            cover->ending[from][0] = (uint8_t)(i % 256u);
            memcpy(&cover->ending[from][1], cover->ending[to], length - 1u);
            cover->ending_length[from] = length;
        }
    }
}

/* Symbols that no state tells apart need not all be followed by every ending. */
static bool like_the_symbol_before(const struct automaton_pair *pair, uint32_t states,
                                   uint32_t symbol)
{
    for (uint32_t state = 1; state <= states && symbol > 0; state++) {
        const uint8_t s = (uint8_t)state;

        if (pair->step(s, (uint8_t)symbol) != pair->step(s, (uint8_t)(symbol - 1u)))
            return false;
    }
    return symbol > 0;
}

static void follow_with_endings(const struct automaton_pair *pair, const struct cover *cover,
                                uint8_t word[PAIR_INPUT_MAX], uint32_t length)
{
    for (uint32_t state = 1; state <= cover->states; state++) {
        const uint32_t more = cover->ending_length[state];

        assert_true(more <= PAIR_INPUT_MAX - length); /* and every state reaches an end */
        memcpy(&word[length], cover->ending[state], more);
        must_agree(pair, word, length + more);
    }
}

static void try_transitions(const struct automaton_pair *pair, const struct cover *cover,
                            uint32_t state)
{
    uint8_t word[PAIR_INPUT_MAX];
    const uint32_t length = cover->to_length[state];

    memcpy(word, cover->to[state], length);
    must_agree(pair, word, length);
    for (uint32_t symbol = 0; symbol < 256u; symbol++) {
        word[length] = (uint8_t)symbol;
        must_agree(pair, word, length + 1u);
        if (!like_the_symbol_before(pair, cover->states, symbol))
            follow_with_endings(pair, cover, word, length + 1u);
    }
}

static void every_transition_agrees(void **unused)
{
    static struct cover cover;

    (void)unused;
    for (size_t k = 0; k < AUTOMATON_PAIRS; k++) {
        reach_states(&automaton_pairs[k], &cover);
        reach_ends(&automaton_pairs[k], &cover);
        for (uint32_t state = 1; state <= cover.states; state++)
            try_transitions(&automaton_pairs[k], &cover, state);
    }
}

/* A symbol that is allowed in `state`, if a few tries find one. */
static uint8_t likely_symbol(const struct automaton_pair *pair, uint8_t state, uint64_t *random)
{
    uint8_t symbol = (uint8_t)next_random(random);

    for (uint32_t tries = 0; tries < 256u && pair->step(state, symbol) == 0u; tries++)
        symbol++;
    return symbol;
}

static void random_words_agree(void **unused)
{
    uint64_t random = SEED;
    uint8_t word[RANDOM_LENGTH];

    (void)unused;
    for (uint32_t i = 0; i < RANDOM_WORDS; i++) {
        const struct automaton_pair *pair =
            &automaton_pairs[next_random(&random) % AUTOMATON_PAIRS];
        const uint32_t length = (uint32_t)(next_random(&random) % (RANDOM_LENGTH + 1u));
        uint8_t state = pair->start();

        for (uint32_t at = 0; at < length; at++) {
            word[at] = next_random(&random) % 100u == 0u ? (uint8_t)next_random(&random)
                                                         : likely_symbol(pair, state, &random);
            state = pair->step(state, word[at]);
        }
        must_agree(pair, word, length);
    }
}

static const struct automaton_pair *pair_named(const char *name)
{
    for (size_t k = 0; k < AUTOMATON_PAIRS; k++) {
        if (strcmp(automaton_pairs[k].name, name) == 0)
            return &automaton_pairs[k];
    }
    fail_msg("no machine %s", name);
    return NULL;
}

/* The comparison itself must be able to fail. */
static void a_difference_is_found(void **unused)
{
    struct automaton_pair mixed = *pair_named("text_host_name");

    (void)unused;
    mixed.run = pair_named("text_ipv6_address")->run;
    assert_string_equal(automaton_pair_difference(&mixed, (const uint8_t *)"ag", 2),
                        "first rejected symbol");
    mixed = *pair_named("text_pool_handle");
    mixed.final = pair_named("text_ipv4_address")->final;
    assert_string_equal(automaton_pair_difference(&mixed, (const uint8_t *)"web", 3), "acceptance");
    mixed = *pair_named("text_pool_handle");
    mixed.action = NULL;
    assert_string_equal(automaton_pair_difference(&mixed, (const uint8_t *)"web", 3), "action");
}

static void rejected_is_never_left(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < AUTOMATON_PAIRS; k++) {
        assert_false(automaton_pairs[k].final(0));
        assert_false(automaton_pairs[k].final(255));
        for (uint32_t symbol = 0; symbol < 256u; symbol++) {
            assert_int_equal(automaton_pairs[k].step(0, (uint8_t)symbol), 0);
            assert_int_equal(automaton_pairs[k].step(255, (uint8_t)symbol), 0);
        }
    }
}

static bool accepts(const char *machine, const char *word)
{
    const struct automaton_pair *pair = pair_named(machine);
    uint8_t state = pair->start();

    for (; *word != '\0'; word++)
        state = pair->step(state, (uint8_t)*word);
    return pair->final(state);
}

#define KEY_16 "00112233445566778899aabbccDDEEFF"
#define LABEL_63 "a23456789012345678901234567890123456789012345678901234567890123"

struct word {
    const char *machine;
    const char *text;
};

static const struct word words_in[] = {
    {"text_host_name", "a"},
    {"text_host_name", "registrar-1.example.org"},
    {"text_host_name", "registrar.example.org."},
    {"text_host_name", "4ever.1and1.de"},
    {"text_host_name", "1.2.3.4a"},
    {"text_host_name", LABEL_63 "." LABEL_63},
    {"text_pool_handle", "web"},
    {"text_pool_handle", "Print service #1"},
    {"text_pool_handle", "\\x00\\xfF\\x2a\\x5c"},
    {"text_pool_pattern", "web"},
    {"text_pool_pattern", "web-*"},
    {"text_pool_pattern", "*"},
    {"text_pool_pattern", "a\\x20b\\x2a"},
    {"text_endpoint_address", "192.0.2.1"},
    {"text_endpoint_address", "192.0.2.1:3863"},
    {"text_endpoint_address", "[2001:db8::1]:3864"},
    {"text_endpoint_address", "[::]"},
    {"text_endpoint_address", "registrar.example.org:1"},
    {"text_endpoint_address", "*:65535"},
    {"text_endpoint_address", "[fe80::1%eth0]:3864"},
    {"text_endpoint_address", "web_1.pool_net:80"},
    {"text_ipv4_address", "0.0.0.0"},
    {"text_ipv4_address", "255.255.255.255"},
    {"text_ipv6_address", "::"},
    {"text_ipv6_address", "::1"},
    {"text_ipv6_address", "1:2:3:4:5:6:7:8"},
    {"text_ipv6_address", "1:2:3:4:5:6:7::"},
    {"text_ipv6_address", "::2:3:4:5:6:7:8"},
    {"text_ipv6_address", "fe80::0202:B3FF:fe1e:8329"},
    {"text_ipv6_address", "::ffff:192.0.2.128"},
    {"text_ipv6_address", "1:2:3:4:5:6:192.0.2.128"},
    {"text_key_line", "\n"},
    {"text_key_line", " \t\n"},
    {"text_key_line", "# anything \xc3\xbc\n"},
    {"text_key_line", "web-1 pe " KEY_16 "\n"},
    {"text_key_line", "  web#1\tpe,pu,registrar,admin  " KEY_16 KEY_16 KEY_16 KEY_16 " \n"},
    {"text_key_line", "w pe " KEY_16 " pool=web pool=shop-*\taddress=192.0.2.1 pool=*\n"},
    {"text_key_line", "w admin " KEY_16 " address=2001:db8::1\n"},
    {"text_key_line", "pe pe " KEY_16 " pool=\\x41\\x20*  \n"},
    {"text_key_line", "r registrar " KEY_16 " server=0x00000001\n"},
    {"text_key_line", "r registrar,pu " KEY_16 " pool=x\tserver=4294967295 address=::1 \n"},
    {"text_key_line", "r registrar " KEY_16 " server=0 server=0xABCDEFabcdef0123456789\n"},
};

static const struct word words_out[] = {
    {"text_host_name", ""},
    {"text_host_name", "."},
    {"text_host_name", "-a"},
    {"text_host_name", "a-.b"},
    {"text_host_name", "a..b"},
    {"text_host_name", "a_b"},
    {"text_host_name", "192.0.2.1"},
    {"text_host_name", "example.1"},
    {"text_host_name", LABEL_63 "x"},
    {"text_host_name", "*.example.org"},
    {"text_pool_handle", ""},
    {"text_pool_handle", "web*"},
    {"text_pool_handle", "a\tb"},
    {"text_pool_handle", "\xc3\xbc"},
    {"text_pool_handle", "a\\"},
    {"text_pool_handle", "a\\n"},
    {"text_pool_handle", "\\x4"},
    {"text_pool_handle", "\\x4g"},
    {"text_pool_pattern", ""},
    {"text_pool_pattern", "we*b"},
    {"text_pool_pattern", "**"},
    {"text_pool_pattern", "a b"},
    {"text_endpoint_address", ""},
    {"text_endpoint_address", ":80"},
    {"text_endpoint_address", "a:"},
    {"text_endpoint_address", "a:0"},
    {"text_endpoint_address", "a:080"},
    {"text_endpoint_address", "a:65536"},
    {"text_endpoint_address", "a:100000"},
    {"text_endpoint_address", "2001:db8::1"},
    {"text_endpoint_address", "[2001:db8::1"},
    {"text_endpoint_address", "[::1]80"},
    {"text_endpoint_address", "[fe80::1%]"},
    {"text_endpoint_address", "[fe80::1%a-name-that-is-too-long]"},
    {"text_endpoint_address", "-a:80"},
    {"text_endpoint_address", "a b"},
    {"text_ipv4_address", "1.2.3"},
    {"text_ipv4_address", "1.2.3.4.5"},
    {"text_ipv4_address", "1.2.3.256"},
    {"text_ipv4_address", "1.2.3.04"},
    {"text_ipv4_address", "1..2.3"},
    {"text_ipv6_address", ":"},
    {"text_ipv6_address", ":::"},
    {"text_ipv6_address", "1::2::3"},
    {"text_ipv6_address", "1:2:3:4:5:6:7"},
    {"text_ipv6_address", "1:2:3:4:5:6:7:8:9"},
    {"text_ipv6_address", "1:2:3:4:5:6:7::8"},
    {"text_ipv6_address", "12345::"},
    {"text_ipv6_address", "::1.2.3"},
    {"text_ipv6_address", "192.0.2.1"},
    {"text_key_line", ""},
    {"text_key_line", "web-1 pe " KEY_16},
    {"text_key_line", "web-1 pe\n"},
    {"text_key_line", "web-1 " KEY_16 "\n"},
    {"text_key_line", "web-1 PE " KEY_16 "\n"},
    {"text_key_line", "web-1 pe, " KEY_16 "\n"},
    {"text_key_line", "web-1 pe,,pu " KEY_16 "\n"},
    {"text_key_line", "web-1 pe,pu, " KEY_16 "\n"},
    {"text_key_line", "web-1 pe pu " KEY_16 "\n"},
    {"text_key_line", "web-1 pe 00112233445566778899aabbccddee\n"},
    {"text_key_line", "web-1 pe " KEY_16 "0\n"},
    {"text_key_line", "web-1 pe " KEY_16 KEY_16 KEY_16 KEY_16 "00\n"},
    {"text_key_line", "web-1 pe " KEY_16 "pool=web\n"},
    {"text_key_line", "web-1 pe " KEY_16 " pool=\n"},
    {"text_key_line", "web-1 pe " KEY_16 " pool=a*b\n"},
    {"text_key_line", "web-1 pe " KEY_16 " pool=web,shop\xc3\n"},
    {"text_key_line", "web-1 pe " KEY_16 " address=\n"},
    {"text_key_line", "web-1 pe " KEY_16 " address=host\n"},
    {"text_key_line", "r registrar " KEY_16 " server=\n"},
    {"text_key_line", "r registrar " KEY_16 " server=0x\n"},
    {"text_key_line", "r registrar " KEY_16 " server=0X1\n"},
    {"text_key_line", "r registrar " KEY_16 " server=01\n"},
    {"text_key_line", "r registrar " KEY_16 " server=1a\n"},
    {"text_key_line", "r registrar " KEY_16 " server=00x1\n"},
    {"text_key_line", "r registrar " KEY_16 "server=1\n"},
    {"text_key_line", "web-1 pe " KEY_16 " weight=3\n"},
    {"text_key_line", "web-1 pe " KEY_16 " # later\n"},
    {"text_key_line", "web\xff pe " KEY_16 "\n"},
    {"text_key_line", "web-1 pe " KEY_16 "\n\n"},
    {"text_key_line", "web-1 pe " KEY_16 "\r\n"},
};

static void words_of_the_grammars_are_accepted(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof words_in / sizeof words_in[0]; i++) {
        if (!accepts(words_in[i].machine, words_in[i].text))
            fail_msg("%s refuses '%s'", words_in[i].machine, words_in[i].text);
    }
}

static void other_words_are_refused(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof words_out / sizeof words_out[0]; i++) {
        if (accepts(words_out[i].machine, words_out[i].text))
            fail_msg("%s accepts '%s'", words_out[i].machine, words_out[i].text);
    }
}

/* One letter for each action of a key line, in the order of their numbers. */
static const char key_line_letters[] = "-iEURAhlpXxeawdsDHz";

static void expect_letters(const char *line, const char *said)
{
    uint8_t state = text_key_line_start();

    assert_int_equal(strlen(said), strlen(line));
    for (size_t i = 0; line[i] != '\0'; i++) {
        const uint8_t action = text_key_line_action(state, (uint8_t)line[i]);

        if (key_line_letters[action] != said[i])
            fail_msg("byte %zu '%c': %c, not %c", i, line[i], key_line_letters[action], said[i]);
        state = text_key_line_step(state, (uint8_t)line[i]);
    }
    assert_true(text_key_line_final(state));
}

static void a_key_line_says_what_each_byte_is(void **unused)
{
    static const char line[] = "w1 pe,pu " KEY_16 " pool=s\\x2a* pool=t address=::1\n";
    static const char said[] = "ii---E--U"
                               "hlhlhlhlhlhlhlhlhlhlhlhlhlhlhlhl"
                               "------p--Xx-a-----pe--------wwwd";
    static const char registrar[] = "r registrar " KEY_16 " server=0x1f server=20\n";
    static const char said_of_it[] = "i----------R"
                                     "hlhlhlhlhlhlhlhlhlhlhlhlhlhlhlhl"
                                     "-------sD-HHz------sDDz";

    (void)unused;
    assert_int_equal(sizeof key_line_letters - 2u, TEXT_KEY_LINE_ACTIONS);
    expect_letters(line, said);
    expect_letters(registrar, said_of_it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_inputs_of_two_symbols_agree),
        cmocka_unit_test(every_transition_agrees),
        cmocka_unit_test(random_words_agree),
        cmocka_unit_test(a_difference_is_found),
        cmocka_unit_test(rejected_is_never_left),
        cmocka_unit_test(words_of_the_grammars_are_accepted),
        cmocka_unit_test(other_words_are_refused),
        cmocka_unit_test(a_key_line_says_what_each_byte_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
