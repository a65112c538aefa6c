/* Fetching a peer's handle table (enrp_download.h). */
#include "enrp_download.h"

#include "enrp_channel.h"
#include "enrp_startup.h"
#include "enrp_tell.h"
#include "enrp_update.h"
#include "registrar_books.h"

/* Ask for the first or the next part. */
/*@ ENRP_REQUIRES_GROUP
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    assigns g->download.deadline, g->counters.effects_dropped, *out;
    ENRP_ENSURES_GROUP
*/
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

    g->epoch = g->epoch < UINT32_MAX ? g->epoch + 1u : 1u; /* 0 is in `seen` of what never came */
    d->epoch = g->epoch;
    d->active = 1u;
    d->purging = 0u;
    d->own_only = (uint8_t)(whole ? 0u : 1u);
    d->peer = peer;
    d->server_identifier = g->peers.peer[peer].server_identifier;
    d->next = 0u;
    //@ assert begun: valid_group(g);
    g->peers.peer[peer].resynchronize = 0u;
    //@ assert noted: valid_group(g);
    ask(g, now, out);
}

/* The download leads to nothing: a starting registrar turns to another mentor, another one tries again after the peer's
 * next presence. */
/*@ requires group: \valid(g) && valid_group(g);
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns *g;
    ensures group: valid_group(g);
    ensures over: g->download.active == 0;
*/
static void give_up(struct enrp_group *g, uint64_t now)
{
    g->download.active = 0u;
    registrar_count(&g->counters.tables_given_up);
    if (g->phase == (uint8_t)ENRP_PHASE_TABLE) {
        enrp_next_mentor(g, now);
    }
}

/* The table is complete: serve, or remove what is no longer in it. */
/*@ ENRP_REQUIRES_GROUP
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns *g, *out;
    ENRP_ENSURES_GROUP
*/
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
/*@ requires group: \valid_read(g);
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires entry: ENRP_READABLE_ENTRY(entry, bytes);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures speaks: \result ==> entry->home == entry->sender || g->configuration.literal != 0 || g->download.own_only == 0;
*/
static bool counts(const struct enrp_group *g, const struct handlespace *h,
                   const struct enrp_entry *entry, const uint8_t *bytes)
{
    if (entry->home == entry->sender || g->configuration.literal != 0u) {
        return true;
    }
    return g->download.own_only == 0u && enrp_find(h, entry, bytes) == HANDLESPACE_NONE;
}

/* Bring one element of a pool entry into our copy. */
/*@ requires group: \valid(g) && valid_group(g);
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires entry: ENRP_READABLE_ENTRY(entry, bytes);
    requires apart: \separated(g, r, entry);
    requires bytes_apart: \separated(g, bytes + (0 .. entry->length - 1)) && \separated(r, bytes + (0 .. entry->length - 1));
    terminates \true;
    assigns g->counters, g->seen[0 .. HANDLESPACE_ELEMENTS_MAX - 1], r->handlespace,
            r->books.account[0 .. REGISTRAR_ACCOUNTS - 1].elements;
    ensures group: valid_group(g);
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
static void put_element(struct enrp_group *g, struct registrar *r, const struct enrp_entry *entry,
                        const uint8_t *bytes, uint64_t now)
{
    if (counts(g, &r->handlespace, entry, bytes)) {
        enrp_put(g, r, entry, bytes, now);
    } else {
        registrar_count(&g->counters.updates_ignored);
    }
}

/* The next element of a pool entry, as an entry of the peer we fetch from. False when there is no more. */
/*@ requires group: \valid_read(g) && valid_group(g);
    requires message: \valid_read(bytes + (0 .. length - 1));
    requires handle: wire_inside(handle.offset, handle.length, length);
    requires elements: \valid(elements);
    requires entry: \valid(entry);
    requires apart: \separated(g, elements, entry, bytes + (0 .. length - 1));
    terminates \true;
    assigns *elements, *entry;
    ensures group: valid_group(g);
    ensures progress: \result ==> \old(elements->next) < elements->next <= elements->end;
    ensures end: elements->end == \old(elements->end);
    ensures length: \result ==> entry->length == length;
    ensures readable: \result ==> ENRP_READABLE_ENTRY(entry, bytes);
*/
static bool next_entry(const struct enrp_group *g, struct wire_span handle, uint32_t length,
                       const uint8_t *bytes, struct wire_iterator *elements,
                       struct enrp_entry *entry)
{
    const bool found = wire_pool_element_next(bytes, length, elements, &entry->element);

