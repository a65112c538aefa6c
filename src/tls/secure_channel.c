/* The connection of secure_channel.h: a ClientHello being gathered, or a secure_endpoint.h.
 *
 * Owns the endpoint, the gathered hello until it was replayed, and one reference on a configuration
 * until the endpoint is open. Decides nothing about TLS but who answers a hello.
 */
#include "secure_channel.h"
#include "hello_switch.h"
#include "secret_memory.h"
#include "secure_endpoint.h"
#include "tls_codec.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGE_HEADER 4u /* of a handshake message: type and length */
#define ALERT_RECORD 7u   /* bytes of an alert in clear */
#define RECORD_ALERT 21u

struct secure_channel {
    bool serves;
    bool keys_only; /* a server's: certificates are not for this connection */
    struct secure_server_configuration *server; /* one of these two, until the channel is open */
    struct secure_client_configuration *client;
    struct hello_switch *hello; /* a server's, until it is replayed */
    uint32_t replayed;          /* raw bytes of it that the endpoint has taken */
    struct secure_endpoint endpoint;
    enum secure_failure failure; /* our own, beside the endpoint's */
    const char *error;
    uint8_t alert[ALERT_RECORD]; /* our own, to a client of an old version */
    size_t alert_left;           /* bytes of it that were not sent yet */
    bool closed;                 /* secure_channel_close was called */
};

/* ---- construction and release ---- */

struct secure_channel *secure_channel_new_server(struct secure_server_configuration *configuration)
{
    struct secure_channel *channel = calloc(1, sizeof *channel);
    if (channel == NULL) {
        return NULL;
    }
    secure_server_configuration_retain(configuration);
    channel->serves = true;
    channel->server = configuration;
    channel->error = "";
    channel->hello = malloc(sizeof *channel->hello);
    if (channel->hello == NULL) {
        secure_channel_free(channel);
        return NULL;
    }
    hello_switch_init(channel->hello);
    return channel;
}

