/* The registrar's ASAP side: what an ENRP server does with the messages of pool elements and pool users
 * (RFC 5352, 3.1 to 3.5), as one pure step function.
 *
 * Nothing here opens a socket, reads a clock or draws a random number. The shell hands over one event
 * after the other and carries out the effects (effects.h) that come back:
 *
 *   effects_clear(out); registrar_step(r, rules, &event, bytes, out); ...carry out...;
 *   while (out->more) { ...the same with EVENT_TICK, at once...; }
 *   then sleep until registrar_next_deadline(r), or until something arrives.
 *
 * Whatever bytes arrive on whatever channel: a channel whose principal lacks a role leaves the
 * handlespace as it is, an element changes only through the identity that registered it, and the work
 * of one event is bounded. `struct registrar` is large (handlespace.h); map it from zeroed pages.
 */
#ifndef POOLPROOF_CORE_REGISTRAR_H
#define POOLPROOF_CORE_REGISTRAR_H

#include <stdbool.h>
#include <stdint.h>

/* For the proofs: the registrar works with whatever makes a handlespace valid (handlespace.h). */
#define HANDLESPACE_ABSTRACT

#include "access.h"
#include "effects.h"
#include "handlespace.h"
#include "rate_limit.h"

/* Channels at once. A channel is a number below this, chosen by the shell, free again once closed. */
#define REGISTRAR_CHANNELS_MAX 16384u

/* Reporters of an unreachable element that are told apart. */
#define REGISTRAR_REPORTERS_MAX 8u

/* No channel, no deadline. */
#define REGISTRAR_NO_CHANNEL UINT32_MAX
#define REGISTRAR_NEVER UINT64_MAX

/* Latest time an event may bear, in milliseconds: leaves room for deadlines to be added to it. */
#define REGISTRAR_TIME_MAX 0x3fffffffffffffff

enum registrar_event_kind {
    EVENT_CHANNEL_OPENED = 1, /* `principal` is now authenticated on `channel` */
    EVENT_CHANNEL_CLOSED = 2, /* `channel` is gone; ignored for one the registrar closed itself */
    EVENT_MESSAGE = 3,        /* a whole message, `length` bytes, came on `channel` */
    EVENT_TICK = 4,           /* time has come for registrar_next_deadline(), or `more` was set */
    EVENT_SEND_FAILED = 5,  /* a message could not be delivered on `channel`: the same as closed */
    EVENT_RULES_CHANGED = 6 /* the access rules were merged with newly read ones */
};

struct registrar_event {
    uint8_t kind;               /* enum registrar_event_kind; others are ignored */
    uint32_t channel;           /* below REGISTRAR_CHANNELS_MAX, or the event is ignored */
    uint64_t now;               /* milliseconds, monotonic, at most REGISTRAR_TIME_MAX */
    uint64_t random;            /* 64 fresh random bits */
    struct principal principal; /* EVENT_CHANNEL_OPENED; otherwise what was opened counts */
    uint32_t length;            /* EVENT_MESSAGE: bytes, 0 to 65,535 and padding */
    uint32_t server;            /* channels between registrars: see enrp.h */
};

/* Limits on how often; each also applies beside the others. */
struct registrar_limits {
    struct rate_limit messages;      /* of any kind */
    struct rate_limit registrations; /* registrations and deregistrations */
    struct rate_limit reports;       /* ASAP_ENDPOINT_UNREACHABLE (RFC 5355, 2.13) */
};

