/* Any bytes as a certificate, a private key's DER, and the first bytes of a connection.
 *
 * An accepted name lies inside the certificate and is what was asked for, found by a second,
 * simpler comparison. A hello gathered at once and one gathered byte by byte come to the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "certificate_key_form.h"
#include "certificate_names.h"
#include "hello_switch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void oracle(bool good, const char *rule)
{
    if (!good) {
        (void)fprintf(stderr, "violated: %s\n", rule);
        abort();
    }
}

/* The name asked for, or with its first label a star. */
static bool is_a_test(const uint8_t *value, uint32_t length)
{
    return (length == 6 && strncasecmp((const char *)value, "a.test", 6) == 0) ||
           (length == 6 && strncasecmp((const char *)value, "*.test", 6) == 0);
}

static void check_certificate(const uint8_t *der, uint32_t length)
{
    static const struct certificate_reference host = {CERTIFICATE_TAG_DNS_NAME, 6, "a.test"};
    static const struct certificate_reference address = {
        CERTIFICATE_TAG_IP_ADDRESS, 4, {192, 0, 2, 17}};
    struct certificate_match match;

    if (certificate_names_check(der, length, &host, &match) == CERTIFICATE_ACCEPTED) {
        oracle(match.tag == 0x82 && match.offset + match.length <= length, "the name lies inside");
        oracle(is_a_test(der + match.offset, match.length), "the name is the one asked for");
        oracle(certificate_issuer_check(der, length) == CERTIFICATE_ACCEPTED ||
                   certificate_issuer_check(der, length) == CERTIFICATE_CONSTRAINED,
               "what names a server is well formed as an issuer, too");
    }
    if (certificate_names_check(der, length, &address, &match) == CERTIFICATE_ACCEPTED) {
        oracle(match.tag == 0x87 && match.length == 4 &&
                   memcmp(der + match.offset, address.bytes, 4) == 0,
               "the address is the one asked for");
    }
}

static void gather(struct hello_switch *hello, const uint8_t *data, uint32_t length, uint32_t step)
{
    hello_switch_init(hello);
    for (uint32_t at = 0; at < length; at += step) {
        const uint32_t part = length - at < step ? length - at : step;
        memcpy(hello->raw + hello->received, data + at, part);
        hello_switch_take(hello, part);
    }
}

static void check_hello(const uint8_t *data, uint32_t length)
{
    static struct hello_switch whole;
    static struct hello_switch pieces;

    gather(&whole, data, length, HELLO_RAW_MAX);
    gather(&pieces, data, length, 1);
    oracle(whole.outcome == pieces.outcome, "the outcome does not depend on the cuts");
    oracle(whole.message_length == pieces.message_length &&
               memcmp(whole.message, pieces.message, whole.message_length) == 0,
           "nor does the message");
    oracle(whole.received == length && memcmp(whole.raw, data, length) == 0, "no byte is lost");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint32_t length = size > DER_SIZE_MAX ? DER_SIZE_MAX : (uint32_t)size;

    check_certificate(data, length);
    (void)certificate_key_form(data, length);
    check_hello(data, length);
    return 0;
}
