/* Two ends of secure_channel.h in memory, and a third party between them that cuts, flips and
 * repeats what goes by. Certificates and keys are made for the run (throwaway_pki.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "certificate_check.h"
#include "certificate_curves.h"
#include "certificate_engine.h"
#include "certificate_store.h"
#include "certificate_watch.h"
#include "secure_channel.h"
#include "secure_configuration_parts.h"
#include "throwaway_pki.h"

#define KEY "00112233445566778899aabbccddeeff"
#define OTHER "ffeeddccbbaa99887766554433221100"
#define WIRE_MAX 131072u

static struct secure_problem problem;
static struct secure_server_configuration *rsa_server; /* certificate, CBC suite on, and keys */
static struct secure_server_configuration *ec_server;  /* certificate alone */
static struct secure_server_configuration *key_server; /* keys alone */
static struct secure_client_configuration *certificate_client;
static struct secure_client_configuration *key_client;
static struct secure_client_configuration *wrong_key_client;
static struct secure_reference registrar;

static struct secure_channel *client;
static struct secure_channel *server;

/* ---- set-up ---- */

static struct secure_server_configuration *load_server(const char *certificate, const char *key,
                                                       const char *keys, bool cbc)
{
    struct secure_server_options options = {certificate != NULL ? pki_path(certificate) : NULL,
                                            key != NULL ? pki_path(key) : NULL,
                                            keys != NULL ? pki_path(keys) : NULL, cbc};
    return secure_server_configuration_load(&options, &problem);
}

static struct secure_client_configuration *load_client(const char *keys, const char *identity,
                                                       const char *anchors)
{
    struct secure_client_options options = {keys != NULL ? pki_path(keys) : NULL, identity,
                                            anchors != NULL ? pki_path(anchors) : NULL, false};
    return secure_client_configuration_load(&options, &problem);
}

static int make_world(void **state)
{
    (void)state;
    if (pki_open() != 0 || pki_make() != 0 ||
        pki_write("keys", "web-1 pe " KEY "\nweb-2 pe " OTHER "\n") != 0 ||
        pki_write("web-1", "web-1 pe " KEY "\n") != 0 ||
        pki_write("wrong", "web-1 pe " OTHER "\n") != 0) {
        return -1;
    }
    rsa_server = load_server("rsa.pem", "rsa.key", "keys", true);
    ec_server = load_server("ec.pem", "ec.key", NULL, false);
    key_server = load_server(NULL, NULL, "keys", false);
    certificate_client = load_client(NULL, NULL, "ca.pem");
    key_client = load_client("web-1", NULL, NULL);
    wrong_key_client = load_client("wrong", NULL, NULL);
    return rsa_server == NULL || ec_server == NULL || key_server == NULL ||
                   certificate_client == NULL || key_client == NULL || wrong_key_client == NULL ||
                   !secure_reference_parse(&registrar, "registrar.test", &problem)
               ? -1
               : 0;
}

static int end_world(void **state)
{
    (void)state;
    secure_server_configuration_release(rsa_server);
    secure_server_configuration_release(ec_server);
    secure_server_configuration_release(key_server);
    secure_client_configuration_release(certificate_client);
    secure_client_configuration_release(key_client);
    secure_client_configuration_release(wrong_key_client);
    return pki_close();
}

static void make_pair(struct secure_server_configuration *serving,
                      struct secure_client_configuration *asking)
{
    server = secure_channel_new_server(serving);
    client = secure_channel_new_client(asking, &registrar, (uint64_t)time(NULL));
    assert_non_null(server);
    assert_non_null(client);
}

static int free_pair(void **state)
{
    (void)state;
    secure_channel_free(client);
    secure_channel_free(server);
    client = NULL;
    server = NULL;
    return 0;
}

/* ---- the wire ---- */

/* Takes all that `from` wants to send, at most WIRE_MAX bytes. */
static size_t take_out(struct secure_channel *from, uint8_t *wire)
{
    size_t total = 0;
    size_t length = 0;
    const uint8_t *bytes = secure_channel_wire_out(from, &length);
    while (bytes != NULL && length <= WIRE_MAX - total) {
        memcpy(wire + total, bytes, length);
        total += length;
        secure_channel_wire_out_done(from, length);
        bytes = secure_channel_wire_out(from, &length);
    }
    return total;
}

/* Gives `wire` to `to`, in steps of at most `step` bytes; returns how much it took. */
static size_t put_in(struct secure_channel *to, const uint8_t *wire, size_t length, size_t step)
{
    size_t given = 0;
    while (given < length) {
        size_t room = 0;
        uint8_t *bytes = secure_channel_wire_in(to, &room);
        size_t part = length - given;
        if (bytes == NULL) {
            break;
        }
        part = part < room ? part : room;
        part = part < step ? part : step;
        memcpy(bytes, wire + given, part);
        secure_channel_wire_in_done(to, part);
        given += part;
    }
    return given;
}

/* One way; true when something moved. */
static bool carry(struct secure_channel *from, struct secure_channel *to, size_t step)
{
    static uint8_t wire[WIRE_MAX];
    size_t length = take_out(from, wire);
    (void)put_in(to, wire, length, step);
    return length > 0;
}

static void pump(size_t step)
{
    bool moved = true;
    while (moved) {
        moved = carry(client, server, step);
        moved = carry(server, client, step) || moved;
    }
}

static void expect_open(bool psk)
{
    assert_string_equal(secure_channel_error(client), "");
    assert_string_equal(secure_channel_error(server), "");
    assert_int_equal(secure_channel_state(client), SECURE_OPEN);
    assert_int_equal(secure_channel_state(server), SECURE_OPEN);
    assert_int_equal(secure_channel_failure(client), SECURE_FAILURE_NONE);
    assert_int_equal(secure_channel_is_psk(client), psk);
    assert_int_equal(secure_channel_is_psk(server), psk);
    assert_int_equal(secure_channel_suite(client), secure_channel_suite(server));
    assert_int_not_equal(secure_channel_suite(client), 0);
}

