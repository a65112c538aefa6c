/* Giving up privileges: see privileges.h. */
#include "privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

void privileges_forbid_dumps(void)
{
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void privileges_protect_memory(void)
{
    struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    privileges_forbid_dumps();
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* A limit as a number; "no limit" is the largest. */
static uint32_t descriptors_of(rlim_t limit)
{
    return limit == RLIM_INFINITY || limit > UINT32_MAX ? UINT32_MAX : (uint32_t)limit;
}

uint32_t privileges_raise_descriptors(uint32_t descriptors)
{
    struct rlimit limit;
    struct rlimit raised;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    if (descriptors_of(limit.rlim_cur) >= descriptors)
        return descriptors_of(limit.rlim_cur);
    raised = limit;
    raised.rlim_cur = descriptors;
    if (descriptors_of(limit.rlim_max) < descriptors)
        raised.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
        limit = raised;
    return descriptors_of(limit.rlim_cur);
}

static bool find_group(const struct configuration *c, struct privileges_account *account,
                       char problem[CONFIGURATION_PROBLEM_MAX])
{
    char place[CONFIGURATION_PATH_MAX + 32];
    const struct group *group;

    if (c->group[0] == '\0')
        return true;
    group = getgrnam(c->group);
    if (group != NULL) {
        account->gid = group->gr_gid;
        return true;
    }
    configuration_place("group", place);
    snprintf(problem, CONFIGURATION_PROBLEM_MAX,
             "%sgroup: there is no group \"%s\"; create it with groupadd --system %s", place,
             c->group, c->group);
    return false;
}

bool privileges_find(const struct configuration *c, struct privileges_account *account,
                     char problem[CONFIGURATION_PROBLEM_MAX])
{
    char place[CONFIGURATION_PATH_MAX + 32];
    const struct passwd *user;

    account->uid = geteuid();
    account->gid = getegid();
    if (c->user[0] == '\0')
        return true;
    user = getpwnam(c->user);
    if (user != NULL) {
        account->uid = user->pw_uid;
        account->gid = user->pw_gid;
        return find_group(c, account, problem);
    }
    configuration_place("user", place);
    snprintf(problem, CONFIGURATION_PROBLEM_MAX,
             "%suser: there is no user \"%s\"; create it with useradd --system %s", place, c->user,
             c->user);
    return false;
}

static bool is_us(const struct privileges_account *account)
{
    return account->uid == geteuid() && account->gid == getegid();
}

static bool become(const struct privileges_account *account)
{
    return setgroups(0, NULL) == 0 && setresgid(account->gid, account->gid, account->gid) == 0 &&
           setresuid(account->uid, account->uid, account->uid) == 0;
}

/* In the child. Non-blocking, since a path may be a FIFO. */
static uint8_t try_to_read(const char *const paths[], uint32_t count)
{
    uint32_t barred = 0;

    for (uint32_t i = 0; i < count; i++) {
        int fd = open(paths[i], O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd >= 0)
            close(fd);
        else if (errno == EACCES)
            barred |= 1u << i;
    }
    return (uint8_t)barred;
}

uint8_t privileges_unreadable(const struct privileges_account *account, const char *const paths[],
                              uint32_t count)
{
    int status = 0;

    if (geteuid() != 0 || is_us(account))
        return 0;
    pid_t child = fork();
    if (child == 0)
        _exit(become(account) ? try_to_read(paths, count) : 0);
    if (child < 0)
        return 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? (uint8_t)WEXITSTATUS(status) : 0;
}

bool privileges_drop(const struct configuration *c, const struct privileges_account *account,
                     char problem[CONFIGURATION_PROBLEM_MAX])
{
    char place[CONFIGURATION_PATH_MAX + 32];

    if (is_us(account))
        return true;
    if (!become(account)) {
        int error = errno;
        configuration_place("user", place);
        snprintf(problem, CONFIGURATION_PROBLEM_MAX,
                 "%suser: cannot become \"%s\": %s; start as root, or without user", place, c->user,
                 strerror(error));
        return false;
    }
    /* Dumpable again after a change of identity: the kernel resets it. */
    privileges_protect_memory();
    return true;
}
