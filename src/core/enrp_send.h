/* Composing ENRP messages into the list of effects (RFC 5353, 2).
 *
 * Each function appends one EFFECT_SEND, and returns false, having appended nothing, when the list or its
 * bytes are full. `from` is our server identifier, `to` the receiver's, or 0 in an announcement. A message
 * for several peers is composed once and sent again with effects_send_again. Never looks at peers,
 * handlespace or rules.
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

/* Longest table response that is composed: after this many bytes M is set (RFC 5353, 2.3). */
#define ENRP_TABLE_BYTES 16384u

/* ENRP_PRESENCE with PE checksum and, when it has a transport, with our server information (2.1). */
bool enrp_send_presence(struct effects *out, const struct enrp_address *to, bool reply_required,
                        uint16_t checksum, const struct enrp_server *self);

/* A message without parameters: ENRP_LIST_REQUEST, ENRP_HANDLE_TABLE_REQUEST (flag W), a rejecting
 * ENRP_LIST_RESPONSE or ENRP_HANDLE_TABLE_RESPONSE (flag R). */
bool enrp_send_plain(struct effects *out, const struct enrp_address *to, uint8_t type,
                     uint8_t flags);

/* ENRP_INIT_TAKEOVER, ENRP_INIT_TAKEOVER_ACK or ENRP_TAKEOVER_SERVER (2.7 to 2.9). */
bool enrp_send_takeover(struct effects *out, const struct enrp_address *to, uint8_t type,
                        uint32_t targeting_server_identifier);

/* ENRP_HANDLE_UPDATE (2.4): `action` is UPDATE_ADD_PE or UPDATE_DEL_PE; `element` an encoded Pool Element
 * parameter without padding, in which the home is replaced by `home`. */
bool enrp_send_update(struct effects *out, const struct enrp_address *to, uint16_t action,
                      uint32_t home, const uint8_t *handle, uint32_t handle_length,
                      const uint8_t *element, uint32_t element_length);

/* ENRP_ERROR with one cause (2.10). */
bool enrp_send_error(struct effects *out, const struct enrp_address *to, uint16_t cause,
                     const uint8_t *info, uint32_t info_length);

/* A message of several parts: begin, put as long as the position is not WIRE_FULL, end. A part that does
 * not fit leaves WIRE_FULL: go back to the position before it. */
uint32_t enrp_begin_list(struct effects *out, const struct enrp_address *to);
uint32_t enrp_put_server(struct effects *out, uint32_t at, const struct enrp_server *server);
uint32_t enrp_begin_table(struct effects *out, const struct enrp_address *to);
uint32_t enrp_put_entry(struct effects *out, uint32_t at, uint32_t home, const uint8_t *handle,
                        uint32_t handle_length, const uint8_t *element, uint32_t element_length);
bool enrp_end(struct effects *out, const struct enrp_address *to, uint32_t at, uint8_t flags);

#endif
