/* SPDX-License-Identifier: BSD-3-Clause */
#include "rules/suppress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/rule.h"

#define NEVER "9999-12-31"

/* Takes a word off the line; false when there is none. */
static bool next_word(struct see_view *line, struct see_view *ret_word)
{
    size_t len = 0;
    *line = see_view_trim(*line);
    while (len < line->len && line->ptr[len] != ' ' && line->ptr[len] != '\t') {
        len++;
    }
    *ret_word = see_view_cut(*line, 0, len);
    *line = see_view_trim(see_view_cut(*line, len, line->len));
    return len > 0;
}

static bool is_any(struct see_view word)
{
    return see_view_eq(word, SEE_LITERAL("*"));
}

static unsigned number_of(struct see_view digits)
{
    unsigned number = 0;
    for (size_t i = 0; i < digits.len; i++) {
        number = number * 10 + (unsigned)(digits.ptr[i] - '0');
    }
    return number;
}

/* A day of the Gregorian calendar as "YYYY-MM-DD", or "never". */
static bool read_day(struct see_view word, char ret_day[SEE_DAY_TEXT])
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (see_view_eq(word, SEE_LITERAL("never"))) {
        memcpy(ret_day, NEVER, SEE_DAY_TEXT);
        return true;
    }
    for (size_t i = 0; i < word.len; i++) {
        if (i == 4 || i == 7 ? word.ptr[i] != '-' : !see_ascii_is_digit(word.ptr[i])) {
            return false;
        }
    }
    if (word.len != SEE_DAY_TEXT - 1) {
        return false;
    }
    unsigned year = number_of(see_view_cut(word, 0, 4));
    unsigned month = number_of(see_view_cut(word, 5, 7));
    unsigned day = number_of(see_view_cut(word, 8, 10));
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month < 1 || month > 12 || day < 1 ||
        day > days[month - 1] + (month == 2 && is_leap ? 1U : 0U)) {
        return false;
    }
    memcpy(ret_day, word.ptr, word.len);
    ret_day[word.len] = '\0';
    return true;
}

static int refuse(char *error, size_t error_size, const char *why, struct see_view word)
{
    snprintf(error, error_size, "%s%s%.*s", why, word.len > 0 ? ": " : "",
             (int)(word.len < 80 ? word.len : 80), word.len > 0 ? word.ptr : "");
    return SEE_EINVAL;
}

static int read_line(struct see_suppression *entry, struct see_view line, char *error,
                     size_t error_size)
{
    const struct see_view nothing = {NULL, 0};
    struct see_view expires;
    if (!next_word(&line, &entry->rule) || !next_word(&line, &entry->client) ||
        !next_word(&line, &entry->pattern) || !next_word(&line, &expires) || line.len == 0) {
        return refuse(error, error_size,
                      "a line has five parts: rule, client, URI pattern, expires, reason", nothing);
    }
    if (!is_any(entry->rule) && see_rule_find(entry->rule) == NULL) {
        return refuse(error, error_size, "there is no such rule; see: seeother rules", entry->rule);
    }
    if (!read_day(expires, entry->expires)) {
        return refuse(error, error_size, "no day: YYYY-MM-DD or never is wanted", expires);
    }
    entry->is_network = see_cidr_parse(entry->client, &entry->network);
    entry->reason = line;
    return SEE_OK;
}

static int add(struct see_suppressions *list, const struct see_suppression *entry)
{
    if (list->count == list->size) {
        size_t size = list->size > 0 ? list->size * 2 : 16;
        struct see_suppression *more = realloc(list->list, size * sizeof(*more));
        if (more == NULL) {
            return SEE_ENOMEM;
        }
        list->list = more;
        list->size = size;
    }
    list->list[list->count++] = *entry;
    return SEE_OK;
}

int see_suppressions_read(struct see_suppressions *ret_list, struct see_view file,
                          const char *today, size_t *ret_line, char *error, size_t error_size)
{
    struct see_suppressions list = {.list = NULL};
    struct see_view line;
    int status = SEE_OK;
    *ret_line = 0;
    while (status == SEE_OK && see_view_next(&file, '\n', &line)) {
        struct see_suppression entry = {.line = ++*ret_line};
        if (line.len == 0 || line.ptr[0] == '#') {
            continue;
        }
        status = read_line(&entry, line, error, error_size);
        if (status == SEE_OK) {
            entry.is_expired = strcmp(entry.expires, today) < 0;
            status = add(&list, &entry);
        }
    }
    if (status != SEE_OK) {
        see_suppressions_finish(&list);
        return status;
    }
    *ret_list = list;
    return SEE_OK;
}

void see_suppressions_finish(struct see_suppressions *list)
{
    free(list->list);
    *list = (struct see_suppressions){.list = NULL};
}

/*
 * Whether the pattern matches all of the text: the part before the first `*` in front, that behind
 * the last one at the end, and those between wherever they come first, which leaves the most room.
 */
static bool matches(struct see_view pattern, struct see_view text)
{
    size_t star = see_view_find(pattern, '*');
    if (star == pattern.len) {
        return see_view_eq(pattern, text);
    }
    if (!see_view_starts(text, see_view_cut(pattern, 0, star))) {
        return false;
    }
    text = see_view_cut(text, star, text.len);
    pattern = see_view_cut(pattern, star + 1, pattern.len);
    while ((star = see_view_find(pattern, '*')) < pattern.len) {
        struct see_view part = see_view_cut(pattern, 0, star);
        size_t at = see_view_search(text, part);
        if (at == text.len && part.len > 0) {
            return false;
        }
        text = see_view_cut(text, part.len > 0 ? at + part.len : 0, text.len);
        pattern = see_view_cut(pattern, star + 1, pattern.len);
    }
    return text.len >= pattern.len &&
           see_view_eq(see_view_cut(text, text.len - pattern.len, text.len), pattern);
}

static bool is_client(const struct see_suppression *entry, struct see_view client)
{
    struct see_address address;
    if (is_any(entry->client) || see_view_eq(entry->client, client)) {
        return true;
    }
    return entry->is_network && see_address_parse(client, &address) &&
           see_cidr_has(&entry->network, &address);
}

const struct see_suppression *see_suppressions_find(const struct see_suppressions *list,
                                                    const char *rule, struct see_view client,
                                                    struct see_view uri)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct see_suppression *entry = &list->list[i];
        bool is_rule = is_any(entry->rule) || see_view_eq(entry->rule, see_view_of(rule));
        bool is_uri = is_any(entry->pattern) || (uri.ptr != NULL && matches(entry->pattern, uri));
        if (!entry->is_expired && is_rule && is_uri && is_client(entry, client)) {
            return entry;
        }
    }
    return NULL;
}
