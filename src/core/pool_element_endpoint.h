/* A pool element's side of ASAP: it registers, stays registered, and leaves (RFC 5352, 3.1, 3.2, 3.4).
 *
 * One structure is one registration of one pool element. The shell maps or allocates it zeroed, calls
 * pool_element_endpoint_init() once, then gives it events and carries out the effects:
 *
 *     pool_element_endpoint_init(&p, &configuration, &description);
 *     step(START), step(REGISTER), and then step(CHANNEL_OPENED | CHANNEL_CLOSED | MESSAGE) as the network has it,
 *     step(TICK) when pool_element_endpoint_next_deadline() is reached or `effects.more` is set.
 *
 * Registering (R1-R4): the registration goes to the home registrar and T2 runs. No answer: the home is
 * given up, a new one is hunted, the registration repeated there; after MAX-REG-ATTEMPT unanswered
 * attempts it gives up and says so. Rejected: it says so with the registrar's cause, and never repeats
 * the registration of its own accord: only the application can correct what was wrong, and registers
 * anew. Accepted: T4 runs and the registration is renewed well within its lifetime. The loss of the
 * home, an unsolicited ASAP_DEREGISTRATION_RESPONSE (the registration expired, 3.2), and, when
 * configured, the absence of keep-alives make it register again. Keep-alives are answered (KA1-KA2.4)
 * from every registrar it is connected to; every other message counts only from the home.
 *
 * It owns its copy of the description, the timers and the hunt. It never opens a socket, never reads a
 * clock, never frees anything. Not thread-safe.
 */
#ifndef POOLPROOF_CORE_POOL_ELEMENT_ENDPOINT_H
#define POOLPROOF_CORE_POOL_ELEMENT_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

/* For the proofs: the element works with whatever makes a hunt valid (server_hunt.h). */
#define SERVER_HUNT_ABSTRACT

#include "address.h"
#include "effects.h"
#include "endpoint_event.h"
#include "server_hunt.h"

#define PE_HANDLE_MAX 255u  /* bytes of a pool handle */
#define PE_ADDRESSES_MAX 8u /* addresses of the user transport */
#define PE_POLICY_VALUES_MAX 3u

#define T2_REGISTRATION_DEFAULT_MS 30000u    /* RFC 5352, 7.1 */
#define T3_DEREGISTRATION_DEFAULT_MS 30000u  /* RFC 5352, 7.1 */
#define T4_REREGISTRATION_DEFAULT_MS 600000u /* RFC 5352, 7.1: at most 10 minutes ... */
#define T4_MARGIN_DEFAULT_MS 20000u          /* ... and this long before the lifetime ends */
#define MAX_REG_ATTEMPT_DEFAULT 2u           /* RFC 5352, 7.3 */
#define PE_KEEP_ALIVES_MISSED_DEFAULT 3u     /* ours: the watchdog's patience */
#define PE_DURATION_MAX_MS SERVER_HUNT_DURATION_MAX_MS
#define PE_COUNT_MAX 1000u
#define PE_KEEP_ALIVES_MISSED_MAX 49u /* that many of the longest intervals fit into 32 bits */
#define PE_LIFETIME_INFINITE (-1)     /* RFC 5354, 3.10 */
#define PE_STEP_EFFECTS 32u           /* most effects one step appends */

struct pool_element_configuration {
    struct server_hunt_configuration hunt;
    uint32_t t2_ms;           /* T2-registration, 1 .. PE_DURATION_MAX_MS */
    uint32_t t3_ms;           /* T3-deregistration, 1 .. PE_DURATION_MAX_MS */
    uint32_t t4_ms;           /* T4-reregistration at most, 1 .. PE_DURATION_MAX_MS */
    uint32_t t4_margin_ms;    /* re-register this long before the lifetime ends; same limit */
    uint32_t max_reg_attempt; /* MAX-REG-ATTEMPT, 1 .. PE_COUNT_MAX */
    uint32_t
        keep_alive_interval_ms; /* the registrar's keep-alive interval; 0: no watchdog; same limit */
    uint32_t keep_alives_missed; /* intervals without one until it re-registers, 1 ..
                                    PE_KEEP_ALIVES_MISSED_MAX */
};

/* What is registered. Changed by pool_element_endpoint_describe(), then ENDPOINT_REGISTER. */
struct pool_element_description {
    uint32_t handle_length; /* 1 .. PE_HANDLE_MAX */
    uint8_t handle[PE_HANDLE_MAX];
    uint32_t pe_identifier;    /* 0: draw one from the event's randomness (R2.2) */
    int32_t registration_life; /* seconds, 1 or more; PE_LIFETIME_INFINITE: without end */
    uint16_t transport_type;   /* PARAMETER_SCTP_TRANSPORT, _TCP_TRANSPORT or _UDP_TRANSPORT */
    uint16_t transport_port;   /* host order, not 0 */
    uint16_t transport_use;    /* SCTP: 0 data only, 1 data plus control; otherwise 0 */
    uint32_t address_count;    /* 1 .. PE_ADDRESSES_MAX; TCP, UDP: exactly 1 (RFC 5354, 3.5, 3.6) */
    struct ip_address address[PE_ADDRESSES_MAX]; /* each of size 4 or 16 */
    uint32_t policy_type;                        /* RFC 5356; POLICY_ROUND_ROBIN is 1 */
    uint32_t policy_value_count; /* as many as the policy has: wire_policy_value_count() */
    uint32_t policy_value[PE_POLICY_VALUES_MAX];
};

