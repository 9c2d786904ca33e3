/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reopen - a database is closed and begun anew while the run goes on.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "contain/beside.h"
#include "store/batch.h"
#include "store/fault.h"
#include "store/files.h"
#include "store/state.h"
#include "store/store.h"

/* Lets the name mean another file, by ourselves or through the parent. */
static int turn_away(const struct see_store *store, const struct see_rotation *rotation)
{
    struct see_contain *contain = see_files_asked();
    struct see_beside file;
    if (contain != NULL) {
        return see_contain_rotate(contain);
    }
    int result = see_beside_enter(&file, store->path);
    if (result == 0) {
        result = see_rotate(file.directory, file.base, file.name, rotation, time(NULL));
    } else if (errno == ENOENT) {
        see_rotate_begin(store->path, time(NULL));
        result = 0;
    }
    int why = errno;
    see_beside_leave(&file);
    errno = why;
    return result;
}

/* What stat says of the name. */
static int look(const struct see_store *store, struct stat *ret_named)
{
    struct see_contain *contain = see_files_asked();
    return contain != NULL ? see_contain_look_by_name(contain, ret_named)
                           : stat(store->path, ret_named);
}

static bool is_elsewhere(const struct see_store *store)
{
    struct stat named;
    return look(store, &named) != 0 || see_database_has_moved(&store->database, &named);
}

bool see_store_is_linked(const struct see_store *store)
{
    return store->is_linked;
}

bool see_store_lacks_link(const struct see_store *store)
{
    return store->database.db != NULL && store->is_linked && is_elsewhere(store);
}

bool see_store_may_reopen(struct see_store *store, bool is_rotation)
{
    if (store->database.db == NULL) {
        return true;
    }
    if (store->writer.is_kept_waiting) {
        return false;
    }
    bool is_same_name = is_rotation ? !store->is_linked : is_elsewhere(store);
    /* The log of the old file would be taken for that of the new one. */
    return !is_same_name || see_store_commit(store) != SEE_OK ||
           see_database_leave_log(&store->database);
}

/* Where memory is short, the old ones stay. */
static void keep_options(struct see_store *store, const char *options_json)
{
    bool ok = true;
    char *copy = store_duplicate(options_json, &ok);
    if (ok) {
        free(store->options_json);
        store->options_json = copy;
    }
}

/* What was noted of rows that are in the old file, or were taken back. */
static void forget(struct see_store *store)
{
    struct see_written *written = &store->writer.written;
    see_ids_clear(&store->exchanges);
    see_ids_clear(&store->connections);
    memset(&store->closed, 0, sizeof(store->closed));
    see_pairings_forget(&store->pairings);
    store->findings_lost += store->findings - written->findings_kept;
    store->findings = written->findings = written->findings_kept;
    store->left_out += store->redirects - written->redirects_kept;
    see_ids_move(&store->unsure, &store->left_outs);
    store->redirects = written->redirects = written->redirects_kept;
    written->failed = SEE_OK;
    store->is_in_batch = false;
    store->is_finished = false;
    store->has_indexes = false;
    store->may_lack = true;
}

/* Notes which file it is, and what is committed in it; without one, what was noted before stays. */
static void note_file(struct see_store *store)
{
    struct stat file;
    int failed = store->failed;
    if (store->database.db == NULL) {
        return;
    }
    store->failed = SEE_OK; /* it can still be read */
    store->left.is_known = fstat(store->database.lock_fd, &file) == 0 &&
                           store_read_bases(store, &store->left.greatest) == SEE_OK;
    store->left.device = file.st_dev;
    store->left.inode = file.st_ino;
    store->failed = failed;
}

static bool is_same_file(const struct see_store *store, const struct see_bases *now)
{
    const struct see_left *left = &store->left;
    struct stat file;
    return left->is_known && fstat(store->database.lock_fd, &file) == 0 &&
           file.st_dev == left->device && file.st_ino == left->inode &&
           now->capture == left->greatest.capture && now->connection == left->greatest.connection &&
           now->exchange == left->greatest.exchange && now->redirect == left->greatest.redirect;
}

/*
 * Ids of this run go on where the file is the same and nobody has written into it meanwhile, so
 * that rows that are written again take the place of the old ones.  Captures begin anew, unless all
 * this is because something had failed.
 */
static int begin_anew(struct see_store *store, bool had_failed)
{
    struct see_bases now = {0, 0, 0, 0};
    int status = store_read_bases(store, &now);
    if (status != SEE_OK) {
        return status;
    }
    store_bound_log(store);
    bool is_same = is_same_file(store, &now);
    store->goes_on = is_same && had_failed;
    if (store->goes_on) {
        return SEE_OK;
    }
    if (is_same) {
        store->bases.capture = now.capture;
    } else {
        store->bases = now;
        store->has_exchange = false;
    }
    return store_begin(store);
}

bool see_store_goes_on(const struct see_store *store)
{
    return store->goes_on;
}

int see_store_reopen(struct see_store *store, const struct see_rotation *rotation,
                     const char *options_json)
{
    int not_rotated = 0;
    int finished = see_store_finish(store);
    note_file(store);
    int released = store_release(store);
    store->error[0] = '\0';
    if (finished == SEE_OK && released == SEE_OK && rotation != NULL) {
        not_rotated = turn_away(store, rotation) == 0 ? 0 : errno;
        store->is_linked |= not_rotated == 0;
    }
    keep_options(store, options_json);
    forget(store);
    store->is_full = false;
    store->goes_on = false;
    store->failed =
        see_database_open(&store->database, store->path, store->error, sizeof(store->error));
    if (store->failed == SEE_OK && begin_anew(store, finished != SEE_OK) == SEE_OK &&
        not_rotated != 0) {
        store->failed =
            see_fault_say(SEE_OK, store->error, sizeof(store->error), "%s cannot be rotated: %s",
                          store->path, strerror(not_rotated));
    }
    return store->failed;
}
