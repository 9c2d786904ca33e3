/* SPDX-License-Identifier: BSD-3-Clause */
#include "capture/pcapng_block.h"

#include <stdlib.h>
#include <string.h>

#include "capture/link_type.h"
#include "capture/octets.h"

enum option {
    OPTION_END = 0,
    IF_TSRESOL = 9,
    IF_TSOFFSET = 14,
    ISB_IFDROP = 5,
    ISB_OSDROP = 7,
};

#define RESOLUTION_DEFAULT 6

/* "TLSK" */
#define SECRETS_TLS_KEY_LOG 0x544C534Bu

struct option_value {
    unsigned code;
    const uint8_t *data;
    size_t len;
};

/* Takes one option off the block.  1: it is there; 0: no more; SEE_EFORMAT: it runs past the end.
 */
static int next_option(const struct see_pcapng *pcapng, struct see_block *block,
                       struct option_value *ret_option)
{
    if (block->len < 4) {
        return block->len == 0 ? 0 : SEE_EFORMAT;
    }
    unsigned code = see_octets_16(block->body, pcapng->is_swapped);
    size_t len = see_octets_16(block->body + 2, pcapng->is_swapped);
    size_t padded = (len + 3) & ~(size_t)3;
    if (code == OPTION_END) {
        return 0;
    }
    if (padded > block->len - 4) {
        return SEE_EFORMAT;
    }
    *ret_option = (struct option_value){code, block->body + 4, len};
    block->body += 4 + padded;
    block->len -= 4 + padded;
    return 1;
}

static void skip(struct see_block *block, size_t len)
{
    block->body += len;
    block->len -= len;
}

/* What kernel and interface dropped, added up as far as numbers go. */
static int64_t add_dropped(int64_t a, int64_t b)
{
    int64_t sum;
    if (a < 0 || b < 0) {
        return a > b ? a : b;
    }
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

int64_t see_pcapng_dropped(const struct see_pcapng *pcapng)
{
    int64_t dropped = pcapng->dropped;
    for (size_t i = 0; i < pcapng->interface_count; i++) {
        dropped = add_dropped(dropped, pcapng->interfaces[i].dropped);
    }
    return dropped;
}

void see_pcapng_section(struct see_pcapng *pcapng, bool is_swapped)
{
    pcapng->dropped = see_pcapng_dropped(pcapng);
    pcapng->interfaces_before += (uint32_t)pcapng->interface_count;
    pcapng->interface_count = 0;
    pcapng->is_swapped = is_swapped;
}

static int add_interface(struct see_pcapng *pcapng, const struct see_pcapng_interface *interface)
{
    if (pcapng->interface_count == SEE_PCAPNG_INTERFACES_MAX) {
        return SEE_EFORMAT;
    }
    if (pcapng->interface_count == pcapng->interface_size) {
        size_t size = pcapng->interface_size > 0 ? pcapng->interface_size * 2 : 4;
        struct see_pcapng_interface *more =
            realloc(pcapng->interfaces, size * sizeof(pcapng->interfaces[0]));
        if (more == NULL) {
            return SEE_ENOMEM;
        }
        pcapng->interfaces = more;
        pcapng->interface_size = size;
    }
    pcapng->interfaces[pcapng->interface_count++] = *interface;
    return SEE_OK;
}

int see_pcapng_interface(struct see_pcapng *pcapng, struct see_block block)
{
    if (block.len < 8) {
        return SEE_EFORMAT;
    }
    struct see_pcapng_interface interface = {
        .link_type = see_link_type_of_file(see_octets_16(block.body, pcapng->is_swapped)),
        .snap_len = see_octets_32(block.body + 4, pcapng->is_swapped),
        .resolution = RESOLUTION_DEFAULT,
        .dropped = -1,
    };
    struct option_value option;
    int result;
    skip(&block, 8);
    while ((result = next_option(pcapng, &block, &option)) == 1) {
        if (option.code == IF_TSRESOL && option.len == 1) {
            interface.resolution = option.data[0];
        } else if (option.code == IF_TSOFFSET && option.len == 8) {
            interface.offset = (int64_t)see_octets_64(option.data, pcapng->is_swapped);
        }
    }
    return result == 0 ? add_interface(pcapng, &interface) : result;
}

void see_pcapng_statistics(struct see_pcapng *pcapng, struct see_block block)
{
    if (block.len < 12) {
        return;
    }
    uint32_t number = see_octets_32(block.body, pcapng->is_swapped);
    int64_t dropped = -1;
    struct option_value option;
    skip(&block, 12);
    while (next_option(pcapng, &block, &option) == 1) {
        if ((option.code == ISB_IFDROP || option.code == ISB_OSDROP) && option.len == 8) {
            uint64_t value = see_octets_64(option.data, pcapng->is_swapped);
            dropped = add_dropped(dropped, value > INT64_MAX ? INT64_MAX : (int64_t)value);
        }
    }
    /* The counters run from the start of the capture, so the last block is the one that counts. */
    if (number < pcapng->interface_count && dropped >= 0) {
        pcapng->interfaces[number].dropped = dropped;
    }
}

int see_pcapng_secrets(struct see_pcapng *pcapng, struct see_block block)
{
    if (block.len < 8) {
        return SEE_EFORMAT;
    }
    uint32_t kind = see_octets_32(block.body, pcapng->is_swapped);
    size_t len = see_octets_32(block.body + 4, pcapng->is_swapped);
    skip(&block, 8);
    if (len > block.len) {
        return SEE_EFORMAT;
    }
    if (kind != SECRETS_TLS_KEY_LOG || len == 0 ||
        len > SEE_PCAPNG_SECRETS_MAX - pcapng->secrets_len) {
        return SEE_OK;
    }
    if (pcapng->secrets == NULL) {
        pcapng->secrets = malloc(SEE_PCAPNG_SECRETS_MAX);
        if (pcapng->secrets == NULL) {
            return SEE_ENOMEM;
        }
    }
    memcpy(pcapng->secrets + pcapng->secrets_len, block.body, len);
    pcapng->secrets_len += len;
    return SEE_OK;
}

void see_pcapng_finish(struct see_pcapng *pcapng)
{
    if (pcapng->secrets != NULL) {
        explicit_bzero(pcapng->secrets, pcapng->secrets_len);
    }
    free(pcapng->secrets);
    free(pcapng->interfaces);
}
