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

/* Nothing is wanted, known or running yet. */
/*@ requires room: \valid(p);
    requires hunt: valid_hunt(&p->hunt);
    requires configuration: valid_pe_configuration(&p->configuration);
    requires description: bounded_pe_description(&p->description);
    terminates \true;
    assigns p->phase, p->home_identifier_known, p->home_identifier, p->attempts, p->registrations, p->timer,
      p->watchdog;
    ensures valid: valid_pool_element(p);
    ensures idle: p->phase == PE_IDLE && p->registrations == 0;
*/
static void begin_idle(struct pool_element_endpoint *p)
{
    p->phase = (uint8_t)PE_IDLE;
    p->home_identifier_known = 0u;
    p->home_identifier = 0u;
    p->attempts = 0u;
    p->registrations = 0u;
    p->timer = ENDPOINT_NEVER;
    p->watchdog = ENDPOINT_NEVER;
}

void pool_element_endpoint_init(struct pool_element_endpoint *p,
                                const struct pool_element_configuration *c)
{
    p->configuration = *c;
    //@ assert copied: valid_pe_configuration(&p->configuration);
    server_hunt_init(&p->hunt, &c->hunt);
    //@ assert kept: valid_pe_configuration(&p->configuration);
    begin_idle(p);
}

/* Copies a description. */
/*@ requires room: \valid(to) && \valid_read(from);
    requires apart: \separated(to, from);
    requires description: bounded_pe_description(from);
    terminates \true;
    assigns *to;
    ensures bounded: bounded_pe_description(to);
*/
static void copy_description(struct pool_element_description *to,
                             const struct pool_element_description *from)
{
    *to = *from;
}

/* A description without an identifier gets this one. */
/*@ requires description: \valid(d) && bounded_pe_description(d);
    terminates \true;
    assigns d->pe_identifier;
    ensures bounded: bounded_pe_description(d);
*/
static void complete_description(struct pool_element_description *d, uint32_t pe_identifier)
{
    if (d->pe_identifier == 0u) {
        d->pe_identifier = pe_identifier;
    }
}

