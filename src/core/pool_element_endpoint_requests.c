/* Registrations and deregistrations on their way: contracts in pool_element_endpoint_requests.h.
 *
 * Owns the timers T2 and T3 and the count of attempts. The Pool Element parameter is built here.
 */
#include "pool_element_endpoint_requests.h"

#include "endpoint_deadline.h"
#include "endpoint_effects.h"
#include "endpoint_messages.h"

/* The user transport (R2.4). */
/*@ requires element: \valid_read(d) && bounded_pe_description(d);
    requires wire_open(out, capacity, position);
    requires apart: \separated(d, out + (0 .. capacity - 1));
    terminates \true;
    assigns out[position .. capacity - 1];
    ensures fits: \result <= capacity;
    ensures grows: \result != WIRE_FULL ==> position < \result;
    ensures full: position == WIRE_FULL ==> \result == WIRE_FULL;
*/
static uint32_t put_user_transport(uint8_t *out, uint32_t capacity, uint32_t position,
                                   const struct pool_element_description *d)
{
    struct wire_transport transport;

    transport.type = d->transport_type;
    transport.port = d->transport_port;
    transport.use = d->transport_use;
    transport.service_code = 0u;
    return wire_put_transport(out, capacity, position, &transport, d->address, d->address_count);
}

/* The member selection policy (R2.5). */
/*@ requires element: \valid_read(d) && bounded_pe_description(d);
    requires wire_open(out, capacity, position);
    requires apart: \separated(d, out + (0 .. capacity - 1));
    terminates \true;
    assigns out[position .. capacity - 1];
    ensures fits: \result <= capacity;
    ensures grows: \result != WIRE_FULL ==> position < \result;
    ensures full: position == WIRE_FULL ==> \result == WIRE_FULL;
*/
static uint32_t put_policy(uint8_t *out, uint32_t capacity, uint32_t position,
                           const struct pool_element_description *d)
{
    struct wire_policy policy;

    policy.type = d->policy_type;
    policy.value_count = (uint8_t)d->policy_value_count;
    policy.value[0] = d->policy_value[0];
    policy.value[1] = d->policy_value[1];
    policy.value[2] = d->policy_value[2];
    return wire_put_policy(out, capacity, position, &policy);
}

/* The registration life as the wire has it: two's complement, so that without an end is all ones. */
/*@ terminates \true;
    assigns \nothing;
    ensures seconds: life >= 0 ==> \result == life;
    ensures infinite: life < 0 ==> \result == UINT32_MAX;
*/
static uint32_t wire_life(int32_t life)
{
    return life < 0 ? UINT32_MAX : (uint32_t)life;
}

/* The Pool Element parameter (RFC 5354, 3.10), without an ASAP transport: the registrar fills that in. */
/*@ requires element: \valid_read(d) && bounded_pe_description(d);
    requires wire_open(out, capacity, position);
    requires apart: \separated(d, out + (0 .. capacity - 1));
    terminates \true;
    assigns out[0 .. capacity - 1];
    ensures fits: \result <= capacity;
    ensures grows: \result != WIRE_FULL ==> position < \result;
    ensures full: position == WIRE_FULL ==> \result == WIRE_FULL;
*/
static uint32_t put_pool_element(uint8_t *out, uint32_t capacity, uint32_t position,
                                 const struct pool_element_description *d, uint32_t home)
{
    uint32_t start = position;

    position = wire_begin_parameter(out, capacity, position, (uint16_t)PARAMETER_POOL_ELEMENT);
    position = wire_put_word(out, capacity, position, d->pe_identifier);
    position = wire_put_word(out, capacity, position, home);
    position = wire_put_word(out, capacity, position, wire_life(d->registration_life));
    position = put_user_transport(out, capacity, position, d);
    position = put_policy(out, capacity, position, d);
    return wire_end_parameter(out, capacity, start, position);
}

/* ASAP_REGISTRATION of the description (RFC 5352, 2.2.1), up to the end of its last parameter. */
/*@ requires element: \valid_read(d) && bounded_pe_description(d);
    requires room: \valid(message + (0 .. room - 1));
    requires apart: \separated(d, message + (0 .. room - 1));
    terminates \true;
    assigns message[0 .. room - 1];
    ensures position: \result == WIRE_FULL || WIRE_HEADER <= \result <= room;
*/
static uint32_t put_registration(uint8_t *message, uint32_t room,
                                 const struct pool_element_description *d, uint32_t home)
{
    uint32_t position = wire_begin_message(message, room, (uint8_t)ASAP_REGISTRATION, 0u);

    position = wire_put_pool_handle(message, room, position, d->handle, d->handle_length);
    return put_pool_element(message, room, position, d, home);
}

