/* The daemon's seccomp filter: see sandbox.h. */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_SANITIZERS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_SANITIZERS 1
#endif
#endif
#ifndef WITH_SANITIZERS
#define WITH_SANITIZERS 0
#endif

/* Allowed whatever their arguments. */
static const int allowed[] = {
    /* connections */
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(sendto), SCMP_SYS(recvfrom),
    SCMP_SYS(accept4), SCMP_SYS(shutdown), SCMP_SYS(close), SCMP_SYS(setsockopt),
    SCMP_SYS(getsockopt), SCMP_SYS(getpeername), SCMP_SYS(getsockname),
    /* the event loop */
    SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_create1),
    SCMP_SYS(poll), SCMP_SYS(eventfd2), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(gettimeofday), SCMP_SYS(time),
    SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction),
    /* memory */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(mlock),
    SCMP_SYS(munlock), SCMP_SYS(getrandom), SCMP_SYS(futex),
    /* reading files again; the opening itself is below */
    SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(lseek), SCMP_SYS(fcntl), SCMP_SYS(pread64),
    SCMP_SYS(geteuid), SCMP_SYS(getuid), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(ioctl),
    SCMP_SYS(unlink),
    /* the end */
    SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(tgkill)};

/* Looking up a user's name at a reload asks the name service, and takes no for an answer. */
static int refuse_sockets(scmp_filter_ctx filter)
{
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 0) |
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(connect), 0);
}

#define SOCKET_TYPES 0xfu /* the rest of a socket's type are flags */

/* A rule for sockets of one family and one type. */
static int socket_rule(scmp_filter_ctx filter, uint32_t action, int family, int type)
{
    return seccomp_rule_add(filter, action, SCMP_SYS(socket), 2,
                            SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family, 0),
                            SCMP_A1(SCMP_CMP_MASKED_EQ, SOCKET_TYPES, (scmp_datum_t)type));
}

/* Connections to other registrars: TCP. The name service still gets its no for all else that it may try. */
static int allow_connecting(scmp_filter_ctx filter)
{
    const int internet[] = {AF_INET, AF_INET6};
    const int local[] = {AF_UNIX, AF_NETLINK};
    int result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(connect), 0);

    for (size_t i = 0; i < 2; i++) {
        result |= socket_rule(filter, SCMP_ACT_ALLOW, internet[i], SOCK_STREAM);
        result |= socket_rule(filter, SCMP_ACT_ERRNO(EACCES), internet[i], SOCK_DGRAM);
        result |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(socket), 1,
                                   SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)local[i], 0));
    }
    return result;
}

static int allow_conditionally(scmp_filter_ctx filter)
{
    int result = 0;

    /* Files are opened for reading only. */
    result |=
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
                         SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY));
    /* Memory never becomes executable. */
    result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return result;
}

static bool load(scmp_filter_ctx filter, bool connects)
{
    int result = 0;

    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    result |= allow_conditionally(filter);
    result |= connects ? allow_connecting(filter) : refuse_sockets(filter);
    return result == 0 && seccomp_load(filter) == 0;
}

/* What the process that looks up names needs: sockets to name servers, its line to the daemon, time and memory. */
static const int resolver_calls[] = {SCMP_SYS(read),
                                     SCMP_SYS(write),
                                     SCMP_SYS(sendto),
                                     SCMP_SYS(recvfrom),
                                     SCMP_SYS(sendmsg),
                                     SCMP_SYS(recvmsg),
                                     SCMP_SYS(bind),
                                     SCMP_SYS(connect),
                                     SCMP_SYS(close),
                                     SCMP_SYS(setsockopt),
                                     SCMP_SYS(getsockopt),
                                     SCMP_SYS(getpeername),
                                     SCMP_SYS(getsockname),
                                     SCMP_SYS(fcntl),
                                     SCMP_SYS(ioctl),
                                     SCMP_SYS(epoll_create1),
                                     SCMP_SYS(epoll_ctl),
                                     SCMP_SYS(epoll_wait),
                                     SCMP_SYS(epoll_pwait),
                                     SCMP_SYS(poll),
                                     SCMP_SYS(pipe2),
                                     SCMP_SYS(clock_gettime),
                                     SCMP_SYS(gettimeofday),
                                     SCMP_SYS(time),
                                     SCMP_SYS(restart_syscall),
                                     SCMP_SYS(rt_sigreturn),
                                     SCMP_SYS(rt_sigprocmask),
                                     SCMP_SYS(rt_sigaction),
                                     SCMP_SYS(brk),
                                     SCMP_SYS(munmap),
                                     SCMP_SYS(mremap),
                                     SCMP_SYS(madvise),
                                     SCMP_SYS(getrandom),
                                     SCMP_SYS(futex),
                                     SCMP_SYS(getuid),
                                     SCMP_SYS(geteuid),
                                     SCMP_SYS(getgid),
                                     SCMP_SYS(getegid),
                                     SCMP_SYS(getpid),
                                     SCMP_SYS(gettid),
                                     SCMP_SYS(exit),
                                     SCMP_SYS(exit_group),
                                     SCMP_SYS(tgkill)};

/* No file is opened there: settings are read before, and what the C library would look into is answered with no. */
static int allow_resolver_conditionally(scmp_filter_ctx filter)
{
    int result = 0;

    result |= socket_rule(filter, SCMP_ACT_ALLOW, AF_INET, SOCK_DGRAM);
    result |= socket_rule(filter, SCMP_ACT_ALLOW, AF_INET6, SOCK_DGRAM);
    result |= socket_rule(filter, SCMP_ACT_ALLOW, AF_INET, SOCK_STREAM);
    result |= socket_rule(filter, SCMP_ACT_ALLOW, AF_INET6, SOCK_STREAM);
    result |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0);
    result |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(access), 0);
    result |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(newfstatat), 0);
    result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return result;
}

static bool load_resolver(scmp_filter_ctx filter)
{
    int result = 0;

    for (size_t i = 0; i < sizeof resolver_calls / sizeof resolver_calls[0]; i++)
        result |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, resolver_calls[i], 0);
    result |= allow_resolver_conditionally(filter);
    return result == 0 && seccomp_load(filter) == 0;
}

/* Loads one of the two filters. */
static bool enter(bool of_resolver, bool connects, const char **reason)
{
    if (WITH_SANITIZERS) {
        *reason = "built with sanitizers";
        return false;
    }
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    bool good = filter != NULL && (of_resolver ? load_resolver(filter) : load(filter, connects));
    seccomp_release(filter);
    *reason = good ? "" : "this kernel has no seccomp filters";
    return good;
}

bool sandbox_enter(bool connects, const char **reason)
{
    return enter(false, connects, reason);
}

bool sandbox_enter_resolver(const char **reason)
{
    return enter(true, false, reason);
}
