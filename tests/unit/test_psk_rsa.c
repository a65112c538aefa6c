/* RSA_PSK (RFC 4279, 4): the chain that a client accepts, the secret that is encrypted for it, and how
 * little a server lets on about what it decrypted. */
#include "psk_pair.h"
#include "psk_certificates.h"
#include "psk_state.h"

#define WIRE 20000u
#define RSA_PSK TLS_RSA_PSK_WITH_AES_128_GCM_SHA256
#define ALERT_BAD_CERTIFICATE 42
#define ALERT_UNSUPPORTED_CERTIFICATE 43
#define ALERT_CERTIFICATE_EXPIRED 45
#define ALERT_CERTIFICATE_UNKNOWN 46
#define ALERT_UNKNOWN_CA 48
#define MODULUS 256u /* bytes of the server's key */

static struct psk_options rsa_psk(void)
{
    struct psk_options options = {.with_unusual = 1, .without_suite = {1, 1, 1, 1, 0, 1}};
    certify(&options);
    return options;
}

/* ---- who may be certified, and by whom ---- */

static void without_certificates_the_suite_is_left_out(void **state)
{
    (void)state;
    struct psk_options with = rsa_psk();
    struct psk_options without[3] = {with, with, with};
    without[0].identity = NULL;
    without[1].anchors = NULL;
    without[2].reference = NULL;
    for (int i = 0; i < 3; i++) {
        struct pair pair;
        pair_open(&pair, i > 0 ? &without[i] : &with, i == 0 ? &without[i] : &with);
        talk(&pair, SIZE_MAX);
        failed_with(pair.server, TLS_ALERT_HANDSHAKE_FAILURE);
        pair_close(&pair);
    }
}

/* A handshake with a server's `certificate` and `key`; what the client says to it. */
static int verdict(const char *certificate, const char *key, const struct psk_options *client)
{
    struct secure_problem problem;
    struct psk_options server = rsa_psk();
    struct certificate_identity *identity =
        certificate_identity_load(pki_path(certificate), pki_path(key), &problem);
    struct pair pair;
    assert_non_null(identity);
    server.identity = identity;
    pair_open(&pair, client, &server);
    talk(&pair, SIZE_MAX);
    int alert = psk_endpoint_alert_sent(pair.client);
    assert_int_equal(psk_endpoint_state(pair.client), alert < 0 ? PSK_OPEN : PSK_FAILED);
    assert_int_equal(psk_endpoint_state(pair.server), alert < 0 ? PSK_OPEN : PSK_FAILED);
    assert_int_equal(psk_endpoint_alert_received(pair.server), alert);
    assert_int_equal(pair.lookups, alert < 0 ? 1 : 0); /* no key was asked for */
    pair_close(&pair);
    certificate_identity_free(identity);
    return alert;
}

/* Issues NAME.pem for a key, with further extensions. */
static void issue(const char *name, const char *key, const char *extensions)
{
    assert_int_equal(
        pki_run("openssl req -new -x509 -key %s -subj /CN=%s -CA ca.pem -CAkey ca.key -days 10 "
                "-addext basicConstraints=critical,CA:FALSE "
                "-addext subjectAltName=DNS:registrar.test %s -out %s.pem 2>/dev/null",
                key, name, extensions, name),
        0);
}

