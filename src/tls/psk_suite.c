/* The cipher suites of the PSK endpoint: see psk_suite.h. */
#include "psk_suite.h"

/* AES-GCM loses its margin with the number of blocks under one key: 2^32 records keep an attacker's
 * advantage below 2^-40 even when all are full. ChaCha20-Poly1305 has no such bound; 2^48 records
 * would take years. HMAC-SHA256 stands even more. */
static const struct psk_suite table[PSK_SUITE_COUNT] = {
    {TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256, PSK_EXCHANGE_ECDHE, CRYPTO_AES_128_GCM, 0, 16, 4, 8, 24,
     24, 0x100000000u},
    {TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256, PSK_EXCHANGE_ECDHE, CRYPTO_CHACHA20_POLY1305, 0,
     32, 12, 0, 16, 16, 0x1000000000000u},
    {TLS_PSK_WITH_AES_128_GCM_SHA256, PSK_EXCHANGE_PLAIN, CRYPTO_AES_128_GCM, 0, 16, 4, 8, 24, 24,
     0x100000000u},
    {TLS_PSK_WITH_CHACHA20_POLY1305_SHA256, PSK_EXCHANGE_PLAIN, CRYPTO_CHACHA20_POLY1305, 0, 32, 12,
     0, 16, 16, 0x1000000000000u},
    {TLS_RSA_PSK_WITH_AES_128_GCM_SHA256, PSK_EXCHANGE_RSA, CRYPTO_AES_128_GCM, 0, 16, 4, 8, 24, 24,
     0x100000000u},
    {TLS_PSK_WITH_NULL_SHA256, PSK_EXCHANGE_PLAIN, CRYPTO_NULL_SHA256, 32, 0, 0, 0, 32, 32,
     0x1000000000000u},
};

uint32_t psk_suite_index(uint32_t code)
{
    /*@ loop invariant within: i <= PSK_SUITE_COUNT;
        loop invariant not_yet: \forall integer k; 0 <= k < i ==> code != psk_suite_code(k);
        loop assigns i;
        loop variant PSK_SUITE_COUNT - i;
    */
    for (uint32_t i = 0; i < PSK_SUITE_COUNT; i++) {
        //@ assert code_of_entry: table[i].code == psk_suite_code(i);
        if (table[i].code == code) {
            return i;
        }
    }
    return PSK_SUITE_NONE;
}

struct psk_suite psk_suite_get(uint32_t index)
{
    return table[index];
}
