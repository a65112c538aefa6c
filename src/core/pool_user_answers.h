/* What the home says to a pool user (RFC 5352, 3.3). Internal to pool_user*.c.
 *
 * Nothing that another registrar than the home says counts, and no answer to what was not asked.
 */
#ifndef POOLPROOF_CORE_POOL_USER_ANSWERS_H
#define POOLPROOF_CORE_POOL_USER_ANSWERS_H

#include "pool_user.h"

/* One message of bytes[0 .. length) on the channel.
 *
 * home_only: what comes on another channel than the home's has no effect at all. */
/*@ requires user: \valid(u) && valid_pool_user(u);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires list: \valid(out) && valid_effects(out) && out->count + PU_STEP_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(u, out, bytes + (0 .. length - 1));
    terminates \true;
    assigns u->hunt, u->heard, u->request[0 .. RESOLUTION_POOLS_MAX - 1], u->cache.pool[0 .. RESOLUTION_POOLS_MAX - 1];
    assigns *out;
    ensures valid: valid_pool_user(u);
    ensures bounded: valid_effects(out);
    behavior from_another:
      assumes not_home: u->hunt.home != channel + 1;
      assigns \nothing;
*/
void pool_user_receive(struct pool_user *u, uint32_t channel, uint64_t now, const uint8_t *bytes,
                       uint32_t length, struct effects *out);

#endif
