/* getrandom(2), repeated when a signal interrupts it. */
#include "entropy.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>

#define ENTROPY_AT_ONCE 256u /* up to this many bytes the kernel never gives fewer than asked */

bool entropy_fill(void *bytes, size_t length)
{
    if (length > ENTROPY_AT_ONCE) {
        return false;
    }
    ssize_t given;
    do {
        given = getrandom(bytes, length, 0);
    } while (given < 0 && errno == EINTR);
    return given >= 0 && (size_t)given == length;
}
