#include "io/remnants.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char SUFFIX[] = ".zxfr";

/* Whether the name still leads to what is open: it may have been renamed before it was locked. */
static bool is_linked(int folder, const char *name, int fd)
{
    struct stat opened, named;
    return fstat(fd, &opened) == 0 && S_ISREG(opened.st_mode) &&
           fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

void remnants_remove_one(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_linked(folder, name, fd))
        unlinkat(folder, name, 0);
    close(fd);
}

/* .FILE.zxfr, where FILE ends so. */
static bool is_temporary(const char *name, const char *ending)
{
    const size_t suffix = sizeof SUFFIX - 1;
    size_t n = strlen(name), length = strlen(ending);
    return *name == '.' && n > 1 + length + suffix && strcmp(name + n - suffix, SUFFIX) == 0 &&
           memcmp(name + n - suffix - length, ending, length) == 0;
}

void remnants_remove(const char *folder, const char *ending)
{
    const struct dirent *entry;
    DIR *dir = opendir(folder);
    while (dir != NULL && (entry = readdir(dir)) != NULL)
        if (is_temporary(entry->d_name, ending))
            remnants_remove_one(dirfd(dir), entry->d_name);
    if (dir != NULL)
        closedir(dir);
}
