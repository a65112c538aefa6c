/* A registrar with its group: ENRP (RFC 5353, 3) around the registrar's ASAP side, as one step function.
 *
 * The registrars of an operational scope keep copies of one handlespace. Each element has one home, which
 * alone speaks for it: what changes there is announced to all peers. Peers watch each other by presences,
 * take over the elements of one that died, compare PE checksums, and fetch again what differs.
 *
 * The shell talks to this step in place of registrar_step: the same events, the same effects, and the
 * channels of peers beside those of elements and users. ENRP channels are numbered from ENRP_CHANNEL_FIRST
 * on, so that the two kinds can never be taken for one another: an ENRP channel is opened for a principal
 * with the role of a registrar, or it is closed at once, and nothing else is ever decoded as ENRP.
 *
 *   effects_clear(out); enrp_step(g, r, rules, &event, bytes, out); ...carry out...;
 *   while (out->more) { ...the same with EVENT_TICK, at once...; }
 *   then sleep until enrp_next_deadline(g, r), or until something arrives.
 *
 * A registrar that starts first asks a mentor for peers and handlespace (RFC 5353, 3.2). Until then
 * enrp_serving() is false, and the shell hands over no ASAP channels. A registrar that finds that it stood still for
 * longer than its peers wait for it cannot trust its memory: whatever it remembers may have been taken over meanwhile.
 * Its only effect is then EFFECT_BEGIN_ANEW: the shell closes all channels, of both kinds, and calls enrp_init again,
 * with memory of zero bytes.
 *
 * What the RFC leaves open, and how conflicts about an element's home are settled: spec/enrp-resync.md.
 */
#ifndef POOLPROOF_CORE_ENRP_H
#define POOLPROOF_CORE_ENRP_H

#include "enrp_peers.h"
#include "registrar.h"

/* The channels between registrars. */
#define ENRP_CHANNEL_FIRST REGISTRAR_CHANNELS_MAX
#define ENRP_CHANNELS_MAX 128u

/* Further kinds of event. */
#define EVENT_CONNECT_FAILED 7u /* the EFFECT_CONNECT for peer `server` led to nothing */

/* Events of ENRP channels: EVENT_CHANNEL_OPENED has in `server` the peer whose EFFECT_CONNECT it comes of, or
 * ENRP_NO_PEER when the other side opened it. EFFECT_CONNECT has the peer in `subject`; without bytes it is
 * the configured server of that number, else the bytes are the transport parameter to dial. */

/* Who goes on when two registrars want to take over the same peer. All of a group must agree. */
enum enrp_arbitration {
    ENRP_ARBITRATION_RFC = 0,   /* the higher server identifier (RFC 5353, 3.5.1, 2A) */
    ENRP_ARBITRATION_RSPLIB = 1 /* the lower one */
};

struct enrp_configuration {
    uint32_t heartbeat_cycle;      /* PEER-HEARTBEAT-CYCLE, ms, at least 1 */
    uint32_t max_time_last_heard;  /* MAX-TIME-LAST-HEARD, ms, at least 1 */
    uint32_t max_time_no_response; /* MAX-TIME-NO-RESPONSE, ms, at least 1 */
    uint32_t startup_time;         /* ms after which a starting registrar serves without a mentor */
    uint32_t dial_minimum;         /* ms between two attempts to connect to a peer: at first, */
    uint32_t dial_maximum;         /* and at most; dial_minimum to this */
    uint32_t takeover_grace;    /* ms an element that was taken over has to come to its new home */
    uint32_t malformed_maximum; /* malformed messages on a channel: one more closes it */
    uint8_t arbitration;        /* enum enrp_arbitration */
    uint8_t literal; /* 1: resynchronise by RFC 5353, 3.6.3, to the letter, for comparison */
    uint8_t
        identities_bound;  /* 1: a server identifier must be granted to its identity (access.h) */
    uint32_t server_count; /* configured peers, 0 to ENRP_PEERS_MAX */
    uint32_t server_identifier[ENRP_PEERS_MAX]; /* of each, 0 when it is not known beforehand */
    uint32_t transport_length;                  /* our own transport parameter, 0: none */
    uint8_t transport[ENRP_TRANSPORT_MAX];
};

struct enrp_counters {
    uint64_t channels_opened;
    uint64_t channels_refused; /* not a registrar, or no room */
    uint64_t messages;
    uint64_t malformed;
    uint64_t refused; /* wrong server identifier: not its own, or not ours */
    uint64_t errors_sent;
    uint64_t presences_sent;
    uint64_t updates_sent;     /* ENRP_HANDLE_UPDATE, each peer counted */
    uint64_t updates_received; /* that changed something */
    uint64_t updates_ignored;  /* for elements of which the sender is not the home */
    uint64_t updates_lost;     /* changes that found no room in the journal */
    uint64_t peers_joined;
    uint64_t peers_lost; /* considered dead */
    uint64_t takeovers_begun;
    uint64_t takeovers_stopped; /* false alarms, and arbitrations lost */
    uint64_t takeovers_done;
    uint64_t elements_taken;     /* adopted by takeover */
    uint64_t elements_yielded;   /* left to a peer that claimed them */
    uint64_t elements_contested; /* claimed by a peer, and asked where they are */
    uint64_t audits;             /* checksums compared */
    uint64_t audits_failed;
    uint64_t tables_sent; /* sessions ended */
    uint64_t tables_refused;
    uint64_t tables_fetched;
    uint64_t tables_given_up;
    uint64_t
        elements_purged; /* removed: no longer in the home's table, or the home is nobody we know */
    uint64_t effects_dropped;
};

