/* See tls_connection.h. */
#include "tls_connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HANDSHAKE_SECONDS 20.0

void bench_die(const char *what)
{
    fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
    exit(1);
}

uint64_t bench_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        bench_die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

void tls_connection_pump(struct tls_connection *c)
{
    for (bool moved = true; moved;) {
        moved = false;
        size_t length;
        const uint8_t *out = secure_channel_wire_out(c->channel, &length);
        if (length > 0) {
            ssize_t n = send(c->fd, out, length, MSG_NOSIGNAL);
            if (n > 0) {
                secure_channel_wire_out_done(c->channel, (size_t)n);
                moved = true;
            } else if (errno != EAGAIN) {
                bench_die("send");
            }
        }
        uint8_t *in = secure_channel_wire_in(c->channel, &length);
        if (length > 0) {
            ssize_t n = recv(c->fd, in, length, 0);
            if (n > 0) {
                secure_channel_wire_in_done(c->channel, (size_t)n);
                moved = true;
            } else if (n == 0 || errno != EAGAIN) {
                bench_die("server closed the connection");
            }
        }
        if (secure_channel_state(c->channel) == SECURE_FAILED) {
            fprintf(stderr, "bench: %s\n", secure_channel_error(c->channel));
            exit(1);
        }
        secure_channel_app_in(c->channel, &length);
        if (length > 0)
            return; /* the caller takes it out first */
    }
}

void tls_connection_open(struct tls_connection *c, uint16_t port,
                         struct secure_client_configuration *client,
                         const struct secure_reference *reference)
{
    c->fd = connect_to(port);
    c->channel = secure_channel_new_client(client, reference, (uint64_t)time(NULL));
    if (c->channel == NULL)
        bench_die("no channel");
    uint64_t end = bench_now_ns() + (uint64_t)(HANDSHAKE_SECONDS * 1e9);
    while (secure_channel_state(c->channel) == SECURE_HANDSHAKE) {
        tls_connection_pump(c);
        if (secure_channel_state(c->channel) != SECURE_HANDSHAKE)
            break;
        struct pollfd waiting = {.fd = c->fd, .events = POLLIN};
        poll(&waiting, 1, 1000);
        if (bench_now_ns() > end)
            bench_die("handshake takes too long");
    }
    tls_connection_pump(c);
}

void tls_connection_close(struct tls_connection *c)
{
    secure_channel_free(c->channel);
    close(c->fd);
}
