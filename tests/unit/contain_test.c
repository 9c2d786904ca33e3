/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a contained process cannot do, tried one by one, each in a process of its own; and what the
 * parent does for it.  What this system cannot forbid is said and not counted (run with -v).
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "contain/broker.h"
#include "contain/contain.h"
#include "contain/sandbox.h"
#include "store/files.h"

/* What a child says about an attempt. */
enum { REFUSED = 10, SUCCEEDED = 11, UNGUARDED = 12 };

/* What can forbid it; any of them is enough. */
enum { BY_SECCOMP = 1, BY_LANDLOCK = 2, BY_USER = 4 };

struct trial {
    const char *name;
    int (*attempt)(void); /* not negative: it was possible */
    unsigned guards;
    bool is_fatal; /* seccomp kills for it */
};

static char directory[] = "/tmp/seeother-contain-XXXXXX";
static char database[64], input[64], other[64];

static int open_passwd(void)
{
    return open("/etc/passwd", O_RDONLY);
}

static int open_by_itself(void)
{
    return open(input, O_RDONLY);
}

static int make_outside(void)
{
    return open(other, O_CREAT | O_WRONLY, S_IRUSR);
}

static int remove_input(void)
{
    return unlink(input);
}

static int rename_input(void)
{
    return rename(input, other);
}

static int list_root(void)
{
    return open("/", O_RDONLY | O_DIRECTORY);
}

static int execute(void)
{
    char *none[] = {NULL};
    return execve("/bin/true", none, none);
}

