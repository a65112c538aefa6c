/* A pool user's requests: contracts in pool_user_requests.h. Owns T1 of each request. */
#include "pool_user_requests.h"

#include "endpoint_deadline.h"
#include "endpoint_effects.h"
#include "endpoint_messages.h"
#include "pool_user_hunt.h"

void pool_user_ask(struct pool_user *u, uint32_t index, uint64_t now)
{
    struct pool_user_request *request = &u->request[index];

    if (request->state != PU_REQUEST_NONE) {
        return;
    }
    request->state = (uint8_t)PU_REQUEST_DUE;
    request->retransmits = 0u;
    request->restarts = 0u;
    request->asked = now;
    request->deadline = endpoint_after(now, u->configuration.t1_ms);
}

/* Sends the request for the pool to the home. False when it did not fit. */
/*@ requires user: \valid_read(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(u, out);
    terminates \true;
    assigns *out;
    ensures kept: valid_pool_user(u);
    ensures bounded: valid_effects(out);
*/
static bool send_request(const struct pool_user *u, uint32_t index, uint32_t home,
                         struct effects *out)
{
    const struct cached_pool *pool = &u->cache.pool[index];
    bool sent = endpoint_send_resolution(out, home, pool->handle, pool->handle_length);

    //@ assert home: u->hunt.home == \at(u->hunt.home, Pre);
    //@ assert open: home_open(u, \at(u->hunt.home, Pre));
    //@ assert hunt_configuration: valid_hunt_configuration(&u->hunt.configuration);
    //@ assert hunt_slots: valid_hunt_slots(&u->hunt);
    //@ assert hunt_home: valid_hunt_home(&u->hunt);
    //@ assert hunt_round: valid_hunt_round(&u->hunt);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    //@ assert handles: handles_kept{Pre, Here}(u);
    //@ assert elements: elements_kept{Pre, Here}(u);
    //@ assert handed_out: handed_counts_kept{Pre, Here}(u);
    //@ assert oldest: handed_next_kept{Pre, Here}(u);
    //@ assert cache: valid_resolution_cache(&u->cache);
    return sent;
}

/* Sends the report of an element to the home. */
/*@ requires user: \valid_read(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(u, out);
    terminates \true;
    assigns *out;
    ensures kept: valid_pool_user(u);
    ensures handed: is_handed(&u->cache.pool[index], pe_identifier) ==>
      \old(is_handed(&u->cache.pool[index], pe_identifier));
    ensures one: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + 1;
*/
static void send_report(const struct pool_user *u, uint32_t index, uint32_t home,
                        uint32_t pe_identifier, struct effects *out)
{
    const struct cached_pool *pool = &u->cache.pool[index];

    (void)endpoint_send_identified(out, home, (uint8_t)ASAP_ENDPOINT_UNREACHABLE, pool->handle,
                                   pool->handle_length, pe_identifier);
    //@ assert home: u->hunt.home == \at(u->hunt.home, Pre);
    //@ assert open: home_open(u, \at(u->hunt.home, Pre));
    //@ assert hunt_configuration: valid_hunt_configuration(&u->hunt.configuration);
    //@ assert hunt_slots: valid_hunt_slots(&u->hunt);
    //@ assert hunt_home: valid_hunt_home(&u->hunt);
    //@ assert hunt_round: valid_hunt_round(&u->hunt);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    //@ assert handles: handles_kept{Pre, Here}(u);
    //@ assert elements: elements_kept{Pre, Here}(u);
    //@ assert handed_out: handed_counts_kept{Pre, Here}(u);
    //@ assert oldest: handed_next_kept{Pre, Here}(u);
    //@ assert cache: valid_resolution_cache(&u->cache);
    //@ assert count: pool->handed_count == \at(u->cache.pool[index].handed_count, Pre);
    /*@ assert handed: \forall integer k; 0 <= k < RESOLUTION_HANDED_MAX ==>
          pool->handed[k] == \at(u->cache.pool[index].handed[k], Pre); */
}

void pool_user_set_request(struct pool_user *u, uint32_t index, uint8_t state)
{
    u->request[index].state = state;
}

void pool_user_send_due(struct pool_user *u, struct effects *out)
{
    uint32_t home = server_hunt_home(&u->hunt);

    if (home == ENDPOINT_NONE) {
        return;
    }
    /*@ loop invariant range: 0 <= i <= RESOLUTION_POOLS_MAX;
        loop invariant valid: valid_pool_user(u) && valid_effects(out);
        loop assigns i, u->request[0 .. RESOLUTION_POOLS_MAX - 1], *out;
        loop variant RESOLUTION_POOLS_MAX - i;
    */
    for (uint32_t i = 0u; i < RESOLUTION_POOLS_MAX; i++) {
        if (u->request[i].state == PU_REQUEST_DUE) {
            if (!send_request(u, i, home, out)) {
                out->more = true;
                return;
            }
            pool_user_set_request(u, i, (uint8_t)PU_REQUEST_SENT);
        }
    }
}

