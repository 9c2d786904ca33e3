/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * describe - the options of a run as JSON, for captures.options.
 */
#include "cli/option.h"
#include "core/text.h"

static void add_names(struct see_text *json, const char *key, const char *const *names,
                      size_t count)
{
    see_text_printf(json, ",\"%s\":[", key);
    for (size_t i = 0; i < count; i++) {
        see_text_add_string(json, i > 0 ? "," : "");
        see_text_add_json(json, see_view_of(names[i]));
    }
    see_text_add_char(json, ']');
}

void see_cli_describe(struct see_cli_options *options)
{
    struct see_text *json = &options->json;
    const struct see_settings *settings = &options->settings;
    see_text_printf(json, "{\"window_seconds\":%g,\"all_exchanges\":%s,\"redact\":%s,\"filter\":",
                    (double)settings->window_ns / (double)SEE_NS_PER_S,
                    settings->stores_all ? "true" : "false",
                    settings->is_redacting ? "true" : "false");
    if (options->filter != NULL) {
        see_text_add_json(json, see_view_of(options->filter));
    } else {
        see_text_add_string(json, "null");
    }
    add_names(json, "disable", options->disabled, options->disabled_count);
    add_names(json, "only", options->only, options->only_count);
    if (settings->shards > 0) {
        see_text_printf(json, ",\"shard\":\"%u/%u\"", settings->shard + 1, settings->shards);
    }
    see_text_add_string(json, ",\"suppress\":");
    if (options->suppress_path != NULL) {
        see_text_add_json(json, see_view_of(options->suppress_path));
    } else {
        see_text_add_string(json, "null");
    }
    see_text_add_string(json, ",\"client\":");
    see_text_add_json(json, see_view_of(settings->clients.by == SEE_CLIENT_AUTO ? "auto"
                                        : settings->clients.by == SEE_CLIENT_IP
                                            ? "ip"
                                            : settings->clients.header));
    add_names(json, "trusted_proxies", options->trusted_names, settings->clients.trusted_count);
    see_text_add_string(json, ",\"vxlan_ports\":[");
    for (size_t i = 0; i < settings->decode.vxlan_port_count; i++) {
        see_text_printf(json, "%s%u", i > 0 ? "," : "", options->vxlan_ports[i]);
    }
    see_text_add_string(json, "]}");
    options->settings.options_json = json->is_broken ? "{}" : json->ptr;
}
