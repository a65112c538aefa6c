/* Registrars that are found while the daemon runs: see registrar_server_parts.h.
 *
 * The core dials the places of its peer list and knows no more of them than their numbers. Behind the places of peers
 * that are configured by address come some for registrars that DNS tells of, or that announce themselves. A dial
 * of such a place walks through candidates; that it came to nothing is reported when the last of them did.
 *
 * A candidate is a hint where to connect to, and nothing else: neither an answer of DNS nor an announcement puts
 * anybody into the peer list, or changes an element. Whoever is there proves a pre-shared key, and the core
 * judges what he says by the rights of the key file, as it does with every other peer.
 */
#include "registrar_server_parts.h"

#include "log.h"

#include <stdio.h>
#include <string.h>

/* ---- places ---- */

enum place_kind registrar_place_kind(const struct registrar_server *s, uint32_t peer)
{
    const struct configuration *c = &s->configuration;
    const uint32_t multicast = c->peer_count + c->discovery.srv_places;

    if (peer < c->peer_count)
        return c->peer[peer].host[0] != '\0' ? PLACE_HOST : PLACE_ADDRESS;
    if (peer < multicast)
        return PLACE_SRV;
    return peer < multicast + c->discovery.multicast_places ? PLACE_MULTICAST : PLACE_LEARNED;
}

bool registrar_place_discovered(const struct registrar_server *s, uint32_t peer)
{
    enum place_kind kind = registrar_place_kind(s, peer);

    return kind == PLACE_SRV || kind == PLACE_MULTICAST;
}

const char *registrar_server_place_name(const struct registrar_server *s, uint32_t peer)
{
    switch (registrar_place_kind(s, peer)) {
    case PLACE_ADDRESS:
    case PLACE_HOST:
        return s->configuration.peer[peer].name;
    case PLACE_SRV:
        return "(srv)";
    case PLACE_MULTICAST:
        return "(multicast)";
    default:
        return "-";
    }
}

bool registrar_server_place_empty(const struct registrar_server *s, uint32_t peer)
{
    const struct enrp_peer *p = &s->group->peers.peer[peer];

    return p->state == ENRP_PEER_FREE ||
           (registrar_place_discovered(s, peer) && p->state == ENRP_PEER_UNHEARD &&
            p->server_identifier == 0);
}

void registrar_discovery_forget(struct registrar_server *s, uint32_t peer)
{
    s->candidates[peer].searching = false;
    s->candidates[peer].count = s->candidates[peer].next = 0;
}

/* ---- candidates ---- */

static bool is_ourselves(const struct registrar_server *s, const struct network_address *address)
{
    for (uint32_t i = 0; i < s->own_count; i++)
        if (network_address_equal(&s->own[i], address))
            return true;
    return false;
}

void registrar_discovery_ourselves(struct registrar_server *s,
                                   const struct network_address *address)
{
    if (is_ourselves(s, address))
        return;
    s->own[s->own_next] = *address;
    s->own_next = (s->own_next + 1u) % OWN_ADDRESSES_MAX;
    s->own_count += s->own_count < OWN_ADDRESSES_MAX ? 1u : 0u;
}

bool registrar_discovery_next(struct registrar_server *s, uint32_t peer)
{
    struct candidates *c = &s->candidates[peer];

    while (!s->draining && c->next < c->count) {
        const struct network_address *address = &c->address[c->next++];
        if (!is_ourselves(s, address) && registrar_dial_address(s, peer, address))
            return true;
    }
    return false;
}

static void add_candidate(struct candidates *c, const struct resolver_address *from)
{
    if (c->count < CANDIDATES_MAX &&
        network_address_from_ip(&from->ip, (uint16_t)from->port, &c->address[c->count]))
        c->count++;
}

/* The targets of a service are dealt out to its places, so that each place has hosts of its own: the first is the mentor,
 * those of the others are its back-up. */
static void take_addresses(struct registrar_server *s, uint32_t peer,
                           const struct resolver_answer *answer)
{
    const struct configuration *conf = &s->configuration;
    bool service = registrar_place_kind(s, peer) == PLACE_SRV;
    uint32_t part = service ? (peer - conf->peer_count) % DISCOVERY_PLACES : 0;

    for (uint32_t i = 0; i < answer->count; i++)
        if (!service || answer->address[i].target % DISCOVERY_PLACES == part)
            add_candidate(&s->candidates[peer], &answer->address[i]);
}

/* ---- names ---- */

static const char *name_of(const struct registrar_server *s, uint32_t peer)
{
    return registrar_place_kind(s, peer) == PLACE_HOST ? s->configuration.peer[peer].host
                                                       : s->configuration.discovery.srv;
}

/* What is said of a name is said once, until something else has to be said of it. */
static bool is_news(struct registrar_server *s, uint32_t peer, uint32_t outcome)
{
    bool service = registrar_place_kind(s, peer) == PLACE_SRV;
    struct candidates *c = &s->candidates[service ? s->configuration.peer_count : peer];
    bool news = !c->told || c->outcome != outcome;

    c->told = true;
    c->outcome = outcome;
    return news;
}

