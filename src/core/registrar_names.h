/* Names of the registrar's numbers, for logs, audit records and the admin socket. Texts without spaces,
 * stable from version to version. */
#ifndef POOLPROOF_CORE_REGISTRAR_NAMES_H
#define POOLPROOF_CORE_REGISTRAR_NAMES_H

#include <stdint.h>

/* The name of an audit event (enum registrar_audit_event); "unknown" for other numbers. Never NULL. */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures text: \valid_read(\result);
*/
const char *registrar_audit_name(uint16_t event);

/* The name of a close reason (enum registrar_close_reason); "unknown" for other numbers. Never NULL. */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures text: \valid_read(\result);
*/
const char *registrar_close_name(uint16_t reason);

#endif