static void a_chain_is_good_or_the_handshake_ends(void **state)
{
    (void)state;
    struct secure_problem problem;
    struct psk_options options = rsa_psk();
    struct certificate_anchors others;
    struct certificate_reference other = certified_name;
    assert_int_equal(pki_run("cat rsa.pem ca.pem > chain.pem"), 0);
    assert_int_equal(pki_run("openssl req -x509 -new -key rsa.key -out other.pem -days 30 "
                             "-subj /CN=other 2>/dev/null"),
                     0);
    issue("sign", "rsa.key", "-addext keyUsage=critical,digitalSignature");
    issue("encrypt", "rsa.key", "-addext keyUsage=critical,keyEncipherment");
    issue("client", "rsa.key", "-addext extendedKeyUsage=clientAuth");
    assert_true(certificate_anchors_load(&others, pki_path("other.pem"), &problem));
    assert_int_equal(verdict("rsa.pem", "rsa.key", &options), -1);
    assert_int_equal(verdict("chain.pem", "rsa.key", &options), -1);
    assert_int_equal(verdict("encrypt.pem", "rsa.key", &options), -1);
    assert_int_equal(verdict("sign.pem", "rsa.key", &options), ALERT_UNSUPPORTED_CERTIFICATE);
    assert_int_equal(verdict("client.pem", "rsa.key", &options), ALERT_UNSUPPORTED_CERTIFICATE);
    other.bytes[0] = 'R';
    options.reference = &other;
    assert_int_equal(verdict("rsa.pem", "rsa.key", &options), -1);
    other.bytes[0] = 'x';
    assert_int_equal(verdict("rsa.pem", "rsa.key", &options), ALERT_CERTIFICATE_UNKNOWN);
    options.reference = &certified_name;
    options.anchors = &others;
    assert_int_equal(verdict("rsa.pem", "rsa.key", &options), ALERT_UNKNOWN_CA);
    options.anchors = &certified_anchors;
    options.unix_time += 20u * 86400u;
    assert_int_equal(verdict("rsa.pem", "rsa.key", &options), ALERT_CERTIFICATE_EXPIRED);
    options.unix_time = 0;
    assert_int_equal(verdict("rsa.pem", "rsa.key", &options), ALERT_CERTIFICATE_EXPIRED);
    certificate_anchors_free(&others);
}

static void the_largest_key_and_identity_have_room(void **state)
{
    (void)state;
    char identity[TLS_IDENTITY_MAX + 1] = {0};
    struct secure_problem problem;
    struct psk_options options = rsa_psk();
    struct pair pair;
    memset(identity, 'i', TLS_IDENTITY_MAX);
    assert_int_equal(pki_run("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:4096 "
                             "-out large.key 2>/dev/null"),
                     0);
    issue("large", "large.key", "");
    assert_int_equal(verdict("large.pem", "large.key", &options), -1);
    struct certificate_identity *large =
        certificate_identity_load(pki_path("large.pem"), pki_path("large.key"), &problem);
    assert_non_null(large);
    options.identity = large;
    pair_open_as(&pair, identity, pair_key(32, 0x5a), &options, &options);
    talk(&pair, SIZE_MAX);
    failed_with(pair.server, TLS_ALERT_BAD_RECORD_MAC); /* as unknown as any other */
    pair_close(&pair);
    certificate_identity_free(large);
}

/* ---- what a server is given ---- */

static struct psk_endpoint *server_with(const struct certificate_identity *identity)
{
    struct psk_options options = rsa_psk();
    options.identity = identity;
    return psk_endpoint_new_server(pair_find, NULL, &options, pair_entropy[1]);
}

static void a_server_without_a_decent_rsa_key_is_refused(void **state)
{
    (void)state;
    struct secure_problem problem;
    struct certificate_identity *curve =
        certificate_identity_load(pki_path("ec.pem"), pki_path("ec.key"), &problem);
    assert_non_null(curve);
    assert_null(server_with(curve));
    certificate_identity_free(curve);
    assert_int_equal(pki_run("openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 "
                             "-out weak.key 2>/dev/null"),
                     0);
    issue("weak", "weak.key", "");
    struct certificate_identity *weak =
        certificate_identity_load(pki_path("weak.pem"), pki_path("weak.key"), &problem);
    if (weak != NULL) {
        assert_null(server_with(weak));
        certificate_identity_free(weak);
    }
}

