/* Deadlines of the client machines: see endpoint_deadline.h. Owns nothing, never wraps. */
#include "endpoint_deadline.h"

uint64_t endpoint_after(uint64_t now, uint32_t delay)
{
    return now < ENDPOINT_NEVER - delay ? now + delay : ENDPOINT_NEVER;
}

uint64_t endpoint_earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}
