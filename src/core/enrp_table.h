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
void enrp_give_table(struct enrp_group *g, const struct handlespace *h, uint32_t peer,
                     const struct enrp_message *m, uint64_t now, struct effects *out);

/* Take ENRP_LIST_REQUEST: answer with the peers we know, or reject it while we are starting (RFC 5353, 3.2.2.2). */
void enrp_give_list(struct enrp_group *g, uint32_t peer, struct effects *out);

/* End sessions whose peer asks for no more. */
void enrp_expire_tables(struct enrp_group *g, uint64_t now);

#endif
