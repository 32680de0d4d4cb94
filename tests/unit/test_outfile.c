/* The steps of a commit, one for many files; how the commit as a whole fails is in
 * tests/cli/calls.bats. */
#include "io/outfile.h"
#include "io/tail.h"

#include "tap.h"
#include "textfile.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 3 };

static const struct loop loop = {.signal_fd = -1};
static struct err err;
static char folder[] = "/tmp/zxfr-outfile.XXXXXX";
static char paths[FILES][64], temporary[FILES][64];

static bool open_file(struct outfile *out, int i)
{
    const struct outfile_options options = {.path = paths[i], .new_mode = 0640};
    err = (struct err){.kind = ERR_NONE};
    return outfile_open(out, &options, &loop, LOOP_NEVER, &err);
}

static bool is_locked(int i)
{
    struct outfile other;
    if (open_file(&other, i)) {
        outfile_abort(&other);
        return false;
    }
    return err.kind == ERR_BUSY;
}

static bool no_litter(void)
{
    bool good = true;
    for (int i = 0; i < FILES; i++)
        good = good && access(temporary[i], F_OK) != 0;
    return good;
}

/* The first file is there and changes, the second is new, the third stays as it is. */
static void open_group(struct outfile outs[FILES])
{
    static const char *const texts[] = {"new", "newer", "same"};
    put_text(paths[0], "old");
    chmod(paths[0], 0604);
    unlink(paths[1]);
    put_text(paths[2], "same");
    for (int i = 0; i < FILES; i++)
        if (!open_file(&outs[i], i) || !outfile_write(&outs[i], texts[i], strlen(texts[i]), &err)) {
            printf("Bail out! %s\n", err.text);
            exit(1);
        }
}

static void test_group(void)
{
    static struct outfile outs[FILES];
    enum outfile_result results[FILES];
    bool good = true;
    struct stat st;
    open_group(outs);
    for (int i = 0; i < FILES; i++)
        good = good && outfile_ready(&outs[i], &results[i], &err);
    ok(good, "all are ready: %s", err.text);
    ok(results[0] == OUTFILE_REPLACED && results[1] == OUTFILE_REPLACED &&
           results[2] == OUTFILE_UNCHANGED,
       "what has changed is known");
    ok(outfile_keep(&outs[2], &err), "what has not is let go");
    for (int i = 0; i < 2; i++)
        good = good && outfile_flush(&outs[i], true, &err);
    for (int i = 0; i < 2; i++)
        good = good && outfile_flush(&outs[i], false, &err);
    ok(good, "the others are flushed: %s", err.text);
    is_str(content(paths[0]), "old", "until then the target is the old one");
    is_str(content(paths[1]), "missing", "... or none");
    ok(is_locked(0) && is_locked(1) && !is_locked(2), "... and locked");
    for (int i = 0; i < 2; i++)
        good = good && outfile_swap(&outs[i], &err);
    is_str(content(paths[0]), "new", "then it is the new one");
    is_str(content(paths[1]), "newer", "... which may be the first");
    ok(!is_locked(0) && !is_locked(1), "... and free for another run");
    ok(stat(paths[0], &st) == 0 && (st.st_mode & 07777) == 0604, "the mode of the old one stays");
    ok(stat(paths[1], &st) == 0 && (st.st_mode & 07777) == 0640, "a new one has that of new ones");
    ok(good && outfile_flush_folder(&outs[0], &err), "the folder is flushed: %s", err.text);
    for (int i = 0; i < 2; i++)
        good = good && outfile_close(&outs[i], &err);
    ok(good, "all are closed: %s", err.text);
    for (int i = 0; i < FILES; i++)
        outfile_abort(&outs[i]);
    ok(no_litter() && strcmp(content(paths[0]), "new") == 0, "nothing is left behind");
}

/* To give up is possible after each step. */
static void test_abort(void)
{
    for (int steps = 0; steps <= 4; steps++) {
        static struct outfile outs[FILES];
        enum outfile_result result;
        open_group(outs);
        bool good = (steps < 1 || outfile_ready(&outs[0], &result, &err)) &&
                    (steps < 2 || outfile_flush(&outs[0], false, &err)) &&
                    (steps < 3 || outfile_swap(&outs[0], &err)) &&
                    (steps < 4 || outfile_flush_folder(&outs[0], &err));
        for (int i = 0; i < FILES; i++)
            outfile_abort(&outs[i]);
        ok(good && no_litter(), "given up after %d steps: %s", steps, err.text);
        is_str(content(paths[0]), steps < 3 ? "old" : "new", "... the target is whole");
        is_str(content(paths[1]), "missing", "... one that was not there is not made");
    }
}

