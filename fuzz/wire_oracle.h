/* What must hold of any decoded message, beyond not touching foreign memory: for fuzz_asap.c and
 * fuzz_enrp.c. A violated oracle aborts, so that a fuzzer keeps the input.
 */
#ifndef POOLPROOF_FUZZ_WIRE_ORACLE_H
#define POOLPROOF_FUZZ_WIRE_ORACLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "parameter_wire.h"
#include "wire_names.h"

/* A message with padding fits; longer inputs only lead to the same rejections. */
#define ORACLE_INPUT_MAX (WIRE_LENGTH_MAX + 16u)

static inline void oracle(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "oracle: %s\n", what);
        abort();
    }
}

/* An exact copy, so that a sanitizer sees a read behind the last byte. */
static inline uint8_t *oracle_copy(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    oracle(copy != NULL, "memory");
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

static inline void oracle_span(const struct wire_span *span, uint32_t end)
{
    oracle(span->offset <= end && span->length <= end - span->offset, "a span lies inside");
}

static inline void oracle_iterator(const struct wire_iterator *it, uint32_t end)
{
    oracle(it->next <= it->end && it->end <= end, "an iterator lies inside");
}

static inline void oracle_transport(const struct wire_transport *transport, uint32_t end)
{
    oracle_span(&transport->tlv, end);
    oracle_span(&transport->addresses, end);
}

static inline void oracle_element(const struct wire_pool_element *element, uint32_t end)
{
    oracle_span(&element->tlv, end);
    oracle_transport(&element->user_transport, end);
    oracle_transport(&element->asap_transport, end);
    oracle_span(&element->policy.tlv, end);
    oracle(element->policy.value_count <= WIRE_POLICY_VALUES_MAX, "a policy's numbers fit");
}

static inline void oracle_unrecognized(const struct wire_unrecognized *reported, uint32_t end)
{
    oracle(reported->count <= WIRE_UNRECOGNIZED_MAX, "reported parameters fit");
    for (uint32_t i = 0; i < reported->count; i++)
        oracle_span(&reported->parameter[i], end);
}

/* A refusal says why, where, and with which cause, in terms that exist. */
static inline void oracle_error(const struct wire_error *error, uint32_t end)
{
    oracle(error->rejection != REJECT_NONE, "a refusal has a reason");
    oracle(wire_rejection_name(error->rejection) != NULL, "the reason has a name");
    oracle(wire_rejection_expected(error->rejection) != NULL, "something was expected");
    oracle(error->cause == WIRE_NO_CAUSE || wire_cause_name(error->cause) != NULL, "a known cause");
    oracle(error->offset <= end, "the offset lies inside");
    oracle_span(&error->offending, end);
}

/* The same fields: reports (src/net/message_report.h) but for the length, which may have counted
 * padding, and unknown parameters, which are not sent on. Takes both references. */
static inline void oracle_same(json_t *first, json_t *second)
{
    json_object_del(first, "length");
    json_object_del(second, "length");
    json_object_del(first, "unrecognized");
    json_object_del(second, "unrecognized");
    oracle(json_equal(first, second), "what was encoded decodes to the same fields");
    json_decref(first);
    json_decref(second);
}

#endif
