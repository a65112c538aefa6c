/* The walk of certificate_names.h, with the strict DER reader of certificate_der.h.
 *
 * Owns nothing. Every element has to lie inside the one around it, and no byte may be left over
 * where a structure ends. Positions are offsets from the start of the certificate.
 */
#include "certificate_names.h"
#include "certificate_der.h"

#define TAG_VERSION 0xA0u           /* [0] of TBSCertificate */
#define TAG_ISSUER_UNIQUE_ID 0x81u  /* [1] */
#define TAG_SUBJECT_UNIQUE_ID 0x82u /* [2] */
#define TAG_EXTENSIONS 0xA3u        /* [3] */

/* The last byte of the object identifiers 2.5.29.x (RFC 5280, 4.2.1). */
#define EXTENSION_SUBJECT_ALT_NAME 17u
#define EXTENSION_NAME_CONSTRAINTS 30u
#define EXTENSION_EXTENDED_KEY_USAGE 37u
#define EXTENSION_OTHER 0u

/* Contents of what was found in one certificate; start == end and `has` 0 when it was not there. */
struct extension {
    uint8_t has;
    uint32_t content;
    uint32_t end;
};

struct extensions {
    struct extension alternative_name;
    struct extension key_usage;
    struct extension name_constraints;
};

/*@ predicate within{L}(struct extension *x, integer length) = x->content <= x->end <= length;
    predicate all_within{L}(struct extensions *x, integer length) =
      within(&x->alternative_name, length) && within(&x->key_usage, length) &&
      within(&x->name_constraints, length);
*/

/* ---- host names ---- */

/*@ terminates \true;
    exits \false;
    assigns \nothing;
    ensures meaning: \result == lower_case(c);
*/
static uint8_t to_lower(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return (uint8_t)(c + 32u);
    }
    return c;
}

/*@ requires n <= CERTIFICATE_SIZE_MAX && m <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(a + (0 .. n - 1)) && \valid_read(b + (0 .. m - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures exact: \result == true <==> same_name(a, n, b, m);
*/
static bool names_equal(const uint8_t *a, uint32_t n, const uint8_t *b, uint32_t m)
{
    if (n != m) {
        return false;
    }
    /*@ loop invariant 0 <= i <= n;
        loop invariant \forall integer j; 0 <= j < i ==> lower_case(a[j]) == lower_case(b[j]);
        loop assigns i;
        loop variant n - i;
    */
    for (uint32_t i = 0; i < n; i++) {
        if (to_lower(a[i]) != to_lower(b[i])) {
            return false;
        }
    }
    return true;
}

/* Where the left-most label ends; `length` when there is only one label. */
/*@ requires \valid_read(name + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures range: \result <= length;
    ensures none_before: \forall integer i; 0 <= i < \result ==> name[i] != '.';
    ensures found: \result < length ==> first_dot_at(name, length, \result);
*/
static uint32_t first_dot(const uint8_t *name, uint32_t length)
{
    uint32_t i = 0;
    /*@ loop invariant 0 <= i <= length;
        loop invariant \forall integer j; 0 <= j < i ==> name[j] != '.';
        loop assigns i;
        loop variant length - i;
    */
    while (i < length && name[i] != '.') {
        i++;
    }
    return i;
}

/* A pattern "*.rest" against a host name: the rest, with its dot, is all after the first label. */
/*@ requires 2 <= n <= CERTIFICATE_SIZE_MAX && m <= CERTIFICATE_NAME_MAX;
    requires \valid_read(pattern + (0 .. n - 1)) && \valid_read(host + (0 .. m - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures exact: \result == true <==>
      (\exists integer k; 1 <= k && first_dot_at(host, m, k) &&
        same_name(pattern + 1, n - 1, host + k, m - k));
*/
static bool wildcard_matches(const uint8_t *pattern, uint32_t n, const uint8_t *host, uint32_t m)
{
    uint32_t dot = first_dot(host, m);
    if (dot == 0u || dot == m) {
        return false;
    }
    //@ assert first: first_dot_at(host, m, dot);
    //@ assert only: \forall integer k; first_dot_at(host, m, k) ==> k == dot;
    return names_equal(pattern + 1, n - 1u, host + dot, m - dot);
}

