/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/metrics.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NAME_SIZE 128

/* Up to here a double holds every whole number. */
#define EXACT 9007199254740992.0

/* One metric stands for all counters of a unit and a kind. */
struct family {
    const char *suffix;
    const char *label;
    const char *help;
};

static const struct family families[] = {
    [SEE_COUNT_IN] = {"in", "counter", "came into"},
    [SEE_COUNT_OUT] = {"out", "counter", "went on from"},
    [SEE_COUNT_DROPPED] = {"dropped", "reason", "were dropped in"},
    [SEE_COUNT_NOTE] = {"noted", "counter", "were noted, beside the books, in"},
};

void see_metrics_add_head(struct see_text *page, const char *name, enum see_metric_type type,
                          const char *help)
{
    see_text_printf(page, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
                    type == SEE_METRIC_COUNTER ? "counter" : "gauge");
}

void see_metrics_add_value(struct see_text *page, const char *name, const char *label,
                           struct see_view label_value, double value)
{
    see_text_add_string(page, name);
    if (label != NULL) {
        see_text_printf(page, "{%s=\"", label);
        for (size_t i = 0; i < label_value.len; i++) {
            char c = label_value.ptr[i];
            if (c == '\\' || c == '"' || c == '\n') {
                see_text_add_char(page, '\\');
            }
            see_text_add_char(page, c == '\n' ? 'n' : c);
        }
        see_text_add_string(page, "\"}");
    }
    /* Whole numbers read better without an exponent. */
    bool is_whole = value >= -EXACT && value <= EXACT && (double)(int64_t)value == value;
    see_text_printf(page, is_whole ? " %.0f\n" : " %.9g\n", value);
}

static bool is_same(const struct see_count *a, const struct see_count *b)
{
    return a->kind == b->kind && strcmp(a->unit, b->unit) == 0;
}

static bool is_first_of_family(const struct see_counts *counts, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (is_same(&counts->list[j], &counts->list[i])) {
            return false;
        }
    }
    return true;
}

static void add_family(struct see_text *page, const struct see_counts *counts, size_t first)
{
    const struct see_count *count = &counts->list[first];
    const struct family *family = &families[count->kind];
    char name[NAME_SIZE];
    char help[NAME_SIZE];
    snprintf(name, sizeof(name), "seeother_%s_%s_%s_total", counts->stage, count->unit,
             family->suffix);
    snprintf(help, sizeof(help), "How many %s %s the stage %s.", count->unit, family->help,
             counts->stage);
    see_metrics_add_head(page, name, SEE_METRIC_COUNTER, help);
    for (size_t i = first; i < counts->count; i++) {
        if (is_same(&counts->list[i], count)) {
            see_metrics_add_value(page, name, family->label, see_view_of(counts->list[i].counter),
                                  (double)counts->list[i].value);
        }
    }
}

static void add_level(struct see_text *page, const char *stage, const struct see_count *count)
{
    char name[NAME_SIZE];
    char help[NAME_SIZE];
    snprintf(name, sizeof(name), "seeother_%s_%s", stage, count->counter);
    snprintf(help, sizeof(help), "How many %s are in the stage %s now.", count->unit, stage);
    see_metrics_add_head(page, name, SEE_METRIC_GAUGE, help);
    see_metrics_add_value(page, name, NULL, (struct see_view){NULL, 0}, (double)count->value);
}

void see_metrics_add_stage(struct see_text *page, const struct see_counts *counts)
{
    for (size_t i = 0; i < counts->count; i++) {
        if (counts->list[i].kind == SEE_COUNT_LEVEL) {
            add_level(page, counts->stage, &counts->list[i]);
        } else if (is_first_of_family(counts, i)) {
            add_family(page, counts, i);
        }
    }
}
