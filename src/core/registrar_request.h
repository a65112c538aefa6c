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

/* In contracts: what looking up, answering and recording a request read of it and of its bytes. Far less than what the
 * decoder promises (readable_request): the provers carry it over writes elsewhere for less. A macro, because they do not
 * look behind the name of a predicate for it. */
/* clang-format off */
#define ANSWERABLE_REQUEST(q, bytes)                                                               \
    (\valid_read(q) && (q)->now <= REGISTRAR_TIME_MAX && (q)->channel < REGISTRAR_CHANNELS_MAX &&  \
     (q)->message.pool_handle.offset + (q)->message.pool_handle.length <= (q)->length &&           \
     \valid_read((bytes) + (0 .. (q)->length - 1)))
/* clang-format on */

/* In contracts: what a procedure asks of the books, the handlespace, its request and the list of effects; the same with the
 * access rules; and what refusing or recording a request asks. */
/* clang-format off */
#define REQUIRES_REQUEST                                                                           \
    requires books: \valid(k);                                                                     \
    requires handlespace: \valid(h) && valid_handlespace(h);                                       \
    requires request: ANSWERABLE_REQUEST(q, bytes);                                                \
    requires list: \valid(out) && valid_effects(out);                                              \
    requires apart: \separated(k, h, q, out);                                                      \
    requires bytes_apart: \separated(k, bytes + (0 .. q->length - 1)) && \separated(h, bytes + (0 .. q->length - 1)); \
    requires bytes_apart_from_list: \separated(out, bytes + (0 .. q->length - 1));

#define REQUIRES_RULED_REQUEST                                                                     \
    REQUIRES_REQUEST                                                                               \
    requires rules: \valid_read(rules);                                                            \
    requires rules_apart: \separated(rules, k, h, q, out);

#define REQUIRES_ANSWER                                                                            \
    requires list: \valid(out) && valid_effects(out);                                              \
    requires counters: \valid(n);                                                                  \
    requires request: ANSWERABLE_REQUEST(q, bytes);                                                \
    requires apart: \separated(out, n, q);                                                         \
    requires bytes_apart: \separated(out, bytes + (0 .. q->length - 1));                           \
    requires counters_apart: \separated(n, bytes + (0 .. q->length - 1));
/* clang-format on */

/*@ predicate valid_request(struct registrar_request *q) =
      q->now <= REGISTRAR_TIME_MAX && q->channel < REGISTRAR_CHANNELS_MAX &&
      asap_message_inside(&q->message, q->length);

    // Every span of the message lies within the bytes it was decoded from.
    predicate readable_request(struct registrar_request *q, uint8_t *bytes) =
      \valid_read(q) && valid_request(q) && \valid_read(bytes + (0 .. q->length - 1));
*/

/* Decode the message of an event, and write beside it where it came from: the principal is that of the channel, not
 * what the event says. False: *error says why it is refused, and of *q only the origin is defined, not the message. */
/*@ requires request: \valid(q) && \valid(error);
    requires books: \valid_read(k);
    requires event: \valid_read(event) && event->now <= REGISTRAR_TIME_MAX && event->channel < REGISTRAR_CHANNELS_MAX;
    requires message: \valid_read(bytes + (0 .. event->length - 1));
    requires apart: \separated(q, k, event, error);
    requires bytes_apart: \separated(q, bytes + (0 .. event->length - 1)) && \separated(error, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns *q, *error;
    ensures request: \result ==> valid_request(q);
    ensures origin: q->channel == \old(event->channel) && q->now == \old(event->now) && q->length == \old(event->length);
    ensures length: \result ==> q->length == \old(event->length);
    ensures identity: \result ==> q->principal.identity == \old(k->channel[event->channel].principal.identity);
    ensures roles: \result ==> q->principal.roles == \old(k->channel[event->channel].principal.roles);
    ensures error: !\result ==> wire_error_inside(error, \old(event->length));
*/
bool registrar_read_request(struct registrar_request *q, const struct registrar_books *k,
                            const struct registrar_event *event, const uint8_t *bytes,
                            struct wire_error *error);

/* Whether a principal is a pool element or a pool user. Either may resolve; a procedure may ask for a certain one. */
/*@ requires rules: \valid_read(rules);
    requires principal: \valid_read(p);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures role: \result <==> access_role_given(rules, p, ROLE_POOL_ELEMENT) ||
      access_role_given(rules, p, ROLE_POOL_USER);
*/
bool registrar_role_given(const struct access_rules *rules, const struct principal *p);

#endif
