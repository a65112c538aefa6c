/* The whole arch in small: two pool elements and a pool user against the real registrar, in one simulated
 * network. What one side sends is what the other side receives, byte for byte. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pool_element_endpoint.h"
#include "pool_user.h"
#include "registrar.h"
#include "wire_constants.h"

#define POOL "echo1" /* five bytes: the parameter behind it needs padding */
#define POOL_LENGTH 5u
#define CLIENTS 3u /* elements 0 and 1, the pool user is 2 */
#define USER 2u

static struct network {
    struct registrar *registrar; /* NULL: down */
    struct access_rules *rules;
    struct pool_element_endpoint *element[2];
    struct pool_user *user;
    uint8_t up[CLIENTS][3]; /* connections, by client and slot */
    uint8_t deaf[CLIENTS];  /* a client that no longer reads: its process was killed */
    uint32_t notified[CLIENTS][16];
    uint64_t now;
} net;

static void client_event(uint32_t client, uint8_t kind, uint32_t slot, uint32_t subject,
                         const void *bytes, uint32_t length);

static void start_registrar(void)
{
    static const uint8_t key[16] = {7};
    struct registrar_configuration c;

    net.registrar = calloc(1, sizeof *net.registrar);
    registrar_configuration_defaults(&c);
    c.server_identifier = 0x51515151;
    c.keep_alive_interval = 5000;
    c.keep_alive_timeout = 2000;
    assert_true(registrar_configuration_valid(&c));
    registrar_init(net.registrar, &c, key, net.now);
}

static void registrar_event(uint8_t kind, uint32_t channel, const void *bytes, uint32_t length)
{
    struct registrar_event event = {0};
    struct effects *out;

    if (net.registrar == NULL) {
        return;
    }
    out = calloc(1, sizeof *out);
    event.kind = kind;
    event.channel = channel;
    event.now = net.now;
    event.random = net.now * 2654435761u;
    event.length = length;
    event.principal.identity = channel / 3 == USER ? IDENTITY_ANONYMOUS : 0;
    event.principal.roles = channel / 3 == USER ? ROLE_POOL_USER : ROLE_POOL_ELEMENT;
    event.principal.address.size = 4;
    memcpy(event.principal.address.bytes, "\xc0\x00\x02\x01", 4);
    registrar_step(net.registrar, net.rules, &event, bytes, out);
    for (uint32_t i = 0; i < out->count; i++) {
        const struct effect *effect = &out->effect[i];
        uint32_t client = effect->channel / 3;

        if (effect->kind == EFFECT_SEND && net.deaf[client] == 0) {
            client_event(client, ENDPOINT_MESSAGE, effect->channel % 3, 0,
                         &out->bytes[effect->offset], effect->length);
        } else if (effect->kind == EFFECT_CLOSE) {
            net.up[client][effect->channel % 3] = 0;
            client_event(client, ENDPOINT_CHANNEL_CLOSED, effect->channel % 3, 0, NULL, 0);
        }
    }
    free(out);
}

static void connect_client(uint32_t client, uint32_t slot)
{
    if (net.registrar == NULL) {
        client_event(client, ENDPOINT_CHANNEL_CLOSED, slot, 0, NULL, 0);
        return;
    }
    net.up[client][slot] = 1;
    registrar_event(EVENT_CHANNEL_OPENED, client * 3 + slot, NULL, 0);
    client_event(client, ENDPOINT_CHANNEL_OPENED, slot, 0, NULL, 0);
}

static void client_event(uint32_t client, uint8_t kind, uint32_t slot, uint32_t subject,
                         const void *bytes, uint32_t length)
{
    struct endpoint_event event = {kind, slot, subject, length, net.now, net.now * 40503u};
    struct effects *out = calloc(1, sizeof *out);

    if (client == USER) {
        pool_user_step(net.user, &event, bytes, out);
    } else {
        pool_element_endpoint_step(net.element[client], &event, bytes, out);
    }
    for (uint32_t i = 0; i < out->count; i++) {
        const struct effect *effect = &out->effect[i];

        if (effect->kind == EFFECT_CONNECT) {
            connect_client(client, effect->channel);
        } else if (effect->kind == EFFECT_CLOSE && net.up[client][effect->channel] != 0) {
            net.up[client][effect->channel] = 0;
            registrar_event(EVENT_CHANNEL_CLOSED, client * 3 + effect->channel, NULL, 0);
        } else if (effect->kind == EFFECT_SEND) {
            assert_int_equal(net.up[client][effect->channel], 1);
            registrar_event(EVENT_MESSAGE, client * 3 + effect->channel,
                            &out->bytes[effect->offset], effect->length);
        } else if (effect->kind == EFFECT_NOTIFY) {
            net.notified[client][effect->code]++;
        }
    }
    free(out);
}

