/* Registration and re-registration (RFC 5352, 3.1, rules 1 to 5). Internal to the registrar.
 *
 * First everything that could speak against it is looked at, and nothing written; then everything is written.
 * An element is bound to the identity that registered it: whoever else comes with its PE identifier gets
 * "Non-Unique PE Identifier", never the element (RFC 5355, 2.3).
 */
#ifndef POOLPROOF_CORE_REGISTRAR_REGISTRATION_H
#define POOLPROOF_CORE_REGISTRAR_REGISTRATION_H

#include "registrar_books.h"

/* Answer ASAP_REGISTRATION. */
void registrar_register(struct registrar_books *k, struct handlespace *h,
                        const struct access_rules *rules, const struct registrar_request *q,
                        const uint8_t *bytes, struct effects *out);

#endif