static int trace(void)
{
    return (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static int kill_parent(void)
{
    return kill(getppid(), SIGCONT);
}

static int make_process(void)
{
    pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    return child;
}

static int inet_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}

static int inet6_socket(void)
{
    return socket(AF_INET6, SOCK_DGRAM, 0);
}

static int unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int packet_socket(void)
{
    return socket(AF_PACKET, SOCK_RAW, 0);
}

static int become_root(void)
{
    return (int)syscall(SYS_setresuid, 0, 0, 0);
}

static int map_code(void)
{
    void *at =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? -1 : 0;
}

static int make_code(void)
{
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? -1 : mprotect(at, 4096, PROT_READ | PROT_EXEC);
}

static int type_for_the_user(void)
{
    char c = '\n';
    int result = ioctl(STDIN_FILENO, TIOCSTI, &c);
    return result != 0 && errno != EPERM ? 0 : result; /* the kernel was asked, and only declined */
}

static int be_dumpable(void)
{
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static const struct trial trials[] = {
    {"opening /etc/passwd", open_passwd, BY_SECCOMP | BY_LANDLOCK, false},
    {"opening an input by its path", open_by_itself, BY_SECCOMP | BY_LANDLOCK, false},
    {"writing outside of the database's directory", make_outside, BY_SECCOMP | BY_LANDLOCK, false},
    {"removing a file", remove_input, BY_SECCOMP | BY_LANDLOCK, false},
    {"renaming a file", rename_input, BY_SECCOMP | BY_LANDLOCK, false},
    {"listing a directory", list_root, BY_SECCOMP | BY_LANDLOCK, false},
    {"executing a program", execute, BY_SECCOMP | BY_LANDLOCK, true},
    {"tracing the parent", trace, BY_SECCOMP | BY_LANDLOCK, true},
    {"a signal to the parent", kill_parent, BY_SECCOMP, false},
    {"another process", make_process, BY_SECCOMP, false},
    {"an IPv4 socket", inet_socket, BY_SECCOMP, false},
    {"an IPv6 socket", inet6_socket, BY_SECCOMP, false},
    {"a Unix socket", unix_socket, BY_SECCOMP, false},
    {"a packet socket", packet_socket, BY_SECCOMP | BY_USER, false},
    {"becoming root", become_root, BY_SECCOMP | BY_USER, true},
    {"memory to write and execute", map_code, BY_SECCOMP, false},
    {"making memory executable", make_code, BY_SECCOMP, false},
    {"typing into the terminal", type_for_the_user, BY_SECCOMP, false},
    {"letting itself be dumped", be_dumpable, BY_SECCOMP, false},
};

/* What sanitizers need is open in a build with them, and only Landlock stands before it. */
static bool is_for_sanitizers(const struct trial *trial)
{
    return SEE_HAS_SANITIZER &&
           (trial->attempt == open_passwd || trial->attempt == open_by_itself ||
            trial->attempt == make_outside || trial->attempt == list_root ||
            trial->attempt == trace || trial->attempt == kill_parent ||
            trial->attempt == make_process || trial->attempt == be_dumpable);
}

static unsigned guards_of(const struct see_contain_report *report)
{
    unsigned guards = 0;
    const char *held = report->held.ptr != NULL ? report->held.ptr : "";
    guards |= strstr(held, "seccomp") != NULL ? BY_SECCOMP : 0;
    guards |= strstr(held, "Landlock") != NULL ? BY_LANDLOCK : 0;
    guards |= strstr(held, "user ") != NULL || getuid() != 0 ? BY_USER : 0;
    return guards;
}

/* Stands in for an interface: nothing may be written to it. */
static int silent = -1;

static unsigned enter(struct see_contain *contain, enum see_contain_role role)
{
    struct see_contain_report report;
    see_contain_enter(contain, role, (struct see_contain_range){silent, silent}, database, &report);
    unsigned guards = guards_of(&report);
    see_contain_report_finish(&report);
    return guards;
}

/* Of the process that the test starts next. */
static enum see_contain_role role = SEE_ROLE_ANALYZE;

static int try_it(void *ctx, struct see_contain *contain)
{
    const struct trial *trial = ctx;
    unsigned guards = enter(contain, role);
    guards &= is_for_sanitizers(trial) ? ~(unsigned)BY_SECCOMP : ~0U;
    if ((guards & trial->guards) == 0) {
        return UNGUARDED;
    }
    return trial->attempt() < 0 ? REFUSED : SUCCEEDED;
}

static const char *input_path(void *ctx, size_t number)
{
    (void)ctx;
    return number == 0 ? input : NULL;
}

static const char *config, *known; /* what can be read again */
static const char *evidence;       /* where slices go */

/* Does the work in a contained child; only the parent comes back. */
static struct see_contain_end in_child(int (*work)(void *, struct see_contain *), void *ctx)
{
    struct see_output output = {.path = other};
    struct see_contain_job job = {
        .role = role,
        .database = database,
        .input = role == SEE_ROLE_EXTRACT ? NULL : input_path,
        .names_octets = 100,
        .output = role == SEE_ROLE_EXTRACT ? &output : NULL,
        .work = work,
        .ctx = ctx,
        .config = config,
        .known = known,
        .evidence = evidence,
        .slices = {.octets = 1000, .count = 2},
    };
    struct see_contain_end end;
    pid_t self = getpid();
    assert_int_equal(see_contain_run(&job, &end), SEE_OK);
    if (getpid() != self) {
        _exit(end.status);
    }
    return end;
}

static void try_all(void)
{
    for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
        struct trial trial = trials[i];
        struct see_contain_end end = in_child(try_it, &trial);
        bool is_refused = end.signal == SIGSYS ? trial.is_fatal : end.status == REFUSED;
        if (end.status == UNGUARDED) {
            printf("not proven, as nothing here forbids it: %s\n", trial.name);
        } else if (!is_refused) {
            print_error("%s: status %d, signal %d\n", trial.name, end.status, end.signal);
            fail();
        }
    }
}

static void test_forbidden(void **state)
{
    static const enum see_contain_role roles[] = {SEE_ROLE_MONITOR, SEE_ROLE_EXTRACT,
                                                  SEE_ROLE_MERGE, SEE_ROLE_ANALYZE};
    (void)state;
    printf("%s", SEE_HAS_SANITIZER ? "built with sanitizers, which need some of this\n" : "");
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        role = roles[i];
        try_all();
    }
}

/* A test that cannot fail proves nothing: outside, all this is possible. */
static void test_possible_outside(void **state)
{
    (void)state;
    int (*const harmless[])(void) = {open_passwd, open_by_itself, list_root,
                                     inet_socket, unix_socket,    kill_parent,
                                     make_code,   be_dumpable,    make_process};
    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        assert_true(harmless[i]() >= 0);
    }
    while (wait(NULL) > 0) {
        /* What make_process left. */
    }
}

