/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * foreign - files that are no capture we read, named as what they are.
 */
#ifndef SEE_CAPTURE_FOREIGN_H
#define SEE_CAPTURE_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

/* What a file that begins so is, and what to do, a sentence without a full stop; or NULL. */
const char *see_foreign_name(const uint8_t *head, size_t len);

#endif
