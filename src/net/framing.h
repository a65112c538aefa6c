/* Cuts a byte stream into ASAP messages (spec/tcp-mapping.md, "Framing").
 *
 * A message begins with type, flags and a 16-bit Message Length in network order (RFC 5354, 2), which
 * does not count trailing padding; on the stream the next message begins at the next multiple of 4.
 * A message that lies whole in the bytes at hand is returned where it lies; only one cut in two by
 * the transport is put together in memory of its own, which is freed as soon as it was handed out.
 * This is the only parsing done outside the proved core, and it looks at two bytes.
 */
#ifndef POOLPROOF_NET_FRAMING_H
#define POOLPROOF_NET_FRAMING_H

#include <stddef.h>
#include <stdint.h>

/* Largest message on a stream: Message Length 65,535 and one byte of padding. */
#define FRAMING_MESSAGE_MAX 65536u

enum framing_result {
    FRAMING_MORE,       /* all input consumed, no whole message yet */
    FRAMING_MESSAGE,    /* a message is returned; call again for the next */
    FRAMING_BAD_LENGTH, /* Message Length below 4: the stream cannot be followed any further */
    FRAMING_NO_MEMORY   /* no memory to hold half a message */
};

struct framing {         /* all zero bytes: at the start of a message */
    uint8_t *held;       /* owned; the beginning of a message whose rest has not come */
    uint32_t used;       /* bytes held */
    uint32_t room;       /* bytes allocated */
    uint32_t handed_out; /* the held message was returned, free it at the next call */
};

/* Takes one message from the front of `*input`, which has `*available` bytes, and moves both on by
 * what was consumed. With FRAMING_MESSAGE, `*message` points at `*length` bytes (a multiple of 4,
 * padding included), in the input or in `f`, valid until the next call. */
enum framing_result framing_take(struct framing *f, const uint8_t **input, size_t *available,
                                 const uint8_t **message, uint32_t *length);

/* Frees what is held; `f` is at the start of a message again. */
void framing_release(struct framing *f);

#endif
