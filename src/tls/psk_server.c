/* What a PSK server does with the client's handshake messages: see psk_server.h. */
#include "psk_server.h"

#include "psk_keys.h"
#include "tls_codec_write.h"

#define SUBSTITUTE_KEY_LENGTH 32u

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

/* The first of our groups that is in the client's list of `length` bytes, or PSK_NO_GROUP. */
/*@ requires e_readable: \valid_read(e);
    requires readable: \valid_read(list + (0 .. length - 1));
    requires even: length % 2 == 0;
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures known: \result == PSK_NO_GROUP || \result == CRYPTO_GROUP_X25519
                   || \result == CRYPTO_GROUP_SECP256R1;
*/
static uint32_t common_group(const struct psk_endpoint *e, const uint8_t *list, uint32_t length)
{
    if (e->allow_x25519 != 0u && tls_list_holds(list, length, TLS_GROUP_X25519)) {
        return CRYPTO_GROUP_X25519;
    }
    if (e->allow_p256 != 0u && tls_list_holds(list, length, TLS_GROUP_SECP256R1)) {
        return CRYPTO_GROUP_SECP256R1;
    }
    return PSK_NO_GROUP;
}

/* The first of our suites that is in the client's list of `length` bytes, an ECDHE suite only with
 * `ecdhe` not 0; PSK_SUITE_NONE when there is none. */
/*@ requires e_readable: \valid_read(e);
    requires readable: \valid_read(list + (0 .. length - 1));
    requires even: length % 2 == 0;
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures index: \result <= PSK_SUITE_NONE;
    ensures group_there: \result <= 1 ==> ecdhe != 0;
*/
static uint32_t common_suite(const struct psk_endpoint *e, const uint8_t *list, uint32_t length,
                             uint32_t ecdhe)
{
    struct psk_suite suite;
    /*@ loop invariant within: i <= PSK_SUITE_COUNT;
        loop assigns i, suite;
        loop variant PSK_SUITE_COUNT - i;
    */
    for (uint32_t i = 0; i < PSK_SUITE_COUNT; i++) {
        suite = psk_suite_get(i);
        if (e->allow_suite[i] != 0u && (suite.exchange != PSK_EXCHANGE_ECDHE || ecdhe != 0u) &&
            tls_list_holds(list, length, suite.code)) {
            return i;
        }
    }
    return PSK_SUITE_NONE;
}

/* Sends the server's share of an ECDHE exchange. False when there is no room. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    requires group_known: e->group != PSK_NO_GROUP;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_OUT;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
*/
static bool send_share(struct psk_endpoint *e)
{
    uint8_t share[TLS_SHARE_MAX];
    uint8_t message[TLS_SERVER_KEY_EXCHANGE_ROOM];
    uint32_t length = crypto_share_make(&e->crypto, e->group, share);
    length = tls_server_key_exchange_write(message, e->group, share, length);
    return psk_send_handshake(e, message, length);
}

/* Answers a ClientHello on which both agree. Returns TLS_NO_ALERT or an alert. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_OUT;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
*/
static bool send_answer(struct psk_endpoint *e)
{
    uint8_t message[TLS_SERVER_HELLO_ROOM];
    uint32_t points = e->group != PSK_NO_GROUP ? e->said.point_formats : 0u;
    uint32_t length = tls_server_hello_write(message, e->server_random, e->suite.code,
                                             e->said.secure_renegotiation, points);
    if (!psk_send_handshake(e, message, length)) {
        return false;
    }
    if (e->suite.exchange == PSK_EXCHANGE_RSA && !psk_send_certificate(e)) {
        return false;
    }
    if (e->group != PSK_NO_GROUP && !send_share(e)) {
        return false;
    }
    length = tls_server_hello_done_write(message);
    return psk_send_handshake(e, message, length);
}

