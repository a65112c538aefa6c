/* The stage for the client machines' replay tests (endpoint_stage.h). */
#include "endpoint_stage.h"

struct stage stage;

static void reset(void)
{
    memset(&stage, 0, sizeof stage);
    stage.now = 1000000;
    stage.transport_type = PARAMETER_TCP_TRANSPORT;
}

struct pool_element_description stage_description(void)
{
    struct pool_element_description d = {0};

    d.handle_length = (uint32_t)strlen(POOL);
    memcpy(d.handle, POOL, strlen(POOL));
    d.pe_identifier = ELEMENT;
    d.registration_life = 300;
    d.transport_type = PARAMETER_TCP_TRANSPORT;
    d.transport_port = 8080;
    d.address_count = 1;
    d.address[0].size = 4;
    memcpy(d.address[0].bytes, "\xc0\x00\x02\x01", 4);
    d.policy_type = POLICY_ROUND_ROBIN;
    return d;
}

void stage_pool_element(uint32_t servers)
{
    struct pool_element_configuration c;
    struct pool_element_description d = stage_description();

    reset();
    pool_element_endpoint_defaults(&c, servers);
    c.hunt.jitter_ms = 0;
    assert_true(pool_element_configuration_valid(&c));
    stage.element = calloc(1, sizeof *stage.element);
    assert_non_null(stage.element);
    pool_element_endpoint_init(stage.element, &c);
    assert_true(pool_element_endpoint_describe(stage.element, &d));
}

void stage_pool_user(uint32_t servers)
{
    struct pool_user_configuration c;

    reset();
    pool_user_defaults(&c, servers);
    c.hunt.jitter_ms = 0;
    assert_true(pool_user_configuration_valid(&c));
    stage.user = calloc(1, sizeof *stage.user);
    assert_non_null(stage.user);
    pool_user_init(stage.user, &c);
}

int stage_end(void **state)
{
    (void)state;
    free(stage.element);
    free(stage.user);
    stage.element = NULL;
    stage.user = NULL;
    return 0;
}

static void step(const struct endpoint_event *event, const void *bytes)
{
    if (stage.cursor == stage.effects.count) {
        effects_clear(&stage.effects);
        stage.cursor = 0;
    }
    if (stage.element != NULL) {
        pool_element_endpoint_step(stage.element, event, bytes, &stage.effects);
    } else {
        pool_user_step(stage.user, event, bytes, &stage.effects);
    }
}

static void give(uint8_t kind, uint32_t channel, uint32_t subject, const void *bytes,
                 uint32_t length)
{
    struct endpoint_event event = {0};

    event.kind = kind;
    event.channel = channel;
    event.subject = subject;
    event.length = length;
    event.now = stage.now;
    event.random = stage.random;
    step(&event, bytes);
}

void stage_event(uint8_t kind, uint32_t channel)
{
    give(kind, channel, 0, NULL, 0);
}

void stage_handle(uint8_t kind, const char *handle, uint32_t subject)
{
    give(kind, ENDPOINT_NONE, subject, handle, (uint32_t)strlen(handle));
}

void stage_message(uint32_t channel, const void *bytes, uint32_t length)
{
    give(ENDPOINT_MESSAGE, channel, 0, bytes, length);
}

static uint64_t next_deadline(void)
{
    return stage.element != NULL ? pool_element_endpoint_next_deadline(stage.element)
                                 : pool_user_next_deadline(stage.user);
}

void stage_wait(uint64_t milliseconds)
{
    uint64_t until = stage.now + milliseconds;

    for (uint32_t ticks = 0; next_deadline() <= until; ticks++) {
        assert_true(ticks < 1000);
        if (next_deadline() > stage.now) {
            stage.now = next_deadline();
        }
        stage_event(ENDPOINT_TICK, ENDPOINT_NONE);
    }
    stage.now = until;
}

void stage_settle_home(void)
{
    stage_event(ENDPOINT_START, ENDPOINT_NONE);
    stage_event(ENDPOINT_CHANNEL_OPENED, 0);
    (void)client_did(EFFECT_CONNECT);
}

void registrar_answers(uint32_t channel, uint8_t type, uint8_t flags, uint16_t cause)
{
    uint8_t b[256];
    uint32_t at = wire_begin_message(b, sizeof b, type, flags);

    at = wire_put_pool_handle(b, sizeof b, at, (const uint8_t *)POOL, (uint32_t)strlen(POOL));
    at = wire_put_pe_identifier(b, sizeof b, at, ELEMENT);
    if (cause != NO_CAUSE) {
        at = wire_put_error(b, sizeof b, at, cause, b, 0);
    }
    stage_message(channel, b, wire_end_message(b, sizeof b, at));
}

