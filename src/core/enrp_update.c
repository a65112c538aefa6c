/* Updates of the handlespace between peers (enrp_update.h). */
#include "enrp_update.h"

#include "enrp_tell.h"
#include "handlespace_journal.h"
#include "handlespace_reading.h"
#include "registrar_books.h"
#include "registrar_home.h"
#include "transport_use.h"

/* Announce one change, if anybody listens; the first peer that does is `first`. */
static void announce(struct enrp_group *g, const struct handlespace_change *change, uint32_t first,
                     struct effects *out)
{
    struct enrp_address to = enrp_address_of(g, first);

    to.to = 0u;
    registrar_count(&g->counters.updates_sent);
    if (enrp_send_update(out, &to, (uint16_t)change->action, g->own_server, change->handle,
                         change->handle_length, change->parameter, change->parameter_length)) {
        enrp_tell_others(g, first, out);
    } else {
        enrp_sent(g, false);
    }
}

void enrp_announce_changes(struct enrp_group *g, struct handlespace *h, struct effects *out)
{
    const uint32_t first = enrp_next_connected(g, 0u);

    for (uint32_t i = 0u; i < HANDLESPACE_JOURNAL_MAX && handlespace_has_change(h); i++) {
        if (first != ENRP_NO_PEER) {
            if (!enrp_room(out, 1024u)) {
                return;
            }
            announce(g, &h->journal.change[handlespace_oldest_change(h)], first, out);
        }
        handlespace_drop_change(h);
    }
}

/* Whether the entry can be kept at all. */
static bool fits(const struct registrar *r, const struct enrp_entry *entry)
{
    return entry->handle.length >= 1u &&
           entry->handle.length <= r->books.configuration.handle_limit &&
           entry->element.tlv.length <= ELEMENT_PARAMETER_MAX && entry->home != 0u;
}

uint32_t enrp_find(const struct handlespace *h, const struct enrp_entry *entry,
                   const uint8_t *bytes)
{
    const uint32_t pool =
        handlespace_find_pool(h, bytes + entry->handle.offset, entry->handle.length);

    return pool == HANDLESPACE_NONE
               ? HANDLESPACE_NONE
               : handlespace_find_element(h, pool, entry->element.pe_identifier);
}

/* Write the entry, whose home is not us, into our copy. */
static uint32_t write_entry(struct enrp_group *g, struct handlespace *h,
                            const struct enrp_entry *entry, uint32_t home, const uint8_t *bytes)
{
    const struct wire_pool_element *e = &entry->element;
    const uint32_t element = registrar_put_remote(
        h, bytes + entry->handle.offset, entry->handle.length, e->pe_identifier, home,
        e->policy.type, e->user_transport.type, transport_use(&e->user_transport),
        bytes + e->tlv.offset, e->tlv.length);

    if (element == HANDLESPACE_NONE) {
        registrar_count(&g->counters.updates_lost);
    } else {
        g->seen[element] = g->epoch;
        registrar_count(&g->counters.updates_received);
    }
    return element;
}

/* A peer says that we are the home of what we do not know: we were, before we began anew. It has time to come back. */
static void take_back(struct enrp_group *g, struct registrar *r, const struct enrp_entry *entry,
                      const uint8_t *bytes, uint64_t now)
{
    uint32_t element;

    if (g->phase == (uint8_t)ENRP_PHASE_SERVING) {
        registrar_count(&g->counters.updates_ignored);
        return;
    }
    element = write_entry(g, &r->handlespace, entry, entry->sender, bytes);
    if (element != HANDLESPACE_NONE) {
        registrar_adopt(&r->books, &r->handlespace, element, now, g->configuration.takeover_grace);
    }
}

/* Both sides think that they are the element's home. To the letter of RFC 5353, 3.3.1 and 3.6.3, the message counts. */
static void settle_conflict(struct enrp_group *g, struct registrar *r, uint32_t element,
                            const struct enrp_entry *entry, const uint8_t *bytes, uint64_t now)
{
    if (g->configuration.literal != 0u) {
        registrar_yield(&r->books, &r->handlespace, element, entry->home);
    } else {
        registrar_count(&g->counters.elements_contested);
        registrar_contest(&r->books, &r->handlespace, element, entry->home, now);
    }
    if (r->handlespace.element[element].home != g->own_server) {
        registrar_count(&g->counters.elements_yielded);
        (void)write_entry(g, &r->handlespace, entry, entry->home, bytes);
    }
}

void enrp_put(struct enrp_group *g, struct registrar *r, const struct enrp_entry *entry,
              const uint8_t *bytes, uint64_t now)
{
    uint32_t element;

    if (!fits(r, entry)) {
        registrar_count(&g->counters.updates_ignored);
        return;
    }
    element = enrp_find(&r->handlespace, entry, bytes);
    if (element == HANDLESPACE_NONE && entry->home == g->own_server) {
        take_back(g, r, entry, bytes, now);
    } else if (element == HANDLESPACE_NONE ||
               (r->handlespace.element[element].home != g->own_server &&
                entry->home != g->own_server)) {
        (void)write_entry(g, &r->handlespace, entry, entry->home, bytes);
    } else if (entry->home != g->own_server) {
        settle_conflict(g, r, element, entry, bytes, now);
    }
}

/* A peer removed an element: so do we, if the peer is its home. */
static void take_removal(struct enrp_group *g, struct registrar *r, const struct enrp_entry *entry,
                         const uint8_t *bytes)
{
    struct handlespace *h = &r->handlespace;
    const uint32_t element = enrp_find(h, entry, bytes);

    if (element == HANDLESPACE_NONE) {
        return;
    }
    if (h->element[element].home == g->own_server && g->configuration.literal != 0u) {
        registrar_yield(&r->books, h, element, entry->sender);
    }
    if (h->element[element].home == entry->sender || g->configuration.literal != 0u) {
        registrar_count(&g->counters.updates_received);
        handlespace_remove_element(h, element);
    } else {
        registrar_count(&g->counters.updates_ignored);
    }
}

void enrp_take_update(struct enrp_group *g, struct registrar *r, uint32_t peer,
                      const struct enrp_message *m, const uint8_t *bytes, uint64_t now)
{
    struct enrp_entry entry = {0};

    entry.sender = g->peers.peer[peer].server_identifier;
    entry.home = entry.sender;
    entry.length = m->length;
    entry.handle = m->pool_handle;
    entry.element = m->pool_element;
    if (m->update_action == UPDATE_ACTION_ADD_PE) {
        enrp_put(g, r, &entry, bytes, now);
    } else {
        take_removal(g, r, &entry, bytes);
    }
}
