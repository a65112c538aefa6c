/* The server hunt (RFC 5352, 3.6): rounds of up to three connections, the first one established wins.
 *
 * Owns the three slots, the round and its deadline; contracts stand in server_hunt.h. Never reads a message, and
 * never connects a slot that is not free.
 */
#include "server_hunt.h"

#include "endpoint_deadline.h"
#include "endpoint_effects.h"

void server_hunt_defaults(struct server_hunt_configuration *c, uint32_t server_count)
{
    c->server_count = server_count == 0u ? 1u : server_count;
    if (c->server_count > SERVER_HUNT_SERVERS_MAX) {
        c->server_count = SERVER_HUNT_SERVERS_MAX;
    }
    c->t5_ms = T5_SERVERHUNT_DEFAULT_MS;
    c->retran_max_ms = RETRAN_MAX_DEFAULT_MS;
    c->jitter_ms = SERVER_HUNT_JITTER_DEFAULT_MS;
}

bool server_hunt_configuration_valid(const struct server_hunt_configuration *c)
{
    if (c->server_count < 1u || c->server_count > SERVER_HUNT_SERVERS_MAX) {
        return false;
    }
    return c->t5_ms >= 1u && c->t5_ms <= c->retran_max_ms &&
           c->retran_max_ms <= SERVER_HUNT_DURATION_MAX_MS &&
           c->jitter_ms <= SERVER_HUNT_DURATION_MAX_MS;
}

/* Every server may be tried again. */
/*@ requires hunt: \valid(h);
    terminates \true;
    exits \false;
    assigns h->spent[0 .. SERVER_HUNT_SERVERS_MAX - 1];
    ensures forgiven: \forall integer s; 0 <= s < SERVER_HUNT_SERVERS_MAX ==> h->spent[s] == 0;
*/
static void hunt_forgive(struct server_hunt *h)
{
    /*@ loop invariant range: 0 <= server <= SERVER_HUNT_SERVERS_MAX;
        loop invariant forgiven: \forall integer s; 0 <= s < server ==> h->spent[s] == 0;
        loop assigns server, h->spent[0 .. SERVER_HUNT_SERVERS_MAX - 1];
        loop variant SERVER_HUNT_SERVERS_MAX - server;
    */
    for (uint32_t server = 0u; server < SERVER_HUNT_SERVERS_MAX; server++) {
        h->spent[server] = 0u;
    }
}

void server_hunt_init(struct server_hunt *h, const struct server_hunt_configuration *c)
{
    h->configuration = *c;
    /*@ loop invariant range: 0 <= slot <= SERVER_HUNT_SLOTS;
        loop invariant free: \forall integer s; 0 <= s < slot ==> h->slot[s].state == SERVER_HUNT_FREE;
        loop assigns slot, h->slot[0 .. 2];
        loop variant SERVER_HUNT_SLOTS - slot;
    */
    for (uint32_t slot = 0u; slot < SERVER_HUNT_SLOTS; slot++) {
        h->slot[slot].state = (uint8_t)SERVER_HUNT_FREE;
        h->slot[slot].server = ENDPOINT_NONE;
    }
    hunt_forgive(h);
    h->phase = (uint8_t)SERVER_HUNT_RESTING;
    h->home = 0u;
    h->useful_at = ENDPOINT_NEVER;
    h->next_server = 0u;
    h->untried = 0u;
    h->t5_ms = c->t5_ms;
    h->deadline = ENDPOINT_NEVER;
}

uint32_t server_hunt_home(const struct server_hunt *h)
{
    return h->home > 0u ? h->home - 1u : ENDPOINT_NONE;
}

uint32_t server_hunt_home_server(const struct server_hunt *h)
{
    return h->home > 0u ? h->slot[h->home - 1u].server : ENDPOINT_NONE;
}

bool server_hunt_is_open(const struct server_hunt *h, uint32_t slot)
{
    return slot < SERVER_HUNT_SLOTS && h->slot[slot].state == SERVER_HUNT_OPEN;
}