/* Takes the client's version and random, makes ours, and answers. Returns TLS_NO_ALERT or an alert. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_OUT, e->reason, e->hello_version,
            e->client_random[0 .. TLS_RANDOM_LENGTH - 1],
            e->server_random[0 .. TLS_RANDOM_LENGTH - 1];
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
static uint32_t answer(struct psk_endpoint *e)
{
    e->hello_version = e->said.version;
    tls_copy(e->client_random, e->gather + TLS_HANDSHAKE_HEADER + 2, TLS_RANDOM_LENGTH);
    crypto_random(&e->crypto, e->server_random, TLS_RANDOM_LENGTH);
    if (!send_answer(e)) {
        return refuse(e, PSK_REASON_NO_ROOM, TLS_ALERT_INTERNAL_ERROR);
    }
    return TLS_NO_ALERT;
}

/* Agrees on suite and group. Returns TLS_NO_ALERT or an alert. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires suites_inside: e->said.suites_offset + e->said.suites_length
                            <= TLS_HANDSHAKE_BODY_MAX;
    requires suites_even: e->said.suites_length % 2 == 0;
    requires groups_inside: e->said.groups_offset + e->said.groups_length
                            <= TLS_HANDSHAKE_BODY_MAX;
    requires groups_even: e->said.groups_length % 2 == 0;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_SUITE, e->group, e->reason;
    PSK_ENSURES_VALID
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
static uint32_t agree(struct psk_endpoint *e)
{
    const uint8_t *body = e->gather + TLS_HANDSHAKE_HEADER;
    uint32_t group = common_group(e, body + e->said.groups_offset, e->said.groups_length);
    uint32_t index = common_suite(e, body + e->said.suites_offset, e->said.suites_length, group);
    if (index == PSK_SUITE_NONE) {
        return refuse(e, PSK_REASON_NO_SUITE, TLS_ALERT_HANDSHAKE_FAILURE);
    }
    psk_take_suite(e, index);
    e->group = e->suite.exchange == PSK_EXCHANGE_ECDHE ? group : PSK_NO_GROUP;
    return TLS_NO_ALERT;
}

/* Reads the ClientHello in `gather`. Returns TLS_NO_ALERT or an alert. */
/*@ requires e_valid: \valid(e);
    requires whole: length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_SAID;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
    ensures suites_inside: \result == TLS_NO_ALERT ==>
        e->said.suites_offset + e->said.suites_length <= TLS_HANDSHAKE_BODY_MAX;
    ensures suites_even: \result == TLS_NO_ALERT ==> e->said.suites_length % 2 == 0;
    ensures groups_inside: \result == TLS_NO_ALERT ==>
        e->said.groups_offset + e->said.groups_length <= TLS_HANDSHAKE_BODY_MAX;
    ensures groups_even: \result == TLS_NO_ALERT ==> e->said.groups_length % 2 == 0;
*/
static uint32_t read_hello(struct psk_endpoint *e, uint32_t length)
{
    struct tls_client_hello hello;
    uint16_t rejection = TLS_ACCEPTED;
    if (!tls_client_hello_parse(e->gather + TLS_HANDSHAKE_HEADER, length, &hello, &rejection)) {
        return tls_rejection_alert(rejection);
    }
    e->said.version = hello.version;
    e->said.fallback_scsv = hello.fallback_scsv;
    e->said.secure_renegotiation = hello.secure_renegotiation;
    e->said.extended_master_secret = hello.extended_master_secret;
    e->said.point_formats = hello.point_formats;
    e->said.suites_offset = hello.suites.offset;
    e->said.suites_length = hello.suites.length;
    e->said.groups_offset = hello.groups.offset;
    e->said.groups_length = hello.groups.length;
    return TLS_NO_ALERT;
}

/* Judges the version and the extension that must be there. Returns TLS_NO_ALERT or an alert. */
/*@ requires e_valid: \valid(e);
    requires known_reason: e->reason < PSK_REASON_COUNT;
    terminates \true;
    exits \false;
    assigns e->reason;
    ensures known_reason: e->reason < PSK_REASON_COUNT;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
    ensures version: \result == TLS_NO_ALERT ==> e->said.version >= TLS_VERSION_1_2;
    ensures master_secret: \result == TLS_NO_ALERT ==> e->said.extended_master_secret != 0;
*/
static uint32_t judge_hello(struct psk_endpoint *e)
{
    if (e->said.version < TLS_VERSION_1_2 && e->said.fallback_scsv != 0u) {
        return refuse(e, PSK_REASON_FALLBACK, TLS_ALERT_INAPPROPRIATE_FALLBACK); /* RFC 7507, 3 */
    }
    if (e->said.version < TLS_VERSION_1_2) {
        return refuse(e, PSK_REASON_VERSION, TLS_ALERT_PROTOCOL_VERSION);
    }
    if (e->said.extended_master_secret == 0u) {
        return refuse(e, PSK_REASON_NO_MASTER_SECRET, TLS_ALERT_HANDSHAKE_FAILURE);
    }
    return TLS_NO_ALERT;
}

uint32_t psk_server_hello(struct psk_endpoint *e, uint32_t length)
{
    uint32_t alert = read_hello(e, length);
    if (alert != TLS_NO_ALERT) {
        return refuse(e, PSK_REASON_MALFORMED, alert);
    }
    alert = judge_hello(e);
    if (alert != TLS_NO_ALERT) {
        return alert;
    }
    alert = agree(e);
    if (alert != TLS_NO_ALERT) {
        return alert;
    }
    return answer(e);
}

