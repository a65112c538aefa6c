/* A pool element receives: contracts in pool_element_endpoint_answers.h.
 *
 * Owns nothing. Every handler looks at one message type; what does not match the registration, pool handle and
 * PE identifier, is discarded silently.
 */
#include "pool_element_endpoint_answers.h"

#include "endpoint_deadline.h"
#include "endpoint_messages.h"
#include "pool_element_endpoint_requests.h"

/*@ predicate handle_inside(struct asap_message *m, integer length) =
      wire_inside(m->pool_handle.offset, m->pool_handle.length, length);
*/

/* True for an answer that speaks of this element: its pool handle and its PE identifier. */
/*@ requires element: \valid_read(p) && valid_pool_element(p);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && handle_inside(message, length);
    terminates \true;
    assigns \nothing;
    ensures identified: \result ==> message->pe_identifier == p->description.pe_identifier;
*/
static bool is_for_us(const struct pool_element_endpoint *p, const uint8_t *bytes, uint32_t length,
                      const struct asap_message *message)
{
    return message->has_pe_identifier != 0u &&
           message->pe_identifier == p->description.pe_identifier &&
           endpoint_names_handle(bytes, length, message, p->description.handle,
                                 p->description.handle_length);
}

/* The registration is in force: T4 runs, the watchdog too, attempts count from zero again. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out) && out->count < EFFECTS_MAX;
    requires apart: \separated(p, out);
    terminates \true;
    assigns p->phase, p->attempts, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count == \old(out->count) + 1;
    ensures registered: p->phase == PE_REGISTERED && p->attempts == 0;
*/
static void accept_registration(struct pool_element_endpoint *p, uint16_t warning, uint64_t now,
                                struct effects *out)
{
    uint32_t t4 = pool_element_t4_ms(&p->configuration, p->description.registration_life);

    pool_element_enter(p, (uint8_t)PE_REGISTERED, endpoint_after(now, t4));
    pool_element_answered(p);
    pool_element_watch(p, now);
    pool_element_tell(p, (uint16_t)PE_NOTIFY_REGISTERED, warning, ENDPOINT_NONE, out);
}

/* ASAP_REGISTRATION_RESPONSE. A rejection also counts when an earlier request was accepted meanwhile: of two
 * registrations under way the later one may be the rejected one. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && handle_inside(message, length);
    requires list: \valid(out) && valid_effects(out) && out->count < EFFECTS_MAX;
    requires apart: \separated(p, out, message, bytes + (0 .. length - 1));
    terminates \true;
    assigns p->phase, p->attempts, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + 1;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==> p->phase == PE_IDLE;
    ensures rejected: \old(message->flags) % 2 == ASAP_FLAG_REJECT ==>
      p->phase == PE_IDLE || (p->phase == \old(p->phase) && p->timer == \old(p->timer));
*/
static void receive_registration_response(struct pool_element_endpoint *p, uint64_t now,
                                          const uint8_t *bytes, uint32_t length,
                                          const struct asap_message *message, struct effects *out)
{
    uint16_t cause = endpoint_cause(bytes, length, message);

    if (p->phase != PE_REGISTERING && p->phase != PE_REGISTERED) {
        return;
    }
    if (message->flags % 2u == ASAP_FLAG_REJECT) {
        pool_element_rest(p, (uint16_t)PE_NOTIFY_REJECTED, cause, out);
    } else if (p->phase == PE_REGISTERING) {
        accept_registration(p, cause, now, out);
    }
}

