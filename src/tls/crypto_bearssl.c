/* The cryptographic port on BearSSL 0.6 (crypto_port.h), but for RSA: with crypto_bearssl_rsa.c the
 * only file of the PSK endpoint that includes the library, and only its documented interface.
 *
 * Implementations are chosen once per process: BearSSL's br_*_get_vtable() functions ask the CPU for
 * its features each time, and inside a virtual machine each such question costs 20 microseconds and
 * more. All choices are among the library's constant-time code. Not proved: see the assumption
 * ledger. Never uses BearSSL's own seeder; randomness comes from the session's seed alone.
 */
#include "crypto_port.h"

#include <bearssl.h>
#include <stddef.h>
#include <string.h>

/* BearSSL has no records that are authenticated and not encrypted. These are of its own form: a
 * vtable comes first, so that all records are opened and sealed alike. */
struct mac_records {
    union {
        const br_sslrec_in_class *in;
        const br_sslrec_out_class *out;
    } vtable;
    br_hmac_key_context key;
    uint64_t sequence;
};

union protection {
    br_sslrec_gcm_context gcm;
    br_sslrec_chapol_context chapol;
    struct mac_records mac;
};

struct session {
    br_hmac_drbg_context generator;
    br_sha256_context transcript;
    unsigned char private_key[BR_EC_KBUF_PRIV_MAX_SIZE];
    size_t private_length;
    uint32_t cipher[2]; /* of what comes in, of what goes out */
    union protection protection[2];
};

_Static_assert(sizeof(struct session) <= sizeof((struct crypto_session *)NULL)->cell,
               "session has no room");
_Static_assert(_Alignof(struct session) <= _Alignof(struct crypto_session), "session alignment");
_Static_assert(CRYPTO_GROUP_SECP256R1 == BR_EC_secp256r1, "BearSSL numbers groups as TLS does");
_Static_assert(CRYPTO_GROUP_X25519 == BR_EC_curve25519, "BearSSL numbers groups as TLS does");

/* The library's implementations that suit this machine. */
struct choice {
    const br_block_ctr_class *aes;
    br_ghash ghash;
    br_chacha20_run chacha20;
    br_poly1305_run poly1305;
    const br_ec_impl *ec;
};

static const struct choice *choice(void)
{
    static struct choice chosen;
    if (chosen.ec == NULL) {
        chosen.aes = br_aes_x86ni_ctr_get_vtable();
        chosen.ghash = br_ghash_pclmul_get();
        chosen.chacha20 = br_chacha20_sse2_get();
        chosen.poly1305 = br_poly1305_ctmulq_get();
        chosen.aes = chosen.aes != NULL ? chosen.aes : &br_aes_ct64_ctr_vtable;
        chosen.ghash = chosen.ghash != NULL ? chosen.ghash : &br_ghash_ctmul64;
        chosen.chacha20 = chosen.chacha20 != NULL ? chosen.chacha20 : &br_chacha20_ct_run;
        chosen.poly1305 = chosen.poly1305 != NULL ? chosen.poly1305 : &br_poly1305_ctmul_run;
        chosen.ec = br_ec_get_default();
    }
    return &chosen;
}

/* A session's memory is heap memory without a declared type; all access to it goes through here, or
 * bytewise in crypto_wipe. */
static struct session *inside(struct crypto_session *s)
{
    return (struct session *)(void *)s;
}

void crypto_start(struct crypto_session *s, const uint8_t *seed)
{
    struct session *session = inside(s);
    br_hmac_drbg_init(&session->generator, &br_sha256_vtable, seed, CRYPTO_SEED_LENGTH);
    br_sha256_init(&session->transcript);
}

void crypto_wipe(uint8_t *bytes, uint32_t length)
{
    explicit_bzero(bytes, length);
}

void crypto_end(struct crypto_session *s)
{
    crypto_wipe((uint8_t *)s, sizeof *s);
}

void crypto_random(struct crypto_session *s, uint8_t *out, uint32_t length)
{
    br_hmac_drbg_generate(&inside(s)->generator, out, length);
}

void crypto_transcript_add(struct crypto_session *s, const uint8_t *bytes, uint32_t length)
{
    br_sha256_update(&inside(s)->transcript, bytes, length);
}

void crypto_transcript_hash(const struct crypto_session *s, uint8_t *out)
{
    br_sha256_out(&((const struct session *)(const void *)s)->transcript, out);
}

