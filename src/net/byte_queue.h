/* A bounded first-in first-out queue of bytes, one contiguous stretch of heap memory.
 *
 * Used for what waits to be sent to a peer, so the bound is what keeps a peer that does not read
 * from growing the process. An empty queue gives its memory back: an idle connection costs none.
 * All zero bytes with a `limit` set are a valid empty queue.
 */
#ifndef POOLPROOF_NET_BYTE_QUEUE_H
#define POOLPROOF_NET_BYTE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct byte_queue {
    uint8_t *bytes; /* owned; NULL while nothing is queued */
    size_t head;    /* first byte not yet consumed */
    size_t tail;    /* one past the last byte */
    size_t room;    /* allocated size */
    size_t limit;   /* most bytes that may wait at any time */
};

/* Appends a copy of `length` bytes; false, with nothing changed, when that would exceed the limit
 * or memory is short. */
bool byte_queue_append(struct byte_queue *q, const uint8_t *bytes, size_t length);

/* A place for up to `length` bytes behind the last one, to be read into and then committed; NULL
 * under the same conditions as above. Valid until the next call on this queue. */
uint8_t *byte_queue_reserve(struct byte_queue *q, size_t length);
void byte_queue_commit(struct byte_queue *q, size_t length);

/* The waiting bytes, and how many; valid until the next call that changes the queue. */
const uint8_t *byte_queue_peek(const struct byte_queue *q, size_t *length);
size_t byte_queue_length(const struct byte_queue *q);

/* Removes the first `length` bytes (at most those waiting). */
void byte_queue_consume(struct byte_queue *q, size_t length);

/* Wipes and frees the memory; the queue is empty afterwards and may be used again. */
void byte_queue_release(struct byte_queue *q);

#endif
