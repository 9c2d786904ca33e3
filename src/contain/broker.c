/* SPDX-License-Identifier: BSD-3-Clause */
#include "contain/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define OPEN (1U << SEE_ASK_OPEN)
#define MAKE (1U << SEE_ASK_MAKE)
#define REMOVE (1U << SEE_ASK_REMOVE)
#define LOOK (1U << SEE_ASK_LOOK)
#define ROTATE (1U << SEE_ASK_ROTATE)

/*
 * What the parent does for a contained child, and nothing else.  Before the child is contained it
 * opens things itself, and is answered nothing at all.
 *
 * There is room below for what a later feature opens: a directory of evidence.
 */
static const struct {
    unsigned may;
    const char *suffix; /* what follows the name of the database */
} table[SEE_FILE_COUNT] = {
    /* clang-format off */
    [SEE_FILE_INPUT]     = {OPEN                        , NULL},
    [SEE_FILE_DATABASE]  = {OPEN | MAKE | LOOK | ROTATE, ""},
    [SEE_FILE_LOG]       = {OPEN | MAKE | REMOVE | LOOK, "-wal"},
    [SEE_FILE_INDEX]     = {OPEN | MAKE | REMOVE | LOOK, "-shm"},
    [SEE_FILE_JOURNAL]   = {OPEN | MAKE | REMOVE | LOOK, "-journal"},
    [SEE_FILE_DIRECTORY] = {OPEN |                 LOOK, NULL},
    [SEE_FILE_TEMPORARY] = {       MAKE                , NULL},
    [SEE_FILE_CONFIG]    = {OPEN                        , NULL},
    [SEE_FILE_KNOWN]     = {OPEN                        , NULL},
    /* clang-format on */
};

/* The database is named by its directory and its name in there, links followed once. */
struct broker {
    const struct see_contain_job *job;
    bool is_entered;
    int directory;
    char name[NAME_MAX + 1];
};

/* The child has opened the database, so it is there; from here on nobody can talk us into another.
 */
static int enter(struct broker *broker)
{
    char *path = realpath(broker->job->database, NULL);
    char *slash = path != NULL ? strrchr(path, '/') : NULL;
    if (slash == NULL) {
        free(path);
        return -1;
    }
    snprintf(broker->name, sizeof(broker->name), "%s", slash + 1);
    slash[slash == path ? 1 : 0] = '\0';
    broker->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(path);
    return broker->directory < 0 ? -1 : 0;
}

/* May block, on a named pipe: a signal ends that. */
static int open_input(const struct broker *broker, uint64_t number)
{
    const char *path =
        number <= SIZE_MAX ? broker->job->input(broker->job->ctx, (size_t)number) : NULL;
    if (path == NULL) {
        errno = EBADF;
        return -1;
    }
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

int see_broker_open_regular(const char *path)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd >= 0 && (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))) {
        close(fd);
        errno = EINVAL;
        return -1;
    }
    return fd;
}

/* The path is the one that the user gave when all began. */
static int open_again(const char *path)
{
    if (path == NULL) {
        errno = EPERM;
        return -1;
    }
    return see_broker_open_regular(path);
}

/* A file without a name; where the file system has no such thing, one whose name is gone at once.
 */
static int make_temporary(const struct broker *broker)
{
    int fd = openat(broker->directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)) {
        return fd;
    }
    uint64_t random;
    char name[64];
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
        return -1;
    }
    snprintf(name, sizeof(name), ".seeother-%016llx", (unsigned long long)random);
    fd = openat(broker->directory, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd >= 0) {
        unlinkat(broker->directory, name, 0);
    }
    return fd;
}

/* The name of a file beside the database; false when it would be too long. */
static bool name_of(const struct broker *broker, enum see_contain_file file, char *out, size_t size)
{
    const char *suffix = table[file].suffix;
    int len = snprintf(out, size, "%s%s", broker->name, suffix != NULL ? suffix : "");
    if (len < 0 || (size_t)len >= size) {
        errno = ENAMETOOLONG;
        return false;
    }
    return true;
}

