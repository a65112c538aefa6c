/* Deregistration (RFC 5352, 3.2). Internal to the registrar.
 *
 * Only the identity an element is bound to may take it away; "de-registration is not allowed by proxy"
 * (RFC 5352, 2.2.2; RFC 5355, 2.3). An element that came from another registrar is bound to nobody: whoever could
 * register it again here (registrar_may_bind) may take it away. What is not there counts as deregistered.
 */
#ifndef POOLPROOF_CORE_REGISTRAR_DEREGISTRATION_H
#define POOLPROOF_CORE_REGISTRAR_DEREGISTRATION_H

#include "registrar_books.h"

/* Answer ASAP_DEREGISTRATION. */
/*@ REQUIRES_RULED_REQUEST
    terminates \true;
    assigns k->counters, k->channel[q->channel].buckets, k->channel[q->channel].limit_records,
            k->account[account_of(q->principal.identity)].buckets,
            k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);

    behavior no_state_before_auth:
      assumes !access_role_given(rules, &q->principal, ROLE_POOL_ELEMENT);
      assigns k->counters, *out;
*/
void registrar_deregister(struct registrar_books *k, struct handlespace *h,
                          const struct access_rules *rules, const struct registrar_request *q,
                          const uint8_t *bytes, struct effects *out);

#endif
