/* Elements that change their home together, after a takeover (RFC 5353, 3.5.2); and those whose home is nobody.
 * Internal to ENRP.
 *
 * One job after the other, in the order in which they came: an element may be moved by two of them. Each
 * goes through the elements a slice at a time.
 */
#ifndef POOLPROOF_CORE_ENRP_REHOME_H
#define POOLPROOF_CORE_ENRP_REHOME_H

#include "enrp.h"

#define ENRP_REHOME_SLICE 256u

/* Let `to` be the home of all elements of `from`. When there is no room for the job it is not done: what it would have
 * changed is purged and fetched again in time. */
/*@ requires group: \valid(g) && valid_group(g);
    terminates \true;
    exits \false;
    assigns g->rehome[0 .. ENRP_PEERS_MAX - 1];
    ensures group: valid_group(g);
*/
void enrp_rehome_begin(struct enrp_group *g, uint32_t from, uint32_t to);

/* Go on with the first job, if there is one. Elements that come to us have `takeover_grace` to register. */
/*@ requires group: \valid(g) && valid_group(g);
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, r);
    terminates \true;
    assigns g->counters.elements_taken, g->rehome[0 .. ENRP_PEERS_MAX - 1], r->handlespace;
    ensures group: valid_group(g);
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
void enrp_rehome_work(struct enrp_group *g, struct registrar *r, uint64_t now);

/* Look at the next elements for such as have a home that is neither we nor in the peer list, and remove them. */
/*@ requires group: \valid(g) && valid_group(g);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires apart: \separated(g, h);
    terminates \true;
    assigns g->counters.elements_purged, g->scavenge_next, *h;
    ensures group: valid_group(g);
    ensures handlespace: valid_handlespace(h);
*/
void enrp_scavenge(struct enrp_group *g, struct handlespace *h);

/* Begin to look at all elements that way. */
/*@ requires group: \valid(g) && valid_group(g);
    terminates \true;
    exits \false;
    assigns g->scavenge_next;
    ensures group: valid_group(g);
*/
void enrp_scavenge_begin(struct enrp_group *g);

/* 0 while there is something to do, otherwise REGISTRAR_NEVER. */
/*@ requires group: \valid_read(g);
    requires handlespace: \valid_read(h);
    terminates \true;
    exits \false;
    assigns \nothing;
*/
uint64_t enrp_rehome_deadline(const struct enrp_group *g, const struct handlespace *h);

#endif
