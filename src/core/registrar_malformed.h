/* Messages the decoder refused (RFC 5352, 2.2.14; RFC 5354, 3 and 4). Internal to the registrar. */
#ifndef POOLPROOF_CORE_REGISTRAR_MALFORMED_H
#define POOLPROOF_CORE_REGISTRAR_MALFORMED_H

#include "registrar_books.h"

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

#endif
