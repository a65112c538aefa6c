/* A world: made from a seed, run from one event to the next, healed, and looked at. See simulation.h. */
#include "simulation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "wire.h"
#include "wire_constants.h"

#define WELL_UNITS 12u /* so long all has to stay well */

uint32_t pool_handle_of(uint32_t pool, uint8_t handle[16])
{
    memcpy(handle, "pool-", 5);
    handle[5] = (uint8_t)('a' + pool);
    return 6u;
}

/* ---- the key file ---- */

static void identity(struct access_rules *rules, uint32_t number, uint8_t roles, const char *pools)
{
    struct access_identity *i = &rules->identity[number];

    i->name_length = (uint32_t)snprintf((char *)i->name, sizeof i->name, "identity-%u", number);
    i->roles = roles;
    if (pools != NULL) {
        i->pool_count = 1;
        i->pool[0].prefix = 1;
        i->pool[0].length = (uint32_t)strlen(pools);
        memcpy(i->pool[0].bytes, pools, i->pool[0].length);
    }
    if (rules->count <= number)
        rules->count = number + 1u;
}

static uint32_t element_identity(uint32_t index)
{
    return SIM_IDENTITY_ELEMENT + index % SIM_ELEMENT_IDENTITIES;
}

static void make_rules(struct world *w)
{
    madvise(w->rules, sizeof *w->rules, MADV_DONTNEED);
    for (uint32_t r = 0; r < w->registrars; r++) {
        identity(w->rules, r, ROLE_REGISTRAR, NULL);
        access_grant_server(w->rules, r, w->registrar[r].server_identifier);
    }
    identity(w->rules, SIM_IDENTITY_USER, ROLE_POOL_USER, NULL);
    identity(w->rules, SIM_IDENTITY_HOSTILE_ELEMENT, ROLE_POOL_ELEMENT | ROLE_POOL_USER, "other-");
    identity(w->rules, SIM_IDENTITY_HOSTILE_REGISTRAR, ROLE_REGISTRAR, NULL);
    identity(w->rules, SIM_IDENTITY_IMPOSTOR, ROLE_POOL_ELEMENT, "pool-");
    for (uint32_t h = 0; h < w->hostiles; h++)
        w->rules->identity[SIM_IDENTITY_HOSTILE_REGISTRAR].server_identifier =
            w->hostile[h].server_identifier;
    for (uint32_t i = 0; i < w->elements && i < SIM_ELEMENT_IDENTITIES; i++)
        identity(w->rules, element_identity(i), ROLE_POOL_ELEMENT, "pool-");
}

/* ---- nodes ---- */

static void make_clock(struct world *w, struct node *n, int32_t ppm)
{
    n->clock.base = 1000000u + chance_below(&w->chance, 1000000000u);
    n->clock.true_base = w->now;
    n->clock.ppm = (int32_t)chance_below(&w->chance, (uint32_t)ppm * 2u + 1u) - ppm;
}

static void make_nodes(struct world *w)
{
    static const int32_t skews[] = {0, 200, 200, 20000};
    int32_t ppm = skews[chance_below(&w->chance, 4u)];
    uint32_t counts[] = {w->registrars, w->elements, w->users, w->hostiles};

    w->nodes = 0;
    for (uint8_t kind = 0; kind < 4u; kind++)
        for (uint32_t i = 0; i < counts[kind]; i++) {
            struct node *n = &w->node[w->nodes++];
            n->kind = kind;
            n->index = i;
            n->state = NODE_DOWN;
            n->wake = SIM_NEVER;
            make_clock(w, n, ppm);
        }
}

static void make_transport(struct registrar_node *r, uint32_t node)
{
    struct ip_address address = node_address(node);
    uint8_t *t = r->transport;
    const uint8_t tlv[] = {0, PARAMETER_SCTP_TRANSPORT, 0, 16, 0x26, 0xad, 0, 0,
                           0, PARAMETER_IPV4_ADDRESS,   0, 8};

    memcpy(t, tlv, sizeof tlv);
    memcpy(t + sizeof tlv, address.bytes, 4);
    r->transport_length = sizeof tlv + 4u;
}

static void make_registrars(struct world *w)
{
    for (uint32_t r = 0; r < w->registrars; r++) {
        w->node[r].identity = r;
        w->registrar[r].server_identifier = (uint32_t)chance_between(&w->chance, 1u, UINT32_MAX);
        make_transport(&w->registrar[r], r);
    }
}

