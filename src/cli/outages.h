/* Outages: what keeps zones from being looked at for longer than one look, and whom it concerns.
 *
 * Purpose: a process that stays for months says little, and the right things. Ten thousand zones
 * of a server that is down, looked at over hours, failing in whatever words, are one outage: of a
 * server, or of what all zones share (this machine, the command of --exec), and of one sort of
 * failure: a class, or where a server says itself what is wrong, a kind. It is told when it begins,
 * a little later so that the first zones come together; once an hour that it goes on, if it has
 * other zones; and, once no zone is in it any more, that it is over. One that comes again and again
 * within an hour is told later each time, and not at all where it is over before. What is a zone's
 * own is no outage.
 *
 *     begin: add ─▶ end      a look: it joins, stays in, leaves
 *     tell ─▶ BEGINS, GOES_ON, OVER      at most one line an outage
 *
 * Owns: the outages. Of a row the members `outages`, told_failing and told_command. Borrows: rows
 * that are in outages, until outages_gone.
 * Never: prints, reads a clock, holds more than OUTAGES_MOST. */
#ifndef CLI_OUTAGES_H
#define CLI_OUTAGES_H

#include "cli/failures.h"
#include "cli/zonenames.h"

/* Times are microseconds. */
enum {
    OUTAGES_MOST = 1024,
    OUTAGES_GATHER = 4000000, /* before it is told */
    OUTAGES_LATER = 4,        /* times as long with each return */
};
#define OUTAGES_AGAIN UINT64_C(3600000000) /* between two lines; and what is a return */

/* What was told of one. */
enum outages_level {
    OUTAGES_NOTHING,
    OUTAGES_HARMLESS, /* all its zones are as they should be, by other servers */
    OUTAGES_HARM
};

enum outages_event { OUTAGES_NONE, OUTAGES_BEGINS, OUTAGES_GOES_ON, OUTAGES_OVER };

struct outage {
    char server[ATTEMPT_WHO_MAX]; /* as it was named; empty: it is nobody's */
    char address[ADDRESS_TEXT_MAX];
    unsigned sort;        /* of failure */
    struct failure first; /* its words are those below and above */
    char text[ERR_TEXT_MAX];
    size_t members, failing; /* zones that are in it; which are not as they should be */
    size_t most;             /* members at one time */
    struct zonenames fresh;  /* that are in it since the last line */
    uint64_t began, ended;   /* ended: when it was last without members; 0: never */
    uint64_t due;            /* before that nothing is told */
    unsigned returns;
    size_t told_members;
    enum outages_level told, worst; /* worst: of all that was told of it since it began */
};

struct outages {
    struct outage *list[OUTAGES_MOST]; /* or NULL: free */
    uint32_t hashes[OUTAGES_MOST];     /* of whose they are */
    size_t count;                      /* places in use, with free ones between */
};

/* Forgets all; rows that are in outages must not be used with it any more. All zero is empty. */
void outages_fini(struct outages *outages);

/* The sort of failure: the slug of a class or of a kind. */
const char *outages_sort(const struct outage *outage);

/* Whether it is that of --exec. */
bool outages_is_command(const struct outage *outage);

/* A look at a zone that is over. */
struct outages_look {
    struct outages *outages;
    struct zone *zone;
    bool fails;
    unsigned count;
    uint16_t in[ZONE_OUTAGES]; /* outages that it is in now: their numbers + 1 */
};

void outages_begin(struct outages_look *look, struct outages *outages, struct zone *zone,
                   bool fails);

/* What has failed in it. False: that is the zone's own, or there is no room or memory for another
 * outage. */
bool outages_add(struct outages_look *look, const struct failure *failure, uint64_t now);

/* After all of them. The zone stays in the outage of a server only where it has failed there, or
 * that was passed over: another one was asked first, because it had sent a message. */
void outages_end(struct outages_look *look, const struct zone_end *end, uint64_t now);

/* The command of a zone is over; NULL: well. False: as in outages_add. */
bool outages_command(struct outages *outages, struct zone *zone, const struct err *failure,
                     uint64_t now);

/* The row goes: it leaves all. */
void outages_gone(struct outages *outages, struct zone *zone, uint64_t now);

/* Calls `tell` for each with something to be told, and takes it as told. `is_last`: nothing will be
 * told later. */
void outages_tell(struct outages *outages, uint64_t now, bool is_last,
                  void (*tell)(void *context, enum outages_event event, const struct outage *outage,
                               uint64_t now),
                  void *context);

#endif
