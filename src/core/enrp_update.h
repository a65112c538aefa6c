/* Announcing changes of our elements, and taking those of peers (RFC 5353, 3.3). Internal to ENRP.
 *
 * Only the home of an element speaks for it: an addition says that the sender is its home, a removal counts from the
 * home alone. When both sides think that they are the home, the element is asked (registrar_home.h).
 */
#ifndef POOLPROOF_CORE_ENRP_UPDATE_H
#define POOLPROOF_CORE_ENRP_UPDATE_H

#include "enrp.h"
#include "enrp_wire.h"

/* One entry of a peer's handlespace, as an update or a table brings it. */
struct enrp_entry {
    uint32_t sender; /* server identifier of the peer it came from */
    uint32_t home;   /* who is its home, as the peer says */
    uint32_t length; /* of the message that the spans are in */
    struct wire_span handle;
    struct wire_pool_element element;
};

/* In contracts: an entry's spans lie within the message's bytes. */
/* clang-format off */
#define ENRP_READABLE_ENTRY(entry, bytes)                                                          \
    (\valid_read(entry) && \valid_read((bytes) + (0 .. (entry)->length - 1)) &&                    \
     (entry)->handle.offset + (entry)->handle.length <= (entry)->length &&                         \
     (entry)->element.tlv.offset + (entry)->element.tlv.length <= (entry)->length)
/* clang-format on */

/* Announce what is in the handlespace's journal to all peers, as far as there is room. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires apart: \separated(g, h, out);
    terminates \true;
    assigns g->counters, h->journal.first, h->journal.count, *out;
    ENRP_ENSURES_GROUP
    ensures handlespace: valid_handlespace(h);
*/
void enrp_announce_changes(struct enrp_group *g, struct handlespace *h, struct effects *out);

/* Take ENRP_HANDLE_UPDATE from a peer. */
/*@ requires group: \valid(g) && valid_group(g);
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires peer: peer < ENRP_PEERS_MAX;
    requires message: ENRP_READABLE_MESSAGE(m, bytes);
    requires apart: \separated(g, r, m);
    requires bytes_apart: \separated(g, bytes + (0 .. m->length - 1)) && \separated(r, bytes + (0 .. m->length - 1));
    terminates \true;
    assigns g->counters, g->seen[0 .. HANDLESPACE_ELEMENTS_MAX - 1], r->handlespace,
            r->books.account[0 .. REGISTRAR_ACCOUNTS - 1].elements;
    ensures group: valid_group(g);
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
void enrp_take_update(struct enrp_group *g, struct registrar *r, uint32_t peer,
                      const struct enrp_message *m, const uint8_t *bytes, uint64_t now);

/* Our copy of the element that an entry speaks of, HANDLESPACE_NONE when we have none. */
/*@ requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires entry: ENRP_READABLE_ENTRY(entry, bytes);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures found: \result != HANDLESPACE_NONE ==> handlespace_element_used(h, \result);
*/
uint32_t enrp_find(const struct handlespace *h, const struct enrp_entry *entry,
                   const uint8_t *bytes);

/* Bring an entry into our copy. The spans are within `bytes`. */
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
void enrp_put(struct enrp_group *g, struct registrar *r, const struct enrp_entry *entry,
              const uint8_t *bytes, uint64_t now);

#endif