static void a_chain_has_to_fit_one_message(void **state)
{
    (void)state;
    static unsigned char filling[2048];
    struct psk_options client = rsa_psk();
    struct psk_options server = rsa_psk();
    static struct certificate_identity longest;
    struct pair pair;
    longest = *certified_identity;
    longest.chain_length = CERTIFICATE_CHAIN_MAX;
    for (size_t i = 0; i < CERTIFICATE_CHAIN_MAX; i++) {
        longest.chain[i].data = filling;
        longest.chain[i].data_len = CRYPTO_CHAIN_MAX / CERTIFICATE_CHAIN_MAX - 3u;
    }
    longest.chain[0].data_len += CRYPTO_CHAIN_MAX % CERTIFICATE_CHAIN_MAX;
    server.identity = &longest;
    pair_open(&pair, &client, &server);
    talk(&pair, SIZE_MAX); /* the message goes over whole: it is its contents that are refused */
    failed_with(pair.client, ALERT_BAD_CERTIFICATE);
    pair_close(&pair);
    longest.chain[0].data_len++;
    assert_null(server_with(&longest));
}

/* ---- the order of messages ---- */

static const char ems[] = "\x00\x17\x00\x00";

/* A Certificate with the certificate in NAME.pem; returns the length of its body. */
static size_t certificate_body(const char *name, uint8_t *body)
{
    char der[32];
    (void)snprintf(der, sizeof der, "%s.der", name);
    assert_int_equal(pki_run("openssl x509 -in %s.pem -outform DER -out %s", name, der), 0);
    FILE *file = fopen(pki_path(der), "rb");
    assert_non_null(file);
    size_t length = fread(body + 6, 1, WIRE / 2, file);
    (void)fclose(file);
    tls_put_u24(body, (uint32_t)length + 3u);
    tls_put_u24(body + 3, (uint32_t)length);
    return length + 6;
}

/* A client that was told of `suite` in a ServerHello. */
static struct psk_endpoint *told(uint32_t suite)
{
    struct psk_options options = {.with_unusual = 1};
    struct psk_key key = pair_key(32, 0x5a);
    certify(&options);
    struct psk_endpoint *client =
        psk_endpoint_new_client((const uint8_t *)"a", 1, &key, &options, pair_entropy[0]);
    assert_non_null(client);
    tell_server_hello(client, 3, suite, 0, ems, sizeof ems - 1);
    assert_int_equal(psk_endpoint_state(client), PSK_HANDSHAKE);
    return client;
}

static void a_certificate_comes_with_rsa_psk_and_once(void **state)
{
    (void)state;
    uint8_t body[WIRE];
    size_t length = certificate_body("rsa", body);
    static const uint32_t others[] = {
        TLS_PSK_WITH_AES_128_GCM_SHA256, TLS_PSK_WITH_CHACHA20_POLY1305_SHA256,
        TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256, TLS_PSK_WITH_NULL_SHA256};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct psk_endpoint *client = told(others[i]);
        tell(client, TLS_CERTIFICATE, body, length);
        failed_with(client, TLS_ALERT_UNEXPECTED_MESSAGE);
        psk_endpoint_free(client);
    }
    struct psk_endpoint *client = told(RSA_PSK);
    tell(client, TLS_CERTIFICATE, body, length);
    assert_int_equal(psk_endpoint_state(client), PSK_HANDSHAKE);
    tell(client, TLS_CERTIFICATE, body, length);
    failed_with(client, TLS_ALERT_UNEXPECTED_MESSAGE);
    psk_endpoint_free(client);
}

static void without_its_certificate_an_rsa_psk_server_is_refused(void **state)
{
    (void)state;
    struct psk_endpoint *client = told(RSA_PSK);
    tell(client, TLS_SERVER_HELLO_DONE, "", 0);
    failed_with(client, TLS_ALERT_UNEXPECTED_MESSAGE);
    psk_endpoint_free(client);
    client = told(RSA_PSK);
    tell(client, TLS_SERVER_KEY_EXCHANGE, "\x00\x04hint", 6);
    failed_with(client, TLS_ALERT_UNEXPECTED_MESSAGE);
    psk_endpoint_free(client);
}