uint32_t crypto_share_make(struct crypto_session *s, uint32_t group, uint8_t *out)
{
    struct session *session = inside(s);
    br_ec_private_key key;
    session->private_length = br_ec_keygen(&session->generator.vtable, choice()->ec, &key,
                                           session->private_key, (int)group);
    return (uint32_t)choice()->ec->mulgen(out, session->private_key, session->private_length,
                                          (int)group);
}

/* Whether all bytes are zero, in constant time. */
static bool all_zero(const unsigned char *bytes, size_t length)
{
    unsigned any = 0;
    for (size_t i = 0; i < length; i++) {
        any |= bytes[i];
    }
    return any == 0;
}

bool crypto_share_combine(struct crypto_session *s, uint32_t group, const uint8_t *share,
                          uint32_t length, uint8_t *out)
{
    struct session *session = inside(s);
    unsigned char point[CRYPTO_SHARE_MAX];
    size_t x_length = 0;
    uint32_t expected = group == CRYPTO_GROUP_X25519 ? 32u : CRYPTO_SHARE_MAX;
    /* BearSSL 0.6 does not check the length of a point itself. */
    if (length != expected || (group == CRYPTO_GROUP_SECP256R1 && share[0] != 0x04)) {
        return false;
    }
    memcpy(point, share, length);
    bool good = choice()->ec->mul(point, length, session->private_key, session->private_length,
                                  (int)group) != 0;
    memcpy(out, point + choice()->ec->xoff((int)group, &x_length), CRYPTO_Z_LENGTH);
    crypto_wipe(point, sizeof point);
    crypto_wipe(session->private_key, sizeof session->private_key);
    /* BearSSL accepts X25519 shares of small order; their secret is zero (RFC 7748, 6.1). */
    return good && !all_zero(out, CRYPTO_Z_LENGTH);
}

void crypto_prf(const uint8_t *secret, uint32_t secret_length, uint32_t label, const uint8_t *seed,
                uint32_t seed_length, uint8_t *out, uint32_t out_length)
{
    static const char *const labels[] = {"extended master secret", "key expansion",
                                         "client finished", "server finished"};
    br_tls_prf_seed_chunk chunk = {seed, seed_length};
    br_tls12_sha256_prf(out, out_length, secret, secret_length, labels[label], 1, &chunk);
}

/* The MAC of the next record (RFC 5246, 6.2.3.1): of its number, type, version, length and bytes. */
static void next_mac(struct mac_records *m, int type, unsigned version, const unsigned char *bytes,
                     size_t length, unsigned char *out)
{
    unsigned char head[13];
    br_hmac_context hmac;
    for (unsigned i = 0; i < 8u; i++) {
        head[i] = (unsigned char)(m->sequence >> (56u - 8u * i));
    }
    m->sequence++;
    head[8] = (unsigned char)type;
    head[9] = (unsigned char)(version >> 8u);
    head[10] = (unsigned char)version;
    head[11] = (unsigned char)(length >> 8u);
    head[12] = (unsigned char)length;
    br_hmac_init(&hmac, &m->key, 0);
    br_hmac_update(&hmac, head, sizeof head);
    br_hmac_update(&hmac, bytes, length);
    br_hmac_out(&hmac, out);
}

static int mac_check_length(const br_sslrec_in_class *const *in, size_t length)
{
    (void)in;
    return length >= br_sha256_SIZE;
}

static unsigned char *mac_open(const br_sslrec_in_class **in, int type, unsigned version,
                               void *fragment, size_t *length)
{
    unsigned char expected[br_sha256_SIZE];
    unsigned char *bytes = fragment;
    *length -= sizeof expected;
    next_mac((struct mac_records *)(void *)in, type, version, bytes, *length, expected);
    return crypto_equal(bytes + *length, expected, sizeof expected) ? bytes : NULL;
}

static unsigned char *mac_seal(const br_sslrec_out_class **out, int type, unsigned version,
                               void *plaintext, size_t *length)
{
    unsigned char *bytes = plaintext;
    size_t whole = *length + br_sha256_SIZE;
    next_mac((struct mac_records *)(void *)out, type, version, bytes, *length, bytes + *length);
    bytes -= CRYPTO_HEADER;
    bytes[0] = (unsigned char)type;
    bytes[1] = (unsigned char)(version >> 8u);
    bytes[2] = (unsigned char)version;
    bytes[3] = (unsigned char)(whole >> 8u);
    bytes[4] = (unsigned char)whole;
    *length = CRYPTO_HEADER + whole;
    return bytes;
}

