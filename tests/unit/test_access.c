/* The access rules: who may do what, and how a new set of them comes in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "access.h"

static struct access_rules *rules;
static struct access_rules *next;

static int begin(void **state)
{
    (void)state;
    rules = calloc(1, sizeof *rules);
    next = calloc(1, sizeof *next);
    return rules == NULL || next == NULL;
}

static int end(void **state)
{
    (void)state;
    free(rules);
    free(next);
    return 0;
}

static uint32_t add(struct access_rules *r, const char *name, uint8_t roles)
{
    return access_add_identity(r, (const uint8_t *)name, (uint32_t)strlen(name), roles);
}

static uint32_t find(const struct access_rules *r, const char *name)
{
    return access_find_identity(r, (const uint8_t *)name, (uint32_t)strlen(name));
}

static bool grant(struct access_rules *r, uint32_t identity, const char *pattern, bool prefix)
{
    return access_grant_pool(r, identity, (const uint8_t *)pattern, (uint32_t)strlen(pattern),
                             prefix);
}

static bool may(uint32_t identity, const char *handle)
{
    return access_may_register(rules, identity, (const uint8_t *)handle, (uint32_t)strlen(handle));
}

static struct ip_address address4(uint8_t last)
{
    struct ip_address a = {4, {192, 0, 2, last}};
    return a;
}

static void an_empty_table_allows_nothing(void **state)
{
    struct principal p = {0, ROLES_ALL, {4, {192, 0, 2, 1}}, 0};

    (void)state;
    assert_int_equal(find(rules, "alice"), IDENTITY_ANONYMOUS);
    assert_false(access_is_known(rules, 0));
    assert_false(access_has_role(rules, &p, ROLE_POOL_USER));
    assert_false(may(0, "echo"));
    assert_false(access_may_use_address(rules, &p, &p.address));
    p.identity = IDENTITY_ANONYMOUS;
    assert_false(access_has_role(rules, &p, ROLE_POOL_USER));
    assert_false(may(IDENTITY_ANONYMOUS, "echo"));
    assert_false(access_may_use_address(rules, &p, &p.address));
}

static void names_are_found_again(void **state)
{
    char longest[ACCESS_NAME_MAX + 2];

    (void)state;
    assert_int_equal(add(rules, "alice", ROLE_POOL_ELEMENT), 0);
    assert_int_equal(add(rules, "alic", ROLE_POOL_USER), 1);
    assert_int_equal(find(rules, "alice"), 0);
    assert_int_equal(find(rules, "alic"), 1);
    assert_int_equal(find(rules, "ali"), IDENTITY_ANONYMOUS);
    assert_int_equal(find(rules, ""), IDENTITY_ANONYMOUS);
    memset(longest, 'x', sizeof longest);
    longest[ACCESS_NAME_MAX] = '\0';
    assert_int_equal(add(rules, longest, 0), 2);
    assert_int_equal(find(rules, longest), 2);
}

static void bad_identities_are_refused(void **state)
{
    char too_long[ACCESS_NAME_MAX + 2];

    (void)state;
    memset(too_long, 'x', sizeof too_long);
    too_long[ACCESS_NAME_MAX + 1] = '\0';
    assert_int_equal(add(rules, "", 0), IDENTITY_ANONYMOUS);
    assert_int_equal(add(rules, too_long, 0), IDENTITY_ANONYMOUS);
    assert_int_equal(add(rules, "alice", ROLES_ALL + 1), IDENTITY_ANONYMOUS);
    assert_int_equal(add(rules, "alice", ROLES_ALL), 0);
    assert_int_equal(add(rules, "alice", ROLES_ALL), IDENTITY_ANONYMOUS);
}

static void a_full_table_takes_no_more(void **state)
{
    char name[16];

    (void)state;
    for (int i = 0; i < (int)ACCESS_IDENTITIES_MAX; i++) {
        memset(name, 0, sizeof name);
        memcpy(name, &i, sizeof i);
        assert_int_equal(access_add_identity(rules, (const uint8_t *)name, 5, 0), i);
    }
    assert_int_equal(add(rules, "one more", 0), IDENTITY_ANONYMOUS);
}

static void a_role_needs_both_the_channel_and_the_rules(void **state)
{
    struct principal p = {0, 0, {0, {0}}, 0};
    uint32_t identity = add(rules, "alice", ROLE_POOL_ELEMENT + ROLE_ADMINISTRATOR);

    (void)state;
    p.identity = identity;
    p.roles = ROLES_ALL;
    assert_true(access_has_role(rules, &p, ROLE_POOL_ELEMENT));
    assert_true(access_has_role(rules, &p, ROLE_ADMINISTRATOR));
    assert_false(access_has_role(rules, &p, ROLE_POOL_USER));
    assert_false(access_has_role(rules, &p, ROLE_REGISTRAR));
    p.roles = ROLE_POOL_USER;
    assert_false(access_has_role(rules, &p, ROLE_POOL_ELEMENT));
    p.roles = 0;
    assert_false(access_has_role(rules, &p, ROLE_POOL_ELEMENT));
    p.identity = IDENTITY_ANONYMOUS;
    p.roles = ROLES_ALL;
    rules->anonymous_roles = ROLE_POOL_USER;
    assert_true(access_has_role(rules, &p, ROLE_POOL_USER));
    assert_false(access_has_role(rules, &p, ROLE_POOL_ELEMENT));
}

static void pools_are_granted_by_handle_and_by_prefix(void **state)
{
    uint32_t alice = add(rules, "alice", ROLE_POOL_ELEMENT);
    uint32_t bob = add(rules, "bob", ROLE_POOL_ELEMENT);
    uint32_t carol = add(rules, "carol", ROLE_POOL_USER);

    (void)state;
    assert_true(grant(rules, alice, "echo", false));
    assert_true(grant(rules, alice, "calc-", true));
    assert_true(grant(rules, bob, "", true));
    assert_true(grant(rules, carol, "", true));
    assert_true(may(alice, "echo"));
    assert_false(may(alice, "echo1"));
    assert_false(may(alice, "ech"));
    assert_true(may(alice, "calc-"));
    assert_true(may(alice, "calc-7"));
    assert_false(may(alice, "calc"));
    assert_true(may(bob, "anything"));
    assert_false(may(carol, "anything")); /* no pool element */
}

