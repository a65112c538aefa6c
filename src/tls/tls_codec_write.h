/* The encoders of handshake messages (see tls_codec.h for the RFCs): each writes one whole message
 * with its header of type and length, and returns how many bytes it has. The caller's buffer has the
 * room that the constant beside the function names; input bytes lie apart from it. */
#ifndef POOLPROOF_TLS_CODEC_WRITE_H
#define POOLPROOF_TLS_CODEC_WRITE_H

#include "tls_codec.h"

#define TLS_SUITES_MAX 8u /* suites in a ClientHello, beside the SCSV */
#define TLS_GROUPS_MAX 4u /* groups in a ClientHello */

#define TLS_CLIENT_HELLO_ROOM 128u
#define TLS_SERVER_HELLO_ROOM 64u
#define TLS_SERVER_KEY_EXCHANGE_ROOM 80u
#define TLS_CLIENT_KEY_EXCHANGE_ROOM 208u
#define TLS_RSA_KEY_EXCHANGE_ROOM 648u
#define TLS_FINISHED_LENGTH 16u

#define TLS_ENCRYPTED_MAX 512u  /* EncryptedPreMasterSecret for a key of 4096 bits */
#define TLS_CERTIFICATE_HEAD 7u /* what stands before the certificate_list in a Certificate */

/* Copies `length` bytes. */
/*@ requires to_valid: \valid(to + (0 .. length - 1));
    requires from_readable: \valid_read(from + (0 .. length - 1));
    requires apart: \separated(to + (0 .. length - 1), from + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns to[0 .. length - 1];
    ensures copied: \forall integer i; 0 <= i < length ==> to[i] == from[i];
*/
void tls_copy(uint8_t *to, const uint8_t *from, uint32_t length);

/* Writes a number in two bytes, big-endian. */
/*@ requires out_valid: \valid(out + (0 .. 1));
    requires narrow: value <= 0xffff;
    terminates \true;
    exits \false;
    assigns out[0 .. 1];
    ensures big_endian: out[0] * 256 + out[1] == value;
*/
void tls_put_u16(uint8_t *out, uint32_t value);

/* The same in three bytes, of which the first is 0. */
/*@ requires out_valid: \valid(out + (0 .. 2));
    requires narrow: value <= 0xffff;
    terminates \true;
    exits \false;
    assigns out[0 .. 2];
    ensures big_endian: out[0] * 65536 + out[1] * 256 + out[2] == value;
*/
void tls_put_u24(uint8_t *out, uint32_t value);

/* Writes the type and length of a handshake message. */
/*@ requires out_valid: \valid(out + (0 .. 3));
    requires type_narrow: type <= 255;
    requires length_bounded: length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns out[0 .. 3];
    ensures type: out[0] == type;
    ensures length: out[1] * 65536 + out[2] * 256 + out[3] == length;
*/
void tls_put_handshake(uint8_t *out, uint32_t type, uint32_t length);

/* What a client offers, in its order of preference. */
struct tls_offer {
    uint32_t suite_count; /* 1 .. TLS_SUITES_MAX */
    uint32_t suite[TLS_SUITES_MAX];
    uint32_t group_count; /* 0 .. TLS_GROUPS_MAX; 0: neither supported_groups nor point formats */
    uint32_t group[TLS_GROUPS_MAX];
    uint32_t certified; /* not 0: with a suite whose server shows a certificate */
};

/* ClientHello: TLS 1.2, no session id, the null compression, extended_master_secret, an empty
 * renegotiation_info; with groups supported_groups and ec_point_formats; when certified
 * signature_algorithms, of which a server's chain may be made (RFC 5246, 7.4.1.4.1). */
