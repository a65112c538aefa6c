/* Reports of unreachable elements (RFC 5352, 3.5; RFC 5355, 2.13). Internal to the registrar.
 *
 * unreachable_bounded: a report takes a token from its channel's and its identity's bucket before anything
 * is looked up; without one it changes nothing. What one report can cause is bounded: one keep-alive, and
 * that only keep_alive_minimum after the last, or the removal of the one element it names.
 */
#ifndef POOLPROOF_CORE_REGISTRAR_UNREACHABLE_H
#define POOLPROOF_CORE_REGISTRAR_UNREACHABLE_H

#include "registrar_books.h"

/* Take ASAP_ENDPOINT_UNREACHABLE. There is no answer to it. */
void registrar_take_report(struct registrar_books *k, struct handlespace *h,
                           const struct access_rules *rules, const struct registrar_request *q,
                           const uint8_t *bytes, struct effects *out);

#endif
