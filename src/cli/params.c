/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/params.h"

#include <string.h>

#include "cli/cli.h"
#include "core/text.h"

enum kind { KIND_TEXT, KIND_TIME, KIND_NUMBER };

/* In the queries one name means one thing; what is not here is text. */
static const struct {
    const char *name;
    enum kind kind;
} kinds[] = {
    {"since", KIND_TIME},    {"until", KIND_TIME},      {"capture", KIND_NUMBER},
    {"days", KIND_NUMBER},   {"exchange", KIND_NUMBER}, {"id", KIND_NUMBER},
    {"limit", KIND_NUMBER},  {"min_hops", KIND_NUMBER}, {"redirect", KIND_NUMBER},
    {"status", KIND_NUMBER}, {"times", KIND_NUMBER},
};

static enum kind kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return kinds[i].kind;
        }
    }
    return KIND_TEXT;
}

static bool refuse(const struct see_query_param *param, const char *name, const char *wanted)
{
    struct see_text why;
    see_text_init(&why);
    see_text_printf(&why, "the parameter '%s' wants %s, not '%s'", param->name, wanted,
                    param->value);
    see_cli_say(name, see_text_status(&why) == SEE_OK ? why.ptr : wanted);
    see_text_finish(&why);
    return false;
}

bool see_cli_param_read(struct see_query_param *param, const char *name, char room[SEE_TIME_TEXT])
{
    see_time_ns time = 0;
    int64_t number = 0;
    param->name += param->name[0] != '\0' && strchr(":@$", param->name[0]) != NULL;
    switch (kind_of(param->name)) {
    case KIND_TIME:
        if (!see_time_parse(see_view_of(param->value), &time)) {
            return refuse(param, name, "a time such as 2026-11-20 or 2026-11-20T13:24:05+02:00");
        }
        see_time_format(time, room);
        param->value = room;
        break;
    case KIND_NUMBER:
        if (!see_query_integer(param->value, &number)) {
            return refuse(param, name, "a whole number");
        }
        break;
    case KIND_TEXT:
        break;
    }
    return true;
}
