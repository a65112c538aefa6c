/* What a proxy has done, as numbers: in all, and by element. */
#ifndef POOLPROOF_NET_PROXY_COUNTERS_H
#define POOLPROOF_NET_PROXY_COUNTERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "network_address.h"

#define PROXY_ELEMENTS_MAX 256u /* elements counted apart; further ones count only in all */

struct proxy_element_count {
    struct network_address address;
    uint64_t connections; /* relayed to it */
    uint64_t failures;    /* connections it did not take */
};

struct proxy_counters {
    uint64_t connections;       /* accepted from clients */
    uint64_t refused;           /* too many at once */
    uint64_t relayed;           /* reached an element */
    uint64_t unserved;          /* no element answered in time */
    uint64_t failed_over;       /* reached one that was not the first tried */
    uint64_t broken_by_element; /* broke off after bytes were sent on */
    uint64_t broken_by_client;
    uint64_t bytes_to_elements;
    uint64_t bytes_to_clients;
    uint64_t
        failover_ms_sum; /* from accept to the element that answered, where one had failed before */
    uint64_t failover_ms_max;
    uint64_t registrar_lost; /* times the home registrar was lost */
    uint32_t elements;
    struct proxy_element_count element[PROXY_ELEMENTS_MAX];
};

/* The counts of the element at `address`; NULL when there is no room for another. */
struct proxy_element_count *proxy_counters_element(struct proxy_counters *counters,
                                                   const struct network_address *address);

/* All of it as a JSON object; a new reference. */
json_t *proxy_counters_json(const struct proxy_counters *counters, const char *pool, uint32_t open);

/* Writes the object to `path` (a new file in its place, so that a reader never sees half of it), or to
 * standard output when path is NULL. False with errno. Takes over `object`. */
bool proxy_counters_write(json_t *object, const char *path);

#endif
