/* Composing the registrar's messages in the list of effects (registrar_reply.h). */
#include "registrar_reply.h"

bool registrar_send_composed(struct effects *out, uint32_t channel, uint32_t room, uint32_t at)
{
    if (at == WIRE_FULL) {
        return false;
    }
    return effects_send(out, channel, wire_end_message(out->bytes + out->bytes_used, room, at));
}

bool registrar_reply_send(struct effects *out, const struct registrar_reply *reply,
                          const uint8_t *handle, const uint8_t *info)
{
    uint32_t room = effects_room(out);
    uint8_t *to = out->bytes + out->bytes_used;
    uint32_t at = wire_begin_message(to, room, reply->type, reply->flags);

    if (reply->has_server_identifier != 0u) {
        at = wire_put_word(to, room, at, reply->server_identifier);
    }
    at = wire_put_pool_handle(to, room, at, handle, reply->handle_length);
    if (reply->has_pe_identifier != 0u) {
        at = wire_put_pe_identifier(to, room, at, reply->pe_identifier);
    }
    if (reply->cause != WIRE_NO_CAUSE) {
        at = wire_put_error(to, room, at, reply->cause, info, reply->info_length);
    }
    return registrar_send_composed(out, reply->channel, room, at);
}

/* The type of the response to a request, 0 when it has none. */
/*@ terminates \true;
    assigns \nothing;
*/
static uint8_t response_type(uint8_t type)
{
    if (type == ASAP_REGISTRATION) {
        return ASAP_REGISTRATION_RESPONSE;
    }
    if (type == ASAP_DEREGISTRATION) {
        return ASAP_DEREGISTRATION_RESPONSE;
    }
    if (type == ASAP_HANDLE_RESOLUTION) {
        return ASAP_HANDLE_RESOLUTION_RESPONSE;
    }
    return 0u;
}

bool registrar_has_response(uint8_t type)
{
    return response_type(type) != 0u;
}

/* The response to a request, but for the cause-specific information (RFC 5352, 2.2.3, 2.2.4, 2.2.6). */
/*@ requires request: \valid_read(q);
    requires reply: \valid(reply);
    requires apart: \separated(q, reply);
    terminates \true;
    assigns *reply;
    ensures handle: reply->handle_length == q->message.pool_handle.length;
    ensures info: reply->info_length == 0;
*/
static void begin_response(struct registrar_reply *reply, const struct registrar_request *q,
                           uint16_t cause)
{
    uint8_t type = q->message.type;

    reply->channel = q->channel;
    reply->type = response_type(type);
    reply->flags = 0u;
    if (type == ASAP_REGISTRATION && cause != WIRE_NO_CAUSE) {
        reply->flags = ASAP_FLAG_REJECT;
    }
    reply->has_server_identifier = 0u;
    reply->server_identifier = 0u;
    reply->has_pe_identifier = (uint8_t)(type == ASAP_HANDLE_RESOLUTION ? 0 : 1);
    reply->pe_identifier = type == ASAP_REGISTRATION ? q->message.pool_element.pe_identifier
                                                     : q->message.pe_identifier;
    reply->cause = cause;
    reply->handle_length = q->message.pool_handle.length;
    reply->info_length = 0u;
}

bool registrar_respond(struct effects *out, const struct registrar_request *q, const uint8_t *bytes,
                       uint16_t cause, const uint8_t *info, uint32_t info_length)
{
    const uint8_t *handle = bytes + q->message.pool_handle.offset;
    struct registrar_reply reply;

    if (response_type(q->message.type) == 0u) {
        return true;
    }
    begin_response(&reply, q, cause);
    reply.info_length = info_length;
    if (registrar_reply_send(out, &reply, handle, info)) {
        return true;
    }
    reply.info_length = 0u;
    if (registrar_reply_send(out, &reply, handle, info)) {
        return true;
    }
    return cause != WIRE_NO_CAUSE && registrar_send_error(out, q->channel, cause, info, 0u);
}

/*@ requires list: \valid(out) && valid_effects(out);
    requires info: \valid_read(info + (0 .. info_length - 1));
    requires info_apart: \separated(out, info + (0 .. info_length - 1));
    terminates \true;
    assigns *out;
    ensures list: valid_effects(out);
    ensures sent: \result ==> out->count == \old(out->count) + 1;
    ensures dropped: !\result ==> out->count == \old(out->count);
*/
static bool send_error(struct effects *out, uint32_t channel, uint16_t cause, const uint8_t *info,
                       uint32_t info_length)
{
    uint32_t room = effects_room(out);
    uint8_t *to = out->bytes + out->bytes_used;
    uint32_t at = wire_begin_message(to, room, ASAP_ERROR, 0u);

    at = wire_put_error(to, room, at, cause, info, info_length);
    return registrar_send_composed(out, channel, room, at);
}

bool registrar_send_error(struct effects *out, uint32_t channel, uint16_t cause,
                          const uint8_t *info, uint32_t info_length)
{
    if (send_error(out, channel, cause, info, info_length)) {
        return true;
    }
    return send_error(out, channel, cause, info, 0u);
}

bool registrar_report_unrecognized(struct effects *out, const struct registrar_request *q,
                                   const uint8_t *bytes)
{
    const struct wire_unrecognized *list = &q->message.unrecognized;
    uint32_t room = effects_room(out);
    uint8_t *to = out->bytes + out->bytes_used;
    uint32_t at = wire_begin_message(to, room, ASAP_ERROR, 0u);
    uint32_t start = at;

    if (list->count == 0u) {
        return true;
    }
    at = wire_begin_parameter(to, room, at, PARAMETER_OPERATION_ERROR);
    /*@ loop invariant range: 0 <= i <= list->count;
        loop invariant position: at <= room && (at == WIRE_FULL || at >= WIRE_HEADER);
        loop assigns i, at, to[0 .. room - 1];
        loop variant list->count - i;
    */
    for (uint32_t i = 0u; i < list->count; i++) {
        //@ assert all: wire_unrecognized_inside(list, q->message.length);
        //@ assert which: i == 0 || i == 1 || i == 2 || i == 3;
        //@ assert inside: wire_inside(list->parameter[i].offset, list->parameter[i].length, q->length);
        at = wire_put_cause(to, room, at, CAUSE_UNRECOGNIZED_PARAMETER,
                            bytes + list->parameter[i].offset, list->parameter[i].length);
    }
    at = wire_end_parameter(to, room, start, at);
    return registrar_send_composed(out, q->channel, room, at);
}
