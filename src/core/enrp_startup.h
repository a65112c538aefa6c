/* Starting: mentor, peer list, handlespace, then service (RFC 5353, 3.2). Internal to ENRP.
 *
 * The configured peers are dialled all at once; the first that answers is the mentor, the others are its backups. When
 * none can be reached, or `startup_time` is over, this registrar serves by itself: what it lacks the audits bring.
 */
#ifndef POOLPROOF_CORE_ENRP_STARTUP_H
#define POOLPROOF_CORE_ENRP_STARTUP_H

#include "enrp.h"
#include "enrp_wire.h"

/* Turn to the next configured peer, after a pause. */
/*@ requires group: \valid(g) && valid_group(g);
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns g->phase, g->mentor_asked, g->mentor, g->phase_deadline;
    ensures group: valid_group(g);
    ensures mentor: g->phase == ENRP_PHASE_MENTOR && g->mentor_asked == 0;
*/
void enrp_next_mentor(struct enrp_group *g, uint64_t now);

/* Start-up is over. Peers that were not heard are watched from now on. */
/*@ requires group: \valid(g) && valid_group(g);
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns g->phase, g->heartbeat, g->scavenge_next, g->peers.peer[0 .. ENRP_PEERS_MAX - 1].deadline;
    ensures group: valid_group(g);
    ensures serving: g->phase == ENRP_PHASE_SERVING;
*/
void enrp_serve(struct enrp_group *g, uint64_t now);

/* Go on: ask a mentor, turn to the next, or give up and serve. */
/*@ ENRP_REQUIRES_GROUP
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    assigns g->counters.effects_dropped, g->phase, g->mentor, g->mentor_asked, g->phase_deadline, g->heartbeat,
            g->scavenge_next, g->download.active, g->peers.peer[0 .. ENRP_PEERS_MAX - 1].deadline, *out;
    ENRP_ENSURES_GROUP
    ensures serving: \old(g->phase) == ENRP_PHASE_SERVING ==> g->phase == ENRP_PHASE_SERVING;
    ensures in_time: now >= g->started + g->configuration.startup_time ==> g->phase == ENRP_PHASE_SERVING;
*/
void enrp_startup_work(struct enrp_group *g, uint64_t now, struct effects *out);

/* When enrp_startup_work is due next. */
/*@ requires group: \valid_read(g) && valid_group(g);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures serving: g->phase == ENRP_PHASE_SERVING ==> \result == REGISTRAR_NEVER;
    ensures in_time: g->phase != ENRP_PHASE_SERVING ==> \result <= g->started + g->configuration.startup_time;
*/
uint64_t enrp_startup_deadline(const struct enrp_group *g);

/* Take ENRP_LIST_RESPONSE: the mentor's peers are ours, and its handlespace is next. When it is starting as well, the
 * one with the lower server identifier serves first, so that two do not wait for each other. A list that comes while we
 * serve is enrp_refresh.h's. */
/*@ ENRP_REQUIRES_GROUP
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    requires message: ENRP_READABLE_MESSAGE(m, bytes);
    requires apart: \separated(g, m, out);
    requires bytes_apart: \separated(g, bytes + (0 .. m->length - 1)) && \separated(out, bytes + (0 .. m->length - 1));
    terminates \true;
    assigns *g, *out;
    ENRP_ENSURES_GROUP
    ensures mentor_only: peer != \old(g->mentor) ==> g->phase == \old(g->phase);
    ensures answered: \old(g->phase == ENRP_PHASE_MENTOR && g->mentor_asked != 0 && g->mentor == peer && m->flags % 2 == 0) ==>
      g->phase == ENRP_PHASE_TABLE;
*/
void enrp_take_list(struct enrp_group *g, uint32_t peer, const struct enrp_message *m,
                    const uint8_t *bytes, uint64_t now, struct effects *out);

#endif
