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

/* For the proofs: what an element believes about its registration and its home is what it was before the call. A macro,
 * because the provers do better with the equations than with a predicate of the whole memory. */
#define PE_BELIEFS_KEPT(p)                                                                         \
    ((p)->phase == \old((p)->phase) && (p)->timer == \old((p)->timer) &&                           \
     (p)->attempts == \old((p)->attempts) && (p)->registrations == \old((p)->registrations) &&     \
     (p)->watchdog == \old((p)->watchdog) && (p)->hunt.home == \old((p)->hunt.home) &&             \
     (p)->home_identifier == \old((p)->home_identifier) &&                                         \
     (p)->home_identifier_known == \old((p)->home_identifier_known))

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
      PE_BELIEFS_KEPT(p);
*/
void pool_element_receive(struct pool_element_endpoint *p, uint32_t channel, uint64_t now,
                          const uint8_t *bytes, uint32_t length, struct effects *out);

#endif
