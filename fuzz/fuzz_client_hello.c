/* Fuzzes the parsers of TLS handshake messages (tls_codec.h): the first byte chooses one, the rest is
 * the body. Whatever is accepted must lie inside the body and have the form it claims; whatever is
 * refused must have a reason, and a fatal alert for it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "tls_codec.h"

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

static bool inside(struct tls_span span, uint32_t length)
{
    return span.offset <= length && span.length <= length - span.offset;
}

static void client_hello(const uint8_t *body, uint32_t length)
{
    struct tls_client_hello hello;
    uint16_t rejection = TLS_ACCEPTED;
    if (!tls_client_hello_parse(body, length, &hello, &rejection)) {
        demand(rejection != TLS_ACCEPTED && tls_rejection_alert(rejection) > 0);
        return;
    }
    demand(rejection == TLS_ACCEPTED);
    demand(inside(hello.random, length) && hello.random.length == TLS_RANDOM_LENGTH);
    demand(inside(hello.session_id, length) && hello.session_id.length <= 32);
    demand(inside(hello.suites, length) && hello.suites.length >= 2);
    demand(inside(hello.groups, length) && hello.groups.length % 2 == 0);
    demand(hello.supported_groups == (hello.groups.length > 0));
    const uint8_t *suites = body + hello.suites.offset;
    bool fallback = tls_list_holds(suites, hello.suites.length, TLS_FALLBACK_SCSV);
    demand(fallback == (hello.fallback_scsv != 0));
    if (tls_list_holds(suites, hello.suites.length, 0xD001)) {
        demand(hello.offers_psk == 1);
    }
}

static void server_hello(const uint8_t *body, uint32_t length)
{
    struct tls_server_hello hello;
    uint16_t rejection = TLS_ACCEPTED;
    bool good = tls_server_hello_parse(body, length, &hello, &rejection);
    demand(good == (rejection == TLS_ACCEPTED));
    demand(!good || inside(hello.random, length));
}

static void key_exchange(const uint8_t *body, uint32_t length, bool server, uint32_t ecdhe)
{
    struct tls_key_exchange exchange;
    uint16_t rejection = TLS_ACCEPTED;
    bool good = server ? tls_server_key_exchange_parse(body, length, ecdhe, &exchange, &rejection)
                       : tls_client_key_exchange_parse(body, length, ecdhe, &exchange, &rejection);
    demand(good == (rejection == TLS_ACCEPTED));
    if (good) {
        demand(inside(exchange.identity, length) && inside(exchange.share, length));
        demand((exchange.share.length > 0) == (ecdhe != 0));
        demand(ecdhe == 0 || exchange.share.offset + exchange.share.length == length);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > TLS_HANDSHAKE_BODY_MAX) {
        return 0;
    }
    const uint8_t *body = data + 1;
    uint32_t length = (uint32_t)size - 1;
    switch (data[0] % 6) {
    case 0:
        server_hello(body, length);
        break;
    case 1:
        client_hello(body, length);
        break;
    default:
        key_exchange(body, length, data[0] % 6 < 4, data[0] % 2);
        break;
    }
    return 0;
}
