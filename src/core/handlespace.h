/* The handlespace: which pool elements form which pool, and who owns them (RFC 5351, 2.2; RFC 5353, 2).
 *
 * A pool is found by its handle, an element by its pool and PE identifier, both through hash chains keyed with
 * SipHash, because whoever registers chooses handles and identifiers. The elements of a pool form a ring from
 * which resolutions are answered (handlespace_selection.h). Each element carries its encoded Pool Element
 * parameter as it came from the wire, its home registrar, the identity it is bound to, one deadline, and
 * what the registrar notes about its liveness. The PE checksum of the elements this registrar owns is
 * kept up to date with every change (pe_checksum.h). What changed with these elements and is still to be told to
 * the other registrars stands in the journal (handlespace_journal.h).
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

/* Changes that can wait in the journal. */
#define HANDLESPACE_JOURNAL_MAX 256u

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
    uint32_t unreachable_reports; /* distinct reporters since it last registered */
    uint32_t keep_alive_waiting;  /* 1: a keep-alive is out and not answered, 0: not */
    uint32_t contested_by; /* server identifier of a peer that claims to be its home, 0: nobody */
    uint64_t
        keep_alive_deadline; /* milliseconds: the next keep-alive, or the end of the wait for the answer */
    uint64_t expiry;         /* milliseconds: the end of the registration life */
};

struct handlespace_parameter {
    uint8_t bytes[ELEMENT_PARAMETER_MAX];
};

/* One change to an element of which this registrar is the home: all that an ENRP_HANDLE_UPDATE says of it. No number of 16
 * bits: the proof keeps one memory for each integer type, so no write to one elsewhere can touch the handlespace. */
struct handlespace_change {
    uint32_t action;           /* UPDATE_ACTION_ADD_PE or UPDATE_ACTION_DEL_PE (wire_constants.h) */
    uint32_t pe_identifier;    /* of the element */
    uint32_t handle_length;    /* 0 .. POOL_HANDLE_MAX */
    uint32_t parameter_length; /* 0 .. ELEMENT_PARAMETER_MAX */
    uint8_t handle[POOL_HANDLE_MAX + 1u];
    uint8_t parameter[ELEMENT_PARAMETER_MAX]; /* the encoded Pool Element parameter */
};

/* The changes that nobody has taken out yet, as a ring. Nothing else in the handlespace depends on it. */
struct handlespace_journal {
    uint32_t first; /* the oldest, modulo HANDLESPACE_JOURNAL_MAX */
    uint32_t count; /* how many there are */
    struct handlespace_change change[HANDLESPACE_JOURNAL_MAX];
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
    uint64_t journal_lost; /* changes that found the journal full */
    struct handlespace_journal journal;
};

/* What one element costs beside its encoded parameter: its record, a hash chain head and
 * links, ring links, deadline and wheel links. The registrar's books take some more (registrar.h). */
#define HANDLESPACE_ELEMENT_BYTES                                                                  \
    (sizeof(struct handlespace_element) + 4u * sizeof(uint32_t) + 3u * sizeof(uint32_t) +          \
     sizeof(uint64_t) + 3u * sizeof(uint32_t))
/* Checked by the compiler, which does not divide by zero: an element takes at most 600 bytes, and elements and pools
 * are entries of lists, rings and the wheel. (A form that the proof tool reads, too.) */
enum handlespace_layout {
    HANDLESPACE_MEMORY_FITS = 1 / (HANDLESPACE_ELEMENT_BYTES <= 600u),
    HANDLESPACE_LISTS_FIT = 1 / (HANDLESPACE_ELEMENTS_MAX == INDEX_LIST_ENTRIES_MAX &&
                                 HANDLESPACE_POOLS_MAX <= INDEX_LIST_ENTRIES_MAX),
    HANDLESPACE_RINGS_FIT = 1 / (HANDLESPACE_ELEMENTS_MAX == SELECTION_ELEMENTS_MAX &&
                                 HANDLESPACE_POOLS_MAX == SELECTION_POOLS_MAX),
    HANDLESPACE_WHEEL_FITS = 1 / (HANDLESPACE_ELEMENTS_MAX == TIMER_WHEEL_ENTRIES_MAX),
    HANDLESPACE_HANDLES_FIT = 1 / (POOL_HANDLE_MAX == PE_CHECKSUM_HANDLE_MAX)
};

