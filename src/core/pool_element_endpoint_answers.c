/* A pool element receives: contracts in pool_element_endpoint_answers.h.
 *
 * Owns nothing. Every handler looks at one message type; what does not match the registration, pool handle and
 * PE identifier, is discarded silently.
 */
#include "pool_element_endpoint_answers.h"

#include "endpoint_deadline.h"
#include "endpoint_messages.h"
#include "pool_element_endpoint_requests.h"

/* True for an answer that speaks of this element: its pool handle and its PE identifier. */
/*@ requires element: \valid_read(p) && valid_pool_element(p);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && asap_message_inside(message, length);
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
    requires message: \valid_read(message) && asap_message_inside(message, length);
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
    requires message: \valid_read(message) && asap_message_inside(message, length);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_ANSWER_EFFECTS <= EFFECTS_MAX;
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

/* What only the home may say. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && asap_message_inside(message, length);
    requires list: \valid(out) && valid_effects(out) && out->count + PE_ANSWER_EFFECTS <= EFFECTS_MAX;
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
        return;
    }
    if (!is_for_us(p, bytes, length, message)) {
        return;
    }
    if (message->type == ASAP_REGISTRATION_RESPONSE) {
        receive_registration_response(p, now, bytes, length, message, out);
    } else if (message->type == ASAP_DEREGISTRATION_RESPONSE) {
        receive_deregistration_response(p, now, bytes, length, message, out);
    }
}

/* The registrar on the channel becomes the home (server_hunt_adopt). */
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
    uint8_t outcome = server_hunt_adopt(&p->hunt, channel, out);

    //@ assert hunt: valid_hunt(&p->hunt);
    //@ assert hunt_configuration: valid_hunt_configuration(&p->configuration.hunt);
    //@ assert configuration: valid_pe_configuration(&p->configuration);
    //@ assert description: bounded_pe_description(&p->description);
    //@ assert phase: p->phase == \at(p->phase, Pre);
    return outcome;
}

/* KA2.4: the sender wants to be the home. It becomes the home unless it is already, by its connection or by its
 * server identifier. */
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
static void adopt_sender(struct pool_element_endpoint *p, uint32_t channel,
                         uint32_t server_identifier, uint64_t now, struct effects *out)
{
    uint8_t outcome;

    if (p->home_identifier_known != 0u && p->home_identifier == server_identifier) {
        return;
    }
    outcome = adopt(p, channel, out);
    //@ assert same: p->phase == \at(p->phase, Pre) && p->registrations == \at(p->registrations, Pre);
    if (outcome == SERVER_HUNT_HOME_FOUND) {
        pool_element_home_found(p, now, out);
    }
}

/* The home lives, and says who it is. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    terminates \true;
    assigns p->home_identifier_known, p->home_identifier, p->watchdog;
    ensures valid: valid_pool_element(p);
    ensures known: p->home_identifier_known == 1 && p->home_identifier == server_identifier;
*/
static void hear_home(struct pool_element_endpoint *p, uint32_t server_identifier, uint64_t now)
{
    p->home_identifier_known = 1u;
    p->home_identifier = server_identifier;
    if (p->phase == PE_REGISTERED) {
        pool_element_watch(p, now);
    }
}

/* ASAP_ENDPOINT_KEEP_ALIVE (KA1 to KA2.4), from any registrar we are connected to. An element that is in no
 * pool has no pool handle that could match. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && asap_message_inside(message, length);
    requires channel: channel < SERVER_HUNT_SLOTS;
    requires list: \valid(out) && valid_effects(out) && out->count + PE_ANSWER_EFFECTS <= EFFECTS_MAX;
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
      pe_beliefs_kept{Pre, Post}(p);
*/
static void receive_keep_alive(struct pool_element_endpoint *p, uint32_t channel, uint64_t now,
                               const uint8_t *bytes, uint32_t length,
                               const struct asap_message *message, struct effects *out)
{
    if (p->phase == PE_IDLE || !endpoint_names_handle(bytes, length, message, p->description.handle,
                                                      p->description.handle_length)) {
        return;
    }
    pool_element_say(p, channel, (uint8_t)ASAP_ENDPOINT_KEEP_ALIVE_ACK, out);
    //@ assert same: pe_beliefs_kept{Pre, Here}(p);
    //@ assert flags: message->flags == \at(message->flags, Pre);
    if (message->flags % 2u == ASAP_FLAG_HOME) {
        adopt_sender(p, channel, message->server_identifier, now, out);
    }
    //@ assert bounded: valid_effects(out) && out->count <= \at(out->count, Pre) + PE_HOME_EFFECTS + 1;
    if (server_hunt_home(&p->hunt) == channel) {
        hear_home(p, message->server_identifier, now);
    }
}

