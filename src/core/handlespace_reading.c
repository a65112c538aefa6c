/* Reading the handlespace within its bounds (handlespace_reading.h). */
#include "handlespace_reading.h"

uint32_t handlespace_pool_of(const struct handlespace *h, uint32_t element)
{
    return h->element[element].pool;
}

uint32_t handlespace_handle_length(const struct handlespace *h, uint32_t pool)
{
    return h->pool[pool].handle_length;
}

uint32_t handlespace_parameter_length(const struct handlespace *h, uint32_t element)
{
    return h->element[element].parameter_length;
}

uint32_t handlespace_member(const struct handlespace *h, uint32_t pool)
{
    return selection_first(&h->selection, pool);
}
