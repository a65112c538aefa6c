/* Big-endian numbers, TLVs and the pieces of which messages are built (RFC 5354, sections 2 to 4).
 * Contracts stand in wire.h. Knows no message and no parameter by name, never allocates. */
#include "wire.h"

uint16_t wire_get_u16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] * 256u + bytes[1]);
}

uint32_t wire_get_u32(const uint8_t *bytes)
{
    uint32_t high = wire_get_u16(bytes);
    uint32_t low = wire_get_u16(bytes + 2);
    return high * 65536u + low;
}

void wire_put_u16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)(value / 256u);
    bytes[1] = (uint8_t)(value % 256u);
}

void wire_put_u32(uint8_t *bytes, uint32_t value)
{
    wire_put_u16(bytes, (uint16_t)(value / 65536u));
    wire_put_u16(bytes + 2, (uint16_t)(value % 65536u));
}

int32_t wire_signed(uint32_t value)
{
    if (value <= (uint32_t)INT32_MAX) {
        return (int32_t)value;
    }
    return -1 - (int32_t)(UINT32_MAX - value);
}

uint32_t wire_unsigned(int32_t value)
{
    if (value >= 0) {
        return (uint32_t)value;
    }
    return UINT32_MAX - (uint32_t)(-1 - value);
}

uint32_t wire_padded(uint32_t length)
{
    uint32_t rest = length % 4u;
    return rest == 0u ? length : length + (4u - rest);
}

bool wire_reject(struct wire_error *error, uint16_t rejection, uint16_t cause, uint32_t offset,
                 uint32_t from, uint32_t length)
{
    error->rejection = rejection;
    error->cause = cause;
    error->offset = offset;
    error->offending.offset = from;
    error->offending.length = length;
    return false;
}

/* Where the TLV after one of `length` bytes at `offset` starts: after the padding, or at `end` when the
 * padding is left out. 0 when it is cut in two. */
/*@ requires 4 <= length <= WIRE_LENGTH_MAX;
    requires offset <= end && length <= end - offset;
    terminates \true;
    assigns \nothing;
    ensures inside: \result != 0 ==> offset + length <= \result <= end;
    ensures last: length == end - offset ==> \result == end;
    ensures padded: length + 3 <= end - offset ==> \result != 0;
*/
static uint32_t wire_tlv_end(uint32_t offset, uint32_t length, uint32_t end)
{
    uint32_t padded = wire_padded(length);
    if (padded <= end - offset) {
        return offset + padded;
    }
    return length == end - offset ? end : 0u;
}

uint8_t wire_tlv_read(const uint8_t *bytes, uint32_t end, uint32_t offset, struct wire_tlv *out)
{
    if (end - offset < WIRE_HEADER) {
        return WIRE_TLV_HEADER;
    }
    uint16_t type = wire_get_u16(bytes + offset);
    uint32_t length = wire_get_u16(bytes + offset + 2u);
    if (length < WIRE_HEADER) {
        return WIRE_TLV_SHORT;
    }
    if (length > end - offset) {
        return WIRE_TLV_LONG;
    }
    out->type = type;
    out->tlv.offset = offset;
    out->tlv.length = length;
    out->next = wire_tlv_end(offset, length, end);
    return out->next == 0u ? WIRE_TLV_PADDING : WIRE_TLV_OK;
}

void wire_report_unrecognized(struct wire_unrecognized *unrecognized,
                              const struct wire_span *parameter)
{
    uint32_t at = unrecognized->count;
    if (at >= WIRE_UNRECOGNIZED_MAX) {
        return;
    }
    unrecognized->parameter[at].offset = parameter->offset;
    unrecognized->parameter[at].length = parameter->length;
    unrecognized->count = at + 1u;
}

uint32_t wire_begin_message(uint8_t *out, uint32_t capacity, uint8_t type, uint8_t flags)
{
    if (capacity < WIRE_HEADER) {
        return WIRE_FULL;
    }
    out[0] = type;
    out[1] = flags;
    wire_put_u16(out + 2, 0u);
    return WIRE_HEADER;
}

uint32_t wire_end_message(uint8_t *out, uint32_t capacity, uint32_t position)
{
    if (position < WIRE_HEADER || position > WIRE_LENGTH_MAX) {
        return WIRE_FULL;
    }
    wire_put_u16(out + 2, (uint16_t)position);
    return wire_align(out, capacity, position);
}

uint32_t wire_align(uint8_t *out, uint32_t capacity, uint32_t position)
{
    uint32_t rest = position % 4u;
    if (rest == 0u) {
        return position;
    }
    if (capacity - position < 4u - rest) {
        return WIRE_FULL;
    }
    uint32_t next = position + (4u - rest);
    /*@ loop invariant range: position <= i <= next;
        loop invariant zero: \forall integer k; position <= k < i ==> out[k] == 0;
        loop assigns i, out[position .. next - 1];
        loop variant next - i;
    */
    for (uint32_t i = position; i < next; i++) {
        out[i] = 0u;
    }
    return next;
}