static void test_failure(void)
{
    static struct outfile outs[FILES];
    enum outfile_result result;
    open_group(outs);
    unlink(temporary[0]);
    ok(outfile_ready(&outs[0], &result, &err) && outfile_flush(&outs[0], false, &err) &&
           !outfile_swap(&outs[0], &err) && err.kind == ERR_OUTPUT,
       "somebody has removed the temporary file: %s", err.text);
    is_str(content(paths[0]), "old", "... the target stays");
    err = (struct err){.kind = ERR_NONE};
    unlink(paths[1]);
    mkdir(paths[1], 0700);
    ok(outfile_ready(&outs[1], &result, &err) && outfile_flush(&outs[1], false, &err) &&
           !outfile_swap(&outs[1], &err) && err.kind == ERR_OUTPUT,
       "a folder has come in its place: %s", err.text);
    for (int i = 0; i < FILES; i++)
        outfile_abort(&outs[i]);
    ok(no_litter(), "... no litter");
    rmdir(paths[1]);
}

/* ---- A large file, which a thread writes where there is another processor ------------------- */

enum { LARGE = 24 * 1024 * 1024 + 12345, PIECE = 500000 };

static uint8_t large[LARGE];

static bool open_large(struct outfile *out)
{
    const struct outfile_options options = {.path = paths[0], .new_mode = 0640, .beside = true};
    err = (struct err){.kind = ERR_NONE};
    return outfile_open(out, &options, &loop, LOOP_NEVER, &err);
}

/* In pieces of all sizes; the memory that a piece was in is used again at once. */
static bool write_large(struct outfile *out, size_t length)
{
    static uint8_t piece[PIECE];
    size_t at = 0;
    for (size_t n = 1; at < length; n = n * 7 % PIECE + 1) {
        n = n < length - at ? n : length - at;
        memcpy(piece, large + at, n);
        bool good = outfile_write(out, piece, n, &err);
        memset(piece, 'x', n);
        if (!good)
            return false;
        at += n;
    }
    return true;
}

static bool has_large(const char *path, size_t length)
{
    static uint8_t found[LARGE + 1];
    FILE *file = fopen(path, "r");
    size_t n = file != NULL ? fread(found, 1, sizeof found, file) : 0;
    if (file != NULL)
        fclose(file);
    return n == length && memcmp(found, large, n) == 0;
}

static void test_large(void)
{
    static struct outfile out;
    enum outfile_result result;
    put_text(paths[0], "old");
    int files = open_files();
    ok(open_large(&out) && write_large(&out, LARGE) && outfile_settle(&out, &err) &&
           has_large(temporary[0], LARGE),
       "a large file is written once it has settled: %s", err.text);
    ok(outfile_write(&out, "end", 3, &err) && outfile_restart(&out, &err) &&
           write_large(&out, LARGE - 1) && outfile_commit(&out, &result, &err),
       "... and taken back, and written anew, and committed: %s", err.text);
    ok(result == OUTFILE_REPLACED && has_large(paths[0], LARGE - 1), "... it is the target");
    ok(open_large(&out) && write_large(&out, LARGE) && outfile_restart(&out, &err) &&
           write_large(&out, LARGE - 1) && outfile_ready(&out, &result, &err),
       "taken back while it is being written: %s", err.text);
    ok(result == OUTFILE_UNCHANGED && outfile_keep(&out, &err), "... what is the same stays");
    ok(open_large(&out) && write_large(&out, LARGE), "given up while it is being written");
    outfile_abort(&out);
    ok(no_litter() && has_large(paths[0], LARGE - 1), "... the target stays");
    is_int(open_files(), files, "... and no descriptor is left");
}

/* The disk is full: whether a piece says so or the end, somebody does. */
static void test_large_failure(void)
{
    static struct outfile out;
    enum outfile_result result;
    struct rlimit before, limit;
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    signal(SIGXFSZ, SIG_IGN);
    for (size_t room = 15; room <= 23; room += 4) {
        put_text(paths[0], "old");
        limit.rlim_cur = room * 1024 * 1024;
        setrlimit(RLIMIT_FSIZE, &limit);
        bool good = open_large(&out) && write_large(&out, room * 1024 * 1024 + 1);
        bool is_late = good;
        good = good && outfile_commit(&out, &result, &err);
        outfile_abort(&out);
        setrlimit(RLIMIT_FSIZE, &before);
        ok(!good && err.kind == ERR_OUTPUT && strstr(err.text, "File too large") != NULL,
           "no more than %zu MiB: %s (%s)", room, err.text, is_late ? "at the end" : "at once");
        ok(no_litter() && strcmp(content(paths[0]), "old") == 0, "... the target stays");
    }
}

