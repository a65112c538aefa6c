/* What a step of the core asks of the world around it.
 *
 * A step function takes one event and a state, and appends effects: messages to send, channels to
 * open or close, records to audit, news for the application. It never performs them. The shell (or
 * the simulation, or a test) carries them out in order, then clears the list. The bytes of messages
 * lie in `bytes`, so that an effect stays valid after the event's own buffer is gone.
 *
 * Ownership: the caller owns the structure and may keep it on the heap for reuse. Not thread-safe.
 */
#ifndef POOLPROOF_CORE_EFFECTS_H
#define POOLPROOF_CORE_EFFECTS_H

#include <stdbool.h>
#include <stdint.h>

/* Most effects one step may have: a step with more work sets `more` and is called again. */
#define EFFECTS_MAX 64u

/* Room for message bytes: one message of the largest size, and a few short ones beside it. */
#define EFFECTS_BYTES_MAX 81920u

enum effect_kind {
    EFFECT_NONE = 0,
    EFFECT_SEND = 1,  /* send bytes[offset .. offset+length) on `channel`; whole, padded message */
    EFFECT_CLOSE = 2, /* close `channel` after what was sent before; `code` is a close reason */
    EFFECT_CONNECT = 3,   /* open `channel` to the configured server number `subject` */
    EFFECT_NOTIFY = 4,    /* tell the application: `code` is a notification */
    EFFECT_AUDIT = 5,     /* write an audit record: `code` is an audit event */
    EFFECT_BEGIN_ANEW = 6 /* drop all channels without a report, and begin with fresh memory */
};

struct effect {
    uint8_t kind;   /* enum effect_kind */
    uint16_t code;  /* close reason, notification or audit event: enumerated by the step's header */
    uint16_t cause; /* RFC 5354, 3.12 error cause it goes with, 0xffff when none */
    uint32_t channel;  /* the channel concerned, UINT32_MAX when none */
    uint32_t identity; /* the identity concerned (access.h), UINT32_MAX when none */
    uint32_t subject;  /* PE identifier, or server number for EFFECT_CONNECT */
    uint32_t offset;   /* EFFECT_SEND: message; EFFECT_AUDIT: pool handle; within `bytes` */
    uint32_t length;   /* bytes at `offset` */
};

struct effects {
    uint32_t count;      /* effects in use, at most EFFECTS_MAX */
    uint32_t bytes_used; /* bytes in use, at most EFFECTS_BYTES_MAX */
    bool more;           /* the step stopped at its bound: call its tick again at once */
    struct effect effect[EFFECTS_MAX];
    uint8_t bytes[EFFECTS_BYTES_MAX];
};

/*@ predicate valid_effects(struct effects *e) =
      e->count <= EFFECTS_MAX && e->bytes_used <= EFFECTS_BYTES_MAX;
*/

/* The longest message an encoder may write: the Message Length field has 16 bits (RFC 5354, 4). */
#define EFFECTS_MESSAGE_MAX 65532u

/* Forget all effects: what the shell does once it has carried them out. */
/*@ requires room: \valid(e);
    terminates \true;
    exits \false;
    assigns e->count, e->bytes_used, e->more;
    ensures empty: e->count == 0 && e->bytes_used == 0 && e->more == \false;
    ensures valid: valid_effects(e);
*/
void effects_clear(struct effects *e);

/* Bytes an encoder may write at `e->bytes + e->bytes_used` for one more message: at most
 * EFFECTS_MESSAGE_MAX, and 0 when no effect is left to send it with (every encoder then answers
 * WIRE_FULL, which effects_send takes for "nothing to send"). */
/*@ requires list: \valid_read(e) && valid_effects(e);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures bounded: \result <= EFFECTS_MESSAGE_MAX;
    ensures inside: \result <= EFFECTS_BYTES_MAX - e->bytes_used;
    ensures sendable: \result > 0 ==> e->count < EFFECTS_MAX;
*/
uint32_t effects_room(const struct effects *e);

/* Send the message of `length` bytes that was encoded at `e->bytes + e->bytes_used`.
 * Nothing is appended, and false returned, when `length` is 0 (the encoder found no room). */
