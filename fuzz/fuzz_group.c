/* Sequences of events into the step of a registrar in a group, with two peers that the configuration names, one that it does
 * not, and pool elements beside them.
 *
 * The input is a list of events: ENRP channels opened by us and by others, with and without the role of a registrar, closed,
 * lost; messages of each type from a few small numbers, with the truth or lies about who sends them, and raw bytes; pool
 * elements that come, register and go; time, also so much that the registrar stood still. As in the shell what is left over
 * is done at once. After every step:
 *   - the effects fit, none was dropped, messages decode, bear our server identifier, and go to open channels only;
 *   - EFFECT_BEGIN_ANEW stands alone, and is obeyed;
 *   - the peer list is valid (peers_check.h), the accounts are right, the handlespace's pools and elements fit;
 *   - a message on a channel that is not open, for another registrar, or with a server identifier that is not granted to who
 *     sent it has not changed the handlespace;
 *   - a message of a peer has not changed who an element belongs to that is connected here;
 *   - a removal has removed nothing of another home;
 * and when nothing is left over:
 *   - while we serve every element's home is we, or a peer in the list.
 * Every 50th time, and at the end, the whole handlespace is checked. Then everybody is silent, and time makes all elements
 * and all peers but the configured go away.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "asap_wire.h"
#include "../tests/handlespace_check.h"
#include "../tests/peers_check.h"
#include "enrp_send.h"
#include "enrp_wire.h"
#include "fuzz_input.h"
#include "zeroed_memory.h"

#define OWN 0x51u
#define ASAP_CHANNELS 3u
#define CHANNELS 6u /* between registrars */
#define IDENTITIES 5u
#define PEOPLE 2u /* identities of pool elements, the first ones */
#define ELEMENTS 16u
#define MESSAGE_MAX 2048u
#define EVENTS_PER_CHECK 50u
/* More slices than are ever left over at once: whoever has more is never done. */
#define SLICES_MAX 2000u

struct whole {
    struct registrar r;
    struct enrp_group g;
};

static const uint32_t servers[IDENTITIES] = {0, 0, 0x41, 0x62, 0x73};

static struct registrar *r;
static struct enrp_group *g;
static struct access_rules rules;
static struct effects out;
static struct effects composed;
static uint64_t now;
static uint32_t events_to_check;
static bool is_open[CHANNELS];
static uint32_t channel_identity[CHANNELS];
static bool asap_open[ASAP_CHANNELS];
static uint32_t dialled;  /* the place of the last EFFECT_CONNECT */
static uint32_t dialling; /* a bit for each place that is being dialled */

static bool enrp_channel(uint32_t channel)
{
    return channel - ENRP_CHANNEL_FIRST < CHANNELS;
}

/* ---- Prints ---- */

static uint64_t element_print(uint64_t hash, uint32_t i)
{
    const struct handlespace_element *e = &r->handlespace.element[i];

    hash = mix(mix(mix(mix(hash, i), e->pe_identifier), e->pool), e->identity);
    hash = mix(mix(mix(mix(hash, e->home), e->channel), e->expiry), e->contested_by);
    for (uint32_t b = 0; b < e->parameter_length; b++)
        hash = mix(hash, r->handlespace.parameter[i].bytes[b]);
    return hash;
}

/* All elements but those of one home. 0: all. */
static uint64_t elements_print(uint32_t without)
{
    uint64_t hash = r->handlespace.element_count;

    if (without != 0)
        hash = 1;
    for (uint32_t i = 0; i < r->handlespace.element_used; i++) {
        if (handlespace_element_in_use(&r->handlespace, i) &&
            r->handlespace.element[i].home != without)
            hash = element_print(hash, i);
    }
    return hash;
}

/* Whom the elements belong to that are connected here. */
static uint64_t connected_print(void)
{
    uint64_t hash = 1;

    for (uint32_t i = 0; i < r->handlespace.element_used; i++) {
        const struct handlespace_element *e = &r->handlespace.element[i];

        if (handlespace_element_in_use(&r->handlespace, i) && e->home == OWN &&
            e->channel < ASAP_CHANNELS && asap_open[e->channel])
            hash = mix(mix(mix(mix(hash, i), e->pe_identifier), e->identity), e->channel);
    }
    return hash;
}

