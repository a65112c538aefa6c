/* The handshake codec and the record framing by themselves: what is written is read back as the same,
 * every cut of a message is refused, and each reason for refusal can be reached. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "psk_suite.h"
#include "tls_codec.h"
#include "tls_codec_write.h"
#include "tls_record.h"

static const uint8_t random_bytes[TLS_RANDOM_LENGTH] = {9, 8, 7, 6, 5, 4, 3, 2, 1};

static const struct tls_offer full_offer = {
    .suite_count = 2,
    .suite = {TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256, TLS_PSK_WITH_CHACHA20_POLY1305_SHA256},
    .group_count = 2,
    .group = {TLS_GROUP_X25519, TLS_GROUP_SECP256R1}};

/* Parses an exact copy on the heap, so that a sanitizer sees a read past the end. */
static bool parse_client_hello(const uint8_t *body, uint32_t length, struct tls_client_hello *out,
                               uint16_t *rejection)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    memcpy(copy, body, length);
    bool good = tls_client_hello_parse(copy, length, out, rejection);
    free(copy);
    return good;
}

static void a_client_hello_is_read_back(void **state)
{
    (void)state;
    uint8_t message[TLS_CLIENT_HELLO_ROOM];
    struct tls_client_hello hello;
    uint16_t rejection = 99;
    uint32_t length = tls_client_hello_write(message, random_bytes, &full_offer);
    const uint8_t *body = message + TLS_HANDSHAKE_HEADER;
    assert_int_equal(message[0], TLS_CLIENT_HELLO);
    assert_int_equal(message[2] * 256 + message[3], length - TLS_HANDSHAKE_HEADER);
    assert_true(tls_client_hello_parse(body, length - TLS_HANDSHAKE_HEADER, &hello, &rejection));
    assert_int_equal(rejection, TLS_ACCEPTED);
    assert_int_equal(hello.version, TLS_VERSION_1_2);
    assert_memory_equal(body + hello.random.offset, random_bytes, TLS_RANDOM_LENGTH);
    assert_int_equal(hello.session_id.length, 0);
    assert_int_equal(hello.suites.length, 4);
    assert_int_equal(hello.groups.length, 4);
    assert_true(tls_list_holds(body + hello.suites.offset, 4, full_offer.suite[1]));
    assert_true(tls_list_holds(body + hello.groups.offset, 4, TLS_GROUP_SECP256R1));
    assert_false(tls_list_holds(body + hello.groups.offset, 4, 0x1d00));
    assert_int_equal(hello.offers_psk, 1);
    assert_int_equal(hello.fallback_scsv, 0);
    assert_int_equal(hello.secure_renegotiation, 1);
    assert_int_equal(hello.extended_master_secret, 1);
    assert_int_equal(hello.point_formats, 1);
    assert_int_equal(hello.supported_groups, 1);
}

static void a_client_hello_without_groups_has_no_curve_extensions(void **state)
{
    (void)state;
    uint8_t message[TLS_CLIENT_HELLO_ROOM];
    struct tls_client_hello hello;
    struct tls_offer offer = {.suite_count = 1, .suite = {0x002f}};
    uint16_t rejection = 0;
    uint32_t length = tls_client_hello_write(message, random_bytes, &offer);
    assert_true(tls_client_hello_parse(message + TLS_HANDSHAKE_HEADER,
                                       length - TLS_HANDSHAKE_HEADER, &hello, &rejection));
    assert_int_equal(hello.offers_psk, 0);
    assert_int_equal(hello.groups.length, 0);
    assert_int_equal(hello.supported_groups, 0);
    assert_int_equal(hello.point_formats, 0);
}

/* It goes to the certificates, as it did before we knew the suite. */
static void a_suite_that_is_not_usual_makes_no_psk_hello(void **state)
{
    (void)state;
    uint8_t message[TLS_CLIENT_HELLO_ROOM];
    struct tls_client_hello hello;
    struct tls_offer offer = {.suite_count = 2, .suite = {0x002f, TLS_PSK_WITH_NULL_SHA256}};
    uint16_t rejection = 0;
    uint32_t length = tls_client_hello_write(message, random_bytes, &offer);
    assert_true(tls_client_hello_parse(message + TLS_HANDSHAKE_HEADER,
                                       length - TLS_HANDSHAKE_HEADER, &hello, &rejection));
    assert_int_equal(hello.offers_psk, 0);
}

