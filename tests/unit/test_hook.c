/* job/hook and io/marker: what the marker beside FILE holds, what is made of one that is torn or
 * somebody else's, and that no command is lost where processes meet or are killed. The processes
 * are stepped through: each step is ordered, and answered when it is done. */
#include "io/marker.h"
#include "job/hook.h"

#include "tap.h"
#include "textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct loop loop = {.signal_fd = -1};
static struct err err;
static char folder[] = "/tmp/zxfr-hook.XXXXXX";
static char zone[64], mark[64], said[64], go[64], diff[64], command[512], slow[700], bad[600];
static const uint8_t apex[] = "\7example\3com";

static void put(const char *path, const void *text, size_t n)
{
    FILE *file = fopen(path, "w");
    if (file == NULL || fwrite(text, 1, n, file) != n || fclose(file) != 0) {
        printf("Bail out! cannot write %s\n", path);
        exit(1);
    }
}

static bool is_there(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

static const char *text_of(unsigned serial)
{
    static char text[200];
    snprintf(text, sizeof text, "example.com. 3600 IN SOA ns. host. %u 7200 3600 86400 300\n",
             serial);
    return text;
}

/* FILE with a serial, no marker, nothing said. */
static void begin(unsigned serial)
{
    put_text(zone, text_of(serial));
    unlink(mark);
    rmdir(mark);
    unlink(said);
    unlink(go);
    unlink(diff);
    err = (struct err){.kind = ERR_NONE};
}

static void tell(struct teller *teller, const struct fact *fact)
{
    (void)teller, (void)fact;
}

/* ---- One run, in steps --------------------------------------------------------------------- */

struct one {
    struct hook hook;
    struct output output;
    struct teller teller;
};

static struct one mine; /* too large for the stack */

static void one_init(struct one *one, const char *what, uint64_t deadline)
{
    memset(one, 0, sizeof *one);
    one->teller.tell = tell;
    const struct hook_config config = {.command = what,
                                       .limit = 20000000,
                                       .loop = &loop,
                                       .deadline = deadline,
                                       .teller = &one->teller,
                                       .name = "example.com"};
    hook_init(&one->hook, &config);
}

static struct usercmd_facts facts_of(unsigned from, unsigned serial)
{
    return (struct usercmd_facts){.zone = apex,
                                  .zone_length = sizeof apex,
                                  .file = zone,
                                  .diff = diff,
                                  .kind = "axfr",
                                  .has_serial = true,
                                  .serial = serial,
                                  .has_old_serial = from != 0,
                                  .old_serial = from};
}

/* Writes the new content, and the marker. */
static bool one_prepare(struct one *one, unsigned from, unsigned serial)
{
    const struct outfile_options options = {.path = zone, .new_mode = 0644};
    const struct usercmd_facts facts = facts_of(from, serial);
    const char *text = text_of(serial);
    return outfile_open(&one->output.out, &options, &loop, LOOP_NEVER, &err) &&
           outfile_write(&one->output.out, text, strlen(text), &err) &&
           hook_prepare(&one->hook, &one->output, false, &facts, &err);
}

static bool one_commit(struct one *one)
{
    return outfile_commit(&one->output.out, &one->output.result, &err);
}

/* The new content is there already. */
static void one_find(struct one *one)
{
    const struct outfile_options options = {.path = zone, .new_mode = 0644};
    const struct usercmd_facts facts = facts_of(0, 0);
    hook_find(&one->hook, &options, ERR_NO_ANSWER, &facts);
}

/* A run that changes nothing. */
static bool find_and_run(const char *what, struct one *one)
{
    one_init(one, what, LOOP_NEVER);
    one_find(one);
    bool good = hook_run(&one->hook);
    hook_fini(&one->hook);
    return good;
}

/* A run that changes FILE. */
static bool change_and_run(const char *what, unsigned from, unsigned serial, struct one *one)
{
    one_init(one, what, LOOP_NEVER);
    bool good = one_prepare(one, from, serial) && one_commit(one) && hook_run(&one->hook);
    hook_fini(&one->hook);
    return good;
}

/* ---- The note ------------------------------------------------------------------------------ */

static void test_notes(void)
{
    static const struct {
        const char *text, *says, *what;
    } notes[] = {
        {"5 ixfr 12.3\n", "5 7 ixfr", "a serial and a kind"},
        {"4294967295 file 12.3\n", "4294967295 7 file", "the largest serial"},
        {"- axfr 12.3\n", " 7 axfr", "there was no serial"},
        {"", " 7 ", "nothing: torn before it was written"},
        {"5 axf", " 7 ", "torn within the kind"},
        {"5 axfr 12.3", " 7 ", "torn before the line feed"},
        {"5 axfr 12.3\n3\n", " 7 ", "a shorter note over a longer one"},
        {"5 axfr \n", " 7 ", "no generation"},
        {"5 $(id) 12.3\n", " 7 ", "a kind that there is not"},
        {"5 axfrixfr 12.3\n", " 7 ", "another one"},
        {"4294967296 axfr 12.3\n", " 7 ", "too large a serial"},
        {"99999999999 axfr 12.3\n", " 7 ", "too long a one"},
        {"-5 axfr 12.3\n", " 7 ", "a sign"},
        {" axfr 12.3\n", " 7 ", "an empty one"},
        {"5  axfr 12.3\n", " 7 ", "two blanks"},
        {"somebody's file\n", " 7 ", "something else"},
        {"5 axfr "
         "12.3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
         " 7 ", "what is longer than a note can be"},
    };
    char want[64];
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        begin(7);
        put_text(mark, notes[i].text);
        ok(find_and_run(command, &mine) && mine.hook.ran, "%s: it is run", notes[i].what);
        snprintf(want, sizeof want, "%s\n", notes[i].says);
        is_str(content(said), want, "%s: what it is told", notes[i].what);
        ok(!is_there(mark), "%s: done", notes[i].what);
    }
    begin(7);
    put(mark, "5 axfr 12.3\n\0x", 14);
    find_and_run(command, &mine);
    is_str(content(said), " 7 \n", "something behind a NUL");
}