/*@ requires out_valid: \valid(out + (0 .. TLS_CLIENT_HELLO_ROOM - 1));
    requires random_readable: \valid_read(random + (0 .. TLS_RANDOM_LENGTH - 1));
    requires offer_readable: \valid_read(offer);
    requires some_suites: 1 <= offer->suite_count <= TLS_SUITES_MAX;
    requires few_groups: offer->group_count <= TLS_GROUPS_MAX;
    requires suites_narrow: \forall integer i; 0 <= i < TLS_SUITES_MAX ==> offer->suite[i] <= 0xffff;
    requires groups_narrow: \forall integer i; 0 <= i < TLS_GROUPS_MAX ==> offer->group[i] <= 0xffff;
    requires apart: \separated(out + (0 .. TLS_CLIENT_HELLO_ROOM - 1), offer);
    requires apart_random:
        \separated(out + (0 .. TLS_CLIENT_HELLO_ROOM - 1), random + (0 .. TLS_RANDOM_LENGTH - 1));
    terminates \true;
    exits \false;
    assigns out[0 .. TLS_CLIENT_HELLO_ROOM - 1];
    ensures fits: 5 <= \result <= TLS_CLIENT_HELLO_ROOM;
*/
uint32_t tls_client_hello_write(uint8_t *out, const uint8_t *random, const struct tls_offer *offer);

/* ServerHello: TLS 1.2, no session id, `suite`, extended_master_secret; with `renegotiation` 1 an
 * empty renegotiation_info, with `point_formats` 1 the uncompressed form. */
/*@ requires out_valid: \valid(out + (0 .. TLS_SERVER_HELLO_ROOM - 1));
    requires random_readable: \valid_read(random + (0 .. TLS_RANDOM_LENGTH - 1));
    requires suite_narrow: suite <= 0xffff;
    requires apart:
        \separated(out + (0 .. TLS_SERVER_HELLO_ROOM - 1), random + (0 .. TLS_RANDOM_LENGTH - 1));
    terminates \true;
    exits \false;
    assigns out[0 .. TLS_SERVER_HELLO_ROOM - 1];
    ensures fits: 5 <= \result <= TLS_SERVER_HELLO_ROOM;
*/
uint32_t tls_server_hello_write(uint8_t *out, const uint8_t *random, uint32_t suite,
                                uint32_t renegotiation, uint32_t point_formats);

/* ServerKeyExchange of an ECDHE_PSK suite: an empty hint, a named group and a share. */
/*@ requires out_valid: \valid(out + (0 .. TLS_SERVER_KEY_EXCHANGE_ROOM - 1));
    requires share_readable: \valid_read(share + (0 .. share_length - 1));
    requires group_narrow: group <= 0xffff;
    requires share_bounded: share_length <= TLS_SHARE_MAX;
    requires apart: \separated(out + (0 .. TLS_SERVER_KEY_EXCHANGE_ROOM - 1),
                               share + (0 .. share_length - 1));
    terminates \true;
    exits \false;
    assigns out[0 .. TLS_SERVER_KEY_EXCHANGE_ROOM - 1];
    ensures fits: 5 <= \result <= TLS_SERVER_KEY_EXCHANGE_ROOM;
*/
uint32_t tls_server_key_exchange_write(uint8_t *out, uint32_t group, const uint8_t *share,
                                       uint32_t share_length);

/* ClientKeyExchange: the identity, and with `share_length` not 0 a share. */
/*@ requires out_valid: \valid(out + (0 .. TLS_CLIENT_KEY_EXCHANGE_ROOM - 1));
    requires identity_readable: \valid_read(identity + (0 .. identity_length - 1));
    requires share_readable: \valid_read(share + (0 .. share_length - 1));
    requires identity_bounded: identity_length <= TLS_IDENTITY_MAX;
    requires share_bounded: share_length <= TLS_SHARE_MAX;
    requires apart: \separated(out + (0 .. TLS_CLIENT_KEY_EXCHANGE_ROOM - 1),
                               identity + (0 .. identity_length - 1));
    requires apart_share: \separated(out + (0 .. TLS_CLIENT_KEY_EXCHANGE_ROOM - 1),
                                     share + (0 .. share_length - 1));
    terminates \true;
    exits \false;
    assigns out[0 .. TLS_CLIENT_KEY_EXCHANGE_ROOM - 1];
    ensures fits: 5 <= \result <= TLS_CLIENT_KEY_EXCHANGE_ROOM;
*/
uint32_t tls_client_key_exchange_write(uint8_t *out, const uint8_t *identity,
                                       uint32_t identity_length, const uint8_t *share,
                                       uint32_t share_length);

