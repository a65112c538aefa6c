/* A registrar in the simulation: the shell's part, with a simulated network in place of sockets. See simulation.h. */
#include "simulation.h"

#include <string.h>
#include <sys/mman.h>

#include "wire_constants.h"
#include "wire_names.h"

#define SPINS_MAX 20000u /* wakes in a row at one time: more is no bounded work any more */

/* ---- channels ---- */

static uint32_t *place_of(struct registrar_node *r, uint32_t channel)
{
    return channel >= ENRP_CHANNEL_FIRST ? &r->enrp_connection[channel - ENRP_CHANNEL_FIRST]
                                         : &r->asap_connection[channel];
}

/* The connection plus one that the registrar knows by this number, 0 when there is none. */
static uint32_t connection_at(struct registrar_node *r, uint32_t channel)
{
    return channel < ENRP_CHANNEL_FIRST + ENRP_CHANNELS_MAX ? *place_of(r, channel) : 0;
}

static uint32_t free_channel(struct registrar_node *r, bool enrp)
{
    uint32_t first = enrp ? ENRP_CHANNEL_FIRST : 0;
    uint32_t count = enrp ? ENRP_CHANNELS_MAX : REGISTRAR_CHANNELS_MAX;

    for (uint32_t i = 0; i < count; i++)
        if (*place_of(r, first + i) == 0)
            return first + i;
    return SIM_NONE;
}

/* The side of the connection that is this registrar. */
static uint32_t side_of(const struct world *w, uint32_t connection, uint32_t index)
{
    return w->connection[connection].end[0].node == index ? 0u : 1u;
}

static bool take_channel(struct world *w, uint32_t connection, uint32_t side)
{
    struct connection_end *end = &w->connection[connection].end[side];
    struct registrar_node *r = &w->registrar[end->node];

    end->channel = free_channel(r, w->connection[connection].enrp);
    if (end->channel == SIM_NONE)
        return false;
    *place_of(r, end->channel) = connection + 1u;
    return true;
}

/* ---- effects ---- */

static uint32_t dialled(const struct world *w, uint32_t index, const struct effect *effect)
{
    if (effect->length == 0)
        return effect->subject < index ? effect->subject : effect->subject + 1u;
    for (uint32_t i = 0; i < w->registrars; i++)
        if (w->registrar[i].transport_length <= effect->length &&
            memcmp(w->registrar[i].transport, w->effects.bytes + effect->offset,
                   w->registrar[i].transport_length) == 0)
            return i;
    return SIM_NONE;
}

static void carry_out_connect(struct world *w, uint32_t index, const struct effect *effect)
{
    uint32_t target = dialled(w, index, effect);
    struct registrar_event failed = {.kind = EVENT_CONNECT_FAILED, .server = effect->subject};

    if (target < w->registrars && target != index &&
        network_dial(w, index, target, true, SIM_NONE, effect->subject) > 0)
        return;
    /* Nobody there. Told as an event of its own, once this one is over. */
    story(w, index, "cannot dial peer %u", failed.server);
    w->registrar[index].dials_failed |= 1u << failed.server;
}

static void carry_out_send(struct world *w, uint32_t index, const struct effect *effect,
                           uint32_t connection)
{
    const uint8_t *bytes = w->effects.bytes + effect->offset;

    story(w, index, "sends %s (%u bytes) on channel %u",
          effect->channel >= ENRP_CHANNEL_FIRST ? enrp_message_name(bytes[0])
                                                : asap_message_name(bytes[0]),
          effect->length, effect->channel);
    trace(w, DUE_SEGMENT, index, effect->channel);
    trace_bytes(w, bytes, effect->length);
    if (connection > 0)
        network_send(w, connection - 1u, side_of(w, connection - 1u, index), bytes, effect->length);
}

static void carry_out_close(struct world *w, uint32_t index, const struct effect *effect,
                            uint32_t connection)
{
    story(w, index, "closes channel %u, reason %u", effect->channel, effect->code);
    if (connection == 0)
        return;
    *place_of(&w->registrar[index], effect->channel) = 0;
    network_close(w, connection - 1u, side_of(w, connection - 1u, index));
}

/* The audit log is on a disk that may be slow: records wait, and nothing else does. */
static void carry_out_audit(struct world *w, uint32_t index, const struct effect *effect)
{
    struct registrar_node *r = &w->registrar[index];

    story(w, index, "audit %u, subject %#x, identity %u", effect->code, effect->subject,
          effect->identity);
    trace(w, effect->code, index, effect->subject);
    w->figures->audits++;
    if (w->slow_disk && chance_below(&w->disk, 4u) != 0) {
        r->audits_waiting++;
        w->figures->faults[FAULT_SLOW_DISK]++;
    } else {
        r->audits_waiting = 0;
    }
}

