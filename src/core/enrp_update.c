/* Updates of the handlespace between peers (enrp_update.h). */
#include "enrp_update.h"

#include "enrp_tell.h"
#include "handlespace_journal.h"
#include "handlespace_reading.h"
#include "registrar_books.h"
#include "registrar_home.h"
#include "transport_use.h"

/* Announce one change, if anybody listens; the first peer that does is `first`. */
/*@ ENRP_REQUIRES_GROUP
    requires change: \valid_read(change);
    requires handle: change->handle_length <= POOL_HANDLE_MAX;
    requires parameter: change->parameter_length <= ELEMENT_PARAMETER_MAX;
    requires first: first < ENRP_PEERS_MAX;
    requires apart: \separated(g, change, out);
    terminates \true;
    assigns g->counters, *out;
    ENRP_ENSURES_GROUP
*/
static void announce(struct enrp_group *g, const struct handlespace_change *change, uint32_t first,
                     struct effects *out)
{
    struct enrp_address to = enrp_address_of(g, first);
    const uint16_t action = (uint16_t)(change->action % 65536u); /* it was noted from so many */

    to.to = 0u;
    registrar_count(&g->counters.updates_sent);
    if (enrp_send_update(out, &to, action, g->own_server, change->handle, change->handle_length,
                         change->parameter, change->parameter_length)) {
        enrp_tell_others(g, first, out);
    } else {
        enrp_sent(g, false);
    }
}

void enrp_announce_changes(struct enrp_group *g, struct handlespace *h, struct effects *out)
{
    const uint32_t first = enrp_next_connected(g, 0u);

    /*@ loop invariant range: 0 <= i <= HANDLESPACE_JOURNAL_MAX;
        loop invariant group: valid_group(g);
        loop invariant list: valid_effects(out);
        loop invariant handlespace: valid_handlespace(h);
        loop assigns i, g->counters, h->journal.first, h->journal.count, *out;
        loop variant HANDLESPACE_JOURNAL_MAX - i;
    */
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
/*@ requires registrar: \valid_read(r);
    requires entry: \valid_read(entry);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures fits: \result ==> 1 <= entry->handle.length && entry->element.tlv.length <= ELEMENT_PARAMETER_MAX;
    ensures home: \result ==> entry->home != 0;
*/
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
/*@ requires group: \valid(g) && valid_group(g);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires entry: ENRP_READABLE_ENTRY(entry, bytes);
    requires apart: \separated(g, h, entry);
    requires bytes_apart: \separated(g, bytes + (0 .. entry->length - 1)) && \separated(h, bytes + (0 .. entry->length - 1));
    terminates \true;
    exits \false;
    assigns g->counters, g->seen[0 .. HANDLESPACE_ELEMENTS_MAX - 1], *h;
    ensures group: valid_group(g);
    ensures handlespace: valid_handlespace(h);
    ensures used: \result != HANDLESPACE_NONE ==> handlespace_element_used(h, \result);
    ensures home: \result != HANDLESPACE_NONE ==> h->element[\result].home == home;
    ensures seen: \result != HANDLESPACE_NONE ==> g->seen[\result] == g->epoch;
*/
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
        //@ assert element: element < HANDLESPACE_ELEMENTS_MAX;
        g->seen[element] = g->epoch;
        //@ assert seen: valid_group(g);
        registrar_count(&g->counters.updates_received);
    }
    return element;
}

/* Count what a peer told in vain. */
/*@ requires group: \valid(g) && valid_group(g);
    terminates \true;
    exits \false;
    assigns g->counters.updates_ignored;
    ensures group: valid_group(g);
*/
static void ignore(struct enrp_group *g)
{
    registrar_count(&g->counters.updates_ignored);
}

/* Become the home of an element that has time to come. */
/*@ requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires element: handlespace_element_used(&r->handlespace, element);
    terminates \true;
    assigns r->handlespace;
    ensures handlespace: valid_handlespace(&r->handlespace);
    ensures home: r->handlespace.element[element].home == r->books.configuration.server_identifier;
*/
static void adopt(struct registrar *r, uint32_t element, uint64_t now, uint32_t grace)
{
    registrar_adopt(&r->books, &r->handlespace, element, now, grace);
}