/* A message that was understood: a keep-alive, or something that only the home may say. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && asap_message_inside(message, length);
    requires channel: channel < SERVER_HUNT_SLOTS;
    requires list: \valid(out) && valid_effects(out) && out->count + PE_ANSWER_EFFECTS <= EFFECTS_MAX;
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
      pe_beliefs_kept{Pre, Post}(p);
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

/* Decodes a message from a registrar that the element is connected to. What is wrong with it is reported. */
/*@ requires element: \valid_read(p) && valid_pool_element(p);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid(message);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(p, out, message, bytes + (0 .. length - 1));
    terminates \true;
    assigns *message, *out;
    ensures kept: valid_pool_element(p);
    ensures beliefs: pe_beliefs_kept{Pre, Post}(p);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + 1;
    ensures silent: \result ==> out->count == \old(out->count);
    ensures channel: \result ==> channel < SERVER_HUNT_SLOTS;
    ensures understood: \result ==> length > 1 && asap_message_inside(message, length);
    ensures header: \result ==> message->type == \old(bytes[0]) && message->flags == \old(bytes[1]);
*/
static bool understand(const struct pool_element_endpoint *p, uint32_t channel,
                       const uint8_t *bytes, uint32_t length, struct asap_message *message,
                       struct effects *out)
{
    struct wire_error error;
    bool decoded;

    if (!server_hunt_is_open(&p->hunt, channel)) {
        return false;
    }
    decoded = asap_decode(bytes, length, message, &error);
    //@ assert hunt: valid_hunt(&p->hunt);
    //@ assert configuration: valid_pe_configuration(&p->configuration);
    //@ assert description: bounded_pe_description(&p->description);
    //@ assert phase: p->phase <= PE_DEREGISTERING;
    //@ assert beliefs: pe_beliefs_kept{Pre, Here}(p);
    if (!decoded) {
        (void)endpoint_report_rejected(out, channel, bytes, length, &error);
        //@ assert hunt_still: valid_hunt(&p->hunt);
        //@ assert configuration_still: valid_pe_configuration(&p->configuration);
        //@ assert description_still: bounded_pe_description(&p->description);
        //@ assert phase_still: p->phase <= PE_DEREGISTERING;
        //@ assert beliefs_still: pe_beliefs_kept{Pre, Here}(p);
    }
    return decoded;
}

/* Reports what is unknown in a message that was understood. */
/*@ requires element: \valid_read(p) && valid_pool_element(p);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && asap_message_inside(message, length);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(p, out, message, bytes + (0 .. length - 1));
    terminates \true;
    assigns *out;
    ensures kept: valid_pool_element(p);
    ensures beliefs: pe_beliefs_kept{Pre, Post}(p);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + 1;
*/
static void report_unknown(const struct pool_element_endpoint *p, uint32_t channel,
                           const uint8_t *bytes, uint32_t length,
                           const struct asap_message *message, struct effects *out)
{
    (void)p;
    (void)endpoint_report_unrecognized(out, channel, bytes, length, message);
    //@ assert hunt: valid_hunt(&p->hunt);
    //@ assert configuration: valid_pe_configuration(&p->configuration);
    //@ assert description: bounded_pe_description(&p->description);
    //@ assert phase: p->phase <= PE_DEREGISTERING;
}

/* Heeds a message that was understood, then reports what is unknown in it. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && asap_message_inside(message, length);
    requires channel: channel < SERVER_HUNT_SLOTS;
    requires list: \valid(out) && valid_effects(out) && out->count + PE_ANSWER_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(p, out, message, bytes + (0 .. length - 1));
    terminates \true;
    assigns p->hunt, p->phase, p->home_identifier_known, p->home_identifier, p->attempts, p->registrations,
      p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_HOME_EFFECTS + 2;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
    ensures home_only: \old(p->hunt.home) != channel + 1 &&
      !(\old(message->type) == ASAP_ENDPOINT_KEEP_ALIVE && \old(message->flags) % 2 == ASAP_FLAG_HOME) ==>
      pe_beliefs_kept{Pre, Post}(p);
*/
static void heed(struct pool_element_endpoint *p, uint32_t channel, uint64_t now,
                 const uint8_t *bytes, uint32_t length, const struct asap_message *message,
                 struct effects *out)
{
    receive_message(p, channel, now, bytes, length, message, out);
    report_unknown(p, channel, bytes, length, message, out);
}

void pool_element_receive(struct pool_element_endpoint *p, uint32_t channel, uint64_t now,
                          const uint8_t *bytes, uint32_t length, struct effects *out)
{
    struct asap_message message;
    bool understood = understand(p, channel, bytes, length, &message, out);

    //@ assert same: p->phase == \at(p->phase, Pre) && p->registrations == \at(p->registrations, Pre);
    if (understood) {
        heed(p, channel, now, bytes, length, &message, out);
    }
}
