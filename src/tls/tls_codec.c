/* The parsers of handshake messages: see tls_codec.h. Each reads from left to right and stops at the
 * first thing that is wrong. */
#include "tls_codec.h"

#include "psk_suite.h"
#include "tls_codec_read.h"

#define SESSION_ID_MAX 32u
#define POINT_FORMAT_UNCOMPRESSED 0u
#define CURVE_TYPE_NAMED 3u
#define HELLO_FIXED (2u + TLS_RANDOM_LENGTH) /* version and random */

uint32_t tls_rejection_alert(uint16_t rejection)
{
    switch (rejection) {
    case TLS_COMPRESSION_NOT_NULL:
    case TLS_EXTENSION_REPEATED:
    case TLS_UNCOMPRESSED_MISSING:
    case TLS_CURVE_NOT_NAMED:
        return TLS_ALERT_ILLEGAL_PARAMETER;
    case TLS_EXTENSION_UNSOLICITED:
        return TLS_ALERT_UNSUPPORTED_EXTENSION;
    case TLS_RENEGOTIATING:
        return TLS_ALERT_HANDSHAKE_FAILURE;
    default:
        return TLS_ALERT_DECODE_ERROR;
    }
}

bool tls_list_holds(const uint8_t *list, uint32_t length, uint32_t value)
{
    /*@ loop invariant even_place: i % 2 == 0;
        loop invariant within: i <= length;
        loop invariant not_yet: \forall integer k; 0 <= k < i && k % 2 == 0
                         ==> list[k] * 256 + list[k + 1] != value;
        loop assigns i;
        loop variant length - i;
    */
    for (uint32_t i = 0; i < length; i += 2u) {
        //@ assert two_left: i + 1 < length;
        if (tls_get_u16(list + i) == value) {
            return true;
        }
    }
    return false;
}

/* Whether the bytes at `list` hold `value`. */
/*@ requires list_readable: \valid_read(list + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures holds: \result == \true <==> (\exists integer i; 0 <= i < length && list[i] == value);
*/
static bool bytes_hold(const uint8_t *list, uint32_t length, uint8_t value)
{
    /*@ loop invariant within: i <= length;
        loop invariant not_yet: \forall integer k; 0 <= k < i ==> list[k] != value;
        loop assigns i;
        loop variant length - i;
    */
    for (uint32_t i = 0; i < length; i++) {
        if (list[i] == value) {
            return true;
        }
    }
    return false;
}

/* Whether a suite of psk_suite.h that is on by default is in the list of suites. */
/*@ requires list_readable: \valid_read(list + (0 .. length - 1));
    requires even: length % 2 == 0;
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures flag: \result == 0 || \result == 1;
*/
static uint32_t holds_psk_suite(const uint8_t *list, uint32_t length)
{
    /*@ loop invariant even_place: i % 2 == 0;
        loop invariant within: i <= length;
        loop assigns i;
        loop variant length - i;
    */
    for (uint32_t i = 0; i < length; i += 2u) {
        //@ assert two_left: i + 1 < length;
        if (psk_suite_index(tls_get_u16(list + i)) < PSK_SUITE_USUAL) {
            return 1;
        }
    }
    return 0;
}

/* The contents of an ec_point_formats extension (RFC 8422, 5.1.2): a list of one-byte values. */
/*@ requires data_readable: \valid_read(data + (0 .. size - 1));
    requires bounded: size <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures known_reason: \result <= TLS_SHARE_EMPTY;
*/
static uint16_t judge_point_formats(const uint8_t *data, uint32_t size)
{
    if (size < 2u || data[0] != size - 1u) {
        return TLS_EXTENSION_MALFORMED;
    }
    if (!bytes_hold(data + 1, size - 1u, POINT_FORMAT_UNCOMPRESSED)) {
        return TLS_UNCOMPRESSED_MISSING;
    }
    return TLS_ACCEPTED;
}

/* The contents of a renegotiation_info extension in a first handshake: an empty vector
 * (RFC 5746, 3.4 and 3.6). */
