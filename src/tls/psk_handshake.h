/* The order of a PSK handshake: which message may come in which state, and what state follows.
 *
 * RFC 5246, 7.3 with RFC 4279, 2 and 4. Pure: a `struct psk_progress` and what came in make a verdict, and
 * when the endpoint has done what the message asks for (parsed it, derived keys, checked
 * verify_data), the next progress. Knows no byte of any message and no key.
 *
 *   server  CLIENT_HELLO -> CLIENT_KEY -> CLIENT_CHANGE -> CLIENT_FINISHED -> OPEN
 *   client  SERVER_HELLO -> SERVER_KEY -> SERVER_DONE -> SERVER_CHANGE -> SERVER_FINISHED -> OPEN
 *   client  with RSA_PSK: SERVER_HELLO -> SERVER_CERTIFICATE -> SERVER_KEY, and on
 *
 * The states are named for what the endpoint waits for. A plain PSK or RSA_PSK server may leave its
 * ServerKeyExchange out. Proved: OPEN is entered by a Finished that matched, in a state that only a
 * ChangeCipherSpec leads to (so it came in a protected record), and application data is accepted in
 * OPEN alone.
 */
#ifndef POOLPROOF_TLS_PSK_HANDSHAKE_H
#define POOLPROOF_TLS_PSK_HANDSHAKE_H

#include <stdint.h>

#include "tls_codec.h"

enum psk_step {
    PSK_AWAITS_CLIENT_HELLO = 0,
    PSK_AWAITS_CLIENT_KEY = 1,
    PSK_AWAITS_CLIENT_CHANGE = 2,
    PSK_AWAITS_CLIENT_FINISHED = 3,
    PSK_AWAITS_SERVER_HELLO = 4,
    PSK_AWAITS_SERVER_CERTIFICATE = 5,
    PSK_AWAITS_SERVER_KEY = 6,
    PSK_AWAITS_SERVER_DONE = 7,
    PSK_AWAITS_SERVER_CHANGE = 8,
    PSK_AWAITS_SERVER_FINISHED = 9,
    PSK_STEP_OPEN = 10,
    PSK_STEP_CLOSED = 11,
    PSK_STEP_FAILED = 12
};

/* What may come in: a handshake message is its type (0 .. 255), beside it these. */
#define PSK_INPUT_CHANGE_CIPHER 256u
#define PSK_INPUT_DATA 257u

enum psk_verdict {
    PSK_ACCEPT = 0,    /* handle it, then psk_advance */
    PSK_IGNORE = 1,    /* nothing happens: a HelloRequest in the midst of a handshake */
    PSK_DECLINE = 2,   /* an attempt to renegotiate: answer with the no_renegotiation warning */
    PSK_UNEXPECTED = 3 /* fail with unexpected_message */
};

struct psk_progress {
    uint32_t step;             /* enum psk_step */
    uint32_t read_protected;   /* 1: records that come in are opened with the connection's keys */
    uint32_t finished_matched; /* 1: the peer's Finished had the right verify_data */
};

/* What always holds of a progress, for contracts. */
/* clang-format off */
#define PSK_VALID_PROGRESS(p)                                                                      \
    ((p).step <= PSK_STEP_FAILED && (p).read_protected <= 1 && (p).finished_matched <= 1 &&        \
     ((p).step == PSK_AWAITS_CLIENT_FINISHED ==> (p).read_protected == 1) &&                      \
     ((p).step == PSK_AWAITS_SERVER_FINISHED ==> (p).read_protected == 1) &&                      \
     ((p).step == PSK_STEP_OPEN ==> (p).finished_matched == 1) &&                                 \
     ((p).step<PSK_STEP_OPEN ==>(p).finished_matched == 0) &&                                      \
     ((p).finished_matched == 1 ==> (p).read_protected == 1))
/* clang-format on */

/*@ predicate psk_awaits_finished(integer step) =
      step == PSK_AWAITS_CLIENT_FINISHED || step == PSK_AWAITS_SERVER_FINISHED;

    predicate psk_awaits_change(integer step) =
      step == PSK_AWAITS_CLIENT_CHANGE || step == PSK_AWAITS_SERVER_CHANGE;

    predicate psk_expected(integer step, integer input, integer hello_only) =
      (step == PSK_AWAITS_CLIENT_HELLO && input == TLS_CLIENT_HELLO) ||
      (step == PSK_AWAITS_CLIENT_KEY && input == TLS_CLIENT_KEY_EXCHANGE) ||
      (step == PSK_AWAITS_SERVER_HELLO && input == TLS_SERVER_HELLO) ||
      (step == PSK_AWAITS_SERVER_CERTIFICATE && input == TLS_CERTIFICATE) ||
      (step == PSK_AWAITS_SERVER_KEY && input == TLS_SERVER_KEY_EXCHANGE) ||
      (step == PSK_AWAITS_SERVER_KEY && input == TLS_SERVER_HELLO_DONE && hello_only != 0) ||
      (step == PSK_AWAITS_SERVER_DONE && input == TLS_SERVER_HELLO_DONE) ||
      (psk_awaits_change(step) && input == PSK_INPUT_CHANGE_CIPHER) ||
      (psk_awaits_finished(step) && input == TLS_FINISHED) ||
      (step == PSK_STEP_OPEN && input == PSK_INPUT_DATA);
*/

