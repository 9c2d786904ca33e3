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

static inline struct see_view view_of(const char *text, struct see_part part)
{
    return (struct see_view){text + part.at, part.len};
}

/* Looks at the few fields that matter here; false when what one says is more than the plainest. */
static inline bool take_known(struct see_plain *plain, const char *octets,
                              const struct see_plain_field *field)
{
    const struct see_view host = SEE_LITERAL("Host"), length = SEE_LITERAL("Content-Length"),
                          coding = SEE_LITERAL("Transfer-Encoding");
    struct see_view name = view_of(octets, field->name);
    switch (name.len) {
    case sizeof("Host") - 1:
        if (plain->host.at == 0 && see_view_eq_nocase(name, host)) {
            plain->host = field->value;
        }
        return true;
    case sizeof("Content-Length") - 1:
        return !see_view_eq_nocase(name, length) ||
               take_length(plain, view_of(octets, field->value));
    case sizeof("Transfer-Encoding") - 1:
        return !see_view_eq_nocase(name, coding) ||
               take_coding(plain, view_of(octets, field->value));
    default:
        return true;
    }
}

/* The end of the token that begins at `at`. */
static inline size_t token_end(struct see_view octets, size_t at)
{
    struct see_view rest = {octets.ptr + at, octets.len - at};
    size_t usual = see_span_usual(rest);
    bool is_over = usual < rest.len && (rest.ptr[usual] == ':' || rest.ptr[usual] == ' ');
    return at + (is_over ? usual : see_token_len(rest));
}

/* No line ends here. */
#define NOWHERE SIZE_MAX

/*
 * Where the CR LF is that comes next; NOWHERE when there is none, or another octet before it that
 * is not printable.
 */
static inline size_t take_line_end(struct see_odd_octets *odd)
{
    if (!see_odd_octets_has(odd)) {
        return NOWHERE;
    }
    size_t cr = see_odd_octets_first(odd);
    if (odd->view.len - cr < 2 || memcmp(odd->view.ptr + cr, "\r\n", 2) != 0) {
        return NOWHERE;
    }
    see_odd_octets_take(odd);
    if (see_odd_octets_has(odd)) {
        see_odd_octets_take(odd); /* the LF */
    }
    return cr;
}

/* From `at` to `end` without the spaces around: there is nothing else to trim in printable text. */
static inline struct see_part trim_spaces(const char *octets, size_t at, size_t end)
{
    while (at < end && octets[at] == ' ') {
        at++;
    }
    while (at < end && octets[end - 1] == ' ') {
        end--;
    }
    return (struct see_part){(uint16_t)at, (uint16_t)(end - at)};
}

/* Takes the field line from `at` to `end`; `octets` are the head and what is behind it. */
static inline bool take_field(struct see_plain *plain, struct see_view octets, size_t at,
                              size_t end)
{
    size_t colon = token_end(octets, at);
    if (colon == at || octets.ptr[colon] != ':' || plain->field_count == plain->room) {
        return false;
    }
    struct see_plain_field *field = &plain->fields[plain->field_count];
    field->name = (struct see_part){(uint16_t)at, (uint16_t)(colon - at)};
    field->value = trim_spaces(octets.ptr, colon + 1, end);
    see_field_index_add(&plain->index, view_of(octets.ptr, field->name), plain->field_count);
    plain->field_count++;
    return take_known(plain, octets.ptr, field);
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
    size_t method = token_end(text, 0);
    if (method == 0 || text.len < method + 2 + VERSION_LEN || text.ptr[method] != ' ' ||
        text.ptr[0] == 'I' ||
        see_view_eq((struct see_view){text.ptr, method}, SEE_LITERAL("CONNECT"))) {
        return false;
    }
    size_t end = text.len - VERSION_LEN;
    struct see_view target = {text.ptr + method + 1, end - method - 1};
    plain->method_len = (uint16_t)method;
    plain->target = (struct see_part){(uint16_t)(method + 1), (uint16_t)target.len};
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

static enum see_sniff take_start_line(struct see_plain *plain, struct see_view text,
                                      enum see_sniff kind)
{
    bool is_response = kind == SEE_SNIFF_RESPONSE ||
                       (kind == SEE_SNIFF_OTHER && see_view_starts(text, SEE_LITERAL("HTTP/")));
    bool is_taken = is_response ? take_status_line(plain, text) : take_request_line(plain, text);
    return !is_taken ? SEE_SNIFF_OTHER : is_response ? SEE_SNIFF_RESPONSE : SEE_SNIFF_REQUEST;
}

enum see_sniff see_plain_read(struct see_view octets, enum see_sniff kind, struct see_plain *plain)
{
    octets = see_view_cut(octets, 0, UINT16_MAX);
    struct see_odd_octets odd = see_odd_octets_begin(octets);
    size_t end = take_line_end(&odd);
    plain->method_len = plain->status = 0;
    plain->target = plain->host = (struct see_part){0, 0};
    enum see_sniff found = end != NOWHERE
                               ? take_start_line(plain, see_view_cut(octets, 0, end), kind)
                               : SEE_SNIFF_OTHER;
    if (found == SEE_SNIFF_OTHER) {
        return SEE_SNIFF_OTHER;
    }
    plain->field_count = 0;
    plain->index.is_taken = 0;
    plain->has_length = plain->has_transfer_encoding = false;
    plain->length = 0;
    size_t at = end + 2;
    while ((end = take_line_end(&odd)) != at) {
        if (end == NOWHERE || !take_field(plain, octets, at, end)) {
            return SEE_SNIFF_OTHER;
        }
        at = end + 2;
    }
    plain->len = (uint16_t)(at + 2);
    return found;
}

size_t see_plain_room(const struct see_plain *plain)
{
    size_t uri = sizeof("http://") - 1 + plain->host.len + plain->target.len;
    /* What comes first is rounded up, so that the second can begin there. */
    return plain->field_count * sizeof(struct see_field) + plain->len + sizeof(void *) + uri;
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