static void test_changes(void)
{
    struct stat st;
    begin(1);
    ok(!change_and_run(bad, 1, 2, &mine) && mine.hook.err.kind == ERR_HOOK, "a command that fails");
    is_str(mine.hook.err.text, "--exec: exit status 3", "how it has failed");
    ok(strncmp(content(mark), "1 axfr ", 7) == 0, "the marker says what was missed");
    ok(stat(mark, &st) == 0 && (st.st_mode & 07777) == 0600, "... and is its owner's alone");
    ok(!change_and_run(bad, 2, 3, &mine), "once more");
    ok(strncmp(content(mark), "1 axfr ", 7) == 0, "the first that was missed");
    ok(!change_and_run(bad, 3, 3, &mine), "a run with the same content");
    ok(find_and_run(command, &mine), "then it is good");
    is_str(content(said), "1 2 axfr\n1 3 axfr\n1 3 axfr\n1 3 axfr\n", "what was told");
    ok(!is_there(mark), "the marker is gone");
    ok(find_and_run(command, &mine) && !mine.hook.ran, "nothing is pending any more");
    begin(1);
    put_text(mark, "torn");
    ok(change_and_run(command, 1, 2, &mine) && !is_there(mark), "a change beside a torn note");
    is_str(content(said), " 2 axfr\n", "of which nothing is known");
    begin(5);
    put_text(zone, "example.com. 3600 IN SOA ns. host. 5 7200 3600 86400 301\n");
    change_and_run(command, 5, 5, &mine);
    is_str(content(said), "5 5 resigned\n", "the same serial, other content");
}

/* ---- Failures before FILE is replaced ------------------------------------------------------ */

