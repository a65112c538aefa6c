/* Announcements among registrars by multicast: see registrar_server_parts.h.
 *
 * ENRP_PRESENCE with our Server Information goes to the group every heartbeat, and whoever looks for a mentor asks
 * for answers by flag R (RFC 5351, 3.1; RFC 5353, 2.1). What comes from there nobody has authenticated: anybody on
 * the network can say anything, in any number (RFC 5353, 6.2; RFC 5355, 2.5, a rogue registrar). So:
 *
 * - An announcement is a hint where to connect to. It never reaches the core, and changes neither an element nor the peer
 *   list; who is there is judged by what he proves on that connection.
 * - So many datagrams are read a second, and no more. What we remember of them has few places, and a flood takes
 *   them from one another by lot.
 * - So many connections are tried at once as there are places for those that announce themselves, and the core
 *   waits longer and longer between two tries of a place. An address is tried once in a while only.
 * - Nobody is answered more than twice a second, whoever asks.
 */
#include "registrar_server_parts.h"

#include "clock_source.h"
#include "enrp_send.h"
#include "enrp_wire.h"
#include "log.h"
#include "multicast_socket.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATAGRAM_MAX 2048u /* a presence has about 60 bytes; longer ones are none */
#define DATAGRAMS_A_SECOND 64u
#define HEARD_MAX 16u        /* announcements that wait for a try */
#define TRIED_MAX 32u        /* addresses that were tried last */
#define ANSWER_PAUSE_MS 500u /* between two answers */
#define QUESTIONS 3u         /* that a wait for the first mentor has room for */

/* Who said that it is where. */
struct heard {
    uint32_t server_identifier;
    struct network_address address;
};

struct tried {
    uint64_t when;
    struct network_address address;
};

struct announcements {
    struct registrar_server *server;
    int fd;
    struct ev_io readable;
    struct ev_timer beat;
    struct ev_timer
        rest; /* the second's datagrams are read; or a wait for a first mentor is over */
    struct ev_timer wait;
    uint64_t second; /* when the running second began */
    uint32_t read;   /* datagrams in it */
    uint64_t answered;
    uint32_t heard_count;
    struct heard heard[HEARD_MAX];
    uint32_t tried_next;
    struct tried tried[TRIED_MAX];
    struct announcement_counters counters;
};

/* ---- sending ---- */

static void announce(struct announcements *a, bool reply_required)
{
    struct registrar_server *s = a->server;
    const struct enrp_configuration *c = &s->configuration.enrp;
    const struct network_address *group = &s->configuration.discovery.multicast;
    const struct enrp_server us = {s->group->own_server, c->transport, c->transport_length};
    const struct enrp_address to = {ENRP_NO_CHANNEL, s->group->own_server, 0};

    effects_clear(&s->effects); /* between two steps: nobody has it */
    if (!enrp_send_presence(&s->effects, &to, reply_required,
                            handlespace_checksum(&s->registrar->handlespace), &us))
        return;
    const struct effect *sent = &s->effects.effect[0];
    if (sendto(a->fd, s->effects.bytes + sent->offset, sent->length, MSG_NOSIGNAL,
               (const struct sockaddr *)&group->socket, group->length) == (ssize_t)sent->length)
        a->counters.sent++;
    else
        a->counters.unsent++;
}

static void set_timer(struct announcements *a, struct ev_timer *timer, uint64_t milliseconds)
{
    ev_timer_stop(a->server->loop, timer);
    ev_timer_set(timer, (double)milliseconds / 1000.0, 0.0);
    ev_timer_start(a->server->loop, timer);
}

/* Whoever looks for a mentor asks some times within the time that it waits; later it is the heartbeat, a little earlier by
 * chance, so that registrars do not beat together. */
static void on_beat(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct announcements *a = timer->data;
    const struct enrp_configuration *c = &a->server->configuration.enrp;
    bool serving = enrp_serving(a->server->group);
    (void)loop;
    (void)events;

    announce(a, !serving);
    set_timer(a, timer,
              serving ? c->heartbeat_cycle - random_word() % (c->heartbeat_cycle / 8u + 1u)
                      : c->max_time_no_response / QUESTIONS + 1u);
}

static void answer(struct announcements *a)
{
    if (!enrp_serving(a->server->group) || a->server->now < a->answered + ANSWER_PAUSE_MS)
        return;
    a->answered = a->server->now;
    a->counters.answered++;
    announce(a, false);
}

/* ---- what is worth a try ---- */

/* Nobody is sent to the services of this machine by others: an address of the machine itself counts only when that is how we
 * announce ourselves. */
static bool of_this_machine(const struct ip_address *ip)
{
    const uint8_t loopback[16] = {[15] = 1};

    return ip->size == 4 ? ip->bytes[0] == 127u : memcmp(ip->bytes, loopback, 16) == 0;
}