static void handles_are_bytes_not_text(void **state)
{
    uint32_t alice = add(rules, "alice", ROLE_POOL_ELEMENT);
    static const uint8_t handle[5] = {'e', 0, 0xff, 'o', 0};

    (void)state;
    assert_true(access_grant_pool(rules, alice, handle, 5, false));
    assert_true(access_may_register(rules, alice, handle, 5));
    assert_false(access_may_register(rules, alice, handle, 4));
    assert_false(access_may_register(rules, alice, handle, 1));
}

static void rights_have_a_bound(void **state)
{
    uint8_t pattern[ACCESS_PATTERN_MAX + 1] = {0};
    uint32_t alice = add(rules, "alice", ROLE_POOL_ELEMENT);
    struct ip_address a = address4(1);

    (void)state;
    assert_false(access_grant_pool(rules, alice, pattern, ACCESS_PATTERN_MAX + 1, false));
    assert_false(access_grant_pool(rules, alice + 1, pattern, 1, false));
    for (uint32_t i = 0; i < ACCESS_POOLS_MAX; i++)
        assert_true(access_grant_pool(rules, alice, pattern, ACCESS_PATTERN_MAX, false));
    assert_false(access_grant_pool(rules, alice, pattern, 1, false));
    for (uint32_t i = 0; i < ACCESS_ADDRESSES_MAX; i++)
        assert_true(access_grant_address(rules, alice, &a));
    assert_false(access_grant_address(rules, alice, &a));
    a.size = 5;
    assert_false(access_grant_address(rules, add(rules, "bob", 0), &a));
}

