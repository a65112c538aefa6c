/* Counting, accounts, limits and channel tags (registrar_books.h). */
#include "registrar_books.h"

void registrar_count(uint64_t *counter)
{
    if (*counter < UINT64_MAX) {
        *counter += 1u;
    }
}

uint32_t registrar_account_of(uint32_t identity)
{
    return identity < ACCESS_IDENTITIES_MAX ? identity : ACCESS_IDENTITIES_MAX;
}

void registrar_charge_element(struct registrar_books *k, uint32_t identity)
{
    struct registrar_account *account = &k->account[registrar_account_of(identity)];

    if (account->elements < UINT16_MAX) {
        account->elements++;
    }
}

void registrar_credit_element(struct registrar_books *k, uint32_t identity)
{
    struct registrar_account *account = &k->account[registrar_account_of(identity)];

    if (identity != IDENTITY_UNBOUND && account->elements > 0u) {
        account->elements--;
    }
}

uint32_t registrar_tag(const struct registrar_books *k, uint32_t channel)
{
    return (k->channel[channel].generation % REGISTRAR_GENERATIONS) * REGISTRAR_CHANNELS_MAX +
           channel;
}

uint32_t registrar_channel_of(const struct registrar_books *k, uint32_t tag)
{
    uint32_t channel = tag % REGISTRAR_CHANNELS_MAX;

    if (k->channel[channel].open == 0u ||
        k->channel[channel].generation != tag / REGISTRAR_CHANNELS_MAX) {
        return REGISTRAR_NO_CHANNEL;
    }
    return channel;
}

/* Take a token for one kind of charge. */
/*@ requires buckets: \valid(b);
    requires limits: \valid_read(l);
    requires apart: \separated(b, l);
    terminates \true;
    exits \false;
    assigns *b;
    ensures reports_bounded: kind == CHARGE_REPORT && \old(exhausted(&b->reports, &l->reports, now)) ==> !\result;
*/
static bool take(struct registrar_buckets *b, const struct registrar_limits *l, uint8_t kind,
                 uint64_t now)
{
    if (kind == (uint8_t)CHARGE_REGISTRATION) {
        return rate_limit_take(&b->registrations, &l->registrations, now);
    }
    if (kind == (uint8_t)CHARGE_REPORT) {
        return rate_limit_take(&b->reports, &l->reports, now);
    }
    return rate_limit_take(&b->messages, &l->messages, now);
}

bool registrar_charge(struct registrar_books *k, const struct registrar_request *q, uint8_t kind)
{
    uint32_t account = registrar_account_of(q->principal.identity);

    if (!take(&k->channel[q->channel].buckets, &k->configuration.channel_limits, kind, q->now)) {
        return false;
    }
    if (account == ACCESS_IDENTITIES_MAX) {
        return take(&k->account[account].buckets, &k->configuration.anonymous_limits, kind, q->now);
    }
    return take(&k->account[account].buckets, &k->configuration.identity_limits, kind, q->now);
}
