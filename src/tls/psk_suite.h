/* The cipher suites of the PSK endpoint, as a table in the server's order of preference.
 *
 * One entry says everything that the handshake, the key schedule and the record layer need to know of
 * a suite. All suites here use the TLS 1.2 PRF with SHA-256 (RFC 5246, 5; RFC 5487; RFC 7905; RFC
 * 8442). The first PSK_SUITE_USUAL are on unless their owner leaves them out; those behind them are
 * for tests and for peers that have nothing better, and off unless their owner asks for them.
 *
 * What adding a suite takes, by its kind:
 *
 *   a cipher of crypto_port.h   an entry, and its code in `psk_suite_code`. ECDHE_PSK suites come first:
 *                               contracts know them by `index <= 1`. TLS_SUITES_MAX bounds the table.
 *   NULL (RFC 4785, RFC 5487)   an entry as TLS_PSK_WITH_NULL_SHA256 is one; for another hash also
 *                               that hash in crypto_port.h.
 *   CBC (RFC 4279, RFC 5487)    an entry: `mac_length` as the hash's, `iv_length` 0 and `nonce_length`
 *                               the block (RFC 5246, 6.2.3.2), `expansion_min` IV, MAC and the padding
 *                               of nothing, `expansion_max` IV, MAC and 256 bytes of padding; and
 *                               the cipher in crypto_port.h, which takes MAC keys, leaves room for IV,
 *                               MAC and padding, and bears padding of any length. Not an entry's
 *                               business: encrypt-then-MAC (RFC 7366), an extension of the hellos.
 *   RSA_PSK (RFC 4279, 4)       an entry as TLS_RSA_PSK_WITH_AES_128_GCM_SHA256 is one; its records are
 *                               those of its cipher, as above. On only at an endpoint that was given
 *                               what it takes (psk_options): a certificate and its RSA key at the
 *                               server, trust anchors and a name at the client.
 *   SHA-384 suites              the PRF and transcript hash by suite: crypto_prf,
 *                               crypto_transcript_hash and CRYPTO_HASH_LENGTH know SHA-256 alone.
 */
#ifndef POOLPROOF_TLS_PSK_SUITE_H
#define POOLPROOF_TLS_PSK_SUITE_H

#include <stdint.h>

#include "crypto_port.h"

#define PSK_SUITE_COUNT 6u

/* So many of them, the first, are on by default. */
#define PSK_SUITE_USUAL 4u

/* What psk_suite_index answers for a code that is not in the table. */
#define PSK_SUITE_NONE PSK_SUITE_COUNT

#define TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256 0xD001u       /* RFC 8442, 3 */
#define TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256 0xCCACu /* RFC 7905, 2 */
#define TLS_PSK_WITH_AES_128_GCM_SHA256 0x00A8u             /* RFC 5487, 2 */
#define TLS_PSK_WITH_CHACHA20_POLY1305_SHA256 0xCCABu       /* RFC 7905, 2 */
#define TLS_RSA_PSK_WITH_AES_128_GCM_SHA256 0x00ACu         /* RFC 5487, 2 */
#define TLS_PSK_WITH_NULL_SHA256 0x00B0u                    /* RFC 5487, 3: not encrypted */

/* How the premaster secret's first half, the other secret, comes about. */
#define PSK_EXCHANGE_PLAIN 0u /* zeroes (RFC 4279, 2); ServerKeyExchange only with a hint */
#define PSK_EXCHANGE_ECDHE 1u /* an ephemeral share of each side (RFC 5489, 2) */
#define PSK_EXCHANGE_RSA 2u /* the client's, encrypted for the server's certificate (RFC 4279, 4) */
#define PSK_EXCHANGE_LAST PSK_EXCHANGE_RSA

/* Longest key block a suite may ask for: two MAC keys, two keys, two IVs. */
#define PSK_KEY_BLOCK_MAX 192u

struct psk_suite {
    uint32_t code;          /* as in the hello messages */
    uint32_t exchange;      /* PSK_EXCHANGE_... */
    uint32_t cipher;        /* CRYPTO_... of crypto_port.h */
    uint32_t mac_length;    /* bytes of a MAC key, 0 for an AEAD cipher */
    uint32_t key_length;    /* bytes of a cipher key, 0 without encryption */
    uint32_t iv_length;     /* bytes of a fixed IV */
    uint32_t nonce_length;  /* bytes of an explicit nonce or IV at the head of each fragment */
    uint32_t expansion_min; /* bytes of the shortest protected fragment, that of no plaintext */
    uint32_t expansion_max; /* most bytes that protection adds to a plaintext; more with padding */
    uint64_t record_limit;  /* most records under one key (RFC 5246, 6.1; RFC 9325, 4.4) */
};

/*@ logic integer psk_suite_code(integer index) =
      index == 0 ? 0xD001 : index == 1 ? 0xCCAC : index == 2 ? 0x00A8 :
      index == 3 ? 0xCCAB : index == 4 ? 0x00AC : 0x00B0;
*/

/* What holds of every entry, for contracts. */
#define PSK_VALID_SUITE(s)                                                                         \
    ((s).code <= 0xffff && (s).exchange <= PSK_EXCHANGE_LAST &&                                    \
     1 <= (s).cipher <= CRYPTO_CIPHER_LAST && (s).mac_length <= CRYPTO_MAC_MAX &&                  \
     (s).key_length <= CRYPTO_KEY_MAX && (s).iv_length <= CRYPTO_IV_MAX &&                         \
     (s).nonce_length <= CRYPTO_BEFORE - CRYPTO_HEADER &&                                          \
     (s).expansion_min <= (s).expansion_max <= CRYPTO_EXPANSION_MAX &&                             \
     4 <= (s).record_limit <= 0x1000000000000)

/* The place of suite `code` in the table, or PSK_SUITE_NONE. */
/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures none_or_index: \result <= PSK_SUITE_NONE;
    ensures found: \result < PSK_SUITE_COUNT ==> code == psk_suite_code(\result);
    ensures complete: \forall integer i; 0 <= i < PSK_SUITE_COUNT && code == psk_suite_code(i)
              ==> \result == i;
*/
uint32_t psk_suite_index(uint32_t code);

/* The entry at `index`. */
/*@ requires index_in_table: index < PSK_SUITE_COUNT;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures valid: PSK_VALID_SUITE(\result);
    ensures code: \result.code == psk_suite_code(index);
    ensures ecdhe: \result.exchange == PSK_EXCHANGE_ECDHE <==> index <= 1;
*/
struct psk_suite psk_suite_get(uint32_t index);

#endif
