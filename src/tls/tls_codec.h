/* The handshake messages of TLS 1.2 as bytes: parsers that return spans, encoders that fill a buffer.
 *
 * RFC 5246, 7.4 with the PSK forms of RFC 4279, 2 and 4 and RFC 5489, 2 and the extensions of RFC 5746
 * (renegotiation_info), RFC 7627 (extended_master_secret) and RFC 8422 (supported_groups,
 * ec_point_formats). Everything here is pure: no state, no allocation, no cryptography, no decision
 * of policy. Whoever calls decides what to make of a version, a suite or an absent extension.
 *
 * A parser takes the *body* of one message: the bytes after the four of type and length. It copies
 * nothing; what it finds is named by spans within that body. A body is at most
 * TLS_HANDSHAKE_BODY_MAX bytes long. A parser answers true, or false with the reason in `*rejection`
 * (enum tls_rejection, never TLS_ACCEPTED then); tls_rejection_alert turns the reason into the alert
 * to send. After false the contents of the result structure mean nothing.
 *
 * Proved: every read is inside the body, every span of a result too, every loop ends.
 */
#ifndef POOLPROOF_TLS_CODEC_H
#define POOLPROOF_TLS_CODEC_H

#include <stdbool.h>
#include <stdint.h>

#define TLS_VERSION_1_2 0x0303u

/* Handshake types (RFC 5246, 7.4). */
#define TLS_HELLO_REQUEST 0u
#define TLS_CLIENT_HELLO 1u
#define TLS_SERVER_HELLO 2u
#define TLS_CERTIFICATE 11u
#define TLS_SERVER_KEY_EXCHANGE 12u
#define TLS_SERVER_HELLO_DONE 14u
#define TLS_CLIENT_KEY_EXCHANGE 16u
#define TLS_FINISHED 20u

/* Signalling cipher suite values (RFC 5746, 3.3; RFC 7507, 4). */
#define TLS_EMPTY_RENEGOTIATION_INFO_SCSV 0x00FFu
#define TLS_FALLBACK_SCSV 0x5600u

/* Extension types. */
#define TLS_EXTENSION_SUPPORTED_GROUPS 10u
#define TLS_EXTENSION_EC_POINT_FORMATS 11u
#define TLS_EXTENSION_SIGNATURE_ALGORITHMS 13u
#define TLS_EXTENSION_EXTENDED_MASTER_SECRET 23u
#define TLS_EXTENSION_RENEGOTIATION_INFO 0xFF01u

/* Named groups (RFC 8422, 5.1.1) and the bytes of a public share in each. */
#define TLS_GROUP_SECP256R1 23u
#define TLS_GROUP_X25519 29u
#define TLS_SHARE_SECP256R1 65u
#define TLS_SHARE_X25519 32u
#define TLS_SHARE_MAX 65u

#define TLS_HANDSHAKE_HEADER 4u
#define TLS_HANDSHAKE_BODY_MAX 16384u /* longer ones are refused before they are gathered */
#define TLS_RANDOM_LENGTH 32u
#define TLS_VERIFY_DATA_LENGTH 12u
#define TLS_IDENTITY_MAX 128u /* RFC 4279, 5.3: lengths up to 128 octets must be supported */

/* Alert descriptions (RFC 5246, 7.2; RFC 7507, 3). */
#define TLS_ALERT_CLOSE_NOTIFY 0u
#define TLS_ALERT_UNEXPECTED_MESSAGE 10u
#define TLS_ALERT_BAD_RECORD_MAC 20u
#define TLS_ALERT_RECORD_OVERFLOW 22u
#define TLS_ALERT_HANDSHAKE_FAILURE 40u
#define TLS_ALERT_ILLEGAL_PARAMETER 47u
#define TLS_ALERT_DECODE_ERROR 50u
#define TLS_ALERT_DECRYPT_ERROR 51u
#define TLS_ALERT_PROTOCOL_VERSION 70u
#define TLS_ALERT_INTERNAL_ERROR 80u
#define TLS_ALERT_INAPPROPRIATE_FALLBACK 86u
#define TLS_ALERT_USER_CANCELED 90u
#define TLS_ALERT_NO_RENEGOTIATION 100u
#define TLS_ALERT_UNSUPPORTED_EXTENSION 110u

