/* Chance, the queue of what is due, the nodes' clocks, and the trace: see simulation.h. */
#include "simulation.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- chance: splitmix64 ---- */

uint64_t chance_word(struct chance *c)
{
    uint64_t z = c->state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t chance_below(struct chance *c, uint32_t bound)
{
    return (uint32_t)(((chance_word(c) >> 32) * bound) >> 32);
}

uint64_t chance_between(struct chance *c, uint64_t first, uint64_t last)
{
    return first + chance_word(c) % (last - first + 1u);
}

bool chance_permille(struct chance *c, uint32_t permille)
{
    return permille > 0 && chance_below(c, 1000u) < permille;
}

/* Geometric in sixteenths of the mean: close to exponential, and all in integers, so the same on every machine. */
uint64_t chance_wait(struct chance *c, uint64_t mean)
{
    uint64_t step = mean / 16u + 1u;
    uint64_t wait = chance_between(c, 1u, step);

    for (uint32_t n = 0; n < 160u && chance_below(c, 16u) != 0; n++)
        wait += step;
    return wait;
}

/* ---- the queue: a binary heap by time, then by the order of adding ---- */

static bool earlier(const struct due *a, const struct due *b)
{
    return a->time != b->time ? a->time < b->time : a->order < b->order;
}

static void make_room(struct queue *q)
{
    if (q->count < q->room)
        return;
    q->room = q->room == 0 ? 1024u : q->room * 2u;
    q->heap = realloc(q->heap, q->room * sizeof *q->heap);
    if (q->heap == NULL)
        abort();
}

void queue_add(struct queue *q, const struct due *due)
{
    make_room(q);
    uint32_t at = q->count++;
    struct due added = *due;

    added.order = q->order++;
    while (at > 0 && earlier(&added, &q->heap[(at - 1u) / 2u])) {
        q->heap[at] = q->heap[(at - 1u) / 2u];
        at = (at - 1u) / 2u;
    }
    q->heap[at] = added;
}

bool queue_take(struct queue *q, struct due *due)
{
    if (q->count == 0)
        return false;
    *due = q->heap[0];
    struct due last = q->heap[--q->count];
    uint32_t at = 0;

    for (uint32_t child = 1u; child < q->count; child = 2u * at + 1u) {
        if (child + 1u < q->count && earlier(&q->heap[child + 1u], &q->heap[child]))
            child++;
        if (!earlier(&q->heap[child], &last))
            break;
        q->heap[at] = q->heap[child];
        at = child;
    }
    q->heap[at] = last;
    return true;
}

void schedule(struct world *w, uint64_t time, enum due_kind kind, uint32_t a, uint32_t b)
{
    struct due due = {.time = time, .kind = kind, .a = a, .b = b};

    queue_add(&w->queue, &due);
}

/* ---- clocks ---- */

#define MILLION 1000000u

uint64_t local_time(const struct node *n, uint64_t true_time)
{
    uint64_t passed = true_time - n->clock.true_base;

    return n->clock.base + passed * (uint64_t)(int64_t)(1000000 + n->clock.ppm) / MILLION;
}

void clock_leap(struct node *n, uint64_t true_time, uint64_t leap)
{
    n->clock.base = local_time(n, true_time) + leap;
    n->clock.true_base = true_time;
}

/* The first true time at which the node's clock shows `local` or more. */
static uint64_t true_time_of(const struct node *n, uint64_t local)
{
    uint64_t rate = (uint64_t)(int64_t)(1000000 + n->clock.ppm);

    if (local <= n->clock.base)
        return n->clock.true_base;
    uint64_t ahead = local - n->clock.base;
    uint64_t time = n->clock.true_base + ahead / rate * MILLION + ahead % rate * MILLION / rate;
    while (local_time(n, time) < local)
        time++;
    return time;
}

void schedule_wake(struct world *w, uint32_t node, uint64_t due)
{
    struct node *n = &w->node[node];

    if (due == SIM_NEVER || n->state != NODE_RUNNING) {
        n->wake = SIM_NEVER;
        return;
    }
    uint64_t time = true_time_of(n, due);
    if (time < w->now)
        time = w->now;
    if (time == n->wake)
        return;
    n->wake = time;
    schedule(w, time, DUE_WAKE, node, 0);
}

/* ---- the trace ---- */

static void mix(struct world *w, uint64_t word)
{
    w->hash = (w->hash ^ word) * 0x100000001b3u;
    w->hash ^= w->hash >> 29;
}

void trace(struct world *w, uint64_t a, uint64_t b, uint64_t c)
{
    mix(w, w->now);
    mix(w, a);
    mix(w, b << 32 ^ c);
}

void trace_bytes(struct world *w, const uint8_t *bytes, uint32_t length)
{
    uint64_t word = 0;

    for (uint32_t i = 0; i < length; i++) {
        word = word << 8 | bytes[i];
        if (i % 8u == 7u) {
            mix(w, word);
            word = 0;
        }
    }
    mix(w, word ^ (uint64_t)length << 32);
}

static void put_node(const struct world *w, uint32_t node)
{
    static const char *const kinds[] = {"registrar", "element", "user", "hostile"};

    if (node == SIM_NONE)
        printf("%-14s", "world");
    else
        printf("%s-%-5u", kinds[w->node[node].kind], w->node[node].index);
}

void story(const struct world *w, uint32_t node, const char *format, ...)
{
    va_list arguments;

    if (!w->options->story)
        return;
    printf("%10.3f  ", (double)w->now / 1000.0);
    put_node(w, node);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

void violation(struct world *w, const char *format, ...)
{
    va_list arguments;

    if (w->failed)
        return;
    w->failed = true;
    va_start(arguments, format);
    vsnprintf(w->violation, sizeof w->violation, format, arguments);
    va_end(arguments);
    story(w, SIM_NONE, "VIOLATION: %s", w->violation);
}
