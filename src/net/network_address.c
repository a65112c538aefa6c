/* Socket addresses: see network_address.h. */
#include "network_address.h"

#include "text_endpoint_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HOST_MAX 256u
#define LISTEN_BACKLOG 1024

/* True when the whole text is an IPv6 address: the one form whose colons begin no port. */
static bool is_bare_ipv6(const char *text)
{
    uint8_t state = text_ipv6_address_start();

    for (const char *at = text; *at != '\0'; at++)
        state = text_ipv6_address_step(state, (uint8_t)*at);
    return text_ipv6_address_final(state);
}

bool network_address_split(const char *text, char *host, size_t room, uint16_t *port)
{
    uint8_t state = text_endpoint_address_start();
    size_t length = 0;
    uint32_t number = 0;

    *port = 0;
    if (is_bare_ipv6(text))
        return snprintf(host, room, "%s", text) < (int)room;
    for (const char *at = text; *at != '\0'; at++) {
        uint8_t action = text_endpoint_address_action(state, (uint8_t)*at);
        state = text_endpoint_address_step(state, (uint8_t)*at);
        bool of_host =
            action != TEXT_ENDPOINT_ADDRESS_NO_ACTION && action != TEXT_ENDPOINT_ADDRESS_PORT_DIGIT;
        if (state == 0 || (of_host && length + 1 >= room))
            return false;
        if (of_host)
            host[length++] = *at;
        else if (action == TEXT_ENDPOINT_ADDRESS_PORT_DIGIT)
            number = 10 * number + (uint32_t)(*at - '0');
    }
    host[length] = '\0';
    *port = (uint16_t)number;
    return text_endpoint_address_final(state);
}

static bool look_up(const char *host, uint16_t port, int flags, struct network_address *out,
                    char problem[NETWORK_PROBLEM_MAX])
{
    char service[8];
    struct addrinfo *found = NULL;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
    const char *name = host;

    if (strcmp(host, "*") == 0) {
        name = NULL;
        hints.ai_family = AF_INET6;
        hints.ai_flags |= AI_PASSIVE;
    }
    snprintf(service, sizeof service, "%u", port);
    int failure = getaddrinfo(name, service, &hints, &found);
    if (failure != 0) {
        snprintf(problem, NETWORK_PROBLEM_MAX, "cannot find the address of \"%.128s\": %s", host,
                 gai_strerror(failure));
        return false;
    }
    memset(out, 0, sizeof *out);
    memcpy(&out->socket, found->ai_addr, found->ai_addrlen);
    out->length = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

static bool parse(const char *text, uint16_t default_port, int flags, struct network_address *out,
                  char problem[NETWORK_PROBLEM_MAX])
{
    char host[HOST_MAX];
    uint16_t port = 0;

    if (!network_address_split(text, host, sizeof host, &port)) {
        snprintf(problem, NETWORK_PROBLEM_MAX,
                 "\"%.128s\" is not HOST:PORT; write 192.0.2.1:3864, [2001:db8::1]:3864 or "
                 "name:3864",
                 text);
        return false;
    }
    if (port == 0)
        port = default_port;
    if (port == 0) {
        snprintf(problem, NETWORK_PROBLEM_MAX, "\"%.128s\" needs a port from 1 to 65535", text);
        return false;
    }
    return look_up(host, port, flags, out, problem);
}

bool network_address_parse(const char *text, uint16_t default_port, struct network_address *out,
                           char problem[NETWORK_PROBLEM_MAX])
{
    return parse(text, default_port, 0, out, problem);
}

bool network_address_parse_numeric(const char *text, uint16_t default_port,
                                   struct network_address *out, char problem[NETWORK_PROBLEM_MAX])
{
    return parse(text, default_port, AI_NUMERICHOST, out, problem);
}

bool network_address_from_ip(const struct ip_address *ip, uint16_t port,
                             struct network_address *out)
{
    memset(out, 0, sizeof *out);
    if (ip->size == 4) {
        struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
        memcpy(&v4.sin_addr, ip->bytes, 4);
        memcpy(&out->socket, &v4, sizeof v4);
        out->length = sizeof v4;
        return true;
    }
    if (ip->size == 16) {
        struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
        memcpy(&v6.sin6_addr, ip->bytes, 16);
        memcpy(&out->socket, &v6, sizeof v6);
        out->length = sizeof v6;
        return true;
    }
    return false;
}

void ip_address_text(const struct ip_address *ip, char text[NETWORK_ADDRESS_TEXT_MAX])
{
    int family = ip->size == 16 ? AF_INET6 : AF_INET;

    if ((ip->size != 4 && ip->size != 16) ||
        inet_ntop(family, ip->bytes, text, NETWORK_ADDRESS_TEXT_MAX) == NULL)
        snprintf(text, NETWORK_ADDRESS_TEXT_MAX, "-");
}

void network_address_text(const struct network_address *address,
                          char text[NETWORK_ADDRESS_TEXT_MAX])
{
    struct ip_address ip = network_address_ip(address);
    char host[NETWORK_ADDRESS_TEXT_MAX];

    ip_address_text(&ip, host);
    snprintf(text, NETWORK_ADDRESS_TEXT_MAX, ip.size == 16 ? "[%.70s]:%u" : "%.70s:%u", host,
             network_address_port(address));
}

struct ip_address network_address_ip(const struct network_address *address)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    struct ip_address ip = {0};

    if (address->socket.ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address->socket;
        ip.size = 4;
        memcpy(ip.bytes, &v4->sin_addr, 4);
    } else if (address->socket.ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->socket;
        const uint8_t *bytes = v6->sin6_addr.s6_addr;
        bool is_v4 = memcmp(bytes, mapped, sizeof mapped) == 0;
        ip.size = is_v4 ? 4 : 16;
        memcpy(ip.bytes, is_v4 ? bytes + 12 : bytes, ip.size);
    }
    return ip;
}

