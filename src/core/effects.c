/* Appending to the list of effects that a step leaves to the shell (effects.h).
 *
 * Owns nothing: the caller's list is the only state. Never overwrites an effect that was appended
 * before, and never appends half an effect: what does not fit is refused as a whole.
 */
#include "effects.h"

void effects_clear(struct effects *e)
{
    e->count = 0u;
    e->bytes_used = 0u;
    e->more = false;
}

uint32_t effects_room(const struct effects *e)
{
    uint32_t left = EFFECTS_BYTES_MAX - e->bytes_used;

    if (e->count >= EFFECTS_MAX) {
        return 0u;
    }
    return left < EFFECTS_MESSAGE_MAX ? left : EFFECTS_MESSAGE_MAX;
}

bool effects_send(struct effects *e, uint32_t channel, uint32_t length)
{
    struct effect *slot;

    if (length == 0u || e->count >= EFFECTS_MAX) {
        return false;
    }
    slot = &e->effect[e->count];
    slot->kind = (uint8_t)EFFECT_SEND;
    slot->code = 0u;
    slot->cause = 0xffffu;
    slot->channel = channel;
    slot->identity = UINT32_MAX;
    slot->subject = 0u;
    slot->offset = e->bytes_used;
    slot->length = length;
    e->count += 1u;
    e->bytes_used += length;
    return true;
}

bool effects_send_again(struct effects *e, uint32_t channel)
{
    uint32_t at = e->count;

    if (at == 0u || at >= EFFECTS_MAX || e->effect[at - 1u].kind != (uint8_t)EFFECT_SEND) {
        return false;
    }
    e->effect[at] = e->effect[at - 1u];
    e->effect[at].channel = channel;
    e->count = at + 1u;
    return true;
}

bool effects_append(struct effects *e, const struct effect *effect)
{
    uint32_t at = e->count;

    if (at >= EFFECTS_MAX) {
        return false;
    }
    e->effect[at] = *effect;
    e->effect[at].offset = 0u;
    e->effect[at].length = 0u;
    e->count = at + 1u;
    return true;
}

bool effects_append_bytes(struct effects *e, const struct effect *effect, const uint8_t *bytes,
                          uint32_t length)
{
    uint32_t at = e->count;
    uint32_t start = e->bytes_used;

    if (at >= EFFECTS_MAX || length > EFFECTS_BYTES_MAX - start) {
        return false;
    }
    /*@ loop invariant range: 0 <= i <= length;
        loop assigns i, e->bytes[start .. start + length - 1];
        loop variant length - i;
    */
    for (uint32_t i = 0u; i < length; i++) {
        e->bytes[start + i] = bytes[i];
    }
    e->effect[at] = *effect;
    e->effect[at].offset = start;
    e->effect[at].length = length;
    e->count = at + 1u;
    e->bytes_used = start + length;
    return true;
}
