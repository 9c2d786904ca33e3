/* SPDX-License-Identifier: BSD-3-Clause */
#include "contain/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include "contain/landlock.h"
#include "contain/privilege.h"

/* Who may make a call: analyze, monitor, extract, merge, query; a build with sanitizers only. */
#define A SEE_ROLE_ANALYZE
#define M SEE_ROLE_MONITOR
#define E SEE_ROLE_EXTRACT
#define G SEE_ROLE_MERGE
#define Q SEE_ROLE_QUERY
#define ALL (A | M | E | G | Q)
#define SANE (1U << 31)

/*
 * On one argument: `value` under `mask`; OWN is our process id, ASK the socket to the parent.
 * SILENT is any descriptor but those of interfaces: whoever reads packets sends none.
 */
enum condition { ALWAYS, MASKED, OWN, ASK, SILENT };
#define EXACTLY(value) UINT32_MAX, (value)

/*
 * What a contained process may do, by its role.  All else fails with EPERM, as the C library asks
 * for this and that which it can do without; but see `fatal`.
 *
 * Nobody opens files in here but `query`: the others ask the parent (broker.c).  No call doubles a
 * descriptor, so a condition on one holds.
 */
static const struct {
    int call;
    unsigned roles;
    enum condition condition;
    unsigned argument;
    uint64_t mask, value;
} allowed[] = {
#define CALL(name) SCMP_SYS(name)
    /* clang-format off */
    /* Descriptors that are open. */
    {CALL(read),            ALL, ALWAYS, 0, 0, 0},
    {CALL(readv),           ALL, ALWAYS, 0, 0, 0},
    {CALL(pread64),         ALL, ALWAYS, 0, 0, 0},
    {CALL(write),           ALL, SILENT, 0, 0, 0},
    {CALL(writev),          ALL, SILENT, 0, 0, 0},
    {CALL(pwrite64),        ALL, SILENT, 0, 0, 0},
    {CALL(lseek),           ALL, ALWAYS, 0, 0, 0},
    {CALL(close),           ALL, ALWAYS, 0, 0, 0},
    {CALL(fstat),           ALL, ALWAYS, 0, 0, 0},
    {CALL(fstatfs),         M,   ALWAYS, 0, 0, 0},
    {CALL(newfstatat),      ALL, ALWAYS, 0, 0, 0}, /* fstat of the C library */
    {CALL(statx),           ALL, ALWAYS, 0, 0, 0},
    {CALL(fcntl),           ALL, MASKED, 1, EXACTLY(F_GETFD)},
    {CALL(fcntl),           ALL, MASKED, 1, EXACTLY(F_SETFD)},
    {CALL(fcntl),           ALL, MASKED, 1, EXACTLY(F_GETFL)},
    {CALL(fcntl),           ALL, MASKED, 1, EXACTLY(F_SETFL)},
    {CALL(fcntl),           ALL, MASKED, 1, EXACTLY(F_GETLK)}, /* SQLite's locks */
    {CALL(fcntl),           ALL, MASKED, 1, EXACTLY(F_SETLK)},
    {CALL(fcntl),           ALL, MASKED, 1, EXACTLY(F_SETLKW)},
    {CALL(fcntl),           ALL, MASKED, 1, EXACTLY(F_OFD_SETLK)},
    {CALL(fsync),           A|M|G, ALWAYS, 0, 0, 0},
    {CALL(fdatasync),       A|M|G, ALWAYS, 0, 0, 0},
    {CALL(ftruncate),       ALL, ALWAYS, 0, 0, 0},
    {CALL(fallocate),       ALL, ALWAYS, 0, 0, 0},
    {CALL(poll),            ALL, ALWAYS, 0, 0, 0},
    {CALL(ppoll),           ALL, ALWAYS, 0, 0, 0},
    {CALL(ioctl),           ALL, MASKED, 1, EXACTLY(TCGETS)},  /* isatty; never TIOCSTI */
    {CALL(ioctl),           ALL, MASKED, 1, EXACTLY(TIOCGWINSZ)},
    /* Memory, none of it to execute. */
    {CALL(brk),             ALL, ALWAYS, 0, 0, 0},
    {CALL(mmap),            ALL, MASKED, 2, PROT_EXEC, 0},
    {CALL(mprotect),        ALL, MASKED, 2, PROT_EXEC, 0},
    {CALL(munmap),          ALL, ALWAYS, 0, 0, 0},
    {CALL(mremap),          ALL, ALWAYS, 0, 0, 0},
    {CALL(madvise),         ALL, ALWAYS, 0, 0, 0},
    /* Time. */
    {CALL(clock_gettime),   ALL, ALWAYS, 0, 0, 0},
    {CALL(clock_getres),    ALL, ALWAYS, 0, 0, 0},
    {CALL(clock_nanosleep), ALL, ALWAYS, 0, 0, 0},
    {CALL(nanosleep),       ALL, ALWAYS, 0, 0, 0},
    {CALL(gettimeofday),    ALL, ALWAYS, 0, 0, 0},
    {CALL(time),            ALL, ALWAYS, 0, 0, 0},
    /* Threads, signals, and oneself. */
    {CALL(clone),           ALL, MASKED, 0, CLONE_THREAD, CLONE_THREAD},
    {CALL(futex),           ALL, ALWAYS, 0, 0, 0},
    {CALL(set_robust_list), ALL, ALWAYS, 0, 0, 0},
    {CALL(rseq),            ALL, ALWAYS, 0, 0, 0},
    {CALL(sched_yield),     ALL, ALWAYS, 0, 0, 0},
    {CALL(sched_getaffinity), ALL, ALWAYS, 0, 0, 0},
    {CALL(rt_sigaction),    ALL, ALWAYS, 0, 0, 0},
    {CALL(rt_sigprocmask),  ALL, ALWAYS, 0, 0, 0},
    {CALL(rt_sigreturn),    ALL, ALWAYS, 0, 0, 0},
    {CALL(sigaltstack),     ALL, ALWAYS, 0, 0, 0},
    {CALL(restart_syscall), ALL, ALWAYS, 0, 0, 0},
    {CALL(kill),            ALL, OWN,    0, 0, 0},
    {CALL(tgkill),          ALL, OWN,    0, 0, 0},
    {CALL(getpid),          ALL, ALWAYS, 0, 0, 0},
    {CALL(getppid),         ALL, ALWAYS, 0, 0, 0},
    {CALL(gettid),          ALL, ALWAYS, 0, 0, 0},
    {CALL(getuid),          ALL, ALWAYS, 0, 0, 0},
    {CALL(geteuid),         ALL, ALWAYS, 0, 0, 0},
    {CALL(getgid),          ALL, ALWAYS, 0, 0, 0},
    {CALL(getegid),         ALL, ALWAYS, 0, 0, 0},
    {CALL(getrusage),       ALL, ALWAYS, 0, 0, 0},
    {CALL(sysinfo),         ALL, ALWAYS, 0, 0, 0},
    {CALL(uname),           ALL, ALWAYS, 0, 0, 0},
    {CALL(getrandom),       ALL, ALWAYS, 0, 0, 0},
    {CALL(prlimit64),       ALL, MASKED, 2, UINT64_MAX, 0}, /* asked, not set */
    {CALL(exit),            ALL, ALWAYS, 0, 0, 0},
    {CALL(exit_group),      ALL, ALWAYS, 0, 0, 0},
    /* The parent. */
    {CALL(sendmsg),         A|E|G, ASK,  0, 0, 0},
    {CALL(recvmsg),         A|M|E|G, ALWAYS, 0, 0, 0},
    /* An interface that is open: frames, what was dropped, whether it is up. */
    {CALL(recvfrom),        M,   ALWAYS, 0, 0, 0},
    {CALL(getsockopt),      M,   ALWAYS, 0, 0, 0},
    {CALL(setsockopt),      M,   ALWAYS, 0, 0, 0}, /* ends the ring, changes the filter */
    {CALL(ioctl),           M,   MASKED, 1, EXACTLY(SIOCGIFFLAGS)},
    {CALL(ioctl),           M,   MASKED, 1, EXACTLY(SIOCGIFINDEX)},
    {CALL(ioctl),           M,   MASKED, 1, EXACTLY(SIOCGIFHWADDR)},
    {CALL(bind),            M,   ALWAYS, 0, 0, 0}, /* to an interface that came back */
    /* Clients of a socket that listened before. */
    {CALL(accept4),         M,   ALWAYS, 0, 0, 0},
    {CALL(epoll_ctl),       M,   ALWAYS, 0, 0, 0},
    {CALL(epoll_wait),      M,   ALWAYS, 0, 0, 0},
    {CALL(epoll_pwait),     M,   ALWAYS, 0, 0, 0},
    {CALL(sendto),          M,   SILENT, 0, 0, 0},
    {CALL(sendmsg),         M,   SILENT, 0, 0, 0},
    {CALL(shutdown),        M,   ALWAYS, 0, 0, 0},
    /* A database to read has an index, and now and then a log, to open; where is Landlock's. */
    {CALL(open),            Q,   ALWAYS, 0, 0, 0},
    {CALL(openat),          Q,   ALWAYS, 0, 0, 0},
    {CALL(access),          Q,   ALWAYS, 0, 0, 0},
    {CALL(faccessat),       Q,   ALWAYS, 0, 0, 0},
    {CALL(faccessat2),      Q,   ALWAYS, 0, 0, 0},
    {CALL(unlink),          Q,   ALWAYS, 0, 0, 0},
    {CALL(unlinkat),        Q,   ALWAYS, 0, 0, 0},
    {CALL(getcwd),          Q,   ALWAYS, 0, 0, 0},
    {CALL(readlink),        Q,   ALWAYS, 0, 0, 0},
    {CALL(readlinkat),      Q,   ALWAYS, 0, 0, 0},
    {CALL(stat),            Q,   ALWAYS, 0, 0, 0},
    {CALL(lstat),           Q,   ALWAYS, 0, 0, 0},
    {CALL(fchmod),          Q,   ALWAYS, 0, 0, 0},
    {CALL(fchown),          Q,   ALWAYS, 0, 0, 0}, /* root's, to the owner of the database */
    /* What ASan, UBSan and LSan want of a process that they look after. */
    {CALL(open),            SANE, ALWAYS, 0, 0, 0},
    {CALL(openat),          SANE, ALWAYS, 0, 0, 0},
    {CALL(readlink),        SANE, ALWAYS, 0, 0, 0},
    {CALL(readlinkat),      SANE, ALWAYS, 0, 0, 0},
    {CALL(getdents64),      SANE, ALWAYS, 0, 0, 0},
    {CALL(getdents),        SANE, ALWAYS, 0, 0, 0},
    {CALL(clone),           SANE, ALWAYS, 0, 0, 0},
    {CALL(wait4),           SANE, ALWAYS, 0, 0, 0},
    {CALL(prctl),           SANE, ALWAYS, 0, 0, 0},
    {CALL(ptrace),          SANE, ALWAYS, 0, 0, 0},
    {CALL(pipe2),           SANE, ALWAYS, 0, 0, 0},
    {CALL(kill),            SANE, ALWAYS, 0, 0, 0},
    {CALL(process_vm_readv), SANE, ALWAYS, 0, 0, 0},
    /* clang-format on */
};

