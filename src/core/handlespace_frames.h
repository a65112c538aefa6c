/* Frames: a part of the handlespace of which nothing changed between two moments is as valid as it was. For proofs
 * only, nothing here is code. See handlespace.h.
 *
 * All uint32_t of the structure are one memory to the prover, so each write raises the question for each part. It is
 * answered once here: `..._kept` says cell by cell that a part is the same, and a lemma carries the invariant over.
 * The lemmas are goals like any other, proved in every file that includes this one.
 */
#ifndef POOLPROOF_CORE_HANDLESPACE_FRAMES_H
#define POOLPROOF_CORE_HANDLESPACE_FRAMES_H

#include "handlespace.h"

/*@ predicate lists_kept{A, B}(struct index_list *l) =
      (\forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX ==>
         \at(l->list[i], A) == \at(l->list[i], B)) &&
      (\forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX ==>
         \at(l->next[i], A) == \at(l->next[i], B)) &&
      (\forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX ==>
         \at(l->previous[i], A) == \at(l->previous[i], B)) &&
      (\forall integer k; 0 <= k < INDEX_LIST_HEADS_MAX ==>
         \at(l->head[k], A) == \at(l->head[k], B));

    predicate selection_kept{A, B}(struct selection *s) =
      (\forall integer i; 0 <= i < SELECTION_ELEMENTS_MAX ==>
         \at(s->pool[i], A) == \at(s->pool[i], B)) &&
      (\forall integer i; 0 <= i < SELECTION_ELEMENTS_MAX ==>
         \at(s->next[i], A) == \at(s->next[i], B)) &&
      (\forall integer i; 0 <= i < SELECTION_ELEMENTS_MAX ==>
         \at(s->previous[i], A) == \at(s->previous[i], B)) &&
      (\forall integer p; 0 <= p < SELECTION_POOLS_MAX ==>
         \at(s->cursor[p], A) == \at(s->cursor[p], B));

    predicate places_kept{A, B}(struct handlespace *h) =
      \at(h->pool_capacity, A) == \at(h->pool_capacity, B) &&
      \at(h->pool_used, A) == \at(h->pool_used, B) &&
      \at(h->element_capacity, A) == \at(h->element_capacity, B) &&
      \at(h->element_used, A) == \at(h->element_used, B) &&
      lists_kept{A, B}(\at(&h->pool_chains, A)) && lists_kept{A, B}(\at(&h->element_chains, A));

    predicate wheel_kept{A, B}(struct timer_wheel *w) =
      \at(w->tick, A) == \at(w->tick, B) && lists_kept{A, B}(\at(&w->slots, A));

    // One field of every pool's, or of every element's, record.
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

    // Who is an element, in which ring it is, and whether it has a deadline.
    predicate members_kept{A, B}(struct handlespace *h) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==>
        \at(h->element_chains.list[i], A) == \at(h->element_chains.list[i], B);

    predicate rings_kept{A, B}(struct handlespace *h) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==>
        \at(h->selection.pool[i], A) == \at(h->selection.pool[i], B);

    predicate deadlines_kept{A, B}(struct handlespace *h) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==>
        (\at(h->wheel.slots.list[i], A) == 0 <==> \at(h->wheel.slots.list[i], B) == 0);

    predicate pools_kept{A, B}(struct handlespace *h) =
      handle_lengths_kept{A, B}(h) && handle_sums_kept{A, B}(h);

    // What the invariant reads of the elements' records, beside what they add to the PE checksum.
    predicate records_kept{A, B}(struct handlespace *h) =
      pool_numbers_kept{A, B}(h) && lengths_kept{A, B}(h) && blocks_kept{A, B}(h) &&
      homes_kept{A, B}(h) && \at(h->own_server, A) == \at(h->own_server, B);

    // No other element came or went.
    predicate other_members_kept{A, B}(struct handlespace *h, integer element) =
      \forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX && i != element ==>
        \at(h->element_chains.list[i], A) == \at(h->element_chains.list[i], B);

    // What handlespace_sum reads.
    predicate sum_kept{A, B}(struct handlespace *h) =
      \at(h->owned_sum, A) == \at(h->owned_sum, B) &&
      \at(owned_blocks(h, HANDLESPACE_ELEMENTS_MAX), A) == \at(owned_blocks(h, HANDLESPACE_ELEMENTS_MAX), B) &&
      (\forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==>
         \at(h->element[i].owned_block, A) == \at(h->element[i].owned_block, B));
*/

