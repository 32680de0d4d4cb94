/* Patching a sorted file: one octet of options, one that is the seed of the pieces in which the
 * file comes, then its lines between the SOA and the end line, which this program adds. The pieces
 * make no difference; what comes out is a file that stands the same check; and doing the changes
 * the other way round and then again gives it once more. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/sum.h"
#include "dns/endline.h"
#include "dns/line.h"
#include "dns/types.h"
#include "zone/patch.h"

#include <string.h>

enum { DELETES = 1, ADDS = 2, ABSENT = 4 };

static const uint8_t apex[] = "\7example";
static const uint8_t soas[2][24] = {"\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5",
                                    "\0\0\0\0\0\2\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"};
enum { SOA_OCTETS = 22 };
static const uint8_t del[] = "\3del\7example", new[] = "\3new\7example", off[] = "\3off\7example",
                     address[] = {192, 0, 2, 1};

struct text {
    const char *octets;
    size_t length, at;
    unsigned random; /* 0: as much as there is room for */
};

static bool read_text(void *context, void *to, size_t room, size_t *got, struct err *err)
{
    struct text *text = context;
    size_t n = text->length - text->at;
    (void)err;
    n = n < room ? n : room;
    if (text->random != 0) {
        text->random = text->random * 1103515245 + 12345;
        size_t most = 1 + (text->random >> 16) % 40;
        n = n < most ? n : most;
    }
    if (n > 0)
        memcpy(to, text->octets + text->at, n);
    text->at += n;
    *got = n;
    return true;
}

static struct rr soa_record(unsigned which)
{
    return (struct rr){.owner = apex,
                       .owner_length = sizeof apex,
                       .rdata = soas[which],
                       .rdlength = SOA_OCTETS,
                       .type = TYPE_SOA,
                       .class = CLASS_IN,
                       .ttl = 60,
                       .info = types_find(TYPE_SOA, CLASS_IN)};
}

/* The changes: what is deleted and what is added are the other way round on the way back. */
struct changes {
    struct source source;
    unsigned options, at;
    bool back;
};

static enum source_event next_change(struct source *source, struct rr *rr, enum rr_op *op,
                                     struct err *err)
{
    struct changes *c = (struct changes *)source;
    (void)err;
    *rr = soa_record(0);
    rr->type = 1;
    rr->info = types_find(1, CLASS_IN);
    rr->rdata = address;
    rr->rdlength = sizeof address;
    for (; c->at < 2; c->at++) {
        if ((c->options & (c->at == 0 ? DELETES : ADDS)) == 0)
            continue;
        rr->owner = c->at == 0 ? del : new;
        rr->owner_length = sizeof del;
        *op = (c->at == 0) != c->back ? RR_DELETE : RR_ADD;
        c->at++;
        return SOURCE_RR;
    }
    return SOURCE_END;
}

/* What must not be there. */
static enum source_event next_absent(struct source *source, struct rr *rr, enum rr_op *op,
                                     struct err *err)
{
    struct changes *c = (struct changes *)source;
    struct changes one = {.options = DELETES, .back = true};
    if ((c->options & ABSENT) == 0 || c->at++ > 0)
        return SOURCE_END;
    next_change(&one.source, rr, op, err);
    rr->owner = off;
    return SOURCE_RR;
}

struct result {
    char *octets;
    size_t length;
    bool good;
    struct err err;
    struct patch_facts facts;
    struct notes notes;
};

static bool gather(void *context, const void *octets, size_t length, struct err *err)
{
    struct result *result = context;
    (void)err;
    result->octets = realloc(result->octets, result->length + length + 1);
    MUST(result->octets != NULL);
    memcpy(result->octets + result->length, octets, length);
    result->length += length;
    return true;
}

static void run(const char *octets, size_t length, unsigned options, unsigned random, bool back,
                bool writes, struct result *result)
{
    struct text text = {octets, length, 0, random};
    struct changes deletes = {{.next = next_change}, options, 0, back}, adds = deletes;
    struct changes absent = {{.next = next_absent}, options, 0, back};
    struct rr old = soa_record(back), newer = soa_record(!back);
    struct buf buf;
    memset(result, 0, sizeof *result);
    MUST(buf_init(&buf, 512, gather, result, &result->err));
    struct patch_config config = {.apex = apex,
                                  .apex_length = sizeof apex,
                                  .class = CLASS_IN,
                                  .read = read_text,
                                  .context = &text,
                                  .notes = &result->notes};
    if (writes) {
        config.old_soa = &old;
        config.new_soa = &newer;
        config.deletes = &deletes.source;
        config.adds = &adds.source;
        config.absent = &absent.source;
        config.out = &buf;
    }
    result->good = patch_run(&config, &result->facts, &result->err) &&
                   (!writes || buf_drain(&buf, &result->err));
    MUST(result->good == (result->err.kind == ERR_NONE));
    buf_fini(&buf);
}

/* SOA, lines and an end line that fits them. Returns the length. */
static size_t make_file(char *to, const uint8_t *lines, size_t length)
{
    struct line line;
    struct sum sum = {0, 0};
    bool generic;
    uint64_t records = 0;
    struct rr soa = soa_record(0);
    line_init(&line, CLASS_IN);
    char *at = line_put(&line, to, &soa, &generic);
    *at++ = '\n';
    if (length > 0)
        memcpy(at, lines, length);
    at += length;
    if (length > 0 && at[-1] != '\n')
        *at++ = '\n';
    for (const char *p = to; p < at; records++) {
        const char *end = memchr(p, '\n', (size_t)(at - p));
        sum_line(&sum, p, (size_t)(end - p));
        if (*p == '$')
            records--;
        p = end + 1;
    }
    const struct endline end = endline_of(apex, CLASS_IN, 1, records, &sum);
    return (size_t)(at - to) + endline_write(at, &end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct result whole, pieces, checked, back, again;
    if (size < 2 || size > 100000)
        return 0;
    unsigned options = data[0], random = data[1] | 1U;
    char *file = malloc(size + 2 * LINE_FIXED + ENDLINE_ROOM + 4096);
    MUST(file != NULL);
    size_t length = make_file(file, data + 2, size - 2);
    run(file, length, options, 0, false, true, &whole);
    run(file, length, options, random, false, true, &pieces);
    MUST(whole.good == pieces.good && whole.err.kind == pieces.err.kind);
    MUST(strcmp(whole.err.text, pieces.err.text) == 0);
    if (whole.good) {
        MUST(whole.length == pieces.length &&
             memcmp(whole.octets, pieces.octets, whole.length) == 0);
        run(whole.octets, whole.length, options, random, false, false, &checked);
        MUST(checked.good && checked.facts.serial == 2);
        MUST(checked.facts.old_records == whole.facts.records);
        run(whole.octets, whole.length, options, random, true, true, &back);
        MUST(back.good);
        run(back.octets, back.length, options, random, false, true, &again);
        MUST(again.good);
        /* Where the file has a line $ORIGIN that no record needs, it is left out. */
        if (memchr(data + 2, '$', size - 2) == NULL && whole.notes.counts[ERR_IXFR_TTL] == 0)
            MUST(again.length == whole.length &&
                 memcmp(again.octets, whole.octets, whole.length) == 0);
        free(again.octets);
        free(back.octets);
        free(checked.octets);
    }
    free(whole.octets);
    free(pieces.octets);
    free(file);
    return 0;
}