    //@ assert read: valid_group(g);
    if (!found) {
        return false;
    }
    entry->sender = g->download.server_identifier;
    entry->home = entry->element.home_enrp_server_identifier;
    entry->length = length;
    entry->handle = handle;
    //@ assert named: valid_group(g);
    return true;
}

/* Transfer the elements of one pool entry. */
/*@ requires group: \valid(g) && valid_group(g);
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires handle: wire_inside(handle.offset, handle.length, length);
    requires elements: elements.next <= elements.end <= length;
    requires message: \valid_read(bytes + (0 .. length - 1));
    requires apart: \separated(g, r);
    requires bytes_apart: \separated(g, bytes + (0 .. length - 1)) && \separated(r, bytes + (0 .. length - 1));
    terminates \true;
    assigns g->counters, g->seen[0 .. HANDLESPACE_ELEMENTS_MAX - 1], r->handlespace,
            r->books.account[0 .. REGISTRAR_ACCOUNTS - 1].elements;
    ensures group: valid_group(g);
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
static void transfer_pool(struct enrp_group *g, struct registrar *r, struct wire_span handle,
                          struct wire_iterator elements, uint32_t length, const uint8_t *bytes,
                          uint64_t now)
{
    struct enrp_entry entry;

    /*@ loop invariant end: elements.next <= elements.end;
        loop invariant group: valid_group(g);
        loop invariant handlespace: valid_handlespace(&r->handlespace);
        loop assigns elements, entry, g->counters, g->seen[0 .. HANDLESPACE_ELEMENTS_MAX - 1],
                     r->handlespace, r->books.account[0 .. REGISTRAR_ACCOUNTS - 1].elements;
        loop variant elements.end - elements.next;
    */
    while (next_entry(g, handle, length, bytes, &elements, &entry)) {
        //@ assert handlespace_kept: valid_handlespace(&r->handlespace);
        put_element(g, r, &entry, bytes, now);
    }
}

/* Transfer the entries of a response. */
/*@ requires group: \valid(g) && valid_group(g);
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires message: ENRP_READABLE_MESSAGE(m, bytes);
    requires apart: \separated(g, r, m);
    requires bytes_apart: \separated(g, bytes + (0 .. m->length - 1)) && \separated(r, bytes + (0 .. m->length - 1));
    terminates \true;
    assigns g->counters, g->seen[0 .. HANDLESPACE_ELEMENTS_MAX - 1], r->handlespace,
            r->books.account[0 .. REGISTRAR_ACCOUNTS - 1].elements;
    ensures group: valid_group(g);
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
static void transfer(struct enrp_group *g, struct registrar *r, const struct enrp_message *m,
                     const uint8_t *bytes, uint64_t now)
{
    const uint32_t length = m->length;
    struct wire_iterator entries = m->pool_entries;
    struct enrp_pool_entry pool;

    //@ assert group_read: valid_group(g);
    //@ assert handlespace_read: valid_handlespace(&r->handlespace);
    /*@ loop invariant end: entries.next <= entries.end;
        loop invariant group: valid_group(g);
        loop invariant handlespace: valid_handlespace(&r->handlespace);
        loop assigns entries, pool, g->counters, g->seen[0 .. HANDLESPACE_ELEMENTS_MAX - 1], r->handlespace,
                     r->books.account[0 .. REGISTRAR_ACCOUNTS - 1].elements;
        loop variant entries.end - entries.next;
    */
    while (enrp_pool_entry_next(bytes, length, &entries, &pool)) {
        //@ assert group_kept: valid_group(g);
        //@ assert handlespace_kept: valid_handlespace(&r->handlespace);
        transfer_pool(g, r, pool.pool_handle, pool.pool_elements, length, bytes, now);
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
        //@ assert untouched: valid_handlespace(&r->handlespace);
        return;
    }
    transfer(g, r, m, bytes, now);
    //@ assert count: out->count <= EFFECTS_MAX;
    //@ assert bytes: out->bytes_used <= EFFECTS_BYTES_MAX;
    if (m->flags / 2u % 2u != 0u) {
        ask(g, now, out);
        //@ assert asked: valid_handlespace(&r->handlespace);
    } else {
        complete(g, now, out);
        //@ assert completed: valid_handlespace(&r->handlespace);
    }
}

/* Remove an element: all that is written is the handlespace. */
/*@ requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns *h;
    ensures handlespace: valid_handlespace(h);
*/
static void remove_element(struct handlespace *h, uint32_t element)
{
    handlespace_remove_element(h, element);
}

