/* SPDX-License-Identifier: BSD-3-Clause */
#include "pair/repair.h"

static struct see_view without_slashes(struct see_view path)
{
    while (path.len > 0 && path.ptr[0] == '/') {
        path = see_view_cut(path, 1, path.len);
    }
    return path;
}

/* An http or https URI that names no host, but more: "http:/host/p", "http:p", "http:///host/p". */
static bool lacks_host(const struct see_uri *parts)
{
    return see_scheme_is_http(parts->scheme) && parts->authority.len == 0 &&
           without_slashes(parts->path).len > 0;
}

/* What follows the scheme and its colon. */
static struct see_view after_scheme(struct see_view reference, const struct see_uri *parts)
{
    return see_view_cut(reference, parts->scheme.len + 1, reference.len);
}

/* "/a b" -> "/a": Tornado, wget2. */
static bool cut_at_space(struct see_view reference, const struct see_uri *parts,
                         struct see_text *out)
{
    (void)parts;
    size_t end = 0;
    while (end < reference.len && reference.ptr[end] != ' ' && reference.ptr[end] != '\t') {
        end++;
    }
    see_text_add(out, see_view_cut(reference, 0, end));
    return end > 0 && end < reference.len;
}

/* "/a?b=c d" -> "/a?b=c+d": curl. */
static bool plus_for_spaces(struct see_view reference, const struct see_uri *parts,
                            struct see_text *out)
{
    size_t query = see_view_find(reference, '?');
    see_text_add(out, see_view_cut(reference, 0, query));
    for (size_t at = query; at < reference.len; at++) {
        see_text_add_char(out, reference.ptr[at] == ' ' ? '+' : reference.ptr[at]);
    }
    return see_view_find(parts->query, ' ') < parts->query.len;
}

/* "http:/host/p" -> "http://host/p": curl, wget2. */
static bool host_from_path(struct see_view reference, const struct see_uri *parts,
                           struct see_text *out)
{
    if (!lacks_host(parts)) {
        return false;
    }
    see_text_add(out, parts->scheme);
    see_text_add_string(out, "://");
    see_text_add(out, without_slashes(after_scheme(reference, parts)));
    return true;
}

/* "http:/host/p" -> "/host/p", "http:p" -> "p": most clients of Python, LWP. */
static bool leave_scheme_out(struct see_view reference, const struct see_uri *parts,
                             struct see_text *out)
{
    if (!lacks_host(parts)) {
        return false;
    }
    struct see_view rest = after_scheme(reference, parts);
    if (rest.len > 0 && rest.ptr[0] == '/') {
        see_text_add_char(out, '/');
    }
    see_text_add(out, without_slashes(rest));
    return true;
}

/* "http:p" -> "/p": urllib, requests. */
static bool path_from_root(struct see_view reference, const struct see_uri *parts,
                           struct see_text *out)
{
    if (!lacks_host(parts)) {
        return false;
    }
    see_text_add_char(out, '/');
    see_text_add(out, without_slashes(after_scheme(reference, parts)));
    return true;
}

/* "http:/host/p" -> "./http:/host/p". */
static bool scheme_as_path(struct see_view reference, const struct see_uri *parts,
                           struct see_text *out)
{
    see_text_add_string(out, "./");
    see_text_add(out, reference);
    return lacks_host(parts);
}

/* "http//host/p" -> "http://host/p". */
static bool put_colon(struct see_view reference, const struct see_uri *parts, struct see_text *out)
{
    struct see_view scheme = see_view_cut(reference, 0, see_view_find(reference, '/'));
    struct see_view rest = see_view_cut(reference, scheme.len, reference.len);
    see_text_add(out, scheme);
    see_text_add_char(out, ':');
    see_text_add(out, rest);
    return parts->scheme.ptr == NULL && see_scheme_is_http(scheme) &&
           see_view_starts(rest, SEE_LITERAL("//"));
}

/* "//host/p" -> "/host/p". */
static bool host_as_path(struct see_view reference, const struct see_uri *parts,
                         struct see_text *out)
{
    see_text_add_char(out, '/');
    see_text_add(out, without_slashes(reference));
    return parts->scheme.ptr == NULL && parts->authority.ptr != NULL;
}

/* The same with both slashes; "/." keeps them from being an authority. */
static bool host_as_path_kept(struct see_view reference, const struct see_uri *parts,
                              struct see_text *out)
{
    see_text_add_string(out, "/.");
    see_text_add(out, reference);
    return parts->scheme.ptr == NULL && parts->authority.ptr != NULL;
}

