/* Time passing: registration lives and keep-alives that are due (RFC 5352, 3.2 and 3.5). Internal to the
 * registrar. */
#ifndef POOLPROOF_CORE_REGISTRAR_EXPIRY_H
#define POOLPROOF_CORE_REGISTRAR_EXPIRY_H

#include "registrar_books.h"

/* Most effects of one deadline: an element that is left to another home has a record, and its channel, which is closed, has
 * one as well. */
#define REGISTRAR_EFFECTS_A_DEADLINE 3u

/* Most deadlines served in one step: so many fit an empty list. */
#define REGISTRAR_DEADLINES_A_STEP 20u

/* Serve elements whose deadline has passed; those that are left are due at once. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires list: \valid(out) && valid_effects(out);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(k, h, out);
    terminates \true;
    assigns k->counters, k->keep_alive_after[0 .. HANDLESPACE_ELEMENTS_MAX - 1], k->sweep_elements, k->channel[0 .. REGISTRAR_CHANNELS_MAX - 1].open,
            k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, k->account[0 .. REGISTRAR_ACCOUNTS - 1].channels, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
void registrar_serve_deadlines(struct registrar_books *k, struct handlespace *h, uint64_t now,
                               struct effects *out);

#endif