/*
 * No library asks for these by the way: who does has taken the process over.  It is killed, so that
 * there is no second try, and the parent says so.
 */
static const int fatal[] = {
    CALL(execve),
    CALL(execveat),
    CALL(ptrace),
    CALL(process_vm_readv),
    CALL(process_vm_writev),
    CALL(mount),
    CALL(umount2),
    CALL(pivot_root),
    CALL(chroot),
    CALL(unshare),
    CALL(setns),
    CALL(init_module),
    CALL(finit_module),
    CALL(kexec_load),
    CALL(bpf),
    CALL(perf_event_open),
    CALL(userfaultfd),
    CALL(add_key),
    CALL(request_key),
    CALL(keyctl),
    CALL(setuid),
    CALL(setgid),
    CALL(setresuid),
    CALL(setresgid),
};

void see_sandbox_holds(struct see_contain_report *report, const char *what)
{
    see_text_add_string(&report->held, report->held.len > 0 ? ", " : "");
    see_text_add_string(&report->held, what);
}

void see_sandbox_lacks(struct see_contain_report *report, const char *what, int error)
{
    see_text_add_string(&report->missing, report->missing.len > 0 ? ", " : "");
    see_text_printf(&report->missing, "%s (%s)", what, strerror(error));
}

static int allow_calls(scmp_filter_ctx filter, unsigned role, int socket,
                       struct see_contain_range interfaces)
{
    unsigned wanted = role | (SEE_HAS_SANITIZER ? SANE : 0);
    int result = 0;
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]) && result == 0; i++) {
        /* Numbers below zero stand for calls that this machine does not have. */
        if ((allowed[i].roles & wanted) == 0 || allowed[i].call < 0) {
            continue;
        }
        struct scmp_arg_cmp compare = {.arg = allowed[i].argument, .op = SCMP_CMP_MASKED_EQ};
        switch (allowed[i].condition) {
        case ALWAYS:
            break;
        case MASKED:
            compare.datum_a = allowed[i].mask;
            compare.datum_b = allowed[i].value;
            break;
        case OWN:
            compare.datum_a = UINT32_MAX;
            compare.datum_b = (uint64_t)getpid();
            break;
        case ASK:
            compare.datum_a = UINT32_MAX;
            compare.datum_b = (uint64_t)socket;
            break;
        case SILENT:
            compare.op = SCMP_CMP_LT;
            compare.datum_a = (uint64_t)interfaces.first;
            break;
        }
        bool is_silent = allowed[i].condition == SILENT && interfaces.first >= 0;
        bool is_free = allowed[i].condition == ALWAYS ||
                       (allowed[i].condition == SILENT && interfaces.first < 0);
        result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, allowed[i].call, is_free ? 0 : 1,
                                        &compare);
        if (is_silent && result == 0) {
            /* Rules of one call are alternatives. */
            compare.op = SCMP_CMP_GT;
            compare.datum_a = (uint64_t)interfaces.last;
            result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, allowed[i].call, 1, &compare);
        }
    }
    return result;
}

