/* A br_ec_impl whose multiplication checks its operand and its result; all else is BearSSL's. */
#include "certificate_curves.h"

#include <stddef.h>
#include <stdint.h>

#define POINT_UNCOMPRESSED 4u

static size_t point_length(int curve)
{
    switch (curve) {
    case BR_EC_secp256r1:
        return 65;
    case BR_EC_secp384r1:
        return 97;
    case BR_EC_secp521r1:
        return 133;
    case BR_EC_curve25519:
        return 32;
    default:
        return 0;
    }
}

static uint32_t is_not_zero(const unsigned char *bytes, size_t length)
{
    uint32_t any = 0;
    for (size_t i = 0; i < length; i++) {
        any |= bytes[i];
    }
    return any != 0;
}

/* 1 when done, 0 when the point is not on the curve, not well formed, or contributes nothing. */
static uint32_t checked_mul(unsigned char *point, size_t length, const unsigned char *scalar,
                            size_t scalar_length, int curve)
{
    if (length == 0 || length != point_length(curve)) {
        return 0;
    }
    if (curve == BR_EC_curve25519) {
        uint32_t done = br_ec_all_m31.mul(point, length, scalar, scalar_length, curve);
        return done & is_not_zero(point, length);
    }
    if (point[0] != POINT_UNCOMPRESSED) {
        return 0;
    }
    return br_ec_all_m31.mul(point, length, scalar, scalar_length, curve);
}

const br_ec_impl *certificate_curves(void)
{
    static br_ec_impl curves;
    curves = br_ec_all_m31;
    curves.mul = checked_mul;
    return &curves;
}
