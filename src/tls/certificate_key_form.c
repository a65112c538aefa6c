/* The walk of certificate_key_form.h, with the strict DER reader of certificate_der.h. */
#include "certificate_key_form.h"

#define VERSION_MAX 1u     /* bytes */
#define RSA_WHOLE_PARTS 3u /* modulus, public exponent, private exponent */
#define RSA_HALF_PARTS 5u  /* two primes, two exponents, coefficient */

/* What a walk over some elements came to: the position after them, and whether all fitted. */
struct walk {
    uint8_t well_formed;
    uint8_t fits;
    uint32_t position;
};

/* Walks over `count` INTEGERs of at most `limit` bytes each. */
/*@ requires end <= DER_SIZE_MAX;
    requires \valid_read(der + (0 .. end - 1));
    requires \valid(walk) && walk->position <= end;
    requires \separated(walk, der + (0 .. end - 1));
    terminates \true;
    exits \false;
    assigns *walk;
    ensures inside: walk->position <= end;
*/
static void walk_integers(const uint8_t *der, uint32_t end, uint32_t count, uint32_t limit,
                          struct walk *walk)
{
    struct der_element number = {0, 0, 0, 0};
    /*@ loop invariant 0 <= i <= count;
        loop invariant walk->position <= end;
        loop assigns i, number, *walk;
        loop variant count - i;
    */
    for (uint32_t i = 0; i < count; i++) {
        if (!der_expect(der, end, walk->position, DER_INTEGER, &number)) {
            walk->well_formed = 0;
            return;
        }
        if (number.end - number.content > limit) {
            walk->fits = 0;
        }
        walk->position = number.end;
    }
}

/* An RSAPrivateKey's INTEGERs after its version, up to `end`. */
/*@ requires position <= end <= DER_SIZE_MAX;
    requires \valid_read(der + (0 .. end - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
*/
static enum key_form rsa_form(const uint8_t *der, uint32_t end, uint32_t position)
{
    struct walk walk = {1, 1, position};
    walk_integers(der, end, RSA_WHOLE_PARTS, KEY_FORM_WHOLE_MAX, &walk);
    if (walk.well_formed != 0u) {
        walk_integers(der, end, RSA_HALF_PARTS, KEY_FORM_HALF_MAX, &walk);
    }
    if (walk.well_formed == 0u || walk.position != end) {
        return KEY_FORM_UNKNOWN;
    }
    return walk.fits != 0u ? KEY_FORM_RSA : KEY_FORM_LARGE;
}

/* What follows the version in an RSAPrivateKey or an ECPrivateKey. */
/*@ requires position <= end <= DER_SIZE_MAX;
    requires \valid_read(der + (0 .. end - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
*/
static enum key_form bare_form(const uint8_t *der, uint32_t end, uint32_t position)
{
    struct der_element next = {0, 0, 0, 0};
    if (!der_read(der, end, position, &next)) {
        return KEY_FORM_UNKNOWN;
    }
    if (next.tag == DER_INTEGER) {
        return rsa_form(der, end, position);
    }
    if (next.tag != DER_OCTET_STRING) {
        return KEY_FORM_UNKNOWN;
    }
    return next.end - next.content <= KEY_FORM_SCALAR_MAX ? KEY_FORM_EC : KEY_FORM_LARGE;
}

/* Goes into the SEQUENCE at `position`, which has to end at `end`, past its version. Gives the
 * position after that, 0 when it is not like that. */
/*@ requires position <= end <= DER_SIZE_MAX;
    requires \valid_read(der + (0 .. end - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures inside: \result == 0 || position < \result <= end;
*/
static uint32_t enter_key(const uint8_t *der, uint32_t end, uint32_t position)
{
    struct der_element whole = {0, 0, 0, 0};
    struct der_element version = {0, 0, 0, 0};
    if (!der_expect(der, end, position, DER_SEQUENCE, &whole) || whole.end != end) {
        return 0;
    }
    if (!der_expect(der, end, whole.content, DER_INTEGER, &version) ||
        version.end - version.content > VERSION_MAX) {
        return 0;
    }
    return version.end;
}

/* PKCS #8 after its version: AlgorithmIdentifier, then the key in an OCTET STRING. */
/*@ requires position <= end <= DER_SIZE_MAX;
    requires \valid_read(der + (0 .. end - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
*/
static enum key_form wrapped_form(const uint8_t *der, uint32_t end, uint32_t position)
{
    struct der_element algorithm = {0, 0, 0, 0};
    struct der_element key = {0, 0, 0, 0};
    if (!der_expect(der, end, position, DER_SEQUENCE, &algorithm) ||
        !der_expect(der, end, algorithm.end, DER_OCTET_STRING, &key)) {
        return KEY_FORM_UNKNOWN;
    }
    uint32_t inner = enter_key(der, key.end, key.content);
    if (inner == 0u) {
        return KEY_FORM_UNKNOWN;
    }
    return bare_form(der, key.end, inner);
}

enum key_form certificate_key_form(const uint8_t *der, uint32_t length)
{
    struct der_element next = {0, 0, 0, 0};
    uint32_t position = enter_key(der, length, 0);
    if (position == 0u || !der_read(der, length, position, &next)) {
        return KEY_FORM_UNKNOWN;
    }
    if (next.tag == DER_SEQUENCE) {
        return wrapped_form(der, length, position);
    }
    return bare_form(der, length, position);
}
