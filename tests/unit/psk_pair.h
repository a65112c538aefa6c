/* A PSK client and server in one process, and a wire between them that a test can cut into pieces,
 * record by record, and change. Shared by the test_psk_* programs. */
#ifndef POOLPROOF_TESTS_PSK_PAIR_H
#define POOLPROOF_TESTS_PSK_PAIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "psk_endpoint.h"
#include "tls_codec.h"
#include "tls_codec_write.h"
#include "tls_record.h"

#define PAIR_IDENTITY "pe-alpha"

struct pair {
    struct psk_endpoint *client;
    struct psk_endpoint *server;
    struct psk_key server_key; /* what the server's lookup knows for PAIR_IDENTITY */
    unsigned lookups;
};

static const uint8_t pair_entropy[2][PSK_ENTROPY] = {{1, 2, 3}, {4, 5, 6}};

static inline struct psk_key pair_key(uint8_t length, uint8_t fill)
{
    struct psk_key key = {.length = length};
    memset(key.bytes, fill, sizeof key.bytes);
    return key;
}

static inline const struct psk_key *pair_find(void *context, const uint8_t *identity,
                                              uint32_t length)
{
    struct pair *pair = context;
    pair->lookups++;
    if (length != strlen(PAIR_IDENTITY) || memcmp(identity, PAIR_IDENTITY, length) != 0) {
        return NULL;
    }
    return &pair->server_key;
}

static inline void pair_open_as(struct pair *pair, const char *identity, struct psk_key client_key,
                                const struct psk_options *client_options,
                                const struct psk_options *server_options)
{
    pair->server_key = pair_key(32, 0x5a);
    pair->lookups = 0;
    pair->client = psk_endpoint_new_client((const uint8_t *)identity, (uint32_t)strlen(identity),
                                           &client_key, client_options, pair_entropy[0]);
    pair->server = psk_endpoint_new_server(pair_find, pair, server_options, pair_entropy[1]);
    assert_non_null(pair->client);
    assert_non_null(pair->server);
}

static inline void pair_open(struct pair *pair, const struct psk_options *client_options,
                             const struct psk_options *server_options)
{
    pair_open_as(pair, PAIR_IDENTITY, pair_key(32, 0x5a), client_options, server_options);
}

static inline void pair_close(struct pair *pair)
{
    psk_endpoint_free(pair->client);
    psk_endpoint_free(pair->server);
}

/* Puts bytes into an endpoint in pieces of `piece`, as long as it takes them. */
static inline size_t feed(struct psk_endpoint *to, const uint8_t *bytes, size_t length,
                          size_t piece)
{
    size_t done = 0;
    while (done < length) {
        size_t room = 0;
        uint8_t *in = psk_endpoint_wire_in(to, &room);
        size_t n = length - done < piece ? length - done : piece;
        n = n < room ? n : room;
        if (n == 0) {
            break;
        }
        memcpy(in, bytes + done, n);
        psk_endpoint_wire_in_done(to, n);
        done += n;
    }
    return done;
}

/* Feeds one handshake message in a record of its own. */
static inline void tell(struct psk_endpoint *e, uint32_t type, const void *body, size_t length)
{
    const size_t head = TLS_RECORD_HEADER + TLS_HANDSHAKE_HEADER;
    uint8_t wire[20000];
    if (length > sizeof wire - head) {
        fail_msg("a message of %zu bytes is too long to tell", length);
        return;
    }
    tls_record_write(wire, TLS_HANDSHAKE, (uint32_t)length + TLS_HANDSHAKE_HEADER);
    tls_put_handshake(wire + TLS_RECORD_HEADER, type, (uint32_t)length);
    memcpy(wire + head, body, length);
    feed(e, wire, length + head, SIZE_MAX);
}

#define EMS "\x00\x17\x00\x00"
#define WITH(text) text, sizeof text - 1

/* A ServerHello: version 3.`minor`, a suite, a compression method, extensions. */
static inline void tell_server_hello(struct psk_endpoint *client, uint8_t minor, uint32_t suite,
                                     uint8_t compression, const char *extensions, size_t length)
{
    uint8_t body[256] = {3, minor};
    size_t at = 2 + 32;
    body[at++] = 0;
    tls_put_u16(body + at, suite);
    body[at + 2] = compression;
    tls_put_u16(body + at + 3, (uint32_t)length);
    memcpy(body + at + 5, extensions, length);
    tell(client, TLS_SERVER_HELLO, body, at + 5 + length);
}

/* Takes all bytes an endpoint wants to send. */
static inline size_t drain(struct psk_endpoint *from, uint8_t *out, size_t capacity)
{
    size_t done = 0;
    size_t length = 0;
    const uint8_t *bytes = psk_endpoint_wire_out(from, &length);
    while (length > 0) {
        assert_true(done + length <= capacity);
        memcpy(out + done, bytes, length);
        done += length;
        psk_endpoint_wire_out_done(from, length);
        bytes = psk_endpoint_wire_out(from, &length);
    }
    return done;
}

/* Moves what `from` has to say to `to`; true when there was something. */
static inline bool carry(struct psk_endpoint *from, struct psk_endpoint *to, size_t piece)
{
    uint8_t wire[40000];
    size_t length = drain(from, wire, sizeof wire);
    feed(to, wire, length, piece);
    return length > 0;
}

/* Lets both talk until neither has anything to say. */
static inline void talk(struct pair *pair, size_t piece)
{
    bool more = true;
    while (more) {
        more = carry(pair->client, pair->server, piece);
        more = carry(pair->server, pair->client, piece) || more;
    }
}

/* Plaintext into an endpoint, sealed. */
static inline void say(struct psk_endpoint *e, const void *text, size_t length)
{
    size_t room = 0;
    uint8_t *out = psk_endpoint_app_out(e, &room);
    assert_true(room >= length);
    memcpy(out, text, length);
    psk_endpoint_app_out_done(e, length);
    psk_endpoint_flush(e);
}

/* What an endpoint shows to its application is exactly `text`. */
static inline void hears(struct psk_endpoint *e, const char *text)
{
    size_t length = 0;
    const uint8_t *in = psk_endpoint_app_in(e, &length);
    assert_int_equal(length, strlen(text));
    assert_memory_equal(in, text, length);
    psk_endpoint_app_in_done(e, length);
}

static inline void hears_nothing(struct psk_endpoint *e)
{
    size_t length = 1;
    psk_endpoint_app_in(e, &length);
    assert_int_equal(length, 0);
}

/* The endpoint failed, having sent this alert. */
static inline void failed_with(struct psk_endpoint *e, int alert)
{
    assert_int_equal(psk_endpoint_state(e), PSK_FAILED);
    assert_int_equal(psk_endpoint_alert_sent(e), alert);
    assert_true(strlen(psk_endpoint_error(e)) > 0);
    hears_nothing(e);
}

#endif
