/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * take - the options that `analyze` and `monitor` have in common.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/option.h"
#include "core/redact_names.h"

int see_cli_refuse(const struct see_cli_options *options, const char *value, const char *why)
{
    const struct see_cli_given *taking = options->taking;
    if (taking == NULL || taking->line == 0) {
        see_cli_say(value, why);
        return see_cli_usage(options->command);
    }
    struct see_text where;
    see_text_init(&where);
    see_text_printf(&where, "%s:%zu: %s", options->config_path, taking->line, value);
    see_cli_say(see_text_status(&where) == SEE_OK ? where.ptr : value, why);
    see_text_finish(&where);
    return SEE_EXIT_USAGE;
}

uint64_t see_cli_number(const char *value, uint64_t most)
{
    char *end;
    unsigned long long number = strtoull(value, &end, 10);
    return see_ascii_is_digit(*value) && *end == '\0' && number <= most ? number : 0;
}

int see_take_config(struct see_cli_options *options, const char *value)
{
    options->config_path = value;
    return -1;
}

int see_take_db(struct see_cli_options *options, const char *value)
{
    options->settings.database = value;
    return -1;
}

int see_take_filter(struct see_cli_options *options, const char *value)
{
    options->filter = value;
    return -1;
}

int see_take_quiet(struct see_cli_options *options, const char *value)
{
    (void)value;
    options->verbosity = -1;
    options->settings.is_quiet = true;
    return -1;
}

int see_take_verbose(struct see_cli_options *options, const char *value)
{
    (void)value;
    options->verbosity = 1;
    options->settings.is_quiet = false;
    return -1;
}

int see_take_all_exchanges(struct see_cli_options *options, const char *value)
{
    (void)value;
    options->settings.stores_all = true;
    return -1;
}

int see_take_redact(struct see_cli_options *options, const char *value)
{
    (void)value;
    options->settings.is_redacting = true;
    options->settings.report.is_redacting = true;
    return -1;
}

int see_take_no_redact(struct see_cli_options *options, const char *value)
{
    (void)value;
    options->settings.is_redacting = false;
    options->settings.report.is_redacting = false;
    return -1;
}

int see_take_no_sandbox(struct see_cli_options *options, const char *value)
{
    (void)value;
    options->is_contained = false;
    return -1;
}

int see_take_window(struct see_cli_options *options, const char *value)
{
    char *end;
    double seconds = strtod(value, &end);
    if (end == value || *end != '\0' || !(seconds >= 0.001) || seconds > 86400) {
        return see_cli_refuse(options, value, "--window takes seconds, 0.001 to 86400");
    }
    options->settings.window_ns = (see_time_ns)(seconds * (double)SEE_NS_PER_S);
    return -1;
}

/* A name that no header section can hold would never be found. */
static bool is_field_name(struct see_view name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!see_ascii_is_digit(c) && !see_ascii_is_alpha(c) &&
            strchr("!#$%&'*+-.^_`|~", c) == NULL) {
            return false;
        }
    }
    return name.len > 0;
}

int see_take_client(struct see_cli_options *options, const char *value)
{
    struct see_client_options *clients = &options->settings.clients;
    if (strcmp(value, "auto") == 0) {
        clients->by = SEE_CLIENT_AUTO;
        return -1;
    }
    if (strcmp(value, "ip") == 0) {
        clients->by = SEE_CLIENT_IP;
        return -1;
    }
    if (!is_field_name(see_view_of(value))) {
        return see_cli_refuse(options, value,
                              "--client takes auto, ip, or the name of a header field");
    }
    /* The client is stored and shown. */
    if (see_redact_is_secret_field(see_view_of(value))) {
        return see_cli_refuse(options, value,
                              "the values of this field are secrets: it can name no client");
    }
    clients->by = SEE_CLIENT_HEADER;
    clients->header = value;
    return -1;
}

int see_take_trusted_proxy(struct see_cli_options *options, const char *value)
{
    struct see_client_options *clients = &options->settings.clients;
    if (clients->trusted_count == SEE_TRUSTED_MAX) {
        return see_cli_refuse(options, value, "too many trusted proxies are named");
    }
    if (!see_cidr_parse(see_view_of(value), &options->trusted[clients->trusted_count])) {
        return see_cli_refuse(options, value,
                              "--trusted-proxy takes an address, or one with /BITS");
    }
    options->trusted_names[clients->trusted_count++] = value;
    clients->trusted = options->trusted;
    return -1;
}

