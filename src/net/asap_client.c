/* A client of the registrars at work: see asap_client.h. */
#include "asap_client.h"

#include "channel_connect.h"
#include "clock_source.h"
#include "log.h"
#include "pool_element_endpoint.h"
#include "pool_user.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOTIFICATIONS_MAX EFFECTS_MAX
#define HANDLE_BYTES_MAX 255u
#define OUTPUT_MAX 262144u
#define CONGESTION_BYTES 65536u
#define TROUBLE_MAX 200u

/* One connection; lives until its channel has ended, also when the slot was given to another. */
struct link {
    struct asap_client *client; /* NULL: the machine does not want to hear of it any more */
    struct channel *channel;
    uint32_t slot;
    uint32_t server;
};

struct notification {
    struct effect effect;
    uint8_t handle[HANDLE_BYTES_MAX];
};

struct asap_client {
    struct ev_loop *loop;
    const struct client_options *options;
    const struct asap_machine *kind;
    void *machine;
    asap_notified notified;
    void *user;
    struct link *link[SERVER_HUNT_SLOTS];
    bool failed[SERVER_HUNT_SLOTS]; /* could not even begin to connect: to be reported */
    struct ev_timer timer;
    struct effects effects;
    struct notification notification[NOTIFICATIONS_MAX];
    uint32_t notifications;
    char trouble[SERVER_HUNT_SERVERS_MAX]
                [TROUBLE_MAX]; /* of each registrar, "" when there is none */
};

static void step_element(void *machine, const struct endpoint_event *event, const uint8_t *bytes,
                         struct effects *out)
{
    pool_element_endpoint_step(machine, event, bytes, out);
}

static uint64_t deadline_element(const void *machine)
{
    return pool_element_endpoint_next_deadline(machine);
}

static void step_user(void *machine, const struct endpoint_event *event, const uint8_t *bytes,
                      struct effects *out)
{
    pool_user_step(machine, event, bytes, out);
}

static uint64_t deadline_user(const void *machine)
{
    return pool_user_next_deadline(machine);
}

const struct asap_machine asap_machine_element = {step_element, deadline_element};
const struct asap_machine asap_machine_user = {step_user, deadline_user};

static void give_event(struct asap_client *client, struct endpoint_event *event,
                       const uint8_t *bytes);

/* ---- what is wrong with the registrars ---- */

static void note_trouble(struct asap_client *client, uint32_t server, const char *what,
                         const char *detail)
{
    snprintf(client->trouble[server], TROUBLE_MAX, "%s%s%s", what, detail[0] != '\0' ? ": " : "",
             detail);
}

/* What a connection's end says of the registrar. */
static const char *end_phrase(const struct channel *channel, enum channel_end why)
{
    const struct secure_channel *secure = channel_secure(channel);

    switch (why) {
    case CHANNEL_END_BY_PEER:
        return "closed the connection";
    case CHANNEL_END_BROKEN:
        return "connection failed";
    case CHANNEL_END_HANDSHAKE:
        return secure != NULL && secure_channel_failure(secure) == SECURE_FAILURE_IDENTITY
                   ? "certificate refused"
                   : "TLS handshake failed";
    default:
        return channel_end_name(why);
    }
}

void asap_client_explain(const struct asap_client *client)
{
    for (uint32_t server = 0; server < client->options->server_count; server++)
        if (client->trouble[server][0] != '\0')
            fprintf(stderr, "poolproof: registrar %s: %s\n", client->options->server[server].text,
                    client->trouble[server]);
}

/* ---- connections ---- */

static void on_opened(void *user, struct channel *channel)
{
    struct link *link = user;
    struct endpoint_event event = {.kind = ENDPOINT_CHANNEL_OPENED, .channel = link->slot};
    (void)channel;

    if (link->client == NULL)
        return;
    log_event(LEVEL_DEBUG, "registrar.connected",
              json_pack("{s:s}", "registrar", link->client->options->server[link->server].text));
    note_trouble(link->client, link->server, "connected, but gave no answer", "");
    give_event(link->client, &event, NULL);
}

