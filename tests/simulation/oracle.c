/* What must hold: see simulation.h.
 *
 * After every step of a registrar what is cheap to see; at every sample the validity of one registrar's handlespace,
 * recomputed checksums, and which live elements nobody serves; after healing whether all is well, and in time. */
#include "simulation.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "handlespace_check.h"

/* Where the home stands in an encoded Pool Element parameter (RFC 5354, 3.8): it alone may differ between copies. */
#define HOME_FIRST 8u
#define HOME_END 12u

/* ---- after every step ---- */

void oracle_registrar_stepped(struct world *w, uint32_t index)
{
    const struct registrar_node *r = &w->registrar[index];
    const struct handlespace *h = &r->registrar->handlespace;
    const struct registrar_books *b = &r->registrar->books;

    if (b->counters.effects_dropped > 0 || r->group->counters.effects_dropped > 0)
        violation(w, "registrar %u: effects were dropped", index);
    if (h->element_count > b->configuration.element_capacity ||
        h->pool_count > b->configuration.pool_capacity)
        violation(w, "registrar %u: more elements or pools than its capacity", index);
}

/* Of everything that only somebody with the role may change. */
uint64_t oracle_digest(const struct world *w, uint32_t index)
{
    const struct registrar_node *r = &w->registrar[index];
    const struct handlespace *h = &r->registrar->handlespace;
    uint64_t digest = 0;

    for (uint32_t e = 0; e < h->element_used; e++) {
        if (!place_used(&h->element_chains, e))
            continue;
        const struct handlespace_element *x = &h->element[e];
        uint64_t word = ((uint64_t)x->pe_identifier << 32 | x->home) ^ (uint64_t)x->identity << 17 ^
                        (uint64_t)x->parameter_length << 9 ^ x->pool;
        for (uint32_t i = 0; i < x->parameter_length; i++)
            word = word * 31u + h->parameter[e].bytes[i];
        digest = digest * 0x100000001b3u + word;
    }
    for (uint32_t p = 0; p < ENRP_PEERS_MAX; p++) {
        const struct enrp_peer *peer = &r->group->peers.peer[p];
        digest = digest * 0x100000001b3u +
                 ((uint64_t)peer->server_identifier << 24 | (uint64_t)peer->checksum << 8 |
                  peer->state) +
                 peer->last_heard;
    }
    return digest * 31u + r->group->takeover.target + h->element_count;
}

/* ---- samples ---- */

static void check_one(struct world *w, uint32_t index)
{
    const struct handlespace *h = &w->registrar[index].registrar->handlespace;

    if (!pools_fit(h) || !elements_fit(h))
        violation(w, "registrar %u: its handlespace is not valid", index);
    if (enrp_checksum_of(h, h->own_server) != handlespace_checksum(h))
        violation(w, "registrar %u: its checksum is not the recomputed one", index);
}

/* The element of the world that has this PE identifier; SIM_NONE: none has. */
static uint32_t element_of(const struct world *w, uint32_t identifier)
{
    uint32_t index = identifier & 0xffffu;

    return index < w->elements && element_identifier(w, index) == identifier ? index : SIM_NONE;
}

bool oracle_serves(const struct world *w, uint32_t registrar)
{
    return w->node[registrar].state == NODE_RUNNING && enrp_serving(w->registrar[registrar].group);
}

static bool live(const struct world *w, uint32_t index)
{
    const struct element_node *e = &w->element[index];

    return w->node[w->registrars + index].state == NODE_RUNNING && e->wanted && !e->impostor;
}

/* Marks which registrars, as bits, hold an element. */
static void mark_held(struct world *w)
{
    for (uint32_t i = 0; i < w->elements; i++)
        w->element[i].held = 0;
    for (uint32_t r = 0; r < w->registrars; r++) {
        const struct handlespace *h = &w->registrar[r].registrar->handlespace;
        if (!oracle_serves(w, r))
            continue;
        for (uint32_t e = 0; e < h->element_used; e++) {
            uint32_t index = place_used(&h->element_chains, e)
                                 ? element_of(w, h->element[e].pe_identifier)
                                 : SIM_NONE;
            if (index != SIM_NONE)
                w->element[index].held |= (uint16_t)(1u << r);
        }
    }
}

