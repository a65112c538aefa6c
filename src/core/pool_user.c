/* The pool user's state machine: its events and its selection (RFC 5352, 3.3, 3.5, 6.9). Contracts in pool_user.h.
 *
 * Dispatches an event to the hunt, the requests (pool_user_requests.h), the answers (pool_user_answers.h) and
 * the cache (resolution_cache.h). Never sends by itself.
 */
#include "pool_user.h"

#include "endpoint_deadline.h"
#include "endpoint_effects.h"
#include "pool_user_answers.h"
#include "pool_user_requests.h"

void pool_user_defaults(struct pool_user_configuration *c, uint32_t server_count)
{
    server_hunt_defaults(&c->hunt, server_count);
    c->t1_ms = T1_ENRPREQUEST_DEFAULT_MS;
    c->max_request_retransmit = MAX_REQUEST_RETRANSMIT_DEFAULT;
    c->stale_cache_value_ms = STALE_CACHE_VALUE_DEFAULT_MS;
}

bool pool_user_configuration_valid(const struct pool_user_configuration *c)
{
    return server_hunt_configuration_valid(&c->hunt) && c->t1_ms >= 1u &&
           c->t1_ms <= PU_DURATION_MAX_MS && c->max_request_retransmit <= PU_RETRANSMIT_MAX &&
           c->stale_cache_value_ms <= PU_DURATION_MAX_MS;
}

void pool_user_init(struct pool_user *u, const struct pool_user_configuration *c)
{
    u->configuration = *c;
    u->heard = 0u;
    //@ assert copied: valid_pu_configuration(&u->configuration);
    //@ assert untouched: valid_resolution_cache(&u->cache);
    server_hunt_init(&u->hunt, &c->hunt);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    //@ assert cache: valid_resolution_cache(&u->cache);
}

bool pool_user_select(struct pool_user *u, const uint8_t *handle, uint32_t length, uint64_t now,
                      struct selected_element *out)
{
    uint32_t index = resolution_cache_find(&u->cache, handle, length);
    bool selected;

    if (index == RESOLUTION_NONE || u->cache.pool[index].resolved == 0u) {
        return false;
    }
    selected = cached_pool_select(&u->cache.pool[index], out);
    //@ assert cache: valid_resolution_cache(&u->cache);
    //@ assert hunt: valid_hunt(&u->hunt);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    if (!selected || now >= u->cache.pool[index].fresh_until) {
        pool_user_ask(u, index, now);
    }
    return selected;
}

uint32_t pool_user_available(const struct pool_user *u, const uint8_t *handle, uint32_t length)
{
    uint32_t index = resolution_cache_find(&u->cache, handle, length);

    return index == RESOLUTION_NONE ? 0u : cached_pool_available(&u->cache.pool[index]);
}

bool pool_user_element(const struct pool_user *u, const uint8_t *handle, uint32_t length,
                       uint32_t index, struct selected_element *out)
{
    uint32_t at = resolution_cache_find(&u->cache, handle, length);

    if (at == RESOLUTION_NONE || index >= u->cache.pool[at].element_count) {
        return false;
    }
    *out = u->cache.pool[at].element[index].element;
    return true;
}

/* The entry of the handle, taken anew if there was none; RESOLUTION_NONE when that is not possible. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires handle: \valid_read(handle + (0 .. length - 1));
    requires apart: \separated(u, handle + (0 .. length - 1));
    terminates \true;
    assigns u->cache.pool[0 .. RESOLUTION_POOLS_MAX - 1];
    ensures valid: valid_pool_user(u);
    ensures entry: \result < RESOLUTION_POOLS_MAX || \result == RESOLUTION_NONE;
*/
static uint32_t find_or_add(struct pool_user *u, const uint8_t *handle, uint32_t length)
{
    uint32_t index = resolution_cache_find(&u->cache, handle, length);

    if (index == RESOLUTION_NONE) {
        index = resolution_cache_add(&u->cache, handle, length);
        //@ assert hunt: valid_hunt(&u->hunt);
        //@ assert configuration: valid_pu_configuration(&u->configuration);
    }
    return index;
}

/* ENDPOINT_RESOLVE: answered from the cache when that is fresh (C1, C4), asked for otherwise. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires handle: \valid_read(handle + (0 .. length - 1));
    requires list: \valid(out) && valid_effects(out) && out->count < EFFECTS_MAX;
    requires apart: \separated(u, out, handle + (0 .. length - 1));
    terminates \true;
    assigns u->request[0 .. RESOLUTION_POOLS_MAX - 1], u->cache.pool[0 .. RESOLUTION_POOLS_MAX - 1];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + 1;
*/
static void command_resolve(struct pool_user *u, const uint8_t *handle, uint32_t length,
                            uint64_t now, struct effects *out)
{
    uint32_t index = find_or_add(u, handle, length);

    //@ assert list: valid_effects(out) && out->count == \at(out->count, Pre);
    if (index == RESOLUTION_NONE) {
        pool_user_tell_home(u, (uint16_t)PU_NOTIFY_CACHE_FULL, ENDPOINT_NO_CAUSE, ENDPOINT_NONE,
                            out);
    } else if (u->cache.pool[index].resolved != 0u && now < u->cache.pool[index].fresh_until) {
        pool_user_tell(u, index, (uint16_t)PU_NOTIFY_RESOLVED, ENDPOINT_NO_CAUSE,
                       u->cache.pool[index].element_count, out);
    } else {
        pool_user_ask(u, index, now);
    }
}