/*@ requires data_readable: \valid_read(data + (0 .. size - 1));
    requires bounded: size <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures known_reason: \result <= TLS_SHARE_EMPTY;
    ensures empty: \result == TLS_ACCEPTED <==> size == 1 && data[0] == 0;
*/
static uint16_t judge_renegotiation_info(const uint8_t *data, uint32_t size)
{
    if (size == 0u || data[0] != size - 1u) {
        return TLS_EXTENSION_MALFORMED;
    }
    return size == 1u ? TLS_ACCEPTED : TLS_RENEGOTIATING;
}

/* Notes in `*seen` that an extension was met; refuses it when it was met before. */
/*@ requires seen_valid: \valid(seen);
    terminates \true;
    exits \false;
    assigns *seen;
    ensures once: \result == TLS_ACCEPTED ==> *seen == 1;
    ensures known_reason: \result == TLS_ACCEPTED || \result == TLS_EXTENSION_REPEATED;
*/
static uint16_t meet(uint32_t *seen)
{
    if (*seen != 0u) {
        return TLS_EXTENSION_REPEATED;
    }
    *seen = 1u;
    return TLS_ACCEPTED;
}

/* supported_groups (RFC 8422, 5.1.1): a list of at least one two-byte value, named by `out`. */
/*@ requires readable: \valid_read(body + (0 .. end - 1));
    requires bounded: end <= TLS_HANDSHAKE_BODY_MAX;
    requires before_end: position <= end;
    requires out_valid: \valid(out);
    requires apart: \separated(body + (0 .. end - 1), out);
    terminates \true;
    exits \false;
    assigns *out;
    ensures known_reason: \result <= TLS_SHARE_EMPTY;
    ensures inside: \result == TLS_ACCEPTED ==> out->offset + out->length <= end;
    ensures even: \result == TLS_ACCEPTED ==> out->length % 2 == 0;
*/
static uint16_t read_groups(const uint8_t *body, uint32_t position, uint32_t end,
                            struct tls_span *out)
{
    if (!tls_vector_16(body, position, end, out) || out->offset + out->length != end) {
        return TLS_EXTENSION_MALFORMED;
    }
    if (out->length == 0u || out->length % 2u != 0u) {
        return TLS_EXTENSION_MALFORMED;
    }
    return TLS_ACCEPTED;
}

/*@ predicate hello_groups(struct tls_client_hello *out, integer end) =
      out->groups.offset + out->groups.length <= end && out->groups.length % 2 == 0;
*/

/* One extension of a ClientHello: its type, and its data from `position` to `end`. */
/*@ requires readable: \valid_read(body + (0 .. end - 1));
    requires bounded: end <= TLS_HANDSHAKE_BODY_MAX;
    requires before_end: position <= end;
    requires out_valid: \valid(out);
    requires apart: \separated(body + (0 .. end - 1), out);
    requires groups_before: hello_groups(out, position);
    terminates \true;
    exits \false;
    assigns out->groups, out->supported_groups, out->point_formats,
            out->extended_master_secret, out->renegotiation_info, out->secure_renegotiation;
    ensures known_reason: \result <= TLS_SHARE_EMPTY;
    ensures groups_after: \result == TLS_ACCEPTED ==> hello_groups(out, end);
*/
static uint16_t client_extension(const uint8_t *body, uint32_t type, uint32_t position,
                                 uint32_t end, struct tls_client_hello *out)
{
    uint16_t repeated = TLS_ACCEPTED;
    if (type == TLS_EXTENSION_SUPPORTED_GROUPS) {
        repeated = meet(&out->supported_groups);
        return repeated != TLS_ACCEPTED ? repeated : read_groups(body, position, end, &out->groups);
    }
    if (type == TLS_EXTENSION_EC_POINT_FORMATS) {
        repeated = meet(&out->point_formats);
        return repeated != TLS_ACCEPTED ? repeated
                                        : judge_point_formats(body + position, end - position);
    }
    if (type == TLS_EXTENSION_EXTENDED_MASTER_SECRET) {
        repeated = meet(&out->extended_master_secret);
        return repeated == TLS_ACCEPTED && position != end ? TLS_EXTENSION_MALFORMED : repeated;
    }
    if (type == TLS_EXTENSION_RENEGOTIATION_INFO) {
        repeated = meet(&out->renegotiation_info);
        out->secure_renegotiation = 1u;
        return repeated != TLS_ACCEPTED ? repeated
                                        : judge_renegotiation_info(body + position, end - position);
    }
    return TLS_ACCEPTED;
}