/* Marks a slot that is not the home's. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires slot: slot < SERVER_HUNT_SLOTS && h->home != slot + 1;
    requires state: state <= SERVER_HUNT_OPEN;
    terminates \true;
    exits \false;
    assigns h->slot[slot];
    ensures valid: valid_hunt(h);
    ensures marked: h->slot[slot].state == state && h->slot[slot].server == server;
*/
static void hunt_mark(struct server_hunt *h, uint32_t slot, uint8_t state, uint32_t server)
{
    h->slot[slot].state = state;
    h->slot[slot].server = server;
}

/* The slot, open already, becomes the home. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires open: slot < SERVER_HUNT_SLOTS && h->slot[slot].state == SERVER_HUNT_OPEN;
    terminates \true;
    exits \false;
    assigns h->home;
    ensures valid: valid_hunt(h);
    ensures home: h->home == slot + 1;
*/
static void hunt_enter(struct server_hunt *h, uint32_t slot)
{
    h->home = slot + 1u;
}

/* The home is no more, and its slot is free. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires home: h->home > 0;
    terminates \true;
    exits \false;
    assigns h->home, h->slot[h->home - 1];
    ensures valid: valid_hunt(h);
    ensures homeless: h->home == 0;
*/
static void hunt_leave(struct server_hunt *h)
{
    struct server_hunt_slot *slot = &h->slot[h->home - 1u];

    slot->state = (uint8_t)SERVER_HUNT_FREE;
    slot->server = ENDPOINT_NONE;
    h->home = 0u;
}

/* The phase with its deadline, and the value of T5. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires t5: 1 <= t5_ms <= h->configuration.retran_max_ms;
    terminates \true;
    exits \false;
    assigns h->phase, h->t5_ms, h->deadline;
    ensures valid: valid_hunt(h);
    ensures set: h->phase == phase && h->t5_ms == t5_ms && h->deadline == deadline;
*/
static void hunt_set(struct server_hunt *h, uint8_t phase, uint32_t t5_ms, uint64_t deadline)
{
    h->phase = phase;
    h->t5_ms = t5_ms;
    h->deadline = deadline;
}

/* The home proved to be of use: it spoke, or lasted. T5 has its first value again (SH3), and no server is passed over.
 * A connection alone is no reason: a registrar that accepts and closes would be tried again without a pause. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    terminates \true;
    exits \false;
    assigns h->t5_ms, h->useful_at, h->spent[0 .. SERVER_HUNT_SERVERS_MAX - 1];
    ensures valid: valid_hunt(h);
    ensures reset: h->t5_ms == h->configuration.t5_ms && h->useful_at == 0;
*/
static void hunt_prove(struct server_hunt *h)
{
    hunt_forgive(h);
    h->useful_at = 0u;
    h->t5_ms = h->configuration.t5_ms;
}

/* The home is about to be left. One that was of no use, because `lasted` is before the time from which it would have
 * been, is passed over until T5 runs out; T5 is reset by no other. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires home: h->home > 0;
    terminates \true;
    exits \false;
    assigns h->t5_ms, h->useful_at, h->spent[0 .. SERVER_HUNT_SERVERS_MAX - 1];
    ensures valid: valid_hunt(h);
    ensures backed_off: lasted < \old(h->useful_at) ==> h->t5_ms == \old(h->t5_ms);
    ensures passed_over: lasted < \old(h->useful_at) && h->slot[h->home - 1].server < SERVER_HUNT_SERVERS_MAX ==>
      h->spent[h->slot[h->home - 1].server] == 1;
*/
static void hunt_judge(struct server_hunt *h, uint64_t lasted)
{
    uint32_t server = h->slot[h->home - 1u].server;

    if (lasted >= h->useful_at) {
        hunt_prove(h);
    } else if (server < SERVER_HUNT_SERVERS_MAX) {
        h->spent[server] = 1u;
    }
}

