/* SPDX-License-Identifier: BSD-3-Clause */
#include "contain/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "contain/beside.h"
#include "contain/parcel.h"

#define OPEN (1U << SEE_ASK_OPEN)
#define MAKE (1U << SEE_ASK_MAKE)
#define REMOVE (1U << SEE_ASK_REMOVE)
#define LOOK (1U << SEE_ASK_LOOK)
#define ROTATE (1U << SEE_ASK_ROTATE)
#define NAME (1U << SEE_ASK_NAME)
#define KEEP (1U << SEE_ASK_KEEP)
#define TIDY (1U << SEE_ASK_TIDY)

/* A database that is written, and one that is only read: SQLite needs the index even so. */
#define WRITER (OPEN | MAKE | REMOVE | LOOK)
#define READER (OPEN | MAKE | LOOK)
#define ROTATED (OPEN | MAKE | LOOK | ROTATE)
#define TAKEN_BACK (OPEN | LOOK | REMOVE)
#define BOUNDED (MAKE | REMOVE | KEEP | TIDY)

/* A column for each role that has a parent, in the order of their bits. */
#define COLUMNS 4

/*
 * What the parent does for a contained child, and nothing else.  Before the child is contained it
 * opens things itself, and is answered nothing at all.
 *
 * OPEN is for reading where a role only reads; REMOVE of a database is for one that was not there
 * before.
 */
static const struct {
    unsigned may[COLUMNS];
    const char *suffix; /* what follows the name of the database */
} table[SEE_FILE_COUNT] = {
    /* clang-format off */
    /*                           analyze      monitor      extract             merge */
    [SEE_FILE_INPUT]         = {{OPEN,        OPEN,        OPEN | NAME,        OPEN | LOOK}, ""},
    [SEE_FILE_DATABASE]      = {{OPEN | LOOK, ROTATED,     LOOK,               TAKEN_BACK}, ""},
    [SEE_FILE_LOG]           = {{WRITER,      WRITER,      READER,             WRITER}, "-wal"},
    [SEE_FILE_INDEX]         = {{WRITER,      WRITER,      READER,             WRITER}, "-shm"},
    [SEE_FILE_JOURNAL]       = {{WRITER,      WRITER,      OPEN | LOOK,        WRITER}, "-journal"},
    [SEE_FILE_DIRECTORY]     = {{OPEN | LOOK, OPEN | LOOK, LOOK,               OPEN | LOOK}, NULL},
    [SEE_FILE_TEMPORARY]     = {{MAKE,        MAKE,        0,                  MAKE}, NULL},
    [SEE_FILE_INPUT_LOG]     = {{0,           0,           0,                  READER}, "-wal"},
    [SEE_FILE_INPUT_INDEX]   = {{0,           0,           0,                  READER}, "-shm"},
    [SEE_FILE_INPUT_JOURNAL] = {{0,         0,           0,              OPEN | LOOK}, "-journal"},
    [SEE_FILE_OUTPUT]        = {{0,           0,           MAKE | LOOK | KEEP, 0}, NULL},
    [SEE_FILE_CONFIG]        = {{OPEN,        OPEN,        0,                  0}, NULL},
    [SEE_FILE_KNOWN]         = {{OPEN,        OPEN,        0,                  0}, NULL},
    [SEE_FILE_SLICE]         = {{0,           BOUNDED,     0,                  0}, NULL},
    /* clang-format on */
};

struct broker {
    const struct see_contain_job *job;
    bool is_entered;
    struct see_beside database;
    char **names; /* of inputs, where the child names them */
    size_t name_count, names_octets;
    bool is_reading;           /* an input was opened: no more are named */
    struct see_slices *slices; /* NULL: no evidence is kept, or there is no directory for it */
};

static int refuse(int why)
{
    errno = why;
    return -1;
}

static const char *input_of(const struct broker *broker, uint64_t number)
{
    const struct see_contain_job *job = broker->job;
    if (job->input != NULL) {
        return number <= SIZE_MAX ? job->input(job->ctx, (size_t)number) : NULL;
    }
    return number < broker->name_count ? broker->names[number] : NULL;
}

