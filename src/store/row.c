/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/row.h"

#include "core/redact.h"
#include "store/batch.h"

static void begin(struct see_row *row, struct see_store *store, enum see_tape_kind kind,
                  enum see_slot slot, const char *sql)
{
    struct see_tape_head head = {.sql = sql, .slot = (uint16_t)slot, .kind = (uint8_t)kind};
    *row = (struct see_row){.store = store, .is_open = see_batch_begin(store) == SEE_OK};
    if (row->is_open) {
        see_tape_begin(&store->writer.tape, head);
    }
}

void see_row_begin(struct see_row *row, struct see_store *store, enum see_slot slot,
                   const char *sql)
{
    begin(row, store, SEE_TAPE_ROW, slot, sql);
}

void see_row_ask(struct see_row *row, struct see_store *store, enum see_slot slot, const char *sql)
{
    begin(row, store, SEE_TAPE_QUESTION, slot, sql);
}

/* Where the next value goes; NULL when the row has failed already. */
static struct see_tape *next_value(struct see_row *row)
{
    row->count += row->is_open;
    return row->is_open ? &row->store->writer.tape : NULL;
}

/* A value that there was no memory for is in no row. */
static void break_unless(struct see_row *row, const struct see_text *made)
{
    if (row->is_open && see_text_status(made) != SEE_OK) {
        see_tape_break(&row->store->writer.tape);
    }
}

void see_row_null(struct see_row *row)
{
    struct see_tape *tape = next_value(row);
    if (tape != NULL) {
        see_tape_null(tape);
    }
}

void see_row_integer(struct see_row *row, int64_t value)
{
    struct see_tape *tape = next_value(row);
    if (tape != NULL) {
        see_tape_integer(tape, value);
    }
}

void see_row_count(struct see_row *row, uint64_t value)
{
    see_row_integer(row, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

void see_row_real(struct see_row *row, double value)
{
    struct see_tape *tape = next_value(row);
    if (tape != NULL) {
        see_tape_real(tape, value);
    }
}

static bool is_clean(struct see_view view)
{
    if (see_view_is_printable(view)) {
        return true;
    }
    for (size_t at = 0; at < view.len;) {
        size_t len = see_utf8_len(view, at);
        if (len == 0 || view.ptr[at] == '\0') {
            return false;
        }
        at += len;
    }
    return true;
}

/* Appends `view` with U+FFFD for NUL and for each octet that is not UTF-8. */
static void add_clean(struct see_text *text, struct see_view view)
{
    size_t kept = 0;
    for (size_t at = 0; at < view.len;) {
        size_t len = see_utf8_len(view, at);
        if (len > 0 && view.ptr[at] != '\0') {
            at += len;
            continue;
        }
        see_text_add(text, see_view_cut(view, kept, at));
        see_text_add_string(text, "\xEF\xBF\xBD");
        kept = ++at;
    }
    see_text_add(text, see_view_cut(view, kept, view.len));
}

void see_row_text(struct see_row *row, struct see_view view)
{
    struct see_text *clean = &row->store->clean;
    if (view.ptr == NULL) {
        see_row_null(row);
        return;
    }
    struct see_tape *tape = next_value(row);
    if (tape == NULL) {
        return;
    }
    if (!is_clean(view)) {
        see_text_clear(clean);
        add_clean(clean, view);
        view = see_text_view(clean);
        break_unless(row, clean);
    }
    see_tape_text(tape, view);
}

void see_row_string(struct see_row *row, const char *string)
{
    see_row_text(row, see_view_of(string));
}

/* What was drafted, without its first `skip` octets. */
static void add_draft(struct see_row *row, size_t skip)
{
    const struct see_text *draft = &row->store->draft;
    break_unless(row, draft);
    see_row_text(row, see_view_cut(see_text_view(draft), skip, draft->len));
}

void see_row_draft(struct see_row *row)
{
    add_draft(row, 0);
}

void see_row_uri(struct see_row *row, struct see_view uri)
{
    if (!row->store->options.is_redacting || !see_redact_may_change(uri)) {
        see_row_text(row, uri);
        return;
    }
    see_text_clear(&row->store->draft);
    see_redact_uri(uri, &row->store->draft);
    add_draft(row, 0);
}

void see_row_authority(struct see_row *row, struct see_view authority)
{
    /* A Host field is not meant to have userinfo, and so is the place to look for it. */
    bool has_userinfo = see_view_find(authority, '@') < authority.len;
    if (!row->store->options.is_redacting || !has_userinfo) {
        see_row_text(row, authority);
        return;
    }
    struct see_text *clean = &row->store->clean;
    see_text_clear(clean);
    see_text_add(clean, SEE_LITERAL("//"));
    see_text_add(clean, authority);
    see_text_clear(&row->store->draft);
    see_redact_uri(see_text_view(clean), &row->store->draft);
    break_unless(row, clean);
    add_draft(row, 2);
}

void see_row_address(struct see_row *row, const struct see_address *address)
{
    char text[SEE_ADDRESS_TEXT];
    size_t len = see_address_format(address, text);
    see_row_text(row, (struct see_view){text, len});
}

void see_row_time(struct see_row *row, struct see_stamp stamp)
{
    if (see_stamp_is_set(stamp)) {
        see_row_integer(row, stamp.time_ns);
    } else {
        see_row_null(row);
    }
}

void see_row_frame(struct see_row *row, struct see_stamp stamp)
{
    if (see_stamp_is_set(stamp)) {
        see_row_count(row, stamp.frame);
    } else {
        see_row_null(row);
    }
}

void see_row_capture(struct see_row *row, struct see_stamp stamp)
{
    if (see_stamp_is_set(stamp)) {
        see_row_integer(row, row->store->bases.capture + (int64_t)stamp.capture);
    } else {
        see_row_null(row);
    }
}

/* The entry is whole, unless memory was short. */
static int end(struct see_row *row)
{
    struct see_store *store = row->store;
    if (!row->is_open) {
        return store->failed;
    }
    return see_tape_end(&store->writer.tape, row->count) == SEE_OK
               ? SEE_OK
               : see_batch_failed(store, SQLITE_NOMEM);
}

int see_row_end(struct see_row *row)
{
    int status = end(row);
    if (status == SEE_OK) {
        row->store->batch_rows++;
        status = see_writer_added(row->store);
    }
    return status;
}

int see_row_exists(struct see_row *row, bool *ret_exists)
{
    int status = end(row);
    bool is_played = false;
    if (status == SEE_OK) {
        status = see_writer_try(row->store, &is_played);
    }
    if (status == SEE_OK && is_played) {
        *ret_exists = row->store->writer.written.has_found;
    }
    return status;
}
