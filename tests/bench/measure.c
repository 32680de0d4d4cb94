/*
 * measure: runs a command and tells what it needed.
 *
 *     measure [-n RUNS] [-o FILE] COMMAND [ARGUMENT...]
 *
 * Prints one line a run: wall seconds, CPU seconds (user and system), peak resident set in KiB,
 * exit status. The command's stdout goes to FILE (default /dev/null), its stderr to ours.
 *
 * A small program does this because the kernel counts the memory that a process held between
 * fork and exec to its peak: a shell or an interpreter as the parent would be measured too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
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

    while ((option = getopt(argc, argv, "+n:o:")) != -1) {
        if (option == 'n') {
            runs = atoi(optarg);
        } else if (option == 'o') {
            output = optarg;
        } else {
            return 125;
        }
    }
    if (optind == argc) {
        fputs("usage: measure [-n RUNS] [-o FILE] COMMAND [ARGUMENT...]\n", stderr);
        return 125;
    }
    while (runs-- > 0) {
        run_once(output, argv + optind);
    }
    return 0;
}
