/* Round robin selection: see handlespace_selection.h. Owns nothing; works on the caller's structure. */
#include "handlespace_selection.h"

/* The first element of a pool makes a ring of one. */
/*@ requires valid: \valid(s);
    requires selection: valid_selection(s);
    requires pool: pool < SELECTION_POOLS_MAX;
    requires element: element < SELECTION_ELEMENTS_MAX && !selection_member(s, element);
    requires empty: s->cursor[pool] == 0;
    terminates \true;
    exits \false;
    assigns s->cursor[pool], s->pool[element], s->next[element], s->previous[element];
    ensures selection: valid_selection(s);
    ensures inserted: selection_contains(s, pool, element);
*/
static void insert_alone(struct selection *s, uint32_t pool, uint32_t element)
{
    s->pool[element] = pool + 1u;
    s->next[element] = element;
    s->previous[element] = element;
    s->cursor[pool] = element + 1u;
    /*@ assert range: selection_range(s); */
    /*@ assert next: selection_next_links(s); */
    /*@ assert previous: selection_previous_links(s); */
    /*@ assert cursors: selection_cursors(s); */
}

/* Any other is put between the head and the one before it. */
/*@ requires valid: \valid(s);
    requires selection: valid_selection(s);
    requires pool: pool < SELECTION_POOLS_MAX;
    requires element: element < SELECTION_ELEMENTS_MAX && !selection_member(s, element);
    requires ring: s->cursor[pool] != 0;
    terminates \true;
    exits \false;
    assigns s->pool[element],
            s->next[0 .. SELECTION_ELEMENTS_MAX - 1],
            s->previous[0 .. SELECTION_ELEMENTS_MAX - 1];
    ensures selection: valid_selection(s);
    ensures inserted: selection_contains(s, pool, element);
*/
static void insert_before_head(struct selection *s, uint32_t pool, uint32_t element)
{
    uint32_t head = s->cursor[pool] - 1u;
    uint32_t tail = s->previous[head];
    s->pool[element] = pool + 1u;
    s->next[element] = head;
    s->previous[element] = tail;
    s->previous[head] = element;
    s->next[tail] = element;
    /*@ assert range: selection_range(s); */
    /*@ assert next: selection_next_links(s); */
    /*@ assert previous: selection_previous_links(s); */
    /*@ assert cursors: selection_cursors(s); */
}

void selection_insert(struct selection *s, uint32_t pool, uint32_t element)
{
    if (s->cursor[pool] == 0)
        insert_alone(s, pool, element);
    else
        insert_before_head(s, pool, element);
}

void selection_remove(struct selection *s, uint32_t element)
{
    uint32_t pool = s->pool[element] - 1u;
    uint32_t next = s->next[element];
    uint32_t previous = s->previous[element];
    s->pool[element] = 0;
    if (next == element) {
        s->cursor[pool] = 0;
        return;
    }
    s->next[previous] = next;
    s->previous[next] = previous;
    if (s->cursor[pool] == element + 1u)
        s->cursor[pool] = next + 1u;
    /*@ assert range: selection_range(s); */
    /*@ assert next: selection_next_links(s); */
    /*@ assert previous: selection_previous_links(s); */
    /*@ assert cursors: selection_cursors(s); */
}

uint32_t selection_first(const struct selection *s, uint32_t pool)
{
    return s->cursor[pool] == 0 ? SELECTION_NONE : s->cursor[pool] - 1u;
}

uint32_t selection_next(const struct selection *s, uint32_t element)
{
    return s->next[element];
}

void selection_advance(struct selection *s, uint32_t pool)
{
    if (s->cursor[pool] != 0)
        s->cursor[pool] = s->next[s->cursor[pool] - 1u] + 1u;
}
