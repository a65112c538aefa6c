/* The connection of secure_channel.h: a ClientHello being gathered, or one of two endpoints.
 *
 * Owns the endpoint it chose, the gathered hello until it was replayed, and a reference on its
 * configuration. Decides nothing about TLS but who answers.
 */
#include "secure_channel.h"
#include "certificate_alerts.h"
#include "certificate_endpoint.h"
#include "entropy.h"
#include "hello_switch.h"
#include "psk_endpoint.h"
#include "secret_memory.h"
#include "secure_configuration_parts.h"
#include "tls_codec.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_HEADER 4u /* of a handshake message: type and length */
#define ALERT_RECORD 7u   /* bytes of an alert in clear */
#define RECORD_ALERT 21u

struct secure_channel {
    struct secure_server_configuration *server; /* one of these two is set */
    struct secure_client_configuration *client;
    struct hello_switch *hello; /* a server's, until it is replayed */
    uint32_t replayed;          /* raw bytes of it that an endpoint has taken */
    struct psk_endpoint *psk;   /* one of these two once it is decided */
    struct certificate_endpoint *certificate;
    enum secure_failure failure; /* our own, beside the endpoints' */
    const char *error;
    uint8_t alert[ALERT_RECORD]; /* our own, to a client of an old version */
    size_t alert_left;           /* bytes of it that were not sent yet */
    bool closed;                 /* secure_channel_close was called */
};

/* ---- construction and release ---- */

static struct secure_channel *give_up(struct secure_channel *channel)
{
    secure_channel_free(channel);
    return NULL;
}

struct secure_channel *secure_channel_new_server(struct secure_server_configuration *configuration)
{
    struct secure_channel *channel = calloc(1, sizeof *channel);
    if (channel == NULL) {
        return NULL;
    }
    secure_server_configuration_retain(configuration);
    channel->server = configuration;
    channel->error = "";
    channel->hello = malloc(sizeof *channel->hello);
    if (channel->hello == NULL) {
        return give_up(channel);
    }
    hello_switch_init(channel->hello);
    return channel;
}

static void hello_free(struct secure_channel *channel)
{
    if (channel->hello != NULL) {
        secret_wipe(channel->hello, sizeof *channel->hello);
        free(channel->hello);
        channel->hello = NULL;
    }
}

static struct psk_endpoint *new_psk_client(const struct secure_client_configuration *configuration)
{
    const char *name = key_file_identity(configuration->keys, configuration->key_index);
    uint8_t entropy[PSK_ENTROPY];
    struct psk_endpoint *endpoint = NULL;
    if (entropy_fill(entropy, sizeof entropy)) {
        endpoint = psk_endpoint_new_client(
            (const uint8_t *)name, (uint32_t)strlen(name),
            key_file_key(configuration->keys, configuration->key_index), NULL, entropy);
    }
    secret_wipe(entropy, sizeof entropy);
    return endpoint;
}

/* The reference identity in the form the certificate check wants. */
static struct certificate_reference reference_of(const struct secure_reference *reference)
{
    struct certificate_reference wanted;
    memset(&wanted, 0, sizeof wanted);
    if (reference->address.size != 0) {
        wanted.tag = CERTIFICATE_TAG_IP_ADDRESS;
        wanted.length = reference->address.size;
        memcpy(wanted.bytes, reference->address.bytes, reference->address.size);
    } else {
        wanted.tag = CERTIFICATE_TAG_DNS_NAME;
        wanted.length = (uint8_t)strnlen(reference->host_name, SECURE_HOST_NAME_MAX);
        memcpy(wanted.bytes, reference->host_name, wanted.length);
    }
    return wanted;
}

static struct certificate_endpoint *
new_certificate_client(const struct secure_client_configuration *configuration,
                       const struct secure_reference *reference, uint64_t unix_time)
{
    if (reference == NULL) {
        return NULL;
    }
    struct certificate_reference wanted = reference_of(reference);
    if (wanted.length == 0) {
        return NULL; /* an empty name would match nothing, and must never mean "any" */
    }
    return certificate_endpoint_new_client(&configuration->anchors, &wanted,
                                           configuration->rsa_aes128_cbc_sha, unix_time);
}

