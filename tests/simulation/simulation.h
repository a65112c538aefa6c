/* The simulation: a world of registrars, pool elements and pool users in one thread, with its own clock and network,
 * which runs the very objects that the programs are made of, and tries to break them.
 *
 * Everything follows from the seed: no clock, address, allocation order or hash of a pointer has a say. What
 * happens is mixed into a trace hash, so that two runs can be compared by one number; with a story it is told as
 * well. The parts: time and what is due (queue.c), streams between nodes (network.c), the nodes (registrar_node.c,
 * element_node.c, user_node.c, hostile_node.c), what goes wrong (faults.c), what must hold (oracle.c), and what
 * was seen of all seeds together (report.c).
 */
#ifndef POOLPROOF_TESTS_SIMULATION_H
#define POOLPROOF_TESTS_SIMULATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access.h"
#include "effects.h"
#include "enrp.h"
#include "framing.h"
#include "pool_element_endpoint.h"
#include "pool_user.h"
#include "registrar.h"

#define SIM_REGISTRARS_MAX 8u
#define SIM_ELEMENTS_MAX 10240u
#define SIM_USERS_MAX 8u
#define SIM_HOSTILES_MAX 4u
#define SIM_NODES_MAX (SIM_REGISTRARS_MAX + SIM_ELEMENTS_MAX + SIM_USERS_MAX + SIM_HOSTILES_MAX)
#define SIM_CONNECTIONS_MAX 32768u
#define SIM_POOLS_MAX 8u
#define SIM_NONE UINT32_MAX
#define SIM_NEVER UINT64_MAX

/* Identities of the world's key file, by number. Elements share them when there are many. */
#define SIM_IDENTITY_USER 64u
#define SIM_IDENTITY_HOSTILE_ELEMENT 65u
#define SIM_IDENTITY_HOSTILE_REGISTRAR 66u
#define SIM_IDENTITY_IMPOSTOR 67u /* a pool element with the right to the pools */
#define SIM_IDENTITY_ELEMENT 128u
#define SIM_ELEMENT_IDENTITIES 1024u

/* ---- chance ---- */

struct chance {
    uint64_t state;
};

uint64_t chance_word(struct chance *c);
uint32_t chance_below(struct chance *c, uint32_t bound);                  /* 0 .. bound - 1 */
uint64_t chance_between(struct chance *c, uint64_t first, uint64_t last); /* both included */
bool chance_permille(struct chance *c, uint32_t permille);
/* A time that passes until something happens that happens every `mean` on average; 1 at least. */
uint64_t chance_wait(struct chance *c, uint64_t mean);

/* ---- what is due ---- */

enum due_kind {
    DUE_WAKE,        /* node a: its timer */
    DUE_SEGMENT,     /* connection a, direction b: `length` bytes arrive */
    DUE_FIN,         /* connection a, direction b: its end arrives */
    DUE_CONNECT,     /* connection a: try to establish it */
    DUE_OPENED,      /* connection a: whoever dialled learns that it is open */
    DUE_LOST,        /* connection a, end b: learns that it is lost */
    DUE_BREAK,       /* connection a: breaks if its nodes are still cut */
    DUE_FAULT,       /* faults of kind a */
    DUE_MEND,        /* fault kind a on nodes b, c is over */
    DUE_APPLICATION, /* node a: its application does something */
    DUE_SAMPLE,      /* look at everything */
    DUE_HEAL         /* all faults end */
};

struct due {
    uint64_t time;
    uint64_t order;
    uint32_t kind;
    uint32_t a;
    uint32_t b;
    uint32_t c;
    uint32_t length;
    uint32_t generation;
};

struct queue {
    struct due *heap;
    uint32_t count;
    uint32_t room;
    uint64_t order;
};

void queue_add(struct queue *q, const struct due *due);
bool queue_take(struct queue *q, struct due *due);

/* ---- nodes ---- */

enum node_kind { NODE_REGISTRAR, NODE_ELEMENT, NODE_USER, NODE_HOSTILE };

