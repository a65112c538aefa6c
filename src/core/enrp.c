/* A registrar's step with its group (enrp.h).
 *
 * Only sorts: channels of peers have a file of their own, and so has each procedure of RFC 5353, 3: starting
 * (enrp_startup.c), presences (enrp_presence.c), updates (enrp_update.c), the handle table both ways
 * (enrp_table.c, enrp_download.c), takeover (enrp_takeover.c, enrp_rehome.c) and audits (enrp_audit.c).
 */
#include "enrp.h"

#include "enrp_channel.h"
#include "enrp_download.h"
#include "enrp_presence.h"
#include "enrp_receive.h"
#include "enrp_refresh.h"
#include "enrp_rehome.h"
#include "enrp_startup.h"
#include "enrp_table.h"
#include "enrp_takeover.h"
#include "enrp_update.h"
#include "handlespace_journal.h"

/* No peer has a channel yet. */
/*@ requires list: \valid(l) && valid_peers(l);
    terminates \true;
    exits \false;
    assigns *l;
    ensures list: valid_peers(l);
*/
static void disconnect_all(struct enrp_peers *l)
{
    /*@ loop invariant range: 0 <= p <= ENRP_PEERS_MAX;
        loop invariant list: valid_peers(l);
        loop assigns p, l->peer[0 .. ENRP_PEERS_MAX - 1].channel;
        loop variant ENRP_PEERS_MAX - p;
    */
    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        l->peer[p].channel = ENRP_NO_CHANNEL;
    }
}

/* Give one of the registrars that the configuration names its place. */
/*@ requires peer: \valid(p);
    terminates \true;
    exits \false;
    assigns p->state, p->configured, p->named, p->server_identifier;
*/
static void configure_peer(struct enrp_peer *p, uint32_t server_identifier)
{
    p->state = (uint8_t)ENRP_PEER_UNHEARD;
    p->configured = 1u;
    p->named = server_identifier != 0u ? 1u : 0u;
    p->server_identifier = server_identifier;
}

/* The registrars that the configuration names have the first places. */
/*@ requires list: \valid(l) && valid_peers(l);
    requires configuration: \valid_read(c) && c->server_count <= ENRP_PEERS_MAX;
    requires apart: \separated(l, c);
    terminates \true;
    exits \false;
    assigns *l;
    ensures list: valid_peers(l);
*/
static void configure_peers(struct enrp_peers *l, const struct enrp_configuration *c)
{
    const uint32_t count = c->server_count;

    /*@ loop invariant range: 0 <= p <= count;
        loop invariant list: valid_peers(l);
        loop assigns p, l->peer[0 .. ENRP_PEERS_MAX - 1].state, l->peer[0 .. ENRP_PEERS_MAX - 1].configured,
                     l->peer[0 .. ENRP_PEERS_MAX - 1].named, l->peer[0 .. ENRP_PEERS_MAX - 1].server_identifier;
        loop variant count - p;
    */
    for (uint32_t p = 0u; p < count; p++) {
        configure_peer(&l->peer[p], c->server_identifier[p]);
    }
}

/* Copy the configuration. */
/*@ requires group: \valid(g);
    requires configuration: \valid_read(c) && c->server_count <= ENRP_PEERS_MAX && c->transport_length <= ENRP_TRANSPORT_MAX;
    requires apart: \separated(g, c);
    terminates \true;
    exits \false;
    assigns g->configuration;
    ensures count: g->configuration.server_count <= ENRP_PEERS_MAX;
    ensures transport: g->configuration.transport_length <= ENRP_TRANSPORT_MAX;
*/
static void configure(struct enrp_group *g, const struct enrp_configuration *c)
{
    g->configuration = *c;
}

/* Begin with a group of which nothing is known but the configuration. */
/*@ requires group: \valid(g);
    requires list: valid_peers(&g->peers);
    requires zeroed_numbers: g->mentor == 0 && g->download.peer == 0;
    requires configuration: \valid_read(c) && c->server_count <= ENRP_PEERS_MAX && c->transport_length <= ENRP_TRANSPORT_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, c);
    terminates \true;
    exits \false;
    assigns *g;
    ensures group: valid_group(g);
*/
static void begin(struct enrp_group *g, const struct enrp_configuration *c, uint32_t own_server,
                  uint64_t now)
{
    configure(g, c);
    //@ assert configured: valid_peers(&g->peers);
    g->own_server = own_server;
    g->started = now;
    g->last_step = now;
    g->heartbeat = now;
    g->refresh_due = now + c->startup_time;
    g->scavenge_next = UINT32_MAX;
    //@ assert begun: valid_group(g);
}

