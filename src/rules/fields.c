/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/fields.h"

#include "core/uri.h"
#include "http/decoded.h"
#include "rules/unescape.h"

/* Longer names are none of these. */
#define NAME_MAX_LEN 64

/* A name without letter case, "-", "_" and triplets; of a compound one the last part. */
struct plain_name {
    char text[NAME_MAX_LEN];
    size_t len;
};

static struct plain_name plain_of(struct see_view name)
{
    struct plain_name plain = {.len = 0};
    for (size_t at = 0; at < name.len;) {
        char octet = see_ascii_lower(see_uri_octet(name, &at));
        if (octet == '[' || octet == '.' || octet == ':' || octet == '$') {
            plain.len = 0;
        } else if (octet != ']' && octet != '-' && octet != '_' && plain.len < NAME_MAX_LEN) {
            plain.text[plain.len++] = octet;
        }
    }
    return plain;
}

static bool ends_with(struct see_view view, struct see_view end)
{
    return view.len >= end.len &&
           see_view_eq(see_view_cut(view, view.len - end.len, view.len), end);
}

/* Whether a name is in a list, where "*" in front stands for any beginning. */
static bool is_listed(struct see_view name, const struct see_view *list)
{
    struct plain_name plain = plain_of(name);
    struct see_view text = {plain.text, plain.len};
    for (; list->ptr != NULL && text.len > 0; list++) {
        if (list->ptr[list->len - 1] != text.ptr[text.len - 1]) {
            continue;
        }
        bool is_end = list->ptr[0] == '*';
        struct see_view wanted = see_view_cut(*list, is_end ? 1 : 0, list->len);
        if (is_end ? ends_with(text, wanted) : see_view_eq(text, wanted)) {
            return true;
        }
    }
    return false;
}

const struct see_view see_fields_credentials[] = {
    SEE_NAME("*password"),
    SEE_NAME("*passwd"),
    SEE_NAME("*passphrase"),
    SEE_NAME("*passcode"),
    SEE_NAME("*pwd"),
    SEE_NAME("pass"),
    SEE_NAME("userpass"),
    SEE_NAME("pw"),
    SEE_NAME("pin"),
    SEE_NAME("otp"),
    SEE_NAME("totp"),
    SEE_NAME("tan"),
    SEE_NAME("credential"),
    SEE_NAME("credentials"),
    SEE_NAME("secret"),
    SEE_NAME("*onetimecode"),
    {NULL, 0},
};

const struct see_view see_fields_secrets[] = {
    SEE_NAME("*token"),    SEE_NAME("*jwt"),    SEE_NAME("*password"),  SEE_NAME("*passwd"),
    SEE_NAME("*pwd"),      SEE_NAME("*secret"), SEE_NAME("*sessionid"), SEE_NAME("*sessionkey"),
    SEE_NAME("*apikey"),   SEE_NAME("session"), SEE_NAME("sid"),        SEE_NAME("jsessionid"),
    SEE_NAME("phpsessid"), SEE_NAME("bearer"),  SEE_NAME("*accesskey"), {NULL, 0},
};

/* So short that it numbers something: session=3. */
#define NUMBER_MAX 7

/* Where a list goes on, and what a form proves its origin by: worth nothing to anybody else. */
static bool is_place_or_proof(struct see_view name)
{
    static const struct see_view names[] = {
        SEE_NAME("*pagetoken"),         SEE_NAME("*nexttoken"),
        SEE_NAME("*continuationtoken"), SEE_NAME("*csrftoken"),
        SEE_NAME("*xsrftoken"),         SEE_NAME("*csrfmiddlewaretoken"),
        SEE_NAME("*verificationtoken"), SEE_NAME("*synctoken"),
        SEE_NAME("*authenticitytoken"), {NULL, 0},
    };
    return is_listed(name, names);
}

static bool is_session(struct see_view name)
{
    static const struct see_view names[] = {SEE_NAME("session"), SEE_NAME("sid"), {NULL, 0}};
    return is_listed(name, names);
}