enum node_state {
    NODE_RUNNING,
    NODE_STALLED, /* stopped, with all it remembers; its connections wait */
    NODE_DOWN     /* the process is gone */
};

/* A node's own monotonic clock, in milliseconds: it runs `ppm` fast or slow, and may leap ahead. */
struct node_clock {
    uint64_t base;
    uint64_t true_base;
    int32_t ppm;
};

struct node {
    uint8_t kind;  /* enum node_kind */
    uint8_t state; /* enum node_state */
    uint8_t
        silent; /* NODE_DOWN: the machine is off, nothing answers; else connections are refused */
    uint32_t index; /* among those of its kind */
    uint32_t identity;
    uint32_t spins; /* wakes in a row without time passing */
    uint64_t wake;  /* true time of its scheduled wake, SIM_NEVER */
    uint64_t since; /* true time of its last change of state */
    uint64_t last_wake;
    struct node_clock clock;
};

struct registrar_node {
    struct enrp_group *group;    /* mapped */
    struct registrar *registrar; /* mapped */
    uint32_t server_identifier;
    uint32_t transport_length;
    uint8_t transport[ENRP_TRANSPORT_MAX];
    uint32_t asap_connection[REGISTRAR_CHANNELS_MAX]; /* by channel, plus one */
    uint32_t enrp_connection[ENRP_CHANNELS_MAX];
    uint64_t audits_waiting; /* records that the slow disk has not taken yet */
    uint64_t last_step;      /* by its own clock */
    uint32_t dials_failed;   /* peers, as bits, whose dialling failed within the step */
    uint8_t more;            /* the last step stopped at its bound */
    uint8_t anew;            /* the last step asked to begin anew */
    uint8_t begun;           /* it began anew in the last event */
};

struct element_node {
    struct pool_element_endpoint machine;
    struct pool_element_description description;
    uint32_t connection[SERVER_HUNT_SLOTS]; /* by slot, plus one */
    uint32_t pool;
    uint8_t wanted;   /* its application wants it registered */
    uint8_t guest;    /* leaves when the world heals */
    uint8_t impostor; /* registers the identifier of another */
    uint16_t held;    /* registrars, as bits, that had it at the last sample */
    uint64_t
        lost_since;   /* live, was registered, and no registrar serves it: since then; SIM_NEVER */
    uint8_t once;     /* was registered since it is live */
    uint8_t poisoned; /* rejected for the policy of its pool, which a hostile registrar has set */
    uint64_t live_since;
};

struct user_node {
    struct pool_user *machine; /* mapped */
    uint32_t connection[SERVER_HUNT_SLOTS];
    uint32_t resolved; /* answers */
};

enum hostile_kind {
    HOSTILE_ELEMENT_ON_ENRP, /* a pool element's identity on an ENRP channel */
    HOSTILE_OTHERS_NAME,     /* a registrar's identity, with the server identifier of another */
    HOSTILE_MUTATIONS,       /* a registrar's identity, with changed copies of what others said */
    HOSTILE_KINDS
};

#define HOSTILE_MEMORY 16u
#define HOSTILE_BYTES 1024u

struct hostile_node {
    uint8_t kind;                            /* enum hostile_kind */
    uint32_t connection[SIM_REGISTRARS_MAX]; /* plus one */
    uint32_t server_identifier;
};

/* ---- the network ---- */

enum connection_state { CONNECTION_FREE, CONNECTION_DIALLING, CONNECTION_OPEN, CONNECTION_BROKEN };

enum end_state {
    END_NEW,   /* the node was not told yet that it is open */
    END_OPEN,  /* the node takes it for open */
    END_CLOSED /* closed by the node, or it was told that it is lost */
};

/* End 0 dialled, end 1 accepted, and is a registrar's. */
struct connection_end {
    uint32_t node;
    uint32_t channel;  /* the node's own number of it: channel, or slot */
    uint8_t open;      /* enum end_state */
    uint8_t lost_held; /* to be told that it is lost, once it runs again */
};

