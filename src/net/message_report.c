/* A decoded ASAP or ENRP message as a JSON tree; see message_report.h. */
#include "message_report.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire_names.h"

/* Which bit of which message has which name (RFC 5352, 2.2; RFC 5353, 2). */
struct flag_name {
    uint8_t type;
    uint8_t bit;
    const char *name;
};

static const struct flag_name asap_flags[] = {
    {ASAP_REGISTRATION_RESPONSE, ASAP_FLAG_REJECT, "reject"},
    {ASAP_HANDLE_RESOLUTION, ASAP_FLAG_SUBSCRIBE, "subscribe"},
    {ASAP_HANDLE_RESOLUTION_RESPONSE, ASAP_FLAG_ACCEPT_UPDATES, "accept_updates"},
    {ASAP_ENDPOINT_KEEP_ALIVE, ASAP_FLAG_HOME, "home"},
    {0, 0, NULL},
};

static const struct flag_name enrp_flags[] = {
    {ENRP_PRESENCE, ENRP_FLAG_REPLY_REQUIRED, "reply_required"},
    {ENRP_HANDLE_TABLE_REQUEST, ENRP_FLAG_OWN_CHILDREN_ONLY, "own_children_only"},
    {ENRP_HANDLE_TABLE_RESPONSE, ENRP_FLAG_REJECT, "reject"},
    {ENRP_HANDLE_TABLE_RESPONSE, ENRP_FLAG_MORE_TO_SEND, "more_to_send"},
    {ENRP_HANDLE_UPDATE, ENRP_FLAG_TAKEOVER_SUGGESTED, "takeover_suggested"},
    {ENRP_LIST_RESPONSE, ENRP_FLAG_REJECT, "reject"},
    {0, 0, NULL},
};

/* The names of a policy's numbers, in their order (RFC 5356, 4 and 5). */
struct policy_values {
    uint32_t type;
    const char *name[WIRE_POLICY_VALUES_MAX];
};

static const struct policy_values policy_values[] = {
    {POLICY_WEIGHTED_ROUND_ROBIN, {"weight"}},
    {POLICY_WEIGHTED_RANDOM, {"weight"}},
    {POLICY_PRIORITY, {"priority"}},
    {POLICY_LEAST_USED, {"load"}},
    {POLICY_LEAST_USED_WITH_DEGRADATION, {"load", "load_degradation"}},
    {POLICY_PRIORITY_LEAST_USED, {"load", "load_degradation"}},
    {POLICY_RANDOMIZED_LEAST_USED, {"load"}},
};

static void need(bool done)
{
    if (!done) {
        fputs("poolproof: out of memory\n", stderr);
        exit(2);
    }
}

/* Both take over the reference to `value`, which is NULL when there was no memory for it. */
static void set(json_t *object, const char *key, json_t *value)
{
    need(json_object_set_new(object, key, value) == 0);
}

static void append(json_t *list, json_t *value)
{
    need(json_array_append_new(list, value) == 0);
}

static json_t *hexadecimal(uint32_t value, int digits)
{
    char text[16];

    snprintf(text, sizeof text, "0x%0*" PRIx32, digits, value);
    return json_string(text);
}

/* Text of at most four bytes for each of `length` bytes, written by `print`. */
static json_t *text_of(const uint8_t *bytes, uint32_t length, int (*print)(char *, uint8_t))
{
    char *text = malloc((size_t)length * 4u + 1u);
    char *end = text;
    json_t *result = NULL;

    need(text != NULL);
    for (uint32_t i = 0; i < length; i++)
        end += print(end, bytes[i]);
    result = json_stringn(text, (size_t)(end - text));
    free(text);
    return result;
}

static int print_hex(char *text, uint8_t byte)
{
    return sprintf(text, "%02x", byte);
}

static int print_handle(char *text, uint8_t byte)
{
    if (byte < 0x20u || byte > 0x7eu || byte == '*' || byte == '\\')
        return sprintf(text, "\\x%02x", byte);
    *text = (char)byte;
    return 1;
}

static json_t *hex_of(const uint8_t *bytes, const struct wire_span *span)
{
    return text_of(bytes + span->offset, span->length, print_hex);
}

static json_t *handle_of(const uint8_t *bytes, const struct wire_span *span)
{
    return text_of(bytes + span->offset, span->length, print_handle);
}

/* A number that may have a name: {"<key>": "0x...", "name": "..."}. */
static void set_named(json_t *object, const char *key, json_t *number, const char *name)
{
    set(object, key, number);
    if (name != NULL)
        set(object, "name", json_string(name));
}

