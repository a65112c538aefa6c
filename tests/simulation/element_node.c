/* A pool element in the simulation: the machine, and an application that wants it in its pool, or not.
 * See simulation.h. */
#include "simulation.h"

#include <string.h>

#include "wire_constants.h"
#include "wire_names.h"

uint32_t element_identifier(const struct world *w, uint32_t index)
{
    return (uint32_t)(w->seed * 2654435761u % 0x7fffu + 1u) << 16 | index;
}

static uint32_t node_of(const struct world *w, uint32_t index)
{
    return w->registrars + index;
}

/* The list of registrars begins with another one for every element. */
static uint32_t registrar_of(const struct world *w, uint32_t index, uint32_t server)
{
    return (server + index) % w->registrars;
}

uint32_t element_home(const struct world *w, uint32_t index)
{
    uint32_t server = server_hunt_home_server(&w->element[index].machine.hunt);

    return server < w->registrars ? registrar_of(w, index, server) : SIM_NONE;
}

static void carry_out_connect(struct world *w, uint32_t index, const struct effect *effect)
{
    struct element_node *e = &w->element[index];

    e->connection[effect->channel] =
        network_dial(w, node_of(w, index), registrar_of(w, index, effect->subject), false,
                     effect->channel, effect->subject);
}

static void carry_out_notify(struct world *w, uint32_t index, const struct effect *effect)
{
    struct element_node *e = &w->element[index];

    story(w, node_of(w, index), "notification %u, cause %#x", effect->code, effect->cause);
    if (effect->code == PE_NOTIFY_REGISTERED)
        e->once = 1;
    e->poisoned = effect->code == PE_NOTIFY_REJECTED &&
                  effect->cause == CAUSE_INCONSISTENT_POOLING_POLICY && w->hostiles > 0;
    if (e->machine.phase == PE_IDLE && e->wanted)
        schedule(w,
                 w->now + w->timers->unit / 2u +
                     chance_below(&w->chance, w->timers->unit * (e->impostor ? 8u : 1u)),
                 DUE_APPLICATION, node_of(w, index), 0);
}

static void carry_out(struct world *w, uint32_t index, const struct effect *effect)
{
    struct element_node *e = &w->element[index];
    uint32_t connection = effect->channel < SERVER_HUNT_SLOTS ? e->connection[effect->channel] : 0;

    if (effect->kind == EFFECT_CONNECT)
        carry_out_connect(w, index, effect);
    else if (effect->kind == EFFECT_NOTIFY)
        carry_out_notify(w, index, effect);
    else if (effect->kind == EFFECT_SEND && connection > 0) {
        story(w, node_of(w, index), "sends %s",
              asap_message_name(w->effects.bytes[effect->offset]));
        network_send(w, connection - 1u, 0, w->effects.bytes + effect->offset, effect->length);
    } else if (effect->kind == EFFECT_CLOSE && connection > 0) {
        e->connection[effect->channel] = 0;
        network_close(w, connection - 1u, 0);
    }
}

void element_event(struct world *w, uint32_t index, uint8_t kind, uint32_t channel,
                   const uint8_t *bytes, uint32_t length)
{
    struct element_node *e = &w->element[index];
    uint32_t node = node_of(w, index);
    struct endpoint_event event = {.kind = kind,
                                   .channel = channel,
                                   .length = length,
                                   .now = local_time(&w->node[node], w->now),
                                   .random = chance_word(&w->core)};

    if (w->node[node].state != NODE_RUNNING)
        return;
    trace(w, kind, node, channel);
    effects_clear(&w->effects);
    pool_element_endpoint_step(&e->machine, &event, bytes, &w->effects);
    w->events++;
    for (uint32_t i = 0; i < w->effects.count; i++)
        carry_out(w, index, &w->effects.effect[i]);
    schedule_wake(w, node, w->effects.more ? 0 : pool_element_endpoint_next_deadline(&e->machine));
}

void element_start(struct world *w, uint32_t index)
{
    struct element_node *e = &w->element[index];
    struct pool_element_configuration c = w->timers->element;

    c.hunt.server_count = w->registrars;
    memset(&e->machine, 0, sizeof e->machine);
    memset(e->connection, 0, sizeof e->connection);
    pool_element_endpoint_init(&e->machine, &c);
    if (!pool_element_endpoint_describe(&e->machine, &e->description))
        violation(w, "the description of element %u is not valid", index);
    e->once = 0;
    e->lost_since = SIM_NEVER;
    e->live_since = w->now;
    element_event(w, index, ENDPOINT_START, ENDPOINT_NONE, NULL, 0);
    if (e->wanted)
        element_event(w, index, ENDPOINT_REGISTER, ENDPOINT_NONE, NULL, 0);
}

void element_want(struct world *w, uint32_t index, bool wanted)
{
    struct element_node *e = &w->element[index];

    if (e->wanted == wanted)
        return;
    story(w, node_of(w, index), wanted ? "is to register" : "is to leave");
    e->wanted = wanted;
    e->live_since = w->now;
    e->lost_since = SIM_NEVER;
    e->once = 0;
    element_event(w, index, wanted ? ENDPOINT_REGISTER : ENDPOINT_DEREGISTER, ENDPOINT_NONE, NULL,
                  0);
}

void element_change(struct world *w, uint32_t index)
{
    struct element_node *e = &w->element[index];

    e->description.policy_value[0] = 1u + chance_below(&w->chance, 100u);
    if (w->node[node_of(w, index)].state != NODE_RUNNING || !e->wanted)
        return;
    story(w, node_of(w, index), "changes its weight to %u", e->description.policy_value[0]);
    pool_element_endpoint_describe(&e->machine, &e->description);
    element_event(w, index, ENDPOINT_REGISTER, ENDPOINT_NONE, NULL, 0);
}

void element_application(struct world *w, uint32_t index)
{
    const struct element_node *e = &w->element[index];

    if (e->wanted && e->machine.phase == PE_IDLE)
        element_event(w, index, ENDPOINT_REGISTER, ENDPOINT_NONE, NULL, 0);
}