/* What end d sends: bytes [head, tail) are not yet delivered, the first `arrived` of them wait. */
struct stream {
    uint8_t *bytes;
    uint32_t room;
    uint32_t head;
    uint32_t tail;
    uint32_t arrived;
    uint8_t fin_held;
    uint64_t last_arrival;
    struct framing framing;
};

struct connection {
    uint8_t state; /* enum connection_state */
    uint8_t enrp;
    uint8_t fin; /* one side closed in order */
    uint32_t generation;
    uint32_t server;  /* what was dialled, in the dialler's own numbering */
    uint64_t give_up; /* when dialling ends */
    uint32_t next_free;
    struct connection_end end[2];
    struct stream stream[2]; /* from end 0, from end 1 */
};

/* ---- what goes wrong ---- */

enum fault_kind {
    FAULT_CRASH, /* a registrar loses its memory */
    FAULT_STALL, /* a registrar stands still */
    FAULT_CUT,   /* between two nodes, both ways */
    FAULT_CUT_ONE_WAY,
    FAULT_ISOLATE,    /* one registrar from all others, or from everything */
    FAULT_LOSS,       /* a connection, with data in flight */
    FAULT_DELAY,      /* everything is late for a while */
    FAULT_CLOCK_JUMP, /* a node's clock leaps ahead */
    FAULT_ELEMENT_CRASH,
    FAULT_ELEMENT_STALL,
    FAULT_ELEMENT_CHANGE, /* another policy value: registers again */
    FAULT_ELEMENT_LEAVE,  /* deregisters, and comes again */
    FAULT_GUESTS,         /* more elements than there is room for */
    FAULT_HOSTILE,
    FAULT_DUPLICATE, /* the last messages once more after a reconnect; counted, not scheduled */
    FAULT_SLOW_DISK, /* audit records wait; counted, not scheduled */
    FAULT_KINDS
};

extern const char *const fault_names[FAULT_KINDS];

/* ---- options, figures ---- */

struct timers {
    const char *name;
    uint32_t unit; /* ms: about one heartbeat; what the faults last is measured in it */
    struct enrp_configuration enrp;
    struct registrar_configuration registrar;
    struct pool_element_configuration element;
    struct pool_user_configuration user;
    int32_t registration_life; /* s */
    uint32_t lost_units;       /* --calm: no live element is lost for longer */
    uint32_t bound_units;      /* all has to be well again so many units after healing */
};

struct options {
    uint32_t registrars; /* 0: by seed */
    uint32_t elements;   /* 0: by seed */
    uint32_t users;
    uint32_t units; /* of chaos; 0: by seed */
    bool rfc_timers;
    bool literal;
    bool calm; /* only what can befall registrars among themselves: stalls and cuts */
    bool story;
};

#define FIGURE_SAMPLES 65536u

/* What was seen of all worlds together. */
struct figures {
    uint64_t worlds;
    uint64_t failed;
    uint64_t events;
    uint64_t messages;
    uint64_t simulated_ms;
    uint64_t faults[FAULT_KINDS];
    uint64_t audits;
    uint64_t lost_elements; /* live elements that nobody served for a while, and for how long: */
    uint64_t lost_ms;
    uint64_t
        lost_at_home; /* of these, while their home served and they took themselves for registered */
    uint64_t lost_max, lost_max_seed;
    uint64_t lost_long; /* for more than half of the re-registration time */
    uint64_t unconverged;
    uint64_t
        poisoned; /* elements at the end of worlds that a hostile registrar keeps out of their pool */
    uint64_t takeovers, restarts, yielded, contested, purged, tables;
    uint32_t samples;
    uint64_t converged[FIGURE_SAMPLES]; /* ms after healing */
};

/* Memory that stays from world to world; its pages do not. */
struct world_maps {
    struct connection *connection;
    struct access_rules *rules;
    struct enrp_group *group[SIM_REGISTRARS_MAX];
    struct registrar *registrar[SIM_REGISTRARS_MAX];
    struct pool_user *user[SIM_USERS_MAX];
};