/* ---- application data ---- */

/* Puts what fits of `length` bytes into the channel; returns how many. */
static size_t say(struct secure_channel *from, const uint8_t *bytes, size_t length)
{
    size_t room = 0;
    uint8_t *to = secure_channel_app_out(from, &room);
    size_t part = length < room ? length : room;
    if (to != NULL) {
        memcpy(to, bytes, part);
        secure_channel_app_out_done(from, part);
    }
    secure_channel_flush(from);
    return part;
}

static size_t hear(struct secure_channel *to, uint8_t *bytes, size_t room)
{
    size_t total = 0;
    size_t length = 0;
    const uint8_t *from = secure_channel_app_in(to, &length);
    while (from != NULL && length <= room - total) {
        memcpy(bytes + total, from, length);
        total += length;
        secure_channel_app_in_done(to, length);
        from = secure_channel_app_in(to, &length);
    }
    return total;
}

/* A large message from one end to the other, in one piece as far as the application sees. */
static void expect_transfer(struct secure_channel *from, struct secure_channel *to, size_t step)
{
    static uint8_t sent[100000];
    static uint8_t received[sizeof sent];
    static uint8_t wire[WIRE_MAX];
    size_t said = 0;
    size_t heard = 0;
    for (size_t i = 0; i < sizeof sent; i++) {
        sent[i] = (uint8_t)(i * 7 + i / 251);
    }
    while (heard < sizeof sent) {
        said += say(from, sent + said, sizeof sent - said);
        size_t length = take_out(from, wire);
        size_t given = 0;
        assert_true(length > 0);
        while (given < length) {
            given += put_in(to, wire + given, length - given, step);
            heard += hear(to, received + heard, sizeof received - heard);
        }
    }
    assert_memory_equal(sent, received, sizeof sent);
}

static void expect_conversation(size_t step)
{
    expect_transfer(client, server, step);
    expect_transfer(server, client, step);
}

/* ---- good connections ---- */

static void a_certificate_connection_carries_data_both_ways(void **state)
{
    struct secure_server_configuration *servers[] = {rsa_server, ec_server};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        make_pair(servers[i], certificate_client);
        pump(WIRE_MAX);
        expect_open(false);
        assert_int_equal(secure_channel_suite(client), i == 0 ? 0xC02F : 0xC02B);
        expect_conversation(WIRE_MAX);
        (void)free_pair(state);
    }
}

static void a_key_connection_carries_data_both_ways(void **state)
{
    struct secure_server_configuration *servers[] = {rsa_server, key_server};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        make_pair(servers[i], key_client);
        pump(WIRE_MAX);
        expect_open(true);
        assert_int_equal(secure_channel_suite(client), 0xD001);
        expect_conversation(WIRE_MAX);
        (void)free_pair(state);
    }
}

static void bytes_may_come_one_by_one(void **state)
{
    (void)state;
    make_pair(rsa_server, certificate_client);
    pump(1);
    expect_open(false);
    expect_conversation(1);
    (void)free_pair(state);
    make_pair(rsa_server, key_client);
    pump(1);
    expect_open(true);
    expect_conversation(1);
}

/* Cuts every plain handshake record into records of `piece` bytes. */
static size_t recut(uint8_t *out, const uint8_t *in, size_t length, size_t piece)
{
    size_t written = 0;
    for (size_t at = 0; at + 5 <= length;) {
        size_t end = at + 5 + in[at + 3] * 256u + in[at + 4];
        for (size_t from = at + 5; from < end; from += piece) {
            size_t part = end - from < piece ? end - from : piece;
            uint8_t header[5] = {in[at], in[at + 1], in[at + 2], (uint8_t)(part / 256),
                                 (uint8_t)(part % 256)};
            memcpy(out + written, header, 5);
            memcpy(out + written + 5, in + from, part);
            written += 5 + part;
        }
        at = end;
    }
    return written;
}

static void a_hello_in_small_records_is_understood(void **state)
{
    static uint8_t wire[WIRE_MAX];
    static uint8_t cut[WIRE_MAX];
    struct secure_client_configuration *clients[] = {certificate_client, key_client};
    static const size_t pieces[] = {1, 7, 100};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < 3; j++) {
            make_pair(rsa_server, clients[i]);
            size_t length = recut(cut, wire, take_out(client, wire), pieces[j]);
            assert_int_equal(put_in(server, cut, length, j == 0 ? 1 : length), length);
            pump(WIRE_MAX);
            expect_open(i == 1);
            (void)free_pair(state);
        }
    }
}

static void only_a_proven_identity_is_told(void **state)
{
    char name[SECURE_IDENTITY_MAX + 1] = "x";
    char small[5];
    (void)state;
    make_pair(rsa_server, key_client);
    assert_false(secure_channel_peer(server, name, sizeof name));
    assert_string_equal(name, "");
    (void)carry(client, server, WIRE_MAX); /* ClientHello */
    (void)carry(server, client, WIRE_MAX);
    assert_false(secure_channel_peer(server, name, sizeof name));
    pump(WIRE_MAX);
    expect_open(true);
    assert_true(secure_channel_peer(server, name, sizeof name));
    assert_string_equal(name, "web-1");
    assert_false(secure_channel_peer(server, small, sizeof small));
    assert_string_equal(small, "");
    assert_false(secure_channel_peer(client, name, sizeof name));
    (void)free_pair(state);
    make_pair(rsa_server, certificate_client);
    pump(WIRE_MAX);
    assert_false(secure_channel_peer(server, name, sizeof name));
}

static void hellos_differ_from_connection_to_connection(void **state)
{
    static uint8_t first[WIRE_MAX];
    static uint8_t second[WIRE_MAX];
    struct secure_client_configuration *clients[] = {certificate_client, key_client};
    for (size_t i = 0; i < 2; i++) {
        make_pair(rsa_server, clients[i]);
        size_t length = take_out(client, first);
        (void)free_pair(state);
        make_pair(rsa_server, clients[i]);
        assert_int_equal(take_out(client, second), length);
        assert_memory_not_equal(first + 15, second + 15, 28); /* random, after its first four */
        (void)free_pair(state);
    }
}

