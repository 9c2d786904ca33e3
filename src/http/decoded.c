/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/decoded.h"

#include "http/coding.h"

/* The names of a coding, old ones too (RFC 9110, 8.4.1.3); without `undo` it does nothing. */
static const struct coding {
    const char *name;
    see_coding_undo *undo;
} codings_known[] = {
    {"gzip", see_coding_gzip}, {"x-gzip", see_coding_gzip}, {"deflate", see_coding_deflate},
    {"br", see_coding_brotli}, {"zstd", see_coding_zstd},   {"identity", NULL},
};

static const struct coding *find_coding(struct see_view name)
{
    for (size_t i = 0; i < sizeof(codings_known) / sizeof(codings_known[0]); i++) {
        if (see_view_eq_nocase(name, see_view_of(codings_known[i].name))) {
            return &codings_known[i];
        }
    }
    return NULL;
}

const char *see_decoded_end_name(enum see_decoded_end end)
{
    switch (end) {
    case SEE_DECODED_WHOLE:
        return "whole";
    case SEE_DECODED_CUT:
        return "cut";
    case SEE_DECODED_CORRUPT:
        return "corrupt";
    case SEE_DECODED_UNKNOWN:
        return "unknown-coding";
    case SEE_DECODED_TOO_LARGE:
        return "too-large";
    case SEE_DECODED_TOO_DENSE:
        return "too-dense";
    case SEE_DECODED_TOO_DEEP:
        return "too-deep";
    }
    return "";
}

/* Takes the last element off a list, trimmed; false when nothing is left. */
static bool take_last(struct see_view *list, struct see_view *ret_element)
{
    size_t begin = list->len;
    if (begin == 0) {
        return false;
    }
    while (begin > 0 && list->ptr[begin - 1] != ',') {
        begin--;
    }
    *ret_element = see_view_trim(see_view_cut(*list, begin, list->len));
    *list = see_view_cut(*list, 0, begin > 0 ? begin - 1 : 0);
    return true;
}

/* Whether all can be undone, before anything is. */
static enum see_decoded_end check_codings(struct see_view list, size_t codings_max)
{
    struct see_view name;
    size_t count = 0;
    while (take_last(&list, &name)) {
        const struct coding *coding = find_coding(name);
        if (coding == NULL && name.len > 0) {
            return SEE_DECODED_UNKNOWN;
        }
        count += coding != NULL && coding->undo != NULL ? 1 : 0;
    }
    return count > codings_max ? SEE_DECODED_TOO_DEEP : SEE_DECODED_WHOLE;
}

/* How much may come out, and what it means to reach that. */
struct bound {
    size_t most;
    enum see_decoded_end reached;
};

static struct bound bound_for(size_t len, const struct see_limits *limits)
{
    bool is_dense = len < limits->decoded_octets / limits->decoded_ratio;
    return is_dense ? (struct bound){len * limits->decoded_ratio, SEE_DECODED_TOO_DENSE}
                    : (struct bound){limits->decoded_octets, SEE_DECODED_TOO_LARGE};
}

/* Replaces `text` by what it stands for; a first reason in `*end` stays. */
static int undo_one(see_coding_undo *undo, const struct bound *bound, struct see_text *text,
                    enum see_decoded_end *end)
{
    struct see_text out;
    enum see_decoded_end undone = SEE_DECODED_WHOLE;
    see_text_init(&out);
    int status = undo(see_text_view(text), bound->most, &out, &undone);
    if (status != SEE_OK) {
        see_text_finish(&out);
        return status;
    }
    if (out.len > bound->most) {
        out.len = bound->most;
        undone = bound->reached;
    }
    see_text_finish(text);
    *text = out;
    *end = *end == SEE_DECODED_WHOLE ? undone : *end;
    return SEE_OK;
}

int see_content_decode(struct see_view octets, struct see_view codings,
                       const struct see_limits *limits, struct see_text *out,
                       enum see_decoded_end *ret_end)
{
    struct bound bound = bound_for(octets.len, limits);
    see_text_clear(out);
    *ret_end = check_codings(codings, limits->content_codings);
    if (*ret_end != SEE_DECODED_WHOLE || octets.len == 0) {
        return SEE_OK;
    }
    see_text_add(out, octets);
    int status = see_text_status(out);
    struct see_view name;
    while (status == SEE_OK && take_last(&codings, &name)) {
        const struct coding *coding = find_coding(name);
        if (coding != NULL && coding->undo != NULL) {
            status = undo_one(coding->undo, &bound, out, ret_end);
        }
    }
    return status;
}

/* All Content-Encoding lines as one list (RFC 9110, 5.3). */
static void list_codings(const struct see_message *message, struct see_text *list)
{
    for (size_t i = 0; i < message->field_count; i++) {
        if (see_view_eq_nocase(message->fields[i].name, SEE_LITERAL("Content-Encoding"))) {
            see_text_add_string(list, list->len > 0 ? "," : "");
            see_text_add(list, message->fields[i].value);
        }
    }
}

int see_message_decode(const struct see_message *message, const struct see_limits *limits,
                       struct see_text *out, enum see_decoded_end *ret_end)
{
    struct see_text codings;
    see_text_init(&codings);
    list_codings(message, &codings);
    int status = see_text_status(&codings);
    if (status == SEE_OK) {
        status = see_content_decode(message->content_kept, see_text_view(&codings), limits, out,
                                    ret_end);
    }
    see_text_finish(&codings);
    bool is_part = message->content_is_cut || !message->is_complete ||
                   message->content_kept.len < message->content_len;
    if (status == SEE_OK && is_part && *ret_end == SEE_DECODED_WHOLE) {
        *ret_end = SEE_DECODED_CUT;
    }
    return status;
}
