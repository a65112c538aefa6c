/* The stage for the registrar's replay tests (registrar_story.h). */
#include "registrar_story.h"
#include "../handlespace_check.h"

#include <stdio.h>

struct story story;
struct asap_message said;
const uint8_t *said_bytes;

static struct registrar_configuration configuration;
static bool started;
static const uint8_t hash_key[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static void cast(const char *name, uint8_t roles, const char *prefix, const char *pool)
{
    uint32_t index =
        access_add_identity(story.rules, (const uint8_t *)name, (uint32_t)strlen(name), roles);

    assert_int_not_equal(index, IDENTITY_ANONYMOUS);
    if (prefix != NULL)
        assert_true(access_grant_pool(story.rules, index, (const uint8_t *)prefix,
                                      (uint32_t)strlen(prefix), true));
    if (pool != NULL)
        assert_true(access_grant_pool(story.rules, index, (const uint8_t *)pool,
                                      (uint32_t)strlen(pool), false));
}

int story_begin(void **state)
{
    (void)state;
    memset(&story.effects, 0, sizeof story.effects);
    story.registrar = calloc(1, sizeof *story.registrar);
    story.rules = calloc(1, sizeof *story.rules);
    story.cursor = 0;
    story.now = 1000000;
    story.random = 0;
    story.take = NULL;
    started = false;
    cast("alice", ROLE_POOL_ELEMENT, "echo", "calc");
    cast("bob", ROLE_POOL_ELEMENT, "echo", NULL);
    cast("carol", ROLE_POOL_USER, NULL, NULL);
    story.rules->anonymous_roles = ROLE_POOL_USER;
    registrar_configuration_defaults(&configuration);
    configuration.server_identifier = SERVER;
    return 0;
}

int story_end(void **state)
{
    bool valid = !started || handlespace_check(&story.registrar->handlespace);
    bool dropped = story.registrar->books.counters.effects_dropped != 0;

    (void)state;
    free(story.registrar);
    free(story.rules);
    return valid && !dropped ? 0 : 1;
}

struct registrar_configuration *story_configuration(void)
{
    assert_false(started);
    return &configuration;
}

void story_event(const struct registrar_event *event, const void *bytes)
{
    if (!started && story.take == NULL) {
        assert_true(registrar_configuration_valid(&configuration));
        registrar_init(story.registrar, &configuration, hash_key, story.now);
        started = true;
    }
    assert_int_equal(story.cursor, story.effects.count);
    effects_clear(&story.effects);
    story.cursor = 0;
    if (story.take != NULL)
        story.take(event, bytes);
    else
        registrar_step(story.registrar, story.rules, event, bytes, &story.effects);
}

static void simple(uint8_t kind, uint32_t channel)
{
    struct registrar_event event = {0};

    event.kind = kind;
    event.channel = channel;
    event.now = story.now;
    event.random = story.random;
    story_event(&event, NULL);
}

static void open_channel(uint32_t channel, const struct principal *principal)
{
    struct registrar_event event = {0};

    event.kind = EVENT_CHANNEL_OPENED;
    event.channel = channel;
    event.now = story.now;
    event.principal = *principal;
    story_event(&event, NULL);
}

void story_open_as(uint32_t channel, uint32_t identity, uint8_t roles)
{
    struct principal principal = {.identity = identity, .roles = roles, .address = {.size = 4}};

    memcpy(principal.address.bytes, ADDRESS_A, 4);
    open_channel(channel, &principal);
}

void story_open_from(uint32_t channel, const struct ip_address *address)
{
    struct principal principal = {.identity = NOBODY, .roles = ROLE_POOL_USER, .address = *address};

    open_channel(channel, &principal);
    expect_nothing();
}

void story_open_shared(uint32_t channel, uint32_t identity, const struct ip_address *address)
{
    struct principal principal = {
        .identity = identity, .roles = ROLES_ALL, .address = *address, .shared = 1};

    open_channel(channel, &principal);
    expect_nothing();
}

void story_open(uint32_t channel, uint32_t identity)
{
    story_open_as(channel, identity, identity == IDENTITY_ANONYMOUS ? ROLE_POOL_USER : ROLES_ALL);
    expect_nothing();
}

/* Ticks as long as work is left over, while the list has nothing to be looked at. */
static void settle(void)
{
    while (story.effects.count == 0 && story.effects.more)
        simple(EVENT_TICK, 0);
}

void story_close(uint32_t channel)
{
    simple(EVENT_CHANNEL_CLOSED, channel);
    settle();
}

void story_send_failed(uint32_t channel)
{
    simple(EVENT_SEND_FAILED, channel);
    settle();
}

void story_rules_changed(void)
{
    simple(EVENT_RULES_CHANGED, 0);
    settle();
}

void story_wait(uint64_t milliseconds)
{
    story.now += milliseconds;
    do {
        simple(EVENT_TICK, 0);
    } while (story.effects.count == 0 && story.effects.more);
}

void story_message(uint32_t channel, const void *bytes, uint32_t length)
{
    struct registrar_event event = {0};
    uint8_t *exact = malloc(length + 1u);

    assert_non_null(exact);
    memcpy(exact, bytes, length);
    event.kind = EVENT_MESSAGE;
    event.channel = channel;
    event.now = story.now;
    event.random = story.random;
    event.length = length;
    story_event(&event, exact);
    free(exact);
}

struct registration story_registration(const char *handle, uint32_t pe_identifier)
{
    struct registration r = {handle,   pe_identifier,           600, ADDRESS_A,
                             8080,     PARAMETER_TCP_TRANSPORT, 0,   POLICY_ROUND_ROBIN,
                             {1, 1, 1}};
    return r;
}

uint32_t compose_registration(uint8_t to[1024], const struct registration *r)
{
    struct wire_transport transport = {.type = r->transport_type, .port = r->port, .use = r->use};
    struct wire_policy policy = {.type = r->policy,
                                 .value_count = wire_policy_value_count(r->policy)};
    struct ip_address address = {0};
    uint32_t at = wire_begin_message(to, 1024, ASAP_REGISTRATION, 0);
    uint32_t start;

    at =
        wire_put_pool_handle(to, 1024, at, (const uint8_t *)r->handle, (uint32_t)strlen(r->handle));
    start = wire_align(to, 1024, at);
    at = wire_begin_parameter(to, 1024, start, PARAMETER_POOL_ELEMENT);
    at = wire_put_word(to, 1024, at, r->pe_identifier);
    at = wire_put_word(to, 1024, at, 0);
    at = wire_put_word(to, 1024, at, (uint32_t)r->life);
    address.size = 4;
    memcpy(address.bytes, r->address, 4);
    memcpy(policy.value, r->policy_value, sizeof policy.value);
    at = wire_put_transport(to, 1024, at, &transport, &address, 1);
    at = wire_put_policy(to, 1024, at, &policy);
    at = wire_end_parameter(to, 1024, start, at);
    at = wire_end_message(to, 1024, at);
    assert_int_not_equal(at, WIRE_FULL);
    return at;
}

uint32_t compose_named(uint8_t to[1024], uint8_t type, uint8_t flags, const void *handle,
                       uint32_t handle_length, uint32_t pe_identifier)
{
    uint32_t at = wire_begin_message(to, 1024, type, flags);

    at = wire_put_pool_handle(to, 1024, at, handle, handle_length);
    if (pe_identifier != 0)
        at = wire_put_pe_identifier(to, 1024, at, pe_identifier);
    at = wire_end_message(to, 1024, at);
    assert_int_not_equal(at, WIRE_FULL);
    return at;
}

static void send_named(uint32_t channel, uint8_t type, const char *handle, uint32_t pe_identifier)
{
    uint8_t bytes[1024];

    story_message(channel, bytes,
                  compose_named(bytes, type, 0, handle, (uint32_t)strlen(handle), pe_identifier));
}

void story_register(uint32_t channel, const struct registration *registration)
{
    uint8_t bytes[1024];

    story_message(channel, bytes, compose_registration(bytes, registration));
}

void story_join(uint32_t channel, const char *handle, uint32_t pe_identifier)
{
    struct registration r = story_registration(handle, pe_identifier);

    story_register(channel, &r);
    expect_registered(channel, handle, pe_identifier);
    expect_nothing();
}

void story_deregister(uint32_t channel, const char *handle, uint32_t pe_identifier)
{
    send_named(channel, ASAP_DEREGISTRATION, handle, pe_identifier);
}

void story_resolve(uint32_t channel, const char *handle)
{
    send_named(channel, ASAP_HANDLE_RESOLUTION, handle, 0);
}

void story_report(uint32_t channel, const char *handle, uint32_t pe_identifier)
{
    send_named(channel, ASAP_ENDPOINT_UNREACHABLE, handle, pe_identifier);
}

void story_acknowledge(uint32_t channel, const char *handle, uint32_t pe_identifier)
{
    send_named(channel, ASAP_ENDPOINT_KEEP_ALIVE_ACK, handle, pe_identifier);
}

/* ---- Effects ---- */

const struct effect *expect_effect(uint8_t kind)
{
    const struct effect *e = &story.effects.effect[story.cursor];

    assert_true(story.cursor < story.effects.count);
    assert_int_equal(e->kind, kind);
    story.cursor++;
    return e;
}

void expect_message(uint32_t channel, uint8_t type, uint8_t flags)
{
    const struct effect *e = expect_effect(EFFECT_SEND);
    struct wire_error error;

    assert_int_equal(e->channel, channel);
    assert_int_equal(e->length % 4, 0);
    said_bytes = story.effects.bytes + e->offset;
    assert_int_equal(said_bytes[0], type);
    assert_true(asap_decode(said_bytes, e->length, &said, &error));
    assert_int_equal(said.flags, flags);
}

struct wire_span cause_information(void)
{
    struct wire_iterator it;
    struct wire_cause cause = {0};

    assert_true(said.has_operation_error);
    wire_iterate(&said.operation_error, &it);
    assert_true(wire_cause_next(said_bytes, said.length, &it, &cause));
    return cause.info;
}

void expect_cause(uint16_t code)
{
    struct wire_iterator it;
    struct wire_cause cause = {0};

    assert_true(said.has_operation_error);
    wire_iterate(&said.operation_error, &it);
    assert_true(wire_cause_next(said_bytes, said.length, &it, &cause));
    assert_int_equal(cause.code, code);
}

void expect_no_cause(void)
{
    assert_false(said.has_operation_error);
}

void expect_registered(uint32_t channel, const char *handle, uint32_t pe_identifier)
{
    const struct effect *e;

    expect_message(channel, ASAP_REGISTRATION_RESPONSE, 0);
    expect_no_cause();
    assert_int_equal(said.pe_identifier, pe_identifier);
    assert_int_equal(said.pool_handle.length, strlen(handle));
    assert_memory_equal(said_bytes + said.pool_handle.offset, handle, strlen(handle));
    e = expect_effect(EFFECT_AUDIT);
    assert_true(e->code == AUDIT_REGISTERED || e->code == AUDIT_REREGISTERED);
    assert_int_equal(e->subject, pe_identifier);
}

void expect_rejected(uint32_t channel, uint16_t cause, uint16_t audit)
{
    expect_message(channel, ASAP_REGISTRATION_RESPONSE, ASAP_FLAG_REJECT);
    expect_cause(cause);
    expect_audit(audit);
}

void expect_keep_alive(uint32_t channel, const char *handle)
{
    expect_message(channel, ASAP_ENDPOINT_KEEP_ALIVE, 0);
    assert_int_equal(said.server_identifier, SERVER);
    assert_int_equal(said.pool_handle.length, strlen(handle));
    assert_memory_equal(said_bytes + said.pool_handle.offset, handle, strlen(handle));
}

void expect_audit(uint16_t code)
{
    assert_int_equal(expect_effect(EFFECT_AUDIT)->code, code);
}

void expect_close(uint32_t channel, uint16_t reason)
{
    const struct effect *e = expect_effect(EFFECT_CLOSE);

    assert_int_equal(e->channel, channel);
    assert_int_equal(e->code, reason);
}

void expect_nothing(void)
{
    assert_int_equal(story.cursor, story.effects.count);
}

/* ---- The handlespace ---- */

static uint32_t pool_of(const char *handle)
{
    return handlespace_find_pool(&story.registrar->handlespace, (const uint8_t *)handle,
                                 (uint32_t)strlen(handle));
}

uint32_t element_of(const char *handle, uint32_t pe_identifier)
{
    uint32_t pool = pool_of(handle);

    return pool == HANDLESPACE_NONE
               ? HANDLESPACE_NONE
               : handlespace_find_element(&story.registrar->handlespace, pool, pe_identifier);
}

uint32_t elements_in(const char *handle)
{
    uint32_t pool = pool_of(handle);

    return pool == HANDLESPACE_NONE ? 0 : story.registrar->handlespace.pool[pool].element_count;
}

static void dump_hex(FILE *to, const uint8_t *bytes, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
        fprintf(to, "%02x", bytes[i]);
}

static void dump_pool(FILE *to, const struct handlespace *h, uint32_t i)
{
    const struct handlespace_pool *p = &h->pool[i];

    fprintf(to, "pool %u ", i);
    dump_hex(to, p->handle, p->handle_length);
    fprintf(to, " policy %x transport %x use %x elements %u turn %u\n", p->policy_type,
            p->transport_type, p->transport_use, p->element_count, h->selection.cursor[i]);
}

static void dump_element(FILE *to, const struct handlespace *h, uint32_t i)
{
    const struct handlespace_element *e = &h->element[i];

    fprintf(to, "element %u pe %x pool %u identity %u home %x channel %u reports %u waiting %u", i,
            e->pe_identifier, e->pool, e->identity, e->home, e->channel, e->unreachable_reports,
            e->keep_alive_waiting);
    fprintf(to, " contested %x", e->contested_by);
    fprintf(to, " keep-alive %llu expiry %llu ", (unsigned long long)e->keep_alive_deadline,
            (unsigned long long)e->expiry);
    dump_hex(to, h->parameter[i].bytes, e->parameter_length);
    fprintf(to, "\n");
}

char *handlespace_dump(void)
{
    const struct handlespace *h = &story.registrar->handlespace;
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);

    assert_non_null(to);
    fprintf(to, "pools %u elements %u checksum %04x\n", h->pool_count, h->element_count,
            handlespace_checksum(h));
    for (uint32_t i = 0; i < h->pool_used; i++) {
        if (handlespace_pool_in_use(h, i))
            dump_pool(to, h, i);
    }
    for (uint32_t i = 0; i < h->element_used; i++) {
        if (handlespace_element_in_use(h, i))
            dump_element(to, h, i);
    }
    fclose(to);
    return text;
}

void expect_same_handlespace(char *before)
{
    char *after = handlespace_dump();

    assert_string_equal(before, after);
    free(before);
    free(after);
}
