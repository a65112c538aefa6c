/* Doubly linked lists of small integers: see index_list.h. Owns nothing; works on the caller's structure. */
#include "index_list.h"

uint32_t index_list_of(const struct index_list *l, uint32_t entry)
{
    return l->list[entry] == 0 ? INDEX_LIST_NONE : l->list[entry] - 1u;
}

uint32_t index_list_first(const struct index_list *l, uint32_t list)
{
    return l->head[list] == 0 ? INDEX_LIST_NONE : l->head[list] - 1u;
}

uint32_t index_list_next(const struct index_list *l, uint32_t entry)
{
    return l->next[entry] == 0 ? INDEX_LIST_NONE : l->next[entry] - 1u;
}

void index_list_insert(struct index_list *l, uint32_t list, uint32_t entry)
{
    uint32_t first = l->head[list];
    if (first != 0)
        l->previous[first - 1u] = entry + 1u;
    l->list[entry] = list + 1u;
    l->next[entry] = first;
    l->previous[entry] = 0;
    l->head[list] = entry + 1u;
    /*@ assert range: index_list_range(l); */
    /*@ assert next: index_list_next_links(l); */
    /*@ assert previous: index_list_previous_links(l); */
    /*@ assert firsts: index_list_firsts(l); */
    /*@ assert heads: index_list_heads(l); */
}

/* Removes the first entry of a list: the next one becomes the first. */
/*@ requires valid: \valid(l);
    requires lists: valid_index_list(l);
    requires entry: entry < INDEX_LIST_ENTRIES_MAX && index_list_member(l, entry);
    requires place: l->previous[entry] == 0;
    terminates \true;
    exits \false;
    assigns l->head[l->list[entry] - 1], l->list[entry],
            l->previous[0 .. INDEX_LIST_ENTRIES_MAX - 1];
    ensures lists: valid_index_list(l);
    ensures removed: !index_list_member(l, entry);
*/
static void remove_first(struct index_list *l, uint32_t entry)
{
    uint32_t next = l->next[entry];
    /*@ assert none_before: \forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX && l->list[i] != 0 ==>
          !INDEX_NAMES(l->next[i], entry); */
    /*@ assert back: next != 0 ==> INDEX_NAMES(l->previous[next - 1], entry); */
    /*@ assert one_after: \forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX && l->list[i] != 0 &&
          next != 0 && INDEX_NAMES(l->next[i], next - 1) ==> i == entry; */
    l->head[l->list[entry] - 1u] = next;
    l->list[entry] = 0;
    if (next != 0)
        l->previous[next - 1u] = 0;
    /*@ assert lists: \forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX ==>
          l->list[i] <= INDEX_LIST_HEADS_MAX; */
    /*@ assert nexts: \forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX ==>
          l->next[i] <= INDEX_LIST_ENTRIES_MAX; */
    /*@ assert previouses: \forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX ==>
          l->previous[i] <= INDEX_LIST_ENTRIES_MAX; */
    /*@ assert tops: \forall integer k; 0 <= k < INDEX_LIST_HEADS_MAX ==>
          l->head[k] <= INDEX_LIST_ENTRIES_MAX; */
    /*@ assert range: index_list_range(l); */
    /*@ assert next: index_list_next_links(l); */
    /*@ assert previous: index_list_previous_links(l); */
    /*@ assert firsts: index_list_firsts(l); */
    /*@ assert heads: index_list_heads(l); */
}

/* Removes an entry that has one before it. */
/*@ requires valid: \valid(l);
    requires lists: valid_index_list(l);
    requires entry: entry < INDEX_LIST_ENTRIES_MAX && index_list_member(l, entry);
    requires place: l->previous[entry] != 0;
    terminates \true;
    exits \false;
    assigns l->list[entry],
            l->next[0 .. INDEX_LIST_ENTRIES_MAX - 1],
            l->previous[0 .. INDEX_LIST_ENTRIES_MAX - 1];
    ensures lists: valid_index_list(l);
    ensures removed: !index_list_member(l, entry);
*/
static void remove_later(struct index_list *l, uint32_t entry)
{
    uint32_t next = l->next[entry];
    uint32_t previous = l->previous[entry];
    /*@ assert one_before: \forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX && l->list[i] != 0 &&
          INDEX_NAMES(l->next[i], entry) ==> i == previous - 1; */
    /*@ assert back: next != 0 ==> INDEX_NAMES(l->previous[next - 1], entry); */
    /*@ assert one_after: \forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX && l->list[i] != 0 &&
          next != 0 && INDEX_NAMES(l->next[i], next - 1) ==> i == entry; */
    l->next[previous - 1u] = next;
    l->list[entry] = 0;
    if (next != 0)
        l->previous[next - 1u] = previous;
    /*@ assert lists: \forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX ==>
          l->list[i] <= INDEX_LIST_HEADS_MAX; */
    /*@ assert nexts: \forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX ==>
          l->next[i] <= INDEX_LIST_ENTRIES_MAX; */
    /*@ assert previouses: \forall integer i; 0 <= i < INDEX_LIST_ENTRIES_MAX ==>
          l->previous[i] <= INDEX_LIST_ENTRIES_MAX; */
    /*@ assert tops: \forall integer k; 0 <= k < INDEX_LIST_HEADS_MAX ==>
          l->head[k] <= INDEX_LIST_ENTRIES_MAX; */
    /*@ assert range: index_list_range(l); */
    /*@ assert next_around: \forall integer j; 0 <= j < INDEX_LIST_ENTRIES_MAX &&
          INDEX_NAMES(l->next[previous - 1], j) ==>
          l->list[j] == l->list[previous - 1] && INDEX_NAMES(l->previous[j], previous - 1); */
    /*@ assert next_elsewhere: \forall integer i, j;
          0 <= i < INDEX_LIST_ENTRIES_MAX && 0 <= j < INDEX_LIST_ENTRIES_MAX && i != previous - 1 &&
          l->list[i] != 0 && INDEX_NAMES(l->next[i], j) ==>
          l->list[j] == l->list[i] && INDEX_NAMES(l->previous[j], i); */
    /*@ assert next: index_list_next_links(l); */
    /*@ assert previous: index_list_previous_links(l); */
    /*@ assert firsts: index_list_firsts(l); */
    /*@ assert heads: index_list_heads(l); */
}

void index_list_remove(struct index_list *l, uint32_t entry)
{
    if (l->previous[entry] == 0)
        remove_first(l, entry);
    else
        remove_later(l, entry);
}
