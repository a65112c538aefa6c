/* Presences and the peers' clocks (enrp_presence.h). */
#include "enrp_presence.h"

#include "enrp_audit.h"
#include "enrp_channel.h"
#include "enrp_learn.h"
#include "enrp_tell.h"
#include "handlespace_journal.h"
#include "registrar_books.h"

void enrp_greet(struct enrp_group *g, const struct handlespace *h, uint32_t channel,
                uint32_t server_identifier, struct effects *out)
{
    const struct enrp_address to = {channel, g->own_server, server_identifier};
    const struct enrp_server us = {g->own_server, g->configuration.transport,
                                   g->configuration.transport_length};
    const uint16_t checksum = handlespace_checksum(h);

    registrar_count(&g->counters.presences_sent);
    enrp_sent(g, enrp_send_presence(out, &to, true, checksum, &us));
}

/* A peer enters the group, for the first time or again. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires peer: peer < ENRP_PEERS_MAX;
    requires apart: \separated(g, h, out);
    terminates \true;
    assigns g->counters, g->peers.peer[peer].state, g->peers.peer[peer].agreed, *out;
    ENRP_ENSURES_GROUP
    ensures active: g->peers.peer[peer].state == ENRP_PEER_ACTIVE;
*/
static void welcome(struct enrp_group *g, const struct handlespace *h, uint32_t peer,
                    struct effects *out)
{
    struct enrp_peer *p = &g->peers.peer[peer];
    const uint16_t checksum = handlespace_checksum(h);

    p->state = (uint8_t)ENRP_PEER_ACTIVE;
    p->agreed = 0u;
    registrar_count(&g->counters.peers_joined);
    enrp_audit(g, p->channel, AUDIT_PEER_JOINED, p->server_identifier, out);
    enrp_tell_presence(g, peer, true, checksum, out);
}

void enrp_hear(struct enrp_group *g, const struct handlespace *h, uint32_t peer, uint64_t now,
               struct effects *out)
{
    struct enrp_peer *p = &g->peers.peer[peer];

    p->last_heard = now;
    if (p->state == (uint8_t)ENRP_PEER_UNHEARD) {
        welcome(g, h, peer, out);
    } else if (p->state == (uint8_t)ENRP_PEER_ASKED || p->state == (uint8_t)ENRP_PEER_DEAD) {
        p->state = (uint8_t)ENRP_PEER_ACTIVE;
    }
}

/* Take the PE checksum of a presence, if it has one. */
/*@ requires group: \valid(g) && valid_group(g);
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires peer: peer < ENRP_PEERS_MAX;
    requires message: \valid_read(m);
    requires apart: \separated(g, h, m);
    terminates \true;
    exits \false;
    assigns g->counters, g->peers.peer[peer].has_checksum, g->peers.peer[peer].checksum, g->peers.peer[peer].agreed,
            g->peers.peer[peer].resynchronize;
    ensures group: valid_group(g);
    ensures noted: m->has_pe_checksum != 0 ==> g->peers.peer[peer].has_checksum == 1 && g->peers.peer[peer].checksum == m->pe_checksum;
*/
static void take_checksum(struct enrp_group *g, const struct handlespace *h, uint32_t peer,
                          const struct enrp_message *m)
{
    struct enrp_peer *p = &g->peers.peer[peer];

    if (m->has_pe_checksum != 0u) {
        p->has_checksum = 1u;
        p->checksum = m->pe_checksum;
        //@ assert untouched: valid_handlespace(h);
        enrp_compare(g, h, peer);
    }
}

void enrp_take_presence(struct enrp_group *g, const struct handlespace *h, uint32_t peer,
                        const struct enrp_message *m, const uint8_t *bytes, struct effects *out)
{
    struct enrp_peer *p = &g->peers.peer[peer];
    const uint16_t checksum = handlespace_checksum(h);

    take_checksum(g, h, peer, m);
    if (m->has_server_information != 0u) {
        (void)enrp_keep_transport(p, &m->server_information.transport.tlv, bytes);
    }
    p->state = (uint8_t)ENRP_PEER_ACTIVE;
    if (m->flags % 2u == ENRP_FLAG_REPLY_REQUIRED) {
        enrp_tell_presence(g, peer, false, checksum, out);
    }
}

/* The next heartbeat: every PEER-HEARTBEAT-CYCLE, a little earlier by chance, so that peers do not beat together. */
/*@ requires group: \valid_read(g);
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures latest: \result <= now + g->configuration.heartbeat_cycle;
    ensures earliest: \result >= now + g->configuration.heartbeat_cycle - g->configuration.heartbeat_cycle / 8;
*/
static uint64_t next_heartbeat(const struct enrp_group *g, uint64_t now, uint64_t random)
{
    const uint32_t cycle = g->configuration.heartbeat_cycle;

    return now + cycle - random % (cycle / 8u + 1u);
}

