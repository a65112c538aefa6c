/* The configuration of a registrar in a group: defaults and ranges (enrp.h). */
#include "enrp.h"

void enrp_configuration_defaults(struct enrp_configuration *c)
{
    c->heartbeat_cycle = 30000u;
    c->max_time_last_heard = 61000u;
    c->max_time_no_response = 5000u;
    c->startup_time = 30000u;
    c->dial_minimum = 1000u;
    c->dial_maximum = 15000u;
    c->takeover_grace = 600000u;
    c->malformed_maximum = 8u;
    c->arbitration = (uint8_t)ENRP_ARBITRATION_RFC;
    c->literal = 0u;
    c->identities_bound = 1u;
    c->server_count = 0u;
    c->transport_length = 0u;
}

/* Whether each time is at least 1 ms, and a peer that beats in time is never taken for silent. */
/*@ requires configuration: \valid_read(c);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures valid: \result <==>
      1 <= c->heartbeat_cycle && c->heartbeat_cycle < c->max_time_last_heard &&
      1 <= c->max_time_no_response && 1 <= c->startup_time &&
      1 <= c->dial_minimum && c->dial_minimum <= c->dial_maximum;
*/
static bool times_valid(const struct enrp_configuration *c)
{
    return c->heartbeat_cycle >= 1u && c->max_time_last_heard > c->heartbeat_cycle &&
           c->max_time_no_response >= 1u && c->startup_time >= 1u && c->dial_minimum >= 1u &&
           c->dial_maximum >= c->dial_minimum;
}

bool enrp_configuration_valid(const struct enrp_configuration *c)
{
    return times_valid(c) && c->malformed_maximum < UINT16_MAX &&
           c->arbitration <= (uint8_t)ENRP_ARBITRATION_RSPLIB && c->literal <= 1u &&
           c->identities_bound <= 1u && c->server_count <= ENRP_PEERS_MAX &&
           c->transport_length <= ENRP_TRANSPORT_MAX;
}