bool certificate_dns_name_matches(const uint8_t *pattern, uint32_t n, const uint8_t *host,
                                  uint32_t m)
{
    if (n >= 2u && pattern[0] == '*' && pattern[1] == '.') {
        return wildcard_matches(pattern, n, host, m);
    }
    return names_equal(pattern, n, host, m);
}

/* ---- extensions ---- */

/* Which of the extensions we look at an object identifier is. */
/*@ requires content <= end <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(der + (0 .. end - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
*/
static uint8_t extension_kind(const uint8_t *der, uint32_t content, uint32_t end)
{
    if (end - content != 3u || der[content] != 0x55u || der[content + 1u] != 0x1Du) {
        return EXTENSION_OTHER;
    }
    return der[content + 2u];
}

/* Are two elements, tag and all, the same bytes? */
/*@ requires length <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(der + (0 .. length - 1));
    requires \valid_read(a) && a->start <= a->end <= length;
    requires \valid_read(b) && b->start <= b->end <= length;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures exact: \result == true <==>
      same_octets(der + a->start, a->end - a->start, der + b->start, b->end - b->start);
*/
static bool elements_equal(const uint8_t *der, uint32_t length, const struct der_element *a,
                           const struct der_element *b)
{
    (void)length; /* only the contract speaks of it */
    if (a->end - a->start != b->end - b->start) {
        return false;
    }
    return der_octets_equal(der + a->start, der + b->start, a->end - a->start);
}

/* Keeps the value of an extension. */
/*@ requires content <= end <= CERTIFICATE_SIZE_MAX;
    requires \valid(extension);
    terminates \true;
    exits \false;
    assigns *extension;
    ensures kept: extension->content == content && extension->end == end;
*/
static void extension_keep(struct extension *extension, uint32_t content, uint32_t end)
{
    extension->has = 1;
    extension->content = content;
    extension->end = end;
}

/* Sorts one extension's value by its kind. */
/*@ requires content <= end <= length <= CERTIFICATE_SIZE_MAX;
    requires \valid(all) && all_within(all, length);
    terminates \true;
    exits \false;
    assigns *all;
    ensures bounded: all_within(all, length);
*/
static void extension_sort(struct extensions *all, uint8_t kind, uint32_t content, uint32_t end,
                           uint32_t length)
{
    (void)length; /* only the contract speaks of it */
    if (kind == EXTENSION_SUBJECT_ALT_NAME) {
        extension_keep(&all->alternative_name, content, end);
    } else if (kind == EXTENSION_EXTENDED_KEY_USAGE) {
        extension_keep(&all->key_usage, content, end);
    } else if (kind == EXTENSION_NAME_CONSTRAINTS) {
        extension_keep(&all->name_constraints, content, end);
    }
}

/* Has one of the extensions in [first, last), all read before, the object identifier `name`? */
/*@ requires first <= last <= length <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(der + (0 .. length - 1));
    requires \valid_read(name) && name->start <= name->end <= length;
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures none: first == last ==> \result == false;
*/
static bool extension_was_before(const uint8_t *der, uint32_t first, uint32_t last, uint32_t length,
                                 const struct der_element *name)
{
    struct der_element before = {0, 0, 0, 0};
    struct der_element other = {0, 0, 0, 0};
    uint32_t position = first;
    /*@ loop invariant first <= position <= last;
        loop assigns position, before, other;
        loop variant last - position;
    */
    while (position < last && der_expect(der, last, position, DER_SEQUENCE, &before) &&
           der_expect(der, before.end, before.content, DER_OBJECT_IDENTIFIER, &other)) {
        if (elements_equal(der, length, &other, name)) {
            return true;
        }
        position = before.end;
    }
    return false;
}

/* One Extension: SEQUENCE { OBJECT IDENTIFIER, BOOLEAN DEFAULT FALSE, OCTET STRING }; the ones
 * before it begin at `first`. */
