/* Construction with entropy from the kernel, and dispatch, for secure_endpoint.h. */
#include "secure_endpoint.h"
#include "certificate_alerts.h"
#include "certificate_endpoint.h"
#include "entropy.h"
#include "psk_endpoint.h"
#include "secret_memory.h"

#include <string.h>

/* ---- construction ---- */

static const struct psk_key *find_key(void *context, const uint8_t *identity, uint32_t length)
{
    const struct key_file *keys = context;
    uint32_t index = key_file_find(keys, identity, length);
    return index == KEY_FILE_NONE ? NULL : key_file_key(keys, index);
}

bool secure_endpoint_psk_server(struct secure_endpoint *e,
                                const struct secure_server_configuration *configuration)
{
    uint8_t entropy[PSK_ENTROPY];
    if (entropy_fill(entropy, sizeof entropy)) {
        e->psk = psk_endpoint_new_server(find_key, configuration->keys, NULL, entropy);
    }
    secret_wipe(entropy, sizeof entropy);
    return e->psk != NULL;
}

bool secure_endpoint_certificate_server(struct secure_endpoint *e,
                                        const struct secure_server_configuration *configuration)
{
    e->certificate =
        certificate_endpoint_new_server(configuration->identity, configuration->rsa_aes128_cbc_sha);
    return e->certificate != NULL;
}

