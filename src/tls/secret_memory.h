/* Memory for keys: locked against swapping, left out of core dumps, wiped before it is given
 * back. And memory for large tables that are mostly empty.
 *
 * Wiping goes through a write that the compiler may not leave out.
 */
#ifndef POOLPROOF_TLS_SECRET_MEMORY_H
#define POOLPROOF_TLS_SECRET_MEMORY_H

#include <stddef.h>

/* `size` (at least 1) zeroed bytes, page aligned. NULL with errno set when memory is short, or when
 * it cannot be locked (EPERM, ENOMEM, EAGAIN: the limit RLIMIT_MEMLOCK). */
void *secret_memory_new(size_t size);

/* Wipes and releases what secret_memory_new gave; `size` as it was asked for. NULL is allowed. */
void secret_memory_free(void *memory, size_t size);

/* `size` zeroed bytes that hold no secret and cost nothing until they are touched; NULL when
 * memory is short. Give them back with sparse_memory_free, `size` as it was asked for. */
void *sparse_memory_new(size_t size);
void sparse_memory_free(void *memory, size_t size);

/* Overwrites `size` bytes with zeroes. */
void secret_wipe(void *memory, size_t size);

#endif