static void nothing_passes_before_the_handshake_is_over(void **state)
{
    size_t length = 1;
    (void)state;
    make_pair(rsa_server, certificate_client);
    assert_null(secure_channel_app_out(client, &length));
    assert_int_equal(length, 0);
    (void)carry(client, server, WIRE_MAX);
    assert_null(secure_channel_app_out(server, &length));
    assert_null(secure_channel_app_in(server, &length));
    assert_int_equal(secure_channel_suite(server), 0);
}

/* ---- closing ---- */

static void a_close_is_seen_by_the_other_end_after_the_data(void **state)
{
    uint8_t heard[16];
    struct secure_client_configuration *clients[] = {certificate_client, key_client};
    for (size_t i = 0; i < 2; i++) {
        make_pair(rsa_server, clients[i]);
        pump(WIRE_MAX);
        assert_int_equal(say(client, (const uint8_t *)"last words", 10), 10);
        secure_channel_close(client);
        assert_int_equal(secure_channel_state(client), SECURE_CLOSED);
        static uint8_t wire[WIRE_MAX];
        size_t length = take_out(client, wire);
        size_t given = put_in(server, wire, length, WIRE_MAX);
        assert_int_equal(hear(server, heard, sizeof heard), 10);
        assert_memory_equal(heard, "last words", 10);
        (void)put_in(server, wire + given, length - given, WIRE_MAX);
        (void)take_out(server, wire); /* its own close_notify */
        assert_int_equal(secure_channel_state(server), SECURE_CLOSED);
        assert_string_equal(secure_channel_error(server), "");
        (void)free_pair(state);
    }
}

/* BearSSL 0.6 does not close while plaintext lies unread in it. */
static void a_close_does_not_wait_for_unread_data(void **state)
{
    struct secure_client_configuration *clients[] = {certificate_client, key_client};
    for (size_t i = 0; i < 2; i++) {
        size_t length = 0;
        make_pair(rsa_server, clients[i]);
        pump(WIRE_MAX);
        assert_int_equal(say(server, (const uint8_t *)"unread", 6), 6);
        assert_true(carry(server, client, WIRE_MAX));
        secure_channel_close(client);
        assert_null(secure_channel_app_in(client, &length));
        pump(WIRE_MAX);
        assert_int_equal(secure_channel_state(server), SECURE_CLOSED);
        (void)free_pair(state);
    }
}

static void a_channel_may_be_closed_at_any_time(void **state)
{
    size_t length = 0;
    make_pair(rsa_server, certificate_client);
    secure_channel_close(server);
    assert_int_equal(secure_channel_state(server), SECURE_CLOSED);
    assert_null(secure_channel_wire_in(server, &length));
    assert_null(secure_channel_wire_out(server, &length));
    (void)free_pair(state);
    make_pair(rsa_server, certificate_client);
    (void)carry(client, server, WIRE_MAX);
    secure_channel_close(server);
    secure_channel_close(server);
    secure_channel_flush(server);
    assert_int_equal(secure_channel_state(server), SECURE_CLOSED);
    assert_null(secure_channel_app_out(server, &length));
}

/* ---- wrong peers ---- */

static void expect_failures(enum secure_failure of_client, enum secure_failure of_server)
{
    size_t length = 0;
    pump(WIRE_MAX);
    assert_int_equal(secure_channel_state(client), SECURE_FAILED);
    assert_int_equal(secure_channel_state(server), SECURE_FAILED);
    assert_int_equal(secure_channel_failure(client), of_client);
    assert_int_equal(secure_channel_failure(server), of_server);
    assert_string_not_equal(secure_channel_error(client), "");
    assert_string_not_equal(secure_channel_error(server), "");
    assert_null(secure_channel_app_in(server, &length));
    assert_null(secure_channel_app_out(server, &length));
    assert_null(secure_channel_wire_in(server, &length));
}

static void a_wrong_key_fails_on_both_ends(void **state)
{
    (void)state;
    make_pair(rsa_server, wrong_key_client);
    expect_failures(SECURE_FAILURE_PEER_ALERT, SECURE_FAILURE_PROTOCOL);
}

static void a_wrong_name_fails_on_both_ends(void **state)
{
    struct secure_reference other;
    (void)state;
    assert_true(secure_reference_parse(&other, "other.test", &problem));
    server = secure_channel_new_server(rsa_server);
    client = secure_channel_new_client(certificate_client, &other, (uint64_t)time(NULL));
    expect_failures(SECURE_FAILURE_IDENTITY, SECURE_FAILURE_PEER_ALERT);
    assert_non_null(strstr(secure_channel_error(client), "does not name the server"));
    assert_string_equal(secure_channel_error(server), "alert certificate_unknown");
}

static void the_time_given_decides_about_validity(void **state)
{
    (void)state;
    server = secure_channel_new_server(rsa_server);
    client = secure_channel_new_client(certificate_client, &registrar,
                                       (uint64_t)time(NULL) + 11u * 86400u);
    expect_failures(SECURE_FAILURE_IDENTITY, SECURE_FAILURE_PEER_ALERT);
    assert_string_equal(secure_channel_error(server), "alert certificate_expired");
}

static void a_server_without_keys_refuses_a_client_with_one(void **state)
{
    (void)state;
    make_pair(ec_server, key_client);
    expect_failures(SECURE_FAILURE_PEER_ALERT, SECURE_FAILURE_PROTOCOL);
    (void)free_pair(state);
    make_pair(key_server, certificate_client);
    expect_failures(SECURE_FAILURE_PEER_ALERT, SECURE_FAILURE_PROTOCOL);
}

