/* The handlespace: which pool elements form which pool, and who owns them (RFC 5351, 2.2; RFC 5353, 2).
 *
 * A pool is found by its handle, an element by its pool and PE identifier, both through hash chains keyed with
 * SipHash, because whoever registers chooses handles and identifiers. The elements of a pool form a ring from
 * which resolutions are answered (handlespace_selection.h). Each element carries its encoded Pool Element
 * parameter as it came from the wire, its home registrar, the identity it is bound to, one deadline, and
 * what the registrar notes about its liveness. The PE checksum of the elements this registrar owns is
 * kept up to date with every change (pe_checksum.h).
 *
 * Owns: all of this, in one structure of fixed size without pointers: elements and pools are numbers, and stay
 * the same number from their addition to their removal. Never allocates, never knows a clock (times come in,
 * in milliseconds), never decides who may do what: that is the registrar's.
 *
 * Memory: the caller provides the structure from zeroed pages. A place that was never used is never
 * written: places are taken in order of their number, freed ones first. An element costs
 * HANDLESPACE_ELEMENT_BYTES, beside its encoded parameter of at most ELEMENT_PARAMETER_MAX bytes.
 *
 * Readers may look at every field. Written from outside may be only the fields marked "the registrar's"
 * of an element, and best through the handlespace_set_* functions, which are proved to keep the rest.
 *
 * Elements come and go through handlespace_add_element and handlespace_remove_element; a pool goes with
 * its last element.
 */
#ifndef POOLPROOF_CORE_HANDLESPACE_H
#define POOLPROOF_CORE_HANDLESPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "handlespace_places.h"
#include "handlespace_selection.h"
#include "index_list.h"
#include "pe_checksum.h"
#include "siphash.h"
#include "timer_wheel.h"

#define HANDLESPACE_POOLS_MAX 65536u
#define HANDLESPACE_ELEMENTS_MAX 262144u
#define POOL_HANDLE_MAX 255u
#define ELEMENT_PARAMETER_MAX 256u
#define HANDLESPACE_NONE UINT32_MAX

/* "No channel" in handlespace_element.channel. */
#define HANDLESPACE_NO_CHANNEL UINT32_MAX

struct handlespace_pool {
    uint32_t policy_type; /* RFC 5356 policy type that every element of the pool has */
    uint32_t
        transport_type; /* user transport parameter type (RFC 5354, 3.3 and on), the same for all */
    uint32_t transport_use; /* its Transport Use field, the same for all */
    uint32_t element_count; /* elements in the pool */
    uint32_t handle_sum;    /* the handle's words in the PE checksum */
    uint32_t handle_length; /* 0 .. POOL_HANDLE_MAX */
    uint8_t handle[POOL_HANDLE_MAX + 1u];
};

struct handlespace_element {
    int64_t
        owned_block; /* what the element adds to the PE checksum: its block when owned, or 0. The only
                               int64_t of the core: the proof keeps one memory for each integer type, so no
                               other write can touch the sum over these. */
    uint32_t pool;   /* the pool it is in */
    uint32_t pe_identifier;    /* RFC 5354, 3.10 */
    uint32_t identity;         /* the identity it is bound to (access.h) */
    uint32_t home;             /* server identifier of its home registrar, the owner */
    uint32_t block;            /* sum of the words of its PE checksum block (RFC 5353, 3.6.2) */
    uint32_t parameter_length; /* bytes of its encoded Pool Element parameter */

    /* The registrar's: zero when the element is added, except for the channel. */
    uint32_t channel; /* where its keep-alives go, HANDLESPACE_NO_CHANNEL when not connected */
    uint32_t unreachable_reports; /* reports since it was last heard of */
    uint32_t keep_alive_waiting;  /* 1: a keep-alive is out and not answered, 0: not */
    uint64_t
        keep_alive_deadline; /* milliseconds: the next keep-alive, or the end of the wait for the answer */
    uint64_t expiry;         /* milliseconds: the end of the registration life */
};

struct handlespace_parameter {
    uint8_t bytes[ELEMENT_PARAMETER_MAX];
};

struct handlespace {
    struct siphash_key key;
    uint64_t owned_sum;  /* the exact sum of the blocks of the elements with home == own_server */
    uint32_t own_server; /* this registrar's server identifier */
    uint32_t pool_capacity;    /* at most HANDLESPACE_POOLS_MAX */
    uint32_t element_capacity; /* at most HANDLESPACE_ELEMENTS_MAX */
    uint32_t pool_count;       /* pools in use */
    uint32_t element_count;    /* elements in use */
    uint32_t pool_used;        /* places [0, pool_used) have been in use at some time */
    uint32_t element_used;     /* likewise */
    struct timer_wheel wheel;
    struct index_list pool_chains;
    struct index_list element_chains;
    struct selection selection;
    struct handlespace_pool pool[HANDLESPACE_POOLS_MAX];
    struct handlespace_element element[HANDLESPACE_ELEMENTS_MAX];
    struct handlespace_parameter parameter[HANDLESPACE_ELEMENTS_MAX];
};

/* What one element costs beside its encoded parameter: its record, a hash chain head and
 * links, ring links, deadline and wheel links. */
#define HANDLESPACE_ELEMENT_BYTES                                                                  \
    (sizeof(struct handlespace_element) + 4u * sizeof(uint32_t) + 3u * sizeof(uint32_t) +          \
     sizeof(uint64_t) + 3u * sizeof(uint32_t))