/* Leave an element to another home. */
/*@ requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires element: handlespace_element_used(&r->handlespace, element);
    terminates \true;
    exits \false;
    assigns r->handlespace, r->books.account[0 .. REGISTRAR_ACCOUNTS - 1].elements;
    ensures handlespace: valid_handlespace(&r->handlespace);
    ensures used: handlespace_element_used(&r->handlespace, element);
    ensures home: r->handlespace.element[element].home == home;
*/
static void yield(struct registrar *r, uint32_t element, uint32_t home)
{
    registrar_yield(&r->books, &r->handlespace, element, home);
}

/* Ask an element whose it is, or leave it to the claimant. */
/*@ requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires element: handlespace_element_used(&r->handlespace, element);
    terminates \true;
    exits \false;
    assigns r->handlespace, r->books.account[0 .. REGISTRAR_ACCOUNTS - 1].elements;
    ensures handlespace: valid_handlespace(&r->handlespace);
    ensures used: handlespace_element_used(&r->handlespace, element);
*/
static void contest(struct registrar *r, uint32_t element, uint32_t claimant, uint64_t now)
{
    registrar_contest(&r->books, &r->handlespace, element, claimant, now);
}

/* A peer says that we are the home of what we do not know: we were, before we began anew. It has time to come back. */
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
static void take_back(struct enrp_group *g, struct registrar *r, const struct enrp_entry *entry,
                      const uint8_t *bytes, uint64_t now)
{
    uint32_t element;

    if (g->phase == (uint8_t)ENRP_PHASE_SERVING) {
        ignore(g);
        return;
    }
    element = write_entry(g, &r->handlespace, entry, entry->sender, bytes);
    if (element != HANDLESPACE_NONE) {
        adopt(r, element, now, g->configuration.takeover_grace);
        //@ assert adopted: valid_group(g);
    }
}

/* Both sides think that they are the element's home. To the letter of RFC 5353, 3.3.1 and 3.6.3, the message counts. */
/*@ requires group: \valid(g) && valid_group(g);
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires element: handlespace_element_used(&r->handlespace, element);
    requires entry: ENRP_READABLE_ENTRY(entry, bytes);
    requires apart: \separated(g, r, entry);
    requires bytes_apart: \separated(g, bytes + (0 .. entry->length - 1)) && \separated(r, bytes + (0 .. entry->length - 1));
    terminates \true;
    exits \false;
    assigns g->counters, g->seen[0 .. HANDLESPACE_ELEMENTS_MAX - 1], r->handlespace,
            r->books.account[0 .. REGISTRAR_ACCOUNTS - 1].elements;
    ensures group: valid_group(g);
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
static void settle_conflict(struct enrp_group *g, struct registrar *r, uint32_t element,
                            const struct enrp_entry *entry, const uint8_t *bytes, uint64_t now)
{
    if (g->configuration.literal != 0u) {
        yield(r, element, entry->home);
    } else {
        registrar_count(&g->counters.elements_contested);
        //@ assert counted: valid_handlespace(&r->handlespace);
        contest(r, element, entry->home, now);
    }
    //@ assert settled: valid_group(g);
    if (r->handlespace.element[element].home != g->own_server) {
        registrar_count(&g->counters.elements_yielded);
        //@ assert yielded: valid_handlespace(&r->handlespace);
        (void)write_entry(g, &r->handlespace, entry, entry->home, bytes);
    }
}

/* Bring in an entry of which we have no copy. */
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
static void put_new(struct enrp_group *g, struct registrar *r, const struct enrp_entry *entry,
                    const uint8_t *bytes, uint64_t now)
{
    if (entry->home == g->own_server) {
        take_back(g, r, entry, bytes, now);
    } else {
        (void)write_entry(g, &r->handlespace, entry, entry->home, bytes);
    }
}

