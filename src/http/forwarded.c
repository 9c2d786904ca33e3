/* SPDX-License-Identifier: BSD-3-Clause */
#include "http/forwarded.h"

#include "http/record.h"

/* Loopback, private and link-local: RFC 1122, 1918, 3927, 4193 and 4291. */
static const struct see_cidr near_networks[] = {
    {{{127}, 4}, 8},       {{{10}, 4}, 8},         {{{172, 16}, 4}, 12}, {{{192, 168}, 4}, 16},
    {{{169, 254}, 4}, 16}, {{{[15] = 1}, 6}, 128}, {{{0xFC}, 6}, 7},     {{{0xFE, 0x80}, 6}, 10},
};

#define NEAR_NETWORKS (sizeof(near_networks) / sizeof(near_networks[0]))

static bool is_among(const struct see_cidr *list, size_t count, const struct see_address *address)
{
    for (size_t i = 0; i < count; i++) {
        if (see_cidr_has(&list[i], address)) {
            return true;
        }
    }
    return false;
}

static bool is_trusted(const struct see_client_options *options, const struct see_address *address)
{
    return options->trusted_count > 0 ? is_among(options->trusted, options->trusted_count, address)
                                      : is_among(near_networks, NEAR_NETWORKS, address);
}

/* Where `octet` first stands outside of a quoted-string (RFC 9110, 5.6.4), or the length. */
static size_t find_unquoted(struct see_view view, char octet)
{
    bool is_quoted = false;
    for (size_t i = 0; i < view.len; i++) {
        if (is_quoted && view.ptr[i] == '\\') {
            i++;
        } else if (view.ptr[i] == '"') {
            is_quoted = !is_quoted;
        } else if (view.ptr[i] == octet && !is_quoted) {
            return i;
        }
    }
    return view.len;
}

/* Takes the next element off a list that knows quotes; empty ones are passed over. */
static bool next_element(struct see_view *rest, char separator, struct see_view *ret_element)
{
    while (rest->len > 0) {
        size_t end = find_unquoted(*rest, separator);
        *ret_element = see_view_trim(see_view_cut(*rest, 0, end));
        *rest = see_view_cut(*rest, end + 1, rest->len);
        if (ret_element->len > 0) {
            return true;
        }
    }
    return false;
}

/* The elements of a list that may stand on several lines (RFC 9110, 5.3). */
struct list {
    const struct see_message *message;
    struct see_view name;
    size_t line;
    struct see_view rest;
};

static bool next_in_list(struct list *list, struct see_view *ret_element)
{
    while (!next_element(&list->rest, ',', ret_element)) {
        const struct see_message *message = list->message;
        while (list->line < message->field_count &&
               !see_view_eq_nocase(message->fields[list->line].name, list->name)) {
            list->line++;
        }
        if (list->line == message->field_count) {
            return false;
        }
        list->rest = message->fields[list->line++].value;
    }
    return true;
}

/* What stands between quotes; as it is when there are none, absent when an escape is inside. */
static struct see_view unquote(struct see_view value)
{
    if (value.len < 2 || value.ptr[0] != '"' || value.ptr[value.len - 1] != '"') {
        return value;
    }
    value = see_view_cut(value, 1, value.len - 1);
    return see_view_find(value, '\\') == value.len ? value : (struct see_view){NULL, 0};
}

/* The node without its port, with its brackets taken off. */
static struct see_view bare_node(struct see_view node)
{
    node = unquote(see_view_trim(node));
    size_t bracket = see_view_find(node, ']');
    if (node.len > 0 && node.ptr[0] == '[' && bracket < node.len) {
        bool has_rest = bracket + 1 < node.len && node.ptr[bracket + 1] != ':';
        return has_rest ? node : see_view_cut(node, 1, bracket);
    }
    size_t colon = see_view_find(node, ':');
    bool has_port = colon < node.len && see_view_find(see_view_cut(node, colon + 1, node.len),
                                                      ':') == node.len - colon - 1;
    return has_port ? see_view_cut(node, 0, colon) : node;
}

