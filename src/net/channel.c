/* Channels over TCP, plain or with TLS: see channel.h.
 *
 * A socket has a reader and a writer watcher. Whatever wakes a channel ends in channel_pump(), which
 * moves bytes until nothing moves: received bytes into TLS, decrypted bytes into the framing, queued
 * messages into TLS, TLS records to the socket. Ends are noted where they are found and carried out
 * in one place, at the end of the outermost pump, so that no function has the channel freed under it.
 */
#include "channel.h"

#include "byte_queue.h"
#include "clock_source.h"
#include "framing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bytes read from a socket at a time, and the most one wake-up reads from one peer, so that a busy
 * peer cannot keep the others waiting. */
#define READ_SIZE 16384u
/* How long a peer may take to close its side after ours is closed. */
#define LINGER_MS 1000u

enum channel_phase {
    PHASE_CONNECTING, /* TCP under way */
    PHASE_HANDSHAKE,  /* TLS under way */
    PHASE_OPEN,
    PHASE_CLOSING,  /* sending what is left */
    PHASE_LINGERING /* our side is shut; waiting for the peer's end, discarding */
};

struct channel {
    struct ev_loop *loop;
    struct ev_io reader;
    struct ev_io writer;
    struct ev_timer timer;
    int fd;
    enum channel_phase phase;
    struct secure_channel *secure; /* NULL: plain text */
    struct channel_limits limits;
    const struct channel_user *callbacks;
    void *user;
    struct byte_queue output; /* messages that wait to be encrypted or sent */
    struct byte_queue input;  /* as received from the socket: TLS records, or plain messages */
    struct framing framing;
    uint64_t since;         /* when the phase began */
    uint64_t last_activity; /* last byte in either direction */
    uint64_t last_progress; /* last byte the peer took, or when output began to wait */
    unsigned depth;         /* pumps on the stack */
    bool over;              /* `why` and `detail` are set, the channel ends with the pump */
    bool peer_closed;       /* end of stream from the peer */
    enum channel_end why;
    char detail[160];
};

void channel_answer_in_plain_text(struct channel *c, const uint8_t *bytes, uint32_t length)
{
    if (c->why == CHANNEL_END_PLAINTEXT)
        (void)!send(c->fd, bytes, length, MSG_NOSIGNAL);
}

const char *channel_end_name(enum channel_end why)
{
    static const char *const names[] = {"closed",    "closed-by-peer", "broken",  "plaintext",
                                        "handshake", "handshake-time", "idle",    "slow-reader",
                                        "bad-frame", "no-memory",      "shutdown"};

    return (size_t)why < sizeof names / sizeof names[0] ? names[why] : "unknown";
}

const struct secure_channel *channel_secure(const struct channel *c)
{
    return c->secure;
}

bool channel_local(const struct channel *c, struct network_address *out)
{
    return network_local(c->fd, out);
}

static bool write_plain(struct channel *c);
static bool write_secure(struct channel *c);

/* ---- ending ---- */

static void note_end(struct channel *c, enum channel_end why, const char *detail)
{
    if (c->over)
        return;
    c->over = true;
    c->why = why;
    strncpy(c->detail, detail, sizeof c->detail - 1);
}

static void free_channel(struct channel *c)
{
    ev_io_stop(c->loop, &c->reader);
    ev_io_stop(c->loop, &c->writer);
    ev_timer_stop(c->loop, &c->timer);
    close(c->fd);
    secure_channel_free(c->secure);
    byte_queue_release(&c->output);
    byte_queue_release(&c->input);
    framing_release(&c->framing);
    free(c);
}

/* Sends what is left, or a last alert, as far as the socket takes it, and reads what has come in meanwhile: closing
 * a socket with unread bytes would make the kernel destroy what the peer has not read yet. */
static void say_goodbye(struct channel *c)
{
    uint8_t rubbish[4096];

    if (c->phase == PHASE_CONNECTING)
        return;
    if (c->phase == PHASE_OPEN)
        c->phase = PHASE_CLOSING;
    if (c->secure != NULL)
        write_secure(c);
    else
        write_plain(c);
    shutdown(c->fd, SHUT_WR);
    for (int i = 0; i < 16 && read(c->fd, rubbish, sizeof rubbish) > 0; i++) {
    }
}