static void every_cut_of_a_client_hello_is_refused_but_one(void **state)
{
    (void)state;
    uint8_t message[TLS_CLIENT_HELLO_ROOM];
    struct tls_client_hello hello;
    uint16_t rejection = 0;
    uint32_t length =
        tls_client_hello_write(message, random_bytes, &full_offer) - TLS_HANDSHAKE_HEADER;
    const uint32_t without_extensions = 2 + 32 + 1 + 2 + 4 + 2;
    for (uint32_t cut = 0; cut < length; cut++) {
        bool good = parse_client_hello(message + TLS_HANDSHAKE_HEADER, cut, &hello, &rejection);
        assert_int_equal(good, cut == without_extensions);
        assert_int_equal(rejection, good ? TLS_ACCEPTED : TLS_TRUNCATED);
    }
}

static void a_server_hello_is_read_back(void **state)
{
    (void)state;
    for (uint32_t flags = 0; flags < 4; flags++) {
        uint8_t message[TLS_SERVER_HELLO_ROOM];
        struct tls_server_hello hello;
        uint16_t rejection = 99;
        uint32_t length =
            tls_server_hello_write(message, random_bytes, 0xCCAB, flags % 2, flags / 2);
        const uint8_t *body = message + TLS_HANDSHAKE_HEADER;
        assert_true(
            tls_server_hello_parse(body, length - TLS_HANDSHAKE_HEADER, &hello, &rejection));
        assert_int_equal(hello.suite, 0xCCAB);
        assert_int_equal(hello.version, TLS_VERSION_1_2);
        assert_int_equal(hello.extended_master_secret, 1);
        assert_int_equal(hello.renegotiation_info, flags % 2);
        assert_int_equal(hello.point_formats, flags / 2);
        assert_memory_equal(body + hello.random.offset, random_bytes, TLS_RANDOM_LENGTH);
        for (uint32_t cut = 0; cut < length - TLS_HANDSHAKE_HEADER; cut++) {
            bool good = tls_server_hello_parse(body, cut, &hello, &rejection);
            assert_int_equal(good, cut == 2 + 32 + 1 + 2 + 1); /* no extensions at all */
        }
    }
}

static void key_exchanges_are_read_back(void **state)
{
    (void)state;
    static const uint8_t identity[TLS_IDENTITY_MAX] = {'p', 'e'};
    static const uint8_t share[TLS_SHARE_MAX] = {4, 5, 6};
    uint8_t message[TLS_CLIENT_KEY_EXCHANGE_ROOM];
    struct tls_key_exchange exchange;
    uint16_t rejection = 0;
    const uint8_t *body = message + TLS_HANDSHAKE_HEADER;
    uint32_t length =
        tls_client_key_exchange_write(message, identity, TLS_IDENTITY_MAX, share, TLS_SHARE_MAX) -
        TLS_HANDSHAKE_HEADER;
    assert_true(tls_client_key_exchange_parse(body, length, 1, &exchange, &rejection));
    assert_int_equal(exchange.identity.length, TLS_IDENTITY_MAX);
    assert_memory_equal(body + exchange.identity.offset, identity, TLS_IDENTITY_MAX);
    assert_memory_equal(body + exchange.share.offset, share, TLS_SHARE_MAX);
    assert_false(tls_client_key_exchange_parse(body, length, 0, &exchange, &rejection));
    assert_int_equal(rejection, TLS_TRAILING_BYTES);
    for (uint32_t cut = 0; cut < length; cut++) {
        assert_false(tls_client_key_exchange_parse(body, cut, 1, &exchange, &rejection));
    }
    length = tls_client_key_exchange_write(message, identity, 1, share, 0) - TLS_HANDSHAKE_HEADER;
    assert_true(tls_client_key_exchange_parse(body, length, 0, &exchange, &rejection));
    assert_int_equal(exchange.share.length, 0);
    length = tls_server_key_exchange_write(message, TLS_GROUP_X25519, share, TLS_SHARE_X25519) -
             TLS_HANDSHAKE_HEADER;
    assert_true(tls_server_key_exchange_parse(body, length, 1, &exchange, &rejection));
    assert_int_equal(exchange.group, TLS_GROUP_X25519);
    assert_int_equal(exchange.identity.length, 0);
    assert_memory_equal(body + exchange.share.offset, share, TLS_SHARE_X25519);
    for (uint32_t cut = 0; cut < length; cut++) {
        assert_false(tls_server_key_exchange_parse(body, cut, 1, &exchange, &rejection));
    }
}

