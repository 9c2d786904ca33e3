/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/plain.h"

#include <stdlib.h>

#include "core/span.h"

/* A head with more fields is not that plain. */
#define FIELDS_MAX 512

#define VERSION_LEN (sizeof(" HTTP/1.1") - 1)

/* Decimal, and short enough for any parser. */
static bool read_length(struct see_view value, uint64_t *ret_length)
{
    uint64_t length = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (!see_ascii_is_digit(value.ptr[i])) {
            return false;
        }
        length = length * 10 + (uint64_t)(value.ptr[i] - '0');
    }
    *ret_length = length;
    return value.len > 0 && value.len <= 18;
}

static bool take_length(struct see_plain *plain, struct see_view value)
{
    bool is_first = !plain->has_length && !plain->has_transfer_encoding;
    plain->has_length = true;
    return is_first && read_length(value, &plain->length);
}

static bool take_coding(struct see_plain *plain, struct see_view value)
{
    bool is_first = !plain->has_length && !plain->has_transfer_encoding;
    plain->has_transfer_encoding = true;
    return is_first && plain->minor == 1 && see_view_eq(value, SEE_LITERAL("chunked"));
}

/* Looks at the few fields that matter here; false when what one says is more than the plainest. */
static inline bool take_known(struct see_plain *plain, struct see_view name, struct see_view value,
                              struct see_part part)
{
    const struct see_view host = SEE_LITERAL("Host"), length = SEE_LITERAL("Content-Length"),
                          coding = SEE_LITERAL("Transfer-Encoding");
    switch (name.len) {
    case sizeof("Host") - 1:
        if (plain->host.at == 0 && see_view_eq_nocase(name, host)) {
            plain->host = part;
        }
        return true;
    case sizeof("Content-Length") - 1:
        return !see_view_eq_nocase(name, length) || take_length(plain, value);
    case sizeof("Transfer-Encoding") - 1:
        return !see_view_eq_nocase(name, coding) || take_coding(plain, value);
    default:
        return true;
    }
}

/* Without the spaces around it: there is nothing else to trim in what is printable. */
static inline struct see_view trim_spaces(const char *begin, const char *end)
{
    while (begin < end && *begin == ' ') {
        begin++;
    }
    while (begin < end && end[-1] == ' ') {
        end--;
    }
    return (struct see_view){begin, (size_t)(end - begin)};
}

/* The end of the token that begins at `at`. */
static inline const char *token_end(const char *at, const char *end)
{
    at += see_span_usual((struct see_view){at, (size_t)(end - at)});
    bool is_over = at < end && (*at == ':' || *at == ' ');
    return is_over ? at : at + see_token_len((struct see_view){at, (size_t)(end - at)});
}

static inline bool is_line_end(const char *at, const char *end)
{
    return end - at >= 2 && at[0] == '\r' && at[1] == '\n';
}

static inline struct see_part part_of(const char *from, struct see_view view)
{
    return (struct see_part){(uint16_t)(view.ptr - from), (uint16_t)view.len};
}

/* Takes the field line at `at`, `from` being the beginning of the head; the next line, or NULL. */
static inline const char *take_field(struct see_plain *plain, const char *from, const char *at,
                                     const char *end)
{
    const char *colon = token_end(at, end);
    if (colon == at || colon == end || *colon != ':' || plain->field_count == plain->room) {
        return NULL;
    }
    const char *value = colon + 1;
    const char *line_end =
        value + see_span_printable((struct see_view){value, (size_t)(end - value)});
    if (!is_line_end(line_end, end)) {
        return NULL;
    }
    struct see_view name = {at, (size_t)(colon - at)}, trimmed = trim_spaces(value, line_end);
    struct see_plain_field *field = &plain->fields[plain->field_count];
    field->name = part_of(from, name);
    field->value = part_of(from, trimmed);
    see_field_index_add(&plain->index, name, plain->field_count);
    plain->field_count++;
    return take_known(plain, name, trimmed, field->value) ? line_end + 2 : NULL;
}

static uint8_t digit(char c)
{
    return (uint8_t)(c - '0');
}

/* " HTTP/1.0" or " HTTP/1.1" */
static bool take_version(struct see_plain *plain, const char *version)
{
    char minor = version[VERSION_LEN - 1];
    plain->minor = digit(minor);
    return memcmp(version, " HTTP/1.", VERSION_LEN - 1) == 0 && (minor == '0' || minor == '1');
}

/*
 * CONNECT and what is beside the letter of the grammar are not for a shortcut, nor is a method that
 * begins as "ICY" does, which is a version to some.
 */
static bool take_request_line(struct see_plain *plain, struct see_view text)
{
    size_t method = (size_t)(token_end(text.ptr, text.ptr + text.len) - text.ptr);
    if (method == 0 || text.len < method + 2 + VERSION_LEN || text.ptr[method] != ' ' ||
        text.ptr[0] == 'I' ||
        see_view_eq((struct see_view){text.ptr, method}, SEE_LITERAL("CONNECT"))) {
        return false;
    }
    size_t end = text.len - VERSION_LEN;
    struct see_view target = {text.ptr + method + 1, end - method - 1};
    plain->method_len = (uint16_t)method;
    plain->target = part_of(text.ptr, target);
    return take_version(plain, text.ptr + end) && see_view_find(target, ' ') == target.len;
}