struct secure_channel *secure_channel_new_client(struct secure_client_configuration *configuration,
                                                 const struct secure_reference *reference,
                                                 uint64_t unix_time)
{
    struct secure_channel *channel = calloc(1, sizeof *channel);
    if (channel == NULL) {
        return NULL;
    }
    secure_client_configuration_retain(configuration);
    channel->client = configuration;
    channel->error = "";
    if (configuration->keys != NULL) {
        channel->psk = new_psk_client(configuration);
    } else {
        channel->certificate = new_certificate_client(configuration, reference, unix_time);
    }
    if (channel->psk == NULL && channel->certificate == NULL) {
        return give_up(channel);
    }
    return channel;
}

void secure_channel_free(struct secure_channel *channel)
{
    if (channel == NULL) {
        return;
    }
    psk_endpoint_free(channel->psk);
    certificate_endpoint_free(channel->certificate);
    hello_free(channel);
    secure_server_configuration_release(channel->server);
    secure_client_configuration_release(channel->client);
    free(channel);
}

/* ---- choosing an endpoint by the ClientHello ---- */

static void break_off(struct secure_channel *channel, enum secure_failure failure,
                      const char *error)
{
    channel->failure = failure;
    channel->error = error;
    hello_free(channel);
}

static const struct psk_key *find_key(void *context, const uint8_t *identity, uint32_t length)
{
    const struct key_file *keys = context;
    uint32_t index = key_file_find(keys, identity, length);
    return index == KEY_FILE_NONE ? NULL : key_file_key(keys, index);
}

static struct psk_endpoint *new_psk_server(const struct secure_server_configuration *configuration)
{
    uint8_t entropy[PSK_ENTROPY];
    struct psk_endpoint *endpoint = NULL;
    if (entropy_fill(entropy, sizeof entropy)) {
        endpoint = psk_endpoint_new_server(find_key, configuration->keys, NULL, entropy);
    }
    secret_wipe(entropy, sizeof entropy);
    return endpoint;
}

/* Reads a whole ClientHello; false when it is none, or malformed. */
static bool read_hello(const struct hello_switch *hello, struct tls_client_hello *parsed)
{
    uint16_t rejection = TLS_ACCEPTED;
    if (hello->outcome != HELLO_COMPLETE) {
        return false;
    }
    uint32_t length = hello->message_length - MESSAGE_HEADER;
    return length <= TLS_HANDSHAKE_BODY_MAX &&
           tls_client_hello_parse(hello->message + MESSAGE_HEADER, length, parsed, &rejection);
}

static void serve_psk(struct secure_channel *channel)
{
    channel->psk = new_psk_server(channel->server);
    if (channel->psk == NULL) {
        break_off(channel, SECURE_FAILURE_INTERNAL, "no memory or no entropy for a handshake");
    }
}

static void serve_certificate(struct secure_channel *channel)
{
    channel->certificate = certificate_endpoint_new_server(channel->server->identity,
                                                           channel->server->rsa_aes128_cbc_sha);
    if (channel->certificate == NULL) {
        break_off(channel, SECURE_FAILURE_INTERNAL, "no memory or no entropy for a handshake");
    }
}

/* Answers a client of an old version with protocol_version (RFC 5246, E.1), in a record of its own
 * version, so that it understands: BearSSL's engine would write the version 0.0 there. */
static void refuse_version(struct secure_channel *channel, uint32_t version)
{
    const uint8_t alert[ALERT_RECORD] = {
        RECORD_ALERT,          (uint8_t)(version / 256u % 256u), (uint8_t)(version % 256u), 0, 2,
        TLS_ALERT_LEVEL_FATAL, TLS_ALERT_PROTOCOL_VERSION};
    memcpy(channel->alert, alert, sizeof alert);
    channel->alert_left = sizeof alert;
    break_off(channel, SECURE_FAILURE_PROTOCOL, "the client does not speak TLS 1.2");
}

