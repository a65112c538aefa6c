/* Anonymous mappings with mlock(2) and MADV_DONTDUMP. */
#include "secret_memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

void *sparse_memory_new(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void sparse_memory_free(void *memory, size_t size)
{
    if (memory != NULL) {
        (void)munmap(memory, size);
    }
}

void *secret_memory_new(size_t size)
{
    void *memory = sparse_memory_new(size);
    if (memory == NULL) {
        return NULL;
    }
    if (mlock(memory, size) != 0 || madvise(memory, size, MADV_DONTDUMP) != 0) {
        int reason = errno;
        (void)munmap(memory, size);
        errno = reason;
        return NULL;
    }
    return memory;
}

void secret_memory_free(void *memory, size_t size)
{
    if (memory == NULL) {
        return;
    }
    secret_wipe(memory, size);
    (void)munmap(memory, size); /* this unlocks, too */
}

void secret_wipe(void *memory, size_t size)
{
    explicit_bzero(memory, size);
}
