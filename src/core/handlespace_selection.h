/* Which element of a pool comes next: the selection structure (RFC 5356, 4.1.2).
 *
 * Round robin keeps the elements of a pool in a circular list and the element at its head. A resolution is
 * answered with elements from the head on; then the head moves on by one. A new element is put just before
 * the head: it waits for one round, and the round in progress is not disturbed. When the head itself
 * leaves, the next element becomes the head.
 *
 * Owns: the ring links of every element and the head of every pool. Knows no handle, no identifier, no
 * address: elements and pools are numbers.
 * All zero bytes are the valid state "every pool is empty".
 *
 * How the other eight policies of RFC 5356 will be carried. The handlespace uses only the functions below,
 * so another structure takes the ring's place without a change elsewhere:
 *   - Weighted Round Robin: the ring stays; the cursor also counts down the turns its element has left
 *     in this round (one number per element).
 *   - Priority, Least Used, Least Used with Degradation, Priority Least Used: a balanced search tree for
 *     each pool, linked by index like the ring, ordered by (value, turn). `value` is the load, the load plus
 *     degradations, or the complement of the priority; `turn` is a number the pool counts up each time an
 *     element is returned, which gives round robin among equals. selection_first is the leftmost node,
 *     selection_next the successor: k elements cost O(k + log n), and a change of load is remove and insert.
 *   - Random, Weighted Random, Randomized Least Used: the same tree, each node with the sum of the weights
 *     below it; a random number of the event is led down the sums in O(log n). An element drawn is left out
 *     of the next draw by taking its weight off the sums on its path while the answer is made.
 * Such a node takes about 48 bytes (three links, value, turn, weight, sum) where the ring takes 12, within
 * the budget of 600 bytes for an element. Nothing is reserved for it here: untouched memory costs nothing,
 * but a field nobody reads says nothing either.
 */
#ifndef POOLPROOF_CORE_HANDLESPACE_SELECTION_H
#define POOLPROOF_CORE_HANDLESPACE_SELECTION_H

#include <stdint.h>

#define SELECTION_ELEMENTS_MAX 262144u
#define SELECTION_POOLS_MAX 65536u
#define SELECTION_NONE UINT32_MAX

/* In contracts: a link is that element. Two inequations on purpose: with an equation the provers substitute, and
 * follow the ring for ever. */
#define SELECTION_NAMES(link, number) ((number) <= (link) && (link) <= (number))

/* Parallel arrays, and not an array of links: the proofs then speak of plain indices. */
struct selection {
    uint32_t
        cursor[SELECTION_POOLS_MAX]; /* the head of each pool's ring, plus one; 0: no element */
    uint32_t
        pool[SELECTION_ELEMENTS_MAX]; /* the pool in whose ring an element is, plus one; 0: none */
    uint32_t next[SELECTION_ELEMENTS_MAX]; /* the element after it in the ring; itself when alone */
    uint32_t previous[SELECTION_ELEMENTS_MAX]; /* the element before it */
};

/*@ predicate selection_member(struct selection *s, integer element) = s->pool[element] != 0;

    predicate selection_contains(struct selection *s, integer pool, integer element) =
      s->pool[element] == pool + 1;

    predicate selection_range(struct selection *s) =
      (\forall integer i; 0 <= i < SELECTION_ELEMENTS_MAX ==> s->pool[i] <= SELECTION_POOLS_MAX) &&
      (\forall integer i; 0 <= i < SELECTION_ELEMENTS_MAX ==> s->next[i] < SELECTION_ELEMENTS_MAX) &&
      (\forall integer i; 0 <= i < SELECTION_ELEMENTS_MAX ==>
         s->previous[i] < SELECTION_ELEMENTS_MAX) &&
      (\forall integer p; 0 <= p < SELECTION_POOLS_MAX ==> s->cursor[p] <= SELECTION_ELEMENTS_MAX);

    // The neighbours of an element are in the same ring and name it back.
    predicate selection_next_links(struct selection *s) =
      \forall integer i, j; 0 <= i < SELECTION_ELEMENTS_MAX && 0 <= j < SELECTION_ELEMENTS_MAX &&
         s->pool[i] != 0 && SELECTION_NAMES(s->next[i], j) ==>
         s->pool[j] == s->pool[i] && SELECTION_NAMES(s->previous[j], i);

    predicate selection_previous_links(struct selection *s) =
      \forall integer i, j; 0 <= i < SELECTION_ELEMENTS_MAX && 0 <= j < SELECTION_ELEMENTS_MAX &&
         s->pool[i] != 0 && SELECTION_NAMES(s->previous[i], j) ==>
         s->pool[j] == s->pool[i] && SELECTION_NAMES(s->next[j], i);

    // A cursor is at an element of its own pool.
    predicate selection_cursors(struct selection *s) =
      \forall integer i, p; 0 <= i < SELECTION_ELEMENTS_MAX && 0 <= p < SELECTION_POOLS_MAX &&
         SELECTION_NAMES(s->cursor[p], i + 1) ==> SELECTION_NAMES(s->pool[i], p + 1);
*/

