/* Elements changing their home together (enrp_rehome.h). */
#include "enrp_rehome.h"

#include "registrar_books.h"
#include "registrar_home.h"

void enrp_rehome_begin(struct enrp_group *g, uint32_t from, uint32_t to)
{
    /*@ loop invariant range: 0 <= i <= ENRP_PEERS_MAX;
        loop assigns i;
        loop variant ENRP_PEERS_MAX - i;
    */
    for (uint32_t i = 0u; i < ENRP_PEERS_MAX; i++) {
        if (g->rehome[i].from == 0u) {
            g->rehome[i].from = from;
            g->rehome[i].to = to;
            g->rehome[i].next = 0u;
            return;
        }
    }
}

/* The first job is done. */
/*@ requires group: \valid(g) && valid_group(g);
    terminates \true;
    exits \false;
    assigns g->rehome[0 .. ENRP_PEERS_MAX - 1];
    ensures group: valid_group(g);
*/
static void next_job(struct enrp_group *g)
{
    /*@ loop invariant range: 0 <= i <= ENRP_PEERS_MAX - 1;
        loop assigns i, g->rehome[0 .. ENRP_PEERS_MAX - 1];
        loop variant ENRP_PEERS_MAX - i;
    */
    for (uint32_t i = 0u; i + 1u < ENRP_PEERS_MAX; i++) {
        g->rehome[i] = g->rehome[i + 1u];
    }
    g->rehome[ENRP_PEERS_MAX - 1u].from = 0u;
}

/* Move one element, if it is one of those. */
/*@ requires group: \valid(g) && valid_group(g);
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, r);
    terminates \true;
    assigns g->counters.elements_taken, r->handlespace;
    ensures group: valid_group(g);
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
static void move(struct enrp_group *g, struct registrar *r, uint32_t element, uint64_t now)
{
    struct handlespace *h = &r->handlespace;
    const struct enrp_rehome *job = &g->rehome[0];

    if (!handlespace_element_in_use(h, element) || h->element[element].home != job->from) {
        return;
    }
    if (job->to == g->own_server) {
        registrar_count(&g->counters.elements_taken);
        //@ assert untouched: valid_handlespace(h);
        registrar_adopt(&r->books, h, element, now, g->configuration.takeover_grace);
    } else {
        handlespace_set_home(h, element, job->to);
    }
}

void enrp_rehome_work(struct enrp_group *g, struct registrar *r, uint64_t now)
{
    struct enrp_rehome *job = &g->rehome[0];

    if (job->from == 0u) {
        return;
    }
    /*@ loop invariant range: 0 <= i <= ENRP_REHOME_SLICE;
        loop invariant group: valid_group(g);
        loop invariant handlespace: valid_handlespace(&r->handlespace);
        loop assigns i, g->counters.elements_taken, g->rehome[0].next, r->handlespace;
        loop variant ENRP_REHOME_SLICE - i;
    */
    for (uint32_t i = 0u; i < ENRP_REHOME_SLICE && job->next < r->handlespace.element_used; i++) {
        move(g, r, job->next, now);
        job->next++;
    }
    if (job->next >= r->handlespace.element_used) {
        next_job(g);
    }
}

void enrp_scavenge_begin(struct enrp_group *g)
{
    g->scavenge_next = 0u;
}

/* Remove an element: all that is written is the handlespace. */
/*@ requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns *h;
    ensures handlespace: valid_handlespace(h);
*/
static void purge(struct handlespace *h, uint32_t element)
{
    handlespace_remove_element(h, element);
}

/* Remove one element, if its home is neither we nor in the peer list. */
/*@ requires group: \valid(g) && valid_group(g);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires apart: \separated(g, h);
    terminates \true;
    assigns g->counters.elements_purged, *h;
    ensures group: valid_group(g);
    ensures handlespace: valid_handlespace(h);
    ensures ours_stay: \old(handlespace_element_used(h, element) && h->element[element].home == g->own_server) ==>
      handlespace_element_used(h, element);
*/
static void purge_homeless(struct enrp_group *g, struct handlespace *h, uint32_t element)
{
    if (handlespace_element_in_use(h, element) && h->element[element].home != g->own_server &&
        enrp_peers_find(&g->peers, h->element[element].home) == ENRP_NO_PEER) {
        registrar_count(&g->counters.elements_purged);
        //@ assert counted: valid_handlespace(h);
        purge(h, element);
    }
}

void enrp_scavenge(struct enrp_group *g, struct handlespace *h)
{
    /*@ loop invariant range: 0 <= i <= ENRP_REHOME_SLICE;
        loop invariant group: valid_group(g);
        loop invariant handlespace: valid_handlespace(h);
        loop assigns i, g->counters.elements_purged, g->scavenge_next, *h;
        loop variant ENRP_REHOME_SLICE - i;
    */
    for (uint32_t i = 0u; i < ENRP_REHOME_SLICE && g->scavenge_next < h->element_used; i++) {
        const uint32_t e = g->scavenge_next;

        g->scavenge_next = e + 1u;
        //@ assert untouched: valid_handlespace(h);
        purge_homeless(g, h, e);
    }
}

uint64_t enrp_rehome_deadline(const struct enrp_group *g, const struct handlespace *h)
{
    return g->rehome[0].from != 0u || g->scavenge_next < h->element_used ? 0u : REGISTRAR_NEVER;
}
