/* Fuzzes the PSK endpoint with a client and a server whose wire the input controls: the bytes of the
 * input are carried, changed, replaced or dropped messages, plaintext, and records sealed with the
 * right keys but with contents of the fuzzer's making.
 *
 * The oracle: each side says a stream of known bytes, and what the other hears is a beginning of that
 * stream, whatever happened on the wire. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "certificate_names.h"
#include "certificate_store.h"
#include "psk_endpoint.h"
#include "psk_output.h"

#define WIRE 65536u

struct side {
    struct psk_endpoint *endpoint;
    size_t said;
    size_t heard;
    bool forged; /* records of our own making were sent under its keys */
};

struct input {
    const uint8_t *data;
    size_t size;
};

static uint8_t next(struct input *input)
{
    if (input->size == 0) {
        return 0;
    }
    input->size--;
    return *input->data++;
}

static const struct psk_key *find(void *context, const uint8_t *identity, uint32_t length)
{
    return length == 2 && memcmp(identity, "pe", 2) == 0 ? context : NULL;
}

/* The byte at a place of the stream each side says. */
static uint8_t stream(size_t place)
{
    return (uint8_t)(place * 13u + place / 256u);
}

/* Hears what there is, and compares it. */
static void hear(struct side *to, const struct side *from)
{
    size_t length = 0;
    const uint8_t *in = psk_endpoint_app_in(to->endpoint, &length);
    while (length > 0) {
        for (size_t i = 0; i < length && !from->forged; i++) {
            if (to->heard + i >= from->said || in[i] != stream(to->heard + i)) {
                abort();
            }
        }
        to->heard += length;
        psk_endpoint_app_in_done(to->endpoint, length);
        in = psk_endpoint_app_in(to->endpoint, &length);
    }
}

static void feed(struct side *to, const struct side *from, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        size_t room = 0;
        uint8_t *in = psk_endpoint_wire_in(to->endpoint, &room);
        size_t n = length < room ? length : room;
        if (n == 0) {
            return;
        }
        memcpy(in, bytes, n);
        psk_endpoint_wire_in_done(to->endpoint, n);
        hear(to, from);
        bytes += n;
        length -= n;
    }
}

/* Carries what one side wants to send, with one byte changed when `change` is not 0. */
static void carry(struct side *from, struct side *to, size_t place, uint8_t change, size_t keep)
{
    static uint8_t wire[WIRE];
    size_t length = 0;
    const uint8_t *out = psk_endpoint_wire_out(from->endpoint, &length);
    memcpy(wire, out, length);
    psk_endpoint_wire_out_done(from->endpoint, length);
    if (length > 0) {
        wire[place % length] ^= change;
    }
    feed(to, from, wire, length < keep ? length : keep);
}

static void say(struct side *from, size_t length)
{
    size_t room = 0;
    uint8_t *out = psk_endpoint_app_out(from->endpoint, &room);
    length = length < room ? length : room;
    for (size_t i = 0; i < length; i++) {
        out[i] = stream(from->said + i);
    }
    psk_endpoint_app_out_done(from->endpoint, length);
    from->said += length;
}

/* Seals (or sends in the clear, before there are keys) a record with contents from the input. */
static void forge(struct side *from, struct input *input)
{
    uint8_t bytes[64];
    uint32_t type = 20u + next(input) % 4u;
    uint32_t length = 1u + next(input) % 64u;
    for (uint32_t i = 0; i < length; i++) {
        bytes[i] = next(input);
    }
    if (from->endpoint->pending == 0 && psk_endpoint_state(from->endpoint) <= PSK_OPEN) {
        from->forged = from->forged || type == 23u;
        psk_send_record(from->endpoint, type, bytes, length);
    }
}

static void act(struct side *from, struct side *to, struct input *input, uint8_t action)
{
    uint8_t bytes[256];
    size_t length = 0;
    switch (action) {
    case 0:
        carry(from, to, 0, 0, WIRE);
        break;
    case 1:
        length = next(input) * 256u;
        length += next(input);
        carry(from, to, length, next(input), WIRE);
        break;
    case 2:
        carry(from, to, 0, 0, next(input));
        break;
    case 3:
        length = next(input);
        for (size_t i = 0; i < length; i++) {
            bytes[i] = next(input);
        }
        feed(to, from, bytes, length);
        break;
    case 4:
        say(from, 1u + next(input) * 80u);
        break;
    case 5:
        psk_endpoint_flush(from->endpoint);
        break;
    case 6:
        forge(from, input);
        break;
    default:
        psk_endpoint_close(from->endpoint);
        break;
    }
}

/* The unusual suites are without encryption; a client offers RSA_PSK, too, and trusts nobody, so that
 * what comes as a Certificate is looked at. */
static struct psk_options options_of(uint8_t bits)
{
    static const struct certificate_anchors nobody;
    static const struct certificate_reference name = {CERTIFICATE_TAG_DNS_NAME, 6, "a.test"};
    struct psk_options options = {.record_limit = bits / 64u * 4u};
    options.without_suite[bits % 4u] = 1;
    options.without_suite[0] = bits / 4u % 2u;
    options.without_x25519 = bits / 8u % 2u;
    options.without_p256 = bits / 16u % 2u;
    options.with_unusual = bits / 32u % 2u;
    if (options.with_unusual != 0u) {
        memset(options.without_suite, 1, PSK_SUITE_USUAL);
        options.anchors = &nobody;
        options.reference = &name;
    }
    return options;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t entropy[2][PSK_ENTROPY] = {{1}, {2}};
    struct psk_key key = {.length = 16};
    struct input input = {data, size < 4096 ? size : 4096};
    struct psk_options client_options = options_of(next(&input));
    struct psk_options server_options = options_of(next(&input));
    const char *identity = next(&input) % 8u == 0 ? "pu" : "pe";
    struct side client = {.endpoint = psk_endpoint_new_client((const uint8_t *)identity, 2, &key,
                                                              &client_options, entropy[0])};
    struct side server = {.endpoint =
                              psk_endpoint_new_server(find, &key, &server_options, entropy[1])};
    while (input.size > 0) {
        uint8_t action = next(&input);
        if (action % 2u == 0) {
            act(&client, &server, &input, action / 2u % 8u);
        } else {
            act(&server, &client, &input, action / 2u % 8u);
        }
    }
    psk_endpoint_free(client.endpoint);
    psk_endpoint_free(server.endpoint);
    return 0;
}