/* In contracts: there is an element, or a pool, with this number. Raw on purpose: the provers find their way by the
 * array cells they see. */
#define ELEMENT_USED(h, e)                                                                         \
    ((h)->element_chains.list[e] != 0 && (h)->element_chains.list[e] != HANDLESPACE_FREED + 1)
#define POOL_USED(h, p)                                                                            \
    ((h)->pool_chains.list[p] != 0 && (h)->pool_chains.list[p] != HANDLESPACE_FREED + 1)

/*@ predicate handlespace_element_used(struct handlespace *h, integer element) =
      0 <= element < HANDLESPACE_ELEMENTS_MAX && ELEMENT_USED(h, element);

    predicate handlespace_pool_used(struct handlespace *h, integer pool) =
      0 <= pool < HANDLESPACE_POOLS_MAX && POOL_USED(h, pool);

    // The exact sum of what the first n elements add to the PE checksum.
    logic integer owned_blocks{L}(struct handlespace *h, integer n) =
      n <= 0 ? 0 : owned_blocks(h, n - 1) + h->element[n - 1].owned_block;

    predicate handlespace_places(struct handlespace *h) =
      h->pool_capacity <= HANDLESPACE_POOLS_MAX &&
      valid_places(&h->pool_chains, h->pool_used, h->pool_capacity) &&
      valid_places(&h->element_chains, h->element_used, h->element_capacity);

    predicate handlespace_pools(struct handlespace *h) =
      (\forall integer p; 0 <= p < HANDLESPACE_POOLS_MAX ==>
         h->pool[p].handle_length <= POOL_HANDLE_MAX) &&
      (\forall integer p; 0 <= p < HANDLESPACE_POOLS_MAX ==>
         h->pool[p].handle_sum <= PE_CHECKSUM_HANDLE_SUM_MAX);

    // An element is in the ring of its pool; a place that is free is in no ring and has no deadline.
    predicate handlespace_elements(struct handlespace *h) =
      (\forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && ELEMENT_USED(h, i) ==>
         h->element[i].pool < HANDLESPACE_POOLS_MAX &&
         h->selection.pool[i] == h->element[i].pool + 1) &&
      (\forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && !ELEMENT_USED(h, i) ==>
         h->selection.pool[i] == 0) &&
      (\forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && !ELEMENT_USED(h, i) ==>
         h->wheel.slots.list[i] == 0) &&
      (\forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==>
         h->element[i].parameter_length <= ELEMENT_PARAMETER_MAX);

    // What an element adds to the PE checksum: its block when this registrar is its home, otherwise nothing.
    predicate handlespace_owned(struct handlespace *h) =
      (\forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==>
         h->element[i].block <= PE_CHECKSUM_BLOCK_MAX) &&
      (\forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && ELEMENT_USED(h, i) ==>
         h->element[i].owned_block == (h->element[i].home == h->own_server ? h->element[i].block : 0)) &&
      (\forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && !ELEMENT_USED(h, i) ==>
         h->element[i].owned_block == 0);

    // The sum that is kept is the sum over all elements.
    predicate handlespace_sum(struct handlespace *h) =
      h->owned_sum == owned_blocks(h, HANDLESPACE_ELEMENTS_MAX) &&
      (\forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==>
         0 <= h->element[i].owned_block <= PE_CHECKSUM_BLOCK_MAX);

*/

