/* A pool user receives: contracts in pool_user_answers.h. Owns nothing; copies answers into the cache. */
#include "pool_user_answers.h"

#include "endpoint_deadline.h"
#include "endpoint_effects.h"
#include "endpoint_messages.h"
#include "pool_user_requests.h"

/* Copies the element's addresses, as many as are kept. */
/*@ requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires element: \valid_read(element);
    requires room: \valid(out);
    requires apart: \separated(element, out, bytes + (0 .. length - 1));
    terminates \true;
    assigns out->address_count, out->address[0 .. RESOLUTION_ADDRESSES_MAX - 1];
    ensures bounded: out->address_count <= RESOLUTION_ADDRESSES_MAX;
*/
static void copy_addresses(const uint8_t *bytes, uint32_t length,
                           const struct wire_pool_element *element, struct selected_element *out)
{
    struct wire_iterator left;
    struct ip_address address;
    uint32_t count = 0u;

    wire_iterate(&element->user_transport.addresses, &left);
    /*@ loop invariant range: 0 <= count <= RESOLUTION_ADDRESSES_MAX;
        loop assigns count, left, address, out->address[0 .. RESOLUTION_ADDRESSES_MAX - 1];
        loop variant RESOLUTION_ADDRESSES_MAX - count;
    */
    while (count < RESOLUTION_ADDRESSES_MAX && wire_address_next(bytes, length, &left, &address)) {
        out->address[count] = address;
        count += 1u;
    }
    out->address_count = count;
}

/* The element as the application will get it. False for one without an address, such as of an Opaque
 * Transport: nobody could connect to it. */
/*@ requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires element: \valid_read(element) && wire_pool_element_inside(element, length);
    requires room: \valid(out);
    requires apart: \separated(element, out, bytes + (0 .. length - 1));
    terminates \true;
    assigns *out;
    ensures reachable: \result ==> 1 <= out->address_count <= RESOLUTION_ADDRESSES_MAX;
    ensures identifier: \result ==> out->pe_identifier == element->pe_identifier;
*/
static bool copy_element(const uint8_t *bytes, uint32_t length,
                         const struct wire_pool_element *element, struct selected_element *out)
{
    out->pe_identifier = element->pe_identifier;
    out->transport_type = element->user_transport.type;
    out->transport_port = element->user_transport.port;
    out->transport_use = element->user_transport.use;
    out->policy_type = element->policy.type;
    out->policy_value_count = element->policy.value_count;
    out->policy_value[0] = element->policy.value[0];
    out->policy_value[1] = element->policy.value[1];
    out->policy_value[2] = element->policy.value[2];
    out->address_count = 0u;
    if (element->user_transport.type == PARAMETER_OPAQUE_TRANSPORT) {
        return false;
    }
    copy_addresses(bytes, length, element, out);
    return out->address_count > 0u;
}

/* Fills the entry from a positive answer: as many elements as it holds. */
/*@ requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message);
    requires pool: \valid(pool) && valid_cached_pool(pool);
    requires apart: \separated(pool, message, bytes + (0 .. length - 1));
    terminates \true;
    assigns pool->element_count, pool->element[0 .. RESOLUTION_ELEMENTS_MAX - 1];
    ensures valid: valid_cached_pool(pool);
*/
static void copy_elements(const uint8_t *bytes, uint32_t length, const struct asap_message *message,
                          struct cached_pool *pool)
{
    struct wire_iterator left = message->pool_elements;
    struct wire_pool_element element;
    struct selected_element copy;

    /*@ loop invariant valid: valid_cached_pool(pool);
        loop invariant end: left.end == \at(message->pool_elements.end, Pre);
        loop assigns left, element, copy, pool->element_count, pool->element[0 .. RESOLUTION_ELEMENTS_MAX - 1];
        loop variant left.end - left.next;
    */
    while (wire_pool_element_next(bytes, length, &left, &element)) {
        if (copy_element(bytes, length, &element, &copy) && !cached_pool_put(pool, &copy)) {
            return;
        }
    }
}

/* Replaces what the entry held by a positive answer. A policy that is not named is Round Robin (2.2.6). */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message);
    requires apart: \separated(u, message, bytes + (0 .. length - 1));
    terminates \true;
    assigns u->cache.pool[index];
    ensures valid: valid_pool_user(u);
*/
static void refill_entry(struct pool_user *u, uint32_t index, uint64_t now, const uint8_t *bytes,
                         uint32_t length, const struct asap_message *message)
{
    struct cached_pool *pool = &u->cache.pool[index];
    uint32_t policy =
        message->has_policy != 0u ? message->policy.type : (uint32_t)POLICY_ROUND_ROBIN;

    cached_pool_begin(pool, policy, endpoint_after(now, u->configuration.stale_cache_value_ms));
    copy_elements(bytes, length, message, pool);
    //@ assert cache: valid_resolution_cache(&u->cache);
    //@ assert hunt: valid_hunt(&u->hunt);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
}

