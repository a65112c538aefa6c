/* The administrator's UNIX socket: see admin_socket.h. */
#include "admin_socket.h"

#include "admin_report.h"
#include "byte_queue.h"
#include "log.h"
#include "membership_watch.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define VISITS_MAX 16u
#define WATCHERS_MAX 8u /* they stay, and others are to find a place */
#define COMMAND_MAX 64u
#define PATIENCE_SECONDS 10.0
#define OUTPUT_MAX 1048576u
#define WATCH_OUTPUT_MAX 262144u
#define SLICE_BELOW 65536u    /* the next slice is made when less than this waits */
#define SLICES_PER_WAKEUP 16u /* and others come in between, however little a slice has to say */

/* One administrator's connection. */
struct visit {
    struct admin_socket *admin;
    int fd; /* -1: the place is free */
    struct ev_io watcher_io;
    struct ev_timer patience;
    struct ucred peer;
    char command[COMMAND_MAX];
    size_t command_length;
    struct admin_report *report; /* NULL: still reading the command, or all slices made */
    struct watcher *watcher;     /* "watch": it goes on until the reader leaves */
    struct byte_queue output;
};

struct admin_socket {
    struct ev_loop *loop;
    const struct registrar_server *server;
    struct membership_watch *watch;
    uint32_t watchers;
    struct ev_io listener;
    char path[CONFIGURATION_PATH_MAX];
    uint32_t admin_count;
    uint32_t admin_uid[CONFIGURATION_ADMINS_MAX];
    struct visit visit[VISITS_MAX];
};

static void end_visit(struct visit *v)
{
    ev_io_stop(v->admin->loop, &v->watcher_io);
    ev_timer_stop(v->admin->loop, &v->patience);
    admin_report_free(v->report);
    if (v->watcher != NULL)
        v->admin->watchers--;
    watcher_free(v->watcher);
    byte_queue_release(&v->output);
    close(v->fd);
    v->report = NULL;
    v->watcher = NULL;
    v->fd = -1;
}

static bool may_ask(const struct visit *v)
{
    const struct admin_socket *admin = v->admin;

    if (v->peer.uid == 0 || v->peer.uid == geteuid())
        return true;
    for (uint32_t i = 0; i < admin->admin_count; i++)
        if (admin->admin_uid[i] == v->peer.uid)
            return true;
    return false;
}

static void audit(const struct visit *v, const char *result)
{
    log_audit("admin-command",
              json_pack("{s:o,s:s,s:I,s:I}", "command",
                        json_bytes((const uint8_t *)v->command, strlen(v->command)), "result",
                        result, "uid", (json_int_t)v->peer.uid, "pid", (json_int_t)v->peer.pid));
}

static void answer_error(struct visit *v, const char *text)
{
    char line[256];
    int n = snprintf(line, sizeof line, "{\"error\":\"%s\"}\n", text);

    byte_queue_append(&v->output, (const uint8_t *)line, (size_t)n);
}

/* ---- watching ---- */

static void watch_for(struct visit *v, int events)
{
    if (ev_is_active(&v->watcher_io) && v->watcher_io.events == events)
        return;
    ev_io_stop(v->admin->loop, &v->watcher_io);
    ev_io_set(&v->watcher_io, v->fd, events);
    ev_io_start(v->admin->loop, &v->watcher_io);
}

/* There are lines to be written. */
static void on_news(void *user)
{
    watch_for(user, EV_READ | EV_WRITE);
}

static bool begin_watching(struct visit *v)
{
    struct admin_socket *admin = v->admin;

    if (admin->watchers < WATCHERS_MAX)
        v->watcher = watcher_new(admin->watch, &v->output, on_news, v);
    if (v->watcher == NULL)
        return false;
    admin->watchers++;
    v->output.limit = WATCH_OUTPUT_MAX;
    ev_timer_stop(admin->loop, &v->patience);
    return true;
}