static void a_client_hello_for_certificates_lists_signatures(void **state)
{
    (void)state;
    static const uint8_t listed[] = {0, 13, 0, 14, 0, 12, 4, 1, 5, 1, 6, 1, 4, 3, 5, 3, 6, 3};
    uint8_t plain[TLS_CLIENT_HELLO_ROOM];
    uint8_t certified[TLS_CLIENT_HELLO_ROOM];
    struct tls_offer offer = full_offer;
    struct tls_client_hello hello;
    uint16_t rejection = 99;
    uint32_t length = tls_client_hello_write(plain, random_bytes, &offer);
    offer.certified = 1;
    assert_int_equal(tls_client_hello_write(certified, random_bytes, &offer),
                     length + sizeof listed);
    assert_memory_equal(certified + length, listed, sizeof listed);
    assert_true(tls_client_hello_parse(certified + TLS_HANDSHAKE_HEADER,
                                       length + (uint32_t)sizeof listed - TLS_HANDSHAKE_HEADER,
                                       &hello, &rejection));
}

static void encrypted_key_exchanges_are_read_back(void **state)
{
    (void)state;
    static const uint8_t identity[TLS_IDENTITY_MAX] = {'i', 'd'};
    static const uint8_t encrypted[TLS_ENCRYPTED_MAX] = {1, 2, 3};
    uint8_t message[TLS_RSA_KEY_EXCHANGE_ROOM + 1];
    struct tls_key_exchange exchange;
    uint16_t rejection = 99;
    const uint8_t *body = message + TLS_HANDSHAKE_HEADER;
    uint32_t length = tls_rsa_key_exchange_write(message, identity, TLS_IDENTITY_MAX, encrypted,
                                                 TLS_ENCRYPTED_MAX);
    assert_int_equal(length, TLS_RSA_KEY_EXCHANGE_ROOM);
    assert_int_equal(message[0], TLS_CLIENT_KEY_EXCHANGE);
    assert_int_equal(message[2] * 256 + message[3], length - TLS_HANDSHAKE_HEADER);
    length -= TLS_HANDSHAKE_HEADER;
    assert_true(tls_rsa_key_exchange_parse(body, length, &exchange, &rejection));
    assert_int_equal(exchange.identity.length, TLS_IDENTITY_MAX);
    assert_memory_equal(body + exchange.identity.offset, identity, TLS_IDENTITY_MAX);
    assert_int_equal(exchange.share.length, TLS_ENCRYPTED_MAX);
    assert_memory_equal(body + exchange.share.offset, encrypted, TLS_ENCRYPTED_MAX);
    for (uint32_t cut = 0; cut < length; cut++) {
        assert_false(tls_rsa_key_exchange_parse(body, cut, &exchange, &rejection));
        assert_int_equal(rejection, TLS_TRUNCATED);
    }
    message[sizeof message - 1] = 0;
    assert_false(tls_rsa_key_exchange_parse(body, length + 1, &exchange, &rejection));
    assert_int_equal(rejection, TLS_TRAILING_BYTES);
}

static void certificates_are_read_back(void **state)
{
    (void)state;
    static const uint8_t list[] = {0, 0, 2, 'x', 'y', 0, 0, 1, 'z'};
    uint8_t message[TLS_CERTIFICATE_HEAD + sizeof list + 1];
    const uint8_t *body = message + TLS_HANDSHAKE_HEADER;
    const uint32_t length = 3 + sizeof list;
    struct tls_span chain;
    struct tls_span one;
    uint16_t rejection = 99;
    tls_certificate_head_write(message, sizeof list);
    memcpy(message + TLS_CERTIFICATE_HEAD, list, sizeof list);
    assert_int_equal(message[0], TLS_CERTIFICATE);
    assert_int_equal(message[3], length);
    assert_true(tls_certificate_parse(body, length, &chain, &rejection));
    assert_int_equal(chain.length, sizeof list);
    assert_true(tls_certificate_next(body + chain.offset, 0, chain.length, &one));
    assert_int_equal(one.length, 2);
    assert_true(tls_certificate_next(list, one.offset + one.length, chain.length, &one));
    assert_int_equal(one.length, 1);
    assert_int_equal(list[one.offset], 'z');
    assert_false(tls_certificate_next(list, one.offset + one.length, chain.length, &one));
    for (uint32_t cut = 0; cut < length; cut++) {
        assert_false(tls_certificate_parse(body, cut, &chain, &rejection));
        assert_int_equal(rejection, TLS_TRUNCATED);
    }
    message[sizeof message - 1] = 0;
    assert_false(tls_certificate_parse(body, length + 1, &chain, &rejection));
    assert_int_equal(rejection, TLS_TRAILING_BYTES);
    message[6]--; /* the list ends within its last certificate */
    assert_false(tls_certificate_parse(body, length - 1, &chain, &rejection));
    assert_int_equal(rejection, TLS_TRUNCATED);
    assert_false(tls_certificate_parse((const uint8_t *)"\0\0\3\0\0\0", 6, &chain, &rejection));
    assert_int_equal(rejection, TLS_CERTIFICATE_EMPTY);
    assert_false(tls_certificate_parse((const uint8_t *)"\0\0\0", 3, &chain, &rejection));
    assert_int_equal(rejection, TLS_CERTIFICATE_EMPTY);
}

