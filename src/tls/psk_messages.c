/* Handshake messages out of records: see psk_messages.h. Each function ends the connection itself when something is
 * wrong. */
#include "psk_messages.h"

#include "psk_finished.h"
#include "psk_keys.h"
#include "tls_codec_write.h"

void psk_count_nuisance(struct psk_endpoint *e)
{
    if (e->nuisances >= PSK_NUISANCE_MAX) {
        psk_fail(e, TLS_ALERT_UNEXPECTED_MESSAGE, PSK_REASON_NUISANCE);
        return;
    }
    e->nuisances++;
}

/* The peer's Finished. When it matches, a server answers with its own; then the secrets have served
 * and are wiped. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    requires whole: length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_EXCHANGE, e->write_protected, e->expected[0 .. TLS_VERIFY_DATA_LENGTH - 1];
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
    ensures protected: \result == TLS_NO_ALERT ==> e->write_protected == 1;
    ensures verify_data_equal: \result == TLS_NO_ALERT ==>
        (\forall integer i; 0 <= i < TLS_VERIFY_DATA_LENGTH
         ==> e->gather[TLS_HANDSHAKE_HEADER + i] == e->expected[i]);
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
static uint32_t handle_finished(struct psk_endpoint *e, uint32_t length)
{
    uint32_t alert = psk_check_finished(e, length);
    if (alert != TLS_NO_ALERT) {
        return alert;
    }
    if (e->write_protected == 0u && !psk_send_finished(e)) {
        e->reason = PSK_REASON_NO_ROOM;
        return TLS_ALERT_INTERNAL_ERROR;
    }
    psk_forget_secrets(e);
    return TLS_NO_ALERT;
}

/* A client's message, at the server. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    requires whole: length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_EXCHANGE;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
static uint32_t handle_at_server(struct psk_endpoint *e, uint32_t type, uint32_t length)
{
    if (type == TLS_CLIENT_HELLO) {
        return psk_server_hello(e, length);
    }
    return psk_server_key(e, length);
}

/* A server's message, at the client. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    requires whole: length <= TLS_HANDSHAKE_BODY_MAX;
    requires nothing_sealed: e->write_protected == 0;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_EXCHANGE, e->write_protected;
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
    ensures protected: type == TLS_SERVER_HELLO_DONE && \result == TLS_NO_ALERT
            ==> e->write_protected == 1;
    ensures unprotected: type == TLS_SERVER_HELLO || type == TLS_CERTIFICATE
            || type == TLS_SERVER_KEY_EXCHANGE ==> e->write_protected == 0;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
static uint32_t handle_at_client(struct psk_endpoint *e, uint32_t type, uint32_t length)
{
    if (type == TLS_SERVER_HELLO) {
        return psk_client_hello(e, length);
    }
    if (type == TLS_CERTIFICATE) {
        return psk_client_certificate(e, length);
    }
    if (type == TLS_SERVER_KEY_EXCHANGE) {
        return psk_client_key(e, length);
    }
    return psk_client_done(e, length);
}

/* Hands a handshake message that came in order to its handler, which returns TLS_NO_ALERT or the
 * alert to fail with. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    requires whole: length <= TLS_HANDSHAKE_BODY_MAX;
    requires nothing_sealed: type != TLS_FINISHED ==> e->write_protected == 0;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_EXCHANGE, e->write_protected, e->expected[0 .. TLS_VERIFY_DATA_LENGTH - 1];
    PSK_ENSURES_VALID
    ensures nothing_pending: e->pending == 0;
    ensures protected: (type == TLS_SERVER_HELLO_DONE || type == TLS_FINISHED)
            && \result == TLS_NO_ALERT ==> e->write_protected == 1;
    ensures unprotected: type == TLS_CLIENT_HELLO || type == TLS_CLIENT_KEY_EXCHANGE
            || type == TLS_SERVER_HELLO || type == TLS_CERTIFICATE
            || type == TLS_SERVER_KEY_EXCHANGE ==> e->write_protected == 0;
    ensures verify_data_equal: type == TLS_FINISHED && \result == TLS_NO_ALERT ==>
        (\forall integer i; 0 <= i < TLS_VERIFY_DATA_LENGTH
         ==> e->gather[TLS_HANDSHAKE_HEADER + i] == e->expected[i]);
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
static uint32_t handle(struct psk_endpoint *e, uint32_t type, uint32_t length)
{
    if (type == TLS_FINISHED) {
        return handle_finished(e, length);
    }
    crypto_transcript_add(&e->crypto, e->gather, TLS_HANDSHAKE_HEADER + length);
    if (type == TLS_CLIENT_HELLO || type == TLS_CLIENT_KEY_EXCHANGE) {
        return handle_at_server(e, type, length);
    }
    return handle_at_client(e, type, length);
}

/* The end of an expected message: the next step, or the alert of its handler. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    requires expected: psk_expected(e->progress.step, type, 1);
    requires no_data: type <= 255;
    requires narrow: alert <= TLS_NO_ALERT;
    requires protected: alert == TLS_NO_ALERT
             && (type == TLS_SERVER_HELLO_DONE || type == TLS_FINISHED) ==> e->write_protected == 1;
    requires unprotected: type != TLS_SERVER_HELLO_DONE && type != TLS_FINISHED
             ==> e->write_protected == 0;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END, PSK_ASSIGNS_PROGRESS;
    PSK_ENSURES_VALID
    ensures unsealed: PSK_UNSEALED;
    ensures opens: e->progress.finished_matched == 1
            ==> type == TLS_FINISHED && alert == TLS_NO_ALERT;
*/
static void conclude(struct psk_endpoint *e, uint32_t type, uint32_t alert)
{
    if (alert != TLS_NO_ALERT) {
        psk_fail(e, alert, e->reason);
        return;
    }
    psk_advance(&e->progress, type, 1, e->suite.exchange == PSK_EXCHANGE_RSA ? 1u : 0u);
}

