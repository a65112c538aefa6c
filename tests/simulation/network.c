/* The network: streams of bytes between nodes, which take their time, are cut, and get lost: see simulation.h.
 *
 * A message is put into a stream as bytes, and arrives in pieces cut at random. What a cut or a node that
 * stands still holds up goes on later, as TCP would send it again; a cut that lasts breaks connections, and then
 * either side learns of it in its own time. A connection has a generation, so that what was due for an
 * earlier one of the same number finds nobody.
 */
#include "simulation.h"

#include <stdlib.h>
#include <string.h>

static struct connection *connection_of(struct world *w, const struct due *due)
{
    struct connection *c = &w->connection[due->a];

    return c->state != CONNECTION_FREE && c->generation == due->generation ? c : NULL;
}

static void schedule_for(struct world *w, uint64_t time, enum due_kind kind, uint32_t connection,
                         uint32_t side, uint32_t length)
{
    struct due due = {.time = time,
                      .kind = kind,
                      .a = connection,
                      .b = side,
                      .length = length,
                      .generation = w->connection[connection].generation};

    queue_add(&w->queue, &due);
}

bool network_cut(const struct world *w, uint32_t from, uint32_t to)
{
    return to < w->registrars ? w->cut_to[to][from] > 0 : w->cut_from[from][to] > 0;
}

/* ---- numbers of connections ---- */

static uint32_t take_number(struct world *w)
{
    uint32_t number = w->connection_free;

    if (number > 0) {
        w->connection_free = w->connection[number - 1u].next_free;
        return number;
    }
    return w->connections_used < SIM_CONNECTIONS_MAX ? ++w->connections_used : 0;
}

static void empty_stream(struct stream *s)
{
    framing_release(&s->framing);
    s->head = s->tail = s->arrived = 0;
    s->fin_held = 0;
}

static void give_back(struct world *w, uint32_t number)
{
    struct connection *c = &w->connection[number];

    empty_stream(&c->stream[0]);
    empty_stream(&c->stream[1]);
    c->state = CONNECTION_FREE;
    c->generation++;
    c->next_free = w->connection_free;
    w->connection_free = number + 1u;
}

/* Nobody has it open any more. */
static void give_back_if_over(struct world *w, uint32_t number)
{
    const struct connection *c = &w->connection[number];

    if (c->state != CONNECTION_FREE && c->end[0].open == END_CLOSED && c->end[1].open == END_CLOSED)
        give_back(w, number);
}

void network_clear(struct world *w)
{
    for (uint32_t i = 0; i < w->connections_used; i++)
        for (uint32_t d = 0; d < 2; d++) {
            framing_release(&w->connection[i].stream[d].framing);
            free(w->connection[i].stream[d].bytes);
        }
}

/* ---- dialling ---- */

static uint64_t trip(struct world *w)
{
    return 1u + w->latency / 2u + chance_below(&w->chance, w->latency + 1u) + w->slowness;
}

uint32_t network_dial(struct world *w, uint32_t from, uint32_t registrar, bool enrp,
                      uint32_t channel, uint32_t server)
{
    uint32_t number = take_number(w);

    if (number == 0)
        return 0;
    struct connection *c = &w->connection[number - 1u];
    c->state = CONNECTION_DIALLING;
    c->enrp = enrp;
    c->fin = 0;
    c->server = server;
    c->give_up = w->now + 4u * w->timers->unit;
    c->end[0] = (struct connection_end){.node = from, .channel = channel};
    c->end[1] = (struct connection_end){.node = registrar};
    c->stream[0].last_arrival = c->stream[1].last_arrival = w->now;
    schedule_for(w, w->now + 3u * trip(w), DUE_CONNECT, number - 1u, 0, 0);
    return number;
}

static void dial_failed(struct world *w, uint32_t number)
{
    w->connection[number].state = CONNECTION_BROKEN;
    w->connection[number].end[0].open = END_CLOSED;
    w->connection[number].end[1].open = END_CLOSED;
    node_failed(w, number);
    give_back_if_over(w, number); /* unless the node began anew, and gave it back itself */
}