/* May block, on a named pipe: a signal ends that. */
static int open_input(struct broker *broker, uint64_t number)
{
    const char *path = input_of(broker, number);
    broker->is_reading = true;
    return path != NULL ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : refuse(EBADF);
}

static int name_input(struct broker *broker, const char *path, struct see_answer *ret_answer)
{
    const size_t octets = strlen(path) + 1;
    if (broker->is_reading) {
        return refuse(EPERM);
    }
    if (stat(path, &ret_answer->info) != 0) {
        return -1;
    }
    if (!S_ISREG(ret_answer->info.st_mode)) {
        return refuse(EINVAL); /* opening a device can do things */
    }
    if (octets > broker->job->names_octets - broker->names_octets) {
        return refuse(ENOSPC);
    }
    char **names = realloc(broker->names, (broker->name_count + 1) * sizeof(*names));
    char *copy = names != NULL ? strdup(path) : NULL;
    broker->names = names != NULL ? names : broker->names;
    if (copy == NULL) {
        return refuse(ENOMEM);
    }
    broker->names_octets += octets;
    ret_answer->number = broker->name_count;
    broker->names[broker->name_count++] = copy;
    return 0;
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
    return path != NULL ? see_broker_open_regular(path) : refuse(EPERM);
}

static bool is_beside_input(enum see_contain_file file)
{
    return file == SEE_FILE_INPUT_LOG || file == SEE_FILE_INPUT_INDEX ||
           file == SEE_FILE_INPUT_JOURNAL;
}

/* A database to read: its directory is entered for the moment. */
static int enter_input(const struct broker *broker, uint64_t number, struct see_beside *ret_input)
{
    const char *path = input_of(broker, number);
    return path != NULL ? see_beside_enter(ret_input, path) : refuse(EBADF);
}

static int left(struct see_beside *input, int result)
{
    int why = errno;
    see_beside_leave(input);
    errno = why;
    return result;
}

static int open_beside_input(const struct broker *broker, const struct see_question *question)
{
    struct see_beside input;
    enum see_beside_how how = question->ask == SEE_ASK_MAKE ? SEE_BESIDE_MAKE : SEE_BESIDE_READ;
    if (enter_input(broker, question->number, &input) != 0) {
        return -1;
    }
    return left(&input, see_beside_open(&input, table[question->file].suffix, how));
}

static int look_at_input(const struct broker *broker, const struct see_question *question,
                         struct stat *ret_info)
{
    struct see_beside input;
    if (enter_input(broker, question->number, &input) != 0) {
        return -1;
    }
    return left(&input, see_beside_look(&input, table[question->file].suffix, ret_info));
}

static int open_beside(const struct broker *broker, const struct see_question *question)
{
    enum see_beside_how how = question->ask == SEE_ASK_MAKE           ? SEE_BESIDE_MAKE
                              : broker->job->role == SEE_ROLE_EXTRACT ? SEE_BESIDE_READ
                                                                      : SEE_BESIDE_WRITE;
    return see_beside_open(&broker->database, table[question->file].suffix, how);
}

static int open_file(struct broker *broker, const struct see_question *question)
{
    switch ((enum see_contain_file)question->file) {
    case SEE_FILE_INPUT:
        return open_input(broker, question->number);
    case SEE_FILE_DIRECTORY:
        return see_beside_directory(&broker->database);
    case SEE_FILE_TEMPORARY:
        return see_beside_temporary(&broker->database);
    case SEE_FILE_CONFIG:
        return open_again(broker->job->config);
    case SEE_FILE_KNOWN:
        return open_again(broker->job->known);
    case SEE_FILE_DATABASE:
    case SEE_FILE_LOG:
    case SEE_FILE_INDEX:
    case SEE_FILE_JOURNAL:
        return open_beside(broker, question);
    case SEE_FILE_INPUT_LOG:
    case SEE_FILE_INPUT_INDEX:
    case SEE_FILE_INPUT_JOURNAL:
        return open_beside_input(broker, question);
    case SEE_FILE_SLICE:
        return see_slices_make(broker->slices, question->number, question->octets, time(NULL));
    case SEE_FILE_OUTPUT:
        return broker->job->output != NULL ? see_output_make(broker->job->output) : refuse(EPERM);
    case SEE_FILE_COUNT:
        break;
    }
    return refuse(EPERM);
}

