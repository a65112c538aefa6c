/* Composing ENRP messages into the list of effects (RFC 5353, 2).
 *
 * Each function appends one EFFECT_SEND, and returns false, having appended nothing, when the list or its
 * bytes are full. `from` is our server identifier, `to` the receiver's, or 0 in an announcement. A message
 * for several peers is composed once and sent again with effects_send_again. Owns nothing: the bytes behind those in
 * use are where a message is composed, and only they are written. Never looks at peers, handlespace or rules, and
 * takes encoded parameters as they are: that they are what the message may hold is the caller's to know.
 */
#ifndef POOLPROOF_CORE_ENRP_SEND_H
#define POOLPROOF_CORE_ENRP_SEND_H

#include <stdbool.h>
#include <stdint.h>

#include "effects.h"
#include "wire.h"
#include "wire_constants.h"

/* Whom a message goes to. */
struct enrp_address {
    uint32_t channel;
    uint32_t from; /* Sending Server's ID */
    uint32_t to;   /* Receiving Server's ID */
};

/* A registrar and the transport parameter by which it is reached (RFC 5354, 3.11); without one when
 * transport_length is 0. */
struct enrp_server {
    uint32_t server_identifier;
    const uint8_t *transport; /* TLV, transport_length bytes without padding */
    uint32_t transport_length;
};

/* Longest table response that is composed: after this many bytes M is set (RFC 5353, 2.3). The caller compares it
 * with the position: all this file knows is the longest message. */
#define ENRP_TABLE_BYTES 16384u

/* ENRP_PRESENCE with PE checksum and, when it has a transport, with our server information (2.1). */
/*@ requires list: \valid(out) && valid_effects(out);
    requires to: \valid_read(to);
    requires server: \valid_read(self);
    requires transport: \valid_read(self->transport + (0 .. self->transport_length - 1));
    requires apart: \separated(out, to, self, self->transport + (0 .. self->transport_length - 1));
    terminates \true;
    assigns out->count, out->bytes_used, out->effect[0 .. EFFECTS_MAX - 1], out->bytes[out->bytes_used .. EFFECTS_BYTES_MAX - 1];
    ensures list: valid_effects(out);
    ensures sent: \result ==> out->count == \old(out->count) + 1 && out->bytes_used > \old(out->bytes_used);
    ensures dropped: !\result ==> out->count == \old(out->count) && out->bytes_used == \old(out->bytes_used);
    ensures kind: \result ==> out->effect[\old(out->count)].kind == EFFECT_SEND;
    ensures channel: \result ==> out->effect[\old(out->count)].channel == \old(to->channel);
    ensures type: \result ==> out->bytes[\old(out->bytes_used)] == ENRP_PRESENCE;
    ensures flags: \result ==> out->bytes[\old(out->bytes_used) + 1] == (reply_required ? ENRP_FLAG_REPLY_REQUIRED : 0);
*/
bool enrp_send_presence(struct effects *out, const struct enrp_address *to, bool reply_required,
                        uint16_t checksum, const struct enrp_server *self);

/* A message without parameters: ENRP_LIST_REQUEST, ENRP_HANDLE_TABLE_REQUEST (flag W), a rejecting
 * ENRP_LIST_RESPONSE or ENRP_HANDLE_TABLE_RESPONSE (flag R). */
/*@ requires list: \valid(out) && valid_effects(out);
    requires to: \valid_read(to);
    requires apart: \separated(out, to);
    terminates \true;
    assigns out->count, out->bytes_used, out->effect[0 .. EFFECTS_MAX - 1], out->bytes[out->bytes_used .. EFFECTS_BYTES_MAX - 1];
    ensures list: valid_effects(out);
    ensures sent: \result ==> out->count == \old(out->count) + 1 && out->bytes_used > \old(out->bytes_used);
    ensures dropped: !\result ==> out->count == \old(out->count) && out->bytes_used == \old(out->bytes_used);
    ensures kind: \result ==> out->effect[\old(out->count)].kind == EFFECT_SEND;
    ensures channel: \result ==> out->effect[\old(out->count)].channel == \old(to->channel);
    ensures type: \result ==> out->bytes[\old(out->bytes_used)] == type;
    ensures flags: \result ==> out->bytes[\old(out->bytes_used) + 1] == flags;
*/
bool enrp_send_plain(struct effects *out, const struct enrp_address *to, uint8_t type,
                     uint8_t flags);