static void mac_begin(struct mac_records *m, uint32_t outgoing, const uint8_t *key)
{
    static const br_sslrec_in_class in = {sizeof *m, mac_check_length, mac_open};
    static const br_sslrec_out_class out = {sizeof *m, NULL, mac_seal}; /* room: CRYPTO_AFTER */
    br_hmac_key_init(&m->key, &br_sha256_vtable, key, br_sha256_SIZE);
    m->sequence = 0;
    if (outgoing != 0) {
        m->vtable.out = &out;
    } else {
        m->vtable.in = &in;
    }
}

static void gcm_begin(br_sslrec_gcm_context *gcm, uint32_t outgoing, const uint8_t *key,
                      const uint8_t *iv)
{
    const struct choice *c = choice();
    if (outgoing != 0) {
        br_sslrec_out_gcm_vtable.init(&gcm->vtable.out, c->aes, key, 16, c->ghash, iv);
    } else {
        br_sslrec_in_gcm_vtable.init(&gcm->vtable.in, c->aes, key, 16, c->ghash, iv);
    }
}

static void chapol_begin(br_sslrec_chapol_context *chapol, uint32_t outgoing, const uint8_t *key,
                         const uint8_t *iv)
{
    const struct choice *c = choice();
    if (outgoing != 0) {
        br_sslrec_out_chapol_vtable.init(&chapol->vtable.out, c->chacha20, c->poly1305, key, iv);
    } else {
        br_sslrec_in_chapol_vtable.init(&chapol->vtable.in, c->chacha20, c->poly1305, key, iv);
    }
}

void crypto_protect(struct crypto_session *s, uint32_t outgoing, uint32_t cipher,
                    const uint8_t *mac_key, const uint8_t *key, const uint8_t *iv)
{
    struct session *session = inside(s);
    union protection *p = &session->protection[outgoing];
    session->cipher[outgoing] = cipher;
    if (cipher == CRYPTO_AES_128_GCM) {
        gcm_begin(&p->gcm, outgoing, key, iv);
    } else if (cipher == CRYPTO_CHACHA20_POLY1305) {
        chapol_begin(&p->chapol, outgoing, key, iv);
    } else {
        mac_begin(&p->mac, outgoing, mac_key);
    }
}

/* The record class of a direction: all classes begin with a pointer to their vtable. */
static const br_sslrec_in_class **incoming(struct session *session)
{
    union protection *p = &session->protection[0];
    if (session->cipher[0] == CRYPTO_NULL_SHA256) {
        return &p->mac.vtable.in;
    }
    return session->cipher[0] == CRYPTO_AES_128_GCM
               ? (const br_sslrec_in_class **)(void *)&p->gcm.vtable.in
               : (const br_sslrec_in_class **)(void *)&p->chapol.vtable.in;
}

static const br_sslrec_out_class **outgoing(struct session *session)
{
    union protection *p = &session->protection[1];
    if (session->cipher[1] == CRYPTO_NULL_SHA256) {
        return &p->mac.vtable.out;
    }
    return session->cipher[1] == CRYPTO_AES_128_GCM
               ? (const br_sslrec_out_class **)(void *)&p->gcm.vtable.out
               : (const br_sslrec_out_class **)(void *)&p->chapol.vtable.out;
}

bool crypto_open(struct crypto_session *s, uint32_t type, uint8_t *fragment, uint32_t length,
                 uint32_t *plain_offset, uint32_t *plain_length)
{
    const br_sslrec_in_class **in = incoming(inside(s));
    size_t size = length;
    *plain_offset = 0;
    *plain_length = 0;
    if (!(*in)->check_length(in, size)) {
        return false;
    }
    unsigned char *plain = (*in)->decrypt(in, (int)type, BR_TLS12, fragment, &size);
    if (plain == NULL) {
        return false;
    }
    *plain_offset = (uint32_t)(plain - fragment);
    *plain_length = (uint32_t)size;
    return true;
}

uint32_t crypto_seal(struct crypto_session *s, uint32_t type, uint8_t *record, uint32_t length)
{
    struct session *session = inside(s);
    const br_sslrec_out_class **out = outgoing(session);
    uint32_t before = CRYPTO_HEADER + (session->cipher[1] == CRYPTO_AES_128_GCM ? 8u : 0u);
    size_t size = length;
    (*out)->encrypt(out, (int)type, BR_TLS12, record + before, &size);
    return (uint32_t)size;
}

bool crypto_equal(const uint8_t *a, const uint8_t *b, uint32_t length)
{
    unsigned difference = 0;
    for (uint32_t i = 0; i < length; i++) {
        difference |= (unsigned)(a[i] ^ b[i]);
    }
    return difference == 0;
}
