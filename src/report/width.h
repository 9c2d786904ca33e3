/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * width - how many columns of a terminal text takes.
 *
 * Without the locale, so that a table looks the same everywhere: East Asian wide
 * characters and emoji take two columns, combining marks none, all others one.
 */
#ifndef SEE_REPORT_WIDTH_H
#define SEE_REPORT_WIDTH_H

#include <stddef.h>

#include "core/view.h"

/* The columns of `text`, which is valid UTF-8 without control characters. */
size_t see_width(struct see_view text);

/* The longest beginning of `text`, in whole characters, that fits into `columns`. */
struct see_view see_width_cut(struct see_view text, size_t columns);

#endif
