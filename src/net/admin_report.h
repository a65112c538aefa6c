/* What the administrator is shown: status, pools, elements and peers, as JSON, a slice at a time.
 *
 * A report of 131,072 elements is many megabytes; it is produced only as fast as its reader takes it, a few
 * hundred entries between two events, so that nobody waits for it. It is therefore not a snapshot: each
 * entry is true at the moment it was written.
 */
#ifndef POOLPROOF_NET_ADMIN_REPORT_H
#define POOLPROOF_NET_ADMIN_REPORT_H

#include <jansson.h>

#include "byte_queue.h"
#include "registrar_server.h"

struct admin_report; /* opaque */

/* Begins the report that `command` asks for: "status", "pools", "elements" or "peers". NULL for anything else, or when
 * memory is short. */
struct admin_report *admin_report_new(const char *command, const struct registrar_server *server);

/* Appends the next slice to `out`; false after the last one, or when memory is short. */
bool admin_report_continue(struct admin_report *report, struct byte_queue *out);

/* The element at a place in use, as it stands in the report "elements". A new reference. */
json_t *admin_report_element(const struct registrar_server *server, uint32_t index);

void admin_report_free(struct admin_report *report);

#endif