/* Sends the registration. No room: it is not sent, and T2 repeats it. */
/*@ requires element: \valid_read(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(p, out);
    terminates \true;
    assigns *out;
    ensures kept: valid_pool_element(p);
    ensures one: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + 1;
*/
static void send_registration(const struct pool_element_endpoint *p, uint32_t channel,
                              struct effects *out)
{
    uint8_t *message = out->bytes + out->bytes_used;
    uint32_t room = effects_room(out);
    uint32_t home = p->home_identifier_known != 0u ? p->home_identifier : 0u;
    uint32_t position = put_registration(message, room, &p->description, home);

    (void)endpoint_send(out, channel, room, position);
    //@ assert hunt: valid_hunt(&p->hunt);
    //@ assert configuration: valid_pe_configuration(&p->configuration);
    //@ assert description: bounded_pe_description(&p->description);
    //@ assert phase: p->phase <= PE_DEREGISTERING;
}

void pool_element_tell(const struct pool_element_endpoint *p, uint16_t notification, uint16_t cause,
                       uint32_t channel, struct effects *out)
{
    endpoint_notify(out, notification, cause, channel, p->description.pe_identifier);
    //@ assert hunt: valid_hunt(&p->hunt);
    //@ assert configuration: valid_pe_configuration(&p->configuration);
    //@ assert description: bounded_pe_description(&p->description);
    //@ assert phase: p->phase <= PE_DEREGISTERING;
}

void pool_element_say(const struct pool_element_endpoint *p, uint32_t channel, uint8_t type,
                      struct effects *out)
{
    (void)endpoint_send_identified(out, channel, type, p->description.handle,
                                   p->description.handle_length, p->description.pe_identifier);
    //@ assert hunt: valid_hunt(&p->hunt);
    //@ assert configuration: valid_pe_configuration(&p->configuration);
    //@ assert description: bounded_pe_description(&p->description);
    //@ assert phase: p->phase <= PE_DEREGISTERING;
}

void pool_element_enter(struct pool_element_endpoint *p, uint8_t phase, uint64_t timer)
{
    p->phase = phase;
    p->timer = timer;
}

void pool_element_answered(struct pool_element_endpoint *p)
{
    p->attempts = 0u;
}

/* The home is not watched, as long as no registration is in force. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    terminates \true;
    assigns p->watchdog;
    ensures valid: valid_pool_element(p);
    ensures off: p->watchdog == ENDPOINT_NEVER;
*/
static void stop_watching(struct pool_element_endpoint *p)
{
    p->watchdog = ENDPOINT_NEVER;
}

/* Counts one more, and stays at the largest number. */
/*@ terminates \true;
    assigns \nothing;
    ensures more: \result == \min(count + 1, UINT32_MAX);
*/
static uint32_t counted(uint32_t count)
{
    return count < UINT32_MAX ? count + 1u : count;
}

/* One more request is sent. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    terminates \true;
    assigns p->attempts;
    ensures valid: valid_pool_element(p);
    ensures more: p->attempts == \min(\old(p->attempts) + 1, UINT32_MAX);
*/
static void count_attempt(struct pool_element_endpoint *p)
{
    p->attempts = counted(p->attempts);
}

/* One more registration is sent. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    terminates \true;
    assigns p->registrations;
    ensures valid: valid_pool_element(p);
    ensures more: p->registrations == \min(\old(p->registrations) + 1, UINT32_MAX);
*/
static void count_registration(struct pool_element_endpoint *p)
{
    p->registrations = counted(p->registrations);
}

void pool_element_rest(struct pool_element_endpoint *p, uint16_t notification, uint16_t cause,
                       struct effects *out)
{
    pool_element_enter(p, (uint8_t)PE_IDLE, ENDPOINT_NEVER);
    stop_watching(p);
    pool_element_answered(p);
    pool_element_tell(p, notification, cause, ENDPOINT_NONE, out);
}

