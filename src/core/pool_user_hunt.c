/* A pool user's hunt: contract in pool_user_hunt.h. Owns nothing, decides nothing. */
#include "pool_user_hunt.h"

/* The step, for the hunt alone. */
/*@ requires hunt: \valid(h) && valid_hunt(h);
    requires list: \valid(out) && hunt_room(out);
    requires apart: \separated(h, out);
    terminates \true;
    exits \false;
    assigns *h, *out;
    ensures valid: valid_hunt(h);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + SERVER_HUNT_EFFECTS;
    ensures outcome: \result <= SERVER_HUNT_HOME_LOST;
    ensures lost: \result == SERVER_HUNT_HOME_LOST ==> h->home == 0;
*/
static uint8_t take_step(struct server_hunt *h, uint8_t step, uint32_t channel, uint64_t now,
                         uint64_t random, struct effects *out)
{
    switch (step) {
    case PU_HUNT_START:
        server_hunt_start(h, now, random, out);
        break;
    case PU_HUNT_TICK:
        server_hunt_tick(h, now, out);
        break;
    case PU_HUNT_OPENED:
        return server_hunt_opened(h, channel, now, out);
    case PU_HUNT_CLOSED:
        return server_hunt_closed(h, channel, now, random, out);
    case PU_HUNT_SEEK:
        server_hunt_seek(h, now, out);
        break;
    case PU_HUNT_ABANDON:
        return server_hunt_abandon(h, now, random, out);
    case PU_HUNT_SETTLE:
        server_hunt_settle(h, out);
        break;
    default:
        break;
    }
    return (uint8_t)SERVER_HUNT_UNCHANGED;
}

uint8_t pool_user_hunt(struct pool_user *u, uint8_t step, uint32_t channel, uint64_t now,
                       uint64_t random, struct effects *out)
{
    uint8_t outcome = take_step(&u->hunt, step, channel, now, random, out);

    //@ assert servers: u->configuration.hunt.server_count == \at(u->configuration.hunt.server_count, Pre);
    //@ assert jitter: u->configuration.hunt.jitter_ms == \at(u->configuration.hunt.jitter_ms, Pre);
    //@ assert t5: u->configuration.hunt.t5_ms == \at(u->configuration.hunt.t5_ms, Pre);
    //@ assert longest: u->configuration.hunt.retran_max_ms == \at(u->configuration.hunt.retran_max_ms, Pre);
    //@ assert limits: valid_hunt_configuration(&u->configuration.hunt);
    //@ assert t1: u->configuration.t1_ms == \at(u->configuration.t1_ms, Pre);
    //@ assert configuration: valid_pu_configuration(&u->configuration);
    //@ assert handles: handles_kept{Pre, Here}(u);
    //@ assert elements: elements_kept{Pre, Here}(u);
    //@ assert handed_out: handed_counts_kept{Pre, Here}(u);
    //@ assert oldest: handed_next_kept{Pre, Here}(u);
    //@ assert cache: valid_resolution_cache(&u->cache);
    return outcome;
}