struct world {
    struct world_maps maps;
    uint64_t seed;
    const struct options *options;
    struct figures *figures;
    const struct timers *timers;
    uint64_t now; /* true time, ms */
    uint64_t hash;
    uint64_t events;
    struct chance chance; /* of the world: network, faults */
    struct chance core;   /* what the nodes draw */
    struct chance disk;   /* of the audit log: must not change anything else */
    struct queue queue;
    struct effects effects;

    uint32_t registrars, elements, users, hostiles, pools, nodes;
    uint32_t guests, impostors; /* of the elements */
    uint32_t configured;        /* peers of each registrar: it has to learn of the others */
    bool known_servers;         /* server identifiers are in the configuration */
    bool servers_bound;         /* and are bound to identities */
    struct node node[SIM_NODES_MAX];
    struct registrar_node registrar[SIM_REGISTRARS_MAX];
    struct element_node element[SIM_ELEMENTS_MAX];
    struct user_node user[SIM_USERS_MAX];
    struct hostile_node hostile[SIM_HOSTILES_MAX];
    struct access_rules *rules;
    struct registrar_configuration registrar_configuration;
    struct enrp_configuration enrp_configuration;

    uint32_t connections_used;
    uint32_t connection_free;                             /* plus one */
    struct connection *connection;                        /* SIM_CONNECTIONS_MAX, mapped */
    uint16_t cut_to[SIM_REGISTRARS_MAX][SIM_NODES_MAX];   /* node -> registrar: cuts upon it */
    uint16_t cut_from[SIM_REGISTRARS_MAX][SIM_NODES_MAX]; /* registrar -> node, when that is none */
    uint32_t latency;                                     /* ms, of a message */
    uint32_t slowness;                                    /* delays upon delays */
    uint32_t duplicates;                                  /* permille of reconnects */
    uint32_t late;                                        /* permille of messages that come late */
    bool slow_disk;
    bool calm; /* struct options */

    uint64_t fault_mean[FAULT_KINDS]; /* ms, 0: none */
    bool healed;
    uint64_t heal_time;
    uint32_t dead;         /* the registrar that stays dead, SIM_NONE: none */
    uint64_t converged_at; /* SIM_NEVER: not */
    char why[160];         /* what was not well at the last look */

    /* The last messages of each pair of registrars, and what the hostile ones have overheard. */
    struct {
        uint32_t length[2];
        uint8_t bytes[2][HOSTILE_BYTES];
    } recent[SIM_REGISTRARS_MAX][SIM_REGISTRARS_MAX];
    uint32_t overheard;
    uint32_t overheard_length[HOSTILE_MEMORY];
    uint8_t overheard_bytes[HOSTILE_MEMORY][HOSTILE_BYTES];

    bool failed;
    char violation[240];
};

