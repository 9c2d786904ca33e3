/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/upkeep.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/notify.h"
#include "cli/reread.h"
#include "cli/run.h"

#define TRY_EVERY SEE_NS_PER_S

/* Another program may hold the database as long before that is worth a word. */
#define SILENT_FOR (5 * SEE_NS_PER_S)

/* The minute of one interface is over, or all is: a row of each of its counters. */
static int store_minute(struct see_beat *beat, struct see_source *source)
{
    const struct see_capture_info *info = see_capture_info(source->capture);
    int64_t dropped = info->kernel_dropped > 0 ? info->kernel_dropped : 0;
    const struct see_count list[] = {
        {"frames", "frames", SEE_COUNT_NOTE, info->frames - source->minute_frames},
        {"octets", "octets", SEE_COUNT_NOTE, info->octets - source->minute_octets},
        {"kernel_dropped", "frames", SEE_COUNT_NOTE, (uint64_t)(dropped - source->minute_dropped)},
    };
    const struct see_counts counts = {"capture", list, sizeof(list) / sizeof(list[0])};
    source->minute_frames = info->frames;
    source->minute_octets = info->octets;
    source->minute_dropped = dropped;
    struct see_capture_info since = see_run_since(info, &source->before);
    int status = see_run_minute(beat->run, source->number, beat->minute, &counts);
    return status == SEE_OK ? see_run_capture(beat->run, source->number, &since) : status;
}

int see_upkeep_minute(struct see_beat *beat, see_time_ns now)
{
    int status = SEE_OK;
    if (see_run_is_away(beat->run)) {
        return SEE_OK; /* the minute is as long as that lasts */
    }
    for (size_t i = 0; i < beat->source_count && status == SEE_OK; i++) {
        status = store_minute(beat, &beat->sources[i]);
    }
    beat->minute = now - now % SEE_UPKEEP_MINUTE;
    return status;
}

/* The database that is closed says of its captures that they go on elsewhere. */
static int end_captures(struct see_beat *beat)
{
    int status = SEE_OK;
    for (size_t i = 0; i < beat->source_count && status == SEE_OK; i++) {
        struct see_source *source = &beat->sources[i];
        const struct see_capture_info *info = see_capture_info(source->capture);
        struct see_capture_info since = see_run_since(info, &source->before);
        since.state = SEE_CAPTURE_COMPLETE;
        since.detail = "goes on in the next database";
        status = see_run_capture(beat->run, source->number, &since);
    }
    return status;
}

static int begin_captures(struct see_beat *beat)
{
    int status = SEE_OK;
    for (size_t i = 0; i < beat->source_count && status == SEE_OK; i++) {
        struct see_source *source = &beat->sources[i];
        source->before = *see_capture_info(source->capture);
        struct see_capture_info since = see_run_since(&source->before, &source->before);
        status = see_run_capture(beat->run, source->number, &since);
    }
    return status;
}

/* Others have it open under the name that is wanted: it goes on until they have not. */
static void put_off(struct see_beat *beat, const struct see_rotation *rotation, see_time_ns now)
{
    if (!beat->is_put_off) {
        see_beat_clear_line(beat);
        see_cli_say(beat->options->settings.database,
                    rotation != NULL ? "it is rotated when nobody else has it open any more"
                                     : "it is left when nobody else has it open any more");
    }
    beat->is_put_off = true;
    beat->next_try = now + TRY_EVERY;
}

static void say_not_rotated(struct see_beat *beat, const struct see_rotation *rotation,
                            see_time_ns now)
{
    const char *why = see_run_rotation_error(beat->run);
    if (rotation != NULL && why[0] != '\0') {
        see_beat_clear_line(beat);
        see_cli_say(why, "the same one goes on");
        beat->next_try = now + SEE_UPKEEP_MINUTE;
    }
}

/* Closes the database and begins anew, in another file with a rotation. */
static int reopen(struct see_beat *beat, const struct see_rotation *rotation, see_time_ns now)
{
    bool is_away = see_run_is_away(beat->run);
    bool was_linked = see_run_is_linked(beat->run);
    if (!is_away && !see_run_may_reopen(beat->run, rotation != NULL)) {
        put_off(beat, rotation, now);
        return SEE_OK;
    }
    beat->is_put_off = false;
    beat->is_hung_up = false;
    int status = see_upkeep_minute(beat, now);
    if (status == SEE_OK && !is_away) {
        status = end_captures(beat);
    }
    if (status == SEE_OK) {
        status = see_run_reopen(beat->run, rotation);
    }
    beat->rotated = now;
    if (status != SEE_OK || see_run_is_away(beat->run)) {
        return status;
    }
    say_not_rotated(beat, rotation, now);
    if (!was_linked && see_run_is_linked(beat->run)) {
        see_beat_clear_line(beat);
        see_cli_say(beat->options->settings.database,
                    "what was there before rotation has -before in its name now, and stays");
    }
    return see_run_goes_on(beat->run) ? SEE_OK : begin_captures(beat);
}

