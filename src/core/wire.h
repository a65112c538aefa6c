/* The ground that every generated decoder and encoder stands on: big-endian numbers, parameters in
 * Type-Length-Value form, and the bookkeeping of rejections (RFC 5354, sections 2, 3 and 4).
 *
 * Nothing here knows a message or a parameter by name: what those look like is in spec/wire.spec, and
 * gen/ is written from it. Nothing here allocates, and decoding copies nothing: what was found is named
 * by spans into the caller's buffer, which must outlive them.
 *
 * How a message is built: `position` runs through a chain of wire_put_* calls, each of which appends
 * one thing to out[0 .. capacity) and returns the new position, or WIRE_FULL when it did not fit. A
 * call that is handed WIRE_FULL returns WIRE_FULL, so only the last result needs to be looked at.
 * A position is where the last thing *ends*: the zero padding up to the next multiple of four is
 * written by whatever comes next, because neither a message's nor a nesting parameter's length covers
 * its last padding (RFC 5354, 2 and 4). Treat it as opaque.
 */
#ifndef POOLPROOF_CORE_WIRE_H
#define POOLPROOF_CORE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

/* Largest value of a Message Length or Parameter Length field (RFC 5354, 3 and 4). */
#define WIRE_LENGTH_MAX 65535u

/* A message header, a parameter header and a cause header are four bytes each. */
#define WIRE_HEADER 4u

/* Largest length that can be rounded up to a multiple of four in 32 bits. */
#define WIRE_PADDABLE_MAX 0xfffffffcu

/* The position of an encoder that ran out of room. No real position is 0: a message has a header. */
#define WIRE_FULL 0u

/* Cause of a rejection that is not to be reported to the sender. */
#define WIRE_NO_CAUSE 0xffffu

/* Unrecognised parameters that one message's report names; the others are only skipped, so that a
 * message stuffed with them cannot make us send a long answer. */
#define WIRE_UNRECOGNIZED_MAX 4u

/* Bytes [offset, offset + length) of the message buffer that goes along with it. */
struct wire_span {
    uint32_t offset;
    uint32_t length;
};

/* One TLV. `tlv` covers the header and the value without padding; `next` is where the next one starts. */
struct wire_tlv {
    uint16_t type;
    struct wire_span tlv;
    uint32_t next;
};

/* Why a message was not accepted. */
struct wire_error {
    uint16_t rejection;         /* enum wire_rejection (gen/wire_constants.h) */
    uint16_t cause;             /* error cause to report (RFC 5354, 3.12), or WIRE_NO_CAUSE */
    uint32_t offset;            /* the byte where it was found, at most the buffer's length */
    struct wire_span offending; /* the TLV, or the message, that goes into the error cause */
};

/* Parameters to be reported as unrecognised although the message was accepted (RFC 5354, 3: action 11). */
struct wire_unrecognized {
    uint32_t count;
    struct wire_span parameter[WIRE_UNRECOGNIZED_MAX];
};

/* What is left of a run of TLVs: [next, end). Filled by a decoder, moved on by the *_next functions. */
struct wire_iterator {
    uint32_t next;
    uint32_t end;
};

/*@ predicate wire_inside(integer offset, integer length, integer end) =
      offset <= end && length <= end - offset;

    predicate wire_error_inside(struct wire_error *e, integer end) =
      e->offset <= end && wire_inside(e->offending.offset, e->offending.length, end);

    predicate wire_unrecognized_inside(struct wire_unrecognized *u, integer end) =
      u->count <= WIRE_UNRECOGNIZED_MAX &&
      wire_inside(u->parameter[0].offset, u->parameter[0].length, end) &&
      wire_inside(u->parameter[1].offset, u->parameter[1].length, end) &&
      wire_inside(u->parameter[2].offset, u->parameter[2].length, end) &&
      wire_inside(u->parameter[3].offset, u->parameter[3].length, end);

    predicate wire_tlv_inside(struct wire_tlv *t, integer from, integer end) =
      t->tlv.offset == from && 4 <= t->tlv.length <= end - from && from + t->tlv.length <= t->next <= end;

    logic integer wire_u16_at(uint8_t *b, integer at) = b[at] * 256 + b[at + 1];

    logic integer wire_u32_at(uint8_t *b, integer at) = wire_u16_at(b, at) * 65536 + wire_u16_at(b, at + 2);
*/

/* The 16-bit number at bytes[0 .. 2), most significant byte first (RFC 5354, 2). */
/*@ requires \valid_read(bytes + (0 .. 1));
    terminates \true;
    assigns \nothing;
    ensures big_endian: \result == wire_u16_at(bytes, 0);
*/
uint16_t wire_get_u16(const uint8_t *bytes);

