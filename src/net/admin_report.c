/* Status, pools, elements and peers as JSON: see admin_report.h. */
#include "admin_report.h"

#include "clock_source.h"
#include "enrp_names.h"
#include "enrp_peers.h"
#include "handlespace.h"
#include "log.h"
#include "parameter_wire.h"
#include "audit_trail.h"
#include "version.h"
#include "wire_names.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Places looked at for one slice: bounds the time between two events. */
#define PLACES_PER_SLICE 512u

enum report_kind { REPORT_STATUS, REPORT_POOLS, REPORT_ELEMENTS, REPORT_PEERS };

/* What is found about a registrar by looking at all elements. */
struct ownership {
    uint32_t own;     /* elements of which we are home */
    uint32_t stray;   /* of which neither we nor any peer in the list is */
    uint32_t unbound; /* of which we are home, and that have not come to us yet */
    uint32_t of[ENRP_PEERS_MAX];
};

struct admin_report {
    enum report_kind kind;
    const struct registrar_server *server;
    uint32_t next; /* the next place to look at */
    bool begun;    /* the opening was written */
    bool separate; /* an entry was written: the next needs a comma */
    struct ownership ownership;
};

static void append_text(struct byte_queue *out, const char *text)
{
    byte_queue_append(out, (const uint8_t *)text, strlen(text));
}

/* Appends `value`, which is consumed, as one line. */
static void append_json(struct byte_queue *out, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_PRESERVE_ORDER);

    if (text != NULL)
        append_text(out, text);
    free(text);
    json_decref(value);
}

static void set_hex(json_t *object, const char *key, const char *format, uint32_t value)
{
    char text[16];

    snprintf(text, sizeof text, format, value);
    json_object_set_new(object, key, json_string(text));
}

static void set_count(json_t *object, const char *key, uint64_t value)
{
    json_object_set_new(object, key, json_integer((json_int_t)value));
}

/* ---- status ---- */

static json_t *counters_of(const struct registrar_counters *c)
{
    const struct {
        const char *name;
        uint64_t value;
    } all[] = {{"channels_opened", c->channels_opened},
               {"channels_refused", c->channels_refused},
               {"channels_closed", c->channels_closed},
               {"messages", c->messages},
               {"ignored", c->ignored},
               {"malformed", c->malformed},
               {"errors_sent", c->errors_sent},
               {"refused", c->refused},
               {"limited", c->limited},
               {"registrations", c->registrations},
               {"reregistrations", c->reregistrations},
               {"registrations_rejected", c->registrations_rejected},
               {"deregistrations", c->deregistrations},
               {"deregistrations_rejected", c->deregistrations_rejected},
               {"expirations", c->expirations},
               {"resolutions", c->resolutions},
               {"resolutions_rejected", c->resolutions_rejected},
               {"reports", c->reports},
               {"keep_alives", c->keep_alives},
               {"keep_alive_acks", c->keep_alive_acks},
               {"unreachable", c->unreachable},
               {"rules_removed", c->rules_removed},
               {"effects_dropped", c->effects_dropped}};
    json_t *object = json_object();

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        set_count(object, all[i].name, all[i].value);
    return object;
}

static void set_counter(void *object, const char *name, uint64_t value)
{
    set_count(object, name, value);
}

static json_t *announcements_of(const struct registrar_server *server)
{
    const struct announcement_counters *c = registrar_server_announcements(server);
    json_t *object = json_object();

    if (c == NULL)
        return object;
    set_count(object, "sent", c->sent);
    set_count(object, "unsent", c->unsent);
    set_count(object, "heard", c->heard);
    set_count(object, "answered", c->answered);
    set_count(object, "malformed", c->malformed);
    set_count(object, "unusable", c->unusable);
    set_count(object, "repeated", c->repeated);
    set_count(object, "tried", c->tried);
    set_count(object, "rests", c->rests);
    return object;
}

