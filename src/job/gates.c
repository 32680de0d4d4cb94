#include "job/gates.h"

#include "dns/types.h"
#include "io/spool.h"
#include "job/difference.h"
#include "job/input.h"
#include "job/pump.h"
#include "out/discard.h"
#include "zone/sort.h"
#include "zone/filename.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct shape *shape_of(const struct gates *gates)
{
    return gates->config.output->config.shape;
}

static const struct gate_orders *orders_of(const struct gates *gates)
{
    return shape_of(gates)->gates;
}

bool gates_any(const struct shape *shape)
{
    const struct gate_orders *orders = shape->gates;
    return shape->guard.min_records > 0 || shape->guard.max_shrink < NO_SHRINK_LIMIT ||
           (orders != NULL && (gate_needs_order(orders) || orders->check_cmd != NULL));
}

static void tell(const struct gates *gates, enum fact_kind kind, const char *text)
{
    struct teller *teller = gates->config.teller;
    teller->tell(teller, &(struct fact){.kind = kind, .text = text});
}

/* ---- FILE as it was ------------------------------------------------------------------------ */

static enum gate_old look_for_old(const struct gates *gates)
{
    struct stat st;
    if (gates->config.old_is_other)
        return GATE_OLD_NONE;
    if (stat(gates->config.output->out.target, &st) != 0)
        return errno == ENOENT ? GATE_OLD_NONE : GATE_OLD_UNKNOWN;
    return st.st_size > 0 ? GATE_OLD_KNOWN : GATE_OLD_NONE;
}

/* Reads all of FILE into a sink. *whole: it says of itself that nothing is missing, but for the
 * types that are left out this time, too. */
