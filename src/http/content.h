/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * content - the digest of a message's content, taken as it flows by.
 *
 * Two digests: of the content as it is, and of multipart content with every
 * occurrence of its delimiter ("--" and the boundary, RFC 2046, 5.1.1) taken
 * out, so that two bodies that differ in the boundary only compare equal.  Of
 * other content both are the same.  Keyed BLAKE2b (RFC 7693), 16 octets: the
 * digest tells nothing about the content to who does not have the key.
 */
#ifndef SEE_HTTP_CONTENT_H
#define SEE_HTTP_CONTENT_H

#include "core/view.h"
#include "http/exchange.h"

/* The longest key that BLAKE2b takes. */
#define SEE_CONTENT_KEY 64

struct see_content_key {
    uint8_t octets[SEE_CONTENT_KEY];
    size_t len;
};

struct see_content;

/* The key from the user's, of any length, or a random one when that is NULL or empty. */
struct see_content_key see_content_key_make(const char *user_key);

/* Starts on content of this type (absent: none was named).  NULL when memory ran out. */
struct see_content *see_content_new(const struct see_content_key *key,
                                    struct see_view content_type);

void see_content_add(struct see_content *content, struct see_view octets);

/* Writes both digests and `bare_len`; call once, at the end of the content. */
void see_content_end(struct see_content *content, struct see_message *message);

void see_content_free(struct see_content *content); /* takes NULL */

/* The digest of no content at all. */
struct see_digest see_content_empty(const struct see_content_key *key);

#endif
