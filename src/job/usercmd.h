/* A command of the user's about one zone (--check-cmd, --exec).
 *
 * Purpose: tells a command by variables what it is about, lets the engine start it, and says in
 * words how it has ended.
 * Owns: nothing; the engine has the process.
 * Borrows: what the configuration points to, for the call that starts it; the object must stay
 * where it is until the command is over.
 * Never: puts anything that somebody else has chosen into the command line; prints. */
#ifndef JOB_USERCMD_H
#define JOB_USERCMD_H

#include "net/engine.h"

/* What the command is told. What is not known is NULL or not had, and its variable is empty. */
struct usercmd_facts {
    const uint8_t *zone; /* ZXFR_ZONE, as text without the last dot; ZXFR_NAME (zone/filename.h) */
    size_t zone_length;
    const char *file;     /* ZXFR_FILE: an absolute path, like the other two */
    const char *old_file; /* ZXFR_OLD_FILE */
    const char *diff;     /* ZXFR_DIFF */
    const char *kind;     /* ZXFR_KIND */
    bool has_serial, has_old_serial;
    uint32_t serial, old_serial; /* ZXFR_SERIAL, ZXFR_OLD_SERIAL */
};

struct usercmd_config {
    const char *command; /* for /bin/sh -c */
    uint64_t limit;      /* microseconds that it may take; 0: any */
    uint64_t deadline;   /* of loop_now, for all that the run does */
    int input;           /* a descriptor, its standard input; 0 or -1: nothing to read */
    struct usercmd_facts facts;
};

/* All zero: it does not run. */
struct usercmd {
    struct engine_child child;
    uint64_t deadline;
    struct child_result result; /* once it is over */
};

/* Starts it. ENGINE_CHILD, with the owner, tells of its end; then usercmd_ended is due. Errors:
 * ERR_MEMORY, lack of whatever the system needs for it; ERR_OUTPUT, the folder of the process has
 * no name. */
bool usercmd_start(struct usercmd *cmd, struct engine *engine, const struct usercmd_config *config,
                   void *owner, struct err *err);

/* Takes the result of the event. Error: ERR_TIMEOUT_TOTAL, it was ended because of the deadline. */
bool usercmd_ended(struct usercmd *cmd, const struct child_result *result, struct err *err);

/* Ends it, if it runs. */
void usercmd_stop(struct usercmd *cmd, struct engine *engine);

/* Whether it has ended well, with the exit status 0; and how it has ended, in words: "exit status
 * 1", "killed by signal 9", "took longer than 5m". `limit` is that of the configuration. Returns
 * text. */
bool usercmd_is_good(const struct usercmd *cmd);
enum { USERCMD_TEXT = 96 };
const char *usercmd_text(char text[USERCMD_TEXT], const struct usercmd *cmd, uint64_t limit);

/* The exit status as a shell tells it: 128 and the number of the signal that has killed it. */
int usercmd_status(const struct usercmd *cmd);

#endif
