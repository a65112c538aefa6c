/* GnuTLS as the peer of the PSK interoperation tests, through its library (its command line client
 * crashes after an ECDHE_PSK handshake).
 *
 *   psk_gnutls client PORT PRIORITY [AUTHORITY]   connects, says `ping pong`, prints what comes back
 *   psk_gnutls server PRIORITY        listens on a free port, prints `port N`, echoes one connection
 *
 * With an authority's file the server, 127.0.0.1, has to show a certificate by it (RSA_PSK).
 * Identity pe-alpha, a key of 32 zero bytes, as psk_peer has them unless told otherwise. */
#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int find(gnutls_session_t session, const char *identity, gnutls_datum_t *key)
{
    (void)session;
    if (strcmp(identity, "pe-alpha") != 0) {
        return -1;
    }
    key->data = gnutls_calloc(1, 32);
    key->size = 32;
    return key->data == NULL ? -1 : 0;
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

static int fail(const char *what, int code)
{
    printf("failed: %s: %s\n", what, gnutls_strerror(code));
    return 1;
}

/* One line there and back. */
static int converse(gnutls_session_t session, int server)
{
    char line[256];
    if (!server && gnutls_record_send(session, "ping pong\n", 10) != 10) {
        return fail("send", GNUTLS_E_PUSH_ERROR);
    }
    ssize_t n = gnutls_record_recv(session, line, sizeof line);
    if (n <= 0) {
        return fail("receive", (int)n);
    }
    if (server) {
        gnutls_record_send(session, line, (size_t)n);
        gnutls_record_recv(session, line, sizeof line); /* the client's close_notify */
    } else {
        printf("heard %.*s", (int)n, line);
    }
    char *description = gnutls_session_get_desc(session);
    printf("agreed %s ems %d secure-renegotiation %d\n", description,
           (gnutls_session_get_flags(session) & GNUTLS_SFLAGS_EXT_MASTER_SECRET) != 0,
           gnutls_safe_renegotiation_status(session) != 0);
    gnutls_free(description);
    gnutls_bye(session, GNUTLS_SHUT_WR);
    return 0;
}

/* Makes a client demand a certificate for 127.0.0.1, by an authority in `file`. */
static gnutls_certificate_credentials_t trust(gnutls_session_t session, const char *file)
{
    static gnutls_typed_vdata_st address = {.type = GNUTLS_DT_IP_ADDRESS, .size = 4};
    static unsigned char loopback_address[] = {127, 0, 0, 1};
    gnutls_certificate_credentials_t credentials;
    address.data = loopback_address;
    gnutls_certificate_allocate_credentials(&credentials);
    gnutls_certificate_set_x509_trust_file(credentials, file, GNUTLS_X509_FMT_PEM);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_session_set_verify_cert2(session, &address, 1, 0);
    return credentials;
}

int main(int argc, char **argv)
{
    int server = argc == 3 && strcmp(argv[1], "server") == 0;
    unsigned char zero[32] = {0};
    gnutls_datum_t key = {zero, sizeof zero};
    gnutls_session_t session;
    gnutls_psk_client_credentials_t client_credentials;
    gnutls_psk_server_credentials_t server_credentials;
    gnutls_certificate_credentials_t anchors = NULL;
    if (!server && argc != 4 && argc != 5) {
        fprintf(stderr, "usage: psk_gnutls client PORT PRIORITY [AUTHORITY] | "
                        "psk_gnutls server PRIORITY\n");
        return 2;
    }
    int fd = open_socket(server, server ? 0 : (unsigned)strtoul(argv[2], NULL, 10));
    gnutls_psk_allocate_client_credentials(&client_credentials);
    gnutls_psk_set_client_credentials(client_credentials, "pe-alpha", &key, GNUTLS_PSK_KEY_RAW);
    gnutls_psk_allocate_server_credentials(&server_credentials);
    gnutls_psk_set_server_credentials_function(server_credentials, find);
    gnutls_init(&session, server ? GNUTLS_SERVER : GNUTLS_CLIENT);
    gnutls_credentials_set(session, GNUTLS_CRD_PSK,
                           server ? (void *)server_credentials : (void *)client_credentials);
    if (argc == 5) {
        anchors = trust(session, argv[4]);
    }
    int code = gnutls_priority_set_direct(session, argv[server ? 2 : 3], NULL);
    if (code != GNUTLS_E_SUCCESS || fd < 0) {
        return fail("start", code);
    }
    gnutls_transport_set_int(session, fd);
    do {
        code = gnutls_handshake(session);
    } while (code < 0 && gnutls_error_is_fatal(code) == 0);
    code = code < 0 ? fail("handshake", code) : converse(session, server);
    gnutls_deinit(session);
    gnutls_psk_free_client_credentials(client_credentials);
    gnutls_psk_free_server_credentials(server_credentials);
    if (anchors != NULL) {
        gnutls_certificate_free_credentials(anchors);
    }
    close(fd);
    return code;
}
