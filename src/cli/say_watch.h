/* What a process that stays says of its zones, beside their lines on standard output: what begins
 * to fail, and that it is over; warnings that are new.
 *
 * Purpose: it may stay for months, and every look may find what the one before has found. What
 * concerns more than one zone is an outage (cli/outages), with a few lines for as long as it lasts.
 * What is a zone's own is told when it begins, and that the zone is current again: in groups, as
 * sync does (cli/say_sync), gathered for longer while there is more and more. What else the looks
 * at a zone tell is said once, until one is without it. Owns: the outages. Borrows: say_sync, for
 * its life; rows, until say_watch_gone. Never: says a thing once for each of many zones; reads a
 * clock. Times are those of loop_now. */
#ifndef CLI_SAY_WATCH_H
#define CLI_SAY_WATCH_H

#include "cli/outages.h"
#include "cli/say_sync.h"

enum {
    SAY_WATCH_GATHER = OUTAGES_GATHER, /* before what is kept is said */
    SAY_WATCH_QUICK = 8,               /* times; then after twice as long each time */
    SAY_WATCH_SERVERS = 2048,          /* bits, of servers that a warning was said of */
};
#define SAY_WATCH_SELDOM UINT64_C(300000000) /* ... at most */

/* What is done again and again for the run, not for a zone. */
enum say_watch_task { SAY_WATCH_EXEC_ALL, SAY_WATCH_METRICS, SAY_WATCH_TASKS };

struct say_watch {
    struct say_sync *say;
    struct outages outages;
    uint64_t told_at, pause, due; /* of what is kept */
    unsigned told_count;          /* since there was nothing for a while */
    uint32_t servers[SAY_WATCH_SERVERS / 32];
    struct {
        uint64_t since, told_at, count; /* failures, one after the other */
    } tasks[SAY_WATCH_TASKS];
};

void say_watch_init(struct say_watch *watch, struct say_sync *say);
void say_watch_fini(struct say_watch *watch);

/* Says a fact about a zone as say_sync_fact does, but once what comes with each look. *seen is 0
 * when a look begins. */
void say_watch_fact(struct say_watch *watch, const struct zone *zone, const struct fact *fact,
                    uint32_t *seen);

/* Takes the end of a look, with all that was seen in it. Errors: as say_sync_zone. */
bool say_watch_look(struct say_watch *watch, struct zone *zone, const struct zone_end *end,
                    uint32_t seen, uint64_t now, struct err *err);

/* The command of a zone is over. */
void say_watch_command(struct say_watch *watch, struct zone *zone, const struct err *failure,
                       uint64_t now);

/* A task has failed; NULL: it was done. Said are the first failure, one an hour, and the end. */
void say_watch_task(struct say_watch *watch, enum say_watch_task task, const char *failure,
                    uint64_t now);

/* No server has confirmed the zone for as long as its SOA allows. */
void say_watch_expired(struct say_watch *watch, struct zone *zone, uint64_t now);

/* The row goes. */
void say_watch_gone(struct say_watch *watch, struct zone *zone, uint64_t now);

/* Says what is due: to be called every second. `is_last`: all that is to be said at all. */
void say_watch_tell(struct say_watch *watch, uint64_t now, bool is_last);

#endif
