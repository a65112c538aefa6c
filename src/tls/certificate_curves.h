/* Elliptic curves for the certificate engine: BearSSL's, with the checks that library 0.6 leaves
 * out.
 *
 * A peer's point must have the length and the form of its curve before it is multiplied (RFC 8422,
 * 5.4.1: uncompressed only), and an X25519 result of all zeroes is refused (RFC 8422, 5.11).
 */
#ifndef POOLPROOF_TLS_CERTIFICATE_CURVES_H
#define POOLPROOF_TLS_CERTIFICATE_CURVES_H

#include <bearssl.h>

/* P-256, P-384, P-521 and X25519, in constant time. Static. */
const br_ec_impl *certificate_curves(void);

#endif
