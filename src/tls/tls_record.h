/* The record layer's framing (RFC 5246, 6.2.1): the header of five bytes, and what is refused before
 * a record's fragment is even looked at. Pure; what is inside a record is not its concern. */
#ifndef POOLPROOF_TLS_RECORD_H
#define POOLPROOF_TLS_RECORD_H

#include <stdint.h>

#include "tls_codec.h"

/* Content types. */
#define TLS_CHANGE_CIPHER_SPEC 20u
#define TLS_ALERT 21u
#define TLS_HANDSHAKE 22u
#define TLS_APPLICATION_DATA 23u

#define TLS_RECORD_HEADER 5u
#define TLS_PLAINTEXT_MAX 16384u

/* No alert: what is judged is good. */
#define TLS_NO_ALERT 256u

struct tls_record {
    uint32_t type;    /* content type */
    uint32_t version; /* as the header says */
    uint32_t length;  /* bytes of the fragment that follows */
};

/* Reads a header. */
/*@ requires header_readable: \valid_read(header + (0 .. TLS_RECORD_HEADER - 1));
    requires out_valid: \valid(out);
    requires apart: \separated(out, header + (0 .. TLS_RECORD_HEADER - 1));
    terminates \true;
    exits \false;
    assigns *out;
    ensures type: out->type == header[0];
    ensures version: out->version == header[1] * 256 + header[2];
    ensures length: out->length == header[3] * 256 + header[4];
    ensures bounded: out->length <= 0xffff;
*/
void tls_record_read(const uint8_t *header, struct tls_record *out);

/* Judges a header: TLS_NO_ALERT, or the alert to fail with. `version_known` 1: the version is agreed
 * on and must stand in every record; 0: any 3.x (RFC 5246, E.1). A protected fragment has `least`
 * bytes or more, and `most` more than its plaintext at most (both 0: the record is not protected).
 * An empty fragment is allowed for application data alone (RFC 5246, 6.2.1); whether there is any
 * plaintext in a protected one only its opening can tell. */
/*@ requires record_readable: \valid_read(record);
    requires expansion_bounded: least <= most <= 2048;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures good: \result == TLS_NO_ALERT ==>
        least <= record->length <= TLS_PLAINTEXT_MAX + most && 20 <= record->type <= 23;
    ensures version: \result == TLS_NO_ALERT && version_known != 0
             ==> record->version == TLS_VERSION_1_2;
    ensures some: \result == TLS_NO_ALERT && record->type != TLS_APPLICATION_DATA
            ==> record->length > 0;
    ensures alert: \result == TLS_NO_ALERT || \result == TLS_ALERT_UNEXPECTED_MESSAGE
        || \result == TLS_ALERT_PROTOCOL_VERSION || \result == TLS_ALERT_RECORD_OVERFLOW
        || \result == TLS_ALERT_BAD_RECORD_MAC || \result == TLS_ALERT_DECODE_ERROR;
*/
uint32_t tls_record_judge(const struct tls_record *record, uint32_t version_known, uint32_t least,
                          uint32_t most);

/* Writes a header for `length` bytes of `type`, TLS 1.2. */
/*@ requires out_valid: \valid(out + (0 .. TLS_RECORD_HEADER - 1));
    requires type_narrow: type <= 255;
    requires length_narrow: length <= 0xffff;
    terminates \true;
    exits \false;
    assigns out[0 .. TLS_RECORD_HEADER - 1];
    ensures type: out[0] == type;
    ensures version: out[1] == 3 && out[2] == 3;
    ensures length: out[3] * 256 + out[4] == length;
*/
void tls_record_write(uint8_t *out, uint32_t type, uint32_t length);

#endif
