/* What RSA_PSK suites need of the cryptographic port (crypto_port.h), on BearSSL 0.6 and on what the
 * certificate side has of chains and names. The library has the decryption that tells nobody whether
 * the padding was right, but of encryption only the arithmetic: the padding is put on here. Not
 * proved: see the assumption ledger. */
#include "certificate_alerts.h"
#include "certificate_check.h"
#include "certificate_store.h"
#include "crypto_port.h"
#include "tls_codec.h"
#include "tls_codec_write.h"

#include <bearssl.h>
#include <stddef.h>
#include <string.h>

#define LENGTH_BYTES 3u     /* before each certificate of a list */
#define PADDING_MIN 11u     /* 0, 2, eight random bytes, 0 (RFC 8017, 7.2.1) */
#define PADDING_EDGES 3u    /* those of them that are not random */
#define RANDOM_NOT_ZERO 255 /* so many values */

/* A server has the first, a client the others; the key is that of a chain found good. */
struct certificates {
    const struct certificate_identity *identity;
    const struct certificate_anchors *anchors;
    const struct certificate_reference *reference;
    uint64_t unix_time;
    uint32_t modulus_length; /* 0: no key */
    uint32_t exponent_length;
    unsigned char key[BR_X509_BUFSIZE_KEY]; /* modulus, then exponent */
};

_Static_assert(sizeof(struct certificates) <= sizeof((struct crypto_session *)NULL)->rsa,
               "certificates have no room");
_Static_assert(_Alignof(struct certificates) <= _Alignof(struct crypto_session), "alignment");
_Static_assert(CERTIFICATE_RSA_MIN >= CRYPTO_PREMASTER_LENGTH + PADDING_MIN, "padding has no room");
_Static_assert(CRYPTO_RSA_MAX == TLS_ENCRYPTED_MAX, "an encrypted secret has no room");
_Static_assert(CRYPTO_CHAIN_MAX + TLS_CERTIFICATE_HEAD <= CRYPTO_PLAINTEXT_MAX,
               "more than a record");

/* As in crypto_bearssl.c: heap memory without a declared type, reached through here alone. */
static struct certificates *inside(struct crypto_session *s)
{
    return (struct certificates *)(void *)s->rsa;
}

static const struct certificates *seen_inside(const struct crypto_session *s)
{
    return (const struct certificates *)(const void *)s->rsa;
}

/* ---- a server ---- */

/* The bytes of the certificate_list, or more than CRYPTO_CHAIN_MAX. */
static size_t list_length(const struct certificate_identity *identity)
{
    size_t length = 0;
    for (size_t i = 0; i < identity->chain_length && length <= CRYPTO_CHAIN_MAX; i++) {
        length += LENGTH_BYTES + identity->chain[i].data_len;
    }
    return length;
}

uint32_t crypto_rsa_show(struct crypto_session *s, const struct certificate_identity *identity)
{
    const br_rsa_private_key *key = br_skey_decoder_get_rsa(&identity->key);
    size_t length = list_length(identity);
    if (key == NULL || key->n_bitlen < 8u * CERTIFICATE_RSA_MIN || length > CRYPTO_CHAIN_MAX) {
        return 0;
    }
    inside(s)->identity = identity;
    return (uint32_t)length;
}

void crypto_rsa_chain(const struct crypto_session *s, uint8_t *out, uint32_t length)
{
    const struct certificate_identity *identity = seen_inside(s)->identity;
    size_t count = identity != NULL ? identity->chain_length : 0;
    uint32_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const br_x509_certificate *certificate = &identity->chain[i];
        if (length - at < LENGTH_BYTES + certificate->data_len) {
            return;
        }
        tls_put_u24(out + at, (uint32_t)certificate->data_len);
        memcpy(out + at + LENGTH_BYTES, certificate->data, certificate->data_len);
        at += LENGTH_BYTES + (uint32_t)certificate->data_len;
    }
}

static void put_version(uint8_t *premaster, uint32_t version)
{
    premaster[0] = (uint8_t)(version >> 8u);
    premaster[1] = (uint8_t)version;
}

void crypto_rsa_decrypt(struct crypto_session *s, uint32_t version, const uint8_t *encrypted,
                        uint32_t length, uint8_t *out)
{
    const struct certificate_identity *identity = seen_inside(s)->identity;
    unsigned char data[CRYPTO_RSA_MAX] = {0};
    uint32_t good = 0;
    crypto_random(s, out, CRYPTO_PREMASTER_LENGTH);
    if (identity != NULL && length <= sizeof data) {
        memcpy(data, encrypted, length);
        good = br_rsa_ssl_decrypt(br_rsa_private_get_default(),
                                  br_skey_decoder_get_rsa(&identity->key), data, length);
    }
    uint32_t mask = 0u - good; /* all ones, or none; no branch below knows which */
    for (uint32_t i = 0; i < CRYPTO_PREMASTER_LENGTH; i++) {
        out[i] = (uint8_t)((data[i] & mask) | (out[i] & ~mask));
    }
    put_version(out, version);
    crypto_wipe(data, sizeof data);
}

