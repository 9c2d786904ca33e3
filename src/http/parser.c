/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/parser.h"

#include <assert.h>
#include <llhttp.h>
#include <stdlib.h>
#include <string.h>

#include "http/lenient.h"
#include "http/plain.h"

struct head_parse {
    llhttp_t parser;
    struct see_head *head;
    struct see_field field; /* the one in progress */
    bool is_over;           /* the header section ended without a fault */
};

static void extend(struct see_view *view, const char *at, size_t len)
{
    /* A span can be handed over in pieces, but these lie side by side. */
    if (view->len > 0 && view->ptr + view->len == at) {
        view->len += len;
    } else {
        *view = (struct see_view){at, len};
    }
}

static int on_name(llhttp_t *parser, const char *at, size_t len)
{
    struct head_parse *parse = parser->data;
    extend(&parse->field.name, at, len);
    return HPE_OK;
}

static int on_value(llhttp_t *parser, const char *at, size_t len)
{
    struct head_parse *parse = parser->data;
    extend(&parse->field.value, at, len);
    return HPE_OK;
}

static int on_field(llhttp_t *parser)
{
    struct head_parse *parse = parser->data;
    struct see_field *field = &parse->head->fields[parse->head->field_count++];
    field->name = parse->field.name;
    /* An empty value is not an absent one. */
    field->value =
        parse->field.value.ptr != NULL ? see_view_trim(parse->field.value) : SEE_LITERAL("");
    parse->field = (struct see_field){0};
    return HPE_OK;
}

static int on_head(llhttp_t *parser)
{
    struct head_parse *parse = parser->data;
    parse->is_over = true;
    return HPE_PAUSED;
}

static size_t count_lines(struct see_view octets)
{
    size_t lines = 0;
    const char *end = octets.ptr + octets.len;
    const char *at = octets.ptr;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        lines++;
        at++;
    }
    return lines;
}

char *see_head_block(struct see_view octets, struct see_head *head)
{
    size_t fields = count_lines(octets) * sizeof(struct see_field);
    head->block = see_block_take(NULL, fields + octets.len + 2);
    if (head->block == NULL) {
        return NULL;
    }
    head->fields = (struct see_field *)(void *)(head->block + 1);
    char *text = (char *)(head->block + 1) + fields;
    memcpy(text, octets.ptr, octets.len);
    return text;
}

static void run_parser(struct head_parse *parse, struct see_view text, enum see_sniff kind)
{
    static const llhttp_settings_t settings = {
        .on_header_field = on_name,
        .on_header_value = on_value,
        .on_header_value_complete = on_field,
        .on_headers_complete = on_head,
    };
    const struct see_start_line *line = &parse->head->line;
    llhttp_init(&parse->parser, kind == SEE_SNIFF_REQUEST ? HTTP_REQUEST : HTTP_RESPONSE,
                &settings);
    parse->parser.data = parse;
    if (kind == SEE_SNIFF_REQUEST) {
        /*
         * llhttp knows its list of methods only, and ties some of them to other protocols.  To the
         * grammar just one of them matters: CONNECT, whose target has a form of its own.  A target
         * with a space or with raw UTF-8 is wrong, but servers and clients live with it, and it
         * may be the follow-up of a Location that is as wrong.  Both were read before.
         */
        bool is_connect = see_view_eq(line->method, SEE_LITERAL("CONNECT"));
        struct see_view stand_in =
            is_connect ? SEE_LITERAL("CONNECT a:1 ") : SEE_LITERAL("POST / ");
        size_t version = (size_t)(line->target.ptr + line->target.len - text.ptr) + 1;
        llhttp_execute(&parse->parser, stand_in.ptr, stand_in.len);
        text = see_view_cut(text, version, text.len);
    }
    llhttp_execute(&parse->parser, text.ptr, text.len);
}

/* Only the octets that a URI has (RFC 9112, 3.2, RFC 3986, 2). */
static bool is_strict_target(struct see_view target)
{
    for (size_t i = 0; i < target.len; i++) {
        unsigned char c = (unsigned char)target.ptr[i];
        if (c <= 0x20 || c >= 0x7F) {
            return false;
        }
    }
    return true;
}

/* What llhttp takes, and must not go without a word. */
static bool is_strict(const struct see_head *head, enum see_sniff kind)
{
    const struct see_start_line *line = &head->line;
    bool is_version_known = line->major == 1 && line->minor <= 1;
    bool is_coding_sound = !head->has_transfer_encoding || (head->is_chunked && line->minor == 1);
    return line->leniency == 0 && is_version_known && is_coding_sound &&
           (kind == SEE_SNIFF_RESPONSE || is_strict_target(line->target));
}