/* ---- What must hold ---- */

static void check_enrp_message(const struct effect *e)
{
    struct enrp_message m;
    struct wire_error error;

    require(enrp_channel(e->channel) && is_open[e->channel - ENRP_CHANNEL_FIRST]);
    require(enrp_decode(out.bytes + e->offset, e->length, &m, &error));
    require(m.sending_server_identifier == OWN && m.receiving_server_identifier != OWN);
}

static void check_asap_message(const struct effect *e)
{
    struct asap_message m;
    struct wire_error error;

    require(e->channel < ASAP_CHANNELS && asap_open[e->channel]);
    require(asap_decode(out.bytes + e->offset, e->length, &m, &error));
}

static void take_close(const struct effect *e)
{
    bool *open = enrp_channel(e->channel) ? &is_open[e->channel - ENRP_CHANNEL_FIRST]
                                          : &asap_open[e->channel % ASAP_CHANNELS];

    require(enrp_channel(e->channel) || e->channel < ASAP_CHANNELS);
    require(*open);
    *open = false;
}

static void take_connect(uint32_t place)
{
    require(place < ENRP_PEERS_MAX);
    dialled = place;
    dialling |= 1u << place;
}

static void check_effect(const struct effect *e)
{
    require(e->offset <= out.bytes_used && e->length <= out.bytes_used - e->offset);
    if (e->kind == EFFECT_SEND && e->channel >= ENRP_CHANNEL_FIRST)
        check_enrp_message(e);
    else if (e->kind == EFFECT_SEND)
        check_asap_message(e);
    else if (e->kind == EFFECT_CLOSE)
        take_close(e);
    else if (e->kind == EFFECT_CONNECT)
        take_connect(e->subject);
}

static void check_accounts(void)
{
    uint32_t elements[PEOPLE] = {0};

    for (uint32_t i = 0; i < r->handlespace.element_used; i++) {
        const struct handlespace_element *e = &r->handlespace.element[i];

        if (!handlespace_element_in_use(&r->handlespace, i))
            continue;
        require(e->identity < PEOPLE || e->identity == IDENTITY_UNBOUND);
        require(e->home != 0 && (e->home == OWN || e->identity == IDENTITY_UNBOUND));
        if (e->identity < PEOPLE)
            elements[e->identity]++;
    }
    for (uint32_t i = 0; i < PEOPLE; i++)
        require(r->books.account[i].elements == elements[i]);
}

static void check(void)
{
    require(out.count <= EFFECTS_MAX && out.bytes_used <= EFFECTS_BYTES_MAX);
    require(r->books.counters.effects_dropped == 0 && g->counters.effects_dropped == 0);
    for (uint32_t i = 0; i < out.count; i++)
        check_effect(&out.effect[i]);
    require(peers_check(g));
    check_accounts();
    require(pools_fit(&r->handlespace) && elements_fit(&r->handlespace));
    if (--events_to_check == 0) {
        events_to_check = EVENTS_PER_CHECK;
        require(handlespace_check(&r->handlespace));
    }
}

/* Nobody is left whom no registrar is responsible for. */
static void check_homes(void)
{
    for (uint32_t i = 0; i < r->handlespace.element_used && enrp_serving(g); i++) {
        uint32_t home = r->handlespace.element[i].home;

        require(!handlespace_element_in_use(&r->handlespace, i) || home == OWN ||
                enrp_peers_find(&g->peers, home) != ENRP_NO_PEER);
    }
}

/* ---- Steps ---- */

static void begin_anew(void)
{
    static const uint8_t key[16] = {7};
    struct whole *w = zeroed_memory(sizeof *w);
    struct registrar_configuration rc;
    struct enrp_configuration c;

    r = &w->r;
    g = &w->g;
    registrar_configuration_defaults(&rc);
    rc.server_identifier = OWN;
    rc.pool_capacity = 4;
    rc.element_capacity = ELEMENTS;
    rc.elements_per_identity = 6;
    enrp_configuration_defaults(&c);
    c.takeover_grace = 60000u; /* less than the end of an input lasts */
    c.server_count = 2;
    c.server_identifier[0] = servers[3];
    enrp_init(g, r, &c, &rc, key, now);
    memset(is_open, 0, sizeof is_open);
    memset(asap_open, 0, sizeof asap_open);
}