void enrp_beat(struct enrp_group *g, const struct handlespace *h, uint64_t now, uint64_t random,
               struct effects *out)
{
    if (g->heartbeat > now || handlespace_has_change(h) || g->rehome[0].from != 0u ||
        !enrp_room(out, 1024u)) {
        return;
    }
    g->heartbeat = next_heartbeat(g, now, random);
    enrp_announce_presence(g, false, handlespace_checksum(h), out);
}

/* The peer was silent for too long: ask it (RFC 5353, 3.4.3). `checksum` is our own. */
/*@ ENRP_REQUIRES_GROUP
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    assigns g->counters, g->peers.peer[peer].state, g->peers.peer[peer].deadline, *out;
    ENRP_ENSURES_GROUP
    ensures asked: g->peers.peer[peer].state == ENRP_PEER_ASKED;
    ensures time: g->peers.peer[peer].deadline == now + g->configuration.max_time_no_response;
*/
static void ask(struct enrp_group *g, uint32_t peer, uint16_t checksum, uint64_t now,
                struct effects *out)
{
    struct enrp_peer *p = &g->peers.peer[peer];

    p->state = (uint8_t)ENRP_PEER_ASKED;
    p->deadline = now + g->configuration.max_time_no_response;
    enrp_tell_presence(g, peer, true, checksum, out);
}

/* The peer did not answer: it is dead. Its channel stays until it was taken over, so that it hears of that, and can still
 * say that it lives (RFC 5353, 3.5.1). */
/*@ ENRP_REQUIRES_GROUP
    requires peer: peer < ENRP_PEERS_MAX;
    terminates \true;
    exits \false;
    assigns g->counters, g->peers.peer[peer].state, *out;
    ENRP_ENSURES_GROUP
    ensures dead: g->peers.peer[peer].state == ENRP_PEER_DEAD;
*/
static void give_up(struct enrp_group *g, uint32_t peer, struct effects *out)
{
    struct enrp_peer *p = &g->peers.peer[peer];

    registrar_count(&g->counters.peers_lost);
    enrp_audit(g, p->channel, AUDIT_PEER_DEAD, p->server_identifier, out);
    p->state = (uint8_t)ENRP_PEER_DEAD;
}

/* When the state of a peer is to change if nothing is heard. */
/*@ requires group: \valid_read(g);
    requires peer: \valid_read(p) && p->last_heard <= ENRP_PEER_TIME_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures silence: \result == enrp_silence_end(g, p);
*/
static uint64_t silence_deadline(const struct enrp_group *g, const struct enrp_peer *p)
{
    switch (p->state) {
    case ENRP_PEER_UNHEARD:
        return p->deadline != 0u ? p->deadline : REGISTRAR_NEVER;
    case ENRP_PEER_ACTIVE:
        return p->last_heard + g->configuration.max_time_last_heard;
    case ENRP_PEER_ASKED:
    case ENRP_PEER_INACTIVE:
        return p->deadline;
    default:
        return REGISTRAR_NEVER;
    }
}

/* A peer's time is up. One that others were to take over and did not is watched again. */
/*@ ENRP_REQUIRES_GROUP
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    assigns g->counters, g->peers.peer[peer].state, g->peers.peer[peer].deadline, *out;
    ENRP_ENSURES_GROUP
    ensures asked_first: \old(g->peers.peer[peer].state) != ENRP_PEER_UNHEARD && \old(g->peers.peer[peer].state) != ENRP_PEER_ASKED ==>
      g->peers.peer[peer].state == ENRP_PEER_ASKED;
    ensures given_up: \old(g->peers.peer[peer].state) == ENRP_PEER_UNHEARD || \old(g->peers.peer[peer].state) == ENRP_PEER_ASKED ==>
      g->peers.peer[peer].state == ENRP_PEER_DEAD;
*/
static void silent(struct enrp_group *g, uint32_t peer, uint16_t checksum, uint64_t now,
                   struct effects *out)
{
    switch (g->peers.peer[peer].state) {
    case ENRP_PEER_UNHEARD:
    case ENRP_PEER_ASKED:
        give_up(g, peer, out);
        break;
    default:
        ask(g, peer, checksum, now, out);
        break;
    }
}

/* Whether and when a peer is dialled: a configured one always, another as long as it counts, if it said how. */
/*@ requires peer: \valid_read(p);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures connected: p->channel != ENRP_NO_CHANNEL || p->dialling != 0 ==> \result == REGISTRAR_NEVER;
    ensures after: \result == REGISTRAR_NEVER || \result == p->dial_after;
    ensures configured: enrp_to_dial(p) ==> \result == p->dial_after;
*/
static uint64_t dial_deadline(const struct enrp_peer *p)
{
    const bool wanted = p->configured != 0u ||
                        (p->transport_length > 0u && (p->state == (uint8_t)ENRP_PEER_UNHEARD ||
                                                      p->state == (uint8_t)ENRP_PEER_ASKED));

    return wanted && p->channel == ENRP_NO_CHANNEL && p->dialling == 0u ? p->dial_after
                                                                        : REGISTRAR_NEVER;
}

