/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/leniency.h"

static const struct row {
    const char *word;
    bool is_framing;
} rows[] = {
#define SEE_LENIENCY(name, word, is_framing) {word, is_framing},
    SEE_LENIENCIES(SEE_LENIENCY)
#undef SEE_LENIENCY
};

const char *see_leniency_word(enum see_leniency which)
{
    return rows[which].word;
}

bool see_leniencies_touch_framing(see_leniencies set)
{
    for (size_t i = 0; i < SEE_LENIENCY_COUNT; i++) {
        if (rows[i].is_framing && see_leniencies_has(set, (enum see_leniency)i)) {
            return true;
        }
    }
    return false;
}

void see_leniencies_write(see_leniencies set, struct see_text *out)
{
    const char *between = "";
    for (size_t i = 0; i < SEE_LENIENCY_COUNT; i++) {
        if (see_leniencies_has(set, (enum see_leniency)i)) {
            see_text_add_string(out, between);
            see_text_add_string(out, rows[i].word);
            between = " ";
        }
    }
}
