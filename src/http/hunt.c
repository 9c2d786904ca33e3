/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/hunt.h"

#include <string.h>

#include "http/method.h"

/* A buffer that grew beyond this is given back between two messages. */
#define KEPT_OCTETS 4096

void see_input_skip(struct see_input *input, size_t len)
{
    if (len > 0) {
        input->octets = see_view_cut(input->octets, len, input->octets.len);
        input->mark.offset += len;
        input->is_frame_start = false;
    }
}

void see_hunt_init(struct see_hunt *hunt)
{
    *hunt = (struct see_hunt){0};
    see_text_init(&hunt->octets);
    hunt->expected = SEE_SNIFF_OTHER;
}

void see_hunt_finish(struct see_hunt *hunt)
{
    see_text_finish(&hunt->octets);
}

bool see_hunt_is_idle(const struct see_hunt *hunt)
{
    return hunt->octets.len == 0 && !hunt->octets.is_broken && !hunt->is_guess &&
           !hunt->is_content && !hunt->is_lost && !hunt->is_likely && !hunt->is_unjudged &&
           hunt->first_line == 0 && hunt->again_at == 0 && hunt->skipped == 0;
}

void see_hunt_start(struct see_hunt *hunt)
{
    if (hunt->octets.size > KEPT_OCTETS) {
        see_text_finish(&hunt->octets);
    }
    see_text_clear(&hunt->octets);
    hunt->is_guess = false;
    hunt->is_content = false;
    hunt->is_lost = false;
    hunt->is_likely = false;
    hunt->is_unjudged = false;
    hunt->first_line = 0;
    hunt->line = SEE_SNIFF_MORE;
    hunt->again_at = 0;
}

/* Goes to the next place where a start-line may begin; false when it is not in `input`. */
static bool leave_lost(struct see_hunt *hunt, struct see_input *input)
{
    if (!hunt->is_line_start && !input->is_frame_start) {
        size_t line_end = see_view_find(input->octets, '\n');
        hunt->is_line_start = line_end < input->octets.len;
        size_t len = line_end + (hunt->is_line_start ? 1 : 0);
        hunt->skipped += len;
        see_input_skip(input, len);
    }
    if (input->octets.len == 0) {
        return false;
    }
    hunt->is_lost = false;
    return true;
}

/* Empty lines before a start-line are stepped over (RFC 9112, 2.2). */
static void skip_empty_lines(struct see_hunt *hunt, struct see_input *input)
{
    size_t len = 0;
    while (len < input->octets.len &&
           (input->octets.ptr[len] == '\r' || input->octets.ptr[len] == '\n')) {
        len++;
    }
    hunt->skipped += len;
    see_input_skip(input, len);
}

/* Takes octets up to the end of the line, or one more than the limit. */
static void take_line(struct see_hunt *hunt, struct see_input *input, size_t limit)
{
    size_t room = limit + 1 > hunt->octets.len ? limit + 1 - hunt->octets.len : 0;
    size_t line_end = see_view_find(input->octets, '\n');
    size_t len = line_end < input->octets.len ? line_end + 1 : line_end;
    len = len < room ? len : room;
    if (hunt->octets.len == 0) {
        hunt->begin = input->mark;
        hunt->latest = input->mark.stamp;
    } else if (hunt->octets.len == hunt->first_line ||
               (input->is_frame_start && hunt->first_line == 0)) {
        hunt->again = input->mark;
        hunt->again_at = hunt->octets.len;
    }
    hunt->latest = see_stamp_later(hunt->latest, input->mark.stamp);
    see_text_add(&hunt->octets, see_view_cut(input->octets, 0, len));
    see_input_skip(input, len);
    bool ends_line =
        len > 0 && !hunt->octets.is_broken && hunt->octets.ptr[hunt->octets.len - 1] == '\n';
    if (hunt->first_line == 0 && ends_line) {
        hunt->first_line = hunt->octets.len;
    }
}

static struct see_view first_line(const struct see_hunt *hunt)
{
    return see_view_cut(see_text_view(&hunt->octets), 0, hunt->first_line);
}

static struct see_view second_line(const struct see_hunt *hunt)
{
    return see_view_cut(see_text_view(&hunt->octets), hunt->first_line, hunt->octets.len);
}

/* Whether the octets begin with a method that may lack its first octets, or have one too many. */
static bool is_method_doubtful(const struct see_hunt *hunt)
{
    struct see_view octets = see_text_view(&hunt->octets);
    struct see_view method = see_view_cut(octets, 0, see_token_len(octets));
    bool is_in_doubt = hunt->is_middle || (hunt->is_guess && !hunt->is_content);
    return is_in_doubt && !see_method_is_known(method);
}

/* What the first line is, now that it is whole; a guess has to be beyond doubt. */
static enum see_sniff judge_line(const struct see_hunt *hunt)
{
    struct see_start_line line;
    if (hunt->is_guess && !see_start_line_is_plain(first_line(hunt))) {
        return SEE_SNIFF_OTHER;
    }
    enum see_sniff kind = see_start_line_read(first_line(hunt), &line);
    return kind == SEE_SNIFF_REQUEST && is_method_doubtful(hunt) ? SEE_SNIFF_OTHER : kind;
}

