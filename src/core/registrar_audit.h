/* The registrar's audit records: who did what to which element, and what was refused.
 *
 * Internal to the registrar. A record is an effect with a copy of the pool handle, cut at
 * POOL_HANDLE_MAX bytes: longer ones are never in the handlespace. The shell writes it down.
 */
#ifndef POOLPROOF_CORE_REGISTRAR_AUDIT_H
#define POOLPROOF_CORE_REGISTRAR_AUDIT_H

#include "registrar_request.h"

/* What a principal's request led to. The subject is the PE identifier of the request, 0 when it has none. */
/*@ REQUIRES_ANSWER
    terminates \true;
    exits \false;
    assigns *out, n->effects_dropped;
    ensures list: valid_effects(out);
    ensures one: out->count <= \old(out->count) + 1;
*/
void registrar_audit_request(struct registrar_counters *n, const struct registrar_request *q,
                             const uint8_t *bytes, uint16_t event, uint16_t cause,
                             struct effects *out);

/* What became of an element, by time or by the rules: its owner, its identifier and its pool. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires counters: \valid(n);
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires apart: \separated(out, n, h);
    terminates \true;
    exits \false;
    assigns *out, n->effects_dropped;
    ensures list: valid_effects(out);
    ensures one: out->count <= \old(out->count) + 1;
*/
void registrar_audit_element(struct registrar_counters *n, const struct handlespace *h,
                             uint32_t element, uint16_t event, struct effects *out);

/* What happened to a channel; `subject` is a close reason or a rejection number. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires counters: \valid(n);
    requires apart: \separated(out, n);
    terminates \true;
    exits \false;
    assigns *out, n->effects_dropped;
    ensures list: valid_effects(out);
    ensures one: out->count <= \old(out->count) + 1;
*/
void registrar_audit_channel(struct registrar_counters *n, uint32_t channel, uint32_t identity,
                             uint16_t event, uint32_t subject, struct effects *out);

/* Close a channel. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires counters: \valid(n);
    requires apart: \separated(out, n);
    terminates \true;
    exits \false;
    assigns *out, n->effects_dropped;
    ensures list: valid_effects(out);
    ensures one: out->count <= \old(out->count) + 1;
*/
void registrar_send_close(struct registrar_counters *n, uint32_t channel, uint32_t identity,
                          uint16_t reason, struct effects *out);

#endif