/* The registrar among others. */
static json_t *group_of(const struct registrar_server *server)
{
    const struct enrp_group *group = registrar_server_group(server);
    const struct configuration *c = registrar_server_configuration(server);
    json_t *object = json_object();
    json_t *counters = json_object();

    json_object_set_new(object, "phase", json_string(enrp_phase_name(group->phase)));
    set_count(object, "peers_configured", c->peer_count);
    set_count(object, "peers_alive", enrp_peers_alive(&group->peers));
    json_object_set_new(
        object, "arbitration",
        json_string(c->enrp.arbitration == ENRP_ARBITRATION_RFC ? "rfc" : "rsplib"));
    set_count(object, "begun_anew", registrar_server_restarts(server));
    enrp_counters_visit(&group->counters, &registrar_server_registrar(server)->handlespace,
                        set_counter, counters);
    json_object_set_new(object, "counters", counters);
    if (configuration_announces(c))
        json_object_set_new(object, "announcements", announcements_of(server));
    return object;
}

static json_t *connections_of(const struct visitor_gate *gate)
{
    struct gate_occupancy now = visitor_gate_occupancy(gate);
    const struct gate_counters *c = visitor_gate_counters(gate);
    json_t *object = json_object();

    set_count(object, "open", now.connections);
    set_count(object, "handshakes", now.handshakes);
    set_count(object, "queued", now.queued);
    set_count(object, "accepted", c->accepted);
    set_count(object, "refused_full", c->refused_full);
    set_count(object, "refused_address", c->refused_address);
    set_count(object, "timed_out", c->timed_out);
    set_count(object, "had_to_queue", c->queued);
    return object;
}

static json_t *status_of(const struct registrar_server *server)
{
    const struct registrar *registrar = registrar_server_registrar(server);
    const struct handlespace *h = &registrar->handlespace;
    json_t *object = json_object();

    json_object_set_new(object, "version", json_string(POOLPROOF_VERSION));
    json_object_set_new(object, "security",
                        json_string(registrar_server_secure(server) ? "tls" : "none"));
    set_hex(object, "server_identifier", "0x%08x",
            registrar->books.configuration.server_identifier);
    set_count(object, "uptime_s", registrar_server_uptime_ms(server) / 1000u);
    set_count(object, "pools", h->pool_count);
    set_count(object, "pools_max", h->pool_capacity);
    set_count(object, "elements", h->element_count);
    set_count(object, "elements_max", h->element_capacity);
    set_hex(object, "pe_checksum", "0x%04x", handlespace_checksum(h));
    json_object_set_new(object, "connections", connections_of(registrar_server_gate(server)));
    if (registrar_server_peer_gate(server) != NULL)
        json_object_set_new(object, "peer_connections",
                            connections_of(registrar_server_peer_gate(server)));
    json_object_set_new(object, "counters", counters_of(&registrar->books.counters));
    json_object_set_new(object, "group", group_of(server));
    return object;
}

/* ---- pools and elements ---- */

/* The policy's number, and its name of RFC 5356, which is the number again for one that has none. */
static void set_policy(json_t *object, uint32_t policy)
{
    const char *name = wire_policy_name(policy);

    set_hex(object, "policy", "0x%08x", policy);
    if (name != NULL)
        json_object_set_new(object, "policy_name", json_string(name));
    else
        set_hex(object, "policy_name", "0x%08x", policy);
}

static json_t *pool_at(const struct handlespace *h, uint32_t index)
{
    const struct handlespace_pool *pool = &h->pool[index];
    json_t *object = json_object();

    json_object_set_new(object, "pool", json_bytes(pool->handle, pool->handle_length));
    set_policy(object, pool->policy_type);
    set_count(object, "elements", pool->element_count);
    return object;
}

/* The first address and the port of an element, from the parameter it registered with. */
static void set_address(json_t *object, const struct handlespace *h, uint32_t index)
{
    const uint8_t *bytes = h->parameter[index].bytes;
    uint32_t length = h->element[index].parameter_length;
    struct wire_pool_element element;
    struct wire_unrecognized unrecognized;
    struct wire_error error;
    struct ip_address ip;
    struct network_address address;
    char text[NETWORK_ADDRESS_TEXT_MAX];

    if (!wire_pool_element_decode(bytes, length, 0, &element, &unrecognized, &error))
        return;
    struct wire_iterator addresses = {element.user_transport.addresses.offset,
                                      element.user_transport.addresses.offset +
                                          element.user_transport.addresses.length};
    if (!wire_address_next(bytes, length, &addresses, &ip) ||
        !network_address_from_ip(&ip, element.user_transport.port, &address))
        return;
    network_address_text(&address, text);
    json_object_set_new(object, "address", json_string(text));
}

