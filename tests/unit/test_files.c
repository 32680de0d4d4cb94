/* io/files: two paths to one file are found out, however they are spelled, and two files are not
 * taken for one. */
#include "io/files.h"

#include "tap.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_MOUNTS = 255 };

static struct err err;

/* What files_check says of two uses, in both orders, which must agree; and whether it names both.
 */
static bool clash(const char *a, enum file_role a_role, const char *b, enum file_role b_role)
{
    bool clashes[2];
    for (int turn = 0; turn < 2; turn++) {
        struct files files = {.count = 0};
        const struct file_use *first, *second;
        files_add(&files, "bystander", "bystander", FILE_READ);
        files_add(&files, turn == 0 ? a : b, turn == 0 ? "one" : "other",
                  turn == 0 ? a_role : b_role);
        files_add(&files, turn == 0 ? b : a, turn == 0 ? "other" : "one",
                  turn == 0 ? b_role : a_role);
        err = (struct err){.kind = ERR_NONE};
        clashes[turn] = !files_check(&files, &first, &second, &err);
        bool named = first == &files.list[1] && second == &files.list[2];
        bool none = first == NULL && second == NULL;
        if (clashes[turn] ? err.kind != ERR_USAGE || !named : err.kind != ERR_NONE || !none)
            ok(false, "%s and %s: the pair and the error go with the answer", a, b);
    }
    if (clashes[0] != clashes[1])
        ok(false, "%s and %s: the answer does not depend on the order", a, b);
    return clashes[0];
}

static bool outputs_clash(const char *a, const char *b)
{
    return clash(a, FILE_REPLACED, b, FILE_WRITTEN);
}

static void make(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0 || close(fd) != 0) {
        printf("Bail out! cannot make %s\n", path);
        exit(1);
    }
}

/* A folder with what the tests look at. */
static void make_folder(char folder[])
{
    if (mkdtemp(folder) == NULL || chdir(folder) != 0 || mkdir("box", 0700) != 0 ||
        mkdir("side", 0700) != 0 || symlink("box", "way") != 0 ||
        symlink("there", "box/link") != 0 || symlink("../box/link", "side/chain") != 0 ||
        symlink("new", "box/dangling") != 0 || symlink("loop", "box/loop") != 0) {
        printf("Bail out! cannot fill %s\n", folder);
        exit(1);
    }
    make("bystander");
    make("box/there");
    make("box/else");
    if (link("box/there", "side/hard") != 0) {
        printf("Bail out! no hard links in %s\n", folder);
        exit(1);
    }
}

/* ---- Paths ---------------------------------------------------------------------------------- */

