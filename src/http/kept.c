/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/kept.h"

#include <string.h>

/* Types whose content holds names and values that a person or a program has filled in. */
static bool is_form(struct see_view content_type)
{
    struct see_view type =
        see_view_trim(see_view_cut(content_type, 0, see_view_find(content_type, ';')));
    struct see_view suffix = see_view_cut(type, type.len > 5 ? type.len - 5 : 0, type.len);
    return see_view_eq_nocase(type, SEE_LITERAL("application/x-www-form-urlencoded")) ||
           see_view_starts_nocase(type, SEE_LITERAL("multipart/")) ||
           see_view_eq_nocase(type, SEE_LITERAL("application/json")) ||
           see_view_eq_nocase(suffix, SEE_LITERAL("+json"));
}

static bool is_wanted(const struct see_exchange *exchange, const struct see_message *message)
{
    return message == &exchange->request
               ? is_form(see_message_field(message, SEE_LITERAL("Content-Type"), NULL))
               : see_exchange_is_redirect(exchange);
}

int see_kept_begin(struct see_kept *kept, const struct see_http *http, struct see_record *record,
                   struct see_message *message, uint64_t len)
{
    *kept = (struct see_kept){0};
    size_t room = http->limits.kept_content;
    room = len < room ? (size_t)len : room;
    if (room == 0 || !is_wanted(&record->exchange, message)) {
        return SEE_OK;
    }
    kept->next = see_record_alloc(record, room);
    if (kept->next == NULL) {
        return SEE_ENOMEM;
    }
    kept->message = message;
    kept->room = room;
    message->content_kept = (struct see_view){kept->next, 0};
    return SEE_OK;
}

void see_kept_add(struct see_kept *kept, struct see_http *http, struct see_view octets)
{
    struct see_message *message = kept->message;
    if (message == NULL || octets.len == 0 || message->content_is_cut) {
        return;
    }
    size_t len = octets.len < kept->room ? octets.len : kept->room;
    memcpy(kept->next, octets.ptr, len);
    kept->next += len;
    kept->room -= len;
    message->content_kept.len += len;
    if (len < octets.len) {
        message->content_is_cut = true;
        see_http_add(http, SEE_HTTP_COUNT_contents_cut, 1);
    }
}

void see_kept_miss(struct see_kept *kept)
{
    if (kept->message != NULL) {
        kept->message->content_is_cut = true;
    }
}

void see_kept_end(struct see_kept *kept, bool is_complete)
{
    if (!is_complete) {
        see_kept_miss(kept);
    }
    kept->message = NULL;
}