/* ENRP_INIT_TAKEOVER, ENRP_INIT_TAKEOVER_ACK or ENRP_TAKEOVER_SERVER (2.7 to 2.9). */
/*@ requires list: \valid(out) && valid_effects(out);
    requires to: \valid_read(to);
    requires apart: \separated(out, to);
    terminates \true;
    assigns out->count, out->bytes_used, out->effect[0 .. EFFECTS_MAX - 1], out->bytes[out->bytes_used .. EFFECTS_BYTES_MAX - 1];
    ensures list: valid_effects(out);
    ensures sent: \result ==> out->count == \old(out->count) + 1 && out->bytes_used > \old(out->bytes_used);
    ensures dropped: !\result ==> out->count == \old(out->count) && out->bytes_used == \old(out->bytes_used);
    ensures kind: \result ==> out->effect[\old(out->count)].kind == EFFECT_SEND;
    ensures channel: \result ==> out->effect[\old(out->count)].channel == \old(to->channel);
    ensures type: \result ==> out->bytes[\old(out->bytes_used)] == type;
    ensures flags: \result ==> out->bytes[\old(out->bytes_used) + 1] == 0;
*/
bool enrp_send_takeover(struct effects *out, const struct enrp_address *to, uint8_t type,
                        uint32_t targeting_server_identifier);

/* ENRP_HANDLE_UPDATE (2.4): `action` is UPDATE_ACTION_ADD_PE or UPDATE_ACTION_DEL_PE; `element` an encoded Pool
 * Element parameter without padding, in which the home is replaced by `home` on the wire. One that is too short to
 * have a home is not sent. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires to: \valid_read(to);
    requires handle: \valid_read(handle + (0 .. handle_length - 1));
    requires element: \valid_read(element + (0 .. element_length - 1));
    requires apart: \separated(out, to, handle + (0 .. handle_length - 1), element + (0 .. element_length - 1));
    terminates \true;
    assigns out->count, out->bytes_used, out->effect[0 .. EFFECTS_MAX - 1], out->bytes[out->bytes_used .. EFFECTS_BYTES_MAX - 1];
    ensures list: valid_effects(out);
    ensures sent: \result ==> out->count == \old(out->count) + 1 && out->bytes_used > \old(out->bytes_used);
    ensures dropped: !\result ==> out->count == \old(out->count) && out->bytes_used == \old(out->bytes_used);
    ensures kind: \result ==> out->effect[\old(out->count)].kind == EFFECT_SEND;
    ensures channel: \result ==> out->effect[\old(out->count)].channel == \old(to->channel);
    ensures type: \result ==> out->bytes[\old(out->bytes_used)] == ENRP_HANDLE_UPDATE;
    ensures flags: \result ==> out->bytes[\old(out->bytes_used) + 1] == 0;
*/
bool enrp_send_update(struct effects *out, const struct enrp_address *to, uint16_t action,
                      uint32_t home, const uint8_t *handle, uint32_t handle_length,
                      const uint8_t *element, uint32_t element_length);

/* ENRP_ERROR with one cause (2.10). */
/*@ requires list: \valid(out) && valid_effects(out);
    requires to: \valid_read(to);
    requires info: \valid_read(info + (0 .. info_length - 1));
    requires apart: \separated(out, to, info + (0 .. info_length - 1));
    terminates \true;
    assigns out->count, out->bytes_used, out->effect[0 .. EFFECTS_MAX - 1], out->bytes[out->bytes_used .. EFFECTS_BYTES_MAX - 1];
    ensures list: valid_effects(out);
    ensures sent: \result ==> out->count == \old(out->count) + 1 && out->bytes_used > \old(out->bytes_used);
    ensures dropped: !\result ==> out->count == \old(out->count) && out->bytes_used == \old(out->bytes_used);
    ensures kind: \result ==> out->effect[\old(out->count)].kind == EFFECT_SEND;
    ensures channel: \result ==> out->effect[\old(out->count)].channel == \old(to->channel);
    ensures type: \result ==> out->bytes[\old(out->bytes_used)] == ENRP_ERROR;
    ensures flags: \result ==> out->bytes[\old(out->bytes_used) + 1] == 0;
*/
bool enrp_send_error(struct effects *out, const struct enrp_address *to, uint16_t cause,
                     const uint8_t *info, uint32_t info_length);

/* A message of several parts: begin, put as long as the position is not WIRE_FULL, end. A part that does
 * not fit leaves WIRE_FULL: go back to the position before it. In between nothing else may be appended to the list.
 * Positions count from the start of the message; one that lies outside it is treated as WIRE_FULL, so that no position,
 * wherever it was kept, writes elsewhere. */

