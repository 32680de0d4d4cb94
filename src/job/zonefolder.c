#include "job/zonefolder.h"

#include "io/folder.h"
#include "io/remnants.h"
#include "job/keep.h"
#include "job/oldfile.h"
#include "zone/filename.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- The lock ------------------------------------------------------------------------------ */

static bool cannot(const char *what, const struct zonefolder *folder, struct err *err)
{
    return err_set_errno(err, ERR_OUTPUT, errno, "cannot %s the folder %.300s", what, folder->path);
}

static bool lock(struct zonefolder *folder, const struct zonefolder_config *config, struct err *err)
{
    const struct folder_lock lock = {.path = folder->path,
                                     .is_shared = config->is_shared,
                                     .waits = config->waits,
                                     .loop = config->loop};
    return folder_lock(folder->fd, &lock, err);
}

/* ---- The names ----------------------------------------------------------------------------- */

/* What stands between two ends of a name; false: it does not have them. */
static bool between(const char *name, const char *begin, const char *end, const char **at,
                    size_t *length)
{
    size_t n = strlen(name), b = strlen(begin), e = strlen(end);
    if (n <= b + e || memcmp(name, begin, b) != 0 || memcmp(name + n - e, end, e) != 0)
        return false;
    *at = name + b;
    *length = n - b - e;
    return true;
}

static bool is_link(const struct zonefolder *folder, const struct dirent *entry)
{
    struct stat st;
    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_LNK;
    return fstatat(folder->fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

static bool take_name(struct zonefolder *folder, const struct dirent *entry, struct err *err)
{
    const char *name = entry->d_name;
    const struct {
        const char *begin, *end;
        struct dict *dict;
    } kinds[] = {{".", ".zone.hook", &folder->markers},
                 {".", ".zone.zxfr", &folder->left},
                 {"", ".zone", &folder->files}};
    const char *at;
    size_t length;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct dict *dict = kinds[i].dict;
        if (!between(name, kinds[i].begin, kinds[i].end, &at, &length) ||
            (dict == &folder->files && *name == '.'))
            continue;
        return dict_add(kinds[i].dict, at, length, folder, err) && /* not NULL */
               (dict != &folder->files || !is_link(folder, entry) ||
                dict_add(&folder->links, at, length, folder, err));
    }
    return true;
}

static bool read_names(struct zonefolder *folder, struct err *err)
{
    int fd = dup(folder->fd);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        cannot("read", folder, err);
        if (fd >= 0)
            close(fd);
        return false;
    }
    rewinddir(dir);
    const struct dirent *entry;
    bool good = true;
    while (good && (errno = 0, entry = readdir(dir)) != NULL)
        good = take_name(folder, entry, err);
    if (good && errno != 0)
        good = cannot("read", folder, err);
    closedir(dir);
    return good;
}

static void remove_left(struct zonefolder *folder)
{
    char name[NAME_MAX + 1];
    for (size_t i = 0; i < folder->left.count; i++) {
        size_t n;
        const uint8_t *key = dict_key(&folder->left, i, &n);
        snprintf(name, sizeof name, ".%.*s.zone.zxfr", (int)n, (const char *)key);
        remnants_remove_one(folder->fd, name);
    }
}

static void trim(char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        path[--n] = '\0';
}

bool zonefolder_open(struct zonefolder *folder, const struct zonefolder_config *config,
                     struct err *err)
{
    *folder = (struct zonefolder){.fd = -1};
    int length = snprintf(folder->path, sizeof folder->path, "%s", config->path);
    if (length <= 0 || (size_t)length >= sizeof folder->path - FILENAME_ROOM)
        return err_set(err, ERR_OUTPUT, "the folder's name is empty or too long");
    trim(folder->path);
    folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd < 0 && errno == ENOENT) /* it may be a slip: nothing makes folders unasked */
        return err_set(err, ERR_OUTPUT, "there is no folder %.300s; make it first", folder->path);
    if (folder->fd < 0)
        return cannot("open", folder, err);
    if ((!config->only_reads && !lock(folder, config, err)) || !read_names(folder, err))
        return false;
    if (!config->only_reads)
        remove_left(folder);
    return true;
}

static void forget_names(struct zonefolder *folder)
{
    dict_fini(&folder->files);
    dict_fini(&folder->links);
    dict_fini(&folder->markers);
    dict_fini(&folder->left);
}

void zonefolder_close(struct zonefolder *folder)
{
    if (folder->fd >= 0)
        close(folder->fd);
    folder->fd = -1;
    forget_names(folder);
}

bool zonefolder_reread(struct zonefolder *folder, struct err *err)
{
    struct zonefolder fresh = {.fd = folder->fd};
    memcpy(fresh.path, folder->path, sizeof fresh.path);
    if (!read_names(&fresh, err)) {
        forget_names(&fresh);
        return false;
    }
    forget_names(folder);
    folder->files = fresh.files;
    folder->links = fresh.links;
    folder->markers = fresh.markers;
    folder->left = fresh.left;
    return true;
}

