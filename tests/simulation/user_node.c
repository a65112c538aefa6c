/* A pool user in the simulation: it resolves pools again and again, and reports what it finds dead. See simulation.h. */
#include "simulation.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static uint32_t node_of(const struct world *w, uint32_t index)
{
    return w->registrars + w->elements + index;
}

static void carry_out(struct world *w, uint32_t index, const struct effect *effect)
{
    struct user_node *u = &w->user[index];
    uint32_t connection = effect->channel < SERVER_HUNT_SLOTS ? u->connection[effect->channel] : 0;

    if (effect->kind == EFFECT_CONNECT)
        u->connection[effect->channel] =
            network_dial(w, node_of(w, index), (effect->subject + index) % w->registrars, false,
                         effect->channel, effect->subject);
    else if (effect->kind == EFFECT_NOTIFY && effect->code == PU_NOTIFY_RESOLVED)
        u->resolved++;
    else if (effect->kind == EFFECT_SEND && connection > 0)
        network_send(w, connection - 1u, 0, w->effects.bytes + effect->offset, effect->length);
    else if (effect->kind == EFFECT_CLOSE && connection > 0) {
        u->connection[effect->channel] = 0;
        network_close(w, connection - 1u, 0);
    }
}

void user_event(struct world *w, uint32_t index, uint8_t kind, uint32_t channel,
                const uint8_t *bytes, uint32_t length, uint32_t subject)
{
    struct user_node *u = &w->user[index];
    uint32_t node = node_of(w, index);
    struct endpoint_event event = {.kind = kind,
                                   .channel = channel,
                                   .subject = subject,
                                   .length = length,
                                   .now = local_time(&w->node[node], w->now),
                                   .random = chance_word(&w->core)};

    trace(w, kind, node, channel);
    effects_clear(&w->effects);
    pool_user_step(u->machine, &event, bytes, &w->effects);
    w->events++;
    for (uint32_t i = 0; i < w->effects.count; i++)
        carry_out(w, index, &w->effects.effect[i]);
    schedule_wake(w, node, w->effects.more ? 0 : pool_user_next_deadline(u->machine));
}

void user_start(struct world *w, uint32_t index)
{
    struct user_node *u = &w->user[index];
    struct pool_user_configuration c = w->timers->user;

    c.hunt.server_count = w->registrars;
    madvise(u->machine, sizeof *u->machine, MADV_DONTNEED);
    memset(u->connection, 0, sizeof u->connection);
    pool_user_init(u->machine, &c);
    user_event(w, index, ENDPOINT_START, ENDPOINT_NONE, NULL, 0, 0);
    schedule(w, w->now + chance_wait(&w->chance, w->timers->unit), DUE_APPLICATION,
             node_of(w, index), 0);
}

/* Only what does not run is reported: a user is no enemy. */
static void report_if_dead(struct world *w, uint32_t index, const uint8_t *handle, uint32_t length,
                           uint32_t identifier)
{
    uint32_t element = identifier & 0xffffu;

    if (element < w->elements && w->node[w->registrars + element].state != NODE_RUNNING)
        user_event(w, index, ENDPOINT_UNREACHABLE, ENDPOINT_NONE, handle, length, identifier);
}

void user_application(struct world *w, uint32_t index)
{
    struct user_node *u = &w->user[index];
    uint8_t handle[16];
    uint32_t length = pool_handle_of(chance_below(&w->chance, w->pools), handle);
    struct selected_element selected;
    uint64_t now = local_time(&w->node[node_of(w, index)], w->now);

    if (pool_user_select(u->machine, handle, length, now, &selected))
        report_if_dead(w, index, handle, length, selected.pe_identifier);
    user_event(w, index, ENDPOINT_RESOLVE, ENDPOINT_NONE, handle, length, 0);
    schedule(w, w->now + chance_wait(&w->chance, 4u * (uint64_t)w->timers->unit), DUE_APPLICATION,
             node_of(w, index), 0);
}
