/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/lenient.h"

#include <assert.h>
#include <string.h>

#include "http/framing.h"

/*
 * The lines are read one by one, and written anew right behind those before:
 *
 *     Host : a CR LF SP b CR LF Accept: * LF        as it came
 *     Host:a SP b Accept:*                          what the fields point into
 *
 * A value that is folded grows at its end, so it has to be the last thing written.
 */
struct lenient {
    struct see_head *head;
    char *out;
    bool is_dropping; /* the last line was no field: what is folded onto it neither */
    bool has_dropped;
    bool is_broken; /* what was dropped could matter */
};

static void forgive(struct lenient *lenient, enum see_leniency which)
{
    see_leniencies_add(&lenient->head->leniency, which);
}

/* Blanks and, as they are read as blanks, CRs. */
static struct see_view trim_end(struct see_view view)
{
    while (view.len > 0 && strchr(" \t\r", view.ptr[view.len - 1]) != NULL &&
           view.ptr[view.len - 1] != '\0') {
        view.len--;
    }
    return view;
}

/* The line without its end, and whether that is as it should be. */
static struct see_view strip_end(struct see_view line, see_leniencies *found)
{
    struct see_view text = see_view_cut(line, 0, line.len - 1);
    bool has_cr = text.len > 0 && text.ptr[text.len - 1] == '\r';
    if (has_cr) {
        text.len--;
    } else {
        see_leniencies_add(found, SEE_LENIENT_bare_lf);
    }
    return text;
}

/* What no line may have, whatever it is. */
static void look_at_octets(struct see_view text, see_leniencies *found)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '\r') {
            see_leniencies_add(found, SEE_LENIENT_bare_cr);
        } else if ((c < 0x20 && c != '\t') || c == 0x7F) {
            see_leniencies_add(found, SEE_LENIENT_control);
        }
    }
}

/* Writes a value, its CRs as SP, trimmed; the fields before it end where it begins, or earlier. */
static struct see_view write_text(struct lenient *lenient, struct see_view text)
{
    char *begin = lenient->out;
    memmove(begin, text.ptr, text.len);
    for (size_t i = 0; i < text.len; i++) {
        begin[i] = begin[i] == '\r' ? ' ' : begin[i];
    }
    lenient->out += text.len;
    return (struct see_view){begin, text.len};
}

static struct see_view trim(struct see_view text)
{
    text = trim_end(text);
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t' || text.ptr[0] == '\r')) {
        text = see_view_cut(text, 1, text.len);
    }
    return text;
}

/* A line that another reader may take for one of these fields cannot just be stepped over. */
static bool may_matter(struct see_view line)
{
    static const char *const names[] = {"Host", "Location", "Content-Length", "Transfer-Encoding"};
    struct see_start_line parts;
    line = trim(line);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (see_view_starts_nocase(line, see_view_of(names[i]))) {
            return true;
        }
    }
    return see_start_line_read(line, &parts) != SEE_SNIFF_OTHER;
}

static void drop(struct lenient *lenient, struct see_view line, see_leniencies found)
{
    lenient->head->leniency |= found;
    forgive(lenient, SEE_LENIENT_no_field);
    lenient->is_dropping = true;
    lenient->has_dropped = true;
    lenient->is_broken = may_matter(line);
}

static void add_field(struct lenient *lenient, struct see_view name, struct see_view value,
                      see_leniencies found)
{
    struct see_field *field = &lenient->head->fields[lenient->head->field_count++];
    /* `value` stands behind `name`, so it is still there when that is written; `name` is not. */
    field->name = write_text(lenient, name);
    field->value = write_text(lenient, trim(value));
    lenient->is_dropping = false;
    /* Readers differ on where such a value ends, and on this one all depends. */
    lenient->is_broken = see_leniencies_has(found, SEE_LENIENT_control) &&
                         see_view_eq_nocase(field->name, SEE_LITERAL("Host"));
    if (found != 0 && see_framing_is_field(field->name)) {
        forgive(lenient, SEE_LENIENT_framing_field);
    }
}