bool see_forwarded_node(struct see_view node, struct see_address *ret_address)
{
    return see_address_parse(bare_node(node), ret_address);
}

/* One hop as the next proxy tells of it. */
struct hop {
    struct see_view node, proto, host; /* absent when it does not say */
};

/* Walks a list from the left, and knows at its end what a walk from the right would have met. */
struct walk {
    const struct see_client_options *options;
    size_t count;              /* elements so far */
    struct see_address client; /* family 0: none is known */
    bool is_cut;               /* what names the client is no address */
    size_t place;              /* of the hop at which the client came in */
    struct hop hop;            /* that one */
};

static void take_hop(struct walk *walk, const struct hop *hop)
{
    struct see_address address;
    bool is_address = see_forwarded_node(hop->node, &address);
    size_t place = walk->count++;
    if (!is_address) {
        walk->client = (struct see_address){.family = 0};
        walk->is_cut = true;
    } else if (!is_trusted(walk->options, &address)) {
        walk->client = address;
        walk->is_cut = false;
    } else if (walk->client.family == 0) {
        walk->client = address;
        if (walk->is_cut) {
            return;
        }
    } else {
        return;
    }
    walk->place = place;
    walk->hop = *hop;
}

/* An element of Forwarded: "for=192.0.2.60;proto=http;by=203.0.113.43" (RFC 7239, 4). */
static struct hop read_hop(struct see_view element)
{
    struct hop hop = {.node = {NULL, 0}};
    struct see_view pair;
    while (next_element(&element, ';', &pair)) {
        size_t equals = see_view_find(pair, '=');
        struct see_view name = see_view_trim(see_view_cut(pair, 0, equals));
        struct see_view value = unquote(see_view_trim(see_view_cut(pair, equals + 1, pair.len)));
        if (see_view_eq_nocase(name, SEE_LITERAL("for"))) {
            hop.node = value;
        } else if (see_view_eq_nocase(name, SEE_LITERAL("proto"))) {
            hop.proto = value;
        } else if (see_view_eq_nocase(name, SEE_LITERAL("host"))) {
            hop.host = value;
        }
    }
    return hop;
}

/* Whether any element of Forwarded says for whom it was sent. */
static bool walk_forwarded(struct walk *walk, const struct see_message *request)
{
    struct list list = {.message = request, .name = SEE_LITERAL("Forwarded")};
    struct see_view element;
    bool has_for = false;
    while (next_in_list(&list, &element)) {
        struct hop hop = read_hop(element);
        has_for |= hop.node.ptr != NULL;
        take_hop(walk, &hop);
    }
    return has_for;
}

static void walk_nodes(struct walk *walk, const struct see_message *request, struct see_view name)
{
    struct list list = {.message = request, .name = name};
    struct hop hop = {.node = {NULL, 0}};
    while (next_in_list(&list, &hop.node)) {
        take_hop(walk, &hop);
    }
}

static struct see_view scheme_of(struct see_view proto)
{
    bool is_http = see_view_eq_nocase(proto, SEE_LITERAL("http")) ||
                   see_view_eq_nocase(proto, SEE_LITERAL("ws"));
    bool is_https = see_view_eq_nocase(proto, SEE_LITERAL("https")) ||
                    see_view_eq_nocase(proto, SEE_LITERAL("wss"));
    return is_http    ? SEE_LITERAL("http")
           : is_https ? SEE_LITERAL("https")
                      : (struct see_view){NULL, 0};
}

/* A host and perhaps a port: nothing that would make it another part of a URI. */
static struct see_view authority_of(struct see_view host)
{
    for (size_t i = 0; i < host.len; i++) {
        unsigned char c = (unsigned char)host.ptr[i];
        bool is_delimiter = c == '/' || c == '?' || c == '#' || c == '@' || c == '\\';
        if (is_delimiter || c <= ' ' || c >= 0x7F) {
            return (struct see_view){NULL, 0};
        }
    }
    return host.len > 0 ? host : (struct see_view){NULL, 0};
}

