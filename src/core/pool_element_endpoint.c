/* The pool element's state machine: its events (RFC 5352, 3.1, 3.2, 3.6). Contracts in pool_element_endpoint.h.
 *
 * Dispatches an event to the hunt, the requests (pool_element_endpoint_requests.h) and the answers
 * (pool_element_endpoint_answers.h), and owns what a timer's end means. Never sends by itself.
 */
#include "pool_element_endpoint.h"

#include "endpoint_deadline.h"
#include "endpoint_effects.h"
#include "pool_element_endpoint_answers.h"
#include "pool_element_endpoint_requests.h"

void pool_element_endpoint_init(struct pool_element_endpoint *p,
                                const struct pool_element_configuration *c)
{
    p->configuration = *c;
    server_hunt_init(&p->hunt, &c->hunt);
    p->phase = (uint8_t)PE_IDLE;
    p->home_identifier_known = 0u;
    p->home_identifier = 0u;
    p->attempts = 0u;
    p->registrations = 0u;
    p->timer = ENDPOINT_NEVER;
    p->watchdog = ENDPOINT_NEVER;
}

bool pool_element_endpoint_describe(struct pool_element_endpoint *p,
                                    const struct pool_element_description *d)
{
    uint32_t in_use = p->description.pe_identifier;

    if (!pool_element_description_valid(d)) {
        return false;
    }
    p->description = *d;
    if (d->pe_identifier == 0u) {
        p->description.pe_identifier = in_use;
    }
    return true;
}

/* A PE identifier that is not 0, from randomness (R2.2). */
/*@ terminates \true;
    assigns \nothing;
    ensures usable: 1 <= \result;
*/
static uint32_t drawn_identifier(uint64_t random)
{
    return (uint32_t)(random % UINT32_MAX) + 1u;
}

/* ENDPOINT_REGISTER: the application wants the description registered. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_STEP_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(p, out);
    terminates \true;
    assigns p->hunt, p->phase, p->attempts, p->registrations, p->timer, p->watchdog, p->description.pe_identifier;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_STEP_EFFECTS;
*/
static void command_register(struct pool_element_endpoint *p, uint64_t now, uint64_t random,
                             struct effects *out)
{
    if (!pool_element_description_valid(&p->description)) {
        pool_element_tell(p, (uint16_t)PE_NOTIFY_INVALID, ENDPOINT_NO_CAUSE, ENDPOINT_NONE, out);
        return;
    }
    if (p->description.pe_identifier == 0u) {
        p->description.pe_identifier = drawn_identifier(random);
    }
    pool_element_answered(p);
    server_hunt_start(&p->hunt, now, random, out);
    pool_element_register(p, now, out);
}

/* ENDPOINT_DEREGISTER: the application wants to leave. What never was sent anywhere has left already. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_STEP_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(p, out);
    terminates \true;
    assigns p->phase, p->attempts, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_STEP_EFFECTS;
    ensures idle: \old(p->phase) == PE_IDLE ==> p->phase == PE_IDLE;
*/
static void command_deregister(struct pool_element_endpoint *p, uint64_t now, struct effects *out)
{
    if (p->phase == PE_IDLE || p->registrations == 0u) {
        pool_element_rest(p, (uint16_t)PE_NOTIFY_DEREGISTERED, ENDPOINT_NO_CAUSE, out);
    } else if (p->phase != PE_DEREGISTER_DUE && p->phase != PE_DEREGISTERING) {
        pool_element_answered(p);
        pool_element_deregister(p, now, out);
    }
}

/* T2 or T3 ran out: the home is given up for another one, to which the request goes (3.1, 3.2). */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out) && out->count + 12 <= EFFECTS_MAX;
    requires apart: \separated(p, out);
    terminates \true;
    assigns p->hunt, p->phase, p->home_identifier_known, p->attempts, p->registrations, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + 12;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