static void test_take_back(void)
{
    begin(1);
    one_init(&mine, command, LOOP_NEVER);
    ok(one_prepare(&mine, 1, 2) && is_there(mark), "the marker is there before the rename");
    is_str(content(zone), text_of(1), "... and FILE as it was");
    hook_take_back(&mine.hook, &mine.output.out);
    outfile_abort(&mine.output.out);
    ok(!is_there(mark) && hook_run(&mine.hook) && !mine.hook.ran, "taken back: none, not run");
    hook_fini(&mine.hook);
    put_text(mark, "9 ixfr 1.1\n");
    one_init(&mine, command, LOOP_NEVER);
    ok(one_prepare(&mine, 1, 2) && strncmp(content(mark), "9 axfr ", 7) == 0, "over a pending one");
    hook_take_back(&mine.hook, &mine.output.out);
    outfile_abort(&mine.output.out);
    is_str(content(mark), "9 ixfr 1.1\n", "taken back: it is what it was");
    hook_fini(&mine.hook);
    one_init(&mine, command, LOOP_NEVER);
    ok(one_prepare(&mine, 1, 2) && one_commit(&mine), "FILE is new");
    hook_take_back(&mine.hook, &mine.output.out);
    ok(strncmp(content(mark), "9 axfr ", 7) == 0, "after the rename nothing is taken back");
    ok(hook_run(&mine.hook) && !mine.hook.ran, "... but the command is the next run's");
    hook_fini(&mine.hook);
}

static void in_the_way(const char *what, const char *words)
{
    err = (struct err){.kind = ERR_NONE};
    one_init(&mine, command, LOOP_NEVER);
    ok(!one_prepare(&mine, 1, 2) && err.kind == ERR_OUTPUT, "%s is not written into", what);
    ok(strstr(err.text, words) != NULL && strstr(err.text, ".zone.hook") != NULL, "... said: %s",
       err.text);
    hook_take_back(&mine.hook, &mine.output.out);
    outfile_abort(&mine.output.out);
    hook_fini(&mine.hook);
    ok(is_there(mark), "... and stays");
    ok(!find_and_run(command, &mine) && mine.hook.err.kind == ERR_OUTPUT && !mine.hook.ran,
       "... nor obeyed");
}

static void test_in_the_way(void)
{
    char other[80];
    snprintf(other, sizeof other, "%s/other", folder);
    begin(1);
    put_text(other, "precious");
    if (symlink("other", mark) == 0)
        in_the_way("a symbolic link", "symbolic link");
    is_str(content(other), "precious", "what it leads to is untouched");
    begin(1);
    if (link(other, mark) == 0)
        in_the_way("a file with two names", "another name");
    is_str(content(other), "precious", "... untouched");
    begin(1);
    if (mkfifo(mark, 0600) == 0)
        in_the_way("a FIFO", "not a regular file");
    begin(1);
    if (mkdir(mark, 0700) == 0)
        in_the_way("a folder", "directory");
    begin(1);
    put_text(mark, "5 axfr 1.1\n");
    if (geteuid() != 0 || chown(mark, 65534, 65534) != 0)
        tap_skip("a file of another user", "only root can make one");
    else
        in_the_way("a file of another user", "another user (65534)");
    begin(1);
    unlink(other);
}

static void test_other_zone(void)
{
    begin(1);
    put_text(mark, "5 axfr 1.1\n");
    put_text(zone, "example.org. 3600 IN SOA ns. host. 1 7200 3600 86400 300\n");
    ok(find_and_run(command, &mine) && !mine.hook.ran && is_there(mark), "FILE of another zone");
    unlink(zone);
    ok(find_and_run(command, &mine) && !mine.hook.ran && is_there(mark), "no FILE");
}

