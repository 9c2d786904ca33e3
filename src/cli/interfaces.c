/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * interfaces - seeother monitor --list-interfaces.
 */
#include <stdio.h>

#include "capture/capture.h"
#include "cli/cli.h"
#include "core/text.h"

static int show(void *ctx, const struct see_capture_interface *one)
{
    struct see_text line;
    (void)ctx;
    see_text_init(&line);
    see_text_add_safe(&line, see_view_of(one->name));
    see_text_add_string(&line, !one->is_up       ? "  down"
                               : one->is_running ? "  up"
                                                 : "  up, without a carrier");
    see_text_add_string(&line, one->is_loopback ? ", loopback" : "");
    for (size_t i = 0; i < one->address_count; i++) {
        char address[SEE_ADDRESS_TEXT];
        see_address_format(&one->addresses[i], address);
        see_text_printf(&line, "%s%s", i == 0 ? "  " : " ", address);
    }
    if (one->description != NULL) {
        see_text_add_string(&line, "  ");
        see_text_add_safe(&line, see_view_of(one->description));
    }
    int status = see_text_status(&line);
    if (status == SEE_OK) {
        puts(line.ptr);
    }
    see_text_finish(&line);
    return status;
}

int see_cli_list_interfaces(void)
{
    char error[512] = "out of memory";
    if (see_capture_interfaces(show, NULL, error, sizeof(error)) != SEE_OK) {
        see_cli_say("the interfaces cannot be listed", error);
        return SEE_EXIT_FAILED;
    }
    return SEE_EXIT_DONE;
}