static size_t count_list(const struct see_message *request, struct see_view name)
{
    struct list list = {.message = request, .name = name};
    struct see_view element;
    size_t count = 0;
    while (next_in_list(&list, &element)) {
        count++;
    }
    return count;
}

/*
 * What the hop that is `from_right` (from 1) says in a list beside X-Forwarded-For; the left-most
 * element where the list is shorter, since a proxy that keeps what is there adds none.
 */
static struct see_view beside(const struct see_message *request, struct see_view name,
                              size_t from_right)
{
    struct list list = {.message = request, .name = name};
    struct see_view element = {NULL, 0};
    size_t count = count_list(request, name);
    size_t place = count > from_right ? count - from_right : 0;
    for (size_t i = 0; i <= place && next_in_list(&list, &element); i++) {
    }
    return count > 0 ? unquote(element) : (struct see_view){NULL, 0};
}

static void read_scheme(struct see_forwarded *forwarded, const struct walk *walk,
                        const struct see_message *request, size_t from_right)
{
    forwarded->scheme = scheme_of(walk->hop.proto);
    forwarded->scheme_by = SEE_BY_FORWARDED;
    if (forwarded->scheme.ptr == NULL) {
        forwarded->scheme =
            scheme_of(beside(request, SEE_LITERAL("X-Forwarded-Proto"), from_right));
        forwarded->scheme_by = SEE_BY_X_FORWARDED;
    }
}

static void read_authority(struct see_forwarded *forwarded, const struct walk *walk,
                           const struct see_message *request, size_t from_right)
{
    forwarded->authority = authority_of(walk->hop.host);
    forwarded->authority_by = SEE_BY_FORWARDED;
    if (forwarded->authority.ptr == NULL) {
        forwarded->authority =
            authority_of(beside(request, SEE_LITERAL("X-Forwarded-Host"), from_right));
        forwarded->authority_by = SEE_BY_X_FORWARDED;
    }
}

/* The fields of a request that a trusted proxy has sent. */
static void read_fields(struct see_forwarded *forwarded, const struct see_client_options *options,
                        const struct see_message *request)
{
    struct walk walk = {.options = options};
    bool has_for = walk_forwarded(&walk, request);
    struct walk said = walk;
    enum see_named_by by = SEE_BY_FORWARDED;
    if (!has_for) {
        walk = (struct walk){.options = options};
        walk_nodes(&walk, request, SEE_LITERAL("X-Forwarded-For"));
        by = SEE_BY_X_FORWARDED;
    }
    if (walk.count == 0) {
        walk_nodes(&walk, request, SEE_LITERAL("X-Real-IP"));
        by = SEE_BY_X_REAL_IP;
    }
    size_t from_right = walk.count > 0 ? walk.count - walk.place : 1;
    if (walk.client.family != 0) {
        forwarded->client = walk.client;
        forwarded->client_by = by;
    }
    forwarded->is_hidden = walk.is_cut;
    forwarded->hops += (uint32_t)walk.count;
    read_scheme(forwarded, &said, request, from_right);
    read_authority(forwarded, &said, request, from_right);
}

static bool has_fields(const struct see_message *request)
{
    const struct see_view names[] = {SEE_LITERAL("Forwarded"), SEE_LITERAL("X-Forwarded-For"),
                                     SEE_LITERAL("X-Real-IP"), SEE_LITERAL("X-Forwarded-Proto"),
                                     SEE_LITERAL("X-Forwarded-Host")};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (see_message_field(request, names[i], NULL).ptr != NULL) {
            return true;
        }
    }
    return false;
}

