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
    uint64_t unknown; /* of an unknown type: ignored or reported as the type says */
    uint64_t refused; /* wrong server identifier: not its own, or not ours */
    uint64_t errors_sent;
    uint64_t presences_sent;
    uint64_t updates_sent;     /* ENRP_HANDLE_UPDATE, each peer counted */
    uint64_t updates_received; /* that changed something */
    uint64_t updates_ignored;  /* for elements of which the sender is not the home */
    uint64_t updates_lost;     /* elements of peers that found no room in our copy */
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
    CLOSE_TABLE_UNFINISHED = 20, /* the peer did not send the rest of its handle table in time */
    CLOSE_NO_PRESENCE = 21       /* the other end did not say in time who it is */
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
    uint64_t opened;            /* when, ms */
    struct principal principal;
    struct token_bucket reports; /* of messages of an unknown type: so many are answered */
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
    uint8_t phase;        /* enum enrp_phase */
    uint8_t mentor_asked; /* 1: the mentor was asked for its peers */
    uint8_t
        refresh_asked; /* 1: the peer at `refresh_peer` was asked for its peers (enrp_refresh.h) */
    uint32_t own_server; /* our server identifier */
    uint32_t mentor;     /* the configured peer we ask, below server_count */
    uint32_t epoch;      /* of the last download */
    uint32_t
        scavenge_next; /* elements of an unknown home: the next to look at; none: beyond the last */
    uint64_t started;  /* when the phase was entered at start, ms */
    uint64_t phase_deadline; /* of the question to the mentor */
    uint64_t heartbeat;      /* when the next presence is due, ms */
    uint64_t last_step;      /* when the last event came, ms */
    uint64_t refresh_due;    /* when the next peer is asked for its peers, ms */
    uint32_t refresh_peer;   /* the peer that was asked last */
    struct enrp_peers peers;
    struct enrp_channel channel[ENRP_CHANNELS_MAX];
    struct enrp_download download;
    struct enrp_takeover takeover;
    struct enrp_rehome rehome[ENRP_PEERS_MAX];
    uint32_t seen[HANDLESPACE_ELEMENTS_MAX]; /* the download in which an element came last */
};

/*@ // What no procedure may break: numbers of places are places, and times leave room for deadlines to be added to them.
    predicate valid_group(struct enrp_group *g) =
      valid_peers(&g->peers) &&
      g->configuration.server_count <= ENRP_PEERS_MAX &&
      g->configuration.transport_length <= ENRP_TRANSPORT_MAX &&
      g->started <= REGISTRAR_TIME_MAX &&
      g->mentor < ENRP_PEERS_MAX &&
      g->download.peer < ENRP_PEERS_MAX;

    predicate valid_enrp_configuration(struct enrp_configuration *c) =
      1 <= c->heartbeat_cycle && c->heartbeat_cycle < c->max_time_last_heard &&
      1 <= c->max_time_no_response && 1 <= c->startup_time &&
      1 <= c->dial_minimum && c->dial_minimum <= c->dial_maximum &&
      c->malformed_maximum < 65535 && c->arbitration <= ENRP_ARBITRATION_RSPLIB &&
      c->literal <= 1 && c->identities_bound <= 1 &&
      c->server_count <= ENRP_PEERS_MAX && c->transport_length <= ENRP_TRANSPORT_MAX;

    // The number of an ENRP channel.
    predicate enrp_channel_number(integer channel) =
      ENRP_CHANNEL_FIRST <= channel < ENRP_CHANNEL_FIRST + ENRP_CHANNELS_MAX;

    // The channel is open, and its principal, as its handshake showed it, is a registrar by the rules.
    predicate enrp_authorised(struct enrp_group *g, struct access_rules *rules, integer channel) =
      g->channel[channel - ENRP_CHANNEL_FIRST].open != 0 &&
      access_role_given(rules, &g->channel[channel - ENRP_CHANNEL_FIRST].principal, ROLE_REGISTRAR);
*/

/* In contracts: the spans of a decoded message lie within the bytes it was decoded from. */
/* clang-format off */
#define ENRP_READABLE_MESSAGE(m, bytes)                                                            \
    (\valid_read(m) && enrp_message_inside(m, (m)->length) &&                                      \
     \valid_read((bytes) + (0 .. (m)->length - 1)))
/* clang-format on */

/* In contracts: what the procedures of ENRP ask of the group and of the list of effects, and keep. */
/* clang-format off */
#define ENRP_REQUIRES_GROUP                                                                        \
    requires group: \valid(g) && valid_group(g);                                                   \
    requires list: \valid(out) && valid_effects(out);                                              \
    requires group_apart: \separated(g, out);

#define ENRP_ENSURES_GROUP                                                                         \
    ensures group: valid_group(g);                                                                 \
    ensures list: valid_effects(out);
/* clang-format on */

