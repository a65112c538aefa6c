/* What the prover cannot speak of: the memory of a PSK endpoint, its zeroed start from the owner's
 * options, and the call of the owner's key lookup. Not proved; everything else of the endpoint is. */
#include <stdlib.h>

#include "psk_client.h"
#include "psk_endpoint.h"
#include "psk_state.h"
#include "tls_codec_write.h"

_Static_assert(CRYPTO_BEFORE >= CRYPTO_HEADER + CRYPTO_IV_MAX, "an explicit IV has no room");
_Static_assert(CRYPTO_AFTER >= CRYPTO_MAC_MAX + CRYPTO_IV_MAX, "MAC and a block have no room");
_Static_assert(CRYPTO_PROTECTED_MAX == CRYPTO_PLAINTEXT_MAX + CRYPTO_EXPANSION_MAX, "no room");
_Static_assert(PSK_RESERVE >= CRYPTO_BEFORE + 2u + CRYPTO_AFTER, "an alert has no room");
_Static_assert(PSK_KEY_BLOCK_MAX >= 2u * (CRYPTO_MAC_MAX + CRYPTO_KEY_MAX + CRYPTO_IV_MAX),
               "the keys of a suite have no room");

/* Whether this end was given what it takes for RSA_PSK suites. */
static bool certified(const struct psk_endpoint *e, const struct psk_options *o)
{
    return e->client != 0u ? o->anchors != NULL && o->reference != NULL : o->identity != NULL;
}

/* Turns the owner's options into flags and limits. */
static void set_options(struct psk_endpoint *e, const struct psk_options *o)
{
    for (uint32_t i = 0; i < PSK_SUITE_COUNT; i++) {
        bool able = psk_suite_get(i).exchange != PSK_EXCHANGE_RSA || certified(e, o);
        bool on = i < PSK_SUITE_USUAL || o->with_unusual != 0u;
        e->allow_suite[i] = able && on && o->without_suite[i] == 0u ? 1u : 0u;
    }
    e->allow_x25519 = o->without_x25519 == 0u ? 1u : 0u;
    e->allow_p256 = o->without_p256 == 0u ? 1u : 0u;
    e->wanted_limit = o->record_limit;
}

/* Hands what RSA_PSK suites take to the session; false when it is not fit for them. */
static bool set_certificates(struct psk_endpoint *e, const struct psk_options *o)
{
    if (!certified(e, o)) {
        return true;
    }
    if (e->client != 0u) {
        crypto_rsa_trust(&e->crypto, o->anchors, o->reference, o->unix_time);
        return true;
    }
    e->chain_length = crypto_rsa_show(&e->crypto, o->identity);
    return e->chain_length > 0u;
}

static struct psk_endpoint *create(uint32_t client, const struct psk_options *options,
                                   const uint8_t *entropy)
{
    static const struct psk_options usual;
    const struct psk_options *o = options != NULL ? options : &usual;
    struct psk_endpoint *e = calloc(1, sizeof *e);
    if (e == NULL) {
        return NULL;
    }
    psk_begin(&e->progress, client);
    e->client = client;
    e->wanted = TLS_HANDSHAKE_HEADER;
    e->suite = psk_suite_get(0); /* any valid one, until one is agreed on */
    e->alert_sent = PSK_NO_ALERT_YET;
    e->alert_received = PSK_NO_ALERT_YET;
    e->record_limit = PSK_RECORD_LIMIT_MIN;
    set_options(e, o);
    crypto_start(&e->crypto, entropy);
    if (!set_certificates(e, o)) {
        psk_endpoint_free(e);
        return NULL;
    }
    return e;
}

struct psk_endpoint *psk_endpoint_new_server(psk_find *find, void *context,
                                             const struct psk_options *options,
                                             const uint8_t *entropy)
{
    struct psk_endpoint *e = create(0, options, entropy);
    if (e != NULL) {
        e->find = find;
        e->context = context;
    }
    return e;
}

struct psk_endpoint *psk_endpoint_new_client(const uint8_t *identity, uint32_t identity_length,
                                             const struct psk_key *key,
                                             const struct psk_options *options,
                                             const uint8_t *entropy)
{
    if (identity_length == 0u || identity_length > TLS_IDENTITY_MAX || key->length < PSK_KEY_MIN ||
        key->length > PSK_KEY_MAX) {
        return NULL;
    }
    struct psk_endpoint *e = create(1, options, entropy);
    if (e != NULL) {
        tls_copy(e->identity, identity, identity_length);
        e->identity_length = identity_length;
        tls_copy(e->key, key->bytes, key->length);
        e->key_length = key->length;
        psk_client_start(e);
    }
    return e;
}

void psk_endpoint_free(struct psk_endpoint *e)
{
    if (e != NULL) {
        crypto_end(&e->crypto);
        crypto_wipe((uint8_t *)e, sizeof *e);
        free(e);
    }
}

void psk_lookup(struct psk_endpoint *e)
{
    const struct psk_key *key = NULL;
    if (e->identity_length > 0u) {
        key = e->find(e->context, e->identity, e->identity_length);
    }
    if (key != NULL && key->length >= PSK_KEY_MIN && key->length <= PSK_KEY_MAX) {
        tls_copy(e->key, key->bytes, key->length);
        e->key_length = key->length;
    }
}
