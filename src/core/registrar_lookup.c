/* Finding the element a request speaks of (registrar_lookup.h). */
#include "registrar_lookup.h"

uint32_t registrar_find(const struct handlespace *h, const struct registrar_request *q,
                        const uint8_t *bytes)
{
    uint32_t pool = handlespace_find_pool(h, bytes + q->message.pool_handle.offset,
                                          q->message.pool_handle.length);

    if (pool == HANDLESPACE_NONE) {
        return HANDLESPACE_NONE;
    }
    return handlespace_find_element(h, pool, q->message.pe_identifier);
}
