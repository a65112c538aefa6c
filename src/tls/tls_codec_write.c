/* The encoders of handshake messages: see tls_codec_write.h. A message is written from left to right
 * behind room for its header, which is filled in when its length is known. */
#include "tls_codec_write.h"

void tls_copy(uint8_t *to, const uint8_t *from, uint32_t length)
{
    /*@ loop invariant within: i <= length;
        loop invariant so_far: \forall integer k; 0 <= k < i ==> to[k] == from[k];
        loop assigns i, to[0 .. length - 1];
        loop variant length - i;
    */
    for (uint32_t i = 0; i < length; i++) {
        to[i] = from[i];
    }
}

void tls_put_u16(uint8_t *out, uint32_t value)
{
    out[0] = (uint8_t)(value / 256u);
    out[1] = (uint8_t)(value % 256u);
}

void tls_put_u24(uint8_t *out, uint32_t value)
{
    out[0] = 0;
    tls_put_u16(out + 1, value);
}

void tls_put_handshake(uint8_t *out, uint32_t type, uint32_t length)
{
    out[0] = (uint8_t)type;
    tls_put_u24(out + 1, length);
}

/* Writes a list of two-byte values behind its length in two bytes; returns the bytes written. */
/*@ requires out_valid: \valid(out + (0 .. 2 * count + 1));
    requires readable: \valid_read(value + (0 .. count - 1));
    requires bounded: count <= TLS_SUITES_MAX;
    requires narrow: \forall integer i; 0 <= i < count ==> value[i] <= 0xffff;
    requires apart: \separated(out + (0 .. 2 * count + 1), value + (0 .. count - 1));
    terminates \true;
    exits \false;
    assigns out[0 .. 2 * count + 1];
    ensures size: \result == 2 * count + 2;
*/
static uint32_t put_list(uint8_t *out, const uint32_t *value, uint32_t count)
{
    tls_put_u16(out, 2u * count);
    /*@ loop invariant within: i <= count;
        loop assigns i, out[0 .. 2 * count + 1];
        loop variant count - i;
    */
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = 2u * i + 2u;
        tls_put_u16(out + at, value[i]);
    }
    return 2u * count + 2u;
}

/* Writes the type and length of an extension; returns the bytes written. */
/*@ requires out_valid: \valid(out + (0 .. 3));
    requires type_narrow: type <= 0xffff;
    requires length_narrow: length <= 0xffff;
    terminates \true;
    exits \false;
    assigns out[0 .. 3];
    ensures size: \result == 4;
*/
static uint32_t put_extension(uint8_t *out, uint32_t type, uint32_t length)
{
    tls_put_u16(out, type);
    tls_put_u16(out + 2, length);
    return 4u;
}

/* Writes an empty renegotiation_info (RFC 5746, 3.4); returns the bytes written. */
/*@ requires out_valid: \valid(out + (0 .. 4));
    terminates \true;
    exits \false;
    assigns out[0 .. 4];
    ensures size: \result == 5;
*/
static uint32_t put_renegotiation_info(uint8_t *out)
{
    put_extension(out, TLS_EXTENSION_RENEGOTIATION_INFO, 1);
    out[4] = 0;
    return 5u;
}

/* Writes ec_point_formats with the uncompressed form alone (RFC 8422, 5.1.2). */
/*@ requires out_valid: \valid(out + (0 .. 5));
    terminates \true;
    exits \false;
    assigns out[0 .. 5];
    ensures size: \result == 6;
*/
static uint32_t put_point_formats(uint8_t *out)
{
    put_extension(out, TLS_EXTENSION_EC_POINT_FORMATS, 2);
    out[4] = 1;
    out[5] = 0;
    return 6u;
}

/* Writes signature_algorithms (RFC 5246, 7.4.1.4.1): RSA (PKCS #1) and ECDSA with SHA-256, SHA-384 and
 * SHA-512; without it a server would have to take SHA-1. Returns the bytes written. */
/*@ requires out_valid: \valid(out + (0 .. 17));
    terminates \true;
    exits \false;
    assigns out[0 .. 17];
    ensures size: \result == 18;
*/
static uint32_t put_signature_algorithms(uint8_t *out)
{
    put_extension(out, TLS_EXTENSION_SIGNATURE_ALGORITHMS, 14);
    tls_put_u16(out + 4, 12);
    tls_put_u16(out + 6, 0x0401);
    tls_put_u16(out + 8, 0x0501);
    tls_put_u16(out + 10, 0x0601);
    tls_put_u16(out + 12, 0x0403);
    tls_put_u16(out + 14, 0x0503);
    tls_put_u16(out + 16, 0x0603);
    return 18u;
}

/* Writes version 1.2, the random and an empty session id behind the header; returns where it ends. */
/*@ requires out_valid: \valid(out + (0 .. 38));
    requires random_readable: \valid_read(random + (0 .. TLS_RANDOM_LENGTH - 1));
    requires apart: \separated(out + (0 .. 38), random + (0 .. TLS_RANDOM_LENGTH - 1));
    terminates \true;
    exits \false;
    assigns out[4 .. 38];
    ensures end: \result == 39;
*/
static uint32_t put_start(uint8_t *out, const uint8_t *random)
{
    tls_put_u16(out + 4, TLS_VERSION_1_2);
    tls_copy(out + 6, random, TLS_RANDOM_LENGTH);
    out[38] = 0;
    return 39u;
}