static void on_message(void *user, struct channel *channel, const uint8_t *bytes, uint32_t length)
{
    struct link *link = user;
    struct endpoint_event event = {
        .kind = ENDPOINT_MESSAGE, .channel = link->slot, .length = length};
    (void)channel;

    if (link->client == NULL)
        return;
    note_trouble(link->client, link->server, "", "");
    give_event(link->client, &event, bytes);
}

static void on_ended(void *user, struct channel *channel, enum channel_end why, const char *detail)
{
    struct link *link = user;
    struct asap_client *client = link->client;
    struct endpoint_event event = {.kind = ENDPOINT_CHANNEL_CLOSED, .channel = link->slot};

    if (client != NULL) {
        note_trouble(client, link->server, end_phrase(channel, why), detail);
        log_event(LEVEL_WARNING, "registrar.connection-ended",
                  json_pack("{s:s,s:s,s:s}", "registrar",
                            client->options->server[link->server].text, "why",
                            channel_end_name(why), "detail", detail));
        client->link[link->slot] = NULL;
    }
    free(link);
    if (client != NULL)
        give_event(client, &event, NULL);
}

static const struct channel_user link_callbacks = {on_opened, on_message, on_ended};

/* The limits of time are the machine's: only output is bounded here. */
static const struct channel_limits link_limits = {.establish_ms = 0,
                                                  .idle_ms = 0,
                                                  .stall_ms = 30000,
                                                  .output_max = OUTPUT_MAX,
                                                  .congestion = CONGESTION_BYTES};

static struct channel *open_channel(struct asap_client *client, const struct client_server *server,
                                    struct link *link)
{
    struct channel_target target = {
        .address = &server->address, .tls = client->options->tls, .reference = &server->reference};
    struct channel *channel =
        channel_connect(client->loop, &target, &link_limits, &link_callbacks, link);

    if (channel == NULL) {
        log_event(LEVEL_WARNING, "registrar.connection-ended",
                  json_pack("{s:s,s:s,s:s}", "registrar", server->text, "why", "broken", "detail",
                            strerror(errno)));
        note_trouble(client, link->server, "connection failed", strerror(errno));
    }
    return channel;
}

static void connect_slot(struct asap_client *client, uint32_t slot, uint32_t server)
{
    struct link *link = calloc(1, sizeof *link);

    if (client->trouble[server][0] == '\0')
        note_trouble(client, server, "no connection in time", "");
    if (link != NULL) {
        link->client = client;
        link->slot = slot;
        link->server = server;
        link->channel = open_channel(client, &client->options->server[server], link);
    }
    if (link != NULL && link->channel == NULL) {
        free(link);
        link = NULL;
    }
    client->link[slot] = link;
    client->failed[slot] = link == NULL;
}

static void close_slot(struct asap_client *client, uint32_t slot)
{
    struct link *link = client->link[slot];

    client->failed[slot] = false;
    client->link[slot] = NULL;
    if (link == NULL)
        return;
    link->client = NULL;
    channel_close(link->channel);
}

/* ---- effects ---- */

static void keep_notification(struct asap_client *client, const struct effect *effect)
{
    struct notification *n = &client->notification[client->notifications];

    if (client->notifications == NOTIFICATIONS_MAX)
        return;
    n->effect = *effect;
    if (n->effect.length > HANDLE_BYTES_MAX)
        n->effect.length = HANDLE_BYTES_MAX;
    memcpy(n->handle, client->effects.bytes + effect->offset, n->effect.length);
    client->notifications++;
}

static void carry_out(struct asap_client *client, const struct effect *effect)
{
    const struct effects *e = &client->effects;
    bool slot = effect->channel < SERVER_HUNT_SLOTS;

    if (effect->kind == EFFECT_NOTIFY)
        keep_notification(client, effect);
    else if (effect->kind == EFFECT_CONNECT && slot &&
             effect->subject < client->options->server_count)
        connect_slot(client, effect->channel, effect->subject);
    else if (effect->kind == EFFECT_CLOSE && slot)
        close_slot(client, effect->channel);
    else if (effect->kind == EFFECT_SEND && slot && client->link[effect->channel] != NULL)
        channel_send(client->link[effect->channel]->channel, e->bytes + effect->offset,
                     effect->length);
}

