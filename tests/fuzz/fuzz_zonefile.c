/* A master file: one octet of options, one that is the seed of the pieces it comes in, then the
 * text. The pieces make no difference, nor do they to what else is wrong after an error; and what
 * was read is written and read again. */
#include "fuzz.h"

#include "base/buf.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "out/writer.h"
#include "zone/zonefile.h"

#include <string.h>

/* ROOT: the origin is that; the same bit chooses modern forms of what is written. */
enum { STRICT = 1, ORIGIN = 2, INCLUDES = 4, ROOT = 64, GUESSED = 128 };

struct text {
    const char *octets;
    size_t length, at;
    unsigned random; /* 0: as much as there is room for */
};

/* Everything that a reading gave, in a form that can be compared. */
struct reading {
    uint8_t *octets;
    size_t length, capacity;
    enum source_event event;
    struct err err;
    struct zonefile_facts facts;
    char broken[ERR_TEXT_MAX]; /* why it is not whole; empty: it is */
    struct notes notes;
};

static bool read_text(void *context, void *to, size_t room, size_t *got, struct err *err)
{
    struct text *text = context;
    size_t n = text->length - text->at;
    (void)err;
    if (n > room)
        n = room;
    if (text->random != 0) {
        text->random = text->random * 1103515245 + 12345;
        size_t most = 1 + (text->random >> 16) % ((text->random >> 8 & 3) == 0 ? 200 : 5);
        if (n > most)
            n = most;
    }
    if (n > 0)
        memcpy(to, text->octets + text->at, n);
    text->at += n;
    *got = n;
    return true;
}

/* Every file that can be included has the same text. */
static bool open_text(void *context, const char *path, const char *from,
                      struct zonefile_input *input, struct err *err)
{
    static const char octets[] = "inner 5 A 192.0.2.1\n$TTL 9\n$ORIGIN deep\n@ A 192.0.2.2";
    (void)from;
    (void)context;
    if (strlen(path) > 3)
        return err_set(err, ERR_INPUT, "no such file");
    struct text *text = calloc(1, sizeof *text);
    MUST(text != NULL);
    *text = (struct text){.octets = octets, .length = sizeof octets - 1, .random = 7};
    *input =
        (struct zonefile_input){.read = read_text, .close = free, .context = text, .name = "inner"};
    return true;
}

static void add(struct reading *reading, const void *octets, size_t n)
{
    if (reading->capacity - reading->length < n) {
        reading->capacity = 2 * (reading->capacity + n);
        reading->octets = realloc(reading->octets, reading->capacity);
        MUST(reading->octets != NULL);
    }
    if (n > 0)
        memcpy(reading->octets + reading->length, octets, n);
    reading->length += n;
}

static void check_record(const struct rr *rr, const struct rr *last)
{
    MUST(name_length(rr->owner, rr->owner_length) == rr->owner_length);
    MUST(rr->info == types_find(rr->type, rr->class));
    MUST(rdata_fits(rr->info, rr->rdata, rr->rdlength) == ((rr->flags & RR_OPAQUE) == 0));
    if ((rr->flags & RR_SAME_OWNER) != 0)
        MUST(last->owner_length == rr->owner_length &&
             memcmp(last->owner, rr->owner, rr->owner_length) == 0);
}

static struct source *open_zone(struct reading *reading, struct text *text, unsigned options)
{
    static const uint8_t example[] = {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};
    struct zonefile_input input = {.read = read_text, .context = text, .name = "text"};
    struct zonefile_config config = {.notes = &reading->notes, .check_neighbours = true};
    memset(reading, 0, sizeof *reading);
    reading->notes.strict = (options & STRICT) != 0;
    if ((options & ORIGIN) != 0) {
        config.origin = (options & ROOT) != 0 ? example + sizeof example - 1 : example;
        config.origin_length = (options & ROOT) != 0 ? 1 : sizeof example;
    }
    config.origin_guessed = config.incomplete_good = (options & GUESSED) != 0;
    config.open = (options & INCLUDES) != 0 ? open_text : NULL;
    struct source *source = zonefile_open(&config, &input, &reading->err);
    MUST(source != NULL);
    return source;
}