/* That everything fits together. Who only calls the functions below need not know what that means, and the provers fare
 * better without: with HANDLESPACE_ABSTRACT it is some property of the structure's value as a whole, of which nothing
 * is said. So it lasts as long as no part of that value is written. What is proved then holds for every such property,
 * and so for the one that is meant, as long as that reads nothing but the structure (proofs/ASSUMPTIONS.md). The
 * compiler sees no difference. */
#ifdef HANDLESPACE_ABSTRACT
/*@ axiomatic handlespace_whole {
      predicate handlespace_fits(struct handlespace whole[1]);
    }
*/
/* As the value of an array of one, because the provers take a structure's value apart wherever it stands, and an array's
 * only where it is indexed. A macro, because they do not look behind the name of a predicate for something so large. */
#define valid_handlespace(h) handlespace_fits(*(struct handlespace(*)[1])(h))
#else
/*@ predicate valid_handlespace(struct handlespace *h) =
      handlespace_places(h) && valid_selection(&h->selection) && valid_timer_wheel(&h->wheel) &&
      handlespace_pools(h) && handlespace_elements(h) && handlespace_owned(h) && handlespace_sum(h);
*/
#endif

/*@ // Zeroed memory, as far as it matters.
    predicate index_list_zeroed(struct index_list *l) =
      (\forall integer k; 0 <= k < INDEX_LIST_HEADS_MAX ==> l->head[k] == 0) &&
      (\forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX ==> l->list[i] == 0) &&
      (\forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX ==> l->next[i] == 0) &&
      (\forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX ==> l->previous[i] == 0);

    predicate selection_zeroed(struct selection *s) =
      (\forall integer p; 0 <= p < SELECTION_POOLS_MAX ==> s->cursor[p] == 0) &&
      (\forall integer i; 0 <= i < SELECTION_ELEMENTS_MAX ==> s->pool[i] == 0) &&
      (\forall integer i; 0 <= i < SELECTION_ELEMENTS_MAX ==> s->next[i] == 0) &&
      (\forall integer i; 0 <= i < SELECTION_ELEMENTS_MAX ==> s->previous[i] == 0);

    predicate handlespace_zeroed(struct handlespace *h) =
      h->owned_sum == 0 && h->pool_used == 0 && h->element_used == 0 && h->wheel.tick == 0 &&
      index_list_zeroed(&h->pool_chains) && index_list_zeroed(&h->element_chains) &&
      index_list_zeroed(&h->wheel.slots) && selection_zeroed(&h->selection) &&
      (\forall integer p; 0 <= p < HANDLESPACE_POOLS_MAX ==>
         h->pool[p].handle_length == 0 && h->pool[p].handle_sum == 0) &&
      (\forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==>
         h->element[i].parameter_length == 0 && h->element[i].block == 0) &&
      (\forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==> h->element[i].owned_block == 0);

    // What makes an element is the same before and after.
    predicate handlespace_element_kept{A, B}(struct handlespace *h, integer i) =
      \at(h->element_chains.list[i], A) == \at(h->element_chains.list[i], B) &&
      \at(h->element[i].pool, A) == \at(h->element[i].pool, B) &&
      \at(h->element[i].pe_identifier, A) == \at(h->element[i].pe_identifier, B) &&
      \at(h->element[i].identity, A) == \at(h->element[i].identity, B) &&
      \at(h->element[i].home, A) == \at(h->element[i].home, B);
*/

/* Prepares an empty handlespace in zeroed memory.
 * own_server: this registrar's server identifier; the elements it is home of make the PE checksum.
 * Capacities above the maxima are cut down to them. now: milliseconds. */
/*@ requires valid: \valid(h);
    requires zeroed: handlespace_zeroed(h);
    requires key: \valid_read(key + (0 .. 15));
    requires apart: \separated(h, key + (0 .. 15));
    terminates \true;
    exits \false;
    assigns h->key, h->own_server, h->pool_capacity, h->element_capacity, h->wheel.tick;
    ensures handlespace: valid_handlespace(h);
    ensures own_server: h->own_server == own_server;
    ensures empty: \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==> !ELEMENT_USED(h, i);
*/
void handlespace_init(struct handlespace *h, const uint8_t key[16], uint32_t own_server,
                      uint32_t pool_capacity, uint32_t element_capacity, uint64_t now);

