/* Handshake messages that are cut, joined, forged or out of order, on both sides, and the alert that
 * answers each. */
#include "psk_pair.h"
#include "psk_state.h"
#include "tls_codec_write.h"

#define WIRE 8192u

static const struct psk_options plain = {.without_suite = {1, 1, 0, 1}};
static const struct psk_options x25519 = {.without_suite = {0, 1, 1, 1}, .without_p256 = 1};
static const struct psk_options p256 = {.without_suite = {0, 1, 1, 1}, .without_x25519 = 1};

/* Cuts the unprotected handshake records of a flight into records of one byte each. */
static size_t shatter(const uint8_t *wire, size_t length, uint8_t *out)
{
    size_t put = 0;
    bool sealed = false;
    for (size_t at = 0; at < length;) {
        size_t size = wire[at + 3] * 256u + wire[at + 4];
        if (wire[at] != TLS_HANDSHAKE || sealed) {
            memcpy(out + put, wire + at, TLS_RECORD_HEADER + size);
            put += TLS_RECORD_HEADER + size;
            sealed = sealed || wire[at] == TLS_CHANGE_CIPHER_SPEC;
        } else {
            for (size_t i = 0; i < size; i++, put += TLS_RECORD_HEADER + 1) {
                tls_record_write(out + put, TLS_HANDSHAKE, 1);
                out[put + TLS_RECORD_HEADER] = wire[at + TLS_RECORD_HEADER + i];
            }
        }
        at += TLS_RECORD_HEADER + size;
    }
    return put;
}

/* Joins unprotected handshake records that follow one another into one. */
static size_t join(const uint8_t *wire, size_t length, uint8_t *out)
{
    size_t put = TLS_RECORD_HEADER;
    for (size_t at = 0; at < length;) {
        size_t size = wire[at + 3] * 256u + wire[at + 4];
        memcpy(out + put, wire + at + TLS_RECORD_HEADER, size);
        put += size;
        at += TLS_RECORD_HEADER + size;
    }
    tls_record_write(out, TLS_HANDSHAKE, (uint32_t)(put - TLS_RECORD_HEADER));
    return put;
}

static void handshakes_in_one_byte_records_open(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        const struct psk_options *options[] = {&plain, &x25519, &p256};
        uint8_t wire[WIRE];
        uint8_t cut[WIRE];
        struct pair pair;
        pair_open(&pair, options[kind], NULL);
        for (int turn = 0; turn < 4; turn++) {
            struct psk_endpoint *from = turn % 2 == 0 ? pair.client : pair.server;
            size_t length = shatter(wire, drain(from, wire, sizeof wire), cut);
            feed(turn % 2 == 0 ? pair.server : pair.client, cut, length, 3);
        }
        assert_int_equal(psk_endpoint_state(pair.client), PSK_OPEN);
        assert_int_equal(psk_endpoint_state(pair.server), PSK_OPEN);
        pair_close(&pair);
    }
}

static void messages_joined_in_one_record_open(void **state)
{
    (void)state;
    uint8_t wire[WIRE];
    uint8_t joined[WIRE];
    struct pair pair;
    pair_open(&pair, &x25519, NULL);
    carry(pair.client, pair.server, SIZE_MAX);
    size_t length = join(wire, drain(pair.server, wire, sizeof wire), joined);
    feed(pair.client, joined, length, SIZE_MAX);
    talk(&pair, SIZE_MAX);
    assert_int_equal(psk_endpoint_state(pair.client), PSK_OPEN);
    pair_close(&pair);
}

/* A ClientHello to be bent: plain PSK suite, SCSVs as wished, extensions as given. */
struct forged {
    uint8_t version_minor;
    uint8_t scsv;        /* 0 none, 1 fallback */
    uint8_t compression; /* the one method offered */
    const char *extensions;
    uint8_t extensions_length;
};

