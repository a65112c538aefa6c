/* The insides of registrar_server.h.
 *
 *   registrar_server.c    events in, effects out; time; the interface
 *   registrar_sessions.c  connections, from the entrance to the end
 *   registrar_dial.c      connections to other registrars
 *   registrar_discovery.c      where registrars are that are not configured by address
 *   registrar_introduction.c   who they are
 *   registrar_announcements.c  announcements by multicast
 *   registrar_rules.c     access rules and keys, and what their change means for connections
 */
#ifndef POOLPROOF_NET_REGISTRAR_SERVER_PARTS_H
#define POOLPROOF_NET_REGISTRAR_SERVER_PARTS_H

#include "channel.h"
#include "enrp.h"
#include "registrar_server.h"
#include "resolver_process.h"

/* With more than this waiting for one element or user, its further requests wait too. */
#define CONGESTION_BYTES 65536u

/* Between registrars much more may wait: a handle table, and all changes meanwhile. Reading never waits for it: of two
 * registrars that both wait until the other one reads, neither would. */
#define PEER_OUTPUT_BYTES 8388608u

/* Connections that come in leave numbers for those that we open: one for each peer. */
#define PEER_VISITORS_MAX (ENRP_CHANNELS_MAX - ENRP_PEERS_MAX)

#define SESSIONS_MAX (REGISTRAR_CHANNELS_MAX + ENRP_CHANNELS_MAX)

/* Addresses that one dial of a place walks through at most. */
#define CANDIDATES_MAX (SRV_RECORDS_MAX / DISCOVERY_PLACES * RESOLVER_OF_HOST_MAX)

/* Addresses by which we have met ourselves. */
#define OWN_ADDRESSES_MAX 8u

/* How the registrar of a place in the peer list is found. */
enum place_kind {
    PLACE_ADDRESS,   /* configured with its address */
    PLACE_HOST,      /* configured with its name */
    PLACE_SRV,       /* one of those that the SRV records tell of */
    PLACE_MULTICAST, /* one of those that announce themselves */
    PLACE_LEARNED    /* a peer told of it, or it came by itself */
};

/* Where the registrar of a place may be: for the dial under way. */
struct candidates {
    bool searching;  /* waits for an answer, or an announcement */
    uint32_t ticket; /* of the answer */
    bool told;       /* `outcome` was logged */
    uint32_t outcome;
    uint32_t count;
    uint32_t next; /* the one to try next, below count */
    struct network_address address[CANDIDATES_MAX];
};

/* A port, and who may come in there. */
struct entrance {
    struct registrar_server *server;
    struct visitor_gate *gate; /* NULL: there is no such port */
    bool of_peers;             /* registrars; false: pool elements and pool users */
};

/* One connection. */
struct session {
    struct registrar_server *server;
    struct entrance *entrance; /* where it came in; NULL: we opened it */
    struct channel *channel;
    struct secure_server_configuration
        *tls;        /* of its handshake, a reference; NULL when that is over */
    uint32_t number; /* the core's name for it */
    uint32_t peer;   /* which peer we opened it for; ENRP_NO_PEER: we did not, or not any more */
    uint32_t server_identifier; /* which that peer had then */
    uint32_t proved;            /* whose key its handshake proved, IDENTITY_ANONYMOUS: nobody's */
    bool greeted;               /* the handshake is over: its place was given back */
    bool opened;                /* the core was told of it, and is to be told of its end */
    bool ending;                /* its end is being reported */
    bool introducing;           /* the core is told of it when it has said who it is */
    struct ev_timer patience;   /* until it has said that */
    struct network_address address; /* of the other side */
};

/* Numbers of channels that are free, from `first` on. */
struct channel_numbers {
    uint32_t first;
    uint32_t left;
    uint32_t free[REGISTRAR_CHANNELS_MAX]; /* the first `left` */
};

struct registrar_server {
    struct ev_loop *loop;
    struct configuration configuration;
    struct server_security security;
    struct entrance clients;
    struct entrance peers;
    struct registrar *registrar;
    struct enrp_group *group;
    struct access_rules *rules;
    struct effects effects;
    struct session *session[SESSIONS_MAX]; /* by number */
    uint32_t sessions;
    struct channel_numbers client_numbers;
    struct channel_numbers peer_numbers;
    bool dial_failed[ENRP_PEERS_MAX];    /* to be reported */
    struct resolver_line *resolver;      /* NULL: no name is looked up */
    uint32_t tickets;                    /* of questions to it, so far */
    struct announcements *announcements; /* NULL: none */
    struct candidates candidates[ENRP_PEERS_MAX];
    struct network_address own[OWN_ADDRESSES_MAX]; /* the first own_count */
    uint32_t own_count;
    uint32_t own_next;
    struct ev_timer tick;
    struct ev_prepare prepare;
    bool more;         /* the last step stopped at its bound */
    bool anew;         /* the last step asked for fresh memory */
    uint64_t tick_due; /* what `tick` is set to */
    struct ev_check check;
    uint64_t now;     /* when the loop woke up: one time for all that it found then */
    uint64_t started; /* on the monotonic clock */
    uint64_t restarts;
    uint64_t steps;
    struct ev_timer drain;
    bool draining;
    void (*drained)(void *user);
    void *drained_user;
};

/* ---- registrar_server.c ---- */