static void plain_text_is_told_from_broken_tls(void **state)
{
    size_t length = 0;
    (void)state;
    make_pair(rsa_server, certificate_client);
    (void)put_in(server, (const uint8_t *)"\x01\x00\x00\x08zzzz", 8, 1);
    assert_int_equal(secure_channel_failure(server), SECURE_FAILURE_PLAINTEXT);
    assert_int_equal(secure_channel_state(server), SECURE_FAILED);
    assert_null(secure_channel_wire_out(server, &length));
    assert_string_equal(secure_channel_error(server), "the peer speaks without TLS");
}

/* RFC 5246, 7.2.2: unexpected_message, from whichever endpoint answers. */
static void a_record_of_another_type_first_is_unexpected(void **state)
{
    static const uint8_t types[] = {20, 23, 24};
    struct secure_server_configuration *servers[] = {rsa_server, ec_server, key_server};
    static uint8_t wire[WIRE_MAX];
    for (size_t i = 0; i < 9; i++) {
        const uint8_t record[6] = {types[i % 3], 3, 3, 0, 1, 1};
        server = secure_channel_new_server(servers[i / 3]);
        (void)put_in(server, record, sizeof record, 1);
        assert_int_equal(secure_channel_failure(server), SECURE_FAILURE_PROTOCOL);
        assert_int_equal(take_out(server, wire), 7);
        assert_memory_equal(wire, "\x15\x03\x03\x00\x02\x02\x0A", 7);
        (void)free_pair(state);
    }
}

/* ---- the third party ---- */

static void expect_alert_for_flipped(struct secure_client_configuration *asking, size_t place,
                                     const char *expected)
{
    static uint8_t wire[WIRE_MAX];
    make_pair(rsa_server, asking);
    pump(WIRE_MAX);
    assert_int_equal(say(client, (const uint8_t *)"register me", 11), 11);
    size_t length = take_out(client, wire);
    wire[place < length ? place : length - 1] ^= 1;
    (void)put_in(server, wire, length, WIRE_MAX);
    expect_failures(SECURE_FAILURE_PEER_ALERT, SECURE_FAILURE_PROTOCOL);
    assert_string_equal(secure_channel_error(client), expected);
}

static void a_flipped_record_is_answered_by_a_sealed_alert(void **state)
{
    static const size_t places[] = {5, 13, 20, WIRE_MAX}; /* nonce, text, and the end of the tag */
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        expect_alert_for_flipped(certificate_client, places[i], "alert bad_record_mac");
        (void)free_pair(state);
    }
    expect_alert_for_flipped(key_client, 20, "the peer sent a fatal alert");
}

/* Gives a record of the client twice. */
static void a_repeated_record_is_refused(void **state)
{
    static uint8_t wire[WIRE_MAX];
    uint8_t heard[16];
    struct secure_client_configuration *clients[] = {certificate_client, key_client};
    for (size_t i = 0; i < 2; i++) {
        make_pair(rsa_server, clients[i]);
        pump(WIRE_MAX);
        (void)say(client, (const uint8_t *)"once", 4);
        size_t length = take_out(client, wire);
        assert_int_equal(put_in(server, wire, length, WIRE_MAX), length);
        assert_int_equal(hear(server, heard, sizeof heard), 4);
        (void)put_in(server, wire, length, WIRE_MAX);
        assert_int_equal(hear(server, heard, sizeof heard), 0);
        assert_int_equal(secure_channel_state(server), SECURE_FAILED);
        (void)free_pair(state);
    }
}

/* Every byte of a whole handshake, flipped: it never opens on both ends. */
static void a_flipped_handshake_never_opens(void **state)
{
    static uint8_t wire[WIRE_MAX];
    struct secure_client_configuration *clients[] = {certificate_client, key_client};
    for (size_t i = 0; i < 2; i++) {
        for (size_t place = 0; place < 200; place += 13) {
            make_pair(rsa_server, clients[i]);
            size_t length = take_out(client, wire);
            wire[place < length ? place : length - 1] ^= 0x20;
            (void)put_in(server, wire, length, WIRE_MAX);
            pump(WIRE_MAX);
            assert_false(secure_channel_state(client) == SECURE_OPEN &&
                         secure_channel_state(server) == SECURE_OPEN);
            (void)free_pair(state);
        }
    }
}

/* ---- misuse ---- */

static void more_bytes_than_granted_fail_the_channel(void **state)
{
    size_t length = 0;
    make_pair(rsa_server, certificate_client);
    assert_non_null(secure_channel_wire_in(server, &length));
    secure_channel_wire_in_done(server, length + 1);
    assert_int_equal(secure_channel_failure(server), SECURE_FAILURE_INTERNAL);
    assert_non_null(secure_channel_wire_out(client, &length));
    secure_channel_wire_out_done(client, length + 1);
    assert_int_equal(secure_channel_failure(client), SECURE_FAILURE_INTERNAL);
    (void)free_pair(state);
    make_pair(rsa_server, certificate_client);
    pump(WIRE_MAX);
    secure_channel_app_in_done(server, 1);
    assert_int_equal(secure_channel_failure(server), SECURE_FAILURE_INTERNAL);
    assert_non_null(secure_channel_app_out(client, &length));
    secure_channel_app_out_done(client, length + 1);
    assert_int_equal(secure_channel_failure(client), SECURE_FAILURE_INTERNAL);
}

static void nothing_done_changes_nothing(void **state)
{
    (void)state;
    make_pair(rsa_server, certificate_client);
    secure_channel_wire_in_done(server, 0);
    secure_channel_wire_out_done(server, 0);
    secure_channel_app_in_done(server, 0);
    secure_channel_app_out_done(server, 0);
    secure_channel_flush(server);
    pump(WIRE_MAX);
    expect_open(false);
    secure_channel_free(NULL);
}

static void a_certificate_client_needs_a_reference(void **state)
{
    struct secure_reference nobody;
    (void)state;
    memset(&nobody, 0, sizeof nobody);
    assert_null(secure_channel_new_client(certificate_client, NULL, 0));
    assert_null(secure_channel_new_client(certificate_client, &nobody, 0));
    client = secure_channel_new_client(key_client, NULL, 0);
    assert_non_null(client);
}