/* ---- a client ---- */

void crypto_rsa_trust(struct crypto_session *s, const struct certificate_anchors *anchors,
                      const struct certificate_reference *reference, uint64_t unix_time)
{
    struct certificates *c = inside(s);
    c->anchors = anchors;
    c->reference = reference;
    c->unix_time = unix_time;
}

/* Puts the certificates of a list through the check; 0, or an error of certificate_alerts.h. */
static int walk(struct certificate_check *check, const uint8_t *list, uint32_t length)
{
    struct tls_span certificate = {0, 0};
    uint32_t at = 0;
    check->vtable->start_chain(&check->vtable, NULL);
    while (at < length && tls_certificate_next(list, at, length, &certificate)) {
        check->vtable->start_cert(&check->vtable, certificate.length);
        check->vtable->append(&check->vtable, list + certificate.offset, certificate.length);
        check->vtable->end_cert(&check->vtable);
        at = certificate.offset + certificate.length;
    }
    return (int)check->vtable->end_chain(&check->vtable);
}

/* Keeps a key that is fit to encrypt for; 0, or an error. */
static int keep_key(struct certificates *c, const br_x509_pkey *key, unsigned usages)
{
    if (key == NULL || key->key_type != BR_KEYTYPE_RSA) {
        return BR_ERR_X509_WRONG_KEY_TYPE;
    }
    if ((usages & BR_KEYTYPE_KEYX) == 0) {
        return BR_ERR_WRONG_KEY_USAGE;
    }
    const br_rsa_public_key *rsa = &key->key.rsa;
    if (rsa->nlen < CERTIFICATE_RSA_MIN) {
        return BR_ERR_X509_WEAK_PUBLIC_KEY;
    }
    if (rsa->nlen > CRYPTO_RSA_MAX || rsa->elen > sizeof c->key - rsa->nlen) {
        return BR_ERR_X509_LIMIT_EXCEEDED;
    }
    memcpy(c->key, rsa->n, rsa->nlen);
    memcpy(c->key + rsa->nlen, rsa->e, rsa->elen);
    c->modulus_length = (uint32_t)rsa->nlen;
    c->exponent_length = (uint32_t)rsa->elen;
    return 0;
}

uint32_t crypto_rsa_check(struct crypto_session *s, const uint8_t *list, uint32_t length)
{
    struct certificates *c = inside(s);
    struct certificate_check check;
    unsigned usages = 0;
    if (c->anchors == NULL || c->reference == NULL) {
        return certificate_alert(BR_ERR_X509_NOT_TRUSTED);
    }
    certificate_check_init(&check, c->anchors->anchor, c->anchors->count, c->reference,
                           c->unix_time);
    int error = walk(&check, list, length);
    if (error == 0) {
        const br_x509_pkey *key = check.vtable->get_pkey(&check.vtable, &usages);
        error = keep_key(c, key, usages);
    }
    return error == 0 ? CRYPTO_CHAIN_GOOD : certificate_alert(error);
}

/* Fills `length` bytes, at most CRYPTO_RSA_MAX, with random ones that are not zero. Out of two random
 * bytes each, so that no value is noticeably likelier than another. */
static void put_padding(struct crypto_session *s, uint8_t *out, uint32_t length)
{
    uint8_t pair[2u * CRYPTO_RSA_MAX];
    crypto_random(s, pair, 2u * length);
    for (uint32_t i = 0; i < length; i++) {
        uint32_t drawn = pair[2u * i] * 256u + pair[2u * i + 1u];
        out[i] = (uint8_t)(drawn % RANDOM_NOT_ZERO + 1u);
    }
    crypto_wipe(pair, sizeof pair);
}

uint32_t crypto_rsa_encrypt(struct crypto_session *s, uint32_t version, uint8_t *premaster,
                            uint8_t *out)
{
    struct certificates *c = inside(s);
    uint32_t length = c->modulus_length;
    if (length == 0u) {
        return 0;
    }
    br_rsa_public_key key = {c->key, length, c->key + length, c->exponent_length};
    uint32_t padding = length - CRYPTO_PREMASTER_LENGTH - PADDING_EDGES;
    crypto_random(s, premaster, CRYPTO_PREMASTER_LENGTH);
    put_version(premaster, version);
    out[0] = 0;
    out[1] = 2;
    put_padding(s, out + 2, padding);
    out[2u + padding] = 0;
    memcpy(out + PADDING_EDGES + padding, premaster, CRYPTO_PREMASTER_LENGTH);
    return br_rsa_public_get_default()(out, length, &key) != 0 ? length : 0;
}
