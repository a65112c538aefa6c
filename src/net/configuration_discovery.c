/* Reads how a registrar finds others that are not named one by one: see configuration_parts.h.
 *
 * By SRV records, by announcements to a multicast group, or both; and how names are looked up at all, which peers that
 * are configured by name need, too.
 */
#include "configuration_parts.h"

#include "resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define say configuration_say

#define DNS_PORT 53u

static int line_of(const char *name)
{
    return configuration_line_in(CONFIGURATION_TOP, name);
}

bool configuration_needs_dns(const struct configuration *c)
{
    bool needed = c->discovery.srv[0] != '\0';

    for (uint32_t i = 0; i < c->peer_count; i++)
        needed = needed || c->peer[i].host[0] != '\0';
    return needed;
}

bool configuration_announces(const struct configuration *c)
{
    return c->discovery.multicast.length > 0;
}

/* ---- DNS ---- */

static bool take_service(cfg_t *cfg, struct configuration *out)
{
    struct configuration_discovery *d = &out->discovery;

    configuration_take_text(cfg, "discover_srv", d->srv, sizeof d->srv);
    size_t length = strlen(d->srv);
    if (length > 0 && d->srv[length - 1] == '.')
        d->srv[length - 1] = '\0'; /* the root: every name ends there */
    if (length == 0 || domain_name_valid(d->srv, true))
        return true;
    say(line_of("discover_srv"),
        "discover_srv: \"%.128s\" is no name of a service; write the one of the group's SRV "
        "records, such as \"_enrp._tcp.example.org\"",
        cfg_getstr(cfg, "discover_srv"));
    return false;
}

/* As the library takes it: IP@PORT. */
static bool take_resolver(cfg_t *cfg, struct configuration *out)
{
    const char *text = cfg_getstr(cfg, "dns_resolver");
    char what[NETWORK_PROBLEM_MAX];
    char ip_text[NETWORK_ADDRESS_TEXT_MAX];
    struct network_address address;

    if (text[0] == '\0')
        return true;
    if (text[0] != '*' && network_address_parse_numeric(text, DNS_PORT, &address, what)) {
        struct ip_address ip = network_address_ip(&address);
        ip_address_text(&ip, ip_text);
        snprintf(out->discovery.dns_resolver, sizeof out->discovery.dns_resolver, "%s@%u", ip_text,
                 network_address_port(&address));
        return true;
    }
    say(line_of("dns_resolver"),
        "dns_resolver: \"%.128s\" is not the IP address of a resolver, with or without a port; "
        "write one, or leave it to /etc/resolv.conf",
        text);
    return false;
}

static bool can_be_read(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

const char *configuration_trust_anchor(const struct configuration *c)
{
    const struct configuration_discovery *d = &c->discovery;

    return d->dns_anchor_given || can_be_read(d->dns_trust_anchor) ? d->dns_trust_anchor : "";
}

static void take_anchor(cfg_t *cfg, struct configuration *out)
{
    configuration_take_text(cfg, "dns_trust_anchor", out->discovery.dns_trust_anchor,
                            sizeof out->discovery.dns_trust_anchor);
    out->discovery.dns_anchor_given = line_of("dns_trust_anchor") > 0;
}

static bool check_dns(const struct configuration *c)
{
    static const char *const keys[] = {"dns_resolver", "dns_trust_anchor", "dns_unsigned"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0] && !configuration_needs_dns(c); i++) {
        if (line_of(keys[i]) == 0)
            continue;
        say(line_of(keys[i]),
            "%s has no effect without discover_srv and without a peer that is known by name; "
            "remove it, or add one of them",
            keys[i]);
        return false;
    }
    return true;
}

/* ---- multicast ---- */

static bool is_multicast(const struct network_address *address)
{
    struct ip_address ip = network_address_ip(address);

    return ip.size == 4 ? ip.bytes[0] / 16u == 14u : ip.size == 16 && ip.bytes[0] == 255u;
}

