/* open(2), fstat(2), read(2) for guarded_file.h. */
#include "guarded_file.h"
#include "secret_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* Beside root and us; root until guarded_file_trust_owner says another. */
static uint32_t further_owner = 0;

void guarded_file_trust_owner(uint32_t uid)
{
    further_owner = uid;
}

static bool owner_is_trusted(const char *path, const struct stat *status,
                             struct secure_problem *problem)
{
    uint32_t us = further_owner != 0 ? further_owner : geteuid();
    if (status->st_uid == 0 || status->st_uid == geteuid() || status->st_uid == us) {
        return true;
    }
    secure_problem_at(problem, path, 0, 0,
                      "belongs to user %u, who is neither root nor us (user %u); chown it",
                      (unsigned)status->st_uid, (unsigned)us);
    return false;
}

static bool only_owner_may(const char *path, const struct stat *status,
                           struct secure_problem *problem)
{
    if ((status->st_mode & (S_IRWXG | S_IRWXO)) == 0) {
        return true;
    }
    secure_problem_at(problem, path, 0, 0,
                      "has mode %04o, so others than its owner can get at the secrets in it; "
                      "chmod 600 it",
                      (unsigned)(status->st_mode & 07777u));
    return false;
}

static bool status_is_fit(const char *path, const struct stat *status, enum guarded_kind kind,
                          struct secure_problem *problem)
{
    if (!S_ISREG(status->st_mode)) {
        secure_problem_at(problem, path, 0, 0, "is not a regular file; name a file");
        return false;
    }
    if (status->st_size > (off_t)GUARDED_FILE_MAX) {
        secure_problem_at(problem, path, 0, 0, "is larger than %u bytes; divide it",
                          GUARDED_FILE_MAX);
        return false;
    }
    return kind == GUARDED_PUBLIC ||
           (owner_is_trusted(path, status, problem) && only_owner_may(path, status, problem));
}

/* Reads until `length` bytes are there or the file ends; true when they are. */
static bool read_all(int descriptor, uint8_t *bytes, size_t length)
{
    size_t have = 0;
    while (have < length) {
        ssize_t n = read(descriptor, bytes + have, length - have);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        have += (size_t)n;
    }
    return true;
}

/* Only secrets are locked: users may lock little, and a bundle of certificates can be large. */
static bool make_room(struct guarded_file *file, size_t length, const char *path,
                      struct secure_problem *problem)
{
    bool secret = file->kind == GUARDED_SECRET;
    file->bytes = secret ? secret_memory_new(length) : sparse_memory_new(length);
    if (file->bytes == NULL) {
        secure_problem_at(problem, path, 0, 0, "no %smemory for its %zu bytes: %s%s",
                          secret ? "locked " : "", length, strerror(errno),
                          secret ? "; raise the limit on locked memory (ulimit -l, LimitMEMLOCK=)"
                                 : "");
        return false;
    }
    file->length = length;
    return true;
}

static bool read_contents(struct guarded_file *file, int descriptor, size_t length,
                          const char *path, struct secure_problem *problem)
{
    if (length == 0) {
        return true;
    }
    if (!make_room(file, length, path, problem)) {
        return false;
    }
    if (!read_all(descriptor, file->bytes, length)) {
        secure_problem_at(problem, path, 0, 0, "changed or failed while it was read; try again");
        return false;
    }
    return true;
}

static bool read_descriptor(struct guarded_file *file, int descriptor, const char *path,
                            struct secure_problem *problem)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0) {
        secure_problem_at(problem, path, 0, 0, "cannot be examined: %s", strerror(errno));
        return false;
    }
    return status_is_fit(path, &status, file->kind, problem) &&
           read_contents(file, descriptor, (size_t)status.st_size, path, problem);
}

bool guarded_file_read(struct guarded_file *file, const char *path, enum guarded_kind kind,
                       struct secure_problem *problem)
{
    file->bytes = NULL;
    file->length = 0;
    file->kind = kind;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (descriptor < 0) {
        secure_problem_at(problem, path, 0, 0, "cannot be opened: %s", strerror(errno));
        return false;
    }
    bool done = read_descriptor(file, descriptor, path, problem);
    (void)close(descriptor);
    if (!done) {
        guarded_file_free(file);
    }
    return done;
}

void guarded_file_free(struct guarded_file *file)
{
    if (file->kind == GUARDED_SECRET) {
        secret_memory_free(file->bytes, file->length);
    } else {
        sparse_memory_free(file->bytes, file->length);
    }
    file->bytes = NULL;
    file->length = 0;
}
