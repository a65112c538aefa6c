/* The key schedule: see psk_keys.h. */
#include "psk_keys.h"

#include "tls_codec_write.h"

#define PREMASTER_MAX (2u + PSK_KEY_MAX + 2u + PSK_KEY_MAX)

/* Writes the premaster secret: the other secret (the shared or encrypted one, or as many zeroes as
 * the key has bytes) and the key, each behind its length. Returns how many bytes it has. */
/*@ requires e_valid: \valid_read(e);
    requires suite: PSK_VALID_SUITE(e->suite);
    requires lengths: PSK_VALID_LENGTHS;
    requires out_valid: \valid(out + (0 .. PREMASTER_MAX - 1));
    requires apart: \separated(e, out + (0 .. PREMASTER_MAX - 1));
    terminates \true;
    exits \false;
    assigns out[0 .. PREMASTER_MAX - 1];
    ensures fits: 4 <= \result <= PREMASTER_MAX;
*/
static uint32_t put_premaster(const struct psk_endpoint *e, uint8_t *out)
{
    uint32_t other = e->z_length > 0u ? e->z_length : e->key_length;
    tls_put_u16(out, other);
    if (e->z_length > 0u) {
        tls_copy(out + 2, e->z, e->z_length);
    } else {
        crypto_wipe(out + 2, other);
    }
    tls_put_u16(out + 2u + other, e->key_length);
    tls_copy(out + 4u + other, e->key, e->key_length);
    return 4u + other + e->key_length;
}

void psk_take_suite(struct psk_endpoint *e, uint32_t index)
{
    struct psk_suite suite;
    suite = psk_suite_get(index);
    uint64_t limit = suite.record_limit;
    if (e->wanted_limit != 0u && e->wanted_limit < limit) {
        limit = e->wanted_limit;
    }
    e->suite.code = suite.code;
    e->suite.exchange = suite.exchange;
    e->suite.cipher = suite.cipher;
    e->suite.mac_length = suite.mac_length;
    e->suite.key_length = suite.key_length;
    e->suite.iv_length = suite.iv_length;
    e->suite.nonce_length = suite.nonce_length;
    e->suite.expansion_min = suite.expansion_min;
    e->suite.expansion_max = suite.expansion_max;
    e->suite.record_limit = suite.record_limit;
    e->suite_known = 1;
    e->record_limit = limit > e->record_limit ? limit : e->record_limit;
}

void psk_derive_keys(struct psk_endpoint *e)
{
    uint8_t premaster[PREMASTER_MAX];
    uint8_t seed[2u * TLS_RANDOM_LENGTH];
    uint32_t length = put_premaster(e, premaster);
    crypto_transcript_hash(&e->crypto, seed);
    crypto_prf(premaster, length, CRYPTO_LABEL_EXTENDED_MASTER_SECRET, seed, CRYPTO_HASH_LENGTH,
               e->master, PSK_MASTER_LENGTH);
    crypto_wipe(premaster, PREMASTER_MAX);
    crypto_wipe(e->key, PSK_KEY_MAX);
    crypto_wipe(e->z, PSK_OTHER_MAX);
    tls_copy(seed, e->server_random, TLS_RANDOM_LENGTH);
    tls_copy(seed + TLS_RANDOM_LENGTH, e->client_random, TLS_RANDOM_LENGTH);
    crypto_prf(e->master, PSK_MASTER_LENGTH, CRYPTO_LABEL_KEY_EXPANSION, seed,
               2u * TLS_RANDOM_LENGTH, e->key_block,
               2u * (e->suite.mac_length + e->suite.key_length + e->suite.iv_length));
}

void psk_protect(struct psk_endpoint *e, uint32_t outgoing)
{
    /* The client's keys come first (RFC 5246, 6.3). */
    uint32_t second = outgoing == e->client ? 0u : 1u;
    uint32_t both_macs = 2u * e->suite.mac_length;
    uint32_t mac_key = second * e->suite.mac_length;
    uint32_t key = both_macs + second * e->suite.key_length;
    uint32_t iv = both_macs + 2u * e->suite.key_length + second * e->suite.iv_length;
    crypto_protect(&e->crypto, outgoing, e->suite.cipher, e->key_block + mac_key,
                   e->key_block + key, e->key_block + iv);
}

void psk_verify_data(const struct psk_endpoint *e, uint32_t of_client, uint8_t *out)
{
    uint8_t hash[CRYPTO_HASH_LENGTH];
    crypto_transcript_hash(&e->crypto, hash);
    crypto_prf(e->master, PSK_MASTER_LENGTH,
               of_client != 0u ? CRYPTO_LABEL_CLIENT_FINISHED : CRYPTO_LABEL_SERVER_FINISHED, hash,
               CRYPTO_HASH_LENGTH, out, TLS_VERIFY_DATA_LENGTH);
}

void psk_forget_secrets(struct psk_endpoint *e)
{
    crypto_wipe(e->master, PSK_MASTER_LENGTH);
    crypto_wipe(e->key_block, PSK_KEY_BLOCK_MAX);
    crypto_wipe(e->key, PSK_KEY_MAX);
    crypto_wipe(e->z, PSK_OTHER_MAX);
}
