/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * metrics - the counters of a run as a page for Prometheus.
 *
 * The text format, version 0.0.4.  The books of a stage become one metric for
 * what came in, one for what went out and one for what was dropped, each by
 * unit, so that the sum over a metric's labels means something:
 *
 *     seeother_decode_frames_in_total{counter="frames"} 1302
 *     seeother_decode_frames_dropped_total{reason="not_ip"} 17
 *     seeother_stream_connections_open 12
 */
#ifndef SEE_REPORT_METRICS_H
#define SEE_REPORT_METRICS_H

#include "core/counts.h"
#include "core/text.h"

/* For Content-Type. */
#define SEE_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum see_metric_type { SEE_METRIC_COUNTER, SEE_METRIC_GAUGE };

/* Counters of one stage. */
void see_metrics_add_stage(struct see_text *page, const struct see_counts *counts);

/* The two lines that go before the values of a metric; `help` is a sentence. */
void see_metrics_add_head(struct see_text *page, const char *name, enum see_metric_type type,
                          const char *help);

/* One value; `label` may be NULL, and `value` of the label is escaped. */
void see_metrics_add_value(struct see_text *page, const char *name, const char *label,
                           struct see_view label_value, double value);

#endif
