/* Places for pools and for elements: numbers that are taken and given back.
 *
 * A place in use is in a hash chain; a place that was given back is in the list HANDLESPACE_FREED of the same
 * structure; a place that was never used is in no list. So one field tells which it is, and no place can be two
 * of them. Freed places are taken first, then the next one never used: memory of places above `used` is
 * never touched.
 *
 * Owns nothing: the chains and the number of places used are the handlespace's.
 */
#ifndef POOLPROOF_CORE_HANDLESPACE_PLACES_H
#define POOLPROOF_CORE_HANDLESPACE_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "index_list.h"

/* Chains of a hash table. The list after them holds the places that were used and are free again. */
#define HANDLESPACE_CHAINS 262144u
#define HANDLESPACE_FREED HANDLESPACE_CHAINS
#define PLACE_NONE UINT32_MAX

/* The list of freed places exists: a division by zero otherwise, which the compiler refuses. */
enum handlespace_places_layout { PLACES_FIT = 1 / (HANDLESPACE_FREED < INDEX_LIST_HEADS_MAX) };

/*@ predicate place_in_use(struct index_list *l, integer place) =
      l->list[place] != 0 && l->list[place] != HANDLESPACE_FREED + 1;

    // Places from `used` on were never used.
    predicate valid_places(struct index_list *l, integer used, integer capacity) =
      valid_index_list(l) && 0 <= used <= capacity <= INDEX_LIST_ENTRIES_MAX &&
      (\forall integer i; used <= i < INDEX_LIST_ENTRIES_MAX ==> l->list[i] == 0);
*/

/* True when the place is in use. */
/*@ requires valid: \valid_read(l);
    requires lists: valid_index_list(l);
    requires place: place < INDEX_LIST_ENTRIES_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures in_use: \result <==> place_in_use(l, place);
*/
bool place_used(const struct index_list *l, uint32_t place);

/* A place that is not in use, PLACE_NONE when all are. */
/*@ requires valid: \valid_read(l);
    requires places: valid_places(l, used, capacity);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures range: \result != PLACE_NONE ==> \result < INDEX_LIST_ENTRIES_MAX;
    ensures free: \result != PLACE_NONE ==> !place_in_use(l, \result);
    ensures fresh: \result != PLACE_NONE ==> index_list_member(l, \result) || \result == used;
    ensures room: \result != PLACE_NONE && !index_list_member(l, \result) ==> used < capacity;
*/
uint32_t place_find(const struct index_list *l, uint32_t used, uint32_t capacity);

/* Takes the place that place_find found and puts it into a chain. Returns the new `used`. */
/*@ requires valid: \valid(l);
    requires places: valid_places(l, used, capacity);
    requires chain: chain < HANDLESPACE_CHAINS;
    requires range: place < INDEX_LIST_ENTRIES_MAX;
    requires free: !place_in_use(l, place);
    requires fresh: index_list_member(l, place) || place == used;
    requires room: !index_list_member(l, place) ==> used < capacity;
    terminates \true;
    exits \false;
    assigns *l;
    ensures places: valid_places(l, \result, capacity);
    ensures in_use: place_in_use(l, place);
    ensures chained: index_list_contains(l, chain, place);
    ensures others: \forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX && i != place ==>
      l->list[i] == \old(l->list[i]);
*/
uint32_t place_take(struct index_list *l, uint32_t used, uint32_t capacity, uint32_t place,
                    uint32_t chain);

/* Gives a place in use back. */
/*@ requires valid: \valid(l);
    requires lists: valid_index_list(l);
    requires place: place < INDEX_LIST_ENTRIES_MAX && place_in_use(l, place);
    terminates \true;
    exits \false;
    assigns *l;
    ensures lists: valid_index_list(l);
    ensures free: index_list_contains(l, HANDLESPACE_FREED, place);
    ensures others: \forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX && i != place ==>
      l->list[i] == \old(l->list[i]);
*/
void place_release(struct index_list *l, uint32_t place);

#endif
