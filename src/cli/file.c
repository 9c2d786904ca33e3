/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "contain/broker.h"

#define FILE_MAX ((size_t)4 << 20)

/* Why not, or NULL. */
static const char *read_all(struct see_text *text, int fd)
{
    char piece[4096];
    ssize_t len;
    do {
        len = read(fd, piece, sizeof(piece));
        if (len > 0) {
            see_text_add(text, (struct see_view){piece, (size_t)len});
        }
    } while ((len > 0 && text->len <= FILE_MAX) || (len < 0 && errno == EINTR));
    return len < 0                           ? strerror(errno)
           : text->len > FILE_MAX            ? "larger than 4 MiB"
           : see_text_status(text) != SEE_OK ? see_status_text(SEE_ENOMEM)
                                             : NULL;
}

static int open_file(const struct see_cli_file *file)
{
    return !file->is_again         ? open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
           : file->contain != NULL ? see_contain_open(file->contain, file->which, false)
                                   : see_broker_open_regular(file->path);
}

int see_cli_file_read(struct see_text *text, const struct see_cli_file *file)
{
    int fd = open_file(file);
    if (fd < 0) {
        int code = errno;
        see_cli_say(file->path, code == EINVAL ? "this is no regular file" : strerror(code));
        return code == ENOENT ? SEE_EXIT_USAGE : SEE_EXIT_FAILED;
    }
    const char *why = read_all(text, fd);
    close(fd);
    if (why != NULL) {
        see_cli_say(file->path, why);
        return SEE_EXIT_FAILED;
    }
    return -1;
}
