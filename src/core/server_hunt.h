/* The server hunt: how a pool element or a pool user finds its home registrar (RFC 5352, 3.6).
 *
 * A configured list of registrars is tried in rounds. A round connects to up to three of them at once
 * (SH1) and runs T5-Serverhunt (SH2). The first connection established becomes the home, the others are
 * closed (SH3, SH6). A connection that fails is replaced by the next server of the list, each server at
 * most once a round (SH4). When T5 runs out, it is doubled up to RETRAN-MAX, the connections under way
 * are given up, and a new round starts with the servers after the last ones tried (SH5). When the home
 * is lost the hunt starts again at once, spread by a little randomness, because every client of a dead
 * registrar notices in the same moment.
 *
 * A home proves to be of use when it says something, or its connection lasts as long as T5 then is. That, and not
 * the connection alone (SH3), gives T5 its first value again: a registrar that accepts connections and closes
 * them would be tried without a pause for ever. One that was lost or given up before is passed over until T5 runs
 * out, so that the others get their turn at once and a flapping one comes back at T5's growing pace.
 *
 * It owns the three slots and the T5 deadline. It never reads a message, never knows addresses (a server
 * is an index into the shell's list), and never has more than three connections: there are three slots,
 * and a slot is connected only when it is free (hunt_bounded, the precondition of hunt_connect in
 * server_hunt.c, through which every EFFECT_CONNECT goes). The functions are called by the step functions of
 * pool_element_endpoint.c and pool_user.c; a shell needs only the configuration.
 *
 * Beyond RFC 5352: the home found is kept without an end, and a slot that is free may also be taken by a
 * registrar that connects to us (a takeover, RFC 5353, 3.5); it becomes the home by server_hunt_adopt().
 */
#ifndef POOLPROOF_CORE_SERVER_HUNT_H
#define POOLPROOF_CORE_SERVER_HUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "effects.h"
#include "endpoint_event.h"

#define SERVER_HUNT_SERVERS_MAX 64u /* servers in the configured list */
#define SERVER_HUNT_SLOTS 3u        /* connections at once: RFC 5352, 3.6, SH1 */
#define SERVER_HUNT_EFFECTS 8u      /* most effects one function here appends */

#define T5_SERVERHUNT_DEFAULT_MS 10000u       /* RFC 5352, 7.1 */
#define RETRAN_MAX_DEFAULT_MS 60000u          /* RFC 5352, 7.3 */
#define SERVER_HUNT_JITTER_DEFAULT_MS 500u    /* ours */
#define SERVER_HUNT_DURATION_MAX_MS 86400000u /* a day: the longest any of these may be */

struct server_hunt_configuration {
    uint32_t server_count;  /* 1 .. SERVER_HUNT_SERVERS_MAX */
    uint32_t t5_ms;         /* T5-Serverhunt, 1 .. retran_max_ms */
    uint32_t retran_max_ms; /* RETRAN-MAX, up to SERVER_HUNT_DURATION_MAX_MS */
    uint32_t jitter_ms; /* a hunt for a lost home starts within this time; 0: at once; same limit */
};

enum server_hunt_slot_state {
    SERVER_HUNT_FREE = 0,       /* no connection */
    SERVER_HUNT_CONNECTING = 1, /* EFFECT_CONNECT was given, neither opened nor closed yet */
    SERVER_HUNT_OPEN = 2        /* established: the home, or a registrar that connected to us */
};

enum server_hunt_phase {
    SERVER_HUNT_RESTING = 0, /* not hunting: not started, or at home */
    SERVER_HUNT_PAUSING = 1, /* a round starts at `deadline` */
    SERVER_HUNT_TRYING = 2   /* a round is under way; T5 runs out at `deadline` */
};

enum server_hunt_outcome {
    SERVER_HUNT_UNCHANGED = 0,
    SERVER_HUNT_HOME_FOUND = 1, /* there is a (new) home: requests go there now */
    SERVER_HUNT_HOME_LOST = 2   /* the home is gone, a hunt is under way */
};

struct server_hunt_slot {
    uint8_t state;   /* enum server_hunt_slot_state */
    uint32_t server; /* index in the list; ENDPOINT_NONE for one that connected to us */
};

