#include "cli/watch_tell.h"

#include "cli/report_hook.h"
#include "cli/say.h"
#include "cli/sync_tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECOND = 1000000 };

#define SENDER_AGAIN ((uint64_t)3600 * SECOND)

static struct watch_run *run_of(struct sync_listener *listener)
{
    return (struct watch_run *)listener;
}

/* That something could not be written is told, and ends nothing: later lines may be. Lack of memory
 * ends the run. */
static void tell_output(struct watch_run *watch)
{
    struct err *output = &watch->run->output;
    if (output->kind == ERR_MEMORY)
        err_set(&watch->end, ERR_MEMORY, "%s", output->text);
    else if (output->kind != ERR_NONE && output->kind != ERR_INTERRUPTED)
        say_error("%s", output->text);
    *output = (struct err){.kind = ERR_NONE};
}

/* ---- Looks --------------------------------------------------------------------------------- */

struct look_teller {
    struct zone_teller zone; /* the first member, so that it leads to the rest */
    struct watch_run *watch;
    struct watch_generation *generation;
    uint32_t seen; /* as in say_watch_fact */
};

/* Every content that gates refuse is counted, be it of the first server or of the last. */
static void tell_look(struct teller *teller, const struct fact *fact)
{
    struct look_teller *of = (struct look_teller *)teller;
    struct sync_run *run = of->watch->run;
    if (fact->kind == FACT_GATES)
        counters_gates(of->watch->counters, fact->gates);
    say_watch_fact(&of->watch->say, of->zone.zone, fact, &of->seen);
    if (run->has_report)
        report_sync_fact(&run->report, of->zone.zone, fact, &run->output);
}

static struct teller *look_begins(struct sync_listener *listener, struct zone *zone)
{
    struct watch_run *watch = run_of(listener);
    struct look_teller *teller = malloc(sizeof *teller);
    if (teller == NULL)
        return NULL;
    *teller = (struct look_teller){{{tell_look}, watch->run, zone}, watch, watch->generations, 0};
    teller->generation->looks++;
    return &teller->zone.teller;
}

/* The members of a catalog are others, or it is known for the first time. */
static void take_catalog(struct watch_run *watch, const struct zone_end *end)
{
    struct catalog_end *catalog = &watch->run->ends[end->zone->index];
    catalog->failure = end->failure;
    snprintf(catalog->error, sizeof catalog->error, "%s", end->message != NULL ? end->message : "");
    if (end->failure == ERR_INTERRUPTED)
        return;
    bool is_news = catalog->candidate != NULL || catalog->catalog == NULL ||
                   watch->run->catalogs[end->zone->index].failure != end->failure;
    watch->catalog_came = watch->catalog_came || is_news;
}

/* That a zone is once more as it should be is no news. */
static void report_look(struct watch_run *watch, const struct zone_end *end, struct zone *zone)
{
    struct sync_run *run = watch->run;
    bool fails = end->failure != ERR_NONE;
    bool is_news = end->kind != NULL || fails || !zone->told_line || zone->told_failure;
    if (!run->has_report)
        return;
    if (!is_news) {
        report_sync_pass(&run->report, zone);
        return;
    }
    zone->told_line = true;
    zone->told_failure = fails;
    report_sync_zone(&run->report, end, &run->output);
}

static void add_line(struct watch_run *watch, const struct zone_end *end)
{
    char line[SAY_SYNC_LINE];
    if (end->kind != NULL)
        batches_add(&watch->batches, line, say_sync_line(line, end));
}

