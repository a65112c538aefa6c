/* The cipher suites of the PSK endpoint, as a table in the server's order of preference.
 *
 * One entry says everything that the handshake, the key schedule and the record layer need to know of
 * a suite, so that a suite is added by adding an entry (and a cipher to crypto_port.h when it is a
 * new one): a NULL or CBC suite has a `mac_length`, an RSA_PSK suite another `exchange`. All suites
 * here use the TLS 1.2 PRF with SHA-256 (RFC 5246, 5; RFC 5487; RFC 7905; RFC 8442).
 */
#ifndef POOLPROOF_TLS_PSK_SUITE_H
#define POOLPROOF_TLS_PSK_SUITE_H

#include <stdint.h>

#include "crypto_port.h"

#define PSK_SUITE_COUNT 4u

/* What psk_suite_index answers for a code that is not in the table. */
#define PSK_SUITE_NONE PSK_SUITE_COUNT

#define TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256 0xD001u       /* RFC 8442, 3 */
#define TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256 0xCCACu /* RFC 7905, 2 */
#define TLS_PSK_WITH_AES_128_GCM_SHA256 0x00A8u             /* RFC 5487, 2 */
#define TLS_PSK_WITH_CHACHA20_POLY1305_SHA256 0xCCABu       /* RFC 7905, 2 */

/* How the premaster secret's first half comes about. */
#define PSK_EXCHANGE_PLAIN 0u /* zeroes (RFC 4279, 2); ServerKeyExchange only with a hint */
#define PSK_EXCHANGE_ECDHE 1u /* an ephemeral share of each side (RFC 5489, 2) */

/* Longest key block a suite may ask for: two MAC keys, two keys, two IVs. */
#define PSK_KEY_BLOCK_MAX 160u

struct psk_suite {
    uint32_t code;         /* as in the hello messages */
    uint32_t exchange;     /* PSK_EXCHANGE_... */
    uint32_t cipher;       /* CRYPTO_... of crypto_port.h */
    uint32_t mac_length;   /* bytes of a MAC key, 0 for an AEAD cipher */
    uint32_t key_length;   /* bytes of a cipher key */
    uint32_t iv_length;    /* bytes of a fixed IV */
    uint32_t nonce_length; /* bytes of an explicit nonce at the head of each protected fragment */
    uint32_t tag_length;   /* bytes of authentication at its end */
    uint64_t record_limit; /* most records under one key (RFC 5246, 6.1; RFC 9325, 4.4) */
};

/*@ logic integer psk_suite_code(integer index) =
      index == 0 ? 0xD001 : index == 1 ? 0xCCAC : index == 2 ? 0x00A8 : 0xCCAB;
*/

/* What holds of every entry, for contracts. */
#define PSK_VALID_SUITE(s)                                                                         \
    ((s).code <= 0xffff && (s).exchange <= PSK_EXCHANGE_ECDHE &&                                   \
     ((s).cipher == CRYPTO_AES_128_GCM || (s).cipher == CRYPTO_CHACHA20_POLY1305) &&               \
     (s).mac_length <= 32 && (s).key_length <= 32 && (s).iv_length <= 16 &&                        \
     (s).nonce_length <= 8 && (s).tag_length <= 16 && 4 <= (s).record_limit <= 0x1000000000000)

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