/* The pool with this handle, or HANDLESPACE_NONE. A handle longer than POOL_HANDLE_MAX is never found. */
/*@ requires valid: \valid_read(h);
    requires handlespace: valid_handlespace(h);
    requires handle: length > 0 ==> \valid_read(handle + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures found: \result != HANDLESPACE_NONE ==> handlespace_pool_used(h, \result);
    ensures length: \result != HANDLESPACE_NONE ==> h->pool[\result].handle_length == length;
    ensures bytes: \result != HANDLESPACE_NONE ==>
      \forall integer i; 0 <= i < length ==> h->pool[\result].handle[i] == handle[i];
*/
uint32_t handlespace_find_pool(const struct handlespace *h, const uint8_t *handle, uint32_t length);

/* The element of `pool` with this PE identifier, or HANDLESPACE_NONE. */
/*@ requires valid: \valid_read(h);
    requires handlespace: valid_handlespace(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures found: \result != HANDLESPACE_NONE ==> handlespace_element_used(h, \result);
    ensures pool: \result != HANDLESPACE_NONE ==> h->element[\result].pool == pool;
    ensures identifier: \result != HANDLESPACE_NONE ==> h->element[\result].pe_identifier == pe_identifier;
*/
uint32_t handlespace_find_element(const struct handlespace *h, uint32_t pool,
                                  uint32_t pe_identifier);

/* Adds a pool that handlespace_find_pool does not find. HANDLESPACE_NONE when all places are taken or the
 * handle is longer than POOL_HANDLE_MAX. A pool is to get its first element at once: see below. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires handle: length > 0 ==> \valid_read(handle + (0 .. length - 1));
    requires apart: length > 0 ==> \separated(h, handle + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns h->pool_chains, h->pool_used, h->pool_count, h->pool[0 .. HANDLESPACE_POOLS_MAX - 1];
    ensures handlespace: valid_handlespace(h);
    ensures added: \result != HANDLESPACE_NONE ==> handlespace_pool_used(h, \result);
    ensures words: \result != HANDLESPACE_NONE ==>
      h->pool[\result].handle_sum == handle_words{Pre}(handle, length);
*/
uint32_t handlespace_add_pool(struct handlespace *h, const uint8_t *handle, uint32_t length,
                              uint32_t policy_type, uint32_t transport_type,
                              uint32_t transport_use);

/* Adds an element that handlespace_find_element does not find, with an empty parameter, no channel and no
 * deadline. HANDLESPACE_NONE when all places are taken; a pool without elements is removed then. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns h->element_chains, h->element_used, h->element_count, h->owned_sum, h->selection,
            h->element[0 .. HANDLESPACE_ELEMENTS_MAX - 1],
            h->pool_chains, h->pool_count, h->pool[pool].element_count;
    ensures handlespace: valid_handlespace(h);
    ensures added: \result != HANDLESPACE_NONE ==> handlespace_element_used(h, \result);
    ensures was_free: \result != HANDLESPACE_NONE ==> \old(!ELEMENT_USED(h, \result));
    ensures pool: \result != HANDLESPACE_NONE ==> h->element[\result].pool == pool;
    ensures identifier: \result != HANDLESPACE_NONE ==> h->element[\result].pe_identifier == pe_identifier;
    ensures identity: \result != HANDLESPACE_NONE ==> h->element[\result].identity == identity;
    ensures home: \result != HANDLESPACE_NONE ==> h->element[\result].home == home;
    ensures block: \result != HANDLESPACE_NONE ==>
      h->element[\result].block == h->pool[pool].handle_sum + identifier_words(pe_identifier);
    ensures others: \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != \result ==>
      handlespace_element_kept{Pre, Post}(h, i);
*/
uint32_t handlespace_add_element(struct handlespace *h, uint32_t pool, uint32_t pe_identifier,
                                 uint32_t identity, uint32_t home);