/* Give the peers that the configuration names their places. */
/*@ requires group: \valid(g) && valid_group(g);
    requires configuration: \valid_read(c) && c->server_count <= ENRP_PEERS_MAX && c->transport_length <= ENRP_TRANSPORT_MAX;
    requires apart: \separated(g, c);
    terminates \true;
    exits \false;
    assigns *g;
    ensures group: valid_group(g);
*/
static void place_peers(struct enrp_group *g, const struct enrp_configuration *c)
{
    disconnect_all(&g->peers);
    //@ assert disconnected: valid_group(g);
    configure_peers(&g->peers, c);
}

void enrp_init(struct enrp_group *g, struct registrar *r, const struct enrp_configuration *c,
               const struct registrar_configuration *rc, const uint8_t hash_key[16], uint64_t now)
{
    const uint32_t own_server = rc->server_identifier;

    //@ assert zeroed: valid_peers(&g->peers);
    registrar_init(r, rc, hash_key, now);
    //@ assert zeroed_still: valid_peers(&g->peers);
    //@ assert count: c->server_count <= ENRP_PEERS_MAX;
    //@ assert transport: c->transport_length <= ENRP_TRANSPORT_MAX;
    begin(g, c, own_server, now);
    //@ assert begun: valid_handlespace(&r->handlespace);
    place_peers(g, c);
    //@ assert placed: valid_handlespace(&r->handlespace);
}

bool enrp_serving(const struct enrp_group *g)
{
    return g->phase == (uint8_t)ENRP_PHASE_SERVING;
}

/* Whether the peers have given us up: we stood still for longer than they wait for anybody. */
/*@ requires group: \valid_read(g);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures long: \result ==> now > g->last_step + g->configuration.max_time_last_heard;
*/
static bool stood_still(const struct enrp_group *g, uint64_t now)
{
    return (g->configuration.server_count > 0u || enrp_peers_alive(&g->peers) > 0u) &&
           now > g->last_step && now - g->last_step > g->configuration.max_time_last_heard;
}

/* Ask the shell for fresh memory; nothing else is done with what we remember. */
/*@ requires list: \valid(out) && valid_effects(out);
    terminates \true;
    exits \false;
    assigns out->count, out->effect[0 .. EFFECTS_MAX - 1];
    ensures list: valid_effects(out);
*/
static void begin_anew(struct effects *out)
{
    struct effect anew = {0};

    anew.kind = (uint8_t)EFFECT_BEGIN_ANEW;
    anew.cause = 0xffffu;
    anew.channel = ENRP_NO_CHANNEL;
    anew.identity = IDENTITY_ANONYMOUS;
    (void)effects_append(out, &anew);
}

/* An attempt to connect to a peer led to nothing. */
/*@ requires group: \valid(g) && valid_group(g);
    terminates \true;
    exits \false;
    assigns *g;
    ensures group: valid_group(g);
*/
static void take_failure(struct enrp_group *g, uint32_t peer)
{
    if (peer < ENRP_PEERS_MAX) {
        g->peers.peer[peer].dialling = 0u;
        g->peers.peer[peer].dial_failed = 1u;
    }
}

/* Take an event of a channel between registrars that is no message. Knows the handlespace to read only. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires rules: \valid_read(rules);
    requires event: \valid_read(event) && event->now <= REGISTRAR_TIME_MAX && enrp_channel_number(event->channel);
    requires apart: \separated(g, h, rules, event, out);
    terminates \true;
    assigns *g, *out;
    ENRP_ENSURES_GROUP
*/
static void take_notice(struct enrp_group *g, const struct handlespace *h,
                        const struct access_rules *rules, const struct registrar_event *event,
                        struct effects *out)
{
    if (event->kind == (uint8_t)EVENT_CHANNEL_OPENED) {
        enrp_open_channel(g, h, rules, event, out);
    } else if (event->kind == (uint8_t)EVENT_CHANNEL_CLOSED ||
               event->kind == (uint8_t)EVENT_SEND_FAILED) {
        enrp_lose_channel(g, event->channel, event->now);
    }
}

/* With each heartbeat: channels on which nobody says who is there are closed. */
/*@ ENRP_REQUIRES_GROUP
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    assigns *g, *out;
    ENRP_ENSURES_GROUP
*/
static void turn_out_strangers(struct enrp_group *g, uint64_t now, struct effects *out)
{
    if (g->heartbeat <= now) {
        enrp_close_strangers(g, now, out);
    }
}

/* Look after channels and peers: who is there, who is silent, who is to be dialled. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires event: \valid_read(event) && event->now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, h, event, out);
    terminates \true;
    assigns *g, *out;
    ENRP_ENSURES_GROUP
*/
static void watch(struct enrp_group *g, const struct handlespace *h,
                  const struct registrar_event *event, struct effects *out)
{
    turn_out_strangers(g, event->now, out);
    //@ assert closed: valid_handlespace(h);
    enrp_watch_peers(g, h, event->now, event->random, out);
}

