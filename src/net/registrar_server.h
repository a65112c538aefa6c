/* The registrar at work: channels on one side, the proved step function on the other.
 *
 * Whatever happens on a channel becomes an event of enrp_step(), and the effects that come back are
 * carried out in order. This file decides nothing about pools, peers or rights. It numbers channels, says
 * who is on them (the identity TLS proved, or nobody), connects to other registrars, keeps the core's clock
 * ticking, and writes the audit records. Pool elements and pool users come in by one port, registrars by
 * another, where nobody is let in without a pre-shared key. As long as the core is not ready to serve,
 * elements and users are turned away, so that they hunt on.
 *
 * Owns the registrar's memory (zeroed pages that cost nothing until touched), the access rules in use
 * and the channels. One per process; not thread-safe.
 */
#ifndef POOLPROOF_NET_REGISTRAR_SERVER_H
#define POOLPROOF_NET_REGISTRAR_SERVER_H

#include <ev.h>
#include <stdbool.h>

#include "configuration.h"
#include "enrp.h"
#include "registrar.h"
#include "secure_configuration.h"
#include "visitor_gate.h"

struct registrar_server; /* opaque */

/* What a reload replaces. References are taken. */
struct server_security {
    struct secure_server_configuration *tls;  /* NULL: plain text */
    struct secure_client_configuration *dial; /* our own identity among registrars; NULL: none */
    bool anonymous_users;
};

/* Of announcements by multicast. */
struct announcement_counters {
    uint64_t sent;
    uint64_t unsent;    /* the network would not take them */
    uint64_t heard;     /* of others */
    uint64_t answered;  /* of those that ask for an answer */
    uint64_t malformed; /* datagrams that are no announcements */
    uint64_t unusable;  /* without an address that could be tried */
    uint64_t repeated;  /* of an address that waits for a try, or was tried lately */
    uint64_t tried;     /* addresses that were connected to */
    uint64_t rests;     /* how often a second had more datagrams than are read in one */
};

/* Gives both references back. */
void server_security_release(struct server_security *security);

/* NULL with a sentence in `problem` when memory is short or there are too many identities. */
struct registrar_server *registrar_server_new(struct ev_loop *loop, const struct configuration *c,
                                              const struct server_security *security,
                                              char problem[CONFIGURATION_PROBLEM_MAX]);

/* Looks up names by way of the process at the other end of `line` (resolver_process.h), which is the server's from now
 * on. Without it peers that are known by name, and by SRV records, are not found. False when memory is short. */
bool registrar_server_resolve(struct registrar_server *server, int line);

/* Starts to listen; false with a sentence in `problem`. */
bool registrar_server_listen(struct registrar_server *server, const struct configuration *c,
                             char problem[CONFIGURATION_PROBLEM_MAX]);

/* Puts new keys, certificates, rights and limits in the place of the old ones: connections of identities
 * that are gone or have another key are closed, new handshakes use the new keys. False, with a sentence and
 * nothing changed, when the new identities do not fit or the last change is still being worked off. */
bool registrar_server_reload(struct registrar_server *server, const struct configuration *c,
                             const struct server_security *security,
                             char problem[CONFIGURATION_PROBLEM_MAX]);

/* Stops listening and closes every channel in order; `done` is called when the last one is gone, or after
 * `drain_ms`. */
void registrar_server_drain(struct registrar_server *server, uint64_t drain_ms,
                            void (*done)(void *user), void *user);

/* Closes what is left and frees everything. */
void registrar_server_free(struct registrar_server *server);

/* For the admin socket: to be read only, and only until the loop goes on. */
const struct registrar *registrar_server_registrar(const struct registrar_server *server);
const struct access_rules *registrar_server_rules(const struct registrar_server *server);
bool registrar_server_secure(const struct registrar_server *server);
uint64_t registrar_server_uptime_ms(const struct registrar_server *server);
const struct visitor_gate *registrar_server_gate(const struct registrar_server *server);
const struct visitor_gate *
registrar_server_peer_gate(const struct registrar_server *server); /* or NULL */
const struct enrp_group *registrar_server_group(const struct registrar_server *server);
const struct configuration *registrar_server_configuration(const struct registrar_server *server);
/* The address at the other end of a channel; false when there is no such channel. */
bool registrar_server_address(const struct registrar_server *server, uint32_t channel,
                              char text[NETWORK_ADDRESS_TEXT_MAX]);
/* Announcements by multicast; NULL: there are none. */
const struct announcement_counters *
registrar_server_announcements(const struct registrar_server *server);
/* What a place of the peer list is called: the configured peer's name, or how the registrar there came to be known. */
const char *registrar_server_place_name(const struct registrar_server *server, uint32_t peer);
/* Whether nobody has the place, or it is kept for a registrar that is still to be found. */
bool registrar_server_place_empty(const struct registrar_server *server, uint32_t peer);
uint64_t registrar_server_restarts(const struct registrar_server *server); /* begun anew */
uint64_t registrar_server_steps(const struct registrar_server *server);    /* of the core, so far */

#endif