/* The 32-bit number at bytes[0 .. 4), most significant byte first (RFC 5354, 2). */
/*@ requires \valid_read(bytes + (0 .. 3));
    terminates \true;
    assigns \nothing;
    ensures big_endian: \result == wire_u32_at(bytes, 0);
*/
uint32_t wire_get_u32(const uint8_t *bytes);

/* Write `value` to bytes[0 .. 2). */
/*@ requires \valid(bytes + (0 .. 1));
    terminates \true;
    assigns bytes[0 .. 1];
    ensures big_endian: wire_u16_at(bytes, 0) == value;
*/
void wire_put_u16(uint8_t *bytes, uint16_t value);

/* Write `value` to bytes[0 .. 4). */
/*@ requires \valid(bytes + (0 .. 3));
    terminates \true;
    assigns bytes[0 .. 3];
    ensures big_endian: wire_u32_at(bytes, 0) == value;
*/
void wire_put_u32(uint8_t *bytes, uint32_t value);

/* The two's complement number that a 32-bit field holds (Registration Life; RFC 5354, 3.10). */
/*@ terminates \true;
    assigns \nothing;
    ensures positive: value <= INT32_MAX ==> \result == value;
    ensures negative: value > INT32_MAX ==> \result == value - 4294967296;
*/
int32_t wire_signed(uint32_t value);

/* The 32-bit field that holds a number: the inverse of wire_signed. */
/*@ terminates \true;
    assigns \nothing;
    ensures positive: value >= 0 ==> \result == value;
    ensures negative: value < 0 ==> \result == value + 4294967296;
*/
uint32_t wire_unsigned(int32_t value);

/* `length` rounded up to a multiple of four: with its padding (RFC 5354, 3). Lengths up to 2^32 - 4. */
/*@ requires room: length <= WIRE_PADDABLE_MAX;
    terminates \true;
    assigns \nothing;
    ensures multiple: \result % 4 == 0;
    ensures least: length <= \result <= length + 3;
    ensures aligned: length % 4 == 0 ==> \result == length;
*/
uint32_t wire_padded(uint32_t length);

/* Fill *error with a rejection, its cause, where it was found and the span to report. Returns false,
 * so that a decoder can end with `return wire_reject(...)`. */
/*@ requires \valid(error);
    terminates \true;
    assigns *error;
    ensures rejected: \result == \false;
    ensures rejection: error->rejection == rejection && error->cause == cause;
    ensures offset: error->offset == offset;
    ensures offending: error->offending.offset == from && error->offending.length == length;
*/
bool wire_reject(struct wire_error *error, uint16_t rejection, uint16_t cause, uint32_t offset,
                 uint32_t from, uint32_t length);

/* What the header of a TLV at `offset` in bytes[0 .. end) says, and whether it fits before `end`.
 *
 * Accepted: a length of at least 4 that ends at or before `end`, and whose padding is wholly before
 * `end` or wholly missing. The second happens to the last TLV of a message or of a nesting parameter,
 * whose length does not cover the last padding (RFC 5354, 2 and 4); senders that count the padding in
 * are understood as well. */
enum wire_tlv_fault {
    WIRE_TLV_OK = 0,
    WIRE_TLV_HEADER = 1, /* fewer than 4 bytes are left */
    WIRE_TLV_SHORT = 2,  /* its length is less than its own header */
    WIRE_TLV_LONG = 3,   /* its length exceeds what is left */
    WIRE_TLV_PADDING = 4 /* part of its padding is cut off */
};

/*@ requires \valid_read(bytes + (0 .. end - 1));
    requires \valid(out);
    requires \separated(out, bytes + (0 .. end - 1));
    requires offset <= end;
    terminates \true;
    assigns *out;
    ensures fault: \result <= WIRE_TLV_PADDING;
    ensures inside: \result == WIRE_TLV_OK ==> wire_tlv_inside(out, offset, end);
    ensures type: \result == WIRE_TLV_OK ==> out->type == wire_u16_at(bytes, offset);
    ensures length: \result == WIRE_TLV_OK ==> out->tlv.length == wire_u16_at(bytes, offset + 2);
    ensures accepts_last: 4 <= wire_u16_at(bytes, offset + 2) == end - offset ==> \result == WIRE_TLV_OK;
    ensures accepts_padded: 4 <= wire_u16_at(bytes, offset + 2) && wire_u16_at(bytes, offset + 2) + 3 <= end - offset
      ==> \result == WIRE_TLV_OK;
*/
uint8_t wire_tlv_read(const uint8_t *bytes, uint32_t end, uint32_t offset, struct wire_tlv *out);

