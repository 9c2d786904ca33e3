/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/suppress.h"

#include <string.h>
#include <time.h>

#include "cli/cli.h"

static int refuse(const struct see_cli_file *file, size_t line, const char *why,
                  const char *command)
{
    struct see_text what;
    see_text_init(&what);
    see_text_printf(&what, "%s:%zu", file->path, line);
    see_cli_say(see_text_status(&what) == SEE_OK ? what.ptr : file->path, why);
    see_text_finish(&what);
    return file->is_again ? SEE_EXIT_USAGE : see_cli_usage(command);
}

/*
 * The day that the wall has.  Elsewhere time is that of the capture; but an entry is a promise to
 * look again, which a capture that is analysed anew each day must not keep for ever.
 */
static void today(char day[SEE_DAY_TEXT])
{
    time_t now = time(NULL);
    struct tm date;
    if (gmtime_r(&now, &date) == NULL || strftime(day, SEE_DAY_TEXT, "%Y-%m-%d", &date) == 0) {
        memcpy(day, "0000-00-00", SEE_DAY_TEXT);
    }
}

int see_cli_suppress_read(struct see_cli_suppress *ret_suppress, const struct see_cli_file *file,
                          const char *command)
{
    struct see_cli_suppress suppress = {.list = {.list = NULL}};
    char day[SEE_DAY_TEXT], why[256];
    size_t line = 0;
    see_text_init(&suppress.file);
    int exit_status = see_cli_file_read(&suppress.file, file);
    if (exit_status == -1) {
        today(day);
        int status = see_suppressions_read(&suppress.list, see_text_view(&suppress.file), day,
                                           &line, why, sizeof(why));
        if (status == SEE_EINVAL) {
            exit_status = refuse(file, line, why, command);
        } else if (status != SEE_OK) {
            see_cli_say(file->path, see_status_text(status));
            exit_status = SEE_EXIT_FAILED;
        }
    }
    if (exit_status != -1) {
        see_text_finish(&suppress.file);
        return exit_status;
    }
    *ret_suppress = suppress;
    return -1;
}

void see_cli_suppress_tell(const struct see_cli_suppress *suppress, const char *path)
{
    for (size_t i = 0; i < suppress->list.count; i++) {
        const struct see_suppression *entry = &suppress->list.list[i];
        if (entry->is_expired) {
            struct see_text what;
            see_text_init(&what);
            see_text_printf(&what, "%s:%zu: expired on %s, and suppresses nothing any more", path,
                            entry->line, entry->expires);
            see_cli_say(see_text_status(&what) == SEE_OK ? what.ptr : path, NULL);
            see_text_finish(&what);
        }
    }
}

void see_cli_suppress_finish(struct see_cli_suppress *suppress)
{
    see_suppressions_finish(&suppress->list);
    see_text_finish(&suppress->file);
}
