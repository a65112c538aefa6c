/* Notifies the service manager: see service_manager.h. */
#include "service_manager.h"

#include "clock_source.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int notify_socket = -1;

void service_manager_open(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (path == NULL || (path[0] != '/' && path[0] != '@') ||
        strlen(path) >= sizeof address.sun_path)
        return;
    size_t length = strlen(path);
    memcpy(address.sun_path, path, length);
    if (path[0] == '@')
        address.sun_path[0] = '\0'; /* the abstract name space */
    notify_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (notify_socket < 0)
        return;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    if (connect(notify_socket, (const struct sockaddr *)&address, size) != 0) {
        close(notify_socket);
        notify_socket = -1;
    }
}

static void notify(const char *text)
{
    if (notify_socket >= 0)
        (void)!send(notify_socket, text, strlen(text), MSG_NOSIGNAL);
}

void service_manager_ready(void)
{
    notify("READY=1\nSTATUS=Serving.");
}

void service_manager_reloading(void)
{
    char text[96];

    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
             clock_milliseconds() * 1000u);
    notify(text);
}

void service_manager_stopping(void)
{
    notify("STOPPING=1\nSTATUS=Draining connections.");
}