json_t *admin_report_element(const struct registrar_server *server, uint32_t index)
{
    const struct handlespace *h = &registrar_server_registrar(server)->handlespace;
    const struct handlespace_element *element = &h->element[index];
    const struct handlespace_pool *pool = &h->pool[element->pool];
    uint64_t now = clock_milliseconds();
    json_t *object = json_object();

    json_object_set_new(object, "pool", json_bytes(pool->handle, pool->handle_length));
    set_hex(object, "pe", "0x%08x", element->pe_identifier);
    set_address(object, h, index);
    json_object_set_new(object, "identity",
                        audit_trail_identity(registrar_server_rules(server), element->identity));
    set_hex(object, "home", "0x%08x", element->home);
    json_object_set_new(object, "connected",
                        json_boolean(element->channel != HANDLESPACE_NO_CHANNEL));
    set_count(object, "unreachable_reports", element->unreachable_reports);
    if (element->expiry != REGISTRAR_NEVER)
        set_count(object, "expires_in_s",
                  element->expiry > now ? (element->expiry - now) / 1000u : 0);
    return object;
}

static bool in_use(const struct admin_report *report, const struct handlespace *h, uint32_t index)
{
    return report->kind == REPORT_POOLS ? handlespace_pool_in_use(h, index)
                                        : handlespace_element_in_use(h, index);
}

static void append_entry(struct admin_report *report, const struct handlespace *h, uint32_t index,
                         struct byte_queue *out)
{
    append_text(out, report->separate ? ",\n" : "\n");
    report->separate = true;
    append_json(out, report->kind == REPORT_POOLS ? pool_at(h, index)
                                                  : admin_report_element(report->server, index));
}

/* One slice of a list; false when the list was finished by it. */
static bool continue_list(struct admin_report *report, struct byte_queue *out)
{
    const struct handlespace *h = &registrar_server_registrar(report->server)->handlespace;
    bool pools = report->kind == REPORT_POOLS;
    uint32_t end = pools ? h->pool_used : h->element_used;

    if (!report->begun)
        append_text(out, pools ? "{\"pools\":[" : "{\"elements\":[");
    report->begun = true;
    for (uint32_t i = 0; i < PLACES_PER_SLICE && report->next < end; i++, report->next++)
        if (in_use(report, h, report->next))
            append_entry(report, h, report->next, out);
    if (report->next < end)
        return true;
    append_text(out, "]}\n");
    return false;
}

/* ---- peers ---- */

static void count_element(struct admin_report *report, const struct enrp_group *group,
                          const struct handlespace_element *element)
{
    struct ownership *o = &report->ownership;
    uint32_t peer = enrp_peers_find(&group->peers, element->home);

    if (element->home == group->own_server) {
        o->own++;
        o->unbound += element->identity == IDENTITY_UNBOUND ? 1u : 0u;
    } else if (peer != ENRP_NO_PEER) {
        o->of[peer]++;
    } else {
        o->stray++;
    }
}

/* "yes", "no", or "unknown" as long as it has not said its checksum. */
static const char *agreement(const struct enrp_peer *peer)
{
    if (peer->has_checksum == 0)
        return "unknown";
    return peer->resynchronize != 0 ? "no" : "yes";
}

/* Who takes over its elements now; NULL: nobody. */
static const char *takeover_of(const struct enrp_group *group, const struct enrp_peer *peer)
{
    if (group->takeover.active != 0 && group->takeover.target == peer->server_identifier)
        return "by-us";
    return peer->state == ENRP_PEER_INACTIVE ? "by-another" : NULL;
}