void pool_element_register(struct pool_element_endpoint *p, uint64_t now, struct effects *out)
{
    uint32_t home = server_hunt_home(&p->hunt);

    stop_watching(p);
    if (p->attempts >= p->configuration.max_reg_attempt) {
        pool_element_rest(p, (uint16_t)PE_NOTIFY_UNANSWERED, ENDPOINT_NO_CAUSE, out);
    } else if (home == ENDPOINT_NONE) {
        pool_element_enter(p, (uint8_t)PE_REGISTER_DUE, ENDPOINT_NEVER);
    } else {
        pool_element_enter(p, (uint8_t)PE_REGISTERING, endpoint_after(now, p->configuration.t2_ms));
        count_attempt(p);
        count_registration(p);
        send_registration(p, home, out);
    }
}

void pool_element_deregister(struct pool_element_endpoint *p, uint64_t now, struct effects *out)
{
    uint32_t home = server_hunt_home(&p->hunt);

    stop_watching(p);
    if (p->attempts >= p->configuration.max_reg_attempt) {
        pool_element_rest(p, (uint16_t)PE_NOTIFY_DEREGISTRATION_UNANSWERED, ENDPOINT_NO_CAUSE, out);
    } else if (home == ENDPOINT_NONE) {
        pool_element_enter(p, (uint8_t)PE_DEREGISTER_DUE, ENDPOINT_NEVER);
    } else {
        pool_element_enter(p, (uint8_t)PE_DEREGISTERING,
                           endpoint_after(now, p->configuration.t3_ms));
        count_attempt(p);
        pool_element_say(p, home, (uint8_t)ASAP_DEREGISTRATION, out);
    }
}

/* Nothing is known of the home yet. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    terminates \true;
    assigns p->home_identifier_known;
    ensures valid: valid_pool_element(p);
*/
static void forget_home(struct pool_element_endpoint *p)
{
    p->home_identifier_known = 0u;
}

void pool_element_home_found(struct pool_element_endpoint *p, uint64_t now, struct effects *out)
{
    uint8_t phase = p->phase;

    forget_home(p);
    pool_element_tell(p, (uint16_t)PE_NOTIFY_HOME_FOUND, ENDPOINT_NO_CAUSE,
                      server_hunt_home(&p->hunt), out);
    if (phase == PE_REGISTER_DUE || phase == PE_REGISTERING) {
        pool_element_register(p, now, out);
    } else if (phase == PE_DEREGISTER_DUE || phase == PE_DEREGISTERING) {
        pool_element_deregister(p, now, out);
    }
}

/* What a phase becomes when the home is lost. */
/*@ requires phase: phase <= PE_DEREGISTERING;
    terminates \true;
    assigns \nothing;
    ensures phase: \result <= PE_DEREGISTERING;
    ensures idle: phase == PE_IDLE ==> \result == PE_IDLE;
    ensures nothing_under_way: \result != PE_REGISTERING && \result != PE_REGISTERED && \result != PE_DEREGISTERING;
*/
static uint8_t phase_without_home(uint8_t phase)
{
    if (phase == PE_REGISTERING || phase == PE_REGISTERED) {
        return (uint8_t)PE_REGISTER_DUE;
    }
    return phase == PE_DEREGISTERING ? (uint8_t)PE_DEREGISTER_DUE : phase;
}

void pool_element_home_lost(struct pool_element_endpoint *p, struct effects *out)
{
    forget_home(p);
    stop_watching(p);
    pool_element_enter(p, phase_without_home(p->phase), ENDPOINT_NEVER);
    pool_element_tell(p, (uint16_t)PE_NOTIFY_HOME_LOST, ENDPOINT_NO_CAUSE, ENDPOINT_NONE, out);
}

/* How long the home may be silent: so many intervals. */
/*@ requires interval: interval_ms <= PE_DURATION_MAX_MS;
    requires missed: missed <= PE_KEEP_ALIVES_MISSED_MAX;
    terminates \true;
    assigns \nothing;
    ensures off: interval_ms == 0 ==> \result == 0;
*/
static uint32_t patience_ms(uint32_t interval_ms, uint32_t missed)
{
    //@ assert longest: interval_ms * missed <= interval_ms * PE_KEEP_ALIVES_MISSED_MAX;
    return interval_ms * missed;
}

void pool_element_watch(struct pool_element_endpoint *p, uint64_t now)
{
    uint32_t patience =
        patience_ms(p->configuration.keep_alive_interval_ms, p->configuration.keep_alives_missed);

    p->watchdog = patience > 0u ? endpoint_after(now, patience) : ENDPOINT_NEVER;
}
