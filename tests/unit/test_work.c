/* base/work: every task runs once and comes back once, with no thread, one and several; what is
 * shared out is done once each; nothing waits for itself. Also meant for ThreadSanitizer. */
#include "base/work.h"

#include "tap.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

enum { TASKS = 5000, PUTTERS = 4, INDEXES = 2000, LONG = 20 };

static struct err err;

static struct work *start(unsigned threads)
{
    struct work *work = work_new(threads, &err);
    if (work == NULL) {
        printf("Bail out! %s\n", err.text);
        exit(1);
    }
    return work;
}

static bool is_readable(const struct work *work)
{
    struct pollfd fd = {.fd = work_fd(work), .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

/* Waits for the next task that is done, as a loop would. */
static struct task *fetch(struct work *work)
{
    struct pollfd fd = {.fd = work_fd(work), .events = POLLIN};
    if (poll(&fd, 1, 20000) != 1)
        return NULL;
    return work_done(work);
}

/* ---- Tasks --------------------------------------------------------------------------------- */

/* The number is touched by one thread after the other, without a lock. */
struct number {
    struct task task;
    unsigned value, fetched;
};

static void count_up(struct task *task)
{
    ((struct number *)task)->value++;
}

static struct number numbers[TASKS];

static void test_tasks(unsigned threads)
{
    struct work *work = start(threads);
    ok(!is_readable(work) && work_done(work) == NULL, "%u threads: nothing is done yet", threads);
    memset(numbers, 0, sizeof numbers);
    for (unsigned round = 1; round <= 2; round++) {
        for (size_t i = 0; i < TASKS; i++) {
            numbers[i].task.run = count_up;
            work_put(work, &numbers[i].task);
        }
        unsigned wrong = 0;
        for (size_t i = 0; i < TASKS; i++) {
            struct number *number = (struct number *)fetch(work);
            if (number == NULL)
                break;
            number->fetched++;
            wrong += threads < 2 && number != &numbers[i];
        }
        for (size_t i = 0; i < TASKS; i++)
            wrong +=
                numbers[i].value != round || numbers[i].fetched != round || !numbers[i].task.done;
        is_int(wrong, 0, "%d tasks run and come back, time %u%s", TASKS, round,
               threads < 2 ? ", in order" : "");
        ok(!is_readable(work) && work_done(work) == NULL, "... and no more");
    }
    ok(work_free(work) == NULL, "... nothing is left");
}

/* With no threads it is done before work_put returns, by the caller. */
static pthread_t runner;

static void note_runner(struct task *task)
{
    (void)task;
    runner = pthread_self();
}

static void test_on_the_spot(void)
{
    struct work *work = start(0);
    struct task task = {.run = note_runner};
    work_put(work, &task);
    ok(task.done && pthread_equal(runner, pthread_self()), "without threads it runs on the spot");
    ok(is_readable(work) && is_readable(work), "... the descriptor says so, and goes on to");
    ok(work_done(work) == &task && !is_readable(work), "... until it was fetched");
    work_free(work);
    work = start(1);
    work_put(work, &task);
    ok(fetch(work) == &task && !pthread_equal(runner, pthread_self()),
       "a thread runs it elsewhere");
    work_free(work);
}

/* Tasks that put others in, down to a depth. */
struct chain {
    struct task task;
    struct work *work;
    struct chain *inner;
};

static void put_inner(struct task *task)
{
    struct chain *chain = (struct chain *)task;
    if (chain->inner != NULL)
        work_put(chain->work, &chain->inner->task);
}

static void test_tasks_of_tasks(unsigned threads)
{
    static struct chain chains[100];
    struct work *work = start(threads);
    unsigned count = 0;
    for (size_t i = 0; i < 100; i++)
        chains[i] = (struct chain){{.run = put_inner}, work, i > 0 ? &chains[i - 1] : NULL};
    work_put(work, &chains[99].task);
    while (count < 100 && fetch(work) != NULL)
        count++;
    is_int(count, 100, "%u threads: a task puts in another, a hundred deep", threads);
    work_free(work);
}

/* Several threads that put tasks in. */
static void *put_share(void *context)
{
    struct work *work = context;
    static atomic_uint next;
    unsigned share = atomic_fetch_add(&next, 1) % PUTTERS;
    for (size_t i = share; i < TASKS; i += PUTTERS)
        work_put(work, &numbers[i].task);
    return NULL;
}

static void test_putters(unsigned threads)
{
    pthread_t putters[PUTTERS];
    struct work *work = start(threads);
    unsigned count = 0, wrong = 0;
    memset(numbers, 0, sizeof numbers);
    for (size_t i = 0; i < TASKS; i++)
        numbers[i].task.run = count_up;
    for (size_t i = 0; i < PUTTERS; i++)
        pthread_create(&putters[i], NULL, put_share, work);
    while (count < TASKS && fetch(work) != NULL)
        count++;
    for (size_t i = 0; i < PUTTERS; i++)
        pthread_join(putters[i], NULL);
    for (size_t i = 0; i < TASKS; i++)
        wrong += numbers[i].value != 1;
    ok(count == TASKS && wrong == 0, "%u threads: tasks of several putters", threads);
    work_free(work);
}

/* ---- Shares -------------------------------------------------------------------------------- */

struct shares {
    struct work *work;
    unsigned counts[INDEXES];
};

static void count_share(void *context, size_t index)
{
    struct shares *shares = context;
    shares->counts[index]++;
}

static unsigned wrong_shares(const struct shares *shares, size_t n)
{
    unsigned wrong = 0;
    for (size_t i = 0; i < INDEXES; i++)
        wrong += shares->counts[i] != (i < n);
    return wrong;
}

static void test_shares(unsigned threads)
{
    static const size_t sizes[] = {0, 1, 2, 3, 17, INDEXES};
    struct work *work = start(threads);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct shares shares = {.work = work};
        work_each(work, count_share, &shares, sizes[i]);
        is_int(wrong_shares(&shares, sizes[i]), 0, "%u threads: %zu indexes, each once", threads,
               sizes[i]);
    }
    work_free(work);
}

/* Lanes: each index once, and never two at once on one lane, whose counter has no lock. */
struct lanes {
    unsigned sums[8];
    atomic_uint busy[8], crossed, times[INDEXES];
};

static void run_on_lane(void *context, unsigned lane, size_t index)
{
    struct lanes *lanes = context;
    if (lane >= 8 || atomic_exchange(&lanes->busy[lane], 1) != 0)
        atomic_fetch_add(&lanes->crossed, 1);
    else
        lanes->sums[lane]++;
    atomic_fetch_add(&lanes->times[index], 1);
    atomic_store(&lanes->busy[lane & 7], 0);
}

static void test_lanes(unsigned threads)
{
    static struct lanes lanes;
    static const size_t sizes[] = {0, 1, 2, INDEXES};
    struct work *work = start(threads);
    is_int(work_lanes(work), threads + 1, "%u threads: a lane for each, and the caller's", threads);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned wrong = 0, sum = 0;
        memset(&lanes, 0, sizeof lanes);
        work_each_lane(work, run_on_lane, &lanes, sizes[i]);
        for (size_t j = 0; j < INDEXES; j++)
            wrong += atomic_load(&lanes.times[j]) != (j < sizes[i]);
        for (size_t j = 0; j < 8; j++)
            sum += j <= threads ? lanes.sums[j] : 0;
        ok(wrong == 0 && sum == sizes[i] && atomic_load(&lanes.crossed) == 0,
           "... %zu indexes, each once, and one at a time on a lane", sizes[i]);
    }
    work_free(work);
}