*/
static void request_unanswered(struct pool_element_endpoint *p, uint64_t now, uint64_t random,
                               struct effects *out)
{
    if (server_hunt_abandon(&p->hunt, now, random, out) == SERVER_HUNT_HOME_LOST) {
        pool_element_home_lost(p, out);
    }
    if (p->phase == PE_REGISTER_DUE) {
        pool_element_register(p, now, out);
    } else if (p->phase == PE_DEREGISTER_DUE) {
        pool_element_deregister(p, now, out);
    }
}

/* T2, T3 or T4 may have run out. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out) && out->count + 12 <= EFFECTS_MAX;
    requires apart: \separated(p, out);
    terminates \true;
    assigns p->hunt, p->phase, p->home_identifier_known, p->attempts, p->registrations, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + 12;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
*/
static void timer_tick(struct pool_element_endpoint *p, uint64_t now, uint64_t random,
                       struct effects *out)
{
    if (now < p->timer) {
        return;
    }
    if (p->phase == PE_REGISTERING || p->phase == PE_DEREGISTERING) {
        request_unanswered(p, now, random, out);
    } else if (p->phase == PE_REGISTERED) {
        pool_element_register(p, now, out);
    }
}

/* The home's keep-alives may be missed: then it may have forgotten us, and is told again. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_REQUEST_EFFECTS + 1 <= EFFECTS_MAX;
    requires apart: \separated(p, out);
    terminates \true;
    assigns p->phase, p->attempts, p->registrations, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_REQUEST_EFFECTS + 1;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
*/
static void watchdog_tick(struct pool_element_endpoint *p, uint64_t now, struct effects *out)
{
    if (now < p->watchdog || p->phase != PE_REGISTERED) {
        return;
    }
    pool_element_tell(p, (uint16_t)PE_NOTIFY_SILENCE, ENDPOINT_NO_CAUSE, ENDPOINT_NONE, out);
    pool_element_register(p, now, out);
}

/* A connection came or went. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires event: \valid_read(event);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_STEP_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(p, event, out);
    terminates \true;
    assigns p->hunt, p->phase, p->home_identifier_known, p->attempts, p->registrations, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_STEP_EFFECTS;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
*/
static void channel_event(struct pool_element_endpoint *p, const struct endpoint_event *event,
                          struct effects *out)
{
    uint8_t outcome;

    if (event->kind == ENDPOINT_CHANNEL_OPENED) {
        outcome = server_hunt_opened(&p->hunt, event->channel, out);
    } else {
        outcome = server_hunt_closed(&p->hunt, event->channel, event->now, event->random, out);
    }
    if (outcome == SERVER_HUNT_HOME_FOUND) {
        pool_element_home_found(p, event->now, out);
    } else if (outcome == SERVER_HUNT_HOME_LOST) {
        pool_element_home_lost(p, out);
    }
}

void pool_element_endpoint_step(struct pool_element_endpoint *p, const struct endpoint_event *event,
                                const uint8_t *bytes, struct effects *out)
{
    switch (event->kind) {
    case ENDPOINT_TICK:
        server_hunt_tick(&p->hunt, event->now, out);
        timer_tick(p, event->now, event->random, out);
        watchdog_tick(p, event->now, out);
        break;
    case ENDPOINT_START:
        server_hunt_start(&p->hunt, event->now, event->random, out);
        break;
    case ENDPOINT_CHANNEL_OPENED:
    case ENDPOINT_CHANNEL_CLOSED:
        channel_event(p, event, out);
        break;
    case ENDPOINT_MESSAGE:
        pool_element_receive(p, event->channel, event->now, bytes, event->length, out);
        break;
    case ENDPOINT_REGISTER:
        command_register(p, event->now, event->random, out);
        break;
    case ENDPOINT_DEREGISTER:
        command_deregister(p, event->now, out);
        break;
    default:
        break;
    }
}

uint64_t pool_element_endpoint_next_deadline(const struct pool_element_endpoint *p)
{
    return endpoint_earlier(p->hunt.deadline, endpoint_earlier(p->timer, p->watchdog));
}
