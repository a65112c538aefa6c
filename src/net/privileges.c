/* Giving up privileges: see privileges.h. */
#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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

static bool find_group(const char *name, gid_t usual, gid_t *gid,
                       char problem[PRIVILEGES_PROBLEM_MAX])
{
    const struct group *group;

    *gid = usual;
    if (name[0] == '\0')
        return true;
    group = getgrnam(name);
    if (group == NULL) {
        snprintf(problem, PRIVILEGES_PROBLEM_MAX,
                 "there is no group \"%s\"; create it with groupadd --system %s", name, name);
        return false;
    }
    *gid = group->gr_gid;
    return true;
}

bool privileges_drop(const char *user, const char *group, char problem[PRIVILEGES_PROBLEM_MAX])
{
    const struct passwd *account;
    gid_t gid = 0;

    if (user[0] == '\0')
        return true;
    account = getpwnam(user);
    if (account == NULL) {
        snprintf(problem, PRIVILEGES_PROBLEM_MAX,
                 "there is no user \"%s\"; create it with useradd --system %s", user, user);
        return false;
    }
    if (!find_group(group, account->pw_gid, &gid, problem))
        return false;
    if (account->pw_uid == geteuid() && gid == getegid())
        return true;
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
        setresuid(account->pw_uid, account->pw_uid, account->pw_uid) != 0) {
        snprintf(problem, PRIVILEGES_PROBLEM_MAX,
                 "cannot become user \"%s\": %s; start as root, or without user", user,
                 strerror(errno));
        return false;
    }
    /* Dumpable again after a change of identity: the kernel resets it. */
    privileges_protect_memory();
    return true;
}