static void an_rsa_psk_server_may_send_a_hint(void **state)
{
    (void)state;
    uint8_t body[WIRE];
    size_t length = certificate_body("rsa", body);
    struct psk_endpoint *client = told(RSA_PSK);
    tell(client, TLS_CERTIFICATE, body, length);
    tell(client, TLS_SERVER_KEY_EXCHANGE, "\x00\x04hint", 6);
    tell(client, TLS_SERVER_HELLO_DONE, "", 0);
    assert_int_equal(psk_endpoint_state(client), PSK_HANDSHAKE);
    assert_int_equal(psk_endpoint_alert_sent(client), -1);
    psk_endpoint_free(client);
}

static void keys_that_are_no_decent_rsa_keys_are_refused(void **state)
{
    (void)state;
    uint8_t body[WIRE];
    static const struct {
        const char *name;
        int alert;
    } cases[] = {{"ec", ALERT_UNSUPPORTED_CERTIFICATE}, {"weak", ALERT_BAD_CERTIFICATE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct psk_endpoint *client = told(RSA_PSK);
        tell(client, TLS_CERTIFICATE, body, certificate_body(cases[i].name, body));
        failed_with(client, cases[i].alert);
        psk_endpoint_free(client);
    }
}

static void malformed_certificates_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        size_t length;
        int alert;
    } cases[] = {
        {"\x00\x00\x00", 3, TLS_ALERT_DECODE_ERROR},
        {"\x00\x00\x03\x00\x00\x00", 6, TLS_ALERT_DECODE_ERROR},
        {"\x00\x00\x04\x00\x00\x02x", 7, TLS_ALERT_DECODE_ERROR},
        {"\x00\x00\x04\x00\x00\x01xy", 8, TLS_ALERT_DECODE_ERROR},
        {"\x00\x00\x04\x00\x00\x01x", 7, ALERT_BAD_CERTIFICATE},
        {"", 0, TLS_ALERT_DECODE_ERROR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct psk_endpoint *client = told(RSA_PSK);
        tell(client, TLS_CERTIFICATE, cases[i].body, cases[i].length);
        failed_with(client, cases[i].alert);
        psk_endpoint_free(client);
    }
}

/* ---- the encrypted secret ---- */

/* The sessions of a server and of a client that trusts it. */
struct sessions {
    struct crypto_session server;
    struct crypto_session client;
};

static void sessions_start(struct sessions *s)
{
    uint8_t list[WIRE];
    memset(s, 0, sizeof *s);
    crypto_start(&s->server, pair_entropy[1]);
    crypto_start(&s->client, pair_entropy[0]);
    uint32_t length = crypto_rsa_show(&s->server, certified_identity);
    assert_in_range(length, 4, CRYPTO_CHAIN_MAX);
    crypto_rsa_chain(&s->server, list, length);
    crypto_rsa_trust(&s->client, &certified_anchors, &certified_name, (uint64_t)time(NULL));
    assert_int_equal(crypto_rsa_check(&s->client, list, length), CRYPTO_CHAIN_GOOD);
}

static void the_server_decrypts_what_the_client_made(void **state)
{
    (void)state;
    uint8_t made[CRYPTO_PREMASTER_LENGTH];
    uint8_t seen[CRYPTO_PREMASTER_LENGTH];
    uint8_t encrypted[CRYPTO_RSA_MAX];
    struct sessions s;
    sessions_start(&s);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(crypto_rsa_encrypt(&s.client, 0x0303, made, encrypted), MODULUS);
        assert_int_equal(made[0] * 256 + made[1], 0x0303);
        crypto_rsa_decrypt(&s.server, 0x0303, encrypted, MODULUS, seen);
        assert_memory_equal(seen, made, sizeof made);
    }
}

static void a_secret_of_another_version_is_another_secret(void **state)
{
    (void)state;
    uint8_t made[CRYPTO_PREMASTER_LENGTH];
    uint8_t seen[CRYPTO_PREMASTER_LENGTH];
    uint8_t encrypted[CRYPTO_RSA_MAX];
    struct sessions s;
    sessions_start(&s);
    crypto_rsa_encrypt(&s.client, 0x0302, made, encrypted);
    crypto_rsa_decrypt(&s.server, 0x0303, encrypted, MODULUS, seen);
    assert_int_equal(seen[0] * 256 + seen[1], 0x0303);
    assert_memory_equal(seen + 2, made + 2, sizeof made - 2);
}