/* Who answers: a pre-shared key when it is offered and we have any; the certificate otherwise; and
 * with only one of them configured, that one, which knows the right error. */
static void choose_endpoint(struct secure_channel *channel)
{
    struct tls_client_hello hello;
    bool whole = read_hello(channel->hello, &hello);
    const struct secure_server_configuration *ours = channel->server;
    if (ours->keys != NULL && (ours->identity == NULL || (whole && hello.offers_psk != 0))) {
        serve_psk(channel);
    } else if (whole && hello.version < TLS_VERSION_1_2) {
        refuse_version(channel, hello.version);
    } else {
        serve_certificate(channel);
    }
}

/* ---- the chosen endpoint, whichever it is ---- */

static uint8_t *endpoint_wire_in(struct secure_channel *channel, size_t *room)
{
    if (channel->psk != NULL) {
        return psk_endpoint_wire_in(channel->psk, room);
    }
    return certificate_endpoint_wire_in(channel->certificate, room);
}

static void endpoint_wire_in_done(struct secure_channel *channel, size_t length)
{
    if (channel->psk != NULL) {
        psk_endpoint_wire_in_done(channel->psk, length);
    } else {
        certificate_endpoint_wire_in_done(channel->certificate, length);
    }
}

/* Gives the gathered bytes to the endpoint, as many as it takes now; the rest when it has sent. */
static void replay(struct secure_channel *channel)
{
    while (channel->hello != NULL) {
        size_t room = 0;
        size_t left = channel->hello->received - channel->replayed;
        uint8_t *to = left > 0 ? endpoint_wire_in(channel, &room) : NULL;
        if (left == 0) {
            hello_free(channel);
        }
        if (to == NULL || room == 0) {
            return;
        }
        size_t part = left < room ? left : room;
        memcpy(to, channel->hello->raw + channel->replayed, part);
        channel->replayed += (uint32_t)part;
        endpoint_wire_in_done(channel, part);
    }
}

static bool is_chosen(const struct secure_channel *channel)
{
    return channel->psk != NULL || channel->certificate != NULL;
}

static bool is_gathering(const struct secure_channel *channel)
{
    return channel->hello != NULL && !is_chosen(channel) && !channel->closed;
}

static void misused(struct secure_channel *channel)
{
    if (channel->failure == SECURE_FAILURE_NONE) {
        break_off(channel, SECURE_FAILURE_INTERNAL, "more bytes reported than were granted");
    }
}

/* An endpoint may be used: one is chosen, and nothing of our own has broken the channel. */
static bool is_usable(const struct secure_channel *channel)
{
    return is_chosen(channel) && channel->failure == SECURE_FAILURE_NONE;
}

/* ---- the wire ---- */

uint8_t *secure_channel_wire_in(struct secure_channel *channel, size_t *room)
{
    *room = 0;
    if (is_gathering(channel)) {
        *room = HELLO_RAW_MAX - channel->hello->received;
        return channel->hello->raw + channel->hello->received;
    }
    if (!is_usable(channel) || channel->hello != NULL) {
        return NULL; /* over, or what was gathered comes first */
    }
    uint8_t *bytes = endpoint_wire_in(channel, room);
    return *room > 0 ? bytes : NULL;
}

static void gather(struct secure_channel *channel, size_t length)
{
    hello_switch_take(channel->hello, (uint32_t)length);
    if (channel->hello->outcome == HELLO_PLAINTEXT) {
        break_off(channel, SECURE_FAILURE_PLAINTEXT, "the peer speaks without TLS");
    } else if (channel->hello->outcome != HELLO_MORE) {
        choose_endpoint(channel);
        if (is_usable(channel)) {
            replay(channel);
        }
    }
}

