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

/* The report itself: one cause for each of the unknown parameters. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires unknown: \valid_read(unknown) && wire_unrecognized_inside(unknown, length);
    requires apart: \separated(out, unknown, bytes + (0 .. length - 1));
    terminates \true;
    assigns *out;
    ensures valid: valid_effects(out);
    ensures one: out->count == \old(out->count) + (\result ? 1 : 0);
*/
static bool send_unrecognized(struct effects *out, uint32_t channel, const uint8_t *bytes,
                              uint32_t length, const struct wire_unrecognized *unknown)
{
    uint8_t *report = out->bytes + out->bytes_used;
    uint32_t room = effects_room(out);
    uint32_t start = wire_begin_message(report, room, (uint8_t)ASAP_ERROR, 0u);
    uint32_t position =
        wire_begin_parameter(report, room, start, (uint16_t)PARAMETER_OPERATION_ERROR);

    (void)length;
    /*@ loop invariant range: 0 <= i <= unknown->count;
        loop invariant position: position <= room;
        loop invariant header: position == WIRE_FULL || position >= WIRE_HEADER;
        loop assigns i, position, report[0 .. room - 1];
        loop variant unknown->count - i;
    */
    for (uint32_t i = 0u; i < unknown->count; i++) {
        uint32_t offset = unknown->parameter[i].offset;
        uint32_t size = unknown->parameter[i].length;

        //@ assert which: i == 0 || i == 1 || i == 2 || i == 3;
        //@ assert inside: wire_inside(offset, size, length);
        position = wire_put_cause(report, room, position, (uint16_t)CAUSE_UNRECOGNIZED_PARAMETER,
                                  bytes + offset, size);
    }
    position = wire_end_parameter(report, room, start, position);
    return endpoint_send(out, channel, room, position);
}

bool endpoint_report_unrecognized(struct effects *out, uint32_t channel, const uint8_t *bytes,
                                  uint32_t length, const struct asap_message *message)
{
    if (message->unrecognized.count == 0u || message->type == ASAP_ERROR) {
        return false;
    }
    return send_unrecognized(out, channel, bytes, length, &message->unrecognized);
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

/* True when the bytes at both places are the same. */
/*@ requires a: \valid_read(a + (0 .. length - 1));
    requires b: \valid_read(b + (0 .. length - 1));
    terminates \true;
    assigns \nothing;
    ensures same: \result <==> \forall integer i; 0 <= i < length ==> a[i] == b[i];
*/
static bool same_bytes(const uint8_t *a, const uint8_t *b, uint32_t length)
{
    /*@ loop invariant range: 0 <= i <= length;
        loop invariant same: \forall integer k; 0 <= k < i ==> a[k] == b[k];
        loop assigns i;
        loop variant length - i;
    */
    for (uint32_t i = 0u; i < length; i++) {
        if (a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

bool endpoint_names_handle(const uint8_t *bytes, uint32_t length,
                           const struct asap_message *message, const uint8_t *handle,
                           uint32_t handle_length)
{
    (void)length;
    if (message->has_pool_handle == 0u || message->pool_handle.length != handle_length) {
        return false;
    }
    return same_bytes(bytes + message->pool_handle.offset, handle, handle_length);
}
