/* The owner's side of a PSK endpoint: the buffers of psk_endpoint.h, and the questions an owner may
 * ask. What the bytes mean is the business of psk_input.c and psk_output.c. The contracts stand here
 * and not in the header, because they speak of what an owner does not see. */
#include "psk_endpoint.h"

#include "psk_input.h"
#include "psk_output.h"

/* Moves what is not yet looked at to the start of the buffer; nothing may be shown meanwhile. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires nothing_shown: e->app_length == 0;
    terminates \true;
    exits \false;
    assigns e->in[0 .. PSK_IN_SIZE - 1], e->in_start, e->in_end, e->app_offset;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
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

/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires room_valid: \valid(room);
    requires apart: \separated(e, room);
    terminates \true;
    exits \false;
    assigns e->in[0 .. PSK_IN_SIZE - 1], e->in_start, e->in_end, e->app_offset, *room;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
    ensures place: \result == e->in + e->in_end;
    ensures room_inside: e->in_end + *room <= PSK_IN_SIZE;
    ensures over: e->progress.step >= PSK_STEP_CLOSED ==> *room == 0;
*/
uint8_t *psk_endpoint_wire_in(struct psk_endpoint *e, size_t *room)
{
    *room = 0;
    if (e->progress.step < PSK_STEP_CLOSED && e->app_length == 0u) {
        compact_in(e);
        *room = PSK_IN_SIZE - e->in_end;
    }
    return e->in + e->in_end;
}

/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires n_inside: e->in_end + n <= PSK_IN_SIZE;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_HANDSHAKE, PSK_ASSIGNS_RECORD, e->in_start, e->in_end;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
*/
void psk_endpoint_wire_in_done(struct psk_endpoint *e, size_t n)
{
    e->in_end += (uint32_t)n;
    psk_run(e);
}

/*@ requires e_readable: \valid_read(e);
    PSK_REQUIRES_VALID
    requires length_valid: \valid(length);
    requires apart: \separated(e, length);
    terminates \true;
    exits \false;
    assigns *length;
    ensures place: \result == e->out + e->out_start;
    ensures inside: e->out_start + *length == e->out_end;
*/
const uint8_t *psk_endpoint_wire_out(const struct psk_endpoint *e, size_t *length)
{
    *length = e->out_end - e->out_start;
    return e->out + e->out_start;
}

/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires n_inside: e->out_start + n <= e->out_end;
    terminates \true;
    exits \false;
    assigns e->out_start;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
*/
void psk_endpoint_wire_out_done(struct psk_endpoint *e, size_t n)
{
    e->out_start += (uint32_t)n;
}

/*@ requires e_readable: \valid_read(e);
    PSK_REQUIRES_VALID
    requires length_valid: \valid(length);
    requires apart: \separated(e, length);
    terminates \true;
    exits \false;
    assigns *length;
    ensures place: \result == e->in + e->app_offset;
    ensures all: *length == e->app_length;
    ensures data_after_finished: *length > 0
            ==> e->progress.finished_matched == 1 && e->progress.read_protected == 1;
*/
const uint8_t *psk_endpoint_app_in(const struct psk_endpoint *e, size_t *length)
{
    *length = e->app_length;
    return e->in + e->app_offset;
}

/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires n_inside: n <= e->app_length;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_HANDSHAKE, PSK_ASSIGNS_RECORD, e->in_start;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
*/
void psk_endpoint_app_in_done(struct psk_endpoint *e, size_t n)
{
    e->app_offset += (uint32_t)n;
    e->app_length -= (uint32_t)n;
    psk_run(e);
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

/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires room_valid: \valid(room);
    requires apart: \separated(e, room);
    terminates \true;
    exits \false;
    assigns e->out_start, e->out_end, *room;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
    ensures open: *room > 0 ==> e->progress.step == PSK_STEP_OPEN;
    ensures plaintext: e->pending + *room <= CRYPTO_PLAINTEXT_MAX;
    ensures room_inside: *room > 0 ==> e->out_end + CRYPTO_BEFORE + e->pending + *room
                         + CRYPTO_AFTER + PSK_RESERVE <= PSK_OUT_SIZE;
    ensures place: *room > 0 ==> \result == e->out + (e->out_end + TLS_RECORD_HEADER
                   + e->suite.nonce_length + e->pending);
*/
uint8_t *psk_endpoint_app_out(struct psk_endpoint *e, size_t *room)
{
    if (e->out_start == e->out_end && e->pending == 0u) {
        e->out_start = 0;
        e->out_end = 0;
    }
    *room = plaintext_room(e);
    if (*room == 0u) {
        return e->out;
    }
    return e->out + (e->out_end + TLS_RECORD_HEADER + e->suite.nonce_length + e->pending);
}

/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires open: n > 0 ==> e->progress.step == PSK_STEP_OPEN;
    requires plaintext: e->pending + n <= CRYPTO_PLAINTEXT_MAX;
    requires n_inside: n > 0 ==> e->out_end + CRYPTO_BEFORE + e->pending + n + CRYPTO_AFTER
                       <= PSK_OUT_SIZE;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
*/
void psk_endpoint_app_out_done(struct psk_endpoint *e, size_t n)
{
    e->pending += (uint32_t)n;
    if (plaintext_room(e) == 0u) {
        psk_seal_pending(e);
    }
}

/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
    ensures nothing_pending: e->pending == 0;
*/
void psk_endpoint_flush(struct psk_endpoint *e)
{
    psk_seal_pending(e);
}

/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
    ensures over: e->progress.step >= PSK_STEP_CLOSED;
*/
void psk_endpoint_close(struct psk_endpoint *e)
{
    psk_close(e, PSK_REASON_NONE);
}

/*@ requires e_readable: \valid_read(e);
    PSK_REQUIRES_VALID
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures open: \result == PSK_OPEN <==> e->progress.step == PSK_STEP_OPEN;
    ensures authenticated: \result == PSK_OPEN
            ==> e->progress.finished_matched == 1 && e->progress.read_protected == 1;
*/
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

/*@ requires e_readable: \valid_read(e);
    PSK_REQUIRES_VALID
    terminates \true;
    exits \false;
    assigns \nothing;
*/
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

/*@ requires e_readable: \valid_read(e);
    PSK_REQUIRES_VALID
    requires alert_bounded: e->alert_sent <= PSK_NO_ALERT_YET;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures range: -1 <= \result <= 255;
*/
int psk_endpoint_alert_sent(const struct psk_endpoint *e)
{
    return alert_number(e->alert_sent);
}

/*@ requires e_readable: \valid_read(e);
    PSK_REQUIRES_VALID
    requires alert_bounded: e->alert_received <= PSK_NO_ALERT_YET;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures range: -1 <= \result <= 255;
*/
int psk_endpoint_alert_received(const struct psk_endpoint *e)
{
    return alert_number(e->alert_received);
}

/*@ requires e_readable: \valid_read(e);
    PSK_REQUIRES_VALID
    requires length_valid: \valid(length);
    requires apart: \separated(e, length);
    terminates \true;
    exits \false;
    assigns *length;
    ensures bounded: *length <= TLS_IDENTITY_MAX;
*/
const uint8_t *psk_endpoint_identity(const struct psk_endpoint *e, uint32_t *length)
{
    *length = e->identity_length;
    return e->identity;
}

/*@ requires e_readable: \valid_read(e);
    PSK_REQUIRES_VALID
    terminates \true;
    exits \false;
    assigns \nothing;
*/
uint32_t psk_endpoint_suite(const struct psk_endpoint *e)
{
    return e->suite_known != 0u ? e->suite.code : 0u;
}
