/* Reads DER, strictly: X.690, 8 and 10.
 *
 * Definite lengths in their shortest form, tags of one byte, every element inside the bytes at
 * hand. Pure functions on (bytes, end): positions are offsets from the first byte, `end` is the
 * first position that may not be read. Structures of up to DER_SIZE_MAX bytes; nothing is copied
 * or kept.
 */
#ifndef POOLPROOF_TLS_CERTIFICATE_DER_H
#define POOLPROOF_TLS_CERTIFICATE_DER_H

#include <stdbool.h>
#include <stdint.h>

/* Largest structure that is read. */
#define DER_SIZE_MAX 16384u

#define DER_BOOLEAN 0x01u
#define DER_INTEGER 0x02u
#define DER_BIT_STRING 0x03u
#define DER_OCTET_STRING 0x04u
#define DER_OBJECT_IDENTIFIER 0x06u
#define DER_SEQUENCE 0x30u

/* One element: tag at `start`, its contents are [content, end). */
struct der_element {
    uint8_t tag;
    uint32_t start;
    uint32_t content;
    uint32_t end;
};

/*@ predicate same_octets{L}(uint8_t *a, integer n, uint8_t *b, integer m) =
      n == m && (\forall integer i; 0 <= i < n ==> a[i] == b[i]);
*/

/* Reads the element at `position`, which has to end at or before `end`. */
/*@ requires position <= end <= DER_SIZE_MAX;
    requires \valid_read(der + (0 .. end - 1));
    requires \valid(element) && \separated(element, der + (0 .. end - 1));
    terminates \true;
    exits \false;
    assigns *element;
    ensures inside: \result == true ==> position < element->content <= element->end <= end;
    ensures start: \result == true ==> element->start == position;
    ensures tag: \result == true ==> element->tag == der[position];
*/
bool der_read(const uint8_t *der, uint32_t end, uint32_t position, struct der_element *element);

/* Reads the element at `position` if it has this tag. */
/*@ requires position <= end <= DER_SIZE_MAX;
    requires \valid_read(der + (0 .. end - 1));
    requires \valid(element) && \separated(element, der + (0 .. end - 1));
    terminates \true;
    exits \false;
    assigns *element;
    ensures inside: \result == true ==> position < element->content <= element->end <= end;
    ensures start: \result == true ==> element->start == position;
    ensures tag: \result == true ==> element->tag == tag && der[position] == tag;
*/
bool der_expect(const uint8_t *der, uint32_t end, uint32_t position, uint8_t tag,
                struct der_element *element);

/* The position after an optional element with this tag: `position` itself when it is absent. */
/*@ requires position <= end <= DER_SIZE_MAX;
    requires \valid_read(der + (0 .. end - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures inside: position <= \result <= end;
*/
uint32_t der_skip_optional(const uint8_t *der, uint32_t end, uint32_t position, uint8_t tag);

/* Whether `n` bytes are the same. Stops at the first difference: not for secrets. */
/*@ requires \valid_read(a + (0 .. n - 1)) && \valid_read(b + (0 .. n - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures exact: \result == true <==> same_octets(a, n, b, n);
*/
bool der_octets_equal(const uint8_t *a, const uint8_t *b, uint32_t n);

#endif