static void end_if_over(struct channel *c)
{
    if (!c->over || c->depth > 0)
        return;
    c->callbacks->ended(c->user, c, c->why, c->detail);
    say_goodbye(c);
    free_channel(c);
}

/* ---- time limits ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool output_waits(struct channel *c)
{
    size_t n = 0;

    if (byte_queue_length(&c->output) > 0)
        return true;
    return c->secure != NULL && secure_channel_wire_out(c->secure, &n) != NULL && n > 0;
}

/* The next moment at which a limit may be exceeded. */
static uint64_t next_limit(struct channel *c)
{
    uint64_t next = UINT64_MAX;
    bool establishing = c->phase == PHASE_CONNECTING || c->phase == PHASE_HANDSHAKE;

    if (establishing && c->limits.establish_ms > 0)
        next = earlier(next, c->since + c->limits.establish_ms);
    if (c->phase == PHASE_LINGERING)
        next = earlier(next, c->since + LINGER_MS);
    if (c->phase == PHASE_OPEN && c->limits.idle_ms > 0)
        next = earlier(next, c->last_activity + c->limits.idle_ms);
    if (!establishing && c->limits.stall_ms > 0 && output_waits(c))
        next = earlier(next, c->last_progress + c->limits.stall_ms);
    return next;
}

/* Sets the timer to the next limit. Traffic only moves limits away, so it need not be told of each byte: when it goes
 * off too early it is set again. */
static void arm_timer(struct channel *c, uint64_t now)
{
    uint64_t next = next_limit(c);

    ev_timer_stop(c->loop, &c->timer);
    if (next == UINT64_MAX)
        return;
    ev_timer_set(&c->timer, next > now ? (double)(next - now) / 1000.0 + 0.001 : 0.001, 0.0);
    ev_timer_start(c->loop, &c->timer);
}

static void limit_exceeded(struct channel *c)
{
    switch (c->phase) {
    case PHASE_CONNECTING:
        note_end(c, CHANNEL_END_BROKEN, "no answer to the connection attempt in time");
        break;
    case PHASE_HANDSHAKE:
        note_end(c, CHANNEL_END_HANDSHAKE_TIME, "TLS handshake not finished in time");
        break;
    case PHASE_LINGERING:
        note_end(c, CHANNEL_END_BY_US, "");
        break;
    default:
        if (output_waits(c))
            note_end(c, CHANNEL_END_SLOW_READER, "peer takes none of the output");
        else
            note_end(c, CHANNEL_END_IDLE, "no traffic");
    }
}

static void on_timer(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct channel *c = timer->data;
    uint64_t now = clock_milliseconds();
    (void)loop;
    (void)events;

    if (next_limit(c) <= now)
        limit_exceeded(c);
    else
        arm_timer(c, now);
    end_if_over(c);
}

static void enter(struct channel *c, enum channel_phase phase)
{
    c->phase = phase;
    c->since = clock_milliseconds();
    arm_timer(c, c->since);
}

/* ---- from the peer ---- */

/* Reads once from the socket. */
static void receive(struct channel *c)
{
    uint8_t *room = byte_queue_reserve(&c->input, READ_SIZE);

    if (room == NULL)
        return; /* congested: the rest waits in the kernel */
    ssize_t n = read(c->fd, room, READ_SIZE);
    int error = errno;
    byte_queue_commit(&c->input, n > 0 ? (size_t)n : 0);
    if (n > 0)
        c->last_activity = clock_milliseconds();
    else if (n == 0)
        c->peer_closed = true;
    else if (error != EAGAIN && error != EWOULDBLOCK && error != EINTR)
        note_end(c, CHANNEL_END_BROKEN, strerror(error));
}

/* Moves received bytes into TLS as far as it takes them; false when none moved. */
static bool decrypt_input(struct channel *c)
{
    size_t n = 0;
    size_t room = 0;
    const uint8_t *bytes = byte_queue_peek(&c->input, &n);
    uint8_t *place = n > 0 ? secure_channel_wire_in(c->secure, &room) : NULL;

    if (place == NULL || room == 0)
        return false;
    if (n > room)
        n = room;
    memcpy(place, bytes, n);
    byte_queue_consume(&c->input, n);
    secure_channel_wire_in_done(c->secure, n);
    return true;
}

