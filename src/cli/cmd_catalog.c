#include "cli/cmd_catalog.h"

#include "base/buf.h"
#include "base/codec.h"
#include "cli/compile.h"
#include "cli/jsonmem.h"
#include "cli/run_fence.h"
#include "cli/say.h"
#include "cli/say_facts.h"
#include "io/outfile.h"
#include "job/pump.h"
#include "job/side.h"
#include "zone/catalog.h"

#include <stdlib.h>
#include <string.h>

enum { OUTPUT_ROOM = 64 * 1024 };

struct run {
    const struct settings *settings;
    const struct loop *loop;
    uint64_t deadline;
    struct loop_halt halt;
    struct say_facts facts;
    struct compile_net net;
    struct compile_trust trust;
    struct shape shape;
    struct route route;
    struct spec spec;
    struct side side;
    struct catalog *catalog;
    struct outfile out; /* standard output */
    struct buf buf;
    bool opened; /* the output */
};

/* ---- The members --------------------------------------------------------------------------- */

static bool read_members(struct run *run, struct err *err)
{
    run->catalog = catalog_new(&run->halt.halt, err);
    struct source *walk = NULL;
    if (run->catalog != NULL)
        walk = store_walk(run->side.store, NULL, err);
    if (walk == NULL)
        return false;
    struct pump pump = {
        .sink = catalog_sink(run->catalog), .halt = &run->halt.halt, .work = HALT_READS};
    bool good = pump.sink->begin(pump.sink, &run->side.zone, err) &&
                pump_source(&pump, walk, err) &&
                pump.sink->end(pump.sink, OUTCOME_COMPLETE, NULL, err);
    walk->free(walk);
    return good;
}

/* ---- What is printed ----------------------------------------------------------------------- */

static bool put_text(struct run *run, const char *text, struct err *err)
{
    return buf_add(&run->buf, text, strlen(text), err);
}

/* Text of printable ASCII, as it is or as a string of JSON. */
static bool put_word(struct run *run, const char *text, const char *end, bool is_json,
                     struct err *err)
{
    size_t length = (size_t)(end - text);
    char *to;
    if (!is_json)
        return buf_add(&run->buf, text, length, err);
    to = buf_reserve(&run->buf, 2 * length + 2, err);
    if (to == NULL)
        return false;
    *to++ = '"';
    to = codec_json(to, text, length);
    *to++ = '"';
    buf_commit(&run->buf, to);
    return true;
}

static bool put_name(struct run *run, const uint8_t *name, size_t length, bool is_json,
                     struct err *err)
{
    char text[NAME_TEXT_ROOM];
    return put_word(run, text, name_text(text, name, length), is_json, err);
}

