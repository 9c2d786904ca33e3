/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/sniff.h"

/* The characters of a token (RFC 9110, 5.6.2). */
#define BIT(c) (UINT64_C(1) << ((c)&63))
#define BITS(first, count) (((UINT64_C(1) << (count)) - 1) << ((first)&63))

static const uint64_t token_chars[4] = {
    BIT('!') | BIT('#') | BIT('$') | BIT('%') | BIT('&') | BIT('\'') | BIT('*') | BIT('+') |
        BIT('-') | BIT('.') | BITS('0', 10),
    BIT('^') | BIT('_') | BIT('`') | BIT('|') | BIT('~') | BITS('A', 26) | BITS('a', 26),
};

static bool is_token_char(char c)
{
    unsigned char octet = (unsigned char)c;
    return (token_chars[octet / 64] >> octet % 64 & 1) != 0;
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7F;
}

static bool has_control(struct see_view view)
{
    if (see_view_is_printable(view)) {
        return false;
    }
    for (size_t i = 0; i < view.len; i++) {
        if (is_control(view.ptr[i]) && view.ptr[i] != '\t') {
            return true;
        }
    }
    return false;
}

size_t see_token_len(struct see_view view)
{
    size_t len = 0;
    while (len < view.len && is_token_char(view.ptr[len])) {
        len++;
    }
    return len;
}