static void look_ended(struct sync_listener *listener, struct teller *teller,
                       const struct zone_end *end)
{
    struct watch_run *watch = run_of(listener);
    const struct look_teller *look = (struct look_teller *)teller;
    struct zone *zone = look->zone.zone;
    if (zone->is_catalog)
        take_catalog(watch, end);
    say_watch_look(&watch->say, zone, end, look->seen, loop_now(), &watch->run->output);
    add_line(watch, end);
    report_look(watch, end, zone);
    counters_zone(watch->counters, end);
    if (end->attempts != NULL)
        watch->run->summary.records += end->attempts->good.records;
    watch->has_news = true;
    watch->has_looked = true;
    watch->has_replaced = watch->has_replaced || end->kind != NULL;
    tell_output(watch);
    look->generation->looks--;
    free(teller);
}

static void breathe(struct sync_listener *listener, const struct sync_progress *progress)
{
    struct watch_run *watch = run_of(listener);
    (void)progress;
    say_sync_flush(&watch->run->say, &watch->run->output);
    tell_output(watch);
}

struct sync_listener watch_tell_listener(void)
{
    return (struct sync_listener){look_begins, look_ended, breathe};
}

/* ---- Commands ------------------------------------------------------------------------------ */

void watch_tell_command(void *context, void *owner, const struct hook *hook)
{
    struct watch_run *watch = context;
    struct sync_run *run = watch->run;
    struct zone *zone = ((struct sync_command *)owner)->zone;
    const struct zone_command command = report_hook_command(hook);
    bool failed = hook->err.kind != ERR_NONE, was_tried = hook->due != HOOK_NOT_DUE || failed;
    if (was_tried) {
        say_watch_command(&watch->say, zone, &hook->err, loop_now());
        counters_hook(watch->counters, COUNTERS_EXEC, hook->err.kind);
    }
    zone->hook_due = failed || (hook->due == HOOK_NOT_DUE && hook->found);
    if (failed && zone->exit == ERR_CLASS_OK)
        zone->exit = (uint8_t)err_class(hook->err.kind);
    if (run->has_report)
        report_sync_command(&run->report, zone, &command, &run->output);
    sync_end_command(watcher_sync(watch->watcher), owner);
    if (zone->hook_due)
        watcher_retry(watch->watcher, zone);
    watch->has_news = true;
    tell_output(watch);
}

void watch_tell_run(struct teller *teller, const struct fact *fact)
{
    if (fact->kind != FACT_COMMAND_FAILED)
        sync_tell_run(teller, fact);
}

void watch_tell_batch(struct watch_run *watch, const struct err *failure)
{
    bool good = failure->kind == ERR_NONE;
    if (failure->kind != ERR_INTERRUPTED)
        say_watch_task(&watch->say, SAY_WATCH_EXEC_ALL, good ? NULL : failure->text, loop_now());
    counters_hook(watch->counters, COUNTERS_EXEC_ALL, failure->kind);
    watch->has_news = true;
}

/* ---- Messages ------------------------------------------------------------------------------ */

/* Where one is remembered; a new one takes the place of the one that was told longest ago. */
static struct watch_sender *sender_of(struct watch_run *watch, const struct prefix_address *address,
                                      enum watcher_notice_kind kind)
{
    struct watch_sender *oldest = &watch->senders[0];
    for (size_t i = 0; i < WATCH_SENDERS; i++) {
        struct watch_sender *sender = &watch->senders[i];
        if (sender->told_at != 0 && sender->kind == kind && prefix_same(&sender->address, address))
            return sender;
        if (sender->told_at < oldest->told_at)
            oldest = sender;
    }
    return oldest->told_at == 0 || loop_now() - oldest->told_at >= SENDER_AGAIN ? oldest : NULL;
}

static const char *hint_of(enum watcher_notice_kind kind)
{
    switch (kind) {
    case WATCHER_REFUSED:
        return "it is none of the zone's servers; --allow-notify would let it";
    case WATCHER_UNKNOWN:
        return "there is no such zone here";
    case WATCHER_SIGNATURE:
        return "the signature is not good";
    case WATCHER_BAD:
        return "it is not a NOTIFY that can be followed";
    case WATCHER_TAKEN:
    case WATCHER_MERGED:
    case WATCHER_CURRENT:
    default:
        return NULL;
    }
}

