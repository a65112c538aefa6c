/* The end of a PSK handshake: see psk_finished.h. */
#include "psk_finished.h"

#include "psk_keys.h"
#include "tls_codec_write.h"

bool psk_send_finished(struct psk_endpoint *e)
{
    uint8_t message[TLS_FINISHED_LENGTH];
    uint8_t verify_data[TLS_VERIFY_DATA_LENGTH];
    message[0] = 1; /* the one byte of a ChangeCipherSpec */
    if (!psk_send_record(e, TLS_CHANGE_CIPHER_SPEC, message, 1)) {
        return false;
    }
    psk_protect(e, 1);
    e->write_protected = 1;
    psk_verify_data(e, e->client, verify_data);
    uint32_t length = tls_finished_write(message, verify_data);
    return psk_send_handshake(e, message, length);
}

uint32_t psk_check_finished(struct psk_endpoint *e, uint32_t length)
{
    if (length != TLS_VERIFY_DATA_LENGTH) {
        e->reason = PSK_REASON_MALFORMED;
        return TLS_ALERT_DECODE_ERROR;
    }
    uint8_t expected[TLS_VERIFY_DATA_LENGTH];
    psk_verify_data(e, 1u - e->client, expected);
    tls_copy(e->expected, expected, TLS_VERIFY_DATA_LENGTH);
    if (!crypto_equal(e->gather + TLS_HANDSHAKE_HEADER, e->expected, TLS_VERIFY_DATA_LENGTH)) {
        e->reason = PSK_REASON_FINISHED_WRONG;
        return TLS_ALERT_DECRYPT_ERROR;
    }
    crypto_transcript_add(&e->crypto, e->gather, TLS_FINISHED_LENGTH);
    return TLS_NO_ALERT;
}
