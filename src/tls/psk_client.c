/* What a PSK client does: see psk_client.h. */
#include "psk_client.h"

#include "psk_finished.h"
#include "psk_keys.h"
#include "tls_codec_write.h"

/* Notes why the handshake fails, and passes the alert on. */
/*@ requires e_valid: \valid(e);
    requires known_reason: reason < PSK_REASON_COUNT;
    terminates \true;
    exits \false;
    assigns e->reason;
    ensures noted: e->reason == reason;
    ensures passed: \result == alert;
*/
static uint32_t refuse(struct psk_endpoint *e, uint32_t reason, uint32_t alert)
{
    e->reason = reason;
    return alert;
}

/* The suites to offer, and whether one of them comes with a certificate; returns whether an ECDHE suite
 * is among them. */
/*@ requires e_readable: \valid_read(e);
    requires offer_valid: \valid(offer);
    requires apart: \separated(e, offer);
    terminates \true;
    exits \false;
    assigns offer->suite_count, offer->certified, offer->suite[0 .. TLS_SUITES_MAX - 1];
    ensures some: 1 <= offer->suite_count <= PSK_SUITE_COUNT;
    ensures narrow: \forall integer i; 0 <= i < TLS_SUITES_MAX ==> offer->suite[i] <= 0xffff;
*/
static bool offer_suites(const struct psk_endpoint *e, struct tls_offer *offer)
{
    struct psk_suite suite;
    bool ecdhe = false;
    uint32_t count = 0;
    uint32_t certified = 0;
    /*@ loop invariant within: i <= TLS_SUITES_MAX;
        loop invariant zero: \forall integer k; 0 <= k < i ==> offer->suite[k] == 0;
        loop assigns i, offer->suite[0 .. TLS_SUITES_MAX - 1];
        loop variant TLS_SUITES_MAX - i;
    */
    for (uint32_t i = 0; i < TLS_SUITES_MAX; i++) {
        offer->suite[i] = 0;
    }
    /*@ loop invariant within: count <= i <= PSK_SUITE_COUNT;
        loop invariant narrow: \forall integer k; 0 <= k < TLS_SUITES_MAX
                       ==> offer->suite[k] <= 0xffff;
        loop assigns i, count, ecdhe, certified, suite, offer->suite[0 .. TLS_SUITES_MAX - 1];
        loop variant PSK_SUITE_COUNT - i;
    */
    for (uint32_t i = 0; i < PSK_SUITE_COUNT; i++) {
        if (e->allow_suite[i] != 0u) {
            suite = psk_suite_get(i);
            offer->suite[count] = suite.code;
            count++;
            ecdhe = ecdhe || suite.exchange == PSK_EXCHANGE_ECDHE;
            certified = suite.exchange == PSK_EXCHANGE_RSA ? 1u : certified;
        }
    }
    /* Options that leave nothing over offer the null suite: the server refuses in order. */
    offer->suite_count = count > 0u ? count : 1u;
    offer->certified = certified;
    return ecdhe;
}

/* The groups to offer. */
/*@ requires e_readable: \valid_read(e);
    requires offer_valid: \valid(offer);
    requires apart: \separated(e, offer);
    terminates \true;
    exits \false;
    assigns offer->group_count, offer->group[0 .. TLS_GROUPS_MAX - 1];
    ensures bounded: offer->group_count <= 2;
    ensures narrow: \forall integer i; 0 <= i < TLS_GROUPS_MAX ==> offer->group[i] <= 0xffff;
*/
static void offer_groups(const struct psk_endpoint *e, struct tls_offer *offer)
{
    offer->group[0] = TLS_GROUP_X25519;
    offer->group[1] = TLS_GROUP_SECP256R1;
    offer->group[2] = 0;
    offer->group[3] = 0;
    offer->group_count = 2;
    if (e->allow_p256 == 0u) {
        offer->group_count = 1;
    }
    if (e->allow_x25519 == 0u) {
        offer->group[0] = TLS_GROUP_SECP256R1;
        offer->group_count = offer->group_count - 1u;
    }
}