void zonefolder_rows(const struct zonefolder *folder, struct zones *zones)
{
    char name[NAME_MAX + 1];
    struct err ignored = {.kind = ERR_NONE};
    for (size_t i = 0; i < folder->files.count; i++) {
        struct endline end;
        bool names_zone = false;
        size_t n;
        const uint8_t *key = dict_key(&folder->files, i, &n);
        snprintf(name, sizeof name, "%.*s.zone", (int)n, (const char *)key);
        int fd = openat(folder->fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
            continue;
        oldfile_last(fd, &end, &names_zone);
        close(fd);
        if (end.kind == ENDLINE_COMPLETE)
            zones_add(zones, end.name, end.name_length, NULL, &ignored);
    }
}

/* ---- Files that no zone names -------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Marks the files of the zones. */
static bool mark(const struct zonefolder *folder, const struct zones *zones, bool *listed,
                 struct err *err)
{
    char name[FILENAME_ROOM];
    size_t at;
    for (size_t i = 0; i < zones->count; i++) {
        const struct zone *zone = zones->rows[i];
        if (!filename_write(name, zone->name, zone->name_length, err))
            return false;
        if (dict_find(&folder->files, name, strlen(name), &at))
            listed[at] = true;
    }
    return true;
}

static bool add_name(struct unlisted *unlisted, const uint8_t *name, size_t length, struct err *err)
{
    char *own = malloc(length + sizeof ".zone");
    if (own == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    memcpy(own, name, length);
    memcpy(own + length, ".zone", sizeof ".zone");
    unlisted->names[unlisted->count++] = own;
    return true;
}

bool unlisted_find(struct unlisted *unlisted, const struct zonefolder *folder,
                   const struct zones *const *lists, size_t count, struct err *err)
{
    size_t files = folder->files.count;
    *unlisted = (struct unlisted){.files = files};
    bool *listed = calloc(files + 1, sizeof *listed);
    unlisted->names = calloc(files + 1, sizeof(char *));
    bool good = listed != NULL && unlisted->names != NULL;
    if (!good)
        err_set(err, ERR_MEMORY, "out of memory");
    for (size_t i = 0; good && i < count; i++)
        good = mark(folder, lists[i], listed, err);
    for (size_t i = 0; good && i < files; i++) {
        size_t length;
        const uint8_t *name = dict_key(&folder->files, i, &length);
        good = listed[i] || add_name(unlisted, name, length, err);
    }
    free(listed);
    if (unlisted->count > 1)
        qsort(unlisted->names, unlisted->count, sizeof(char *), compare_names);
    return good;
}

static bool is_zxfrs(int folder, const char *name)
{
    struct endline end;
    struct stat st;
    bool names_zone = false;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
    if (fd < 0)
        return false;
    bool is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    if (is_file)
        oldfile_last(fd, &end, &names_zone);
    close(fd);
    return is_file && end.kind == ENDLINE_COMPLETE;
}

/* To another file system, or where a sandbox allows no rename, by a copy. A name that is taken is
 * no error, but *is_taken. */
static bool move(const char *from, const char *to, bool *is_taken, struct err *err)
{
    struct stat st;
    *is_taken = false;
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return true;
    int error = errno;
    *is_taken = lstat(to, &st) == 0;
    if (*is_taken)
        return false;
    if (error != EXDEV && error != EINVAL && error != EPERM && error != ENOSYS && error != EACCES)
        return err_set_errno(err, ERR_OUTPUT, error, "cannot move %.300s to %.300s", from, to);
    return keep_as(from, to, false, err) &&
           (unlink(from) == 0 ||
            err_set_errno(err, ERR_OUTPUT, errno, "cannot remove %.300s, which was moved", from));
}

/* A zone may come and go: its file gets the first free name of NAME.zone, NAME.zone.2 and so on. */
static bool move_beside(const struct zonefolder *folder, const char *name, const char *to,
                        struct err *err)
{
    enum { NUMBERS = 9999, NUMBER_ROOM = 8 };
    char from[PATH_MAX], path[PATH_MAX], number[NUMBER_ROOM] = "";
    bool is_taken = true, good = false;
    for (unsigned i = 1; is_taken && i <= NUMBERS; i++) {
        if (i > 1)
            snprintf(number, sizeof number, ".%u", i);
        int a = snprintf(from, sizeof from, "%s/%s", folder->path, name);
        int b = snprintf(path, sizeof path, "%s/%s%s", to, name, number);
        if (a >= PATH_MAX || b >= PATH_MAX)
            return err_set(err, ERR_OUTPUT, "the path of %.200s is too long", name);
        good = move(from, path, &is_taken, err);
    }
    if (!is_taken)
        return good;
    return err_set(err, ERR_OUTPUT, "cannot move %.300s: %.300s is there already", from, path);
}

bool unlisted_move(struct unlisted *unlisted, const struct zonefolder *folder, const char *to,
                   struct err *err)
{
    bool good = true;
    for (size_t i = 0; i < unlisted->count; i++) {
        struct err failure = {.kind = ERR_NONE};
        const char *name = unlisted->names[i];
        if (!is_zxfrs(folder->fd, name))
            continue;
        if (move_beside(folder, name, to, &failure))
            unlisted->moved++;
        else if (good)
            *err = failure;
        good = good && failure.kind == ERR_NONE;
    }
    return good;
}

void unlisted_fini(struct unlisted *unlisted)
{
    for (size_t i = 0; i < unlisted->count; i++)
        free(unlisted->names[i]);
    free(unlisted->names);
    *unlisted = (struct unlisted){.count = 0};
}