/* A whole handshake message in `gather`, in order. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires nothing_pending: e->pending == 0;
    requires whole: length <= TLS_HANDSHAKE_BODY_MAX;
    requires expected: psk_expected(e->progress.step, type, 1);
    requires no_data: type <= 255;
    requires settled: PSK_SETTLED;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END, PSK_ASSIGNS_EXCHANGE, PSK_ASSIGNS_PROGRESS, e->write_protected,
            e->expected[0 .. TLS_VERIFY_DATA_LENGTH - 1];
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
    ensures verify_data_equal: e->progress.finished_matched == 1 ==>
        (\forall integer i; 0 <= i < TLS_VERIFY_DATA_LENGTH
         ==> e->gather[TLS_HANDSHAKE_HEADER + i] == e->expected[i]);
*/
static void on_expected(struct psk_endpoint *e, uint32_t type, uint32_t length)
{
    conclude(e, type, handle(e, type, length));
}

/* A handshake message that is not for this step: passed over, declined or refused. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END, e->nuisances;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
*/
static void on_refused(struct psk_endpoint *e, uint32_t verdict)
{
    if (verdict == PSK_UNEXPECTED) {
        psk_fail(e, TLS_ALERT_UNEXPECTED_MESSAGE, PSK_REASON_UNEXPECTED);
        return;
    }
    psk_count_nuisance(e);
    if (verdict == PSK_DECLINE) {
        psk_warn(e, TLS_ALERT_NO_RENEGOTIATION);
    }
}

/* A whole handshake message in `gather`. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires whole: length <= TLS_HANDSHAKE_BODY_MAX;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END, PSK_ASSIGNS_EXCHANGE, PSK_ASSIGNS_PROGRESS, e->write_protected,
            e->nuisances, e->expected[0 .. TLS_VERIFY_DATA_LENGTH - 1];
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
    ensures verify_data_equal:
        e->progress.finished_matched == 1 && \old(e->progress.finished_matched) == 0 ==>
        (\forall integer i; 0 <= i < TLS_VERIFY_DATA_LENGTH
         ==> e->gather[TLS_HANDSHAKE_HEADER + i] == e->expected[i]);
*/
static void on_message(struct psk_endpoint *e, uint32_t length)
{
    uint32_t type = e->gather[0];
    uint32_t hello_only = e->suite.exchange != PSK_EXCHANGE_ECDHE ? 1u : 0u;
    uint32_t verdict = psk_judge(&e->progress, type, hello_only, e->client);
    if (verdict != PSK_ACCEPT) {
        on_refused(e, verdict);
        return;
    }
    on_expected(e, type, length);
}

/* Gathers what the fragment has of the current message; returns how many of its bytes were taken. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires inside: offset + length <= PSK_IN_SIZE;
    requires some: length > 0;
    terminates \true;
    exits \false;
    assigns e->gather[0 .. PSK_GATHER_SIZE - 1], e->gathered;
    PSK_ENSURES_VALID
    ensures taken: 1 <= \result <= length;
*/
static uint32_t gather(struct psk_endpoint *e, uint32_t offset, uint32_t length)
{
    uint32_t rest = e->wanted - e->gathered;
    uint32_t n = rest < length ? rest : length;
    tls_copy(e->gather + e->gathered, e->in + offset, n);
    e->gathered += n;
    return n;
}

/* A message that is too long ends the connection before it is gathered. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires unsealed: PSK_UNSEALED;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END, e->gathered, e->wanted;
    PSK_ENSURES_VALID
    ensures unsealed: PSK_UNSEALED;
*/
static void on_too_long(struct psk_endpoint *e)
{
    e->gathered = 0;
    e->wanted = TLS_HANDSHAKE_HEADER;
    psk_fail(e, TLS_ALERT_DECODE_ERROR, PSK_REASON_TOO_LONG);
}

/* When the header of a message is there: how long the whole will be. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires unsealed: PSK_UNSEALED;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END, e->gathered, e->wanted;
    PSK_ENSURES_VALID
    ensures unsealed: PSK_UNSEALED;
*/
static void after_header(struct psk_endpoint *e)
{
    if (e->gathered != TLS_HANDSHAKE_HEADER || e->wanted != TLS_HANDSHAKE_HEADER) {
        return;
    }
    uint32_t body = e->gather[1] * 65536u + e->gather[2] * 256u + e->gather[3];
    if (body > TLS_HANDSHAKE_BODY_MAX) {
        on_too_long(e);
        return;
    }
    e->wanted = TLS_HANDSHAKE_HEADER + body;
}

/* When all of a message is there: it is handled, and the next may begin. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires unsealed: PSK_UNSEALED;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_HANDSHAKE;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
*/
static void after_body(struct psk_endpoint *e)
{
    if (e->gathered != e->wanted) {
        return;
    }
    uint32_t body = e->wanted - TLS_HANDSHAKE_HEADER;
    e->gathered = 0;
    e->wanted = TLS_HANDSHAKE_HEADER;
    on_message(e, body);
}

void psk_gather(struct psk_endpoint *e, uint32_t offset, uint32_t length)
{
    /*@ loop invariant inside: offset + length <= PSK_IN_SIZE;
        PSK_KEEPS_VALID
        loop invariant settled: PSK_SETTLED;
        loop assigns offset, length, PSK_ASSIGNS_HANDSHAKE;
        loop variant length;
    */
    while (length > 0u && e->progress.step < PSK_STEP_CLOSED) {
        uint32_t taken = gather(e, offset, length);
        offset += taken;
        length -= taken;
        after_header(e);
        after_body(e);
    }
}
