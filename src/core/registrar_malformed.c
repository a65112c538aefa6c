/* Messages the decoder refused, and those of a type that nobody knows (registrar_malformed.h). */
#include "registrar_malformed.h"

#include "registrar_audit.h"
#include "registrar_channel.h"
#include "registrar_reply.h"
#include "wire_constants.h"

/* Whether the sender is to be told: the RFC says so, and it was not an error report itself. */
/*@ requires message: \valid_read(bytes + (0 .. length - 1));
    requires error: \valid_read(error);
    terminates \true;
    assigns \nothing;
    ensures never_on_error: \result ==> length > 0 && bytes[0] != ASAP_ERROR;
*/
static bool to_be_reported(const uint8_t *bytes, uint32_t length, const struct wire_error *error)
{
    return error->cause != WIRE_NO_CAUSE && length > 0u && bytes[0] != ASAP_ERROR;
}

/* Tell the sender what was wrong with its message, if it is to be told. */
/*@ requires counters: \valid(n);
    requires message: \valid_read(bytes + (0 .. length - 1));
    requires error: \valid_read(error) && wire_error_inside(error, length);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(n, error, out);
    requires bytes_apart: \separated(out, bytes + (0 .. length - 1)) && \separated(n, bytes + (0 .. length - 1));
    terminates \true;
    assigns n->errors_sent, n->effects_dropped, *out;
    ensures list: valid_effects(out);
    ensures one: out->count <= \old(out->count) + 1;
*/
static void report(struct registrar_counters *n, uint32_t channel, const uint8_t *bytes,
                   uint32_t length, const struct wire_error *error, struct effects *out)
{
    if (!to_be_reported(bytes, length, error)) {
        return;
    }
    registrar_count(&n->errors_sent);
    if (!registrar_send_error(out, channel, error->cause, bytes + error->offending.offset,
                              error->offending.length)) {
        registrar_count(&n->effects_dropped);
    }
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
    report(&k->counters, event->channel, bytes, event->length, error, out);
    registrar_audit_channel(&k->counters, event->channel, c->principal.identity, AUDIT_MALFORMED,
                            error->rejection, out);
    if (c->malformed > k->configuration.malformed_maximum) {
        registrar_close_channel(k, event->channel, CLOSE_MALFORMED, out);
    }
}

bool registrar_is_unknown(const struct wire_error *error)
{
    return error->rejection == (uint16_t)REJECT_UNKNOWN_MESSAGE ||
           error->rejection == (uint16_t)REJECT_UNKNOWN_MESSAGE_REPORTED;
}

void registrar_take_unknown(struct registrar_books *k, const struct registrar_request *q,
                            const uint8_t *bytes, const struct wire_error *error,
                            struct effects *out)
{
    const struct rate_limit one_a_second = {1u, 1u};

    if (registrar_charge(k, q, (uint8_t)CHARGE_MESSAGE)) {
        registrar_count(&k->counters.ignored);
        report(&k->counters, q->channel, bytes, q->length, error, out);
        return;
    }
    registrar_count(&k->counters.limited);
    if (rate_limit_take(&k->channel[q->channel].limit_records, &one_a_second, q->now)) {
        registrar_audit_channel(&k->counters, q->channel, q->principal.identity, AUDIT_RATE_LIMITED,
                                CAUSE_LACK_OF_RESOURCES, out);
    }
}