enum pool_element_phase {
    PE_IDLE =
        0, /* nothing wanted: before ENDPOINT_REGISTER, after it left, was rejected, gave up */
    PE_REGISTER_DUE = 1,   /* to be registered as soon as there is a home */
    PE_REGISTERING = 2,    /* ASAP_REGISTRATION sent, T2 runs */
    PE_REGISTERED = 3,     /* accepted, T4 runs */
    PE_DEREGISTER_DUE = 4, /* to be deregistered as soon as there is a home */
    PE_DEREGISTERING = 5   /* ASAP_DEREGISTRATION sent, T3 runs */
};

/* `code` of EFFECT_NOTIFY. `subject` is the PE identifier in all of them; `cause` as said, else 0xffff. */
enum pool_element_notification {
    PE_NOTIFY_HOME_FOUND = 1, /* connected to a home registrar; `channel` says where */
    PE_NOTIFY_HOME_LOST = 2,  /* the home is gone or silent, the hunt is on */
    PE_NOTIFY_REGISTERED =
        3, /* accepted, for the first time or again; `cause`: the registrar's warning */
    PE_NOTIFY_REJECTED = 4,   /* refused with `cause`; now PE_IDLE until ENDPOINT_REGISTER */
    PE_NOTIFY_UNANSWERED = 5, /* MAX-REG-ATTEMPT registrations without an answer; now PE_IDLE */
    PE_NOTIFY_EXPIRED =
        6, /* the registrar dropped us (3.2), `cause` if it gave one; registers again */
    PE_NOTIFY_SILENCE = 7, /* the watchdog missed the registrar's keep-alives; registers again */
    PE_NOTIFY_DEREGISTERED = 8, /* left the pool; now PE_IDLE */
    PE_NOTIFY_DEREGISTRATION_REJECTED =
        9, /* refused with `cause`; now PE_IDLE, still listed there */
    PE_NOTIFY_DEREGISTRATION_UNANSWERED =
        10,                 /* as often unanswered as a registration; now PE_IDLE */
    PE_NOTIFY_INVALID = 11, /* ENDPOINT_REGISTER with a description out of range: nothing sent */
    PE_NOTIFY_ERROR_REPORTED = 12 /* the home sent ASAP_ERROR with `cause`; for the log */
};

struct pool_element_endpoint {
    struct pool_element_configuration configuration;
    struct pool_element_description description;
    struct server_hunt hunt;
    uint8_t phase; /* enum pool_element_phase */
    uint8_t home_identifier_known;
    uint32_t home_identifier; /* the home's server identifier, learnt from its keep-alives */
    uint32_t attempts;        /* requests sent since the last answer */
    uint32_t registrations;   /* ASAP_REGISTRATION messages sent in all; stays at UINT32_MAX */
    uint64_t timer;           /* T2, T3 or T4 by phase; ENDPOINT_NEVER when none runs */
    uint64_t watchdog;        /* when keep-alives are missed; ENDPOINT_NEVER when off */
};

/*@ predicate valid_pe_configuration(struct pool_element_configuration *c) =
      valid_hunt_configuration(&c->hunt) &&
      1 <= c->t2_ms <= PE_DURATION_MAX_MS &&
      1 <= c->t3_ms <= PE_DURATION_MAX_MS &&
      1 <= c->t4_ms <= PE_DURATION_MAX_MS &&
      c->t4_margin_ms <= PE_DURATION_MAX_MS &&
      1 <= c->max_reg_attempt <= PE_COUNT_MAX &&
      c->keep_alive_interval_ms <= PE_DURATION_MAX_MS &&
      1 <= c->keep_alives_missed <= PE_KEEP_ALIVES_MISSED_MAX;

    // What may be read without going astray; pool_element_description_valid() says what may be registered.
    predicate bounded_pe_description(struct pool_element_description *d) =
      d->handle_length <= PE_HANDLE_MAX && d->address_count <= PE_ADDRESSES_MAX &&
      d->policy_value_count <= PE_POLICY_VALUES_MAX;

    predicate valid_pool_element(struct pool_element_endpoint *p) =
      valid_hunt(&p->hunt) && valid_pe_configuration(&p->configuration) &&
      bounded_pe_description(&p->description) && p->phase <= PE_DEREGISTERING;
*/

