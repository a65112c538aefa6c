/* Is a private key's DER of a form and size that BearSSL's decoder can take? RFC 8017, A.1.2 (RSA),
 * RFC 5915 (EC), RFC 5208 (PKCS #8 around either).
 *
 * The decoder of library 0.6 copies the parts of an RSA key into a buffer for 4096 bits without
 * looking at its end. So this looks first. Pure; reads each byte at most a few times, keeps none.
 */
#ifndef POOLPROOF_TLS_CERTIFICATE_KEY_FORM_H
#define POOLPROOF_TLS_CERTIFICATE_KEY_FORM_H

#include "certificate_der.h"

#include <stdint.h>

/* Bytes of an INTEGER of 4096 and of 2048 bits, with the zero in front of a set high bit. */
#define KEY_FORM_WHOLE_MAX 513u
#define KEY_FORM_HALF_MAX 257u

/* Bytes of an EC private key: 521 bits. */
#define KEY_FORM_SCALAR_MAX 66u

enum key_form {
    KEY_FORM_UNKNOWN = 0, /* neither an RSA nor an EC key, or malformed */
    KEY_FORM_RSA = 1,     /* two primes, all parts within the limits of a 4096-bit key */
    KEY_FORM_EC = 2,      /* the private key within KEY_FORM_SCALAR_MAX */
    KEY_FORM_LARGE = 3    /* an RSA or EC key that is beyond those limits */
};

/*@ requires length <= DER_SIZE_MAX;
    requires \valid_read(der + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
*/
enum key_form certificate_key_form(const uint8_t *der, uint32_t length);

#endif
