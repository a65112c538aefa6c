/* Appending connects, closes and notifications of the client machines: see endpoint_effects.h. */
#include "endpoint_effects.h"

/* Appends one effect that carries no bytes. */
/*@ requires list: \valid(out) && valid_effects(out);
    requires room: out->count < EFFECTS_MAX;
    terminates \true;
    exits \false;
    assigns *out;
    ensures one: valid_effects(out) && out->count == \old(out->count) + 1;
    ensures said: out->effect[\old(out->count)].kind == kind && out->effect[\old(out->count)].code == code;
    ensures about: out->effect[\old(out->count)].channel == channel && out->effect[\old(out->count)].subject == subject;
*/
static void endpoint_effect(struct effects *out, uint8_t kind, uint16_t code, uint16_t cause,
                            uint32_t channel, uint32_t subject)
{
    uint32_t at = out->count;

    out->effect[at].kind = kind;
    out->effect[at].code = code;
    out->effect[at].cause = cause;
    out->effect[at].channel = channel;
    out->effect[at].identity = ENDPOINT_NONE;
    out->effect[at].subject = subject;
    out->effect[at].offset = 0u;
    out->effect[at].length = 0u;
    out->count = at + 1u;
}

void endpoint_connect(struct effects *out, uint32_t slot, uint32_t server)
{
    endpoint_effect(out, (uint8_t)EFFECT_CONNECT, 0u, ENDPOINT_NO_CAUSE, slot, server);
}

void endpoint_close(struct effects *out, uint32_t slot, uint16_t reason)
{
    endpoint_effect(out, (uint8_t)EFFECT_CLOSE, reason, ENDPOINT_NO_CAUSE, slot, 0u);
}

void endpoint_notify(struct effects *out, uint16_t code, uint16_t cause, uint32_t channel,
                     uint32_t subject)
{
    endpoint_effect(out, (uint8_t)EFFECT_NOTIFY, code, cause, channel, subject);
}
