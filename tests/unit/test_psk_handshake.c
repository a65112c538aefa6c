/* Handshakes between our own client and server: every suite and group, every way to cut the bytes,
 * and who may agree with whom. */
#include "psk_pair.h"
#include "psk_certificates.h"

static const uint32_t codes[PSK_SUITE_COUNT] = {
    TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256, TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256,
    TLS_PSK_WITH_AES_128_GCM_SHA256,       TLS_PSK_WITH_CHACHA20_POLY1305_SHA256,
    TLS_RSA_PSK_WITH_AES_128_GCM_SHA256,   TLS_PSK_WITH_NULL_SHA256};

/* Options with one suite alone. */
static struct psk_options only(uint32_t suite)
{
    struct psk_options options = {.with_unusual = suite >= PSK_SUITE_USUAL};
    for (uint32_t i = 0; i < PSK_SUITE_COUNT; i++) {
        options.without_suite[i] = i != suite;
    }
    certify(&options);
    return options;
}

/* A pair that opens and talks both ways; `piece` bytes at a time. */
static void opens_and_talks(const struct psk_options *client, const struct psk_options *server,
                            uint32_t code, size_t piece)
{
    struct pair pair;
    pair_open(&pair, client, server);
    talk(&pair, piece);
    assert_int_equal(psk_endpoint_state(pair.client), PSK_OPEN);
    assert_int_equal(psk_endpoint_state(pair.server), PSK_OPEN);
    assert_int_equal(psk_endpoint_suite(pair.client), code);
    assert_int_equal(psk_endpoint_suite(pair.server), code);
    say(pair.client, "to the registrar", 16);
    say(pair.server, "to the pool element", 19);
    talk(&pair, piece);
    hears(pair.server, "to the registrar");
    hears(pair.client, "to the pool element");
    pair_close(&pair);
}

static void every_suite_and_group_opens(void **state)
{
    (void)state;
    for (uint32_t suite = 0; suite < PSK_SUITE_COUNT; suite++) {
        for (uint8_t p256 = 0; p256 < 2; p256++) {
            struct psk_options options = only(suite);
            options.without_x25519 = p256;
            options.without_p256 = !p256;
            const struct psk_options *other = suite < PSK_SUITE_USUAL ? NULL : &options;
            opens_and_talks(&options, other, codes[suite], SIZE_MAX);
            opens_and_talks(other, &options, codes[suite], SIZE_MAX);
        }
    }
}

static void every_suite_opens_byte_by_byte(void **state)
{
    (void)state;
    for (uint32_t suite = 0; suite < PSK_SUITE_COUNT; suite++) {
        struct psk_options options = only(suite);
        opens_and_talks(&options, &options, codes[suite], 1);
    }
}

static void server_prefers_ecdhe_with_aes(void **state)
{
    (void)state;
    opens_and_talks(NULL, NULL, TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256, SIZE_MAX);
}

static void without_a_common_group_a_plain_suite_is_agreed_on(void **state)
{
    (void)state;
    struct psk_options client = {.without_x25519 = 1};
    struct psk_options server = {.without_p256 = 1};
    opens_and_talks(&client, &server, TLS_PSK_WITH_AES_128_GCM_SHA256, SIZE_MAX);
}

static void without_a_common_suite_the_handshake_fails(void **state)
{
    (void)state;
    struct psk_options client = only(2);
    struct psk_options server = only(3);
    struct pair pair;
    pair_open(&pair, &client, &server);
    talk(&pair, SIZE_MAX);
    failed_with(pair.server, TLS_ALERT_HANDSHAKE_FAILURE);
    assert_int_equal(psk_endpoint_state(pair.client), PSK_FAILED);
    assert_int_equal(psk_endpoint_alert_received(pair.client), TLS_ALERT_HANDSHAKE_FAILURE);
    pair_close(&pair);
}

static void a_suite_that_is_not_usual_has_to_be_asked_for_at_both_ends(void **state)
{
    (void)state;
    for (uint32_t suite = PSK_SUITE_USUAL; suite < PSK_SUITE_COUNT; suite++) {
        struct psk_options asked = only(suite);
        struct psk_options not_asked = asked;
        not_asked.with_unusual = 0;
        const struct psk_options *ends[][2] = {
            {&asked, NULL}, {NULL, &asked}, {&asked, &not_asked}, {&not_asked, &asked}};
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
            struct pair pair;
            pair_open(&pair, ends[i][0], ends[i][1]);
            talk(&pair, SIZE_MAX);
            failed_with(pair.server, TLS_ALERT_HANDSHAKE_FAILURE);
            pair_close(&pair);
        }
    }
}

static void a_suite_that_is_not_usual_comes_last(void **state)
{
    (void)state;
    struct psk_options options = {.with_unusual = 1, .without_suite = {1, 1, 1, 0}};
    certify(&options);
    opens_and_talks(&options, &options, TLS_PSK_WITH_CHACHA20_POLY1305_SHA256, SIZE_MAX);
    options.without_suite[3] = 1; /* of those that are left, the one that encrypts comes first */
    opens_and_talks(&options, &options, TLS_RSA_PSK_WITH_AES_128_GCM_SHA256, SIZE_MAX);
}

static void keys_of_all_lengths_open(void **state)
{
    (void)state;
    for (uint8_t length = PSK_KEY_MIN; length <= PSK_KEY_MAX; length++) {
        struct pair pair;
        pair_open_as(&pair, PAIR_IDENTITY, pair_key(length, 7), NULL, NULL);
        pair.server_key = pair_key(length, 7);
        talk(&pair, SIZE_MAX);
        assert_int_equal(psk_endpoint_state(pair.server), PSK_OPEN);
        pair_close(&pair);
    }
}