static void tell_hello(struct psk_endpoint *server, const struct forged *f)
{
    uint8_t body[256] = {3, f->version_minor};
    size_t at = 2 + 32;
    body[at++] = 0;
    tls_put_u16(body + at, f->scsv != 0 ? 4 : 2);
    tls_put_u16(body + at + 2, TLS_PSK_WITH_AES_128_GCM_SHA256);
    at += 4;
    if (f->scsv != 0) {
        tls_put_u16(body + at, TLS_FALLBACK_SCSV);
        at += 2;
    }
    body[at++] = 1;
    body[at++] = f->compression;
    tls_put_u16(body + at, f->extensions_length);
    memcpy(body + at + 2, f->extensions, f->extensions_length);
    tell(server, TLS_CLIENT_HELLO, body, at + 2 + f->extensions_length);
}

static void client_hellos_are_judged(void **state)
{
    (void)state;
    static const struct {
        struct forged hello;
        int alert; /* -1: goes on */
    } cases[] = {
        {{3, 0, 0, WITH(EMS)}, -1},
        {{4, 0, 0, WITH(EMS)}, -1},
        {{2, 0, 0, WITH(EMS)}, TLS_ALERT_PROTOCOL_VERSION},
        {{1, 0, 0, WITH(EMS)}, TLS_ALERT_PROTOCOL_VERSION},
        {{0, 0, 0, WITH(EMS)}, TLS_ALERT_PROTOCOL_VERSION},
        {{2, 1, 0, WITH(EMS)}, TLS_ALERT_INAPPROPRIATE_FALLBACK},
        {{3, 1, 0, WITH(EMS)}, -1},
        {{3, 0, 0, WITH("")}, TLS_ALERT_HANDSHAKE_FAILURE},
        {{3, 0, 1, WITH(EMS)}, TLS_ALERT_ILLEGAL_PARAMETER},
        {{3, 0, 0, WITH(EMS EMS)}, TLS_ALERT_ILLEGAL_PARAMETER},
        {{3, 0, 0, WITH("\x00\x17\x00\x01\x00")}, TLS_ALERT_DECODE_ERROR},
        {{3, 0, 0, WITH("\x00\x17\x00\x01")}, TLS_ALERT_DECODE_ERROR},
        {{3, 0, 0, WITH(EMS "\xff\x01\x00\x01\x00")}, -1},
        {{3, 0, 0, WITH(EMS "\xff\x01\x00\x02\x01\x07")}, TLS_ALERT_HANDSHAKE_FAILURE},
        {{3, 0, 0, WITH(EMS "\xff\x01\x00\x01\x07")}, TLS_ALERT_DECODE_ERROR},
        {{3, 0, 0, WITH(EMS "\x00\x0b\x00\x02\x01\x00")}, -1},
        {{3, 0, 0, WITH(EMS "\x00\x0b\x00\x02\x01\x01")}, TLS_ALERT_ILLEGAL_PARAMETER},
        {{3, 0, 0, WITH(EMS "\x00\x0a\x00\x03\x00\x01\x00")}, TLS_ALERT_DECODE_ERROR},
        {{3, 0, 0, WITH("\x13\x37\x00\x03xyz" EMS)}, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pair pair;
        pair_open(&pair, NULL, NULL);
        tell_hello(pair.server, &cases[i].hello);
        if (cases[i].alert < 0) {
            assert_int_equal(psk_endpoint_state(pair.server), PSK_HANDSHAKE);
            assert_int_equal(psk_endpoint_suite(pair.server), TLS_PSK_WITH_AES_128_GCM_SHA256);
        } else {
            failed_with(pair.server, cases[i].alert);
        }
        pair_close(&pair);
    }
}

static void server_hellos_are_judged(void **state)
{
    (void)state;
    static const struct {
        uint8_t minor;
        uint32_t suite;
        uint8_t compression;
        const char *extensions;
        size_t length;
        int alert;
    } cases[] = {
        {3, TLS_PSK_WITH_AES_128_GCM_SHA256, 0, WITH(EMS), -1},
        {3, TLS_PSK_WITH_AES_128_GCM_SHA256, 0, WITH(EMS "\xff\x01\x00\x01\x00"), -1},
        {2, TLS_PSK_WITH_AES_128_GCM_SHA256, 0, WITH(EMS), TLS_ALERT_PROTOCOL_VERSION},
        {4, TLS_PSK_WITH_AES_128_GCM_SHA256, 0, WITH(EMS), TLS_ALERT_PROTOCOL_VERSION},
        {3, TLS_PSK_WITH_CHACHA20_POLY1305_SHA256, 0, WITH(EMS), TLS_ALERT_ILLEGAL_PARAMETER},
        {3, 0x002f, 0, WITH(EMS), TLS_ALERT_ILLEGAL_PARAMETER},
        {3, TLS_PSK_WITH_AES_128_GCM_SHA256, 1, WITH(EMS), TLS_ALERT_ILLEGAL_PARAMETER},
        {3, TLS_PSK_WITH_AES_128_GCM_SHA256, 0, WITH(""), TLS_ALERT_HANDSHAKE_FAILURE},
        {3, TLS_PSK_WITH_AES_128_GCM_SHA256, 0, WITH(EMS EMS), TLS_ALERT_ILLEGAL_PARAMETER},
        {3, TLS_PSK_WITH_NULL_SHA256, 0, WITH(EMS), TLS_ALERT_ILLEGAL_PARAMETER},
        {3, TLS_PSK_WITH_AES_128_GCM_SHA256, 0, WITH(EMS "\x00\x16\x00\x00"),
         TLS_ALERT_UNSUPPORTED_EXTENSION},
        {3, TLS_PSK_WITH_AES_128_GCM_SHA256, 0, WITH(EMS "\xff\x01\x00\x02\x01\x00"),
         TLS_ALERT_HANDSHAKE_FAILURE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pair pair;
        pair_open(&pair, &plain, NULL);
        tell_server_hello(pair.client, cases[i].minor, cases[i].suite, cases[i].compression,
                          cases[i].extensions, cases[i].length);
        if (cases[i].alert < 0) {
            assert_int_equal(psk_endpoint_state(pair.client), PSK_HANDSHAKE);
        } else {
            failed_with(pair.client, cases[i].alert);
        }
        pair_close(&pair);
    }
}

static void messages_out_of_order_are_refused(void **state)
{
    (void)state;
    for (uint32_t type = 0; type < 256; type++) {
        struct pair pair;
        pair_open(&pair, NULL, NULL);
        if (type != TLS_CLIENT_HELLO) {
            tell(pair.server, type, "", 0);
            failed_with(pair.server, TLS_ALERT_UNEXPECTED_MESSAGE);
        }
        if (type != TLS_SERVER_HELLO && type != TLS_HELLO_REQUEST) {
            tell(pair.client, type, "", 0);
            failed_with(pair.client, TLS_ALERT_UNEXPECTED_MESSAGE);
        }
        pair_close(&pair);
    }
}

static void a_hello_request_during_the_handshake_is_passed_over(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair, NULL, NULL);
    tell(pair.client, TLS_HELLO_REQUEST, "", 0);
    talk(&pair, SIZE_MAX);
    assert_int_equal(psk_endpoint_state(pair.client), PSK_OPEN);
    assert_int_equal(psk_endpoint_state(pair.server), PSK_OPEN);
    pair_close(&pair);
}

static void an_ecdhe_server_may_not_leave_its_share_out(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair, &x25519, NULL);
    tell_server_hello(pair.client, 3, TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256, 0, WITH(EMS));
    tell(pair.client, TLS_SERVER_HELLO_DONE, "", 0);
    failed_with(pair.client, TLS_ALERT_UNEXPECTED_MESSAGE);
    pair_close(&pair);
}

