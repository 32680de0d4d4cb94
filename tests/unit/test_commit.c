/* job/commit with real files, in a group of four: each call that brings something to the disk or
 * renames it fails in turn, and each file is judged on its own. */
#include "job/commit.h"

#include "tap.h"
#include "textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FILES = 4 };

static const struct loop loop = {.signal_fd = -1};
static struct err err;
static char folder[] = "/tmp/zxfr-commit.XXXXXX";
static const uint8_t zone[] = "\4zone";

/* In place of the C library's: the N-th call of them fails. */
static int calls, fail_at;

static bool fails(void)
{
    if (++calls != fail_at)
        return false;
    errno = EIO;
    return true;
}

int fsync(int fd)
{
    return fails() ? -1 : (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
    return fails() ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    return fails() ? -1 : (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
}

struct box {
    struct outfile files[FILES], diffs[FILES];
    struct commit_item items[FILES];
    struct usercmd_facts facts;
    struct commit_group group;
    char names[FILES][64], kept[FILES][64], edited[FILES][64];
};

static void open_file(struct outfile *out, const char *path, const char *text)
{
    const struct outfile_options options = {.path = path, .new_mode = 0644};
    enum outfile_result result;
    if (outfile_open(out, &options, &loop, LOOP_NEVER, &err) &&
        outfile_write(out, text, strlen(text), &err) && outfile_ready(out, &result, &err))
        return;
    printf("Bail out! %s: %s\n", path, err.text);
    exit(1);
}

static void remove_all(void)
{
    if (system("rm -rf d old diffs && mkdir d old diffs") != 0)
        exit(1);
}

/* Of the first there is no file yet; the second has a diff and is kept, the third was edited. */
static void fill(struct box *box)
{
    char diff[64];
    remove_all();
    *box = (struct box){.facts = {.zone = zone,
                                  .zone_length = sizeof zone,
                                  .kind = "axfr",
                                  .has_serial = true,
                                  .serial = 2}};
    commit_init(&box->group, &loop);
    for (unsigned i = 0; i < FILES; i++) {
        struct commit_item *item = &box->items[i];
        snprintf(box->names[i], sizeof box->names[i], "d/%u.zone", i);
        if (i > 0)
            put_text(box->names[i], "old");
        open_file(&box->files[i], box->names[i], "new");
        *item = (struct commit_item){.file = &box->files[i], .facts = &box->facts};
        if (i == 1) {
            snprintf(diff, sizeof diff, "diffs/%u.diff", i);
            open_file(&box->diffs[i], diff, "changes");
            snprintf(box->kept[i], sizeof box->kept[i], "old/%u.1.zone", i);
            item->diff = &box->diffs[i];
            item->kept = box->kept[i];
        }
        if (i == 2) {
            snprintf(box->edited[i], sizeof box->edited[i], "d/%u.zone.edited", i);
            item->edited = box->edited[i];
        }
        commit_add(&box->group, item);
    }
}

/* What holds whatever has failed. */
static bool is_right(struct box *box, unsigned i)
{
    char marker[64], temporary[64];
    const struct commit_item *item = &box->items[i];
    bool is_good = item->err.kind == ERR_NONE;
    bool is_new = strcmp(content(box->names[i]), "new") == 0;
    bool is_old = strcmp(content(box->names[i]), i > 0 ? "old" : "missing") == 0;
    snprintf(marker, sizeof marker, "d/.%u.zone.hook", i);
    snprintf(temporary, sizeof temporary, "d/.%u.zone.zxfr", i);
    bool has_marker = access(marker, F_OK) == 0;
    bool has_diff = access("diffs/1.diff", F_OK) == 0;
    return (is_new || is_old) && is_new == item->file->renamed && (is_new || !is_good) &&
           has_marker == is_new && access(temporary, F_OK) != 0 && (i != 1 || has_diff == is_new) &&
           access("diffs/.1.diff.zxfr", F_OK) != 0 &&
           (i != 2 || is_old || strcmp(content(box->edited[2]), "old") == 0) &&
           (i != 1 || is_old || strcmp(content(box->kept[1]), "old") == 0);
}

static void run(struct box *box)
{
    calls = 0;
    box->group.task.run(&box->group.task);
}

static void test_each(void)
{
    static struct box box;
    unsigned failed = 0;
    fail_at = 0;
    fill(&box);
    run(&box);
    int most = calls;
    for (unsigned i = 0; i < FILES; i++)
        ok(box.items[i].err.kind == ERR_NONE && is_right(&box, i), "file %u", i);
    ok(most > 2 * FILES, "%d calls", most);
    for (int at = 1; at <= most; at++) {
        unsigned bad = 0, wrong = 0;
        fail_at = 0;
        fill(&box);
        fail_at = at;
        run(&box);
        fail_at = 0;
        for (unsigned i = 0; i < FILES; i++) {
            bad += box.items[i].err.kind != ERR_NONE;
            wrong += !is_right(&box, i);
        }
        ok(wrong == 0 && bad > 0, "call %d fails: %u files failed, each is old or new", at, bad);
        failed += bad == 1;
    }
    ok(failed >= 2 * FILES, "what fails for one file is mostly no other's (%u)", failed);
}

static void test_cancel(void)
{
    static struct box box;
    fail_at = 0;
    fill(&box);
    commit_cancel(&box.group);
    for (unsigned i = 0; i < FILES; i++)
        ok(box.items[i].err.kind == ERR_INTERRUPTED && is_right(&box, i), "cancelled: file %u", i);
}

static void test_full(void)
{
    static struct commit_item items[COMMIT_MOST + 1];
    struct commit_group group;
    unsigned taken = 0;
    commit_init(&group, &loop);
    while (taken <= COMMIT_MOST && commit_add(&group, &items[taken]))
        taken++;
    is_int(taken, COMMIT_MOST, "a group has its limit");
}

int main(void)
{
    if (mkdtemp(folder) == NULL || chdir(folder) != 0) {
        printf("Bail out! no folder\n");
        return 1;
    }
    test_each();
    test_cancel();
    test_full();
    remove_all();
    ok(rmdir("d") == 0 && rmdir("old") == 0 && rmdir("diffs") == 0 && rmdir(folder) == 0,
       "nothing is left");
    return tap_end();
}