static json_t *finding(const struct registrar_server *s, uint32_t peer,
                       const struct resolver_answer *answer)
{
    return json_pack("{s:s,s:s,s:s}", "name", name_of(s, peer), "outcome",
                     resolver_outcome_name(answer->outcome), "detail", answer->detail);
}

static void tell(struct registrar_server *s, uint32_t peer, const struct resolver_answer *answer)
{
    bool good = answer->outcome == (uint32_t)RESOLVER_FOUND && answer->bogus == 0;
    bool forged = answer->outcome == (uint32_t)RESOLVER_BOGUS || answer->bogus > 0;

    if (!is_news(s, peer, answer->outcome + (answer->bogus > 0 ? 16u : 0u)))
        return;
    if (good)
        log_event(LEVEL_INFO, "discovery.found",
                  json_pack("{s:s,s:I,s:b}", "name", name_of(s, peer), "addresses",
                            (json_int_t)answer->count, "validated", answer->validated != 0));
    else
        log_event(LEVEL_WARNING, "discovery.failed", finding(s, peer, answer));
    if (forged)
        log_audit("discovery-refused", finding(s, peer, answer));
}

/* The place that waits for an answer; ENRP_NO_PEER: none does, any more. */
static uint32_t waiting_for(const struct registrar_server *s, uint32_t ticket)
{
    for (uint32_t peer = 0; peer < ENRP_PEERS_MAX; peer++)
        if (s->candidates[peer].searching && s->candidates[peer].ticket == ticket)
            return peer;
    return ENRP_NO_PEER;
}

static bool by_name(enum place_kind kind)
{
    return kind == PLACE_HOST || kind == PLACE_SRV;
}

/* Nobody looks up names any more. Who is known stays known; a restart brings the process back. */
static void lose_resolver(struct registrar_server *s)
{
    log_event(LEVEL_ERROR, "discovery.ended",
              json_pack("{s:s}", "problem",
                        "the process that looks up names is gone; registrars that are known by "
                        "name are not found any more until the daemon is restarted"));
    for (uint32_t peer = 0; peer < ENRP_PEERS_MAX; peer++) {
        if (!s->candidates[peer].searching || !by_name(registrar_place_kind(s, peer)))
            continue;
        registrar_discovery_forget(s, peer);
        registrar_dial_failed(s, peer);
    }
}

void registrar_discovery_answered(void *user, const struct resolver_answer *answer)
{
    struct registrar_server *s = user;
    uint32_t peer = answer != NULL ? waiting_for(s, answer->ticket) : ENRP_NO_PEER;

    if (answer == NULL)
        lose_resolver(s);
    if (peer == ENRP_NO_PEER)
        return;
    registrar_discovery_forget(s, peer);
    tell(s, peer, answer);
    if (answer->outcome == (uint32_t)RESOLVER_FOUND)
        take_addresses(s, peer, answer);
    if (!registrar_discovery_next(s, peer))
        registrar_dial_failed(s, peer);
}

static bool ask(struct registrar_server *s, uint32_t peer, enum place_kind kind)
{
    struct resolver_question question = {.ticket = ++s->tickets};

    if (s->resolver == NULL)
        return false;
    snprintf(question.name, sizeof question.name, "%.253s", name_of(s, peer));
    question.kind = kind == PLACE_SRV ? RESOLVER_SERVICE : RESOLVER_HOST;
    question.port = kind == PLACE_HOST ? s->configuration.peer[peer].port : 0;
    s->candidates[peer].ticket = question.ticket;
    s->candidates[peer].searching = resolver_line_ask(s->resolver, &question);
    return s->candidates[peer].searching;
}

/* Takes the next address that was announced. False: there is none, or not even a connection to it could begin. */
static bool take_announced(struct registrar_server *s, uint32_t peer)
{
    struct candidates *c = &s->candidates[peer];

    registrar_discovery_forget(s, peer);
    c->count = registrar_announcements_candidate(s, &c->address[0]) ? 1 : 0;
    return registrar_discovery_next(s, peer);
}

void registrar_discovery_heard(struct registrar_server *s, uint32_t peer)
{
    if (!take_announced(s, peer))
        registrar_dial_failed(s, peer);
}

static bool await_announcement(struct registrar_server *s, uint32_t peer)
{
    s->candidates[peer].searching = true;
    registrar_announcements_wait(s);
    return s->announcements != NULL;
}

bool registrar_discovery_begin(struct registrar_server *s, uint32_t peer)
{
    enum place_kind kind = registrar_place_kind(s, peer);

    registrar_discovery_forget(s, peer);
    if (kind == PLACE_MULTICAST)
        return take_announced(s, peer) || await_announcement(s, peer);
    return by_name(kind) && ask(s, peer, kind);
}