static void on_timer(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct endpoint_event tick = {.kind = ENDPOINT_TICK};
    (void)loop;
    (void)events;
    give_event(timer->data, &tick, NULL);
}

static void arm_timer(struct asap_client *client, bool at_once)
{
    uint64_t now = clock_milliseconds();
    uint64_t due = at_once ? now : client->kind->next_deadline(client->machine);

    ev_timer_stop(client->loop, &client->timer);
    if (due == ENDPOINT_NEVER)
        return;
    ev_now_update(client->loop);
    ev_timer_set(&client->timer, due > now ? (double)(due - now) / 1000.0 + 0.001 : 0.0, 0.0);
    ev_timer_start(client->loop, &client->timer);
}

/* The notifications of one step, copied first: what the application does about one makes new effects. */
static void tell(struct asap_client *client)
{
    uint32_t count = client->notifications;
    struct notification *copy = calloc(count > 0 ? count : 1, sizeof *copy);

    if (copy != NULL)
        memcpy(copy, client->notification, count * sizeof *copy);
    client->notifications = 0;
    for (uint32_t i = 0; copy != NULL && i < count; i++)
        client->notified(client->user, &copy[i].effect, copy[i].handle);
    free(copy);
}

/* A connection that failed at once is reported when the step that asked for it is over. */
static void report_failed(struct asap_client *client)
{
    for (uint32_t slot = 0; slot < SERVER_HUNT_SLOTS; slot++) {
        struct endpoint_event event = {.kind = ENDPOINT_CHANNEL_CLOSED, .channel = slot};
        if (!client->failed[slot])
            continue;
        client->failed[slot] = false;
        give_event(client, &event, NULL);
    }
}

static void give_event(struct asap_client *client, struct endpoint_event *event,
                       const uint8_t *bytes)
{
    event->now = clock_milliseconds();
    event->random = random_word();
    effects_clear(&client->effects);
    client->kind->step(client->machine, event, bytes, &client->effects);
    for (uint32_t i = 0; i < client->effects.count; i++)
        carry_out(client, &client->effects.effect[i]);
    arm_timer(client, client->effects.more);
    if (client->notifications > 0)
        tell(client);
    report_failed(client);
}

/* ---- the interface ---- */

struct asap_client *asap_client_new(struct ev_loop *loop, const struct client_options *options,
                                    const struct asap_machine *kind, void *machine,
                                    asap_notified notified, void *user)
{
    struct asap_client *client = calloc(1, sizeof *client);

    if (client == NULL)
        return NULL;
    client->loop = loop;
    client->options = options;
    client->kind = kind;
    client->machine = machine;
    client->notified = notified;
    client->user = user;
    ev_timer_init(&client->timer, on_timer, 0.0, 0.0);
    client->timer.data = client;
    return client;
}

void asap_client_command(struct asap_client *client, uint8_t kind, const uint8_t *handle,
                         uint32_t length, uint32_t subject)
{
    struct endpoint_event event = {
        .kind = kind, .channel = ENDPOINT_NONE, .subject = subject, .length = length};

    give_event(client, &event, handle);
}

bool asap_client_local(const struct asap_client *client, uint32_t slot, struct ip_address *out)
{
    struct network_address address;

    if (slot >= SERVER_HUNT_SLOTS || client->link[slot] == NULL ||
        !channel_local(client->link[slot]->channel, &address))
        return false;
    *out = network_address_ip(&address);
    return true;
}

void asap_client_free(struct asap_client *client)
{
    if (client == NULL)
        return;
    for (uint32_t slot = 0; slot < SERVER_HUNT_SLOTS; slot++)
        close_slot(client, slot);
    ev_timer_stop(client->loop, &client->timer);
    free(client);
}
