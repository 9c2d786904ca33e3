/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * grid - lines of padded columns, for a person.
 *
 *     id  rule                client
 *     --  ------------------  ---------
 *      1  307-method-changed  192.0.2.7
 *
 * Numbers stand at the right of their column.  No line ends with spaces.
 */
#ifndef SEE_REPORT_GRID_H
#define SEE_REPORT_GRID_H

#include "core/text.h"
#include "store/query.h"

struct see_grid {
    size_t columns;
    size_t *widths;
    size_t widest;        /* cells are cut to this, the last of a row excepted; 0: never */
    struct see_text held; /* the text of held cells, one after the other */
    struct see_text scratch;
    struct see_grid_cell *cells;
    size_t cell_count, cell_size;
    bool is_flowing; /* widths are settled: rows go straight out */
};

/* Takes the names of the columns.  SEE_ENOMEM leaves a grid that can be finished. */
SEE_MUST_CHECK int see_grid_init(struct see_grid *grid, const struct see_view *names, size_t count,
                                 size_t widest);
void see_grid_finish(struct see_grid *grid);

/* Takes a row, and appends to `out` whatever can be printed now. */
SEE_MUST_CHECK int see_grid_row(struct see_grid *grid, const struct see_cell *cells,
                                struct see_text *out);

/* Appends the rows still held. */
SEE_MUST_CHECK int see_grid_flush(struct see_grid *grid, struct see_text *out);

#endif
