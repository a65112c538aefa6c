/* The endpoint of certificate_endpoint.h around br_ssl_server_context and br_ssl_client_context,
 * driven through BearSSL's documented functions alone. */
#include "certificate_endpoint.h"
#include "certificate_alerts.h"
#include "certificate_check.h"
#include "certificate_engine.h"
#include "certificate_records.h"
#include "certificate_watch.h"
#include "entropy.h"
#include "secret_memory.h"

#include <bearssl.h>
#include <stdlib.h>
#include <string.h>

#define ENTROPY_LENGTH 48u

struct certificate_endpoint {
    union {
        br_ssl_server_context server;
        br_ssl_client_context client;
    } context;
    br_ssl_engine_context *engine;   /* the part that both have */
    struct certificate_check *check; /* a client's judge, NULL for a server */
    struct certificate_record_classes classes;
    struct certificate_policy policy; /* a server's */
    certificate_out_context out;      /* where to seal the last alert; NULL: in clear */
    struct certificate_watch watch;
    int error;            /* certificate_alerts.h */
    bool opened;          /* the handshake was done */
    bool finished;        /* we closed */
    const uint8_t *alert; /* the part of the last alert that was not sent yet */
    size_t alert_length;
    uint8_t alert_room[CERTIFICATE_ALERT_ROOM];
    uint8_t buffer[BR_SSL_BUFSIZE_BIDI];
};

/* ---- construction ---- */

static struct certificate_endpoint *endpoint_new(void)
{
    return calloc(1, sizeof(struct certificate_endpoint));
}

/* Buffer and entropy: what an engine needs before its reset. */
static bool prepare_engine(struct certificate_endpoint *e)
{
    uint8_t entropy[ENTROPY_LENGTH];
    br_ssl_engine_set_buffer(e->engine, e->buffer, sizeof e->buffer, 1);
    bool given = entropy_fill(entropy, sizeof entropy);
    if (given) {
        br_ssl_engine_inject_entropy(e->engine, entropy, sizeof entropy);
    }
    secret_wipe(entropy, sizeof entropy);
    return given;
}

static struct certificate_endpoint *free_unless(struct certificate_endpoint *e, bool good)
{
    if (!good) {
        certificate_endpoint_free(e);
        return NULL;
    }
    return e;
}

struct certificate_endpoint *
certificate_endpoint_new_server(const struct certificate_identity *identity,
                                bool rsa_aes128_cbc_sha)
{
    struct certificate_endpoint *e = endpoint_new();
    if (e == NULL) {
        return NULL;
    }
    certificate_engine_server(&e->context.server, &e->classes, &e->policy, identity,
                              rsa_aes128_cbc_sha);
    e->engine = &e->context.server.eng;
    return free_unless(e, prepare_engine(e) && br_ssl_server_reset(&e->context.server) != 0);
}

/* The name for the ServerName extension: host names only (RFC 6066, 3). */
static const char *server_name(const struct certificate_reference *reference,
                               char name[CERTIFICATE_NAME_MAX + 1])
{
    if (reference->tag != CERTIFICATE_TAG_DNS_NAME) {
        return NULL;
    }
    memcpy(name, reference->bytes, reference->length);
    name[reference->length] = '\0';
    return name;
}

static bool start_client(struct certificate_endpoint *e,
                         const struct certificate_reference *reference)
{
    char name[CERTIFICATE_NAME_MAX + 1];
    br_ssl_engine_set_x509(e->engine, &e->check->vtable);
    return prepare_engine(e) &&
           br_ssl_client_reset(&e->context.client, server_name(reference, name), 0) != 0;
}

struct certificate_endpoint *
certificate_endpoint_new_client(const struct certificate_anchors *anchors,
                                const struct certificate_reference *reference,
                                bool rsa_aes128_cbc_sha, uint64_t unix_time)
{
    struct certificate_endpoint *e = endpoint_new();
    if (e == NULL) {
        return NULL;
    }
    certificate_engine_client(&e->context.client, &e->classes, rsa_aes128_cbc_sha);
    e->engine = &e->context.client.eng;
    e->check = calloc(1, sizeof *e->check);
    if (e->check == NULL) {
        return free_unless(e, false);
    }
    certificate_check_init(e->check, anchors->anchor, anchors->count, reference, unix_time);
    return free_unless(e, start_client(e, reference));
}

void certificate_endpoint_free(struct certificate_endpoint *e)
{
    if (e == NULL) {
        return;
    }
    if (e->check != NULL) {
        secret_wipe(e->check, sizeof *e->check);
        free(e->check);
    }
    secret_wipe(e, sizeof *e);
    free(e);
}

/* ---- what follows every call into the engine ---- */

static bool has_output(struct certificate_endpoint *e)
{
    size_t length = 0;
    return br_ssl_engine_sendrec_buf(e->engine, &length) != NULL;
}

/* Breaks off. The alert is left out when records that were sealed before it are lost with the
 * engine (`output_lost`): the peer could not decrypt it. */
static void fail(struct certificate_endpoint *e, int error, bool output_lost)
{
    e->error = error;
    if (!output_lost && !certificate_alert_is_done(error)) {
        e->alert = certificate_records_alert(e->out, certificate_alert(error), e->alert_room,
                                             &e->alert_length);
    }
}