static bool read_old(const struct gates *gates, struct sink *sink, bool *whole, struct err *err)
{
    const struct gates_config *config = &gates->config;
    const struct filter *filter = shape_of(gates)->filter;
    struct notes *notes = calloc(1, sizeof *notes); /* of a file that was written before */
    const struct input_config reading = {
        .path = config->output->out.target,
        .likely = config->zone,
        .likely_length = config->zone_length,
        .class = config->class,
        .sorts = true,
        .incomplete_good = true,
        .loop = config->loop,
        .deadline = config->deadline,
        .notes = notes,
    };
    if (notes == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    struct input *input = input_open(&reading, err);
    struct pump pump = {.sink = sink, .halt = config->halt, .work = HALT_CHECKS};
    bool good = input != NULL && pump_source(&pump, &input->source, err) &&
                sink->end(sink, OUTCOME_COMPLETE, NULL, err);
    bool may_lack_types = filter != NULL && filter->active;
    *whole = good && (!input->partial || input->edited) && (!input->filtered || may_lack_types);
    if (input != NULL)
        input->source.free(&input->source);
    free(notes);
    return good;
}

/* What FILE had that a zone may not lose. */
struct had {
    struct sink sink;
    const struct gates_config *config;
    unsigned what; /* enum verify_what */
};

static bool had_begin(struct sink *sink, const struct zone_info *zone, struct err *err)
{
    (void)sink, (void)zone, (void)err;
    return true;
}

static bool had_record(struct sink *sink, enum rr_op op, const struct rr *rr, struct err *err)
{
    struct had *had = (struct had *)sink;
    (void)op, (void)err;
    if (rr->type != TYPE_DNSKEY && rr->type != TYPE_ZONEMD)
        return true;
    if (name_equal(rr->owner, rr->owner_length, had->config->zone, had->config->zone_length) &&
        (rr->type == TYPE_DNSKEY || zonemd_is_known(rr->rdata, rr->rdlength)))
        had->what |= rr->type == TYPE_DNSKEY ? VERIFY_DNSSEC : VERIFY_ZONEMD;
    return true;
}

static bool had_end(struct sink *sink, enum outcome outcome, const char *why, struct err *err)
{
    (void)sink, (void)outcome, (void)why, (void)err;
    return true;
}

static void had_free(struct sink *sink)
{
    (void)sink; /* it is a part of its owner */
}

/* Whether the new zone lacks what FILE may have. */
static bool lacks_proof(const struct gates *gates)
{
    const struct gate_orders *orders = orders_of(gates);
    const struct verify_result *result = &gates->config.witness->result;
    unsigned wanted = orders->allow_unsigned ? 0 : orders->verify & ~orders->require;
    return ((wanted & VERIFY_DNSSEC) != 0 && !result->dnssec.is_signed) ||
           ((wanted & VERIFY_ZONEMD) != 0 && result->zonemd.class < ZONEMD_FAILED);
}

/* What was read before a fault counts, too. */
static bool look_for_proof(struct gates *gates, struct gate_facts *facts, struct err *err)
{
    struct had had = {.sink = {had_begin, had_record, had_end, had_free}, .config = &gates->config};
    struct err why = {.kind = ERR_NONE};
    if (facts->old == GATE_OLD_NONE || !lacks_proof(gates))
        return true;
    bool whole, good = read_old(gates, &had.sink, &whole, &why);
    if (!whole)
        facts->old = GATE_OLD_UNKNOWN;
    if (!good && err_is_trouble(why.kind))
        *err = why;
    facts->had = had.what;
    return err->kind == ERR_NONE;
}

/* ---- What has changed ---------------------------------------------------------------------- */

static void count_old(void *context, const struct rr *rr)
{
    struct gates *gates = context;
    gate_count_old(orders_of(gates), gates->counts, gates->config.zone, gates->config.zone_length,
                   rr);
}

static bool count_changes(void *context, struct source *changes, struct err *err)
{
    struct gates *gates = context;
    struct rr rr;
    enum rr_op op;
    unsigned steps = 0;
    for (;;) {
        enum source_event event = changes->next(changes, &rr, &op, err);
        if (event == SOURCE_END || event == SOURCE_FAIL)
            return event == SOURCE_END;
        if (event != SOURCE_RR)
            continue;
        gate_count_change(orders_of(gates), gates->counts, gates->config.zone,
                          gates->config.zone_length, op, &rr);
        if (halt_step(gates->config.halt, &steps, err))
            return false;
    }
}

static bool compare(struct gates *gates, struct gate_facts *facts, struct err *err)
{
    const struct gates_config *config = &gates->config;
    const struct shape *shape = shape_of(gates);
    struct notes *notes = calloc(1, sizeof *notes); /* they were told, or are of the old file */
    struct err why = {.kind = ERR_NONE};
    bool known;
    const struct difference_config difference = {
        .old = {.path = config->output->out.target, .sorted = config->old_sorted},
        .new = {.path = config->output->out.temporary_name, .sorted = shape->style.sum},
        .zone = config->zone,
        .zone_length = config->zone_length,
        .class = config->class,
        .edited_good = true,
        .filter = shape->filter,
        .loop = config->loop,
        .deadline = config->deadline,
        .halt = config->halt,
        .memory = shape->memory,
        .notes = notes,
        .saw_old = count_old,
    };
    if (notes == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    memset(gates->counts, 0, sizeof gates->counts);
    bool good = difference_run(&difference, count_changes, gates, &known, &why, err);
    free(notes);
    if (good && !known)
        facts->old = GATE_OLD_UNKNOWN;
    return good;
}

/* ---- What was refused ---------------------------------------------------------------------- */

/* Whether what was refused may be put there. */
static bool may_keep_as(const struct gates *gates, const char *path, struct err *err)
{
    struct stat target, other;
    if (lstat(path, &other) != 0)
        return true;
    if (stat(gates->config.output->out.target, &target) == 0 && target.st_dev == other.st_dev &&
        target.st_ino == other.st_ino)
        return err_set(err, ERR_OUTPUT, "%.300s is FILE itself", path);
    return S_ISREG(other.st_mode) || err_set(err, ERR_OUTPUT, "%.300s is not a regular file", path);
}

static bool copy_to(const struct gates *gates, const char *path, struct err *err)
{
    const struct gates_config *config = &gates->config;
    const struct outfile_options options = {
        .path = path, .whole = true, .fresh = true, .new_mode = S_IRUSR | S_IWUSR};
    struct outfile kept;
    enum outfile_result result;
    if (!may_keep_as(gates, path, err) ||
        !outfile_open(&kept, &options, config->loop, config->deadline, err))
        return false;
    if (kept.temporary >= 0 && outfile_copy(&config->output->out, &kept, err))
        return outfile_commit(&kept, &result, err);
    outfile_abort(&kept);
    return err_set(err, ERR_OUTPUT, "%.300s is not a regular file", path);
}

/* Evidence is good to have, but it decides nothing. */
static void keep_evidence(struct gates *gates)
{
    const char *folder = orders_of(gates)->keep_refused;
    char name[FILENAME_ROOM], path[PATH_MAX], text[ERR_TEXT_MAX];
    struct err err = {.kind = ERR_NONE};
    if (folder == NULL || gates->keeps)
        return;
    bool good = filename_write(name, gates->config.zone, gates->config.zone_length, &err);
    int n = !good ? 0
                  : snprintf(path, sizeof path, "%s/%s.%lu%s", folder, name,
                             (unsigned long)gates->serial, shape_of(gates)->format->suffix);
    if (good && (size_t)n >= sizeof path)
        good = err_set(&err, ERR_OUTPUT, "the path is too long");
    if (good && copy_to(gates, path, &err)) {
        snprintf(text, sizeof text, "what was refused is kept as %.500s", path);
        tell(gates, FACT_REMARK, text);
        return;
    }
    snprintf(text, sizeof text, "what was refused is not kept: %.500s", err.text);
    tell(gates, FACT_WARNING, text);
}

/* The findings that the refusal is about; one alone is in its message. */
static void tell_findings(const struct gates *gates, enum rule_group group)
{
    const struct findings *findings = gates->config.witness->findings;
    struct teller *teller = gates->config.teller;
    struct finding finding;
    if (findings_count_gate(findings, group) < 2)
        return;
    for (size_t i = 0; findings_get(findings, i, &finding); i++)
        if (findings_rules[finding.rule].gate && findings_rules[finding.rule].group == group)
            teller->tell(teller, &(struct fact){.kind = FACT_FINDING, .finding = &finding});
}

static void tell_verdicts(const struct gates *gates)
{
    struct teller *teller = gates->config.teller;
    teller->tell(teller, &(struct fact){.kind = FACT_GATES, .gates = &gates->list});
}

static enum gates_step open_gates(const struct gates *gates)
{
    tell_verdicts(gates);
    return GATES_OPEN;
}

static enum gates_step shut(struct gates *gates, const struct err *err)
{
    bool is_same = gates->has_refused && gates->refused == gates->serial;
    if (err_class(err->kind) != ERR_CLASS_GUARD)
        return GATES_SHUT;
    tell_verdicts(gates);
    if (!is_same && err->kind == ERR_ZONEMD)
        tell_findings(gates, RULES_ZONEMD);
    else if (!is_same && (err->kind == ERR_DNSSEC || err->kind == ERR_DNSSEC_TIME ||
                          err->kind == ERR_DNSSEC_ANCHOR))
        tell_findings(gates, RULES_DNSSEC);
    keep_evidence(gates);
    gates->has_refused = true;
    gates->refused = gates->serial;
    return GATES_SHUT;
}

/* ---- The command --------------------------------------------------------------------------- */

static enum gates_step ask_command(struct gates *gates, struct engine *engine, void *owner,
                                   struct err *err)
{
    const struct gates_config *config = &gates->config;
    const struct gate_orders *orders = orders_of(gates);
    const struct outfile *out = &config->output->out;
    bool has = look_for_old(gates) != GATE_OLD_NONE;
    const struct usercmd_config command = {
        .command = orders->check_cmd,
        .limit = orders->cmd_timeout,
        .deadline = config->deadline,
        .facts = {.zone = config->zone,
                  .zone_length = config->zone_length,
                  .file = out->temporary_name,
                  .old_file = has ? out->target : NULL,
                  .has_serial = true,
                  .serial = gates->serial,
                  .has_old_serial = has && config->has_old_serial,
                  .old_serial = config->old_serial},
    };
    if (!outfile_look(out, &gates->candidate, err) ||
        !usercmd_start(&gates->command, engine, &command, owner, err))
        return shut(gates, err);
    return GATES_WAIT;
}

/* A command that was not found, or did not come to an end, has said nothing about the zone. */
static bool could_judge(const struct usercmd *command)
{
    enum { CANNOT_RUN = 126, NOT_FOUND = 127 };
    const struct child_result *result = &command->result;
    return !result->timed_out && result->signal == 0 && result->status != CANNOT_RUN &&
           result->status != NOT_FOUND;
}

static enum gates_step take_command(struct gates *gates, const struct child_result *result,
                                    struct err *err)
{
    const struct usercmd *command = &gates->command;
    char text[USERCMD_TEXT];
    const char *why = NULL;
    if (!usercmd_ended(&gates->command, result, err))
        return shut(gates, err);
    bool is_same = outfile_is_same(&gates->config.output->out, &gates->candidate);
    if (!usercmd_is_good(command))
        why = usercmd_text(text, command, orders_of(gates)->cmd_timeout);
    else if (!is_same)
        why = "it has changed the file that it was to judge";
    gate_judge_command(&gates->list, why, !is_same || !could_judge(command));
    return gate_is_open(&gates->list, err) ? open_gates(gates) : shut(gates, err);
}

/* ---- All of it ----------------------------------------------------------------------------- */

/* FILE is read for its signatures, through the same witness. */
static bool look_at_old(struct gates *gates, struct err *err)
{
    const struct gates_config *config = &gates->config;
    const struct store_config store = {
        .halt = config->halt,
        .memory = shape_of(gates)->memory,
        .scratch = &spool_scratch,
    };
    struct notes *notes = calloc(1, sizeof *notes); /* they were told when it was written */
    struct sink *sink = notes != NULL ? discard_new(err) : NULL;
    if (notes == NULL)
        err_set(err, ERR_MEMORY, "out of memory");
    if (sink != NULL)
        sink = witness_new(config->witness, sink, err);
    if (sink != NULL && !config->old_sorted)
        sink = sort_new(sink, &store, notes, NULL, err);
    bool whole, good = sink != NULL && read_old(gates, sink, &whole, err);
    if (sink != NULL)
        sink->free(sink);
    free(notes);
    gates->knows_old = true;
    return good;
}

static bool gather(struct gates *gates, struct gate_facts *facts, struct err *err)
{
    const struct gates_config *config = &gates->config;
    gates->limits = config->output->limits;
    if (config->old_is_other)
        gates->limits.old_records = 0;
    *facts = (struct gate_facts){
        .keeps = gates->keeps,
        .rechecks = config->rechecks,
        .records = config->output->records,
        .old = look_for_old(gates),
        .limits = &gates->limits,
        .counts = gates->counts,
        .verify = &config->witness->result,
        .findings = config->witness->findings,
        .has_anchors = config->witness->config.anchors != NULL,
        .strict = shape_of(gates)->strict,
    };
    if (gates->keeps) {
        bool good = look_at_old(gates, err);
        facts->findings = config->witness->findings;
        return good;
    }
    return look_for_proof(gates, facts, err) &&
           (orders_of(gates)->change_count == 0 || facts->old == GATE_OLD_NONE ||
            compare(gates, facts, err));
}

static void tell_unjudged(const struct gates *gates, const struct gate_facts *facts)
{
    char text[ERR_TEXT_MAX];
    if (facts->old != GATE_OLD_UNKNOWN || facts->strict)
        return;
    snprintf(text, sizeof text,
             "%.300s is not a whole zone of which anything is known; --max-change and what the "
             "zone may not lose are not judged",
             gates->config.output->config.file.path);
    tell(gates, FACT_WARNING, text);
}

static bool judge(struct gates *gates, struct err *err)
{
    struct gate_facts facts;
    output_end(gates->config.output);
    gates->list.count = 0;
    if (!gather(gates, &facts, err))
        return false;
    if (facts.findings != NULL)
        findings_close(gates->config.witness->findings);
    if (halt_due(gates->config.halt, err)) /* a refusal is not the reason then */
        return false;
    gate_judge(&gates->list, orders_of(gates), &facts);
    tell_unjudged(gates, &facts);
    return gate_is_open(&gates->list, err);
}

/* Whether a FILE that is to stay must be read for what is asked. */
static bool looks_at_kept(const struct gates *gates)
{
    const struct gate_orders *orders = orders_of(gates);
    return orders->least_life > 0 || (gates->config.rechecks && gates_any(shape_of(gates)));
}

/* FILE stays, and is not looked at. */
static enum gates_step skip_all(struct gates *gates)
{
    const struct gate_facts facts = {.keeps = true, .limits = &gates->config.output->limits};
    gate_judge(&gates->list, orders_of(gates), &facts);
    return GATES_OPEN;
}

enum gates_step gates_step(struct gates *gates, bool keeps, uint32_t serial, struct engine *engine,
                           const struct engine_event *event, void *owner, struct err *err)
{
    struct output *output = gates->config.output;
    const struct gate_orders *orders = orders_of(gates);
    if (event != NULL)
        return take_command(gates, event->result, err);
    gates->keeps = keeps;
    gates->serial = serial;
    if (keeps && !looks_at_kept(gates))
        return skip_all(gates);
    if (!judge(gates, err))
        return shut(gates, err);
    if (keeps || orders->check_cmd == NULL)
        return open_gates(gates);
    if (!output_ready(output, err))
        return GATES_SHUT;
    return output->result == OUTFILE_UNCHANGED ? open_gates(gates)
                                               : ask_command(gates, engine, owner, err);
}

bool gates_run(struct gates *gates, uint32_t serial, struct engine *engine, struct err *err)
{
    struct engine_event event;
    enum gates_step step = gates_step(gates, false, serial, engine, NULL, gates, err);
    while (step == GATES_WAIT && engine_next(engine, &event)) {
        if (event.kind == ENGINE_CHILD)
            step = gates_step(gates, false, serial, engine, &event, gates, err);
        if (event.kind != ENGINE_STOP)
            continue;
        gates_stop(gates, engine);
        return err_set(err, ERR_INTERRUPTED, "interrupted");
    }
    return step == GATES_OPEN;
}

void gates_warn(struct gates *gates)
{
    struct err err = {.kind = ERR_NONE};
    char text[ERR_TEXT_MAX];
    if (gates->config.output == NULL || orders_of(gates)->least_life == 0 || gates->knows_old ||
        look_for_old(gates) != GATE_OLD_KNOWN)
        return;
    struct gates *own = malloc(sizeof *own);
    if (own == NULL)
        return;
    *own = *gates;
    own->keeps = true;
    if (!judge(own, &err) && err_class(err.kind) == ERR_CLASS_GUARD) {
        snprintf(text, sizeof text, "%.200s stays, and its %.400s",
                 gates->config.output->config.file.path, err.text);
        tell(gates, FACT_REMARK, text);
    }
    if (gates->list.count == 0)
        gates->list = own->list;
    gates->knows_old = true;
    free(own);
}

void gates_stop(struct gates *gates, struct engine *engine)
{
    usercmd_stop(&gates->command, engine);
}
