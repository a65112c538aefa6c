/* Temporary file, fsync(2), rename(2) for key_file_append.h. */
#include "key_file_append.h"
#include "guarded_file.h"
#include "key_file.h"
#include "secret_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY_SUFFIX ".XXXXXX"

struct key_file_change {
    const char *path; /* as the caller gave it, for problems */
    char target[PATH_MAX];
    char temporary[PATH_MAX]; /* "" when there is none */
    int folder;               /* locked; -1 when not open */
    int descriptor;           /* of the temporary file; -1 when not open */
    uint8_t *contents;        /* in secret memory */
    size_t length;
};

/* Returns false, for its callers' sake. */
static bool fail(const struct key_file_change *change, struct secure_problem *problem,
                 const char *what)
{
    secure_problem_at(problem, change->path, 0, 0, "%s: %s", what, strerror(errno));
    return false;
}

static bool is_there(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

/* Opens and locks the folder the file lies in, so that two changes follow one another. */
static bool lock_folder(struct key_file_change *change, struct secure_problem *problem)
{
    char folder[PATH_MAX];
    memcpy(folder, change->target, sizeof folder);
    change->folder = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (change->folder < 0) {
        return fail(change, problem, "its folder cannot be opened");
    }
    if (flock(change->folder, LOCK_EX) != 0) {
        return fail(change, problem, "its folder cannot be locked");
    }
    return true;
}

/* The file that is meant: what a symbolic link points to, or `path` when nothing is there. */
static bool find_target(struct key_file_change *change, struct secure_problem *problem)
{
    if (realpath(change->path, change->target) != NULL) {
        return true;
    }
    int length = snprintf(change->target, sizeof change->target, "%s", change->path);
    if (length > 0 && (size_t)length + sizeof TEMPORARY_SUFFIX < sizeof change->target) {
        return true;
    }
    errno = ENAMETOOLONG;
    return fail(change, problem, "cannot be used");
}

/* Old contents, a newline if they lack one, the new line. */
static bool compose(struct key_file_change *change, const struct guarded_file *old,
                    const char *line, size_t length, struct secure_problem *problem)
{
    size_t gap = old->length > 0 && old->bytes[old->length - 1] != '\n' ? 1 : 0;
    change->length = old->length + gap + length + 1;
    change->contents = secret_memory_new(change->length);
    if (change->contents == NULL) {
        return fail(change, problem, "no locked memory");
    }
    if (old->length > 0) {
        memcpy(change->contents, old->bytes, old->length);
    }
    if (gap > 0) {
        change->contents[old->length] = '\n';
    }
    memcpy(change->contents + old->length + gap, line, length);
    change->contents[change->length - 1] = '\n';
    return true;
}

/* Root, who keeps the keys of a daemon that runs as another user, may change that user's file; keep_owner
 * leaves it to the user. */
static bool read_old(const struct key_file_change *change, struct guarded_file *old,
                     struct secure_problem *problem)
{
    struct stat status;
    if (geteuid() == 0 && lstat(change->target, &status) == 0) {
        guarded_file_trust_owner(status.st_uid);
    }
    bool done = guarded_file_read(old, change->target, GUARDED_SECRET, problem);
    guarded_file_trust_owner(0);
    return done;
}

static bool read_and_compose(struct key_file_change *change, const char *line, size_t length,
                             struct secure_problem *problem)
{
    struct guarded_file old = {NULL, 0, GUARDED_SECRET};
    if (is_there(change->target) && !read_old(change, &old, problem)) {
        return false;
    }
    bool done = compose(change, &old, line, length, problem);
    guarded_file_free(&old);
    return done;
}

/* Would the daemon take it? */
static bool would_be_good(const struct key_file_change *change, struct secure_problem *problem)
{
    struct key_file *file = key_file_parse(change->path, change->contents, change->length, problem);
    key_file_free(file);
    return file != NULL;
}

static bool write_all(int descriptor, const uint8_t *bytes, size_t length)
{
    size_t written = 0;
    while (written < length) {
        ssize_t n = write(descriptor, bytes + written, length - written);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        written += (size_t)n;
    }
    return true;
}

/* The new file belongs to whom the old one belonged to. */
static bool keep_owner(const struct key_file_change *change)
{
    struct stat status;
    return stat(change->target, &status) != 0 || status.st_uid == geteuid() ||
           fchown(change->descriptor, status.st_uid, status.st_gid) == 0;
}

static bool write_temporary(struct key_file_change *change, struct secure_problem *problem)
{
    size_t length = strlen(change->target);
    memcpy(change->temporary, change->target, length);
    memcpy(change->temporary + length, TEMPORARY_SUFFIX, sizeof TEMPORARY_SUFFIX);
    change->descriptor = mkostemp(change->temporary, O_CLOEXEC); /* mode 0600 */
    if (change->descriptor < 0) {
        change->temporary[0] = '\0';
        return fail(change, problem, "a file beside it cannot be made");
    }
    if (!write_all(change->descriptor, change->contents, change->length) || !keep_owner(change) ||
        fsync(change->descriptor) != 0) {
        return fail(change, problem, "a file beside it cannot be written");
    }
    return true;
}

struct key_file_change *key_file_change_prepare(const char *path, const char *line, size_t length,
                                                struct secure_problem *problem)
{
    struct key_file_change *change = calloc(1, sizeof *change);
    if (change == NULL) {
        secure_problem_at(problem, path, 0, 0, "no memory");
        return NULL;
    }
    change->path = path;
    change->folder = -1;
    change->descriptor = -1;
    if (!find_target(change, problem) || !lock_folder(change, problem) ||
        !read_and_compose(change, line, length, problem) || !would_be_good(change, problem) ||
        !write_temporary(change, problem)) {
        key_file_change_free(change);
        return NULL;
    }
    return change;
}

bool key_file_change_commit(struct key_file_change *change, struct secure_problem *problem)
{
    if (rename(change->temporary, change->target) != 0) {
        return fail(change, problem, "cannot be replaced");
    }
    change->temporary[0] = '\0';
    if (fsync(change->folder) != 0) {
        return fail(change, problem, "was replaced, but its folder not flushed to disk");
    }
    return true;
}

void key_file_change_free(struct key_file_change *change)
{
    if (change == NULL) {
        return;
    }
    if (change->temporary[0] != '\0') {
        (void)unlink(change->temporary);
    }
    if (change->descriptor >= 0) {
        (void)close(change->descriptor);
    }
    if (change->folder >= 0) {
        (void)close(change->folder); /* this unlocks, too */
    }
    secret_memory_free(change->contents, change->length);
    free(change);
}