/* All that could not be stored, until now. */
static void say_stored_again(struct see_beat *beat)
{
    char text[160];
    snprintf(text, sizeof(text),
             "all is stored again; %" PRIu64 " redirects and %" PRIu64 " findings were not",
             see_run_left_out(beat->run), see_run_unstored(beat->run));
    see_beat_clear_line(beat);
    see_cli_say(beat->options->settings.database, text);
    beat->has_said_away = beat->has_said_kept_waiting = false;
}

/* Another program holds the database for long; to be said once, as that it lets go. */
static void look_at_lock(struct see_beat *beat, see_time_ns now)
{
    if (!see_run_is_kept_waiting(beat->run)) {
        beat->kept_waiting = 0;
        if (beat->has_said_kept_waiting && !see_run_is_away(beat->run)) {
            say_stored_again(beat);
        }
        return;
    }
    if (beat->kept_waiting == 0 || beat->kept_waiting > now) {
        beat->kept_waiting = now;
    }
    if (!beat->has_said_kept_waiting && now - beat->kept_waiting >= SILENT_FOR) {
        see_beat_clear_line(beat);
        see_cli_say(beat->options->settings.database,
                    "another program is using it: rows are kept, and stored when it lets go");
        beat->has_said_kept_waiting = true;
    }
}

/* Redirects are left out, or all is stored again; to be said once. */
static void look_at_room(struct see_beat *beat, see_time_ns now)
{
    beat->next_room = now + TRY_EVERY;
    if (beat->is_lean && see_run_is_away(beat->run)) {
        return; /* one after the other */
    }
    bool is_lean = see_run_look_at_room(beat->run);
    if (is_lean == beat->is_lean) {
        return;
    }
    if (is_lean) {
        see_beat_clear_line(beat);
        see_cli_say(beat->options->settings.database,
                    "the disk is full: findings and counters are stored, redirects without a "
                    "finding are not");
        beat->has_said_away = false;
    } else {
        say_stored_again(beat);
    }
    beat->is_lean = is_lean;
}

/* What cannot be written is said once. */
static void say_away(struct see_beat *beat, see_time_ns now)
{
    if (!beat->has_said_away) {
        see_beat_clear_line(beat);
        see_cli_say(see_run_error(beat->run),
                    "findings are shown, and stored again when they can be");
    }
    beat->is_away = beat->has_said_away = true;
    beat->next_try = now + TRY_EVERY;
}

static void say_back(struct see_beat *beat)
{
    beat->is_away = false;
    if (!beat->is_lean) { /* it may come and go until there is room */
        say_stored_again(beat);
    }
}

/* A database that cannot be written is tried again until it can, first with the room that is kept.
 */
static int wait_for_database(struct see_beat *beat, see_time_ns now)
{
    bool is_first = !beat->is_away && see_run_spare(beat->run);
    if (!beat->is_away && !is_first) {
        say_away(beat, now);
    }
    if (!is_first && now < beat->next_try) {
        return SEE_OK;
    }
    beat->next_try = now + TRY_EVERY;
    int status = reopen(beat, NULL, now);
    if (status == SEE_OK && beat->is_away && !see_run_is_away(beat->run)) {
        say_back(beat);
    }
    return status;
}

/* Whether the database has become too large or too old. */
static bool is_full(const struct see_beat *beat, see_time_ns now)
{
    const struct see_cli_options *options = beat->options;
    return (options->rotate_octets > 0 && see_run_size(beat->run) >= options->rotate_octets) ||
           (options->rotate_every > 0 && now - beat->rotated >= options->rotate_every);
}

/* What the user wrote is read again, and the database is to be opened by its name. */
static void hang_up(struct see_beat *beat, see_time_ns now)
{
    see_beat_clear_line(beat);
    see_notify_reloading(beat->notify);
    if (see_cli_reread(beat->options, beat->contain)) {
        see_run_change(beat->run, &beat->options->settings);
        see_cli_choose_rules(beat->options, beat->run);
        if (beat->options->verbosity >= 0) {
            see_cli_say("hung up", "the settings were read again");
        }
    }
    see_notify(beat->notify, "READY=1");
    beat->is_hung_up = true;
    beat->next_try = now;
}

int see_upkeep(struct see_beat *beat, see_time_ns now)
{
    if (see_beat_is_hung_up) {
        see_beat_is_hung_up = 0;
        hang_up(beat, now);
    }
    look_at_lock(beat, now);
    if (now >= beat->next_room) {
        look_at_room(beat, now);
    }
    if (see_run_is_away(beat->run)) {
        return wait_for_database(beat, now);
    }
    if (now < beat->next_try) {
        return SEE_OK;
    }
    if (beat->is_hung_up) {
        bool is_gone = see_run_lacks_link(beat->run);
        return reopen(beat, is_gone ? &beat->options->rotation : NULL, now);
    }
    return is_full(beat, now) ? reopen(beat, &beat->options->rotation, now) : SEE_OK;
}
