/* The DER walk over certificates: names, usages, and everything malformed (certificate_names.h).
 *
 * Certificates are built here, element by element, so that each rule of RFC 5352, 9.2 and RFC
 * 5280 can be broken alone. Signatures are not looked at by the walk, and are dummies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "certificate_key_form.h"
#include "certificate_names.h"

/* ---- building DER ---- */

struct der {
    uint8_t bytes[8192];
    uint32_t length;
};

static void put(struct der *der, const void *bytes, uint32_t length)
{
    assert_true(length <= sizeof der->bytes - der->length);
    memcpy(der->bytes + der->length, bytes, length);
    der->length += length;
}

/* An element with `length` bytes of contents, its length in the shortest form. */
static void put_element(struct der *der, uint8_t tag, const void *contents, uint32_t length)
{
    uint8_t head[4] = {tag, 0x82, (uint8_t)(length / 256), (uint8_t)(length % 256)};
    if (length < 128) {
        head[1] = (uint8_t)length;
        put(der, head, 2);
    } else if (length < 256) {
        uint8_t middle[3] = {tag, 0x81, (uint8_t)length};
        put(der, middle, 3);
    } else {
        put(der, head, 4);
    }
    put(der, contents, length);
}

static void put_inside(struct der *der, uint8_t tag, const struct der *inner)
{
    put_element(der, tag, inner->bytes, inner->length);
}

/* One extension 2.5.29.`kind`. */
static void put_extension(struct der *list, uint8_t kind, const struct der *value)
{
    uint8_t name[3] = {0x55, 0x1D, kind};
    struct der inner = {.length = 0};
    put_element(&inner, 0x06, name, sizeof name);
    put_inside(&inner, 0x04, value);
    put_inside(list, 0x30, &inner);
}

static const uint8_t sha256_rsa[] = {0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7,
                                     0x0D, 0x01, 0x01, 0x0B, 0x05, 0x00};
static const uint8_t sha1_rsa[] = {0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7,
                                   0x0D, 0x01, 0x01, 0x05, 0x05, 0x00};

/* A certificate around a list of extensions (none when NULL). */
static void build(struct der *whole, const struct der *extensions, const uint8_t *outer_algorithm)
{
    struct der tbs = {.length = 0};
    struct der all = {.length = 0};
    static const uint8_t version[] = {0x02, 0x01, 0x02};
    put_element(&tbs, 0xA0, version, sizeof version);
    put_element(&tbs, 0x02, "\x01", 1);
    put_element(&tbs, 0x30, sha256_rsa, sizeof sha256_rsa);
    put_element(&tbs, 0x30, "", 0); /* issuer */
    put_element(&tbs, 0x30, "", 0); /* validity */
    put_element(&tbs, 0x30, "", 0); /* subject */
    put_element(&tbs, 0x30, "", 0); /* key */
    if (extensions != NULL) {
        struct der list = {.length = 0};
        put_inside(&list, 0x30, extensions);
        put_inside(&tbs, 0xA3, &list);
    }
    put_inside(&all, 0x30, &tbs);
    put_element(&all, 0x30, outer_algorithm, sizeof sha256_rsa);
    put_element(&all, 0x03, "\x00sig", 4);
    whole->length = 0;
    put_inside(whole, 0x30, &all);
}

/* ---- asking ---- */

static struct certificate_reference host(const char *name)
{
    struct certificate_reference reference = {CERTIFICATE_TAG_DNS_NAME, (uint8_t)strlen(name), {0}};
    memcpy(reference.bytes, name, reference.length);
    return reference;
}

static struct certificate_reference address(const void *octets, uint8_t size)
{
    struct certificate_reference reference = {CERTIFICATE_TAG_IP_ADDRESS, size, {0}};
    memcpy(reference.bytes, octets, size);
    return reference;
}

