/* Doubly linked lists of small integers: the one linked structure of the handlespace.
 *
 * An index list structure holds many lists at once. Each entry (0 .. INDEX_LIST_ENTRIES_MAX - 1) is in
 * at most one list (0 .. INDEX_LIST_HEADS_MAX - 1), and knows in which. Hash chains, the list of freed
 * places and the slots of the timer wheel are all such lists, so that their pointer work is written and
 * proved once. Insertion, removal and a step of a walk take constant time.
 *
 * Owns: its links. It never looks at what an entry stands for.
 * All zero bytes are the valid state "every list is empty"; pages never written stay untouched.
 *
 * Invariant (valid_index_list): links and heads stay in range; both neighbours of an entry are in the
 * entry's list and name it back; a list's head is in it and has nobody before it. It follows that an
 * entry which was removed is named by no link and no head any more.
 */
#ifndef POOLPROOF_CORE_INDEX_LIST_H
#define POOLPROOF_CORE_INDEX_LIST_H

#include <stdbool.h>
#include <stdint.h>

#define INDEX_LIST_ENTRIES_MAX 262144u
#define INDEX_LIST_HEADS_MAX 262145u /* one list for each entry, and one more */
#define INDEX_LIST_NONE UINT32_MAX

/* In contracts: a link or head (an entry or list plus one, 0 for none) names that entry or list. Two
 * inequations on purpose: with an equation the provers substitute, and follow links for ever. */
#define INDEX_NAMES(link, number) ((number) < (link) && (link) <= (number) + 1)

/* Parallel arrays, and not an array of links: the proofs then speak of plain indices. */
struct index_list {
    uint32_t
        head[INDEX_LIST_HEADS_MAX]; /* first entry of each list, plus one; 0: the list is empty */
    uint32_t list
        [INDEX_LIST_ENTRIES_MAX]; /* the list an entry is in, plus one; 0: it is in none, and the
                                                  other two mean nothing */
    uint32_t next[INDEX_LIST_ENTRIES_MAX]; /* the entry after it, plus one; 0: it is the last */
    uint32_t
        previous[INDEX_LIST_ENTRIES_MAX]; /* the entry before it, plus one; 0: it is the first */
};

/*@ // The entry is in some list.
    predicate index_list_member(struct index_list *l, integer entry) = l->list[entry] != 0;

    // The entry is in that list.
    predicate index_list_contains(struct index_list *l, integer list, integer entry) =
      l->list[entry] == list + 1;

    predicate index_list_range(struct index_list *l) =
      (\forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX ==> l->list[i] <= INDEX_LIST_HEADS_MAX) &&
      (\forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX ==> l->next[i] <= INDEX_LIST_ENTRIES_MAX) &&
      (\forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX ==>
         l->previous[i] <= INDEX_LIST_ENTRIES_MAX) &&
      (\forall integer k; 0 <= k < INDEX_LIST_HEADS_MAX ==> l->head[k] <= INDEX_LIST_ENTRIES_MAX);

    // The entry after one is in the same list and names it as the one before.
    predicate index_list_next_links(struct index_list *l) =
      \forall integer i, j; 0 <= i < INDEX_LIST_ENTRIES_MAX && 0 <= j < INDEX_LIST_ENTRIES_MAX &&
         l->list[i] != 0 && INDEX_NAMES(l->next[i], j) ==>
         l->list[j] == l->list[i] && INDEX_NAMES(l->previous[j], i);

    // The entry before one is in the same list and names it as the one after.
    predicate index_list_previous_links(struct index_list *l) =
      \forall integer i, j; 0 <= i < INDEX_LIST_ENTRIES_MAX && 0 <= j < INDEX_LIST_ENTRIES_MAX &&
         l->list[i] != 0 && INDEX_NAMES(l->previous[i], j) ==>
         l->list[j] == l->list[i] && INDEX_NAMES(l->next[j], i);

    // Who has nobody before it is the head of its list.
    predicate index_list_firsts(struct index_list *l) =
      \forall integer i, k; 0 <= i < INDEX_LIST_ENTRIES_MAX && 0 <= k < INDEX_LIST_HEADS_MAX &&
         INDEX_NAMES(l->list[i], k) && l->previous[i] == 0 ==>
         INDEX_NAMES(l->head[k], i);

    // The head of a list is in it and has nobody before it.
    predicate index_list_heads(struct index_list *l) =
      \forall integer i, k; 0 <= i < INDEX_LIST_ENTRIES_MAX && 0 <= k < INDEX_LIST_HEADS_MAX &&
         INDEX_NAMES(l->head[k], i) ==>
         INDEX_NAMES(l->list[i], k) && l->previous[i] == 0;
*/