/* One step. False when the registrar had stood still, and began anew. */
static bool step(const struct registrar_event *event, const uint8_t *bytes)
{
    effects_clear(&out);
    enrp_step(g, r, &rules, event, bytes, &out);
    if (out.count > 0 && out.effect[0].kind == EFFECT_BEGIN_ANEW) {
        require(out.count == 1);
        begin_anew();
        return false;
    }
    check();
    return true;
}

static void settle(void)
{
    struct registrar_event tick = {.kind = EVENT_TICK, .now = now, .random = now * 7919u};

    for (uint32_t i = 0; out.more; i++) {
        require(i < SLICES_MAX);
        require(step(&tick, NULL));
    }
    require(enrp_next_deadline(g, r) > now);
    check_homes();
}

static bool take(const struct registrar_event *event, const uint8_t *bytes)
{
    bool taken = step(event, bytes);

    out.more = out.more && taken;
    if (taken)
        settle();
    return taken;
}

static void simple(uint8_t kind, uint32_t channel, uint32_t server)
{
    struct registrar_event event = {
        .kind = kind, .channel = channel, .now = now, .random = now, .server = server};

    (void)take(&event, NULL);
}

/* ---- Channels ---- */

static void open_channel(uint32_t number, uint8_t choice)
{
    struct registrar_event event = {.kind = EVENT_CHANNEL_OPENED,
                                    .channel = ENRP_CHANNEL_FIRST + number,
                                    .now = now,
                                    .server = ENRP_NO_PEER};

    event.principal.identity = choice % 8 < IDENTITIES ? choice % 8u : IDENTITY_ANONYMOUS;
    event.principal.roles = (uint8_t)(choice & 0x80 ? ROLE_POOL_ELEMENT : ROLES_ALL);
    if (choice & 0x40)
        event.server = dialled;
    if (!is_open[number])
        channel_identity[number] = event.principal.identity;
    is_open[number] = true;
    (void)take(&event, NULL);
}

static void lose_channel(uint32_t number, uint8_t kind)
{
    is_open[number] = false;
    simple(kind, ENRP_CHANNEL_FIRST + number, ENRP_NO_PEER);
}

/* ---- Messages of peers ---- */

/* Whether a message may change anything at all. */
static bool may_count(uint32_t number, const struct enrp_message *m)
{
    uint32_t identity = channel_identity[number];

    return is_open[number] && identity < IDENTITIES && servers[identity] != 0 &&
           m->sending_server_identifier == servers[identity] &&
           (m->receiving_server_identifier == 0 || m->receiving_server_identifier == OWN);
}

static void take_message(uint32_t number, const uint8_t *bytes, uint32_t length)
{
    struct registrar_event event = {.kind = EVENT_MESSAGE,
                                    .channel = ENRP_CHANNEL_FIRST + number,
                                    .now = now,
                                    .random = now,
                                    .length = length};
    struct enrp_message m = {0};
    struct wire_error error;
    bool counts = enrp_decode(bytes, length, &m, &error) && may_count(number, &m);
    bool removal =
        counts && m.type == ENRP_HANDLE_UPDATE && m.update_action == UPDATE_ACTION_DEL_PE;
    uint64_t all = elements_print(0);
    uint64_t others = elements_print(m.sending_server_identifier);
    uint64_t connected = connected_print();

    if (!step(&event, bytes))
        return;
    require(counts || elements_print(0) == all);
    require(!removal || elements_print(m.sending_server_identifier) == others);
    require(connected_print() == connected);
    settle();
}

static void send_composed(uint32_t number, bool sent)
{
    if (sent)
        take_message(number, composed.bytes, composed.effect[0].length);
}

