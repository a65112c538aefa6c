/* Channels coming and going. Internal to the registrar.
 *
 * A channel belongs to one principal from its opening to its end; what a later event claims about it does
 * not count. Its loss sets the sweep going (registrar_sweep.h), which looks for its elements.
 */
#ifndef POOLPROOF_CORE_REGISTRAR_CHANNEL_H
#define POOLPROOF_CORE_REGISTRAR_CHANNEL_H

#include "registrar_books.h"

/*@ // How many channels may be open at once for an identity.
    logic integer channels_allowed(struct registrar_configuration *c, integer identity) =
      identity == IDENTITY_ANONYMOUS ? c->anonymous_channels : c->channels_per_identity;
*/

/* Take EVENT_CHANNEL_OPENED: accept the channel, or have it closed. */
/*@ requires books: \valid(k);
    requires rules: \valid_read(rules);
    requires event: \valid_read(event) && event->channel < REGISTRAR_CHANNELS_MAX;
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, rules, event, out);
    terminates \true;
    exits \false;
    assigns k->counters, k->sweep_elements,
            k->channel[event->channel],
            k->account[0 .. REGISTRAR_ACCOUNTS - 1].channels, *out;
    ensures list: valid_effects(out);
    ensures never_twice: \old(k->channel[event->channel].open) != 0 ==> k->channel[\old(event->channel)].open == 0;
    ensures known: k->channel[\old(event->channel)].open != 0 ==>
      \old(event->principal.identity) == IDENTITY_ANONYMOUS || \old(access_known(rules, event->principal.identity));
    ensures limit: k->channel[\old(event->channel)].open != 0 ==>
      \old(k->account[account_of(event->principal.identity)].channels) <
      \old(channels_allowed(&k->configuration, event->principal.identity));
    ensures principal: k->channel[\old(event->channel)].open != 0 ==>
      k->channel[\old(event->channel)].principal.identity == \old(event->principal.identity) &&
      k->channel[\old(event->channel)].principal.roles == \old(event->principal.roles);
*/
void registrar_open_channel(struct registrar_books *k, const struct access_rules *rules,
                            const struct registrar_event *event, struct effects *out);

/* Forget a channel that is gone; nothing happens when it was not open. */
/*@ requires books: \valid(k);
    requires channel: channel < REGISTRAR_CHANNELS_MAX;
    terminates \true;
    exits \false;
    assigns k->counters.channels_closed, k->sweep_elements, k->channel[channel].open,
            k->account[0 .. REGISTRAR_ACCOUNTS - 1].channels;
    ensures closed: k->channel[channel].open == 0;
*/
void registrar_lose_channel(struct registrar_books *k, uint32_t channel);

/* Close an open channel for a reason, on record. */
/*@ requires books: \valid(k);
    requires channel: channel < REGISTRAR_CHANNELS_MAX;
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, out);
    terminates \true;
    exits \false;
    assigns k->counters, k->sweep_elements, k->channel[channel].open,
            k->account[0 .. REGISTRAR_ACCOUNTS - 1].channels, *out;
    ensures list: valid_effects(out);
    ensures closed: k->channel[channel].open == 0;
*/
void registrar_close_channel(struct registrar_books *k, uint32_t channel, uint16_t reason,
                             struct effects *out);

#endif