/* Neither refused nor accepted: cut, standing still, or switched off. */
static bool unanswered(const struct world *w, const struct connection *c)
{
    const struct node *dialler = &w->node[c->end[0].node];
    const struct node *target = &w->node[c->end[1].node];

    return network_cut(w, c->end[0].node, c->end[1].node) ||
           network_cut(w, c->end[1].node, c->end[0].node) || dialler->state != NODE_RUNNING ||
           target->state == NODE_STALLED || (target->state == NODE_DOWN && target->silent);
}

static void say_again(struct world *w, uint32_t number, uint32_t end);

static void on_connect(struct world *w, uint32_t number)
{
    struct connection *c = &w->connection[number];

    if (unanswered(w, c)) {
        if (w->now < c->give_up || w->node[c->end[0].node].state != NODE_RUNNING)
            schedule_for(w, w->now + w->timers->unit / 4u, DUE_CONNECT, number, 0, 0);
        else
            dial_failed(w, number);
        return;
    }
    if (!node_accepts(w, c->end[1].node, c->enrp)) {
        dial_failed(w, number);
        return;
    }
    c->state = CONNECTION_OPEN;
    c->end[1].open = END_OPEN;
    c->stream[1].last_arrival = w->now + trip(w);
    schedule_for(w, c->stream[1].last_arrival, DUE_OPENED, number, 0, 0);
    say_again(w, number, 1);
    if (!node_accepted(w, number))
        network_close(w, number, 1);
}

static void on_opened(struct world *w, uint32_t number)
{
    struct connection *c = &w->connection[number];

    if (c->end[0].open != END_NEW)
        return;
    if (w->node[c->end[0].node].state != NODE_RUNNING) {
        schedule_for(w, w->now + w->timers->unit / 4u, DUE_OPENED, number, 0, 0);
        return;
    }
    c->end[0].open = END_OPEN;
    say_again(w, number, 0);
    schedule_for(w, w->now, DUE_SEGMENT, number, 1, 0);
    node_opened(w, number);
}

/* ---- sending ---- */

static void append(struct stream *s, const uint8_t *bytes, uint32_t length)
{
    if (s->head == s->tail)
        s->head = s->tail = 0;
    if (s->head > 0 && s->tail + length > s->room) {
        memmove(s->bytes, s->bytes + s->head, s->tail - s->head);
        s->tail -= s->head;
        s->head = 0;
    }
    if (s->tail + length > s->room) {
        s->room = (s->tail + length) * 2u;
        s->bytes = realloc(s->bytes, s->room);
        if (s->bytes == NULL)
            abort();
    }
    memcpy(s->bytes + s->tail, bytes, length);
    s->tail += length;
}

static void remember(struct world *w, const struct connection *c, uint32_t end,
                     const uint8_t *bytes, uint32_t length)
{
    uint32_t from = c->end[end].node;
    uint32_t to = c->end[1u - end].node;

    if (!c->enrp || from >= w->registrars || to >= w->registrars || length > HOSTILE_BYTES)
        return;
    memcpy(w->recent[from][to].bytes[0], w->recent[from][to].bytes[1],
           w->recent[from][to].length[1]);
    w->recent[from][to].length[0] = w->recent[from][to].length[1];
    memcpy(w->recent[from][to].bytes[1], bytes, length);
    w->recent[from][to].length[1] = length;
    hostile_overhear(w, bytes, length);
}

/* The bytes in pieces, each with its own time of arrival, in order. */
static void put_on_the_way(struct world *w, uint32_t number, uint32_t end, const uint8_t *bytes,
                           uint32_t length)
{
    struct stream *s = &w->connection[number].stream[end];

    if (length == 0)
        return;
    append(s, bytes, length);
    while (length > 0) {
        uint32_t piece = length;
        if (length > 1 && chance_below(&w->chance, 8u) == 0)
            piece = 1u + chance_below(&w->chance, length - 1u);
        uint64_t time = w->now + trip(w);
        if (chance_permille(&w->chance, w->late))
            time += chance_between(&w->chance, 1u, w->timers->unit);
        if (time < s->last_arrival)
            time = s->last_arrival;
        s->last_arrival = time;
        schedule_for(w, time, DUE_SEGMENT, number, end, piece);
        length -= piece;
    }
}