/* Further events in `code` of EFFECT_AUDIT. `identity` is the peer's, `subject` its server identifier. */
enum enrp_audit_event {
    AUDIT_PEER_JOINED = 32,
    AUDIT_PEER_DEAD = 33,
    AUDIT_PEER_REFUSED = 34, /* a channel, or a server identifier that is not its own */
    AUDIT_TAKEOVER_BEGUN = 35,
    AUDIT_TAKEOVER_STOPPED = 36,
    AUDIT_TAKEOVER_DONE = 37, /* by us */
    AUDIT_TAKEN_OVER = 38,    /* `subject` took over another registrar's elements */
    AUDIT_RESYNCHRONIZED = 39
};

/* Further reasons in `code` of EFFECT_CLOSE. */
enum enrp_close_reason {
    CLOSE_NOT_A_REGISTRAR = 16,
    CLOSE_WRONG_SERVER_IDENTIFIER = 17,
    CLOSE_PEER_HAS_ANOTHER = 18, /* two channels to one peer: one is enough */
    CLOSE_PEER_DEAD = 19,
    CLOSE_TABLE_UNFINISHED = 20 /* the peer did not send the rest of its handle table in time */
};

enum enrp_phase {
    ENRP_PHASE_MENTOR = 0, /* finding a mentor, asking it for its peers (RFC 5353, 3.2.2) */
    ENRP_PHASE_TABLE = 1,  /* downloading the handlespace (3.2.3) */
    ENRP_PHASE_SERVING = 2
};

/* One channel to a registrar. Zero bytes: never opened. */
struct enrp_channel {
    uint8_t open;
    uint8_t ours; /* 1: we opened it */
    uint16_t malformed;
    uint32_t place;             /* ours: the peer it was opened to */
    uint32_t server_identifier; /* of the peer at its other end, 0 until it has said it */
    struct principal principal;
    struct token_bucket limit_records;
};

/* The handle table that we are fetching, from one peer at a time. */
struct enrp_download {
    uint8_t active;
    uint8_t purging; /* 1: the table is here, what was not in it is being removed */
    uint8_t
        own_only; /* W flag: a resynchronisation with the peer, otherwise the mentor's whole table */
    uint32_t peer;              /* place in the peer list */
    uint32_t server_identifier; /* its identifier */
    uint32_t epoch;             /* elements that came bear it in `seen` */
    uint32_t next;              /* purging: the next element to look at */
    uint64_t deadline;
};

/* The takeover that we have initiated, one at a time. */
struct enrp_takeover {
    uint8_t active;
    uint8_t attempts;
    uint32_t target; /* server identifier */
    uint64_t deadline;
};

/* Elements on their way from one home to another, a slice at a time. */
struct enrp_rehome {
    uint32_t from; /* server identifier, 0: nothing to do */
    uint32_t to;
    uint32_t next; /* the next element to look at */
};

struct enrp_group {
    struct enrp_configuration configuration;
    struct enrp_counters counters;
    uint8_t phase;         /* enum enrp_phase */
    uint8_t mentor_asked;  /* 1: the mentor was asked for its peers */
    uint8_t heartbeat_due; /* 1: a presence is to be sent as soon as all changes are announced */
    uint32_t own_server;   /* our server identifier */
    uint32_t mentor;       /* the configured peer we ask, below server_count */
    uint32_t epoch;        /* of the last download */
    uint32_t
        scavenge_next; /* elements of an unknown home: the next to look at; none: beyond the last */
    uint64_t started;  /* when the phase was entered at start, ms */
    uint64_t phase_deadline; /* of the question to the mentor */
    uint64_t heartbeat;      /* when the next presence is due, ms */
    uint64_t last_step;      /* when the last event came, ms */
    struct enrp_peers peers;
    struct enrp_channel channel[ENRP_CHANNELS_MAX];
    struct enrp_download download;
    struct enrp_takeover takeover;
    struct enrp_rehome rehome[ENRP_PEERS_MAX];
    uint32_t seen[HANDLESPACE_ELEMENTS_MAX]; /* the download in which an element came last */
};

void enrp_configuration_defaults(struct enrp_configuration *c);
bool enrp_configuration_valid(const struct enrp_configuration *c);

/* Begin. `g` and `r` are zero bytes; both configurations are valid and are copied. */
void enrp_init(struct enrp_group *g, struct registrar *r, const struct enrp_configuration *c,
               const struct registrar_configuration *rc, const uint8_t hash_key[16], uint64_t now);

/* Take one event: see registrar_step. */
void enrp_step(struct enrp_group *g, struct registrar *r, const struct access_rules *rules,
               const struct registrar_event *event, const uint8_t *bytes, struct effects *out);

/* When EVENT_TICK is due next, in milliseconds; REGISTRAR_NEVER when nothing waits. */
uint64_t enrp_next_deadline(const struct enrp_group *g, const struct registrar *r);

/* Whether start-up is over: ASAP channels may be handed over. */
bool enrp_serving(const struct enrp_group *g);

/* The PE checksum of the elements that `server_identifier` is home of, in our copy (RFC 5353, 3.6.2). Looks at
 * every element. */
uint16_t enrp_checksum_of(const struct handlespace *h, uint32_t server_identifier);

#endif
