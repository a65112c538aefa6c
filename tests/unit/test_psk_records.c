/* What a man in the middle can do to records, and what the record layer must do about it: nothing
 * changed, replayed, dropped, reordered or unprotected ever reaches the application. */
#include "psk_pair.h"
#include "psk_output.h"
#include "psk_state.h"

static const struct psk_options plain = {.without_suite = {1, 1, 0, 1}};
static const struct psk_options chacha = {.without_suite = {1, 1, 1, 0}};
static const struct psk_options null_sha256 = {.without_suite = {1, 1, 1, 1}, .with_unusual = 1};

/* One of each kind of protection. */
static const struct psk_options *const kinds[] = {&plain, &chacha, &null_sha256};
#define KINDS (sizeof kinds / sizeof *kinds)

static void open_pair(struct pair *pair, const struct psk_options *options)
{
    pair_open(pair, options, options->with_unusual != 0 ? options : NULL);
    talk(pair, SIZE_MAX);
    assert_int_equal(psk_endpoint_state(pair->server), PSK_OPEN);
    assert_int_equal(psk_endpoint_state(pair->client), PSK_OPEN);
}

/* The record at `at` of `wire`, header included. */
static size_t record_length(const uint8_t *wire, size_t at)
{
    return TLS_RECORD_HEADER + wire[at + 3] * 256u + wire[at + 4];
}

static void any_flipped_bit_ends_the_connection(void **state)
{
    (void)state;
    uint8_t wire[256] = {0};
    struct pair pair;
    for (size_t kind = 0; kind < KINDS; kind++) {
        size_t length = 1;
        /* the header's version and length bytes have alerts of their own */
        for (size_t at = 5; at < length || at == 5; at++) {
            open_pair(&pair, kinds[kind]);
            say(pair.client, "secret", 6);
            length = drain(pair.client, wire, sizeof wire);
            wire[at] ^= 0x10;
            feed(pair.server, wire, length, SIZE_MAX);
            failed_with(pair.server, TLS_ALERT_BAD_RECORD_MAC);
            pair_close(&pair);
        }
    }
}

static void a_changed_type_ends_the_connection(void **state)
{
    (void)state;
    uint8_t wire[256] = {0};
    struct pair pair;
    for (size_t kind = 0; kind < KINDS; kind++) {
        open_pair(&pair, kinds[kind]);
        say(pair.client, "secret", 6);
        size_t length = drain(pair.client, wire, sizeof wire);
        wire[0] = TLS_HANDSHAKE;
        feed(pair.server, wire, length, SIZE_MAX);
        failed_with(pair.server, TLS_ALERT_BAD_RECORD_MAC);
        pair_close(&pair);
    }
}

static void a_replayed_record_ends_the_connection(void **state)
{
    (void)state;
    uint8_t wire[256] = {0};
    struct pair pair;
    for (size_t kind = 0; kind < KINDS; kind++) {
        open_pair(&pair, kinds[kind]);
        say(pair.client, "once", 4);
        size_t length = drain(pair.client, wire, sizeof wire);
        uint8_t copy[256];
        memcpy(copy, wire, length);
        feed(pair.server, wire, length, SIZE_MAX);
        hears(pair.server, "once");
        feed(pair.server, copy, length, SIZE_MAX);
        failed_with(pair.server, TLS_ALERT_BAD_RECORD_MAC);
        pair_close(&pair);
    }
}

static void reordered_records_end_the_connection(void **state)
{
    (void)state;
    uint8_t wire[512] = {0};
    struct pair pair;
    open_pair(&pair, &chacha);
    say(pair.client, "first", 5);
    say(pair.client, "second", 6);
    size_t length = drain(pair.client, wire, sizeof wire);
    size_t first = record_length(wire, 0);
    feed(pair.server, wire + first, length - first, SIZE_MAX);
    failed_with(pair.server, TLS_ALERT_BAD_RECORD_MAC);
    pair_close(&pair);
}

static void a_dropped_record_is_noticed_with_the_next(void **state)
{
    (void)state;
    uint8_t wire[512] = {0};
    struct pair pair;
    open_pair(&pair, &plain);
    say(pair.server, "dropped", 7);
    drain(pair.server, wire, sizeof wire);
    say(pair.server, "next", 4);
    size_t length = drain(pair.server, wire, sizeof wire);
    feed(pair.client, wire, length, SIZE_MAX);
    failed_with(pair.client, TLS_ALERT_BAD_RECORD_MAC);
    pair_close(&pair);
}