void pool_user_resend(struct pool_user *u)
{
    /*@ loop invariant range: 0 <= i <= RESOLUTION_POOLS_MAX;
        loop invariant valid: valid_pool_user(u);
        loop assigns i, u->request[0 .. RESOLUTION_POOLS_MAX - 1];
        loop variant RESOLUTION_POOLS_MAX - i;
    */
    for (uint32_t i = 0u; i < RESOLUTION_POOLS_MAX; i++) {
        if (u->request[i].state == PU_REQUEST_SENT) {
            pool_user_set_request(u, i, (uint8_t)PU_REQUEST_DUE);
        }
    }
}

/* A request begins anew with another home, but for how often it was sent. T1 starts again at most as often as the
 * request may be repeated: homes that come and go do not put off for ever that the user is told. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    terminates \true;
    assigns u->request[index];
    ensures valid: valid_pool_user(u);
    ensures capped: \old(u->request[index].restarts) >= u->configuration.max_request_retransmit ==>
      u->request[index].deadline == \old(u->request[index].deadline);
    ensures counted: u->request[index].deadline != \old(u->request[index].deadline) ==>
      u->request[index].restarts > \old(u->request[index].restarts);
*/
static void restart_request(struct pool_user *u, uint32_t index, uint64_t now)
{
    struct pool_user_request *request = &u->request[index];

    request->asked = now;
    if (request->restarts < u->configuration.max_request_retransmit) {
        request->restarts += 1u;
        request->deadline = endpoint_after(now, u->configuration.t1_ms);
    }
    pool_user_set_request(u, index, (uint8_t)PU_REQUEST_DUE);
}

void pool_user_ask_home(struct pool_user *u, uint64_t now)
{
    /*@ loop invariant range: 0 <= i <= RESOLUTION_POOLS_MAX;
        loop invariant valid: valid_pool_user(u);
        loop assigns i, u->request[0 .. RESOLUTION_POOLS_MAX - 1];
        loop variant RESOLUTION_POOLS_MAX - i;
    */
    for (uint32_t i = 0u; i < RESOLUTION_POOLS_MAX; i++) {
        if (u->request[i].state != PU_REQUEST_NONE) {
            restart_request(u, i, now);
        }
    }
}

/* Empties a pool: cached_pool_clear, with a frame of one piece, which is what the provers find their way with. */
/*@ requires pool: \valid(p) && valid_cached_pool(p);
    terminates \true;
    exits \false;
    assigns *p;
    ensures valid: valid_cached_pool(p);
*/
static void empty(struct cached_pool *p)
{
    cached_pool_clear(p);
}

/* Empties the entry. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    terminates \true;
    assigns u->cache.pool[index];
    ensures valid: valid_pool_user(u);
*/
static void empty_entry(struct pool_user *u, uint32_t index)
{
    empty(&u->cache.pool[index]);
    //@ assert home: u->hunt.home == \at(u->hunt.home, Pre);
    //@ assert open: home_open(u, \at(u->hunt.home, Pre));
    //@ assert hunt_configuration: valid_hunt_configuration(&u->hunt.configuration);
    //@ assert hunt_slots: valid_hunt_slots(&u->hunt);
    //@ assert hunt_home: valid_hunt_home(&u->hunt);
    //@ assert hunt_round: valid_hunt_round(&u->hunt);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    //@ assert others: others_kept{Pre, Here}(u, index);
    //@ assert cache: valid_resolution_cache(&u->cache);
}

void pool_user_forget(struct pool_user *u, uint32_t index)
{
    pool_user_set_request(u, index, (uint8_t)PU_REQUEST_NONE);
    empty_entry(u, index);
}

/* Appends a notification with a pool's handle, if there is room. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires handle: \valid_read(handle + (0 .. length - 1));
    requires apart: \separated(out, handle + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns *out;
    ensures one: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + 1;
*/
static void append_notification(struct effects *out, uint16_t notification, uint16_t cause,
                                uint32_t subject, const uint8_t *handle, uint32_t length)
{
    struct effect effect;

    effect.kind = (uint8_t)EFFECT_NOTIFY;
    effect.code = notification;
    effect.cause = cause;
    effect.channel = ENDPOINT_NONE;
    effect.identity = ENDPOINT_NONE;
    effect.subject = subject;
    effect.offset = 0u;
    effect.length = 0u;
    (void)effects_append_bytes(out, &effect, handle, length);
}

