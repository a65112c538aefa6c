/* Audit records of the registrar: see audit_trail.h. */
#include "audit_trail.h"

#include "enrp_names.h"
#include "log.h"
#include "registrar.h"

#include <stdio.h>

#define NO_CAUSE 0xffffu

json_t *audit_trail_identity(const struct access_rules *rules, uint32_t identity)
{
    if (identity == IDENTITY_UNBOUND)
        return json_string("unbound"); /* a copy of a peer's element, or one that was taken over */
    if (!access_is_known(rules, identity))
        return json_string("anonymous");
    return json_bytes(rules->identity[identity].name, rules->identity[identity].name_length);
}

static void set_number(json_t *fields, const char *key, const char *format, uint32_t value)
{
    char text[16];

    snprintf(text, sizeof text, format, value);
    json_object_set_new(fields, key, json_string(text));
}

void audit_trail_write(const struct effects *effects, const struct effect *effect,
                       const struct access_rules *rules, const char *peer)
{
    json_t *fields = json_object();

    json_object_set_new(fields, "identity", audit_trail_identity(rules, effect->identity));
    if (peer != NULL)
        json_object_set_new(fields, "peer", json_string(peer));
    if (effect->channel != REGISTRAR_NO_CHANNEL)
        json_object_set_new(fields, "channel", json_integer((json_int_t)effect->channel));
    if (effect->length > 0)
        json_object_set_new(fields, "pool",
                            json_bytes(effects->bytes + effect->offset, effect->length));
    if (effect->code == AUDIT_CHANNEL_CLOSED)
        json_object_set_new(fields, "reason",
                            json_string(enrp_close_name((uint16_t)effect->subject)));
    else if (effect->code == AUDIT_MALFORMED)
        json_object_set_new(fields, "rejection", json_integer((json_int_t)effect->subject));
    else
        set_number(fields, enrp_audit_is(effect->code) ? "server" : "pe", "0x%08x",
                   effect->subject);
    if (effect->cause != NO_CAUSE)
        set_number(fields, "cause", "0x%04x", effect->cause);
    log_audit(enrp_audit_name(effect->code), fields);
}
