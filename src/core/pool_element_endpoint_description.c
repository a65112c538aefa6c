/* What a pool element registers, and with which timers: ranges, defaults, T4 (RFC 5352, 3.1 and 7).
 *
 * Pure functions on the configuration and the description of pool_element_endpoint.h, where their contracts
 * stand. Owns nothing, sends nothing.
 */
#include "pool_element_endpoint.h"

#include "parameter_wire.h"

void pool_element_endpoint_defaults(struct pool_element_configuration *c, uint32_t server_count)
{
    server_hunt_defaults(&c->hunt, server_count);
    c->t2_ms = T2_REGISTRATION_DEFAULT_MS;
    c->t3_ms = T3_DEREGISTRATION_DEFAULT_MS;
    c->t4_ms = T4_REREGISTRATION_DEFAULT_MS;
    c->t4_margin_ms = T4_MARGIN_DEFAULT_MS;
    c->max_reg_attempt = MAX_REG_ATTEMPT_DEFAULT;
    c->keep_alive_interval_ms = 0u;
    c->keep_alives_missed = PE_KEEP_ALIVES_MISSED_DEFAULT;
}

/* True for a duration that is a timer's: not 0, and not absurdly long. */
/*@ terminates \true;
    assigns \nothing;
    ensures exact: \result <==> 1 <= ms <= PE_DURATION_MAX_MS;
*/
static bool is_timer(uint32_t ms)
{
    return ms >= 1u && ms <= PE_DURATION_MAX_MS;
}

/* True for a number of attempts. */
/*@ terminates \true;
    assigns \nothing;
    ensures exact: \result <==> 1 <= count <= PE_COUNT_MAX;
*/
static bool is_count(uint32_t count)
{
    return count >= 1u && count <= PE_COUNT_MAX;
}

bool pool_element_configuration_valid(const struct pool_element_configuration *c)
{
    if (!server_hunt_configuration_valid(&c->hunt)) {
        return false;
    }
    if (!is_timer(c->t2_ms) || !is_timer(c->t3_ms) || !is_timer(c->t4_ms)) {
        return false;
    }
    if (c->t4_margin_ms > PE_DURATION_MAX_MS || c->keep_alive_interval_ms > PE_DURATION_MAX_MS) {
        return false;
    }
    return is_count(c->max_reg_attempt) && c->keep_alives_missed >= 1u &&
           c->keep_alives_missed <= PE_KEEP_ALIVES_MISSED_MAX;
}

/* True for a transport the pool can be served on: SCTP with several addresses, TCP and UDP with exactly one
 * (RFC 5354, 3.4 to 3.6). */
/*@ requires room: \valid_read(d);
    terminates \true;
    assigns \nothing;
    ensures reachable: \result ==> 1 <= d->address_count <= PE_ADDRESSES_MAX && d->transport_port != 0;
*/
static bool describes_transport(const struct pool_element_description *d)
{
    if (d->transport_port == 0u || d->address_count < 1u || d->address_count > PE_ADDRESSES_MAX) {
        return false;
    }
    if (d->transport_type == PARAMETER_SCTP_TRANSPORT) {
        return d->transport_use <= TRANSPORT_USE_DATA_PLUS_CONTROL;
    }
    if (d->transport_type != PARAMETER_TCP_TRANSPORT &&
        d->transport_type != PARAMETER_UDP_TRANSPORT) {
        return false;
    }
    return d->address_count == 1u && d->transport_use == 0u;
}

bool pool_element_description_valid(const struct pool_element_description *d)
{
    if (d->handle_length < 1u || d->handle_length > PE_HANDLE_MAX || !describes_transport(d)) {
        return false;
    }
    /*@ loop invariant range: 0 <= i <= d->address_count;
        loop assigns i;
        loop variant d->address_count - i;
    */
    for (uint32_t i = 0u; i < d->address_count; i++) {
        if (d->address[i].size != 4u && d->address[i].size != 16u) {
            return false;
        }
    }
    if (d->registration_life < 1 && d->registration_life != PE_LIFETIME_INFINITE) {
        return false;
    }
    return d->policy_value_count == wire_policy_value_count(d->policy_type) &&
           d->policy_value_count <= PE_POLICY_VALUES_MAX;
}

uint32_t pool_element_t4_ms(const struct pool_element_configuration *c, int32_t registration_life)
{
    uint64_t lifetime;
    uint64_t early;

    if (registration_life < 1) {
        return c->t4_ms;
    }
    lifetime = (uint64_t)registration_life * 1000u;
    early = lifetime / 2u;
    if (lifetime / 2u >= c->t4_margin_ms) {
        early = lifetime - c->t4_margin_ms;
    }
    if (early == lifetime) {
        early -= 1u;
    }
    return early < c->t4_ms ? (uint32_t)early : c->t4_ms;
}
