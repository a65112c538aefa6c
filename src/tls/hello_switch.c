/* The machine of hello_switch.h, one byte a step.
 *
 * RFC 5246, 6.2.1: a record is type, two bytes of version, two of length (at most 2^14 for plain
 * text; empty handshake records are forbidden), then its bytes. RFC 5246, 7.4: a handshake message
 * is type, three bytes of length, then its body; a ClientHello has type 1.
 */
#include "hello_switch.h"

#define RECORD_FIRST 20u /* record types lie between these: ChangeCipherSpec, */
#define RECORD_HANDSHAKE 22u
#define RECORD_LAST 24u /* and Heartbeat */
#define RECORD_LENGTH_MAX 16384u
#define SSL2_LENGTH_FLAG 0x80u /* an SSL 2.0 ClientHello starts with a length that has this bit */
#define MESSAGE_HEADER 4u
#define MESSAGE_CLIENT_HELLO 1u

void hello_switch_init(struct hello_switch *h)
{
    h->outcome = HELLO_MORE;
    h->header_length = 0;
    h->record_left = 0;
    h->received = 0;
    h->scanned = 0;
    h->message_length = 0;
}

/* The first byte of a connection: RFC 5246 (20 .. 23) and RFC 6520 (24) name the record types. */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures handshake: \result == HELLO_MORE <==> byte == 22;
    ensures other_record: \result == HELLO_ODD <==> begins_tls(byte) && byte != 22;
    ensures plain_text: \result == HELLO_PLAINTEXT <==> !begins_tls(byte);
*/
static uint8_t first_byte_outcome(uint8_t byte)
{
    if (byte == RECORD_HANDSHAKE) {
        return HELLO_MORE;
    }
    if ((byte >= RECORD_FIRST && byte <= RECORD_LAST) || byte >= SSL2_LENGTH_FLAG) {
        return HELLO_ODD;
    }
    return HELLO_PLAINTEXT;
}

/* A whole record header: does a ClientHello's record begin here? */
/*@ requires \valid(h) && bounded_hello(h) && h->header_length == 5;
    requires begun: h->scanned >= 1 && h->outcome == HELLO_MORE && first_byte_judged(h);
    terminates \true;
    exits \false;
    assigns h->outcome, h->record_left;
    ensures valid: valid_hello(h);
    ensures outcome: h->outcome == \old(h->outcome) || h->outcome == HELLO_ODD;
    ensures some: h->outcome != HELLO_ODD ==> h->record_left >= 1;
*/
static void begin_record(struct hello_switch *h)
{
    uint32_t length = h->header[3] * 256u + h->header[4];
    if (h->header[0] != RECORD_HANDSHAKE || h->header[1] != 3u || length == 0u ||
        length > RECORD_LENGTH_MAX) {
        h->outcome = HELLO_ODD;
        return;
    }
    h->record_left = length;
}

/* The length announced by a message header of four bytes, that header included. */
/*@ requires \valid_read(h) && h->message_length >= MESSAGE_HEADER;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures meaning: \result == hello_announced(h);
*/
static uint32_t announced_length(const struct hello_switch *h)
{
    return MESSAGE_HEADER + h->message[1] * 65536u + h->message[2] * 256u + h->message[3];
}

/* After a byte was added to the message: is it whole? Can it become whole? */
/*@ requires \valid(h) && valid_hello(h) && h->message_length >= 1;
    requires open: h->outcome == HELLO_MORE;
    terminates \true;
    exits \false;
    assigns h->outcome;
    ensures valid: valid_hello(h);
    ensures not_plain: h->outcome <= HELLO_ODD;
    ensures complete: h->outcome == HELLO_COMPLETE ==>
      4 <= h->message_length == hello_announced(h) && h->message[0] == 1;
*/
static void judge_message(struct hello_switch *h)
{
    if (h->message[0] != MESSAGE_CLIENT_HELLO) {
        h->outcome = HELLO_ODD;
        return;
    }
    if (h->message_length < MESSAGE_HEADER) {
        return;
    }
    uint32_t whole = announced_length(h);
    if (h->message_length == whole) {
        h->outcome = HELLO_COMPLETE;
    } else if (h->message_length > whole || whole > HELLO_RAW_MAX) {
        h->outcome = HELLO_ODD;
    }
}

