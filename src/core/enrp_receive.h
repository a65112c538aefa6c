/* Messages of peers: decoding, whose they are, and to which procedure they go. Internal to ENRP. */
#ifndef POOLPROOF_CORE_ENRP_RECEIVE_H
#define POOLPROOF_CORE_ENRP_RECEIVE_H

#include "enrp.h"

/* Take EVENT_MESSAGE on an ENRP channel. Nothing but the channel's own counters changes unless the channel is open,
 * which it is for registrars alone, and the message bears the server identifier that its peer may use: peers_only. */
void enrp_receive(struct enrp_group *g, struct registrar *r, const struct access_rules *rules,
                  const struct registrar_event *event, const uint8_t *bytes, struct effects *out);

#endif
