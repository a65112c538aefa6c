/* Comparing PE checksums (enrp_audit.h). */
#include "enrp_audit.h"

#include "registrar_books.h"

uint16_t enrp_checksum_of(const struct handlespace *h, uint32_t server_identifier)
{
    uint64_t sum = 0u;

    /*@ loop invariant range: 0 <= i <= h->element_used;
        loop invariant sum: sum == home_blocks(h, i, server_identifier);
        loop invariant bound: sum <= i * 4294967295;
        loop assigns i, sum;
        loop variant h->element_used - i;
    */
    for (uint32_t i = 0u; i < h->element_used; i++) {
        if (handlespace_element_in_use(h, i) && h->element[i].home == server_identifier) {
            sum += h->element[i].block;
        }
    }
    return pe_checksum_of_sum(sum);
}

/* Whether elements are under way that a comparison would stumble over. */
/*@ requires group: \valid_read(g);
    requires peer: peer < ENRP_PEERS_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures settled: \result <==> !settled(g, peer);
*/
static bool unsettled(const struct enrp_group *g, uint32_t peer)
{
    return g->phase != (uint8_t)ENRP_PHASE_SERVING || g->rehome[0].from != 0u ||
           (g->download.active != 0u && g->download.peer == peer);
}

void enrp_compare(struct enrp_group *g, const struct handlespace *h, uint32_t peer)
{
    struct enrp_peer *p = &g->peers.peer[peer];

    if (unsettled(g, peer)) {
        return;
    }
    registrar_count(&g->counters.audits);
    //@ assert untouched: valid_handlespace(h);
    if (enrp_checksum_of(h, p->server_identifier) != p->checksum) {
        registrar_count(&g->counters.audits_failed);
        p->agreed = 0u;
        p->resynchronize = 1u;
    } else if (p->agreed < ENRP_AGREED_MAX) {
        p->agreed++;
    } else {
        p->agreed = 0u;
        p->resynchronize = 1u;
    }
}