void network_send(struct world *w, uint32_t connection, uint32_t end, const uint8_t *bytes,
                  uint32_t length)
{
    struct connection *c = &w->connection[connection];

    if (c->end[end].open != END_OPEN)
        return;
    remember(w, c, end, bytes, length);
    if (c->state == CONNECTION_OPEN)
        put_on_the_way(w, connection, end, bytes, length);
}

/* What was sent last before the reconnect comes once more. */
static void say_again(struct world *w, uint32_t number, uint32_t end)
{
    const struct connection *c = &w->connection[number];
    uint32_t from = c->end[end].node;
    uint32_t to = c->end[1u - end].node;

    if (!c->enrp || from >= w->registrars || to >= w->registrars ||
        !chance_permille(&w->chance, w->duplicates))
        return;
    w->figures->faults[FAULT_DUPLICATE]++;
    story(w, from, "its last messages are delivered once more to %u", to);
    for (uint32_t i = 0; i < 2; i++)
        put_on_the_way(w, number, end, w->recent[from][to].bytes[i], w->recent[from][to].length[i]);
}

/* ---- arriving ---- */

static bool held_up(const struct world *w, const struct connection *c, uint32_t direction)
{
    uint32_t to = c->end[1u - direction].node;

    return c->end[1u - direction].open == END_NEW || w->node[to].state != NODE_RUNNING ||
           network_cut(w, c->end[direction].node, to);
}

static void hand_over(struct world *w, uint32_t number, uint32_t direction, uint32_t available)
{
    struct connection *c = &w->connection[number];
    struct stream *s = &c->stream[direction];
    uint32_t generation = c->generation;
    const uint8_t *input = s->bytes + s->head;
    const uint8_t *message = NULL;
    size_t left = available;
    uint32_t length = 0;

    s->head += available;
    while (c->generation == generation && c->end[1u - direction].open == END_OPEN) {
        enum framing_result result = framing_take(&s->framing, &input, &left, &message, &length);
        if (result == FRAMING_MORE)
            return;
        if (result != FRAMING_MESSAGE) {
            story(w, c->end[1u - direction].node, "cannot follow the stream");
            uint32_t end = 1u - direction;
            network_close(w, number, end);
            node_closed(w, number, end);
            return;
        }
        node_message(w, number, 1u - direction, message, length);
    }
}

static void on_segment(struct world *w, const struct due *due)
{
    struct connection *c = &w->connection[due->a];
    struct stream *s = &c->stream[due->b];

    if (c->state != CONNECTION_OPEN)
        return;
    s->arrived += due->length;
    if (held_up(w, c, due->b))
        return;
    uint32_t available = s->arrived;
    s->arrived = 0;
    hand_over(w, due->a, due->b, available);
}

/* ---- ending ---- */

static void end_is_closed(struct world *w, uint32_t number, uint32_t end)
{
    struct connection *c = &w->connection[number];
    uint8_t was = c->end[end].open;

    c->end[end].open = END_CLOSED;
    if (was == END_OPEN)
        node_closed(w, number, end);
    else if (was == END_NEW && end == 0)
        node_failed(w, number);
    give_back_if_over(w, number);
}

static void on_fin(struct world *w, const struct due *due)
{
    struct connection *c = &w->connection[due->a];

    if (c->state != CONNECTION_OPEN)
        return;
    if (held_up(w, c, due->b) && c->end[1u - due->b].open != END_NEW)
        c->stream[due->b].fin_held = 1;
    else
        end_is_closed(w, due->a, 1u - due->b);
}

static void on_lost(struct world *w, const struct due *due)
{
    struct connection *c = &w->connection[due->a];

    if (w->node[c->end[due->b].node].state == NODE_STALLED)
        c->end[due->b].lost_held = 1;
    else
        end_is_closed(w, due->a, due->b);
}

void network_close(struct world *w, uint32_t connection, uint32_t end)
{
    struct connection *c = &w->connection[connection];

    c->end[end].open = END_CLOSED;
    if (c->state == CONNECTION_DIALLING) {
        give_back(w, connection);
        return;
    }
    if (c->state == CONNECTION_OPEN) {
        uint64_t time = w->now + trip(w);
        if (time < c->stream[end].last_arrival)
            time = c->stream[end].last_arrival;
        schedule_for(w, time, DUE_FIN, connection, end, 0);
    }
    give_back_if_over(w, connection);
}