/* One event in, its effects out. Sending and closing only ever queue, so nothing comes back in here. */
void registrar_server_give(struct registrar_server *s, struct registrar_event *event,
                           const uint8_t *bytes);

/* A session is gone: a drain may be over. */
void registrar_server_look_at_drain(struct registrar_server *s);

/* ---- registrar_sessions.c ---- */

void registrar_sessions_init(struct registrar_server *s);

/* A visitor of an entrance may begin (visitor_gate.h). */
void registrar_sessions_admit(void *entrance, int fd, const struct network_address *address,
                              uint64_t time_left);

/* A session for a connection that we open; NULL when memory or numbers are short. Its channel is the caller's to make,
 * with registrar_session_callbacks; without one, registrar_session_give_back(). */
struct session *registrar_session_for_peer(struct registrar_server *s, uint32_t peer,
                                           const struct network_address *address);
void registrar_session_give_back(struct session *session);
extern const struct channel_user registrar_session_callbacks;
struct channel_limits registrar_session_limits(const struct registrar_server *s, bool of_peer,
                                               uint64_t establish_ms);

/* Closes a connection for a reason that the core does not know of: keys are no business of its. */
void registrar_session_close_for(struct session *session, const char *reason);

/* Drops every session without a word to the core. */
void registrar_sessions_drop(struct registrar_server *s);

/* ---- registrar_dial.c ---- */

/* Carries out EFFECT_CONNECT. A failure at once is noted, for registrar_dial_report(). */
void registrar_dial(struct registrar_server *s, const struct effect *effect);

/* The first address of a transport parameter; false when it has none. */
bool registrar_transport_address(const uint8_t *bytes, uint32_t length,
                                 struct network_address *out);

/* Reports what failed at once, when the step that asked for it is over. */
void registrar_dial_report(struct registrar_server *s);

/* A dial came to nothing; not within a step. */
void registrar_dial_failed(struct registrar_server *s, uint32_t peer);

/* A connection that we opened for a peer came to nothing: another address of it is tried, if there is one. */
void registrar_dial_ended(struct registrar_server *s, uint32_t peer);

/* Connects to an address for a peer; false, and said, when not even that can begin. */
bool registrar_dial_address(struct registrar_server *s, uint32_t peer,
                            const struct network_address *address);

/* By whose rights the other end of a connection is judged that we opened; IDENTITY_ANONYMOUS: nobody's. */
uint32_t registrar_dial_identity(const struct session *session);

/* ---- registrar_discovery.c ---- */

enum place_kind registrar_place_kind(const struct registrar_server *s, uint32_t peer);

/* Whether nothing is known of a place's registrar before it has said who it is. */
bool registrar_place_discovered(const struct registrar_server *s, uint32_t peer);

/* Begins to look for the registrar of a place; false when that leads to nothing. May be called within a step. */
bool registrar_discovery_begin(struct registrar_server *s, uint32_t peer);

/* Tries the next candidate for a place; false when there is none. */
bool registrar_discovery_next(struct registrar_server *s, uint32_t peer);

/* The dial of a place is over, or given up. */
void registrar_discovery_forget(struct registrar_server *s, uint32_t peer);

/* This address is our own: it is not tried again. */
void registrar_discovery_ourselves(struct registrar_server *s,
                                   const struct network_address *address);

/* An announcement may be taken for a place that waits for one (registrar_announcements_candidate). */
void registrar_discovery_heard(struct registrar_server *s, uint32_t peer);

/* What the resolver's line calls (resolver_process.h). */
void registrar_discovery_answered(void *server, const struct resolver_answer *answer);

/* ---- registrar_announcements.c ---- */

/* Joins the multicast group of the configuration, listens and announces; false with a sentence in `problem`. */
bool registrar_announcements_open(struct registrar_server *s,
                                  char problem[CONFIGURATION_PROBLEM_MAX]);
void registrar_announcements_close(struct registrar_server *s);

/* Takes an address that was announced and is worth a try; false when there is none. */
bool registrar_announcements_candidate(struct registrar_server *s, struct network_address *out);

/* A place waits for an announcement: as long as this registrar starts, for MAX-TIME-NO-RESPONSE. */
void registrar_announcements_wait(struct registrar_server *s);

/* ---- registrar_introduction.c ---- */

void registrar_introduction_init(struct session *session);

/* A connection is open. True: whoever is there has to say first who it is, and is asked. */
bool registrar_introduction_begin(struct session *session);

/* The first message on it. True: it says who is there; the session has its server identifier, and the core is to be told
 * of the channel and then of the message. False: the connection is being closed. */
bool registrar_introduction_take(struct session *session, const uint8_t *bytes, uint32_t length);

/* It is over, whatever came of it. */
void registrar_introduction_end(struct session *session);

/* ---- registrar_rules.c ---- */

/* Brings the rights of `security` into the rules in use; false, and nothing changed, when they do not fit. */
bool registrar_rules_take(struct registrar_server *s, const struct server_security *security,
                          char problem[CONFIGURATION_PROBLEM_MAX]);

/* Puts `security` in the place of the one in use. */
void registrar_rules_put_security(struct registrar_server *s,
                                  const struct server_security *security);

/* Closes the channels of identities that have another key in `next`, which then takes the place of the one in use. */
void registrar_rules_change_security(struct registrar_server *s,
                                     const struct server_security *next);

#endif
