/* See asap_peer.h. */
#include "asap_peer.h"

#include "wire_constants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUEST_BYTES 512u
#define REGISTRATION_LIFE 1200u /* seconds: longer than any run */
#define SERVICE_PORT 9u         /* nobody connects to it */

void asap_peer_open(struct asap_peer *peer, uint16_t port,
                    struct secure_client_configuration *client)
{
    peer->have = peer->done = 0;
    tls_connection_open(&peer->tls, port, client, NULL);
}

void asap_peer_close(struct asap_peer *peer)
{
    tls_connection_close(&peer->tls);
}

static void send_message(struct asap_peer *peer, uint8_t *bytes, uint32_t end)
{
    size_t room;
    uint32_t length = wire_end_message(bytes, REQUEST_BYTES, end);
    uint8_t *out = secure_channel_app_out(peer->tls.channel, &room);

    if (length == WIRE_FULL || out == NULL || room < length)
        bench_die("a request does not fit");
    memcpy(out, bytes, length);
    secure_channel_app_out_done(peer->tls.channel, length);
    secure_channel_flush(peer->tls.channel);
    tls_connection_pump(&peer->tls);
}

static uint32_t begin(uint8_t *bytes, uint8_t type, const char *pool)
{
    return wire_put_pool_handle(bytes, REQUEST_BYTES,
                                wire_begin_message(bytes, REQUEST_BYTES, type, 0),
                                (const uint8_t *)pool, (uint32_t)strlen(pool));
}

void asap_peer_resolve(struct asap_peer *peer, const char *pool)
{
    uint8_t bytes[REQUEST_BYTES];

    send_message(peer, bytes, begin(bytes, ASAP_HANDLE_RESOLUTION, pool));
}

/* A TCP service on 127.0.0.1 with the policy Round Robin. */
static uint32_t put_element(uint8_t *bytes, uint32_t at, uint32_t pe_identifier)
{
    const struct wire_transport transport = {.type = PARAMETER_TCP_TRANSPORT, .port = SERVICE_PORT};
    const struct ip_address address = {.size = 4, .bytes = {127, 0, 0, 1}};
    const struct wire_policy policy = {.type = POLICY_ROUND_ROBIN};
    uint32_t start = at, capacity = REQUEST_BYTES;

    at = wire_begin_parameter(bytes, capacity, at, PARAMETER_POOL_ELEMENT);
    at = wire_put_word(bytes, capacity, at, pe_identifier);
    at = wire_put_word(bytes, capacity, at, 0);
    at = wire_put_word(bytes, capacity, at, REGISTRATION_LIFE);
    at = wire_put_transport(bytes, capacity, at, &transport, &address, 1);
    at = wire_put_policy(bytes, capacity, at, &policy);
    return wire_end_parameter(bytes, capacity, start, at);
}

void asap_peer_register(struct asap_peer *peer, const char *pool, uint32_t pe_identifier)
{
    uint8_t bytes[REQUEST_BYTES];

    send_message(peer, bytes,
                 put_element(bytes, begin(bytes, ASAP_REGISTRATION, pool), pe_identifier));
}

void asap_peer_deregister(struct asap_peer *peer, const char *pool, uint32_t pe_identifier)
{
    uint8_t bytes[REQUEST_BYTES];
    uint32_t at = begin(bytes, ASAP_DEREGISTRATION, pool);

    send_message(peer, bytes, wire_put_pe_identifier(bytes, REQUEST_BYTES, at, pe_identifier));
}

/* Forgets the messages that were handed out, and takes in what has arrived, as far as there is room. */
static void take_in(struct asap_peer *peer)
{
    const uint8_t *from;
    size_t length;

    memmove(peer->in, peer->in + peer->done, peer->have - peer->done);
    peer->have -= peer->done;
    peer->done = 0;
    for (;;) {
        tls_connection_pump(&peer->tls);
        from = secure_channel_app_in(peer->tls.channel, &length);
        if (from == NULL || length == 0)
            return;
        if (length > sizeof peer->in - peer->have)
            length = sizeof peer->in - peer->have;
        if (length == 0)
            return;
        memcpy(peer->in + peer->have, from, length);
        peer->have += length;
        secure_channel_app_in_done(peer->tls.channel, length);
    }
}

/* The bytes of the whole message at the beginning of what has arrived; 0: it is not there yet. */
static size_t whole(const struct asap_peer *peer)
{
    size_t length = 0;

    if (peer->have >= 4)
        length = wire_padded(wire_get_u16(peer->in + 2));
    return length <= peer->have ? length : 0;
}

bool asap_peer_receive(struct asap_peer *peer, struct asap_message *message, const uint8_t **bytes)
{
    struct wire_error error;

    take_in(peer);
    size_t length = whole(peer);
    if (length == 0)
        return false;
    if (!asap_decode(peer->in, (uint32_t)length, message, &error)) {
        fprintf(stderr, "bench: a registrar sent what cannot be decoded\n");
        exit(1);
    }
    peer->done = length;
    *bytes = peer->in;
    return true;
}