/* Begin ENRP_LIST_RESPONSE (2.6) or ENRP_HANDLE_TABLE_RESPONSE (2.3). Returns the position of the first part. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires to: \valid_read(to);
    requires apart: \separated(out, to);
    terminates \true;
    assigns out->bytes[out->bytes_used .. EFFECTS_BYTES_MAX - 1];
    ensures fits: \result <= EFFECTS_MESSAGE_MAX && \result <= EFFECTS_BYTES_MAX - out->bytes_used;
    ensures grows: \result == WIRE_FULL || WIRE_HEADER < \result;
    ensures type: \result != WIRE_FULL ==> out->bytes[out->bytes_used] == ENRP_LIST_RESPONSE;
*/
uint32_t enrp_begin_list(struct effects *out, const struct enrp_address *to);

/*@ requires list: \valid(out) && valid_effects(out);
    requires to: \valid_read(to);
    requires apart: \separated(out, to);
    terminates \true;
    assigns out->bytes[out->bytes_used .. EFFECTS_BYTES_MAX - 1];
    ensures fits: \result <= EFFECTS_MESSAGE_MAX && \result <= EFFECTS_BYTES_MAX - out->bytes_used;
    ensures grows: \result == WIRE_FULL || WIRE_HEADER < \result;
    ensures type: \result != WIRE_FULL ==> out->bytes[out->bytes_used] == ENRP_HANDLE_TABLE_RESPONSE;
*/
uint32_t enrp_begin_table(struct effects *out, const struct enrp_address *to);

/* Put a Server Information (RFC 5354, 3.11). A registrar without a transport is left out, and the position stays: the
 * parameter cannot be without one. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires server: \valid_read(server);
    requires transport: \valid_read(server->transport + (0 .. server->transport_length - 1));
    requires apart: \separated(out, server, server->transport + (0 .. server->transport_length - 1));
    terminates \true;
    assigns out->bytes[out->bytes_used .. EFFECTS_BYTES_MAX - 1];
    ensures fits: \result <= EFFECTS_MESSAGE_MAX && \result <= EFFECTS_BYTES_MAX - out->bytes_used;
    ensures grows: \result == WIRE_FULL || at <= \result;
    ensures full: at == WIRE_FULL ==> \result == WIRE_FULL;
    ensures left_out: server->transport_length == 0 ==> \result == WIRE_FULL || \result == at;
    ensures kept: out->bytes[out->bytes_used] == \old(out->bytes[out->bytes_used]);
*/
uint32_t enrp_put_server(struct effects *out, uint32_t at, const struct enrp_server *server);

/* Put a pool handle and one of its elements, with its home replaced by `home`; see enrp_send_update. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires handle: \valid_read(handle + (0 .. handle_length - 1));
    requires element: \valid_read(element + (0 .. element_length - 1));
    requires apart: \separated(out, handle + (0 .. handle_length - 1), element + (0 .. element_length - 1));
    terminates \true;
    assigns out->bytes[out->bytes_used .. EFFECTS_BYTES_MAX - 1];
    ensures fits: \result <= EFFECTS_MESSAGE_MAX && \result <= EFFECTS_BYTES_MAX - out->bytes_used;
    ensures grows: \result == WIRE_FULL || at < \result;
    ensures full: at == WIRE_FULL ==> \result == WIRE_FULL;
    ensures kept: out->bytes[out->bytes_used] == \old(out->bytes[out->bytes_used]);
    ensures home: \result != WIRE_FULL ==>
      wire_u32_at((uint8_t *)out->bytes, out->bytes_used + \result - element_length + 8) == home;
*/
uint32_t enrp_put_entry(struct effects *out, uint32_t at, uint32_t home, const uint8_t *handle,
                        uint32_t handle_length, const uint8_t *element, uint32_t element_length);

/* Send the message that ends at the position, with these flags. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires to: \valid_read(to);
    requires apart: \separated(out, to);
    terminates \true;
    assigns out->count, out->bytes_used, out->effect[0 .. EFFECTS_MAX - 1], out->bytes[out->bytes_used .. EFFECTS_BYTES_MAX - 1];
    ensures list: valid_effects(out);
    ensures sent: \result ==> out->count == \old(out->count) + 1 && out->bytes_used > \old(out->bytes_used);
    ensures dropped: !\result ==> out->count == \old(out->count) && out->bytes_used == \old(out->bytes_used);
    ensures kind: \result ==> out->effect[\old(out->count)].kind == EFFECT_SEND;
    ensures channel: \result ==> out->effect[\old(out->count)].channel == \old(to->channel);
    ensures flags: \result ==> out->bytes[\old(out->bytes_used) + 1] == flags;
    ensures type: \result ==> out->bytes[\old(out->bytes_used)] == \old(out->bytes[out->bytes_used]);
    ensures full: at == WIRE_FULL ==> \result == \false;
*/
bool enrp_end(struct effects *out, const struct enrp_address *to, uint32_t at, uint8_t flags);

#endif
