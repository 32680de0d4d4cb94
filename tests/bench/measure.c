/*
 * measure: runs a command and tells what it needed.
 *
 *     measure [-n RUNS] [-o FILE] [-w MIB] COMMAND [ARGUMENT...]
 *
 * Prints one line a run: wall seconds, CPU seconds (user and system), peak resident set in KiB,
 * exit status. The command's stdout goes to FILE (default /dev/null), its stderr to ours.
 *
 * Before each run so many MiB of memory are used and given back, if they are free. A virtual
 * machine gets its memory from its host where it is used for the first time, or again after a
 * while, which takes four times as long as to use it; without this, it would depend on what ran
 * before whether a command, or the copy of a large file, has to wait for that.
 *
 * A small program does this because the kernel counts the memory that a process held between
 * fork and exec to its peak: a shell or an interpreter as the parent would be measured too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
    exit(125);
}

static double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* What is not free holds files that the command may read: it is left alone. */
static void warm(size_t mib)
{
    struct sysinfo info;
    size_t length = mib << 20;
    void *memory;

    if (length == 0 || sysinfo(&info) != 0 || info.freeram * info.mem_unit / 8 * 7 < length) {
        return;
    }
    memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
                  -1, 0);
    if (memory == MAP_FAILED) {
        die("memory");
    }
    munmap(memory, length);
}

static void run_once(const char *output, char **command)
{
    struct rusage usage;
    int status, fd = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    double start;
    pid_t child;

    if (fd < 0) {
        die(output);
    }
    start = seconds_now();
    child = fork();
    if (child < 0) {
        die("fork");
    }
    if (child == 0) {
        dup2(fd, STDOUT_FILENO);
        execvp(command[0], command);
        fprintf(stderr, "measure: %s: %s\n", command[0], strerror(errno));
        _exit(127);
    }
    if (wait4(child, &status, 0, &usage) != child) {
        die("wait");
    }
    printf("%.6f %.6f %ld %d\n", seconds_now() - start,
           seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), usage.ru_maxrss,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    close(fd);
}

int main(int argc, char **argv)
{
    const char *output = "/dev/null";
    int option, runs = 1;
    size_t mib = 0;

    while ((option = getopt(argc, argv, "+n:o:w:")) != -1) {
        if (option == 'n') {
            runs = atoi(optarg);
        } else if (option == 'o') {
            output = optarg;
        } else if (option == 'w') {
            mib = strtoul(optarg, NULL, 10);
        } else {
            return 125;
        }
    }
    if (optind == argc) {
        fputs("usage: measure [-n RUNS] [-o FILE] [-w MIB] COMMAND [ARGUMENT...]\n", stderr);
        return 125;
    }
    while (runs-- > 0) {
        warm(mib);
        run_once(output, argv + optind);
    }
    return 0;
}