/*@ requires length <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(der + (0 .. length - 1));
    requires \valid_read(extension);
    requires first <= extension->start < extension->content <= extension->end <= length;
    requires \valid(all) && all_within(all, length);
    requires \separated(all, der + (0 .. length - 1)) && \separated(all, extension);
    terminates \true;
    exits \false;
    assigns *all;
    ensures bounded: all_within(all, length);
*/
static enum certificate_verdict extension_read(const uint8_t *der, uint32_t first,
                                               const struct der_element *extension, uint32_t length,
                                               struct extensions *all)
{
    struct der_element name = {0, 0, 0, 0};
    struct der_element value = {0, 0, 0, 0};
    uint32_t end = extension->end;
    if (!der_expect(der, end, extension->content, DER_OBJECT_IDENTIFIER, &name)) {
        return CERTIFICATE_MALFORMED;
    }
    uint32_t position = der_skip_optional(der, end, name.end, DER_BOOLEAN);
    if (!der_expect(der, end, position, DER_OCTET_STRING, &value) || value.end != end) {
        return CERTIFICATE_MALFORMED;
    }
    if (extension_was_before(der, first, extension->start, length, &name)) {
        return CERTIFICATE_EXTENSION_TWICE;
    }
    uint8_t kind = extension_kind(der, name.content, name.end);
    extension_sort(all, kind, value.content, value.end, length);
    return CERTIFICATE_ACCEPTED;
}

/* All extensions in [first, end). Each is compared with those before it, so their number is
 * limited: a certificate has room for two thousand, which a peer could send at no cost. */
/*@ requires first <= end <= length <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(der + (0 .. length - 1));
    requires \valid(all) && all_within(all, length);
    requires \separated(all, der + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns *all;
    ensures bounded: all_within(all, length);
*/
static enum certificate_verdict extensions_read(const uint8_t *der, uint32_t first, uint32_t end,
                                                uint32_t length, struct extensions *all)
{
    struct der_element element = {0, 0, 0, 0};
    uint32_t position = first;
    uint32_t count = 0;
    /*@ loop invariant first <= position <= end;
        loop invariant limited: count <= CERTIFICATE_EXTENSIONS_MAX;
        loop invariant all_within(all, length);
        loop assigns position, count, element, *all;
        loop variant end - position;
    */
    while (position < end) {
        if (count == CERTIFICATE_EXTENSIONS_MAX) {
            return CERTIFICATE_TOO_LARGE;
        }
        if (!der_expect(der, end, position, DER_SEQUENCE, &element)) {
            return CERTIFICATE_MALFORMED;
        }
        enum certificate_verdict verdict = extension_read(der, first, &element, length, all);
        if (verdict != CERTIFICATE_ACCEPTED) {
            return verdict;
        }
        position = element.end;
        count++;
    }
    return CERTIFICATE_ACCEPTED;
}

/* What TBSCertificate has after subjectPublicKeyInfo: unique identifiers, and [3] Extensions. */
/*@ requires position <= end <= length <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(der + (0 .. length - 1));
    requires \valid(all) && all_within(all, length);
    requires \separated(all, der + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns *all;
    ensures bounded: all_within(all, length);
*/
static enum certificate_verdict tail_read(const uint8_t *der, uint32_t position, uint32_t end,
                                          uint32_t length, struct extensions *all)
{
    struct der_element wrapper = {0, 0, 0, 0};
    struct der_element list = {0, 0, 0, 0};
    position = der_skip_optional(der, end, position, TAG_ISSUER_UNIQUE_ID);
    position = der_skip_optional(der, end, position, TAG_SUBJECT_UNIQUE_ID);
    if (position == end) {
        return CERTIFICATE_ACCEPTED; /* a certificate without extensions */
    }
    if (!der_expect(der, end, position, TAG_EXTENSIONS, &wrapper) || wrapper.end != end) {
        return CERTIFICATE_MALFORMED;
    }
    if (!der_expect(der, end, wrapper.content, DER_SEQUENCE, &list) || list.end != end) {
        return CERTIFICATE_MALFORMED;
    }
    return extensions_read(der, list.content, list.end, length, all);
}

