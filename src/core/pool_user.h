/* A pool user's side of ASAP: it resolves pool handles, selects elements and fails over (RFC 5352, 3.3, 3.5).
 *
 *     pool_user_init(&u, &configuration);  step(START);
 *     if (!pool_user_select(&u, handle, length, now, &element)) { step(RESOLVE handle); wait for a notification; }
 *     ... connect to element.address ... failed: step(UNREACHABLE handle, element.pe_identifier); select again
 *
 * Resolving (NR1-NR4): the request goes to the home registrar and T1 runs, from the moment of the request,
 * home or not. When T1 runs out the request is repeated, and another registrar is hunted in parallel
 * (3.7.2); the one found first becomes the home and gets all outstanding requests. It has all of T1 to answer,
 * which for one request starts again at most MAX-REQUEST-RETRANSMIT times. After MAX-REQUEST-RETRANSMIT
 * repetitions the request is dropped, the application told, and the home given up, if it was silent all that
 * time. An answer of the home stops T1, fills the cache, and ends the parallel hunt.
 *
 * Selecting is Round Robin over the cached elements without those reported as failed. A stale entry is
 * served, and asked for again in the background (C2, C3): pool_user_select() marks it, the next step sends
 * it, pool_user_next_deadline() says so. While no registrar answers, the entry stays in use.
 *
 * Reporting: ENDPOINT_UNREACHABLE sends ASAP_ENDPOINT_UNREACHABLE to the home at most once for each time an
 * element was handed out, and never for an element that was not (3.5, 6.9.2). Without a home the report
 * is dropped: the registrar's own keep-alives find out.
 *
 * It owns the cache, the requests and the hunt: about 1.5 MB, to be mapped zeroed. Only messages of the
 * home registrar count. It never opens a socket and never reads a clock. Not thread-safe.
 */
#ifndef POOLPROOF_CORE_POOL_USER_H
#define POOLPROOF_CORE_POOL_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "effects.h"
#include "endpoint_event.h"
#include "resolution_cache.h"
#include "server_hunt.h"

#define T1_ENRPREQUEST_DEFAULT_MS 15000u    /* RFC 5352, 7.1 */
#define MAX_REQUEST_RETRANSMIT_DEFAULT 2u   /* RFC 5352, 7.3 */
#define STALE_CACHE_VALUE_DEFAULT_MS 30000u /* RFC 5352, 7.2 leaves it open */
#define PU_RETRANSMIT_MAX 1000u
#define PU_STEP_EFFECTS                                                                            \
    32u /* effects one step needs room for; it appends more when there is room for more */
#define PU_DURATION_MAX_MS SERVER_HUNT_DURATION_MAX_MS

struct pool_user_configuration {
    struct server_hunt_configuration hunt;
    uint32_t t1_ms;                  /* T1-ENRPrequest, 1 .. PU_DURATION_MAX_MS */
    uint32_t max_request_retransmit; /* MAX-REQUEST-RETRANSMIT, 0 .. PU_RETRANSMIT_MAX */
    uint32_t stale_cache_value_ms;   /* how long an answer is fresh, 0 .. PU_DURATION_MAX_MS */
};

enum pool_user_request_state {
    PU_REQUEST_NONE = 0, /* nothing outstanding */
    PU_REQUEST_DUE = 1,  /* to be sent (again) as soon as there is a home */
    PU_REQUEST_SENT = 2  /* sent; T1 runs */
};

struct pool_user_request {
    uint8_t state;        /* enum pool_user_request_state */
    uint32_t retransmits; /* times T1 ran out */
    uint32_t restarts;    /* times T1 was started again for a new home */
    uint64_t asked;       /* when the request was made, or the present home found; ms */
    uint64_t deadline;    /* of T1, when there is a request */
};

/* `code` of EFFECT_NOTIFY. Where a pool is concerned, its handle is bytes[offset .. offset+length); otherwise
 * `subject` is the home's index in the configured list, or ENDPOINT_NONE. */