/* One byte of a record's header. */
/*@ requires \valid(h) && valid_hello(h) && h->record_left == 0;
    requires open: h->outcome == HELLO_MORE;
    requires next: h->scanned < h->received && byte == h->raw[h->scanned];
    terminates \true;
    exits \false;
    assigns h->outcome, h->header_length, h->record_left, h->scanned, h->header[0 .. 4];
    ensures valid: valid_hello(h);
    ensures one: h->scanned == \old(h->scanned) + 1;
    ensures undecided: h->outcome != HELLO_COMPLETE;
*/
static void take_header_byte(struct hello_switch *h, uint8_t byte)
{
    h->header[h->header_length] = byte;
    h->header_length++;
    if (h->scanned == 0u) {
        h->outcome = first_byte_outcome(byte);
    }
    h->scanned++;
    if (h->header_length == 5u) {
        begin_record(h);
    }
}

/* One byte of a record's contents. */
/*@ requires \valid(h) && valid_hello(h);
    requires room: h->message_length < h->received && h->scanned < h->received;
    requires inside: h->record_left >= 1 && h->message_length <= h->scanned;
    requires open: h->outcome == HELLO_MORE;
    terminates \true;
    exits \false;
    assigns h->outcome, h->header_length, h->record_left, h->scanned, h->message_length,
            h->message[0 .. HELLO_RAW_MAX - 1];
    ensures valid: valid_hello(h);
    ensures one: h->scanned == \old(h->scanned) + 1;
    ensures complete: h->outcome == HELLO_COMPLETE ==>
      4 <= h->message_length == hello_announced(h) && h->message[0] == 1;
*/
static void take_message_byte(struct hello_switch *h, uint8_t byte)
{
    h->message[h->message_length] = byte;
    h->scanned++;
    h->message_length++;
    h->record_left--;
    if (h->record_left == 0u) {
        h->header_length = 0;
    }
    judge_message(h);
}

/* Looks at the next raw byte. */
/*@ requires \valid(h) && valid_hello(h);
    requires open: h->outcome == HELLO_MORE;
    requires some: h->scanned < h->received;
    terminates \true;
    exits \false;
    assigns h->outcome, h->header_length, h->record_left, h->scanned, h->message_length,
            h->header[0 .. 4], h->message[0 .. HELLO_RAW_MAX - 1];
    ensures valid: valid_hello(h);
    ensures one: h->scanned == \old(h->scanned) + 1;
    ensures complete: h->outcome == HELLO_COMPLETE ==>
      4 <= h->message_length == hello_announced(h) && h->message[0] == 1;
*/
static void take_byte(struct hello_switch *h)
{
    uint8_t byte = h->raw[h->scanned];
    if (h->record_left > 0u) {
        take_message_byte(h, byte);
        return;
    }
    take_header_byte(h, byte);
}

void hello_switch_take(struct hello_switch *h, uint32_t length)
{
    h->received += length;
    /*@ loop invariant valid: valid_hello(h);
        loop invariant same: h->received == \at(h->received, Pre) + length;
        loop invariant decided: \at(h->outcome, Pre) != HELLO_MORE ==>
          h->outcome == \at(h->outcome, Pre);
        loop invariant complete: h->outcome == HELLO_COMPLETE &&
          \at(h->outcome, Pre) == HELLO_MORE ==>
          4 <= h->message_length == hello_announced(h) && h->message[0] == 1;
        loop assigns h->outcome, h->header_length, h->record_left, h->scanned, h->message_length,
                     h->header[0 .. 4], h->message[0 .. HELLO_RAW_MAX - 1];
        loop variant h->received - h->scanned;
    */
    while (h->outcome == HELLO_MORE && h->scanned < h->received) {
        take_byte(h);
    }
    if (h->outcome == HELLO_MORE && h->received == HELLO_RAW_MAX) {
        h->outcome = HELLO_ODD;
    }
}
