/* io/lines: lines through a disk that is full for a while, into files that are renamed, and after a
 * process that was killed; judged by what is in the files. */
#include "io/lines.h"

#include "tap.h"
#include "textfile.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct loop loop = {.signal_fd = -1};
static char folder[] = "/tmp/zxfr-lines.XXXXXX";
static char path[64], old_path[64];
static struct outfile out;
static struct lines lines;
static struct err err;

static bool open_lines(const char *name)
{
    const struct outfile_options options = {
        .path = name, .straight = true, .append = true, .new_mode = 0640, .sets_mode = true};
    err = (struct err){.kind = ERR_NONE};
    lines = (struct lines){.torn = false};
    if (!outfile_open(&out, &options, &loop, LOOP_NEVER, &err))
        return false;
    lines_look(&lines, &out);
    return true;
}

static bool write_line(const char *text)
{
    err = (struct err){.kind = ERR_NONE};
    return lines_write(&lines, &out, text, strlen(text), &err);
}

/* No file can become larger, as if the disk were full. Nothing is printed meanwhile. */
static void limit(rlim_t most)
{
    struct rlimit now;
    getrlimit(RLIMIT_FSIZE, &now);
    now.rlim_cur = most;
    setrlimit(RLIMIT_FSIZE, &now);
}

static void adding(void)
{
    struct stat st;
    put_text(path, "one\n");
    ok(open_lines(path), "a file that is there");
    write_line("two\n");
    write_line("three\n");
    is_str(content(path), "one\ntwo\nthree\n", "is added to");
    /* Whoever else adds to it is not written over. */
    int other = open(path, O_WRONLY | O_APPEND);
    ok(write(other, "x\n", 2) == 2 && write_line("four\n"), "by two");
    close(other);
    is_str(content(path), "one\ntwo\nthree\nx\nfour\n", "... who keep each other's lines");
    outfile_abort(&out);
    unlink(path);
    ok(open_lines(path) && write_line("one\n"), "a new one");
    is_str(content(path), "one\n", "is made");
    ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0640, "... with its mode");
    outfile_abort(&out);
}