static void carry_out(struct world *w, uint32_t index, const struct effect *effect)
{
    uint32_t connection = connection_at(&w->registrar[index], effect->channel);

    if (effect->kind == EFFECT_SEND)
        carry_out_send(w, index, effect, connection);
    else if (effect->kind == EFFECT_CLOSE)
        carry_out_close(w, index, effect, connection);
    else if (effect->kind == EFFECT_CONNECT)
        carry_out_connect(w, index, effect);
    else if (effect->kind == EFFECT_AUDIT)
        carry_out_audit(w, index, effect);
    else if (effect->kind == EFFECT_BEGIN_ANEW)
        w->registrar[index].anew = 1;
}

/* ---- events ---- */

/* A registrar that stood still for so long that its peers take it for dead may have been taken over: it does nothing
 * with what it remembers. */
static void check_fenced(struct world *w, uint32_t index, uint64_t now)
{
    struct registrar_node *r = &w->registrar[index];
    const struct enrp_configuration *c = &w->enrp_configuration;
    uint64_t patience = (uint64_t)c->max_time_last_heard + c->max_time_no_response;

    if (now > r->last_step + patience && !r->anew)
        violation(w, "registrar %u goes on though it stood still for %u ms", index,
                  (uint32_t)(now - r->last_step));
    r->last_step = now;
}

static void step(struct world *w, uint32_t index, struct registrar_event *event,
                 const uint8_t *bytes)
{
    struct registrar_node *r = &w->registrar[index];

    event->now = local_time(&w->node[index], w->now);
    event->random = chance_word(&w->core);
    effects_clear(&w->effects);
    enrp_step(r->group, r->registrar, w->rules, event, bytes, &w->effects);
    w->events++;
    if (w->effects.count > EFFECTS_MAX || w->effects.bytes_used > EFFECTS_BYTES_MAX) {
        violation(w, "registrar %u: more effects than there may be", index);
        return;
    }
    for (uint32_t i = 0; i < w->effects.count; i++)
        carry_out(w, index, &w->effects.effect[i]);
    r->more = w->effects.more;
    check_fenced(w, index, event->now);
    oracle_registrar_stepped(w, index);
}

static void tell_failed_dials(struct world *w, uint32_t index)
{
    while (w->registrar[index].dials_failed != 0) {
        uint32_t server = (uint32_t)__builtin_ctz(w->registrar[index].dials_failed);
        struct registrar_event failed = {.kind = EVENT_CONNECT_FAILED, .server = server};
        w->registrar[index].dials_failed &= w->registrar[index].dials_failed - 1u;
        step(w, index, &failed, NULL);
    }
}

/* Fresh memory, as after a crash; nothing that was open stays. */
static void begin_anew(struct world *w, uint32_t index)
{
    story(w, index, "begins anew");
    w->figures->restarts++;
    network_node_gone(w, index, false);
    w->node[index].wake = SIM_NEVER;
    registrar_start(w, index);
}

void registrar_event_of(struct world *w, uint32_t index, struct registrar_event *event,
                        const uint8_t *bytes)
{
    struct registrar_node *r = &w->registrar[index];

    r->begun = 0;
    step(w, index, event, bytes);
    tell_failed_dials(w, index);
    if (r->anew) {
        begin_anew(w, index);
        return;
    }
    schedule_wake(w, index, r->more ? 0 : enrp_next_deadline(r->group, r->registrar));
}

void registrar_wake(struct world *w, uint32_t index)
{
    struct registrar_event tick = {.kind = EVENT_TICK};
    struct node *n = &w->node[index];

    n->spins = n->last_wake == w->now ? n->spins + 1u : 0;
    n->last_wake = w->now;
    if (n->spins > SPINS_MAX)
        violation(w, "registrar %u: its work does not end", index);
    else
        registrar_event_of(w, index, &tick, NULL);
}

/* Lets the registrar do whatever time asks of it, so that what the next event changes is that event's doing. */
void registrar_settle(struct world *w, uint32_t index)
{
    struct registrar_event tick = {.kind = EVENT_TICK};

    for (uint32_t n = 0; n < 64u && !w->failed; n++)
        step(w, index, &tick, NULL);
}

static struct principal principal_of(const struct world *w, uint32_t node)
{
    return (struct principal){
        .identity = w->node[node].identity, .roles = ROLES_ALL, .address = node_address(node)};
}

static bool tell_opened(struct world *w, uint32_t connection, uint32_t side, uint32_t server)
{
    const struct connection *c = &w->connection[connection];
    uint32_t other = c->end[1u - side].node;

    if (!take_channel(w, connection, side))
        return false;
    struct registrar_event event = {.kind = EVENT_CHANNEL_OPENED,
                                    .channel = c->end[side].channel,
                                    .principal = principal_of(w, other),
                                    .server = server};
    story(w, c->end[side].node, "channel %u opened with node %u", event.channel, other);
    trace(w, DUE_OPENED, c->end[side].node, other);
    registrar_event_of(w, c->end[side].node, &event, NULL);
    return true;
}