/* Skips `count` SEQUENCEs from `position`; 0 when one is missing. */
/*@ requires position <= end <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(der + (0 .. end - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures inside: \result == 0 || position <= \result <= end;
*/
static uint32_t skip_sequences(const uint8_t *der, uint32_t end, uint32_t position, uint32_t count)
{
    struct der_element element = {0, 0, 0, 0};
    /*@ loop invariant 0 <= i <= count;
        loop invariant \at(position, Pre) <= position <= end;
        loop assigns i, position, element;
        loop variant count - i;
    */
    for (uint32_t i = 0; i < count; i++) {
        if (!der_expect(der, end, position, DER_SEQUENCE, &element)) {
            return 0;
        }
        position = element.end;
    }
    return position;
}

/* TBSCertificate (RFC 5280, 4.1): [0] version, serial number, signature algorithm, then issuer,
 * validity, subject and key, each a SEQUENCE. */
/*@ requires content <= end <= length <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(der + (0 .. length - 1));
    requires \valid(algorithm) && \separated(algorithm, der + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns *algorithm;
    ensures inside: \result == 0 || content <= \result <= end;
    ensures found: \result != 0 ==> algorithm->start <= algorithm->end <= length;
*/
static uint32_t head_read(const uint8_t *der, uint32_t content, uint32_t end, uint32_t length,
                          struct der_element *algorithm)
{
    struct der_element serial = {0, 0, 0, 0};
    (void)length; /* only the contract speaks of it */
    uint32_t position = der_skip_optional(der, end, content, TAG_VERSION);
    if (!der_expect(der, end, position, DER_INTEGER, &serial) ||
        !der_expect(der, end, serial.end, DER_SEQUENCE, algorithm)) {
        return 0;
    }
    return skip_sequences(der, end, algorithm->end, 4);
}

/* The frame: SEQUENCE { TBSCertificate, signatureAlgorithm, BIT STRING }, and nothing after it. */
/*@ requires length <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(der + (0 .. length - 1));
    requires \valid(tbs) && \valid(algorithm) && \separated(tbs, algorithm);
    requires \separated(tbs, der + (0 .. length - 1));
    requires \separated(algorithm, der + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns *tbs, *algorithm;
    ensures found: \result == true ==> tbs->content <= tbs->end <= length;
    ensures found_too: \result == true ==> algorithm->start <= algorithm->end <= length;
*/
static bool frame_read(const uint8_t *der, uint32_t length, struct der_element *tbs,
                       struct der_element *algorithm)
{
    struct der_element whole = {0, 0, 0, 0};
    struct der_element signature = {0, 0, 0, 0};
    return der_expect(der, length, 0, DER_SEQUENCE, &whole) && whole.end == length &&
           der_expect(der, length, whole.content, DER_SEQUENCE, tbs) &&
           der_expect(der, length, tbs->end, DER_SEQUENCE, algorithm) &&
           der_expect(der, length, algorithm->end, DER_BIT_STRING, &signature) &&
           signature.end == length;
}

/* Finds the extensions we look at. */
/*@ requires length <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(der + (0 .. length - 1));
    requires \valid(all) && all_within(all, length);
    requires \separated(all, der + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns *all;
    ensures bounded: all_within(all, length);
*/
static enum certificate_verdict certificate_scan(const uint8_t *der, uint32_t length,
                                                 struct extensions *all)
{
    struct der_element tbs = {0, 0, 0, 0};
    struct der_element outer = {0, 0, 0, 0};
    struct der_element inner = {0, 0, 0, 0};
    if (!frame_read(der, length, &tbs, &outer)) {
        return CERTIFICATE_MALFORMED;
    }
    uint32_t tail = head_read(der, tbs.content, tbs.end, length, &inner);
    if (tail == 0u) {
        return CERTIFICATE_MALFORMED;
    }
    if (!elements_equal(der, length, &inner, &outer)) {
        return CERTIFICATE_ALGORITHMS_DIFFER;
    }
    return tail_read(der, tail, tbs.end, length, all);
}

/* ---- what the extensions say ---- */

