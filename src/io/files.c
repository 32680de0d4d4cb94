#include "io/files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 40, PLACE_NAME_MAX = NAME_MAX + sizeof "..zxfr" };

/* Where a path leads: to a file that is there, and to a name in a folder. */
struct place {
    bool exists, is_device, is_regular, has_folder;
    dev_t dev, folder_dev;
    ino_t ino, folder_ino;
    char name[PLACE_NAME_MAX]; /* in the folder, links followed */
};

void files_add(struct files *files, const char *path, const char *what, enum file_role role)
{
    if (path != NULL && files->count < FILES_MAX)
        files->list[files->count++] = (struct file_use){path, what, role};
}

void files_add_beside(struct files *files, const char *path, const char *from, const char *to,
                      const char *what, enum file_role role)
{
    size_t length = strlen(path), tail = strlen(from), stem = length - tail;
    if (files->count == FILES_MAX || length < tail || strcmp(path + stem, from) != 0)
        return;
    char *made = malloc(stem + strlen(to) + 1);
    if (made == NULL) {
        files->no_memory = true;
        return;
    }
    memcpy(made, path, stem);
    strcpy(made + stem, to);
    files->made[files->count] = made;
    files_add(files, made, what, role);
}

void files_fini(struct files *files)
{
    for (unsigned i = 0; i < files->count; i++) {
        free(files->made[i]);
        files->made[i] = NULL;
    }
}

static bool is_output(enum file_role role)
{
    return role == FILE_REPLACED || role == FILE_ADDED || role == FILE_WRITTEN ||
           role == FILE_TEMPORARY;
}

static void look_at_file(struct place *place, const struct stat *st)
{
    place->exists = true;
    place->is_device = S_ISCHR(st->st_mode) || S_ISSOCK(st->st_mode);
    place->is_regular = S_ISREG(st->st_mode);
    place->dev = st->st_dev;
    place->ino = st->st_ino;
}

/* A path that leads nowhere is known by its name alone; whoever opens it finds out why. Any other
 * failure would leave it unknown whether two uses share a file. */
static bool is_nowhere(const char *path, struct err *err)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
    case EACCES:
    case ELOOP:
    case ENAMETOOLONG:
        return true;
    default:
        return err_set_errno(err, ERR_OUTPUT, errno, "cannot look at %.400s", path);
    }
}

/* Splits the path into folder and name; the folder is one that can be looked at. */
static void split(const char *path, char folder[PATH_MAX], const char **name)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    *name = slash == NULL ? path : slash + 1;
    snprintf(folder, PATH_MAX, "%.*s", n == 0 ? 1 : (int)n, n == 0 ? "." : path);
}

/* Follows the links of the last component, of which the last may lead to nothing yet. Leaves an
 * empty text where they lead nowhere. */
static bool follow(const char *path, char target[PATH_MAX], struct err *err)
{
    *target = '\0';
    if (strlen(path) >= PATH_MAX)
        return true;
    strcpy(target, path);
    for (int i = 0; i < LINKS_MAX; i++) {
        char link[PATH_MAX];
        ssize_t n = readlink(target, link, sizeof link - 1);
        if (n < 0)
            return errno == EINVAL || is_nowhere(path, err);
        link[n] = '\0';
        char *slash = strrchr(target, '/');
        char *from = link[0] == '/' || slash == NULL ? target : slash + 1;
        if ((size_t)(from - target) + (size_t)n >= PATH_MAX)
            break;
        memcpy(from, link, (size_t)n + 1);
    }
    *target = '\0';
    return true;
}

static void look_at_stream(const struct file_use *use, struct place *place)
{
    struct stat st;
    if (fstat(is_output(use->role) ? STDOUT_FILENO : STDIN_FILENO, &st) == 0)
        look_at_file(place, &st);
}

/* Finds the folder in which the file stands or would stand, and its name there. */
static bool look_at_folder(const struct file_use *use, struct place *place, struct err *err)
{
    char target[PATH_MAX], folder[PATH_MAX];
    const char *name;
    struct stat st;
    if (!follow(use->path, target, err))
        return false;
    split(target, folder, &name);
    if (*name == '\0' || strlen(name) > NAME_MAX)
        return true;
    if (stat(folder, &st) != 0)
        return is_nowhere(use->path, err);
    place->has_folder = true;
    place->folder_dev = st.st_dev;
    place->folder_ino = st.st_ino;
    snprintf(place->name, sizeof place->name, use->role == FILE_TEMPORARY ? ".%.*s.zxfr" : "%.*s",
             NAME_MAX, name);
    return true;
}

