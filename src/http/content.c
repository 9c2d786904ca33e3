/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/content.h"

#include <blake2.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"

/* A boundary has 70 characters at most (RFC 2046, 5.1.1); one that is far longer is not one. */
#define BOUNDARY_MAX 256

/*
 * The delimiter is found by Knuth, Morris and Pratt, which never looks back: content comes in
 * pieces that are not kept, and may be cut anywhere.
 *
 *     delimiter   - - a b - - a c        matched 7 octets, the next is b
 *     fallback              - - a b      so go on with 4 of them matched
 */
struct see_content {
    blake2b_state whole;
    blake2b_state bare;
    uint64_t bare_len;
    bool is_multipart;
    size_t matched; /* octets of the delimiter that were just seen, and not yet handed on */
    size_t delimiter_len;
    char delimiter[BOUNDARY_MAX + 2];
    uint16_t fallback[BOUNDARY_MAX + 2]; /* [n]: of n + 1 matched octets, how many match anew */
};

struct see_content_key see_content_key_make(const char *user_key)
{
    struct see_content_key key = {.len = SEE_CONTENT_KEY};
    struct see_view user = see_view_of(user_key);
    if (user.len == 0) {
        for (size_t at = 0; at < SEE_CONTENT_KEY; at += sizeof(struct see_hash_key)) {
            struct see_hash_key random = see_hash_key_new();
            memcpy(key.octets + at, &random, sizeof(random));
        }
        return key;
    }
    if (user.len <= SEE_CONTENT_KEY) {
        key.len = user.len;
        memcpy(key.octets, user.ptr, user.len);
        return key;
    }
    blake2b_state state;
    blake2b_init(&state, SEE_CONTENT_KEY);
    blake2b_update(&state, (const uint8_t *)user.ptr, user.len);
    blake2b_final(&state, key.octets, SEE_CONTENT_KEY);
    return key;
}

static void start(blake2b_state *state, const struct see_content_key *key)
{
    /* Fails for lengths out of range only, and these are constant. */
    blake2b_init_key(state, sizeof(struct see_digest), key->octets, key->len);
}

static void update(blake2b_state *state, struct see_view octets)
{
    if (octets.len > 0) {
        blake2b_update(state, (const uint8_t *)octets.ptr, octets.len);
    }
}

/* Reads a quoted-string (RFC 9110, 5.6.4) at the start of `text`; how many octets it takes. */
static size_t read_quoted(struct see_view text, char *value, size_t size, size_t *ret_len)
{
    size_t at = 1, len = 0;
    while (at < text.len && text.ptr[at] != '"') {
        if (text.ptr[at] == '\\' && at + 1 < text.len) {
            at++;
        }
        if (len < size) {
            value[len] = text.ptr[at];
        }
        len++;
        at++;
    }
    *ret_len = len;
    return at < text.len ? at + 1 : at;
}

/*
 * Reads one parameter (RFC 9110, 5.6.6), with `*rest` behind its semicolon, its value into `value`;
 * a value longer than `size` is cut, and `*ret_len` tells its full length.
 */
static bool next_parameter(struct see_view *rest, struct see_view *ret_name, char *value,
                           size_t size, size_t *ret_len)
{
    size_t name_end = 0;
    while (name_end < rest->len && rest->ptr[name_end] != '=' && rest->ptr[name_end] != ';') {
        name_end++;
    }
    *ret_name = see_view_trim(see_view_cut(*rest, 0, name_end));
    *ret_len = 0;
    bool has_value = name_end < rest->len && rest->ptr[name_end] == '=';
    struct see_view tail =
        see_view_trim(see_view_cut(*rest, name_end + (has_value ? 1 : 0), rest->len));
    if (has_value && tail.len > 0 && tail.ptr[0] == '"') {
        tail = see_view_cut(tail, read_quoted(tail, value, size, ret_len), tail.len);
    } else if (has_value) {
        struct see_view token = see_view_trim(see_view_cut(tail, 0, see_view_find(tail, ';')));
        *ret_len = token.len;
        memcpy(value, token.ptr, token.len < size ? token.len : size);
    }
    size_t semicolon = see_view_find(tail, ';');
    bool has_more = semicolon < tail.len;
    *rest = see_view_cut(tail, semicolon + 1, tail.len);
    return has_more;
}

