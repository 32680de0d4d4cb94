/* io/child with real commands: what they get, how they end, how they are ended, and that nothing is
 * left of them. */
#include "io/child.h"
#include "io/loop.h"

#include "tap.h"
#include "textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct err err;
static char said[200000]; /* what the command wrote, either way */
static bool without_pidfd;

enum { SECOND = 1000000 };

/* Waits as a loop would. Gives up after 20 seconds. */
static bool wait_for(struct child *child, struct child_result *result)
{
    const struct loop loop = {.signal_fd = -1};
    uint64_t patience = loop_now() + 20 * (uint64_t)SECOND;
    unsigned rounds = 0;
    while (!child_poll(child, result)) {
        uint64_t due = child_due(child);
        loop_wait_fd(&loop, child_fd(child), POLLIN, due < patience ? due : patience);
        if (loop_now() >= patience || ++rounds == 2000) /* it shall not be a busy loop */
            return false;
    }
    return true;
}

/* Runs it with its standard error in a file. */
static struct child_result run(const struct child_options *options)
{
    struct child child;
    struct child_result result = {.status = -1};
    char name[] = "/tmp/zxfr-child.XXXXXX";
    int file = mkstemp(name), before = dup(STDERR_FILENO);
    unlink(name);
    dup2(file, STDERR_FILENO);
    err = (struct err){.kind = ERR_NONE};
    bool started = child_start(&child, options, &err);
    dup2(before, STDERR_FILENO);
    close(before);
    if (started && without_pidfd && child.fd >= 0) {
        close(child.fd);
        child.fd = -1;
    }
    if (!started || !wait_for(&child, &result))
        result.status = -1;
    child_fini(&child);
    ssize_t n = pread(file, said, sizeof said - 1, 0);
    said[n > 0 ? n : 0] = '\0';
    close(file);
    return result;
}

static struct child_result run_command(const char *command, uint64_t limit)
{
    struct child_options options = {.command = command, .input = -1, .limit = limit};
    return run(&options);
}

static void exits(const char *command, int status)
{
    struct child_result result = run_command(command, 0);
    ok(result.status == status && result.signal == 0 && !result.timed_out, "%s: status %d", command,
       result.status);
}

/* ---- What it gets -------------------------------------------------------------------------- */

static void test_words(void)
{
    const char *const words[] = {"sh", "-c", "printf '%s|' \"$0\" \"$@\"", "a b", "$HOME",
                                 "",   NULL};
    struct child_options options = {.argv = words, .input = -1};
    ok(run(&options).status == 0, "words without a shell");
    is_str(said, "a b|$HOME||", "... are as they are");
    exits("exit 0", 0);
    exits("exit 3", 3);
    exits("echo out; echo err >&2", 0);
    is_str(said, "out\nerr\n", "both outputs go to standard error");
}

static void test_environment(void)
{
    const char *const others[] = {"ZXFR_ZONE=example.com.", "ZXFR_FILE=/a b", "ZXFR=", NULL};
    struct child_options options = {
        .command = "env | grep -E '^ZXFR(_ZONE|_FILES?)?=' | sort; echo \"$KEPT\"",
        .environment = others,
        .input = -1};
    setenv("ZXFR_FILE", "another", 1);
    setenv("ZXFR_FILES", "a longer name", 1);
    setenv("KEPT", "kept", 1);
    run(&options);
    is_str(said, "ZXFR=\nZXFR_FILE=/a b\nZXFR_FILES=a longer name\nZXFR_ZONE=example.com.\nkept\n",
           "variables are added, and take the place of ours");
}

static void test_input(void)
{
    int ends[2];
    struct child_options options = {.command = "cat; echo end", .input = -1};
    run(&options);
    is_str(said, "end\n", "standard input is empty");
    if (pipe2(ends, O_CLOEXEC) != 0 || write(ends[1], "hello\n", 6) != 6)
        exit(1);
    close(ends[1]);
    options.input = ends[0];
    run(&options);
    close(ends[0]);
    is_str(said, "hello\nend\n", "... or what is given");
}

/* A set of signals in what was said. Two are the C library's own, which it keeps ignored. */
static uint64_t signals_of(const char *title)
{
    const char *line = strstr(said, title);
    return line != NULL ? strtoull(line + strlen(title), NULL, 16) & ~(UINT64_C(3) << 31)
                        : UINT64_MAX;
}