/* Who is said to send, and to whom: mostly the truth. */
static struct enrp_address address(uint32_t number, uint8_t choice)
{
    static const uint32_t to[4] = {0, OWN, 0, 0x41};
    uint32_t identity = channel_identity[number];
    struct enrp_address a = {0, identity < IDENTITIES ? servers[identity] : 0, to[choice % 4]};

    if (choice >= 0xf0)
        a.from = choice % 2 ? OWN : servers[choice / 2 % IDENTITIES];
    effects_clear(&composed);
    return a;
}

static const char *const handles[4] = {"echo", "echo-2", "calc", "none"};

static uint32_t put_element(uint8_t *to, uint32_t at, uint32_t pe_identifier, uint8_t variant)
{
    static const int32_t lives[4] = {600, 1, -1, 30};
    struct wire_transport transport = {.type = PARAMETER_TCP_TRANSPORT, .port = 80};
    struct wire_policy policy = {.type = POLICY_ROUND_ROBIN};
    struct ip_address host = {4, {192, 0, 2, 1}};
    uint32_t start = wire_align(to, MESSAGE_MAX, at);

    if (variant & 4)
        policy.type = POLICY_RANDOM;
    if (variant & 8)
        host.bytes[3] = 9;
    at = wire_begin_parameter(to, MESSAGE_MAX, start, PARAMETER_POOL_ELEMENT);
    at = wire_put_word(to, MESSAGE_MAX, at, pe_identifier);
    at = wire_put_word(to, MESSAGE_MAX, at, 0);
    at = wire_put_word(to, MESSAGE_MAX, at, (uint32_t)lives[variant % 4]);
    at = wire_put_transport(to, MESSAGE_MAX, at, &transport, &host, 1);
    at = wire_put_policy(to, MESSAGE_MAX, at, &policy);
    return wire_end_parameter(to, MESSAGE_MAX, start, at);
}

/* The bytes of a Pool Element parameter by itself, kept until the next one. */
static const uint8_t *element_alone(uint32_t pe_identifier, uint8_t variant, uint32_t *length)
{
    static uint8_t bytes[MESSAGE_MAX];
    uint32_t start = wire_begin_message(bytes, MESSAGE_MAX, ENRP_HANDLE_UPDATE, 0);

    *length = put_element(bytes, start, pe_identifier, variant) - start;
    return bytes + start;
}

static void presence(uint32_t number)
{
    static const uint8_t transport[] = {0, 5, 0, 16, 38, 83, 0, 0, 0, 1, 0, 8, 192, 0, 2, 7};
    uint8_t choice = next_byte();
    struct enrp_address to = address(number, choice);
    struct enrp_server self = {to.from, transport, choice & 16 ? (uint32_t)sizeof transport : 0};
    uint16_t checksum = choice & 32 ? next_byte() : enrp_checksum_of(&r->handlespace, to.from);

    send_composed(number, enrp_send_presence(&composed, &to, (choice & 8) != 0, checksum, &self));
}

static void plain(uint32_t number)
{
    static const uint8_t types[4] = {ENRP_HANDLE_TABLE_REQUEST, ENRP_LIST_REQUEST,
                                     ENRP_HANDLE_TABLE_RESPONSE, ENRP_LIST_RESPONSE};
    uint8_t choice = next_byte();
    struct enrp_address to = address(number, next_byte());

    send_composed(number, enrp_send_plain(&composed, &to, types[choice % 4], choice / 4 % 4));
}

static void takeover(uint32_t number)
{
    static const uint32_t targets[8] = {OWN, 0x41, 0x62, 0x73, 0, 0x99, 0x62, 0x73};
    uint8_t choice = next_byte();
    struct enrp_address to = address(number, next_byte());

    send_composed(number, enrp_send_takeover(&composed, &to, ENRP_INIT_TAKEOVER + choice / 8 % 3,
                                             targets[choice % 8]));
}