enum pool_user_notification {
    PU_NOTIFY_HOME_FOUND =
        1, /* connected to a home registrar, or to another one; `channel` says where */
    PU_NOTIFY_HOME_LOST = 2,    /* the home is gone or silent, the hunt is on */
    PU_NOTIFY_RESOLVED = 3,     /* the cache holds a fresh answer of `subject` elements */
    PU_NOTIFY_UNKNOWN_POOL = 4, /* the home knows no such pool (`cause` 9): the entry is dropped */
    PU_NOTIFY_REJECTED =
        5, /* negative answer with another `cause`: the entry, if it was resolved, stays as it
                                  was, and is not asked for again before it would be stale anew */
    PU_NOTIFY_UNANSWERED =
        6, /* no answer after all retransmissions: the entry stays if it was resolved */
    PU_NOTIFY_CACHE_FULL =
        7, /* ENDPOINT_RESOLVE of a 65th handle, or of one too long or empty: not done */
    PU_NOTIFY_ERROR_REPORTED = 8 /* the home sent ASAP_ERROR with `cause`; for the log */
};

struct pool_user {
    struct pool_user_configuration configuration;
    struct server_hunt hunt;
    uint64_t heard; /* when the home last said something; ms, 0 never */
    struct pool_user_request
        request[RESOLUTION_POOLS_MAX]; /* of the cache's pool with this index */
    struct resolution_cache cache;
};

/*@ predicate valid_pu_configuration(struct pool_user_configuration *c) =
      valid_hunt_configuration(&c->hunt) && 1 <= c->t1_ms <= PU_DURATION_MAX_MS &&
      c->max_request_retransmit <= PU_RETRANSMIT_MAX && c->stale_cache_value_ms <= PU_DURATION_MAX_MS;

    predicate valid_pool_user(struct pool_user *u) =
      valid_hunt(&u->hunt) && valid_pu_configuration(&u->configuration) && valid_resolution_cache(&u->cache);
*/

/* For the proofs: what a function that does not touch the connections or the cache leaves alone, one field at a time.
 * The provers find this, and validity from it, where validity at once is too much for them. */
/*@ // There is no home, or its connection is established.
    predicate home_open(struct pool_user *u, integer home) =
      home > 0 ==> u->hunt.slot[home - 1].state == SERVER_HUNT_OPEN;

    predicate handles_kept{A, B}(struct pool_user *u) = \forall integer i; 0 <= i < RESOLUTION_POOLS_MAX ==>
      \at(u->cache.pool[i].handle_length, B) == \at(u->cache.pool[i].handle_length, A);

    predicate elements_kept{A, B}(struct pool_user *u) = \forall integer i; 0 <= i < RESOLUTION_POOLS_MAX ==>
      \at(u->cache.pool[i].element_count, B) == \at(u->cache.pool[i].element_count, A);

    predicate handed_counts_kept{A, B}(struct pool_user *u) = \forall integer i; 0 <= i < RESOLUTION_POOLS_MAX ==>
      \at(u->cache.pool[i].handed_count, B) == \at(u->cache.pool[i].handed_count, A);

    predicate handed_next_kept{A, B}(struct pool_user *u) = \forall integer i; 0 <= i < RESOLUTION_POOLS_MAX ==>
      \at(u->cache.pool[i].handed_next, B) == \at(u->cache.pool[i].handed_next, A);

    // All entries but this one.
    predicate others_kept{A, B}(struct pool_user *u, integer index) =
      \forall integer i; 0 <= i < RESOLUTION_POOLS_MAX && i != index ==>
      \at(u->cache.pool[i].handle_length, B) == \at(u->cache.pool[i].handle_length, A) &&
      \at(u->cache.pool[i].element_count, B) == \at(u->cache.pool[i].element_count, A) &&
      \at(u->cache.pool[i].handed_count, B) == \at(u->cache.pool[i].handed_count, A) &&
      \at(u->cache.pool[i].handed_next, B) == \at(u->cache.pool[i].handed_next, A);
*/

/* Fills in the RFC's values for a list of `server_count` registrars. */
/*@ requires room: \valid(c);
    terminates \true;
    assigns *c;
    ensures valid: valid_pu_configuration(c);
*/
void pool_user_defaults(struct pool_user_configuration *c, uint32_t server_count);