/* Keeps the encoded Pool Element parameter (TLV with its header, without padding). False, and nothing
 * changes, when it is longer than ELEMENT_PARAMETER_MAX. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires tlv: length > 0 ==> \valid_read(tlv + (0 .. length - 1));
    requires apart: length > 0 ==> \separated(h, tlv + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns h->parameter[element].bytes[0 .. ELEMENT_PARAMETER_MAX - 1],
            h->element[element].parameter_length;
    ensures handlespace: valid_handlespace(h);
    ensures fits: \result <==> length <= ELEMENT_PARAMETER_MAX;
    ensures length: \result ==> h->element[element].parameter_length == length;
    ensures unchanged: !\result ==> h->element[element].parameter_length == \old(h->element[element].parameter_length);
*/
bool handlespace_set_parameter(struct handlespace *h, uint32_t element, const uint8_t *tlv,
                               uint32_t length);

/* Makes `home` the owner of the element, and keeps the PE checksum of our own. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->owned_sum, h->element[element].home, h->element[element].owned_block;
    ensures handlespace: valid_handlespace(h);
    ensures home: h->element[element].home == home;
*/
void handlespace_set_home(struct handlespace *h, uint32_t element, uint32_t home);

/* Removes the element, its deadline, and its pool when it was the last there. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->element_chains, h->element_count, h->owned_sum, h->selection, h->wheel.slots,
            h->element[element].owned_block, h->pool_chains, h->pool_count,
            h->pool[0 .. HANDLESPACE_POOLS_MAX - 1].element_count;
    ensures handlespace: valid_handlespace(h);
    ensures removed: !handlespace_element_used(h, element);
    ensures others: \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != element ==>
      handlespace_element_kept{Pre, Post}(h, i);
*/
void handlespace_remove_element(struct handlespace *h, uint32_t element);

/* The element whose turn it is; the next call gives the one after it. HANDLESPACE_NONE when the pool is
 * empty. Writes nothing but this pool's cursor. For a list of k elements: this for the first, then k - 1
 * times handlespace_ring_next, k being at most the pool's element_count. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires pool: pool < HANDLESPACE_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns h->selection.cursor[pool];
    ensures handlespace: valid_handlespace(h);
    ensures element: \result != HANDLESPACE_NONE ==> handlespace_element_used(h, \result);
    ensures of_pool: \result != HANDLESPACE_NONE ==> h->element[\result].pool == pool;
    ensures turn: \result != HANDLESPACE_NONE ==> \old(h->selection.cursor[pool]) == \result + 1;
    ensures moved: \result != HANDLESPACE_NONE ==>
      h->selection.cursor[pool] == h->selection.next[\result] + 1;
*/
uint32_t handlespace_select_first(struct handlespace *h, uint32_t pool);

/* The element of the same pool after this one; after the last comes the first. Writes nothing. */
/*@ requires valid: \valid_read(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures element: handlespace_element_used(h, \result);
    ensures of_pool: h->element[\result].pool == h->element[element].pool;
    ensures next: \result == h->selection.next[element];
*/
uint32_t handlespace_ring_next(const struct handlespace *h, uint32_t element);

/* True when there is an element with this number (any number may be asked for). */
/*@ requires valid: \valid_read(h);
    requires handlespace: valid_handlespace(h);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures used: \result <==> handlespace_element_used(h, element);
*/
bool handlespace_element_in_use(const struct handlespace *h, uint32_t element);

/* True when there is a pool with this number (any number may be asked for). */
/*@ requires valid: \valid_read(h);
    requires handlespace: valid_handlespace(h);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures used: \result <==> handlespace_pool_used(h, pool);
*/
bool handlespace_pool_in_use(const struct handlespace *h, uint32_t pool);

