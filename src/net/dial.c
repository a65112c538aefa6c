/* Gets a TCP connection to some element of a pool: see dial.h. */
#include "dial.h"

#include "clock_source.h"
#include "log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAUSE_SECONDS 0.1 /* between two looks when no element is left, or we lack something */

struct dial {
    struct ev_loop *loop;
    struct pool_client *pool;
    struct dial_settings settings;
    dial_done done;
    void *user;
    uint64_t began;
    int fd;       /* of the attempt under way; -1: none */
    bool lacking; /* descriptors, memory or ports: said so already */
    struct dial_result current;
    struct ev_io connecting;
    struct ev_timer timer; /* for the attempt, or to the next look */
};

static void set_timer(struct dial *d, double seconds)
{
    ev_timer_stop(d->loop, &d->timer);
    ev_timer_set(&d->timer, seconds, 0.0);
    ev_timer_start(d->loop, &d->timer);
}

static void stop(struct dial *d)
{
    ev_timer_stop(d->loop, &d->timer);
    ev_io_stop(d->loop, &d->connecting);
}

static uint64_t elapsed(const struct dial *d)
{
    return clock_milliseconds() - d->began;
}

/* Hands the result over; nothing of the dial is touched afterwards. */
static void conclude(struct dial *d, int fd)
{
    stop(d);
    d->fd = -1;
    d->current.fd = fd;
    d->current.elapsed_ms = elapsed(d);
    d->done(d->user, &d->current);
}

static void log_failure(const struct dial *d, const char *reason)
{
    char text[NETWORK_ADDRESS_TEXT_MAX];

    network_address_text(&d->current.address, text);
    log_event(LEVEL_WARNING, "element.unreachable",
              json_pack("{s:s,s:s}", "address", text, "reason", reason));
}

/* The element of the attempt under way is of no use. */
static void note_failure(struct dial *d, const char *reason)
{
    log_failure(d, reason);
    ev_io_stop(d->loop, &d->connecting);
    if (d->fd >= 0)
        close(d->fd);
    d->fd = -1;
    d->current.failures++;
    pool_client_unreachable(d->pool, d->current.pe_identifier);
}

bool dial_is_our_fault(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
           error == EADDRNOTAVAIL;
}

/* Looks again in a moment, or gives up when the time is over. True: it will look again. */
static bool pause_looking(struct dial *d)
{
    if (elapsed(d) >= d->settings.total_ms) {
        conclude(d, -1);
        return false;
    }
    set_timer(d, PAUSE_SECONDS);
    return true;
}

static void wait_for_elements(struct dial *d)
{
    struct pool_client *pool = d->pool;

    if (pause_looking(d))
        pool_client_resolve(pool);
}

/* We could not even ask the element: it is not reported, and may be the one that is asked again. */
static void wait_for_means(struct dial *d, int error)
{
    if (!d->lacking)
        log_event(LEVEL_WARNING, "dial.no-means", json_pack("{s:s}", "error", strerror(error)));
    d->lacking = true;
    ev_io_stop(d->loop, &d->connecting);
    if (d->fd >= 0)
        close(d->fd);
    d->fd = -1;
    pause_looking(d);
}

/* Tries elements until one is being connected to, or none is left for now. */
static void look(struct dial *d)
{
    while (pool_client_select(d->pool, &d->current.pe_identifier, &d->current.address)) {
        d->fd = network_connect(&d->current.address);
        if (d->fd >= 0) {
            ev_io_set(&d->connecting, d->fd, EV_WRITE);
            ev_io_start(d->loop, &d->connecting);
            set_timer(d, (double)d->settings.attempt_ms / 1000.0);
            return;
        }
        int error = errno;
        if (dial_is_our_fault(error)) {
            wait_for_means(d, error);
            return;
        }
        note_failure(d, strerror(error));
    }
    wait_for_elements(d);
}

static void on_connected(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    struct dial *d = watcher->data;
    int error = network_connect_result(d->fd);
    (void)loop;
    (void)events;

    if (error == 0) {
        conclude(d, d->fd);
        return;
    }
    if (dial_is_our_fault(error)) {
        wait_for_means(d, error);
        return;
    }
    note_failure(d, strerror(error));
    look(d);
}

static void on_timer(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct dial *d = timer->data;
    (void)loop;
    (void)events;

    if (d->fd >= 0)
        note_failure(d, "no answer in time");
    look(d);
}

struct dial *dial_new(struct ev_loop *loop, struct pool_client *pool,
                      const struct dial_settings *settings, dial_done done, void *user)
{
    struct dial *d = calloc(1, sizeof *d);

    if (d == NULL)
        return NULL;
    d->loop = loop;
    d->pool = pool;
    d->settings = *settings;
    d->done = done;
    d->user = user;
    d->began = clock_milliseconds();
    d->fd = -1;
    ev_io_init(&d->connecting, on_connected, -1, EV_WRITE);
    ev_timer_init(&d->timer, on_timer, 0.0, 0.0);
    d->connecting.data = d->timer.data = d;
    ev_timer_start(loop, &d->timer);
    return d;
}

void dial_next(struct dial *d)
{
    note_failure(d, "closed before anything was sent");
    set_timer(d, 0.0);
}

void dial_poke(struct dial *d)
{
    if (d->fd < 0 && d->current.failures == 0 && ev_is_active(&d->timer))
        set_timer(d, 0.0);
}

void dial_free(struct dial *d)
{
    if (d == NULL)
        return;
    stop(d);
    if (d->fd >= 0)
        close(d->fd);
    free(d);
}