/* The extensions of a ClientHello, from `position` to `end`. */
/*@ requires readable: \valid_read(body + (0 .. end - 1));
    requires bounded: end <= TLS_HANDSHAKE_BODY_MAX;
    requires before_end: position <= end;
    requires out_valid: \valid(out);
    requires apart: \separated(body + (0 .. end - 1), out);
    requires groups_before: hello_groups(out, position);
    terminates \true;
    exits \false;
    assigns out->groups, out->supported_groups, out->point_formats,
            out->extended_master_secret, out->renegotiation_info, out->secure_renegotiation;
    ensures known_reason: \result <= TLS_SHARE_EMPTY;
    ensures groups_after: \result == TLS_ACCEPTED ==> hello_groups(out, end);
*/
static uint16_t client_extensions(const uint8_t *body, uint32_t position, uint32_t end,
                                  struct tls_client_hello *out)
{
    /*@ loop invariant within: position <= end;
        loop invariant groups: hello_groups(out, position);
        loop assigns position, out->groups, out->supported_groups, out->point_formats,
                     out->extended_master_secret, out->renegotiation_info,
                     out->secure_renegotiation;
        loop variant end - position;
    */
    while (position < end) {
        struct tls_span data;
        if (end - position < 4u || !tls_vector_16(body, position + 2u, end, &data)) {
            return TLS_TRUNCATED;
        }
        uint32_t next = data.offset + data.length;
        uint16_t reason =
            client_extension(body, tls_get_u16(body + position), data.offset, next, out);
        if (reason != TLS_ACCEPTED) {
            return reason;
        }
        position = next;
    }
    return TLS_ACCEPTED;
}

/* The vector of extensions at the end of a hello: absent, or exactly to `length`. `*start` is where
 * its contents begin (`length` when there is none). */
/*@ requires readable: \valid_read(body + (0 .. length - 1));
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    requires before_end: position <= length;
    requires start_valid: \valid(start);
    requires apart: \separated(body + (0 .. length - 1), start);
    terminates \true;
    exits \false;
    assigns *start;
    ensures known_reason: \result <= TLS_SHARE_EMPTY;
    ensures inside: \result == TLS_ACCEPTED ==> *start <= length;
*/
static uint16_t find_extensions(const uint8_t *body, uint32_t position, uint32_t length,
                                uint32_t *start)
{
    struct tls_span all;
    *start = length;
    if (position == length) {
        return TLS_ACCEPTED;
    }
    if (!tls_vector_16(body, position, length, &all)) {
        return TLS_TRUNCATED;
    }
    *start = all.offset;
    return all.offset + all.length == length ? TLS_ACCEPTED : TLS_TRAILING_BYTES;
}

