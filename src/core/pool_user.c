/* The pool user's state machine: its events and its selection (RFC 5352, 3.3, 3.5, 6.9). Contracts in pool_user.h.
 *
 * Dispatches an event to the hunt, the requests (pool_user_requests.h), the answers (pool_user_answers.h) and
 * the cache (resolution_cache.h). Never sends by itself.
 */
/* For the proofs: what follows works with whatever makes a hunt valid (server_hunt.h). */
#define SERVER_HUNT_ABSTRACT

#include "pool_user.h"

#include "endpoint_deadline.h"
#include "endpoint_effects.h"
#include "pool_user_answers.h"
#include "pool_user_hunt.h"
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

/* Copies a configuration. */
/*@ requires room: \valid(to) && \valid_read(from);
    requires apart: \separated(to, from);
    requires configuration: valid_pu_configuration(from);
    terminates \true;
    exits \false;
    assigns *to;
    ensures valid: valid_pu_configuration(to);
*/
static void configure(struct pool_user_configuration *to,
                      const struct pool_user_configuration *from)
{
    *to = *from;
}

void pool_user_init(struct pool_user *u, const struct pool_user_configuration *c)
{
    configure(&u->configuration, c);
    u->heard = 0u;
    //@ assert same: valid_hunt_configuration(&c->hunt);
    server_hunt_init(&u->hunt, &c->hunt);
    //@ assert limits: valid_hunt_configuration(&u->configuration.hunt);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    //@ assert handles: handles_kept{Pre, Here}(u);
    //@ assert elements: elements_kept{Pre, Here}(u);
    //@ assert handed_out: handed_counts_kept{Pre, Here}(u);
    //@ assert oldest: handed_next_kept{Pre, Here}(u);
    //@ assert cache: valid_resolution_cache(&u->cache);
}

/* Selects from a pool: cached_pool_select, with a frame of one piece. */
/*@ requires pool: \valid(p) && valid_cached_pool(p);
    requires room: \valid(out);
    requires apart: \separated(p, out);
    terminates \true;
    exits \false;
    assigns *p, *out;
    ensures valid: valid_cached_pool(p);
    ensures handed: \result ==> is_handed(p, out->pe_identifier);
*/
static bool select_of(struct cached_pool *p, struct selected_element *out)
{
    return cached_pool_select(p, out);
}

/* Selects from an entry. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    requires room: \valid(out);
    requires apart: \separated(u, out);
    terminates \true;
    exits \false;
    assigns u->cache.pool[index], *out;
    ensures valid: valid_pool_user(u);
    ensures handed: \result ==> is_handed(&u->cache.pool[index], out->pe_identifier);
*/
static bool select_from(struct pool_user *u, uint32_t index, struct selected_element *out)
{
    bool selected = select_of(&u->cache.pool[index], out);

    //@ assert hunt: valid_hunt(&u->hunt);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    //@ assert others: others_kept{Pre, Here}(u, index);
    //@ assert cache: valid_resolution_cache(&u->cache);
    return selected;
}

bool pool_user_select(struct pool_user *u, const uint8_t *handle, uint32_t length, uint64_t now,
                      struct selected_element *out)
{
    uint32_t index = resolution_cache_find(&u->cache, handle, length);
    bool selected;

    if (index == RESOLUTION_NONE || u->cache.pool[index].resolved == 0u) {
        return false;
    }
    selected = select_from(u, index, out);
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

/* The entry of the handle, taken anew when there is none; RESOLUTION_NONE when that is not possible. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires handle: \valid_read(handle + (0 .. length - 1));
    requires apart: \separated(u, handle + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns u->cache.pool[0 .. RESOLUTION_POOLS_MAX - 1];
    ensures valid: valid_pool_user(u);
    ensures entry: \result < RESOLUTION_POOLS_MAX || \result == RESOLUTION_NONE;
*/
static uint32_t find_or_add(struct pool_user *u, const uint8_t *handle, uint32_t length)
{
    uint32_t index = resolution_cache_find(&u->cache, handle, length);

    if (index != RESOLUTION_NONE) {
        return index;
    }
    index = resolution_cache_add(&u->cache, handle, length);
    //@ assert hunt: valid_hunt(&u->hunt);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    return index;
}

/* What is known of the entry: told when that is fresh (C1, C4), asked for otherwise. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(u, out);
    terminates \true;
    assigns u->request[index];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + 1;
*/
static void tell_or_ask(struct pool_user *u, uint32_t index, uint64_t now, struct effects *out)
{
    const struct cached_pool *pool = &u->cache.pool[index];

    if (pool->resolved != 0u && now < pool->fresh_until) {
        pool_user_tell(u, index, (uint16_t)PU_NOTIFY_RESOLVED, ENDPOINT_NO_CAUSE,
                       pool->element_count, out);
        return;
    }
    pool_user_ask(u, index, now);
    //@ assert list: valid_effects(out) && out->count == \at(out->count, Pre);
}

/* ENDPOINT_RESOLVE: answered from the cache, or asked for. */
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
    } else {
        tell_or_ask(u, index, now, out);
    }
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
    (void)pool_user_hunt(u, (uint8_t)PU_HUNT_TICK, ENDPOINT_NONE, now, random, out);
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
    uint32_t length = event->length;
    uint64_t now = event->now;
    uint32_t index = resolution_cache_find(&u->cache, handle, length);

    if (event->kind == ENDPOINT_RESOLVE) {
        (void)pool_user_hunt(u, (uint8_t)PU_HUNT_START, ENDPOINT_NONE, now, event->random, out);
        command_resolve(u, handle, length, now, out);
    } else if (index != RESOLUTION_NONE && event->kind == ENDPOINT_UNREACHABLE) {
        pool_user_report(u, index, event->subject, out);
    } else if (index != RESOLUTION_NONE && event->kind == ENDPOINT_FORGET) {
        pool_user_forget(u, index);
        //@ assert list: valid_effects(out);
    }
}

/* A connection came or went: the requests follow the home. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires event: \valid_read(event);
    requires list: \valid(out) && valid_effects(out) && out->count + PU_STEP_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(u, event, out);
    terminates \true;
    assigns u->hunt, u->request[0 .. RESOLUTION_POOLS_MAX - 1];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out);
*/
static void channel_event(struct pool_user *u, const struct endpoint_event *event,
                          struct effects *out)
{
    uint8_t step =
        event->kind == ENDPOINT_CHANNEL_OPENED ? (uint8_t)PU_HUNT_OPENED : (uint8_t)PU_HUNT_CLOSED;
    uint8_t outcome = pool_user_hunt(u, step, event->channel, event->now, event->random, out);

    if (outcome == SERVER_HUNT_HOME_FOUND) {
        pool_user_tell_home(u, (uint16_t)PU_NOTIFY_HOME_FOUND, ENDPOINT_NO_CAUSE, event->channel,
                            out);
        pool_user_ask_home(u, event->now);
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
        (void)pool_user_hunt(u, (uint8_t)PU_HUNT_START, ENDPOINT_NONE, event->now, event->random,
                             out);
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
