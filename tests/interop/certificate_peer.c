/* A TLS peer for the interoperation tests: secure_channel.h on blocking TCP sockets.
 *
 *     certificate_peer server [--certificate F --key F] [--key-file F] [--rsa-cbc] [--piece N]
 *     certificate_peer client --connect HOST:PORT (--anchors F --name NAME | --key-file F)
 *                             [--identity I] [--rsa-cbc] [--time UNIX] [--piece N]
 *
 * The server prints `port N`, then serves one connection after the other until it is killed: it
 * turns each line round (as `openssl s_server -rev` does), closes, and prints what the channel
 * came to. The client sends `hello`, and expects `olleh`. Both print one line a connection:
 *
 *     open SUITE psk|certificate IDENTITY         (IDENTITY: "-" when there is none)
 *     failed FAILURE: REASON
 *
 * --piece N gives the channel at most N bytes of the wire at a time. Exit status of the client: 0
 * for open and the right answer, 1 otherwise, 2 for wrong usage.
 */
#include "secure_channel.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 16384u
#define SILENCE_SECONDS 10

struct options {
    struct secure_server_options server;
    struct secure_client_options client;
    const char *connect;
    const char *name;
    uint64_t time;
    size_t piece;
};

/* What came over the channel: one line. */
struct line {
    char text[LINE_MAX_BYTES];
    size_t length;
    bool whole;
};

static bool send_all(struct secure_channel *channel, int socket)
{
    size_t length = 0;
    const uint8_t *bytes = secure_channel_wire_out(channel, &length);
    while (bytes != NULL) {
        ssize_t sent = send(socket, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        secure_channel_wire_out_done(channel, (size_t)sent);
        bytes = secure_channel_wire_out(channel, &length);
    }
    return true;
}

static bool receive_some(struct secure_channel *channel, int socket, size_t piece)
{
    size_t room = 0;
    uint8_t *to = secure_channel_wire_in(channel, &room);
    if (to == NULL) {
        return false;
    }
    ssize_t received = recv(socket, to, piece > 0 && piece < room ? piece : room, 0);
    if (received <= 0) {
        return false;
    }
    secure_channel_wire_in_done(channel, (size_t)received);
    return true;
}

static void take_line(struct secure_channel *channel, struct line *line)
{
    size_t length = 0;
    const uint8_t *bytes = secure_channel_app_in(channel, &length);
    while (bytes != NULL) {
        for (size_t i = 0; i < length && !line->whole && line->length < sizeof line->text; i++) {
            line->whole = bytes[i] == '\n';
            line->text[line->length] = (char)bytes[i];
            line->length += line->whole ? 0 : 1;
        }
        secure_channel_app_in_done(channel, length);
        bytes = secure_channel_app_in(channel, &length);
    }
}

static void put(struct secure_channel *channel, int socket, const char *text, size_t length)
{
    while (length > 0 && secure_channel_state(channel) == SECURE_OPEN) {
        size_t room = 0;
        uint8_t *to = secure_channel_app_out(channel, &room);
        size_t part = length < room ? length : room;
        if (to != NULL) {
            memcpy(to, text, part);
            secure_channel_app_out_done(channel, part);
            text += part;
            length -= part;
        }
        secure_channel_flush(channel);
        if (!send_all(channel, socket)) {
            return;
        }
    }
}

/* Goes on until the handshake is over, one way or the other. */
static void shake_hands(struct secure_channel *channel, int socket, size_t piece)
{
    while (send_all(channel, socket) && secure_channel_state(channel) == SECURE_HANDSHAKE &&
           receive_some(channel, socket, piece)) {
    }
}

static void read_line(struct secure_channel *channel, int socket, size_t piece, struct line *line)
{
    take_line(channel, line);
    while (!line->whole && secure_channel_state(channel) == SECURE_OPEN &&
           receive_some(channel, socket, piece) && send_all(channel, socket)) {
        take_line(channel, line);
    }
}

static void report(const struct secure_channel *channel, bool opened)
{
    char identity[SECURE_IDENTITY_MAX + 1];
    if (!opened) {
        printf("failed %d: %s\n", (int)secure_channel_failure(channel),
               secure_channel_error(channel));
    } else {
        bool known = secure_channel_peer(channel, identity, sizeof identity);
        printf("open %04x %s %s\n", secure_channel_suite(channel),
               secure_channel_is_psk(channel) ? "psk" : "certificate", known ? identity : "-");
    }
    (void)fflush(stdout);
}

static void set_patience(int socket)
{
    struct timeval patience = {SILENCE_SECONDS, 0};
    (void)setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

/* ---- server ---- */

static void turn_round(struct line *line)
{
    for (size_t i = 0; i < line->length / 2; i++) {
        char c = line->text[i];
        line->text[i] = line->text[line->length - 1 - i];
        line->text[line->length - 1 - i] = c;
    }
}

static void answer(struct secure_channel *channel, int socket, size_t piece)
{
    static struct line line;
    line.length = 0;
    line.whole = false;
    read_line(channel, socket, piece, &line);
    if (line.whole) {
        turn_round(&line);
        put(channel, socket, line.text, line.length);
        put(channel, socket, "\n", 1);
    }
    if (secure_channel_state(channel) == SECURE_FAILED) {
        (void)send_all(channel, socket);
        report(channel, false);
    }
}

static void serve(struct secure_server_configuration *configuration, int socket, size_t piece)
{
    struct secure_channel *channel = secure_channel_new_server(configuration);
    if (channel == NULL) {
        return;
    }
    set_patience(socket);
    shake_hands(channel, socket, piece);
    bool opened = secure_channel_state(channel) == SECURE_OPEN;
    report(channel, opened);
    if (opened) {
        answer(channel, socket, piece);
    }
    secure_channel_close(channel);
    (void)send_all(channel, socket);
    (void)shutdown(socket, SHUT_WR);
    char rest[256];
    while (recv(socket, rest, sizeof rest, 0) > 0) {
    }
    secure_channel_free(channel);
}

static int listen_somewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 16) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
        perror("certificate_peer: listen");
        exit(2);
    }
    printf("port %u\n", (unsigned)ntohs(address.sin_port));
    (void)fflush(stdout);
    return listener;
}