static void read_zone(struct reading *reading, const char *octets, size_t length, unsigned options,
                      unsigned random, struct sink *sink)
{
    struct text text = {.octets = octets, .length = length, .random = random};
    uint8_t last_owner[NAME_MAX_WIRE];
    struct rr rr, last = {.owner = last_owner};
    struct err ignored = {.kind = ERR_NONE};
    enum rr_op op;
    struct source *source = open_zone(reading, &text, options);
    while ((reading->event = source->next(source, &rr, &op, &reading->err)) == SOURCE_RR) {
        check_record(&rr, &last);
        memcpy(last_owner, rr.owner, rr.owner_length);
        last.owner_length = rr.owner_length;
        add(reading, rr.owner, rr.owner_length);
        add(reading, &rr.type, 2);
        add(reading, &rr.class, 2);
        add(reading, &rr.ttl, 4);
        add(reading, &rr.rdlength, 2);
        add(reading, rr.rdata, rr.rdlength);
        if (sink != NULL && reading->facts.records == 0) {
            reading->facts = zonefile_facts(source);
            struct zone_info zone = {.apex = reading->facts.apex,
                                     .apex_length = reading->facts.apex_length,
                                     .class = reading->facts.class,
                                     .serial = reading->facts.serial};
            MUST(sink->begin(sink, &zone, &ignored));
        }
        if (sink != NULL)
            MUST(sink->record(sink, RR_ADD, &rr, &ignored));
    }
    MUST((reading->event == SOURCE_END) == (reading->err.kind == ERR_NONE));
    MUST(reading->err.kind != ERR_INTERNAL && reading->err.kind != ERR_MEMORY);
    for (const char *p = reading->err.text; *p != '\0'; p++)
        MUST(*p >= ' ' && *p <= '~');
    reading->facts = zonefile_facts(source);
    reading->facts.apex = reading->facts.other = NULL;
    const char *broken = reading->event == SOURCE_END ? zonefile_broken(source) : NULL;
    if (broken != NULL)
        snprintf(reading->broken, sizeof reading->broken, "%s", broken);
    for (const char *p = reading->broken; *p != '\0'; p++)
        MUST(*p >= ' ' && *p <= '~');
    source->free(source);
}

/* Goes on after errors to the end, and keeps what they are; there are fewer than octets. */
static void read_errors(struct reading *reading, const char *octets, size_t length,
                        unsigned options, unsigned random)
{
    struct text text = {.octets = octets, .length = length, .random = random};
    struct err err = {.kind = ERR_NONE};
    size_t errors = 0;
    struct rr rr;
    enum rr_op op;
    struct source *source = open_zone(reading, &text, options);
    do {
        enum err_kind kind = err.kind;
        err = (struct err){.kind = ERR_NONE};
        if (errors > 0 && !zonefile_resume(source, kind, &err))
            break;
        while ((reading->event = source->next(source, &rr, &op, &err)) == SOURCE_RR)
            add(reading, rr.owner, rr.owner_length);
        add(reading, err.text, strlen(err.text));
        MUST(err.kind != ERR_INTERNAL && err.kind != ERR_MEMORY);
        MUST(errors++ <= length);
    } while (reading->event == SOURCE_FAIL);
    source->free(source);
}

static bool same(const struct reading *a, const struct reading *b)
{
    return a->length == b->length &&
           (a->length == 0 || memcmp(a->octets, b->octets, a->length) == 0);
}

static bool gather(void *context, const void *octets, size_t length, struct err *err)
{
    (void)err;
    add(context, octets, length);
    return true;
}

/* What was read, once written, reads back. */
static void check_written(const char *octets, size_t length, unsigned options,
                          const struct reading *before)
{
    static struct reading written, again, copy;
    struct err err = {.kind = ERR_NONE};
    struct writer_style style = {.relative = (options & 8) != 0,
                                 .pretty = (options & 16) != 0,
                                 .generic = (options & 32) != 0,
                                 .modern = (options & 64) != 0};
    struct buf buf;
    memset(&written, 0, sizeof written);
    MUST(buf_init(&buf, 1000, gather, &written, &err));
    struct sink *sink = w_zone_open(&style, &buf, &err);
    MUST(sink != NULL);
    read_zone(&copy, octets, length, options, 0, sink);
    free(copy.octets);
    if (before->facts.records > 0) {
        MUST(sink->end(sink, OUTCOME_COMPLETE, NULL, &err));
        read_zone(&again, (const char *)written.octets, written.length,
                  (ORIGIN | ROOT | GUESSED) & options, 0, NULL);
        MUST(again.event == SOURCE_END && same(before, &again) && again.broken[0] == '\0');
        free(again.octets);
    }
    sink->free(sink);
    buf_fini(&buf);
    free(written.octets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct reading whole, pieces;
    if (size < 2)
        return 0;
    size_t n = size - 2;
    char *text = malloc(n > 0 ? n : 1);
    MUST(text != NULL);
    memcpy(text, data + 2, n);
    read_zone(&whole, text, n, data[0], 0, NULL);
    read_zone(&pieces, text, n, data[0], data[1] + 1u, NULL);
    MUST(whole.event == pieces.event && same(&whole, &pieces));
    MUST(whole.err.kind == pieces.err.kind && strcmp(whole.err.text, pieces.err.text) == 0);
    MUST(memcmp(&whole.notes, &pieces.notes, sizeof whole.notes) == 0);
    MUST(strcmp(whole.broken, pieces.broken) == 0);
    if (whole.event == SOURCE_FAIL) {
        free(whole.octets);
        free(pieces.octets);
        read_errors(&whole, text, n, data[0], 0);
        read_errors(&pieces, text, n, data[0], data[1] + 1u);
        MUST(whole.event == pieces.event && same(&whole, &pieces));
    } else if (whole.facts.soa_first && (data[0] & STRICT) == 0) {
        check_written(text, n, data[0], &whole);
    }
    free(whole.octets);
    free(pieces.octets);
    free(text);
    return 0;
}
