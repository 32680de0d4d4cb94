/* dns/rdata against tests/vectors/rr.tsv, whose rows other implementations have confirmed. */
#include "dns/rdata.h"
#include "dns/types.h"

#include "tap.h"
#include "wire.h"

#include <errno.h>

enum { LINE_MAX_OCTETS = 700000, COLUMNS = 7, TYPES_MAX = 200 };

static char line[LINE_MAX_OCTETS];
static struct wire rdata, canonical, message;
static bool has_good[TYPES_MAX], has_refused[TYPES_MAX]; /* by row of the schema */

struct vector {
    unsigned number; /* of the line */
    const char *type, *class, *text, *note;
    const struct type_info *info;
    struct rr rr;
};

static void read_hex(struct wire *to, const char *hex)
{
    to->n = 0;
    if (strcmp(hex, "-") != 0)
        wire_hex(to, hex);
}

static unsigned type_code(const char *word)
{
    const struct type_info *row;
    for (size_t i = 0; (row = types_row(i)) != NULL; i++)
        if (strcmp(row->mnemonic, word) == 0)
            return row->code;
    if (strncmp(word, "TYPE", 4) != 0) {
        ok(false, "%s is a type", word);
        return 0;
    }
    return (unsigned)strtoul(word + 4, NULL, 10);
}

static void remember(const struct vector *v, bool *set)
{
    for (size_t i = 0; i < TYPES_MAX && types_row(i) != NULL; i++)
        if (types_row(i) == v->info)
            set[i] = true;
}

static void check_text(const struct vector *v, bool fits)
{
    static const struct rdata_style modern = {.portable = false};
    size_t bound = rdata_text_bound(v->rr.rdlength);
    char *text = malloc(bound);
    char *end = fits ? rdata_text(text, &v->rr, &modern) : rdata_text_generic(text, &v->rr);
    ok((size_t)(end - text) <= bound, "line %u: %s: text within its bound", v->number, v->type);
    is_mem(text, (size_t)(end - text), v->text, strlen(v->text), "line %u: %s: text", v->number,
           v->type);
    free(text);
}

static void check_canonical(const struct vector *v)
{
    uint8_t *out = malloc(v->rr.rdlength + 1u);
    rdata_canonical(&v->rr, out);
    is_mem(out, v->rr.rdlength, canonical.octets, canonical.n, "line %u: %s: canonical form",
           v->number, v->type);
    free(out);
}

/* The RDATA as it stands at the end of a message of exactly its size. */
static void check_unpack(const struct vector *v, bool fits, struct name_memo *memo)
{
    struct rr rr = v->rr;
    struct rdata_report report = {.pointers = 0};
    struct err err = {.kind = ERR_NONE};
    uint8_t *scratch = malloc(RDATA_SCRATCH);
    message.n = 0;
    wire_fill(&message, 0, 12);
    wire_mem(&message, rdata.octets, rdata.n);
    uint8_t *copy = wire_exact(message.octets, message.n);
    rr.flags = 0;
    rr.rdlength = (uint16_t)rdata.n;
    bool good = rdata_unpack(&rr, copy, 12, memo, scratch, &report, &err);
    if (fits || good) {
        ok(good, "line %u: %s: is taken from a message (%s)", v->number, v->type, err.text);
        is_int((rr.flags & RR_OPAQUE) != 0, !fits, "line %u: %s: opaque (%s)", v->number, v->type,
               report.why != NULL ? report.why : "");
        if (good) /* what a private code means to others is not malformed */
            is_int(report.why != NULL, strncmp(v->note, "malformed:", 10) == 0,
                   "line %u: %s: said to be malformed", v->number, v->type);
        if (good)
            is_mem(rr.rdata, rr.rdlength, rdata.octets, rdata.n, "line %u: %s: RDATA", v->number,
                   v->type);
    } else {
        ok(err.kind == ERR_NAME || err.kind == ERR_RDLEN || err.kind == ERR_RDATA,
           "line %u: %s: is refused in a message (%s)", v->number, v->type, err.text);
        ok(v->info != NULL && rdata_is_compressible(v->info), "... which may be compressed");
    }
    free(copy);
    free(scratch);
}

static void check(struct vector *v)
{
    bool generic = strncmp(v->text, "\\#", 2) == 0;
    bool fits = rdata_fits(v->info, rdata.octets, rdata.n);
    is_int(fits, !generic, "line %u: %s: the strict check (%s)", v->number, v->type, v->note);
    v->rr = (struct rr){
        .owner = (const uint8_t *)"",
        .owner_length = 1,
        .rdata = rdata.octets,
        .info = v->info,
        .type = (uint16_t)type_code(v->type),
        .class = CLASS_IN,
        .rdlength = (uint16_t)rdata.n,
        .flags = generic ? RR_OPAQUE : 0,
    };
    remember(v, generic ? has_refused : has_good);
    if (fits != generic)
        check_text(v, fits);
    check_canonical(v);
    static struct name_memo memo;
    name_forget(&memo, 12 + rdata.n);
    check_unpack(v, fits, NULL);
    check_unpack(v, fits, &memo);
}

static void check_line(unsigned number)
{
    char *columns[COLUMNS] = {NULL}, *rest = line;
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '\0' || line[0] == '#')
        return;
    for (size_t i = 0; i < COLUMNS; i++)
        columns[i] = strsep(&rest, "\t");
    if (columns[5] == NULL || rest != NULL) {
        ok(false, "line %u has its columns", number);
        return;
    }
    struct vector v = {
        .number = number,
        .type = columns[0],
        .class = columns[1],
        .text = columns[3],
        .note = columns[6] != NULL ? columns[6] : "",
    };
    uint16_t class = types_class_parse(v.class);
    ok(class != 0, "line %u: class %s", number, v.class);
    v.info = types_find((uint16_t)type_code(v.type), class);
    read_hex(&rdata, columns[2]);
    if (strcmp(columns[4], "=") == 0)
        read_hex(&canonical, columns[2]);
    else
        read_hex(&canonical, columns[4]);
    check(&v);
}

int main(int argc, char **argv)
{
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (file == NULL) {
        printf("Bail out! no vectors: %s\n", argc == 2 ? strerror(errno) : "usage: FILE");
        return 1;
    }
    unsigned number = 0;
    while (fgets(line, sizeof line, file) != NULL)
        check_line(++number);
    fclose(file);
    const struct type_info *row;
    for (size_t i = 0; (row = types_row(i)) != NULL; i++) {
        if ((row->flags & TYPE_FLAG_META) != 0)
            continue;
        if ((row->flags & TYPE_FLAG_OPAQUE) == 0)
            ok(has_good[i], "%s (class %u) has a vector with text", row->mnemonic, row->class);
        else
            ok(has_refused[i], "%s has a vector", row->mnemonic);
    }
    return tap_end();
}
