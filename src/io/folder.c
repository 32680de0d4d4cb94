#include "io/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { LOOK_AGAIN = 100000 }; /* microseconds between looks at a lock */

bool folder_is(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

void folder_fini(struct folder *folder)
{
    for (size_t i = 0; i < folder->count; i++)
        free(folder->paths[i]);
    free(folder->paths);
    *folder = (struct folder){.count = 0};
}

/* The path of a file in the folder, or NULL without memory. */
static char *join(const char *folder, const char *name)
{
    size_t length = strlen(folder), rest = strlen(name) + 1;
    bool has_slash = length > 0 && folder[length - 1] == '/';
    char *path = malloc(length + 1 + rest);
    if (path == NULL)
        return NULL;
    memcpy(path, folder, length);
    if (!has_slash)
        path[length++] = '/';
    memcpy(path + length, name, rest);
    return path;
}

static bool add(struct folder *folder, const char *path, const char *name)
{
    size_t count = folder->count;
    if ((count & (count - 1)) == 0) { /* full at each power of two */
        char **paths = realloc(folder->paths, (count > 0 ? 2 * count : 1) * sizeof *paths);
        if (paths == NULL)
            return false;
        folder->paths = paths;
    }
    folder->paths[count] = join(path, name);
    folder->count += folder->paths[count] != NULL;
    return folder->count > count;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool folder_list(struct folder *folder, const char *path, bool (*takes)(const char *name),
                 struct err *err)
{
    bool good = true;
    *folder = (struct folder){.count = 0};
    DIR *dir = opendir(path);
    if (dir == NULL)
        return err_set_errno(err, ERR_INPUT, errno, "cannot read the folder %.300s", path);
    errno = 0;
    for (struct dirent *entry; good && (entry = readdir(dir)) != NULL; errno = 0)
        if (entry->d_name[0] != '.' && takes(entry->d_name))
            good = add(folder, path, entry->d_name) || err_set(err, ERR_MEMORY, "out of memory");
    if (good && errno != 0)
        good = err_set_errno(err, ERR_INPUT, errno, "cannot read the folder %.300s", path);
    closedir(dir);
    if (folder->count > 0)
        qsort(folder->paths, folder->count, sizeof *folder->paths, compare);
    return good;
}

bool folder_lock(int fd, const struct folder_lock *lock, struct err *err)
{
    int how = (lock->is_shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
    while (flock(fd, how) != 0) {
        if (errno != EWOULDBLOCK)
            return err_set_errno(err, ERR_OUTPUT, errno, "cannot lock the folder %.300s",
                                 lock->path);
        if (!lock->waits)
            return err_set(err, ERR_BUSY, "another run of zxfr works in the folder %.300s",
                           lock->path);
        if (loop_wait(lock->loop, NULL, 0, loop_now() + LOOK_AGAIN) == LOOP_SIGNAL)
            return err_set(err, ERR_INTERRUPTED, "interrupted");
    }
    return true;
}
