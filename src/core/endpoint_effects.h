/* The effects a client machine appends without bytes: open, close, tell the application.
 *
 * Each appends exactly one effect and leaves those before it as they were, which effects_append()
 * (effects.h) does not promise: the server hunt's bound on connections is proved from that. The caller
 * has checked that there is room. Owns nothing.
 */
#ifndef POOLPROOF_CORE_ENDPOINT_EFFECTS_H
#define POOLPROOF_CORE_ENDPOINT_EFFECTS_H

#include <stdint.h>

#include "effects.h"
#include "endpoint_event.h"

#define ENDPOINT_NO_CAUSE 0xffffu

/*@ predicate endpoint_appended(struct effects *e, integer at, integer kind, integer code, integer cause,
                                integer channel, integer subject) =
      e->effect[at].kind == kind && e->effect[at].code == code && e->effect[at].cause == cause &&
      e->effect[at].channel == channel && e->effect[at].subject == subject &&
      e->effect[at].identity == ENDPOINT_NONE && e->effect[at].offset == 0 && e->effect[at].length == 0;
*/

/* EFFECT_CONNECT of `slot` to the server with this index in the configured list. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires room: out->count < EFFECTS_MAX;
    terminates \true;
    exits \false;
    assigns out->count, out->effect[out->count];
    ensures one: out->count == \old(out->count) + 1;
    ensures appended: endpoint_appended(out, \old(out->count), EFFECT_CONNECT, 0, ENDPOINT_NO_CAUSE, slot, server);
*/
void endpoint_connect(struct effects *out, uint32_t slot, uint32_t server);

/* EFFECT_CLOSE of `slot`, with an endpoint_close_reason. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires room: out->count < EFFECTS_MAX;
    terminates \true;
    exits \false;
    assigns out->count, out->effect[out->count];
    ensures one: out->count == \old(out->count) + 1;
    ensures appended: endpoint_appended(out, \old(out->count), EFFECT_CLOSE, reason, ENDPOINT_NO_CAUSE, slot, 0);
*/
void endpoint_close(struct effects *out, uint32_t slot, uint16_t reason);

/* EFFECT_NOTIFY with a code of the machine's own enumeration; `cause` or ENDPOINT_NO_CAUSE, `channel` or
 * ENDPOINT_NONE. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires room: out->count < EFFECTS_MAX;
    terminates \true;
    exits \false;
    assigns out->count, out->effect[out->count];
    ensures one: out->count == \old(out->count) + 1;
    ensures appended: endpoint_appended(out, \old(out->count), EFFECT_NOTIFY, code, cause, channel, subject);
*/
void endpoint_notify(struct effects *out, uint16_t code, uint16_t cause, uint32_t channel,
                     uint32_t subject);

#endif