/* Get to know the group: at the start, and from then on. */
/*@ ENRP_REQUIRES_GROUP
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    assigns *g, *out;
    ENRP_ENSURES_GROUP
*/
static void learn(struct enrp_group *g, uint64_t now, struct effects *out)
{
    enrp_startup_work(g, now, out);
    enrp_refresh_peers(g, now, out);
}

/* Take over peers that died. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires event: \valid_read(event) && event->now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, h, event, out);
    terminates \true;
    assigns *g, *out;
    ENRP_ENSURES_GROUP
*/
static void succeed(struct enrp_group *g, const struct handlespace *h,
                    const struct registrar_event *event, struct effects *out)
{
    enrp_takeover_work(g, h, event->now, out);
}

/* End table sessions whose time is over. */
/*@ requires group: \valid(g) && valid_group(g);
    terminates \true;
    exits \false;
    assigns *g;
    ensures group: valid_group(g);
*/
static void expire(struct enrp_group *g, uint64_t now)
{
    enrp_expire_tables(g, now);
}

/* End table sessions, and send the heartbeat, when it is time. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires event: \valid_read(event) && event->now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, h, event, out);
    terminates \true;
    assigns *g, *out;
    ENRP_ENSURES_GROUP
*/
static void beat(struct enrp_group *g, const struct handlespace *h,
                 const struct registrar_event *event, struct effects *out)
{
    expire(g, event->now);
    //@ assert expired: valid_handlespace(h);
    enrp_beat(g, h, event->now, event->random, out);
}

/* Move, fetch and remove elements: a slice of each. */
/*@ ENRP_REQUIRES_GROUP
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, r, out);
    terminates \true;
    assigns *g, r->handlespace, *out;
    ENRP_ENSURES_GROUP
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
static void settle(struct enrp_group *g, struct registrar *r, uint64_t now, struct effects *out)
{
    enrp_rehome_work(g, r, now);
    //@ assert count: out->count <= EFFECTS_MAX;
    //@ assert bytes: out->bytes_used <= EFFECTS_BYTES_MAX;
    enrp_download_work(g, &r->handlespace, now, out);
    enrp_scavenge(g, &r->handlespace);
    //@ assert count_still: out->count <= EFFECTS_MAX;
    //@ assert bytes_still: out->bytes_used <= EFFECTS_BYTES_MAX;
}

/* One slice of everything that time or peers have left to do. */
/*@ ENRP_REQUIRES_GROUP
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires event: \valid_read(event) && event->now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, r, event, out);
    terminates \true;
    assigns *g, r->handlespace, *out;
    ENRP_ENSURES_GROUP
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
static void work(struct enrp_group *g, struct registrar *r, const struct registrar_event *event,
                 struct effects *out)
{
    const uint64_t now = event->now;

    enrp_announce_changes(g, &r->handlespace, out);
    //@ assert now_told: event->now == now;
    watch(g, &r->handlespace, event, out);
    //@ assert watched: valid_handlespace(&r->handlespace);
    learn(g, now, out);
    //@ assert learnt: valid_handlespace(&r->handlespace);
    //@ assert now_learnt: event->now == now;
    succeed(g, &r->handlespace, event, out);
    //@ assert succeeded: valid_handlespace(&r->handlespace);
    settle(g, r, now, out);
    //@ assert now_settled: event->now == now;
    beat(g, &r->handlespace, event, out);
    //@ assert told: valid_handlespace(&r->handlespace);
}

/* A tick serves the registrar's own deadlines first, when they are due, and then the group's, as far as the list of
 * effects has room for both. */