void pool_user_tell(const struct pool_user *u, uint32_t index, uint16_t notification,
                    uint16_t cause, uint32_t subject, struct effects *out)
{
    const struct cached_pool *pool = &u->cache.pool[index];

    append_notification(out, notification, cause, subject, pool->handle, pool->handle_length);
    //@ assert home: u->hunt.home == \at(u->hunt.home, Pre);
    //@ assert open: home_open(u, \at(u->hunt.home, Pre));
    //@ assert hunt_configuration: valid_hunt_configuration(&u->hunt.configuration);
    //@ assert hunt_slots: valid_hunt_slots(&u->hunt);
    //@ assert hunt_home: valid_hunt_home(&u->hunt);
    //@ assert hunt_round: valid_hunt_round(&u->hunt);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    //@ assert handles: handles_kept{Pre, Here}(u);
    //@ assert elements: elements_kept{Pre, Here}(u);
    //@ assert handed_out: handed_counts_kept{Pre, Here}(u);
    //@ assert oldest: handed_next_kept{Pre, Here}(u);
    //@ assert cache: valid_resolution_cache(&u->cache);
}

void pool_user_tell_home(const struct pool_user *u, uint16_t notification, uint16_t cause,
                         uint32_t channel, struct effects *out)
{
    endpoint_notify(out, notification, cause, channel, server_hunt_home_server(&u->hunt));
    //@ assert home: u->hunt.home == \at(u->hunt.home, Pre);
    //@ assert open: home_open(u, \at(u->hunt.home, Pre));
    //@ assert hunt_configuration: valid_hunt_configuration(&u->hunt.configuration);
    //@ assert hunt_slots: valid_hunt_slots(&u->hunt);
    //@ assert hunt_home: valid_hunt_home(&u->hunt);
    //@ assert hunt_round: valid_hunt_round(&u->hunt);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    //@ assert handles: handles_kept{Pre, Here}(u);
    //@ assert elements: elements_kept{Pre, Here}(u);
    //@ assert handed_out: handed_counts_kept{Pre, Here}(u);
    //@ assert oldest: handed_next_kept{Pre, Here}(u);
    //@ assert cache: valid_resolution_cache(&u->cache);
}

/* The request is dropped unanswered. An entry that never was resolved is of no use, and freed. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(u, out);
    terminates \true;
    assigns u->request[index], u->cache.pool[index];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures one: valid_effects(out) && out->count <= \old(out->count) + 1;
*/
static void drop_request(struct pool_user *u, uint32_t index, struct effects *out)
{
    pool_user_set_request(u, index, (uint8_t)PU_REQUEST_NONE);
    pool_user_tell(u, index, (uint16_t)PU_NOTIFY_UNANSWERED, ENDPOINT_NO_CAUSE, 0u, out);
    if (u->cache.pool[index].resolved == 0u) {
        empty_entry(u, index);
    }
}

/* What a T1 that ran out asks of the hunt. */
enum expiry {
    EXPIRY_NONE = 0,
    EXPIRY_SEEK = 1,   /* another registrar, in parallel */
    EXPIRY_SILENCE = 2 /* give the home up */
};

/* T1 of one request ran out: it is due again, or dropped. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(u, out);
    terminates \true;
    assigns u->request[index], u->cache.pool[index];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures one: valid_effects(out) && out->count <= \old(out->count) + 1;
    ensures result: \result <= EXPIRY_SILENCE;
*/
static uint8_t expire_request(struct pool_user *u, uint32_t index, uint64_t now,
                              struct effects *out)
{
    struct pool_user_request *request = &u->request[index];

    if (request->retransmits >= u->configuration.max_request_retransmit) {
        bool silent = u->heard < request->asked &&
                      now >= endpoint_after(request->asked, u->configuration.t1_ms);

        drop_request(u, index, out);
        return silent ? (uint8_t)EXPIRY_SILENCE : (uint8_t)EXPIRY_NONE;
    }
    request->retransmits += 1u;
    request->deadline = endpoint_after(now, u->configuration.t1_ms);
    pool_user_set_request(u, index, (uint8_t)PU_REQUEST_DUE);
    return (uint8_t)EXPIRY_SEEK;
}