/* Remember a parameter to be reported as unrecognised; beyond WIRE_UNRECOGNIZED_MAX it is forgotten. */
/*@ requires \valid(unrecognized) && \valid_read(parameter);
    requires \separated(unrecognized, parameter);
    terminates \true;
    assigns *unrecognized;
    ensures inside: \forall integer end; wire_inside(parameter->offset, parameter->length, end) ==>
      \old(wire_unrecognized_inside(unrecognized, end)) ==> wire_unrecognized_inside(unrecognized, end);
*/
void wire_report_unrecognized(struct wire_unrecognized *unrecognized,
                              const struct wire_span *parameter);

/*@ predicate wire_open(uint8_t *out, integer capacity, integer position) =
      \valid(out + (0 .. capacity - 1)) && position <= capacity;

    // The last byte that a put may write: none, when there was no room before.
    logic integer wire_last(integer capacity, integer position) =
      position == WIRE_FULL ? -1 : capacity - 1;

    // What a chain of puts that began at `from` keeps: it goes on, or it ran out of room.
    predicate wire_grown(integer capacity, integer from, integer to) =
      to <= capacity && (to == WIRE_FULL || from <= to) && (from == WIRE_FULL ==> to == WIRE_FULL);
*/

/* Begin a message at out[0]: type, flags and room for the length. Returns the position after the header. */
/*@ requires \valid(out + (0 .. capacity - 1));
    terminates \true;
    assigns out[0 .. capacity - 1];
    ensures position: \result == WIRE_FULL || \result == WIRE_HEADER;
    ensures fits: \result <= capacity;
    ensures header: \result != WIRE_FULL ==> out[0] == type && out[1] == flags;
    ensures full: \result == WIRE_FULL <==> capacity < WIRE_HEADER;
*/
uint32_t wire_begin_message(uint8_t *out, uint32_t capacity, uint8_t type, uint8_t flags);

/* Finish the message that ends at `position`: fill in the Message Length (without the last padding) and
 * pad. Returns the bytes to send, a multiple of four, or WIRE_FULL when the padding did not fit or the
 * message is longer than WIRE_LENGTH_MAX. */
/*@ requires wire_open(out, capacity, position);
    requires position == WIRE_FULL || position >= WIRE_HEADER;
    terminates \true;
    assigns out[2 .. 3], out[position .. wire_last(capacity, position)];
    ensures fits: \result <= capacity;
    ensures multiple: \result % 4 == 0;
    ensures padded: \result != WIRE_FULL ==> position <= \result <= position + 3;
    ensures length: \result != WIRE_FULL ==> wire_u16_at(out, 2) == position;
    ensures full: position == WIRE_FULL ==> \result == WIRE_FULL;
*/
uint32_t wire_end_message(uint8_t *out, uint32_t capacity, uint32_t position);

/* Pad with zeros to a multiple of four. Used by the others; a caller has no need of it. */
/*@ requires wire_open(out, capacity, position);
    terminates \true;
    assigns out[position .. wire_last(capacity, position)];
    ensures fits: \result <= capacity;
    ensures aligned: \result % 4 == 0;
    ensures next: \result != WIRE_FULL ==> position <= \result <= position + 3;
    ensures zero: \result != WIRE_FULL ==> \forall integer i; position <= i < \result ==> out[i] == 0;
    ensures full: position == WIRE_FULL ==> \result == WIRE_FULL;
    ensures exact: position % 4 == 0 ==> \result == position;
*/
uint32_t wire_align(uint8_t *out, uint32_t capacity, uint32_t position);

/* Append a 32-bit field. */
/*@ requires wire_open(out, capacity, position);
    terminates \true;
    assigns out[position .. wire_last(capacity, position)];
    ensures fits: \result <= capacity;
    ensures grows: \result != WIRE_FULL ==> position + 4 <= \result <= position + 7;
    ensures aligned: \result % 4 == 0;
    ensures value: \result != WIRE_FULL ==> wire_u32_at(out, \result - 4) == value;
    ensures full: position == WIRE_FULL ==> \result == WIRE_FULL;
*/
uint32_t wire_put_word(uint8_t *out, uint32_t capacity, uint32_t position, uint32_t value);

/* Append two 16-bit fields, such as a port and its Transport Use. */
/*@ requires wire_open(out, capacity, position);
    terminates \true;
    assigns out[position .. wire_last(capacity, position)];
    ensures fits: \result <= capacity;
    ensures grows: \result != WIRE_FULL ==> position + 4 <= \result <= position + 7;
    ensures aligned: \result % 4 == 0;
    ensures value: \result != WIRE_FULL ==>
      wire_u16_at(out, \result - 4) == first && wire_u16_at(out, \result - 2) == second;
    ensures full: position == WIRE_FULL ==> \result == WIRE_FULL;
*/
uint32_t wire_put_halves(uint8_t *out, uint32_t capacity, uint32_t position, uint16_t first,
                         uint16_t second);

