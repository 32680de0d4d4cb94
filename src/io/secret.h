/* Memory for secrets, and the files and environment variables that hold them.
 *
 * Purpose: keeps what must not be seen out of core dumps, and cleanses it.
 * Owns: the mappings that it hands out, until secret_free.
 * Never: prints, or says what a file holds. */
#ifndef IO_SECRET_H
#define IO_SECRET_H

#include "base/err.h"
#include "io/loop.h"

#include <sys/stat.h>

/* A larger file is not one with secrets: a whole named.conf fits. */
enum { SECRET_FILE_MAX = 1024 * 1024 };

/* From now on the process leaves no core dump, where that can be had. secret_new does it too. */
void secret_forbid_core(void);

/* Memory, zeroed, that no core dump holds. From the first call on the process leaves no core dump
 * at all where that can be had. Returns NULL with ERR_MEMORY set. */
void *secret_new(size_t size, struct err *err);

/* Cleanses and gives back what secret_new returned; NULL is allowed. */
void secret_free(void *memory, size_t size);

struct secret_text {
    char *text; /* room for SECRET_FILE_MAX, from secret_new; not ended by NUL */
    size_t length;
    struct stat stat; /* of the file that was read; all zero of a variable */
};

/* Reads a file, or standard input where the path is "-", and waits for pipes and terminals until
 * the deadline (of loop_now). Errors: ERR_KEY, ERR_MEMORY, ERR_INTERRUPTED, ERR_TIMEOUT_TOTAL. */
bool secret_read(struct secret_text *secret, const char *path, const struct loop *loop,
                 uint64_t deadline, struct err *err);

/* What messages call the file of that path. */
const char *secret_name(const char *path);

/* The name of the environment variable where the path is "env:NAME", or NULL where it is a file's.
 */
const char *secret_variable(const char *path);

/* Reads an environment variable, which stays as it is until secret_forget_variable. Errors:
 * ERR_KEY, where there is none of that name or it is empty, with the name in the message;
 * ERR_MEMORY. */
bool secret_read_variable(struct secret_text *secret, const char *name, struct err *err);

/* Overwrites the variable's value in place, so that /proc/PID/environ does not show it either, and
 * removes the variable, so that no child gets it. */
void secret_forget_variable(const char *name);

void secret_text_fini(struct secret_text *secret);

#endif
