#include "job/commit.h"

#include "job/keep.h"

#include <string.h>

/* ---- One item ------------------------------------------------------------------------------ */

static bool is_good(const struct commit_item *item)
{
    return item->err.kind == ERR_NONE;
}

static void begin_flush(struct commit_item *item)
{
    if (item->diff != NULL)
        outfile_flush(item->diff, true, &item->err);
    outfile_flush(item->file, true, &item->err);
}

static void flush(struct commit_item *item)
{
    if (item->diff != NULL && !outfile_flush(item->diff, false, &item->err))
        return;
    outfile_flush(item->file, false, &item->err);
}

/* What must be there before FILE is another one. */
static void prepare(struct commit_item *item, const struct loop *loop)
{
    const char *target = item->file->target;
    if (item->edited != NULL && !keep_beside(target, item->edited, &item->err))
        return;
    if (item->kept != NULL && !keep_as(target, item->kept, true, &item->err))
        return;
    if (item->facts != NULL)
        item->noted = hook_note_write(&item->note, target, item->facts, loop, &item->err);
    if (item->diff != NULL && is_good(item))
        item->diffed = outfile_swap(item->diff, &item->err);
}

/* FILE stays, so nothing may say that it has changed. A second name of it is no harm. */
static void take_back(struct commit_item *item, const struct loop *loop)
{
    if (is_good(item) || item->file->renamed)
        return;
    if (item->noted)
        hook_note_take_back(&item->note, item->file->target, loop);
    if (item->diffed)
        outfile_unswap(item->diff);
}

static void close_item(struct commit_item *item)
{
    if (item->diffed)
        outfile_close(item->diff, &item->err);
    else if (item->diff != NULL)
        outfile_abort(item->diff);
    if (item->file->renamed)
        outfile_close(item->file, &item->err);
    else
        outfile_abort(item->file);
}

/* ---- All of them --------------------------------------------------------------------------- */

static bool has_folder_of(const char *a, const char *b)
{
    const char *end = strrchr(a, '/'), *other = strrchr(b, '/');
    size_t n = end != NULL ? (size_t)(end - a) : 0, m = other != NULL ? (size_t)(other - b) : 0;
    return n == m && memcmp(a, b, n) == 0;
}

/* Flushes the folder of each file that `pick` gives, a folder that the one before it is in once.
 * What fails there is charged to all that lie in it. */
static void flush_folders(struct commit_group *group,
                          const struct outfile *(*pick)(const struct commit_item *))
{
    const struct outfile *last = NULL;
    struct err why = {.kind = ERR_NONE};
    for (size_t i = 0; i < group->count; i++) {
        struct commit_item *item = group->items[i];
        const struct outfile *file = pick(item);
        if (file == NULL)
            continue;
        if (last == NULL || !has_folder_of(last->target, file->target)) {
            why = (struct err){.kind = ERR_NONE};
            outfile_flush_folder(file, &why);
        }
        last = file;
        if (why.kind != ERR_NONE && is_good(item))
            item->err = why;
    }
}

static const struct outfile *diff_of(const struct commit_item *item)
{
    return item->diffed ? item->diff : NULL;
}

/* The marker and an edited file lie beside FILE. */
static const struct outfile *noted_file(const struct commit_item *item)
{
    return is_good(item) && (item->noted || item->edited != NULL) ? item->file : NULL;
}

static const struct outfile *new_file(const struct commit_item *item)
{
    return item->file->renamed ? item->file : NULL;
}

static void flush_kept(struct commit_group *group)
{
    const char *last = NULL;
    struct err why = {.kind = ERR_NONE};
    for (size_t i = 0; i < group->count; i++) {
        struct commit_item *item = group->items[i];
        if (item->kept == NULL || !is_good(item))
            continue;
        if (last == NULL || !has_folder_of(last, item->kept)) {
            why = (struct err){.kind = ERR_NONE};
            outfile_flush_folder_of(item->kept, &why);
        }
        last = item->kept;
        if (why.kind != ERR_NONE)
            item->err = why;
    }
}

static void run(struct task *task)
{
    struct commit_group *group = (struct commit_group *)task;
    struct commit_item *const *items = group->items, *const *end = items + group->count;
    for (struct commit_item *const *at = items; at < end; at++)
        begin_flush(*at);
    for (struct commit_item *const *at = items; at < end; at++)
        flush(*at);
    for (struct commit_item *const *at = items; at < end; at++)
        if (is_good(*at))
            prepare(*at, group->loop);
    flush_kept(group);
    flush_folders(group, diff_of);
    flush_folders(group, noted_file);
    for (struct commit_item *const *at = items; at < end; at++)
        if (is_good(*at))
            outfile_swap((*at)->file, &(*at)->err);
    flush_folders(group, new_file);
    for (struct commit_item *const *at = items; at < end; at++) {
        take_back(*at, group->loop);
        close_item(*at);
    }
}

void commit_init(struct commit_group *group, const struct loop *loop)
{
    group->task = (struct task){.run = run};
    group->loop = loop;
    group->count = 0;
}

bool commit_add(struct commit_group *group, struct commit_item *item)
{
    if (group->count == COMMIT_MOST)
        return false;
    item->err = (struct err){.kind = ERR_NONE};
    item->noted = item->diffed = false;
    group->items[group->count++] = item;
    return true;
}

void commit_cancel(struct commit_group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        err_set(&group->items[i]->err, ERR_INTERRUPTED, "interrupted");
        close_item(group->items[i]);
    }
}
