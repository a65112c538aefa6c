/* One end of a TLS 1.2 connection authenticated by a pre-shared key, client or server, without I/O.
 *
 * RFC 5246 with the key exchanges of RFC 4279 (but DHE_PSK) and RFC 5489 and the suites of psk_suite.h.
 * The owner moves bytes: what the network brought goes in through psk_endpoint_wire_in, what wire_out shows
 * goes to the network, app_out takes plaintext, app_in shows plaintext that came from the peer. No
 * call blocks, allocates (but for the two constructors) or asks for the time; none is thread-safe.
 *
 * Policy, fixed: TLS 1.2 only; extended master secret required of both sides (RFC 7627);
 * renegotiation refused with a warning; no resumption, no compression; a client that falls back to
 * a lower version is told so (RFC 7507); at most PSK_NUISANCE_MAX warnings, empty records and
 * renegotiation attempts between two pieces of application data. A server goes on with a random key
 * when it does not know the identity, so that the peer cannot tell this from a wrong key
 * (RFC 4279, 2). Every error is answered by its alert; keys are wiped as soon as they have served.
 *
 * Proved (theorem data_after_finished): psk_endpoint_app_in shows bytes only after a Finished
 * message with the right verify_data came in, and only bytes of records that were opened under the
 * connection's keys.
 */
#ifndef POOLPROOF_TLS_PSK_ENDPOINT_H
#define POOLPROOF_TLS_PSK_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "psk_suite.h"
#include "tls_codec.h"

#define PSK_KEY_MIN 16u     /* bytes: 128 bits */
#define PSK_KEY_MAX 64u     /* bytes (RFC 4279, 5.3) */
#define PSK_ENTROPY 48u     /* bytes of the operating system's randomness per connection */
#define PSK_NUISANCE_MAX 8u /* messages without use that are borne in a row */

/* A pre-shared key: `length` in PSK_KEY_MIN .. PSK_KEY_MAX. */
struct psk_key {
    uint8_t length;
    uint8_t bytes[PSK_KEY_MAX];
};

enum psk_state {
    PSK_HANDSHAKE = 0, /* no application data yet, neither way */
    PSK_OPEN = 1,      /* the peer has proved that it knows the key */
    PSK_CLOSED = 2,    /* close_notify was sent or received; drain app_in and wire_out, then free */
    PSK_FAILED = 3     /* psk_endpoint_error says why; drain wire_out (an alert), then free */
};

/* What both roles may be told. All zeroes is the usual choice: all usual suites and both groups, the
 * suites' limits. */
struct psk_options {
    /* What RSA_PSK suites (RFC 4279, 4) take, beside `with_unusual`; they are left out where it is NULL.
     * It stays the owner's, and has to live until the handshake is over. */
    const struct certificate_identity *identity;   /* server: its chain, and the key of it */
    const struct certificate_anchors *anchors;     /* client: trusts these, ... */
    const struct certificate_reference *reference; /* ... to name this server */
    uint64_t unix_time; /* client: seconds since 1970, 0 .. 253402300799, for the chain's dates */
    uint8_t without_suite[PSK_SUITE_COUNT]; /* not 0: leave this suite of the table out */
    uint8_t without_x25519;                 /* not 0: leave this group out */
    uint8_t without_p256;                   /* not 0: leave this group out */
    uint8_t with_unusual; /* not 0: take the suites behind PSK_SUITE_USUAL as well; one of them does
                              not encrypt, and no program of ours asks for them */
    uint64_t record_limit; /* most records each way before the connection closes itself, at least 4;
                              0: the suite's own limit, which is also the most it can be */
};

/* Finds the key of `identity` (1 to 128 bytes, not terminated, not validated as UTF-8). NULL when
 * unknown. The key is copied before anything else happens; it must have an allowed length, or it is
 * treated as unknown. Should take the same time for known and unknown identities. */
typedef const struct psk_key *psk_find(void *context, const uint8_t *identity, uint32_t length);

struct psk_endpoint;

/* A server that asks `find(context, ...)` for keys. `options` may be NULL; `entropy` has PSK_ENTROPY
 * bytes, fresh for each connection, which the caller should wipe. NULL when memory is short, or the
 * identity of the options is not fit: no RSA key of 2048 bits or more, or more than CRYPTO_CHAIN_MAX
 * bytes of certificates. */
struct psk_endpoint *psk_endpoint_new_server(psk_find *find, void *context,
                                             const struct psk_options *options,
                                             const uint8_t *entropy);

/* A client that is `identity` (1 to TLS_IDENTITY_MAX bytes) and holds `key`; both are copied. NULL
 * when memory is short or a length is out of range. Its ClientHello is ready in wire_out. */
struct psk_endpoint *psk_endpoint_new_client(const uint8_t *identity, uint32_t identity_length,
                                             const struct psk_key *key,
                                             const struct psk_options *options,
                                             const uint8_t *entropy);

/* Wipes and releases; NULL is allowed. Says nothing to the peer: see psk_endpoint_close. */
void psk_endpoint_free(struct psk_endpoint *e);

/* Where to put bytes from the network, and how many fit (`*room`, 0: take plaintext out first, or
 * the connection is at its end). Then `wire_in_done` with how many were put there, at most that. */
uint8_t *psk_endpoint_wire_in(struct psk_endpoint *e, size_t *room);
void psk_endpoint_wire_in_done(struct psk_endpoint *e, size_t n);

/* Bytes for the network (`*length`, 0: none now). Then `wire_out_done` with how many were sent. */
const uint8_t *psk_endpoint_wire_out(const struct psk_endpoint *e, size_t *length);
void psk_endpoint_wire_out_done(struct psk_endpoint *e, size_t n);

/* Plaintext from the peer (`*length`, 0: none now; may be one record at a time). Then `app_in_done`
 * with how many bytes were taken. What is shown stays shown when the connection closes. */
const uint8_t *psk_endpoint_app_in(const struct psk_endpoint *e, size_t *length);
void psk_endpoint_app_in_done(struct psk_endpoint *e, size_t n);

/* Where to put plaintext for the peer (`*room`, 0: not open, or send wire_out first). `app_out_done`
 * takes `n` bytes into the record being filled, and seals it when it is full; `flush` seals what
 * there is. */
uint8_t *psk_endpoint_app_out(struct psk_endpoint *e, size_t *room);
void psk_endpoint_app_out_done(struct psk_endpoint *e, size_t n);
void psk_endpoint_flush(struct psk_endpoint *e);

/* Seals what there is and says close_notify. Nothing is received or sent after. */
void psk_endpoint_close(struct psk_endpoint *e);

enum psk_state psk_endpoint_state(const struct psk_endpoint *e);

/* Why the endpoint is PSK_FAILED or closed itself: a constant English phrase, "" when all is well. */
const char *psk_endpoint_error(const struct psk_endpoint *e);

/* The alert description sent (psk_endpoint_alert_sent) or received from the peer, -1 when none. */
int psk_endpoint_alert_sent(const struct psk_endpoint *e);
int psk_endpoint_alert_received(const struct psk_endpoint *e);

/* The PSK identity of the client, `*length` bytes: for a server the peer's, authenticated only when
 * the state is or was PSK_OPEN (before that it is a mere claim, empty until one is made). */
const uint8_t *psk_endpoint_identity(const struct psk_endpoint *e, uint32_t *length);

/* The suite agreed on (its code, 0 while there is none), for logs. */
uint32_t psk_endpoint_suite(const struct psk_endpoint *e);

#endif
