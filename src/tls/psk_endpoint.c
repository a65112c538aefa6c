/* The owner's side of a PSK endpoint: the buffers of psk_endpoint.h, and the questions an owner may
 * ask. What the bytes mean is the business of psk_input.c and psk_output.c. */
#include "psk_endpoint.h"

#include "psk_input.h"
#include "psk_output.h"

/* Moves what is not yet looked at to the start of the buffer; nothing may be shown meanwhile. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: psk_settled(e);
    requires nothing_shown: e->app_length == 0;
    terminates \true;
    exits \false;
    assigns e->in[0 .. PSK_IN_SIZE - 1], e->in_start, e->in_end, e->app_offset;
    PSK_ENSURES_VALID
    ensures settled: psk_settled(e);
    ensures at_start: e->in_start == 0;
*/
static void compact_in(struct psk_endpoint *e)
{
    uint32_t length = e->in_end - e->in_start;
    if (e->in_start > 0u) {
        /*@ loop invariant within: i <= length;
            loop assigns i, e->in[0 .. PSK_IN_SIZE - 1];
            loop variant length - i;
        */
        for (uint32_t i = 0; i < length; i++) {
            e->in[i] = e->in[e->in_start + i];
        }
    }
    e->in_start = 0;
    e->in_end = length;
    e->app_offset = 0;
}

uint8_t *psk_endpoint_wire_in(struct psk_endpoint *e, size_t *room)
{
    *room = 0;
    if (e->progress.step < PSK_STEP_CLOSED && e->app_length == 0u) {
        compact_in(e);
        *room = PSK_IN_SIZE - e->in_end;
    }
    return e->in + e->in_end;
}

void psk_endpoint_wire_in_done(struct psk_endpoint *e, size_t n)
{
    e->in_end += (uint32_t)n;
    psk_run(e);
}

const uint8_t *psk_endpoint_wire_out(const struct psk_endpoint *e, size_t *length)
{
    *length = e->out_end - e->out_start;
    return e->out + e->out_start;
}

void psk_endpoint_wire_out_done(struct psk_endpoint *e, size_t n)
{
    e->out_start += (uint32_t)n;
}

const uint8_t *psk_endpoint_app_in(const struct psk_endpoint *e, size_t *length)
{
    *length = e->app_length;
    return e->in + e->app_offset;
}

void psk_endpoint_app_in_done(struct psk_endpoint *e, size_t n)
{
    e->app_offset += (uint32_t)n;
    e->app_length -= (uint32_t)n;
    if (e->app_length == 0u) {
        psk_run(e);
    }
}

/* Room for plaintext behind the `pending` bytes in the record being filled. */
/*@ requires e_readable: \valid_read(e);
    PSK_REQUIRES_VALID
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures fits: e->pending + \result <= CRYPTO_PLAINTEXT_MAX;
    ensures inside: \result > 0 ==> e->out_end + CRYPTO_BEFORE + e->pending + \result
                    + CRYPTO_AFTER + PSK_RESERVE <= PSK_OUT_SIZE;
    ensures open: \result > 0 ==> e->progress.step == PSK_STEP_OPEN;
*/
static uint32_t plaintext_room(const struct psk_endpoint *e)
{
    uint32_t taken = e->out_end + CRYPTO_BEFORE + e->pending + CRYPTO_AFTER + PSK_RESERVE;
    if (e->progress.step != PSK_STEP_OPEN || taken >= PSK_OUT_SIZE) {
        return 0;
    }
    uint32_t room = PSK_OUT_SIZE - taken;
    uint32_t rest = CRYPTO_PLAINTEXT_MAX - e->pending;
    return room < rest ? room : rest;
}

uint8_t *psk_endpoint_app_out(struct psk_endpoint *e, size_t *room)
{
    if (e->out_start == e->out_end && e->pending == 0u) {
        e->out_start = 0;
        e->out_end = 0;
    }
    *room = plaintext_room(e);
    return e->out + e->out_end + TLS_RECORD_HEADER + e->suite.nonce_length + e->pending;
}

void psk_endpoint_app_out_done(struct psk_endpoint *e, size_t n)
{
    e->pending += (uint32_t)n;
    if (plaintext_room(e) == 0u) {
        psk_seal_pending(e);
    }
}

void psk_endpoint_flush(struct psk_endpoint *e)
{
    psk_seal_pending(e);
}

void psk_endpoint_close(struct psk_endpoint *e)
{
    psk_close(e, PSK_REASON_NONE);
}

enum psk_state psk_endpoint_state(const struct psk_endpoint *e)
{
    if (e->progress.step == PSK_STEP_OPEN) {
        return PSK_OPEN;
    }
    if (e->progress.step == PSK_STEP_CLOSED) {
        return PSK_CLOSED;
    }
    return e->progress.step < PSK_STEP_OPEN ? PSK_HANDSHAKE : PSK_FAILED;
}

const char *psk_endpoint_error(const struct psk_endpoint *e)
{
    return psk_reason_text(e->reason);
}

/* An alert description as the owner sees it: -1 for none. */
/*@ requires e_bounded: description <= PSK_NO_ALERT_YET;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures range: -1 <= \result <= 255;
*/
static int alert_number(uint32_t description)
{
    return description < PSK_NO_ALERT_YET ? (int)description : -1;
}

int psk_endpoint_alert_sent(const struct psk_endpoint *e)
{
    return alert_number(e->alert_sent);
}

int psk_endpoint_alert_received(const struct psk_endpoint *e)
{
    return alert_number(e->alert_received);
}

const uint8_t *psk_endpoint_identity(const struct psk_endpoint *e, uint32_t *length)
{
    *length = e->identity_length;
    return e->identity;
}

uint32_t psk_endpoint_suite(const struct psk_endpoint *e)
{
    return e->suite_known != 0u ? e->suite.code : 0u;
}
