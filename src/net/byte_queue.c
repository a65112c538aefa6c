/* A bounded queue of bytes: see byte_queue.h. */
#include "byte_queue.h"

#include <stdlib.h>
#include <string.h>

#define BYTE_QUEUE_FIRST_ROOM 4096u

size_t byte_queue_length(const struct byte_queue *q)
{
    return q->tail - q->head;
}

/* Moves what waits to the front, so that the room behind it is one stretch. */
static void compact(struct byte_queue *q)
{
    size_t waiting = byte_queue_length(q);

    if (q->head == 0)
        return;
    memmove(q->bytes, q->bytes + q->head, waiting);
    q->head = 0;
    q->tail = waiting;
}

static bool grow(struct byte_queue *q, size_t needed)
{
    size_t room = q->room > 0 ? q->room : BYTE_QUEUE_FIRST_ROOM;

    while (room < needed)
        room *= 2;
    uint8_t *bytes = realloc(q->bytes, room);
    if (bytes == NULL)
        return false;
    q->bytes = bytes;
    q->room = room;
    return true;
}

uint8_t *byte_queue_reserve(struct byte_queue *q, size_t length)
{
    size_t waiting = byte_queue_length(q);

    if (length > q->limit || waiting > q->limit - length)
        return NULL;
    if (length > q->room - q->tail)
        compact(q);
    if (length > q->room - q->tail && !grow(q, waiting + length))
        return NULL;
    return q->bytes + q->tail;
}

void byte_queue_commit(struct byte_queue *q, size_t length)
{
    q->tail += length;
    if (q->tail == q->head)
        byte_queue_release(q);
}

bool byte_queue_append(struct byte_queue *q, const uint8_t *bytes, size_t length)
{
    if (length == 0)
        return true;
    uint8_t *place = byte_queue_reserve(q, length);
    if (place == NULL)
        return false;
    memcpy(place, bytes, length);
    q->tail += length;
    return true;
}

const uint8_t *byte_queue_peek(const struct byte_queue *q, size_t *length)
{
    *length = byte_queue_length(q);
    return *length == 0 ? NULL : q->bytes + q->head;
}

void byte_queue_consume(struct byte_queue *q, size_t length)
{
    size_t waiting = byte_queue_length(q);

    q->head += length < waiting ? length : waiting;
    if (q->head == q->tail)
        byte_queue_release(q);
}

void byte_queue_release(struct byte_queue *q)
{
    if (q->bytes != NULL)
        explicit_bzero(q->bytes, q->tail);
    free(q->bytes);
    q->bytes = NULL;
    q->head = q->tail = q->room = 0;
}
