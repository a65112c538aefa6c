/* Reads what poolproofd.conf says of the registrar's group: see configuration_parts.h. */
#include "configuration_parts.h"

#include "parameter_wire.h"
#include "srv_records.h"
#include "wire.h"
#include "wire_constants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define say configuration_say

#define TRANSPORT_AT 4u /* a parameter has something before it: at 0 the encoders put none */

const char *const configuration_peer_keys[] = {"address", "server", "identity", NULL};

cfg_opt_t *configuration_peer_options(void)
{
    static cfg_opt_t options[] = {CFG_STR("address", "", CFGF_NONE),
                                  CFG_STR("server", "", CFGF_NONE),
                                  CFG_STR("identity", "", CFGF_NONE), CFG_END()};

    return options;
}

bool configuration_has_group(const struct configuration *c)
{
    return c->peer_count > 0 || c->enrp_listen_count > 0 || c->discovery.srv[0] != '\0' ||
           configuration_announces(c);
}

static int line_of(const char *name)
{
    return configuration_line_in(CONFIGURATION_TOP, name);
}

static uint16_t usual_port(const struct configuration *c)
{
    return c->secure ? ENRP_TLS_PORT : ENRP_PORT;
}

/* ---- peers ---- */

/* The line of a peer's key, or of its section. */
static int peer_line(uint32_t peer, const char *key)
{
    int line = configuration_line_in(peer + 1, key);

    return line > 0 ? line : configuration_line_in(peer + 1, "peer");
}

/* Says what is wrong with a key of a peer; false, for the caller to return. */
static bool wrong(uint32_t peer, const char *name, const char *key, const char *what)
{
    say(peer_line(peer, key), "peer %.64s: %s: %s", name, key, what);
    return false;
}

/* The name of a host, to be looked up while the registrar runs. */
static bool take_peer_host(const char *text, const struct configuration *c,
                           struct configuration_peer *p)
{
    uint16_t port = 0;

    if (!network_address_split(text, p->host, sizeof p->host, &port) ||
        !domain_name_valid(p->host, false))
        return false;
    p->address.length = 0;
    p->port = port != 0 ? port : usual_port(c);
    return true;
}

static bool take_peer_address(cfg_t *section, uint32_t peer, struct configuration *out)
{
    struct configuration_peer *p = &out->peer[peer];
    const char *text = cfg_getstr(section, "address");
    char what[NETWORK_PROBLEM_MAX + 64] =
        "is missing; write where the peer's enrp_listen is, IP:PORT or NAME:PORT";

    if (text[0] != '\0' &&
        network_address_parse_numeric(text, usual_port(out), &p->address, what) &&
        strncmp(text, "*", 1) != 0)
        return true;
    if (text[0] != '\0' && take_peer_host(text, out, p))
        return true;
    if (text[0] != '\0')
        snprintf(what, sizeof what,
                 "\"%.128s\" is neither the IP address nor the name of a host, with or without a "
                 "port",
                 text);
    return wrong(peer, p->name, "address", what);
}

static bool take_peer_server(cfg_t *section, uint32_t peer, struct configuration *out)
{
    struct configuration_peer *p = &out->peer[peer];
    const char *text = cfg_getstr(section, "server");
    char what[CONFIGURATION_PATH_MAX + 128];

    if (text[0] == '\0' || configuration_read_identifier(text, &p->server_identifier))
        return true;
    snprintf(what, sizeof what,
             "\"%.128s\" is no server identifier; write a number from 1 to 0xffffffff, such as "
             "\"0x1a2b3c4d\"",
             text);
    return wrong(peer, p->name, "server", what);
}

static bool fits_name(const char *text)
{
    return strlen(text) <= ACCESS_NAME_MAX;
}

static bool take_peer_identity(cfg_t *section, uint32_t peer, struct configuration *out)
{
    struct configuration_peer *p = &out->peer[peer];
    const char *text = cfg_getstr(section, "identity");

    if (!fits_name(text))
        return wrong(peer, p->name, "identity", "is longer than 128 bytes; no identity is");
    if (out->secure && text[0] == '\0')
        return wrong(peer, p->name, "identity",
                     "is missing; name the identity that the key file gives the peer");
    if (!out->secure && text[0] != '\0')
        return wrong(peer, p->name, "identity",
                     "has no effect with security \"none\"; remove it, or set security to \"tls\"");
    snprintf(p->identity, sizeof p->identity, "%s", text);
    return true;
}

static bool same_place(const struct configuration_peer *a, const struct configuration_peer *b)
{
    if (a->host[0] != '\0' || b->host[0] != '\0')
        return a->port == b->port && strcasecmp(a->host, b->host) == 0;
    return network_address_equal(&a->address, &b->address);
}