static int ask_parent(void *ctx, struct see_contain *contain)
{
    (void)ctx;
    struct stat info;
    /* Before it is contained a process opens files itself, and is answered nothing. */
    if (see_contain_open_input(contain, 0) >= 0 || errno != EPERM) {
        return 1;
    }
    enter(contain, SEE_ROLE_ANALYZE);
    char octets[6];
    int fd = see_contain_open_input(contain, 0);
    if (fd < 0 || read(fd, octets, sizeof(octets)) != 5 || write(fd, "x", 1) >= 0) {
        return 2;
    }
    if (see_contain_open_input(contain, 1) >= 0 || errno != EBADF ||
        see_contain_open_input(contain, SIZE_MAX) >= 0 || errno != EBADF) {
        return 3;
    }
    /* Beside the database, and only what SQLite makes there. */
    fd = see_contain_open(contain, SEE_FILE_JOURNAL, false);
    if (fd >= 0 || errno != ENOENT) {
        return 4;
    }
    fd = see_contain_open(contain, SEE_FILE_JOURNAL, true);
    if (fd < 0 || write(fd, "x", 1) != 1 || fstat(fd, &info) != 0 ||
        (info.st_mode & 0777) != 0640) {
        return 5;
    }
    if (see_contain_look(contain, SEE_FILE_JOURNAL, &info) != 0 || info.st_size != 1 ||
        see_contain_remove(contain, SEE_FILE_JOURNAL) != 0 ||
        see_contain_look(contain, SEE_FILE_JOURNAL, &info) == 0 || errno != ENOENT) {
        return 6;
    }
    fd = see_contain_open(contain, SEE_FILE_TEMPORARY, true);
    if (fd < 0 || write(fd, "x", 1) != 1 || fstat(fd, &info) != 0 || info.st_nlink != 0) {
        return 7;
    }
    return see_contain_open(contain, SEE_FILE_DIRECTORY, false) >= 0 ? 0 : 8;
}

static void test_parent(void **state)
{
    (void)state;
    assert_int_equal(in_child(ask_parent, NULL).status, 0);
}

/* Slices are made, kept and dropped; the database beside them is out of reach by that way. */
static int make_slices(void *ctx, struct see_contain *contain)
{
    (void)ctx;
    char name[SEE_SLICE_NAME];
    struct stat info;
    if (see_contain_make_slice(contain, 1, 1) >= 0 || errno != EPERM) {
        return 1;
    }
    enter(contain, SEE_ROLE_MONITOR);
    if (see_contain_make_slice(contain, 1, 1001) >= 0 || errno != EFBIG ||
        see_contain_keep_slice(contain, name) == 0 || errno != ENOENT) {
        return 2;
    }
    int fd = see_contain_make_slice(contain, UINT64_MAX, 1);
    if (fd < 0 || write(fd, "x", 1) != 1 || fstat(fd, &info) != 0 ||
        (info.st_mode & 0777) != 0600 || see_contain_keep_slice(contain, name) != 0 ||
        strchr(name, '/') != NULL || fstat(fd, &info) != 0 || info.st_nlink != 1) {
        return 3;
    }
    fd = see_contain_make_slice(contain, 2, 1);
    if (fd < 0 || see_contain_drop_slice(contain) != 0 || fstat(fd, &info) != 0 ||
        info.st_nlink != 0 || see_contain_tidy_slices(contain) != 0) {
        return 4;
    }
    return see_contain_open(contain, SEE_FILE_SLICE, false) < 0 && errno == EPERM &&
                   see_contain_look(contain, SEE_FILE_SLICE, &info) < 0 && errno == EPERM &&
                   see_contain_look(contain, SEE_FILE_DATABASE, &info) == 0
               ? 0
               : 5;
}

static int make_no_slices(void *ctx, struct see_contain *contain)
{
    (void)ctx;
    enter(contain, SEE_ROLE_MONITOR);
    return see_contain_make_slice(contain, 1, 1) < 0 && errno == EPERM &&
                   see_contain_remove(contain, SEE_FILE_SLICE) < 0 && errno == EPERM
               ? 0
               : 1;
}

static void test_slices(void **state)
{
    (void)state;
    char path[] = "/tmp/seeother-slices-XXXXXX";
    char command[64];
    enum see_contain_role before = role;
    role = SEE_ROLE_MONITOR;
    assert_int_equal(in_child(make_no_slices, NULL).status, 0);
    evidence = mkdtemp(path);
    assert_non_null(evidence);
    assert_int_equal(in_child(make_slices, NULL).status, 0);
    evidence = NULL;
    role = before;
    snprintf(command, sizeof(command), "rm -r %s", path);
    assert_int_equal(system(command), 0);
}

