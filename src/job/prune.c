#include "job/prune.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct old {
    char *name;
    size_t stem; /* how long the part before .SERIAL.zone is */
    struct timespec time;
};

struct olds {
    struct old *items;
    size_t count, room;
};

/* NAME.SERIAL and an ending: the length of NAME, or 0. */
static size_t stem_of(const char *name, const char *end)
{
    size_t n = strlen(name), length = strlen(end), digits = 0;
    if (n <= length || strcmp(name + n - length, end) != 0)
        return 0;
    n -= length;
    while (digits < n && name[n - digits - 1] >= '0' && name[n - digits - 1] <= '9')
        digits++;
    return digits > 0 && n > digits + 1 && name[n - digits - 1] == '.' ? n - digits - 1 : 0;
}

static bool add(struct olds *olds, int folder, const char *name, struct err *err)
{
    struct stat st;
    size_t stem = stem_of(name, ".zone");
    if (stem == 0 || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
        return true;
    if (olds->count == olds->room) {
        size_t room = olds->room == 0 ? 64 : 2 * olds->room;
        struct old *items = realloc(olds->items, room * sizeof *items);
        if (items == NULL)
            return err_set(err, ERR_MEMORY, "out of memory");
        olds->items = items;
        olds->room = room;
    }
    char *own = strdup(name);
    if (own == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    olds->items[olds->count++] = (struct old){own, stem, st.st_mtim};
    return true;
}

/* By zone, the latest first. */
static int compare(const void *first, const void *second)
{
    const struct old *a = first, *b = second;
    size_t n = a->stem < b->stem ? a->stem : b->stem;
    int order = memcmp(a->name, b->name, n);
    if (order == 0 && a->stem != b->stem)
        order = a->stem < b->stem ? -1 : 1;
    if (order == 0 && a->time.tv_sec != b->time.tv_sec)
        order = a->time.tv_sec > b->time.tv_sec ? -1 : 1;
    if (order == 0 && a->time.tv_nsec != b->time.tv_nsec)
        order = a->time.tv_nsec > b->time.tv_nsec ? -1 : 1;
    return order != 0 ? order : strcmp(b->name, a->name);
}

static bool is_same_zone(const struct old *a, const struct old *b)
{
    return a->stem == b->stem && memcmp(a->name, b->name, a->stem) == 0;
}

static bool remove_oldest(struct olds *olds, int folder, unsigned keep, struct err *err)
{
    size_t kept = 0;
    if (olds->count > 1)
        qsort(olds->items, olds->count, sizeof *olds->items, compare);
    for (size_t i = 0; i < olds->count; i++) {
        const struct old *old = &olds->items[i];
        kept = i > 0 && is_same_zone(old, old - 1) ? kept + 1 : 1;
        if (kept > keep && unlinkat(folder, old->name, 0) != 0 && errno != ENOENT)
            return err_set_errno(err, ERR_OUTPUT, errno, "cannot remove the old file %.300s",
                                 old->name);
    }
    return true;
}

/* What a run that was killed has left of a second name that it gave. */
static void remove_remnant(int folder, const char *name)
{
    if (stem_of(name, ".zone.new") > 0)
        unlinkat(folder, name, 0);
}

static bool read_folder(struct olds *olds, int folder, bool is_alone, struct err *err)
{
    const struct dirent *entry;
    int fd = dup(folder);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    bool good = dir != NULL;
    while (good && (errno = 0, entry = readdir(dir)) != NULL) {
        good = add(olds, folder, entry->d_name, err);
        if (is_alone)
            remove_remnant(folder, entry->d_name);
    }
    int error = errno;
    if (dir != NULL)
        closedir(dir);
    else if (fd >= 0)
        close(fd);
    return (good && error == 0) ||
           err_set_errno(err, ERR_OUTPUT, error, "cannot read the folder of old files");
}

bool prune_old(const char *folder, unsigned keep, bool is_alone, struct err *err)
{
    struct olds olds = {.count = 0};
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(err, ERR_OUTPUT, errno, "cannot open the folder %.300s", folder);
    bool good = read_folder(&olds, fd, is_alone, err) && remove_oldest(&olds, fd, keep, err);
    for (size_t i = 0; i < olds.count; i++)
        free(olds.items[i].name);
    free(olds.items);
    close(fd);
    return good;
}
