/*
 * nomem: a library to preload that lets one allocation fail, and looks for what was not freed.
 *
 *     NOMEM_OF=NAME NOMEM_LOG=FILE [NOMEM_AT=N | NOMEM_FROM=N] [NOMEM_SPARE=FUNCTION]
 *         LD_PRELOAD=nomem.so COMMAND
 *
 * Does nothing in a program of another NAME: one that is started in between, such as valgrind.
 * Counts the allocations from the start of main on. The N-th one fails, or all from the N-th on.
 * What FUNCTION, of a library, or what it calls asks for is granted all the same: for a library
 * that is known to go wrong there.
 * Lines of the log: "failed N OBJECT" for each failure, where OBJECT is the file that asked for
 * the memory; "spared N OBJECT" for each that was granted all the same; "kept OCTETS OBJECT" for
 * each allocation that was still there when main returned; "main returned" after them. A run
 * without a line "failed" had less than N allocations.
 *
 * The log is opened before main, because a program may give up the right to open it, and by a high
 * number, so that the program's own descriptors stay as they are.
 * Needs a C library that calls its own malloc so that a preloaded one is taken, as glibc does.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    EARLY = 64 * 1024, /* for what the linker allocates while the real functions are looked up */
    LOG_FD = 500,
    LIVE_MAX = 1 << 16, /* slots of the table of what was allocated; a power of two */
};

typedef int main_fn(int, char **, char **);
typedef int start_fn(main_fn *, int, char **, void (*)(void), void (*)(void), void (*)(void),
                     void *);

static struct {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
    int (*posix_memalign)(void **, size_t, size_t);
} real;

static char early[EARLY];
static size_t early_used;
static bool looking_up, armed;
static main_fn *real_main;
static long count, fail_at, fail_from;
static int log_fd = -1;
static const char *spared_function;

/* An address is kept with its bits inverted, so that a checker of leaks, which looks for pointers
 * in all memory, does not find one here. */
enum {
    SLOT_FREE = 0,
    SLOT_GONE = 1
}; /* a free one ends a search, one of what was freed does not */
struct live {
    uintptr_t hidden;
    size_t size;
    const void *caller;
};
static struct live live[LIVE_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void log_line(const char *what, unsigned long number, const void *caller)
{
    Dl_info info;
    char line[512];
    int saved = errno;
    const char *object = "?";
    if (caller != NULL && dladdr(caller, &info) != 0 && info.dli_fname != NULL) {
        const char *slash = strrchr(info.dli_fname, '/');
        object = slash != NULL ? slash + 1 : info.dli_fname;
    }
    int length = caller == NULL ? snprintf(line, sizeof line, "%s\n", what)
                                : snprintf(line, sizeof line, "%s %lu %s\n", what, number, object);
    if (log_fd >= 0 && write(log_fd, line, (size_t)length) != length)
        _exit(125);
    errno = saved;
}

static void open_log(const char *path)
{
    int fd = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        return;
    log_fd = fcntl(fd, F_DUPFD_CLOEXEC, LOG_FD);
    close(fd);
    if (log_fd < 0)
        _exit(125);
}

/* ---- What is allocated --------------------------------------------------------------------- */

static size_t slot_of(const void *block)
{
    return (size_t)((uintptr_t)block * 0x9e3779b97f4a7c15u >> 40) & (LIVE_MAX - 1);
}

static void *keep(void *block, size_t size, const void *caller)
{
    if (!armed || block == NULL)
        return block;
    pthread_mutex_lock(&lock);
    size_t at = slot_of(block);
    for (size_t i = 0; i < LIVE_MAX && live[at].hidden > SLOT_GONE; i++)
        at = (at + 1) & (LIVE_MAX - 1);
    live[at] = (struct live){~(uintptr_t)block, size, caller};
    pthread_mutex_unlock(&lock);
    return block;
}

static void forget(const void *block)
{
    if (!armed || block == NULL)
        return;
    pthread_mutex_lock(&lock);
    size_t at = slot_of(block);
    for (size_t i = 0; i < LIVE_MAX && live[at].hidden != SLOT_FREE;
         i++, at = (at + 1) & (LIVE_MAX - 1))
        if (live[at].hidden == ~(uintptr_t)block) {
            live[at].hidden = SLOT_GONE;
            break;
        }
    pthread_mutex_unlock(&lock);
}

/* ---- The functions ------------------------------------------------------------------------- */

static void *symbol(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL)
        _exit(125);
    return found;
}