/* ---- a client that speaks for itself: BearSSL bare, with one suite ---- */

struct bare {
    br_ssl_client_context context;
    struct certificate_record_classes classes;
    struct certificate_check check;
    certificate_out_context out;
    uint8_t buffer[BR_SSL_BUFSIZE_BIDI];
};

static struct bare *bare;
static struct certificate_anchors anchors;

static void bare_settle(void)
{
    certificate_out_context taken = certificate_records_taken();
    bare->out = taken != NULL ? taken : bare->out;
}

/* A handshake with `serving` and with `suite` alone, up to the end. */
static void bare_open_to(struct secure_server_configuration *serving, uint16_t suite)
{
    static const struct certificate_reference name = {CERTIFICATE_TAG_DNS_NAME, 14,
                                                      "registrar.test"};
    static uint8_t wire[WIRE_MAX];
    uint8_t entropy[32] = {1};
    bare = calloc(1, sizeof *bare);
    assert_non_null(bare);
    assert_true(certificate_anchors_load(&anchors, pki_path("ca.pem"), &problem));
    server = secure_channel_new_server(serving);
    certificate_engine_client(&bare->context, &bare->classes, true);
    br_ssl_engine_set_suites(&bare->context.eng, &suite, 1);
    certificate_check_init(&bare->check, anchors.anchor, anchors.count, &name,
                           (uint64_t)time(NULL));
    br_ssl_engine_set_x509(&bare->context.eng, &bare->check.vtable);
    br_ssl_engine_set_buffer(&bare->context.eng, bare->buffer, sizeof bare->buffer, 1);
    br_ssl_engine_inject_entropy(&bare->context.eng, entropy, sizeof entropy);
    assert_int_equal(br_ssl_client_reset(&bare->context, "registrar.test", 0), 1);
    while ((br_ssl_engine_current_state(&bare->context.eng) & BR_SSL_SENDAPP) == 0) {
        size_t length = 0;
        const uint8_t *out = br_ssl_engine_sendrec_buf(&bare->context.eng, &length);
        if (out != NULL) {
            assert_int_equal(put_in(server, out, length, WIRE_MAX), length);
            br_ssl_engine_sendrec_ack(&bare->context.eng, length);
            bare_settle();
            continue;
        }
        size_t given = 0;
        length = take_out(server, wire);
        assert_true(length > 0);
        while (given < length) {
            size_t room = 0;
            uint8_t *in = br_ssl_engine_recvrec_buf(&bare->context.eng, &room);
            size_t part = length - given < room ? length - given : room;
            assert_non_null(in);
            memcpy(in, wire + given, part);
            br_ssl_engine_recvrec_ack(&bare->context.eng, part);
            bare_settle();
            given += part;
        }
    }
    assert_int_equal(secure_channel_state(server), SECURE_OPEN);
    assert_int_equal(secure_channel_suite(server), suite);
}

static void bare_open(uint16_t suite)
{
    bare_open_to(rsa_server, suite);
}

static int bare_free(void **state)
{
    free(bare);
    bare = NULL;
    certificate_anchors_free(&anchors);
    return free_pair(state);
}

/* Seals one record of any type under the bare client's key; returns its length. */
static size_t bare_seal(int type, const void *text, size_t length, uint8_t *wire)
{
    static uint8_t room[512];
    size_t start = 5;
    size_t end = sizeof room;
    (*bare->out)->max_plaintext(bare->out, &start, &end);
    memcpy(room + start, text, length);
    const uint8_t *record = (*bare->out)->encrypt(bare->out, type, BR_TLS12, room + start, &length);
    memcpy(wire, record, length);
    return length;
}

/* BearSSL 0.6 lets these through to its decryption, which then runs past the buffer's end. */
static void cbc_records_that_are_no_whole_blocks_are_refused(void **state)
{
    static uint8_t wire[1024];
    for (size_t cut = 1; cut < 16; cut++) {
        bare_open(BR_TLS_RSA_WITH_AES_128_CBC_SHA);
        size_t length = bare_seal(23, "0123456789012345678901234567890123456789", 40, wire);
        assert_int_equal((length - 5) % 16, 0);
        length -= cut;
        wire[3] = (uint8_t)((length - 5) / 256);
        wire[4] = (uint8_t)((length - 5) % 256);
        (void)put_in(server, wire, length, WIRE_MAX);
        assert_int_equal(secure_channel_state(server), SECURE_FAILED);
        assert_string_equal(secure_channel_error(server), "a record of impossible length");
        (void)bare_free(state);
    }
}

static void cbc_records_open_and_are_authenticated(void **state)
{
    static uint8_t wire[1024];
    uint8_t heard[8];
    (void)state;
    bare_open(BR_TLS_RSA_WITH_AES_128_CBC_SHA);
    size_t length = bare_seal(23, "hello", 5, wire);
    assert_int_equal(put_in(server, wire, length, WIRE_MAX), length);
    assert_int_equal(hear(server, heard, sizeof heard), 5);
    assert_memory_equal(heard, "hello", 5);
    length = bare_seal(23, "hello", 5, wire);
    wire[length - 1] ^= 1;
    (void)put_in(server, wire, length, WIRE_MAX);
    assert_string_equal(secure_channel_error(server), "a record that does not authenticate");
}

/* The server's alert after a failure has to open under the client's keys, whatever the suite. */
static void a_last_alert_opens_under_every_suite(void **state)
{
    static const uint16_t suites[] = {
        BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, BR_TLS_RSA_WITH_AES_128_CBC_SHA};
    static uint8_t wire[1024];
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) {
        size_t room = 0;
        bare_open(suites[i]);
        size_t length = bare_seal(23, "hello", 5, wire);
        wire[length - 1] ^= 1;
        (void)put_in(server, wire, length, WIRE_MAX);
        length = take_out(server, wire);
        assert_int_equal(wire[0], 21);
        uint8_t *in = br_ssl_engine_recvrec_buf(&bare->context.eng, &room);
        assert_true(in != NULL && room >= 5);
        memcpy(in, wire, 5);
        br_ssl_engine_recvrec_ack(&bare->context.eng, 5);
        in = br_ssl_engine_recvrec_buf(&bare->context.eng, &room);
        assert_true(in != NULL && room == length - 5);
        memcpy(in, wire + 5, length - 5);
        br_ssl_engine_recvrec_ack(&bare->context.eng, length - 5);
        assert_int_equal(br_ssl_engine_last_error(&bare->context.eng),
                         BR_ERR_RECV_FATAL_ALERT + 20);
        (void)bare_free(state);
    }
}

