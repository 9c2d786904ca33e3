/* SPDX-License-Identifier: BSD-3-Clause */
#include "contain/contain.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contain/broker.h"
#include "contain/sandbox.h"

struct see_contain {
    int socket;
};

/* A signal handler has nowhere else to look. */
static volatile sig_atomic_t child_pid;

static void pass_on(int number)
{
    int saved = errno;
    if (child_pid > 0) {
        kill((pid_t)child_pid, number);
    }
    errno = saved;
}

/* What people and programs send; a child that does not handle it ends by it, and then we do. */
static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static void catch_signals(struct sigaction *ret_before)
{
    struct sigaction action = {.sa_handler = pass_on};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; i++) {
        sigaction(signals[i], NULL, &ret_before[i]);
        bool is_ignored = ret_before[i].sa_handler == SIG_IGN;
        /* nohup stays in force; that a shell ignores SIGINT for a background job never has been. */
        if (!is_ignored || signals[i] == SIGINT || signals[i] == SIGTERM) {
            sigaction(signals[i], &action, NULL);
        }
    }
}

static void restore_signals(const struct sigaction *before)
{
    for (size_t i = 0; i < SIGNALS; i++) {
        sigaction(signals[i], &before[i], NULL);
    }
}

static void be_parent(int socket, pid_t child, const struct see_contain_job *job,
                      struct see_contain_end *ret_end)
{
    siginfo_t ended;
    int status = 0;
    see_broker_serve(socket, job);
    close(socket);
    while (waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
        /* Signals go on being passed on, */
    }
    child_pid = 0; /* but not to whom its number is given next. */
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
        /* It has ended: this does not take long. */
    }
    *ret_end = (struct see_contain_end){
        .status = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
        .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
    };
}

static void be_child(int socket, pid_t parent, const struct see_contain_job *job,
                     struct see_contain_end *ret_end)
{
    struct see_contain contain = {socket};
    *ret_end = (struct see_contain_end){.status = 0};
    see_sandbox_die_with_parent();
    if (getppid() != parent) {
        raise(SIGKILL); /* it had died before we could ask to die with it */
    }
    ret_end->status = job->work(job->ctx, &contain);
    close(socket);
}

int see_contain_run(const struct see_contain_job *job, struct see_contain_end *ret_end)
{
    int ends[2];
    pid_t self = getpid();
    sigset_t all, before;
    struct sigaction actions[SIGNALS];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        return SEE_EIO;
    }
    fflush(NULL); /* or both of us would write it */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child > 0) {
        child_pid = child;
        catch_signals(actions);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (child < 0) {
        int why = errno;
        close(ends[0]);
        close(ends[1]);
        errno = why;
        return SEE_EIO;
    }
    close(ends[child == 0 ? 0 : 1]);
    if (child == 0) {
        be_child(ends[1], self, job, ret_end);
    } else {
        be_parent(ends[0], child, job, ret_end);
        restore_signals(actions);
    }
    return SEE_OK;
}

void see_contain_enter(struct see_contain *contain, enum see_contain_role role,
                       struct see_contain_range interfaces, const char *database,
                       struct see_contain_report *ret_report)
{
    see_text_init(&ret_report->held);
    see_text_init(&ret_report->missing);
    if (contain != NULL) {
        struct see_question question = {.ask = SEE_ASK_ENTER};
        struct see_answer answer;
        if (see_broker_ask(contain->socket, &question, &answer) < 0) {
            see_sandbox_lacks(ret_report, "the directory of the database", errno);
        }
    }
    see_sandbox_enter(role, contain != NULL ? contain->socket : -1, interfaces, database,
                      ret_report);
}

void see_contain_report_finish(struct see_contain_report *report)
{
    see_text_finish(&report->held);
    see_text_finish(&report->missing);
}