static bool take_multicast(cfg_t *cfg, struct configuration *out)
{
    const char *text = cfg_getstr(cfg, "discover_multicast");
    struct network_address *group = &out->discovery.multicast;
    char what[NETWORK_PROBLEM_MAX];

    if (text[0] == '\0')
        return true;
    if (text[0] != '*' && network_address_parse_numeric(text, ENRP_PORT, group, what) &&
        is_multicast(group))
        return true;
    say(line_of("discover_multicast"),
        "discover_multicast: \"%.128s\" is no multicast address, with or without a port; write "
        "one of your own site, such as \"239.192.0.1:%u\" or \"[ff15::1]:%u\"",
        text, ENRP_PORT, ENRP_PORT);
    return false;
}

static bool take_interface(cfg_t *cfg, struct configuration *out)
{
    const char *name = cfg_getstr(cfg, "multicast_interface");

    if (name[0] != '\0' && !configuration_announces(out)) {
        say(line_of("multicast_interface"), "multicast_interface has no effect without "
                                            "discover_multicast; remove it, or add a group");
        return false;
    }
    configuration_take_text(cfg, "multicast_interface", out->discovery.multicast_interface,
                            sizeof out->discovery.multicast_interface);
    return true;
}

/* ---- what the start needs ---- */

static bool interface_is_there(const struct configuration *c,
                               char problem[CONFIGURATION_PROBLEM_MAX])
{
    const char *name = c->discovery.multicast_interface;
    char place[CONFIGURATION_PATH_MAX + 32];

    if (name[0] == '\0' || if_nametoindex(name) > 0)
        return true;
    configuration_place("multicast_interface", place);
    snprintf(problem, CONFIGURATION_PROBLEM_MAX,
             "%smulticast_interface: there is no interface \"%.64s\"; `ip link` lists them", place,
             name);
    return false;
}

static bool anchor_is_there(const struct configuration *c, char problem[CONFIGURATION_PROBLEM_MAX])
{
    const char *anchor = configuration_trust_anchor(c);
    char place[CONFIGURATION_PATH_MAX + 32];

    if (!configuration_needs_dns(c))
        return true;
    if (anchor[0] != '\0' && !can_be_read(anchor)) {
        int error = errno;
        configuration_place("dns_trust_anchor", place);
        snprintf(
            problem, CONFIGURATION_PROBLEM_MAX,
            "%sdns_trust_anchor: cannot read %.255s: %s; name a file with DS or DNSKEY records "
            "(Debian: package dns-root-data), or \"\" to do without DNSSEC",
            place, anchor, strerror(error));
        return false;
    }
    if (anchor[0] != '\0' || c->discovery.dns_unsigned)
        return true;
    configuration_place("dns_unsigned", place);
    snprintf(problem, CONFIGURATION_PROBLEM_MAX,
             "%sdns_unsigned is false, but there is no trust anchor to prove an answer by; name a "
             "file in dns_trust_anchor (Debian: package dns-root-data)",
             place);
    return false;
}

bool configuration_discovery_possible(const struct configuration *c,
                                      char problem[CONFIGURATION_PROBLEM_MAX])
{
    return interface_is_there(c, problem) && anchor_is_there(c, problem);
}

/* ---- all of it ---- */

bool configuration_take_discovery(cfg_t *cfg, struct configuration *out)
{
    struct configuration_discovery *d = &out->discovery;

    d->dns_unsigned = cfg_getbool(cfg, "dns_unsigned") == cfg_true;
    take_anchor(cfg, out);
    if (!take_service(cfg, out) || !take_resolver(cfg, out) || !take_multicast(cfg, out) ||
        !take_interface(cfg, out))
        return false;
    d->srv_places = d->srv[0] != '\0' ? DISCOVERY_PLACES : 0;
    d->multicast_places = configuration_announces(out) ? DISCOVERY_PLACES : 0;
    return true;
}

bool configuration_check_discovery(const struct configuration *c)
{
    if (!check_dns(c))
        return false;
    if (!configuration_announces(c) || c->enrp.transport_length > 0)
        return true;
    say(line_of("discover_multicast"),
        "discover_multicast without an address to announce; name it in enrp_address, or in "
        "enrp_listen instead of a wildcard");
    return false;
}
