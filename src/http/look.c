/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/look.h"

void see_http_look(const uint8_t *data, size_t len, struct see_http_look *ret_look)
{
    ret_look->data = data;
    ret_look->plain.fields = ret_look->fields;
    ret_look->plain.room = SEE_HTTP_LOOK_FIELDS;
    ret_look->kind = see_plain_read((struct see_view){(const char *)data, len}, SEE_SNIFF_OTHER,
                                    &ret_look->plain);
}