static int ask(struct see_contain *contain, enum see_ask what, enum see_contain_file file,
               size_t number, struct see_answer *ret_answer)
{
    struct see_question question = {
        .ask = (uint32_t)what, .file = (uint32_t)file, .number = number};
    return see_broker_ask(contain->socket, &question, ret_answer);
}

int see_contain_open_input(struct see_contain *contain, size_t number)
{
    struct see_answer answer;
    return ask(contain, SEE_ASK_OPEN, SEE_FILE_INPUT, number, &answer);
}

int see_contain_open(struct see_contain *contain, enum see_contain_file file, bool makes)
{
    return see_contain_open_source(contain, 0, file, makes);
}

int see_contain_remove(struct see_contain *contain, enum see_contain_file file)
{
    struct see_answer answer;
    return ask(contain, SEE_ASK_REMOVE, file, 0, &answer);
}

int see_contain_rotate(struct see_contain *contain)
{
    struct see_answer answer;
    return ask(contain, SEE_ASK_ROTATE, SEE_FILE_DATABASE, 0, &answer);
}

int see_contain_look(struct see_contain *contain, enum see_contain_file file, struct stat *ret_info)
{
    return see_contain_look_source(contain, 0, file, ret_info);
}

int see_contain_open_source(struct see_contain *contain, size_t number, enum see_contain_file file,
                            bool makes)
{
    struct see_answer answer;
    return ask(contain, makes ? SEE_ASK_MAKE : SEE_ASK_OPEN, file, number, &answer);
}

int see_contain_keep_output(struct see_contain *contain)
{
    struct see_answer answer;
    return ask(contain, SEE_ASK_KEEP, SEE_FILE_OUTPUT, 0, &answer);
}

int see_contain_name_input(struct see_contain *contain, const char *path, size_t *ret_number,
                           struct stat *ret_info)
{
    struct see_question question = {.ask = SEE_ASK_NAME, .file = SEE_FILE_INPUT};
    struct see_answer answer;
    if (path[0] == '\0' || strlen(path) >= PATH_MAX) {
        errno = path[0] == '\0' ? ENOENT : ENAMETOOLONG;
        return -1;
    }
    int result = see_broker_ask_about(contain->socket, &question, path, &answer);
    if (result == 0) {
        *ret_number = (size_t)answer.number;
        *ret_info = answer.info;
    }
    return result;
}

int see_contain_look_source(struct see_contain *contain, size_t number, enum see_contain_file file,
                            struct stat *ret_info)
{
    struct see_answer answer;
    int result = ask(contain, SEE_ASK_LOOK, file, number, &answer);
    if (result == 0) {
        *ret_info = answer.info;
    }
    return result;
}

int see_contain_look_by_name(struct see_contain *contain, struct stat *ret_info)
{
    return see_contain_look_source(contain, SEE_BY_NAME, SEE_FILE_DATABASE, ret_info);
}

int see_contain_make_slice(struct see_contain *contain, uint64_t number, uint64_t octets)
{
    struct see_question question = {
        .ask = SEE_ASK_MAKE, .file = SEE_FILE_SLICE, .number = number, .octets = octets};
    struct see_answer answer;
    return see_broker_ask(contain->socket, &question, &answer);
}

int see_contain_keep_slice(struct see_contain *contain, char ret_name[SEE_SLICE_NAME])
{
    struct see_answer answer;
    int result = ask(contain, SEE_ASK_KEEP, SEE_FILE_SLICE, 0, &answer);
    if (result == 0) {
        memcpy(ret_name, answer.name, sizeof(answer.name));
        ret_name[SEE_SLICE_NAME - 1] = '\0';
    }
    return result;
}

int see_contain_drop_slice(struct see_contain *contain)
{
    struct see_answer answer;
    return ask(contain, SEE_ASK_REMOVE, SEE_FILE_SLICE, 0, &answer);
}

int see_contain_tidy_slices(struct see_contain *contain)
{
    struct see_answer answer;
    return ask(contain, SEE_ASK_TIDY, SEE_FILE_SLICE, 0, &answer);
}
