/* Token buckets (rate_limit.h): what is spent comes back with time.
 *
 * Owns nothing but the bucket it is given. Never loses a fraction of a token: amounts are counted in
 * thousandths, times in milliseconds, so that one times the other needs no division.
 */
#include "rate_limit.h"

/* What is still owed of `spent` at the time `now`. A pause so long that any rate has earned it all is told
 * apart first: multiplied by the rate it might not fit 64 bits. */
/*@ requires spent <= RATE_LIMIT_MAX * 1000 && rate <= RATE_LIMIT_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures owed: \result == token_bucket_owed(spent, rate, updated, now);
    ensures less: \result <= spent;
*/
static uint64_t still_owed(uint64_t spent, uint32_t rate, uint64_t updated, uint64_t now)
{
    uint64_t elapsed;
    uint64_t earned;

    if (now <= updated) {
        return spent;
    }
    elapsed = now - updated;
    if (rate == 0u) {
        return spent;
    }
    /* A full bucket's worth of milliseconds at one thousandth each: every rate has earned it by then. */
    if (elapsed >= spent) {
        /*@ assert slowest: elapsed * rate >= elapsed; */
        return 0u;
    }
    earned = elapsed * rate;
    return spent <= earned ? 0u : spent - earned;
}

bool rate_limit_take(struct token_bucket *b, const struct rate_limit *limit, uint64_t now)
{
    uint64_t owed;

    if (limit->burst == 0u) {
        return true;
    }
    owed = still_owed(b->spent, limit->rate, b->updated, now);
    if (now > b->updated) {
        b->updated = now;
    }
    b->spent = owed;
    if (owed + 1000u > (uint64_t)limit->burst * 1000u) {
        return false;
    }
    b->spent = owed + 1000u;
    return true;
}