/* Starts as a server, or with `client` not 0 as a client. */
/*@ requires p_valid: \valid(p);
    terminates \true;
    exits \false;
    assigns p->step, p->read_protected, p->finished_matched;
    ensures valid: PSK_VALID_PROGRESS(*p);
    ensures unprotected: p->read_protected == 0;
    ensures role: p->step == (client != 0 ? PSK_AWAITS_SERVER_HELLO : PSK_AWAITS_CLIENT_HELLO);
*/
void psk_begin(struct psk_progress *p, uint32_t client);

/* Judges an input. `hello_only` not 0: the agreed suite lets a server leave its ServerKeyExchange
 * out. `client` not 0: this end is the client. */
/*@ requires p_readable: \valid_read(p);
    requires valid: PSK_VALID_PROGRESS(*p);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures accepts_expected: \result == PSK_ACCEPT <==> psk_expected(p->step, input, hello_only);
    ensures data_only_open: input == PSK_INPUT_DATA && \result == PSK_ACCEPT
            ==> p->finished_matched == 1 && p->read_protected == 1;
    ensures declines_open: \result == PSK_DECLINE ==> p->step == PSK_STEP_OPEN;
    ensures ignores_hello_request: \result == PSK_IGNORE ==> input == TLS_HELLO_REQUEST;
    ensures verdict: \result <= PSK_UNEXPECTED;
*/
uint32_t psk_judge(const struct psk_progress *p, uint32_t input, uint32_t hello_only,
                   uint32_t client);

/* The progress after an accepted handshake message or ChangeCipherSpec was handled without error.
 * `matched` counts for Finished alone: 1 when its verify_data was right; otherwise the handshake
 * fails. `certified` counts for ServerHello alone: not 0 when its suite makes the server show a
 * certificate, which must come next then, and never otherwise. */
/*@ requires p_valid: \valid(p);
    requires valid: PSK_VALID_PROGRESS(*p);
    requires expected: psk_expected(p->step, input, 1);
    requires no_data: input != PSK_INPUT_DATA;
    terminates \true;
    exits \false;
    assigns p->step, p->read_protected, p->finished_matched;
    ensures valid: PSK_VALID_PROGRESS(*p);
    ensures opens_matched: p->step == PSK_STEP_OPEN
            ==> input == TLS_FINISHED && matched == 1 && \old(p->read_protected) == 1;
    ensures matched_by_finished: p->finished_matched == 1
            ==> input == TLS_FINISHED && matched == 1;
    ensures protects_by_change: p->read_protected == 1 && \old(p->read_protected) == 0
            ==> input == PSK_INPUT_CHANGE_CIPHER;
    ensures fails_unmatched: input == TLS_FINISHED && matched != 1 ==> p->step == PSK_STEP_FAILED;
    ensures opens: input == TLS_FINISHED && matched == 1 ==> p->step == PSK_STEP_OPEN;
    ensures protection_kept: input != PSK_INPUT_CHANGE_CIPHER
            ==> p->read_protected == \old(p->read_protected);
    ensures protects: input == PSK_INPUT_CHANGE_CIPHER ==> p->read_protected == 1;
    ensures goes_on: input != TLS_FINISHED ==> p->step < PSK_STEP_OPEN;
    ensures change_after_done: p->step == PSK_AWAITS_SERVER_CHANGE
            ==> input == TLS_SERVER_HELLO_DONE;
    ensures after_change: input == PSK_INPUT_CHANGE_CIPHER ==> p->step == \old(p->step) + 1;
    ensures done: input == TLS_SERVER_HELLO_DONE ==> p->step == PSK_AWAITS_SERVER_CHANGE;
    ensures finished_after_change: p->step == PSK_AWAITS_SERVER_FINISHED
            ==> \old(p->step) == PSK_AWAITS_SERVER_CHANGE;
    ensures certificate_next: p->step == PSK_AWAITS_SERVER_CERTIFICATE
            <==> input == TLS_SERVER_HELLO && certified != 0;
*/
void psk_advance(struct psk_progress *p, uint32_t input, uint32_t matched, uint32_t certified);

/* The end of the connection: in order, or by failure. */
/*@ requires p_valid: \valid(p);
    requires valid: PSK_VALID_PROGRESS(*p);
    requires end: step == PSK_STEP_CLOSED || step == PSK_STEP_FAILED;
    terminates \true;
    exits \false;
    assigns p->step;
    ensures valid: PSK_VALID_PROGRESS(*p);
    ensures ended: p->step == step;
*/
void psk_finish(struct psk_progress *p, uint32_t step);

#endif