/* Writes "--" and the boundary of a multipart type; 0 when there is none. */
static size_t read_delimiter(struct see_view type, char delimiter[BOUNDARY_MAX + 2])
{
    if (!see_view_starts_nocase(see_view_trim(type), SEE_LITERAL("multipart/"))) {
        return 0;
    }
    size_t semicolon = see_view_find(type, ';');
    bool has_more = semicolon < type.len;
    struct see_view rest = see_view_cut(type, semicolon + 1, type.len);
    while (has_more) {
        struct see_view name;
        size_t len;
        has_more = next_parameter(&rest, &name, delimiter + 2, BOUNDARY_MAX, &len);
        if (see_view_eq_nocase(name, SEE_LITERAL("boundary"))) {
            delimiter[0] = '-';
            delimiter[1] = '-';
            return len > 0 && len <= BOUNDARY_MAX ? len + 2 : 0;
        }
    }
    return 0;
}

static void make_fallback(struct see_content *content)
{
    size_t matched = 0;
    content->fallback[0] = 0;
    for (size_t i = 1; i < content->delimiter_len; i++) {
        while (matched > 0 && content->delimiter[i] != content->delimiter[matched]) {
            matched = content->fallback[matched - 1];
        }
        if (content->delimiter[i] == content->delimiter[matched]) {
            matched++;
        }
        content->fallback[i] = (uint16_t)matched;
    }
}

struct see_content *see_content_new(const struct see_content_key *key, struct see_view content_type)
{
    struct see_content *content = calloc(1, sizeof(*content));
    if (content == NULL) {
        return NULL;
    }
    start(&content->whole, key);
    content->delimiter_len = read_delimiter(content_type, content->delimiter);
    content->is_multipart = content->delimiter_len > 0;
    if (content->is_multipart) {
        make_fallback(content);
        content->bare = content->whole;
    }
    return content;
}

static void add_bare(struct see_content *content, const char *ptr, size_t len)
{
    update(&content->bare, (struct see_view){ptr, len});
    content->bare_len += len;
}

/* Moves the match on by one octet; what turns out not to be the delimiter is handed on. */
static void match_octet(struct see_content *content, char octet)
{
    while (content->matched > 0 && octet != content->delimiter[content->matched]) {
        size_t shorter = content->fallback[content->matched - 1];
        add_bare(content, content->delimiter, content->matched - shorter);
        content->matched = shorter;
    }
    if (octet != content->delimiter[content->matched]) {
        add_bare(content, &octet, 1);
        return;
    }
    if (++content->matched == content->delimiter_len) {
        content->matched = 0;
    }
}

static void take_out_delimiter(struct see_content *content, struct see_view octets)
{
    for (size_t at = 0; at < octets.len;) {
        if (content->matched == 0) {
            size_t plain = see_view_find(see_view_cut(octets, at, octets.len), '-');
            add_bare(content, octets.ptr + at, plain);
            at += plain;
        }
        if (at < octets.len) {
            match_octet(content, octets.ptr[at++]);
        }
    }
}

void see_content_add(struct see_content *content, struct see_view octets)
{
    update(&content->whole, octets);
    if (content->is_multipart) {
        take_out_delimiter(content, octets);
    }
}

void see_content_end(struct see_content *content, struct see_message *message)
{
    blake2b_final(&content->whole, message->content_digest.octets, sizeof(struct see_digest));
    if (content->is_multipart) {
        add_bare(content, content->delimiter, content->matched);
        blake2b_final(&content->bare, message->bare_digest.octets, sizeof(struct see_digest));
        message->bare_len = content->bare_len;
    } else {
        message->bare_digest = message->content_digest;
        message->bare_len = message->content_len;
    }
    message->has_digest = true;
}

void see_content_free(struct see_content *content)
{
    free(content);
}

struct see_digest see_content_empty(const struct see_content_key *key)
{
    blake2b_state state;
    struct see_digest digest;
    start(&state, key);
    blake2b_final(&state, digest.octets, sizeof(digest));
    return digest;
}