static void settle(struct certificate_endpoint *e, bool output_before)
{
    certificate_out_context taken = certificate_records_taken();
    if (taken != NULL) {
        e->out = taken;
    }
    int error = br_ssl_engine_last_error(e->engine);
    if (error != BR_ERR_OK && e->error == 0) {
        fail(e, error, output_before);
    }
    if ((br_ssl_engine_current_state(e->engine) & (BR_SSL_SENDAPP | BR_SSL_RECVAPP)) != 0) {
        e->opened = true;
        e->watch.open = 1;
    }
}

/* ---- bytes ---- */

static bool is_over(const struct certificate_endpoint *e)
{
    return e->error != 0 || e->finished;
}

uint8_t *certificate_endpoint_wire_in(struct certificate_endpoint *e, size_t *room)
{
    *room = 0;
    return is_over(e) ? NULL : br_ssl_engine_recvrec_buf(e->engine, room);
}

void certificate_endpoint_wire_in_done(struct certificate_endpoint *e, size_t n)
{
    size_t room = 0;
    const uint8_t *bytes = certificate_endpoint_wire_in(e, &room);
    if (bytes == NULL || n == 0 || n > room) {
        return;
    }
    bool output_before = has_output(e);
    bool bearable = certificate_watch_take(&e->watch, bytes, (uint32_t)n);
    br_ssl_engine_recvrec_ack(e->engine, n);
    settle(e, output_before);
    size_t useful = 0;
    if (br_ssl_engine_recvapp_buf(e->engine, &useful) != NULL) {
        certificate_watch_use(&e->watch);
    } else if (!bearable && e->error == 0) {
        fail(e, CERTIFICATE_ERROR_NUISANCE, has_output(e));
    }
}

const uint8_t *certificate_endpoint_wire_out(struct certificate_endpoint *e, size_t *length)
{
    *length = 0;
    if (e->error != 0) {
        *length = e->alert_length;
        return e->alert_length > 0 ? e->alert : NULL;
    }
    return br_ssl_engine_sendrec_buf(e->engine, length);
}

void certificate_endpoint_wire_out_done(struct certificate_endpoint *e, size_t n)
{
    size_t length = 0;
    if (certificate_endpoint_wire_out(e, &length) == NULL || n == 0 || n > length) {
        return;
    }
    if (e->error != 0) {
        e->alert += n;
        e->alert_length -= n;
        return;
    }
    br_ssl_engine_sendrec_ack(e->engine, n);
    settle(e, true);
}

const uint8_t *certificate_endpoint_app_in(struct certificate_endpoint *e, size_t *length)
{
    *length = 0;
    return is_over(e) ? NULL : br_ssl_engine_recvapp_buf(e->engine, length);
}

void certificate_endpoint_app_in_done(struct certificate_endpoint *e, size_t n)
{
    size_t length = 0;
    if (certificate_endpoint_app_in(e, &length) != NULL && n > 0 && n <= length) {
        br_ssl_engine_recvapp_ack(e->engine, n);
        settle(e, has_output(e));
    }
}

uint8_t *certificate_endpoint_app_out(struct certificate_endpoint *e, size_t *room)
{
    *room = 0;
    return is_over(e) ? NULL : br_ssl_engine_sendapp_buf(e->engine, room);
}

void certificate_endpoint_app_out_done(struct certificate_endpoint *e, size_t n)
{
    size_t room = 0;
    if (certificate_endpoint_app_out(e, &room) != NULL && n > 0 && n <= room) {
        br_ssl_engine_sendapp_ack(e->engine, n);
        settle(e, true);
    }
}

void certificate_endpoint_flush(struct certificate_endpoint *e)
{
    if (!is_over(e)) {
        br_ssl_engine_flush(e->engine, 0);
        settle(e, true);
    }
}

/* The engine does not close while plaintext lies in it: that is dropped first. */
void certificate_endpoint_close(struct certificate_endpoint *e)
{
    size_t length = 0;
    if (is_over(e)) {
        return;
    }
    br_ssl_engine_flush(e->engine, 0);
    while (br_ssl_engine_recvapp_buf(e->engine, &length) != NULL) {
        br_ssl_engine_recvapp_ack(e->engine, length);
    }
    br_ssl_engine_close(e->engine);
    settle(e, true);
    e->finished = true;
}

/* ---- questions ---- */

enum certificate_state certificate_endpoint_state(const struct certificate_endpoint *e)
{
    if (e->error != 0) {
        return CERTIFICATE_FAILED;
    }
    if (e->finished || br_ssl_engine_current_state(e->engine) == BR_SSL_CLOSED) {
        return CERTIFICATE_CLOSED;
    }
    return e->opened ? CERTIFICATE_OPEN : CERTIFICATE_HANDSHAKE;
}

int certificate_endpoint_error(const struct certificate_endpoint *e)
{
    return e->error;
}

uint16_t certificate_endpoint_suite(const struct certificate_endpoint *e)
{
    br_ssl_session_parameters parameters;
    if (!e->opened) {
        return 0;
    }
    br_ssl_engine_get_session_parameters(e->engine, &parameters);
    uint16_t suite = parameters.cipher_suite;
    secret_wipe(&parameters, sizeof parameters);
    return suite;
}