static void short_keys_are_refused(void **state)
{
    (void)state;
    struct psk_key key = pair_key(PSK_KEY_MIN - 1, 7);
    assert_null(psk_endpoint_new_client((const uint8_t *)"a", 1, &key, NULL, pair_entropy[0]));
    key = pair_key(PSK_KEY_MAX + 1, 7);
    assert_null(psk_endpoint_new_client((const uint8_t *)"a", 1, &key, NULL, pair_entropy[0]));
    struct pair pair;
    pair_open_as(&pair, PAIR_IDENTITY, pair_key(16, 7), NULL, NULL);
    pair.server_key = pair_key(PSK_KEY_MIN - 1, 7);
    talk(&pair, SIZE_MAX);
    failed_with(pair.server, TLS_ALERT_BAD_RECORD_MAC);
    pair_close(&pair);
}

static void identities_out_of_range_are_refused(void **state)
{
    (void)state;
    uint8_t identity[TLS_IDENTITY_MAX + 1] = {'x'};
    struct psk_key key = pair_key(32, 7);
    assert_null(psk_endpoint_new_client(identity, 0, &key, NULL, pair_entropy[0]));
    assert_null(
        psk_endpoint_new_client(identity, TLS_IDENTITY_MAX + 1, &key, NULL, pair_entropy[0]));
    struct psk_endpoint *e =
        psk_endpoint_new_client(identity, TLS_IDENTITY_MAX, &key, NULL, pair_entropy[0]);
    assert_non_null(e);
    psk_endpoint_free(e);
}

static void server_knows_the_identity(void **state)
{
    (void)state;
    struct pair pair;
    uint32_t length = 9;
    pair_open(&pair, NULL, NULL);
    psk_endpoint_identity(pair.server, &length);
    assert_int_equal(length, 0);
    talk(&pair, SIZE_MAX);
    const uint8_t *identity = psk_endpoint_identity(pair.server, &length);
    assert_int_equal(length, strlen(PAIR_IDENTITY));
    assert_memory_equal(identity, PAIR_IDENTITY, length);
    assert_int_equal(pair.lookups, 1);
    pair_close(&pair);
}

/* Runs a pair whose server does not accept the client; returns the bytes both said, for comparison. */
static size_t refused(const char *identity, uint8_t fill, uint32_t suite, size_t sizes[8])
{
    struct psk_options options = only(suite);
    struct pair pair;
    uint8_t wire[4096];
    size_t steps = 0;
    pair_open_as(&pair, identity, pair_key(32, fill), &options,
                 options.with_unusual != 0 ? &options : NULL);
    for (int turn = 0; turn < 4; turn++) {
        struct psk_endpoint *from = turn % 2 == 0 ? pair.client : pair.server;
        size_t length = drain(from, wire, sizeof wire);
        feed(turn % 2 == 0 ? pair.server : pair.client, wire, length, SIZE_MAX);
        sizes[steps++] = length;
    }
    failed_with(pair.server, TLS_ALERT_BAD_RECORD_MAC);
    assert_int_equal(psk_endpoint_alert_received(pair.client), TLS_ALERT_BAD_RECORD_MAC);
    pair_close(&pair);
    return steps;
}

static void unknown_identity_looks_like_a_wrong_key(void **state)
{
    (void)state;
    for (uint32_t suite = 0; suite < PSK_SUITE_COUNT; suite++) {
        size_t wrong[8];
        size_t unknown[8];
        assert_int_equal(refused("pe-alpha", 0x11, suite, wrong),
                         refused("pe-omega", 0x5a, suite, unknown));
        assert_memory_equal(wrong, unknown, 4 * sizeof *wrong);
    }
}

static void other_entropy_makes_another_hello(void **state)
{
    (void)state;
    uint8_t first[512];
    uint8_t second[512];
    struct psk_key key = pair_key(32, 1);
    struct psk_endpoint *a =
        psk_endpoint_new_client((const uint8_t *)"a", 1, &key, NULL, pair_entropy[0]);
    struct psk_endpoint *b =
        psk_endpoint_new_client((const uint8_t *)"a", 1, &key, NULL, pair_entropy[1]);
    size_t length = drain(a, first, sizeof first);
    assert_int_equal(drain(b, second, sizeof second), length);
    assert_memory_not_equal(first, second, length);
    psk_endpoint_free(a);
    psk_endpoint_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_suite_and_group_opens),
        cmocka_unit_test(every_suite_opens_byte_by_byte),
        cmocka_unit_test(server_prefers_ecdhe_with_aes),
        cmocka_unit_test(without_a_common_group_a_plain_suite_is_agreed_on),
        cmocka_unit_test(without_a_common_suite_the_handshake_fails),
        cmocka_unit_test(a_suite_that_is_not_usual_has_to_be_asked_for_at_both_ends),
        cmocka_unit_test(a_suite_that_is_not_usual_comes_last),
        cmocka_unit_test(keys_of_all_lengths_open),
        cmocka_unit_test(short_keys_are_refused),
        cmocka_unit_test(identities_out_of_range_are_refused),
        cmocka_unit_test(server_knows_the_identity),
        cmocka_unit_test(unknown_identity_looks_like_a_wrong_key),
        cmocka_unit_test(other_entropy_makes_another_hello),
    };
    return cmocka_run_group_tests(tests, certificates_make, certificates_end);
}