/* A file that was named in the beginning, to be read only; no other, and nothing to wait for. */
static int read_again(void *ctx, struct see_contain *contain)
{
    (void)ctx;
    char octets[6];
    enter(contain, SEE_ROLE_MONITOR);
    int fd = see_contain_open(contain, SEE_FILE_CONFIG, false);
    if (fd < 0 || read(fd, octets, sizeof(octets)) != 5 || write(fd, "x", 1) >= 0) {
        return 1;
    }
    if (see_contain_open(contain, SEE_FILE_CONFIG, true) >= 0 || errno != EPERM ||
        see_contain_remove(contain, SEE_FILE_CONFIG) == 0 || errno != EPERM) {
        return 2;
    }
    return see_contain_open(contain, SEE_FILE_KNOWN, false) < 0 ? errno + 100 : 3;
}

static void test_read_again(void **state)
{
    (void)state;
    char pipe_path[80];
    config = input;
    assert_int_equal(in_child(read_again, NULL).status, EPERM + 100);
    snprintf(pipe_path, sizeof(pipe_path), "%s-pipe", database);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    known = pipe_path;
    assert_int_equal(in_child(read_again, NULL).status, EINVAL + 100);
    unlink(pipe_path);
    known = "/nonexistent";
    assert_int_equal(in_child(read_again, NULL).status, ENOENT + 100);
    config = known = NULL;
}

static int ask_too_much(void *ctx, struct see_contain *contain)
{
    (void)ctx;
    struct see_contain_report report;
    enter(contain, SEE_ROLE_ANALYZE);
    if (see_contain_remove(contain, SEE_FILE_DATABASE) == 0 || errno != EPERM ||
        see_contain_remove(contain, SEE_FILE_INPUT) == 0 || errno != EPERM ||
        see_contain_open(contain, SEE_FILE_INPUT, true) >= 0 || errno != EPERM ||
        see_contain_open(contain, SEE_FILE_TEMPORARY, false) >= 0 || errno != EPERM) {
        return 1;
    }
    for (unsigned file = SEE_FILE_COUNT; file < 300; file++) {
        if (see_contain_open(contain, (enum see_contain_file)file, true) >= 0 || errno != EPERM) {
            return 2;
        }
    }
    /* Entering again names no other database. */
    see_contain_enter(contain, SEE_ROLE_ANALYZE, SEE_CONTAIN_NO_RANGE, "/etc/passwd", &report);
    bool is_told = strstr(report.missing.ptr, "directory of the database") != NULL;
    see_contain_report_finish(&report);
    return is_told ? 0 : 3;
}

static void test_too_much(void **state)
{
    (void)state;
    assert_int_equal(in_child(ask_too_much, NULL).status, 0);
}

/* What a database names can be read, if it is a file; what is read names nothing. */
static int name_inputs(struct see_contain *contain)
{
    struct stat info;
    size_t number = 7;
    if (see_contain_name_input(contain, "", &number, &info) == 0 || errno != ENOENT ||
        see_contain_name_input(contain, directory, &number, &info) == 0 || errno != EINVAL ||
        see_contain_name_input(contain, "/dev/null", &number, &info) == 0 || errno != EINVAL) {
        return 1;
    }
    if (see_contain_open_input(contain, 0) >= 0 || errno != EBADF) {
        return 2;
    }
    /* That was the first to be opened, though it was not there. */
    return see_contain_name_input(contain, input, &number, &info) == 0 || errno != EPERM ? 3 : 0;
}

static int read_named(struct see_contain *contain)
{
    struct stat info;
    size_t number = 7;
    char octets[6], longer[128];
    memset(longer, '/', sizeof(longer));
    snprintf(longer + 60, sizeof(longer) - 60, "%s", input);
    if (see_contain_name_input(contain, input, &number, &info) != 0 || number != 0 ||
        info.st_size != 5) {
        return 1;
    }
    if (see_contain_name_input(contain, longer, &number, &info) == 0 || errno != ENOSPC) {
        return 2; /* more octets than the parent keeps */
    }
    int fd = see_contain_open_input(contain, 0);
    if (fd < 0 || read(fd, octets, sizeof(octets)) != 5 || write(fd, "x", 1) >= 0) {
        return 3;
    }
    return see_contain_name_input(contain, input, &number, &info) == 0 || errno != EPERM ? 4 : 0;
}

