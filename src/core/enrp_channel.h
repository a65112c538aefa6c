/* Channels between registrars: coming, going, and whose they are. Internal to ENRP.
 *
 * A channel is opened for a principal with the role of a registrar. Its peer's server identifier is what the
 * first message on it says, if that identity may use it; from then on no other is taken. Between two
 * registrars one channel is enough: when both have opened one, that of the lower server identifier stays.
 */
#ifndef POOLPROOF_CORE_ENRP_CHANNEL_H
#define POOLPROOF_CORE_ENRP_CHANNEL_H

#include "enrp.h"

/* Whether `channel` is the number of an ENRP channel. */
bool enrp_is_channel(uint32_t channel);

/* Take EVENT_CHANNEL_OPENED: accept the channel, or have it closed. Ours begins with a presence that asks for a
 * reply. */
void enrp_open_channel(struct enrp_group *g, const struct handlespace *h,
                       const struct access_rules *rules, const struct registrar_event *event,
                       struct effects *out);

/* Forget a channel that is gone: its peer is asked for on another, and is dead when it does not answer there. */
void enrp_lose_channel(struct enrp_group *g, uint32_t channel, uint64_t now);

/* Close an open channel for a reason, on record. */
void enrp_close_channel(struct enrp_group *g, uint32_t channel, uint16_t reason, uint64_t now,
                        struct effects *out);

/* The peer whose messages a channel carries, now that one from `server_identifier` came: known before, or new in the
 * peer list (RFC 5353, 3.4.1). ENRP_NO_PEER: it must not use that identifier, and the channel is closed; or there
 * is no place for it. */
uint32_t enrp_bind_channel(struct enrp_group *g, const struct access_rules *rules, uint32_t channel,
                           uint32_t server_identifier, uint64_t now, struct effects *out);

/* The rules changed: close channels of those that are no longer registrars. */
void enrp_check_channels(struct enrp_group *g, const struct access_rules *rules, uint64_t now,
                         struct effects *out);

#endif
