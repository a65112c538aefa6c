/* The PE checksum: see pe_checksum.h. Owns nothing. */
#include "pe_checksum.h"

uint32_t pe_checksum_handle(const uint8_t *handle, uint32_t length)
{
    uint32_t sum = 0;
    uint32_t i = 0;
    /*@ loop invariant range: i <= length;
        loop invariant words: sum == handle_words(handle, i);
        loop invariant bound: sum <= (i / 2) * 65535 + (i % 2) * 65280;
        loop assigns i, sum;
        loop variant length - i;
    */
    while (i < length) {
        uint32_t byte = handle[i];
        sum += i % 2u == 0 ? byte * 256u : byte;
        i++;
    }
    return sum;
}

uint32_t pe_checksum_identifier(uint32_t pe_identifier)
{
    return pe_identifier / 65536u + pe_identifier % 65536u;
}

uint16_t pe_checksum_of_sum(uint64_t sum)
{
    if (sum == 0)
        return 65535u;
    return (uint16_t)(65535u - ((sum - 1u) % 65535u + 1u));
}
