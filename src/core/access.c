/* The access rules: filling the table and answering who may do what (access.h; RFC 5355, 2.1 to 2.4).
 *
 * Owns nothing: the table is the caller's. Never takes a claim from a message into account, only the
 * index of an authenticated identity, its connection's address and what the administrators wrote.
 */
#include "access.h"

/* Whether two byte strings of `length` bytes are the same. */
/*@ requires a: \valid_read(a + (0 .. length - 1));
    requires b: \valid_read(b + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures same: \result <==> (\forall integer i; 0 <= i < length ==> a[i] == b[i]);
*/
static bool same_bytes(const uint8_t *a, const uint8_t *b, uint32_t length)
{
    /*@ loop invariant range: 0 <= i <= length;
        loop invariant same: \forall integer k; 0 <= k < i ==> a[k] == b[k];
        loop assigns i;
        loop variant length - i;
    */
    for (uint32_t i = 0u; i < length; i++) {
        if (a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

/*@ requires to: \valid(to + (0 .. length - 1));
    requires from: \valid_read(from + (0 .. length - 1));
    requires apart: \separated(to + (0 .. length - 1), from + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns to[0 .. length - 1];
*/
static void copy_bytes(uint8_t *to, const uint8_t *from, uint32_t length)
{
    /*@ loop invariant range: 0 <= i <= length;
        loop assigns i, to[0 .. length - 1];
        loop variant length - i;
    */
    for (uint32_t i = 0u; i < length; i++) {
        to[i] = from[i];
    }
}

/* ---- Questions ---- */

bool access_is_known(const struct access_rules *rules, uint32_t identity)
{
    return identity < ACCESS_IDENTITIES_MAX && identity < rules->count &&
           rules->identity[identity].name_length > 0u;
}

uint32_t access_find_identity(const struct access_rules *rules, const uint8_t *name,
                              uint32_t length)
{
    if (length == 0u || length > ACCESS_NAME_MAX) {
        return IDENTITY_ANONYMOUS;
    }
    /*@ loop invariant range: 0 <= i <= ACCESS_IDENTITIES_MAX;
        loop assigns i;
        loop variant ACCESS_IDENTITIES_MAX - i;
    */
    for (uint32_t i = 0u; i < ACCESS_IDENTITIES_MAX && i < rules->count; i++) {
        if (rules->identity[i].name_length == length &&
            same_bytes(rules->identity[i].name, name, length)) {
            return i;
        }
    }
    return IDENTITY_ANONYMOUS;
}

/* Whether a sum of roles contains one of them. Division, not a mask: the contract speaks of it. */
/*@ requires role: role > 0;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures set: \result <==> access_role_set(roles, role);
*/
static bool role_set(uint8_t roles, uint8_t role)
{
    return (roles / role) % 2 != 0;
}

bool access_has_role(const struct access_rules *rules, const struct principal *principal,
                     uint8_t role)
{
    if (!role_set(principal->roles, role)) {
        return false;
    }
    if (principal->identity == IDENTITY_ANONYMOUS) {
        return role_set(rules->anonymous_roles, role);
    }
    return access_is_known(rules, principal->identity) &&
           role_set(rules->identity[principal->identity].roles, role);
}

/*@ requires pattern: \valid_read(pattern);
    requires handle: \valid_read(handle + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures exact: \result && pattern->prefix == 0 ==> length == pattern->length;
    ensures begins: \result ==> length >= pattern->length &&
      (\forall integer i; 0 <= i < pattern->length ==> pattern->bytes[i] == handle[i]);
*/
static bool pattern_matches(const struct access_pattern *pattern, const uint8_t *handle,
                            uint32_t length)
{
    if (pattern->length > ACCESS_PATTERN_MAX || length < pattern->length ||
        (pattern->prefix == 0u && length != pattern->length)) {
        return false;
    }
    return same_bytes(pattern->bytes, handle, pattern->length);
}

bool access_may_register(const struct access_rules *rules, uint32_t identity, const uint8_t *handle,
                         uint32_t length)
{
    if (!access_is_known(rules, identity) ||
        !role_set(rules->identity[identity].roles, ROLE_POOL_ELEMENT)) {
        return false;
    }
    /*@ loop invariant range: 0 <= i <= ACCESS_POOLS_MAX;
        loop assigns i;
        loop variant ACCESS_POOLS_MAX - i;
    */
    for (uint32_t i = 0u; i < ACCESS_POOLS_MAX && i < rules->identity[identity].pool_count; i++) {
        if (pattern_matches(&rules->identity[identity].pool[i], handle, length)) {
            return true;
        }
    }
    return false;
}

/* The bytes behind `size` are zero in both, by address.h: all sixteen are compared. */
/*@ requires addresses: \valid_read(a) && \valid_read(b);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures size: \result ==> a->size == b->size && a->size > 0;
    ensures bytes: \result ==> (\forall integer i; 0 <= i < 16 ==> a->bytes[i] == b->bytes[i]);
*/
static bool same_address(const struct ip_address *a, const struct ip_address *b)
{
    return a->size > 0u && a->size == b->size && same_bytes(a->bytes, b->bytes, 16u);
}

bool access_may_use_address(const struct access_rules *rules, const struct principal *principal,
                            const struct ip_address *address)
{
    uint32_t identity = principal->identity;

    if (!access_is_known(rules, identity)) {
        return false;
    }
    if (same_address(&principal->address, address)) {
        return true;
    }
    /*@ loop invariant range: 0 <= i <= ACCESS_ADDRESSES_MAX;
        loop assigns i;
        loop variant ACCESS_ADDRESSES_MAX - i;
    */
    for (uint32_t i = 0u; i < ACCESS_ADDRESSES_MAX && i < rules->identity[identity].address_count;
         i++) {
        if (same_address(&rules->identity[identity].address[i], address)) {
            return true;
        }
    }
    return false;
}

bool access_may_use_server(const struct access_rules *rules, uint32_t identity,
                           uint32_t server_identifier)
{
    return server_identifier != 0u && access_is_known(rules, identity) &&
           role_set(rules->identity[identity].roles, ROLE_REGISTRAR) &&
           rules->identity[identity].server_identifier == server_identifier;
}

/* ---- Filling the table ---- */

/* An index nobody has: one that became free, or the next one; ACCESS_IDENTITIES_MAX when full. */
/*@ requires table: \valid_read(rules);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures range: \result <= ACCESS_IDENTITIES_MAX;
    ensures next: \result < ACCESS_IDENTITIES_MAX ==> \result <= rules->count;
    ensures free: \result < rules->count && \result < ACCESS_IDENTITIES_MAX ==> rules->identity[\result].name_length == 0;
*/
static uint32_t free_index(const struct access_rules *rules)
{
    uint32_t i = 0u;

    /*@ loop invariant range: 0 <= i <= ACCESS_IDENTITIES_MAX;
        loop invariant used: i <= rules->count;
        loop assigns i;
        loop variant ACCESS_IDENTITIES_MAX - i;
    */
    while (i < ACCESS_IDENTITIES_MAX && i < rules->count && rules->identity[i].name_length > 0u) {
        i++;
    }
    return i;
}

/* Write an identity that has no rights to pools, addresses and a server identifier yet. */
/*@ requires one: \valid(one);
    requires name: \valid_read(name + (0 .. length - 1));
    requires length: length <= ACCESS_NAME_MAX;
    requires apart: \separated(one, name + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns one->name_length, one->name[0 .. ACCESS_NAME_MAX - 1], one->roles, one->pool_count, one->address_count,
            one->server_identifier;
    ensures name: one->name_length == length;
    ensures roles: one->roles == roles;
    ensures no_rights: one->pool_count == 0 && one->address_count == 0 && one->server_identifier == 0;
*/
static void write_identity(struct access_identity *one, const uint8_t *name, uint32_t length,
                           uint8_t roles)
{
    copy_bytes(one->name, name, length);
    one->name_length = length;
    one->roles = roles;
    one->pool_count = 0u;
    one->address_count = 0u;
    one->server_identifier = 0u;
}

uint32_t access_add_identity(struct access_rules *rules, const uint8_t *name, uint32_t length,
                             uint8_t roles)
{
    uint32_t index;

    if (length == 0u || length > ACCESS_NAME_MAX || roles > ROLES_ALL ||
        access_find_identity(rules, name, length) != IDENTITY_ANONYMOUS) {
        return IDENTITY_ANONYMOUS;
    }
    index = free_index(rules);
    if (index >= ACCESS_IDENTITIES_MAX) {
        return IDENTITY_ANONYMOUS;
    }
    write_identity(&rules->identity[index], name, length, roles);
    if (index == rules->count) {
        rules->count += 1u;
    }
    return index;
}

bool access_grant_pool(struct access_rules *rules, uint32_t identity, const uint8_t *bytes,
                       uint32_t length, bool prefix)
{
    struct access_identity *i;
    uint32_t next;

    if (!access_is_known(rules, identity) || length > ACCESS_PATTERN_MAX ||
        rules->identity[identity].pool_count >= ACCESS_POOLS_MAX) {
        return false;
    }
    i = &rules->identity[identity];
    next = i->pool_count;
    copy_bytes(i->pool[next].bytes, bytes, length);
    i->pool[next].length = length;
    i->pool[next].prefix = prefix ? 1u : 0u;
    i->pool_count = next + 1u;
    return true;
}

bool access_grant_address(struct access_rules *rules, uint32_t identity,
                          const struct ip_address *address)
{
    struct access_identity *i;

    if (!access_is_known(rules, identity) || (address->size != 4u && address->size != 16u) ||
        rules->identity[identity].address_count >= ACCESS_ADDRESSES_MAX) {
        return false;
    }
    i = &rules->identity[identity];
    i->address[i->address_count] = *address;
    i->address_count += 1u;
    return true;
}

/* Whether somebody else than `identity` may be the registrar `server_identifier`. */
/*@ requires table: \valid_read(rules);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures taken: \result <==> !access_server_alone(rules, identity, server_identifier);
*/
static bool server_is_taken(const struct access_rules *rules, uint32_t identity,
                            uint32_t server_identifier)
{
    /*@ loop invariant range: 0 <= i <= ACCESS_IDENTITIES_MAX;
        loop invariant alone: \forall integer k; 0 <= k < i && k != identity && access_known(rules, k) ==>
          rules->identity[k].server_identifier != server_identifier;
        loop assigns i;
        loop variant ACCESS_IDENTITIES_MAX - i;
    */
    for (uint32_t i = 0u; i < ACCESS_IDENTITIES_MAX; i++) {
        if (i != identity && access_is_known(rules, i) &&
            rules->identity[i].server_identifier == server_identifier) {
            return true;
        }
    }
    return false;
}

bool access_grant_server(struct access_rules *rules, uint32_t identity, uint32_t server_identifier)
{
    if (!access_is_known(rules, identity) || server_identifier == 0u ||
        server_is_taken(rules, identity, server_identifier)) {
        return false;
    }
    rules->identity[identity].server_identifier = server_identifier;
    return true;
}
