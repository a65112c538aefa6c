/* Looking through channels and elements (registrar_sweep.h). */
#include "registrar_sweep.h"

#include "handlespace_reading.h"
#include "registrar_audit.h"
#include "registrar_channel.h"
#include "registrar_home.h"
#include "registrar_parameter.h"
#include "registrar_timing.h"

/* Whether what one channel or element may lead to still fits. */
/*@ requires list: \valid_read(out) && valid_effects(out);
    terminates \true;
    assigns \nothing;
    ensures room: \result ==> out->count + REGISTRAR_SWEEP_EFFECTS <= EFFECTS_MAX;
*/
static bool room_left(const struct effects *out)
{
    return out->count <= EFFECTS_MAX - REGISTRAR_SWEEP_EFFECTS &&
           out->bytes_used <= EFFECTS_BYTES_MAX - 1024u;
}

/* Close the channel if its identity is gone. */
/*@ requires books: \valid(k);
    requires rules: \valid_read(rules);
    requires channel: channel < REGISTRAR_CHANNELS_MAX;
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, rules, out);
    terminates \true;
    assigns k->counters, k->sweep_elements, k->channel[channel].open,
            k->account[0 .. REGISTRAR_ACCOUNTS - 1].channels, *out;
    ensures list: valid_effects(out);
    ensures known_stays: access_known(rules, k->channel[channel].principal.identity) ==>
      k->channel[channel].open == \old(k->channel[channel].open);
*/
static void look_at_channel(struct registrar_books *k, const struct access_rules *rules,
                            uint32_t channel, struct effects *out)
{
    uint32_t identity = k->channel[channel].principal.identity;

    if (k->channel[channel].open != 0u && identity != IDENTITY_ANONYMOUS &&
        !access_is_known(rules, identity)) {
        registrar_close_channel(k, channel, CLOSE_IDENTITY_GONE, out);
    }
}

/* The element's identity may no longer register in its pool, or with its addresses: the element goes, and its endpoint
 * is told. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires element: handlespace_element_used(h, element);
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, h, out);
    terminates \true;
    assigns k->counters, k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void remove_barred(struct registrar_books *k, struct handlespace *h, uint32_t element,
                          struct effects *out)
{
    registrar_count(&k->counters.rules_removed);
    registrar_tell_end(k, h, element, out);
    registrar_audit_element(&k->counters, h, element, AUDIT_RULES_REMOVED, out);
    registrar_remove(k, h, element);
}

/* Whether the element may stay: its identity may register in its pool, and with its addresses. Which of them is its
 * connection's own is known of an open channel alone; an element without one is on its clock, and examined anew when it
 * registers again. */
/*@ requires books: \valid_read(k);
    requires handlespace: \valid_read(h) && valid_handlespace(h);
    requires rules: \valid_read(rules);
    requires element: handlespace_element_used(h, element) && element < HANDLESPACE_ELEMENTS_MAX;
    terminates \true;
    assigns \nothing;
    ensures known: \result ==> access_known(rules, h->element[element].identity);
    ensures role: \result ==> access_role_set(rules->identity[h->element[element].identity].roles, ROLE_POOL_ELEMENT);
*/
static bool may_stay(const struct registrar_books *k, const struct handlespace *h,
                     const struct access_rules *rules, uint32_t element)
{
    uint32_t pool = handlespace_pool_of(h, element);
    uint32_t channel = registrar_channel_of(k, h->element[element].channel);

    if (!access_may_register(rules, h->element[element].identity, h->pool[pool].handle,
                             handlespace_handle_length(h, pool))) {
        return false;
    }
    return channel == REGISTRAR_NO_CHANNEL ||
           registrar_parameter_allowed(h->parameter[element].bytes,
                                       handlespace_parameter_length(h, element), rules,
                                       &k->channel[channel].principal);
}

/* Remove the element, if there is one with this number, if its identity lost its right; leave it to its clock if its
 * channel was lost, or to another registrar that claims it. Elements of other homes are not ours to remove, and one that is
 * not bound has no identity that could lose a right: its clock is running. */