/* "HTTP/1.1 200", and nothing or a space behind it. */
static bool take_status_line(struct see_plain *plain, struct see_view text)
{
    const size_t status = sizeof("HTTP/1.1 ") - 1;
    const char *digits = text.ptr + status;
    char before[VERSION_LEN];
    if (text.len < status + 3 || (text.len > status + 3 && digits[3] != ' ') ||
        text.ptr[status - 1] != ' ' || !see_ascii_is_digit(digits[0]) ||
        !see_ascii_is_digit(digits[1]) || !see_ascii_is_digit(digits[2])) {
        return false;
    }
    before[0] = ' ';
    memcpy(before + 1, text.ptr, VERSION_LEN - 1);
    plain->status = (uint16_t)(digit(digits[0]) * 100 + digit(digits[1]) * 10 + digit(digits[2]));
    return take_version(plain, before);
}

/* Takes the start-line, and says where the next one begins; a line without its end is none. */
static enum see_sniff take_start_line(struct see_plain *plain, struct see_view octets,
                                      enum see_sniff kind, const char **ret_next)
{
    struct see_view text = {octets.ptr, see_span_printable(octets)};
    if (text.len == 0 || !is_line_end(text.ptr + text.len, octets.ptr + octets.len)) {
        return SEE_SNIFF_OTHER;
    }
    bool is_response = kind == SEE_SNIFF_RESPONSE ||
                       (kind == SEE_SNIFF_OTHER && see_view_starts(text, SEE_LITERAL("HTTP/")));
    bool is_taken = is_response ? take_status_line(plain, text) : take_request_line(plain, text);
    *ret_next = text.ptr + text.len + 2;
    return !is_taken ? SEE_SNIFF_OTHER : is_response ? SEE_SNIFF_RESPONSE : SEE_SNIFF_REQUEST;
}

enum see_sniff see_plain_read(struct see_view octets, enum see_sniff kind, struct see_plain *plain)
{
    octets = see_view_cut(octets, 0, UINT16_MAX);
    const char *at, *end = octets.ptr + octets.len;
    plain->method_len = plain->status = 0;
    plain->target = plain->host = (struct see_part){0, 0};
    enum see_sniff found = take_start_line(plain, octets, kind, &at);
    if (found == SEE_SNIFF_OTHER) {
        return SEE_SNIFF_OTHER;
    }
    plain->field_count = 0;
    plain->index.is_taken = 0;
    plain->has_length = plain->has_transfer_encoding = false;
    plain->length = 0;
    while (!is_line_end(at, end)) {
        at = take_field(plain, octets.ptr, at, end);
        if (at == NULL) {
            return SEE_SNIFF_OTHER;
        }
    }
    plain->len = (uint16_t)(at + 2 - octets.ptr);
    return found;
}

size_t see_plain_room(const struct see_plain *plain)
{
    size_t uri = sizeof("http://") - 1 + plain->host.len + plain->target.len;
    /* What comes first is rounded up, so that the second can begin there. */
    return plain->field_count * sizeof(struct see_field) + plain->len + sizeof(void *) + uri;
}

static inline struct see_view view_of(const char *text, struct see_part part)
{
    return (struct see_view){text + part.at, part.len};
}

void see_plain_take(const struct see_plain *plain, struct see_view octets, char *text,
                    struct see_head *head)
{
    memcpy(text, octets.ptr, plain->len);
    for (size_t i = 0; i < plain->field_count; i++) {
        head->fields[i].name = view_of(text, plain->fields[i].name);
        head->fields[i].value = view_of(text, plain->fields[i].value);
    }
    head->field_count = plain->field_count;
    head->index = plain->index;
    head->line =
        (struct see_start_line){.major = 1, .minor = plain->minor, .status = plain->status};
    if (plain->method_len > 0) {
        head->line.method = (struct see_view){text, plain->method_len};
        head->line.target = view_of(text, plain->target);
    }
    head->is_sound = true;
    head->has_length = plain->has_length;
    head->has_transfer_encoding = head->is_chunked = plain->has_transfer_encoding;
    head->length = plain->length;
}

int see_head_parse_plainly(struct see_view octets, enum see_sniff kind, struct see_head *ret_head,
                           bool *ret_is_plain)
{
    struct see_head head = {0};
    char *text = see_head_block(octets, &head);
    *ret_is_plain = false;
    if (text == NULL) {
        return SEE_ENOMEM;
    }
    struct see_plain_field fields[FIELDS_MAX];
    size_t room = (size_t)(text - (char *)head.fields) / sizeof(struct see_field);
    struct see_plain plain = {.fields = fields};
    plain.room = (uint16_t)(room < FIELDS_MAX ? room : FIELDS_MAX);
    if (see_plain_read(octets, kind, &plain) != kind || plain.len != octets.len) {
        free(head.block);
        return SEE_OK;
    }
    see_plain_take(&plain, octets, text, &head);
    *ret_head = head;
    *ret_is_plain = true;
    return SEE_OK;
}