struct server_hunt {
    struct server_hunt_configuration configuration;
    struct server_hunt_slot slot[SERVER_HUNT_SLOTS];
    uint8_t phase;        /* enum server_hunt_phase */
    uint32_t home;        /* slot of the home plus one, 0 when there is none */
    uint64_t useful_at;   /* the home is of use if it lasts until then; 0 once it spoke; ms */
    uint32_t next_server; /* the next one to try */
    uint32_t untried;     /* servers this round has not tried yet */
    uint32_t t5_ms;       /* present value of T5, doubled by SH5.1 */
    uint64_t deadline;    /* of the phase; ENDPOINT_NEVER when resting */
    uint8_t
        spent[SERVER_HUNT_SERVERS_MAX]; /* not 0: was the home, of no use, since T5 last ran out */
};

/*@ predicate valid_hunt_configuration(struct server_hunt_configuration *c) =
      1 <= c->server_count <= SERVER_HUNT_SERVERS_MAX &&
      1 <= c->t5_ms <= c->retran_max_ms &&
      c->retran_max_ms <= SERVER_HUNT_DURATION_MAX_MS &&
      c->jitter_ms <= SERVER_HUNT_DURATION_MAX_MS;

    predicate valid_hunt_slots(struct server_hunt *h) =
      \forall integer s; 0 <= s < SERVER_HUNT_SLOTS ==> h->slot[s].state <= SERVER_HUNT_OPEN;

    predicate valid_hunt_home(struct server_hunt *h) =
      h->home <= SERVER_HUNT_SLOTS &&
      (h->home > 0 ==> h->slot[h->home - 1].state == SERVER_HUNT_OPEN);

    predicate valid_hunt_round(struct server_hunt *h) =
      h->next_server < h->configuration.server_count &&
      h->untried <= h->configuration.server_count &&
      1 <= h->t5_ms <= h->configuration.retran_max_ms;

*/

/* That everything fits together. Who only calls the functions below need not know what that means, and the provers fare
 * better without: with SERVER_HUNT_ABSTRACT it is some property of the structure's value as a whole, of which nothing
 * is said. So it lasts as long as no part of that value is written. What is proved then holds for every such property,
 * and so for the one that is meant, as long as that reads nothing but the structure. The compiler sees no difference. */
#ifdef SERVER_HUNT_ABSTRACT
/*@ axiomatic server_hunt_whole {
      predicate hunt_fits(struct server_hunt whole[1]);
    }
*/
/* As handlespace.h has it: the value of an array of one, through a macro. */
#define valid_hunt(h) hunt_fits(*(struct server_hunt(*)[1])(h))
#else
/*@ predicate valid_hunt(struct server_hunt *h) =
      valid_hunt_configuration(&h->configuration) && valid_hunt_slots(h) && valid_hunt_home(h) &&
      valid_hunt_round(h);
*/
#endif

/*@ predicate hunt_room(struct effects *out) =
      valid_effects(out) && out->count + SERVER_HUNT_EFFECTS <= EFFECTS_MAX;
*/

/* The RFC's values for a list of `server_count` registrars, brought into 1 .. SERVER_HUNT_SERVERS_MAX. */
/*@ requires room: \valid(c);
    terminates \true;
    exits \false;
    assigns *c;
    ensures valid: valid_hunt_configuration(c);
*/
void server_hunt_defaults(struct server_hunt_configuration *c, uint32_t server_count);

/* True when every field of the configuration is within its range. */
/*@ requires room: \valid_read(c);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures exact: \result <==> valid_hunt_configuration(c);
*/
bool server_hunt_configuration_valid(const struct server_hunt_configuration *c);

/* Prepares a zeroed structure: no connection, not hunting. */
/*@ requires room: \valid(h) && \valid_read(c);
    requires apart: \separated(h, c);
    requires configuration: valid_hunt_configuration(c);
    terminates \true;
    exits \false;
    assigns *h;
    ensures valid: valid_hunt(h);
    ensures homeless: h->home == 0;
*/
void server_hunt_init(struct server_hunt *h, const struct server_hunt_configuration *c);

