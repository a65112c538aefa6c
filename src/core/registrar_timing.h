/* The clocks of an element and its removal. Internal to the registrar.
 *
 * An element has two clocks, the end of its registration life and its keep-alive, and one deadline in the
 * handlespace: the earlier of both.
 */
#ifndef POOLPROOF_CORE_REGISTRAR_TIMING_H
#define POOLPROOF_CORE_REGISTRAR_TIMING_H

#include "registrar_books.h"

/* When the next periodic keep-alive is due: the configured interval, varied by `random` over plus and
 * minus 50 percent (RFC 5352, 3.5), so that elements that came together do not stay together.
 * REGISTRAR_NEVER when there are none. */
/*@ requires configuration: \valid_read(c);
    requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures never: c->keep_alive_interval == 0 ==> \result == REGISTRAR_NEVER;
    ensures spread_low: c->keep_alive_interval > 0 ==> \result >= now + c->keep_alive_interval / 2;
    ensures spread_high: c->keep_alive_interval > 0 ==>
      \result <= now + c->keep_alive_interval / 2 + c->keep_alive_interval;
*/
uint64_t registrar_next_keep_alive(const struct registrar_configuration *c, uint64_t now,
                                   uint64_t random);

/* When a registration made now ends (RFC 5354, 3.10: seconds, -1 for ever). */
/*@ requires now: now <= REGISTRAR_TIME_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures never: life < 0 ==> \result == REGISTRAR_NEVER;
    ensures seconds: life >= 0 ==> \result == now + life * 1000;
*/
uint64_t registrar_expiry(uint64_t now, int32_t life);

/* Set the element's deadline to the earlier of its clocks. */
/*@ requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->wheel;
    ensures handlespace: valid_handlespace(h);
    ensures used: handlespace_element_used(h, element);
*/
void registrar_arm(struct handlespace *h, uint32_t element);

/* Take an element out of the handlespace and off its identity's account, if it is bound to one; when this registrar is
 * its home, note that it is gone, to be announced. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires apart: \separated(k, h);
    terminates \true;
    exits \false;
    assigns k->account[account_of(h->element[element].identity)].elements, *h;
    ensures handlespace: valid_handlespace(h);
*/
void registrar_remove(struct registrar_books *k, struct handlespace *h, uint32_t element);

/* Tell the element's channel, if it is still open, that its registration ended (RFC 5352, 3.2). */
/*@ requires books: \valid(k);
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, h, out);
    terminates \true;
    assigns k->counters.effects_dropped, *out;
    ensures list: valid_effects(out);
    ensures one: out->count <= \old(out->count) + 1;
*/
void registrar_tell_end(struct registrar_books *k, const struct handlespace *h, uint32_t element,
                        struct effects *out);

/* Give an element without a channel time to come back over another one; then it is unreachable. */
/*@ requires configuration: \valid_read(c);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(c, h);
    terminates \true;
    exits \false;
    assigns h->element[element].channel, h->element[element].keep_alive_deadline,
            h->element[element].keep_alive_waiting, h->wheel;
    ensures handlespace: valid_handlespace(h);
*/
void registrar_orphan(const struct registrar_configuration *c, struct handlespace *h,
                      uint32_t element, uint64_t now);

#endif
