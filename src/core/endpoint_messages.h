/* The short messages that a pool element or a pool user sends (RFC 5352, 2.2), and the reports of what it could
 * not understand (RFC 5354, 3.12).
 *
 * Each function encodes one message at the end of the list's bytes and appends one EFFECT_SEND. False, and
 * nothing appended, when it did not fit; the timer of a request repeats it later, a report is dropped.
 * Owns nothing, decides nothing.
 */
#ifndef POOLPROOF_CORE_ENDPOINT_MESSAGES_H
#define POOLPROOF_CORE_ENDPOINT_MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "asap_wire.h"
#include "effects.h"
#include "endpoint_event.h"

/* Most bytes of an offending TLV or message that go into a report: with the headers around them it stays
 * within the longest message. Longer ones are cut. */
#define ENDPOINT_REPORT_MAX 65000u

/* Ends the message that was encoded at the end of the list's bytes up to `position`, and sends it. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires position: position == WIRE_FULL || WIRE_HEADER <= position <= room;
    requires room: room <= EFFECTS_BYTES_MAX - out->bytes_used;
    terminates \true;
    assigns *out;
    ensures valid: valid_effects(out);
    ensures one: out->count == \old(out->count) + (\result ? 1 : 0);
    ensures full: position == WIRE_FULL ==> \result == \false;
*/
bool endpoint_send(struct effects *out, uint32_t channel, uint32_t room, uint32_t position);

/* A message of the pool handle and the PE identifier: ASAP_DEREGISTRATION, ASAP_ENDPOINT_KEEP_ALIVE_ACK,
 * ASAP_ENDPOINT_UNREACHABLE (RFC 5352, 2.2.2, 2.2.8, 2.2.9). */
/*@ requires list: \valid(out) && valid_effects(out);
    requires handle: \valid_read(handle + (0 .. length - 1));
    requires apart: \separated(out, handle + (0 .. length - 1));
    terminates \true;
    assigns *out;
    ensures valid: valid_effects(out);
    ensures one: out->count == \old(out->count) + (\result ? 1 : 0);
*/
bool endpoint_send_identified(struct effects *out, uint32_t channel, uint8_t type,
                              const uint8_t *handle, uint32_t length, uint32_t pe_identifier);

/* ASAP_HANDLE_RESOLUTION, without a request for updates (RFC 5352, 2.2.5). */
/*@ requires list: \valid(out) && valid_effects(out);
    requires handle: \valid_read(handle + (0 .. length - 1));
    requires apart: \separated(out, handle + (0 .. length - 1));
    terminates \true;
    assigns *out;
    ensures valid: valid_effects(out);
    ensures one: out->count == \old(out->count) + (\result ? 1 : 0);
*/
bool endpoint_send_resolution(struct effects *out, uint32_t channel, const uint8_t *handle,
                              uint32_t length);

/* ASAP_ERROR about a message that was not accepted: the decoder's cause with the offending TLV or message.
 * Nothing when the cause is WIRE_NO_CAUSE, nor about an ASAP_ERROR: two endpoints never answer each other's
 * reports without an end. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires error: \valid_read(error) && wire_error_inside(error, length);
    requires apart: \separated(out, error, bytes + (0 .. length - 1));
    terminates \true;
    assigns *out;
    ensures valid: valid_effects(out);
    ensures one: out->count == \old(out->count) + (\result ? 1 : 0);
    ensures never_about_a_report: length > 0 && \old(bytes[0]) == ASAP_ERROR ==> \result == \false;
*/
bool endpoint_report_rejected(struct effects *out, uint32_t channel, const uint8_t *bytes,
                              uint32_t length, const struct wire_error *error);

/* ASAP_ERROR about the unknown parameters of an accepted message that ask to be reported: one cause for
 * each, the first WIRE_UNRECOGNIZED_MAX of them. Nothing when there are none, nor about an ASAP_ERROR. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message) && asap_message_inside(message, length);
    requires apart: \separated(out, message, bytes + (0 .. length - 1));
    terminates \true;
    assigns *out;
    ensures valid: valid_effects(out);
    ensures one: out->count == \old(out->count) + (\result ? 1 : 0);
    ensures never_about_a_report: \old(message->type) == ASAP_ERROR ==> \result == \false;
*/
bool endpoint_report_unrecognized(struct effects *out, uint32_t channel, const uint8_t *bytes,
                                  uint32_t length, const struct asap_message *message);

/* The first cause in a message's Operation Error; WIRE_NO_CAUSE when it has none. */
/*@ requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message);
    terminates \true;
    assigns \nothing;
*/
uint16_t endpoint_cause(const uint8_t *bytes, uint32_t length, const struct asap_message *message);

/* True when the message's pool handle is this one. */
/*@ requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires message: \valid_read(message);
    requires inside: wire_inside(message->pool_handle.offset, message->pool_handle.length, length);
    requires handle: \valid_read(handle + (0 .. handle_length - 1));
    terminates \true;
    assigns \nothing;
    ensures same: \result <==> message->has_pool_handle != 0 && message->pool_handle.length == handle_length &&
      (\forall integer i; 0 <= i < handle_length ==> bytes[message->pool_handle.offset + i] == handle[i]);
*/
bool endpoint_names_handle(const uint8_t *bytes, uint32_t length,
                           const struct asap_message *message, const uint8_t *handle,
                           uint32_t handle_length);

#endif
