/* From an event to a request (registrar_request.h). */
#include "registrar_request.h"

#include "registrar_books.h"

/*@ requires principal: \valid(to) && \valid_read(from);
    requires apart: \separated(to, from);
    terminates \true;
    exits \false;
    assigns *to;
    ensures identity: to->identity == \old(from->identity);
    ensures roles: to->roles == \old(from->roles);
*/
static void copy_principal(struct principal *to, const struct principal *from)
{
    /* Not as a whole, so that the proof sees the two fields that decide over rights. */
    const uint32_t identity = from->identity;
    const uint8_t roles = from->roles;

    to->shared = from->shared;
    to->address = from->address;
    to->identity = identity;
    to->roles = roles;
}

/* Write where a message came from: the channel's own principal, not the event's. */
/*@ requires request: \valid(q);
    requires books: \valid_read(k);
    requires event: \valid_read(event) && event->channel < REGISTRAR_CHANNELS_MAX;
    requires apart: \separated(q, k, event);
    terminates \true;
    exits \false;
    assigns q->now, q->random, q->channel, q->tag, q->length, q->principal;
    ensures event: q->now == \old(event->now) && q->channel == \old(event->channel) && q->length == \old(event->length);
    ensures identity: q->principal.identity == \old(k->channel[event->channel].principal.identity);
    ensures roles: q->principal.roles == \old(k->channel[event->channel].principal.roles);
*/
static void write_origin(struct registrar_request *q, const struct registrar_books *k,
                         const struct registrar_event *event)
{
    copy_principal(&q->principal, &k->channel[event->channel].principal);
    q->tag = registrar_tag(k, event->channel);
    q->random = event->random;
    q->now = event->now;
    q->channel = event->channel;
    q->length = event->length;
}

bool registrar_read_request(struct registrar_request *q, const struct registrar_books *k,
                            const struct registrar_event *event, const uint8_t *bytes,
                            struct wire_error *error)
{
    const uint32_t length = event->length;
    bool decoded;

    write_origin(q, k, event);
    decoded = asap_decode(bytes, length, &q->message, error);
    //@ assert length: q->length == length;
    //@ assert channel: q->channel < REGISTRAR_CHANNELS_MAX;
    return decoded;
}

bool registrar_role_given(const struct access_rules *rules, const struct principal *p)
{
    return access_has_role(rules, p, ROLE_POOL_ELEMENT) ||
           access_has_role(rules, p, ROLE_POOL_USER);
}