struct secure_channel *
secure_channel_new_key_server(struct secure_server_configuration *configuration)
{
    struct secure_channel *channel =
        configuration->keys != NULL ? secure_channel_new_server(configuration) : NULL;
    if (channel != NULL) {
        channel->keys_only = true;
    }
    return channel;
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
    if (!secure_endpoint_client(&channel->endpoint, configuration, reference, unix_time)) {
        secure_channel_free(channel);
        return NULL;
    }
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

static void drop_configuration(struct secure_channel *channel)
{
    secure_server_configuration_release(channel->server);
    secure_client_configuration_release(channel->client);
    channel->server = NULL;
    channel->client = NULL;
}

void secure_channel_free(struct secure_channel *channel)
{
    if (channel == NULL) {
        return;
    }
    secure_endpoint_free(&channel->endpoint);
    hello_free(channel);
    drop_configuration(channel);
    free(channel);
}

/* ---- where the channel stands ---- */

static bool is_gathering(const struct secure_channel *channel)
{
    return channel->hello != NULL && !secure_endpoint_exists(&channel->endpoint);
}

/* The endpoint may be used: it is there, and nothing of our own has broken the channel. */
static bool is_usable(const struct secure_channel *channel)
{
    return secure_endpoint_exists(&channel->endpoint) && channel->failure == SECURE_FAILURE_NONE;
}

/* Application bytes may pass. */
static bool is_open(const struct secure_channel *channel)
{
    return is_usable(channel) && !channel->closed &&
           secure_endpoint_state(&channel->endpoint) != SECURE_FAILED;
}

static void break_off(struct secure_channel *channel, enum secure_failure failure,
                      const char *error)
{
    channel->failure = failure;
    channel->error = error;
    hello_free(channel);
}

/* Whether `length` bytes were granted; a caller that reports more has broken the channel. */
static bool is_granted(struct secure_channel *channel, size_t length, size_t granted)
{
    if (length <= granted) {
        return true;
    }
    if (channel->failure == SECURE_FAILURE_NONE) {
        break_off(channel, SECURE_FAILURE_INTERNAL, "more bytes reported than were granted");
    }
    return false;
}

/* ---- choosing an endpoint by the ClientHello ---- */

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

/* Breaks off with an alert in a record of the client's own version, so that it understands:
 * BearSSL's engine would write the version 0.0 there. */
static void refuse(struct secure_channel *channel, uint32_t version, uint8_t description,
                   const char *error)
{
    const uint8_t alert[ALERT_RECORD] = {RECORD_ALERT,
                                         (uint8_t)(version / 256u % 256u),
                                         (uint8_t)(version % 256u),
                                         0,
                                         2,
                                         TLS_ALERT_LEVEL_FATAL,
                                         description};
    memcpy(channel->alert, alert, sizeof alert);
    channel->alert_left = sizeof alert;
    break_off(channel, SECURE_FAILURE_PROTOCOL, error);
}

/* A client of an old version. One that says it fell back speaks TLS 1.2 as well, and somebody on
 * the way made it try less: RFC 7507, 3 has the alert that tells it so. The pre-shared-key endpoint
 * answers the same. Others get protocol_version (RFC 5246, E.1). */
static void refuse_version(struct secure_channel *channel, const struct tls_client_hello *hello)
{
    if (hello->fallback_scsv != 0) {
        refuse(channel, hello->version, TLS_ALERT_INAPPROPRIATE_FALLBACK,
               "the client fell back below TLS 1.2");
    } else {
        refuse(channel, hello->version, TLS_ALERT_PROTOCOL_VERSION,
               "the client does not speak TLS 1.2");
    }
}

static void begin(struct secure_channel *channel, bool made)
{
    if (!made) {
        break_off(channel, SECURE_FAILURE_INTERNAL, "no memory or no entropy for a handshake");
    }
}

/* Who answers: a pre-shared key when it is offered and we have any; the certificate otherwise; and
 * with only one of them configured or wanted, that one, which knows the right error. */
static void choose_endpoint(struct secure_channel *channel)
{
    const struct secure_server_configuration *ours = channel->server;
    struct tls_client_hello hello;
    bool whole = read_hello(channel->hello, &hello);
    bool no_choice = channel->keys_only || ours->identity == NULL;
    if (ours->keys != NULL && (no_choice || (whole && hello.offers_psk != 0))) {
        begin(channel, secure_endpoint_psk_server(&channel->endpoint, ours));
    } else if (whole && hello.version < TLS_VERSION_1_2) {
        refuse_version(channel, &hello);
    } else {
        begin(channel, secure_endpoint_certificate_server(&channel->endpoint, ours));
    }
}

/* Gives the endpoint as many of the gathered bytes as it takes now; true when it took some. */
static bool replay_some(struct secure_channel *channel)
{
    size_t room = 0;
    size_t left = channel->hello->received - channel->replayed;
    uint8_t *to = secure_endpoint_wire_in(&channel->endpoint, &room);
    size_t part = left < room ? left : room;
    if (to == NULL || part == 0) {
        return false;
    }
    memcpy(to, channel->hello->raw + channel->replayed, part);
    channel->replayed += (uint32_t)part;
    secure_endpoint_wire_in_done(&channel->endpoint, part);
    return true;
}

/* Replays what was gathered; what is not taken now, is when something was sent or read. */
static void replay(struct secure_channel *channel)
{
    while (channel->hello != NULL && is_usable(channel)) {
        if (channel->replayed == channel->hello->received) {
            hello_free(channel);
        } else if (!replay_some(channel)) {
            return;
        }
    }
}

/* After bytes went in or out. When its handshake is over an endpoint needs no key, chain or trust
 * anchor any more: with renegotiation and resumption off, nothing can make it shake hands again. So
 * keys that a reload has taken away are wiped now, however long this connection lives. One that we
 * closed may still be writing a certificate before its close_notify. */
static void settle(struct secure_channel *channel)
{
    replay(channel);
    if (is_usable(channel) && !channel->closed &&
        secure_endpoint_state(&channel->endpoint) != SECURE_HANDSHAKE) {
        drop_configuration(channel);
    }
}

static void gather(struct secure_channel *channel, size_t length)
{
    hello_switch_take(channel->hello, (uint32_t)length);
    if (channel->hello->outcome == HELLO_PLAINTEXT) {
        break_off(channel, SECURE_FAILURE_PLAINTEXT, "the peer speaks without TLS");
    } else if (channel->hello->outcome != HELLO_MORE) {
        choose_endpoint(channel);
    }
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
    uint8_t *bytes = secure_endpoint_wire_in(&channel->endpoint, room);
    return *room > 0 ? bytes : NULL;
}

void secure_channel_wire_in_done(struct secure_channel *channel, size_t length)
{
    size_t room = 0;
    (void)secure_channel_wire_in(channel, &room);
    if (length == 0 || !is_granted(channel, length, room)) {
        return;
    }
    if (is_gathering(channel)) {
        gather(channel, length);
    } else {
        secure_endpoint_wire_in_done(&channel->endpoint, length);
    }
    settle(channel);
}

const uint8_t *secure_channel_wire_out(struct secure_channel *channel, size_t *length)
{
    *length = channel->alert_left;
    if (channel->alert_left > 0) {
        return channel->alert + (sizeof channel->alert - channel->alert_left);
    }
    if (!is_usable(channel)) {
        return NULL;
    }
    const uint8_t *bytes = secure_endpoint_wire_out(&channel->endpoint, length);
    return *length > 0 ? bytes : NULL;
}

void secure_channel_wire_out_done(struct secure_channel *channel, size_t length)
{
    size_t shown = 0;
    (void)secure_channel_wire_out(channel, &shown);
    if (length == 0 || !is_granted(channel, length, shown)) {
        return;
    }
    if (channel->alert_left > 0) {
        channel->alert_left -= length;
        return;
    }
    secure_endpoint_wire_out_done(&channel->endpoint, length);
    settle(channel);
}

/* ---- the application ---- */

const uint8_t *secure_channel_app_in(struct secure_channel *channel, size_t *length)
{
    *length = 0;
    if (!is_open(channel)) {
        return NULL;
    }
    const uint8_t *bytes = secure_endpoint_app_in(&channel->endpoint, length);
    return *length > 0 ? bytes : NULL;
}

void secure_channel_app_in_done(struct secure_channel *channel, size_t length)
{
    size_t shown = 0;
    (void)secure_channel_app_in(channel, &shown);
    if (length == 0 || !is_granted(channel, length, shown)) {
        return;
    }
    secure_endpoint_app_in_done(&channel->endpoint, length);
    settle(channel);
}

uint8_t *secure_channel_app_out(struct secure_channel *channel, size_t *room)
{
    *room = 0;
    if (!is_open(channel)) {
        return NULL;
    }
    uint8_t *bytes = secure_endpoint_app_out(&channel->endpoint, room);
    return *room > 0 ? bytes : NULL;
}

void secure_channel_app_out_done(struct secure_channel *channel, size_t length)
{
    size_t room = 0;
    (void)secure_channel_app_out(channel, &room);
    if (length != 0 && is_granted(channel, length, room)) {
        secure_endpoint_app_out_done(&channel->endpoint, length);
    }
}

void secure_channel_flush(struct secure_channel *channel)
{
    if (is_open(channel)) {
        secure_endpoint_flush(&channel->endpoint);
    }
}

void secure_channel_close(struct secure_channel *channel)
{
    if (channel->closed || channel->failure != SECURE_FAILURE_NONE) {
        return;
    }
    channel->closed = true;
    hello_free(channel);
    if (secure_endpoint_exists(&channel->endpoint)) {
        secure_endpoint_close(&channel->endpoint);
    }
}

/* ---- questions ---- */

enum secure_state secure_channel_state(const struct secure_channel *channel)
{
    if (channel->failure != SECURE_FAILURE_NONE) {
        return SECURE_FAILED;
    }
    enum secure_state state = secure_endpoint_exists(&channel->endpoint)
                                  ? secure_endpoint_state(&channel->endpoint)
                                  : SECURE_HANDSHAKE;
    return channel->closed && state != SECURE_FAILED ? SECURE_CLOSED : state;
}

enum secure_failure secure_channel_failure(const struct secure_channel *channel)
{
    return is_usable(channel) ? secure_endpoint_failure(&channel->endpoint) : channel->failure;
}

const char *secure_channel_error(const struct secure_channel *channel)
{
    return is_usable(channel) ? secure_endpoint_error(&channel->endpoint) : channel->error;
}

bool secure_channel_peer(const struct secure_channel *channel, char *identity, size_t size)
{
    uint32_t length = 0;
    if (size > 0) {
        identity[0] = '\0';
    }
    if (!channel->serves || secure_channel_state(channel) != SECURE_OPEN) {
        return false; /* before it is open, an identity is a mere claim */
    }
    const uint8_t *name = secure_endpoint_identity(&channel->endpoint, &length);
    if (name == NULL || length == 0 || length >= size) {
        return false;
    }
    memcpy(identity, name, length);
    identity[length] = '\0';
    return true;
}

bool secure_channel_is_psk(const struct secure_channel *channel)
{
    return channel->endpoint.psk != NULL;
}

uint16_t secure_channel_suite(const struct secure_channel *channel)
{
    return secure_endpoint_exists(&channel->endpoint) ? secure_endpoint_suite(&channel->endpoint)
                                                      : 0;
}
