/* Elements that come from other registrars, or go to them (registrar_home.h). */
#include "registrar_home.h"

#include "handlespace_reading.h"
#include "registrar_audit.h"
#include "registrar_keep_alive.h"
#include "registrar_timing.h"

void registrar_bind(struct registrar_books *k, struct handlespace *h, uint32_t element,
                    uint32_t identity)
{
    registrar_charge_element(k, identity);
    handlespace_set_home(h, element, k->configuration.server_identifier);
    //@ assert used_at_home: handlespace_element_used(h, element);
    handlespace_set_identity(h, element, identity);
}

/* The registrar knows nothing of the element any more but what it is: whom it is bound to, who reported it, who claims it and
 * over which channel it came. */
/*@ requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->element[element].identity, h->element[element].unreachable_reports,
            h->element[element].contested_by, h->element[element].channel;
    ensures handlespace: valid_handlespace(h);
    ensures used: handlespace_element_used(h, element);
    ensures unbound: h->element[element].identity == IDENTITY_UNBOUND;
    ensures uncontested: h->element[element].contested_by == 0;
    ensures no_channel: h->element[element].channel == HANDLESPACE_NO_CHANNEL;
*/
static void forget(struct handlespace *h, uint32_t element)
{
    handlespace_set_identity(h, element, IDENTITY_UNBOUND);
    //@ assert used_unbound: handlespace_element_used(h, element);
    handlespace_set_unreachable_reports(h, element, 0u);
    //@ assert used_unreported: handlespace_element_used(h, element);
    handlespace_set_contested(h, element, 0u);
    //@ assert used_uncontested: handlespace_element_used(h, element);
    handlespace_set_channel(h, element, HANDLESPACE_NO_CHANNEL);
}

/* Set both clocks, and the deadline by them. */
/*@ requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->element[element].keep_alive_deadline, h->element[element].keep_alive_waiting,
            h->element[element].expiry, h->wheel;
    ensures handlespace: valid_handlespace(h);
    ensures used: handlespace_element_used(h, element);
    ensures deadline: h->element[element].keep_alive_deadline == keep_alive;
*/
static void set_clocks(struct handlespace *h, uint32_t element, uint64_t expiry,
                       uint64_t keep_alive, bool waiting)
{
    handlespace_set_expiry(h, element, expiry);
    //@ assert used_with_end: handlespace_element_used(h, element);
    handlespace_set_keep_alive(h, element, keep_alive, waiting);
    //@ assert used_with_clocks: handlespace_element_used(h, element);
    registrar_arm(h, element);
}

void registrar_yield(struct registrar_books *k, struct handlespace *h, uint32_t element,
                     uint32_t home)
{
    registrar_credit_element(k, h->element[element].identity);
    set_clocks(h, element, REGISTRAR_NEVER, REGISTRAR_NEVER, false);
    handlespace_set_home(h, element, home);
    //@ assert used_at_home: handlespace_element_used(h, element);
    forget(h, element);
}

void registrar_give_way(struct registrar_books *k, struct handlespace *h, uint32_t element,
                        struct effects *out)
{
    registrar_audit_element(&k->counters, h, element, AUDIT_YIELDED, out);
    registrar_yield(k, h, element, h->element[element].contested_by);
}

void registrar_lose_element(struct registrar_books *k, struct handlespace *h, uint32_t element,
                            uint64_t now, struct effects *out)
{
    if (h->element[element].contested_by != 0u) {
        registrar_give_way(k, h, element, out);
    } else {
        registrar_orphan(&k->configuration, h, element, now);
        //@ assert count: out->count == \at(out->count, Pre);
        //@ assert bytes: out->bytes_used == \at(out->bytes_used, Pre);
    }
}

/* The registration life in the stored parameter, in seconds; 0, which is over at once, when that cannot be decoded. */
/*@ requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    assigns \nothing;
*/
static int32_t stored_life(const struct handlespace *h, uint32_t element)
{
    struct wire_unrecognized unrecognized = {0};
    struct wire_pool_element stored;
    struct wire_error error;

    if (!wire_pool_element_decode(h->parameter[element].bytes,
                                  handlespace_parameter_length(h, element), 0u, &stored,
                                  &unrecognized, &error)) {
        return 0;
    }
    return stored.registration_life;
}

void registrar_adopt(const struct registrar_books *k, struct handlespace *h, uint32_t element,
                     uint64_t now, uint32_t grace)
{
    uint64_t end = registrar_expiry(now, stored_life(h, element));

    set_clocks(h, element, end, now + grace, true);
    handlespace_set_home(h, element, k->configuration.server_identifier);
    //@ assert used_at_home: handlespace_element_used(h, element);
    forget(h, element);
}

