#include "base/work.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A list of tasks, the first of which goes first. */
struct queue {
    struct task *first, *last;
};

/* A call of work_each, in the caller's memory. It is on the list as long as it has indexes that
 * nobody works on, and the caller stays until nobody does any more. */
struct each {
    void (*run)(void *context, size_t index);
    void *context;
    size_t n, next; /* the indexes from `next` on are free */
    size_t running;
    struct each *other; /* on the list */
};

/* Whatever is behind the lock is only touched by who holds it; tasks and indexes run without. */
struct work {
    pthread_mutex_t lock;
    pthread_cond_t more;    /* there is something to do, or the end has come */
    pthread_cond_t settled; /* a call of work_each has nothing running any more */
    struct queue waiting, done;
    struct each *eaches;
    bool ends;
    int fd; /* counts 1 as long as `done` has something */
    unsigned count;
    pthread_t threads[];
};

/* ---- The lists ----------------------------------------------------------------------------- */

static void append(struct queue *queue, struct task *task)
{
    task->next = NULL;
    if (queue->first == NULL)
        queue->first = task;
    else
        queue->last->next = task;
    queue->last = task;
}

static struct task *pop(struct queue *queue)
{
    struct task *task = queue->first;
    if (task != NULL)
        queue->first = task->next;
    return task;
}

static void add_done(struct work *work, struct task *task)
{
    if (work->done.first == NULL)
        eventfd_write(work->fd, 1);
    task->done = true;
    append(&work->done, task);
}

static void remove_each(struct work *work, const struct each *each)
{
    struct each **at = &work->eaches;
    while (*at != each)
        at = &(*at)->other;
    *at = each->other;
}

/* ---- Doing it, under the lock but for the work itself -------------------------------------- */

static void run_task(struct work *work, struct task *task)
{
    pthread_mutex_unlock(&work->lock);
    task->run(task);
    pthread_mutex_lock(&work->lock);
    add_done(work, task);
}

/* Works on the next index; there is one. Behind the last line the caller of work_each may be gone,
 * and the memory with it. */
static void run_index(struct work *work, struct each *each)
{
    size_t index = each->next++;
    if (each->next == each->n)
        remove_each(work, each);
    each->running++;
    pthread_mutex_unlock(&work->lock);
    each->run(each->context, index);
    pthread_mutex_lock(&work->lock);
    if (--each->running == 0 && each->next == each->n)
        pthread_cond_broadcast(&work->settled);
}

/* A thread. What somebody waits for in work_each goes before what has not begun. */
static void *attend(void *context)
{
    struct work *work = context;
    pthread_mutex_lock(&work->lock);
    while (!work->ends) {
        if (work->eaches != NULL)
            run_index(work, work->eaches);
        else if (work->waiting.first != NULL)
            run_task(work, pop(&work->waiting));
        else
            pthread_cond_wait(&work->more, &work->lock);
    }
    pthread_mutex_unlock(&work->lock);
    return NULL;
}

/* ---- What callers see ---------------------------------------------------------------------- */

void work_put(struct work *work, struct task *task)
{
    task->done = false;
    pthread_mutex_lock(&work->lock);
    if (work->count == 0) {
        run_task(work, task);
    } else {
        append(&work->waiting, task);
        pthread_cond_signal(&work->more);
    }
    pthread_mutex_unlock(&work->lock);
}

struct task *work_done(struct work *work)
{
    eventfd_t ignored;
    pthread_mutex_lock(&work->lock);
    struct task *task = pop(&work->done);
    if (task != NULL && work->done.first == NULL)
        eventfd_read(work->fd, &ignored);
    pthread_mutex_unlock(&work->lock);
    return task;
}

int work_fd(const struct work *work)
{
    return work->fd;
}

void work_each(struct work *work, void (*run)(void *context, size_t index), void *context, size_t n)
{
    struct each each = {.run = run, .context = context, .n = n};
    if (n == 0)
        return;
    pthread_mutex_lock(&work->lock);
    each.other = work->eaches;
    work->eaches = &each;
    if (n > 1)
        pthread_cond_broadcast(&work->more);
    while (each.next < n)
        run_index(work, &each);
    while (each.running > 0)
        pthread_cond_wait(&work->settled, &work->lock);
    pthread_mutex_unlock(&work->lock);
}

unsigned work_lanes(const struct work *work)
{
    return work != NULL ? work->count + 1 : 1;
}

/* A call of work_each_lane: each lane takes the next index until there is none. */
struct lanes {
    void (*run)(void *context, unsigned lane, size_t index);
    void *context;
    size_t n;
    atomic_size_t next;
};

static void run_lane(void *context, size_t lane)
{
    struct lanes *lanes = context;
    for (;;) {
        size_t index = atomic_fetch_add(&lanes->next, 1);
        if (index >= lanes->n)
            return;
        lanes->run(lanes->context, (unsigned)lane, index);
    }
}

void work_each_lane(struct work *work, void (*run)(void *context, unsigned lane, size_t index),
                    void *context, size_t n)
{
    struct lanes lanes = {.run = run, .context = context, .n = n};
    unsigned count = work_lanes(work);
    atomic_init(&lanes.next, 0);
    if (count > 1 && n > 1)
        work_each(work, run_lane, &lanes, count < n ? count : n);
    else
        run_lane(&lanes, 0);
}

/* Starts a thread that no signal comes to; returns an errno value. */
static int start_thread(struct work *work)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int number = pthread_create(&work->threads[work->count], NULL, attend, work);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return number;
}

struct work *work_new(unsigned threads, struct err *err)
{
    if (threads > WORK_THREADS_MAX)
        threads = WORK_THREADS_MAX;
    struct work *work = calloc(1, sizeof *work + threads * sizeof *work->threads);
    if (work == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    work->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (work->fd < 0) {
        err_set_errno(err, ERR_MEMORY, errno, "no descriptor for threads");
        free(work);
        return NULL;
    }
    pthread_mutex_init(&work->lock, NULL);
    pthread_cond_init(&work->more, NULL);
    pthread_cond_init(&work->settled, NULL);
    int number = 0;
    /* Those that run look at `count` under the lock only, and have nothing to do yet. */
    while (number == 0 && work->count < threads) {
        number = start_thread(work);
        work->count += number == 0;
    }
    if (number == 0)
        return work;
    err_set_errno(err, ERR_MEMORY, number, "no memory, or no place, for another thread");
    work_free(work);
    return NULL;
}

struct task *work_free(struct work *work)
{
    if (work == NULL)
        return NULL;
    pthread_mutex_lock(&work->lock);
    work->ends = true;
    pthread_cond_broadcast(&work->more);
    pthread_mutex_unlock(&work->lock);
    for (unsigned i = 0; i < work->count; i++)
        pthread_join(work->threads[i], NULL);
    struct queue left = work->done;
    for (struct task *task; (task = pop(&work->waiting)) != NULL;)
        append(&left, task);
    pthread_mutex_destroy(&work->lock);
    pthread_cond_destroy(&work->more);
    pthread_cond_destroy(&work->settled);
    close(work->fd);
    free(work);
    return left.first;
}