static void test_there(const char *folder)
{
    char absolute[PATH_MAX];
    snprintf(absolute, sizeof absolute, "%s/box/there", folder);
    const char *const same[] = {"box/there",         "./box/there", "box//there",
                                "side/../box/there", absolute,      "way/there",
                                "box/link",          "side/chain",  "side/hard"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        ok(outputs_clash("box/there", same[i]), "a file that is there, as %s", same[i]);
    ok(outputs_clash("side/hard", "side/chain"), "a hard link and a chain of symbolic ones");
    ok(!outputs_clash("box/there", "box/else"), "two files in a folder are two");
    ok(!outputs_clash("box/there", "side/there"), "... and one that is there and one that is not");
}

static void test_missing(const char *folder)
{
    char absolute[PATH_MAX];
    snprintf(absolute, sizeof absolute, "%s/box/new", folder);
    const char *const same[] = {"box/new", "./box/new", "box//new",    "side/../box/new",
                                absolute,  "way/new",   "box/dangling"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        ok(outputs_clash("box/new", same[i]), "a file that is not there yet, as %s", same[i]);
    ok(!outputs_clash("box/new", "box/new2"), "two that are not there are two");
    ok(!outputs_clash("box/new", "side/new"), "... also with one name in two folders");
    ok(!outputs_clash("gone/new", "gone/new2"), "... and in a folder that is not there");
    ok(!outputs_clash("box/loop", "box/new"), "a link to itself leads nowhere");
}

/* The longest name that a system takes; it has to be compared up to its end. */
static void test_long(void)
{
    char a[NAME_MAX + 1], b[NAME_MAX + 1];
    memset(a, 'x', NAME_MAX);
    a[NAME_MAX] = '\0';
    memcpy(b, a, sizeof b);
    b[NAME_MAX - 1] = 'y';
    ok(outputs_clash(a, a), "a name of %d characters is the same as itself", NAME_MAX);
    ok(!outputs_clash(a, b), "... and not as another one that differs in the last");
}

static void test_devices(void)
{
    ok(!outputs_clash("/dev/null", "/dev/null"), "/dev/null may be used twice");
    ok(!clash("/dev/null", FILE_REPLACED, "/dev/null", FILE_REPLACED), "... also by two outputs");
    ok(!clash("/dev/null", FILE_REPLACED, "/dev/null", FILE_KEPT), "... also as a key");
}

/* ---- What is done with a file --------------------------------------------------------------- */

static void test_roles(void)
{
    static const struct {
        enum file_role a, b;
        bool clashes;
    } pairs[] = {
        {FILE_READ, FILE_READ, false},       {FILE_READ, FILE_KEPT, false},
        {FILE_KEPT, FILE_KEPT, false},       {FILE_READ, FILE_REPLACED, false},
        {FILE_READ, FILE_WRITTEN, true},     {FILE_KEPT, FILE_REPLACED, true},
        {FILE_KEPT, FILE_WRITTEN, true},     {FILE_REPLACED, FILE_REPLACED, true},
        {FILE_REPLACED, FILE_WRITTEN, true}, {FILE_WRITTEN, FILE_WRITTEN, true},
    };
    static const char *const words[] = {[FILE_READ] = "input",
                                        [FILE_KEPT] = "key",
                                        [FILE_REPLACED] = "replaced",
                                        [FILE_WRITTEN] = "written"};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        ok(clash("box/there", pairs[i].a, "./box/there", pairs[i].b) == pairs[i].clashes,
           "one file as %s and %s is %s", words[pairs[i].a], words[pairs[i].b],
           pairs[i].clashes ? "refused" : "allowed");
}

static void test_texts(void)
{
    outputs_clash("box/new", "./box/new");
    is_str(err.text, "box/new would hold both the other and the one", "two outputs");
    clash("key", FILE_KEPT, "./key", FILE_REPLACED);
    is_str(err.text, "key is the one, and would be overwritten by the other", "a key as an output");
    clash("box/new", FILE_REPLACED, "box/.new.zxfr", FILE_WRITTEN);
    is_str(err.text,
           "box/.new.zxfr would hold both the other and the one, which is written there first",
           "a temporary file as an output");
}

static void test_temporary(void)
{
    const struct {
        const char *temporary;
        enum file_role role;
    } rows[] = {{"box/.new.zxfr", FILE_WRITTEN},
                {"way/.new.zxfr", FILE_WRITTEN},
                {"box/.new.zxfr", FILE_REPLACED},
                {"side/../box/.new.zxfr", FILE_KEPT},
                {"box/.new.zxfr", FILE_READ}};
    for (int there = 0; there < 2; there++) {
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            ok(clash("box/dangling", FILE_REPLACED, rows[i].temporary, rows[i].role),
               "what a file is written to first, as %s%s", rows[i].temporary,
               there ? ", where that is there" : "");
        make("box/.new.zxfr");
    }
    ok(!clash("box/new", FILE_WRITTEN, "box/.new.zxfr", FILE_WRITTEN),
       "what is not replaced has no such file");
    ok(!clash("box/new", FILE_REPLACED, "box/.new2.zxfr", FILE_WRITTEN), "that of another file");
    ok(!clash("box/new", FILE_REPLACED, "box/else", FILE_REPLACED),
       "two files that are replaced have two such files");
}

/* ---- Standard input and output -------------------------------------------------------------- */

/* Calls clash() where a standard descriptor is the file. */
static bool clash_standard(int standard, const char *path, enum file_role role, const char *other,
                           enum file_role other_role)
{
    fflush(stdout);
    int saved = fcntl(standard, F_DUPFD_CLOEXEC, 10);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (saved < 0 || fd < 0 || dup2(fd, standard) < 0)
        abort();
    bool clashes = clash("-", role, other, other_role);
    if (dup2(saved, standard) < 0)
        abort();
    close(saved);
    close(fd);
    return clashes;
}

static void test_standard(void)
{
    const int in = STDIN_FILENO, out = STDOUT_FILENO;
    ok(clash_standard(out, "box/there", FILE_REPLACED, "box/link", FILE_WRITTEN),
       "standard output goes to a file that is an output, too");
    ok(clash_standard(out, "box/there", FILE_REPLACED, "side/hard", FILE_KEPT), "... or a key");
    ok(!clash_standard(out, "box/there", FILE_REPLACED, "box/else", FILE_WRITTEN),
       "... or another file");
    ok(!clash_standard(out, "/dev/null", FILE_REPLACED, "/dev/null", FILE_WRITTEN),
       "... or nowhere");
    ok(!clash_standard(out, "box/there", FILE_REPLACED, "box/.there.zxfr", FILE_WRITTEN),
       "nothing is written beside the file of standard output");
    ok(!clash_standard(out, "box/there", FILE_REPLACED, "box/there", FILE_READ),
       "... so an input may be that file");
    ok(clash_standard(in, "box/there", FILE_KEPT, "box/there", FILE_REPLACED),
       "a key from standard input that is a file");
    ok(!clash_standard(in, "box/there", FILE_READ, "box/there", FILE_REPLACED),
       "an input from standard input may be replaced at the end");
    ok(clash_standard(in, "box/there", FILE_READ, "box/there", FILE_WRITTEN),
       "... but not be written at once");
}

/* ---- Mounts --------------------------------------------------------------------------------- */

/* What is asked of mounts, one bit for each answer that is right. Ends the process: the mounts are
 * its own, and go with it. */
_Noreturn static void look_at_mounts(void)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
        mount("box", "mount", NULL, MS_BIND, NULL) != 0 ||
        mount("box/there", "side/mounted", NULL, MS_BIND, NULL) != 0)
        _exit(NO_MOUNTS);
    int right = outputs_clash("box/there", "mount/there");
    right |= outputs_clash("box/new", "mount/new") << 1;
    right |= clash("box/new", FILE_REPLACED, "mount/.new.zxfr", FILE_WRITTEN) << 2;
    right |= outputs_clash("box/there", "side/mounted") << 3;
    right |= !outputs_clash("box/there", "mount/else") << 4;
    _exit(right);
}