/* The suites of a ClientHello, and what they say of PSK, fallback and renegotiation. */
/*@ requires readable: \valid_read(body + (0 .. length - 1));
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    requires before_end: position <= length;
    requires out_valid: \valid(out);
    requires apart: \separated(body + (0 .. length - 1), out);
    terminates \true;
    exits \false;
    assigns out->suites, out->offers_psk, out->fallback_scsv, out->secure_renegotiation;
    ensures known_reason: \result <= TLS_SHARE_EMPTY;
    ensures inside: \result == TLS_ACCEPTED ==> tls_inside(&out->suites, length);
    ensures even: \result == TLS_ACCEPTED ==> out->suites.length % 2 == 0;
    ensures some: \result == TLS_ACCEPTED ==> out->suites.length >= 2;
*/
static uint16_t read_suites(const uint8_t *body, uint32_t position, uint32_t length,
                            struct tls_client_hello *out)
{
    if (!tls_vector_16(body, position, length, &out->suites)) {
        return TLS_TRUNCATED;
    }
    if (out->suites.length < 2u || out->suites.length % 2u != 0u) {
        return TLS_SUITES_MALFORMED;
    }
    const uint8_t *list = body + out->suites.offset;
    uint32_t size = out->suites.length;
    out->offers_psk = holds_psk_suite(list, size);
    out->fallback_scsv = tls_list_holds(list, size, TLS_FALLBACK_SCSV) ? 1u : 0u;
    out->secure_renegotiation =
        tls_list_holds(list, size, TLS_EMPTY_RENEGOTIATION_INFO_SCSV) ? 1u : 0u;
    return TLS_ACCEPTED;
}

/* The compression methods of a ClientHello: the null method must be among them. `*next` is where
 * they end. */
/*@ requires readable: \valid_read(body + (0 .. length - 1));
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    requires before_end: position <= length;
    requires next_valid: \valid(next);
    requires apart: \separated(body + (0 .. length - 1), next);
    terminates \true;
    exits \false;
    assigns *next;
    ensures known_reason: \result <= TLS_SHARE_EMPTY;
    ensures inside: \result == TLS_ACCEPTED ==> position <= *next <= length;
*/
static uint16_t read_compression(const uint8_t *body, uint32_t position, uint32_t length,
                                 uint32_t *next)
{
    struct tls_span methods;
    if (!tls_vector_8(body, position, length, &methods)) {
        return TLS_TRUNCATED;
    }
    *next = methods.offset + methods.length;
    return bytes_hold(body + methods.offset, methods.length, 0) ? TLS_ACCEPTED
                                                                : TLS_COMPRESSION_NOT_NULL;
}

/* Version, random and session id, with which both hellos begin. */
/*@ requires readable: \valid_read(body + (0 .. length - 1));
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    requires session_valid: \valid(session_id);
    requires apart: \separated(body + (0 .. length - 1), session_id);
    terminates \true;
    exits \false;
    assigns *session_id;
    ensures known_reason: \result <= TLS_SHARE_EMPTY;
    ensures fixed_part: \result == TLS_ACCEPTED ==> length > 34;
    ensures inside: \result == TLS_ACCEPTED ==> tls_inside(session_id, length);
*/
static uint16_t read_start(const uint8_t *body, uint32_t length, struct tls_span *session_id)
{
    if (length < HELLO_FIXED || !tls_vector_8(body, HELLO_FIXED, length, session_id)) {
        return TLS_TRUNCATED;
    }
    return session_id->length <= SESSION_ID_MAX ? TLS_ACCEPTED : TLS_SESSION_ID_TOO_LONG;
}

/*@ requires readable: \valid_read(body + (0 .. length - 1));
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    requires out_valid: \valid(out);
    requires apart: \separated(body + (0 .. length - 1), out);
    terminates \true;
    exits \false;
    assigns *out;
    ensures known_reason: \result <= TLS_SHARE_EMPTY;
    ensures random_inside: \result == TLS_ACCEPTED ==> tls_inside(&out->random, length);
    ensures random_whole: \result == TLS_ACCEPTED ==> out->random.length == TLS_RANDOM_LENGTH;
    ensures session_id_inside: \result == TLS_ACCEPTED ==> tls_inside(&out->session_id, length);
    ensures suites_inside: \result == TLS_ACCEPTED ==> tls_inside(&out->suites, length);
    ensures suites_even: \result == TLS_ACCEPTED ==> out->suites.length % 2 == 0;
    ensures suites_some: \result == TLS_ACCEPTED ==> out->suites.length >= 2;
    ensures groups: \result == TLS_ACCEPTED ==> hello_groups(out, length);
*/
static uint16_t read_client_hello(const uint8_t *body, uint32_t length,
                                  struct tls_client_hello *out)
{
    uint32_t next = 0;
    uint16_t reason = read_start(body, length, &out->session_id);
    if (reason != TLS_ACCEPTED) {
        return reason;
    }
    out->version = tls_get_u16(body);
    out->random.offset = 2u;
    out->random.length = TLS_RANDOM_LENGTH;
    reason = read_suites(body, out->session_id.offset + out->session_id.length, length, out);
    if (reason != TLS_ACCEPTED) {
        return reason;
    }
    reason = read_compression(body, out->suites.offset + out->suites.length, length, &next);
    if (reason != TLS_ACCEPTED) {
        return reason;
    }
    out->groups.offset = 0;
    out->groups.length = 0;
    out->supported_groups = 0;
    out->point_formats = 0;
    out->extended_master_secret = 0;
    out->renegotiation_info = 0;
    reason = find_extensions(body, next, length, &next);
    return reason != TLS_ACCEPTED ? reason : client_extensions(body, next, length, out);
}