static void make_element(struct world *w, uint32_t index)
{
    struct element_node *e = &w->element[index];
    struct pool_element_description *d = &e->description;
    uint32_t node = w->registrars + index;
    uint32_t described = index;

    e->impostor = index > 0 && w->impostors > 0 && index + w->impostors >= w->elements;
    e->guest = !e->impostor && index + w->impostors + w->guests >= w->elements;
    e->wanted = !e->guest;
    if (e->impostor)
        described = 0;
    e->pool = described % w->pools;
    d->handle_length = pool_handle_of(e->pool, d->handle);
    d->pe_identifier = element_identifier(w, described);
    d->registration_life = w->timers->registration_life;
    d->transport_type = PARAMETER_TCP_TRANSPORT;
    d->transport_port = 80;
    d->address_count = 1;
    d->address[0] = node_address(node);
    d->policy_type = POLICY_WEIGHTED_ROUND_ROBIN;
    d->policy_value_count = 1;
    d->policy_value[0] = 1u;
    w->node[node].identity = !e->impostor        ? element_identity(index)
                             : w->seed % 2u == 0 ? SIM_IDENTITY_IMPOSTOR
                                                 : SIM_IDENTITY_HOSTILE_ELEMENT;
}

static void make_others(struct world *w)
{
    uint32_t node = w->registrars + w->elements;

    for (uint32_t i = 0; i < w->users; i++)
        w->node[node++].identity = SIM_IDENTITY_USER;
    for (uint32_t i = 0; i < w->hostiles; i++) {
        struct hostile_node *h = &w->hostile[i];
        h->kind = (uint8_t)((i + w->seed) % HOSTILE_KINDS);
        h->server_identifier = (uint32_t)(w->seed * 2246822519u) | 1u;
        w->node[node++].identity = h->kind == HOSTILE_ELEMENT_ON_ENRP
                                       ? SIM_IDENTITY_HOSTILE_ELEMENT
                                       : SIM_IDENTITY_HOSTILE_REGISTRAR;
    }
}

/* ---- what the seed says ---- */

static uint32_t given_or(uint32_t given, uint64_t drawn)
{
    return given > 0 ? given : (uint32_t)drawn;
}

static void draw_sizes(struct world *w)
{
    const struct options *o = w->options;
    struct chance *c = &w->chance;

    w->registrars = given_or(o->registrars, chance_between(c, 2u, 5u));
    w->elements = given_or(o->elements, chance_between(c, 5u, 30u));
    w->users = given_or(o->users, chance_between(c, 0, 2u));
    w->pools = (uint32_t)chance_between(c, 1u, SIM_POOLS_MAX);
    w->guests = chance_below(c, 3u) == 0 ? 1u + chance_below(c, w->elements / 4u + 1u) : 0;
    w->impostors = chance_below(c, 4u) == 0 ? 1u : 0;
    w->hostiles = chance_below(c, 3u) == 0 ? 1u + chance_below(c, SIM_HOSTILES_MAX) : 0;
    w->known_servers = chance_below(c, 3u) != 0;
    w->servers_bound = chance_below(c, 4u) != 0;
    w->latency = 1u + chance_below(c, w->timers->unit / 20u);
    if (w->latency > 200u)
        w->latency = 200u;
    w->duplicates = chance_below(c, 2u) == 0 ? chance_below(c, 1000u) : 0;
    w->late = chance_below(c, 3u) == 0 ? chance_below(c, 50u) : 0;
    w->slow_disk = chance_below(c, 3u) == 0;
    w->configured = chance_below(c, 4u) != 0 ? w->registrars - 1u
                                             : (uint32_t)chance_between(c, 1u, w->registrars - 1u);
}

static void draw_faults(struct world *w)
{
    uint32_t intensity = 2u + chance_below(&w->chance, 4u);

    for (uint32_t kind = 0; kind < FAULT_DUPLICATE; kind++) {
        bool on = chance_below(&w->chance, 3u) != 0;
        uint64_t mean = chance_between(&w->chance, 8u, 16u) << chance_below(&w->chance, intensity);
        w->fault_mean[kind] = on ? mean * w->timers->unit : 0;
    }
    if (w->hostiles > 0)
        w->fault_mean[FAULT_HOSTILE] = 30u * (uint64_t)w->timers->unit;
    if (w->guests > 0)
        w->fault_mean[FAULT_GUESTS] = 30u * (uint64_t)w->timers->unit;
}

/* Registrars stand still, or do not hear one another, and nothing else. */
static void calm_down(struct world *w)
{
    for (uint32_t kind = 0; kind < FAULT_DUPLICATE; kind++)
        if (kind != FAULT_STALL && kind != FAULT_CUT && kind != FAULT_CUT_ONE_WAY &&
            kind != FAULT_ISOLATE)
            w->fault_mean[kind] = 0;
    w->guests = w->impostors = w->hostiles = w->late = 0;
}

static void draw_configuration(struct world *w)
{
    w->registrar_configuration = w->timers->registrar;
    w->registrar_configuration.pool_capacity = w->pools + 2u;
    w->registrar_configuration.element_capacity =
        w->guests > 0 ? w->elements - w->guests + chance_below(&w->chance, w->guests)
                      : w->elements + 8u;
    if (w->hostiles > 0)
        w->registrar_configuration.element_capacity += 8u;
    w->enrp_configuration = w->timers->enrp;
    w->enrp_configuration.literal = w->options->literal;
    w->enrp_configuration.identities_bound = w->servers_bound;
    w->enrp_configuration.arbitration = (uint8_t)chance_below(&w->chance, 2u);
}

