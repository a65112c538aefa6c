/* The way in: see visitor_gate.h. */
#include "visitor_gate.h"

#include "address_counter.h"
#include "clock_source.h"
#include "log.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTENERS_MAX 8u
#define ACCEPTS_PER_WAKEUP 64u
#define ADDRESS_SHARE 4u  /* one address may hold a quarter of the handshake places */
#define PAUSE_SECONDS 0.1 /* when the kernel has no descriptor to give */

struct visitor {
    struct visitor_gate *gate;
    struct visitor *next; /* in its list: the silent ones, or the queue */
    struct visitor *previous;
    bool queued;
    int fd;
    struct network_address peer;
    uint64_t deadline;
    struct ev_io first_byte;
    struct ev_timer patience;
};

struct visitor_list {
    struct visitor *first;
    struct visitor *last;
};

struct visitor_gate {
    struct ev_loop *loop;
    struct gate_limits limits;
    bool with_handshakes;
    bool admitting; /* the queue is being walked */
    gate_admit admit;
    void *user;
    struct ev_io listener[LISTENERS_MAX];
    uint32_t listeners;
    struct ev_timer pause;
    struct visitor_list silent;
    struct visitor_list queue;
    struct gate_occupancy occupancy;
    struct gate_counters counters;
    struct address_counter addresses;   /* of all connections */
    struct address_counter handshaking; /* of those that hold a handshake place */
};

/* ---- lists ---- */

static void list_append(struct visitor_list *list, struct visitor *v)
{
    v->next = NULL;
    v->previous = list->last;
    if (list->last != NULL)
        list->last->next = v;
    else
        list->first = v;
    list->last = v;
}

static void list_remove(struct visitor_list *list, struct visitor *v)
{
    if (list->first == v)
        list->first = v->next;
    else
        v->previous->next = v->next;
    if (list->last == v)
        list->last = v->previous;
    else
        v->next->previous = v->previous;
}

/* The first of a list that is not empty, taken out of it. */
static struct visitor *take_first(struct visitor_list *list)
{
    struct visitor *v = list->first;

    list->first = v->next;
    if (v->next != NULL)
        v->next->previous = NULL;
    else
        list->last = NULL;
    return v;
}

/* ---- visitors ---- */

/* Frees a visitor that was taken out of its list; its socket is the caller's. */
static int release_visitor(struct visitor *v)
{
    struct visitor_gate *gate = v->gate;
    int fd = v->fd;

    if (v->queued)
        gate->occupancy.queued--;
    gate->occupancy.visitors--;
    ev_io_stop(gate->loop, &v->first_byte);
    ev_timer_stop(gate->loop, &v->patience);
    free(v);
    return fd;
}

void visitor_gate_left(struct visitor_gate *gate, const struct network_address *peer)
{
    struct ip_address ip = network_address_ip(peer);

    gate->occupancy.connections--;
    address_counter_leave(&gate->addresses, &ip);
}

/* Closes the socket of a visitor that was taken out of its list. */
static void send_away(struct visitor *v)
{
    struct visitor_gate *gate = v->gate;
    struct network_address peer = v->peer;

    close(release_visitor(v));
    visitor_gate_left(gate, &peer);
}

static void log_peer(const char *event, const struct network_address *peer)
{
    char text[NETWORK_ADDRESS_TEXT_MAX];

    network_address_text(peer, text);
    log_event(LEVEL_WARNING, event, json_pack("{s:s}", "peer", text));
}

static void on_patience(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct visitor *v = timer->data;
    (void)loop;
    (void)events;

    v->gate->counters.timed_out++;
    log_peer(v->queued ? "gate.queued-too-long" : "gate.silent", &v->peer);
    list_remove(v->queued ? &v->gate->queue : &v->gate->silent, v);
    send_away(v);
}

/* Lets a visitor in that was taken out of its list. */
static void admit(struct visitor *v)
{
    struct visitor_gate *gate = v->gate;
    struct network_address peer = v->peer;
    uint64_t now = clock_milliseconds();
    uint64_t left = v->deadline > now ? v->deadline - now : 1;
    int fd = release_visitor(v);

    gate->admit(gate->user, fd, &peer, left);
}

static bool place_free(const struct visitor_gate *gate)
{
    return gate->occupancy.handshakes < gate->limits.handshakes;
}

/* Takes a handshake place for the visitor's address; false when that has its share already. */
static bool take_place(struct visitor_gate *gate, const struct network_address *peer)
{
    struct ip_address ip = network_address_ip(peer);
    uint32_t share = (gate->limits.handshakes + ADDRESS_SHARE - 1u) / ADDRESS_SHARE;

    if (!address_counter_enter(&gate->handshaking, &ip, share))
        return false;
    gate->occupancy.handshakes++;
    return true;
}

/* First come, first served, except for those whose address has its share. Who is admitted may be turned away at
 * once, which gives the place back and leads here again: the outer call goes on with it. */
static void admit_queued(struct visitor_gate *gate)
{
    if (gate->admitting)
        return;
    gate->admitting = true;
    for (struct visitor *v = gate->queue.first, *next; v != NULL && place_free(gate); v = next) {
        next = v->next;
        if (!take_place(gate, &v->peer))
            continue;
        list_remove(&gate->queue, v);
        admit(v);
    }
    gate->admitting = false;
}

static void on_first_byte(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    struct visitor *v = watcher->data;
    struct visitor_gate *gate = v->gate;
    uint32_t queued = gate->occupancy.queued;
    (void)events;

    ev_io_stop(loop, watcher);
    list_remove(&gate->silent, v);
    list_append(&gate->queue, v);
    v->queued = true;
    gate->occupancy.queued++;
    admit_queued(gate);
    if (gate->occupancy.queued > queued)
        gate->counters.queued++; /* it has to wait */
}

