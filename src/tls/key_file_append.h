/* Adds a line to a key file, whole or not at all: a reader finds the old file or the new one,
 * never a part, and a crash leaves one of them.
 *
 * The new contents go to a temporary file beside it (mode 0600, flushed to disk), which replaces
 * the old one by rename(2). Before that, they are read the way the daemon will read them, so that
 * a line that makes the file bad is refused with the same sentence. From prepare to free the
 * folder is locked (flock) against other changes: prepare waits for them, so prepare no second
 * change in one folder. The file keeps its owner; one of another user is refused to all but root.
 */
#ifndef POOLPROOF_TLS_KEY_FILE_APPEND_H
#define POOLPROOF_TLS_KEY_FILE_APPEND_H

#include "secure_problem.h"

#include <stdbool.h>
#include <stddef.h>

struct key_file_change; /* opaque */

/* Prepares `path`, which is created when it is not there, to have `line` (`length` bytes, without
 * newline) at its end. Nothing of the file is changed yet. NULL with `problem` filled when
 * something is wrong with the file, or would be after. The caller commits it or not, and frees
 * it. */
struct key_file_change *key_file_change_prepare(const char *path, const char *line, size_t length,
                                                struct secure_problem *problem);

/* Makes the change. False with `problem` filled when the file could not be replaced. */
bool key_file_change_commit(struct key_file_change *change, struct secure_problem *problem);

/* Wipes and releases; a change that was not committed leaves no trace. NULL is allowed. */
void key_file_change_free(struct key_file_change *change);

#endif
