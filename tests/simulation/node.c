/* What the network tells a node, by its kind, and how nodes come, stand still and go: see simulation.h. */
#include "simulation.h"

#include <string.h>

struct ip_address node_address(uint32_t node)
{
    return (struct ip_address){
        .size = 4, .bytes = {10, (uint8_t)(node >> 16), (uint8_t)(node >> 8), (uint8_t)node}};
}

bool node_accepts(const struct world *w, uint32_t node, bool enrp)
{
    return w->node[node].state == NODE_RUNNING && (enrp || enrp_serving(w->registrar[node].group));
}

bool node_accepted(struct world *w, uint32_t connection)
{
    return registrar_accepted(w, connection);
}

/* An event for a client, or for nobody who listens. */
static void tell_client(struct world *w, uint32_t connection, uint8_t kind, const uint8_t *bytes,
                        uint32_t length)
{
    const struct connection_end *end = &w->connection[connection].end[0];
    const struct node *n = &w->node[end->node];

    if (n->kind == NODE_ELEMENT)
        element_event(w, n->index, kind, end->channel, bytes, length);
    else if (n->kind == NODE_USER)
        user_event(w, n->index, kind, end->channel, bytes, length, 0);
}

void node_opened(struct world *w, uint32_t connection)
{
    if (w->connection[connection].end[0].node < w->registrars)
        registrar_opened(w, connection);
    else
        tell_client(w, connection, ENDPOINT_CHANNEL_OPENED, NULL, 0);
}

static void client_closed(struct world *w, uint32_t connection)
{
    const struct connection_end *end = &w->connection[connection].end[0];
    const struct node *n = &w->node[end->node];

    if (n->kind == NODE_HOSTILE)
        hostile_closed(w, connection);
    else if (n->kind == NODE_ELEMENT)
        w->element[n->index].connection[end->channel] = 0;
    else
        w->user[n->index].connection[end->channel] = 0;
    tell_client(w, connection, ENDPOINT_CHANNEL_CLOSED, NULL, 0);
}

void node_failed(struct world *w, uint32_t connection)
{
    const struct node *n = &w->node[w->connection[connection].end[0].node];

    if (n->state == NODE_DOWN)
        return;
    if (n->kind == NODE_REGISTRAR)
        registrar_dial_failed(w, connection);
    else
        client_closed(w, connection);
}

void node_closed(struct world *w, uint32_t connection, uint32_t end)
{
    if (w->connection[connection].end[end].node < w->registrars)
        registrar_closed(w, connection, end);
    else
        client_closed(w, connection);
}

void node_message(struct world *w, uint32_t connection, uint32_t end, const uint8_t *bytes,
                  uint32_t length)
{
    w->figures->messages++;
    if (w->connection[connection].end[end].node < w->registrars)
        registrar_message(w, connection, end, bytes, length);
    else
        tell_client(w, connection, ENDPOINT_MESSAGE, bytes, length);
}

void node_wake(struct world *w, uint32_t node)
{
    struct node *n = &w->node[node];

    if (n->state != NODE_RUNNING || n->wake != w->now)
        return;
    n->wake = SIM_NEVER;
    if (n->kind == NODE_REGISTRAR)
        registrar_wake(w, n->index);
    else if (n->kind == NODE_ELEMENT)
        element_event(w, n->index, ENDPOINT_TICK, ENDPOINT_NONE, NULL, 0);
    else if (n->kind == NODE_USER)
        user_event(w, n->index, ENDPOINT_TICK, ENDPOINT_NONE, NULL, 0, 0);
}

void node_application(struct world *w, uint32_t node)
{
    const struct node *n = &w->node[node];

    if (n->state != NODE_RUNNING)
        return;
    if (n->kind == NODE_ELEMENT)
        element_application(w, n->index);
    else if (n->kind == NODE_USER)
        user_application(w, n->index);
    else if (n->kind == NODE_HOSTILE)
        hostile_application(w, n->index);
}

static void set_state(struct world *w, uint32_t node, enum node_state state)
{
    w->node[node].state = (uint8_t)state;
    w->node[node].since = w->now;
    trace(w, DUE_FAULT, node, state);
}

void node_stop(struct world *w, uint32_t node, bool silent)
{
    if (w->node[node].state == NODE_DOWN)
        return;
    story(w, node, silent ? "loses its power" : "crashes");
    set_state(w, node, NODE_DOWN);
    w->node[node].silent = silent;
    w->node[node].wake = SIM_NEVER;
    network_node_gone(w, node, silent);
}

void node_start(struct world *w, uint32_t node)
{
    struct node *n = &w->node[node];

    if (n->state != NODE_DOWN)
        return;
    story(w, node, "starts");
    set_state(w, node, NODE_RUNNING);
    n->wake = SIM_NEVER;
    if (n->kind == NODE_REGISTRAR)
        registrar_start(w, n->index);
    else if (n->kind == NODE_ELEMENT)
        element_start(w, n->index);
    else if (n->kind == NODE_USER)
        user_start(w, n->index);
    else
        hostile_application(w, n->index);
}

void node_stall(struct world *w, uint32_t node)
{
    if (w->node[node].state != NODE_RUNNING)
        return;
    story(w, node, "stands still");
    set_state(w, node, NODE_STALLED);
}

void node_continue(struct world *w, uint32_t node)
{
    struct node *n = &w->node[node];

    if (n->state != NODE_STALLED)
        return;
    story(w, node, "continues");
    set_state(w, node, NODE_RUNNING);
    n->wake = SIM_NEVER;
    network_node_continues(w, node);
    schedule_wake(w, node, 0);
    if (n->kind == NODE_ELEMENT)
        schedule(w, w->now + 1u, DUE_APPLICATION, node, 0);
    network_release(w);
}