/* A registrar that serves, and can be talked to: whoever is not there now is missed. */
static bool in_reach(const struct world *w, uint32_t index)
{
    uint32_t node = w->registrars + index;

    for (uint32_t r = 0; r < w->registrars; r++)
        if (oracle_serves(w, r) && !network_cut(w, node, r) && !network_cut(w, r, node))
            return true;
    return false;
}

/* Whether the element has a home that serves and can be talked to, and is at peace with it. */
static bool home_in_reach(const struct world *w, uint32_t index)
{
    uint32_t node = w->registrars + index;
    uint32_t home = element_home(w, index);

    return w->element[index].machine.phase == PE_REGISTERED && home != SIM_NONE &&
           oracle_serves(w, home) && !network_cut(w, node, home) && !network_cut(w, home, node);
}

static void end_of_loss(struct world *w, uint32_t index)
{
    struct element_node *e = &w->element[index];
    struct figures *f = w->figures;
    uint64_t time = w->now - e->lost_since;

    if (e->lost_since == SIM_NEVER)
        return;
    e->lost_since = SIM_NEVER;
    f->lost_elements++;
    f->lost_ms += time;
    if (time > w->timers->element.t4_ms / 2u)
        f->lost_long++;
    if (w->calm && time > (uint64_t)w->timers->lost_units * w->timers->unit)
        violation(w, "element %u was lost for %u ms", index, (uint32_t)time);
    if (time > f->lost_max) {
        f->lost_max = time;
        f->lost_max_seed = w->seed;
    }
    if (time >= w->timers->unit)
        story(w, w->registrars + index, "was lost for %u ms", (uint32_t)time);
}

static void look_for(struct world *w, uint32_t index)
{
    struct element_node *e = &w->element[index];

    if (!live(w, index) || !e->once || e->machine.phase == PE_IDLE || !in_reach(w, index) ||
        e->held != 0)
        end_of_loss(w, index);
    else if (e->lost_since == SIM_NEVER) {
        bool home = home_in_reach(w, index);
        story(w, w->registrars + index, "is lost: no registrar has it%s",
              home ? ", not even its home, which serves" : "");
        e->lost_since = w->now;
        w->figures->lost_at_home += home ? 1u : 0u;
        if (home && w->calm && !w->options->literal)
            violation(w, "element %u is lost, and its home serves", index);
    }
}

/* ---- is all well? ---- */

static bool __attribute__((format(printf, 2, 3))) not_well(struct world *w, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(w->why, sizeof w->why, format, arguments);
    va_end(arguments);
    return false;
}

static bool is_configured_peer(const struct world *w, uint32_t index, uint32_t server_identifier)
{
    for (uint32_t i = 0; i < w->registrars; i++)
        if (i != index && w->registrar[i].server_identifier == server_identifier)
            return true;
    return false;
}

/* A configured registrar that is dead, and has never said who it is. */
static bool is_nameless(const struct world *w, const struct enrp_peer *p)
{
    return w->dead != SIM_NONE && p->configured && p->server_identifier == 0;
}

static bool peers_well(struct world *w, uint32_t index)
{
    const struct enrp_peers *l = &w->registrar[index].group->peers;
    uint32_t active = 0;

    for (uint32_t p = 0; p < ENRP_PEERS_MAX; p++) {
        if (l->peer[p].state == ENRP_PEER_FREE || is_nameless(w, &l->peer[p]))
            continue;
        if (!is_configured_peer(w, index, l->peer[p].server_identifier))
            return not_well(w, "registrar %u has the peer %#x, state %u, that is not there", index,
                            l->peer[p].server_identifier, l->peer[p].state);
        active += l->peer[p].state == ENRP_PEER_ACTIVE ? 1u : 0u;
    }
    return active + (w->dead != SIM_NONE ? 2u : 1u) == w->registrars ||
           not_well(w, "registrar %u has %u active peers", index, active);
}

