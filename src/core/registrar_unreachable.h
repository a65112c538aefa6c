/* Reports of unreachable elements (RFC 5352, 3.5; RFC 5355, 2.13). Internal to the registrar.
 *
 * unreachable_bounded: a report takes a token from its channel's and its identity's bucket before anything
 * is looked up; without one it changes nothing. What one report can cause is bounded: one keep-alive, and
 * that only keep_alive_minimum after the last, or the removal of the one element it names. An element that
 * answers its keep-alives is removed only when more than max_bad_pe_reports different reporters have named
 * it since it last registered (registrar_reporters.h): nobody can remove it alone.
 */
#ifndef POOLPROOF_CORE_REGISTRAR_UNREACHABLE_H
#define POOLPROOF_CORE_REGISTRAR_UNREACHABLE_H

#include "registrar_books.h"

/* Take ASAP_ENDPOINT_UNREACHABLE. There is no answer to it. */
/*@ REQUIRES_RULED_REQUEST
    terminates \true;
    assigns k->counters, k->channel[q->channel].buckets, k->channel[q->channel].limit_records,
            k->account[account_of(q->principal.identity)].buckets,
            k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, k->keep_alive_after[0 .. HANDLESPACE_ELEMENTS_MAX - 1],
            k->reporter[0 .. HANDLESPACE_ELEMENTS_MAX - 1], *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);

    behavior no_state_before_auth:
      assumes !access_role_given(rules, &q->principal, ROLE_POOL_ELEMENT) &&
              !access_role_given(rules, &q->principal, ROLE_POOL_USER);
      assigns k->counters, *out;
    behavior unreachable_bounded:
      assumes exhausted(&k->channel[q->channel].buckets.reports, &k->configuration.channel_limits.reports, q->now);
      assigns k->counters, k->channel[q->channel].buckets, k->channel[q->channel].limit_records, k->account[account_of(q->principal.identity)].buckets, *out;
*/
void registrar_take_report(struct registrar_books *k, struct handlespace *h,
                           const struct access_rules *rules, const struct registrar_request *q,
                           const uint8_t *bytes, struct effects *out);

#endif
