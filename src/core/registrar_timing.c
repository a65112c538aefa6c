/* Clocks and removal of elements (registrar_timing.h). */
#include "registrar_timing.h"

#include "handlespace_journal.h"
#include "handlespace_reading.h"
#include "registrar_reply.h"

uint64_t registrar_next_keep_alive(const struct registrar_configuration *c, uint64_t now,
                                   uint64_t random)
{
    uint64_t interval = c->keep_alive_interval;

    if (interval == 0u) {
        return REGISTRAR_NEVER;
    }
    return now + interval / 2u + random % (interval + 1u);
}

uint64_t registrar_expiry(uint64_t now, int32_t life)
{
    return life < 0 ? REGISTRAR_NEVER : now + (uint64_t)life * 1000u;
}

void registrar_arm(struct handlespace *h, uint32_t element)
{
    uint64_t deadline = h->element[element].keep_alive_deadline;

    if (h->element[element].expiry < deadline) {
        deadline = h->element[element].expiry;
    }
    if (deadline == REGISTRAR_NEVER) {
        handlespace_disarm(h, element);
    } else {
        handlespace_arm(h, element, deadline);
    }
}

void registrar_remove(struct registrar_books *k, struct handlespace *h, uint32_t element)
{
    registrar_credit_element(k, h->element[element].identity);
    handlespace_note_change(h, element, UPDATE_ACTION_DEL_PE);
    handlespace_remove_element(h, element);
}

void registrar_tell_end(struct registrar_books *k, const struct handlespace *h, uint32_t element,
                        struct effects *out)
{
    uint32_t pool = handlespace_pool_of(h, element);
    const uint8_t *handle = h->pool[pool].handle;
    struct registrar_reply reply = {0};

    reply.channel = registrar_channel_of(k, h->element[element].channel);
    if (reply.channel == REGISTRAR_NO_CHANNEL) {
        return;
    }
    reply.type = ASAP_DEREGISTRATION_RESPONSE;
    reply.has_pe_identifier = 1u;
    reply.pe_identifier = h->element[element].pe_identifier;
    reply.cause = WIRE_NO_CAUSE;
    reply.handle_length = handlespace_handle_length(h, pool);
    if (!registrar_reply_send(out, &reply, handle, handle)) {
        registrar_count(&k->counters.effects_dropped);
    }
}

void registrar_orphan(const struct registrar_configuration *c, struct handlespace *h,
                      uint32_t element, uint64_t now)
{
    uint64_t deadline = now + c->lost_channel_grace;

    if (h->element[element].keep_alive_waiting != 0u &&
        h->element[element].keep_alive_deadline < deadline) {
        deadline = h->element[element].keep_alive_deadline;
    }
    handlespace_set_channel(h, element, HANDLESPACE_NO_CHANNEL);
    handlespace_set_keep_alive(h, element, deadline, true);
    registrar_arm(h, element);
}
