/* Sequences of events into the registrar's step.
 *
 * The input is a list of events: channels opened and closed by four identities and by nobody, with and
 * without roles, well-formed messages from a few small numbers, raw bytes, time, failed sends, changed rules.
 * After every event:
 *   - the effects fit, their messages decode, none was dropped; each goes to a channel that was open before the event;
 *   - a message on a channel without a role has not changed the handlespace;
 *   - a message has not changed any element of another identity, unless it was a report;
 *   - accounts and limits hold;
 *   - as many keep-alives were sent as elements wait for an answer anew, each on the element's channel, and none sooner
 *     than the configured minimum after the last to that element, by the harness's own clock;
 *   - every pool and element is found again, the rings are whole, the sums are right;
 * after every 50th, and at the end, the whole handlespace is checked, and then time makes everything go away.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "asap_wire.h"
#include "../tests/handlespace_check.h"
#include "registrar.h"
#include "fuzz_input.h"
#include "zeroed_memory.h"

#define CHANNELS 8u
#define IDENTITIES 4u
#define ELEMENTS_PER_IDENTITY 6u
#define MESSAGE_MAX 2048u
#define ELEMENTS 16u
/* The whole check walks every chain, used or not: after each event it would be nearly all of the time. */
#define EVENTS_PER_CHECK 50u

static struct registrar *r;
static struct access_rules rules;
static struct access_rules spare;
static struct effects out;
static uint64_t now;
static uint32_t channel_identity[CHANNELS];
static uint8_t channel_roles[CHANNELS];

/* What was so before the step, and when each element was last sent a keep-alive; NEVER for one that is new. */
#define NEVER UINT64_MAX
static bool was_open[CHANNELS];
static bool was_waiting[ELEMENTS];
static uint64_t last_keep_alive[ELEMENTS];
static uint32_t events_to_check;

static uint64_t element_print(uint64_t hash, const struct handlespace *h, uint32_t i)
{
    const struct handlespace_element *e = &h->element[i];

    hash = mix(mix(mix(mix(hash, i), e->pe_identifier), e->pool), e->identity);
    hash = mix(mix(mix(mix(hash, e->home), e->channel), e->unreachable_reports),
               e->keep_alive_waiting);
    hash = mix(mix(mix(hash, e->keep_alive_deadline), e->expiry), e->parameter_length);
    for (uint32_t b = 0; b < e->parameter_length; b++)
        hash = mix(hash, h->parameter[i].bytes[b]);
    return hash;
}

/* All elements but those of one identity. */
static uint64_t elements_print(uint32_t without)
{
    const struct handlespace *h = &r->handlespace;
    uint64_t hash = 1;

    for (uint32_t i = 0; i < h->element_used; i++) {
        if (handlespace_element_in_use(h, i) && h->element[i].identity != without)
            hash = element_print(hash, h, i);
    }
    return hash;
}

/* Everything: also pools and whose turn it is. */
static uint64_t whole_print(void)
{
    const struct handlespace *h = &r->handlespace;
    uint64_t hash = mix(elements_print(IDENTITY_ANONYMOUS), handlespace_checksum(h));

    for (uint32_t p = 0; p < h->pool_used; p++) {
        if (handlespace_pool_in_use(h, p))
            hash = mix(mix(mix(hash, p), h->pool[p].element_count), h->selection.cursor[p]);
    }
    return mix(mix(hash, h->pool_count), h->element_count);
}

/* Whether the registrar waits for the answer to a keep-alive: an element without a channel has not been sent one. */
static bool waits(uint32_t element)
{
    const struct handlespace_element *e = &r->handlespace.element[element];

    return handlespace_element_in_use(&r->handlespace, element) && e->keep_alive_waiting != 0 &&
           e->channel != HANDLESPACE_NO_CHANNEL;
}

static void remember(void)
{
    for (uint32_t i = 0; i < CHANNELS; i++)
        was_open[i] = r->books.channel[i].open != 0;
    for (uint32_t i = 0; i < ELEMENTS; i++)
        was_waiting[i] = waits(i);
}

