/* Changes of membership: see membership_watch.h. */
#include "membership_watch.h"

#include "admin_report.h"
#include "enrp_names.h"
#include "handlespace.h"
#include "log.h"
#include "zero_pages.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUND_SECONDS 0.05 /* between two rounds of comparing */
#define SLICE_SECONDS 0.005
#define PLACES_PER_SLICE 4096u
#define CHANGES_PER_SLICE 256u /* so that a watcher that reads can keep up */
#define SNAPSHOT_SLICE 256u

/* An element as it was told last. */
struct told_element {
    uint32_t handle_length; /* 0: there was none */
    uint32_t pe_identifier;
    uint32_t home;
    uint8_t handle[POOL_HANDLE_MAX];
};

struct told_peer {
    uint32_t server_identifier;
    uint8_t state;
};

struct watcher {
    struct membership_watch *watch;
    struct watcher *next;
    struct byte_queue *out;
    void (*wake)(void *user);
    void *user;
    bool snapshot;   /* one is under way */
    bool begun;      /* its first line was written */
    uint32_t cursor; /* the next place of it */
    uint64_t missed;
};

struct membership_watch {
    struct ev_loop *loop;
    const struct registrar_server *server;
    struct watcher *watchers;
    struct ev_timer timer;
    struct told_element
        *element; /* HANDLESPACE_ELEMENTS_MAX of them; NULL: nobody has watched yet */
    struct told_peer peer[ENRP_PEERS_MAX];
    uint32_t told_end; /* places from here on were never told of */
    uint32_t next;     /* the next place to compare */
    uint64_t steps;    /* of the core, when the round began */
    bool between;      /* two rounds */
};

/* ---- lines ---- */

static json_t *line_of(const char *event)
{
    return json_pack("{s:s}", "event", event);
}

static void set_hex(json_t *line, const char *key, uint32_t value)
{
    char text[16];

    snprintf(text, sizeof text, "0x%08x", value);
    json_object_set_new(line, key, json_string(text));
}

/* An element that is there now, with all that is known of it. */
static json_t *live_element(const struct membership_watch *w, const char *event, uint32_t index)
{
    json_t *line = line_of(event);
    json_t *element = admin_report_element(w->server, index);

    json_object_update(line, element);
    json_decref(element);
    return line;
}

static json_t *gone_element(const struct told_element *told)
{
    json_t *line = line_of("removed");

    json_object_set_new(line, "pool", json_bytes(told->handle, told->handle_length));
    set_hex(line, "pe", told->pe_identifier);
    set_hex(line, "home", told->home);
    return line;
}

static json_t *peer_line(const struct told_peer *told)
{
    json_t *line = line_of("peer");

    set_hex(line, "server", told->server_identifier);
    json_object_set_new(line, "state", json_string(enrp_peer_state_name(told->state)));
    return line;
}

/* Whole or not at all. */
static bool put(struct watcher *watcher, const json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT | JSON_PRESERVE_ORDER);
    size_t length = text != NULL ? strlen(text) : 0;
    bool good = false;

    if (text != NULL) {
        text[length] = '\n'; /* in the place of the closing zero */
        good = byte_queue_append(watcher->out, (const uint8_t *)text, length + 1);
    }
    free(text);
    if (good)
        watcher->wake(watcher->user);
    return good;
}

static void tell(struct watcher *watcher, const json_t *line)
{
    if (watcher->missed > 0 || !put(watcher, line))
        watcher->missed++;
}

/* Tells all; but whose snapshot has still to come to this place will see it there. */
static void tell_all(struct membership_watch *w, uint32_t place, json_t *line)
{
    for (struct watcher *watcher = w->watchers; watcher != NULL; watcher = watcher->next)
        if (!watcher->snapshot || place < watcher->cursor)
            tell(watcher, line);
    json_decref(line);
}

/* ---- comparing ---- */

static bool same_element(const struct told_element *told, const struct handlespace *h,
                         uint32_t index)
{
    const struct handlespace_pool *pool = &h->pool[h->element[index].pool];

    return told->handle_length == pool->handle_length &&
           told->pe_identifier == h->element[index].pe_identifier &&
           memcmp(told->handle, pool->handle, pool->handle_length) == 0;
}

static void remember(struct told_element *told, const struct handlespace *h, uint32_t index)
{
    const struct handlespace_pool *pool = &h->pool[h->element[index].pool];

    told->handle_length = pool->handle_length;
    told->pe_identifier = h->element[index].pe_identifier;
    told->home = h->element[index].home;
    memcpy(told->handle, pool->handle, pool->handle_length);
}

