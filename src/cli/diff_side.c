#include "cli/diff_side.h"

#include "base/cursor.h"
#include "cli/input.h"
#include "cli/say.h"
#include "dns/rdata.h"
#include "dns/types.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LOOK_EVERY = 4096 };

/* ---- What is taken ------------------------------------------------------------------------- */

/* RFC 4034 section 3.1: a signature begins with the type that it covers. */
static bool is_of_zonemd(const struct rr *rr)
{
    return rr->type == TYPE_ZONEMD ||
           (rr->type == TYPE_RRSIG && rr->rdlength >= 2 && octets_u16(rr->rdata) == TYPE_ZONEMD);
}

bool diff_side_takes(const struct settings *settings, const struct rr *rr)
{
    return filter_passes(&settings->filter, rr->type) &&
           ((settings->diff.ignore & DIFF_IGNORE_ZONEMD) == 0 || !is_of_zonemd(rr));
}

/* ---- The sink before the store ------------------------------------------------------------- */

static struct diff_side *side_of(struct sink *sink)
{
    return ((struct diff_tap *)sink)->side;
}

static bool tap_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    struct sink *next = side_of(sink)->guarded;
    return next->begin(next, zone, err);
}

void diff_side_keep_soa(struct diff_side *side, const struct rr *rr)
{
    if (rr->rdlength > sizeof side->soa_rdata || rr->rdlength < RDATA_SOA_NUMBERS ||
        (rr->flags & RR_OPAQUE) != 0)
        return;
    side->has_soa = true;
    side->soa = *rr;
    side->soa.flags = 0;
    memcpy(side->soa_owner, rr->owner, rr->owner_length);
    side->soa.owner = side->soa_owner;
    if (side->settings.diff.exact) {
        memcpy(side->soa_rdata, rr->rdata, rr->rdlength);
    } else { /* as the store gives it */
        name_lower(side->soa_owner, rr->owner_length);
        rdata_canonical(rr, side->soa_rdata);
    }
    side->soa.rdata = side->soa_rdata;
}

static bool tap_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct diff_side *side = side_of(sink);
    struct sink *next = side->guarded;
    if (rr->type == TYPE_SOA)
        diff_side_keep_soa(side, rr);
    if (!diff_side_takes(&side->settings, rr)) {
        side->dropped = true;
        return true;
    }
    /* "The same owner as before" may be that of a record which was left out. */
    struct rr copy = *rr;
    if (side->dropped)
        copy.flags &= (uint8_t)~RR_SAME_OWNER;
    side->dropped = false;
    return next->record(next, op, &copy, err);
}

static bool tap_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    struct sink *next = side_of(sink)->guarded;
    return next->end(next, outcome, why, err);
}

static void forget(struct diff_side *side)
{
    if (side->guarded != NULL)
        side->guarded->free(side->guarded);
    store_free(side->store);
    side->guarded = NULL;
    side->store = NULL;
    side->has_soa = side->dropped = false;
}

static bool restart(struct fetch_target *target, struct notes *notes, struct err *err)
{
    struct diff_side *side = (struct diff_side *)target;
    struct store_config config = {.keep_case = side->settings.diff.exact, .halt = &side->halt.halt};
    (void)notes;
    loop_halt_init(&side->halt, side->loop, side->deadline);
    forget(side);
    side->store = store_new(&config, err);
    if (side->store == NULL)
        return false;
    side->guarded = guard_new(store_sink(side->store), &side->settings.guard, err);
    side->tap = (struct diff_tap){{tap_begin, tap_record, tap_end, NULL}, side};
    target->sink = &side->tap.sink;
    target->began = false;
    return side->guarded != NULL;
}

/* ---- Files --------------------------------------------------------------------------------- */

void diff_side_is_missing(const struct diff_side *side, bool *missing)
{
    const char *path = side->source->path;
    struct stat st;
    *missing = side->settings.diff.new_file && path != NULL && strcmp(path, "-") != 0 &&
               stat(path, &st) != 0 && errno == ENOENT;
}

static struct input *open_file(struct diff_side *side, struct err *err)
{
    const struct settings *settings = &side->settings;
    struct input_config config = {
        .path = side->source->path,
        .origin = settings->zone_word != NULL ? settings->zone : NULL,
        .origin_length = settings->zone_length,
        .class = settings->class_given ? settings->class : 0,
        .sorts = true,
        .incomplete_good = settings->accept_incomplete,
        .key = keys_for(side->keys, NULL),
        .loop = side->loop,
        .deadline = side->deadline,
        .notes = &side->notes,
    };
    side->notes.strict = settings->strict;
    return input_open(&config, err);
}

