#include "io/behind.h"

#include "base/work.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Few large blocks: to wake the thread takes as long as to copy a few thousand octets. */
enum {
    BLOCKS = 3,
    BLOCK_SIZE = 512 * 1024,
    EARLY = 4 * 1024 * 1024, /* so much is brought to the disk at once */
};

struct block {
    struct task task;
    struct behind *behind;
    size_t length;
    char octets[BLOCK_SIZE];
};

struct behind {
    struct work *work;
    int fd;
    bool flushes;
    atomic_int failed;    /* the errno value of the first write that has failed */
    off_t written, begun; /* where the file ends, and up to where the disk has it: the thread's */
    unsigned next;        /* the block that is being filled */
    unsigned running;     /* how many are on the way, those before it */
    struct block blocks[BLOCKS];
};

static int write_whole(int fd, const char *octets, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, octets, length);
        if (n < 0 && errno != EINTR)
            return errno;
        if (n > 0) {
            octets += n;
            length -= (size_t)n;
        }
    }
    return 0;
}

/* On the thread. What goes wrong with bringing it to the disk goes wrong again in the end, and is
 * told then. */
static void write_block(struct task *task)
{
    struct block *block = (struct block *)task;
    struct behind *behind = block->behind;
    if (behind->failed == 0)
        behind->failed = write_whole(behind->fd, block->octets, block->length);
    behind->written += (off_t)block->length;
    if (behind->flushes && behind->failed == 0 && behind->written - behind->begun >= EARLY) {
        sync_file_range(behind->fd, behind->begun, behind->written - behind->begun,
                        SYNC_FILE_RANGE_WRITE);
        behind->begun = behind->written;
    }
}

/* Waits until the oldest block is written. */
static void wait_for_one(struct behind *behind)
{
    struct pollfd done = {.fd = work_fd(behind->work), .events = POLLIN};
    while (work_done(behind->work) == NULL)
        poll(&done, 1, -1);
    behind->running--;
}

struct behind *behind_new(int fd, bool flushes)
{
    struct err ignored = {.kind = ERR_NONE};
    struct behind *behind = malloc(sizeof *behind);
    off_t at = lseek(fd, 0, SEEK_CUR);
    struct work *work = behind != NULL && at >= 0 ? work_new(1, &ignored) : NULL;
    if (work == NULL) {
        free(behind);
        return NULL;
    }
    behind->work = work;
    behind->fd = fd;
    behind->flushes = flushes;
    behind->failed = 0;
    behind->written = at;
    behind->begun = 0;
    behind->next = behind->running = 0;
    for (unsigned i = 0; i < BLOCKS; i++) {
        behind->blocks[i].task = (struct task){.run = write_block};
        behind->blocks[i].behind = behind;
        behind->blocks[i].length = 0;
    }
    return behind;
}

static struct block *filling(struct behind *behind)
{
    return &behind->blocks[behind->next % BLOCKS];
}

/* Sends off what has been gathered; the next block is free then, at once or after a while. */
static void send_off(struct behind *behind)
{
    work_put(behind->work, &filling(behind)->task);
    behind->next++;
    if (++behind->running == BLOCKS)
        wait_for_one(behind);
    filling(behind)->length = 0;
}

int behind_write(struct behind *behind, const void *octets, size_t length)
{
    const char *from = octets;
    while (length > 0) {
        if (length > BLOCK_SIZE - filling(behind)->length && filling(behind)->length > 0)
            send_off(behind);
        struct block *block = filling(behind);
        size_t part = length < BLOCK_SIZE ? length : BLOCK_SIZE;
        memcpy(block->octets + block->length, from, part);
        block->length += part;
        from += part;
        length -= part;
    }
    return behind->failed;
}

int behind_free(struct behind *behind)
{
    if (behind == NULL)
        return 0;
    if (filling(behind)->length > 0)
        send_off(behind);
    while (behind->running > 0)
        wait_for_one(behind);
    int failed = behind->failed;
    work_free(behind->work);
    free(behind);
    return failed;
}
