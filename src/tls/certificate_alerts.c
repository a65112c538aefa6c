/* The tables of certificate_alerts.h. The alerts are those RFC 5246, 7.2.2 gives for each case;
 * where a record fails, length and MAC get the same one, so that they cannot be told apart. */
#include "certificate_alerts.h"
#include "certificate_check.h"

#include <bearssl.h>
#include <stddef.h>

#define ALERT_UNEXPECTED_MESSAGE 10u
#define ALERT_BAD_RECORD_MAC 20u
#define ALERT_RECORD_OVERFLOW 22u
#define ALERT_HANDSHAKE_FAILURE 40u
#define ALERT_BAD_CERTIFICATE 42u
#define ALERT_UNSUPPORTED_CERTIFICATE 43u
#define ALERT_CERTIFICATE_EXPIRED 45u
#define ALERT_CERTIFICATE_UNKNOWN 46u
#define ALERT_ILLEGAL_PARAMETER 47u
#define ALERT_UNKNOWN_CA 48u
#define ALERT_DECODE_ERROR 50u
#define ALERT_DECRYPT_ERROR 51u
#define ALERT_PROTOCOL_VERSION 70u
#define ALERT_INTERNAL_ERROR 80u
#define ALERT_UNSUPPORTED_EXTENSION 110u

struct meaning {
    int error;
    uint8_t alert;
    const char *text;
};

