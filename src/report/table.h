/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * table - prints the rows of an answer, for a person or for a program.
 *
 * Rows go out as they come, whatever their number.  Only the format `table` holds rows back, to
 * learn how wide its columns are: the first ones, up to a fixed amount of memory; later rows keep
 * those widths.  Only on a terminal its cells are cut at 60 columns, but for the last of a row.
 */
#ifndef SEE_REPORT_TABLE_H
#define SEE_REPORT_TABLE_H

#include <stdint.h>
#include <stdio.h>

#include "core/status.h"
#include "store/query.h"

enum see_table_format {
    SEE_TABLE_PLAIN, /* "table" */
    SEE_TABLE_CSV,
    SEE_TABLE_JSON,
    SEE_TABLE_JSONL,
    SEE_TABLE_MARKDOWN,
};

/* The format of this name; false when there is none. */
bool see_table_format_find(const char *name, enum see_table_format *ret_format);

/* The names, for a message: "table, csv, ...". */
#define SEE_TABLE_FORMATS "table, csv, json, jsonl, markdown"

struct see_table;

/* Prints to `out`, which stays the caller's.  NULL when memory ran out. */
struct see_table *see_table_new(FILE *out, enum see_table_format format, bool is_terminal);

/* A sink of a query whose `ctx` is the table.  Fails with SEE_ENOMEM, or SEE_EIO: `errno` tells. */
SEE_MUST_CHECK int see_table_columns(void *table, const struct see_view *names, size_t count);
SEE_MUST_CHECK int see_table_row(void *table, const struct see_cell *cells, size_t count);

/* Prints what was held back and what ends the format, and flushes. */
SEE_MUST_CHECK int see_table_finish(struct see_table *table);

/* The rows so far. */
uint64_t see_table_rows(const struct see_table *table);

void see_table_free(struct see_table *table); /* takes NULL */

#endif
