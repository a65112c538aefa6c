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
    struct wire_span handle;
    struct wire_pool_element element;
};

/* Announce what is in the handlespace's journal to all peers, as far as there is room. */
void enrp_announce_changes(struct enrp_group *g, struct handlespace *h, struct effects *out);

/* Take ENRP_HANDLE_UPDATE from a peer. */
void enrp_take_update(struct enrp_group *g, struct registrar *r, uint32_t peer,
                      const struct enrp_message *m, const uint8_t *bytes, uint64_t now);

/* Our copy of the element that an entry speaks of, HANDLESPACE_NONE when we have none. */
uint32_t enrp_find(const struct handlespace *h, const struct enrp_entry *entry,
                   const uint8_t *bytes);

/* Bring an entry into our copy. The spans are within `bytes`. */
void enrp_put(struct enrp_group *g, struct registrar *r, const struct enrp_entry *entry,
              const uint8_t *bytes, uint64_t now);

#endif