bool registrar_accepted(struct world *w, uint32_t connection)
{
    return tell_opened(w, connection, 1, ENRP_NO_PEER);
}

void registrar_opened(struct world *w, uint32_t connection)
{
    if (!tell_opened(w, connection, 0, w->connection[connection].server)) {
        network_close(w, connection, 0);
        registrar_dial_failed(w, connection);
    }
}

void registrar_dial_failed(struct world *w, uint32_t connection)
{
    const struct connection *c = &w->connection[connection];
    struct registrar_event event = {.kind = EVENT_CONNECT_FAILED, .server = c->server};

    story(w, c->end[0].node, "cannot connect to node %u", c->end[1].node);
    registrar_event_of(w, c->end[0].node, &event, NULL);
}

void registrar_closed(struct world *w, uint32_t connection, uint32_t side)
{
    const struct connection_end *end = &w->connection[connection].end[side];
    struct registrar_event event = {.kind = EVENT_CHANNEL_CLOSED, .channel = end->channel};

    story(w, end->node, "channel %u is lost", end->channel);
    *place_of(&w->registrar[end->node], end->channel) = 0;
    registrar_event_of(w, end->node, &event, NULL);
}

/* What comes from somebody without the role changes nothing, whatever it says. */
static void take_without_role(struct world *w, uint32_t index, struct registrar_event *event,
                              const uint8_t *bytes)
{
    registrar_settle(w, index);
    uint64_t before = oracle_digest(w, index);
    if (w->registrar[index].anew) {
        begin_anew(w, index);
        return;
    }
    if (connection_at(&w->registrar[index], event->channel) == 0)
        return; /* closed meanwhile: nothing is handed over any more */
    registrar_event_of(w, index, event, bytes);
    if (oracle_digest(w, index) != before)
        violation(w, "registrar %u: changed by a channel without the role", index);
}

/* An impostor gets no element that is there, whether it is bound to its owner or, as a copy, to nobody. */
static void take_from_impostor(struct world *w, uint32_t index, struct registrar_event *event,
                               const uint8_t *bytes)
{
    bool before = oracle_has_first(w, index);

    registrar_event_of(w, index, event, bytes);
    if (before && !w->registrar[index].begun && !oracle_has_first(w, index))
        violation(w, "registrar %u: gave the first element to an impostor", index);
}

static bool from_impostor(const struct world *w, const struct connection *c)
{
    const struct node *n = &w->node[c->end[0].node];

    return n->kind == NODE_ELEMENT && w->element[n->index].impostor;
}

void registrar_message(struct world *w, uint32_t connection, uint32_t side, const uint8_t *bytes,
                       uint32_t length)
{
    const struct connection *c = &w->connection[connection];
    uint32_t index = c->end[side].node;
    struct registrar_event event = {
        .kind = EVENT_MESSAGE, .channel = c->end[side].channel, .length = length};

    trace(w, EVENT_MESSAGE, index, event.channel);
    trace_bytes(w, bytes, length);
    if (hostile_without_role(w, connection))
        take_without_role(w, index, &event, bytes);
    else if (from_impostor(w, c))
        take_from_impostor(w, index, &event, bytes);
    else
        registrar_event_of(w, index, &event, bytes);
}

/* ---- life ---- */

void registrar_start(struct world *w, uint32_t index)
{
    struct registrar_node *r = &w->registrar[index];
    struct enrp_configuration c = w->enrp_configuration;
    struct registrar_configuration rc = w->registrar_configuration;
    uint64_t key[2] = {chance_word(&w->core), chance_word(&w->core)};

    madvise(r->group, sizeof *r->group, MADV_DONTNEED);
    madvise(r->registrar, sizeof *r->registrar, MADV_DONTNEED);
    memset(r->enrp_connection, 0, sizeof r->enrp_connection);
    memset(r->asap_connection, 0, sizeof r->asap_connection);
    r->dials_failed = 0;
    r->anew = r->more = 0;
    r->begun = 1;
    r->last_step = local_time(&w->node[index], w->now);
    rc.server_identifier = r->server_identifier;
    c.server_count = w->configured;
    for (uint32_t i = 0; i < c.server_count; i++)
        c.server_identifier[i] =
            w->known_servers ? w->registrar[i < index ? i : i + 1u].server_identifier : 0;
    c.transport_length = r->transport_length;
    memcpy(c.transport, r->transport, r->transport_length);
    if (!enrp_configuration_valid(&c) || !registrar_configuration_valid(&rc)) {
        violation(w, "the configuration of registrar %u is not valid", index);
        return;
    }
    enrp_init(r->group, r->registrar, &c, &rc, (const uint8_t *)key,
              local_time(&w->node[index], w->now));
    story(w, index, "starts as %#x", r->server_identifier);
    schedule_wake(w, index, enrp_next_deadline(r->group, r->registrar));
}