static void tell_moved(struct membership_watch *w, uint32_t index, uint32_t from)
{
    json_t *line = live_element(w, "moved", index);

    set_hex(line, "from", from);
    tell_all(w, index, line);
}

/* True when there was a change. */
static bool compare_element(struct membership_watch *w, const struct handlespace *h, uint32_t index)
{
    struct told_element *told = &w->element[index];
    bool used = index < h->element_used && handlespace_element_in_use(h, index);
    bool same = used && told->handle_length > 0 && same_element(told, h, index);

    if (same ? told->home == h->element[index].home : !used && told->handle_length == 0)
        return false;
    if (same)
        tell_moved(w, index, told->home);
    else if (told->handle_length > 0)
        tell_all(w, index, gone_element(told));
    if (used && !same)
        tell_all(w, index, live_element(w, "added", index));
    told->handle_length = 0;
    if (used)
        remember(told, h, index);
    if (used && index >= w->told_end)
        w->told_end = index + 1;
    return true;
}

static void tell_peer(struct membership_watch *w, const struct told_peer *peer)
{
    json_t *line = peer_line(peer);

    for (struct watcher *watcher = w->watchers; watcher != NULL; watcher = watcher->next)
        if (!watcher->snapshot || watcher->begun)
            tell(watcher, line);
    json_decref(line);
}

static void compare_peers(struct membership_watch *w)
{
    const struct enrp_peers *peers = &registrar_server_group(w->server)->peers;

    for (uint32_t p = 0; p < ENRP_PEERS_MAX; p++) {
        struct told_peer now = {peers->peer[p].server_identifier, peers->peer[p].state};
        struct told_peer before = w->peer[p];
        struct told_peer left = {before.server_identifier, ENRP_PEER_FREE};
        if (registrar_server_place_empty(w->server, p))
            now.state = ENRP_PEER_FREE;
        bool same = before.server_identifier == now.server_identifier;
        w->peer[p] = now;
        if (before.state != ENRP_PEER_FREE && (!same || now.state == ENRP_PEER_FREE))
            tell_peer(w, &left);
        if (now.state != ENRP_PEER_FREE && (!same || before.state != now.state))
            tell_peer(w, &now);
    }
}

static uint32_t compare_end(const struct membership_watch *w)
{
    uint32_t used = registrar_server_registrar(w->server)->handlespace.element_used;

    return used > w->told_end ? used : w->told_end;
}

static void compare_slice(struct membership_watch *w)
{
    const struct handlespace *h = &registrar_server_registrar(w->server)->handlespace;
    uint32_t end = compare_end(w);
    uint32_t changes = 0;

    if (w->next == 0)
        compare_peers(w);
    for (uint32_t i = 0; i < PLACES_PER_SLICE && changes < CHANGES_PER_SLICE && w->next < end;
         i++, w->next++)
        changes += compare_element(w, h, w->next) ? 1u : 0u;
}

static void set_timer(struct membership_watch *w, double seconds)
{
    ev_timer_stop(w->loop, &w->timer);
    ev_timer_set(&w->timer, seconds, 0.0);
    ev_timer_start(w->loop, &w->timer);
}

static void on_timer(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct membership_watch *w = timer->data;
    uint64_t steps = registrar_server_steps(w->server);
    (void)loop;
    (void)events;

    if (w->between && w->steps == steps) {
        set_timer(w, ROUND_SECONDS); /* nothing has happened */
        return;
    }
    if (w->between) {
        w->steps = steps;
        w->next = 0;
    }
    compare_slice(w);
    w->between = w->next >= compare_end(w);
    set_timer(w, w->between ? ROUND_SECONDS : SLICE_SECONDS);
}

/* ---- snapshots ---- */

static void begin_snapshot(struct watcher *watcher)
{
    watcher->snapshot = true;
    watcher->begun = false;
    watcher->cursor = 0;
}

/* False when the queue is full: it is begun later. */
static bool put_beginning(struct watcher *watcher)
{
    const struct membership_watch *w = watcher->watch;
    json_t *line = line_of("snapshot");

    set_hex(line, "server_identifier", registrar_server_group(w->server)->own_server);
    bool good = put(watcher, line);
    json_decref(line);
    for (uint32_t p = 0; good && p < ENRP_PEERS_MAX; p++) {
        if (w->peer[p].state == ENRP_PEER_FREE)
            continue;
        line = peer_line(&w->peer[p]);
        good = put(watcher, line);
        json_decref(line);
    }
    return good;
}

