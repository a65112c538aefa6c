/* Refusing requests (registrar_refusal.h). */
#include "registrar_refusal.h"

#include "registrar_audit.h"
#include "registrar_reply.h"

/*@ requires counters: \valid(n);
    terminates \true;
    assigns n->registrations_rejected, n->deregistrations_rejected, n->resolutions_rejected;
*/
static void count_rejection(struct registrar_counters *n, uint8_t type)
{
    if (type == ASAP_REGISTRATION) {
        registrar_count(&n->registrations_rejected);
    } else if (type == ASAP_DEREGISTRATION) {
        registrar_count(&n->deregistrations_rejected);
    } else if (type == ASAP_HANDLE_RESOLUTION) {
        registrar_count(&n->resolutions_rejected);
    }
}

/*@ requires list: \valid(out) && valid_effects(out);
    requires counters: \valid(n);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires info: \valid_read(info + (0 .. info_length - 1));
    requires apart: \separated(out, n, q);
    requires bytes_apart: \separated(out, bytes + (0 .. q->length - 1));
    requires info_apart: \separated(out, info + (0 .. info_length - 1));
    terminates \true;
    assigns *out, n->registrations_rejected, n->deregistrations_rejected, n->resolutions_rejected, n->effects_dropped;
    ensures list: valid_effects(out);
    ensures one: out->count <= \old(out->count) + 1;
*/
static void answer(struct registrar_counters *n, const struct registrar_request *q,
                   const uint8_t *bytes, uint16_t cause, const uint8_t *info, uint32_t info_length,
                   struct effects *out)
{
    count_rejection(n, q->message.type);
    if (!registrar_respond(out, q, bytes, cause, info, info_length)) {
        registrar_count(&n->effects_dropped);
    }
}

/* Count what was refused for want of a right. */
/*@ requires counters: \valid(n);
    terminates \true;
    assigns n->refused;
*/
static void count_refusal(struct registrar_counters *n, uint16_t cause)
{
    if (cause == CAUSE_REJECTED_DUE_TO_SECURITY_CONSIDERATIONS) {
        registrar_count(&n->refused);
    }
}

void registrar_refuse_with(struct registrar_counters *n, const struct registrar_request *q,
                           const uint8_t *bytes, uint16_t cause, const uint8_t *info,
                           uint32_t info_length, uint16_t event, struct effects *out)
{
    count_refusal(n, cause);
    answer(n, q, bytes, cause, info, info_length, out);
    registrar_audit_request(n, q, bytes, event, cause, out);
}

void registrar_refuse(struct registrar_counters *n, const struct registrar_request *q,
                      const uint8_t *bytes, uint16_t cause, uint16_t event, struct effects *out)
{
    registrar_refuse_with(n, q, bytes, cause, bytes, 0u, event, out);
}

void registrar_refuse_silently(struct registrar_counters *n, const struct registrar_request *q,
                               const uint8_t *bytes, uint16_t cause, struct effects *out)
{
    answer(n, q, bytes, cause, bytes, 0u, out);
}

bool registrar_handle_valid(const struct registrar_configuration *c,
                            const struct registrar_request *q)
{
    return q->message.pool_handle.length > 0u && q->message.pool_handle.length <= c->handle_limit;
}

void registrar_refuse_handle(struct registrar_counters *n, const struct registrar_request *q,
                             const uint8_t *bytes, struct effects *out)
{
    struct wire_span handle = q->message.pool_handle;

    /* A handle's value always stands behind its header; the decoder's contract does not say so. */
    if (handle.offset < WIRE_HEADER) {
        registrar_refuse(n, q, bytes, CAUSE_INVALID_VALUES, AUDIT_HANDLE_REFUSED, out);
        return;
    }
    registrar_refuse_with(n, q, bytes, CAUSE_INVALID_VALUES, bytes + (handle.offset - WIRE_HEADER),
                          handle.length + WIRE_HEADER, AUDIT_HANDLE_REFUSED, out);
}

/* Whether it is time to tell and record again that the channel goes beyond a limit: at most once a second. */
/*@ requires books: \valid(k);
    requires channel: channel < REGISTRAR_CHANNELS_MAX;
    terminates \true;
    assigns k->channel[channel].limit_records;
*/
static bool take_limit_record(struct registrar_books *k, uint32_t channel, uint64_t now)
{
    const struct rate_limit one_a_second = {1u, 1u};

    return rate_limit_take(&k->channel[channel].limit_records, &one_a_second, now);
}

/* Tell the sender of a message that has no response, unless it was an error report itself. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires counters: \valid(n);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires apart: \separated(out, n, q);
    requires bytes_apart: \separated(out, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns *out, n->errors_sent, n->effects_dropped;
    ensures list: valid_effects(out);
    ensures one: out->count <= \old(out->count) + 1;
*/
static void report_limit(struct registrar_counters *n, const struct registrar_request *q,
                         const uint8_t *bytes, struct effects *out)
{
    if (q->message.type == ASAP_ERROR) {
        return;
    }
    registrar_count(&n->errors_sent);
    if (!registrar_send_error(out, q->channel, CAUSE_LACK_OF_RESOURCES, bytes, 0u)) {
        registrar_count(&n->effects_dropped);
    }
}

void registrar_refuse_limited(struct registrar_books *k, const struct registrar_request *q,
                              const uint8_t *bytes, struct effects *out)
{
    const bool tell = take_limit_record(k, q->channel, q->now);

    registrar_count(&k->counters.limited);
    if (registrar_has_response(q->message.type)) {
        answer(&k->counters, q, bytes, CAUSE_LACK_OF_RESOURCES, bytes, 0u, out);
    } else if (tell) {
        report_limit(&k->counters, q, bytes, out);
    }
    if (tell) {
        registrar_audit_request(&k->counters, q, bytes, AUDIT_RATE_LIMITED, CAUSE_LACK_OF_RESOURCES,
                                out);
    }
}