int see_take_vxlan_port(struct see_cli_options *options, const char *value)
{
    uint64_t port = see_cli_number(value, UINT16_MAX);
    if (port == 0) {
        return see_cli_refuse(options, value, "--vxlan-port takes a port, 1 to 65535");
    }
    struct see_decode_options *decode = &options->settings.decode;
    if (decode->vxlan_port_count == SEE_VXLAN_PORTS_MAX) {
        return see_cli_refuse(options, value, "too many ports of VXLAN are named");
    }
    options->vxlan_ports[decode->vxlan_port_count++] = (uint16_t)port;
    decode->vxlan_ports = options->vxlan_ports;
    return -1;
}

static int take_rule(struct see_cli_options *options, const char *value, const char **list,
                     size_t *count)
{
    if (see_rule_find(see_view_of(value)) == NULL) {
        return see_cli_refuse(options, value, "there is no such rule; see: seeother rules");
    }
    if (*count == SEE_RULE_CHOICES_MAX) {
        return see_cli_refuse(options, value, "too many rules are named");
    }
    list[(*count)++] = value;
    return -1;
}

int see_take_disable(struct see_cli_options *options, const char *value)
{
    return take_rule(options, value, options->disabled, &options->disabled_count);
}

int see_take_only(struct see_cli_options *options, const char *value)
{
    return take_rule(options, value, options->only, &options->only_count);
}

int see_take_shard(struct see_cli_options *options, const char *value)
{
    char *end;
    unsigned long shard = strtoul(value, &end, 10);
    unsigned long shards =
        *end == '/' && see_ascii_is_digit(end[1]) ? strtoul(end + 1, &end, 10) : 0;
    if (!see_ascii_is_digit(*value) || *end != '\0' || shard < 1 || shard > shards ||
        shards > SEE_SHARDS_MAX) {
        return see_cli_refuse(options, value, "--shard takes I/N, from 1/1 to N/N");
    }
    options->settings.shard = (unsigned)shard - 1;
    options->settings.shards = (unsigned)shards;
    return -1;
}

int see_take_threads(struct see_cli_options *options, const char *value)
{
    options->threads = (unsigned)see_cli_number(value, SEE_THREADS_MAX);
    return options->threads > 0 ? -1 : see_cli_refuse(options, value, "--threads takes 1, 2 or 3");
}

int see_take_suppress(struct see_cli_options *options, const char *value)
{
    if (options->suppress_path != NULL) {
        return see_cli_refuse(options, value, "--suppress takes one file");
    }
    options->suppress_path = value;
    return -1;
}

/* "--format takes text, jsonl or none". */
static int refuse_word(const struct see_cli_options *options, const char *value,
                       const char *const *words)
{
    struct see_text why;
    see_text_init(&why);
    see_text_printf(&why, "--%s takes ", options->taking->option->name);
    for (int i = 0; words[i] != NULL; i++) {
        see_text_add_string(&why, i == 0 ? "" : words[i + 1] != NULL ? ", " : " or ");
        see_text_add_string(&why, words[i]);
    }
    int exit_status = see_cli_refuse(
        options, value, see_text_status(&why) == SEE_OK ? why.ptr : see_status_text(SEE_ENOMEM));
    see_text_finish(&why);
    return exit_status;
}

/* Which of `words`, whose last one is NULL; negative after a message. */
static int choose(const struct see_cli_options *options, const char *value,
                  const char *const *words, int *ret_exit)
{
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(value, words[i]) == 0) {
            *ret_exit = -1;
            return i;
        }
    }
    *ret_exit = refuse_word(options, value, words);
    return -1;
}

int see_take_format(struct see_cli_options *options, const char *value)
{
    static const char *const words[] = {"text", "jsonl", "sarif", "junit", "none", NULL};
    int exit_status;
    int choice = choose(options, value, words, &exit_status);
    options->settings.report.format = choice >= 0 ? (enum see_report_format)choice : 0;
    return exit_status;
}

int see_take_fail_on(struct see_cli_options *options, const char *value)
{
    static const char *const words[] = {"never", "warning", "violation", NULL};
    int exit_status;
    int choice = choose(options, value, words, &exit_status);
    options->fail_on = choice >= 0 ? (enum see_fail_on)choice : SEE_FAIL_NEVER;
    return exit_status;
}

int see_take_progress(struct see_cli_options *options, const char *value)
{
    static const char *const words[] = {"auto", "always", "never", NULL};
    int exit_status;
    int choice = choose(options, value, words, &exit_status);
    options->progress = choice >= 0 ? (enum see_progress)choice : SEE_PROGRESS_AUTO;
    return exit_status;
}