struct registrar_configuration {
    uint32_t server_identifier;     /* own ENRP server identifier, not 0 */
    uint32_t pool_capacity;         /* 1 to HANDLESPACE_POOLS_MAX */
    uint32_t element_capacity;      /* 1 to HANDLESPACE_ELEMENTS_MAX */
    uint32_t handle_limit;          /* longest pool handle, 1 to POOL_HANDLE_MAX bytes */
    uint32_t resolution_maximum;    /* elements in one response, 1 to REGISTRAR_RESOLUTION_MAX */
    uint32_t keep_alive_interval;   /* ms between two to an element, +-50 percent; 0: none */
    uint32_t keep_alive_timeout;    /* ms until an unanswered one removes the element, at least 1 */
    uint32_t keep_alive_minimum;    /* ms between any two to an element, whoever asks for them */
    uint32_t lost_channel_grace;    /* ms to register again after the channel was lost */
    uint32_t max_bad_pe_reports;    /* MAX-BAD-PE-REPORT: one reporter more removes the element;
                                       0 to REGISTRAR_REPORTERS_MAX - 1 */
    uint32_t malformed_maximum;     /* malformed messages on a channel: one more closes it */
    uint32_t elements_per_identity; /* elements registered at once, 0 to 65,535 */
    uint32_t channels_per_identity; /* channels open at once, 0 to 65,535 */
    uint32_t anonymous_channels;    /* channels of anonymous pool users open at once */
    struct registrar_limits channel_limits;   /* for each channel */
    struct registrar_limits identity_limits;  /* for each identity, over all its channels */
    struct registrar_limits anonymous_limits; /* for all anonymous pool users together */
};

/* Most elements in one response. */
#define REGISTRAR_RESOLUTION_MAX 1024u

/* What happened, since the start. None of them wraps: they stand still at the largest value. */
struct registrar_counters {
    uint64_t channels_opened;
    uint64_t channels_refused; /* too many for the identity, or nobody known */
    uint64_t channels_closed;
    uint64_t messages;    /* all that came on an open channel */
    uint64_t ignored;     /* of a kind a registrar does not answer or know, or on no open channel */
    uint64_t malformed;   /* refused by the decoder, but for types that nobody knows */
    uint64_t errors_sent; /* ASAP_ERROR */
    uint64_t refused;     /* for want of a role, a right to the pool or the address, ownership */
    uint64_t limited;     /* beyond a rate limit */
    uint64_t registrations;   /* granted, new */
    uint64_t reregistrations; /* granted, again */
    uint64_t registrations_rejected;
    uint64_t deregistrations; /* granted */
    uint64_t deregistrations_rejected;
    uint64_t expirations; /* elements whose registration life ended */
    uint64_t resolutions; /* answered with elements */
    uint64_t resolutions_rejected;
    uint64_t reports;         /* unreachable reports on an element we own */
    uint64_t keep_alives;     /* sent */
    uint64_t keep_alive_acks; /* that were waited for */
    uint64_t unreachable;   /* elements removed: keep-alive unanswered or impossible, or reported */
    uint64_t rules_removed; /* elements removed because their identity lost its right */
    uint64_t effects_dropped; /* effects that found no room; stays 0 with an empty list per step */
};

/* Reasons in `code` of EFFECT_CLOSE. */
enum registrar_close_reason {
    CLOSE_MALFORMED = 1,         /* more than malformed_maximum */
    CLOSE_IDENTITY_GONE = 2,     /* the identity is no longer in the rules */
    CLOSE_TOO_MANY_CHANNELS = 3, /* more than the identity may have */
    CLOSE_UNKNOWN_IDENTITY = 4,  /* opened for an identity that is not in the rules */
    CLOSE_CHANNEL_IN_USE = 5,    /* opened although it was open: both are dropped */
    CLOSE_ELEMENT_YIELDED = 6    /* its element was left to another home: it is to find that out */
};

/* Events in `code` of EFFECT_AUDIT. `identity` is who did it, `subject` the PE identifier, the bytes are
 * the pool handle, `cause` what was answered (0xffff: nothing was refused). */
