/* The Pool Element parameter as the registrar keeps it (RFC 5354, 3.10; RFC 5352, 3.1, rule 4).
 *
 * Internal to the registrar. What a pool element sends is written anew before it is stored: with this
 * registrar as home, without parameters nobody knows, and without the ASAP transport that the sender
 * may have claimed: that one is the registrar's to fill in, and the TCP mapping has none.
 */
#ifndef POOLPROOF_CORE_REGISTRAR_PARAMETER_H
#define POOLPROOF_CORE_REGISTRAR_PARAMETER_H

#include "access.h"
#include "registrar_request.h"

/* A buffer to compose in: encoders start behind a message header. */
#define REGISTRAR_PARAMETER_AT WIRE_HEADER
#define REGISTRAR_PARAMETER_ROOM (WIRE_HEADER + ELEMENT_PARAMETER_MAX)

/* Compose the parameter to be stored at to[REGISTRAR_PARAMETER_AT]. Returns its length without padding, or
 * 0 when it is longer than ELEMENT_PARAMETER_MAX. */
/*@ requires request: \valid_read(q) && \valid_read(bytes + (0 .. q->length - 1));
    requires to: \valid(to + (0 .. REGISTRAR_PARAMETER_ROOM - 1));
    requires apart: \separated(to + (0 .. REGISTRAR_PARAMETER_ROOM - 1), q);
    requires bytes_apart: \separated(to + (0 .. REGISTRAR_PARAMETER_ROOM - 1), bytes + (0 .. q->length - 1));
    terminates \true;
    assigns to[0 .. REGISTRAR_PARAMETER_ROOM - 1];
    ensures fits: \result <= ELEMENT_PARAMETER_MAX;
*/
uint32_t registrar_compose_parameter(const struct registrar_request *q, const uint8_t *bytes,
                                     uint32_t home, uint8_t *to);

/* Where the user transport and the policy are in the stored parameter of an element. False when the stored
 * bytes are not a Pool Element parameter. */
/*@ requires parameter: \valid_read(parameter + (0 .. length - 1));
    requires spans: \valid(transport) && \valid(policy);
    requires apart: \separated(transport, policy, parameter + (0 .. length - 1));
    terminates \true;
    assigns *transport, *policy;
    ensures inside: \result ==> wire_inside(transport->offset, transport->length, length) &&
      wire_inside(policy->offset, policy->length, length);
*/
bool registrar_parameter_parts(const uint8_t *parameter, uint32_t length,
                               struct wire_span *transport, struct wire_span *policy);

/* Whether the principal may (still) register every user transport address in the stored parameter
 * (access_may_use_address). False also when the stored bytes are not a Pool Element parameter. */
/*@ requires parameter: \valid_read(parameter + (0 .. length - 1));
    requires rules: \valid_read(rules) && \valid_read(p);
    terminates \true;
    assigns \nothing;
*/
bool registrar_parameter_allowed(const uint8_t *parameter, uint32_t length,
                                 const struct access_rules *rules, const struct principal *p);

#endif