/* The one SEQUENCE that fills an extension's value. */
/*@ requires length <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(der + (0 .. length - 1));
    requires \valid_read(extension) && within(extension, length);
    requires \valid(list) && \separated(list, der + (0 .. length - 1));
    requires \separated(list, extension);
    terminates \true;
    exits \false;
    assigns *list;
    ensures inside: \result == true ==> list->content <= list->end <= length;
*/
static bool extension_list(const uint8_t *der, uint32_t length, const struct extension *extension,
                           struct der_element *list)
{
    (void)length; /* only the contract speaks of it */
    return der_expect(der, extension->end, extension->content, DER_SEQUENCE, list) &&
           list->end == extension->end;
}

/* serverAuth (1.3.6.1.5.5.7.3.1) or anyExtendedKeyUsage (2.5.29.37.0): RFC 5280, 4.2.1.12. */
/*@ requires content <= end <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(der + (0 .. end - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures sizes: \result == true ==> end - content == 8 || end - content == 4;
*/
static bool usage_allows_server(const uint8_t *der, uint32_t content, uint32_t end)
{
    static const uint8_t server_authentication[8] = {0x2B, 0x06, 0x01, 0x05,
                                                     0x05, 0x07, 0x03, 0x01};
    static const uint8_t any_usage[4] = {0x55, 0x1D, 0x25, 0x00};
    if (end - content == 8u) {
        return der_octets_equal(der + content, &server_authentication[0], 8);
    }
    if (end - content == 4u) {
        return der_octets_equal(der + content, &any_usage[0], 4);
    }
    return false;
}

/* An extended key usage that is there has to allow a TLS server. */
/*@ requires length <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(der + (0 .. length - 1));
    requires \valid_read(usage) && within(usage, length);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures absent: usage->has == 0 ==> \result == CERTIFICATE_ACCEPTED;
*/
static enum certificate_verdict usage_check(const uint8_t *der, uint32_t length,
                                            const struct extension *usage)
{
    struct der_element list = {0, 0, 0, 0};
    struct der_element purpose = {0, 0, 0, 0};
    if (usage->has == 0u) {
        return CERTIFICATE_ACCEPTED;
    }
    if (!extension_list(der, length, usage, &list)) {
        return CERTIFICATE_MALFORMED;
    }
    uint32_t position = list.content;
    /*@ loop invariant list.content <= position <= list.end;
        loop assigns position, purpose;
        loop variant list.end - position;
    */
    while (position < list.end) {
        if (!der_expect(der, list.end, position, DER_OBJECT_IDENTIFIER, &purpose)) {
            return CERTIFICATE_MALFORMED;
        }
        if (usage_allows_server(der, purpose.content, purpose.end)) {
            return CERTIFICATE_ACCEPTED;
        }
        position = purpose.end;
    }
    return CERTIFICATE_OTHER_USAGE;
}

/* Does one subjectAltName value of the reference's own type name the reference? */
/*@ requires length <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(value + (0 .. length - 1));
    requires \valid_read(reference) && valid_reference(reference);
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures by_name: reference->tag == CERTIFICATE_TAG_DNS_NAME ==>
      (\result == true <==>
        dns_name_match(value, length, &reference->bytes[0], reference->length));
    ensures by_address: reference->tag != CERTIFICATE_TAG_DNS_NAME ==>
      (\result == true <==> same_octets(value, length, &reference->bytes[0], reference->length));
*/
static bool value_names(const uint8_t *value, uint32_t length,
                        const struct certificate_reference *reference)
{
    if (reference->tag == CERTIFICATE_TAG_DNS_NAME) {
        return certificate_dns_name_matches(value, length, &reference->bytes[0], reference->length);
    }
    return length == reference->length && der_octets_equal(value, &reference->bytes[0], length);
}

