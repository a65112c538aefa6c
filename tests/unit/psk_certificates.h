/* What the RSA_PSK suites take, for the test_psk_* programs: a throwaway authority, a server that it
 * certified, and the options that say so. */
#ifndef POOLPROOF_TESTS_PSK_CERTIFICATES_H
#define POOLPROOF_TESTS_PSK_CERTIFICATES_H

#include <time.h>

#include "certificate_names.h"
#include "certificate_store.h"
#include "psk_endpoint.h"
#include "throwaway_pki.h"

static struct certificate_identity *certified_identity; /* rsa.pem */
static struct certificate_anchors certified_anchors;    /* ca.pem */
static const struct certificate_reference certified_name = {
    .tag = CERTIFICATE_TAG_DNS_NAME, .length = 14, .bytes = "registrar.test"};

static inline int certificates_make(void **state)
{
    struct secure_problem problem;
    (void)state;
    if (pki_open() != 0 || pki_make() != 0) {
        return -1;
    }
    certified_identity =
        certificate_identity_load(pki_path("rsa.pem"), pki_path("rsa.key"), &problem);
    return certified_identity != NULL &&
                   certificate_anchors_load(&certified_anchors, pki_path("ca.pem"), &problem)
               ? 0
               : -1;
}

static inline int certificates_end(void **state)
{
    (void)state;
    certificate_identity_free(certified_identity);
    certificate_anchors_free(&certified_anchors);
    return pki_close();
}

/* Gives options of either end what RSA_PSK takes. The client's time is a minute late, so that it is no
 * matter when in the test a certificate is issued. */
static inline void certify(struct psk_options *options)
{
    options->identity = certified_identity;
    options->anchors = &certified_anchors;
    options->reference = &certified_name;
    options->unix_time = (uint64_t)time(NULL) + 60u;
}

#endif
