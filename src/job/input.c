#include "job/input.h"

#include "base/codec.h"
#include "base/cursor.h"
#include "base/foreign.h"
#include "base/sum.h"
#include "job/replay.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "io/infile.h"
#include "io/spool.h"
#include "io/tail.h"
#include "zone/jsoncheck.h"
#include "zone/jsonread.h"
#include "zone/zonefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_BLOCK = 64 * 1024 };

/* An input and what it reads from. */
struct file_input {
    struct input input;
    struct input_config config;
    struct infile *file;
    /* The first octets, which tell the form, and how many of them were passed on. */
    char sniffed[FOREIGN_HEAD];
    size_t sniffed_length, sniffed_at;
    bool marked; /* a byte order mark was passed over */
    struct source *reader;

    uint8_t apex[NAME_MAX_WIRE]; /* of JSON Lines; or that of the end line */
    struct jsoncheck json;
    bool is_summed;     /* a master file, of which the last line may say what the sum must be */
    struct sum sum;     /* of its lines, without carriage returns */
    bool has_carriages; /* before line feeds */
    bool has_soa;

    struct rr first;         /* it waits until SOURCE_BEGIN was given */
    bool looking;            /* for errors after the first */
    bool begun, waits, over; /* over: the reader has come to its end */
};

/* ---- Octets -------------------------------------------------------------------------------- */

static bool read_octets(void *context, void *to, size_t room, size_t *got, struct err *err)
{
    struct file_input *in = context;
    size_t left = in->sniffed_length - in->sniffed_at;
    if (left == 0)
        return infile_read(in->file, to, room, got, err);
    *got = left < room ? left : room;
    memcpy(to, in->sniffed + in->sniffed_at, *got);
    in->sniffed_at += *got;
    return true;
}

static bool sniff(struct file_input *in, struct err *err)
{
    size_t got = 1;
    while (got > 0 && in->sniffed_length < FOREIGN_HEAD) {
        if (!infile_read(in->file, in->sniffed + in->sniffed_length,
                         FOREIGN_HEAD - in->sniffed_length, &got, err))
            return false;
        in->sniffed_length += got;
    }
    const char *says = foreign_zone_says(in->sniffed, in->sniffed_length);
    if (says != NULL)
        return err_set(err, ERR_FOREIGN, "%.300s: %s", in->file->name, says);
    in->sniffed_at = foreign_mark(in->sniffed, in->sniffed_length);
    in->marked = in->sniffed_at > 0;
    return true;
}

static enum input_form form_of(const struct file_input *in)
{
    static const char recording[] = "zxfr-recording ";
    size_t n = in->sniffed_length, at = in->sniffed_at;
    if (n - at >= sizeof recording - 1 &&
        memcmp(in->sniffed + at, recording, sizeof recording - 1) == 0)
        return INPUT_RECORDING;
    while (at < n && strchr(" \t\r\n", in->sniffed[at]) != NULL)
        at++;
    return at < n && in->sniffed[at] == '{' ? INPUT_JSON : INPUT_MASTER_FILE;
}

/* ---- The readers --------------------------------------------------------------------------- */

/* Opens what $INCLUDE names. */
static bool open_included(void *context, const char *path, const char *from,
                          struct zonefile_input *input, struct err *err)
{
    const struct file_input *in = context;
    bool has_folder = !in->file->is_stdin || strcmp(from, in->file->name) != 0;
    struct infile *file =
        infile_include(path, has_folder ? from : NULL, in->config.reading.include_dir,
                       in->config.loop, in->config.deadline, err);
    if (file == NULL)
        return false;
    *input = (struct zonefile_input){
        .read = infile_read,
        .close = infile_close,
        .context = file,
        .name = file->name,
        .identity = {file->identity[0], file->identity[1]},
    };
    return true;
}

static void add_line(void *context, const void *line, size_t length)
{
    struct file_input *in = context;
    const char *octets = line;
    if (length > 0 && octets[length - 1] == '\r') { /* zxfr writes none, but mail and editors do */
        in->has_carriages = true;
        length--;
    }
    sum_line(&in->sum, line, length);
}

