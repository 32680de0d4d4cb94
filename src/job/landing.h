/* The target of one zone of many: from what the fetch brings to what can be put in FILE's place.
 *
 *     records, changes ─▶ temporary file ─▶ content finished ─▶ gates ─▶ ready
 *
 * Purpose: as a target of fetch it waits for nothing: nothing is opened before something comes,
 * what computes is a task where the zone is large, and what is ready is given to whoever commits
 * groups. Owns: the output, what is written of changes, the gates; while it is with the committer,
 * its item is the committer's. Borrows: the members of its configuration, for its life. Never:
 * renames anything; prints; tells anything from another thread. */
#ifndef JOB_LANDING_H
#define JOB_LANDING_H

#include "job/commit.h"
#include "job/fetch.h"
#include "job/gates.h"
#include "job/update.h"
#include "job/zonestate.h"

#include <stddef.h>

enum { LANDING_TASK_FROM = 100000 }; /* records, from which on content is finished by a thread */

struct landing;

/* What landings of one run have in common. */
struct landing_shared {
    struct engine *engine;
    struct work *work;   /* threads for signatures, or NULL */
    unsigned tasks_most; /* content that is finished by threads of the engine at once; 0: by none */
    const struct loop *loop;
    const char *diff_dir; /* or NULL */
    const char *keep_dir; /* for --keep, or NULL */
    bool notes_hooks;     /* there is an --exec: a marker goes before a FILE */
    bool counts;          /* how much has changed is wanted */
    /* Takes a landing that is ready, whose item then comes back with the engine's event of the task
     * it was in. */
    void (*commit)(void *context, struct landing *landing);
    /* A further judge of finished content, before the gates, or NULL: of what would become a
     * catalog. `path` is the candidate. */
    bool (*judge)(void *context, struct landing *landing, const char *path, struct err *err);
    void *context, *judge_context;

    /* Their own: all zero. */
    unsigned tasks;
    struct landing_work *waiting, *last_waiting; /* for a thread */
};

struct landing_config {
    struct landing_shared *shared;
    const struct spec *spec;       /* output.path is FILE */
    const char *name;              /* that of FILE, without folder and ending */
    const struct zonestate *state; /* of FILE */
    struct witness_config witness;
    uint64_t deadline; /* of loop_now */
    const struct halt *halt;
    struct teller *teller;
    bool rechecks;     /* a FILE that is to stay is judged, too */
    bool is_candidate; /* it is judged further (shared->judge) */
    bool only_reads;   /* nothing is put in FILE's place: it ends well without */
    unsigned part;     /* ... and which of several such runs this is */
};

enum landing_stage {
    LANDING_COMING,    /* what comes goes into the temporary file */
    LANDING_FINISHING, /* a task finishes it */
    LANDING_JUDGING,   /* the gates have it */
    LANDING_READY,     /* it waits for a group, or is in one */
};

/* What was told while a task was at work. */
struct landing_held {
    struct teller teller; /* the first member, so that it leads to the rest */
    enum fact_kind kind;
    char text[ERR_TEXT_MAX]; /* the first; empty: nothing */
};

struct landing {
    struct fetch_target target; /* the first member, so that it leads to the rest */
    struct fetch_update update; /* for the fetch: notes changes */
    struct landing_config config;
    enum landing_stage stage;

    /* Of what has come. */
    bool whole;                /* all records of a zone */
    const struct delta *delta; /* or all changes: borrowed from the answer */
    struct notes *notes;
    uint32_t serial;
    uint64_t records; /* that the content has */

    /* The result. */
    bool edited;      /* FILE was not what its end line says */
    bool replaced;    /* FILE is the new one */
    const char *kind; /* of the change: "axfr", "ixfr", "axfr-style", "resigned"; for a report, a
                       * line, a command */
    bool has_counts;  /* added and deleted, by enum rr_op */
    uint64_t changed[2];
    char diff_path[PATH_MAX]; /* what has changed is written there; or empty */
    struct gate_list *list;   /* what the gates said, or NULL; in the work below */

    /* Private. */
    struct sink sink;
    struct landing_work {
        struct task task; /* the first member, so that it leads to the rest */
        struct landing_work *next;
        struct landing *landing;
        struct spec spec; /* with the file of the diff */
        struct output output;
        struct update update;
        struct witness witness;
        struct gates gates;
        struct landing_held held;
        struct err err; /* of the task */
        struct commit_item item;
        struct usercmd_facts facts; /* for the marker */
        char edited_path[PATH_MAX], kept_path[PATH_MAX];
    } *work; /* NULL: nothing has come yet */
};

/* Prepares it; `landing->target` and `landing->update` are for the fetch. */
void landing_init(struct landing *landing, const struct landing_config *config);

/* Whose task, whose item it is. */
static inline struct landing *landing_of_task(struct task *task)
{
    return ((struct landing_work *)task)->landing;
}
static inline struct landing *landing_of_item(struct commit_item *item)
{
    return ((struct landing_work *)(void *)((char *)item - offsetof(struct landing_work, item)))
        ->landing;
}

/* Its task was not begun, or comes too late: it fails with the next event, because of a signal. */
void landing_cancel(struct landing *landing);

/* Closes and frees all; nothing of it may be with a thread. */
void landing_fini(struct landing *landing);

#endif
