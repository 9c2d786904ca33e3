/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/redact_names.h"

#include "core/uri.h"

/*
 * "code" and "state" are what RFC 9700, 4.2 counts as credentials that leak through URIs; "nonce"
 * is their like in OpenID Connect.  "key" is the credential of Google's interfaces, "policy" a part
 * of CloudFront's; where they are something harmless, little is lost.  RelayState is left out: it
 * is only the way back, and what it may hold is looked into.
 */
const struct see_view see_redact_parameters[] = {
    SEE_NAME("*access_key"),
    SEE_NAME("*access_key_id"),
    SEE_NAME("*api_key"),
    SEE_NAME("*assertion"),
    SEE_NAME("*auth_code"),
    SEE_NAME("*auth_key"),
    SEE_NAME("*credential"),
    SEE_NAME("*credentials"),
    SEE_NAME("*jwt"),
    SEE_NAME("*mfa_code"),
    SEE_NAME("*one_time_code"),
    SEE_NAME("*passcode"),
    SEE_NAME("*passphrase"),
    SEE_NAME("*passwd"),
    SEE_NAME("*password"),
    SEE_NAME("*private_key"),
    SEE_NAME("*pwd"),
    SEE_NAME("*secret"),
    SEE_NAME("*secret_key"),
    SEE_NAME("*sessid"),
    SEE_NAME("*session_id"),
    SEE_NAME("*session_key"),
    SEE_NAME("*signature"),
    SEE_NAME("*subscription-key"),
    SEE_NAME("*ticket"),
    SEE_NAME("*token"),
    SEE_NAME("*verification_code"),
    SEE_NAME("auth"),
    SEE_NAME("authorization"),
    SEE_NAME("authorization_code"),
    SEE_NAME("bearer"),
    SEE_NAME("code"),
    SEE_NAME("code_verifier"),
    SEE_NAME("csrf"),
    SEE_NAME("device_code"),
    SEE_NAME("id_token_hint"),
    SEE_NAME("key"),
    SEE_NAME("key-pair-id"),
    SEE_NAME("magic"),
    SEE_NAME("nonce"),
    SEE_NAME("oauth_verifier"),
    SEE_NAME("otp"),
    SEE_NAME("pass"),
    SEE_NAME("pgtid"),
    SEE_NAME("pin"),
    SEE_NAME("policy"),
    SEE_NAME("pw"),
    SEE_NAME("samlart"),
    SEE_NAME("samlrequest"),
    SEE_NAME("samlresponse"),
    SEE_NAME("sess"),
    SEE_NAME("session"),
    SEE_NAME("sid"),
    SEE_NAME("sig"),
    SEE_NAME("smsession"),
    SEE_NAME("state"),
    SEE_NAME("tan"),
    SEE_NAME("totp"),
    SEE_NAME("user_code"),
    SEE_NAME("user_pass"),
    SEE_NAME("wresult"),
    SEE_NAME("xsrf"),
    {NULL, 0},
};

const struct see_view see_redact_stems[] = {
    SEE_NAME("*access_key"),  SEE_NAME("*api_key"),
    SEE_NAME("*credential"),  SEE_NAME("*jwt"),
    SEE_NAME("*passcode"),    SEE_NAME("*passphrase"),
    SEE_NAME("*passwd"),      SEE_NAME("*password"),
    SEE_NAME("*private_key"), SEE_NAME("*pwd"),
    SEE_NAME("*secret"),      SEE_NAME("*secret_key"),
    SEE_NAME("*token"),       {NULL, 0},
};

/* What the names of parameters end with: most others are known by that for what they are not. */
#define LAST_OCTETS SEE_LITERAL("cdefghlnprstwy")

/* What tells names of one kind from each other, beside numbers. */
static const struct see_view endings[] = {
    SEE_NAME("*confirm"), SEE_NAME("*confirmation"), SEE_NAME("*data"),   SEE_NAME("*hash"),
    SEE_NAME("*id"),      SEE_NAME("*repeat"),       SEE_NAME("*string"), SEE_NAME("*value"),
};

const struct see_view see_redact_fields[] = {
    SEE_NAME("*-api-key"),
    SEE_NAME("*-assertion"),
    SEE_NAME("*-auth-key"),
    SEE_NAME("*-password"),
    SEE_NAME("*-secret"),
    SEE_NAME("*-session-id"),
    SEE_NAME("*-token"),
    SEE_NAME("api-key"),
    SEE_NAME("authentication-info"),
    SEE_NAME("authorization"),
    SEE_NAME("cookie"),
    SEE_NAME("cookie2"),
    SEE_NAME("dpop"),
    SEE_NAME("ocp-apim-subscription-key"),
    SEE_NAME("password"),
    SEE_NAME("proxy-authentication-info"),
    SEE_NAME("proxy-authorization"),
    SEE_NAME("set-cookie"),
    SEE_NAME("set-cookie2"),
    SEE_NAME("token"),
    SEE_NAME("x-amzn-oidc-accesstoken"),
    SEE_NAME("x-amzn-oidc-data"),
    SEE_NAME("x-authorization"),
    SEE_NAME("x-forwarded-authorization"),
    SEE_NAME("x-functions-key"),
    SEE_NAME("x-rapidapi-key"),
    {NULL, 0},
};

