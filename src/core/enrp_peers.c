/* The peer list (enrp_peers.h). */
#include "enrp_peers.h"

uint32_t enrp_peers_find(const struct enrp_peers *l, uint32_t server_identifier)
{
    if (server_identifier == 0u) {
        return ENRP_NO_PEER;
    }
    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        if (l->peer[p].state != (uint8_t)ENRP_PEER_FREE &&
            l->peer[p].server_identifier == server_identifier) {
            return p;
        }
    }
    return ENRP_NO_PEER;
}

uint32_t enrp_peers_of_channel(const struct enrp_peers *l, uint32_t channel)
{
    if (channel == ENRP_NO_CHANNEL) {
        return ENRP_NO_PEER;
    }
    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        if (l->peer[p].state != (uint8_t)ENRP_PEER_FREE && l->peer[p].channel == channel) {
            return p;
        }
    }
    return ENRP_NO_PEER;
}

/* A place as it is before anything was heard. */
static void clear(struct enrp_peer *p)
{
    const struct enrp_peer empty = {0};

    *p = empty;
    p->channel = ENRP_NO_CHANNEL;
}

uint32_t enrp_peers_add(struct enrp_peers *l, uint32_t server_identifier)
{
    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        if (l->peer[p].state == (uint8_t)ENRP_PEER_FREE) {
            clear(&l->peer[p]);
            l->peer[p].state = (uint8_t)ENRP_PEER_UNHEARD;
            l->peer[p].server_identifier = server_identifier;
            return p;
        }
    }
    return ENRP_NO_PEER;
}

void enrp_peers_remove(struct enrp_peers *l, uint32_t peer, uint64_t dial_after)
{
    struct enrp_peer *p = &l->peer[peer];
    const uint8_t configured = p->configured;
    const uint32_t server_identifier = p->server_identifier;

    clear(p);
    if (configured != 0u) {
        p->state = (uint8_t)ENRP_PEER_UNHEARD;
        p->configured = 1u;
        p->server_identifier = server_identifier;
        p->dial_after = dial_after;
    }
}

uint32_t enrp_peers_alive(const struct enrp_peers *l)
{
    uint32_t n = 0u;

    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        if (l->peer[p].state == (uint8_t)ENRP_PEER_ACTIVE ||
            l->peer[p].state == (uint8_t)ENRP_PEER_ASKED) {
            n++;
        }
    }
    return n;
}
