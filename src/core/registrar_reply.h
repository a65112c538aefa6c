/* The registrar's messages: responses, keep-alives, error reports (RFC 5352, 2.2.3 to 2.2.7, 2.2.14).
 *
 * Internal to the registrar. Writes straight into the list of effects, reads only what it is handed,
 * and knows neither handlespace nor books: a refusal that is answered here cannot change either.
 */
#ifndef POOLPROOF_CORE_REGISTRAR_REPLY_H
#define POOLPROOF_CORE_REGISTRAR_REPLY_H

#include "registrar_request.h"

/* A message that consists of a pool handle and what may follow it. */
struct registrar_reply {
    uint32_t channel;
    uint8_t type;
    uint8_t flags;
    uint8_t has_server_identifier; /* ASAP_ENDPOINT_KEEP_ALIVE: stands before the handle */
    uint8_t has_pe_identifier;
    uint16_t cause; /* WIRE_NO_CAUSE: no Operation Error parameter */
    uint32_t server_identifier;
    uint32_t pe_identifier;
    uint32_t handle_length;
    uint32_t info_length; /* cause-specific information */
};

/* Finish the message that was composed behind the bytes in use, in `room` bytes up to position `at`, and send it. False
 * when there is none (WIRE_FULL), or its padding found no room. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires room: room <= EFFECTS_BYTES_MAX - out->bytes_used;
    requires position: at <= room && (at == WIRE_FULL || at >= WIRE_HEADER);
    terminates \true;
    assigns *out;
    ensures list: valid_effects(out);
    ensures sent: \result ==> out->count == \old(out->count) + 1;
    ensures dropped: !\result ==> out->count == \old(out->count);
*/
bool registrar_send_composed(struct effects *out, uint32_t channel, uint32_t room, uint32_t at);

/* Append the message to the effects; false when it fits neither there nor into 65,535 bytes. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires reply: \valid_read(reply);
    requires handle: \valid_read(handle + (0 .. reply->handle_length - 1));
    requires info: \valid_read(info + (0 .. reply->info_length - 1));
    requires apart: \separated(out, reply);
    requires handle_apart: \separated(out, handle + (0 .. reply->handle_length - 1));
    requires info_apart: \separated(out, info + (0 .. reply->info_length - 1));
    terminates \true;
    assigns *out;
    ensures list: valid_effects(out);
    ensures sent: \result ==> out->count == \old(out->count) + 1;
    ensures dropped: !\result ==> out->count == \old(out->count);
*/
bool registrar_reply_send(struct effects *out, const struct registrar_reply *reply,
                          const uint8_t *handle, const uint8_t *info);

/* Whether a message of this type is answered by a response of its own. */
/*@ terminates \true;
    assigns \nothing;
*/
bool registrar_has_response(uint8_t type);

/* Answer a request with the response that belongs to it: positive with WIRE_NO_CAUSE, else negative with
 * the cause and `info`. When that is too long the information is left out, and when even the pool handle
 * is too long to be said back, an ASAP_ERROR carries the cause. Requests without a response
 * get none. False when nothing was sent although something should. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires info: \valid_read(info + (0 .. info_length - 1));
    requires apart: \separated(out, q);
    requires bytes_apart: \separated(out, bytes + (0 .. q->length - 1));
    requires info_apart: \separated(out, info + (0 .. info_length - 1));
    terminates \true;
    assigns *out;
    ensures list: valid_effects(out);
    ensures one: out->count <= \old(out->count) + 1;
*/
bool registrar_respond(struct effects *out, const struct registrar_request *q, const uint8_t *bytes,
                       uint16_t cause, const uint8_t *info, uint32_t info_length);

/* Send an ASAP_ERROR with one cause; without `info` when it is too long for the message. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires info: \valid_read(info + (0 .. info_length - 1));
    requires info_apart: \separated(out, info + (0 .. info_length - 1));
    terminates \true;
    assigns *out;
    ensures list: valid_effects(out);
    ensures one: out->count <= \old(out->count) + 1;
*/
bool registrar_send_error(struct effects *out, uint32_t channel, uint16_t cause,
                          const uint8_t *info, uint32_t info_length);

/* Send an ASAP_ERROR that names every parameter of an accepted message that has to be reported as
 * unrecognised (RFC 5354, 3: action 11). True when there is none. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires request: readable_request(q, bytes);
    requires apart: \separated(out, q);
    requires bytes_apart: \separated(out, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns *out;
    ensures list: valid_effects(out);
    ensures one: out->count <= \old(out->count) + 1;
*/
bool registrar_report_unrecognized(struct effects *out, const struct registrar_request *q,
                                   const uint8_t *bytes);

#endif