bool tls_client_hello_parse(const uint8_t *body, uint32_t length, struct tls_client_hello *out,
                            uint16_t *rejection)
{
    *rejection = read_client_hello(body, length, out);
    return *rejection == TLS_ACCEPTED;
}

/* One extension of a ServerHello: only answers to what tls_client_hello_write sends. */
/*@ requires readable: \valid_read(body + (0 .. end - 1));
    requires bounded: end <= TLS_HANDSHAKE_BODY_MAX;
    requires before_end: position <= end;
    requires out_valid: \valid(out);
    requires apart: \separated(body + (0 .. end - 1), out);
    terminates \true;
    exits \false;
    assigns out->point_formats, out->extended_master_secret, out->renegotiation_info;
    ensures known_reason: \result <= TLS_SHARE_EMPTY;
*/
static uint16_t server_extension(const uint8_t *body, uint32_t type, uint32_t position,
                                 uint32_t end, struct tls_server_hello *out)
{
    uint16_t repeated = TLS_ACCEPTED;
    if (type == TLS_EXTENSION_EC_POINT_FORMATS) {
        repeated = meet(&out->point_formats);
        return repeated != TLS_ACCEPTED ? repeated
                                        : judge_point_formats(body + position, end - position);
    }
    if (type == TLS_EXTENSION_EXTENDED_MASTER_SECRET) {
        repeated = meet(&out->extended_master_secret);
        return repeated == TLS_ACCEPTED && position != end ? TLS_EXTENSION_MALFORMED : repeated;
    }
    if (type == TLS_EXTENSION_RENEGOTIATION_INFO) {
        repeated = meet(&out->renegotiation_info);
        return repeated != TLS_ACCEPTED ? repeated
                                        : judge_renegotiation_info(body + position, end - position);
    }
    return TLS_EXTENSION_UNSOLICITED;
}

/*@ requires readable: \valid_read(body + (0 .. end - 1));
    requires bounded: end <= TLS_HANDSHAKE_BODY_MAX;
    requires before_end: position <= end;
    requires out_valid: \valid(out);
    requires apart: \separated(body + (0 .. end - 1), out);
    terminates \true;
    exits \false;
    assigns out->point_formats, out->extended_master_secret, out->renegotiation_info;
    ensures known_reason: \result <= TLS_SHARE_EMPTY;
*/
static uint16_t server_extensions(const uint8_t *body, uint32_t position, uint32_t end,
                                  struct tls_server_hello *out)
{
    /*@ loop invariant within: position <= end;
        loop assigns position, out->point_formats, out->extended_master_secret,
                     out->renegotiation_info;
        loop variant end - position;
    */
    while (position < end) {
        struct tls_span data;
        if (end - position < 4u || !tls_vector_16(body, position + 2u, end, &data)) {
            return TLS_TRUNCATED;
        }
        uint32_t next = data.offset + data.length;
        uint16_t reason =
            server_extension(body, tls_get_u16(body + position), data.offset, next, out);
        if (reason != TLS_ACCEPTED) {
            return reason;
        }
        position = next;
    }
    return TLS_ACCEPTED;
}