/* That the links fit together: see LINKS_ABSTRACT in index_list.h. */
#ifdef LINKS_ABSTRACT
/*@ axiomatic selection_whole {
      predicate selection_fits(struct selection whole);
    }

    predicate valid_selection(struct selection *s) = selection_fits(*s);
*/
#else
/*@ predicate valid_selection(struct selection *s) =
      selection_range(s) && selection_next_links(s) && selection_previous_links(s) &&
      selection_cursors(s);
*/
#endif

/* Puts an element that is in no pool into one: it comes last in the round in progress. */
/*@ requires valid: \valid(s);
    requires selection: valid_selection(s);
    requires pool: pool < SELECTION_POOLS_MAX;
    requires element: element < SELECTION_ELEMENTS_MAX && !selection_member(s, element);
    terminates \true;
    exits \false;
    assigns s->cursor[pool], s->pool[element],
            s->next[0 .. SELECTION_ELEMENTS_MAX - 1],
            s->previous[0 .. SELECTION_ELEMENTS_MAX - 1];
    ensures selection: valid_selection(s);
    ensures inserted: selection_contains(s, pool, element);
*/
void selection_insert(struct selection *s, uint32_t pool, uint32_t element);

/* Takes an element out of its pool. If it was to be next, the one after it is now. */
/*@ requires valid: \valid(s);
    requires selection: valid_selection(s);
    requires element: element < SELECTION_ELEMENTS_MAX && selection_member(s, element);
    terminates \true;
    exits \false;
    assigns s->cursor[s->pool[element] - 1], s->pool[element],
            s->next[0 .. SELECTION_ELEMENTS_MAX - 1],
            s->previous[0 .. SELECTION_ELEMENTS_MAX - 1];
    ensures selection: valid_selection(s);
    ensures removed: !selection_member(s, element);
*/
void selection_remove(struct selection *s, uint32_t element);

/* The element whose turn it is, or SELECTION_NONE when the pool has no element. Changes nothing. */
/*@ requires valid: \valid_read(s);
    requires selection: valid_selection(s);
    requires pool: pool < SELECTION_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures first: \result != SELECTION_NONE ==>
      \result < SELECTION_ELEMENTS_MAX && selection_contains(s, pool, \result) &&
      s->cursor[pool] == \result + 1;
    ensures empty: \result == SELECTION_NONE <==> s->cursor[pool] == 0;
*/
uint32_t selection_first(const struct selection *s, uint32_t pool);

/* The element of the same pool after this one. After the last comes the first: an element alone follows itself. */
/*@ requires valid: \valid_read(s);
    requires selection: valid_selection(s);
    requires element: element < SELECTION_ELEMENTS_MAX && selection_member(s, element);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures range: \result < SELECTION_ELEMENTS_MAX;
    ensures next: \result == s->next[element];
    ensures same_pool: s->pool[\result] == s->pool[element];
*/
uint32_t selection_next(const struct selection *s, uint32_t element);

/* Moves a pool's cursor on by one element; nothing happens when the pool has none. */
/*@ requires valid: \valid(s);
    requires selection: valid_selection(s);
    requires pool: pool < SELECTION_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns s->cursor[pool];
    ensures selection: valid_selection(s);
    ensures moved: \old(s->cursor[pool]) != 0 ==>
      s->cursor[pool] == s->next[\old(s->cursor[pool]) - 1] + 1;
*/
void selection_advance(struct selection *s, uint32_t pool);

#endif
