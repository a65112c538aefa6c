/* Appending audit records to the list of effects (registrar_audit.h). */
#include "registrar_audit.h"

#include "handlespace_reading.h"
#include "registrar_books.h"

/*@ requires effect: \valid(effect);
    terminates \true;
    exits \false;
    assigns *effect;
*/
static void fill(struct effect *effect, uint8_t kind, uint16_t code, uint16_t cause,
                 uint32_t channel, uint32_t identity, uint32_t subject)
{
    effect->kind = kind;
    effect->code = code;
    effect->cause = cause;
    effect->channel = channel;
    effect->identity = identity;
    effect->subject = subject;
    effect->offset = 0u;
    effect->length = 0u;
}

void registrar_audit_request(struct registrar_counters *n, const struct registrar_request *q,
                             const uint8_t *bytes, uint16_t event, uint16_t cause,
                             struct effects *out)
{
    uint32_t length = q->message.pool_handle.length;
    uint32_t subject = q->message.type == ASAP_REGISTRATION ? q->message.pool_element.pe_identifier
                                                            : q->message.pe_identifier;
    struct effect record;

    fill(&record, (uint8_t)EFFECT_AUDIT, event, cause, q->channel, q->principal.identity, subject);
    if (length > POOL_HANDLE_MAX) {
        length = POOL_HANDLE_MAX;
    }
    if (!effects_append_bytes(out, &record, bytes + q->message.pool_handle.offset, length)) {
        registrar_count(&n->effects_dropped);
    }
}

void registrar_audit_element(struct registrar_counters *n, const struct handlespace *h,
                             uint32_t element, uint16_t event, struct effects *out)
{
    const struct handlespace_element *e = &h->element[element];
    uint32_t pool = handlespace_pool_of(h, element);
    uint32_t length = handlespace_handle_length(h, pool);
    struct effect record;

    fill(&record, (uint8_t)EFFECT_AUDIT, event, WIRE_NO_CAUSE, REGISTRAR_NO_CHANNEL, e->identity,
         e->pe_identifier);
    if (!effects_append_bytes(out, &record, h->pool[pool].handle, length)) {
        registrar_count(&n->effects_dropped);
    }
}

void registrar_audit_channel(struct registrar_counters *n, uint32_t channel, uint32_t identity,
                             uint16_t event, uint32_t subject, struct effects *out)
{
    struct effect record;

    fill(&record, (uint8_t)EFFECT_AUDIT, event, WIRE_NO_CAUSE, channel, identity, subject);
    if (!effects_append(out, &record)) {
        registrar_count(&n->effects_dropped);
    }
}

void registrar_send_close(struct registrar_counters *n, uint32_t channel, uint32_t identity,
                          uint16_t reason, struct effects *out)
{
    struct effect effect;

    fill(&effect, (uint8_t)EFFECT_CLOSE, reason, WIRE_NO_CAUSE, channel, identity, 0u);
    if (!effects_append(out, &effect)) {
        registrar_count(&n->effects_dropped);
    }
}