static uint64_t next_deadline(void)
{
    uint64_t deadline = net.registrar != NULL ? registrar_next_deadline(net.registrar) : UINT64_MAX;

    for (uint32_t client = 0; client < CLIENTS; client++) {
        uint64_t own = client == USER ? pool_user_next_deadline(net.user)
                                      : pool_element_endpoint_next_deadline(net.element[client]);

        if (net.deaf[client] == 0 && own < deadline) {
            deadline = own;
        }
    }
    return deadline;
}

static void wait_for(uint64_t milliseconds)
{
    uint64_t until = net.now + milliseconds;

    for (uint32_t ticks = 0; next_deadline() <= until; ticks++) {
        assert_true(ticks < 20000);
        net.now = next_deadline() > net.now ? next_deadline() : net.now;
        registrar_event(EVENT_TICK, 0, NULL, 0);
        for (uint32_t client = 0; client < CLIENTS; client++) {
            if (net.deaf[client] == 0) {
                client_event(client, ENDPOINT_TICK, ENDPOINT_NONE, 0, NULL, 0);
            }
        }
    }
    net.now = until;
}

static void stop_registrar(void)
{
    free(net.registrar);
    net.registrar = NULL;
    for (uint32_t client = 0; client < CLIENTS; client++) {
        for (uint32_t slot = 0; slot < 3; slot++) {
            if (net.up[client][slot] != 0) {
                net.up[client][slot] = 0;
                client_event(client, ENDPOINT_CHANNEL_CLOSED, slot, 0, NULL, 0);
            }
        }
    }
}

static void describe(uint32_t i)
{
    struct pool_element_configuration c;
    struct pool_element_description d = {0};

    pool_element_endpoint_defaults(&c, 1);
    net.element[i] = calloc(1, sizeof *net.element[i]);
    pool_element_endpoint_init(net.element[i], &c);
    d.handle_length = POOL_LENGTH;
    memcpy(d.handle, POOL, POOL_LENGTH);
    d.pe_identifier = i + 1;
    d.registration_life = 120;
    d.transport_type = PARAMETER_TCP_TRANSPORT;
    d.transport_port = (uint16_t)(8000 + i);
    d.address_count = 1;
    d.address[0].size = 4;
    memcpy(d.address[0].bytes, "\xc0\x00\x02\x01", 4);
    d.policy_type = POLICY_ROUND_ROBIN;
    assert_true(pool_element_endpoint_describe(net.element[i], &d));
}

