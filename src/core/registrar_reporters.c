/* Telling reporters apart and counting each once (registrar_reporters.h). */
#include "registrar_reporters.h"

uint64_t registrar_reporter(const struct principal *p)
{
    const uint8_t *b = p->address.bytes;
    uint64_t high;
    uint64_t low;

    if (p->identity < ACCESS_IDENTITIES_MAX && p->shared == 0u) {
        return p->identity;
    }
    high = (p->address.size == 4u ? 4u : 16u) * 16777216u + b[0] * 65536u + b[1] * 256u + b[2];
    low = b[3] * 16777216u + b[4] * 65536u + b[5] * 256u + b[6];
    return high * 4294967296u + low;
}

uint32_t registrar_note_reporter(uint64_t *kept, uint32_t count, uint64_t reporter)
{
    /*@ loop invariant range: 0 <= i <= count;
        loop invariant others: \forall integer j; 0 <= j < i ==> kept[j] != reporter;
        loop assigns i;
        loop variant count - i;
    */
    for (uint32_t i = 0u; i < count; i++) {
        if (kept[i] == reporter) {
            return count;
        }
    }
    if (count >= REGISTRAR_REPORTERS_MAX) {
        return count;
    }
    kept[count] = reporter;
    return count + 1u;
}