static int forbid_calls(scmp_filter_ctx filter)
{
    int result = 0;
    for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]) && result == 0; i++) {
        bool is_theirs =
            SEE_HAS_SANITIZER && (fatal[i] == CALL(ptrace) || fatal[i] == CALL(process_vm_readv) ||
                                  fatal[i] == CALL(execve)); /* a symbolizer, which can be missed */
        if (fatal[i] >= 0 && !is_theirs) {
            result = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, fatal[i], 0);
        }
    }
    return result;
}

/* The C library falls back to clone, whose flags can be looked at, when there is no clone3. */
static int filter_calls(unsigned role, int socket, struct see_contain_range interfaces)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL) {
        return -ENOMEM;
    }
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree; older ones have lists */
    int result = allow_calls(filter, role, socket, interfaces);
    if (result == 0) {
        result = forbid_calls(filter);
    }
    if (result == 0) {
        result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0);
    }
    if (result == 0) {
        result = seccomp_load(filter);
    }
    seccomp_release(filter);
    return result;
}

/* valgrind translates our code and makes system calls in our name that a filter would forbid. */
static bool is_translated(void)
{
    const char *preloaded = getenv("LD_PRELOAD");
    return preloaded != NULL && strstr(preloaded, "vgpreload_") != NULL;
}