#define TLS_ALERT_LEVEL_WARNING 1u
#define TLS_ALERT_LEVEL_FATAL 2u

/* Why a message was refused: one number for each reason. */
enum tls_rejection {
    TLS_ACCEPTED = 0,
    TLS_TRUNCATED = 1,             /* a field or vector reaches past the end of the body */
    TLS_TRAILING_BYTES = 2,        /* bytes after the last field */
    TLS_SESSION_ID_TOO_LONG = 3,   /* more than 32 bytes */
    TLS_SUITES_MALFORMED = 4,      /* no suite, or an odd number of bytes */
    TLS_COMPRESSION_NOT_NULL = 5,  /* the null method is not offered, or not chosen */
    TLS_EXTENSION_MALFORMED = 6,   /* the contents of an extension do not have its form */
    TLS_EXTENSION_REPEATED = 7,    /* an extension this parser knows occurs twice */
    TLS_EXTENSION_UNSOLICITED = 8, /* a server answers an extension that was not sent */
    TLS_RENEGOTIATING = 9,         /* renegotiation_info is not empty in a first handshake */
    TLS_UNCOMPRESSED_MISSING = 10, /* ec_point_formats without the uncompressed form */
    TLS_CURVE_NOT_NAMED = 11,      /* explicit curve parameters (RFC 8422, 5.4 forbids them) */
    TLS_SHARE_EMPTY = 12,          /* a public share of no bytes */
    TLS_CERTIFICATE_EMPTY = 13     /* a chain of no certificates, or a certificate of no bytes */
};

/* Bytes `offset` .. `offset + length - 1` of the body at hand. */
struct tls_span {
    uint32_t offset;
    uint32_t length;
};

/*@ predicate tls_inside(struct tls_span *s, integer total) =
      s->offset + s->length <= total;
*/

struct tls_client_hello {
    uint32_t version;           /* client_version: 0x0303 for TLS 1.2 (and for TLS 1.3 clients) */
    struct tls_span random;     /* 32 bytes */
    struct tls_span session_id; /* 0 to 32 bytes */
    struct tls_span suites;     /* two bytes each, at least one */
    struct tls_span groups; /* list inside supported_groups, two bytes each; empty when absent */
    uint32_t offers_psk;    /* 1 when a usual suite of psk_suite.h is among the suites */
    uint32_t fallback_scsv; /* 1 when TLS_FALLBACK_SCSV is among the suites */
    uint32_t secure_renegotiation;   /* 1: the SCSV or an empty renegotiation_info was sent */
    uint32_t extended_master_secret; /* 1 when sent */
    uint32_t renegotiation_info;     /* 1 when the extension itself was sent */
    uint32_t supported_groups;       /* 1 when sent */
    uint32_t point_formats;          /* 1 when sent (it then has the uncompressed form) */
};

/* ClientHello (RFC 5246, 7.4.1.2). `body` has `length` bytes, `out` is filled.
 * Extensions that are not listed above are skipped. Versions and suites are not judged. */
/*@ requires body_readable: \valid_read(body + (0 .. length - 1));
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    requires out_valid: \valid(out);
    requires rejection_valid: \valid(rejection);
    requires apart: \separated(body + (0 .. length - 1), out, rejection);
    terminates \true;
    exits \false;
    assigns *out, *rejection;
    ensures reason: \result == \false <==> *rejection != TLS_ACCEPTED;
    ensures known_reason: *rejection <= TLS_SHARE_EMPTY;
    ensures random_inside: \result ==> tls_inside(&out->random, length);
    ensures random_whole: \result ==> out->random.length == TLS_RANDOM_LENGTH;
    ensures session_id_inside: \result ==> tls_inside(&out->session_id, length);
    ensures suites_inside: \result ==> tls_inside(&out->suites, length);
    ensures suites_even: \result ==> out->suites.length % 2 == 0;
    ensures suites_some: \result ==> out->suites.length >= 2;
    ensures groups_inside: \result ==> tls_inside(&out->groups, length);
    ensures groups_even: \result ==> out->groups.length % 2 == 0;
*/
bool tls_client_hello_parse(const uint8_t *body, uint32_t length, struct tls_client_hello *out,
                            uint16_t *rejection);