bool pool_element_endpoint_describe(struct pool_element_endpoint *p,
                                    const struct pool_element_description *d)
{
    uint32_t in_use = p->description.pe_identifier;

    if (!pool_element_description_valid(d)) {
        return false;
    }
    copy_description(&p->description, d);
    complete_description(&p->description, in_use);
    //@ assert hunt: valid_hunt(&p->hunt);
    //@ assert same: p->configuration == \at(p->configuration, Pre);
    //@ assert configuration: valid_pe_configuration(&p->configuration);
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

/* Chooses the PE identifier, unless there is one. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    terminates \true;
    assigns p->description.pe_identifier;
    ensures valid: valid_pool_element(p);
    ensures usable: p->description.pe_identifier >= 1;
*/
static void choose_identifier(struct pool_element_endpoint *p, uint64_t random)
{
    if (p->description.pe_identifier == 0u) {
        p->description.pe_identifier = drawn_identifier(random);
    }
}

/* An event, for the hunt alone: it starts, unless there is a home or a hunt already; time passes; a connection came
 * or went. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires event: \valid_read(event);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(h, event, out);
    terminates \true;
    assigns *h, *out;
    ensures valid: valid_hunt(h);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
*/
static uint8_t hunt_on(struct server_hunt *h, const struct endpoint_event *event,
                       struct effects *out)
{
    switch (event->kind) {
    case ENDPOINT_START:
    case ENDPOINT_REGISTER:
        server_hunt_start(h, event->now, event->random, out);
        break;
    case ENDPOINT_TICK:
        server_hunt_tick(h, event->now, out);
        break;
    case ENDPOINT_CHANNEL_OPENED:
        return server_hunt_opened(h, event->channel, event->now, out);
    case ENDPOINT_CHANNEL_CLOSED:
        return server_hunt_closed(h, event->channel, event->now, event->random, out);
    default:
        break;
    }
    return (uint8_t)SERVER_HUNT_UNCHANGED;
}

/* The same, as the element's: nothing else of it changes. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires event: \valid_read(event);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(p, event, out);
    terminates \true;
    assigns p->hunt, *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
*/
static uint8_t hunt(struct pool_element_endpoint *p, const struct endpoint_event *event,
                    struct effects *out)
{
    uint8_t outcome = hunt_on(&p->hunt, event, out);

    //@ assert handle: p->description.handle_length == \at(p->description.handle_length, Pre);
    //@ assert addresses: p->description.address_count == \at(p->description.address_count, Pre);
    //@ assert policy: p->description.policy_value_count == \at(p->description.policy_value_count, Pre);
    //@ assert description: bounded_pe_description(&p->description);
    //@ assert same: p->configuration == \at(p->configuration, Pre);
    //@ assert configuration: valid_pe_configuration(&p->configuration);
    //@ assert phase: p->phase <= PE_DEREGISTERING;
    return outcome;
}

/* ENDPOINT_REGISTER: the application wants the description registered. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires event: \valid_read(event);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_STEP_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(p, event, out);
    terminates \true;
    assigns p->hunt, p->phase, p->attempts, p->registrations, p->timer, p->watchdog, p->description.pe_identifier;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_STEP_EFFECTS;
*/
static void command_register(struct pool_element_endpoint *p, const struct endpoint_event *event,
                             struct effects *out)
{
    if (!pool_element_description_valid(&p->description)) {
        pool_element_tell(p, (uint16_t)PE_NOTIFY_INVALID, ENDPOINT_NO_CAUSE, ENDPOINT_NONE, out);
        return;
    }
    choose_identifier(p, event->random);
    pool_element_answered(p);
    (void)hunt(p, event, out);
    pool_element_register(p, event->now, out);
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

/* The home is given up, for the hunt alone (server_hunt_abandon). */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(h, out);
    terminates \true;
    assigns *h, *out;
    ensures valid: valid_hunt(h);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
*/
static uint8_t give_up(struct server_hunt *h, uint64_t now, uint64_t random, struct effects *out)
{
    return server_hunt_abandon(h, now, random, out);
}

/* The same, as the element's. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(p, out);
    terminates \true;
    assigns p->hunt, *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
*/
static uint8_t abandon(struct pool_element_endpoint *p, uint64_t now, uint64_t random,
                       struct effects *out)
{
    uint8_t outcome = give_up(&p->hunt, now, random, out);

    //@ assert handle: p->description.handle_length == \at(p->description.handle_length, Pre);
    //@ assert addresses: p->description.address_count == \at(p->description.address_count, Pre);
    //@ assert policy: p->description.policy_value_count == \at(p->description.policy_value_count, Pre);
    //@ assert description: bounded_pe_description(&p->description);
    //@ assert same: p->configuration == \at(p->configuration, Pre);
    //@ assert configuration: valid_pe_configuration(&p->configuration);
    //@ assert phase: p->phase <= PE_DEREGISTERING;
    return outcome;
}

/* The home is given up for another one, and what was asked for there is due again. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out) && out->count + SERVER_HUNT_EFFECTS + 1 <= EFFECTS_MAX;
    requires apart: \separated(p, out);
    terminates \true;
    assigns p->hunt, p->phase, p->home_identifier_known, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + SERVER_HUNT_EFFECTS + 1;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==> p->phase == PE_IDLE;
*/
static void leave_home(struct pool_element_endpoint *p, uint64_t now, uint64_t random,
                       struct effects *out)
{
    uint8_t outcome = abandon(p, now, random, out);

    //@ assert same: p->phase == \at(p->phase, Pre);
    if (outcome == SERVER_HUNT_HOME_LOST) {
        pool_element_home_lost(p, out);
    }
}

/* What is due is asked for, or waits for a home, unless it was asked for too often. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_REQUEST_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(p, out);
    terminates \true;
    assigns p->phase, p->attempts, p->registrations, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_REQUEST_EFFECTS;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
*/
static void ask_again(struct pool_element_endpoint *p, uint64_t now, struct effects *out)
{
    if (p->phase == PE_REGISTER_DUE) {
        pool_element_register(p, now, out);
    } else if (p->phase == PE_DEREGISTER_DUE) {
        pool_element_deregister(p, now, out);
    }
}

/* T2 or T3 ran out: the home is given up for another one, to which the request goes (3.1, 3.2). */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_HOME_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(p, out);
    terminates \true;
    assigns p->hunt, p->phase, p->home_identifier_known, p->attempts, p->registrations, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_HOME_EFFECTS;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
*/
static void request_unanswered(struct pool_element_endpoint *p, uint64_t now, uint64_t random,
                               struct effects *out)
{
    leave_home(p, now, random, out);
    //@ assert same: p->registrations == \at(p->registrations, Pre);
    ask_again(p, now, out);
}

/* T2, T3 or T4 may have run out. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_HOME_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(p, out);
    terminates \true;
    assigns p->hunt, p->phase, p->home_identifier_known, p->attempts, p->registrations, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_HOME_EFFECTS;
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

/* ENDPOINT_TICK: whatever has run out by now. */
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
static void tick(struct pool_element_endpoint *p, const struct endpoint_event *event,
                 struct effects *out)
{
    uint64_t now = event->now;
    uint64_t random = event->random;

    (void)hunt(p, event, out);
    //@ assert same: p->phase == \at(p->phase, Pre) && p->registrations == \at(p->registrations, Pre);
    timer_tick(p, now, random, out);
    watchdog_tick(p, now, out);
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
    uint64_t now = event->now;
    uint8_t outcome = hunt(p, event, out);

    //@ assert same: p->phase == \at(p->phase, Pre) && p->registrations == \at(p->registrations, Pre);
    if (outcome == SERVER_HUNT_HOME_FOUND) {
        pool_element_home_found(p, now, out);
    } else if (outcome == SERVER_HUNT_HOME_LOST) {
        pool_element_home_lost(p, out);
    }
}

void pool_element_endpoint_step(struct pool_element_endpoint *p, const struct endpoint_event *event,
                                const uint8_t *bytes, struct effects *out)
{
    switch (event->kind) {
    case ENDPOINT_TICK:
        tick(p, event, out);
        break;
    case ENDPOINT_START:
        (void)hunt(p, event, out);
        break;
    case ENDPOINT_CHANNEL_OPENED:
    case ENDPOINT_CHANNEL_CLOSED:
        channel_event(p, event, out);
        break;
    case ENDPOINT_MESSAGE:
        pool_element_receive(p, event->channel, event->now, bytes, event->length, out);
        break;
    case ENDPOINT_REGISTER:
        command_register(p, event, out);
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
