/* Sequences of events into the client machines: a pool element and a pool user.
 *
 * The input is a list of events for one of them: connections that open, fail and get lost, well-formed answers
 * from a few small numbers, raw bytes, time, the application's commands. After every event:
 *   - the state is valid (the predicates of the contracts, as code);
 *   - at most three connections exist, none is asked for on a slot in use, nothing is said on one that is not open;
 *   - what it says decodes;
 *   - an idle pool element sends no registration until it is told to, and believes only its home;
 *   - a pool user reports no element more often than it was handed out, and selects none that failed;
 *   - a tick at the deadline moves the deadline on.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "asap_wire.h"
#include "fuzz_input.h"
#include "pool_element_endpoint.h"
#include "pool_user.h"

#define IDENTIFIERS 8u
#define MESSAGE_MAX 1024u
#define NEVER_TICKS 256u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pool_element_endpoint element;
static struct pool_user user;
static struct effects out;
static uint64_t now;
static uint8_t as_user;

/* What the outside world knows: connections asked for (1) and open (2), by slot. */
static uint8_t connection[SERVER_HUNT_SLOTS];
static uint32_t handed[2][IDENTIFIERS];
static uint32_t reported[2][IDENTIFIERS];

static const char *const handles[2] = {"echo", "c"};

static const struct server_hunt *hunt(void)
{
    return as_user != 0 ? &user.hunt : &element.hunt;
}

static uint64_t next_deadline(void)
{
    return as_user != 0 ? pool_user_next_deadline(&user)
                        : pool_element_endpoint_next_deadline(&element);
}

static void check_hunt(const struct server_hunt *h)
{
    require(server_hunt_configuration_valid(&h->configuration));
    require(h->home <= SERVER_HUNT_SLOTS);
    require(h->home == 0 || h->slot[h->home - 1].state == SERVER_HUNT_OPEN);
    require(h->next_server < h->configuration.server_count);
    require(h->untried <= h->configuration.server_count);
    require(h->t5_ms >= 1 && h->t5_ms <= h->configuration.retran_max_ms);
    for (uint32_t i = 0; i < SERVER_HUNT_SLOTS; i++)
        require(h->slot[i].state == connection[i]);
}

static void check_user(void)
{
    for (uint32_t i = 0; i < RESOLUTION_POOLS_MAX; i++) {
        const struct cached_pool *pool = &user.cache.pool[i];

        require(pool->handle_length <= RESOLUTION_HANDLE_MAX);
        require(pool->element_count <= RESOLUTION_ELEMENTS_MAX);
        require(pool->handed_count <= RESOLUTION_HANDED_MAX);
        require(pool->handed_next < RESOLUTION_HANDED_MAX);
        require(user.request[i].state <= PU_REQUEST_SENT);
        require(pool->handle_length != 0 || user.request[i].state == PU_REQUEST_NONE);
    }
}

static void heed_report(const struct asap_message *message, const uint8_t *bytes)
{
    for (uint32_t i = 0; i < 2; i++) {
        size_t length = strlen(handles[i]);

        if (message->pool_handle.length == length &&
            memcmp(bytes + message->pool_handle.offset, handles[i], length) == 0) {
            require(message->pe_identifier < IDENTIFIERS);
            reported[i][message->pe_identifier]++;
            require(reported[i][message->pe_identifier] <= handed[i][message->pe_identifier]);
            return;
        }
    }
    abort();
}

/* A message that was sent: returns its type. */
static uint8_t heed_message(const struct effect *effect)
{
    const uint8_t *bytes = &out.bytes[effect->offset];
    struct asap_message message;
    struct wire_error error;

    require(effect->channel < SERVER_HUNT_SLOTS && connection[effect->channel] == SERVER_HUNT_OPEN);
    require(asap_decode(bytes, effect->length, &message, &error));
    if (message.type == ASAP_ENDPOINT_UNREACHABLE)
        heed_report(&message, bytes);
    return message.type;
}

/* Carries the effects out; returns how many registrations were sent. */
static uint32_t heed_effects(void)
{
    uint32_t registrations = 0;

    require(out.count <= EFFECTS_MAX && out.bytes_used <= EFFECTS_BYTES_MAX);
    for (uint32_t i = 0; i < out.count; i++) {
        const struct effect *effect = &out.effect[i];

        if (effect->kind == EFFECT_CONNECT) {
            require(effect->channel < SERVER_HUNT_SLOTS && connection[effect->channel] == 0);
            require(effect->subject < hunt()->configuration.server_count);
            connection[effect->channel] = SERVER_HUNT_CONNECTING;
        } else if (effect->kind == EFFECT_CLOSE) {
            require(effect->channel < SERVER_HUNT_SLOTS && connection[effect->channel] != 0);
            connection[effect->channel] = 0;
        } else if (effect->kind == EFFECT_SEND) {
            registrations += heed_message(effect) == ASAP_REGISTRATION ? 1 : 0;
        }
    }
    return registrations;
}

