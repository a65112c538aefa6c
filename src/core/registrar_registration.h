/* Registration and re-registration (RFC 5352, 3.1, rules 1 to 5). Internal to the registrar.
 *
 * First everything that could speak against it is looked at, and nothing written; then everything is written.
 * An element is bound to the identity that registered it: whoever else comes with its PE identifier gets
 * "Non-Unique PE Identifier", never the element (RFC 5355, 2.3). An element that came from another registrar is bound to
 * the identity that shows the right to it (registrar_verdict.h), and this registrar becomes its home.
 */
#ifndef POOLPROOF_CORE_REGISTRAR_REGISTRATION_H
#define POOLPROOF_CORE_REGISTRAR_REGISTRATION_H

#include "registrar_books.h"

/* Answer ASAP_REGISTRATION. */
/*@ REQUIRES_RULED_REQUEST
    requires element: wire_inside(q->message.pool_element.tlv.offset, q->message.pool_element.tlv.length, q->length);
    terminates \true;
    assigns k->counters, k->channel[q->channel].has_elements, k->channel[q->channel].buckets, k->channel[q->channel].limit_records,
            k->account[account_of(q->principal.identity)], *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);

    behavior no_state_before_auth:
      assumes !access_role_given(rules, &q->principal, ROLE_POOL_ELEMENT);
      assigns k->counters, *out;
*/
void registrar_register(struct registrar_books *k, struct handlespace *h,
                        const struct access_rules *rules, const struct registrar_request *q,
                        const uint8_t *bytes, struct effects *out);

#endif