/* The walk is given a copy of exactly the right size, so that a sanitizer sees a byte too many. */
static enum certificate_verdict check(const struct der *certificate,
                                      struct certificate_reference reference)
{
    struct certificate_match match = {0xFF, 1, 1};
    uint8_t *copy = malloc(certificate->length > 0 ? certificate->length : 1);
    assert_non_null(copy);
    memcpy(copy, certificate->bytes, certificate->length);
    enum certificate_verdict verdict =
        certificate_names_check(copy, certificate->length, &reference, &match);
    assert_true(match.offset + match.length <= certificate->length);
    assert_int_equal(match.tag, verdict == CERTIFICATE_ACCEPTED ? reference.tag : 0);
    free(copy);
    return verdict;
}

/* A certificate with one subjectAltName of the given type. */
static void build_named(struct der *certificate, uint8_t tag, const void *value, uint32_t length)
{
    struct der names = {.length = 0};
    struct der value_list = {.length = 0};
    struct der extensions = {.length = 0};
    put_element(&names, tag, value, length);
    put_inside(&value_list, 0x30, &names);
    put_extension(&extensions, 17, &value_list);
    build(certificate, &extensions, sha256_rsa);
}

static bool names(const char *pattern, const char *reference)
{
    struct der certificate;
    build_named(&certificate, 0x82, pattern, (uint32_t)strlen(pattern));
    bool direct =
        certificate_dns_name_matches((const uint8_t *)pattern, (uint32_t)strlen(pattern),
                                     (const uint8_t *)reference, (uint32_t)strlen(reference));
    enum certificate_verdict verdict = check(&certificate, host(reference));
    assert_int_equal(verdict, direct ? CERTIFICATE_ACCEPTED : CERTIFICATE_OTHER_NAME);
    return direct;
}

/* ---- names ---- */

static void a_host_name_matches_without_regard_to_case(void **state)
{
    (void)state;
    assert_true(names("registrar.example.com", "registrar.example.com"));
    assert_true(names("REGISTRAR.Example.com", "registrar.example.com"));
    assert_false(names("registrar.example.com", "registrar.example.co"));
    assert_false(names("registrar.example.co", "registrar.example.com"));
    assert_false(names("", "registrar.example.com"));
    assert_false(names("registrar.example.com.", "registrar.example.com"));
    assert_false(names("registrar[example.com", "registrar{example.com"));
}

static void a_wildcard_is_one_whole_left_most_label(void **state)
{
    (void)state;
    assert_true(names("*.example.com", "a.example.com"));
    assert_true(names("*.Example.com", "B.example.COM"));
    assert_false(names("*.example.com", "example.com"));
    assert_false(names("*.example.com", "a.b.example.com"));
    assert_false(names("*.example.com", ".example.com"));
    assert_false(names("a*.example.com", "ab.example.com"));
    assert_false(names("*a.example.com", "ba.example.com"));
    assert_false(names("a.*.com", "a.example.com"));
    assert_false(names("*", "example"));
    assert_false(names("*.", "example"));
    assert_false(names("**.example.com", "a.example.com"));
}

static void a_name_with_a_zero_byte_is_no_shorter_name(void **state)
{
    struct der certificate;
    (void)state;
    build_named(&certificate, 0x82, "good.test\0.evil.test", 20);
    assert_int_equal(check(&certificate, host("good.test")), CERTIFICATE_OTHER_NAME);
}

static void an_address_matches_octet_for_octet(void **state)
{
    static const uint8_t four[] = {192, 0, 2, 17};
    static const uint8_t other[] = {192, 0, 2, 18};
    static const uint8_t sixteen[16] = {0x20, 0x01, 0x0D, 0xB8, [15] = 0x17};
    struct der certificate;
    (void)state;
    build_named(&certificate, 0x87, four, 4);
    assert_int_equal(check(&certificate, address(four, 4)), CERTIFICATE_ACCEPTED);
    assert_int_equal(check(&certificate, address(other, 4)), CERTIFICATE_OTHER_NAME);
    build_named(&certificate, 0x87, sixteen, 16);
    assert_int_equal(check(&certificate, address(sixteen, 16)), CERTIFICATE_ACCEPTED);
    assert_int_equal(check(&certificate, address(sixteen, 4)), CERTIFICATE_OTHER_NAME);
    build_named(&certificate, 0x87, sixteen, 5);
    assert_int_equal(check(&certificate, address(sixteen, 4)), CERTIFICATE_OTHER_NAME);
}

