/* The administrator's side of the daemon's admin socket (admin_socket.h). */
#ifndef POOLPROOF_NET_ADMIN_CLIENT_H
#define POOLPROOF_NET_ADMIN_CLIENT_H

#include <stdbool.h>

#define ADMIN_DEFAULT_SOCKET "/run/poolproof/admin.sock"

/* What the command line asks of the daemon. */
struct admin_question {
    const char *command; /* the command's own name */
    const char *path;    /* of the socket */
    bool json;
};

/* Reads the options of such a command; argv[0] is "poolproof COMMAND". False after it has said what is wrong. */
bool admin_client_parse(struct admin_question *q, int argc, char **argv);

/* Connects, and sends the command. -1 after it has said why not. */
int admin_client_ask(const struct admin_question *q);

#endif
