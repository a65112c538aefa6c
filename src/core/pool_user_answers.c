/* A pool user receives: contracts in pool_user_answers.h. Owns nothing; copies answers into the cache. */
#include "pool_user_answers.h"

#include "endpoint_deadline.h"
#include "endpoint_effects.h"
#include "endpoint_messages.h"
#include "pool_user_hunt.h"
#include "pool_user_requests.h"
#include "transport_use.h"

/*@ predicate slots_kept{A, B}(struct pool_user *u) = \forall integer s; 0 <= s < SERVER_HUNT_SLOTS ==>
      \at(u->hunt.slot[s].state, B) == \at(u->hunt.slot[s].state, A);

    predicate handle_inside(struct asap_message *m, integer length) =
      wire_inside(m->pool_handle.offset, m->pool_handle.length, length);
*/

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
    out->transport_use = transport_use(&element->user_transport);
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

/* Adds an element of a positive answer to the entry, unless nobody could connect to it. */
/*@ requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires element: \valid_read(element) && wire_pool_element_inside(element, length);
    requires pool: \valid(pool) && valid_cached_pool(pool);
    requires room: pool->element_count < RESOLUTION_ELEMENTS_MAX;
    requires apart: \separated(pool, element, bytes + (0 .. length - 1));
    terminates \true;
    assigns *pool;
    ensures valid: valid_cached_pool(pool);
*/
static void add_element(const uint8_t *bytes, uint32_t length,
                        const struct wire_pool_element *element, struct cached_pool *pool)
{
    struct selected_element copy;

    if (copy_element(bytes, length, element, &copy)) {
        //@ assert room: pool->element_count == \at(pool->element_count, Pre);
        //@ assert pool: valid_cached_pool(pool);
        (void)cached_pool_put(pool, &copy);
    }
    //@ assert handle: pool->handle_length == \at(pool->handle_length, Pre);
}

/* Begins a new answer, and fills it: as many elements as an entry holds. A policy that is not named is Round Robin
 * (2.2.6). */
/*@ requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message);
    requires pool: \valid(pool) && valid_cached_pool(pool);
    requires apart: \separated(pool, message, bytes + (0 .. length - 1));
    terminates \true;
    assigns *pool;
    ensures valid: valid_cached_pool(pool);
*/
static void refill(const uint8_t *bytes, uint32_t length, const struct asap_message *message,
                   uint64_t fresh_until, struct cached_pool *pool)
{
    struct wire_iterator left = message->pool_elements;
    struct wire_pool_element element;
    uint32_t policy =
        message->has_policy != 0u ? message->policy.type : (uint32_t)POLICY_ROUND_ROBIN;

    cached_pool_begin(pool, policy, fresh_until);
    /*@ loop invariant valid: valid_cached_pool(pool);
        loop assigns left, element, *pool;
        loop variant left.end - left.next;
    */
    while (pool->element_count < RESOLUTION_ELEMENTS_MAX &&
           wire_pool_element_next(bytes, length, &left, &element)) {
        //@ assert room: pool->element_count < RESOLUTION_ELEMENTS_MAX;
        //@ assert handle: pool->handle_length <= RESOLUTION_HANDLE_MAX;
        //@ assert handed: pool->handed_count <= RESOLUTION_HANDED_MAX;
        //@ assert oldest: pool->handed_next < RESOLUTION_HANDED_MAX;
        add_element(bytes, length, &element, pool);
    }
    //@ assert end: valid_cached_pool(pool);
}

/* Replaces what the entry held by a positive answer. */
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
    uint64_t fresh_until = endpoint_after(now, u->configuration.stale_cache_value_ms);

    refill(bytes, length, message, fresh_until, &u->cache.pool[index]);
    //@ assert slots: slots_kept{Pre, Here}(u);
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

/* What becomes of a refused entry: it is dropped when its pool is unknown, or when it never was resolved. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires index: index < RESOLUTION_POOLS_MAX;
    terminates \true;
    assigns u->request[index], u->cache.pool[index];
    ensures valid: valid_pool_user(u);
*/
static void drop_or_keep(struct pool_user *u, uint32_t index, uint64_t now, uint16_t cause)
{
    if (cause == CAUSE_UNKNOWN_POOL_HANDLE || u->cache.pool[index].resolved == 0u) {
        pool_user_forget(u, index);
    } else {
        keep_entry(u, index, now);
    }
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
    uint16_t notification = cause == CAUSE_UNKNOWN_POOL_HANDLE ? (uint16_t)PU_NOTIFY_UNKNOWN_POOL
                                                               : (uint16_t)PU_NOTIFY_REJECTED;

    pool_user_tell(u, index, notification, cause, 0u, out);
    drop_or_keep(u, index, now, cause);
}