/* Append `length` bytes as they are (at the next multiple of four). */
/*@ requires wire_open(out, capacity, position);
    requires \valid_read(bytes + (0 .. length - 1));
    requires \separated(out + (0 .. capacity - 1), bytes + (0 .. length - 1));
    terminates \true;
    assigns out[position .. wire_last(capacity, position)];
    ensures fits: \result <= capacity;
    ensures grows: \result != WIRE_FULL ==> position + length <= \result <= position + length + 3;
    ensures start: \result != WIRE_FULL ==> (\result - length) % 4 == 0;
    ensures copied: \result != WIRE_FULL ==>
      \forall integer i; 0 <= i < length ==> out[\result - length + i] == bytes[i];
    ensures full: position == WIRE_FULL ==> \result == WIRE_FULL;
*/
uint32_t wire_put_bytes(uint8_t *out, uint32_t capacity, uint32_t position, const uint8_t *bytes,
                        uint32_t length);

/* Append a TLV that is already encoded, `length` bytes without padding. The same as wire_put_bytes; the
 * name says what it is for. */
/*@ requires wire_open(out, capacity, position);
    requires \valid_read(tlv + (0 .. length - 1));
    requires \separated(out + (0 .. capacity - 1), tlv + (0 .. length - 1));
    terminates \true;
    assigns out[position .. wire_last(capacity, position)];
    ensures fits: \result <= capacity;
    ensures grows: \result != WIRE_FULL ==> position + length <= \result <= position + length + 3;
    ensures start: \result != WIRE_FULL ==> (\result - length) % 4 == 0;
    ensures copied: \result != WIRE_FULL ==>
      \forall integer i; 0 <= i < length ==> out[\result - length + i] == tlv[i];
    ensures full: position == WIRE_FULL ==> \result == WIRE_FULL;
*/
uint32_t wire_put_tlv(uint8_t *out, uint32_t capacity, uint32_t position, const uint8_t *tlv,
                      uint32_t length);

/* Append a parameter with `length` bytes of value; at most WIRE_LENGTH_MAX - 4, or it does not fit. */
/*@ requires wire_open(out, capacity, position);
    requires \valid_read(value + (0 .. length - 1));
    requires \separated(out + (0 .. capacity - 1), value + (0 .. length - 1));
    terminates \true;
    assigns out[position .. wire_last(capacity, position)];
    ensures fits: \result <= capacity;
    ensures grows: \result != WIRE_FULL ==> position + 4 + length <= \result <= position + 7 + length;
    ensures start: \result != WIRE_FULL ==> (\result - length) % 4 == 0;
    ensures type: \result != WIRE_FULL ==> wire_u16_at(out, \result - length - 4) == type;
    ensures length: \result != WIRE_FULL ==> wire_u16_at(out, \result - length - 2) == 4 + length;
    ensures copied: \result != WIRE_FULL ==>
      \forall integer i; 0 <= i < length ==> out[\result - length + i] == value[i];
    ensures full: position == WIRE_FULL ==> \result == WIRE_FULL;
*/
uint32_t wire_put_parameter(uint8_t *out, uint32_t capacity, uint32_t position, uint16_t type,
                            const uint8_t *value, uint32_t length);

/* Begin a parameter whose value is put piece by piece. Keep the position that was given: it is the
 * `start` of wire_end_parameter. Returns the position of the value. */
/*@ requires wire_open(out, capacity, position);
    terminates \true;
    assigns out[position .. wire_last(capacity, position)];
    ensures fits: \result <= capacity;
    ensures grows: \result != WIRE_FULL ==> position + 4 <= \result <= position + 7;
    ensures start: \result % 4 == 0;
    ensures type: \result != WIRE_FULL ==> wire_u16_at(out, \result - 4) == type;
    ensures full: position == WIRE_FULL ==> \result == WIRE_FULL;
*/
uint32_t wire_begin_parameter(uint8_t *out, uint32_t capacity, uint32_t position, uint16_t type);

/* Finish a parameter: fill in its length, which covers the padding between what it nests but not the
 * last (RFC 5354, 2). `start` is the position that was given to wire_begin_parameter. Returns
 * `position`, or WIRE_FULL when the parameter is longer than WIRE_LENGTH_MAX or `start` is not before
 * `position`. */
/*@ requires wire_open(out, capacity, position);
    terminates \true;
    assigns out[start .. wire_last(capacity, start)];
    ensures same: \result == WIRE_FULL || \result == position;
    ensures full: position == WIRE_FULL ==> \result == WIRE_FULL;
    ensures length: \result != WIRE_FULL && start % 4 == 0 ==>
      wire_u16_at(out, start + 2) == position - start;
    ensures kept: \result != WIRE_FULL && start % 4 == 0 ==>
      wire_u16_at(out, start) == \old(wire_u16_at(out, start));
*/
uint32_t wire_end_parameter(uint8_t *out, uint32_t capacity, uint32_t start, uint32_t position);

#endif