/* True when every field is within its range: to be asked before init. */
/*@ requires room: \valid_read(c);
    terminates \true;
    assigns \nothing;
    ensures exact: \result <==> valid_pu_configuration(c);
*/
bool pool_user_configuration_valid(const struct pool_user_configuration *c);

/* Prepares a zeroed structure. */
/*@ requires room: \valid(u) && \valid_read(c);
    requires apart: \separated(u, c);
    requires configuration: valid_pu_configuration(c);
    requires zeroed: valid_resolution_cache(&u->cache);
    terminates \true;
    assigns u->configuration, u->hunt, u->heard;
    ensures valid: valid_pool_user(u);
*/
void pool_user_init(struct pool_user *u, const struct pool_user_configuration *c);

/* Selects the next element of the pool, in turn, without the failed ones, and remembers that it was handed
 * out. A stale entry is served and marked to be asked for again; so is one whose elements have all failed,
 * though that selects nothing. Returns false, `out` untouched, when the handle is not in the cache (give it
 * ENDPOINT_RESOLVE and wait), not resolved yet, or no element of it is left. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires handle: \valid_read(handle + (0 .. length - 1));
    requires room: \valid(out);
    requires apart: \separated(u, out, handle + (0 .. length - 1));
    terminates \true;
    assigns u->cache.pool[0 .. RESOLUTION_POOLS_MAX - 1], u->request[0 .. RESOLUTION_POOLS_MAX - 1], *out;
    ensures valid: valid_pool_user(u);
*/
bool pool_user_select(struct pool_user *u, const uint8_t *handle, uint32_t length, uint64_t now,
                      struct selected_element *out);

/* How many elements of the pool are cached, and not failed: 0 also for a handle that is not there. */
/*@ requires user: \valid_read(u) && valid_pool_user(u);
    requires handle: \valid_read(handle + (0 .. length - 1));
    terminates \true;
    assigns \nothing;
    ensures bounded: \result <= RESOLUTION_ELEMENTS_MAX;
*/
uint32_t pool_user_available(const struct pool_user *u, const uint8_t *handle, uint32_t length);

/* The cached element number `index` (0 ..) of the pool, for display; false past the last one. It is not
 * handed out by this. */
/*@ requires user: \valid_read(u) && valid_pool_user(u);
    requires handle: \valid_read(handle + (0 .. length - 1));
    requires room: \valid(out);
    requires apart: \separated(u, out, handle + (0 .. length - 1));
    terminates \true;
    assigns *out;
*/
bool pool_user_element(const struct pool_user *u, const uint8_t *handle, uint32_t length,
                       uint32_t index, struct selected_element *out);

/* One event. `bytes` holds event->length bytes for ENDPOINT_MESSAGE (a message) and for ENDPOINT_RESOLVE,
 * _UNREACHABLE and _FORGET (a pool handle), and is not read otherwise. The effects are appended to `out`, usually
 * an empty list, and are to be carried out in order. When `out->more` is set, requests are left to be sent: tick
 * again at once. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires event: \valid_read(event);
    requires bytes: \valid_read(bytes + (0 .. event->length - 1));
    requires list: \valid(out) && valid_effects(out) && out->count + PU_STEP_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(u, event, out, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns u->hunt, u->heard, u->request[0 .. RESOLUTION_POOLS_MAX - 1], u->cache.pool[0 .. RESOLUTION_POOLS_MAX - 1];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out);
*/
void pool_user_step(struct pool_user *u, const struct endpoint_event *event, const uint8_t *bytes,
                    struct effects *out);

/* When to give it the next ENDPOINT_TICK at the latest, or ENDPOINT_NEVER. 0 when a request can be sent now. */
/*@ requires user: \valid_read(u) && valid_pool_user(u);
    terminates \true;
    assigns \nothing;
    ensures in_time: \result <= u->hunt.deadline;
*/
uint64_t pool_user_next_deadline(const struct pool_user *u);

#endif