/* The database and what is beside it are only read, and nothing is beside an input. */
static int change_nothing(struct see_contain *contain)
{
    for (unsigned file = 0; file < SEE_FILE_COUNT; file++) {
        if (see_contain_remove(contain, (enum see_contain_file)file) == 0 || errno != EPERM) {
            return 1;
        }
    }
    if (see_contain_open(contain, SEE_FILE_DATABASE, false) >= 0 ||
        see_contain_open(contain, SEE_FILE_DATABASE, true) >= 0 ||
        see_contain_open(contain, SEE_FILE_JOURNAL, true) >= 0 ||
        see_contain_open(contain, SEE_FILE_TEMPORARY, true) >= 0 ||
        see_contain_open_source(contain, 0, SEE_FILE_INPUT_LOG, true) >= 0 ||
        see_contain_rotate(contain) == 0 || errno != EPERM) {
        return 2;
    }
    return 0;
}

static int write_output(struct see_contain *contain)
{
    struct stat info;
    if (see_contain_open(contain, SEE_FILE_OUTPUT, false) >= 0 || errno != EPERM ||
        see_contain_look(contain, SEE_FILE_OUTPUT, &info) == 0 || errno != ENOENT ||
        see_contain_keep_output(contain) == 0 || errno != ENOENT) {
        return 1;
    }
    int fd = see_contain_open(contain, SEE_FILE_OUTPUT, true);
    if (fd < 0 || write(fd, "whole", 5) != 5 || read(fd, &info, 1) >= 0 ||
        see_contain_open(contain, SEE_FILE_OUTPUT, true) >= 0 || errno != EEXIST) {
        return 2; /* one, and for writing */
    }
    return see_contain_keep_output(contain) == 0 &&
                   see_contain_look(contain, SEE_FILE_OUTPUT, &info) == 0 && info.st_size == 5
               ? 0
               : 3;
}

static int leave_output(struct see_contain *contain)
{
    int fd = see_contain_open(contain, SEE_FILE_OUTPUT, true);
    return fd >= 0 && write(fd, "half", 4) == 4 ? 0 : 1;
}

static int be_extract(void *ctx, struct see_contain *contain)
{
    int (*const *work)(struct see_contain *) = ctx;
    enter(contain, SEE_ROLE_EXTRACT);
    return (*work)(contain);
}

static void test_extract(void **state)
{
    int (*works[])(struct see_contain *) = {name_inputs, read_named, change_nothing, write_output,
                                            leave_output};
    char pattern[80];
    glob_t found;
    (void)state;
    role = SEE_ROLE_EXTRACT;
    for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++) {
        unlink(other);
        int status = in_child(be_extract, &works[i]).status;
        if (status != 0) {
            print_error("part %zu: %d\n", i, status);
        }
        assert_int_equal(status, 0);
    }
    role = SEE_ROLE_ANALYZE;
    snprintf(pattern, sizeof(pattern), "%s*", other);
    assert_int_equal(glob(pattern, 0, NULL, &found), GLOB_NOMATCH);
    globfree(&found);
}