static void step(struct endpoint_event *event, const uint8_t *bytes)
{
    uint8_t phase = element.phase;
    uint32_t home = hunt()->home;
    uint32_t registrations;

    event->now = now;
    effects_clear(&out);
    if (event->kind == ENDPOINT_CHANNEL_OPENED && event->channel < SERVER_HUNT_SLOTS)
        connection[event->channel] = SERVER_HUNT_OPEN;
    if (event->kind == ENDPOINT_CHANNEL_CLOSED && event->channel < SERVER_HUNT_SLOTS)
        connection[event->channel] = 0;
    if (as_user != 0)
        pool_user_step(&user, event, bytes, &out);
    else
        pool_element_endpoint_step(&element, event, bytes, &out);
    registrations = heed_effects();
    check_hunt(hunt());
    if (as_user != 0) {
        check_user();
        return;
    }
    require(element.phase <= PE_DEREGISTERING);
    if (phase == PE_IDLE && event->kind != ENDPOINT_REGISTER)
        require(element.phase == PE_IDLE && registrations == 0);
    if (event->kind == ENDPOINT_MESSAGE && home != event->channel + 1 &&
        (event->length == 0 || bytes[0] != ASAP_ENDPOINT_KEEP_ALIVE))
        require(element.phase == phase);
}

static void give(uint8_t kind, uint32_t channel, uint32_t subject, const uint8_t *bytes,
                 uint32_t length)
{
    struct endpoint_event event = {0};
    uint8_t *exact = malloc(length + 1u);

    require(exact != NULL);
    if (length > 0)
        memcpy(exact, bytes, length);
    event.kind = kind;
    event.channel = channel;
    event.subject = subject;
    event.length = length;
    event.random = next_byte() * UINT64_C(0x9e3779b97f4a7c15);
    step(&event, exact);
    free(exact);
}

static uint32_t put_element(uint8_t *b, uint32_t at, uint32_t identifier)
{
    struct wire_transport transport = {0};
    struct wire_policy policy = {0};
    struct ip_address address = {4, {192, 0, 2, 1}};
    uint32_t start = at;

    transport.type = PARAMETER_TCP_TRANSPORT;
    transport.port = 80;
    policy.type = POLICY_ROUND_ROBIN;
    at = wire_begin_parameter(b, MESSAGE_MAX, at, PARAMETER_POOL_ELEMENT);
    at = wire_put_word(b, MESSAGE_MAX, at, identifier);
    at = wire_put_word(b, MESSAGE_MAX, at, 1);
    at = wire_put_word(b, MESSAGE_MAX, at, 60);
    at = wire_put_transport(b, MESSAGE_MAX, at, &transport, &address, 1);
    at = wire_put_policy(b, MESSAGE_MAX, at, &policy);
    return wire_end_parameter(b, MESSAGE_MAX, start, at);
}

/* A well-formed answer, of what the next bytes say. */
static void answer(uint32_t channel)
{
    static const uint8_t types[4] = {ASAP_REGISTRATION_RESPONSE, ASAP_DEREGISTRATION_RESPONSE,
                                     ASAP_ENDPOINT_KEEP_ALIVE, ASAP_HANDLE_RESOLUTION_RESPONSE};
    uint8_t b[MESSAGE_MAX];
    uint8_t how = next_byte();
    uint8_t type = types[how % 4];
    const char *handle = handles[how / 4 % 2];
    uint32_t at = wire_begin_message(b, MESSAGE_MAX, type, how / 8 % 2);

    if (type == ASAP_ENDPOINT_KEEP_ALIVE)
        at = wire_put_word(b, MESSAGE_MAX, at, how / 16 % 4);
    at =
        wire_put_pool_handle(b, MESSAGE_MAX, at, (const uint8_t *)handle, (uint32_t)strlen(handle));
    if (type == ASAP_REGISTRATION_RESPONSE || type == ASAP_DEREGISTRATION_RESPONSE)
        at = wire_put_pe_identifier(b, MESSAGE_MAX, at, how / 16 % 4);
    if (type == ASAP_HANDLE_RESOLUTION_RESPONSE && how / 128 == 0) {
        for (uint32_t i = 0; i <= how / 16 % 4; i++)
            at = put_element(b, at, (next_byte() + i) % IDENTIFIERS);
    }
    if (how / 128 != 0 && type != ASAP_ENDPOINT_KEEP_ALIVE)
        at = wire_put_error(b, MESSAGE_MAX, at, next_byte() % 12, b, 0);
    at = wire_end_message(b, MESSAGE_MAX, at);
    require(at != WIRE_FULL);
    give(ENDPOINT_MESSAGE, channel, 0, b, at);
}

