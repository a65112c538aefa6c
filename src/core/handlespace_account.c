/* The one place where the sum behind the PE checksum changes (RFC 5353, 3.6.2). See handlespace.h. Owns nothing. */
#include "handlespace_internal.h"

void handlespace_account(struct handlespace *h, uint32_t element, uint32_t block)
{
    uint64_t before = (uint64_t)h->element[element].owned_block;
    h->element[element].owned_block = (int64_t)block;
    h->owned_sum = h->owned_sum - before + block;
}
