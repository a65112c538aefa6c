/* What poolproofd is told: its configuration file (poolproofd.conf, man/poolproofd.conf.5) and flags.
 *
 * A configuration is read whole or not at all. Everything that can be wrong with it is found when it
 * is read: unknown keys, values out of range, addresses that are none, files that are missing or can be
 * read by others; each with file, line and remedy. A reload reads a second one and, when it is good,
 * puts it in the place of the first.
 */
#ifndef POOLPROOF_NET_CONFIGURATION_H
#define POOLPROOF_NET_CONFIGURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "enrp.h"
#include "log.h"
#include "network_address.h"
#include "registrar.h"

#define CONFIGURATION_LISTEN_MAX 8u
#define CONFIGURATION_ADMINS_MAX 16u
#define CONFIGURATION_PATH_MAX 256u
#define CONFIGURATION_PROBLEM_MAX 1024u
#define CONFIGURATION_SIZE_MAX 1048576u /* bytes of the file */
#define CONFIGURATION_DEFAULT_FILE "/etc/poolproof/poolproofd.conf"

/* ASAP's registered ports (RFC 5352, 8): plain text and TLS. */
#define ASAP_PORT 3863u
#define ASAP_TLS_PORT 3864u

/* ENRP's registered ports (RFC 5353, 7). */
#define ENRP_PORT 9901u
#define ENRP_TLS_PORT 9902u

/* Places among the peers for registrars that are found by SRV records, and as many for those that announce themselves. */
#define DISCOVERY_PLACES 4u

/* Another registrar of the group: a section "peer NAME { ... }". */
struct configuration_peer {
    char name[CONFIGURATION_PATH_MAX];  /* only for people */
    struct network_address address;     /* of no length: the peer is known by `host` */
    char host[CONFIGURATION_PATH_MAX];  /* "": by its address */
    uint16_t port;                      /* at `host` */
    uint32_t server_identifier;         /* 0: whatever it says */
    char identity[ACCESS_NAME_MAX + 1]; /* by whose rights it is judged; "" without TLS */
};

/* How registrars are found that are not named one by one. */
struct configuration_discovery {
    char srv[CONFIGURATION_PATH_MAX];                 /* name of the service; "": not by DNS */
    char dns_resolver[CONFIGURATION_PATH_MAX];        /* IP@PORT; "": as the system does */
    char dns_trust_anchor[CONFIGURATION_PATH_MAX];    /* see configuration_trust_anchor */
    bool dns_anchor_given;                            /* it is not the usual one */
    bool dns_unsigned;                                /* take answers that are not signed */
    struct network_address multicast;                 /* group; of no length: none */
    char multicast_interface[CONFIGURATION_PATH_MAX]; /* "": the system chooses */
    uint32_t multicast_ttl;    /* routers that announcements may pass, plus 1 */
    uint32_t srv_places;       /* in the peer list, behind those of configured peers, */
    uint32_t multicast_places; /* and behind these */
};

struct configuration {
    bool secure; /* TLS; false: plain text for the whole handlespace */
    uint32_t listen_count;
    struct network_address listen[CONFIGURATION_LISTEN_MAX];
    uint32_t enrp_listen_count; /* 0: no registrar can connect */
    struct network_address enrp_listen[CONFIGURATION_LISTEN_MAX];
    char identity[ACCESS_NAME_MAX + 1]; /* our own, among registrars; "" without TLS or group */
    uint32_t peer_count;
    struct configuration_peer peer[ENRP_PEERS_MAX];
    struct configuration_discovery discovery;
    char key_file[CONFIGURATION_PATH_MAX]; /* "": none */
    char certificate_file[CONFIGURATION_PATH_MAX];
    char private_key_file[CONFIGURATION_PATH_MAX];
    bool rsa_aes128_cbc_sha;
    bool anonymous_users;                      /* clients without a key may resolve and report */
    char admin_socket[CONFIGURATION_PATH_MAX]; /* "": none */
    uint32_t admin_count;
    uint32_t admin_uid[CONFIGURATION_ADMINS_MAX]; /* beside root and the daemon's own user */
    char audit_file[CONFIGURATION_PATH_MAX];      /* "": audit lines go to the log */
    enum log_format log_format;
    char user[64];  /* "": stay who we are */
    char group[64]; /* "": the user's own */
    bool sandbox;
    uint32_t connections_max;
    uint32_t connections_per_address_max;
    uint32_t handshakes_max;    /* TLS handshakes at work at once; more wait */
    uint32_t handshake_time_ms; /* from accept to the end of the handshake */
    uint32_t idle_time_ms;      /* 0: for ever */
    uint32_t stall_time_ms;     /* a peer that takes no output */
    uint32_t output_max;        /* bytes */
    uint32_t drain_time_ms;     /* for connections to close at SIGTERM */
    struct registrar_configuration registrar;
    struct enrp_configuration enrp;
};

/* Whether this registrar is one of a group. */
bool configuration_has_group(const struct configuration *c);

/* Whether names are looked up: of a service, or of a peer. */
bool configuration_needs_dns(const struct configuration *c);

/* Whether this registrar announces itself to a multicast group, and listens there. */
bool configuration_announces(const struct configuration *c);

/* The file with trust anchors; "" when answers are not validated: because the configuration says so, or because nothing is
 * said and the usual file is not there. */
const char *configuration_trust_anchor(const struct configuration *c);

/* Whether trust anchors and interface are there; false with a sentence in `problem`. At a start, not at a reload, which
 * cannot change them. */
bool configuration_discovery_possible(const struct configuration *c,
                                      char problem[CONFIGURATION_PROBLEM_MAX]);

/* Reads `path` into `out`. False with "FILE:LINE: what; remedy" in `problem`. Does not look at the files it
 * names: start_conditions.h and security_files.h do. */
bool configuration_load(const char *path, struct configuration *out,
                        char problem[CONFIGURATION_PROBLEM_MAX]);

/* The same from memory, for tests and fuzzing; `name` stands for the file in problems. */
bool configuration_parse(const char *name, const char *text, size_t length,
                         struct configuration *out, char problem[CONFIGURATION_PROBLEM_MAX]);

/* Where the key `name` was set: "FILE:LINE: ", or "FILE: " when it has its default. Of the last load. */
void configuration_place(const char *name, char text[CONFIGURATION_PATH_MAX + 32]);

/* The same for a key of peer `peer` (below peer_count), or for its section when it has not that key. */
void configuration_peer_place(uint32_t peer, const char *name,
                              char text[CONFIGURATION_PATH_MAX + 32]);

/* The keys of numbers, for the manual's test: calls `visit` with each name, smallest, largest, default. */
void configuration_numbers(void (*visit)(const char *name, uint32_t least, uint32_t most,
                                         uint32_t usual));

#endif