static bool look_up(const struct file_use *use, struct place *place, struct err *err)
{
    struct stat st;
    if (strcmp(use->path, "-") == 0) {
        look_at_stream(use, place);
        return true;
    }
    if (use->role == FILE_TEMPORARY) /* what is there is a remnant, known by its name alone */
        return look_at_folder(use, place, err);
    if (stat(use->path, &st) == 0)
        look_at_file(place, &st);
    else if (!is_nowhere(use->path, err))
        return false;
    return look_at_folder(use, place, err);
}

static bool is_same(const struct place *a, const struct place *b)
{
    if (a->exists && b->exists && a->dev == b->dev && a->ino == b->ino)
        return !a->is_device;
    return a->has_folder && b->has_folder && a->folder_dev == b->folder_dev &&
           a->folder_ino == b->folder_ino && strcmp(a->name, b->name) == 0 && !a->is_device;
}

/* Whether two uses cannot share a file. What is read whole may be replaced in the end. */
static bool exclude(enum file_role a, enum file_role b)
{
    if (a == FILE_READ || a == FILE_KEPT) {
        enum file_role swap = a;
        a = b;
        b = swap;
    }
    return is_output(a) && !(b == FILE_READ && a == FILE_REPLACED);
}

static bool refuse(const struct file_use *a, const struct file_use *b, struct err *err)
{
    const struct file_use *out = is_output(a->role) ? a : b, *other = out == a ? b : a;
    if (is_output(other->role) && out->role == FILE_TEMPORARY) {
        out = other;
        other = out == a ? b : a;
    }
    if (!is_output(other->role))
        return err_set(err, ERR_USAGE, "%.300s is the %s, and would be overwritten by the %s",
                       other->path, other->what, out->what);
    if (other->role == FILE_TEMPORARY)
        return err_set(err, ERR_USAGE,
                       "%.300s would hold both the %s and the %s, which is written there first",
                       out->path, out->what, other->what);
    return err_set(err, ERR_USAGE, "%.300s would hold both the %s and the %s", b->path, a->what,
                   b->what);
}

/* A use, with the temporary files as uses of their own. */
struct entry {
    struct file_use use;
    const struct file_use *origin;
    struct place place;
};

static bool add_entry(struct entry *entries, unsigned *count, const struct file_use *origin,
                      enum file_role role, struct err *err)
{
    struct entry *entry = &entries[(*count)++];
    entry->origin = origin;
    entry->use = *origin;
    entry->use.role = role;
    return look_up(&entry->use, &entry->place, err);
}

static bool clash(const struct entry *a, const struct entry *b)
{
    return a->origin != b->origin && exclude(a->use.role, b->use.role) &&
           is_same(&a->place, &b->place);
}

bool files_check(const struct files *files, const struct file_use **first,
                 const struct file_use **second, struct err *err)
{
    struct entry *entries = calloc(2 * FILES_MAX, sizeof *entries);
    unsigned count = 0;
    bool good = (entries != NULL && !files->no_memory) || err_set(err, ERR_MEMORY, "out of memory");
    *first = *second = NULL;
    for (unsigned i = 0; i < files->count && good; i++) {
        const struct file_use *use = &files->list[i];
        good = add_entry(entries, &count, use, use->role, err);
        const struct place *place = &entries[count - 1].place;
        bool is_file = place->has_folder && (!place->exists || place->is_regular);
        if (good && (use->role == FILE_REPLACED || use->role == FILE_ADDED) && is_file)
            good = add_entry(entries, &count, use, FILE_TEMPORARY, err);
    }
    for (unsigned j = 1; j < count && good; j++)
        for (unsigned i = 0; i < j && good; i++)
            if (clash(&entries[i], &entries[j])) {
                *first = entries[i].origin;
                *second = entries[j].origin;
                good = refuse(&entries[i].use, &entries[j].use, err);
            }
    free(entries);
    return good;
}

bool files_lies_in(const char *path, const char *folder, char name[NAME_MAX + 1])
{
    const struct file_use use = {.path = path, .role = FILE_KEPT};
    struct place place = {.exists = false};
    struct err ignored = {.kind = ERR_NONE}; /* whoever opens it will say the same */
    struct stat st;
    if (stat(folder, &st) != 0 || !look_at_folder(&use, &place, &ignored) || !place.has_folder ||
        place.folder_dev != st.st_dev || place.folder_ino != st.st_ino)
        return false;
    snprintf(name, NAME_MAX + 1, "%.*s", NAME_MAX, place.name);
    return true;
}

bool files_same_folder(const char *a, const char *b)
{
    struct stat first, second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && S_ISDIR(first.st_mode) &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

bool files_is_special(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}