static const struct meaning meanings[] = {
    {BR_ERR_BAD_PARAM, ALERT_DECODE_ERROR, "a handshake message whose lengths disagree"},
    {BR_ERR_BAD_STATE, ALERT_INTERNAL_ERROR, "wrong state of the TLS engine"},
    {BR_ERR_UNSUPPORTED_VERSION, ALERT_PROTOCOL_VERSION, "the peer does not speak TLS 1.2"},
    {BR_ERR_BAD_VERSION, ALERT_PROTOCOL_VERSION, "a record of another version, or not TLS"},
    {BR_ERR_BAD_LENGTH, ALERT_BAD_RECORD_MAC, "a record of impossible length"},
    {BR_ERR_TOO_LARGE, ALERT_RECORD_OVERFLOW, "a record too large"},
    {BR_ERR_BAD_MAC, ALERT_BAD_RECORD_MAC, "a record that does not authenticate"},
    {BR_ERR_NO_RANDOM, ALERT_INTERNAL_ERROR, "no entropy"},
    {BR_ERR_UNKNOWN_TYPE, ALERT_UNEXPECTED_MESSAGE, "a record of unknown type"},
    {BR_ERR_UNEXPECTED, ALERT_UNEXPECTED_MESSAGE, "an unexpected message"},
    {BR_ERR_BAD_CCS, ALERT_UNEXPECTED_MESSAGE, "a malformed ChangeCipherSpec"},
    {BR_ERR_BAD_ALERT, ALERT_DECODE_ERROR, "a malformed alert"},
    {BR_ERR_BAD_HANDSHAKE, ALERT_DECODE_ERROR, "a malformed handshake message"},
    {BR_ERR_OVERSIZED_ID, ALERT_DECODE_ERROR, "a session identifier too long"},
    {BR_ERR_BAD_CIPHER_SUITE, ALERT_HANDSHAKE_FAILURE, "no cipher suite in common"},
    {BR_ERR_BAD_COMPRESSION, ALERT_ILLEGAL_PARAMETER, "compression is not supported"},
    {BR_ERR_BAD_FRAGLEN, ALERT_ILLEGAL_PARAMETER, "a wrong maximum fragment length"},
    {BR_ERR_BAD_SECRENEG, ALERT_HANDSHAKE_FAILURE, "no secure renegotiation"},
    {BR_ERR_EXTRA_EXTENSION, ALERT_UNSUPPORTED_EXTENSION, "an extension that was not asked for"},
    {BR_ERR_BAD_SNI, ALERT_ILLEGAL_PARAMETER, "a malformed server name"},
    {BR_ERR_BAD_HELLO_DONE, ALERT_DECODE_ERROR, "a malformed ServerHelloDone"},
    {BR_ERR_LIMIT_EXCEEDED, ALERT_ILLEGAL_PARAMETER, "a key too large"},
    {BR_ERR_BAD_FINISHED, ALERT_DECRYPT_ERROR, "a Finished that does not match"},
    {BR_ERR_RESUME_MISMATCH, ALERT_HANDSHAKE_FAILURE, "a resumed session that differs"},
    {BR_ERR_INVALID_ALGORITHM, ALERT_ILLEGAL_PARAMETER, "an algorithm or curve not offered"},
    {BR_ERR_BAD_SIGNATURE, ALERT_DECRYPT_ERROR, "a signature that does not verify, or over SHA-1"},
    {BR_ERR_WRONG_KEY_USAGE, ALERT_UNSUPPORTED_CERTIFICATE, "a key not meant for this use"},
    {BR_ERR_NO_CLIENT_AUTH, ALERT_HANDSHAKE_FAILURE, "no client authentication"},
    {BR_ERR_X509_EMPTY_CHAIN, ALERT_BAD_CERTIFICATE, "the server sent no certificate"},
    {BR_ERR_X509_UNSUPPORTED, ALERT_UNSUPPORTED_CERTIFICATE,
     "the certificate uses an unsupported algorithm"},
    {BR_ERR_X509_LIMIT_EXCEEDED, ALERT_UNSUPPORTED_CERTIFICATE,
     "a key or signature in the chain is too large"},
    {BR_ERR_X509_WRONG_KEY_TYPE, ALERT_UNSUPPORTED_CERTIFICATE,
     "the certificate has the wrong type of key"},
    {BR_ERR_X509_BAD_SIGNATURE, ALERT_BAD_CERTIFICATE,
     "a signature in the certificate chain does not verify"},
    {BR_ERR_X509_TIME_UNKNOWN, ALERT_INTERNAL_ERROR, "the time is not known"},
    {BR_ERR_X509_EXPIRED, ALERT_CERTIFICATE_EXPIRED,
     "a certificate in the chain has expired or is not valid yet"},
    {BR_ERR_X509_DN_MISMATCH, ALERT_BAD_CERTIFICATE,
     "the certificate chain is out of order: issuer and subject differ"},
    {BR_ERR_X509_CRITICAL_EXTENSION, ALERT_UNSUPPORTED_CERTIFICATE,
     "the certificate has a critical extension that is not understood"},
    {BR_ERR_X509_NOT_CA, ALERT_BAD_CERTIFICATE,
     "a certificate in the chain was issued by one that may not issue"},
    {BR_ERR_X509_FORBIDDEN_KEY_USAGE, ALERT_UNSUPPORTED_CERTIFICATE,
     "the certificate's key usage forbids this use"},
    {BR_ERR_X509_WEAK_PUBLIC_KEY, ALERT_BAD_CERTIFICATE,
     "an RSA key in the certificate chain has less than 2048 bits"},
    {BR_ERR_X509_NOT_TRUSTED, ALERT_UNKNOWN_CA,
     "the certificate was not issued by a trust anchor of ours"},
    {CERTIFICATE_CHECK_ERROR + CERTIFICATE_MALFORMED, ALERT_BAD_CERTIFICATE,
     "a certificate in the chain is malformed"},
    {CERTIFICATE_CHECK_ERROR + CERTIFICATE_EXTENSION_TWICE, ALERT_BAD_CERTIFICATE,
     "a certificate in the chain has an extension twice"},
    {CERTIFICATE_CHECK_ERROR + CERTIFICATE_ALGORITHMS_DIFFER, ALERT_BAD_CERTIFICATE,
     "a certificate in the chain names two different signature algorithms"},
    {CERTIFICATE_CHECK_ERROR + CERTIFICATE_NO_ALTERNATIVE_NAME, ALERT_CERTIFICATE_UNKNOWN,
     "the certificate has no subjectAltName; its common name is not looked at"},
    {CERTIFICATE_CHECK_ERROR + CERTIFICATE_OTHER_NAME, ALERT_CERTIFICATE_UNKNOWN,
     "the certificate does not name the server we meant"},
    {CERTIFICATE_CHECK_ERROR + CERTIFICATE_OTHER_USAGE, ALERT_UNSUPPORTED_CERTIFICATE,
     "the certificate's extended key usage does not allow a TLS server"},
    {CERTIFICATE_CHECK_ERROR + CERTIFICATE_CONSTRAINED, ALERT_UNSUPPORTED_CERTIFICATE,
     "an issuer in the chain has name constraints, which are not evaluated"},
    {CERTIFICATE_CHECK_ERROR + CERTIFICATE_TOO_LARGE, ALERT_BAD_CERTIFICATE,
     "a certificate in the chain is too large, or has too many extensions"},
    {CERTIFICATE_ERROR_NUISANCE, ALERT_UNEXPECTED_MESSAGE,
     "too many alerts or empty records in a row"},
};

