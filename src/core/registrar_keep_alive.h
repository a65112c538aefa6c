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

/* Send ASAP_ENDPOINT_KEEP_ALIVE (H flag 0) to an element over its channel, and wait for the answer. */
uint8_t registrar_send_keep_alive(struct registrar_books *k, struct handlespace *h,
                                  uint32_t element, uint64_t now, struct effects *out);

/* Take ASAP_ENDPOINT_KEEP_ALIVE_ACK: only from the element's identity, over the element's channel, and while it
 * is waited for. */
void registrar_take_ack(struct registrar_books *k, struct handlespace *h,
                        const struct access_rules *rules, const struct registrar_request *q,
                        const uint8_t *bytes);

/* The keep-alive clock of an element ran out: the answer did not come, or the next one is due. */
void registrar_keep_alive_due(struct registrar_books *k, struct handlespace *h, uint32_t element,
                              uint64_t now, struct effects *out);

#endif