/* What the user's own header field says, in place of all else. */
static void read_header(struct see_forwarded *forwarded, const struct see_client_options *options,
                        const struct see_message *request)
{
    struct see_view value = see_message_field(request, see_view_of(options->header), NULL);
    bool is_believed = options->trusted_count == 0 || forwarded->is_from_proxy;
    if (value.len == 0 || !is_believed) {
        return;
    }
    if (!see_forwarded_node(value, &forwarded->client)) {
        forwarded->client = (struct see_address){.family = 0};
        forwarded->client_field = value;
    }
    forwarded->client_by = SEE_BY_HEADER;
    forwarded->is_hidden = false;
    forwarded->hops = forwarded->hops > 0 ? forwarded->hops : 1;
}

static void forget_client(struct see_forwarded *forwarded)
{
    forwarded->is_hidden = false;
    forwarded->client = (struct see_address){.family = 0};
    forwarded->client_by = SEE_BY_CONNECTION;
}

bool see_forwarded_is_silent(const struct see_client_options *options,
                             const struct see_proxy_header *header,
                             const struct see_message *request)
{
    return header == NULL && options->trusted_count == 0 && options->by != SEE_CLIENT_HEADER &&
           !has_fields(request);
}

struct see_forwarded see_forwarded_read(const struct see_client_options *options,
                                        const struct see_address *peer,
                                        const struct see_proxy_header *header,
                                        const struct see_message *request)
{
    struct see_forwarded forwarded = {.client_by = SEE_BY_CONNECTION};
    bool has_list = options->trusted_count > 0;
    bool has_said = header != NULL || has_fields(request);
    if (is_trusted(options, peer) && (has_list || has_said)) {
        forwarded.is_from_proxy = true;
        bool is_known = header == NULL || header->source.address.family != 0;
        bool is_proxy = is_known;
        if (header != NULL && is_known) {
            forwarded.client = see_address_unmap(&header->source.address);
            forwarded.client_by = SEE_BY_PROXY_HEADER;
            forwarded.hops = 1;
            is_proxy = is_trusted(options, &forwarded.client);
        }
        if (is_proxy) {
            read_fields(&forwarded, options, request);
        }
    }
    switch (options->by) {
    case SEE_CLIENT_AUTO:
        break;
    case SEE_CLIENT_IP:
        forget_client(&forwarded);
        break;
    case SEE_CLIENT_HEADER:
        forget_client(&forwarded);
        read_header(&forwarded, options, request);
        break;
    }
    return forwarded;
}

/* Nodes are the same with another port; everything else has to be equal. */
static bool is_same_list(const struct see_message *a, const struct see_message *b,
                         struct see_view name)
{
    struct list list_a = {.message = a, .name = name}, list_b = {.message = b, .name = name};
    struct see_view x, y;
    for (;;) {
        bool has_a = next_in_list(&list_a, &x);
        bool has_b = next_in_list(&list_b, &y);
        if (!has_a || !has_b) {
            return has_a == has_b;
        }
        if (!see_view_eq_nocase(bare_node(x), bare_node(y))) {
            return false;
        }
    }
}

static bool is_same_forwarded(const struct see_message *a, const struct see_message *b)
{
    struct see_view name = SEE_LITERAL("Forwarded");
    struct list list_a = {.message = a, .name = name}, list_b = {.message = b, .name = name};
    struct see_view x, y;
    for (;;) {
        bool has_a = next_in_list(&list_a, &x);
        bool has_b = next_in_list(&list_b, &y);
        if (!has_a || !has_b) {
            return has_a == has_b;
        }
        struct hop hop_a = read_hop(x), hop_b = read_hop(y);
        if (!see_view_eq_nocase(bare_node(hop_a.node), bare_node(hop_b.node))) {
            return false;
        }
    }
}

bool see_forwarded_same(const struct see_message *a, const struct see_message *b)
{
    return is_same_forwarded(a, b) && is_same_list(a, b, SEE_LITERAL("X-Forwarded-For")) &&
           is_same_list(a, b, SEE_LITERAL("X-Real-IP"));
}
