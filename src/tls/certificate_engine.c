/* Algorithms and suites for certificate_engine.h. The implementations are BearSSL's constant-time
 * ones; they are looked up once, because each look-up asks the processor for its features, which
 * costs a trip to the hypervisor in a virtual machine. */
#include "certificate_engine.h"
#include "certificate_curves.h"
#include "certificate_signatures.h"

#include <stddef.h>
#include <stdint.h>

struct algorithms {
    bool known;
    const br_block_cbcenc_class *cbc_encrypt;
    const br_block_cbcdec_class *cbc_decrypt;
    const br_block_ctr_class *ctr;
    br_ghash ghash;
    br_chacha20_run chacha20;
    br_poly1305_run poly1305;
};

static void look_up_aes(struct algorithms *found)
{
    found->cbc_encrypt = br_aes_x86ni_cbcenc_get_vtable();
    found->cbc_decrypt = br_aes_x86ni_cbcdec_get_vtable();
    found->ctr = br_aes_x86ni_ctr_get_vtable();
    if (found->cbc_encrypt == NULL || found->cbc_decrypt == NULL || found->ctr == NULL) {
        found->cbc_encrypt = &br_aes_ct64_cbcenc_vtable;
        found->cbc_decrypt = &br_aes_ct64_cbcdec_vtable;
        found->ctr = &br_aes_ct64_ctr_vtable;
    }
}

static void look_up_others(struct algorithms *found)
{
    found->ghash = br_ghash_pclmul_get();
    found->chacha20 = br_chacha20_sse2_get();
    found->poly1305 = br_poly1305_ctmulq_get();
    if (found->ghash == NULL) {
        found->ghash = br_ghash_ctmul64;
    }
    if (found->chacha20 == NULL) {
        found->chacha20 = br_chacha20_ct_run;
    }
    if (found->poly1305 == NULL) {
        found->poly1305 = br_poly1305_ctmul_run;
    }
}

static const struct algorithms *algorithms(void)
{
    static struct algorithms found;
    if (!found.known) {
        look_up_aes(&found);
        look_up_others(&found);
        found.known = true;
    }
    return &found;
}

static void set_ciphers(br_ssl_engine_context *engine, struct certificate_record_classes *classes)
{
    const struct algorithms *a = algorithms();
    br_ssl_engine_set_aes_cbc(engine, a->cbc_encrypt, a->cbc_decrypt);
    br_ssl_engine_set_aes_ctr(engine, a->ctr);
    br_ssl_engine_set_ghash(engine, a->ghash);
    br_ssl_engine_set_chacha20(engine, a->chacha20);
    br_ssl_engine_set_poly1305(engine, a->poly1305);
    certificate_records_install(engine, classes);
}

/* SHA-1 only for the HMAC of the one suite that needs it: certificate_signatures.h keeps it from
 * signatures. */
static void set_hashes(br_ssl_engine_context *engine, bool sha1)
{
    br_ssl_engine_set_hash(engine, br_sha256_ID, &br_sha256_vtable);
    br_ssl_engine_set_hash(engine, br_sha384_ID, &br_sha384_vtable);
    br_ssl_engine_set_hash(engine, br_sha512_ID, &br_sha512_vtable);
    if (sha1) {
        br_ssl_engine_set_hash(engine, br_sha1_ID, &br_sha1_vtable);
    }
    br_ssl_engine_set_prf_sha256(engine, br_tls12_sha256_prf);
    br_ssl_engine_set_prf_sha384(engine, br_tls12_sha384_prf);
}

static void set_common(br_ssl_engine_context *engine, struct certificate_record_classes *classes,
                       bool sha1)
{
    br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12);
    br_ssl_engine_add_flags(engine, BR_OPT_NO_RENEGOTIATION);
    set_ciphers(engine, classes);
    set_hashes(engine, sha1);
    br_ssl_engine_set_ec(engine, certificate_curves());
}

/* The last suite is dropped when it is not wanted. */
static void set_suites(br_ssl_engine_context *engine, const uint16_t *suites, size_t count,
                       bool with_last)
{
    br_ssl_engine_set_suites(engine, suites, with_last ? count : count - 1);
}

static const uint16_t rsa_suites[] = {
    BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    BR_TLS_RSA_WITH_AES_128_CBC_SHA,
};

static const uint16_t ec_suites[] = {
    BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
};

static const uint16_t client_suites[] = {
    BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    BR_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    BR_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    BR_TLS_RSA_WITH_AES_128_CBC_SHA,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void set_rsa_identity(br_ssl_server_context *server, struct certificate_policy *policy,
                             const struct certificate_identity *identity, bool with_last)
{
    set_suites(&server->eng, rsa_suites, COUNT(rsa_suites), with_last);
    br_ssl_server_set_single_rsa(server, identity->chain, identity->chain_length,
                                 br_skey_decoder_get_rsa(&identity->key),
                                 BR_KEYTYPE_KEYX | BR_KEYTYPE_SIGN, br_rsa_private_get_default(),
                                 br_rsa_pkcs1_sign_get_default());
    certificate_policy_install(policy, server);
}

static void set_ec_identity(br_ssl_server_context *server,
                            const struct certificate_identity *identity)
{
    set_suites(&server->eng, ec_suites, COUNT(ec_suites), true);
    br_ssl_server_set_single_ec(server, identity->chain, identity->chain_length,
                                br_skey_decoder_get_ec(&identity->key), BR_KEYTYPE_SIGN, 0,
                                br_ec_get_default(), br_ecdsa_sign_asn1_get_default());
}

void certificate_engine_server(br_ssl_server_context *server,
                               struct certificate_record_classes *classes,
                               struct certificate_policy *policy,
                               const struct certificate_identity *identity, bool rsa_aes128_cbc_sha)
{
    bool rsa = certificate_identity_key_type(identity) == BR_KEYTYPE_RSA;
    br_ssl_server_zero(server);
    set_common(&server->eng, classes, rsa && rsa_aes128_cbc_sha);
    br_ssl_engine_add_flags(&server->eng, BR_OPT_ENFORCE_SERVER_PREFERENCES);
    if (rsa) {
        set_rsa_identity(server, policy, identity, rsa_aes128_cbc_sha);
    } else {
        set_ec_identity(server, identity);
    }
}

void certificate_engine_client(br_ssl_client_context *client,
                               struct certificate_record_classes *classes, bool rsa_aes128_cbc_sha)
{
    br_ssl_client_zero(client);
    set_common(&client->eng, classes, rsa_aes128_cbc_sha);
    set_suites(&client->eng, client_suites, COUNT(client_suites), rsa_aes128_cbc_sha);
    br_ssl_client_set_default_rsapub(client);
    certificate_verifiers_install(&client->eng);
}
