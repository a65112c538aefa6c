/* What a PSK endpoint sends: see psk_output.h. Records lie one behind the other in `out`; the one
 * being filled with plaintext lies behind the last, with room for its header and nonce. */
#include "psk_output.h"

#include "tls_codec_write.h"

/* Where plaintext begins within a record: behind the header, and the nonce once protected. */
/*@ requires e_readable: \valid_read(e);
    requires suite: PSK_VALID_SUITE(e->suite);
    requires lengths: PSK_VALID_LENGTHS;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures bounded: TLS_RECORD_HEADER <= \result <= CRYPTO_BEFORE;
*/
static uint32_t before(const struct psk_endpoint *e)
{
    return TLS_RECORD_HEADER + (e->write_protected != 0u ? e->suite.nonce_length : 0u);
}

/* Makes a record of the `length` bytes that lie in place behind out_end. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires room: e->out_end + CRYPTO_BEFORE + length + CRYPTO_AFTER <= PSK_OUT_SIZE;
    requires bounded: length <= CRYPTO_PLAINTEXT_MAX;
    requires type_narrow: type <= 255;
    requires keys_last: e->write_protected == 1 ==> e->records_out < e->record_limit;
    terminates \true;
    exits \false;
    assigns e->out[0 .. PSK_OUT_SIZE - 1], e->out_end, e->pending, e->records_out,
            e->crypto.cell[0 .. CRYPTO_SESSION_CELLS - 1];
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
*/
static void finish_record(struct psk_endpoint *e, uint32_t type, uint32_t length)
{
    uint8_t *record = e->out + e->out_end;
    if (e->write_protected != 0u) {
        e->records_out++;
        e->out_end += crypto_seal(&e->crypto, type, record, length);
    } else {
        tls_record_write(record, type, length);
        e->out_end += TLS_RECORD_HEADER + length;
    }
    e->pending = 0;
}

/* Begins at the start of the buffer again when all that was in it is sent. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    terminates \true;
    exits \false;
    assigns e->out_start, e->out_end;
    PSK_ENSURES_VALID
*/
static void rewind_out(struct psk_endpoint *e)
{
    if (e->out_start == e->out_end) {
        e->out_start = 0;
        e->out_end = 0;
    }
}

bool psk_send_record(struct psk_endpoint *e, uint32_t type, const uint8_t *bytes, uint32_t length)
{
    rewind_out(e);
    if (PSK_OUT_SIZE - e->out_end < CRYPTO_BEFORE + length + CRYPTO_AFTER) {
        return false;
    }
    if (e->write_protected != 0u && e->records_out >= e->record_limit) {
        return false;
    }
    tls_copy(e->out + e->out_end + before(e), bytes, length);
    finish_record(e, type, length);
    return true;
}

bool psk_send_handshake(struct psk_endpoint *e, const uint8_t *bytes, uint32_t length)
{
    crypto_transcript_add(&e->crypto, bytes, length);
    return psk_send_record(e, TLS_HANDSHAKE, bytes, length);
}

bool psk_send_certificate(struct psk_endpoint *e)
{
    uint32_t length = TLS_CERTIFICATE_HEAD + e->chain_length;
    rewind_out(e);
    if (e->write_protected != 0u ||
        PSK_OUT_SIZE - e->out_end < CRYPTO_BEFORE + length + CRYPTO_AFTER) {
        return false;
    }
    uint8_t *message = e->out + e->out_end + TLS_RECORD_HEADER; /* in place: it may be long */
    tls_certificate_head_write(message, e->chain_length);
    crypto_rsa_chain(&e->crypto, message + TLS_CERTIFICATE_HEAD, e->chain_length);
    crypto_transcript_add(&e->crypto, message, length);
    finish_record(e, TLS_HANDSHAKE, length);
    return true;
}

/* Sends an alert; no plaintext may be pending. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    requires narrow: description <= 255;
    requires known_level: level == TLS_ALERT_LEVEL_WARNING || level == TLS_ALERT_LEVEL_FATAL;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_OUT, e->alert_sent;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
*/
static void send_alert(struct psk_endpoint *e, uint32_t level, uint32_t description)
{
    uint8_t alert[2];
    alert[0] = (uint8_t)level;
    alert[1] = (uint8_t)description;
    if (psk_send_record(e, TLS_ALERT, alert, 2)) {
        e->alert_sent = description;
    }
}

void psk_seal_pending(struct psk_endpoint *e)
{
    if (e->pending == 0u) {
        return;
    }
    if (e->records_out + 1u < e->record_limit) {
        finish_record(e, TLS_APPLICATION_DATA, e->pending);
    }
    e->pending = 0;
    if (e->records_out + 1u >= e->record_limit && e->progress.step == PSK_STEP_OPEN) {
        e->reason = PSK_REASON_RECORD_LIMIT;
        send_alert(e, TLS_ALERT_LEVEL_WARNING, TLS_ALERT_CLOSE_NOTIFY);
        psk_finish(&e->progress, PSK_STEP_CLOSED);
    }
}

void psk_warn(struct psk_endpoint *e, uint32_t description)
{
    psk_seal_pending(e);
    if (e->progress.step < PSK_STEP_CLOSED) {
        send_alert(e, TLS_ALERT_LEVEL_WARNING, description);
    }
}

void psk_fail(struct psk_endpoint *e, uint32_t description, uint32_t reason)
{
    if (e->progress.step >= PSK_STEP_CLOSED) {
        return;
    }
    e->pending = 0;
    e->reason = reason;
    if (description != TLS_NO_ALERT) {
        send_alert(e, TLS_ALERT_LEVEL_FATAL, description);
    }
    psk_finish(&e->progress, PSK_STEP_FAILED);
}

void psk_close(struct psk_endpoint *e, uint32_t reason)
{
    psk_seal_pending(e);
    if (e->progress.step >= PSK_STEP_CLOSED) {
        return;
    }
    e->reason = reason;
    send_alert(e, TLS_ALERT_LEVEL_WARNING, TLS_ALERT_CLOSE_NOTIFY);
    psk_finish(&e->progress, PSK_STEP_CLOSED);
}