/* The next server of this round: each at most once, not the one that is the home, and none that was of no use as
 * the home. ENDPOINT_NONE when the round has tried them all. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    terminates \true;
    exits \false;
    assigns h->next_server, h->untried;
    ensures valid: valid_hunt(h);
    ensures server: \result == ENDPOINT_NONE || \result < h->configuration.server_count;
    ensures once: \result != ENDPOINT_NONE ==> h->untried < \old(h->untried);
    ensures unspent: \result != ENDPOINT_NONE ==> h->spent[\result] == 0;
*/
static uint32_t hunt_pick(struct server_hunt *h)
{
    uint32_t count = h->configuration.server_count;
    uint32_t home = server_hunt_home_server(h);

    /*@ loop invariant valid: valid_hunt_round(h);
        loop invariant fewer: h->untried <= \at(h->untried, Pre);
        loop assigns h->next_server, h->untried;
        loop variant h->untried;
    */
    while (h->untried > 0u) {
        uint32_t server = h->next_server;

        h->next_server = server + 1u < count ? server + 1u : 0u;
        h->untried -= 1u;
        if (server != home && h->spent[server] == 0u) {
            return server;
        }
    }
    return ENDPOINT_NONE;
}

/* Asks for the connection of a slot that is free, to a server of the list (SH1). There are three slots, so
 * there are three connections at most. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && valid_effects(out) && out->count < EFFECTS_MAX;
    requires apart: \separated(h, out);
    requires hunt_bounded: slot < SERVER_HUNT_SLOTS && h->slot[slot].state == SERVER_HUNT_FREE;
    requires server: server < h->configuration.server_count;
    terminates \true;
    exits \false;
    assigns h->slot[slot], *out;
    ensures valid: valid_hunt(h);
    ensures one: valid_effects(out) && out->count == \old(out->count) + 1;
    ensures hunt_bounded: h->slot[slot].state == SERVER_HUNT_CONNECTING;
*/
static void hunt_connect(struct server_hunt *h, uint32_t slot, uint32_t server, struct effects *out)
{
    hunt_mark(h, slot, (uint8_t)SERVER_HUNT_CONNECTING, server);
    endpoint_connect(out, slot, server);
    //@ assert configuration: valid_hunt_configuration(&h->configuration);
    //@ assert slots: valid_hunt_slots(h);
    //@ assert home: valid_hunt_home(h);
    //@ assert round: valid_hunt_round(h);
}

/* Closes a connection that is not the home. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && valid_effects(out) && out->count < EFFECTS_MAX;
    requires apart: \separated(h, out);
    requires slot: slot < SERVER_HUNT_SLOTS && h->home != slot + 1;
    terminates \true;
    exits \false;
    assigns h->slot[slot], *out;
    ensures valid: valid_hunt(h);
    ensures one: valid_effects(out) && out->count == \old(out->count) + 1;
    ensures free: h->slot[slot].state == SERVER_HUNT_FREE;
*/
static void hunt_close(struct server_hunt *h, uint32_t slot, uint16_t reason, struct effects *out)
{
    hunt_mark(h, slot, (uint8_t)SERVER_HUNT_FREE, ENDPOINT_NONE);
    endpoint_close(out, slot, reason);
    //@ assert configuration: valid_hunt_configuration(&h->configuration);
    //@ assert slots: valid_hunt_slots(h);
    //@ assert home: valid_hunt_home(h);
    //@ assert round: valid_hunt_round(h);
}

/* Closes the home. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && valid_effects(out) && out->count < EFFECTS_MAX;
    requires apart: \separated(h, out);
    requires home: h->home > 0;
    terminates \true;
    exits \false;
    assigns h->home, h->slot[h->home - 1], *out;
    ensures valid: valid_hunt(h);
    ensures one: valid_effects(out) && out->count == \old(out->count) + 1;
    ensures homeless: h->home == 0;
*/
static void hunt_close_home(struct server_hunt *h, uint16_t reason, struct effects *out)
{
    uint32_t slot = h->home - 1u;

    hunt_leave(h);
    hunt_close(h, slot, reason, out);
}

