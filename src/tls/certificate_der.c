/* The reader of certificate_der.h. Owns nothing; stops at the first byte that is not DER. */
#include "certificate_der.h"

/* Reads the content length that starts at `position`; returns the bytes it takes, 0 when it is not
 * DER or larger than anything here. */
/*@ requires position < end <= DER_SIZE_MAX;
    requires \valid_read(der + (0 .. end - 1));
    requires \valid(content_length) && \separated(content_length, der + (0 .. end - 1));
    terminates \true;
    exits \false;
    assigns *content_length;
    ensures taken: \result <= 3;
    ensures inside: position + \result <= end;
    ensures bounded: \result > 0 ==> *content_length <= 65535;
*/
static uint32_t der_length(const uint8_t *der, uint32_t end, uint32_t position,
                           uint32_t *content_length)
{
    uint32_t first = der[position];
    if (first < 0x80u) {
        *content_length = first;
        return 1;
    }
    if (first == 0x81u && end - position >= 2u && der[position + 1u] >= 0x80u) {
        *content_length = der[position + 1u];
        return 2;
    }
    if (first == 0x82u && end - position >= 3u && der[position + 1u] != 0u) {
        *content_length = der[position + 1u] * 256u + der[position + 2u];
        return 3;
    }
    return 0; /* indefinite, not the shortest form, or more than 65535 */
}

bool der_read(const uint8_t *der, uint32_t end, uint32_t position, struct der_element *element)
{
    uint32_t content_length = 0;
    if (end - position < 2u || der[position] % 32u == 31u) {
        return false;
    }
    uint32_t taken = der_length(der, end, position + 1u, &content_length);
    if (taken == 0u || content_length > end - (position + 1u + taken)) {
        return false;
    }
    element->tag = der[position];
    element->start = position;
    element->content = position + 1u + taken;
    element->end = element->content + content_length;
    return true;
}

bool der_expect(const uint8_t *der, uint32_t end, uint32_t position, uint8_t tag,
                struct der_element *element)
{
    return der_read(der, end, position, element) && element->tag == tag;
}

uint32_t der_skip_optional(const uint8_t *der, uint32_t end, uint32_t position, uint8_t tag)
{
    struct der_element element = {0, 0, 0, 0};
    if (der_expect(der, end, position, tag, &element)) {
        return element.end;
    }
    return position;
}

bool der_octets_equal(const uint8_t *a, const uint8_t *b, uint32_t n)
{
    /*@ loop invariant 0 <= i <= n;
        loop invariant \forall integer j; 0 <= j < i ==> a[j] == b[j];
        loop assigns i;
        loop variant n - i;
    */
    for (uint32_t i = 0; i < n; i++) {
        if (a[i] != b[i]) {
            return false;
        }
    }
    return true;
}