static void the_version_of_a_secret_is_that_of_the_hello(void **state)
{
    (void)state;
    struct psk_options options = rsa_psk();
    uint8_t wire[WIRE];
    struct pair pair;
    pair_open(&pair, &options, &options);
    size_t length = drain(pair.client, wire, sizeof wire);
    wire[TLS_RECORD_HEADER + TLS_HANDSHAKE_HEADER + 1] = 4; /* a client that knows TLS 1.3 */
    feed(pair.server, wire, length, SIZE_MAX);
    assert_int_equal(psk_endpoint_suite(pair.server), RSA_PSK);
    assert_int_equal(pair.server->hello_version, 0x0304);
    pair_close(&pair);
}

static void what_cannot_be_decrypted_gives_a_random_secret(void **state)
{
    (void)state;
    static const uint8_t zeroes[CRYPTO_PREMASTER_LENGTH];
    uint8_t bad[1024];
    static const uint32_t lengths[] = {0, 1, 58, 59, MODULUS - 1, MODULUS, MODULUS + 1, 512, 1024};
    struct sessions s;
    sessions_start(&s);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (int fill = 0; fill < 256; fill += 85) {
            uint8_t first[CRYPTO_PREMASTER_LENGTH];
            uint8_t again[CRYPTO_PREMASTER_LENGTH];
            memset(bad, fill, sizeof bad);
            crypto_rsa_decrypt(&s.server, 0x0303, bad, lengths[i], first);
            crypto_rsa_decrypt(&s.server, 0x0303, bad, lengths[i], again);
            assert_int_equal(first[0] * 256 + first[1], 0x0303);
            assert_memory_not_equal(first + 2, again + 2, sizeof first - 2);
            assert_memory_not_equal(first + 2, zeroes, sizeof first - 2);
        }
    }
}

static void without_a_key_nothing_is_encrypted(void **state)
{
    (void)state;
    uint8_t made[CRYPTO_PREMASTER_LENGTH];
    uint8_t encrypted[CRYPTO_RSA_MAX];
    struct crypto_session s = {{0}, {0}};
    crypto_start(&s, pair_entropy[0]);
    assert_int_equal(crypto_rsa_encrypt(&s, 0x0303, made, encrypted), 0);
    assert_int_equal(crypto_rsa_check(&s, (const uint8_t *)"\0\0\1x", 4), ALERT_UNKNOWN_CA);
}

/* What to do to a ClientKeyExchange on its way. */
struct bend {
    const char *identity; /* of the client */
    uint8_t key_fill;     /* the client's key; the right one is 0x5a */
    uint8_t flip;         /* changes a byte of the encrypted secret */
    uint8_t fill;         /* not 0: overwrites the encrypted secret */
};

/* What a server says to a bent ClientKeyExchange, and to the two records that follow it. */
static void answers(const struct bend *bend, size_t sizes[3], int *alert)
{
    struct psk_options options = rsa_psk();
    uint8_t wire[WIRE];
    uint8_t said[WIRE];
    struct pair pair;
    pair_open_as(&pair, bend->identity, pair_key(32, bend->key_fill), &options, &options);
    carry(pair.client, pair.server, SIZE_MAX);
    carry(pair.server, pair.client, SIZE_MAX);
    size_t length = drain(pair.client, wire, sizeof wire);
    size_t at = TLS_RECORD_HEADER + TLS_HANDSHAKE_HEADER + 2u + strlen(bend->identity) + 2u;
    wire[at + 100] ^= bend->flip;
    if (bend->fill != 0) {
        memset(wire + at, bend->fill, MODULUS);
    }
    for (size_t record = 0, done = 0; record < 3; record++) {
        size_t size = TLS_RECORD_HEADER + wire[done + 3] * 256u + wire[done + 4];
        feed(pair.server, wire + done, size, SIZE_MAX);
        sizes[record] = drain(pair.server, said, sizeof said);
        done += size;
        assert_true(done <= length);
    }
    *alert = psk_endpoint_alert_sent(pair.server);
    pair_close(&pair);
}

