/* See tls_load.h. One epoll loop over all connections of a run. */
#include "tls_load.h"

#include "tls_connection.h"
#include "wire.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_MAX 128
#define SAMPLES_MAX 4000000u

struct connection {
    struct tls_connection tls;
    size_t received; /* bytes of the current response */
    size_t to_write; /* bytes of requests still to go into the channel */
    unsigned under_way;
    uint64_t sent_at[TLS_LOAD_DEPTH_MAX]; /* a ring: when each request under way was queued */
    unsigned oldest;
};

struct run {
    const struct tls_load_plan *plan;
    uint64_t responses;
    float *sample;
    size_t samples;
};

static double cpu_seconds(pid_t process)
{
    char path[64], line[1024];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(line, sizeof line, file) == NULL)
        bench_die(path);
    fclose(file);
    const char *after = strrchr(line, ')');
    if (after == NULL ||
        sscanf(after, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        bench_die("no CPU time");
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double resident_bytes(pid_t process)
{
    char path[64];
    unsigned long size = 0, resident = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)process);
    FILE *file = fopen(path, "r");
    if (file == NULL || fscanf(file, "%lu %lu", &size, &resident) != 2)
        bench_die(path);
    fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static void open_connection(struct connection *c, const struct tls_load_target *target)
{
    memset(c, 0, sizeof *c);
    tls_connection_open(&c->tls, target->port, target->client, target->reference);
}

static void queue_request(struct connection *c, const struct tls_load_plan *plan)
{
    c->sent_at[(c->oldest + c->under_way) % TLS_LOAD_DEPTH_MAX] = bench_now_ns();
    c->under_way++;
    c->to_write += plan->request_size;
}

static void write_requests(struct connection *c, const struct tls_load_plan *plan)
{
    size_t room;
    uint8_t *out = secure_channel_app_out(c->tls.channel, &room);
    size_t n = 0;
    while (out != NULL && n < room && c->to_write > 0) {
        size_t offset =
            (plan->request_size - c->to_write % plan->request_size) % plan->request_size;
        out[n++] = plan->request[offset];
        c->to_write--;
    }
    if (n > 0) {
        secure_channel_app_out_done(c->tls.channel, n);
        secure_channel_flush(c->tls.channel);
    }
}

static void note_response(struct run *run, struct connection *c)
{
    uint64_t sent = c->sent_at[c->oldest];
    c->oldest = (c->oldest + 1) % TLS_LOAD_DEPTH_MAX;
    c->under_way--;
    run->responses++;
    if (run->samples < SAMPLES_MAX)
        run->sample[run->samples++] = (float)(bench_now_ns() - sent) / 1000.0f;
}

/* Takes responses out and puts as many new requests in, until nothing moves. */
static void pump(struct run *run, struct connection *c, bool ending)
{
    for (;;) {
        tls_connection_pump(&c->tls);
        size_t length;
        const uint8_t *in = secure_channel_app_in(c->tls.channel, &length);
        if (in == NULL || length == 0)
            break;
        c->received += length;
        secure_channel_app_in_done(c->tls.channel, length);
        while (c->received >= run->plan->response_size && c->under_way > 0) {
            c->received -= run->plan->response_size;
            note_response(run, c);
            if (!ending)
                queue_request(c, run->plan);
        }
        write_requests(c, run->plan);
    }
    write_requests(c, run->plan);
    tls_connection_pump(&c->tls);
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static struct tls_load_result summarize(struct run *run, double seconds, double cpu)
{
    qsort(run->sample, run->samples, sizeof *run->sample, by_value);
    struct tls_load_result result = {run->responses, seconds, cpu, 0, 0};
    if (run->samples > 0) {
        result.p50 = (double)run->sample[run->samples / 2];
        result.p99 = (double)run->sample[run->samples / 100 * 99];
    }
    return result;
}

struct tls_load_result tls_load_run(const struct tls_load_target *target,
                                    const struct tls_load_plan *plan)
{
    struct connection *all = calloc(plan->connections, sizeof *all);
    struct run run = {plan, 0, malloc(SAMPLES_MAX * sizeof(float)), 0};
    int events = epoll_create1(0);
    if (all == NULL || run.sample == NULL)
        bench_die("memory");
    for (unsigned i = 0; i < plan->connections; i++) {
        open_connection(&all[i], target);
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = &all[i]};
        epoll_ctl(events, EPOLL_CTL_ADD, all[i].tls.fd, &event);
    }
    double cpu = cpu_seconds(target->server);
    uint64_t start = bench_now_ns(), end = start + (uint64_t)(plan->seconds * 1e9);
    for (unsigned i = 0; i < plan->connections; i++) {
        for (unsigned d = 0; d < plan->depth; d++)
            queue_request(&all[i], plan);
        pump(&run, &all[i], false);
    }
    while (bench_now_ns() < end) {
        struct epoll_event ready[EVENTS_MAX];
        int count = epoll_wait(events, ready, EVENTS_MAX, 100);
        for (int i = 0; i < count; i++)
            pump(&run, ready[i].data.ptr, false);
    }
    double seconds = (double)(bench_now_ns() - start) / 1e9;
    cpu = cpu_seconds(target->server) - cpu;
    for (unsigned i = 0; i < plan->connections; i++)
        tls_connection_close(&all[i].tls);
    close(events);
    struct tls_load_result result = summarize(&run, seconds, cpu);
    free(run.sample);
    free(all);
    return result;
}

size_t tls_load_learn_size(const struct tls_load_target *target, const uint8_t *request,
                           size_t request_size)
{
    const struct tls_load_plan plan = {1, 1, 0, request, request_size, SIZE_MAX};
    struct connection c;
    open_connection(&c, target);
    queue_request(&c, &plan);
    write_requests(&c, &plan);
    size_t size = 0, length = 0;
    for (unsigned tries = 0; tries < 100 && size == 0; tries++) {
        tls_connection_pump(&c.tls);
        const uint8_t *in = secure_channel_app_in(c.tls.channel, &length);
        if (in != NULL && length >= 4)
            size = wire_padded(wire_get_u16(in + 2));
        struct pollfd waiting = {.fd = c.tls.fd, .events = POLLIN};
        poll(&waiting, 1, 50);
    }
    tls_connection_close(&c.tls);
    if (size == 0)
        bench_die("no answer to the first request");
    return size;
}

struct tls_load_result tls_load_handshakes(const struct tls_load_target *target, double seconds)
{
    double cpu = cpu_seconds(target->server);
    uint64_t start = bench_now_ns(), end = start + (uint64_t)(seconds * 1e9);
    struct tls_load_result result = {0, 0, 0, 0, 0};
    while (bench_now_ns() < end) {
        struct connection c;
        open_connection(&c, target);
        tls_connection_close(&c.tls);
        result.responses++;
    }
    result.seconds = (double)(bench_now_ns() - start) / 1e9;
    result.server_cpu = cpu_seconds(target->server) - cpu;
    return result;
}

double tls_load_idle_memory(const struct tls_load_target *target, unsigned connections)
{
    struct connection *all = calloc(connections, sizeof *all);
    if (all == NULL)
        bench_die("memory");
    double before = resident_bytes(target->server);
    for (unsigned i = 0; i < connections; i++)
        open_connection(&all[i], target);
    double after = resident_bytes(target->server);
    for (unsigned i = 0; i < connections; i++)
        tls_connection_close(&all[i].tls);
    free(all);
    return (after - before) / connections;
}