/* `count` records that bring nothing; true when the server bears them. */
static bool bears(int type, const void *text, size_t length, unsigned count)
{
    static uint8_t wire[1024];
    for (unsigned i = 0; i < count; i++) {
        (void)put_in(server, wire, bare_seal(type, text, length, wire), WIRE_MAX);
        (void)take_out(server, wire);
    }
    return secure_channel_state(server) == SECURE_OPEN;
}

static void useless_records_in_a_row_are_borne_up_to_a_limit(void **state)
{
    static const char warning[2] = {1, 90};             /* user_canceled */
    static const uint8_t hello_again[4] = {1, 0, 0, 0}; /* renegotiation */
    const struct {
        int type;
        const void *text;
        size_t length;
    } kinds[] = {{21, warning, 2}, {23, "", 0}, {22, hello_again, 4}};
    for (size_t i = 0; i < 3; i++) {
        bare_open(BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256);
        if (kinds[i].type != 22) {
            uint8_t heard[8];
            assert_true(
                bears(kinds[i].type, kinds[i].text, kinds[i].length, CERTIFICATE_WATCH_MAX));
            assert_true(bears(23, "use", 3, 1));
            assert_int_equal(hear(server, heard, sizeof heard), 3);
            assert_true(
                bears(kinds[i].type, kinds[i].text, kinds[i].length, CERTIFICATE_WATCH_MAX));
        }
        assert_false(
            bears(kinds[i].type, kinds[i].text, kinds[i].length, CERTIFICATE_WATCH_MAX + 1));
        (void)bare_free(state);
    }
}

/* The configuration is gone: the sanitizers would see a renegotiation that looked for it. */
static void a_second_hello_is_refused_without_the_configuration(void **state)
{
    static const uint8_t hello_again[4] = {1, 0, 0, 0};
    static uint8_t wire[1024];
    struct secure_server_configuration *old = load_server("rsa.pem", "rsa.key", NULL, false);
    (void)state;
    assert_non_null(old);
    bare_open_to(old, BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256);
    assert_int_equal(old->references, 1);
    secure_server_configuration_release(old);
    (void)put_in(server, wire, bare_seal(22, hello_again, 4, wire), WIRE_MAX);
    assert_true(take_out(server, wire) > 7);
    assert_int_equal(wire[0], 21); /* no_renegotiation, sealed */
    assert_int_equal(secure_channel_state(server), SECURE_OPEN);
    assert_true(bears(23, "use", 3, 1));
}

static void warnings_before_a_handshake_are_borne_up_to_a_limit(void **state)
{
    static const uint8_t warning[] = {21, 3, 3, 0, 2, 1, 90};
    (void)state;
    server = secure_channel_new_server(rsa_server);
    for (unsigned i = 0; i < CERTIFICATE_WATCH_MAX; i++) {
        assert_int_equal(put_in(server, warning, sizeof warning, WIRE_MAX), sizeof warning);
        assert_int_equal(secure_channel_state(server), SECURE_HANDSHAKE);
    }
    (void)put_in(server, warning, sizeof warning, WIRE_MAX);
    assert_int_equal(secure_channel_state(server), SECURE_FAILED);
    assert_string_equal(secure_channel_error(server), "too many alerts or empty records in a row");
}

/* ---- curves ---- */

static void points_are_checked_before_and_after_multiplication(void **state)
{
    const br_ec_impl *curves = certificate_curves();
    uint8_t point[133] = {0};
    uint8_t scalar[32] = {[31] = 2};
    (void)state;
    assert_int_equal(curves->mul(point, 32, scalar, 32, BR_EC_curve25519), 0); /* gives zero */
    point[0] = 9;
    assert_int_equal(curves->mul(point, 32, scalar, 32, BR_EC_curve25519), 1);
    assert_int_equal(curves->mul(point, 31, scalar, 32, BR_EC_curve25519), 0);
    size_t length = 0;
    static const int nist[] = {BR_EC_secp256r1, BR_EC_secp384r1, BR_EC_secp521r1};
    for (size_t i = 0; i < 3; i++) {
        const uint8_t *generator = curves->generator(nist[i], &length);
        memcpy(point, generator, length);
        assert_int_equal(curves->mul(point, length, scalar, 32, nist[i]), 1);
        memcpy(point, generator, length);
        assert_int_equal(curves->mul(point, length - 1, scalar, 32, nist[i]), 0);
        assert_int_equal(curves->mul(point, 0, scalar, 32, nist[i]), 0);
        point[0] = 2;
        assert_int_equal(curves->mul(point, length, scalar, 32, nist[i]), 0);
    }
}

/* ---- configurations ---- */

/* As after a reload: the owner has given its references back before the handshake, so the last ones
 * go while it runs, and (under the sanitizers) nothing may read the configurations after that. */
static void a_channel_outlives_the_configuration_it_came_from(void **state)
{
    for (unsigned psk = 0; psk < 2; psk++) {
        struct secure_server_configuration *old = load_server("rsa.pem", "rsa.key", "keys", false);
        struct secure_client_configuration *asking =
            psk != 0 ? load_client("web-1", NULL, NULL) : load_client(NULL, NULL, "ca.pem");
        assert_non_null(old);
        assert_non_null(asking);
        make_pair(old, asking);
        secure_server_configuration_release(old);
        secure_client_configuration_release(asking);
        pump(psk != 0 ? WIRE_MAX : 1);
        expect_open(psk != 0);
        expect_conversation(WIRE_MAX);
        char name[SECURE_IDENTITY_MAX + 1];
        assert_int_equal(secure_channel_peer(server, name, sizeof name), psk != 0);
        secure_channel_close(client);
        pump(WIRE_MAX);
        (void)free_pair(state);
    }
}

