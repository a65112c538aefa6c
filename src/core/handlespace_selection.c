/* Round robin selection: see handlespace_selection.h. Owns nothing; works on the caller's structure. */
#include "handlespace_selection.h"

/* The element is the first of its pool: a ring of one. */
/*@ requires valid: \valid(s);
    requires pool: pool < SELECTION_POOLS_MAX;
    requires element: element < SELECTION_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns s->cursor[pool], s->pool[element], s->next[element], s->previous[element];
    ensures cursor: s->cursor[pool] == element + 1;
    ensures link: s->pool[element] == pool + 1;
    ensures next: s->next[element] == element;
    ensures previous: s->previous[element] == element;
*/
static void insert_alone(struct selection *s, uint32_t pool, uint32_t element)
{
    s->pool[element] = pool + 1u;
    s->next[element] = element;
    s->previous[element] = element;
    s->cursor[pool] = element + 1u;
}

void selection_insert(struct selection *s, uint32_t pool, uint32_t element)
{
    if (s->cursor[pool] == 0) {
        insert_alone(s, pool, element);
        return;
    }
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
