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

/* "%0d", "%0a", and the same encoded twice. */
static bool has_line_break(struct see_view target)
{
    struct see_view rest = target;
    size_t at;
    while ((at = see_view_find(rest, '%')) < rest.len) {
        rest = see_view_cut(rest, at + 1, rest.len);
        size_t skip = see_view_starts(rest, SEE_LITERAL("25")) ? 2 : 0;
        struct see_view triplet = see_view_cut(rest, skip, skip + 2);
        if (see_view_eq_nocase(triplet, SEE_LITERAL("0d")) ||
            see_view_eq_nocase(triplet, SEE_LITERAL("0a"))) {
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

/* Its request is not merely missing: nothing of the connection is. */
static bool is_unasked(const struct see_marks_memory *memory, const struct see_exchange *exchange)
{
    const struct see_connection *connection = exchange->connection;
    return !exchange->request.is_seen && connection->octets_missing[0] == 0 &&
           connection->octets_missing[1] == 0 && is_remembered(memory, exchange);
}

/* A form's content may break lines as well as the target. */
static bool breaks_lines(const struct see_exchange *exchange)
{
    return has_line_break(exchange->target) || has_line_break(exchange->request.content_kept);
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
        remember(memory, exchange);
    }
    if (exchange->status == 200 && see_view_eq(exchange->method, SEE_LITERAL("POST"))) {
        marks |= SEE_MARK_POST;
    }
    return marks;
}