static void expect_references(const struct secure_server_configuration *serving,
                              const struct secure_client_configuration *asking, uint32_t count)
{
    assert_int_equal(serving->references, count);
    assert_int_equal(asking->references, count);
}

/* The owner's reference is the only one left, so its release wipes the keys at once. */
static void an_open_channel_keeps_no_configuration(void **state)
{
    struct secure_server_configuration *servers[] = {rsa_server, ec_server, rsa_server, key_server};
    struct secure_client_configuration *clients[] = {certificate_client, certificate_client,
                                                     key_client, key_client};
    for (size_t i = 0; i < 4; i++) {
        make_pair(servers[i], clients[i]);
        (void)carry(client, server, WIRE_MAX); /* ClientHello */
        (void)carry(server, client, WIRE_MAX);
        expect_references(servers[i], clients[i], 2);
        pump(WIRE_MAX);
        expect_open(i >= 2);
        expect_references(servers[i], clients[i], 1);
        (void)free_pair(state);
        expect_references(servers[i], clients[i], 1);
    }
}

static void a_channel_that_never_opens_gives_its_configuration_back(void **state)
{
    struct secure_client_configuration *clients[] = {certificate_client, wrong_key_client};
    for (size_t i = 0; i < 2; i++) {
        make_pair(rsa_server, clients[i]);
        (void)carry(client, server, WIRE_MAX);
        secure_channel_close(server); /* in the middle of its certificate, say */
        pump(1);
        (void)free_pair(state);
        expect_references(rsa_server, clients[i], 1);
    }
}

static void expect_server_problem(const char *certificate, const char *key, const char *keys,
                                  const char *why)
{
    struct secure_server_configuration *loaded = load_server(certificate, key, keys, false);
    assert_null(loaded);
    if (strstr(problem.text, why) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", why, problem.text);
    }
}

static void a_bad_server_configuration_is_explained(void **state)
{
    (void)state;
    assert_int_equal(pki_write("bad", "web-1 pe zz\n"), 0);
    expect_server_problem(NULL, NULL, NULL, "neither a certificate nor a key file");
    expect_server_problem("rsa.pem", NULL, "keys", "name both files or neither");
    expect_server_problem(NULL, "rsa.key", "keys", "name both files or neither");
    expect_server_problem("rsa.pem", "ec.key", NULL, "does not belong to the key");
    expect_server_problem("ec.pem", "rsa.key", NULL, "does not belong to the key");
    expect_server_problem("rsa.pem", "none", NULL, "none: cannot be opened");
    expect_server_problem("none", "rsa.key", NULL, "none: cannot be opened");
    expect_server_problem("rsa.key", "rsa.key", NULL, "rsa.key:1: this is not a certificate");
    expect_server_problem("rsa.pem", "rsa.pem", NULL, "has no private key");
    expect_server_problem("rsa.pem", "rsa.key", "bad", "bad:1:10: expected");
    assert_non_null(secure_server_configuration_rules(key_server));
    assert_int_equal(key_file_count(secure_server_configuration_keys(key_server)), 2);
    assert_null(secure_server_configuration_rules(ec_server));
}

static void expect_client_problem(const char *keys, const char *identity, const char *trusted,
                                  const char *why)
{
    assert_null(load_client(keys, identity, trusted));
    if (strstr(problem.text, why) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", why, problem.text);
    }
}

static void a_bad_client_configuration_is_explained(void **state)
{
    (void)state;
    expect_client_problem(NULL, NULL, NULL, "exactly one of them");
    expect_client_problem("keys", NULL, "ca.pem", "exactly one of them");
    expect_client_problem("keys", NULL, NULL, "has 2 identities; say which one is ours");
    expect_client_problem("keys", "web-3", NULL, "has no identity \"web-3\"");
    expect_client_problem(NULL, NULL, "rsa.pem", "not a certification authority");
    struct secure_client_configuration *second = load_client("keys", "web-2", NULL);
    assert_non_null(second);
    make_pair(rsa_server, second);
    secure_client_configuration_release(second);
    pump(WIRE_MAX);
    char name[SECURE_IDENTITY_MAX + 1];
    assert_true(secure_channel_peer(server, name, sizeof name));
    assert_string_equal(name, "web-2");
}

static void expect_reference(const char *text, const char *host, uint8_t size)
{
    struct secure_reference reference;
    assert_true(secure_reference_parse(&reference, text, &problem));
    assert_string_equal(reference.host_name, host);
    assert_int_equal(reference.address.size, size);
}

static void a_reference_is_an_address_or_a_host_name(void **state)
{
    static const char *const wrong[] = {
        "",     ".",      "a..b",           "-a.test",     "a-.test",
        "a b",  "*.test", "b\xC3\xBC.test", "192.0.2.256", "[192.0.2.1]",
        "[::1", "::1]",   "a_b.test",       "host:3863",   "1.2.3"};
    struct secure_reference reference;
    char longest[256];
    (void)state;
    (void)memset(longest, 'a', sizeof longest);
    longest[63] = longest[127] = longest[191] = '.';
    longest[253] = '\0';
    expect_reference(longest, longest, 0);
    longest[253] = 'a';
    longest[254] = '\0';
    assert_false(secure_reference_parse(&reference, longest, &problem));
    expect_reference("Registrar.Test.", "registrar.test", 0);
    expect_reference("xn--bcher-kva.test", "xn--bcher-kva.test", 0);
    expect_reference("localhost", "localhost", 0);
    expect_reference("192.0.2.1", "", 4);
    expect_reference("2001:db8::1", "", 16);
    expect_reference("[2001:db8::1]", "", 16);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(secure_reference_parse(&reference, wrong[i], &problem));
        assert_non_null(strstr(problem.text, "neither an address nor a host name"));
        assert_string_equal(reference.host_name, "");
        assert_int_equal(reference.address.size, 0);
    }
}