/*@ requires readable: \valid_read(body + (0 .. length - 1));
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    requires out_valid: \valid(out);
    requires apart: \separated(body + (0 .. length - 1), out);
    terminates \true;
    exits \false;
    assigns *out;
    ensures known_reason: \result <= TLS_SHARE_EMPTY;
    ensures random_inside: \result == TLS_ACCEPTED ==> tls_inside(&out->random, length);
    ensures random_whole: \result == TLS_ACCEPTED ==> out->random.length == TLS_RANDOM_LENGTH;
*/
static uint16_t read_server_hello(const uint8_t *body, uint32_t length,
                                  struct tls_server_hello *out)
{
    struct tls_span session_id;
    uint32_t next = 0;
    uint16_t reason = read_start(body, length, &session_id);
    if (reason != TLS_ACCEPTED) {
        return reason;
    }
    next = session_id.offset + session_id.length;
    if (length - next < 3u) {
        return TLS_TRUNCATED;
    }
    out->version = tls_get_u16(body);
    out->random.offset = 2u;
    out->random.length = TLS_RANDOM_LENGTH;
    out->suite = tls_get_u16(body + next);
    out->extended_master_secret = 0;
    out->renegotiation_info = 0;
    out->point_formats = 0;
    if (body[next + 2u] != 0u) {
        return TLS_COMPRESSION_NOT_NULL;
    }
    reason = find_extensions(body, next + 3u, length, &next);
    return reason != TLS_ACCEPTED ? reason : server_extensions(body, next, length, out);
}

bool tls_server_hello_parse(const uint8_t *body, uint32_t length, struct tls_server_hello *out,
                            uint16_t *rejection)
{
    *rejection = read_server_hello(body, length, out);
    return *rejection == TLS_ACCEPTED;
}

/* A public share with its length in one byte, at `position`, exactly to `length`. */
/*@ requires readable: \valid_read(body + (0 .. length - 1));
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    requires before_end: position <= length;
    requires out_valid: \valid(out);
    requires apart: \separated(body + (0 .. length - 1), out);
    terminates \true;
    exits \false;
    assigns *out;
    ensures known_reason: \result <= TLS_SHARE_EMPTY;
    ensures inside: \result == TLS_ACCEPTED ==> tls_inside(out, length);
    ensures some: \result == TLS_ACCEPTED ==> 1 <= out->length <= 255;
*/
static uint16_t read_share(const uint8_t *body, uint32_t position, uint32_t length,
                           struct tls_span *out)
{
    if (!tls_vector_8(body, position, length, out)) {
        return TLS_TRUNCATED;
    }
    if (out->length == 0u) {
        return TLS_SHARE_EMPTY;
    }
    return out->offset + out->length == length ? TLS_ACCEPTED : TLS_TRAILING_BYTES;
}

/* ServerECDHParams (RFC 8422, 5.4) at `position`: a named curve and a share. */
/*@ requires readable: \valid_read(body + (0 .. length - 1));
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    requires before_end: position <= length;
    requires out_valid: \valid(out);
    requires apart: \separated(body + (0 .. length - 1), out);
    terminates \true;
    exits \false;
    assigns out->group, out->share;
    ensures known_reason: \result <= TLS_SHARE_EMPTY;
    ensures inside: \result == TLS_ACCEPTED ==> tls_inside(&out->share, length);
    ensures some: \result == TLS_ACCEPTED ==> 1 <= out->share.length <= 255;
    ensures group_narrow: \result == TLS_ACCEPTED ==> out->group <= 0xffff;
*/
static uint16_t read_params(const uint8_t *body, uint32_t position, uint32_t length,
                            struct tls_key_exchange *out)
{
    if (length - position < 3u) {
        return TLS_TRUNCATED;
    }
    if (body[position] != CURVE_TYPE_NAMED) {
        return TLS_CURVE_NOT_NAMED;
    }
    out->group = tls_get_u16(body + position + 1u);
    return read_share(body, position + 3u, length, &out->share);
}