/* The aligned position at which `length` more bytes fit, or WIRE_FULL. */
/*@ requires wire_open(out, capacity, position);
    terminates \true;
    assigns out[position .. wire_last(capacity, position)];
    ensures room: \result != WIRE_FULL ==> \result <= capacity && length <= capacity - \result;
    ensures aligned: \result % 4 == 0;
    ensures next: \result != WIRE_FULL ==> position <= \result <= position + 3;
    ensures full: position == WIRE_FULL ==> \result == WIRE_FULL;
*/
static uint32_t wire_reserve(uint8_t *out, uint32_t capacity, uint32_t position, uint32_t length)
{
    uint32_t at = wire_align(out, capacity, position);
    if (at == WIRE_FULL || length > capacity - at) {
        return WIRE_FULL;
    }
    return at;
}

uint32_t wire_put_word(uint8_t *out, uint32_t capacity, uint32_t position, uint32_t value)
{
    uint32_t at = wire_reserve(out, capacity, position, 4u);
    if (at == WIRE_FULL) {
        return WIRE_FULL;
    }
    wire_put_u32(out + at, value);
    return at + 4u;
}

uint32_t wire_put_halves(uint8_t *out, uint32_t capacity, uint32_t position, uint16_t first,
                         uint16_t second)
{
    uint32_t at = wire_reserve(out, capacity, position, 4u);
    if (at == WIRE_FULL) {
        return WIRE_FULL;
    }
    wire_put_u16(out + at, first);
    wire_put_u16(out + at + 2u, second);
    return at + 4u;
}

/* Copy bytes[0 .. length) to `to`. */
/*@ requires \valid(to + (0 .. length - 1)) && \valid_read(bytes + (0 .. length - 1));
    requires \separated(to + (0 .. length - 1), bytes + (0 .. length - 1));
    terminates \true;
    assigns to[0 .. length - 1];
    ensures copied: \forall integer i; 0 <= i < length ==> to[i] == bytes[i];
*/
static void wire_copy(uint8_t *to, const uint8_t *bytes, uint32_t length)
{
    /*@ loop invariant range: 0 <= i <= length;
        loop invariant copied: \forall integer k; 0 <= k < i ==> to[k] == bytes[k];
        loop assigns i, to[0 .. length - 1];
        loop variant length - i;
    */
    for (uint32_t i = 0u; i < length; i++) {
        to[i] = bytes[i];
    }
}

uint32_t wire_put_bytes(uint8_t *out, uint32_t capacity, uint32_t position, const uint8_t *bytes,
                        uint32_t length)
{
    uint32_t at = wire_reserve(out, capacity, position, length);
    if (at == WIRE_FULL) {
        return WIRE_FULL;
    }
    wire_copy(out + at, bytes, length);
    return at + length;
}

uint32_t wire_put_tlv(uint8_t *out, uint32_t capacity, uint32_t position, const uint8_t *tlv,
                      uint32_t length)
{
    return wire_put_bytes(out, capacity, position, tlv, length);
}

uint32_t wire_put_parameter(uint8_t *out, uint32_t capacity, uint32_t position, uint16_t type,
                            const uint8_t *value, uint32_t length)
{
    if (length > WIRE_LENGTH_MAX - WIRE_HEADER) {
        return WIRE_FULL;
    }
    uint32_t at = wire_reserve(out, capacity, position, WIRE_HEADER + length);
    if (at == WIRE_FULL) {
        return WIRE_FULL;
    }
    wire_put_u16(out + at, type);
    wire_put_u16(out + at + 2u, (uint16_t)(WIRE_HEADER + length));
    wire_copy(out + at + WIRE_HEADER, value, length);
    return at + WIRE_HEADER + length;
}

uint32_t wire_begin_parameter(uint8_t *out, uint32_t capacity, uint32_t position, uint16_t type)
{
    return wire_put_halves(out, capacity, position, type, 0u);
}

uint32_t wire_end_parameter(uint8_t *out, uint32_t capacity, uint32_t start, uint32_t position)
{
    (void)capacity; /* named by the contract: what may be written ends there */
    if (start == WIRE_FULL || start >= position || start > WIRE_PADDABLE_MAX) {
        return WIRE_FULL;
    }
    uint32_t at = wire_padded(start);
    if (at > position || position - at < WIRE_HEADER || position - at > WIRE_LENGTH_MAX) {
        return WIRE_FULL;
    }
    wire_put_u16(out + at + 2u, (uint16_t)(position - at));
    return position;
}
