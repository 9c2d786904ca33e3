/* SPDX-License-Identifier: BSD-3-Clause */
#include "scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note(struct scene *scene, int status)
{
    if (scene->status == SEE_OK) {
        scene->status = status;
    }
}

static int tell_finding(void *ctx, const struct see_finding *finding)
{
    struct scene *scene = ctx;
    see_text_printf(&scene->out, "%s %s: ", see_severity_name(finding->severity),
                    finding->rule->id);
    see_text_add(&scene->out, finding->message);
    see_text_add_char(&scene->out, '\n');
    if (scene->on_finding != NULL) {
        scene->on_finding(scene->ctx, finding);
    }
    return SEE_OK;
}

static void show_view(struct see_text *out, struct see_view view)
{
    see_text_add_char(out, ' ');
    see_text_add(out, view.ptr != NULL ? view : SEE_LITERAL("-"));
}

static int on_redirect(void *ctx, const struct see_redirect *redirect)
{
    struct scene *scene = ctx;
    struct see_text *out = &scene->out;
    see_text_printf(out, "#%llu %d", (unsigned long long)redirect->id, redirect->exchange->status);
    show_view(out, redirect->exchange->method);
    show_view(out, redirect->exchange->uri);
    see_text_printf(out, " %s", see_outcome_name(redirect->outcome));
    if (redirect->followup != NULL) {
        show_view(out, redirect->followup->method);
        show_view(out, redirect->followup->uri);
        see_text_printf(out, " %s %s%s", see_tier_name(redirect->tier),
                        see_confidence_name(redirect->confidence),
                        redirect->is_same_connection ? " same" : "");
    } else {
        see_text_printf(out, " (%s)", redirect->why);
    }
    if (redirect->hop > 1) {
        see_text_printf(out, " chain %llu hop %u", (unsigned long long)redirect->chain_id,
                        redirect->hop);
    }
    see_text_add_char(out, '\n');
    return see_rules_redirect(scene->rules, redirect);
}

static int on_exchange(void *ctx, struct see_exchange *exchange, enum see_exchange_event event)
{
    struct scene *scene = ctx;
    int status = see_pair_exchange(scene->pair, exchange, event);
    return status == SEE_OK ? see_rules_exchange(scene->rules, exchange, event) : status;
}

static int on_gap(void *ctx, const struct see_chunk *gap)
{
    return see_pair_gap(((struct scene *)ctx)->pair, gap);
}

static int on_unread(void *ctx, const struct see_connection *connection, unsigned end,
                     struct see_stamp stamp)
{
    return see_pair_unread(((struct scene *)ctx)->pair, connection, end, stamp);
}