static void test_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    run_command("exec cat /proc/self/status", 0);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    is_int((int64_t)signals_of("SigBlk:"), 0, "no signal is blocked");
    is_int((int64_t)signals_of("SigIgn:"), 0, "... or ignored");
    is_int((int64_t)signals_of("SigCgt:"), 0, "... or caught");
}

static void test_descriptors(void)
{
    int high = fcntl(STDIN_FILENO, F_DUPFD, 30); /* not closed at exec */
    run_command("for i in 3 4 5 6 7 8 9 30; do [ -e /proc/$$/fd/$i ] && echo $i; done; echo end",
                0);
    close(high);
    is_str(said, "end\n", "there is no descriptor above 2");
}

static void test_group(void)
{
    run_command("read -r line </proc/$$/stat; set -- ${line##*)}; echo $(($3 == $$)) $3", 0);
    int own = 0, group = 0;
    ok(sscanf(said, "%d %d", &own, &group) == 2 && own == 1 && group != getpgrp(),
       "it leads a group of its own");
}

/* ---- How it ends --------------------------------------------------------------------------- */

static void test_missing(void)
{
    const char *const missing[] = {"zxfr-no-such-command", NULL};
    const char *const missing_path[] = {"/nonexistent/command", NULL};
    const char *const no_program[] = {"/etc/passwd", NULL}, *const folder[] = {"/etc", NULL};
    struct child_options options = {.argv = missing, .input = -1};
    is_int(run(&options).status, 127, "a missing command: 127");
    options.argv = missing_path;
    is_int(run(&options).status, 127, "... by its path");
    options.argv = no_program;
    is_int(run(&options).status, 126, "what is not a program: 126");
    options.argv = folder;
    is_int(run(&options).status, 126, "... a folder");
    exits("zxfr-no-such-command", 127);
}

static void test_killed(void)
{
    struct child_result result = run_command("kill -9 $$", 0);
    ok(result.signal == SIGKILL && !result.timed_out, "killed by a signal: %d", result.signal);
    result = run_command("kill -SEGV $$", 0);
    ok(result.signal == SIGSEGV, "... by another: %d", result.signal);
}

static void test_much(void)
{
    struct child_result result = run_command("yes | head -c 150000", 0);
    ok(result.status == 0 && strlen(said) == 150000, "much output");
}

static void test_time(void)
{
    struct child_result result = run_command("sleep 0.3", 10 * SECOND);
    ok(result.status == 0 && !result.timed_out, "within the limit");
    ok(result.microseconds >= 300000 && result.microseconds < 5 * SECOND, "... it took %llu us",
       (unsigned long long)result.microseconds);
}

/* Whether a process is there and does something. */
static bool lives(int pid)
{
    char path[40], line[200];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    bool there = file != NULL && fgets(line, sizeof line, file) != NULL;
    if (file != NULL)
        fclose(file);
    const char *behind = there ? strrchr(line, ')') : NULL;
    return behind != NULL && behind[2] != 'Z' && behind[2] != 'X';
}

/* SIGKILL works at once, but not within the call. */
static bool is_gone(int pid)
{
    for (int i = 0; i < 200 && lives(pid); i++)
        usleep(10000);
    return pid > 0 && !lives(pid);
}

static void test_limit(void)
{
    struct child_result result = run_command("exec sleep 60", 200000);
    ok(result.timed_out && result.signal == SIGTERM, "what hangs is ended by SIGTERM");
    ok(result.microseconds < SECOND + SECOND / 2, "... at once: %llu us",
       (unsigned long long)result.microseconds);
    result = run_command("trap 'echo bye; exit 5' TERM; while :; do sleep 0.05; done", 200000);
    ok(result.timed_out && result.status == 5 && strstr(said, "bye") != NULL,
       "... which it may catch: status %d", result.status);
    result = run_command("trap '' TERM; while :; do sleep 0.05; done", 200000);
    ok(result.timed_out && result.signal == SIGKILL, "... but not ignore");
    ok(result.microseconds >= CHILD_GRACE, "... for longer than the grace");
}

