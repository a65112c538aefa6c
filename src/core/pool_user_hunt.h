/* The server hunt as a pool user's: its functions, and that nothing else of the user changes with them. Internal
 * to pool_user*.c.
 *
 * One function for all of them, because what is to be proved of each is the same.
 */
#ifndef POOLPROOF_CORE_POOL_USER_HUNT_H
#define POOLPROOF_CORE_POOL_USER_HUNT_H

#include "pool_user.h"

/* Which function of server_hunt.h. */
enum pool_user_hunt_step {
    PU_HUNT_START = 0,   /* server_hunt_start */
    PU_HUNT_TICK = 1,    /* server_hunt_tick */
    PU_HUNT_OPENED = 2,  /* server_hunt_opened */
    PU_HUNT_CLOSED = 3,  /* server_hunt_closed */
    PU_HUNT_SEEK = 4,    /* server_hunt_seek */
    PU_HUNT_ABANDON = 5, /* server_hunt_abandon */
    PU_HUNT_SETTLE = 6   /* server_hunt_settle */
};

/* Takes the step; enum server_hunt_outcome says what became of the home. `channel` matters when one was opened or
 * closed. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(u, out);
    terminates \true;
    exits \false;
    assigns u->hunt, *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
    ensures outcome: \result <= SERVER_HUNT_HOME_LOST;
    ensures lost: \result == SERVER_HUNT_HOME_LOST ==> u->hunt.home == 0;
*/
uint8_t pool_user_hunt(struct pool_user *u, uint8_t step, uint32_t channel, uint64_t now,
                       uint64_t random, struct effects *out);

#endif
