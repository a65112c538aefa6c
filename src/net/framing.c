/* Cuts a byte stream into ASAP messages: see framing.h. */
#include "framing.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_SIZE 4u

/* Bytes a message takes on the stream, given its first four; 0 when its length cannot be. */
static uint32_t size_on_stream(const uint8_t *header)
{
    uint32_t length = header[2] * 256u + header[3];

    return length < HEADER_SIZE ? 0 : (length + 3u) / 4u * 4u;
}

void framing_release(struct framing *f)
{
    free(f->held);
    memset(f, 0, sizeof *f);
}

/* Moves up to `wanted - used` bytes of input behind those held. */
static enum framing_result hold(struct framing *f, uint32_t wanted, const uint8_t **input,
                                size_t *available)
{
    size_t take = wanted - f->used;

    if (f->room < wanted) {
        uint8_t *held = realloc(f->held, wanted);
        if (held == NULL)
            return FRAMING_NO_MEMORY;
        f->held = held;
        f->room = wanted;
    }
    if (take > *available)
        take = *available;
    memcpy(f->held + f->used, *input, take);
    f->used += (uint32_t)take;
    *input += take;
    *available -= take;
    return f->used == wanted ? FRAMING_MESSAGE : FRAMING_MORE;
}

/* Continues a message of which some bytes are held already. */
static enum framing_result take_held(struct framing *f, const uint8_t **input, size_t *available,
                                     const uint8_t **message, uint32_t *length)
{
    enum framing_result result = FRAMING_MESSAGE;

    if (f->used < HEADER_SIZE)
        result = hold(f, HEADER_SIZE, input, available);
    if (result != FRAMING_MESSAGE)
        return result;
    *length = size_on_stream(f->held);
    if (*length == 0)
        return FRAMING_BAD_LENGTH;
    result = hold(f, *length, input, available);
    *message = f->held;
    f->handed_out = result == FRAMING_MESSAGE;
    return result;
}

enum framing_result framing_take(struct framing *f, const uint8_t **input, size_t *available,
                                 const uint8_t **message, uint32_t *length)
{
    if (f->handed_out)
        framing_release(f);
    if (f->used > 0)
        return take_held(f, input, available, message, length);
    if (*available == 0)
        return FRAMING_MORE;
    if (*available < HEADER_SIZE)
        return hold(f, HEADER_SIZE, input, available);
    *length = size_on_stream(*input);
    if (*length == 0)
        return FRAMING_BAD_LENGTH;
    if (*length > *available)
        return hold(f, *length, input, available);
    *message = *input;
    *input += *length;
    *available -= *length;
    return FRAMING_MESSAGE;
}
