/* Whether a service works: see health_check.h. */
#include "health_check.h"

#include "child_process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_INTERVAL 0.1 /* seconds, until it first works */

struct health_check {
    struct ev_loop *loop;
    const char *command;
    struct network_address address;
    double interval;
    double timeout;
    health_changed changed;
    void *user;
    bool known; /* an answer was given */
    bool healthy;
    bool was_healthy; /* once, at least */
    int fd;           /* of a connection under way, -1: none */
    pid_t child;      /* of a command under way, 0: none */
    struct ev_io connecting;
    struct ev_child ending;
    struct ev_timer timer; /* to the next check, or for the one under way */
};

static void stop(struct health_check *h)
{
    ev_timer_stop(h->loop, &h->timer);
    ev_io_stop(h->loop, &h->connecting);
    if (h->fd >= 0)
        close(h->fd);
    h->fd = -1;
    if (h->child > 0) {
        ev_child_stop(h->loop, &h->ending);
        kill(h->child, SIGKILL); /* libev reaps children nobody watches */
    }
    h->child = 0;
}

static void set_timer(struct health_check *h, double seconds)
{
    ev_timer_stop(h->loop, &h->timer);
    ev_timer_set(&h->timer, seconds, 0.0);
    ev_timer_start(h->loop, &h->timer);
}

static void conclude(struct health_check *h, bool healthy, const char *reason)
{
    bool news = !h->known || h->healthy != healthy;

    stop(h);
    h->known = true;
    h->healthy = healthy;
    h->was_healthy = h->was_healthy || healthy;
    set_timer(h, h->was_healthy || h->interval < FIRST_INTERVAL ? h->interval : FIRST_INTERVAL);
    if (news)
        h->changed(h->user, healthy, reason);
}

static void on_connected(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    struct health_check *h = watcher->data;
    int error = network_connect_result(h->fd);
    (void)loop;
    (void)events;

    conclude(h, error == 0, error == 0 ? "connected" : strerror(error));
}

static void on_ended(struct ev_loop *loop, struct ev_child *watcher, int events)
{
    struct health_check *h = watcher->data;
    int status = child_process_status(watcher->rstatus);
    char reason[64];
    (void)events;

    ev_child_stop(loop, watcher);
    h->child = 0;
    snprintf(reason, sizeof reason, "health command exited with %d", status);
    conclude(h, status == 0, reason);
}

static void begin_connecting(struct health_check *h)
{
    h->fd = network_connect(&h->address);
    if (h->fd < 0) {
        conclude(h, false, strerror(errno));
        return;
    }
    ev_io_set(&h->connecting, h->fd, EV_WRITE);
    ev_io_start(h->loop, &h->connecting);
}

static void begin_command(struct health_check *h)
{
    char *argv[] = {(char *)(uintptr_t) "/bin/sh", (char *)(uintptr_t) "-c",
                    (char *)(uintptr_t)h->command, NULL};
    pid_t child = child_process_start(argv, true);

    if (child < 0) {
        conclude(h, false, strerror(errno));
        return;
    }
    h->child = child;
    ev_child_set(&h->ending, child, 0);
    ev_child_start(h->loop, &h->ending);
}

static bool under_way(const struct health_check *h)
{
    return h->fd >= 0 || h->child > 0;
}

static void on_timer(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct health_check *h = timer->data;
    (void)loop;
    (void)events;

    if (under_way(h)) {
        conclude(h, false, "no answer in time");
        return;
    }
    set_timer(h, h->timeout);
    if (h->command != NULL)
        begin_command(h);
    else
        begin_connecting(h);
}

struct health_check *health_check_new(struct ev_loop *loop, const char *command,
                                      const struct network_address *address, uint32_t interval_ms,
                                      uint32_t timeout_ms, health_changed changed, void *user)
{
    struct health_check *h = calloc(1, sizeof *h);

    if (h == NULL)
        return NULL;
    h->loop = loop;
    h->command = command;
    h->interval = (double)interval_ms / 1000.0;
    h->timeout = (double)timeout_ms / 1000.0;
    h->changed = changed;
    h->user = user;
    h->fd = -1;
    ev_io_init(&h->connecting, on_connected, -1, EV_WRITE);
    ev_child_init(&h->ending, on_ended, 0, 0);
    ev_timer_init(&h->timer, on_timer, 0.0, 0.0);
    h->connecting.data = h->ending.data = h->timer.data = h;
    if (address != NULL)
        h->address = *address;
    if (address != NULL || command != NULL)
        ev_timer_start(loop, &h->timer);
    return h;
}

void health_check_move(struct health_check *h, const struct network_address *address)
{
    stop(h);
    h->address = *address;
    h->known = false;
    set_timer(h, 0.0);
}

void health_check_free(struct health_check *h)
{
    if (h == NULL)
        return;
    stop(h);
    free(h);
}