static void a_name_of_another_type_never_matches(void **state)
{
    static const uint8_t four[] = {'a', 'b', 'c', 'd'};
    struct der certificate;
    (void)state;
    build_named(&certificate, 0x82, four, 4);
    assert_int_equal(check(&certificate, address(four, 4)), CERTIFICATE_OTHER_NAME);
    build_named(&certificate, 0x87, four, 4);
    assert_int_equal(check(&certificate, host("abcd")), CERTIFICATE_OTHER_NAME);
    build_named(&certificate, 0x81, four, 4); /* rfc822Name */
    assert_int_equal(check(&certificate, host("abcd")), CERTIFICATE_OTHER_NAME);
    build_named(&certificate, 0x86, four, 4); /* uniformResourceIdentifier */
    assert_int_equal(check(&certificate, host("abcd")), CERTIFICATE_OTHER_NAME);
}

static void any_of_several_names_will_do(void **state)
{
    struct der list = {.length = 0};
    struct der value = {.length = 0};
    struct der extensions = {.length = 0};
    struct der certificate;
    (void)state;
    put_element(&list, 0x81, "a@b", 3);
    put_element(&list, 0x82, "first.test", 10);
    put_element(&list, 0x87, "\x0a\x00\x00\x01", 4);
    put_element(&list, 0x82, "second.test", 11);
    put_inside(&value, 0x30, &list);
    put_extension(&extensions, 17, &value);
    build(&certificate, &extensions, sha256_rsa);
    assert_int_equal(check(&certificate, host("first.test")), CERTIFICATE_ACCEPTED);
    assert_int_equal(check(&certificate, host("second.test")), CERTIFICATE_ACCEPTED);
    assert_int_equal(check(&certificate, address("\x0a\x00\x00\x01", 4)), CERTIFICATE_ACCEPTED);
    assert_int_equal(check(&certificate, host("third.test")), CERTIFICATE_OTHER_NAME);
}

static void without_alternative_names_nothing_is_accepted(void **state)
{
    struct der certificate;
    struct der empty = {.length = 0};
    struct der value = {.length = 0};
    struct der extensions = {.length = 0};
    (void)state;
    build(&certificate, NULL, sha256_rsa);
    assert_int_equal(check(&certificate, host("a.test")), CERTIFICATE_NO_ALTERNATIVE_NAME);
    put_inside(&value, 0x30, &empty);
    put_extension(&extensions, 17, &value);
    build(&certificate, &extensions, sha256_rsa);
    assert_int_equal(check(&certificate, host("a.test")), CERTIFICATE_OTHER_NAME);
}

/* ---- usages and other extensions ---- */

static const uint8_t server_auth[] = {0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01};
static const uint8_t client_auth[] = {0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02};
static const uint8_t any_usage[] = {0x55, 0x1D, 0x25, 0x00};

/* Names a.test; extended key usage with up to two purposes. */
static void build_used(struct der *certificate, const uint8_t *first, uint32_t first_length,
                       const uint8_t *second, uint32_t second_length)
{
    struct der list = {.length = 0};
    struct der value = {.length = 0};
    struct der names_list = {.length = 0};
    struct der names_value = {.length = 0};
    struct der extensions = {.length = 0};
    if (first != NULL) {
        put_element(&list, 0x06, first, first_length);
    }
    if (second != NULL) {
        put_element(&list, 0x06, second, second_length);
    }
    put_inside(&value, 0x30, &list);
    put_element(&names_list, 0x82, "a.test", 6);
    put_inside(&names_value, 0x30, &names_list);
    put_extension(&extensions, 37, &value);
    put_extension(&extensions, 17, &names_value);
    build(certificate, &extensions, sha256_rsa);
}

