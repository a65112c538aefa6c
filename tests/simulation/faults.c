/* What goes wrong, when, and for how long: see enum fault_kind in simulation.h. Every kind has its own mean time
 * between two, drawn by the seed; what it does to whom is drawn when its time has come. */
#include "simulation.h"

#include <string.h>

const char *const fault_names[FAULT_KINDS] = {
    "crash without memory", "stall",          "two-way cut", "one-way cut",   "isolation",
    "connection loss",      "delay",          "clock jump",  "element crash", "element stall",
    "element change",       "element leaves", "guests",      "hostile peer",  "duplicate delivery",
    "slow audit disk"};

static uint64_t units(const struct world *w, uint64_t count)
{
    return count * w->timers->unit;
}

static void mend_later(struct world *w, enum fault_kind kind, uint32_t b, uint32_t c, uint64_t time)
{
    struct due due = {.time = w->now + time, .kind = DUE_MEND, .a = kind, .b = b, .c = c};

    queue_add(&w->queue, &due);
}

/* Mostly short, sometimes long: the interesting lengths lie about the time-outs. */
static uint64_t duration(struct world *w)
{
    uint64_t most = chance_below(&w->chance, 3u) == 0 ? units(w, 40u) : units(w, 6u);

    return chance_between(&w->chance, 1u, most);
}

static uint32_t some_element(struct world *w)
{
    return w->registrars + chance_below(&w->chance, w->elements);
}

/* ---- cuts ---- */

static void cut_one_way(struct world *w, uint32_t from, uint32_t to, bool on)
{
    uint16_t *cut = to < w->registrars ? &w->cut_to[to][from] : &w->cut_from[from][to];

    if (on)
        (*cut)++;
    else if (*cut > 0)
        (*cut)--;
}

static void cut(struct world *w, uint32_t a, uint32_t b, bool both, bool on)
{
    cut_one_way(w, a, b, on);
    if (both)
        cut_one_way(w, b, a, on);
}

static void begin_cut(struct world *w, enum fault_kind kind)
{
    uint32_t a = chance_below(&w->chance, w->registrars);
    uint32_t b = !w->calm && chance_below(&w->chance, 3u) == 0
                     ? some_element(w)
                     : (a + 1u + chance_below(&w->chance, w->registrars - 1u)) % w->registrars;

    if (kind == FAULT_CUT_ONE_WAY && chance_below(&w->chance, 2u) == 0) {
        uint32_t swap = a;
        a = b;
        b = swap;
    }
    story(w, a, "is cut from node %u, %s", b, kind == FAULT_CUT ? "both ways" : "one way");
    cut(w, a, b, kind == FAULT_CUT, true);
    network_cut_begins(w);
    mend_later(w, kind, a, b, duration(w));
}

/* c: 0 from the other registrars only, 1 from everybody. */
static void isolate(struct world *w, uint32_t registrar, uint32_t from_all, bool on)
{
    uint32_t end = from_all ? w->nodes : w->registrars;

    for (uint32_t n = 0; n < end; n++)
        if (n != registrar)
            cut(w, n, registrar, true, on);
}

static void begin_isolation(struct world *w)
{
    uint32_t registrar = chance_below(&w->chance, w->registrars);
    uint32_t from_all = w->calm ? 0u : chance_below(&w->chance, 2u);

    story(w, registrar, "is isolated from %s", from_all ? "everybody" : "the other registrars");
    isolate(w, registrar, from_all, true);
    network_cut_begins(w);
    mend_later(w, FAULT_ISOLATE, registrar, from_all, duration(w));
}

/* ---- connections, clocks ---- */

static void lose_connection(struct world *w)
{
    if (w->connections_used == 0)
        return;
    uint32_t number = chance_below(&w->chance, w->connections_used);
    story(w, w->connection[number].end[0].node, "loses its connection to node %u",
          w->connection[number].end[1].node);
    network_break(w, number, chance_below(&w->chance, 3u) == 0 ? units(w, 8u) : w->latency + 1u);
}