/* The defaults: RFC 5353, 4.2, where it has one. No server is configured. */
/*@ requires configuration: \valid(c);
    terminates \true;
    exits \false;
    assigns *c;
    ensures valid: valid_enrp_configuration(c);
*/
void enrp_configuration_defaults(struct enrp_configuration *c);

/* Whether every value is in the range its comment gives, and a peer that beats in time is never taken for silent. */
/*@ requires configuration: \valid_read(c);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures valid: \result <==> valid_enrp_configuration(c);
*/
bool enrp_configuration_valid(const struct enrp_configuration *c);

/* Begin. `g` and `r` are zero bytes; both configurations are valid and are copied. */
/*@ requires group: \valid(g);
    requires registrar: \valid(r);
    requires zeroed: handlespace_zeroed(&r->handlespace) && \forall integer p; 0 <= p < ENRP_PEERS_MAX ==>
      g->peers.peer[p].transport_length == 0 && g->peers.peer[p].last_heard == 0;
    requires zeroed_numbers: g->mentor == 0 && g->download.peer == 0;
    requires configuration: \valid_read(c) && valid_enrp_configuration(c);
    requires registrar_configuration: \valid_read(rc) && valid_configuration(rc);
    requires key: \valid_read(hash_key + (0 .. 15));
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(g, r, c, rc) && \separated(r, hash_key + (0 .. 15)) && \separated(g, hash_key + (0 .. 15));
    terminates \true;
    exits \false;
    assigns *g, r->books.configuration, r->handlespace;
    ensures group: valid_group(g);
    ensures handlespace: valid_handlespace(&r->handlespace);
*/
void enrp_init(struct enrp_group *g, struct registrar *r, const struct enrp_configuration *c,
               const struct registrar_configuration *rc, const uint8_t hash_key[16], uint64_t now);

/* Take one event: see registrar_step. What happens on an ENRP channel leaves the handlespace, whose elements and all, as it
 * is, unless it is a message, the channel is open, and its principal is a registrar by the rules: all_or_nothing. Of an
 * ASAP channel no_state_before_auth says the same (registrar_step). Rules of a registrar with TLS give a channel
 * without it no role, so that nothing that came over one is in a secure handlespace (RFC 5355, 2.15). */
/*@ ENRP_REQUIRES_GROUP
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires rules: \valid_read(rules);
    requires event: \valid_read(event) && event->now <= REGISTRAR_TIME_MAX;
    requires message: \valid_read(bytes + (0 .. event->length - 1));
    requires apart: \separated(g, r, rules, event, out);
    requires bytes_apart: \separated(g, bytes + (0 .. event->length - 1)) && \separated(r, bytes + (0 .. event->length - 1));
    requires bytes_apart_from_list: \separated(out, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns *g, *r, *out;
    ENRP_ENSURES_GROUP
    ensures handlespace: valid_handlespace(&r->handlespace);

    behavior all_or_nothing:
      assumes enrp_channel_number(event->channel) && event->kind != EVENT_TICK && event->kind != EVENT_RULES_CHANGED &&
              !(event->kind == EVENT_MESSAGE && enrp_authorised(g, rules, event->channel));
      assigns *g, *out;
*/
void enrp_step(struct enrp_group *g, struct registrar *r, const struct access_rules *rules,
               const struct registrar_event *event, const uint8_t *bytes, struct effects *out);

/* When EVENT_TICK is due next, in milliseconds; REGISTRAR_NEVER when nothing waits. */
/*@ requires group: \valid_read(g) && valid_group(g);
    requires registrar: \valid_read(r) && valid_handlespace(&r->handlespace);
    terminates \true;
    exits \false;
    assigns \nothing;
*/
uint64_t enrp_next_deadline(const struct enrp_group *g, const struct registrar *r);

/* Whether start-up is over: ASAP channels may be handed over. */
/*@ requires group: \valid_read(g);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures serving: \result <==> g->phase == ENRP_PHASE_SERVING;
*/
bool enrp_serving(const struct enrp_group *g);

/*@ // The exact sum of the blocks of those of the first n elements of which `home` is the home.
    logic integer home_block{L}(struct handlespace *h, integer e, integer home) =
      0 <= e && e < HANDLESPACE_ELEMENTS_MAX && ELEMENT_USED(h, e) && h->element[e].home == home ? h->element[e].block : 0;

    logic integer home_blocks{L}(struct handlespace *h, integer n, integer home) =
      n <= 0 ? 0 : home_blocks(h, n - 1, home) + home_block(h, n - 1, home);
*/

/* The PE checksum of the elements that `server_identifier` is home of, in our copy (RFC 5353, 3.6.2). Looks at
 * every element. */
/*@ requires handlespace: \valid_read(h) && valid_handlespace(h);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures rfc1071: \result == 65535 - ones_complement(home_blocks(h, h->element_used, server_identifier));
*/
uint16_t enrp_checksum_of(const struct handlespace *h, uint32_t server_identifier);

#endif
