/* Moves bytes between two connections, both ways, until both ways are done.
 *
 * Each direction has a buffer of fixed size: who writes faster than the other side reads is made to wait.
 * The end of one direction is passed on (half-close), the other goes on. A relay may begin with bytes
 * that one side has sent before the other was there.
 */
#ifndef POOLPROOF_NET_RELAY_H
#define POOLPROOF_NET_RELAY_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RELAY_BUFFER 65536u

/* One end: may read and write through different descriptors, as standard input and output do. */
struct relay_end {
    int in;
    int out;
};

enum relay_result {
    RELAY_DONE,     /* both directions ended in order */
    RELAY_A_FAILED, /* end A was reset or could not be written */
    RELAY_B_FAILED
};

struct relay; /* opaque */

typedef void (*relay_over)(void *user, enum relay_result result, uint64_t bytes_from_a,
                           uint64_t bytes_from_b);

/* Starts between A and B; `first` are `length` bytes (at most RELAY_BUFFER) that A has sent already. The
 * descriptors must not block and stay the caller's: they are to be closed after `over` was called.
 * NULL when memory is short. The relay frees itself after `over`. */
struct relay *relay_new(struct ev_loop *loop, struct relay_end a, struct relay_end b,
                        const uint8_t *first, size_t length, relay_over over, void *user);

/* Ends it without calling `over`. */
void relay_free(struct relay *relay);

#endif