static void raw(uint32_t channel)
{
    uint8_t b[256];
    uint32_t length = next_byte();

    for (uint32_t i = 0; i < length; i++)
        b[i] = next_byte();
    give(ENDPOINT_MESSAGE, channel, 0, b, length);
}

static void describe(void)
{
    struct pool_element_description d = {0};
    uint8_t how = next_byte();

    d.handle_length = (uint32_t)strlen(handles[how % 2]);
    memcpy(d.handle, handles[how % 2], d.handle_length);
    d.pe_identifier = how / 2 % 4;
    d.registration_life = (int32_t)(how / 8 % 4) * 30 - 1;
    d.transport_type = how / 32 % 2 != 0 ? PARAMETER_SCTP_TRANSPORT : PARAMETER_TCP_TRANSPORT;
    d.transport_port = 80;
    d.address_count = how / 64 % 4;
    for (uint32_t i = 0; i < d.address_count; i++)
        d.address[i].size = i % 2 == 0 ? 4 : 16;
    d.policy_type = POLICY_ROUND_ROBIN;
    (void)pool_element_endpoint_describe(&element, &d);
}

static void select_one(void)
{
    struct selected_element chosen;
    uint32_t which = next_byte() % 2;
    const char *handle = handles[which];
    uint32_t available =
        pool_user_available(&user, (const uint8_t *)handle, (uint32_t)strlen(handle));

    if (pool_user_select(&user, (const uint8_t *)handle, (uint32_t)strlen(handle), now, &chosen)) {
        require(available > 0);
        require(chosen.address_count >= 1 && chosen.address_count <= RESOLUTION_ADDRESSES_MAX);
        if (chosen.pe_identifier < IDENTIFIERS)
            handed[which][chosen.pe_identifier]++;
    } else {
        require(available == 0);
    }
}

static void tick_at_the_deadline(void)
{
    if (next_deadline() == ENDPOINT_NEVER)
        return;
    if (next_deadline() > now)
        now = next_deadline();
    for (uint32_t i = 0; next_deadline() <= now; i++) {
        require(i < NEVER_TICKS);
        give(ENDPOINT_TICK, ENDPOINT_NONE, 0, NULL, 0);
    }
}

static void event(void)
{
    uint8_t what = next_byte();
    uint32_t slot = what / 16 % 4;
    const char *handle = handles[what / 64 % 2];
    uint32_t length = (uint32_t)strlen(handle);

    switch (what % 16) {
    case 0:
    case 1:
        now += (uint64_t)next_byte() * 500u;
        give(ENDPOINT_TICK, ENDPOINT_NONE, 0, NULL, 0);
        break;
    case 2:
        tick_at_the_deadline();
        break;
    case 3:
        give(ENDPOINT_START, ENDPOINT_NONE, 0, NULL, 0);
        break;
    case 4:
        if (slot >= SERVER_HUNT_SLOTS || connection[slot] != SERVER_HUNT_OPEN)
            give(ENDPOINT_CHANNEL_OPENED, slot, 0, NULL, 0);
        break;
    case 5:
        give(ENDPOINT_CHANNEL_CLOSED, slot, 0, NULL, 0);
        break;
    case 6:
        raw(slot);
        break;
    case 7:
        give(as_user != 0 ? ENDPOINT_RESOLVE : ENDPOINT_REGISTER, ENDPOINT_NONE, 0,
             (const uint8_t *)handle, length);
        break;
    case 8:
        give(as_user != 0 ? ENDPOINT_UNREACHABLE : ENDPOINT_DEREGISTER, ENDPOINT_NONE,
             next_byte() % IDENTIFIERS, (const uint8_t *)handle, length);
        break;
    case 9:
        if (as_user != 0)
            select_one();
        else
            describe();
        break;
    case 10:
        give(as_user != 0 ? ENDPOINT_FORGET : (uint8_t)200, ENDPOINT_NONE, 0,
             (const uint8_t *)handle, length);
        break;
    default:
        answer(slot);
        break;
    }
}

static void begin(uint8_t how)
{
    uint32_t servers = 1u + how / 2u % 8u;

    memset(&element, 0, sizeof element);
    memset(&user, 0, sizeof user);
    memset(connection, 0, sizeof connection);
    memset(handed, 0, sizeof handed);
    memset(reported, 0, sizeof reported);
    now = 1000;
    as_user = how % 2u;
    if (as_user != 0) {
        struct pool_user_configuration c;

        pool_user_defaults(&c, servers);
        pool_user_init(&user, &c);
    } else {
        struct pool_element_configuration c;

        pool_element_endpoint_defaults(&c, servers);
        c.keep_alive_interval_ms = how / 16u * 1000u;
        pool_element_endpoint_init(&element, &c);
        describe();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input_begin(data, size);
    begin(next_byte());
    while (left > 0)
        event();
    return 0;
}
