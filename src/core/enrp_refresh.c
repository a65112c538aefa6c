/* Learning of peers while serving (enrp_refresh.h). */
#include "enrp_refresh.h"

#include "enrp_learn.h"
#include "enrp_tell.h"

/* The next peer to ask, behind the one that was asked last: one that is heard and has a channel. */
/*@ requires group: \valid_read(g) && valid_group(g);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures reachable: \result != ENRP_NO_PEER ==> \result < ENRP_PEERS_MAX &&
      g->peers.peer[\result].state == ENRP_PEER_ACTIVE && g->peers.peer[\result].channel != ENRP_NO_CHANNEL;
*/
static uint32_t next_to_ask(const struct enrp_group *g)
{
    /*@ loop invariant range: 1 <= i <= ENRP_PEERS_MAX + 1;
        loop assigns i;
        loop variant ENRP_PEERS_MAX + 1 - i;
    */
    for (uint32_t i = 1u; i <= ENRP_PEERS_MAX; i++) {
        const uint32_t p = (g->refresh_peer % ENRP_PEERS_MAX + i) % ENRP_PEERS_MAX;

        if (g->peers.peer[p].state == (uint8_t)ENRP_PEER_ACTIVE &&
            g->peers.peer[p].channel != ENRP_NO_CHANNEL) {
            return p;
        }
    }
    return ENRP_NO_PEER;
}

void enrp_refresh_peers(struct enrp_group *g, uint64_t now, struct effects *out)
{
    uint32_t peer;

    if (g->phase != (uint8_t)ENRP_PHASE_SERVING || g->refresh_due > now || !enrp_room(out, 1024u)) {
        return;
    }
    g->refresh_due = now + g->configuration.heartbeat_cycle;
    peer = next_to_ask(g);
    if (peer != ENRP_NO_PEER) {
        g->refresh_peer = peer;
        g->refresh_asked = 1u;
        enrp_tell_plain(g, peer, ENRP_LIST_REQUEST, 0u, out);
    }
}

void enrp_take_refresh(struct enrp_group *g, uint32_t peer, const struct enrp_message *m,
                       const uint8_t *bytes, uint64_t now)
{
    if (g->refresh_asked != 0u && peer == g->refresh_peer) {
        g->refresh_asked = 0u;
        enrp_learn_peers(g, m, bytes, now, 1u);
    }
}
