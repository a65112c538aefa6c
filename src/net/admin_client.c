/* The administrator's side of the admin socket: see admin_client.h. */
#include "admin_client.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

bool admin_client_parse(struct admin_question *q, int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            {"socket", required_argument, NULL, 's'},
                                            {NULL, 0, NULL, 0}};
    int option;

    q->command = strrchr(argv[0], ' ') + 1; /* "poolproof status" */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'j')
            q->json = true;
        else if (option == 's')
            q->path = optarg;
        else
            return false;
    }
    if (optind == argc)
        return true;
    fprintf(stderr, "poolproof: %s takes no argument\n", q->command);
    return false;
}

static int open_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = -1;

    errno = ENAMETOOLONG;
    if (strlen(path) < sizeof address.sun_path) {
        memcpy(address.sun_path, path, strlen(path));
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    }
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    fprintf(stderr,
            "poolproof: cannot reach the daemon at %s: %s; is it running, and is --socket its "
            "admin_socket?\n",
            path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

int admin_client_ask(const struct admin_question *q)
{
    char line[64];
    int fd = open_socket(q->path);
    int length = snprintf(line, sizeof line, "%s\n", q->command);

    if (fd < 0 || write(fd, line, (size_t)length) == length)
        return fd;
    fprintf(stderr, "poolproof: the daemon does not listen: %s\n", strerror(errno));
    close(fd);
    return -1;
}