static void a_cut_record_shows_nothing(void **state)
{
    (void)state;
    uint8_t wire[256] = {0};
    struct pair pair;
    open_pair(&pair, &plain);
    say(pair.client, "all or nothing", 14);
    size_t length = drain(pair.client, wire, sizeof wire);
    feed(pair.server, wire, length - 1, 1);
    hears_nothing(pair.server);
    assert_int_equal(psk_endpoint_state(pair.server), PSK_OPEN);
    feed(pair.server, wire + length - 1, 1, 1);
    hears(pair.server, "all or nothing");
    pair_close(&pair);
}

static void a_record_shorter_than_its_protection_is_not_authentic(void **state)
{
    (void)state;
    static const uint8_t wire[] = {TLS_APPLICATION_DATA, 3, 3, 0, 3, 'a', 'b', 'c'};
    struct pair pair;
    open_pair(&pair, &plain);
    feed(pair.server, wire, sizeof wire, SIZE_MAX);
    failed_with(pair.server, TLS_ALERT_BAD_RECORD_MAC);
    pair_close(&pair);
}

static void an_unprotected_record_of_full_size_is_not_authentic(void **state)
{
    (void)state;
    uint8_t wire[5 + 64] = {TLS_APPLICATION_DATA, 3, 3, 0, 64};
    struct pair pair;
    open_pair(&pair, &chacha);
    feed(pair.server, wire, sizeof wire, SIZE_MAX);
    failed_with(pair.server, TLS_ALERT_BAD_RECORD_MAC);
    pair_close(&pair);
}

/* A record under the keys of `from`, of any type and length, from behind its back. */
static size_t forge(struct psk_endpoint *from, uint32_t type, uint32_t length, uint8_t *wire)
{
    memset(wire + TLS_RECORD_HEADER + from->suite.nonce_length, 'x', length);
    return crypto_seal(&from->crypto, type, wire, length);
}

static void an_authentic_record_of_nothing_is_refused_unless_it_is_of_data(void **state)
{
    (void)state;
    uint8_t wire[256] = {0};
    struct pair pair;
    for (size_t kind = 0; kind < KINDS; kind++) {
        open_pair(&pair, kinds[kind]);
        size_t length = forge(pair.client, TLS_APPLICATION_DATA, 0, wire);
        feed(pair.server, wire, length, SIZE_MAX);
        assert_int_equal(psk_endpoint_state(pair.server), PSK_OPEN);
        length = forge(pair.client, TLS_HANDSHAKE, 0, wire);
        feed(pair.server, wire, length, SIZE_MAX);
        failed_with(pair.server, TLS_ALERT_DECODE_ERROR);
        pair_close(&pair);
    }
}

/* Where padding hides how much is in a record, the plaintext still has its limit. */
static void an_authentic_record_of_too_much_is_refused(void **state)
{
    (void)state;
    static uint8_t wire[CRYPTO_BEFORE + CRYPTO_PROTECTED_MAX];
    struct pair pair;
    for (uint32_t more = 0; more < 2; more++) {
        open_pair(&pair, &null_sha256);
        pair.server->suite.expansion_max = CRYPTO_EXPANSION_MAX;
        size_t length = forge(pair.client, TLS_APPLICATION_DATA, TLS_PLAINTEXT_MAX + more, wire);
        feed(pair.server, wire, length, SIZE_MAX);
        if (more == 0) {
            psk_endpoint_app_in(pair.server, &length);
            assert_int_equal(length, TLS_PLAINTEXT_MAX);
        } else {
            failed_with(pair.server, TLS_ALERT_RECORD_OVERFLOW);
        }
        pair_close(&pair);
    }
}

static void a_null_suite_hides_nothing(void **state)
{
    (void)state;
    uint8_t wire[256] = {0};
    struct pair pair;
    open_pair(&pair, &null_sha256);
    assert_int_equal(psk_endpoint_suite(pair.server), TLS_PSK_WITH_NULL_SHA256);
    say(pair.client, "public", 6);
    assert_int_equal(drain(pair.client, wire, sizeof wire), TLS_RECORD_HEADER + 6 + 32);
    assert_memory_equal(wire + TLS_RECORD_HEADER, "public", 6);
    pair_close(&pair);
}