/* Writes the extensions of a ClientHello behind their length; returns the bytes written. */
/*@ requires out_valid: \valid(out + (0 .. 63));
    requires offer_readable: \valid_read(offer);
    requires few_groups: offer->group_count <= TLS_GROUPS_MAX;
    requires groups_narrow: \forall integer i; 0 <= i < TLS_GROUPS_MAX ==> offer->group[i] <= 0xffff;
    requires apart: \separated(out + (0 .. 63), offer);
    terminates \true;
    exits \false;
    assigns out[0 .. 63];
    ensures fits: 11 <= \result <= 49;
*/
static uint32_t put_client_extensions(uint8_t *out, const struct tls_offer *offer)
{
    uint32_t at = 2;
    at += put_extension(out + at, TLS_EXTENSION_EXTENDED_MASTER_SECRET, 0);
    at += put_renegotiation_info(out + at);
    if (offer->group_count > 0u) {
        at += put_extension(out + at, TLS_EXTENSION_SUPPORTED_GROUPS, 2u * offer->group_count + 2u);
        at += put_list(out + at, offer->group, offer->group_count);
        at += put_point_formats(out + at);
    }
    if (offer->certified != 0u) {
        at += put_signature_algorithms(out + at);
    }
    tls_put_u16(out, at - 2u);
    return at;
}

uint32_t tls_client_hello_write(uint8_t *out, const uint8_t *random, const struct tls_offer *offer)
{
    uint32_t at = put_start(out, random);
    at += put_list(out + at, offer->suite, offer->suite_count);
    out[at] = 1;
    out[at + 1u] = 0;
    at += 2u;
    at += put_client_extensions(out + at, offer);
    tls_put_handshake(out, TLS_CLIENT_HELLO, at - TLS_HANDSHAKE_HEADER);
    return at;
}

uint32_t tls_server_hello_write(uint8_t *out, const uint8_t *random, uint32_t suite,
                                uint32_t renegotiation, uint32_t point_formats)
{
    uint32_t start = put_start(out, random);
    tls_put_u16(out + start, suite);
    out[start + 2u] = 0;
    start += 3u;
    uint32_t at = start + 2u;
    at += put_extension(out + at, TLS_EXTENSION_EXTENDED_MASTER_SECRET, 0);
    if (renegotiation != 0u) {
        at += put_renegotiation_info(out + at);
    }
    if (point_formats != 0u) {
        at += put_point_formats(out + at);
    }
    tls_put_u16(out + start, at - start - 2u);
    tls_put_handshake(out, TLS_SERVER_HELLO, at - TLS_HANDSHAKE_HEADER);
    return at;
}

uint32_t tls_server_key_exchange_write(uint8_t *out, uint32_t group, const uint8_t *share,
                                       uint32_t share_length)
{
    tls_put_handshake(out, TLS_SERVER_KEY_EXCHANGE, 6u + share_length);
    tls_put_u16(out + 4, 0);
    out[6] = 3; /* named_curve (RFC 8422, 5.4) */
    tls_put_u16(out + 7, group);
    out[9] = (uint8_t)share_length;
    tls_copy(out + 10, share, share_length);
    return 10u + share_length;
}

uint32_t tls_client_key_exchange_write(uint8_t *out, const uint8_t *identity,
                                       uint32_t identity_length, const uint8_t *share,
                                       uint32_t share_length)
{
    tls_put_u16(out + 4, identity_length);
    tls_copy(out + 6, identity, identity_length);
    uint32_t at = 6u + identity_length;
    if (share_length > 0u) {
        out[at] = (uint8_t)share_length;
        tls_copy(out + at + 1u, share, share_length);
        at += 1u + share_length;
    }
    tls_put_handshake(out, TLS_CLIENT_KEY_EXCHANGE, at - TLS_HANDSHAKE_HEADER);
    return at;
}

uint32_t tls_rsa_key_exchange_write(uint8_t *out, const uint8_t *identity, uint32_t identity_length,
                                    const uint8_t *encrypted, uint32_t encrypted_length)
{
    tls_put_u16(out + 4, identity_length);
    tls_copy(out + 6, identity, identity_length);
    uint32_t at = 6u + identity_length;
    tls_put_u16(out + at, encrypted_length);
    tls_copy(out + at + 2u, encrypted, encrypted_length);
    at += 2u + encrypted_length;
    tls_put_handshake(out, TLS_CLIENT_KEY_EXCHANGE, at - TLS_HANDSHAKE_HEADER);
    return at;
}

void tls_certificate_head_write(uint8_t *out, uint32_t list_length)
{
    tls_put_handshake(out, TLS_CERTIFICATE, list_length + 3u);
    tls_put_u24(out + 4, list_length);
}

uint32_t tls_server_hello_done_write(uint8_t *out)
{
    tls_put_handshake(out, TLS_SERVER_HELLO_DONE, 0);
    return TLS_HANDSHAKE_HEADER;
}

uint32_t tls_finished_write(uint8_t *out, const uint8_t *verify_data)
{
    tls_put_handshake(out, TLS_FINISHED, TLS_VERIFY_DATA_LENGTH);
    tls_copy(out + TLS_HANDSHAKE_HEADER, verify_data, TLS_VERIFY_DATA_LENGTH);
    return TLS_FINISHED_LENGTH;
}