/* Remove one element, if the peer is home of it and did not name it. */
/*@ requires group: \valid(g) && valid_group(g);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires apart: \separated(g, h);
    terminates \true;
    assigns g->counters.elements_purged, *h;
    ensures group: valid_group(g);
    ensures handlespace: valid_handlespace(h);
    ensures named_stay: \old(handlespace_element_used(h, element) && g->seen[element] == g->download.epoch) ==>
      handlespace_element_used(h, element);
    ensures others_stay: \old(handlespace_element_used(h, element) && h->element[element].home != g->download.server_identifier) ==>
      handlespace_element_used(h, element);
*/
static void purge_element(struct enrp_group *g, struct handlespace *h, uint32_t element)
{
    const struct enrp_download *d = &g->download;

    if (handlespace_element_in_use(h, element) &&
        h->element[element].home == d->server_identifier && g->seen[element] != d->epoch) {
        registrar_count(&g->counters.elements_purged);
        //@ assert counted: valid_handlespace(h);
        remove_element(h, element);
    }
}

/* Remove what the peer is home of, and did not name, a slice at a time. */
/*@ requires group: \valid(g) && valid_group(g);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires apart: \separated(g, h);
    terminates \true;
    assigns g->counters.elements_purged, g->download.next, g->download.active, *h;
    ensures group: valid_group(g);
    ensures handlespace: valid_handlespace(h);
*/
static void purge(struct enrp_group *g, struct handlespace *h)
{
    struct enrp_download *d = &g->download;

    /*@ loop invariant range: 0 <= i <= ENRP_PURGE_SLICE;
        loop invariant group: valid_group(g);
        loop invariant handlespace: valid_handlespace(h);
        loop assigns i, g->counters.elements_purged, g->download.next, *h;
        loop variant ENRP_PURGE_SLICE - i;
    */
    for (uint32_t i = 0u; i < ENRP_PURGE_SLICE && d->next < h->element_used; i++) {
        const uint32_t e = d->next;

        d->next = e + 1u;
        //@ assert group_kept: valid_group(g);
        //@ assert untouched: valid_handlespace(h);
        purge_element(g, h, e);
    }
    if (d->next >= h->element_used) {
        d->active = 0u;
        //@ assert done: valid_handlespace(h);
    }
}

/* The next peer whose elements are to be fetched again, ENRP_NO_PEER when there is none. */
/*@ requires group: \valid_read(g);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures wanted: \result != ENRP_NO_PEER ==> \result < ENRP_PEERS_MAX && g->peers.peer[\result].resynchronize != 0;
*/
static uint32_t next_wanted(const struct enrp_group *g)
{
    /*@ loop invariant range: 0 <= p <= ENRP_PEERS_MAX;
        loop assigns p;
        loop variant ENRP_PEERS_MAX - p;
    */
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
/*@ ENRP_REQUIRES_GROUP
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns *g, *out;
    ENRP_ENSURES_GROUP
*/
static void check_progress(struct enrp_group *g, uint64_t now, struct effects *out)
{
    const uint32_t channel = g->peers.peer[g->download.peer].channel;

    if (!enrp_is_channel(channel)) {
        give_up(g, now);
    } else if (g->download.deadline <= now && enrp_room(out, 0u)) {
        give_up(g, now);
        enrp_close_channel(g, channel, CLOSE_TABLE_UNFINISHED, now, out);
    }
}

/* Begin to fetch from the next peer of which that is wanted, if there is one. */
/*@ ENRP_REQUIRES_GROUP
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    assigns *g, *out;
    ENRP_ENSURES_GROUP
*/
static void begin_wanted(struct enrp_group *g, uint64_t now, struct effects *out)
{
    const uint32_t wanted = next_wanted(g);

    if (wanted != ENRP_NO_PEER && enrp_room(out, 1024u)) {
        enrp_download_begin(g, wanted, false, now, out);
    }
}

void enrp_download_work(struct enrp_group *g, struct handlespace *h, uint64_t now,
                        struct effects *out)
{
    const struct enrp_download *d = &g->download;

    if (d->active != 0u && d->purging != 0u) {
        purge(g, h);
        //@ assert count: out->count <= EFFECTS_MAX;
        //@ assert bytes: out->bytes_used <= EFFECTS_BYTES_MAX;
    } else if (d->active != 0u) {
        check_progress(g, now, out);
        //@ assert checked: valid_handlespace(h);
    } else if (g->phase == (uint8_t)ENRP_PHASE_SERVING && g->rehome[0].from == 0u) {
        begin_wanted(g, now, out);
        //@ assert begun: valid_handlespace(h);
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
