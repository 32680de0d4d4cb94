#include "cli/say_work.h"

#include "cli/say.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    SECOND = 1000000, /* in microseconds */
    FIRST = 500000,   /* what is done before that needs no progress */
    EVERY = 200000,
    SUBJECT_MAX = 128,
    NUMBERS_MAX = 160,
};

static struct {
    struct loop_watcher watcher;
    const struct settings *settings;
    bool gives_way;

    enum halt_work work;
    uint64_t done, all;
    uint64_t began, next; /* of loop_now: the run, what is shown next */

    char file[SUBJECT_MAX]; /* that is read, or was last */
    uint64_t octets, size;
    uint64_t opened, came; /* of loop_now: its first octets, its last */
} shown;

static _Thread_local bool is_owner;

/* "10 of 20 records, ", as far as that is known. */
static const char *records_text(char text[NUMBERS_MAX])
{
    *text = '\0';
    if (shown.all > 0)
        snprintf(text, NUMBERS_MAX, "%" PRIu64 " of %" PRIu64 " records, ", shown.done, shown.all);
    else if (shown.done > 0)
        snprintf(text, NUMBERS_MAX, "%" PRIu64 " records, ", shown.done);
    return text;
}

static void show_reading(uint64_t now)
{
    char records[NUMBERS_MAX], size[NUMBERS_MAX] = "", silence[NUMBERS_MAX] = "";
    char octets[SAY_AMOUNT], whole[SAY_AMOUNT], rate[SAY_AMOUNT];
    uint64_t time = now - shown.opened, silent = (now - shown.came) / SECOND;
    if (shown.size > 0)
        snprintf(size, sizeof size, " of %s", say_amount(whole, shown.size));
    else if (silent > 0)
        snprintf(silence, sizeof silence, "; no data for %" PRIu64 " s", silent);
    say_progress(
        "%s: reading, %s%s%s, %.0f s, %s/s%s", shown.file, records_text(records),
        say_amount(octets, shown.octets), size, (double)time / SECOND,
        say_amount(rate, time > 0 ? (uint64_t)((double)shown.octets * SECOND / (double)time) : 0),
        silence);
}

static void show_work(uint64_t now)
{
    static const char *const words[] = {
        [HALT_SORTS] = "sorting",
        [HALT_CHECKS] = "checking",
        [HALT_VERIFIES] = "verifying signatures",
        [HALT_COMPARES] = "comparing",
        [HALT_WRITES] = "writing",
        [HALT_SYNCS] = "waiting for the disk",
    };
    const char *zone = shown.settings->zone_word, *subject = zone != NULL ? zone : shown.file;
    char records[NUMBERS_MAX];
    if (shown.work == HALT_COMPARES)
        subject = "";
    say_progress("%.100s%s%s, %s%.0f s", subject, *subject != '\0' ? ": " : "", words[shown.work],
                 records_text(records), (double)(now - shown.began) / SECOND);
}

static void look(struct loop_watcher *watcher)
{
    (void)watcher;
    if (!is_owner || shown.work == HALT_NOTHING)
        return;
    uint64_t now = loop_now();
    if (now < shown.next)
        return;
    shown.next = now + EVERY;
    if (shown.work == HALT_READS)
        show_reading(now);
    else
        show_work(now);
}

/* What has changed is shown at once, for it may be the last that is told for some time. */
static void works(struct loop_watcher *watcher, enum halt_work work, uint64_t done, uint64_t all)
{
    if (!is_owner)
        return;
    if (work != shown.work && shown.next > shown.began + FIRST)
        shown.next = 0;
    shown.work = work;
    if (work != HALT_VERIFIES) { /* it is a part of another work */
        shown.done = done;
        shown.all = all;
    }
    look(watcher);
}

static void reads(struct loop_watcher *watcher, const char *name, uint64_t octets, uint64_t size)
{
    (void)watcher;
    if (!is_owner)
        return;
    uint64_t now = loop_now();
    if (strncmp(shown.file, name, SUBJECT_MAX - 1) != 0 || octets < shown.octets) {
        snprintf(shown.file, sizeof shown.file, "%.*s", SUBJECT_MAX - 1, name);
        shown.opened = now;
        shown.octets = UINT64_MAX;
    }
    if (octets != shown.octets)
        shown.came = now;
    shown.octets = octets;
    shown.size = size;
}

static void shows(struct loop_watcher *watcher)
{
    (void)watcher;
    if (is_owner && shown.gives_way)
        say_progress_stop();
}

void say_work_begin(struct loop *loop, const struct settings *settings, bool gives_way)
{
    shown.watcher = (struct loop_watcher){look, works, reads, shows};
    shown.settings = settings;
    is_owner = true;
    shown.gives_way = gives_way;
    shown.began = loop_now();
    shown.next = shown.began + FIRST;
    loop->watcher = &shown.watcher;
}

void say_work_rests(void)
{
    shown.work = HALT_NOTHING;
}