/* ASAP_HANDLE_RESOLUTION_RESPONSE: stops T1. An answer to what was not asked, or no longer, is discarded. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && handle_inside(message, length);
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
    (void)pool_user_hunt(u, (uint8_t)PU_HUNT_SETTLE, ENDPOINT_NONE, now, 0u, out);
}

/* What the home says. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && handle_inside(message, length);
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

/* Decodes a message, and reports to its sender what was wrong with it. False when it is not to be looked at. */
/*@ requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires room: \valid(message);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(message, out, bytes + (0 .. length - 1));
    terminates \true;
    assigns *message, *out;
    ensures inside: \result ==> handle_inside(message, length);
    ensures one: valid_effects(out) && out->count <= \old(out->count) + 1;
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
    //@ assert inside: handle_inside(message, length);
    (void)endpoint_report_unrecognized(out, channel, bytes, length, message);
    return true;
}

/* The same, as the user's. */
/*@ requires user: \valid_read(u) && valid_pool_user(u);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires room: \valid(message);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(u, message, out);
    requires bytes_apart: \separated(message, out, bytes + (0 .. length - 1));
    terminates \true;
    assigns *message, *out;
    ensures kept: valid_pool_user(u);
    ensures inside: \result ==> handle_inside(message, length);
    ensures one: valid_effects(out) && out->count <= \old(out->count) + 1;
*/
static bool understand(const struct pool_user *u, uint32_t channel, const uint8_t *bytes,
                       uint32_t length, struct asap_message *message, struct effects *out)
{
    bool understood = decode(channel, bytes, length, message, out);

    (void)u;
    //@ assert handles: handles_kept{Pre, Here}(u);
    //@ assert elements: elements_kept{Pre, Here}(u);
    //@ assert handed_out: handed_counts_kept{Pre, Here}(u);
    //@ assert oldest: handed_next_kept{Pre, Here}(u);
    //@ assert cache: valid_resolution_cache(&u->cache);
    //@ assert slots: slots_kept{Pre, Here}(u);
    //@ assert hunt_slots: valid_hunt_slots(&u->hunt);
    //@ assert home: u->hunt.home == \at(u->hunt.home, Pre);
    //@ assert open: home_open(u, \at(u->hunt.home, Pre));
    //@ assert hunt_home: valid_hunt_home(&u->hunt);
    //@ assert hunt: u->hunt == \at(u->hunt, Pre);
    //@ assert hunt_configuration: valid_hunt_configuration(&u->hunt.configuration);
    //@ assert hunt_round: valid_hunt_round(&u->hunt);
    //@ assert same: u->configuration == \at(u->configuration, Pre);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    return understood;
}

/* Heeds a message of the home that was understood. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && handle_inside(message, length);
    requires list: \valid(out) && valid_effects(out) && out->count + PU_STEP_EFFECTS <= EFFECTS_MAX + 1;
    requires apart: \separated(u, out, message, bytes + (0 .. length - 1));
    terminates \true;
    assigns u->hunt, u->heard, u->request[0 .. RESOLUTION_POOLS_MAX - 1], u->cache.pool[0 .. RESOLUTION_POOLS_MAX - 1];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out);
*/
static void heed(struct pool_user *u, uint64_t now, const uint8_t *bytes, uint32_t length,
                 const struct asap_message *message, struct effects *out)
{
    hear_home(u, now, out);
    //@ assert offset: message->pool_handle.offset == \at(message->pool_handle.offset, Pre);
    //@ assert length: message->pool_handle.length == \at(message->pool_handle.length, Pre);
    receive_from_home(u, now, bytes, length, message, out);
}

void pool_user_receive(struct pool_user *u, uint32_t channel, uint64_t now, const uint8_t *bytes,
                       uint32_t length, struct effects *out)
{
    struct asap_message message;

    if (channel >= SERVER_HUNT_SLOTS || server_hunt_home(&u->hunt) != channel) {
        return;
    }
    if (understand(u, channel, bytes, length, &message, out)) {
        heed(u, now, bytes, length, &message, out);
    }
}