static struct zonefile_input octets_of(struct file_input *in)
{
    return (struct zonefile_input){
        .read = read_octets,
        .context = in,
        .name = in->file->name,
        .identity = {in->file->identity[0], in->file->identity[1]},
    };
}

/* The zone of a file that may not tell it in its records: a zone without SOA has it in its end
 * line, which is the last one, if there is any. */
static void guess_origin(struct file_input *in, const struct tail *tail,
                         struct zonefile_config *config)
{
    struct endline end;
    config->origin_guessed = true;
    config->origin = in->config.likely;
    config->origin_length = in->config.likely_length;
    if (tail == NULL || !endline_read(&end, tail->line, tail->length) ||
        end.kind == ENDLINE_INCOMPLETE || end.name_length == 0)
        return; /* of a damaged line, as by CR LF, what can be read counts */
    memcpy(in->apex, end.name, end.name_length);
    config->origin = in->apex;
    config->origin_length = end.name_length;
}

static struct source *open_master_file(struct file_input *in, struct err *err)
{
    struct zonefile_input file = octets_of(in);
    struct tail tail;
    bool has_tail = tail_read(&tail, in->file->fd);
    in->is_summed = !has_tail || endline_begins(tail.line, tail.length);
    struct zonefile_config config = {
        .origin = in->config.origin,
        .origin_length = in->config.origin_length,
        .incomplete_good = in->config.incomplete_good,
        .class = in->config.class,
        .check_neighbours = !in->config.sorts,
        .notes = in->config.notes,
        .open = in->file->is_stdin && in->config.reading.include_dir == NULL ? NULL : open_included,
        .no_include = in->config.reading.no_include,
        .line = in->is_summed ? add_line : NULL,
        .context = in,
        .halt = &in->file->halt.halt,
    };
    if (config.origin == NULL)
        guess_origin(in, has_tail ? &tail : NULL, &config);
    return zonefile_open(&config, &file, err);
}

static struct source *open_json(struct file_input *in, struct err *err)
{
    struct zonefile_input file = octets_of(in);
    return jsonread_open(in->config.class != 0 ? in->config.class : CLASS_IN, &file, err);
}

