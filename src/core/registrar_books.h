/* The registrar's books: counting, accounts, limits and the tags of channels.
 *
 * Internal to the registrar. Everything here works on the books alone and cannot touch the handlespace.
 */
#ifndef POOLPROOF_CORE_REGISTRAR_BOOKS_H
#define POOLPROOF_CORE_REGISTRAR_BOOKS_H

#include "registrar_request.h"

/* Generations of a channel number: times channels, still below REGISTRAR_NO_CHANNEL. */
#define REGISTRAR_GENERATIONS 262143u

/*@ logic integer account_of(integer identity) =
      identity < ACCESS_IDENTITIES_MAX ? identity : ACCESS_IDENTITIES_MAX;
*/

/* Add one, unless the counter stands at its end. */
/*@ requires counter: \valid(counter);
    terminates \true;
    exits \false;
    assigns *counter;
    ensures counted: *counter == (\old(*counter) < UINT64_MAX ? \old(*counter) + 1 : UINT64_MAX);
*/
void registrar_count(uint64_t *counter);

/* The account of an identity; the last one for IDENTITY_ANONYMOUS and whatever is no index. */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures range: \result < REGISTRAR_ACCOUNTS;
    ensures account: \result == account_of(identity);
*/
uint32_t registrar_account_of(uint32_t identity);

/* Charge an identity's account with one element more. */
/*@ requires books: \valid(k);
    terminates \true;
    exits \false;
    assigns k->account[account_of(identity)].elements;
*/
void registrar_charge_element(struct registrar_books *k, uint32_t identity);

/* Take one element off an identity's account. An element that is unbound is on nobody's. */
/*@ requires books: \valid(k);
    terminates \true;
    exits \false;
    assigns k->account[account_of(identity)].elements;
    ensures unbound: identity == IDENTITY_UNBOUND ==>
      k->account[account_of(identity)].elements == \old(k->account[account_of(identity)].elements);
*/
void registrar_credit_element(struct registrar_books *k, uint32_t identity);

/* The tag of a channel number as it is used now. Never REGISTRAR_NO_CHANNEL. */
/*@ requires books: \valid_read(k);
    requires channel: channel < REGISTRAR_CHANNELS_MAX;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures tag: \result == (k->channel[channel].generation % REGISTRAR_GENERATIONS) * REGISTRAR_CHANNELS_MAX + channel;
    ensures real: \result != REGISTRAR_NO_CHANNEL;
*/
uint32_t registrar_tag(const struct registrar_books *k, uint32_t channel);

/* The number of the channel that bears this tag, or REGISTRAR_NO_CHANNEL when it is closed, or its number
 * is somebody else's by now. Any value may be asked for. */
/*@ requires books: \valid_read(k);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures open: \result != REGISTRAR_NO_CHANNEL ==>
      \result < REGISTRAR_CHANNELS_MAX && k->channel[\result].open != 0 &&
      k->channel[\result].generation * REGISTRAR_CHANNELS_MAX + \result == tag;
    ensures closed: \forall integer c; 0 <= c < REGISTRAR_CHANNELS_MAX && k->channel[c].open == 0 ==> \result != c;
*/
uint32_t registrar_channel_of(const struct registrar_books *k, uint32_t tag);

/* What a request is charged for. */
enum registrar_charge { CHARGE_MESSAGE = 0, CHARGE_REGISTRATION = 1, CHARGE_REPORT = 2 };

/*@ // No token is left at `now`: whoever comes is refused.
    predicate exhausted(struct token_bucket *b, struct rate_limit *l, integer now) =
      l->burst > 0 && token_bucket_owed(b->spent, l->rate, b->updated, now) + 1000 > l->burst * 1000;
*/

/* Take a token from the channel's bucket and from the account's. False when either has none. */
/*@ requires books: \valid(k);
    requires request: \valid_read(q) && q->channel < REGISTRAR_CHANNELS_MAX;
    requires apart: \separated(k, q);
    terminates \true;
    exits \false;
    assigns k->channel[q->channel].buckets, k->account[account_of(q->principal.identity)].buckets;
    ensures channel_reports_bounded: kind == CHARGE_REPORT &&
      \old(exhausted(&k->channel[q->channel].buckets.reports, &k->configuration.channel_limits.reports, q->now))
      ==> !\result;
*/
bool registrar_charge(struct registrar_books *k, const struct registrar_request *q, uint8_t kind);

#endif