/* Whether the list of two-byte values at `list` (`length` bytes, even) holds `value`. */
/*@ requires list_readable: \valid_read(list + (0 .. length - 1));
    requires even: length % 2 == 0;
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    requires value_narrow: value <= 0xffff;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures holds: \result == \true <==>
        (\exists integer i; 0 <= i < length && i % 2 == 0 && list[i] * 256 + list[i + 1] == value);
*/
bool tls_list_holds(const uint8_t *list, uint32_t length, uint32_t value);

struct tls_server_hello {
    uint32_t version;
    struct tls_span random; /* 32 bytes */
    uint32_t suite;
    uint32_t extended_master_secret; /* 1 when answered */
    uint32_t renegotiation_info;     /* 1 when answered (and empty) */
    uint32_t point_formats;          /* 1 when answered (with the uncompressed form) */
};

/* ServerHello (RFC 5246, 7.4.1.3). An extension that tls_client_hello_write does not send is
 * refused (TLS_EXTENSION_UNSOLICITED), and so is a compression method. Version and suite are not
 * judged. */
/*@ requires body_readable: \valid_read(body + (0 .. length - 1));
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    requires out_valid: \valid(out);
    requires rejection_valid: \valid(rejection);
    requires apart: \separated(body + (0 .. length - 1), out, rejection);
    terminates \true;
    exits \false;
    assigns *out, *rejection;
    ensures reason: \result == \false <==> *rejection != TLS_ACCEPTED;
    ensures known_reason: *rejection <= TLS_SHARE_EMPTY;
    ensures random_inside: \result ==> tls_inside(&out->random, length);
    ensures random_whole: \result ==> out->random.length == TLS_RANDOM_LENGTH;
*/
bool tls_server_hello_parse(const uint8_t *body, uint32_t length, struct tls_server_hello *out,
                            uint16_t *rejection);

/* Certificate (RFC 5246, 7.4.2): `chain` is filled with the span of the certificate_list, whose
 * certificates stand one behind the other to its end, each behind its length in three bytes. There
 * is at least one, and none is empty; what is in them is not judged. */
/*@ requires body_readable: \valid_read(body + (0 .. length - 1));
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    requires chain_valid: \valid(chain);
    requires rejection_valid: \valid(rejection);
    requires apart: \separated(body + (0 .. length - 1), chain, rejection);
    terminates \true;
    exits \false;
    assigns *chain, *rejection;
    ensures reason: \result == \false <==> *rejection != TLS_ACCEPTED;
    ensures known_reason: *rejection <= TLS_CERTIFICATE_EMPTY;
    ensures chain_inside: \result ==> tls_inside(chain, length);
    ensures chain_some: \result ==> chain->length >= 4;
*/
bool tls_certificate_parse(const uint8_t *body, uint32_t length, struct tls_span *chain,
                           uint16_t *rejection);

/* The certificate whose length stands at `position` of a certificate_list of `length` bytes: true,
 * and its span in `out`; the next begins behind it. False when none is there that fits. */
/*@ requires list_readable: \valid_read(list + (0 .. length - 1));
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    requires before_end: position <= length;
    requires out_valid: \valid(out);
    requires apart: \separated(list + (0 .. length - 1), out);
    terminates \true;
    exits \false;
    assigns *out;
    ensures starts: \result ==> out->offset == position + 3;
    ensures inside: \result ==> tls_inside(out, length);
    ensures some: \result ==> out->length >= 1;
*/
bool tls_certificate_next(const uint8_t *list, uint32_t position, uint32_t length,
                          struct tls_span *out);