static void discard_input(struct channel *c)
{
    uint8_t rubbish[4096];
    ssize_t n = read(c->fd, rubbish, sizeof rubbish);

    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        note_end(c, CHANNEL_END_BY_US, "");
}

/* ---- messages ---- */

static bool congested(const struct channel *c)
{
    return byte_queue_length(&c->output) > c->limits.congestion;
}

static const uint8_t *application_input(struct channel *c, size_t *n)
{
    if (c->secure == NULL)
        return byte_queue_peek(&c->input, n);
    return secure_channel_app_in(c->secure, n);
}

static void application_input_done(struct channel *c, size_t n)
{
    if (c->secure == NULL)
        byte_queue_consume(&c->input, n);
    else
        secure_channel_app_in_done(c->secure, n);
}

/* Hands out the next message of the input; false when there is none. */
static bool deliver_one(struct channel *c)
{
    size_t available = 0;
    const uint8_t *input = application_input(c, &available);
    const uint8_t *message = NULL;
    uint32_t length = 0;

    if (input == NULL || available == 0)
        return false;
    size_t left = available;
    enum framing_result result = framing_take(&c->framing, &input, &left, &message, &length);
    if (result == FRAMING_MESSAGE)
        c->callbacks->message(c->user, c, message, length);
    else if (result == FRAMING_BAD_LENGTH)
        note_end(c, CHANNEL_END_BAD_FRAME, "Message Length below 4");
    else if (result == FRAMING_NO_MEMORY)
        note_end(c, CHANNEL_END_NO_MEMORY, "no memory for half a message");
    application_input_done(c, available - left);
    return true;
}

/* A step's answers go into the output queue only, so the input stays where it is meanwhile. */
static void deliver(struct channel *c)
{
    while (c->phase == PHASE_OPEN && !c->over && !congested(c) && deliver_one(c)) {
    }
}

/* ---- to the peer ---- */

