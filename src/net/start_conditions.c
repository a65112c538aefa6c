/* What the daemon needs of the machine it starts on: see start_conditions.h. */
#include "start_conditions.h"

#include "admin_socket.h"
#include "guarded_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_AGAIN 4u /* the configuration and the three files it may name */

/* `key` is "" for the configuration itself, which no key names. */
static void explain_unreadable(const struct configuration *c, const char *key, const char *path,
                               char problem[CONFIGURATION_PROBLEM_MAX])
{
    char place[CONFIGURATION_PATH_MAX + 32];

    configuration_place(key[0] != '\0' ? key : "user", place);
    snprintf(problem, CONFIGURATION_PROBLEM_MAX,
             "%s%s%s%.255s cannot be read by user \"%s\", whom the daemon becomes, so every reload "
             "(SIGHUP) would fail; chown it to that user, and let the user into its directories",
             place, key, key[0] != '\0' ? ": " : "", path, c->user);
}

/* A reload reads as the configured user what the start read as root. */
static bool can_be_read_again(const char *file, const struct configuration *c,
                              const struct privileges_account *account,
                              char problem[CONFIGURATION_PROBLEM_MAX])
{
    static const char *const keys[READ_AGAIN] = {"", "key_file", "certificate_file",
                                                 "private_key_file"};
    const char *const paths[READ_AGAIN] = {file, c->key_file, c->certificate_file,
                                           c->private_key_file};
    uint8_t barred = privileges_unreadable(account, paths, READ_AGAIN);

    for (uint32_t i = 0; i < READ_AGAIN; i++) {
        if ((barred & (1u << i)) != 0) {
            explain_unreadable(c, keys[i], paths[i], problem);
            return false;
        }
    }
    return true;
}

/* 0 when files can be made in the folder of `path`, else why not. */
static int folder_problem(const char *path)
{
    char folder[CONFIGURATION_PATH_MAX];
    struct stat status;
    const char *slash = strrchr(path, '/');

    snprintf(folder, sizeof folder, "%s", slash != NULL ? path : ".");
    if (slash != NULL)
        folder[slash - path + 1] = '\0';
    if (stat(folder, &status) != 0)
        return errno;
    if (!S_ISDIR(status.st_mode))
        return ENOTDIR;
    return access(folder, W_OK | X_OK) == 0 ? 0 : errno;
}

/* The audit file is opened as at the start, but not created: --check leaves nothing behind. */
static bool audit_file_can_be_opened(const struct configuration *c,
                                     char problem[CONFIGURATION_PROBLEM_MAX])
{
    char place[CONFIGURATION_PATH_MAX + 32];
    const int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int fd = c->audit_file[0] != '\0' ? open(c->audit_file, flags) : -1;

    if (fd >= 0)
        close(fd);
    if (fd >= 0 || c->audit_file[0] == '\0')
        return true;
    int error = errno == ENOENT ? folder_problem(c->audit_file) : errno;
    if (error == 0)
        return true;
    configuration_place("audit_file", place);
    snprintf(problem, CONFIGURATION_PROBLEM_MAX,
             "%saudit_file: cannot open %s: %s; create its directory, or choose another path",
             place, c->audit_file, strerror(error));
    return false;
}

bool start_conditions_hold(const char *file, const struct configuration *c,
                           struct privileges_account *account,
                           char problem[CONFIGURATION_PROBLEM_MAX])
{
    if (!privileges_find(c, account, problem))
        return false;
    guarded_file_trust_owner(account->uid);
    return can_be_read_again(file, c, account, problem) && admin_socket_path_fits(c, problem) &&
           audit_file_can_be_opened(c, problem) && configuration_discovery_possible(c, problem);
}
