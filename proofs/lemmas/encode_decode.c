/* encode_decode, piece by piece: what an encoder put is what a decoder reads back.
 *
 * Nothing here runs in a program. Each function puts one thing and reads it again with the functions that
 * decoders use; its contract says that type, length and value come back, and WP proves it from the
 * contracts alone. Parameters whose value is a string of bytes (pool handle, cookie, addresses, opaque
 * transport, error causes, unknown policies) all go through wire_put_parameter, so one lemma covers them.
 */
#include "parameter_wire.h"
#include "wire.h"

/* A 32-bit field comes back. */
/*@ requires wire_open(out, capacity, position);
    terminates \true;
    assigns out[position .. wire_last(capacity, position)];
    ensures encode_decode: \result == value;
*/
uint32_t word_comes_back(uint8_t *out, uint32_t capacity, uint32_t position, uint32_t value)
{
    uint32_t end = wire_put_word(out, capacity, position, value);
    return end == WIRE_FULL ? value : wire_get_u32(out + (end - 4u));
}

/* Two 16-bit fields come back, shown side by side in one number. */
/*@ requires wire_open(out, capacity, position);
    terminates \true;
    assigns out[position .. wire_last(capacity, position)];
    ensures encode_decode: \result == first * 65536 + second;
*/
uint32_t halves_come_back(uint8_t *out, uint32_t capacity, uint32_t position, uint16_t first,
                          uint16_t second)
{
    uint32_t end = wire_put_halves(out, capacity, position, first, second);
    uint32_t a = end == WIRE_FULL ? first : wire_get_u16(out + (end - 4u));
    uint32_t b = end == WIRE_FULL ? second : wire_get_u16(out + (end - 2u));
    return a * 65536u + b;
}

/* A signed field comes back. */
/*@ terminates \true;
    assigns \nothing;
    ensures encode_decode: \result == value;
*/
int32_t signed_comes_back(int32_t value)
{
    return wire_signed(wire_unsigned(value));
}

/* A parameter comes back as a TLV of the same type, length and value. */
/*@ requires wire_open(out, capacity, position);
    requires \valid_read(value + (0 .. length - 1)) && \valid(tlv);
    requires \separated(tlv, out + (0 .. capacity - 1), value + (0 .. length - 1));
    terminates \true;
    assigns out[position .. wire_last(capacity, position)], *tlv;
    ensures encode_decode_read: \result != WIRE_FULL ==> tlv->type == type && tlv->tlv.length == 4 + length;
    ensures encode_decode_inside: \result != WIRE_FULL ==> tlv->tlv.offset + tlv->tlv.length == \result;
    ensures encode_decode_value: \result != WIRE_FULL ==>
      \forall integer i; 0 <= i < length ==> out[\result - length + i] == value[i];
*/
uint32_t parameter_comes_back(uint8_t *out, uint32_t capacity, uint32_t position, uint16_t type,
                              const uint8_t *value, uint32_t length, struct wire_tlv *tlv)
{
    uint32_t end = wire_put_parameter(out, capacity, position, type, value, length);
    if (end == WIRE_FULL) {
        return WIRE_FULL;
    }
    uint8_t fault = wire_tlv_read(out, end, end - length - WIRE_HEADER, tlv);
    /*@ assert read: fault == WIRE_TLV_OK; */
    (void)fault;
    return end;
}

/* A PE Identifier comes back. */
/*@ requires wire_open(out, capacity, position);
    requires \valid(tlv);
    requires \separated(tlv, out + (0 .. capacity - 1));
    terminates \true;
    assigns out[position .. wire_last(capacity, position)], *tlv;
    ensures encode_decode_value: \result == pe_identifier;
*/
uint32_t pe_identifier_comes_back(uint8_t *out, uint32_t capacity, uint32_t position,
                                  uint32_t pe_identifier, struct wire_tlv *tlv)
{
    uint32_t end = wire_put_pe_identifier(out, capacity, position, pe_identifier);
    if (end == WIRE_FULL) {
        return pe_identifier;
    }
    uint8_t fault = wire_tlv_read(out, end, end - 8u, tlv);
    /*@ assert encode_decode_read: fault == WIRE_TLV_OK && tlv->type == PARAMETER_PE_IDENTIFIER; */
    (void)fault;
    return wire_get_u32(out + (end - 4u));
}

/* A PE Checksum comes back. */
/*@ requires wire_open(out, capacity, position);
    requires \valid(tlv);
    requires \separated(tlv, out + (0 .. capacity - 1));
    terminates \true;
    assigns out[position .. wire_last(capacity, position)], *tlv;
    ensures encode_decode_value: \result == pe_checksum;
*/
uint16_t pe_checksum_comes_back(uint8_t *out, uint32_t capacity, uint32_t position,
                                uint16_t pe_checksum, struct wire_tlv *tlv)
{
    uint32_t end = wire_put_pe_checksum(out, capacity, position, pe_checksum);
    if (end == WIRE_FULL) {
        return pe_checksum;
    }
    uint8_t fault = wire_tlv_read(out, end, end - 6u, tlv);
    /*@ assert encode_decode_read: fault == WIRE_TLV_OK && tlv->type == PARAMETER_PE_CHECKSUM; */
    (void)fault;
    return wire_get_u16(out + (end - 2u));
}

/* A parameter that nests a word has the type and the length that it was begun and ended with. */
/*@ requires wire_open(out, capacity, position);
    requires position % 4 == 0;
    requires \valid(tlv);
    requires \separated(tlv, out + (0 .. capacity - 1));
    terminates \true;
    assigns out[position .. wire_last(capacity, position)], *tlv;
    ensures encode_decode_read: \result != WIRE_FULL ==> tlv->type == type && tlv->tlv.length == 8;
    ensures encode_decode_inside: \result != WIRE_FULL ==> \result == position + 8;
*/
uint32_t nesting_comes_back(uint8_t *out, uint32_t capacity, uint32_t position, uint16_t type,
                            uint32_t word, struct wire_tlv *tlv)
{
    uint32_t start = position;
    uint32_t inner = wire_begin_parameter(out, capacity, start, type);
    uint32_t end = wire_put_word(out, capacity, inner, word);
    end = wire_end_parameter(out, capacity, start, end);
    if (end == WIRE_FULL) {
        return WIRE_FULL;
    }
    uint8_t fault = wire_tlv_read(out, end, start, tlv);
    /*@ assert read: fault == WIRE_TLV_OK; */
    (void)fault;
    return end;
}

/* A message of fixed fields alone has the frame that it was begun and ended with. */
/*@ requires \valid(out + (0 .. capacity - 1));
    terminates \true;
    assigns out[0 .. capacity - 1];
    ensures encode_decode_length: \result == WIRE_FULL || \result == 8;
    ensures encode_decode_header: \result != WIRE_FULL ==> out[0] == type && out[1] == flags;
*/
uint32_t message_comes_back(uint8_t *out, uint32_t capacity, uint8_t type, uint8_t flags,
                            uint32_t word)
{
    uint32_t position = wire_begin_message(out, capacity, type, flags);
    position = wire_put_word(out, capacity, position, word);
    if (position == WIRE_FULL) {
        return WIRE_FULL;
    }
    position = wire_end_message(out, capacity, position);
    if (position == WIRE_FULL) {
        return WIRE_FULL;
    }
    return wire_get_u16(out + 2);
}
