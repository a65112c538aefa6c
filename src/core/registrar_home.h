/* Whose home is whose: elements that come from other registrars, or go to them (RFC 5353, 3). Internal to the registrar.
 *
 * An element has one home. Of which this registrar is not, it only keeps a copy: bound to nobody here
 * (IDENTITY_UNBOUND), on nobody's account, without a channel, and without a clock, as only its home decides when it
 * goes. It changes homes by registering elsewhere, by a takeover, or when two registrars both think to be its home: then the
 * element itself decides, by answering one of them.
 *
 * Only elements of which this registrar is the home are noted in the journal (handlespace_journal.h): so nothing here is,
 * but what becomes of an element that it adopted.
 */
#ifndef POOLPROOF_CORE_REGISTRAR_HOME_H
#define POOLPROOF_CORE_REGISTRAR_HOME_H

#include "registrar_books.h"

/* Bind an element that nobody is bound to: it is the identity's from now on, counts on its account, and this registrar is its
 * home. Who may be bound to it is asked before: registrar_may_bind (registrar_verdict.h). */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires unbound: h->element[element].identity == IDENTITY_UNBOUND;
    requires apart: \separated(k, h);
    terminates \true;
    exits \false;
    assigns k->account[account_of(identity)].elements, h->element[element], h->owned_sum;
    ensures handlespace: valid_handlespace(h);
    ensures used: handlespace_element_used(h, element);
    ensures bound: h->element[element].identity == identity;
    ensures home: h->element[element].home == k->configuration.server_identifier;
*/
void registrar_bind(struct registrar_books *k, struct handlespace *h, uint32_t element,
                    uint32_t identity);

/* Leave the element to another home: it is off its identity's account, bound to nobody, and without channel and clocks. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires apart: \separated(k, h);
    terminates \true;
    exits \false;
    assigns k->account[account_of(h->element[element].identity)].elements, h->element[element], h->owned_sum, h->wheel;
    ensures handlespace: valid_handlespace(h);
    ensures used: handlespace_element_used(h, element);
    ensures unbound: h->element[element].identity == IDENTITY_UNBOUND;
    ensures home: h->element[element].home == home;
    ensures uncontested: h->element[element].contested_by == 0;
    ensures no_channel: h->element[element].channel == HANDLESPACE_NO_CHANNEL;
*/
void registrar_yield(struct registrar_books *k, struct handlespace *h, uint32_t element,
                     uint32_t home);

/* Leave a contested element to the registrar that claims it, and record that. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, h, out);
    terminates \true;
    exits \false;
    assigns k->counters.effects_dropped, k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements,
            h->element[element], h->owned_sum, h->wheel, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
    ensures used: handlespace_element_used(h, element);
    ensures unbound: h->element[element].identity == IDENTITY_UNBOUND;
    ensures home: h->element[element].home == \old(h->element[element].contested_by);
*/
void registrar_give_way(struct registrar_books *k, struct handlespace *h, uint32_t element,
                        struct effects *out);

/* The element's channel is lost. One that another registrar claims has probably gone there, and is left to it; another has
 * time to come back (registrar_orphan). */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, h, out);
    terminates \true;
    exits \false;
    assigns k->counters.effects_dropped, k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
void registrar_lose_element(struct registrar_books *k, struct handlespace *h, uint32_t element,
                            uint64_t now, struct effects *out);

/* Become the home of an element whose home is gone (RFC 5353, 3.5.2). It is bound to nobody yet, and has `grace`
 * milliseconds to register here, as its connection went to the old home; then it is removed as unreachable. Its
 * registration life begins anew. */
/*@ requires books: \valid_read(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(k, h);
    terminates \true;
    assigns h->element[element], h->owned_sum, h->wheel;
    ensures handlespace: valid_handlespace(h);
    ensures used: handlespace_element_used(h, element);
    ensures unbound: h->element[element].identity == IDENTITY_UNBOUND;
    ensures home: h->element[element].home == k->configuration.server_identifier;
    ensures grace: h->element[element].keep_alive_deadline == now + grace;
*/
void registrar_adopt(const struct registrar_books *k, struct handlespace *h, uint32_t element,
                     uint64_t now, uint32_t grace);

/* Another registrar claims to be the home of an element of which this one is. Without an open channel to it, it is left to
 * the claimant. Otherwise its next deadline, at once or as soon as it may be asked again, asks it with
 * ASAP_ENDPOINT_KEEP_ALIVE (H flag 1): if it answers, this registrar stays its home, if not, the claimant is. One that is
 * being asked already is not asked again: claims do not move its clock. claimant: not 0. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires apart: \separated(k, h);
    terminates \true;
    exits \false;
    assigns k->account[account_of(h->element[element].identity)].elements, h->element[element], h->owned_sum, h->wheel;
    ensures handlespace: valid_handlespace(h);
    ensures used: handlespace_element_used(h, element);
*/
void registrar_contest(struct registrar_books *k, struct handlespace *h, uint32_t element,
                       uint32_t claimant, uint64_t now);

/* Keep a copy of an element of another registrar: `home` is its home, and this registrar is not that of the element that is
 * there. Pool and element are added when they are not there; of an element that is there the parameter and the home
 * are replaced. What the pool is said to have in common counts only for a pool that is new: a copy is kept as its home has
 * it. HANDLESPACE_NONE, and nothing is stored, when there is no room, or the handle or the parameter is too long. */
/*@ requires handlespace: \valid(h) && valid_handlespace(h);
    requires handle: \valid_read(handle + (0 .. handle_length - 1));
    requires parameter: \valid_read(parameter + (0 .. parameter_length - 1));
    requires apart: \separated(h, handle + (0 .. handle_length - 1)) && \separated(h, parameter + (0 .. parameter_length - 1));
    terminates \true;
    exits \false;
    assigns *h;
    ensures handlespace: valid_handlespace(h);
    ensures used: \result != HANDLESPACE_NONE ==> handlespace_element_used(h, \result);
    ensures home: \result != HANDLESPACE_NONE ==> h->element[\result].home == home;
*/
uint32_t registrar_put_remote(struct handlespace *h, const uint8_t *handle, uint32_t handle_length,
                              uint32_t pe_identifier, uint32_t home, uint32_t policy_type,
                              uint32_t transport_type, uint32_t transport_use,
                              const uint8_t *parameter, uint32_t parameter_length);

#endif
