/* The Transport Use of a user transport. Only SCTP has one; for the others the RFC wants "data only" whatever stands in
 * the bits that it reserves (RFC 5354, 3.3 to 3.7), and there are peers that fill them. */
#ifndef POOLPROOF_CORE_TRANSPORT_USE_H
#define POOLPROOF_CORE_TRANSPORT_USE_H

#include "parameter_wire.h"

/*@ logic integer use_of(integer type, integer sent) = type == PARAMETER_SCTP_TRANSPORT ? sent : TRANSPORT_USE_DATA_ONLY;
 */

/*@ requires transport: \valid_read(t);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures use: \result == use_of(t->type, t->use);
*/
uint16_t transport_use(const struct wire_transport *t);

#endif
