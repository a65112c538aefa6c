/* Bounded reading for the handshake parsers: see tls_codec_read.h. */
#include "tls_codec_read.h"

uint32_t tls_get_u16(const uint8_t *bytes)
{
    return bytes[0] * 256u + bytes[1];
}

bool tls_vector_8(const uint8_t *body, uint32_t position, uint32_t end, struct tls_span *out)
{
    if (position >= end || body[position] > end - position - 1u) {
        return false;
    }
    out->offset = position + 1u;
    out->length = body[position];
    return true;
}

bool tls_vector_16(const uint8_t *body, uint32_t position, uint32_t end, struct tls_span *out)
{
    if (end - position < 2u) {
        return false;
    }
    uint32_t length = tls_get_u16(body + position);
    if (length > end - position - 2u) {
        return false;
    }
    out->offset = position + 2u;
    out->length = length;
    return true;
}

bool tls_vector_24(const uint8_t *body, uint32_t position, uint32_t end, struct tls_span *out)
{
    if (end - position < 3u) {
        return false;
    }
    uint32_t length = body[position] * 65536u + tls_get_u16(body + position + 1u);
    if (length > end - position - 3u) {
        return false;
    }
    out->offset = position + 3u;
    out->length = length;
    return true;
}
