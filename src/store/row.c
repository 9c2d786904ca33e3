/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/row.h"

#include <assert.h>

#include "core/redact.h"
#include "store/batch.h"

/* SQLite compiles a kept statement with more care. */
static int prepare(struct see_store *store, enum see_slot slot, const char *sql)
{
    if (store->statements[slot] != NULL) {
        return SQLITE_OK;
    }
    return sqlite3_prepare_v3(store->database.db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                              &store->statements[slot], NULL);
}

void see_row_begin(struct see_row *row, struct see_store *store, enum see_slot slot,
                   const char *sql)
{
    row->store = store;
    row->statement = NULL;
    row->column = 0;
    row->rc = SQLITE_OK;
    row->address_count = 0;
    if (see_batch_begin(store) == SEE_OK) {
        row->rc = prepare(store, slot, sql);
        row->statement = store->statements[slot];
    }
}

/* The number of the next parameter; 0 when the row has failed already. */
static int next_column(struct see_row *row)
{
    return row->statement != NULL && row->rc == SQLITE_OK ? ++row->column : 0;
}

void see_row_null(struct see_row *row)
{
    int column = next_column(row);
    if (column > 0) {
        row->rc = sqlite3_bind_null(row->statement, column);
    }
}

void see_row_integer(struct see_row *row, int64_t value)
{
    int column = next_column(row);
    if (column > 0) {
        row->rc = sqlite3_bind_int64(row->statement, column, value);
    }
}

void see_row_count(struct see_row *row, uint64_t value)
{
    see_row_integer(row, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

void see_row_real(struct see_row *row, double value)
{
    int column = next_column(row);
    if (column > 0) {
        row->rc = sqlite3_bind_double(row->statement, column, value);
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

/* Binds the text; `life` is SQLite's word for how long it lives. */
static void bind_text(struct see_row *row, struct see_view view, sqlite3_destructor_type life)
{
    struct see_text *clean = &row->store->clean;
    if (view.ptr == NULL) {
        see_row_null(row);
        return;
    }
    int column = next_column(row);
    if (column == 0) {
        return;
    }
    if (!is_clean(view)) {
        see_text_clear(clean);
        add_clean(clean, view);
        view = see_text_view(clean);
        life = SQLITE_TRANSIENT;
        if (see_text_status(clean) != SEE_OK) {
            row->rc = SQLITE_NOMEM;
            return;
        }
    }
    row->rc = sqlite3_bind_text64(row->statement, column, view.ptr, view.len, life, SQLITE_UTF8);
}

void see_row_text(struct see_row *row, struct see_view view)
{
    bind_text(row, view, SQLITE_STATIC);
}

void see_row_string(struct see_row *row, const char *string)
{
    see_row_text(row, see_view_of(string));
}

void see_row_copy(struct see_row *row, const char *string)
{
    bind_text(row, see_view_of(string), SQLITE_TRANSIENT);
}

/* What was drafted, without its first `skip` octets. */
static void bind_draft(struct see_row *row, size_t skip)
{
    const struct see_text *draft = &row->store->draft;
    if (see_text_status(draft) != SEE_OK) {
        row->rc = row->rc == SQLITE_OK ? SQLITE_NOMEM : row->rc;
        return;
    }
    bind_text(row, see_view_cut(see_text_view(draft), skip, draft->len), SQLITE_TRANSIENT);
}

void see_row_draft(struct see_row *row)
{
    bind_draft(row, 0);
}

void see_row_uri(struct see_row *row, struct see_view uri)
{
    if (!row->store->options.is_redacting || !see_redact_may_change(uri)) {
        see_row_text(row, uri);
        return;
    }
    see_text_clear(&row->store->draft);
    see_redact_uri(uri, &row->store->draft);
    bind_draft(row, 0);
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
    if (see_text_status(clean) != SEE_OK) {
        row->rc = row->rc == SQLITE_OK ? SQLITE_NOMEM : row->rc;
        return;
    }
    bind_draft(row, 2);
}

void see_row_address(struct see_row *row, const struct see_address *address)
{
    assert(row->address_count < SEE_ROW_ADDRESSES);
    char *text = row->addresses[row->address_count++];
    see_address_format(address, text);
    see_row_string(row, text);
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

static int step(struct see_row *row)
{
    return row->rc == SQLITE_OK ? sqlite3_step(row->statement) : row->rc;
}

int see_row_end(struct see_row *row)
{
    struct see_store *store = row->store;
    if (store->failed != SEE_OK) {
        return store->failed;
    }
    assert(row->rc != SQLITE_OK || row->column == sqlite3_bind_parameter_count(row->statement));
    int rc = step(row);
    int status = rc == SQLITE_DONE ? SEE_OK : see_batch_failed(store, rc);
    sqlite3_reset(row->statement);
    store->batch_rows++;
    return status;
}

int see_row_exists(struct see_row *row, bool *ret_exists)
{
    struct see_store *store = row->store;
    if (store->failed != SEE_OK) {
        return store->failed;
    }
    int rc = step(row);
    int status = rc == SQLITE_DONE || rc == SQLITE_ROW ? SEE_OK : see_batch_failed(store, rc);
    sqlite3_reset(row->statement);
    *ret_exists = rc == SQLITE_ROW;
    return status;
}