/* ENDPOINT_START: the hunt begins. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(u, out);
    terminates \true;
    assigns u->hunt, *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
*/
static void start(struct pool_user *u, uint64_t now, uint64_t random, struct effects *out)
{
    server_hunt_start(&u->hunt, now, random, out);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    //@ assert cache: valid_resolution_cache(&u->cache);
}

/* ENDPOINT_TICK: T5 of the hunt, T1 of the requests. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires list: \valid(out) && valid_effects(out) && out->count + PU_STEP_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(u, out);
    terminates \true;
    assigns u->hunt, u->request[0 .. RESOLUTION_POOLS_MAX - 1], u->cache.pool[0 .. RESOLUTION_POOLS_MAX - 1];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out);
*/
static void tick(struct pool_user *u, uint64_t now, uint64_t random, struct effects *out)
{
    server_hunt_tick(&u->hunt, now, out);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    //@ assert cache: valid_resolution_cache(&u->cache);
    pool_user_expire(u, now, random, out);
}

/* A command that names a pool by its handle. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires event: \valid_read(event);
    requires handle: \valid_read(handle + (0 .. event->length - 1));
    requires list: \valid(out) && valid_effects(out) && out->count + PU_STEP_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(u, event, out, handle + (0 .. event->length - 1));
    terminates \true;
    assigns u->hunt, u->request[0 .. RESOLUTION_POOLS_MAX - 1], u->cache.pool[0 .. RESOLUTION_POOLS_MAX - 1];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out);
*/
static void command(struct pool_user *u, const struct endpoint_event *event, const uint8_t *handle,
                    struct effects *out)
{
    uint32_t index = resolution_cache_find(&u->cache, handle, event->length);

    if (event->kind == ENDPOINT_RESOLVE) {
        start(u, event->now, event->random, out);
        command_resolve(u, handle, event->length, event->now, out);
    } else if (index != RESOLUTION_NONE && event->kind == ENDPOINT_UNREACHABLE) {
        pool_user_report(u, index, event->subject, out);
    } else if (index != RESOLUTION_NONE && event->kind == ENDPOINT_FORGET) {
        pool_user_forget(u, index);
    }
}

/* A connection came or went: enum server_hunt_outcome says what that means. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires event: \valid_read(event);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(u, event, out);
    terminates \true;
    assigns u->hunt, *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
*/
static uint8_t hunt_channel(struct pool_user *u, const struct endpoint_event *event,
                            struct effects *out)
{
    uint8_t outcome;

    if (event->kind == ENDPOINT_CHANNEL_OPENED) {
        outcome = server_hunt_opened(&u->hunt, event->channel, out);
    } else {
        outcome = server_hunt_closed(&u->hunt, event->channel, event->now, event->random, out);
    }
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    //@ assert cache: valid_resolution_cache(&u->cache);
    return outcome;
}

/* A connection came or went: the requests follow the home. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires event: \valid_read(event);
    requires list: \valid(out) && valid_effects(out) && out->count + PU_STEP_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(u, event, out);
    terminates \true;
    assigns u->hunt, u->request[0 .. RESOLUTION_POOLS_MAX - 1].state;
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out);
*/
static void channel_event(struct pool_user *u, const struct endpoint_event *event,
                          struct effects *out)
{
    uint8_t outcome = hunt_channel(u, event, out);

    if (outcome == SERVER_HUNT_HOME_FOUND) {
        pool_user_tell_home(u, (uint16_t)PU_NOTIFY_HOME_FOUND, ENDPOINT_NO_CAUSE, event->channel,
                            out);
        pool_user_resend(u);
    } else if (outcome == SERVER_HUNT_HOME_LOST) {
        pool_user_home_lost(u, out);
    }
}

void pool_user_step(struct pool_user *u, const struct endpoint_event *event, const uint8_t *bytes,
                    struct effects *out)
{
    switch (event->kind) {
    case ENDPOINT_TICK:
        tick(u, event->now, event->random, out);
        break;
    case ENDPOINT_START:
        start(u, event->now, event->random, out);
        break;
    case ENDPOINT_CHANNEL_OPENED:
    case ENDPOINT_CHANNEL_CLOSED:
        channel_event(u, event, out);
        break;
    case ENDPOINT_MESSAGE:
        pool_user_receive(u, event->channel, event->now, bytes, event->length, out);
        break;
    case ENDPOINT_RESOLVE:
    case ENDPOINT_UNREACHABLE:
    case ENDPOINT_FORGET:
        command(u, event, bytes, out);
        break;
    default:
        break;
    }
    pool_user_send_due(u, out);
}

uint64_t pool_user_next_deadline(const struct pool_user *u)
{
    uint64_t deadline = u->hunt.deadline;

    /*@ loop invariant range: 0 <= i <= RESOLUTION_POOLS_MAX;
        loop invariant earlier: deadline <= u->hunt.deadline;
        loop assigns i, deadline;
        loop variant RESOLUTION_POOLS_MAX - i;
    */
    for (uint32_t i = 0u; i < RESOLUTION_POOLS_MAX; i++) {
        if (u->request[i].state == PU_REQUEST_DUE && u->hunt.home > 0u) {
            return 0u;
        }
        if (u->request[i].state != PU_REQUEST_NONE) {
            deadline = endpoint_earlier(deadline, u->request[i].deadline);
        }
    }
    return deadline;
}
