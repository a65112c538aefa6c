/* Bringing freshly read access rules into those in use, without moving anybody's index (access.h).
 *
 * The registrar's elements and channels name their identity by index. So a name that stays keeps its
 * index, a name that is gone only frees its own, and a new name gets an index that was free before the
 * merge began: an index freed by this merge may still be named by elements until the registrar has
 * looked them through. Owns nothing; refuses as a whole when there is no room.
 */
#include "access.h"

/* How many names of `next` are not in `current`. */
/*@ requires current: \valid_read(current) && valid_access_rules(current);
    requires next: \valid_read(next) && valid_access_rules(next);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures bounded: \result <= next->count;
*/
static uint32_t count_new(const struct access_rules *current, const struct access_rules *next)
{
    uint32_t count = 0u;

    /*@ loop invariant range: 0 <= i <= next->count;
        loop invariant counted: 0 <= count <= i;
        loop assigns i, count;
        loop variant next->count - i;
    */
    for (uint32_t i = 0u; i < next->count; i++) {
        if (next->identity[i].name_length > 0u &&
            access_find_identity(current, next->identity[i].name, next->identity[i].name_length) ==
                IDENTITY_ANONYMOUS) {
            count += 1u;
        }
    }
    return count;
}

/* How many indexes nobody has. */
/*@ requires rules: \valid_read(rules) && valid_access_rules(rules);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures bounded: \result <= ACCESS_IDENTITIES_MAX;
*/
static uint32_t count_free(const struct access_rules *rules)
{
    uint32_t count = ACCESS_IDENTITIES_MAX - rules->count;

    /*@ loop invariant range: 0 <= i <= rules->count;
        loop invariant counted: 0 <= count <= ACCESS_IDENTITIES_MAX - rules->count + i;
        loop assigns i, count;
        loop variant rules->count - i;
    */
    for (uint32_t i = 0u; i < rules->count; i++) {
        if (rules->identity[i].name_length == 0u) {
            count += 1u;
        }
    }
    return count;
}

/* Take over every identity of `next`: at its index if the name is known, else at a free one. */
/*@ requires current: \valid(current) && valid_access_rules(current);
    requires next: \valid_read(next) && valid_access_rules(next);
    requires apart: \separated(current, next);
    terminates \true;
    exits \false;
    assigns current->count, current->identity[0 .. ACCESS_IDENTITIES_MAX - 1];
    ensures table: valid_access_rules(current);
*/
static void take_over(struct access_rules *current, const struct access_rules *next)
{
    /*@ loop invariant range: 0 <= i <= next->count;
        loop invariant table: valid_access_rules(current);
        loop assigns i, current->count, current->identity[0 .. ACCESS_IDENTITIES_MAX - 1];
        loop variant next->count - i;
    */
    for (uint32_t i = 0u; i < next->count; i++) {
        const struct access_identity *from = &next->identity[i];
        uint32_t index = access_find_identity(current, from->name, from->name_length);

        if (index == IDENTITY_ANONYMOUS) {
            index = access_add_identity(current, from->name, from->name_length, from->roles);
        }
        if (index != IDENTITY_ANONYMOUS) {
            current->identity[index] = *from;
        }
    }
}

/* Free the indexes of names that `next` does not have. */
/*@ requires current: \valid(current) && valid_access_rules(current);
    requires next: \valid_read(next) && valid_access_rules(next);
    requires apart: \separated(current, next);
    terminates \true;
    exits \false;
    assigns current->identity[0 .. ACCESS_IDENTITIES_MAX - 1];
    ensures table: valid_access_rules(current);
*/
static void free_gone(struct access_rules *current, const struct access_rules *next)
{
    /*@ loop invariant range: 0 <= i <= current->count;
        loop invariant table: valid_access_rules(current);
        loop assigns i, current->identity[0 .. ACCESS_IDENTITIES_MAX - 1];
        loop variant current->count - i;
    */
    for (uint32_t i = 0u; i < current->count; i++) {
        struct access_identity *one = &current->identity[i];

        if (access_find_identity(next, one->name, one->name_length) == IDENTITY_ANONYMOUS) {
            one->name_length = 0u;
            one->roles = 0u;
            one->pool_count = 0u;
            one->address_count = 0u;
        }
    }
}

bool access_rules_merge(struct access_rules *current, const struct access_rules *next)
{
    if (count_new(current, next) > count_free(current)) {
        return false;
    }
    take_over(current, next);
    free_gone(current, next);
    current->anonymous_roles = next->anonymous_roles;
    return true;
}