static void test_failures(void)
{
    static const enum err_kind runs[] = {ERR_CONNECT, ERR_RCODE_REFUSED, ERR_TSIG_MAC, ERR_ID,
                                         ERR_INPUT,   ERR_MAX_SHRINK,    ERR_LONE_SOA};
    static const enum err_kind runs_not[] = {ERR_USAGE,  ERR_KEY,      ERR_OUTPUT,     ERR_BUSY,
                                             ERR_MEMORY, ERR_INTERNAL, ERR_INTERRUPTED};
    const struct outfile_options options = {.path = zone, .new_mode = 0644};
    const struct usercmd_facts facts = facts_of(0, 0);
    begin(1);
    put_text(mark, "5 axfr 1.1\n");
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        one_init(&mine, bad, LOOP_NEVER);
        hook_find(&mine.hook, &options, runs[i], &facts);
        ok(mine.hook.due == HOOK_PENDING, "pending after: %s", err_slug(runs[i]));
        hook_fini(&mine.hook);
    }
    for (size_t i = 0; i < sizeof runs_not / sizeof *runs_not; i++) {
        one_init(&mine, bad, LOOP_NEVER);
        hook_find(&mine.hook, &options, runs_not[i], &facts);
        ok(mine.hook.due == HOOK_NOT_DUE, "not after: %s", err_slug(runs_not[i]));
        hook_fini(&mine.hook);
    }
    one_init(&mine, command, loop_now());
    one_find(&mine);
    ok(!hook_run(&mine.hook) && mine.hook.err.kind == ERR_HOOK && is_there(mark), "time is up");
    hook_fini(&mine.hook);
    ok(find_and_run(NULL, &mine) && is_there(mark), "without a command nothing is touched");
}

/* ---- The file of --diff-to ----------------------------------------------------------------- */