/* The PE checksum (RFC 5353, 3.6.2) of the elements this registrar is home of. */
/*@ requires valid: \valid_read(h);
    requires handlespace: valid_handlespace(h);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures rfc1071: \result == 65535 - ones_complement(owned_blocks(h, HANDLESPACE_ELEMENTS_MAX));
*/
uint16_t handlespace_checksum(const struct handlespace *h);

/* Sets the one deadline of an element (milliseconds), in place of the one it had. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->wheel.slots, h->wheel.deadline[element];
    ensures handlespace: valid_handlespace(h);
    ensures armed: timer_wheel_armed(&h->wheel, element);
    ensures deadline: h->wheel.deadline[element] == deadline;
*/
void handlespace_arm(struct handlespace *h, uint32_t element, uint64_t deadline);

/* Takes the deadline of an element away. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->wheel.slots;
    ensures handlespace: valid_handlespace(h);
    ensures disarmed: !timer_wheel_armed(&h->wheel, element);
*/
void handlespace_disarm(struct handlespace *h, uint32_t element);

/* An element whose deadline has passed; it has none afterwards. HANDLESPACE_NONE: none found in the bounded
 * work of this call; see handlespace_next_deadline. At most one tick (TIMER_WHEEL_TICK) late, never early. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    terminates \true;
    exits \false;
    assigns h->wheel.tick, h->wheel.slots;
    ensures handlespace: valid_handlespace(h);
    ensures element: \result != HANDLESPACE_NONE ==> handlespace_element_used(h, \result);
    ensures not_early: \result != HANDLESPACE_NONE ==> h->wheel.deadline[\result] <= now;
*/
uint32_t handlespace_due(struct handlespace *h, uint64_t now);

/* When to call handlespace_due next (milliseconds; in the past: at once), UINT64_MAX when nothing is armed. */
/*@ requires valid: \valid_read(h);
    requires handlespace: valid_handlespace(h);
    terminates \true;
    exits \false;
    assigns \nothing;
*/
uint64_t handlespace_next_deadline(const struct handlespace *h);

/* The registrar's notes on an element: each sets its field, and nothing else. */
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->element[element].channel;
    ensures handlespace: valid_handlespace(h);
    ensures set: h->element[element].channel == channel;
*/
void handlespace_set_channel(struct handlespace *h, uint32_t element, uint32_t channel);
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->element[element].expiry;
    ensures handlespace: valid_handlespace(h);
    ensures set: h->element[element].expiry == expiry;
*/
void handlespace_set_expiry(struct handlespace *h, uint32_t element, uint64_t expiry);
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->element[element].keep_alive_deadline, h->element[element].keep_alive_waiting;
    ensures handlespace: valid_handlespace(h);
    ensures deadline: h->element[element].keep_alive_deadline == deadline;
    ensures waiting: h->element[element].keep_alive_waiting == (waiting ? 1 : 0);
*/
void handlespace_set_keep_alive(struct handlespace *h, uint32_t element, uint64_t deadline,
                                bool waiting);
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->element[element].unreachable_reports;
    ensures handlespace: valid_handlespace(h);
    ensures set: h->element[element].unreachable_reports == reports;
*/
void handlespace_set_unreachable_reports(struct handlespace *h, uint32_t element, uint32_t reports);
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->element[element].identity;
    ensures handlespace: valid_handlespace(h);
    ensures set: h->element[element].identity == identity;
*/
void handlespace_set_identity(struct handlespace *h, uint32_t element, uint32_t identity);
/*@ requires valid: \valid(h);
    requires handlespace: valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->element[element].contested_by;
    ensures handlespace: valid_handlespace(h);
    ensures set: h->element[element].contested_by == claimant;
*/
void handlespace_set_contested(struct handlespace *h, uint32_t element, uint32_t claimant);

#endif