/*@ lemma lists_range{A, B}: \forall struct index_list *l;
      lists_kept{A, B}(l) ==> index_list_range{A}(l) ==> index_list_range{B}(l);
    lemma lists_next{A, B}: \forall struct index_list *l;
      lists_kept{A, B}(l) ==> index_list_next_links{A}(l) ==> index_list_next_links{B}(l);
    lemma lists_previous{A, B}: \forall struct index_list *l;
      lists_kept{A, B}(l) ==> index_list_previous_links{A}(l) ==> index_list_previous_links{B}(l);
    lemma lists_firsts{A, B}: \forall struct index_list *l;
      lists_kept{A, B}(l) ==> index_list_firsts{A}(l) ==> index_list_firsts{B}(l);
    lemma lists_heads{A, B}: \forall struct index_list *l;
      lists_kept{A, B}(l) ==> index_list_heads{A}(l) ==> index_list_heads{B}(l);
    lemma lists_frame{A, B}: \forall struct index_list *l;
      lists_kept{A, B}(l) ==> valid_index_list{A}(l) ==> valid_index_list{B}(l);

    lemma selection_range{A, B}: \forall struct selection *s;
      selection_kept{A, B}(s) ==> selection_range{A}(s) ==> selection_range{B}(s);
    lemma selection_next{A, B}: \forall struct selection *s;
      selection_kept{A, B}(s) ==> selection_next_links{A}(s) ==> selection_next_links{B}(s);
    lemma selection_previous{A, B}: \forall struct selection *s;
      selection_kept{A, B}(s) ==> selection_previous_links{A}(s) ==> selection_previous_links{B}(s);
    lemma selection_heads{A, B}: \forall struct selection *s;
      selection_kept{A, B}(s) ==> selection_cursors{A}(s) ==> selection_cursors{B}(s);
    lemma selection_frame{A, B}: \forall struct selection *s;
      selection_kept{A, B}(s) ==> valid_selection{A}(s) ==> valid_selection{B}(s);

    lemma wheel_frame{A, B}: \forall struct timer_wheel *w;
      wheel_kept{A, B}(w) ==> valid_timer_wheel{A}(w) ==> valid_timer_wheel{B}(w);
    lemma places_frame{A, B}: \forall struct handlespace *h;
      places_kept{A, B}(h) ==> handlespace_places{A}(h) ==> handlespace_places{B}(h);
    lemma pools_frame{A, B}: \forall struct handlespace *h;
      pools_kept{A, B}(h) ==> handlespace_pools{A}(h) ==> handlespace_pools{B}(h);
    lemma sum_frame{A, B}: \forall struct handlespace *h;
      sum_kept{A, B}(h) ==> handlespace_sum{A}(h) ==> handlespace_sum{B}(h);
*/

/*@ lemma members_of_places{A, B}: \forall struct handlespace *h;
      places_kept{A, B}(h) ==> members_kept{A, B}(h);
    lemma rings_of_selection{A, B}: \forall struct handlespace *h;
      selection_kept{A, B}(\at(&h->selection, A)) ==> rings_kept{A, B}(h);
    lemma deadlines_of_wheel{A, B}: \forall struct handlespace *h;
      wheel_kept{A, B}(\at(&h->wheel, A)) ==> deadlines_kept{A, B}(h);

    // What handlespace_elements, and what handlespace_owned reads.
    predicate elements_kept{A, B}(struct handlespace *h) =
      members_kept{A, B}(h) && rings_kept{A, B}(h) && deadlines_kept{A, B}(h) &&
      pool_numbers_kept{A, B}(h) && lengths_kept{A, B}(h);
    predicate owned_kept{A, B}(struct handlespace *h) =
      members_kept{A, B}(h) && blocks_kept{A, B}(h) && homes_kept{A, B}(h) &&
      \at(h->own_server, A) == \at(h->own_server, B) &&
      (\forall integer i; 0 <= i < HANDLESPACE_ELEMENTS_MAX ==>
         \at(h->element[i].owned_block, A) == \at(h->element[i].owned_block, B));

    lemma elements_frame{A, B}: \forall struct handlespace *h;
      elements_kept{A, B}(h) ==> handlespace_elements{A}(h) ==> handlespace_elements{B}(h);
    lemma owned_frame{A, B}: \forall struct handlespace *h;
      owned_kept{A, B}(h) ==> handlespace_owned{A}(h) ==> handlespace_owned{B}(h);

    // Nothing changed that the invariant reads.
    predicate handlespace_kept{A, B}(struct handlespace *h) =
      places_kept{A, B}(h) && selection_kept{A, B}(\at(&h->selection, A)) &&
      wheel_kept{A, B}(\at(&h->wheel, A)) && pools_kept{A, B}(h) && elements_kept{A, B}(h) &&
      owned_kept{A, B}(h) && sum_kept{A, B}(h);

    lemma handlespace_frame{A, B}: \forall struct handlespace *h;
      handlespace_kept{A, B}(h) ==> valid_handlespace{A}(h) ==> valid_handlespace{B}(h);
*/

/*@ lemma lists_twice{A, B, C}: \forall struct index_list *l;
      lists_kept{A, B}(l) ==> lists_kept{B, C}(l) ==> lists_kept{A, C}(l);
    lemma selection_twice{A, B, C}: \forall struct selection *s;
      selection_kept{A, B}(s) ==> selection_kept{B, C}(s) ==> selection_kept{A, C}(s);
    lemma wheel_twice{A, B, C}: \forall struct timer_wheel *w;
      wheel_kept{A, B}(w) ==> wheel_kept{B, C}(w) ==> wheel_kept{A, C}(w);
    lemma places_twice{A, B, C}: \forall struct handlespace *h;
      places_kept{A, B}(h) ==> places_kept{B, C}(h) ==> places_kept{A, C}(h);
    lemma pools_twice{A, B, C}: \forall struct handlespace *h;
      pools_kept{A, B}(h) ==> pools_kept{B, C}(h) ==> pools_kept{A, C}(h);
    lemma elements_twice{A, B, C}: \forall struct handlespace *h;
      elements_kept{A, B}(h) ==> elements_kept{B, C}(h) ==> elements_kept{A, C}(h);
    lemma owned_twice{A, B, C}: \forall struct handlespace *h;
      owned_kept{A, B}(h) ==> owned_kept{B, C}(h) ==> owned_kept{A, C}(h);
    lemma sum_twice{A, B, C}: \forall struct handlespace *h;
      sum_kept{A, B}(h) ==> sum_kept{B, C}(h) ==> sum_kept{A, C}(h);
    lemma handlespace_twice{A, B, C}: \forall struct handlespace *h;
      handlespace_kept{A, B}(h) ==> handlespace_kept{B, C}(h) ==> handlespace_kept{A, C}(h);
*/

#endif
