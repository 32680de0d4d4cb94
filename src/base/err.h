/* What went wrong, and what that means for the exit status.
 *
 * Purpose: one error object that lives on the caller's stack and one table of kinds.
 * Owns: nothing; the text is inside the object.
 * Borrows: the arguments of a call, for that call.
 * Never: allocates, prints, blocks. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

/* For functions that put rare errors and warnings into words: it keeps them, and their buffers, out
 * of hot code. */
#define COLD __attribute__((cold, noinline))

/* The class of an outcome; its value is the exit status. */
enum err_class {
#define CLASS(name, status, slug, rank, meaning) ERR_CLASS_##name = (status),
#include "base/err.def"
#undef CLASS
};

enum err_kind {
#define KIND(name, class, slug, hint) ERR_##name,
#include "base/err.def"
#undef KIND
    ERR_KINDS
};

enum { ERR_TEXT_MAX = 640 };

/* What else was so: the hint depends on it. Bits. */
enum err_facts {
    ERR_FACT_KEY = 1,          /* the query was signed */
    ERR_FACT_SIGNED = 2,       /* and so was the answer */
    ERR_FACT_TLS = 4,          /* it was over TLS, or should be */
    ERR_FACT_BIND = 8,         /* a local address that was asked for */
    ERR_FACT_IP6 = 16,         /* the server's address is of IPv6 */
    ERR_FACT_UPDATE = 32,      /* a zone that is there is to become that of the server */
    ERR_FACT_ALLOW_OLDER = 64, /* even an older one */
    ERR_FACT_LOW_PORT = 128,   /* a port that not everybody may listen on */
    ERR_FACT_SORT = 256,       /* a zone that memory has no room for is sorted */

    /* What the system says, from err_set_errno. */
    ERR_FACT_NO_ROOM = 512,       /* the file system is full, or the quota is */
    ERR_FACT_DENIED = 1024,       /* the user may not */
    ERR_FACT_ABSENT = 2048,       /* a file or a folder is not there */
    ERR_FACT_READ_ONLY = 4096,    /* the file system is */
    ERR_FACT_FILE_LIMIT = 8192,   /* on the size of a file */
    ERR_FACT_DESCRIPTORS = 16384, /* too many files are open */
    ERR_FACT_IN_USE = 32768,      /* the address is */

    ERR_FACT_RECORDED = 65536, /* it is about a recorded query */
    ERR_FACT_STREAM = 262144,  /* what is written replaces no file */
    ERR_FACT_TOLD = 131072     /* the server gives its reason in words, which are quoted */
};

/* A fresh object is all zero: ERR_NONE. The first error set wins; later ones are ignored, so that
 * clean-up after a failure cannot hide its cause. */
struct err {
    enum err_kind kind;
    unsigned facts; /* of enum err_facts */
    unsigned own;   /* how much of the text is zxfr's own words; 0: all. The rest is quoted. */
    char text[ERR_TEXT_MAX]; /* one line, no name of a server, no full stop */
};

/* Sets the error unless one is set. Always returns false, so that a function can return it. */
bool err_set(struct err *err, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As err_set, and adds ": " and the words for the errno value that it is given; the facts tell
 * which sort of value it is. */
bool err_set_errno(struct err *err, enum err_kind kind, int number, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* As err_set, and adds the words of somebody else, such as a server, where there are any: after a
 * colon, in quotes, with a backslash before quotes and backslashes and everything but printable
 * ASCII replaced. They are cut where they do not fit. */
bool err_set_quoting(struct err *err, enum err_kind kind, const void *octets, size_t n,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));

/* How long the part of the text is that holds nothing but zxfr's own words. */
size_t err_own_length(const struct err *err);

/* Puts context before the text of an error that is set ("message 17: "). Returns false. */
bool err_prefix(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The table. Slugs and hints are static strings; a hint may be NULL. It is that of the first row of
 * the kind whose facts are all there. */
enum err_class err_class(enum err_kind kind);
const char *err_slug(enum err_kind kind);
const char *err_hint(enum err_kind kind, unsigned facts);

/* Whether the failure is our own trouble, which says nothing of what was looked at: a signal, no
 * time, no memory or no room for a temporary file left. */
bool err_is_trouble(enum err_kind kind);

/* Whether a failure of a server may pass by itself, so that asking again later makes sense. */
bool err_passes(enum err_kind kind);

/* The slug of a class. */
const char *err_class_name(enum err_class class);

/* The rank of a class among the failures of several servers: higher is worse, 0 is not a server's
 * failure. */
int err_rank(enum err_class class);

/* Whether a failure says more than another one that came before it, which is ERR_NONE if there was
 * none: the worse class does, and of equals the first. One that is not a failure of a server (rank
 * 0) ends the run, so whatever comes last of that kind is the one to report. */
bool err_is_worse(enum err_kind kind, enum err_kind than);

/* The rows of the class table, for the documentation and its test. Returns NULL past the end. */
const char *err_class_slug(size_t row, enum err_class *class, const char **meaning);

#endif