/* Databases are inputs that have something beside them, which is never taken away. */
static int be_merge(void *ctx, struct see_contain *contain)
{
    struct stat info;
    (void)ctx;
    enter(contain, SEE_ROLE_MERGE);
    int fd = see_contain_open_source(contain, 0, SEE_FILE_INPUT, false);
    if (fd < 0 || write(fd, "x", 1) >= 0 ||
        see_contain_open_source(contain, 0, SEE_FILE_INPUT, true) >= 0 || errno != EPERM ||
        see_contain_open_source(contain, 1, SEE_FILE_INPUT, false) >= 0 || errno != EBADF) {
        return 1;
    }
    if (see_contain_look_source(contain, 0, SEE_FILE_INPUT_INDEX, &info) == 0 || errno != ENOENT ||
        see_contain_open_source(contain, 0, SEE_FILE_INPUT_INDEX, false) >= 0 || errno != ENOENT) {
        return 2;
    }
    fd = see_contain_open_source(contain, 0, SEE_FILE_INPUT_INDEX, true);
    if (fd < 0 || write(fd, "x", 1) != 1 || fstat(fd, &info) != 0 ||
        (info.st_mode & 0777) != 0600 ||
        see_contain_look_source(contain, 0, SEE_FILE_INPUT_INDEX, &info) != 0) {
        return 3;
    }
    if (see_contain_open_source(contain, 1, SEE_FILE_INPUT_LOG, true) >= 0 || errno != EBADF ||
        see_contain_open_source(contain, 0, SEE_FILE_INPUT_JOURNAL, true) >= 0 || errno != EPERM) {
        return 4;
    }
    /* Nor is a database that was there before, and nothing else is written. */
    for (enum see_contain_file file = SEE_FILE_INPUT_LOG; file < SEE_FILE_COUNT; file++) {
        if (see_contain_remove(contain, file) == 0 || errno != EPERM) {
            return 5;
        }
    }
    return see_contain_remove(contain, SEE_FILE_DATABASE) != 0 && errno == EPERM &&
                   see_contain_open(contain, SEE_FILE_OUTPUT, true) < 0 && errno == EPERM &&
                   see_contain_rotate(contain) != 0 && errno == EPERM
               ? 0
               : 6;
}

static void test_merge(void **state)
{
    char index[80];
    (void)state;
    role = SEE_ROLE_MERGE;
    int status = in_child(be_merge, NULL).status;
    role = SEE_ROLE_ANALYZE;
    snprintf(index, sizeof(index), "%s-shm", input);
    assert_int_equal(unlink(index), 0);
    assert_int_equal(status, 0);
}

/* A journal that is a link, to a file elsewhere, is not followed. */
static int follow_link(void *ctx, struct see_contain *contain)
{
    (void)ctx;
    enter(contain, SEE_ROLE_ANALYZE);
    return see_contain_open(contain, SEE_FILE_LOG, true) >= 0 ? 1 : 0;
}

static void test_link(void **state)
{
    (void)state;
    char log[80];
    snprintf(log, sizeof(log), "%s-wal", database);
    assert_int_equal(symlink("/etc/passwd", log), 0);
    int status = in_child(follow_link, NULL).status;
    assert_int_equal(unlink(log), 0);
    assert_int_equal(status, 0);
}

static void *nothing(void *ctx)
{
    return ctx;
}

static int make_thread(void *ctx, struct see_contain *contain)
{
    pthread_t thread;
    enter(contain, SEE_ROLE_ANALYZE);
    return pthread_create(&thread, NULL, nothing, ctx) == 0 && pthread_join(thread, NULL) == 0 ? 0
                                                                                               : 1;
}

static void test_thread(void **state)
{
    (void)state;
    assert_int_equal(in_child(make_thread, NULL).status, 0);
}

#define QUESTIONS 2000

/* Looks at the database again and again; NULL when each answer was about that. */
static void *look_often(void *ctx)
{
    struct see_contain *contain = ctx;
    struct stat info;
    for (int i = 0; i < QUESTIONS; i++) {
        if (see_contain_look(contain, SEE_FILE_DATABASE, &info) != 0 ||
            (info.st_mode & 0777) != 0640) {
            return ctx;
        }
    }
    return NULL;
}

/* One thread opens captures while another one writes rows: each gets the answers to its questions.
 */
static int ask_from_two_threads(void *ctx, struct see_contain *contain)
{
    pthread_t thread;
    void *wrong = NULL;
    int misled = 0;
    (void)ctx;
    enter(contain, SEE_ROLE_ANALYZE);
    if (pthread_create(&thread, NULL, look_often, contain) != 0) {
        return 1;
    }
    for (int i = 0; i < QUESTIONS; i++) {
        struct stat info;
        int fd = see_contain_open_input(contain, 0);
        misled += fd < 0 || fstat(fd, &info) != 0 || info.st_size != 5;
        close(fd);
    }
    return pthread_join(thread, &wrong) == 0 && wrong == NULL && misled == 0 ? 0 : 2;
}

static void test_two_threads_ask(void **state)
{
    (void)state;
    assert_int_equal(in_child(ask_from_two_threads, NULL).status, 0);
}

