/* What a PSK endpoint does with what comes in: see psk_input.h. Each function takes a piece of the
 * buffer `in` as (offset, length) and ends the connection itself when something is wrong. */
#include "psk_input.h"

#include "psk_finished.h"
#include "psk_keys.h"
#include "tls_codec_write.h"

#define PART 257u /* no alert either: the record is not whole */

/* One more message without use; too many in a row end the connection. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END, e->nuisances;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
    ensures step: e->progress.step == \old(e->progress.step)
        || e->progress.step >= PSK_STEP_CLOSED;
    ensures bounded: \old(e->nuisances) == PSK_NUISANCE_MAX ==> e->progress.step >= PSK_STEP_CLOSED;
*/
static void bear(struct psk_endpoint *e)
{
    if (e->nuisances >= PSK_NUISANCE_MAX) {
        psk_fail(e, TLS_ALERT_UNEXPECTED_MESSAGE, PSK_REASON_NUISANCE);
        return;
    }
    e->nuisances++;
}

/* Plaintext of an application data record. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires inside: offset + length <= PSK_IN_SIZE;
    requires nothing_shown: e->app_length == 0;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END, e->nuisances, e->app_offset, e->app_length;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
    ensures matched_before: e->app_length > 0
            ==> \old(e->progress.finished_matched) == 1 && \old(e->progress.read_protected) == 1;
*/
static void on_data(struct psk_endpoint *e, uint32_t offset, uint32_t length)
{
    if (psk_judge(&e->progress, PSK_INPUT_DATA, 0, e->client) != PSK_ACCEPT) {
        psk_fail(e, TLS_ALERT_UNEXPECTED_MESSAGE, PSK_REASON_UNEXPECTED);
        return;
    }
    if (length == 0u) {
        bear(e);
        return;
    }
    e->nuisances = 0;
    e->app_offset = offset;
    e->app_length = length;
}

/* One alert (RFC 5246, 7.2). A close_notify is answered by ours; before the handshake is over it is
 * a failure. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires level_narrow: level <= 255;
    requires description_narrow: description <= 255;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END, e->nuisances, e->alert_received;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
*/
static void on_one_alert(struct psk_endpoint *e, uint32_t level, uint32_t description)
{
    e->alert_received = description;
    if (description == TLS_ALERT_CLOSE_NOTIFY && e->progress.step == PSK_STEP_OPEN) {
        psk_close(e, PSK_REASON_NONE);
    } else if (description == TLS_ALERT_CLOSE_NOTIFY) {
        psk_fail(e, TLS_NO_ALERT, PSK_REASON_CLOSED_EARLY);
    } else if (level == TLS_ALERT_LEVEL_WARNING) {
        bear(e);
    } else if (level == TLS_ALERT_LEVEL_FATAL) {
        psk_fail(e, TLS_NO_ALERT, PSK_REASON_PEER_ALERT);
    } else {
        psk_fail(e, TLS_ALERT_ILLEGAL_PARAMETER, PSK_REASON_MALFORMED);
    }
}

/* The fragment of an alert record: alerts may be cut and joined like handshake messages. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires inside: offset + length <= PSK_IN_SIZE;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END, e->nuisances, e->alert_received, e->alert_gathered, e->alert[0 .. 1];
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
*/
static void on_alert(struct psk_endpoint *e, uint32_t offset, uint32_t length)
{
    /*@ loop invariant within: i <= length;
        PSK_KEEPS_VALID
        loop invariant settled: PSK_SETTLED;
        loop assigns i, PSK_ASSIGNS_END, e->nuisances, e->alert_received, e->alert_gathered,
                     e->alert[0 .. 1];
        loop variant length - i;
    */
    for (uint32_t i = 0; i < length && e->progress.step < PSK_STEP_CLOSED; i++) {
        e->alert[e->alert_gathered] = e->in[offset + i];
        if (e->alert_gathered == 0u) {
            e->alert_gathered = 1;
        } else {
            e->alert_gathered = 0;
            on_one_alert(e, e->alert[0], e->alert[1]);
        }
    }
}

/* Judges a ChangeCipherSpec record: TLS_NO_ALERT, or an alert. Nothing may be half gathered, for no
 * message may lie across a change of keys. */
