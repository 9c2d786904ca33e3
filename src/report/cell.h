/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * cell - one value of an answer, in the notation of each format.
 *
 * Values come from strangers: none may drive a terminal, break out of its cell, or run as a
 * spreadsheet's formula.
 */
#ifndef SEE_REPORT_CELL_H
#define SEE_REPORT_CELL_H

#include "core/text.h"
#include "store/query.h"

/* For a person: "-" for NULL, control characters as \xNN. */
void see_cell_plain(struct see_text *out, const struct see_cell *cell);

/* The same for a cell of a Markdown table: what Markdown or HTML would take for markup is escaped.
 */
void see_cell_markdown(struct see_text *out, const struct see_cell *cell);

/*
 * RFC 4180, nothing for NULL, "" for the empty text.  Text that a spreadsheet would take for a
 * formula (=, +, -, @ or their wide forms first) gets an apostrophe in front: whoever needs the
 * octets as they are has JSON.  Control characters are \xNN, line
 * breaks too: a file of it may be shown on a terminal later.
 */
void see_cell_csv(struct see_text *out, const struct see_cell *cell);

/* RFC 8259; infinite numbers, which JSON does not have, are strings. */
void see_cell_json(struct see_text *out, const struct see_cell *cell);

#endif
