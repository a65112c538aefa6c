/* Messages the decoder refused, and those of a type that nobody knows (RFC 5352, 2.2 and 2.2.14; RFC 5354, 3 and 4).
 * Internal to the registrar. */
#ifndef POOLPROOF_CORE_REGISTRAR_MALFORMED_H
#define POOLPROOF_CORE_REGISTRAR_MALFORMED_H

#include "registrar_books.h"
#include "registrar_request.h"

/* Report the error to the sender where the RFC asks for it, but never in answer to an ASAP_ERROR, and
 * close the channel once too many came. Knows no handlespace. */
/*@ requires books: \valid(k);
    requires event: \valid_read(event) && event->channel < REGISTRAR_CHANNELS_MAX;
    requires message: \valid_read(bytes + (0 .. event->length - 1));
    requires error: \valid_read(error) && wire_error_inside(error, event->length);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, event, error, out);
    requires bytes_apart: \separated(out, bytes + (0 .. event->length - 1));
    requires books_apart: \separated(k, bytes + (0 .. event->length - 1));
    terminates \true;
    assigns k->counters, k->sweep_elements, k->channel[event->channel].open,
            k->channel[event->channel].malformed,
            k->account[0 .. REGISTRAR_ACCOUNTS - 1].channels, *out;
    ensures list: valid_effects(out);
*/
void registrar_take_malformed(struct registrar_books *k, const struct registrar_event *event,
                              const uint8_t *bytes, const struct wire_error *error,
                              struct effects *out);

/* Whether a message was refused for its type alone. */
/*@ requires error: \valid_read(error);
    terminates \true;
    exits \false;
    assigns \nothing;
*/
bool registrar_is_unknown(const struct wire_error *error);

/* A message of a type that nobody knows is in order: it is ignored, and reported if its type asks for that. It costs what
 * other messages cost, and does not count as malformed, or a peer that speaks a newer ASAP would lose its channel. Beyond
 * the limit it is dropped unanswered, with a record once a second. Of the request only its origin is read. */
/*@ requires books: \valid(k);
    requires request: \valid_read(q) && q->channel < REGISTRAR_CHANNELS_MAX;
    requires message: \valid_read(bytes + (0 .. q->length - 1));
    requires error: \valid_read(error) && wire_error_inside(error, q->length);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, q, error, out);
    requires bytes_apart: \separated(out, bytes + (0 .. q->length - 1));
    requires books_apart: \separated(k, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns k->counters, k->channel[q->channel].buckets, k->channel[q->channel].limit_records,
            k->account[account_of(q->principal.identity)].buckets, *out;
    ensures list: valid_effects(out);
    ensures not_malformed: k->channel[q->channel].malformed == \old(k->channel[q->channel].malformed);
    ensures stays: k->channel[q->channel].open == \old(k->channel[q->channel].open);
    ensures one: out->count <= \old(out->count) + 1;
*/
void registrar_take_unknown(struct registrar_books *k, const struct registrar_request *q,
                            const uint8_t *bytes, const struct wire_error *error,
                            struct effects *out);

#endif