void secure_channel_wire_in_done(struct secure_channel *channel, size_t length)
{
    size_t room = 0;
    if (length == 0) {
        return;
    }
    (void)secure_channel_wire_in(channel, &room);
    if (length > room) {
        misused(channel);
    } else if (is_gathering(channel)) {
        gather(channel, length);
    } else {
        endpoint_wire_in_done(channel, length);
    }
}

const uint8_t *secure_channel_wire_out(struct secure_channel *channel, size_t *length)
{
    const uint8_t *bytes = NULL;
    *length = channel->alert_left;
    if (channel->alert_left > 0) {
        return channel->alert + (sizeof channel->alert - channel->alert_left);
    }
    if (!is_usable(channel)) {
        return NULL;
    }
    if (channel->psk != NULL) {
        bytes = psk_endpoint_wire_out(channel->psk, length);
    } else {
        bytes = certificate_endpoint_wire_out(channel->certificate, length);
    }
    return *length > 0 ? bytes : NULL;
}

void secure_channel_wire_out_done(struct secure_channel *channel, size_t length)
{
    size_t shown = 0;
    if (length == 0) {
        return;
    }
    (void)secure_channel_wire_out(channel, &shown);
    if (length > shown) {
        misused(channel);
        return;
    }
    if (channel->alert_left > 0) {
        channel->alert_left -= length;
        return;
    }
    if (channel->psk != NULL) {
        psk_endpoint_wire_out_done(channel->psk, length);
    } else {
        certificate_endpoint_wire_out_done(channel->certificate, length);
    }
    replay(channel);
}

/* ---- the application ---- */

const uint8_t *secure_channel_app_in(struct secure_channel *channel, size_t *length)
{
    const uint8_t *bytes = NULL;
    *length = 0;
    if (!is_usable(channel) || channel->closed) {
        return NULL;
    }
    if (channel->psk != NULL) {
        bytes = psk_endpoint_app_in(channel->psk, length);
    } else {
        bytes = certificate_endpoint_app_in(channel->certificate, length);
    }
    return *length > 0 ? bytes : NULL;
}

void secure_channel_app_in_done(struct secure_channel *channel, size_t length)
{
    size_t shown = 0;
    if (length == 0) {
        return;
    }
    (void)secure_channel_app_in(channel, &shown);
    if (length > shown) {
        misused(channel);
        return;
    }
    if (channel->psk != NULL) {
        psk_endpoint_app_in_done(channel->psk, length);
    } else {
        certificate_endpoint_app_in_done(channel->certificate, length);
    }
    replay(channel);
}

uint8_t *secure_channel_app_out(struct secure_channel *channel, size_t *room)
{
    uint8_t *bytes = NULL;
    *room = 0;
    if (!is_usable(channel) || channel->closed) {
        return NULL;
    }
    if (channel->psk != NULL) {
        bytes = psk_endpoint_app_out(channel->psk, room);
    } else {
        bytes = certificate_endpoint_app_out(channel->certificate, room);
    }
    return *room > 0 ? bytes : NULL;
}

void secure_channel_app_out_done(struct secure_channel *channel, size_t length)
{
    size_t room = 0;
    if (length == 0) {
        return;
    }
    (void)secure_channel_app_out(channel, &room);
    if (length > room) {
        misused(channel);
    } else if (channel->psk != NULL) {
        psk_endpoint_app_out_done(channel->psk, length);
    } else {
        certificate_endpoint_app_out_done(channel->certificate, length);
    }
}

void secure_channel_flush(struct secure_channel *channel)
{
    if (!is_usable(channel) || channel->closed) {
        return;
    }
    if (channel->psk != NULL) {
        psk_endpoint_flush(channel->psk);
    } else {
        certificate_endpoint_flush(channel->certificate);
    }
}

void secure_channel_close(struct secure_channel *channel)
{
    if (channel->closed || channel->failure != SECURE_FAILURE_NONE) {
        return;
    }
    channel->closed = true;
    hello_free(channel);
    if (channel->psk != NULL) {
        psk_endpoint_close(channel->psk);
    } else if (channel->certificate != NULL) {
        certificate_endpoint_close(channel->certificate);
    }
}

