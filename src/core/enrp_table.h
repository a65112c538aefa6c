/* The handle table: giving it to peers, a message at a time (RFC 5353, 3.2.3 and 3.6.3). Internal to ENRP. */
#ifndef POOLPROOF_CORE_ENRP_TABLE_H
#define POOLPROOF_CORE_ENRP_TABLE_H

#include "enrp.h"
#include "enrp_wire.h"

/* Sessions at once; further requests are rejected. */
#define ENRP_TABLE_SESSIONS_MAX 4u

/* Elements looked at for one response. */
#define ENRP_TABLE_SCAN 4096u

/* Take ENRP_HANDLE_TABLE_REQUEST: answer with the next part of the table, or reject it while we are starting or too
 * many are at it. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    requires message: \valid_read(m);
    requires apart: \separated(g, h, m, out);
    terminates \true;
    assigns g->counters, g->peers.peer[peer].table, *out;
    ENRP_ENSURES_GROUP
*/
void enrp_give_table(struct enrp_group *g, const struct handlespace *h, uint32_t peer,
                     const struct enrp_message *m, uint64_t now, struct effects *out);

/* Take ENRP_LIST_REQUEST: answer with the peers we know, or reject it while we are starting (RFC 5353, 3.2.2.2). */
/*@ ENRP_REQUIRES_GROUP
    requires peer: peer < ENRP_PEERS_MAX;
    terminates \true;
    assigns g->counters.effects_dropped, *out;
    ENRP_ENSURES_GROUP
*/
void enrp_give_list(struct enrp_group *g, uint32_t peer, struct effects *out);

/* End sessions whose peer asks for no more. */
/*@ requires group: \valid(g) && valid_group(g);
    terminates \true;
    exits \false;
    assigns g->peers.peer[0 .. ENRP_PEERS_MAX - 1].table.active;
    ensures group: valid_group(g);
*/
void enrp_expire_tables(struct enrp_group *g, uint64_t now);

#endif
