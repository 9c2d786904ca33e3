/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/grid.h"

#include <stdlib.h>
#include <string.h>

#include "report/cell.h"
#include "report/width.h"

/* Held back to learn the widths of columns: octets of text, and cells. */
#define HELD_OCTETS ((size_t)1 << 20)
#define HELD_CELLS 65536

struct see_grid_cell {
    size_t len;
    size_t width;
    bool is_number;
};

static bool is_number(const struct see_cell *cell)
{
    return cell->kind == SEE_CELL_INTEGER || cell->kind == SEE_CELL_REAL;
}

/*
 * Appends the cell's text to `out`, cut to the widest allowed, and tells its measures.  In the last
 * column it may run on: nothing stands behind it.
 */
static struct see_grid_cell add_cell(struct see_grid *grid, const struct see_cell *cell,
                                     bool is_last, struct see_text *out)
{
    struct see_text *scratch = &grid->scratch;
    see_text_clear(scratch);
    see_cell_plain(scratch, cell);
    struct see_view text = see_text_view(scratch);
    size_t before = out->len;
    size_t width = see_width(text);
    if (grid->widest > 0 && width > grid->widest && !is_last) {
        text = see_width_cut(text, grid->widest - 1);
        width = see_width(text) + 1;
        see_text_add(out, text);
        see_text_add_string(out, "\xE2\x80\xA6"); /* an ellipsis */
    } else {
        see_text_add(out, text);
    }
    out->is_broken = out->is_broken || scratch->is_broken;
    return (struct see_grid_cell){out->len - before, width, is_number(cell)};
}

static struct see_grid_cell *room_for_cells(struct see_grid *grid)
{
    if (grid->cell_count + grid->columns > grid->cell_size) {
        size_t size = 2 * grid->cell_size + grid->columns + 64;
        struct see_grid_cell *cells = realloc(grid->cells, size * sizeof(*cells));
        if (cells == NULL) {
            return NULL;
        }
        grid->cells = cells;
        grid->cell_size = size;
    }
    return grid->cells + grid->cell_count;
}

static int hold(struct see_grid *grid, const struct see_cell *cells)
{
    struct see_grid_cell *kept = room_for_cells(grid);
    if (kept == NULL) {
        return SEE_ENOMEM;
    }
    for (size_t i = 0; i < grid->columns; i++) {
        kept[i] = add_cell(grid, &cells[i], i + 1 == grid->columns, &grid->held);
        grid->widths[i] = kept[i].width > grid->widths[i] ? kept[i].width : grid->widths[i];
    }
    grid->cell_count += grid->columns;
    return see_text_status(&grid->held);
}

int see_grid_init(struct see_grid *grid, const struct see_view *names, size_t count, size_t widest)
{
    memset(grid, 0, sizeof(*grid));
    grid->columns = count;
    grid->widest = widest;
    see_text_init(&grid->held);
    see_text_init(&grid->scratch);
    grid->widths = calloc(count + 1, sizeof(*grid->widths));
    struct see_cell *header = calloc(count + 1, sizeof(*header));
    int status = grid->widths != NULL && header != NULL ? SEE_OK : SEE_ENOMEM;
    for (size_t i = 0; i < count && status == SEE_OK; i++) {
        header[i] = (struct see_cell){SEE_CELL_TEXT, names[i]};
    }
    status = status == SEE_OK ? hold(grid, header) : status;
    free(header);
    return status;
}

void see_grid_finish(struct see_grid *grid)
{
    see_text_finish(&grid->held);
    see_text_finish(&grid->scratch);
    free(grid->widths);
    free(grid->cells);
    memset(grid, 0, sizeof(*grid));
}

static void add_spaces(struct see_text *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        see_text_add_char(out, ' ');
    }
}

/* `gap` is what separates this cell from the one before; it only goes out before something. */
static void add_padded(const struct see_grid *grid, size_t column, struct see_view text,
                       struct see_grid_cell cell, size_t *gap, struct see_text *out)
{
    size_t width = grid->widths[column];
    size_t pad = width > cell.width ? width - cell.width : 0;
    if (text.len > 0) {
        add_spaces(out, *gap + (cell.is_number ? pad : 0));
        see_text_add(out, text);
        *gap = cell.is_number ? 0 : pad;
    } else {
        *gap += pad;
    }
    *gap += 2;
}

static void add_rule(const struct see_grid *grid, struct see_text *out)
{
    for (size_t i = 0; i < grid->columns; i++) {
        add_spaces(out, i > 0 ? 2 : 0);
        size_t width = grid->widths[i];
        width = grid->widest > 0 && width > grid->widest ? grid->widest : width;
        for (size_t dash = 0; dash < width; dash++) {
            see_text_add_char(out, '-');
        }
    }
    see_text_add_char(out, '\n');
}

static void print_held(struct see_grid *grid, struct see_text *out)
{
    struct see_view held = see_text_view(&grid->held);
    size_t at = 0;
    for (size_t i = 0; i < grid->cell_count; i += grid->columns) {
        size_t gap = 0;
        for (size_t column = 0; column < grid->columns; column++) {
            struct see_grid_cell cell = grid->cells[i + column];
            add_padded(grid, column, see_view_cut(held, at, at + cell.len), cell, &gap, out);
            at += cell.len;
        }
        see_text_add_char(out, '\n');
        if (i == 0) {
            add_rule(grid, out);
        }
    }
}

int see_grid_flush(struct see_grid *grid, struct see_text *out)
{
    if (!grid->is_flowing && grid->columns > 0) {
        print_held(grid, out);
    }
    grid->is_flowing = true;
    grid->cell_count = 0;
    see_text_finish(&grid->held);
    return see_text_status(out);
}

static int print_row(struct see_grid *grid, const struct see_cell *cells, struct see_text *out)
{
    size_t gap = 0;
    for (size_t i = 0; i < grid->columns; i++) {
        see_text_clear(&grid->held);
        struct see_grid_cell cell = add_cell(grid, &cells[i], i + 1 == grid->columns, &grid->held);
        add_padded(grid, i, see_text_view(&grid->held), cell, &gap, out);
        out->is_broken = out->is_broken || grid->held.is_broken;
    }
    see_text_add_char(out, '\n');
    return see_text_status(out);
}

int see_grid_row(struct see_grid *grid, const struct see_cell *cells, struct see_text *out)
{
    if (grid->is_flowing) {
        return print_row(grid, cells, out);
    }
    int status = hold(grid, cells);
    bool is_full = grid->held.len > HELD_OCTETS || grid->cell_count > HELD_CELLS;
    return status == SEE_OK && is_full ? see_grid_flush(grid, out) : status;
}
