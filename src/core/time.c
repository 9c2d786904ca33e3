/* SPDX-License-Identifier: BSD-3-Clause */
#include "core/time.h"

#include <stdio.h>
#include <time.h>

void see_time_format(see_time_ns time, char text[SEE_TIME_TEXT])
{
    see_time_ns seconds = time / SEE_NS_PER_S;
    see_time_ns rest = time % SEE_NS_PER_S;
    if (rest < 0) {
        rest += SEE_NS_PER_S;
        seconds--;
    }
    struct tm parts = {0};
    time_t when = (time_t)seconds;
    gmtime_r(&when, &parts);
    snprintf(text, SEE_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", parts.tm_year + 1900,
             parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
             (int)(rest / SEE_NS_PER_US));
}