static void an_address_is_the_connections_or_granted(void **state)
{
    uint32_t alice = add(rules, "alice", ROLE_POOL_ELEMENT);
    struct principal p = {0, ROLES_ALL, {4, {192, 0, 2, 1}}, 0};
    struct ip_address own = address4(1);
    struct ip_address granted = address4(2);
    struct ip_address foreign = address4(3);
    struct ip_address six = {16, {192, 0, 2, 1}};
    struct ip_address none = {0, {0}};

    (void)state;
    p.identity = alice;
    assert_true(access_grant_address(rules, alice, &granted));
    assert_true(access_may_use_address(rules, &p, &own));
    assert_true(access_may_use_address(rules, &p, &granted));
    assert_false(access_may_use_address(rules, &p, &foreign));
    assert_false(access_may_use_address(rules, &p, &six));
    p.address = none;
    assert_false(access_may_use_address(rules, &p, &none));
}

static void a_server_identifier_needs_the_role_and_the_grant(void **state)
{
    uint32_t alice = add(rules, "alice", ROLE_REGISTRAR);
    uint32_t bob = add(rules, "bob", ROLE_POOL_ELEMENT | ROLE_POOL_USER | ROLE_ADMINISTRATOR);

    (void)state;
    assert_false(access_may_use_server(rules, alice, 0));
    assert_false(access_may_use_server(rules, alice, 7));
    assert_true(access_grant_server(rules, alice, 7));
    assert_true(access_grant_server(rules, bob, UINT32_MAX));
    assert_true(access_may_use_server(rules, alice, 7));
    assert_false(access_may_use_server(rules, alice, 0));
    assert_false(access_may_use_server(rules, alice, UINT32_MAX));
    assert_false(access_may_use_server(rules, bob, UINT32_MAX)); /* no registrar */
    assert_false(access_may_use_server(rules, bob, 7));
    assert_false(access_may_use_server(rules, bob + 1, 7));
    assert_false(access_may_use_server(rules, IDENTITY_ANONYMOUS, 7));
}

static void a_server_identifier_is_granted_once(void **state)
{
    uint32_t alice = add(rules, "alice", ROLE_REGISTRAR);
    uint32_t bob = add(rules, "bob", ROLE_REGISTRAR);

    (void)state;
    assert_false(access_grant_server(rules, alice, 0));
    assert_false(access_grant_server(rules, bob + 1, 7));
    assert_true(access_grant_server(rules, bob, 7));
    assert_false(access_grant_server(rules, alice, 7));
    assert_int_equal(rules->identity[alice].server_identifier, 0);
    assert_true(access_grant_server(rules, bob, 7));
    assert_true(access_grant_server(rules, bob, 8)); /* in place of 7 */
    assert_false(access_may_use_server(rules, bob, 7));
    assert_true(access_grant_server(rules, alice, 7));
    assert_true(access_may_use_server(rules, alice, 7));
    assert_true(access_may_use_server(rules, bob, 8));
}

static void a_merge_carries_the_server_identifiers(void **state)
{
    (void)state;
    access_grant_server(rules, add(rules, "alice", ROLE_REGISTRAR), 1);
    access_grant_server(rules, add(rules, "bob", ROLE_REGISTRAR), 2);
    access_grant_server(rules, add(rules, "carol", ROLE_REGISTRAR), 3);
    access_grant_server(next, add(next, "dave", ROLE_REGISTRAR), 3);
    access_grant_server(next, add(next, "bob", ROLE_REGISTRAR), 1);
    add(next, "alice", ROLE_REGISTRAR);
    assert_true(access_rules_merge(rules, next));
    assert_false(access_may_use_server(rules, find(rules, "alice"), 1));
    assert_true(access_may_use_server(rules, find(rules, "bob"), 1));
    assert_false(access_may_use_server(rules, find(rules, "bob"), 2));
    assert_true(access_may_use_server(rules, find(rules, "dave"), 3));
    assert_int_equal(rules->identity[2].server_identifier, 0); /* carol is gone */
    assert_true(access_grant_server(rules, find(rules, "alice"), 2));
}