static int look(const struct broker *broker, const struct see_question *question,
                struct stat *ret_info)
{
    enum see_contain_file file = (enum see_contain_file)question->file;
    if (file == SEE_FILE_INPUT || is_beside_input(file)) {
        return look_at_input(broker, question, ret_info);
    }
    if (file == SEE_FILE_DIRECTORY) {
        return fstat(broker->database.directory, ret_info);
    }
    if (file == SEE_FILE_OUTPUT) {
        return broker->job->output != NULL ? stat(broker->job->output->path, ret_info)
                                           : refuse(EPERM);
    }
    const struct see_beside *database = &broker->database;
    if (file == SEE_FILE_DATABASE && question->number == SEE_BY_NAME &&
        !see_rotate_leads(database->directory, database->base, database->name)) {
        return refuse(ENOENT);
    }
    return see_beside_look(database, table[file].suffix, ret_info);
}

static int remove_file(const struct broker *broker, uint32_t file)
{
    if (file == SEE_FILE_SLICE) {
        see_slices_drop(broker->slices);
        return 0;
    }
    return see_beside_remove(&broker->database, table[file].suffix);
}

static int keep_file(const struct broker *broker, uint32_t file, struct see_answer *ret_answer)
{
    if (file == SEE_FILE_SLICE) {
        return see_slices_keep(broker->slices, ret_answer->name);
    }
    return broker->job->output != NULL ? see_output_keep(broker->job->output) : refuse(EPERM);
}

static int enter(struct broker *broker)
{
    const struct see_contain_job *job = broker->job;
    broker->is_entered = true;
    if (job->evidence != NULL) {
        broker->slices = see_slices_open(job->evidence, &job->slices);
    }
    return see_beside_enter(&broker->database, job->database);
}

static unsigned allowed(const struct broker *broker, uint32_t file)
{
    int column = __builtin_ctz((unsigned)broker->job->role);
    return column < COLUMNS ? table[file].may[column] : 0;
}

/* Somewhere else than beside the database. */
static bool is_named(enum see_contain_file file)
{
    return file == SEE_FILE_INPUT || is_beside_input(file) || file == SEE_FILE_OUTPUT ||
           file == SEE_FILE_CONFIG || file == SEE_FILE_KNOWN;
}

static bool is_allowed(const struct broker *broker, const struct see_question *question)
{
    if (question->ask == SEE_ASK_ENTER) {
        return !broker->is_entered;
    }
    bool is_known = question->ask < SEE_ASK_COUNT && question->file < SEE_FILE_COUNT;
    if (!broker->is_entered || !is_known ||
        (allowed(broker, question->file) & (1U << question->ask)) == 0) {
        return false;
    }
    enum see_contain_file file = (enum see_contain_file)question->file;
    if (file == SEE_FILE_SLICE) {
        return broker->slices != NULL;
    }
    if (file == SEE_FILE_DATABASE && question->ask == SEE_ASK_REMOVE && !broker->job->is_new) {
        return false;
    }
    /* Without a directory there is nothing beside the database. */
    return is_named(file) || broker->database.directory >= 0;
}