static void an_extended_key_usage_has_to_allow_a_server(void **state)
{
    struct der c;
    (void)state;
    build_used(&c, server_auth, 8, NULL, 0);
    assert_int_equal(check(&c, host("a.test")), CERTIFICATE_ACCEPTED);
    build_used(&c, client_auth, 8, server_auth, 8);
    assert_int_equal(check(&c, host("a.test")), CERTIFICATE_ACCEPTED);
    build_used(&c, any_usage, 4, NULL, 0);
    assert_int_equal(check(&c, host("a.test")), CERTIFICATE_ACCEPTED);
    build_used(&c, client_auth, 8, NULL, 0);
    assert_int_equal(check(&c, host("a.test")), CERTIFICATE_OTHER_USAGE);
    build_used(&c, NULL, 0, NULL, 0);
    assert_int_equal(check(&c, host("a.test")), CERTIFICATE_OTHER_USAGE);
    build_used(&c, server_auth, 7, NULL, 0);
    assert_int_equal(check(&c, host("a.test")), CERTIFICATE_OTHER_USAGE);
}

/* A certificate that names a.test, with `count` more extensions of the kinds given. */
static void build_extended(struct der *certificate, const uint8_t *kinds, uint32_t count)
{
    struct der list = {.length = 0};
    struct der value = {.length = 0};
    struct der empty = {.length = 0};
    struct der extensions = {.length = 0};
    put_element(&list, 0x82, "a.test", 6);
    put_inside(&value, 0x30, &list);
    put_element(&empty, 0x30, "", 0);
    put_extension(&extensions, 17, &value);
    for (uint32_t i = 0; i < count; i++) {
        put_extension(&extensions, kinds[i], kinds[i] == 17 ? &value : &empty);
    }
    build(certificate, &extensions, sha256_rsa);
}

/* RFC 5280, 4.2, whether we look into the extension or not, and wherever the two stand. */
static void an_extension_stands_only_once(void **state)
{
    static const uint8_t twice[][4] = {{17, 14, 15, 19}, {19, 19, 14, 15}, {14, 19, 15, 19},
                                       {19, 14, 15, 14}, {30, 30, 14, 15}, {14, 15, 19, 17}};
    static const uint8_t once[] = {19, 14, 15, 18};
    struct der certificate;
    (void)state;
    for (size_t i = 0; i < sizeof twice / sizeof twice[0]; i++) {
        build_extended(&certificate, twice[i], 4);
        assert_int_equal(check(&certificate, host("a.test")), CERTIFICATE_EXTENSION_TWICE);
        assert_int_equal(certificate_issuer_check(certificate.bytes, certificate.length),
                         CERTIFICATE_EXTENSION_TWICE);
    }
    build_extended(&certificate, once, 4);
    assert_int_equal(check(&certificate, host("a.test")), CERTIFICATE_ACCEPTED);
}

static void the_number_of_extensions_is_limited(void **state)
{
    uint8_t kinds[CERTIFICATE_EXTENSIONS_MAX];
    struct der certificate;
    (void)state;
    for (uint32_t i = 0; i < sizeof kinds; i++) {
        kinds[i] = (uint8_t)(100u + i);
    }
    build_extended(&certificate, kinds, CERTIFICATE_EXTENSIONS_MAX - 1u);
    assert_int_equal(check(&certificate, host("a.test")), CERTIFICATE_ACCEPTED);
    build_extended(&certificate, kinds, CERTIFICATE_EXTENSIONS_MAX);
    assert_int_equal(check(&certificate, host("a.test")), CERTIFICATE_TOO_LARGE);
}