static void data_before_the_handshake_is_refused(void **state)
{
    (void)state;
    static const uint8_t wire[] = {TLS_APPLICATION_DATA, 3, 3, 0, 3, 'a', 'b', 'c'};
    struct pair pair;
    pair_open(&pair, NULL, NULL);
    feed(pair.server, wire, sizeof wire, SIZE_MAX);
    failed_with(pair.server, TLS_ALERT_UNEXPECTED_MESSAGE);
    feed(pair.client, wire, sizeof wire, SIZE_MAX);
    failed_with(pair.client, TLS_ALERT_UNEXPECTED_MESSAGE);
    pair_close(&pair);
}

static void headers_are_judged(void **state)
{
    (void)state;
    static const struct {
        uint8_t header[5];
        int alert;
    } cases[] = {
        {{'G', 'E', 'T', ' ', '/'}, TLS_ALERT_UNEXPECTED_MESSAGE},
        {{TLS_HANDSHAKE, 2, 0, 0, 10}, TLS_ALERT_PROTOCOL_VERSION},
        {{TLS_HANDSHAKE, 3, 1, 0x40, 1}, TLS_ALERT_RECORD_OVERFLOW},
        {{TLS_HANDSHAKE, 3, 1, 0, 0}, TLS_ALERT_DECODE_ERROR},
        {{24, 3, 3, 0, 1}, TLS_ALERT_UNEXPECTED_MESSAGE},
        {{TLS_ALERT, 3, 3, 0, 0}, TLS_ALERT_DECODE_ERROR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pair pair;
        pair_open(&pair, NULL, NULL);
        feed(pair.server, cases[i].header, 5, SIZE_MAX);
        failed_with(pair.server, cases[i].alert);
        pair_close(&pair);
    }
}

static void after_the_hello_the_version_of_records_is_fixed(void **state)
{
    (void)state;
    static const uint8_t header[] = {TLS_HANDSHAKE, 3, 1, 0, 10};
    struct pair pair;
    pair_open(&pair, NULL, NULL);
    carry(pair.client, pair.server, SIZE_MAX);
    feed(pair.server, header, sizeof header, SIZE_MAX);
    failed_with(pair.server, TLS_ALERT_PROTOCOL_VERSION);
    pair_close(&pair);
}

static void a_protected_record_may_not_be_longer_than_its_maximum(void **state)
{
    (void)state;
    static const uint8_t gcm[] = {TLS_APPLICATION_DATA, 3, 3, 0x40, 25};
    static const uint8_t poly[] = {TLS_APPLICATION_DATA, 3, 3, 0x40, 17};
    static const uint8_t mac[] = {TLS_APPLICATION_DATA, 3, 3, 0x40, 33};
    struct pair pair;
    open_pair(&pair, &plain);
    feed(pair.server, gcm, sizeof gcm, SIZE_MAX);
    failed_with(pair.server, TLS_ALERT_RECORD_OVERFLOW);
    pair_close(&pair);
    open_pair(&pair, &chacha);
    feed(pair.server, poly, sizeof poly, SIZE_MAX);
    failed_with(pair.server, TLS_ALERT_RECORD_OVERFLOW);
    pair_close(&pair);
    open_pair(&pair, &null_sha256);
    feed(pair.server, mac, sizeof mac, SIZE_MAX);
    failed_with(pair.server, TLS_ALERT_RECORD_OVERFLOW);
    pair_close(&pair);
}

/* Sends `total` bytes from one end to the other, as much at a time as there is room. */
static void pour(struct psk_endpoint *from, struct psk_endpoint *to, size_t total, size_t piece)
{
    size_t sent = 0;
    size_t heard = 0;
    while (heard < total) {
        size_t room = 0;
        uint8_t *out = psk_endpoint_app_out(from, &room);
        size_t n = total - sent < room ? total - sent : room;
        for (size_t i = 0; i < n; i++) {
            out[i] = (uint8_t)((sent + i) * 7u);
        }
        psk_endpoint_app_out_done(from, n);
        sent += n;
        psk_endpoint_flush(from);
        uint8_t wire[40000];
        size_t length = drain(from, wire, sizeof wire);
        size_t fed = 0;
        do {
            fed += feed(to, wire + fed, length - fed, piece);
            const uint8_t *in = psk_endpoint_app_in(to, &n);
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(in[i], (uint8_t)((heard + i) * 7u));
            }
            psk_endpoint_app_in_done(to, n);
            heard += n;
        } while (fed < length || n > 0);
    }
}

