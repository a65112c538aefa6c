/* Composing ENRP messages: contracts in enrp_send.h. Owns nothing. */
#include "enrp_send.h"

#include "parameter_wire.h"

/* Bytes of the header and the two server identifiers that begin every message (RFC 5353, 2). */
#define ENRP_HEADER 12u

/* Where the Home ENRP Server Identifier stands in a Pool Element parameter, and ends (RFC 5354, 3.10). */
#define ELEMENT_HOME 8u
#define ELEMENT_HOME_END 12u

/* The position, or WIRE_FULL when it is not one behind the server identifiers and inside the room. */
/*@ terminates \true;
    assigns \nothing;
    ensures inside: \result != WIRE_FULL ==> \result == at && ENRP_HEADER <= at <= room;
    ensures full: \result == WIRE_FULL ==> at < ENRP_HEADER || at > room;
*/
static uint32_t position_inside(uint32_t room, uint32_t at)
{
    return at >= ENRP_HEADER && at <= room ? at : WIRE_FULL;
}

/* Begin a message: its header and the two server identifiers. */
/*@ requires room: \valid(message + (0 .. room - 1));
    requires to: \valid_read(to);
    requires apart: \separated(to, message + (0 .. room - 1));
    terminates \true;
    assigns message[0 .. room - 1];
    ensures fits: \result <= room;
    ensures first: \result == WIRE_FULL || \result == ENRP_HEADER;
    ensures header: \result != WIRE_FULL ==> message[0] == type && message[1] == flags;
*/
static uint32_t begin(uint8_t *message, uint32_t room, const struct enrp_address *to, uint8_t type,
                      uint8_t flags)
{
    uint32_t at = wire_begin_message(message, room, type, flags);

    at = wire_put_word(message, room, at, to->from);
    return wire_put_word(message, room, at, to->to);
}

/* End the message that was composed up to the position, and send it. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires room: room <= EFFECTS_BYTES_MAX - out->bytes_used;
    requires position: at == WIRE_FULL || ENRP_HEADER <= at <= room;
    terminates \true;
    assigns out->count, out->bytes_used, out->effect[0 .. EFFECTS_MAX - 1];
    assigns out->bytes[out->bytes_used + 2 .. EFFECTS_BYTES_MAX - 1];
    ensures list: valid_effects(out);
    ensures sent: \result ==> out->count == \old(out->count) + 1 && out->bytes_used > \old(out->bytes_used);
    ensures dropped: !\result ==> out->count == \old(out->count) && out->bytes_used == \old(out->bytes_used);
    ensures kind: \result ==> out->effect[\old(out->count)].kind == EFFECT_SEND;
    ensures channel: \result ==> out->effect[\old(out->count)].channel == channel;
    ensures full: at == WIRE_FULL ==> \result == \false;
*/
static bool send(struct effects *out, uint32_t channel, uint32_t room, uint32_t at)
{
    if (at == WIRE_FULL) {
        return false;
    }
    return effects_send(out, channel, wire_end_message(out->bytes + out->bytes_used, room, at));
}

/* Put a Server Information; none of a registrar without a transport. */
/*@ requires room: wire_open(message, room, at);
    requires server: \valid_read(server);
    requires transport: \valid_read(server->transport + (0 .. server->transport_length - 1));
    requires apart: \separated(message + (0 .. room - 1), server);
    requires transport_apart: \separated(message + (0 .. room - 1), server->transport + (0 .. server->transport_length - 1));
    terminates \true;
    assigns message[at .. wire_last(room, at)];
    ensures fits: \result <= room;
    ensures grows: \result == WIRE_FULL || at <= \result;
    ensures left_out: server->transport_length == 0 ==> \result == at;
    ensures full: at == WIRE_FULL ==> \result == WIRE_FULL;
*/
static uint32_t put_server(uint8_t *message, uint32_t room, uint32_t at,
                           const struct enrp_server *server)
{
    uint32_t start = at;

    if (server->transport_length == 0u) {
        return at;
    }
    at = wire_begin_parameter(message, room, at, (uint16_t)PARAMETER_SERVER_INFORMATION);
    at = wire_put_word(message, room, at, server->server_identifier);
    at = wire_put_tlv(message, room, at, server->transport, server->transport_length);
    return wire_end_parameter(message, room, start, at);
}

