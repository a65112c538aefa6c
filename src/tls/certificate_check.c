/* The X.509 engine of certificate_check.h. Each method first does BearSSL's part, then ours. */
#include "certificate_check.h"

#include <string.h>

#define SECONDS_A_DAY 86400u
#define DAYS_BEFORE_1970 719528u /* since 1 January of the year 0, as BearSSL counts */

/* BearSSL passes the address of the first field of our structure. */
static struct certificate_check *check_of(const br_x509_class **context)
{
    return (struct certificate_check *)(void *)context;
}

static void check_start_chain(const br_x509_class **context, const char *server_name)
{
    struct certificate_check *check = check_of(context);
    (void)server_name; /* names are certificate_names.h's task */
    check->verdict = CERTIFICATE_ACCEPTED;
    check->index = 0;
    check->minimal.vtable->start_chain(&check->minimal.vtable, NULL);
}

static void check_start_cert(const br_x509_class **context, uint32_t length)
{
    struct certificate_check *check = check_of(context);
    check->announced = length;
    check->length = 0;
    check->minimal.vtable->start_cert(&check->minimal.vtable, length);
}

static void check_append(const br_x509_class **context, const unsigned char *bytes, size_t length)
{
    struct certificate_check *check = check_of(context);
    check->minimal.vtable->append(&check->minimal.vtable, bytes, length);
    if (check->announced <= CERTIFICATE_SIZE_MAX && length <= check->announced - check->length) {
        memcpy(check->der + check->length, bytes, length);
        check->length += (uint32_t)length;
    }
}

static enum certificate_verdict judge(const struct certificate_check *check)
{
    struct certificate_match match;
    if (check->announced > CERTIFICATE_SIZE_MAX) {
        return CERTIFICATE_TOO_LARGE;
    }
    if (check->index == 0) {
        return certificate_names_check(check->der, check->length, &check->reference, &match);
    }
    return certificate_issuer_check(check->der, check->length);
}

static void check_end_cert(const br_x509_class **context)
{
    struct certificate_check *check = check_of(context);
    check->minimal.vtable->end_cert(&check->minimal.vtable);
    if (check->verdict == CERTIFICATE_ACCEPTED) {
        check->verdict = judge(check);
    }
    check->index++;
}

static unsigned check_end_chain(const br_x509_class **context)
{
    struct certificate_check *check = check_of(context);
    unsigned error = check->minimal.vtable->end_chain(&check->minimal.vtable);
    if (error == 0 && check->index == 0) {
        return BR_ERR_X509_EMPTY_CHAIN;
    }
    if (error == 0 && check->verdict != CERTIFICATE_ACCEPTED) {
        return CERTIFICATE_CHECK_ERROR + (unsigned)check->verdict;
    }
    return error;
}

static const br_x509_pkey *check_get_pkey(const br_x509_class *const *context, unsigned *usages)
{
    const struct certificate_check *check = (const struct certificate_check *)(const void *)context;
    return check->minimal.vtable->get_pkey(&check->minimal.vtable, usages);
}

static const br_x509_class check_class = {
    sizeof(struct certificate_check),
    check_start_chain,
    check_start_cert,
    check_append,
    check_end_cert,
    check_end_chain,
    check_get_pkey,
};

void certificate_check_init(struct certificate_check *check, const br_x509_trust_anchor *anchors,
                            size_t anchor_count, const struct certificate_reference *reference,
                            uint64_t unix_time)
{
    br_x509_minimal_context *minimal = &check->minimal;
    br_x509_minimal_init(minimal, &br_sha256_vtable, anchors, anchor_count);
    br_x509_minimal_set_hash(minimal, br_sha256_ID, &br_sha256_vtable);
    br_x509_minimal_set_hash(minimal, br_sha384_ID, &br_sha384_vtable);
    br_x509_minimal_set_hash(minimal, br_sha512_ID, &br_sha512_vtable);
    br_x509_minimal_set_rsa(minimal, br_rsa_pkcs1_vrfy_get_default());
    br_x509_minimal_set_ecdsa(minimal, br_ec_get_default(), br_ecdsa_vrfy_asn1_get_default());
    br_x509_minimal_set_minrsa(minimal, CERTIFICATE_RSA_MIN);
    br_x509_minimal_set_time(minimal, (uint32_t)(unix_time / SECONDS_A_DAY) + DAYS_BEFORE_1970,
                             (uint32_t)(unix_time % SECONDS_A_DAY));
    check->vtable = &check_class;
    check->reference = *reference;
    check->verdict = CERTIFICATE_ACCEPTED;
    check->index = 0;
    check->announced = 0;
    check->length = 0;
}