/* The defaults, but for those that the script names: [pending_redirects=1]. */
static struct see_limits limits_of(const char *script)
{
    struct see_limits limits = see_limits_default();
    const char *at;
#define SEE_LIMIT(field, value, what, then, counter)        \
    at = strstr(script, "[" #field "=");                    \
    at = at != NULL ? at : strstr(script, "[" #field "<="); \
    limits.field = at != NULL ? strtoul(strchr(at, '=') + 1, NULL, 10) : limits.field;
    SEE_LIMITS(SEE_LIMIT)
#undef SEE_LIMIT
    return limits;
}

/* The value of "stage/counter", or 0 where the scene has no such room. */
static uint64_t counted(const struct scene *scene, const char *name)
{
    const struct see_counts rooms[] = {
        see_http_counts(scene->http),
        see_pair_counts(scene->pair),
        see_rules_counts(scene->rules),
    };
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        size_t len = strlen(rooms[i].stage);
        if (strncmp(name, rooms[i].stage, len) == 0 && name[len] == '/') {
            value += see_counts_value(&rooms[i], name + len + 1);
        }
    }
    return value;
}

/* A limit in the title that nothing tells of was not crossed. */
static void check_crossed(const struct scene *scene, const char *script)
{
#define SEE_LIMIT(field, value, what, then, counter)                                 \
    if (strstr(script, "[" #field "=") != NULL && counted(scene, counter) == 0) {    \
        print_error("%.*s: %s is 0\n", (int)strcspn(script, "\n"), script, counter); \
        fail();                                                                      \
    }
    SEE_LIMITS(SEE_LIMIT)
#undef SEE_LIMIT
}

/* False when there was not even memory for the rooms. */
static bool scene_init(struct scene *scene, const char *script)
{
    static const struct see_hash_key key = {1, 2};
    struct see_limits limits = limits_of(script);
    struct see_http_options http = {.digest_key = NULL};
    struct see_pair_options pair = {.window_ns = 30 * SEE_NS_PER_S};
    scene->rules = see_rules_new(&limits, &key, (struct see_rules_sink){scene, tell_finding});
    scene->pair = see_pair_new(&limits, &pair, &key, (struct see_pair_sink){scene, on_redirect});
    scene->http =
        see_http_new(&limits, &http, (struct see_http_sink){scene, on_exchange, on_gap, on_unread});
    if (scene->rules == NULL || scene->pair == NULL || scene->http == NULL) {
        scene->status = SEE_ENOMEM;
        return false;
    }
    return true;
}

static void scene_close(struct scene *scene, unsigned letter, enum see_connection_end how)
{
    struct see_connection *connection = scene->connections[letter];
    if (connection != NULL) {
        connection->ended = how;
        note(scene, see_http_closed(scene->http, connection));
        see_connection_unref(connection);
        scene->connections[letter] = NULL;
        scene->sent[letter][0] = scene->sent[letter][1] = 0;
    }
}

static void scene_finish(struct scene *scene, const char *script)
{
    for (unsigned i = 0; i < 26; i++) {
        scene_close(scene, i, SEE_CONNECTION_CAPTURE_END);
    }
    if (scene->status == SEE_OK) {
        note(scene, see_pair_flush(scene->pair));
    }
    if (scene->status == SEE_OK) {
        note(scene, see_rules_flush(scene->rules));
    }
    if (scene->status == SEE_OK) {
        check_crossed(scene, script);
    }
    see_pair_free(scene->pair);
    see_http_free(scene->http);
    see_rules_free(scene->rules);
    if (scene->out.is_broken) {
        scene->status = SEE_ENOMEM;
    }
}

static struct see_connection *scene_connection(struct scene *scene, unsigned letter,
                                               unsigned client, unsigned port, see_time_ns now)
{
    if (scene->connections[letter] == NULL) {
        struct see_connection *connection = calloc(1, sizeof(*connection));
        if (connection == NULL) {
            note(scene, SEE_ENOMEM);
            return NULL;
        }
        uint8_t from[4] = {10, 0, 0, (uint8_t)client};
        uint8_t to[4] = {192, 0, 2, 1};
        connection->id = ++scene->next_id;
        connection->refs = 1;
        connection->is_opening_seen = true;
        connection->opened = see_stamp_make(now, scene->frame + 1, 0);
        connection->ends[0] = (struct see_endpoint){see_address_v4(client > 0 ? from : to),
                                                    (uint16_t)(40000 + connection->id)};
        connection->ends[1] = (struct see_endpoint){see_address_v4(to), (uint16_t)port};
        scene->connections[letter] = connection;
    }
    return scene->connections[letter];
}

/* One "@" step: its first line without the time, and the lines that follow. */
struct step {
    unsigned long ms;
    char *line;
    char *rest;
};

static void append_message(struct see_text *out, const struct step *step, const char *first)
{
    char *body = strstr(step->rest, "\n\n");
    if (step->rest[0] == '\n') {
        body = step->rest - 1;
    }
    size_t head_len = body == NULL        ? strlen(step->rest)
                      : body < step->rest ? 0
                                          : (size_t)(body - step->rest);
    const char *content = body != NULL ? body + 2 : "";
    size_t content_len = strlen(content);
    while (content_len > 0 && content[content_len - 1] == '\n') {
        content_len--;
    }
    see_text_printf(out, "%s\r\n", first);
    struct see_view head = {step->rest, head_len};
    struct see_view line;
    while (head.len > 0 && see_view_next(&head, '\n', &line)) {
        if (see_view_eq(line, SEE_LITERAL("Content-Length: *"))) {
            see_text_printf(out, "Content-Length: %zu\r\n", content_len);
        } else if (line.len > 0) {
            see_text_add(out, line);
            see_text_add_string(out, "\r\n");
        }
    }
    see_text_add_string(out, "\r\n");
    see_text_add(out, (struct see_view){content, content_len});
}

static void scene_send(struct scene *scene, unsigned letter, struct see_connection *connection,
                       unsigned direction, see_time_ns now, const uint8_t *data, size_t len)
{
    struct see_chunk chunk = {
        .connection = connection,
        .direction = direction,
        .data = data,
        .len = len,
        .offset = scene->sent[letter][direction],
        .acknowledged = scene->sent[letter][1 - direction],
        .stamp = see_stamp_make(now, ++scene->frame, 1),
    };
    scene->sent[letter][direction] += len;
    note(scene, see_http_chunk(scene->http, &chunk));
}

static void scene_step(struct scene *scene, const struct step *step)
{
    see_time_ns now = (see_time_ns)step->ms * SEE_NS_PER_MS + SEE_NS_PER_S * 1000;
    note(scene, see_pair_tick(scene->pair, now));
    if (strcmp(step->line, "tick") == 0 || scene->status != SEE_OK) {
        return;
    }
    if (strcmp(step->line, "lost") == 0) {
        see_pair_lost(scene->pair, now - SEE_NS_PER_S, now);
        return;
    }
    char *at = step->line;
    unsigned letter = (unsigned)(*at++ - 'a');
    unsigned client = 1;
    unsigned port = 80;
    assert_true(letter < 26);
    if (*at == '.') {
        client = (unsigned)strtoul(at + 1, &at, 10);
    }
    if (*at == ':') {
        port = (unsigned)strtoul(at + 1, &at, 10);
    }
    struct see_connection *connection = scene_connection(scene, letter, client, port, now);
    if (connection == NULL) {
        return;
    }
    if (strcmp(at, " opens") == 0) {
        return;
    }
    if (strcmp(at, " close") == 0) {
        scene_close(scene, letter, SEE_CONNECTION_FIN);
    } else if (strncmp(at, " reset ", 7) == 0) {
        connection->has_reset[0] = true;
        connection->octets_read[1] = strtoul(at + 7, NULL, 10);
        scene_close(scene, letter, SEE_CONNECTION_RESET);
    } else if (strncmp(at, " gap", 4) == 0) {
        size_t len = strtoul(at + 6, NULL, 10);
        connection->octets_missing[at[4] == '<'] += len;
        scene_send(scene, letter, connection, at[4] == '<', now, NULL, len);
    } else {
        assert_true((at[0] == '>' || at[0] == '<') && at[1] == ' ');
        struct see_text message;
        see_text_init(&message);
        append_message(&message, step, at + 2);
        if (message.is_broken) {
            note(scene, SEE_ENOMEM);
        } else {
            scene_send(scene, letter, connection, at[0] == '<', now, (const uint8_t *)message.ptr,
                       message.len);
        }
        see_text_finish(&message);
    }
}

static void play(struct scene *scene, char *text)
{
    char *at = text[0] == '@' ? text : strstr(text, "\n@");
    while (at != NULL && scene->status == SEE_OK) {
        at += *at == '\n';
        char *next = strstr(at, "\n@");
        if (next != NULL) {
            *next = '\0';
        }
        char *end = strchr(at, '\n');
        struct step step;
        step.ms = strtoul(at + 1, &step.line, 10);
        step.line++;
        step.rest = end != NULL ? end + 1 : at + strlen(at);
        if (end != NULL) {
            *end = '\0';
        }
        scene_step(scene, &step);
        at = next != NULL ? next + 1 : NULL;
    }
}

static void perform(struct scene *scene, const char *script, char *scratch, bool is_asking_all)
{
    strcpy(scratch, script);
    if (scene_init(scene, script)) {
        if (is_asking_all) {
            see_rules_ignore_needs(scene->rules);
        }
        play(scene, scratch);
    }
    scene_finish(scene, script);
}

void scene_watch(struct scene *scene, const char *script, char *scratch, void *ctx,
                 void (*on_finding)(void *ctx, const struct see_finding *finding))
{
    *scene = (struct scene){.ctx = ctx, .on_finding = on_finding};
    perform(scene, script, scratch, false);
}

void scene_perform_all(struct scene *scene, const char *script, char *scratch)
{
    *scene = (struct scene){0};
    perform(scene, script, scratch, true);
}

void scene_perform(struct scene *scene, const char *script, char *scratch)
{
    scene_watch(scene, script, scratch, NULL, NULL);
}