/* Two names for one registrar would have us connect to it twice, and to ourselves in vain. */
static bool check_peer_apart(uint32_t peer, const struct configuration *c)
{
    const struct configuration_peer *p = &c->peer[peer];
    char what[CONFIGURATION_PATH_MAX + 64];

    if (p->server_identifier != 0 && p->server_identifier == c->registrar.server_identifier)
        return wrong(peer, p->name, "server",
                     "is our own server_identifier; leave ourselves out of the peers");
    for (uint32_t i = 0; i < peer; i++) {
        const struct configuration_peer *other = &c->peer[i];
        bool same_server =
            p->server_identifier != 0 && p->server_identifier == other->server_identifier;
        snprintf(what, sizeof what, "is that of peer %.64s, too; remove one of them", other->name);
        if (same_server || same_place(p, other))
            return wrong(peer, p->name, same_server ? "server" : "address", what);
    }
    return true;
}

static bool take_peer(cfg_t *section, uint32_t peer, struct configuration *out)
{
    snprintf(out->peer[peer].name, sizeof out->peer[peer].name, "%s", cfg_title(section));
    out->enrp.server_identifier[peer] = 0;
    if (!take_peer_address(section, peer, out) || !take_peer_server(section, peer, out) ||
        !take_peer_identity(section, peer, out) || !check_peer_apart(peer, out))
        return false;
    out->enrp.server_identifier[peer] = out->peer[peer].server_identifier;
    return true;
}

/* Places that are kept for registrars that are found. */
static uint32_t places_of(const struct configuration_discovery *d)
{
    return d->srv_places + d->multicast_places;
}

static bool take_peers(cfg_t *cfg, struct configuration *out)
{
    unsigned count = cfg_size(cfg, "peer");
    uint32_t most = ENRP_PEERS_MAX - places_of(&out->discovery);

    if (count > most) {
        say(configuration_line_in(most + 1, "peer"),
            "there are %u peers; at most %u are possible%s", count, most,
            most < ENRP_PEERS_MAX ? " beside those that are discovered" : "");
        return false;
    }
    for (unsigned i = 0; i < count; i++)
        if (!take_peer(cfg_getnsec(cfg, "peer", i), i, out))
            return false;
    out->peer_count = count;
    out->enrp.server_count = count + places_of(&out->discovery);
    return true;
}

/* ---- our side ---- */

static bool take_enrp_listen(cfg_t *cfg, struct configuration *out)
{
    char what[NETWORK_PROBLEM_MAX];
    unsigned count = cfg_size(cfg, "enrp_listen");

    if (count > CONFIGURATION_LISTEN_MAX) {
        say(line_of("enrp_listen"), "enrp_listen has %u addresses; at most %u are possible", count,
            CONFIGURATION_LISTEN_MAX);
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        const char *text = cfg_getnstr(cfg, "enrp_listen", i);
        if (!network_address_parse_numeric(text, usual_port(out), &out->enrp_listen[i], what)) {
            say(line_of("enrp_listen"),
                "enrp_listen: \"%.128s\" is not the IP address of a host, with or without a port; "
                "write "
                "an IP address, or * for every address of this machine",
                text);
            return false;
        }
    }
    out->enrp_listen_count = count;
    if (count > 0 || line_of("enrp_listen") == 0)
        return true;
    say(line_of("enrp_listen"),
        "enrp_listen is empty; name an address, such as { \"*:%u\" }, or "
        "remove it",
        usual_port(out));
    return false;
}

/* A group's member listens, unless it is told where: on every IPv4 address. */
static bool listen_usually(struct configuration *out)
{
    char what[NETWORK_PROBLEM_MAX];

    if (!configuration_has_group(out) || out->enrp_listen_count > 0)
        return true;
    out->enrp_listen_count = 1;
    return network_address_parse_numeric("0.0.0.0", usual_port(out), &out->enrp_listen[0], what);
}

static bool is_wildcard(const struct ip_address *ip)
{
    uint8_t any = 0;

    for (uint32_t i = 0; i < ip->size; i++)
        any |= ip->bytes[i];
    return any == 0;
}

/* A TCP transport in the place of an SCTP one (RFC 5354, 3.11; spec/tcp-mapping.md). */
static void announce(struct configuration *out, const struct network_address *address)
{
    struct wire_transport transport = {
        .type = PARAMETER_TCP_TRANSPORT, .port = network_address_port(address), .use = 0};
    struct ip_address ip = network_address_ip(address);
    uint8_t bytes[TRANSPORT_AT + ENRP_TRANSPORT_MAX];
    uint32_t end = wire_put_transport(bytes, sizeof bytes, TRANSPORT_AT, &transport, &ip, 1);

    if (end == WIRE_FULL)
        return;
    out->enrp.transport_length = end - TRANSPORT_AT;
    memcpy(out->enrp.transport, bytes + TRANSPORT_AT, out->enrp.transport_length);
}