/* Puts the element at the cursor, if there is one, brought up to date first. */
static bool put_place(struct watcher *watcher)
{
    struct membership_watch *w = watcher->watch;
    uint32_t place = watcher->cursor;

    compare_element(w, &registrar_server_registrar(w->server)->handlespace, place);
    if (w->element[place].handle_length == 0)
        return true;
    json_t *line = live_element(w, "element", place);
    bool good = put(watcher, line);
    json_decref(line);
    return good;
}

static uint32_t places(const struct watcher *watcher)
{
    return registrar_server_registrar(watcher->watch->server)->handlespace.element_used;
}

/* One slice. A queue that is full does not stop it for good: the place is tried again. */
static void continue_snapshot(struct watcher *watcher)
{
    json_t *live = NULL;

    watcher->begun = watcher->begun || put_beginning(watcher);
    for (uint32_t i = 0; watcher->begun && i < SNAPSHOT_SLICE && watcher->cursor < places(watcher);
         i++) {
        if (!put_place(watcher))
            return;
        watcher->cursor++;
    }
    if (!watcher->begun || watcher->cursor < places(watcher))
        return;
    live = line_of("live");
    watcher->snapshot = !put(watcher, live);
    json_decref(live);
}

/* Says how much was missed; after that only a snapshot helps. */
static void put_gap(struct watcher *watcher)
{
    json_t *line = line_of("gap");

    json_object_set_new(line, "missed", json_integer((json_int_t)watcher->missed));
    if (put(watcher, line)) {
        watcher->missed = 0;
        begin_snapshot(watcher);
    }
    json_decref(line);
}

void watcher_continue(struct watcher *watcher)
{
    if (watcher->missed > 0)
        put_gap(watcher);
    if (watcher->missed == 0 && watcher->snapshot)
        continue_snapshot(watcher);
}

bool watcher_waits(const struct watcher *watcher)
{
    return watcher->missed > 0 || watcher->snapshot;
}

/* ---- the interface ---- */

struct membership_watch *membership_watch_new(struct ev_loop *loop,
                                              const struct registrar_server *server)
{
    struct membership_watch *w = calloc(1, sizeof *w);

    if (w == NULL)
        return NULL;
    w->loop = loop;
    w->server = server;
    ev_timer_init(&w->timer, on_timer, 0.0, 0.0);
    w->timer.data = w;
    return w;
}

static size_t copy_size(void)
{
    return (size_t)HANDLESPACE_ELEMENTS_MAX * sizeof(struct told_element);
}

/* The first watcher: nobody was told anything before, so all that is there is taken over in silence. */
static bool wake_up(struct membership_watch *w)
{
    if (w->element == NULL)
        w->element = zero_pages_new(copy_size());
    if (w->element == NULL)
        return false;
    w->next = 0;
    w->between = false;
    w->steps = registrar_server_steps(w->server);
    compare_peers(w);
    set_timer(w, 0.0);
    return true;
}

struct watcher *watcher_new(struct membership_watch *w, struct byte_queue *out,
                            void (*wake)(void *user), void *user)
{
    struct watcher *watcher = NULL;

    if (w->watchers != NULL || wake_up(w))
        watcher = calloc(1, sizeof *watcher);
    if (watcher == NULL)
        return NULL;
    watcher->watch = w;
    watcher->out = out;
    watcher->wake = wake;
    watcher->user = user;
    watcher->next = w->watchers;
    w->watchers = watcher;
    begin_snapshot(watcher);
    return watcher;
}

/* With the last watcher the copy goes, too. */
void watcher_free(struct watcher *watcher)
{
    if (watcher == NULL)
        return;
    struct membership_watch *w = watcher->watch;
    struct watcher **link = &w->watchers;
    while (*link != watcher)
        link = &(*link)->next;
    *link = watcher->next;
    free(watcher);
    if (w->watchers != NULL)
        return;
    ev_timer_stop(w->loop, &w->timer);
    zero_pages_free(w->element, copy_size());
    w->element = NULL;
    w->told_end = 0;
    memset(w->peer, 0, sizeof w->peer);
}

void membership_watch_free(struct membership_watch *w)
{
    if (w == NULL)
        return;
    ev_timer_stop(w->loop, &w->timer);
    free(w);
}