static int run_server(const struct options *options)
{
    struct secure_problem problem;
    struct secure_server_configuration *configuration =
        secure_server_configuration_load(&options->server, &problem);
    if (configuration == NULL) {
        printf("problem %s\n", problem.text);
        return 2;
    }
    int listener = listen_somewhere();
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection >= 0) {
            serve(configuration, connection, options->piece);
            (void)close(connection);
        }
    }
}

/* ---- client ---- */

static int connect_to(const char *text)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *colon = strrchr(text, ':');
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)atoi(colon == NULL ? text : colon + 1));
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("certificate_peer: connect");
        exit(2);
    }
    return connection;
}

static int converse(struct secure_channel *channel, int socket, size_t piece)
{
    static struct line line;
    shake_hands(channel, socket, piece);
    bool opened = secure_channel_state(channel) == SECURE_OPEN;
    report(channel, opened);
    if (!opened) {
        return 1;
    }
    put(channel, socket, "hello\n", 6);
    read_line(channel, socket, piece, &line);
    secure_channel_close(channel);
    (void)send_all(channel, socket);
    return line.length == 5 && memcmp(line.text, "olleh", 5) == 0 ? 0 : 1;
}

static int run_client(const struct options *options)
{
    struct secure_problem problem;
    struct secure_reference reference;
    struct secure_client_configuration *configuration =
        secure_client_configuration_load(&options->client, &problem);
    if (configuration == NULL ||
        (options->name != NULL && !secure_reference_parse(&reference, options->name, &problem))) {
        printf("problem %s\n", problem.text);
        secure_client_configuration_release(configuration);
        return 2;
    }
    struct secure_channel *channel = secure_channel_new_client(
        configuration, options->name != NULL ? &reference : NULL, options->time);
    secure_client_configuration_release(configuration);
    if (channel == NULL) {
        printf("problem no channel\n");
        return 2;
    }
    int connection = connect_to(options->connect);
    set_patience(connection);
    int status = converse(channel, connection, options->piece);
    secure_channel_free(channel);
    (void)close(connection);
    return status;
}

/* ---- command line ---- */

static bool take_option(struct options *options, int option)
{
    switch (option) {
    case 'c':
        options->server.certificate_file = optarg;
        return true;
    case 'k':
        options->server.private_key_file = optarg;
        return true;
    case 'f':
        options->server.key_file = optarg;
        options->client.key_file = optarg;
        return true;
    case 'i':
        options->client.identity = optarg;
        return true;
    case 'a':
        options->client.trust_anchors_file = optarg;
        return true;
    case 'n':
        options->name = optarg;
        return true;
    case 'o':
        options->connect = optarg;
        return true;
    case 'r':
        options->server.rsa_aes128_cbc_sha = true;
        options->client.rsa_aes128_cbc_sha = true;
        return true;
    case 't':
        options->time = strtoull(optarg, NULL, 10);
        return true;
    case 'p':
        options->piece = strtoull(optarg, NULL, 10);
        return true;
    default:
        return false;
    }
}

int main(int argc, char **argv)
{
    static const struct option known[] = {
        {"certificate", required_argument, NULL, 'c'},
        {"key", required_argument, NULL, 'k'},
        {"key-file", required_argument, NULL, 'f'},
        {"identity", required_argument, NULL, 'i'},
        {"anchors", required_argument, NULL, 'a'},
        {"name", required_argument, NULL, 'n'},
        {"connect", required_argument, NULL, 'o'},
        {"rsa-cbc", no_argument, NULL, 'r'},
        {"time", required_argument, NULL, 't'},
        {"piece", required_argument, NULL, 'p'},
        {NULL, 0, NULL, 0},
    };
    struct options options = {.time = (uint64_t)time(NULL)};
    (void)signal(SIGPIPE, SIG_IGN);
    int option = 0;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (!take_option(&options, option)) {
            return 2;
        }
    }
    const char *role = optind < argc ? argv[optind] : "";
    if (strcmp(role, "server") == 0) {
        return run_server(&options);
    }
    if (strcmp(role, "client") == 0 && options.connect != NULL) {
        return run_client(&options);
    }
    (void)fprintf(stderr, "usage: certificate_peer server|client OPTION...\n");
    return 2;
}