static void say_refused(const struct watcher_notice *notice, uint64_t count)
{
    struct name_string name;
    char from[ADDRESS_TEXT_MAX], more[64] = "", rcode[32] = "";
    bool is_told = notice->err != NULL && notice->err->kind != ERR_NONE;
    if (notice->kind == WATCHER_BAD && msg_rcode_name(notice->rcode) != NULL)
        snprintf(rcode, sizeof rcode, " (%s)", msg_rcode_name(notice->rcode));
    if (count > 0)
        snprintf(more, sizeof more, "; %" PRIu64 " more like it in the last hour", count);
    say("%s: a message from %s was refused: %s%s%s",
        notice->name != NULL ? sync_facts_name(&name, notice->name) : "notify",
        address_text(notice->peer, from), is_told ? notice->err->text : hint_of(notice->kind),
        rcode, more);
}

/* What is refused is told once for each sender and reason, and then once an hour: there may be as
 * many as somebody likes to send. */
static void tell_refused(struct watch_run *watch, const struct watcher_notice *notice)
{
    struct prefix_address address;
    if (watch->run->settings->quiet || !prefix_address(&address, notice->peer))
        return;
    struct watch_sender *sender = sender_of(watch, &address, notice->kind);
    if (sender == NULL)
        return;
    bool is_known = sender->told_at != 0 && sender->kind == notice->kind &&
                    prefix_same(&sender->address, &address);
    if (is_known && loop_now() - sender->told_at < SENDER_AGAIN) {
        sender->count++;
        return;
    }
    say_refused(notice, is_known ? sender->count : 0);
    *sender = (struct watch_sender){address, notice->kind, loop_now(), 0};
}

void watch_tell_notified(void *context, const struct watcher_notice *notice)
{
    static const enum counters_notify results[] = {
        [WATCHER_TAKEN] = COUNTERS_NOTIFY_TAKEN,
        [WATCHER_MERGED] = COUNTERS_NOTIFY_MERGED,
        [WATCHER_CURRENT] = COUNTERS_NOTIFY_CURRENT,
        [WATCHER_REFUSED] = COUNTERS_NOTIFY_REFUSED,
        [WATCHER_UNKNOWN] = COUNTERS_NOTIFY_ZONE,
        [WATCHER_SIGNATURE] = COUNTERS_NOTIFY_SIGNATURE,
        [WATCHER_BAD] = COUNTERS_NOTIFY_BAD,
    };
    struct watch_run *watch = context;
    struct name_string name;
    char from[ADDRESS_TEXT_MAX];
    counters_notify(watch->counters, results[notice->kind]);
    watch->has_news = true;
    if (hint_of(notice->kind) != NULL)
        tell_refused(watch, notice);
    else if (watch->run->settings->verbose > 0)
        say("%s: NOTIFY from %s", sync_facts_name(&name, notice->name),
            address_text(notice->peer, from));
}

/* ---- Zones --------------------------------------------------------------------------------- */

void watch_tell_expired(void *context, const struct zone *zone)
{
    struct watch_run *watch = context;
    say_watch_expired(&watch->say, (struct zone *)(uintptr_t)zone, loop_now());
    watch->has_news = true;
}

void watch_tell_gone(void *context, const struct zone *zone)
{
    struct watch_run *watch = context;
    say_watch_gone(&watch->say, (struct zone *)(uintptr_t)zone, loop_now());
    report_sync_forget(&watch->run->report, zone, &watch->run->output);
    tell_output(watch);
}

void watch_tell_kept(struct watch_run *watch, bool is_last)
{
    struct sync_run *run = watch->run;
    uint64_t lost = run->has_report ? report_sync_lost(&run->report) : 0;
    say_watch_tell(&watch->say, loop_now(), is_last);
    if (lost > 0)
        say("--report %.300s: lines are written again; %" PRIu64 " were lost",
            run->settings->report, lost);
}
