/* Token buckets: so many at once, so many a second, whatever the sender does (RFC 5355, 2.1, 2.2, 2.13).
 *
 * A bucket keeps what was *spent* and not yet earned back, in thousandths of a token, so that a bucket
 * of zero bytes is a full one. A rate of N tokens a second earns N thousandths a millisecond.
 *
 * Between two moments t0 and t1 at most burst + rate * (t1 - t0) / 1000 takes succeed: each success
 * adds 1000 to `spent`, time subtracts at most rate * (t1 - t0), and `spent` never passes burst * 1000.
 */
#ifndef POOLPROOF_CORE_RATE_LIMIT_H
#define POOLPROOF_CORE_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* Largest rate and largest burst: a million. */
#define RATE_LIMIT_MAX 1000000u

struct rate_limit {
    uint32_t rate;  /* tokens a second, 0 to RATE_LIMIT_MAX */
    uint32_t burst; /* tokens at once, 1 to RATE_LIMIT_MAX; 0: no limit at all */
};

struct token_bucket {
    uint64_t updated; /* when `spent` was true, milliseconds */
    uint64_t spent;   /* thousandths of a token not earned back yet */
};

/*@ predicate valid_rate_limit(struct rate_limit *l) =
      l->rate <= RATE_LIMIT_MAX && l->burst <= RATE_LIMIT_MAX;

    // What is left of `spent` after the milliseconds since `updated`; a clock that stands earns nothing.
    logic integer token_bucket_owed(integer spent, integer rate, integer updated, integer now) =
      now <= updated ? spent :
      spent <= (now - updated) * rate ? 0 : spent - (now - updated) * rate;
*/

/* Take one token at the time `now` (milliseconds). False, and nothing spent, when there is none. Any bytes will do
 * for a bucket: nothing has to be said about the many of them between two uses. */
/*@ requires bucket: \valid(b);
    requires limit: \valid_read(limit);
    requires apart: \separated(b, limit);
    terminates \true;
    exits \false;
    assigns *b;
    ensures unlimited: limit->burst == 0 ==> \result == \true && b->spent == \old(b->spent);
    ensures bounded: limit->burst > 0 && \result ==>
      b->spent == token_bucket_owed(\old(b->spent), limit->rate, \old(b->updated), now) + 1000 &&
      b->spent <= limit->burst * 1000;
    ensures refused: limit->burst > 0 && !\result ==>
      b->spent == token_bucket_owed(\old(b->spent), limit->rate, \old(b->updated), now) &&
      b->spent + 1000 > limit->burst * 1000;
*/
bool rate_limit_take(struct token_bucket *b, const struct rate_limit *limit, uint64_t now);

#endif
