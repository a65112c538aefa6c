/* An IPv4 or IPv6 address as the core sees it: bytes in network order, never text. */
#ifndef POOLPROOF_CORE_ADDRESS_H
#define POOLPROOF_CORE_ADDRESS_H

#include <stdint.h>

struct ip_address {
    uint8_t size;      /* 4 for IPv4, 16 for IPv6, 0 for none */
    uint8_t bytes[16]; /* the first `size` bytes count, the others are zero */
};

#endif
