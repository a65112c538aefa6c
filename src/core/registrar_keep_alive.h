/* Keep-alives: sending them, their answers, and what follows when there is none (RFC 5352, 3.4 and 3.5;
 * RFC 5355, 2.14). Internal to the registrar.
 *
 * keepalive_bounded: registrar_send_keep_alive is the only function that sends one, and between two to
 * the same element it lets keep_alive_minimum milliseconds pass, whoever asks: the clock, or a flood of
 * reports.
 */
#ifndef POOLPROOF_CORE_REGISTRAR_KEEP_ALIVE_H
#define POOLPROOF_CORE_REGISTRAR_KEEP_ALIVE_H

#include "registrar_books.h"

enum registrar_keep_alive {
    KEEP_ALIVE_SENT = 0,
    KEEP_ALIVE_TOO_SOON = 1,  /* the last one is not long enough ago: nothing was done */
    KEEP_ALIVE_IMPOSSIBLE = 2 /* the element's channel is gone: nothing was done */
};

/* Send ASAP_ENDPOINT_KEEP_ALIVE to an element over its channel, and wait for the answer. The H flag is set when another
 * registrar claims to be its home. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires list: \valid(out) && valid_effects(out);
    requires element: handlespace_element_used(h, element);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(k, h, out);
    terminates \true;
    assigns k->counters, k->keep_alive_after[element], h->wheel,
            h->element[element].keep_alive_deadline, h->element[element].keep_alive_waiting, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
    ensures used: handlespace_element_used(h, element);
    ensures outcome: \result <= KEEP_ALIVE_IMPOSSIBLE;
    ensures keepalive_bounded: \result == KEEP_ALIVE_SENT ==>
      \old(k->keep_alive_after[element]) <= now &&
      k->keep_alive_after[element] == now + k->configuration.keep_alive_minimum;
    ensures not_sent: \result != KEEP_ALIVE_SENT ==>
      k->keep_alive_after[element] == \old(k->keep_alive_after[element]);

    behavior keepalive_bounded:
      assumes now < k->keep_alive_after[element];
      assigns \nothing;
      ensures refused: \result != KEEP_ALIVE_SENT;
*/
uint8_t registrar_send_keep_alive(struct registrar_books *k, struct handlespace *h,
                                  uint32_t element, uint64_t now, struct effects *out);

/* Take ASAP_ENDPOINT_KEEP_ALIVE_ACK: only from the element's identity, over the element's channel, and while it
 * is waited for. Whoever else claimed to be its home: it is ours, and noted to be announced again. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires rules: \valid_read(rules);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires apart: \separated(k, h, rules, q);
    requires bytes_apart: \separated(k, bytes + (0 .. q->length - 1)) && \separated(h, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns k->counters.ignored, k->counters.keep_alive_acks, h->wheel,
            h->element[0 .. HANDLESPACE_ELEMENTS_MAX - 1].keep_alive_deadline,
            h->element[0 .. HANDLESPACE_ELEMENTS_MAX - 1].keep_alive_waiting,
            h->element[0 .. HANDLESPACE_ELEMENTS_MAX - 1].contested_by, h->journal, h->journal_lost;
    ensures handlespace: valid_handlespace(h);

    behavior no_state_before_auth:
      assumes !access_role_given(rules, &q->principal, ROLE_POOL_ELEMENT);
      assigns k->counters.ignored;
*/
void registrar_take_ack(struct registrar_books *k, struct handlespace *h,
                        const struct access_rules *rules, const struct registrar_request *q,
                        const uint8_t *bytes);

/* The keep-alive clock of an element ran out: the answer did not come, or the next one is due. An element that another
 * registrar claims is left to it instead of being removed. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires list: \valid(out) && valid_effects(out);
    requires element: handlespace_element_used(h, element);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires apart: \separated(k, h, out);
    terminates \true;
    assigns k->counters, k->keep_alive_after[element], k->sweep_elements, k->channel[0 .. REGISTRAR_CHANNELS_MAX - 1].open,
            k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, k->account[0 .. REGISTRAR_ACCOUNTS - 1].channels, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
void registrar_keep_alive_due(struct registrar_books *k, struct handlespace *h, uint32_t element,
                              uint64_t now, struct effects *out);

#endif
