/* Fetching a peer's handle table (enrp_download.h). */
#include "enrp_download.h"

#include "enrp_channel.h"
#include "enrp_startup.h"
#include "enrp_tell.h"
#include "enrp_update.h"
#include "registrar_books.h"

/* Ask for the first or the next part. */
static void ask(struct enrp_group *g, uint64_t now, struct effects *out)
{
    struct enrp_download *d = &g->download;

    d->deadline = now + g->configuration.max_time_no_response;
    enrp_tell_plain(g, d->peer, ENRP_HANDLE_TABLE_REQUEST,
                    (uint8_t)(d->own_only != 0u ? ENRP_FLAG_OWN_CHILDREN_ONLY : 0u), out);
}

void enrp_download_begin(struct enrp_group *g, uint32_t peer, bool whole, uint64_t now,
                         struct effects *out)
{
    struct enrp_download *d = &g->download;

    g->epoch++;
    d->epoch = g->epoch;
    d->active = 1u;
    d->purging = 0u;
    d->own_only = (uint8_t)(whole ? 0u : 1u);
    d->peer = peer;
    d->server_identifier = g->peers.peer[peer].server_identifier;
    d->next = 0u;
    g->peers.peer[peer].resynchronize = 0u;
    ask(g, now, out);
}

/* The download leads to nothing: a starting registrar turns to another mentor, another one tries again after the peer's
 * next presence. */
static void give_up(struct enrp_group *g, uint64_t now)
{
    g->download.active = 0u;
    registrar_count(&g->counters.tables_given_up);
    if (g->phase == (uint8_t)ENRP_PHASE_TABLE) {
        enrp_next_mentor(g, now);
    }
}

/* The table is complete: serve, or remove what is no longer in it. */
static void complete(struct enrp_group *g, uint64_t now, struct effects *out)
{
    struct enrp_download *d = &g->download;

    registrar_count(&g->counters.tables_fetched);
    if (d->own_only != 0u) {
        d->purging = 1u;
        enrp_audit(g, g->peers.peer[d->peer].channel, AUDIT_RESYNCHRONIZED, d->server_identifier,
                   out);
        return;
    }
    d->active = 0u;
    if (g->phase == (uint8_t)ENRP_PHASE_TABLE) {
        enrp_serve(g, now);
    }
}

/* Whether an entry of a table counts. A peer speaks for what it is home of. Of others' elements a starting registrar
 * believes its mentor, unless their home itself has told of them meanwhile. */
static bool counts(const struct enrp_group *g, const struct handlespace *h,
                   const struct enrp_entry *entry, const uint8_t *bytes)
{
    if (entry->home == entry->sender || g->configuration.literal != 0u) {
        return true;
    }
    return g->download.own_only == 0u && enrp_find(h, entry, bytes) == HANDLESPACE_NONE;
}

/* Bring one element of a pool entry into our copy. */
static void put_element(struct enrp_group *g, struct registrar *r, struct enrp_entry *entry,
                        const uint8_t *bytes, uint64_t now)
{
    entry->home = entry->element.home_enrp_server_identifier;
    if (counts(g, &r->handlespace, entry, bytes)) {
        enrp_put(g, r, entry, bytes, now);
    } else {
        registrar_count(&g->counters.updates_ignored);
    }
}

/* Transfer the entries of a response. */
static void transfer(struct enrp_group *g, struct registrar *r, const struct enrp_message *m,
                     const uint8_t *bytes, uint64_t now)
{
    struct wire_iterator entries = m->pool_entries;
    struct enrp_pool_entry pool;
    struct enrp_entry entry = {0};

    entry.sender = g->download.server_identifier;
    entry.length = m->length;
    while (enrp_pool_entry_next(bytes, m->length, &entries, &pool)) {
        struct wire_iterator elements = pool.pool_elements;

        entry.handle = pool.pool_handle;
        while (wire_pool_element_next(bytes, m->length, &elements, &entry.element)) {
            put_element(g, r, &entry, bytes, now);
        }
    }
}

void enrp_take_table(struct enrp_group *g, struct registrar *r, uint32_t peer,
                     const struct enrp_message *m, const uint8_t *bytes, uint64_t now,
                     struct effects *out)
{
    const struct enrp_download *d = &g->download;

    if (d->active == 0u || d->purging != 0u || d->peer != peer) {
        return;
    }
    if (m->flags % 2u == ENRP_FLAG_REJECT) {
        give_up(g, now);
        return;
    }
    transfer(g, r, m, bytes, now);
    if (m->flags / 2u % 2u != 0u) {
        ask(g, now, out);
    } else {
        complete(g, now, out);
    }
}

/* Remove what the peer is home of, and did not name, a slice at a time. */
static void purge(struct enrp_group *g, struct handlespace *h)
{
    struct enrp_download *d = &g->download;

    for (uint32_t i = 0u; i < ENRP_PURGE_SLICE && d->next < h->element_used; i++) {
        const uint32_t e = d->next;

        d->next = e + 1u;
        if (handlespace_element_in_use(h, e) && h->element[e].home == d->server_identifier &&
            g->seen[e] != d->epoch) {
            registrar_count(&g->counters.elements_purged);
            handlespace_remove_element(h, e);
        }
    }
    if (d->next >= h->element_used) {
        d->active = 0u;
    }
}

/* The next peer whose elements are to be fetched again, ENRP_NO_PEER when there is none. */
static uint32_t next_wanted(const struct enrp_group *g)
{
    for (uint32_t p = 0u; p < ENRP_PEERS_MAX; p++) {
        if (g->peers.peer[p].state == (uint8_t)ENRP_PEER_ACTIVE &&
            g->peers.peer[p].resynchronize != 0u && g->peers.peer[p].channel != ENRP_NO_CHANNEL) {
            return p;
        }
    }
    return ENRP_NO_PEER;
}

/* Give up when nothing came in time, and the channel with it: what may still come on it belongs to a session that both
 * ends have to forget. */
static void check_progress(struct enrp_group *g, uint64_t now, struct effects *out)
{
    const uint32_t channel = g->peers.peer[g->download.peer].channel;

    if (channel == ENRP_NO_CHANNEL) {
        give_up(g, now);
    } else if (g->download.deadline <= now && enrp_room(out, 0u)) {
        give_up(g, now);
        enrp_close_channel(g, channel, CLOSE_TABLE_UNFINISHED, now, out);
    }
}

void enrp_download_work(struct enrp_group *g, struct handlespace *h, uint64_t now,
                        struct effects *out)
{
    const struct enrp_download *d = &g->download;
    uint32_t wanted;

    if (d->active != 0u && d->purging != 0u) {
        purge(g, h);
    } else if (d->active != 0u) {
        check_progress(g, now, out);
    } else if (g->phase == (uint8_t)ENRP_PHASE_SERVING && g->rehome[0].from == 0u) {
        wanted = next_wanted(g);
        if (wanted != ENRP_NO_PEER && enrp_room(out, 1024u)) {
            enrp_download_begin(g, wanted, false, now, out);
        }
    }
}

uint64_t enrp_download_deadline(const struct enrp_group *g)
{
    const struct enrp_download *d = &g->download;

    if (d->active != 0u) {
        return d->purging != 0u || g->peers.peer[d->peer].channel == ENRP_NO_CHANNEL ? 0u
                                                                                     : d->deadline;
    }
    return g->phase == (uint8_t)ENRP_PHASE_SERVING && g->rehome[0].from == 0u &&
                   next_wanted(g) != ENRP_NO_PEER
               ? 0u
               : REGISTRAR_NEVER;
}