/* Takes the identity, and the key that goes with it: a random one unless the lookup knows a better,
 * so that an unknown identity takes the way of a wrong key (RFC 4279, 2). */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires inside: e->said.identity_offset + e->said.identity_length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns e->identity[0 .. TLS_IDENTITY_MAX - 1], e->identity_length, e->key_length,
            e->key[0 .. PSK_KEY_MAX - 1], e->crypto.cell[0 .. CRYPTO_SESSION_CELLS - 1];
    PSK_ENSURES_VALID
    ensures key_long_enough: e->key_length >= PSK_KEY_MIN;
*/
static void take_identity(struct psk_endpoint *e)
{
    uint32_t length = e->said.identity_length;
    e->identity_length = length <= TLS_IDENTITY_MAX ? length : 0u;
    tls_copy(e->identity, e->gather + TLS_HANDSHAKE_HEADER + e->said.identity_offset,
             e->identity_length);
    crypto_random(&e->crypto, e->key, SUBSTITUTE_KEY_LENGTH);
    e->key_length = SUBSTITUTE_KEY_LENGTH;
    psk_lookup(e);
}

/* Reads the ClientKeyExchange in `gather`. Returns TLS_NO_ALERT or an alert. */
/*@ requires e_valid: \valid(e);
    requires whole: length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_SAID;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
    ensures identity_inside: \result == TLS_NO_ALERT ==>
        e->said.identity_offset + e->said.identity_length <= TLS_HANDSHAKE_BODY_MAX;
    ensures share_inside: \result == TLS_NO_ALERT ==>
        e->said.share_offset + e->said.share_length <= TLS_HANDSHAKE_BODY_MAX;
*/
static uint32_t read_key_exchange(struct psk_endpoint *e, uint32_t length)
{
    struct tls_key_exchange exchange;
    uint16_t rejection = TLS_ACCEPTED;
    const uint8_t *body = e->gather + TLS_HANDSHAKE_HEADER;
    uint32_t ecdhe = e->group != PSK_NO_GROUP ? 1u : 0u;
    bool good = e->suite.exchange == PSK_EXCHANGE_RSA
                    ? tls_rsa_key_exchange_parse(body, length, &exchange, &rejection)
                    : tls_client_key_exchange_parse(body, length, ecdhe, &exchange, &rejection);
    if (!good) {
        return tls_rejection_alert(rejection);
    }
    e->said.identity_offset = exchange.identity.offset;
    e->said.identity_length = exchange.identity.length;
    e->said.share_offset = exchange.share.offset;
    e->said.share_length = exchange.share.length;
    return TLS_NO_ALERT;
}

/* The shared secret of an ECDHE exchange. False when the client's share is not valid. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires group_known: e->group != PSK_NO_GROUP;
    requires inside: e->said.share_offset + e->said.share_length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns e->z[0 .. PSK_OTHER_MAX - 1], e->z_length,
            e->crypto.cell[0 .. CRYPTO_SESSION_CELLS - 1];
    PSK_ENSURES_VALID
*/
static bool combine(struct psk_endpoint *e)
{
    e->z_length = CRYPTO_Z_LENGTH;
    return crypto_share_combine(&e->crypto, e->group,
                                e->gather + TLS_HANDSHAKE_HEADER + e->said.share_offset,
                                e->said.share_length, e->z);
}

/* The secret that a client of an RSA_PSK suite encrypted, or a random one in its place: what is wrong
 * with it shows in the Finished alone, like a wrong key (RFC 5246, 7.4.7.1). */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires inside: e->said.share_offset + e->said.share_length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns e->z[0 .. PSK_OTHER_MAX - 1], e->z_length,
            e->crypto.cell[0 .. CRYPTO_SESSION_CELLS - 1];
    PSK_ENSURES_VALID
*/
static void decrypt(struct psk_endpoint *e)
{
    e->z_length = CRYPTO_PREMASTER_LENGTH;
    crypto_rsa_decrypt(&e->crypto, e->hello_version,
                       e->gather + TLS_HANDSHAKE_HEADER + e->said.share_offset,
                       e->said.share_length, e->z);
}

uint32_t psk_server_key(struct psk_endpoint *e, uint32_t length)
{
    uint32_t alert = read_key_exchange(e, length);
    if (alert != TLS_NO_ALERT) {
        return refuse(e, PSK_REASON_MALFORMED, alert);
    }
    if (e->group != PSK_NO_GROUP && !combine(e)) {
        return refuse(e, PSK_REASON_BAD_SHARE, TLS_ALERT_ILLEGAL_PARAMETER);
    }
    if (e->suite.exchange == PSK_EXCHANGE_RSA) {
        decrypt(e);
    }
    take_identity(e);
    psk_derive_keys(e);
    return TLS_NO_ALERT;
}