/* ASAP_DEREGISTRATION_RESPONSE: what we asked for (3.2), or, unsolicited, the end of the registration's life,
 * upon which it registers again. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && handle_inside(message, length);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_HOME_EFFECTS + 1 <= EFFECTS_MAX;
    requires apart: \separated(p, out, message, bytes + (0 .. length - 1));
    terminates \true;
    assigns p->phase, p->attempts, p->registrations, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_REQUEST_EFFECTS + 1;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
*/
static void receive_deregistration_response(struct pool_element_endpoint *p, uint64_t now,
                                            const uint8_t *bytes, uint32_t length,
                                            const struct asap_message *message, struct effects *out)
{
    uint16_t cause = endpoint_cause(bytes, length, message);

    if (p->phase == PE_DEREGISTERING) {
        uint16_t notification = message->has_operation_error != 0u
                                    ? (uint16_t)PE_NOTIFY_DEREGISTRATION_REJECTED
                                    : (uint16_t)PE_NOTIFY_DEREGISTERED;

        pool_element_rest(p, notification, cause, out);
    } else if (p->phase == PE_REGISTERED) {
        pool_element_tell(p, (uint16_t)PE_NOTIFY_EXPIRED, cause, ENDPOINT_NONE, out);
        pool_element_register(p, now, out);
    }
}

/* The answer to what this element asked. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && handle_inside(message, length);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_HOME_EFFECTS + 1 <= EFFECTS_MAX;
    requires apart: \separated(p, out, message, bytes + (0 .. length - 1));
    terminates \true;
    assigns p->phase, p->attempts, p->registrations, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_REQUEST_EFFECTS + 1;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
*/
static void receive_answer(struct pool_element_endpoint *p, uint64_t now, const uint8_t *bytes,
                           uint32_t length, const struct asap_message *message, struct effects *out)
{
    if (message->type == ASAP_REGISTRATION_RESPONSE) {
        receive_registration_response(p, now, bytes, length, message, out);
        //@ assert same: p->registrations == \at(p->registrations, Pre);
    } else if (message->type == ASAP_DEREGISTRATION_RESPONSE) {
        receive_deregistration_response(p, now, bytes, length, message, out);
    }
}

/* What only the home may say. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && handle_inside(message, length);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_HOME_EFFECTS + 1 <= EFFECTS_MAX;
    requires apart: \separated(p, out, message, bytes + (0 .. length - 1));
    terminates \true;
    assigns p->phase, p->attempts, p->registrations, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_REQUEST_EFFECTS + 1;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
*/
static void receive_from_home(struct pool_element_endpoint *p, uint64_t now, const uint8_t *bytes,
                              uint32_t length, const struct asap_message *message,
                              struct effects *out)
{
    if (message->type == ASAP_ERROR) {
        pool_element_tell(p, (uint16_t)PE_NOTIFY_ERROR_REPORTED,
                          endpoint_cause(bytes, length, message), ENDPOINT_NONE, out);
        //@ assert same: p->phase == \at(p->phase, Pre) && p->registrations == \at(p->registrations, Pre);
    } else if (is_for_us(p, bytes, length, message)) {
        receive_answer(p, now, bytes, length, message, out);
    }
}

/* The registrar on the channel becomes the home, for the hunt alone (server_hunt_adopt). */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(h, out);
    terminates \true;
    assigns *h, *out;
    ensures valid: valid_hunt(h);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