/* Where it is connected to us, or would be connected to. */
static void set_peer_address(json_t *object, const struct admin_report *report, uint32_t index)
{
    const struct enrp_peer *peer = &registrar_server_group(report->server)->peers.peer[index];
    const struct configuration *c = registrar_server_configuration(report->server);
    char text[NETWORK_ADDRESS_TEXT_MAX];

    if (registrar_server_address(report->server, peer->channel, text))
        json_object_set_new(object, "address", json_string(text));
    else if (index < c->peer_count && c->peer[index].host[0] != '\0')
        json_object_set_new(object, "address",
                            json_sprintf("%s:%u", c->peer[index].host, c->peer[index].port));
    else if (index < c->peer_count) {
        network_address_text(&c->peer[index].address, text);
        json_object_set_new(object, "address", json_string(text));
    }
}

static json_t *peer_at(const struct admin_report *report, uint32_t index)
{
    const struct enrp_group *group = registrar_server_group(report->server);
    const struct enrp_peer *peer = &group->peers.peer[index];
    uint64_t now = clock_milliseconds();
    json_t *object = json_object();

    json_object_set_new(object, "name",
                        json_string(registrar_server_place_name(report->server, index)));
    set_hex(object, "server", "0x%08x", peer->server_identifier);
    json_object_set_new(object, "state", json_string(enrp_peer_state_name(peer->state)));
    set_peer_address(object, report, index);
    json_object_set_new(object, "connected", json_boolean(peer->channel != ENRP_NO_CHANNEL));
    if (peer->last_heard > 0)
        set_count(object, "last_heard_ms", now > peer->last_heard ? now - peer->last_heard : 0);
    json_object_set_new(object, "agrees", json_string(agreement(peer)));
    set_count(object, "elements", report->ownership.of[index]);
    if (takeover_of(group, peer) != NULL)
        json_object_set_new(object, "takeover", json_string(takeover_of(group, peer)));
    return object;
}

static json_t *peers_of(const struct admin_report *report)
{
    const struct enrp_group *group = registrar_server_group(report->server);
    json_t *object = json_object();
    json_t *peers = json_array();

    set_hex(object, "server_identifier", "0x%08x", group->own_server);
    json_object_set_new(object, "phase", json_string(enrp_phase_name(group->phase)));
    set_count(object, "elements_own", report->ownership.own);
    set_count(object, "elements_not_come_yet", report->ownership.unbound);
    set_count(object, "elements_of_nobody", report->ownership.stray);
    set_count(object, "takeovers_done", group->counters.takeovers_done);
    set_count(object, "elements_taken", group->counters.elements_taken);
    set_count(object, "begun_anew", registrar_server_restarts(report->server));
    for (uint32_t p = 0; p < ENRP_PEERS_MAX; p++)
        if (!registrar_server_place_empty(report->server, p))
            json_array_append_new(peers, peer_at(report, p));
    json_object_set_new(object, "peers", peers);
    return object;
}

/* Looks at one slice of the elements; the report is written when all were looked at. */
static bool continue_peers(struct admin_report *report, struct byte_queue *out)
{
    const struct enrp_group *group = registrar_server_group(report->server);
    const struct handlespace *h = &registrar_server_registrar(report->server)->handlespace;

    for (uint32_t i = 0; i < PLACES_PER_SLICE && report->next < h->element_used;
         i++, report->next++)
        if (handlespace_element_in_use(h, report->next))
            count_element(report, group, &h->element[report->next]);
    if (report->next < h->element_used)
        return true;
    append_json(out, peers_of(report));
    append_text(out, "\n");
    return false;
}

/* ---- the interface ---- */

struct admin_report *admin_report_new(const char *command, const struct registrar_server *server)
{
    static const char *const commands[] = {"status", "pools", "elements", "peers"};
    struct admin_report *report = NULL;

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(command, commands[i]) != 0)
            continue;
        report = calloc(1, sizeof *report);
        if (report == NULL)
            break;
        report->kind = (enum report_kind)i;
        report->server = server;
        break;
    }
    return report;
}

bool admin_report_continue(struct admin_report *report, struct byte_queue *out)
{
    if (report->kind == REPORT_PEERS)
        return continue_peers(report, out);
    if (report->kind != REPORT_STATUS)
        return continue_list(report, out);
    append_json(out, status_of(report->server));
    append_text(out, "\n");
    return false;
}

void admin_report_free(struct admin_report *report)
{
    free(report);
}