static void look_up(void)
{
    if (real.malloc != NULL)
        return;
    looking_up = true;
    void *found[] = {symbol("calloc"), symbol("realloc"), symbol("free"), symbol("posix_memalign"),
                     symbol("malloc")};
    memcpy(&real.calloc, &found[0], sizeof found[0]);
    memcpy(&real.realloc, &found[1], sizeof found[1]);
    memcpy(&real.free, &found[2], sizeof found[2]);
    memcpy(&real.posix_memalign, &found[3], sizeof found[3]);
    memcpy(&real.malloc, &found[4], sizeof found[4]);
    looking_up = false;
}

static void *early_alloc(size_t size)
{
    size_t aligned = (size + 15) & ~(size_t)15;
    if (aligned > sizeof early - early_used)
        _exit(125);
    void *block = early + early_used;
    early_used += aligned;
    return block;
}

static bool is_early(const void *block)
{
    return (const char *)block >= early && (const char *)block < early + sizeof early;
}

/* Whether the function to spare is among the callers. */
static bool spared(void)
{
    void *callers[64];
    Dl_info info;
    int depth = spared_function == NULL ? 0 : backtrace(callers, 64);
    for (int i = 0; i < depth; i++)
        if (dladdr(callers[i], &info) != 0 && info.dli_sname != NULL &&
            strcmp(info.dli_sname, spared_function) == 0)
            return true;
    return false;
}

/* Whether this allocation is one that fails. */
static bool fails(const void *caller)
{
    if (!armed)
        return false;
    long n = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
    if (n != fail_at && (fail_from == 0 || n < fail_from))
        return false;
    bool granted = spared();
    log_line(granted ? "spared" : "failed", (unsigned long)n, caller);
    errno = granted ? errno : ENOMEM;
    return !granted;
}

void *malloc(size_t size)
{
    const void *caller = __builtin_return_address(0);
    if (looking_up)
        return early_alloc(size);
    look_up();
    return fails(caller) ? NULL : keep(real.malloc(size), size, caller);
}

void *calloc(size_t n, size_t size)
{
    const void *caller = __builtin_return_address(0);
    if (looking_up)
        return early_alloc(n * size); /* never used before: zero */
    look_up();
    return fails(caller) ? NULL : keep(real.calloc(n, size), n * size, caller);
}

void *realloc(void *old, size_t size)
{
    const void *caller = __builtin_return_address(0);
    look_up();
    if (is_early(old)) {
        void *block = real.malloc(size);
        return block == NULL ? NULL : memcpy(block, old, size);
    }
    if (fails(caller))
        return NULL;
    void *block = real.realloc(old, size);
    if (block != NULL || size == 0) {
        forget(old);
        keep(block, size, caller);
    }
    return block;
}

void *reallocarray(void *old, size_t n, size_t size)
{
    size_t whole;
    if (__builtin_mul_overflow(n, size, &whole)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, whole);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    const void *caller = __builtin_return_address(0);
    look_up();
    if (fails(caller))
        return ENOMEM;
    int failure = real.posix_memalign(block, alignment, size);
    if (failure == 0)
        keep(*block, size, caller);
    return failure;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    void *block = NULL;
    errno = posix_memalign(&block, alignment, size);
    return block;
}

void free(void *block)
{
    if (is_early(block))
        return;
    look_up();
    forget(block);
    real.free(block);
}

/* strdup and its like are the C library's own and come to malloc. */

/* ---- main ---------------------------------------------------------------------------------- */

static int counted_main(int argc, char **argv, char **environment)
{
    const char *of = getenv("NOMEM_OF");
    if (of == NULL || strcmp(of, program_invocation_short_name) != 0)
        return real_main(argc, argv, environment);
    armed = true;
    int status = real_main(argc, argv, environment);
    armed = false;
    for (size_t i = 0; i < LIVE_MAX; i++)
        if (live[i].hidden > SLOT_GONE)
            log_line("kept", live[i].size, live[i].caller);
    log_line("main returned", 0, NULL);
    return status;
}

int __libc_start_main(main_fn *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end);

int __libc_start_main(main_fn *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end)
{
    start_fn *start;
    void *found = symbol("__libc_start_main");
    const char *at = getenv("NOMEM_AT"), *from = getenv("NOMEM_FROM");
    memcpy(&start, &found, sizeof found);
    void *callers[1];
    backtrace(callers, 1); /* allocates when it is called first */
    open_log(getenv("NOMEM_LOG"));
    spared_function = getenv("NOMEM_SPARE");
    fail_at = at != NULL ? atol(at) : 0;
    fail_from = from != NULL ? atol(from) : 0;
    real_main = main;
    return start(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}