static void inner_and_outer_algorithm_have_to_agree(void **state)
{
    struct der list = {.length = 0};
    struct der value = {.length = 0};
    struct der extensions = {.length = 0};
    struct der certificate;
    (void)state;
    put_element(&list, 0x82, "a.test", 6);
    put_inside(&value, 0x30, &list);
    put_extension(&extensions, 17, &value);
    build(&certificate, &extensions, sha1_rsa);
    assert_int_equal(check(&certificate, host("a.test")), CERTIFICATE_ALGORITHMS_DIFFER);
}

static void an_issuer_with_name_constraints_is_refused(void **state)
{
    struct der value = {.length = 0};
    struct der extensions = {.length = 0};
    struct der certificate;
    (void)state;
    build(&certificate, NULL, sha256_rsa);
    assert_int_equal(certificate_issuer_check(certificate.bytes, certificate.length),
                     CERTIFICATE_ACCEPTED);
    put_element(&value, 0x30, "", 0);
    put_extension(&extensions, 30, &value);
    build(&certificate, &extensions, sha256_rsa);
    assert_int_equal(certificate_issuer_check(certificate.bytes, certificate.length),
                     CERTIFICATE_CONSTRAINED);
}

/* ---- malformed ---- */

static void a_certificate_cut_anywhere_is_malformed(void **state)
{
    struct der whole;
    (void)state;
    build_used(&whole, server_auth, 8, client_auth, 8);
    for (uint32_t length = 0; length < whole.length; length++) {
        struct der part = whole;
        part.length = length;
        assert_int_equal(check(&part, host("a.test")), CERTIFICATE_MALFORMED);
    }
    struct der longer = whole;
    put(&longer, "\x00", 1);
    assert_int_equal(check(&longer, host("a.test")), CERTIFICATE_MALFORMED);
}

/* Whatever one byte of a certificate for a.test becomes ("*.test" is among it). */
static void no_single_change_makes_a_foreign_name_match(void **state)
{
    struct der whole;
    (void)state;
    build_used(&whole, server_auth, 8, client_auth, 8);
    for (uint32_t i = 0; i < whole.length; i++) {
        for (uint32_t value = 0; value < 256; value++) {
            struct der changed = whole;
            changed.bytes[i] = (uint8_t)value;
            assert_int_not_equal(check(&changed, host("other.example")), CERTIFICATE_ACCEPTED);
        }
    }
}

static void lengths_are_definite_and_shortest(void **state)
{
    static const uint8_t indefinite[] = {0x30, 0x80, 0x00, 0x00};
    static const uint8_t padded[] = {0x30, 0x81, 0x02, 0x05, 0x00};
    static const uint8_t more_padded[] = {0x30, 0x82, 0x00, 0x02, 0x05, 0x00};
    static const uint8_t three_bytes[] = {0x30, 0x83, 0x00, 0x00, 0x02, 0x05, 0x00};
    static const uint8_t high_tag[] = {0x3F, 0x01, 0x00};
    struct der_element e;
    (void)state;
    assert_false(der_read(indefinite, sizeof indefinite, 0, &e));
    assert_false(der_read(padded, sizeof padded, 0, &e));
    assert_false(der_read(more_padded, sizeof more_padded, 0, &e));
    assert_false(der_read(three_bytes, sizeof three_bytes, 0, &e));
    assert_false(der_read(high_tag, sizeof high_tag, 0, &e));
    assert_false(der_read(padded, 1, 0, &e));
    assert_true(der_read((const uint8_t *)"\x05\x00", 2, 0, &e));
    assert_int_equal(e.end, 2);
}

/* ---- private keys ---- */

