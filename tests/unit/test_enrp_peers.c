/* The peer list: who is in it, and what stays of a peer that is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "enrp.h"

static struct enrp_peers list;

static int begin(void **state)
{
    (void)state;
    memset(&list, 0, sizeof list);
    return 0;
}

/* A place as if everything had been going on with its peer: no field is 0. */
static void fill_place(uint32_t place, uint8_t configured, uint8_t named)
{
    struct enrp_peer *p = &list.peer[place];

    memset(p, 1, sizeof *p);
    p->state = (uint8_t)ENRP_PEER_DEAD;
    p->configured = configured;
    p->named = named;
    p->server_identifier = 0x77;
    p->channel = 7;
    p->dialling = 1;
    p->dial_failed = 1;
    p->dial_pause = 500;
    p->transport_length = 8;
}

static void expect_at_rest(const struct enrp_peer *p)
{
    assert_int_equal(p->channel, ENRP_NO_CHANNEL);
    assert_int_equal(p->acknowledged, 0);
    assert_int_equal(p->resynchronize, 0);
    assert_int_equal(p->has_checksum, 0);
    assert_int_equal(p->checksum, 0);
    assert_int_equal(p->last_heard, 0);
    assert_int_equal(p->deadline, 0);
    assert_int_equal(p->agreed, 0);
    assert_int_equal(p->table.active, 0);
    assert_int_equal(p->table.own_only, 0);
    assert_int_equal(p->table.next, 0);
    assert_int_equal(p->table.deadline, 0);
    assert_int_equal(p->transport_length, 0);
}

/* Who has the place, and how it is dialled. */
static void expect_place(uint32_t place, enum enrp_peer_state state,
                         const struct enrp_peer *dialled)
{
    const struct enrp_peer *p = &list.peer[place];

    assert_int_equal(p->state, state);
    assert_int_equal(p->server_identifier, dialled->server_identifier);
    assert_int_equal(p->configured, dialled->configured);
    assert_int_equal(p->named, dialled->named);
    assert_int_equal(p->dialling, dialled->dialling);
    assert_int_equal(p->dial_failed, dialled->dial_failed);
    assert_int_equal(p->dial_after, dialled->dial_after);
    assert_int_equal(p->dial_pause, dialled->dial_pause);
    expect_at_rest(p);
}

static void an_empty_list_has_nobody(void **state)
{
    (void)state;
    assert_int_equal(enrp_peers_find(&list, 0), ENRP_NO_PEER);
    assert_int_equal(enrp_peers_find(&list, 1), ENRP_NO_PEER);
    assert_int_equal(enrp_peers_of_channel(&list, 0),
                     ENRP_NO_PEER); /* zero bytes are no channel 0 */
    assert_int_equal(enrp_peers_of_channel(&list, ENRP_NO_CHANNEL), ENRP_NO_PEER);
    assert_int_equal(enrp_peers_alive(&list), 0);
}

static void peers_are_found_by_identifier_and_by_channel(void **state)
{
    (void)state;
    assert_int_equal(enrp_peers_add(&list, 0x11), 0);
    assert_int_equal(enrp_peers_add(&list, 0x22), 1);
    assert_int_equal(enrp_peers_add(&list, 0), 2); /* has not said it yet */
    assert_int_equal(enrp_peers_find(&list, 0x11), 0);
    assert_int_equal(enrp_peers_find(&list, 0x22), 1);
    assert_int_equal(enrp_peers_find(&list, 0x33), ENRP_NO_PEER);
    assert_int_equal(enrp_peers_find(&list, 0), ENRP_NO_PEER);
    list.peer[1].channel = 4096;
    assert_int_equal(enrp_peers_of_channel(&list, 4096), 1);
    assert_int_equal(enrp_peers_of_channel(&list, 4097), ENRP_NO_PEER);
    assert_int_equal(enrp_peers_of_channel(&list, ENRP_NO_CHANNEL), ENRP_NO_PEER);
}

static void a_new_peer_begins_with_nothing(void **state)
{
    const struct enrp_peer fresh = {.server_identifier = 0x22};

    (void)state;
    fill_place(0, 0, 0);
    list.peer[0].state = (uint8_t)ENRP_PEER_FREE; /* with whatever is left in it */
    assert_int_equal(enrp_peers_add(&list, 0x22), 0);
    expect_place(0, ENRP_PEER_UNHEARD, &fresh);
}

static void a_full_list_takes_no_more(void **state)
{
    (void)state;
    for (uint32_t p = 0; p < ENRP_PEERS_MAX; p++) {
        assert_int_equal(enrp_peers_add(&list, 100 + p), p);
    }
    assert_int_equal(enrp_peers_add(&list, 1), ENRP_NO_PEER);
    assert_int_equal(enrp_peers_find(&list, 1), ENRP_NO_PEER);
    assert_int_equal(enrp_peers_find(&list, 100 + ENRP_PEERS_MAX - 1), ENRP_PEERS_MAX - 1);
    enrp_peers_remove(&list, 5, 0);
    assert_int_equal(enrp_peers_find(&list, 105), ENRP_NO_PEER);
    assert_int_equal(enrp_peers_add(&list, 1), 5);
    assert_int_equal(enrp_peers_find(&list, 106), 6); /* the others keep their numbers */
}

