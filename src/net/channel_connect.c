/* A channel to a server: see channel_connect.h. */
#include "channel_connect.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

struct channel *channel_connect(struct ev_loop *loop, const struct channel_target *target,
                                const struct channel_limits *limits,
                                const struct channel_user *callbacks, void *user)
{
    struct secure_channel *secure = NULL;
    int fd = network_connect(target->address);

    if (fd < 0)
        return NULL;
    if (target->tls != NULL) {
        secure = secure_channel_new_client(target->tls, target->reference, (uint64_t)time(NULL));
        if (secure == NULL) {
            close(fd);
            errno = ENOMEM; /* or no entropy */
            return NULL;
        }
    }
    struct channel *channel = channel_new(loop, fd, true, secure, limits, callbacks, user);
    if (channel == NULL)
        errno = ENOMEM;
    return channel;
}