static bool registrar_well(struct world *w, uint32_t index)
{
    const struct enrp_group *g = w->registrar[index].group;

    if (!oracle_serves(w, index))
        return not_well(w, "registrar %u does not serve", index);
    if (g->takeover.active)
        return not_well(w, "registrar %u: takeover under way", index);
    for (uint32_t i = 0; i < ENRP_PEERS_MAX; i++)
        if (g->rehome[i].from != 0)
            return not_well(w, "registrar %u: elements on their way to another home", index);
    return peers_well(w, index);
}

static uint32_t place_in(const struct world *w, uint32_t registrar, uint32_t index)
{
    const struct handlespace *h = &w->registrar[registrar].registrar->handlespace;
    uint8_t handle[16];
    uint32_t length = pool_handle_of(w->element[index].pool, handle);
    uint32_t pool = handlespace_find_pool(h, handle, length);

    return pool == HANDLESPACE_NONE
               ? SIM_NONE
               : handlespace_find_element(h, pool, element_identifier(w, index));
}

/* Whether the first element, which impostors are after, is there, and as its owner registered it: with its address. The
 * whole address parameter is looked for: the bytes of the address alone may stand elsewhere by chance. */
bool oracle_has_first(const struct world *w, uint32_t registrar)
{
    const struct handlespace *h = &w->registrar[registrar].registrar->handlespace;
    struct ip_address address = node_address(w->registrars);
    uint8_t parameter[8] = {0x00, 0x01, 0x00, 0x08};
    uint32_t at = place_in(w, registrar, 0);

    memcpy(parameter + 4, address.bytes, 4);
    return at != SIM_NONE && memmem(h->parameter[at].bytes, h->element[at].parameter_length,
                                    parameter, sizeof parameter) != NULL;
}

static bool same_parameter(const struct handlespace *a, uint32_t ea, const struct handlespace *b,
                           uint32_t eb)
{
    uint32_t length = a->element[ea].parameter_length;
    const uint8_t *x = a->parameter[ea].bytes;
    const uint8_t *y = b->parameter[eb].bytes;

    return length == b->element[eb].parameter_length && length > HOME_END &&
           memcmp(x, y, HOME_FIRST) == 0 &&
           memcmp(x + HOME_END, y + HOME_END, length - HOME_END) == 0;
}

/* The copy that `registrar` has of an element whose home is `home`, where it is at `at`. */
static bool copy_well(struct world *w, uint32_t registrar, uint32_t index, uint32_t home,
                      uint32_t at)
{
    const struct handlespace *h = &w->registrar[registrar].registrar->handlespace;
    const struct handlespace *original = &w->registrar[home].registrar->handlespace;
    uint32_t e = place_in(w, registrar, index);

    if (e == SIM_NONE)
        return not_well(w, "element %u is missing at registrar %u", index, registrar);
    if (h->element[e].home != w->registrar[home].server_identifier)
        return not_well(w, "element %u: registrar %u takes %#x for its home, not %#x", index,
                        registrar, h->element[e].home, w->registrar[home].server_identifier);
    if (!same_parameter(h, e, original, at))
        return not_well(w, "element %u: registrar %u has another parameter than its home", index,
                        registrar);
    return registrar == home || h->element[e].identity == IDENTITY_UNBOUND ||
           not_well(w, "element %u: bound at registrar %u, which is not its home", index,
                    registrar);
}