/* Moves the records of a file to the store. A signal is seen between some of them. */
static bool pump(struct diff_side *side, struct input *input, struct err *err)
{
    struct source *source = &input->source;
    struct sink *sink = side->target.sink;
    struct pollfd none = {.fd = -1};
    struct rr rr;
    enum rr_op op;
    enum source_event event;
    for (unsigned count = 0;; count++) {
        event = source->next(source, &rr, &op, err);
        if (event != SOURCE_RR)
            break;
        if (input->changes)
            return err_set(err, ERR_ZONE_FILE, "%.300s: holds changes, not a zone",
                           side->source->path);
        if ((count == 0 && !sink->begin(sink, &input->zone, err)) ||
            !sink->record(sink, op, &rr, err))
            return false;
        if (count % LOOK_EVERY == 0 && loop_wait(side->loop, &none, 1, 0) == LOOP_SIGNAL)
            return err_set(err, ERR_INTERRUPTED, "interrupted");
    }
    if (event == SOURCE_FAIL)
        return false;
    if (input->records == 0 || input->changes)
        return err_set(err, ERR_ZONE_FILE, "%.300s: %s", side->source->path,
                       input->changes ? "holds changes, not a zone" : "holds no record");
    return sink->end(sink, OUTCOME_COMPLETE, NULL, err);
}

static void tell_file(const struct diff_side *side, const struct input *input)
{
    char name[300];
    snprintf(name, sizeof name, "%s: %.250s", side->label, side->source->word);
    if (side->settings.quiet)
        return;
    say_notes(name, &side->notes);
    if (input->partial)
        say("%s: warning: %s", name, input->why);
}

static bool load_file(struct diff_side *side, struct err *err)
{
    if (!restart(&side->target, &side->notes, err))
        return false;
    struct input *input = open_file(side, err);
    if (input == NULL)
        return false;
    bool good = pump(side, input, err);
    if (good)
        tell_file(side, input);
    input->source.free(&input->source);
    return good;
}

/* ---- Servers ------------------------------------------------------------------------------- */

static enum err_kind load_servers(struct diff_side *side)
{
    side->fetch = (struct fetch){
        .settings = &side->settings,
        .loop = side->loop,
        .deadline = side->deadline,
        .tls = side->tls,
        .keys = side->keys,
        .target = &side->target,
        .label = side->label,
        .shows_progress = fetch_wants_progress(&side->settings),
    };
    if (fetch_run(&side->fetch))
        return ERR_NONE;
    fetch_give_up(&side->fetch);
    return side->fetch.attempts.worst.kind;
}

/* The settings of a transfer of this side alone. */
static void use_source(struct diff_side *side)
{
    const struct diff_source *source = side->source;
    struct settings *settings = &side->settings;
    if (source->path != NULL)
        return;
    settings->zone_word = source->zone_text;
    memcpy(settings->zone, source->zone, source->zone_length);
    settings->zone_length = source->zone_length;
    settings->server_count = source->has_server;
    settings->servers[0] = source->server;
}

/* ---- Both ---------------------------------------------------------------------------------- */

static void learn(struct diff_side *side)
{
    struct name_string name;
    side->zone = store_facts(side->store).zone;
    side->zone.serial = 0;
    if (side->has_soa)
        side->zone.serial = rdata_soa_serial(&side->soa);
    if (side->settings.verbose)
        say("%s: %s: zone %s, serial %" PRIu32 ", records %" PRIu64, side->label,
            side->source->word, name_string(&name, side->zone.apex), side->zone.serial,
            store_facts(side->store).records);
}

static void tell(const struct diff_side *side, const struct err *err)
{
    const char *hint = err_hint(err->kind);
    if (err->kind == ERR_INTERRUPTED)
        return; /* the signal says it */
    say("%s: %s", side->label, err->text);
    if (hint != NULL)
        say("hint: %s", hint);
}

enum err_kind diff_side_load(struct diff_side *side)
{
    struct err err = {.kind = ERR_NONE};
    enum err_kind kind = ERR_NONE;
    side->target.restart = restart;
    use_source(side);
    if (side->source->path == NULL) {
        kind = load_servers(side);
    } else if (!load_file(side, &err)) {
        tell(side, &err);
        kind = err.kind;
    }
    if (kind == ERR_NONE)
        learn(side);
    return kind;
}

bool diff_side_empty(struct diff_side *side, const struct zone_info *zone, struct err *err)
{
    struct zone_info copy = *zone;
    if (!restart(&side->target, &side->notes, err))
        return false;
    struct sink *store = store_sink(side->store);
    if (!store->begin(store, &copy, err) || !store->end(store, OUTCOME_COMPLETE, NULL, err))
        return false;
    learn(side);
    return true;
}

void diff_side_fini(struct diff_side *side)
{
    forget(side);
    fetch_fini(&side->fetch);
}