/* A clock leaps ahead; what was to wake the node is told anew. */
static void leap(struct world *w)
{
    uint32_t node = chance_below(&w->chance, 2u) == 0 ? chance_below(&w->chance, w->registrars)
                                                      : some_element(w);
    uint64_t time = chance_between(
        &w->chance, 1u, chance_below(&w->chance, 3u) == 0 ? units(w, 10u) : units(w, 2u));

    story(w, node, "its clock leaps by %u ms", (uint32_t)time);
    clock_leap(&w->node[node], w->now, time);
    if (w->node[node].state == NODE_RUNNING)
        schedule_wake(w, node, 0);
}

/* ---- nodes ---- */

static void stop_for_a_while(struct world *w, enum fault_kind kind, uint32_t node)
{
    if (w->node[node].state != NODE_RUNNING)
        return;
    if (kind == FAULT_CRASH || kind == FAULT_ELEMENT_CRASH)
        node_stop(w, node, chance_below(&w->chance, 2u) == 0);
    else
        node_stall(w, node);
    mend_later(w, kind, node, 0, duration(w));
}

static void leave_for_a_while(struct world *w)
{
    uint32_t node = some_element(w);
    const struct element_node *e = &w->element[w->node[node].index];

    if (w->node[node].state != NODE_RUNNING || !e->wanted || e->guest || e->impostor)
        return;
    element_want(w, w->node[node].index, false);
    mend_later(w, FAULT_ELEMENT_LEAVE, node, 0, duration(w));
}

static void change(struct world *w)
{
    uint32_t index = w->node[some_element(w)].index;

    if (!w->element[index].impostor)
        element_change(w, index);
}

static void guests(struct world *w, bool come)
{
    story(w, SIM_NONE, come ? "guests come" : "guests go");
    for (uint32_t i = 0; i < w->elements; i++)
        if (w->element[i].guest && w->node[w->registrars + i].state == NODE_RUNNING)
            element_want(w, i, come);
}

static void begin_guests(struct world *w)
{
    guests(w, true);
    mend_later(w, FAULT_GUESTS, 0, 0, duration(w));
}

static void begin_hostile(struct world *w)
{
    if (w->hostiles == 0)
        return;
    uint32_t index = chance_below(&w->chance, w->hostiles);
    uint32_t node = w->registrars + w->elements + w->users + index;
    if (w->node[node].state != NODE_DOWN)
        return;
    memset(w->hostile[index].connection, 0, sizeof w->hostile[index].connection);
    node_start(w, node);
    mend_later(w, FAULT_HOSTILE, node, 0, duration(w));
}

static void begin_delay(struct world *w)
{
    w->slowness = 1u + chance_below(&w->chance, w->timers->unit / 2u);
    mend_later(w, FAULT_DELAY, 0, 0, duration(w));
}

/* ---- one after the other ---- */

static void strike(struct world *w, enum fault_kind kind)
{
    if (kind == FAULT_CRASH || kind == FAULT_STALL)
        stop_for_a_while(w, kind, chance_below(&w->chance, w->registrars));
    else if (kind == FAULT_ELEMENT_CRASH || kind == FAULT_ELEMENT_STALL)
        stop_for_a_while(w, kind, some_element(w));
    else if (kind == FAULT_CUT || kind == FAULT_CUT_ONE_WAY)
        begin_cut(w, kind);
    else if (kind == FAULT_ISOLATE)
        begin_isolation(w);
    else if (kind == FAULT_LOSS)
        lose_connection(w);
    else if (kind == FAULT_DELAY)
        begin_delay(w);
    else if (kind == FAULT_CLOCK_JUMP)
        leap(w);
    else if (kind == FAULT_ELEMENT_CHANGE)
        change(w);
    else if (kind == FAULT_ELEMENT_LEAVE)
        leave_for_a_while(w);
    else if (kind == FAULT_GUESTS)
        begin_guests(w);
    else if (kind == FAULT_HOSTILE)
        begin_hostile(w);
}