/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires rules: \valid_read(rules);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, h, rules, out);
    terminates \true;
    assigns k->counters, k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void look_at_element(struct registrar_books *k, struct handlespace *h,
                            const struct access_rules *rules, uint32_t element, uint64_t now,
                            struct effects *out)
{
    if (!handlespace_element_in_use(h, element) ||
        h->element[element].home != k->configuration.server_identifier ||
        h->element[element].identity == IDENTITY_UNBOUND) {
        return;
    }
    //@ assert element: element < HANDLESPACE_ELEMENTS_MAX;
    if (!may_stay(k, h, rules, element)) {
        remove_barred(k, h, element, out);
    } else if (h->element[element].channel != HANDLESPACE_NO_CHANNEL &&
               registrar_channel_of(k, h->element[element].channel) == REGISTRAR_NO_CHANNEL) {
        registrar_lose_element(k, h, element, now, out);
    }
}

/*@ requires books: \valid(k);
    requires handlespace: \valid(h) && valid_handlespace(h);
    requires rules: \valid_read(rules);
    requires now: now <= REGISTRAR_TIME_MAX;
    requires list: \valid(out) && valid_effects(out);
    requires apart: \separated(k, h, rules, out);
    terminates \true;
    assigns k->counters, k->sweep_elements, k->sweep_next, k->rules_elements,
            k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *h, *out;
    ensures handlespace: valid_handlespace(h);
    ensures list: valid_effects(out);
*/
static void sweep_elements(struct registrar_books *k, struct handlespace *h,
                           const struct access_rules *rules, uint64_t now, struct effects *out)
{
    if (k->sweep_elements > h->element_used) {
        k->sweep_elements = h->element_used;
    }
    if (k->rules_elements > k->sweep_elements) {
        k->rules_elements = k->sweep_elements;
    }
    /*@ loop invariant range: 0 <= i <= REGISTRAR_SWEEP_SLICE;
        loop invariant handlespace: valid_handlespace(h);
        loop invariant list: valid_effects(out);
        loop assigns i, k->counters, k->sweep_elements, k->sweep_next, k->rules_elements,
                     k->account[0 .. REGISTRAR_ACCOUNTS - 1].elements, *h, *out;
        loop variant REGISTRAR_SWEEP_SLICE - i;
    */
    for (uint32_t i = 0u; i < REGISTRAR_SWEEP_SLICE && k->sweep_elements > 0u && room_left(out);
         i++) {
        uint32_t element = k->sweep_next < h->element_used ? k->sweep_next : 0u;

        k->sweep_next = element + 1u;
        k->sweep_elements -= 1u;
        k->rules_elements -= k->rules_elements > 0u ? 1u : 0u;
        look_at_element(k, h, rules, element, now, out);
    }
}

void registrar_sweep(struct registrar_books *k, struct handlespace *h,
                     const struct access_rules *rules, uint64_t now, struct effects *out)
{
    if (k->sweep_channels == 0u) {
        sweep_elements(k, h, rules, now, out);
        return;
    }
    /*@ loop invariant range: 0 <= i <= REGISTRAR_SWEEP_SLICE;
        loop invariant handlespace: valid_handlespace(h);
        loop invariant list: valid_effects(out);
        loop assigns i, k->counters, k->sweep_channels, k->sweep_elements,
                     k->channel[0 .. REGISTRAR_CHANNELS_MAX - 1].open,
                     k->account[0 .. REGISTRAR_ACCOUNTS - 1].channels, *out;
        loop variant REGISTRAR_SWEEP_SLICE - i;
    */
    for (uint32_t i = 0u; i < REGISTRAR_SWEEP_SLICE && k->sweep_channels > 0u && room_left(out);
         i++) {
        uint32_t channel = (k->sweep_channels - 1u) % REGISTRAR_CHANNELS_MAX;

        k->sweep_channels -= 1u;
        //@ assert one_less: valid_handlespace(h);
        look_at_channel(k, rules, channel, out);
        //@ assert untouched: valid_handlespace(h);
    }
}