void registrar_keeps_alive(uint32_t channel, uint32_t server, uint8_t flags, const char *handle)
{
    uint8_t b[512];
    uint32_t at = wire_begin_message(b, sizeof b, ASAP_ENDPOINT_KEEP_ALIVE, flags);

    at = wire_put_word(b, sizeof b, at, server);
    at = wire_put_pool_handle(b, sizeof b, at, (const uint8_t *)handle, (uint32_t)strlen(handle));
    stage_message(channel, b, wire_end_message(b, sizeof b, at));
}

static uint32_t put_element(uint8_t *b, uint32_t room, uint32_t at, uint32_t identifier)
{
    struct wire_transport transport = {0};
    struct wire_policy policy = {0};
    struct ip_address address = {4, {192, 0, 2, 0}};
    uint32_t start = at;

    transport.type = stage.transport_type;
    transport.port = (uint16_t)(8000 + identifier);
    transport.use = stage.transport_use;
    address.bytes[3] = (uint8_t)identifier;
    policy.type = POLICY_ROUND_ROBIN;
    at = wire_begin_parameter(b, room, at, PARAMETER_POOL_ELEMENT);
    at = wire_put_word(b, room, at, identifier);
    at = wire_put_word(b, room, at, HOME_SERVER);
    at = wire_put_word(b, room, at, 300);
    at = wire_put_transport(b, room, at, &transport, &address, 1);
    at = wire_put_policy(b, room, at, &policy);
    return wire_end_parameter(b, room, start, at);
}

static void resolve(uint32_t channel, const char *handle, uint32_t first, uint32_t count,
                    uint32_t turn, uint16_t cause)
{
    static uint8_t b[65536];
    uint32_t at = wire_begin_message(b, sizeof b, ASAP_HANDLE_RESOLUTION_RESPONSE, 0);

    at = wire_put_pool_handle(b, sizeof b, at, (const uint8_t *)handle, (uint32_t)strlen(handle));
    for (uint32_t i = 0; i < count; i++) {
        at = put_element(b, sizeof b, at, first + (turn + i) % count);
    }
    if (cause != NO_CAUSE) {
        at = wire_put_error(b, sizeof b, at, cause, b, 0);
    }
    stage_message(channel, b, wire_end_message(b, sizeof b, at));
}

void registrar_resolves(uint32_t channel, const char *handle, uint32_t first, uint32_t count,
                        uint16_t cause)
{
    resolve(channel, handle, first, count, 0, cause);
}

void registrar_resolves_in_turn(uint32_t channel, const char *handle, uint32_t first,
                                uint32_t count, uint32_t turn)
{
    resolve(channel, handle, first, count, turn, NO_CAUSE);
}

static const struct effect *next(uint8_t kind)
{
    assert_true(stage.cursor < stage.effects.count);
    assert_int_equal(stage.effects.effect[stage.cursor].kind, kind);
    return &stage.effects.effect[stage.cursor++];
}

void client_connects(uint32_t slot, uint32_t server)
{
    const struct effect *effect = next(EFFECT_CONNECT);

    assert_int_equal(effect->channel, slot);
    assert_int_equal(effect->subject, server);
}

void client_closes(uint32_t slot, uint16_t reason)
{
    const struct effect *effect = next(EFFECT_CLOSE);

    assert_int_equal(effect->channel, slot);
    assert_int_equal(effect->code, reason);
}

void client_notifies(uint16_t code, uint16_t cause)
{
    const struct effect *effect = next(EFFECT_NOTIFY);

    assert_int_equal(effect->code, code);
    assert_int_equal(effect->cause, cause);
}

void client_says(uint32_t slot, uint8_t type)
{
    const struct effect *effect = next(EFFECT_SEND);
    struct wire_error error;

    assert_int_equal(effect->channel, slot);
    stage.said_bytes = &stage.effects.bytes[effect->offset];
    assert_true(asap_decode(stage.said_bytes, effect->length, &stage.said, &error));
    assert_int_equal(stage.said.type, type);
}

void client_is_quiet(void)
{
    assert_int_equal(stage.cursor, stage.effects.count);
}

uint16_t said_cause(void)
{
    struct wire_iterator causes;
    struct wire_cause cause;

    assert_true(stage.said.has_operation_error);
    wire_iterate(&stage.said.operation_error, &causes);
    assert_true(wire_cause_next(stage.said_bytes, stage.said.length, &causes, &cause));
    return cause.code;
}

uint32_t client_did(uint8_t kind)
{
    uint32_t count = 0;

    for (; stage.cursor < stage.effects.count; stage.cursor++) {
        count += stage.effects.effect[stage.cursor].kind == kind ? 1 : 0;
    }
    return count;
}
