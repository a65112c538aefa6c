/* Audit records of the registrar: EFFECT_AUDIT as a line that says who, where, what and why.
 *
 * RFC 5355, 2.3 and 2.13 need a trail of who registered, was refused or was reported; operators need the
 * identity, not only its role. A record never contains a key.
 */
#ifndef POOLPROOF_NET_AUDIT_TRAIL_H
#define POOLPROOF_NET_AUDIT_TRAIL_H

#include "access.h"
#include "effects.h"

#include <jansson.h>

/* Writes the audit line of `effect`, which lies in `effects`; `peer` is the address of its channel, or
 * NULL when it has none. */
void audit_trail_write(const struct effects *effects, const struct effect *effect,
                       const struct access_rules *rules, const char *peer);

/* The name of an identity, or "anonymous". A new reference. */
json_t *audit_trail_identity(const struct access_rules *rules, uint32_t identity);

#endif