/* A watcher says nothing more: what comes from it is its end. */
static bool has_left(const struct visit *v)
{
    char byte;
    ssize_t n = read(v->fd, &byte, 1);

    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static void on_watch(struct visit *v, int events)
{
    size_t n = 0;

    if ((events & EV_READ) != 0 && has_left(v)) {
        end_visit(v);
        return;
    }
    if (byte_queue_length(&v->output) < SLICE_BELOW)
        watcher_continue(v->watcher);
    const uint8_t *bytes = byte_queue_peek(&v->output, &n);
    ssize_t written = n > 0 ? send(v->fd, bytes, n, MSG_NOSIGNAL) : 0;
    if (written < 0 && errno != EAGAIN && errno != EINTR) {
        end_visit(v);
        return;
    }
    byte_queue_consume(&v->output, written > 0 ? (size_t)written : 0);
    bool more = byte_queue_length(&v->output) > 0 || watcher_waits(v->watcher);
    watch_for(v, more ? EV_READ | EV_WRITE : EV_READ);
}

/* ---- commands ---- */

static void obey(struct visit *v)
{
    if (!may_ask(v)) {
        audit(v, "refused");
        answer_error(v, "you may not ask; the daemon's admin_users names who may");
        return;
    }
    if (strcmp(v->command, "watch") == 0) {
        bool good = begin_watching(v);
        audit(v, good ? "answered" : "full");
        if (!good)
            answer_error(v, "too many watch already; end one of them");
        return;
    }
    v->report = admin_report_new(v->command, v->admin->server);
    audit(v, v->report != NULL ? "answered" : "unknown");
    if (v->report == NULL)
        answer_error(v, "unknown command; ask for status, pools, elements, peers or watch");
}

/* Writes what waits and makes the next slices; ends the visit when all is said. */
static void on_writable(struct visit *v)
{
    size_t n = 0;

    for (unsigned i = 0;
         i < SLICES_PER_WAKEUP && v->report != NULL && byte_queue_length(&v->output) < SLICE_BELOW;
         i++) {
        if (!admin_report_continue(v->report, &v->output)) {
            admin_report_free(v->report);
            v->report = NULL;
        }
    }
    const uint8_t *bytes = byte_queue_peek(&v->output, &n);
    ssize_t written = n > 0 ? send(v->fd, bytes, n, MSG_NOSIGNAL) : 0;
    if (written > 0) {
        byte_queue_consume(&v->output, (size_t)written);
        ev_timer_again(v->admin->loop, &v->patience);
    }
    bool failed = written < 0 && errno != EAGAIN && errno != EINTR;
    if (failed || (v->report == NULL && byte_queue_length(&v->output) == 0))
        end_visit(v);
}

static void start_answer(struct visit *v)
{
    obey(v);
    watch_for(v, v->watcher != NULL ? EV_READ | EV_WRITE : EV_WRITE);
}

static void on_readable(struct visit *v)
{
    size_t room = COMMAND_MAX - 1 - v->command_length;
    ssize_t n = read(v->fd, v->command + v->command_length, room);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        end_visit(v);
        return;
    }
    v->command_length += (size_t)n;
    v->command[v->command_length] = '\0';
    char *end = strchr(v->command, '\n');
    if (end == NULL && v->command_length < COMMAND_MAX - 1)
        return;
    if (end != NULL)
        *end = '\0';
    start_answer(v);
}

static void on_visit(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    struct visit *v = watcher->data;
    (void)loop;

    if (v->watcher != NULL)
        on_watch(v, events);
    else if ((events & EV_WRITE) != 0)
        on_writable(v);
    else
        on_readable(v);
}

static void on_patience(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    end_visit(timer->data);
}

static struct visit *free_visit(struct admin_socket *admin)
{
    for (size_t i = 0; i < VISITS_MAX; i++)
        if (admin->visit[i].fd < 0)
            return &admin->visit[i];
    return NULL;
}

static void begin_visit(struct admin_socket *admin, int fd)
{
    struct visit *v = free_visit(admin);
    socklen_t size = sizeof v->peer;

    if (v == NULL) {
        close(fd);
        return;
    }
    memset(v, 0, sizeof *v);
    v->admin = admin;
    v->fd = fd;
    v->output.limit = OUTPUT_MAX;
    ev_io_init(&v->watcher_io, on_visit, fd, EV_READ);
    ev_timer_init(&v->patience, on_patience, PATIENCE_SECONDS, PATIENCE_SECONDS);
    v->watcher_io.data = v->patience.data = v;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &v->peer, &size) != 0) {
        end_visit(v);
        return;
    }
    ev_io_start(admin->loop, &v->watcher_io);
    ev_timer_start(admin->loop, &v->patience);
}

