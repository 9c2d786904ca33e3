/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/gather.h"

#include <stdlib.h>
#include <string.h>

/* The payload of a segment, with the stamps of its parts before it. */
struct see_gathered_copy {
    struct see_gathered_copy *next;
    struct see_stamp parts[];
};

static int make_room(struct see_gathered *gathered)
{
    if (gathered->count < gathered->room) {
        return SEE_OK;
    }
    size_t room = gathered->room > 0 ? gathered->room * 2 : SEE_DECODE_AHEAD;
    struct see_segment *segments = realloc(gathered->segments, room * sizeof(*segments));
    if (segments == NULL) {
        return SEE_ENOMEM;
    }
    gathered->segments = segments;
    gathered->room = room;
    return SEE_OK;
}

/* Gives a segment that came in several frames its own octets. */
static int own(struct see_gathered *gathered, struct see_segment *segment)
{
    size_t parts = segment->part_count * sizeof(struct see_stamp);
    struct see_gathered_copy *copy = malloc(sizeof(*copy) + parts + segment->len);
    if (copy == NULL) {
        return SEE_ENOMEM;
    }
    copy->next = gathered->copies;
    gathered->copies = copy;
    memcpy(copy->parts, segment->parts, parts);
    uint8_t *payload = (uint8_t *)copy->parts + parts;
    if (segment->len > 0) {
        memcpy(payload, segment->payload, segment->len);
    }
    segment->parts = copy->parts;
    segment->payload = payload;
    return SEE_OK;
}

static int gather(void *ctx, const struct see_segment *segment)
{
    struct see_gathered *gathered = ctx;
    int status = make_room(gathered);
    if (status != SEE_OK) {
        return status;
    }
    struct see_segment *kept = &gathered->segments[gathered->count];
    *kept = *segment;
    status = segment->part_count > 0 ? own(gathered, kept) : SEE_OK;
    gathered->count += status == SEE_OK;
    return status;
}

static void clear(struct see_gathered *gathered)
{
    while (gathered->copies != NULL) {
        struct see_gathered_copy *next = gathered->copies->next;
        free(gathered->copies);
        gathered->copies = next;
    }
    gathered->frame_count = gathered->count = 0;
}

int see_gather_frames(struct see_gathered *gathered, struct see_decode *decode,
                      const struct see_frame *frames, size_t count)
{
    struct see_look looks[SEE_DECODE_AHEAD];
    int status = SEE_OK;
    clear(gathered);
    see_decode_sink_to(decode, (struct see_decode_sink){gathered, gather, NULL, NULL});
    see_decode_expect(decode, frames, looks, count);
    for (size_t i = 0; i < count && status == SEE_OK; i++) {
        status = see_decode_feed(decode, &frames[i]);
        gathered->frames[i] = (struct see_gathered_frame){frames[i].stamp.time_ns, gathered->count};
        gathered->frame_count += status == SEE_OK;
    }
    if (status != SEE_OK) {
        see_decode_expect(decode, frames, looks, 0); /* none of those that were left comes */
    }
    return status;
}

void see_gathered_finish(struct see_gathered *gathered)
{
    clear(gathered);
    free(gathered->segments);
    *gathered = (struct see_gathered){.count = 0};
}