enum registrar_audit_event {
    AUDIT_REGISTERED = 1,
    AUDIT_REREGISTERED = 2,
    AUDIT_DEREGISTERED = 3,
    AUDIT_EXPIRED = 4,
    AUDIT_UNREACHABLE_REMOVED = 5,     /* a keep-alive failed */
    AUDIT_REPORTED_REMOVED = 6,        /* by too many, or cannot be asked; `identity` reported */
    AUDIT_RULES_REMOVED = 7,           /* the owner lost its right to the pool */
    AUDIT_REGISTRATION_REJECTED = 8,   /* for the reason in `cause` */
    AUDIT_DEREGISTRATION_REJECTED = 9, /* another identity's element */
    AUDIT_ROLE_REFUSED = 10,           /* the principal lacks the role the request needs */
    AUDIT_POOL_REFUSED = 11,           /* the identity may not register in the pool */
    AUDIT_ADDRESS_REFUSED = 12,        /* a user transport address not its own */
    AUDIT_IDENTITY_CONFLICT = 13,      /* another identity's PE identifier in the pool */
    AUDIT_RATE_LIMITED = 14,           /* at most one record a second for a channel */
    AUDIT_MALFORMED = 15,              /* `subject` is the decoder's rejection number */
    AUDIT_CHANNEL_REFUSED = 16,        /* the reason, a close reason, is in `subject` */
    AUDIT_CHANNEL_CLOSED = 17,         /* by the registrar; the reason is in `subject` */
    AUDIT_HANDLE_REFUSED = 18,         /* an empty pool handle, or one longer than handle_limit */
    AUDIT_YIELDED = 19                 /* another registrar claimed it, and it did not answer us */
};

/* One principal's buckets. */
struct registrar_buckets {
    struct token_bucket messages;
    struct token_bucket registrations;
    struct token_bucket reports;
};

/* One channel. Zero bytes: never opened. */
struct registrar_channel {
    uint8_t open;
    uint8_t has_elements; /* an element was registered over it: when it is lost, look for them */
    uint32_t generation;  /* how often the number was opened, modulo REGISTRAR_GENERATIONS */
    uint16_t malformed;
    struct principal principal;
    struct registrar_buckets buckets;
    struct token_bucket
        limit_records; /* audit records of exceeded limits: one a second is enough */
};

/* One identity's account. The last one is that of all anonymous pool users. */
struct registrar_account {
    uint16_t elements;
    uint16_t channels;
    struct registrar_buckets buckets;
};

#define REGISTRAR_ACCOUNTS (ACCESS_IDENTITIES_MAX + 1u)

/* Who reported an element unreachable since it last registered: as many keys as its unreachable_reports. */
struct registrar_reporters {
    uint64_t key[REGISTRAR_REPORTERS_MAX]; /* registrar_reporter() */
};

/* What the registrar keeps beside the handlespace. Apart from it, so that a function that is handed
 * only the books cannot touch the handlespace. */
struct registrar_books {
    struct registrar_configuration configuration;
    struct registrar_counters counters;
    uint32_t sweep_channels; /* channels still to be looked at after the rules changed */
    uint32_t sweep_elements; /* elements still to be looked at after channels or rules changed */
    uint32_t sweep_next;     /* the next element to look at */
    uint32_t rules_elements; /* elements still to be looked at since the rules changed last */
    uint8_t
        deadlines_next; /* flag: a sweep was under way in the last tick; it is the deadlines' turn */
    struct registrar_channel channel[REGISTRAR_CHANNELS_MAX];
    struct registrar_account account[REGISTRAR_ACCOUNTS];
    uint64_t
        keep_alive_after[HANDLESPACE_ELEMENTS_MAX]; /* no keep-alive to this element before, ms */
    struct registrar_reporters reporter[HANDLESPACE_ELEMENTS_MAX];
};

struct registrar {
    struct registrar_books books;
    struct handlespace handlespace;
};

/*@ predicate valid_limits(struct registrar_limits *l) =
      valid_rate_limit(&l->messages) && valid_rate_limit(&l->registrations) &&
      valid_rate_limit(&l->reports);

    predicate valid_configuration(struct registrar_configuration *c) =
      c->server_identifier != 0 &&
      1 <= c->pool_capacity <= HANDLESPACE_POOLS_MAX &&
      1 <= c->element_capacity <= HANDLESPACE_ELEMENTS_MAX &&
      1 <= c->handle_limit <= POOL_HANDLE_MAX &&
      1 <= c->resolution_maximum <= REGISTRAR_RESOLUTION_MAX &&
      1 <= c->keep_alive_timeout &&
      c->max_bad_pe_reports <= REGISTRAR_REPORTERS_MAX - 1 &&
      c->elements_per_identity <= 65535 && c->channels_per_identity <= 65535 &&
      c->anonymous_channels <= 65535 &&
      valid_limits(&c->channel_limits) && valid_limits(&c->identity_limits) &&
      valid_limits(&c->anonymous_limits);
*/