/* Fills in the RFC's values for a list of `server_count` registrars; the watchdog off. */
/*@ requires room: \valid(c);
    terminates \true;
    assigns *c;
    ensures valid: valid_pe_configuration(c);
*/
void pool_element_endpoint_defaults(struct pool_element_configuration *c, uint32_t server_count);

/* True when every field is within its range: to be asked before init. */
/*@ requires room: \valid_read(c);
    terminates \true;
    assigns \nothing;
    ensures exact: \result <==> valid_pe_configuration(c);
*/
bool pool_element_configuration_valid(const struct pool_element_configuration *c);

/* True when the description can be registered: every field within its range. */
/*@ requires room: \valid_read(d);
    terminates \true;
    assigns \nothing;
    ensures bounded: \result ==> bounded_pe_description(d);
    ensures handle: \result ==> d->handle_length >= 1;
    ensures reachable: \result ==> d->address_count >= 1 && d->transport_port != 0;
    ensures lifetime: \result ==> d->registration_life >= 1 || d->registration_life == PE_LIFETIME_INFINITE;
*/
bool pool_element_description_valid(const struct pool_element_description *d);

/* T4-reregistration in milliseconds for a lifetime in seconds: at most c->t4_ms, at most the lifetime less
 * the margin (RFC 5352, 7.1). A lifetime under two margins would leave little or nothing: then half of the
 * lifetime. Infinite (or anything below 1): c->t4_ms. */
/*@ requires configuration: \valid_read(c) && valid_pe_configuration(c);
    terminates \true;
    assigns \nothing;
    ensures capped: 1 <= \result <= c->t4_ms;
    ensures in_time: registration_life >= 1 ==> \result < registration_life * 1000;
    ensures margin: registration_life >= 1 && registration_life * 1000 >= 2 * c->t4_margin_ms ==>
      \result <= registration_life * 1000 - c->t4_margin_ms;
*/
uint32_t pool_element_t4_ms(const struct pool_element_configuration *c, int32_t registration_life);

/* Prepares a zeroed structure. */
/*@ requires room: \valid(p) && \valid_read(c);
    requires apart: \separated(p, c);
    requires configuration: valid_pe_configuration(c);
    requires zeroed: bounded_pe_description(&p->description);
    terminates \true;
    assigns p->configuration, p->hunt, p->phase, p->home_identifier_known, p->home_identifier, p->attempts,
      p->registrations, p->timer, p->watchdog;
    ensures valid: valid_pool_element(p);
    ensures idle: p->phase == PE_IDLE && p->registrations == 0;
*/
void pool_element_endpoint_init(struct pool_element_endpoint *p,
                                const struct pool_element_configuration *c);

/* Sets what to register, or changes it (a new policy value, another lifetime). Nothing is sent before the
 * next ENDPOINT_REGISTER. A PE identifier of 0 keeps the identifier in use. False, and nothing changed, when the
 * description is out of range. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires description: \valid_read(d);
    requires apart: \separated(p, d);
    terminates \true;
    assigns p->description;
    ensures valid: valid_pool_element(p);
*/
bool pool_element_endpoint_describe(struct pool_element_endpoint *p,
                                    const struct pool_element_description *d);

/* One event. `bytes` holds event->length bytes for ENDPOINT_MESSAGE, and is not read otherwise. The effects are
 * appended to `out`, usually an empty list, and are to be carried out in order.
 *
 * rejection_final: once it is idle, because its registration was rejected or for any other reason, only the
 * application's ENDPOINT_REGISTER makes it send a registration (RFC 5352, 3.1). */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires event: \valid_read(event);
    requires bytes: event->kind == ENDPOINT_MESSAGE ==> \valid_read(bytes + (0 .. event->length - 1));
    requires list: \valid(out) && valid_effects(out) && out->count + PE_STEP_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(p, event, out);
    requires bytes_apart: event->kind == ENDPOINT_MESSAGE ==> \separated(p, out, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns p->hunt, p->phase, p->home_identifier_known, p->home_identifier, p->attempts, p->registrations,
      p->timer, p->watchdog, p->description.pe_identifier;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_STEP_EFFECTS;
    ensures rejection_final: \old(p->phase) == PE_IDLE && \old(event->kind) != ENDPOINT_REGISTER ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
*/
void pool_element_endpoint_step(struct pool_element_endpoint *p, const struct endpoint_event *event,
                                const uint8_t *bytes, struct effects *out);

/* When to give it the next ENDPOINT_TICK at the latest, or ENDPOINT_NEVER. */
/*@ requires element: \valid_read(p);
    terminates \true;
    assigns \nothing;
    ensures in_time: \result <= p->timer && \result <= p->watchdog && \result <= p->hunt.deadline;
*/
uint64_t pool_element_endpoint_next_deadline(const struct pool_element_endpoint *p);

#endif
