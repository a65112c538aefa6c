/* The UDP socket of a multicast group: see multicast_socket.h. */
#include "multicast_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool set(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

static bool join_v4(int fd, const struct network_address *group, uint32_t interface, int ttl)
{
    struct ip_mreqn member = {.imr_ifindex = (int)interface};
    struct ip_address ip = network_address_ip(group);

    memcpy(&member.imr_multiaddr, ip.bytes, sizeof member.imr_multiaddr);
    /* Only what comes to this group by this interface, whatever others on this machine have joined. */
    return set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0) && set(fd, IPPROTO_IP, IP_MULTICAST_TTL, ttl) &&
           set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 1) &&
           setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &member, sizeof member) == 0 &&
           setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &member, sizeof member) == 0;
}

static bool join_v6(int fd, const struct network_address *group, uint32_t interface, int hops)
{
    struct ipv6_mreq member = {.ipv6mr_interface = interface};
    struct ip_address ip = network_address_ip(group);

    memcpy(&member.ipv6mr_multiaddr, ip.bytes, sizeof member.ipv6mr_multiaddr);
    return set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) && set(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0) &&
           set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, hops) &&
           set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1) &&
           set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)interface) &&
           setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &member, sizeof member) == 0;
}

static bool join(int fd, const struct network_address *group, uint32_t interface, uint32_t ttl)
{
    bool v6 = group->socket.ss_family == AF_INET6;

    /* Several registrars of one machine may be members. */
    return set(fd, SOL_SOCKET, SO_REUSEADDR, 1) &&
           (v6 ? join_v6(fd, group, interface, (int)ttl)
               : join_v4(fd, group, interface, (int)ttl)) &&
           bind(fd, (const struct sockaddr *)&group->socket, group->length) == 0;
}

int multicast_open(const struct network_address *group, uint32_t interface, uint32_t ttl,
                   char problem[NETWORK_PROBLEM_MAX])
{
    char text[NETWORK_ADDRESS_TEXT_MAX];
    int fd = socket(group->socket.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd >= 0 && join(fd, group, interface, ttl))
        return fd;
    int error = errno;
    if (fd >= 0)
        close(fd);
    network_address_text(group, text);
    snprintf(problem, NETWORK_PROBLEM_MAX, "cannot join the multicast group %s: %s", text,
             strerror(error));
    return -1;
}