static void a_peer_that_is_gone_leaves_a_free_place(void **state)
{
    const struct enrp_peer nobody = {0};

    (void)state;
    fill_place(3, 0, 0);
    assert_int_equal(enrp_peers_of_channel(&list, 7), 3);
    enrp_peers_remove(&list, 3, 9000);
    expect_place(3, ENRP_PEER_FREE, &nobody);
    assert_int_equal(enrp_peers_find(&list, 0x77), ENRP_NO_PEER);
    assert_int_equal(enrp_peers_of_channel(&list, 7), ENRP_NO_PEER);
}

static void a_configured_peer_that_is_gone_keeps_its_place(void **state)
{
    const struct enrp_peer left = {.server_identifier = 0x77,
                                   .configured = 1,
                                   .named = 1,
                                   .dialling = 1, /* that attempt is still to end */
                                   .dial_failed = 1,
                                   .dial_after = 9000,
                                   .dial_pause = 500};

    (void)state;
    fill_place(3, 1, 1);
    enrp_peers_remove(&list, 3, 9000);
    expect_place(3, ENRP_PEER_UNHEARD, &left);
    assert_int_equal(enrp_peers_find(&list, 0x77), 3);
    assert_int_equal(enrp_peers_add(&list, 0x88), 0);
}

static void an_identifier_that_only_the_peer_said_goes_with_it(void **state)
{
    (void)state;
    fill_place(3, 1, 0);
    assert_int_equal(enrp_peers_find(&list, 0x77), 3);
    enrp_peers_remove(&list, 3, 9000);
    assert_int_equal(list.peer[3].state, ENRP_PEER_UNHEARD);
    assert_int_equal(list.peer[3].configured, 1);
    assert_int_equal(list.peer[3].server_identifier, 0);
    assert_int_equal(enrp_peers_find(&list, 0x77), ENRP_NO_PEER);
}

static void the_configuration_names_some_peers_and_not_others(void **state)
{
    struct enrp_group *group = calloc(1, sizeof *group);
    struct registrar *registrar = calloc(1, sizeof *registrar);
    struct enrp_configuration c = {0};
    struct registrar_configuration rc;
    static const uint8_t key[16] = {0};

    (void)state;
    assert_non_null(group);
    assert_non_null(registrar);
    enrp_configuration_defaults(&c);
    registrar_configuration_defaults(&rc);
    c.server_count = 2;
    c.server_identifier[0] = 0x11;
    enrp_init(group, registrar, &c, &rc, key, 1000);
    group->peers.peer[1].server_identifier = 0x22; /* said by the peer */
    enrp_peers_remove(&group->peers, 0, 0);
    enrp_peers_remove(&group->peers, 1, 0);
    assert_int_equal(enrp_peers_find(&group->peers, 0x11), 0);
    assert_int_equal(enrp_peers_find(&group->peers, 0x22), ENRP_NO_PEER);
    assert_int_equal(group->peers.peer[1].state, ENRP_PEER_UNHEARD);
    free(group);
    free(registrar);
}

static void those_that_are_heard_and_not_given_up_are_alive(void **state)
{
    (void)state;
    for (uint32_t p = 0; p < 6; p++) {
        (void)enrp_peers_add(&list, 1 + p);
        list.peer[p].state = (uint8_t)p; /* each state once */
    }
    assert_int_equal(enrp_peers_alive(&list), 2); /* ACTIVE and ASKED */
    list.peer[ENRP_PEER_ASKED].state = (uint8_t)ENRP_PEER_DEAD;
    assert_int_equal(enrp_peers_alive(&list), 1);
    for (uint32_t p = 0; p < ENRP_PEERS_MAX; p++) {
        list.peer[p].state = (uint8_t)ENRP_PEER_ACTIVE;
    }
    assert_int_equal(enrp_peers_alive(&list), ENRP_PEERS_MAX);
}

#define CASE(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_empty_list_has_nobody),
        CASE(peers_are_found_by_identifier_and_by_channel),
        CASE(a_new_peer_begins_with_nothing),
        CASE(a_full_list_takes_no_more),
        CASE(a_peer_that_is_gone_leaves_a_free_place),
        CASE(a_configured_peer_that_is_gone_keeps_its_place),
        CASE(an_identifier_that_only_the_peer_said_goes_with_it),
        CASE(the_configuration_names_some_peers_and_not_others),
        CASE(those_that_are_heard_and_not_given_up_are_alive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