static bool write_copy(int fd, const char *octets, size_t length, struct err *err)
{
    while (length > 0) {
        ssize_t n = write(fd, octets, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return spool_failed("write", err);
        octets += n;
        length -= (size_t)n;
    }
    return true;
}

/* A recording is read twice, so an input that can be read only once is copied to a file without a
 * name. */
static int copy_of(struct file_input *in, struct err *err)
{
    char *block = malloc(COPY_BLOCK);
    size_t got = 1;
    int fd = block != NULL ? spool_open(err) : -1;
    bool good = fd >= 0 || err_set(err, ERR_MEMORY, "out of memory");
    while (good && got > 0)
        good = read_octets(in, block, COPY_BLOCK, &got, err) && write_copy(fd, block, got, err);
    if (good && lseek(fd, 0, SEEK_SET) < 0)
        good = spool_failed("read back", err);
    free(block);
    if (good || fd < 0)
        return fd;
    close(fd);
    return -1;
}

static struct source *open_recording(struct file_input *in, struct err *err)
{
    bool is_copied = in->file->waits || in->file->is_stdin || in->marked;
    int fd = is_copied ? copy_of(in, err) : fcntl(in->file->fd, F_DUPFD_CLOEXEC, 3);
    if (fd < 0) {
        err_set_errno(err, ERR_INPUT, errno, "cannot be read");
        return NULL;
    }
    struct replay_config config = {
        .fd = fd,
        .name = in->file->name,
        .key = in->config.key,
        .view = in->config.view,
        .delta_limit = in->config.delta_limit,
        .notes = in->config.notes,
        .halt = &in->file->halt.halt,
        .watcher = in->config.watcher,
    };
    struct source *source = replay_open(&config, err);
    if (source == NULL)
        return NULL;
    struct answer_facts facts = replay_facts(source);
    in->input.verified = facts.verified;
    if (!facts.is_signed || facts.verified ||
        notes_add(in->config.notes, err, ERR_UNVERIFIED,
                  "the recorded transfer is signed; without -k that is not verified"))
        return source;
    err_prefix(err, "%.200s: ", in->file->name);
    source->free(source);
    return NULL;
}

static struct source *open_reader(struct file_input *in, struct err *err)
{
    in->input.form = form_of(in);
    switch (in->input.form) {
    case INPUT_RECORDING:
        return open_recording(in, err);
    case INPUT_JSON:
        return open_json(in, err);
    case INPUT_MASTER_FILE:
    default:
        return open_master_file(in, err);
    }
}

/* ---- What the input is of ------------------------------------------------------------------ */

static void set_zone(struct zone_info *zone, const uint8_t *apex, uint8_t length, uint16_t class)
{
    zone->apex = apex;
    zone->apex_length = length;
    zone->class = class;
}

static bool is_soa(const struct file_input *in, const struct rr *rr)
{
    return rr->type == TYPE_SOA && (rr->flags & RR_OPAQUE) == 0 &&
           name_equal(rr->owner, rr->owner_length, in->input.zone.apex, in->input.zone.apex_length);
}

/* What the file says it is of must be what the user has said, if anything was. */
static bool is_asked_for(const struct file_input *in, const uint8_t *apex, uint8_t length,
                         uint16_t class, struct err *err)
{
    struct name_string zone;
    char text[16];
    *types_class_text(text, class) = '\0';
    return ((in->config.origin == NULL ||
             name_equal(apex, length, in->config.origin, in->config.origin_length)) &&
            (in->config.class == 0 || class == in->config.class)) ||
           err_set(err, ERR_ZONE_FILE, "%.300s: is of the zone %.255s %s", in->file->name,
                   name_string(&zone, apex), text);
}

/* JSON Lines do not name their zone: it is what the user says, or that of a SOA which comes first.
 */
static bool set_json_zone(struct file_input *in, const struct rr *first, struct err *err)
{
    const struct jsonread_facts *facts = jsonread_facts(in->reader);
    struct zone_info *zone = &in->input.zone;
    in->json = (struct jsoncheck){
        .name = in->file->name,
        .zone = zone,
        .check_neighbours = !in->config.sorts,
        .notes = in->config.notes,
    };
    if (facts->changes)
        return err_set(err, ERR_ZONE_FILE, "%.300s: holds changes, not a zone", in->file->name);
    if (facts->has_zone) {
        set_zone(zone, facts->apex, facts->apex_length, first->class);
        return is_asked_for(in, zone->apex, zone->apex_length, zone->class, err);
    } else if (in->config.origin != NULL) {
        set_zone(zone, in->config.origin, in->config.origin_length,
                 in->config.class != 0 ? in->config.class : first->class);
    } else if (first->type == TYPE_SOA) {
        memcpy(in->apex, first->owner, first->owner_length);
        set_zone(zone, in->apex, first->owner_length,
                 in->config.class != 0 ? in->config.class : first->class);
    } else if (in->config.likely != NULL) {
        set_zone(zone, in->config.likely, in->config.likely_length,
                 in->config.class != 0 ? in->config.class : first->class);
    } else {
        return err_set(err, ERR_NO_ORIGIN,
                       "%.300s: the first record is not a SOA, and nothing else tells the zone",
                       in->file->name);
    }
    return true;
}

static bool set_master_zone(struct file_input *in, struct err *err)
{
    struct zonefile_facts facts = zonefile_facts(in->reader);
    if (facts.apex == NULL || facts.apex_length == 0)
        return err_set(err, ERR_NO_ORIGIN,
                       "%.300s: the first record is not a SOA, and nothing else tells the zone",
                       in->file->name);
    set_zone(&in->input.zone, facts.apex, facts.apex_length, facts.class);
    return true;
}

/* What zone it is, and its serial. */
static bool set_recorded_zone(struct file_input *in, struct err *err)
{
    struct answer_facts facts = replay_facts(in->reader);
    const struct msg_question *question = facts.question;
    set_zone(&in->input.zone, question->name, question->name_length, question->class);
    in->input.zone.serial = facts.xfr.serial;
    in->input.changes = facts.changes;
    return is_asked_for(in, question->name, question->name_length, question->class, err);
}

static bool learn_zone(struct file_input *in, const struct rr *first, struct err *err)
{
    bool is_json = in->input.form == INPUT_JSON;
    if (is_json ? !set_json_zone(in, first, err) : !set_master_zone(in, err))
        return false;
    in->input.soa_first = is_soa(in, first);
    return true;
}

/* ---- The end ------------------------------------------------------------------------------- */

/* The file is not whole, or not what its last line says. */
static bool accept_partial(struct file_input *in, enum err_kind kind, const char *why,
                           struct err *err)
{
    if (!in->config.incomplete_good)
        return err_set(err, kind, "%.300s: %s", in->file->name, why);
    in->input.partial = true;
    in->input.edited = kind == ERR_END_LINE;
    snprintf(in->input.why, sizeof in->input.why, "%s", why);
    codec_mask(in->input.why); /* it may be the file's own words */
    return true;
}

/* The text without the name of the file, for where that is named already. */
static const char *without_name(const struct file_input *in, const char *text)
{
    size_t n = strlen(in->file->name);
    return strncmp(text, in->file->name, n) == 0 && text[n] == ':' ? text + n + 2 : text;
}

/* A warning about the file as a whole. */
static bool note_file(struct file_input *in, enum err_kind kind, const char *what, struct err *err)
{
    return notes_add(in->config.notes, err, kind, "%s", what) ||
           err_prefix(err, "%.300s: ", in->file->name);
}

/* The sum is one of lines, so it is the same whatever ends them. */
static bool check_line_ends(struct file_input *in, const struct endline *end, struct err *err)
{
    return !in->has_carriages || end->sum[0] == '\0' ||
           note_file(in, ERR_LINE_ENDS,
                     "the line ends were changed to CR LF, as by mail or an editor; but for that "
                     "it is what its end line says",
                     err);
}

static bool check_end_line(struct file_input *in, const struct endline *end, struct err *err)
{
    const struct zone_info *zone = &in->input.zone;
    uint64_t before = zonefile_facts(in->reader).records_before_end;
    char why[200], sum[SUM_TEXT + 1];
    *sum_text(sum, &in->sum) = '\0';
    if (end->records != in->input.records || before != in->input.records)
        snprintf(why, sizeof why,
                 "the end line counts %llu records, but there are %llu before it%s",
                 (unsigned long long)end->records, (unsigned long long)before,
                 before < in->input.records ? " and more after it" : "");
    else if (end->class != zone->class ||
             !name_equal(end->name, end->name_length, zone->apex, zone->apex_length))
        snprintf(why, sizeof why, "the end line is of another zone");
    else if (in->has_soa && end->serial != zone->serial)
        snprintf(why, sizeof why, "the end line has serial %lu, the SOA %lu",
                 (unsigned long)end->serial, (unsigned long)zone->serial);
    else if (end->sum[0] != '\0' && (!in->is_summed || strcmp(end->sum, sum) != 0))
        snprintf(why, sizeof why, "the lines do not have the sum that the end line has");
    else
        return check_line_ends(in, end, err);
    return accept_partial(in, ERR_END_LINE, why, err);
}

static bool check_master_end(struct file_input *in, struct err *err)
{
    struct endline end = zonefile_end_line(in->reader);
    const char *why = zonefile_broken(in->reader);
    if (why != NULL && end.kind != ENDLINE_INCOMPLETE)
        return accept_partial(in, ERR_INCOMPLETE, why, err);
    switch (end.kind) {
    case ENDLINE_INCOMPLETE:
        return accept_partial(in, ERR_INCOMPLETE, end.reason, err);
    case ENDLINE_DAMAGED:
        return accept_partial(in, ERR_END_LINE, "the end line is damaged", err);
    case ENDLINE_COMPLETE:
        in->input.filtered = end.filtered;
        return check_end_line(in, &end, err);
    case ENDLINE_NONE:
    default:
        return true;
    }
}

static bool check_json_end(struct file_input *in, struct err *err)
{
    const struct jsonread_facts *facts = jsonread_facts(in->reader);
    if (facts->incomplete)
        return accept_partial(in, ERR_INCOMPLETE, facts->why, err);
    if (facts->has_serial && in->has_soa && facts->serial != in->input.zone.serial)
        return accept_partial(in, ERR_END_LINE, "the document has another serial than the SOA",
                              err);
    return true;
}

/* Nothing is left of a file without a record of the zone. */
static bool refuse_empty(const struct file_input *in, struct err *err)
{
    struct name_string zone, other;
    const uint8_t *apex = in->input.zone.apex, *others = NULL;
    if (in->input.form == INPUT_MASTER_FILE) {
        struct zonefile_facts facts = zonefile_facts(in->reader);
        apex = facts.apex;
        others = facts.other;
    }
    if (apex == NULL)
        return err_set(err, ERR_ZONE_FILE, "%.200s: holds no record", in->file->name);
    return err_set(err, ERR_ZONE_FILE, "%.200s: holds no record of the zone %.150s%s%.150s",
                   in->file->name, name_string(&zone, apex),
                   others != NULL ? ", but of the zone " : "",
                   others != NULL ? name_string(&other, others) : "");
}

static bool check_end(struct file_input *in, struct err *err)
{
    if (in->input.form == INPUT_RECORDING && in->input.changes)
        return true; /* there may be none */
    bool good = in->input.form == INPUT_JSON
                    ? check_json_end(in, err) && jsoncheck_end(&in->json, err)
                : in->input.form == INPUT_MASTER_FILE ? check_master_end(in, err)
                                                      : true;
    bool is_master = in->input.form == INPUT_MASTER_FILE;
    if (good && in->input.records == 0 && (is_master || !in->input.partial))
        return refuse_empty(in, err);
    if (good && !in->has_soa && !in->input.partial)
        return note_file(in, ERR_NO_SOA, "has no SOA; it counts as serial 0", err);
    return good;
}

/* ---- The source ---------------------------------------------------------------------------- */

/* Says which file an error is about, where the text does not begin with it. An error of the reader
 * of master files does, and may be about an included file. */
static enum source_event name_file_in(const struct file_input *in, struct err *err)
{
    const char *name = in->file->name;
    size_t n = strlen(name) < 250 ? strlen(name) : 250;
    bool is_named = strncmp(err->text, name, n) == 0 && err->text[n] == ':';
    if (!is_named && in->input.form != INPUT_MASTER_FILE && err->kind != ERR_MEMORY &&
        err->kind != ERR_INTERRUPTED)
        err_prefix(err, "%.250s: ", name);
    return SOURCE_FAIL;
}

/* Judges a record. Sets *use to whether it is given on. */
static bool judge_record(struct file_input *in, struct rr *rr, bool *use, struct err *err)
{
    *use = true;
    if (in->input.zone.apex == NULL && !learn_zone(in, rr, err))
        return false;
    if (in->input.form == INPUT_JSON &&
        !jsoncheck_record(&in->json, rr, jsonread_facts(in->reader)->line, use, err))
        return false;
    if (!*use)
        return true;
    if (is_soa(in, rr)) {
        in->has_soa = true;
        in->input.zone.serial = rdata_soa_serial(rr);
    }
    in->input.records++;
    return true;
}

/* Without memory, jansson's parser changes strings and does not say so. */
static bool json_failed(const struct file_input *in)
{
    return in->config.json_failed != NULL && in->config.json_failed();
}

/* What the reader gives. Reading that ends too early may be good enough. */
static enum source_event judge_event(struct file_input *in, enum source_event event,
                                     struct err *err)
{
    if (in->input.form == INPUT_JSON && json_failed(in)) { /* whatever the reader makes of it */
        *err = (struct err){.kind = ERR_NONE};
        err_set(err, ERR_MEMORY, "out of memory");
        return SOURCE_FAIL;
    }
    if (event == SOURCE_FAIL && err->kind == ERR_INCOMPLETE && in->config.incomplete_good) {
        accept_partial(in, ERR_INCOMPLETE, without_name(in, err->text), err);
        *err = (struct err){.kind = ERR_NONE};
        in->over = true;
        return SOURCE_END;
    }
    if (event == SOURCE_FAIL)
        return name_file_in(in, err);
    if (event == SOURCE_END)
        in->over = true;
    return event == SOURCE_END && !in->looking && !check_end(in, err) ? name_file_in(in, err)
                                                                      : event;
}

/* The next record that is given on, or what else the reader says; it has given the first event. */
static enum source_event next_good(struct file_input *in, enum source_event event, struct rr *rr,
                                   enum rr_op *op, struct err *err)
{
    bool use = false;
    for (;;) {
        event = judge_event(in, event, err);
        if (event != SOURCE_RR)
            return event;
        if (!judge_record(in, rr, &use, err))
            return name_file_in(in, err);
        if (use)
            return event;
        event = in->reader->next(in->reader, rr, op, err);
    }
}

/* Goes on after an error. */
static bool resume(struct file_input *in, enum err_kind kind, struct err *err)
{
    switch (in->input.form) {
    case INPUT_MASTER_FILE:
        return zonefile_resume(in->reader, kind, err);
    case INPUT_JSON:
        return jsonread_resume(in->reader);
    case INPUT_RECORDING:
    default:
        return false;
    }
}

/* What is wrong with the file besides the first error, as far as there is an end to it. The first
 * one stays the error, unless a signal comes. */
static enum source_event find_more(struct file_input *in, struct err *err)
{
    struct faults *faults = in->config.faults;
    struct err first = *err, next = {.kind = ERR_NONE};
    enum err_kind kind = err->kind;
    unsigned steps = 0;
    bool goes_on = faults_wanted(faults);
    in->looking = true;
    faults_add(faults, err);
    while (goes_on && resume(in, kind, &next)) {
        enum source_event event = SOURCE_RR;
        while (event == SOURCE_RR) {
            struct rr rr;
            enum rr_op op;
            if (halt_step(&in->file->halt.halt, &steps, &next)) {
                event = SOURCE_FAIL;
                break;
            }
            event = in->reader->next(in->reader, &rr, &op, &next);
            event = next_good(in, event, &rr, &op, &next);
        }
        kind = next.kind;
        goes_on = event == SOURCE_FAIL && err_class(kind) != ERR_CLASS_INTERNAL &&
                  kind != ERR_TIMEOUT_TOTAL;
        if (goes_on)
            faults_add(faults, &next);
        goes_on = goes_on && faults_wanted(faults);
        if (next.kind != ERR_INTERRUPTED)
            next = (struct err){.kind = ERR_NONE};
    }
    *err = next.kind == ERR_INTERRUPTED ? next : first;
    return SOURCE_FAIL;
}

/* A recording says what begins. */
static enum source_event begin_recorded(struct file_input *in, struct err *err)
{
    if (!set_recorded_zone(in, err))
        return name_file_in(in, err);
    in->begun = true;
    in->input.soa_first = true;
    in->input.source.zone = in->reader->zone;
    return SOURCE_BEGIN;
}

/* A zone begins once its first record has told which zone it is; that record then waits. A file
 * without a record begins all the same, before its end. */
static enum source_event begin_zone(struct file_input *in, enum source_event first,
                                    const struct rr *rr)
{
    in->begun = true;
    in->waits = first == SOURCE_RR;
    in->first = *rr;
    in->input.source.zone = in->input.zone;
    return SOURCE_BEGIN;
}

/* What comes next where it is not as it mostly is. */
static enum source_event next_event(struct file_input *in, enum source_event event, struct rr *rr,
                                    struct err *err)
{
    if (event == SOURCE_FAIL && in->config.faults != NULL)
        return find_more(in, err);
    if (event == SOURCE_BEGIN)
        return begin_recorded(in, err);
    if (event == SOURCE_FAIL || in->begun)
        return event;
    /* A recording that will do although it broke off before its first record. */
    if (in->input.form == INPUT_RECORDING && !set_recorded_zone(in, err))
        return name_file_in(in, err);
    return begin_zone(in, event, rr);
}

static enum source_event input_next(struct source *source, struct rr *rr, enum rr_op *op,
                                    struct err *err)
{
    struct file_input *in = (struct file_input *)source;
    if (in->waits) {
        in->waits = false;
        *rr = in->first;
        *op = RR_ADD;
        return SOURCE_RR;
    }
    if (in->over)
        return SOURCE_END;
    enum source_event event = in->reader->next(in->reader, rr, op, err);
    if (event == SOURCE_RR && in->begun && in->input.form == INPUT_MASTER_FILE &&
        rr->type != TYPE_SOA) { /* nearly all of them, with nothing to judge */
        in->input.records++;
        return event;
    }
    return next_event(in, next_good(in, event, rr, op, err), rr, err);
}

static void input_free(struct source *source)
{
    struct file_input *in = (struct file_input *)source;
    if (in->reader != NULL)
        in->reader->free(in->reader);
    if (in->file != NULL)
        infile_close(in->file);
    free(in);
}

struct input *input_open(const struct input_config *config, struct err *err)
{
    struct file_input *in = calloc(1, sizeof *in);
    if (in == NULL) {
        err_set(err, ERR_MEMORY, "out of memory");
        return NULL;
    }
    in->input.source = (struct source){.next = input_next, .free = input_free};
    in->config = *config;
    in->file = infile_open(config->path, NULL, config->loop, config->deadline, err);
    if (in->file != NULL)
        halt_works(&in->file->halt.halt, HALT_READS, 0, 0);
    if (in->file != NULL && sniff(in, err))
        in->reader = open_reader(in, err);
    if (in->reader != NULL)
        return &in->input;
    if (in->file != NULL) {
        /* Whatever it would have been: the text of this error does not begin with a place. */
        in->input.form = INPUT_RECORDING;
        name_file_in(in, err);
    }
    input_free(&in->input.source);
    return NULL;
}

/* Anything but a regular file could be read only once. */
static bool is_regular(const char *path, uint64_t least)
{
    struct stat st;
    return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           (uint64_t)st.st_size >= least;
}

bool input_is_master(const struct input_config *config, uint64_t least)
{
    struct err ignored = {.kind = ERR_NONE};
    struct file_input in = {.config = *config};
    if (!is_regular(config->path, least))
        return false;
    in.file = infile_open(config->path, NULL, config->loop, config->deadline, &ignored);
    bool is_master = in.file != NULL && sniff(&in, &ignored) && form_of(&in) == INPUT_MASTER_FILE;
    if (in.file != NULL)
        infile_close(in.file);
    return is_master;
}

/* What ends the run, whatever it was that could not be done. */
static bool ends_run(const struct err *err)
{
    return err->kind == ERR_MEMORY || err->kind == ERR_INTERRUPTED ||
           err->kind == ERR_TIMEOUT_TOTAL;
}

bool input_zone(const struct input_config *config, uint8_t apex[NAME_MAX_WIRE], uint8_t *length,
                struct err *err)
{
    struct err why = {.kind = ERR_NONE};
    struct input_config copy = *config;
    struct rr rr;
    enum rr_op op;
    *length = 0;
    if (!is_regular(config->path, 0))
        return true;
    struct notes *notes = calloc(1, sizeof *notes); /* they are told when the file is read */
    if (notes == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    copy.notes = notes;
    copy.faults = NULL;
    copy.incomplete_good = true;
    struct input *input = input_open(&copy, &why);
    if (input != NULL && input->source.next(&input->source, &rr, &op, &why) == SOURCE_BEGIN &&
        input->zone.apex != NULL) {
        *length = input->zone.apex_length;
        memcpy(apex, input->zone.apex, *length);
    }
    if (input != NULL)
        input->source.free(&input->source);
    free(notes);
    if (ends_run(&why))
        *err = why;
    return !ends_run(&why);
}