static void large_data_goes_both_ways(void **state)
{
    (void)state;
    struct pair pair;
    for (size_t kind = 0; kind < KINDS; kind++) {
        open_pair(&pair, kinds[kind]);
        pour(pair.client, pair.server, 200000, SIZE_MAX);
        pour(pair.server, pair.client, 200000, 1000);
        pair_close(&pair);
    }
}

static void many_records_wait_in_the_buffer(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair, &chacha);
    for (int i = 0; i < 100; i++) {
        say(pair.client, "message", 7);
    }
    carry(pair.client, pair.server, SIZE_MAX);
    for (int i = 0; i < 100; i++) {
        hears(pair.server, "message");
    }
    hears_nothing(pair.server);
    pair_close(&pair);
}

static void a_peer_that_does_not_read_stops_the_sender(void **state)
{
    (void)state;
    struct pair pair;
    size_t room = 1;
    size_t total = 0;
    open_pair(&pair, &plain);
    while (room > 0) {
        psk_endpoint_app_out(pair.client, &room);
        psk_endpoint_app_out_done(pair.client, room < 700 ? room : 700);
        psk_endpoint_flush(pair.client);
        total += room < 700 ? room : 700;
        assert_true(total < 2 * PSK_OUT_SIZE);
    }
    assert_int_equal(psk_endpoint_state(pair.client), PSK_OPEN);
    psk_endpoint_close(pair.client);
    assert_int_equal(psk_endpoint_alert_sent(pair.client), TLS_ALERT_CLOSE_NOTIFY);
    pair_close(&pair);
}

static void close_notify_goes_both_ways(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair, &plain);
    say(pair.client, "last words", 10);
    psk_endpoint_close(pair.client);
    assert_int_equal(psk_endpoint_state(pair.client), PSK_CLOSED);
    carry(pair.client, pair.server, SIZE_MAX);
    hears(pair.server, "last words");
    assert_int_equal(psk_endpoint_state(pair.server), PSK_CLOSED);
    assert_int_equal(psk_endpoint_alert_received(pair.server), TLS_ALERT_CLOSE_NOTIFY);
    assert_int_equal(psk_endpoint_alert_sent(pair.server), TLS_ALERT_CLOSE_NOTIFY);
    assert_string_equal(psk_endpoint_error(pair.server), "");
    size_t room = 1;
    psk_endpoint_wire_in(pair.server, &room);
    assert_int_equal(room, 0);
    psk_endpoint_app_out(pair.server, &room);
    assert_int_equal(room, 0);
    pair_close(&pair);
}

static void closing_before_the_end_of_the_handshake_is_a_failure(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair, NULL, NULL);
    psk_endpoint_close(pair.client);
    carry(pair.client, pair.server, SIZE_MAX);
    assert_int_equal(psk_endpoint_state(pair.server), PSK_FAILED);
    assert_int_equal(psk_endpoint_alert_received(pair.server), TLS_ALERT_CLOSE_NOTIFY);
    pair_close(&pair);
}

static void the_record_limit_closes_the_sender(void **state)
{
    (void)state;
    struct psk_options options = {.record_limit = 6};
    struct pair pair;
    open_pair(&pair, &options);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(psk_endpoint_state(pair.client), PSK_OPEN);
        say(pair.client, "word", 4);
    }
    assert_int_equal(psk_endpoint_state(pair.client), PSK_CLOSED);
    assert_int_equal(psk_endpoint_alert_sent(pair.client), TLS_ALERT_CLOSE_NOTIFY);
    assert_true(strlen(psk_endpoint_error(pair.client)) > 0);
    carry(pair.client, pair.server, SIZE_MAX);
    for (int i = 0; i < 4; i++) {
        hears(pair.server, "word");
    }
    assert_int_equal(psk_endpoint_state(pair.server), PSK_CLOSED);
    pair_close(&pair);
}