static bool put_group(struct run *run, const struct catalog_group *group, bool is_json,
                      struct err *err)
{
    char *text = malloc((size_t)CATALOG_GROUP_ROOM * group->length);
    if (text == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    bool good = put_word(run, text, catalog_group_text(text, group), is_json, err);
    free(text);
    return good;
}

static bool put_groups(struct run *run, const struct catalog_member *member, bool is_json,
                       struct err *err)
{
    struct catalog_group group;
    size_t at = 0;
    bool good = true;
    for (bool first = true; good && catalog_group(member, &at, &group); first = false)
        good = (first || put_text(run, is_json ? ", " : ",", err)) &&
               put_group(run, &group, is_json, err);
    return good;
}

static bool put_id(struct run *run, const struct catalog_member *member, bool is_json,
                   struct err *err)
{
    char text[NAME_TEXT_ROOM];
    return put_word(run, text, catalog_id_text(text, member), is_json, err);
}

/* No column is empty: a shell that reads them with tabs between would take several tabs for one. */
static bool put_line(struct run *run, const struct catalog_member *member, struct err *err)
{
    return put_name(run, member->zone, member->zone_length, false, err) &&
           put_text(run, "\t", err) && put_id(run, member, false, err) &&
           put_text(run, "\t", err) &&
           (member->groups_length > 0 ? put_groups(run, member, false, err)
                                      : put_text(run, "-", err)) &&
           put_text(run, "\t", err) &&
           (member->coo_length > 0 ? put_name(run, member->coo, member->coo_length, false, err)
                                   : put_text(run, "-", err)) &&
           put_text(run, "\n", err);
}

static bool put_object(struct run *run, const struct catalog_member *member, struct err *err)
{
    return put_text(run, "\n  {\"zone\": ", err) &&
           put_name(run, member->zone, member->zone_length, true, err) &&
           put_text(run, ", \"id\": ", err) && put_id(run, member, true, err) &&
           put_text(run, ", \"groups\": [", err) && put_groups(run, member, true, err) &&
           put_text(run, "], \"coo\": ", err) &&
           (member->coo_length > 0 ? put_name(run, member->coo, member->coo_length, true, err)
                                   : put_text(run, "null", err)) &&
           put_text(run, "}", err);
}

static bool put_members(struct run *run, bool is_json, struct err *err)
{
    struct catalog_member member;
    unsigned steps = 0;
    size_t count = catalog_facts(run->catalog).members;
    for (size_t i = 0; i < count; i++) {
        catalog_member(run->catalog, i, &member);
        if (is_json ? !(i == 0 || put_text(run, ",", err)) || !put_object(run, &member, err)
                    : !put_line(run, &member, err))
            return false;
        if (halt_step(&run->halt.halt, &steps, err))
            return false;
    }
    return true;
}

static bool put_document(struct run *run, struct err *err)
{
    struct catalog_facts facts = catalog_facts(run->catalog);
    return put_text(run, "{\"catalog\": ", err) &&
           put_name(run, facts.apex, facts.apex_length, true, err) &&
           buf_printf(&run->buf, err, ", \"serial\": %u, \"version\": %d, \"members\": [",
                      (unsigned)facts.serial, CATALOG_VERSION) &&
           put_members(run, true, err) && put_text(run, "]}\n", err);
}

static bool flush(void *context, const void *octets, size_t length, struct err *err)
{
    return outfile_write(context, octets, length, err);
}

static bool print(struct run *run, struct err *err)
{
    enum outfile_result result;
    bool good = run->settings->format_given ? put_document(run, err) : put_members(run, false, err);
    if (!good || !buf_drain(&run->buf, err))
        return false;
    run->opened = false;
    return outfile_commit(&run->out, &result, err);
}

/* ---- The run ------------------------------------------------------------------------------- */

static void compile_side(struct run *run)
{
    const struct settings *settings = run->settings;
    const struct zone_source *source = &settings->source;
    run->route = compile_route(settings, &run->trust);
    run->spec = compile_spec(settings, &run->route, &run->shape);
    compile_source(&run->route, &run->spec, source);
    run->side.config = (struct side_config){
        .word = source->word,
        .path = source->path,
        .spec = &run->spec,
        .class_given = settings->class_given,
        .reading = settings->reading,
        .loop = run->loop,
        .deadline = run->deadline,
        .halt = &run->halt.halt,
        .keys = &run->trust.keys,
        .json_failed = jsonmem_failed,
        .teller = &run->facts.teller,
        .shows_progress = compile_progress(settings),
        .watches = settings->verbose > 1,
        .engine = run->net.engine,
        .endpoints = run->net.endpoints,
    };
}

static bool set_up(struct run *run, struct err *err)
{
    const struct settings *settings = run->settings;
    static const struct outfile_options to_stdout = {.path = NULL};
    run->deadline = compile_deadline(settings);
    run->shape = compile_shape(settings);
    loop_halt_init(&run->halt, run->loop, run->deadline);
    say_facts_init(&run->facts, settings, &run->out.broken_pipe);
    jsonmem_watch();
    if (!compile_trust(&run->trust, settings, run->loop, run->deadline, &run->facts.teller, err))
        return false;
    run->opened = outfile_open(&run->out, &to_stdout, run->loop, run->deadline, err);
    if (!run->opened || !buf_init(&run->buf, OUTPUT_ROOM, flush, &run->out, err))
        return false;
    run_fence(settings, &run->out);
    if (!compile_net(&run->net, settings, run->loop, NULL, err))
        return false;
    compile_side(run);
    return true;
}

/* Returns ERR_NONE or what has failed, which was told: what is no catalog with the zone, or the
 * file. */
static enum err_kind list_members(struct run *run)
{
    const struct zone_source *source = &run->settings->source;
    const char *of = NULL;
    struct err err = {.kind = ERR_NONE};
    enum err_kind kind = ERR_NONE;
    if (set_up(run, &err))
        kind = side_load(&run->side);
    if (kind == ERR_NONE && err.kind == ERR_NONE && !read_members(run, &err))
        of = source->path != NULL ? say_file(source->path) : source->zone_text;
    else if (kind == ERR_NONE && err.kind == ERR_NONE)
        print(run, &err);
    if (err.kind == ERR_NONE)
        return kind;
    say_facts_error(&run->facts, of, &err);
    return err.kind;
}

int cmd_catalog(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        say("out of memory");
        return ERR_CLASS_INTERNAL;
    }
    run->settings = settings;
    run->loop = loop;
    int status = run_end_status(end, list_members(run));
    if (run->opened)
        outfile_abort(&run->out);
    end->broken_pipe = run->out.broken_pipe;
    buf_fini(&run->buf);
    catalog_free(run->catalog);
    side_fini(&run->side);
    compile_net_fini(&run->net);
    compile_trust_fini(&run->trust);
    free(run);
    return status;
}