_Static_assert(HANDLESPACE_ELEMENT_BYTES <= 600u, "memory per element");
_Static_assert(HANDLESPACE_ELEMENTS_MAX == INDEX_LIST_ENTRIES_MAX, "an element is a list entry");
_Static_assert(HANDLESPACE_POOLS_MAX <= INDEX_LIST_ENTRIES_MAX, "a pool is a list entry");
_Static_assert(HANDLESPACE_ELEMENTS_MAX == SELECTION_ELEMENTS_MAX, "an element is in a ring");
_Static_assert(HANDLESPACE_POOLS_MAX == SELECTION_POOLS_MAX, "a pool has a ring");
_Static_assert(HANDLESPACE_ELEMENTS_MAX == TIMER_WHEEL_ENTRIES_MAX, "an element has a deadline");
_Static_assert(POOL_HANDLE_MAX == PE_CHECKSUM_HANDLE_MAX, "every handle can be summed");

/* Prepares an empty handlespace in zeroed memory.
 * own_server: this registrar's server identifier; the elements it is home of make the PE checksum.
 * Capacities above the maxima are cut down to them. now: milliseconds. */
void handlespace_init(struct handlespace *h, const uint8_t key[16], uint32_t own_server,
                      uint32_t pool_capacity, uint32_t element_capacity, uint64_t now);

/* The pool with this handle, or HANDLESPACE_NONE. A handle longer than POOL_HANDLE_MAX is never found. */
uint32_t handlespace_find_pool(const struct handlespace *h, const uint8_t *handle, uint32_t length);

/* The element of `pool` with this PE identifier, or HANDLESPACE_NONE. */
uint32_t handlespace_find_element(const struct handlespace *h, uint32_t pool,
                                  uint32_t pe_identifier);

/* Adds a pool that handlespace_find_pool does not find. HANDLESPACE_NONE when all places are taken or the
 * handle is longer than POOL_HANDLE_MAX. A pool is to get its first element at once: see below. */
uint32_t handlespace_add_pool(struct handlespace *h, const uint8_t *handle, uint32_t length,
                              uint32_t policy_type, uint32_t transport_type,
                              uint32_t transport_use);

/* Adds an element that handlespace_find_element does not find, with an empty parameter, no channel and no
 * deadline. HANDLESPACE_NONE when all places are taken; a pool without elements is removed then. */
uint32_t handlespace_add_element(struct handlespace *h, uint32_t pool, uint32_t pe_identifier,
                                 uint32_t identity, uint32_t home);

/* Keeps the encoded Pool Element parameter (TLV with its header, without padding). False, and nothing
 * changes, when it is longer than ELEMENT_PARAMETER_MAX. */
bool handlespace_set_parameter(struct handlespace *h, uint32_t element, const uint8_t *tlv,
                               uint32_t length);

/* Makes `home` the owner of the element, and keeps the PE checksum of our own. */
void handlespace_set_home(struct handlespace *h, uint32_t element, uint32_t home);

/* Removes the element, its deadline, and its pool when it was the last there. */
void handlespace_remove_element(struct handlespace *h, uint32_t element);

/* The element whose turn it is; the next call gives the one after it. HANDLESPACE_NONE when the pool is
 * empty. Writes nothing but this pool's cursor. For a list of k elements: this for the first, then k - 1
 * times handlespace_ring_next, k being at most the pool's element_count. */
uint32_t handlespace_select_first(struct handlespace *h, uint32_t pool);

/* The element of the same pool after this one; after the last comes the first. Writes nothing. */
uint32_t handlespace_ring_next(const struct handlespace *h, uint32_t element);

/* True when there is an element with this number (any number may be asked for). */
bool handlespace_element_in_use(const struct handlespace *h, uint32_t element);

/* True when there is a pool with this number (any number may be asked for). */
bool handlespace_pool_in_use(const struct handlespace *h, uint32_t pool);

/* The PE checksum (RFC 5353, 3.6.2) of the elements this registrar is home of. */
uint16_t handlespace_checksum(const struct handlespace *h);

/* Sets the one deadline of an element (milliseconds), in place of the one it had. */
void handlespace_arm(struct handlespace *h, uint32_t element, uint64_t deadline);

/* Takes the deadline of an element away. */
void handlespace_disarm(struct handlespace *h, uint32_t element);

/* An element whose deadline has passed; it has none afterwards. HANDLESPACE_NONE: none found in the bounded
 * work of this call; see handlespace_next_deadline. At most one tick (TIMER_WHEEL_TICK) late, never early. */
uint32_t handlespace_due(struct handlespace *h, uint64_t now);

/* When to call handlespace_due next (milliseconds; in the past: at once), UINT64_MAX when nothing is armed. */
uint64_t handlespace_next_deadline(const struct handlespace *h);

/* The registrar's notes on an element. */
void handlespace_set_channel(struct handlespace *h, uint32_t element, uint32_t channel);
void handlespace_set_expiry(struct handlespace *h, uint32_t element, uint64_t expiry);
void handlespace_set_keep_alive(struct handlespace *h, uint32_t element, uint64_t deadline,
                                bool waiting);
void handlespace_set_unreachable_reports(struct handlespace *h, uint32_t element, uint32_t reports);
void handlespace_set_identity(struct handlespace *h, uint32_t element, uint32_t identity);

/* Walks everything and says whether it fits together: links, rings, counts, hash chains, checksum, wheel.
 * Takes time in proportion to the places ever used: an oracle for tests, fuzzing and simulation. */
bool handlespace_check(const struct handlespace *h);

#endif