/* A positive answer. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(u, out, message, bytes + (0 .. length - 1));
    terminates \true;
    assigns u->cache.pool[index];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + 1;
*/
static void receive_elements(struct pool_user *u, uint32_t index, uint64_t now,
                             const uint8_t *bytes, uint32_t length,
                             const struct asap_message *message, struct effects *out)
{
    refill_entry(u, index, now, bytes, length, message);
    //@ assert list: valid_effects(out) && out->count == \at(out->count, Pre);
    pool_user_tell(u, index, (uint16_t)PU_NOTIFY_RESOLVED, ENDPOINT_NO_CAUSE,
                   u->cache.pool[index].element_count, out);
}

/* The entry stays in use, and is not asked for again before it would be stale anew. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    terminates \true;
    assigns u->cache.pool[index].fresh_until;
    ensures valid: valid_pool_user(u);
*/
static void keep_entry(struct pool_user *u, uint32_t index, uint64_t now)
{
    u->cache.pool[index].fresh_until = endpoint_after(now, u->configuration.stale_cache_value_ms);
}

/* A negative answer (2.2.6: there is an Operation Error). */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(u, out);
    terminates \true;
    assigns u->request[index], u->cache.pool[index];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + 1;
*/
static void receive_refusal(struct pool_user *u, uint32_t index, uint64_t now, uint16_t cause,
                            struct effects *out)
{
    if (cause == CAUSE_UNKNOWN_POOL_HANDLE) {
        pool_user_tell(u, index, (uint16_t)PU_NOTIFY_UNKNOWN_POOL, cause, 0u, out);
        pool_user_forget(u, index);
        return;
    }
    pool_user_tell(u, index, (uint16_t)PU_NOTIFY_REJECTED, cause, 0u, out);
    if (u->cache.pool[index].resolved == 0u) {
        pool_user_forget(u, index);
    } else {
        keep_entry(u, index, now);
    }
}

/* ASAP_HANDLE_RESOLUTION_RESPONSE: stops T1. An answer to what was not asked, or no longer, is discarded. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && asap_message_inside(message, length);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(u, out, message, bytes + (0 .. length - 1));
    terminates \true;
    assigns u->request[0 .. RESOLUTION_POOLS_MAX - 1], u->cache.pool[0 .. RESOLUTION_POOLS_MAX - 1];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + 1;
*/
static void receive_resolution(struct pool_user *u, uint64_t now, const uint8_t *bytes,
                               uint32_t length, const struct asap_message *message,
                               struct effects *out)
{
    uint32_t index = resolution_cache_find(&u->cache, bytes + message->pool_handle.offset,
                                           message->pool_handle.length);

    if (index == RESOLUTION_NONE || u->request[index].state == PU_REQUEST_NONE) {
        return;
    }
    pool_user_set_request(u, index, (uint8_t)PU_REQUEST_NONE);
    if (message->has_operation_error != 0u) {
        receive_refusal(u, index, now, endpoint_cause(bytes, length, message), out);
    } else {
        receive_elements(u, index, now, bytes, length, message, out);
    }
}

/* The home answered: it was heard, and a hunt beside it ends. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(u, out);
    terminates \true;
    assigns u->hunt, u->heard, *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
*/
static void hear_home(struct pool_user *u, uint64_t now, struct effects *out)
{
    u->heard = now;
    server_hunt_settle(&u->hunt, out);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    //@ assert cache: valid_resolution_cache(&u->cache);
}

/* What the home says. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && asap_message_inside(message, length);
    requires list: \valid(out) && valid_effects(out) && out->count < EFFECTS_MAX;
    requires apart: \separated(u, out, message, bytes + (0 .. length - 1));
    terminates \true;
    assigns u->request[0 .. RESOLUTION_POOLS_MAX - 1], u->cache.pool[0 .. RESOLUTION_POOLS_MAX - 1];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out);
*/
static void receive_from_home(struct pool_user *u, uint64_t now, const uint8_t *bytes,
                              uint32_t length, const struct asap_message *message,
                              struct effects *out)
{
    if (message->type == ASAP_HANDLE_RESOLUTION_RESPONSE) {
        receive_resolution(u, now, bytes, length, message, out);
    } else if (message->type == ASAP_ERROR) {
        pool_user_tell_home(u, (uint16_t)PU_NOTIFY_ERROR_REPORTED,
                            endpoint_cause(bytes, length, message), ENDPOINT_NONE, out);
    }
}

void pool_user_receive(struct pool_user *u, uint32_t channel, uint64_t now, const uint8_t *bytes,
                       uint32_t length, struct effects *out)
{
    struct asap_message message;
    struct wire_error error;

    if (channel >= SERVER_HUNT_SLOTS || server_hunt_home(&u->hunt) != channel) {
        return;
    }
    if (!asap_decode(bytes, length, &message, &error)) {
        (void)endpoint_report_rejected(out, channel, bytes, length, &error);
        //@ assert rejected: valid_pool_user(u);
        return;
    }
    hear_home(u, now, out);
    //@ assert heard: asap_message_inside(&message, length);
    receive_from_home(u, now, bytes, length, &message, out);
    //@ assert inside: asap_message_inside(&message, length);
    (void)endpoint_report_unrecognized(out, channel, bytes, length, &message);
    //@ assert hunt: valid_hunt(&u->hunt);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    //@ assert cache: valid_resolution_cache(&u->cache);
}
