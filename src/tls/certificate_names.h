/* Does this certificate name the server we meant? RFC 5352, 9.2 and RFC 5280, 4.2.
 *
 * A walk over the DER of one certificate, beside BearSSL's own X.509 engine, for what that engine
 * does not do or does differently: subjectAltName values of type iPAddress, no fallback to the
 * common name, the extended key usage also when it is not critical, extensions that occur twice,
 * an inner and an outer signature algorithm that differ, name constraints that would be ignored.
 *
 * It says nothing about signatures, dates or trust: certificate_check.c accepts a server only when
 * BearSSL's engine and this walk both do. Pure functions over a byte string; nothing is kept.
 */
#ifndef POOLPROOF_TLS_CERTIFICATE_NAMES_H
#define POOLPROOF_TLS_CERTIFICATE_NAMES_H

#include "certificate_der.h"

#include <stdbool.h>
#include <stdint.h>

/* Most bytes of one certificate: larger ones are refused before they come here. */
#define CERTIFICATE_SIZE_MAX DER_SIZE_MAX

/* Most extensions of one certificate; those in use have about ten. */
#define CERTIFICATE_EXTENSIONS_MAX 64u

/* Most bytes of a reference identity: a host name without final dot (RFC 1035). */
#define CERTIFICATE_NAME_MAX 253u

/* GeneralName types by their tag (RFC 5280, 4.2.1.6). */
#define CERTIFICATE_TAG_DNS_NAME 0x82u
#define CERTIFICATE_TAG_IP_ADDRESS 0x87u

/* The server we mean: a host name in ASCII without final dot, or an address of 4 or 16 octets. */
struct certificate_reference {
    uint8_t tag; /* CERTIFICATE_TAG_DNS_NAME or CERTIFICATE_TAG_IP_ADDRESS */
    uint8_t length;
    uint8_t bytes[CERTIFICATE_NAME_MAX];
};

enum certificate_verdict {
    CERTIFICATE_ACCEPTED = 0,
    CERTIFICATE_MALFORMED = 1,           /* not the DER of an X.509 certificate */
    CERTIFICATE_EXTENSION_TWICE = 2,     /* RFC 5280, 4.2: at most one instance of an extension */
    CERTIFICATE_ALGORITHMS_DIFFER = 3,   /* RFC 5280, 4.1.1.2: inner and outer must be the same */
    CERTIFICATE_NO_ALTERNATIVE_NAME = 4, /* no subjectAltName: the common name is not looked at */
    CERTIFICATE_OTHER_NAME = 5,          /* no value of the reference's type matches it */
    CERTIFICATE_OTHER_USAGE = 6,         /* an extended key usage without serverAuth */
    CERTIFICATE_CONSTRAINED = 7,         /* an issuer with name constraints: not evaluated here */
    /* more than CERTIFICATE_SIZE_MAX bytes (told before it comes here), or too many extensions */
    CERTIFICATE_TOO_LARGE = 8
};

/* Which subjectAltName value matched: its type and where its bytes lie in the certificate. */
struct certificate_match {
    uint8_t tag;
    uint32_t offset;
    uint32_t length;
};

/*@ logic integer lower_case(integer c) = 'A' <= c <= 'Z' ? c + 32 : c;

    // Equal as DNS names: ASCII letters without regard to case, all else byte for byte.
    predicate same_name{L}(uint8_t *a, integer n, uint8_t *b, integer m) =
      n == m && (\forall integer i; 0 <= i < n ==> lower_case(a[i]) == lower_case(b[i]));

    // k is where the left-most label of a name ends.
    predicate first_dot_at{L}(uint8_t *name, integer length, integer k) =
      0 <= k < length && name[k] == '.' && (\forall integer i; 0 <= i < k ==> name[i] != '.');

    predicate is_wildcard{L}(uint8_t *pattern, integer n) =
      n >= 2 && pattern[0] == '*' && pattern[1] == '.';

    // RFC 5352, 9.2: '*' stands for one whole left-most label, and nothing else does.
    predicate dns_name_match{L}(uint8_t *pattern, integer n, uint8_t *host, integer m) =
      (is_wildcard(pattern, n) &&
       (\exists integer k; 1 <= k && first_dot_at(host, m, k) &&
         same_name(pattern + 1, n - 1, host + k, m - k)))
      || (!is_wildcard(pattern, n) && same_name(pattern, n, host, m));

    predicate valid_reference{L}(struct certificate_reference *r) =
      r->length <= CERTIFICATE_NAME_MAX;
*/

/* A dNSName value `pattern` of `n` bytes against a host name of `m` bytes: RFC 5352, 9.2. */
/*@ requires n <= CERTIFICATE_SIZE_MAX && m <= CERTIFICATE_NAME_MAX;
    requires \valid_read(pattern + (0 .. n - 1)) && \valid_read(host + (0 .. m - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
    ensures exact: \result == true <==> dns_name_match(pattern, n, host, m);
*/
bool certificate_dns_name_matches(const uint8_t *pattern, uint32_t n, const uint8_t *host,
                                  uint32_t m);

/* Judges the server's own certificate. On CERTIFICATE_ACCEPTED `match` says which value named the
 * reference; otherwise its fields are 0. */
/*@ requires length <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(der + (0 .. length - 1));
    requires \valid_read(reference) && valid_reference(reference);
    requires \valid(match);
    requires \separated(match, der + (0 .. length - 1)) && \separated(match, reference);
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
enum certificate_verdict certificate_names_check(const uint8_t *der, uint32_t length,
                                                 const struct certificate_reference *reference,
                                                 struct certificate_match *match);

/* Judges a certificate above the server's in the chain, or a trust anchor. */
/*@ requires length <= CERTIFICATE_SIZE_MAX;
    requires \valid_read(der + (0 .. length - 1));
    terminates \true;
    exits \false;
    assigns \nothing;
*/
enum certificate_verdict certificate_issuer_check(const uint8_t *der, uint32_t length);

#endif