static void test_diff(void)
{
    static const char shows[] = "test -n \"$ZXFR_DIFF\"";
    static const struct {
        const char *mark, *diff;
        bool fits;
    } rows[] = {
        {"5 axfr 1.1\n", "; zxfr diff: example.com. IN 5 7\n+x\n", true},
        {"5 axfr 1.1\n", "; zxfr diff: example.com. IN 15 7\n+x\n", false},
        {"5 axfr 1.1\n", "; zxfr diff: example.com. IN 5 17\n+x\n", false},
        {"5 axfr 1.1\n", "; zxfr diff: example.com. IN 5 71\n+x\n", false},
        {"5 axfr 1.1\n", "; zxfr diff: example.org. IN 5 7\n+x\n", false},
        {"5 axfr 1.1\n", "; zxfr INCOMPLETE: no old zone\n", false},
        {"5 axfr 1.1\n", "", false},
        {"torn", "; zxfr diff: example.com. IN 5 7\n+x\n", false},
        {"- axfr 1.1\n", "; zxfr diff: example.com. IN 5 7\n+x\n", false},
        {"5 resigned 1.1\n", "; zxfr diff: example.com. IN 5 7\n+x\n", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(7);
        put_text(mark, rows[i].mark);
        put_text(diff, rows[i].diff);
        ok(find_and_run(shows, &mine) == rows[i].fits, "pending %.6s: %.40s", rows[i].mark,
           rows[i].diff);
        begin(5);
        put_text(diff, "; zxfr diff: example.com. IN 5 7\n+x\n");
        put_text(mark, rows[i].mark);
        bool fits = change_and_run(shows, 5, 7, &mine);
        ok(fits == (i < 7), "a change beside pending %.6s", rows[i].mark);
    }
}

/* ---- Processes that meet ------------------------------------------------------------------- */

struct process {
    pid_t pid;
    int orders, answers;
};

/* p: prepares 1 -> 2; P: 2 -> 3; c: commits; f: looks for what is pending; r: runs. */
static int obey(struct one *one, char order)
{
    switch (order) {
    case 'p':
        return one_prepare(one, 1, 2);
    case 'P':
        return one_prepare(one, 2, 3);
    case 'c':
        return one_commit(one);
    case 'f':
        one_find(one);
        return one->hook.due == HOOK_PENDING;
    default:
        return hook_run(&one->hook) && one->hook.ran;
    }
}

static struct process start(const char *what)
{
    struct process process;
    int orders[2], answers[2];
    char order, answer;
    if (pipe2(orders, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0)
        exit(1);
    fflush(stdout);
    process = (struct process){.pid = fork(), .orders = orders[1], .answers = answers[0]};
    if (process.pid != 0) {
        close(orders[0]);
        close(answers[1]);
        return process;
    }
    close(orders[1]);
    one_init(&mine, what, LOOP_NEVER);
    while (read(orders[0], &order, 1) == 1) {
        answer = obey(&mine, order) ? 'y' : 'n';
        if (write(answers[1], &answer, 1) != 1)
            break;
    }
    _exit(0);
}

static void order(const struct process *process, char what)
{
    if (write(process->orders, &what, 1) != 1)
        exit(1);
}

/* 'y', 'n', or '-' where there is no answer within that many milliseconds. */
static char answer(const struct process *process, int patience)
{
    struct pollfd fd = {.fd = process->answers, .events = POLLIN};
    char c = '-';
    if (poll(&fd, 1, patience) == 1 && read(process->answers, &c, 1) != 1)
        c = '!';
    return c;
}

static char does(const struct process *process, char what)
{
    order(process, what);
    return answer(process, 20000);
}

static void end(struct process *process, int number)
{
    kill(process->pid, number);
    waitpid(process->pid, NULL, 0);
    close(process->orders);
    close(process->answers);
}

static bool comes(const char *path, const char *text)
{
    for (int i = 0; i < 1000; i++) {
        if (strcmp(content(path), text) == 0)
            return true;
        poll(NULL, 0, 10);
    }
    return false;
}

/* A run that is about to replace FILE: nobody takes its note for done. */
static void test_before_rename(void)
{
    begin(1);
    struct process writer = start(command);
    ok(does(&writer, 'p') == 'y' && is_there(mark), "a run has written its note");
    ok(find_and_run(command, &mine) && !mine.hook.ran && is_there(mark),
       "another one leaves it alone");
    end(&writer, SIGKILL);
    is_str(content(zone), text_of(1), "killed before the rename, FILE is the old one");
    ok(find_and_run(command, &mine) && mine.hook.ran && !is_there(mark), "the next run runs it");
    is_str(content(said), "1 1 axfr\n", "what it was told");

    begin(1);
    writer = start(command);
    ok(does(&writer, 'p') == 'y' && does(&writer, 'c') == 'y', "a run has replaced FILE");
    end(&writer, SIGKILL);
    ok(find_and_run(command, &mine) && mine.hook.ran && !is_there(mark),
       "killed before its command: the next run runs it");
    is_str(content(said), "1 2 axfr\n", "what it was told");
}

/* FILE changes while the command for the change before it is at work. */
static void test_during_command(bool kills)
{
    begin(1);
    struct process first = start(slow), second = start(command);
    does(&first, 'p');
    does(&first, 'c');
    order(&first, 'r');
    ok(comes(said, "1 2 axfr\n"), "a command is at work");
    ok(find_and_run(command, &mine) && !mine.hook.ran,
       "a run that changes nothing leaves it alone");
    ok(does(&second, 'P') == 'y' && does(&second, 'c') == 'y', "another run replaces FILE");
    order(&second, 'r');
    ok(answer(&second, 300) == '-', "... and waits with its command");
    if (kills)
        end(&second, SIGKILL);
    put_text(go, "");
    ok(answer(&first, 20000) == 'y', "the first command ends well");
    if (!kills) {
        ok(answer(&second, 20000) == 'y', "the second is run");
        end(&second, SIGTERM);
    } else {
        ok(is_there(mark), "the one who waited was killed: its note stays");
        ok(find_and_run(command, &mine) && mine.hook.ran, "... and is done by the next run");
    }
    is_str(content(said), "1 2 axfr\n1 3 axfr\n", "both were told what was missed");
    ok(!is_there(mark), "nothing is left");
    end(&first, SIGTERM);
}

/* The process whose command is at work is killed; the command goes on. */
static void test_killed_at_work(void)
{
    begin(1);
    struct process first = start(slow);
    does(&first, 'p');
    does(&first, 'c');
    order(&first, 'r');
    comes(said, "1 2 axfr\n");
    end(&first, SIGKILL);
    ok(find_and_run(command, &mine) && mine.hook.ran && !is_there(mark), "killed while it ran");
    is_str(content(said), "1 2 axfr\n1 2 axfr\n", "it is run again");
    put_text(go, "");
    poll(NULL, 0, 100);
}

/* What a run waits for is done, and gone; or gone, and another note has come. */
static void test_gone(bool comes_back)
{
    struct marker holder;
    bool there;
    begin(1);
    put_text(mark, "1 axfr 1.1\n");
    ok(marker_init(&holder, zone, &loop, LOOP_NEVER, &err) &&
           marker_open(&holder, false, &there, &err) && there,
       "a note");
    marker_let_go(&holder);
    is_int(marker_lock(&holder), MARKER_LOCKED, "locked");
    struct process writer = start(command);
    does(&writer, 'p');
    does(&writer, 'c');
    order(&writer, 'r');
    ok(answer(&writer, 300) == '-', "a run waits");
    ok(marker_hold(&holder, &there, &err) && there, "what it waits for is done");
    if (comes_back) {
        put_text(go, "4 axfr 9.9\n");
        rename(go, mark); /* in one step: the other one looks any time */
    } else {
        marker_remove(&holder, &err);
    }
    marker_close(&holder);
    is_int(answer(&writer, 20000), comes_back ? 'y' : 'n', "the command is %s",
           comes_back ? "run, to be sure" : "not run again");
    is_str(content(mark), comes_back ? "4 axfr 9.9\n" : "missing", "the note is %s",
           comes_back ? "the other run's" : "gone");
    end(&writer, SIGTERM);
}

/* ---- The short lock ------------------------------------------------------------------------ */

enum { ROUNDS = 3000 };

/* Removes each note that it has seen, unless it has changed since, and says which. */
static void remove_all(volatile unsigned *done)
{
    struct marker marker;
    struct err e = {.kind = ERR_NONE};
    char seen[MARKER_MOST + 1];
    bool there;
    marker_init(&marker, zone, &loop, LOOP_NEVER, &e);
    while (*done < ROUNDS) {
        if (!marker_open(&marker, false, &there, &e))
            _exit(1);
        if (!there)
            continue;
        strcpy(seen, marker.text);
        marker_let_go(&marker);
        if (!marker_hold(&marker, &there, &e))
            _exit(1);
        if (!there || strcmp(seen, marker.text) != 0 || *seen == '\0')
            continue; /* what is empty is not written yet */
        if (!marker_remove(&marker, &e))
            _exit(1);
        *done = (unsigned)strtoul(seen, NULL, 10);
    }
    _exit(0);
}

/* One writes notes, one after the other; one removes what it has read. A note that was written is
 * there, or was removed as what it is. */
static void test_many(void)
{
    volatile unsigned *done =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct marker marker;
    char text[32];
    unsigned lost = 0, failed = 0, i;
    bool there;
    int status;
    begin(1);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        remove_all(done);
    marker_init(&marker, zone, &loop, LOOP_NEVER, &err);
    for (i = 1; i <= ROUNDS; i++) {
        snprintf(text, sizeof text, "%u\n", i);
        if (!marker_open(&marker, true, &there, &err) || !marker_write(&marker, text, &err))
            failed++;
        marker_close(&marker);
        bool is_kept = strcmp(content(mark), text) == 0;
        for (int n = 0; !is_kept && *done != i && n < 1000; n++)
            poll(NULL, 0, 1); /* it is removed before that is said */
        lost += !is_kept && *done != i;
    }
    is_int(failed, 0, "%d notes are written: %s", ROUNDS, err.text);
    is_int(lost, 0, "... and none is lost");
    for (int n = 0; n < 2000 && *done < ROUNDS; n++)
        poll(NULL, 0, 1);
    is_int(*done, ROUNDS, "the last is removed");
    *done = ROUNDS;
    ok(waitpid(pid, &status, 0) == pid && status == 0, "the other process ended well");
    munmap((void *)(uintptr_t)done, 4096);
}

/* What was opened before it was removed is not the one that has its name now. */
static void test_other_file(void)
{
    struct marker marker;
    bool there;
    begin(1);
    put_text(mark, "1\n");
    marker_init(&marker, zone, &loop, LOOP_NEVER, &err);
    marker_open(&marker, false, &there, &err);
    marker_let_go(&marker);
    unlink(mark);
    put_text(mark, "1\n");
    ok(marker_hold(&marker, &there, &err) && !there, "another file of the same content");
    is_int(marker_lock(&marker), MARKER_GONE, "... is not locked by the old one");
    ok(marker_hold(&marker, &there, &err) && !there, "what is closed is not there");
}

static void test_signal(void)
{
    struct marker holder;
    int fds[2];
    bool there;
    begin(1);
    put_text(mark, "1 axfr 1.1\n");
    marker_init(&holder, zone, &loop, LOOP_NEVER, &err);
    marker_open(&holder, false, &there, &err); /* with the short lock */
    if (pipe(fds) != 0 || write(fds[1], "", 1) != 1)
        exit(1);
    loop.signal_fd = fds[0];
    one_init(&mine, command, LOOP_NEVER);
    one_find(&mine);
    is_int(mine.hook.err.kind, ERR_INTERRUPTED, "a signal ends the wait for the short lock");
    hook_fini(&mine.hook);
    marker_let_go(&holder);
    one_init(&mine, command, LOOP_NEVER);
    one_find(&mine);
    ok(!hook_run(&mine.hook) && mine.hook.err.kind == ERR_INTERRUPTED && !is_there(said),
       "nothing is begun after one");
    hook_fini(&mine.hook);
    loop.signal_fd = -1;
    marker_lock(&holder);
    one_init(&mine, command, loop_now() + 300000);
    ok(one_prepare(&mine, 1, 2) && one_commit(&mine),
       "FILE is replaced while a command is at work");
    ok(!hook_run(&mine.hook) && mine.hook.err.kind == ERR_HOOK && !is_there(said) && is_there(mark),
       "the wait for it ends with the time: %s", mine.hook.err.text);
    hook_fini(&mine.hook);
    marker_close(&holder);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(zone, sizeof zone, "%s/zone", folder);
    snprintf(mark, sizeof mark, "%s/.zone.hook", folder);
    snprintf(said, sizeof said, "%s/said", folder);
    snprintf(go, sizeof go, "%s/go", folder);
    snprintf(diff, sizeof diff, "%s/diff", folder);
    snprintf(command, sizeof command, "echo \"$ZXFR_OLD_SERIAL $ZXFR_SERIAL $ZXFR_KIND\" >>%s",
             said);
    snprintf(slow, sizeof slow, "%s; until [ -e %s ]; do sleep 0.02; done", command, go);
    snprintf(bad, sizeof bad, "%s; exit 3", command);
    test_notes();
    test_changes();
    test_take_back();
    test_in_the_way();
    test_other_zone();
    test_failures();
    test_diff();
    test_before_rename();
    test_during_command(false);
    test_during_command(true);
    test_killed_at_work();
    test_gone(false);
    test_gone(true);
    test_many();
    test_other_file();
    test_signal();
    begin(1);
    unlink(zone);
    ok(rmdir(folder) == 0, "nothing is left in the folder");
    return tap_end();
}