int see_head_parse_strictly(struct see_view octets, enum see_sniff kind, bool has_end,
                            struct see_head *ret_head)
{
    struct see_head head = {0};
    char *text = see_head_block(octets, &head);
    if (text == NULL) {
        return SEE_ENOMEM;
    }
    size_t len = octets.len;
    if (!has_end) {
        text[len++] = '\r';
        text[len++] = '\n';
    }
    size_t start_line = see_view_find(octets, '\n') + 1;
    enum see_sniff found = see_start_line_read((struct see_view){text, start_line}, &head.line);
    assert(found == kind);
    (void)found;

    struct head_parse parse = {.head = &head};
    run_parser(&parse, (struct see_view){text, len}, kind);
    head.has_length = (parse.parser.flags & F_CONTENT_LENGTH) != 0;
    head.has_transfer_encoding = (parse.parser.flags & F_TRANSFER_ENCODING) != 0;
    head.is_chunked = (parse.parser.flags & F_CHUNKED) != 0;
    head.length = parse.parser.content_length;
    head.is_sound = parse.is_over;
    *ret_head = head;
    return SEE_OK;
}

int see_head_parse(struct see_view octets, enum see_sniff kind, bool has_end,
                   struct see_head *ret_head)
{
    bool is_plain = false;
    int status = has_end ? see_head_parse_plainly(octets, kind, ret_head, &is_plain) : SEE_OK;
    if (status != SEE_OK || is_plain) {
        return status;
    }
    status = see_head_parse_strictly(octets, kind, has_end, ret_head);
    if (status != SEE_OK || (ret_head->is_sound && is_strict(ret_head, kind))) {
        return status;
    }
    free(ret_head->block);
    status = see_head_parse_leniently(octets, kind, ret_head);
    if (status == SEE_OK && kind == SEE_SNIFF_REQUEST && !is_strict_target(ret_head->line.target)) {
        see_leniencies_add(&ret_head->leniency, SEE_LENIENT_target);
    }
    /* Without any leniency, too: llhttp knows no HTAB behind a Content-Length (RFC 9110, 5.6.3). */
    ret_head->leniency = ret_head->is_sound ? ret_head->leniency : 0;
    return status;
}

struct see_chunked {
    llhttp_t parser;
    struct see_chunked_sink sink;
    see_leniencies leniency;
    bool is_in_chunk;
    bool is_done;
    bool is_dropping; /* an extension: up to the end of its line */
    bool is_muted;    /* its octets were handed on before */
};

static int on_chunk_header(llhttp_t *parser)
{
    struct see_chunked *chunked = parser->data;
    chunked->is_in_chunk = parser->content_length > 0;
    return HPE_OK;
}

static int on_chunk(llhttp_t *parser)
{
    struct see_chunked *chunked = parser->data;
    chunked->is_in_chunk = false;
    return HPE_OK;
}

static int on_content(llhttp_t *parser, const char *at, size_t len)
{
    struct see_chunked *chunked = parser->data;
    if (len > 0 && !chunked->is_muted) {
        chunked->sink.content(chunked->sink.ctx, (struct see_view){at, len});
    }
    return HPE_OK;
}

static int on_end(llhttp_t *parser)
{
    struct see_chunked *chunked = parser->data;
    chunked->is_done = true;
    return HPE_PAUSED;
}

struct see_chunked *see_chunked_new(struct see_chunked_sink sink)
{
    static const llhttp_settings_t settings = {
        .on_chunk_header = on_chunk_header,
        .on_chunk_complete = on_chunk,
        .on_body = on_content,
        .on_message_complete = on_end,
    };
    /* A message of our own that has nothing but the coding brings the parser to its content. */
    static const char head[] = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    struct see_chunked *chunked = calloc(1, sizeof(*chunked));
    if (chunked == NULL) {
        return NULL;
    }
    chunked->sink = sink;
    llhttp_init(&chunked->parser, HTTP_REQUEST, &settings);
    chunked->parser.data = chunked;
    llhttp_execute(&chunked->parser, head, sizeof(head) - 1);
    return chunked;
}

/* Goes on from `chunked` with other octets under a flag, if llhttp takes them all. */
static bool try(struct see_chunked *chunked, const char *octets, size_t len, unsigned flag)
{
    struct see_chunked trial = *chunked;
    trial.parser.data = &trial;
    trial.parser.lenient_flags |= (uint16_t)flag;
    if (llhttp_execute(&trial.parser, octets, len) != HPE_OK && !trial.is_done) {
        return false;
    }
    trial.parser.data = chunked;
    *chunked = trial;
    return true;
}

