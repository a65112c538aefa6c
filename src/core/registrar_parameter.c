/* Composing and reading the stored Pool Element parameter (registrar_parameter.h). */
#include "registrar_parameter.h"

uint32_t registrar_compose_parameter(const struct registrar_request *q, const uint8_t *bytes,
                                     uint32_t home, uint8_t *to)
{
    struct wire_pool_element element = q->message.pool_element;
    uint32_t end;

    element.home_enrp_server_identifier = home;
    element.has_asap_transport = 0u;
    /* Always so for what the decoder accepted: asked again here, so that nobody on the way has to carry the proof. */
    if (!wire_pool_element_valid(&element, q->length)) {
        return 0u;
    }
    end = wire_put_pool_element(to, REGISTRAR_PARAMETER_ROOM, REGISTRAR_PARAMETER_AT, bytes,
                                q->length, &element);
    return end > REGISTRAR_PARAMETER_AT ? end - REGISTRAR_PARAMETER_AT : 0u;
}

bool registrar_parameter_parts(const uint8_t *parameter, uint32_t length,
                               struct wire_span *transport, struct wire_span *policy)
{
    struct wire_pool_element element;
    struct wire_unrecognized unrecognized = {0};
    struct wire_error error;

    if (!wire_pool_element_decode(parameter, length, 0u, &element, &unrecognized, &error)) {
        return false;
    }
    *transport = element.user_transport.tlv;
    *policy = element.policy.tlv;
    return true;
}

/* Whether the principal may use each of the addresses left. */
/*@ requires bytes: \valid_read(bytes + (0 .. length - 1));
    requires rules: \valid_read(rules) && \valid_read(p);
    requires addresses: \valid_read(addresses) && addresses->next <= addresses->end;
    terminates \true;
    assigns \nothing;
*/
static bool may_use_all(const struct access_rules *rules, const struct principal *p,
                        const uint8_t *bytes, uint32_t length,
                        const struct wire_iterator *addresses)
{
    struct wire_iterator it = *addresses;
    struct ip_address address;

    /*@ loop invariant end: it.next <= it.end;
        loop assigns it, address;
        loop variant it.end - it.next;
    */
    while (wire_address_next(bytes, length, &it, &address)) {
        if (!access_may_use_address(rules, p, &address)) {
            return false;
        }
    }
    return true;
}

bool registrar_parameter_allowed(const uint8_t *parameter, uint32_t length,
                                 const struct access_rules *rules, const struct principal *p)
{
    struct wire_pool_element element;
    struct wire_unrecognized unrecognized = {0};
    struct wire_error error;
    struct wire_iterator it;

    if (!wire_pool_element_decode(parameter, length, 0u, &element, &unrecognized, &error)) {
        return false;
    }
    wire_iterate(&element.user_transport.addresses, &it);
    return may_use_all(rules, p, parameter, length, &it);
}
