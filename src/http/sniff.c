/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/sniff.h"

#include <string.h>

/* The characters of a token (RFC 9110, 5.6.2). */
static bool is_token_char(char c)
{
    return see_ascii_is_alpha(c) || see_ascii_is_digit(c) ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7F;
}

static bool has_control(struct see_view view)
{
    for (size_t i = 0; i < view.len; i++) {
        if (is_control(view.ptr[i]) && view.ptr[i] != '\t') {
            return true;
        }
    }
    return false;
}

static size_t token_len(struct see_view view)
{
    size_t len = 0;
    while (len < view.len && is_token_char(view.ptr[len])) {
        len++;
    }
    return len;
}

/* `line` without its LF and the CR before it. */
static struct see_view without_line_end(struct see_view line)
{
    if (line.len > 0 && line.ptr[line.len - 1] == '\n') {
        line.len--;
    }
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    return line;
}

/* "HTTP/1.x 200": how many octets of this `view` begins with, up to its own end; 12 is all. */
static size_t match_status(struct see_view view)
{
    static const char pattern[] = "HTTP/1.d ddd";
    size_t len = 0;
    while (len < sizeof(pattern) - 1 && len < view.len) {
        bool is_same =
            pattern[len] == 'd' ? see_ascii_is_digit(view.ptr[len]) : view.ptr[len] == pattern[len];
        if (!is_same) {
            return 0;
        }
        len++;
    }
    return len;
}

#define STATUS_LEN 12

static enum see_sniff read_status_line(struct see_view line, struct see_start_line *ret_line)
{
    if (match_status(line) != STATUS_LEN ||
        (line.len > STATUS_LEN && line.ptr[STATUS_LEN] != ' ')) {
        return SEE_SNIFF_OTHER;
    }
    *ret_line = (struct see_start_line){
        .status = (line.ptr[9] - '0') * 100 + (line.ptr[10] - '0') * 10 + (line.ptr[11] - '0'),
        .major = 1,
        .minor = (uint8_t)(line.ptr[7] - '0'),
    };
    return SEE_SNIFF_RESPONSE;
}

static enum see_sniff read_request_line(struct see_view line, struct see_start_line *ret_line)
{
    const struct see_view version = SEE_LITERAL(" HTTP/1.");
    size_t method = token_len(line);
    size_t tail = version.len + 1;
    if (method == 0 || line.len < method + 1 + 1 + tail || line.ptr[method] != ' ') {
        return SEE_SNIFF_OTHER;
    }
    struct see_view end = see_view_cut(line, line.len - tail, line.len);
    if (!see_view_starts(end, version) || !see_ascii_is_digit(end.ptr[tail - 1])) {
        return SEE_SNIFF_OTHER;
    }
    *ret_line = (struct see_start_line){
        .method = see_view_cut(line, 0, method),
        .target = see_view_cut(line, method + 1, line.len - tail),
        .major = 1,
        .minor = (uint8_t)(end.ptr[tail - 1] - '0'),
    };
    return SEE_SNIFF_REQUEST;
}

enum see_sniff see_start_line_read(struct see_view line, struct see_start_line *ret_line)
{
    line = without_line_end(line);
    enum see_sniff kind = read_status_line(line, ret_line);
    return kind == SEE_SNIFF_RESPONSE ? kind : read_request_line(line, ret_line);
}

