/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/note.h"

#include "core/uri.h"
#include "http/decoded.h"

/* What HTML writes in place of a character that stands in URIs. */
static const struct {
    const char *entity;
    char octet;
} entities[] = {
    {"&amp;", '&'},  {"&#38;", '&'},  {"&#x26;", '&'}, {"&#47;", '/'},
    {"&#x2F;", '/'}, {"&#x2f;", '/'}, {"&#x3D;", '='}, {"&#61;", '='},
};

/* Appends the content with entities and the backslashes of "\/" (JSON) undone. */
static void add_plain(struct see_view content, struct see_text *out)
{
    bool has_slash = see_view_find(content, '\\') < content.len;
    for (size_t at = 0; at < content.len;) {
        size_t run = at;
        if (!has_slash) {
            run += see_view_find(see_view_cut(content, at, content.len), '&');
        }
        while (run < content.len && content.ptr[run] != '&' && content.ptr[run] != '\\') {
            run++;
        }
        see_text_add(out, see_view_cut(content, at, run));
        at = run;
        if (at == content.len) {
            break;
        }
        struct see_view rest = see_view_cut(content, at, content.len);
        size_t taken = 1;
        char octet = content.ptr[at];
        for (size_t i = 0; octet == '&' && i < sizeof(entities) / sizeof(entities[0]); i++) {
            if (see_view_starts(rest, see_view_of(entities[i].entity))) {
                octet = entities[i].octet;
                taken = see_view_of(entities[i].entity).len;
                break;
            }
        }
        if (see_view_starts(rest, SEE_LITERAL("\\/"))) {
            octet = '/';
            taken = 2;
        }
        see_text_add_char(out, octet);
        at += taken;
    }
}

static bool holds(struct see_view text, struct see_view link)
{
    return link.len > 0 && see_view_search(text, link) < text.len;
}

/* The path and query of an absolute URI, which is a link on a page of the same host. */
static struct see_view path_of(struct see_view uri)
{
    struct see_view authority = see_uri_split(uri).authority;
    size_t at = authority.ptr != NULL ? (size_t)(authority.ptr + authority.len - uri.ptr) : uri.len;
    return see_view_cut(uri, at, uri.len);
}

static bool holds_link(const struct see_redirect *redirect, struct see_view text)
{
    struct see_view location = see_view_trim(redirect->location);
    return holds(text, location) || holds(text, redirect->target_uri) ||
           holds(text, path_of(redirect->target_uri)) || holds(text, path_of(location));
}

enum see_note see_note_find(const struct see_redirect *redirect, struct see_verdict *verdict)
{
    const struct see_message *response = &redirect->exchange->response;
    struct see_text content;
    enum see_decoded_end end;
    if (response->is_complete && response->content_len == 0) {
        return SEE_NOTE_MISSING;
    }
    see_text_init(&content);
    int status = see_message_decode(response, verdict->limits, &content, &end);
    see_text_rewind(verdict->scratch);
    add_plain(see_text_view(&content), verdict->scratch);
    see_text_finish(&content);
    if (status != SEE_OK) {
        verdict->scratch->is_broken = true;
        return SEE_NOTE_UNKNOWN;
    }
    if (holds_link(redirect, see_text_view(verdict->scratch))) {
        return SEE_NOTE_PRESENT;
    }
    return response->is_complete && end == SEE_DECODED_WHOLE ? SEE_NOTE_MISSING : SEE_NOTE_UNKNOWN;
}
