/* Names of ENRP's numbers, for logs, audit records and the admin socket. Texts without spaces, stable from
 * version to version, never NULL; "unknown" for other numbers.
 */
#ifndef POOLPROOF_NET_ENRP_NAMES_H
#define POOLPROOF_NET_ENRP_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "enrp.h"

/* An audit event: of enum enrp_audit_event, or of the registrar's own. */
const char *enrp_audit_name(uint16_t event);

/* Whether an audit event is one of ENRP's, so that its `subject` is a server identifier. */
bool enrp_audit_is(uint16_t event);

/* A close reason: of enum enrp_close_reason, or of the registrar's own. */
const char *enrp_close_name(uint16_t reason);

/* enum enrp_phase: "mentor", "table", "serving". */
const char *enrp_phase_name(uint8_t phase);

/* enum enrp_peer_state. */
const char *enrp_peer_state_name(uint8_t state);

/* Calls `visit` with the name and the value of every counter: of the group, and of the journal that the handlespace keeps for
 * it (journal_lost: changes that were not announced, because the journal was full). */
void enrp_counters_visit(const struct enrp_counters *c, const struct handlespace *h,
                         void (*visit)(void *user, const char *name, uint64_t value), void *user);

#endif
