/* The registrar's configuration: defaults and ranges (registrar.h). */
#include "registrar_books.h"

/*@ requires limits: \valid(l);
    requires range: messages <= RATE_LIMIT_MAX / 2 && registrations <= RATE_LIMIT_MAX / 2 && reports <= RATE_LIMIT_MAX / 2;
    terminates \true;
    exits \false;
    assigns *l;
    ensures limits: valid_limits(l);
*/
static void set_limits(struct registrar_limits *l, uint32_t messages, uint32_t registrations,
                       uint32_t reports)
{
    l->messages.rate = messages;
    l->messages.burst = 2u * messages;
    l->registrations.rate = registrations;
    l->registrations.burst = 2u * registrations;
    l->reports.rate = reports;
    l->reports.burst = 2u * reports;
}

void registrar_configuration_defaults(struct registrar_configuration *c)
{
    c->server_identifier = 0u;
    c->pool_capacity = 4096u;
    c->element_capacity = 131072u;
    c->handle_limit = POOL_HANDLE_MAX;
    c->resolution_maximum = 128u;
    c->keep_alive_interval = 5000u;
    c->keep_alive_timeout = 5000u;
    c->keep_alive_minimum = 1000u;
    c->lost_channel_grace = 5000u;
    c->max_bad_pe_reports = 3u;
    c->malformed_maximum = 8u;
    c->elements_per_identity = 1024u;
    c->channels_per_identity = 256u;
    c->anonymous_channels = 8192u;
    set_limits(&c->channel_limits, 2000u, 100u, 5u);
    set_limits(&c->identity_limits, 10000u, 1000u, 20u);
    set_limits(&c->anonymous_limits, 50000u, 1u, 100u);
}

/*@ requires limit: \valid_read(l);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures valid: \result <==> valid_rate_limit(l);
*/
static bool limit_valid(const struct rate_limit *l)
{
    return l->rate <= RATE_LIMIT_MAX && l->burst <= RATE_LIMIT_MAX;
}

/*@ requires limits: \valid_read(l);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures valid: \result <==> valid_limits(l);
*/
static bool limits_valid(const struct registrar_limits *l)
{
    return limit_valid(&l->messages) && limit_valid(&l->registrations) && limit_valid(&l->reports);
}

bool registrar_configuration_valid(const struct registrar_configuration *c)
{
    return c->server_identifier != 0u && c->pool_capacity >= 1u &&
           c->pool_capacity <= HANDLESPACE_POOLS_MAX && c->element_capacity >= 1u &&
           c->element_capacity <= HANDLESPACE_ELEMENTS_MAX && c->handle_limit >= 1u &&
           c->handle_limit <= POOL_HANDLE_MAX && c->resolution_maximum >= 1u &&
           c->resolution_maximum <= REGISTRAR_RESOLUTION_MAX && c->keep_alive_timeout >= 1u &&
           c->max_bad_pe_reports < REGISTRAR_REPORTERS_MAX &&
           c->elements_per_identity <= UINT16_MAX && c->channels_per_identity <= UINT16_MAX &&
           c->anonymous_channels <= UINT16_MAX && limits_valid(&c->channel_limits) &&
           limits_valid(&c->identity_limits) && limits_valid(&c->anonymous_limits);
}
