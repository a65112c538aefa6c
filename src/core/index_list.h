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

struct index_link {
    uint32_t
        list; /* the list the entry is in, plus one; 0: in none, and the other two mean nothing */
    uint32_t next;     /* the entry after this one, plus one; 0: it is the last */
    uint32_t previous; /* the entry before this one, plus one; 0: it is the first */
};

struct index_list {
    uint32_t
        head[INDEX_LIST_HEADS_MAX]; /* first entry of each list, plus one; 0: the list is empty */
    struct index_link link[INDEX_LIST_ENTRIES_MAX];
};

/*@ // The entry is in some list.
    predicate index_list_member(struct index_list *l, integer entry) = l->link[entry].list != 0;

    // The entry is in that list.
    predicate index_list_contains(struct index_list *l, integer list, integer entry) =
      l->link[entry].list == list + 1;

    // A link or head (an entry or list plus one, 0 for none) names that entry or list. Written as two
    // inequations on purpose: from an equation the prover would substitute, and follow links for ever.
    predicate index_names(integer link, integer number) = number < link && link <= number + 1;

    predicate index_list_range(struct index_list *l) =
      (\forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX ==>
         l->link[i].list <= INDEX_LIST_HEADS_MAX &&
         l->link[i].next <= INDEX_LIST_ENTRIES_MAX &&
         l->link[i].previous <= INDEX_LIST_ENTRIES_MAX) &&
      (\forall integer k; 0 <= k < INDEX_LIST_HEADS_MAX ==> l->head[k] <= INDEX_LIST_ENTRIES_MAX);

    // The entry after one is in the same list and names it as the one before.
    predicate index_list_next_links(struct index_list *l) =
      \forall integer i, j; 0 <= i < INDEX_LIST_ENTRIES_MAX && 0 <= j < INDEX_LIST_ENTRIES_MAX &&
         l->link[i].list != 0 && index_names(l->link[i].next, j) ==>
         l->link[j].list == l->link[i].list && index_names(l->link[j].previous, i);

    // The entry before one is in the same list and names it as the one after.
    predicate index_list_previous_links(struct index_list *l) =
      \forall integer i, j; 0 <= i < INDEX_LIST_ENTRIES_MAX && 0 <= j < INDEX_LIST_ENTRIES_MAX &&
         l->link[i].list != 0 && index_names(l->link[i].previous, j) ==>
         l->link[j].list == l->link[i].list && index_names(l->link[j].next, i);

    // Who has nobody before it is the head of its list.
    predicate index_list_firsts(struct index_list *l) =
      \forall integer i, k; 0 <= i < INDEX_LIST_ENTRIES_MAX && 0 <= k < INDEX_LIST_HEADS_MAX &&
         index_names(l->link[i].list, k) && l->link[i].previous == 0 ==>
         index_names(l->head[k], i);

    // The head of a list is in it and has nobody before it.
    predicate index_list_heads(struct index_list *l) =
      \forall integer i, k; 0 <= i < INDEX_LIST_ENTRIES_MAX && 0 <= k < INDEX_LIST_HEADS_MAX &&
         index_names(l->head[k], i) ==>
         index_names(l->link[i].list, k) && l->link[i].previous == 0;

    predicate valid_index_list(struct index_list *l) =
      index_list_range(l) && index_list_next_links(l) && index_list_previous_links(l) &&
      index_list_firsts(l) && index_list_heads(l);
*/

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
      \result < INDEX_LIST_ENTRIES_MAX && l->link[\result].list == l->link[entry].list;
*/
uint32_t index_list_next(const struct index_list *l, uint32_t entry);

/* Puts an entry that is in no list at the front of one. */
/*@ requires valid: \valid(l);
    requires lists: valid_index_list(l);
    requires list: list < INDEX_LIST_HEADS_MAX;
    requires entry: entry < INDEX_LIST_ENTRIES_MAX && !index_list_member(l, entry);
    terminates \true;
    exits \false;
    assigns l->head[list], l->link[entry], l->link[0 .. INDEX_LIST_ENTRIES_MAX - 1].previous;
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
    assigns l->head[l->link[entry].list - 1], l->link[entry].list,
            l->link[0 .. INDEX_LIST_ENTRIES_MAX - 1].next,
            l->link[0 .. INDEX_LIST_ENTRIES_MAX - 1].previous;
    ensures lists: valid_index_list(l);
    ensures removed: !index_list_member(l, entry);
*/
void index_list_remove(struct index_list *l, uint32_t entry);

#endif