/* Put a pool handle and an element of it, with this home. */
/*@ requires room: wire_open(message, room, at);
    requires handle: \valid_read(handle + (0 .. handle_length - 1));
    requires element: \valid_read(element + (0 .. element_length - 1));
    requires handle_apart: \separated(message + (0 .. room - 1), handle + (0 .. handle_length - 1));
    requires element_apart: \separated(message + (0 .. room - 1), element + (0 .. element_length - 1));
    terminates \true;
    assigns message[at .. wire_last(room, at)];
    ensures fits: \result <= room;
    ensures grows: \result == WIRE_FULL || at < \result;
    ensures full: at == WIRE_FULL ==> \result == WIRE_FULL;
    ensures home: \result != WIRE_FULL ==> wire_u32_at(message, \result - element_length + 8) == home;
    ensures before_home: \result != WIRE_FULL ==>
      \forall integer i; 0 <= i < 8 ==> message[\result - element_length + i] == element[i];
    ensures behind_home: \result != WIRE_FULL ==>
      \forall integer i; 12 <= i < element_length ==> message[\result - element_length + i] == element[i];
*/
static uint32_t put_entry(uint8_t *message, uint32_t room, uint32_t at, uint32_t home,
                          const uint8_t *handle, uint32_t handle_length, const uint8_t *element,
                          uint32_t element_length)
{
    if (element_length < ELEMENT_HOME_END) {
        return WIRE_FULL;
    }
    at = wire_put_pool_handle(message, room, at, handle, handle_length);
    at = wire_put_tlv(message, room, at, element, element_length);
    if (at != WIRE_FULL) {
        wire_put_u32(message + (at - element_length + ELEMENT_HOME), home);
    }
    return at;
}

bool enrp_send_presence(struct effects *out, const struct enrp_address *to, bool reply_required,
                        uint16_t checksum, const struct enrp_server *self)
{
    uint8_t *message = out->bytes + out->bytes_used;
    uint32_t room = effects_room(out);
    uint8_t flags = (uint8_t)(reply_required ? ENRP_FLAG_REPLY_REQUIRED : 0u);
    uint32_t at = begin(message, room, to, (uint8_t)ENRP_PRESENCE, flags);

    at = wire_put_pe_checksum(message, room, at, checksum);
    at = put_server(message, room, at, self);
    return send(out, to->channel, room, at);
}

bool enrp_send_plain(struct effects *out, const struct enrp_address *to, uint8_t type,
                     uint8_t flags)
{
    uint8_t *message = out->bytes + out->bytes_used;
    uint32_t room = effects_room(out);

    return send(out, to->channel, room, begin(message, room, to, type, flags));
}

bool enrp_send_takeover(struct effects *out, const struct enrp_address *to, uint8_t type,
                        uint32_t targeting_server_identifier)
{
    uint8_t *message = out->bytes + out->bytes_used;
    uint32_t room = effects_room(out);
    uint32_t at = begin(message, room, to, type, 0u);

    at = wire_put_word(message, room, at, targeting_server_identifier);
    return send(out, to->channel, room, at);
}

bool enrp_send_update(struct effects *out, const struct enrp_address *to, uint16_t action,
                      uint32_t home, const uint8_t *handle, uint32_t handle_length,
                      const uint8_t *element, uint32_t element_length)
{
    uint8_t *message = out->bytes + out->bytes_used;
    uint32_t room = effects_room(out);
    uint32_t at = begin(message, room, to, (uint8_t)ENRP_HANDLE_UPDATE, 0u);

    at = wire_put_halves(message, room, at, action, 0u);
    at = put_entry(message, room, at, home, handle, handle_length, element, element_length);
    return send(out, to->channel, room, at);
}

bool enrp_send_error(struct effects *out, const struct enrp_address *to, uint16_t cause,
                     const uint8_t *info, uint32_t info_length)
{
    uint8_t *message = out->bytes + out->bytes_used;
    uint32_t room = effects_room(out);
    uint32_t at = begin(message, room, to, (uint8_t)ENRP_ERROR, 0u);

    at = wire_put_error(message, room, at, cause, info, info_length);
    return send(out, to->channel, room, at);
}

uint32_t enrp_begin_list(struct effects *out, const struct enrp_address *to)
{
    uint8_t *message = out->bytes + out->bytes_used;

    return begin(message, effects_room(out), to, (uint8_t)ENRP_LIST_RESPONSE, 0u);
}

uint32_t enrp_begin_table(struct effects *out, const struct enrp_address *to)
{
    uint8_t *message = out->bytes + out->bytes_used;

    return begin(message, effects_room(out), to, (uint8_t)ENRP_HANDLE_TABLE_RESPONSE, 0u);
}

uint32_t enrp_put_server(struct effects *out, uint32_t at, const struct enrp_server *server)
{
    uint8_t *message = out->bytes + out->bytes_used;
    uint32_t room = effects_room(out);

    return put_server(message, room, position_inside(room, at), server);
}

uint32_t enrp_put_entry(struct effects *out, uint32_t at, uint32_t home, const uint8_t *handle,
                        uint32_t handle_length, const uint8_t *element, uint32_t element_length)
{
    uint8_t *message = out->bytes + out->bytes_used;
    uint32_t room = effects_room(out);

    return put_entry(message, room, position_inside(room, at), home, handle, handle_length, element,
                     element_length);
}

bool enrp_end(struct effects *out, const struct enrp_address *to, uint32_t at, uint8_t flags)
{
    uint8_t *message = out->bytes + out->bytes_used;
    uint32_t room = effects_room(out);

    at = position_inside(room, at);
    if (at == WIRE_FULL) {
        return false;
    }
    message[1] = flags;
    return send(out, to->channel, room, at);
}