static void check_effects(void)
{
    require(out.count <= EFFECTS_MAX && out.bytes_used <= EFFECTS_BYTES_MAX);
    require(r->books.counters.effects_dropped == 0);
    for (uint32_t i = 0; i < out.count; i++) {
        const struct effect *e = &out.effect[i];
        struct asap_message message;
        struct wire_error error;

        require(e->offset <= out.bytes_used && e->length <= out.bytes_used - e->offset);
        if (e->kind == EFFECT_SEND) {
            require(e->channel < CHANNELS && was_open[e->channel]);
            require(asap_decode(out.bytes + e->offset, e->length, &message, &error));
        }
    }
}

/* The keep-alives that the effects send on a channel. */
static uint32_t keep_alives_to(uint32_t channel)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < out.count; i++) {
        const struct effect *e = &out.effect[i];

        count += e->kind == EFFECT_SEND && e->channel == channel &&
                 out.bytes[e->offset] == ASAP_ENDPOINT_KEEP_ALIVE;
    }
    return count;
}

/* Whoever is waited for now and was not before was sent a keep-alive: not too soon, and nobody else was. */
static void check_keep_alives(void)
{
    uint32_t asked[CHANNELS] = {0};

    for (uint32_t i = 0; i < ELEMENTS; i++) {
        if (!handlespace_element_in_use(&r->handlespace, i)) {
            last_keep_alive[i] = NEVER;
        } else if (waits(i) && !was_waiting[i]) {
            require(last_keep_alive[i] == NEVER ||
                    now - last_keep_alive[i] >= r->books.configuration.keep_alive_minimum);
            last_keep_alive[i] = now;
            asked[r->handlespace.element[i].channel % REGISTRAR_CHANNELS_MAX % CHANNELS]++;
        }
    }
    for (uint32_t i = 0; i < CHANNELS; i++)
        require(keep_alives_to(i) == asked[i]);
}

/* What is in use after every event, the chains of all places now and then. */
static void check_handlespace(void)
{
    require(pools_fit(&r->handlespace) && elements_fit(&r->handlespace));
    if (--events_to_check == 0) {
        events_to_check = EVENTS_PER_CHECK;
        require(handlespace_check(&r->handlespace));
    }
}

static void check_bucket(const struct token_bucket *b, const struct rate_limit *l)
{
    require(l->burst == 0 || b->spent <= (uint64_t)l->burst * 1000u);
}

static void check_books(void)
{
    const struct handlespace *h = &r->handlespace;
    const struct registrar_configuration *c = &r->books.configuration;
    uint32_t elements[IDENTITIES] = {0};

    for (uint32_t i = 0; i < h->element_used; i++) {
        if (handlespace_element_in_use(h, i)) {
            require(h->element[i].identity < IDENTITIES);
            elements[h->element[i].identity]++;
        }
    }
    for (uint32_t i = 0; i < IDENTITIES; i++) {
        require(r->books.account[i].elements == elements[i]);
        require(elements[i] <= c->elements_per_identity);
        require(r->books.account[i].channels <= c->channels_per_identity);
        check_bucket(&r->books.account[i].buckets.registrations, &c->identity_limits.registrations);
        check_bucket(&r->books.account[i].buckets.reports, &c->identity_limits.reports);
    }
    for (uint32_t i = 0; i < CHANNELS; i++)
        check_bucket(&r->books.channel[i].buckets.reports, &c->channel_limits.reports);
}

static void step(const struct registrar_event *event, const uint8_t *bytes)
{
    effects_clear(&out);
    remember();
    registrar_step(r, &rules, event, bytes, &out);
    check_effects();
    check_keep_alives();
    check_books();
    check_handlespace();
}

static void tick(void)
{
    struct registrar_event event = {.kind = EVENT_TICK, .now = now, .random = next_byte()};
    uint32_t steps = 0;

    do {
        step(&event, NULL);
        require(++steps < 10000);
    } while (out.more);
}

