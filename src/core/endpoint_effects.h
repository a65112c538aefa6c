/* The effects a client machine appends without bytes: open, close, tell the application.
 *
 * Each appends exactly one effect, whatever it says in full; the caller has checked that there is room, where
 * effects_append() (effects.h) may refuse. Owns nothing.
 */
#ifndef POOLPROOF_CORE_ENDPOINT_EFFECTS_H
#define POOLPROOF_CORE_ENDPOINT_EFFECTS_H

#include <stdint.h>

#include "effects.h"
#include "endpoint_event.h"

#define ENDPOINT_NO_CAUSE 0xffffu

/* EFFECT_CONNECT of `slot` to the server with this index in the configured list. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires room: out->count < EFFECTS_MAX;
    terminates \true;
    exits \false;
    assigns *out;
    ensures one: valid_effects(out) && out->count == \old(out->count) + 1;
*/
void endpoint_connect(struct effects *out, uint32_t slot, uint32_t server);

/* EFFECT_CLOSE of `slot`, with an endpoint_close_reason. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires room: out->count < EFFECTS_MAX;
    terminates \true;
    exits \false;
    assigns *out;
    ensures one: valid_effects(out) && out->count == \old(out->count) + 1;
*/
void endpoint_close(struct effects *out, uint32_t slot, uint16_t reason);

/* EFFECT_NOTIFY with a code of the machine's own enumeration; `cause` or ENDPOINT_NO_CAUSE, `channel` or
 * ENDPOINT_NONE. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires room: out->count < EFFECTS_MAX;
    terminates \true;
    exits \false;
    assigns *out;
    ensures one: valid_effects(out) && out->count == \old(out->count) + 1;
*/
void endpoint_notify(struct effects *out, uint16_t code, uint16_t cause, uint32_t channel,
                     uint32_t subject);

#endif