static json_t *report_address(const struct ip_address *address)
{
    char text[INET6_ADDRSTRLEN];

    inet_ntop(address->size == 4 ? AF_INET : AF_INET6, address->bytes, text, sizeof text);
    return json_string(text);
}

static json_t *report_addresses(const uint8_t *bytes, uint32_t length,
                                const struct wire_transport *transport)
{
    json_t *list = json_array();
    struct wire_iterator it;
    struct ip_address address;

    wire_iterate(&transport->addresses, &it);
    while (wire_address_next(bytes, length, &it, &address))
        append(list, report_address(&address));
    return list;
}

static json_t *report_transport(const uint8_t *bytes, uint32_t length,
                                const struct wire_transport *transport)
{
    json_t *object = json_object();

    set_named(object, "type", json_integer(transport->type), wire_parameter_name(transport->type));
    if (transport->type == PARAMETER_OPAQUE_TRANSPORT) {
        set(object, "data", hex_of(bytes, &transport->addresses));
        return object;
    }
    set(object, "port", json_integer(transport->port));
    set(object, "use", json_integer(transport->use));
    if (transport->type == PARAMETER_DCCP_TRANSPORT)
        set(object, "service_code", hexadecimal(transport->service_code, 8));
    set(object, "addresses", report_addresses(bytes, length, transport));
    return object;
}

static void set_policy_values(json_t *object, const struct wire_policy *policy)
{
    for (size_t i = 0; i < sizeof policy_values / sizeof policy_values[0]; i++) {
        if (policy_values[i].type != policy->type)
            continue;
        for (uint8_t k = 0; k < policy->value_count; k++)
            set(object, policy_values[i].name[k], json_integer(policy->value[k]));
    }
}

static json_t *report_policy(const uint8_t *bytes, const struct wire_policy *policy)
{
    json_t *object = json_object();
    /* What follows the parameter header and the policy type. */
    const struct wire_span value = {policy->tlv.offset + 8u, policy->tlv.length - 8u};

    set_named(object, "type", hexadecimal(policy->type, 8), wire_policy_name(policy->type));
    if (wire_policy_value_count(policy->type) == WIRE_POLICY_UNKNOWN)
        set(object, "value", hex_of(bytes, &value));
    else
        set_policy_values(object, policy);
    return object;
}

static json_t *report_element(const uint8_t *bytes, uint32_t length,
                              const struct wire_pool_element *element)
{
    json_t *object = json_object();

    set(object, "pe_identifier", hexadecimal(element->pe_identifier, 8));
    set(object, "home_enrp_server_identifier",
        hexadecimal(element->home_enrp_server_identifier, 8));
    set(object, "registration_life", json_integer(element->registration_life));
    set(object, "user_transport", report_transport(bytes, length, &element->user_transport));
    set(object, "policy", report_policy(bytes, &element->policy));
    if (element->has_asap_transport)
        set(object, "asap_transport", report_transport(bytes, length, &element->asap_transport));
    return object;
}

static json_t *report_elements(const uint8_t *bytes, uint32_t length, struct wire_iterator it)
{
    json_t *list = json_array();
    struct wire_pool_element element;

    while (wire_pool_element_next(bytes, length, &it, &element))
        append(list, report_element(bytes, length, &element));
    return list;
}

static json_t *report_transports(const uint8_t *bytes, uint32_t length, struct wire_iterator it)
{
    json_t *list = json_array();
    struct wire_transport transport;

    while (wire_transport_next(bytes, length, &it, &transport))
        append(list, report_transport(bytes, length, &transport));
    return list;
}

static json_t *report_servers(const uint8_t *bytes, uint32_t length, struct wire_iterator it)
{
    json_t *list = json_array();
    struct wire_server_information server;

    while (wire_server_information_next(bytes, length, &it, &server)) {
        json_t *object = json_object();

        set(object, "server_identifier", hexadecimal(server.server_identifier, 8));
        set(object, "transport", report_transport(bytes, length, &server.transport));
        append(list, object);
    }
    return list;
}

static json_t *report_causes(const uint8_t *bytes, uint32_t length, const struct wire_span *error)
{
    json_t *list = json_array();
    struct wire_iterator it;
    struct wire_cause cause;

    wire_iterate(error, &it);
    while (wire_cause_next(bytes, length, &it, &cause)) {
        json_t *object = json_object();

        set_named(object, "code", hexadecimal(cause.code, 4), wire_cause_name(cause.code));
        set(object, "info", hex_of(bytes, &cause.info));
        append(list, object);
    }
    return list;
}