static void update(uint32_t number)
{
    uint8_t choice = next_byte();
    uint8_t variant = next_byte();
    struct enrp_address to = address(number, next_byte());
    const char *handle = handles[choice % 4];
    uint32_t length;
    const uint8_t *element = element_alone(choice / 4 % 16, variant, &length);
    uint16_t action = choice & 64 ? UPDATE_ACTION_DEL_PE : UPDATE_ACTION_ADD_PE;

    send_composed(number, enrp_send_update(&composed, &to, action, to.from, (const uint8_t *)handle,
                                           (uint32_t)strlen(handle), element, length));
}

static void table(uint32_t number)
{
    static const uint32_t homes[4] = {OWN, 0x41, 0x62, 0x99};
    uint8_t choice = next_byte();
    struct enrp_address to = address(number, next_byte());
    uint32_t at = enrp_begin_table(&composed, &to);

    for (uint32_t i = 0; i < choice % 16; i++) {
        uint8_t which = next_byte();
        uint8_t variant = next_byte();
        const char *handle = handles[which % 4];
        uint32_t length;
        const uint8_t *element = element_alone(which / 4 % 16, variant, &length);

        at = enrp_put_entry(&composed, at, variant & 64 ? homes[variant / 16 % 4] : to.from,
                            (const uint8_t *)handle, (uint32_t)strlen(handle), element, length);
    }
    send_composed(number, enrp_end(&composed, &to, at, choice & 64 ? ENRP_FLAG_MORE_TO_SEND : 0));
}

static void list(uint32_t number)
{
    static const uint8_t transport[] = {0, 5, 0, 16, 38, 83, 0, 0, 0, 1, 0, 8, 192, 0, 2, 8};
    uint8_t choice = next_byte();
    struct enrp_address to = address(number, next_byte());
    uint32_t at = enrp_begin_list(&composed, &to);

    for (uint32_t i = 0; i < choice % 64; i++) {
        struct enrp_server server = {choice & 64 ? 0x100 + i : next_byte(), transport,
                                     sizeof transport};

        at = enrp_put_server(&composed, at, &server);
    }
    send_composed(number, enrp_end(&composed, &to, at, 0));
}

static void raw(uint32_t number)
{
    uint8_t bytes[MESSAGE_MAX];
    uint32_t length = next_raw_message(bytes);

    take_message(number, bytes, length);
}

/* ---- Pool elements ---- */

static void asap_message(uint32_t channel, uint8_t choice)
{
    static const uint8_t types[4] = {ASAP_REGISTRATION, ASAP_REGISTRATION, ASAP_DEREGISTRATION,
                                     ASAP_ENDPOINT_KEEP_ALIVE_ACK};
    uint8_t bytes[MESSAGE_MAX];
    uint8_t which = next_byte();
    uint8_t type = types[choice % 4];
    uint32_t at = wire_begin_message(bytes, MESSAGE_MAX, type, 0);
    struct registrar_event event = {
        .kind = EVENT_MESSAGE, .channel = channel, .now = now, .random = now};

    at = wire_put_pool_handle(bytes, MESSAGE_MAX, at, (const uint8_t *)handles[which % 4],
                              (uint32_t)strlen(handles[which % 4]));
    if (type == ASAP_REGISTRATION)
        at = put_element(bytes, at, which / 4 % 16, next_byte());
    else
        at = wire_put_pe_identifier(bytes, MESSAGE_MAX, at, which / 4 % 16);
    event.length = wire_end_message(bytes, MESSAGE_MAX, at);
    (void)take(&event, bytes);
}

static void open_asap(uint32_t channel, uint8_t choice)
{
    struct registrar_event event = {
        .kind = EVENT_CHANNEL_OPENED, .channel = channel, .now = now, .random = now};

    event.principal.identity = choice / 16 % IDENTITIES;
    event.principal.roles = ROLES_ALL;
    event.principal.address = (struct ip_address){4, {192, 0, 2, 1}};
    asap_open[channel] = true;
    (void)take(&event, NULL);
}

/* The shell hands over no channels of elements while the registrar starts. */
static void people(void)
{
    uint8_t choice = next_byte();
    uint32_t channel = choice % ASAP_CHANNELS;

    if (!enrp_serving(g))
        return;
    if (!asap_open[channel]) {
        open_asap(channel, choice);
    } else if (choice >= 0xe0) {
        asap_open[channel] = false;
        simple(EVENT_CHANNEL_CLOSED, channel, ENRP_NO_PEER);
    } else {
        asap_message(channel, choice / 8);
    }
}

