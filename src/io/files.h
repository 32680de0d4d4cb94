/* The files of a run, which must all be different: where two are one file, one use destroys the
 * other.
 *
 * Purpose: finds out whether two paths lead to the same file, by any spelling, link or bind mount.
 * Owns: the paths that it has made itself. Borrows: the others.
 * Never: opens or makes a file. */
#ifndef IO_FILES_H
#define IO_FILES_H

#include "base/err.h"

#include <limits.h>

enum { FILES_MAX = 96 };

/* What a run does with a file. */
enum file_role {
    FILE_READ,      /* it is read from the beginning to the end, before an output replaces it */
    FILE_KEPT,      /* a key, a certificate, a zone to compare: no output may go there */
    FILE_REPLACED,  /* an output that is a transaction */
    FILE_ADDED,     /* the same, and not another form of what is read: it may not replace that */
    FILE_WRITTEN,   /* an output that is written as it comes */
    FILE_TEMPORARY, /* what is beside one of these until the end; made by files_add */
};

struct file_use {
    const char *path; /* "-": standard input, or standard output */
    const char *what; /* for messages: "zone", "report" */
    enum file_role role;
};

/* All zero: none. */
struct files {
    struct file_use list[FILES_MAX];
    unsigned count;
    char *made[FILES_MAX]; /* paths */
    bool no_memory;
};

/* Adds a use; a path that is NULL is none. At most FILES_MAX; more are not looked at. */
void files_add(struct files *files, const char *path, const char *what, enum file_role role);

/* Adds the file that goes with another one: its name has the one ending where that has the other;
 * nothing where it has not. */
void files_add_beside(struct files *files, const char *path, const char *from, const char *to,
                      const char *what, enum file_role role);
void files_fini(struct files *files);

/* Whether all of them are different. A device (/dev/null) may be used any number of times. If not,
 * sets *first and *second to the two; they are NULL after another failure. Errors: ERR_USAGE;
 * ERR_OUTPUT, it cannot be found out; ERR_MEMORY. */
bool files_check(const struct files *files, const struct file_use **first,
                 const struct file_use **second, struct err *err);

/* Whether the path leads, links followed, to a name in this folder, which may be spelled otherwise
 * there; puts that name, which need not be there, into `name`. */
bool files_lies_in(const char *path, const char *folder, char name[NAME_MAX + 1]);

/* Whether both folders are there, and one. */
bool files_same_folder(const char *a, const char *b);

/* Whether the path leads to something that is there and is not a regular file. */
bool files_is_special(const char *path);

#endif