static int without_role(uint32_t channel)
{
    struct principal p = {channel_identity[channel], channel_roles[channel], {0, {0}}, 0};

    return !r->books.channel[channel].open || (!access_has_role(&rules, &p, ROLE_POOL_ELEMENT) &&
                                               !access_has_role(&rules, &p, ROLE_POOL_USER));
}

static void take_message(uint32_t channel, const uint8_t *bytes, uint32_t length)
{
    struct registrar_event event = {
        .kind = EVENT_MESSAGE, .channel = channel, .now = now, .length = length};
    uint64_t whole = whole_print();
    uint64_t others = elements_print(channel_identity[channel]);
    int powerless = without_role(channel);

    event.random = next_byte();
    step(&event, bytes);
    require(!powerless || whole_print() == whole);
    if (length == 0 || bytes[0] != ASAP_ENDPOINT_UNREACHABLE)
        require(elements_print(channel_identity[channel]) == others);
}

static const char *const handles[4] = {"echo", "echo-2", "calc", "none"};

static uint32_t put_element(uint8_t *to, uint32_t at, uint32_t pe_identifier, uint8_t variant)
{
    static const int32_t lives[4] = {600, 1, -1, 0};
    struct wire_transport transport = {.type = PARAMETER_TCP_TRANSPORT, .port = 80};
    struct wire_policy policy = {.type = POLICY_ROUND_ROBIN};
    struct ip_address address = {4, {192, 0, 2, 1}};
    uint32_t start = wire_align(to, MESSAGE_MAX, at);

    if (variant & 4)
        transport.type = PARAMETER_SCTP_TRANSPORT;
    if (variant & 8)
        policy.type = POLICY_RANDOM;
    if (variant & 16)
        address.bytes[3] = 9;
    at = wire_begin_parameter(to, MESSAGE_MAX, start, PARAMETER_POOL_ELEMENT);
    at = wire_put_word(to, MESSAGE_MAX, at, pe_identifier);
    at = wire_put_word(to, MESSAGE_MAX, at, 0);
    at = wire_put_word(to, MESSAGE_MAX, at, (uint32_t)lives[variant % 4]);
    at = wire_put_transport(to, MESSAGE_MAX, at, &transport, &address, 1);
    at = wire_put_policy(to, MESSAGE_MAX, at, &policy);
    return wire_end_parameter(to, MESSAGE_MAX, start, at);
}

/* A well-formed request about one of a few pools and elements. */
static void request(uint32_t channel, uint8_t type)
{
    uint8_t bytes[MESSAGE_MAX];
    uint8_t choice = next_byte();
    const char *handle = handles[choice % 4];
    uint32_t pe_identifier = (uint32_t)(choice / 4) % 16;
    uint32_t at = wire_begin_message(bytes, MESSAGE_MAX, type, 0);

    at = wire_put_pool_handle(bytes, MESSAGE_MAX, at, (const uint8_t *)handle,
                              (uint32_t)strlen(handle));
    if (type == ASAP_REGISTRATION)
        at = put_element(bytes, at, pe_identifier, next_byte());
    else if (type != ASAP_HANDLE_RESOLUTION)
        at = wire_put_pe_identifier(bytes, MESSAGE_MAX, at, pe_identifier);
    at = wire_end_message(bytes, MESSAGE_MAX, at);
    take_message(channel, bytes, at);
}

static void raw(uint32_t channel)
{
    uint8_t bytes[MESSAGE_MAX];
    uint32_t length = next_raw_message(bytes);

    take_message(channel, bytes, length);
}

static void open_channel(uint32_t channel)
{
    uint8_t choice = next_byte();
    struct registrar_event event = {.kind = EVENT_CHANNEL_OPENED, .channel = channel, .now = now};

    event.principal.identity = choice % 6 < 5 ? choice % 6u : IDENTITY_ANONYMOUS;
    event.principal.roles = (uint8_t)(choice & 0x80 ? 0 : ROLES_ALL);
    event.principal.address.size = 4;
    memcpy(event.principal.address.bytes, "\xc0\x00\x02\x01", 4);
    if (!r->books.channel[channel].open) {
        channel_identity[channel] = event.principal.identity;
        channel_roles[channel] = event.principal.roles;
    }
    step(&event, NULL);
}

