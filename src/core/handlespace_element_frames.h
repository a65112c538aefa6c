/* Frames where one element changes: all others are as they were. For proofs only, nothing here is code, and for
 * handlespace_elements.c only. See handlespace_frames.h, which is the same where none changes.
 *
 * The record of an element is written while its place is free, or field by field; and its place is taken or given back
 * while its record stays. So there is a lemma for either, and for each of the two parts of the invariant that speak
 * of elements.
 */
#ifndef POOLPROOF_CORE_HANDLESPACE_ELEMENT_FRAMES_H
#define POOLPROOF_CORE_HANDLESPACE_ELEMENT_FRAMES_H

#include "handlespace_frames.h"

/*@ // One field of every element's record, but of one.
    predicate other_numbers_kept{A, B}(struct handlespace *h, integer e) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != e ==>
        \at(h->element[i].pool, A) == \at(h->element[i].pool, B);

    predicate other_lengths_kept{A, B}(struct handlespace *h, integer e) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != e ==>
        \at(h->element[i].parameter_length, A) == \at(h->element[i].parameter_length, B);

    predicate other_blocks_kept{A, B}(struct handlespace *h, integer e) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != e ==>
        \at(h->element[i].block, A) == \at(h->element[i].block, B);

    predicate other_homes_kept{A, B}(struct handlespace *h, integer e) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != e ==>
        \at(h->element[i].home, A) == \at(h->element[i].home, B);

    // What makes an element, of all but one (or of all: -1), and of that one.
    predicate others_kept{A, B}(struct handlespace *h, integer e) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != e ==>
        \at(h->element_chains.list[i], A) == \at(h->element_chains.list[i], B) &&
        \at(h->element[i].pool, A) == \at(h->element[i].pool, B) &&
        \at(h->element[i].pe_identifier, A) == \at(h->element[i].pe_identifier, B) &&
        \at(h->element[i].identity, A) == \at(h->element[i].identity, B) &&
        \at(h->element[i].home, A) == \at(h->element[i].home, B);

    predicate record_kept{A, B}(struct handlespace *h, integer e) =
      \at(h->element[e].pool, A) == \at(h->element[e].pool, B) &&
      \at(h->element[e].pe_identifier, A) == \at(h->element[e].pe_identifier, B) &&
      \at(h->element[e].home, A) == \at(h->element[e].home, B) &&
      \at(h->element[e].block, A) == \at(h->element[e].block, B);
*/