static void test_no_pool(void)
{
    static struct lanes lanes;
    work_each_lane(NULL, run_on_lane, &lanes, INDEXES);
    ok(work_lanes(NULL) == 1 && lanes.sums[0] == INDEXES, "without a pool: all on one lane");
}

/* Shares of shares of shares, in tasks that are more than the threads: all wait, and all get on. */
struct nest {
    struct task task;
    struct work *work;
    atomic_uint leaves;
};

static void leaf(void *context, size_t index)
{
    (void)index;
    atomic_fetch_add(&((struct nest *)context)->leaves, 1);
}

static void twig(void *context, size_t index)
{
    (void)index;
    work_each(((struct nest *)context)->work, leaf, context, 7);
}

static void branch(void *context, size_t index)
{
    (void)index;
    work_each(((struct nest *)context)->work, twig, context, 5);
}

static void grow(struct task *task)
{
    struct nest *nest = (struct nest *)task;
    work_each(nest->work, branch, nest, 11);
}

static void test_nests(unsigned threads)
{
    static struct nest nests[40];
    struct work *work = start(threads);
    unsigned wrong = 0, fetched = 0;
    for (size_t i = 0; i < 40; i++) {
        nests[i] = (struct nest){.task = {.run = grow}, .work = work};
        work_put(work, &nests[i].task);
    }
    struct nest own = {.work = work};
    work_each(work, branch, &own, 11);
    for (size_t i = 0; i < 40; i++)
        fetched += fetch(work) != NULL;
    for (size_t i = 0; i < 40; i++)
        wrong += atomic_load(&nests[i].leaves) != 11 * 5 * 7;
    ok(wrong == 0 && fetched == 40 && atomic_load(&own.leaves) == 11 * 5 * 7,
       "%u threads: shares within shares, within tasks and outside", threads);
    work_free(work);
}

/* All threads are busy with tasks that wait for the caller: it must do its shares alone. */
static atomic_bool may_end;
static atomic_uint begun;

static void wait_for_end(struct task *task)
{
    (void)task;
    atomic_fetch_add(&begun, 1);
    while (!atomic_load(&may_end))
        usleep(1000);
}