/* ---- running ---- */

static void start_all(struct world *w)
{
    for (uint32_t n = 0; n < w->nodes; n++)
        if (w->node[n].kind != NODE_HOSTILE)
            node_start(w, n);
}

static void take(struct world *w, const struct due *due)
{
    switch (due->kind) {
    case DUE_WAKE:
        node_wake(w, due->a);
        break;
    case DUE_FAULT:
    case DUE_MEND:
        faults_due(w, due);
        break;
    case DUE_APPLICATION:
        node_application(w, due->a);
        break;
    case DUE_SAMPLE:
        oracle_sample(w);
        schedule(w, w->now + w->timers->unit / 2u, DUE_SAMPLE, 0, 0);
        break;
    case DUE_HEAL:
        faults_heal(w);
        break;
    default:
        network_due(w, due);
        break;
    }
}

static bool over(const struct world *w)
{
    return w->failed || (w->healed && w->converged_at != SIM_NEVER &&
                         w->now >= w->converged_at + (uint64_t)WELL_UNITS * w->timers->unit);
}

static void run(struct world *w)
{
    struct due due;

    while (!over(w) && queue_take(&w->queue, &due)) {
        w->now = due.time;
        take(w, &due);
    }
}

static void make(struct world *w, uint64_t seed, const struct options *o, struct figures *f)
{
    w->seed = seed;
    w->options = o;
    w->figures = f;
    w->timers = o->rfc_timers ? timers_rfc() : timers_fast();
    w->now = 1000u;
    w->hash = 0xcbf29ce484222325u;
    w->chance.state = seed * 0xd1342543de82ef95u + 0x632be59bd9b4e019u;
    w->chance.state = chance_word(&w->chance) ^ seed;
    w->core.state = chance_word(&w->chance);
    w->disk.state = chance_word(&w->chance);
    w->converged_at = SIM_NEVER;
    w->dead = SIM_NONE;
    w->queue.count = 0;
    w->queue.order = 0;
    draw_sizes(w);
    draw_faults(w);
    w->calm = o->calm || chance_below(&w->chance, 4u) == 0;
    if (w->calm)
        calm_down(w);
    draw_configuration(w);
    make_nodes(w);
    make_registrars(w);
    for (uint32_t i = 0; i < w->elements; i++)
        make_element(w, i);
    make_others(w);
    make_rules(w);
}

/* Pages that are zero again: what stays are the mappings and the room of the queue. */
static void clear(struct world *w)
{
    struct queue queue = w->queue;
    struct world_maps maps = w->maps;

    madvise(maps.connection, SIM_CONNECTIONS_MAX * sizeof *maps.connection, MADV_DONTNEED);
    madvise(w, sizeof *w, MADV_DONTNEED);
    w->queue = queue;
    w->maps = maps;
    w->connection = maps.connection;
    w->rules = maps.rules;
    for (uint32_t i = 0; i < SIM_REGISTRARS_MAX; i++) {
        w->registrar[i].group = maps.group[i];
        w->registrar[i].registrar = maps.registrar[i];
    }
    for (uint32_t i = 0; i < SIM_USERS_MAX; i++)
        w->user[i].machine = maps.user[i];
}

static void *map(size_t size)
{
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (pages == MAP_FAILED)
        abort();
    return pages;
}

struct world *world_new(void)
{
    struct world *w = map(sizeof *w);

    w->maps.connection = map(SIM_CONNECTIONS_MAX * sizeof *w->maps.connection);
    w->maps.rules = map(sizeof *w->maps.rules);
    for (uint32_t i = 0; i < SIM_REGISTRARS_MAX; i++) {
        w->maps.group[i] = map(sizeof *w->maps.group[i]);
        w->maps.registrar[i] = map(sizeof *w->maps.registrar[i]);
    }
    for (uint32_t i = 0; i < SIM_USERS_MAX; i++)
        w->maps.user[i] = map(sizeof *w->maps.user[i]);
    return w;
}

void world_free(struct world *w)
{
    free(w->queue.heap);
    munmap(w, sizeof *w);
}

bool world_run(struct world *w, uint64_t seed, const struct options *o, struct figures *f)
{
    clear(w);
    make(w, seed, o, f);
    start_all(w);
    faults_begin(w);
    uint64_t units = given_or(o->units, chance_between(&w->chance, 40u, 240u));
    schedule(w, w->now + units * w->timers->unit, DUE_HEAL, 0, 0);
    faults_storm(w, w->now + units * w->timers->unit);
    schedule(w, w->now, DUE_SAMPLE, 0, 0);
    run(w);
    oracle_finish(w);
    network_clear(w);
    f->worlds++;
    f->failed += w->failed ? 1u : 0u;
    f->events += w->events;
    f->simulated_ms += w->now;
    return !w->failed;
}