/* Bring in an entry of which we have a copy. What a peer says of an element that it leaves to us is nothing new. */
/*@ requires group: \valid(g) && valid_group(g);
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires element: handlespace_element_used(&r->handlespace, element);
    requires entry: ENRP_READABLE_ENTRY(entry, bytes);
    requires apart: \separated(g, r, entry);
    requires bytes_apart: \separated(g, bytes + (0 .. entry->length - 1)) && \separated(r, bytes + (0 .. entry->length - 1));
    terminates \true;
    exits \false;
    assigns g->counters, g->seen[0 .. HANDLESPACE_ELEMENTS_MAX - 1], r->handlespace,
            r->books.account[0 .. REGISTRAR_ACCOUNTS - 1].elements;
    ensures group: valid_group(g);
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
static void put_known(struct enrp_group *g, struct registrar *r, uint32_t element,
                      const struct enrp_entry *entry, const uint8_t *bytes, uint64_t now)
{
    if (entry->home == g->own_server) {
        return;
    }
    if (r->handlespace.element[element].home == g->own_server) {
        settle_conflict(g, r, element, entry, bytes, now);
    } else {
        (void)write_entry(g, &r->handlespace, entry, entry->home, bytes);
    }
}

void enrp_put(struct enrp_group *g, struct registrar *r, const struct enrp_entry *entry,
              const uint8_t *bytes, uint64_t now)
{
    uint32_t element;

    if (!fits(r, entry)) {
        ignore(g);
        return;
    }
    element = enrp_find(&r->handlespace, entry, bytes);
    if (element == HANDLESPACE_NONE) {
        put_new(g, r, entry, bytes, now);
    } else {
        put_known(g, r, element, entry, bytes, now);
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
static void erase(struct handlespace *h, uint32_t element)
{
    handlespace_remove_element(h, element);
}

/* Remove an element at the word of a peer that is its home, or of any to the letter of RFC 5353, 3.6.3. */
/*@ requires group: \valid(g) && valid_group(g);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires apart: \separated(g, h);
    terminates \true;
    exits \false;
    assigns g->counters, *h;
    ensures group: valid_group(g);
    ensures handlespace: valid_handlespace(h);
    ensures home_alone: \old(g->configuration.literal == 0 && h->element[element].home != sender) ==>
      handlespace_element_used(h, element);
*/
static void remove_for(struct enrp_group *g, struct handlespace *h, uint32_t element,
                       uint32_t sender)
{
    if (h->element[element].home == sender || g->configuration.literal != 0u) {
        registrar_count(&g->counters.updates_received);
        //@ assert counted: valid_handlespace(h);
        erase(h, element);
    } else {
        ignore(g);
    }
}

/* A peer removed an element: so do we, if the peer is its home. */
/*@ requires group: \valid(g) && valid_group(g);
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires entry: ENRP_READABLE_ENTRY(entry, bytes);
    requires apart: \separated(g, r, entry);
    requires bytes_apart: \separated(g, bytes + (0 .. entry->length - 1)) && \separated(r, bytes + (0 .. entry->length - 1));
    terminates \true;
    exits \false;
    assigns g->counters, g->seen[0 .. HANDLESPACE_ELEMENTS_MAX - 1], r->handlespace,
            r->books.account[0 .. REGISTRAR_ACCOUNTS - 1].elements;
    ensures group: valid_group(g);
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
static void take_removal(struct enrp_group *g, struct registrar *r, const struct enrp_entry *entry,
                         const uint8_t *bytes)
{
    const uint32_t element = enrp_find(&r->handlespace, entry, bytes);

    if (element == HANDLESPACE_NONE) {
        return;
    }
    if (r->handlespace.element[element].home == g->own_server && g->configuration.literal != 0u) {
        yield(r, element, entry->sender);
    }
    //@ assert yielded: valid_group(g);
    remove_for(g, &r->handlespace, element, entry->sender);
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