static void enter_seccomp(unsigned role, int socket, struct see_contain_range interfaces,
                          struct see_contain_report *report)
{
    if (is_translated()) {
        see_text_add_string(&report->missing, report->missing.len > 0 ? ", " : "");
        see_text_add_string(&report->missing, "seccomp (this is valgrind)");
        return;
    }
    int result = filter_calls(role, socket, interfaces);
    if (result == 0) {
        see_sandbox_holds(report, "seccomp");
    } else {
        see_sandbox_lacks(report, "seccomp", -result);
    }
}

/* Nothing, but for `query`: it may have to open the log and index, and sorts in temporary files. */
static void enter_landlock(unsigned role, const char *database, struct see_contain_report *report)
{
    /* Where SQLite puts temporary files. */
    const char *temporary[] = {getenv("SQLITE_TMPDIR"), getenv("TMPDIR"), "/var/tmp", "/tmp"};
    struct see_landlock_place places[6];
    size_t count = 0;
    char *path = role == Q ? realpath(database, NULL) : NULL;
    if (path != NULL) {
        char *slash = strrchr(path, '/');
        slash[slash == path ? 1 : 0] = '\0';
        places[count++] = (struct see_landlock_place){path, true};
        for (size_t i = 0; i < sizeof(temporary) / sizeof(temporary[0]); i++) {
            if (temporary[i] != NULL) {
                places[count++] = (struct see_landlock_place){temporary[i], true};
            }
        }
    }
    if (SEE_HAS_SANITIZER) {
        places[count++] = (struct see_landlock_place){"/proc", false};
    }
    int version = see_landlock_enter(places, count);
    int why = errno;
    free(path);
    if (version == 0) {
        see_sandbox_lacks(report, "Landlock", why);
        return;
    }
    char words[32];
    snprintf(words, sizeof(words), "Landlock %d", version);
    see_sandbox_holds(report, words);
}

/* `query` may still have to open the log of a database that only its user can read. */
static void become_nobody(unsigned role, const struct see_privilege_user *user,
                          struct see_contain_report *report)
{
    if (role == Q) {
        return;
    }
    if (geteuid() == 0) {
        if (see_privilege_become(user) != 0) {
            see_sandbox_lacks(report, "an unprivileged user", errno);
        } else {
            see_sandbox_holds(report, "user");
            see_text_printf(&report->held, " %s", user->name);
        }
    }
    if (see_privilege_drop_capabilities() != 0) {
        see_sandbox_lacks(report, "dropping capabilities", errno);
    } else {
        see_sandbox_holds(report, "no capabilities");
    }
}

void see_sandbox_die_with_parent(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

void see_sandbox_enter(enum see_contain_role role, int socket, struct see_contain_range interfaces,
                       const char *database, struct see_contain_report *report)
{
    pid_t parent = getppid();
    struct see_privilege_user user;
    see_privilege_find(&user); /* while the list of users can be read */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        see_sandbox_lacks(report, "no new privileges", errno);
    } else {
        see_sandbox_holds(report, "no new privileges");
    }
    enter_landlock(role, database, report);
    become_nobody(role, &user, report);
    if (socket >= 0) {
        see_sandbox_die_with_parent();
        if (getppid() != parent) {
            raise(SIGKILL);
        }
    }
    /* What is in memory is private: no core, and nobody of the same user traces us. */
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    enter_seccomp(role, socket, interfaces, report);
}