/* More than any name in the tables has; of a longer name the end counts. */
#define NAME_TAIL 64

/* Whether `name`, in lower case without "-" and "_", is what `entry` of a table means. */
static bool matches(struct see_view name, struct see_view entry)
{
    bool is_tail = entry.ptr[0] == '*';
    struct see_view wanted = see_view_cut(entry, is_tail ? 1 : 0, entry.len);
    while (wanted.len > 0) {
        char c = wanted.ptr[--wanted.len];
        if (c == '-' || c == '_') {
            continue;
        }
        if (name.len == 0 || name.ptr[--name.len] != c) {
            return false;
        }
    }
    return is_tail || name.len == 0;
}

static bool is_between_parts(char c)
{
    return c == '[' || c == ']' || c == '.' || c == ':' || c == '$';
}

/* The end of the last part of a compound name that is no index of an array ("token[0]"). */
static size_t last_part_end(const char *name, size_t end)
{
    for (;;) {
        while (end > 0 && is_between_parts(name[end - 1])) {
            end--;
        }
        size_t digits = end;
        while (digits > 0 && see_ascii_is_digit(name[digits - 1])) {
            digits--;
        }
        if (digits == end || digits == 0 || name[digits - 1] != '[') {
            return end;
        }
        end = digits;
    }
}

/* The last part of a compound name ("user[password]", "openid.sig", "token[0]"). */
struct last_part {
    char octets[NAME_TAIL]; /* at its end, in lower case, without "-" and "_" */
    size_t len;
};

static struct see_view last_part_of(struct see_view name, struct last_part *part)
{
    char decoded[3 * NAME_TAIL];
    size_t count = 0;
    size_t reach = sizeof(decoded);
    struct see_view tail = see_view_cut(name, name.len > reach ? name.len - reach : 0, name.len);
    for (size_t at = 0; at < tail.len;) {
        decoded[count++] = see_ascii_lower(see_uri_octet(tail, &at));
    }
    part->len = 0;
    size_t from = last_part_end(decoded, count);
    for (; from > 0 && part->len < NAME_TAIL && !is_between_parts(decoded[from - 1]); from--) {
        if (decoded[from - 1] != '-' && decoded[from - 1] != '_') {
            part->octets[NAME_TAIL - ++part->len] = decoded[from - 1];
        }
    }
    return (struct see_view){part->octets + NAME_TAIL - part->len, part->len};
}

static bool is_in(const struct see_view *table, struct see_view plain)
{
    for (; plain.len > 0 && table->ptr != NULL; table++) {
        if (table->ptr[table->len - 1] == plain.ptr[plain.len - 1] && matches(plain, *table)) {
            return true;
        }
    }
    return false;
}

/* `plain` without what `endings` has, a number or "v2" at its end. */
static struct see_view without_ending(struct see_view plain)
{
    size_t end = plain.len;
    while (end > 0 && see_ascii_is_digit(plain.ptr[end - 1])) {
        end--;
    }
    if (end < plain.len) {
        return see_view_cut(plain, 0, end > 0 && plain.ptr[end - 1] == 'v' ? end - 1 : end);
    }
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        struct see_view ending = endings[i];
        if (ending.ptr[ending.len - 1] == plain.ptr[end - 1] && matches(plain, ending)) {
            return see_view_cut(plain, 0, end - (ending.len - 1));
        }
    }
    return plain;
}

bool see_redact_is_secret_parameter(struct see_view name)
{
    struct last_part part;
    struct see_view plain = last_part_of(name, &part);
    if (plain.len == 0) {
        return false;
    }
    if (see_view_find(LAST_OCTETS, plain.ptr[plain.len - 1]) < LAST_OCTETS.len &&
        is_in(see_redact_parameters, plain)) {
        return true;
    }
    struct see_view stem = plain, longer = {NULL, 0};
    while (stem.len > 0 && stem.len != longer.len) {
        longer = stem;
        stem = without_ending(longer);
    }
    return stem.len < plain.len && is_in(see_redact_stems, stem);
}

bool see_redact_is_secret_field(struct see_view name)
{
    struct last_part part;
    return is_in(see_redact_fields, last_part_of(name, &part));
}
