/* The record layer's framing: see tls_record.h. */
#include "tls_record.h"

#include "tls_codec_read.h"
#include "tls_codec_write.h"

void tls_record_read(const uint8_t *header, struct tls_record *out)
{
    out->type = header[0];
    out->version = tls_get_u16(header + 1);
    out->length = tls_get_u16(header + 3);
}

uint32_t tls_record_judge(const struct tls_record *record, uint32_t version_known, uint32_t least,
                          uint32_t most)
{
    if (record->type < TLS_CHANGE_CIPHER_SPEC || record->type > TLS_APPLICATION_DATA) {
        return TLS_ALERT_UNEXPECTED_MESSAGE;
    }
    if (record->version / 256u != 3u ||
        (version_known != 0u && record->version != TLS_VERSION_1_2)) {
        return TLS_ALERT_PROTOCOL_VERSION;
    }
    if (record->length > TLS_PLAINTEXT_MAX + most) {
        return TLS_ALERT_RECORD_OVERFLOW;
    }
    if (record->length < least) {
        return TLS_ALERT_BAD_RECORD_MAC;
    }
    if (record->length == 0u && record->type != TLS_APPLICATION_DATA) {
        return TLS_ALERT_DECODE_ERROR;
    }
    return TLS_NO_ALERT;
}

void tls_record_write(uint8_t *out, uint32_t type, uint32_t length)
{
    out[0] = (uint8_t)type;
    tls_put_u16(out + 1, TLS_VERSION_1_2);
    tls_put_u16(out + 3, length);
}