static void the_next_user_of_an_index_is_no_registrar(void **state)
{
    (void)state;
    access_grant_server(rules, add(rules, "alice", ROLE_REGISTRAR), 1);
    rules->identity[0].name_length = 0; /* free, with whatever is left in it */
    assert_int_equal(add(rules, "bob", ROLE_REGISTRAR), 0);
    assert_false(access_may_use_server(rules, 0, 1));
}

static void a_merge_keeps_the_index_of_names_that_stay(void **state)
{
    (void)state;
    add(rules, "alice", ROLE_POOL_ELEMENT);
    add(rules, "bob", ROLE_POOL_ELEMENT);
    add(rules, "carol", ROLE_POOL_USER);
    grant(next, add(next, "carol", ROLE_POOL_ELEMENT), "new", false);
    add(next, "dave", ROLE_POOL_USER);
    add(next, "alice", ROLE_POOL_USER);
    next->anonymous_roles = ROLE_POOL_USER;
    assert_true(access_rules_merge(rules, next));
    assert_int_equal(find(rules, "alice"), 0);
    assert_int_equal(rules->identity[0].roles, ROLE_POOL_USER);
    assert_int_equal(find(rules, "bob"), IDENTITY_ANONYMOUS);
    assert_false(access_is_known(rules, 1));
    assert_int_equal(find(rules, "carol"), 2);
    assert_true(may(2, "new"));
    assert_int_equal(find(rules, "dave"), 3); /* not the index that became free only now */
    assert_int_equal(rules->anonymous_roles, ROLE_POOL_USER);
}

static void the_next_merge_may_use_the_freed_index(void **state)
{
    (void)state;
    add(rules, "alice", ROLE_POOL_ELEMENT);
    grant(rules, 0, "echo", false);
    assert_true(access_rules_merge(rules, next));
    assert_false(access_is_known(rules, 0));
    add(next, "bob", ROLE_POOL_ELEMENT);
    assert_true(access_rules_merge(rules, next));
    assert_int_equal(find(rules, "bob"), 0);
    assert_false(may(0, "echo")); /* nothing of alice's is left */
}

static void a_merge_without_room_changes_nothing(void **state)
{
    char name[5];

    (void)state;
    for (int i = 0; i < (int)ACCESS_IDENTITIES_MAX; i++) {
        memset(name, 'a', sizeof name);
        memcpy(name, &i, sizeof i);
        access_add_identity(rules, (const uint8_t *)name, 5, 0);
    }
    add(next, "bob", ROLE_POOL_USER);
    assert_false(access_rules_merge(rules, next));
    assert_int_equal(find(rules, "bob"), IDENTITY_ANONYMOUS);
    assert_true(access_is_known(rules, 0));
    assert_true(access_is_known(rules, ACCESS_IDENTITIES_MAX - 1));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_empty_table_allows_nothing),
        CASE(names_are_found_again),
        CASE(bad_identities_are_refused),
        CASE(a_full_table_takes_no_more),
        CASE(a_role_needs_both_the_channel_and_the_rules),
        CASE(pools_are_granted_by_handle_and_by_prefix),
        CASE(handles_are_bytes_not_text),
        CASE(rights_have_a_bound),
        CASE(an_address_is_the_connections_or_granted),
        CASE(a_server_identifier_needs_the_role_and_the_grant),
        CASE(a_server_identifier_is_granted_once),
        CASE(a_merge_carries_the_server_identifiers),
        CASE(the_next_user_of_an_index_is_no_registrar),
        CASE(a_merge_keeps_the_index_of_names_that_stay),
        CASE(the_next_merge_may_use_the_freed_index),
        CASE(a_merge_without_room_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