/* Writes the ClientHello into `message`; returns its length. */
/*@ requires e_readable: \valid_read(e);
    requires message_valid: \valid(message + (0 .. TLS_CLIENT_HELLO_ROOM - 1));
    requires apart: \separated(e, message + (0 .. TLS_CLIENT_HELLO_ROOM - 1));
    terminates \true;
    exits \false;
    assigns message[0 .. TLS_CLIENT_HELLO_ROOM - 1];
    ensures fits: 5 <= \result <= TLS_CLIENT_HELLO_ROOM;
*/
static uint32_t write_hello(const struct psk_endpoint *e, uint8_t *message)
{
    struct tls_offer offer;
    bool ecdhe = offer_suites(e, &offer);
    offer_groups(e, &offer);
    if (!ecdhe) {
        offer.group_count = 0;
    }
    return tls_client_hello_write(message, e->client_random, &offer);
}

bool psk_client_start(struct psk_endpoint *e)
{
    uint8_t message[TLS_CLIENT_HELLO_ROOM];
    crypto_random(&e->crypto, e->client_random, TLS_RANDOM_LENGTH);
    uint32_t length = write_hello(e, message);
    return psk_send_handshake(e, message, length);
}

/* Reads the ServerHello in `gather`. Returns TLS_NO_ALERT or an alert. */
/*@ requires e_valid: \valid(e);
    requires whole: length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_SAID;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
static uint32_t read_hello(struct psk_endpoint *e, uint32_t length)
{
    struct tls_server_hello hello;
    uint16_t rejection = TLS_ACCEPTED;
    if (!tls_server_hello_parse(e->gather + TLS_HANDSHAKE_HEADER, length, &hello, &rejection)) {
        return tls_rejection_alert(rejection);
    }
    e->said.version = hello.version;
    e->said.suite = hello.suite;
    e->said.extended_master_secret = hello.extended_master_secret;
    return TLS_NO_ALERT;
}

/* Judges version, suite and the extension that must be there. Returns TLS_NO_ALERT or an alert. */
/*@ requires e_valid: \valid(e);
    requires known_reason: e->reason < PSK_REASON_COUNT;
    terminates \true;
    exits \false;
    assigns e->reason, e->said.index;
    ensures known_reason: e->reason < PSK_REASON_COUNT;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
    ensures version: \result == TLS_NO_ALERT ==> e->said.version == TLS_VERSION_1_2;
    ensures in_table: \result == TLS_NO_ALERT ==> e->said.index < PSK_SUITE_COUNT;
    ensures master_secret: \result == TLS_NO_ALERT ==> e->said.extended_master_secret != 0;
*/
static uint32_t judge_hello(struct psk_endpoint *e)
{
    if (e->said.version != TLS_VERSION_1_2) {
        return refuse(e, PSK_REASON_VERSION, TLS_ALERT_PROTOCOL_VERSION);
    }
    e->said.index = psk_suite_index(e->said.suite);
    if (e->said.index >= PSK_SUITE_COUNT || e->allow_suite[e->said.index] == 0u) {
        return refuse(e, PSK_REASON_SUITE_NOT_OFFERED, TLS_ALERT_ILLEGAL_PARAMETER);
    }
    if (e->said.extended_master_secret == 0u) {
        return refuse(e, PSK_REASON_NO_MASTER_SECRET, TLS_ALERT_HANDSHAKE_FAILURE);
    }
    return TLS_NO_ALERT;
}

uint32_t psk_client_hello(struct psk_endpoint *e, uint32_t length)
{
    uint32_t alert = read_hello(e, length);
    if (alert != TLS_NO_ALERT) {
        return refuse(e, PSK_REASON_MALFORMED, alert);
    }
    alert = judge_hello(e);
    if (alert != TLS_NO_ALERT) {
        return alert;
    }
    psk_take_suite(e, e->said.index);
    tls_copy(e->server_random, e->gather + TLS_HANDSHAKE_HEADER + 2, TLS_RANDOM_LENGTH);
    return TLS_NO_ALERT;
}

/* Reads the Certificate in `gather`. Returns TLS_NO_ALERT or an alert. */
/*@ requires e_valid: \valid(e);
    requires whole: length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_SAID;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
    ensures chain_inside: \result == TLS_NO_ALERT ==>
        e->said.chain_offset + e->said.chain_length <= TLS_HANDSHAKE_BODY_MAX;
*/
static uint32_t read_certificate(struct psk_endpoint *e, uint32_t length)
{
    struct tls_span chain;
    uint16_t rejection = TLS_ACCEPTED;
    if (!tls_certificate_parse(e->gather + TLS_HANDSHAKE_HEADER, length, &chain, &rejection)) {
        return tls_rejection_alert(rejection);
    }
    e->said.chain_offset = chain.offset;
    e->said.chain_length = chain.length;
    return TLS_NO_ALERT;
}

