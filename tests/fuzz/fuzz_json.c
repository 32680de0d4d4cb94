/* JSON: the first octet says how many octets come at once, the rest is read. However they come, the
 * records and the error are the same; and what was read is written, read again, and the same. */
#include "fuzz.h"

#include "dns/rdata.h"
#include "out/writer.h"
#include "zone/jsonread.h"

#include <string.h>

struct input {
    const uint8_t *octets;
    size_t n, at, chunk;
};

struct text {
    char *octets;
    size_t n;
};

struct result {
    struct text text; /* the records as lines */
    struct jsonread_facts facts;
    struct err err;
};

static bool read_input(void *context, void *to, size_t room, size_t *got, struct err *err)
{
    struct input *input = context;
    size_t n = input->n - input->at;
    (void)err;
    n = n < input->chunk ? n : input->chunk;
    *got = n < room ? n : room;
    if (*got > 0)
        memcpy(to, input->octets + input->at, *got);
    input->at += *got;
    return true;
}

static bool keep(void *context, const void *octets, size_t n, struct err *err)
{
    struct text *text = context;
    (void)err;
    text->octets = realloc(text->octets, text->n + n);
    MUST(text->octets != NULL);
    memcpy(text->octets + text->n, octets, n);
    text->n += n;
    return true;
}

static void check_record(const struct rr *rr, enum rr_op op, bool changes)
{
    MUST(changes || op == RR_ADD);
    MUST(rr->owner_length > 0 && rr->owner_length == name_length(rr->owner, rr->owner_length));
    MUST(((rr->flags & RR_OPAQUE) == 0) == rdata_fits(rr->info, rr->rdata, rr->rdlength));
}

static void read_all(const uint8_t *octets, size_t n, size_t chunk, struct result *result)
{
    static const struct writer_style style = {.typed = true};
    struct input input = {.octets = octets, .n = n, .chunk = chunk};
    struct zonefile_input file = {.read = read_input, .context = &input, .name = "x"};
    struct buf buf;
    struct err err = {.kind = ERR_NONE};
    struct rr rr;
    enum rr_op op;
    memset(result, 0, sizeof *result);
    MUST(buf_init(&buf, 65536, keep, &result->text, &err));
    struct source *source = jsonread_open(1, &file, &err);
    struct sink *sink = w_jsonl_open(&style, &buf, &err);
    MUST(source != NULL && sink != NULL);
    const struct jsonread_facts *facts = jsonread_facts(source);
    enum source_event event;
    for (bool begun = false; (event = source->next(source, &rr, &op, &result->err)) == SOURCE_RR;
         begun = true) {
        struct zone_info zone = {.apex = rr.owner,
                                 .apex_length = rr.owner_length,
                                 .class = rr.class,
                                 .changes = facts->changes};
        check_record(&rr, op, facts->changes);
        MUST(begun || sink->begin(sink, &zone, &err));
        MUST(sink->record(sink, op, &rr, &err));
    }
    MUST((event == SOURCE_FAIL) == (result->err.kind != ERR_NONE));
    MUST(event == SOURCE_END || err_class(result->err.kind) == ERR_CLASS_INPUT);
    MUST(source->next(source, &rr, &op, &result->err) == SOURCE_END);
    MUST(sink->end(sink, OUTCOME_COMPLETE, NULL, &err));
    result->facts = *facts;
    sink->free(sink);
    source->free(source);
    buf_fini(&buf);
}

static void same_text(const struct text *a, const struct text *b)
{
    MUST(a->n == b->n && (a->n == 0 || memcmp(a->octets, b->octets, a->n) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct result whole, parts, again;
    if (size < 1)
        return 0;
    read_all(data + 1, size - 1, SIZE_MAX, &whole);
    read_all(data + 1, size - 1, (size_t)data[0] + 1, &parts);
    same_text(&whole.text, &parts.text);
    MUST(strcmp(whole.err.text, parts.err.text) == 0 && whole.err.kind == parts.err.kind);
    MUST(memcmp(&whole.facts, &parts.facts, sizeof whole.facts) == 0);
    read_all((const uint8_t *)whole.text.octets, whole.text.n, (size_t)data[0] + 1, &again);
    MUST(again.err.kind == ERR_NONE && again.facts.records == whole.facts.records);
    same_text(&whole.text, &again.text);
    free(whole.text.octets);
    free(parts.text.octets);
    free(again.text.octets);
    return 0;
}
