/* Bounded reading for the handshake parsers: numbers, and vectors with their length in front
 * (RFC 5246, 4.3 and 4.4). Internal to the tls_codec files. */
#ifndef POOLPROOF_TLS_CODEC_READ_H
#define POOLPROOF_TLS_CODEC_READ_H

#include "tls_codec.h"

/* The big-endian number in two bytes. */
/*@ requires readable: \valid_read(bytes + (0 .. 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures big_endian: \result == bytes[0] * 256 + bytes[1];
    ensures narrow: \result <= 0xffff;
*/
uint32_t tls_get_u16(const uint8_t *bytes);

/* The vector whose length stands in one byte at `position`: true, and its contents in `out`. False
 * when it does not fit before `end`. */
/*@ requires readable: \valid_read(body + (0 .. end - 1));
    requires bounded: end <= TLS_HANDSHAKE_BODY_MAX;
    requires before_end: position <= end;
    requires out_valid: \valid(out);
    requires apart: \separated(body + (0 .. end - 1), out);
    terminates \true;
    exits \false;
    assigns *out;
    ensures fits: \result == \true <==> position < end && position + 1 + body[position] <= end;
    ensures starts: \result ==> out->offset == position + 1;
    ensures measures: \result ==> out->length == body[position];
*/
bool tls_vector_8(const uint8_t *body, uint32_t position, uint32_t end, struct tls_span *out);

/* The same with the length in two bytes. */
/*@ requires readable: \valid_read(body + (0 .. end - 1));
    requires bounded: end <= TLS_HANDSHAKE_BODY_MAX;
    requires before_end: position <= end;
    requires out_valid: \valid(out);
    requires apart: \separated(body + (0 .. end - 1), out);
    terminates \true;
    exits \false;
    assigns *out;
    ensures fits: \result == \true <==> position + 2 <= end
        && position + 2 + body[position] * 256 + body[position + 1] <= end;
    ensures starts: \result ==> out->offset == position + 2;
    ensures measures: \result ==> out->length == body[position] * 256 + body[position + 1];
    ensures inside: \result ==> out->offset + out->length <= end;
*/
bool tls_vector_16(const uint8_t *body, uint32_t position, uint32_t end, struct tls_span *out);

/* The same with the length in three bytes. */
/*@ requires readable: \valid_read(body + (0 .. end - 1));
    requires bounded: end <= TLS_HANDSHAKE_BODY_MAX;
    requires before_end: position <= end;
    requires out_valid: \valid(out);
    requires apart: \separated(body + (0 .. end - 1), out);
    terminates \true;
    exits \false;
    assigns *out;
    ensures fits: \result == \true <==> position + 3 <= end
        && position + 3 + body[position] * 65536 + body[position + 1] * 256 + body[position + 2]
           <= end;
    ensures starts: \result ==> out->offset == position + 3;
    ensures measures: \result ==> out->length
        == body[position] * 65536 + body[position + 1] * 256 + body[position + 2];
    ensures inside: \result ==> out->offset + out->length <= end;
*/
bool tls_vector_24(const uint8_t *body, uint32_t position, uint32_t end, struct tls_span *out);

#endif