/* Does what is asked.  The descriptor to hand over, or -1; `error` says whether that is bad. */
static int answer(struct broker *broker, const struct see_question *question, const char *path,
                  struct see_answer *ret_answer)
{
    int fd = -1;
    int result = -1;
    errno = EPERM;
    if (is_allowed(broker, question)) {
        switch ((enum see_ask)question->ask) {
        case SEE_ASK_ENTER:
            result = enter(broker);
            break;
        case SEE_ASK_OPEN:
        case SEE_ASK_MAKE:
            result = fd = open_file(broker, question);
            break;
        case SEE_ASK_REMOVE:
            result = remove_file(broker, question->file);
            break;
        case SEE_ASK_TIDY:
            see_slices_tidy(broker->slices, time(NULL));
            result = 0;
            break;
        case SEE_ASK_LOOK:
            result = look(broker, question, &ret_answer->info);
            break;
        case SEE_ASK_ROTATE:
            result = see_rotate(broker->database.directory, broker->database.base,
                                broker->database.name, &broker->job->rotation, time(NULL));
            break;
        case SEE_ASK_NAME:
            result = name_input(broker, path, ret_answer);
            break;
        case SEE_ASK_KEEP:
            result = keep_file(broker, question->file, ret_answer);
            break;
        case SEE_ASK_COUNT:
            break;
        }
    }
    ret_answer->error = result < 0 ? errno : 0;
    return fd;
}

/* A question as it comes, with room for a path that ends in a zero. */
struct asked {
    struct see_question question;
    char path[PATH_MAX];
};

/* A path belongs to a name, and to nothing else. */
static bool is_well_formed(struct asked *asked, size_t len)
{
    if (len < sizeof(asked->question) || len >= sizeof(*asked)) {
        return false;
    }
    size_t path = len - sizeof(asked->question);
    asked->path[path] = '\0';
    return path == 0 || (asked->question.ask == SEE_ASK_NAME && strlen(asked->path) == path);
}

static void broker_finish(struct broker *broker)
{
    for (size_t i = 0; i < broker->name_count; i++) {
        free(broker->names[i]);
    }
    free(broker->names);
    see_slices_close(broker->slices);
    see_beside_leave(&broker->database);
    if (broker->job->output != NULL) {
        see_output_drop(broker->job->output);
    }
}

void see_broker_serve(int socket, const struct see_contain_job *job)
{
    struct broker broker = {.job = job, .database = {.directory = -1}};
    for (;;) {
        struct asked asked;
        ssize_t got = recv(socket, &asked, sizeof(asked), 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 || !is_well_formed(&asked, (size_t)got)) {
            break;
        }
        struct see_answer to_send;
        memset(&to_send, 0, sizeof(to_send));
        int fd = answer(&broker, &asked.question, asked.path, &to_send);
        int sent = see_parcel_send(socket, &to_send, sizeof(to_send), NULL, fd);
        (void)sent; /* a child that is gone is noticed when it is listened to */
        if (fd >= 0) {
            close(fd);
        }
    }
    broker_finish(&broker);
}

int see_broker_ask(int socket, const struct see_question *question, struct see_answer *ret_answer)
{
    return see_broker_ask_about(socket, question, NULL, ret_answer);
}

int see_broker_ask_about(int socket, const struct see_question *question, const char *path,
                         struct see_answer *ret_answer)
{
    /* One opens captures while another one writes rows: whoever asks waits for the own answer. */
    static pthread_mutex_t asking = PTHREAD_MUTEX_INITIALIZER;
    int fd = -1;
    pthread_mutex_lock(&asking);
    ssize_t got = see_parcel_send(socket, question, sizeof(*question), path, -1);
    if (got == 0) {
        got = see_parcel_receive(socket, ret_answer, sizeof(*ret_answer), &fd);
    }
    pthread_mutex_unlock(&asking);
    if (got != (ssize_t)sizeof(*ret_answer)) {
        errno = got < 0 ? errno : EPIPE;
        return -1;
    }
    if (ret_answer->error != 0) {
        errno = ret_answer->error;
        return -1;
    }
    bool wants_fd = question->ask == SEE_ASK_OPEN || question->ask == SEE_ASK_MAKE;
    if (wants_fd && fd < 0) {
        errno = EMFILE; /* there was no room for it here */
        return -1;
    }
    return wants_fd ? fd : 0;
}
