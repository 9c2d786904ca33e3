/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * params - what the parameters of the named queries may be: a time, a number or text.
 */
#ifndef SEE_CLI_PARAMS_H
#define SEE_CLI_PARAMS_H

#include <stdbool.h>

#include "core/time.h"
#include "store/query.h"

/*
 * Brings `param` into the form that the SQL of the named query `name` compares with: a time becomes
 * one in UTC as the database has it, written into `room`, which has to live as long as `param`.
 * False, after a message, for a value that the parameter cannot have.
 */
bool see_cli_param_read(struct see_query_param *param, const char *name, char room[SEE_TIME_TEXT]);

#endif
