/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * take_live - the options of `monitor` alone.
 */
#include "cli/option.h"

int see_take_interface(struct see_cli_options *options, const char *value)
{
    if (options->interface_count == SEE_INTERFACES_MAX) {
        return see_cli_refuse(options, value, "too many interfaces");
    }
    options->interfaces[options->interface_count++] = value;
    return -1;
}

int see_take_list_interfaces(struct see_cli_options *options, const char *value)
{
    (void)value;
    options->lists_interfaces = true;
    return -1;
}

int see_take_snap_length(struct see_cli_options *options, const char *value)
{
    options->snap_len = (uint32_t)see_cli_number(value, SEE_CAPTURE_SNAP);
    return options->snap_len > 0
               ? -1
               : see_cli_refuse(options, value, "--snap-length takes octets, 1 to 262144");
}

int see_take_buffer_size(struct see_cli_options *options, const char *value)
{
    options->buffer = (size_t)see_cli_number(value, 2047) << 20;
    return options->buffer > 0
               ? -1
               : see_cli_refuse(options, value, "--buffer-size takes MiB, 1 to 2047");
}

int see_take_promiscuous(struct see_cli_options *options, const char *value)
{
    (void)value;
    options->is_promiscuous = true;
    return -1;
}

int see_take_immediate_mode(struct see_cli_options *options, const char *value)
{
    (void)value;
    options->is_immediate = true;
    return -1;
}

int see_take_duration(struct see_cli_options *options, const char *value)
{
    options->duration = (see_time_ns)see_cli_number(value, UINT32_MAX) * SEE_NS_PER_S;
    return options->duration > 0 ? -1
                                 : see_cli_refuse(options, value, "--duration takes whole seconds");
}

int see_take_count(struct see_cli_options *options, const char *value)
{
    options->frame_count = see_cli_number(value, UINT64_MAX);
    return options->frame_count > 0
               ? -1
               : see_cli_refuse(options, value, "--count takes a number of frames");
}

int see_take_rotate_size(struct see_cli_options *options, const char *value)
{
    options->rotate_octets = (int64_t)see_cli_number(value, INT32_MAX) << 20;
    return options->rotate_octets > 0 ? -1
                                      : see_cli_refuse(options, value, "--rotate-size takes MiB");
}

int see_take_rotate_time(struct see_cli_options *options, const char *value)
{
    options->rotate_every = (see_time_ns)see_cli_number(value, UINT32_MAX) * SEE_NS_PER_S;
    return options->rotate_every > 0
               ? -1
               : see_cli_refuse(options, value, "--rotate-time takes whole seconds");
}

int see_take_keep(struct see_cli_options *options, const char *value)
{
    options->rotation.keep = (size_t)see_cli_number(value, UINT32_MAX);
    return options->rotation.keep > 0
               ? -1
               : see_cli_refuse(options, value, "--keep takes a number of files");
}

int see_take_keep_days(struct see_cli_options *options, const char *value)
{
    options->rotation.keep_days = (size_t)see_cli_number(value, UINT16_MAX);
    return options->rotation.keep_days > 0
               ? -1
               : see_cli_refuse(options, value, "--keep-days takes a number of days");
}

int see_take_evidence(struct see_cli_options *options, const char *value)
{
    options->settings.evidence = value;
    return value[0] != '\0' ? -1 : see_cli_refuse(options, value, "--evidence takes a directory");
}

int see_take_evidence_size(struct see_cli_options *options, const char *value)
{
    options->settings.slices.octets = see_cli_number(value, UINT32_MAX) << 20;
    return options->settings.slices.octets > 0
               ? -1
               : see_cli_refuse(options, value, "--evidence-size takes MiB");
}

int see_take_evidence_keep(struct see_cli_options *options, const char *value)
{
    options->settings.slices.count = (size_t)see_cli_number(value, UINT32_MAX);
    return options->settings.slices.count > 0
               ? -1
               : see_cli_refuse(options, value, "--evidence-keep takes a number of files");
}

int see_take_evidence_days(struct see_cli_options *options, const char *value)
{
    options->settings.slices.days = (size_t)see_cli_number(value, UINT16_MAX);
    return options->settings.slices.days > 0
               ? -1
               : see_cli_refuse(options, value, "--evidence-days takes a number of days");
}

int see_take_evidence_buffer(struct see_cli_options *options, const char *value)
{
    options->settings.limits.recent_octets = (size_t)see_cli_number(value, 65536) << 20;
    return options->settings.limits.recent_octets > 0
               ? -1
               : see_cli_refuse(options, value, "--evidence-buffer takes MiB, 1 to 65536");
}

int see_take_metrics(struct see_cli_options *options, const char *value)
{
    options->metrics = value;
    return -1;
}

int see_take_filter_words(struct see_cli_options *options, char **words, size_t count)
{
    struct see_text *joined = &options->filter_words;
    see_text_clear(joined);
    for (size_t i = 0; i < count; i++) {
        see_text_add_string(joined, i > 0 ? " " : "");
        see_text_add_string(joined, words[i]);
    }
    if (see_text_status(joined) != SEE_OK) {
        return see_cli_refuse(options, words[0], see_status_text(SEE_ENOMEM));
    }
    options->filter = joined->ptr;
    return -1;
}