static void torn(void)
{
    static const struct {
        const char *there, *after;
    } rows[] = {
        {"", "new\n"},
        {"\n", "\nnew\n"},
        {"one\n{\"ha", "one\n{\"ha\nnew\n"},
        {"x", "x\nnew\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put_text(path, rows[i].there);
        ok(open_lines(path) && write_line("new\n"), "after \"%s\"", rows[i].there);
        is_str(content(path), rows[i].after, "a new line begins a line");
        outfile_abort(&out);
    }
}

/* Killed between two pieces of a line, as a process is that writes more than the disk takes at
 * once.
 */
static void killed(void)
{
    int status;
    unlink(path);
    pid_t child = fork();
    if (child == 0) {
        open_lines(path);
        write_line("one\n");
        limit(6);
        write_line("two, which is long\n");
        raise(SIGKILL);
    }
    waitpid(child, &status, 0);
    is_str(content(path), "one\ntw", "a process that was killed in the middle of a line");
    ok(open_lines(path) && write_line("three\n"), "and the next one");
    is_str(content(path), "one\ntw\nthree\n", "ends that line first");
    outfile_abort(&out);
}

static void outage(void)
{
    static char most[64];
    bool good[4];
    enum err_kind kinds[4];
    unlink(path);
    open_lines(path);
    write_line("one\n");
    limit(6);
    const char *const texts[] = {"two\n", "three\nfour\n", "five\n", "six\n"};
    for (size_t i = 0; i < 3; i++) {
        good[i] = write_line(texts[i]);
        kinds[i] = err.kind;
    }
    snprintf(most, sizeof most, "%s", content(path));
    uint64_t early = lines_lost(&lines);
    limit(RLIM_INFINITY);
    good[3] = write_line(texts[3]);
    kinds[3] = err.kind;
    is_str(most, "one\ntw", "what a full disk has left of a line");
    ok(!good[0] && kinds[0] == ERR_OUTPUT, "is told");
    ok(good[1] && good[2] && kinds[1] == ERR_NONE && kinds[2] == ERR_NONE, "... once");
    ok(good[3] && kinds[3] == ERR_NONE, "when there is room");
    is_str(content(path), "one\ntw\nsix\n", "lines are written again, and each is one");
    is_int((int64_t)early, 0, "what was lost is not known before");
    is_int((int64_t)lines_lost(&lines), 4, "but then");
    is_int((int64_t)lines_lost(&lines), 0, "... once");
    limit(11);
    good[0] = write_line("seven\n");
    limit(RLIM_INFINITY);
    ok(!good[0] && err.kind == ERR_OUTPUT, "the next outage is told, too");
    ok(write_line("eight\n"), "and ends");
    is_str(content(path), "one\ntw\nsix\neight\n", "with nothing left where nothing was written");
    is_int((int64_t)lines_lost(&lines), 1, "and its own loss");
    outfile_abort(&out);
}

/* The line feed that ends a torn line is the last octet that there is room for. */
static void narrow(void)
{
    put_text(path, "tw");
    open_lines(path);
    limit(3);
    bool first = write_line("three\n");
    limit(RLIM_INFINITY);
    bool second = write_line("four\n");
    ok(!first && second, "room for a line feed alone");
    is_str(content(path), "tw\nfour\n", "leaves no empty line");
    is_int((int64_t)lines_lost(&lines), 1, "and costs one");
    outfile_abort(&out);
}

/* Of several lines at once those that got out are not lost. */
static void several(void)
{
    put_text(path, "");
    open_lines(path);
    limit(6);
    bool first = write_line("one\nxy\nthree\n");
    limit(RLIM_INFINITY);
    ok(!first && write_line("four\n"), "several lines, of which some get out");
    is_str(content(path), "one\nxy\nfour\n", "and the next one");
    is_int((int64_t)lines_lost(&lines), 2, "the others are lost");
    outfile_abort(&out);
}

static void device(void)
{
    ok(open_lines("/dev/full") && !write_line("one\n"), "a device that is full is told");
    ok(write_line("two\n"), "once");
    is_int((int64_t)lines.dropped, 2, "and counted");
    ok(outfile_reopen(&out, &err), "it is not opened anew");
    outfile_abort(&out);
}

static void renamed(void)
{
    struct stat st;
    unlink(path);
    open_lines(path);
    write_line("one\n");
    rename(path, old_path);
    write_line("two\n");
    ok(outfile_reopen(&out, &err), "a file that was renamed");
    lines_look(&lines, &out);
    write_line("three\n");
    is_str(content(old_path), "one\ntwo\n", "gets what came before");
    is_str(content(path), "three\n", "and the new one what comes after");
    ok(stat(path, &st) == 0 && (st.st_mode & 07777) == 0640, "... with its mode");
    ok(outfile_reopen(&out, &err) && write_line("four\n"), "one that was not");
    is_str(content(path), "three\nfour\n", "is gone on with");
    put_text(old_path, "half");
    rename(old_path, path);
    ok(outfile_reopen(&out, &err), "one that another has put there");
    lines_look(&lines, &out);
    write_line("five\n");
    is_str(content(path), "half\nfive\n", "may end in the middle of a line");
    outfile_abort(&out);
}

static void in_the_way(void)
{
    unlink(path);
    open_lines(path);
    rename(path, old_path);
    mkdir(path, 0700);
    ok(!outfile_reopen(&out, &err) && err.kind == ERR_OUTPUT, "a folder in the way is told");
    ok(write_line("one\n"), "lines go on");
    is_str(content(old_path), "one\n", "... to where they went");
    rmdir(path);
    if (mkfifo(path, 0600) == 0)
        ok(!outfile_reopen(&out, &err) && err.kind == ERR_OUTPUT, "and so is a FIFO");
    unlink(path);
    outfile_abort(&out);
}

int main(void)
{
    signal(SIGXFSZ, SIG_IGN);
    if (mkdtemp(folder) == NULL) {
        puts("Bail out! no folder");
        return 1;
    }
    snprintf(path, sizeof path, "%s/lines", folder);
    snprintf(old_path, sizeof old_path, "%s/lines.1", folder);
    adding();
    torn();
    killed();
    outage();
    narrow();
    several();
    device();
    renamed();
    in_the_way();
    unlink(path);
    unlink(old_path);
    rmdir(folder);
    return tap_end();
}
