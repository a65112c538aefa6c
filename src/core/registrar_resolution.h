/* Handle resolution (RFC 5352, 3.3 and 2.2.6). Internal to the registrar. */
#ifndef POOLPROOF_CORE_REGISTRAR_RESOLUTION_H
#define POOLPROOF_CORE_REGISTRAR_RESOLUTION_H

#include "registrar_books.h"

/* Answer ASAP_HANDLE_RESOLUTION with up to the configured number of the pool's elements, in round-robin
 * order, beginning one element further at each resolution.
 *
 * The overall policy is always said, also for Round Robin: RFC 5352 allows it, and rsplib's pool users
 * refuse a response without it. Dynamic updates (the S bit) are not offered: the A bit stays 0. */
/*@ REQUIRES_RULED_REQUEST
    terminates \true;
    assigns k->counters, h->selection.cursor[0 .. HANDLESPACE_POOLS_MAX - 1], *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);

    behavior resolution_reads_only:
      assigns k->counters, h->selection.cursor[0 .. HANDLESPACE_POOLS_MAX - 1], *out;

    behavior no_state_before_auth:
      assumes !access_role_given(rules, &q->principal, ROLE_POOL_ELEMENT) &&
              !access_role_given(rules, &q->principal, ROLE_POOL_USER);
      assigns k->counters, *out;
*/
void registrar_resolve(struct registrar_books *k, struct handlespace *h,
                       const struct access_rules *rules, const struct registrar_request *q,
                       const uint8_t *bytes, struct effects *out);

#endif