/* ---- between registrars ---- */

static void make_key_pair(struct secure_server_configuration *serving,
                          struct secure_client_configuration *asking)
{
    server = secure_channel_new_key_server(serving);
    client = secure_channel_new_client(asking, &registrar, (uint64_t)time(NULL));
    assert_non_null(server);
    assert_non_null(client);
}

static void a_port_for_keys_lets_in_who_proves_one(void **state)
{
    char name[SECURE_IDENTITY_MAX + 1];
    (void)state;
    make_key_pair(rsa_server, key_client);
    pump(WIRE_MAX);
    expect_open(true);
    assert_true(secure_channel_peer(server, name, sizeof name));
    assert_string_equal(name, "web-1");
}

static void a_port_for_keys_refuses_who_asks_for_the_certificate(void **state)
{
    (void)state;
    make_key_pair(rsa_server, certificate_client);
    pump(WIRE_MAX);
    assert_int_equal(secure_channel_state(server), SECURE_FAILED);
    assert_int_equal(secure_channel_state(client), SECURE_FAILED);
    assert_int_equal(secure_channel_suite(client), 0); /* no ServerHello, hence no certificate */
}

static void a_port_for_keys_refuses_a_wrong_key(void **state)
{
    (void)state;
    make_key_pair(rsa_server, wrong_key_client);
    pump(WIRE_MAX);
    assert_int_equal(secure_channel_state(server), SECURE_FAILED);
    assert_int_not_equal(secure_channel_state(client), SECURE_OPEN);
}

static void a_port_for_keys_needs_keys(void **state)
{
    (void)state;
    assert_null(secure_channel_new_key_server(ec_server));
}

static void a_server_connects_by_a_key_of_its_own_file(void **state)
{
    char name[SECURE_IDENTITY_MAX + 1];
    struct secure_server_configuration *lender = load_server(NULL, NULL, "keys", false);
    struct secure_client_configuration *borrower = NULL;
    (void)state;
    assert_non_null(lender);
    borrower = secure_client_configuration_borrow(lender, "web-2", &problem);
    assert_non_null(borrower);
    secure_server_configuration_release(lender); /* as a reload does: the borrower holds it */
    make_key_pair(key_server, borrower);
    secure_client_configuration_release(borrower);
    pump(WIRE_MAX);
    expect_open(true);
    assert_true(secure_channel_peer(server, name, sizeof name));
    assert_string_equal(name, "web-2");
}

static void an_identity_that_cannot_be_borrowed_is_named(void **state)
{
    (void)state;
    assert_null(secure_client_configuration_borrow(key_server, "web-3", &problem));
    assert_non_null(strstr(problem.text, "no identity \"web-3\""));
    assert_null(secure_client_configuration_borrow(ec_server, "web-1", &problem));
    assert_non_null(strstr(problem.text, "no identity \"web-1\""));
}

#define PAIR(test) cmocka_unit_test_setup_teardown(test, NULL, free_pair)
#define BARE(test) cmocka_unit_test_setup_teardown(test, NULL, bare_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR(a_certificate_connection_carries_data_both_ways),
        PAIR(a_key_connection_carries_data_both_ways),
        PAIR(bytes_may_come_one_by_one),
        PAIR(a_hello_in_small_records_is_understood),
        PAIR(only_a_proven_identity_is_told),
        PAIR(hellos_differ_from_connection_to_connection),
        PAIR(nothing_passes_before_the_handshake_is_over),
        PAIR(a_close_is_seen_by_the_other_end_after_the_data),
        PAIR(a_close_does_not_wait_for_unread_data),
        PAIR(a_channel_may_be_closed_at_any_time),
        PAIR(a_wrong_key_fails_on_both_ends),
        PAIR(a_wrong_name_fails_on_both_ends),
        PAIR(the_time_given_decides_about_validity),
        PAIR(a_server_without_keys_refuses_a_client_with_one),
        PAIR(plain_text_is_told_from_broken_tls),
        PAIR(a_record_of_another_type_first_is_unexpected),
        PAIR(a_flipped_record_is_answered_by_a_sealed_alert),
        PAIR(a_repeated_record_is_refused),
        PAIR(a_flipped_handshake_never_opens),
        PAIR(more_bytes_than_granted_fail_the_channel),
        PAIR(nothing_done_changes_nothing),
        PAIR(a_certificate_client_needs_a_reference),
        BARE(cbc_records_that_are_no_whole_blocks_are_refused),
        BARE(cbc_records_open_and_are_authenticated),
        BARE(a_last_alert_opens_under_every_suite),
        BARE(useless_records_in_a_row_are_borne_up_to_a_limit),
        BARE(a_second_hello_is_refused_without_the_configuration),
        BARE(warnings_before_a_handshake_are_borne_up_to_a_limit),
        PAIR(a_port_for_keys_lets_in_who_proves_one),
        PAIR(a_port_for_keys_refuses_who_asks_for_the_certificate),
        PAIR(a_port_for_keys_refuses_a_wrong_key),
        cmocka_unit_test(a_port_for_keys_needs_keys),
        PAIR(a_server_connects_by_a_key_of_its_own_file),
        cmocka_unit_test(an_identity_that_cannot_be_borrowed_is_named),
        cmocka_unit_test(points_are_checked_before_and_after_multiplication),
        PAIR(a_channel_outlives_the_configuration_it_came_from),
        PAIR(an_open_channel_keeps_no_configuration),
        PAIR(a_channel_that_never_opens_gives_its_configuration_back),
        cmocka_unit_test(a_bad_server_configuration_is_explained),
        PAIR(a_bad_client_configuration_is_explained),
        cmocka_unit_test(a_reference_is_an_address_or_a_host_name),
    };
    return cmocka_run_group_tests(tests, make_world, end_world);
}
