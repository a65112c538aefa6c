/* The order of a PSK handshake: see psk_handshake.h. */
#include "psk_handshake.h"

void psk_begin(struct psk_progress *p, uint32_t client)
{
    p->step = client != 0u ? PSK_AWAITS_SERVER_HELLO : PSK_AWAITS_CLIENT_HELLO;
    p->read_protected = 0;
    p->finished_matched = 0;
}

/* The one input that each step waits for. */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures expected: \result != 258 ==> psk_expected(step, \result, 0);
    ensures only: \forall integer i; psk_expected(step, i, 0) ==> i == \result;
    ensures none: \result == 258 ==> step == PSK_STEP_CLOSED || step >= PSK_STEP_FAILED;
*/
static uint32_t awaited(uint32_t step)
{
    switch (step) {
    case PSK_AWAITS_CLIENT_HELLO:
        return TLS_CLIENT_HELLO;
    case PSK_AWAITS_CLIENT_KEY:
        return TLS_CLIENT_KEY_EXCHANGE;
    case PSK_AWAITS_CLIENT_CHANGE:
    case PSK_AWAITS_SERVER_CHANGE:
        return PSK_INPUT_CHANGE_CIPHER;
    case PSK_AWAITS_CLIENT_FINISHED:
    case PSK_AWAITS_SERVER_FINISHED:
        return TLS_FINISHED;
    case PSK_AWAITS_SERVER_HELLO:
        return TLS_SERVER_HELLO;
    case PSK_AWAITS_SERVER_CERTIFICATE:
        return TLS_CERTIFICATE;
    case PSK_AWAITS_SERVER_KEY:
        return TLS_SERVER_KEY_EXCHANGE;
    case PSK_AWAITS_SERVER_DONE:
        return TLS_SERVER_HELLO_DONE;
    case PSK_STEP_OPEN:
        return PSK_INPUT_DATA;
    default:
        return PSK_INPUT_DATA + 1u; /* after the end nothing is awaited */
    }
}

uint32_t psk_judge(const struct psk_progress *p, uint32_t input, uint32_t hello_only,
                   uint32_t client)
{
    if (input <= PSK_INPUT_DATA && input == awaited(p->step)) {
        return PSK_ACCEPT;
    }
    if (p->step == PSK_AWAITS_SERVER_KEY && input == TLS_SERVER_HELLO_DONE && hello_only != 0u) {
        return PSK_ACCEPT;
    }
    if (p->step == PSK_STEP_OPEN &&
        input == (client != 0u ? TLS_HELLO_REQUEST : TLS_CLIENT_HELLO)) {
        return PSK_DECLINE;
    }
    if (client != 0u && input == TLS_HELLO_REQUEST && p->step < PSK_STEP_OPEN) {
        return PSK_IGNORE; /* RFC 5246, 7.4.1.1 */
    }
    return PSK_UNEXPECTED;
}

/* The step after a step of a handshake that goes on, by way of a certificate with `certified`. */
/*@ requires handshake: step < PSK_STEP_OPEN;
    requires expected: psk_expected(step, input, 1);
    requires not_last: input != TLS_FINISHED;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures goes_on: \result < PSK_STEP_OPEN;
    ensures finished_after_change: psk_awaits_finished(\result)
            <==> input == PSK_INPUT_CHANGE_CIPHER;
    ensures change_after_done: \result == PSK_AWAITS_SERVER_CHANGE
            ==> input == TLS_SERVER_HELLO_DONE;
    ensures after_change: input == PSK_INPUT_CHANGE_CIPHER ==> \result == step + 1;
    ensures done: input == TLS_SERVER_HELLO_DONE ==> \result == PSK_AWAITS_SERVER_CHANGE;
    ensures finished_of_server: \result == PSK_AWAITS_SERVER_FINISHED
            ==> step == PSK_AWAITS_SERVER_CHANGE;
    ensures certificate_next: \result == PSK_AWAITS_SERVER_CERTIFICATE
            <==> input == TLS_SERVER_HELLO && certified != 0;
*/
static uint32_t following(uint32_t step, uint32_t input, uint32_t certified)
{
    if (step == PSK_AWAITS_SERVER_HELLO && certified == 0u) {
        return PSK_AWAITS_SERVER_KEY;
    }
    if (step == PSK_AWAITS_SERVER_KEY && input == TLS_SERVER_HELLO_DONE) {
        return PSK_AWAITS_SERVER_CHANGE;
    }
    return step + 1u;
}

void psk_advance(struct psk_progress *p, uint32_t input, uint32_t matched, uint32_t certified)
{
    if (input == TLS_FINISHED) {
        p->finished_matched = matched == 1u ? 1u : 0u;
        p->step = matched == 1u ? PSK_STEP_OPEN : PSK_STEP_FAILED;
        return;
    }
    if (input == PSK_INPUT_CHANGE_CIPHER) {
        p->read_protected = 1u;
    }
    p->step = following(p->step, input, certified);
}

void psk_finish(struct psk_progress *p, uint32_t step)
{
    p->step = step;
}