void network_break(struct world *w, uint32_t connection, uint64_t within)
{
    struct connection *c = &w->connection[connection];

    if (c->state != CONNECTION_OPEN)
        return;
    c->state = CONNECTION_BROKEN;
    empty_stream(&c->stream[0]);
    empty_stream(&c->stream[1]);
    for (uint32_t end = 0; end < 2; end++)
        if (c->end[end].open != END_CLOSED)
            schedule_for(w, w->now + chance_between(&w->chance, 1u, within), DUE_LOST, connection,
                         end, 0);
}

static void leave_connection(struct world *w, uint32_t number, uint32_t end, uint64_t within)
{
    struct connection *c = &w->connection[number];

    if (c->state == CONNECTION_DIALLING) {
        if (end == 0)
            give_back(w, number);
        return;
    }
    c->end[end].open = END_CLOSED;
    network_break(w, number, within);
    give_back_if_over(w, number);
}

void network_node_gone(struct world *w, uint32_t node, bool silent)
{
    uint64_t within = silent ? 12u * (uint64_t)w->timers->unit : 2u * w->latency + 2u;

    for (uint32_t i = 0; i < w->connections_used; i++)
        for (uint32_t end = 0; end < 2; end++)
            if (w->connection[i].state != CONNECTION_FREE && w->connection[i].end[end].node == node)
                leave_connection(w, i, end, within);
}

/* ---- cuts and stalls that are over, cuts that last ---- */

static void release(struct world *w, uint32_t number)
{
    struct connection *c = &w->connection[number];

    for (uint32_t side = 0; side < 2; side++) {
        if (c->end[side].lost_held)
            schedule_for(w, w->now, DUE_LOST, number, side, 0);
        c->end[side].lost_held = 0;
        if (c->state == CONNECTION_OPEN && c->stream[side].arrived > 0)
            schedule_for(w, w->now + trip(w), DUE_SEGMENT, number, side, 0);
        if (c->state == CONNECTION_OPEN && c->stream[side].fin_held)
            schedule_for(w, w->now + 3u * trip(w), DUE_FIN, number, side, 0);
        c->stream[side].fin_held = 0;
    }
}

/* What lies in the buffers of a node that stood still is read before it looks at its timers, as the shell does: nobody is
 * to be judged by a silence that was our own. */
void network_node_continues(struct world *w, uint32_t node)
{
    for (uint32_t i = 0; i < w->connections_used; i++)
        for (uint32_t side = 0; side < 2; side++)
            if (w->connection[i].state == CONNECTION_OPEN &&
                w->connection[i].end[1u - side].node == node &&
                w->connection[i].stream[side].arrived > 0)
                schedule_for(w, w->now, DUE_SEGMENT, i, side, 0);
}

void network_release(struct world *w)
{
    for (uint32_t i = 0; i < w->connections_used; i++)
        if (w->connection[i].state != CONNECTION_FREE)
            release(w, i);
}

static bool is_cut(const struct world *w, const struct connection *c)
{
    return network_cut(w, c->end[0].node, c->end[1].node) ||
           network_cut(w, c->end[1].node, c->end[0].node);
}

void network_cut_begins(struct world *w)
{
    for (uint32_t i = 0; i < w->connections_used; i++)
        if (w->connection[i].state == CONNECTION_OPEN && is_cut(w, &w->connection[i]))
            schedule_for(w, w->now + chance_between(&w->chance, 1u, 15u * w->timers->unit),
                         DUE_BREAK, i, 0, 0);
}

static void on_break(struct world *w, uint32_t number)
{
    if (is_cut(w, &w->connection[number]))
        network_break(w, number, 5u * (uint64_t)w->timers->unit);
}

void network_due(struct world *w, const struct due *due)
{
    const struct connection *c = connection_of(w, due);

    if (c == NULL)
        return;
    switch (due->kind) {
    case DUE_SEGMENT:
        on_segment(w, due);
        break;
    case DUE_FIN:
        on_fin(w, due);
        break;
    case DUE_CONNECT:
        on_connect(w, due->a);
        break;
    case DUE_OPENED:
        on_opened(w, due->a);
        break;
    case DUE_LOST:
        on_lost(w, due);
        break;
    default:
        on_break(w, due->a);
        break;
    }
}