static bool new_psk_client(struct secure_endpoint *e,
                           const struct secure_client_configuration *configuration)
{
    const char *name = key_file_identity(configuration->keys, configuration->key_index);
    const struct psk_key *key = key_file_key(configuration->keys, configuration->key_index);
    uint8_t entropy[PSK_ENTROPY];
    if (entropy_fill(entropy, sizeof entropy)) {
        e->psk = psk_endpoint_new_client((const uint8_t *)name, (uint32_t)strlen(name), key, NULL,
                                         entropy);
    }
    secret_wipe(entropy, sizeof entropy);
    return e->psk != NULL;
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

static bool new_certificate_client(struct secure_endpoint *e,
                                   const struct secure_client_configuration *configuration,
                                   const struct secure_reference *reference, uint64_t unix_time)
{
    if (reference == NULL) {
        return false;
    }
    struct certificate_reference wanted = reference_of(reference);
    if (wanted.length == 0) {
        return false; /* an empty name would match nothing, and must never mean "any" */
    }
    e->certificate = certificate_endpoint_new_client(&configuration->anchors, &wanted,
                                                     configuration->rsa_aes128_cbc_sha, unix_time);
    return e->certificate != NULL;
}

bool secure_endpoint_client(struct secure_endpoint *e,
                            const struct secure_client_configuration *configuration,
                            const struct secure_reference *reference, uint64_t unix_time)
{
    return configuration->keys != NULL
               ? new_psk_client(e, configuration)
               : new_certificate_client(e, configuration, reference, unix_time);
}

void secure_endpoint_free(struct secure_endpoint *e)
{
    psk_endpoint_free(e->psk);
    certificate_endpoint_free(e->certificate);
    e->psk = NULL;
    e->certificate = NULL;
}

bool secure_endpoint_exists(const struct secure_endpoint *e)
{
    return e->psk != NULL || e->certificate != NULL;
}

/* ---- bytes ---- */

uint8_t *secure_endpoint_wire_in(struct secure_endpoint *e, size_t *room)
{
    return e->psk != NULL ? psk_endpoint_wire_in(e->psk, room)
                          : certificate_endpoint_wire_in(e->certificate, room);
}

void secure_endpoint_wire_in_done(struct secure_endpoint *e, size_t length)
{
    if (e->psk != NULL) {
        psk_endpoint_wire_in_done(e->psk, length);
    } else {
        certificate_endpoint_wire_in_done(e->certificate, length);
    }
}

const uint8_t *secure_endpoint_wire_out(struct secure_endpoint *e, size_t *length)
{
    return e->psk != NULL ? psk_endpoint_wire_out(e->psk, length)
                          : certificate_endpoint_wire_out(e->certificate, length);
}

void secure_endpoint_wire_out_done(struct secure_endpoint *e, size_t length)
{
    if (e->psk != NULL) {
        psk_endpoint_wire_out_done(e->psk, length);
    } else {
        certificate_endpoint_wire_out_done(e->certificate, length);
    }
}

const uint8_t *secure_endpoint_app_in(struct secure_endpoint *e, size_t *length)
{
    return e->psk != NULL ? psk_endpoint_app_in(e->psk, length)
                          : certificate_endpoint_app_in(e->certificate, length);
}

void secure_endpoint_app_in_done(struct secure_endpoint *e, size_t length)
{
    if (e->psk != NULL) {
        psk_endpoint_app_in_done(e->psk, length);
    } else {
        certificate_endpoint_app_in_done(e->certificate, length);
    }
}

uint8_t *secure_endpoint_app_out(struct secure_endpoint *e, size_t *room)
{
    return e->psk != NULL ? psk_endpoint_app_out(e->psk, room)
                          : certificate_endpoint_app_out(e->certificate, room);
}

void secure_endpoint_app_out_done(struct secure_endpoint *e, size_t length)
{
    if (e->psk != NULL) {
        psk_endpoint_app_out_done(e->psk, length);
    } else {
        certificate_endpoint_app_out_done(e->certificate, length);
    }
}

void secure_endpoint_flush(struct secure_endpoint *e)
{
    if (e->psk != NULL) {
        psk_endpoint_flush(e->psk);
    } else {
        certificate_endpoint_flush(e->certificate);
    }
}

void secure_endpoint_close(struct secure_endpoint *e)
{
    if (e->psk != NULL) {
        psk_endpoint_close(e->psk);
    } else {
        certificate_endpoint_close(e->certificate);
    }
}

/* ---- questions ---- */

static enum secure_state psk_state(const struct psk_endpoint *psk)
{
    switch (psk_endpoint_state(psk)) {
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

static enum secure_state certificate_state(const struct certificate_endpoint *certificate)
{
    switch (certificate_endpoint_state(certificate)) {
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

enum secure_state secure_endpoint_state(const struct secure_endpoint *e)
{
    return e->psk != NULL ? psk_state(e->psk) : certificate_state(e->certificate);
}

static enum secure_failure psk_failure(const struct psk_endpoint *psk)
{
    return psk_endpoint_alert_received(psk) >= 0 ? SECURE_FAILURE_PEER_ALERT
                                                 : SECURE_FAILURE_PROTOCOL;
}

static enum secure_failure certificate_failure(const struct certificate_endpoint *certificate)
{
    int error = certificate_endpoint_error(certificate);
    if (certificate_error_is_from_peer(error)) {
        return SECURE_FAILURE_PEER_ALERT;
    }
    return certificate_error_is_identity(error) ? SECURE_FAILURE_IDENTITY : SECURE_FAILURE_PROTOCOL;
}

enum secure_failure secure_endpoint_failure(const struct secure_endpoint *e)
{
    if (secure_endpoint_state(e) != SECURE_FAILED) {
        return SECURE_FAILURE_NONE;
    }
    return e->psk != NULL ? psk_failure(e->psk) : certificate_failure(e->certificate);
}

const char *secure_endpoint_error(const struct secure_endpoint *e)
{
    return e->psk != NULL ? psk_endpoint_error(e->psk)
                          : certificate_error_text(certificate_endpoint_error(e->certificate));
}

uint16_t secure_endpoint_suite(const struct secure_endpoint *e)
{
    return e->psk != NULL ? (uint16_t)psk_endpoint_suite(e->psk)
                          : certificate_endpoint_suite(e->certificate);
}

const uint8_t *secure_endpoint_identity(const struct secure_endpoint *e, uint32_t *length)
{
    *length = 0;
    return e->psk != NULL ? psk_endpoint_identity(e->psk, length) : NULL;
}