static enum see_sniff judge(struct see_hunt *hunt, size_t limit, bool *ret_found)
{
    struct see_view octets = see_text_view(&hunt->octets);
    enum see_sniff kind = see_sniff(octets);
    if (kind == SEE_SNIFF_OTHER && !hunt->is_guess) {
        kind = hunt->is_first ? see_sniff_first(octets) : see_sniff_loosely(octets, hunt->expected);
    }
    bool is_no_response = hunt->is_content && hunt->expected == SEE_SNIFF_RESPONSE &&
                          see_sniff_loosely(octets, SEE_SNIFF_RESPONSE) == SEE_SNIFF_OTHER;
    if (is_no_response) {
        /* At once: content may be short, and nothing come behind it. */
        return SEE_SNIFF_OTHER;
    }
    if (kind == SEE_SNIFF_TLS || kind == SEE_SNIFF_HTTP2 || kind == SEE_SNIFF_OTHER) {
        return kind;
    }
    if (kind == SEE_SNIFF_REQUEST && !hunt->is_guess && is_method_doubtful(hunt)) {
        return SEE_SNIFF_OTHER;
    }
    if (!hunt->is_guess && !hunt->is_likely && kind != SEE_SNIFF_MORE) {
        /* Said before the limit is looked at: octets that came one by one would have it so. */
        hunt->is_likely = true;
        hunt->is_unjudged = true;
        return kind;
    }
    if (octets.len > limit || (hunt->is_guess && !see_start_line_may_be_plain(
                                                     see_view_cut(octets, 0, SEE_SNIFF_OCTETS)))) {
        return SEE_SNIFF_OTHER;
    }
    if (hunt->first_line == 0) {
        /* A guess is nothing before all of it is there. */
        return hunt->is_guess ? SEE_SNIFF_MORE : kind;
    }
    if (hunt->line == SEE_SNIFF_MORE) {
        hunt->line = judge_line(hunt);
    }
    if (!hunt->is_guess || hunt->line == SEE_SNIFF_OTHER) {
        *ret_found = hunt->line != SEE_SNIFF_OTHER;
        return hunt->line;
    }
    struct see_view second = second_line(hunt);
    if (second.len == 0 || second.ptr[second.len - 1] != '\n') {
        return SEE_SNIFF_MORE;
    }
    *ret_found = see_field_line_is_likely(second, true);
    return *ret_found ? hunt->line : SEE_SNIFF_OTHER;
}

enum see_sniff see_hunt_read(struct see_hunt *hunt, struct see_input *input, size_t limit,
                             bool *ret_found)
{
    enum see_sniff kind = SEE_SNIFF_MORE;
    *ret_found = false;
    if (hunt->is_unjudged) {
        hunt->is_unjudged = false;
        kind = judge(hunt, limit, ret_found);
    }
    while (kind == SEE_SNIFF_MORE && input->octets.len > 0) {
        if (hunt->is_lost && !leave_lost(hunt, input)) {
            break;
        }
        if (hunt->octets.len == 0 && !hunt->is_content) {
            skip_empty_lines(hunt, input);
        }
        if (input->octets.len == 0) {
            break;
        }
        take_line(hunt, input, limit);
        if (hunt->octets.is_broken) {
            break;
        }
        kind = judge(hunt, limit, ret_found);
    }
    return kind;
}

enum see_sniff see_hunt_settle(const struct see_hunt *hunt)
{
    bool is_found = hunt->is_guess && hunt->first_line > 0 && hunt->line != SEE_SNIFF_MORE &&
                    see_field_line_is_likely(second_line(hunt), false);
    return is_found ? hunt->line : SEE_SNIFF_OTHER;
}

/* Takes the first `len` octets off the candidate, which then begins at `begin`. */
static void shift(struct see_hunt *hunt, size_t len, struct see_mark begin)
{
    struct see_text *octets = &hunt->octets;
    memmove(octets->ptr, octets->ptr + len, octets->len - len);
    octets->len -= len;
    hunt->skipped += len;
    hunt->begin = begin;
    hunt->latest = begin.stamp;
    size_t line_end = see_view_find(see_text_view(octets), '\n');
    hunt->first_line = line_end < octets->len ? line_end + 1 : 0;
    hunt->line = SEE_SNIFF_MORE;
    hunt->is_unjudged = true;
    hunt->again_at = 0;
}

void see_hunt_drop(struct see_hunt *hunt)
{
    hunt->is_guess = true;
    hunt->is_content = false;
    if (hunt->again_at > 0) {
        shift(hunt, hunt->again_at, hunt->again);
        return;
    }
    size_t len = hunt->octets.len;
    bool ends_line = len > 0 && hunt->octets.ptr[len - 1] == '\n';
    hunt->skipped += len;
    see_hunt_stray(hunt, ends_line);
}

void see_hunt_lose(struct see_hunt *hunt)
{
    hunt->skipped += hunt->octets.len;
    see_hunt_stray(hunt, true);
}

void see_hunt_stray(struct see_hunt *hunt, bool is_line_start)
{
    see_hunt_start(hunt);
    hunt->is_guess = true;
    hunt->is_lost = true;
    hunt->is_line_start = is_line_start;
}
