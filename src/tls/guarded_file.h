/* Reads a whole file; one that holds secrets into secret memory, and only after a look at who can
 * read it. */
#ifndef POOLPROOF_TLS_GUARDED_FILE_H
#define POOLPROOF_TLS_GUARDED_FILE_H

#include "secure_problem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Largest file read: 4 MiB, which is more than the limits of access.h need. */
#define GUARDED_FILE_MAX (4u * 1024u * 1024u)

enum guarded_kind {
    GUARDED_PUBLIC = 0, /* certificates: anyone may read it */
    GUARDED_SECRET =
        1 /* keys: only we, root or the trusted owner own it, and only its owner has any right to it */
};

struct guarded_file {
    uint8_t *bytes; /* in secret memory when it is of that kind; NULL for an empty file */
    size_t length;
    enum guarded_kind kind;
};

/* Reads the whole of `path`. False, with the reason and the remedy in `problem`, for what cannot
 * be read, is not a regular file, is larger than GUARDED_FILE_MAX, or does not fit its kind. The
 * checks are made on the opened file, so that no other can be put in its place between check and
 * use. */
bool guarded_file_read(struct guarded_file *file, const char *path, enum guarded_kind kind,
                       struct secure_problem *problem);

/* From now on a file with secrets may also belong to `uid`: to the user that a process started by root
 * will become, and as whom it will read the file again. 0, which is root, takes that back. */
void guarded_file_trust_owner(uint32_t uid);

/* Wipes, when it is secret, and releases. A file that was never read, all zeroes, is allowed. */
void guarded_file_free(struct guarded_file *file);

#endif