/* The defaults: RFC 5352 where it has one, otherwise ours (docs in the configuration's manual). Sets
 * everything except `server_identifier`, which becomes 0 and must be chosen. */
/*@ requires configuration: \valid(c);
    terminates \true;
    exits \false;
    assigns *c;
    ensures almost: c->server_identifier == 0;
*/
void registrar_configuration_defaults(struct registrar_configuration *c);

/* Whether every value is in the range its comment gives. */
/*@ requires configuration: \valid_read(c);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures valid: \result <==> valid_configuration(c);
*/
bool registrar_configuration_valid(const struct registrar_configuration *c);

/* Begin. `r` is zero bytes; `c` is valid and is copied; `hash_key` is secret and random. */
/*@ requires registrar: \valid(r);
    requires zeroed: handlespace_zeroed(&r->handlespace);
    requires configuration: \valid_read(c) && valid_configuration(c);
    requires key: \valid_read(hash_key + (0 .. 15));
    requires apart: \separated(r, c) && \separated(r, hash_key + (0 .. 15));
    terminates \true;
    exits \false;
    assigns r->books.configuration, r->handlespace;
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
void registrar_init(struct registrar *r, const struct registrar_configuration *c,
                    const uint8_t hash_key[16], uint64_t now);

/* Take one event. `bytes` are event->length message bytes (may be NULL when that is 0), read only
 * during the call. `out` is an empty list (effects_clear): with less room effects get lost, and are
 * counted in effects_dropped. */
/*@ requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires rules: \valid_read(rules);
    requires event: \valid_read(event) && event->now <= REGISTRAR_TIME_MAX;
    requires message: \valid_read(bytes + (0 .. event->length - 1));
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(r, rules, event, out);
    requires bytes_apart: \separated(r, bytes + (0 .. event->length - 1)) && \separated(out, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns *r, *out;
    ensures handlespace: valid_handlespace(&r->handlespace);
    ensures list: valid_effects(out);

    behavior no_state_before_auth:
      assumes event->kind == EVENT_MESSAGE &&
              (event->channel >= REGISTRAR_CHANNELS_MAX ||
               r->books.channel[event->channel].open == 0 ||
               (!access_role_given(rules, &r->books.channel[event->channel].principal, ROLE_POOL_ELEMENT) &&
                !access_role_given(rules, &r->books.channel[event->channel].principal, ROLE_POOL_USER)));
      assigns r->books, *out;
*/
void registrar_step(struct registrar *r, const struct access_rules *rules,
                    const struct registrar_event *event, const uint8_t *bytes, struct effects *out);

/* When EVENT_TICK is due next, in milliseconds; REGISTRAR_NEVER when nothing waits. */
/*@ requires registrar: \valid_read(r) && valid_handlespace(&r->handlespace);
    terminates \true;
    exits \false;
    assigns \nothing;
*/
uint64_t registrar_next_deadline(const struct registrar *r);

/* Whether the rules that changed last are still being applied to channels and elements that were there before. */
/*@ requires registrar: \valid_read(r);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures applying: \result <==> r->books.sweep_channels > 0 || r->books.rules_elements > 0;
*/
bool registrar_applying_rules(const struct registrar *r);

/* Whether elements are still being looked through after channels or rules have changed. */
/*@ requires registrar: \valid_read(r);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures sweeping: \result <==> r->books.sweep_channels > 0 || r->books.sweep_elements > 0;
*/
bool registrar_sweeping(const struct registrar *r);

#endif