uint16_t network_address_port(const struct network_address *address)
{
    if (address->socket.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address->socket)->sin6_port);
    if (address->socket.ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)&address->socket)->sin_port);
    return 0;
}

bool network_address_equal(const struct network_address *a, const struct network_address *b)
{
    const uint8_t *bytes = (const uint8_t *)&a->socket;

    return a->length == b->length && memcmp(bytes, &b->socket, a->length) == 0;
}

static int fail_listen(int fd, const struct network_address *address,
                       char problem[NETWORK_PROBLEM_MAX])
{
    int error = errno;
    char text[NETWORK_ADDRESS_TEXT_MAX];

    network_address_text(address, text);
    snprintf(problem, NETWORK_PROBLEM_MAX, "cannot listen on %s: %s", text, strerror(error));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* True when the address is "::", which then takes IPv4 as well. */
static bool is_any_v6(const struct network_address *address)
{
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->socket;

    return address->socket.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr);
}

int network_listen(const struct network_address *address, char problem[NETWORK_PROBLEM_MAX])
{
    int on = 1;
    int v6only = is_any_v6(address) ? 0 : 1;
    int fd = socket(address->socket.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return fail_listen(fd, address, problem);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->socket.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only);
    if (bind(fd, (const struct sockaddr *)&address->socket, address->length) != 0 ||
        listen(fd, LISTEN_BACKLOG) != 0)
        return fail_listen(fd, address, problem);
    return fd;
}

int network_connect(const struct network_address *address)
{
    int on = 1;
    int fd = socket(address->socket.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (const struct sockaddr *)&address->socket, address->length) == 0 ||
        errno == EINPROGRESS)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int network_connect_result(int fd)
{
    int error = 0;
    socklen_t size = sizeof error;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        return errno;
    return error;
}

bool network_peer(int fd, struct network_address *out)
{
    memset(out, 0, sizeof *out);
    out->length = sizeof out->socket;
    return getpeername(fd, (struct sockaddr *)&out->socket, &out->length) == 0;
}

bool network_local(int fd, struct network_address *out)
{
    memset(out, 0, sizeof *out);
    out->length = sizeof out->socket;
    return getsockname(fd, (struct sockaddr *)&out->socket, &out->length) == 0;
}
