/* A channel to a server: what pool elements, pool users and registrars do to reach a registrar. */
#ifndef POOLPROOF_NET_CHANNEL_CONNECT_H
#define POOLPROOF_NET_CHANNEL_CONNECT_H

#include "channel.h"
#include "secure_configuration.h"

/* Whom to connect to, and how. */
struct channel_target {
    const struct network_address *address;
    struct secure_client_configuration *tls;  /* NULL: plain text */
    const struct secure_reference *reference; /* whom the certificate must name; NULL with a key */
};

/* Begins to connect; the channel reports to `callbacks` what comes of it. NULL with errno when it could not even
 * begin; nothing is reported then. */
struct channel *channel_connect(struct ev_loop *loop, const struct channel_target *target,
                                const struct channel_limits *limits,
                                const struct channel_user *callbacks, void *user);

#endif
