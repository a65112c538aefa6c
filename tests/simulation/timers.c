/* The two sets of timers: as the RFCs have them, and fast, with the same proportions. See simulation.h. */
#include "simulation.h"

#define SECOND 1000u
#define MINUTE 60000u

const struct timers *timers_fast(void)
{
    static struct timers t;

    t.name = "fast";
    t.unit = 1000u;
    t.lost_units = 20u; /* two homes that fail one after the other */
    t.registration_life = 20;
    t.bound_units = 40u;
    enrp_configuration_defaults(&t.enrp);
    t.enrp.heartbeat_cycle = 1000u;
    t.enrp.max_time_last_heard = 3500u;
    t.enrp.max_time_no_response = 1000u;
    t.enrp.startup_time = 4000u;
    t.enrp.dial_minimum = 200u;
    t.enrp.dial_maximum = 2000u;
    t.enrp.takeover_grace = 14000u; /* longer than an element takes to notice, and to come */
    registrar_configuration_defaults(&t.registrar);
    t.registrar.keep_alive_interval = 2000u;
    t.registrar.keep_alive_timeout = 1500u;
    t.registrar.keep_alive_minimum = 200u;
    t.registrar.lost_channel_grace = 4000u;
    pool_element_endpoint_defaults(&t.element, 1u);
    t.element.hunt.t5_ms = 1000u;
    t.element.hunt.retran_max_ms = 4000u;
    t.element.hunt.jitter_ms = 200u;
    t.element.t2_ms = 1000u;
    t.element.t3_ms = 1000u;
    t.element.t4_ms = 10000u;
    t.element.t4_margin_ms = 2000u;
    t.element.keep_alive_interval_ms = 3000u;
    pool_user_defaults(&t.user, 1u);
    t.user.hunt = t.element.hunt;
    t.user.t1_ms = 1000u;
    t.user.stale_cache_value_ms = 3000u;
    return &t;
}

const struct timers *timers_rfc(void)
{
    static struct timers t;

    t.name = "rfc";
    t.unit = 30u * SECOND;
    t.lost_units = 25u;
    t.registration_life = 1200;
    t.bound_units = 40u;
    enrp_configuration_defaults(&t.enrp);
    t.enrp.takeover_grace = 10u * MINUTE;
    registrar_configuration_defaults(&t.registrar);
    t.registrar.keep_alive_interval = MINUTE;
    t.registrar.keep_alive_timeout = 5u * SECOND;
    t.registrar.lost_channel_grace = MINUTE;
    pool_element_endpoint_defaults(&t.element, 1u);
    t.element.keep_alive_interval_ms = 90u * SECOND;
    pool_user_defaults(&t.user, 1u);
    return &t;
}
