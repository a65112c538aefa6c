/* Any bytes as an ENRP message (RFC 5353). A message that is accepted names only bytes of its own; it
 * can be encoded; what comes out decodes to the same fields, and encodes to the same bytes again.
 * A message that is refused is refused for a reason with a name and a place.
 */
#include "wire_oracle.h"

#include "enrp_wire.h"
#include "message_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(const struct enrp_message *message, uint32_t end)
{
    oracle(message->length >= WIRE_HEADER && message->length <= end, "the length lies inside");
    oracle_transport(&message->server_information.transport, end);
    oracle_iterator(&message->servers, end);
    oracle_span(&message->pool_handle, end);
    oracle_element(&message->pool_element, end);
    oracle_iterator(&message->pool_elements, end);
    oracle_span(&message->operation_error, end);
    oracle_iterator(&message->pool_entries, end);
    oracle_unrecognized(&message->unrecognized, end);
}

static void check_again(const uint8_t *bytes, uint32_t length, const struct enrp_message *message)
{
    static uint8_t once[ORACLE_INPUT_MAX];
    static uint8_t twice[ORACLE_INPUT_MAX];
    struct enrp_message second;
    struct wire_error error;
    const uint32_t size = enrp_encode(message, bytes, length, once, sizeof once);

    oracle(size != WIRE_FULL, "an accepted message can be encoded");
    oracle(enrp_decode(once, size, &second, &error), "what was encoded decodes");
    oracle_same(message_report_enrp(bytes, length, message),
                message_report_enrp(once, size, &second));
    oracle(enrp_encode(&second, once, size, twice, sizeof twice) == size,
           "the size is the same again");
    oracle(memcmp(once, twice, size) == 0, "the bytes are the same again");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct enrp_message message;
    struct wire_error error;
    const uint32_t length = size > ORACLE_INPUT_MAX ? ORACLE_INPUT_MAX : (uint32_t)size;
    uint8_t *bytes = oracle_copy(data, length);

    if (enrp_decode(bytes, length, &message, &error)) {
        check_inside(&message, length);
        check_again(bytes, length, &message);
    } else {
        oracle_error(&error, length);
    }
    free(bytes);
    return 0;
}
