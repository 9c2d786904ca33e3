/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * scene - plays HTTP in time through parsing, pairing and rules.
 *
 * A scene is a text, and the files in tests/scenes hold many, split by lines of
 * dashes:
 *
 *     # what it shows
 *     @0 a> POST /order HTTP/1.1           0 ms, connection a, from the client
 *     Host: shop.example
 *     Content-Length: *                    filled in
 *
 *     content
 *     @3 a< HTTP/1.1 307 Temporary Redirect
 *     Location: /v2/order
 *     @40000 tick                          time passes
 *     @40001 b opens                       the SYN, where it is not just before the first octet
 *     @40001 a gap> 100                    octets of a direction are lost
 *     @40002 a close                       the connection ends
 *     @40002 a reset 80                    the client resets it, 80 octets of the server read
 *     @40003 lost                          frames were lost in the second before
 *     =
 *     #1 307 POST http://shop.example/order followed POST ... high
 *     violation 303-method-not-get: ...
 *
 * Connection names: a letter, then optionally ".N" (client 10.0.0.N, else 10.0.0.1;
 * 0: on the server's host) and ":PORT" (the server's, else 80).  Header sections are
 * closed by themselves.  A limit other than the default stands in the title:
 * [pending_redirects=1].  The scene must cross it: the counter that tells, in
 * core/limits.h, must do so; [x<=1] need not.
 *
 * What is expected stands below "="; every line must be there, in order.
 */
#ifndef SEE_TESTS_SCENE_H
#define SEE_TESTS_SCENE_H

#include "http/http.h"
#include "pair/pair.h"
#include "rules/rules.h"

struct scene {
    struct see_http *http;
    struct see_pair *pair;
    struct see_rules *rules;
    struct see_connection *connections[26];
    uint64_t sent[26][2];
    uint64_t next_id, frame;
    struct see_text out;
    int status; /* the first that was not SEE_OK: the scene ends there */
    void *ctx;
    void (*on_finding)(void *ctx, const struct see_finding *finding); /* or NULL */
};

/*
 * Plays a copy of the script, made in `scratch`, since playing takes it apart.  What came of it is
 * in `scene->out`, which the caller finishes, and `scene->status`.
 */
void scene_perform(struct scene *scene, const char *script, char *scratch);

/* The same, with each rule asked whatever it needs. */
void scene_perform_all(struct scene *scene, const char *script, char *scratch);

/* The same as `scene_perform`, with every finding told to `on_finding` as well. */
void scene_watch(struct scene *scene, const char *script, char *scratch, void *ctx,
                 void (*on_finding)(void *ctx, const struct see_finding *finding));

#endif
