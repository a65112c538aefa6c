/* Our own PSK endpoint on a TCP socket, for the interoperation tests: one connection, one line of
 * text there and back.
 *
 *   psk_peer server [options]        listens on a free port, prints `port N`, echoes one connection
 *   psk_peer client PORT [options]   connects, says `ping pong`, prints what comes back
 *
 * Options: --suite HEX and --group x25519|p256 (that one alone), --key HEX, --identity TEXT. For
 * RSA_PSK a server has --private-key FILE, then --certificate FILE; a client --trust FILE, and the
 * server's name is 127.0.0.1.
 * At the end prints `suite HEX identity TEXT`, or `failed: REASON (alert sent N, received N)` and
 * exits 1. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "certificate_names.h"
#include "certificate_store.h"
#include "psk_endpoint.h"
#include "tls_codec.h"

static const char ping[] = "ping pong\n";

struct settings {
    struct psk_options options;
    struct psk_key key;
    const char *identity;
    const char *private_key;
    struct certificate_anchors anchors;
};

static const uint32_t suites[PSK_SUITE_COUNT] = {
    TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256, TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256,
    TLS_PSK_WITH_AES_128_GCM_SHA256,       TLS_PSK_WITH_CHACHA20_POLY1305_SHA256,
    TLS_RSA_PSK_WITH_AES_128_GCM_SHA256,   TLS_PSK_WITH_NULL_SHA256};

static void set_key(struct psk_key *key, const char *hex)
{
    key->length = 0;
    for (unsigned byte = 0; key->length < PSK_KEY_MAX && sscanf(hex, "%2x", &byte) == 1; hex += 2) {
        key->bytes[key->length++] = (uint8_t)byte;
        if (hex[1] == '\0' || hex[2] == '\0') {
            break;
        }
    }
}

static void check_loaded(bool good, const struct secure_problem *problem)
{
    if (!good) {
        fprintf(stderr, "psk_peer: %s\n", problem->text);
        exit(2);
    }
}

static void set_certificate(struct settings *s, const char *file)
{
    struct secure_problem problem;
    s->options.identity = certificate_identity_load(file, s->private_key, &problem);
    check_loaded(s->options.identity != NULL, &problem);
}

static void set_trust(struct settings *s, const char *file)
{
    static const struct certificate_reference server = {
        .tag = CERTIFICATE_TAG_IP_ADDRESS, .length = 4, .bytes = {127, 0, 0, 1}};
    struct secure_problem problem;
    check_loaded(certificate_anchors_load(&s->anchors, file, &problem), &problem);
    s->options.anchors = &s->anchors;
    s->options.reference = &server;
    s->options.unix_time = (uint64_t)time(NULL);
}

static void set_option(struct settings *s, const char *name, const char *value)
{
    if (strcmp(name, "--suite") == 0) {
        for (uint32_t i = 0; i < PSK_SUITE_COUNT; i++) {
            s->options.without_suite[i] = strtoul(value, NULL, 16) != suites[i];
        }
        s->options.with_unusual = 1;
    } else if (strcmp(name, "--group") == 0) {
        s->options.without_x25519 = strcmp(value, "x25519") != 0;
        s->options.without_p256 = strcmp(value, "p256") != 0;
    } else if (strcmp(name, "--key") == 0) {
        set_key(&s->key, value);
    } else if (strcmp(name, "--identity") == 0) {
        s->identity = value;
    } else if (strcmp(name, "--private-key") == 0) {
        s->private_key = value;
    } else if (strcmp(name, "--certificate") == 0) {
        set_certificate(s, value);
    } else if (strcmp(name, "--trust") == 0) {
        set_trust(s, value);
    } else {
        fprintf(stderr, "psk_peer: what is %s?\n", name);
        exit(2);
    }
}

static const struct psk_key *find(void *context, const uint8_t *identity, uint32_t length)
{
    const struct settings *s = context;
    bool known = length == strlen(s->identity) && memcmp(identity, s->identity, length) == 0;
    return known ? &s->key : NULL;
}

static struct sockaddr_in loopback(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int accept_one(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
        perror("psk_peer: listen");
        exit(2);
    }
    printf("port %u\n", ntohs(address.sin_port));
    fflush(stdout);
    return accept(listener, NULL, NULL);
}

static int connect_to(unsigned port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("psk_peer: connect");
        exit(2);
    }
    return fd;
}

/* Sends all that is to be sent; false when the peer is gone. */
static bool send_all(struct psk_endpoint *e, int fd)
{
    size_t length = 0;
    const uint8_t *bytes = psk_endpoint_wire_out(e, &length);
    while (length > 0) {
        ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        psk_endpoint_wire_out_done(e, (size_t)n);
        bytes = psk_endpoint_wire_out(e, &length);
    }
    return true;
}

