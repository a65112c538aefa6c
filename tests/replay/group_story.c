/* The stage for the replay tests of groups (group_story.h). */
#include "group_story.h"
#include "../handlespace_check.h"
#include "../peers_check.h"

/* Shorter than the registration life of the stories' elements, ms. */
#define GROUP_TAKEOVER_GRACE 60000u

/* More slices than any story needs: whoever has more to do at once is never done. */
#define SLICES_MAX 20000u

struct group_story group;
struct enrp_message told;
const uint8_t *told_bytes;

static const uint8_t hash_key[16] = {16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
static const char *const names[PEERS] = {"amy", "ben", "cleo", "dan", "eve", "fay"};
static const uint32_t servers[PEERS] = {0x41414141u, 0x62626262u, 0x73737373u,
                                        0x74747474u, 0x75757575u, 0x76767676u};
static uint32_t identities[PEERS];
static bool begun;
static bool open[ENRP_CHANNELS_MAX]; /* as the shell knows them */
static struct effects step_effects;  /* of one step */
static struct effects composed;      /* what a peer sends */

uint32_t server_of(enum peer peer)
{
    return servers[peer];
}

uint32_t identity_of(enum peer peer)
{
    return identities[peer];
}

uint32_t channel_of(enum peer peer)
{
    return ENRP_CHANNEL_FIRST + (uint32_t)peer;
}

uint32_t dialled_to(enum peer peer)
{
    return ENRP_CHANNEL_FIRST + PEERS + (uint32_t)peer;
}

bool is_peer(enum peer peer)
{
    return enrp_peers_find(&group.group->peers, servers[peer]) != ENRP_NO_PEER;
}

struct enrp_peer *the_peer(enum peer peer)
{
    uint32_t place = enrp_peers_find(&group.group->peers, servers[peer]);

    assert_int_not_equal(place, ENRP_NO_PEER);
    return &group.group->peers.peer[place];
}

bool serving(void)
{
    return enrp_serving(group.group);
}

/* ---- The step ---- */

static void init(void)
{
    assert_true(enrp_configuration_valid(&group.configuration));
    assert_true(registrar_configuration_valid(story_configuration()));
    enrp_init(group.group, story.registrar, &group.configuration, story_configuration(), hash_key,
              story.now);
    begun = true;
}

static bool is_heartbeat(const uint8_t *bytes)
{
    return bytes[0] == ENRP_PRESENCE && (bytes[1] & ENRP_FLAG_REPLY_REQUIRED) == 0 &&
           wire_get_u32(bytes + 8) == 0;
}

static bool is_refresh(const uint8_t *bytes)
{
    return bytes[0] == ENRP_LIST_REQUEST && serving();
}

static void note_refresh(uint32_t channel)
{
    group.refreshes++;
    group.refreshed = channel;
}

/* Nothing goes to a channel that is not open. */
static void check_channel(const struct effect *e)
{
    uint32_t number = e->channel - ENRP_CHANNEL_FIRST;

    if (number < ENRP_CHANNELS_MAX && (e->kind == EFFECT_SEND || e->kind == EFFECT_CLOSE)) {
        assert_true(open[number]);
        open[number] = e->kind == EFFECT_SEND;
    }
}

static void keep(const struct effect *e)
{
    const uint8_t *bytes = step_effects.bytes + e->offset;

    check_channel(e);
    if (e->kind == EFFECT_SEND && e->channel >= ENRP_CHANNEL_FIRST && is_heartbeat(bytes))
        group.beats++;
    else if (e->kind == EFFECT_SEND && e->channel >= ENRP_CHANNEL_FIRST && is_refresh(bytes))
        note_refresh(e->channel);
    else if (group.counting && e->kind == EFFECT_SEND)
        group.counted[bytes[0]]++;
    else if (!group.counting)
        assert_true(effects_append_bytes(&story.effects, e, bytes, e->length));
}

static void one_step(const struct registrar_event *event, const uint8_t *bytes)
{
    effects_clear(&step_effects);
    enrp_step(group.group, story.registrar, story.rules, event, bytes, &step_effects);
    for (uint32_t i = 0; i < step_effects.count; i++)
        keep(&step_effects.effect[i]);
    story.effects.more = step_effects.more;
    assert_true(peers_check(group.group));
}

/* As the shell does: what is left over is done at once. */
static void take(const struct registrar_event *event, const uint8_t *bytes)
{
    struct registrar_event tick = {.kind = EVENT_TICK, .now = event->now, .random = event->random};

    if (!begun)
        init();
    one_step(event, bytes);
    for (uint32_t i = 0; story.effects.more && !group.busy; i++) {
        assert_in_range(i, 0, SLICES_MAX);
        one_step(&tick, NULL);
    }
}

/* ---- Setup ---- */

int group_begin(void **state)
{
    static const uint8_t transport[] = {0, 5, 0, 16, 38, 83, 0, 0, 0, 1, 0, 8, 192, 0, 2, 1};

    (void)story_begin(state);
    memset(&group, 0, sizeof group);
    memset(open, 0, sizeof open);
    group.group = calloc(1, sizeof *group.group);
    begun = false;
    story.take = take;
    for (uint32_t i = 0; i < PEERS; i++) {
        identities[i] = access_add_identity(story.rules, (const uint8_t *)names[i],
                                            (uint32_t)strlen(names[i]), ROLE_REGISTRAR);
        assert_true(access_grant_server(story.rules, identities[i], servers[i]));
    }
    enrp_configuration_defaults(&group.configuration);
    group.configuration.takeover_grace = GROUP_TAKEOVER_GRACE;
    memcpy(group.configuration.transport, transport, sizeof transport);
    group.configuration.transport_length = sizeof transport;
    return 0;
}

int group_end(void **state)
{
    bool valid = !begun || handlespace_check(&story.registrar->handlespace);
    bool dropped = group.group->counters.effects_dropped != 0;

    free(group.group);
    return story_end(state) == 0 && valid && !dropped ? 0 : 1;
}

void group_configure(enum peer peer)
{
    assert_false(begun);
    group.configuration.server_identifier[group.configuration.server_count] = servers[peer];
    group.configuration.server_count++;
}

/* ---- Events ---- */

static void event_at(uint8_t kind, uint32_t channel, uint32_t place)
{
    struct registrar_event event = {.kind = kind,
                                    .channel = channel,
                                    .now = story.now,
                                    .random = story.random,
                                    .server = place};

    story_event(&event, NULL);
}

void group_start(void)
{
    event_at(EVENT_TICK, 0, ENRP_NO_PEER);
}

/* The next deadline, or the end when that is earlier. */
static uint64_t next_stop(uint64_t end)
{
    uint64_t next = enrp_next_deadline(group.group, story.registrar);

    next = next > story.now ? next : story.now + 1u;
    return next < end ? next : end;
}

void group_wait(uint64_t milliseconds)
{
    uint64_t end = story.now + milliseconds;
    struct registrar_event tick = {.kind = EVENT_TICK};

    expect_nothing();
    effects_clear(&story.effects);
    story.cursor = 0;
    while (story.now < end) {
        story.now = next_stop(end);
        tick.now = story.now;
        tick.random = story.random;
        take(&tick, NULL);
    }
}

void group_open(uint32_t channel, uint32_t identity, uint8_t roles, uint32_t place)
{
    struct registrar_event event = {.kind = EVENT_CHANNEL_OPENED,
                                    .channel = channel,
                                    .now = story.now,
                                    .random = story.random,
                                    .server = place};

    event.principal.identity = identity;
    event.principal.roles = roles;
    event.principal.address.size = 4;
    memcpy(event.principal.address.bytes, ADDRESS_A, 4);
    assert_false(open[channel - ENRP_CHANNEL_FIRST]);
    open[channel - ENRP_CHANNEL_FIRST] = true;
    story_event(&event, NULL);
}

void group_visit(enum peer peer)
{
    group_open(channel_of(peer), identities[peer], ROLES_ALL, ENRP_NO_PEER);
    expect_nothing();
}

void group_connected(enum peer peer)
{
    uint32_t place = enrp_peers_find(&group.group->peers, servers[peer]);

    group_open(dialled_to(peer), identities[peer], ROLES_ALL, place);
    expect_enrp(dialled_to(peer), ENRP_PRESENCE, ENRP_FLAG_REPLY_REQUIRED);
    expect_nothing();
}

void group_connect_failed(uint32_t place)
{
    event_at(EVENT_CONNECT_FAILED, ENRP_NO_CHANNEL, place);
}

void group_close(enum peer peer)
{
    uint32_t channel =
        open[dialled_to(peer) - ENRP_CHANNEL_FIRST] ? dialled_to(peer) : channel_of(peer);

    open[channel - ENRP_CHANNEL_FIRST] = false;
    event_at(EVENT_CHANNEL_CLOSED, channel, ENRP_NO_PEER);
}

void group_alone(void)
{
    group_start();
    expect_nothing();
    assert_true(serving());
}

void group_join(enum peer peer)
{
    group_visit(peer);
    tell_presence(peer, false, checksum_of(NULL, 0));
    expect_peer_audit(AUDIT_PEER_JOINED, servers[peer]);
    expect_presence(peer, true);
    expect_nothing();
    group.beats = 0;
}

/* ---- What peers tell ---- */

/* The open channel of a peer: that which we opened goes before. */
static uint32_t channel_between(enum peer peer)
{
    return open[dialled_to(peer) - ENRP_CHANNEL_FIRST] ? dialled_to(peer) : channel_of(peer);
}

static struct enrp_address begin_telling(enum peer peer, uint32_t to)
{
    struct enrp_address address = {channel_between(peer), servers[peer], to};

    effects_clear(&composed);
    return address;
}

void tell_bytes(uint32_t channel, const void *bytes, uint32_t length)
{
    story_message(channel, bytes, length);
}

static void send_composed(bool sent)
{
    assert_true(sent);
    tell_bytes(composed.effect[0].channel, composed.bytes, composed.effect[0].length);
}

void tell_presence(enum peer peer, bool reply_required, uint16_t checksum)
{
    static const uint8_t transport[] = {0, 5, 0, 16, 38, 83, 0, 0, 0, 1, 0, 8, 192, 0, 2, 7};
    struct enrp_address to = begin_telling(peer, 0);
    struct enrp_server self = {servers[peer], transport, sizeof transport};

    send_composed(enrp_send_presence(&composed, &to, reply_required, checksum, &self));
}

void tell_alive(enum peer peer)
{
    tell_presence(peer, false, enrp_checksum_of(&story.registrar->handlespace, servers[peer]));
}

void tell_plain(enum peer peer, uint8_t type, uint8_t flags)
{
    struct enrp_address to = begin_telling(peer, SERVER);

    send_composed(enrp_send_plain(&composed, &to, type, flags));
}

void tell_takeover(enum peer peer, uint8_t type, uint32_t target)
{
    struct enrp_address to = begin_telling(peer, type == ENRP_INIT_TAKEOVER_ACK ? SERVER : 0);

    send_composed(enrp_send_takeover(&composed, &to, type, target));
}

void tell_as(uint32_t channel, uint32_t from, uint32_t to, uint8_t type, uint8_t flags)
{
    struct enrp_address address = {channel, from, to};

    effects_clear(&composed);
    send_composed(enrp_send_plain(&composed, &address, type, flags));
}

/* The Pool Element parameter of a registration, in bytes that are kept until the next one. */
static const uint8_t *parameter_of(const struct registration *r, uint32_t *length)
{
    static uint8_t bytes[1024];
    struct asap_message message;
    struct wire_error error;

    assert_true(asap_decode(bytes, compose_registration(bytes, r), &message, &error));
    *length = message.pool_element.tlv.length;
    return bytes + message.pool_element.tlv.offset;
}

void tell_update(enum peer peer, uint16_t action, const struct registration *r)
{
    struct enrp_address to = begin_telling(peer, 0);
    uint32_t length;
    const uint8_t *element = parameter_of(r, &length);

    send_composed(enrp_send_update(&composed, &to, action, servers[peer],
                                   (const uint8_t *)r->handle, (uint32_t)strlen(r->handle), element,
                                   length));
}

void tell_added(enum peer peer, const char *handle, uint32_t pe_identifier)
{
    struct registration r = story_registration(handle, pe_identifier);

    tell_update(peer, UPDATE_ACTION_ADD_PE, &r);
}

void tell_removed(enum peer peer, const char *handle, uint32_t pe_identifier)
{
    struct registration r = story_registration(handle, pe_identifier);

    tell_update(peer, UPDATE_ACTION_DEL_PE, &r);
}

void tell_table(enum peer peer, uint8_t flags, const struct entry *entries, uint32_t count)
{
    struct enrp_address to = begin_telling(peer, SERVER);
    uint32_t at = enrp_begin_table(&composed, &to);

    for (uint32_t i = 0; i < count; i++) {
        struct registration r = story_registration(entries[i].handle, entries[i].pe_identifier);
        uint32_t length;
        const uint8_t *element = parameter_of(&r, &length);

        at = enrp_put_entry(&composed, at, entries[i].home, (const uint8_t *)r.handle,
                            (uint32_t)strlen(r.handle), element, length);
    }
    send_composed(enrp_end(&composed, &to, at, flags));
}

void tell_list(enum peer peer, const enum peer *peers, uint32_t count)
{
    static const uint8_t transport[] = {0, 5, 0, 16, 38, 83, 0, 0, 0, 1, 0, 8, 192, 0, 2, 8};
    struct enrp_address to = begin_telling(peer, SERVER);
    uint32_t at = enrp_begin_list(&composed, &to);

    for (uint32_t i = 0; i < count; i++) {
        struct enrp_server server = {servers[peers[i]], transport, sizeof transport};

        at = enrp_put_server(&composed, at, &server);
    }
    send_composed(enrp_end(&composed, &to, at, 0));
}

/* ---- Effects ---- */

void expect_enrp(uint32_t channel, uint8_t type, uint8_t flags)
{
    const struct effect *e = expect_effect(EFFECT_SEND);
    struct wire_error error;

    assert_int_equal(e->channel, channel);
    told_bytes = story.effects.bytes + e->offset;
    assert_int_equal(told_bytes[0], type);
    assert_true(enrp_decode(told_bytes, e->length, &told, &error));
    assert_int_equal(told.flags, flags);
    assert_int_equal(told.sending_server_identifier, SERVER);
}

void expect_told(enum peer peer, uint8_t type, uint8_t flags)
{
    expect_enrp(channel_between(peer), type, flags);
    assert_int_equal(told.receiving_server_identifier, servers[peer]);
}

void expect_presence(enum peer peer, bool reply_required)
{
    expect_told(peer, ENRP_PRESENCE, reply_required ? ENRP_FLAG_REPLY_REQUIRED : 0);
    assert_int_equal(told.has_pe_checksum, 1);
    assert_int_equal(told.pe_checksum, handlespace_checksum(&story.registrar->handlespace));
    assert_int_equal(told.has_server_information, 1);
    assert_int_equal(told.server_information.server_identifier, SERVER);
}

void expect_takeover(enum peer peer, uint8_t type, uint32_t target)
{
    expect_enrp(channel_between(peer), type, 0);
    assert_int_equal(told.targeting_server_identifier, target);
    assert_int_equal(told.receiving_server_identifier,
                     type == ENRP_INIT_TAKEOVER_ACK ? servers[peer] : 0);
}

void expect_update(enum peer peer, uint16_t action, const char *handle, uint32_t pe_identifier)
{
    expect_enrp(channel_between(peer), ENRP_HANDLE_UPDATE, 0);
    assert_int_equal(told.receiving_server_identifier, 0);
    assert_int_equal(told.update_action, action);
    assert_int_equal(told.pool_handle.length, strlen(handle));
    assert_memory_equal(told_bytes + told.pool_handle.offset, handle, strlen(handle));
    assert_int_equal(told.pool_element.pe_identifier, pe_identifier);
    assert_int_equal(told.pool_element.home_enrp_server_identifier, SERVER);
}

void expect_error(enum peer peer, uint16_t cause)
{
    struct wire_iterator it;
    struct wire_cause first = {0};

    expect_enrp(channel_between(peer), ENRP_ERROR, 0);
    assert_int_equal(told.has_operation_error, 1);
    wire_iterate(&told.operation_error, &it);
    assert_true(wire_cause_next(told_bytes, told.length, &it, &first));
    assert_int_equal(first.code, cause);
}

void expect_peer_audit(uint16_t event, uint32_t server_identifier)
{
    const struct effect *e = expect_effect(EFFECT_AUDIT);

    assert_int_equal(e->code, event);
    assert_int_equal(e->subject, server_identifier);
}

void expect_connect(uint32_t place)
{
    const struct effect *e = expect_effect(EFFECT_CONNECT);

    assert_int_equal(e->subject, place);
}

void expect_beats(uint32_t beats)
{
    assert_int_equal(group.beats, beats);
    group.beats = 0;
}

uint32_t entries_told(void)
{
    struct wire_iterator entries = told.pool_entries;
    struct enrp_pool_entry pool;
    struct wire_pool_element element;
    uint32_t count = 0;

    while (enrp_pool_entry_next(told_bytes, told.length, &entries, &pool)) {
        struct wire_iterator elements = pool.pool_elements;

        while (wire_pool_element_next(told_bytes, told.length, &elements, &element))
            count++;
    }
    return count;
}

uint16_t checksum_of(const struct entry *entries, uint32_t count)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < count; i++)
        sum += pe_checksum_handle((const uint8_t *)entries[i].handle,
                                  (uint32_t)strlen(entries[i].handle)) +
               pe_checksum_identifier(entries[i].pe_identifier);
    return pe_checksum_of_sum(sum);
}

uint32_t home_of(const char *handle, uint32_t pe_identifier)
{
    uint32_t element = element_of(handle, pe_identifier);

    return element == HANDLESPACE_NONE ? 0 : story.registrar->handlespace.element[element].home;
}