static void test_busy(unsigned threads)
{
    static struct task tasks[8];
    struct work *work = start(threads);
    struct shares shares = {.work = work};
    atomic_store(&may_end, false);
    atomic_store(&begun, 0);
    for (size_t i = 0; i < 8; i++) {
        tasks[i] = (struct task){.run = wait_for_end};
        work_put(work, &tasks[i]);
    }
    while (atomic_load(&begun) < threads)
        usleep(1000);
    work_each(work, count_share, &shares, INDEXES);
    is_int(wrong_shares(&shares, INDEXES), 0, "%u busy threads: the caller does it all", threads);
    atomic_store(&may_end, true);
    for (size_t i = 0; i < 8; i++)
        fetch(work);
    work_free(work);
}

/* ---- The end ------------------------------------------------------------------------------- */

static void test_end(unsigned threads)
{
    static struct task tasks[10];
    struct work *work = start(threads);
    unsigned left = 0, done = 0;
    atomic_store(&may_end, false);
    atomic_store(&begun, 0);
    for (size_t i = 0; i < 10; i++) {
        tasks[i] = (struct task){.run = wait_for_end};
        work_put(work, &tasks[i]);
    }
    while (atomic_load(&begun) < threads)
        usleep(1000);
    /* One that was done and not fetched is among those that come back. */
    atomic_store(&may_end, true);
    while (!is_readable(work))
        usleep(1000);
    for (struct task *task = work_free(work); task != NULL; task = task->next) {
        left++;
        done += task->done;
    }
    ok(left == 10 && done >= threads, "%u threads: at the end all tasks come back, %u done",
       threads, done);
}

static void *free_work(void *work)
{
    return work_free(work);
}

static void test_undone(void)
{
    static struct task tasks[3];
    struct work *work = start(1);
    pthread_t freer;
    void *left;
    atomic_store(&may_end, false);
    atomic_store(&begun, 0);
    for (size_t i = 0; i < 3; i++) {
        tasks[i] = (struct task){.run = wait_for_end};
        work_put(work, &tasks[i]);
    }
    while (atomic_load(&begun) < 1)
        usleep(1000);
    pthread_create(&freer, NULL, free_work, work);
    usleep(200000); /* the end has begun by then, or else more may be done */
    atomic_store(&may_end, true);
    pthread_join(freer, &left);
    ok(left == &tasks[0] && tasks[0].done && tasks[0].next == &tasks[1] && !tasks[1].done &&
           tasks[1].next == &tasks[2] && !tasks[2].done && tasks[2].next == NULL,
       "the task that runs is waited for, the others are not begun");
}

/* ---- Signals ------------------------------------------------------------------------------- */

static volatile pthread_t handler_thread;

static void on_signal(int number)
{
    (void)number;
    handler_thread = pthread_self();
}

static void read_mask(struct task *task)
{
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    ((struct number *)task)->value =
        (unsigned)(sigismember(&mask, SIGTERM) + sigismember(&mask, SIGINT) +
                   sigismember(&mask, SIGCHLD) + sigismember(&mask, SIGUSR1));
}

static void test_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct work *work = start(4);
    struct number number = {.task = {.run = read_mask}};
    sigset_t mask;
    work_put(work, &number.task);
    fetch(work);
    is_int(number.value, 4, "threads block signals");
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    is_int(sigismember(&mask, SIGTERM), 0, "... and whoever started them does not");
    sigaction(SIGUSR1, &action, NULL);
    unsigned wrong = 0;
    for (int i = 0; i < 100; i++) {
        kill(getpid(), SIGUSR1);
        wrong += !pthread_equal(handler_thread, pthread_self());
    }
    is_int(wrong, 0, "... which signals come to");
    work_free(work);
}

static void test_no_descriptor(void)
{
    struct rlimit before, none;
    getrlimit(RLIMIT_NOFILE, &before);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    struct work *work = work_new(2, &err);
    setrlimit(RLIMIT_NOFILE, &before);
    ok(work == NULL && err.kind == ERR_MEMORY, "no descriptor, no pool: %s", err.text);
}

int main(void)
{
    static const unsigned counts[] = {0, 1, 4};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        test_tasks(counts[i]);
        test_tasks_of_tasks(counts[i]);
        test_putters(counts[i]);
        test_shares(counts[i]);
        test_lanes(counts[i]);
        for (int round = 0; round < LONG; round++)
            test_nests(counts[i]);
    }
    test_on_the_spot();
    test_no_pool();
    for (size_t i = 1; i < sizeof counts / sizeof *counts; i++) {
        test_busy(counts[i]);
        test_end(counts[i]);
    }
    test_undone();
    test_signals();
    test_no_descriptor();
    ok(work_free(NULL) == NULL, "nothing can be freed");
    return tap_end();
}
