/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "contain/beside.h"
#include "store/files.h"

#define SIZE_MAX_OCTETS ((int64_t)16 << 20)
#define PART_OF_DISK 16
#define SCARCE_PART 4
#define AMPLE_TIMES 3

/* What an unprivileged process can still write there; -1: not known. */
static int64_t free_octets(const struct see_reserve *reserve, int64_t *ret_whole)
{
    struct statvfs disk;
    if (reserve->fd < 0 || fstatvfs(reserve->fd, &disk) != 0) {
        return -1;
    }
    *ret_whole = (int64_t)disk.f_blocks * (int64_t)disk.f_frsize;
    return (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
}

static int make_file(const char *database)
{
    struct see_beside file;
    if (see_files_asked() != NULL) {
        return see_contain_open(see_files_asked(), SEE_FILE_TEMPORARY, true);
    }
    int fd = see_beside_enter(&file, database) == 0 ? see_beside_temporary(&file) : -1;
    see_beside_leave(&file);
    return fd;
}

void see_reserve_open(struct see_reserve *reserve, const char *database)
{
    int64_t whole = 0;
    *reserve = (struct see_reserve){make_file(database), SIZE_MAX_OCTETS, false};
    if (free_octets(reserve, &whole) >= 0 && whole / PART_OF_DISK < reserve->size) {
        reserve->size = whole / PART_OF_DISK;
    }
}

void see_reserve_close(struct see_reserve *reserve)
{
    if (reserve->fd >= 0) {
        close(reserve->fd);
    }
    reserve->fd = -1;
}

bool see_reserve_is_scarce(const struct see_reserve *reserve)
{
    int64_t whole;
    int64_t now = free_octets(reserve, &whole);
    return now >= 0 && now < reserve->size / SCARCE_PART;
}

bool see_reserve_is_ample(const struct see_reserve *reserve)
{
    int64_t whole;
    int64_t now = free_octets(reserve, &whole);
    return now < 0 || now >= reserve->size * AMPLE_TIMES;
}

bool see_reserve_take(struct see_reserve *reserve)
{
    if (reserve->fd < 0 || reserve->is_held) {
        return true;
    }
    if (fallocate(reserve->fd, 0, 0, reserve->size) == 0) {
        reserve->is_held = true;
        return true;
    }
    /* A file system that cannot promise room has none to keep. */
    bool is_refused = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    see_reserve_release(reserve);
    return !is_refused;
}

void see_reserve_release(struct see_reserve *reserve)
{
    /* Where this fails, the room is not there: what is written next will say so. */
    if (reserve->fd >= 0 && ftruncate(reserve->fd, 0) == 0) {
        reserve->is_held = false;
    }
}
