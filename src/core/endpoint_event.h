/* What happens to a client of the registrars: a pool element or a pool user.
 *
 * Both client machines (pool_element_endpoint.h, pool_user.h) are step functions: one event in, effects
 * out (effects.h). This header holds the events and the close reasons they share. It owns nothing.
 *
 * Channels. A client talks to at most three registrars at once (RFC 5352, 3.6, SH1), so a channel is a
 * slot, 0 to 2. EFFECT_CONNECT names the slot in `channel` and the registrar in `subject`, as index into
 * the configured list. The shell opens the connection there, finishes TLS, and only then reports
 * ENDPOINT_CHANNEL_OPENED; whatever else becomes of it is ENDPOINT_CHANNEL_CLOSED. Once the shell has
 * carried out EFFECT_CLOSE it reports nothing more of that connection, not even that it closed, so that
 * a slot may be used again within the same list of effects.
 */
#ifndef POOLPROOF_CORE_ENDPOINT_EVENT_H
#define POOLPROOF_CORE_ENDPOINT_EVENT_H

#include <stdint.h>

/* "No channel", "no slot", "no server", "no identity": in effects and in results. */
#define ENDPOINT_NONE UINT32_MAX

/* "No deadline": nothing to be called for. */
#define ENDPOINT_NEVER UINT64_MAX

enum endpoint_event_kind {
    ENDPOINT_TICK = 0,  /* time passed; also to be called at *_next_deadline() */
    ENDPOINT_START = 1, /* start hunting for a home registrar (RFC 5352, 3.6); once */
    ENDPOINT_CHANNEL_OPENED =
        2, /* `channel` is up, its registrar authenticated; or, on a free slot of
                                    a pool element, a registrar connected to us */
    ENDPOINT_CHANNEL_CLOSED = 3, /* `channel` could not be opened, or was lost, or a send failed */
    ENDPOINT_MESSAGE = 4,    /* one whole framed message, `length` bytes at `bytes`, on `channel` */
    ENDPOINT_REGISTER = 5,   /* pool element: register, or bring a changed description across */
    ENDPOINT_DEREGISTER = 6, /* pool element: leave the pool */
    ENDPOINT_RESOLVE = 7,    /* pool user: resolve the handle of `length` bytes at `bytes`, unless
                                    the cache holds it fresh */
    ENDPOINT_UNREACHABLE = 8, /* pool user: element `subject` of that handle failed (6.9.2) */
    ENDPOINT_FORGET = 9       /* pool user: drop that handle from the cache (6.4) */
};

struct endpoint_event {
    uint8_t kind;     /* enum endpoint_event_kind; anything else is ignored */
    uint32_t channel; /* slot; not below SERVER_HUNT_SLOTS: the event is ignored */
    uint32_t subject; /* PE identifier, for ENDPOINT_UNREACHABLE */
    uint32_t length;  /* bytes that come with the event: a message or a pool handle */
    uint64_t now;     /* milliseconds, monotonic */
    uint64_t random;  /* fresh, unpredictable */
};

/* Reasons in `code` of EFFECT_CLOSE. */
enum endpoint_close_reason {
    ENDPOINT_CLOSE_SUPERSEDED = 1,   /* another registrar was faster, or took us over */
    ENDPOINT_CLOSE_HUNT_TIMEOUT = 2, /* not established when T5-Serverhunt ran out */
    ENDPOINT_CLOSE_UNANSWERED = 3    /* the home registrar did not answer a request in time */
};

#endif