static bool is_of_a_host(const struct ip_address *ip)
{
    const uint8_t none[16] = {0};
    bool multicast = ip->size == 4 ? ip->bytes[0] >= 224u : ip->bytes[0] == 255u;

    return !multicast && memcmp(ip->bytes, none, 16) != 0;
}

static bool worth_a_try(const struct announcements *a, const struct network_address *address)
{
    const struct enrp_configuration *c = &a->server->configuration.enrp;
    struct ip_address ip = network_address_ip(address);
    struct ip_address ours_ip;
    struct network_address ours;

    if (!is_of_a_host(&ip) || network_address_port(address) == 0 ||
        !registrar_transport_address(c->transport, c->transport_length, &ours))
        return false;
    ours_ip = network_address_ip(&ours);
    return !network_address_equal(address, &ours) &&
           (!of_this_machine(&ip) || of_this_machine(&ours_ip));
}

static bool tried_lately(const struct announcements *a, const struct network_address *address)
{
    const struct registrar_server *s = a->server;

    for (uint32_t i = 0; i < TRIED_MAX; i++)
        if (a->tried[i].address.length > 0 &&
            network_address_equal(&a->tried[i].address, address) &&
            s->now < a->tried[i].when + s->configuration.enrp.dial_maximum)
            return true;
    return false;
}

static void note_try(struct announcements *a, const struct network_address *address)
{
    a->tried[a->tried_next].when = a->server->now;
    a->tried[a->tried_next].address = *address;
    a->tried_next = (a->tried_next + 1u) % TRIED_MAX;
}

static bool is_waiting(const struct announcements *a, const struct heard *h)
{
    for (uint32_t i = 0; i < a->heard_count; i++)
        if (a->heard[i].server_identifier == h->server_identifier &&
            network_address_equal(&a->heard[i].address, &h->address))
            return true;
    return false;
}

/* One more to be tried. When there are too many each new one takes a place by lot: then a flood cannot keep out whoever
 * goes on announcing himself. */
static void keep(struct announcements *a, const struct heard *h)
{
    uint32_t place = a->heard_count;

    if (is_waiting(a, h) || tried_lately(a, &h->address)) {
        a->counters.repeated++;
        return;
    }
    if (place == HEARD_MAX)
        place = (uint32_t)(random_word() % HEARD_MAX);
    else
        a->heard_count++;
    a->heard[place] = *h;
}

/* Takes one of them, by lot. */
static bool take_heard(struct announcements *a, struct heard *out)
{
    if (a->heard_count == 0)
        return false;
    uint32_t place = (uint32_t)(random_word() % a->heard_count);
    *out = a->heard[place];
    a->heard[place] = a->heard[--a->heard_count];
    return true;
}

static void log_try(const struct heard *h)
{
    char text[NETWORK_ADDRESS_TEXT_MAX];
    char server[16];

    network_address_text(&h->address, text);
    snprintf(server, sizeof server, "0x%08x", h->server_identifier);
    log_event(LEVEL_INFO, "discovery.heard",
              json_pack("{s:s,s:s}", "server", server, "peer", text));
}

bool registrar_announcements_candidate(struct registrar_server *s, struct network_address *out)
{
    struct heard h;

    if (s->announcements == NULL || !take_heard(s->announcements, &h))
        return false;
    s->announcements->counters.tried++;
    note_try(s->announcements, &h.address);
    log_try(&h);
    *out = h.address;
    return true;
}

/* ---- receiving ---- */

static bool is_connected(const struct registrar_server *s, uint32_t server_identifier)
{
    uint32_t peer = enrp_peers_find(&s->group->peers, server_identifier);

    return peer != ENRP_NO_PEER && s->group->peers.peer[peer].channel != ENRP_NO_CHANNEL;
}

/* Whether the sender is to be connected to. Whoever asks for a mentor will connect to us, who can be one. And as long as we look
 * for a mentor, that the other side has connected to us is not enough: a mentor has one of the places that we dial. */
static bool is_wanted(const struct registrar_server *s, const struct enrp_message *m)
{
    if (!enrp_serving(s->group))
        return true;
    return m->flags % 2u != ENRP_FLAG_REPLY_REQUIRED &&
           !is_connected(s, m->sending_server_identifier);
}

/* Whether it is an announcement at all: to everybody, and about the sender. */
static bool is_announcement(const struct enrp_message *m)
{
    return m->type == ENRP_PRESENCE && m->receiving_server_identifier == 0 &&
           m->has_server_information != 0 && m->sending_server_identifier != 0 &&
           m->server_information.server_identifier == m->sending_server_identifier;
}

static void hear(struct announcements *a, const uint8_t *bytes, uint32_t length)
{
    struct enrp_message m;
    struct wire_error error;
    struct heard h;

    if (!enrp_decode(bytes, length, &m, &error) || !is_announcement(&m)) {
        a->counters.malformed++;
        return;
    }
    if (m.sending_server_identifier == a->server->group->own_server)
        return;
    a->counters.heard++;
    if (m.flags % 2u == ENRP_FLAG_REPLY_REQUIRED)
        answer(a);
    if (!is_wanted(a->server, &m))
        return;
    const struct wire_span *tlv = &m.server_information.transport.tlv;
    h.server_identifier = m.sending_server_identifier;
    if (registrar_transport_address(bytes + tlv->offset, tlv->length, &h.address) &&
        worth_a_try(a, &h.address))
        keep(a, &h);
    else
        a->counters.unusable++;
}

