/* Channels coming and going (registrar_channel.h). */
#include "registrar_channel.h"

#include "registrar_audit.h"

void registrar_lose_channel(struct registrar_books *k, uint32_t channel)
{
    struct registrar_channel *c = &k->channel[channel];
    uint32_t account = registrar_account_of(c->principal.identity);

    if (c->open == 0u) {
        return;
    }
    c->open = 0u;
    registrar_count(&k->counters.channels_closed);
    if (k->account[account].channels > 0u) {
        k->account[account].channels--;
    }
    if (c->has_elements != 0u) {
        k->sweep_elements = HANDLESPACE_ELEMENTS_MAX;
    }
}

void registrar_close_channel(struct registrar_books *k, uint32_t channel, uint16_t reason,
                             struct effects *out)
{
    uint32_t identity = k->channel[channel].principal.identity;

    registrar_lose_channel(k, channel);
    registrar_send_close(&k->counters, channel, identity, reason, out);
    registrar_audit_channel(&k->counters, channel, identity, AUDIT_CHANNEL_CLOSED, reason, out);
}

/* Why a channel may not be opened for an identity, 0 when it may. */
/*@ requires books: \valid_read(k);
    requires rules: \valid_read(rules);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures known: \result == 0 ==> identity == IDENTITY_ANONYMOUS || access_known(rules, identity);
    ensures limit: \result == 0 ==>
      k->account[account_of(identity)].channels < channels_allowed(&k->configuration, identity);
*/
static uint16_t why_not(const struct registrar_books *k, const struct access_rules *rules,
                        uint32_t identity)
{
    uint32_t limit = k->configuration.channels_per_identity;

    if (identity == IDENTITY_ANONYMOUS) {
        limit = k->configuration.anonymous_channels;
    } else if (!access_is_known(rules, identity)) {
        return CLOSE_UNKNOWN_IDENTITY;
    }
    if (k->account[registrar_account_of(identity)].channels >= limit) {
        return CLOSE_TOO_MANY_CHANNELS;
    }
    return 0u;
}

/* Begin a new generation of a channel number: nothing of the last one stays, buckets are full. */
/*@ requires channel: \valid(c);
    requires principal: \valid_read(principal);
    requires apart: \separated(c, principal);
    terminates \true;
    exits \false;
    assigns *c;
    ensures generation: c->generation < REGISTRAR_GENERATIONS;
    ensures identity: c->principal.identity == \old(principal->identity);
    ensures roles: c->principal.roles == \old(principal->roles);
*/
static void begin(struct registrar_channel *c, const struct principal *principal)
{
    const struct registrar_buckets full = {{0u, 0u}, {0u, 0u}, {0u, 0u}};

    c->generation = c->generation < REGISTRAR_GENERATIONS - 1u ? c->generation + 1u : 0u;
    c->open = 1u;
    c->has_elements = 0u;
    c->malformed = 0u;
    c->principal = *principal;
    c->buckets = full;
    c->limit_records = full.messages;
}

/* Have a channel closed that may not be opened. */
/*@ requires counters: \valid(n);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(n, out);
    terminates \true;
    exits \false;
    assigns *n, *out;
    ensures list: valid_effects(out);
*/
static void turn_away(struct registrar_counters *n, uint32_t channel, uint32_t identity,
                      uint16_t reason, struct effects *out)
{
    registrar_count(&n->channels_refused);
    registrar_send_close(n, channel, identity, reason, out);
    registrar_audit_channel(n, channel, identity, AUDIT_CHANNEL_REFUSED, reason, out);
}

/* Open a channel for a principal, and count it for its account. */
/*@ requires books: \valid(k);
    requires channel: channel < REGISTRAR_CHANNELS_MAX;
    requires principal: \valid_read(principal);
    requires apart: \separated(k, principal);
    terminates \true;
    exits \false;
    assigns k->counters.channels_opened, k->channel[channel], k->account[0 .. REGISTRAR_ACCOUNTS - 1].channels;
    ensures identity: k->channel[channel].principal.identity == \old(principal->identity);
    ensures roles: k->channel[channel].principal.roles == \old(principal->roles);
*/
static void let_in(struct registrar_books *k, uint32_t channel, const struct principal *principal)
{
    uint32_t account = registrar_account_of(principal->identity);

    registrar_count(&k->counters.channels_opened);
    if (k->account[account].channels < UINT16_MAX) {
        k->account[account].channels++;
    }
    begin(&k->channel[channel], principal);
}

void registrar_open_channel(struct registrar_books *k, const struct access_rules *rules,
                            const struct registrar_event *event, struct effects *out)
{
    const uint32_t channel = event->channel;
    uint16_t reason;

    if (k->channel[channel].open != 0u) {
        registrar_close_channel(k, channel, CLOSE_CHANNEL_IN_USE, out);
        return;
    }
    reason = why_not(k, rules, event->principal.identity);
    if (reason != 0u) {
        turn_away(&k->counters, channel, event->principal.identity, reason, out);
        //@ assert not_opened: k->channel[channel].open == 0;
    } else {
        let_in(k, channel, &event->principal);
        //@ assert nothing_said: valid_effects(out);
    }
}
