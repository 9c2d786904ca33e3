/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * limits - every bound on what a stranger can make us hold.
 *
 * One row a limit: SEE_LIMIT(field, default, what it bounds and why, what happens
 * when it is reached, the `coverage` counter that tells).  The struct, the
 * defaults and the README's table are made from these rows.
 */
#ifndef SEE_CORE_LIMITS_H
#define SEE_CORE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#define SEE_LIMITS(SEE_LIMIT)                                                                      \
    SEE_LIMIT(networks, 4096, "VLANs and tunnels told apart (tags and ids can be made up)",        \
              "later ones share the network \"other\"", "decode/networks_other")                   \
    SEE_LIMIT(recent_segments, 16384, "segments remembered, to know the same packet seen twice",   \
              "the oldest is forgotten", "decode/segments_forgotten")                              \
    SEE_LIMIT(fragment_datagrams, 1024, "IP datagrams being put together (fragment floods)",       \
              "the oldest is given up", "decode/datagrams_evicted")                                \
    SEE_LIMIT(fragment_octets, 4u << 20, "octets of fragments held, in all",                       \
              "the oldest datagram is given up", "decode/datagrams_evicted")                       \
    SEE_LIMIT(fragment_seconds, 30, "capture time that a datagram waits for its fragments",        \
              "it is given up", "decode/datagrams_expired")                                        \
    SEE_LIMIT(connections, 262144, "TCP connections followed at a time (SYN floods, scans)",       \
              "the one idle longest is closed", "stream/connections_evicted")                      \
    SEE_LIMIT(connection_held, 1u << 20,                                                           \
              "octets held out of order, a direction (holes that are never filled)",               \
              "the hole is given up and handed on as a gap", "stream/gaps")                        \
    SEE_LIMIT(held_total, 64u << 20, "octets held out of order, in all (many such connections)",   \
              "the hole of the connection that wants more is given up", "stream/gaps")             \
    SEE_LIMIT(idle_seconds, 600, "capture time that a silent connection is kept",                  \
              "the connection is closed", "stream/connections_idle")                               \
    SEE_LIMIT(closed_connections, 8192,                                                            \
              "connections closed within a minute, kept so that a late segment begins none",       \
              "those closed more than 5 s ago are forgotten", "stream/closed_forgotten")           \
    SEE_LIMIT(past_connections, 262144,                                                            \
              "connections that are over, remembered so that overlapping captures count once; "    \
              "of one capture, or live, 1024",                                                     \
              "the oldest is forgotten", "stream/past_forgotten")                                  \
    SEE_LIMIT(head_octets, 65536, "start-line and header section of one message, octets",          \
              "the message is given up, the next one looked for", "http/messages_too_large")       \
    SEE_LIMIT(fields, 512, "header fields of one message",                                         \
              "the message is given up, the next one looked for", "http/messages_too_large")       \
    SEE_LIMIT(pipeline, 256, "requests of one connection waiting for their response",              \
              "the oldest is handed on without a response", "http/exchanges_evicted")              \
    SEE_LIMIT(messages_held, 256u << 20,                                                           \
              "octets of messages held: heads not whole yet, exchanges not over, in all",          \
              "the connection silent longest is not listened to any more",                         \
              "http/connections_given_up")                                                         \
    SEE_LIMIT(kept_content, 4096,                                                                  \
              "first octets kept of content that a rule may look into: of a redirect, of a form",  \
              "the rest is not kept", "http/contents_cut")                                         \
    SEE_LIMIT(decoded_octets, 65536, "octets that kept content is decoded to (gzip, br, ...)",     \
              "decoding ends, and the rest counts as not seen", "-")                               \
    SEE_LIMIT(decoded_ratio, 256, "times that decoded content is larger (zip bombs)",              \
              "decoding ends, and the rest counts as not seen", "-")                               \
    SEE_LIMIT(content_codings, 4, "content codings one around the other", "nothing is decoded",    \
              "-")                                                                                 \
    SEE_LIMIT(pending_redirects, 65536, "redirects waiting for their follow-up, in all",           \
              "the oldest is given up: outcome evicted", "pair/redirects_evicted")                 \
    SEE_LIMIT(pending_redirects_client, 4096, "redirects of one client waiting",                   \
              "its oldest is given up: outcome evicted", "pair/redirects_evicted")                 \
    SEE_LIMIT(pending_octets, 128u << 20,                                                          \
              "octets of redirects that wait, and of requests weighed, in all (long heads)",       \
              "the oldest redirect is given up: outcome evicted; a request is not weighed",        \
              "pair/redirects_evicted")                                                            \
    SEE_LIMIT(candidates, 64, "requests weighed for one redirect", "later ones are not weighed",   \
              "pair/candidates_dropped")                                                           \
    SEE_LIMIT(history, 65536, "recent request targets remembered, to tell a follow-up from habit", \
              "the least asked for is forgotten; all others then count as asked for as often",     \
              "pair/history_dropped")                                                              \
    SEE_LIMIT(authorities, 65536, "authorities known to be visible in this run",                   \
              "later ones stay unknown: outcome unobservable, not not-followed",                   \
              "pair/authorities_dropped")                                                          \
    SEE_LIMIT(weighed, 65536, "requests being weighed as follow-ups, in all",                      \
              "later ones are not weighed", "pair/candidates_dropped")                             \
    SEE_LIMIT(chain_visits, 256, "places remembered of one chain, to see a cycle",                 \
              "later places are not compared", "pair/chain_visits_dropped")                        \
    SEE_LIMIT(late_redirects, 16384,                                                               \
              "redirects kept until the answer to their follow-up is whole (slow servers)",        \
              "the oldest is judged without it", "rules/redirects_judged_early")                   \
    SEE_LIMIT(submissions, 65536, "submissions (POST) of the last 10 s remembered, in all",        \
              "the oldest is forgotten", "rules/submissions_evicted")                              \
    SEE_LIMIT(submissions_client, 1024, "submissions of one client remembered",                    \
              "its oldest is forgotten", "rules/submissions_evicted")                              \
    SEE_LIMIT(waiting_octets, 16u << 20,                                                           \
              "octets of rows that `monitor` keeps while another program holds the database",      \
              "it goes on without the database until that can be had again",                       \
              "store/redirects_unstored")                                                          \
    SEE_LIMIT(evidence_octets, 256u << 20,                                                         \
              "octets of rows, and of names of captures, that `extract` takes from a database",    \
              "nothing is written, and this is said", "a message")                                 \
    SEE_LIMIT(slice_frames, 1u << 20, "frames of one slice that `extract` writes",                 \
              "the rest is left out, and this is said", "a message")                               \
    SEE_LIMIT(slice_octets, 16u << 20, "octets of frames in one slice that `monitor` writes",      \
              "frames that are not key frames are left out, and the slice says so",                \
              "evidence/slices_lacking")                                                           \
    SEE_LIMIT(recent_octets, 64u << 20,                                                            \
              "octets of frames that `monitor --evidence` keeps in memory (busy networks)",        \
              "the oldest is forgotten, and a slice that lacks it says so",                        \
              "evidence/frames_forgotten")                                                         \
    SEE_LIMIT(recent_seconds, 60, "capture time beyond the window that it keeps them", "likewise", \
              "evidence/frames_expired")                                                           \
    SEE_LIMIT(slices_waiting, 1024,                                                                \
              "redirects with findings that wait for their slice (floods of findings)",            \
              "a later one gets none", "evidence/findings_without_slice")

struct see_limits {
#define SEE_LIMIT(field, value, what, then, counter) size_t field;
    SEE_LIMITS(SEE_LIMIT)
#undef SEE_LIMIT
};

/* The defaults of the table above. */
struct see_limits see_limits_default(void);

#endif
