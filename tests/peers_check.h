/* The run-time validity check of a registrar's peer list and group: an oracle for tests and fuzzing, and no part of the
 * program. valid_peers and valid_group of the contracts in executable form, and what no contract says: nobody is in the
 * list twice, no channel is two peers', and whoever has a channel has an open one. Not proved. Changes nothing.
 */
#ifndef POOLPROOF_TESTS_PEERS_CHECK_H
#define POOLPROOF_TESTS_PEERS_CHECK_H

#include "enrp.h"

/* A place that nobody has remembers nothing. */
static bool place_is_free(const struct enrp_peer *p)
{
    return p->server_identifier == 0 && p->channel == ENRP_NO_CHANNEL && p->configured == 0 &&
           p->dialling == 0 && p->resynchronize == 0 && p->table.active == 0;
}

/* valid_peers for one place. */
static bool place_is_valid(const struct enrp_peer *p)
{
    return p->state <= ENRP_PEER_INACTIVE && p->transport_length <= ENRP_TRANSPORT_MAX &&
           p->last_heard <= ENRP_PEER_TIME_MAX && (p->state != ENRP_PEER_FREE || place_is_free(p));
}

/* The peer's channel is open, and has heard of no other peer. */
static bool channel_is_open(const struct enrp_group *g, const struct enrp_peer *p)
{
    uint32_t number = p->channel - ENRP_CHANNEL_FIRST;

    return p->channel == ENRP_NO_CHANNEL ||
           (number < ENRP_CHANNELS_MAX && g->channel[number].open != 0 &&
            g->channel[number].server_identifier == p->server_identifier);
}

/* Nothing that tells peers apart is shared by two of them. */
static bool peers_differ(const struct enrp_peer *p, const struct enrp_peer *q)
{
    if (p->state == ENRP_PEER_FREE || q->state == ENRP_PEER_FREE)
        return true;
    return (p->server_identifier == 0 || p->server_identifier != q->server_identifier) &&
           (p->channel == ENRP_NO_CHANNEL || p->channel != q->channel);
}

static bool peers_check(const struct enrp_group *g)
{
    const struct enrp_peer *peer = g->peers.peer;

    for (uint32_t i = 0; i < ENRP_PEERS_MAX; i++) {
        if (!place_is_valid(&peer[i]) || !channel_is_open(g, &peer[i]) ||
            (peer[i].server_identifier == g->own_server))
            return false;
        for (uint32_t k = 0; k < i; k++) {
            if (!peers_differ(&peer[i], &peer[k]))
                return false;
        }
    }
    return g->mentor < ENRP_PEERS_MAX && g->download.peer < ENRP_PEERS_MAX;
}

#endif
