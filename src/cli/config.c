/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * config - options from a file, with the names that they have on the command line:
 *
 *     # What to watch.
 *     interface = eth0
 *     filter    = tcp port 80 or tcp port 8080
 *     promiscuous
 *
 * A line is an option, or empty, or a comment.  A value goes to the end of the line, `#` and
 * quotes included, but for blanks around it.
 */
#include "cli/cli.h"
#include "cli/file.h"
#include "cli/option.h"

static int wrong(const struct see_cli_options *options, size_t line, struct see_view what,
                 const char *why)
{
    struct see_text where;
    see_text_init(&where);
    see_text_printf(&where, "%s:%zu: ", options->config_path, line);
    see_text_add(&where, what);
    see_cli_say(see_text_status(&where) == SEE_OK ? where.ptr : options->config_path, why);
    see_text_finish(&where);
    return SEE_EXIT_USAGE;
}

/* The line that gave the option already, or 0. */
static size_t given_in(const struct see_cli_options *options, const struct see_cli_option *option)
{
    for (size_t i = 0; i < options->given_count; i++) {
        if (options->given[i].option == option && options->given[i].line > 0) {
            return options->given[i].line;
        }
    }
    return 0;
}

/* A line without blanks around it; its value is terminated. */
static int read_line(struct see_cli_options *options, struct see_view line, size_t number)
{
    struct see_view name, value = line;
    char text[64];
    bool has_value = see_view_find(line, '=') < line.len;
    see_view_next(&value, '=', &name);
    value = see_view_trim(value);
    const struct see_cli_option *option = see_cli_option_find(name);
    if (option == NULL) {
        return wrong(options, number, name, "there is no such option");
    }
    if ((option->traits & SEE_LINE_ONLY) != 0) {
        return wrong(options, number, name, "this option is for the command line");
    }
    if (option->argument != NULL && (!has_value || value.len == 0)) {
        return wrong(options, number, name, "this option wants a value: NAME = VALUE");
    }
    if (option->argument == NULL && has_value) {
        return wrong(options, number, name, "this option takes no value: it is there or not");
    }
    size_t before = given_in(options, option);
    if (before > 0 && (option->traits & SEE_REPEATS) == 0) {
        snprintf(text, sizeof(text), "given already in line %zu", before);
        return wrong(options, number, name, text);
    }
    /* One file may serve both commands. */
    if (!see_cli_option_is_for(option, options->command)) {
        return -1;
    }
    return see_cli_give(options, option, option->argument != NULL ? value.ptr : NULL, number);
}

int see_cli_config_read(struct see_cli_options *options)
{
    struct see_text *text = &options->config;
    struct see_cli_file file = {options->config_path, SEE_FILE_CONFIG, options->is_again,
                                options->contain};
    int exit_status = see_cli_file_read(text, &file);
    size_t from = 0;
    for (size_t number = 1; exit_status == -1 && from < text->len; number++) {
        struct see_view rest = see_view_cut(see_text_view(text), from, text->len);
        size_t len = see_view_find(rest, '\n');
        struct see_view line = see_view_trim(see_view_cut(rest, 0, len));
        from += len + 1;
        if (line.len == 0 || line.ptr[0] == '#') {
            continue;
        }
        if (see_view_find(line, '\0') < line.len) {
            exit_status = wrong(options, number, SEE_LITERAL("a NUL octet"), "this is no text");
            continue;
        }
        text->ptr[(size_t)(line.ptr - text->ptr) + line.len] = '\0';
        exit_status = read_line(options, line, number);
    }
    return exit_status;
}