/* The slot of the home, or ENDPOINT_NONE. */
/*@ requires hunt: \valid_read(h) && valid_hunt(h);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures home: h->home > 0 ==> \result == h->home - 1 && \result < SERVER_HUNT_SLOTS;
    ensures homeless: h->home == 0 ==> \result == ENDPOINT_NONE;
*/
uint32_t server_hunt_home(const struct server_hunt *h);

/* The index of the home in the configured list; ENDPOINT_NONE without a home, and for a home that
 * connected to us. */
/*@ requires hunt: \valid_read(h) && valid_hunt(h);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures home: h->home > 0 ==> \result == h->slot[h->home - 1].server;
    ensures homeless: h->home == 0 ==> \result == ENDPOINT_NONE;
*/
uint32_t server_hunt_home_server(const struct server_hunt *h);

/* True when there is an established connection on the slot, the home's or a registrar's that connected to
 * us. False for a number that is no slot. */
/*@ requires hunt: \valid_read(h) && valid_hunt(h);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures open: \result <==> slot < SERVER_HUNT_SLOTS && h->slot[slot].state == SERVER_HUNT_OPEN;
*/
bool server_hunt_is_open(const struct server_hunt *h, uint32_t slot);

/* Starts the first hunt (SH1, SH2), at a server chosen by `random`, so that the clients spread over the
 * registrars. Does nothing when there is a home or a hunt is under way. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(h, out);
    terminates \true;
    exits \false;
    assigns h->slot[0 .. 2], h->phase, h->next_server, h->untried, h->t5_ms, h->deadline;
    assigns *out;
    ensures valid: valid_hunt(h);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
*/
void server_hunt_start(struct server_hunt *h, uint64_t now, uint64_t random, struct effects *out);

/* A connection is established on the slot. The first of a round becomes the home, the others and a former
 * home are closed and the hunt ends (SH3, SH6): SERVER_HUNT_HOME_FOUND. On a free slot, a registrar connected to
 * us: it is kept, but is not the home. T5 keeps its value until the home proves to be of use. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(h, out);
    terminates \true;
    exits \false;
    assigns h->slot[0 .. 2], h->phase, h->home, h->useful_at, h->t5_ms, h->deadline;
    assigns *out;
    ensures valid: valid_hunt(h);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
    ensures outcome: \result == SERVER_HUNT_UNCHANGED || \result == SERVER_HUNT_HOME_FOUND;
    ensures home: \result == SERVER_HUNT_HOME_FOUND ==> h->home == slot + 1;
    ensures kept: \result == SERVER_HUNT_UNCHANGED ==> h->home == \old(h->home);
    ensures same_t5: h->t5_ms == \old(h->t5_ms);
*/
uint8_t server_hunt_opened(struct server_hunt *h, uint32_t slot, uint64_t now, struct effects *out);

/* The connection on the slot could not be established, or is gone. Of a round: the next server of the list
 * is tried in its place (SH4). The home: SERVER_HUNT_HOME_LOST, and a round starts within the jitter, unless
 * one is under way already. A home that was of no use leaves T5 as it is, and is passed over until T5 runs out. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(h, out);
    terminates \true;
    exits \false;
    assigns h->slot[0 .. 2], h->phase, h->home, h->useful_at, h->next_server, h->untried, h->t5_ms, h->deadline;
    assigns h->spent[0 .. SERVER_HUNT_SERVERS_MAX - 1], *out;
    ensures valid: valid_hunt(h);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
    ensures outcome: \result == SERVER_HUNT_UNCHANGED || \result == SERVER_HUNT_HOME_LOST;
    ensures lost: \result == SERVER_HUNT_HOME_LOST ==> h->home == 0;
    ensures kept: \result == SERVER_HUNT_UNCHANGED ==> h->home == \old(h->home);
    ensures backed_off: now < \old(h->useful_at) ==> h->t5_ms == \old(h->t5_ms);
*/
uint8_t server_hunt_closed(struct server_hunt *h, uint32_t slot, uint64_t now, uint64_t random,
                           struct effects *out);