/* That the links fit together. Who only calls the functions below fares better without knowing what that means: see
 * HANDLESPACE_ABSTRACT in handlespace.h, which is the same for the whole. */
#ifdef LINKS_ABSTRACT
/*@ axiomatic index_list_whole {
      predicate index_list_fits(struct index_list whole);
    }

    predicate valid_index_list(struct index_list *l) = index_list_fits(*l);
*/
#else
/*@ predicate valid_index_list(struct index_list *l) =
      index_list_range(l) && index_list_next_links(l) && index_list_previous_links(l) &&
      index_list_firsts(l) && index_list_heads(l);
*/
#endif

/* The list an entry is in, or INDEX_LIST_NONE. */
/*@ requires valid: \valid_read(l);
    requires lists: valid_index_list(l);
    requires entry: entry < INDEX_LIST_ENTRIES_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures none: \result == INDEX_LIST_NONE <==> !index_list_member(l, entry);
    ensures list: \result != INDEX_LIST_NONE ==>
      \result < INDEX_LIST_HEADS_MAX && index_list_contains(l, \result, entry);
*/
uint32_t index_list_of(const struct index_list *l, uint32_t entry);

/* First entry of a list, or INDEX_LIST_NONE when it is empty. */
/*@ requires valid: \valid_read(l);
    requires lists: valid_index_list(l);
    requires list: list < INDEX_LIST_HEADS_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures first: \result != INDEX_LIST_NONE ==>
      \result < INDEX_LIST_ENTRIES_MAX && index_list_contains(l, list, \result);
*/
uint32_t index_list_first(const struct index_list *l, uint32_t list);

/* The entry after one that is in a list, or INDEX_LIST_NONE at the end. */
/*@ requires valid: \valid_read(l);
    requires lists: valid_index_list(l);
    requires entry: entry < INDEX_LIST_ENTRIES_MAX && index_list_member(l, entry);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures next: \result != INDEX_LIST_NONE ==>
      \result < INDEX_LIST_ENTRIES_MAX && l->list[\result] == l->list[entry];
*/
uint32_t index_list_next(const struct index_list *l, uint32_t entry);

/* Puts an entry that is in no list at the front of one. */
/*@ requires valid: \valid(l);
    requires lists: valid_index_list(l);
    requires list: list < INDEX_LIST_HEADS_MAX;
    requires entry: entry < INDEX_LIST_ENTRIES_MAX && !index_list_member(l, entry);
    terminates \true;
    exits \false;
    assigns l->head[list], l->list[entry], l->next[entry],
            l->previous[0 .. INDEX_LIST_ENTRIES_MAX - 1];
    ensures lists: valid_index_list(l);
    ensures inserted: index_list_contains(l, list, entry);
*/
void index_list_insert(struct index_list *l, uint32_t list, uint32_t entry);

/* Takes an entry out of the list it is in. */
/*@ requires valid: \valid(l);
    requires lists: valid_index_list(l);
    requires entry: entry < INDEX_LIST_ENTRIES_MAX && index_list_member(l, entry);
    terminates \true;
    exits \false;
    assigns l->head[l->list[entry] - 1], l->list[entry],
            l->next[0 .. INDEX_LIST_ENTRIES_MAX - 1],
            l->previous[0 .. INDEX_LIST_ENTRIES_MAX - 1];
    ensures lists: valid_index_list(l);
    ensures removed: !index_list_member(l, entry);
*/
void index_list_remove(struct index_list *l, uint32_t entry);

#endif