/* All requests whose T1 ran out; the gravest of what they ask of the hunt. Stops when the reserve is reached. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires list: \valid(out) && valid_effects(out) && out->count + PU_RESERVE <= EFFECTS_MAX;
    requires apart: \separated(u, out);
    terminates \true;
    assigns u->request[0 .. RESOLUTION_POOLS_MAX - 1], u->cache.pool[0 .. RESOLUTION_POOLS_MAX - 1];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures reserve: valid_effects(out) && out->count + PU_RESERVE <= EFFECTS_MAX + 1;
    ensures result: \result <= EXPIRY_SILENCE;
*/
static uint8_t expire_requests(struct pool_user *u, uint64_t now, struct effects *out)
{
    uint8_t gravest = (uint8_t)EXPIRY_NONE;

    /*@ loop invariant range: 0 <= i <= RESOLUTION_POOLS_MAX;
        loop invariant valid: valid_pool_user(u) && valid_effects(out);
        loop invariant reserve: out->count + PU_RESERVE <= EFFECTS_MAX + 1;
        loop invariant result: gravest <= EXPIRY_SILENCE;
        loop assigns i, gravest, u->request[0 .. RESOLUTION_POOLS_MAX - 1],
            u->cache.pool[0 .. RESOLUTION_POOLS_MAX - 1], *out;
        loop variant RESOLUTION_POOLS_MAX - i;
    */
    for (uint32_t i = 0u; i < RESOLUTION_POOLS_MAX; i++) {
        if (u->request[i].state != PU_REQUEST_NONE && now >= u->request[i].deadline) {
            uint8_t expiry;

            if (out->count + PU_RESERVE > EFFECTS_MAX) {
                out->more = true;
                return gravest;
            }
            expiry = expire_request(u, i, now, out);
            gravest = expiry > gravest ? expiry : gravest;
        }
    }
    return gravest;
}

void pool_user_home_lost(struct pool_user *u, struct effects *out)
{
    pool_user_tell_home(u, (uint16_t)PU_NOTIFY_HOME_LOST, ENDPOINT_NO_CAUSE, ENDPOINT_NONE, out);
    pool_user_resend(u);
}

void pool_user_expire(struct pool_user *u, uint64_t now, uint64_t random, struct effects *out)
{
    uint8_t expiry = expire_requests(u, now, out);

    if (expiry == EXPIRY_SEEK) {
        (void)pool_user_hunt(u, (uint8_t)PU_HUNT_SEEK, ENDPOINT_NONE, now, random, out);
    } else if (expiry == EXPIRY_SILENCE) {
        if (pool_user_hunt(u, (uint8_t)PU_HUNT_ABANDON, ENDPOINT_NONE, now, random, out) ==
            SERVER_HUNT_HOME_LOST) {
            pool_user_home_lost(u, out);
        }
    }
}

/* The element of the pool failed; true when that is to be reported, which it is from now on. */
/*@ requires pool: \valid(p) && valid_cached_pool(p);
    terminates \true;
    exits \false;
    assigns *p;
    ensures valid: valid_cached_pool(p);
    ensures report_once: !is_handed(p, pe_identifier);
    ensures only_handed_out: \result ==> \old(is_handed(p, pe_identifier));
*/
static bool fail_element(struct cached_pool *p, uint32_t pe_identifier)
{
    cached_pool_fail(p, pe_identifier);
    return cached_pool_take_report(p, pe_identifier);
}

/* Passes the element over from now on; true when it is to be reported. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    terminates \true;
    exits \false;
    assigns u->cache.pool[index];
    ensures valid: valid_pool_user(u);
    ensures report_once: !is_handed(&u->cache.pool[index], pe_identifier);
    ensures only_handed_out: \result ==> \old(is_handed(&u->cache.pool[index], pe_identifier));
*/
static bool pass_over(struct pool_user *u, uint32_t index, uint32_t pe_identifier)
{
    bool due = fail_element(&u->cache.pool[index], pe_identifier);

    //@ assert home: u->hunt.home == \at(u->hunt.home, Pre);
    //@ assert open: home_open(u, \at(u->hunt.home, Pre));
    //@ assert hunt_configuration: valid_hunt_configuration(&u->hunt.configuration);
    //@ assert hunt_slots: valid_hunt_slots(&u->hunt);
    //@ assert hunt_home: valid_hunt_home(&u->hunt);
    //@ assert hunt_round: valid_hunt_round(&u->hunt);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    //@ assert others: others_kept{Pre, Here}(u, index);
    //@ assert cache: valid_resolution_cache(&u->cache);
    return due;
}

void pool_user_report(struct pool_user *u, uint32_t index, uint32_t pe_identifier,
                      struct effects *out)
{
    uint32_t home = server_hunt_home(&u->hunt);

    if (pass_over(u, index, pe_identifier) && home != ENDPOINT_NONE) {
        send_report(u, index, home, pe_identifier, out);
    }
}