static void cast(struct access_rules *to, uint8_t present)
{
    static const char *const names[IDENTITIES] = {"alice", "bob", "carol", "dave"};

    memset(to, 0, sizeof *to);
    for (uint32_t i = 0; i < IDENTITIES; i++) {
        if (present & (1u << i)) {
            uint32_t index =
                access_add_identity(to, (const uint8_t *)names[i], (uint32_t)strlen(names[i]),
                                    i == 3 ? ROLE_POOL_USER : ROLE_POOL_ELEMENT);
            access_grant_pool(to, index, (const uint8_t *)"echo", 4, true);
            if (i == 0)
                access_grant_pool(to, index, (const uint8_t *)"calc", 4, false);
        }
    }
    to->anonymous_roles = ROLE_POOL_USER;
}

/* Some identities go or come back. Their indexes stay, because the table was filled in order. */
static void change_rules(uint8_t present)
{
    struct registrar_event event = {.kind = EVENT_RULES_CHANGED, .now = now};

    cast(&spare, present);
    if ((present & 15) == 15) {
        cast(&rules, 15);
    } else {
        require(access_rules_merge(&rules, &spare));
        if (rules.count > IDENTITIES)
            cast(&rules, 15);
    }
    step(&event, NULL);
    tick();
}

static void lose(uint32_t channel, uint8_t kind)
{
    struct registrar_event event = {.kind = kind, .channel = channel, .now = now};

    step(&event, NULL);
}

static void one_event(void)
{
    uint8_t what = next_byte();
    uint32_t channel = what % CHANNELS;

    switch (what / CHANNELS % 12) {
    case 0:
    case 1:
        open_channel(channel);
        break;
    case 2:
        lose(channel, EVENT_CHANNEL_CLOSED);
        break;
    case 3:
        lose(channel, EVENT_SEND_FAILED);
        break;
    case 4:
        now += (uint64_t)next_byte() * next_byte();
        tick();
        break;
    case 5:
        change_rules(next_byte());
        break;
    case 6:
        raw(channel);
        break;
    case 7:
        request(channel, ASAP_DEREGISTRATION);
        break;
    case 8:
        request(channel, ASAP_HANDLE_RESOLUTION);
        break;
    case 9:
        request(channel, ASAP_ENDPOINT_UNREACHABLE);
        break;
    case 10:
        request(channel, ASAP_ENDPOINT_KEEP_ALIVE_ACK);
        break;
    default:
        request(channel, ASAP_REGISTRATION);
        break;
    }
}

static void begin(void)
{
    static const uint8_t key[16] = {7};
    struct registrar_configuration c;

    r = zeroed_memory(sizeof *r);
    registrar_configuration_defaults(&c);
    c.server_identifier = 0x51;
    c.pool_capacity = 3;
    c.element_capacity = ELEMENTS;
    c.elements_per_identity = ELEMENTS_PER_IDENTITY;
    c.channels_per_identity = 3;
    c.anonymous_channels = 2;
    c.channel_limits.reports = (struct rate_limit){5, 10};
    c.identity_limits.registrations = (struct rate_limit){50, 40};
    now = 1000;
    registrar_init(r, &c, key, now);
    cast(&rules, 15);
    memset(channel_identity, 0xff, sizeof channel_identity);
    memset(channel_roles, 0, sizeof channel_roles);
    memset(last_keep_alive, 0xff, sizeof last_keep_alive);
    events_to_check = EVENTS_PER_CHECK;
}

/* Without channels every element ends: its grace runs out. */
static void end(void)
{
    require(handlespace_check(&r->handlespace));
    for (uint32_t channel = 0; channel < CHANNELS; channel++)
        lose(channel, EVENT_CHANNEL_CLOSED);
    tick();
    now += 100000;
    tick();
    require(r->handlespace.element_count == 0 && r->handlespace.pool_count == 0);
    require(handlespace_check(&r->handlespace));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input_begin(data, size);
    begin();
    for (uint32_t i = 0; i < 400 && left > 0; i++)
        one_event();
    end();
    return 0;
}
