/* Refusing requests: answer, counter, audit record. Internal to the registrar.
 *
 * No function here is handed the handlespace. Whatever ends in a refusal leaves it as it is
 * (no_state_before_auth; RFC 5355, 2.1 to 2.4).
 */
#ifndef POOLPROOF_CORE_REGISTRAR_REFUSAL_H
#define POOLPROOF_CORE_REGISTRAR_REFUSAL_H

#include "registrar_books.h"

/* Refuse a request with a cause and its information, and record it as `event`. */
/*@ REQUIRES_ANSWER
    requires info: \valid_read(info + (0 .. info_length - 1));
    requires info_apart: \separated(out, info + (0 .. info_length - 1));
    terminates \true;
    assigns *out, *n;
    ensures list: valid_effects(out);
    ensures two: out->count <= \old(out->count) + 2;
*/
void registrar_refuse_with(struct registrar_counters *n, const struct registrar_request *q,
                           const uint8_t *bytes, uint16_t cause, const uint8_t *info,
                           uint32_t info_length, uint16_t event, struct effects *out);

/* The same without cause-specific information. */
/*@ REQUIRES_ANSWER
    terminates \true;
    assigns *out, *n;
    ensures list: valid_effects(out);
    ensures two: out->count <= \old(out->count) + 2;
*/
void registrar_refuse(struct registrar_counters *n, const struct registrar_request *q,
                      const uint8_t *bytes, uint16_t cause, uint16_t event, struct effects *out);

/* The same without a record: for what nobody has to look into, such as an unknown pool. */
/*@ REQUIRES_ANSWER
    terminates \true;
    assigns *out, *n;
    ensures list: valid_effects(out);
    ensures two: out->count <= \old(out->count) + 2;
*/
void registrar_refuse_silently(struct registrar_counters *n, const struct registrar_request *q,
                               const uint8_t *bytes, uint16_t cause, struct effects *out);

/* Whether the request's pool handle is neither empty nor longer than configured. */
/*@ requires configuration: \valid_read(c);
    requires request: \valid_read(q);
    terminates \true;
    assigns \nothing;
    ensures short_enough: \result <==> 1 <= q->message.pool_handle.length <= c->handle_limit;
*/
bool registrar_handle_valid(const struct registrar_configuration *c,
                            const struct registrar_request *q);

/* Refuse a request for its pool handle: Invalid Values, with the handle's TLV (RFC 5354, 3.12.4). */
/*@ REQUIRES_ANSWER
    terminates \true;
    assigns *out, *n;
    ensures list: valid_effects(out);
    ensures two: out->count <= \old(out->count) + 2;
*/
void registrar_refuse_handle(struct registrar_counters *n, const struct registrar_request *q,
                             const uint8_t *bytes, struct effects *out);

/* Refuse a request beyond a rate limit: Lack of Resources, and at most one record a second. A message without a response
 * is answered by an ASAP_ERROR, as often as there are records. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires books: \valid(k);
    requires request: ANSWERABLE_REQUEST(q, bytes);
    requires apart: \separated(out, k, q);
    requires bytes_apart: \separated(out, bytes + (0 .. q->length - 1));
    requires books_apart: \separated(k, bytes + (0 .. q->length - 1));
    terminates \true;
    assigns *out, k->counters, k->channel[q->channel].limit_records;
    ensures list: valid_effects(out);
    ensures two: out->count <= \old(out->count) + 2;
*/
void registrar_refuse_limited(struct registrar_books *k, const struct registrar_request *q,
                              const uint8_t *bytes, struct effects *out);

#endif