/* A file that was opened before, as standard output is with `> FILE`. Returns its descriptor, which
 * is written at its end. */
static int open_inherited(struct outfile *out)
{
    static char path[32];
    int fd =
        open(paths[0], O_RDWR | O_APPEND); /* survives a start, so it is what the caller meant */
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    const struct outfile_options options = {.path = path, .beside = true};
    err = (struct err){.kind = ERR_NONE};
    return fd >= 0 && outfile_open(out, &options, &loop, LOOP_NEVER, &err) ? fd : -1;
}

static bool has_after(const char *path, const char *before, size_t length)
{
    static uint8_t found[LARGE + 100];
    FILE *file = fopen(path, "r");
    size_t n = file != NULL ? fread(found, 1, sizeof found, file) : 0, first = strlen(before);
    if (file != NULL)
        fclose(file);
    return n == first + length && memcmp(found, before, first) == 0 &&
           memcmp(found + first, large, length) == 0;
}

static void test_large_straight(void)
{
    static struct outfile out;
    enum outfile_result result;
    int files = open_files();
    put_text(paths[0], "before\n");
    int fd = open_inherited(&out);
    ok(fd >= 0 && write_large(&out, LARGE) && outfile_settle(&out, &err) &&
           has_after(paths[0], "before\n", LARGE),
       "what is written straight is there once it has settled: %s", err.text);
    ok(outfile_write(&out, large, 3, &err) && outfile_commit(&out, &result, &err) &&
           result == OUTFILE_WRITTEN,
       "... and goes on: %s", err.text);
    close(fd);
    put_text(paths[0], "");
    fd = open_inherited(&out);
    ok(fd >= 0 && write_large(&out, LARGE) && outfile_commit(&out, &result, &err) &&
           has_large(paths[0], LARGE),
       "... the end settles it: %s", err.text);
    close(fd);
    put_text(paths[0], "");
    fd = open_inherited(&out);
    ok(fd >= 0 && write_large(&out, LARGE), "given up");
    outfile_abort(&out);
    close(fd);
    ok(has_large(paths[0], LARGE), "... what was written stays, all of it");
    is_int(open_files(), files, "... and no descriptor is left");
}

static void test_large_straight_failure(void)
{
    static struct outfile out;
    enum outfile_result result;
    struct rlimit before, limit;
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = LARGE - 1;
    put_text(paths[0], "");
    int fd = open_inherited(&out);
    setrlimit(RLIMIT_FSIZE, &limit);
    bool good = fd >= 0 && write_large(&out, LARGE) && outfile_commit(&out, &result, &err);
    outfile_abort(&out);
    setrlimit(RLIMIT_FSIZE, &before);
    ok(!good && err.kind == ERR_OUTPUT && strstr(err.text, "File too large") != NULL,
       "written straight, and there is no room for the last octet: %s", err.text);
    close(fd);
}

static void check_tail(const char *text, const char *expected)
{
    struct tail tail;
    put_text(paths[0], text);
    int fd = open(paths[0], O_RDONLY);
    bool found = tail_read(&tail, fd);
    close(fd);
    ok(expected == NULL ? !found
                        : found && tail.length == strlen(expected) &&
                              memcmp(tail.line, expected, tail.length) == 0,
       "the last line of %zu octets", strlen(text));
}

static void test_tail(void)
{
    static char text[TAIL_ROOM + 100];
    check_tail("", NULL);
    check_tail("a", NULL);
    check_tail("a\n", "a");
    check_tail("a\nb", NULL);
    check_tail("a\nbc\n", "bc");
    check_tail("a\n\n", "");
    static char end[TAIL_ROOM];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 2] = '\n';
    memset(end, 'x', sizeof end - 1); /* of a longer line its end */
    check_tail(text, end);
    int fds[2];
    struct tail tail;
    ok(pipe(fds) == 0 && !tail_read(&tail, fds[0]), "a pipe has none");
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        return 1;
    for (int i = 0; i < FILES; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/%d", folder, i);
        snprintf(temporary[i], sizeof temporary[i], "%s/.%d.zxfr", folder, i);
    }
    test_group();
    test_abort();
    test_failure();
    for (size_t i = 0; i < LARGE; i++)
        large[i] = (uint8_t)(i * 2654435761u >> 24);
    test_large();
    test_large_failure();
    test_large_straight();
    test_large_straight_failure();
    test_tail();
    for (int i = 0; i < FILES; i++)
        unlink(paths[i]);
    rmdir(folder);
    return tap_end();
}
