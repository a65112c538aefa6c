/* Certificates and keys from PEM files: what a server shows, and whom a client trusts.
 *
 * Everything that BearSSL's decoders do not check is checked here, when the file is read: key
 * sizes before its decoder sees them (the one in library 0.6 overruns its buffer with keys of
 * more than 4096 bits), that the certificate belongs to the key, that a trust anchor is a
 * certification authority with a key of decent size and without name constraints, which would be
 * ignored.
 */
#ifndef POOLPROOF_TLS_CERTIFICATE_STORE_H
#define POOLPROOF_TLS_CERTIFICATE_STORE_H

#include "secure_problem.h"

#include <bearssl.h>
#include <stdbool.h>
#include <stddef.h>

/* Most certificates in a server's chain, and most trust anchors in a file. */
#define CERTIFICATE_CHAIN_MAX 16u
#define CERTIFICATE_ANCHORS_MAX 1024u

/* A server's certificate chain and its private key. Lies in secret memory as a whole. */
struct certificate_identity {
    br_x509_certificate chain[CERTIFICATE_CHAIN_MAX]; /* the server's own first; malloc'ed */
    size_t chain_length;
    br_skey_decoder_context key; /* keeps the decoded key */
};

/* NULL with `problem` filled when anything is wrong. Free with certificate_identity_free. */
struct certificate_identity *certificate_identity_load(const char *certificate_file,
                                                       const char *private_key_file,
                                                       struct secure_problem *problem);

/* BR_KEYTYPE_RSA or BR_KEYTYPE_EC. */
int certificate_identity_key_type(const struct certificate_identity *identity);

/* Wipes and releases; NULL is allowed. */
void certificate_identity_free(struct certificate_identity *identity);

/* Whom a client trusts. */
struct certificate_anchors {
    br_x509_trust_anchor *anchor; /* name and key of each malloc'ed */
    size_t count;
};

/* Reads every certificate of the file. False with `problem` filled when anything is wrong or
 * there is none; then `anchors` is empty. Free with certificate_anchors_free. */
bool certificate_anchors_load(struct certificate_anchors *anchors, const char *file,
                              struct secure_problem *problem);
void certificate_anchors_free(struct certificate_anchors *anchors);

#endif
