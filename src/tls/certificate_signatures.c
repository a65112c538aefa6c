/* The wrappers of certificate_signatures.h: each hands to BearSSL's own what it does not refuse. */
#include "certificate_signatures.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGN_WITH_HASH 0xFF00u /* of br_ssl_server_choices: this plus a hash function's number */
#define OWN_SUITE 0            /* of br_suite_translated: the suite's registered number */

/* ---- servers ---- */

static bool is_signed(uint16_t suite)
{
    return suite != BR_TLS_RSA_WITH_AES_128_CBC_SHA; /* the only one of ours that is not */
}

/* Falls back to the suite that needs no signature; 0 when it is not offered, or off. */
static int choose_unsigned(const br_ssl_server_context *server, br_ssl_server_choices *choices)
{
    size_t count = 0;
    const br_suite_translated *common = br_ssl_server_get_client_suites(server, &count);
    for (size_t i = 0; i < count; i++) {
        if (!is_signed(common[i][OWN_SUITE])) {
            choices->cipher_suite = common[i][OWN_SUITE];
            return 1;
        }
    }
    return 0;
}

static int policy_choose(const br_ssl_server_policy_class **context,
                         const br_ssl_server_context *server, br_ssl_server_choices *choices)
{
    const struct certificate_policy *policy = (const struct certificate_policy *)(void *)context;
    if ((*policy->certified)->choose(policy->certified, server, choices) == 0) {
        return 0;
    }
    if (!is_signed(choices->cipher_suite) || choices->algo_id >= SIGN_WITH_HASH + br_sha256_ID) {
        return 1;
    }
    return choose_unsigned(server, choices);
}

static uint32_t policy_exchange(const br_ssl_server_policy_class **context, unsigned char *data,
                                size_t *length)
{
    const struct certificate_policy *policy = (const struct certificate_policy *)(void *)context;
    return (*policy->certified)->do_keyx(policy->certified, data, length);
}

static size_t policy_sign(const br_ssl_server_policy_class **context, unsigned algorithm,
                          unsigned char *data, size_t hash_length, size_t room)
{
    const struct certificate_policy *policy = (const struct certificate_policy *)(void *)context;
    return (*policy->certified)->do_sign(policy->certified, algorithm, data, hash_length, room);
}

void certificate_policy_install(struct certificate_policy *policy, br_ssl_server_context *server)
{
    static const br_ssl_server_policy_class policy_class = {
        sizeof(struct certificate_policy), policy_choose, policy_exchange, policy_sign};
    policy->vtable = &policy_class;
    policy->certified = server->policy_vtable;
    br_ssl_server_set_policy(server, &policy->vtable);
}

/* ---- clients ---- */

static uint32_t verify_rsa(const unsigned char *signature, size_t length, const unsigned char *oid,
                           size_t hash_length, const br_rsa_public_key *key, unsigned char *hash)
{
    if (hash_length < br_sha256_SIZE) {
        return 0;
    }
    return br_rsa_pkcs1_vrfy_get_default()(signature, length, oid, hash_length, key, hash);
}

static uint32_t verify_ecdsa(const br_ec_impl *curves, const void *hash, size_t hash_length,
                             const br_ec_public_key *key, const void *signature, size_t length)
{
    if (hash_length < br_sha256_SIZE) {
        return 0;
    }
    return br_ecdsa_vrfy_asn1_get_default()(curves, hash, hash_length, key, signature, length);
}

void certificate_verifiers_install(br_ssl_engine_context *engine)
{
    br_ssl_engine_set_rsavrfy(engine, verify_rsa);
    br_ssl_engine_set_ecdsa(engine, verify_ecdsa);
}
