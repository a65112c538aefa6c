/* What a pool element asks of its home, and what becomes of it when the home changes (RFC 5352, 3.1, 3.2, 3.7).
 *
 * Internal to pool_element_endpoint*.c. Here alone a registration is sent and counted, which the theorem
 * rejection_final rests on.
 */
#ifndef POOLPROOF_CORE_POOL_ELEMENT_ENDPOINT_REQUESTS_H
#define POOLPROOF_CORE_POOL_ELEMENT_ENDPOINT_REQUESTS_H

#include "pool_element_endpoint.h"

#define PE_REQUEST_EFFECTS 3u /* most effects a request makes */

/* Most effects of a change of home: the hunt's, the notification, and the request that goes to the new one. */
#define PE_HOME_EFFECTS (SERVER_HUNT_EFFECTS + 1u + PE_REQUEST_EFFECTS)

/* Tells the application something, with the PE identifier. */
/*@ requires element: \valid_read(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out) && out->count < EFFECTS_MAX;
    requires apart: \separated(p, out);
    terminates \true;
    assigns *out;
    ensures kept: valid_pool_element(p);
    ensures one: valid_effects(out) && out->count == \old(out->count) + 1;
*/
void pool_element_tell(const struct pool_element_endpoint *p, uint16_t notification, uint16_t cause,
                       uint32_t channel, struct effects *out);

/* Sends a message of the pool handle and the PE identifier; no room: it is not sent. */
/*@ requires element: \valid_read(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(p, out);
    terminates \true;
    assigns *out;
    ensures kept: valid_pool_element(p);
    ensures one: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + 1;
*/
void pool_element_say(const struct pool_element_endpoint *p, uint32_t channel, uint8_t type,
                      struct effects *out);

/* What is wanted, or in force, and until when its timer runs. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires phase: phase <= PE_DEREGISTERING;
    terminates \true;
    assigns p->phase, p->timer;
    ensures valid: valid_pool_element(p);
    ensures set: p->phase == phase && p->timer == timer;
*/
void pool_element_enter(struct pool_element_endpoint *p, uint8_t phase, uint64_t timer);

/* The registrar answered, or the application asked: attempts count from zero. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    terminates \true;
    assigns p->attempts;
    ensures valid: valid_pool_element(p);
    ensures zero: p->attempts == 0;
*/
void pool_element_answered(struct pool_element_endpoint *p);

/* Registers with the home: ASAP_REGISTRATION, T2 (R2 to R4). Without a home it waits for one. After
 * MAX-REG-ATTEMPT attempts without an answer it gives up: PE_NOTIFY_UNANSWERED. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_REQUEST_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(p, out);
    terminates \true;
    assigns p->phase, p->attempts, p->registrations, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_REQUEST_EFFECTS;
    ensures phase: p->phase == PE_IDLE || p->phase == PE_REGISTER_DUE || p->phase == PE_REGISTERING;
*/
void pool_element_register(struct pool_element_endpoint *p, uint64_t now, struct effects *out);

/* Leaves the pool: ASAP_DEREGISTRATION to the home, T3 (D1 to D4). Waits for a home, and gives up, as above. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_REQUEST_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(p, out);
    terminates \true;
    assigns p->phase, p->attempts, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_REQUEST_EFFECTS;
*/
void pool_element_deregister(struct pool_element_endpoint *p, uint64_t now, struct effects *out);

/* Nothing is wanted any more: no timer runs, and the application is told why. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out) && out->count < EFFECTS_MAX;
    requires apart: \separated(p, out);
    terminates \true;
    assigns p->phase, p->attempts, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count == \old(out->count) + 1;
    ensures rejection_final: p->phase == PE_IDLE && p->timer == ENDPOINT_NEVER && p->watchdog == ENDPOINT_NEVER;
*/
void pool_element_rest(struct pool_element_endpoint *p, uint16_t notification, uint16_t cause,
                       struct effects *out);

/* There is a new home: what is wanted is asked for there. A registration that is in force is kept: who took
 * us over has it already (RFC 5353, 3.5). */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_REQUEST_EFFECTS + 1 <= EFFECTS_MAX;
    requires apart: \separated(p, out);
    terminates \true;
    assigns p->phase, p->attempts, p->registrations, p->timer, p->watchdog, p->home_identifier_known;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_REQUEST_EFFECTS + 1;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
*/
void pool_element_home_found(struct pool_element_endpoint *p, uint64_t now, struct effects *out);

/* The home is gone: what was asked for there, or is in force, is to be asked for again elsewhere. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out) && out->count < EFFECTS_MAX;
    requires apart: \separated(p, out);
    terminates \true;
    assigns p->phase, p->timer, p->watchdog, p->home_identifier_known;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count == \old(out->count) + 1;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==> p->phase == PE_IDLE;
*/
void pool_element_home_lost(struct pool_element_endpoint *p, struct effects *out);

/* The home is heard of: the watchdog, if there is one, starts anew. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    terminates \true;
    assigns p->watchdog;
    ensures valid: valid_pool_element(p);
    ensures off: p->configuration.keep_alive_interval_ms == 0 ==> p->watchdog == ENDPOINT_NEVER;
*/
void pool_element_watch(struct pool_element_endpoint *p, uint64_t now);

#endif
