/* Zeroed memory for one large structure, the same for every input: giving its pages back costs what was touched of them, and
 * mapping it anew would cost the sanitizer's shadow of all of it. */
#ifndef POOLPROOF_FUZZ_ZEROED_MEMORY_H
#define POOLPROOF_FUZZ_ZEROED_MEMORY_H

#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>

/* `size` zero bytes, always of the same size; valid until the next call. Never NULL: without memory the harness ends. */
static void *zeroed_memory(size_t size)
{
    static void *memory;

    if (memory != NULL) {
        if (madvise(memory, size, MADV_DONTNEED) != 0)
            abort();
        return memory;
    }
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                  -1, 0);
    if (memory == MAP_FAILED)
        abort();
    return memory;
}

#endif