/* Send the next keep-alive at this time. */
/*@ requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    terminates \true;
    exits \false;
    assigns h->element[element].keep_alive_deadline, h->element[element].keep_alive_waiting, h->wheel;
    ensures handlespace: valid_handlespace(h);
    ensures used: handlespace_element_used(h, element);
*/
static void ask_later(struct handlespace *h, uint32_t element, uint64_t when)
{
    handlespace_set_keep_alive(h, element, when, false);
    //@ assert used_later: handlespace_element_used(h, element);
    registrar_arm(h, element);
}

/* Ask the element at its next deadline, which is now, or as soon as it may be asked again. What it may still answer to an
 * earlier keep-alive does not count: it may have gone since. */
/*@ requires books: \valid_read(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires apart: \separated(k, h);
    terminates \true;
    exits \false;
    assigns h->element[element].keep_alive_deadline, h->element[element].keep_alive_waiting, h->wheel;
    ensures handlespace: valid_handlespace(h);
    ensures used: handlespace_element_used(h, element);
*/
static void ask(const struct registrar_books *k, struct handlespace *h, uint32_t element,
                uint64_t now)
{
    const uint64_t after = k->keep_alive_after[element];

    ask_later(h, element, after > now ? after : now);
}

void registrar_contest(struct registrar_books *k, struct handlespace *h, uint32_t element,
                       uint32_t claimant, uint64_t now)
{
    const bool asked = h->element[element].contested_by != 0u;

    if (registrar_channel_of(k, h->element[element].channel) == REGISTRAR_NO_CHANNEL) {
        registrar_yield(k, h, element, claimant);
        return;
    }
    handlespace_set_contested(h, element, claimant);
    //@ assert used_contested: handlespace_element_used(h, element);
    if (!asked) {
        ask(k, h, element, now);
    }
}

/* The pool of a copy, which is added when it is not there. */
/*@ requires handlespace: \valid(h) && valid_handlespace(h);
    requires handle: \valid_read(handle + (0 .. handle_length - 1));
    requires apart: \separated(h, handle + (0 .. handle_length - 1));
    terminates \true;
    exits \false;
    assigns *h;
    ensures handlespace: valid_handlespace(h);
    ensures pool: \result != HANDLESPACE_NONE ==> handlespace_pool_used(h, \result);
*/
static uint32_t pool_for(struct handlespace *h, const uint8_t *handle, uint32_t handle_length,
                         uint32_t policy_type, uint32_t transport_type, uint32_t transport_use)
{
    uint32_t pool = handlespace_find_pool(h, handle, handle_length);

    if (pool != HANDLESPACE_NONE) {
        return pool;
    }
    return handlespace_add_pool(h, handle, handle_length, policy_type, transport_type,
                                transport_use);
}

/* The element of a copy, which is added when it is not there: bound to nobody, and without clocks. */
/*@ requires handlespace: \valid(h) && valid_handlespace(h);
    requires pool: handlespace_pool_used(h, pool);
    terminates \true;
    exits \false;
    assigns *h;
    ensures handlespace: valid_handlespace(h);
    ensures used: \result != HANDLESPACE_NONE ==> handlespace_element_used(h, \result);
*/
static uint32_t element_for(struct handlespace *h, uint32_t pool, uint32_t pe_identifier,
                            uint32_t home)
{
    uint32_t element = handlespace_find_element(h, pool, pe_identifier);

    if (element != HANDLESPACE_NONE) {
        return element;
    }
    element = handlespace_add_element(h, pool, pe_identifier, IDENTITY_UNBOUND, home);
    if (element != HANDLESPACE_NONE) {
        set_clocks(h, element, REGISTRAR_NEVER, REGISTRAR_NEVER, false);
    }
    return element;
}

uint32_t registrar_put_remote(struct handlespace *h, const uint8_t *handle, uint32_t handle_length,
                              uint32_t pe_identifier, uint32_t home, uint32_t policy_type,
                              uint32_t transport_type, uint32_t transport_use,
                              const uint8_t *parameter, uint32_t parameter_length)
{
    uint32_t pool = HANDLESPACE_NONE;
    uint32_t element = HANDLESPACE_NONE;

    if (parameter_length > ELEMENT_PARAMETER_MAX) {
        return HANDLESPACE_NONE;
    }
    pool = pool_for(h, handle, handle_length, policy_type, transport_type, transport_use);
    if (pool != HANDLESPACE_NONE) {
        element = element_for(h, pool, pe_identifier, home);
    }
    if (element != HANDLESPACE_NONE) {
        (void)handlespace_set_parameter(h, element, parameter, parameter_length);
        //@ assert used_with_parameter: handlespace_element_used(h, element);
        handlespace_set_home(h, element, home);
    }
    return element;
}