struct tls_key_exchange {
    struct tls_span identity; /* ServerKeyExchange: the hint; ClientKeyExchange: the PSK identity */
    uint32_t group;           /* ServerKeyExchange with ECDHE: the named group; else 0 */
    struct tls_span share;    /* ECDHE: the public share, at least one byte; RSA_PSK: the
                                 EncryptedPreMasterSecret; else empty */
};

/* ServerKeyExchange (RFC 4279, 2; with `ecdhe` 1: RFC 5489, 2). The group and the length of the
 * share are not judged. */
/*@ requires body_readable: \valid_read(body + (0 .. length - 1));
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    requires out_valid: \valid(out);
    requires rejection_valid: \valid(rejection);
    requires apart: \separated(body + (0 .. length - 1), out, rejection);
    terminates \true;
    exits \false;
    assigns *out, *rejection;
    ensures reason: \result == \false <==> *rejection != TLS_ACCEPTED;
    ensures known_reason: *rejection <= TLS_SHARE_EMPTY;
    ensures identity_inside: \result ==> tls_inside(&out->identity, length);
    ensures share_inside: \result ==> tls_inside(&out->share, length);
    ensures share_some: \result ==> ecdhe != 0 ==> 1 <= out->share.length <= 255;
    ensures group_narrow: \result ==> out->group <= 0xffff;
*/
bool tls_server_key_exchange_parse(const uint8_t *body, uint32_t length, uint32_t ecdhe,
                                   struct tls_key_exchange *out, uint16_t *rejection);

/* ClientKeyExchange (RFC 4279, 2; with `ecdhe` 1: RFC 5489, 2). Any length of identity is let
 * through: what is too long is an unknown identity, not a malformed message. */
/*@ requires body_readable: \valid_read(body + (0 .. length - 1));
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    requires out_valid: \valid(out);
    requires rejection_valid: \valid(rejection);
    requires apart: \separated(body + (0 .. length - 1), out, rejection);
    terminates \true;
    exits \false;
    assigns *out, *rejection;
    ensures reason: \result == \false <==> *rejection != TLS_ACCEPTED;
    ensures known_reason: *rejection <= TLS_SHARE_EMPTY;
    ensures identity_inside: \result ==> tls_inside(&out->identity, length);
    ensures share_inside: \result ==> tls_inside(&out->share, length);
    ensures share_some: \result ==> ecdhe != 0 ==> 1 <= out->share.length <= 255;
*/
bool tls_client_key_exchange_parse(const uint8_t *body, uint32_t length, uint32_t ecdhe,
                                   struct tls_key_exchange *out, uint16_t *rejection);

/* ClientKeyExchange of RSA_PSK (RFC 4279, 4): the encrypted secret may have any length, even none. One
 * that no key of ours has is for the decryption to fail on, in its own way (RFC 5246, 7.4.7.1). */
/*@ requires body_readable: \valid_read(body + (0 .. length - 1));
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    requires out_valid: \valid(out);
    requires rejection_valid: \valid(rejection);
    requires apart: \separated(body + (0 .. length - 1), out, rejection);
    terminates \true;
    exits \false;
    assigns *out, *rejection;
    ensures reason: \result == \false <==> *rejection != TLS_ACCEPTED;
    ensures known_reason: *rejection <= TLS_SHARE_EMPTY;
    ensures identity_inside: \result ==> tls_inside(&out->identity, length);
    ensures share_inside: \result ==> tls_inside(&out->share, length);
    ensures to_the_end: \result ==> out->share.offset + out->share.length == length;
*/
bool tls_rsa_key_exchange_parse(const uint8_t *body, uint32_t length, struct tls_key_exchange *out,
                                uint16_t *rejection);

/* The fatal alert that answers `rejection` (RFC 5246, 7.2.2; RFC 5746, 3.4 and 3.6). */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures fatal_kind: \result == TLS_ALERT_DECODE_ERROR || \result == TLS_ALERT_ILLEGAL_PARAMETER
        || \result == TLS_ALERT_HANDSHAKE_FAILURE || \result == TLS_ALERT_UNSUPPORTED_EXTENSION;
*/
uint32_t tls_rejection_alert(uint16_t rejection);

#endif
