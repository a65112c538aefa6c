/* Round robin selection: see handlespace_selection.h. Owns nothing; works on the caller's structure. */
#include "handlespace_selection.h"

/* The element is the first of its pool: a ring of one. */
/*@ requires valid: \valid(s);
    requires pool: pool < SELECTION_POOLS_MAX;
    requires element: element < SELECTION_ELEMENTS_MAX;
    terminates \true;
    exits \false;
    assigns s->cursor[pool], s->link[element];
    ensures cursor: s->cursor[pool] == element + 1;
    ensures link: s->link[element].pool == pool + 1;
    ensures next: s->link[element].next == element;
    ensures previous: s->link[element].previous == element;
*/
static void insert_alone(struct selection *s, uint32_t pool, uint32_t element)
{
    s->link[element].pool = pool + 1u;
    s->link[element].next = element;
    s->link[element].previous = element;
    s->cursor[pool] = element + 1u;
}

void selection_insert(struct selection *s, uint32_t pool, uint32_t element)
{
    if (s->cursor[pool] == 0) {
        insert_alone(s, pool, element);
        return;
    }
    uint32_t head = s->cursor[pool] - 1u;
    uint32_t tail = s->link[head].previous;
    s->link[element].pool = pool + 1u;
    s->link[element].next = head;
    s->link[element].previous = tail;
    s->link[head].previous = element;
    s->link[tail].next = element;
    /*@ assert range: selection_range(s); */
    /*@ assert next: selection_next_links(s); */
    /*@ assert previous: selection_previous_links(s); */
    /*@ assert cursors: selection_cursors(s); */
}

void selection_remove(struct selection *s, uint32_t element)
{
    uint32_t pool = s->link[element].pool - 1u;
    uint32_t next = s->link[element].next;
    uint32_t previous = s->link[element].previous;
    s->link[element].pool = 0;
    if (next == element) {
        s->cursor[pool] = 0;
        return;
    }
    s->link[previous].next = next;
    s->link[next].previous = previous;
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
    return s->link[element].next;
}

void selection_advance(struct selection *s, uint32_t pool)
{
    if (s->cursor[pool] != 0)
        s->cursor[pool] = s->link[s->cursor[pool] - 1u].next + 1u;
}