/* Places of the peer list that wait for an announcement get one each. */
static void serve_places(struct announcements *a)
{
    struct registrar_server *s = a->server;

    for (uint32_t peer = 0; peer < ENRP_PEERS_MAX && a->heard_count > 0; peer++)
        if (registrar_place_kind(s, peer) == PLACE_MULTICAST && s->candidates[peer].searching)
            registrar_discovery_heard(s, peer);
}

/* Whether one more datagram may be read in this second. */
static bool may_read(struct announcements *a)
{
    if (a->server->now >= a->second + 1000u) {
        a->second = a->server->now;
        a->read = 0;
    }
    if (a->read < DATAGRAMS_A_SECOND)
        return true;
    a->counters.rests++;
    ev_io_stop(a->server->loop, &a->readable);
    set_timer(a, &a->rest, a->second + 1000u - a->server->now);
    return false;
}

static void on_readable(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    struct announcements *a = watcher->data;
    uint8_t bytes[DATAGRAM_MAX + 1];
    (void)loop;
    (void)events;

    while (may_read(a)) {
        ssize_t length = recv(a->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (length < 0)
            break;
        a->read++;
        if ((size_t)length <= DATAGRAM_MAX)
            hear(a, bytes, (uint32_t)length);
        else
            a->counters.malformed++;
    }
    serve_places(a);
}

static void on_rested(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct announcements *a = timer->data;
    (void)events;
    ev_io_start(loop, &a->readable);
}

/* ---- the wait for a first mentor ---- */

/* Nobody has answered: whoever starts does not wait for ever. Later a place waits as long as it takes. */
static void on_waited(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct announcements *a = timer->data;
    struct registrar_server *s = a->server;
    (void)loop;
    (void)events;

    for (uint32_t peer = 0; peer < ENRP_PEERS_MAX && !enrp_serving(s->group); peer++) {
        if (registrar_place_kind(s, peer) != PLACE_MULTICAST || !s->candidates[peer].searching)
            continue;
        registrar_discovery_forget(s, peer);
        registrar_dial_failed(s, peer);
    }
}

void registrar_announcements_wait(struct registrar_server *s)
{
    struct announcements *a = s->announcements;

    if (a == NULL || enrp_serving(s->group) || ev_is_active(&a->wait))
        return;
    set_timer(a, &a->wait, s->configuration.enrp.max_time_no_response);
    set_timer(a, &a->beat, 0); /* asks at once, also when it begins anew */
}

/* ---- from beginning to end ---- */

static void start(struct announcements *a)
{
    ev_io_init(&a->readable, on_readable, a->fd, EV_READ);
    ev_timer_init(&a->beat, on_beat, 0.0, 0.0);
    ev_timer_init(&a->rest, on_rested, 0.0, 0.0);
    ev_timer_init(&a->wait, on_waited, 0.0, 0.0);
    a->readable.data = a->beat.data = a->rest.data = a->wait.data = a;
    ev_io_start(a->server->loop, &a->readable);
    ev_timer_start(a->server->loop, &a->beat);
}

bool registrar_announcements_open(struct registrar_server *s,
                                  char problem[CONFIGURATION_PROBLEM_MAX])
{
    const struct configuration_discovery *d = &s->configuration.discovery;
    char what[NETWORK_PROBLEM_MAX] = "not enough memory";
    char place[CONFIGURATION_PATH_MAX + 32];
    struct announcements *a = calloc(1, sizeof *a);
    int fd = a != NULL ? multicast_open(&d->multicast, if_nametoindex(d->multicast_interface),
                                        d->multicast_ttl, what)
                       : -1;

    if (fd >= 0) {
        a->server = s;
        a->fd = fd;
        s->announcements = a;
        start(a);
        return true;
    }
    free(a);
    configuration_place("discover_multicast", place);
    snprintf(problem, CONFIGURATION_PROBLEM_MAX,
             "%sdiscover_multicast: %s; name another group, or an interface that has a network in "
             "multicast_interface",
             place, what);
    return false;
}

void registrar_announcements_close(struct registrar_server *s)
{
    struct announcements *a = s->announcements;

    if (a == NULL)
        return;
    ev_io_stop(s->loop, &a->readable);
    ev_timer_stop(s->loop, &a->beat);
    ev_timer_stop(s->loop, &a->rest);
    ev_timer_stop(s->loop, &a->wait);
    close(a->fd);
    free(a);
    s->announcements = NULL;
}

const struct announcement_counters *registrar_server_announcements(const struct registrar_server *s)
{
    return s->announcements != NULL ? &s->announcements->counters : NULL;
}