bool tls_server_key_exchange_parse(const uint8_t *body, uint32_t length, uint32_t ecdhe,
                                   struct tls_key_exchange *out, uint16_t *rejection)
{
    out->group = 0;
    out->share.offset = 0;
    out->share.length = 0;
    *rejection = TLS_ACCEPTED;
    if (!tls_vector_16(body, 0, length, &out->identity)) {
        *rejection = TLS_TRUNCATED;
        return false;
    }
    uint32_t next = out->identity.offset + out->identity.length;
    if (ecdhe != 0u) {
        *rejection = read_params(body, next, length, out);
    } else if (next != length) {
        *rejection = TLS_TRAILING_BYTES;
    }
    return *rejection == TLS_ACCEPTED;
}

bool tls_client_key_exchange_parse(const uint8_t *body, uint32_t length, uint32_t ecdhe,
                                   struct tls_key_exchange *out, uint16_t *rejection)
{
    out->group = 0;
    out->share.offset = 0;
    out->share.length = 0;
    *rejection = TLS_ACCEPTED;
    if (!tls_vector_16(body, 0, length, &out->identity)) {
        *rejection = TLS_TRUNCATED;
        return false;
    }
    uint32_t next = out->identity.offset + out->identity.length;
    if (ecdhe != 0u) {
        *rejection = read_share(body, next, length, &out->share);
    } else if (next != length) {
        *rejection = TLS_TRAILING_BYTES;
    }
    return *rejection == TLS_ACCEPTED;
}

bool tls_rsa_key_exchange_parse(const uint8_t *body, uint32_t length, struct tls_key_exchange *out,
                                uint16_t *rejection)
{
    out->group = 0;
    *rejection = TLS_TRUNCATED;
    if (!tls_vector_16(body, 0, length, &out->identity)) {
        return false;
    }
    uint32_t next = out->identity.offset + out->identity.length;
    if (!tls_vector_16(body, next, length, &out->share)) {
        return false;
    }
    bool whole = out->share.offset + out->share.length == length;
    *rejection = whole ? TLS_ACCEPTED : TLS_TRAILING_BYTES;
    return whole;
}

bool tls_certificate_next(const uint8_t *list, uint32_t position, uint32_t length,
                          struct tls_span *out)
{
    return tls_vector_24(list, position, length, out) && out->length > 0u;
}

/* Judges the certificate_list of `length` bytes: one certificate or more, to its very end. */
/*@ requires readable: \valid_read(list + (0 .. length - 1));
    requires bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures known_reason: \result <= TLS_CERTIFICATE_EMPTY;
    ensures some: \result == TLS_ACCEPTED ==> length >= 4;
*/
static uint16_t judge_chain(const uint8_t *list, uint32_t length)
{
    struct tls_span certificate;
    uint32_t position = 0;
    if (length == 0u) {
        return TLS_CERTIFICATE_EMPTY;
    }
    /*@ loop invariant within: position <= length;
        loop invariant some: position > 0 ==> length >= 4;
        loop assigns position, certificate;
        loop variant length - position;
    */
    while (position < length) {
        if (!tls_vector_24(list, position, length, &certificate)) {
            return TLS_TRUNCATED;
        }
        if (certificate.length == 0u) {
            return TLS_CERTIFICATE_EMPTY;
        }
        position = certificate.offset + certificate.length;
    }
    return TLS_ACCEPTED;
}

bool tls_certificate_parse(const uint8_t *body, uint32_t length, struct tls_span *chain,
                           uint16_t *rejection)
{
    if (!tls_vector_24(body, 0, length, chain)) {
        *rejection = TLS_TRUNCATED;
    } else if (chain->offset + chain->length != length) {
        *rejection = TLS_TRAILING_BYTES;
    } else {
        *rejection = judge_chain(body + chain->offset, chain->length);
    }
    return *rejection == TLS_ACCEPTED;
}
