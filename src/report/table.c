/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/table.h"

#include <stdlib.h>
#include <string.h>

#include "report/cell.h"
#include "report/grid.h"

#define WIDEST_ON_TERMINAL 60

struct see_table {
    FILE *out;
    enum see_table_format format;
    bool is_terminal;
    uint64_t rows;
    struct see_text line;
    struct see_grid grid;  /* the plain format */
    struct see_text names; /* JSON: the columns' names as members, one after the other */
    size_t *name_ends;
};

bool see_table_format_find(const char *name, enum see_table_format *ret_format)
{
    static const char *const names[] = {
        [SEE_TABLE_PLAIN] = "table", [SEE_TABLE_CSV] = "csv",           [SEE_TABLE_JSON] = "json",
        [SEE_TABLE_JSONL] = "jsonl", [SEE_TABLE_MARKDOWN] = "markdown",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            *ret_format = (enum see_table_format)i;
            return true;
        }
    }
    return false;
}

struct see_table *see_table_new(FILE *out, enum see_table_format format, bool is_terminal)
{
    struct see_table *table = calloc(1, sizeof(*table));
    if (table == NULL) {
        return NULL;
    }
    table->out = out;
    table->format = format;
    table->is_terminal = is_terminal;
    see_text_init(&table->line);
    see_text_init(&table->names);
    return table;
}

/* Writes out the line that was made. */
static int print_line(struct see_table *table)
{
    struct see_view line = see_text_view(&table->line);
    if (see_text_status(&table->line) != SEE_OK) {
        return SEE_ENOMEM;
    }
    bool is_written = fwrite(line.ptr, 1, line.len, table->out) == line.len;
    see_text_clear(&table->line);
    return is_written ? SEE_OK : SEE_EIO;
}

static void make_csv(struct see_table *table, const struct see_cell *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        see_text_add_string(&table->line, i > 0 ? "," : "");
        see_cell_csv(&table->line, &cells[i]);
    }
    see_text_add_string(&table->line, "\r\n");
}

static void make_markdown(struct see_table *table, const struct see_cell *cells, size_t count)
{
    see_text_add_char(&table->line, '|');
    for (size_t i = 0; i < count; i++) {
        see_text_add_char(&table->line, ' ');
        see_cell_markdown(&table->line, &cells[i]);
        see_text_add_string(&table->line, " |");
    }
    see_text_add_char(&table->line, '\n');
}

static void make_json(struct see_table *table, const struct see_cell *cells, size_t count)
{
    struct see_view names = see_text_view(&table->names);
    size_t from = 0;
    see_text_add_char(&table->line, '{');
    for (size_t i = 0; i < count; i++) {
        see_text_add_string(&table->line, i > 0 ? "," : "");
        see_text_add(&table->line, see_view_cut(names, from, table->name_ends[i]));
        see_cell_json(&table->line, &cells[i]);
        from = table->name_ends[i];
    }
    see_text_add_char(&table->line, '}');
}

/* Keeps `"name":` of every column. */
static int keep_names(struct see_table *table, const struct see_view *names, size_t count)
{
    size_t *ends = calloc(count + 1, sizeof(*ends));
    if (ends == NULL) {
        return SEE_ENOMEM;
    }
    free(table->name_ends);
    table->name_ends = ends;
    for (size_t i = 0; i < count; i++) {
        see_text_add_json(&table->names, names[i]);
        see_text_add_char(&table->names, ':');
        ends[i] = table->names.len;
    }
    return see_text_status(&table->names);
}

/* The line of names, and below it in Markdown the line that makes it a header. */
static int print_header(struct see_table *table, const struct see_view *names, size_t count)
{
    struct see_cell *cells = calloc(count + 1, sizeof(*cells));
    if (cells == NULL) {
        return SEE_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        cells[i] = (struct see_cell){SEE_CELL_TEXT, names[i]};
    }
    if (table->format == SEE_TABLE_CSV) {
        make_csv(table, cells, count);
    } else {
        make_markdown(table, cells, count);
        see_text_add_char(&table->line, '|');
        for (size_t i = 0; i < count; i++) {
            see_text_add_string(&table->line, " --- |");
        }
        see_text_add_char(&table->line, '\n');
    }
    free(cells);
    return print_line(table);
}

int see_table_columns(void *ctx, const struct see_view *names, size_t count)
{
    struct see_table *table = ctx;
    switch (table->format) {
    case SEE_TABLE_PLAIN:
        see_grid_finish(&table->grid);
        return see_grid_init(&table->grid, names, count,
                             table->is_terminal ? WIDEST_ON_TERMINAL : 0);
    case SEE_TABLE_CSV:
    case SEE_TABLE_MARKDOWN:
        return print_header(table, names, count);
    case SEE_TABLE_JSON:
    case SEE_TABLE_JSONL:
        return keep_names(table, names, count);
    }
    return SEE_OK;
}

int see_table_row(void *ctx, const struct see_cell *cells, size_t count)
{
    struct see_table *table = ctx;
    int status = SEE_OK;
    switch (table->format) {
    case SEE_TABLE_PLAIN:
        status = see_grid_row(&table->grid, cells, &table->line);
        break;
    case SEE_TABLE_CSV:
        make_csv(table, cells, count);
        break;
    case SEE_TABLE_MARKDOWN:
        make_markdown(table, cells, count);
        break;
    case SEE_TABLE_JSON:
        see_text_add_string(&table->line, table->rows == 0 ? "[\n" : ",\n");
        make_json(table, cells, count);
        break;
    case SEE_TABLE_JSONL:
        make_json(table, cells, count);
        see_text_add_char(&table->line, '\n');
        break;
    }
    table->rows++;
    return status == SEE_OK ? print_line(table) : status;
}

int see_table_finish(struct see_table *table)
{
    int status = SEE_OK;
    if (table->format == SEE_TABLE_PLAIN) {
        status = see_grid_flush(&table->grid, &table->line);
    } else if (table->format == SEE_TABLE_JSON) {
        see_text_add_string(&table->line, table->rows == 0 ? "[]\n" : "\n]\n");
    }
    if (status == SEE_OK) {
        status = print_line(table);
    }
    if (status == SEE_OK && fflush(table->out) != 0) {
        status = SEE_EIO;
    }
    return status;
}

uint64_t see_table_rows(const struct see_table *table)
{
    return table->rows;
}

void see_table_free(struct see_table *table)
{
    if (table != NULL) {
        see_grid_finish(&table->grid);
        see_text_finish(&table->line);
        see_text_finish(&table->names);
        free(table->name_ends);
        free(table);
    }
}
