/* See tls_echo.h. One epoll loop, one BearSSL engine per connection. */
#include "tls_echo.h"

#include <arpa/inet.h>
#include <bearssl.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PEM_FILE_MAX 65536u
#define EVENTS_MAX 64

struct der {
    uint8_t bytes[PEM_FILE_MAX];
    size_t length;
};

struct server {
    br_x509_certificate certificate;
    br_skey_decoder_context key;
    size_t request_size;
    size_t response_size;
};

struct connection {
    int fd;
    size_t received; /* bytes of the current request */
    size_t owed;     /* bytes of responses still to be written */
    br_ssl_server_context tls;
    uint8_t buffer[BR_SSL_BUFSIZE_BIDI];
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void append(void *context, const void *data, size_t length)
{
    struct der *der = context;
    if (length <= sizeof der->bytes - der->length) {
        memcpy(der->bytes + der->length, data, length);
        der->length += length;
    }
}

/* The first object of a PEM file. */
static void read_pem(const char *path, struct der *der)
{
    static char text[PEM_FILE_MAX];
    FILE *file = fopen(path, "r");
    if (file == NULL)
        die(path);
    size_t length = fread(text, 1, sizeof text, file), done = 0;
    fclose(file);
    br_pem_decoder_context pem;
    br_pem_decoder_init(&pem);
    br_pem_decoder_setdest(&pem, append, der);
    while (done < length) {
        done += br_pem_decoder_push(&pem, text + done, length - done);
        if (br_pem_decoder_event(&pem) == BR_PEM_END_OBJ)
            break;
    }
}

static void load(struct server *server, const char *certificate_file, const char *key_file)
{
    static struct der certificate, key;
    read_pem(certificate_file, &certificate);
    read_pem(key_file, &key);
    server->certificate.data = certificate.bytes;
    server->certificate.data_len = certificate.length;
    br_skey_decoder_init(&server->key);
    br_skey_decoder_push(&server->key, key.bytes, key.length);
    if (br_skey_decoder_last_error(&server->key) != 0) {
        fprintf(stderr, "%s: not a private key\n", key_file);
        exit(1);
    }
}

static void begin_tls(struct connection *c, const struct server *server)
{
    if (br_skey_decoder_key_type(&server->key) == BR_KEYTYPE_RSA)
        br_ssl_server_init_full_rsa(&c->tls, &server->certificate, 1,
                                    br_skey_decoder_get_rsa(&server->key));
    else
        br_ssl_server_init_full_ec(&c->tls, &server->certificate, 1, BR_KEYTYPE_EC,
                                   br_skey_decoder_get_ec(&server->key));
    uint8_t entropy[48];
    if (getrandom(entropy, sizeof entropy, 0) != (ssize_t)sizeof entropy)
        die("getrandom");
    br_ssl_engine_inject_entropy(&c->tls.eng, entropy, sizeof entropy);
    br_ssl_engine_set_buffer(&c->tls.eng, c->buffer, sizeof c->buffer, 1);
    br_ssl_server_reset(&c->tls);
}

static void accept_one(int listener, int poll, const struct server *server)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0)
        return;
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct connection *c = calloc(1, sizeof *c);
    if (c == NULL)
        die("calloc");
    c->fd = fd;
    begin_tls(c, server);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
}

/* Turns requests that came in into bytes owed, and bytes owed into records. */
static void answer(struct connection *c, const struct server *server)
{
    size_t length;
    unsigned char *in = br_ssl_engine_recvapp_buf(&c->tls.eng, &length);
    if (in != NULL) {
        c->received += length;
        c->owed += c->received / server->request_size * server->response_size;
        c->received %= server->request_size;
        br_ssl_engine_recvapp_ack(&c->tls.eng, length);
    }
    unsigned char *out = br_ssl_engine_sendapp_buf(&c->tls.eng, &length);
    if (out != NULL && c->owed > 0) {
        size_t n = length < c->owed ? length : c->owed;
        memset(out, 0, n);
        c->owed -= n;
        br_ssl_engine_sendapp_ack(&c->tls.eng, n);
        br_ssl_engine_flush(&c->tls.eng, 0);
    }
}

/* Moves what can be moved between socket and engine: false when the connection is over. */
static bool pump(struct connection *c, const struct server *server)
{
    for (;;) {
        bool moved = false;
        size_t length;
        unsigned char *out = br_ssl_engine_sendrec_buf(&c->tls.eng, &length);
        if (out != NULL) {
            ssize_t n = send(c->fd, out, length, MSG_NOSIGNAL);
            if (n > 0) {
                br_ssl_engine_sendrec_ack(&c->tls.eng, (size_t)n);
                moved = true;
            } else if (errno != EAGAIN) {
                return false;
            }
        }
        unsigned char *in = br_ssl_engine_recvrec_buf(&c->tls.eng, &length);
        if (in != NULL) {
            ssize_t n = recv(c->fd, in, length, 0);
            if (n > 0) {
                br_ssl_engine_recvrec_ack(&c->tls.eng, (size_t)n);
                moved = true;
            } else if (n == 0 || errno != EAGAIN) {
                return false;
            }
        }
        answer(c, server);
        if (br_ssl_engine_current_state(&c->tls.eng) == BR_SSL_CLOSED)
            return false;
        if (!moved)
            return true;
    }
}

static void serve(int listener, const struct server *server)
{
    int poll = epoll_create1(0);
    struct epoll_event accepting = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &accepting);
    for (;;) {
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(poll, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            struct connection *c = events[i].data.ptr;
            if (c == NULL) {
                accept_one(listener, poll, server);
            } else if (!pump(c, server)) {
                close(c->fd);
                free(c);
            }
        }
    }
}

static int listen_anywhere(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 128) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        die("listen");
    *port = ntohs(address.sin_port);
    return fd;
}

pid_t tls_echo_start(const char *certificate_file, const char *key_file, size_t request_size,
                     size_t response_size, uint16_t *port)
{
    static struct server server;
    load(&server, certificate_file, key_file);
    server.request_size = request_size;
    server.response_size = response_size;
    int listener = listen_anywhere(port);
    pid_t child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(listener, &server);
    }
    close(listener);
    return child;
}

void tls_echo_stop(pid_t server)
{
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
}