/* ---- questions ---- */

static enum secure_state psk_channel_state(const struct secure_channel *channel)
{
    switch (psk_endpoint_state(channel->psk)) {
    case PSK_HANDSHAKE:
        return SECURE_HANDSHAKE;
    case PSK_OPEN:
        return SECURE_OPEN;
    case PSK_CLOSED:
        return SECURE_CLOSED;
    case PSK_FAILED:
    default:
        return SECURE_FAILED;
    }
}

static enum secure_state certificate_channel_state(const struct secure_channel *channel)
{
    switch (certificate_endpoint_state(channel->certificate)) {
    case CERTIFICATE_HANDSHAKE:
        return SECURE_HANDSHAKE;
    case CERTIFICATE_OPEN:
        return SECURE_OPEN;
    case CERTIFICATE_CLOSED:
        return SECURE_CLOSED;
    case CERTIFICATE_FAILED:
    default:
        return SECURE_FAILED;
    }
}

/* What the endpoint alone would say. */
static enum secure_state endpoint_state(const struct secure_channel *channel)
{
    if (channel->psk != NULL) {
        return psk_channel_state(channel);
    }
    return channel->certificate != NULL ? certificate_channel_state(channel) : SECURE_HANDSHAKE;
}

enum secure_state secure_channel_state(const struct secure_channel *channel)
{
    if (channel->failure != SECURE_FAILURE_NONE) {
        return SECURE_FAILED;
    }
    enum secure_state state = endpoint_state(channel);
    return channel->closed && state != SECURE_FAILED ? SECURE_CLOSED : state;
}

static enum secure_failure psk_failure(const struct secure_channel *channel)
{
    return psk_endpoint_alert_received(channel->psk) >= 0 ? SECURE_FAILURE_PEER_ALERT
                                                          : SECURE_FAILURE_PROTOCOL;
}

static enum secure_failure certificate_failure(const struct secure_channel *channel)
{
    int error = certificate_endpoint_error(channel->certificate);
    if (certificate_error_is_from_peer(error)) {
        return SECURE_FAILURE_PEER_ALERT;
    }
    return certificate_error_is_identity(error) ? SECURE_FAILURE_IDENTITY : SECURE_FAILURE_PROTOCOL;
}

enum secure_failure secure_channel_failure(const struct secure_channel *channel)
{
    if (channel->failure != SECURE_FAILURE_NONE || secure_channel_state(channel) != SECURE_FAILED) {
        return channel->failure;
    }
    return channel->psk != NULL ? psk_failure(channel) : certificate_failure(channel);
}

const char *secure_channel_error(const struct secure_channel *channel)
{
    if (channel->failure != SECURE_FAILURE_NONE || !is_chosen(channel)) {
        return channel->error;
    }
    if (channel->psk != NULL) {
        return psk_endpoint_error(channel->psk);
    }
    return certificate_error_text(certificate_endpoint_error(channel->certificate));
}

bool secure_channel_peer(const struct secure_channel *channel, char *identity, size_t size)
{
    uint32_t length = 0;
    if (size > 0) {
        identity[0] = '\0';
    }
    if (channel->psk == NULL || channel->server == NULL ||
        secure_channel_state(channel) != SECURE_OPEN) {
        return false; /* before it is open, an identity is a mere claim */
    }
    const uint8_t *name = psk_endpoint_identity(channel->psk, &length);
    if (name == NULL || length == 0 || length >= size) {
        return false;
    }
    memcpy(identity, name, length);
    identity[length] = '\0';
    return true;
}

bool secure_channel_is_psk(const struct secure_channel *channel)
{
    return channel->psk != NULL;
}

uint16_t secure_channel_suite(const struct secure_channel *channel)
{
    if (channel->psk != NULL) {
        return (uint16_t)psk_endpoint_suite(channel->psk);
    }
    return channel->certificate != NULL ? certificate_endpoint_suite(channel->certificate) : 0;
}