static void the_record_limit_closes_the_receiver(void **state)
{
    (void)state;
    struct psk_options options = {.record_limit = 5};
    struct pair pair;
    open_pair(&pair, &options);
    for (int i = 0; i < 5; i++) {
        say(pair.server, "word", 4);
    }
    carry(pair.server, pair.client, SIZE_MAX);
    for (int i = 0; i < 4; i++) {
        hears(pair.client, "word");
    }
    hears_nothing(pair.client);
    assert_int_equal(psk_endpoint_state(pair.client), PSK_CLOSED);
    pair_close(&pair);
}

/* Sends a record of our own making, under the keys of the connection. */
static void inject(struct psk_endpoint *from, struct psk_endpoint *to, uint32_t type,
                   const uint8_t *bytes, uint32_t length)
{
    assert_true(psk_send_record(from, type, bytes, length));
    carry(from, to, SIZE_MAX);
}

static void warnings_are_borne_up_to_a_limit(void **state)
{
    (void)state;
    static const uint8_t warning[] = {TLS_ALERT_LEVEL_WARNING, TLS_ALERT_USER_CANCELED};
    struct pair pair;
    open_pair(&pair, &plain);
    for (uint32_t i = 0; i < PSK_NUISANCE_MAX; i++) {
        inject(pair.client, pair.server, TLS_ALERT, warning, 2);
        assert_int_equal(psk_endpoint_state(pair.server), PSK_OPEN);
    }
    inject(pair.client, pair.server, TLS_ALERT, warning, 2);
    failed_with(pair.server, TLS_ALERT_UNEXPECTED_MESSAGE);
    pair_close(&pair);
}

static void data_makes_up_for_warnings(void **state)
{
    (void)state;
    static const uint8_t warning[] = {TLS_ALERT_LEVEL_WARNING, TLS_ALERT_USER_CANCELED};
    struct pair pair;
    open_pair(&pair, &plain);
    for (uint32_t i = 0; i < 3 * PSK_NUISANCE_MAX; i++) {
        inject(pair.client, pair.server, TLS_ALERT, warning, 2);
        say(pair.client, "data", 4);
        carry(pair.client, pair.server, SIZE_MAX);
        hears(pair.server, "data");
    }
    pair_close(&pair);
}

static void a_cut_alert_is_put_together(void **state)
{
    (void)state;
    static const uint8_t alert[] = {TLS_ALERT_LEVEL_FATAL, TLS_ALERT_INTERNAL_ERROR};
    struct pair pair;
    open_pair(&pair, &plain);
    inject(pair.client, pair.server, TLS_ALERT, alert, 1);
    assert_int_equal(psk_endpoint_state(pair.server), PSK_OPEN);
    inject(pair.client, pair.server, TLS_ALERT, alert + 1, 1);
    assert_int_equal(psk_endpoint_state(pair.server), PSK_FAILED);
    assert_int_equal(psk_endpoint_alert_received(pair.server), TLS_ALERT_INTERNAL_ERROR);
    assert_int_equal(psk_endpoint_alert_sent(pair.server), -1);
    pair_close(&pair);
}

static void an_alert_of_no_level_is_refused(void **state)
{
    (void)state;
    static const uint8_t alert[] = {7, TLS_ALERT_INTERNAL_ERROR};
    struct pair pair;
    open_pair(&pair, &plain);
    inject(pair.client, pair.server, TLS_ALERT, alert, 2);
    failed_with(pair.server, TLS_ALERT_ILLEGAL_PARAMETER);
    pair_close(&pair);
}

static void renegotiation_is_declined_and_the_connection_goes_on(void **state)
{
    (void)state;
    static const uint8_t hello[] = {TLS_CLIENT_HELLO, 0, 0, 3, 'x', 'y', 'z'};
    struct pair pair;
    open_pair(&pair, &plain);
    inject(pair.client, pair.server, TLS_HANDSHAKE, hello, sizeof hello);
    assert_int_equal(psk_endpoint_alert_sent(pair.server), TLS_ALERT_NO_RENEGOTIATION);
    carry(pair.server, pair.client, SIZE_MAX);
    assert_int_equal(psk_endpoint_alert_received(pair.client), TLS_ALERT_NO_RENEGOTIATION);
    say(pair.client, "still here", 10);
    carry(pair.client, pair.server, SIZE_MAX);
    hears(pair.server, "still here");
    pair_close(&pair);
}