/* Connects every free slot, as long as this round has servers left. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && valid_effects(out) && out->count + SERVER_HUNT_SLOTS <= EFFECTS_MAX;
    requires apart: \separated(h, out);
    terminates \true;
    exits \false;
    assigns h->slot[0 .. 2], h->next_server, h->untried;
    assigns *out;
    ensures valid: valid_hunt(h);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_SLOTS;
*/
static void hunt_fill(struct server_hunt *h, struct effects *out)
{
    /*@ loop invariant range: 0 <= slot <= SERVER_HUNT_SLOTS;
        loop invariant valid: valid_hunt(h);
        loop invariant list: valid_effects(out);
        loop invariant bounded: \at(out->count, Pre) <= out->count <= \at(out->count, Pre) + slot;
        loop assigns slot, h->slot[0 .. 2], h->next_server, h->untried, *out;
        loop variant SERVER_HUNT_SLOTS - slot;
    */
    for (uint32_t slot = 0u; slot < SERVER_HUNT_SLOTS; slot++) {
        if (h->slot[slot].state == SERVER_HUNT_FREE) {
            uint32_t server = hunt_pick(h);

            if (server == ENDPOINT_NONE) {
                return;
            }
            hunt_connect(h, slot, server, out);
        }
    }
}

/* SH1, SH2: a new round, with all servers to be tried, and T5. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && valid_effects(out) && out->count + SERVER_HUNT_SLOTS <= EFFECTS_MAX;
    requires apart: \separated(h, out);
    terminates \true;
    exits \false;
    assigns h->slot[0 .. 2], h->phase, h->next_server, h->untried, h->t5_ms, h->deadline;
    assigns *out;
    ensures valid: valid_hunt(h);
    ensures same_t5: h->t5_ms == \old(h->t5_ms);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_SLOTS;
*/
static void hunt_begin_round(struct server_hunt *h, uint64_t now, struct effects *out)
{
    h->untried = h->configuration.server_count;
    hunt_set(h, (uint8_t)SERVER_HUNT_TRYING, h->t5_ms, endpoint_after(now, h->t5_ms));
    hunt_fill(h, out);
}

/* Closes every connection that is not established yet. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && valid_effects(out) && out->count + SERVER_HUNT_SLOTS <= EFFECTS_MAX;
    requires apart: \separated(h, out);
    terminates \true;
    exits \false;
    assigns h->slot[0 .. 2], *out;
    ensures valid: valid_hunt(h);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_SLOTS;
*/
static void hunt_drop_connecting(struct server_hunt *h, uint16_t reason, struct effects *out)
{
    /*@ loop invariant range: 0 <= slot <= SERVER_HUNT_SLOTS;
        loop invariant valid: valid_hunt(h);
        loop invariant list: valid_effects(out);
        loop invariant bounded: \at(out->count, Pre) <= out->count <= \at(out->count, Pre) + slot;
        loop assigns slot, h->slot[0 .. 2], *out;
        loop variant SERVER_HUNT_SLOTS - slot;
    */
    for (uint32_t slot = 0u; slot < SERVER_HUNT_SLOTS; slot++) {
        if (h->slot[slot].state == SERVER_HUNT_CONNECTING) {
            hunt_close(h, slot, reason, out);
        }
    }
}

/* SH3: the hunt is over. T5 stays as it is until the home proves to be of use. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && valid_effects(out) && out->count + SERVER_HUNT_SLOTS <= EFFECTS_MAX;
    requires apart: \separated(h, out);
    terminates \true;
    exits \false;
    assigns h->slot[0 .. 2], h->phase, h->t5_ms, h->deadline;
    assigns *out;
    ensures valid: valid_hunt(h);
    ensures same_t5: h->t5_ms == \old(h->t5_ms);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_SLOTS;
*/
static void hunt_rest(struct server_hunt *h, struct effects *out)
{
    hunt_drop_connecting(h, (uint16_t)ENDPOINT_CLOSE_SUPERSEDED, out);
    hunt_set(h, (uint8_t)SERVER_HUNT_RESTING, h->t5_ms, ENDPOINT_NEVER);
}

