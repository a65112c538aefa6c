/* Gathers a client's first message, so that its suites can decide who answers: RFC 5246, 6.2.1.
 *
 * A server that serves pre-shared keys and certificates on one port has to see the whole
 * ClientHello before it chooses. TLS lets a client cut it into records, and TCP cuts records
 * anywhere: so this is a machine that takes single bytes. It keeps two things: the raw bytes as
 * they came, to be replayed into whoever answers, and the handshake message put together from them,
 * to be parsed (tls_codec.h). It judges nothing but the frame: what does not look like one
 * ClientHello in handshake records is "odd", and goes to BearSSL's engine, which has the right
 * error for it (unexpected_message for a record of another type: RFC 5246, 7.2.2); bytes that
 * cannot begin TLS at all are "plain text", and get no TLS answer.
 *
 * Owns its two buffers; writes nothing else; never reads past what was received.
 */
#ifndef POOLPROOF_TLS_HELLO_SWITCH_H
#define POOLPROOF_TLS_HELLO_SWITCH_H

#include <stdint.h>

/* Most raw bytes gathered. A ClientHello has a few hundred bytes, and takes six times that in
 * records of one byte. Longer ones are odd: BearSSL's engine reads a stream and needs no such
 * limit. */
#define HELLO_RAW_MAX 16384u

enum hello_outcome {
    HELLO_MORE = 0,     /* not decided: bytes are missing */
    HELLO_COMPLETE = 1, /* message[0 .. message_length) is a whole ClientHello with its header */
    HELLO_ODD = 2,      /* not one ClientHello in handshake records, or too long */
    HELLO_PLAINTEXT = 3 /* the first byte begins no TLS record of any kind */
};

struct hello_switch {
    uint8_t outcome;         /* enum hello_outcome; once it is not HELLO_MORE it stays */
    uint8_t header_length;   /* bytes of the current record's header seen, 0 .. 5 */
    uint32_t record_left;    /* bytes of the current record still to come */
    uint32_t received;       /* raw bytes, at most HELLO_RAW_MAX */
    uint32_t scanned;        /* raw bytes looked at, at most `received` */
    uint32_t message_length; /* bytes put together, at most `scanned` */
    uint8_t header[5];       /* the current record's header */
    uint8_t raw[HELLO_RAW_MAX];
    uint8_t message[HELLO_RAW_MAX];
};

/*@ predicate bounded_hello{L}(struct hello_switch *h) =
      h->outcome <= HELLO_PLAINTEXT &&
      h->header_length <= 5 &&
      h->record_left <= 16384 &&
      h->message_length <= h->scanned <= h->received <= HELLO_RAW_MAX;

    // The first byte of a TLS record of any type (RFC 5246, 6.2.1: 20 .. 23; RFC 6520, 3: 24), or
    // of the length before an SSL 2.0 hello.
    predicate begins_tls(integer byte) = 20 <= byte <= 24 || byte >= 128;

    // The first byte tells plain text from TLS, and only a handshake record goes on.
    predicate first_byte_judged{L}(struct hello_switch *h) =
      (h->scanned == 0 ==>
        h->outcome == HELLO_MORE && h->record_left == 0 && h->header_length == 0) &&
      (h->scanned >= 1 ==> (h->outcome == HELLO_PLAINTEXT <==> !begins_tls(h->raw[0]))) &&
      (h->scanned >= 1 && (h->outcome == HELLO_MORE || h->outcome == HELLO_COMPLETE) ==>
        h->raw[0] == 22);

    // While it goes on, a header is being read or there are record bytes to come.
    predicate valid_hello{L}(struct hello_switch *h) =
      bounded_hello(h) && first_byte_judged(h) &&
      (h->outcome == HELLO_MORE && h->record_left == 0 ==> h->header_length < 5);

    // The length of the handshake message as its own header says, with that header.
    logic integer hello_announced{L}(struct hello_switch *h) =
      4 + h->message[1] * 65536 + h->message[2] * 256 + h->message[3];
*/

/* Starts: nothing received. */
/*@ requires \valid(h);
    terminates \true;
    exits \false;
    assigns h->outcome, h->header_length, h->record_left, h->received, h->scanned,
            h->message_length;
    ensures valid: valid_hello(h);
    ensures empty: h->received == 0 && h->scanned == 0 && h->message_length == 0;
    ensures open: h->outcome == HELLO_MORE;
*/
void hello_switch_init(struct hello_switch *h);

/* Takes `length` bytes that the caller has put at h->raw + h->received, and looks at them until
 * the outcome is known. Bytes after a complete message are kept in `raw` and not looked at. */
/*@ requires \valid(h) && valid_hello(h);
    requires room: h->received + length <= HELLO_RAW_MAX;
    terminates \true;
    exits \false;
    assigns h->outcome, h->header_length, h->record_left, h->received, h->scanned,
            h->message_length, h->header[0 .. 4], h->message[0 .. HELLO_RAW_MAX - 1];
    ensures valid: valid_hello(h);
    ensures taken: h->received == \old(h->received) + length;
    ensures decided: \old(h->outcome) != HELLO_MORE ==> h->outcome == \old(h->outcome);
    ensures looked_at_all: h->outcome == HELLO_MORE ==> h->scanned == h->received;
    ensures not_full: h->outcome == HELLO_MORE ==> h->received < HELLO_RAW_MAX;
    ensures complete: h->outcome == HELLO_COMPLETE && \old(h->outcome) == HELLO_MORE ==>
      4 <= h->message_length == hello_announced(h) && h->message[0] == 1;
    ensures plain_text: h->received >= 1 ==>
      (h->outcome == HELLO_PLAINTEXT <==> !begins_tls(h->raw[0]));
    ensures other_record: h->received >= 1 && begins_tls(h->raw[0]) && h->raw[0] != 22 ==>
      h->outcome == HELLO_ODD;
*/
void hello_switch_take(struct hello_switch *h, uint32_t length);

#endif