/*
 * In an extension that is none.  Nobody makes use of them, so the rest of the line is dropped; that
 * it is an extension shows in what could stand there, and cannot in a size or a trailer.
 */
static bool drop_extension(struct see_chunked *chunked)
{
    static const char *const could_be[] = {"a=b\r\n", "=b\r\n", "\"\r\n"};
    for (size_t i = 0; i < sizeof(could_be) / sizeof(could_be[0]); i++) {
        if (try(chunked, could_be[i], strlen(could_be[i]), 0)) {
            return true;
        }
    }
    return false;
}

/* Finds the leniency under which `octet` can be taken, which it cannot as it is. */
static bool forgive(struct see_chunked *chunked, char octet)
{
    /* LENIENT_OPTIONAL_CR_BEFORE_LF wants another LF behind a size. */
    if (octet == '\n' && try(chunked, "\r\n", 2, 0)) {
        see_leniencies_add(&chunked->leniency, SEE_LENIENT_chunk_bare_lf);
        return true;
    }
    if (try(chunked, &octet, 1, LENIENT_SPACES_AFTER_CHUNK_SIZE)) {
        see_leniencies_add(&chunked->leniency, SEE_LENIENT_chunk_blank);
        return true;
    }
    if (try(chunked, &octet, 1, LENIENT_OPTIONAL_CRLF_AFTER_CHUNK)) {
        see_leniencies_add(&chunked->leniency, SEE_LENIENT_chunk_no_end);
        return true;
    }
    if (drop_extension(chunked)) {
        see_leniencies_add(&chunked->leniency, SEE_LENIENT_chunk_extension);
        chunked->is_dropping = octet != '\n';
        return true;
    }
    return false;
}

/*
 * Reads again, silently, up to the octet that was refused; how many octets there are before it.
 * llhttp's own position of an error is now that octet, now the one behind it.
 */
static size_t find_fault(struct see_chunked *chunked, struct see_view octets)
{
    struct see_chunked before = *chunked;
    size_t at = 0;
    chunked->is_muted = true;
    while (at < octets.len && llhttp_execute(&chunked->parser, octets.ptr + at, 1) == HPE_OK) {
        before = *chunked;
        at++;
    }
    before.is_muted = false;
    *chunked = before;
    return at;
}

/* Drops what is left of a line; how much that is. */
static size_t drop(struct see_chunked *chunked, struct see_view octets)
{
    if (!chunked->is_dropping) {
        return 0;
    }
    size_t line_end = see_view_find(octets, '\n');
    chunked->is_dropping = line_end == octets.len;
    return line_end + (chunked->is_dropping ? 0 : 1);
}

enum see_chunked_result see_chunked_feed(struct see_chunked *chunked, struct see_view octets,
                                         size_t *ret_taken)
{
    size_t taken = 0;
    while (taken < octets.len && (chunked->is_dropping || !chunked->is_done)) {
        taken += drop(chunked, see_view_cut(octets, taken, octets.len));
        if (taken == octets.len || chunked->is_done) {
            break;
        }
        struct see_view rest = see_view_cut(octets, taken, octets.len);
        struct see_chunked before = *chunked;
        if (llhttp_execute(&chunked->parser, rest.ptr, rest.len) == HPE_OK) {
            taken = octets.len;
            break;
        }
        if (chunked->is_done) {
            taken += (size_t)(llhttp_get_error_pos(&chunked->parser) - rest.ptr);
            break;
        }
        *chunked = before;
        taken += find_fault(chunked, rest);
        if (!forgive(chunked, octets.ptr[taken])) {
            *ret_taken = taken;
            return SEE_CHUNKED_BROKEN;
        }
        taken++;
    }
    *ret_taken = taken;
    return chunked->is_done ? SEE_CHUNKED_DONE : SEE_CHUNKED_MORE;
}

see_leniencies see_chunked_leniency(const struct see_chunked *chunked)
{
    return chunked->leniency;
}

uint64_t see_chunked_remaining(const struct see_chunked *chunked)
{
    return chunked->is_in_chunk && !chunked->is_dropping ? chunked->parser.content_length : 0;
}

void see_chunked_skip(struct see_chunked *chunked, uint64_t len)
{
    assert(len <= see_chunked_remaining(chunked));
    /*
     * Inside of a chunk llhttp counts down what its header said.  The library has no call for
     * octets that are missing, so the count is moved on for it; a test holds this to be right.
     */
    chunked->parser.content_length -= len;
}

void see_chunked_free(struct see_chunked *chunked)
{
    free(chunked);
}