/* The peer is being dialled: wait longer before the next attempt. */
/*@ requires group: \valid(g) && valid_group(g);
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns g->peers.peer[peer].dialling, g->peers.peer[peer].dial_pause, g->peers.peer[peer].dial_after;
    ensures group: valid_group(g);
    ensures dialling: g->peers.peer[peer].dialling == 1;
    ensures later: g->peers.peer[peer].dial_after >= now + g->configuration.dial_minimum;
*/
static void back_off(struct enrp_group *g, uint32_t peer, uint64_t now, uint64_t random)
{
    const struct enrp_configuration *c = &g->configuration;
    struct enrp_peer *p = &g->peers.peer[peer];
    const uint32_t pause =
        p->dial_failed == 0u || p->dial_pause < c->dial_minimum ? c->dial_minimum : p->dial_pause;

    p->dialling = 1u;
    p->dial_after = now + pause + random % (pause / 4u + 1u);
    p->dial_pause = pause > c->dial_maximum / 2u ? c->dial_maximum : 2u * pause;
}

/* Ask the shell for a channel to a peer. */
/*@ ENRP_REQUIRES_GROUP
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns g->peers.peer[peer].dialling, g->peers.peer[peer].dial_pause, g->peers.peer[peer].dial_after, *out;
    ENRP_ENSURES_GROUP
    ensures later: g->peers.peer[peer].dialling != \old(g->peers.peer[peer].dialling) ==>
      g->peers.peer[peer].dial_after >= now + g->configuration.dial_minimum;
*/
static void dial(struct enrp_group *g, uint32_t peer, uint64_t now, uint64_t random,
                 struct effects *out)
{
    const struct enrp_peer *p = &g->peers.peer[peer];
    struct effect connect = {0};

    connect.kind = (uint8_t)EFFECT_CONNECT;
    connect.cause = WIRE_NO_CAUSE;
    connect.channel = ENRP_NO_CHANNEL;
    connect.identity = IDENTITY_ANONYMOUS;
    connect.subject = peer;
    if (effects_append_bytes(out, &connect, p->transport,
                             p->configured != 0u ? 0u : p->transport_length)) {
        //@ assert appended: valid_group(g);
        back_off(g, peer, now, random);
    }
}

/* Look after one peer's clock. */
/*@ ENRP_REQUIRES_GROUP
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    assigns g->counters, g->peers.peer[peer].state, g->peers.peer[peer].deadline, g->peers.peer[peer].dialling,
            g->peers.peer[peer].dial_pause, g->peers.peer[peer].dial_after, *out;
    ENRP_ENSURES_GROUP
*/
static void watch_peer(struct enrp_group *g, uint32_t peer, uint16_t checksum, uint64_t now,
                       uint64_t random, struct effects *out)
{
    struct enrp_peer *p = &g->peers.peer[peer];

    if (p->state == (uint8_t)ENRP_PEER_FREE) {
        return;
    }
    if (silence_deadline(g, p) <= now) {
        silent(g, peer, checksum, now, out);
    }
    if (dial_deadline(p) <= now) {
        dial(g, peer, now, random, out);
    }
}

void enrp_watch_peers(struct enrp_group *g, const struct handlespace *h, uint64_t now,
                      uint64_t random, struct effects *out)
{
    const uint16_t checksum = handlespace_checksum(h);

    /*@ loop invariant range: 0 <= i <= ENRP_PEERS_MAX;
        loop invariant group: valid_group(g);
        loop invariant list: valid_effects(out);
        loop assigns i, g->counters, g->peers.peer[0 .. ENRP_PEERS_MAX - 1], *out;
        loop variant ENRP_PEERS_MAX - i;
    */
    for (uint32_t i = 0u; i < ENRP_PEERS_MAX && enrp_room(out, 1024u); i++) {
        watch_peer(g, i, checksum, now, random, out);
    }
}

uint64_t enrp_presence_deadline(const struct enrp_group *g)
{
    uint64_t deadline = g->heartbeat;

    /*@ loop invariant range: 0 <= i <= ENRP_PEERS_MAX;
        loop invariant bound: deadline <= g->heartbeat;
        loop invariant silence: \forall integer p; 0 <= p < i ==> deadline <= enrp_silence_end(g, &g->peers.peer[p]);
        loop invariant dialled: \forall integer p; 0 <= p < i && enrp_to_dial(&g->peers.peer[p]) ==>
          deadline <= g->peers.peer[p].dial_after;
        loop assigns i, deadline;
        loop variant ENRP_PEERS_MAX - i;
    */
    for (uint32_t i = 0u; i < ENRP_PEERS_MAX; i++) {
        const struct enrp_peer *p = &g->peers.peer[i];

        if (p->state != (uint8_t)ENRP_PEER_FREE) {
            const uint64_t silence = silence_deadline(g, p);
            const uint64_t dialled = dial_deadline(p);

            deadline = silence < deadline ? silence : deadline;
            deadline = dialled < deadline ? dialled : deadline;
        }
    }
    return deadline;
}