static void on_knock(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    int fd = accept4(watcher->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    (void)loop;
    (void)events;

    if (fd >= 0)
        begin_visit(watcher->data, fd);
}

/* ---- the socket's file ---- */

/* True when somebody answers at the address: another daemon is running. */
static bool in_use(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answered = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;

    if (fd >= 0)
        close(fd);
    return answered;
}

static bool give_to_user(const struct configuration *c)
{
    const struct passwd *account = c->user[0] != '\0' ? getpwnam(c->user) : NULL;

    if (chmod(c->admin_socket, c->admin_count > 0 ? 0666 : 0600) != 0)
        return false;
    return account == NULL || account->pw_uid == geteuid() ||
           chown(c->admin_socket, account->pw_uid, account->pw_gid) == 0;
}

static int bind_socket(const struct configuration *c, const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    mode_t mask = umask(0177);

    if (fd >= 0 && (bind(fd, (const struct sockaddr *)address, sizeof *address) != 0 ||
                    listen(fd, (int)VISITS_MAX) != 0 || !give_to_user(c))) {
        int error = errno;
        close(fd);
        errno = error;
        fd = -1;
    }
    umask(mask);
    return fd;
}

bool admin_socket_path_fits(const struct configuration *c, char problem[CONFIGURATION_PROBLEM_MAX])
{
    const size_t most = sizeof((struct sockaddr_un *)NULL)->sun_path - 1;
    char place[CONFIGURATION_PATH_MAX + 32];

    if (strlen(c->admin_socket) <= most)
        return true;
    configuration_place("admin_socket", place);
    snprintf(problem, CONFIGURATION_PROBLEM_MAX,
             "%sadmin_socket is longer than %zu characters; use a shorter path", place, most);
    return false;
}

static int open_socket(const struct configuration *c, char problem[CONFIGURATION_PROBLEM_MAX])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char place[CONFIGURATION_PATH_MAX + 32];

    if (!admin_socket_path_fits(c, problem))
        return -1;
    configuration_place("admin_socket", place);
    memcpy(address.sun_path, c->admin_socket, strlen(c->admin_socket));
    if (in_use(&address)) {
        snprintf(problem, CONFIGURATION_PROBLEM_MAX,
                 "%sadmin_socket: another poolproofd answers at %s; stop it first", place,
                 c->admin_socket);
        return -1;
    }
    unlink(c->admin_socket); /* left behind by one that was killed */
    int fd = bind_socket(c, &address);
    if (fd < 0)
        snprintf(problem, CONFIGURATION_PROBLEM_MAX,
                 "%sadmin_socket: cannot create %s: %s; create its directory, or choose another "
                 "path",
                 place, c->admin_socket, strerror(errno));
    return fd;
}

/* ---- the interface ---- */

void admin_socket_reload(struct admin_socket *admin, const struct configuration *c)
{
    admin->admin_count = c->admin_count;
    memcpy(admin->admin_uid, c->admin_uid, sizeof admin->admin_uid);
}

struct admin_socket *admin_socket_new(struct ev_loop *loop, const struct configuration *c,
                                      const struct registrar_server *server,
                                      char problem[CONFIGURATION_PROBLEM_MAX])
{
    struct admin_socket *admin = calloc(1, sizeof *admin);
    struct membership_watch *watch = membership_watch_new(loop, server);
    int fd = admin != NULL && watch != NULL ? open_socket(c, problem) : -1;

    if (fd < 0) {
        membership_watch_free(watch);
        free(admin);
        return NULL;
    }
    admin->watch = watch;
    admin->loop = loop;
    admin->server = server;
    memcpy(admin->path, c->admin_socket, sizeof admin->path);
    admin_socket_reload(admin, c);
    for (size_t i = 0; i < VISITS_MAX; i++)
        admin->visit[i].fd = -1;
    ev_io_init(&admin->listener, on_knock, fd, EV_READ);
    admin->listener.data = admin;
    ev_io_start(loop, &admin->listener);
    return admin;
}

void admin_socket_free(struct admin_socket *admin)
{
    if (admin == NULL)
        return;
    for (size_t i = 0; i < VISITS_MAX; i++)
        if (admin->visit[i].fd >= 0)
            end_visit(&admin->visit[i]);
    membership_watch_free(admin->watch);
    ev_io_stop(admin->loop, &admin->listener);
    close(admin->listener.fd);
    unlink(admin->path);
    free(admin);
}