/* SH6: the registrar on this open slot is the home from now on; a former home is closed. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(h, out);
    requires open: slot < SERVER_HUNT_SLOTS && h->slot[slot].state == SERVER_HUNT_OPEN;
    requires another: h->home != slot + 1;
    terminates \true;
    exits \false;
    assigns h->slot[0 .. 2], h->phase, h->home, h->t5_ms, h->deadline;
    assigns *out;
    ensures valid: valid_hunt(h);
    ensures same_t5: h->t5_ms == \old(h->t5_ms);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_SLOTS + 1;
    ensures home: h->home == slot + 1;
*/
static void hunt_settle_at(struct server_hunt *h, uint32_t slot, struct effects *out)
{
    if (h->home > 0u) {
        hunt_close_home(h, (uint16_t)ENDPOINT_CLOSE_SUPERSEDED, out);
    }
    hunt_enter(h, slot);
    hunt_rest(h, out);
}

/* The home is gone: a round starts within the jitter, unless one is under way. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    terminates \true;
    exits \false;
    assigns h->phase, h->deadline;
    ensures valid: valid_hunt(h);
    ensures soon: h->deadline <= \old(h->deadline) || h->deadline <= now + h->configuration.jitter_ms;
*/
static void hunt_pause(struct server_hunt *h, uint64_t now, uint64_t random)
{
    uint32_t spread = h->configuration.jitter_ms + 1u;

    if (h->phase != SERVER_HUNT_TRYING) {
        h->phase = (uint8_t)SERVER_HUNT_PAUSING;
        h->deadline = endpoint_after(now, (uint32_t)(random % spread));
    }
}

void server_hunt_start(struct server_hunt *h, uint64_t now, uint64_t random, struct effects *out)
{
    if (h->phase == SERVER_HUNT_RESTING && h->home == 0u) {
        h->next_server = (uint32_t)(random % h->configuration.server_count);
        hunt_begin_round(h, now, out);
    }
}

/* SH3: the first connection of the round that is established. Its registrar is the home, and useful once it lasted
 * for T5. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(h, out);
    requires connecting: slot < SERVER_HUNT_SLOTS && h->slot[slot].state == SERVER_HUNT_CONNECTING;
    terminates \true;
    exits \false;
    assigns h->slot[0 .. 2], h->phase, h->home, h->useful_at, h->t5_ms, h->deadline;
    assigns *out;
    ensures valid: valid_hunt(h);
    ensures same_t5: h->t5_ms == \old(h->t5_ms);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_SLOTS + 1;
    ensures home: h->home == slot + 1;
*/
static void hunt_win(struct server_hunt *h, uint32_t slot, uint64_t now, struct effects *out)
{
    h->useful_at = endpoint_after(now, h->t5_ms);
    hunt_mark(h, slot, (uint8_t)SERVER_HUNT_OPEN, h->slot[slot].server);
    //@ assert list: valid_effects(out) && out->count == \at(out->count, Pre);
    hunt_settle_at(h, slot, out);
}

uint8_t server_hunt_opened(struct server_hunt *h, uint32_t slot, uint64_t now, struct effects *out)
{
    if (slot >= SERVER_HUNT_SLOTS || h->slot[slot].state == SERVER_HUNT_OPEN) {
        return (uint8_t)SERVER_HUNT_UNCHANGED;
    }
    if (h->slot[slot].state == SERVER_HUNT_FREE) {
        hunt_mark(h, slot, (uint8_t)SERVER_HUNT_OPEN, ENDPOINT_NONE);
        return (uint8_t)SERVER_HUNT_UNCHANGED;
    }
    hunt_win(h, slot, now, out);
    return (uint8_t)SERVER_HUNT_HOME_FOUND;
}

/* SH4: a connection that is not the home is no more. In a round, the next server of the list is tried in its
 * place. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(h, out);
    requires slot: slot < SERVER_HUNT_SLOTS && h->home != slot + 1;
    terminates \true;
    exits \false;
    assigns h->slot[0 .. 2], h->next_server, h->untried;
    assigns *out;
    ensures valid: valid_hunt(h);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_SLOTS;
    ensures same_home: h->home == \old(h->home);
*/
static void hunt_replace(struct server_hunt *h, uint32_t slot, struct effects *out)
{
    hunt_mark(h, slot, (uint8_t)SERVER_HUNT_FREE, ENDPOINT_NONE);
    //@ assert list: valid_effects(out) && out->count == \at(out->count, Pre);
    //@ assert marked: h->home == \at(h->home, Pre);
    if (h->phase == SERVER_HUNT_TRYING) {
        hunt_fill(h, out);
        //@ assert filled: h->home == \at(h->home, Pre);
    }
}