/* Writes once; false when the socket takes no more now. */
static bool write_some(struct channel *c, const uint8_t *bytes, size_t n, size_t *written)
{
    ssize_t result = send(c->fd, bytes, n, MSG_NOSIGNAL);

    *written = 0;
    if (result > 0) {
        *written = (size_t)result;
        c->last_activity = c->last_progress = clock_milliseconds();
        return true;
    }
    if (result < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        note_end(c, CHANNEL_END_BROKEN, strerror(errno));
    return false;
}

/* True when everything that waits is with the kernel now. */
static bool write_plain(struct channel *c)
{
    for (;;) {
        size_t n = 0;
        size_t written = 0;
        const uint8_t *bytes = byte_queue_peek(&c->output, &n);

        if (n == 0)
            return true;
        bool more = write_some(c, bytes, n, &written);
        byte_queue_consume(&c->output, written);
        if (!more)
            return false;
    }
}

/* Moves queued messages into TLS, as many as it takes. */
static void encrypt_output(struct channel *c)
{
    size_t n = 0;
    size_t room = 0;
    const uint8_t *bytes = byte_queue_peek(&c->output, &n);
    uint8_t *place = n > 0 ? secure_channel_app_out(c->secure, &room) : NULL;

    if (place == NULL || room == 0)
        return;
    if (n > room)
        n = room;
    memcpy(place, bytes, n);
    secure_channel_app_out_done(c->secure, n);
    byte_queue_consume(&c->output, n);
    secure_channel_flush(c->secure);
}

/* The same through TLS; a closing channel adds close_notify behind its last message. */
static bool write_secure(struct channel *c)
{
    for (;;) {
        size_t n = 0;
        size_t written = 0;

        encrypt_output(c);
        if (c->phase == PHASE_CLOSING && byte_queue_length(&c->output) == 0)
            secure_channel_close(c->secure);
        const uint8_t *bytes = secure_channel_wire_out(c->secure, &n);
        if (bytes == NULL || n == 0)
            return byte_queue_length(&c->output) == 0;
        bool more = write_some(c, bytes, n, &written);
        secure_channel_wire_out_done(c->secure, written);
        if (!more)
            return false;
    }
}

/* ---- state ---- */

static void opened(struct channel *c)
{
    enter(c, PHASE_OPEN);
    c->last_activity = c->last_progress = c->since;
    c->callbacks->opened(c->user, c);
}

static void follow_connection(struct channel *c)
{
    int error = network_connect_result(c->fd);

    if (error != 0)
        note_end(c, CHANNEL_END_BROKEN, strerror(error));
    else if (c->secure != NULL)
        c->phase = PHASE_HANDSHAKE; /* the time limit goes on */
    else
        opened(c);
}

static void follow_failure(struct channel *c)
{
    enum secure_failure failure = secure_channel_failure(c->secure);
    bool established = c->phase != PHASE_HANDSHAKE;

    if (failure == SECURE_FAILURE_PLAINTEXT)
        note_end(c, CHANNEL_END_PLAINTEXT, secure_channel_error(c->secure));
    else if (failure == SECURE_FAILURE_INTERNAL)
        note_end(c, CHANNEL_END_NO_MEMORY, secure_channel_error(c->secure));
    else
        note_end(c, established ? CHANNEL_END_BROKEN : CHANNEL_END_HANDSHAKE,
                 secure_channel_error(c->secure));
}

static void follow_secure(struct channel *c)
{
    switch (secure_channel_state(c->secure)) {
    case SECURE_HANDSHAKE:
        break;
    case SECURE_OPEN:
        if (c->phase == PHASE_HANDSHAKE)
            opened(c);
        break;
    case SECURE_CLOSED:
        if (c->phase != PHASE_CLOSING)
            note_end(c, CHANNEL_END_BY_PEER, "");
        break;
    case SECURE_FAILED:
        follow_failure(c);
        break;
    }
}

/* All output of a closing channel has left: shut our side and wait briefly for the peer's, because
 * closing a socket with unread bytes would destroy what the peer has not read yet. */
static void finish_closing(struct channel *c)
{
    shutdown(c->fd, SHUT_WR);
    enter(c, PHASE_LINGERING);
    if (c->peer_closed)
        note_end(c, CHANNEL_END_BY_US, "");
}

static void send_output(struct channel *c)
{
    bool all = c->secure != NULL ? write_secure(c) : write_plain(c);

    if (c->over)
        return;
    if (all && c->phase == PHASE_CLOSING)
        finish_closing(c);
    if (all) {
        ev_io_stop(c->loop, &c->writer);
        return;
    }
    if (!ev_is_active(&c->writer))
        arm_timer(c, clock_milliseconds()); /* from now on the limit for slow readers counts */
    ev_io_start(c->loop, &c->writer);
}

/* Works off what was received until a whole message, or room in TLS, is wanting. */
static void work_off_input(struct channel *c)
{
    do {
        if (c->secure != NULL)
            follow_secure(c);
        deliver(c);
    } while (c->secure != NULL && !c->over && !congested(c) && decrypt_input(c));
}

/* True when input that had to wait, for a congestion or for TLS to send first, can go on now. */
static bool input_can_move(struct channel *c)
{
    size_t n = 0;

    if (c->over || congested(c))
        return false;
    if (c->phase == PHASE_OPEN && application_input(c, &n) != NULL && n > 0)
        return true;
    return c->secure != NULL && byte_queue_length(&c->input) > 0 &&
           secure_channel_wire_in(c->secure, &n) != NULL && n > 0;
}

/* TLS may be open only now that its last flight has left; what its user then says leaves at once. */
static void follow_sent_flight(struct channel *c)
{
    if (c->over || c->secure == NULL || c->phase != PHASE_HANDSHAKE)
        return;
    follow_secure(c);
    if (!c->over && c->phase == PHASE_OPEN)
        send_output(c);
}

/* Input first, then output: answers to many requests in one segment leave in one segment. */
static void exchange(struct channel *c)
{
    do {
        work_off_input(c);
        if (!c->over)
            send_output(c);
        follow_sent_flight(c);
    } while (c->phase != PHASE_LINGERING && c->phase != PHASE_CLOSING && input_can_move(c));
}

/* A peer that shut its side has sent all it will; what it asked for is still answered. */
static void follow_peer_close(struct channel *c)
{
    if (c->phase == PHASE_HANDSHAKE)
        note_end(c, CHANNEL_END_HANDSHAKE, "peer closed the connection during the TLS handshake");
    else if (c->phase == PHASE_OPEN && c->secure != NULL)
        note_end(c, CHANNEL_END_BROKEN, "connection cut off without a TLS close");
    else if (c->phase == PHASE_OPEN && !output_waits(c))
        note_end(c, CHANNEL_END_BY_PEER, "");
    ev_io_stop(c->loop, &c->reader);
}

static void watch_reading(struct channel *c)
{
    if (c->over || c->peer_closed)
        return;
    if (c->phase == PHASE_OPEN && congested(c))
        ev_io_stop(c->loop, &c->reader);
    else
        ev_io_start(c->loop, &c->reader);
}

static void channel_pump(struct channel *c, bool readable)
{
    c->depth++;
    if (!c->over && c->phase == PHASE_CONNECTING)
        follow_connection(c);
    if (c->phase == PHASE_LINGERING)
        discard_input(c);
    else if (readable && !c->over)
        receive(c);
    if (!c->over && c->phase != PHASE_LINGERING && c->phase != PHASE_CONNECTING)
        exchange(c);
    if (!c->over && c->peer_closed)
        follow_peer_close(c);
    watch_reading(c);
    c->depth--;
    end_if_over(c);
}

static void on_readable(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    channel_pump(watcher->data, true);
}

static void on_writable(struct ev_loop *loop, struct ev_io *watcher, int events)
{
    (void)loop;
    (void)events;
    channel_pump(watcher->data, false);
}

/* ---- the interface ---- */

struct channel *channel_new(struct ev_loop *loop, int fd, bool connecting,
                            struct secure_channel *secure, const struct channel_limits *limits,
                            const struct channel_user *callbacks, void *user)
{
    struct channel *c = calloc(1, sizeof *c);

    if (c == NULL) {
        close(fd);
        secure_channel_free(secure);
        return NULL;
    }
    c->loop = loop;
    c->fd = fd;
    c->secure = secure;
    c->limits = *limits;
    c->callbacks = callbacks;
    c->user = user;
    c->output.limit = limits->output_max;
    c->input.limit = (size_t)2 * READ_SIZE;
    ev_io_init(&c->reader, on_readable, fd, EV_READ);
    ev_io_init(&c->writer, on_writable, fd, EV_WRITE);
    ev_timer_init(&c->timer, on_timer, 0.0, 0.0);
    c->reader.data = c->writer.data = c->timer.data = c;
    enter(c, connecting || secure == NULL ? PHASE_CONNECTING : PHASE_HANDSHAKE);
    /* A plain socket that is already connected opens in its first wake-up, like any other. */
    ev_io_start(loop, &c->writer);
    if (!connecting)
        ev_io_start(loop, &c->reader);
    return c;
}

/* Wakes the channel within this round of the loop, after the callback that is running now. */
static void wake(struct channel *c)
{
    if (c->depth == 0 && c->phase != PHASE_CONNECTING)
        ev_feed_event(c->loop, &c->writer, EV_WRITE);
}

bool channel_send(struct channel *c, const uint8_t *bytes, uint32_t length)
{
    bool first = !output_waits(c);

    if (c->over || c->phase == PHASE_CLOSING || c->phase == PHASE_LINGERING)
        return false;
    if (!byte_queue_append(&c->output, bytes, length)) {
        note_end(c, CHANNEL_END_SLOW_READER, "too much output waits");
        wake(c);
        return false;
    }
    if (first) {
        c->last_progress = clock_milliseconds();
        wake(c);
    }
    return true;
}

void channel_close(struct channel *c)
{
    if (c->over || c->phase == PHASE_CLOSING || c->phase == PHASE_LINGERING)
        return;
    if (c->phase != PHASE_OPEN) {
        note_end(c, CHANNEL_END_BY_US, "");
        ev_feed_event(c->loop, &c->writer, EV_WRITE);
        return;
    }
    enter(c, PHASE_CLOSING);
    wake(c);
}

void channel_drop(struct channel *c)
{
    note_end(c, CHANNEL_END_SHUTDOWN, "");
    end_if_over(c);
}
