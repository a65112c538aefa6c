/* One request: a decoded message with where and when it came from, as the registrar's parts share it.
 *
 * Internal to the registrar. A request holds no pointer: the message's spans are relative to the event's
 * bytes, which go along as `bytes` (q->length of them). `tag` names the channel together with how often
 * its number was used before, so that an element never follows a channel number to its next owner.
 */
#ifndef POOLPROOF_CORE_REGISTRAR_REQUEST_H
#define POOLPROOF_CORE_REGISTRAR_REQUEST_H

#include "asap_wire.h"
#include "registrar.h"

struct registrar_request {
    uint64_t now;
    uint64_t random;
    uint32_t channel;           /* its number */
    uint32_t tag;               /* registrar_tag() of it */
    uint32_t length;            /* of the bytes that `message` was decoded from */
    struct principal principal; /* whom the channel belongs to */
    struct asap_message message;
};

/*@ predicate valid_request(struct registrar_request *q) =
      q->now <= REGISTRAR_TIME_MAX && q->channel < REGISTRAR_CHANNELS_MAX &&
      asap_message_inside(&q->message, q->length);

    predicate readable_request(struct registrar_request *q, uint8_t *bytes) =
      \valid_read(q) && valid_request(q) && \valid_read(bytes + (0 .. q->length - 1));
*/

#endif