static bool is_secret(struct see_view name)
{
    /* A signed URI of a store lets its holder have one object for a while: that is its use. */
    bool is_signed = see_view_starts_nocase(name, SEE_LITERAL("X-Amz-")) ||
                     see_view_starts_nocase(name, SEE_LITERAL("X-Goog-"));
    return !is_signed && is_listed(name, see_fields_secrets);
}

/* The next "name=value" of a query or form; false at the end. */
static bool next_pair(struct see_view *rest, struct see_view *ret_name, struct see_view *ret_value)
{
    struct see_view pair;
    if (!see_view_next(rest, '&', &pair)) {
        return false;
    }
    size_t equals = see_view_find(pair, '=');
    *ret_name = see_view_cut(pair, 0, equals);
    *ret_value = see_view_cut(pair, equals + 1, pair.len);
    return true;
}

bool see_fields_has(struct see_view query, const char *name)
{
    struct see_view found, value;
    while (next_pair(&query, &found, &value)) {
        if (see_view_eq(found, see_view_of(name))) {
            return true;
        }
    }
    return false;
}

static void set(struct see_text *out, struct see_view name)
{
    see_text_rewind(out);
    see_text_add(out, name);
}

bool see_fields_secret(struct see_view query, struct see_text *out, struct see_view *ret_value)
{
    struct see_view name, value;
    while (next_pair(&query, &name, &value)) {
        bool is_number = value.len <= NUMBER_MAX && is_session(name);
        if (value.len > 0 && is_secret(name) && !is_number && !is_place_or_proof(name)) {
            *ret_value = value;
            set(out, name);
            return true;
        }
    }
    return false;
}

static struct see_view find_in_form(struct see_view form)
{
    struct see_view name, value;
    while (next_pair(&form, &name, &value)) {
        if (is_listed(name, see_fields_credentials)) {
            return name;
        }
    }
    return (struct see_view){NULL, 0};
}

/* What stands in quotes after `lead`, or in quotes before a colon (JSON) where `lead` is empty. */
static struct see_view find_in_quotes(struct see_view text, struct see_view lead)
{
    for (;;) {
        size_t quote = see_view_find(text, '"');
        if (quote == text.len) {
            return (struct see_view){NULL, 0};
        }
        struct see_view before = see_view_cut(text, 0, quote);
        text = see_view_cut(text, quote + 1, text.len);
        size_t end = see_view_find(text, '"');
        struct see_view name = see_view_cut(text, 0, end);
        struct see_view after = see_view_trim(see_view_cut(text, end + 1, text.len));
        bool is_name =
            lead.len > 0 ? ends_with(before, lead) : after.len > 0 && after.ptr[0] == ':';
        if (end < text.len && is_name && is_listed(name, see_fields_credentials)) {
            return name;
        }
        text = see_view_cut(text, end + 1, text.len);
    }
}

static bool is_type(const struct see_message *request, const char *type)
{
    struct see_view value = see_message_field(request, SEE_LITERAL("Content-Type"), NULL);
    return see_view_starts_nocase(value, see_view_of(type));
}

bool see_fields_credential(const struct see_message *request, const struct see_limits *limits,
                           struct see_text *out)
{
    struct see_view found = {NULL, 0};
    struct see_text content;
    enum see_decoded_end end;
    if (request->content_kept.len == 0) {
        return false;
    }
    see_text_init(&content);
    if (see_message_decode(request, limits, &content, &end) != SEE_OK) {
        out->is_broken = true;
    } else if (is_type(request, "application/x-www-form-urlencoded")) {
        found = find_in_form(see_text_view(&content));
    } else if (is_type(request, "multipart/form-data")) {
        found = find_in_quotes(see_text_view(&content), SEE_LITERAL("name="));
    } else {
        found = find_in_quotes(see_text_view(&content), (struct see_view){"", 0});
    }
    if (found.ptr != NULL) {
        set(out, found);
    }
    see_text_finish(&content);
    return found.ptr != NULL && !out->is_broken;
}
