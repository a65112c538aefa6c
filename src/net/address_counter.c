/* Connections by peer address: see address_counter.h. */
#include "address_counter.h"

#include "clock_source.h"

#include <stdlib.h>
#include <string.h>

#define COUNTED_BYTES 8u /* an IPv6 network prefix; an IPv4 address with zeroes behind it */

struct address_count {
    struct address_count *next;
    uint8_t size; /* 4 or 16: the families never meet */
    uint8_t prefix[COUNTED_BYTES];
    uint32_t count;
};

void address_counter_init(struct address_counter *counter)
{
    uint8_t key[16];

    memset(counter, 0, sizeof *counter);
    random_fill(key, sizeof key);
    siphash_set_key(&counter->key, key);
}

static void take_prefix(const struct ip_address *address, uint8_t prefix[COUNTED_BYTES])
{
    memset(prefix, 0, COUNTED_BYTES);
    memcpy(prefix, address->bytes, address->size == 4 ? 4 : COUNTED_BYTES);
}

/* The link that holds the entry of `address`, or the NULL at the end of its bucket. */
static struct address_count **find(struct address_counter *counter,
                                   const struct ip_address *address)
{
    uint8_t prefix[COUNTED_BYTES];

    take_prefix(address, prefix);
    uint64_t hash = siphash(&counter->key, prefix, COUNTED_BYTES);
    struct address_count **link = &counter->bucket[hash % ADDRESS_COUNTER_BUCKETS];
    while (*link != NULL &&
           ((*link)->size != address->size || memcmp((*link)->prefix, prefix, COUNTED_BYTES) != 0))
        link = &(*link)->next;
    return link;
}

bool address_counter_enter(struct address_counter *counter, const struct ip_address *address,
                           uint32_t most)
{
    struct address_count **link = find(counter, address);

    if (*link == NULL) {
        struct address_count *entry = calloc(1, sizeof *entry);
        if (entry == NULL)
            return false;
        entry->size = address->size;
        take_prefix(address, entry->prefix);
        *link = entry;
    }
    if ((*link)->count >= most)
        return false;
    (*link)->count++;
    return true;
}

void address_counter_leave(struct address_counter *counter, const struct ip_address *address)
{
    struct address_count **link = find(counter, address);
    struct address_count *entry = *link;

    if (entry == NULL || --entry->count > 0)
        return;
    *link = entry->next;
    free(entry);
}
