/* Somebody with a valid key who does not keep to its role: see simulation.h and enum hostile_kind.
 *
 * It says what it has overheard, as somebody it is not, or changed, or as it was, to whom it is not for. */
#include "simulation.h"

#include <string.h>

#include "wire_constants.h"

static uint32_t node_of(const struct world *w, uint32_t index)
{
    return w->registrars + w->elements + w->users + index;
}

void hostile_overhear(struct world *w, const uint8_t *bytes, uint32_t length)
{
    uint32_t at = w->overheard % HOSTILE_MEMORY;

    if (w->hostiles == 0 || length > HOSTILE_BYTES)
        return;
    memcpy(w->overheard_bytes[at], bytes, length);
    w->overheard_length[at] = length;
    w->overheard++;
}

bool hostile_without_role(const struct world *w, uint32_t connection)
{
    const struct connection *c = &w->connection[connection];
    const struct node *n = &w->node[c->end[0].node];

    return n->kind == NODE_HOSTILE &&
           (w->hostile[n->index].kind == HOSTILE_ELEMENT_ON_ENRP ||
            (w->hostile[n->index].kind == HOSTILE_OTHERS_NAME && w->servers_bound));
}

static void put_word(uint8_t *at, uint32_t word)
{
    for (uint32_t i = 0; i < 4u; i++)
        at[i] = (uint8_t)(word >> (24u - 8u * i));
}

static uint32_t word_at(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* A message overheard, or a bare presence as long as nothing was; from and to whom it likes. */
static uint32_t compose(struct world *w, uint32_t index, uint32_t target, uint8_t *bytes)
{
    const struct hostile_node *h = &w->hostile[index];
    static const uint8_t presence[12] = {ENRP_PRESENCE, 0, 0, 12};
    uint32_t known = w->overheard < HOSTILE_MEMORY ? w->overheard : HOSTILE_MEMORY;
    uint32_t length = sizeof presence;

    memcpy(bytes, presence, sizeof presence);
    if (known > 0) {
        uint32_t pick = chance_below(&w->chance, known);
        length = w->overheard_length[pick];
        memcpy(bytes, w->overheard_bytes[pick], length);
    }
    uint32_t another = (target + 1u + chance_below(&w->chance, w->registrars - 1u)) % w->registrars;
    put_word(bytes + 4, h->kind == HOSTILE_MUTATIONS ? h->server_identifier
                                                     : w->registrar[another].server_identifier);
    if (word_at(bytes + 8) != 0)
        put_word(bytes + 8, w->registrar[target].server_identifier);
    return length;
}

static void mutate(struct world *w, uint8_t *bytes, uint32_t length)
{
    for (uint32_t n = chance_below(&w->chance, 5u); n > 0 && length > 12u; n--)
        bytes[12u + chance_below(&w->chance, length - 12u)] = (uint8_t)chance_word(&w->chance);
}

static void say(struct world *w, uint32_t index, uint32_t target)
{
    uint32_t connection = w->hostile[index].connection[target];
    uint8_t bytes[HOSTILE_BYTES];
    uint32_t length = compose(w, index, target, bytes);

    if (w->hostile[index].kind == HOSTILE_MUTATIONS)
        mutate(w, bytes, length);
    story(w, node_of(w, index), "says something of type %u to %u", bytes[0], target);
    network_send(w, connection - 1u, 0, bytes, length);
}

void hostile_application(struct world *w, uint32_t index)
{
    struct hostile_node *h = &w->hostile[index];
    uint32_t target = chance_below(&w->chance, w->registrars);

    if (w->node[node_of(w, index)].state != NODE_RUNNING)
        return;
    if (h->connection[target] == 0)
        h->connection[target] = network_dial(w, node_of(w, index), target, true, target, target);
    else if (w->connection[h->connection[target] - 1u].end[0].open == END_OPEN)
        say(w, index, target);
    schedule(w, w->now + chance_wait(&w->chance, w->timers->unit / 2u), DUE_APPLICATION,
             node_of(w, index), 0);
}

void hostile_closed(struct world *w, uint32_t connection)
{
    const struct connection_end *end = &w->connection[connection].end[0];

    w->hostile[w->node[end->node].index].connection[end->channel] = 0;
}
