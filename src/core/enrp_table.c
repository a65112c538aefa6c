/* Giving list and table to peers (enrp_table.h). */
#include "enrp_table.h"

#include "enrp_tell.h"
#include "handlespace_reading.h"
#include "registrar_books.h"

/* Sessions that are open, other than the peer's. */
/*@ requires group: \valid_read(g);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures bounded: \result <= ENRP_PEERS_MAX;
*/
static uint32_t other_sessions(const struct enrp_group *g, uint32_t peer)
{
    uint32_t n = 0u;

    /*@ loop invariant range: 0 <= p <= ENRP_PEERS_MAX;
        loop invariant bounded: n <= p;
        loop assigns p, n;
        loop variant ENRP_PEERS_MAX - p;
    */
    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        if (p != peer && g->peers.peer[p].table.active != 0u) {
            n++;
        }
    }
    return n;
}

/* Put the next elements behind position `at`, from session->next on, until the message is long enough or enough elements
 * were looked at. Returns the position behind them. */
/*@ requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires session: \valid(session);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(session, h, out);
    terminates \true;
    assigns session->next, out->bytes[out->bytes_used .. EFFECTS_BYTES_MAX - 1];
    ensures forward: session->next >= \old(session->next);
    ensures slice: session->next - \old(session->next) <= ENRP_TABLE_SCAN;
*/
static uint32_t put_elements(const struct handlespace *h, struct enrp_table_session *session,
                             uint32_t at, struct effects *out)
{
    /*@ loop invariant range: 0 <= i <= ENRP_TABLE_SCAN;
        loop invariant handlespace: valid_handlespace(h);
        loop invariant list: valid_effects(out);
        loop invariant one_each: session->next == \at(session->next, Pre) + i;
        loop assigns i, at, session->next, out->bytes[out->bytes_used .. EFFECTS_BYTES_MAX - 1];
        loop variant ENRP_TABLE_SCAN - i;
    */
    for (uint32_t i = 0u; i < ENRP_TABLE_SCAN && session->next < h->element_used; i++) {
        const uint32_t e = session->next;

        if (handlespace_element_in_use(h, e) &&
            (session->own_only == 0u || h->element[e].home == h->own_server)) {
            const uint32_t pool = handlespace_pool_of(h, e);
            const uint32_t next =
                enrp_put_entry(out, at, h->element[e].home, h->pool[pool].handle,
                               handlespace_handle_length(h, pool), h->parameter[e].bytes,
                               handlespace_parameter_length(h, e));

            if (next == WIRE_FULL) {
                return at;
            }
            at = next;
        }
        session->next = e + 1u;
        if (at >= ENRP_TABLE_BYTES) {
            return at;
        }
    }
    return at;
}

/* Send the next part of the table; with the last one the session ends. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, h, out);
    terminates \true;
    assigns g->counters, g->peers.peer[peer].table, *out;
    ENRP_ENSURES_GROUP
    ensures ends: g->peers.peer[peer].table.active == 0 ==> g->peers.peer[peer].table.next >= h->element_used;
*/
static void send_part(struct enrp_group *g, const struct handlespace *h, uint32_t peer,
                      uint64_t now, struct effects *out)
{
    struct enrp_table_session *session = &g->peers.peer[peer].table;
    const struct enrp_address to = enrp_address_of(g, peer);
    uint32_t at = enrp_begin_table(out, &to);
    bool more, sent;

    if (at != WIRE_FULL) {
        at = put_elements(h, session, at, out);
    }
    //@ assert put: valid_group(g);
    more = session->next < h->element_used;
    session->active = more ? 1u : 0u;
    session->deadline = now + g->configuration.max_time_no_response;
    //@ assert noted: valid_group(g);
    if (!more) {
        registrar_count(&g->counters.tables_sent);
    }
    //@ assert counted: valid_group(g);
    sent = enrp_end(out, &to, at, (uint8_t)(more ? ENRP_FLAG_MORE_TO_SEND : 0u));
    //@ assert ended: valid_group(g);
    enrp_sent(g, sent);
}

void enrp_give_table(struct enrp_group *g, const struct handlespace *h, uint32_t peer,
                     const struct enrp_message *m, uint64_t now, struct effects *out)
{
    struct enrp_table_session *session = &g->peers.peer[peer].table;
    const uint8_t own_only = m->flags % 2u == ENRP_FLAG_OWN_CHILDREN_ONLY ? 1u : 0u;

    if (g->phase != (uint8_t)ENRP_PHASE_SERVING ||
        other_sessions(g, peer) >= ENRP_TABLE_SESSIONS_MAX) {
        registrar_count(&g->counters.tables_refused);
        session->active = 0u;
        enrp_tell_plain(g, peer, ENRP_HANDLE_TABLE_RESPONSE, ENRP_FLAG_REJECT, out);
        return;
    }
    if (session->active == 0u || session->own_only != own_only) {
        session->own_only = own_only;
        session->next = 0u;
    }
    send_part(g, h, peer, now, out);
}

/* Put the peers that count, but the one who asks, behind position `at`. */
/*@ ENRP_REQUIRES_GROUP
    terminates \true;
    assigns out->bytes[out->bytes_used .. EFFECTS_BYTES_MAX - 1];
*/
static uint32_t put_peers(const struct enrp_group *g, uint32_t asker, uint32_t at,
                          struct effects *out)
{
    /*@ loop invariant range: 0 <= i <= ENRP_PEERS_MAX;
        loop invariant list: valid_effects(out);
        loop assigns i, at, out->bytes[out->bytes_used .. EFFECTS_BYTES_MAX - 1];
        loop variant ENRP_PEERS_MAX - i;
    */
    for (uint32_t i = 0u; i < ENRP_PEERS_MAX && at != WIRE_FULL; i++) {
        const struct enrp_peer *p = &g->peers.peer[i];

        if (i != asker && p->transport_length > 0u &&
            (p->state == (uint8_t)ENRP_PEER_ACTIVE || p->state == (uint8_t)ENRP_PEER_ASKED)) {
            const struct enrp_server server = {p->server_identifier, p->transport,
                                               p->transport_length};

            //@ assert inside: server.transport == &g->peers.peer[i].transport[0] && server.transport_length <= ENRP_TRANSPORT_MAX;
            at = enrp_put_server(out, at, &server);
        }
    }
    return at;
}

void enrp_give_list(struct enrp_group *g, uint32_t peer, struct effects *out)
{
    const struct enrp_address to = enrp_address_of(g, peer);

    if (g->phase != (uint8_t)ENRP_PHASE_SERVING) {
        enrp_tell_plain(g, peer, ENRP_LIST_RESPONSE, ENRP_FLAG_REJECT, out);
        return;
    }
    enrp_sent(g, enrp_end(out, &to, put_peers(g, peer, enrp_begin_list(out, &to), out), 0u));
}

void enrp_expire_tables(struct enrp_group *g, uint64_t now)
{
    /*@ loop invariant range: 0 <= p <= ENRP_PEERS_MAX;
        loop assigns p, g->peers.peer[0 .. ENRP_PEERS_MAX - 1].table.active;
        loop variant ENRP_PEERS_MAX - p;
    */
    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        if (g->peers.peer[p].table.active != 0u && g->peers.peer[p].table.deadline <= now) {
            g->peers.peer[p].table.active = 0u;
        }
    }
}