static bool element_well(struct world *w, uint32_t index)
{
    const struct element_node *e = &w->element[index];
    uint32_t home = element_home(w, index);

    if (!e->once || e->machine.phase == PE_IDLE || home == SIM_NONE)
        return not_well(w, "element %u is not registered", index);
    const struct handlespace *h = &w->registrar[home].registrar->handlespace;
    uint32_t at = place_in(w, home, index);
    if (at == SIM_NONE)
        return not_well(w, "element %u is missing at its home %u", index, home);
    if (h->element[at].identity != w->node[w->registrars + index].identity)
        return not_well(w, "element %u is not bound to its identity at its home", index);
    if (h->element[at].channel == HANDLESPACE_NO_CHANNEL)
        return not_well(w, "element %u has no channel at its home", index);
    for (uint32_t r = 0; r < w->registrars; r++)
        if (r != w->dead && !copy_well(w, r, index, home, at))
            return false;
    return true;
}

static bool checksums_well(struct world *w)
{
    for (uint32_t a = 0; a < w->registrars; a++)
        for (uint32_t b = 0; b < w->registrars; b++)
            if (a != w->dead && b != w->dead &&
                enrp_checksum_of(&w->registrar[b].registrar->handlespace,
                                 w->registrar[a].server_identifier) !=
                    handlespace_checksum(&w->registrar[a].registrar->handlespace))
                return not_well(w, "registrar %u has another checksum of %u", b, a);
    return true;
}

static bool all_well(struct world *w)
{
    uint32_t alive = 0;

    for (uint32_t r = 0; r < w->registrars; r++)
        if (r != w->dead && !registrar_well(w, r))
            return false;
    for (uint32_t i = 0; i < w->elements; i++) {
        if (!live(w, i) || w->element[i].poisoned)
            continue;
        alive++;
        if (!element_well(w, i))
            return false;
    }
    for (uint32_t r = 0; r < w->registrars; r++)
        if (r != w->dead && w->registrar[r].registrar->handlespace.element_count != alive)
            return not_well(w, "registrar %u has %u elements, %u live", r,
                            w->registrar[r].registrar->handlespace.element_count, alive);
    return checksums_well(w);
}

static void look_whether_well(struct world *w)
{
    bool well = all_well(w);

    if (well && w->converged_at == SIM_NEVER) {
        story(w, SIM_NONE, "all is well");
        w->converged_at = w->now;
    } else if (!well && w->converged_at != SIM_NEVER) {
        story(w, SIM_NONE, "no longer well: %s", w->why);
        w->converged_at = SIM_NEVER;
    }
    if (!well && w->now > w->heal_time + (uint64_t)w->timers->bound_units * w->timers->unit) {
        w->figures->unconverged++;
        violation(w, "not well in time after healing: %s", w->why);
    }
}

void oracle_sample(struct world *w)
{
    uint32_t one = (uint32_t)(w->now / (w->timers->unit / 2u + 1u)) % w->registrars;

    if (w->node[one].state != NODE_DOWN)
        check_one(w, one);
    mark_held(w);
    for (uint32_t i = 0; i < w->elements; i++)
        look_for(w, i);
    if (w->healed)
        look_whether_well(w);
}

static void add_counters(struct figures *f, const struct enrp_counters *c)
{
    f->takeovers += c->takeovers_done;
    f->yielded += c->elements_yielded;
    f->contested += c->elements_contested;
    f->purged += c->elements_purged;
    f->tables += c->tables_fetched;
}

void oracle_finish(struct world *w)
{
    for (uint32_t i = 0; i < w->elements; i++)
        end_of_loss(w, i);
    for (uint32_t r = 0; r < w->registrars; r++) {
        add_counters(w->figures, &w->registrar[r].group->counters);
        if (!w->failed && !handlespace_check(&w->registrar[r].registrar->handlespace))
            violation(w, "registrar %u: its handlespace is not valid at the end", r);
    }
    for (uint32_t i = 0; i < w->elements; i++)
        w->figures->poisoned += live(w, i) && w->element[i].poisoned ? 1u : 0u;
    if (w->converged_at != SIM_NEVER && w->figures->samples < FIGURE_SAMPLES)
        w->figures->converged[w->figures->samples++] = w->converged_at - w->heal_time;
}
