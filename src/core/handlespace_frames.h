/* Frames: a part of the handlespace of which nothing changed between two moments is as valid as it was. For proofs
 * only, nothing here is code. See handlespace.h.
 *
 * All uint32_t of the structure are one memory to the prover, so each write raises the question for each part. It is
 * answered once here: `..._kept` says cell by cell that one field of all records is the same, and the lemmas carry the
 * invariant over. They are goals like any other, proved in every file that includes this one. They stand with
 * fields_kept in one block because the prover is then given them only where fields_kept is spoken of: functions that
 * write say field by field what they keep, which is proved at once where nothing else is known; those that call them
 * conclude fields_kept, and know the invariant.
 *
 * Chains, rings and the wheel need no such lemma: their files prove what is valid about them, all others take it for a
 * property of their value (LINKS_ABSTRACT in index_list.h).
 */
#ifndef POOLPROOF_CORE_HANDLESPACE_FRAMES_H
#define POOLPROOF_CORE_HANDLESPACE_FRAMES_H

#define LINKS_ABSTRACT

#include "handlespace_internal.h"

/*@ // One field of every pool's, or of every element's, record.
    predicate handle_lengths_kept{A, B}(struct handlespace *h) =
      \forall integer p; 0 <= p < HANDLESPACE_POOLS_MAX ==>
        \at(h->pool[p].handle_length, A) == \at(h->pool[p].handle_length, B);

    predicate handle_sums_kept{A, B}(struct handlespace *h) =
      \forall integer p; 0 <= p < HANDLESPACE_POOLS_MAX ==>
        \at(h->pool[p].handle_sum, A) == \at(h->pool[p].handle_sum, B);

    predicate pool_numbers_kept{A, B}(struct handlespace *h) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==>
        \at(h->element[i].pool, A) == \at(h->element[i].pool, B);

    predicate lengths_kept{A, B}(struct handlespace *h) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==>
        \at(h->element[i].parameter_length, A) == \at(h->element[i].parameter_length, B);

    predicate blocks_kept{A, B}(struct handlespace *h) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==>
        \at(h->element[i].block, A) == \at(h->element[i].block, B);

    predicate homes_kept{A, B}(struct handlespace *h) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==>
        \at(h->element[i].home, A) == \at(h->element[i].home, B);

    predicate parts_kept{A, B}(struct handlespace *h) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==>
        \at(h->element[i].owned_block, A) == \at(h->element[i].owned_block, B);

    // Who is an element, and in which ring it is.
    predicate members_kept{A, B}(struct handlespace *h) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==>
        \at(h->element_chains.list[i], A) == \at(h->element_chains.list[i], B);

    predicate rings_kept{A, B}(struct handlespace *h) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==>
        \at(h->selection.pool[i], A) == \at(h->selection.pool[i], B);

    // No place that is free got a deadline.
    predicate deadlines_kept{A, B}(struct handlespace *h) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && \at(!ELEMENT_USED(h, i), A) &&
        \at(h->wheel.slots.list[i], A) == 0 ==> \at(h->wheel.slots.list[i], B) == 0;

    // No other element came or went.
    predicate other_members_kept{A, B}(struct handlespace *h, integer element) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != element ==>
        \at(h->element_chains.list[i], A) == \at(h->element_chains.list[i], B);

    predicate other_rings_kept{A, B}(struct handlespace *h, integer element) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != element ==>
        \at(h->selection.pool[i], A) == \at(h->selection.pool[i], B);
*/

/*@ axiomatic handlespace_frames {
      // Nothing changed that the invariant reads of the pools', and of the elements' records.
      predicate pool_fields_kept{A, B}(struct handlespace *h) =
        handle_lengths_kept{A, B}(h) && handle_sums_kept{A, B}(h);

      predicate element_fields_kept{A, B}(struct handlespace *h) =
        pool_numbers_kept{A, B}(h) && lengths_kept{A, B}(h) && blocks_kept{A, B}(h) &&
        homes_kept{A, B}(h) && parts_kept{A, B}(h) && members_kept{A, B}(h) && rings_kept{A, B}(h) &&
        deadlines_kept{A, B}(h) && \at(h->own_server, A) == \at(h->own_server, B);

      predicate fields_kept{A, B}(struct handlespace *h) =
        pool_fields_kept{A, B}(h) && element_fields_kept{A, B}(h);

      lemma pools_frame{A, B}: \forall struct handlespace *h;
        pool_fields_kept{A, B}(h) ==> handlespace_pools{A}(h) ==> handlespace_pools{B}(h);
      lemma elements_frame{A, B}: \forall struct handlespace *h;
        element_fields_kept{A, B}(h) ==> handlespace_elements{A}(h) ==> handlespace_elements{B}(h);
      lemma owned_frame{A, B}: \forall struct handlespace *h;
        element_fields_kept{A, B}(h) ==> handlespace_owned{A}(h) ==> handlespace_owned{B}(h);
    }
*/

/* The clauses of a function that writes nothing of this. */
/* clang-format off */
#define ENSURES_POOL_FIELDS_KEPT(h)                                                                \
    ensures handle_lengths: handle_lengths_kept{Pre, Post}(h);                                     \
    ensures handle_sums: handle_sums_kept{Pre, Post}(h);
#define ENSURES_ELEMENT_FIELDS_KEPT(h)                                                             \
    ensures numbers: pool_numbers_kept{Pre, Post}(h);                                              \
    ensures lengths: lengths_kept{Pre, Post}(h);                                                   \
    ensures blocks: blocks_kept{Pre, Post}(h);                                                     \
    ensures homes: homes_kept{Pre, Post}(h);                                                       \
    ensures parts: parts_kept{Pre, Post}(h);                                                       \
    ensures members: members_kept{Pre, Post}(h);                                                   \
    ensures rings: rings_kept{Pre, Post}(h);                                                       \
    ensures deadlines: deadlines_kept{Pre, Post}(h);                                               \
    ensures own_server: (h)->own_server == \old((h)->own_server);
#define ENSURES_FIELDS_KEPT(h) ENSURES_POOL_FIELDS_KEPT(h) ENSURES_ELEMENT_FIELDS_KEPT(h)

/* The clauses of a function that keeps chains, rings and the wheel valid. */
#define REQUIRES_LINKS(h)                                                                          \
    requires places: handlespace_places(h);                                                        \
    requires selection: valid_selection(&(h)->selection);                                          \
    requires wheel: valid_timer_wheel(&(h)->wheel);
#define ENSURES_LINKS(h)                                                                           \
    ensures places: handlespace_places(h);                                                         \
    ensures selection: valid_selection(&(h)->selection);                                           \
    ensures wheel: valid_timer_wheel(&(h)->wheel);
/* clang-format on */

#endif
