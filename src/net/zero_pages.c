/* Zeroed pages from mmap(2): see zero_pages.h. */
#include "zero_pages.h"

#include <sys/mman.h>

void *zero_pages_new(size_t size)
{
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (pages == MAP_FAILED)
        return NULL;
    madvise(pages, size, MADV_DONTDUMP);
    return pages;
}

void zero_pages_free(void *pages, size_t size)
{
    if (pages != NULL)
        munmap(pages, size);
}

bool zero_pages_clear(void *pages, size_t size)
{
    return madvise(pages, size, MADV_DONTNEED) == 0;
}
