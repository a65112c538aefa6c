/* Fetching a peer's handle table: the whole of a mentor's at start, what the peer is home of to resynchronise
 * (RFC 5353, 3.2.3 and 3.6.3). One at a time. Internal to ENRP.
 *
 * Marks are kept as numbers: every download has its own, and each element that comes in its course, in the table
 * or by an update, bears it. What the peer is home of and does not bear it at the end is no longer there.
 */
#ifndef POOLPROOF_CORE_ENRP_DOWNLOAD_H
#define POOLPROOF_CORE_ENRP_DOWNLOAD_H

#include "enrp.h"
#include "enrp_wire.h"

/* Elements looked at in one slice of purging. */
#define ENRP_PURGE_SLICE 512u

/* Begin to fetch from a peer: its own elements, or with `whole` everything it knows. */
/*@ ENRP_REQUIRES_GROUP
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    assigns g->counters.effects_dropped, g->epoch, g->download, g->peers.peer[peer].resynchronize, *out;
    ENRP_ENSURES_GROUP
*/
void enrp_download_begin(struct enrp_group *g, uint32_t peer, bool whole, uint64_t now,
                         struct effects *out);

/* Take ENRP_HANDLE_TABLE_RESPONSE. */
/*@ ENRP_REQUIRES_GROUP
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires peer: peer < ENRP_PEERS_MAX;
    requires now: now <= REGISTRAR_TIME_MAX;
    requires message: ENRP_READABLE_MESSAGE(m, bytes);
    requires apart: \separated(g, r, m, out);
    requires bytes_apart: \separated(g, bytes + (0 .. m->length - 1)) && \separated(r, bytes + (0 .. m->length - 1));
    requires bytes_apart_from_list: \separated(out, bytes + (0 .. m->length - 1));
    terminates \true;
    assigns *g, r->handlespace, r->books.account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *out;
    ENRP_ENSURES_GROUP
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
void enrp_take_table(struct enrp_group *g, struct registrar *r, uint32_t peer,
                     const struct enrp_message *m, const uint8_t *bytes, uint64_t now,
                     struct effects *out);

/* Go on: give up when nothing came in time, purge a slice, or begin the next one that is wanted. */
/*@ ENRP_REQUIRES_GROUP
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, h, out);
    terminates \true;
    assigns *g, *h, *out;
    ENRP_ENSURES_GROUP
    ensures handlespace: valid_handlespace(h);
*/
void enrp_download_work(struct enrp_group *g, struct handlespace *h, uint64_t now,
                        struct effects *out);

/* When enrp_download_work is due next. */
/*@ requires group: \valid_read(g) && valid_group(g);
    terminates \true;
    exits \false;
    assigns \nothing;
*/
uint64_t enrp_download_deadline(const struct enrp_group *g);

#endif
