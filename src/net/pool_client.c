/* A pool user of one pool: see pool_client.h. */
#include "pool_client.h"

#include "asap_client.h"
#include "clock_source.h"
#include "log.h"
#include "wire_constants.h"
#include "zero_pages.h"

#include <stdio.h>
#include <stdlib.h>

struct pool_client {
    struct pool_user *machine;
    struct asap_client *client;
    pool_client_told told;
    void *user;
    uint32_t handle_length;
    uint8_t handle[RESOLUTION_HANDLE_MAX];
};

static void log_cause(const struct effect *effect, const char *event)
{
    char cause[16];

    snprintf(cause, sizeof cause, "0x%04x", effect->cause);
    log_event(LEVEL_WARNING, event, json_pack("{s:s}", "cause", cause));
}

static void on_notified(void *user, const struct effect *effect, const uint8_t *handle)
{
    struct pool_client *client = user;
    (void)handle;

    switch (effect->code) {
    case PU_NOTIFY_HOME_FOUND:
        client->told(client->user, POOL_CLIENT_HOME_FOUND);
        break;
    case PU_NOTIFY_HOME_LOST:
        client->told(client->user, POOL_CLIENT_HOME_LOST);
        break;
    case PU_NOTIFY_RESOLVED:
        client->told(client->user, POOL_CLIENT_RESOLVED);
        break;
    case PU_NOTIFY_UNKNOWN_POOL:
        client->told(client->user, POOL_CLIENT_UNKNOWN_POOL);
        break;
    case PU_NOTIFY_UNANSWERED:
        client->told(client->user, POOL_CLIENT_UNANSWERED);
        break;
    case PU_NOTIFY_REJECTED:
    case PU_NOTIFY_CACHE_FULL:
        log_cause(effect, "pu.rejected");
        client->told(client->user, POOL_CLIENT_REJECTED);
        break;
    default:
        log_cause(effect, "pu.error-reported");
    }
}

static bool take_handle(struct pool_client *client, const char *pool)
{
    client->handle_length = bytes_of_text(pool, client->handle, sizeof client->handle);
    if (client->handle_length > 0)
        return true;
    fprintf(stderr, "poolproof: \"%s\" is not a pool handle of 1 to %u bytes\n", pool,
            RESOLUTION_HANDLE_MAX);
    return false;
}

static bool lacks_memory(void)
{
    fprintf(stderr, "poolproof: not enough memory\n");
    return false;
}

static bool start_machine(struct pool_client *client, struct ev_loop *loop,
                          const struct pool_client_settings *settings)
{
    struct pool_user_configuration c;

    pool_user_defaults(&c, settings->options->server_count);
    client_options_hunt(settings->options, &c.hunt);
    if (settings->options->t1_ms > 0)
        c.t1_ms = settings->options->t1_ms;
    c.stale_cache_value_ms = settings->stale_ms;
    if (!pool_user_configuration_valid(&c)) {
        fprintf(stderr, "poolproof: --t1-ms, --t5-ms or --retran-max-ms is out of range\n");
        return false;
    }
    client->machine = zero_pages_new(sizeof *client->machine);
    if (client->machine == NULL)
        return lacks_memory();
    pool_user_init(client->machine, &c);
    client->client = asap_client_new(loop, settings->options, &asap_machine_user, client->machine,
                                     on_notified, client);
    return client->client != NULL || lacks_memory();
}

struct pool_client *pool_client_new(struct ev_loop *loop,
                                    const struct pool_client_settings *settings,
                                    pool_client_told told, void *user)
{
    struct pool_client *client = calloc(1, sizeof *client);

    if (client == NULL || !take_handle(client, settings->pool)) {
        free(client);
        return NULL;
    }
    client->told = told;
    client->user = user;
    if (!start_machine(client, loop, settings)) {
        pool_client_free(client);
        return NULL;
    }
    asap_client_command(client->client, ENDPOINT_START, NULL, 0, 0);
    pool_client_resolve(client);
    return client;
}

void pool_client_resolve(struct pool_client *client)
{
    asap_client_command(client->client, ENDPOINT_RESOLVE, client->handle, client->handle_length, 0);
}

void pool_client_unreachable(struct pool_client *client, uint32_t pe_identifier)
{
    asap_client_command(client->client, ENDPOINT_UNREACHABLE, client->handle, client->handle_length,
                        pe_identifier);
}

bool pool_client_select(struct pool_client *client, uint32_t *pe_identifier,
                        struct network_address *address)
{
    struct selected_element element;
    bool found = pool_user_select(client->machine, client->handle, client->handle_length,
                                  clock_milliseconds(), &element);

    /* A selection may have marked a stale entry to be asked for again: let the machine do it now. */
    asap_client_command(client->client, ENDPOINT_TICK, NULL, 0, 0);
    if (!found || element.transport_type != PARAMETER_TCP_TRANSPORT)
        return false;
    *pe_identifier = element.pe_identifier;
    return network_address_from_ip(&element.address[0], element.transport_port, address);
}

bool pool_client_element(const struct pool_client *client, uint32_t index,
                         struct selected_element *out)
{
    return pool_user_element(client->machine, client->handle, client->handle_length, index, out);
}

void pool_client_explain(const struct pool_client *client)
{
    asap_client_explain(client->client);
}

void pool_client_free(struct pool_client *client)
{
    if (client == NULL)
        return;
    asap_client_free(client->client);
    zero_pages_free(client->machine, sizeof *client->machine);
    free(client);
}