/* Goes through the values of a subjectAltName until one names the reference. */
/*@ requires content <= end <= length <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(der + (0 .. length - 1));
    requires \valid_read(reference) && valid_reference(reference);
    requires \valid(match);
    requires \separated(match, der + (0 .. length - 1)) && \separated(match, reference);
    requires empty: match->offset == 0 && match->length == 0;
    terminates \true;
    exits \false;
    assigns *match;
    ensures inside: match->offset + match->length <= length;
    ensures named: \result == CERTIFICATE_ACCEPTED ==> match->tag == reference->tag;
    ensures by_name: \result == CERTIFICATE_ACCEPTED &&
      reference->tag == CERTIFICATE_TAG_DNS_NAME ==>
      dns_name_match(der + match->offset, match->length, &reference->bytes[0], reference->length);
    ensures by_address: \result == CERTIFICATE_ACCEPTED &&
      reference->tag != CERTIFICATE_TAG_DNS_NAME ==>
      same_octets(der + match->offset, match->length, &reference->bytes[0], reference->length);
*/
static enum certificate_verdict values_check(const uint8_t *der, uint32_t content, uint32_t end,
                                             uint32_t length,
                                             const struct certificate_reference *reference,
                                             struct certificate_match *match)
{
    struct der_element value = {0, 0, 0, 0};
    uint32_t position = content;
    (void)length; /* only the contract speaks of it */
    /*@ loop invariant content <= position <= end;
        loop invariant match->offset == 0 && match->length == 0;
        loop assigns position, value;
        loop variant end - position;
    */
    while (position < end) {
        if (!der_read(der, end, position, &value)) {
            return CERTIFICATE_MALFORMED;
        }
        if (value.tag == reference->tag &&
            value_names(der + value.content, value.end - value.content, reference)) {
            match->tag = value.tag;
            match->offset = value.content;
            match->length = value.end - value.content;
            return CERTIFICATE_ACCEPTED;
        }
        position = value.end;
    }
    return CERTIFICATE_OTHER_NAME;
}

/*@ requires length <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(der + (0 .. length - 1));
    requires \valid_read(names) && within(names, length);
    requires \valid_read(reference) && valid_reference(reference);
    requires \valid(match);
    requires \separated(match, der + (0 .. length - 1)) && \separated(match, reference, names);
    requires empty: match->offset == 0 && match->length == 0;
    terminates \true;
    exits \false;
    assigns *match;
    ensures inside: match->offset + match->length <= length;
    ensures named: \result == CERTIFICATE_ACCEPTED ==> match->tag == reference->tag;
    ensures by_name: \result == CERTIFICATE_ACCEPTED &&
      reference->tag == CERTIFICATE_TAG_DNS_NAME ==>
      dns_name_match(der + match->offset, match->length, &reference->bytes[0], reference->length);
    ensures by_address: \result == CERTIFICATE_ACCEPTED &&
      reference->tag != CERTIFICATE_TAG_DNS_NAME ==>
      same_octets(der + match->offset, match->length, &reference->bytes[0], reference->length);
*/
static enum certificate_verdict names_check(const uint8_t *der, uint32_t length,
                                            const struct extension *names,
                                            const struct certificate_reference *reference,
                                            struct certificate_match *match)
{
    struct der_element list = {0, 0, 0, 0};
    if (names->has == 0u) {
        return CERTIFICATE_NO_ALTERNATIVE_NAME;
    }
    if (!extension_list(der, length, names, &list)) {
        return CERTIFICATE_MALFORMED;
    }
    return values_check(der, list.content, list.end, length, reference, match);
}

enum certificate_verdict certificate_names_check(const uint8_t *der, uint32_t length,
                                                 const struct certificate_reference *reference,
                                                 struct certificate_match *match)
{
    struct extensions found = {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}};
    match->tag = 0;
    match->offset = 0;
    match->length = 0;
    enum certificate_verdict verdict = certificate_scan(der, length, &found);
    if (verdict != CERTIFICATE_ACCEPTED) {
        return verdict;
    }
    verdict = usage_check(der, length, &found.key_usage);
    if (verdict != CERTIFICATE_ACCEPTED) {
        return verdict;
    }
    return names_check(der, length, &found.alternative_name, reference, match);
}

enum certificate_verdict certificate_issuer_check(const uint8_t *der, uint32_t length)
{
    struct extensions found = {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}};
    enum certificate_verdict verdict = certificate_scan(der, length, &found);
    if (verdict == CERTIFICATE_ACCEPTED && found.name_constraints.has != 0u) {
        return CERTIFICATE_CONSTRAINED;
    }
    return verdict;
}
