/* What registrars say to a pool element (RFC 5352, 3.1, 3.2, 3.4). Internal to pool_element_endpoint*.c.
 *
 * Keep-alives are answered to every registrar a connection exists with; every other message counts only
 * from the home.
 */
#ifndef POOLPROOF_CORE_POOL_ELEMENT_ENDPOINT_ANSWERS_H
#define POOLPROOF_CORE_POOL_ELEMENT_ENDPOINT_ANSWERS_H

#include "pool_element_endpoint.h"
#include "wire_constants.h"

#define PE_ANSWER_EFFECTS 16u /* most effects one message causes */

/*@ // What an element believes about its registration and its home is the same in both states.
    predicate pe_beliefs_kept{A, B}(struct pool_element_endpoint *p) =
      \at(p->phase, B) == \at(p->phase, A) && \at(p->timer, B) == \at(p->timer, A) &&
      \at(p->attempts, B) == \at(p->attempts, A) && \at(p->registrations, B) == \at(p->registrations, A) &&
      \at(p->watchdog, B) == \at(p->watchdog, A) && \at(p->hunt.home, B) == \at(p->hunt.home, A) &&
      \at(p->home_identifier, B) == \at(p->home_identifier, A) &&
      \at(p->home_identifier_known, B) == \at(p->home_identifier_known, A);
*/

/* One message of bytes[0 .. length) on the channel.
 *
 * home_only: from another than the home, nothing but a keep-alive that asks to be the home changes what the element
 * believes about its registration and its home. */
/*@ requires element: \valid(p) && valid_pool_element(p);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires list: \valid(out) && valid_effects(out) && out->count + PE_ANSWER_EFFECTS <= EFFECTS_MAX;
    requires apart: \separated(p, out, bytes + (0 .. length - 1));
    terminates \true;
    assigns p->hunt, p->phase, p->home_identifier_known, p->home_identifier, p->attempts, p->registrations,
      p->timer, p->watchdog;
    assigns *out;
    ensures valid: valid_pool_element(p);
    ensures bounded: valid_effects(out) && out->count <= \old(out->count) + PE_ANSWER_EFFECTS;
    ensures rejection_final: \old(p->phase) == PE_IDLE ==>
      p->phase == PE_IDLE && p->registrations == \old(p->registrations);
    ensures home_only: \old(p->hunt.home) != channel + 1 &&
      !(length > 1 && \old(bytes[0]) == ASAP_ENDPOINT_KEEP_ALIVE && \old(bytes[1]) % 2 == ASAP_FLAG_HOME) ==>
      pe_beliefs_kept{Pre, Post}(p);
*/
void pool_element_receive(struct pool_element_endpoint *p, uint32_t channel, uint64_t now,
                          const uint8_t *bytes, uint32_t length, struct effects *out);

#endif