static void test_grandchildren(void)
{
    struct child_result result = run_command("sleep 60 & echo $!; wait", 200000);
    ok(result.timed_out && is_gone(atoi(said)), "what it has started ends with it");
    result = run_command("(trap '' TERM; echo ready; exec sleep 60) & echo $!; wait", 400000);
    const char *number = strncmp(said, "ready\n", 6) == 0 ? said + 6 : said;
    ok(result.timed_out && result.signal == SIGTERM && is_gone(atoi(number)),
       "... also where only that ignores SIGTERM");
    result = run_command("(trap 'sleep 0.5; echo cleaned; exit' TERM; echo ready; "
                         "while :; do sleep 0.05; done) & wait",
                         400000);
    ok(result.timed_out && strstr(said, "cleaned") != NULL,
       "... and it has the grace for itself, though the shell is gone");
    result = run_command("sleep 60 & echo $!", 10 * SECOND);
    ok(result.status == 0 && !result.timed_out && lives(atoi(said)),
       "what is left behind by a command that ends well goes on");
    kill(atoi(said), SIGKILL);
}

/* ---- The end of ours ----------------------------------------------------------------------- */

static bool start(struct child *child, const char *command)
{
    struct child_options options = {.command = command, .input = -1};
    err = (struct err){.kind = ERR_NONE};
    return child_start(child, &options, &err);
}

static void test_fini(void)
{
    struct child child;
    struct child_result result;
    ok(start(&child, "trap '' TERM; sleep 60") && !child_poll(&child, &result), "one that runs");
    uint64_t before = loop_now();
    pid_t pid = child.pid;
    child_fini(&child);
    ok(is_gone(pid) && loop_now() - before < SECOND / 2, "... is killed when we end");
    child_fini(&child);
    ok(start(&child, "exit 0"), "one that has ended");
    usleep(100000);
    child_fini(&child);
    ok(start(&child, "exec sleep 60"), "one that is stopped");
    child_stop(&child);
    ok(wait_for(&child, &result) && result.signal == SIGTERM && !result.timed_out,
       "... ends by SIGTERM, and not because of a limit");
}

static void test_leaks(void)
{
    const char *const missing[] = {"/nonexistent/command", NULL};
    struct child_options options = {.argv = missing, .input = -1};
    int before = open_files();
    for (int i = 0; i < 50; i++) {
        struct child child;
        run_command("exit 1", 0);
        run(&options);
        if (start(&child, "sleep 60"))
            child_fini(&child);
    }
    is_int(open_files(), before, "no descriptor is left");
    ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "no child is left");
}

static void test_resources(void)
{
    struct rlimit before, none;
    struct child child;
    getrlimit(RLIMIT_NOFILE, &before);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    bool started = start(&child, "exit 0");
    setrlimit(RLIMIT_NOFILE, &before);
    ok(!started && err.kind == ERR_MEMORY, "no descriptors, no command: %s", err.text);
    child_fini(&child);
}

/* In a process of its own, whose standard descriptors are closed. */
static void test_closed(void)
{
    int status = -1;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        struct child child;
        struct child_result result = {.status = -1};
        for (int fd = 0; fd <= 2; fd++)
            close(fd);
        bool good =
            start(&child, "cat && echo a && echo b >&2 && exit 9") && wait_for(&child, &result);
        child_fini(&child);
        _exit(good ? result.status : 1);
    }
    waitpid(pid, &status, 0);
    is_int(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 9, "our own descriptors are closed");
}

/* Whoever started us may have ignored the signal: then the system forgets how a child has ended. */
static void test_ignored(void)
{
    signal(SIGCHLD, SIG_IGN);
    struct child_result result = run_command("exit 0", 0);
    signal(SIGCHLD, SIG_DFL);
    ok(result.status == 255 && result.signal == 0, "with SIGCHLD ignored nobody knows: it is bad");
}

int main(void)
{
    test_words();
    test_environment();
    test_input();
    test_signals();
    test_descriptors();
    test_group();
    for (int i = 0; i < 2; i++) {
        without_pidfd = i > 0;
        diag("with%s a pidfd", without_pidfd ? "out" : "");
        test_missing();
        test_killed();
        test_much();
        test_time();
        test_limit();
    }
    test_grandchildren();
    without_pidfd = false;
    test_fini();
    test_leaks();
    test_resources();
    test_closed();
    test_ignored();
    return tap_end();
}
