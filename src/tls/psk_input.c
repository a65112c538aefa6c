/* What a PSK endpoint does with what comes in: see psk_input.h. Each function takes a piece of the
 * buffer `in` as (offset, length) and ends the connection itself when something is wrong. */
#include "psk_input.h"

#include "psk_keys.h"
#include "psk_messages.h"

#define PART 257u /* no alert either: the record is not whole */

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
        psk_count_nuisance(e);
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
        psk_count_nuisance(e);
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
    psk_advance(&e->progress, PSK_INPUT_CHANGE_CIPHER, 0, 0);
}

/* Judges what was in an authentic record: TLS_NO_ALERT, or an alert. Where there is padding, only
 * now is it known how long the plaintext is. An empty fragment is allowed for application data alone
 * (RFC 5246, 6.2.1). */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures bounded: \result == TLS_NO_ALERT ==> length <= TLS_PLAINTEXT_MAX;
    ensures some: \result == TLS_NO_ALERT && type != TLS_APPLICATION_DATA ==> length > 0;
    ensures alert: \result == TLS_NO_ALERT || \result == TLS_ALERT_RECORD_OVERFLOW
        || \result == TLS_ALERT_DECODE_ERROR;
*/
static uint32_t judge_plaintext(uint32_t type, uint32_t length)
{
    if (length > TLS_PLAINTEXT_MAX) {
        return TLS_ALERT_RECORD_OVERFLOW;
    }
    if (length == 0u && type != TLS_APPLICATION_DATA) {
        return TLS_ALERT_DECODE_ERROR;
    }
    return TLS_NO_ALERT;
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
    ensures plaintext: \result == \true ==> *length <= TLS_PLAINTEXT_MAX;
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
    uint32_t alert = judge_plaintext(type, plain_length);
    if (alert != TLS_NO_ALERT) {
        psk_fail(e, alert, PSK_REASON_NO_TLS_RECORD);
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
        psk_gather(e, offset, length);
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

/* Judges the header of a record that came in, by what protection may have added to it. */
/*@ requires e_readable: \valid_read(e);
    requires suite: PSK_VALID_SUITE(e->suite);
    requires record_readable: \valid_read(record);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures bounded: \result == TLS_NO_ALERT ==> record->length <= CRYPTO_PROTECTED_MAX;
    ensures alert_or_none: \result <= TLS_NO_ALERT;
*/
static uint32_t judge_header(const struct psk_endpoint *e, const struct tls_record *record)
{
    if (e->progress.read_protected == 0u) {
        return tls_record_judge(record, e->suite_known, 0, 0);
    }
    return tls_record_judge(record, e->suite_known, e->suite.expansion_min, e->suite.expansion_max);
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
    uint32_t alert = judge_header(e, record);
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
