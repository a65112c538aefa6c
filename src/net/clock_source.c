/* Time and chance from the kernel: CLOCK_BOOTTIME and getrandom(2). Of the monotonic clocks it is the one that counts the
 * time in which the machine was suspended: a registrar has to notice that it stood still. */
#include "clock_source.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

uint64_t clock_milliseconds(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_BOOTTIME, &now) != 0)
        abort();
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

void random_fill(void *bytes, size_t size)
{
    uint8_t *out = bytes;
    size_t done = 0;

    while (done < size) {
        ssize_t n = getrandom(out + done, size - done, 0);
        if (n < 0 && errno != EINTR)
            abort();
        if (n > 0)
            done += (size_t)n;
    }
}

/* One system call for 64 words: a random word goes along with every single event. */
uint64_t random_word(void)
{
    static uint64_t store[64];
    static size_t left;

    if (left == 0) {
        random_fill(store, sizeof store);
        left = sizeof store / sizeof store[0];
    }
    uint64_t word = store[--left];
    store[left] = 0; /* a word is used once and then forgotten */
    return word;
}
