/* Moves bytes between two connections: see relay.h. */
#include "relay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One direction. */
struct flow {
    struct relay *relay;
    struct ev_io reader;
    struct ev_io writer;
    size_t head;
    size_t tail;
    uint64_t total;
    bool source_ended;
    bool done;
    enum relay_result if_read_fails;
    enum relay_result if_write_fails;
    uint8_t bytes[RELAY_BUFFER];
};

struct relay {
    struct ev_loop *loop;
    struct flow flow[2]; /* from A to B, from B to A */
    relay_over over;
    void *user;
    bool failed;
    enum relay_result result;
};

static void stop(struct relay *relay)
{
    for (int i = 0; i < 2; i++) {
        ev_io_stop(relay->loop, &relay->flow[i].reader);
        ev_io_stop(relay->loop, &relay->flow[i].writer);
    }
}

void relay_free(struct relay *relay)
{
    if (relay == NULL)
        return;
    stop(relay);
    free(relay);
}

static void fail(struct flow *flow, enum relay_result result)
{
    flow->relay->failed = true;
    flow->relay->result = result;
}

static bool must_wait(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static void read_more(struct flow *flow)
{
    if (flow->source_ended || flow->tail == RELAY_BUFFER)
        return;
    ssize_t n = read(flow->reader.fd, flow->bytes + flow->tail, RELAY_BUFFER - flow->tail);
    if (n > 0) {
        flow->tail += (size_t)n;
        flow->total += (uint64_t)n;
    } else if (n == 0) {
        flow->source_ended = true;
    } else if (!must_wait(errno)) {
        fail(flow, flow->if_read_fails);
    }
}

static void write_out(struct flow *flow)
{
    while (flow->head < flow->tail) {
        ssize_t n = write(flow->writer.fd, flow->bytes + flow->head, flow->tail - flow->head);
        if (n < 0 && !must_wait(errno))
            fail(flow, flow->if_write_fails);
        if (n <= 0)
            return;
        flow->head += (size_t)n;
    }
    flow->head = flow->tail = 0;
}

/* The source has ended and all of it is written: tell the other side. */
static void pass_end_on(struct flow *flow)
{
    if (flow->done || !flow->source_ended || flow->head < flow->tail)
        return;
    flow->done = true;
    ev_io_stop(flow->relay->loop, &flow->writer);
    if (shutdown(flow->writer.fd, SHUT_WR) != 0 && errno == ENOTSOCK)
        close(flow->writer.fd); /* a pipe: its reader waits for the end */
}

static void watch(struct flow *flow)
{
    struct ev_loop *loop = flow->relay->loop;

    if (flow->source_ended || flow->tail == RELAY_BUFFER)
        ev_io_stop(loop, &flow->reader);
    else
        ev_io_start(loop, &flow->reader);
    if (flow->head < flow->tail)
        ev_io_start(loop, &flow->writer);
    else
        ev_io_stop(loop, &flow->writer);
}

static void on_event(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    struct flow *flow = watcher->data;
    struct relay *relay = flow->relay;
    (void)loop;

    if ((events & EV_READ) != 0)
        read_more(flow);
    if (!relay->failed)
        write_out(flow);
    if (!relay->failed)
        pass_end_on(flow);
    if (relay->failed || (relay->flow[0].done && relay->flow[1].done)) {
        stop(relay);
        relay->over(relay->user, relay->result, relay->flow[0].total, relay->flow[1].total);
        free(relay);
        return;
    }
    watch(flow);
}

static void prepare(struct relay *relay, int index, int from, int to)
{
    struct flow *flow = &relay->flow[index];

    flow->relay = relay;
    flow->if_read_fails = index == 0 ? RELAY_A_FAILED : RELAY_B_FAILED;
    flow->if_write_fails = index == 0 ? RELAY_B_FAILED : RELAY_A_FAILED;
    ev_io_init(&flow->reader, on_event, from, EV_READ);
    ev_io_init(&flow->writer, on_event, to, EV_WRITE);
    flow->reader.data = flow->writer.data = flow;
}

struct relay *relay_new(struct ev_loop *loop, struct relay_end a, struct relay_end b,
                        const uint8_t *first, size_t length, relay_over over, void *user)
{
    struct relay *relay = calloc(1, sizeof *relay);

    if (relay == NULL || length > RELAY_BUFFER) {
        free(relay);
        return NULL;
    }
    relay->loop = loop;
    relay->over = over;
    relay->user = user;
    prepare(relay, 0, a.in, b.out);
    prepare(relay, 1, b.in, a.out);
    if (length > 0)
        memcpy(relay->flow[0].bytes, first, length);
    relay->flow[0].tail = length;
    relay->flow[0].total = length;
    watch(&relay->flow[0]);
    watch(&relay->flow[1]);
    return relay;
}