static void test_mounts(void)
{
    static const char *const words[] = {
        "a file, by a folder that is mounted twice", "... that is not there yet",
        "... that is written first, beside another", "a file that is mounted upon another",
        "another file of the folder is another"};
    int status = 0;
    make("side/mounted");
    if (mkdir("mount", 0700) != 0)
        abort();
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        look_at_mounts();
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        abort();
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (WEXITSTATUS(status) == NO_MOUNTS)
            ok(true, "%s # SKIP the system allows no mount namespaces", words[i]);
        else
            ok((WEXITSTATUS(status) >> i & 1) != 0, "%s", words[i]);
}

static void clean_up(const char *folder)
{
    static const char *const files[] = {
        "bystander",  "box/there", "box/else",     "box/link",      "box/dangling", "box/loop",
        "side/chain", "side/hard", "side/mounted", "box/.new.zxfr", "way",
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(files[i]);
    rmdir("box");
    rmdir("side");
    rmdir("mount");
    if (chdir("/") == 0)
        rmdir(folder);
}

int main(void)
{
    char folder[] = "/tmp/zxfr-files.XXXXXX";
    make_folder(folder);
    test_there(folder);
    test_missing(folder);
    test_long();
    test_devices();
    test_roles();
    test_texts();
    test_temporary();
    test_standard();
    test_mounts();
    clean_up(folder);
    return tap_end();
}
