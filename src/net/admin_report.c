/* Status, pools and elements as JSON: see admin_report.h. */
#include "admin_report.h"

#include "clock_source.h"
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

enum report_kind { REPORT_STATUS, REPORT_POOLS, REPORT_ELEMENTS };

struct admin_report {
    enum report_kind kind;
    const struct registrar_server *server;
    uint32_t next; /* the next place to look at */
    bool begun;    /* the opening was written */
    bool separate; /* an entry was written: the next needs a comma */
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
    json_object_set_new(object, "counters", counters_of(&registrar->books.counters));
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

static json_t *element_at(const struct admin_report *report, const struct handlespace *h,
                          uint32_t index)
{
    const struct handlespace_element *element = &h->element[index];
    const struct handlespace_pool *pool = &h->pool[element->pool];
    uint64_t now = clock_milliseconds();
    json_t *object = json_object();

    json_object_set_new(object, "pool", json_bytes(pool->handle, pool->handle_length));
    set_hex(object, "pe", "0x%08x", element->pe_identifier);
    set_address(object, h, index);
    json_object_set_new(
        object, "identity",
        audit_trail_identity(registrar_server_rules(report->server), element->identity));
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
    append_json(out,
                report->kind == REPORT_POOLS ? pool_at(h, index) : element_at(report, h, index));
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

/* ---- the interface ---- */

struct admin_report *admin_report_new(const char *command, const struct registrar_server *server)
{
    static const char *const commands[] = {"status", "pools", "elements"};
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