/*@ requires e_readable: \valid_read(e);
    PSK_REQUIRES_VALID
    requires inside: offset + length <= PSK_IN_SIZE;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures awaited: \result == TLS_NO_ALERT
            ==> psk_expected(e->progress.step, PSK_INPUT_CHANGE_CIPHER, 1);
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
static uint32_t judge_change(const struct psk_endpoint *e, uint32_t offset, uint32_t length)
{
    if (psk_judge(&e->progress, PSK_INPUT_CHANGE_CIPHER, 1, e->client) != PSK_ACCEPT) {
        return TLS_ALERT_UNEXPECTED_MESSAGE;
    }
    if (e->gathered != 0u || e->alert_gathered != 0u) {
        return TLS_ALERT_UNEXPECTED_MESSAGE;
    }
    if (length != 1u || e->in[offset] != 1u) {
        return TLS_ALERT_ILLEGAL_PARAMETER;
    }
    return TLS_NO_ALERT;
}

/* A ChangeCipherSpec record: what comes in from now on is protected. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires inside: offset + length <= PSK_IN_SIZE;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END, PSK_ASSIGNS_PROGRESS, e->records_in;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
    ensures opens_nothing: e->progress.step == PSK_STEP_OPEN
            ==> \old(e->progress.step) == PSK_STEP_OPEN;
*/
static void on_change(struct psk_endpoint *e, uint32_t offset, uint32_t length)
{
    uint32_t alert = judge_change(e, offset, length);
    if (alert != TLS_NO_ALERT) {
        psk_fail(e, alert,
                 alert == TLS_ALERT_UNEXPECTED_MESSAGE ? PSK_REASON_UNEXPECTED
                                                       : PSK_REASON_MALFORMED);
        return;
    }
    psk_protect(e, 0);
    e->records_in = 0;
    psk_advance(&e->progress, PSK_INPUT_CHANGE_CIPHER, 0);
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
    ensures unprotected: type == TLS_SERVER_HELLO || type == TLS_SERVER_KEY_EXCHANGE
            ==> e->write_protected == 0;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
static uint32_t handle_at_client(struct psk_endpoint *e, uint32_t type, uint32_t length)
{
    if (type == TLS_SERVER_HELLO) {
        return psk_client_hello(e, length);
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
            || type == TLS_SERVER_HELLO || type == TLS_SERVER_KEY_EXCHANGE
            ==> e->write_protected == 0;
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
    psk_advance(&e->progress, type, 1);
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
    bear(e);
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
    uint32_t hello_only = e->suite.exchange == PSK_EXCHANGE_PLAIN ? 1u : 0u;
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

/* The fragment of a handshake record: messages may be cut and joined at will. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires inside: offset + length <= PSK_IN_SIZE;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_HANDSHAKE;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
*/
static void on_handshake(struct psk_endpoint *e, uint32_t offset, uint32_t length)
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

/* Opens the fragment of a protected record; false when the connection had to end. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires protected: e->progress.read_protected == 1;
    requires span_valid: \valid(offset) && \valid(length);
    requires inside: *offset + *length <= PSK_IN_SIZE;
    requires bounded: *length <= CRYPTO_PROTECTED_MAX;
    requires apart: \separated(e, offset, length);
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_END, e->records_in, e->in[0 .. PSK_IN_SIZE - 1], *offset, *length;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
    ensures inside: \result == \true ==> *offset + *length <= PSK_IN_SIZE;
    ensures over: \result == \false ==> e->progress.step >= PSK_STEP_CLOSED;
    ensures same_step: \result == \true ==> e->progress.step == \old(e->progress.step);
*/
static bool open_record(struct psk_endpoint *e, uint32_t type, uint32_t *offset, uint32_t *length)
{
    uint32_t plain_offset = 0;
    uint32_t plain_length = 0;
    if (e->records_in >= e->record_limit) {
        psk_close(e, PSK_REASON_RECORD_LIMIT);
        return false;
    }
    e->records_in++;
    if (!crypto_open(&e->crypto, type, e->in + *offset, *length, &plain_offset, &plain_length)) {
        psk_fail(e, TLS_ALERT_BAD_RECORD_MAC, PSK_REASON_NOT_AUTHENTIC);
        return false;
    }
    *offset += plain_offset;
    *length = plain_length;
    return true;
}

/* What a record carried, by its type. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires inside: offset + length <= PSK_IN_SIZE;
    requires nothing_shown: e->app_length == 0;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_HANDSHAKE, e->records_in, e->app_offset, e->app_length, e->alert_received,
            e->alert_gathered, e->alert[0 .. 1];
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
    ensures matched_before: e->app_length > 0
            ==> \old(e->progress.finished_matched) == 1 && \old(e->progress.read_protected) == 1;
*/
static void on_fragment(struct psk_endpoint *e, uint32_t type, uint32_t offset, uint32_t length)
{
    if (type == TLS_HANDSHAKE) {
        on_handshake(e, offset, length);
    } else if (type == TLS_APPLICATION_DATA) {
        on_data(e, offset, length);
    } else if (type == TLS_ALERT) {
        on_alert(e, offset, length);
    } else {
        on_change(e, offset, length);
    }
}

/* A whole record whose header was found good: its fragment is in[offset .. offset + length). */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires inside: offset + length <= PSK_IN_SIZE;
    requires bounded: length <= CRYPTO_PROTECTED_MAX;
    requires nothing_shown: e->app_length == 0;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_HANDSHAKE, PSK_ASSIGNS_RECORD;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
    ensures matched_before: e->app_length > 0
            ==> \old(e->progress.finished_matched) == 1 && \old(e->progress.read_protected) == 1;
*/
static void on_record(struct psk_endpoint *e, uint32_t type, uint32_t offset, uint32_t length)
{
    if (e->progress.read_protected != 0u && !open_record(e, type, &offset, &length)) {
        return;
    }
    on_fragment(e, type, offset, length);
}

/* How many bytes protection adds to the records that come in. */
/*@ requires e_readable: \valid_read(e);
    requires suite: PSK_VALID_SUITE(e->suite);
    requires lengths: PSK_VALID_LENGTHS;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures bounded: \result <= 24;
*/
static uint32_t expansion(const struct psk_endpoint *e)
{
    return e->progress.read_protected != 0u ? e->suite.nonce_length + e->suite.tag_length : 0u;
}

/* Looks at the next record: TLS_NO_ALERT with its header in `record`, PART when it is not whole, or
 * the alert to fail with. */
/*@ requires e_readable: \valid_read(e);
    PSK_REQUIRES_VALID
    requires record_valid: \valid(record);
    requires apart: \separated(e, record);
    terminates \true;
    exits \false;
    assigns *record;
    ensures whole: \result == TLS_NO_ALERT
            ==> e->in_start + TLS_RECORD_HEADER + record->length <= e->in_end;
    ensures bounded: \result == TLS_NO_ALERT ==> record->length <= CRYPTO_PROTECTED_MAX;
    ensures known: \result <= TLS_NO_ALERT || \result == PART;
*/
static uint32_t look_ahead(const struct psk_endpoint *e, struct tls_record *record)
{
    uint32_t there = e->in_end - e->in_start;
    if (there < TLS_RECORD_HEADER) {
        return PART;
    }
    tls_record_read(e->in + e->in_start, record);
    uint32_t alert = tls_record_judge(record, e->suite_known, expansion(e));
    if (alert == TLS_NO_ALERT && there - TLS_RECORD_HEADER < record->length) {
        return PART;
    }
    return alert;
}

/* Takes one whole record out of `in`; false when there is none to take. */
/*@ requires e_valid: \valid(e);
    PSK_REQUIRES_VALID
    requires settled: PSK_SETTLED;
    requires nothing_shown: e->app_length == 0;
    terminates \true;
    exits \false;
    assigns PSK_ASSIGNS_HANDSHAKE, PSK_ASSIGNS_RECORD, e->in_start;
    PSK_ENSURES_VALID
    ensures settled: PSK_SETTLED;
    ensures onward: \result == \true ==> e->in_start > \old(e->in_start);
    ensures stays: \result == \false ==> e->in_start == \old(e->in_start);
    ensures matched_before: e->app_length > 0
            ==> \old(e->progress.finished_matched) == 1 && \old(e->progress.read_protected) == 1;
*/
static bool take_record(struct psk_endpoint *e)
{
    struct tls_record record;
    uint32_t seen = look_ahead(e, &record);
    if (seen == PART) {
        return false;
    }
    if (seen != TLS_NO_ALERT) {
        psk_fail(e, seen, PSK_REASON_NO_TLS_RECORD);
        return false;
    }
    uint32_t offset = e->in_start + TLS_RECORD_HEADER;
    e->in_start = offset + record.length;
    on_record(e, record.type, offset, record.length);
    return true;
}

void psk_run(struct psk_endpoint *e)
{
    bool more = true;
    /*@ PSK_KEEPS_VALID
        loop invariant settled: PSK_SETTLED;
        loop invariant end_kept: e->in_end == \at(e->in_end, Pre);
        loop assigns more, PSK_ASSIGNS_HANDSHAKE, PSK_ASSIGNS_RECORD, e->in_start;
        loop variant (more ? 1 : 0) + e->in_end - e->in_start;
    */
    while (more && e->app_length == 0u && e->progress.step < PSK_STEP_CLOSED) {
        more = take_record(e);
    }
}
