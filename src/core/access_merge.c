/* Bringing freshly read access rules into those in use, without moving anybody's index (access.h).
 *
 * The registrar's elements and channels name their identity by index. So a name that stays keeps its
 * index, a name that is gone only frees its own, and a new name gets an index that was free before the
 * merge began: an index freed by this merge may still be named by elements until the registrar has
 * looked them through. Owns nothing; refuses as a whole when there is no room.
 */
#include "access.h"

/* Whether a name of `next` is new to `current`. A free index has no name. */
/*@ requires current: \valid_read(current);
    requires one: \valid_read(one);
    terminates \true;
    exits \false;
    assigns \nothing;
*/
static bool is_new(const struct access_rules *current, const struct access_identity *one)
{
    return one->name_length > 0u && one->name_length <= ACCESS_NAME_MAX &&
           access_find_identity(current, one->name, one->name_length) == IDENTITY_ANONYMOUS;
}

/* How many names of `next` are not in `current`. */
/*@ requires current: \valid_read(current);
    requires next: \valid_read(next);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures bounded: \result <= ACCESS_IDENTITIES_MAX;
*/
static uint32_t count_new(const struct access_rules *current, const struct access_rules *next)
{
    uint32_t count = 0u;

    /*@ loop invariant range: 0 <= i <= ACCESS_IDENTITIES_MAX;
        loop invariant counted: 0 <= count <= i;
        loop assigns i, count;
        loop variant ACCESS_IDENTITIES_MAX - i;
    */
    for (uint32_t i = 0u; i < ACCESS_IDENTITIES_MAX && i < next->count; i++) {
        if (is_new(current, &next->identity[i])) {
            count += 1u;
        }
    }
    return count;
}

/* How many indexes nobody has. */
/*@ requires rules: \valid_read(rules);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures bounded: \result <= ACCESS_IDENTITIES_MAX;
*/
static uint32_t count_free(const struct access_rules *rules)
{
    uint32_t count = 0u;

    /*@ loop invariant range: 0 <= i <= ACCESS_IDENTITIES_MAX;
        loop invariant counted: 0 <= count <= i;
        loop assigns i, count;
        loop variant ACCESS_IDENTITIES_MAX - i;
    */
    for (uint32_t i = 0u; i < ACCESS_IDENTITIES_MAX; i++) {
        if (!access_is_known(rules, i)) {
            count += 1u;
        }
    }
    return count;
}

/* Take over one identity with all its rights. */
/*@ requires to: \valid(to);
    requires from: \valid_read(from);
    requires apart: \separated(to, from);
    terminates \true;
    exits \false;
    assigns *to;
    ensures server: to->server_identifier == from->server_identifier;
    ensures roles: to->roles == from->roles;
*/
static void replace(struct access_identity *to, const struct access_identity *from)
{
    *to = *from;
}

/* Take over an identity of `next`: at its index if the name is known, else at a free one. */
/*@ requires current: \valid(current);
    requires from: \valid_read(from);
    requires apart: \separated(current, from);
    terminates \true;
    exits \false;
    assigns current->count, current->identity[0 .. ACCESS_IDENTITIES_MAX - 1];
*/
static void take_over(struct access_rules *current, const struct access_identity *from)
{
    uint32_t index;

    if (from->name_length > ACCESS_NAME_MAX) {
        return;
    }
    index = access_find_identity(current, from->name, from->name_length);
    if (index == IDENTITY_ANONYMOUS) {
        index = access_add_identity(current, from->name, from->name_length, from->roles);
    }
    if (index != IDENTITY_ANONYMOUS) {
        replace(&current->identity[index], from);
    }
}

/* Free an index if `next` does not have its name. */
/*@ requires one: \valid(one);
    requires next: \valid_read(next);
    requires apart: \separated(one, next);
    terminates \true;
    exits \false;
    assigns one->name_length, one->roles, one->pool_count, one->address_count, one->server_identifier;
    ensures freed: one->name_length == \old(one->name_length) || one->name_length == 0 && one->server_identifier == 0;
*/
static void free_if_gone(struct access_identity *one, const struct access_rules *next)
{
    if (one->name_length <= ACCESS_NAME_MAX &&
        access_find_identity(next, one->name, one->name_length) != IDENTITY_ANONYMOUS) {
        return;
    }
    one->name_length = 0u;
    one->roles = 0u;
    one->pool_count = 0u;
    one->address_count = 0u;
    one->server_identifier = 0u;
}

bool access_rules_merge(struct access_rules *current, const struct access_rules *next)
{
    if (count_new(current, next) > count_free(current)) {
        return false;
    }
    /*@ loop invariant range: 0 <= i <= ACCESS_IDENTITIES_MAX;
        loop assigns i, current->count, current->identity[0 .. ACCESS_IDENTITIES_MAX - 1];
        loop variant ACCESS_IDENTITIES_MAX - i;
    */
    for (uint32_t i = 0u; i < ACCESS_IDENTITIES_MAX && i < next->count; i++) {
        take_over(current, &next->identity[i]);
    }
    /*@ loop invariant range: 0 <= i <= ACCESS_IDENTITIES_MAX;
        loop assigns i, current->identity[0 .. ACCESS_IDENTITIES_MAX - 1];
        loop variant ACCESS_IDENTITIES_MAX - i;
    */
    for (uint32_t i = 0u; i < ACCESS_IDENTITIES_MAX; i++) {
        free_if_gone(&current->identity[i], next);
    }
    current->anonymous_roles = next->anonymous_roles;
    return true;
}