static json_t *report_pools(const uint8_t *bytes, uint32_t length, struct wire_iterator it)
{
    json_t *list = json_array();
    struct enrp_pool_entry entry;

    while (enrp_pool_entry_next(bytes, length, &it, &entry)) {
        json_t *object = json_object();

        set(object, "pool_handle", handle_of(bytes, &entry.pool_handle));
        set(object, "pool_elements", report_elements(bytes, length, entry.pool_elements));
        append(list, object);
    }
    return list;
}

static json_t *report_unrecognized(const uint8_t *bytes, const struct wire_unrecognized *reported)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < reported->count; i++)
        append(list, hex_of(bytes, &reported->parameter[i]));
    return list;
}

static void set_header(json_t *object, const char *protocol, const char *name, uint8_t type,
                       uint8_t flags, uint32_t length)
{
    set(object, "protocol", json_string(protocol));
    set(object, "message", json_string(name));
    set(object, "type", json_integer(type));
    set(object, "flags", json_integer(flags));
    set(object, "length", json_integer(length));
}

static void set_flags(json_t *object, const struct flag_name *names, uint8_t type, uint8_t flags)
{
    for (; names->name != NULL; names++) {
        if (names->type == type)
            set(object, names->name, json_boolean((flags & names->bit) != 0));
    }
}

json_t *message_report_asap(const uint8_t *bytes, uint32_t length, const struct asap_message *m)
{
    json_t *object = json_object();

    set_header(object, "asap", asap_message_name(m->type), m->type, m->flags, m->length);
    set_flags(object, asap_flags, m->type, m->flags);
    if (m->type == ASAP_ENDPOINT_KEEP_ALIVE || m->type == ASAP_SERVER_ANNOUNCE)
        set(object, "server_identifier", hexadecimal(m->server_identifier, 8));
    if (m->has_pool_handle)
        set(object, "pool_handle", handle_of(bytes, &m->pool_handle));
    if (m->has_pe_identifier)
        set(object, "pe_identifier", hexadecimal(m->pe_identifier, 8));
    if (m->has_policy)
        set(object, "policy", report_policy(bytes, &m->policy));
    if (m->has_pool_element)
        set(object, "pool_elements", report_elements(bytes, length, m->pool_elements));
    if (m->has_transport)
        set(object, "transports", report_transports(bytes, length, m->transports));
    if (m->has_cookie)
        set(object, "cookie", hex_of(bytes, &m->cookie));
    if (m->has_operation_error)
        set(object, "operation_error", report_causes(bytes, length, &m->operation_error));
    if (m->unrecognized.count > 0)
        set(object, "unrecognized", report_unrecognized(bytes, &m->unrecognized));
    return object;
}

static bool names_a_target(uint8_t type)
{
    return type == ENRP_INIT_TAKEOVER || type == ENRP_INIT_TAKEOVER_ACK ||
           type == ENRP_TAKEOVER_SERVER;
}

static void set_enrp_words(json_t *object, const struct enrp_message *m)
{
    set(object, "sending_server_identifier", hexadecimal(m->sending_server_identifier, 8));
    set(object, "receiving_server_identifier", hexadecimal(m->receiving_server_identifier, 8));
    if (m->type == ENRP_HANDLE_UPDATE)
        set(object, "update_action", json_integer(m->update_action));
    if (names_a_target(m->type))
        set(object, "targeting_server_identifier", hexadecimal(m->targeting_server_identifier, 8));
}

json_t *message_report_enrp(const uint8_t *bytes, uint32_t length, const struct enrp_message *m)
{
    json_t *object = json_object();

    set_header(object, "enrp", enrp_message_name(m->type), m->type, m->flags, m->length);
    set_flags(object, enrp_flags, m->type, m->flags);
    set_enrp_words(object, m);
    if (m->has_pe_checksum)
        set(object, "pe_checksum", hexadecimal(m->pe_checksum, 4));
    if (m->has_server_information)
        set(object, "servers", report_servers(bytes, length, m->servers));
    if (m->type == ENRP_HANDLE_TABLE_RESPONSE)
        set(object, "pools", report_pools(bytes, length, m->pool_entries));
    if (m->type == ENRP_HANDLE_UPDATE) {
        set(object, "pool_handle", handle_of(bytes, &m->pool_handle));
        set(object, "pool_element", report_element(bytes, length, &m->pool_element));
    }
    if (m->has_operation_error)
        set(object, "operation_error", report_causes(bytes, length, &m->operation_error));
    if (m->unrecognized.count > 0)
        set(object, "unrecognized", report_unrecognized(bytes, &m->unrecognized));
    return object;
}