/* Mixes what happened into the trace hash. */
void trace(struct world *w, uint64_t a, uint64_t b, uint64_t c);
void trace_bytes(struct world *w, const uint8_t *bytes, uint32_t length);
/* Tells it, if asked to. */
void story(const struct world *w, uint32_t node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Something that must hold does not: the world ends. The first one counts. */
void violation(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

uint64_t local_time(const struct node *n, uint64_t true_time);
void clock_leap(struct node *n, uint64_t true_time, uint64_t leap);
void schedule(struct world *w, uint64_t time, enum due_kind kind, uint32_t a, uint32_t b);
/* Wakes the node when its own clock shows `due` (SIM_NEVER: not). */
void schedule_wake(struct world *w, uint32_t node, uint64_t due);
struct ip_address node_address(uint32_t node);

/* world.c */
struct world *world_new(void);
void world_free(struct world *w);
uint32_t pool_handle_of(uint32_t pool, uint8_t handle[16]);
bool world_run(struct world *w, uint64_t seed, const struct options *o, struct figures *f);

/* timers.c */
const struct timers *timers_fast(void);
const struct timers *timers_rfc(void);

/* network.c */
bool network_cut(const struct world *w, uint32_t from, uint32_t to);
/* The number of the connection plus one, 0 when there are too many. */
uint32_t network_dial(struct world *w, uint32_t from, uint32_t registrar, bool enrp,
                      uint32_t channel, uint32_t server);
void network_send(struct world *w, uint32_t connection, uint32_t end, const uint8_t *bytes,
                  uint32_t length);
void network_close(struct world *w, uint32_t connection, uint32_t end);
void network_break(struct world *w, uint32_t connection, uint64_t within);
void network_node_gone(struct world *w, uint32_t node, bool silent);
void network_release(struct world *w); /* what waited for a cut or a stall goes on if it can */
void network_node_continues(struct world *w, uint32_t node); /* reads what came meanwhile */
void network_cut_begins(struct world *w);
void network_due(struct world *w, const struct due *due);
void network_clear(struct world *w);

/* Nodes: what the network tells them. */
bool node_accepts(const struct world *w, uint32_t node, bool enrp);
bool node_accepted(struct world *w, uint32_t connection); /* end 1 opened; false: no channel left */
void node_opened(struct world *w, uint32_t connection);   /* end 0 opened */
void node_failed(struct world *w, uint32_t connection);   /* end 0: could not be opened */
void node_closed(struct world *w, uint32_t connection, uint32_t end);
void node_message(struct world *w, uint32_t connection, uint32_t end, const uint8_t *bytes,
                  uint32_t length);
void node_application(struct world *w, uint32_t node);
void node_wake(struct world *w, uint32_t node);
void node_stop(struct world *w, uint32_t node, bool silent); /* NODE_DOWN */
void node_start(struct world *w, uint32_t node);
void node_stall(struct world *w, uint32_t node);
void node_continue(struct world *w, uint32_t node);

void registrar_start(struct world *w, uint32_t index);
void registrar_event_of(struct world *w, uint32_t index, struct registrar_event *event,
                        const uint8_t *bytes);
bool registrar_accepted(struct world *w, uint32_t connection);
void registrar_opened(struct world *w, uint32_t connection);
void registrar_dial_failed(struct world *w, uint32_t connection);
void registrar_closed(struct world *w, uint32_t connection, uint32_t side);
void registrar_message(struct world *w, uint32_t connection, uint32_t side, const uint8_t *bytes,
                       uint32_t length);
void registrar_wake(struct world *w, uint32_t index);

void element_start(struct world *w, uint32_t index);
void element_event(struct world *w, uint32_t index, uint8_t kind, uint32_t channel,
                   const uint8_t *bytes, uint32_t length);
void element_application(struct world *w, uint32_t index);
void element_want(struct world *w, uint32_t index, bool wanted);
uint32_t element_home(const struct world *w, uint32_t index); /* a registrar, or SIM_NONE */
void element_change(struct world *w, uint32_t index);
uint32_t element_identifier(const struct world *w, uint32_t index);

void user_start(struct world *w, uint32_t index);
void user_event(struct world *w, uint32_t index, uint8_t kind, uint32_t channel,
                const uint8_t *bytes, uint32_t length, uint32_t subject);
void user_application(struct world *w, uint32_t index);

void hostile_application(struct world *w, uint32_t index);
void hostile_overhear(struct world *w, const uint8_t *bytes, uint32_t length);
void hostile_closed(struct world *w, uint32_t connection);
bool hostile_without_role(const struct world *w, uint32_t connection);

/* faults.c */
void faults_begin(struct world *w);
void faults_due(struct world *w, const struct due *due);
void faults_storm(struct world *w, uint64_t end);
void faults_heal(struct world *w);

/* oracle.c */
void oracle_registrar_stepped(struct world *w, uint32_t index);
bool oracle_serves(const struct world *w, uint32_t registrar);
void oracle_sample(struct world *w);
void oracle_finish(struct world *w);
bool oracle_has_first(const struct world *w, uint32_t registrar);
uint64_t oracle_digest(const struct world *w, uint32_t index);

/* report.c */
void report_figures(struct figures *f, double cpu_seconds);

#endif