/* "?q" -> "./?q", and "" -> "./": curl, wget2. */
static bool leave_segment_out(struct see_view reference, const struct see_uri *parts,
                              struct see_text *out)
{
    see_text_add_string(out, "./");
    see_text_add(out, reference);
    return parts->scheme.ptr == NULL && parts->authority.ptr == NULL && parts->path.len == 0;
}

/* "/a//b" -> "/a/b". */
static bool collapse_slashes(struct see_view reference, const struct see_uri *parts,
                             struct see_text *out)
{
    struct see_text path;
    struct see_uri mended = *parts;
    (void)reference;
    if (see_view_search(parts->path, SEE_LITERAL("//")) == parts->path.len) {
        return false;
    }
    see_text_init(&path);
    for (size_t at = 0; at < parts->path.len; at++) {
        if (at == 0 || parts->path.ptr[at] != '/' || parts->path.ptr[at - 1] != '/') {
            see_text_add_char(&path, parts->path.ptr[at]);
        }
    }
    mended.path = see_text_view(&path);
    see_uri_compose(&mended, out);
    bool is_mended = mended.path.len < parts->path.len;
    out->is_broken = out->is_broken || path.is_broken;
    see_text_finish(&path);
    return is_mended;
}

/* Octets above 0x7F, taken as Latin-1 and sent as UTF-8: httplib2, urllib3. */
static bool latin1_as_utf8(struct see_view reference, const struct see_uri *parts,
                           struct see_text *out)
{
    (void)parts;
    bool is_mended = false;
    if (see_view_is_printable(reference)) {
        return false;
    }
    for (size_t at = 0; at < reference.len; at++) {
        unsigned char c = (unsigned char)reference.ptr[at];
        if (c < 0x80) {
            see_text_add_char(out, (char)c);
        } else {
            see_text_printf(out, "%%%02X%%%02X", 0xC0U | (c >> 6), 0x80U | (c & 0x3FU));
            is_mended = true;
        }
    }
    return is_mended;
}

/* "/a%2Fb" -> "/a/b": wget2, Mojolicious. */
static bool decode_slashes(struct see_view reference, const struct see_uri *parts,
                           struct see_text *out)
{
    struct see_view rest = parts->path;
    const struct see_view slash = SEE_LITERAL("%2f");
    bool is_mended = false;
    struct see_text path;
    struct see_uri mended = *parts;
    (void)reference;
    if (see_view_find(rest, '%') == rest.len) {
        return false;
    }
    see_text_init(&path);
    while (rest.len > 0) {
        bool is_slash = see_view_starts_nocase(rest, slash);
        see_text_add_char(&path, is_slash ? '/' : rest.ptr[0]);
        rest = see_view_cut(rest, is_slash ? slash.len : 1, rest.len);
        is_mended = is_mended || is_slash;
    }
    mended.path = see_text_view(&path);
    see_uri_compose(&mended, out);
    out->is_broken = out->is_broken || path.is_broken;
    see_text_finish(&path);
    return is_mended;
}

/* "/a?" -> "/a": whatever uses Python's urlsplit. */
static bool leave_empty_query_out(struct see_view reference, const struct see_uri *parts,
                                  struct see_text *out)
{
    struct see_uri mended = *parts;
    (void)reference;
    mended.query = (struct see_view){NULL, 0};
    see_uri_compose(&mended, out);
    return parts->query.ptr != NULL && parts->query.len == 0;
}

/* "/a#b" -> "/a%23b". */
static bool send_fragment(struct see_view reference, const struct see_uri *parts,
                          struct see_text *out)
{
    size_t mark = see_view_find(reference, '#');
    see_text_add(out, see_view_cut(reference, 0, mark));
    see_text_add_string(out, "%23");
    see_text_add(out, parts->fragment);
    return parts->fragment.ptr != NULL;
}

const struct see_repair see_repairs[] = {
    {"host taken from the path", host_from_path},
    {"scheme left out", leave_scheme_out},
    {"scheme left out, path taken from the root", path_from_root},
    {"colon put after the scheme", put_colon},
    {"cut at a space", cut_at_space},
    {"spaces of the query sent as plus signs", plus_for_spaces},
    {"last path segment left out", leave_segment_out},
    {"runs of slashes collapsed", collapse_slashes},
    {"Latin-1 sent as UTF-8", latin1_as_utf8},
    {"encoded slashes decoded", decode_slashes},
    {"empty query left out", leave_empty_query_out},
    {"host taken as part of the path", host_as_path},
    {"host taken as part of the path", host_as_path_kept},
    {"scheme taken as part of the path", scheme_as_path},
    {"fragment sent with the request", send_fragment},
    {NULL, NULL},
};
