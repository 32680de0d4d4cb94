/* Many finished files put in their places at once.
 *
 *     begin writing all to the disk ─▶ wait for each
 *     ─▶ markers, diffs, old files' second names
 *     ─▶ flush those folders ─▶ rename each FILE ─▶ flush their folders ─▶ close
 *
 * Purpose: the disk is waited for once, not once a file, and nothing of what -o FILE promises is
 * lost by that: what goes before a FILE (the marker of --exec, its diff, the old file's second
 * name) is on the disk before FILE is replaced, and FILE's content before its name. Owns: nothing;
 * an item is its visit's, and from the start of the task to its end the task's. Never: waits for a
 * group to fill; tells anybody anything; lets the failure of one file keep another one back. */
#ifndef JOB_COMMIT_H
#define JOB_COMMIT_H

#include "base/work.h"
#include "io/outfile.h"
#include "job/hook_note.h"

enum { COMMIT_MOST = 128 };

/* One FILE. */
struct commit_item {
    struct outfile *file;              /* ready, and OUTFILE_REPLACED */
    struct outfile *diff;              /* likewise, or NULL */
    const char *kept;                  /* a second name for the old FILE (--keep), or NULL */
    const char *edited;                /* one that is not replaced, or NULL */
    const struct usercmd_facts *facts; /* for the marker of --exec; NULL: there is none to write */

    struct err err; /* why it is not as it should be; FILE is what it was, unless file->renamed */

    /* Its own. */
    struct hook_note_written note;
    bool noted, diffed;
};

struct commit_group {
    struct task task; /* the first member, so that it leads to the rest */
    const struct loop *loop;
    struct commit_item *items[COMMIT_MOST];
    size_t count;
};

/* Makes the group a task that puts all its files in their places; to be called when it is filled,
 * and after it is done, before the next one. */
void commit_init(struct commit_group *group, const struct loop *loop);

/* Ends a group that was not begun: its items fail because of a signal, and all is closed. */
void commit_cancel(struct commit_group *group);

/* Adds an item; false: the group is full. */
bool commit_add(struct commit_group *group, struct commit_item *item);

#endif