/* All that SQLite opens late: a journal and, for an index that no cache holds, temporary files. */
static int use_sqlite(void *ctx, struct see_contain *contain)
{
    const char *mode = ctx;
    char sql[64];
    sqlite3 *db;
    if (sqlite3_open_v2(database, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
        sqlite3_exec(db, "CREATE TABLE t (x)", NULL, NULL, NULL) != SQLITE_OK ||
        see_files_ask(db, contain) != SEE_OK) {
        return 1;
    }
    enter(contain, SEE_ROLE_ANALYZE);
    snprintf(sql, sizeof(sql), "PRAGMA journal_mode = %s; PRAGMA cache_size = 16", mode);
    static const char work[] =
        "PRAGMA temp_store = FILE;"
        "INSERT INTO t WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n LIMIT 60000)"
        " SELECT hex(randomblob(40)) FROM n;"
        "CREATE INDEX u ON t (x);"
        "CREATE TEMP TABLE v AS SELECT DISTINCT x FROM t ORDER BY x DESC;"
        "PRAGMA journal_mode = DELETE;"
        "DROP TABLE t; VACUUM";
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(db, work, NULL, NULL, NULL) != SQLITE_OK) {
        print_error("%s: %s\n", mode, sqlite3_errmsg(db));
        return 2;
    }
    int result = sqlite3_close(db);
    see_files_ask_nobody();
    return result == SQLITE_OK ? 0 : 3;
}

static void test_sqlite(void **state)
{
    (void)state;
    static char wal[] = "WAL", delete[] = "DELETE";
    assert_int_equal(in_child(use_sqlite, wal).status, 0);
    assert_int_equal(in_child(use_sqlite, delete).status, 0);
}

static int crash(void *ctx, struct see_contain *contain)
{
    (void)ctx;
    enter(contain, SEE_ROLE_ANALYZE);
    signal(SIGSEGV, SIG_DFL);
    return raise(SIGSEGV);
}

static int send_through(void *ctx, struct see_contain *contain)
{
    int ends[2];
    char c = 'x';
    (void)ctx;
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0 || write(ends[0], &c, 1) != 1) {
        return 1;
    }
    silent = ends[0];
    if ((enter(contain, SEE_ROLE_MONITOR) & BY_SECCOMP) == 0) {
        return 0;
    }
    struct iovec part = {&c, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (write(ends[0], &c, 1) >= 0 || writev(ends[0], &part, 1) >= 0 ||
        send(ends[0], &c, 1, 0) >= 0 || sendmsg(ends[0], &message, 0) >= 0) {
        return 2;
    }
    if (dup(ends[0]) >= 0 || dup2(ends[0], 200) >= 0 || fcntl(ends[0], F_DUPFD, 0) >= 0) {
        return 3;
    }
    /* The other end may be written to, and what it sends arrives. */
    return write(ends[1], &c, 1) == 1 && read(ends[0], &c, 1) == 1 ? 0 : 4;
}

static void test_silent(void **state)
{
    (void)state;
    assert_int_equal(in_child(send_through, NULL).status, 0);
}

static int say_seven(void *ctx, struct see_contain *contain)
{
    (void)ctx;
    (void)contain;
    return 7;
}

static void test_end(void **state)
{
    (void)state;
    assert_int_equal(in_child(crash, NULL).signal, SIGSEGV);
    assert_int_equal(in_child(say_seven, NULL).status, 7);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie is left */
    assert_int_equal(errno, ECHILD);
}

static int make_file(const char *path, mode_t mode)
{
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, mode);
    int result = fd < 0 || fchmod(fd, mode) != 0;
    if (strcmp(path, input) == 0) {
        result |= write(fd, "hello", 5) != 5;
    }
    return result | close(fd);
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL) {
        return -1;
    }
    snprintf(database, sizeof(database), "%s/some.db", directory);
    snprintf(input, sizeof(input), "%s/input", directory);
    snprintf(other, sizeof(other), "%s.other", directory);
    return make_file(database, 0640) | make_file(input, 0600);
}

static int tear_down(void **state)
{
    (void)state;
    unlink(other);
    /* Whatever a failed test left, the directory tells: it is not empty then. */
    return unlink(database) | unlink(input) | rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_possible_outside),
        cmocka_unit_test(test_forbidden),
        cmocka_unit_test(test_parent),
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_read_again),
        cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_extract),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_link),
        cmocka_unit_test(test_thread),
        cmocka_unit_test(test_two_threads_ask),
        cmocka_unit_test(test_sqlite),
        cmocka_unit_test(test_silent),
        cmocka_unit_test(test_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