static void read_field(struct lenient *lenient, struct see_view line, see_leniencies found)
{
    size_t colon = see_view_find(line, ':');
    struct see_view before = see_view_cut(line, 0, colon);
    struct see_view name = trim_end(before);
    if (colon == line.len || !see_is_token(name)) {
        drop(lenient, line, found);
        return;
    }
    if (name.len < before.len) {
        see_leniencies_add(&found, SEE_LENIENT_blank_before_colon);
    }
    lenient->head->leniency |= found;
    /* How lines end is no matter of the field. */
    found &= ~((see_leniencies)1 << SEE_LENIENT_bare_lf);
    add_field(lenient, name, see_view_cut(line, colon + 1, line.len), found);
}

/* The line goes on with the value of the field before it. */
static void read_fold(struct lenient *lenient, struct see_view line, see_leniencies found)
{
    struct see_head *head = lenient->head;
    if (lenient->is_dropping || head->field_count == 0) {
        drop(lenient, line, found);
        return;
    }
    struct see_field *field = &head->fields[head->field_count - 1];
    forgive(lenient, SEE_LENIENT_obs_fold);
    head->leniency |= found;
    if (see_framing_is_field(field->name)) {
        forgive(lenient, SEE_LENIENT_framing_field);
    }
    line = trim(line);
    if (line.len > 0) {
        /* The blank that the line began with makes room for this one. */
        if (field->value.len > 0) {
            *lenient->out++ = ' ';
        }
        struct see_view more = write_text(lenient, line);
        field->value.len = (size_t)(more.ptr + more.len - field->value.ptr);
    }
}

/* Nothing, or CRs, in front of the line's end. */
static bool is_empty(struct see_view line)
{
    size_t len = 0;
    while (len < line.len && line.ptr[len] == '\r') {
        len++;
    }
    return len == line.len;
}

static void read_lines(struct lenient *lenient, struct see_view lines)
{
    while (lines.len > 0 && !lenient->is_broken) {
        size_t end = see_view_find(lines, '\n');
        see_leniencies found = 0;
        struct see_view line = strip_end(see_view_cut(lines, 0, end + 1), &found);
        lines = see_view_cut(lines, end + 1, lines.len);
        look_at_octets(line, &found);
        if (is_empty(line)) {
            lenient->head->leniency |= found;
        } else if (line.ptr[0] == ' ' || line.ptr[0] == '\t') {
            read_fold(lenient, line, found);
        } else {
            read_field(lenient, line, found);
        }
    }
}

/* The start-line, its leniency, and that of its end. */
static void read_start_line(struct see_head *head, struct see_view line)
{
    see_leniencies found = 0;
    enum see_sniff kind = see_start_line_read(line, &head->line);
    assert(kind != SEE_SNIFF_OTHER);
    (void)kind;
    look_at_octets(strip_end(line, &found), &found);
    head->leniency = head->line.leniency | found;
    if (head->line.major != 1 || head->line.minor > 1) {
        see_leniencies_add(&head->leniency, SEE_LENIENT_version);
    }
}

int see_head_parse_leniently(struct see_view octets, enum see_sniff kind, struct see_head *ret_head)
{
    struct see_head head = {0};
    char *text = see_head_block(octets, &head);
    if (text == NULL) {
        return SEE_ENOMEM;
    }
    size_t start = see_view_find(octets, '\n') + 1;
    struct lenient lenient = {.head = &head, .out = text + start};
    read_start_line(&head, (struct see_view){text, start});
    read_lines(&lenient, (struct see_view){text + start, octets.len - start});
    see_framing_read(&head, kind == SEE_SNIFF_REQUEST);
    bool has_nothing = lenient.has_dropped && head.field_count == 0;
    head.is_sound = !lenient.is_broken && !has_nothing;
    *ret_head = head;
    return SEE_OK;
}