static void short_messages_have_their_form(void **state)
{
    (void)state;
    static const uint8_t done[] = {TLS_SERVER_HELLO_DONE, 0, 0, 0};
    static const uint8_t finished[] = {TLS_FINISHED, 0,   0,   12,  'v', 'e', 'r', 'i',
                                       'f',          'y', ' ', 'd', 'a', 't', 'a', '!'};
    uint8_t message[TLS_FINISHED_LENGTH];
    assert_int_equal(tls_server_hello_done_write(message), sizeof done);
    assert_memory_equal(message, done, sizeof done);
    assert_int_equal(tls_finished_write(message, (const uint8_t *)"verify data!"), sizeof finished);
    assert_memory_equal(message, finished, sizeof finished);
}

static void each_reason_has_its_own_alert(void **state)
{
    (void)state;
    assert_int_equal(tls_rejection_alert(TLS_TRUNCATED), TLS_ALERT_DECODE_ERROR);
    assert_int_equal(tls_rejection_alert(TLS_TRAILING_BYTES), TLS_ALERT_DECODE_ERROR);
    assert_int_equal(tls_rejection_alert(TLS_COMPRESSION_NOT_NULL), TLS_ALERT_ILLEGAL_PARAMETER);
    assert_int_equal(tls_rejection_alert(TLS_RENEGOTIATING), TLS_ALERT_HANDSHAKE_FAILURE);
    assert_int_equal(tls_rejection_alert(TLS_EXTENSION_UNSOLICITED),
                     TLS_ALERT_UNSUPPORTED_EXTENSION);
}

/* Bodies of a ClientHello that are wrong in one way; 34 zero bytes of version and random lead. */
static void malformed_client_hellos_have_their_reason(void **state)
{
    (void)state;
    static const struct {
        const char *rest;
        size_t length;
        uint16_t reason;
    } cases[] = {
        {"\x21", 1, TLS_TRUNCATED},
        {"\x00\x00\x00\x01\x00", 5, TLS_SUITES_MALFORMED},
        {"\x00\x00\x01\x07\x01\x00", 6, TLS_SUITES_MALFORMED},
        {"\x00\x00\x02\x00\xa8\x00", 6, TLS_COMPRESSION_NOT_NULL},
        {"\x00\x00\x02\x00\xa8\x02\x01\x00\x00\x00\x01", 11, TLS_TRAILING_BYTES},
        {"\x00\x00\x02\x00\xa8\x01\x00\x00\x03\x00\x17\x00", 12, TLS_TRUNCATED},
        {"\x00\x00\x02\x00\xa8\x01\x00\x00\x06\x00\x0b\x00\x02\x01\x05", 15,
         TLS_UNCOMPRESSED_MISSING},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t body[64] = {3, 3};
        struct tls_client_hello hello;
        uint16_t reason = 99;
        memcpy(body + 34, cases[i].rest, cases[i].length);
        assert_false(parse_client_hello(body, 34 + (uint32_t)cases[i].length, &hello, &reason));
        assert_int_equal(reason, cases[i].reason);
    }
    uint8_t long_id[34 + 1 + 33 + 8] = {3, 3};
    struct tls_client_hello hello;
    uint16_t reason = 99;
    long_id[34] = 33;
    assert_false(parse_client_hello(long_id, sizeof long_id, &hello, &reason));
    assert_int_equal(reason, TLS_SESSION_ID_TOO_LONG);
}