/* Receives once; false when the peer is gone. */
static bool receive(struct psk_endpoint *e, int fd)
{
    size_t room = 0;
    uint8_t *in = psk_endpoint_wire_in(e, &room);
    ssize_t n = room > 0 ? recv(fd, in, room, 0) : 0;
    if (n > 0) {
        psk_endpoint_wire_in_done(e, (size_t)n);
    }
    return n > 0;
}

static void say(struct psk_endpoint *e, const void *bytes, size_t length)
{
    size_t room = 0;
    uint8_t *out = psk_endpoint_app_out(e, &room);
    memcpy(out, bytes, length < room ? length : room);
    psk_endpoint_app_out_done(e, length < room ? length : room);
    psk_endpoint_flush(e);
}

/* Echoes what came (a server), or prints it and closes at the end of a line (a client). */
static void attend(struct psk_endpoint *e, bool echo)
{
    size_t length = 0;
    const uint8_t *in = psk_endpoint_app_in(e, &length);
    while (length > 0) {
        bool line = memchr(in, '\n', length) != NULL;
        if (echo) {
            say(e, in, length);
        } else {
            printf("heard %.*s", (int)length, (const char *)in);
        }
        psk_endpoint_app_in_done(e, length);
        if (!echo && line) {
            psk_endpoint_close(e);
            return;
        }
        in = psk_endpoint_app_in(e, &length);
    }
}

static void converse(struct psk_endpoint *e, int fd, bool echo)
{
    bool greeted = echo;
    while (send_all(e, fd) && psk_endpoint_state(e) < PSK_CLOSED && receive(e, fd)) {
        if (!greeted && psk_endpoint_state(e) == PSK_OPEN) {
            greeted = true;
            say(e, ping, sizeof ping - 1);
        }
        attend(e, echo);
    }
    send_all(e, fd);
}

static int report(struct psk_endpoint *e)
{
    uint32_t length = 0;
    const uint8_t *identity = psk_endpoint_identity(e, &length);
    if (psk_endpoint_state(e) == PSK_CLOSED) {
        printf("suite %04X identity %.*s\n", psk_endpoint_suite(e), (int)length,
               (const char *)identity);
        return 0;
    }
    printf("failed: %s (state %d, alert sent %d, received %d)\n", psk_endpoint_error(e),
           (int)psk_endpoint_state(e), psk_endpoint_alert_sent(e), psk_endpoint_alert_received(e));
    return 1;
}

int main(int argc, char **argv)
{
    struct settings s = {.identity = "pe-alpha", .key = {.length = 32}};
    uint8_t entropy[PSK_ENTROPY];
    bool server = argc > 1 && strcmp(argv[1], "server") == 0;
    int first = server ? 2 : 3;
    for (int i = first; i + 1 < argc; i += 2) {
        set_option(&s, argv[i], argv[i + 1]);
    }
    if (argc < first || getrandom(entropy, sizeof entropy, 0) != (ssize_t)sizeof entropy) {
        fprintf(stderr, "usage: psk_peer server [options] | psk_peer client PORT [options]\n");
        return 2;
    }
    int fd = server ? accept_one() : connect_to((unsigned)strtoul(argv[2], NULL, 10));
    struct psk_endpoint *e =
        server ? psk_endpoint_new_server(find, &s, &s.options, entropy)
               : psk_endpoint_new_client((const uint8_t *)s.identity, (uint32_t)strlen(s.identity),
                                         &s.key, &s.options, entropy);
    if (e == NULL) {
        fprintf(stderr, "psk_peer: no endpoint\n");
        return 2;
    }
    converse(e, fd, server);
    int code = report(e);
    psk_endpoint_free(e);
    certificate_identity_free((struct certificate_identity *)(uintptr_t)s.options.identity);
    certificate_anchors_free(&s.anchors);
    close(fd);
    return code;
}