/* Time passed. A pause that is over starts a round; a round whose T5 ran out is given up, T5 doubled up to
 * RETRAN-MAX, and the next round starts with further servers (SH5), none passed over. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(h, out);
    terminates \true;
    exits \false;
    assigns h->slot[0 .. 2], h->phase, h->next_server, h->untried, h->t5_ms, h->deadline;
    assigns h->spent[0 .. SERVER_HUNT_SERVERS_MAX - 1], *out;
    ensures valid: valid_hunt(h);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
    ensures early: now < \old(h->deadline) ==> out->count == \old(out->count);
*/
void server_hunt_tick(struct server_hunt *h, uint64_t now, struct effects *out);

/* Gives the home up, because it does not answer (RFC 5352, 3.1, 3.2), and hunts for another one as if it
 * were lost; however long it lasted, it was of no use if it never spoke. Without a home: SERVER_HUNT_UNCHANGED. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(h, out);
    terminates \true;
    exits \false;
    assigns h->slot[0 .. 2], h->phase, h->home, h->useful_at, h->t5_ms, h->deadline;
    assigns h->spent[0 .. SERVER_HUNT_SERVERS_MAX - 1], *out;
    ensures valid: valid_hunt(h);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
    ensures homeless: h->home == 0;
    ensures outcome: \result == (\old(h->home) > 0 ? SERVER_HUNT_HOME_LOST : SERVER_HUNT_UNCHANGED);
*/
uint8_t server_hunt_abandon(struct server_hunt *h, uint64_t now, uint64_t random,
                            struct effects *out);

/* Hunts for another registrar while the home, which is slow to answer, is kept (RFC 5352, 3.7.2). Does nothing
 * without a home, or when a hunt is under way. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(h, out);
    terminates \true;
    exits \false;
    assigns h->slot[0 .. 2], h->phase, h->next_server, h->untried, h->t5_ms, h->deadline;
    assigns *out;
    ensures valid: valid_hunt(h);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
*/
void server_hunt_seek(struct server_hunt *h, uint64_t now, struct effects *out);

/* A message was understood that came on the slot: if that is the home, it is of use, and T5 reset. A hunt beside it
 * goes on. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    terminates \true;
    exits \false;
    assigns h->useful_at, h->t5_ms, h->spent[0 .. SERVER_HUNT_SERVERS_MAX - 1];
    ensures valid: valid_hunt(h);
    ensures reset: slot < SERVER_HUNT_SLOTS && h->home == slot + 1 ==> h->t5_ms == h->configuration.t5_ms;
    ensures others: h->home != slot + 1 ==> h->t5_ms == \old(h->t5_ms);
*/
void server_hunt_heard(struct server_hunt *h, uint32_t slot);

/* The home answered: it is of use, T5 is reset; a hunt in parallel ends, its connections are closed. Does nothing
 * without a home. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(h, out);
    terminates \true;
    exits \false;
    assigns h->slot[0 .. 2], h->phase, h->useful_at, h->t5_ms, h->deadline;
    assigns h->spent[0 .. SERVER_HUNT_SERVERS_MAX - 1], *out;
    ensures valid: valid_hunt(h);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
*/
void server_hunt_settle(struct server_hunt *h, struct effects *out);

/* Makes the registrar on this slot the home, as it asked for (RFC 5352, 3.4, KA2.4); the former home and what
 * is being connected are closed. SERVER_HUNT_UNCHANGED when it is the home, or the slot is not open. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(h, out);
    terminates \true;
    exits \false;
    assigns h->slot[0 .. 2], h->phase, h->home, h->useful_at, h->t5_ms, h->deadline;
    assigns h->spent[0 .. SERVER_HUNT_SERVERS_MAX - 1], *out;
    ensures valid: valid_hunt(h);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
    ensures outcome: \result == SERVER_HUNT_UNCHANGED || \result == SERVER_HUNT_HOME_FOUND;
    ensures home: \result == SERVER_HUNT_HOME_FOUND ==> h->home == slot + 1;
    ensures kept: \result == SERVER_HUNT_UNCHANGED ==> h->home == \old(h->home);
*/
uint8_t server_hunt_adopt(struct server_hunt *h, uint32_t slot, struct effects *out);

#endif