static int begin(void **state)
{
    struct pool_user_configuration c;
    uint32_t identity;

    (void)state;
    memset(&net, 0, sizeof net);
    net.now = 5000000;
    net.rules = calloc(1, sizeof *net.rules);
    identity = access_add_identity(net.rules, (const uint8_t *)"alice", 5, ROLE_POOL_ELEMENT);
    if (!access_grant_pool(net.rules, identity, (const uint8_t *)"echo", 4, true)) {
        return 1;
    }
    net.rules->anonymous_roles = ROLE_POOL_USER;
    start_registrar();
    describe(0);
    describe(1);
    pool_user_defaults(&c, 1);
    net.user = calloc(1, sizeof *net.user);
    pool_user_init(net.user, &c);
    for (uint32_t client = 0; client < CLIENTS; client++) {
        client_event(client, ENDPOINT_START, ENDPOINT_NONE, 0, NULL, 0);
        if (client != USER) {
            client_event(client, ENDPOINT_REGISTER, ENDPOINT_NONE, 0, NULL, 0);
        }
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(net.registrar);
    free(net.rules);
    free(net.element[0]);
    free(net.element[1]);
    free(net.user);
    return 0;
}

static void resolve(void)
{
    client_event(USER, ENDPOINT_RESOLVE, ENDPOINT_NONE, 0, POOL, POOL_LENGTH);
}

static uint32_t pick(void)
{
    struct selected_element element;

    if (!pool_user_select(net.user, (const uint8_t *)POOL, POOL_LENGTH, net.now, &element)) {
        return 0;
    }
    assert_int_equal(element.transport_port, 7999 + element.pe_identifier);
    return element.pe_identifier;
}

static uint32_t pool_size(void)
{
    return pool_user_available(net.user, (const uint8_t *)POOL, POOL_LENGTH);
}

static void elements_register_and_a_user_goes_round_them(void **state)
{
    uint32_t first;
    uint32_t second;

    (void)state;
    assert_int_equal(net.element[0]->phase, PE_REGISTERED);
    assert_int_equal(net.element[1]->phase, PE_REGISTERED);
    resolve();
    assert_int_equal(net.notified[USER][PU_NOTIFY_RESOLVED], 1);
    first = pick();
    second = pick();
    assert_int_equal(first + second, 3);
    assert_int_equal(pick(), first);
}

static void registrations_last_for_hours_by_renewal_and_keep_alives(void **state)
{
    (void)state;
    wait_for(2 * 3600 * 1000);
    assert_int_equal(net.element[0]->phase, PE_REGISTERED);
    assert_int_equal(net.notified[0][PE_NOTIFY_EXPIRED], 0);
    assert_int_equal(net.notified[0][PE_NOTIFY_HOME_LOST], 0);
    assert_true(net.notified[0][PE_NOTIFY_REGISTERED] >= 72);
    assert_int_equal(net.element[0]->home_identifier, 0x51515151);
    resolve();
    assert_int_equal(pool_size(), 2);
}

static void a_killed_element_is_reported_and_gone_after_the_keep_alive(void **state)
{
    (void)state;
    resolve();
    while (pick() != 1) {
    }
    net.deaf[0] = 1;
    client_event(USER, ENDPOINT_UNREACHABLE, ENDPOINT_NONE, 1, POOL, POOL_LENGTH);
    assert_int_equal(pick(), 2);
    assert_int_equal(pick(), 2);
    assert_int_equal(net.registrar->books.counters.reports, 1);
    wait_for(31000);
    assert_int_equal(pick(), 2);
    wait_for(0);
    assert_int_equal(pool_size(), 1);
}

static void an_element_that_leaves_in_order_is_gone_at_once(void **state)
{
    (void)state;
    client_event(0, ENDPOINT_DEREGISTER, ENDPOINT_NONE, 0, NULL, 0);
    assert_int_equal(net.notified[0][PE_NOTIFY_DEREGISTERED], 1);
    resolve();
    assert_int_equal(pool_size(), 1);
    client_event(1, ENDPOINT_DEREGISTER, ENDPOINT_NONE, 0, NULL, 0);
    wait_for(30000);
    assert_int_equal(pick(), 2);
    wait_for(0);
    assert_int_equal(net.notified[USER][PU_NOTIFY_UNKNOWN_POOL], 1);
    assert_int_equal(pick(), 0);
}

static void a_registrar_restart_is_survived_by_elements_and_users(void **state)
{
    (void)state;
    resolve();
    stop_registrar();
    assert_int_equal(net.element[0]->phase, PE_REGISTER_DUE);
    for (int second = 0; second < 60; second++) {
        assert_true(pick() != 0);
        wait_for(1000);
    }
    start_registrar();
    wait_for(61000);
    assert_int_equal(net.element[0]->phase, PE_REGISTERED);
    assert_int_equal(net.element[1]->phase, PE_REGISTERED);
    assert_true(pick() != 0);
    wait_for(0);
    assert_int_equal(pool_size(), 2);
}

static void a_pool_that_is_not_granted_is_rejected_for_good(void **state)
{
    struct pool_element_description d = net.element[0]->description;

    (void)state;
    memcpy(d.handle, "other", 5);
    assert_true(pool_element_endpoint_describe(net.element[0], &d));
    client_event(0, ENDPOINT_REGISTER, ENDPOINT_NONE, 0, NULL, 0);
    assert_int_equal(net.notified[0][PE_NOTIFY_REJECTED], 1);
    wait_for(600000);
    assert_int_equal(net.element[0]->phase, PE_IDLE);
    assert_int_equal(net.element[0]->registrations, 2);
}

#define SCENE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(elements_register_and_a_user_goes_round_them),
        SCENE(registrations_last_for_hours_by_renewal_and_keep_alives),
        SCENE(a_killed_element_is_reported_and_gone_after_the_keep_alive),
        SCENE(an_element_that_leaves_in_order_is_gone_at_once),
        SCENE(a_registrar_restart_is_survived_by_elements_and_users),
        SCENE(a_pool_that_is_not_granted_is_rejected_for_good),
    };

    return cmocka_run_group_tests_name("pool element loop-back", tests, NULL, NULL);
}