/*@ requires list: \valid(e) && valid_effects(e);
    requires encoded: length <= EFFECTS_BYTES_MAX - e->bytes_used;
    terminates \true;
    exits \false;
    assigns e->count, e->bytes_used, e->effect[0 .. EFFECTS_MAX - 1];
    ensures valid: valid_effects(e);
    ensures sent: \result ==> e->count == \old(e->count) + 1 && e->bytes_used == \old(e->bytes_used) + length;
    ensures dropped: !\result ==> e->count == \old(e->count) && e->bytes_used == \old(e->bytes_used);
    ensures accepted: \result <==> (length > 0 && \old(e->count) < EFFECTS_MAX);
    ensures kind: \result ==> e->effect[\old(e->count)].kind == EFFECT_SEND && e->effect[\old(e->count)].channel == channel;
*/
bool effects_send(struct effects *e, uint32_t channel, uint32_t length);

/* Send the message of the effect that was appended last to one more channel: its bytes are shared, not copied,
 * so that a message to all peers takes its room once. False, and nothing appended, when the last effect is not
 * an EFFECT_SEND, or the list is empty or full. */
/*@ requires list: \valid(e) && valid_effects(e);
    terminates \true;
    exits \false;
    assigns e->count, e->effect[0 .. EFFECTS_MAX - 1];
    ensures valid: valid_effects(e);
    ensures accepted: \result <==> (0 < \old(e->count) < EFFECTS_MAX && \old(e->effect[e->count - 1].kind) == EFFECT_SEND);
    ensures appended: \result ==> e->count == \old(e->count) + 1;
    ensures dropped: !\result ==> e->count == \old(e->count);
    ensures kind: \result ==> e->effect[\old(e->count)].kind == EFFECT_SEND && e->effect[\old(e->count)].channel == channel;
    ensures same: \result ==> e->effect[\old(e->count)].offset == \old(e->effect[e->count - 1].offset) && e->effect[\old(e->count)].length == \old(e->effect[e->count - 1].length);
    ensures kept: \forall integer i; 0 <= i < \old(e->count) ==> e->effect[i].kind == \old(e->effect[i].kind) && e->effect[i].channel == \old(e->effect[i].channel);
    ensures places: \forall integer i; 0 <= i < \old(e->count) ==> e->effect[i].offset == \old(e->effect[i].offset) && e->effect[i].length == \old(e->effect[i].length);
*/
bool effects_send_again(struct effects *e, uint32_t channel);

/* Append an effect without bytes: its `offset` and `length` become 0. False when the list is full. */
/*@ requires list: \valid(e) && valid_effects(e);
    requires effect: \valid_read(effect);
    requires apart: \separated(e, effect);
    terminates \true;
    exits \false;
    assigns e->count, e->effect[0 .. EFFECTS_MAX - 1];
    ensures valid: valid_effects(e);
    ensures appended: \result ==> e->count == \old(e->count) + 1;
    ensures dropped: !\result ==> e->count == \old(e->count);
    ensures accepted: \result <==> \old(e->count) < EFFECTS_MAX;
*/
bool effects_append(struct effects *e, const struct effect *effect);

/* Append an effect that carries a copy of bytes[0 .. length), such as an audit record with its pool
 * handle. False, and nothing appended, when the list or its bytes are full. */
/*@ requires list: \valid(e) && valid_effects(e);
    requires effect: \valid_read(effect);
    requires source: length > 0 ==> \valid_read(bytes + (0 .. length - 1));
    requires apart: \separated(e, effect);
    requires bytes_apart: length > 0 ==> \separated(e, bytes + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns e->count, e->bytes_used, e->effect[0 .. EFFECTS_MAX - 1], e->bytes[0 .. EFFECTS_BYTES_MAX - 1];
    ensures valid: valid_effects(e);
    ensures appended: \result ==> e->count == \old(e->count) + 1 && e->bytes_used == \old(e->bytes_used) + length;
    ensures dropped: !\result ==> e->count == \old(e->count) && e->bytes_used == \old(e->bytes_used);
*/
bool effects_append_bytes(struct effects *e, const struct effect *effect, const uint8_t *bytes,
                          uint32_t length);

#endif