*/
static uint8_t hunt_ends_at(struct server_hunt *h, uint32_t channel, struct effects *out)
{
    return server_hunt_adopt(h, channel, out);
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
static uint8_t adopt(struct pool_element_endpoint *p, uint32_t channel, struct effects *out)
{
    uint8_t outcome = hunt_ends_at(&p->hunt, channel, out);

    //@ assert handle: p->description.handle_length == \at(p->description.handle_length, Pre);
    //@ assert addresses: p->description.address_count == \at(p->description.address_count, Pre);
    //@ assert policy: p->description.policy_value_count == \at(p->description.policy_value_count, Pre);
    //@ assert description: bounded_pe_description(&p->description);
    //@ assert same: p->configuration == \at(p->configuration, Pre);
    //@ assert configuration: valid_pe_configuration(&p->configuration);
    //@ assert phase: p->phase <= PE_DEREGISTERING;
    return outcome;
}

/* The registrar on the channel becomes the home, unless it is: what is wanted is asked for there. */
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
static void change_home(struct pool_element_endpoint *p, uint32_t channel, uint64_t now,
                        struct effects *out)
{
    uint8_t outcome = adopt(p, channel, out);

    //@ assert same: p->phase == \at(p->phase, Pre) && p->registrations == \at(p->registrations, Pre);
    if (outcome == SERVER_HUNT_HOME_FOUND) {
        pool_element_home_found(p, now, out);
    }
}

/* KA2.4: who asks to be the home becomes it, unless it is already, by its connection or by its server identifier. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires message: \valid_read(message);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_HOME_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(p, out, message);
    terminates \true;
    assigns p->hunt, p->phase, p->home_identifier_known, p->attempts, p->registrations, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_HOME_EFFECTS;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
    ensures asked: \old(message->flags) % 2 != ASAP_FLAG_HOME ==> PE_BELIEFS_KEPT(p);
*/
static void adopt_sender(struct pool_element_endpoint *p, uint32_t channel,
                         const struct asap_message *message, uint64_t now, struct effects *out)
{
    bool asks = message->flags % 2u == ASAP_FLAG_HOME;
    bool known = p->home_identifier_known != 0u && p->home_identifier == message->server_identifier;

    if (asks && !known) {
        change_home(p, channel, now, out);
    }
}

/* The home lives, and says who it is. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires channel: channel < SERVER_HUNT_SLOTS;
    terminates \true;
    assigns p->home_identifier_known, p->home_identifier, p->watchdog;
    ensures valid: valid_pool_element(p);
    ensures home_only: \old(p->hunt.home) != channel + 1 ==> PE_BELIEFS_KEPT(p);
*/
static void hear_sender(struct pool_element_endpoint *p, uint32_t channel,
                        uint32_t server_identifier, uint64_t now)
{
    if (server_hunt_home(&p->hunt) != channel) {
        return;
    }
    p->home_identifier_known = 1u;
    p->home_identifier = server_identifier;
    if (p->phase == PE_REGISTERED) {
        pool_element_watch(p, now);
    }
}

/* ASAP_ENDPOINT_KEEP_ALIVE_ACK. */
/*@ requires element: \valid_read(p) && valid_pool_element(p);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(p, out);
    terminates \true;
    assigns *out;
    ensures kept: valid_pool_element(p);
    ensures beliefs: PE_BELIEFS_KEPT(p);
    ensures one: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + 1;
*/
static void acknowledge(const struct pool_element_endpoint *p, uint32_t channel,
                        struct effects *out)
{
    pool_element_say(p, channel, (uint8_t)ASAP_ENDPOINT_KEEP_ALIVE_ACK, out);
}

/* Answers the sender of a keep-alive, which becomes the home if it asks for that. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires message: \valid_read(message);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_HOME_EFFECTS + 1 <= EFFECTS_MAX;
    requires apart: \separated(p, out, message);
    terminates \true;
    assigns p->hunt, p->phase, p->home_identifier_known, p->attempts, p->registrations, p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_HOME_EFFECTS + 1;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
    ensures asked: \old(message->flags) % 2 != ASAP_FLAG_HOME ==> PE_BELIEFS_KEPT(p);
*/
static void answer_sender(struct pool_element_endpoint *p, uint32_t channel, uint64_t now,
                          const struct asap_message *message, struct effects *out)
{
    acknowledge(p, channel, out);
    //@ assert flags: message->flags == \at(message->flags, Pre);
    adopt_sender(p, channel, message, now, out);
}

/* Answers a keep-alive that names the element's pool, and heeds what it says of the home (KA2.1 to KA2.4). */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires message: \valid_read(message);
    requires channel: channel < SERVER_HUNT_SLOTS;
    requires list: \valid(out) && valid_effects(out) && out->count + PE_HOME_EFFECTS + 1 <= EFFECTS_MAX;
    requires apart: \separated(p, out, message);
    terminates \true;
    assigns p->hunt, p->phase, p->home_identifier_known, p->home_identifier, p->attempts, p->registrations,
      p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures used: out->bytes_used <= EFFECTS_BYTES_MAX;
    ensures bounded: out->count <= \old(out->count) + PE_HOME_EFFECTS + 1;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
    ensures home_only: \old(p->hunt.home) != channel + 1 && \old(message->flags) % 2 != ASAP_FLAG_HOME ==>
      PE_BELIEFS_KEPT(p);
*/
static void answer_keep_alive(struct pool_element_endpoint *p, uint32_t channel, uint64_t now,
                              const struct asap_message *message, struct effects *out)
{
    uint32_t sender = message->server_identifier;

    answer_sender(p, channel, now, message, out);
    //@ assert home: \at(message->flags, Pre) % 2 != ASAP_FLAG_HOME ==> p->hunt.home == \at(p->hunt.home, Pre);
    hear_sender(p, channel, sender, now);
}

/* ASAP_ENDPOINT_KEEP_ALIVE (KA1 to KA2.4), from any registrar we are connected to. An element that is in no
 * pool has no pool handle that could match. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && handle_inside(message, length);
    requires channel: channel < SERVER_HUNT_SLOTS;
    requires list: \valid(out) && valid_effects(out) && out->count + PE_HOME_EFFECTS + 1 <= EFFECTS_MAX;
    requires apart: \separated(p, out, message, bytes + (0 .. length - 1));
    terminates \true;
    assigns p->hunt, p->phase, p->home_identifier_known, p->home_identifier, p->attempts, p->registrations,
      p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_HOME_EFFECTS + 1;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
    ensures home_only: \old(p->hunt.home) != channel + 1 && \old(message->flags) % 2 != ASAP_FLAG_HOME ==>
      PE_BELIEFS_KEPT(p);
*/
static void receive_keep_alive(struct pool_element_endpoint *p, uint32_t channel, uint64_t now,
                               const uint8_t *bytes, uint32_t length,
                               const struct asap_message *message, struct effects *out)
{
    if (p->phase == PE_IDLE || !endpoint_names_handle(bytes, length, message, p->description.handle,
                                                      p->description.handle_length)) {
        return;
    }
    answer_keep_alive(p, channel, now, message, out);
}

/* A message that was understood: a keep-alive, or something that only the home may say. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && handle_inside(message, length);
    requires channel: channel < SERVER_HUNT_SLOTS;
    requires list: \valid(out) && valid_effects(out) && out->count + PE_HOME_EFFECTS + 1 <= EFFECTS_MAX;
    requires apart: \separated(p, out, message, bytes + (0 .. length - 1));
    terminates \true;
    assigns p->hunt, p->phase, p->home_identifier_known, p->home_identifier, p->attempts, p->registrations,
      p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_HOME_EFFECTS + 1;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
    ensures home_only: \old(p->hunt.home) != channel + 1 &&
      !(\old(message->type) == ASAP_ENDPOINT_KEEP_ALIVE && \old(message->flags) % 2 == ASAP_FLAG_HOME) ==>
      PE_BELIEFS_KEPT(p);
*/
static void receive_message(struct pool_element_endpoint *p, uint32_t channel, uint64_t now,
                            const uint8_t *bytes, uint32_t length,
                            const struct asap_message *message, struct effects *out)
{
    if (message->type == ASAP_ENDPOINT_KEEP_ALIVE) {
        receive_keep_alive(p, channel, now, bytes, length, message, out);
    } else if (server_hunt_home(&p->hunt) == channel) {
        receive_from_home(p, now, bytes, length, message, out);
    }
}

/* Decodes a message. What is wrong with it, or unknown in it, is reported to its sender. */
/*@ requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires room: \valid(message);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(message, out, bytes + (0 .. length - 1));
    terminates \true;
    assigns *message, *out;
    ensures one: valid_effects(out) && out->count <= \old(out->count) + 1;
    ensures understood: \result ==> length > 1 && handle_inside(message, length);
    ensures header: \result ==> message->type == \old(bytes[0]) && message->flags == \old(bytes[1]);
*/
static bool decode(uint32_t channel, const uint8_t *bytes, uint32_t length,
                   struct asap_message *message, struct effects *out)
{
    struct wire_error error;

    if (!asap_decode(bytes, length, message, &error)) {
        //@ assert list: valid_effects(out) && out->count == \at(out->count, Pre);
        (void)endpoint_report_rejected(out, channel, bytes, length, &error);
        return false;
    }
    //@ assert list: valid_effects(out) && out->count == \at(out->count, Pre);
    //@ assert inside: length > 1 && handle_inside(message, length);
    (void)endpoint_report_unrecognized(out, channel, bytes, length, message);
    return true;
}

/* The same, from a registrar that the element is connected to: nothing of the element changes. */
/*@ requires element: \valid_read(p) && valid_pool_element(p);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid(message);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(p, message, out);
    requires bytes_apart: \separated(message, out, bytes + (0 .. length - 1));
    terminates \true;
    assigns *message, *out;
    ensures kept: valid_pool_element(p);
    ensures beliefs: PE_BELIEFS_KEPT(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + 1;
    ensures channel: \result ==> channel < SERVER_HUNT_SLOTS;
    ensures understood: \result ==> length > 1 && handle_inside(message, length);
    ensures header: \result ==> message->type == \old(bytes[0]) && message->flags == \old(bytes[1]);
*/
static bool understand(const struct pool_element_endpoint *p, uint32_t channel,
                       const uint8_t *bytes, uint32_t length, struct asap_message *message,
                       struct effects *out)
{
    bool understood;

    if (!server_hunt_is_open(&p->hunt, channel)) {
        return false;
    }
    understood = decode(channel, bytes, length, message, out);
    //@ assert hunt: valid_hunt(&p->hunt);
    //@ assert handle: p->description.handle_length == \at(p->description.handle_length, Pre);
    //@ assert addresses: p->description.address_count == \at(p->description.address_count, Pre);
    //@ assert policy: p->description.policy_value_count == \at(p->description.policy_value_count, Pre);
    //@ assert description: bounded_pe_description(&p->description);
    //@ assert phase: p->phase == \at(p->phase, Pre);
    //@ assert attempts: p->attempts == \at(p->attempts, Pre);
    //@ assert registrations: p->registrations == \at(p->registrations, Pre);
    //@ assert home: p->hunt.home == \at(p->hunt.home, Pre);
    //@ assert identifier: p->home_identifier == \at(p->home_identifier, Pre);
    //@ assert known: p->home_identifier_known == \at(p->home_identifier_known, Pre);
    //@ assert same: p->configuration == \at(p->configuration, Pre);
    //@ assert configuration: valid_pe_configuration(&p->configuration);
    return understood;
}

/* A message was understood: the home, if it came from there, is of use (server_hunt_heard). */
/*@ requires element: \valid(p) && valid_pool_element(p);
    terminates \true;
    assigns p->hunt.useful_at, p->hunt.t5_ms, p->hunt.spent[0 .. SERVER_HUNT_SERVERS_MAX - 1];
    ensures valid: valid_pool_element(p);
    ensures beliefs: PE_BELIEFS_KEPT(p);
*/
static void hear(struct pool_element_endpoint *p, uint32_t channel)
{
    server_hunt_heard(&p->hunt, channel);
}

void pool_element_receive(struct pool_element_endpoint *p, uint32_t channel, uint64_t now,
                          const uint8_t *bytes, uint32_t length, struct effects *out)
{
    struct asap_message message;
    bool understood = understand(p, channel, bytes, length, &message, out);

    //@ assert same: p->phase == \at(p->phase, Pre) && p->registrations == \at(p->registrations, Pre);
    if (understood) {
        hear(p, channel);
        //@ assert header: message.type == \at(bytes[0], Pre) && message.flags == \at(bytes[1], Pre);
        //@ assert heard: p->hunt.home == \at(p->hunt.home, Pre) && p->timer == \at(p->timer, Pre);
        receive_message(p, channel, now, bytes, length, &message, out);
    }
}
