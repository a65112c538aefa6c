/* Judges a server's certificate chain for a client: BearSSL's X.509 engine, and our own walk
 * beside it.
 *
 * An X.509 engine of BearSSL's documented kind (`br_x509_class`) that hands every byte on to
 * BearSSL's "minimal" engine, which verifies signatures, dates, key usage and the path to a trust
 * anchor, and keeps a copy of each certificate for certificate_names.h, which verifies the
 * reference identity, the extended key usage and the form. A chain is good only when both say so.
 *
 * BearSSL's engine is never told a server name: its own matching falls back to the common name
 * and takes an address for a host name. It gets the time from the caller, RSA keys of 2048 bits
 * and more, and no SHA-1.
 */
#ifndef POOLPROOF_TLS_CERTIFICATE_CHECK_H
#define POOLPROOF_TLS_CERTIFICATE_CHECK_H

#include "certificate_names.h"

#include <bearssl.h>
#include <stddef.h>
#include <stdint.h>

/* Error codes of end_chain beyond BearSSL's own (which end at 63): this plus a
 * certificate_verdict. */
#define CERTIFICATE_CHECK_ERROR 64u

/* Smallest RSA key accepted in a certificate, in bytes: RFC 9325, 4.5 asks for 2048 bits. */
#define CERTIFICATE_RSA_MIN 256

struct certificate_check {
    const br_x509_class *vtable; /* first, as BearSSL demands */
    br_x509_minimal_context minimal;
    struct certificate_reference reference;
    enum certificate_verdict verdict; /* the first that was not CERTIFICATE_ACCEPTED */
    uint32_t index;                   /* which certificate of the chain, 0: the server's */
    uint32_t announced;               /* its length */
    uint32_t length;                  /* bytes of it in `der` */
    uint8_t der[CERTIFICATE_SIZE_MAX];
};

/* Prepares one validation. `anchors` stay the caller's and must outlive the handshake. `unix_time`:
 * seconds since 1970, 0 .. 253402300799. After this, `&check->vtable` is what
 * br_ssl_engine_set_x509 wants. */
void certificate_check_init(struct certificate_check *check, const br_x509_trust_anchor *anchors,
                            size_t anchor_count, const struct certificate_reference *reference,
                            uint64_t unix_time);

#endif