bool see_is_token(struct see_view view)
{
    return view.len > 0 && see_token_len(view) == view.len;
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

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t skip_blanks(struct see_view view, size_t at)
{
    while (at < view.len && is_blank(view.ptr[at])) {
        at++;
    }
    return at;
}

/* How many octets `view` begins with of `pattern`, where d is a digit, up to its own end; or 0. */
static inline size_t match(struct see_view view, struct see_view pattern, bool is_exact)
{
    size_t len = 0;
    while (len < pattern.len && len < view.len) {
        char want = pattern.ptr[len], got = view.ptr[len];
        bool is_same = want == 'd' ? see_ascii_is_digit(got)
                                   : want == got || (!is_exact &&
                                                     see_ascii_lower(want) == see_ascii_lower(got));
        if (!is_same) {
            return 0;
        }
        len++;
    }
    return len;
}

#define STATUS SEE_LITERAL("HTTP/1.d ddd")
#define VERSION SEE_LITERAL("HTTP/d.d")
#define MAJOR SEE_LITERAL("HTTP/d")
#define ICY SEE_LITERAL("ICY")

/* What the version of a status-line looks like that begins as `view` does. */
static struct see_view version_pattern(struct see_view view)
{
    bool has_no_minor = view.len > MAJOR.len && is_blank(view.ptr[MAJOR.len]);
    return match(view, ICY, true) > 0 ? ICY : has_no_minor ? MAJOR : VERSION;
}

/*
 * A status-line with other blanks or letters than it should have; or whose version has no minor, as
 * HTTP/2 is written elsewhere; or of SHOUTcast, whose version is "ICY".  `*ret_end` tells how long
 * all before the status is, as soon as it is RESPONSE.
 */
static enum see_sniff sniff_loose_status(struct see_view view, size_t *ret_end)
{
    struct see_view pattern = version_pattern(view);
    size_t at = match(view, pattern, false);
    if (at == 0 || (at < pattern.len && at < view.len)) {
        return SEE_SNIFF_OTHER;
    }
    if (at < view.len && !is_blank(view.ptr[at])) {
        return SEE_SNIFF_OTHER;
    }
    at = skip_blanks(view, at);
    struct see_view digits = see_view_cut(view, at, at + 3);
    if (match(digits, SEE_LITERAL("ddd"), true) < digits.len) {
        return SEE_SNIFF_OTHER;
    }
    *ret_end = at;
    return digits.len < 3 ? SEE_SNIFF_MORE : SEE_SNIFF_RESPONSE;
}

static uint8_t digit(char c)
{
    return (uint8_t)(c - '0');
}

static enum see_sniff read_status_line(struct see_view line, struct see_start_line *ret_line)
{
    size_t at = 0;
    if (sniff_loose_status(line, &at) != SEE_SNIFF_RESPONSE ||
        (line.len > at + 3 && !is_blank(line.ptr[at + 3]) && line.ptr[at + 3] != '\r')) {
        return SEE_SNIFF_OTHER;
    }
    bool is_icy = match(line, ICY, true) > 0, has_minor = match(line, VERSION, false) > 0;
    bool is_strict = at == VERSION.len + 1 && line.ptr[at - 1] == ' ' &&
                     match(line, VERSION, true) > 0 &&
                     (line.len == at + 3 || line.ptr[at + 3] == ' ');
    *ret_line = (struct see_start_line){
        .status =
            digit(line.ptr[at]) * 100 + digit(line.ptr[at + 1]) * 10 + digit(line.ptr[at + 2]),
        .major = is_icy ? 1 : digit(line.ptr[5]),
        .minor = has_minor ? digit(line.ptr[7]) : 0,
    };
    if (!is_strict) {
        see_leniencies_add(&ret_line->leniency, SEE_LENIENT_start_line);
    }
    return SEE_SNIFF_RESPONSE;
}

/* A request-line as it should be, but for its target. */
static enum see_sniff read_request_line(struct see_view line, struct see_start_line *ret_line)
{
    const struct see_view version = SEE_LITERAL(" HTTP/1.d");
    size_t method = see_token_len(line);
    if (method == 0 || line.len < method + 1 + 1 + version.len || line.ptr[method] != ' ') {
        return SEE_SNIFF_OTHER;
    }
    struct see_view end = see_view_cut(line, line.len - version.len, line.len);
    if (match(end, version, true) == 0) {
        return SEE_SNIFF_OTHER;
    }
    *ret_line = (struct see_start_line){
        .method = see_view_cut(line, 0, method),
        .target = see_view_cut(line, method + 1, line.len - version.len),
        .major = 1,
        .minor = digit(end.ptr[version.len - 1]),
    };
    return SEE_SNIFF_REQUEST;
}

/* A request-line with other blanks or letters than it should have. */
static enum see_sniff read_loose_request_line(struct see_view line, struct see_start_line *ret_line)
{
    size_t method = see_token_len(line), end = line.len;
    while (end > 0 && is_blank(line.ptr[end - 1])) {
        end--;
    }
    if (method == 0 || end < method + VERSION.len + 3 || !is_blank(line.ptr[method])) {
        return SEE_SNIFF_OTHER;
    }
    size_t at = end - VERSION.len;
    struct see_view version = see_view_cut(line, at, end);
    struct see_view target = see_view_trim(see_view_cut(line, method, at));
    if (match(version, VERSION, false) == 0 || !is_blank(line.ptr[at - 1]) || target.len == 0) {
        return SEE_SNIFF_OTHER;
    }
    *ret_line = (struct see_start_line){
        .method = see_view_cut(line, 0, method),
        .target = target,
        .major = digit(version.ptr[5]),
        .minor = digit(version.ptr[7]),
    };
    bool is_strict = end == line.len && match(version, VERSION, true) > 0 &&
                     target.ptr == line.ptr + method + 1 && line.ptr[method] == ' ' &&
                     target.ptr + target.len + 1 == version.ptr && line.ptr[at - 1] == ' ';
    if (!is_strict) {
        see_leniencies_add(&ret_line->leniency, SEE_LENIENT_start_line);
    }
    return SEE_SNIFF_REQUEST;
}

enum see_sniff see_start_line_read(struct see_view line, struct see_start_line *ret_line)
{
    line = without_line_end(line);
    enum see_sniff kind = read_status_line(line, ret_line);
    return kind == SEE_SNIFF_RESPONSE ? kind : read_loose_request_line(line, ret_line);
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

bool see_is_simple_request(struct see_view line)
{
    const struct see_view method = SEE_LITERAL("GET ");
    bool is_whole = line.len > 0 && line.ptr[line.len - 1] == '\n';
    line = without_line_end(line);
    struct see_view target = see_view_cut(line, method.len, line.len);
    bool is_target = see_view_starts(target, SEE_LITERAL("/")) ||
                     see_view_starts_nocase(target, SEE_LITERAL("http://"));
    return is_whole && see_view_starts(line, method) && is_target && !has_control(target) &&
           see_view_find(target, ' ') == target.len && see_view_find(target, '\t') == target.len;
}

static bool is_usual(const struct see_start_line *line)
{
    return line->leniency == 0 && line->major == 1;
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
        return is_usual(&parts) && see_start_line_may_be_plain(parts.method) &&
               see_view_find(parts.target, ' ') == parts.target.len &&
               see_view_find(parts.target, '\t') == parts.target.len;
    case SEE_SNIFF_RESPONSE:
        return is_usual(&parts);
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
    size_t name = see_token_len(line);
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
    size_t method = see_token_len(line);
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
    size_t status = match(octets, STATUS, true);
    if (status == STATUS.len) {
        return SEE_SNIFF_RESPONSE;
    }
    return status == octets.len ? SEE_SNIFF_MORE : sniff_request(octets);
}

static enum see_sniff sniff_loose_request(struct see_view octets)
{
    size_t end = see_view_find(octets, '\n');
    if (end < octets.len) {
        struct see_start_line parts;
        struct see_view line = without_line_end(see_view_cut(octets, 0, end));
        return has_control(line) ? SEE_SNIFF_OTHER : read_loose_request_line(line, &parts);
    }
    size_t method = see_token_len(octets);
    bool may_be = method == octets.len || (method > 0 && is_blank(octets.ptr[method]));
    bool ends_in_cr = octets.ptr[octets.len - 1] == '\r';
    may_be = may_be && !has_control(see_view_cut(octets, 0, octets.len - (ends_in_cr ? 1 : 0)));
    return may_be && octets.len < SEE_SNIFF_OCTETS ? SEE_SNIFF_MORE : SEE_SNIFF_OTHER;
}

/* How many octets `view` begins with that may be a method, and a byte order mark before it. */
static size_t method_like_len(struct see_view view)
{
    const char mark = (char)0xEF;
    size_t len = 0;
    if (view.len == 0 || (!is_token_char(view.ptr[0]) && view.ptr[0] != mark)) {
        return 0;
    }
    while (len < view.len && view.ptr[len] != ' ' && !is_control(view.ptr[len])) {
        len++;
    }
    return len;
}

/* Whether `line` ends in a blank and a version, and blanks behind it. */
static bool ends_in_version(struct see_view line)
{
    size_t end = line.len;
    while (end > 0 && is_blank(line.ptr[end - 1])) {
        end--;
    }
    size_t at = end > VERSION.len ? end - VERSION.len : 0;
    return at > 0 && is_blank(line.ptr[at - 1]) &&
           match(see_view_cut(line, at, end), VERSION, false) > 0;
}

enum see_sniff see_sniff_first(struct see_view octets)
{
    octets = see_view_cut(octets, 0, SEE_SNIFF_OCTETS);
    size_t method = method_like_len(octets);
    if (method == 0 || (method < octets.len && !is_blank(octets.ptr[method]))) {
        return SEE_SNIFF_OTHER;
    }
    size_t end = see_view_find(octets, '\n');
    if (end == octets.len) {
        return end < SEE_SNIFF_OCTETS ? SEE_SNIFF_MORE : SEE_SNIFF_OTHER;
    }
    struct see_view line = without_line_end(see_view_cut(octets, 0, end));
    bool is_request = ends_in_version(see_view_cut(line, method, line.len));
    return is_request ? SEE_SNIFF_REQUEST : SEE_SNIFF_OTHER;
}

enum see_sniff see_sniff_loosely(struct see_view octets, enum see_sniff expected)
{
    size_t end;
    octets = see_view_cut(octets, 0, SEE_SNIFF_OCTETS);
    if (octets.len == 0) {
        return SEE_SNIFF_MORE;
    }
    return expected == SEE_SNIFF_RESPONSE  ? sniff_loose_status(octets, &end)
           : expected == SEE_SNIFF_REQUEST ? sniff_loose_request(octets)
                                           : SEE_SNIFF_OTHER;
}
