/* How many connections each peer address has, so that no single machine can take them all.
 *
 * An IPv6 peer counts by its first 64 bits: whoever holds a network of that size can choose among
 * more addresses than could ever be counted. Entries exist only while their count is above zero, so
 * memory is bounded by the number of connections. The hash is keyed: nobody can aim at one bucket.
 */
#ifndef POOLPROOF_NET_ADDRESS_COUNTER_H
#define POOLPROOF_NET_ADDRESS_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "siphash.h"

#define ADDRESS_COUNTER_BUCKETS 1024u

struct address_count; /* one address and its count */

struct address_counter {
    struct siphash_key key;
    struct address_count *bucket[ADDRESS_COUNTER_BUCKETS];
};

/* Empty, with a fresh random key. */
void address_counter_init(struct address_counter *counter);

/* Counts one more connection of `address`; false, and not counted, when it has `most` already or
 * memory is short. */
bool address_counter_enter(struct address_counter *counter, const struct ip_address *address,
                           uint32_t most);

/* Counts one less. The address was entered before. */
void address_counter_leave(struct address_counter *counter, const struct ip_address *address);

#endif
