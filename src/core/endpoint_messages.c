/* Messages and reports of the client machines: contracts in endpoint_messages.h. Owns nothing. */
#include "endpoint_messages.h"

bool endpoint_send(struct effects *out, uint32_t channel, uint32_t room, uint32_t position)
{
    uint8_t *message = out->bytes + out->bytes_used;

    if (position == WIRE_FULL) {
        return false;
    }
    return effects_send(out, channel, wire_end_message(message, room, position));
}

bool endpoint_send_identified(struct effects *out, uint32_t channel, uint8_t type,
                              const uint8_t *handle, uint32_t length, uint32_t pe_identifier)
{
    uint8_t *message = out->bytes + out->bytes_used;
    uint32_t room = effects_room(out);
    uint32_t position = wire_begin_message(message, room, type, 0u);

    position = wire_put_pool_handle(message, room, position, handle, length);
    position = wire_put_pe_identifier(message, room, position, pe_identifier);
    return endpoint_send(out, channel, room, position);
}

bool endpoint_send_resolution(struct effects *out, uint32_t channel, const uint8_t *handle,
                              uint32_t length)
{
    uint8_t *message = out->bytes + out->bytes_used;
    uint32_t room = effects_room(out);
    uint32_t position = wire_begin_message(message, room, (uint8_t)ASAP_HANDLE_RESOLUTION, 0u);

    position = wire_put_pool_handle(message, room, position, handle, length);
    return endpoint_send(out, channel, room, position);
}

bool endpoint_report_rejected(struct effects *out, uint32_t channel, const uint8_t *bytes,
                              uint32_t length, const struct wire_error *error)
{
    uint8_t *message = out->bytes + out->bytes_used;
    uint32_t room = effects_room(out);
    uint32_t shown = error->offending.length;
    uint32_t position;

    if (error->cause == WIRE_NO_CAUSE || length == 0u || bytes[0] == ASAP_ERROR) {
        return false;
    }
    if (shown > ENDPOINT_REPORT_MAX) {
        shown = ENDPOINT_REPORT_MAX;
    }
    position = wire_begin_message(message, room, (uint8_t)ASAP_ERROR, 0u);
    position = wire_put_error(message, room, position, error->cause,
                              bytes + error->offending.offset, shown);
    return endpoint_send(out, channel, room, position);
}

bool endpoint_report_unrecognized(struct effects *out, uint32_t channel, const uint8_t *bytes,
                                  uint32_t length, const struct asap_message *message)
{
    uint8_t *report = out->bytes + out->bytes_used;
    uint32_t room = effects_room(out);
    uint32_t count = message->unrecognized.count;
    uint32_t start;
    uint32_t position;

    (void)length;
    if (count == 0u || message->type == ASAP_ERROR) {
        return false;
    }
    start = wire_begin_message(report, room, (uint8_t)ASAP_ERROR, 0u);
    position = wire_begin_parameter(report, room, start, (uint16_t)PARAMETER_OPERATION_ERROR);
    /*@ loop invariant range: 0 <= i <= count;
        loop invariant position: position <= room;
        loop invariant header: position == WIRE_FULL || position >= WIRE_HEADER;
        loop assigns i, position, report[0 .. room - 1];
        loop variant count - i;
    */
    for (uint32_t i = 0u; i < count; i++) {
        const struct wire_span *unknown = &message->unrecognized.parameter[i];

        position = wire_put_cause(report, room, position, (uint16_t)CAUSE_UNRECOGNIZED_PARAMETER,
                                  bytes + unknown->offset, unknown->length);
    }
    position = wire_end_parameter(report, room, start, position);
    return endpoint_send(out, channel, room, position);
}

uint16_t endpoint_cause(const uint8_t *bytes, uint32_t length, const struct asap_message *message)
{
    struct wire_iterator causes;
    struct wire_cause cause;

    if (message->has_operation_error == 0u) {
        return WIRE_NO_CAUSE;
    }
    wire_iterate(&message->operation_error, &causes);
    return wire_cause_next(bytes, length, &causes, &cause) ? cause.code : WIRE_NO_CAUSE;
}

bool endpoint_names_handle(const uint8_t *bytes, uint32_t length,
                           const struct asap_message *message, const uint8_t *handle,
                           uint32_t handle_length)
{
    const uint8_t *named = bytes + message->pool_handle.offset;

    (void)length;
    if (message->has_pool_handle == 0u || message->pool_handle.length != handle_length) {
        return false;
    }
    /*@ loop invariant range: 0 <= i <= handle_length;
        loop invariant same: \forall integer k; 0 <= k < i ==> named[k] == handle[k];
        loop assigns i;
        loop variant handle_length - i;
    */
    for (uint32_t i = 0u; i < handle_length; i++) {
        if (named[i] != handle[i]) {
            return false;
        }
    }
    return true;
}