/* ClientKeyExchange of RSA_PSK: the identity and the encrypted secret. */
/*@ requires out_valid: \valid(out + (0 .. TLS_RSA_KEY_EXCHANGE_ROOM - 1));
    requires identity_readable: \valid_read(identity + (0 .. identity_length - 1));
    requires encrypted_readable: \valid_read(encrypted + (0 .. encrypted_length - 1));
    requires identity_bounded: identity_length <= TLS_IDENTITY_MAX;
    requires encrypted_bounded: encrypted_length <= TLS_ENCRYPTED_MAX;
    requires apart: \separated(out + (0 .. TLS_RSA_KEY_EXCHANGE_ROOM - 1),
                               identity + (0 .. identity_length - 1));
    requires apart_encrypted: \separated(out + (0 .. TLS_RSA_KEY_EXCHANGE_ROOM - 1),
                                         encrypted + (0 .. encrypted_length - 1));
    terminates \true;
    exits \false;
    assigns out[0 .. TLS_RSA_KEY_EXCHANGE_ROOM - 1];
    ensures fits: 8 <= \result <= TLS_RSA_KEY_EXCHANGE_ROOM;
*/
uint32_t tls_rsa_key_exchange_write(uint8_t *out, const uint8_t *identity, uint32_t identity_length,
                                    const uint8_t *encrypted, uint32_t encrypted_length);

/* The head of a Certificate, up to its certificate_list of `list_length` bytes. */
/*@ requires out_valid: \valid(out + (0 .. TLS_CERTIFICATE_HEAD - 1));
    requires list_bounded: list_length <= TLS_HANDSHAKE_BODY_MAX - 3;
    terminates \true;
    exits \false;
    assigns out[0 .. TLS_CERTIFICATE_HEAD - 1];
    ensures type: out[0] == TLS_CERTIFICATE;
    ensures length: out[1] * 65536 + out[2] * 256 + out[3] == list_length + 3;
    ensures list: out[4] * 65536 + out[5] * 256 + out[6] == list_length;
*/
void tls_certificate_head_write(uint8_t *out, uint32_t list_length);

/* ServerHelloDone: a header alone. */
/*@ requires out_valid: \valid(out + (0 .. TLS_HANDSHAKE_HEADER - 1));
    terminates \true;
    exits \false;
    assigns out[0 .. TLS_HANDSHAKE_HEADER - 1];
    ensures size: \result == TLS_HANDSHAKE_HEADER;
*/
uint32_t tls_server_hello_done_write(uint8_t *out);

/* Finished with its verify_data. */
/*@ requires out_valid: \valid(out + (0 .. TLS_FINISHED_LENGTH - 1));
    requires readable: \valid_read(verify_data + (0 .. TLS_VERIFY_DATA_LENGTH - 1));
    requires apart: \separated(out + (0 .. TLS_FINISHED_LENGTH - 1),
                               verify_data + (0 .. TLS_VERIFY_DATA_LENGTH - 1));
    terminates \true;
    exits \false;
    assigns out[0 .. TLS_FINISHED_LENGTH - 1];
    ensures size: \result == TLS_FINISHED_LENGTH;
    ensures carries: \forall integer i; 0 <= i < TLS_VERIFY_DATA_LENGTH
             ==> out[TLS_HANDSHAKE_HEADER + i] == verify_data[i];
*/
uint32_t tls_finished_write(uint8_t *out, const uint8_t *verify_data);

#endif