static void bad_padding_looks_like_a_wrong_key(void **state)
{
    (void)state;
    static const struct bend wrong_key = {PAIR_IDENTITY, 0x11, 0, 0};
    static const struct bend bends[] = {{PAIR_IDENTITY, 0x5a, 1, 0},
                                        {PAIR_IDENTITY, 0x5a, 0, 1},
                                        {PAIR_IDENTITY, 0x5a, 0, 0xff},
                                        {PAIR_IDENTITY, 0x11, 1, 0},
                                        {"pe-omega", 0x5a, 0, 0xff}};
    size_t expected[3];
    size_t sizes[3];
    int alert = -1;
    answers(&wrong_key, expected, &alert);
    assert_int_equal(alert, TLS_ALERT_BAD_RECORD_MAC);
    for (size_t i = 0; i < sizeof bends / sizeof *bends; i++) {
        answers(&bends[i], sizes, &alert);
        assert_int_equal(alert, TLS_ALERT_BAD_RECORD_MAC);
        assert_memory_equal(sizes, expected, sizeof expected);
    }
    static const struct bend none = {PAIR_IDENTITY, 0x5a, 0, 0};
    answers(&none, sizes, &alert);
    assert_int_equal(alert, -1);
}

static void client_key_exchanges_are_judged_by_their_form_alone(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        size_t length;
        int alert;
    } cases[] = {
        {"\x00\x01x", 3, TLS_ALERT_DECODE_ERROR},
        {"\x00\x01x\x00", 4, TLS_ALERT_DECODE_ERROR},
        {"\x00\x01x\x00\x02y", 6, TLS_ALERT_DECODE_ERROR},
        {"\x00\x01x\x00\x01yz", 7, TLS_ALERT_DECODE_ERROR},
        {"\x00\x09x\x00\x01y", 6, TLS_ALERT_DECODE_ERROR},
        {"\x00\x01x\x00\x00", 5, -1},
        {"\x00\x01x\x00\x01y", 6, -1},
    };
    struct psk_options options = rsa_psk();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pair pair;
        pair_open(&pair, &options, &options);
        carry(pair.client, pair.server, SIZE_MAX);
        tell(pair.server, TLS_CLIENT_KEY_EXCHANGE, cases[i].body, cases[i].length);
        assert_int_equal(psk_endpoint_alert_sent(pair.server), cases[i].alert);
        pair_close(&pair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_certificates_the_suite_is_left_out),
        cmocka_unit_test(a_chain_is_good_or_the_handshake_ends),
        cmocka_unit_test(the_largest_key_and_identity_have_room),
        cmocka_unit_test(a_server_without_a_decent_rsa_key_is_refused),
        cmocka_unit_test(a_chain_has_to_fit_one_message),
        cmocka_unit_test(a_certificate_comes_with_rsa_psk_and_once),
        cmocka_unit_test(without_its_certificate_an_rsa_psk_server_is_refused),
        cmocka_unit_test(an_rsa_psk_server_may_send_a_hint),
        cmocka_unit_test(keys_that_are_no_decent_rsa_keys_are_refused),
        cmocka_unit_test(malformed_certificates_are_refused),
        cmocka_unit_test(the_server_decrypts_what_the_client_made),
        cmocka_unit_test(a_secret_of_another_version_is_another_secret),
        cmocka_unit_test(the_version_of_a_secret_is_that_of_the_hello),
        cmocka_unit_test(what_cannot_be_decrypted_gives_a_random_secret),
        cmocka_unit_test(without_a_key_nothing_is_encrypted),
        cmocka_unit_test(bad_padding_looks_like_a_wrong_key),
        cmocka_unit_test(client_key_exchanges_are_judged_by_their_form_alone),
    };
    return cmocka_run_group_tests(tests, certificates_make, certificates_end);
}
