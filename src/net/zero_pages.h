/* Memory for the core's large structures: pages that are zero, and cost nothing until they are touched.
 *
 * All zero bytes are a valid empty state for every structure of the core, so the kernel's fresh pages are
 * the initialisation. Dumping them into a core file is suppressed: the handlespace is not for strangers.
 */
#ifndef POOLPROOF_NET_ZERO_PAGES_H
#define POOLPROOF_NET_ZERO_PAGES_H

#include <stdbool.h>
#include <stddef.h>

/* `size` bytes of zeroes, page-aligned; NULL when there is no address space. */
void *zero_pages_new(size_t size);

/* Makes zeroes of all of it again, as if it were new. False when the kernel refuses. */
bool zero_pages_clear(void *pages, size_t size);

/* Gives them back; NULL is allowed. */
void zero_pages_free(void *pages, size_t size);

#endif
