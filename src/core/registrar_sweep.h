/* Looking through channels and elements after the rules have changed or a channel was lost. Internal to
 * the registrar.
 *
 * A slice per step: nobody waits for a large pool. Elements are looked at in turn, from where the last
 * sweep stopped, until all were seen once since the last change; so new changes prolong a sweep and
 * never starve an element. What changed rules have left to do is counted apart: lost channels do not prolong it.
 */
#ifndef POOLPROOF_CORE_REGISTRAR_SWEEP_H
#define POOLPROOF_CORE_REGISTRAR_SWEEP_H

#include "registrar_books.h"

/* Channels or elements looked at in one step, and effects that one of them can have. */
#define REGISTRAR_SWEEP_SLICE 1024u
#define REGISTRAR_SWEEP_EFFECTS 2u

/* Do one slice, if there is something to look at. Channels come first, so that no element is told
 * anything over a channel whose identity is gone. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires rules: \valid_read(rules);
    requires list: \valid(out) && valid_effects(out);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(k, h, rules, out);
    terminates \true;
    assigns k->counters, k->sweep_channels, k->sweep_elements, k->sweep_next, k->rules_elements,
            k->channel[0 .. REGISTRAR_CHANNELS_MAX - 1].open, k->account[0 .. REGISTRAR_ACCOUNTS - 1].channels,
            k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
void registrar_sweep(struct registrar_books *k, struct handlespace *h,
                     const struct access_rules *rules, uint64_t now, struct effects *out);

#endif