/* What other registrars hear as our address; by itself the first one we listen on that is one. */
static bool take_enrp_address(cfg_t *cfg, struct configuration *out)
{
    const char *text = cfg_getstr(cfg, "enrp_address");
    struct network_address address;
    struct ip_address ip;
    char what[NETWORK_PROBLEM_MAX];

    for (uint32_t i = 0; text[0] == '\0' && i < out->enrp_listen_count; i++) {
        ip = network_address_ip(&out->enrp_listen[i]);
        if (!is_wildcard(&ip) && out->enrp.transport_length == 0)
            announce(out, &out->enrp_listen[i]);
    }
    if (text[0] == '\0')
        return true;
    if (network_address_parse_numeric(text, usual_port(out), &address, what)) {
        ip = network_address_ip(&address);
        if (!is_wildcard(&ip)) {
            announce(out, &address);
            return true;
        }
    }
    say(line_of("enrp_address"),
        "enrp_address: \"%.128s\" is not the one IP address, with or without a port, at which "
        "other "
        "registrars reach us",
        text);
    return false;
}

static bool take_arbitration(cfg_t *cfg, struct configuration *out)
{
    const char *text = cfg_getstr(cfg, "takeover_arbitration");

    out->enrp.arbitration =
        strcmp(text, "rsplib") == 0 ? ENRP_ARBITRATION_RSPLIB : ENRP_ARBITRATION_RFC;
    if (strcmp(text, "rfc") == 0 || strcmp(text, "rsplib") == 0)
        return true;
    say(line_of("takeover_arbitration"),
        "takeover_arbitration is \"%.64s\"; write \"rfc\" (the higher server identifier goes on) "
        "or "
        "\"rsplib\" (the lower one), the same in the whole group",
        text);
    return false;
}

/* ---- what must agree ---- */

static bool check_secure_group(const struct configuration *c, bool drawn, int line)
{
    if (c->key_file[0] == '\0') {
        say(line, "registrars authenticate each other by pre-shared keys, but there is no "
                  "key_file; add it, "
                  "with a line for each of them");
        return false;
    }
    if (c->identity[0] == '\0') {
        say(line, "a group without identity; add identity, the name of this registrar's own line "
                  "in the key "
                  "file");
        return false;
    }
    if (!drawn)
        return true;
    say(line,
        "a group without server_identifier; add the one that the key file's line of identity "
        "\"%.64s\" "
        "allows (server=)",
        c->identity);
    return false;
}

static bool check_times(const struct configuration *c)
{
    const struct enrp_configuration *e = &c->enrp;

    if (e->max_time_last_heard <= e->heartbeat_cycle) {
        say(line_of("max_time_last_heard_ms"),
            "max_time_last_heard_ms is %u, not longer than peer_heartbeat_cycle_ms, which is %u: "
            "every peer "
            "would seem dead; choose twice as long at least",
            e->max_time_last_heard, e->heartbeat_cycle);
        return false;
    }
    if (e->dial_maximum >= e->dial_minimum)
        return true;
    say(line_of("peer_dial_maximum_ms"),
        "peer_dial_maximum_ms is %u, shorter than peer_dial_minimum_ms, which is %u; choose a "
        "longer one",
        e->dial_maximum, e->dial_minimum);
    return false;
}

static bool check_lone(const struct configuration *c)
{
    if (c->identity[0] == '\0')
        return true;
    say(line_of("identity"), "identity has no effect without peers and enrp_listen; remove it, or "
                             "add the section of a peer");
    return false;
}

/* The line that makes this registrar one of a group. */
static int group_line(void)
{
    static const char *const keys[] = {"enrp_listen", "discover_srv", "discover_multicast"};
    int line = configuration_line_in(1, "peer");

    for (size_t i = 0; i < sizeof keys / sizeof keys[0] && line == 0; i++)
        line = line_of(keys[i]);
    return line;
}

/* drawn: our server identifier is a random one. */
static bool check_group(struct configuration *c, bool drawn)
{
    int line = group_line();

    if (!configuration_has_group(c)) {
        /* Whatever stands there has no meaning, so it need not agree with anything. */
        enrp_configuration_defaults(&c->enrp);
        return check_lone(c);
    }
    if (c->secure && !check_secure_group(c, drawn, line))
        return false;
    if (!c->secure && c->identity[0] != '\0') {
        say(line_of("identity"), "identity has no effect with security \"none\"; remove it, or set "
                                 "security to \"tls\"");
        return false;
    }
    return check_times(c);
}

bool configuration_take_group(cfg_t *cfg, struct configuration *out)
{
    const char *identity = cfg_getstr(cfg, "identity");
    bool drawn = cfg_getstr(cfg, "server_identifier")[0] == '\0';

    if (!fits_name(identity)) {
        say(line_of("identity"), "identity is longer than 128 bytes; no identity is");
        return false;
    }
    configuration_take_text(cfg, "identity", out->identity, sizeof out->identity);
    out->enrp.identities_bound = out->secure ? 1 : 0;
    out->enrp.malformed_maximum = out->registrar.malformed_maximum < UINT16_MAX
                                      ? out->registrar.malformed_maximum
                                      : UINT16_MAX - 1u;
    return take_enrp_listen(cfg, out) && take_peers(cfg, out) && listen_usually(out) &&
           take_enrp_address(cfg, out) && take_arbitration(cfg, out) && check_group(out, drawn);
}