/* RSAPrivateKey with parts of the given sizes. */
static void build_rsa_key(struct der *key, uint32_t whole, uint32_t half, bool wrapped)
{
    static const uint8_t digits[1024] = {1};
    struct der parts = {.length = 0};
    put_element(&parts, 0x02, "\x00", 1);
    put_element(&parts, 0x02, digits, whole);
    put_element(&parts, 0x02, "\x01\x00\x01", 3);
    put_element(&parts, 0x02, digits, whole);
    for (int i = 0; i < 5; i++) {
        put_element(&parts, 0x02, digits, half);
    }
    key->length = 0;
    put_inside(key, 0x30, &parts);
    if (wrapped) {
        struct der outer = {.length = 0};
        put_element(&outer, 0x02, "\x00", 1);
        put_element(&outer, 0x30, sha256_rsa, sizeof sha256_rsa);
        put_inside(&outer, 0x04, key);
        key->length = 0;
        put_inside(key, 0x30, &outer);
    }
}

/* BearSSL 0.6 overruns its buffer with larger ones: they must never get there. */
static void private_keys_beyond_4096_bits_are_refused(void **state)
{
    struct der key;
    (void)state;
    for (int wrapped = 0; wrapped < 2; wrapped++) {
        build_rsa_key(&key, 513, 257, wrapped != 0);
        assert_int_equal(certificate_key_form(key.bytes, key.length), KEY_FORM_RSA);
        build_rsa_key(&key, 514, 257, wrapped != 0);
        assert_int_equal(certificate_key_form(key.bytes, key.length), KEY_FORM_LARGE);
        build_rsa_key(&key, 257, 258, wrapped != 0);
        assert_int_equal(certificate_key_form(key.bytes, key.length), KEY_FORM_LARGE);
        key.length--;
        assert_int_equal(certificate_key_form(key.bytes, key.length), KEY_FORM_UNKNOWN);
    }
}

static void ec_keys_are_told_from_others(void **state)
{
    static const uint8_t digits[70] = {1};
    struct der parts = {.length = 0};
    struct der key = {.length = 0};
    (void)state;
    put_element(&parts, 0x02, "\x01", 1);
    put_element(&parts, 0x04, digits, 66);
    put_inside(&key, 0x30, &parts);
    assert_int_equal(certificate_key_form(key.bytes, key.length), KEY_FORM_EC);
    parts.length = 3;
    put_element(&parts, 0x04, digits, 67);
    key.length = 0;
    put_inside(&key, 0x30, &parts);
    assert_int_equal(certificate_key_form(key.bytes, key.length), KEY_FORM_LARGE);
    parts.length = 3;
    put_element(&parts, 0x05, digits, 0);
    key.length = 0;
    put_inside(&key, 0x30, &parts);
    assert_int_equal(certificate_key_form(key.bytes, key.length), KEY_FORM_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_name_matches_without_regard_to_case),
        cmocka_unit_test(a_wildcard_is_one_whole_left_most_label),
        cmocka_unit_test(a_name_with_a_zero_byte_is_no_shorter_name),
        cmocka_unit_test(an_address_matches_octet_for_octet),
        cmocka_unit_test(a_name_of_another_type_never_matches),
        cmocka_unit_test(any_of_several_names_will_do),
        cmocka_unit_test(without_alternative_names_nothing_is_accepted),
        cmocka_unit_test(an_extended_key_usage_has_to_allow_a_server),
        cmocka_unit_test(an_extension_stands_only_once),
        cmocka_unit_test(the_number_of_extensions_is_limited),
        cmocka_unit_test(inner_and_outer_algorithm_have_to_agree),
        cmocka_unit_test(an_issuer_with_name_constraints_is_refused),
        cmocka_unit_test(a_certificate_cut_anywhere_is_malformed),
        cmocka_unit_test(no_single_change_makes_a_foreign_name_match),
        cmocka_unit_test(lengths_are_definite_and_shortest),
        cmocka_unit_test(private_keys_beyond_4096_bits_are_refused),
        cmocka_unit_test(ec_keys_are_told_from_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
