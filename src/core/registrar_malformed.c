/* Messages the decoder refused (registrar_malformed.h). */
#include "registrar_malformed.h"

#include "registrar_audit.h"
#include "registrar_channel.h"
#include "registrar_reply.h"

/* Whether the sender is to be told: the RFC says so, and it was not an error report itself. */
/*@ requires event: \valid_read(event);
    requires message: \valid_read(bytes + (0 .. event->length - 1));
    requires error: \valid_read(error);
    terminates \true;
    assigns \nothing;
    ensures never_on_error: \result ==> event->length > 0 && bytes[0] != ASAP_ERROR;
*/
static bool to_be_reported(const struct registrar_event *event, const uint8_t *bytes,
                           const struct wire_error *error)
{
    return error->cause != WIRE_NO_CAUSE && event->length > 0u && bytes[0] != ASAP_ERROR;
}

void registrar_take_malformed(struct registrar_books *k, const struct registrar_event *event,
                              const uint8_t *bytes, const struct wire_error *error,
                              struct effects *out)
{
    struct registrar_channel *c = &k->channel[event->channel];

    registrar_count(&k->counters.malformed);
    if (c->malformed < UINT16_MAX) {
        c->malformed++;
    }
    if (to_be_reported(event, bytes, error)) {
        registrar_count(&k->counters.errors_sent);
        if (!registrar_send_error(out, event->channel, error->cause,
                                  bytes + error->offending.offset, error->offending.length)) {
            registrar_count(&k->counters.effects_dropped);
        }
    }
    registrar_audit_channel(&k->counters, event->channel, c->principal.identity, AUDIT_MALFORMED,
                            error->rejection, out);
    if (c->malformed > k->configuration.malformed_maximum) {
        registrar_close_channel(k, event->channel, CLOSE_MALFORMED, out);
    }
}
