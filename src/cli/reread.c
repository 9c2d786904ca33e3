/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/reread.h"

#include <string.h>

#include "cli/cli.h"
#include "cli/option.h"

/* The value that an option was given as its nth, NULL where it has none; false: not that often. */
static bool value_of(const struct see_cli_options *options, const struct see_cli_option *option,
                     size_t n, const char **ret_value)
{
    for (size_t i = 0; i < options->given_count; i++) {
        const struct see_cli_given *given = &options->given[i];
        if (given->is_taken && given->option == option && n-- == 0) {
            *ret_value = given->value;
            return true;
        }
    }
    return false;
}

static bool is_same(const struct see_cli_options *a, const struct see_cli_options *b,
                    const struct see_cli_option *option)
{
    const char *of_a = NULL, *of_b = NULL;
    bool has_a = true, has_b = true;
    bool is_equal = true;
    for (size_t n = 0; has_a && has_b && is_equal; n++) {
        has_a = value_of(a, option, n, &of_a);
        has_b = value_of(b, option, n, &of_b);
        is_equal = !has_a || !has_b || option->argument == NULL || strcmp(of_a, of_b) == 0;
    }
    return is_equal && has_a == has_b;
}

static void say_needs_restart(const struct see_cli_options *options, const char *name)
{
    struct see_text what;
    see_text_init(&what);
    see_text_printf(&what, "%s: %s", options->config_path, name);
    see_cli_say(see_text_status(&what) == SEE_OK ? what.ptr : name,
                "changes with a restart only, and stays as it is");
    see_text_finish(&what);
}

static bool is_document_changed(const struct see_cli_options *a, const struct see_cli_options *b)
{
    enum see_report_format before = a->settings.report.format, after = b->settings.report.format;
    return before != after && (see_report_is_document(before) || see_report_is_document(after));
}

static void say_what_stays(const struct see_cli_options *options,
                           const struct see_cli_options *fresh)
{
    const struct see_cli_option *option;
    for (size_t row = 0; (option = see_cli_option_at(row)) != NULL; row++) {
        if ((option->traits & (SEE_LINE_ONLY | SEE_AT_RUN_TIME)) == 0 &&
            !is_same(options, fresh, option)) {
            say_needs_restart(options, option->name);
        }
    }
    if (is_document_changed(options, fresh)) {
        say_needs_restart(options, "format");
    }
}

/* What the rules and the pairing go by. */
static void take_settings(struct see_settings *settings, const struct see_settings *fresh,
                          bool has_format)
{
    settings->window_ns = fresh->window_ns;
    settings->is_quiet = fresh->is_quiet;
    settings->clients.by = fresh->clients.by;
    settings->clients.header = fresh->clients.header;
    settings->clients.trusted_count = fresh->clients.trusted_count;
    if (has_format) {
        settings->report.format = fresh->report.format;
    }
}

/* Texts of `fresh` go over to `options`, and what they replace is freed. */
static void take_over(struct see_cli_options *options, struct see_cli_options *fresh)
{
    take_settings(&options->settings, &fresh->settings, !is_document_changed(options, fresh));
    memcpy(options->trusted, fresh->trusted, sizeof(options->trusted));
    memcpy(options->trusted_names, fresh->trusted_names, sizeof(options->trusted_names));
    options->settings.clients.trusted = options->trusted;
    memcpy(options->disabled, fresh->disabled, sizeof(options->disabled));
    memcpy(options->only, fresh->only, sizeof(options->only));
    options->disabled_count = fresh->disabled_count;
    options->only_count = fresh->only_count;
    options->fail_on = fresh->fail_on;
    options->duration = fresh->duration;
    options->frame_count = fresh->frame_count;
    options->rotate_octets = fresh->rotate_octets;
    options->rotate_every = fresh->rotate_every;
    options->progress = fresh->progress;
    options->verbosity = fresh->verbosity;
    see_text_finish(&options->reread);
    options->reread = fresh->config;
    see_text_init(&fresh->config);
}

/* The list has its place, which the run knows. */
static void take_suppressions(struct see_cli_options *options, struct see_cli_options *fresh)
{
    if (fresh->settings.suppressions != NULL) {
        struct see_cli_suppress before = options->suppress;
        options->suppress = fresh->suppress;
        fresh->suppress = before;
    }
}

bool see_cli_reread(struct see_cli_options *options, struct see_contain *contain)
{
    struct see_cli_options fresh;
    if (see_cli_options_read_again(&fresh, options, contain) != -1) {
        see_cli_say("the old settings stay", NULL);
        return false;
    }
    say_what_stays(options, &fresh);
    take_over(options, &fresh);
    take_suppressions(options, &fresh);
    see_cli_options_finish(&fresh);
    see_text_clear(&options->json);
    see_cli_describe(options);
    return true;
}
