/* Token buckets (rate_limit.h): what is spent comes back with time.
 *
 * Owns nothing but the bucket it is given. Never loses a fraction of a token: amounts are counted in
 * thousandths, times in milliseconds, so that one times the other needs no division.
 */
#include "rate_limit.h"

/* What is still owed of `spent` at the time `now`. The product is only formed when it is at most `spent`: a long
 * pause times a high rate would not fit 64 bits. */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures owed: \result == token_bucket_owed(spent, rate, updated, now);
    ensures less: \result <= spent;
*/
static uint64_t still_owed(uint64_t spent, uint32_t rate, uint64_t updated, uint64_t now)
{
    uint64_t elapsed;

    if (now <= updated || rate == 0u) {
        return spent;
    }
    elapsed = now - updated;
    /*@ assert floor: (spent / rate) * rate <= spent < (spent / rate + 1) * rate; */
    if (elapsed > spent / rate) {
        /*@ assert all_earned: elapsed * rate >= (spent / rate + 1) * rate; */
        return 0u;
    }
    /*@ assert not_more: elapsed * rate <= (spent / rate) * rate; */
    return spent - elapsed * rate;
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
    if (owed > (uint64_t)limit->burst * 1000u - 1000u) {
        return false;
    }
    b->spent = owed + 1000u;
    return true;
}
