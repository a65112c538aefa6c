/* wolfSSL as the peer of the PSK interoperation tests: the only library of the distribution beside
 * ours that has TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256 (0xD001, RFC 8442).
 *
 *   psk_wolfssl client PORT SUITE   connects, says `ping pong`, prints what comes back
 *   psk_wolfssl server SUITE        listens on a free port, prints `port N`, echoes one connection
 *
 * SUITE is wolfSSL's name of a suite. Identity pe-alpha, a key of 32 zero bytes. */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define KEY_LENGTH 32u

static unsigned int client_key(WOLFSSL *ssl, const char *hint, char *identity,
                               unsigned int identity_max, unsigned char *key, unsigned int key_max)
{
    (void)ssl;
    (void)hint;
    snprintf(identity, identity_max, "pe-alpha");
    memset(key, 0, key_max < KEY_LENGTH ? key_max : KEY_LENGTH);
    return KEY_LENGTH;
}

static unsigned int server_key(WOLFSSL *ssl, const char *identity, unsigned char *key,
                               unsigned int key_max)
{
    (void)ssl;
    memset(key, 0, key_max < KEY_LENGTH ? key_max : KEY_LENGTH);
    return strcmp(identity, "pe-alpha") == 0 ? KEY_LENGTH : 0;
}

static struct sockaddr_in loopback(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int open_socket(int server, unsigned port)
{
    struct sockaddr_in address = loopback(port);
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (!server) {
        return connect(fd, (struct sockaddr *)&address, size) == 0 ? fd : -1;
    }
    if (bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 1) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        return -1;
    }
    printf("port %u\n", ntohs(address.sin_port));
    fflush(stdout);
    return accept(fd, NULL, NULL);
}

static int fail(WOLFSSL *ssl, const char *what)
{
    printf("failed: %s: wolfSSL error %d\n", what, wolfSSL_get_error(ssl, -1));
    return 1;
}

/* One line there and back. */
static int converse(WOLFSSL *ssl, int server)
{
    char line[256];
    if (!server && wolfSSL_write(ssl, "ping pong\n", 10) != 10) {
        return fail(ssl, "send");
    }
    int n = wolfSSL_read(ssl, line, sizeof line);
    if (n <= 0) {
        return fail(ssl, "receive");
    }
    if (server) {
        wolfSSL_write(ssl, line, n);
        wolfSSL_read(ssl, line, sizeof line); /* the client's close_notify */
    } else {
        printf("heard %.*s", n, line);
    }
    printf("agreed %s\n", wolfSSL_get_cipher_name(ssl));
    wolfSSL_shutdown(ssl);
    return 0;
}

int main(int argc, char **argv)
{
    int server = argc == 3 && strcmp(argv[1], "server") == 0;
    if (!server && argc != 4) {
        fprintf(stderr, "usage: psk_wolfssl client PORT SUITE | psk_wolfssl server SUITE\n");
        return 2;
    }
    wolfSSL_Init();
    WOLFSSL_CTX *context =
        wolfSSL_CTX_new(server ? wolfTLSv1_2_server_method() : wolfTLSv1_2_client_method());
    wolfSSL_CTX_set_psk_client_callback(context, client_key);
    wolfSSL_CTX_set_psk_server_callback(context, server_key);
    if (wolfSSL_CTX_set_cipher_list(context, argv[argc - 1]) != WOLFSSL_SUCCESS) {
        printf("failed: wolfSSL does not know %s\n", argv[argc - 1]);
        return 1;
    }
    int fd = open_socket(server, server ? 0 : (unsigned)strtoul(argv[2], NULL, 10));
    WOLFSSL *ssl = wolfSSL_new(context);
    if (fd < 0 || ssl == NULL || wolfSSL_set_fd(ssl, fd) != WOLFSSL_SUCCESS) {
        printf("failed: start\n");
        return 1;
    }
    int done = server ? wolfSSL_accept(ssl) : wolfSSL_connect(ssl);
    int code = done == WOLFSSL_SUCCESS ? converse(ssl, server) : fail(ssl, "handshake");
    wolfSSL_free(ssl);
    wolfSSL_CTX_free(context);
    wolfSSL_Cleanup();
    close(fd);
    return code;
}