uint32_t psk_client_certificate(struct psk_endpoint *e, uint32_t length)
{
    uint32_t alert = read_certificate(e, length);
    if (alert != TLS_NO_ALERT) {
        return refuse(e, PSK_REASON_MALFORMED, alert);
    }
    e->chain_verdict = crypto_rsa_check(
        &e->crypto, e->gather + TLS_HANDSHAKE_HEADER + e->said.chain_offset, e->said.chain_length);
    if (e->chain_verdict != CRYPTO_CHAIN_GOOD) {
        return refuse(e, PSK_REASON_CERTIFICATE, e->chain_verdict);
    }
    return TLS_NO_ALERT;
}

/* Reads the ServerKeyExchange in `gather`. Returns TLS_NO_ALERT or an alert. */
/*@ requires e_valid: \valid(e);
    requires whole: length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_SAID;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
    ensures share_inside: \result == TLS_NO_ALERT ==>
        e->said.share_offset + e->said.share_length <= TLS_HANDSHAKE_BODY_MAX;
*/
static uint32_t read_key_exchange(struct psk_endpoint *e, uint32_t length)
{
    struct tls_key_exchange exchange;
    uint16_t rejection = TLS_ACCEPTED;
    uint32_t ecdhe = e->suite.exchange == PSK_EXCHANGE_ECDHE ? 1u : 0u;
    if (!tls_server_key_exchange_parse(e->gather + TLS_HANDSHAKE_HEADER, length, ecdhe, &exchange,
                                       &rejection)) {
        return tls_rejection_alert(rejection);
    }
    e->said.group = exchange.group;
    e->said.share_offset = exchange.share.offset;
    e->said.share_length = exchange.share.length;
    return TLS_NO_ALERT;
}

/* Whether `group` is one that was offered. */
/*@ requires e_readable: \valid_read(e);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures known: \result == \true ==>
        group == CRYPTO_GROUP_X25519 || group == CRYPTO_GROUP_SECP256R1;
*/
static bool offered(const struct psk_endpoint *e, uint32_t group)
{
    if (group == CRYPTO_GROUP_X25519) {
        return e->allow_x25519 != 0u;
    }
    return group == CRYPTO_GROUP_SECP256R1 && e->allow_p256 != 0u;
}

