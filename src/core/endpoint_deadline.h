/* Deadlines of the client machines: milliseconds on the shell's monotonic clock, ENDPOINT_NEVER for none.
 *
 * Owns nothing. A deadline never wraps: so late a clock has no deadline any more.
 */
#ifndef POOLPROOF_CORE_ENDPOINT_DEADLINE_H
#define POOLPROOF_CORE_ENDPOINT_DEADLINE_H

#include <stdint.h>

#include "endpoint_event.h"

/* `delay` milliseconds after `now`; ENDPOINT_NEVER when the clock does not reach that far. */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures after: now + delay < ENDPOINT_NEVER ==> \result == now + delay;
    ensures never: now + delay >= ENDPOINT_NEVER ==> \result == ENDPOINT_NEVER;
    ensures later: \result >= now;
*/
uint64_t endpoint_after(uint64_t now, uint32_t delay);

/* The earlier of two deadlines. */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures bound: \result <= a && \result <= b;
    ensures one_of_them: \result == a || \result == b;
*/
uint64_t endpoint_earlier(uint64_t a, uint64_t b);

#endif
