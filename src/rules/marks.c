/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/marks.h"

static unsigned mark_if(unsigned mark, struct see_view field)
{
    return field.ptr != NULL ? mark : 0;
}

static unsigned marks_of_response(const struct see_message *response)
{
    struct see_view hsts =
        see_message_field(response, SEE_LITERAL("Strict-Transport-Security"), NULL);
    return mark_if(SEE_MARK_LOCATION, see_message_field(response, SEE_LITERAL("Location"), NULL)) |
           mark_if(SEE_MARK_REFRESH, see_message_field(response, SEE_LITERAL("Refresh"), NULL)) |
           mark_if(SEE_MARK_HSTS, hsts);
}

static bool has_octet(struct see_view view, char octet)
{
    return see_view_find(view, octet) < view.len;
}

static unsigned marks_of_request(const struct see_message *request)
{
    if (!see_message_may_have(request, SEE_LITERAL("Referer"))) {
        return 0;
    }
    for (size_t i = 0; i < request->field_count; i++) {
        const struct see_field *field = &request->fields[i];
        if (field->name.len == 7 && see_view_eq_nocase(field->name, SEE_LITERAL("Referer")) &&
            (has_octet(field->value, '@') || has_octet(field->value, '#'))) {
            return SEE_MARK_REFERER;
        }
    }
    return 0;
}

/* The length of "%" and `digits`, or of the same encoded twice, at the start of `view`; else 0. */
static size_t triplet_len(struct see_view view, struct see_view digits)
{
    size_t skip = see_view_starts(view, SEE_LITERAL("%25")) ? 3 : 1;
    bool is_triplet = view.len > 0 && view.ptr[0] == '%' &&
                      see_view_starts_nocase(see_view_cut(view, skip, view.len), digits);
    return is_triplet ? skip + digits.len : 0;
}

static size_t line_break_len(struct see_view view)
{
    size_t len = triplet_len(view, SEE_LITERAL("0d"));
    return len > 0 ? len : triplet_len(view, SEE_LITERAL("0a"));
}

/* What stands behind the first line break of `text`, which is taken off; absent when none does. */
static struct see_view take_line(struct see_view *text)
{
    size_t at;
    while ((at = see_view_find(*text, '%')) < text->len) {
        size_t len = line_break_len(see_view_cut(*text, at, text->len));
        *text = see_view_cut(*text, at + (len > 0 ? len : 1), text->len);
        if (len > 0) {
            return *text;
        }
    }
    return (struct see_view){NULL, 0};
}

static bool has_line_break(struct see_view text)
{
    return take_line(&text).ptr != NULL;
}

/* A line of `text` begins as a response does: "HTTP/1". */
static bool has_status_line(struct see_view text)
{
    struct see_view line;
    while ((line = take_line(&text)).ptr != NULL) {
        struct see_view rest = see_view_cut(line, 4, line.len);
        size_t slash =
            see_view_starts(rest, SEE_LITERAL("/")) ? 1 : triplet_len(rest, SEE_LITERAL("2f"));
        if (see_view_starts(line, SEE_LITERAL("HTTP")) && slash > 0 &&
            see_view_starts(see_view_cut(rest, slash, rest.len), SEE_LITERAL("1"))) {
            return true;
        }
    }
    return false;
}

/* 305 and 306 are deprecated; past 308 nothing is registered (RFC 9110, 15.4). */
static bool is_odd(int status)
{
    return status == 305 || status == 306 || (status > 308 && status < 400);
}

static void remember(struct see_marks_memory *memory, const struct see_exchange *exchange)
{
    memory->connections[memory->next++ % SEE_MARKS_REMEMBERED] = exchange->connection->id;
}

static bool is_remembered(const struct see_marks_memory *memory,
                          const struct see_exchange *exchange)
{
    for (size_t i = 0; i < SEE_MARKS_REMEMBERED; i++) {
        if (memory->connections[i] == exchange->connection->id) {
            return true;
        }
    }
    return false;
}

/*
 * Its request is not merely missing: nothing of the connection is.  A server that is tired of an
 * idle connection says 408 by itself (RFC 9110, 15.5.9).
 */
static bool is_unasked(const struct see_marks_memory *memory, const struct see_exchange *exchange)
{
    const struct see_connection *connection = exchange->connection;
    return !exchange->request.is_seen && exchange->status != 408 &&
           connection->octets_missing[0] == 0 && connection->octets_missing[1] == 0 &&
           is_remembered(memory, exchange);
}

/* A form's content may break lines as well as the target. */
static bool breaks_lines(const struct see_exchange *exchange)
{
    return has_line_break(exchange->target) || has_line_break(exchange->request.content_kept);
}

/* What it breaks off may be a response of its own. */
static bool may_split(const struct see_exchange *exchange)
{
    return has_status_line(exchange->target) || has_status_line(exchange->request.content_kept);
}

unsigned see_marks_of(struct see_marks_memory *memory, const struct see_exchange *exchange)
{
    unsigned marks = 0;
    if (exchange->response.has_head) {
        marks |= marks_of_response(&exchange->response);
        marks |= is_odd(exchange->status) ? SEE_MARK_ODD_STATUS : 0;
    }
    if (!exchange->request.has_head) {
        return marks | (is_unasked(memory, exchange) ? SEE_MARK_UNASKED : 0);
    }
    marks |= marks_of_request(&exchange->request);
    if (breaks_lines(exchange)) {
        marks |= SEE_MARK_LINE_BREAK;
        if (may_split(exchange)) {
            remember(memory, exchange);
        }
    }
    if (exchange->status == 200 && see_view_eq(exchange->method, SEE_LITERAL("POST"))) {
        marks |= SEE_MARK_POST;
    }
    return marks;
}
