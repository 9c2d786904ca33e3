/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rule header-injection - what was a parameter has become a header.
 *
 * CWE-113, RFC 9112, 11.1: CR or LF of the request, decoded, ends a header line of the
 * response, and what stands behind it in the request is the next one; or it ends the
 * response, and another one comes that nobody has asked for.
 */
#include "rules/catalogue.h"
#include "rules/marks.h"
#include "rules/unescape.h"

#define DEPTH 2
#define LINES_MAX 64

static bool is_break(char c)
{
    return c == '\r' || c == '\n';
}

/* What stands before a line break, back to where a value would begin. */
static struct see_view tail_of(struct see_view text)
{
    size_t from = text.len;
    while (from > 0 && text.ptr[from - 1] != '=' && text.ptr[from - 1] != '&' &&
           text.ptr[from - 1] != '?' && !is_break(text.ptr[from - 1])) {
        from--;
    }
    return see_view_cut(text, from, text.len);
}

static bool ends_with(struct see_view view, struct see_view end)
{
    return view.len >= end.len &&
           see_view_eq(see_view_cut(view, view.len - end.len, view.len), end);
}

/* Whether the value is the line's: to its end, or to where the next parameter begins. */
static bool is_value(struct see_view value, struct see_view line)
{
    return value.len > 0 && see_view_starts(line, value) &&
           (line.len == value.len || line.ptr[value.len] == '&');
}

/* Most responses have these, with these very values: they prove nothing. */
static bool is_common(struct see_view name)
{
    static const struct see_view names[] = {
        SEE_NAME("Content-Length"), SEE_NAME("Content-Type"), SEE_NAME("Transfer-Encoding"),
        SEE_NAME("Connection"),     SEE_NAME("Keep-Alive"),   SEE_NAME("Date"),
        SEE_NAME("Server"),         SEE_NAME("Cache-Control")};
    return see_view_is_among(name, names, sizeof(names) / sizeof(names[0]));
}

/* The field that the line has become: behind one that ends with what stands before the break. */
static const struct see_field *find_field(const struct see_message *response,
                                          struct see_view before, struct see_view line)
{
    size_t colon = see_view_find(line, ':');
    struct see_view name = see_view_trim(see_view_cut(line, 0, colon));
    struct see_view value = see_view_trim(see_view_cut(line, colon + 1, line.len));
    if (colon == line.len || name.len == 0 || is_common(name)) {
        return NULL;
    }
    for (size_t i = 1; i < response->field_count; i++) {
        const struct see_field *field = &response->fields[i];
        if (see_view_eq(field->name, name) && is_value(field->value, value) &&
            ends_with(response->fields[i - 1].value, before)) {
            return field;
        }
    }
    return NULL;
}

static const struct see_field *find_injected(const struct see_message *response,
                                             struct see_view text)
{
    size_t at = 0;
    for (size_t lines = 0; lines < LINES_MAX; lines++) {
        size_t end = at;
        while (end < text.len && !is_break(text.ptr[end])) {
            end++;
        }
        struct see_view before = see_view_trim(tail_of(see_view_cut(text, 0, end)));
        at = end;
        while (at < text.len && is_break(text.ptr[at])) {
            at++;
        }
        if (at == text.len) {
            return NULL;
        }
        size_t next = at;
        while (next < text.len && !is_break(text.ptr[next])) {
            next++;
        }
        const struct see_field *field = find_field(response, before, see_view_cut(text, at, next));
        if (field != NULL) {
            return field;
        }
    }
    return NULL;
}

static const struct see_field *find_in(const struct see_exchange *exchange, struct see_view text,
                                       struct see_text *scratch)
{
    see_text_rewind(scratch);
    see_text_add(scratch, text);
    for (unsigned depth = 0; depth < DEPTH; depth++) {
        see_unescape(scratch);
        const struct see_field *field = find_injected(&exchange->response, see_text_view(scratch));
        if (field != NULL) {
            return field;
        }
    }
    return NULL;
}

static bool check(const struct see_exchange *exchange, struct see_verdict *verdict)
{
    if (!exchange->request.is_seen) {
        see_text_printf(
            verdict->message,
            "a %d came that nobody asked for, behind a request that holds a status line",
            exchange->status);
        see_text_add_string(verdict->evidence, "\"kind\":\"response\"");
        return true;
    }
    const struct see_field *field = find_in(exchange, exchange->target, verdict->scratch);
    if (field == NULL) {
        field = find_in(exchange, exchange->request.content_kept, verdict->scratch);
    }
    if (field == NULL) {
        return false;
    }
    see_text_add_string(verdict->message, "a line of the request has become the header field ");
    see_text_add(verdict->message, field->name);
    see_text_add_string(verdict->evidence, "\"kind\":\"field\",\"field\":");
    see_text_add_json(verdict->evidence, field->name);
    return true;
}

const struct see_rule see_rule_header_injection = {
    .id = "header-injection",
    .severity = SEE_SEVERITY_WARNING,
    .strength = SEE_STRENGTH_NONE,
    .party = SEE_PARTY_SERVER,
    .title = "a header line that comes from the request",
    .condition = "A line that the request holds behind an encoded CR or LF is a header line of the "
                 "response (fields that most responses have are left out); or, where a status line "
                 "stood there, a response came that nobody asked for.",
    .citation = "CWE-113; RFC 9112, 11.1",
    .citation_url = "https://www.rfc-editor.org/rfc/rfc9112.html#section-11.1",
    .meaning = "The server copied a part of the request into a header field, Location most often, "
               "without looking for line breaks.",
    .impact = "Who makes the link writes the response: sets cookies, adds content, or splits the "
              "response in two and poisons caches and the answers to others.",
    .advice = "The server has to refuse or encode CR and LF in whatever it copies into a field. It "
              "should be treated as an attack that succeeded.",
    .subject = SEE_SUBJECT_EXCHANGE,
    .mark = SEE_MARK_LINE_BREAK | SEE_MARK_UNASKED,
    .check_exchange = check,
};