static const struct meaning *meaning_of(int error)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (meanings[i].error == error) {
            return &meanings[i];
        }
    }
    return NULL;
}

/* BearSSL's codes for a certificate that cannot be decoded: 33 to 48. */
static bool is_decoding_error(int error)
{
    return error > BR_ERR_X509_OK && error < BR_ERR_X509_UNSUPPORTED;
}

uint8_t certificate_alert(int error)
{
    const struct meaning *meaning = meaning_of(error);
    if (meaning != NULL) {
        return meaning->alert;
    }
    return is_decoding_error(error) ? ALERT_BAD_CERTIFICATE : ALERT_INTERNAL_ERROR;
}

bool certificate_alert_is_done(int error)
{
    return error >= BR_ERR_RECV_FATAL_ALERT;
}

bool certificate_error_is_from_peer(int error)
{
    return error >= BR_ERR_RECV_FATAL_ALERT && error < BR_ERR_SEND_FATAL_ALERT;
}

/* Names of the alerts that say something to an operator. */
static const char *alert_text(int alert)
{
    static const struct meaning received[] = {
        {ALERT_BAD_RECORD_MAC, 0, "alert bad_record_mac"},
        {ALERT_HANDSHAKE_FAILURE, 0, "alert handshake_failure: nothing acceptable in common"},
        {ALERT_BAD_CERTIFICATE, 0, "alert bad_certificate"},
        {ALERT_UNSUPPORTED_CERTIFICATE, 0, "alert unsupported_certificate"},
        {ALERT_CERTIFICATE_EXPIRED, 0, "alert certificate_expired"},
        {ALERT_CERTIFICATE_UNKNOWN, 0, "alert certificate_unknown"},
        {ALERT_UNKNOWN_CA, 0, "alert unknown_ca"},
        {ALERT_DECODE_ERROR, 0, "alert decode_error"},
        {ALERT_DECRYPT_ERROR, 0, "alert decrypt_error"},
        {ALERT_PROTOCOL_VERSION, 0, "alert protocol_version: no TLS 1.2"},
    };
    for (size_t i = 0; i < sizeof received / sizeof received[0]; i++) {
        if (received[i].error == alert) {
            return received[i].text;
        }
    }
    return "a fatal alert";
}

const char *certificate_error_text(int error)
{
    if (error == BR_ERR_OK) {
        return "";
    }
    if (certificate_alert_is_done(error)) {
        return alert_text(error % BR_ERR_RECV_FATAL_ALERT);
    }
    const struct meaning *meaning = meaning_of(error);
    if (meaning != NULL) {
        return meaning->text;
    }
    return is_decoding_error(error) ? "a certificate in the chain cannot be decoded"
                                    : "an unknown error of the TLS engine";
}

bool certificate_error_is_identity(int error)
{
    return (error > BR_ERR_X509_OK && error < CERTIFICATE_ERROR_NUISANCE) ||
           error == BR_ERR_BAD_SIGNATURE || error == BR_ERR_WRONG_KEY_USAGE;
}