static void mend(struct world *w, const struct due *due)
{
    enum fault_kind kind = (enum fault_kind)due->a;

    if (kind == FAULT_CRASH || kind == FAULT_ELEMENT_CRASH)
        node_start(w, due->b);
    else if (kind == FAULT_STALL || kind == FAULT_ELEMENT_STALL)
        node_continue(w, due->b);
    else if (kind == FAULT_CUT || kind == FAULT_CUT_ONE_WAY)
        cut(w, due->b, due->c, kind == FAULT_CUT, false);
    else if (kind == FAULT_ISOLATE)
        isolate(w, due->b, due->c, false);
    else if (kind == FAULT_DELAY)
        w->slowness = 0;
    else if (kind == FAULT_ELEMENT_LEAVE)
        element_want(w, w->node[due->b].index, true);
    else if (kind == FAULT_GUESTS)
        guests(w, false);
    else if (kind == FAULT_HOSTILE)
        node_stop(w, due->b, chance_below(&w->chance, 2u) == 0);
    if (kind == FAULT_CUT || kind == FAULT_CUT_ONE_WAY || kind == FAULT_ISOLATE) {
        story(w, due->b, "is no longer cut from %u", due->c);
        network_release(w);
    }
}

static void schedule_next(struct world *w, uint32_t kind)
{
    if (w->fault_mean[kind] > 0)
        schedule(w, w->now + chance_wait(&w->chance, w->fault_mean[kind]), DUE_FAULT, kind, 0);
}

void faults_due(struct world *w, const struct due *due)
{
    if (w->healed)
        return;
    if (due->kind == DUE_MEND) {
        mend(w, due);
        return;
    }
    w->figures->faults[due->a]++;
    strike(w, (enum fault_kind)due->a);
    if (due->b != SIM_NONE)
        schedule_next(w, due->a);
}

void faults_begin(struct world *w)
{
    for (uint32_t kind = 0; kind < FAULT_DUPLICATE; kind++)
        schedule_next(w, kind);
}

/* Shortly before the end everything strikes once more, so that there is something to heal. */
void faults_storm(struct world *w, uint64_t end)
{
    for (uint32_t kind = 0; kind < FAULT_DUPLICATE; kind++)
        if (w->fault_mean[kind] > 0)
            schedule(w, end - chance_between(&w->chance, 1u, units(w, 12u)), DUE_FAULT, kind,
                     SIM_NONE);
}

/* ---- all is well again ---- */

static void heal_element(struct world *w, uint32_t index)
{
    uint32_t node = w->registrars + index;

    node_continue(w, node);
    if (w->element[index].guest || w->element[index].impostor) {
        element_want(w, index, false);
        node_stop(w, node, true);
    } else if (w->node[node].state == NODE_DOWN && chance_below(&w->chance, 2u) == 0) {
        w->element[index].wanted = 1; /* the other half stays dead */
        node_start(w, node);
    } else if (w->node[node].state == NODE_RUNNING) {
        element_want(w, index, true);
    }
}

/* One that may stay dead: not the only one that others have in their configuration. */
static uint32_t one_to_stay_dead(struct world *w)
{
    uint32_t needed = w->configured == 1u && w->registrars > 2u ? 2u : 0;

    return needed + chance_below(&w->chance, w->registrars - needed);
}

void faults_heal(struct world *w)
{
    story(w, SIM_NONE, "all faults are healed");
    memset(w->cut_to, 0, sizeof w->cut_to);
    memset(w->cut_from, 0, sizeof w->cut_from);
    w->slowness = 0;
    w->late = 0;
    w->healed = true;
    w->heal_time = w->now;
    for (uint32_t i = 0; i < w->hostiles; i++)
        node_stop(w, w->registrars + w->elements + w->users + i, true);
    if (chance_below(&w->chance, 3u) == 0)
        node_stop(w, w->dead = one_to_stay_dead(w), true);
    for (uint32_t r = 0; r < w->registrars; r++) {
        node_continue(w, r);
        if (r != w->dead)
            node_start(w, r);
    }
    for (uint32_t i = 0; i < w->elements; i++)
        heal_element(w, i);
    network_release(w);
}