/* Keeps the server's share for the answer. Returns TLS_NO_ALERT or an alert. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires inside: e->said.share_offset + e->said.share_length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns e->group, e->share_length, e->share[0 .. TLS_SHARE_MAX - 1], e->reason;
    PSK_ENSURES_VALID
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
static uint32_t keep_share(struct psk_endpoint *e)
{
    if (!offered(e, e->said.group)) {
        return refuse(e, PSK_REASON_GROUP_NOT_OFFERED, TLS_ALERT_ILLEGAL_PARAMETER);
    }
    if (e->said.share_length > TLS_SHARE_MAX) {
        return refuse(e, PSK_REASON_BAD_SHARE, TLS_ALERT_ILLEGAL_PARAMETER);
    }
    e->group = e->said.group;
    e->share_length = e->said.share_length;
    tls_copy(e->share, e->gather + TLS_HANDSHAKE_HEADER + e->said.share_offset, e->share_length);
    return TLS_NO_ALERT;
}

uint32_t psk_client_key(struct psk_endpoint *e, uint32_t length)
{
    uint32_t alert = read_key_exchange(e, length);
    if (alert != TLS_NO_ALERT) {
        return refuse(e, PSK_REASON_MALFORMED, alert);
    }
    return e->suite.exchange == PSK_EXCHANGE_ECDHE ? keep_share(e) : TLS_NO_ALERT;
}

/* The shared secret from the server's share, and ClientKeyExchange with ours. Returns TLS_NO_ALERT
 * or an alert. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    requires group_known: e->group != PSK_NO_GROUP;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_OUT, e->reason, e->z[0 .. PSK_OTHER_MAX - 1], e->z_length;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
static uint32_t exchange_shares(struct psk_endpoint *e)
{
    uint8_t own[TLS_SHARE_MAX];
    uint8_t message[TLS_CLIENT_KEY_EXCHANGE_ROOM];
    uint32_t length = crypto_share_make(&e->crypto, e->group, own);
    e->z_length = CRYPTO_Z_LENGTH;
    if (!crypto_share_combine(&e->crypto, e->group, e->share, e->share_length, e->z)) {
        return refuse(e, PSK_REASON_BAD_SHARE, TLS_ALERT_ILLEGAL_PARAMETER);
    }
    length = tls_client_key_exchange_write(message, e->identity, e->identity_length, own, length);
    if (!psk_send_handshake(e, message, length)) {
        return refuse(e, PSK_REASON_NO_ROOM, TLS_ALERT_INTERNAL_ERROR);
    }
    return TLS_NO_ALERT;
}

/* ClientKeyExchange of an RSA_PSK suite: a secret, encrypted for a key whose chain was found good.
 * Returns TLS_NO_ALERT or an alert. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    requires chain_good: e->chain_verdict == CRYPTO_CHAIN_GOOD;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_OUT, e->reason, e->z[0 .. PSK_OTHER_MAX - 1], e->z_length;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
static uint32_t send_encrypted(struct psk_endpoint *e)
{
    uint8_t encrypted[TLS_ENCRYPTED_MAX];
    uint8_t message[TLS_RSA_KEY_EXCHANGE_ROOM];
    uint32_t length = crypto_rsa_encrypt(&e->crypto, TLS_VERSION_1_2, e->z, encrypted);
    e->z_length = CRYPTO_PREMASTER_LENGTH;
    if (length == 0u) {
        return refuse(e, PSK_REASON_CERTIFICATE, TLS_ALERT_INTERNAL_ERROR);
    }
    length =
        tls_rsa_key_exchange_write(message, e->identity, e->identity_length, encrypted, length);
    if (!psk_send_handshake(e, message, length)) {
        return refuse(e, PSK_REASON_NO_ROOM, TLS_ALERT_INTERNAL_ERROR);
    }
    return TLS_NO_ALERT;
}

/* ClientKeyExchange of a plain PSK suite. Returns TLS_NO_ALERT or an alert. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_OUT, e->reason;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
static uint32_t send_identity(struct psk_endpoint *e)
{
    uint8_t message[TLS_CLIENT_KEY_EXCHANGE_ROOM];
    uint32_t length =
        tls_client_key_exchange_write(message, e->identity, e->identity_length, e->share, 0);
    if (!psk_send_handshake(e, message, length)) {
        return refuse(e, PSK_REASON_NO_ROOM, TLS_ALERT_INTERNAL_ERROR);
    }
    return TLS_NO_ALERT;
}

/* ClientKeyExchange by the suite's exchange. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_OUT, e->reason, e->z[0 .. PSK_OTHER_MAX - 1], e->z_length;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
static uint32_t send_key(struct psk_endpoint *e)
{
    if (e->suite.exchange == PSK_EXCHANGE_PLAIN) {
        return send_identity(e);
    }
    if (e->suite.exchange == PSK_EXCHANGE_ECDHE && e->group != PSK_NO_GROUP) {
        return exchange_shares(e);
    }
    if (e->suite.exchange == PSK_EXCHANGE_RSA && e->chain_verdict == CRYPTO_CHAIN_GOOD) {
        return send_encrypted(e);
    }
    return refuse(e, PSK_REASON_UNEXPECTED, TLS_ALERT_UNEXPECTED_MESSAGE);
}

uint32_t psk_client_done(struct psk_endpoint *e, uint32_t length)
{
    if (length != 0u) {
        return refuse(e, PSK_REASON_MALFORMED, TLS_ALERT_DECODE_ERROR);
    }
    uint32_t alert = send_key(e);
    if (alert != TLS_NO_ALERT) {
        return alert;
    }
    psk_derive_keys(e);
    if (!psk_send_finished(e)) {
        return refuse(e, PSK_REASON_NO_ROOM, TLS_ALERT_INTERNAL_ERROR);
    }
    return TLS_NO_ALERT;
}
