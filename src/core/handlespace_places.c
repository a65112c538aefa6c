/* Places for pools and elements: see handlespace_places.h. Owns nothing. */
#include "handlespace_places.h"

bool place_used(const struct index_list *l, uint32_t place)
{
    uint32_t list = index_list_of(l, place);
    return list != INDEX_LIST_NONE && list != HANDLESPACE_FREED;
}

uint32_t place_find(const struct index_list *l, uint32_t used, uint32_t capacity)
{
    uint32_t freed = index_list_first(l, HANDLESPACE_FREED);
    if (freed != INDEX_LIST_NONE)
        return freed;
    return used < capacity ? used : PLACE_NONE;
}

uint32_t place_take(struct index_list *l, uint32_t used, uint32_t capacity, uint32_t place,
                    uint32_t chain)
{
    (void)capacity;
    uint32_t now_used = used;
    if (index_list_of(l, place) == INDEX_LIST_NONE)
        now_used = used + 1u;
    else
        index_list_remove(l, place);
    /*@ assert taken: l->list[place] == 0; */
    /*@ assert unused: \forall integer i; now_used <= i < INDEX_LIST_ENTRIES_MAX ==> l->list[i] == 0; */
    index_list_insert(l, chain, place);
    /*@ assert lists: valid_index_list(l); */
    /*@ assert still: \forall integer i; now_used <= i < INDEX_LIST_ENTRIES_MAX ==> l->list[i] == 0; */
    return now_used;
}

void place_release(struct index_list *l, uint32_t place)
{
    index_list_remove(l, place);
    index_list_insert(l, HANDLESPACE_FREED, place);
}
