/* Socket addresses: from text, to text, to the core's form, and the two ways to use one.
 *
 * Text is "HOST:PORT" with an IPv4 address, a bracketed IPv6 address, a name, or "*" for every
 * address of this machine (listening only). Names are looked up once, when a program starts or
 * reloads; nothing here runs while connections are served except formatting.
 */
#ifndef POOLPROOF_NET_NETWORK_ADDRESS_H
#define POOLPROOF_NET_NETWORK_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "address.h"

/* Enough for "[address]:port" with a scope, and the closing zero. */
#define NETWORK_ADDRESS_TEXT_MAX 96u
/* Enough for any problem text of this file. */
#define NETWORK_PROBLEM_MAX 256u

struct network_address {
    struct sockaddr_storage socket;
    socklen_t length; /* bytes of `socket` in use */
};

/* Reads `text`; without ":PORT" the port is `default_port` (0: a port is required). False with a
 * sentence in `problem` that says what is wrong and how it should look. */
bool network_address_parse(const char *text, uint16_t default_port, struct network_address *out,
                           char problem[NETWORK_PROBLEM_MAX]);

/* The same without looking up names: for addresses of this machine, which must not depend on a name service. */
bool network_address_parse_numeric(const char *text, uint16_t default_port,
                                   struct network_address *out, char problem[NETWORK_PROBLEM_MAX]);

/* Splits "HOST:PORT" into host (at most `room` bytes with the zero) and port (0 when absent). */
bool network_address_split(const char *text, char *host, size_t room, uint16_t *port);

/* The address an element of a pool announced, as a socket address. */
bool network_address_from_ip(const struct ip_address *ip, uint16_t port,
                             struct network_address *out);

/* "192.0.2.1:80" or "[2001:db8::1]:80". */
void network_address_text(const struct network_address *address,
                          char text[NETWORK_ADDRESS_TEXT_MAX]);
void ip_address_text(const struct ip_address *ip, char text[NETWORK_ADDRESS_TEXT_MAX]);

/* The address without port; an IPv4-mapped IPv6 address becomes the IPv4 address it stands for, so
 * that one peer has one address however it came. */
struct ip_address network_address_ip(const struct network_address *address);
/* The port, in host order. */
uint16_t network_address_port(const struct network_address *address);

bool network_address_equal(const struct network_address *a, const struct network_address *b);

/* A listening, non-blocking, close-on-exec socket, or -1 with a sentence in `problem`. */
int network_listen(const struct network_address *address, char problem[NETWORK_PROBLEM_MAX]);

/* A non-blocking, close-on-exec socket whose connection is under way (or done); -1 with errno. */
int network_connect(const struct network_address *address);

/* After a connecting socket became writable: 0 when connected, else the errno of the failure. */
int network_connect_result(int fd);

/* The address at the other end of a connected socket. */
bool network_peer(int fd, struct network_address *out);
/* The local address of a socket. */
bool network_local(int fd, struct network_address *out);

#endif