static bool is_method_capital(char c)
{
    return (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

bool see_start_line_may_be_plain(struct see_view octets)
{
    for (size_t i = 0; i < octets.len && octets.ptr[i] != ' ' && octets.ptr[i] != '/'; i++) {
        if (!is_method_capital(octets.ptr[i])) {
            return false;
        }
    }
    return true;
}

bool see_start_line_is_plain(struct see_view line)
{
    struct see_start_line parts;
    line = without_line_end(line);
    if (has_control(line)) {
        return false;
    }
    switch (see_start_line_read(line, &parts)) {
    case SEE_SNIFF_REQUEST:
        return see_start_line_may_be_plain(parts.method) &&
               see_view_find(parts.target, ' ') == parts.target.len &&
               see_view_find(parts.target, '\t') == parts.target.len;
    case SEE_SNIFF_RESPONSE:
        return true;
    case SEE_SNIFF_MORE:
    case SEE_SNIFF_HTTP2:
    case SEE_SNIFF_TLS:
    case SEE_SNIFF_OTHER:
        break;
    }
    return false;
}

bool see_field_line_is_likely(struct see_view octets, bool is_whole)
{
    struct see_view line = is_whole ? without_line_end(octets) : octets;
    size_t name = token_len(line);
    if (name == line.len) {
        return line.len == 0 || !is_whole;
    }
    /* A CR with nothing before it begins the empty line. */
    return (name > 0 && line.ptr[name] == ':') ||
           (!is_whole && line.len == 1 && line.ptr[0] == '\r');
}

/* The record layer's content type, then the version 3.x, then for a handshake its message type. */
static enum see_sniff sniff_tls(struct see_view octets)
{
    const char handshake = 0x16, client_hello = 1, server_hello = 2;
    if (octets.len > 1 && octets.ptr[1] != 3) {
        return SEE_SNIFF_OTHER;
    }
    if (octets.len > 2 && (unsigned char)octets.ptr[2] > 4) {
        return SEE_SNIFF_OTHER;
    }
    if (octets.len < 6) {
        return SEE_SNIFF_MORE;
    }
    if (octets.ptr[0] == handshake && octets.ptr[5] != client_hello &&
        octets.ptr[5] != server_hello) {
        return SEE_SNIFF_OTHER;
    }
    return SEE_SNIFF_TLS;
}

/* A request-line whose end is not in sight, told by how its target begins. */
static bool is_target_likely(struct see_view target)
{
    return see_view_starts(target, SEE_LITERAL("/")) ||
           see_view_starts_nocase(target, SEE_LITERAL("http://")) ||
           see_view_starts_nocase(target, SEE_LITERAL("https://"));
}

static enum see_sniff sniff_request(struct see_view octets)
{
    size_t end = see_view_find(octets, '\n');
    struct see_view line = see_view_cut(octets, 0, end);
    if (end < octets.len) {
        struct see_start_line parts;
        line = without_line_end(line);
        return has_control(line) ? SEE_SNIFF_OTHER : read_request_line(line, &parts);
    }
    size_t method = token_len(line);
    if (method == line.len && line.len < SEE_SNIFF_OCTETS) {
        return SEE_SNIFF_MORE;
    }
    if (method == 0 || method == line.len || line.ptr[method] != ' ') {
        return SEE_SNIFF_OTHER;
    }
    struct see_view target = see_view_cut(line, method + 1, line.len);
    /* The CR of the line's end may be the last octet so far. */
    struct see_view before_last = see_view_cut(target, 0, target.len > 0 ? target.len - 1 : 0);
    bool ends_in_cr = target.len > 0 && target.ptr[target.len - 1] == '\r';
    if (has_control(ends_in_cr ? before_last : target)) {
        return SEE_SNIFF_OTHER;
    }
    if (line.len < SEE_SNIFF_OCTETS) {
        return SEE_SNIFF_MORE;
    }
    return is_target_likely(target) ? SEE_SNIFF_REQUEST : SEE_SNIFF_OTHER;
}

enum see_sniff see_sniff(struct see_view octets)
{
    const struct see_view preface = SEE_LITERAL("PRI * HTTP/2.0");
    octets = see_view_cut(octets, 0, SEE_SNIFF_OCTETS);
    if (octets.len == 0) {
        return SEE_SNIFF_MORE;
    }
    if (octets.ptr[0] == 0x16 || octets.ptr[0] == 0x17) {
        return sniff_tls(octets);
    }
    if (see_view_starts(octets, preface)) {
        return SEE_SNIFF_HTTP2;
    }
    size_t status = match_status(octets);
    if (status == STATUS_LEN) {
        return SEE_SNIFF_RESPONSE;
    }
    return status == octets.len ? SEE_SNIFF_MORE : sniff_request(octets);
}