void visitor_gate_handshake_over(struct visitor_gate *gate, const struct network_address *peer)
{
    struct ip_address ip = network_address_ip(peer);

    if (!gate->with_handshakes)
        return;
    gate->occupancy.handshakes--;
    address_counter_leave(&gate->handshaking, &ip);
    admit_queued(gate);
}

/* ---- accepting ---- */

static bool refuse(struct visitor_gate *gate, const struct network_address *peer)
{
    struct ip_address ip = network_address_ip(peer);

    if (gate->occupancy.connections >= gate->limits.connections) {
        gate->counters.refused_full++;
        log_peer("gate.full", peer);
        return true;
    }
    if (!address_counter_enter(&gate->addresses, &ip, gate->limits.connections_per_address)) {
        gate->counters.refused_address++;
        log_peer("gate.address-full", peer);
        return true;
    }
    gate->occupancy.connections++;
    return false;
}

static void welcome(struct visitor_gate *gate, int fd, const struct network_address *peer)
{
    struct visitor *v = calloc(1, sizeof *v);
    int on = 1;

    if (v == NULL) {
        close(fd);
        visitor_gate_left(gate, peer);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    v->gate = gate;
    v->fd = fd;
    v->peer = *peer;
    v->deadline = clock_milliseconds() + gate->limits.handshake_ms;
    ev_io_init(&v->first_byte, on_first_byte, fd, EV_READ);
    ev_timer_init(&v->patience, on_patience, (double)gate->limits.handshake_ms / 1000.0, 0.0);
    v->first_byte.data = v->patience.data = v;
    gate->occupancy.visitors++;
    if (!gate->with_handshakes) {
        admit(v);
        return;
    }
    list_append(&gate->silent, v);
    ev_io_start(gate->loop, &v->first_byte);
    ev_timer_start(gate->loop, &v->patience);
}

/* Without a descriptor accept() fails and the socket stays readable: pause instead of spinning. */
static void pause_accepting(struct visitor_gate *gate)
{
    log_event(LEVEL_ERROR, "gate.accept-failed", json_pack("{s:s}", "error", strerror(errno)));
    for (uint32_t i = 0; i < gate->listeners; i++)
        ev_io_stop(gate->loop, &gate->listener[i]);
    ev_timer_set(&gate->pause, PAUSE_SECONDS, 0.0);
    ev_timer_start(gate->loop, &gate->pause);
}

static void on_pause_over(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct visitor_gate *gate = timer->data;
    (void)events;

    for (uint32_t i = 0; i < gate->listeners; i++)
        ev_io_start(loop, &gate->listener[i]);
}

static bool accept_one(struct visitor_gate *gate, int listener)
{
    struct network_address peer = {.length = sizeof peer.socket};
    int fd = accept4(listener, (struct sockaddr *)&peer.socket, &peer.length,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            pause_accepting(gate);
        return false;
    }
    gate->counters.accepted++;
    if (refuse(gate, &peer))
        close(fd);
    else
        welcome(gate, fd, &peer);
    return true;
}

static void on_knock(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    for (unsigned i = 0; i < ACCEPTS_PER_WAKEUP; i++)
        if (!accept_one(watcher->data, watcher->fd))
            break;
}

/* ---- the interface ---- */

struct visitor_gate *visitor_gate_new(struct ev_loop *loop, const struct gate_limits *limits,
                                      bool with_handshakes, gate_admit admit_callback, void *user)
{
    struct visitor_gate *gate = calloc(1, sizeof *gate);

    if (gate == NULL)
        return NULL;
    gate->loop = loop;
    gate->limits = *limits;
    gate->with_handshakes = with_handshakes;
    gate->admit = admit_callback;
    gate->user = user;
    address_counter_init(&gate->addresses);
    address_counter_init(&gate->handshaking);
    ev_timer_init(&gate->pause, on_pause_over, 0.0, 0.0);
    gate->pause.data = gate;
    return gate;
}

bool visitor_gate_listen(struct visitor_gate *gate, const struct network_address *address,
                         char problem[NETWORK_PROBLEM_MAX])
{
    int fd = gate->listeners < LISTENERS_MAX ? network_listen(address, problem) : -1;

    if (fd < 0)
        return false;
    struct ev_io *watcher = &gate->listener[gate->listeners++];
    ev_io_init(watcher, on_knock, fd, EV_READ);
    watcher->data = gate;
    ev_io_start(gate->loop, watcher);
    return true;
}

void visitor_gate_set_limits(struct visitor_gate *gate, const struct gate_limits *limits)
{
    gate->limits = *limits;
    admit_queued(gate);
}

void visitor_gate_close(struct visitor_gate *gate)
{
    ev_timer_stop(gate->loop, &gate->pause);
    for (uint32_t i = 0; i < gate->listeners; i++) {
        ev_io_stop(gate->loop, &gate->listener[i]);
        close(gate->listener[i].fd);
    }
    gate->listeners = 0;
    while (gate->silent.first != NULL)
        send_away(take_first(&gate->silent));
    while (gate->queue.first != NULL)
        send_away(take_first(&gate->queue));
}

struct gate_occupancy visitor_gate_occupancy(const struct visitor_gate *gate)
{
    return gate->occupancy;
}

const struct gate_counters *visitor_gate_counters(const struct visitor_gate *gate)
{
    return &gate->counters;
}

void visitor_gate_free(struct visitor_gate *gate)
{
    free(gate);
}