static void a_hello_request_is_declined(void **state)
{
    (void)state;
    static const uint8_t request[] = {TLS_HELLO_REQUEST, 0, 0, 0};
    struct pair pair;
    open_pair(&pair, &plain);
    inject(pair.server, pair.client, TLS_HANDSHAKE, request, sizeof request);
    assert_int_equal(psk_endpoint_state(pair.client), PSK_OPEN);
    assert_int_equal(psk_endpoint_alert_sent(pair.client), TLS_ALERT_NO_RENEGOTIATION);
    inject(pair.client, pair.server, TLS_HANDSHAKE, request, sizeof request);
    failed_with(pair.server, TLS_ALERT_UNEXPECTED_MESSAGE);
    pair_close(&pair);
}

static void renegotiation_over_and_over_ends_the_connection(void **state)
{
    (void)state;
    static const uint8_t hello[] = {TLS_CLIENT_HELLO, 0, 0, 0};
    struct pair pair;
    open_pair(&pair, &plain);
    for (uint32_t i = 0; i < PSK_NUISANCE_MAX; i++) {
        inject(pair.client, pair.server, TLS_HANDSHAKE, hello, sizeof hello);
        assert_int_equal(psk_endpoint_state(pair.server), PSK_OPEN);
    }
    inject(pair.client, pair.server, TLS_HANDSHAKE, hello, sizeof hello);
    failed_with(pair.server, TLS_ALERT_UNEXPECTED_MESSAGE);
    pair_close(&pair);
}

static void a_second_change_of_keys_is_refused(void **state)
{
    (void)state;
    static const uint8_t change[] = {1};
    struct pair pair;
    open_pair(&pair, &plain);
    inject(pair.client, pair.server, TLS_CHANGE_CIPHER_SPEC, change, 1);
    failed_with(pair.server, TLS_ALERT_UNEXPECTED_MESSAGE);
    pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_flipped_bit_ends_the_connection),
        cmocka_unit_test(a_changed_type_ends_the_connection),
        cmocka_unit_test(a_replayed_record_ends_the_connection),
        cmocka_unit_test(reordered_records_end_the_connection),
        cmocka_unit_test(a_dropped_record_is_noticed_with_the_next),
        cmocka_unit_test(a_cut_record_shows_nothing),
        cmocka_unit_test(a_record_shorter_than_its_protection_is_not_authentic),
        cmocka_unit_test(an_unprotected_record_of_full_size_is_not_authentic),
        cmocka_unit_test(an_authentic_record_of_nothing_is_refused_unless_it_is_of_data),
        cmocka_unit_test(an_authentic_record_of_too_much_is_refused),
        cmocka_unit_test(a_null_suite_hides_nothing),
        cmocka_unit_test(data_before_the_handshake_is_refused),
        cmocka_unit_test(headers_are_judged),
        cmocka_unit_test(after_the_hello_the_version_of_records_is_fixed),
        cmocka_unit_test(a_protected_record_may_not_be_longer_than_its_maximum),
        cmocka_unit_test(large_data_goes_both_ways),
        cmocka_unit_test(many_records_wait_in_the_buffer),
        cmocka_unit_test(a_peer_that_does_not_read_stops_the_sender),
        cmocka_unit_test(close_notify_goes_both_ways),
        cmocka_unit_test(closing_before_the_end_of_the_handshake_is_a_failure),
        cmocka_unit_test(the_record_limit_closes_the_sender),
        cmocka_unit_test(the_record_limit_closes_the_receiver),
        cmocka_unit_test(warnings_are_borne_up_to_a_limit),
        cmocka_unit_test(data_makes_up_for_warnings),
        cmocka_unit_test(a_cut_alert_is_put_together),
        cmocka_unit_test(an_alert_of_no_level_is_refused),
        cmocka_unit_test(renegotiation_is_declined_and_the_connection_goes_on),
        cmocka_unit_test(a_hello_request_is_declined),
        cmocka_unit_test(renegotiation_over_and_over_ends_the_connection),
        cmocka_unit_test(a_second_change_of_keys_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