static void a_plain_server_may_send_a_hint(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair, &plain, NULL);
    tell_server_hello(pair.client, 3, TLS_PSK_WITH_AES_128_GCM_SHA256, 0, WITH(EMS));
    tell(pair.client, TLS_SERVER_KEY_EXCHANGE, "\x00\x04hint", 6);
    tell(pair.client, TLS_SERVER_HELLO_DONE, "", 0);
    assert_int_equal(psk_endpoint_state(pair.client), PSK_HANDSHAKE);
    assert_int_equal(psk_endpoint_alert_sent(pair.client), -1);
    pair_close(&pair);
}

static void server_shares_are_judged(void **state)
{
    (void)state;
    uint8_t zero[2 + 3 + 1 + 32] = {0, 0, 3, 0, TLS_GROUP_X25519, 32};
    uint8_t off_curve[2 + 3 + 1 + 65] = {0, 0, 3, 0, TLS_GROUP_SECP256R1, 65, 4, 1};
    const struct {
        const struct psk_options *options;
        const void *body;
        size_t length;
        int alert;
    } cases[] = {
        {&x25519, zero, sizeof zero, TLS_ALERT_ILLEGAL_PARAMETER},
        {&p256, zero, sizeof zero, TLS_ALERT_ILLEGAL_PARAMETER},
        {&p256, off_curve, sizeof off_curve, TLS_ALERT_ILLEGAL_PARAMETER},
        {&x25519, "\x00\x00\x03\x00\x1d\x01\x00", 7, TLS_ALERT_ILLEGAL_PARAMETER},
        {&x25519, "\x00\x00\x03\x00\x1d\x00", 6, TLS_ALERT_DECODE_ERROR},
        {&x25519, "\x00\x00\x01\x00\x1d\x01\x00", 7, TLS_ALERT_ILLEGAL_PARAMETER},
        {&x25519, "\x00\x00\x03\x00\x1d\x01\x00\x00", 8, TLS_ALERT_DECODE_ERROR},
        {&x25519, "\x00\x09\x03", 3, TLS_ALERT_DECODE_ERROR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pair pair;
        pair_open(&pair, cases[i].options, NULL);
        tell_server_hello(pair.client, 3, TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256, 0, WITH(EMS));
        tell(pair.client, TLS_SERVER_KEY_EXCHANGE, cases[i].body, cases[i].length);
        tell(pair.client, TLS_SERVER_HELLO_DONE, "", 0);
        failed_with(pair.client, cases[i].alert);
        pair_close(&pair);
    }
}

static void client_shares_are_judged(void **state)
{
    (void)state;
    uint8_t zero[2 + 1 + 1 + 32] = {0, 1, 'x', 32};
    uint8_t off_curve[2 + 1 + 1 + 65] = {0, 1, 'x', 65, 4, 1};
    uint8_t compressed[2 + 1 + 1 + 65] = {0, 1, 'x', 65, 2, 1};
    const struct {
        const struct psk_options *options;
        const void *body;
        size_t length;
        int alert;
    } cases[] = {
        {&x25519, zero, sizeof zero, TLS_ALERT_ILLEGAL_PARAMETER},
        {&p256, zero, sizeof zero, TLS_ALERT_ILLEGAL_PARAMETER},
        {&p256, off_curve, sizeof off_curve, TLS_ALERT_ILLEGAL_PARAMETER},
        {&p256, compressed, sizeof compressed, TLS_ALERT_ILLEGAL_PARAMETER},
        {&x25519, "\x00\x01x\x00", 4, TLS_ALERT_DECODE_ERROR},
        {&x25519, "\x00\x01x", 3, TLS_ALERT_DECODE_ERROR},
        {&plain, "\x00\x01x\x00", 4, TLS_ALERT_DECODE_ERROR},
        {&plain, "\x00\x02x", 3, TLS_ALERT_DECODE_ERROR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pair pair;
        pair_open(&pair, cases[i].options, NULL);
        carry(pair.client, pair.server, SIZE_MAX);
        tell(pair.server, TLS_CLIENT_KEY_EXCHANGE, cases[i].body, cases[i].length);
        failed_with(pair.server, cases[i].alert);
        pair_close(&pair);
    }
}

static void an_identity_too_long_is_an_unknown_one(void **state)
{
    (void)state;
    uint8_t body[2 + 200] = {0, 200};
    static const uint8_t change[] = {TLS_CHANGE_CIPHER_SPEC, 3, 3, 0, 1, 1};
    uint8_t finished[5 + 40] = {TLS_HANDSHAKE, 3, 3, 0, 40};
    struct pair pair;
    pair_open(&pair, &plain, NULL);
    carry(pair.client, pair.server, SIZE_MAX);
    tell(pair.server, TLS_CLIENT_KEY_EXCHANGE, body, sizeof body);
    feed(pair.server, change, sizeof change, SIZE_MAX);
    assert_int_equal(psk_endpoint_state(pair.server), PSK_HANDSHAKE);
    feed(pair.server, finished, sizeof finished, SIZE_MAX);
    failed_with(pair.server, TLS_ALERT_BAD_RECORD_MAC);
    assert_int_equal(pair.lookups, 0);
    pair_close(&pair);
}

static void a_message_that_is_too_long_is_refused_before_it_is_there(void **state)
{
    (void)state;
    static const uint8_t wire[] = {TLS_HANDSHAKE, 3, 1, 0, 4, TLS_CLIENT_HELLO, 1, 0, 0};
    struct pair pair;
    pair_open(&pair, NULL, NULL);
    feed(pair.server, wire, sizeof wire, SIZE_MAX);
    failed_with(pair.server, TLS_ALERT_DECODE_ERROR);
    pair_close(&pair);
}

static void a_change_of_keys_is_judged(void **state)
{
    (void)state;
    static const uint8_t early[] = {TLS_CHANGE_CIPHER_SPEC, 3, 3, 0, 1, 1};
    static const uint8_t wrong[] = {TLS_CHANGE_CIPHER_SPEC, 3, 3, 0, 1, 2};
    static const uint8_t twice[] = {TLS_CHANGE_CIPHER_SPEC, 3, 3, 0, 2, 1, 1};
    static const uint8_t half[] = {TLS_HANDSHAKE, 3, 3, 0, 1, TLS_FINISHED};
    struct pair pair;
    pair_open(&pair, &plain, NULL);
    feed(pair.server, early, sizeof early, SIZE_MAX);
    failed_with(pair.server, TLS_ALERT_UNEXPECTED_MESSAGE);
    pair_close(&pair);
    for (int kind = 0; kind < 3; kind++) {
        pair_open(&pair, &plain, NULL);
        carry(pair.client, pair.server, SIZE_MAX);
        tell(pair.server, TLS_CLIENT_KEY_EXCHANGE, "\x00\x01x", 3);
        if (kind == 2) {
            feed(pair.server, half, sizeof half, SIZE_MAX);
            feed(pair.server, early, sizeof early, SIZE_MAX);
        } else {
            feed(pair.server, kind == 0 ? wrong : twice, kind == 0 ? sizeof wrong : sizeof twice,
                 SIZE_MAX);
        }
        failed_with(pair.server,
                    kind == 2 ? TLS_ALERT_UNEXPECTED_MESSAGE : TLS_ALERT_ILLEGAL_PARAMETER);
        pair_close(&pair);
    }
}

static void a_finished_in_the_clear_after_the_change_is_refused(void **state)
{
    (void)state;
    static const uint8_t change[] = {TLS_CHANGE_CIPHER_SPEC, 3, 3, 0, 1, 1};
    struct pair pair;
    pair_open(&pair, &plain, NULL);
    carry(pair.client, pair.server, SIZE_MAX);
    tell(pair.server, TLS_CLIENT_KEY_EXCHANGE, "\x00\x01x", 3);
    feed(pair.server, change, sizeof change, SIZE_MAX);
    tell(pair.server, TLS_FINISHED, "verify data!", 12);
    failed_with(pair.server, TLS_ALERT_BAD_RECORD_MAC);
    pair_close(&pair);
}

static void a_finished_before_the_change_is_refused(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair, &plain, NULL);
    carry(pair.client, pair.server, SIZE_MAX);
    tell(pair.server, TLS_CLIENT_KEY_EXCHANGE, "\x00\x01x", 3);
    tell(pair.server, TLS_FINISHED, "verify data!", 12);
    failed_with(pair.server, TLS_ALERT_UNEXPECTED_MESSAGE);
    pair_close(&pair);
}

/* Both keys are right, but the two ends saw different handshakes: the record opens, the verify_data
 * does not match. The server's transcript is changed behind the key exchange, from inside. */
static void a_finished_that_does_not_match_is_refused(void **state)
{
    (void)state;
    uint8_t wire[WIRE];
    struct pair pair;
    pair_open(&pair, &plain, NULL);
    carry(pair.client, pair.server, SIZE_MAX);
    carry(pair.server, pair.client, SIZE_MAX);
    size_t length = drain(pair.client, wire, sizeof wire);
    size_t key = TLS_RECORD_HEADER + wire[3] * 256u + wire[4];
    feed(pair.server, wire, key, SIZE_MAX);
    crypto_transcript_add(&pair.server->crypto, (const uint8_t *)"x", 1);
    feed(pair.server, wire + key, length - key, SIZE_MAX);
    failed_with(pair.server, TLS_ALERT_DECRYPT_ERROR);
    pair_close(&pair);
}

static void a_changed_hello_is_noticed(void **state)
{
    (void)state;
    uint8_t wire[WIRE];
    struct pair pair;
    pair_open(&pair, &plain, NULL);
    size_t length = drain(pair.client, wire, sizeof wire);
    wire[TLS_RECORD_HEADER + TLS_HANDSHAKE_HEADER + 5] ^= 1; /* a byte of the random */
    feed(pair.server, wire, length, SIZE_MAX);
    talk(&pair, SIZE_MAX);
    failed_with(pair.server, TLS_ALERT_BAD_RECORD_MAC);
    pair_close(&pair);
}

static bool zeroed(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static void secrets_are_wiped_when_they_have_served(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair, &x25519, NULL);
    assert_false(zeroed(pair.client->key, PSK_KEY_MAX));
    talk(&pair, SIZE_MAX);
    struct psk_endpoint *ends[] = {pair.client, pair.server};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(psk_endpoint_state(ends[i]), PSK_OPEN);
        assert_true(zeroed(ends[i]->key, PSK_KEY_MAX));
        assert_true(zeroed(ends[i]->z, CRYPTO_Z_LENGTH));
        assert_true(zeroed(ends[i]->master, PSK_MASTER_LENGTH));
        assert_true(zeroed(ends[i]->key_block, PSK_KEY_BLOCK_MAX));
    }
    pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshakes_in_one_byte_records_open),
        cmocka_unit_test(messages_joined_in_one_record_open),
        cmocka_unit_test(client_hellos_are_judged),
        cmocka_unit_test(server_hellos_are_judged),
        cmocka_unit_test(messages_out_of_order_are_refused),
        cmocka_unit_test(a_hello_request_during_the_handshake_is_passed_over),
        cmocka_unit_test(an_ecdhe_server_may_not_leave_its_share_out),
        cmocka_unit_test(a_plain_server_may_send_a_hint),
        cmocka_unit_test(server_shares_are_judged),
        cmocka_unit_test(client_shares_are_judged),
        cmocka_unit_test(an_identity_too_long_is_an_unknown_one),
        cmocka_unit_test(a_message_that_is_too_long_is_refused_before_it_is_there),
        cmocka_unit_test(a_change_of_keys_is_judged),
        cmocka_unit_test(a_finished_in_the_clear_after_the_change_is_refused),
        cmocka_unit_test(a_finished_before_the_change_is_refused),
        cmocka_unit_test(a_finished_that_does_not_match_is_refused),
        cmocka_unit_test(a_changed_hello_is_noticed),
        cmocka_unit_test(secrets_are_wiped_when_they_have_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