uint8_t server_hunt_closed(struct server_hunt *h, uint32_t slot, uint64_t now, uint64_t random,
                           struct effects *out)
{
    if (slot >= SERVER_HUNT_SLOTS || h->slot[slot].state == SERVER_HUNT_FREE) {
        return (uint8_t)SERVER_HUNT_UNCHANGED;
    }
    if (h->home == slot + 1u) {
        hunt_judge(h, now);
        hunt_leave(h);
        //@ assert list: valid_effects(out) && out->count == \at(out->count, Pre);
        hunt_pause(h, now, random);
        return (uint8_t)SERVER_HUNT_HOME_LOST;
    }
    hunt_replace(h, slot, out);
    return (uint8_t)SERVER_HUNT_UNCHANGED;
}

/* SH5: T5 ran out. Every server is tried anew. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(h, out);
    terminates \true;
    exits \false;
    assigns h->slot[0 .. 2], h->phase, h->next_server, h->untried, h->t5_ms, h->deadline;
    assigns h->spent[0 .. SERVER_HUNT_SERVERS_MAX - 1], *out;
    ensures valid: valid_hunt(h);
    ensures bounded: valid_effects(out) && \old(out->count) <= out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
    ensures doubled: h->t5_ms == \min(2 * \old(h->t5_ms), h->configuration.retran_max_ms);
*/
static void hunt_next_round(struct server_hunt *h, uint64_t now, struct effects *out)
{
    uint32_t limit = h->configuration.retran_max_ms;
    uint32_t doubled = h->t5_ms < limit - h->t5_ms ? h->t5_ms * 2u : limit;

    hunt_forgive(h);
    hunt_set(h, h->phase, doubled, h->deadline);
    hunt_drop_connecting(h, (uint16_t)ENDPOINT_CLOSE_HUNT_TIMEOUT, out);
    hunt_begin_round(h, now, out);
}

void server_hunt_tick(struct server_hunt *h, uint64_t now, struct effects *out)
{
    if (now < h->deadline) {
        return;
    }
    if (h->phase == SERVER_HUNT_PAUSING) {
        hunt_begin_round(h, now, out);
    } else if (h->phase == SERVER_HUNT_TRYING) {
        hunt_next_round(h, now, out);
    }
}

uint8_t server_hunt_abandon(struct server_hunt *h, uint64_t now, uint64_t random,
                            struct effects *out)
{
    if (h->home == 0u) {
        return (uint8_t)SERVER_HUNT_UNCHANGED;
    }
    hunt_judge(h, 0u);
    //@ assert list: valid_effects(out) && out->count == \at(out->count, Pre);
    hunt_close_home(h, (uint16_t)ENDPOINT_CLOSE_UNANSWERED, out);
    hunt_pause(h, now, random);
    return (uint8_t)SERVER_HUNT_HOME_LOST;
}

void server_hunt_seek(struct server_hunt *h, uint64_t now, struct effects *out)
{
    if (h->phase == SERVER_HUNT_RESTING && h->home > 0u) {
        hunt_begin_round(h, now, out);
    }
}

void server_hunt_heard(struct server_hunt *h, uint32_t slot)
{
    if (slot < SERVER_HUNT_SLOTS && h->home == slot + 1u) {
        hunt_prove(h);
    }
}

void server_hunt_settle(struct server_hunt *h, struct effects *out)
{
    if (h->home > 0u) {
        hunt_prove(h);
        //@ assert list: valid_effects(out) && out->count == \at(out->count, Pre);
        hunt_rest(h, out);
    }
}

uint8_t server_hunt_adopt(struct server_hunt *h, uint32_t slot, struct effects *out)
{
    if (!server_hunt_is_open(h, slot) || h->home == slot + 1u) {
        return (uint8_t)SERVER_HUNT_UNCHANGED;
    }
    hunt_prove(h);
    //@ assert list: valid_effects(out) && out->count == \at(out->count, Pre);
    hunt_settle_at(h, slot, out);
    return (uint8_t)SERVER_HUNT_HOME_FOUND;
}