/* Who is a registrar changes. */
static void change_rules(uint8_t choice)
{
    uint32_t identity = choice % IDENTITIES;

    if (servers[identity] != 0)
        rules.identity[identity].roles = choice & 0x80 ? ROLE_POOL_USER : ROLE_REGISTRAR;
    simple(EVENT_RULES_CHANGED, 0, ENRP_NO_PEER);
}

/* ---- Time ---- */

static void wait_for(uint64_t milliseconds)
{
    now += milliseconds;
    simple(EVENT_TICK, 0, ENRP_NO_PEER);
}

static void one_event(void)
{
    uint8_t what = next_byte();
    uint32_t number = what % CHANNELS;

    switch (what / CHANNELS % 16) {
    case 0:
    case 1:
        open_channel(number, next_byte());
        break;
    case 2:
        lose_channel(number, number % 2 ? EVENT_CHANNEL_CLOSED : EVENT_SEND_FAILED);
        break;
    case 3:
        simple(EVENT_CONNECT_FAILED, 0, number);
        break;
    case 4:
        wait_for((uint64_t)next_byte() * next_byte());
        break;
    case 5:
        change_rules(next_byte());
        break;
    case 6:
        raw(number);
        break;
    case 7:
    case 8:
        presence(number);
        break;
    case 9:
        plain(number);
        break;
    case 10:
        takeover(number);
        break;
    case 11:
    case 12:
        update(number);
        break;
    case 13:
        table(number);
        break;
    case 14:
        list(number);
        break;
    default:
        people();
        break;
    }
}

static void cast(void)
{
    static const char *const names[IDENTITIES] = {"alice", "bob", "amy", "ben", "cleo"};

    memset(&rules, 0, sizeof rules);
    for (uint32_t i = 0; i < IDENTITIES; i++) {
        uint32_t index =
            access_add_identity(&rules, (const uint8_t *)names[i], (uint32_t)strlen(names[i]),
                                i < PEOPLE ? ROLE_POOL_ELEMENT : ROLE_REGISTRAR);

        access_grant_pool(&rules, index, (const uint8_t *)"echo", 4, true);
        if (i >= PEOPLE)
            access_grant_server(&rules, index, servers[i]);
    }
    rules.anonymous_roles = ROLE_POOL_USER;
}

/* Whoever is being dialled is not there. */
static void fail_connects(void)
{
    for (uint32_t place = 0; place < ENRP_PEERS_MAX; place++) {
        if (dialling & 1u << place) {
            dialling &= ~(1u << place);
            simple(EVENT_CONNECT_FAILED, 0, place);
        }
    }
}

/* Nobody is heard any more, and nobody answers: peers die and are taken over, and their elements do not come. */
static void end(void)
{
    require(handlespace_check(&r->handlespace));
    for (uint32_t i = 0; i < CHANNELS; i++)
        lose_channel(i, EVENT_CHANNEL_CLOSED);
    for (uint32_t i = 0; i < ASAP_CHANNELS; i++) {
        asap_open[i] = false;
        simple(EVENT_CHANNEL_CLOSED, i, ENRP_NO_PEER);
    }
    events_to_check = UINT32_MAX;
    for (uint32_t i = 0; i < 30; i++) {
        fail_connects();
        wait_for(15000);
    }
    require(enrp_serving(g) && enrp_peers_alive(&g->peers) == 0);
    require(r->handlespace.element_count == 0 && r->handlespace.pool_count == 0);
    require(handlespace_check(&r->handlespace));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input_begin(data, size);
    now = 1000;
    dialled = 0;
    dialling = 0;
    events_to_check = EVENTS_PER_CHECK;
    memset(channel_identity, 0xff, sizeof channel_identity);
    cast();
    begin_anew();
    for (uint32_t i = 0; i < 300 && left > 0; i++)
        one_event();
    end();
    return 0;
}
