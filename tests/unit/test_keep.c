/* job/keep with real files: second names by links, and by copies where there are no links. */
#include "job/keep.h"

#include "tap.h"
#include "textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct err err;
static char folder[] = "/tmp/zxfr-keep.XXXXXX";

/* In place of the C library's: a file system without links, one without renames that replace
 * nothing. */
static int link_error, move_error;

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    if (link_error == 0)
        return (int)syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
    errno = link_error;
    return -1;
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    if (move_error == 0)
        return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
    errno = move_error;
    return -1;
}

static bool as(const char *name, bool replaces)
{
    err = (struct err){.kind = ERR_NONE};
    return keep_as("file", name, replaces, &err);
}

static bool beside(const char *name)
{
    err = (struct err){.kind = ERR_NONE};
    return keep_beside("file", name, &err);
}

static void empty_folder(void)
{
    static const char *const names[] = {"file", "old", "old.new", "file.edited", "file.edited.2"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(names[i]);
}

/* What holds by links and by copies alike. */
static void test_names(const char *how)
{
    empty_folder();
    put_text("file", "one");
    ok(as("old", true), "%s: a second name", how);
    is_str(content("old"), "one", "%s: ... of the content", how);
    ok(as("old", true) && access("old.new", F_OK) != 0, "%s: the same again", how);
    unlink("file");
    put_text("file", "two");
    put_text("old.new", "a part of some");
    ok(as("old", true), "%s: in the place of another", how);
    is_str(content("old"), "two", "%s: ... is the new one", how);
    ok(access("old.new", F_OK) != 0, "%s: ... and nothing is left of a run that was killed", how);
    unlink("file");
    put_text("file", "three");
    ok(!as("old", false), "%s: nothing is replaced where that is not asked for", how);
    is_int(err.kind, ERR_OUTPUT, "%s: ... which is an error", how);
    is_str(content("old"), "two", "%s: ... and the other stays", how);
    ok(access("old.new", F_OK) != 0, "%s: ... and nothing beside it", how);
}

static void test_numbers(const char *how)
{
    ok(beside("file.edited"), "%s: beside", how);
    is_str(content("file.edited"), "three", "%s: ... of the content", how);
    unlink("file");
    put_text("file", "four");
    ok(beside("file.edited"), "%s: beside one that is there", how);
    is_str(content("file.edited"), "three", "%s: ... which stays", how);
    is_str(content("file.edited.2"), "four", "%s: ... gets a number", how);
    ok(access("file.edited.new", F_OK) != 0 && access("file.edited.2.new", F_OK) != 0,
       "%s: ... and no more", how);
}

static void test_copy(void)
{
    struct stat first, second;
    empty_folder();
    put_text("file", "one");
    chmod("file", 0640);
    utimensat(AT_FDCWD, "file", (struct timespec[2]){{1000, 0}, {2000, 5000}}, 0);
    link_error = EPERM;
    ok(as("old", true) && stat("file", &first) == 0 && stat("old", &second) == 0, "a copy");
    ok(first.st_ino != second.st_ino, "... is another file");
    is_int(second.st_mode & 07777, 0640, "... of the same mode");
    ok(second.st_mtim.tv_sec == 2000 && second.st_mtim.tv_nsec == 5000, "... and time");
    link_error = ENOSPC;
    unlink("old");
    ok(!as("old", true) && access("old", F_OK) != 0 && access("old.new", F_OK) != 0,
       "a full disk makes no copy");
    link_error = 0;
    ok(!keep_as("nothing", "old", true, &err) && access("old", F_OK) != 0, "nothing has no name");
}

int main(void)
{
    if (mkdtemp(folder) == NULL || chdir(folder) != 0) {
        printf("Bail out! no folder\n");
        return 1;
    }
    test_names("links");
    test_numbers("links");
    link_error = EOPNOTSUPP;
    test_names("copies");
    test_numbers("copies");
    move_error = EINVAL;
    test_names("copies, renames that replace");
    test_numbers("copies, renames that replace");
    move_error = link_error = 0;
    test_copy();
    empty_folder();
    rmdir(folder);
    return tap_end();
}