/*@ ENRP_REQUIRES_GROUP
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires rules: \valid_read(rules);
    requires event: \valid_read(event) && event->now <= REGISTRAR_TIME_MAX;
    requires message: \valid_read(bytes + (0 .. event->length - 1));
    requires apart: \separated(g, r, rules, event, out);
    requires bytes_apart: \separated(g, bytes + (0 .. event->length - 1)) && \separated(r, bytes + (0 .. event->length - 1));
    requires bytes_apart_from_list: \separated(out, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns *g, *r, *out;
    ENRP_ENSURES_GROUP
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
static void tick(struct enrp_group *g, struct registrar *r, const struct access_rules *rules,
                 const struct registrar_event *event, const uint8_t *bytes, struct effects *out)
{
    if (!handlespace_has_change(&r->handlespace)) {
        registrar_step(r, rules, event, bytes, out);
    }
    work(g, r, event, out);
}

/* An event of an ASAP channel, or one that concerns all channels. */
/*@ ENRP_REQUIRES_GROUP
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires rules: \valid_read(rules);
    requires event: \valid_read(event) && event->now <= REGISTRAR_TIME_MAX;
    requires message: \valid_read(bytes + (0 .. event->length - 1));
    requires apart: \separated(g, r, rules, event, out);
    requires bytes_apart: \separated(g, bytes + (0 .. event->length - 1)) && \separated(r, bytes + (0 .. event->length - 1));
    requires bytes_apart_from_list: \separated(out, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns *g, *r, *out;
    ENRP_ENSURES_GROUP
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
static void take_other(struct enrp_group *g, struct registrar *r, const struct access_rules *rules,
                       const struct registrar_event *event, const uint8_t *bytes,
                       struct effects *out)
{
    registrar_step(r, rules, event, bytes, out);
    if (event->kind == (uint8_t)EVENT_RULES_CHANGED) {
        enrp_check_channels(g, rules, event->now, out);
        //@ assert checked: valid_handlespace(&r->handlespace);
    }
}

/* Receive a message of a peer (enrp_receive.h): it is not carried out yet. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires rules: \valid_read(rules);
    requires event: \valid_read(event) && event->now <= REGISTRAR_TIME_MAX && enrp_channel_number(event->channel);
    requires bytes: \valid_read(bytes + (0 .. event->length - 1));
    requires message: \valid(m);
    requires apart: \separated(g, h, rules, event, m, out);
    requires bytes_apart: \separated(g, bytes + (0 .. event->length - 1)) && \separated(m, bytes + (0 .. event->length - 1));
    requires bytes_apart_from_list: \separated(out, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns *g, *m, *out;
    ENRP_ENSURES_GROUP
    ensures handlespace: valid_handlespace(h);
    ensures peer: \result == ENRP_NO_PEER || \result < ENRP_PEERS_MAX;
    ensures message: \result != ENRP_NO_PEER ==> ENRP_MESSAGE_FITS(m);
    ensures length: \result != ENRP_NO_PEER ==> m->length <= \old(event->length);
    ensures authorised: \result != ENRP_NO_PEER ==> \old(enrp_authorised(g, rules, event->channel));
*/
static uint32_t receive(struct enrp_group *g, const struct handlespace *h,
                        const struct access_rules *rules, const struct registrar_event *event,
                        const uint8_t *bytes, struct enrp_message *m, struct effects *out)
{
    return enrp_receive(g, h, rules, event, bytes, m, out);
}

void enrp_step(struct enrp_group *g, struct registrar *r, const struct access_rules *rules,
               const struct registrar_event *event, const uint8_t *bytes, struct effects *out)
{
    struct enrp_message m;
    uint32_t peer;

    if (stood_still(g, event->now)) {
        begin_anew(out);
        return;
    }
    g->last_step = event->now;
    //@ assert group_timed: valid_group(g);
    //@ assert handlespace_timed: valid_handlespace(&r->handlespace);
    if (event->kind == (uint8_t)EVENT_TICK) {
        tick(g, r, rules, event, bytes, out);
    } else if (event->kind == EVENT_CONNECT_FAILED) {
        take_failure(g, event->server);
        //@ assert noted: valid_handlespace(&r->handlespace);
    } else if (!enrp_is_channel(event->channel) || event->kind == (uint8_t)EVENT_RULES_CHANGED) {
        take_other(g, r, rules, event, bytes, out);
    } else if (event->kind == (uint8_t)EVENT_MESSAGE) {
        peer = receive(g, &r->handlespace, rules, event, bytes, &m, out);
        if (peer != ENRP_NO_PEER) {
            enrp_carry_out(g, r, peer, event, &m, bytes, out);
        }
    } else {
        take_notice(g, &r->handlespace, rules, event, out);
        //@ assert unnoticed: valid_handlespace(&r->handlespace);
    }
    out->more = enrp_next_deadline(g, r) <= event->now;
}

/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures earlier: \result == (a < b ? a : b);
*/
static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t enrp_next_deadline(const struct enrp_group *g, const struct registrar *r)
{
    uint64_t deadline = registrar_next_deadline(r);

    if (handlespace_has_change(&r->handlespace)) {
        return 0u;
    }
    deadline = earlier(deadline, enrp_presence_deadline(g));
    deadline = earlier(deadline, enrp_startup_deadline(g));
    deadline = earlier(deadline, enrp_takeover_deadline(g));
    deadline = earlier(deadline, enrp_rehome_deadline(g, &r->handlespace));
    return earlier(deadline, enrp_download_deadline(g));
}
