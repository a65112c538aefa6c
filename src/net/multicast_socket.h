/* The UDP socket of a multicast group: what is sent to it every member of the group gets, on this machine, too. */
#ifndef POOLPROOF_NET_MULTICAST_SOCKET_H
#define POOLPROOF_NET_MULTICAST_SOCKET_H

#include "network_address.h"

/* A member of `group` on an interface (its index; 0: the system chooses), whose datagrams pass ttl - 1 routers at most.
 * Non-blocking, close-on-exec; -1 with a sentence in `problem`. */
int multicast_open(const struct network_address *group, uint32_t interface, uint32_t ttl,
                   char problem[NETWORK_PROBLEM_MAX]);

#endif