/* What is made beside a database belongs to whom that belongs, and is open to the same people. */
static void match_database(const struct broker *broker, int fd)
{
    struct stat info;
    if (fstatat(broker->directory, broker->name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        return;
    }
    if (fchmod(fd, info.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO)) != 0 ||
        (geteuid() == 0 && fchown(fd, info.st_uid, info.st_gid) != 0)) {
        /* Then only we can read it, which is no reason to stop. */
        return;
    }
}

static int open_beside(const struct broker *broker, enum see_contain_file file, bool makes)
{
    const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    char name[NAME_MAX + 1];
    if (!name_of(broker, file, name, sizeof(name))) {
        return -1;
    }
    int fd = openat(broker->directory, name, flags);
    if (fd < 0 && makes && errno == ENOENT) {
        fd = openat(broker->directory, name, flags | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
        if (fd >= 0 && file != SEE_FILE_DATABASE) {
            match_database(broker, fd);
        }
    }
    struct stat info;
    if (fd >= 0 && (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))) {
        close(fd);
        errno = EINVAL;
        return -1;
    }
    return fd;
}

static int open_file(const struct broker *broker, const struct see_question *question)
{
    enum see_contain_file file = (enum see_contain_file)question->file;
    switch (file) {
    case SEE_FILE_INPUT:
        return open_input(broker, question->number);
    case SEE_FILE_DIRECTORY:
        return openat(broker->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    case SEE_FILE_TEMPORARY:
        return make_temporary(broker);
    case SEE_FILE_CONFIG:
        return open_again(broker->job->config);
    case SEE_FILE_KNOWN:
        return open_again(broker->job->known);
    case SEE_FILE_DATABASE:
    case SEE_FILE_LOG:
    case SEE_FILE_INDEX:
    case SEE_FILE_JOURNAL:
        return open_beside(broker, file, question->ask == SEE_ASK_MAKE);
    case SEE_FILE_COUNT:
        break;
    }
    errno = EPERM;
    return -1;
}

static int look(const struct broker *broker, enum see_contain_file file, struct stat *ret_info)
{
    char name[NAME_MAX + 1];
    if (file == SEE_FILE_DIRECTORY) {
        return fstat(broker->directory, ret_info);
    }
    return name_of(broker, file, name, sizeof(name))
               ? fstatat(broker->directory, name, ret_info, AT_SYMLINK_NOFOLLOW)
               : -1;
}

static int remove_file(const struct broker *broker, enum see_contain_file file)
{
    char name[NAME_MAX + 1];
    return name_of(broker, file, name, sizeof(name)) ? unlinkat(broker->directory, name, 0) : -1;
}

static bool is_allowed(const struct broker *broker, const struct see_question *question)
{
    if (question->ask == SEE_ASK_ENTER) {
        return !broker->is_entered;
    }
    bool is_known = question->ask < SEE_ASK_COUNT && question->file < SEE_FILE_COUNT;
    if (!broker->is_entered || !is_known ||
        (table[question->file].may & (1U << question->ask)) == 0) {
        return false;
    }
    /* Without a directory there is nothing beside the database. */
    bool is_named = question->file == SEE_FILE_INPUT || question->file == SEE_FILE_CONFIG ||
                    question->file == SEE_FILE_KNOWN;
    return is_named || broker->directory >= 0;
}

/* Does what is asked.  The descriptor to hand over, or -1; `error` says whether that is bad. */
static int answer(struct broker *broker, const struct see_question *question,
                  struct see_answer *ret_answer)
{
    int fd = -1;
    int result = -1;
    errno = EPERM;
    if (is_allowed(broker, question)) {
        enum see_contain_file file = (enum see_contain_file)question->file;
        switch ((enum see_ask)question->ask) {
        case SEE_ASK_ENTER:
            broker->is_entered = true;
            result = enter(broker);
            break;
        case SEE_ASK_OPEN:
        case SEE_ASK_MAKE:
            result = fd = open_file(broker, question);
            break;
        case SEE_ASK_REMOVE:
            result = remove_file(broker, file);
            break;
        case SEE_ASK_LOOK:
            result = look(broker, file, &ret_answer->info);
            break;
        case SEE_ASK_ROTATE:
            result =
                see_rotate(broker->directory, broker->name, &broker->job->rotation, time(NULL));
            break;
        case SEE_ASK_COUNT:
            break;
        }
    }
    ret_answer->error = result < 0 ? errno : 0;
    return fd;
}

/* A message with at most one descriptor, and the room for it. */
struct message {
    struct msghdr header;
    struct iovec part;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
};

static void message_init(struct message *message, void *octets, size_t len)
{
    memset(message, 0, sizeof(*message));
    message->part = (struct iovec){octets, len};
    message->header.msg_iov = &message->part;
    message->header.msg_iovlen = 1;
}

static void send_answer(int socket, struct see_answer *to_send, int fd)
{
    struct message message;
    message_init(&message, to_send, sizeof(*to_send));
    if (fd >= 0) {
        message.header.msg_control = message.control;
        message.header.msg_controllen = sizeof(message.control);
        struct cmsghdr *control = CMSG_FIRSTHDR(&message.header);
        control->cmsg_level = SOL_SOCKET;
        control->cmsg_type = SCM_RIGHTS;
        control->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(control), &fd, sizeof(fd));
    }
    ssize_t sent;
    do {
        sent = sendmsg(socket, &message.header, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    /* A child that is gone is noticed when it is listened to. */
}

void see_broker_serve(int socket, const struct see_contain_job *job)
{
    struct broker broker = {.job = job, .directory = -1};
    for (;;) {
        struct see_question question;
        ssize_t got = recv(socket, &question, sizeof(question), 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got != (ssize_t)sizeof(question)) {
            break;
        }
        struct see_answer to_send;
        memset(&to_send, 0, sizeof(to_send));
        int fd = answer(&broker, &question, &to_send);
        send_answer(socket, &to_send, fd);
        if (fd >= 0) {
            close(fd);
        }
    }
    if (broker.directory >= 0) {
        close(broker.directory);
    }
}

/* The descriptor that came along, or -1. */
static int descriptor_of(struct message *message)
{
    struct cmsghdr *control = CMSG_FIRSTHDR(&message->header);
    int fd = -1;
    if (control != NULL && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS &&
        control->cmsg_len == CMSG_LEN(sizeof(int))) {
        memcpy(&fd, CMSG_DATA(control), sizeof(fd));
    }
    return fd;
}

int see_broker_ask(int socket, const struct see_question *question, struct see_answer *ret_answer)
{
    struct see_question copy = *question;
    struct message message;
    ssize_t done;
    message_init(&message, &copy, sizeof(copy));
    do {
        done = sendmsg(socket, &message.header, MSG_NOSIGNAL);
    } while (done < 0 && errno == EINTR);
    if (done < 0) {
        return -1;
    }
    message_init(&message, ret_answer, sizeof(*ret_answer));
    message.header.msg_control = message.control;
    message.header.msg_controllen = sizeof(message.control);
    do {
        done = recvmsg(socket, &message.header, MSG_CMSG_CLOEXEC);
    } while (done < 0 && errno == EINTR);
    if (done != (ssize_t)sizeof(*ret_answer)) {
        errno = done < 0 ? errno : EPIPE;
        return -1;
    }
    if (ret_answer->error != 0) {
        errno = ret_answer->error;
        return -1;
    }
    bool wants_fd = question->ask == SEE_ASK_OPEN || question->ask == SEE_ASK_MAKE;
    int fd = descriptor_of(&message);
    if (wants_fd && fd < 0) {
        errno = EMFILE; /* there was no room for it here */
        return -1;
    }
    return wants_fd ? fd : 0;
}
