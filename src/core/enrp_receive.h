/* Messages of peers: decoding, whose they are, and to which procedure they go. Internal to ENRP. */
#ifndef POOLPROOF_CORE_ENRP_RECEIVE_H
#define POOLPROOF_CORE_ENRP_RECEIVE_H

#include "enrp.h"

/* Take EVENT_MESSAGE on an ENRP channel. Nothing but the channel's own counters changes unless the channel is open,
 * which it is for registrars alone, and the message bears the server identifier that its peer may use: peers_only. */
/*@ ENRP_REQUIRES_GROUP
    requires registrar: \valid(r) && valid_handlespace(&r->handlespace);
    requires rules: \valid_read(rules);
    requires event: \valid_read(event) && event->now <= REGISTRAR_TIME_MAX && enrp_channel_number(event->channel);
    requires message: \valid_read(bytes + (0 .. event->length - 1));
    requires apart: \separated(g, r, rules, event, out);
    requires bytes_apart: \separated(g, bytes + (0 .. event->length - 1)) && \separated(r, bytes + (0 .. event->length - 1));
    requires bytes_apart_from_list: \separated(out, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns *g, r->handlespace, r->books.account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *out;
    ENRP_ENSURES_GROUP
    ensures handlespace: valid_handlespace(&r->handlespace);

    behavior peers_only:
      assumes g->channel[event->channel - ENRP_CHANNEL_FIRST].open == 0;
      assigns \nothing;
*/
void enrp_receive(struct enrp_group *g, struct registrar *r, const struct access_rules *rules,
                  const struct registrar_event *event, const uint8_t *bytes, struct effects *out);

#endif