/*@ axiomatic handlespace_element_frames {
      // Nothing changed that the invariant reads of elements, but the record of one ...
      predicate other_records_kept{A, B}(struct handlespace *h, integer e) =
        other_numbers_kept{A, B}(h, e) && other_lengths_kept{A, B}(h, e) &&
        other_blocks_kept{A, B}(h, e) && other_homes_kept{A, B}(h, e) && parts_kept{A, B}(h) &&
        members_kept{A, B}(h) && rings_kept{A, B}(h) && deadlines_kept{A, B}(h) &&
        \at(h->own_server, A) == \at(h->own_server, B);

      // ... but whether one is an element, and in which ring.
      predicate other_places_kept{A, B}(struct handlespace *h, integer e) =
        pool_numbers_kept{A, B}(h) && lengths_kept{A, B}(h) && blocks_kept{A, B}(h) &&
        homes_kept{A, B}(h) && parts_kept{A, B}(h) && deadlines_kept{A, B}(h) &&
        \at(h->own_server, A) == \at(h->own_server, B) && other_members_kept{A, B}(h, e) &&
        other_rings_kept{A, B}(h, e);

      lemma elements_record{A, B}: \forall struct handlespace *h, integer e;
        other_records_kept{A, B}(h, e) ==> 0 <= e < HANDLESPACE_ELEMENTS_MAX ==>
        \at(h->element[e].parameter_length, B) <= ELEMENT_PARAMETER_MAX ==>
        (\at(ELEMENT_USED(h, e), A) ==> \at(h->element[e].pool, A) == \at(h->element[e].pool, B)) ==>
        handlespace_elements{A}(h) ==> handlespace_elements{B}(h);
      lemma owned_record{A, B}: \forall struct handlespace *h, integer e;
        other_records_kept{A, B}(h, e) ==> 0 <= e < HANDLESPACE_ELEMENTS_MAX ==>
        \at(h->element[e].block, B) <= PE_CHECKSUM_BLOCK_MAX ==>
        handlespace_owned{A}(h) ==> handlespace_owned_except{B}(h, e);
      lemma elements_place{A, B}: \forall struct handlespace *h, integer e;
        other_places_kept{A, B}(h, e) ==> 0 <= e < HANDLESPACE_ELEMENTS_MAX ==>
        (\at(ELEMENT_USED(h, e), B) ==> \at(h->element[e].pool, B) < HANDLESPACE_POOLS_MAX &&
           \at(h->selection.pool[e], B) == \at(h->element[e].pool, B) + 1) ==>
        (\at(!ELEMENT_USED(h, e), B) ==> \at(h->selection.pool[e], B) == 0 &&
           \at(h->wheel.slots.list[e], B) == 0) ==>
        handlespace_elements{A}(h) ==> handlespace_elements{B}(h);
      lemma owned_place{A, B}: \forall struct handlespace *h, integer e;
        other_places_kept{A, B}(h, e) ==> handlespace_owned_except{A}(h, e) ==>
        handlespace_owned_except{B}(h, e);
      lemma owned_again{L}: \forall struct handlespace *h, integer e;
        handlespace_owned_except(h, e) ==> 0 <= e < HANDLESPACE_ELEMENTS_MAX ==>
        (ELEMENT_USED(h, e) ==>
           h->element[e].owned_block == (h->element[e].home == h->own_server ? h->element[e].block : 0)) ==>
        (!ELEMENT_USED(h, e) ==> h->element[e].owned_block == 0) ==> handlespace_owned(h);
    }
*/

/* The clauses of a function that writes nothing of one or of the other. */
/* clang-format off */
#define ENSURES_OTHER_RECORDS_KEPT(h, e)                                                           \
    ensures numbers: other_numbers_kept{Pre, Post}(h, e);                                          \
    ensures lengths: other_lengths_kept{Pre, Post}(h, e);                                          \
    ensures blocks: other_blocks_kept{Pre, Post}(h, e);                                            \
    ensures homes: other_homes_kept{Pre, Post}(h, e);                                              \
    ensures parts: parts_kept{Pre, Post}(h);                                                       \
    ensures members: members_kept{Pre, Post}(h);                                                   \
    ensures rings: rings_kept{Pre, Post}(h);                                                       \
    ensures deadlines: deadlines_kept{Pre, Post}(h);                                               \
    ensures own_server: (h)->own_server == \old((h)->own_server);
#define ENSURES_OTHER_PLACES_KEPT(h, e)                                                            \
    ensures numbers: pool_numbers_kept{Pre, Post}(h);                                              \
    ensures lengths: lengths_kept{Pre, Post}(h);                                                   \
    ensures blocks: blocks_kept{Pre, Post}(h);                                                     \
    ensures homes: homes_kept{Pre, Post}(h);                                                       \
    ensures parts: parts_kept{Pre, Post}(h);                                                       \
    ensures other_members: other_members_kept{Pre, Post}(h, e);                                    \
    ensures other_rings: other_rings_kept{Pre, Post}(h, e);                                        \
    ensures deadlines: deadlines_kept{Pre, Post}(h);                                               \
    ensures own_server: (h)->own_server == \old((h)->own_server);                                  \
    ensures others: others_kept{Pre, Post}(h, e);                                                  \
    ensures record: record_kept{Pre, Post}(h, e);
/* clang-format on */

#endif