static void suites_are_found_by_code(void **state)
{
    (void)state;
    struct psk_suite suite;
    uint32_t known = 0;
    for (uint32_t code = 0; code <= 0xffff; code++) {
        uint32_t index = psk_suite_index(code);
        if (index < PSK_SUITE_COUNT) {
            suite = psk_suite_get(index);
            assert_int_equal(suite.code, code);
            known++;
        }
    }
    assert_int_equal(known, PSK_SUITE_COUNT);
    suite = psk_suite_get(0);
    assert_int_equal(suite.code, TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256);
}

static void record_headers_are_read_back(void **state)
{
    (void)state;
    uint8_t header[TLS_RECORD_HEADER];
    struct tls_record record;
    tls_record_write(header, TLS_ALERT, 0x1234);
    tls_record_read(header, &record);
    assert_int_equal(record.type, TLS_ALERT);
    assert_int_equal(record.version, TLS_VERSION_1_2);
    assert_int_equal(record.length, 0x1234);
    assert_int_equal(tls_record_judge(&record, 1, 0, 0), TLS_NO_ALERT);
}

static void record_lengths_are_judged_at_their_edges(void **state)
{
    (void)state;
    struct tls_record record = {TLS_APPLICATION_DATA, TLS_VERSION_1_2, TLS_PLAINTEXT_MAX + 24};
    assert_int_equal(tls_record_judge(&record, 1, 24, 24), TLS_NO_ALERT);
    record.length++;
    assert_int_equal(tls_record_judge(&record, 1, 24, 24), TLS_ALERT_RECORD_OVERFLOW);
    record.length = 24;
    assert_int_equal(tls_record_judge(&record, 1, 24, 24), TLS_NO_ALERT);
    record.length = 23;
    assert_int_equal(tls_record_judge(&record, 1, 24, 24), TLS_ALERT_BAD_RECORD_MAC);
    record = (struct tls_record){TLS_ALERT, TLS_VERSION_1_2, 0};
    assert_int_equal(tls_record_judge(&record, 1, 0, 0), TLS_ALERT_DECODE_ERROR);
    record.length = 24;
    assert_int_equal(tls_record_judge(&record, 1, 24, 24), TLS_NO_ALERT);
    record.version = 0x0301;
    assert_int_equal(tls_record_judge(&record, 1, 24, 24), TLS_ALERT_PROTOCOL_VERSION);
    assert_int_equal(tls_record_judge(&record, 0, 24, 24), TLS_NO_ALERT);
    record.version = 0x0401;
    assert_int_equal(tls_record_judge(&record, 0, 24, 24), TLS_ALERT_PROTOCOL_VERSION);
}

static void records_with_padding_have_a_least_and_a_most(void **state)
{
    (void)state;
    struct tls_record record = {TLS_HANDSHAKE, TLS_VERSION_1_2, TLS_PLAINTEXT_MAX + 304};
    assert_int_equal(tls_record_judge(&record, 1, 64, 304), TLS_NO_ALERT);
    record.length++;
    assert_int_equal(tls_record_judge(&record, 1, 64, 304), TLS_ALERT_RECORD_OVERFLOW);
    record.length = 64; /* may hold fifteen bytes */
    assert_int_equal(tls_record_judge(&record, 1, 64, 304), TLS_NO_ALERT);
    record.length = 63;
    assert_int_equal(tls_record_judge(&record, 1, 64, 304), TLS_ALERT_BAD_RECORD_MAC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_hello_is_read_back),
        cmocka_unit_test(a_client_hello_without_groups_has_no_curve_extensions),
        cmocka_unit_test(a_suite_that_is_not_usual_makes_no_psk_hello),
        cmocka_unit_test(every_cut_of_a_client_hello_is_refused_but_one),
        cmocka_unit_test(a_server_hello_is_read_back),
        cmocka_unit_test(a_client_hello_for_certificates_lists_signatures),
        cmocka_unit_test(key_exchanges_are_read_back),
        cmocka_unit_test(encrypted_key_exchanges_are_read_back),
        cmocka_unit_test(certificates_are_read_back),
        cmocka_unit_test(short_messages_have_their_form),
        cmocka_unit_test(each_reason_has_its_own_alert),
        cmocka_unit_test(malformed_client_hellos_have_their_reason),
        cmocka_unit_test(suites_are_found_by_code),
        cmocka_unit_test(record_headers_are_read_back),
        cmocka_unit_test(record_lengths_are_judged_at_their_edges),
        cmocka_unit_test(records_with_padding_have_a_least_and_a_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
