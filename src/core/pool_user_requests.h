/* A pool user's requests to its home: T1, retransmissions, reports (RFC 5352, 3.3, 3.5, 3.7.2). Internal to
 * pool_user*.c.
 *
 * There is one request at most for each entry of the cache, at the same index.
 */
#ifndef POOLPROOF_CORE_POOL_USER_REQUESTS_H
#define POOLPROOF_CORE_POOL_USER_REQUESTS_H

#include "pool_user.h"

/* Room that is left free while requests are sent or dropped one after the other. */
#define PU_RESERVE 16u

/* Asks for the pool, unless it is asked for already: T1 starts, and the request is due (NR1, NR4). */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    terminates \true;
    assigns u->request[index];
    ensures valid: valid_pool_user(u);
    ensures asked: u->request[index].state != PU_REQUEST_NONE;
*/
void pool_user_ask(struct pool_user *u, uint32_t index, uint64_t now);

/* Sets the state of one request; PU_REQUEST_NONE stops its T1. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    terminates \true;
    assigns u->request[index].state;
    ensures valid: valid_pool_user(u);
    ensures set: u->request[index].state == state;
*/
void pool_user_set_request(struct pool_user *u, uint32_t index, uint8_t state);

/* Sends what is due, if there is a home (NR3). `out->more` is set when some is left. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(u, out);
    terminates \true;
    assigns u->request[0 .. RESOLUTION_POOLS_MAX - 1];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out);
*/
void pool_user_send_due(struct pool_user *u, struct effects *out);

/* What was sent to a home that is no more is due again. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    terminates \true;
    assigns u->request[0 .. RESOLUTION_POOLS_MAX - 1];
    ensures valid: valid_pool_user(u);
*/
void pool_user_resend(struct pool_user *u);

/* There is a new home: what is not answered yet is due again, and the home has all of T1 to answer (NR4, 3.7.2), unless
 * T1 of the request was started again as often as the request may be repeated. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    terminates \true;
    assigns u->request[0 .. RESOLUTION_POOLS_MAX - 1];
    ensures valid: valid_pool_user(u);
*/
void pool_user_ask_home(struct pool_user *u, uint64_t now);

/* Requests whose T1 ran out are due again, and another home is sought; after MAX-REQUEST-RETRANSMIT they are
 * dropped and the application told (3.7.2), and a home that had all of T1 to answer and said nothing is given up. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires list: \valid(out) && valid_effects(out) && out->count + PU_RESERVE <= EFFECTS_MAX;
    requires apart: \separated(u, out);
    terminates \true;
    assigns u->hunt, u->request[0 .. RESOLUTION_POOLS_MAX - 1], u->cache.pool[0 .. RESOLUTION_POOLS_MAX - 1];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out);
*/
void pool_user_expire(struct pool_user *u, uint64_t now, uint64_t random, struct effects *out);

/* An element of the pool failed: it is passed over from now on, and reported to the home if it was handed out
 * and not reported since (3.5, 6.9.2). */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(u, out);
    terminates \true;
    assigns u->cache.pool[index];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures report_once: !is_handed(&u->cache.pool[index], pe_identifier);
    ensures only_handed_out: !\old(is_handed(&u->cache.pool[index], pe_identifier)) ==> out->count == \old(out->count);
    ensures one: out->count <= \old(out->count) + 1;
    ensures bounded: valid_effects(out);
*/
void pool_user_report(struct pool_user *u, uint32_t index, uint32_t pe_identifier,
                      struct effects *out);

/* Tells the application something about the pool, with its handle. */
/*@ requires user: \valid_read(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(u, out);
    terminates \true;
    assigns *out;
    ensures kept: valid_pool_user(u);
    ensures one: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + 1;
*/
void pool_user_tell(const struct pool_user *u, uint32_t index, uint16_t notification,
                    uint16_t cause, uint32_t subject, struct effects *out);

/* Tells the application something about the home. */
/*@ requires user: \valid_read(u) && valid_pool_user(u);
    requires list: \valid(out) && valid_effects(out) && out->count < EFFECTS_MAX;
    requires apart: \separated(u, out);
    terminates \true;
    assigns *out;
    ensures kept: valid_pool_user(u);
    ensures one: valid_effects(out) && out->count == \old(out->count) + 1;
*/
void pool_user_tell_home(const struct pool_user *u, uint16_t notification, uint16_t cause,
                         uint32_t channel, struct effects *out);

/* Drops the entry and its request. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    terminates \true;
    assigns u->request[index], u->cache.pool[index];
    ensures valid: valid_pool_user(u);
*/
void pool_user_forget(struct pool_user *u, uint32_t index);

/* The home is gone: the application is told, and what was sent there is due again. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires list: \valid(out) && valid_effects(out) && out->count < EFFECTS_MAX;
    requires apart: \separated(u, out);
    terminates \true;
    assigns u->request[0 .. RESOLUTION_POOLS_MAX - 1];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures one: valid_effects(out) && out->count == \old(out->count) + 1;
*/
void pool_user_home_lost(struct pool_user *u, struct effects *out);

#endif
